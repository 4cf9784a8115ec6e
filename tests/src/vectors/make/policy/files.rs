//! Trust and policy files: keys, values, sizes.

use faam_spec::key::Jwk;
use serde_json::{Value, json};

use super::super::fixtures_shown::signer;
use super::Cases;
use crate::vectors::{Vector, long};

/// Most bytes of a file.
const MOST: usize = 262_144;

fn read(operation: &str, text: impl Into<Value>) -> Value {
    json!({"operation": operation, "text": text.into()})
}

fn entry(more: &str) -> String {
    let did = signer(1).did().to_string();
    format!(
        "v = 0\n\n[[trust]]\nissuer = \"{did}\"\nmarket = \"alpha\"\nroles = \"any\"\ntypes = [\"standing\"]\n{more}"
    )
}

pub(super) fn cases(cases: &mut Cases) {
    keys(cases);
    values(cases);
    together(cases);
    sizes(cases);
    issuers(cases);
    pinned(cases);
}

fn keys(cases: &mut Cases) {
    let req = "REQ-POLICY-1";
    let all = "v = 0\nname = \"Flats\"\nissuer_gone = \"last_known\"\nstatus_max_age = 3600\nstanding_max_epochs = 1\n[markets]\nof = [\"alpha\", \"beta\"]\nat_least = 2\n[standing]\nrole = \"seller\"\nrecent = true\nratings_at_least = 1\npeople_at_least = 1\nmean_at_least = 500\nlowest_at_most_percent = 2\ndays_at_least = 30\n[newcomer]\nbelow = 3\nthen = \"refuse\"\n[ratings]\nat_least = 2\ncomplete = true\nrole = \"seller\"\ndisclose = [\"day\", \"comment\"]\n[on]\nwithdrawn = \"note\"\nwithdrawn_over_percent = 5\ndisputed = \"undecided\"\ndisputed_over = 1\nnew_owner = \"refuse\"\nclosed = \"accept\"\nstale = \"refuse\"\nunknown = \"refuse\"\ncontested = \"undecided\"\n";
    cases.accept(
        req,
        "1-policy-all",
        "A policy with every key but those of milestones.",
        read("policy_file", all),
    );
    let private = "v = 0\n[private]\nrole = \"seller\"\nmilestones = [\"tenure>=3y\", \"count>=50\"]\n";
    cases.accept(
        req,
        "1-policy-private",
        "A policy of milestones, in any order.",
        read("policy_file", private),
    );
    cases.accept(req, "1-policy-nothing", "A policy that says nothing.", read("policy_file", "v = 0\n"));
    let full = entry(
        "name = \"Alpha\"\ngroup = \"exchanges\"\nepoch_seconds = 3600\nfrozen_after = 2968\n\n[[notice]]\nissuer = \"did:key:z6MkwejxXjofTB8HcpJDisQiz8tsMQZ6LqqCqQfd2tikbnzS\"\nmarket = \"alpha\"\nwhat = \"new_owner\"\nfrom = \"2026-11-01\"\n",
    );
    cases.accept(
        req,
        "1-trust-all",
        "A trust file with an entry and an announcement.",
        read("trust_file", full),
    );
    for (id, operation, text, description) in [
        (
            "misspelt",
            "policy_file",
            "v = 0\n[standing]\nmean_at_leest = 500\n".to_owned(),
            "A key with a letter changed.",
        ),
        ("other-table", "policy_file", "v = 0\nratings_at_least = 5\n".to_owned(), "A key of another table."),
        ("capital", "policy_file", "v = 0\n[on]\nStale = \"refuse\"\n".to_owned(), "A key in capitals."),
        (
            "table",
            "policy_file",
            "v = 0\n[standings]\nrecent = true\n".to_owned(),
            "A table that there is not.",
        ),
        (
            "inline",
            "policy_file",
            "v = 0\non = { stale = \"refuse\", accept = true }\n".to_owned(),
            "A key within an inline table.",
        ),
        ("trust", "trust_file", entry("role = \"seller\"\n"), "A trust entry with a key that is not known."),
        (
            "notice",
            "trust_file",
            entry("\n[[notice]]\nissuer = \"did:key:z\"\nmarket = \"alpha\"\nwhen = \"now\"\n"),
            "An announcement with a key that is not known.",
        ),
    ] {
        cases.refuse(req, &format!("1-{id}"), "file.key", description, read(operation, text));
    }
    let syntax = [
        ("syntax-value", "v = \n", "A key without a value."),
        ("syntax-twice", "v = 0\nname = \"a\"\nname = \"b\"\n", "A key that stands twice."),
        ("syntax-open", "v = 0\n[on\n", "A table that is not closed."),
    ];
    for (id, text, description) in syntax {
        cases.refuse(req, &format!("1-{id}"), "file.syntax", description, read("policy_file", text));
    }
}

fn values(cases: &mut Cases) {
    let (req, code) = ("REQ-POLICY-2", "file.value");
    for (id, text, description) in [
        ("version", "v = 1\n", "Another version."),
        ("no-version", "[on]\nstale = \"refuse\"\n", "No version."),
        ("mean", "v = 0\n[standing]\nmean_at_least = 1001\n", "A mean over the common scale."),
        ("percent", "v = 0\n[standing]\nlowest_at_most_percent = 101\n", "A share over 100 percent."),
        (
            "withdrawn-percent",
            "v = 0\n[on]\nwithdrawn_over_percent = 101\n",
            "A share of withdrawn ratings over 100 percent.",
        ),
        ("age", "v = 0\nstatus_max_age = -1\n", "An age below 0."),
        ("name", "v = 0\nname = \" \"\n", "A name of white space."),
        ("market", "v = 0\n[markets]\nof = [\"Alpha\"]\n", "A market that is no name of one."),
        ("market-twice", "v = 0\n[markets]\nof = [\"alpha\", \"alpha\"]\n", "A market that is named twice."),
        ("no-market", "v = 0\n[markets]\nat_least = 0\n", "Of no market."),
        ("nine-markets", "v = 0\n[markets]\nat_least = 9\n", "Of more markets than an answer can show."),
        (
            "more-than-named",
            "v = 0\n[markets]\nof = [\"alpha\"]\nat_least = 2\n",
            "Of more markets than are named.",
        ),
        ("ratings", "v = 0\n[ratings]\nat_least = 1025\n", "More ratings than an answer can show."),
        ("disclose", "v = 0\n[ratings]\ndisclose = [\"value\"]\n", "A part that cannot be disclosed."),
        (
            "milestone",
            "v = 0\n[private]\nmilestones = [\"count>=51\"]\n",
            "A milestone that is not of the grid.",
        ),
        (
            "milestones-twice",
            "v = 0\n[private]\nmilestones = [\"count>=5\", \"count>=50\"]\n",
            "Two milestones of one metric.",
        ),
        ("no-milestones", "v = 0\n[private]\nrole = \"seller\"\n", "Milestones without a list of them."),
        ("below", "v = 0\n[standing]\n[newcomer]\nbelow = 0\n", "A newcomer below 1 rating."),
        (
            "accept-stale",
            "v = 0\n[on]\nstale = \"accept\"\n",
            "What is stale is accepted, which no policy may say.",
        ),
        (
            "note-unknown",
            "v = 0\n[on]\nunknown = \"note\"\n",
            "What is not known is noted, which no policy may say.",
        ),
        (
            "accept-contested",
            "v = 0\n[on]\ncontested = \"accept\"\n",
            "What is contested is accepted, which no policy may say.",
        ),
        (
            "then-accept",
            "v = 0\n[standing]\n[newcomer]\nthen = \"accept\"\n",
            "Newcomers are accepted, which no policy may say.",
        ),
    ] {
        let vector = cases.refuse(req, &format!("2-{id}"), code, description, read("policy_file", text));
        if text.contains("accept") {
            vector.attack("A83");
        }
    }
}

fn together(cases: &mut Cases) {
    let (req, code) = ("REQ-POLICY-2", "file.value");
    for (id, text, description) in [
        (
            "private-standing",
            "v = 0\n[private]\nmilestones = [\"count>=5\"]\n[standing]\nrecent = true\n",
            "Milestones and numbers of a standing.",
        ),
        (
            "private-ratings",
            "v = 0\n[private]\nmilestones = [\"count>=5\"]\n[ratings]\nat_least = 1\n",
            "Milestones and ratings.",
        ),
        (
            "private-withdrawn",
            "v = 0\n[private]\nmilestones = [\"count>=5\"]\n[on]\nwithdrawn = \"refuse\"\n",
            "Milestones, which do not tell what was withdrawn.",
        ),
        (
            "private-disputed",
            "v = 0\n[private]\nmilestones = [\"count>=5\"]\n[on]\ndisputed = \"note\"\n",
            "Milestones, which do not tell what is under dispute.",
        ),
        (
            "private-five",
            "v = 0\n[private]\nmilestones = [\"count>=5\"]\n[markets]\nat_least = 5\n",
            "Milestones of five markets.",
        ),
        ("newcomer-alone", "v = 0\n[newcomer]\nbelow = 5\n", "Newcomers, and no numbers to tell them by."),
    ] {
        cases.refuse(req, &format!("2-{id}"), code, description, read("policy_file", text));
    }
    for (id, more, description) in [
        ("no-types", "", "An entry that believes nothing."),
        ("no-roles", "", "An entry for ratings of no role."),
    ] {
        let text = match id {
            "no-types" => entry(more).replace("[\"standing\"]", "[]"),
            _ => entry(more).replace("\"any\"", "[]").replace("[\"standing\"]", "[\"rating\"]"),
        };
        cases.refuse(req, &format!("2-trust-{id}"), code, description, read("trust_file", text));
    }
    let roleless = entry("").replace("\"any\"", "[]");
    cases.accept(
        req,
        "2-trust-standing-roleless",
        "An entry for standings, which need no role.",
        read("trust_file", roleless),
    );
}

fn sizes(cases: &mut Cases) {
    let (req, code) = ("REQ-POLICY-3", "too_large");
    let padded = |head: &str, bytes: usize| long(head, "#", bytes - head.len(), "");
    let number = |vector: &mut Vector| {
        vector.attack("A20");
    };
    let head = "v = 0\n";
    cases.accept(req, "3-largest", "A policy of 262,144 bytes.", read("policy_file", padded(head, MOST)));
    number(cases.refuse(
        req,
        "3-policy",
        code,
        "A policy of a byte more.",
        read("policy_file", padded(head, MOST + 1)),
    ));
    let trust = entry("");
    cases.accept(
        req,
        "3-trust-largest",
        "A trust file of 262,144 bytes.",
        read("trust_file", padded(&trust, MOST)),
    );
    number(cases.refuse(
        req,
        "3-trust",
        code,
        "A trust file of a byte more.",
        read("trust_file", padded(&trust, MOST + 1)),
    ));
    let junk = long("", "[[trust]]\n", 100_000, "");
    number(cases.refuse(
        req,
        "3-junk",
        code,
        "A megabyte of tables, which are not looked at.",
        read("trust_file", junk),
    ));
}

fn issuers(cases: &mut Cases) {
    let (req, code) = ("REQ-POLICY-11", "file.value");
    let did = signer(1).did().to_string();
    let line = format!("issuer = \"{did}\"\n");
    let key = format!("key = \"{}\"\n", did.trim_start_matches("did:key:"));
    cases.accept(req, "11-did", "An issuer by its DID.", read("trust_file", entry("")));
    cases.accept(req, "11-key", "An issuer by its key.", read("trust_file", entry("").replace(&line, &key)));
    for (id, text, description) in [
        ("both", entry(&key), "An issuer by its DID and by its key."),
        ("neither", entry("").replace(&line, ""), "An entry without an issuer."),
        ("web", entry("").replace(&did, "did:example:market"), "A DID of a method that is not read."),
        ("none", entry("").replace(&did, "market.example"), "An issuer that is no DID."),
    ] {
        cases.refuse(req, &format!("11-{id}"), code, description, read("trust_file", text));
    }
}

fn pinned(cases: &mut Cases) {
    let (req, code) = ("REQ-POLICY-12", "file.value");
    let signer = signer(1);
    let line = format!("issuer = \"{}\"\n", signer.did());
    let with = |key: &str| read("trust_file", entry("").replace(&line, &format!("key = {key}\n")));
    let x = json!(Jwk::from(&signer.verifying_key()))["x"].as_str().unwrap().to_owned();
    cases.accept(req, "12-base64url", "A key as 32 bytes in multibase.", with(&format!("\"u{x}\"")));
    let jwk = format!("{{ kty = \"OKP\", crv = \"Ed25519\", x = \"{x}\" }}");
    cases.accept(req, "12-jwk", "A key as a JWK.", with(&jwk));
    let private = format!("{{ kty = \"OKP\", crv = \"Ed25519\", x = \"{x}\", d = \"{x}\" }}");
    let p256 = "{ kty = \"EC\", crv = \"P-256\", x = \"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\", y = \"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\" }";
    for (id, key, description) in [
        ("private", private.as_str(), "A private key, which has no place here."),
        ("p256", p256, "A key of another kind."),
        ("short", "\"uAQEB\"", "A key of three bytes."),
        ("weak", "\"uAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", "A point of small order."),
        ("number", "7", "A number."),
    ] {
        cases.refuse(req, &format!("12-{id}"), code, description, with(key));
    }
}
