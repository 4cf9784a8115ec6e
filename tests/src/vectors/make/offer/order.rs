//! Offers in which two things are wrong: the wallet names the one that comes first in the order of the page.

use faam_spec::hash::{Hash, LedgerId};
use faam_spec::offer::Offer;
use serde_json::json;

use super::lists::by_hand;
use super::market::{Market, URI, holder, place, start, stranger};
use super::{receiving, with_text};
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut input = with_text(&market, json!("no offer"));
    input["announced"] = json!({"bytes": 8, "hash": Hash::from_bytes([5; 32])});
    let description = "Another hash than was announced, of bytes that are no JSON: the hash comes first.";
    cases.refuse("REQ-OFFER-1", "order-hash", "offer.transfer", description, input);

    let mut bad = |req: &str, id: &str, code: &str, description: &str, offer: &Offer| {
        cases.refuse(req, &format!("order-{id}"), code, description, receiving(&Market::shop(), offer));
    };
    let other = Market::filled("shop", 2).draft(0, start());
    let offer = Offer { record: "x".into(), ..other.sign() };
    let description =
        "Another issuer than the link named, and a record that is none: the issuer comes first.";
    bad("REQ-OFFER-3", "issuer", "invalid.issuer", description, &offer);

    let mut draft = honest.clone();
    draft.holder = stranger();
    let brought = draft.signed_record().as_str().to_owned();
    draft.record.iat = start().plus(1);
    let offer = Offer { record: brought, ..draft.sign() };
    let description = "Another record than the standing names, and another key: the record comes first.";
    bad("REQ-OFFER-8", "record", "epoch.unknown", description, &offer);

    let mut draft = honest.clone();
    draft.holder = stranger();
    let offer = Offer { ledger: LedgerId::from_bytes([3; 16]), ..draft.sign() };
    let description = "Another key and another ledger: the key comes first.";
    bad("REQ-OFFER-5", "key", "standing.other_holder", description, &offer);

    let mut draft = honest.clone();
    draft.statement.numbers.withdrawn = 1;
    draft.lists = vec!["x".into()];
    let description =
        "Numbers that the entries do not give, and a list that is none: the numbers come first.";
    bad("REQ-OFFER-17", "numbers", "ledger.numbers", description, &draft.sign());

    let mut draft = honest.clone();
    draft.lists = vec![by_hand(&market, URI, "", start())];
    draft.entries[0].jwt = None;
    let description = "A status list without a stream, and a credential too few: the list comes first.";
    bad("REQ-STATUS-2", "list", "status.invalid", description, &draft.sign());

    let mut draft = honest.clone();
    draft.entries[0].jwt = Some(market.jwt(0, &stranger()));
    draft.entries[2].jwt = Some("x~".into());
    let description = "The first credential is for another key, the second is none: the first is read first.";
    bad("REQ-OFFER-5", "credentials", "standing.other_holder", description, &draft.sign());

    let mut draft = honest;
    draft.entries[0].jwt = Some("x".into());
    draft.entries[3].jwt = Some(market.jwt_at(2, &holder(), place(2), URI));
    let description =
        "A credential that is none, and one for what is not live: what is not live comes first.";
    bad("REQ-OFFER-19", "not-live", "ledger.credential", description, &draft.sign());
}
