//! `faam-verify decode`: any Faam object taken apart.

use std::process::ExitCode;

use clap::Args;
use faam_spec::did::KeyHistories;
use faam_spec::encoding::{Numbers, parse_value_with, unb64};
use faam_spec::exit::Exit;
use faam_spec::inspect::{Kind, MAX_INSPECTED_BYTES, inspect};
use faam_spec::limits::MAX_SD_JWT_BYTES;
use faam_spec::name::shown;

use crate::io::{self, Failure};

/// Shows any Faam object on standard input, decoded and safely escaped: what it says, what is hashed, which signatures verify.
///
/// Nothing is compared with a clock, and nobody is asked whether the issuer is believed. Exit status: 0 if the strict reader takes it, 3
/// if it is refused or none of Faam's, 4 if a key is not known.
#[derive(Args)]
pub(crate) struct Decode {
    /// Print one JSON object on one line instead of an outline.
    #[arg(long)]
    json: bool,
    /// Take it for such an object; otherwise its content tells.
    #[arg(long = "as", value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// Show long lists and texts whole.
    #[arg(long)]
    all: bool,
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::named(name).filter(|kind| *kind != Kind::Unknown).ok_or_else(|| {
        let names: Vec<&str> =
            Kind::ALL.iter().filter(|kind| **kind != Kind::Unknown).map(|kind| kind.name()).collect();
        format!("there is no kind '{}'; it is one of {}", shown(name, 100), names.join(", "))
    })
}

impl Decode {
    /// Reads, takes apart and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        // One byte over the bound is enough to be told that it is too large.
        let bytes = io::input_cut(MAX_INSPECTED_BYTES + 1)?;
        let histories = KeyHistories::new();
        let report = inspect(&bytes, self.kind, self.all, &histories);
        // It is written while it is taken apart, and never there as a whole.
        io::stream(|out| {
            if self.json {
                serde_json::to_writer(io::Safe(&mut *out), &report)?;
                writeln!(out)
            } else {
                write!(out, "{report}")
            }
        })?;
        if self.kind.is_none()
            && report.exit() == Exit::Refused
            && let Some(vct) = foreign(&bytes)
        {
            io::note(&format!(
                "this is an SD-JWT VC of the type {}, which is none of Faam's, so that the strict reader of Faam's objects refuses \
                 it, whether it is good or not; to judge it: faam-verify sd-jwt (as a holder shows it, with key binding) or \
                 faam-verify sd-jwt-issued (as its issuer gives it out)",
                shown(&vct, MAX_VCT_SHOWN)
            ));
        }
        Ok(io::exit(report.exit()))
    }
}

/// Longest type that is repeated, in bytes.
const MAX_VCT_SHOWN: usize = 200;

/// The type of an SD-JWT VC, if that is what it is and the type is none of Faam's. Nothing of it is verified.
fn foreign(bytes: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(bytes).ok()?.trim_ascii_end();
    let (jwt, _) = text.split_once('~').filter(|_| text.len() <= MAX_SD_JWT_BYTES)?;
    let payload = unb64(jwt.split('.').nth(1)?, "jws.payload").ok()?;
    let payload = parse_value_with(&payload, MAX_SD_JWT_BYTES, Numbers::Any, "jws.payload").ok()?;
    let vct = payload.get("vct")?.as_str()?;
    (!vct.starts_with("urn:faam:")).then(|| vct.to_owned())
}
