use faam_spec::hash::{Hash, LedgerId};
use faam_spec::reason::Reason;
use faam_spec::words;

use super::*;
use crate::vault::{ShownLedger, Told, WhoAsked};

fn at(day: i64) -> Timestamp {
    let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    start.plus(day * 86_400)
}

fn gamma() -> Client {
    "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH".parse::<faam_spec::did::Did>().unwrap().into()
}

fn ledger(n: u8) -> ShownLedger {
    ShownLedger {
        issuer: "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH".parse().unwrap(),
        market: format!("market-{n}").parse().unwrap(),
        ledger: LedgerId::from_bytes([n; 16]),
        epoch: "2026-47".into(),
        names: vec!["standing".into()],
        ratings: u64::from(n),
        indices: Vec::new(),
        of: 9,
        complete: false,
    }
}

fn shown(seq: u64, ledgers: &[u8]) -> LogEntry {
    let to = WhoAsked {
        name: "Gamma Rides".into(),
        did: gamma(),
        peer: None,
        post: None,
        purpose: "To drive you home".into(),
        retention_days: 30,
        terms_unsaid: false,
        terms: None,
        milestones: Vec::new(),
        ledgers: Vec::new(),
    };
    let what = Happened::Shown {
        to,
        request: Hash::from_bytes([1; 32]),
        presentation: Hash::from_bytes([2; 32]),
        ledgers: ledgers.iter().map(|n| ledger(*n)).collect(),
        private: Vec::new(),
        delete_by: at(30),
        told: Told::Unknown,
    };
    LogEntry { seq, at: at(0), persona: 0, what }
}

//= spec/text/erasure.md#REQ-ERASE-12
//= type=test
//# Questions about presentations of which nothing tied one to another MUST NOT be asked at one time
#[test]
fn what_has_a_ledger_in_common_is_one_group() {
    let entries = [shown(1, &[1]), shown(2, &[2]), shown(3, &[3]), shown(4, &[1]), shown(5, &[4])];
    let of = |entries: &[LogEntry]| groups(&entries.iter().collect::<Vec<_>>());
    assert_eq!(of(&entries), [vec![5], vec![4, 1], vec![3], vec![2]]);
    // One presentation of two ledgers ties what was shown of each.
    let mut entries = entries.to_vec();
    entries.push(shown(6, &[2, 3]));
    assert_eq!(of(&entries), [vec![6, 3, 2], vec![5], vec![4, 1]]);
    assert_eq!(of(&[]), [[0_u64; 0]; 0]);
}

#[test]
fn every_sentence_is_there_in_both_languages() {
    assert_eq!(words::faults(super::words::ALL), [""; 0]);
}

#[test]
fn letters_name_what_was_shown_and_how_it_is_found() {
    let entries = [shown(3, &[1]), shown(7, &[5])];
    let party = crate::who::parties(&entries, at(2)).remove(0);
    let all: Vec<&LogEntry> = entries.iter().collect();
    for lang in [Lang::En, Lang::Nl] {
        let text = letter(&party, &all, lang, 80, &|moment| moment.to_string());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [
            "Gamma Rides",
            gamma().as_str(),
            "To drive you home",
            "market-1",
            "market-5",
            &Hash::from_bytes([1; 32]).to_string(),
            &Hash::from_bytes([2; 32]).to_string(),
            &at(30).to_string(),
            "17",
        ] {
            assert!(flat.contains(wanted), "{wanted}: {flat}");
        }
        assert_eq!(flat.contains("AVG") || flat.contains("verordening"), lang == Lang::Nl);
    }
}

//= spec/text/erasure.md#REQ-ERASE-10
//= type=test
//# A wallet that stops a party MUST say that what was shown cannot be called back.
#[test]
fn nothing_is_promised() {
    assert!(honest(Lang::En).contains("cannot be called back"));
    assert!(honest(Lang::Nl).contains("kan niet worden teruggehaald"));
}

//= spec/text/erasure.md#REQ-ERASE-13
//= type=test
//# the holder MUST be told once, and see it until something is done
#[test]
fn who_is_late_is_marked_until_something_is_done() {
    let entries = [shown(3, &[1])];
    let early = crate::who::parties(&entries, at(29)).remove(0);
    let late = crate::who::parties(&entries, at(31)).remove(0);
    assert!(Stop::of(&early, &[], &[]).is_nothing());
    assert!(Stop::of(&late, &[], &[]).unasked);
    let asked = |answer| ErasureAsked { entry: 3, at: at(31), tries: 0, answer };
    let letter = asked(ErasureAnswer::ByHand { letter: Some(at(31)) });
    assert!(!Stop::of(&late, &[], &[letter]).unasked);
    let blocked = Blocked { verifier: gamma(), name: "Gamma".into(), since: at(31), reason: None };
    let stop = Stop::of(&late, &[blocked], &[]);
    assert_eq!((stop.unasked, stop.blocked), (false, Some(at(31))));

    let lines = over(&entries, &[], Lang::En, &|moment| moment.day().to_string());
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("“Gamma Rides” said it would have deleted by 2026-12-21"), "{}", lines[0]);
    assert!(lines[0].ends_with("faam stop 'Gamma Rides'"), "{}", lines[0]);
    let gone = asked(ErasureAnswer::Erased { on: at(2), statement: String::new() });
    assert_eq!(over(&entries, &[gone], Lang::En, &|moment| moment.to_string()), [""; 0]);
}

#[test]
fn answers_are_told_in_sentences() {
    let asked = |answer| ErasureAsked { entry: 12, at: at(0), tries: 3, answer };
    let said = |lang, answer| super::answer(&asked(answer), lang, &|moment| moment.day().to_string());
    let waiting = ErasureAnswer::Waiting { next: at(1), code: Some(Reason::NetTimeout) };
    let text = said(Lang::En, waiting.clone());
    assert!(text.contains("tries so far: 3") && text.contains("net.timeout"), "{text}");
    assert!(said(Lang::Nl, waiting).contains("pogingen tot nu toe: 3"));
    let kept = |promised| ErasureAnswer::Kept {
        reason: KeptReason::LegalObligation,
        until: at(9),
        promised,
        statement: String::new(),
    };
    let text = said(Lang::En, kept(None));
    assert!(text.ends_with("keep it until 2026-11-30: a law demands it."), "{text}");
    let longer = said(Lang::En, kept(Some(at(7))));
    assert!(longer.ends_with("They had promised to delete it by 2026-11-28."), "{longer}");
}

#[test]
fn names_are_quoted_for_a_shell() {
    for (name, wanted) in [("Gamma", "Gamma"), ("Gamma Rides", "'Gamma Rides'"), ("-x", "'-x'"), ("", "''")] {
        assert_eq!(quoted(name), wanted);
    }
    assert_eq!(quoted("it's"), "'it'\\''s'");
}
