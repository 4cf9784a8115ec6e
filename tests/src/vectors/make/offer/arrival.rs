//! Bytes, issuer, market and holder: REQ-OFFER-1 to REQ-OFFER-7, and the form of an offer.

use faam_spec::did::{Did, HistoricKey};
use faam_spec::encoding::b64;
use faam_spec::hash::LedgerId;
use faam_spec::key::SigningKey;
use faam_spec::limits::{MAX_OFFER_BYTES, MAX_OFFER_ENTRIES};
use faam_spec::offer::{self, Offer, RenewedRating};
use faam_spec::sdjwt::SdJwt;
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

use super::market::{Market, holder, start, stranger, week};
use super::{after, held_by, key, receiving, text, with_text};
use crate::vectors::long;
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    transfer(cases);
    sizes(cases);
    form(cases);
    issuer(cases);
    moved(cases);
    bound_already(cases);
    holders(cases);
    ledgers(cases);
    early(cases);
}

fn transfer(cases: &mut Cases) {
    let req = "REQ-OFFER-1";
    let mut market = Market::shop();
    let offer = market.offer(0, start());
    let bytes = offer.to_bytes().unwrap();
    let hash = offer::hash(&bytes);
    let other = offer::hash(&market.offer(0, start()).to_bytes().unwrap());
    let plain = faam_spec::hash::Hash::of(b"", &bytes);
    let mut bad = |id: &str, description: &str, size: usize, hash| {
        let mut input = receiving(&market, &offer);
        input["announced"] = json!({"bytes": size, "hash": hash});
        cases.refuse(req, id, "offer.transfer", description, input);
    };
    bad("fewer", "One byte fewer than was announced.", bytes.len() + 1, hash);
    bad("more", "One byte more than was announced.", bytes.len() - 1, hash);
    bad("hash-other", "The hash of another offer was announced.", bytes.len(), other);
    bad(
        "hash-plain",
        "The hash that was announced has no domain string before the bytes.",
        bytes.len(),
        plain,
    );
}

fn sizes(cases: &mut Cases) {
    let req = "REQ-OFFER-2";
    let mut market = Market::shop();
    let draft = market.draft(0, start());
    let offer = text(&draft.sign());
    let mut bad = |id: &str, description: &str, text: Value| {
        cases.refuse(req, id, "too_large", description, with_text(&market, text));
    };
    let padded = json!({"concat": [offer, {"repeat": " ", "times": MAX_OFFER_BYTES + 1 - offer.len()}]});
    bad("large", "An offer with one byte of white space too many.", padded);
    bad("junk", "33,554,433 bytes that are no offer.", long("", "[", MAX_OFFER_BYTES + 1, ""));
    let entry = serde_json::to_string(&draft.entries[1]).unwrap();
    let (before, rest) = offer.split_once(&entry).unwrap();
    let many = json!({"concat": [
        before, entry, {"repeat": format!(",{entry}"), "times": MAX_OFFER_ENTRIES - draft.entries.len() + 1}, rest,
    ]});
    bad("entries", "20,001 entries, one of them again and again; more are not looked at.", many);
    let one = r#"{"index":0,"jwt":""}"#;
    let (before, rest) = offer.split_once(r#""standing":"#).unwrap();
    let many = json!({"concat": [
        format!("{before}\"renewed\":[{one}"), {"repeat": format!(",{one}"), "times": MAX_OFFER_ENTRIES},
        format!("],\"standing\":{rest}"),
    ]});
    bad("renewed", "20,001 renewed credentials, of which none is looked at.", many);
    let list = &draft.lists[0];
    let (before, rest) = offer.split_once(list).unwrap();
    let many = json!({"concat": [
        before, list, {"repeat": format!("\",\"{list}"), "times": 64}, rest,
    ]});
    bad("lists", "65 status lists, of which none is looked at.", many);
}

/// What holds for every object.
fn form(cases: &mut Cases) {
    let mut market = Market::shop();
    let offer = market.offer(0, start());
    let value = serde_json::to_value(&offer).unwrap();
    let mut bad = |req: &str, id: &str, code: &str, description: &str, change: &dyn Fn(&mut Value)| {
        let mut changed = value.clone();
        change(&mut changed);
        assert_ne!(changed, value);
        cases.refuse(req, id, code, description, with_text(&market, json!(changed.to_string())));
    };
    bad("REQ-VERSION-5", "v1", "unsupported.version", "An offer of version 1.", &|offer| {
        offer["v"] = json!(1)
    });
    bad(
        "REQ-VERSION-5",
        "v1-shape",
        "unsupported.version",
        "An offer of version 1, which has other members.",
        &|offer| *offer = json!({"v": 1, "pages": [], "iss": 7}),
    );
    bad("REQ-GEN-7", "extra", "malformed", "A member of no known name.", &|offer| offer["note"] = json!("x"));
    bad("REQ-GEN-7", "no-account", "malformed", "The account's place is missing.", &|offer| {
        offer.as_object_mut().unwrap().remove("account");
    });
    bad("REQ-GEN-9", "renewed-empty", "malformed", "An empty list of renewed credentials.", &|offer| {
        offer["renewed"] = json!([]);
    });
    bad("REQ-GEN-8", "jwt-null", "malformed", "A credential that is null instead of absent.", &|offer| {
        offer["entries"][1]["jwt"] = Value::Null;
    });
}

fn issuer(cases: &mut Cases) {
    let req = "REQ-OFFER-3";
    let mut market = Market::shop();
    let (mut other, mut mall) = (Market::filled("shop", 2), Market::filled("mall", 1));
    let honest = market.draft(0, start());
    let mut bad = |id: &str, description: &str, offer: Offer| {
        let input = receiving(&Market::shop(), &offer);
        cases.refuse(req, id, "invalid.issuer", description, input);
    };
    bad("other", "An offer of another issuer than the link named.", other.offer(0, start()));
    bad("other-market", "An offer of another market than the terms named.", mall.offer(0, start()));
    bad(
        "iss-alone",
        "The offer names another issuer; all that is in it is of the one that the link named.",
        Offer { iss: other.did().clone(), ..honest.clone().sign() },
    );
    bad(
        "market-alone",
        "The offer names another market; all that is in it is of the one that the terms named.",
        Offer { market: mall.name.clone(), ..honest.clone().sign() },
    );
    let did = market.did().clone();
    bad(
        "standing-other",
        "The offer names the issuer; standing and record are another's.",
        Offer { iss: did, ..other.offer(0, start()) },
    );
    let name = market.name.clone();
    bad(
        "standing-market",
        "The offer names the market; standing and record are of another one of the same issuer.",
        Offer { market: name, ..mall.offer(0, start()) },
    );
    let with = |jwt: String| {
        let mut draft = honest.clone();
        draft.entries[0].jwt = Some(jwt);
        draft.sign()
    };
    let (record, place) = (&honest.entries[0].record, super::market::place(0));
    let jwt = other.jwt_of(record, &holder(), place, super::market::URI);
    bad("rating-other", "One credential is signed by another issuer, for the same entry.", with(jwt));
    let jwt = mall.jwt_of(record, &holder(), place, super::market::URI);
    bad("rating-market", "One credential is for another market of the same issuer.", with(jwt));
    let jwt = honest.entries[0].jwt.clone().unwrap();
    let payload = jwt.split('.').nth(1).unwrap();
    let header = json!({"alg": "EdDSA", "kid": other.signer.key_id(), "typ": "dc+sd-jwt"});
    let signed = format!("{}.{payload}", b64(header.to_string()));
    let signature = b64(other.signer.key().sign(signed.as_bytes()).to_bytes());
    let jwt = format!("{signed}.{signature}");
    bad("rating-kid", "One credential names the issuer and is signed under another's key id.", with(jwt));
}

/// Whoever took over a name is another issuer.
fn moved(cases: &mut Cases) {
    let scid = format!("Qm{}", "a".repeat(44));
    let signer = |did: &str| {
        let did: Did = did.parse().unwrap();
        let kid = format!("{did}#one");
        Signer::new(did, kid, SigningKey::from_seed(&[1; 32])).unwrap()
    };
    let mut market = Market::shop();
    market.signer = signer(&format!("did:webvh:{scid}:market.example"));
    let mut moved = Market::shop();
    moved.signer = signer(&format!("did:webvh:{scid}:market.example:shop"));
    let histories = |input: &mut Value| {
        for signer in [&market.signer, &moved.signer] {
            let known = HistoricKey {
                id: signer.key_id().to_owned(),
                key: signer.verifying_key(),
                from: Timestamp::new(0).unwrap(),
                until: None,
            };
            let key = json!([{"id": known.id, "key": b64(known.key.to_bytes()), "from": known.from}]);
            input["histories"][signer.did().as_str()] = key;
        }
    };
    let mut input = receiving(&market, &market.clone().offer(0, start()));
    histories(&mut input);
    cases.accept("REQ-OFFER-3", "webvh", "An issuer whose keys are in a history.", input);
    let mut input = receiving(&market, &moved.clone().offer(0, start()));
    histories(&mut input);
    let description = "The same history at another path: another DID, whatever both resolve to.";
    cases.refuse("REQ-OFFER-3", "webvh-moved", "invalid.issuer", description, input).attack("A84");
}

fn bound_already(cases: &mut Cases) {
    let req = "REQ-OFFER-4";
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let wallet = SigningKey::from_seed(&[9; 32]);
    let bind = |sd_jwt: SdJwt| {
        sd_jwt.bind(&wallet, "decentralized_identifier:x", "0123456789abcdef", start()).unwrap().to_text()
    };
    let jwt = honest.entries[0].jwt.clone().unwrap();
    let record = &honest.entries[0].record;
    let mut bad = |id: &str, code: &str, description: &str, text: String| {
        let mut draft = honest.clone();
        draft.entries[0].jwt = Some(text);
        cases.refuse(req, id, code, description, receiving(&market, &draft.sign())).attack("A19");
    };
    let (present, malformed) = ("invalid.key_binding.present", "malformed");
    bad(
        "bound",
        present,
        "A credential that carries a key binding already.",
        bind(SdJwt::from_parts(jwt.clone(), vec![])),
    );
    bad(
        "bound-disclosed",
        present,
        "A credential with its disclosures and a key binding.",
        bind(SdJwt::from_parts(jwt.clone(), record.disclosures().to_vec())),
    );
    bad("tilde", malformed, "A credential with a tilde behind the signed part.", format!("{jwt}~"));
    bad(
        "disclosed",
        malformed,
        "A credential with its disclosures behind it.",
        SdJwt::from_parts(jwt.clone(), record.disclosures().to_vec()).to_text(),
    );
    let mut offer = honest.sign();
    offer.standing = bind(SdJwt::parse(&offer.standing).unwrap());
    let description = "A standing that carries a key binding already.";
    cases.refuse(req, "standing-bound", present, description, receiving(&market, &offer)).attack("A19");
    let first = market.publish(&honest);
    let mut draft = market.draft(4, week(1));
    draft.renewed = vec![RenewedRating { index: 0, jwt: bind(SdJwt::from_parts(jwt, vec![])) }];
    let input = after(&market, &[(&first, start())], &draft.sign());
    let description = "A renewed credential that carries a key binding already.";
    cases.refuse(req, "renewed-bound", present, description, input).at(week(1).seconds()).attack("A19");
}

fn holders(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-5", "standing.other_holder");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut draft = honest.clone();
    draft.holder = stranger();
    let description = "The standing is bound to another key than the wallet proved.";
    cases.refuse(req, "standing-holder", code, description, receiving(&market, &draft.sign()));
    for (id, index) in [("rating-holder", 0), ("last-holder", 2)] {
        let mut draft = honest.clone();
        draft.entries[index].jwt = Some(market.jwt(u64::try_from(index).unwrap(), &stranger()));
        let description = "One credential is bound to another key than the standing.";
        cases.refuse(req, id, code, description, receiving(&market, &draft.sign()));
    }
    let mut all = honest.clone();
    all.holder = stranger();
    for index in [0, 2] {
        all.entries[index].jwt = Some(market.jwt(u64::try_from(index).unwrap(), &stranger()));
    }
    let description = "Everything is bound to another wallet: an offer for somebody else.";
    cases.refuse(req, "all-holder", code, description, receiving(&market, &all.sign())).attack("A32");
    let first = market.publish(&honest);
    let mut draft = market.draft(4, week(1));
    draft.renewed = vec![RenewedRating { index: 0, jwt: market.jwt(0, &stranger()) }];
    let input = after(&market, &[(&first, start())], &draft.sign());
    let description = "A renewed credential is bound to another key.";
    cases.refuse(req, "renewed-holder", code, description, input).at(week(1).seconds());

    // A new binding: everything is signed anew for the new key.
    let mut draft = market.draft(4, week(1));
    draft.holder = stranger();
    for index in [0, 2] {
        draft.renewed.push(RenewedRating { index, jwt: market.jwt(index, &stranger()) });
    }
    let mut input = receiving(&market, &draft.sign());
    input["holder"] = key(&stranger());
    input["held"] = json!([held_by(&holder(), &first, start())]);
    let description = "A new binding: what is held of the ledger stays, and all credentials are renewed.";
    cases.accept("REQ-OFFER-5", "rebound", description, input).at(week(1).seconds());
}

fn ledgers(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-6", "standing.other_ledger");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut draft = honest.clone();
    draft.statement.ledger = LedgerId::from_bytes([3; 16]);
    let offer = Offer { ledger: market.ledger.id(), ..draft.sign() };
    let description = "A standing of another ledger with the same heads and numbers.";
    cases.refuse(req, "standing-ledger", code, description, receiving(&market, &offer));
    let offer = Offer { ledger: LedgerId::from_bytes([3; 16]), ..honest.sign() };
    let description = "The offer says that it is of another ledger than its standing.";
    cases.refuse(req, "ledger", code, description, receiving(&market, &offer));
    let first = market.publish(&honest);
    let mut draft = market.draft(4, week(1));
    draft.statement.ledger = LedgerId::from_bytes([4; 16]);
    let offer = Offer { ledger: market.ledger.id(), ..draft.sign() };
    let input = after(&market, &[(&first, start())], &offer);
    let description = "A standing of another ledger for one that is held.";
    cases.refuse(req, "held-ledger", code, description, input).at(week(1).seconds());
}

fn early(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-7", "invalid.not_yet");
    let mut market = Market::shop();
    for (id, ahead, description) in [
        ("ahead-61", 61, "A standing signed 61 seconds ahead."),
        ("ahead-hour", 3600, "A standing signed an hour ahead."),
        ("ahead-year", 365 * 86_400, "A standing signed a year ahead."),
    ] {
        let mut draft = market.draft(0, start());
        draft.issued = start().plus(ahead);
        let input = receiving(&market, &draft.sign());
        cases.refuse(req, id, code, description, input).at(start().seconds());
    }
}
