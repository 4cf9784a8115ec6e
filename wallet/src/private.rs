//! The private standings of one ledger, as the wallet holds them: pure, like the rest of what is held.

use std::collections::BTreeMap;

use faam_spec::bbs::{BbsSignature, Entropy};
use faam_spec::client::Client;
use faam_spec::grid::{Metric, Milestone, Milestones, Steps};
use faam_spec::name::Role;
use faam_spec::private::WalletSecrets;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything of one ledger's private standings in the epoch of the ledger's newest standing.
#[derive(Debug, Clone)]
pub struct HeldPrivate {
    /// The secrets of the binding.
    pub secrets: WalletSecrets,
    /// The market's part of the pseudonyms' secret, pinned when it was first seen.
    pub entropy: Entropy,
    /// For each role, what the market signed.
    pub standings: BTreeMap<Role, HeldPrivateStanding>,
    /// When this came from the market.
    pub renewed: Timestamp,
    /// When the epoch record was found to be the same by another path, not telling who asked; none until it was, and none when a
    /// contradiction was found.
    ///
    /// Nothing is shown before: while this is none, [`crate::contact::compare_record`] has to be asked. With
    /// [`Compared::Same`](crate::receive::Compared::Same) it is set. When that fails with a contradiction
    /// ([`crate::contact::ContactError::Offer`]), nothing private of this market may be shown in this epoch. When it fails because
    /// nobody answers, nothing was compared, and a person has to be told so and agree; no rule may.
    pub compared: Option<Timestamp>,
    /// What was shown under each of the binding's pseudonyms.
    pub shown: ShownSteps,
}

/// One role's private standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPrivateStanding {
    /// The steps that the wallet computed itself.
    pub steps: Steps,
    /// The market's signature over them.
    pub signature: BbsSignature,
}

/// The highest steps that were shown under each pseudonym of one binding, by the stable part of the verifier's DID and role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownSteps(BTreeMap<String, BTreeMap<Role, BTreeMap<String, u8>>>);

impl ShownSteps {
    /// Whether these milestones may be shown to a verifier: none of them on a higher step than was shown before, and none that
    /// says by another metric that a number is higher than it was shown.
    ///
    /// # Errors
    /// `request.climbing`.
    ///
    /// Implements REQ-PRIVATE-15 (`spec/text/private.md`).
    pub fn check(&self, verifier: &Client, role: &Role, milestones: &Milestones) -> Result<(), Fault> {
        //= spec/text/private.md#REQ-PRIVATE-15
        //# Under one pseudonym a wallet MUST NOT show a higher step of a metric than it showed before
        match milestones.as_slice().iter().any(|asked| self.climbs(verifier, role, *asked)) {
            true => refuse(Reason::RequestClimbing, "milestones"),
            false => Ok(()),
        }
    }

    fn climbs(&self, verifier: &Client, role: &Role, asked: Milestone) -> bool {
        match asked.at_least() {
            Some(n) => self.climbs_in_number(verifier, role, asked.metric(), n),
            None => self.step(verifier, role, asked.metric()).is_some_and(|shown| asked.step() > shown),
        }
    }

    /// Those of these milestones that may not be shown to a verifier, each with what it was shown before that stands against it.
    #[must_use]
    pub fn climbing(
        &self,
        verifier: &Client,
        role: &Role,
        milestones: &Milestones,
    ) -> Vec<(Milestone, Option<Milestone>)> {
        let asked = milestones.as_slice().iter().copied();
        let against = |asked: Milestone| match asked.at_least() {
            // What says most of the number, by whichever metric.
            Some(_) => [Metric::Count, Metric::Counterparties, Metric::RecentCount]
                .into_iter()
                .filter_map(|metric| self.milestone(verifier, role, metric))
                .max_by_key(|shown| (shown.at_least(), shown.metric() == asked.metric())),
            None => self.milestone(verifier, role, asked.metric()),
        };
        asked
            .filter(|asked| self.climbs(verifier, role, *asked))
            .map(|asked| (asked, against(asked)))
            .collect()
    }

    /// Whether `metric` with at least `n` counterparties would say more of a number than was shown of it.
    fn climbs_in_number(&self, verifier: &Client, role: &Role, metric: Metric, n: u64) -> bool {
        let shown = |of: Metric| self.milestone(verifier, role, of).and_then(Milestone::at_least);
        let (all, recent) =
            (shown(Metric::Count).max(shown(Metric::Counterparties)), shown(Metric::RecentCount));
        //= spec/text/private.md#REQ-PRIVATE-15
        //# `count` and `counterparties` are one number, and that of `recent_count` is never over it
        match metric {
            // What was shown of the recent ones is true of all: it may be said again by their number.
            Metric::Count | Metric::Counterparties => all.is_some() && all.max(recent) < Some(n),
            _ if recent.is_some() => recent < Some(n),
            _ => all.is_some_and(|all| all < n),
        }
    }

    /// Notes what is shown to a verifier.
    pub fn note(&mut self, verifier: &Client, role: &Role, milestones: &Milestones) {
        let roles = self.0.entry(verifier.stable_part().to_owned()).or_default();
        let steps = roles.entry(role.clone()).or_default();
        for milestone in milestones.as_slice() {
            let shown = steps.entry(milestone.metric().name().to_owned()).or_insert(milestone.step());
            *shown = (*shown).max(milestone.step());
        }
    }

    /// Whether anything was shown to a verifier under the binding's pseudonym there.
    #[must_use]
    pub fn knows(&self, verifier: &Client) -> bool {
        self.0.contains_key(verifier.stable_part())
    }

    /// The step of a metric that a verifier was shown, if it was.
    #[must_use]
    pub fn step(&self, verifier: &Client, role: &Role, metric: Metric) -> Option<u8> {
        self.0.get(verifier.stable_part())?.get(role)?.get(metric.name()).copied()
    }

    /// The same as a milestone.
    #[must_use]
    pub fn milestone(&self, verifier: &Client, role: &Role, metric: Metric) -> Option<Milestone> {
        let step = self.step(verifier, role, metric)?;
        Milestone::all().find(|of| of.metric() == metric && of.step() == step)
    }
}
