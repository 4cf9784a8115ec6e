//! What travels between wallets and nodes, whole: the object, and everything signed that stands in it.

use serde_json::Value;

use crate::signed::decoded;
use crate::{assert_credential, assert_jws, assert_valid, parts};

/// Compares the head of a message, a frame's payload, with schema `name`; gives head and body.
///
/// # Panics
/// If the head is not valid, or what is signed in it.
#[track_caller]
pub fn assert_message<'a>(name: &str, payload: &'a [u8]) -> (Value, &'a [u8]) {
    let (length, rest) = payload.split_first_chunk::<4>().unwrap();
    let (head, body) = rest.split_at(u32::from_be_bytes(*length).try_into().unwrap());
    let head: Value = serde_json::from_slice(head).unwrap();
    assert_valid(name, &head);
    if let Some(terms) = head.get("terms").and_then(Value::as_str) {
        assert_jws("terms", "faam-terms+jwt", terms);
    }
    (head, body)
}

/// Compares a signed request with its schema.
///
/// # Panics
/// If it is not valid.
#[track_caller]
pub fn assert_request(body: &[u8]) {
    assert_jws("request", "oauth-authz-req+jwt", core::str::from_utf8(body).unwrap());
}

/// Compares an offer and everything in it with their schemas.
///
/// # Panics
/// If something is not valid.
#[track_caller]
pub fn assert_offer(bytes: &[u8]) {
    let offer: Value = serde_json::from_slice(bytes).unwrap();
    assert_valid("offer", &offer);
    for entry in items(&offer, "entries") {
        assert_disclosures(&entry["record"]);
        if let Some(jwt) = entry.get("jwt") {
            assert_jws("rating", "dc+sd-jwt", text(jwt));
        }
    }
    for renewed in items(&offer, "renewed") {
        assert_jws("rating", "dc+sd-jwt", text(&renewed["jwt"]));
    }
    assert_credential("standing", text(&offer["standing"]));
    assert_jws("epoch-record", "faam-epoch+jwt", text(&offer["record"]));
    assert_lists(&offer);
}

/// Compares a presentation and everything in it with their schemas.
///
/// # Panics
/// If something is not valid.
#[track_caller]
pub fn assert_presentation(bytes: &[u8]) {
    let presentation: Value = serde_json::from_slice(bytes).unwrap();
    assert_valid("presentation", &presentation);
    let private = items(&presentation, "private");
    for shown in private {
        assert_jws("epoch-record", "faam-epoch+jwt", text(&shown["record"]));
    }
    // Proofs of private standings are bytes alone, of which the schema tells the length.
    let credentials = presentation["vp_token"].as_object().unwrap().values().filter(|_| private.is_empty());
    for shown in credentials {
        for credential in shown.as_array().unwrap() {
            let credential = text(credential);
            let (_, payload) = parts(credential.split('~').next().unwrap());
            let name = if payload["vct"] == "urn:faam:rating:0" { "rating" } else { "standing" };
            assert_credential(name, credential);
        }
    }
    for proof in items(&presentation, "ledgers") {
        assert_jws("epoch-record", "faam-epoch+jwt", text(&proof["record"]));
        assert_lists(proof);
        for reply in items(proof, "replies") {
            assert_disclosures(&reply["record"]);
        }
    }
}

/// Compares the outcome of a presentation and its receipt with their schemas.
///
/// # Panics
/// If one is not valid.
#[track_caller]
pub fn assert_outcome(body: &[u8]) {
    let outcome: Value = serde_json::from_slice(body).unwrap();
    assert_valid("outcome", &outcome);
    assert_jws("receipt", "faam-receipt+jwt", text(&outcome["receipt"]));
}

#[track_caller]
fn assert_lists(object: &Value) {
    for list in items(object, "status") {
        assert_jws("status-list", "statuslist+jwt", text(list));
    }
}

#[track_caller]
fn assert_disclosures(record: &Value) {
    for disclosure in items(record, "disclosures") {
        assert_valid("disclosure", &decoded(text(disclosure)));
    }
}

/// The items of a member that may be absent.
fn items<'a>(object: &'a Value, member: &str) -> &'a [Value] {
    object.get(member).map_or(&[], |list| list.as_array().unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
