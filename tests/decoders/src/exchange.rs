//! Asking and answering: requests, presentations, judging them, decisions and receipts.

use core::cell::Cell;

use faam_spec::decision::{DecisionDocument, HolderDecision, Outcome};
use faam_spec::domain::{TYP_EPOCH, TYP_RECEIPT, TYP_REQUEST, TYP_SD_JWT_VC, TYP_STATUS_LIST};
use faam_spec::encoding::{b64, json, parse_value};
use faam_spec::limits::{MAX_OUTCOME_BYTES, MAX_PRESENTATION_BYTES, MAX_REQUEST_BYTES};
use faam_spec::presentation::{self as presentations, Presentation};
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::receipt::{Receipt, shown_in};
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::standing::Statement;
use faam_spec::tree::Tree;
use faam_spec::wire::PresentOutcome;
use faam_verifier::{Decision, MemoryNonces, Pending, explain, finish as judge};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use crate::fixture::fixture;
use crate::form::{assert_safe_to_look_at, has_null, one_form};
use crate::signing::{as_signed, payload_of_jws, sign_bytes};

/// Requests and their queries.
pub fn request(bytes: &[u8]) {
    let fixture = fixture();
    if let Ok(value) = parse_value(bytes, MAX_REQUEST_BYTES, "fuzz") {
        let _ = queried(&value);
    }
    let stored = Pending::from_bytes(bytes, &fixture.histories, fixture.now);
    if let Ok(pending) = stored {
        let again = Pending::from_bytes(&pending.to_bytes().unwrap(), &fixture.histories, fixture.now);
        assert_eq!(again.as_ref(), Ok(&pending));
    }
    for text in as_signed(bytes, TYP_REQUEST, "client_id", &fixture.verifier) {
        let Ok(signed) = SignedRequest::open(&text, &fixture.histories, fixture.now) else { continue };
        assert_eq!(signed.as_str(), text);
        let received = payload_of_jws(&text, TYP_REQUEST);
        assert!(received["faam"].is_object() && !has_null(&received["faam"]), "one form: {received}");
        assert_eq!(queried(&received["dcql_query"]).as_ref(), Some(&signed.request().ask.query));
        let said = signed.request();
        assert!(said.ask.check().is_ok());
        assert!(signed.check_open(said.expires).is_err() && signed.check_open(said.issued).is_ok());
        let _ = shown_in(&signed, &fixture.presentation_bytes);
        // The verifier that asks this signs the same.
        let mut rng = StdRng::seed_from_u64(1);
        let Some(peer) = said.peer() else { continue };
        let again = SignedRequest::sign(said.ask.clone(), peer, &fixture.verifier, said.issued, &mut rng);
        let Ok(again) = again else { continue };
        assert_eq!(again.request().ask, said.ask);
        let opened = SignedRequest::open(again.as_str(), &fixture.histories, said.issued);
        assert_eq!(opened.as_ref(), Ok(&again));
    }
}

/// A query is written in one way, and everything in it that is an object was one.
fn queried(value: &Value) -> Option<Query> {
    let query = Query::try_from(value.clone()).ok()?;
    let written = Value::from(query.clone());
    assert_eq!(Query::try_from(written.clone()).as_ref(), Ok(&query));
    assert_eq!(serde_json::to_value(&query).unwrap(), written);
    assert!(!has_null(value), "null is not a value: {value}");
    for credential in value["credentials"].as_array().expect("it was read") {
        assert!(credential["meta"].is_object(), "an object is no array: {value}");
        assert!(credential.get("faam").is_none_or(Value::is_object), "an object is no array: {value}");
        let claims = credential.get("claims").and_then(Value::as_array).into_iter().flatten();
        assert!(claims.into_iter().all(Value::is_object), "an object is no array: {value}");
    }
    Some(query)
}

/// Presentations, before anything of them is verified.
pub fn presentation(bytes: &[u8]) {
    let fixture = fixture();
    let shown = shown_in(fixture.pending.request(), bytes);
    assert_eq!(shown.len(), fixture.pending.request().request().ask.query.ledgers().len());
    let Ok(presentation) = Presentation::parse(bytes) else {
        assert!(shown.iter().all(|shown| shown.ratings == 0 && shown.market.is_none()));
        return;
    };
    let written = presentation.to_bytes().unwrap();
    assert!(written.len() <= bytes.len());
    assert_eq!(one_form::<Presentation>(&written, MAX_PRESENTATION_BYTES).as_ref(), Some(&presentation));
    assert_eq!(shown_in(fixture.pending.request(), &written), shown);
    assert_eq!(presentations::hash(bytes) == presentations::hash(&written), bytes == written);
}

/// The verifier's judgement of any answer to its request, and of answers whose parts a lying market and its holder sign.
///
/// In JSON that is not a presentation because credentials, records or lists stand in it as objects, each such object is signed: see
/// [`crate::inputs`] for what this looks like.
pub fn finish(bytes: &[u8]) {
    judged(bytes);
    if let Ok(value) = parse_value(bytes, MAX_PRESENTATION_BYTES, "fuzz")
        && let Some(signed) = signed_through(value)
    {
        judged(signed.to_string().as_bytes());
    }
}

fn judged(bytes: &[u8]) -> Decision {
    let fixture = fixture();
    let (pending, now) = (&fixture.pending, fixture.now);
    let mut nonces = MemoryNonces::new();
    let decision = judge(pending, bytes, &fixture.sources, &mut nonces, now);
    let document = decision.document();
    one_decision(document);
    assert_eq!(decision.accepted().is_some(), document.reasons.is_empty());
    assert_eq!(document.facts.is_empty(), decision.accepted().is_none());
    for facts in &document.facts {
        let all = facts.numbers.total.all.ratings;
        assert_eq!(
            u64::try_from(facts.shown.len()).unwrap() + facts.not_shown,
            all,
            "shown and not shown are all"
        );
        assert!(!facts.complete || facts.not_shown == 0, "complete, and asked for all roles");
    }
    // Again it is the same, but once accepted it is used up.
    let again = judge(pending, bytes, &fixture.sources, &mut nonces, now);
    match decision.outcome() {
        Outcome::Accepted => assert_eq!(again.reasons().first().map(|why| why.code), Some(Reason::NonceUsed)),
        _ => assert_eq!(again, decision),
    }
    let late = judge(pending, bytes, &fixture.sources, &mut MemoryNonces::new(), now.plus(600));
    assert_eq!(late.reasons().first().map(|why| why.code), Some(Reason::RequestExpired));
    let receipt = Receipt::new(pending.request(), bytes, document).sign(&fixture.verifier).unwrap();
    let opened = Receipt::open(&receipt, pending.request(), bytes, &fixture.histories, now);
    assert!(opened.is_ok_and(|opened| opened.outcome == document.outcome));
    decision
}

/// Whether the verifier accepts this, its parts signed where they stand as objects. For telling that a seed reaches as far as it should.
#[cfg(test)]
pub(crate) fn is_accepted(bytes: &[u8]) -> bool {
    let value = parse_value(bytes, MAX_PRESENTATION_BYTES, "fuzz").unwrap();
    let bytes = signed_through(value).map_or_else(|| bytes.to_vec(), |value| value.to_string().into_bytes());
    judged(&bytes).accepted().is_some()
}

/// A presentation with its parts as objects, signed from the inside out: lists, then the record that names them and the accounts, then the
/// standing that names the record, then the holder's bindings. None if nothing in it stood as an object.
fn signed_through(mut value: Value) -> Option<Value> {
    let fixture = fixture();
    let count = Cell::new(0_usize);
    let sign = |payload: &Value, typ: &str| {
        count.set(count.get() + 1);
        sign_bytes(payload.to_string().as_bytes(), typ, &fixture.signer)
    };
    let mut records = Map::new();
    let statements: Map<String, Value> = value.get("vp_token")?.as_object()?.clone();
    for ledger in value.get_mut("ledgers")?.as_array_mut()? {
        let mut lists = Vec::new();
        for list in ledger.get_mut("status").and_then(Value::as_array_mut).into_iter().flatten() {
            if list.is_object() {
                let text = sign(list, TYP_STATUS_LIST);
                let hash = faam_spec::hash::Hash::of(faam_spec::domain::HASH_STATUS, text.as_bytes());
                lists.push((list.get("sub").cloned(), json!(hash)));
                *list = Value::String(text);
            }
        }
        let name = ledger.get("standing").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(record) = ledger.get_mut("record").filter(|record| record.is_object()) else { continue };
        for named in record.get_mut("status").and_then(Value::as_array_mut).into_iter().flatten() {
            let hash = lists.iter().find(|(sub, _)| sub.as_ref() == named.get("uri"));
            if let (Some((_, hash)), Some(named)) = (hash, named.as_object_mut()) {
                named.insert("hash".into(), hash.clone());
            }
        }
        // One account in the tree, the one of the statement, whatever it says.
        let statement = statements.get(&name).and_then(|list| list.pointer("/0/payload/standing"));
        let statement = statement.and_then(|said| serde_json::from_value::<Statement>(said.clone()).ok());
        if let Some(leaf) = statement.and_then(|statement| statement.account_head().leaf().ok()) {
            let tree = Tree::of([&leaf]);
            record.as_object_mut()?.insert("accounts".into(), json!(tree.head()));
            let text = sign(record, TYP_EPOCH);
            let hash = faam_spec::hash::Hash::of(faam_spec::domain::HASH_EPOCH, text.as_bytes());
            records.insert(name, json!(hash));
            *record = Value::String(text);
            ledger.as_object_mut()?.insert("account".into(), json!({"at": 0, "path": tree.prove(0)}));
        }
    }
    for (id, credentials) in value.get_mut("vp_token")?.as_object_mut()? {
        for credential in credentials.as_array_mut()? {
            let Some(mut payload) = credential.get("payload").cloned() else { continue };
            if let (Some(hash), Some(said)) =
                (records.get(id), payload.get_mut("standing").and_then(Value::as_object_mut))
            {
                said.insert("record".into(), hash.clone());
            }
            let disclosures: Vec<Disclosure> = credential
                .get("disclosures")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|parts| Disclosure::parse(&b64(json(parts).ok()?)).ok())
                .collect();
            let jwt = sign(&payload, TYP_SD_JWT_VC);
            let request = fixture.pending.request().request();
            let aud = request.verifier.client_id();
            let bound =
                SdJwt::from_parts(jwt, disclosures).bind(&fixture.holder, &aud, &request.nonce, fixture.now);
            *credential = Value::String(bound.ok()?.to_text());
        }
    }
    (count.get() > 0).then_some(value)
}

/// Decisions as documents, what goes back to the holder, and receipts.
pub fn decision(bytes: &[u8]) {
    const LIMIT: usize = MAX_PRESENTATION_BYTES;
    let fixture = fixture();
    if let Some(document) = one_form::<DecisionDocument>(bytes, LIMIT) {
        one_decision(&document);
    }
    one_form::<HolderDecision>(bytes, MAX_OUTCOME_BYTES);
    one_form::<PresentOutcome>(bytes, MAX_OUTCOME_BYTES);
    one_form::<Outcome>(bytes, MAX_OUTCOME_BYTES);
    let (asked, answer) = (fixture.pending.request(), fixture.presentation_bytes.as_slice());
    for text in as_signed(bytes, TYP_RECEIPT, "iss", &fixture.verifier) {
        let Ok(receipt) = Receipt::open(&text, asked, answer, &fixture.histories, fixture.now) else {
            continue;
        };
        assert_eq!(serde_json::to_value(&receipt).unwrap(), payload_of_jws(&text, TYP_RECEIPT), "one form");
        let again = receipt.sign(&fixture.verifier).unwrap();
        let opened = Receipt::open(&again, asked, answer, &fixture.histories, fixture.now);
        assert_eq!(opened.as_ref(), Ok(&receipt));
        assert!(Receipt::open(&text, asked, b"{}", &fixture.histories, fixture.now).is_err());
        assert!(receipt.delete_by.since(fixture.now) <= 31 * 86_400);
    }
}

pub(crate) fn one_decision(document: &DecisionDocument) {
    let text = json(document).unwrap();
    assert_eq!(one_form::<DecisionDocument>(&text, text.len()).as_ref(), Some(document));
    assert_safe_to_look_at(&explain(document));
    let told = document.for_holder();
    assert_eq!((told.outcome, told.at, &told.reasons), (document.outcome, document.at, &document.reasons));
    assert_eq!(document.exit() == faam_spec::exit::Exit::Ok, document.outcome == Outcome::Accepted);
}
