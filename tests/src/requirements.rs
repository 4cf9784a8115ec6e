//! The numbered requirements of `spec/text`, and the places that quote them.
//!
//! A requirement is a list item that begins with an anchor and `**REQ-…**` and ends with an arrow and either the codes with which an
//! object that breaks it is refused, or the word *conduct*. The anchor is its number in lower case, so that it can be linked to. A
//! quotation is two or more lines of comment:
//!
//! ```text
//! //= spec/text/link.md#REQ-LINK-1
//! //# a reader MUST compare that first
//! ```
//!
//! In a test, the first line is followed by `//= type=test`. The text after `//#` is any part of the requirement, in its words.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folders whose code is searched for quotations, below the root of the project.
const FOLDERS: [&str; 7] = ["spec", "issuer", "verifier", "node", "wallet", "tests", "examples"];

/// One numbered sentence of the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its number, such as `REQ-LINK-1`.
    pub id: String,
    /// The page it stands on, such as `link.md`.
    pub page: String,
    /// Its text, with single spaces, without number and arrow.
    pub text: String,
    /// Codes with which an object is refused that breaks it; none for conduct.
    pub codes: Vec<String>,
}

/// A place in the code that quotes a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotation {
    /// Where: file and line, below the root.
    pub place: String,
    /// The page it names.
    pub page: String,
    /// The requirement it names.
    pub id: String,
    /// Whether it stands above a test.
    pub in_test: bool,
    /// What it quotes, with single spaces.
    pub quoted: String,
}

/// A place in a doc comment that names a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where the paragraph begins: file and line, below the root.
    pub place: String,
    /// The requirement that it names.
    pub id: String,
    /// The page that it names for it, if it does.
    pub page: Option<String>,
    /// Whether the paragraph says that something is implemented.
    pub implements: bool,
}

/// The root of the project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every requirement of every page, by its number.
///
/// # Errors
/// Fails on a page that cannot be read, and on a requirement that is not of the form or has a number twice.
pub fn requirements() -> io::Result<BTreeMap<String, Requirement>> {
    let mut found = BTreeMap::new();
    for page in files(&root().join("spec/text"), "md")? {
        let name = page.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for requirement in of_page(&name, &fs::read_to_string(&page)?).map_err(io::Error::other)? {
            if let Some(twice) = found.insert(requirement.id.clone(), requirement) {
                return Err(io::Error::other(format!("{} stands twice", twice.id)));
            }
        }
    }
    Ok(found)
}

/// What stands before the number of a requirement, so that it can be linked to.
#[must_use]
pub fn anchor(id: &str) -> String {
    format!("<a id=\"{}\"></a>", id.to_lowercase())
}

/// The requirements of one page.
///
/// # Errors
/// Says which one is not of the form.
pub fn of_page(page: &str, text: &str) -> Result<Vec<Requirement>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let listed = line.trim_start().strip_prefix("* ").and_then(|item| item.split_once("**REQ-"));
        // Another item may speak of a requirement in bold, after words.
        let Some((stated, first)) =
            listed.filter(|(stated, _)| stated.is_empty() || stated.starts_with("<a "))
        else {
            continue;
        };
        let mut item = format!("REQ-{first}");
        // An item goes on as long as lines are indented.
        while let Some(next) =
            lines.next_if(|next| next.starts_with("  ") && !next.trim_start().starts_with("* "))
        {
            item.push(' ');
            item.push_str(next);
        }
        let item = single_spaces(&item);
        let (id, rest) = item.split_once("** ").ok_or(format!("{page}: {item}"))?;
        if stated != anchor(id) {
            return Err(format!("{page}: {} has to stand before **{id}**", anchor(id)));
        }
        let (text, codes) = rest.rsplit_once(" → ").ok_or(format!("{page}: {id} has no arrow"))?;
        let codes = match codes {
            "*conduct*" => Vec::new(),
            codes => codes
                .split(", ")
                .map(|code| code.strip_prefix('`').and_then(|code| code.strip_suffix('`')).map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or(format!("{page}: {id} has no codes after its arrow"))?,
        };
        found.push(Requirement { id: id.to_owned(), page: page.to_owned(), text: text.to_owned(), codes });
    }
    Ok(found)
}

/// Every quotation in the code.
///
/// # Errors
/// Fails on a file that cannot be read, and on a quotation that is not of the form.
pub fn quotations() -> io::Result<Vec<Quotation>> {
    in_sources(of_source)
}

/// Every requirement that a doc comment names.
///
/// # Errors
/// Fails on a file that cannot be read, and on a range that is not of the form.
pub fn mentions() -> io::Result<Vec<Mention>> {
    in_sources(of_docs)
}

fn in_sources<T>(find: impl Fn(&str, &str) -> Result<Vec<T>, String>) -> io::Result<Vec<T>> {
    let root = root();
    let mut found = Vec::new();
    for folder in FOLDERS {
        for file in files(&root.join(folder), "rs")? {
            let place = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().into_owned();
            found.extend(find(&place, &fs::read_to_string(&file)?).map_err(io::Error::other)?);
        }
    }
    Ok(found)
}

/// The quotations of one file.
///
/// # Errors
/// Says which one is not of the form.
pub fn of_source(place: &str, source: &str) -> Result<Vec<Quotation>, String> {
    let mut found = Vec::new();
    let mut lines = source.lines().enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        let Some(target) = line.trim_start().strip_prefix("//= spec/text/") else { continue };
        let place = format!("{place}:{}", at + 1);
        let (page, id) = target.trim().split_once('#').ok_or(format!("{place}: no requirement is named"))?;
        let in_test = lines.next_if(|(_, next)| next.trim() == "//= type=test").is_some();
        let mut quoted = Vec::new();
        while let Some((_, next)) = lines.next_if(|(_, next)| next.trim_start().starts_with("//# ")) {
            quoted.push(next.trim_start().trim_start_matches("//# ").to_owned());
        }
        if quoted.is_empty() {
            return Err(format!("{place}: nothing is quoted"));
        }
        found.push(Quotation {
            place,
            page: page.to_owned(),
            id: id.to_owned(),
            in_test,
            quoted: single_spaces(&quoted.join(" ")),
        });
    }
    Ok(found)
}

/// The requirements that the doc comments of one file name, such as `REQ-LINK-1 to REQ-LINK-5 (`spec/text/link.md`)`.
///
/// # Errors
/// Says which range is not of the form.
pub fn of_docs(place: &str, source: &str) -> Result<Vec<Mention>, String> {
    let mut found = Vec::new();
    let mut paragraph = String::new();
    let mut begun = 0;
    for (at, line) in source.lines().chain([""]).enumerate() {
        let line = line.trim_start();
        let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).unwrap_or_default().trim();
        if !text.is_empty() {
            if paragraph.is_empty() {
                begun = at + 1;
            }
            paragraph.push(' ');
            paragraph.push_str(text);
        } else if !paragraph.is_empty() {
            found.extend(of_paragraph(&format!("{place}:{begun}"), &paragraph)?);
            paragraph.clear();
        }
    }
    Ok(found)
}

/// The requirements of one paragraph. A page in parentheses is that of all requirements since the page before.
fn of_paragraph(place: &str, text: &str) -> Result<Vec<Mention>, String> {
    let implements = text.contains("Implements REQ-");
    let mut found: Vec<Mention> = Vec::new();
    let mut last: Option<(String, u32)> = None;
    let mut to = false;
    for word in text.split_whitespace() {
        if let Some(page) = word.strip_prefix("(`spec/text/").and_then(|rest| rest.split('`').next()) {
            for mention in found.iter_mut().rev().take_while(|mention| mention.page.is_none()) {
                mention.page = Some(page.to_owned());
            }
            last = None;
        } else if let Some((family, number)) = number_in(word) {
            let first = match &last {
                Some((same, from)) if to && *same == family && *from < number => from + 1,
                _ if to && last.is_some() => return Err(format!("{place}: no range ends with {word}")),
                _ => number,
            };
            found.extend((first..=number).map(|number| Mention {
                place: place.to_owned(),
                id: format!("{family}-{number}"),
                page: None,
                implements,
            }));
            last = Some((family, number));
        } else if word != "to" {
            last = None;
        }
        to = word == "to";
    }
    Ok(found)
}

/// Family and number of a requirement: `REQ-LINK` and 1 of `REQ-LINK-1,`.
pub(crate) fn number_in(word: &str) -> Option<(String, u32)> {
    let (_, rest) = word.split_once("REQ-")?;
    let (family, rest) = rest.split_once('-')?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let named = !family.is_empty() && family.bytes().all(|b| b.is_ascii_uppercase());
    digits.parse().ok().filter(|_| named).map(|number| (format!("REQ-{family}"), number))
}

fn single_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Files below `folder` with an extension, in order.
pub(crate) fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
