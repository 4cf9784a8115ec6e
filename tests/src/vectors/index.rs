//! The list of all vectors, `spec/vectors/INDEX.md`: of each requirement how many there are, with which codes, in which files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Expect, Vector, folder};
use crate::requirements::{Requirement, requirements};

/// What stands above the tables.
const PREFACE: &str = "\
# The vectors by requirement

`cargo run -p faam-tests --example vectors` makes this page with the vectors, and a test compares it. [README.md](README.md) says what a
vector is. The numbers are those of accepted, refused and undecided cases. The cases stand under the code that comes of them, the
accepted ones first. A file is named up to `.json`; what stands before its first hyphen is its folder too; `x-{a,b}` is `x-a` and
`x-b`, as in a shell.

Requirements without vectors, which no object can break, have no line here.
";

/// How many cases have which outcome.
#[derive(Debug, Clone, Copy, Default)]
struct Count([usize; 3]);

impl Count {
    fn add(&mut self, expect: Expect) {
        let [accepted, refused, undecided] = &mut self.0;
        let place = match expect {
            Expect::Accepted => accepted,
            Expect::Refused => refused,
            Expect::Undecided => undecided,
        };
        *place += 1;
    }

    fn cells(self) -> String {
        self.0.map(|count| count.to_string()).join(" | ")
    }
}

/// Where the list is kept.
#[must_use]
pub fn file() -> PathBuf {
    folder().join("INDEX.md")
}

/// The list of `vectors`.
///
/// # Panics
/// If a page cannot be read, or a vector is about no requirement.
#[must_use]
pub fn page(vectors: &[Vector]) -> String {
    let known = requirements().unwrap();
    // By page, and by number on it: as texts, 10 would stand before 2.
    let mut by_page: BTreeMap<&str, BTreeMap<(&str, u32), Vec<&Vector>>> = BTreeMap::new();
    for vector in vectors {
        let Requirement { id, page, .. } = &known[&vector.req];
        let (family, number) = id.rsplit_once('-').unwrap();
        let of_page = by_page.entry(page).or_default();
        of_page.entry((family, number.parse().unwrap())).or_default().push(vector);
    }
    let mut text = PREFACE.to_owned();
    let mut rows = String::new();
    let mut all = Count::default();
    for (page, of_page) in &by_page {
        writeln!(rows, "\n## {page}\n\n{}", head("requirement", " cases |")).unwrap();
        let mut count = Count::default();
        for ((family, number), vectors) in of_page {
            let mut of_one = Count::default();
            for vector in vectors {
                for count in [&mut of_one, &mut count, &mut all] {
                    count.add(vector.expect);
                }
            }
            let id = format!("{family}-{number}");
            let link = format!("[{id}](../text/{page}#{})", id.to_lowercase());
            writeln!(rows, "| {link} | {} | {} |", of_one.cells(), cases(vectors)).unwrap();
        }
        if text == PREFACE {
            writeln!(text, "\n{}", head("page", "")).unwrap();
        }
        writeln!(text, "| [{page}](../text/{page}) | {} |", count.cells()).unwrap();
    }
    writeln!(text, "| all | {} |", all.cells()).unwrap();
    text + &rows
}

fn head(first: &str, last: &str) -> String {
    let columns = 4 + last.matches('|').count();
    format!("| {first} | accepted | refused | undecided |{last}\n|{}", "---|".repeat(columns))
}

/// The cases of one requirement, by what comes of them.
fn cases(vectors: &[&Vector]) -> String {
    let mut by_code: BTreeMap<Option<&str>, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for vector in vectors {
        let (folder, rest) = vector.id.split_once('-').unwrap();
        by_code.entry(vector.reason.as_deref()).or_default().entry(folder).or_default().push(rest);
    }
    let lists = by_code.into_iter().map(|(code, folders)| {
        let names = folders.into_iter().map(|(folder, mut names)| {
            names.sort_unstable();
            match names.as_slice() {
                [name] => format!("`{folder}-{name}`"),
                names => format!("`{folder}-{{{}}}`", names.join(",")),
            }
        });
        let said = code.map_or("accepted".to_owned(), |code| format!("`{code}`"));
        format!("{said}: {}", names.collect::<Vec<_>>().join(", "))
    });
    lists.collect::<Vec<_>>().join("; ")
}
