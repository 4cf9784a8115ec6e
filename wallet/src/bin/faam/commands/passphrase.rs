//! `faam passphrase`: another passphrase for the wallet, in one step.

use faam_store::KdfParams;
use faam_wallet::vault::{Happened, Vault};
use serde_json::json;

use crate::args::Passphrase;
use crate::failure::Failure;
use crate::shell::{Report, Shell, given_passphrase, long_enough, say};
use crate::words::{init as said, progress};

pub(super) fn run(shell: &Shell, args: &Passphrase) -> Result<Report, Failure> {
    shell.must_exist()?;
    let lang = shell.lang;
    let old = shell.passphrase(&said::passphrase_now(lang))?;
    let kdf = if args.kdf_floor { KdfParams::FLOOR } else { KdfParams::DEFAULT };
    let file = args.new_passphrase_file.as_deref();
    let new = match given_passphrase("--new-passphrase", file, args.new_passphrase_fd)? {
        Some(given) => long_enough(&given).map(|()| given)?,
        None if !shell.interactive => {
            let flags = "--new-passphrase-file FILE or --new-passphrase-fd N";
            return Err(shell.missing(&said::new_passphrase(lang), flags));
        }
        None => shell.chosen(&said::choose_new(lang))?,
    };
    let busy = shell.busy(progress::locking(lang));
    Vault::change_passphrase(&shell.home, &old, &new, kdf)?;
    drop(busy);
    // Changed from here on, whatever comes.
    let noted = shell
        .open_with(&new)
        .and_then(|vault| vault.note(Happened::PassphraseChanged, shell.now()).map(drop));
    if let Err(error) = noted {
        say(&said::not_logged(lang, error.sentence()));
    }
    Ok(Report { data: json!({"changed": true}), text: said::changed(lang) })
}
