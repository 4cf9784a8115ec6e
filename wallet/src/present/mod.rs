//! Presenting: choosing from what is held, wholly or not at all, and making the proof.

mod approval;
mod private;
mod ratings;

use std::collections::BTreeMap;

pub use approval::counts;
use faam_spec::bbs::Bbs;
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::presentation::{self, Presentation};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::SdJwt;
use faam_spec::time::{DAY, Timestamp};
pub use private::PrivatePart;
use rand_core::CryptoRngCore;
pub use ratings::{Chosen, Part};
use serde::{Deserialize, Serialize};

use crate::held::{HeldLedger, LedgerInfo};
use crate::persona::ties::{How, Tie};
use crate::persona::{FIRST, Persona, PersonaName};
use crate::receive::{Conflict, contradicted};
use crate::vault::{Happened, LogEntry, ShownPrivate, Told, WhoAsked};

/// Which ratings to show when not all are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The newest.
    #[default]
    Newest,
    /// The best valued, of equals the newest.
    Best,
}

/// What would be shown in answer to a request: ledgers, or private standings, and never both; and of one persona.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    request: &'a SignedRequest,
    held: &'a [HeldLedger],
    persona: u32,
    named: Option<PersonaName>,
    ties: Vec<Tie>,
    parts: Vec<Part<'a>>,
    private: Vec<PrivatePart<'a>>,
    climbing: bool,
    approval: Hash,
}

/// What a holder said to what they were shown of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// The digest of exactly what they agreed to: [`Plan::approval`] of the plan that they saw.
    pub to: Hash,
    /// Whether they take the risk of epoch records that were not compared with what others see.
    pub not_compared: bool,
}

impl<'a> Plan<'a> {
    /// Chooses what answers `request`. Each ledger is shown at most once, and each role of a private standing, in the newest
    /// epoch that is held.
    ///
    /// # Errors
    /// `request.expired`; `query.nothing` when any part of the request cannot be answered wholly; `request.climbing` when it
    /// could be only with higher steps than this verifier was shown before; `rating.withdrawn` when it could be only with
    /// ratings that were withdrawn or corrected since; `too_large` for more than can be shown at once; `internal` where `held` is of
    /// more than one persona.
    pub fn new(
        request: &'a SignedRequest,
        held: &'a [HeldLedger],
        pick: Pick,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        request.check_open(now)?;
        //= spec/text/personas.md#REQ-PERSONA-4
        //# An answer MUST be made of what one persona holds
        let persona = held.first().map_or(FIRST, |held| held.info.persona);
        if held.iter().any(|held| held.info.persona != persona) {
            return refuse(Reason::Internal, "persona");
        }
        let asked = request.request();
        let mut parts: Vec<Part<'a>> = Vec::new();
        for query in asked.ask.query.ledgers() {
            parts.push(ratings::part(query, held, &parts, pick, now)?);
        }
        let (private, climbing) = private::parts(asked.ask.query.private(), held, &asked.verifier, now)?;
        let (named, ties, approval) = (None, Vec::new(), request.digest());
        let plan = Self { request, held, persona, named, ties, parts, private, climbing, approval };
        plan.with_approval()
    }

    /// The same under a persona with this name, of a wallet that has several; `ties` are what would tie it to others
    /// ([`crate::vault::Vault::ties`]). They are a part of what is approved.
    ///
    /// # Errors
    /// `internal` for another persona than whose ledgers these are.
    pub fn under(self, persona: &Persona, ties: Vec<Tie>) -> Result<Self, Fault> {
        let is_theirs = self.parts.is_empty() && self.private.is_empty() || self.persona == persona.number;
        if !is_theirs {
            return refuse(Reason::Internal, "persona");
        }
        Self { persona: persona.number, named: Some(persona.name.clone()), ties, ..self }.with_approval()
    }

    fn with_approval(self) -> Result<Self, Fault> {
        let shown = self.parts.iter().map(Part::approved).collect();
        let private = self.private.iter().map(PrivatePart::approved).collect();
        let of = (self.persona, &self.ties[..]);
        let approval = approval::digest(self.request, of, shown, private)?;
        Ok(Self { approval, ..self })
    }

    /// Whether what would tie this persona to others is what stands in what was approved; `now` is that of this moment.
    ///
    /// # Errors
    /// `consent.missing` at `ties`.
    //= spec/text/personas.md#REQ-PERSONA-7
    //# so that what was approved before another persona showed something is not approved any more
    pub fn check_ties(&self, now: &[Tie]) -> Result<(), Fault> {
        let marks = |ties: &[Tie]| ties.iter().map(Tie::mark).collect::<Vec<(u32, How)>>();
        if marks(&self.ties) == marks(now) { Ok(()) } else { refuse(Reason::ConsentMissing, "ties") }
    }

    /// The persona whose ledgers these are.
    #[must_use]
    pub const fn persona(&self) -> u32 {
        self.persona
    }

    /// What that persona is called, where the wallet has several.
    #[must_use]
    pub const fn named(&self) -> Option<&PersonaName> {
        self.named.as_ref()
    }

    /// What would tie it to others.
    #[must_use]
    pub fn ties(&self) -> &[Tie] {
        &self.ties
    }

    /// Every ledger of which something would be shown.
    pub fn held(&self) -> impl Iterator<Item = &'a HeldLedger> {
        self.parts.iter().map(Part::held).chain(self.private.iter().map(PrivatePart::held))
    }

    /// Whether no private standing that would be proven is of an epoch record that the market contradicted: whatever else it is, it
    /// could be a mark. No word of the holder helps against that. `conflicts` are those that are kept.
    ///
    /// # Errors
    /// `epoch.forked`.
    ///
    /// Implements REQ-PRIVATE-16 (`spec/text/private.md`).
    pub fn check_records(&self, conflicts: &[Conflict]) -> Result<(), Fault> {
        //= spec/text/private.md#REQ-PRIVATE-16
        //# a market that has another record, or another key, for one person could follow that person
        let mut records = self.private.iter().map(|part| part.held().standing().record());
        match records.find_map(|record| contradicted(conflicts, record)) {
            Some(refused) => Err(refused.fault().clone()),
            None => Ok(()),
        }
    }

    /// Whether a holder agreed to exactly this, and to showing what was not compared where there is such.
    ///
    /// # Errors
    /// `consent.missing` at `approval` for another digest, at `not_compared` for a record that was not compared.
    ///
    /// Implements REQ-REQUEST-11 (`spec/text/request.md`) and REQ-PRIVATE-16 (`spec/text/private.md`).
    pub fn check_agreed(&self, agreed: Agreed) -> Result<(), Fault> {
        //= spec/text/request.md#REQ-REQUEST-11
        //# A wallet MUST ask its holder, whatever the link says
        if agreed.to != self.approval {
            return refuse(Reason::ConsentMissing, "approval");
        }
        //= spec/text/private.md#REQ-PRIVATE-16
        //# A record that it could not compare it shows only when the holder, told so, asks for it all the same.
        let is_compared = |part: &PrivatePart<'_>| part.private().compared.is_some();
        if agreed.not_compared || self.private.iter().all(is_compared) {
            return Ok(());
        }
        refuse(Reason::ConsentMissing, "not_compared")
    }

    /// Whether a role was left aside because it could have answered only with a higher step than this verifier was shown before:
    /// an attempt, although another role answers.
    #[must_use]
    pub const fn climbing(&self) -> bool {
        self.climbing
    }

    /// The digest by which a holder agrees to exactly this: another one for another request, other ratings, another
    /// standing or anything more that would be disclosed. Where the answer is posted, a request that asks the same is the same
    /// ([`counts`]).
    #[must_use]
    pub const fn approval(&self) -> Hash {
        self.approval
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &'a SignedRequest {
        self.request
    }

    /// What would be shown of ledgers, in the order in which it was asked for.
    #[must_use]
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// What would be proven of private standings, in the order in which it was asked for.
    #[must_use]
    pub fn private(&self) -> &[PrivatePart<'a>] {
        &self.private
    }

    /// Ledgers that are held under the same name of a market as `shown`, of whichever issuer, without that one.
    pub fn namesakes(&self, shown: &'a LedgerInfo) -> impl Iterator<Item = &'a HeldLedger> {
        let same = move |info: &LedgerInfo| info.market == shown.market && info.ledger != shown.ledger;
        self.held.iter().filter(move |held| same(&held.info))
    }

    /// What is noted about each ledger whose standing would be shown, in that order. Private standings need no holder key.
    pub fn ledgers(&self) -> impl Iterator<Item = &'a LedgerInfo> {
        self.parts.iter().map(|part| part.held().info())
    }

    /// Makes the presentation. `keys` are the holder keys of [`Plan::ledgers`], in their order.
    ///
    /// # Errors
    /// `internal` if keys are missing or do not belong, or a proof cannot be made; `too_large` over the bounds of a presentation.
    //= spec/text/presentation.md#REQ-PRES-23
    //# A wallet makes a presentation from what it holds and MUST ask nobody: no issuer learns that, when or
    //# to whom something is shown.
    pub fn build(
        &self,
        keys: &[SigningKey],
        now: Timestamp,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Presentation, Fault> {
        self.build_with_backend(faam_bbs::backend(), keys, now, rng)
    }

    /// As [`Plan::build`], with another backend for private standings.
    ///
    /// # Errors
    /// Those of [`Plan::build`].
    pub fn build_with_backend(
        &self,
        bbs: &dyn Bbs,
        keys: &[SigningKey],
        now: Timestamp,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Presentation, Fault> {
        if keys.len() != self.parts.len() {
            return refuse(Reason::Internal, "keys");
        }
        let asked = self.request.request();
        let audience = asked.verifier.client_id();
        let mut vp_token = BTreeMap::new();
        let mut ledgers = Vec::new();
        for (part, key) in self.parts.iter().zip(keys) {
            let standing = part.held().standing();
            if standing.standing().holder() != &key.verifying_key() {
                return refuse(Reason::Internal, "keys");
            }
            //= spec/text/presentation.md#REQ-PRES-22
            //# What consent did not name MUST NOT be in the answer
            let bind = |sd_jwt: SdJwt| Ok(sd_jwt.bind(key, &audience, &asked.nonce, now)?.to_text());
            let bound = bind(SdJwt::parse(standing.as_str())?)?;
            vp_token.insert(part.query().standing.clone(), vec![bound]);
            if let Some(query) = &part.query().ratings {
                let shown = part.ratings().iter().map(|chosen| bind(chosen.select(query)));
                vp_token.insert(query.id.clone(), shown.collect::<Result<_, Fault>>()?);
            }
            ledgers.push(part.proof()?);
        }
        let mut private = Vec::new();
        for part in &self.private {
            let proof = part.prove(bbs, asked, rng)?;
            vp_token.insert(part.query().id.clone(), vec![proof.to_text()]);
            private.push(part.beside());
        }
        Ok(Presentation { v: 0, vp_token, ledgers, private })
    }

    /// The entry of the log for the presentation `bytes`, to be written before anything leaves.
    ///
    /// # Errors
    /// Those of [`Presentation::parse`], and `internal` for bytes that [`Plan::build`] did not make, where private standings are
    /// shown.
    pub fn to_log(&self, bytes: &[u8], now: Timestamp) -> Result<Happened, Fault> {
        let days = i64::from(self.request.request().ask.retention_days);
        Ok(Happened::Shown {
            to: WhoAsked::of(self.request),
            request: self.request.digest(),
            presentation: presentation::hash(bytes),
            ledgers: self.parts.iter().map(Part::shown).collect(),
            private: self.private_shown(bytes)?,
            delete_by: now.plus(days.saturating_mul(DAY)),
            told: Told::Unknown,
        })
    }

    fn private_shown(&self, bytes: &[u8]) -> Result<Vec<ShownPrivate>, Fault> {
        if self.private.is_empty() {
            return Ok(Vec::new());
        }
        let built = Presentation::parse(bytes)?;
        self.private.iter().map(|part| part.shown(&built)).collect()
    }
}

/// Why `query.nothing`: what is asked for and not held, in words for the holder; nothing else is told to anybody.
///
/// Nothing if the request asks for no more than is held.
#[must_use]
pub fn lacking(request: &SignedRequest, held: &[HeldLedger]) -> Option<String> {
    let query = &request.request().ask.query;
    let of_ledgers = query.ledgers().iter().find_map(|query| ratings::lacking(query, held));
    of_ledgers.or_else(|| query.private().iter().find_map(|query| private::lacking(query, held)))
}

/// Why `request.climbing`: the milestones that climb, and what this verifier was shown before and when, in words for the holder;
/// nothing else is told to anybody. `shown` is what was shown so far ([`crate::vault::Vault::shown`]), `when` writes a time.
#[must_use]
pub fn climbing(
    request: &SignedRequest,
    held: &[HeldLedger],
    shown: &[LogEntry],
    when: &dyn Fn(Timestamp) -> String,
) -> Option<String> {
    let asked = request.request();
    let of = |query| private::climbing(query, held, &asked.verifier, (shown, when));
    let told: Vec<String> = asked.ask.query.private().iter().filter_map(of).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

#[cfg(test)]
mod tests;
