//! Readers for what markets export: a plain CSV of ratings, and JSON Lines of full events.
//!
//! Lines are bounded before they are read, and errors name the line.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead as _, BufReader, Read};

use faam_spec::encoding::{from_value, parse_value};
use faam_spec::ledger::{Asker, DisputeState};
use faam_spec::name::Role;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::scale::{Scale, Score};
use faam_spec::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{AccountId, Event, EventId, Parts};

/// Longest line of JSON Lines, in bytes: a comment of the greatest length and all the rest.
pub const MAX_JSON_LINE_BYTES: usize = 16 * 1024;
/// Longest line of a CSV, in bytes: three names and two numbers with room to spare.
pub const MAX_CSV_LINE_BYTES: usize = 1024;

/// What some programs write before UTF-8 text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// First line of a CSV.
const HEADER: &[u8] = b"from,to,feature,time";

/// What was wrong with an export, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", crate::explain(.fault))]
pub struct ReadError {
    line: u64,
    fault: Fault,
}

impl ReadError {
    /// The line, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// What was wrong with it.
    #[must_use]
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Why it was refused.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.fault.reason()
    }
}

/// Reads ratings from a CSV with the header `from,to,feature,time`: rater, rated account, value, Unix seconds.
///
/// The ratings come sorted by time, those of one moment as they stood. Each is named `from-to`, so that a pair may occur once.
///
/// # Errors
/// `event.malformed` for another header, number of fields, value, time or name, or a repeated pair; `event.rule` for an account
/// that rates itself; `too_large` for a line over [`MAX_CSV_LINE_BYTES`]; `input.malformed` if `reader` fails.
pub fn csv(reader: impl Read, scale: Scale, role: Role) -> Result<Vec<Event>, ReadError> {
    Ok(csv_lines(reader, scale, role)?.into_iter().map(|(_, event)| event).collect())
}

/// As [`csv`], each rating with its line in the file, from 1.
///
/// # Errors
/// As [`csv`].
pub fn csv_lines(reader: impl Read, scale: Scale, role: Role) -> Result<Vec<(u64, Event)>, ReadError> {
    //= spec/text/events.md#REQ-EVENT-12
    //# A line MUST have at most 1,024 bytes.
    let mut lines = Lines::new(reader, MAX_CSV_LINE_BYTES);
    let mut events = Vec::new();
    let mut seen = HashSet::new();
    let mut header = false;
    while let Some((line, result)) = lines.next() {
        let at_line = |fault| ReadError { line, fault };
        let bytes = result.map_err(at_line)?;
        if !header {
            check_header(&bytes).map_err(at_line)?;
            header = true;
            continue;
        }
        let event = row(&bytes, scale, &role).map_err(at_line)?;
        //= spec/text/events.md#REQ-EVENT-11
        //# a pair stands once (`event.malformed`)
        if !seen.insert(event.id().clone()) {
            return Err(at_line(Fault::new(Reason::EventMalformed, "csv.pair")));
        }
        events.push((line, event));
    }
    if !header {
        return Err(ReadError { line: lines.line, fault: Fault::new(Reason::EventMalformed, "csv.empty") });
    }
    events.sort_by_key(|(_, event)| event.at());
    Ok(events)
}

fn check_header(line: &[u8]) -> Result<(), Fault> {
    if line == HEADER {
        return Ok(());
    }
    let other: Vec<u8> = line.iter().map(|b| if matches!(b, b';' | b'\t') { b',' } else { *b }).collect();
    let at = match core::str::from_utf8(line) {
        Err(_) => "utf8",
        Ok(_) if other == HEADER => "csv.separator",
        Ok(_) => "csv.header",
    };
    refuse(Reason::EventMalformed, at)
}

/// Reads one event of JSON Lines: strict JSON of at most 16 KiB, no member that the kind does not have.
///
/// | `type` | members |
/// |---|---|
/// | `rating` | `id`, `account`, `rater`, `role`, `value`, `scale`, `at`; may have `comment`, `category`, `aspects`, `amount_band` |
/// | `correction` | `id`, `of`, `value`, `scale`, `at`; may have what a rating may |
/// | `reply` | `id`, `of`, `text`, `at` |
/// | `withdrawal` | `id`, `of`, `by` (`rater`, `subject`, `both`, `market`), `at` |
/// | `dispute` | `id`, `of`, `state` (`open`, `settled`), `at` |
///
/// `at` is RFC 3339 text with an offset, or a number of Unix seconds.
///
/// # Errors
/// `too_large` before anything is read; `event.malformed`.
pub fn json_line(line: &str) -> Result<Event, Fault> {
    RawEvent::read(&object(line)?)?.into_event()
}

/// A member that no event has, if a line holds one: for telling people, who most often misspelt it.
#[must_use]
pub fn unknown_member(line: &str) -> Option<String> {
    object(line).ok()?.keys().find(|name| !MEMBERS.contains(&name.as_str())).cloned()
}

fn object(line: &str) -> Result<Map<String, Value>, Fault> {
    //= spec/text/events.md#REQ-EVENT-2
    //# A line MUST be [strict JSON](README.md#strict-json) and an object; numbers are whole, so that `5.0` is
    //# refused.
    //= spec/text/events.md#REQ-EVENT-1
    //# A line MUST be at most 16 KiB.
    match parse_value(line.as_bytes(), MAX_JSON_LINE_BYTES, "event") {
        Ok(Value::Object(members)) => Ok(members),
        // Nothing but an object: a list of the right length would otherwise be taken for one.
        Ok(_) => refuse(Reason::EventMalformed, "event"),
        Err(fault) if fault.reason() == Reason::TooLarge => Err(fault),
        Err(_) => refuse(Reason::EventMalformed, "json"),
    }
}

/// Reads JSON Lines, each as [`json_line`] does; blank lines are passed over.
///
/// A line that cannot be read is an error with its number, and reading goes on after it, except after a line that is too long
/// or a failure of `reader`.
pub fn json_lines<R: Read>(reader: R) -> JsonLines<R> {
    JsonLines(Lines::new(reader, MAX_JSON_LINE_BYTES))
}

/// Iterator over the events of JSON Lines; see [`json_lines`].
#[derive(Debug)]
pub struct JsonLines<R>(Lines<R>);

impl<R: Read> Iterator for JsonLines<R> {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, result) = self.0.next()?;
        let event = result.and_then(|bytes| match core::str::from_utf8(&bytes) {
            Ok(text) => json_line(text),
            Err(_) => refuse(Reason::EventMalformed, "utf8"),
        });
        Some(event.map_err(|fault| ReadError { line, fault }))
    }
}

/// Lines with their numbers, without what ends them; blank ones are passed over, too long ones never held in memory.
#[derive(Debug)]
struct Lines<R> {
    reader: BufReader<R>,
    limit: usize,
    line: u64,
    ended: bool,
}

impl<R: Read> Lines<R> {
    fn new(reader: R, limit: usize) -> Self {
        Self { reader: BufReader::new(reader), limit, line: 0, ended: false }
    }

    fn next(&mut self) -> Option<(u64, Result<Vec<u8>, Fault>)> {
        while !self.ended {
            self.line += 1;
            // Room for one byte too many, by which a line that is too long shows, for what ends a line, and for a mark.
            let most = u64::try_from(self.limit).unwrap_or(u64::MAX).saturating_add(5);
            let mut bytes = Vec::new();
            let read = self.reader.by_ref().take(most).read_until(b'\n', &mut bytes);
            if self.line == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
            if bytes.pop_if(|last| *last == b'\n').is_some() {
                bytes.pop_if(|last| *last == b'\r');
            } else {
                // Without an end it is the last line, or one whose end is out of reach.
                self.ended = true;
            }
            let result = match read {
                Ok(_) if bytes.len() > self.limit => {
                    self.ended = true;
                    refuse(Reason::TooLarge, "line")
                }
                Ok(_) if bytes.trim_ascii().is_empty() => continue,
                Ok(_) => Ok(bytes),
                Err(_) => {
                    self.ended = true;
                    refuse(Reason::InputMalformed, "line")
                }
            };
            return Some((self.line, result));
        }
        None
    }
}

//= spec/text/events.md#REQ-EVENT-11
//# Columns MUST be separated by commas, without quotation marks and spaces
fn row(line: &[u8], scale: Scale, role: &Role) -> Result<Event, Fault> {
    let malformed = |at| Fault::new(Reason::EventMalformed, at);
    let text = core::str::from_utf8(line).map_err(|_| malformed("utf8"))?;
    let mut fields = text.split(',');
    let (Some(from), Some(to), Some(value), Some(time), None) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        let foreign = !text.contains(',') && text.contains([';', '\t']);
        return Err(malformed(if foreign { "csv.separator" } else { "csv.columns" }));
    };
    // None of these columns needs quotes, and taken as part of a name they would make another person of it.
    if text.contains('"') {
        return Err(malformed("csv.quotes"));
    }
    let rater: AccountId = from.parse().map_err(|_| malformed("csv.from"))?;
    let account: AccountId = to.parse().map_err(|_| malformed("csv.to"))?;
    let value = value.parse().map_err(|_| malformed("csv.feature"))?;
    let score = Score::new(value, scale).map_err(|_| malformed("csv.scale"))?;
    let seconds = time.parse().map_err(|_| malformed("csv.time"))?;
    let at = Timestamp::new(seconds).map_err(|_| malformed("csv.time"))?;
    //= spec/text/events.md#REQ-EVENT-7
    //# An account MUST NOT rate itself.
    if rater == account {
        return refuse(Reason::EventRule, "rater");
    }
    let id = format!("{from}-{to}").parse().map_err(|_| malformed("csv.id"))?;
    Ok(Event::Rating { id, account, rater, role: role.clone(), score, at, parts: Parts::default() })
}

/// Every member that an event can have.
const MEMBERS: [&str; 16] = [
    "type",
    "id",
    "at",
    "account",
    "rater",
    "role",
    "of",
    "value",
    "scale",
    "comment",
    "category",
    "aspects",
    "amount_band",
    "text",
    "by",
    "state",
];

/// The members of an event, each of its type, before it is known whether they belong together.
struct RawEvent {
    kind: RawKind,
    id: String,
    at: Value,
    account: Option<String>,
    rater: Option<String>,
    role: Option<Role>,
    of: Option<String>,
    value: Option<i64>,
    scale: Option<Scale>,
    comment: Option<String>,
    category: Option<String>,
    aspects: Option<BTreeMap<String, u16>>,
    amount_band: Option<String>,
    text: Option<String>,
    by: Option<Asker>,
    state: Option<DisputeState>,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RawKind {
    Rating,
    Correction,
    Reply,
    Withdrawal,
    Dispute,
}

/// A member of the wanted type; none if it is absent or null.
fn member<T: DeserializeOwned>(members: &Map<String, Value>, name: &'static str) -> Result<Option<T>, Fault> {
    match members.get(name) {
        //= spec/text/events.md#REQ-EVENT-3
        //# `null` is as good as absent
        None | Some(Value::Null) => Ok(None),
        Some(value) => from_value(value.clone(), name).map_err(|_| missing(name)).map(Some),
    }
}

/// Whether a text has the form of RFC 3339 with seconds and an offset: a calendar's readers take much else.
fn is_rfc3339(text: &str) -> bool {
    let shape: String =
        text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c.to_ascii_uppercase() }).collect();
    let Some(rest) = shape.strip_prefix("0000-00-00T00:00:00") else { return false };
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let after = fraction.trim_start_matches('0');
            if !(1..=9).contains(&(fraction.len() - after.len())) {
                return false;
            }
            after
        }
    };
    matches!(offset, "Z" | "+00:00" | "-00:00")
}

const fn missing(at: &'static str) -> Fault {
    Fault::new(Reason::EventMalformed, at)
}

impl RawEvent {
    fn read(members: &Map<String, Value>) -> Result<Self, Fault> {
        //= spec/text/events.md#REQ-EVENT-3
        //# A line MUST have the members of its type and no others, each of its form
        if !members.keys().all(|name| MEMBERS.contains(&name.as_str())) {
            return refuse(Reason::EventMalformed, "member");
        }
        Ok(Self {
            kind: member(members, "type")?.ok_or(missing("type"))?,
            id: member(members, "id")?.ok_or(missing("id"))?,
            at: member(members, "at")?.ok_or(missing("at"))?,
            account: member(members, "account")?,
            rater: member(members, "rater")?,
            role: member(members, "role")?,
            of: member(members, "of")?,
            value: member(members, "value")?,
            scale: member(members, "scale")?,
            comment: member(members, "comment")?,
            category: member(members, "category")?,
            aspects: member(members, "aspects")?,
            amount_band: member(members, "amount_band")?,
            text: member(members, "text")?,
            by: member(members, "by")?,
            state: member(members, "state")?,
        })
    }

    fn into_event(self) -> Result<Event, Fault> {
        self.check_stray()?;
        let kind = self.kind;
        let id: EventId = self.id.parse()?;
        let at = match &self.at {
            Value::String(text) if is_rfc3339(text) => text.parse(),
            Value::String(_) => return Err(missing("at")),
            number => number.as_i64().ok_or(missing("at")).and_then(Timestamp::new),
        };
        let at = at.map_err(|_| missing("at"))?;
        let of = || self.of.as_deref().and_then(|of| of.parse().ok()).ok_or(missing("of"));
        let score = || {
            let value = self.value.ok_or(missing("value"))?;
            let scale = self.scale.ok_or(missing("scale"))?;
            Score::new(value, scale).map_err(|_| missing("value"))
        };
        let name = |text: &Option<String>, at| {
            text.as_deref().and_then(|text| text.parse::<AccountId>().ok()).ok_or(missing(at))
        };
        let event = match kind {
            RawKind::Rating => Event::Rating {
                id,
                account: name(&self.account, "account")?,
                rater: name(&self.rater, "rater")?,
                role: self.role.clone().ok_or(missing("role"))?,
                score: score()?,
                at,
                parts: self.into_parts(),
            },
            RawKind::Correction => {
                Event::Correction { id, of: of()?, score: score()?, at, parts: self.into_parts() }
            }
            RawKind::Reply => Event::Reply { id, of: of()?, text: self.text.ok_or(missing("text"))?, at },
            RawKind::Withdrawal => Event::Withdrawal { id, of: of()?, by: self.by.ok_or(missing("by"))?, at },
            RawKind::Dispute => {
                Event::Dispute { id, of: of()?, state: self.state.ok_or(missing("state"))?, at }
            }
        };
        event.check()?;
        Ok(event)
    }

    //= spec/text/events.md#REQ-EVENT-3
    //# A line MUST have the members of its type and no others
    fn check_stray(&self) -> Result<(), Fault> {
        let has_parts = self.comment.is_some()
            || self.category.is_some()
            || self.aspects.is_some()
            || self.amount_band.is_some();
        let is_rating = self.kind == RawKind::Rating;
        let is_scored = is_rating || self.kind == RawKind::Correction;
        let stray = (!is_rating && (self.account.is_some() || self.rater.is_some() || self.role.is_some()))
            || (is_rating && self.of.is_some())
            || (!is_scored && (has_parts || self.value.is_some() || self.scale.is_some()))
            || (self.kind != RawKind::Reply && self.text.is_some())
            || (self.kind != RawKind::Withdrawal && self.by.is_some())
            || (self.kind != RawKind::Dispute && self.state.is_some());
        if stray { refuse(Reason::EventMalformed, "stray") } else { Ok(()) }
    }

    fn into_parts(self) -> Parts {
        Parts {
            comment: self.comment,
            category: self.category,
            aspects: self.aspects.unwrap_or_default(),
            amount_band: self.amount_band,
        }
    }
}
