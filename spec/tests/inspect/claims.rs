//! Parts of the signed objects that stand alone: claims, a query, a stored request, numbers.

use faam_spec::encoding::unb64;
use faam_spec::query::{LedgerQuery, Query};

use super::*;

/// The text of the payload between the dots.
fn payload(jws: &str) -> &str {
    jws.split('.').nth(1).unwrap()
}

/// Shows claims as JSON and as the text that is signed: no reader takes them alone.
#[track_caller]
fn tells_claims(jws: &str, kind: &str, wanted: &[(&str, String)]) {
    let text = payload(jws);
    let json = unb64(text, "payload").unwrap();
    for (input, form) in [(text.as_bytes(), "base64url, as it is signed"), (&json, "JSON")] {
        let run = show(input);
        assert_eq!(run.status, 0, "{}{}", run.out, run.err);
        for line in [format!("object: {kind}"), "reader: none".into(), format!("form: {form}")] {
            assert!(run.out.contains(&line), "{line} in {}", run.out);
        }
        let shown = show_json(input);
        assert_eq!((&shown["kind"], &shown["reader"]["verdict"]), (&j!(kind), &j!("none")));
        for (name, text) in wanted {
            let mut found = Vec::new();
            told(&shown, name, &mut found);
            assert!(found.contains(text), "{name}: {found:?}");
        }
    }
}

#[test]
fn claims_are_shown_without_their_signature() {
    let world = World::new();
    let none = ("signature", "none stands here: anybody can have written this".to_owned());
    let rating = [none.clone(), ("leaf", leaf(&world, 0))];
    tells_claims(world.ratings[0].jwt(), "claims of a rating", &rating);
    assert!(show(payload(world.ratings[0].jwt())).out.contains("hidden or decoy  (7 digests)"));
    let head = ("account head", world.head.leaf().unwrap().to_string());
    tells_claims(world.standing.jwt(), "claims of a plain standing", &[none.clone(), head]);
    let week = ("epoch", "2026-47".to_owned());
    tells_claims(world.record.as_str(), "claims of an epoch record", &[none.clone(), week]);
    let set = ("first that are not 0", "9=1".to_owned());
    tells_claims(world.list.as_str(), "claims of a status list", &[none.clone(), set]);
    tells_claims(world.request.as_str(), "claims of a request", std::slice::from_ref(&none));
    let bound = world.bound(&world.ratings[0]).to_text();
    tells_claims(bound.rsplit_once('~').unwrap().1, "claims of a key binding", std::slice::from_ref(&none));
    let peer = PeerId::from_public_key([3; 32]);
    let terms = Terms {
        v: 0,
        iss: world.signer.did().clone(),
        market: world.market.clone(),
        capability: Capability::from_bytes([4; 16]),
        challenge: "c".into(),
        node: peer,
        wallet: peer,
    };
    let terms = terms.sign(&world.signer).unwrap();
    tells_claims(&terms, "claims of an offer's terms", std::slice::from_ref(&none));
    let decision = DecisionDocument {
        v: 0,
        request: world.request.digest(),
        at: world.now,
        outcome: Outcome::Accepted,
        reasons: Vec::new(),
        facts: Vec::new(),
        not_covered: Vec::new(),
        policy: None,
        notes: Vec::new(),
        notices: Vec::new(),
        sources: Vec::new(),
        remember: Remember::default(),
        conflict: Vec::new(),
        private: Vec::new(),
        same_holder: None,
    };
    let shown = world.presentation().to_bytes().unwrap();
    let receipt = Receipt::new(&world.request, &shown, &decision).sign(&world.signer).unwrap();
    tells_claims(&receipt, "claims of a receipt", &[none]);
}

#[test]
fn broken_claims_are_refused_and_shown() {
    let world = World::new();
    let json = |jws: &str| -> Value { serde_json::from_slice(&unb64(payload(jws), "p").unwrap()).unwrap() };
    let mut record = json(world.record.as_str());
    record["v"] = j!(1);
    let out = refused(record.to_string(), "unsupported.version");
    assert!(out.contains("claims of an epoch record") && out.contains("version: 1"), "{out}");
    let mut rating = json(world.ratings[0].jwt());
    rating["entry"]["value"] = j!(11);
    refused(rating.to_string(), "malformed");
    let mut list = json(world.list.as_str());
    list["status_list"]["bits"] = j!(3);
    refused(list.to_string(), "status.invalid");
    let mut request = json(world.request.as_str());
    request["dcql_query"]["credentials"] = j!([]);
    refused(request.to_string(), "request.unreadable");
    let twice = record.to_string().replacen('{', "{\"v\":0,", 1);
    let out = refused(&twice, "malformed.json");
    assert!(out.contains("this name stands here twice"), "{out}");
    // A credential of others is none of Faam's, whatever members it has.
    let mut other = rating;
    other["vct"] = j!("https://example.org/rating");
    refused(other.to_string(), "malformed");
    refused(b64(r#"{"a":1}"#), "malformed");
}

#[test]
fn a_query_tells_what_it_asks_for() {
    let world = World::new();
    let query = Value::from(Query::ratings(world.market.clone(), 3).unwrap());
    let wanted = [("markets", "alpha".to_owned()), ("issuers", "any".into()), ("ratings", "a choice".into())];
    tells(query.to_string(), "DCQL query", &wanted);
    assert!(show(query.to_string()).out.contains("ratings: a choice  (at least 3)"));
    let anybody = LedgerQuery { standing: "s".into(), markets: vec![], issuers: vec![], ratings: None };
    let query = Value::from(Query::new(vec![anybody]).unwrap());
    tells(query.to_string(), "DCQL query", &[("markets", "any".into()), ("ratings", "none".into())]);
    let mut more = query;
    more["credential_sets"] = j!([]);
    let out = refused(more.to_string(), "request.unreadable");
    assert!(out.contains("credential_sets") && !out.contains("  asks for\n"), "{out}");
}

#[test]
fn a_stored_request_is_shown_with_the_request_in_it() {
    let world = World::new();
    let stored = |v: u64, request: &str| j!({"v": v, "request": request}).to_string();
    let digest = ("request digest", world.request.digest().to_string());
    tells(stored(0, world.request.as_str()), "stored request", &[digest]);
    refused(stored(1, world.request.as_str()), "unsupported.version");
    let (signed, _) = world.request.as_str().rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", b64([0; 64]));
    let out = refused(stored(0, &forged), "invalid.signature");
    assert!(out.contains("signature: invalid: invalid.signature"), "{out}");
}

#[test]
fn numbers_are_judged_as_far_as_they_can_be_true() {
    let world = World::new();
    let numbers = world.ledger.numbers(world.now.day());
    tells(json(&numbers).unwrap(), "numbers of a ledger", &[]);
    let mut more = serde_json::to_value(&numbers).unwrap();
    more["total"]["all"]["ratings"] = j!(3);
    refused(more.to_string(), "standing.numbers");
    more["total"]["all"]["ratings"] = j!("3");
    refused(more.to_string(), "malformed");
}
