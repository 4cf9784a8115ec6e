//! Versions: `spec/text/versions.md`.

use std::collections::BTreeMap;

use faam_issuer::{Event, Parts};
use faam_spec::query::Query;
use faam_spec::scale::Score;
use faam_spec::sdjwt::SdJwt;
use serde_json::{Value, json};

use super::fixtures_signed::{Signed, entry, filled, rating, reading, record, request, standing, written};
use super::{Cases, NOW};
use crate::vectors::Vector;
use crate::{Draft, Holder, Market, Verifier};

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("versions");
    first(&mut cases);
    named(&mut cases);
    cases.done()
}

fn entry_with(more: Value) -> Value {
    let mut entry = entry();
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    reading("entry", written(&entry))
}

fn first(cases: &mut Cases) {
    let req = "REQ-VERSION-5";
    let record = record();
    let signed = |it: &Signed| reading("epoch_record", it.jws());
    cases.accept(req, "record", "An epoch record of version 0.", signed(&record));
    cases.accept(req, "entry", "An entry of version 0.", entry_with(json!({})));
    let newer = record.set("", "v", json!(1));
    let statement = standing().set("/standing", "v", json!(1));
    let logged = json!({"entry": {"v": 1}, "disclosures": []});
    for (id, description, input) in [
        ("alone", "An entry that says nothing but its version.", reading("entry", r#"{"v":1}"#)),
        ("more", "A newer entry with a member that is not known.", entry_with(json!({"v": 1, "weight": 3}))),
        (
            "kind",
            "A newer entry of a kind that is not known.",
            entry_with(json!({"v": 1, "kind": "endorsement"})),
        ),
        ("salt", "A newer entry whose salt is longer.", entry_with(json!({"v": 1, "salt": filled(2, 32)}))),
        (
            "salt-base",
            "A newer entry whose salt is in another multibase.",
            entry_with(json!({"v": 1, "salt": "f02"})),
        ),
        (
            "day",
            "A newer entry whose day is a time.",
            entry_with(json!({"v": 1, "day": "2026-10-02T12:00:00Z"})),
        ),
        (
            "digests",
            "A newer entry with more digests than there may be.",
            entry_with(json!({"v": 1, "_sd": vec![entry()["_sd"][0].clone(); 40]})),
        ),
        ("logged", "A record of a newer entry.", reading("record", written(&logged))),
        ("record-lacks", "A newer epoch record without `keys`.", signed(&newer.without("", "keys"))),
        (
            "record-market",
            "A newer epoch record whose market's name is longer.",
            signed(&newer.set("", "market", json!("a".repeat(65)))),
        ),
        (
            "record-epoch",
            "A newer epoch record whose epochs are counted in milliseconds.",
            signed(&newer.set("", "epoch_seconds", json!(604_800_000))),
        ),
        (
            "statement",
            "A standing with a newer statement that has a grade.",
            reading("standing", statement.set("/standing", "grade", json!("good")).text()),
        ),
        (
            "statement-hash",
            "A standing with a newer statement whose hash is of another form.",
            reading("standing", statement.set("/standing", "record", json!("sha-512:00")).text()),
        ),
        (
            "numbers",
            "A standing with a newer statement whose mean is over 1000.",
            reading("standing", statement.set("/standing/numbers/total/all", "mean", json!(1001)).text()),
        ),
        (
            "rating",
            "A rating with a newer entry that has a weight.",
            reading("rating", rating().set("/entry", "v", json!(2)).set("/entry", "weight", json!(3)).text()),
        ),
        (
            "request",
            "A request with newer additions that lack a purpose.",
            reading("request", request().set("/faam", "v", json!(1)).without("/faam", "purpose").jws()),
        ),
        (
            "request-peer",
            "A request with newer additions whose peer is of another form.",
            reading(
                "request",
                request().set("/faam", "v", json!(1)).set("/faam", "peer", json!("k51q")).jws(),
            ),
        ),
    ] {
        cases.refuse(req, &format!("newer-{id}"), "unsupported.version", description, input);
    }
}

/// Presentations, in which a verifier asked for version 0.
fn named(cases: &mut Cases) {
    let req = "REQ-VERSION-6";
    let show = |change: &dyn Fn(&mut Draft, &Market)| {
        let mut market = Market::new("alpha", 5, crate::now());
        let rated = |id: &str, value: i64| Event::Rating {
            id: id.parse().unwrap(),
            account: "kim".parse().unwrap(),
            rater: id.parse().unwrap(),
            role: "seller".parse().unwrap(),
            score: Score::new(value, "1..5".parse().unwrap()).unwrap(),
            at: crate::now().plus(-86_400 * 30),
            parts: Parts { comment: None, category: None, aspects: BTreeMap::new(), amount_band: None },
        };
        market.apply(&[rated("a", 5), rated("b", 2)]);
        market.open_epoch();
        let mut holder = Holder::new(6);
        market.give("kim", &mut holder);
        let mut verifier = Verifier::trusting(&market);
        let pending = verifier.ask(Query::ratings("alpha".parse().unwrap(), 1).unwrap());
        let mut draft = holder.draft(holder.newest(), pending.request(), &[1]);
        change(&mut draft, &market);
        let shown = draft.sign(&holder.key, pending.request(), market.now);
        json!({
            "operation": "presentation", "request": pending.request().as_str(), "asked": NOW,
            "presentation": String::from_utf8(shown.to_bytes().unwrap()).unwrap(),
            "sources": {"trust": [{"issuer": market.signer.did(), "market": "alpha", "roles": "any",
                                   "types": ["rating", "standing"]}]},
        })
    };
    // The same credential with another type, signed again.
    let retyped = |it: &SdJwt, vct: &str, market: &Market| {
        let payload = it.jwt().split('.').nth(1).unwrap();
        let mut payload: Value =
            serde_json::from_slice(&faam_spec::encoding::unb64(payload, "payload").unwrap()).unwrap();
        payload["vct"] = json!(vct);
        let jwt = market.signer.sign(&payload, "dc+sd-jwt").unwrap();
        SdJwt::from_parts(jwt, it.disclosures().to_vec())
    };
    cases.accept(
        req,
        "asked",
        "A standing and a rating of the versions that were asked for.",
        show(&|_, _| ()),
    );
    for (id, description, rating, vct) in [
        ("standing", "A standing of version 1, where version 0 was asked for.", false, "urn:faam:standing:1"),
        ("rating", "A rating of version 1, where version 0 was asked for.", true, "urn:faam:rating:1"),
        ("rating-2", "A rating of version 2, where version 0 was asked for.", true, "urn:faam:rating:2"),
        ("rating-zero", "A rating whose version is written with two digits.", true, "urn:faam:rating:00"),
    ] {
        let input = show(&|draft, market| {
            if rating {
                draft.ratings[0].0 = retyped(&draft.ratings[0].0, vct, market);
            } else {
                draft.standing = retyped(&draft.standing, vct, market);
            }
        });
        cases.refuse(req, &format!("other-{id}"), "invalid.type", description, input).attack("A05");
    }
}
