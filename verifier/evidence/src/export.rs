//! Exports of platforms: read by their mapping, whole or not at all.

use faam_spec::decision::Grade;
use faam_spec::encoding::{Budget, Numbers, parse_value_within};
use faam_spec::limits::{MAX_EXPORT_BYTES, MAX_EXPORT_ROWS, MAX_TEXT_BYTES};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::scale::Score;
use faam_spec::time::{Day, Timestamp};
use serde_json::Value;

use crate::mapping::{Format, Mapping};
use crate::{Caveat, Evidence, Kind, Rating, Statement};

/// Nobody signed it, so that it is self-asserted whatever it says.
pub(crate) fn judge(evidence: &Evidence) -> Result<Statement, Fault> {
    let text = evidence.mapping().ok_or(Fault::new(Reason::Malformed, "evidence.mapping"))?;
    let mapping = Mapping::parse(text).map_err(|error| Fault::new(error.reason(), "evidence.mapping"))?;
    let data = evidence.data();
    if data.len() > MAX_EXPORT_BYTES {
        return refuse(Reason::TooLarge, "export");
    }
    let mut statement = Statement::new(Kind::Export, Grade::SelfAsserted, mapping.name.clone());
    statement.market = Some(mapping.market.clone());
    statement.ratings = match mapping.format {
        Format::Csv => csv(data, &mapping)?,
        Format::Json => json(data, &mapping)?,
    };
    statement.caveats.push(Caveat::Mapping);
    Ok(statement)
}

//= spec/text/evidence.md#REQ-EVID-24
//# a column or member that the mapping names and a row lacks (`export.mapping`)
fn csv(data: &[u8], mapping: &Mapping) -> Result<Vec<Rating>, Fault> {
    let bad = |at| Fault::new(Reason::ExportMapping, at);
    let data = data.strip_prefix("\u{feff}".as_bytes()).unwrap_or(data);
    let text = core::str::from_utf8(data).map_err(|_| bad("export"))?;
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|_| bad("export.columns"))?.clone();
    let place = |name: &str| -> Result<usize, Fault> {
        let mut found = names.iter().enumerate().filter(|(_, other)| other.trim() == name);
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Ok(at),
            _ => Err(bad("export.columns")),
        }
    };
    let columns = &mapping.columns;
    let maybe = |name: &Option<String>| name.as_deref().map(place).transpose();
    let (value, day) = (place(&columns.value)?, maybe(&columns.day)?);
    let (comment, rater, role) = (maybe(&columns.comment)?, maybe(&columns.rater)?, maybe(&columns.role)?);
    let mut ratings = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|_| bad("export.rows"))?;
        let cell = |at: usize| row.get(at).map(str::trim).ok_or(bad("export.rows"));
        let maybe = |at: Option<usize>| at.map(cell).transpose();
        let cells = Row {
            value: Said::Text(cell(value)?.to_owned()),
            day: maybe(day)?.map(str::to_owned),
            comment: maybe(comment)?.map(str::to_owned),
            rater: maybe(rater)?.map(str::to_owned),
            role: maybe(role)?.map(str::to_owned),
        };
        push(&mut ratings, cells, mapping)?;
    }
    Ok(ratings)
}

fn json(data: &[u8], mapping: &Mapping) -> Result<Vec<Rating>, Fault> {
    let bad = |at| Fault::new(Reason::ExportMapping, at);
    let whole = parse_value_within(data, MAX_EXPORT_BYTES, Budget::OFFER, Numbers::Any, "export")?;
    let rows = whole.pointer(&mapping.rows).and_then(Value::as_array).ok_or(bad("export.rows"))?;
    let columns = &mapping.columns;
    let mut ratings = Vec::new();
    for row in rows {
        let find = |name: &str| if name.starts_with('/') { row.pointer(name) } else { row.get(name) };
        let cell = |name: &str| find(name).ok_or(bad("export.rows"));
        let text = |name: &Option<String>| match name.as_deref().map(cell).transpose()? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(_) => refuse(Reason::ExportValue, "export.rows"),
        };
        let value = match cell(&columns.value)? {
            Value::String(text) => Said::Text(text.trim().to_owned()),
            Value::Number(number) => {
                Said::Number(number.as_i64().ok_or(Fault::new(Reason::ExportValue, "export.value"))?)
            }
            _ => return refuse(Reason::ExportValue, "export.value"),
        };
        let cells = Row {
            value,
            day: text(&columns.day)?,
            comment: text(&columns.comment)?,
            rater: text(&columns.rater)?,
            role: text(&columns.role)?,
        };
        push(&mut ratings, cells, mapping)?;
    }
    Ok(ratings)
}

/// A row, as it stands in the export.
struct Row {
    value: Said,
    day: Option<String>,
    comment: Option<String>,
    rater: Option<String>,
    role: Option<String>,
}

enum Said {
    Text(String),
    Number(i64),
}

//= spec/text/evidence.md#REQ-EVID-24
//# a value outside of the scale, a day that is none, or a text over 4,096 bytes (`export.value`), and more
//# than 10,000 rows (`too_large`) refuse it.
fn push(ratings: &mut Vec<Rating>, row: Row, mapping: &Mapping) -> Result<(), Fault> {
    if ratings.len() >= MAX_EXPORT_ROWS {
        return refuse(Reason::TooLarge, "export.rows");
    }
    let bad = |at| Fault::new(Reason::ExportValue, at);
    let value = match &row.value {
        Said::Number(number) => Some(*number),
        Said::Text(text) => mapping.values.get(text).copied().or_else(|| text.parse().ok()),
    };
    let score = value.and_then(|value| Score::new(value, mapping.scale).ok()).ok_or(bad("export.value"))?;
    let role = match (&mapping.role, &row.role) {
        (Some(role), _) => Some(role.clone()),
        (None, Some(text)) => mapping.roles.get(text).cloned().or_else(|| text.parse().ok()),
        (None, None) => None,
    };
    let mut rating = Rating::of(score, role.ok_or(bad("export.role"))?);
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    rating.day = filled(row.day).map(|text| day(&text).ok_or(bad("export.day"))).transpose()?;
    rating.comment = filled(row.comment);
    rating.rater = filled(row.rater);
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > MAX_TEXT_BYTES);
    if long(&rating.comment) || long(&rating.rater) {
        return Err(bad("export.text"));
    }
    ratings.push(rating);
    Ok(())
}

/// A day, or the day of a moment.
fn day(text: &str) -> Option<Day> {
    text.parse::<Day>().ok().or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::day))
}
