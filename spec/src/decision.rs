//! The decision: what a verifier concludes, for programs and for people.
//!
//! This is the document; only the verifier's pipeline makes one that states facts.
//!
//! Specified in `spec/text/decision.md` and `spec/text/codes.md`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bbs::Pseudonym;
use crate::did::Did;
use crate::exit::Exit;
use crate::grid::Milestone;
use crate::hash::Hash;
use crate::ledger::LedgerNumbers;
use crate::name::{MarketId, Role};
use crate::reason::{Fault, Reason};
use crate::scale::Scale;
use crate::time::{Day, Timestamp};
use crate::words::{Lang, day};

/// Its sentences. What reasons say stands with the reasons.
mod said {
    crate::sentences! {
        same_holder() "That all of these have the same holder is not proven; they are listed, not added." "Dat dit alles van dezelfde houder is, is niet bewezen; het is naast elkaar gezet, niet opgeteld.";
        web_issuer() "An issuer with a did:web is whoever has its host: a new owner can change its keys, of the past too." "Een uitgever met een did:web is wie de host heeft: een nieuwe eigenaar kan de sleutels veranderen, ook die van vroeger.";
        accounts_elsewhere() "Accounts that the person has elsewhere, or under another name, are not seen." "Accounts die de persoon elders of onder een andere naam heeft, zijn niet te zien.";
        lying_market() "A market that lies is not found out by its own signature." "Een marktplaats die liegt, valt niet door de mand met haar eigen handtekening.";
        when_signed() "When something was signed is only what the market says." "Wanneer iets ondertekend is, zegt alleen de marktplaats.";
        handed_over() "Whoever handed over the wallet handed over the name." "Wie zijn wallet uit handen gaf, gaf ook zijn naam uit handen.";
        new_owner(market, from) "{market} has another owner since {from}." "{market} heeft sinds {from} een andere eigenaar.";
        closed(market, from) "{market} closed on {from}." "{market} is op {from} gesloten.";
    }

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(crate::words::faults(ALL), [""; 0]);
    }
}

/// How a presentation was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything asked for was shown and verified, and the policy is met.
    Accepted,
    /// Something is wrong.
    Refused,
    /// Something is missing that may yet be had.
    Undecided,
}

/// A reason with whose fault it is and whether it may pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedReason {
    /// The stable code.
    pub code: Reason,
    /// At whose side the cause lies: a name of [`crate::reason::Party`].
    pub party: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// In which object or member it was found; never a value of it.
    pub at: String,
    /// One English sentence.
    pub sentence: String,
}

/// How good the evidence for a fact is, from the best on: computed by the verifier, never taken from what is shown.
///
/// Facts of ledgers and private standings are of the first grade alone; the others are those of evidence of other kinds
/// (`spec/text/evidence.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Grade {
    /// Signed by the issuer, and its signature verified.
    IssuerSigned,
    /// Signed by the domain of a mail, under a key that an archive saw in use then.
    MailSigned,
    /// What whoever shows it says.
    SelfAsserted,
}

/// Everything verified about one ledger, and who states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerFacts {
    /// The issuer whose statement this is.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// How good the evidence is.
    pub grade: Grade,
    /// When the standing was signed, as its issuer says; not proven unless countersigned.
    pub issued: Timestamp,
    /// What people call the epoch (see [`crate::time::EpochLength::label`]).
    pub epoch: String,
    /// How many epochs have begun since; 0 while it is current.
    pub epochs_old: u64,
    /// UTC day on which the wallet was bound to the ledger.
    pub bound: Day,
    /// The standing's numbers.
    pub numbers: LedgerNumbers,
    /// The ratings that were shown; at most [`crate::limits::MAX_PRESENTED_RATINGS`] in all.
    pub shown: Vec<ShownRating>,
    /// Live ratings of the ledger that were not shown.
    pub not_shown: u64,
    /// How those are distributed over the five bands of [`crate::ledger::band`].
    pub not_shown_histogram: [u64; 5],
    /// Whether all live ratings of the roles asked for were shown, verified as such.
    pub complete: bool,
}

/// What was verified about one private standing, and who states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateFacts {
    /// The issuer whose statement this is.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// How good the evidence is.
    pub grade: Grade,
    /// The role of the subject.
    pub role: Role,
    /// What people call the epoch (see [`crate::time::EpochLength::label`]).
    pub epoch: String,
    /// How many epochs have begun since; 0 while it is current.
    pub epochs_old: u64,
    /// The milestones that are reached: exactly those asked for.
    pub milestones: Vec<Milestone>,
    /// The holder's name at this verifier, the same each time for this ledger and wallet.
    pub pseudonym: Pseudonym,
}

/// Whether facts of several ledgers are of one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameHolder {
    /// Nothing shows it.
    NotProven,
}

/// One rating that was shown and verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownRating {
    /// Its index in the ledger, from 0.
    pub index: u64,
    /// The role of the subject.
    pub role: Role,
    /// Value on the market's scale.
    pub value: i64,
    /// That scale.
    pub scale: Scale,
    /// Value on the common scale, 0 to 1000.
    pub normal: u16,
    /// What was disclosed beside it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub disclosed: Map<String, Value>,
    /// Text of the subject's reply, at most [`crate::limits::MAX_TEXT_BYTES`], if one travelled with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

/// Something that no presentation can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// That what is listed is of one holder; only where there is more than one.
    SameHolder,
    /// Whether the host of an issuer's `did:web` still has its owner; only where there is one.
    WebIssuer,
    /// Accounts elsewhere, or under another name.
    AccountsElsewhere,
    /// Whether the market tells the truth.
    LyingMarket,
    /// When something was signed.
    WhenSigned,
    /// Whether the wallet is still with the person who earned the name.
    HandedOver,
}

impl Limit {
    /// The limit as a sentence.
    #[must_use]
    pub fn sentence_in(self, lang: Lang) -> String {
        match self {
            Self::SameHolder => said::same_holder(lang),
            Self::WebIssuer => said::web_issuer(lang),
            Self::AccountsElsewhere => said::accounts_elsewhere(lang),
            Self::LyingMarket => said::lying_market(lang),
            Self::WhenSigned => said::when_signed(lang),
            Self::HandedOver => said::handed_over(lang),
        }
    }
}

/// A [`Limit`] with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCovered {
    /// What it is.
    pub code: Limit,
    /// One English sentence.
    pub sentence: String,
}

impl From<Limit> for NotCovered {
    fn from(code: Limit) -> Self {
        Self { code, sentence: code.sentence_in(Lang::En) }
    }
}

/// What was announced about a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The market has another owner.
    NewOwner,
    /// The market closed.
    Closed,
}

impl NoticeKind {
    /// The announcement about `market`, which holds `from` a day on, as a sentence.
    #[must_use]
    pub fn sentence_in(self, market: &MarketId, from: Day, lang: Lang) -> String {
        match self {
            Self::NewOwner => said::new_owner(lang, market, day(lang, from)),
            Self::Closed => said::closed(lang, market, day(lang, from)),
        }
    }
}

/// An announcement that a decision tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedNotice {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// What was announced.
    pub what: NoticeKind,
    /// From when it holds.
    pub from: Day,
    /// One English sentence.
    pub sentence: String,
}

/// A source that the decision rests on, and how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceAge {
    /// `epoch_record` or `status_list`.
    pub kind: String,
    /// Market or address.
    pub name: String,
    /// When it was signed, as its issuer says; not proven unless countersigned.
    pub issued: Timestamp,
    /// Seconds from then to the decision; negative if the clocks differ.
    pub age_seconds: i64,
    /// Whether the holder brought it (`stapled`) or it was here (`known`).
    pub from: String,
}

/// What the verifier should remember, so that nobody can go back behind it (A40).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remember {
    /// Epoch records, as signed.
    pub records: Vec<String>,
    /// Status lists, as signed.
    pub status: Vec<String>,
}

/// The whole decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDocument {
    /// Format version, 0.
    pub v: u8,
    /// Digest of the request (see [`crate::request::SignedRequest::digest`]).
    pub request: Hash,
    /// When it was decided, by the verifier's clock.
    pub at: Timestamp,
    /// How the presentation was judged.
    pub outcome: Outcome,
    /// Why not, the first of them deciding the exit status; empty when accepted.
    pub reasons: Vec<StatedReason>,
    /// What was verified of ledgers; empty unless accepted.
    pub facts: Vec<LedgerFacts>,
    /// What was verified of private standings; empty unless accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub private: Vec<PrivateFacts>,
    /// With facts of more than one ledger: that they are of one holder is not proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_holder: Option<SameHolder>,
    /// What no presentation can tell.
    pub not_covered: Vec<NotCovered>,
    /// What the verifier calls the policy that was applied, at most [`crate::limits::MAX_NAME_BYTES`] bytes, if it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What the policy says to tell with an acceptance; empty unless accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<StatedReason>,
    /// What was announced about the markets, such as a change of owner.
    pub notices: Vec<StatedNotice>,
    /// What it rests on.
    pub sources: Vec<SourceAge>,
    /// What to remember.
    pub remember: Remember,
    /// Two epoch records, as signed, of which a market may publish only one: evidence against it, for whoever wants to check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflict: Vec<String>,
}

impl From<&Fault> for StatedReason {
    fn from(fault: &Fault) -> Self {
        let reason = fault.reason();
        Self {
            code: reason,
            party: reason.party().name().to_owned(),
            retryable: reason.retryable(),
            at: fault.at().to_owned(),
            sentence: reason.sentence().to_owned(),
        }
    }
}

impl DecisionDocument {
    /// The exit status of a program that reports this decision.
    ///
    /// Implements REQ-CODE-1 (`spec/text/codes.md`).
    //= spec/text/codes.md#REQ-CODE-1
    //# A program MUST end with the exit status of the first reason
    #[must_use]
    pub fn exit(&self) -> Exit {
        match (self.outcome, self.reasons.first()) {
            (Outcome::Accepted, _) => Exit::Ok,
            (Outcome::Undecided, _) => Exit::Undecided,
            (Outcome::Refused, Some(first)) => first.code.exit(),
            (Outcome::Refused, None) => Exit::Refused,
        }
    }

    /// What the holder is told: outcome and reasons, without facts and sources.
    #[must_use]
    pub fn for_holder(&self) -> HolderDecision {
        HolderDecision { outcome: self.outcome, reasons: self.reasons.clone(), at: self.at }
    }
}

/// The part of a decision that goes back to the wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderDecision {
    /// How the presentation was judged.
    pub outcome: Outcome,
    /// Why not; empty when accepted.
    pub reasons: Vec<StatedReason>,
    /// When it was decided, by the verifier's clock.
    pub at: Timestamp,
}
