//! One ledger as the wallet holds it: opened again from what is stored, and checked against what the market signed.

use std::collections::BTreeMap;

use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::ledger::{Body, Ledger, LedgerNumbers, Record};
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::{Address, PeerId};
use faam_spec::presentation::Inclusion;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::{Standing, Statement};
use faam_spec::status::{SignedStatusList, StatusRef};
use faam_spec::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::private::HeldPrivate;

/// What the wallet notes about a ledger beside its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerInfo {
    /// The ledger.
    pub ledger: LedgerId,
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The persona that holds it; 0 is the first.
    pub persona: u32,
    /// The label under which its holder key is derived.
    pub holder: String,
    /// When its first ratings were received.
    pub since: Timestamp,
    /// When the last offer was received.
    pub updated: Timestamp,
    /// Where the market's node was when it last gave a link; older notes lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<MarketNode>,
    /// Whether the market signs private standings for secrets that this wallet does not have: they were lost with another wallet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secrets_lost: bool,
}

/// A market's node, for renewals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketNode {
    /// The peer to dial.
    pub peer: PeerId,
    /// Where it can be reached.
    pub addresses: Vec<Address>,
}

/// A rating's credential without disclosures, and where its status is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCredential {
    /// The issuer-signed part.
    pub jwt: String,
    /// Where its status is kept.
    pub status: StatusRef,
}

/// A plain standing with everything that proves it.
#[derive(Debug, Clone)]
pub struct HeldStanding {
    text: String,
    standing: Standing,
    record: SignedEpochRecord,
    account: Inclusion,
}

/// A standing as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredStanding {
    /// The credential.
    pub standing: String,
    /// The epoch record that it names, as signed.
    pub record: String,
    /// Where the account's head stands in that record's tree.
    pub account: Inclusion,
}

/// A ledger with its credentials, its newest standing and the one before.
#[derive(Debug, Clone)]
pub struct HeldLedger {
    pub(crate) info: LedgerInfo,
    pub(crate) ledger: Ledger,
    pub(crate) credentials: BTreeMap<u64, HeldCredential>,
    pub(crate) standing: HeldStanding,
    pub(crate) previous: Option<HeldStanding>,
    pub(crate) lists: Vec<SignedStatusList>,
    pub(crate) private: Option<HeldPrivate>,
}

impl HeldStanding {
    /// Verifies a standing, the epoch record that it names, and that the one is part of the other.
    ///
    /// # Errors
    /// Those of [`Standing::open`], [`Standing::check_record`] and [`SignedEpochRecord::open`];
    /// `invalid.key_binding.present` if it carries key binding (A19).
    pub fn open(stored: StoredStanding, histories: &KeyHistories) -> Result<Self, Fault> {
        let record = SignedEpochRecord::open(&stored.record, histories)?;
        let sd_jwt = SdJwt::parse(&stored.standing)?;
        //= spec/text/credentials.md#REQ-CRED-32
        //# A credential that is being issued MUST NOT carry a key binding.
        if sd_jwt.has_key_binding() {
            return refuse(Reason::KeyBindingPresent, "standing");
        }
        let standing = Standing::open(&sd_jwt, histories)?;
        let account = stored.account;
        //= spec/text/offer.md#REQ-OFFER-8
        //# The standing MUST belong to the record, as in a [presentation](presentation.md) (REQ-PRES-4 to
        //# REQ-PRES-7).
        standing.check_record(&record, &account)?;
        Ok(Self { text: stored.standing, standing, record, account })
    }

    /// The form in which it is stored.
    #[must_use]
    pub fn to_stored(&self) -> StoredStanding {
        StoredStanding {
            standing: self.text.clone(),
            record: self.record.as_str().to_owned(),
            account: self.account.clone(),
        }
    }

    /// The credential as text, without key binding.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The verified standing.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What it states.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        self.standing.statement()
    }

    /// The epoch record that it names.
    #[must_use]
    pub const fn record(&self) -> &SignedEpochRecord {
        &self.record
    }

    /// Whether this and `other` are two different leaves, or one at two places, for one ledger under one epoch record.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let (one, two) = (self.statement().account_head(), other.statement().account_head());
        self.record.hash() == other.record.hash()
            && one.ledger == two.ledger
            && (one != two || self.account.at != other.account.at)
    }

    /// Where the account's head stands in that record's tree.
    #[must_use]
    pub const fn account(&self) -> &Inclusion {
        &self.account
    }
}

impl HeldLedger {
    /// Puts a ledger together again from what was stored.
    ///
    /// # Errors
    /// `ledger.root` if the entries are not those of the standing; `ledger.credential` if a live rating has none;
    /// those of [`Ledger::replay`].
    pub(crate) fn open(
        info: LedgerInfo,
        records: Vec<Record>,
        mut credentials: BTreeMap<u64, HeldCredential>,
        standing: HeldStanding,
        previous: Option<HeldStanding>,
        lists: Vec<SignedStatusList>,
    ) -> Result<Self, Fault> {
        let ledger = Ledger::replay(info.ledger, records)?;
        if ledger.head() != standing.statement().head {
            return refuse(Reason::LedgerRoot, "ledger");
        }
        // What was corrected or withdrawn since keeps its place in the store and is not shown.
        credentials.retain(|index, _| ledger.is_live(*index));
        if ledger.live().any(|(index, _)| !credentials.contains_key(&index)) {
            return refuse(Reason::LedgerCredential, "ledger");
        }
        Ok(Self { info, ledger, credentials, standing, previous, lists, private: None })
    }

    /// What is noted about it.
    #[must_use]
    pub const fn info(&self) -> &LedgerInfo {
        &self.info
    }

    /// Its entries.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The newest standing.
    #[must_use]
    pub const fn standing(&self) -> &HeldStanding {
        &self.standing
    }

    /// The standing of the epoch before, if there was one.
    #[must_use]
    pub const fn previous(&self) -> Option<&HeldStanding> {
        self.previous.as_ref()
    }

    /// The newest status lists that its credentials name.
    #[must_use]
    pub fn lists(&self) -> &[SignedStatusList] {
        &self.lists
    }

    /// Its private standings, of the epoch of the newest standing; none if the market gave none for secrets that are held here.
    #[must_use]
    pub const fn private(&self) -> Option<&HeldPrivate> {
        self.private.as_ref()
    }

    /// The numbers of the newest standing.
    #[must_use]
    pub const fn numbers(&self) -> &LedgerNumbers {
        &self.standing.statement().numbers
    }

    /// The live ratings: record and credential, in the order of the ledger.
    pub fn live(&self) -> impl DoubleEndedIterator<Item = (&Record, &HeldCredential)> {
        self.credentials.iter().filter_map(|(index, credential)| Some((self.record(*index)?, credential)))
    }

    /// The record of entry `index`.
    #[must_use]
    pub fn record(&self, index: u64) -> Option<&Record> {
        self.ledger.records().get(usize::try_from(index).ok()?)
    }

    /// All replies by the rating that they answer, each in the order of the ledger: looked up in one pass, because a ledger
    /// is long and asking it for each rating would be quadratic.
    #[must_use]
    pub fn replies(&self) -> BTreeMap<u64, Vec<&Record>> {
        let mut replies: BTreeMap<u64, Vec<&Record>> = BTreeMap::new();
        for record in self.ledger.records() {
            if let Body::Reply { to, .. } = record.entry().body {
                replies.entry(to).or_default().push(record);
            }
        }
        replies
    }

    /// Where each live rating stands in the live tree, by its index.
    #[must_use]
    pub(crate) fn live_positions(&self) -> BTreeMap<u64, u64> {
        self.ledger.live().map(|(index, _)| index).zip(0..).collect()
    }

    /// Whether a newer status list than the standing says that the rating was corrected or withdrawn since.
    #[must_use]
    pub fn is_flagged(&self, credential: &HeldCredential) -> bool {
        let list = self.lists.iter().find(|list| list.uri() == credential.status.uri);
        list.is_some_and(|list| list.list().get(credential.status.idx).is_ok_and(|status| status != 0))
    }

    /// How many epochs have begun since the one of the newest standing; 0 for the last one of a closed market.
    #[must_use]
    pub fn epochs_old(&self, now: Timestamp) -> u64 {
        let record = self.standing.record.record();
        if record.last { 0 } else { record.age_at(now) }
    }

    /// Roles in which there are live ratings.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.numbers().roles.keys()
    }
}
