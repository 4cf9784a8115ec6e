//! An answer with its request and what the verifier knows, and cases made of it.

use std::collections::BTreeSet;

use faam_spec::key::SigningKey;
use faam_spec::peer::PeerId;
use faam_spec::query::{LedgerQuery, Query, RatingsQuery};
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::signed::Signer;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::super::{Cases, NOW};
use super::part::{Part, Shown};
use super::{at, compact, signer};
use crate::vectors::Vector;

/// An answer to a request, and what the verifier knows.
#[derive(Clone)]
pub struct Case {
    /// What is asked.
    pub query: Query,
    /// Who asks.
    pub verifier: Signer,
    /// When it was asked.
    pub asked: i64,
    /// When it is judged.
    pub now: i64,
    /// What is shown.
    pub parts: Vec<Part>,
    /// Whom the verifier believes.
    pub trust: Vec<Value>,
    /// Its policy.
    pub policy: Value,
    /// Records that it knows.
    pub records: Vec<String>,
    /// Lists that it knows.
    pub status: Vec<String>,
    /// Key histories that it knows.
    pub histories: Value,
    /// Whether the request was answered before.
    pub used: bool,
}

/// A query of one ledger.
#[must_use]
pub fn ledger_query(market: Option<&str>, id: &str, ratings: Option<RatingsQuery>) -> LedgerQuery {
    let markets = market.iter().map(|market| market.parse().unwrap()).collect();
    LedgerQuery { standing: id.to_owned(), markets, issuers: Vec::new(), ratings }
}

/// Ratings that are asked for.
#[must_use]
pub fn ratings_query(id: &str, at_least: u32, disclose: &[&str]) -> RatingsQuery {
    RatingsQuery {
        id: id.to_owned(),
        roles: Vec::new(),
        disclose: disclose.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(),
        complete: false,
        at_least,
    }
}

/// Trust in an issuer for everything.
#[must_use]
pub fn trust(part: &Part) -> Value {
    json!({"issuer": part.signer.did(), "market": part.market(), "roles": "any", "types": ["rating", "standing"]})
}

impl Case {
    /// These ledgers in answer to this query, to a verifier that believes their markets.
    #[must_use]
    pub fn new(query: Vec<LedgerQuery>, parts: Vec<Part>) -> Self {
        Self {
            query: Query::new(query).unwrap(),
            verifier: signer(3),
            asked: NOW - 60,
            now: NOW,
            trust: parts.iter().map(trust).collect(),
            parts,
            policy: json!({}),
            records: Vec::new(),
            status: Vec::new(),
            histories: json!({}),
            used: false,
        }
    }

    /// A standing.
    #[must_use]
    pub fn standing(part: &Part) -> Self {
        Self::new(vec![ledger_query(Some(&part.market()), "standing", None)], vec![part.clone()])
    }

    /// The ratings of these indices with these parts, of which as many are asked for.
    #[must_use]
    pub fn ratings(part: &Part, indices: &[u64], disclose: &[&str]) -> Self {
        let ratings = ratings_query("ratings", u32::try_from(indices.len()).unwrap(), disclose);
        let query = ledger_query(Some(&part.market()), "standing", Some(ratings));
        let mut part = part.clone();
        part.ratings = indices.iter().map(|index| part.all[index].clone().disclosing(disclose)).collect();
        Self::new(vec![query], vec![part])
    }

    /// Every live rating, of `role` if it is named.
    #[must_use]
    pub fn complete(part: &Part, role: Option<&str>) -> Self {
        let is_of = |shown: &Shown| role.is_none_or(|role| shown.payload["entry"]["role"] == role);
        let indices: Vec<u64> =
            part.all.iter().filter(|(_, shown)| is_of(shown)).map(|(index, _)| *index).collect();
        let mut case = Self::ratings(part, &indices, &[]);
        case.asking(|ratings| {
            ratings.complete = true;
            ratings.at_least = 0;
            ratings.roles = role.iter().map(|role| role.parse().unwrap()).collect();
        });
        case.parts[0].complete = true;
        case
    }

    /// Asks otherwise for ratings.
    pub fn asking(&mut self, change: impl Fn(&mut RatingsQuery)) {
        self.requery(|query| query.ratings.iter_mut().for_each(&change));
    }

    /// Asks otherwise.
    pub fn requery(&mut self, change: impl Fn(&mut LedgerQuery)) {
        let mut query = self.query.ledgers().to_vec();
        query.iter_mut().for_each(change);
        self.query = Query::new(query).unwrap();
    }

    /// As if everything happened so many seconds later, but for what the market signed.
    pub fn later(&mut self, seconds: i64) {
        self.asked += seconds;
        self.now += seconds;
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> SignedRequest {
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: None,
            query: self.query.clone(),
            life: 600,
        };
        let peer = PeerId::from_public_key(SigningKey::from_seed(&[5; 32]).verifying_key().to_bytes());
        SignedRequest::sign(ask, peer, &self.verifier, at(self.asked), &mut StdRng::seed_from_u64(4)).unwrap()
    }

    /// The answer.
    #[must_use]
    pub fn presentation(&self) -> Value {
        self.presentation_to(&self.request())
    }

    /// The answer to a request that somebody made for this query.
    #[must_use]
    pub fn presentation_to(&self, request: &SignedRequest) -> Value {
        let shown = self.query.ledgers().iter().zip(&self.parts);
        let (mut vp_token, mut ledgers) = (json!({}), Vec::new());
        for (query, part) in shown {
            let (tokens, proof) = part.show(query, request, self.now);
            ledgers.push(proof);
            for (id, list) in tokens {
                vp_token[id] = list;
            }
        }
        json!({"v": 0, "vp_token": vp_token, "ledgers": ledgers})
    }

    /// The vector's input, with `presentation` as the answer.
    #[must_use]
    pub fn input(&self, presentation: Value) -> Value {
        let mut input = json!({
            "operation": "presentation",
            "request": self.request().as_str(),
            "asked": self.asked,
            "presentation": presentation,
            "sources": {
                "trust": self.trust, "policy": self.policy, "records": self.records, "status": self.status,
            },
        });
        if self.used {
            input["used"] = json!(true);
        }
        if self.histories.as_object().is_some_and(|all| !all.is_empty()) {
            input["histories"] = self.histories.clone();
        }
        input
    }
}

/// Cases of one requirement, each a change of the same answer.
pub struct Set<'a> {
    cases: &'a mut Cases,
    req: &'static str,
    base: Case,
}

impl<'a> Set<'a> {
    /// Changes of `base`.
    pub fn new(cases: &'a mut Cases, req: &'static str, base: &Case) -> Self {
        Self { cases, req, base: base.clone() }
    }

    /// Accepted with a change.
    pub fn accept(&mut self, id: &str, text: &str, change: impl FnOnce(&mut Case)) -> &mut Vector {
        let (input, now) = self.made(change, |_| ());
        self.cases.accept(self.req, &self.named(id), text, input).at(now)
    }

    /// Refused for a change before everything was signed.
    pub fn refuse(
        &mut self,
        id: &str,
        code: &str,
        text: &str,
        change: impl FnOnce(&mut Case),
    ) -> &mut Vector {
        let (input, now) = self.made(change, |_| ());
        self.cases.refuse(self.req, &self.named(id), code, text, input).at(now)
    }

    /// Refused for a change after everything was signed.
    pub fn spoil(
        &mut self,
        id: &str,
        code: &str,
        text: &str,
        change: impl FnOnce(&mut Value),
    ) -> &mut Vector {
        let (input, now) = self.made(|_| (), change);
        self.cases.refuse(self.req, &self.named(id), code, text, input).at(now)
    }

    /// Not decided for a change.
    pub fn undecided(
        &mut self,
        id: &str,
        code: &str,
        text: &str,
        change: impl FnOnce(&mut Case),
    ) -> &mut Vector {
        let (input, now) = self.made(change, |_| ());
        self.cases.undecided(self.req, &self.named(id), code, text, input).at(now)
    }

    /// The id with the requirement's number before it; with its page too, where that is another.
    fn named(&self, id: &str) -> String {
        let (page, number) = self.req.trim_start_matches("REQ-").rsplit_once('-').unwrap();
        let page = page.to_lowercase();
        if self.cases.page.starts_with(&page) {
            format!("{number}-{id}")
        } else {
            format!("{page}-{number}-{id}")
        }
    }

    fn made(&self, before: impl FnOnce(&mut Case), after: impl FnOnce(&mut Value)) -> (Value, i64) {
        let mut case = self.base.clone();
        before(&mut case);
        let mut presentation = case.presentation();
        after(&mut presentation);
        (case.input(compact(&presentation.to_string())), case.now)
    }
}
