//! `faam-verify sd-jwt`: any SD-JWT VC with key binding, whoever issued it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use faam_spec::encoding::parse_value;
use faam_spec::exit::Exit;
use faam_spec::key::PublicKey;
use faam_spec::limits::{KEY_BINDING_MAX_AGE, KEY_BINDING_MAX_FUTURE, MAX_SD_JWT_BYTES};
use faam_spec::name::safe_json;
use faam_spec::reason::{Fault, Reason};
use faam_spec::sdjwt::vc::{self, Expected};
use faam_spec::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::io::{self, Failure};

/// Largest file with a key, in bytes: a key is 200, and certificates may stand beside it.
const MAX_JWK_BYTES: usize = 64 * 1024;
/// Longest age of a key binding that can be asked for, in seconds: ten years.
const MAX_AGE: i64 = 10 * 366 * 86_400;

/// Judges an SD-JWT VC that its holder presents, on standard input: EdDSA or ES256, with key binding.
#[derive(Args)]
pub(crate) struct Presented {
    /// Public key of the issuer, a JWK in a file: Ed25519 or P-256.
    #[arg(long, value_name = "FILE")]
    issuer_jwk: PathBuf,
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
    /// Public key of the issuer, a JWK in a file: Ed25519 or P-256.
    #[arg(long, value_name = "FILE")]
    issuer_jwk: PathBuf,
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
        let issuer = key(&self.issuer_jwk)?;
        let now = io::moment(self.at)?;
        let expected = Expected {
            vct: self.vct.as_deref(),
            audience: &self.audience,
            nonce: &self.nonce,
            max_age: self.max_kb_age,
            max_future: KEY_BINDING_MAX_FUTURE,
        };
        let text = io::input(MAX_SD_JWT_BYTES + LINE_END)?;
        print(credential(text.as_deref()).and_then(|text| {
            vc::verify(text, &issuer, &expected, now).map(|verified| verified.claims().clone())
        }))
    }
}

impl Issued {
    /// Reads, judges and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let issuer = key(&self.issuer_jwk)?;
        let now = io::moment(self.at)?;
        let text = io::input(MAX_SD_JWT_BYTES + LINE_END)?;
        print(credential(text.as_deref()).and_then(|text| {
            vc::verify_unbound(text, &issuer, self.vct.as_deref(), now)
                .map(|verified| verified.claims().clone())
        }))
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

/// The issuer's key: what the caller trusts, so that a fault in it is the caller's.
fn key(path: &std::path::Path) -> Result<PublicKey, Failure> {
    let bytes = io::file(path, MAX_JWK_BYTES)?;
    let read = parse_value(&bytes, MAX_JWK_BYTES, "jwk").and_then(|jwk| PublicKey::from_jwk(&jwk));
    read.map_err(|fault| {
        Failure::usage(format!("'{}' is no public key that is read here: {fault}", path.display()))
    })
}

/// One JSON object on one line; exit status 0 or 3.
//= spec/text/programs.md#REQ-PROGRAM-4
//# `claims` MUST be what was disclosed and verified, and empty unless it is accepted.
fn print(judged: Result<Map<String, Value>, Fault>) -> Result<ExitCode, Failure> {
    let (outcome, reason, at, claims, exit) = match judged {
        Ok(claims) => ("accepted", None, None, claims, Exit::Ok),
        Err(fault) => {
            let reason = fault.reason();
            let (outcome, exit) = match reason.exit() {
                Exit::Undecided => ("undecided", Exit::Undecided),
                _ => ("refused", Exit::Refused),
            };
            (outcome, Some(reason.code()), Some(fault.at()), Map::new(), exit)
        }
    };
    let mut said =
        json!({"outcome": outcome, "reason": reason, "claims": claims, "not_checked": NOT_CHECKED});
    if let (Some(at), Some(members)) = (at, said.as_object_mut()) {
        members.insert("at".to_owned(), json!(at));
    }
    io::print(&format!("{}\n", safe_json(&said.to_string())))?;
    Ok(io::exit(exit))
}

/// What this program says nothing about: whether the credential was revoked, and whether the nonce was answered before.
//= spec/text/programs.md#REQ-PROGRAM-5
//# `not_checked` MUST name what was not looked at
const NOT_CHECKED: [&str; 2] = ["status", "nonce_reuse"];
