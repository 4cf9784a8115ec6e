//! A rating as a credential: an SD-JWT VC from which alone the ledger's leaf is computed again.
//!
//! Specified in `spec/text/credentials.md`.

use serde_json::{Map, Value, json};

use crate::did::{Did, KeyHistories};
use crate::domain::{STATUS_URI_PREFIX, VCT_RATING};
use crate::encoding::{from_value, from_value_exact};
use crate::hash::Hash;
use crate::key::{Jwk, VerifyingKey};
use crate::ledger::{Body, Entry, Record, names};
use crate::name::{MarketId, Role};
use crate::reason::{Fault, Reason, refuse};
use crate::scale::Score;
use crate::sdjwt::SdJwt;
use crate::signed::{Signer, open_credential, take, take_holder};
use crate::status::StatusRef;
use crate::time::Timestamp;

/// A rating whose issuer's signature, form and disclosures were verified; whether it is live is for its ledger's head to
/// show.
#[derive(Debug, Clone)]
pub struct Rating {
    issuer: Did,
    market: MarketId,
    entry: Entry,
    leaf: Hash,
    holder: VerifyingKey,
    status: StatusRef,
    disclosed: Map<String, Value>,
}

/// Issues the credential for a rating, bound to `holder`.
///
/// # Errors
/// `ledger.credential` if the record is not a rating; `internal`, which no record causes.
pub fn issue(
    signer: &Signer,
    market: &MarketId,
    record: &Record,
    holder: &VerifyingKey,
    status: &StatusRef,
) -> Result<SdJwt, Fault> {
    let Body::Rating { digests, .. } = &record.entry().body else {
        return refuse(Reason::LedgerCredential, "entry.kind");
    };
    let mut entry: Map<String, Value> = from_value(
        serde_json::to_value(record.entry()).map_err(|_| Fault::new(Reason::Internal, "entry"))?,
        "entry",
    )?;
    entry.remove("_sd");
    let mut payload = Map::new();
    payload.insert("iss".into(), json!(signer.did()));
    payload.insert("vct".into(), json!(VCT_RATING));
    payload.insert("market".into(), json!(market));
    payload.insert("entry".into(), Value::Object(entry));
    payload.insert("cnf".into(), json!({"jwk": Jwk::from(holder)}));
    payload.insert("status".into(), json!({"status_list": status}));
    payload.insert("_sd_alg".into(), json!("sha-256"));
    payload.insert("_sd".into(), json!(digests));
    SdJwt::issue(&payload, record.disclosures().to_vec(), signer.key_id(), signer.key())
}

impl Rating {
    /// Verifies a credential as a rating, under a key that was its issuer's at some time up to `at`. A rating has no date of its
    /// own; pass the time of the standing that it is shown or received with.
    ///
    /// # Errors
    /// `invalid.claim.hidden` for a disclosed `market` or `entry`; those of [`open_credential`] and
    /// [`KeyHistories::resolve_until`]; `invalid.claim.missing`; `status.invalid` for another address; `ledger.entry` for
    /// a disclosure of another name or form, `too_large` for a text over its bound; `unsupported.algorithm` and
    /// `invalid.key` for the holder key; `malformed`, `unsupported.version`, or the code of the member whose type refused
    /// its value (see [`from_value_exact`]); `internal`, which no entry causes.
    ///
    /// Implements REQ-CRED-5 and REQ-CRED-14 to REQ-CRED-19 (`spec/text/credentials.md`); REQ-LEDGER-12
    /// (`spec/text/ledger.md`); REQ-STATUS-14 (`spec/text/status.md`).
    pub fn open(sd_jwt: &SdJwt, histories: &KeyHistories, at: Timestamp) -> Result<Self, Fault> {
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Status {
            status_list: StatusRef,
        }
        //= spec/text/credentials.md#REQ-CRED-17
        //# Nothing MUST be disclosed in the place of `market` or `entry`.
        for disclosure in sd_jwt.disclosures() {
            if disclosure.name().is_some_and(|name| matches!(name, "market" | "entry")) {
                return refuse(Reason::ClaimHidden, "disclosure");
            }
        }
        //= spec/text/credentials.md#REQ-CRED-19
        //# The rating has no date of its own: its key MUST have been the issuer's at some time up to the
        //# `iat` of the standing with which it is shown, which states the same leaf again.
        let (issuer, mut payload) =
            open_credential(sd_jwt, VCT_RATING, |did, kid, _| histories.resolve_until(did, kid, at))?;
        //= spec/text/credentials.md#REQ-CRED-15
        //# A rating MUST have all of them but `_sd_alg`, which may be absent
        let market = from_value(take(&mut payload, "market")?, "market")?;
        let holder = take_holder(&mut payload)?;
        let status: Status = from_value_exact(take(&mut payload, "status")?, "status")?;
        //= spec/text/status.md#REQ-STATUS-14
        //# The address of a list MUST begin with `urn:faam:status:`, in the list, in a rating and in an epoch
        //# record.
        if !status.status_list.uri.starts_with(STATUS_URI_PREFIX) {
            return refuse(Reason::StatusInvalid, "status.uri");
        }
        let digests = take(&mut payload, "_sd")?;
        let mut entry = take(&mut payload, "entry")?;
        //= spec/text/credentials.md#REQ-CRED-16
        //# `entry` MUST be of one of those kinds and have no `_sd` of its own
        match entry.as_object_mut() {
            Some(map) if !map.contains_key("_sd") => {
                if digests.as_array().is_none_or(|list| !list.is_empty()) {
                    map.insert("_sd".into(), digests);
                }
            }
            _ => return refuse(Reason::Malformed, "entry"),
        }
        let entry: Entry = from_value_exact(entry, "entry")?;
        //= spec/text/credentials.md#REQ-CRED-16
        //# `entry` MUST be of one of those kinds
        if !matches!(entry.body, Body::Rating { .. }) {
            return refuse(Reason::Malformed, "entry.kind");
        }
        for known in ["iss", "vct", "_sd_alg"] {
            payload.remove(known);
        }
        //= spec/text/credentials.md#REQ-CRED-16
        //# There MUST be no others
        if !payload.is_empty() {
            return refuse(Reason::Malformed, "payload");
        }
        let mut disclosed = Map::new();
        for disclosure in sd_jwt.disclosures() {
            //= spec/text/credentials.md#REQ-CRED-18
            //# What is disclosed MUST have a name and value of a rating's [disclosable
            //# parts](ledger.md#disclosable-parts).
            let name = disclosure.name().ok_or(Fault::new(Reason::Malformed, "disclosure"))?;
            if !names::OF_RATING.contains(&name) {
                return refuse(Reason::LedgerEntry, "disclosure");
            }
            crate::ledger::check_disclosed(name, disclosure.value())?;
            disclosed.insert(name.to_owned(), disclosure.value().clone());
        }
        //= spec/text/ledger.md#REQ-LEDGER-12
        //# With an empty `_sd` the member is absent from the canonical form.
        let leaf = entry.leaf()?;
        Ok(Self { issuer, market, entry, leaf, holder, status: status.status_list, disclosed })
    }

    /// Who signed it.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    /// The market it was given in.
    #[must_use]
    pub const fn market(&self) -> &MarketId {
        &self.market
    }

    /// The entry that the credential states.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The leaf in the ledger's trees.
    #[must_use]
    pub const fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// The key that the credential is bound to.
    #[must_use]
    pub const fn holder(&self) -> &VerifyingKey {
        &self.holder
    }

    /// Where its status is kept.
    #[must_use]
    pub const fn status(&self) -> &StatusRef {
        &self.status
    }

    /// What was disclosed, by name.
    #[must_use]
    pub const fn disclosed(&self) -> &Map<String, Value> {
        &self.disclosed
    }

    /// Role of the subject and score on the market's scale.
    #[must_use]
    pub fn role_and_score(&self) -> Option<(&Role, Score)> {
        match &self.entry.body {
            Body::Rating { role, score, .. } => Some((role, *score)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TYP_SD_JWT_VC;
    use crate::hash::{LedgerId, Salt};
    use crate::key::SigningKey;
    use crate::ledger::names;
    use crate::sdjwt::Disclosure;

    #[test]
    fn an_entry_in_a_credential_has_one_form() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let holder = SigningKey::from_seed(&[2; 32]).verifying_key();
        let parts = names::OF_RATING.map(|name| match name {
            names::DAY => (name, json!("2026-01-31")),
            names::RATER => (name, json!("512")),
            _ => (name, Value::Null),
        });
        let disclosures: Vec<Disclosure> = parts
            .into_iter()
            .map(|(name, value)| Disclosure::with_salt(name, value, "c2FsdA").unwrap())
            .collect();
        let entry = json!({"v": 0, "ledger": LedgerId::from_bytes([1; 16]), "index": 3, "kind": "rating",
            "salt": Salt::from_bytes([2; 16]), "role": "seller", "value": 5, "scale": "-10..10",
            "_sd": disclosures.iter().map(Disclosure::digest).collect::<Vec<_>>()});
        let record = Record::new(from_value(entry, "t").unwrap(), disclosures).unwrap();
        let status = StatusRef { idx: 7, uri: format!("{STATUS_URI_PREFIX}x") };
        let good = issue(&signer, &"alpha".parse().unwrap(), &record, &holder, &status).unwrap();
        let payload = good.jws().unwrap().peek().unwrap();
        let open = |change: &dyn Fn(&mut Value)| {
            let mut changed = payload.clone();
            change(&mut changed["entry"]);
            let jwt = signer.sign(&changed, TYP_SD_JWT_VC).unwrap();
            Rating::open(&SdJwt::from_parts(jwt, vec![]), &KeyHistories::new(), Timestamp::new(9).unwrap())
                .map(|rating| *rating.leaf())
                .map_err(|fault| fault.reason())
        };
        assert_eq!(open(&|_| {}), record.entry().leaf().map_err(|fault| fault.reason()));
        for (name, value, reason) in [
            ("by", Value::Null, Reason::Malformed),
            ("day", Value::Null, Reason::MalformedTime),
            ("refs", json!([]), Reason::Malformed),
            ("x", json!(1), Reason::Malformed),
        ] {
            assert_eq!(open(&|entry| entry[name] = value.clone()), Err(reason), "{name}");
        }
    }
}
