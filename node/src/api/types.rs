//! The JSON of the local interface, version 0; the daemon and its command line share these types.

use faam_spec::decision::{DecisionDocument, Outcome};
use faam_spec::did::Did;
use faam_spec::grid::{Milestone, Milestones};
use faam_spec::hash::Hash;
use faam_spec::ledger::names;
use faam_spec::limits::{MAX_MILESTONES, MAX_PRESENTED_RATINGS, MAX_PRIVATE_STANDINGS};
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::{Address, PeerId};
use faam_spec::query::{PrivateQuery, Query};
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_verifier::Policy;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The stable code.
    pub code: String,
    /// What is wrong, why, and what to do.
    pub sentence: String,
    /// Of `POST /v0/events`: how many events are applied and stored all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<u64>,
    /// Of `POST /v0/events`: how many of them were not there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<u64>,
    /// Of `POST /v0/events`: the first line that could not be applied, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// From when on it is possible, if it is only too early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Timestamp>,
}

/// Answer to `POST /v0/events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsApplied {
    /// Events that are applied and stored, those included that were there already.
    pub applied: u64,
    /// Those of them that were not there before.
    pub new: u64,
}

/// `POST /v0/offers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferBody {
    /// The market's name for the account.
    pub account: String,
    /// For how many seconds the offer stands; an hour unless said otherwise.
    #[serde(default = "hour")]
    pub life_seconds: i64,
    /// Whether a wallet other than the one that is bound may take it.
    #[serde(default)]
    pub rebind: bool,
}

/// Answer to `POST /v0/offers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferMade {
    /// The link for the person.
    pub link: String,
    /// The session code, to be shown in the market's own logged-in session and nowhere else.
    pub code: String,
    /// When the offer ends.
    pub expires: Timestamp,
}

/// Reads a member that may be absent and may not be null.
fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// `POST /v0/requests`: a `policy` by its name, `market` with its terms, `milestones` of `market` or `markets`, or a whole `dcql_query`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestBody {
    /// Why it is asked.
    pub purpose: String,
    /// For how many days the answer is kept.
    pub retention_days: u32,
    /// For how many seconds the request can be answered; ten minutes unless said otherwise.
    #[serde(default = "ten_minutes")]
    pub life_seconds: i64,
    /// The policy, by its name in the configuration, that says what is asked and by which it is judged.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub policy: Option<String>,
    /// The market whose standing is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub market: Option<MarketId>,
    /// How many ratings are asked for at least.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub ratings: Option<u32>,
    /// Whether all current ratings are asked for.
    #[serde(default)]
    pub complete: bool,
    /// What of each rating is asked for beside its value.
    #[serde(default)]
    pub disclose: Vec<String>,
    /// The only role in which ratings or milestones are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub role: Option<Role>,
    /// Milestones of the grid that are to be reached, in any order: a private standing is asked for, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub milestones: Option<Vec<String>>,
    /// Markets, of each of which the milestones are asked for; in the place of `market`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub markets: Option<Vec<MarketId>>,
    /// The whole query, for what the members above cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub dcql_query: Option<Value>,
}

/// Answer to `POST /v0/requests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestMade {
    /// The request's name, for `GET /v0/requests/{id}`.
    pub id: Hash,
    /// The link for the person.
    pub link: String,
    /// The link for wallets that answer by HTTP, where this node takes such answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid4vp: Option<String>,
    /// Until when it can be answered.
    pub expires: Timestamp,
}

/// Answer to `GET /v0/requests/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RequestView {
    /// It waits for its answer.
    Open {
        /// Until when.
        expires: Timestamp,
    },
    /// Nobody answered in time.
    Expired,
    /// It was taken back.
    Revoked,
    /// It was answered and judged.
    Decided {
        /// The decision.
        decision: Box<DecisionDocument>,
        /// The decision in sentences.
        explanation: String,
        /// The receipt, as signed.
        receipt: String,
        /// When the node deletes all this.
        delete_by: Timestamp,
        /// What was signed when its erasure was asked for and it is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        erasure: Option<String>,
    },
    /// It was answered and judged, and what was shown is erased.
    Erased {
        /// When.
        erased: Timestamp,
        /// How it was decided.
        outcome: Outcome,
        /// What was signed about it.
        erasure: String,
        /// When the node deletes this too.
        delete_by: Timestamp,
    },
}

/// Answer to `GET /v0/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// Version of the program.
    pub version: String,
    /// The node's name on the network.
    pub peer: PeerId,
    /// Where links say that it can be reached.
    pub addresses: Vec<Address>,
    /// The verifier's DID.
    pub verifier: Did,
    /// The market, if there is one.
    pub market: Option<MarketView>,
    /// Offers that are kept.
    pub offers: CountsView,
    /// Requests that are kept.
    pub requests: CountsView,
}

/// How many offers or requests are kept, in [`StatusView`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsView {
    /// Those that wait to be taken or answered.
    pub open: u64,
    /// Those that were, or whose time is over.
    pub ended: u64,
}

/// A market in [`StatusView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketView {
    /// Its name.
    pub id: MarketId,
    /// The issuer's DID.
    pub issuer: Did,
    /// How many accounts it has.
    pub accounts: u64,
    /// Its newest epoch.
    pub epoch: Option<EpochBody>,
    /// When it will be closed, if that is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<Timestamp>,
    /// How far the signing of the epoch's private standings is.
    pub private: PrivateView,
}

/// How far the signing of private standings is, in [`MarketView`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateView {
    /// Ledgers that are bound to a wallet with a commitment.
    pub bound: u64,
    /// Those of them whose private standings of this epoch are not signed yet.
    pub waiting: u64,
}

/// Answer to `POST /v0/close` and `DELETE /v0/close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CloseView {
    /// No close is to come.
    Open,
    /// The market closes when the next epoch begins.
    Closing {
        /// When that is.
        on: Timestamp,
    },
    /// The market is closed.
    Closed {
        /// Its last epoch.
        epoch: EpochBody,
    },
}

/// An epoch in [`MarketView`] and [`CloseView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochBody {
    /// Its number.
    pub number: u64,
    /// What people call it.
    pub label: String,
    /// Hash of its record.
    pub record: Hash,
    /// Whether it is the market's last.
    #[serde(rename = "final")]
    pub last: bool,
}

/// A member of a body that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {why}")]
pub struct BadMember {
    /// The member.
    pub member: &'static str,
    /// What is wrong with it, and what would be right.
    pub why: &'static str,
    /// The reason's code.
    pub reason: Reason,
}

impl RequestBody {
    /// What is asked for.
    ///
    /// # Errors
    /// `input.malformed` if members contradict each other or are out of bounds; `request.unreadable` for a query that cannot be
    /// asked.
    pub fn query(&self) -> Result<Query, BadMember> {
        let bad = |member, why| BadMember { member, why, reason: Reason::InputMalformed };
        let members: [(&'static str, bool); 7] = [
            ("market", self.market.is_some()),
            ("markets", self.markets.is_some()),
            ("milestones", self.milestones.is_some()),
            ("ratings", self.ratings.is_some()),
            ("complete", self.complete),
            ("disclose", !self.disclose.is_empty()),
            ("role", self.role.is_some()),
        ];
        if let (None, Some(milestones)) = (&self.dcql_query, &self.milestones) {
            return self.private_query(milestones);
        }
        let market = match (&self.market, &self.dcql_query) {
            (None, None) if self.markets.is_some() => {
                return Err(bad("markets", "several markets are asked for milestones only"));
            }
            (Some(_), None) if self.markets.is_some() => {
                return Err(bad("markets", "it does not go together with market"));
            }
            (None, None) => return Err(bad("market", "it is needed, or a policy, or a whole dcql_query")),
            (_, Some(query)) => {
                if let Some((member, _)) = members.iter().find(|(_, given)| *given) {
                    return Err(bad(
                        member,
                        "it does not go together with dcql_query, which says everything",
                    ));
                }
                let why = "it asks for something that cannot be asked; see request.md in the specification";
                return Query::try_from(query.clone()).map_err(|fault| BadMember {
                    member: "dcql_query",
                    why,
                    reason: fault.reason(),
                });
            }
            (Some(market), None) => market.clone(),
        };
        let query = match (self.ratings, self.complete) {
            (Some(_), true) => return Err(bad("ratings", "it does not go together with complete")),
            (Some(count), false) if usize::try_from(count).is_ok_and(|n| n <= MAX_PRESENTED_RATINGS) => {
                Query::ratings(market, count)
            }
            (Some(_), false) => return Err(bad("ratings", "at most 1024 ratings can be asked for")),
            (None, true) => Query::complete(market),
            (None, false) if self.role.is_some() => {
                return Err(bad("role", "it needs ratings or complete: a standing is about all roles"));
            }
            (None, false) if !self.disclose.is_empty() => {
                return Err(bad("disclose", "it needs ratings or complete: it is about single ratings"));
            }
            (None, false) => Query::standing(market),
        };
        let names: Vec<&str> = self.disclose.iter().map(String::as_str).collect();
        if !names.iter().all(|name| names::OF_RATING.contains(name)) {
            return Err(bad(
                "disclose",
                "of a rating there are comment, category, aspects, amount_band, day and rater to disclose",
            ));
        }
        let query = query.and_then(|query| query.disclosing(&names));
        let query = query.map_err(|_| bad("market", "this cannot be asked"))?;
        Ok(match &self.role {
            Some(role) => query.in_role(role),
            None => query,
        })
    }

    /// What a policy asks; nothing else may be asked beside it.
    ///
    /// # Errors
    /// `input.malformed` if something else is.
    pub fn query_of(&self, policy: &Policy) -> Result<Query, BadMember> {
        let bad = |member, why| BadMember { member, why, reason: Reason::InputMalformed };
        let others = [("milestones", self.milestones.is_some()), ("dcql_query", self.dcql_query.is_some())];
        if let Some((member, _)) = self.asked().iter().chain(&others).find(|(_, given)| *given) {
            return Err(bad(member, "it does not go together with policy, which says everything"));
        }
        policy.query().map_err(|_| bad("policy", "what it asks cannot be asked"))
    }

    /// Members that say what is asked, and whether they are there; without `milestones` and `dcql_query`.
    const fn asked(&self) -> [(&'static str, bool); 6] {
        [
            ("market", self.market.is_some()),
            ("markets", self.markets.is_some()),
            ("ratings", self.ratings.is_some()),
            ("complete", self.complete),
            ("disclose", !self.disclose.is_empty()),
            ("role", self.role.is_some()),
        ]
    }

    /// The same milestones of one market or of each of several.
    fn private_query(&self, milestones: &[String]) -> Result<Query, BadMember> {
        let bad = |member, why| BadMember { member, why, reason: Reason::InputMalformed };
        let others = [
            ("ratings", self.ratings.is_some()),
            ("complete", self.complete),
            ("disclose", !self.disclose.is_empty()),
        ];
        if let Some((member, _)) = others.iter().find(|(_, given)| *given) {
            return Err(bad(member, "it is about ratings, which are never asked for beside milestones"));
        }
        let markets = match (&self.market, self.markets.as_deref()) {
            (None, None) => return Err(bad("market", "it is needed: one market, or several in markets")),
            (Some(_), Some(_)) => return Err(bad("markets", "it does not go together with market")),
            (Some(market), None) => std::slice::from_ref(market),
            (None, Some(markets)) => markets,
        };
        let once =
            markets.iter().enumerate().all(|(at, market)| !markets.iter().skip(at + 1).any(|m| m == market));
        if !once || markets.is_empty() || markets.len() > MAX_PRIVATE_STANDINGS {
            return Err(bad("markets", "there are 1 to 4 markets, each once"));
        }
        let wrong = |why| BadMember { member: "milestones", why, reason: Reason::RequestMilestones };
        if milestones.is_empty() || milestones.len() > MAX_MILESTONES {
            return Err(wrong("1 to 4 milestones can be asked for at once"));
        }
        let parsed: Result<Vec<Milestone>, _> = milestones.iter().map(|text| text.parse()).collect();
        let parsed = parsed.map_err(|_| {
            wrong(
                "one of them is not on the grid, which has steps such as count>=50, mean>=875, tenure>=3y and low_share<=5%; spec/text/grid.md lists all",
            )
        })?;
        let milestones = Milestones::sorted(parsed)
            .map_err(|_| wrong("two of them are of one metric; each has to be of another"))?;
        let asked = markets.iter().enumerate().map(|(at, market)| PrivateQuery {
            id: if markets.len() == 1 { "private".to_owned() } else { format!("private-{}", at + 1) },
            markets: vec![market.clone()],
            issuers: Vec::new(),
            roles: self.role.iter().cloned().collect(),
            milestones: milestones.clone(),
        });
        Query::of_private(asked.collect()).map_err(|_| bad("markets", "this cannot be asked"))
    }
}

const fn hour() -> i64 {
    3600
}

const fn ten_minutes() -> i64 {
    600
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<Query, (&'static str, Reason)> {
        let text = format!(r#"{{"purpose":"p","retention_days":1{text}}}"#);
        serde_json::from_str::<RequestBody>(&text).unwrap().query().map_err(|bad| (bad.member, bad.reason))
    }

    #[test]
    fn a_request_says_one_thing() {
        let alpha: MarketId = "alpha".parse().unwrap();
        assert_eq!(query(r#","market":"alpha""#), Ok(Query::standing(alpha.clone()).unwrap()));
        assert_eq!(query(r#","market":"alpha","ratings":3"#), Ok(Query::ratings(alpha.clone(), 3).unwrap()));
        let whole =
            Query::complete(alpha).unwrap().disclosing(&["day"]).unwrap().in_role(&"seller".parse().unwrap());
        let text = r#","market":"alpha","complete":true,"disclose":["day"],"role":"seller""#;
        assert_eq!(query(text), Ok(whole.clone()));
        let raw = serde_json::to_string(&Value::from(whole.clone())).unwrap();
        assert_eq!(query(&format!(r#","dcql_query":{raw}"#)), Ok(whole));
        for (bad, member) in [
            ("", "market"),
            (r#","ratings":1"#, "market"),
            (r#","market":"alpha","complete":true,"ratings":1"#, "ratings"),
            (r#","market":"alpha","ratings":1025"#, "ratings"),
            (r#","market":"alpha","role":"seller""#, "role"),
            (r#","market":"alpha","disclose":["day"]"#, "disclose"),
            (r#","market":"alpha","ratings":1,"disclose":["value"]"#, "disclose"),
            (r#","market":"alpha","dcql_query":{}"#, "market"),
            (r#","dcql_query":{},"complete":true"#, "complete"),
        ] {
            assert_eq!(query(bad), Err((member, Reason::InputMalformed)), "{bad}");
        }
        assert_eq!(query(r#","dcql_query":{}"#), Err(("dcql_query", Reason::RequestUnreadable)));
        for name in ["milestones", "markets"] {
            let body = format!(r#"{{"purpose":"p","retention_days":1,"{name}":null}}"#);
            assert!(serde_json::from_str::<RequestBody>(&body).is_err(), "{name}");
        }
        // Nothing is guessed from what a program sends: neither blanks around a name, nor null for what is absent.
        assert_eq!(
            query(r#","market":"alpha","ratings":1,"disclose":[" day"]"#),
            Err(("disclose", Reason::InputMalformed))
        );
        for name in ["market", "ratings", "role"] {
            let body = format!(r#"{{"purpose":"p","retention_days":1,"{name}":null}}"#);
            assert!(serde_json::from_str::<RequestBody>(&body).is_err(), "{name}");
        }
    }
    #[test]
    fn a27_a_request_for_milestones_asks_for_nothing_else() {
        let (alpha, beta): (MarketId, MarketId) = ("alpha".parse().unwrap(), "beta".parse().unwrap());
        let wanted =
            Milestones::new(["count>=50", "mean>=875"].map(|text| text.parse().unwrap()).to_vec()).unwrap();
        let one = r#","market":"alpha","milestones":["mean>=875","count>=50"]"#;
        assert_eq!(query(one), Ok(Query::milestones(alpha.clone(), wanted.clone()).unwrap()));
        let each = |id: &str, market: &MarketId| PrivateQuery {
            id: id.to_owned(),
            markets: vec![market.clone()],
            issuers: Vec::new(),
            roles: vec!["seller".parse().unwrap()],
            milestones: wanted.clone(),
        };
        let two = Query::of_private(vec![each("private-1", &alpha), each("private-2", &beta)]).unwrap();
        let text = r#","markets":["alpha","beta"],"milestones":["count>=50","mean>=875"],"role":"seller""#;
        assert_eq!(query(text), Ok(two.clone()));
        let raw = serde_json::to_string(&Value::from(two.clone())).unwrap();
        assert_eq!(query(&format!(r#","dcql_query":{raw}"#)), Ok(two));
        for (bad, member) in [
            (r#","milestones":["count>=50"]"#, "market"),
            (r#","market":"alpha","milestones":["count>=50"],"ratings":1"#, "ratings"),
            (r#","market":"alpha","milestones":["count>=50"],"complete":true"#, "complete"),
            (r#","market":"alpha","milestones":["count>=50"],"disclose":["day"]"#, "disclose"),
            (r#","market":"alpha","markets":["beta"],"milestones":["count>=50"]"#, "markets"),
            (r#","markets":["alpha","alpha"],"milestones":["count>=50"]"#, "markets"),
            (r#","markets":["a","b","c","d","e"],"milestones":["count>=50"]"#, "markets"),
            (r#","markets":["alpha"]"#, "markets"),
            (r#","markets":[],"milestones":["count>=50"]"#, "markets"),
            (r#","market":"alpha","markets":[],"milestones":["count>=50"]"#, "markets"),
            (r#","market":"alpha","markets":["beta"]"#, "markets"),
            (r#","dcql_query":{},"milestones":["count>=50"]"#, "milestones"),
            (r#","dcql_query":{},"markets":["alpha"]"#, "markets"),
        ] {
            assert_eq!(query(bad), Err((member, Reason::InputMalformed)), "{bad}");
        }
        for off in [
            "[]",
            r#"["count>=51"]"#,
            r#"["count>=50","count>=100"]"#,
            r#"["count>=50","mean>=875","tenure>=3y","bound>=1y","disputes=0"]"#,
        ] {
            let text = format!(r#","market":"alpha","milestones":{off}"#);
            assert_eq!(query(&text), Err(("milestones", Reason::RequestMilestones)), "{off}");
        }
    }
}
