//! Private standings: REQ-PRES-24 to REQ-PRES-28, and what else holds for them.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{Case, PrivateCase, PrivateWorld, Set, WEEK, World, record_hash, signer};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    let private = PrivateWorld::new();
    accepted(cases, &private);
    bounds(cases, world, &private);
    shape(cases, &private);
    beside(cases, world, &private);
    terms(cases, &private);
    one_ledger(cases, &private);
    query(cases, &private);
}

/// A refusal for a change before everything was signed.
fn refuse(
    cases: &mut Cases,
    (req, id, code): (&str, &str, &str),
    description: &str,
    case: &PrivateCase,
    change: impl FnOnce(&mut PrivateCase),
) {
    let (input, now) = case.changed(change, |_| ());
    cases.refuse(req, id, code, description, input).at(now).attack("A83");
}

/// A refusal for a change after everything was signed.
fn spoil(
    cases: &mut Cases,
    (req, id, code): (&str, &str, &str),
    description: &str,
    case: &PrivateCase,
    change: impl FnOnce(&mut Value),
) {
    let (input, now) = case.changed(|_| (), change);
    cases.refuse(req, id, code, description, input).at(now).attack("A83");
}

fn accepted(cases: &mut Cases, world: &PrivateWorld) {
    let mut take = |req: &str, id: &str, description: &str, names: &[&str]| {
        let case = world.case(names);
        cases.accept(req, id, description, case.input(&case.presentation()));
    };
    take("REQ-PRES-25", "25-private", "A private standing.", &["two"]);
    take("REQ-PRES-25", "25-private-four", "Four milestones of a private standing.", &["four"]);
    take(
        "REQ-PRES-25",
        "25-private-four-parts",
        "Four private standings, of two roles of one ledger and of two other markets.",
        &["two", "role", "market", "issuer"],
    );
    take("REQ-PRES-28", "28-roles", "Two roles of one ledger, under one pseudonym.", &["two", "role"]);
    take("REQ-PRES-28", "28-markets", "Two markets of one issuer, in the same role.", &["two", "market"]);
    take("REQ-PRES-28", "28-issuers", "Markets of one name of two issuers.", &["two", "issuer"]);
}

fn bounds(cases: &mut Cases, world: &World, private: &PrivateWorld) {
    let (req, code) = ("REQ-PRES-24", "too_large");
    let case = private.case(&["two"]);
    let many = |all: &mut Value, count: usize| all["private"] = json!(vec![all["private"][0].clone(); count]);
    spoil(cases, (req, "24-five", code), "Five private standings under one id.", &case, |all| many(all, 5));
    spoil(cases, (req, "24-hundred", code), "A hundred private standings.", &case, |all| many(all, 100));
    spoil(cases, (req, "24-five-ids", code), "Five private standings, each with its proof.", &case, |all| {
        many(all, 5);
        for n in 0..5 {
            let id = format!("private-{n}");
            all["private"][n]["standing"] = json!(id);
            all["vp_token"][id] = all["vp_token"]["private"].clone();
        }
        all["vp_token"].as_object_mut().unwrap().remove("private");
    });
    let five = vec![case.presentation()["private"][0].clone(); 5];
    let mut set = Set::new(cases, req, &Case::standing(&world.now));
    set.spoil("five-beside", code, "Five private standings, where a standing was asked for.", |all| {
        all["private"] = json!(five);
    })
    .attack("A85");
}

fn shape(cases: &mut Cases, world: &PrivateWorld) {
    let req = "REQ-PRES-25";
    let (one, two) = (world.case(&["two"]), world.case(&["two", "market"]));
    let (missing, unmet, extra) = ("standing.missing", "query.unmet", "query.extra");
    spoil(cases, (req, "25-no-token", missing), "No list under the id.", &one, |all| {
        all["vp_token"] = json!({"other": all["vp_token"]["private"]});
    });
    spoil(cases, (req, "25-no-proof", missing), "An empty list under the id.", &one, |all| {
        all["vp_token"]["private"] = json!([]);
    });
    spoil(cases, (req, "25-no-second", missing), "Of two proofs the second is missing.", &two, |all| {
        all["vp_token"].as_object_mut().unwrap().remove("private-2");
    });
    spoil(cases, (req, "25-none", unmet), "No element of `private`.", &one, |all| {
        all.as_object_mut().unwrap().remove("private");
    });
    spoil(cases, (req, "25-one-of-two", unmet), "Two were asked for, and one is there.", &two, |all| {
        all["private"].as_array_mut().unwrap().pop();
    });
    spoil(cases, (req, "25-other-id", unmet), "An element of another id.", &one, |all| {
        all["private"][0]["standing"] = json!("other");
    });
    spoil(
        cases,
        (req, "25-order", unmet),
        "Two elements in another order than that of the query.",
        &two,
        |all| {
            all["private"].as_array_mut().unwrap().reverse();
        },
    );
    spoil(cases, (req, "25-two-proofs", extra), "Two proofs under one id.", &one, |all| {
        let proof = all["vp_token"]["private"][0].clone();
        all["vp_token"]["private"].as_array_mut().unwrap().push(proof);
    });
    refuse(cases, (req, "25-more", extra), "One was asked for, and two are there.", &two, |case| {
        case.query.pop();
    });
    spoil(cases, ("REQ-PRES-20", "20-private-id", extra), "An id that nobody asked for.", &one, |all| {
        all["vp_token"]["more"] = all["vp_token"]["private"].clone();
    });
}

fn beside(cases: &mut Cases, world: &World, private: &PrivateWorld) {
    let (req, code) = ("REQ-PRES-26", "query.extra");
    let case = private.case(&["two"]);
    let (shown, ledger) = (case.presentation(), Case::standing(&world.now).presentation());
    spoil(cases, (req, "26-ledger", code), "A ledger's proof beside a private standing.", &case, |all| {
        all["ledgers"] = ledger["ledgers"].clone();
    });
    spoil(
        cases,
        (req, "26-standing", code),
        "A plain standing and its proof beside a private standing.",
        &case,
        |all| {
            all["ledgers"] = ledger["ledgers"].clone();
            all["vp_token"]["standing"] = ledger["vp_token"]["standing"].clone();
        },
    );
    let mut set = Set::new(cases, req, &Case::standing(&world.now));
    set.spoil("private", code, "A private standing beside a plain one.", |all| {
        all["private"] = shown["private"].clone();
        all["vp_token"]["private"] = shown["vp_token"]["private"].clone();
    })
    .attack("A83");
    set.spoil("private-bare", code, "An element of `private` without a proof, beside a standing.", |all| {
        all["private"] = shown["private"].clone();
    })
    .attack("A83");
    let mut set = Set::new(cases, req, &Case::ratings(&world.now, &[0], &[]));
    set.spoil("private-ratings", code, "A private standing beside a standing with a rating.", |all| {
        all["private"] = shown["private"].clone();
        all["vp_token"]["private"] = shown["vp_token"]["private"].clone();
    })
    .attack("A83");
}

fn terms(cases: &mut Cases, world: &PrivateWorld) {
    let (req, code) = ("REQ-PRES-27", "private.terms");
    let without = |case: &mut PrivateCase, part: usize| {
        case.parts[part].record.as_object_mut().unwrap().remove("private").unwrap();
    };
    let (one, two) = (world.case(&["two"]), world.case(&["two", "market"]));
    refuse(cases, (req, "27-none", code), "The record has no terms of private standings.", &one, |case| {
        without(case, 0);
    });
    refuse(cases, (req, "27-final", code), "The final record has none.", &one, |case| {
        without(case, 0);
        case.parts[0].record["final"] = json!(true);
    });
    refuse(cases, (req, "27-previous", code), "The record of the previous epoch has none.", &one, |case| {
        without(case, 0);
        case.later(WEEK);
    });
    refuse(cases, (req, "27-second", code), "Of two records the second has none.", &two, |case| {
        without(case, 1);
    });
}

fn one_ledger(cases: &mut Cases, world: &PrivateWorld) {
    let (req, code) = ("REQ-PRES-28", "query.unmet");
    let same = |_: &mut PrivateCase| ();
    let twice = world.case(&["two", "two"]);
    refuse(cases, (req, "28-twice", code), "One proof is shown as two.", &twice, same);
    let again = world.case(&["two", "again"]);
    refuse(cases, (req, "28-again", code), "One role of one ledger is proven twice.", &again, same);
    let description = "One role of one ledger in two epochs.";
    let epochs = world.case(&["two", "renewed"]);
    refuse(cases, (req, "28-epochs", code), description, &epochs, |case| {
        case.parts[1].record["prev"] = json!(record_hash(&case.parts[0].record_text()));
        case.later(WEEK);
    });
    let description = "The ledgers of two people at one market, in one role.";
    let people = world.case(&["two", "holder"]);
    refuse(cases, (req, "28-people", code), description, &people, same);
    let description = "The ledgers of two people at one market, as two roles: the pseudonyms differ.";
    refuse(cases, (req, "28-people-roles", code), description, &people, |case| {
        case.parts[1].role = "buyer".into();
    });
}

fn query(cases: &mut Cases, world: &PrivateWorld) {
    let (req, code) = ("REQ-PRES-21", "query.value");
    let one = world.case(&["two"]);
    refuse(cases, (req, "21-private-role", code), "Another role was asked for.", &one, |case| {
        case.query[0].roles = vec!["buyer".parse().unwrap()];
    });
    refuse(cases, (req, "21-private-market", code), "Another market was asked for.", &one, |case| {
        case.query[0].markets = vec!["beta".parse().unwrap()];
    });
    refuse(cases, (req, "21-private-issuer", code), "Another issuer was asked for.", &one, |case| {
        case.query[0].issuers = vec![signer(8).did().clone()];
    });
    let req = "REQ-VERIFY-3";
    let mut untrusted = |id: &str, description: &str, trust: Value| {
        let (input, _) = one.changed(|case| case.trust = vec![trust], |_| ());
        cases.refuse(req, id, "trust.untrusted", description, input).attack("A81");
    };
    let entry = one.trust[0].clone();
    let with = |name: &str, value: Value| {
        let mut entry = entry.clone();
        entry[name] = value;
        entry
    };
    untrusted(
        "verify-3-private",
        "The market is believed for standings and ratings, and not for private standings.",
        with("types", json!(["rating", "standing"])),
    );
    untrusted(
        "verify-3-private-role",
        "The market is believed for private standings of another role.",
        with("roles", json!(["buyer"])),
    );
}
