//! The numbered requirements of `spec/text`, and the places that quote them.
//!
//! A requirement is a list item that begins with `**REQ-…**` and ends with an arrow and either the codes with which an object that
//! breaks it is refused, or the word *conduct*. A quotation is two or more lines of comment:
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

/// The requirements of one page.
///
/// # Errors
/// Says which one is not of the form.
pub fn of_page(page: &str, text: &str) -> Result<Vec<Requirement>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.trim_start().strip_prefix("* **REQ-") else { continue };
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
    let root = root();
    let mut found = Vec::new();
    for folder in FOLDERS {
        for file in files(&root.join(folder), "rs")? {
            let place = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().into_owned();
            found.extend(of_source(&place, &fs::read_to_string(&file)?).map_err(io::Error::other)?);
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

fn single_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Files below `folder` with an extension, in order.
fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
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
