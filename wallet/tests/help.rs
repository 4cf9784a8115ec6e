//! Help for a shell and for man, made from the arguments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::process::Command;

use common::Home;

#[test]
fn shells_complete_what_there_is() {
    let home = Home::empty();
    for shell in ["bash", "zsh", "fish"] {
        let said = home.run_bare(&["completions", shell]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
        for word in ["receive", "rules", "passphrase-file", "explain"] {
            assert!(said.out.contains(word), "{shell} does not know {word}");
        }
        let script = home.folder.path().join(shell);
        std::fs::write(&script, &said.out).unwrap();
        // Where the shell is there, it can read it.
        if let Ok(read) = Command::new(shell).arg("-n").arg(&script).output() {
            assert!(read.status.success(), "{shell}: {}", String::from_utf8_lossy(&read.stderr));
        }
    }
    let bash = home.run_bare(&["completions", "bash"]).out;
    let script = home.folder.path().join("complete");
    let asked =
        "\nCOMP_WORDS=(faam pass) COMP_CWORD=1\n_faam faam pass faam\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    std::fs::write(&script, bash + asked).unwrap();
    let found = Command::new("bash").arg(&script).output().unwrap();
    assert!(String::from_utf8_lossy(&found.stdout).lines().any(|line| line == "passport"), "{found:?}");
    assert_eq!(home.run_bare(&["completions", "tcsh", "--json"]).code, 2);
}

#[test]
fn there_is_a_page_for_each_command() {
    let home = Home::empty();
    let dir = home.folder.path().join("share/man1");
    let said = home.run_bare(&["man", dir.to_str().unwrap(), "--json"]);
    let pages = said.envelope()["data"]["pages"].clone();
    let pages: Vec<&str> = pages.as_array().unwrap().iter().map(|page| page.as_str().unwrap()).collect();
    for page in ["faam.1", "faam-init.1", "faam-present.1", "faam-log-export.1", "faam-rules-use.1"] {
        assert!(pages.contains(&page), "{pages:?}");
    }
    for page in &pages {
        let text = std::fs::read_to_string(dir.join(page)).unwrap();
        assert!(text.contains(".TH") && text.contains(".SH NAME"), "{page}");
        assert!(!text.contains("kdf\\-floor"), "{page}");
    }
    let top = std::fs::read_to_string(dir.join("faam.1")).unwrap();
    assert!(top.contains("receive") && top.contains("Exit status"), "{top}");
}
