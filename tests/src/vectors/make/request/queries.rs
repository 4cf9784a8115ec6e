//! DCQL queries, alone and in requests: REQ-REQUEST-13 to REQ-REQUEST-18.

use faam_spec::did::Did;
use faam_spec::key::SigningKey;
use serde_json::{Value, json};

use super::{signed, with};
use crate::vectors::make::Cases;

/// A standing that is asked for.
pub(super) fn standing() -> Value {
    json!({
        "id": "standing", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]},
        "claims": [{"path": ["market"], "values": ["alpha"]}],
    })
}

/// Ratings beside it.
pub(super) fn ratings() -> Value {
    json!({
        "id": "ratings", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:rating:0"]}, "multiple": true,
        "claims": [{"path": ["market"], "values": ["alpha"]}, {"path": ["entry", "value"]},
            {"path": ["entry", "role"], "values": ["seller"]}, {"path": ["comment"]}],
        "faam": {"standing": "standing", "complete": false, "at_least": 3},
    })
}

fn both() -> Value {
    json!({"credentials": [standing(), ratings()]})
}

pub(super) fn reading(query: &Value) -> Value {
    json!({"operation": "query", "text": query.to_string()})
}

pub(super) fn cases(cases: &mut Cases) {
    accepted(cases);
    unknown(cases);
    ids(cases);
    standings(cases);
    of_ratings(cases);
    claims(cases);
    bounds(cases);
}

pub(super) fn did(seed: u8) -> Did {
    Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key())
}

fn accepted(cases: &mut Cases) {
    cases.accept("REQ-REQUEST-16", "query", "A standing and ratings from it.", reading(&both()));
    let bare = json!({"credentials": [
        {"id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]}},
    ]});
    let description = "The standing of any market and issuer.";
    cases.accept("REQ-REQUEST-15", "query-any", description, reading(&bare));
    let many = (0..8).map(|n| {
        let mut standing = standing();
        standing["id"] = json!(format!("S_{n}-{}", "x".repeat(28)));
        standing
    });
    let many = json!({"credentials": many.collect::<Value>()});
    let description = "Eight standings, under ids of 32 characters.";
    cases.accept("REQ-REQUEST-15", "query-eight", description, reading(&many));
    let mut other = ratings();
    other["claims"] = json!([{"path": ["entry", "value"]}]);
    other["faam"] = json!({"standing": "b"});
    let mut second = standing();
    second["id"] = json!("b");
    second.as_object_mut().unwrap().remove("claims");
    let mixed = json!({"credentials": [standing(), second, other]});
    let description = "Ratings of the second of two standings, without the members that are optional.";
    cases.accept("REQ-REQUEST-16", "query-second", description, reading(&mixed));
    let mut all = both();
    let markets: Vec<String> = (0..32).map(|n| format!("market-{n}")).collect();
    let common = [
        json!({"path": ["market"], "values": markets}),
        json!({"path": ["iss"], "values": [did(1), did(2)]}),
    ];
    all["credentials"][0]["claims"] = json!(common);
    let parts = ["day", "rater", "comment", "category", "amount_band", "aspects"];
    let named = parts.iter().map(|name| json!({"path": [name]}));
    all["credentials"][1]["claims"] = common.iter().cloned().chain(named).collect();
    let description =
        "Thirty-two markets, two issuers, and every part of the ratings; their value is not named.";
    cases.accept("REQ-REQUEST-17", "query-all", description, reading(&all));
    for (id, number) in [("query-most", 1024), ("query-none", 0)] {
        let mut query = both();
        query["credentials"][1]["faam"] =
            json!({"standing": "standing", "complete": true, "at_least": number});
        let description = format!("All ratings, and at least {number}.");
        cases.accept("REQ-REQUEST-18", id, &description, reading(&query));
    }
}

/// Changes the query of a standing and ratings.
fn refuse(cases: &mut Cases, req: &str, id: &str, description: &str, change: impl FnOnce(&mut Value)) {
    let mut query = both();
    change(&mut query);
    assert_ne!(query, both(), "{id}");
    cases.refuse(req, id, "request.unreadable", description, reading(&query));
}

fn unknown(cases: &mut Cases) {
    let req = "REQ-REQUEST-13";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        refuse(cases, req, id, description, change);
    };
    bad("credential-sets", "Sets of credentials.", &|q| {
        q["credential_sets"] = json!([{"options": [["standing"]]}])
    });
    bad("claim-sets", "Sets of claims.", &|q| q["credentials"][0]["claim_sets"] = json!([["market"]]));
    bad("authorities", "Trusted authorities.", &|q| {
        q["credentials"][0]["trusted_authorities"] = json!([{"type": "aki", "values": ["x"]}]);
    });
    bad("binding", "It is said that no holder key need take part.", &|q| {
        q["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
    });
    bad("meta", "Another member beside the types.", &|q| q["credentials"][0]["meta"]["doctype"] = json!("x"));
    bad("format", "Another format.", &|q| q["credentials"][0]["format"] = json!("mso_mdoc"));
    bad("vct", "A type of another version.", &|q| {
        q["credentials"][0]["meta"]["vct_values"] = json!(["urn:faam:standing:1"]);
    });
    bad("vct-two", "Two types, one of which is known.", &|q| {
        q["credentials"][0]["meta"]["vct_values"] = json!(["urn:faam:standing:0", "urn:faam:standing:1"]);
    });
    bad("vct-none", "No type.", &|q| q["credentials"][0]["meta"]["vct_values"] = json!([]));
    bad("claim-id", "A claim with an id.", &|q| q["credentials"][0]["claims"][0]["id"] = json!("m"));
    bad("said-more", "Another member of what is said about ratings.", &|q| {
        q["credentials"][1]["faam"]["newest_first"] = json!(true);
    });
    bad("said-null", "A number of ratings that is null.", &|q| {
        q["credentials"][1]["faam"]["at_least"] = Value::Null;
    });
    bad("said-list", "What is said about ratings is a list.", &|q| {
        q["credentials"][1]["faam"] = json!(["standing", false, 3]);
    });
    bad("list", "The query is a list of credentials.", &|q| *q = json!([q["credentials"]]));
    let asked = with(|request| request["dcql_query"]["purpose"] = json!("x"));
    let description = "A request with an unknown member in its query.";
    cases.refuse(req, "in-request", "request.unreadable", description, signed(&asked));
}

fn ids(cases: &mut Cases) {
    let req = "REQ-REQUEST-14";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        refuse(cases, req, id, description, change);
    };
    bad("id-twice", "Standing and ratings have one id.", &|q| q["credentials"][1]["id"] = json!("standing"));
    bad("id-standings", "Two standings have one id.", &|q| {
        *q = json!({"credentials": [standing(), standing()]});
    });
    bad("id-ratings", "The ratings of two standings have one id.", &|q| {
        let (mut other, mut more) = (standing(), ratings());
        other["id"] = json!("other");
        more["faam"]["standing"] = json!("other");
        *q = json!({"credentials": [standing(), ratings(), other, more]});
    });
    let req = "REQ-REQUEST-13";
    let mut bad = |id: &str, description: &str, text: String| {
        refuse(cases, req, id, description, |q| {
            q["credentials"][1]["id"] = json!(text);
        });
    };
    bad("id-empty", "An empty id.", String::new());
    bad("id-33", "An id of 33 characters.", "i".repeat(33));
    bad("id-dot", "An id with a full stop.", "ratings.1".to_owned());
}

fn standings(cases: &mut Cases) {
    let req = "REQ-REQUEST-15";
    let mut bad = |id: &str, description: &str, list: Vec<Value>| {
        refuse(cases, req, id, description, |q| *q = json!({"credentials": list}));
    };
    let named = |n: usize| {
        let mut standing = standing();
        standing["id"] = json!(format!("s{n}"));
        standing
    };
    bad("nothing", "Nothing is asked for.", vec![]);
    bad("nine", "Nine standings.", (0..9).map(named).collect());
    bad("ratings-alone", "Ratings without a standing.", vec![ratings()]);
    bad("ratings-first", "Ratings stand before their standing.", vec![ratings(), standing()]);
    let mut more = ratings();
    more["id"] = json!("more");
    bad("ratings-twice", "Ratings are asked for twice from one standing.", vec![standing(), ratings(), more]);
}

fn of_ratings(cases: &mut Cases) {
    let req = "REQ-REQUEST-16";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        refuse(cases, req, id, description, change);
    };
    bad("multiple-false", "`multiple` is false for ratings.", &|q| {
        q["credentials"][1]["multiple"] = json!(false)
    });
    bad("multiple-absent", "`multiple` is absent for ratings.", &|q| {
        q["credentials"][1].as_object_mut().unwrap().remove("multiple");
    });
    bad("multiple-standing", "`multiple` is true for a standing.", &|q| {
        q["credentials"][0]["multiple"] = json!(true)
    });
    bad("multiple-said", "`multiple` is false for a standing, where it is absent.", &|q| {
        q["credentials"][0]["multiple"] = json!(false);
    });
    bad("standing-unknown", "Ratings name a standing that is not asked for.", &|q| {
        q["credentials"][1]["faam"]["standing"] = json!("other");
    });
    bad("standing-itself", "Ratings name themselves as their standing.", &|q| {
        q["credentials"][1]["faam"]["standing"] = json!("ratings");
    });
    bad("no-faam", "Ratings name no standing.", &|q| {
        q["credentials"][1].as_object_mut().unwrap().remove("faam");
    });
    bad("standing-faam", "A standing names a standing.", &|q| {
        q["credentials"][0]["faam"] = json!({"standing": "standing"});
    });
    bad("market-other", "Ratings of another market than the standing's.", &|q| {
        q["credentials"][1]["claims"][0]["values"] = json!(["beta"]);
    });
    bad("market-any", "Ratings of any market, beside the standing of one.", &|q| {
        q["credentials"][1]["claims"].as_array_mut().unwrap().remove(0);
    });
    bad("issuer-more", "Ratings name an issuer, the standing does not.", &|q| {
        let issuer = json!({"path": ["iss"], "values": [did(1)]});
        q["credentials"][1]["claims"].as_array_mut().unwrap().push(issuer);
    });
}

fn claims(cases: &mut Cases) {
    let req = "REQ-REQUEST-17";
    let mut bad = |id: &str, description: &str, at: usize, claim: Value| {
        refuse(cases, req, id, description, |q| {
            q["credentials"][at]["claims"].as_array_mut().unwrap().push(claim);
        });
    };
    bad("path-salt", "The salt of an entry.", 1, json!({"path": ["entry", "salt"]}));
    bad("path-cnf", "The holder key.", 0, json!({"path": ["cnf"]}));
    bad("path-number", "A place in a list.", 1, json!({"path": ["aspects", 0]}));
    bad("path-null", "Every place in a list.", 1, json!({"path": ["aspects", null]}));
    bad("path-empty", "An empty path.", 1, json!({"path": []}));
    bad("path-text", "The text of replies, which is no part of a rating.", 1, json!({"path": ["text"]}));
    bad("path-standing", "A part of ratings, asked of a standing.", 0, json!({"path": ["comment"]}));
    bad(
        "path-role",
        "Roles, asked of a standing.",
        0,
        json!({"path": ["entry", "role"], "values": ["seller"]}),
    );
    bad("path-value", "The value of ratings, asked of a standing.", 0, json!({"path": ["entry", "value"]}));
    bad("part-twice", "A part is asked for twice.", 1, json!({"path": ["comment"]}));
    bad("value-twice", "The value is asked for twice.", 1, json!({"path": ["entry", "value"]}));
    bad("market-twice", "Markets are named twice.", 0, json!({"path": ["market"], "values": ["alpha"]}));
    bad("values-part", "A part of given values only.", 1, json!({"path": ["day"], "values": ["2026-11-21"]}));
    let mut bad = |id: &str, description: &str, claim: Value| {
        refuse(cases, req, id, description, |q| {
            for at in [0, 1] {
                q["credentials"][at]["claims"][0] = claim.clone();
            }
        });
    };
    bad("values-none", "A market, and none is named.", json!({"path": ["market"], "values": []}));
    bad("values-absent", "A market without values.", json!({"path": ["market"]}));
    bad("values-null", "A market with values that are null.", json!({"path": ["market"], "values": null}));
    let many: Vec<String> = (0..33).map(|n| format!("market-{n}")).collect();
    bad("values-33", "Thirty-three markets.", json!({"path": ["market"], "values": many}));
    bad(
        "values-form",
        "A market whose name cannot be one.",
        json!({"path": ["market"], "values": ["Alpha"]}),
    );
    bad(
        "values-did",
        "An issuer whose DID cannot be one.",
        json!({"path": ["iss"], "values": ["did:web:a.example."]}),
    );
    bad("values-number", "A market that is a number.", json!({"path": ["market"], "values": [7]}));
    refuse(cases, req, "claims-empty", "An empty list of claims, instead of none.", |q| {
        *q = json!({"credentials": [standing()]});
        q["credentials"][0]["claims"] = json!([]);
    });
}

fn bounds(cases: &mut Cases) {
    let req = "REQ-REQUEST-18";
    for (id, number) in [("at-least", 1025), ("at-least-million", 1_000_000), ("at-least-huge", 1_u64 << 32)]
    {
        let description = format!("At least {number} ratings.");
        refuse(cases, req, id, &description, |q| q["credentials"][1]["faam"]["at_least"] = json!(number));
    }
    let description = "At least -1 ratings.";
    refuse(cases, req, "at-least-negative", description, |q| {
        q["credentials"][1]["faam"]["at_least"] = json!(-1)
    });
}
