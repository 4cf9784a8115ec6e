//! Personas: names that a person keeps apart in one wallet, each with keys of its own.
//!
//! Specified in `spec/text/personas.md`. A persona is a number, from which its keys come, and a name, which is for its holder alone and
//! leaves the wallet in no message. Everything that is held belongs to one of them, and whatever is shown is of one. What would tie
//! two to each other for somebody else is in [`ties`].

pub mod ties;

use std::fmt;

use faam_spec::limits::{MAX_PERSONA_NAME_BYTES, MAX_PERSONAS};
use faam_spec::name::shown;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_verifier::policy::nearest_key;
use serde::{Deserialize, Serialize};

use crate::vault::VaultError;

/// The number of the first persona, which every wallet has.
pub const FIRST: u32 = 0;
/// What the first persona is called until it gets another name.
pub const FIRST_NAME: &str = "main";
/// What others are called whose name is lost, with their number behind it.
const PLAIN: &str = "persona-";

/// A persona.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// Its number, from which its keys come; 0 is the first, and no number is given twice.
    pub number: u32,
    /// What its holder calls it.
    pub name: PersonaName,
    /// When it was made, or found again.
    pub made: Timestamp,
}

/// The name of a persona: 1 to [`MAX_PERSONA_NAME_BYTES`] bytes that can all be seen, without spaces at its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonaName(String);

/// Why a persona was not made, named otherwise or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonaError {
    /// The name is none.
    #[error(
        "the name of a persona has 1 to {MAX_PERSONA_NAME_BYTES} bytes that can all be seen, and no space at its ends"
    )]
    Name,
    /// The name is kept for another one.
    #[error("'{0}' is kept for the persona that has no other name")]
    Kept(PersonaName),
    /// Another persona has it, in whichever case of its letters.
    #[error("there is a persona '{0}' already")]
    Taken(PersonaName),
    /// There are [`MAX_PERSONAS`].
    #[error("a wallet has {MAX_PERSONAS} personas at most")]
    Full,
    /// There is none of this name.
    #[error("there is no persona '{asked}'")]
    Unknown {
        /// The name as it was given, safe to show.
        asked: String,
        /// The known name that is most like it.
        nearest: Option<PersonaName>,
    },
    /// The vault was not read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl PersonaError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Name | Self::Kept(_) | Self::Taken(_) => Reason::InputMalformed,
            Self::Full => Reason::TooLarge,
            Self::Unknown { .. } => Reason::InputMissing,
            Self::Vault(error) => error.reason(),
        }
    }
}

impl Persona {
    /// The one that is there where nothing was noted of this number: the first, or one whose note was lost with another wallet.
    #[must_use]
    pub fn plain(number: u32, made: Timestamp) -> Self {
        Self { number, name: PersonaName(plain_name(number)), made }
    }

    /// Whether a name is free for this number, whatever others are called: the plain names are kept.
    pub(crate) fn may_be_called(number: u32, name: &PersonaName) -> bool {
        let plain = |text: &str| text.strip_prefix(PLAIN).is_some_and(|rest| rest.parse::<u32>().is_ok());
        let text = name.0.to_lowercase();
        text == plain_name(number) || !(text == FIRST_NAME || plain(&text))
    }
}

fn plain_name(number: u32) -> String {
    if number == FIRST { FIRST_NAME.to_owned() } else { format!("{PLAIN}{number}") }
}

impl PersonaName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a person would take both for one: in any case of their letters.
    #[must_use]
    pub fn is_like(&self, other: &str) -> bool {
        self.0.to_lowercase() == other.to_lowercase()
    }
}

impl TryFrom<String> for PersonaName {
    type Error = PersonaError;
    //= spec/text/personas.md#REQ-PERSONA-2
    //# A name MUST have 1 to 64 bytes, all of which can be seen, and no space at its ends
    fn try_from(text: String) -> Result<Self, PersonaError> {
        let bounded = !text.is_empty() && text.len() <= MAX_PERSONA_NAME_BYTES;
        // A dash in front would be taken for a flag.
        let plain = || text.trim() == text && !text.starts_with('-') && shown(&text, text.len()) == text;
        if bounded && plain() { Ok(Self(text)) } else { Err(PersonaError::Name) }
    }
}

impl std::str::FromStr for PersonaName {
    type Err = PersonaError;
    fn from_str(text: &str) -> Result<Self, PersonaError> {
        Self::try_from(text.to_owned())
    }
}

impl From<PersonaName> for String {
    fn from(name: PersonaName) -> Self {
        name.0
    }
}

impl fmt::Display for PersonaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The persona of this name, in any case of its letters.
///
/// # Errors
/// [`PersonaError::Unknown`], with the name that is most like it.
pub fn named<'a>(all: &'a [Persona], text: &str) -> Result<&'a Persona, PersonaError> {
    if let Some(found) = all.iter().find(|persona| persona.name.is_like(text)) {
        return Ok(found);
    }
    let lower: Vec<String> = all.iter().map(|persona| persona.name.0.to_lowercase()).collect();
    let names: Vec<&str> = lower.iter().map(String::as_str).collect();
    let near = nearest_key(&[("", &names)], "", &text.to_lowercase());
    let near = near.and_then(|near| all.iter().find(|persona| persona.name.is_like(&near)));
    let nearest = near.map(|persona| persona.name.clone());
    Err(PersonaError::Unknown { asked: shown(text, MAX_PERSONA_NAME_BYTES), nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        Timestamp::new(1_795_000_000).unwrap()
    }

    //= spec/text/personas.md#REQ-PERSONA-2
    //= type=test
    //# A name MUST have 1 to 64 bytes, all of which can be seen, and no space at its ends
    #[test]
    fn a_name_can_be_seen_whole_and_told_from_others() {
        for good in ["work", "Anna B.", "für die Miete", "x", &"n".repeat(64)] {
            assert_eq!(good.parse::<PersonaName>().unwrap().as_str(), good);
        }
        let long = "n".repeat(65);
        for bad in ["", " work", "work ", "-work", "a\u{202e}b", "a\nb", "a\u{200b}b", "\u{1b}[2J", &long] {
            assert!(matches!(bad.parse::<PersonaName>(), Err(PersonaError::Name)), "{bad:?}");
        }
        assert!(serde_json::from_str::<PersonaName>("\"a\\u0007\"").is_err());
        let name = |text: &str| text.parse::<PersonaName>().unwrap();
        assert!(Persona::may_be_called(0, &name("Main")) && !Persona::may_be_called(1, &name("Main")));
        assert!(
            Persona::may_be_called(3, &name("persona-3")) && !Persona::may_be_called(3, &name("persona-4"))
        );
        assert!(Persona::may_be_called(3, &name("persona-x")));
    }

    #[test]
    fn whoever_mistypes_gets_the_nearest_name() {
        let of = |number, name: &str| Persona { name: name.parse().unwrap(), ..Persona::plain(number, at()) };
        let all = [Persona::plain(0, at()), of(1, "landlords"), of(2, "work")];
        assert_eq!(named(&all, "WORK").unwrap().number, 2);
        for (typed, near) in [("landlord", Some("landlords")), ("mian", Some("main")), ("q", None)] {
            let Err(PersonaError::Unknown { nearest, asked }) = named(&all, typed) else { panic!("{typed}") };
            assert_eq!((nearest.as_ref().map(PersonaName::as_str), asked.as_str()), (near, typed));
        }
    }
}
