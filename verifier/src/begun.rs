//! From what was judged of an answer to its decision: the proofs that are left, the policy, and the nonce.

use faam_spec::bbs::Bbs;
use faam_spec::decision::{DecisionDocument, LedgerFacts, Outcome, PrivateFacts, SameHolder, StatedReason};
use faam_spec::did::Did;
use faam_spec::name::MarketId;
use faam_spec::private::PreparedProof;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;

use crate::decision::Decision;
use crate::pending::Pending;
use crate::pipeline::{Judged, judge};
use crate::policy::Ruling;
use crate::private::Unproven;
use crate::sources::{NonceStore, Sources};

/// What no presentation can tell; said with every acceptance.
//= spec/text/verifying.md#REQ-VERIFY-14
//# Every accepted decision MUST repeat this.
const NOT_COVERED: [&str; 4] = [
    "Accounts that the person has elsewhere, or under another name, are not seen.",
    "A market that lies is not found out by its own signature.",
    "When something was signed is only what the market says, unless a keeper countersigned it.",
    "Whoever handed over the wallet handed over the name.",
];

/// An answer of which everything was judged but the proofs of private standings, and whether it was answered before.
pub(crate) struct Begun<'a> {
    pending: &'a Pending,
    judged: Judged,
    found: Result<Found, Fault>,
}

/// What was found in an answer: ledgers, verified, or private standings, whose proofs are left.
pub(crate) enum Found {
    Ledgers(Vec<LedgerFacts>),
    Private(Vec<Unproven>),
}

impl Found {
    /// The facts, once `verify` has looked at every proof; the first that does not verify ends it.
    fn proven(self, verify: &mut dyn FnMut(&PreparedProof) -> Result<(), Fault>) -> Result<Facts, Fault> {
        match self {
            Self::Ledgers(ledgers) => Ok(Facts { ledgers, private: Vec::new() }),
            Self::Private(all) => {
                all.iter().try_for_each(|one| verify(&one.proof))?;
                let private = all.into_iter().map(|one| one.facts).collect();
                Ok(Facts { ledgers: Vec::new(), private })
            }
        }
    }
}

impl<'a> Begun<'a> {
    /// Judges `bytes` up to there.
    pub(crate) fn new(
        bbs: &dyn Bbs,
        pending: &'a Pending,
        bytes: &[u8],
        sources: &Sources,
        now: Timestamp,
    ) -> Self {
        let mut judged = Judged::new(now);
        let found = judge(bbs, pending, bytes, sources, &mut judged, now);
        Self { pending, judged, found }
    }

    /// The proofs that are left, in the order in which they are verified.
    pub(crate) fn unproven(&self) -> impl Iterator<Item = &PreparedProof> {
        let private = match &self.found {
            Ok(Found::Private(all)) => all.as_slice(),
            _ => &[],
        };
        private.iter().map(|one| &one.proof)
    }

    /// Comes to the decision: `verify` says of each proof whether it verifies.
    pub(crate) fn end(
        self,
        verify: &mut dyn FnMut(&PreparedProof) -> Result<(), Fault>,
        sources: &Sources,
        nonces: &mut dyn NonceStore,
    ) -> Decision {
        let Self { pending, judged, found } = self;
        let (policy, now) = (&sources.policy, judged.now);
        let found = found.and_then(|found| found.proven(verify));
        //= spec/text/decision.md#REQ-DEC-1
        //# A decision MUST be refused by the first thing that is wrong, and undecided when nothing is wrong and
        //# something is missing: reasons whose exit is `undecided`, and `store.io` when it cannot be said whether
        //# the request was answered before.
        let mut ruling = match &found {
            Err(fault) => policy.on_fault(fault),
            Ok(facts) => {
                let facts = (facts.ledgers.as_slice(), facts.private.as_slice());
                policy.rule(facts, &judged.missing, (&sources.trust, &sources.notices), now)
            }
        };
        //= spec/text/verifying.md#REQ-VERIFY-12
        //# A nonce MUST be consumed atomically and once, and only by an acceptance.
        if ruling.outcome == Outcome::Accepted {
            consume(pending, nonces, &mut ruling);
        }
        let Ruling { outcome, reasons, notes } = ruling;
        //= spec/text/decision.md#REQ-DEC-2
        //# Facts MUST be stated only when it is accepted.
        let facts = found.ok().filter(|_| outcome == Outcome::Accepted).unwrap_or_default();
        let notices = sources.notices.iter().filter(|notice| facts.are_of(&notice.issuer, &notice.market));
        let document = DecisionDocument {
            v: 0,
            request: pending.request().digest(),
            at: now,
            outcome,
            reasons,
            policy: policy.name.clone(),
            notes,
            notices: notices.map(crate::sources::Notice::sentence).collect(),
            //= spec/text/verifying.md#REQ-VERIFY-14
            //# Every accepted decision MUST repeat this.
            not_covered: if outcome == Outcome::Accepted { facts.not_covered() } else { Vec::new() },
            same_holder: facts.same_holder(),
            facts: facts.ledgers,
            private: facts.private,
            sources: judged.sources,
            remember: judged.remember,
            conflict: judged.conflict,
        };
        Decision::new(document, judged.hint)
    }
}

/// What was verified: of ledgers, or of private standings.
#[derive(Default)]
struct Facts {
    ledgers: Vec<LedgerFacts>,
    private: Vec<PrivateFacts>,
}

impl Facts {
    fn are_of(&self, issuer: &Did, market: &MarketId) -> bool {
        self.ledgers.iter().any(|of| of.issuer == *issuer && of.market == *market)
            || self.private.iter().any(|of| of.issuer == *issuer && of.market == *market)
    }

    /// Several ledgers are never said to be of one person.
    //= spec/text/decision.md#REQ-DEC-9
    //# With more than one of `facts`, or of `private`, `same_holder` MUST be `not_proven`
    fn same_holder(&self) -> Option<SameHolder> {
        (self.ledgers.len() + self.private.len() > 1).then_some(SameHolder::NotProven)
    }

    fn not_covered(&self) -> Vec<String> {
        let same_holder = match (self.same_holder(), self.private.is_empty()) {
            (None, _) => None,
            (Some(_), true) => {
                Some("That the ledgers have the same holder is not proven; they are listed, not added.")
            }
            (Some(_), false) => Some(
                "That the private standings have the same holder is not proven; they are listed, not added.",
            ),
        };
        same_holder.into_iter().chain(NOT_COVERED).map(str::to_owned).collect()
    }
}

fn consume(pending: &Pending, nonces: &mut dyn NonceStore, ruling: &mut Ruling) {
    let request = pending.request().request();
    //= spec/text/verifying.md#REQ-VERIFY-12
    //# A nonce MUST be consumed atomically and once
    let (outcome, reason) = match nonces.consume(&request.nonce, request.expires) {
        Ok(true) => return,
        Ok(false) => (Outcome::Refused, Reason::NonceUsed),
        //= spec/text/decision.md#REQ-DEC-1
        //# `store.io` when it cannot be said whether the request was answered before
        Err(_) => (Outcome::Undecided, Reason::StoreIo),
    };
    let reasons = vec![StatedReason::from(&Fault::new(reason, "nonce"))];
    *ruling = Ruling { outcome, reasons, notes: Vec::new() };
}
