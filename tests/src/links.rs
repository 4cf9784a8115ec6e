//! The links of the pages, and the places that they can lead to.
//!
//! A page is read as far as its links need: fences and code in a line are left out, headings have the anchors that the common
//! viewers give them, and `<a id="…"></a>` is one too.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::requirements::{files, number_in, root};

/// The folders whose pages are looked at, below the root of the project, beside the pages of the root itself.
const FOLDERS: [&str; 3] = ["spec", "examples", "tests"];

/// A link on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The line on which it stands, from 1.
    pub line: usize,
    /// The page that it names, relative to its own; empty for a place on that.
    pub file: String,
    /// The place on that page, if it names one.
    pub anchor: Option<String>,
}

/// Every page, by its path.
///
/// # Errors
/// Fails on a folder that cannot be read.
pub fn pages() -> io::Result<Vec<PathBuf>> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let mut found = Vec::new();
    for entry in fs::read_dir(root())? {
        found.extend(Some(entry?.path()).filter(is_page));
    }
    for folder in FOLDERS {
        found.extend(files(&root().join(folder), "md")?);
    }
    found.sort();
    Ok(found)
}

/// The links of a page that lead to a file of the project.
#[must_use]
pub fn links(page: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (line, text) in prose(page) {
        for after in uncoded(text).split("](").skip(1) {
            let target = after.split(')').next().unwrap_or_default();
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = match target.split_once('#') {
                Some((file, anchor)) => (file, Some(anchor.to_owned())),
                None => (target, None),
            };
            found.push(Link { line, file: file.to_owned(), anchor });
        }
    }
    found
}

/// The places of a page that can be linked to.
#[must_use]
pub fn anchors(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, text) in prose(page) {
        for after in text.split("<a id=\"").skip(1) {
            found.extend(after.split('"').next().map(str::to_owned));
        }
        let heading = text.trim_start_matches('#');
        if heading.len() < text.len() && heading.starts_with(' ') {
            let name = anchor_of(heading.trim());
            // The second heading of one name has a number.
            let again = (1..).map(|count| format!("{name}-{count}"));
            found.extend(std::iter::once(name.clone()).chain(again).find(|name| !found.contains(name)));
        }
    }
    found
}

/// The requirements that a page names, with their lines, wherever they stand.
#[must_use]
pub fn named(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, line) in page.lines().enumerate() {
        for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            found.extend(number_in(word).map(|(family, number)| (at + 1, format!("{family}-{number}"))));
        }
    }
    found
}

/// What the viewers make of a heading: letters, digits, hyphens and underscores, with hyphens for spaces.
fn anchor_of(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let lower = heading.to_lowercase();
    lower.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The lines of a page that stand in no fence, with their numbers.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    page.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((at + 1, line))
    })
}

/// A line without its code.
fn uncoded(line: &str) -> String {
    line.split('`').step_by(2).collect()
}
