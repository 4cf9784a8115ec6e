//! One credential for each live rating: REQ-OFFER-19 and REQ-OFFER-20.

use faam_spec::ledger::{Body, Record};
use faam_spec::offer::{Offer, RenewedRating};
use faam_spec::scale::Score;
use serde_json::json;

use super::market::{Draft, Market, URI, holder, place, start, stranger, week};
use super::{after, held_by, key, receiving};
use crate::vectors::make::Cases;

const CODE: &str = "ledger.credential";

pub(super) fn cases(cases: &mut Cases) {
    received(cases);
    held(cases);
    places(cases);
}

fn received(cases: &mut Cases) {
    let req = "REQ-OFFER-19";
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Draft)| {
        let mut draft = honest.clone();
        change(&mut draft);
        cases.refuse(req, id, CODE, description, receiving(&Market::shop(), &draft.sign()));
    };
    bad("missing", "A live rating has no credential.", &|draft| draft.entries[0].jwt = None);
    let jwt = |index| market.jwt(index, &holder());
    bad("swapped", "A live rating has the credential of another one.", &|draft| {
        draft.entries[0].jwt = Some(market.jwt_at(2, &holder(), place(0), URI));
    });
    let record = &honest.entries[2].record;
    let mut entry = record.entry().clone();
    if let Body::Rating { score, .. } = &mut entry.body {
        *score = Score::new(5, "1..5".parse().unwrap()).unwrap();
    }
    let better = Record::new(entry, record.disclosures().to_vec()).unwrap();
    bad(
        "value",
        "A credential states a better value than the ledger, with the same disclosures.",
        &|draft| {
            draft.entries[2].jwt = Some(market.jwt_of(&better, &holder(), place(2), URI));
        },
    );
    bad(
        "renewed-new",
        "A rating that is new has a credential beside its entry and a renewed one.",
        &|draft| {
            draft.renewed = vec![RenewedRating { index: 0, jwt: jwt(0) }];
        },
    );
    bad("renewed-only", "A rating that is new has its credential among the renewed ones.", &|draft| {
        draft.entries[0].jwt = None;
        draft.renewed = vec![RenewedRating { index: 0, jwt: jwt(0) }];
    });
    bad("reply", "A reply has a credential: that of the rating that it answers.", &|draft| {
        draft.entries[3].jwt = Some(jwt(0));
    });
    let mut withdrawn = Market::shop();
    withdrawn.withdraw(0);
    let mut draft = withdrawn.draft(0, start());
    draft.entries[0].jwt = Some(jwt(0));
    let description = "A rating that was withdrawn has a credential.";
    cases.refuse(req, "withdrawn-jwt", CODE, description, receiving(&withdrawn, &draft.sign())).attack("A31");
}

fn held(cases: &mut Cases) {
    let req = "REQ-OFFER-19";
    let mut market = Market::shop();
    let first = market.offer(0, start());
    let honest = market.draft(4, week(1));
    let jwt = |index| market.jwt(index, &holder());
    let mut bad = |id: &str, description: &str, renewed: Vec<RenewedRating>| {
        let draft = Draft { renewed, ..honest.clone() };
        let input = after(&Market::shop(), &[(&first, start())], &draft.sign());
        cases.refuse(req, id, CODE, description, input).at(week(1).seconds());
    };
    let one = || RenewedRating { index: 0, jwt: jwt(0) };
    bad("renewed-twice", "A held rating is renewed twice.", vec![one(), one()]);
    bad("renewed-reply", "A held reply is renewed.", vec![RenewedRating { index: 3, jwt: jwt(0) }]);
    bad(
        "renewed-other",
        "A held rating is renewed with another's credential.",
        vec![RenewedRating { index: 0, jwt: market.jwt_at(2, &holder(), place(0), URI) }],
    );
    bad(
        "renewed-later",
        "An entry is renewed that the log does not have.",
        vec![RenewedRating { index: 4, jwt: jwt(0) }],
    );
    // A new binding: what is held is of no use to the new key.
    let rebound = |renewed: &[u64]| {
        let mut draft = Draft { holder: stranger(), ..honest.clone() };
        draft.renewed = renewed
            .iter()
            .map(|index| RenewedRating { index: *index, jwt: market.jwt(*index, &stranger()) })
            .collect();
        let mut input = receiving(&market, &draft.sign());
        input["holder"] = key(&stranger());
        input["held"] = json!([held_by(&holder(), &first, start())]);
        input
    };
    for (id, renewed, description) in [
        ("rebound-none", &[][..], "A new binding, and no credential is renewed."),
        ("rebound-one", &[2], "A new binding, and one of two credentials is renewed."),
    ] {
        cases.refuse(req, id, CODE, description, rebound(renewed)).at(week(1).seconds());
    }
}

fn places(cases: &mut Cases) {
    let req = "REQ-OFFER-20";
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut draft = honest.clone();
    draft.entries[2].jwt = Some(market.jwt_at(2, &holder(), place(0), URI));
    let description = "Two ratings have the same place of the status list.";
    cases.refuse(req, "place-twice", CODE, description, receiving(&market, &draft.sign()));
    let first: Offer = market.publish(&honest);
    let mut later = market.clone();
    later.rate(4, "cyd", "seller", "2026-11-17");
    let mut draft = later.draft(4, week(1));
    draft.entries[0].jwt = Some(later.jwt_at(4, &holder(), place(2), URI));
    let input = after(&market, &[(&first, start())], &draft.sign());
    let description = "A new rating has the place of one that is held.";
    cases.refuse(req, "place-held", CODE, description, input).at(week(1).seconds());
    let mut draft = market.draft(4, week(1));
    draft.renewed = vec![RenewedRating { index: 0, jwt: market.jwt_at(0, &holder(), place(2), URI) }];
    let input = after(&market, &[(&first, start())], &draft.sign());
    let description = "A renewed credential has the place of one that is held.";
    cases.refuse(req, "place-renewed", CODE, description, input).at(week(1).seconds());
    // A withdrawn rating's place is free again for nobody in this ledger to be confused by.
    let mut freed = Market::shop();
    freed.withdraw(0);
    let mut draft = freed.draft(0, start());
    draft.entries[2].jwt = Some(freed.jwt_at(2, &holder(), place(5), URI));
    let description = "A live rating has a place of its own, and the withdrawn one has no credential.";
    cases.accept(req, "place-free", description, receiving(&freed, &draft.sign()));
}
