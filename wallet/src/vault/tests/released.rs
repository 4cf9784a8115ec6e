//! Vaults as they lay on the disk when a version was given out are opened as they are.
//!
//! `wallet/tests/released/NAME` holds a vault, and beside it what was in it. With `FAAM_WRITE_RELEASED=NAME` one of the code of now is
//! made, if it is not there; one that is there is never made again.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::*;
use crate::passport::Passport;

fn released() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released")
}

/// Copies what a checkout has of a vault: private, and with the folders that are empty.
pub(crate) fn copy_private(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o700)).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_private(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// A vault with something in every table.
pub(crate) fn fill(vault: &Vault) {
    let mut market = Market::busy();
    let first = take(vault, &mut market, 0, start()).unwrap();
    vault.keep(&first, 0, None, start()).unwrap();
    let mut forked = market.clone();
    market.rate(5, "fay", "seller", "2026-11-18", &[]);
    forked.rate(1, "fay", "seller", "2026-11-18", &[]);
    let second = take(vault, &mut market, 8, week(1)).unwrap();
    vault.keep(&second, 0, None, week(1)).unwrap();
    forked.records = market.records.clone();
    let refused = take(vault, &mut forked, 9, week(2)).unwrap_err();
    vault.note_refused(market.did(), &market.name, &refused, None, week(2)).unwrap();
    let other = Market::named("mall", 2);
    let link = Capability::from_bytes([8; 16]);
    vault.secrets_for(link, (0, other.did(), &other.name), start()).unwrap();
    let transfer = Transfer {
        link,
        market: other.name,
        secret: Capability::from_bytes([4; 16]),
        bytes: 100_000,
        hash: Hash::from_bytes([5; 32]),
        begun: start(),
        state: TransferState::Arriving,
        node: None,
        persona: 0,
    };
    vault.begin_transfer(&transfer).unwrap();
    vault.keep_page(&transfer, 1, b"page").unwrap();

    let query = faam_spec::query::Query::standing(market.name.clone()).unwrap();
    let request = crate::testkit::request(query, week(1));
    let held = vault.held_all().unwrap();
    let plan = crate::present::Plan::new(&request, &held, crate::present::Pick::Newest, week(1)).unwrap();
    let keys = vault.holder_keys(held.iter().map(HeldLedger::info)).unwrap();
    let bytes = plan.build(&keys, week(1), &mut rand::rngs::OsRng).unwrap().to_bytes().unwrap();
    let entry = vault.note(plan.to_log(&bytes, week(1)).unwrap(), week(1)).unwrap();
    let decision = faam_spec::decision::HolderDecision {
        outcome: faam_spec::decision::Outcome::Accepted,
        reasons: vec![],
        at: week(1),
    };
    let receipt = faam_spec::receipt::Receipt {
        v: 0,
        iss: request.request().verifier.clone(),
        iat: week(1),
        request: request.digest(),
        presentation: faam_spec::presentation::hash(&bytes),
        name: "Beta rentals".into(),
        purpose: request.request().ask.purpose.clone(),
        delete_by: week(1).plus(86_400),
        outcome: decision.outcome,
        shown: faam_spec::receipt::shown_in(&request, &bytes),
    };
    let receipt = receipt.sign(&crate::testkit::verifier()).unwrap();
    let body = json(&faam_spec::wire::PresentOutcome { decision, receipt }).unwrap();
    let outcome = crate::outcome::Outcome::open(&body, &request, &bytes, vault.histories(), week(1)).unwrap();
    vault.keep_outcome(&entry, &outcome, week(1)).unwrap();
    let who = WhoAsked::of(&request);
    vault.note(Happened::Declined { to: who, request: request.digest() }, week(2)).unwrap();
}

/// Everything that a vault has to say.
pub(crate) fn told(vault: &Vault) -> Value {
    let held = vault.held_all().unwrap();
    let log: Vec<LogEntry> = vault.log(usize::MAX).unwrap().into_iter().rev().collect();
    let receipts: Vec<String> = vault.receipts().unwrap().into_iter().map(|kept| kept.receipt).collect();
    json!({
        "phrase": vault.phrase().unwrap().as_str(),
        "passport": Passport::new(&held, week(2)),
        "log": log,
        "receipts": receipts,
        "conflicts": vault.conflicts().unwrap().len(),
        "transfers": vault.open_transfers().unwrap().len(),
    })
}

//= spec/text/versions.md#REQ-VERSION-7
//= type=test
//# A program MUST open every version of a store that was ever released
#[test]
fn every_vault_that_was_given_out_is_opened() {
    if let Some(name) = std::env::var_os("FAAM_WRITE_RELEASED") {
        let to = released().join(name);
        if !to.exists() {
            let (home, vault) = Home::new();
            fill(&vault);
            let told = told(&vault);
            drop(vault);
            std::fs::create_dir_all(&to).unwrap();
            copy_private(&home.dir, &to.join("vault"));
            std::fs::write(to.join("told.json"), serde_json::to_string_pretty(&told).unwrap() + "\n")
                .unwrap();
        }
    }
    let mut seen = 0;
    for folder in std::fs::read_dir(released()).unwrap().map(Result::unwrap) {
        seen += 1;
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("vault");
        copy_private(&folder.path().join("vault"), &dir);
        let blobs = dir.join("db/blobs");
        std::fs::create_dir_all(&blobs).unwrap();
        std::fs::set_permissions(&blobs, std::fs::Permissions::from_mode(0o700)).unwrap();
        let expected: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("told.json")).unwrap()).unwrap();
        // Opened, written to, and opened again: what was there is there each time.
        let vault = Vault::open(&dir, WORDS).unwrap();
        assert_eq!(told(&vault), expected, "{folder:?}");
        // What was kept before there were personas is the first one's, and nothing is written for that.
        let personas = vault.personas().unwrap();
        assert_eq!(personas.len(), 1);
        assert_eq!((personas[0].number, personas[0].name.as_str()), (0, "main"));
        assert!(vault.log(usize::MAX).unwrap().iter().all(|entry| entry.persona == 0));
        assert_eq!(vault.held_of(0).unwrap().len(), 1);
        vault.note(Happened::Restored, week(3)).unwrap();
        drop(vault);
        let vault = Vault::open(&dir, WORDS).unwrap();
        assert_eq!(vault.log(1).unwrap()[0].what, Happened::Restored);
        assert_eq!(vault.held_all().unwrap().len(), 1);
    }
    assert!(seen > 0);
}
