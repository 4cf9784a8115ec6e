//! What is asked of private standings.

use serde_json::{Value, json};

use super::{RawClaim, RawCredential, bad, names_of};
use crate::did::Did;
use crate::domain::PRIVATE_FORMAT;
use crate::grid::{GRID_VERSION, Milestone, Milestones};
use crate::limits::{MAX_MILESTONES, MAX_QUERY_CLAIMS};
use crate::name::{MarketId, Role};
use crate::reason::{Fault, Reason};

/// What is asked of one private standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateQuery {
    /// DCQL id: 1 to 32 letters, digits, `_` and `-`, once in the query.
    pub id: String,
    /// Markets of which one will do; any if empty, at most [`MAX_QUERY_CLAIMS`].
    pub markets: Vec<MarketId>,
    /// Issuers of which one will do; any if empty, at most [`MAX_QUERY_CLAIMS`].
    pub issuers: Vec<Did>,
    /// Roles of which one will do; any if empty, at most [`MAX_QUERY_CLAIMS`].
    pub roles: Vec<Role>,
    /// The milestones, all of which must be reached; at most [`MAX_MILESTONES`].
    pub milestones: Milestones,
}

impl PrivateQuery {
    /// Whether its lists are within their bounds.
    pub(super) fn is_bounded(&self) -> bool {
        [self.markets.len(), self.issuers.len(), self.roles.len()].iter().all(|len| *len <= MAX_QUERY_CLAIMS)
    }

    pub(super) fn write(self) -> Value {
        let mut claims = Vec::new();
        if !self.markets.is_empty() {
            claims.push(json!({"path": ["market"], "values": self.markets}));
        }
        if !self.issuers.is_empty() {
            claims.push(json!({"path": ["iss"], "values": self.issuers}));
        }
        if !self.roles.is_empty() {
            claims.push(json!({"path": ["role"], "values": self.roles}));
        }
        claims.extend(
            self.milestones.as_slice().iter().map(|milestone| json!({"path": ["milestones", milestone]})),
        );
        json!({"id": self.id, "format": PRIVATE_FORMAT, "meta": {"grid": GRID_VERSION}, "claims": claims})
    }

    /// Reads what is asked of one private standing.
    ///
    /// Implements REQ-REQUEST-20 (`spec/text/request.md`).
    pub(super) fn read(credential: RawCredential) -> Result<Self, Fault> {
        //= spec/text/request.md#REQ-REQUEST-20
        //# `meta.grid` MUST be 1
        if credential.meta.grid != Some(GRID_VERSION) || credential.meta.vct_values.is_some() {
            return Err(bad());
        }
        if credential.multiple.is_some() || credential.faam.is_some() {
            return Err(bad());
        }
        let claims = credential.claims.ok_or_else(bad)?;
        // A milestone too many is a fault of its own, and said before there are too many claims of any kind.
        let (milestones, others): (Vec<_>, Vec<_>) =
            claims.into_iter().partition(|claim| claim.path.first().is_some_and(|name| name == "milestones"));
        let mut query = Self {
            id: credential.id,
            markets: Vec::new(),
            issuers: Vec::new(),
            roles: Vec::new(),
            milestones: read_milestones(milestones)?,
        };
        for claim in others {
            let path: Vec<&str> = claim.path.iter().map(String::as_str).collect();
            match (path.as_slice(), claim.values) {
                (["market"], Some(values)) if query.markets.is_empty() => query.markets = names_of(&values)?,
                (["iss"], Some(values)) if query.issuers.is_empty() => query.issuers = names_of(&values)?,
                (["role"], Some(values)) if query.roles.is_empty() => query.roles = names_of(&values)?,
                _ => return Err(bad()),
            }
        }
        Ok(query)
    }
}

/// Reads the milestones that are asked for.
///
/// Implements REQ-REQUEST-21 (`spec/text/request.md`).
fn read_milestones(claims: Vec<RawClaim>) -> Result<Milestones, Fault> {
    //= spec/text/request.md#REQ-REQUEST-21
    //# There MUST be 1 to 4 milestones of the grid, each of another metric, in the order of the grid.
    if claims.len() > MAX_MILESTONES {
        return Err(Fault::new(Reason::RequestMilestones, "milestones"));
    }
    let read = |claim: RawClaim| match (claim.path.as_slice(), claim.values) {
        ([_, milestone], None) => milestone.parse::<Milestone>(),
        _ => Err(bad()),
    };
    Milestones::new(claims.into_iter().map(read).collect::<Result<_, _>>()?)
}
