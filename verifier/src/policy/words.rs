//! A policy said back in plain sentences, in the reader's language.

use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::name::{Role, shown};
use faam_spec::words::{Join, Lang, list, number};

use super::{Action, IssuerGone, Newcomer, On, Policy, PrivateNeeds, RatingNeeds, StandingNeeds, Unsure};

/// The sentences and their parts.
mod said {
    faam_spec::sentences! {
        name(name) "This is the policy \"{name}\"." "Dit is het beleid \"{name}\".";
        alone() "Each of them is judged alone and nothing is added across them: that they are of one person is not proven." "Elk daarvan wordt op zichzelf beoordeeld en er wordt niets opgeteld: dat ze van één persoon zijn, is niet bewezen.";
        nothing() "It asks nothing of what is shown but that it verifies." "Het vraagt van wat getoond wordt alleen dat het klopt.";
        any_market() "Something must be shown of any market that is believed." "Er moet iets getoond worden van een marktplaats die geloofd wordt.";
        any_markets(n) "Something must be shown of {n} different markets that are believed." "Er moet iets getoond worden van {n} verschillende marktplaatsen die geloofd worden.";
        one_market(market) "Something must be shown of the market {market}." "Er moet iets getoond worden van de marktplaats {market}.";
        each_market(markets) "Something must be shown of each of the markets {markets}." "Er moet iets getoond worden van elk van de marktplaatsen {markets}.";
        one_of(markets) "Something must be shown of one of the markets {markets}." "Er moet iets getoond worden van een van de marktplaatsen {markets}.";
        some_of(n, markets) "Something must be shown of any {n} of the markets {markets}." "Er moet iets getoond worden van {n} van de marktplaatsen {markets}, om het even welke.";
        age_now() "A standing must be of the current epoch" "Een overzicht moet van het huidige tijdvak zijn";
        age_previous() "A standing must be of the current or the previous epoch" "Een overzicht moet van het huidige of het vorige tijdvak zijn";
        age_most(n) "A standing may be {n} epochs old" "Een overzicht mag {n} tijdvakken oud zijn";
        age(standing, gone, list) "{standing}; {gone}. A status list may be {list} old." "{standing}; {gone}. Een statuslijst mag {list} oud zijn.";
        gone_undecided() "of a market that fell silent nothing is decided" "over een marktplaats die stilviel, wordt niets beslist";
        gone_last_known() "of a market that fell silent its last word is taken, if it was seen here before" "van een marktplaats die stilviel, geldt het laatste woord, als dat hier eerder gezien is";
        as_role(role) " as {role}" " als {role}";
        recently() " in the last twelve months" " in de laatste twaalf maanden";
        at_least(what) "at least {what}" "minstens {what}";
        by_people(people) "by at least {people} different people" "van minstens {people} verschillende mensen";
        mean(mean) "a mean of at least {mean} of 1000" "een gemiddelde van minstens {mean} van de 1000";
        lowest(percent) "at most {percent} % of them in the lowest band" "hooguit {percent}% ervan in de laagste klasse";
        first_ago(days) "the first at least {days} ago" "de eerste minstens {days} geleden";
        rated(role, time) "The person must have been rated{role}{time}." "De persoon moet beoordeeld zijn{role}{time}.";
        states(role, time, parts) "The market must state of the person{role}{time}: {parts}." "De marktplaats moet over de persoon{role}{time} verklaren: {parts}.";
        no_ratings(time) "Who has no ratings there{time}" "Wie daar{time} geen beoordelingen heeft";
        fewer_ratings(n, time) "Who has fewer than {n} ratings there{time}" "Wie daar{time} minder dan {n} beoordelingen heeft";
        newcomer(who, done) "{who} is a newcomer: unrated, which is neither good nor bad, and {done} as such." "{who}, is een nieuwkomer: niet beoordeeld, en dat is niet goed en niet slecht; {done}.";
        left_undecided() "is left undecided" "daarover wordt niets beslist";
        is_refused() "is refused" "het antwoord wordt geweigerd";
        every_rating(role) "With each standing every rating{role} must be shown" "Bij elk overzicht moet elke beoordeling{role} getoond worden";
        every_rating_least(role, n) "With each standing every rating{role} must be shown, and at least {n}" "Bij elk overzicht moet elke beoordeling{role} getoond worden, en minstens {n}";
        some_ratings(ratings, role) "With each standing at least {ratings}{role} must be shown" "Bij elk overzicht moeten minstens {ratings}{role} getoond worden";
        one_rating(role) "With each standing at least 1 rating{role} must be shown" "Bij elk overzicht moet minstens 1 beoordeling{role} getoond worden";
        with_each(parts) ", with {parts} of each" ", met van elk {parts}";
        prove(role, milestones) "The person must prove{role}, and tell no more than: {milestones}. Who cannot is not told from who will not." "De persoon moet{role} bewijzen, en niet meer vertellen dan: {milestones}. Wie het niet kan, is niet te onderscheiden van wie het niet wil.";
        if_withdrawn(done) "If any rating was withdrawn, {done}." "Is er een beoordeling ingetrokken: {done}.";
        if_withdrawn_over(percent, done) "If more than {percent} % of all ratings ever given were withdrawn, {done}." "Is meer dan {percent}% van alle beoordelingen ooit ingetrokken: {done}.";
        if_disputed(done) "If any rating is under dispute, {done}." "Wordt er een beoordeling betwist: {done}.";
        if_disputed_over_one(done) "If more than 1 rating is under dispute, {done}." "Wordt er meer dan 1 beoordeling betwist: {done}.";
        if_disputed_over(n, done) "If more than {n} ratings are under dispute, {done}." "Worden er meer dan {n} beoordelingen betwist: {done}.";
        if_stale(done) "If something is older than that, {done}." "Is iets ouder dan dat: {done}.";
        if_unknown(done) "If a status list or an issuer's key is not known, {done}." "Is een statuslijst of een sleutel van een uitgever niet bekend: {done}.";
        if_contested(done) "If a market's records contradict each other, {done}." "Spreken berichten van een marktplaats elkaar tegen: {done}.";
        if_sold(done) "If it was announced that the market has another owner, {done}." "Is aangekondigd dat de marktplaats een andere eigenaar heeft: {done}.";
        if_closed(done) "If it was announced that the market is closed, {done}." "Is aangekondigd dat de marktplaats gesloten is: {done}.";
        done_nothing() "nothing is made of it" "dat verandert niets";
        done_note() "the decision notes it" "de beslissing vermeldt het";
        done_undecided() "nothing is decided" "er wordt niets beslist";
        done_refuse() "the answer is refused" "het antwoord wordt geweigerd";
    }
}

mod counted {
    faam_spec::counts! {
        ratings "rating" "ratings" "beoordeling" "beoordelingen";
        days "day" "days" "dag" "dagen";
        hours "hour" "hours" "uur" "uur";
        seconds "second" "seconds" "seconde" "seconden";
    }
}

impl Policy {
    /// What it asks and does, in English sentences, for people; safe to show.
    #[must_use]
    pub fn explain(&self) -> Vec<String> {
        self.explain_in(Lang::En)
    }

    /// As [`Policy::explain`], in a language.
    #[must_use]
    pub fn explain_in(&self, lang: Lang) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(name) = &self.name {
            told.push(said::name(lang, shown(name, MAX_NAME_BYTES)));
        }
        told.push(self.of_markets(lang));
        if self.markets.at_least > 1 {
            told.push(said::alone(lang));
        }
        if let Some(standing) = &self.standing {
            told.push(standing.words(lang));
            told.push(self.newcomer.unwrap_or_default().words(standing, lang));
        }
        told.extend(self.ratings.as_ref().map(|needs| needs.words(lang)));
        told.extend(self.kept_out(lang));
        told.extend(self.private.as_ref().map(|needs| needs.words(lang)));
        if self.standing.is_none() && self.ratings.is_none() && self.private.is_none() {
            told.push(said::nothing(lang));
        }
        told.push(self.of_age(lang));
        told.extend(self.on.words(lang));
        told
    }

    fn of_markets(&self, lang: Lang) -> String {
        let count = self.markets.at_least;
        let named: Vec<String> = self.markets.of.iter().map(|market| format!("{market}")).collect();
        match (named.as_slice(), count) {
            ([], 1) => said::any_market(lang),
            ([], n) => said::any_markets(lang, n),
            ([one], _) => said::one_market(lang, one),
            (all, n) if usize::try_from(n) == Ok(all.len()) => {
                said::each_market(lang, list(lang, all, Join::And))
            }
            (all, 1) => said::one_of(lang, list(lang, all, Join::Or)),
            (all, n) => said::some_of(lang, n, list(lang, all, Join::And)),
        }
    }

    fn of_age(&self, lang: Lang) -> String {
        let standing = match self.standing_max_epochs {
            Some(0) => said::age_now(lang),
            Some(1) | None => said::age_previous(lang),
            Some(n) => said::age_most(lang, number(lang, n)),
        };
        let gone = match self.issuer_gone {
            IssuerGone::Undecided => said::gone_undecided(lang),
            IssuerGone::LastKnown => said::gone_last_known(lang),
        };
        said::age(lang, standing, gone, lasting(self.status_max_age, lang))
    }
}

fn of_role(role: Option<&Role>, lang: Lang) -> String {
    role.map_or_else(String::new, |role| said::as_role(lang, role))
}

fn of_time(recent: bool, lang: Lang) -> String {
    if recent { said::recently(lang) } else { String::new() }
}

impl StandingNeeds {
    fn words(&self, lang: Lang) -> String {
        let (role, time) = (of_role(self.role.as_ref(), lang), of_time(self.recent, lang));
        let mut parts = Vec::new();
        if self.ratings_at_least > 0 {
            parts.push(said::at_least(lang, counted::ratings(lang, self.ratings_at_least)));
        }
        if self.people_at_least > 0 {
            parts.push(said::by_people(lang, number(lang, self.people_at_least)));
        }
        if self.mean_at_least > 0 {
            parts.push(said::mean(lang, self.mean_at_least));
        }
        if let Some(percent) = self.lowest_at_most_percent {
            parts.push(said::lowest(lang, percent));
        }
        if self.days_at_least > 0 {
            parts.push(said::first_ago(lang, counted::days(lang, self.days_at_least.into())));
        }
        match parts.is_empty() {
            true => said::rated(lang, role, time),
            false => said::states(lang, role, time, list(lang, &parts, Join::And)),
        }
    }
}

impl Newcomer {
    fn words(self, standing: &StandingNeeds, lang: Lang) -> String {
        let time = of_time(standing.recent, lang);
        let who = match self.below {
            1 => said::no_ratings(lang, time),
            n => said::fewer_ratings(lang, number(lang, n), time),
        };
        let then = match self.then {
            Unsure::Undecided => said::left_undecided(lang),
            Unsure::Refuse => said::is_refused(lang),
        };
        said::newcomer(lang, who, then)
    }
}

impl RatingNeeds {
    fn words(&self, lang: Lang) -> String {
        let role = of_role(self.role.as_ref(), lang);
        let mut told = match (self.complete, self.at_least) {
            (true, 0) => said::every_rating(lang, role),
            (true, n) => said::every_rating_least(lang, role, number(lang, n.into())),
            (false, 1) => said::one_rating(lang, role),
            (false, n) => said::some_ratings(lang, counted::ratings(lang, n.into()), role),
        };
        if !self.disclose.is_empty() {
            let parts: Vec<String> = self.disclose.iter().cloned().collect();
            told.push_str(&said::with_each(lang, list(lang, &parts, Join::And)));
        }
        told.push('.');
        told
    }
}

impl PrivateNeeds {
    fn words(&self, lang: Lang) -> String {
        let role = of_role(self.role.as_ref(), lang);
        let all: Vec<String> =
            self.milestones.as_slice().iter().map(|one| one.plain_words_in(lang)).collect();
        said::prove(lang, role, list(lang, &all, Join::And))
    }
}

impl On {
    fn words(&self, lang: Lang) -> Vec<String> {
        let mut told = Vec::new();
        if self.withdrawn != Action::Accept {
            let done = done(self.withdrawn, lang);
            told.push(match self.withdrawn_over_percent {
                0 => said::if_withdrawn(lang, done),
                n => said::if_withdrawn_over(lang, n, done),
            });
        }
        if self.disputed != Action::Accept {
            let done = done(self.disputed, lang);
            told.push(match self.disputed_over {
                0 => said::if_disputed(lang, done),
                1 => said::if_disputed_over_one(lang, done),
                n => said::if_disputed_over(lang, number(lang, n), done),
            });
        }
        told.push(said::if_stale(lang, unsure(self.stale, lang)));
        told.push(said::if_unknown(lang, unsure(self.unknown, lang)));
        told.push(said::if_contested(lang, unsure(self.contested, lang)));
        if self.new_owner != Action::Accept {
            told.push(said::if_sold(lang, done(self.new_owner, lang)));
        }
        if self.closed != Action::Accept {
            told.push(said::if_closed(lang, done(self.closed, lang)));
        }
        told
    }
}

fn done(action: Action, lang: Lang) -> String {
    match action {
        Action::Accept => said::done_nothing(lang),
        Action::Note => said::done_note(lang),
        Action::Undecided => said::done_undecided(lang),
        Action::Refuse => said::done_refuse(lang),
    }
}

fn unsure(unsure: Unsure, lang: Lang) -> String {
    done(unsure.into(), lang)
}

fn lasting(seconds: i64, lang: Lang) -> String {
    let whole = seconds.unsigned_abs();
    match seconds {
        s if s > 0 && s % 86_400 == 0 => counted::days(lang, whole / 86_400),
        s if s > 0 && s % 3600 == 0 => counted::hours(lang, whole / 3600),
        _ => counted::seconds(lang, whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(faam_spec::words::faults(said::ALL), [""; 0]);
    }

    /// Each way to say something is said in Dutch with the same numbers, and differs from every other.
    #[test]
    fn a_policy_is_said_back_in_dutch() {
        let text = "v = 0\nname = \"Verhuur\"\n[markets]\nof = [\"alpha\", \"beta\", \"gamma\"]\nat_least = 2\n[standing]\n\
                    role = \"seller\"\nrecent = true\nratings_at_least = 12000\npeople_at_least = 8\nmean_at_least = 875\n\
                    lowest_at_most_percent = 5\ndays_at_least = 90\n[newcomer]\nbelow = 3\nthen = \"refuse\"\n\
                    [on]\nwithdrawn = \"note\"\nwithdrawn_over_percent = 2\nclosed = \"refuse\"\n";
        let policy = Policy::parse(text).unwrap();
        let told = policy.explain_in(Lang::Nl).join("\n");
        for sentence in [
            "Dit is het beleid \"Verhuur\".",
            "Er moet iets getoond worden van 2 van de marktplaatsen alpha, beta en gamma, om het even welke.",
            "De marktplaats moet over de persoon als seller in de laatste twaalf maanden verklaren: minstens 12.000 beoordelingen, van minstens 8 verschillende mensen, een gemiddelde van minstens 875 van de 1000, hooguit 5% ervan in de laagste klasse en de eerste minstens 90 dagen geleden.",
            "Wie daar in de laatste twaalf maanden minder dan 3 beoordelingen heeft, is een nieuwkomer: niet beoordeeld, en dat is niet goed en niet slecht; het antwoord wordt geweigerd.",
            "Een overzicht moet van het huidige of het vorige tijdvak zijn; over een marktplaats die stilviel, wordt niets beslist. Een statuslijst mag 14 dagen oud zijn.",
            "Is meer dan 2% van alle beoordelingen ooit ingetrokken: de beslissing vermeldt het.",
            "Is aangekondigd dat de marktplaats gesloten is: het antwoord wordt geweigerd.",
        ] {
            assert!(told.contains(sentence), "{told}\nlacks {sentence}");
        }
        assert_eq!(policy.explain_in(Lang::Nl).len(), policy.explain().len());
    }
}
