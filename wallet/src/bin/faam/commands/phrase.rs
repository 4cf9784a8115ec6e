//! `faam phrase`: the recovery phrase, for the person at the terminal and nobody else.

use faam_spec::reason::Reason;
use faam_wallet::vault::{Entropy, Vault};
use serde_json::json;

use crate::args::Phrase;
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};
use crate::words::init as said;

pub(super) fn run(shell: &Shell, args: &Phrase) -> Result<Report, Failure> {
    let lang = shell.lang;
    if !shell.interactive {
        return Err(Failure::new(Reason::InputMissing, &said::only_terminal(lang))
            .at("terminal")
            .hint(&said::only_terminal_hint(lang)));
    }
    let vault = shell.open_vault()?;
    if args.check {
        let proven = prove(shell, &vault)?;
        return Ok(Report {
            data: json!({"phrase_shown": false, "phrase_proven": proven}),
            text: String::new(),
        });
    }
    say(&said::phrase_again(lang));
    show(shell, &vault)?;
    //= spec/text/programs.md#REQ-PROGRAM-3
    //# Secrets (phrase, passphrase, keys, capabilities that were not used, session codes that were not just
    //# made) MUST NOT stand in it
    Ok(Report { data: json!({"phrase_shown": true, "phrase_proven": false}), text: String::new() })
}

/// Has the phrase typed from what was written down, and notes that it was right. An empty line leaves it for later.
pub(super) fn prove(shell: &Shell, vault: &Vault) -> Result<bool, Failure> {
    let lang = shell.lang;
    say(&said::prove(lang));
    for _ in 0..TRIES {
        let typed = super::init::words(shell)?;
        if typed.is_empty() {
            say(&said::later(lang));
            return Ok(false);
        }
        match Entropy::from_phrase(&typed) {
            Ok(entropy) if vault.is_phrase(&entropy)? => {
                vault.note_phrase_proven(shell.now())?;
                say(&said::right(lang));
                return Ok(true);
            }
            Ok(_) => say(&said::another_phrase(lang)),
            Err(error) => say(&said::once_more(lang, error)),
        }
    }
    say(&said::unproven(lang));
    Ok(false)
}

/// On the terminal, and never on stdout: what goes there may be kept.
pub(super) fn show(shell: &Shell, vault: &Vault) -> Result<(), Failure> {
    let phrase = vault.phrase()?;
    let words: Vec<&str> = phrase.split(' ').collect();
    let rows = words.len().div_ceil(4);
    for row in 0..rows {
        let cells = (0..4).filter_map(|column| {
            let at = column * rows + row;
            words.get(at).map(|word| format!("{:>2}. {word:<10}", at + 1))
        });
        say(&format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
    say(&said::phrase_brings(shell.lang));
    Ok(())
}
