//! What a market sends to its own node is refused by schema and reader alike, and so is what the vectors hold. (The objects of the
//! other pages are compared where their readers are, in `spec/tests/schemas`.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod apart;
mod vectors;

use std::collections::{BTreeMap, BTreeSet};

use faam_node::api::{KeyBody, OfferBody, RequestBody, RotateBody};
use faam_node::core::OwnName;
use faam_schemas::{assert_valid, disagreements, is_valid, spoil};
use faam_spec::encoding::{from_value, parse_value};
use faam_spec::query::Query;
use faam_tests::process::{Node, Wallet};
use faam_verifier::Policy;
use serde_json::{Value, json};

fn listed(changes: &[&str]) -> BTreeSet<String> {
    changes.iter().map(|change| (*change).to_owned()).collect()
}

#[track_caller]
fn agree(schema: &str, value: &Value, read: impl Fn(&Value) -> bool, valid: &[&str], taken: &[&str]) {
    assert_valid(schema, value);
    assert!(read(value), "the reader refuses what is right: {value:#}");
    let wrong = disagreements(schema, value, Some(&read), &listed(valid), &listed(taken));
    assert!(wrong.is_empty(), "{value}\n{}", wrong.join("\n"));
}

/// A body as the local interface reads it.
fn body<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    let value = parse_value(&serde_json::to_vec(value).unwrap(), 64 * 1024, "body").ok()?;
    value.is_object().then(|| from_value(value, "body").ok())?
}

fn event(value: &Value) -> bool {
    faam_issuer::read::json_line(&value.to_string()).is_ok()
}

#[test]
fn events() {
    let rating = json!({
        "type": "rating", "id": "deal-1", "account": "7", "rater": "512", "role": "trader", "value": 8,
        "scale": "-10..10", "at": "2026-01-31T12:00:00Z", "comment": "Sent the same day.", "category": "books",
        "aspects": {"punctual": 1000}, "amount_band": "10-50"
    });
    // Names are any printable text; what is optional may be missing or null.
    let of_rating = [
        "other /id",
        "other /account",
        "other /rater",
        "other /comment",
        "other /category",
        "other /amount_band",
        "no /comment",
        "no /category",
        "no /aspects",
        "no /amount_band",
        "null /comment",
        "null /category",
        "null /aspects",
        "null /amount_band",
        "no /aspects/punctual",
        "more /aspects",
        "minus /value",
        "number /at",
    ];
    agree("event", &rating, event, &of_rating, &[]);
    let correction = json!({
        "type": "correction", "id": "deal-2", "of": "deal-1", "value": 10, "scale": "-10..10", "at": 1_769_860_800,
        "account": null, "text": null
    });
    let of_correction = ["other /id", "other /of", "minus /value", "no /account", "no /text"];
    agree("event", &correction, event, &of_correction, &[]);
    let about = ["other /id", "other /of", "number /at"];
    for (other, more) in [
        (json!({"type": "reply", "text": "Thank you."}), &["other /text"][..]),
        (json!({"type": "withdrawal", "by": "both"}), &[]),
        (json!({"type": "dispute", "state": "open"}), &[]),
    ] {
        let mut event_value = json!({"id": "e", "of": "deal-1", "at": "2026-02-01T09:30:00+02:00"});
        event_value.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        agree("event", &event_value, event, &[&about[..], more].concat(), &[]);
    }
    for (name, bad) in [
        ("id", json!("a b")),
        ("id", json!("")),
        ("role", json!("-a")),
        ("scale", json!("1..05")),
        ("at", json!("2026-01-31")),
        ("aspects", json!({"punctual": 1001})),
        ("comment", json!("x".repeat(4097))),
    ] {
        let mut changed = rating.clone();
        changed[name] = bad;
        assert!(!is_valid("event", &changed) && !event(&changed), "{changed}");
    }
}

#[test]
fn bodies_of_the_local_interface() {
    let offer = |value: &Value| {
        body::<OfferBody>(value).is_some_and(|body| body.account.parse::<faam_issuer::AccountId>().is_ok())
    };
    let ask = json!({"account": "7", "life_seconds": 60, "rebind": true});
    // How long an offer may stand is looked at when it is made.
    let later = ["minus /life_seconds"];
    agree("api-offer-ask", &ask, offer, &["other /account", "no /life_seconds", "no /rebind"], &later);

    let request = |value: &Value| body::<RequestBody>(value).is_some_and(|body| body.query().is_ok());
    let by_market = json!({
        "purpose": "To rent out a flat", "retention_days": 30, "life_seconds": 60, "market": "bitcoin-alpha",
        "ratings": 12, "complete": false, "disclose": ["comment", "day"], "role": "trader"
    });
    let optional =
        ["no /life_seconds", "no /ratings", "no /complete", "no /disclose", "no /role", "other /purpose"];
    agree("api-request-ask", &by_market, request, &optional, &later);

    let named = json!({"purpose": "To rent out a flat", "retention_days": 30, "policy": "rental"});
    let by_name = |value: &Value| {
        let read = body::<RequestBody>(value);
        read.is_some_and(|body| match &body.policy {
            Some(name) => name.parse::<OwnName>().is_ok() && body.query_of(&Policy::default()).is_ok(),
            None => body.query().is_ok(),
        })
    };
    agree("api-request-ask", &named, by_name, &["other /purpose"], &[]);
    let key = json!({"name": "shop", "may": ["requests", "read"]});
    let once = |body: &KeyBody| {
        body.may.iter().enumerate().all(|(at, may)| !body.may.iter().skip(at + 1).any(|other| other == may))
    };
    let make = |value: &Value| body::<KeyBody>(value).is_some_and(|body| !body.may.is_empty() && once(&body));
    agree("api-key-ask", &key, make, &[], &[]);
    let rotate = |value: &Value| body::<RotateBody>(value).is_some();
    // How long it may be is looked at when it is done.
    agree(
        "api-key-rotate",
        &json!({"overlap_seconds": 60}),
        rotate,
        &["no /overlap_seconds"],
        &["minus /overlap_seconds"],
    );

    let query = Value::from(Query::complete("bitcoin-alpha".parse().unwrap()).unwrap());
    let whole = json!({"purpose": "To rent out a flat", "retention_days": 30, "dcql_query": query});
    let inner = [
        "other /purpose",
        "no /dcql_query/credentials/*/claims",
        "no /dcql_query/credentials/*/faam/at_least",
        "no /dcql_query/credentials/*/faam/complete",
    ];
    agree("api-request-ask", &whole, request, &inner, &[]);
}

/// Everything that the programs print with `--json` in a short walk, each kind once, by its schema.
fn printed() -> Vec<(&'static str, Value)> {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    alpha.import("from,to,feature,time\n1,7,10,1400000000\n2,7,-3,1450000000\n");
    let mut beta = Node::init(None, "Beta Rentals");
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    let node = |node: &Node, arguments: &[&str]| ("cli-faam-node", node.command(arguments).json());
    let wallet = Wallet::init();
    let holder = |arguments: &[&str]| ("cli-faam", wallet.run(arguments).json());
    let mut all = Vec::new();
    let offer = node(&alpha, &["offer", "--json", "--account", "7"]);
    let of = |value: &Value, name: &str| value["data"][name].as_str().unwrap().to_owned();
    let (link, code) = (of(&offer.1, "link"), of(&offer.1, "code"));
    all.extend([offer, holder(&["receive", &link, "--code", &code]), holder(&["receive", &link])]);
    all.extend([holder(&["init"]), holder(&["ratings"]), holder(&["passport"]), holder(&["doctor"])]);
    let ask =
        ["request", "--json", "--market", "bitcoin-alpha", "--purpose", "A flat", "--retention-days", "30"];
    let request = node(&beta, &[&ask[..], &["--ratings", "1", "--disclose", "day"]].concat());
    let (link, id) = (of(&request.1, "link"), of(&request.1, "id"));
    let dry = holder(&["present", &link, "--dry-run"]);
    let approve = of(&dry.1, "approve");
    all.extend([node(&beta, &["show", "--json", &id]), request, dry]);
    all.extend([holder(&["present", &link, "--approve", &approve]), holder(&["log"])]);
    all.extend([node(&beta, &["show", "--json", &id]), node(&alpha, &["show", "--json", &id])]);
    all.extend([node(&alpha, &["status", "--json"]), node(&beta, &["status", "--json"])]);
    all.extend([
        node(&alpha, &["epoch", "--json"]),
        node(&alpha, &["close", "--json", "--confirm", "bitcoin-alpha"]),
    ]);
    let copy = alpha.dir().with_extension("copy");
    alpha.stop();
    all.push(node(&alpha, &["backup", "--json", copy.to_str().unwrap()]));
    all.push(node(&alpha, &["run", "--json", "--check"]));
    all
}

/// What may be changed without harm to the form: free text, what is optional, null for what there is not, and numbers that may
/// lie below zero.
const HARMLESS: &[(&str, &[&str])] = &[
    (
        "cli-faam doctor",
        &[
            "no /data",
            "null /error/hint",
            "other /data/checks/*/fix",
            "other /data/checks/*/what",
            "other /error/at",
            "other /error/hint",
            "other /error/sentence",
            "other /error/what",
        ],
    ),
    (
        "cli-faam init",
        &[
            "null /error/hint",
            "other /error/at",
            "other /error/hint",
            "other /error/sentence",
            "other /error/what",
        ],
    ),
    (
        "cli-faam log",
        &[
            "no /data/entries/*/to/ledgers",
            "no /data/entries/*/to/ledgers/*/ratings",
            "other /data/entries/*/ledgers/*/names/*",
            "other /data/entries/*/to/name",
            "other /data/entries/*/to/purpose",
        ],
    ),
    (
        "cli-faam passport",
        &[
            "minus /data/markets/*/roles/*/bands/*/native/*",
            "minus /data/markets/*/roles/*/native_hundredths",
            "no /data/markets/*/numbers/roles/trader",
            "no /data/markets/*/private/reached/trader",
            "null /data/markets/*/private",
            "null /data/markets/*/roles/*/bands/*/native",
            "null /data/markets/*/roles/*/native_hundredths",
            "null /data/markets/*/roles/*/scale",
            "number /data/markets/*/private/compared",
        ],
    ),
    (
        "cli-faam present",
        &[
            "minus /data/consent/ledgers/*/figures/*/bands/*/native/*",
            "minus /data/consent/ledgers/*/figures/*/native_hundredths",
            "minus /data/consent/ledgers/*/figures/*/recent_bands/*/native/*",
            "minus /data/consent/ledgers/*/ratings/*/value",
            "no /data/consent/ledgers/*/numbers/roles/trader",
            "no /data/consent/ledgers/*/ratings/*/disclosed/day",
            "no /data/receipt/shown/*/market",
            "null /data/consent/ledgers/*/figures/*/bands/*/native",
            "null /data/consent/ledgers/*/figures/*/native_hundredths",
            "null /data/consent/ledgers/*/figures/*/recent_bands/*/native",
            "null /data/consent/ledgers/*/figures/*/role",
            "null /data/consent/ledgers/*/figures/*/scale",
            "number /data/consent/ledgers/*/ratings/*/corrects",
            "other /data/consent/group",
            "other /data/consent/ledgers/*/parts/*",
            "other /data/consent/not_learned/*",
            "other /data/consent/purpose",
            "other /data/consent/verifier/authenticated",
            "other /data/consent/verifier/name",
            "no /data/entry/to/ledgers",
            "no /data/entry/to/ledgers/*/ratings",
            "other /data/entry/ledgers/*/names/*",
            "other /data/entry/to/name",
            "other /data/entry/to/purpose",
            "other /data/receipt/name",
            "other /data/receipt/purpose",
            "text /data/consent/ledgers/*/ratings/*/reply",
            "text /data/consent/terms",
        ],
    ),
    (
        "cli-faam ratings",
        &[
            "map /data/ratings/*/disclosable/aspects",
            "minus /data/ratings/*/value",
            "number /data/ratings/*/corrects",
            "text /data/ratings/*/disclosable/amount_band",
            "text /data/ratings/*/disclosable/category",
            "text /data/ratings/*/disclosable/comment",
        ],
    ),
    ("cli-faam-node backup", &["other /data/folder"]),
    ("cli-faam-node run", &["null /data/issuer"]),
    (
        "cli-faam-node show",
        &[
            "minus /data/decision/facts/*/shown/*/value",
            "minus /data/decision/sources/*/age_seconds",
            "no /data/decision/facts/*/numbers/roles/trader",
            "no /data/decision/facts/*/shown/*/disclosed",
            "other /data/decision/not_covered/*/sentence",
            "other /data/decision/sources/*/name",
            "other /data/explanation",
            "other /error/sentence",
            "text /error/hint",
        ],
    ),
    ("cli-faam-node status", &["null /data/market", "null /data/market/epoch", "other /data/version"]),
];

#[test]
fn spoilt_envelopes_are_refused() {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (schema, envelope) in printed() {
        assert_valid(schema, &envelope);
        let of = seen.entry(format!("{schema} {}", envelope["command"].as_str().unwrap())).or_default();
        of.extend(valid_after(schema, &envelope));
        // Its data is an answer of the local interface.
        let answers =
            ["offer", "request", "status", "close"].map(|command| (command, format!("api-{command}")));
        if let Some((command, name)) = answers.iter().find(|(command, _)| envelope["command"] == *command) {
            assert_valid(name, &envelope["data"]);
            let of = seen.entry(format!("cli-faam-node {command}")).or_default();
            of.extend(
                valid_after(name, &envelope["data"])
                    .into_iter()
                    .map(|change| change.replacen(" ", " /data", 1)),
            );
        }
    }
    let mut listed: BTreeMap<String, BTreeSet<String>> =
        HARMLESS.iter().map(|(name, changes)| ((*name).to_owned(), crate::listed(changes))).collect();
    for (name, changes) in seen {
        assert_eq!(changes, listed.remove(&name).unwrap_or_default(), "{name}");
    }
    assert!(listed.is_empty(), "{listed:?}");
}

/// The changes after which `value` is still valid.
fn valid_after(schema: &str, value: &Value) -> BTreeSet<String> {
    let spoilt = spoil(value).into_iter().filter(|spoilt| is_valid(schema, &spoilt.value));
    spoilt.map(|spoilt| spoilt.change).collect()
}

#[test]
fn spoilt_answers_are_refused() {
    let full = json!({"code": "event.rule", "sentence": "No.", "applied": 3, "new": 1, "line": 4, "when": 1_795_392_000});
    assert_eq!(valid_after("api-error", &full), listed(&["no /line", "no /when", "other /sentence"]));
    assert_eq!(valid_after("api-events", &json!({"applied": 1, "new": 1})), listed(&[]));
    for state in [json!({"state": "open", "expires": 1_795_301_802}), json!({"state": "expired"})] {
        assert_valid("api-request-state", &state);
        assert_eq!(valid_after("api-request-state", &state), listed(&[]));
    }
    for state in [json!({"state": "closing", "on": 1_795_392_000}), json!({"state": "open"})] {
        assert_eq!(valid_after("api-close", &state), listed(&[]));
    }
}
