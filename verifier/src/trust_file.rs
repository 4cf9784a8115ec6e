//! Whom a verifier believes, as a TOML file: trust entries, keys of issuers whose DID is not their key, and announcements.
//!
//! Specified in `spec/text/policy.md`.

use faam_spec::did::{Did, HistoricKey, KeyHistories};
use faam_spec::encoding::unmulti;
use faam_spec::key::{Jwk, PublicKey, VerifyingKey};
use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::{EpochLength, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policy::{FileError, check_keys, form};
use crate::sources::{Notice, Sources};
use crate::trust::{Label, Roles, StatementType, Trust, TrustEntry};

/// What a trust file says. It gives a [`Sources`] whom to believe; what was seen of them is added by whoever keeps it.
#[derive(Debug, Clone, Default)]
pub struct TrustFile {
    /// The trust entries.
    pub trust: Trust,
    /// Keys of issuers whose DID is not their key.
    pub histories: KeyHistories,
    /// Announcements about markets.
    pub notices: Vec<Notice>,
}

/// Entries alone.
impl From<Trust> for TrustFile {
    fn from(trust: Trust) -> Self {
        Self { trust, ..Self::default() }
    }
}

/// A trust entry as it is written, in a file of its own or in the configuration of a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<Did>,
    #[serde(default, skip_serializing)]
    key: Option<PinnedKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    market: MarketId,
    roles: Roles,
    types: Vec<StatementType>,
    #[serde(default = "week")]
    epoch_seconds: EpochLength,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frozen_after: Option<u64>,
}

const fn week() -> EpochLength {
    EpochLength::WEEK
}

/// An Ed25519 key: as the multibase text of a `did:key` (`z6Mk…`), as multibase of its 32 bytes (`u…`), or as a JWK.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
struct PinnedKey(VerifyingKey);

impl TryFrom<Value> for PinnedKey {
    type Error = Fault;
    fn try_from(value: Value) -> Result<Self, Fault> {
        let bad = |_| Fault::new(Reason::InvalidKey, "key");
        match value {
            Value::String(text) if text.starts_with('z') => {
                let did: Did = format!("did:key:{text}").parse().map_err(bad)?;
                did.own_key().map(Self).ok_or(Fault::new(Reason::InvalidKey, "key"))
            }
            Value::String(text) => {
                let bytes = unmulti(&text, "key").map_err(bad)?.try_into();
                VerifyingKey::from_bytes(&bytes.map_err(|_| Fault::new(Reason::InvalidKey, "key"))?).map(Self)
            }
            //= spec/text/policy.md#REQ-POLICY-12
            //# A pinned key MUST be a public Ed25519 key
            jwk => match PublicKey::from_jwk(&jwk)? {
                PublicKey::Ed25519(key) => Ok(Self(key)),
                _ => refuse(Reason::UnsupportedAlgorithm, "key"),
            },
        }
    }
}

impl Serialize for PinnedKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Jwk::from(&self.0).serialize(serializer)
    }
}

/// Why an entry cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ItemError {
    #[error("an entry names its issuer either by `issuer`, a DID, or by `key`, and not by both")]
    TwoIssuers,
    #[error(
        "an entry names its issuer by `issuer`, a DID, or by `key`, and this one has neither; add one of them"
    )]
    NoIssuer,
    #[error(
        "an empty list of `types` believes nothing; name \"rating\", \"standing\" or \"private\", or remove the entry"
    )]
    Types,
    #[error(
        "an empty list of `roles` names no role, so that no rating and no milestone is believed; name roles, or write roles = \"any\""
    )]
    Roles,
    #[error("a name or group has 1 to {MAX_NAME_BYTES} bytes")]
    Name,
}

impl TryFrom<TrustItem> for (TrustEntry, Label) {
    type Error = ItemError;
    fn try_from(item: TrustItem) -> Result<Self, ItemError> {
        let TrustItem { name, group, market, roles, types, epoch_seconds, frozen_after, .. } = item;
        //= spec/text/policy.md#REQ-POLICY-11
        //# An entry MUST name its issuer by exactly one of `issuer` and `key`
        let issuer = match (item.issuer, item.key) {
            (Some(did), None) => did,
            (None, Some(PinnedKey(key))) => Did::from_key(&key),
            (Some(_), Some(_)) => return Err(ItemError::TwoIssuers),
            (None, None) => return Err(ItemError::NoIssuer),
        };
        let good = |text: &Option<String>| {
            text.as_ref().is_none_or(|text| !text.trim().is_empty() && text.len() <= MAX_NAME_BYTES)
        };
        if !good(&name) || !good(&group) {
            return Err(ItemError::Name);
        }
        let entry = TrustEntry { issuer, market, roles, types, epoch_seconds, frozen_after };
        Ok((entry, Label { name, group }))
    }
}

impl TryFrom<Vec<TrustItem>> for Trust {
    type Error = ItemError;
    fn try_from(items: Vec<TrustItem>) -> Result<Self, ItemError> {
        let all = items.into_iter().map(<(TrustEntry, Label)>::try_from);
        Ok(Self::labelled(all.collect::<Result<_, _>>()?))
    }
}

impl From<Trust> for Vec<TrustItem> {
    fn from(trust: Trust) -> Self {
        let item = |(entry, label): (TrustEntry, Label)| TrustItem {
            issuer: Some(entry.issuer),
            key: None,
            name: label.name,
            group: label.group,
            market: entry.market,
            roles: entry.roles,
            types: entry.types,
            epoch_seconds: entry.epoch_seconds,
            frozen_after: entry.frozen_after,
        };
        trust.into_labelled().map(item).collect()
    }
}

/// Every key of a trust entry.
pub(crate) const TRUST_KEYS: &[&str] =
    &["issuer", "key", "name", "group", "market", "roles", "types", "epoch_seconds", "frozen_after"];

/// Every key of a trust file, by the path of its table.
const KEYS: &[(&str, &[&str])] = &[
    ("", &["v", "trust", "key", "notice"]),
    ("trust", TRUST_KEYS),
    ("key", &["did", "id", "key", "from", "until"]),
    ("notice", &["issuer", "market", "from", "what"]),
];

#[derive(Deserialize)]
struct Raw {
    v: u8,
    #[serde(default)]
    trust: Trust,
    #[serde(default)]
    key: Vec<RawKey>,
    #[serde(default)]
    notice: Vec<Notice>,
}

/// A key of somebody whose DID is not their key, and when it was theirs. Whoever writes it vouches for it.
#[derive(Deserialize)]
struct RawKey {
    did: Did,
    id: String,
    key: PinnedKey,
    from: String,
    until: Option<String>,
}

impl Trust {
    /// Every key that an entry may have where entries are written: in trust files and in the configuration of a node.
    pub const KEYS: &[&str] = TRUST_KEYS;

    /// Whether each entry can be believed about anything, so that nobody waits for an answer that is never accepted.
    ///
    /// # Errors
    /// The number of the first that cannot, from 1; which of its keys; and what would help.
    pub fn check_entries(&self) -> Result<(), (usize, &'static str, String)> {
        for (at, entry) in self.entries().iter().enumerate() {
            if entry.types.is_empty() {
                return Err((at + 1, "types", ItemError::Types.to_string()));
            }
            // What says something of a role needs one that is named; a plain standing is about all roles.
            let of_a_role = entry.types.iter().any(|of| *of != StatementType::Standing);
            if of_a_role && matches!(&entry.roles, Roles::Only(roles) if roles.is_empty()) {
                return Err((at + 1, "roles", ItemError::Roles.to_string()));
            }
        }
        Ok(())
    }
}

impl TrustFile {
    /// Reads the text of a trust file, at most [`crate::policy::MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`FileError`]: `too_large`, `file.syntax`, `file.key` with the nearest known key, `file.value`.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let table = check_keys(text, KEYS)?;
        let Raw { v, trust, key, notice } = form(&table, text)?;
        let wrong = |path: &str, why: &str| FileError::value(&table, text, path, why);
        if v != 0 {
            return Err(wrong("v", "this program knows version 0 alone"));
        }
        trust
            .check_entries()
            .map_err(|(number, key, why)| wrong("trust", &format!("entry no. {number}: {key}: {why}")))?;
        let mut keys: std::collections::BTreeMap<Did, Vec<HistoricKey>> = std::collections::BTreeMap::new();
        for (at, raw) in key.into_iter().enumerate() {
            let why = |why: &str| wrong("key", &format!("entry no. {}: {why}", at + 1));
            let time = |text: &str| {
                text.parse::<Timestamp>().map_err(|_| why("a time is written as \"2026-11-21T12:00:00Z\""))
            };
            let (from, until) = (time(&raw.from)?, raw.until.as_deref().map(time).transpose()?);
            if raw.did.own_key().is_some() {
                return Err(why("a did:key is its own key; name it in [[trust]] alone"));
            }
            let of_did = raw.id.strip_prefix(raw.did.as_str()).and_then(|rest| rest.strip_prefix('#'));
            if of_did.is_none_or(str::is_empty) {
                return Err(why("an id is the DID, `#` and a name"));
            }
            if until.is_some_and(|until| until <= from) {
                return Err(why("`until` is later than `from`"));
            }
            let key = HistoricKey { id: raw.id, key: raw.key.0, from, until };
            keys.entry(raw.did).or_default().push(key);
        }
        let mut histories = KeyHistories::new();
        keys.into_iter().for_each(|(did, keys)| histories.insert(did, keys));
        Ok(Self { trust, histories, notices: notice })
    }

    /// Sources with this trust and a policy, and nothing seen yet.
    #[must_use]
    pub fn sources(self, policy: crate::Policy) -> Sources {
        let Self { trust, histories, notices } = self;
        Sources { trust, histories, notices, policy, ..Sources::default() }
    }
}
