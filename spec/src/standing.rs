//! The plain standing: what a market says about a whole ledger in one epoch, all numbers together.
//!
//! Specified in `spec/text/credentials.md` and `spec/text/presentation.md`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::did::{Did, KeyHistories};
use crate::domain::VCT_STANDING;
use crate::encoding::{from_value, from_value_exact};
use crate::epoch::SignedEpochRecord;
use crate::hash::{Hash, LedgerId, Salt};
use crate::key::{Jwk, VerifyingKey};
use crate::ledger::{AccountHead, LedgerHead, LedgerNumbers};
use crate::name::MarketId;
use crate::presentation::Inclusion;
use crate::reason::{Fault, Reason, refuse};
use crate::sdjwt::SdJwt;
use crate::signed::{Signer, issued_at, open_credential, take, take_holder};
use crate::time::{Day, Timestamp};

/// What a standing states, besides issuer, market and holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Format version, 0.
    pub v: u8,
    /// The ledger.
    pub ledger: LedgerId,
    /// Number of the epoch, in lengths of the market's epochs from Monday 1970-01-05.
    pub epoch: u64,
    /// Hash of the epoch record it belongs to.
    pub record: Hash,
    /// Both heads of the ledger as that record holds them.
    pub head: LedgerHead,
    /// Salt of the account head in that record.
    pub salt: Salt,
    /// UTC day of the binding to this holder.
    pub bound: Day,
    /// The numbers, the last twelve months ending on the epoch's first day.
    pub numbers: LedgerNumbers,
}

impl Statement {
    /// The leaf of the epoch record's tree that this statement is about.
    #[must_use]
    pub const fn account_head(&self) -> AccountHead {
        AccountHead { v: 0, ledger: self.ledger, epoch: self.epoch, head: self.head, salt: self.salt }
    }
}

/// A plain standing whose issuer's signature and form were verified.
#[derive(Debug, Clone)]
pub struct Standing {
    issuer: Did,
    key_id: String,
    market: MarketId,
    issued: Timestamp,
    holder: VerifyingKey,
    statement: Statement,
}

/// Issues a standing for `holder`.
///
/// # Errors
/// `internal`, which no statement causes.
pub fn issue(
    signer: &Signer,
    market: &MarketId,
    statement: &Statement,
    holder: &VerifyingKey,
    now: Timestamp,
) -> Result<SdJwt, Fault> {
    let mut payload = Map::new();
    payload.insert("iss".into(), json!(signer.did()));
    payload.insert("vct".into(), json!(VCT_STANDING));
    payload.insert("iat".into(), json!(now));
    payload.insert("market".into(), json!(market));
    payload.insert("cnf".into(), json!({"jwk": Jwk::from(holder)}));
    payload.insert("standing".into(), json!(statement));
    SdJwt::issue(&payload, Vec::new(), signer.key_id(), signer.key())
}

impl Standing {
    /// Checks that this standing belongs to `record`: same issuer and market, named by its hash, signed by one of its keys since its
    /// epoch began, and its account head in the record's tree at `account`.
    ///
    /// # Errors
    /// `epoch.unknown` for another record; `issuer.key_not_valid_then` for another key; `standing.head` for the rest;
    /// `internal`, which no statement causes.
    ///
    /// Implements REQ-PRES-4 to REQ-PRES-7 (`spec/text/presentation.md`).
    pub fn check_record(&self, record: &SignedEpochRecord, account: &Inclusion) -> Result<(), Fault> {
        let said = record.record();
        //= spec/text/presentation.md#REQ-PRES-4
        //# The record's issuer and market MUST be the standing's, and its hash the standing's `record`.
        if said.iss != self.issuer || said.market != self.market || record.hash() != self.statement.record {
            return refuse(Reason::EpochUnknown, "record");
        }
        //= spec/text/presentation.md#REQ-PRES-5
        //# The standing's key id MUST be among the record's `keys`.
        if !said.keys.contains(&self.key_id) {
            return refuse(Reason::KeyNotValidThen, "standing.kid");
        }
        //= spec/text/presentation.md#REQ-PRES-6
        //# The record's `epoch` MUST be the standing's, and the standing MUST NOT be signed before that epoch
        //# began.
        if said.epoch != self.statement.epoch || self.issued < said.begins() {
            return refuse(Reason::StandingHead, "standing.epoch");
        }
        //= spec/text/presentation.md#REQ-PRES-7
        //# The account head, made from the standing's `ledger`, `epoch`, `head` and `salt`, MUST be at the
        //# place `account` of `record.accounts`.
        let leaf = self.statement.account_head().leaf()?;
        let included = said.accounts.verify_inclusion(&leaf, account.at, &account.path);
        included.map_err(|_| Fault::new(Reason::StandingHead, "account"))
    }

    /// Verifies a credential as a plain standing; its issuer's key must have been valid when it was issued.
    ///
    /// # Errors
    /// `invalid.claim.hidden` if anything is disclosed singly; those of [`open_credential`], [`issued_at`] and
    /// [`KeyHistories::resolve`]; `invalid.claim.missing`; `unsupported.algorithm` and `invalid.key` for the holder key;
    /// `unsupported.version`; `standing.numbers`; `malformed`, or the code of the member whose type refused its value
    /// (see [`from_value_exact`]).
    ///
    /// Implements REQ-CRED-5, REQ-CRED-14 and REQ-CRED-20 to REQ-CRED-24 (`spec/text/credentials.md`); REQ-LEDGER-25 to
    /// REQ-LEDGER-28 (`spec/text/ledger.md`); REQ-GEN-10 (`spec/text/README.md`).
    pub fn open(sd_jwt: &SdJwt, histories: &KeyHistories) -> Result<Self, Fault> {
        //= spec/text/credentials.md#REQ-CRED-20
        //# Nothing of a standing MUST be disclosed singly, so that numbers are seen together or not at all.
        if !sd_jwt.disclosures().is_empty() {
            return refuse(Reason::ClaimHidden, "disclosure");
        }
        let mut key_id = String::new();
        let (issuer, mut payload) = open_credential(sd_jwt, VCT_STANDING, |did, kid, payload| {
            kid.clone_into(&mut key_id);
            histories.resolve(did, kid, issued_at(payload)?)
        })?;
        //= spec/text/credentials.md#REQ-CRED-21
        //# The payload of a standing MUST have all of those members
        let issued: Timestamp = from_value(take(&mut payload, "iat")?, "iat")?;
        let market = from_value(take(&mut payload, "market")?, "market")?;
        let holder = take_holder(&mut payload)?;
        let statement: Statement = from_value_exact(take(&mut payload, "standing")?, "standing")?;
        for known in ["iss", "vct"] {
            payload.remove(known);
        }
        //= spec/text/credentials.md#REQ-CRED-22
        //# It MUST have no others, and the statement MUST have exactly its own.
        if !payload.is_empty() {
            return refuse(Reason::Malformed, "payload");
        }
        //= spec/text/README.md#REQ-GEN-10
        //# A reader MUST refuse an object whose version `v` it does not know
        if statement.v != 0 {
            return refuse(Reason::UnsupportedVersion, "standing.v");
        }
        statement.numbers.check()?;
        //= spec/text/credentials.md#REQ-CRED-23
        //# `numbers.total.all.ratings` MUST equal `head.live.size`, which MUST NOT be over `head.log.size`.
        if statement.numbers.total.all.ratings != statement.head.live.size
            || statement.head.live.size > statement.head.log.size
        {
            return refuse(Reason::StandingNumbers, "standing.head");
        }
        // Nobody was rated on a day that had not come; one day is allowed for, because days are counted in UTC.
        //= spec/text/credentials.md#REQ-CRED-24
        //# MUST NOT be later than the day after the day (UTC) of `iat`.
        if statement.numbers.total.all.last.is_some_and(|last| last.days_since(issued.day()) > 1) {
            return refuse(Reason::StandingNumbers, "standing.last");
        }
        Ok(Self { issuer, key_id, market, issued, holder, statement })
    }

    /// Who signed it.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    /// Id of the key that signed it.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The market.
    #[must_use]
    pub const fn market(&self) -> &MarketId {
        &self.market
    }

    /// When it was signed (`iat`), as the issuer says.
    #[must_use]
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// The key that it is bound to.
    #[must_use]
    pub const fn holder(&self) -> &VerifyingKey {
        &self.holder
    }

    /// What it states.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }
}
