//! Queries that others write: the same questions in other words.

use serde_json::{Map, Value};

use super::{Query, bad};
use crate::domain::VCT_STANDING;
use crate::limits::{MAX_PRESENTED_LEDGERS, MAX_QUERY_CLAIMS};
use crate::reason::Fault;

/// Members of a standing that whoever sees it always sees: asking for one of them asks for no more than the standing.
const ALWAYS: [&str; 6] = ["vct", "iss", "iat", "market", "cnf", "standing"];

impl Query {
    /// Reads a query that somebody wrote who knows DCQL and not our ways: what says nothing beyond what a [`Query`] says is
    /// taken off first.
    ///
    /// # Errors
    /// Those of the reading of a [`Query`] from a value.
    ///
    /// Implements REQ-VP-13 (`spec/text/openid4vp.md`).
    //= spec/text/openid4vp.md#REQ-VP-13
    //# Everything else MUST be refused and never answered in part
    pub fn read_foreign(value: Value) -> Result<Self, Fault> {
        let Value::Object(mut query) = value else { return Err(bad()) };
        let sets = query.remove("credential_sets");
        let Some(Value::Array(credentials)) = query.get_mut("credentials") else { return Err(bad()) };
        if credentials.len() > 2 * MAX_PRESENTED_LEDGERS {
            return Err(bad());
        }
        for credential in credentials.iter_mut() {
            credential.as_object_mut().ok_or_else(bad).and_then(simplify)?;
        }
        if let Some(sets) = sets {
            let ids: Vec<&str> =
                credentials.iter().filter_map(|one| one.get("id").and_then(Value::as_str)).collect();
            demands_all(&sets, &ids)?;
        }
        Self::try_from(Value::Object(query))
    }
}

fn simplify(credential: &mut Map<String, Value>) -> Result<(), Fault> {
    for (name, plain) in [("require_cryptographic_holder_binding", true), ("multiple", false)] {
        if credential.get(name) == Some(&Value::Bool(plain)) {
            credential.remove(name);
        }
    }
    let is_standing = credential.get("meta").and_then(|meta| meta.get("vct_values"))
        == Some(&Value::Array(vec![Value::from(VCT_STANDING)]));
    let Some(claims) = credential.get_mut("claims") else { return Ok(()) };
    let Value::Array(list) = claims else { return Err(bad()) };
    if list.is_empty() || list.len() > MAX_QUERY_CLAIMS {
        return Err(bad());
    }
    for claim in list.iter_mut() {
        let claim = claim.as_object_mut().ok_or_else(bad)?;
        // A name for sets of claims, of which there are none.
        if claim.get("id").is_some_and(Value::is_string) {
            claim.remove("id");
        }
    }
    if is_standing {
        list.retain(|claim| !is_always_seen(claim));
        if list.is_empty() {
            credential.remove("claims");
        }
    }
    Ok(())
}

/// Whether a claim asks for a member that is there and open in every standing, and for no value of it.
fn is_always_seen(claim: &Value) -> bool {
    let Some(claim) = claim.as_object() else { return false };
    let path = claim.get("path").and_then(Value::as_array).map(Vec::as_slice);
    claim.len() == 1 && matches!(path, Some([Value::String(name)]) if ALWAYS.contains(&name.as_str()))
}

/// Sets that leave no choice and name every credential say what no sets say.
fn demands_all(sets: &Value, ids: &[&str]) -> Result<(), Fault> {
    let sets = sets.as_array().filter(|sets| sets.len() <= ids.len()).ok_or_else(bad)?;
    let mut named = Vec::new();
    for set in sets {
        let set = set.as_object().ok_or_else(bad)?;
        let known = set.keys().all(|name| matches!(name.as_str(), "options" | "required"));
        let required = set.get("required").is_none_or(|required| required == &Value::Bool(true));
        let options = set.get("options").and_then(Value::as_array).map(Vec::as_slice);
        let Some([Value::Array(option)]) = options else { return Err(bad()) };
        if !known || !required {
            return Err(bad());
        }
        for id in option {
            named.push(id.as_str().ok_or_else(bad)?);
        }
    }
    if ids.iter().all(|id| named.contains(id)) && named.iter().all(|id| ids.contains(id)) {
        Ok(())
    } else {
        Err(bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;
    use serde_json::json;

    fn standing(more: &Value) -> Value {
        let mut credential = json!({
            "id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]},
        });
        for (name, value) in more.as_object().unwrap() {
            credential[name] = value.clone();
        }
        json!({"credentials": [credential]})
    }

    //= spec/text/openid4vp.md#REQ-VP-13
    //= type=test
    //# Everything else MUST be refused and never answered in part
    #[test]
    fn other_words_for_the_same_question_are_understood_and_nothing_else() {
        let market = json!({"path": ["market"], "values": ["alpha"]});
        for same in [
            json!({}),
            json!({"multiple": false, "require_cryptographic_holder_binding": true}),
            json!({"claims": [{"path": ["standing"]}, {"id": "m", "path": ["market"]}]}),
        ] {
            let query = Query::read_foreign(standing(&same)).unwrap();
            assert!(query.ledgers()[0].markets.is_empty() && query.ledgers()[0].ratings.is_none(), "{same}");
        }
        let named =
            Query::read_foreign(standing(&json!({"claims": [market, {"path": ["standing"]}]}))).unwrap();
        assert_eq!(named, {
            let mut same = Query::standing("alpha".parse().unwrap()).unwrap();
            same.ledgers[0].standing = "s".into();
            same
        });
        for other in [
            json!({"multiple": true}),
            json!({"multiple": null}),
            json!({"require_cryptographic_holder_binding": false}),
            json!({"trusted_authorities": [{"type": "aki", "values": ["x"]}]}),
            json!({"claims": []}),
            json!({"claims": [{"path": ["standing", "numbers"]}]}),
            json!({"claims": [{"path": ["address"]}]}),
            json!({"claims": [{"path": ["standing"], "values": ["7"]}]}),
            json!({"claims": [{"id": "a", "path": ["standing"]}], "claim_sets": [["a"]]}),
            json!({"meta": {"vct_values": ["urn:other"]}}),
            json!({"meta": {"vct_values": ["urn:faam:standing:0", "urn:other"]}}),
            json!({"meta": {"vct_values": ["urn:faam:rating:0"]}}),
            json!({"format": "mso_mdoc"}),
        ] {
            let refused = Query::read_foreign(standing(&other)).unwrap_err();
            assert_eq!(refused.reason(), Reason::RequestUnreadable, "{other}");
        }
    }

    #[test]
    fn sets_that_leave_a_choice_are_refused() {
        let with = |sets: Value| {
            let mut query = standing(&json!({}));
            query["credential_sets"] = sets;
            Query::read_foreign(query).map(drop).map_err(|fault| fault.reason())
        };
        assert_eq!(with(json!([{"options": [["s"]]}])), Ok(()));
        assert_eq!(with(json!([{"options": [["s"]], "required": true}])), Ok(()));
        for sets in [
            json!([]),
            json!({}),
            json!([{"options": [["s"], ["t"]]}]),
            json!([{"options": [["t"]]}]),
            json!([{"options": [["s"]], "required": false}]),
            json!([{"options": [["s"]], "purpose": "why"}]),
            json!([{"options": [["s"]]}, {"options": [["s"]]}]),
        ] {
            assert_eq!(with(sets.clone()), Err(Reason::RequestUnreadable), "{sets}");
        }
    }
}
