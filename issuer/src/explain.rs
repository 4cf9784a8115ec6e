//! What is wrong with an event, in words: one sentence for each place at which it can be.

use faam_spec::reason::{Fault, Reason};

/// What is wrong and what would be right, in one sentence for people; the fault's own where there is nothing more to say.
///
/// It never repeats a value of the event.
#[must_use]
pub fn explain(fault: &Fault) -> &'static str {
    let found = match fault.reason() {
        Reason::EventMalformed => malformed(fault.at()),
        Reason::EventRule => rule(fault.at()),
        Reason::TooLarge if fault.at() == "line" || fault.at() == "event" => {
            Some("The line is longer than an event can be (16 KiB; 1 KiB in a CSV); is a line break missing?")
        }
        Reason::InputMalformed if fault.at() == "line" => Some("The file could not be read to its end."),
        _ => None,
    };
    found.unwrap_or(fault.reason().sentence())
}

fn malformed(at: &str) -> Option<&'static str> {
    Some(match at {
        "csv.empty" => "The file is empty; a CSV begins with the line from,to,feature,time.",
        "csv.header" => {
            "The first line must be from,to,feature,time: rater, rated account, value, Unix seconds."
        }
        "csv.separator" => "The columns must be separated by commas, not by semicolons or tabs.",
        "csv.columns" => "A row has four columns: from,to,feature,time.",
        "csv.quotes" => "A row has no quotation marks.",
        "csv.from" => {
            "Column from: the rater's name must be 1 to 128 printable ASCII characters without spaces."
        }
        "csv.to" => {
            "Column to: the account's name must be 1 to 128 printable ASCII characters without spaces."
        }
        "csv.id" => "Columns from and to: together they must be at most 127 characters.",
        "csv.feature" => "Column feature: the value must be a whole number.",
        "csv.scale" => "Column feature: the value does not lie on the scale that was given.",
        "csv.time" => "Column time: it must be whole Unix seconds, from 0 to the year 9999.",
        "csv.pair" => {
            "Columns from and to: an earlier row has this pair already; a CSV holds one rating for each pair, JSON Lines \
             any number."
        }
        "utf8" => "The line is not UTF-8 text; is it the right file?",
        "json" => {
            "The line is not one strict JSON object: it may break off, hold a name twice or a number that is not whole, or be \
             followed by something."
        }
        "event" => "The line must be one JSON object, with the members that its type has.",
        "member" => "It has a member that no event has.",
        "stray" => "It has a member that events of its type do not have.",
        "type" => "type: it must be rating, correction, reply, withdrawal or dispute.",
        "id" => "id: it is needed: 1 to 128 printable ASCII characters without spaces.",
        "account" => "account: a rating needs it: 1 to 128 printable ASCII characters without spaces.",
        "rater" => "rater: a rating needs it: 1 to 128 printable ASCII characters without spaces.",
        "role" => "role: a rating needs it: 1 to 32 of a-z, 0-9 and '-', such as seller.",
        "of" => "of: it is needed: the id of the rating that the event is about.",
        "at" => {
            "at: it is needed: RFC 3339 with an offset, such as 2026-01-31T12:00:00Z, or whole Unix seconds."
        }
        "value" => "value: it is needed, as a whole number on the scale.",
        "scale" => {
            "scale: it is needed: worst..best in whole numbers within a million, such as 1..5 or -10..10."
        }
        "comment" => "comment: it must be text of at most 4096 bytes.",
        "category" => "category: it must be text of at most 64 bytes.",
        "amount_band" => "amount_band: it must be text of at most 64 bytes.",
        "aspects" => {
            "aspects: it must be an object of at most 16 whole numbers from 0 to 1000, under names of 1 to 64 bytes."
        }
        "text" => "text: a reply needs it: 1 to 4096 bytes.",
        "by" => "by: a withdrawal needs it: rater, subject, both or market.",
        "state" => "state: a dispute needs it: open or settled.",
        _ => return None,
    })
}

fn rule(at: &str) -> Option<&'static str> {
    Some(match at {
        "id" => {
            "id: an event of this id is recorded with other contents; what is recorded does not change, a correction is an \
             event of its own."
        }
        "closed" => "The market is closed: it records nothing more.",
        "rater" => "rater: an account cannot rate itself.",
        "of" => "of: no rating of this id is recorded.",
        "at" => "at: it lies more than an hour in the future; compare the clocks.",
        "entry.refs" => {
            "of: it does not name a current rating: it was corrected or withdrawn, or is no rating."
        }
        "entry.state" => {
            "state: only a rating without an open dispute can be disputed, and only an open dispute settled."
        }
        "entry.role" => "role: an account has at most 8 roles.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_words_has_the_reasons_sentence() {
        let fault = Fault::new(Reason::EventRule, "somewhere");
        assert_eq!(explain(&fault), Reason::EventRule.sentence());
        assert!(explain(&Fault::new(Reason::EventRule, "rater")).contains("cannot rate itself"));
        assert!(explain(&Fault::new(Reason::EventMalformed, "rater")).contains("needs it"));
    }
}
