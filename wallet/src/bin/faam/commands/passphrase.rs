//! `faam passphrase`: another passphrase for the wallet, in one step.

use faam_store::KdfParams;
use faam_wallet::vault::{Happened, Vault};
use serde_json::json;

use crate::args::Passphrase;
use crate::failure::Failure;
use crate::shell::{Report, Shell, given_passphrase, long_enough, say};

const NOTE: &str = "What has this passphrase from now on is the wallet. Backups keep the one that each was made with, and an older copy of the folder still opens with the old one: remove such copies.";

pub(super) fn run(shell: &Shell, args: &Passphrase) -> Result<Report, Failure> {
    shell.must_exist()?;
    let old = shell.passphrase("Passphrase of now: ")?;
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    let file = args.new_passphrase_file.as_deref();
    let new = match given_passphrase("--new-passphrase", file, args.new_passphrase_fd)? {
        Some(given) => long_enough(&given).map(|()| given)?,
        None if !shell.interactive => {
            let flags = "--new-passphrase-file FILE or --new-passphrase-fd N";
            return Err(shell.missing("the new passphrase", flags));
        }
        None => shell.chosen("Choose the new passphrase.")?,
    };
    Vault::change_passphrase(&shell.home, &old, &new, kdf)?;
    // Changed from here on, whatever comes.
    let noted = Vault::open(&shell.home, &new)
        .and_then(|vault| vault.note(Happened::PassphraseChanged, shell.now()).map(drop));
    if let Err(error) = noted {
        say(&format!("note: the change is not in the log: {}", error.sentence()));
    }
    let text = format!("The passphrase is changed.\n{NOTE}");
    Ok(Report { data: json!({"changed": true}), text })
}
