//! Milestones in words.

use super::{Metric, Milestone, Threshold, threshold};
use crate::words::{Lang, number};

crate::sentences! {
    one_rating() "at least 1 rating" "minstens 1 beoordeling";
    ratings(n) "at least {n} ratings, one from each counterparty" "minstens {n} beoordelingen, van elke tegenpartij één";
    counterparties(n) "at least {n} different counterparties" "minstens {n} verschillende tegenpartijen";
    mean(n) "a mean rating of at least {n} of 1000" "een gemiddelde beoordeling van minstens {n} van de 1000";
    recent_mean(n) "a mean rating of at least {n} of 1000 over the last 12 months" "een gemiddelde beoordeling van minstens {n} van de 1000 over de laatste 12 maanden";
    one_recent() "at least 1 rating in the last 12 months" "minstens 1 beoordeling in de laatste 12 maanden";
    recent(n) "at least {n} ratings in the last 12 months" "minstens {n} beoordelingen in de laatste 12 maanden";
    first_days(n) "first rated at least {n} days ago" "minstens {n} dagen geleden voor het eerst beoordeeld";
    first_year() "first rated at least a year ago" "minstens een jaar geleden voor het eerst beoordeeld";
    first_years(n) "first rated at least {n} years ago" "minstens {n} jaar geleden voor het eerst beoordeeld";
    low(n) "at most {n} % of ratings in the lower half of the scale" "hooguit {n}% van de beoordelingen in de onderste helft van de schaal";
    withdrawn(n) "ratings withdrawn by or for at most {n} % of counterparties" "van hooguit {n}% van de tegenpartijen een beoordeling ingetrokken";
    held_days(n) "held in the same wallet for at least {n} days" "minstens {n} dagen in dezelfde wallet";
    held_year() "held in the same wallet for at least a year" "minstens een jaar in dezelfde wallet";
    held_years(n) "held in the same wallet for at least {n} years" "minstens {n} jaar in dezelfde wallet";
    no_dispute() "no open dispute" "geen betwiste beoordeling";
}

impl Milestone {
    /// The milestone as a sentence's part for people, such as "at least 50 ratings, one from each counterparty".
    #[must_use]
    pub fn plain_words(self) -> String {
        self.plain_words_in(Lang::En)
    }

    /// As [`Milestone::plain_words`], in a language.
    #[must_use]
    pub fn plain_words_in(self, lang: Lang) -> String {
        use Threshold::{AtLeast, AtMostPercent, Days, Years};
        let (metric, step) = self.place();
        match (metric, threshold(metric, step)) {
            (Metric::Count, Some(AtLeast(1))) => one_rating(lang),
            (Metric::Count, Some(AtLeast(n))) => ratings(lang, number(lang, n)),
            (Metric::Counterparties, Some(AtLeast(n))) => counterparties(lang, number(lang, n)),
            (Metric::Mean, Some(AtLeast(n))) => mean(lang, number(lang, n)),
            (Metric::RecentMean, Some(AtLeast(n))) => recent_mean(lang, number(lang, n)),
            (Metric::RecentCount, Some(AtLeast(1))) => one_recent(lang),
            (Metric::RecentCount, Some(AtLeast(n))) => recent(lang, number(lang, n)),
            (Metric::Tenure, Some(Days(n))) => first_days(lang, n),
            (Metric::Tenure, Some(Years(1))) => first_year(lang),
            (Metric::Tenure, Some(Years(n))) => first_years(lang, n),
            (Metric::LowShare, Some(AtMostPercent(n))) => low(lang, n),
            (Metric::WithdrawnShare, Some(AtMostPercent(n))) => withdrawn(lang, n),
            (Metric::Bound, Some(Days(n))) => held_days(lang, n),
            (Metric::Bound, Some(Years(1))) => held_year(lang),
            (Metric::Bound, Some(Years(n))) => held_years(lang, n),
            (Metric::Disputes, _) => no_dispute(lang),
            _ => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_milestone_has_words_of_its_own_in_both_languages() {
        assert_eq!(crate::words::faults(ALL), [""; 0]);
        for lang in Lang::ALL {
            let all: std::collections::BTreeSet<String> =
                Milestone::all().map(|milestone| milestone.plain_words_in(*lang)).collect();
            assert_eq!(all.len(), super::super::MILESTONES);
            assert!(all.iter().all(|words| words.contains(' ')));
        }
    }
}
