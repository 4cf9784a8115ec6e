//! The consent as text.

use faam_spec::ledger::Numbers;
use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES, MAX_WEB_ADDRESS_BYTES};
use faam_spec::name::Role;
use faam_spec::scale::Scale;
use faam_spec::time::Timestamp;
use faam_spec::words::{Lang, day, number};
use serde_json::Value;

use super::words::counted;
use super::{Consent, LedgerConsent, PrivateConsent, RatingConsent, any_of, in_words_in, words};
use crate::passport::Band;
use crate::passport::render::decimal;
use crate::text::{bullet, foreign, short_did, short_name, wrap};

/// Most ratings that are listed one by one; all are in the JSON form.
const LISTED: usize = 20;
/// Most bytes of a foreign text in a list.
const LINE: usize = 200;

pub(super) fn text(consent: &Consent, width: usize, when: &dyn Fn(Timestamp) -> String) -> String {
    let lang = consent.lang;
    let mut out = Vec::new();
    let asking = &consent.verifier;
    let name = foreign(&asking.name, MAX_NAME_BYTES);
    let asks = match consent.private.is_empty() {
        true => words::asks_ratings(lang, name),
        false => words::asks_milestones(lang, name),
    };
    out.push(wrap(&asks, width, 0));
    out.push(String::new());
    let mut member = |name: String, value: &str| out.push(labelled(&name, value, width));
    if let Some(persona) = &consent.persona {
        member(words::label_under(lang), &format!("“{persona}”"));
    }
    member(words::label_who(lang), asking.did.as_str());
    member(words::label_known(lang), &asking.authenticated);
    if let Some(peer) = &asking.peer {
        member(words::label_answer_to(lang), &peer.to_string());
    }
    if let Some(post) = &asking.post {
        member(words::label_answer_to(lang), &foreign(post, MAX_WEB_ADDRESS_BYTES));
    }
    //= spec/text/openid4vp.md#REQ-VP-12
    //# and a wallet MUST say so
    match consent.terms_unsaid {
        true => {
            member(words::label_why(lang), &words::not_said(lang));
            member(words::label_kept(lang), &words::not_said(lang));
        }
        false => {
            member(words::label_why(lang), &format!("“{}”", foreign(&consent.purpose, MAX_PURPOSE_BYTES)));
            member(words::label_kept(lang), &counted::days(lang, u64::from(consent.retention_days)));
        }
    }
    match &consent.terms {
        Some(terms) => member(words::label_terms(lang), &foreign(terms, MAX_PURPOSE_BYTES)),
        None => member(words::label_terms(lang), &words::none_given(lang)),
    }
    member(words::label_by(lang), &when(consent.answer_until));
    for ledger in &consent.ledgers {
        out.push(String::new());
        out.push(wrap(&words::what_learned(lang, &ledger.market), width, 0));
        out.extend(learned(ledger, width, lang));
    }
    for part in &consent.private {
        out.push(String::new());
        out.push(wrap(&words::what_learned(lang, &part.market), width, 0));
        out.extend(proven(part, width, lang));
    }
    section(&mut out, words::what_not_learned(lang), &consent.not_learned, "-", width);
    out.push(String::new());
    out.push(words::what_linked(lang));
    match consent.private.as_slice() {
        [] => out.push(bullet("-", &consent.group, width, 2)),
        parts => out.extend(parts.iter().flat_map(|part| shared(part, width, when, lang))),
    }
    out.extend(links(consent, width, when));
    if !consent.warnings.is_empty() {
        section(&mut out, words::consider(lang), &consent.warnings, "!", width);
    }
    out.push(String::new());
    out.push(labelled(&words::label_approval(lang), &words::approval(lang, consent.approve), width));
    out.push(wrap(&words::no_way_back(lang), width, 0));
    out.join("\n")
}

pub(super) fn in_short(consent: &Consent) -> String {
    let lang = consent.lang;
    let several = consent.ledgers.len() > 1;
    let parts: Vec<String> = consent
        .ledgers
        .iter()
        .map(|ledger| {
            let shown = u64::try_from(ledger.ratings.len()).unwrap_or(u64::MAX);
            let what = match (ledger.parts.len() > 1, ledger.complete) {
                (false, _) => words::whole_standing(lang),
                (true, false) => words::and_standing(lang, counted::ratings(lang, shown)),
                (true, true) if shown == 1 => words::only_rating(lang),
                (true, true) => words::every_rating(lang, number(lang, shown)),
            };
            if several { words::of_market(lang, what, &ledger.market) } else { what }
        })
        .collect();
    let private = consent.private.iter().map(|part| {
        let milestones = u64::try_from(part.milestones.len()).unwrap_or(u64::MAX);
        words::proof_of(lang, counted::milestones(lang, milestones), &part.market, &part.role)
    });
    let parts: Vec<String> = parts.into_iter().chain(private).collect();
    let (name, parts) = (foreign(&consent.verifier.name, MAX_NAME_BYTES), parts.join("; "));
    if consent.terms_unsaid {
        return words::short_unsaid(lang, name, parts);
    }
    words::short(lang, name, parts, counted::days(lang, u64::from(consent.retention_days)))
}

fn labelled(name: &str, value: &str, width: usize) -> String {
    bullet(&format!("{name:<10}"), value, width, 0)
}

fn section(out: &mut Vec<String>, title: String, lines: &[String], mark: &str, width: usize) {
    out.push(String::new());
    out.push(title);
    out.extend(lines.iter().map(|line| bullet(mark, line, width, 2)));
}

fn learned(ledger: &LedgerConsent, width: usize, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    let all = &ledger.numbers;
    out.push(bullet("-", &words::word_of(lang, short_did(&ledger.issuer)), width, 2));
    out.push(bullet("-", &words::standing_of(lang, &ledger.epoch), width, 2));
    for figures in &ledger.figures {
        let (whose, span) = match &figures.role {
            None => (words::all_roles(lang), &all.total),
            Some(role) => (words::as_role(lang, role), all.roles.get(role).unwrap_or(&all.total)),
        };
        let native = figures.scale.zip(figures.native_hundredths);
        let text = numbers(&span.all, native, &figures.bands, lang);
        out.push(bullet("*", &format!("{whose}: {text}"), width, 4));
        let text = numbers(&span.recent, None, &figures.recent_bands, lang);
        out.push(bullet("*", &words::recent(lang, whose, text), width, 4));
    }
    let of = |n| number(lang, n);
    let marks = words::marks(lang, of(all.withdrawn), of(all.corrected), of(all.disputed));
    out.push(bullet("*", &marks, width, 4));
    let mut say = |text: String| out.push(bullet("-", &text, width, 2));
    say(words::name_and_key(lang, day(lang, ledger.bound)));
    let shown = u64::try_from(ledger.ratings.len()).unwrap_or(u64::MAX);
    if ledger.parts.len() > 1 {
        let which = if ledger.complete { words::all_asked(lang) } else { String::new() };
        let roles: Vec<String> = ledger.roles.iter().map(Role::to_string).collect();
        let roles =
            if roles.is_empty() { String::new() } else { words::as_roles(lang, any_of(lang, &roles)) };
        let parts: Vec<String> = ledger.parts.iter().skip(1).map(|name| in_words_in(lang, name)).collect();
        let ratings = counted::ratings(lang, ledger.of);
        say(words::shown_of(lang, number(lang, shown), ratings, roles, which, parts.join(", ")));
    }
    match ledger.ratings.iter().filter(|rating| rating.corrects.is_some()).count() {
        0 => {}
        1 => say(words::one_correction(lang)),
        more => say(words::corrections(lang, more)),
    }
    for rating in ledger.ratings.iter().take(LISTED) {
        out.push(bullet("*", &one(rating, lang), width, 4));
    }
    if ledger.ratings.len() > LISTED {
        out.push(wrap(&words::more_listed(lang, ledger.ratings.len() - LISTED), width, 4));
    }
    out
}

fn proven(part: &PrivateConsent, width: usize, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |text: String| out.push(bullet("-", &text, width, 2));
    say(words::word_of(lang, short_did(&part.issuer)));
    say(words::says_of_you(lang, &part.role, &part.epoch));
    for told in &part.milestones {
        let before = match told.before {
            None => String::new(),
            Some(before) if before == told.milestone => words::shown_this(lang),
            Some(before) => words::shown_higher(lang, before),
        };
        out.push(bullet("*", &format!("{} ({}){before}", told.words, told.milestone), width, 4));
    }
    let mut say = |text: String| out.push(bullet("-", &text, width, 2));
    let known = if part.known { words::known_already(lang) } else { words::not_seen(lang) };
    say(words::pseudonym(lang, known));
    if !part.shown_before.is_empty() {
        say(words::shown_under_it(lang));
    }
    for before in &part.shown_before {
        let (role, milestone) = (words::as_role(lang, &before.role), before.milestone);
        let text = format!("{role}: {} ({milestone})", milestone.plain_words_in(lang));
        out.push(bullet("*", &text, width, 4));
    }
    out
}

/// How many share it, and what the market could tell by times and by marks.
fn shared(
    part: &PrivateConsent,
    width: usize,
    when: &dyn Fn(Timestamp) -> String,
    lang: Lang,
) -> [String; 2] {
    let compared = match part.compared {
        Some(at) => words::compared_at(lang, when(at)),
        None => words::never_compared(lang),
    };
    let copy = words::your_copy(lang, &part.market, when(part.renewed), compared);
    [bullet("-", &part.group(lang), width, 2), bullet("-", &copy, width, 2)]
}

fn one(rating: &RatingConsent, lang: Lang) -> String {
    let (scale, no) = (rating.scale, |index: u64| index.saturating_add(1));
    let mut text =
        words::rating(lang, no(rating.index), rating.value, scale.min(), scale.max(), &rating.role);
    if let Some(earlier) = rating.corrects {
        text.push_str(&words::a_correction(lang, no(earlier)));
    }
    for (name, value) in &rating.disclosed {
        text.push_str(&format!("; {name}: {}", value_text(value, lang)));
    }
    if let Some(reply) = &rating.reply {
        let of = rating.reply_day.map(|of| words::of_day(lang, day(lang, of))).unwrap_or_default();
        text.push_str(&words::your_reply(lang, of, foreign(reply, LINE)));
    }
    text
}

/// A disclosed value as text for a terminal.
fn value_text(value: &Value, lang: Lang) -> String {
    match value {
        Value::String(text) => format!("“{}”", foreign(text, LINE)),
        Value::Null => words::nothing_said(lang),
        other => foreign(&other.to_string(), LINE),
    }
}

fn numbers(numbers: &Numbers, native: Option<(Scale, i64)>, bands: &[Band], lang: Lang) -> String {
    let (Some(first), Some(last)) = (numbers.first, numbers.last) else {
        return words::no_ratings(lang);
    };
    let bands: Vec<String> = bands
        .iter()
        .map(|band| words::in_band(lang, number(lang, band.ratings), label(band, lang)))
        .collect();
    let native = native
        .map(|(scale, mean)| words::mean_native(lang, in_figures(mean, lang), scale.min(), scale.max()));
    let common = numbers.mean.map(|mean| words::mean_common(lang, mean));
    words::numbers(
        lang,
        counted::ratings(lang, numbers.ratings),
        counted::people(lang, numbers.counterparties),
        native.into_iter().chain(common).collect::<String>(),
        bands.join(", "),
        day(lang, first),
        day(lang, last),
    )
}

/// Hundredths as people write them: 4.25, in Dutch 4,25.
fn in_figures(hundredths: i64, lang: Lang) -> String {
    let plain = decimal(hundredths);
    if lang == Lang::Nl { plain.replace('.', ",") } else { plain }
}

/// What the ratings in a band are worth, on the market's own scale if there is one.
fn label(band: &Band, lang: Lang) -> String {
    match band.native {
        Some((low, high)) if low == high => format!("{low}"),
        Some((low, high)) => words::band(lang, low, high),
        None => format!("{}–{}", band.from, band.to),
    }
}

fn links(consent: &Consent, width: usize, when: &dyn Fn(Timestamp) -> String) -> Vec<String> {
    let lang = consent.lang;
    let (none, some) = match consent.private.is_empty() {
        true => (words::never_shown(lang), words::shown_to(lang)),
        false => (words::never_under_it(lang), words::linked_by_it(lang)),
    };
    if consent.links.is_empty() {
        return vec![bullet("-", &none, width, 2)];
    }
    let mut out = vec![bullet("-", &some, width, 2)];
    for link in consent.links.iter().take(LISTED) {
        let markets: Vec<&str> = link.markets.iter().map(faam_spec::name::MarketId::as_str).collect();
        let often = match link.times {
            0 | 1 => words::once_at(lang, when(link.at)),
            more => words::often_last(lang, number(lang, more), when(link.at)),
        };
        let (name, did) = (foreign(&link.name, MAX_NAME_BYTES), short_name(&link.did));
        out.push(bullet("*", &words::link(lang, name, did, often, markets.join(", ")), width, 4));
    }
    if consent.links.len() > LISTED {
        out.push(wrap(&words::more_in_log(lang, consent.links.len() - LISTED), width, 4));
    }
    out
}
