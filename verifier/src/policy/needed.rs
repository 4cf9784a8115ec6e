//! The numbers of a policy that were not met, for whoever wrote it.

use faam_spec::decision::StatedReason;
use faam_spec::name::Role;
use faam_spec::reason::Reason;
use faam_spec::words::{Lang, number};

use super::{Policy, StandingNeeds};

mod said {
    faam_spec::sentences! {
        ratings(n, role, time) "The policy needs at least {n}{role}{time} (ratings_at_least)." "Het beleid vraagt minstens {n}{role}{time} (ratings_at_least).";
        people(n, role, time) "The policy needs ratings by at least {n} different people{role}{time} (people_at_least)." "Het beleid vraagt beoordelingen van minstens {n} verschillende mensen{role}{time} (people_at_least).";
        mean(n, role, time) "The policy needs a mean of at least {n} of 1000{role}{time} (mean_at_least)." "Het beleid vraagt een gemiddelde van minstens {n} van de 1000{role}{time} (mean_at_least).";
        lowest(n, role, time) "The policy takes at most {n} % of the ratings{role}{time} in the lowest band (lowest_at_most_percent)." "Het beleid neemt hooguit {n}% van de beoordelingen{role}{time} in de laagste klasse aan (lowest_at_most_percent).";
        days(n, role) "The policy needs the first rating{role} at least {n} ago (days_at_least)." "Het beleid vraagt dat de eerste beoordeling{role} minstens {n} geleden is (days_at_least).";
        newcomer(n, role, time) "The policy calls a newcomer who has fewer than {n}{role}{time} ([newcomer] below)." "Het beleid noemt nieuwkomer wie minder dan {n}{role}{time} heeft ([newcomer] below).";
        withdrawn(n) "The policy looks at it when more than {n} % of all ratings ever given were withdrawn (withdrawn_over_percent)." "Het beleid let erop als meer dan {n}% van alle beoordelingen ooit is ingetrokken (withdrawn_over_percent).";
        disputed(n) "The policy looks at it when more than {n} are under dispute (disputed_over)." "Het beleid let erop als er meer dan {n} betwist wordt (disputed_over).";
        markets(n) "The policy needs {n} ([markets] at_least)." "Het beleid vraagt er {n} ([markets] at_least).";
        epochs(n) "The policy takes standings that are at most {n} old (standing_max_epochs)." "Het beleid neemt overzichten aan die hooguit {n} oud zijn (standing_max_epochs).";
        as_role(role) " as {role}" " als {role}";
        recently() " in the last twelve months" " in de laatste twaalf maanden";
    }

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(faam_spec::words::faults(ALL), [""; 0]);
    }
}

mod counted {
    faam_spec::counts! {
        ratings "rating" "ratings" "beoordeling" "beoordelingen";
        days "day" "days" "dag" "dagen";
        markets "market" "different markets" "marktplaats" "verschillende marktplaatsen";
        epochs "epoch" "epochs" "tijdvak" "tijdvakken";
    }
}

impl Policy {
    /// The numbers behind `reasons`, each once, in sentences; none if there are none behind them.
    ///
    /// They say what the policy needs, and nothing of what the person has: that is told only by an acceptance.
    pub(crate) fn needed(&self, reasons: &[StatedReason], lang: Lang) -> Option<String> {
        let mut told: Vec<String> = Vec::new();
        for said in reasons.iter().filter_map(|stated| self.number_behind(stated, lang)) {
            if !told.contains(&said) {
                told.push(said);
            }
        }
        (!told.is_empty()).then(|| told.join(" "))
    }

    fn number_behind(&self, stated: &StatedReason, lang: Lang) -> Option<String> {
        let nothing = StandingNeeds::default();
        let needs = self.standing.as_ref().unwrap_or(&nothing);
        let role = needs.role.as_ref().map(|role: &Role| said::as_role(lang, role)).unwrap_or_default();
        let time = if needs.recent { said::recently(lang) } else { String::new() };
        Some(match stated.code {
            Reason::PolicyRatings => {
                said::ratings(lang, counted::ratings(lang, needs.ratings_at_least), role, time)
            }
            Reason::PolicyPeople => said::people(lang, number(lang, needs.people_at_least), role, time),
            Reason::PolicyMean => said::mean(lang, needs.mean_at_least, role, time),
            Reason::PolicyLow => said::lowest(lang, needs.lowest_at_most_percent.unwrap_or(100), role, time),
            Reason::PolicyTenure => said::days(lang, counted::days(lang, needs.days_at_least.into()), role),
            Reason::PolicyUnrated => {
                let below = self.newcomer.unwrap_or_default().below;
                said::newcomer(lang, counted::ratings(lang, below), role, time)
            }
            Reason::PolicyWithdrawn => said::withdrawn(lang, self.on.withdrawn_over_percent),
            Reason::PolicyDisputed => said::disputed(lang, counted::ratings(lang, self.on.disputed_over)),
            Reason::PolicyMarkets => {
                said::markets(lang, counted::markets(lang, self.markets.at_least.into()))
            }
            // Where `stale` refuses, the reason that follows says what was too old.
            Reason::PolicyStale if stated.at.ends_with(".epoch") => {
                said::epochs(lang, counted::epochs(lang, self.standing_max_epochs?))
            }
            _ => return None,
        })
    }
}
