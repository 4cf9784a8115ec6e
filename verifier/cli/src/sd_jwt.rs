//! `faam-verify sd-jwt`: any SD-JWT VC with key binding, whoever issued it.

use std::process::ExitCode;

use clap::Args;
use faam_spec::exit::Exit;
use faam_spec::limits::{KEY_BINDING_MAX_AGE, KEY_BINDING_MAX_FUTURE, MAX_SD_JWT_BYTES};
use faam_spec::name::safe_json;
use faam_spec::reason::{Fault, Reason};
use faam_spec::sdjwt::vc::{self, Expected};
use faam_spec::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::io::{self, Failure};
use crate::issuer::Issuer;

/// Longest age of a key binding that can be asked for, in seconds: ten years.
const MAX_AGE: i64 = 10 * 366 * 86_400;

/// Judges an SD-JWT VC that its holder presents, on standard input: EdDSA or ES256, with key binding.
#[derive(Args)]
pub(crate) struct Presented {
    #[command(flatten)]
    issuer: Issuer,
    /// Whom the presentation must be made for, letter for letter.
    #[arg(long)]
    audience: String,
    /// The nonce that the holder was given. It is compared; that it is used once is the caller's to see to.
    #[arg(long)]
    nonce: String,
    /// The moment to judge at, such as 2026-11-21T12:00:00Z; this machine's clock unless given.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// The one type (vct) that is taken; any unless given, but there must be one.
    #[arg(long)]
    vct: Option<String>,
    /// How old the key binding may be.
    #[arg(long, value_name = "SECONDS", default_value_t = KEY_BINDING_MAX_AGE,
        value_parser = clap::value_parser!(i64).range(0..=MAX_AGE))]
    max_kb_age: i64,
}

/// Judges an SD-JWT VC as its issuer gives it out, on standard input: without key binding, which must not be there yet.
#[derive(Args)]
pub(crate) struct Issued {
    #[command(flatten)]
    issuer: Issuer,
    /// The moment to judge at, such as 2026-11-21T12:00:00Z; this machine's clock unless given.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// The one type (vct) that is taken; any unless given, but there must be one.
    #[arg(long)]
    vct: Option<String>,
}

impl Presented {
    /// Reads, judges and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let issuer = self.issuer.known()?;
        let now = io::moment(self.at)?;
        let expected = Expected {
            vct: self.vct.as_deref(),
            audience: &self.audience,
            nonce: &self.nonce,
            max_age: self.max_kb_age,
            max_future: KEY_BINDING_MAX_FUTURE,
        };
        let text = io::input(MAX_SD_JWT_BYTES + LINE_END)?;
        issuer.judge(credential(text.as_deref()), &NOT_CHECKED_PRESENTED, |text, key| {
            vc::verify(text, key, &expected, now).map(|verified| verified.claims().clone())
        })
    }
}

impl Issued {
    /// Reads, judges and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let issuer = self.issuer.known()?;
        let now = io::moment(self.at)?;
        let text = io::input(MAX_SD_JWT_BYTES + LINE_END)?;
        issuer.judge(credential(text.as_deref()), &NOT_CHECKED_ISSUED, |text, key| {
            vc::verify_unbound(text, key, self.vct.as_deref(), now).map(|verified| verified.claims().clone())
        })
    }
}

/// Shells and editors end a file with a line end, which is no part of what was signed.
const LINE_END: usize = 2;

/// The credential in what was read; none was read if it was over its bound.
fn credential(read: Option<&[u8]>) -> Result<&str, Fault> {
    let bytes = read.ok_or(Fault::new(Reason::TooLarge, "sd_jwt"))?;
    let text = core::str::from_utf8(bytes).map_err(|_| Fault::new(Reason::Malformed, "sd_jwt"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(text.strip_suffix('\r').unwrap_or(text))
}

/// The verdict, as one JSON object on one line; exit status 0, 3 or 4.
pub(crate) fn print(
    judged: Result<Map<String, Value>, Fault>,
    not_checked: &[&str],
) -> Result<ExitCode, Failure> {
    match judged {
        Ok(claims) => say("accepted", None, claims, Exit::Ok, not_checked),
        Err(fault) if fault.reason().exit() == Exit::Undecided => undecided(&fault, not_checked),
        Err(fault) => say("refused", Some(&fault), Map::new(), Exit::Refused, not_checked),
    }
}

/// That nothing can be said, because of `fault`.
pub(crate) fn undecided(fault: &Fault, not_checked: &[&str]) -> Result<ExitCode, Failure> {
    say("undecided", Some(fault), Map::new(), Exit::Undecided, not_checked)
}

//= spec/text/programs.md#REQ-PROGRAM-4
//# `claims` MUST be what was disclosed and verified, and empty unless it is accepted.
fn say(
    outcome: &str,
    fault: Option<&Fault>,
    claims: Map<String, Value>,
    exit: Exit,
    not_checked: &[&str],
) -> Result<ExitCode, Failure> {
    let reason = fault.map(|fault| fault.reason().code());
    let mut said =
        json!({"outcome": outcome, "reason": reason, "claims": claims, "not_checked": not_checked});
    if let (Some(fault), Some(members)) = (fault, said.as_object_mut()) {
        members.insert("at".to_owned(), json!(fault.at()));
    }
    io::print(&format!("{}\n", safe_json(&said.to_string())))?;
    Ok(io::exit(exit))
}

/// What this program says nothing about: whether the credential was revoked, and whether the nonce was answered before.
//= spec/text/programs.md#REQ-PROGRAM-5
//# `not_checked` MUST name what was not looked at
const NOT_CHECKED_PRESENTED: [&str; 2] = ["status", "nonce_reuse"];

/// The same of a credential without key binding, which has no nonce.
const NOT_CHECKED_ISSUED: [&str; 1] = ["status"];
