//! Making the vectors from valid cases, always the same ones: every chance comes from a seed.
//!
//! Each page of `spec/text` has a module here and a folder in `spec/vectors`. A module begins with cases that are accepted and changes
//! one thing at a time; every object that needs a signature is signed after the change, so that nothing else is wrong with it.

pub mod credentials;
pub mod decision;
pub mod epoch;
pub mod erasure;
pub mod events;
pub mod fixtures_shown;
mod fixtures_signed;
pub mod general;
pub mod grid;
pub mod ledger;
pub mod link;
pub mod names;
pub mod offer;
pub mod openid4vp;
pub mod others;
pub mod policy;
pub mod presentation;
pub mod private;
pub mod request;
pub mod status;
pub mod verifying;
pub mod versions;
pub mod wire;

use serde_json::Value;

use super::{Expect, Vector};

/// Cases of one page, as they are gathered.
#[derive(Debug, Default)]
pub struct Cases {
    page: &'static str,
    vectors: Vec<Vector>,
}

/// The clock of vectors, unless they say otherwise: 2026-11-21T12:00:00Z.
pub const NOW: i64 = 1_795_262_400;

impl Cases {
    /// No cases of the page `page` yet.
    #[must_use]
    pub const fn of(page: &'static str) -> Self {
        Self { page, vectors: Vec::new() }
    }

    /// A case that is accepted.
    pub fn accept(&mut self, req: &str, id: &str, description: &str, input: Value) -> &mut Vector {
        self.push(req, id, description, input, Expect::Accepted, None)
    }

    /// A case that is refused with `code`.
    pub fn refuse(
        &mut self,
        req: &str,
        id: &str,
        code: &str,
        description: &str,
        input: Value,
    ) -> &mut Vector {
        self.push(req, id, description, input, Expect::Refused, Some(code))
    }

    /// A case that cannot be decided, for the reason of `code`.
    pub fn undecided(
        &mut self,
        req: &str,
        id: &str,
        code: &str,
        description: &str,
        input: Value,
    ) -> &mut Vector {
        self.push(req, id, description, input, Expect::Undecided, Some(code))
    }

    fn push(
        &mut self,
        req: &str,
        id: &str,
        description: &str,
        input: Value,
        expect: Expect,
        reason: Option<&str>,
    ) -> &mut Vector {
        let id = format!("{}-{id}", self.page);
        assert!(self.vectors.iter().all(|vector| vector.id != id), "{id} is made twice");
        self.vectors.push(Vector {
            id,
            req: req.to_owned(),
            attack: None,
            description: description.to_owned(),
            input,
            now: NOW,
            expect,
            reason: reason.map(str::to_owned),
        });
        self.vectors.last_mut().unwrap()
    }

    /// The cases.
    #[must_use]
    pub fn done(self) -> Vec<Vector> {
        self.vectors
    }
}

impl Vector {
    /// The same, under the number of an attack.
    pub fn attack(&mut self, number: &str) -> &mut Self {
        self.attack = Some(number.to_owned());
        self
    }

    /// The same, at another time.
    pub const fn at(&mut self, now: i64) -> &mut Self {
        self.now = now;
        self
    }
}

/// Every vector, by the folder in which it is kept.
#[must_use]
pub fn all() -> Vec<(&'static str, Vec<Vector>)> {
    vec![
        ("credentials", credentials::cases()),
        ("decision", decision::cases()),
        ("erasure", erasure::cases()),
        ("epoch", epoch::cases()),
        ("events", events::cases()),
        ("general", general::cases()),
        ("grid", grid::cases()),
        ("ledger", ledger::cases()),
        ("link", link::cases()),
        ("names", names::cases()),
        ("offer", offer::cases()),
        ("openid4vp", openid4vp::cases()),
        ("others", others::cases()),
        ("policy", policy::cases()),
        ("presentation", presentation::cases()),
        ("private", private::cases()),
        ("request", request::cases()),
        ("status", status::cases()),
        ("verifying", verifying::cases()),
        ("versions", versions::cases()),
        ("wire", wire::cases()),
    ]
}
