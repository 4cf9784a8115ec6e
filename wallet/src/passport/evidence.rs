//! What was brought in, at a glance: each with how it is known, listed and never added.

use faam_evidence::{Caveat, Kind, Statement};
use faam_spec::decision::Grade;
use faam_spec::hash::Hash;
use faam_spec::name::{MarketId, Role};
use faam_spec::scale::Scale;
use faam_spec::time::{Day, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::text::{bullet, count, foreign, wrap};
use crate::vault::{KeptEvidence, VaultError, is_first};

/// Longest foreign text on the page, in bytes.
const SHOWN: usize = 300;
/// Most claims of a credential that are written out.
const CLAIMS: usize = 20;

/// One thing that was brought in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidencePage {
    /// By which it can be named.
    pub id: Hash,
    /// The persona whose it is; the first where nothing is said.
    #[serde(skip_serializing_if = "is_first")]
    pub persona: u32,
    /// What kind it is.
    pub kind: Kind,
    /// How it is known.
    pub grade: Grade,
    /// Who states it.
    pub by: String,
    /// The type of a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_type: Option<String>,
    /// The market, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketId>,
    /// When it was signed, as whoever signed says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<Timestamp>,
    /// From when on it is no longer valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether that is past.
    pub expired: bool,
    /// When it was brought in.
    pub imported: Timestamp,
    /// How many ratings it states.
    pub ratings: u64,
    /// Their mean on the common scale, rounded half up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<u16>,
    /// Their first and last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<(Day, Day)>,
    /// The only rating, if there is one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<OneRating>,
    /// What a credential says.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
    /// What it cannot tell.
    pub caveats: Vec<Caveat>,
}

/// A rating that stands alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneRating {
    /// Value on the scale.
    pub value: i64,
    /// The scale.
    pub scale: Scale,
    /// The role.
    pub role: Role,
    /// What was written with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How something is known, for a person.
#[must_use]
pub const fn grade_words(grade: Grade, kind: Kind) -> &'static str {
    match (grade, kind) {
        (Grade::IssuerSigned, _) => "signed by its issuer",
        (Grade::MailSigned, _) => "signed by the mail's domain",
        _ => "your word alone; nobody signed it",
    }
}

impl EvidencePage {
    /// The page of what is kept.
    ///
    /// # Errors
    /// [`VaultError::Content`], which no evidence causes.
    pub fn of(kept: &KeptEvidence, now: Timestamp) -> Result<Self, VaultError> {
        let Statement { kind, grade, by, of_type, market, issued, until, ratings, claims, caveats, .. } =
            kept.statement.clone();
        let number = u64::try_from(ratings.len()).unwrap_or(u64::MAX);
        let sum: u64 = ratings.iter().map(|rating| u64::from(rating.normal)).sum();
        let mean = (sum * 2 + number).checked_div(number * 2).and_then(|mean| u16::try_from(mean).ok());
        let days = ratings.iter().filter_map(|rating| rating.day);
        let days = days.clone().min().zip(days.max());
        let rating = match ratings.as_slice() {
            [one] => Some(OneRating {
                value: one.value,
                scale: one.scale,
                role: one.role.clone(),
                comment: one.comment.clone(),
            }),
            _ => None,
        };
        Ok(Self {
            id: kept.evidence.hash()?,
            persona: kept.persona,
            kind,
            grade,
            by,
            of_type,
            market,
            issued,
            until,
            expired: until.is_some_and(|until| until <= now),
            imported: kept.at,
            ratings: number,
            mean,
            days,
            rating,
            claims,
            caveats,
        })
    }

    /// The page as lines of at most `width` columns.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        let of = self.market.as_ref().map(|market| format!("{market}: ")).unwrap_or_default();
        let mut lines = vec![bullet("*", &format!("{of}{}", self.what()), width, 0)];
        let signer = match self.kind {
            Kind::Export => format!("export “{}”", foreign(&self.by, SHOWN)),
            _ => foreign(&self.by, SHOWN),
        };
        let mut how = format!("{} ({signer})", grade_words(self.grade, self.kind));
        if let Some(issued) = self.issued {
            how.push_str(&format!(", on {}", issued.day()));
        }
        if let Some(until) = self.until {
            let word = if self.expired { "EXPIRED on" } else { "valid until" };
            how.push_str(&format!(", {word} {}", until.day()));
        }
        lines.push(bullet("Known:", &how, width, 2));
        for (name, value) in self.claims.iter().take(CLAIMS) {
            let said = match value {
                Value::String(text) => foreign(text, SHOWN),
                other => foreign(&other.to_string(), SHOWN),
            };
            lines.push(bullet(&format!("{}:", foreign(name, 60)), &said, width, 2));
        }
        if let Some(more @ 1..) = self.claims.len().checked_sub(CLAIMS) {
            lines.push(wrap(&format!("… and {more} more claims (--json shows all)"), width, 2));
        }
        for caveat in &self.caveats {
            lines.push(bullet("-", caveat.sentence(), width, 2));
        }
        lines.push(bullet("Id:", &self.id.to_string(), width.max(60), 2));
        lines.join("\n")
    }

    fn what(&self) -> String {
        if let Some(one) = &self.rating {
            let mut text = format!(
                "{} on a scale of {} to {} as {}",
                one.value,
                one.scale.min(),
                one.scale.max(),
                one.role
            );
            if let Some((day, _)) = self.days {
                text.push_str(&format!(", {day}"));
            }
            if let Some(comment) = &one.comment {
                text.push_str(&format!(": “{}”", foreign(comment, SHOWN)));
            }
            return text;
        }
        if self.kind == Kind::Export || self.ratings > 0 {
            let mean = self.mean.map(|mean| format!(", mean {mean} of 1000")).unwrap_or_default();
            let days = self.days.map(|(from, to)| format!(", from {from} to {to}")).unwrap_or_default();
            return format!("{}{mean}{days}", count(self.ratings, "rating"));
        }
        match &self.of_type {
            Some(of_type) => format!("credential of type {}", foreign(of_type, SHOWN)),
            None => "credential".to_owned(),
        }
    }
}

/// Everything that was brought in, for the end of a passport.
pub(super) fn text(pages: &[EvidencePage], width: usize) -> String {
    let title = "── brought in by you ";
    let rule = width.saturating_sub(title.chars().count()).max(4);
    let mut out = vec![format!("{title}{}", "─".repeat(rule))];
    out.push(wrap("Each with how it is known. It is listed, and added to nothing.", width, 0));
    for page in pages {
        out.push(String::new());
        out.push(page.to_text(width));
    }
    out.join("\n")
}
