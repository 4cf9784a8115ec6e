//! Offers, terms, redeeming: `spec/text/offer.md`.

mod accepted;
mod arrival;
mod credentials;
mod epochs;
mod heads;
mod ledger;
mod lists;
mod market;
mod order;
mod private;
mod renewing;
mod terms;

use faam_spec::encoding::b64;
use faam_spec::key::VerifyingKey;
use faam_spec::offer::Offer;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

use self::market::{Market, holder};
use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("offer");
    accepted::cases(&mut cases);
    arrival::cases(&mut cases);
    epochs::cases(&mut cases);
    ledger::cases(&mut cases);
    heads::cases(&mut cases);
    credentials::cases(&mut cases);
    lists::cases(&mut cases);
    terms::cases(&mut cases);
    renewing::cases(&mut cases);
    private::cases(&mut cases);
    order::cases(&mut cases);
    cases.done()
}

fn key(key: &VerifyingKey) -> Value {
    json!({"base64url": b64(key.to_bytes())})
}

fn text(offer: &Offer) -> String {
    String::from_utf8(offer.to_bytes().unwrap()).unwrap()
}

/// An offer of `market` to the wallet.
fn receiving(market: &Market, offer: &Offer) -> Value {
    with_text(market, json!(text(offer)))
}

/// As [`receiving`], with the offer's text as it stands.
fn with_text(market: &Market, text: Value) -> Value {
    json!({
        "operation": "offer", "offer": text, "issuer": market.did(), "market": market.name, "holder": key(&holder()),
    })
}

/// As [`receiving`], after the wallet took other offers, each at its time.
fn after(market: &Market, held: &[(&Offer, Timestamp)], offer: &Offer) -> Value {
    let mut input = receiving(market, offer);
    let held = held.iter().map(|(offer, now)| held_by(&holder(), offer, *now));
    input["held"] = held.collect();
    input
}

fn held_by(holder: &VerifyingKey, offer: &Offer, now: Timestamp) -> Value {
    json!({"offer": text(offer), "holder": key(holder), "now": now})
}
