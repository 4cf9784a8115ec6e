//! How policy and trust files are read, and what is said of those that cannot be.

use faam_spec::query::Query;
use faam_verifier::{FileError, Policy, Trust, TrustFile};
use proptest::prelude::*;
use serde_json::Value;

use crate::world::{answer, root};

const DID: &str = "did:key:z6MkwejxXjofTB8HcpJDisQiz8tsMQZ6LqqCqQfd2tikbnzS";

fn as_json(text: &str) -> Value {
    let table: toml::Table = toml::from_str(text).unwrap();
    serde_json::to_value(table).unwrap()
}

fn presets() -> Vec<(String, String)> {
    let folder = root().join("examples/policies");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_presets_can_be_used_and_said_back_and_asked_for() {
    let presets = presets();
    let names: Vec<&str> = presets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["rental", "ride", "second-hand"]);
    for (name, text) in presets {
        let policy = Policy::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        faam_schemas::assert_valid("policy", &as_json(&text));
        let said = policy.explain().join("\n");
        assert!(said.contains(policy.name.as_ref().unwrap()), "{said}");
        // Every key that a preset has is explained in a comment before it, or in its table's.
        assert!(text.lines().filter(|line| line.starts_with('#')).count() >= 8, "{name}");
        let query = policy.query().unwrap();
        assert_eq!(query.private().is_empty(), name != "second-hand");
        assert_eq!(
            query.ledgers().len(),
            [1, 2, 0][["rental", "ride", "second-hand"].iter().position(|n| *n == name).unwrap()]
        );
        // What is asked can be read by a wallet.
        let again: Query = serde_json::from_value(serde_json::to_value(&query).unwrap()).unwrap();
        assert_eq!(again, query);
    }
}

//= spec/text/policy.md#REQ-POLICY-21
//= type=test
//# A program that says a policy back or checks it MUST say so where `at_least` of `[ratings]` keeps newcomers from
//# answering
#[test]
fn newcomers_that_cannot_answer_are_warned_of() {
    let of = |text: &str| Policy::parse(&format!("v = 0\n[standing]\n{text}")).unwrap();
    let kept = "Who has fewer than 3 ratings as guest cannot answer";
    let trap = of("[ratings]\nat_least = 3\nrole = 'guest'\n[newcomer]\nbelow = 5");
    let warned = trap.warnings();
    assert!(
        warned.len() == 1 && warned[0].starts_with(kept) && warned[0].contains("second request"),
        "{warned:?}"
    );
    assert!(trap.explain().iter().any(|said| said.starts_with(kept)), "{:?}", trap.explain());
    assert!(trap.warnings_in(faam_verifier::Lang::Nl)[0].contains("minder dan 3 beoordelingen als guest"));
    // Newcomers of whom nobody wrote are told of, and not warned of.
    let silent = of("ratings_at_least = 9\n[ratings]\nat_least = 1");
    assert_eq!(silent.warnings(), [""; 0]);
    assert!(silent.explain().iter().any(|said| said.starts_with("Who has fewer than 1 rating cannot")));
    for good in [
        "[newcomer]\nbelow = 5",
        "[ratings]\ncomplete = true\n[newcomer]\nbelow = 5",
        "[ratings]\nat_least = 3\n[newcomer]\nbelow = 5\nthen = 'refuse'",
    ] {
        let policy = of(good);
        assert_eq!(policy.warnings(), [""; 0], "{good}");
        assert!(!policy.explain().join("").contains("cannot answer"), "{good}");
    }
    for (name, text) in presets() {
        assert_eq!(Policy::parse(&text).unwrap().warnings(), [""; 0], "{name}");
    }
}

#[test]
fn what_a_policy_asks_for_meets_it() {
    let two = answer("presentation", "presentation-2-two-markets");
    let policy =
        Policy::parse("v = 0\n[markets]\nof = ['alpha', 'beta']\nat_least = 2\n[ratings]\nat_least = 12")
            .unwrap();
    let query = policy.query().unwrap();
    let asked: Vec<_> =
        query.ledgers().iter().map(|l| (l.markets.len(), l.ratings.as_ref().unwrap().at_least)).collect();
    assert_eq!(asked, [(2, 12), (2, 12)]);
    assert_eq!(two.under_policy(policy).reasons[1].code.code(), "policy.request");
}

//= spec/text/policy.md#REQ-POLICY-1
//= type=test
//# A key that is not known MUST be refused, and never skipped; the refusal names its line and the known
//# key that is most like it.
#[test]
fn unknown_keys_are_refused_with_line_and_nearest() {
    for (text, line, key, near) in [
        ("v = 0\nnmae = 'x'", 2, "nmae", Some("name")),
        ("v = 0\n\n[standng]\n", 3, "standng", Some("standing")),
        ("v = 0\n[standing]\nmean_atleast = 1", 3, "standing.mean_atleast", Some("standing.mean_at_least")),
        ("v = 0\nmean_at_least = 1", 2, "mean_at_least", Some("standing.mean_at_least")),
        ("v = 0\non = { unknwon = 'refuse' }", 2, "on.unknwon", Some("on.unknown")),
        ("v = 0\ncompletely_different_thing = 1", 2, "completely_different_thing", None),
        ("v = 0\n'\u{202e}' = 1", 2, "\\u{202e}", None),
    ] {
        let error = Policy::parse(text).unwrap_err();
        assert_eq!(error.reason().code(), "file.key", "{text}");
        let FileError::Key { line: at, key: found, nearest, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*at, found.as_str(), nearest.as_deref()), (line, key, near), "{text}");
        assert!(error.to_string().starts_with(&format!("line {line}: unknown key '{key}'")), "{error}");
    }
    for (text, near) in [
        ("v = 0\n[[trust]]\nisuer = 'x'", "trust.issuer"),
        ("v = 0\n[[trusts]]\n", "trust"),
        ("v = 0\n[[notice]]\nwhat = 'closed'\nmarkt = 'x'", "notice.market"),
    ] {
        let Err(FileError::Key { nearest, .. }) = TrustFile::parse(text) else { panic!("{text}") };
        assert_eq!(nearest.as_deref(), Some(near));
    }
}

//= spec/text/policy.md#REQ-POLICY-2
//= type=test
//# Values that make no sense together MUST be refused, with the line of the key.
#[test]
fn values_that_make_no_sense_are_refused_with_their_line() {
    for (text, line) in [
        ("", 1),
        ("v = 1", 1),
        ("v = 0\nname = ' '", 2),
        ("v = 0\nstatus_max_age = -1", 2),
        ("v = 0\nissuer_gone = 'maybe'", 2),
        ("v = 0\n[markets]\n\nat_least = 9", 4),
        ("v = 0\n[markets]\nat_least = 0", 3),
        ("v = 0\n[markets]\nof = ['a']\nat_least = 2", 4),
        ("v = 0\n[markets]\nof = ['a', 'a']", 3),
        ("v = 0\n[markets]\nof = ['A B']", 3),
        ("v = 0\n[standing]\nmean_at_least = 1001", 3),
        ("v = 0\n[standing]\nlowest_at_most_percent = 101", 3),
        ("v = 0\n[ratings]\nat_least = 1025", 3),
        ("v = 0\n[ratings]\ndisclose = ['secret']", 3),
        ("v = 0\n[private]\nrole = 'seller'", 2),
        ("v = 0\n[private]\nmilestones = ['count>=51']", 3),
        ("v = 0\n[private]\nmilestones = ['count>=50', 'count>=20']", 3),
        ("v = 0\n[private]\nmilestones = []", 3),
        ("v = 0\n[standing]\n[private]\nmilestones = ['count>=50']", 3),
        ("v = 0\n[markets]\nat_least = 5\n[private]\nmilestones = ['count>=50']", 3),
        ("v = 0\n[newcomer]\nbelow = 3", 2),
        ("v = 0\n[standing]\n[newcomer]\nbelow = 0", 4),
        ("v = 0\n[on]\nwithdrawn_over_percent = 101", 3),
        // Nothing may be accepted where leaving something out would help.
        ("v = 0\n[on]\nunknown = 'accept'", 3),
        ("v = 0\n[on]\nstale = 'note'", 3),
        ("v = 0\n[on]\ncontested = 'accept'", 3),
        ("v = 0\n[standing]\n[newcomer]\nthen = 'accept'", 4),
    ] {
        let error = Policy::parse(text).unwrap_err();
        assert_eq!(error.reason().code(), "file.value", "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("line {line}: ")), "{text}: {error}");
    }
    for text in ["v = 0\nv = 0", "v = ", "[", "v = 0\nname = \"\u{1b}"] {
        let error = Policy::parse(text).unwrap_err();
        assert_eq!(error.reason().code(), "file.syntax", "{text}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
}

//= spec/text/policy.md#REQ-POLICY-3
//= type=test
//# A file MUST be bounded before it is read: at most 262,144 bytes.
#[test]
fn a20_files_are_bounded_before_they_are_read() {
    let padded = |bytes: usize| format!("v = 0\n#{}", " ".repeat(bytes - 7));
    assert!(Policy::parse(&padded(262_144)).is_ok() && TrustFile::parse(&padded(262_144)).is_ok());
    assert_eq!(Policy::parse(&padded(262_145)).unwrap_err(), FileError::TooLarge);
    assert_eq!(TrustFile::parse(&padded(262_145)).unwrap_err().reason().code(), "too_large");
    // Brackets without end are no trouble either.
    assert!(Policy::parse(&format!("v = {}", "[".repeat(200_000))).is_err());
}

/// What stands there, and what would be right, in words of the file and not of the reader's types.
#[test]
fn faults_of_values_are_said_in_words() {
    let policy = |text: &str| Policy::parse(&format!("v = 0\n{text}")).unwrap_err().to_string();
    let trust = |text: &str| TrustFile::parse(&format!("v = 0\n{text}")).unwrap_err().to_string();
    let entry = |roles: &str| {
        trust(&format!("[[trust]]\nissuer = '{DID}'\nmarket = 'alpha'\ntypes = ['rating']\n{roles}"))
    };
    for (told, said) in [
        (
            policy("[standing]\nmean_at_least = 3.5"),
            "line 3: standing.mean_at_least: 3.5 stands here; write a whole number from 0 to 1000, such as 750 for four of five stars",
        ),
        (
            policy("[markets]\nof = 'x'"),
            "line 3: markets.of: \"x\" stands here; write a list in brackets, such as [\"one\", \"two\"]",
        ),
        (
            policy("[standing]\nratings_at_least = -1"),
            "line 3: standing.ratings_at_least: -1 stands here; write a whole number, 0 or more",
        ),
        (
            policy("[ratings]\ncomplete = 'yes'"),
            "line 3: ratings.complete: \"yes\" stands here; write true or false",
        ),
        (policy("name = 3"), "line 2: name: 3 stands here; write a text in quotation marks"),
        (
            policy("[[markets]]\nof = ['x']"),
            "markets: a list stands here; there is only one, so write [markets], with one bracket on each side",
        ),
        (policy("markets = 3"), "line 2: markets: 3 stands here; write a table of keys and values"),
        (
            policy("[newcomer]\nthen = 'ask'"),
            "line 3: newcomer.then: \"ask\" is not known here; write \"undecided\" or \"refuse\"",
        ),
        (
            trust("[trust]\nmarket = 'alpha'"),
            "line 2: trust: [trust] stands here; there can be several, so write [[trust]], with two brackets on each side",
        ),
        (trust("[[trust]]\nmarket = 'alpha'\nroles = 'any'"), "line 2: trust: `types` is missing; add it"),
        (
            entry("roles = 'all'"),
            "line 6: trust.roles: \"all\" is neither a list nor \"any\"; write \"any\" for every role, or [\"all\"] for a role of that name",
        ),
        (
            entry("roles = 3"),
            "line 6: trust.roles: 3 stands here; write a list of roles, such as [\"seller\"], or \"any\" for every role",
        ),
    ] {
        assert!(told.contains(said), "{told}\nlacks {said}");
        for types in ["u8", "u16", "u64", "sequence", "enum", "struct", "variant"] {
            assert!(!told.contains(types), "{told}");
        }
    }
    let nasty = policy("name = ['\u{202e}\u{200b}']");
    assert!(nasty.contains("name: a list stands here"), "{nasty}");
    let nasty = policy("[markets]\nof = '\u{202e}, expected u8'");
    assert!(nasty.contains("\\u{202e}") && nasty.ends_with("[\"one\", \"two\"]"), "{nasty}");
}

fn entry(more: &str) -> String {
    format!("v = 0\n[[trust]]\nmarket = 'alpha'\nroles = 'any'\ntypes = ['standing']\n{more}")
}

//= spec/text/policy.md#REQ-POLICY-11
//= type=test
//# An entry MUST name its issuer by exactly one of `issuer` and `key`.
#[test]
fn an_issuer_is_a_did_or_a_key_and_not_both() {
    let multibase = DID.strip_prefix("did:key:").unwrap();
    let key = DID.parse::<faam_spec::did::Did>().unwrap().own_key().unwrap();
    let raw = faam_spec::encoding::multi(key.to_bytes());
    let x = faam_spec::encoding::b64(key.to_bytes());
    for named in [
        format!("issuer = '{DID}'"),
        format!("key = '{multibase}'"),
        format!("key = '{raw}'"),
        format!("key = {{ kty = 'OKP', crv = 'Ed25519', x = '{x}', kid = 'main' }}"),
        format!("[trust.key]\nkty = 'OKP'\ncrv = 'Ed25519'\nx = '{x}'"),
    ] {
        let text = entry(&named);
        let file = TrustFile::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(file.trust.entries()[0].issuer.as_str(), DID);
        faam_schemas::assert_valid("trust-file", &as_json(&text));
    }
    for named in [String::new(), format!("issuer = '{DID}'\nkey = '{multibase}'")] {
        let error = TrustFile::parse(&entry(&named)).unwrap_err();
        let why = if named.is_empty() { "this one has neither; add one of them" } else { "not by both" };
        assert!(error.to_string().contains(why), "{error}");
        assert!(!faam_schemas::is_valid("trust-file", &as_json(&entry(&named))));
    }
}

//= spec/text/policy.md#REQ-POLICY-12
//= type=test
//# A pinned key MUST be a public Ed25519 key: no other kind, and no private one.
#[test]
fn a_pinned_key_is_a_public_ed25519_key() {
    let p256 = "kty = 'EC', crv = 'P-256', x = 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y = 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'";
    let okp = "kty = 'OKP', crv = 'Ed25519', x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'";
    for bad in [
        format!("{{ {p256} }}"),
        format!("{{ {okp}, d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }}"),
        "{ kty = 'oct', k = 'AAAA' }".to_owned(),
        "{}".to_owned(),
        "'z6MkgarbageGarbage'".to_owned(),
        "'uAAAA'".to_owned(),
        format!("'u{}'", "A".repeat(43)),
        "7".to_owned(),
    ] {
        let error = TrustFile::parse(&entry(&format!("key = {bad}"))).unwrap_err();
        assert_eq!(error.reason().code(), "file.value", "{bad}");
    }
    assert!(TrustFile::parse(&entry(&format!("key = {{ {okp} }}"))).is_ok());
}

#[test]
fn a_whole_trust_file_and_what_is_wrong_with_others() {
    let text = format!(
        "v = 0\n\
         [[trust]]\nname = 'Alpha'\nissuer = '{DID}'\nmarket = 'alpha'\nroles = ['seller']\ntypes = ['rating', 'private']\n\
         epoch_seconds = 3600\nfrozen_after = 12\ngroup = 'otc'\n\
         [[key]]\ndid = 'did:webvh:QmfGEUAcMpzo25kF2Rhn8L5FAXysfGnkzjwdKoNPi615XQ:market.example'\n\
         id = 'did:webvh:QmfGEUAcMpzo25kF2Rhn8L5FAXysfGnkzjwdKoNPi615XQ:market.example#k1'\n\
         key = '{}'\nfrom = '2026-01-01T00:00:00Z'\nuntil = '2026-06-01T00:00:00Z'\n\
         [[notice]]\nissuer = '{DID}'\nmarket = 'alpha'\nfrom = '2026-11-01'\nwhat = 'new_owner'\n",
        &DID[8..]
    );
    let file = TrustFile::parse(&text).unwrap();
    faam_schemas::assert_valid("trust-file", &as_json(&text));
    let entry = &file.trust.entries()[0];
    assert_eq!(file.trust.name(&entry.issuer, &entry.market), Some("Alpha"));
    assert_eq!(file.trust.groups(&entry.issuer, &entry.market).collect::<Vec<_>>(), ["otc"]);
    assert_eq!((file.notices.len(), entry.frozen_after, entry.epoch_seconds.seconds()), (1, Some(12), 3600));
    let did = "did:webvh:QmfGEUAcMpzo25kF2Rhn8L5FAXysfGnkzjwdKoNPi615XQ:market.example".parse().unwrap();
    let at = |time: &str| file.histories.resolve(&did, &format!("{did}#k1"), time.parse().unwrap());
    assert!(at("2026-03-01T00:00:00Z").is_ok());
    assert_eq!(at("2026-06-01T00:00:00Z").unwrap_err().reason().code(), "issuer.key_not_valid_then");
    // What is written again is read as the same.
    let again: Trust = serde_json::from_value(serde_json::to_value(&file.trust).unwrap()).unwrap();
    assert_eq!(again, file.trust);

    for (from, to) in [
        ("types = ['rating', 'private']", "types = []"),
        ("roles = ['seller']", "roles = []"),
        ("roles = ['seller']", "roles = 'some'"),
        ("epoch_seconds = 3600", "epoch_seconds = 60"),
        ("frozen_after = 12", "frozen_after = -1"),
        ("market = 'alpha'\nroles", "roles"),
        ("name = 'Alpha'", "name = ''"),
        ("#k1", ""),
        ("until = '2026-06-01T00:00:00Z'", "until = '2025-06-01T00:00:00Z'"),
        ("from = '2026-01-01T00:00:00Z'", "from = 'then'"),
        ("what = 'new_owner'", "what = 'sold'"),
        ("v = 0", "v = 1"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = TrustFile::parse(&changed).unwrap_err();
        assert_eq!(error.reason().code(), "file.value", "{to}: {error}");
    }
}

#[test]
fn the_schema_of_policies_refuses_what_the_reader_refuses() {
    for text in [
        "v = 0\n[on]\nunknown = 'accept'",
        "v = 0\nnmae = 'x'",
        "v = 0\n[newcomer]\nbelow = 3",
        "v = 0\n[standing]\n[private]\nmilestones = ['count>=50']",
        "v = 0\n[markets]\nat_least = 5\n[private]\nmilestones = ['count>=50']",
        "v = 0\n[standing]\nmean_at_least = 1001",
        "name = 'x'",
    ] {
        assert!(Policy::parse(text).is_err() && !faam_schemas::is_valid("policy", &as_json(text)), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in a file, it is read or refused with a code and a line, and what is said of it is safe to show.
    #[test]
    fn any_text_is_read_or_refused(
        noise in any::<String>(), at in any::<prop::sample::Index>(), cut in 0_usize..40, preset in 0_usize..3
    ) {
        let (_, text) = presets().swap_remove(preset);
        let from = at.index(text.len());
        let to = (from + cut).min(text.len());
        let changed = match (text.get(..from), text.get(to..)) {
            (Some(before), Some(after)) => format!("{before}{noise}{after}"),
            _ => noise.clone(),
        };
        for text in [&noise, &changed] {
            let said = [Policy::parse(text).err(), TrustFile::parse(text).err()];
            for error in said.into_iter().flatten() {
                prop_assert!(error.reason().code().starts_with("file."), "{error}");
                prop_assert!(error.to_string().starts_with("line "), "{error}");
                prop_assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
            }
            if let Ok(policy) = Policy::parse(text) {
                prop_assert!(policy.check().is_ok() && policy.query().is_ok() && !policy.explain().is_empty());
                // What is written as JSON is read as the same.
                let again: Policy = serde_json::from_value(serde_json::to_value(&policy).unwrap()).unwrap();
                prop_assert_eq!(again, policy);
            }
        }
    }
}
