//! Requests answered by HTTP, without HTTP: one question in two forms, one nonce, one decision.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Node, Wallet};
use faam_node::core::{NewRequest, RequestState};
use faam_spec::decision::Outcome;
use faam_spec::hash::Capability;
use faam_spec::key::PublicKey;
use faam_spec::offer::Offer;
use faam_spec::openid4vp::{VpRequest, presentation_of, to_form};
use faam_spec::presentation::Presentation;
use faam_spec::reason::Reason;
use faam_spec::receipt::Receipt;
use faam_spec::request::SignedRequest;
use faam_spec::wire::PresentOutcome;

/// A verifier that takes answers by HTTP, and a wallet with what a market offered.
fn two() -> (Node, Wallet, Offer) {
    let mut market = Node::market();
    let mut verifier = Node::verifier(&market);
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let received = wallet.receive(&mut market, &offer);
    verifier.with(|core, _| core.set_web(Some("https://verifier.example/vp/".parse().unwrap())));
    (verifier, wallet, received)
}

fn fetch(verifier: &mut Node, request: &NewRequest) -> Result<SignedRequest, Reason> {
    let capability = request.link.capability();
    let key: PublicKey = request.link.did().own_key().unwrap().into();
    let now = verifier.now;
    let text = verifier.with(|core, turn| core.request_to_post(turn, capability));
    text.map(|text| SignedRequest::open_post(&text, &key, now).unwrap()).map_err(|error| error.reason())
}

fn post(
    verifier: &mut Node,
    request: &NewRequest,
    state: &str,
    bytes: &[u8],
) -> Result<PresentOutcome, Reason> {
    let capability = request.link.capability();
    let told = verifier.with(|core, turn| core.answer_posted(turn, capability, state, bytes));
    told.map(|told| serde_json::from_slice(&told).unwrap()).map_err(|error| error.reason())
}

/// The same presentation as it comes out of a form.
fn posted(bytes: &[u8]) -> Vec<u8> {
    let (vp_token, faam) = to_form(&Presentation::parse(bytes).unwrap()).unwrap();
    presentation_of(&vp_token, Some(&faam)).unwrap()
}

fn decided(verifier: &mut Node, request: &NewRequest) -> Outcome {
    match verifier.state(request.id) {
        Some(RequestState::Decided { decision, .. }) => decision.outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_by_http_becomes_the_same_decision_with_a_receipt() {
    let (mut verifier, wallet, held) = two();
    let request = verifier.request();
    let link = request.openid4vp.clone().unwrap();
    assert_eq!(link.client().client_id(), request.link.did().client_id());
    let VpRequest::At(address) = link.request() else { panic!("{link:?}") };
    let capability = request.link.capability();
    assert_eq!(address.as_str(), format!("https://verifier.example/vp/request/{capability}"));
    let signed = fetch(&mut verifier, &request).unwrap();
    let to = signed.request().post().unwrap().clone();
    assert_eq!(to.uri.as_str(), format!("https://verifier.example/vp/response/{capability}"));
    assert_eq!(fetch(&mut verifier, &request).unwrap(), signed, "whoever asks again gets the same text");
    let bytes = posted(&wallet.answer(&held, &signed, verifier.now));
    let told = post(&mut verifier, &request, &to.state.unwrap(), &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Accepted, "{:?}", told.decision.reasons);
    let receipt = Receipt::open(&told.receipt, &signed, &bytes, &Default::default(), verifier.now).unwrap();
    assert_eq!((receipt.request, receipt.outcome), (signed.digest(), Outcome::Accepted));
    assert_eq!(decided(&mut verifier, &request), Outcome::Accepted);
    verifier.restart();
    assert_eq!(decided(&mut verifier, &request), Outcome::Accepted);
}

//= spec/text/openid4vp.md#REQ-VP-19
//= type=test
//# Of the answers to a question, by whichever way they come, one MUST be judged
#[test]
fn a17_one_answer_counts_by_whichever_way_it_comes() {
    for first_by_http in [true, false] {
        let (mut verifier, wallet, held) = two();
        let request = verifier.request();
        let (by_peer, by_http) =
            (wallet.fetch_request(&mut verifier, &request).unwrap(), fetch(&mut verifier, &request).unwrap());
        let state = by_http.request().post().unwrap().state.clone().unwrap();
        assert_eq!(by_peer.request().nonce, by_http.request().nonce);
        let now = verifier.now;
        let bytes = wallet.answer(&held, &by_peer, now);
        let over_http = posted(&wallet.answer(&held, &by_http, now));
        let used = Err(Reason::NonceUsed);
        if first_by_http {
            let told = post(&mut verifier, &request, &state, &over_http).unwrap();
            assert_eq!(told.decision.outcome, Outcome::Accepted);
            assert_eq!(post(&mut verifier, &request, &state, &over_http).unwrap(), told, "told again");
            assert_eq!(wallet.present(&mut verifier, &request, &bytes).map(drop), used);
        } else {
            let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
            assert_eq!(told.decision.outcome, Outcome::Accepted);
            assert_eq!(post(&mut verifier, &request, &state, &over_http).map(drop), used);
        }
        assert_eq!(fetch(&mut verifier, &request).map(drop), used);
        assert_eq!(decided(&mut verifier, &request), Outcome::Accepted);
    }
}

//= spec/text/openid4vp.md#REQ-VP-17
//= type=test
//# `state` MUST be that of the request
#[test]
fn a17_foreign_states_and_capabilities_are_refused_and_use_nothing_up() {
    let (mut verifier, wallet, held) = two();
    let (request, other) = (verifier.request(), verifier.request());
    let signed = fetch(&mut verifier, &request).unwrap();
    let state = signed.request().post().unwrap().state.clone().unwrap();
    let bytes = posted(&wallet.answer(&held, &signed, verifier.now));
    for wrong in ["", "x", &other.id.to_string(), &state.to_uppercase(), &format!("{state} ")] {
        assert_eq!(
            post(&mut verifier, &request, wrong, &bytes).map(drop),
            Err(Reason::ResponseMalformed),
            "{wrong}"
        );
    }
    let nobody = Capability::from_bytes([9; 16]);
    let unknown = verifier.with(|core, turn| core.answer_posted(turn, nobody, &state, &bytes).map(drop));
    assert_eq!(unknown.unwrap_err().reason(), Reason::RequestUnknown);
    // The answer to one request is none to another: its nonce is another one.
    let told = post(&mut verifier, &other, &other.id.to_string(), &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Refused);
    assert_eq!(told.decision.reasons[0].code, Reason::KeyBindingNonce);
    assert_eq!(post(&mut verifier, &request, &state, &bytes).unwrap().decision.outcome, Outcome::Accepted);
}

#[test]
fn what_wallets_of_others_send_is_refused_with_a_code() {
    let (mut verifier, wallet, held) = two();
    let request = verifier.request();
    let signed = fetch(&mut verifier, &request).unwrap();
    let state = signed.request().post().unwrap().state.clone().unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let (vp_token, _) = to_form(&Presentation::parse(&bytes).unwrap()).unwrap();
    // A standing as it is, without the record and the proof that it is in it.
    let alone = presentation_of(&vp_token, None).unwrap();
    let told = post(&mut verifier, &request, &state, &alone).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Refused);
    assert_eq!(told.decision.reasons[0].code, Reason::QueryUnmet);
    for (vp_token, code) in [
        ("{}", Reason::QueryUnmet),
        ("{\"standing\":[]}", Reason::QueryUnmet),
        ("{\"standing\":[{\"proof\":1}]}", Reason::Malformed),
        ("{\"standing\":\"text\"}", Reason::Malformed),
        ("{\"other\":[\"a~b\"]}", Reason::QueryUnmet),
    ] {
        let request = verifier.request();
        let state = request.id.to_string();
        let bytes = presentation_of(vp_token, None).unwrap();
        let told = post(&mut verifier, &request, &state, &bytes).unwrap();
        assert_eq!(told.decision.outcome, Outcome::Refused, "{vp_token}");
        assert_eq!(told.decision.reasons[0].code, code, "{vp_token}");
        assert_eq!(decided(&mut verifier, &request), Outcome::Refused);
    }
}

#[test]
fn a_request_that_is_over_is_neither_fetched_nor_answered() {
    let (mut verifier, wallet, held) = two();
    let request = verifier.request();
    let signed = fetch(&mut verifier, &request).unwrap();
    let bytes = posted(&wallet.answer(&held, &signed, verifier.now));
    verifier.pass(700);
    assert_eq!(fetch(&mut verifier, &request).map(drop), Err(Reason::RequestExpired));
    let late = post(&mut verifier, &request, &request.id.to_string(), &bytes);
    assert_eq!(late.map(drop), Err(Reason::RequestExpired));
    verifier.with(|core, _| core.set_web(None));
    let silent = verifier.request();
    assert!(silent.openid4vp.is_none());
    assert_eq!(fetch(&mut verifier, &silent).map(drop), Err(Reason::RequestUnknown));
}

//= spec/text/openid4vp.md#REQ-VP-22
//= type=test
//# one to a request that has ended too, unless it was judged within the last 10 minutes
#[test]
fn a46_a_request_that_has_ended_takes_no_answer_to_read() {
    let (mut verifier, wallet, held) = two();
    let worth = |verifier: &mut Node, request: &NewRequest| {
        let capability = request.link.capability();
        verifier.with(|core, turn| core.is_request(turn, capability)).map_err(|error| error.reason())
    };
    let (answered, revoked, expired) = (verifier.request(), verifier.request(), verifier.request());
    for request in [&answered, &revoked, &expired] {
        assert_eq!(worth(&mut verifier, request), Ok(()));
    }
    let signed = fetch(&mut verifier, &answered).unwrap();
    let bytes = posted(&wallet.answer(&held, &signed, verifier.now));
    let state = signed.request().post().unwrap().state.clone().unwrap();
    let told = post(&mut verifier, &answered, &state, &bytes).unwrap();
    verifier.with(|core, turn| core.revoke_request(turn, revoked.id)).unwrap();
    assert_eq!(worth(&mut verifier, &revoked), Err(Reason::RequestRevoked));
    verifier.pass(600);
    assert_eq!(worth(&mut verifier, &expired), Err(Reason::RequestExpired));
    // A wallet that lost the outcome hears it again for a while.
    assert_eq!(worth(&mut verifier, &answered), Ok(()));
    assert_eq!(post(&mut verifier, &answered, &state, &bytes).unwrap(), told);
    verifier.pass(1);
    assert_eq!(worth(&mut verifier, &answered), Err(Reason::NonceUsed));
}
