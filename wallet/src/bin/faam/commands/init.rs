//! `faam init`: a wallet within a minute.

use faam_spec::reason::Reason;
use faam_store::KdfParams;
use faam_wallet::text::foreign;
use faam_wallet::vault::{Entropy, Vault};
use serde_json::json;

use crate::args::Init;
use crate::failure::Failure;
use crate::shell::{Report, Shell, say};

const NEXT: &str = "faam receive LINK --code CODE";

pub(crate) fn run(shell: &Shell, args: &Init) -> Result<Report, Failure> {
    let home = foreign(&shell.home.to_string_lossy(), 300);
    // Told before anybody chooses a passphrase; the store looks again, under its lock.
    if shell.home.join("key.slot").symlink_metadata().is_ok() {
        let what = format!("there is a wallet in '{home}' already");
        return Err(Failure::new(Reason::StoreExists, &what).at("--home"));
    }
    let passphrase = shell.new_passphrase()?;
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    let mut rng = shell.rng;
    let entropy = Entropy::random(&mut rng);
    let vault = Vault::create(&shell.home, &passphrase, &entropy, kdf, shell.now())?;
    if shell.interactive {
        show_phrase(shell, &vault)?;
    }
    let mut text = format!("Your wallet is ready, in '{home}'.\n");
    if !shell.interactive {
        text.push_str(
            "Its recovery phrase was not shown, because nobody was there; it is kept in the vault.\n",
        );
    }
    text.push_str(&format!("\nNext, take what a market offers you:\n  {}", shell.strong(NEXT)));
    let data = json!({"home": shell.home.to_string_lossy(), "phrase_shown": shell.interactive, "next": NEXT});
    Ok(Report { data, text })
}

/// Once, on the terminal, and never on stdout: what goes there may be kept.
fn show_phrase(shell: &Shell, vault: &Vault) -> Result<(), Failure> {
    let phrase = vault.phrase()?;
    let words: Vec<&str> = phrase.split(' ').collect();
    say("\nThis is your recovery phrase. Write it on paper, in this order, and keep it where");
    say("nobody else finds it: whoever has it has your name, and it is shown only now.\n");
    let rows = words.len().div_ceil(4);
    for row in 0..rows {
        let cells = (0..4).filter_map(|column| {
            let at = column * rows + row;
            words.get(at).map(|word| format!("{:>2}. {word:<10}", at + 1))
        });
        say(&format!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
    say("\nIt brings back your keys. Ratings come back from the markets, or from a backup.");
    shell.ask("\nPress Enter when you have written it down. ", "an answer", "a terminal")?;
    Ok(())
}
