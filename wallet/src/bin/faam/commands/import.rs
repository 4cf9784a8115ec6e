//! `faam import`: what a person has already, brought in with how it is known.

use std::io::Read as _;
use std::path::Path;

use faam_evidence::keys::KeyArchive;
use faam_evidence::reader::Reader;
use faam_evidence::{Given, Kind, issuer_of};
use faam_fetch::{Fetcher, Roots, issuer};
use faam_spec::encoding::parse_value;
use faam_spec::key::PublicKey;
use faam_spec::limits::{MAX_EXPORT_BYTES, MAX_FILE_BYTES};
use faam_spec::reason::{Fault, Reason};
use faam_wallet::contact::ContactError;
use faam_wallet::import::{self, Judged};
use faam_wallet::passport::EvidencePage;
use faam_wallet::text::{bullet, count, foreign};
use faam_wallet::vault::{KeptEvidence, Vault};
use serde_json::{Value, json};

use super::data;
use super::receive::agree;
use crate::args::Import;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::whom::Whom;
use crate::words::progress;

/// Most files at once.
const MAX_FILES: usize = 1000;
/// Largest file with a key, in bytes.
const MAX_JWK_BYTES: usize = 64 * 1024;

/// What came of one file.
struct Came {
    name: String,
    /// Whether it is new, and whose it is.
    judged: Result<(Judged, bool, u32), Fault>,
}

pub(crate) fn run(shell: &Shell, args: &Import) -> Result<Report, Failure> {
    if args.files.len() > MAX_FILES {
        let what = format!("{} files are more than {MAX_FILES} at once", args.files.len());
        return Err(Failure::new(Reason::InputMalformed, &what).at("FILE"));
    }
    let mut given = given(args)?;
    let mapping = args.mapping.as_deref().map(|path| text(path, "--mapping")).transpose()?;
    if let Some(text) = &mapping {
        let read = faam_evidence::mapping::Mapping::parse(text);
        read.map_err(|error| wrong(error.reason(), &error.to_string(), "--mapping"))?;
    }
    let fetcher = if args.ask_issuer { Some(fetcher(args)?) } else { None };
    let vault = shell.open_vault()?;
    let whom = Whom::read(shell, &vault)?;
    let persona = whom.one(shell)?.number;
    let tied = tied(&vault, &whom, persona, &given)?;
    if !args.dry_run {
        agree(shell, &tied, args.may_tie)?;
    }
    let mut all = Vec::new();
    let busy = shell.busy(progress::importing(shell.lang));
    for (done, path) in args.files.iter().enumerate() {
        let number = |of: usize| u64::try_from(of).unwrap_or(u64::MAX);
        busy.counter().set(number(done), number(args.files.len()));
        let name = foreign(&path.to_string_lossy(), 300);
        let bytes = bytes(path, "FILE", MAX_EXPORT_BYTES)?;
        let judged = judge(
            shell,
            (&vault, persona),
            &bytes,
            mapping.as_deref(),
            &mut given,
            fetcher.as_ref(),
            args.dry_run,
        )?;
        all.push(Came { name, judged });
    }
    drop(busy);
    report(shell, (&whom, persona), &all, (args.dry_run, &tied))
}

/// What would tie the persona to others: addresses of theirs, by which mails name the person.
//= spec/text/personas.md#REQ-PERSONA-8
//# and so before it brings in evidence that names an address which evidence of another persona names
fn tied(vault: &Vault, whom: &Whom, persona: u32, given: &Given) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    for kept in vault.evidence()? {
        let address = kept.statement.to.as_deref().map(str::to_ascii_lowercase);
        let Some(address) = address.filter(|address| kept.persona != persona && given.mine.contains(address))
        else {
            continue;
        };
        let warning = format!(
            "PERSONAS: “{}” has a mail to {}, and so would “{}”: whoever is shown both knows that they are one person.",
            whom.name(kept.persona),
            foreign(&address, 300),
            whom.name(persona)
        );
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    Ok(warnings)
}

/// Judges a file, and keeps what it holds. An inner error is the file's.
fn judge(
    shell: &Shell,
    (vault, persona): (&Vault, u32),
    bytes: &[u8],
    mapping: Option<&str>,
    given: &mut Given,
    fetcher: Option<&Fetcher>,
    dry_run: bool,
) -> Result<Result<(Judged, bool, u32), Fault>, Failure> {
    let evidence = match import::kind(bytes, mapping) {
        Ok(evidence) => evidence,
        Err(fault) => return Ok(Err(fault)),
    };
    if evidence.kind() == Kind::Mail && given.mine.is_empty() {
        let what = "whose mail it is cannot be told without your address";
        return Err(Failure::new(Reason::InputMissing, what)
            .at("--mine")
            .hint("Name the address to which the market writes to you: --mine ADDRESS"));
    }
    if let (Kind::SdJwtVc, Some(fetcher)) = (evidence.kind(), fetcher)
        && let Err(fault) = ask(evidence.data(), given, fetcher)
    {
        return Ok(Err(fault));
    }
    let judged = match import::read(bytes, mapping, given, shell.now()) {
        Ok(judged) => judged,
        Err(fault) => return Ok(Err(fault)),
    };
    let new = dry_run || vault.keep_evidence(persona, &judged.evidence, &judged.statement, shell.now())?;
    let whose = vault.persona_of_evidence(judged.evidence.hash()?)?.unwrap_or(persona);
    Ok(Ok((judged, new, whose)))
}

/// Asks the issuer that a credential names for its key, unless it is known.
fn ask(data: &[u8], given: &mut Given, fetcher: &Fetcher) -> Result<(), Fault> {
    let text = core::str::from_utf8(data).map_err(|_| Fault::new(Reason::Malformed, "sd_jwt"))?;
    let (name, kid) = issuer_of(text)?;
    if name.starts_with("did:key:") || name.starts_with("did:jwk:") || given.issuers.knows(&name) {
        return Ok(());
    }
    let key =
        issuer::key(fetcher, &name, kid.as_deref()).map_err(|error| Fault::new(error.reason(), "issuer"))?;
    given.issuers.pin(&name, kid.as_deref(), key);
    Ok(())
}

/// What the person knows of keys, mails and themselves.
fn given(args: &Import) -> Result<Given, Failure> {
    let mut given = Given { keeping: true, ..Given::default() };
    if let (Some(name), Some(path)) = (&args.issuer, &args.issuer_jwk) {
        let bytes = bytes(path, "--issuer-jwk", MAX_JWK_BYTES)?;
        let key = parse_value(&bytes, MAX_JWK_BYTES, "jwk").and_then(|jwk| PublicKey::from_jwk(&jwk));
        given.issuers.pin(name, None, key.map_err(|fault| Failure::from(fault).at("--issuer-jwk"))?);
    }
    for path in &args.mail_keys {
        let read = KeyArchive::parse(&text(path, "--mail-keys")?);
        given.keys.merge(read.map_err(|error| wrong(error.reason(), &error.to_string(), "--mail-keys"))?);
    }
    for path in &args.reader {
        let read = Reader::parse(&text(path, "--reader")?);
        given.readers.push(read.map_err(|error| wrong(error.reason(), &error.to_string(), "--reader"))?);
    }
    given.mine = args.mine.iter().map(|address| address.trim().to_ascii_lowercase()).collect();
    Ok(given)
}

fn fetcher(args: &Import) -> Result<Fetcher, Failure> {
    let mut roots = Roots::platform();
    if let Some(file) = &args.web_roots {
        let more = Roots::from_file(file).map_err(|error| Failure::from(ContactError::from(error)));
        roots = roots.and(more.map_err(|failure| failure.at("--web-roots"))?);
    }
    let fetcher = Fetcher::new(&roots);
    Ok(if args.allow_loopback { fetcher.danger_with_loopback_http() } else { fetcher })
}

fn wrong(reason: Reason, what: &str, at: &str) -> Failure {
    Failure::new(reason, &foreign(what, 600)).at(at)
}

fn bytes(path: &Path, at: &str, most: usize) -> Result<Vec<u8>, Failure> {
    let shown = foreign(&path.to_string_lossy(), 300);
    let failed = |error: std::io::Error| {
        let what = format!("'{shown}' could not be read: {}", foreign(&error.to_string(), 300));
        Failure::new(Reason::InputMissing, &what).at(at)
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most {
        let what = format!("'{shown}' has more than {most} bytes");
        return Err(Failure::new(Reason::TooLarge, &what).at(at));
    }
    Ok(bytes)
}

fn text(path: &Path, at: &str) -> Result<String, Failure> {
    let bytes = bytes(path, at, MAX_FILE_BYTES)?;
    String::from_utf8(bytes).map_err(|_| wrong(Reason::FileSyntax, "the file is not UTF-8", at))
}

fn report(
    shell: &Shell,
    (whom, persona): (&Whom, u32),
    all: &[Came],
    (dry_run, tied): (bool, &[String]),
) -> Result<Report, Failure> {
    let now = shell.now();
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    let mut kept = 0_u64;
    for came in all {
        match &came.judged {
            Ok((judged, new, whose)) => {
                kept += u64::from(*new);
                let (evidence, statement) = (judged.evidence.clone(), judged.statement.clone());
                let page =
                    EvidencePage::of(&KeptEvidence { at: now, evidence, statement, persona: *whose }, now)?;
                let word = match (dry_run, new) {
                    (true, _) => "could be brought in",
                    (false, true) => "brought in",
                    (false, false) => "held already",
                };
                let whose = match whom.are_several() && *whose != persona {
                    true => format!(", under “{}”", whom.name(*whose)),
                    false => String::new(),
                };
                lines.push(format!("{}: {word}{whose}", came.name));
                lines.push(page.to_text(shell.width));
                rows.push(json!({"file": came.name, "new": new, "evidence": data(&page)?}));
            }
            Err(fault) => {
                let why =
                    format!("{} ({}, at {})", fault.reason().sentence(), fault.reason().code(), fault.at());
                lines.push(bullet(&format!("{}: refused:", came.name), &why, shell.width, 0));
                rows.push(json!({"file": came.name, "code": fault.reason(), "at": fault.at()}));
            }
        }
    }
    if dry_run {
        lines.push("A dry run: nothing was kept.".to_owned());
    }
    let (mut data, text) = (json!({"files": Value::Array(rows), "dry_run": dry_run}), lines.join("\n"));
    whom.put_into(&mut data);
    if let (Some(data), false) = (data.as_object_mut(), tied.is_empty()) {
        data.insert("warnings".to_owned(), json!(tied));
    }
    match all.iter().find_map(|came| came.judged.as_ref().err()) {
        None => Ok(Report { data, text }),
        Some(first) => {
            let refused = all.iter().filter(|came| came.judged.is_err()).count();
            let refused = count(u64::try_from(refused).unwrap_or(u64::MAX), "file");
            let rest = if dry_run { String::new() } else { format!("; {} of the others kept", kept) };
            let failure = Failure::new(first.reason(), &format!("{refused} could not be brought in{rest}"));
            Err(failure.at(first.at()).showing(data, text))
        }
    }
}
