//! Vectors of `spec/text/policy.md`: files that can be used and that cannot, and what becomes of answers under them.

mod counted;
mod done;
mod files;
mod needs;

use serde_json::{Value, json};

use super::Cases;
use super::fixtures_shown::{Case, PrivateCase, PrivateWorld, World, compact};
use crate::vectors::Vector;

/// Every case of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("policy");
    files::cases(&mut cases);
    let (alpha, beta) = (World::new("alpha", 1), World::new("beta", 2));
    let private = PrivateWorld::new();
    needs::cases(&mut cases, &alpha, &private);
    counted::cases(&mut cases, &alpha, &beta, &private);
    done::cases(&mut cases, &alpha);
    cases.done()
}

/// Codes with their places.
type Stated = &'static [(&'static str, &'static str)];

/// An answer, and the trust file by which it is judged.
#[derive(Clone)]
struct Judged {
    request: String,
    asked: i64,
    now: i64,
    presentation: Value,
    trust: Vec<Value>,
    notices: Vec<Value>,
    records: Vec<String>,
    status: Vec<String>,
}

impl From<&Case> for Judged {
    fn from(case: &Case) -> Self {
        Self {
            request: case.request().as_str().to_owned(),
            asked: case.asked,
            now: case.now,
            presentation: compact(&case.presentation().to_string()),
            trust: case.trust.clone(),
            notices: Vec::new(),
            records: case.records.clone(),
            status: case.status.clone(),
        }
    }
}

impl From<&PrivateCase> for Judged {
    fn from(case: &PrivateCase) -> Self {
        Self {
            request: case.request(),
            asked: case.asked,
            now: case.now,
            presentation: Value::from(case.presentation().to_string()),
            trust: case.trust.clone(),
            notices: Vec::new(),
            records: Vec::new(),
            status: Vec::new(),
        }
    }
}

/// Cases of one requirement, each the same answer under another policy.
struct Under<'a> {
    cases: &'a mut Cases,
    req: &'static str,
    judged: Judged,
}

impl<'a> Under<'a> {
    fn new(cases: &'a mut Cases, req: &'static str, judged: impl Into<Judged>) -> Self {
        Self { cases, req, judged: judged.into() }
    }

    fn input(&self, policy: &str, reasons: Stated, notes: Stated) -> Value {
        let judged = &self.judged;
        let mut trust = json!({"v": 0, "trust": judged.trust});
        if !judged.notices.is_empty() {
            trust["notice"] = json!(judged.notices);
        }
        json!({
            "operation": "decide",
            "request": judged.request,
            "asked": judged.asked,
            "presentation": judged.presentation,
            "trust": toml::to_string(&trust).unwrap(),
            "policy": format!("v = 0\n{policy}"),
            "records": judged.records,
            "status": judged.status,
            "reasons": reasons,
            "notes": notes,
        })
    }

    /// Accepted, with these notes.
    fn accept(&mut self, id: &str, description: &str, policy: &str, notes: Stated) -> &mut Vector {
        let (input, now) = (self.input(policy, &[], notes), self.judged.now);
        self.cases.accept(self.req, &self.named(id), description, input).at(now)
    }

    /// Refused, for all of these reasons.
    fn refuse(&mut self, id: &str, description: &str, policy: &str, reasons: Stated) -> &mut Vector {
        let (input, now) = (self.input(policy, reasons, &[]), self.judged.now);
        self.cases.refuse(self.req, &self.named(id), reasons[0].0, description, input).at(now)
    }

    /// Not decided, for all of these reasons.
    fn undecided(&mut self, id: &str, description: &str, policy: &str, reasons: Stated) -> &mut Vector {
        let (input, now) = (self.input(policy, reasons, &[]), self.judged.now);
        self.cases.undecided(self.req, &self.named(id), reasons[0].0, description, input).at(now)
    }

    fn named(&self, id: &str) -> String {
        format!("{}-{id}", self.req.trim_start_matches("REQ-POLICY-"))
    }
}
