//! What was verified of evidence: who states what, and how that is known.

use faam_spec::decision::Grade;
use faam_spec::name::{MarketId, Role};
use faam_spec::scale::{Scale, Score};
use faam_spec::time::{Day, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Kind;

/// Something that the evidence cannot tell, or that was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Caveat {
    /// It is bound to a key, and that whoever shows it has the key was not proven.
    Bound,
    /// It is bound to nobody: whoever has a copy can show it.
    Bearer,
    /// Whether it was revoked was not looked up.
    Status,
    /// It is not known whether the address it went to is the holder's.
    Recipient,
    /// What it means is what the holder's mapping says.
    Mapping,
}

impl Caveat {
    /// The caveat as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Bound => "It is bound to a key, and nothing proves that whoever shows it has that key.",
            Self::Bearer => "It is bound to nobody: whoever has a copy can show it.",
            Self::Status => "Whether its issuer revoked it was not looked up.",
            Self::Recipient => "That the address it was sent to is the holder's is not known.",
            Self::Mapping => "What its columns mean is what the holder's mapping file says.",
        }
    }
}

/// One rating that evidence states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// Value on the market's scale.
    pub value: i64,
    /// That scale.
    pub scale: Scale,
    /// Value on the common scale, 0 to 1000.
    pub normal: u16,
    /// The role of the subject.
    pub role: Role,
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// What was written with it, at most [`faam_spec::limits::MAX_TEXT_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the rater is called there, at most [`faam_spec::limits::MAX_TEXT_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rater: Option<String>,
}

impl Rating {
    pub(crate) fn of(score: Score, role: Role) -> Self {
        let (value, scale, normal) = (score.value(), score.scale(), score.normal());
        Self { value, scale, normal, role, day: None, comment: None, rater: None }
    }
}

/// What was verified, and how good the evidence is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What kind of evidence it is.
    pub kind: Kind,
    /// How good it is.
    pub grade: Grade,
    /// Who states it: the issuer, the domain that signed, or what the mapping calls the export.
    pub by: String,
    /// The type of a credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
    /// The market that it is about, if a reader or a mapping says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketId>,
    /// When it was signed, as whoever signed says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Timestamp>,
    /// From when on it is no longer valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The address that a mail was sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The ratings in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Rating>,
    /// What a credential says, without what says how it is read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
    /// What it cannot tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<Caveat>,
}

impl Statement {
    pub(crate) fn new(kind: Kind, grade: Grade, by: String) -> Self {
        Self {
            kind,
            grade,
            by,
            of_type: None,
            market: None,
            issued: None,
            until: None,
            to: None,
            ratings: Vec::new(),
            claims: Map::new(),
            caveats: Vec::new(),
        }
    }
}
