//! Whom a verifier believes, and for what: (issuer, market, role, type), never "this key is good".

use faam_spec::did::Did;
use faam_spec::name::{MarketId, Role};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::EpochLength;
use serde::{Deserialize, Serialize};

/// The type of what is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementType {
    /// Single ratings.
    Rating,
    /// Plain standings.
    Standing,
    /// Private standings.
    Private,
}

/// Roles for which an issuer is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Roles {
    /// Only these.
    Only(Vec<Role>),
    /// `"any"`.
    Any(AnyRole),
}

/// The word `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnyRole {
    /// Every role.
    Any,
}

/// One issuer, believed for one market, some roles and some types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustEntry {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The roles.
    pub roles: Roles,
    /// The types.
    pub types: Vec<StatementType>,
    /// Length of the market's epochs, in seconds; a week unless said otherwise. A market that states another one is not
    /// believed: epoch numbers, and so freezes and ages, are counted in it.
    #[serde(default = "week")]
    pub epoch_seconds: EpochLength,
    /// Last epoch whose statements are believed (a freeze, as when a market is sold); none while there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_after: Option<u64>,
}

const fn week() -> EpochLength {
    EpochLength::WEEK
}

/// Everybody whom a verifier believes. Nobody unless named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trust {
    entries: Vec<TrustEntry>,
}

impl Trust {
    /// Trust in these entries.
    #[must_use]
    pub const fn new(entries: Vec<TrustEntry>) -> Self {
        Self { entries }
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[TrustEntry] {
        &self.entries
    }

    /// Whether anybody named `issuer` is believed about `market` for statements of `kind` at all: a cheap question before the
    /// signatures.
    ///
    /// # Errors
    /// `trust.untrusted`.
    //= spec/text/verifying.md#REQ-VERIFY-3
    //# Issuer and market are compared by their whole DID and name.
    pub fn check_named(&self, issuer: &Did, market: &MarketId, kind: StatementType) -> Result<(), Fault> {
        let named = |entry: &TrustEntry| {
            //= spec/text/names.md#REQ-NAME-7
            //# DIDs MUST be compared byte by byte, never by what they resolve to.
            entry.issuer == *issuer && entry.market == *market && entry.types.contains(&kind)
        };
        if self.entries.iter().any(named) { Ok(()) } else { refuse(Reason::Untrusted, "trust") }
    }

    /// Checks that `issuer` is believed about `market` for statements of `kind` in `role` (none: over all roles) and epoch
    /// `epoch`, counted in `length`.
    ///
    /// # Errors
    /// `trust.untrusted`; `epoch.chain` if the market's epochs have another length than was trusted; `trust.frozen` if trust
    /// ended before that epoch.
    pub fn check(
        &self,
        issuer: &Did,
        market: &MarketId,
        kind: StatementType,
        role: Option<&Role>,
        (epoch, length): (u64, EpochLength),
    ) -> Result<(), Fault> {
        //= spec/text/verifying.md#REQ-VERIFY-3
        //# Trust MUST be in (issuer, market, role, type) and never in a key.
        let named = self.entries.iter().filter(|entry| {
            entry.issuer == *issuer
                && entry.market == *market
                && entry.types.contains(&kind)
                && match (&entry.roles, role) {
                    (Roles::Any(_), _) | (Roles::Only(_), None) => true,
                    (Roles::Only(roles), Some(role)) => roles.contains(role),
                }
        });
        let mut why = Reason::Untrusted;
        for entry in named {
            //= spec/text/verifying.md#REQ-VERIFY-5
            //# The market's epochs MUST have the trusted length.
            if entry.epoch_seconds != length {
                why = Reason::EpochChain;
            } else if entry.frozen_after.is_none_or(|last| epoch <= last) {
                return Ok(());
            } else {
                //= spec/text/verifying.md#REQ-VERIFY-4
                //# Trust that ended with an epoch MUST NOT reach further.
                why = Reason::TrustFrozen;
            }
        }
        refuse(why, "trust")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_spec::key::SigningKey;

    #[test]
    fn a81_trust_is_for_one_market_role_and_type() {
        let issuer = Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
        let other = Did::from_key(&SigningKey::from_seed(&[2; 32]).verifying_key());
        let (alpha, beta): (MarketId, MarketId) = ("alpha".parse().unwrap(), "beta".parse().unwrap());
        let (seller, buyer): (Role, Role) = ("seller".parse().unwrap(), "buyer".parse().unwrap());
        let trust = Trust::new(vec![TrustEntry {
            issuer: issuer.clone(),
            market: alpha.clone(),
            roles: Roles::Only(vec![seller.clone()]),
            types: vec![StatementType::Rating],
            epoch_seconds: EpochLength::WEEK,
            frozen_after: Some(10),
        }]);
        let rating = StatementType::Rating;
        assert!(trust.check(&issuer, &alpha, rating, Some(&seller), (10, EpochLength::WEEK)).is_ok());
        let refused = |result: Result<(), Fault>| result.unwrap_err().reason();
        assert_eq!(
            refused(trust.check(&issuer, &alpha, rating, Some(&seller), (11, EpochLength::WEEK))),
            Reason::TrustFrozen
        );
        assert_eq!(
            refused(trust.check(&issuer, &alpha, rating, Some(&buyer), (10, EpochLength::WEEK))),
            Reason::Untrusted
        );
        assert_eq!(
            refused(trust.check(&issuer, &beta, rating, Some(&seller), (10, EpochLength::WEEK))),
            Reason::Untrusted
        );
        assert_eq!(
            refused(trust.check(&other, &alpha, rating, Some(&seller), (10, EpochLength::WEEK))),
            Reason::Untrusted
        );
        let longer = (10, EpochLength::new(92 * 86_400).unwrap());
        assert_eq!(refused(trust.check(&issuer, &alpha, rating, Some(&seller), longer)), Reason::EpochChain);
        let standing = trust.check(&issuer, &alpha, StatementType::Standing, None, (10, EpochLength::WEEK));
        assert_eq!(refused(standing), Reason::Untrusted);
        let private =
            trust.check(&issuer, &alpha, StatementType::Private, Some(&seller), (10, EpochLength::WEEK));
        assert_eq!(refused(private), Reason::Untrusted);
        assert_eq!(serde_json::to_value(StatementType::Private).unwrap(), "private");
    }
}
