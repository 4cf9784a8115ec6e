//! Consent: what would be shown, to whom and why, and what they do not learn, before anything leaves.

mod asking;
mod excess;
mod personas;
mod private;
mod render;
mod words;

pub use excess::Excess;
use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::ledger::{Body, Kind, LedgerNumbers, Span, names};
use faam_spec::limits::MIN_GROUP;
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::PeerId;
use faam_spec::scale::Scale;
use faam_spec::time::{Day, Timestamp};
use faam_spec::words::{Join, Lang, list};
pub use private::{MilestoneConsent, PrivateConsent, ShownBefore};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::held::HeldLedger;
use crate::passport::{Band, bands, native};
use crate::persona::PersonaName;
use crate::persona::ties::Tie;
use crate::present::{Chosen, Part, Plan};
use crate::rules::Doubts;
use crate::text::short_did;
use crate::vault::{Happened, LogEntry, WhoAsked};

/// Everything that a person is told before they agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Consent {
    /// Digest of the request, as the log and the receipt have it.
    pub request: Hash,
    /// Digest of the request and of exactly what would be shown: what `--approve` takes ([`Plan::approval`]).
    pub approve: Hash,
    /// The persona under which it would be shown, where the wallet has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<PersonaName>,
    /// Other personas that this one could be tied to from then on; each is warned of in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ties: Vec<Tie>,
    /// Who asks.
    pub verifier: Asking,
    /// Why, in their words; empty if they did not say.
    pub purpose: String,
    /// For how many days they keep the answer, as they say; 0 if they did not.
    pub retention_days: u32,
    /// That they said neither why nor for how long.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub terms_unsaid: bool,
    /// Where their terms can be read.
    pub terms: Option<String>,
    /// Until when the request can be answered.
    pub answer_until: Timestamp,
    /// What would be shown of each ledger.
    pub ledgers: Vec<LedgerConsent>,
    /// What would be proven of private standings; there are no ledgers beside them.
    pub private: Vec<PrivateConsent>,
    /// What they do not learn.
    pub not_learned: Vec<String>,
    /// To whom something was shown before that this can be linked with.
    pub links: Vec<Linked>,
    /// How many others look the same.
    pub group: String,
    /// What to think of before agreeing.
    pub warnings: Vec<String>,
    /// In which ways more is asked than most purposes need; each is among the warnings too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excess: Vec<Excess>,
    /// In which language all this is.
    #[serde(skip)]
    lang: Lang,
}

/// Who asks, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asking {
    /// What they call themselves.
    pub name: String,
    /// Their DID, or how else they are named.
    pub did: Client,
    /// The peer that takes the answer; the signed request names it. None if the answer is posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<PeerId>,
    /// Where the answer is posted; the signed request names it. None if a peer takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// How they were authenticated.
    pub authenticated: String,
}

/// What would be shown of one ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerConsent {
    /// The market.
    pub market: MarketId,
    /// The issuer.
    pub issuer: Did,
    /// The ledger.
    pub ledger: LedgerId,
    /// What people call the epoch of the standing.
    pub epoch: String,
    /// How many epochs have begun since.
    pub epochs_old: u64,
    /// Since when the ledger is bound to this wallet.
    pub bound: Day,
    /// Every number that they learn.
    pub numbers: LedgerNumbers,
    /// The same for people, with figures on the market's own scale: first all roles, if there are several, then each.
    pub figures: Vec<Figures>,
    /// Names of what is shown of each rating.
    pub parts: Vec<String>,
    /// The ratings that would be shown.
    pub ratings: Vec<RatingConsent>,
    /// Of how many in all.
    pub of: u64,
    /// Whether they would be said to be all of the roles asked for.
    pub complete: bool,
    /// The roles asked for; any if empty.
    pub roles: Vec<Role>,
}

/// Figures of one role, or of all together, as the passport has them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The role; all if there is none.
    pub role: Option<Role>,
    /// The market's scale, if all ratings are on one.
    pub scale: Option<Scale>,
    /// Mean on that scale, in hundredths, rounded half up.
    pub native_hundredths: Option<i64>,
    /// Bands from best to worst.
    pub bands: Vec<Band>,
    /// The same of the last 12 months.
    pub recent_bands: Vec<Band>,
}

/// One rating that would be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatingConsent {
    /// Its index in the ledger.
    pub index: u64,
    /// What the entry is: a rating, or a correction of an earlier one; they learn which.
    pub kind: Kind,
    /// The index of the rating that it corrects; they learn it too.
    pub corrects: Option<u64>,
    /// The role.
    pub role: Role,
    /// The value on the market's scale.
    pub value: i64,
    /// That scale.
    pub scale: Scale,
    /// The value on the common scale.
    pub normal: u16,
    /// What would be disclosed beside it.
    pub disclosed: Map<String, Value>,
    /// Text of the reply that travels with it.
    pub reply: Option<String>,
    /// Day of that reply, which travels with it.
    pub reply_day: Option<Day>,
    /// Names of what is held of it and would not be disclosed.
    pub kept_back: Vec<String>,
}

/// A party that was shown something before that can be linked with this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    /// What they called themselves last.
    pub name: String,
    /// Their DID, or how else they are named.
    pub did: Client,
    /// When the last time was.
    pub at: Timestamp,
    /// How often.
    pub times: u64,
    /// Which markets' standings.
    pub markets: Vec<MarketId>,
}

impl Linked {
    /// Adds a presentation to `to`; they are added newest first, and each party is there once.
    fn add(links: &mut Vec<Self>, to: &WhoAsked, at: Timestamp, markets: Vec<MarketId>) {
        let same = links.iter_mut().find(|link| link.did.stable_part() == to.did.stable_part());
        match same {
            Some(link) => {
                link.times += 1;
                link.markets.extend(markets);
                link.markets.sort_unstable();
                link.markets.dedup();
            }
            None => links.push(Self { name: to.name.clone(), did: to.did.clone(), at, times: 1, markets }),
        }
    }
}

impl Consent {
    /// What would be shown by `plan`; `shown` are the log's presentations so far.
    #[must_use]
    pub fn new(plan: &Plan<'_>, shown: &[LogEntry], now: Timestamp) -> Self {
        Self::new_in(plan, shown, now, Lang::En)
    }

    /// As [`Consent::new`], in a language. What programs read is the English one.
    #[must_use]
    pub fn new_in(plan: &Plan<'_>, shown: &[LogEntry], now: Timestamp, lang: Lang) -> Self {
        let request = plan.request();
        let asked = request.request();
        let ledgers: Vec<LedgerConsent> =
            plan.parts().iter().map(|part| LedgerConsent::of(part, now)).collect();
        let verifier = &asked.verifier;
        let private: Vec<PrivateConsent> =
            plan.private().iter().map(|part| PrivateConsent::of(part, verifier, now, lang)).collect();
        let mut warnings = warnings(&ledgers, asked.ask.retention_days, plan, lang);
        warnings.splice(..0, asking::warnings(asked, lang));
        warnings.splice(..0, personas::warnings(plan, lang));
        warnings.extend(private::warnings(&private, (plan, shown, now), lang));
        let (excess, more) = excess::of(plan, shown, lang);
        warnings.extend(more);
        let (not_learned, links, group) = if private.is_empty() {
            warnings.extend(private::proven_before(&ledgers, verifier, shown, lang));
            (not_learned(&ledgers, lang), links(&ledgers, verifier, shown), words::recognised(lang))
        } else {
            let links = private::links(&private, verifier, shown);
            (private::not_learned(&private, verifier, shown, lang), links, private::group(&private, lang))
        };
        Self {
            request: request.digest(),
            approve: plan.approval(),
            persona: plan.named().cloned(),
            ties: plan.ties().to_vec(),
            verifier: Asking {
                name: asked.ask.name.clone(),
                did: asked.verifier.clone(),
                peer: asked.peer(),
                post: asked.post().map(|post| post.uri.as_str().to_owned()),
                authenticated: asking::authenticated(&asked.verifier, lang),
            },
            purpose: asked.ask.purpose.clone(),
            retention_days: asked.ask.retention_days,
            terms_unsaid: !asked.terms_said,
            terms: asked.ask.terms.clone(),
            answer_until: asked.expires,
            not_learned,
            warnings,
            excess,
            links,
            group,
            ledgers,
            private,
            lang,
        }
    }

    /// Markets whose epoch record was not compared with what others see: showing them needs a word of the holder of its own.
    //= spec/text/private.md#REQ-PRIVATE-16
    //# A wallet MUST compare the epoch record with one that it gets by another path, not telling who asks,
    //# before it shows anything of it
    #[must_use]
    pub fn not_compared(&self) -> Vec<&MarketId> {
        self.private.iter().filter(|part| part.compared.is_none()).map(|part| &part.market).collect()
    }

    /// What stands in the way of answering by a rule.
    #[must_use]
    pub fn doubts(&self) -> Doubts {
        let few = |part: &PrivateConsent| part.sharing < MIN_GROUP || part.bound < MIN_GROUP;
        let few = self.private.iter().any(few);
        let excess = self.excess.iter().any(|more| *more != Excess::ExactNumbers);
        let exact = self.excess.contains(&Excess::ExactNumbers);
        // Rules tell of these by themselves.
        let of: Vec<String> =
            self.ledgers.iter().map(|ledger| words::exact_numbers(self.lang, &ledger.market)).collect();
        let warnings = self.warnings.iter().filter(|warning| !of.contains(warning)).cloned().collect();
        Doubts { few, excess, exact, warnings }
    }

    /// The same as text for a terminal of `width` columns; times in UTC.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        self.to_text_with(width, &|moment| moment.to_string())
    }

    /// In one line: who asks for what, and for how long it is kept.
    #[must_use]
    pub fn in_short(&self) -> String {
        render::in_short(self)
    }

    /// As [`Consent::to_text`], with times written by `when`.
    #[must_use]
    pub fn to_text_with(&self, width: usize, when: &dyn Fn(Timestamp) -> String) -> String {
        render::text(self, width, when)
    }
}

impl LedgerConsent {
    fn of(part: &Part<'_>, now: Timestamp) -> Self {
        let held = part.held();
        let info = held.info();
        let query = part.query().ratings.as_ref();
        Self {
            market: info.market.clone(),
            issuer: info.issuer.clone(),
            ledger: info.ledger,
            epoch: held.standing().record().record().label(),
            epochs_old: held.epochs_old(now),
            bound: held.standing().statement().bound,
            numbers: held.numbers().clone(),
            figures: figures(held),
            parts: part.names(),
            ratings: part.ratings().iter().filter_map(|chosen| RatingConsent::of(part, chosen)).collect(),
            of: held.numbers().total.all.ratings,
            complete: part.complete(),
            roles: query.map(|query| query.roles.clone()).unwrap_or_default(),
        }
    }
}

fn figures(held: &HeldLedger) -> Vec<Figures> {
    let numbers = held.numbers();
    let of = |role: Option<&Role>, span: &Span| {
        let (scale, native_hundredths) = native(held, role, &span.all).unzip();
        Figures {
            role: role.cloned(),
            scale,
            native_hundredths,
            bands: bands(&span.all, scale),
            recent_bands: bands(&span.recent, scale),
        }
    };
    // The one role is all there is.
    let all = (numbers.roles.len() != 1).then(|| of(None, &numbers.total));
    all.into_iter().chain(numbers.roles.iter().map(|(role, span)| of(Some(role), span))).collect()
}

impl RatingConsent {
    fn of(part: &Part<'_>, chosen: &Chosen<'_>) -> Option<Self> {
        let record = chosen.record();
        let Body::Rating { role, score, supersedes, .. } = &record.entry().body else { return None };
        let asked = part.query().ratings.as_ref();
        let (mut disclosed, mut kept_back) = (Map::new(), Vec::new());
        for disclosure in record.disclosures() {
            let name = disclosure.name()?;
            if asked.is_some_and(|query| query.disclose.contains(name)) {
                disclosed.insert(name.to_owned(), disclosure.value().clone());
            } else if !disclosure.value().is_null() {
                kept_back.push(name.to_owned());
            }
        }
        let reply = chosen.reply().and_then(|reply| reply.disclosed(names::TEXT)).and_then(Value::as_str);
        let reply_day = chosen.reply().and_then(|reply| match &reply.entry().body {
            Body::Reply { day, .. } => Some(*day),
            _ => None,
        });
        Some(Self {
            index: record.entry().index,
            kind: record.entry().kind(),
            corrects: *supersedes,
            role: role.clone(),
            value: score.value(),
            scale: score.scale(),
            normal: score.normal(),
            disclosed,
            reply: reply.map(str::to_owned),
            reply_day,
            kept_back,
        })
    }
}

/// The exact numbers of a ledger are in every plain standing of it, so that any two of them can be linked; and a verifier that was
/// proven milestones of it can see that the numbers reach them.
fn links(ledgers: &[LedgerConsent], verifier: &Client, shown: &[LogEntry]) -> Vec<Linked> {
    let mut links = Vec::new();
    for entry in shown.iter().rev() {
        let Happened::Shown { to, ledgers: before, private, .. } = &entry.what else { continue };
        let is_here = |ledger: &LedgerId| ledgers.iter().any(|new| new.ledger == *ledger);
        let same = before.iter().filter(|old| is_here(&old.ledger)).map(|old| &old.market);
        let known = to.did.stable_part() == verifier.stable_part();
        let proven = private.iter().filter(|old| known && is_here(&old.ledger)).map(|old| &old.market);
        let mut markets: Vec<MarketId> = same.chain(proven).cloned().collect();
        markets.dedup();
        if !markets.is_empty() {
            Linked::add(&mut links, to, entry.at, markets);
        }
    }
    links
}

fn not_learned(ledgers: &[LedgerConsent], lang: Lang) -> Vec<String> {
    let mut lines = vec![words::elsewhere(lang), words::name_and_address(lang)];
    for ledger in ledgers {
        let shown = u64::try_from(ledger.ratings.len()).unwrap_or(u64::MAX);
        let rest = ledger.of.saturating_sub(shown);
        if rest > 0 {
            let ratings = words::counted::ratings(lang, rest);
            let which = if shown == 0 { ratings } else { words::the_other(lang, ratings) };
            lines.push(words::single_values(lang, &ledger.market, which));
        }
        let mut kept: Vec<&str> =
            ledger.ratings.iter().flat_map(|rating| rating.kept_back.iter().map(String::as_str)).collect();
        kept.sort_unstable();
        kept.dedup();
        if !kept.is_empty() {
            let what: Vec<String> = kept.iter().map(|name| in_words_in(lang, name)).collect();
            lines.push(words::of_ratings(lang, what.join(", ")));
        }
    }
    lines.push(words::whom_else(lang));
    lines
}

fn warnings(ledgers: &[LedgerConsent], retention_days: u32, plan: &Plan<'_>, lang: Lang) -> Vec<String> {
    let mut warnings = Vec::new();
    if retention_days == 0 && plan.request().request().terms_said {
        warnings.push(words::keeps_nothing(lang));
    }
    for (ledger, part) in ledgers.iter().zip(plan.parts()) {
        let query = part.query();
        let wants = |name: &str| query.ratings.as_ref().is_some_and(|query| query.disclose.contains(name));
        let market = &ledger.market;
        if wants(names::DAY) && wants(names::AMOUNT_BAND) {
            warnings.push(words::days_and_amounts(lang, market));
        }
        if query.markets.is_empty() && query.issuers.is_empty() {
            warnings.push(words::which_market(lang, market));
        }
        warnings.extend(namesakes(ledger, part, plan, lang));
        if ledger.epochs_old > 1 {
            warnings.push(words::standing_old(lang, market, ledger.epochs_old));
        }
    }
    if ledgers.len() > 1 {
        warnings.push(words::tied(lang));
    }
    warnings
}

/// Which of several ledgers under one name of a market is shown: names are chosen by issuers, and are nobody's alone.
fn namesakes(ledger: &LedgerConsent, part: &Part<'_>, plan: &Plan<'_>, lang: Lang) -> Vec<String> {
    let mut warnings = Vec::new();
    let (own, others): (Vec<_>, Vec<_>) =
        plan.namesakes(part.held().info()).partition(|held| held.info().issuer == ledger.issuer);
    let mut issuers: Vec<&Did> = others.iter().map(|held| &held.info().issuer).collect();
    issuers.sort_unstable();
    issuers.dedup();
    let issuer = short_did(&ledger.issuer);
    if !issuers.is_empty() {
        let number = match issuers.len() {
            1 => words::two(lang),
            more => (more + 1).to_string(),
        };
        let others: Vec<String> = issuers.iter().map(|issuer| short_did(issuer)).collect();
        warnings.push(words::namesakes(lang, number, &ledger.market, &issuer, any_of(lang, &others)));
    }
    if !own.is_empty() {
        let ratings = words::counted::ratings(lang, ledger.of);
        let since = part.held().info().since.day();
        let n = own.len() + 1;
        warnings.push(words::own_ledgers(lang, n, &ledger.market, &issuer, ledger.ledger, ratings, since));
    }
    warnings
}

/// Such as "a or b or c".
fn any_of(lang: Lang, all: &[String]) -> String {
    let word = list(lang, &[String::new(), String::new()], Join::Or);
    all.join(&word)
}

/// What people call a part of a rating.
#[must_use]
pub fn in_words(name: &str) -> String {
    in_words_in(Lang::En, name)
}

/// As [`in_words`], in a language.
#[must_use]
pub fn in_words_in(lang: Lang, name: &str) -> String {
    match name {
        names::COMMENT => words::comment(lang),
        names::CATEGORY => words::category(lang),
        names::ASPECTS => words::aspects(lang),
        names::AMOUNT_BAND => words::amount_band(lang),
        names::DAY => words::the_day(lang),
        names::RATER => words::rater(lang),
        "reply" => words::reply(lang),
        other => other.to_owned(),
    }
}

/// What is asked of a person beside the consent itself, in their language.
pub mod asks {
    pub use super::words::{by_rule, nothing_shown, question, rule_asks, to_agree, yes_or_no};
}

#[cfg(test)]
mod tests;
