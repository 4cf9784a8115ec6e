//! A83 and A86: less or other than was asked, and claims about the evidence itself.

use serde_json::{Value, json};

use super::{Attempt, Attempts};
use crate::vectors::make::fixtures_shown::{Case, World, signer};

pub(super) fn attempts(all: &mut Vec<Attempt>) {
    let world = World::new("alpha", 1);
    a83(all, &world);
    a86(all, &world);
}

fn a83(all: &mut Vec<Attempt>, world: &World) {
    let part = &world.now;
    let mut set = Attempts::new(all, "A83", &Case::ratings(part, &[0, 1], &["day"]));
    set.before("what was asked", "", |_| ());
    set.before("two ratings where three were asked for", "query.unmet", |case| {
        case.asking(|ratings| ratings.at_least = 3);
    });
    set.before("a rating without the day that was asked for", "query.unmet", |case| {
        case.parts[0].ratings[1] = part.all[&1].clone().disclosing(&[]);
    });
    set.before("a part that was not asked for", "query.extra", |case| {
        case.parts[0].ratings[1] = part.all[&1].clone().disclosing(&["day", "comment"]);
    });
    set.before("ratings of another role than was asked for", "query.value", |case| {
        case.asking(|ratings| ratings.roles = vec!["buyer".parse().unwrap()]);
    });
    set.before("another market than was asked for", "query.value", |case| {
        case.requery(|query| query.markets = vec!["beta".parse().unwrap()]);
    });
    set.before("another issuer than was asked for", "query.value", |case| {
        case.requery(|query| query.issuers = vec![signer(8).did().clone()]);
    });
    set.after("no ledger", "query.unmet", |value| value["ledgers"] = json!([]));
    set.after("no standing", "standing.missing", |value| value["vp_token"]["standing"] = json!([]));
    set.after("two standings", "query.extra", |value| {
        let one = value["vp_token"]["standing"][0].clone();
        value["vp_token"]["standing"].as_array_mut().unwrap().push(one);
    });
    set.after("an id that nobody asked for", "query.extra", |value| {
        value["vp_token"]["more"] = json!([]);
    });
    set.after("fewer places than ratings", "malformed", |value| {
        value["ledgers"][0]["live"].as_array_mut().unwrap().pop();
    });
    set.after("null in the place of nothing", "malformed", |value| {
        value["ledgers"][0]["replies"] = Value::Null;
    });
    let mut set = Attempts::new(all, "A83", &Case::complete(part, None));
    set.before("everything, as was asked", "", |_| ());
    set.before("everything was asked for, and that it is everything is not said", "query.unmet", |case| {
        case.parts[0].complete = false;
    });
    let mut set = Attempts::new(all, "A83", &Case::standing(part));
    set.before("a standing alone, as was asked", "", |_| ());
    set.after("lists where no ratings were asked for", "query.extra", |value| {
        value["ledgers"][0]["status"] = json!(["x"]);
    });
}

fn a86(all: &mut Vec<Attempt>, world: &World) {
    let part = &world.now;
    let mut set = Attempts::new(all, "A86", &Case::ratings(part, &[0], &[]));
    // There is no member by which an answer could grade itself.
    for (place, name) in [("", "grade"), ("", "verified"), ("", "policy"), ("/ledgers/0", "evidence")] {
        set.after(&format!("{name} as a member of '{place}'"), "malformed", move |value| {
            value.pointer_mut(place).unwrap()[name] = json!("issuer_signed");
        });
    }
    for (id, name) in [("ratings", "grade"), ("ratings", "evidence"), ("standing", "grade")] {
        set.forge((&format!("{name} as a claim under {id}"), id), "malformed", move |forged| {
            forged.payload[name] = json!("issuer_signed");
        });
    }
    // What the holder states in the market's name, and in their own.
    for id in ["standing", "ratings"] {
        set.forge((&format!("{id} in the market's name, signed by the holder"), id), "invalid.signature", {
            |forged| forged.issuer = forged.holder.clone()
        });
    }
    set.forge(
        ("a standing that the holder signs in their own name", "standing"),
        "trust.untrusted",
        |forged| {
            let own = faam_spec::signed::Signer::from_key(forged.holder.clone());
            forged.payload["iss"] = json!(own.did());
            forged.header["kid"] = json!(own.key_id());
            forged.issuer = forged.holder.clone();
        },
    );
    // What an answer says of itself is computed again.
    let mut set = Attempts::new(all, "A86", &Case::complete(part, None));
    set.before("everything, but one", "rating.left_out", |case| drop(case.parts[0].ratings.pop()));
    let mut set = Attempts::new(all, "A86", &Case::ratings(part, &[0], &[]));
    set.after("one rating, and it says that it is everything", "rating.left_out", |value| {
        value["ledgers"][0]["complete"] = json!(true);
    });
    set.before("a standing that states a better mean than its ratings have", "standing.numbers", |case| {
        *case = Case::complete(part, None);
        case.parts[0].standing["standing"]["numbers"]["total"]["all"]["mean"] = json!(999);
    });
}
