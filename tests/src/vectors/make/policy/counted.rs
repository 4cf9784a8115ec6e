//! Which statements count, and which of them are one.

use serde_json::json;

use super::super::fixtures_shown::{Case, PrivateWorld, World, ledger_query};
use super::{Cases, Judged, Stated, Under};

/// The standings of both, of one account each.
fn both(alpha: &World, beta: &World) -> Judged {
    let query = vec![ledger_query(None, "first", None), ledger_query(None, "second", None)];
    Judged::from(&Case::new(query, vec![alpha.now.clone(), beta.now.clone()]))
}

const TWO: &str = "[markets]\nat_least = 2\n";
const MARKETS: (&str, &str) = ("policy.markets", "markets");

pub(super) fn cases(cases: &mut Cases, alpha: &World, beta: &World, private: &PrivateWorld) {
    let two = both(alpha, beta);
    alone(&mut Under::new(cases, "REQ-POLICY-5", two.clone()));
    named(&mut Under::new(cases, "REQ-POLICY-14", two.clone()));
    one(cases, &two, alpha, private);
}

fn alone(under: &mut Under<'_>) {
    under.accept(
        "two",
        "Two markets, each with what is needed.",
        &format!("{TWO}[standing]\nratings_at_least = 4"),
        &[],
    );
    under
        .refuse(
            "sum",
            "Four ratings and four are not eight, nor five.",
            "[standing]\nratings_at_least = 5",
            &[
                ("policy.ratings", "facts[0].numbers.total.all.ratings"),
                ("policy.ratings", "facts[1].numbers.total.all.ratings"),
            ],
        )
        .attack("A33");
    under
        .refuse(
            "sum-two",
            "The same of two markets: that too few count comes first.",
            &format!("{TWO}[standing]\nratings_at_least = 5"),
            &[
                MARKETS,
                ("policy.ratings", "facts[0].numbers.total.all.ratings"),
                ("policy.ratings", "facts[1].numbers.total.all.ratings"),
            ],
        )
        .attack("A33");
    under
        .refuse("three", "Two markets where three are needed.", "[markets]\nat_least = 3", &[MARKETS])
        .attack("A33");
    under
        .undecided(
            "newcomer",
            "Both are newcomers, and would be enough.",
            &format!("{TWO}[standing]\n[newcomer]\nbelow = 5"),
            &[MARKETS, ("policy.unrated", "facts[0].numbers"), ("policy.unrated", "facts[1].numbers")],
        )
        .attack("A33");
}

fn named(under: &mut Under<'_>) {
    under.accept(
        "one-of",
        "One of two markets counts, which is enough; what is wrong with the other is noted.",
        "[markets]\nof = [\"alpha\"]",
        &[("policy.market", "facts[1].market")],
    );
    under.accept(
        "both-of",
        "Both markets count.",
        &format!("{TWO}of = [\"alpha\", \"beta\", \"gamma\"]"),
        &[],
    );
    let neither: Stated = &[("policy.market", "facts[0].market"), ("policy.market", "facts[1].market")];
    under
        .refuse("none-of", "None of the markets counts.", "[markets]\nof = [\"gamma\"]", neither)
        .attack("A81");
    under
        .refuse(
            "one-of-two",
            "One of two markets counts, and two are needed.",
            &format!("{TWO}of = [\"beta\", \"gamma\"]"),
            &[MARKETS, ("policy.market", "facts[0].market")],
        )
        .attack("A81");
    under
        .refuse(
            "other-name",
            "A name that begins like the market's is another market.",
            "[markets]\nof = [\"alph\", \"alphabet\"]",
            neither,
        )
        .attack("A81");
}

fn one(cases: &mut Cases, two: &Judged, alpha: &World, private: &PrivateWorld) {
    let req = "REQ-POLICY-9";
    Under::new(cases, req, two.clone()).accept(
        "two",
        "Two issuers with markets of two names in no group.",
        TWO,
        &[],
    );
    let mut grouped = two.clone();
    for entry in &mut grouped.trust {
        entry["group"] = json!("one owner");
    }
    let mut under = Under::new(cases, req, grouped.clone());
    under.refuse("group", "Two markets of one group.", TWO, &[MARKETS]).attack("A82");
    under.accept("group-one", "The same where one is needed.", "", &[]);
    grouped.trust[1]["group"] = json!("another owner");
    Under::new(cases, req, grouped).accept("groups", "Two markets of two groups.", TWO, &[]);
    let query = vec![ledger_query(None, "first", None), ledger_query(None, "second", None)];
    let accounts = Case::new(query, alpha.under_one_record().to_vec());
    Under::new(cases, req, &accounts)
        .refuse("accounts", "Two accounts of one market.", TWO, &[MARKETS])
        .attack("A82");
    // Alpha twice of one issuer, beta of the same issuer, and another issuer's alpha: all one.
    let parts = private.case(&["two", "role", "market", "issuer"]);
    Under::new(cases, req, &parts)
        .refuse("private", "Four private standings: one issuer's of two markets, and another issuer's of a market of one of these names.", TWO, &[MARKETS])
        .attack("A82");
}
