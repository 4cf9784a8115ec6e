//! The pages about codes (`spec/text/codes`) say what the catalogue says, and point to what there is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use faam_spec::reason::Reason;
use faam_spec::words::{Lang, Page};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("text")
}

fn pages(lang: Lang) -> BTreeMap<String, String> {
    let folder = match lang {
        Lang::Nl => folder().join("codes/nl"),
        _ => folder().join("codes"),
    };
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let pages = files.filter(|path| path.is_file() && path.file_name().unwrap() != "README.md");
    pages
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().strip_suffix(".md").unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

//= spec/text/codes.md#REQ-CODE-3
//= type=test
//# Every code MUST have a page in each language
#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    for lang in Lang::ALL {
        let named: BTreeSet<String> = pages(*lang).into_keys().collect();
        let known: BTreeSet<String> = Reason::ALL.iter().map(|reason| reason.code().to_owned()).collect();
        assert_eq!(named, known, "{lang}");
    }
}

/// Title, sentence and facts are the catalogue's, to the letter; then come the five parts, none of them empty.
//= spec/text/codes.md#REQ-CODE-3
//= type=test
//# that states its sentence, party, exit status and whether it is retryable as this page does
#[test]
fn a_page_states_the_facts_of_its_code() {
    for lang in Lang::ALL {
        let pages = pages(*lang);
        let (head, yes, no, parts) = match lang {
            Lang::Nl => (
                "| bij wie | exitstatus | opnieuw proberen |",
                "ja",
                "nee",
                ["Wat er gebeurde", "Gewone oorzaken", "Wat te doen", "Voorbeeld", "Vastgelegd in"],
            ),
            _ => (
                "| party | exit | retryable |",
                "yes",
                "no",
                ["What happened", "Usual causes", "What to do", "Example", "Specified in"],
            ),
        };
        for reason in Reason::ALL {
            let text = &pages[reason.code()];
            let facts = format!(
                "# `{}`\n\n{}\n\n{head}\n|---|---|---|\n| {} | `{}` ({}) | {} |\n\n## ",
                reason.code(),
                reason.sentence_in(*lang),
                reason.party().name(),
                reason.exit().name(),
                reason.exit().code(),
                if reason.retryable() { yes } else { no },
            );
            assert!(text.starts_with(&facts), "{lang} {}: begins otherwise than\n{facts}", reason.code());
            let titles: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(titles, parts, "{lang} {}", reason.code());

            let page = Page::of(*reason, *lang);
            assert!(page.what.ends_with('.') && !page.what.contains('\n'), "{lang} {}", reason.code());
            assert!(!page.causes.is_empty() && !page.example.is_empty(), "{lang} {}", reason.code());
            assert!(!page.todo.is_empty() && !page.specified.is_empty(), "{lang} {}", reason.code());
            // Nothing was lost in reading.
            assert_eq!(
                text.matches("\n* ").count(),
                page.causes.len() + page.todo.len(),
                "{}",
                reason.code()
            );
            assert_eq!(text.matches("](").count(), page.specified.len(), "{lang} {}", reason.code());
        }
    }
}

#[test]
fn a_page_says_the_same_in_both_languages() {
    for reason in Reason::ALL {
        let (en, nl) = (Page::of(*reason, Lang::En), Page::of(*reason, Lang::Nl));
        let code = reason.code();
        assert_eq!(en.specified, nl.specified, "{code}");
        assert_eq!(en.causes.len(), nl.causes.len(), "{code}");
        let who = |page: &Page| page.todo.iter().map(|(who, _)| who.name()).collect::<Vec<_>>();
        assert_eq!(who(&en), who(&nl), "{code}");
        assert_ne!(en.what, nl.what, "{code}");
        let informal = ["je", "jij", "jou", "jouw", "jullie"];
        let words = pages(Lang::Nl)[code].to_lowercase();
        assert!(!words.split(|c: char| !c.is_alphabetic()).any(|word| informal.contains(&word)), "{code}");
    }
}

/// The anchors of a page of the text: requirements, and headings as a Markdown reader makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let ids = text.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>()
    });
    ids.chain(headings.map(|heading| heading.replace(' ', "-"))).collect()
}

/// For each code the requirements that name it: `verifying.md#req-verify-12`.
fn requirements() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("<a id=\"req-").skip(1) {
            let (id, rest) = rest.split_once("\"></a>").unwrap();
            // A requirement reaches to the next item or the next empty line.
            let end = ["\n\n", "\n* ", "\n  * "].iter().filter_map(|end| rest.find(end)).min();
            for span in rest[..end.unwrap_or(rest.len())].split('`').skip(1).step_by(2) {
                if Reason::from_code(span).is_some() {
                    found.entry(span.to_owned()).or_default().insert(format!("{name}#req-{id}"));
                }
            }
        }
    }
    found
}

//= spec/text/codes.md#REQ-CODE-3
//= type=test
//# and names every requirement that names the code
#[test]
fn a_page_names_the_requirements_that_give_its_code() {
    let given = requirements();
    assert!(given.len() > 60, "{}", given.len());
    let texts: BTreeMap<String, BTreeSet<String>> = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, anchors(&std::fs::read_to_string(path).unwrap()))
        })
        .collect();
    for reason in Reason::ALL {
        let page = Page::of(*reason, Lang::En);
        for target in &page.specified {
            let (file, anchor) = target.split_once('#').expect("a page and a place in it");
            assert!(texts[file].contains(anchor), "{}: {target} is not there", reason.code());
        }
        let named: BTreeSet<String> =
            page.specified.iter().filter(|at| at.contains("#req-")).map(|at| (*at).to_owned()).collect();
        assert_eq!(named, given.get(reason.code()).cloned().unwrap_or_default(), "{}", reason.code());
    }
}

/// What a page calls a code is one.
#[test]
fn codes_that_pages_name_exist() {
    let families: BTreeSet<&str> =
        Reason::ALL.iter().filter_map(|r| r.code().split_once('.')).map(|(f, _)| f).collect();
    let mut seen = 0;
    for reason in Reason::ALL {
        for lang in Lang::ALL {
            let page = Page::of(*reason, *lang);
            let texts = page.causes.iter().copied().chain([page.what, page.example]);
            for text in texts.chain(page.todo.iter().map(|(_, does)| *does)) {
                for span in text.split('`').skip(1).step_by(2) {
                    let parts: Vec<&str> = span.split('.').collect();
                    let is_see = text.contains("page of") || text.contains("bladzijde van");
                    if is_see && parts.len() > 1 && families.contains(parts[0]) {
                        assert!(Reason::from_code(span).is_some(), "{}: {span}", reason.code());
                        seen += 1;
                    }
                }
            }
        }
    }
    assert!(seen >= 4, "{seen}");
}
