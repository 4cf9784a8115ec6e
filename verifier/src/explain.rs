//! Decisions in sentences, in the reader's language.

use faam_spec::decision::{DecisionDocument, LedgerFacts, Outcome, PrivateFacts, SourceAge, StatedReason};
use faam_spec::limits::MAX_SHOWN_BYTES;
use faam_spec::name::shown;
use faam_spec::words::{Lang, day, moment, number};

/// The sentences; the places of foreign text get it made safe.
mod said {
    faam_spec::sentences! {
        accepted() "Accepted." "Aangenomen.";
        refused() "Refused." "Geweigerd.";
        undecided() "Undecided: something is missing that may yet be had." "Niet beslist: er ontbreekt iets dat er nog kan komen.";
        again() " Trying again may help." " Opnieuw proberen kan helpen.";
        by_policy(policy) "By the policy \"{policy}\"." "Volgens het beleid \"{policy}\".";
        noted(reason) "Noted: {reason}" "Vermeld: {reason}";
        announced(notice) "Announced: {notice}" "Aangekondigd: {notice}";
        not_covered(limit) "Not covered: {limit}" "Valt hier niet onder: {limit}";
        states(market, epoch, age) "{market} states, for epoch {epoch}{age}:" "{market} verklaart, voor tijdvak {epoch}{age}:";
        states_of_role(market, epoch, age, role) "{market} states, for epoch {epoch}{age}, in the role {role}:" "{market} verklaart, voor tijdvak {epoch}{age}, in de rol {role}:";
        signed(issuer, issued) "Signed by {issuer} ({issued}); the signature verifies." "Ondertekend door {issuer} ({issued}); de handtekening klopt.";
        proven(issuer) "Proven from what {issuer} signed; the proof verifies." "Bewezen uit wat {issuer} ondertekende; het bewijs klopt.";
        numbers(ratings, people, mean, bands, first, last) "{ratings} by {people}, mean {mean} of 1000 (bands {bands}), {first} to {last}." "{ratings} van {people}, gemiddeld {mean} van de 1000 (klassen {bands}), van {first} t/m {last}.";
        unrated() "no ratings yet: unrated, which is neither good nor bad." "nog geen beoordelingen: niet beoordeeld, en dat is niet goed en niet slecht.";
        taken_back(withdrawn, corrected, disputed, bound) "{withdrawn} withdrawn, {corrected} corrected, {disputed} under dispute; bound to this wallet since {bound}." "{withdrawn} ingetrokken, {corrected} verbeterd, {disputed} betwist; sinds {bound} aan deze wallet gekoppeld.";
        complete(shown) "All {shown} ratings asked for were shown: none is left out." "Alle {shown} gevraagde beoordelingen zijn getoond: er ontbreekt er geen.";
        part(shown, all, others, bands) "{shown} of {all} ratings shown; the {others} others are distributed {bands}." "{shown} van de {all} beoordelingen getoond; de {others} andere zijn zo verdeeld: {bands}.";
        bands(a, b, c, d, e) "{a} / {b} / {c} / {d} / {e} from worst to best" "{a} / {b} / {c} / {d} / {e} van slechtst naar best";
        pseudonym(pseudonym) "Pseudonym {pseudonym}: the same each time here for this ledger and wallet, and another one elsewhere." "Schuilnaam {pseudonym}: hier elke keer dezelfde voor dit grootboek en deze wallet, en elders een andere.";
        no_more() "Nothing else of the ledger was shown." "Verder is er van het grootboek niets getoond.";
        current() " (the current one)" " (het huidige)";
        previous() " (the previous one)" " (het vorige)";
        epochs_ago(n) " ({n} epochs ago; nothing newer of it is known here)" " ({n} tijdvakken geleden; iets nieuwers is hier niet bekend)";
        rests_on(what, name, issued, age, from) "Rests on {what} {name} of {issued} ({age}, {from})." "Steunt op {what} {name} van {issued} ({age}, {from}).";
        the_record() "the epoch record" "het tijdvakbericht";
        the_list() "the status list" "de statuslijst";
        known_here() "known here" "hier bekend";
        brought() "brought by the holder" "meegebracht door de houder";
        in_the_future() "in the future" "in de toekomst";
        old(age) "{age} old" "{age} oud";
        remember(records, lists) "To remember: {records} and {lists}." "Te onthouden: {records} en {lists}.";
        conflict() "Two records that contradict each other come with this decision: keep both, they are evidence." "Bij deze beslissing horen twee berichten die elkaar tegenspreken: bewaar ze allebei, ze zijn bewijs.";
    }
}

mod counted {
    faam_spec::counts! {
        ratings "rating" "ratings" "beoordeling" "beoordelingen";
        people "person" "people" "persoon" "mensen";
        minutes "minute" "minutes" "minuut" "minuten";
        hours "hour" "hours" "uur" "uur";
        days "day" "days" "dag" "dagen";
        records "epoch record" "epoch records" "tijdvakbericht" "tijdvakberichten";
        lists "status list" "status lists" "statuslijst" "statuslijsten";
    }
}

/// A decision document in English sentences, a line each; foreign text in it is made safe to show.
#[must_use]
pub fn explain(document: &DecisionDocument) -> String {
    explain_in(document, None, Lang::En)
}

/// As [`explain`], with the [`Decision::hint`](crate::Decision::hint) that came with it.
#[must_use]
pub fn explain_with(document: &DecisionDocument, hint: Option<&str>) -> String {
    explain_in(document, hint, Lang::En)
}

/// As [`explain_with`], in a language. What stands for a code is said by the code: the sentences of the document are not repeated, so
/// that a document that came from elsewhere puts no words into this verifier's mouth.
//= spec/text/decision.md#REQ-DEC-11
//# A decision in sentences MUST say the same in every language, with foreign text made safe to show in each.
#[must_use]
pub fn explain_in(document: &DecisionDocument, hint: Option<&str>, lang: Lang) -> String {
    let mut lines = vec![match document.outcome {
        Outcome::Accepted => said::accepted(lang),
        Outcome::Refused => said::refused(lang),
        Outcome::Undecided => said::undecided(lang),
    }];
    let mut line = |text: String| lines.push(format!("  {text}"));
    for reason in &document.reasons {
        let again = if reason.retryable { said::again(lang) } else { String::new() };
        line(format!(
            "{} [{}; {}; {}]{again}",
            reason.code.sentence_in(lang),
            reason.code.code(),
            safe(&reason.at),
            safe(&reason.party)
        ));
    }
    if let Some(policy) = &document.policy {
        line(said::by_policy(lang, safe(policy)));
    }
    for StatedReason { code, at, .. } in &document.notes {
        let note = format!("{} [{}; {}]", code.sentence_in(lang), code.code(), safe(at));
        line(said::noted(lang, note));
    }
    if let Some(hint) = hint {
        line(shown(hint, MAX_HINT_BYTES));
    }
    for facts in &document.facts {
        of_ledger(facts, lang).into_iter().for_each(&mut line);
    }
    for facts in &document.private {
        of_private(facts, lang).into_iter().for_each(&mut line);
    }
    for notice in &document.notices {
        line(said::announced(lang, notice.what.sentence_in(&notice.market, notice.from, lang)));
    }
    for source in &document.sources {
        line(of_source(source, lang));
    }
    let (records, lists) = (document.remember.records.len(), document.remember.status.len());
    if records + lists > 0 {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        line(said::remember(
            lang,
            counted::records(lang, count(records)),
            counted::lists(lang, count(lists)),
        ));
    }
    if !document.conflict.is_empty() {
        line(said::conflict(lang));
    }
    for limit in &document.not_covered {
        line(said::not_covered(lang, limit.code.sentence_in(lang)));
    }
    lines.join("\n")
}

/// Longest hint that is shown, in bytes: a long DID, and many roles.
const MAX_HINT_BYTES: usize = 2_000;

//= spec/text/README.md#REQ-GEN-22
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
fn safe(text: &str) -> String {
    shown(text, MAX_SHOWN_BYTES)
}

fn of_ledger(facts: &LedgerFacts, lang: Lang) -> Vec<String> {
    let numbers = &facts.numbers;
    let all = &numbers.total.all;
    let n = |value: u64| number(lang, value);
    let on = |of: Option<_>| of.map_or_else(|| "?".to_owned(), |of| day(lang, of));
    let mut lines = vec![said::signed(lang, safe(facts.issuer.as_str()), moment(lang, facts.issued))];
    lines.push(match all.mean {
        Some(mean) => said::numbers(
            lang,
            counted::ratings(lang, all.ratings),
            counted::people(lang, all.counterparties),
            mean,
            bands(&all.histogram, lang),
            on(all.first),
            on(all.last),
        ),
        None => said::unrated(lang),
    });
    lines.push(said::taken_back(
        lang,
        n(numbers.withdrawn),
        n(numbers.corrected),
        n(numbers.disputed),
        day(lang, facts.bound),
    ));
    let shown_count = n(u64::try_from(facts.shown.len()).unwrap_or(u64::MAX));
    lines.push(match facts.complete {
        true => said::complete(lang, shown_count),
        false => said::part(
            lang,
            shown_count,
            n(all.ratings),
            n(facts.not_shown),
            bands(&facts.not_shown_histogram, lang),
        ),
    });
    let first = said::states(lang, &facts.market, safe(&facts.epoch), epochs(facts.epochs_old, lang));
    under(first, lines)
}

/// Such as "bitcoin-alpha states, for epoch 2026-47 (the current one), in the role trader: at least 50 ratings, …".
fn of_private(facts: &PrivateFacts, lang: Lang) -> Vec<String> {
    let words: Vec<String> =
        facts.milestones.iter().map(|milestone| milestone.plain_words_in(lang)).collect();
    let (epoch, age) = (safe(&facts.epoch), epochs(facts.epochs_old, lang));
    under(
        said::states_of_role(lang, &facts.market, epoch, age, &facts.role),
        vec![
            said::proven(lang, safe(facts.issuer.as_str())),
            format!("{}.", words.join("; ")),
            said::no_more(lang),
            said::pseudonym(lang, facts.pseudonym),
        ],
    )
}

fn under(first: String, lines: Vec<String>) -> Vec<String> {
    [first].into_iter().chain(lines.into_iter().map(|line| format!("  {line}"))).collect()
}

fn of_source(source: &SourceAge, lang: Lang) -> String {
    let what = match source.kind.as_str() {
        "epoch_record" => said::the_record(lang),
        "status_list" => said::the_list(lang),
        other => safe(other),
    };
    let from = if source.from == "known" { said::known_here(lang) } else { said::brought(lang) };
    said::rests_on(
        lang,
        what,
        safe(&source.name),
        moment(lang, source.issued),
        age(source.age_seconds, lang),
        from,
    )
}

fn bands(histogram: &[u64; 5], lang: Lang) -> String {
    let [a, b, c, d, e] = histogram.map(|count| number(lang, count));
    said::bands(lang, a, b, c, d, e)
}

fn epochs(old: u64, lang: Lang) -> String {
    match old {
        0 => said::current(lang),
        1 => said::previous(lang),
        n => said::epochs_ago(lang, number(lang, n)),
    }
}

fn age(seconds: i64, lang: Lang) -> String {
    let passed = seconds.unsigned_abs();
    match seconds {
        s if s < 0 => said::in_the_future(lang),
        s if s < 7200 => said::old(lang, counted::minutes(lang, passed / 60)),
        s if s < 172_800 => said::old(lang, counted::hours(lang, passed / 3600)),
        _ => said::old(lang, counted::days(lang, passed / 86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(faam_spec::words::faults(said::ALL), [""; 0]);
    }

    #[test]
    fn ages_are_said_in_the_unit_that_people_would_take() {
        let ages = [-1, 0, 60, 7199, 7200, 172_799, 172_800, 864_000_000];
        let said = |lang| ages.map(|seconds| age(seconds, lang));
        assert_eq!(
            said(Lang::En),
            [
                "in the future",
                "0 minutes old",
                "1 minute old",
                "119 minutes old",
                "2 hours old",
                "47 hours old",
                "2 days old",
                "10000 days old"
            ]
        );
        assert_eq!(
            said(Lang::Nl),
            [
                "in de toekomst",
                "0 minuten oud",
                "1 minuut oud",
                "119 minuten oud",
                "2 uur oud",
                "47 uur oud",
                "2 dagen oud",
                "10.000 dagen oud"
            ]
        );
    }
}
