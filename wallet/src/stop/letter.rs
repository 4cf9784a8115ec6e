//! The letter that a holder sends where a verifier cannot be asked over the network.

use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES};
use faam_spec::time::Timestamp;
use faam_spec::words::{Join, Lang, list, number};

use super::words;
use crate::text::{bullet, foreign, wrap};
use crate::vault::{Happened, LogEntry, ShownLedger, ShownPrivate, Told};
use crate::who::Party;

/// The letter about these presentations to a party, in lines of at most `width` columns; times by `when`. It names what was shown, and no
/// value of it.
#[must_use]
pub fn letter(
    party: &Party,
    entries: &[&LogEntry],
    lang: Lang,
    width: usize,
    when: &dyn Fn(Timestamp) -> String,
) -> String {
    let name = foreign(party.name(), MAX_NAME_BYTES);
    let mut out = vec![
        wrap(&words::letter_to(lang, name, &party.verifier), width, 0),
        wrap(&words::letter_about(lang), width, 0),
        String::new(),
        wrap(&words::letter_asks(lang), width, 0),
        String::new(),
    ];
    for entry in entries {
        out.extend(item(entry, lang, width, when));
    }
    out.extend([
        String::new(),
        wrap(&words::letter_law(lang), width, 0),
        wrap(&words::letter_kept(lang), width, 0),
        String::new(),
        words::letter_end(lang),
        String::new(),
        wrap(&words::letter_who(lang), width, 0),
    ]);
    out.join("\n")
}

fn item(entry: &LogEntry, lang: Lang, width: usize, when: &dyn Fn(Timestamp) -> String) -> Vec<String> {
    let Happened::Shown { to, request, presentation, ledgers, private, delete_by, told } = &entry.what else {
        return Vec::new();
    };
    let what: Vec<String> = ledgers
        .iter()
        .map(|shown| of_ledger(shown, lang))
        .chain(private.iter().map(|shown| of_private(shown, lang)))
        .collect();
    let what = list(lang, &what, Join::And);
    let first = match to.terms_unsaid {
        true => words::letter_item_unsaid(lang, when(entry.at), what),
        false => words::letter_item(lang, when(entry.at), what, foreign(&to.purpose, MAX_PURPOSE_BYTES)),
    };
    let mut out = vec![bullet("-", &first, width, 0)];
    let mut more = |text: String| out.push(bullet("*", &text, width, 2));
    more(words::letter_digests(lang, request, presentation));
    let receipt = matches!(told, Told::Decided { receipt: None, .. });
    if !to.terms_unsaid {
        more(words::letter_until(lang, when(*delete_by)));
    }
    more(if receipt { words::letter_receipt(lang) } else { words::letter_no_receipt(lang) });
    out
}

fn of_ledger(shown: &ShownLedger, lang: Lang) -> String {
    match shown.ratings {
        0 => words::letter_standing(lang, &shown.market),
        1 => words::letter_one_rating(lang, &shown.market),
        ratings => words::letter_ratings(lang, number(lang, ratings), &shown.market),
    }
}

fn of_private(shown: &ShownPrivate, lang: Lang) -> String {
    let steps: Vec<String> = shown.milestones.iter().map(|step| step.plain_words_in(lang)).collect();
    words::letter_proof(lang, list(lang, &steps, Join::And), &shown.market, &shown.role, shown.pseudonym)
}
