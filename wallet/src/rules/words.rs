//! A rule in a sentence.

use faam_spec::limits::MAX_CLIENT_ID_BYTES;
use faam_spec::name::shown;

use super::{Per, Rule, Then};
use crate::consent::in_words;
use crate::text::{count, foreign, short_name};

impl Rule {
    /// What it says, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut who = match self.verifiers.is_empty() {
            true => "whoever asks".to_owned(),
            false => self.verifiers.iter().map(short_name).collect::<Vec<_>>().join(" or "),
        };
        if self.unsaid {
            who.push_str(", without saying why");
        }
        if self.known {
            who.push_str(", if they were shown as much before");
        }
        if self.few {
            who.push_str(", where few share what would be shown");
        }
        if self.excess {
            who.push_str(", who asks for more than most purposes need");
        }
        if !self.purposes.is_empty() {
            let words: Vec<String> = self
                .purposes
                .iter()
                .map(|words| format!("“{}”", foreign(words, MAX_CLIENT_ID_BYTES)))
                .collect();
            who.push_str(&format!(", for a purpose with {}", words.join(" or ")));
        }
        if let Some(days) = self.retention_days_at_most {
            who.push_str(&format!(", to keep it for {} at most", count(days.into(), "day")));
        }
        if let Some(days) = self.retention_days_over {
            who.push_str(&format!(", to keep it for more than {}", count(days.into(), "day")));
        }
        let what = match self.then {
            Then::Answer => self.shows(),
            Then::Ask | Then::Refuse => self.is_about(),
        };
        let mut sentence = match self.then {
            Then::Answer => format!("Shows {what} to {who}."),
            Then::Ask => format!("Asks you about {who}{what}."),
            Then::Refuse => format!("Refuses {who}{what}."),
        };
        if let Some(persona) = &self.persona {
            sentence.push_str(&format!(" Under “{persona}” alone."));
        }
        if let Some(until) = self.until {
            sentence.push_str(&format!(" Until {until}."));
        }
        sentence
    }

    fn of_what(&self) -> String {
        let mut of = String::new();
        if !self.markets.is_empty() {
            let markets: Vec<&str> = self.markets.iter().map(|market| market.as_str()).collect();
            of.push_str(&format!(" of {}", markets.join(" or ")));
        }
        if !self.roles.is_empty() {
            let roles: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
            of.push_str(&format!(" as {}", roles.join(" or ")));
        }
        of
    }

    fn often(&self, before: &str) -> String {
        let per = match self.per.unwrap_or(Per::Month) {
            Per::Day => "a day",
            Per::Week => "a week",
            Per::Month => "a month",
        };
        self.times
            .map(|times| format!(", {before} {} {per}", count(times.into(), "time")))
            .unwrap_or_default()
    }

    fn shows(&self) -> String {
        let mut what = Vec::new();
        if self.standing {
            what.push("your standing".to_owned());
        }
        if let Some(most) = self.ratings_at_most {
            let mut ratings = format!("up to {}", count(most.into(), "rating"));
            if !self.disclose.is_empty() {
                let parts: Vec<String> = self.disclose.iter().map(|name| in_words(name)).collect();
                ratings.push_str(&format!(" with {}", parts.join(", ")));
            }
            what.push(ratings);
        }
        if !self.milestones.is_empty() {
            let steps: Vec<String> = self.milestones.iter().map(|step| step.plain_words()).collect();
            what.push(format!("milestones up to {}", steps.join(", ")));
        }
        format!("{}{}{}", what.join(", "), self.of_what(), self.often("at most"))
    }

    fn is_about(&self) -> String {
        let mut about = String::new();
        if self.standing {
            about.push_str(", for a plain standing");
        }
        if let Some(over) = self.ratings_over {
            about.push_str(&format!(", for more than {} or all of them", count(over.into(), "rating")));
        }
        if !self.disclosing.is_empty() {
            let parts: Vec<String> = self.disclosing.iter().map(|name| in_words(name)).collect();
            about.push_str(&format!(", for {} of ratings", parts.join(" or ")));
        }
        let of = self.of_what();
        if !of.is_empty() {
            about.push_str(&format!(",{of}"));
        }
        about.push_str(&self.often("if they asked at least"));
        shown(&about, MAX_CLIENT_ID_BYTES)
    }
}
