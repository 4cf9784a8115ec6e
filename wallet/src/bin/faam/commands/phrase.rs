//! `faam phrase`: the recovery phrase, for the person at the terminal and nobody else.

use faam_spec::reason::Reason;
use faam_wallet::vault::Vault;
use serde_json::json;

use crate::failure::Failure;
use crate::shell::{Report, Shell, say};

pub(super) fn run(shell: &Shell) -> Result<Report, Failure> {
    if !shell.interactive {
        let what = "the phrase is shown on a terminal only, to a person";
        return Err(Failure::new(Reason::InputMissing, what).at("terminal").hint(
            "Run faam phrase in a terminal, without --no-input, and with nothing led into or out of it.",
        ));
    }
    let vault = shell.open_vault()?;
    say(
        "\nThis is your recovery phrase. Keep it on paper where nobody else finds it: whoever has it\nhas your name.\n",
    );
    show(&vault)?;
    //= spec/text/programs.md#REQ-PROGRAM-3
    //# Secrets (phrase, passphrase, keys, capabilities that were not used, session codes that were not just
    //# made) MUST NOT stand in it
    Ok(Report { data: json!({"phrase_shown": true}), text: String::new() })
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
    say("offers. This version makes no backup files.");
    Ok(())
}
