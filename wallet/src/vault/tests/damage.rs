//! A damaged vault says so, shows nothing wrong, and is usable again with what is intact (A62).

use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

use super::released::{copy_private, fill, told};
use super::*;

/// A vault with something in every table, closed, and what it says.
fn filled() -> (Home, Value) {
    let (home, vault) = Home::new();
    fill(&vault);
    let said = told(&vault);
    drop(vault);
    (home, said)
}

/// The log without what a repair adds.
fn entries(said: &Value) -> Vec<Value> {
    let all = said["log"].as_array().unwrap();
    all.iter().filter(|entry| entry["what"] != "repaired").cloned().collect()
}

/// What is there after a repair is as it was, and what is not there was said.
fn judge(dir: &Path, before: &Value, what: &str) -> &'static str {
    match Vault::open(dir, WORDS) {
        Ok(vault) => {
            // Not damaged, or nowhere that matters.
            assert_eq!(told(&vault), *before, "{what}");
            assert_eq!(vault.contents().unwrap().log_expected, entries(before).len() as u64);
            return "whole";
        }
        Err(error) => match error.reason() {
            Reason::StoreDamaged => {}
            // The slot, or a head that says that a newer program wrote it: there is nothing to repair with.
            Reason::StoreLocked | Reason::StoreNewer => {
                assert!(Vault::repair(dir, WORDS, None, week(5)).is_err(), "{what}");
                return "locked";
            }
            other => panic!("{what}: {other:?}: {error}"),
        },
    }
    let phrase = Entropy::from_phrase(before["phrase"].as_str().unwrap()).unwrap();
    let repaired = Vault::repair(dir, WORDS, Some(&phrase), week(5));
    let repaired = repaired.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(repaired.aside.is_some());
    let vault = Vault::open(dir, WORDS).unwrap_or_else(|error| panic!("{what}: {error}"));
    let contents = vault.contents().unwrap_or_else(|error| panic!("{what}: {error}"));
    let after = told(&vault);
    assert_eq!(after["phrase"], before["phrase"], "{what}");
    let (was, is) = (entries(before), entries(&after));
    for entry in &is {
        // Of an entry that was completed later an older state may be there again: what they said is not known then.
        let plain = |entry: &Value| {
            let mut entry = entry.clone();
            entry.as_object_mut().unwrap().retain(|name, _| name != "told" && name != "delete_by");
            entry
        };
        assert!(was.iter().any(|old| plain(old) == plain(entry)), "{what}: {entry} is none of {was:?}");
    }
    for missing in was.iter().filter(|old| !is.iter().any(|entry| entry["seq"] == old["seq"])) {
        let seq = missing["seq"].as_u64().unwrap();
        // The last ones may be gone without a trace, and then the head said that records are missing.
        let said = repaired.log_missing.contains(&seq)
            || repaired.damaged > 0
            || repaired.expected.is_none_or(|expected| expected > contents.records.saturating_sub(1));
        assert!(said, "{what}: entry {seq} is missing without a word: {repaired:?}");
    }
    let same = after["passport"] == before["passport"];
    if !same {
        let older = repaired.damaged > 0
            || !repaired.incomplete.is_empty()
            || repaired.expected.is_none_or(|expected| expected >= contents.records);
        assert!(older, "{what}: {repaired:?}\n{}\n{}", before["passport"], after["passport"]);
    }
    if same && is.len() == was.len() { "repaired" } else { "partly" }
}

/// 60 places, or with `FAAM_FLIPS=all` every byte and every length.
#[test]
fn a62_a_flipped_byte_or_a_cut_file_is_told_and_repaired() {
    let (home, before) = filled();
    let all = std::env::var("FAAM_FLIPS").is_ok_and(|value| value == "all");
    let mut rng = rand::rngs::StdRng::seed_from_u64(62);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for name in ["db/db", "head.a", "head.b", "key.slot", "db/conf"] {
        let whole = std::fs::read(home.dir.join(name)).unwrap();
        let used = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let places: Vec<usize> = match (all, name) {
            (true, _) => (0..used).collect(),
            (false, "db/db") => (0..30).map(|_| rng.gen_range(0..used)).collect(),
            (false, _) => (0..4).map(|_| rng.gen_range(0..used)).collect(),
        };
        for at in places {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << rng.gen_range(0..8);
            for (kind, bytes) in [("flipped", &flipped[..]), ("cut", &whole[..at])] {
                let folder = tempfile::tempdir().unwrap();
                let dir = folder.path().join("vault");
                copy_private(&home.dir, &dir);
                std::fs::write(dir.join(name), bytes).unwrap();
                *seen.entry(judge(&dir, &before, &format!("{name} {kind} at {at}"))).or_default() += 1;
            }
        }
    }
    println!("{seen:?}");
    for kind in ["whole", "locked", "repaired", "partly"] {
        assert!(seen.contains_key(kind), "{kind}: {seen:?}");
    }
}

#[test]
fn a62_a_ledger_with_a_part_missing_is_named_and_comes_back_with_the_next_offer() {
    let (home, vault) = Home::new();
    let mut market = Market::busy();
    vault.keep(&take(&vault, &mut market, 0, start()).unwrap(), 0, None, start()).unwrap();
    let ledger = vault.ledgers().unwrap()[0].ledger;
    vault.store.commit(Batch::new().delete(RECORD, record_id(ledger, 3))).unwrap();
    assert_eq!(vault.held_all().unwrap_err().reason(), Reason::StoreDamaged);
    assert_eq!(vault.contents().unwrap_err().reason(), Reason::StoreDamaged);
    drop(vault);
    let repaired = Vault::repair(&home.dir, WORDS, None, week(1)).unwrap();
    assert_eq!((repaired.incomplete, repaired.aside), (vec![market.name.clone()], None));
    let vault = Vault::open(&home.dir, WORDS).unwrap();
    assert!(vault.held_all().unwrap().is_empty(), "a ledger with a part missing is no ledger");
    assert!(
        matches!(&vault.log(1).unwrap()[0].what, Happened::Repaired { incomplete, .. } if incomplete.len() == 1)
    );
    let again = take(&vault, &mut market, 0, week(1)).unwrap();
    vault.keep(&again, 0, None, week(1)).unwrap();
    let vault = home.again(vault);
    assert_eq!(vault.held_all().unwrap()[0].ledger().head(), market.ledger.head());
    drop(vault);
    let repaired = Vault::repair(&home.dir, WORDS, None, week(2)).unwrap();
    assert!(repaired.incomplete.is_empty() && repaired.log_missing.is_empty());
}

#[test]
fn a_lost_secret_is_brought_back_by_the_phrase_alone() {
    let (home, vault) = Home::new();
    fill(&vault);
    let said = told(&vault);
    vault.store.commit(Batch::new().delete(META, META_ID)).unwrap();
    drop(vault);
    assert!(matches!(Vault::open(&home.dir, WORDS), Err(VaultError::Unfinished)));
    assert!(matches!(Vault::repair(&home.dir, WORDS, None, week(5)), Err(VaultError::Unfinished)));
    let phrase = Entropy::from_phrase(said["phrase"].as_str().unwrap()).unwrap();
    Vault::repair(&home.dir, WORDS, Some(&phrase), week(5)).unwrap();
    assert_eq!(told(&Vault::open(&home.dir, WORDS).unwrap()), said);
}

//= spec/text/versions.md#REQ-VERSION-8
//= type=test
//# A store of a newer version MUST be refused untouched (`store.newer`).
#[test]
fn a_newer_vault_is_refused_by_everything_and_changed_by_nothing() {
    let (home, vault) = Home::new();
    fill(&vault);
    let meta = Meta { v: FORMAT + 1, created: start(), entropy: vault.meta.entropy.clone() };
    vault.store.commit(Batch::new().put(META, META_ID, to_bytes(&meta).unwrap())).unwrap();
    drop(vault);
    let records = |dir: &Path| {
        let store = Store::open(dir, Unlock::Passphrase(WORDS)).unwrap();
        let mut all = Vec::new();
        store
            .visit(&mut |record| {
                let record = record.unwrap();
                all.push((record.table, record.id.to_vec(), record.value.to_vec()));
            })
            .unwrap();
        all.sort();
        all
    };
    let before = records(&home.dir);
    let heads = || ["head.a", "head.b", "key.slot"].map(|name| std::fs::read(home.dir.join(name)).unwrap());
    let files = heads();
    for result in [
        Vault::open(&home.dir, WORDS).map(drop),
        Vault::open_damaged(&home.dir, WORDS).map(drop),
        Vault::repair(&home.dir, WORDS, None, week(1)).map(drop),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, VaultError::Newer { found } if found == FORMAT + 1), "{error}");
        assert_eq!(error.reason(), Reason::StoreNewer);
    }
    assert!(heads() == files);
    assert!(records(&home.dir) == before);
}

#[test]
fn a66_the_passphrase_is_changed_and_nothing_else() {
    let (home, said) = filled();
    let new = b"of another year";
    assert_eq!(
        Vault::change_passphrase(&home.dir, new, WORDS, KdfParams::FLOOR).unwrap_err().reason(),
        Reason::StoreLocked
    );
    Vault::change_passphrase(&home.dir, WORDS, new, KdfParams::FLOOR).unwrap();
    assert_eq!(Vault::open(&home.dir, WORDS).unwrap_err().reason(), Reason::StoreLocked);
    assert_eq!(told(&Vault::open(&home.dir, new).unwrap()), said);
    // So small a vault need not get smaller; in the store's tests one does.
    let done = Vault::compact(&home.dir, new).unwrap();
    assert_eq!(done.records, Vault::open(&home.dir, new).unwrap().check().unwrap().records);
    assert_eq!(told(&Vault::open(&home.dir, new).unwrap()), said);
}
