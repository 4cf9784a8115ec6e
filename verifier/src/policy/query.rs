//! The question that a policy needs answered.

use faam_spec::limits::MAX_PRESENTED_LEDGERS;
use faam_spec::query::{LedgerQuery, PrivateQuery, Query, RatingsQuery};
use faam_spec::reason::Fault;

use super::Policy;

impl Policy {
    /// A query for exactly what it needs: a place for each market that has to be shown, to be filled from any of those that count.
    ///
    /// It names no issuers, because a policy believes nobody: [`Trust::name_issuers`](crate::Trust::name_issuers) adds those that are
    /// believed, and [`Trust::unbelieved`](crate::Trust::unbelieved) says what no answer could be believed for.
    ///
    /// # Errors
    /// `request.unreadable` for a policy that [`Policy::check`] refuses.
    pub fn query(&self) -> Result<Query, Fault> {
        let places =
            usize::try_from(self.markets.at_least).unwrap_or(usize::MAX).min(MAX_PRESENTED_LEDGERS + 1);
        let markets = || self.markets.of.clone();
        if let Some(needs) = &self.private {
            let place = |at: usize| PrivateQuery {
                id: format!("private{}", at + 1),
                markets: markets(),
                issuers: Vec::new(),
                roles: needs.role.iter().cloned().collect(),
                milestones: needs.milestones.clone(),
            };
            return Query::of_private((0..places).map(place).collect());
        }
        let place = |at: usize| LedgerQuery {
            standing: format!("standing{}", at + 1),
            markets: markets(),
            issuers: Vec::new(),
            ratings: self.ratings.as_ref().map(|needs| RatingsQuery {
                id: format!("ratings{}", at + 1),
                roles: needs.role.iter().cloned().collect(),
                disclose: needs.disclose.clone(),
                complete: needs.complete,
                at_least: needs.at_least,
            }),
        };
        Query::new((0..places).map(place).collect())
    }
}
