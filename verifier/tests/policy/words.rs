//! Decisions in sentences, in each language.

use faam_spec::decision::{DecisionDocument, Grade, NoticeKind, StatedNotice};
use faam_spec::reason::Reason;
use faam_verifier::{Lang, explain_in};
use serde_json::Value;

use crate::world::answer;

const ONE: (&str, &str) = ("presentation", "presentation-2-no-ratings");
const TWO: (&str, &str) = ("presentation", "presentation-2-two-markets");
const PRIVATE: (&str, &str) = ("presentation", "presentation-25-private-four");

#[track_caller]
fn lacks_nothing(told: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(told.contains(sentence), "{told}\n\nlacks: {sentence}");
    }
}

#[test]
fn an_acceptance_is_said_in_dutch() {
    let mut one = answer(ONE.0, ONE.1).under("name = \"Verhuur\"\n[on]\nwithdrawn = \"note\"");
    let facts = &one.facts[0];
    assert_eq!(facts.grade, Grade::IssuerSigned);
    one.notices.push(StatedNotice {
        issuer: facts.issuer.clone(),
        market: facts.market.clone(),
        what: NoticeKind::NewOwner,
        from: "2026-05-01".parse().unwrap(),
        sentence: String::new(),
    });
    let (market, issuer) = (facts.market.to_string(), facts.issuer.to_string());
    let told = explain_in(&one, None, Lang::Nl);
    lacks_nothing(
        &told,
        &[
            "Aangenomen.\n",
            "  Volgens het beleid \"Verhuur\".",
            "  Vermeld: Er zijn meer beoordelingen ingetrokken dan het beleid toelaat. [policy.withdrawn; facts[0].numbers.withdrawn]",
            &format!("  {market} verklaart, voor tijdvak 2026-47 (het huidige):"),
            &format!("    Ondertekend door {issuer} ("),
            "; de handtekening klopt.",
            "    4 beoordelingen van 4 mensen, gemiddeld 562 van de 1000 (klassen ",
            " van slechtst naar best), van ",
            "    1 ingetrokken, ",
            " aan deze wallet gekoppeld.",
            "    0 van de 4 beoordelingen getoond; de 4 andere zijn zo verdeeld: ",
            &format!("  Aangekondigd: {market} heeft sinds 1 mei 2026 een andere eigenaar."),
            "  Steunt op het tijdvakbericht ",
            " november 2026 om ",
            "meegebracht door de houder).",
            "  Te onthouden: 1 tijdvakbericht en 0 statuslijsten.",
            "  Valt hier niet onder: Een marktplaats die liegt, valt niet door de mand met haar eigen handtekening.",
        ],
    );
    let private = explain_in(&answer(PRIVATE.0, PRIVATE.1).under(""), None, Lang::Nl);
    lacks_nothing(
        &private,
        &[
            ", in de rol ",
            "Bewezen uit wat did:",
            "minstens ",
            "Schuilnaam ",
            "Verder is er van het grootboek niets getoond.",
        ],
    );
    let two = explain_in(&answer(TWO.0, TWO.1).under(""), None, Lang::Nl);
    lacks_nothing(
        &two,
        &["Dat dit alles van dezelfde houder is, is niet bewezen; het is naast elkaar gezet, niet opgeteld."],
    );
}

/// What of a text is the same in every language: codes, names and places in brackets.
fn bracketed(told: &str) -> Vec<String> {
    told.split('[').skip(1).filter_map(|rest| rest.split(']').next()).map(str::to_owned).collect()
}

//= spec/text/decision.md#REQ-DEC-11
//= type=test
//# A decision in sentences MUST say the same in every language, with foreign text made safe to show in each.
#[test]
fn a68_each_language_says_as_much_and_plays_no_tricks() {
    const NASTY: &str = "x\u{1b}[31m\u{202e}dab\u{200b}\u{7}";
    let documents: Vec<DecisionDocument> = [
        (ONE, "[on]\nwithdrawn = 'note'"),
        (TWO, ""),
        (PRIVATE, ""),
        (ONE, "[standing]\nratings_at_least = 9\nmean_at_least = 900"),
        (ONE, "[newcomer]\nbelow = 9\n[standing]\nratings_at_least = 9"),
    ]
    .into_iter()
    .map(|((folder, name), policy)| answer(folder, name).under(policy))
    .collect();
    for mut document in documents {
        let said = |document: &DecisionDocument, lang| explain_in(document, None, lang);
        let (en, nl) = (said(&document, Lang::En), said(&document, Lang::Nl));
        assert_eq!(en.lines().count(), nl.lines().count(), "{en}\n{nl}");
        assert_eq!(bracketed(&en), bracketed(&nl));
        for (en, nl) in en.lines().zip(nl.lines()) {
            assert_ne!(en, nl, "there is no line without a word");
        }

        document.policy = Some(NASTY.to_owned());
        document.sources.iter_mut().for_each(|source| {
            source.name = NASTY.to_owned();
            source.kind = NASTY.to_owned();
        });
        document.reasons.iter_mut().chain(&mut document.notes).for_each(|reason| {
            (reason.at, reason.party, reason.sentence) =
                (NASTY.to_owned(), NASTY.to_owned(), NASTY.to_owned());
        });
        document.facts.iter_mut().for_each(|facts| facts.epoch = NASTY.to_owned());
        document.private.iter_mut().for_each(|facts| facts.epoch = NASTY.to_owned());
        for lang in Lang::ALL {
            let told = explain_in(&document, Some(NASTY), *lang);
            assert!(!told.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{7}']), "{told}");
            assert!(told.contains("x\\u{1b}[31m\\u{202e}dab"), "{told}");
        }
    }
}

/// A document that came from elsewhere has no say in what its codes mean.
#[test]
fn sentences_are_those_of_the_codes() {
    let mut refused = answer(ONE.0, ONE.1).under("[standing]\nratings_at_least = 9");
    refused.reasons[0].sentence = "All is well.".to_owned();
    for lang in Lang::ALL {
        let told = explain_in(&refused, None, *lang);
        assert!(
            told.contains(Reason::PolicyRatings.sentence_in(*lang)) && !told.contains("All is well"),
            "{told}"
        );
    }
}

//= spec/text/decision.md#REQ-DEC-10
//= type=test
//# `grade` MUST be what the verifier computed, and never what an answer says of itself.
#[test]
fn the_grade_is_the_verifiers() {
    for (folder, name) in [ONE, TWO, PRIVATE] {
        let accepted = answer(folder, name).under("");
        let grades: Vec<Grade> = accepted
            .facts
            .iter()
            .map(|of| of.grade)
            .chain(accepted.private.iter().map(|of| of.grade))
            .collect();
        assert!(!grades.is_empty() && grades.iter().all(|grade| *grade == Grade::IssuerSigned));
        // An answer that states one is not even read.
        let mut stating = answer(folder, name);
        let mut presentation: Value = serde_json::from_slice(&stating.bytes).unwrap();
        presentation["grade"] = "issuer_signed".into();
        stating.bytes = presentation.to_string().into_bytes();
        assert_eq!(stating.under("").reasons[0].code, Reason::Malformed);
    }
}
