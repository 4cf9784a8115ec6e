//! `faam phrase`: the recovery phrase, for the person at the terminal and nobody else.

use faam_spec::reason::Reason;
use faam_wallet::vault::{Entropy, Vault};
use serde_json::json;

use crate::args::Phrase;
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};

pub(super) fn run(shell: &Shell, args: &Phrase) -> Result<Report, Failure> {
    if !shell.interactive {
        let what = "the phrase is shown on a terminal only, to a person";
        return Err(Failure::new(Reason::InputMissing, what).at("terminal").hint(
            "Run faam phrase in a terminal, without --no-input, and with nothing led into or out of it.",
        ));
    }
    let vault = shell.open_vault()?;
    if args.check {
        let proven = prove(shell, &vault)?;
        return Ok(Report {
            data: json!({"phrase_shown": false, "phrase_proven": proven}),
            text: String::new(),
        });
    }
    say(
        "\nThis is your recovery phrase. Keep it on paper where nobody else finds it: whoever has it\nhas your name.\n",
    );
    show(&vault)?;
    //= spec/text/programs.md#REQ-PROGRAM-3
    //# Secrets (phrase, passphrase, keys, capabilities that were not used, session codes that were not just
    //# made) MUST NOT stand in it
    Ok(Report { data: json!({"phrase_shown": true, "phrase_proven": false}), text: String::new() })
}

/// Has the phrase typed from what was written down, and notes that it was right. An empty line leaves it for later.
pub(super) fn prove(shell: &Shell, vault: &Vault) -> Result<bool, Failure> {
    say("Type the words from what you wrote down, so that you know that it is right. An empty line at once");
    say("leaves that for later (faam phrase --check).");
    for _ in 0..TRIES {
        let typed = super::init::words(shell)?;
        if typed.is_empty() {
            say("Left for later: faam phrase --check");
            return Ok(false);
        }
        match Entropy::from_phrase(&typed) {
            Ok(entropy) if vault.is_phrase(&entropy)? => {
                vault.note_phrase_proven(shell.now())?;
                say("Right, word for word.");
                return Ok(true);
            }
            Ok(_) => say(
                "No: these words are a phrase, and not the one of this wallet. Once more, from the first word.",
            ),
            Err(error) => say(&format!("No: {error}. Once more, from the first word.")),
        }
    }
    say("Not proven. See it again (faam phrase), mend what you wrote down, and try it: faam phrase --check");
    Ok(false)
}

/// On the terminal, and never on stdout: what goes there may be kept.
pub(super) fn show(vault: &Vault) -> Result<(), Failure> {
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
    say("\nIt brings back your keys and nothing else: ratings come back from the markets, with new");
    say("offers. A backup has everything in it: faam backup create FILE");
    Ok(())
}
