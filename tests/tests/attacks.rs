//! The map of attacks, `tests/attacks.toml`, names tests that exist, and every test that names an attack stands in it.
//!
//! `FAAM_WRITE_ATTACKS=1 cargo test -p faam-tests --test attacks` writes the map anew from the tests that there are; what it changed is for
//! people to read before it is kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The numbers of the acceptance list: they are never given anew, and the gaps are not used.
const NUMBERS: [(&str, RangeInclusive<u8>); 8] = [
    ("SD-JWT and JOSE", 1..=20),
    ("Standings, milestones, ledgers", 21..=36),
    ("Status and issuer history", 37..=44),
    ("Peers", 45..=55),
    ("Wallet", 61..=72),
    ("Verifier and policy", 81..=86),
    ("Mail evidence", 91..=93),
    ("People", 95..=98),
];

/// What stands above the map.
const PREFACE: &str = "\
# The attacks that Faam has to withstand, and the tests that show it, number by number.
#
# Each number says in a phrase what is tried, and has either tests, written \"package::function\" with the number in the
# function's name (a14_..., or a14_to_a18_...), or `open = true`: its part is not built yet. tests/tests/attacks.rs
# fails on a number that says or names nothing, on a test that does not exist, and on a test that carries a number and
# does not stand here. It prints the lines that are missing, and with FAAM_WRITE_ATTACKS=1 it writes them.
";

/// Longest phrase, in bytes: it names an attack, and the test shows it.
const MAX_PHRASE: usize = 100;

/// A test as the map names it: package and function.
type TestName = (String, String);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn numbers() -> impl Iterator<Item = u8> {
    NUMBERS.into_iter().flat_map(|(_, range)| range)
}

/// What the map says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attack {
    /// What is tried, in a phrase.
    what: String,
    /// The tests that show it, or none for a part that is not built yet.
    tests: BTreeSet<TestName>,
}

/// Every number of the map.
fn map(text: &str) -> Result<BTreeMap<u8, Attack>, String> {
    let table: toml::Table = text.parse().map_err(|error| format!("it is not TOML: {error}"))?;
    let mut map = BTreeMap::new();
    for (name, entry) in table {
        let number = name.strip_prefix('A').filter(|digits| digits.len() == 2).and_then(|d| d.parse().ok());
        let number = number.filter(|n| numbers().any(|known| known == *n));
        let number = number.ok_or(format!("{name} is not a number of the list"))?;
        let entry = entry.as_table().ok_or(format!("{name} is not a table"))?;
        let what = entry.get("what").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        if !is_phrase(&what) {
            return Err(format!("{name} says in `what`, in a short phrase, what is tried"));
        }
        let tests = match (entry.len(), entry.get("open"), entry.get("tests")) {
            (2, Some(toml::Value::Boolean(true)), None) => BTreeSet::new(),
            (2, None, Some(toml::Value::Array(list))) if !list.is_empty() => list
                .iter()
                .map(|test| {
                    let (package, function) = test.as_str().and_then(|text| text.split_once("::"))?;
                    Some((package.to_owned(), function.to_owned()))
                })
                .collect::<Option<_>>()
                .ok_or(format!("{name}: a test is written \"package::function\""))?,
            _ => {
                return Err(format!(
                    "{name} has `what`, either `open = true` or `tests = [...]`, and nothing else"
                ));
            }
        };
        map.insert(number, Attack { what, tests });
    }
    match numbers().find(|number| !map.contains_key(number)) {
        Some(missing) => Err(format!("A{missing:02} is missing")),
        None => Ok(map),
    }
}

/// Whether it is one line of at least three words, without an end as of a sentence.
fn is_phrase(what: &str) -> bool {
    let plain = what.chars().all(|c| !c.is_control() && !matches!(c, '"' | '\\'));
    plain && what.len() <= MAX_PHRASE && what.split(' ').count() >= 3 && !what.ends_with('.')
}

/// The phrases of a map, whatever else may be wrong with it.
fn phrases(text: &str) -> BTreeMap<u8, String> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let phrase = |number: u8| Some(table.get(&format!("A{number:02}"))?.get("what")?.as_str()?.to_owned());
    numbers().filter_map(|number| Some((number, phrase(number)?))).collect()
}

/// The numbers in a function's name: `a14`, or a range such as `a14_to_a18`.
fn numbers_in(function: &str) -> Vec<u8> {
    let words: Vec<&str> = function.split('_').collect();
    let number = |word: &&str| -> Option<u8> {
        word.strip_prefix('a').filter(|digits| digits.len() == 2).and_then(|digits| digits.parse().ok())
    };
    let mut found: Vec<u8> = words.iter().filter_map(number).collect();
    for window in words.windows(3) {
        if let (Some(from), "to", Some(to)) = (number(&window[0]), window[1], number(&window[2])) {
            found.extend(from..=to);
        }
    }
    found
}

/// Functions in a source that are tests and are not ignored.
fn tests_in(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut is_test, mut is_ignored) = (false, false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            is_ignored |= line.starts_with("#[ignore");
        } else if let Some((before, rest)) = line.split_once("fn ") {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if is_test && !is_ignored && matches!(before, "" | "async ") {
                found.push(name);
            }
            (is_test, is_ignored) = (false, false);
        } else if !line.is_empty() && !line.starts_with("//") {
            (is_test, is_ignored) = (false, false);
        }
    }
    found
}

/// Every test of the workspace, by package.
fn all_tests() -> BTreeSet<TestName> {
    let mut tests = BTreeSet::new();
    let root = root();
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    let folders: Vec<PathBuf> = members.iter().map(|member| root.join(member.as_str().unwrap())).collect();
    for folder in &folders {
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let package = manifest["package"]["name"].as_str().unwrap();
        let mut waiting = vec![folder.clone()];
        while let Some(place) = waiting.pop() {
            for entry in fs::read_dir(&place).unwrap() {
                let entry = entry.unwrap();
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    // A package within a package is a member of its own.
                    if !path.join("Cargo.toml").exists() && !path.ends_with("target") {
                        waiting.push(path);
                    }
                } else if path.extension().is_some_and(|end| end == "rs")
                    && !path.ends_with("tests/attacks.rs")
                {
                    // Not this file: it quotes tests that are none.
                    let source = fs::read_to_string(&path).unwrap();
                    tests.extend(tests_in(&source).into_iter().map(|test| (package.to_owned(), test)));
                }
            }
        }
    }
    tests
}

/// The tests that carry a number.
fn carrying(tests: &BTreeSet<TestName>, number: u8) -> BTreeSet<TestName> {
    tests.iter().filter(|(_, function)| numbers_in(function).contains(&number)).cloned().collect()
}

/// The map's line for a number.
fn line(number: u8, tests: &BTreeSet<TestName>) -> String {
    let names: Vec<String> =
        tests.iter().map(|(package, function)| format!("\"{package}::{function}\"")).collect();
    match names.as_slice() {
        [] => format!("A{number:02}.open = true"),
        [name] => format!("A{number:02}.tests = [{name}]"),
        names => format!("A{number:02}.tests = [\n    {},\n]", names.join(",\n    ")),
    }
}

/// The whole map, of the tests that there are; phrases that are missing are left empty.
fn written(tests: &BTreeSet<TestName>, phrases: &BTreeMap<u8, String>) -> String {
    let mut text = PREFACE.to_owned();
    for (title, range) in NUMBERS {
        write!(text, "\n# {title}\n").unwrap();
        for number in range {
            let what = phrases.get(&number).map_or("", String::as_str);
            writeln!(text, "A{number:02}.what = \"{what}\"").unwrap();
            writeln!(text, "{}", line(number, &carrying(tests, number))).unwrap();
        }
    }
    text
}

#[test]
fn the_map_names_tests_that_exist_and_all_that_name_an_attack() {
    let place = root().join("tests/attacks.toml");
    let tests = all_tests();
    if std::env::var_os("FAAM_WRITE_ATTACKS").is_some() {
        let phrases = phrases(&fs::read_to_string(&place).unwrap());
        fs::write(&place, written(&tests, &phrases)).unwrap();
    }
    let text = fs::read_to_string(&place).unwrap();
    let map = map(&text).unwrap_or_else(|problem| panic!("tests/attacks.toml: {problem}"));
    let mut problems = String::new();
    let mut said: BTreeMap<&str, u8> = BTreeMap::new();
    for (number, Attack { what, tests: named }) in &map {
        if let Some(other) = said.insert(what, *number) {
            writeln!(problems, "A{other:02} and A{number:02} say the same").unwrap();
        }
        for (package, function) in named {
            let name = (package.clone(), function.clone());
            if !tests.contains(&name) {
                writeln!(problems, "A{number:02} names {package}::{function}, and there is no such test")
                    .unwrap();
            } else if !numbers_in(function).contains(number) {
                writeln!(problems, "A{number:02} names {package}::{function}, whose name does not say so")
                    .unwrap();
            }
        }
        let found = carrying(&tests, *number);
        if !found.is_subset(named) {
            let open = if named.is_empty() { "open" } else { "mapped in part" };
            writeln!(problems, "A{number:02} is {open}, and these tests carry its number:").unwrap();
            writeln!(problems, "{}", line(*number, &found)).unwrap();
        }
    }
    for (package, function) in &tests {
        if let Some(number) = numbers_in(function).into_iter().find(|number| !map.contains_key(number)) {
            writeln!(problems, "{package}::{function} names A{number:02}, which is not in the list").unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn the_check_itself_notices_what_is_wrong() {
    let said = |number: u8| format!("A{number:02}.what = \"a thing that somebody tries\"\n");
    let whole: String = numbers().map(|n| format!("{}A{n:02}.open = true\n", said(n))).collect();
    assert_eq!(map(&whole).unwrap().len(), 80);
    let with = |line: &str| map(&whole.replace("A14.open = true", line)).err();
    assert_eq!(with("A14.tests = [\"p::a14_x\"]"), None);
    for bad in [
        "",
        "A14.open = false",
        "A14.tests = []",
        "A14.tests = [\"a14_x\"]",
        "A14.open = true\nA14.why = \"later\"",
        "A14.open = true\nA56.open = true",
        "A14.open = true\nA14.open = true",
        "A14 = true",
    ] {
        assert!(with(bad).is_some(), "{bad}");
    }
    for phrase in ["", "A sentence with an end.", "short", "two\\nlines of it", "long ".repeat(30).as_str()] {
        let changed = whole.replace(&said(14), &format!("A14.what = \"{phrase}\"\n"));
        assert!(map(&changed).is_err(), "{phrase}");
    }
    assert!(map(&whole.replace(&said(14), "")).is_err());

    let two = [("p".to_owned(), "a14_x".to_owned()), ("q".to_owned(), "a14_a15_y".to_owned())].into();
    let again = map(&written(&two, &phrases(&whole))).unwrap();
    assert_eq!(again[&14], Attack { what: "a thing that somebody tries".to_owned(), tests: two });

    assert_eq!(numbers_in("a14_to_a16_key_binding"), [14, 16, 14, 15, 16]);
    assert_eq!(numbers_in("a_rating_a1_a123_abc_b14_is_refused"), Vec::<u8>::new());
    let source = "
        #[test]
        /// Words.
        fn a01_one() {}
        #[test]
        #[ignore = \"slow\"]
        fn a02_two() {}
        fn a03_helper() {}
        #[tokio::test(flavor = \"multi_thread\")]
        async fn a04_four() {}
        // #[test]
        fn a05_five() {}
        #[test]
        const X: u8 = 1;
        fn a06_six() {}
    ";
    assert_eq!(tests_in(source), ["a01_one", "a04_four"]);
}
