//! The part of the check that is about credentials and their status.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::did::{Did, KeyHistories};
use faam_spec::domain::STATUS_URI_PREFIX;
use faam_spec::epoch::EpochRecord;
use faam_spec::ledger::{Ledger, Record};
use faam_spec::limits::{KEY_BINDING_MAX_FUTURE, MAX_EPOCH_STATUS_LISTS};
use faam_spec::rating::Rating;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;

use super::{Expected, Known};
use crate::held::{HeldCredential, HeldLedger};

/// What credentials are checked against.
pub(super) struct Offered<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) jwts: BTreeMap<u64, String>,
    pub(super) held: Option<&'a HeldLedger>,
    /// Time of the standing that they came with.
    pub(super) at: Timestamp,
    pub(super) lists: &'a [SignedStatusList],
}

/// Exactly one credential for each live rating and none for anything else, each stating its entry for this holder.
pub(super) fn check_credentials(
    offered: &Offered<'_>,
    expected: Expected<'_>,
    histories: &KeyHistories,
) -> Result<BTreeMap<u64, HeldCredential>, Fault> {
    //= spec/text/offer.md#REQ-OFFER-19
    //# and nothing else has one
    if offered.jwts.keys().any(|index| !offered.ledger.is_live(*index)) {
        return refuse(Reason::LedgerCredential, "offer.jwt");
    }
    let same_holder = offered.held.filter(|held| held.standing.standing().holder() == expected.holder);
    let mut credentials = BTreeMap::new();
    let mut places = BTreeSet::new();
    for (index, _) in offered.ledger.live() {
        //= spec/text/offer.md#REQ-OFFER-19
        //# Each live rating MUST have exactly one credential, received or (for the same holder key) held
        let credential = match offered.jwts.get(&index) {
            Some(jwt) => open(jwt, record(offered.ledger, index)?, offered.at, expected, histories)?,
            // What is held was checked when it came, for the same key.
            None => same_holder
                .and_then(|held| held.credentials.get(&index).cloned())
                .ok_or(Fault::new(Reason::LedgerCredential, "offer.entries"))?,
        };
        let status = &credential.status;
        let list = offered.lists.iter().find(|list| list.uri() == status.uri);
        //= spec/text/offer.md#REQ-OFFER-21
        //# Each credential's status list MUST be there.
        let list = list.ok_or(Fault::new(Reason::StatusMissing, "status.uri"))?;
        //= spec/text/offer.md#REQ-OFFER-22
        //# The list MUST have that place.
        list.list().get(status.idx)?;
        //= spec/text/offer.md#REQ-OFFER-20
        //# Two MUST NOT name the same place of a status list.
        if !places.insert(status.clone()) {
            // Two ratings on one place of a list could only be withdrawn together.
            return refuse(Reason::LedgerCredential, "status.idx");
        }
        credentials.insert(index, credential);
    }
    Ok(credentials)
}

fn record(ledger: &Ledger, index: u64) -> Result<&Record, Fault> {
    let at = usize::try_from(index).ok();
    at.and_then(|at| ledger.records().get(at)).ok_or(Fault::new(Reason::LedgerEntry, "entry.index"))
}

fn open(
    jwt: &str,
    record: &Record,
    at: Timestamp,
    expected: Expected<'_>,
    histories: &KeyHistories,
) -> Result<HeldCredential, Fault> {
    //= spec/text/offer.md#REQ-OFFER-4
    //# A credential MUST NOT carry a key binding or disclosures: `jwt` is the signed part alone.
    if jwt.contains('~') {
        // The place for the signed part alone. What stands behind it could be a key binding (A19).
        //= spec/text/credentials.md#REQ-CRED-32
        //# A credential that is being issued MUST NOT carry a key binding.
        return match SdJwt::parse(jwt)?.has_key_binding() {
            true => refuse(Reason::KeyBindingPresent, "offer.jwt"),
            false => refuse(Reason::Malformed, "offer.jwt"),
        };
    }
    // The text in which it will be shown has bounds too.
    SdJwt::parse(&SdJwt::from_parts(jwt.to_owned(), record.disclosures().to_vec()).to_text())?;
    // Opened alone, so that a credential for another entry is called that. With the same leaf it has the same digests, and those of
    // the record's disclosures are among them.
    let rating = Rating::open(&SdJwt::from_parts(jwt.to_owned(), Vec::new()), histories, at)?;
    //= spec/text/offer.md#REQ-OFFER-3
    //# the standing and every credential MUST verify under that DID, for that market
    if rating.issuer() != expected.issuer || rating.market() != expected.market {
        return refuse(Reason::InvalidIssuer, "rating.iss");
    }
    //= spec/text/offer.md#REQ-OFFER-5
    //# every credential MUST be bound to the holder key that the wallet proved
    if rating.holder() != expected.holder {
        return refuse(Reason::StandingOtherHolder, "rating.cnf");
    }
    //= spec/text/offer.md#REQ-OFFER-19
    //# whose leaf is that of its record
    if *rating.leaf() != record.entry().leaf()? {
        return refuse(Reason::LedgerCredential, "rating.entry");
    }
    Ok(HeldCredential { jwt: jwt.to_owned(), status: rating.status().clone() })
}

/// Lists of this issuer under addresses of the right form, each once, none older than the newest known (A37, A40) or another
/// of the same moment, and all of them named by the market's public record, so that nobody is kept on a list of their own (A42).
pub(super) fn check_lists(
    texts: &[String],
    issuer: &Did,
    record: &EpochRecord,
    known: Known<'_>,
    now: Timestamp,
) -> Result<Vec<SignedStatusList>, Fault> {
    //= spec/text/offer.md#REQ-OFFER-2
    //# 20,000 renewed credentials and 64 status lists
    if texts.len() > MAX_EPOCH_STATUS_LISTS {
        return refuse(Reason::TooLarge, "offer.status");
    }
    let mut lists: Vec<SignedStatusList> = Vec::new();
    for text in texts {
        let list = SignedStatusList::open(text, known.histories)?;
        // A list from the future would keep every later one out.
        let early = list.issued().since(now) > KEY_BINDING_MAX_FUTURE;
        let again = lists.iter().any(|other| other.uri() == list.uri());
        //= spec/text/offer.md#REQ-OFFER-23
        //# A list MUST be of this issuer, under an address of the right form, each once, not signed over 60 s
        //# ahead
        if list.issuer() != issuer || !list.uri().starts_with(STATUS_URI_PREFIX) || again || early {
            return refuse(Reason::StatusInvalid, "offer.status");
        }
        for old in known.lists.iter().filter(|old| old.uri() == list.uri() && old.issuer() == issuer) {
            //= spec/text/offer.md#REQ-OFFER-24
            //# A list MUST NOT be older than one that is held.
            if old.issued() > list.issued() {
                return refuse(Reason::StatusOlder, "offer.status");
            }
            //= spec/text/offer.md#REQ-OFFER-23
            //# not another one of the same moment as one that is held
            if old.issued() == list.issued() && old.list() != list.list() {
                // Neither is the newer one: the market says two things of one moment, and what is known stays.
                return refuse(Reason::StatusInvalid, "offer.status.iat");
            }
        }
        let named = record.status.iter().find(|named| named.uri == list.uri());
        //= spec/text/offer.md#REQ-OFFER-23
        //# named by the record as [status.md](status.md) says
        //= spec/text/status.md#REQ-STATUS-7
        //# A list MUST be one whose address the standing's epoch record names, and, when the list is not
        //# newer than that record, with its hash: so nobody is kept on a list of their own.
        let Some(named) = named else { return refuse(Reason::StatusInvalid, "record.status") };
        if list.issued() <= record.iat && named.hash != list.hash() {
            return refuse(Reason::StatusInvalid, "record.status");
        }
        lists.push(list);
    }
    Ok(lists)
}
