//! Who knows what, why, and until when: what the log says of everybody to whom something was shown, party by party.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::bbs::Pseudonym;
use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::grid::Milestone;
use faam_spec::hash::LedgerId;
use faam_spec::name::{MarketId, Role};
use faam_spec::time::Timestamp;
use serde::Serialize;

use crate::vault::{Happened, LogEntry, ShownLedger, ShownPrivate, Told, WhoAsked, is_first};

/// Somebody to whom something was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Their DID, or how else they are named. Parties are told apart by it.
    pub verifier: Client,
    /// What they called themselves, the latest last.
    pub names: Vec<String>,
    /// Why they asked, the latest last.
    pub purposes: Vec<String>,
    /// What they were shown, by ledger: all of it, whether or not its time is over.
    pub knows: Vec<Known>,
    /// How many presentations may have reached them.
    pub presentations: u64,
    /// How many of these they acknowledged with a good receipt.
    pub receipts: u64,
    /// When something was last shown.
    pub last: Timestamp,
    /// When they are to have deleted all of it.
    pub until: Timestamp,
    /// Whether that is in the past.
    pub over: bool,
    /// The numbers of the log's entries.
    pub entries: Vec<u64>,
}

/// What somebody knows of one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The ledger.
    pub ledger: LedgerId,
    /// Under which persona it was shown; the first where nothing is said.
    #[serde(skip_serializing_if = "is_first")]
    pub persona: u32,
    /// The standing of which epoch, the newest that was shown; none if no standing was.
    pub standing: Option<String>,
    /// How many ratings, each counted once.
    pub ratings: u64,
    /// Of how many, at the last time.
    pub of: u64,
    /// Names of the claims that were shown.
    pub claims: BTreeSet<String>,
    /// Milestones that were proven, by role.
    pub milestones: Vec<Proven>,
}

/// Milestones that were proven in a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// The role.
    pub role: Role,
    /// The milestones, in the order of the grid, those that follow from another of them too.
    pub milestones: Vec<Milestone>,
    /// The names under which they know the holder.
    pub pseudonyms: Vec<Pseudonym>,
}

impl Party {
    /// What they called themselves last.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }
}

/// Everybody to whom something may have been shown by these entries, which are in the order of the log: those that keep it longest first,
/// and behind them those that are to have deleted all of it.
#[must_use]
pub fn parties(entries: &[LogEntry], now: Timestamp) -> Vec<Party> {
    let mut found: BTreeMap<&str, Gathered> = BTreeMap::new();
    for entry in entries {
        if let Happened::Shown { to, ledgers, private, delete_by, told, .. } = &entry.what {
            let gathered =
                found.entry(to.did.as_str()).or_insert_with(|| Gathered::new(to, entry.at, *delete_by));
            gathered.add(entry, to, (*delete_by, told), (ledgers, private));
        }
    }
    let mut all: Vec<Party> = found.into_values().map(|gathered| gathered.end(now)).collect();
    all.sort_by(|a, b| (a.over, b.until, b.last).cmp(&(b.over, a.until, a.last)));
    all
}

/// The parties that a person can mean by `text`: the whole of a DID or other name, the end of a DID as it is shown in lists, or what a
/// party calls itself, in any case of its letters. What fits exactly comes before what only looks like it.
#[must_use]
pub fn meant<'a>(parties: &'a [Party], text: &str) -> Vec<&'a Party> {
    let exact: Vec<&Party> = parties.iter().filter(|party| party.verifier.as_str() == text).collect();
    if !exact.is_empty() {
        return exact;
    }
    let wanted = text.trim_start_matches('…').to_lowercase();
    let ends = |party: &Party| wanted.len() >= 6 && party.verifier.as_str().to_lowercase().ends_with(&wanted);
    let named = |party: &Party| party.names.iter().any(|name| name.to_lowercase() == wanted);
    parties.iter().filter(|party| named(party) || ends(party)).collect()
}

struct Gathered {
    party: Party,
    ledgers: BTreeMap<(u32, Did, MarketId, LedgerId), OfLedger>,
}

#[derive(Default)]
struct OfLedger {
    standing: Option<String>,
    indices: BTreeSet<u64>,
    /// Ratings whose indices an old entry does not tell.
    unnumbered: u64,
    of: u64,
    claims: BTreeSet<String>,
    proven: BTreeMap<Role, (BTreeSet<Milestone>, Vec<Pseudonym>)>,
}

impl Gathered {
    fn new(to: &WhoAsked, at: Timestamp, until: Timestamp) -> Self {
        let party = Party {
            verifier: to.did.clone(),
            names: Vec::new(),
            purposes: Vec::new(),
            knows: Vec::new(),
            presentations: 0,
            receipts: 0,
            last: at,
            until,
            over: false,
            entries: Vec::new(),
        };
        Self { party, ledgers: BTreeMap::new() }
    }

    fn add(
        &mut self,
        entry: &LogEntry,
        to: &WhoAsked,
        (delete_by, told): (Timestamp, &Told),
        (ledgers, private): (&[ShownLedger], &[ShownPrivate]),
    ) {
        let party = &mut self.party;
        latest(&mut party.names, &to.name);
        latest(&mut party.purposes, &to.purpose);
        party.presentations += 1;
        party.receipts += u64::from(matches!(told, Told::Decided { receipt: None, .. }));
        party.last = party.last.max(entry.at);
        party.until = party.until.max(delete_by);
        party.entries.push(entry.seq);
        for shown in ledgers {
            let key = (entry.persona, shown.issuer.clone(), shown.market.clone(), shown.ledger);
            let of = self.ledgers.entry(key).or_default();
            of.standing = Some(shown.epoch.clone());
            of.indices.extend(&shown.indices);
            if shown.indices.is_empty() {
                of.unnumbered = of.unnumbered.max(shown.ratings);
            }
            of.of = shown.of;
            of.claims.extend(shown.names.iter().cloned());
        }
        for proven in private {
            let key = (entry.persona, proven.issuer.clone(), proven.market.clone(), proven.ledger);
            let of = self.ledgers.entry(key).or_default();
            let (milestones, pseudonyms) = of.proven.entry(proven.role.clone()).or_default();
            milestones.extend(&proven.milestones);
            if !pseudonyms.contains(&proven.pseudonym) {
                pseudonyms.push(proven.pseudonym);
            }
        }
    }

    fn end(self, now: Timestamp) -> Party {
        let Self { mut party, ledgers } = self;
        let known = ledgers.into_iter().map(|((persona, issuer, market, ledger), of)| {
            let numbered = u64::try_from(of.indices.len()).unwrap_or(u64::MAX);
            let proven = of.proven.into_iter().map(|(role, (milestones, pseudonyms))| Proven {
                role,
                milestones: milestones.into_iter().collect(),
                pseudonyms,
            });
            Known {
                issuer,
                market,
                ledger,
                persona,
                standing: of.standing,
                ratings: numbered.max(of.unnumbered),
                of: of.of,
                claims: of.claims,
                milestones: proven.collect(),
            }
        });
        party.knows = known.collect();
        party.over = party.until <= now;
        party
    }
}

/// Puts a text last, once.
fn latest(texts: &mut Vec<String>, text: &str) {
    texts.retain(|other| other != text);
    texts.push(text.to_owned());
}
