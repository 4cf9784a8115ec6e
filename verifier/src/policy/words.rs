//! A policy said back in plain sentences.

use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::name::shown;

use super::{Action, IssuerGone, Newcomer, On, Policy, PrivateNeeds, RatingNeeds, StandingNeeds, Unsure};

impl Policy {
    /// What it asks and does, in English sentences, for people; safe to show.
    #[must_use]
    pub fn explain(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(name) = &self.name {
            said.push(format!("This is the policy \"{}\".", shown(name, MAX_NAME_BYTES)));
        }
        said.push(self.of_markets());
        if self.markets.at_least > 1 {
            said.push(
                "Each of them is judged alone and nothing is added across them: that they are of one person is not proven."
                    .to_owned(),
            );
        }
        if let Some(standing) = &self.standing {
            said.push(standing.words());
            said.push(self.newcomer.unwrap_or_default().words(standing));
        }
        said.extend(self.ratings.as_ref().map(RatingNeeds::words));
        said.extend(self.private.as_ref().map(PrivateNeeds::words));
        if self.standing.is_none() && self.ratings.is_none() && self.private.is_none() {
            said.push("It asks nothing of what is shown but that it verifies.".to_owned());
        }
        said.push(self.of_age());
        said.extend(self.on.words());
        said
    }

    fn of_markets(&self) -> String {
        let count = self.markets.at_least;
        let named: Vec<String> = self.markets.of.iter().map(|market| format!("{market}")).collect();
        match (named.as_slice(), count) {
            ([], 1) => "Something must be shown of any market that is believed.".to_owned(),
            ([], n) => format!("Something must be shown of {n} different markets that are believed."),
            ([one], _) => format!("Something must be shown of the market {one}."),
            (all, n) if usize::try_from(n) == Ok(all.len()) => {
                format!("Something must be shown of each of the markets {}.", and(all, "and"))
            }
            (all, 1) => format!("Something must be shown of one of the markets {}.", and(all, "or")),
            (all, n) => format!("Something must be shown of any {n} of the markets {}.", and(all, "and")),
        }
    }

    fn of_age(&self) -> String {
        let standing = match self.standing_max_epochs {
            Some(0) => "A standing must be of the current epoch".to_owned(),
            Some(1) | None => "A standing must be of the current or the previous epoch".to_owned(),
            Some(n) => format!("A standing may be {n} epochs old"),
        };
        let gone = match self.issuer_gone {
            IssuerGone::Undecided => "; of a market that fell silent nothing is decided",
            IssuerGone::LastKnown => {
                "; of a market that fell silent its last word is taken, if it was seen here before"
            }
        };
        let list = format!(" A status list may be {} old.", lasting(self.status_max_age));
        format!("{standing}{gone}.{list}")
    }
}

impl StandingNeeds {
    fn words(&self) -> String {
        let of = self.role.as_ref().map_or_else(String::new, |role| format!(" as {role}"));
        let time = if self.recent { " in the last twelve months" } else { "" };
        let mut parts = Vec::new();
        if self.ratings_at_least > 0 {
            parts.push(format!("at least {}", count(self.ratings_at_least, "rating", "ratings")));
        }
        if self.people_at_least > 0 {
            parts.push(format!("by at least {} different people", self.people_at_least));
        }
        if self.mean_at_least > 0 {
            parts.push(format!("a mean of at least {} of 1000", self.mean_at_least));
        }
        if let Some(percent) = self.lowest_at_most_percent {
            parts.push(format!("at most {percent} % of them in the lowest band"));
        }
        if self.days_at_least > 0 {
            parts.push(format!("the first at least {} ago", count(self.days_at_least.into(), "day", "days")));
        }
        if parts.is_empty() {
            return format!("The person must have been rated{of}{time}.");
        }
        format!("The market must state of the person{of}{time}: {}.", and(&parts, "and"))
    }
}

impl Newcomer {
    fn words(self, standing: &StandingNeeds) -> String {
        let time = if standing.recent { " in the last twelve months" } else { "" };
        let who = match self.below {
            1 => format!("Who has no ratings there{time}"),
            n => format!("Who has fewer than {n} ratings there{time}"),
        };
        let then = match self.then {
            Unsure::Undecided => "is left undecided",
            Unsure::Refuse => "is refused",
        };
        format!("{who} is a newcomer: unrated, which is neither good nor bad, and {then} as such.")
    }
}

impl RatingNeeds {
    fn words(&self) -> String {
        let of = self.role.as_ref().map_or_else(String::new, |role| format!(" as {role}"));
        let mut said = match (self.complete, self.at_least) {
            (true, 0) => format!("With each standing every rating{of} must be shown"),
            (true, n) => format!("With each standing every rating{of} must be shown, and at least {n}"),
            (false, n) => {
                format!(
                    "With each standing at least {}{of} must be shown",
                    count(n.into(), "rating", "ratings")
                )
            }
        };
        if !self.disclose.is_empty() {
            let parts: Vec<String> = self.disclose.iter().cloned().collect();
            said.push_str(&format!(", with {} of each", and(&parts, "and")));
        }
        said.push('.');
        said
    }
}

impl PrivateNeeds {
    fn words(&self) -> String {
        let of = self.role.as_ref().map_or_else(String::new, |role| format!(" as {role}"));
        let all: Vec<String> = self.milestones.as_slice().iter().map(|one| one.plain_words()).collect();
        format!(
            "The person must prove{of}, and tell no more than: {}. Who cannot is not told from who will not.",
            and(&all, "and")
        )
    }
}

impl On {
    fn words(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.withdrawn != Action::Accept {
            let over = match self.withdrawn_over_percent {
                0 => "If any rating was withdrawn".to_owned(),
                n => format!("If more than {n} % of all ratings ever given were withdrawn"),
            };
            said.push(format!("{over}, {}.", done(self.withdrawn)));
        }
        if self.disputed != Action::Accept {
            let over = match self.disputed_over {
                0 => "If any rating is under dispute".to_owned(),
                n => format!("If more than {} under dispute", count(n, "rating is", "ratings are")),
            };
            said.push(format!("{over}, {}.", done(self.disputed)));
        }
        said.push(format!("If something is older than that, {}.", unsure(self.stale)));
        said.push(format!("If a status list or an issuer's key is not known, {}.", unsure(self.unknown)));
        said.push(format!("If a market's records contradict each other, {}.", unsure(self.contested)));
        for (what, action) in [("has another owner", self.new_owner), ("is closed", self.closed)] {
            if action != Action::Accept {
                said.push(format!("If it was announced that the market {what}, {}.", done(action)));
            }
        }
        said
    }
}

const fn done(action: Action) -> &'static str {
    match action {
        Action::Accept => "nothing is made of it",
        Action::Note => "the decision notes it",
        Action::Undecided => "nothing is decided",
        Action::Refuse => "the answer is refused",
    }
}

const fn unsure(unsure: Unsure) -> &'static str {
    match unsure {
        Unsure::Undecided => done(Action::Undecided),
        Unsure::Refuse => done(Action::Refuse),
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn lasting(seconds: i64) -> String {
    match seconds {
        s if s > 0 && s % 86_400 == 0 => count(s.unsigned_abs() / 86_400, "day", "days"),
        s if s > 0 && s % 3600 == 0 => count(s.unsigned_abs() / 3600, "hour", "hours"),
        s => count(s.unsigned_abs(), "second", "seconds"),
    }
}

/// Such as "a, b and c".
fn and(all: &[String], word: &str) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}
