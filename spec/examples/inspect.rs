//! Shows any Faam object: decoded, safely escaped, with the hash of its parts and what the strict reader says of it.
//!
//! `cargo run -q -p faam-spec --example inspect -- FILE`

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write};
use std::process::ExitCode;

use faam_spec::did::{Did, HistoricKey, KeyHistories};
use faam_spec::encoding::unmulti;
use faam_spec::exit::Exit;
use faam_spec::inspect::{Kind, MAX_INSPECTED_BYTES, Report, inspect};
use faam_spec::key::VerifyingKey;
use faam_spec::limits::MAX_SHOWN_BYTES;
use faam_spec::name::{safe_json, shown};
use faam_spec::time::Timestamp;

const HELP: &str = "\
Shows any Faam object: decoded, safely escaped, with the hash of its parts.

inspect [--as KIND] [--json] [--all] [--key DID#ID=KEY]… FILE

FILE       what to show; - reads standard input; at most 33554432 bytes
--as KIND  take it for such an object; otherwise its content tells (the file's name never does)
--json     write JSON instead of an outline, on one line
--all      show long lists and texts whole
--key      the key that a did:webvh signs with: 64 hexadecimal digits, or multibase `u`;
           a did:key needs none

An outline has for each object its kind, its size against its bound, what the strict reader of
faam-spec says (accepted; refused with its code; undecided when a key is not known), its members in
the order in which they stand, what is hashed of it, and which signatures verify. Nothing is
compared with a clock.

The JSON is one object. Each part of it has `name`, and as it has them
  value    a member of the object, as it stands there
  text     something told by this program: a hash, a count, what a check came to
  note     a remark, such as the moment of a time or the bytes of a key
  parts    what stands under it, in order
and when it is a whole object
  kind     what it is
  bytes, bound   its size, and the largest that is allowed
  reader   {\"verdict\": accepted, refused, undecided or none, and with a fault \"code\" and \"at\"}

Claims without a signature are shown too, as JSON or as the base64url text that is signed. No reader
takes them alone: what is told is whether their parts have their form.

Exit status: 0 shown, and the reader accepts it (a vector, or claims alone: it has their form); 1 the file
cannot be read; 2 wrong use; 3 the reader refuses it, or it is none of Faam's; 4 a key is not known.

KIND is one of:
";

struct Options {
    file: OsString,
    kind: Option<Kind>,
    json: bool,
    all: bool,
    histories: KeyHistories,
}

fn main() -> ExitCode {
    let exit = match options(std::env::args_os().skip(1)) {
        Ok(Some(options)) => run(&options),
        Ok(None) => {
            let kinds: Vec<&str> =
                Kind::ALL.iter().map(|kind| kind.name()).filter(|n| *n != "unknown").collect();
            // Whoever stopped reading has what they wanted.
            let _ = writeln!(io::stdout().lock(), "{HELP}  {}", kinds.join(" "));
            Exit::Ok
        }
        Err(wrong) => {
            complain(&format!("{wrong}; --help tells how it is called"));
            Exit::Usage
        }
    };
    ExitCode::from(exit.code())
}

fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "inspect: {}", shown(text, 1000));
}

fn run(options: &Options) -> Exit {
    let bytes = match read(options) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&format!("{}: {error}", options.file.to_string_lossy()));
            return Exit::Failure;
        }
    };
    let report = inspect(&bytes, options.kind, options.all, &options.histories);
    // A reader that went away is no failure of this program.
    if let Err(error) = write(&report, options)
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        complain(&format!("standard output: {error}"));
        return Exit::Failure;
    }
    report.exit()
}

fn write(report: &Report<'_>, options: &Options) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    if options.json {
        serde_json::to_writer(Safe(&mut out), report)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    out.flush()
}

/// Writes JSON on, safe to look at. What comes in one piece is whole characters: JSON is cut only where ASCII stands.
struct Safe<W>(W);

impl<W: Write> Write for Safe<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let text = core::str::from_utf8(piece).map_err(io::Error::other)?;
        self.0.write_all(safe_json(text).as_bytes())?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Never more than one byte over the largest format.
fn read(options: &Options) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(MAX_INSPECTED_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if options.file == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(&options.file)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What was asked for; nothing if only help was.
fn options(mut args: impl Iterator<Item = OsString>) -> Result<Option<Options>, String> {
    let mut file = None;
    let mut kind = None;
    let (mut json, mut all) = (false, false);
    let mut keys: BTreeMap<Did, Vec<HistoricKey>> = BTreeMap::new();
    let value = |args: &mut dyn Iterator<Item = OsString>, name: &str| {
        let value = args.next().and_then(|value| value.into_string().ok());
        value.ok_or_else(|| format!("{name} needs a value"))
    };
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--help" | "-h") => return Ok(None),
            Some("--json") => json = true,
            Some("--all") => all = true,
            Some("--as") => {
                let name = value(&mut args, "--as")?;
                let named = Kind::named(&name).filter(|kind| *kind != Kind::Unknown);
                kind = Some(named.ok_or_else(|| format!("no such kind: {}", shown(&name, MAX_SHOWN_BYTES)))?);
            }
            Some("--key") => {
                let text = value(&mut args, "--key")?;
                let (did, key) = key(&text).ok_or("a key is given as DID#ID=KEY")?;
                keys.entry(did).or_default().push(key);
            }
            Some(text) if text.starts_with("--") => return Err(format!("no such option: {text}")),
            _ if file.is_some() => return Err("one file at a time".to_owned()),
            _ => file = Some(arg),
        }
    }
    let mut histories = KeyHistories::new();
    keys.into_iter().for_each(|(did, keys)| histories.insert(did, keys));
    let file = file.ok_or("which file?")?;
    Ok(Some(Options { file, kind, json, all, histories }))
}

/// A key that its giver vouches for, at all times.
fn key(text: &str) -> Option<(Did, HistoricKey)> {
    let (id, key) = text.rsplit_once('=')?;
    let did: Did = id.split_once('#')?.0.parse().ok()?;
    let bytes: Vec<u8> = if key.len() == 64 {
        let byte = |at: usize| u8::from_str_radix(key.get(at..at + 2)?, 16).ok();
        (0..64).step_by(2).map(byte).collect::<Option<_>>()?
    } else {
        unmulti(key, "key").ok()?
    };
    let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
    Some((did, HistoricKey { id: id.to_owned(), key, from: Timestamp::new(0).ok()?, until: None }))
}
