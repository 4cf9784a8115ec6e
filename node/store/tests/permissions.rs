//! A folder or file that others can reach is refused, with the fix (A63).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use common::{Home, PASS, RATINGS, files, mode, quick, set_mode};
use faam_store::{Batch, CreateError, OpenError, PermissionProblem, Store, Unlock, salvage};

fn home() -> Home {
    let home = Home::new();
    home.create().commit(Batch::new().put(RATINGS, b"a", b"1")).unwrap();
    home
}

/// Opening in every way is refused for this path and problem; the text, which names the fix.
fn refused(home: &Home, path: &Path, problem: &PermissionProblem) -> String {
    let unlock = Unlock::KeyFile(&home.key_file());
    let mut text = String::new();
    for result in [
        Store::open(&home.store(), unlock).map(drop),
        Store::open_damaged(&home.store(), unlock).map(drop),
        salvage(&home.store(), unlock).map(drop),
    ] {
        let error = result.unwrap_err();
        text = error.to_string();
        let OpenError::Permissions { path: found, problem: why } = error else { panic!("{error:?}") };
        assert_eq!((found.as_path(), &why), (path, problem));
    }
    text
}

#[test]
fn a63_everything_is_made_private() {
    let home = home();
    drop(home.open());
    for dir in ["", "db", "db/blobs"] {
        assert_eq!(mode(&home.store().join(dir)), 0o700, "{dir}");
    }
    let all = files(&home.store());
    assert!(all.len() >= 6, "{}", all.len());
    for (path, _) in all {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(mode(&home.store().join("lock")), 0o600);
}

#[test]
fn a63_a_folder_open_to_others_is_refused_with_the_fix() {
    let home = home();
    for (name, wide) in [("", 0o755), ("", 0o710), ("", 0o701), ("db", 0o750), ("db/blobs", 0o707)] {
        let dir = if name.is_empty() { home.store() } else { home.store().join(name) };
        set_mode(&dir, wide);
        let text = refused(&home, &dir, &PermissionProblem::TooOpen { mode: wide, allowed: 0o700 });
        assert!(text.contains(&format!("chmod 700 '{}'", dir.display())), "{text}");
        set_mode(&dir, 0o700);
    }
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
}

#[test]
fn a63_a_file_open_to_others_is_refused_with_the_fix() {
    let home = home();
    let names = ["key.slot", "head.a", "head.b", "lock", "db/db", "db/conf"];
    let mut paths: Vec<PathBuf> = names.iter().map(|name| home.store().join(name)).collect();
    paths.push(home.key_file());
    for path in paths {
        for wide in [0o640, 0o604, 0o620, 0o666] {
            set_mode(&path, wide);
            let text = refused(&home, &path, &PermissionProblem::TooOpen { mode: wide, allowed: 0o600 });
            assert!(text.contains(&format!("chmod 600 '{}'", path.display())), "{text}");
        }
        set_mode(&path, 0o600);
    }
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
}

#[test]
fn a63_a_symbolic_link_is_refused_wherever_it_stands() {
    let home = home();
    let real = home.root.path().join("real");
    let names = ["", "key.slot", "head.a", "head.b", "lock", "db", "db/db", "db/conf", "db/blobs"];
    let mut paths: Vec<PathBuf> = names
        .iter()
        .map(|name| if name.is_empty() { home.store() } else { home.store().join(name) })
        .collect();
    paths.push(home.key_file());
    for path in paths {
        fs::rename(&path, &real).unwrap();
        symlink(&real, &path).unwrap();
        refused(&home, &path, &PermissionProblem::Symlink);
        fs::remove_file(&path).unwrap();
        fs::rename(&real, &path).unwrap();
    }
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
}

#[test]
fn a63_what_is_not_a_file_or_folder_is_refused() {
    let home = home();
    for name in ["key.slot", "head.a", "lock"] {
        let path = home.store().join(name);
        let real = home.root.path().join("real");
        fs::rename(&path, &real).unwrap();
        fs::create_dir(&path).unwrap();
        refused(&home, &path, &PermissionProblem::NotAFile);
        fs::remove_dir(&path).unwrap();
        fs::rename(&real, &path).unwrap();
    }
    let file = home.root.path().join("file");
    fs::write(&file, b"").unwrap();
    let result = Store::open(&file, PASS);
    let not_a_folder =
        matches!(result, Err(OpenError::Permissions { problem: PermissionProblem::NotAFolder, .. }));
    assert!(not_a_folder, "{result:?}");
}

#[test]
fn a63_what_belongs_to_somebody_else_is_refused() {
    // Only the administrator can give files away; for others there is nothing to try.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = home();
    for path in [home.store(), home.store().join("key.slot"), home.store().join("db/db"), home.key_file()] {
        std::os::unix::fs::chown(&path, Some(4242), None).unwrap();
        let text = refused(&home, &path, &PermissionProblem::OtherOwner { owner: 4242 });
        assert!(text.contains("4242") && text.contains("chown"), "{text}");
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
}

#[test]
fn a63_a_store_is_not_made_where_others_can_reach() {
    let home = Home::new();
    fs::create_dir(home.store()).unwrap();
    set_mode(&home.store(), 0o755);
    let result = Store::create(&home.store(), PASS, &quick());
    assert!(matches!(result, Err(CreateError::Permissions { .. })), "{result:?}");
    assert_eq!(fs::read_dir(home.store()).unwrap().count(), 0);
    set_mode(&home.store(), 0o700);
    // A wide key file is no better.
    fs::write(home.key_file(), [1; 32]).unwrap();
    set_mode(&home.key_file(), 0o644);
    let result = Store::create(&home.store(), Unlock::KeyFile(&home.key_file()), &quick());
    assert!(matches!(result, Err(CreateError::Permissions { .. })), "{result:?}");
    set_mode(&home.key_file(), 0o600);
    home.create();
}

#[test]
fn a63_a_snapshot_that_sled_left_wide_is_tightened() {
    let home = home();
    drop(home.open());
    let entries = fs::read_dir(home.store().join("db")).unwrap().map(|entry| entry.unwrap().path());
    let snapshot = entries.filter(|path| path.to_string_lossy().contains("/snap.")).last().unwrap();
    set_mode(&snapshot, 0o644);
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
    assert!(files(&home.store()).iter().all(|(path, _)| mode(path) == 0o600));
}

#[test]
fn control_characters_in_a_path_do_not_reach_the_terminal() {
    let home = Home::new();
    let dir = home.root.path().join("a\u{1b}[2Jb");
    let text = Store::open(&dir, PASS).unwrap_err().to_string();
    assert!(!text.contains('\u{1b}'), "{text:?}");
    fs::create_dir(&dir).unwrap();
    set_mode(&dir, 0o755);
    let text = Store::open(&dir, PASS).unwrap_err().to_string();
    assert!(text.contains("chmod 700") && !text.contains('\u{1b}'), "{text:?}");
}
