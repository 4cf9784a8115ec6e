//! What a verifier asks for, as a DCQL query (OpenID4VP 1.0 §6) of the few shapes that Faam can answer.
//!
//! A query is a list of ledgers: of each, the plain standing, and if wanted ratings from it. Ratings are never asked for alone,
//! because they are never accepted alone. Or it is a list of private standings, of which some milestones are to be shown. Anything that this type cannot say is refused when it is read, so that consent can
//! always tell the whole of it.
//!
//! Specified in `spec/text/request.md`.

mod foreign;
mod private;

use std::collections::BTreeSet;

pub use private::PrivateQuery;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::did::Did;
use crate::domain::{PRIVATE_FORMAT, VCT_RATING, VCT_STANDING};
use crate::encoding::from_value_exact;
use crate::grid::Milestones;
use crate::ledger::names;
use crate::limits::{MAX_PRESENTED_LEDGERS, MAX_PRESENTED_RATINGS, MAX_PRIVATE_STANDINGS, MAX_QUERY_CLAIMS};
use crate::name::{MarketId, Role};
use crate::reason::{Fault, Reason};

/// What is asked of the holder: 1 to [`MAX_PRESENTED_LEDGERS`] ledgers, or 1 to [`MAX_PRIVATE_STANDINGS`] private standings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Query {
    ledgers: Vec<LedgerQuery>,
    private: Vec<PrivateQuery>,
}

/// What is asked of one ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerQuery {
    /// DCQL id of the standing: 1 to 32 letters, digits, `_` and `-`, once in the query.
    pub standing: String,
    /// Markets of which one will do; any if empty, at most [`MAX_QUERY_CLAIMS`].
    pub markets: Vec<MarketId>,
    /// Issuers of which one will do; any if empty, at most [`MAX_QUERY_CLAIMS`].
    pub issuers: Vec<Did>,
    /// The ratings that are asked for; none if the standing is enough.
    pub ratings: Option<RatingsQuery>,
}

/// Which ratings are asked for, and what of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingsQuery {
    /// DCQL id of the ratings, of the form of [`LedgerQuery::standing`].
    pub id: String,
    /// Roles in which they were given; any if empty, at most [`MAX_QUERY_CLAIMS`].
    pub roles: Vec<Role>,
    /// Names of what is to be disclosed of each rating beside what is always visible; of [`names::OF_RATING`].
    pub disclose: BTreeSet<String>,
    /// Whether every live rating of those roles is asked for.
    pub complete: bool,
    /// How many at least; at most [`MAX_PRESENTED_RATINGS`].
    pub at_least: u32,
}

impl Query {
    /// A query of one or more ledgers.
    ///
    /// # Errors
    /// `request.unreadable` for none or more than [`MAX_PRESENTED_LEDGERS`], for a DCQL id of another form or one that
    /// stands twice, and for lists, names or numbers over the bounds of [`LedgerQuery`] and [`RatingsQuery`].
    ///
    /// Implements REQ-REQUEST-14, REQ-REQUEST-15 and REQ-REQUEST-18 (`spec/text/request.md`).
    pub fn new(ledgers: Vec<LedgerQuery>) -> Result<Self, Fault> {
        //= spec/text/request.md#REQ-REQUEST-15
        //# There MUST be 1 to 8 standings
        if ledgers.is_empty() || ledgers.len() > MAX_PRESENTED_LEDGERS {
            return Err(bad());
        }
        let mut ids = BTreeSet::new();
        for ledger in &ledgers {
            let rating_id = ledger.ratings.as_ref().map(|r| r.id.as_str());
            for id in [Some(ledger.standing.as_str()), rating_id].into_iter().flatten() {
                //= spec/text/request.md#REQ-REQUEST-14
                //# Each id MUST stand once.
                if !is_id(id) || !ids.insert(id.to_owned()) {
                    return Err(bad());
                }
            }
            if ledger.markets.len() > MAX_QUERY_CLAIMS || ledger.issuers.len() > MAX_QUERY_CLAIMS {
                return Err(bad());
            }
            if let Some(ratings) = &ledger.ratings {
                let known = ratings.disclose.iter().all(|name| names::OF_RATING.contains(&name.as_str()));
                //= spec/text/request.md#REQ-REQUEST-18
                //# `at_least` MUST be at most 1,024.
                let few = usize::try_from(ratings.at_least).is_ok_and(|n| n <= MAX_PRESENTED_RATINGS);
                if !known || !few || ratings.roles.len() > MAX_QUERY_CLAIMS {
                    return Err(bad());
                }
            }
        }
        Ok(Self { ledgers, private: Vec::new() })
    }

    /// A query of one or more private standings. They are never asked for beside ledgers: who saw a plain standing with them
    /// would know whose they are.
    ///
    /// # Errors
    /// `request.unreadable` for none or more than [`MAX_PRIVATE_STANDINGS`], for a DCQL id of another form or one that stands
    /// twice, and for lists over the bounds of [`PrivateQuery`].
    ///
    /// Implements REQ-REQUEST-14 and REQ-REQUEST-19 (`spec/text/request.md`).
    pub fn of_private(private: Vec<PrivateQuery>) -> Result<Self, Fault> {
        //= spec/text/request.md#REQ-REQUEST-19
        //# There MUST be 1 to 4 of them, and no standings or ratings beside them.
        if private.is_empty() || private.len() > MAX_PRIVATE_STANDINGS {
            return Err(bad());
        }
        let mut ids = BTreeSet::new();
        //= spec/text/request.md#REQ-REQUEST-14
        //# Each id MUST stand once.
        if !private.iter().all(|asked| is_id(&asked.id) && ids.insert(&asked.id) && asked.is_bounded()) {
            return Err(bad());
        }
        Ok(Self { ledgers: Vec::new(), private })
    }

    /// Milestones of one market.
    ///
    /// # Errors
    /// Those of [`Query::of_private`], which no market causes.
    pub fn milestones(market: MarketId, milestones: Milestones) -> Result<Self, Fault> {
        Self::of_private(vec![PrivateQuery {
            id: "private".into(),
            markets: vec![market],
            issuers: Vec::new(),
            roles: Vec::new(),
            milestones,
        }])
    }

    /// The standing of one market.
    ///
    /// # Errors
    /// Those of [`Query::new`], which no market causes.
    pub fn standing(market: MarketId) -> Result<Self, Fault> {
        Self::new(vec![LedgerQuery {
            standing: "standing".into(),
            markets: vec![market],
            issuers: Vec::new(),
            ratings: None,
        }])
    }

    /// The standing of one market and at least `at_least` ratings from it, with nothing disclosed beside what is always visible.
    ///
    /// # Errors
    /// `request.unreadable` for more than [`MAX_PRESENTED_RATINGS`].
    pub fn ratings(market: MarketId, at_least: u32) -> Result<Self, Fault> {
        Self::new(vec![LedgerQuery {
            standing: "standing".into(),
            markets: vec![market],
            issuers: Vec::new(),
            ratings: Some(RatingsQuery {
                id: "ratings".into(),
                roles: Vec::new(),
                disclose: BTreeSet::new(),
                complete: false,
                at_least,
            }),
        }])
    }

    /// The standing of one market and all live ratings.
    ///
    /// # Errors
    /// Those of [`Query::new`], which no market causes.
    pub fn complete(market: MarketId) -> Result<Self, Fault> {
        let mut query = Self::ratings(market, 0)?;
        for ratings in query.ledgers.iter_mut().filter_map(|ledger| ledger.ratings.as_mut()) {
            ratings.complete = true;
        }
        Ok(query)
    }

    /// What is asked of each ledger; none if private standings are asked for.
    #[must_use]
    pub fn ledgers(&self) -> &[LedgerQuery] {
        &self.ledgers
    }

    /// What is asked of private standings; none if ledgers are.
    #[must_use]
    pub fn private(&self) -> &[PrivateQuery] {
        &self.private
    }

    /// The same query with each rating's `names` disclosed.
    ///
    /// # Errors
    /// `request.unreadable` for a name that ratings do not have.
    pub fn disclosing(mut self, names: &[&str]) -> Result<Self, Fault> {
        for ratings in self.ledgers.iter_mut().filter_map(|ledger| ledger.ratings.as_mut()) {
            ratings.disclose.extend(names.iter().map(|name| (*name).to_owned()));
        }
        Self::new(self.ledgers)
    }

    /// The same query with ratings of `role` only.
    #[must_use]
    pub fn in_role(mut self, role: &Role) -> Self {
        for ratings in self.ledgers.iter_mut().filter_map(|ledger| ledger.ratings.as_mut()) {
            ratings.roles = vec![role.clone()];
        }
        self
    }
}

fn bad() -> Fault {
    Fault::new(Reason::RequestUnreadable, "dcql_query")
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuery {
    credentials: Vec<RawCredential>,
}

//= spec/text/request.md#REQ-REQUEST-13
//# Everything that is not described here, unknown members included, MUST be refused and never answered in
//# part.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCredential {
    id: String,
    format: String,
    meta: RawMeta,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    multiple: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claims: Option<Vec<RawClaim>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    faam: Option<RawTerms>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMeta {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vct_values: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grid: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    path: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerms {
    standing: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    complete: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<u32>,
}

impl From<Query> for Value {
    fn from(query: Query) -> Self {
        let mut credentials = Vec::new();
        for ledger in query.ledgers {
            let mut common = Vec::new();
            if !ledger.markets.is_empty() {
                common.push(json!({"path": ["market"], "values": ledger.markets}));
            }
            if !ledger.issuers.is_empty() {
                common.push(json!({"path": ["iss"], "values": ledger.issuers}));
            }
            let mut standing = json!({
                "id": ledger.standing, "format": "dc+sd-jwt", "meta": {"vct_values": [VCT_STANDING]},
            });
            if let (false, Some(map)) = (common.is_empty(), standing.as_object_mut()) {
                map.insert("claims".into(), json!(common));
            }
            credentials.push(standing);
            if let Some(ratings) = ledger.ratings {
                let mut claims = common;
                claims.push(json!({"path": ["entry", "value"]}));
                if !ratings.roles.is_empty() {
                    claims.push(json!({"path": ["entry", "role"], "values": ratings.roles}));
                }
                claims.extend(ratings.disclose.iter().map(|name| json!({"path": [name]})));
                credentials.push(json!({
                    "id": ratings.id, "format": "dc+sd-jwt", "meta": {"vct_values": [VCT_RATING]}, "multiple": true,
                    "claims": claims,
                    "faam": {"standing": ledger.standing, "complete": ratings.complete, "at_least": ratings.at_least},
                }));
            }
        }
        credentials.extend(query.private.into_iter().map(PrivateQuery::write));
        json!({"credentials": credentials})
    }
}

/// Reads a DCQL query; `request.milestones` for milestones that are not on the grid or too many, `request.unreadable` for everything
/// else that a [`Query`] cannot say, in any way.
///
/// Implements REQ-REQUEST-13 to REQ-REQUEST-18 (`spec/text/request.md`).
impl TryFrom<Value> for Query {
    type Error = Fault;

    //= spec/text/request.md#REQ-REQUEST-13
    //# MUST be refused and never answered in part
    fn try_from(value: Value) -> Result<Self, Fault> {
        // Read as it is written: neither null for what is absent, nor a list for an object.
        let raw: RawQuery = from_value_exact(value, "dcql_query").map_err(|_| bad())?;
        if raw.credentials.len() > 2 * MAX_PRESENTED_LEDGERS {
            return Err(bad());
        }
        if raw.credentials.first().is_some_and(|credential| credential.format == PRIVATE_FORMAT) {
            //= spec/text/request.md#REQ-REQUEST-19
            //# and no standings or ratings beside them
            if raw.credentials.iter().any(|credential| credential.format != PRIVATE_FORMAT) {
                return Err(bad());
            }
            let private = raw.credentials.into_iter().map(PrivateQuery::read).collect::<Result<_, _>>()?;
            return Self::of_private(private);
        }
        let mut ledgers: Vec<LedgerQuery> = Vec::new();
        for credential in raw.credentials {
            let (Some([vct]), None) = (credential.meta.vct_values.as_deref(), credential.meta.grid) else {
                return Err(bad());
            };
            let some = credential.claims.as_ref().is_none_or(|claims| !claims.is_empty());
            let claims = credential.claims.unwrap_or_default();
            if credential.format != "dc+sd-jwt" || !some || claims.len() > MAX_QUERY_CLAIMS {
                return Err(bad());
            }
            let claims = Claims::read(claims)?;
            match (vct.as_str(), credential.faam) {
                //= spec/text/request.md#REQ-REQUEST-16
                //# `multiple` MUST be true for ratings and is absent for a standing
                (VCT_STANDING, None) if credential.multiple.is_none() && claims.is_standing() => ledgers
                    .push(LedgerQuery {
                        standing: credential.id,
                        markets: claims.markets,
                        issuers: claims.issuers,
                        ratings: None,
                    }),
                (VCT_RATING, Some(terms)) if credential.multiple == Some(true) => {
                    //= spec/text/request.md#REQ-REQUEST-16
                    //# `faam.standing` MUST name a standing of the same query, and `market` and `iss` MUST be
                    //# the same as that standing's
                    let ledger = ledgers.iter_mut().find(|l| l.standing == terms.standing).ok_or_else(bad)?;
                    let same = ledger.markets == claims.markets && ledger.issuers == claims.issuers;
                    //= spec/text/request.md#REQ-REQUEST-15
                    //# each with at most one credential of ratings, which stands after it
                    if ledger.ratings.is_some() || !same {
                        return Err(bad());
                    }
                    ledger.ratings = Some(RatingsQuery {
                        id: credential.id,
                        roles: claims.roles,
                        disclose: claims.disclose,
                        complete: terms.complete.unwrap_or_default(),
                        at_least: terms.at_least.unwrap_or_default(),
                    });
                }
                _ => return Err(bad()),
            }
        }
        Self::new(ledgers)
    }
}

#[derive(Default)]
struct Claims {
    markets: Vec<MarketId>,
    issuers: Vec<Did>,
    roles: Vec<Role>,
    disclose: BTreeSet<String>,
    value: bool,
}

impl Claims {
    fn read(raw: Vec<RawClaim>) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::RequestUnreadable, "dcql_query.claims");
        let mut claims = Self::default();
        for claim in raw {
            let path: Vec<&str> = claim.path.iter().map(String::as_str).collect();
            //= spec/text/request.md#REQ-REQUEST-17
            //# A claim's `path` MUST be one of those shown or the name of one of [the disclosable
            //# parts](ledger.md#disclosable-parts) of a rating, each once and at most 32 in all
            match (path.as_slice(), claim.values) {
                (["market"], Some(values)) if claims.markets.is_empty() => {
                    claims.markets = names_of(&values)?
                }
                (["iss"], Some(values)) if claims.issuers.is_empty() => claims.issuers = names_of(&values)?,
                (["entry", "role"], Some(values)) if claims.roles.is_empty() => {
                    claims.roles = names_of(&values)?
                }
                (["entry", "value"], None) if !claims.value => claims.value = true,
                ([name], None) if names::OF_RATING.contains(name) && !claims.disclose.contains(*name) => {
                    claims.disclose.insert((*name).to_owned());
                }
                _ => return Err(bad()),
            }
        }
        Ok(claims)
    }

    fn is_standing(&self) -> bool {
        self.roles.is_empty() && self.disclose.is_empty() && !self.value
    }
}

fn names_of<T: core::str::FromStr>(values: &[String]) -> Result<Vec<T>, Fault> {
    let bad = || Fault::new(Reason::RequestUnreadable, "dcql_query.values");
    //= spec/text/request.md#REQ-REQUEST-17
    //# `values`, where they are shown, are 1 to 32, and stand nowhere else
    if values.is_empty() || values.len() > MAX_QUERY_CLAIMS {
        return Err(bad());
    }
    values.iter().map(|text| text.parse().map_err(|_| bad())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_round_trip() {
        let market: MarketId = "alpha".parse().unwrap();
        for query in [
            Query::standing(market.clone()).unwrap(),
            Query::ratings(market.clone(), 12).unwrap().disclosing(&["comment", "day"]).unwrap(),
            Query::complete(market).unwrap().in_role(&"seller".parse().unwrap()),
        ] {
            let value: Value = query.clone().into();
            assert_eq!(Query::try_from(value).unwrap(), query);
        }
    }

    #[test]
    fn what_cannot_be_said_in_consent_is_refused() {
        let good: Value = Query::ratings("alpha".parse().unwrap(), 3).unwrap().into();
        let change = |path: &str, value: Value| {
            let mut changed = good.clone();
            *changed.pointer_mut(path).unwrap() = value;
            Query::try_from(changed)
        };
        assert!(change("/credentials/0/id", json!("standing")).is_ok());
        for (path, value) in [
            ("/credentials", json!([])),
            ("/credentials/0/format", json!("jwt_vc")),
            ("/credentials/0/meta", json!({"vct_values": []})),
            ("/credentials/0/meta", json!({"vct_values": ["urn:other"]})),
            ("/credentials/0/claims/0/path", json!(["cnf"])),
            ("/credentials/1/claims/1/path", json!(["entry", "salt"])),
            ("/credentials/1/faam/standing", json!("other")),
            ("/credentials/1/faam", json!({"standing": "standing", "sneaky": 1})),
            ("/credentials/1/faam/at_least", json!(100_000)),
            ("/credentials/1/id", json!("standing")),
            ("/credentials/1/multiple", json!(false)),
            ("/credentials/1/multiple", json!(null)),
            (
                "/credentials/0",
                json!({"id": "standing", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]}, "multiple": false}),
            ),
            ("/credentials/0/meta", json!([["urn:faam:standing:0"]])),
            ("/credentials/0/claims", json!([])),
            ("/credentials/1/claims/1", json!({"path": ["entry", "value"], "values": null})),
            ("/credentials/1/claims/1", json!({"path": ["market"], "values": ["alpha"]})),
            ("/credentials/1/claims/0/values", json!(["beta"])),
        ] {
            assert_eq!(change(path, value).unwrap_err().reason(), Reason::RequestUnreadable, "{path}");
        }
        let comment = json!({"path": ["comment"]});
        let claims = |list: &[&Value]| change("/credentials/1/claims", json!(list));
        let market = &good["credentials"][1]["claims"][0];
        assert!(claims(&[market, &comment]).is_ok());
        assert!(claims(&[market, &comment, &comment]).is_err(), "each once");
        for (name, value) in [("multiple", json!(false)), ("faam", json!(null))] {
            let mut changed = good.clone();
            changed["credentials"][0][name] = value;
            assert!(Query::try_from(changed).is_err(), "a standing has no {name}");
        }
    }
}
