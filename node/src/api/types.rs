//! The JSON of the local interface, version 0; the daemon and its command line share these types.

use faam_spec::decision::DecisionDocument;
use faam_spec::did::Did;
use faam_spec::hash::Hash;
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::{Address, PeerId};
use faam_spec::query::Query;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
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
    /// Of `POST /v0/events`: the first line that could not be applied, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// Answer to `POST /v0/events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsApplied {
    /// Events that are applied and stored, those included that were there already.
    pub applied: u64,
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

/// `POST /v0/requests`: `market` with its terms, or a whole `dcql_query`.
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
    /// The market whose standing is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketId>,
    /// How many ratings are asked for at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings: Option<u32>,
    /// Whether all current ratings are asked for.
    #[serde(default)]
    pub complete: bool,
    /// What of each rating is asked for beside its value.
    #[serde(default)]
    pub disclose: Vec<String>,
    /// The only role in which ratings are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The whole query, for what the members above cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dcql_query: Option<Value>,
}

/// Answer to `POST /v0/requests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestMade {
    /// The request's name, for `GET /v0/requests/{id}`.
    pub id: Hash,
    /// The link for the person.
    pub link: String,
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
    /// Offers that are kept, ended ones included.
    pub offers: u64,
    /// Requests that are kept, decided ones included.
    pub requests: u64,
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
}

/// An epoch in [`MarketView`], and the answer to `POST /v0/close`.
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

impl RequestBody {
    /// What is asked for.
    ///
    /// # Errors
    /// `input.malformed` if the members contradict each other; `request.unreadable` for a query that cannot be asked.
    pub fn query(&self) -> Result<Query, Fault> {
        let plain =
            self.ratings.is_none() && !self.complete && self.disclose.is_empty() && self.role.is_none();
        let query = match (&self.market, &self.dcql_query) {
            (None, Some(query)) if plain => return Query::try_from(query.clone()),
            (Some(market), None) => match (self.ratings, self.complete) {
                (None, false) if plain => return Query::standing(market.clone()),
                (Some(count), false) => Query::ratings(market.clone(), count)?,
                (None, true) => Query::complete(market.clone())?,
                _ => return refuse(Reason::InputMalformed, "ratings"),
            },
            _ => return refuse(Reason::InputMalformed, "market"),
        };
        let names: Vec<&str> = self.disclose.iter().map(String::as_str).collect();
        let query = query.disclosing(&names)?;
        Ok(match &self.role {
            Some(role) => query.in_role(role),
            None => query,
        })
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

    fn query(text: &str) -> Result<Query, Reason> {
        let text = format!(r#"{{"purpose":"p","retention_days":1{text}}}"#);
        serde_json::from_str::<RequestBody>(&text).unwrap().query().map_err(|fault| fault.reason())
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
        for bad in [
            "",
            r#","market":"alpha","complete":true,"ratings":1"#,
            r#","market":"alpha","role":"seller""#,
            r#","market":"alpha","dcql_query":{}"#,
            r#","dcql_query":{},"complete":true"#,
        ] {
            assert_eq!(query(bad), Err(Reason::InputMalformed), "{bad}");
        }
        assert_eq!(query(r#","dcql_query":{}"#), Err(Reason::RequestUnreadable));
    }
}
