//! The file of settings, read whole or not at all.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use faam_spec::name::shown;
use faam_spec::reason::Reason;
use faam_spec::words::Lang;
use faam_verifier::policy::nearest_key;
use faam_wallet::text::foreign;
use toml::{Table, Value};

use super::{LONGEST_LOG, TIMEOUT, WIDTHS};
use crate::args::ColorWhen;
use crate::failure::Failure;

/// Largest file of settings, in bytes.
pub(crate) const MAX_SETTINGS_BYTES: u64 = 16 * 1024;
/// Longest path in it, in bytes.
const MAX_PATH: usize = 4096;
/// What a fault in the file is called.
const AT: &str = "config.toml";
const HINT: &str = "Mend the file, or move it away: faam config path says where it is.";

const KEYS: &[(&str, &[&str])] =
    &[("", &["home", "lang", "color", "width", "passphrase_file", "timeout_seconds", "log"])];

/// What a file says; what it does not say is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FileSays {
    pub(crate) home: Option<PathBuf>,
    pub(crate) lang: Option<Lang>,
    pub(crate) color: Option<ColorWhen>,
    pub(crate) width: Option<usize>,
    pub(crate) passphrase_file: Option<PathBuf>,
    pub(crate) timeout: Option<u64>,
    pub(crate) log: Option<String>,
}

/// Reads the file at `path`; `user` is the person's home folder, for paths that begin with `~/`. There need not be one.
///
/// # Errors
/// Whatever is wrong with it: then nothing of it counts.
//= spec/text/programs.md#REQ-PROGRAM-9
//# The file MUST be read whole or not at all
pub(super) fn read(path: &Path, user: Option<&Path>) -> Result<Option<FileSays>, Failure> {
    let name = foreign(&path.to_string_lossy(), 300);
    let failed = |error: &std::io::Error| {
        let what = format!("the settings in '{name}' cannot be read: {}", foreign(&error.to_string(), 300));
        Failure::new(Reason::StoreIo, &what).at(AT).hint(HINT)
    };
    let file = match File::open(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened.map_err(|error| failed(&error))?,
    };
    check_owner(&file, &name)?;
    let mut bytes = Vec::new();
    file.take(MAX_SETTINGS_BYTES.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    let unusable = |reason, why: &str| {
        Failure::new(reason, &format!("the settings in '{name}' cannot be used: {why}")).at(AT).hint(HINT)
    };
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_SETTINGS_BYTES) {
        return Err(unusable(
            Reason::TooLarge,
            &format!("the file is larger than {MAX_SETTINGS_BYTES} bytes"),
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| unusable(Reason::FileSyntax, "it is not UTF-8"))?;
    parse(&text, user).map(Some).map_err(|(reason, why)| unusable(reason, &why))
}

/// The file says where the passphrase is and which wallet is meant, so nobody else may write it.
//= spec/text/programs.md#REQ-PROGRAM-9
//# A file that others can write MUST NOT be used
fn check_owner(file: &File, name: &str) -> Result<(), Failure> {
    let about = file
        .metadata()
        .map_err(|_| Failure::new(Reason::StoreIo, "the settings cannot be read").at(AT).hint(HINT))?;
    let (mode, owner) = (about.mode() & 0o777, about.uid());
    let refused =
        |what: &str, hint: &str| Err(Failure::new(Reason::StorePermissions, what).at(AT).hint(hint));
    if !about.is_file() {
        return refused(&format!("'{name}' is not a file"), HINT);
    }
    if mode & 0o022 != 0 {
        let what = format!("others can write the settings in '{name}' (mode {mode:o})");
        return refused(&what, &format!("Read them, then: chmod 600 '{name}'"));
    }
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        let what = format!("the settings in '{name}' belong to somebody else (uid {owner})");
        return refused(&what, HINT);
    }
    Ok(())
}

type Wrong = (Reason, String);

/// What a text says.
pub(super) fn parse(text: &str, user: Option<&Path>) -> Result<FileSays, Wrong> {
    let table: Table = toml::from_str(text).map_err(|error| {
        let lines: Vec<String> =
            error.to_string().trim_end().lines().take(8).map(|line| shown(line, 200)).collect();
        (Reason::FileSyntax, lines.join("\n"))
    })?;
    let known = KEYS.first().map_or(&[] as &[&str], |(_, known)| known);
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        let hint = nearest_key(KEYS, "", key).map_or_else(
            || format!("known are {}", known.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        return Err((Reason::FileKey, format!("the key '{}' is not known; {hint}", shown(key, 100))));
    }
    Ok(FileSays {
        home: path(&table, "home", user)?,
        lang: text_of(&table, "lang", 16)?
            .map(|tag| tag.parse().map_err(|error| wrong("lang", &format!("{error}"))))
            .transpose()?,
        color: text_of(&table, "color", 16)?.map(|word| color(&word)).transpose()?,
        width: number(&table, "width", *WIDTHS.start(), *WIDTHS.end())?,
        passphrase_file: path(&table, "passphrase_file", user)?,
        timeout: number(&table, "timeout_seconds", *TIMEOUT.start(), *TIMEOUT.end())?,
        log: text_of(&table, "log", LONGEST_LOG)?,
    })
}

fn wrong(key: &str, why: &str) -> Wrong {
    (Reason::FileValue, format!("{key}: {why}"))
}

fn color(word: &str) -> Result<ColorWhen, Wrong> {
    ColorWhen::ALL
        .into_iter()
        .find(|when| when.name() == word)
        .ok_or_else(|| wrong("color", "it is one of auto, always and never"))
}

fn text_of(table: &Table, key: &str, longest: usize) -> Result<Option<String>, Wrong> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.len() <= longest => Ok(Some(text.clone())),
        Some(_) => Err(wrong(key, &format!("it is a text of 1 to {longest} bytes"))),
    }
}

/// A path from the root, or from the person's home folder: another one would mean something else in each folder.
fn path(table: &Table, key: &str, user: Option<&Path>) -> Result<Option<PathBuf>, Wrong> {
    let Some(text) = text_of(table, key, MAX_PATH)? else { return Ok(None) };
    let path = match (text.strip_prefix("~/"), user) {
        (Some(rest), Some(user)) => user.join(rest),
        _ => PathBuf::from(text),
    };
    match path.is_absolute() {
        true => Ok(Some(path)),
        false => Err(wrong(key, "a path begins with / or ~/")),
    }
}

fn number<N: TryFrom<i64> + Copy + PartialOrd + std::fmt::Display>(
    table: &Table,
    key: &str,
    least: N,
    most: N,
) -> Result<Option<N>, Wrong> {
    let Some(value) = table.get(key) else { return Ok(None) };
    let number = value.as_integer().and_then(|number| N::try_from(number).ok());
    match number.filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(wrong(key, &format!("it is a whole number from {least} to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_says_and_nothing_else_is_taken() {
        let user = Path::new("/home/u");
        assert_eq!(parse("", Some(user)).unwrap(), FileSays::default());
        let text = "home = \"~/w\"\nlang = \"nl\"\ncolor = \"never\"\nwidth = 60\npassphrase_file = \"/p\"\n\
                    timeout_seconds = 5\nlog = \"faam_wallet=debug\"\n";
        let says = parse(text, Some(user)).unwrap();
        assert_eq!(says.home.as_deref(), Some(Path::new("/home/u/w")));
        assert_eq!((says.lang, says.color, says.width), (Some(Lang::Nl), Some(ColorWhen::Never), Some(60)));
        assert_eq!((says.timeout, says.log.as_deref()), (Some(5), Some("faam_wallet=debug")));
        for (text, reason, part) in [
            ("home = \"~/w", Reason::FileSyntax, "line 1"),
            ("hom = \"/w\"", Reason::FileKey, "did you mean 'home'?"),
            ("\"\u{202e}\" = 1", Reason::FileKey, "\\u{202e}"),
            ("passphrase = \"secret\"", Reason::FileKey, "did you mean 'passphrase_file'?"),
            ("home = \"w\"", Reason::FileValue, "begins with / or ~/"),
            ("home = 5", Reason::FileValue, "home: it is a text"),
            ("lang = \"de\"", Reason::FileValue, "lang: the languages are"),
            ("color = \"red\"", Reason::FileValue, "auto, always and never"),
            ("width = 39", Reason::FileValue, "from 40 to 200"),
            ("width = -1", Reason::FileValue, "from 40 to 200"),
            ("width = \"80\"", Reason::FileValue, "from 40 to 200"),
            ("timeout_seconds = 601", Reason::FileValue, "from 1 to 600"),
            ("log = \"\"", Reason::FileValue, "1 to 1000"),
        ] {
            let (found, why) = parse(text, Some(user)).unwrap_err();
            assert_eq!(found, reason, "{text}: {why}");
            assert!(why.contains(part), "{text}: {why}");
        }
        assert_eq!(
            parse("home = \"~/w\"", None).unwrap_err().0,
            Reason::FileValue,
            "there is no home folder"
        );
    }
}
