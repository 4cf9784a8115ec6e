//! SD-JWT, ratings, plain standings and key bindings: `spec/text/credentials.md`.

mod binding;
mod claims;
mod digests;
mod disclosures;
mod rating;
mod sizes;
mod standing;

use serde_json::{Value, json};

use super::Cases;
use super::fixtures_signed::{Signed, did, digest, folded, issuer};
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("credentials");
    sizes::cases(&mut cases);
    disclosures::cases(&mut cases);
    digests::cases(&mut cases);
    claims::cases(&mut cases);
    rating::cases(&mut cases);
    standing::cases(&mut cases);
    binding::cases(&mut cases);
    cases.done()
}

/// The type of a credential that is none of ours; what holds of every SD-JWT is shown with it.
const VCT: &str = "https://credentials.example/membership";

/// A credential of that type with these claims beside `iss` and `vct`, which shows these disclosures.
fn any(claims: Value, disclosures: &[&String]) -> Signed {
    let mut payload = json!({"iss": did(&issuer()), "vct": VCT});
    payload.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let disclosures = disclosures.iter().map(|text| (*text).clone()).collect();
    Signed { disclosures, ..Signed::new("dc+sd-jwt", payload, issuer()) }
}

/// The same, of which every disclosure has its digest at the top.
fn top(disclosures: &[&String]) -> Signed {
    let digests: Vec<String> = disclosures.iter().map(|text| digest(text)).collect();
    any(json!({"_sd": digests}), disclosures)
}

fn read(it: &Signed) -> Value {
    read_text(&it.text())
}

fn read_text(text: &str) -> Value {
    let value = folded(text);
    let plain = value["concat"].as_array().is_some_and(|parts| parts.len() == 1);
    json!({"operation": "sd_jwt", "vct": VCT, "text": if plain { json!(text) } else { value }})
}

/// The same, and what the disclosures make of the claims.
fn read_as(it: &Signed, claims: Value) -> Value {
    let mut input = read(it);
    let mut all = json!({"iss": it.payload["iss"], "vct": VCT});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    input["claims"] = all;
    input
}
