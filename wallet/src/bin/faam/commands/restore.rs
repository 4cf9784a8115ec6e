//! `faam restore`: what the phrase alone brings back.

use crate::args::{Init, Restore};
use crate::failure::Failure;
use crate::shell::{Report, Shell};

pub(super) fn run(shell: &Shell, args: &Restore) -> Result<Report, Failure> {
    let args = Init { restore: true, phrase_file: args.phrase_file.clone(), kdf_floor: args.kdf_floor };
    super::init::run(shell, &args)
}
