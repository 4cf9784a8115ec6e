//! The part of the check that is about private standings: whose secrets, the same entropy as ever, and signatures over what the
//! wallet computed itself.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::bbs::Entropy;
use faam_spec::grid::Measures;
use faam_spec::hash::{Capability, LedgerId};
use faam_spec::ledger::Ledger;
use faam_spec::name::{MarketId, Role};
use faam_spec::private::{self, OfferedPrivate, WalletSecrets};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::{DAY, Day, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Conflict, Known, ReceiveRefused};
use crate::held::HeldStanding;
use crate::private::{HeldPrivate, HeldPrivateStanding, ShownSteps};

/// Secrets that the wallet has for one of its holder keys, and what is known of their use.
#[derive(Debug, Clone)]
pub struct KnownSecrets {
    /// The secrets.
    pub secrets: WalletSecrets,
    /// For what they were made.
    pub of: SecretsOf,
    /// When they were made, where that is known: older notes lack it.
    pub made: Option<Made>,
}

/// When secrets were made, and what the wallet held then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The moment.
    pub at: Timestamp,
    /// Since when each ledger that was held then was bound: a binding without a commitment may take one later.
    pub held: BTreeMap<LedgerId, Day>,
}

/// For what secrets were made. Those of one ledger are never looked at for another (A30).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretsOf {
    /// A ledger whose binding has their commitment, and the entropy that was seen with it first.
    Ledger(LedgerId, Entropy),
    /// An offer that was or is being redeemed; its link's capability.
    Offer(Capability),
    /// A binding of a wallet with the same phrase: they were made again from it.
    Phrase,
}

/// Private standings in which everything was verified.
#[derive(Debug, Clone)]
pub struct AcceptedPrivate {
    pub(crate) secrets: WalletSecrets,
    pub(crate) made: Option<Made>,
    pub(crate) entropy: Entropy,
    pub(crate) standings: BTreeMap<Role, HeldPrivateStanding>,
}

/// What was found about private standings in an offer.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundPrivate {
    pub(super) accepted: Option<AcceptedPrivate>,
    /// Whether the offer named a commitment at all, known or not.
    pub(super) is_named: bool,
    pub(super) warning: Option<String>,
}

impl KnownSecrets {
    fn may_be_of(&self, ledger: LedgerId) -> bool {
        match self.of {
            SecretsOf::Ledger(of, _) => of == ledger,
            SecretsOf::Offer(_) | SecretsOf::Phrase => true,
        }
    }
}

impl Made {
    /// Whether a ledger may have been bound on that day to a wallet with these secrets.
    fn allows(&self, ledger: LedgerId, bound: Day) -> bool {
        bound >= self.at.plus(-DAY).day() || self.held.get(&ledger) == Some(&bound)
    }
}

impl AcceptedPrivate {
    /// As it is held from `now` on, with what was shown under its secrets before.
    pub(crate) fn into_held(self, now: Timestamp, shown: ShownSteps) -> HeldPrivate {
        HeldPrivate {
            secrets: self.secrets,
            entropy: self.entropy,
            standings: self.standings,
            renewed: now,
            compared: None,
            shown,
        }
    }
}

/// Verifies what an offer has for private standings. What cannot be used for want of secrets does not spoil the rest.
pub(super) fn check_private(
    offered: Option<OfferedPrivate>,
    ledger: &Ledger,
    standing: &HeldStanding,
    market: &MarketId,
    known: Known<'_>,
    now: Timestamp,
) -> Result<FoundPrivate, ReceiveRefused> {
    let of_ledger = known.secrets.iter().filter(|known| known.may_be_of(ledger.id()));
    let bound = of_ledger.clone().find_map(|known| match known.of {
        SecretsOf::Ledger(_, entropy) => Some((&known.secrets, entropy)),
        SecretsOf::Offer(_) | SecretsOf::Phrase => None,
    });
    let Some(offered) = offered else {
        let warning = bound.map(|_| {
            format!("{market} gave no private standing this time. The secrets for it are kept, and you can prove milestones again when it gives one.")
        });
        return Ok(FoundPrivate { warning, ..FoundPrivate::default() });
    };
    let mut found = FoundPrivate { is_named: true, ..FoundPrivate::default() };
    //= spec/text/private.md#REQ-PRIVATE-8
    //# Where `commitment` is not one whose secrets the wallet has, it MUST keep the rest of the offer and say
    //# so
    let Some(KnownSecrets { secrets, of, made }) =
        of_ledger.clone().find(|known| known.secrets.commitment == offered.commitment)
    else {
        found.warning = Some(format!(
            "{market} signs private standings for secrets that this wallet does not have: they were lost with another wallet. Everything else is kept. Only a new binding helps: ask {market} to bind this wallet anew."
        ));
        return Ok(found);
    };
    match of {
        //= spec/text/private.md#REQ-PRIVATE-6
        //# a wallet pins the first that it sees for a commitment and refuses another, because every pseudonym
        //# would change
        SecretsOf::Ledger(_, pinned) if *pinned != offered.entropy => {
            let fault = Fault::new(Reason::PrivateEntropy, "private.entropy");
            let complaint = known.ledger.map(|held| {
                Box::new(Conflict::of_ledgers(&fault, &held.standing, standing, known.histories, now))
            });
            return Err(ReceiveRefused { fault, conflict: complaint });
        }
        SecretsOf::Offer(_) | SecretsOf::Phrase if bound.is_some() => {
            found.warning = Some(format!(
                "{market} bound this wallet anew: every verifier sees a new pseudonym of you from now on, and the time since the binding begins again."
            ));
        }
        SecretsOf::Phrase => {
            found.warning = Some(format!(
                "The secrets for {market}'s private standings were made again from the phrase: your pseudonyms are those from before. Which milestones were shown under them is known only to the wallet that showed them."
            ));
        }
        _ => {}
    }
    //= spec/text/private.md#REQ-PRIVATE-7
    //# Standings with a `bound` that lies more than a day before the day on which the wallet made the secrets it
    //# MUST NOT take
    if made.as_ref().is_some_and(|made| !made.allows(ledger.id(), standing.statement().bound)) {
        // The secrets stay where they are: the market may tell the right day yet.
        return Ok(FoundPrivate {
            warning: Some(format!(
                "{market} says that you were bound before this wallet made the secrets for it, which could serve to recognise you. Its private standings are not taken; everything else is kept. Ask {market} to bind this wallet anew."
            )),
            ..FoundPrivate::default()
        });
    }
    let standings = check_standings(&offered, ledger, standing, secrets)?;
    found.accepted = Some(AcceptedPrivate {
        secrets: secrets.clone(),
        made: made.clone(),
        entropy: offered.entropy,
        standings,
    });
    Ok(found)
}

fn check_standings(
    offered: &OfferedPrivate,
    ledger: &Ledger,
    standing: &HeldStanding,
    secrets: &WalletSecrets,
) -> Result<BTreeMap<Role, HeldPrivateStanding>, Fault> {
    let record = standing.record().record();
    let terms_key = private::terms(record)?.key;
    let bad_key = |_| Fault::new(Reason::PrivateTerms, "epoch_record.private.key");
    faam_bbs::backend().check_key(&terms_key).map_err(bad_key)?;
    //= spec/text/private.md#REQ-PRIVATE-7
    //# there MUST be one for each role in which the ledger has a live rating, and no other
    let roles: BTreeSet<&Role> = ledger.live().map(|(_, rating)| &rating.role).collect();
    if !offered.standings.keys().eq(roles) {
        return Err(Fault::new(Reason::PrivateSignature, "private.standings"));
    }
    let as_of = record.begins().day();
    let mut standings = BTreeMap::new();
    for (role, signature) in &offered.standings {
        let steps = Measures::of(ledger, role, as_of).steps(standing.statement().bound, as_of);
        //= spec/text/private.md#REQ-PRIVATE-7
        //# The signature MUST verify over the milestones that the wallet computed itself, with its own secrets
        //# and under the record's key
        let secrets = (secrets, &offered.entropy);
        private::check(faam_bbs::backend(), record, role, &steps, secrets, signature)?;
        standings.insert(role.clone(), HeldPrivateStanding { steps, signature: *signature });
    }
    Ok(standings)
}

#[cfg(test)]
mod tests;
