//! Pages about reason codes (`spec/text/codes`): read, found by a name that is nearly right, laid out for a terminal.

use serde_json::{Value, json};

use super::{Lang, distance};
use crate::reason::{Party, Reason};

crate::sentences! {
    all_codes() "All codes, by family. For a page about one: explain CODE" "Alle codes, per familie. Voor een bladzijde over één: explain CODE";
    concerns(party, name) "concerns: {party} ({name})" "betreft: {party} ({name})";
    exit_status(number, name) "exit status: {number} ({name})" "exitstatus: {number} ({name})";
    or_undecided(status) "{status}, or 4 (undecided) where a policy leaves it open" "{status}, of 4 (undecided) waar een beleid het open laat";
    may_help() "trying again may help" "opnieuw proberen kan helpen";
    no_help() "trying again does not help" "opnieuw proberen helpt niet";
    what() "What happened" "Wat er gebeurde";
    causes() "Usual causes" "Gewone oorzaken";
    todo() "What to do" "Wat te doen";
    example() "Example" "Voorbeeld";
    specified() "Specified in" "Vastgelegd in";
    the_holder() "the wallet or its holder" "de wallet of de houder";
    the_issuer() "the market that signed" "de marktplaats die ondertekende";
    the_verifier() "the one who asks" "de verzoeker";
    the_network() "the way between" "de weg ertussen";
    this_machine() "this machine" "deze machine";
    unknown(code) "There is no code '{code}'. explain alone lists them all." "Er is geen code '{code}'. explain alleen somt ze allemaal op.";
    unknown_near(code, near) "There is no code '{code}'. Did you mean {near}?" "Er is geen code '{code}'. Bedoelde u {near}?";
}

/// Who does something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The holder of a wallet.
    Holder,
    /// The engineer of a marketplace that asks.
    Marketplace,
    /// Whoever runs a node.
    Operator,
}

impl Who {
    const ALL: [Self; 3] = [Self::Holder, Self::Marketplace, Self::Operator];

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Marketplace => "marketplace",
            Self::Operator => "operator",
        }
    }

    /// The name for people, as the pages have it.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Holder, Lang::En) => "Holder",
            (Self::Marketplace, Lang::En) => "Marketplace",
            (Self::Operator, Lang::En) => "Operator",
            (Self::Holder, Lang::Nl) => "Houder",
            (Self::Marketplace, Lang::Nl) => "Marktplaats",
            (Self::Operator, Lang::Nl) => "Beheerder",
        }
    }
}

/// A page about one code, in one language: what happened, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    reason: Reason,
    lang: Lang,
    /// What happened, in a paragraph.
    pub what: &'static str,
    /// The usual causes.
    pub causes: Vec<&'static str>,
    /// What each of the people concerned can do.
    pub todo: Vec<(Who, &'static str)>,
    /// A typical case.
    pub example: &'static str,
    /// Where it is specified: pages of `spec/text`, with the requirement or heading.
    pub specified: Vec<&'static str>,
}

impl Page {
    /// The page about a code.
    #[must_use]
    pub fn of(reason: Reason, lang: Lang) -> Self {
        let mut parts = reason.page(lang).split("\n## ").skip(1).map(|part| {
            let (_, body) = part.split_once('\n').unwrap_or_default();
            body.trim()
        });
        // That every page has these five parts, in this order, is held by a test.
        let mut next = || parts.next().unwrap_or_default();
        let (what, causes, todo, example, specified) = (next(), next(), next(), next(), next());
        let items = |text: &'static str| text.lines().filter_map(|line| line.strip_prefix("* "));
        Self {
            reason,
            lang,
            what,
            causes: items(causes).collect(),
            todo: items(todo)
                .filter_map(|item| {
                    let (label, does) = item.split_once(": ")?;
                    Who::ALL.into_iter().find(|who| who.label(lang) == label).map(|who| (who, does))
                })
                .collect(),
            example,
            specified: specified
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split_once(')'))
                .map(|(target, _)| target.trim_start_matches("../"))
                .collect(),
        }
    }

    /// The code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The page for a terminal, in lines of at most `width` columns.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let (lang, reason) = (self.lang, self.reason);
        let mut out = format!("{}\n", reason.code());
        out.push_str(&wrapped(reason.sentence_in(lang), width, "  ", "  "));
        let again = if reason.retryable() { may_help(lang) } else { no_help(lang) };
        let status = exit_status(lang, reason.exit().code(), reason.exit().name());
        let status = if may_be_open(reason) { or_undecided(lang, status) } else { status };
        let facts = [concerns(lang, party(reason.party(), lang), reason.party().name()), status, again];
        out.push_str(&wrapped(&facts.join("; "), width, "  ", "  "));
        let mut part = |title: String, items: &mut dyn Iterator<Item = String>, mark: &str| {
            out.push_str(&format!("\n{title}\n"));
            for item in items {
                out.push_str(&wrapped(
                    &item,
                    width,
                    &format!("  {mark}"),
                    &format!("  {}", " ".repeat(mark.len())),
                ));
            }
        };
        let plain = |text: &&str| text.replace('`', "");
        part(what(lang), &mut [self.what].iter().map(plain), "");
        part(causes(lang), &mut self.causes.iter().map(plain), "* ");
        let does = |(who, does): &(Who, &'static str)| format!("{}: {}", who.label(lang), plain(does));
        part(todo(lang), &mut self.todo.iter().map(does), "* ");
        part(example(lang), &mut [self.example].iter().map(plain), "");
        part(specified(lang), &mut self.specified.iter().map(|at| format!("spec/text/{at}")), "");
        out
    }

    fn json(&self) -> Value {
        let todo = self.todo.iter().map(|(who, does)| json!({"who": who.name(), "do": does}));
        json!({
            "what": self.what, "causes": self.causes, "todo": todo.collect::<Vec<_>>(), "example": self.example,
            "specified": self.specified,
        })
    }
}

/// Whether it is a policy that says whether the reason refuses or leaves undecided; the exit status is that of a refusal.
const fn may_be_open(reason: Reason) -> bool {
    use Reason::{PolicyDisputed, PolicyMarkets, PolicyNotice, PolicyStale, PolicyUnrated, PolicyWithdrawn};
    matches!(
        reason,
        PolicyDisputed | PolicyMarkets | PolicyNotice | PolicyStale | PolicyUnrated | PolicyWithdrawn
    )
}

fn party(party: Party, lang: Lang) -> String {
    match party {
        Party::Holder => the_holder(lang),
        Party::Issuer => the_issuer(lang),
        Party::Verifier => the_verifier(lang),
        Party::Network => the_network(lang),
        Party::Here => this_machine(lang),
    }
}

/// What `explain` of a program tells: for people and for programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Lines for a terminal; each ends in a line feed.
    pub text: String,
    /// The same as JSON (`spec/schemas/explain.schema.json`).
    pub data: Value,
}

/// The page about a code, the codes of a family such as `policy` or `invalid.key_binding`, or without either all codes.
///
/// # Errors
/// A sentence for people that names the codes most like it. The code that was given is foreign text, and not made safe in it.
pub fn explain(code: Option<&str>, lang: Lang, width: usize) -> Result<Explained, String> {
    let facts = |reason: &Reason| {
        json!({
            "code": reason.code(), "sentence": reason.sentence_in(lang), "party": reason.party().name(),
            "exit": reason.exit().code(), "retryable": reason.retryable(),
        })
    };
    if let Some(reason) = code.and_then(Reason::from_code) {
        let page = Page::of(reason, lang);
        let mut one = facts(&reason);
        if let Some(members) = one.as_object_mut() {
            members.insert("page".to_owned(), page.json());
        }
        return Ok(Explained { text: page.text(width), data: json!({"lang": lang.tag(), "codes": [one]}) });
    }
    let named: Vec<Reason> = match code {
        None => Reason::ALL.to_vec(),
        Some(code) => Reason::ALL.iter().filter(|reason| is_of_family(**reason, code)).copied().collect(),
    };
    if named.is_empty() {
        let code = code.unwrap_or_default();
        let near: Vec<String> = near(code).iter().map(|reason| reason.code().to_owned()).collect();
        return Err(match near.is_empty() {
            true => unknown(lang, code),
            false => unknown_near(lang, code, super::list(lang, &near, super::Join::Or)),
        });
    }
    let mut text = if code.is_none() { format!("{}\n", all_codes(lang)) } else { String::new() };
    let mut families: Vec<&str> = Vec::new();
    for reason in &named {
        if !families.contains(&family(*reason)) {
            families.push(family(*reason));
        }
    }
    for name in families {
        if code.is_none() {
            text.push_str(&format!("\n{name}\n"));
        }
        for reason in named.iter().filter(|reason| family(**reason) == name) {
            text.push_str(&format!("  {}\n", reason.code()));
            text.push_str(&wrapped(reason.sentence_in(lang), width, "      ", "      "));
        }
    }
    let codes: Vec<Value> = named.iter().map(facts).collect();
    Ok(Explained { text, data: json!({"lang": lang.tag(), "codes": codes}) })
}

fn family(reason: Reason) -> &'static str {
    reason.code().split('.').next().unwrap_or_default()
}

/// Whether the code begins with those parts.
fn is_of_family(reason: Reason, parts: &str) -> bool {
    reason.code().strip_prefix(parts).is_some_and(|rest| rest.starts_with('.'))
}

/// The codes that are most like a name, at most five, the nearest first: those that it is a part of, and those that few
/// letters make of it.
#[must_use]
pub fn near(name: &str) -> Vec<Reason> {
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() || name.len() > super::MAX_COMPARED {
        return Vec::new();
    }
    let apart = |reason: &Reason| {
        let code = reason.code();
        let whole = distance(&name, code);
        let part = code.split('.').map(|part| distance(&name, part) + 1).min();
        let within = (name.len() > 2 && code.contains(&name)).then_some(1);
        [Some(whole), part, within].into_iter().flatten().min().unwrap_or(whole)
    };
    let most = (name.chars().count() / 4 + 1).min(4);
    let mut all: Vec<(usize, Reason)> = Reason::ALL.iter().map(|reason| (apart(reason), *reason)).collect();
    all.retain(|(apart, _)| *apart <= most);
    all.sort();
    all.into_iter().take(5).map(|(_, reason)| reason).collect()
}

/// `text` in lines of at most `width` columns, the first begun with `first`, the others with `rest`; each ends in a line feed.
fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut out = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            out.push_str(&line);
            out.push('\n');
            line = rest.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push_str(&line);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(super::super::faults(ALL), [""; 0]);
    }

    #[test]
    fn a_page_fits_its_width_and_says_all() {
        for reason in Reason::ALL {
            for lang in Lang::ALL {
                for width in [40, 80] {
                    let text = Page::of(*reason, *lang).text(width);
                    assert!(text.starts_with(reason.code()) && !text.contains('`'), "{text}");
                    let fits = |line: &str| line.chars().count() <= width || !line.trim_start().contains(' ');
                    assert!(text.lines().all(|line| fits(line) || line.starts_with("  * ")), "{text}");
                }
            }
        }
        let text = Page::of(Reason::NonceUsed, Lang::Nl).text(80);
        assert!(text.contains("betreft: de wallet of de houder (holder); exitstatus: 3 (refused)"), "{text}");
        assert!(
            Page::of(Reason::PolicyUnrated, Lang::En)
                .text(80)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains("exit status: 3 (refused), or 4 (undecided) where a policy leaves it open"),
        );
        assert!(
            text.contains("Dit verzoek is al beantwoord.")
                && text.contains("spec/text/verifying.md#req-verify-12")
        );
    }

    #[test]
    fn a_name_that_is_nearly_right_leads_to_the_code() {
        let first = |name| near(name).first().map(|reason| reason.code());
        assert_eq!(first("request.usd"), Some("request.used"));
        assert_eq!(first("nonce"), Some("invalid.key_binding.nonce"));
        assert_eq!(first("Trust.Untrusted"), Some("trust.untrusted"));
        assert_eq!(first("invalid.keybinding.nonce"), Some("invalid.key_binding.nonce"));
        assert_eq!(near("zzzzzzzz"), []);
        assert_eq!(near(&"a".repeat(100_000)), []);
        assert!(near("policy").len() <= 5);
    }

    #[test]
    fn a_family_is_listed_and_an_unknown_code_is_not_explained() {
        let family = explain(Some("invalid.key_binding"), Lang::En, 80).unwrap();
        assert_eq!(family.data["codes"].as_array().unwrap().len(), 8);
        let all = explain(None, Lang::Nl, 80).unwrap();
        assert_eq!(all.data["codes"].as_array().unwrap().len(), Reason::ALL.len());
        assert_eq!(all.text.matches("\nnet\n").count(), 1);
        assert_eq!(
            explain(Some("request.usd"), Lang::En, 80).unwrap_err(),
            "There is no code 'request.usd'. Did you mean request.used or request.mode?"
        );
        assert!(explain(Some("zzzzzzzz"), Lang::Nl, 80).unwrap_err().contains("somt ze allemaal op"));
        assert!(explain(Some(""), Lang::En, 80).is_err() && explain(Some("invalid."), Lang::En, 80).is_err());
    }
}
