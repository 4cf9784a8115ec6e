//! Trust and policy files: what is read, what is said back, and what becomes of a true answer under them.

use faam_spec::decision::Outcome;
use faam_spec::reason::Reason;
use faam_spec::request::Ask;
use faam_verifier::policy::MAX_FILE_BYTES;
use faam_verifier::{FileError, MemoryNonces, Policy, Sources, TrustFile, finish as judge, start};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::exchange::one_decision;
use crate::fixture::{NODE, fixture};
use crate::form::assert_safe_to_look_at;

/// Longest text of an error: a key, the nearest one, and what the reader said, each cut short.
const MAX_ERROR_BYTES: usize = 2000;

/// Policy files.
pub fn policy_file(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => return refused(&error, text),
    };
    assert!(text.len() <= MAX_FILE_BYTES && policy.check() == Ok(()));
    // What it says is said again in the same words, as TOML and as JSON.
    let value = serde_json::to_value(&policy).unwrap();
    assert_eq!(serde_json::from_value::<Policy>(value.clone()).as_ref().ok(), Some(&policy));
    let written = toml::to_string(&versioned(value)).expect("a policy is TOML");
    assert_eq!(Policy::parse(&written).as_ref(), Ok(&policy), "{written}");
    let said = policy.explain();
    assert!(said.iter().all(|line| line.ends_with('.')), "sentences: {said:?}");
    assert_safe_to_look_at(&said.join("\n"));
    // It can be asked for.
    let fixture = fixture();
    let query = policy.query().expect("a policy that was read can be asked for");
    let ask = Ask {
        name: "Beta".into(),
        purpose: "To rent out a flat".into(),
        retention_days: 30,
        terms: None,
        query,
        life: 600,
    };
    let _ = start(ask, NODE, &fixture.verifier, fixture.now, &mut StdRng::seed_from_u64(1));
    // The true answer, of which nothing is missing, is judged by it.
    let sources = Sources { policy, ..fixture.sources.clone() };
    let decided = decision(&sources);
    assert!(decided != Outcome::Undecided || sources.policy != Policy::default());
}

/// Trust files.
pub fn trust_file(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let file = match TrustFile::parse(text) {
        Ok(file) => file,
        Err(error) => return refused(&error, text),
    };
    assert!(text.len() <= MAX_FILE_BYTES && file.trust.check_entries() == Ok(()));
    let value = serde_json::to_value(&file.trust).unwrap();
    let written = toml::to_string(&versioned(json!({"trust": value}))).expect("trust is TOML");
    let again = TrustFile::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(serde_json::to_value(&again.trust).unwrap(), value);
    let notices = file.notices.clone();
    assert!(notices.iter().all(|notice| notice.sentence().ends_with('.')));
    // Nobody is believed who is not named.
    let fixture = fixture();
    let market = "shop".parse().unwrap();
    let mut entries = file.trust.entries().iter();
    let named = entries.any(|entry| entry.issuer == *fixture.signer.did() && entry.market == market);
    let decided = decision(&file.sources(Policy::default()));
    assert!(named || decided == Outcome::Refused, "nobody is believed who is not named");
}

fn versioned(mut value: Value) -> Value {
    value["v"] = json!(0);
    value
}

/// The outcome for the true answer.
fn decision(sources: &Sources) -> Outcome {
    let fixture = fixture();
    let bytes = &fixture.presentation_bytes;
    let decision = judge(&fixture.pending, bytes, sources, &mut MemoryNonces::new(), fixture.now);
    one_decision(decision.document());
    assert_safe_to_look_at(&decision.explain());
    assert_eq!(decision.accepted().is_some(), decision.reasons().is_empty());
    decision.outcome()
}

/// An error is short, safe to show, names a line that there is, and has one of four codes.
fn refused(error: &FileError, text: &str) {
    let said = error.to_string();
    assert_safe_to_look_at(&said);
    assert!(said.len() <= MAX_ERROR_BYTES && !said.contains('\n'), "{said}");
    let known = [Reason::TooLarge, Reason::FileSyntax, Reason::FileKey, Reason::FileValue];
    assert!(known.contains(&error.reason()));
    assert_eq!(error.reason() == Reason::TooLarge, text.len() > MAX_FILE_BYTES);
    if let FileError::Syntax { line, .. } | FileError::Key { line, .. } | FileError::Value { line, .. } =
        error
    {
        assert!(*line >= 1 && *line <= text.lines().count() + 1, "line {line}");
    }
}

/// Files that can be used, with every key, and the presets.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let did = fixture.signer.did();
    let key = did.as_str().trim_start_matches("did:key:");
    let history = "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example";
    let trust = format!(
        r#"v = 0

[[trust]]
name = "The shop"
issuer = "{did}"
market = "shop"
roles = "any"
types = ["rating", "standing", "private"]
group = "shops"

[[trust]]
key = "{key}"
market = "other-shop"
roles = ["seller", "buyer"]
types = ["standing"]
epoch_seconds = 3600
frozen_after = 2968

[[trust]]
issuer = "{history}"
market = "webvh-shop"
roles = ["seller"]
types = ["private"]

[[key]]
did = "{history}"
id = "{history}#key-1"
key = {{ kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }}
from = "2024-01-01T00:00:00Z"
until = "2027-01-01T00:00:00Z"

[[notice]]
issuer = "{did}"
market = "shop"
what = "new_owner"
from = "2026-11-01"
"#
    );
    let mut seeds = vec![trust.into_bytes()];
    seeds.extend(POLICIES.iter().map(|text| text.as_bytes().to_vec()));
    seeds
}

/// Policies: the presets, and others with every key.
const POLICIES: &[&str] = &[
    include_str!("../../../examples/policies/rental.toml"),
    include_str!("../../../examples/policies/ride.toml"),
    include_str!("../../../examples/policies/second-hand.toml"),
    "v = 0",
    "v = 0\nname = \"Flats\"\nissuer_gone = \"last_known\"\nstatus_max_age = 3600\nstanding_max_epochs = 0\n[markets]\nof = [\"shop\", \"beta\"]\nat_least = 2\n[standing]\nrole = \"seller\"\nrecent = true\nratings_at_least = 2\npeople_at_least = 2\nmean_at_least = 875\nlowest_at_most_percent = 2\ndays_at_least = 30\n[newcomer]\nbelow = 3\nthen = \"refuse\"\n[ratings]\nat_least = 2\ncomplete = false\nrole = \"seller\"\ndisclose = [\"day\", \"comment\"]\n",
    "v = 0\n[private]\nrole = 'seller'\nmilestones = ['count>=50', 'mean>=875', 'tenure>=1y']\n",
    "v = 0\n[on]\nwithdrawn = 'note'\nwithdrawn_over_percent = 5\ndisputed = 'undecided'\ndisputed_over = 1\nnew_owner = 'refuse'\nclosed = 'accept'\nstale = 'refuse'\nunknown = 'refuse'\ncontested = 'undecided'\n",
    "v = 0\nstanding.mean_at_least = 1_000\nmarkets = { of = [\"\\u0073hop\"] }\n[\"on\"]\n'withdrawn' = \"\"\"refuse\"\"\"\n",
    "v = 0\n[standing]\nmean_at_leest = 1\n",
    "v = 9\n[markets]\nat_least = 18446744073709551615\n",
];
