use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::key::SigningKey;
use faam_spec::reason::Reason;

use super::*;
use crate::vault::{AskedRatings, Happened, LogEntry, ShownLedger, Told};

fn now() -> Timestamp {
    "2026-12-01T09:00:00Z".parse().unwrap()
}

fn client(seed: u8) -> Client {
    Client::from(Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key()))
}

fn asked(ledgers: Vec<AskedLedger>, milestones: Vec<AskedMilestones>) -> WhoAsked {
    WhoAsked {
        name: "Beta".into(),
        did: client(1),
        peer: None,
        post: Some("https://beta.example/vp".into()),
        purpose: "To rent out a flat in Utrecht".into(),
        retention_days: 30,
        terms_unsaid: false,
        terms: None,
        milestones,
        ledgers,
    }
}

fn ledger(markets: &[&str], ratings: Option<(u32, &[&str])>) -> AskedLedger {
    AskedLedger {
        markets: markets.iter().map(|market| market.parse().unwrap()).collect(),
        ratings: ratings.map(|(at_least, disclose)| AskedRatings {
            roles: Vec::new(),
            at_least,
            complete: false,
            disclose: disclose.iter().map(|name| (*name).to_owned()).collect(),
        }),
    }
}

fn steps(markets: &[&str], roles: &[&str], steps: &[&str]) -> AskedMilestones {
    AskedMilestones {
        markets: markets.iter().map(|market| market.parse().unwrap()).collect(),
        roles: roles.iter().map(|role| role.parse().unwrap()).collect(),
        milestones: steps.iter().map(|step| step.parse().unwrap()).collect(),
    }
}

/// One rule with these lines.
fn rule(then: &str, lines: &str) -> Result<Rules, RulesError> {
    let until = if then == "answer" && !lines.contains("until") { "until = '2027-01-31'\n" } else { "" };
    Rules::parse(&format!("v = 0\n[[rule]]\nname = 'r'\nthen = '{then}'\n{until}{lines}"), now())
}

fn then(rules: &Rules, asked: &WhoAsked) -> Then {
    rules.judge(asked, &Doubts::default(), &History::default(), now()).then
}

//= spec/text/rules.md#REQ-RULE-2
//= type=test
//# A rule that answers MUST name everything that would be shown
#[test]
fn a_rule_answers_what_it_names_and_nothing_more() {
    let milestones =
        rule("answer", "milestones = ['count>=20', 'tenure>=1y']\nmarkets = ['alpha']\nroles = ['seller']")
            .unwrap();
    let of = |asked: AskedMilestones| then(&milestones, &super::tests::asked(vec![], vec![asked]));
    assert_eq!(
        of(steps(&["alpha"], &["seller"], &["count>=20", "tenure>=90d"])),
        Then::Answer,
        "lower steps go with it"
    );
    for more in [
        steps(&["alpha"], &["seller"], &["count>=50"]),
        steps(&["alpha"], &["seller"], &["count>=20", "mean>=500"]),
        steps(&["alpha", "beta"], &["seller"], &["count>=20"]),
        steps(&[], &["seller"], &["count>=20"]),
        steps(&["alpha"], &["buyer"], &["count>=20"]),
        steps(&["alpha"], &[], &["count>=20"]),
    ] {
        assert_eq!(of(more.clone()), Then::Ask, "{more:?}");
    }
    let plain = asked(vec![ledger(&["alpha"], None)], vec![]);
    assert_eq!(then(&milestones, &plain), Then::Ask);

    let ratings = rule("answer", "standing = true\nratings_at_most = 5\ndisclose = ['day']").unwrap();
    let of =
        |wanted: Option<(u32, &[&str])>| then(&ratings, &asked(vec![ledger(&["alpha"], wanted)], vec![]));
    assert_eq!(
        (of(None), of(Some((5, &["day"]))), of(Some((0, &[])))),
        (Then::Answer, Then::Answer, Then::Answer)
    );
    assert_eq!((of(Some((6, &[]))), of(Some((1, &["comment"])))), (Then::Ask, Then::Ask));
    let mut all = ledger(&["alpha"], Some((1, &[])));
    all.ratings.as_mut().unwrap().complete = true;
    assert_eq!(then(&ratings, &asked(vec![all], vec![])), Then::Ask, "all of them are more than five");
    let beside = asked(vec![ledger(&["alpha"], None), ledger(&["alpha"], Some((9, &[])))], vec![]);
    assert_eq!(then(&ratings, &beside), Then::Ask, "everything has to be named");
    let standing = rule("answer", "standing = true").unwrap();
    assert_eq!(then(&standing, &asked(vec![ledger(&["alpha"], Some((1, &[])))], vec![])), Then::Ask);
    assert_eq!(then(&standing, &asked(vec![], vec![])), Then::Ask, "a request for nothing is not answered");
}

#[test]
fn who_why_and_for_how_long_are_looked_at() {
    let one = |lines: &str| rule("answer", &format!("standing = true\n{lines}")).unwrap();
    let mut of = asked(vec![ledger(&["alpha"], None)], vec![]);
    let known = one(&format!("verifiers = ['{}']", client(1)));
    let other = one(&format!("verifiers = ['{}']", client(2)));
    assert_eq!((then(&known, &of), then(&other, &of)), (Then::Answer, Then::Ask));
    assert_eq!(then(&one("purposes = ['TO RENT']"), &of), Then::Answer);
    assert_eq!(then(&one("purposes = ['to sell', 'to lend']"), &of), Then::Ask);
    assert_eq!(then(&one("retention_days_at_most = 30"), &of), Then::Answer);
    assert_eq!(then(&one("retention_days_at_most = 29"), &of), Then::Ask);
    of.terms_unsaid = true;
    of.retention_days = 0;
    assert_eq!(
        then(&one("retention_days_at_most = 30"), &of),
        Then::Ask,
        "0 days are not 0 where nothing was said"
    );
    assert_eq!(then(&one(""), &of), Then::Ask);
    assert_eq!(then(&rule("refuse", "unsaid = true").unwrap(), &of), Then::Refuse);
    assert_eq!(then(&rule("refuse", "retention_days_over = 366").unwrap(), &of), Then::Refuse);
}

#[test]
fn what_is_refused_is_told_by_what_is_asked() {
    let refuses =
        |lines: &str, asked: &WhoAsked| then(&rule("refuse", lines).unwrap(), asked) == Then::Refuse;
    let few = asked(vec![ledger(&["alpha"], Some((3, &["day"])))], vec![]);
    assert!(refuses("ratings_over = 2", &few) && !refuses("ratings_over = 3", &few));
    assert!(refuses("disclosing = ['comment', 'day']", &few) && !refuses("disclosing = ['rater']", &few));
    assert!(refuses("markets = ['alpha']", &few) && !refuses("markets = ['beta']", &few));
    assert!(refuses("standing = true", &few));
    let private = asked(vec![], vec![steps(&["alpha"], &["seller"], &["count>=1"])]);
    assert!(!refuses("standing = true", &private) && !refuses("ratings_over = 0", &private));
    assert!(refuses("roles = ['seller']", &private) && !refuses("roles = ['buyer']", &private));
    let mut any = few.clone();
    any.ledgers[0].markets.clear();
    assert!(refuses("markets = ['beta']", &any), "any market could be that one");
}

//= spec/text/rules.md#REQ-RULE-1
//= type=test
//# Rules MUST be looked at in the order of the file, and the first that fits decides. Where none fits, the holder MUST be asked.
#[test]
fn the_first_that_fits_decides() {
    let text = "v = 0\n[[rule]]\nname = 'no'\nthen = 'refuse'\nmarkets = ['alpha']\n[[rule]]\nname = 'yes'\nthen = 'answer'\n\
                until = '2027-01-31'\nstanding = true\n";
    let rules = Rules::parse(text, now()).unwrap();
    let of = |market: &str| {
        rules.judge(
            &asked(vec![ledger(&[market], None)], vec![]),
            &Doubts::default(),
            &History::default(),
            now(),
        )
    };
    assert_eq!((of("alpha").then, of("alpha").rule.as_deref()), (Then::Refuse, Some("no")));
    assert_eq!((of("beta").then, of("beta").rule.as_deref()), (Then::Answer, Some("yes")));
    let none = Rules::default().judge(&asked(vec![], vec![]), &Doubts::default(), &History::default(), now());
    assert_eq!((none.then, none.rule), (Then::Ask, None));
}

//= spec/text/rules.md#REQ-RULE-3
//= type=test
//# A rule MUST NOT answer what a person would be warned of: the holder is asked, with the warnings.
#[test]
fn what_a_person_would_be_warned_of_is_not_answered() {
    let rules = rule("answer", "standing = true").unwrap();
    let doubts = Doubts {
        few: false,
        excess: false,
        exact: false,
        warnings: vec!["Days and amounts together tell much.".to_owned()],
    };
    let verdict =
        rules.judge(&asked(vec![ledger(&["alpha"], None)], vec![]), &doubts, &History::default(), now());
    assert_eq!((verdict.then, verdict.rule.as_deref(), verdict.doubts.len()), (Then::Ask, Some("r"), 1));
    let few = Doubts { few: true, ..Doubts::default() };
    let of = asked(vec![ledger(&["alpha"], None)], vec![]);
    assert_eq!(rules.judge(&of, &few, &History::default(), now()).then, Then::Ask);
    let exact = Doubts { exact: true, ..Doubts::default() };
    assert_eq!(rules.judge(&of, &exact, &History::default(), now()).then, Then::Answer, "it names standings");
    let more = Doubts { excess: true, ..exact.clone() };
    assert_eq!(rules.judge(&of, &more, &History::default(), now()).then, Then::Ask);
    let refuses = rule("refuse", "excess = true").unwrap();
    assert_eq!(refuses.judge(&of, &exact, &History::default(), now()).then, Then::Refuse);
    let refuses = rule("refuse", "few = true").unwrap();
    assert_eq!(refuses.judge(&of, &few, &History::default(), now()).then, Then::Refuse);
    assert_eq!(refuses.judge(&of, &doubts, &History::default(), now()).then, Then::Ask);
}

//= spec/text/rules.md#REQ-RULE-4
//= type=test
//# A rule MUST NOT fit anything after the day of its `until`.
#[test]
fn rules_end() {
    let rules = rule("answer", "standing = true\nuntil = '2026-12-02'").unwrap();
    let of = asked(vec![ledger(&["alpha"], None)], vec![]);
    let at =
        |text: &str| rules.judge(&of, &Doubts::default(), &History::default(), text.parse().unwrap()).then;
    assert_eq!(at("2026-12-02T23:59:59Z"), Then::Answer);
    assert_eq!(at("2026-12-03T00:00:00Z"), Then::Ask);
}

#[test]
fn how_often_is_counted_for_each_who_asks() {
    let rules = rule("answer", "standing = true\ntimes = 2\nper = 'day'").unwrap();
    let of = asked(vec![ledger(&["alpha"], None)], vec![]);
    let mut history = History::default();
    let applied = |to: &WhoAsked, at: Timestamp| LogEntry {
        seq: 1,
        at,
        persona: 0,
        what: Happened::RuleApplied {
            to: to.clone(),
            request: Hash::of(b"", b""),
            rule: "r".into(),
            then: Then::Answer,
        },
    };
    let mut other = of.clone();
    other.did = client(2);
    history.add(&applied(&other, now()));
    history.add(&applied(&of, now().plus(-DAY)));
    history.add(&applied(&of, now().plus(-60)));
    assert_eq!(
        rules.judge(&of, &Doubts::default(), &history, now()).then,
        Then::Answer,
        "what is a day old counts no more"
    );
    history.add(&applied(&of, now().plus(-30)));
    assert_eq!(rules.judge(&of, &Doubts::default(), &history, now()).then, Then::Ask);
    assert_eq!(rules.judge(&other, &Doubts::default(), &history, now()).then, Then::Answer);
    assert_eq!(history.of_rule("r"), (4, Some(now())));

    let refuses = rule("refuse", "times = 2\nper = 'week'").unwrap();
    let declined = |at| LogEntry {
        seq: 1,
        at,
        persona: 0,
        what: Happened::Declined { to: of.clone(), request: Hash::of(b"", b"") },
    };
    let mut history = History::of(&[declined(now().plus(-9 * DAY)), declined(now().plus(-DAY))]);
    assert_eq!(refuses.judge(&of, &Doubts::default(), &history, now()).then, Then::Ask);
    history.add(&declined(now()));
    assert_eq!(refuses.judge(&of, &Doubts::default(), &history, now()).then, Then::Refuse);
}

#[test]
fn what_somebody_knows_is_what_they_were_shown() {
    let rules =
        rule("answer", "known = true\nstanding = true\nratings_at_most = 12\ndisclose = ['day']").unwrap();
    let of = asked(vec![ledger(&["alpha"], Some((3, &["day"])))], vec![]);
    let shown = |ratings: u64, names: &[&str]| {
        let ledger = ShownLedger {
            issuer: Did::from_key(&SigningKey::from_seed(&[9; 32]).verifying_key()),
            market: "alpha".parse().unwrap(),
            ledger: LedgerId::from_bytes([1; 16]),
            epoch: "2026-48".into(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ratings,
            indices: Vec::new(),
            of: 9,
            complete: false,
        };
        let what = Happened::Shown {
            to: of.clone(),
            request: Hash::of(b"", b""),
            presentation: Hash::of(b"", b""),
            ledgers: vec![ledger],
            private: Vec::new(),
            delete_by: now(),
            told: Told::Failed { code: Reason::NetTimeout },
        };
        History::of(&[LogEntry { seq: 1, at: now(), persona: 0, what }])
    };
    let of_history = |history: &History| rules.judge(&of, &Doubts::default(), history, now()).then;
    assert_eq!(of_history(&History::default()), Then::Ask);
    assert_eq!(of_history(&shown(3, &["numbers", "day"])), Then::Answer);
    assert_eq!(of_history(&shown(2, &["numbers", "day"])), Then::Ask, "a rating more is more");
    assert_eq!(of_history(&shown(9, &["numbers"])), Then::Ask, "the days are more");
    let mut any = of.clone();
    any.ledgers[0].markets.clear();
    assert_eq!(rules.judge(&any, &Doubts::default(), &shown(9, &["day"]), now()).then, Then::Ask);
}

//= spec/text/rules.md#REQ-RULE-6
//= type=test
//# A file MUST be read whole or not at all
#[test]
fn files_that_cannot_be_used_say_why() {
    for (then, lines, key) in [
        ("answer", "", "milestones"),
        ("answer", "standing = true\nuntil = '2027-12-31'", "until"),
        ("answer", "standing = true\ndisclose = ['day']", "ratings_at_most"),
        ("answer", "milestones = ['count>=1']\nratings_at_most = 3", "standing"),
        ("answer", "standing = true\nunsaid = true", "unsaid"),
        ("answer", "standing = true\nratings_over = 3", "ratings_over"),
        ("answer", "standing = true\ntimes = 3", "per"),
        ("answer", "standing = true\nper = 'day'", "times"),
        ("answer", "standing = true\ntimes = 0\nper = 'day'", "times"),
        ("answer", "standing = true\nratings_at_most = 1\ndisclose = ['days']", "disclose"),
        ("refuse", "purposes = ['a']", "purposes"),
        ("refuse", "milestones = ['count>=1']", "milestones"),
        ("ask", "disclose = ['day']", "disclose"),
    ] {
        match rule(then, lines) {
            Err(RulesError::Value { key: found, .. }) => assert_eq!(found, key, "{lines}"),
            other => panic!("{lines}: {other:?}"),
        }
    }
    let bare = |text: &str| Rules::parse(text, now()).unwrap_err();
    assert!(matches!(
        bare("v = 0\n[[rule]]\nname = 'x'\nthen = 'answer'\nstanding = true"),
        RulesError::Value { key: "until", .. }
    ));
    match bare("v = 0\n[[rule]]\nname = 'x'\nthen = 'refuse'\nratings_ovr = 3") {
        RulesError::Key { key, nearest } => {
            assert_eq!((key.as_str(), nearest.as_deref()), ("ratings_ovr", Some("rule.ratings_over")));
        }
        other => panic!("{other:?}"),
    }
    assert!(bare("v = 0\n[[rule]]\nname = 'x'\nthen = 'maybe'").to_string().contains("line 4"));
    assert!(matches!(bare("v = 1"), RulesError::Value { key: "v", .. }));
    let twice = "[[rule]]\nname = 'x'\nthen = 'refuse'\n".repeat(2);
    assert!(matches!(bare(&format!("v = 0\n{twice}")), RulesError::Value { key: "name", .. }));
    assert_eq!(bare(&"#".repeat(MAX_RULES_BYTES + 1)).reason(), Reason::TooLarge);
    let evil = bare("v = 0\n[[rule]]\nname = '\u{202e}x'\nthen = 'refuse'").to_string();
    assert!(!evil.contains('\u{202e}'), "{evil}");
}

#[test]
fn presets_are_rules_and_can_be_said_in_sentences() {
    for preset in Preset::ALL {
        let rules = Rules::parse(&preset.text(now()), now()).unwrap();
        assert_eq!(Rules::parse(&rules.to_text().unwrap(), now()).unwrap(), rules);
        for rule in rules.as_slice() {
            let said = rule.sentence();
            assert!(said.ends_with('.') && said.len() > 10, "{said}");
        }
        let answers = rules.as_slice().iter().filter(|rule| rule.then == Then::Answer).count();
        assert_eq!(answers > 0, preset == Preset::Everyday);
    }
    let everyday = Rules::parse(&Preset::Everyday.text(now()), now()).unwrap();
    let low = everyday.as_slice().iter().find(|rule| rule.name.starts_with("low")).unwrap().sentence();
    assert!(
        low.contains("at least 20 ratings") && low.contains("30 times a week") && low.contains("Until 2027"),
        "{low}"
    );
}

//= spec/text/rules.md#REQ-RULE-10
//= type=test
//# A rule that names a [persona](personas.md) MUST hold for that one alone. One that names none MUST NOT answer under another than the
//# first
#[test]
fn a_rule_answers_only_under_the_persona_that_it_was_made_for() {
    let text = r#"
v = 0

[[rule]]
name = "nobody learns who rated me"
then = "refuse"
disclosing = ["rater"]

[[rule]]
name = "steps of main"
then = "answer"
until = "2027-01-31"
milestones = ["count>=50"]

[[rule]]
name = "steps of games"
then = "answer"
persona = "games"
until = "2027-01-31"
milestones = ["count>=10"]

[[rule]]
name = "never numbers of games"
then = "refuse"
persona = "games"
standing = true
"#;
    let rules = Rules::parse(text, now()).unwrap();
    assert_eq!(Rules::parse(&rules.to_text().unwrap(), now()).unwrap(), rules);
    let at = now();
    let persona = |number, name: &str| Persona { name: name.parse().unwrap(), ..Persona::plain(number, at) };
    let all = [Persona::plain(0, at), persona(1, "Games"), persona(2, "work")];
    rules.check_personas(&all).unwrap();
    let names = |persona: &Persona| -> Vec<String> {
        rules.of(persona).as_slice().iter().map(|rule| rule.name.clone()).collect()
    };
    assert_eq!(names(&all[0]), ["nobody learns who rated me", "steps of main"]);
    assert_eq!(names(&all[1]), ["nobody learns who rated me", "steps of games", "never numbers of games"]);
    assert_eq!(
        names(&all[2]),
        ["nobody learns who rated me"],
        "what answers for nobody else answers not here"
    );
    assert!(rules.as_slice()[2].sentence().contains("Under “games” alone."));
}

//= spec/text/rules.md#REQ-RULE-10
//= type=test
//# a file that names a persona which the wallet does not have MUST NOT be used
#[test]
fn a_rule_for_nobody_spoils_the_file() {
    let text = "v = 0\n\n[[rule]]\nname = \"a\"\nthen = \"refuse\"\npersona = \"gmaes\"\n";
    let rules = Rules::parse(text, now()).unwrap();
    let games = Persona { name: "games".parse().unwrap(), ..Persona::plain(1, now()) };
    let error = rules.check_personas(&[Persona::plain(0, now()), games]).unwrap_err();
    assert_eq!(error.reason(), faam_spec::reason::Reason::FileValue);
    assert!(error.to_string().contains("did you mean 'games'?"), "{error}");
    for bad in ["\"\"", "\"a\\u202eb\"", "7"] {
        let text = text.replace("\"gmaes\"", bad);
        assert_eq!(
            Rules::parse(&text, now()).unwrap_err().reason(),
            faam_spec::reason::Reason::FileSyntax,
            "{bad}"
        );
    }
}

/// What was shown under one persona is not what was shown under another.
#[test]
fn the_past_of_one_persona_is_not_another_ones() {
    let of = asked(Vec::new(), Vec::new());
    let applied = |persona| LogEntry {
        seq: 1,
        at: now(),
        persona,
        what: Happened::RuleApplied {
            to: of.clone(),
            request: Hash::of(b"", b""),
            rule: "r".into(),
            then: Then::Answer,
        },
    };
    let entries = [applied(0), applied(1), applied(1)];
    assert_eq!(History::of(&entries).of_rule("r").0, 1);
    assert_eq!(History::under(1, &entries).of_rule("r").0, 2);
    assert_eq!(History::under(2, &entries).of_rule("r").0, 0);
}
