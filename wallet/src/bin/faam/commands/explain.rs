//! `faam explain`: what codes mean, and what to do about them.

use faam_spec::reason::Reason;
use faam_spec::words::explain;
use faam_wallet::text::foreign;

use crate::args::Explain;
use crate::failure::Failure;
use crate::shell::{Report, Shell};

/// Longest sentence that repeats what was given, in bytes.
const LIMIT: usize = 500;

pub(crate) fn run(shell: &Shell, args: &Explain) -> Result<Report, Failure> {
    let told = explain(args.code.as_deref(), shell.settings.lang.value, shell.width)
        .map_err(|why| Failure::new(Reason::InputMalformed, &foreign(&why, LIMIT)).at("CODE"))?;
    Ok(Report { data: told.data, text: told.text.trim_end().to_owned() })
}
