//! The consent as text.

use faam_spec::ledger::Numbers;
use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES, MAX_WEB_ADDRESS_BYTES};
use faam_spec::scale::Scale;
use faam_spec::time::Timestamp;
use serde_json::Value;

use super::{Consent, LedgerConsent, PrivateConsent, RatingConsent, in_words};
use crate::passport::Band;
use crate::passport::render::{label, mean, people};
use crate::text::{bullet, count, foreign, number, short_did, short_name, wrap};

/// Most ratings that are listed one by one; all are in the JSON form.
const LISTED: usize = 20;
/// Most bytes of a foreign text in a list.
const LINE: usize = 200;

pub(super) fn text(consent: &Consent, width: usize, when: &dyn Fn(Timestamp) -> String) -> String {
    let mut out = Vec::new();
    let asking = &consent.verifier;
    let asks = match consent.private.is_empty() {
        true => "asks to see ratings that you hold.",
        false => "asks you to prove milestones, and to show no rating.",
    };
    out.push(wrap(&format!("“{}” {asks}", foreign(&asking.name, MAX_NAME_BYTES)), width, 0));
    out.push(String::new());
    let mut member = |name: &str, value: &str| out.push(labelled(name, value, width));
    if let Some(persona) = &consent.persona {
        member("Under", &format!("“{persona}”"));
    }
    member("Who", asking.did.as_str());
    member("How known", &asking.authenticated);
    if let Some(peer) = &asking.peer {
        member("Answer to", &peer.to_string());
    }
    if let Some(post) = &asking.post {
        member("Answer to", &foreign(post, MAX_WEB_ADDRESS_BYTES));
    }
    //= spec/text/openid4vp.md#REQ-VP-12
    //# and a wallet MUST say so
    match consent.terms_unsaid {
        true => {
            member("Why", "NOT SAID");
            member("Kept for", "NOT SAID");
        }
        false => {
            member("Why", &format!("“{}”", foreign(&consent.purpose, MAX_PURPOSE_BYTES)));
            member("Kept for", &count(u64::from(consent.retention_days), "day"));
        }
    }
    match &consent.terms {
        Some(terms) => member("Terms", &foreign(terms, MAX_PURPOSE_BYTES)),
        None => member("Terms", "none given"),
    }
    member("Answer by", &when(consent.answer_until));
    for ledger in &consent.ledgers {
        out.push(String::new());
        out.push(wrap(&format!("WHAT THEY LEARN FROM {}", ledger.market), width, 0));
        out.extend(learned(ledger, width));
    }
    for part in &consent.private {
        out.push(String::new());
        out.push(wrap(&format!("WHAT THEY LEARN FROM {}", part.market), width, 0));
        out.extend(proven(part, width));
    }
    section(&mut out, "WHAT THEY DO NOT LEARN", &consent.not_learned, "-", width);
    out.push(String::new());
    out.push("WHAT IT CAN BE LINKED WITH".to_owned());
    match consent.private.as_slice() {
        [] => out.push(bullet("-", &consent.group, width, 2)),
        parts => out.extend(parts.iter().flat_map(|part| shared(part, width, when))),
    }
    out.extend(links(consent, width, when));
    if !consent.warnings.is_empty() {
        section(&mut out, "CONSIDER", &consent.warnings, "!", width);
    }
    out.push(String::new());
    out.push(labelled("Approval", &format!("{} (what --approve takes)", consent.approve), width));
    out.push(wrap("What was shown once cannot be called back.", width, 0));
    out.join("\n")
}

pub(super) fn in_short(consent: &Consent) -> String {
    let several = consent.ledgers.len() > 1;
    let parts: Vec<String> = consent
        .ledgers
        .iter()
        .map(|ledger| {
            let shown = u64::try_from(ledger.ratings.len()).unwrap_or(u64::MAX);
            let standing = "the whole standing";
            let what = match (ledger.parts.len() > 1, ledger.complete) {
                (false, _) => standing.to_owned(),
                (true, false) => format!("{} and {standing}", count(shown, "rating")),
                (true, true) if shown == 1 => format!("the only rating and {standing}"),
                (true, true) => format!("all {shown} ratings and {standing}"),
            };
            if several { format!("{what} of {}", ledger.market) } else { what }
        })
        .collect();
    let private = consent.private.iter().map(|part| {
        let milestones = u64::try_from(part.milestones.len()).unwrap_or(u64::MAX);
        format!("proof of {} of {} as {}", count(milestones, "milestone"), part.market, part.role)
    });
    let parts: Vec<String> = parts.into_iter().chain(private).collect();
    let (name, parts) = (foreign(&consent.verifier.name, MAX_NAME_BYTES), parts.join("; "));
    if consent.terms_unsaid {
        return format!("“{name}” asks for {parts}, and does not say why or for how long.");
    }
    let days = count(u64::from(consent.retention_days), "day");
    format!("“{name}” asks for {parts}, kept for {days}.")
}

fn labelled(name: &str, value: &str, width: usize) -> String {
    bullet(&format!("{name:<10}"), value, width, 0)
}

fn section(out: &mut Vec<String>, title: &str, lines: &[String], mark: &str, width: usize) {
    out.push(String::new());
    out.push(title.to_owned());
    out.extend(lines.iter().map(|line| bullet(mark, line, width, 2)));
}

fn learned(ledger: &LedgerConsent, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let all = &ledger.numbers;
    let issuer = format!("Whose word it is: the issuer {}.", short_did(&ledger.issuer));
    out.push(bullet("-", &issuer, width, 2));
    let standing = format!("The market's standing of epoch {}, with all of its numbers:", ledger.epoch);
    out.push(bullet("-", &standing, width, 2));
    for figures in &ledger.figures {
        let (whose, span) = match &figures.role {
            None => ("all roles".to_owned(), &all.total),
            Some(role) => (format!("as {role}"), all.roles.get(role).unwrap_or(&all.total)),
        };
        let native = figures.scale.zip(figures.native_hundredths);
        let text = numbers(&span.all, native, &figures.bands);
        out.push(bullet("*", &format!("{whose}: {text}"), width, 4));
        let text = numbers(&span.recent, None, &figures.recent_bands);
        out.push(bullet("*", &format!("{whose}, last 12 months: {text}"), width, 4));
    }
    let marks =
        format!("{} withdrawn, {} corrected, {} disputed", all.withdrawn, all.corrected, all.disputed);
    out.push(bullet("*", &marks, width, 4));
    let mut say = |text: String| out.push(bullet("-", &text, width, 2));
    say(format!(
        "The ledger's name and your key for it, the same in each presentation, bound to this wallet since {}.",
        ledger.bound
    ));
    let shown = u64::try_from(ledger.ratings.len()).unwrap_or(u64::MAX);
    if ledger.parts.len() > 1 {
        let which = if ledger.complete { ", all of those asked for" } else { "" };
        let roles: Vec<&str> = ledger.roles.iter().map(faam_spec::name::Role::as_str).collect();
        let roles = if roles.is_empty() { String::new() } else { format!(" as {}", roles.join(" or ")) };
        say(format!(
            "{shown} of {}{roles}{which}, with: {}.",
            count(ledger.of, "rating"),
            ledger.parts.iter().skip(1).map(|name| in_words(name)).collect::<Vec<_>>().join(", ")
        ));
    }
    match ledger.ratings.iter().filter(|rating| rating.corrects.is_some()).count() {
        0 => {}
        1 => say("That one of them is a correction, and of which earlier rating.".to_owned()),
        more => say(format!("That {more} of them are corrections, and of which earlier ratings.")),
    }
    for rating in ledger.ratings.iter().take(LISTED) {
        out.push(bullet("*", &one(rating), width, 4));
    }
    if ledger.ratings.len() > LISTED {
        let more = ledger.ratings.len() - LISTED;
        out.push(wrap(&format!("… and {more} more; --json lists each."), width, 4));
    }
    out
}

fn proven(part: &PrivateConsent, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |text: String| out.push(bullet("-", &text, width, 2));
    say(format!("Whose word it is: the issuer {}.", short_did(&part.issuer)));
    say(format!("What the market says of you as {}, in its epoch {}:", part.role, part.epoch));
    for told in &part.milestones {
        let before = match told.before {
            None => String::new(),
            Some(before) if before == told.milestone => "; they were shown this before".to_owned(),
            Some(before) => format!("; they were shown {before} before, which says more"),
        };
        out.push(bullet("*", &format!("{} ({}){before}", told.words, told.milestone), width, 4));
    }
    let mut say = |text: String| out.push(bullet("-", &text, width, 2));
    say(format!(
        "A pseudonym, by which this verifier and nobody else recognises you later: {}.",
        if part.known { "it knows it already" } else { "it has not seen it yet" }
    ));
    if !part.shown_before.is_empty() {
        say("Under this pseudonym they were shown, at most:".to_owned());
    }
    for before in &part.shown_before {
        let text = format!("as {}: {} ({})", before.role, before.milestone.plain_words(), before.milestone);
        out.push(bullet("*", &text, width, 4));
    }
    out
}

/// How many share it, and what the market could tell by times and by marks.
fn shared(part: &PrivateConsent, width: usize, when: &dyn Fn(Timestamp) -> String) -> [String; 2] {
    let compared = match part.compared {
        Some(at) => format!("compared with what others see {}", when(at)),
        None => "not compared with what others see".to_owned(),
    };
    let copy = format!("Your copy from {}: renewed {}, {compared}.", part.market, when(part.renewed));
    [bullet("-", &part.group(), width, 2), bullet("-", &copy, width, 2)]
}

fn one(rating: &RatingConsent) -> String {
    let mut text = format!(
        "{}: {} ({} to {})",
        number(rating.index),
        rating.value,
        rating.scale.min(),
        rating.scale.max()
    );
    text.push_str(&format!(" as {}", rating.role));
    if let Some(earlier) = rating.corrects {
        text.push_str(&format!(", a correction of {}", number(earlier)));
    }
    for (name, value) in &rating.disclosed {
        text.push_str(&format!("; {name}: {}", value_text(value)));
    }
    if let Some(reply) = &rating.reply {
        let day = rating.reply_day.map(|day| format!(" of {day}")).unwrap_or_default();
        text.push_str(&format!("; your reply{day}: “{}”", foreign(reply, LINE)));
    }
    text
}

/// A disclosed value as text for a terminal.
fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{}”", foreign(text, LINE)),
        Value::Null => "nothing was said".to_owned(),
        other => foreign(&other.to_string(), LINE),
    }
}

fn numbers(numbers: &Numbers, native: Option<(Scale, i64)>, bands: &[Band]) -> String {
    let (Some(first), Some(last)) = (numbers.first, numbers.last) else {
        return "no ratings".to_owned();
    };
    let bands: Vec<String> =
        bands.iter().map(|band| format!("{} in {}", band.ratings, label(band))).collect();
    format!(
        "{} from {}{}; from best to worst: {}; since {first}, last on {last}",
        count(numbers.ratings, "rating"),
        people(numbers.counterparties),
        mean(native, numbers.mean),
        bands.join(", ")
    )
}

fn links(consent: &Consent, width: usize, when: &dyn Fn(Timestamp) -> String) -> Vec<String> {
    let (none, some) = match consent.private.is_empty() {
        true => (
            "You have not shown these ledgers to anybody yet.",
            "Whoever has these numbers from before recognises you, and so may who was shown milestones of these ledgers. Shown before, the one or the other, to:",
        ),
        false => (
            "This verifier was shown nothing under this pseudonym before, and others know you by other ones.",
            "This verifier, and nobody else, recognises you by the pseudonym from what you showed it before:",
        ),
    };
    if consent.links.is_empty() {
        return vec![bullet("-", none, width, 2)];
    }
    let mut out = vec![bullet("-", some, width, 2)];
    for link in consent.links.iter().take(LISTED) {
        let markets: Vec<&str> = link.markets.iter().map(faam_spec::name::MarketId::as_str).collect();
        let text = format!(
            "“{}” ({}) {}: {}",
            foreign(&link.name, MAX_NAME_BYTES),
            short_name(&link.did),
            match link.times {
                0 | 1 => format!("at {}", when(link.at)),
                more => format!("{more} times, last at {}", when(link.at)),
            },
            markets.join(", ")
        );
        out.push(bullet("*", &text, width, 4));
    }
    if consent.links.len() > LISTED {
        out.push(wrap(&format!("… and {} more; see `faam log`.", consent.links.len() - LISTED), width, 4));
    }
    out
}
