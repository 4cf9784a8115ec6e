//! A backup is all of the wallet or is refused, and leaves nothing behind when it is (A67).

use std::os::unix::fs::PermissionsExt as _;

use faam_spec::limits::MAX_BACKUP_SEAL_BYTES;
use faam_spec::reason::Reason;
use faam_store::{MAX_VALUE_LEN, Table};
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::testkit::{start, week};
use crate::vault::tests::Home;
use crate::vault::tests::released::{fill, told};
use crate::vault::{Happened, VaultError};

const BACKUP: &[u8] = b"another passphrase, kept elsewhere";
const NEW: &[u8] = b"of the new machine";

fn lock() -> Lock<'static> {
    Lock::Passphrase { words: BACKUP, floor: true }
}

/// A wallet with something in every table, a folder for backups, and one in it.
fn backed_up() -> (Home, Vault, tempfile::TempDir, PathBuf) {
    let (home, vault) = Home::new();
    fill(&vault);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faam.age");
    let made = create(&vault, &file, lock(), Some(Key::Passphrase(BACKUP)), week(3)).unwrap();
    assert!(made.opened && made.bytes > 10_000);
    (home, vault, folder, file)
}

fn restored(file: &Path, dir: &Path) -> Result<(Vault, Head, Contents), BackupError> {
    restore(file, Key::Passphrase(BACKUP), dir, NEW, KdfParams::FLOOR, week(4))
}

/// Refused by both ways, with this code; nothing is left anywhere.
fn refused(bytes: &[u8], key: Key<'_>, what: &str) -> Reason {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hostile.age");
    std::fs::write(&file, bytes).unwrap();
    let dir = folder.path().join("vault");
    let error = restore(&file, key, &dir, NEW, KdfParams::FLOOR, week(4)).err();
    let error = error.unwrap_or_else(|| panic!("{what}: it was taken"));
    let scratch = tempfile::tempdir().unwrap();
    let again = verify(&file, key, scratch.path(), None).unwrap_err();
    assert_eq!(again.reason(), error.reason(), "{what}");
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "{what}");
    let opened = Vault::open(&dir, NEW).unwrap_err();
    assert_eq!(opened.reason(), Reason::StoreMissing, "{what}: {opened}");
    error.reason()
}

//= spec/text/backup.md#REQ-BACKUP-2
//= type=test
//# It MUST hold every record of the wallet
//= spec/text/backup.md#REQ-BACKUP-7
//= type=test
//# A restored wallet MUST be whole or absent
#[test]
fn a_restored_wallet_says_what_the_one_before_said() {
    let (home, vault, folder, file) = backed_up();
    let dir = folder.path().join("elsewhere");
    let (again, head, contents) = restored(&file, &dir).unwrap();
    assert_eq!((head.made, head.created), (week(3), start()));
    assert_eq!((contents.markets.len(), contents.receipts, contents.conflicts), (1, 1, 1));
    drop(again);
    let again = Vault::open(&dir, NEW).unwrap();
    let (mut before, mut after) = (told(&vault), told(&again));
    let log = after["log"].as_array_mut().unwrap();
    let last = log.pop().unwrap();
    assert_eq!(last["what"], "restored_backup");
    assert_eq!(before.as_object_mut().unwrap(), after.as_object_mut().unwrap());
    // The keys too, of every kind.
    let held = vault.held_all().unwrap();
    let keys = |vault: &Vault| {
        let keys = vault.holder_keys(held.iter().map(crate::held::HeldLedger::info)).unwrap();
        keys.iter().map(|key| key.verifying_key().to_bytes()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&vault), keys(&again));
    // It is written to as any other, and what is there already is never written over.
    again.note(Happened::PassphraseChanged, week(5)).unwrap();
    drop(again);
    let error = restored(&file, &dir).unwrap_err();
    assert_eq!(error.reason(), Reason::StoreExists);
    assert_eq!(Vault::open(&dir, NEW).unwrap().log(1).unwrap()[0].what, Happened::PassphraseChanged);
    drop(home);
}

//= spec/text/backup.md#REQ-BACKUP-1
//= type=test
//# A backup MUST be one file in the `age` format
#[test]
fn a_backup_is_an_age_file_that_only_its_owner_reads() {
    let (_home, _vault, folder, file) = backed_up();
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    // Any other program opens it: here the library alone, without ours around it.
    let identity = age::scrypt::Identity::new(String::from_utf8(BACKUP.to_vec()).unwrap().into());
    let mut inside = Vec::new();
    let decryptor = age::Decryptor::new(&bytes[..]).unwrap();
    let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).unwrap();
    std::io::Read::read_to_end(&mut reader, &mut inside).unwrap();
    assert!(inside.starts_with(b"FAAMBACKUP\0"));
    assert!(inside.ends_with(&[0; 6]) || inside.len() > 9);
}

//= spec/text/backup.md#REQ-BACKUP-3
//= type=test
//# A backup MUST be opened and compared before it is called one
#[test]
fn a_backup_that_cannot_be_opened_is_none() {
    let (home, vault) = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faam.age");
    let other = Some(Key::Passphrase(b"another one"));
    let error = create(&vault, &file, lock(), other, week(3)).unwrap_err();
    assert!(matches!(error, BackupError::NotTheSame(_)), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(vault.last_backup().unwrap().is_none());

    // Nor one in the place of something else, or where it would be lost with the wallet.
    std::fs::write(&file, "mine").unwrap();
    let error = create(&vault, &file, lock(), None, week(3)).unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    let link = folder.path().join("link.age");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
    assert!(matches!(create(&vault, &link, lock(), None, week(3)), Err(BackupError::Exists { .. })));
    for inside in [home.dir.join("faam.age"), home.dir.join("db/../faam.age")] {
        let error = create(&vault, &inside, lock(), None, week(3)).unwrap_err();
        assert!(matches!(error, BackupError::Inside { .. }), "{error}");
    }
    // What a killed one left is in nobody's way.
    let third = folder.path().join("third.age");
    std::fs::write(folder.path().join("third.age.part"), "half").unwrap();
    create(&vault, &third, lock(), Some(Key::Passphrase(BACKUP)), week(3)).unwrap();
    assert!(!folder.path().join("third.age.part").exists());
    let (last, since) = vault.last_backup().unwrap().unwrap();
    assert_eq!((last.at, last.opened, since), (week(3), true, 0));
    vault.note(Happened::PassphraseChanged, week(4)).unwrap();
    assert_eq!(vault.last_backup().unwrap().unwrap().1, 1);
}

#[test]
fn a_backup_for_a_recipient_is_opened_by_its_identity_alone() {
    let (_home, vault) = Home::new();
    fill(&vault);
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (Identity::generate(), Identity::generate());
    let file = folder.path().join("faam.age");
    let made = create(&vault, &file, Lock::Recipients(&[mine.to_public()]), None, week(3)).unwrap();
    assert!(!made.opened);
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(refused(&bytes, Key::Identities(std::slice::from_ref(&other)), "other"), Reason::BackupLocked);
    assert_eq!(refused(&bytes, Key::Passphrase(BACKUP), "passphrase"), Reason::BackupLocked);
    let scratch = tempfile::tempdir().unwrap();
    let both = [other, mine];
    let verified = verify(&file, Key::Identities(&both), scratch.path(), Some(&vault)).unwrap();
    assert_eq!(verified.relation, Some(Relation::Same));
    let second = folder.path().join("second.age");
    let recipients: Vec<Recipient> = both.iter().map(Identity::to_public).collect();
    let made =
        create(&vault, &second, Lock::Recipients(&recipients), Some(Key::Identities(&both[..1])), week(3));
    assert!(made.unwrap().opened);
    let none = folder.path().join("none.age");
    assert!(create(&vault, &none, Lock::Recipients(&[]), None, week(3)).is_err(), "for nobody");
    assert!(!none.exists());
}

//= spec/text/backup.md#REQ-BACKUP-8
//= type=test
//# A program that has both MUST compare them, and say so when both went on
#[test]
fn one_wallet_on_two_devices_is_noticed_when_both_went_on() {
    let (_home, vault, folder, file) = backed_up();
    let scratch = tempfile::tempdir().unwrap();
    let relation = |file: &Path, here: &Vault| {
        verify(file, Key::Passphrase(BACKUP), scratch.path(), Some(here)).unwrap().relation.unwrap()
    };
    assert_eq!(relation(&file, &vault), Relation::Same);
    vault.note(Happened::PassphraseChanged, week(4)).unwrap();
    assert_eq!(relation(&file, &vault), Relation::Older { behind: 1 });

    let (second, ..) = restored(&file, &folder.path().join("second")).unwrap();
    assert_eq!(relation(&file, &second), Relation::Older { behind: 1 }, "the note that it was restored");
    let newer = folder.path().join("newer.age");
    create(&vault, &newer, lock(), None, week(5)).unwrap();
    let shared = second.log(usize::MAX).unwrap().len() as u64 - 1;
    assert_eq!(relation(&newer, &second), Relation::Forked { shared, here: 1, there: 1 });
    second.note(Happened::PassphraseChanged, week(6)).unwrap();
    assert_eq!(relation(&newer, &second), Relation::Forked { shared, here: 2, there: 1 });

    // The older copy, should it be taken for the wallet.
    let (third, ..) = restored(&newer, &folder.path().join("third")).unwrap();
    assert_eq!(relation(&newer, &third), Relation::Older { behind: 1 });
    let newest = folder.path().join("newest.age");
    create(&third, &newest, lock(), None, week(7)).unwrap();
    assert_eq!(relation(&newest, &vault), Relation::Newer { ahead: 1 });

    let (_other_home, other) = Home::new();
    assert_eq!(relation(&newest, &other), Relation::Other);
    // What the other side answered later does not tell two copies apart.
    let entry = second
        .log(usize::MAX)
        .unwrap()
        .into_iter()
        .find(|entry| matches!(entry.what, Happened::Shown { .. }));
    second.note_told(&entry.unwrap(), crate::vault::Told::Taken).unwrap();
    assert_eq!(relation(&file, &second), Relation::Older { behind: 2 });
}

#[test]
fn a67_a_backup_changed_or_cut_anywhere_is_refused_and_leaves_nothing() {
    let (_home, _vault, _folder, file) = backed_up();
    let whole = std::fs::read(&file).unwrap();
    let all = std::env::var("FAAM_FLIPS").is_ok_and(|value| value == "all");
    let mut rng = rand::rngs::StdRng::seed_from_u64(67);
    let mut places: Vec<usize> = (0..200).step_by(3).collect();
    places.extend([whole.len() - 1, whole.len() / 2]);
    match all {
        true => places = (0..whole.len()).collect(),
        false => places.extend((0..30).map(|_| rng.gen_range(0..whole.len()))),
    }
    for at in places {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << rng.gen_range(0..8);
        let code = refused(&flipped, Key::Passphrase(BACKUP), &format!("flipped at {at}"));
        // A raised work factor is over the bound, or is another key.
        let known = [Reason::BackupDamaged, Reason::BackupLocked, Reason::TooLarge];
        assert!(known.contains(&code), "flipped at {at}: {code:?}");
        let code = refused(&whole[..at], Key::Passphrase(BACKUP), &format!("cut at {at}"));
        assert!(matches!(code, Reason::BackupDamaged | Reason::BackupLocked), "cut at {at}: {code:?}");
    }
    let more = [&whole[..], b"x"].concat();
    assert_eq!(refused(&more, Key::Passphrase(BACKUP), "more"), Reason::BackupDamaged);
}

fn sealed(inside: &[u8]) -> Vec<u8> {
    let mut out = seal::seal(Vec::new(), lock()).unwrap();
    out.write_all(inside).unwrap();
    out.finish().unwrap()
}

/// What a writer would write, and what is spoiled of it.
fn content(records: u64, written: &[(u8, &[u8], &[u8])]) -> Vec<u8> {
    let head = Head { made: week(1), created: start(), copy: "z1".into(), seq: 1, records };
    let mut writer = content::Writer::new(Vec::new(), &head).unwrap();
    for (table, id, value) in written {
        writer.record(&Seen { table: Table(*table), id, value }).unwrap();
    }
    writer.end().unwrap().0
}

//= spec/text/backup.md#REQ-BACKUP-4
//= type=test
//# A reader MUST bound the file and its header before it parses them
//= spec/text/backup.md#REQ-BACKUP-5
//= type=test
//# A reader MUST compare each length with its bound before it reads what has it
//= spec/text/backup.md#REQ-BACKUP-6
//= type=test
//# A backup of a newer version MUST be refused before anything of it is written
#[test]
fn a67_hostile_backups_are_refused_by_their_codes() {
    let key = Key::Passphrase(BACKUP);
    let (damaged, large, newer) = (Reason::BackupDamaged, Reason::TooLarge, Reason::BackupNewer);
    let record = [(1, &b"wallet"[..], &b"{}"[..])];
    let mut version = content(1, &record);
    version[10] = 1;
    let spoil = |at: usize, bytes: &[u8]| {
        let mut inside = content(1, &record);
        inside[at..at + bytes.len()].copy_from_slice(bytes);
        inside
    };
    let head = content(0, &[]).len() - 9;
    let cases: [(&str, Vec<u8>, Reason); 12] = [
        ("of something else", b"PK\x03\x04 what is in another archive".to_vec(), damaged),
        ("empty", Vec::new(), damaged),
        ("newer", version, newer),
        ("a head of 4 GiB", spoil(11, &u32::MAX.to_be_bytes()), large),
        ("a head that is none", spoil(15, b"?"), damaged),
        ("more records than it says", content(0, &record), damaged),
        ("fewer records than it says", content(2, &record), damaged),
        ("more records than there can be", content(u64::MAX, &record), large),
        ("an id of nothing", content(1, &[(1, b"", b"{}")]), large),
        ("an id over the bound", content(1, &[(1, &[7; 257], b"{}")]), large),
        ("a value over the bound", content(1, &[(1, b"a", &vec![0; MAX_VALUE_LEN + 1])]), large),
        ("a value of 4 GiB", spoil(head + 1 + 2 + 6, &u32::MAX.to_be_bytes()), large),
    ];
    for (what, inside, code) in cases {
        assert_eq!(refused(&sealed(&inside), key, what), code, "{what}");
    }
    let trailing = [&content(1, &record)[..], b"x"].concat();
    assert_eq!(refused(&sealed(&trailing), key, "trailing"), damaged);
    // Well formed, and no wallet: it is filled, looked over, and never finished.
    assert_eq!(refused(&sealed(&content(0, &[])), key, "without a secret"), Reason::StoreDamaged);
    assert_eq!(refused(&sealed(&content(1, &record)), key, "a secret that is none"), Reason::StoreDamaged);
    let meta = br#"{"v":1,"created":1795000000,"entropy":"uAAAAAAAAAAAAAAAAAAAAAA"}"#;
    assert_eq!(
        refused(&sealed(&content(1, &[(1, b"wallet", meta)])), key, "a newer vault"),
        Reason::StoreNewer
    );

    let good = sealed(&content(1, &record));
    let text = String::from_utf8_lossy(&good[..200]).into_owned();
    let line = text.lines().nth(1).unwrap();
    let (salt, _) = line.rsplit_once(' ').unwrap();
    let work = |n: &str| {
        let end = text.find(line).unwrap() + line.len();
        [format!("age-encryption.org/v1\n{salt} {n}").as_bytes(), &good[end..]].concat()
    };
    assert_eq!(refused(&work("21"), key, "work"), large, "a gigabyte is enough");
    assert_eq!(refused(&work("63"), key, "work"), large);
    let long = [b"age-encryption.org/v1\n-> X ".as_slice(), &vec![b'a'; MAX_BACKUP_SEAL_BYTES + 1]].concat();
    assert_eq!(refused(&long, key, "a long line"), large);
    let many = format!("age-encryption.org/v1\n{}--- x\n", "-> X25519 a\nAAAA\n".repeat(21));
    assert_eq!(refused(many.as_bytes(), key, "stanzas"), large);
    assert_eq!(refused(b"age-encryption.org/v1\n--- \n", key, "short"), damaged);
    assert_eq!(refused(&[0xff; 4096], key, "noise"), damaged);

    // No file, a folder, a file that cannot be whole.
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("vault");
    let error = restored(&folder.path().join("none"), &dir).unwrap_err();
    assert!(matches!(error, BackupError::Io { .. }), "{error}");
    let error = restored(folder.path(), &dir).unwrap_err();
    assert_eq!(error.reason(), damaged);
    let huge = folder.path().join("huge");
    std::fs::File::create(&huge).unwrap().set_len(faam_spec::limits::MAX_BACKUP_BYTES + 1).unwrap();
    assert_eq!(restored(&huge, &dir).unwrap_err().reason(), large);
    assert!(!dir.exists());
}

#[test]
fn a_wrong_passphrase_and_a_changed_header_are_one_error() {
    let (_home, _vault, _folder, file) = backed_up();
    let mut bytes = std::fs::read(&file).unwrap();
    assert_eq!(refused(&bytes, Key::Passphrase(b"not this one"), "wrong"), Reason::BackupLocked);
    assert!(matches!(
        seal::open(File::open(&file).unwrap(), Key::Passphrase(&[0xff])).err(),
        Some(BackupError::NotText)
    ));
    let end = bytes.windows(5).position(|part| part == b"\n--- ").unwrap();
    bytes[end + 6] = if bytes[end + 6] == b'A' { b'B' } else { b'A' };
    assert_eq!(refused(&bytes, Key::Passphrase(BACKUP), "mac"), Reason::BackupLocked);
}

#[test]
fn errors_keep_the_codes_of_the_vault() {
    let error = BackupError::from(VaultError::Unfinished);
    assert_eq!(error.reason(), Reason::StoreDamaged);
}

//= spec/text/backup.md#REQ-BACKUP-10
//= type=test
//# It MUST hold the holder's rules as they are when it is made, and restoring it MUST put them back where
//# there are none.
#[test]
fn the_rules_go_along_as_they_are_and_come_back_where_there_are_none() {
    let (home, vault, folder, _) = backed_up();
    let rules = vault.dir().join("rules.toml");
    let made = |name: &str| {
        let file = folder.path().join(name);
        let made = create(&vault, &file, lock(), Some(Key::Passphrase(BACKUP)), week(3)).unwrap();
        let verified = verify(&file, Key::Passphrase(BACKUP), folder.path(), Some(&vault)).unwrap();
        assert_eq!(verified.rules, made.rules == RulesIn::Kept);
        (file, made.rules)
    };
    let (before, in_it) = made("without.age");
    assert_eq!(in_it, RulesIn::None);
    let text = "v = 0\n# Written by hand: \u{e9}\n";
    std::fs::write(&rules, text).unwrap();
    let (file, in_it) = made("with.age");
    assert_eq!(in_it, RulesIn::Kept);

    let dir = folder.path().join("again");
    let (again, ..) = restored(&file, &dir).unwrap();
    assert!(!dir.join("rules.toml").exists(), "the library puts them back when it is told to");
    assert!(put_back_rules(&again).unwrap());
    assert_eq!(std::fs::read_to_string(dir.join("rules.toml")).unwrap(), text);
    let mode = dir.join("rules.toml").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // What is there stays.
    std::fs::write(dir.join("rules.toml"), "v = 0\n").unwrap();
    assert!(!put_back_rules(&again).unwrap());
    assert_eq!(std::fs::read_to_string(dir.join("rules.toml")).unwrap(), "v = 0\n");
    drop(again);
    let (none, ..) = restored(&before, &folder.path().join("none")).unwrap();
    assert!(!put_back_rules(&none).unwrap());

    // Taken away, they are not in the next one; and what is no file of rules is said to be missing, and stops nothing.
    for (what, bytes) in
        [("large", "#".repeat(crate::rules::MAX_RULES_BYTES + 1).into_bytes()), ("no text", vec![0xff])]
    {
        std::fs::write(&rules, bytes).unwrap();
        assert_eq!(made(&format!("{what}.age")).1, RulesIn::Unusable, "{what}");
        assert_eq!(vault.kept_rules().unwrap(), None, "{what}");
    }
    std::fs::remove_file(&rules).unwrap();
    std::fs::create_dir(&rules).unwrap();
    assert_eq!(made("folder.age").1, RulesIn::Unusable);
    std::fs::remove_dir(&rules).unwrap();
    assert_eq!(made("gone.age").1, RulesIn::None);
    drop(home);
}

#[test]
fn whoever_watches_sees_every_record_and_the_end() {
    use std::cell::RefCell;
    let (_home, vault, folder, _) = backed_up();
    let file = folder.path().join("watched.age");
    let seen = RefCell::new(Vec::new());
    let watch = |done, of| seen.borrow_mut().push((done, of));
    let key = || Some(Key::Passphrase(BACKUP));
    let made = create_watched(&vault, &file, lock(), key(), week(3), &watch).unwrap();
    let told = |times: u64| {
        let seen = seen.take();
        let of = made.head.records * times;
        assert_eq!(seen.last(), Some(&(of, of)));
        assert!(seen.iter().map(|(done, _)| *done).eq(1..=of), "{seen:?}");
    };
    told(2);
    verify_watched(&file, Key::Passphrase(BACKUP), folder.path(), None, &watch).unwrap();
    told(1);
    let dir = folder.path().join("again");
    restore_watched(&file, Key::Passphrase(BACKUP), &dir, (NEW, KdfParams::FLOOR), week(4), &watch).unwrap();
    told(2);
}
