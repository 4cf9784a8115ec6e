//! Queries of private standings: REQ-REQUEST-19 to REQ-REQUEST-21.

use serde_json::{Value, json};

use super::queries::{did, ratings, reading, standing};
use super::{signed, with};
use crate::vectors::make::Cases;

/// A private standing that is asked for.
fn private() -> Value {
    json!({
        "id": "private", "format": "faam-bbs-08-nym-01", "meta": {"grid": 1},
        "claims": [
            {"path": ["market"], "values": ["alpha"]},
            {"path": ["milestones", "count>=50"]}, {"path": ["milestones", "mean>=875"]},
        ],
    })
}

fn asking(list: &[Value]) -> Value {
    reading(&json!({"credentials": list}))
}

/// As many of them, each under its own id.
fn several(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| {
            let mut query = private();
            query["id"] = json!(format!("p{n}"));
            query
        })
        .collect()
}

pub(super) fn cases(cases: &mut Cases) {
    accepted(cases);
    alone(cases);
    form(cases);
    milestones(cases);
}

fn accepted(cases: &mut Cases) {
    let req = "REQ-REQUEST-19";
    cases.accept(req, "private", "Two milestones of one market.", asking(&[private()]));
    cases.accept(req, "private-four", "Four private standings.", asking(&several(4)));
    let mut bare = private();
    bare["claims"] = json!([{"path": ["milestones", "disputes=0"]}]);
    let description = "One milestone, of any market, issuer and role.";
    cases.accept(req, "private-any", description, asking(&[bare]));
    let request = with(|request| request["dcql_query"] = json!({"credentials": [private()]}));
    cases.accept(req, "private-in-request", "A request for milestones.", signed(&request));
    let mut all = private();
    let roles: Vec<String> = (0..32).map(|n| format!("role-{n}")).collect();
    all["claims"] = json!([
        {"path": ["market"], "values": ["alpha", "beta"]}, {"path": ["iss"], "values": [did(1), did(2)]},
        {"path": ["role"], "values": roles},
        {"path": ["milestones", "counterparties>=25"]}, {"path": ["milestones", "tenure>=3y"]},
        {"path": ["milestones", "low_share<=2%"]}, {"path": ["milestones", "bound>=90d"]},
    ]);
    let description = "Four milestones, in one of thirty-two roles, of two markets of two issuers.";
    cases.accept("REQ-REQUEST-21", "private-all", description, asking(&[all]));
}

fn alone(cases: &mut Cases) {
    let req = "REQ-REQUEST-19";
    let mut bad = |id: &str, description: &str, list: &[Value]| {
        cases.refuse(req, id, "request.unreadable", description, asking(list)).attack("A27");
    };
    bad("private-five", "Five private standings.", &several(5));
    bad("private-standing", "A standing behind a private one.", &[private(), standing()]);
    bad("private-behind", "A private standing behind another one.", &[standing(), private()]);
    bad(
        "private-ratings",
        "Ratings and their standing behind a private one.",
        &[private(), standing(), ratings()],
    );
    let mut sixteen = several(16);
    sixteen[15] = standing();
    bad("private-sixteen", "Fifteen private standings and a standing.", &sixteen);
}

fn form(cases: &mut Cases) {
    let req = "REQ-REQUEST-20";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        let mut query = private();
        change(&mut query);
        assert_ne!(query, private(), "{id}");
        cases.refuse(req, id, "request.unreadable", description, asking(&[query])).attack("A27");
    };
    bad("grid-2", "A grid of another version.", &|q| q["meta"]["grid"] = json!(2));
    bad("grid-0", "A grid of version 0.", &|q| q["meta"]["grid"] = json!(0));
    bad("grid-text", "The grid's version as a text.", &|q| q["meta"]["grid"] = json!("1"));
    bad("grid-none", "No grid.", &|q| q["meta"] = json!({}));
    bad("grid-vct", "A type of SD-JWTs beside the grid.", &|q| {
        q["meta"]["vct_values"] = json!(["urn:faam:standing:0"]);
    });
    bad("grid-more", "Another member of `meta`.", &|q| q["meta"]["suite"] = json!("bbs"));
    bad("private-multiple", "`multiple` is false, where it is absent.", &|q| q["multiple"] = json!(false));
    bad("private-many", "`multiple` is true.", &|q| q["multiple"] = json!(true));
    bad("private-faam", "It names a standing.", &|q| q["faam"] = json!({"standing": "standing"}));
    let req = "REQ-REQUEST-13";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        let mut query = private();
        change(&mut query);
        cases.refuse(req, id, "request.unreadable", description, asking(&[query])).attack("A27");
    };
    bad("private-role-twice", "Roles are named twice.", &|q| {
        for role in ["seller", "buyer"] {
            let claim = json!({"path": ["role"], "values": [role]});
            q["claims"].as_array_mut().unwrap().push(claim);
        }
    });
    bad("private-values", "A milestone with values.", &|q| {
        q["claims"][1]["values"] = json!(["true"]);
    });
    bad("private-number", "A number of the ledger, which no private standing states.", &|q| {
        q["claims"].as_array_mut().unwrap().push(json!({"path": ["numbers", "ratings"]}));
    });
    bad("private-epoch", "Epochs are named.", &|q| {
        q["claims"].as_array_mut().unwrap().push(json!({"path": ["epoch"], "values": ["2967"]}));
    });
    bad("private-format", "The format of another revision.", &|q| q["format"] = json!("faam-bbs-08-nym-02"));
}

fn milestones(cases: &mut Cases) {
    let req = "REQ-REQUEST-21";
    let mut bad = |id: &str, description: &str, list: &[&str]| {
        let mut query = private();
        query["claims"] = list.iter().map(|text| json!({"path": ["milestones", text]})).collect();
        cases.refuse(req, id, "request.milestones", description, asking(&[query])).attack("A27");
    };
    bad("milestones-none", "No milestone.", &[]);
    bad(
        "milestones-five",
        "Five milestones, each of another metric.",
        &["count>=50", "mean>=875", "tenure>=3y", "bound>=1y", "disputes=0"],
    );
    bad("milestones-metric", "Two milestones of one metric.", &["count>=20", "count>=50"]);
    bad("milestones-twice", "A milestone twice.", &["count>=50", "count>=50"]);
    bad(
        "milestones-order",
        "Milestones in another order than that of the grid.",
        &["mean>=875", "count>=50"],
    );
    bad("milestones-off", "A threshold between two of the grid.", &["count>=51"]);
    bad("milestones-exact", "An exact number.", &["count=50"]);
    bad("milestones-not", "That a milestone is not reached.", &["count<50"]);
    bad("milestones-metric-other", "A metric that there is not.", &["age>=18"]);
    bad("milestones-space", "A milestone with a space.", &["count >= 50"]);
}
