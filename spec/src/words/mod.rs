//! What programs say to people, in English and in Dutch.
//!
//! The language is always the caller's argument: nothing here looks at an environment, and nothing is set for all. Whoever has something
//! to say writes it once, in both languages, with [`sentences!`](crate::sentences) and [`counts!`](crate::counts); a sentence
//! without Dutch, or with a place in one language that the other does not have, does not compile. Numbers, dates and lists have the form of the
//! language ([`number`], [`day`], [`moment`], [`list`]). What reason codes mean is in [`Reason::sentence_in`](crate::reason::Reason::sentence_in), and
//! at length in [`Page`].
//!
//! Foreign text is made safe by whoever hands it in ([`shown`](crate::name::shown)), the same in every language.
//!
//! Dutch speaks to people as "u".

mod page;
mod reasons;

use core::fmt;
use core::str::FromStr;

use crate::time::{Day, Timestamp};

pub use page::{Explained, Page, Who, explain, near};
pub(crate) use reasons::dutch;

/// A language in which people are spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Dutch.
    Nl,
}

impl Lang {
    /// Every language.
    pub const ALL: &'static [Lang] = &[Self::En, Self::Nl];

    /// The language's tag (BCP 47): `en`, `nl`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nl => "nl",
        }
    }

    /// The language of a tag such as `nl`, `nl-BE` or `nl_NL.UTF-8`, if it is spoken here.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_', '.', '@']).next()?;
        Self::ALL.iter().find(|lang| first.eq_ignore_ascii_case(lang.tag())).copied()
    }

    /// The language of a person's environment: what `LC_ALL`, else `LC_MESSAGES`, else `LANG` names (POSIX); of these the first that is
    /// set and not empty. English where that is not spoken here.
    ///
    /// Implements REQ-PROGRAM-7 (`spec/text/programs.md`).
    //= spec/text/programs.md#REQ-PROGRAM-7
    //# A program that speaks to people MUST take the language that `--lang` names
    #[must_use]
    pub fn from_locale(values: [Option<&str>; 3]) -> Self {
        let set = values.into_iter().flatten().find(|value| !value.is_empty());
        set.and_then(Self::from_tag).unwrap_or_default()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// A language that is not spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the languages are en (English) and nl (Nederlands)")]
pub struct UnknownLang;

impl FromStr for Lang {
    type Err = UnknownLang;

    /// Reads a tag; exactly `en` or `nl`, or one of these with a region.
    fn from_str(text: &str) -> Result<Self, UnknownLang> {
        Self::from_tag(text).ok_or(UnknownLang)
    }
}

/// Sentences in both languages, each a function of the language and of what stands in its places.
///
/// ```
/// mod said {
///     faam_spec::sentences! {
///         shown(some, all) "{some} of {all} ratings shown." "{some} van de {all} beoordelingen getoond.";
///     }
/// }
/// use faam_spec::words::Lang;
/// assert_eq!(said::shown(Lang::En, 3, 212), "3 of 212 ratings shown.");
/// assert_eq!(said::shown(Lang::Nl, 3, 212), "3 van de 212 beoordelingen getoond.");
/// assert_eq!(said::ALL.len(), 1);
/// ```
///
/// A place that only one of the languages has does not compile:
///
/// ```compile_fail
/// faam_spec::sentences! {
///     shown(some, all) "{some} of {all} ratings shown." "{some} beoordelingen getoond.";
/// }
/// ```
///
/// Nor does a sentence without Dutch:
///
/// ```compile_fail
/// faam_spec::sentences! {
///     closed() "It is closed.";
/// }
/// ```
#[macro_export]
macro_rules! sentences {
    ($($name:ident($($place:ident),*) $en:literal $nl:literal;)*) => {
        $(
            #[doc = $en]
            #[allow(clippy::useless_format, clippy::too_many_arguments, dead_code, unreachable_pub)]
            #[must_use]
            pub fn $name(lang: $crate::words::Lang, $($place: impl ::core::fmt::Display),*) -> String {
                match lang {
                    $crate::words::Lang::En => ::std::format!($en, $($place = $place),*),
                    $crate::words::Lang::Nl => ::std::format!($nl, $($place = $place),*),
                    #[allow(unreachable_patterns)]
                    _ => ::std::format!($en, $($place = $place),*),
                }
            }
        )*
        /// Each sentence: its name, in English, in Dutch.
        #[allow(dead_code, unreachable_pub)]
        pub const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $en, $nl)),*];
    };
}

/// Words that are counted, in both languages: `1 rating`, `2 ratings`, `1 beoordeling`, `2 beoordelingen`.
///
/// ```
/// mod counted {
///     faam_spec::counts! { days "day" "days" "dag" "dagen"; }
/// }
/// use faam_spec::words::Lang;
/// assert_eq!(counted::days(Lang::En, 1), "1 day");
/// assert_eq!(counted::days(Lang::Nl, 12_000), "12.000 dagen");
/// ```
#[macro_export]
macro_rules! counts {
    ($($name:ident $one_en:literal $many_en:literal $one_nl:literal $many_nl:literal;)*) => {
        $(
            #[doc = $many_en]
            #[allow(dead_code, unreachable_pub)]
            #[must_use]
            pub fn $name(lang: $crate::words::Lang, number: u64) -> String {
                let (one, many) = match lang {
                    $crate::words::Lang::Nl => ($one_nl, $many_nl),
                    _ => ($one_en, $many_en),
                };
                ::std::format!("{} {}", $crate::words::number(lang, number), if number == 1 { one } else { many })
            }
        )*
    };
}

/// A whole number as people write it: `12345` in English, `12.345` in Dutch (up to four digits without a point).
#[must_use]
pub fn number(lang: Lang, number: u64) -> String {
    let digits = number.to_string();
    if lang == Lang::En || digits.len() < 5 {
        return digits;
    }
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push('.');
        }
        said.push(digit);
    }
    said
}

const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

/// A day as people write it: `2026-11-21` in English, `21 november 2026` in Dutch.
#[must_use]
pub fn day(lang: Lang, day: Day) -> String {
    let plain = day.to_string();
    match lang {
        Lang::En => plain,
        Lang::Nl => dutch_day(&plain).unwrap_or(plain),
    }
}

/// `YYYY-MM-DD` in Dutch.
fn dutch_day(plain: &str) -> Option<String> {
    let mut parts = plain.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {}", day.parse::<u8>().ok()?, year.parse::<u16>().ok()?))
}

/// A moment as people write it, in UTC: `2026-11-21T12:30:00Z` in English, `21 november 2026 om 12.30 uur UTC` in Dutch.
#[must_use]
pub fn moment(lang: Lang, at: Timestamp) -> String {
    let plain = at.to_string();
    let dutch = || {
        let (date, time) = plain.split_once('T')?;
        let (hour, minute) = (time.get(..2)?, time.get(3..5)?);
        Some(format!("{} om {hour}.{minute} uur UTC", dutch_day(date)?))
    };
    match lang {
        Lang::En => plain,
        Lang::Nl => dutch().unwrap_or(plain),
    }
}

/// The word before the last of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All of them.
    And,
    /// One of them.
    Or,
}

/// A list as people write it: `a, b and c`, `a, b en c`.
#[must_use]
pub fn list(lang: Lang, all: &[String], join: Join) -> String {
    let word = match (lang, join) {
        (Lang::En, Join::And) => "and",
        (Lang::En, Join::Or) => "or",
        (Lang::Nl, Join::And) => "en",
        (Lang::Nl, Join::Or) => "of",
    };
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// Longest texts that [`distance`] compares, in bytes.
pub const MAX_COMPARED: usize = 64;

/// How many letters have to be added, removed or changed to make one text the other (Levenshtein), so that a name that is nearly right can
/// be answered with the known one; texts over [`MAX_COMPARED`] count as far.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    if a.len() > MAX_COMPARED || b.len() > MAX_COMPARED {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let next = (*cell + 1).min(left + 1).min(diagonal + usize::from(x != y));
            diagonal = *cell;
            *cell = next;
            left = next;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// What is wrong with a table of sentences, for the tests of whoever has one: a sentence that is empty, the same in both languages, or has
/// other places in one than in the other.
#[must_use]
pub fn faults(all: &[(&str, &str, &str)]) -> Vec<String> {
    fn places(text: &str) -> std::collections::BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }
    let mut found = Vec::new();
    for (name, en, nl) in all {
        if en.trim().is_empty() || nl.trim().is_empty() || en == nl {
            found.push(format!("{name}: no Dutch"));
        }
        if places(en) != places(nl) {
            found.push(format!("{name}: other places"));
        }
        if en.ends_with('.') != nl.ends_with('.') || en.ends_with(':') != nl.ends_with(':') {
            found.push(format!("{name}: ends otherwise"));
        }
        let informal = ["je", "jij", "jou", "jouw", "jullie"];
        if nl.split(|c: char| !c.is_alphabetic()).any(|word| informal.contains(&word.to_lowercase().as_str()))
        {
            found.push(format!("{name}: says \"je\" where all else says \"u\""));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    #[test]
    fn numbers_and_dates_have_the_form_of_the_language() {
        let nl = Lang::Nl;
        let of = |n| number(nl, n);
        assert_eq!([of(0), of(999), of(1000), of(9999)], ["0", "999", "1000", "9999"]);
        assert_eq!([of(10_000), of(123_456), of(1_234_567)], ["10.000", "123.456", "1.234.567"]);
        assert_eq!(of(u64::MAX), "18.446.744.073.709.551.615");
        assert_eq!(number(Lang::En, 1_234_567), "1234567");
        let at: Timestamp = "2026-03-01T09:05:59Z".parse().unwrap();
        assert_eq!(day(nl, at.day()), "1 maart 2026");
        assert_eq!(day(Lang::En, at.day()), "2026-03-01");
        assert_eq!(moment(nl, at), "1 maart 2026 om 09.05 uur UTC");
        assert_eq!(moment(Lang::En, at), "2026-03-01T09:05:59Z");
        let abc = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(nl, &abc, Join::And), "a, b en c");
        assert_eq!(list(nl, &abc, Join::Or), "a, b of c");
        assert_eq!(list(Lang::En, &abc[..2], Join::And), "a and b");
        assert_eq!(list(nl, &[], Join::Or), "");
    }

    //= spec/text/programs.md#REQ-PROGRAM-7
    //= type=test
    //# A program that speaks to people MUST take the language that `--lang` names
    #[test]
    fn the_language_is_the_first_that_is_set() {
        let of = Lang::from_locale;
        assert_eq!(of([None, None, None]), Lang::En);
        assert_eq!(of([None, None, Some("nl_NL.UTF-8")]), Lang::Nl);
        assert_eq!(of([Some(""), Some("nl"), Some("en_GB")]), Lang::Nl);
        assert_eq!(of([Some("C"), Some("nl_BE@euro"), Some("nl_NL")]), Lang::En, "LC_ALL rules");
        assert_eq!(of([None, None, Some("de_DE")]), Lang::En);
        assert_eq!("nl-BE".parse(), Ok(Lang::Nl));
        assert_eq!("de".parse::<Lang>(), Err(UnknownLang));
        assert_eq!(Lang::from_tag(""), None);
    }

    #[test]
    fn every_reason_has_a_dutch_sentence_of_its_own() {
        let all: Vec<_> =
            Reason::ALL.iter().map(|reason| (reason.code(), reason.sentence(), dutch(*reason))).collect();
        assert_eq!(faults(&all), [""; 0]);
        let different: std::collections::BTreeSet<_> = all.iter().map(|(_, _, nl)| nl).collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|(_, _, nl)| nl.ends_with('.') && !nl.contains('{')));
    }

    #[test]
    fn distances() {
        for (a, b, expected) in [("", "", 0), ("a", "", 1), ("dri", "dir", 2), ("kitten", "sitting", 3)] {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
        assert_eq!(distance(&"a".repeat(MAX_COMPARED + 1), "a"), usize::MAX);
    }

    #[test]
    fn faults_of_a_table_are_found() {
        let bad =
            [("a", "It is {x}.", "Het is {y}."), ("b", "It is.", "It is."), ("c", "It is.", "Je bent.")];
        assert_eq!(faults(&bad).len(), 3);
        assert_eq!(faults(&[("a", "{n} days.", "{n} dagen.")]), [""; 0]);
    }
}
