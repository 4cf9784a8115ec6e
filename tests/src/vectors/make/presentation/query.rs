//! The verifier's own evaluation of its query.

use faam_spec::did::Did;
use serde_json::json;

use super::super::Cases;
use super::super::fixtures_shown::{
    Case, SIGNED, Set, WEEK, World, historic, ledger_query, ratings_query, signer,
};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    less(cases, world);
    one_ledger_twice(cases, world);
    more(cases, world);
    values(cases, world);
}

fn less(cases: &mut Cases, world: &World) {
    let part = &world.now;
    let mut set = Set::new(cases, "REQ-PRES-19", &Case::ratings(part, &[0, 1], &[]));
    set.refuse("too-few", "query.unmet", "Two ratings, and three were asked for.", |case| {
        case.asking(|ratings| ratings.at_least = 3);
    })
    .attack("A83");
    set.refuse("none", "query.unmet", "No rating, and one was asked for.", |case| {
        case.asking(|ratings| ratings.at_least = 1);
        case.parts[0].ratings.clear();
        case.parts[0].lists.clear();
    })
    .attack("A83");
    set.refuse(
        "not-complete",
        "query.unmet",
        "All were asked for, and the answer does not say that it holds them.",
        |case| {
            *case = Case::complete(part, None);
            case.parts[0].complete = false;
        },
    )
    .attack("A83");
    set.spoil(
        "no-ratings-id",
        "query.unmet",
        "The proof does not name the ratings that were asked for.",
        |all| {
            all["ledgers"][0].as_object_mut().unwrap().remove("ratings");
        },
    )
    .attack("A83");
    set.spoil("other-ratings-id", "query.unmet", "The proof names ratings of another id.", |all| {
        all["ledgers"][0]["ratings"] = json!("others");
    })
    .attack("A83");
    let mut set = Set::new(cases, "REQ-PRES-19", &Case::ratings(part, &[0, 1], &["day", "rater"]));
    set.refuse(
        "no-day",
        "query.unmet",
        "Day and rater were asked for, and of one rating the day is not disclosed.",
        |case| {
            case.parts[0].ratings[1] = part.all[&1].clone().disclosing(&["rater"]);
        },
    )
    .attack("A83");
    set.refuse(
        "nothing-disclosed",
        "query.unmet",
        "Day and rater were asked for, and nothing is disclosed.",
        |case| {
            case.parts[0].ratings[0] = part.all[&0].clone().disclosing(&[]);
        },
    )
    .attack("A83");
}

fn one_ledger_twice(cases: &mut Cases, world: &World) {
    let query = || vec![ledger_query(None, "first", None), ledger_query(None, "second", None)];
    let twice = Case::new(query(), vec![world.now.clone(), world.now.clone()]);
    let mut set = Set::new(cases, "REQ-PRES-19", &twice);
    set.refuse(
        "ledger-twice",
        "query.unmet",
        "Two standings were asked for, and one is shown twice.",
        |_| (),
    )
    .attack("A82");
    set.refuse(
        "ledger-epochs",
        "query.unmet",
        "The standings of two epochs of one ledger are shown as two.",
        |case| {
            case.parts[1] = world.before.clone();
        },
    )
    .attack("A82");
    let (here, key) = historic("market.example", "one", 6, SIGNED - 52 * WEEK, None);
    let (there, same) = historic("moved.example", "one", 6, SIGNED - 52 * WEEK, None);
    set.refuse(
        "ledger-moved",
        "query.unmet",
        "One ledger under the two DIDs that an issuer has had, whose SCID is the same.",
        |case| {
            let parts = vec![world.now.clone().signed_by(&here), world.now.clone().signed_by(&there)];
            *case = Case::new(query(), parts);
            case.histories = json!({here.did().as_str(): [key], there.did().as_str(): [same]});
        },
    )
    .attack("A82");
    set.accept("two-accounts", "The ledgers of two accounts of one market, each with its own key.", |case| {
        case.parts = world.under_one_record().to_vec();
    });
}

fn more(cases: &mut Cases, world: &World) {
    let part = &world.now;
    let mut set = Set::new(cases, "REQ-PRES-20", &Case::ratings(part, &[0], &["day"]));
    set.spoil("other-id", "query.extra", "An id that nobody asked for, with nothing under it.", |all| {
        all["vp_token"]["more"] = json!([]);
    })
    .attack("A83");
    set.spoil("other-id-full", "query.extra", "A rating under an id that nobody asked for.", |all| {
        all["vp_token"]["more"] = all["vp_token"]["ratings"].clone();
    })
    .attack("A83");
    for (id, parts, description) in [
        ("rater", &["day", "rater"][..], "The day was asked for, and the rater is disclosed too."),
        (
            "all",
            &["aspects", "amount_band", "category", "comment", "day", "rater"],
            "The day was asked for, and everything is disclosed.",
        ),
    ] {
        set.refuse(id, "query.extra", description, |case| {
            case.parts[0].ratings = vec![part.all[&0].clone().disclosing(parts)];
        })
        .attack("A83");
    }
    let list = part.list_texts().remove(0);
    let reply = part.log[8].clone();
    let rating = Case::ratings(part, &[0], &[]).presentation();
    let mut set = Set::new(cases, "REQ-PRES-20", &Case::standing(part));
    set.spoil(
        "ratings",
        "query.extra",
        "A rating where none were asked for, with all that belongs to it.",
        |all| {
            *all = rating.clone();
        },
    )
    .attack("A83");
    set.spoil("ratings-bare", "query.extra", "A rating where none were asked for, without a proof.", |all| {
        all["vp_token"]["ratings"] = rating["vp_token"]["ratings"].clone();
    })
    .attack("A83");
    set.spoil(
        "ratings-id",
        "query.extra",
        "The proof names ratings where none were asked for, and none are there.",
        |all| {
            all["ledgers"][0]["ratings"] = json!("ratings");
        },
    )
    .attack("A83");
    set.spoil("list", "query.extra", "A status list where no ratings were asked for.", |all| {
        all["ledgers"][0]["status"] = json!([list]);
    })
    .attack("A83");
    set.spoil("reply", "query.extra", "A reply where no ratings were asked for.", |all| {
        all["ledgers"][0]["replies"] = json!([reply]);
    })
    .attack("A83");
    set.spoil("complete", "query.extra", "Said to be complete where no ratings were asked for.", |all| {
        all["ledgers"][0]["complete"] = json!(true);
    })
    .attack("A83");
}

fn values(cases: &mut Cases, world: &World) {
    let part = &world.now;
    let case = Case::ratings(part, &[0], &[]);
    let own = part.signer.did().clone();
    let mut set = Set::new(cases, "REQ-PRES-21", &case);
    let markets = |case: &mut Case, names: &[&str]| {
        case.requery(|query| query.markets = names.iter().map(|name| name.parse().unwrap()).collect());
    };
    let issuers = |case: &mut Case, dids: &[&Did]| {
        case.requery(|query| query.issuers = dids.iter().map(|did| (*did).clone()).collect());
    };
    let roles = |case: &mut Case, names: &[&str]| {
        case.asking(|ratings| ratings.roles = names.iter().map(|name| name.parse().unwrap()).collect());
    };
    let stranger = signer(8).did().clone();
    set.accept("market-of-two", "One of two markets that were asked for.", |case| {
        markets(case, &["beta", "alpha"])
    });
    set.accept("issuer-of-two", "One of two issuers that were asked for.", |case| {
        issuers(case, &[&stranger, &own])
    });
    set.accept("role-of-two", "A rating in one of two roles that were asked for.", |case| {
        roles(case, &["buyer", "seller"])
    });
    set.accept("any", "Any market of any issuer was asked for.", |case| {
        case.query = super::super::fixtures_shown::Case::new(
            vec![ledger_query(None, "standing", Some(ratings_query("ratings", 1, &[])))],
            vec![part.clone()],
        )
        .query;
    });
    set.refuse("market", "query.value", "Another market was asked for.", |case| markets(case, &["beta"]))
        .attack("A83");
    set.refuse(
        "market-part",
        "query.value",
        "A market was asked for whose name begins with this one's.",
        |case| {
            markets(case, &["alpha.example"]);
        },
    )
    .attack("A83");
    set.refuse("issuer", "query.value", "Another issuer was asked for.", |case| issuers(case, &[&stranger]))
        .attack("A83");
    set.refuse("role", "query.value", "A rating in another role than was asked for.", |case| {
        roles(case, &["buyer"])
    })
    .attack("A83");
    let (here, key) = historic("market.example", "one", 6, SIGNED - 52 * WEEK, None);
    let (there, _) = historic("moved.example", "one", 6, SIGNED - 52 * WEEK, None);
    set.refuse(
        "issuer-moved",
        "query.value",
        "The issuer was asked for by another DID of its own, whose SCID is the same.",
        |case| {
            *case = Case::standing(&part.clone().signed_by(&here));
            case.histories = json!({here.did().as_str(): [key]});
            issuers(case, &[there.did()]);
        },
    )
    .attack("A84");
    set.refuse(
        "one-role-of-two",
        "query.value",
        "Two ratings, of which one is in another role than was asked for.",
        |case| {
            *case = Case::ratings(part, &[0, 2], &[]);
            roles(case, &["seller"]);
        },
    )
    .attack("A83");
}
