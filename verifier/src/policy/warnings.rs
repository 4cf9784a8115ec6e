//! What a policy says that whoever wrote it may not have meant.

use faam_spec::name::Role;
use faam_spec::words::Lang;

use super::{Policy, Unsure};

mod said {
    faam_spec::sentences! {
        kept_out(ratings, role) "Who has fewer than {ratings}{role} cannot answer, because so many are asked for: such a person is never told apart as a newcomer, and nothing is heard of them." "Wie minder dan {ratings}{role} heeft, kan niet antwoorden, omdat er zo veel gevraagd worden: zo iemand wordt nooit als nieuwkomer herkend, en er wordt niets van die persoon vernomen.";
        as_role(role) " as {role}" " als {role}";
        advice() "To hear of newcomers, leave out at_least of [ratings], and ask for ratings in a second request." "Wilt u van nieuwkomers horen, laat dan at_least van [ratings] weg en vraag beoordelingen in een tweede verzoek.";
    }

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(faam_spec::words::faults(ALL), [""; 0]);
    }
}

mod counted {
    faam_spec::counts! {
        ratings "rating" "ratings" "beoordeling" "beoordelingen";
    }
}

impl Policy {
    /// What it says that can hardly be meant, in English sentences for whoever wrote it; safe to show. A policy that has some can be used
    /// all the same.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings_in(Lang::En)
    }

    /// As [`Policy::warnings`], in a language.
    #[must_use]
    pub fn warnings_in(&self, lang: Lang) -> Vec<String> {
        let kept_out = self.newcomer.and_then(|_| self.kept_out(lang));
        kept_out.into_iter().map(|said| format!("{said} {}", said::advice(lang))).collect()
    }

    /// Newcomers of whom nothing will be heard, if they are to be left undecided: where they are refused, hearing of them changes
    /// nothing.
    //= spec/text/policy.md#REQ-POLICY-21
    //# A program that says a policy back or checks it MUST say so where `at_least` of `[ratings]` keeps newcomers from
    //# answering
    pub(super) fn kept_out(&self, lang: Lang) -> Option<String> {
        let needs = self.ratings.as_ref().filter(|needs| needs.at_least > 0)?;
        let told_apart =
            self.standing.is_some() && self.newcomer.unwrap_or_default().then == Unsure::Undecided;
        told_apart.then(|| {
            let role = needs.role.as_ref().map(|role: &Role| said::as_role(lang, role)).unwrap_or_default();
            said::kept_out(lang, counted::ratings(lang, needs.at_least.into()), role)
        })
    }
}
