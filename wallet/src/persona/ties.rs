//! What would tie two personas to each other for somebody else, found before it happens.

use std::collections::BTreeSet;

use faam_spec::client::{Client, ClientKind};
use faam_spec::did::Did;
use faam_spec::hash::LedgerId;
use faam_spec::request::Request;
use faam_spec::time::Timestamp;
use serde::Serialize;

use super::{Persona, PersonaName};
use crate::held::LedgerInfo;
use crate::vault::{Happened, LogEntry, ShownLedger, ShownPrivate, WhoAsked};

/// By what another persona would be tied to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// This verifier was shown something under the other one.
    Shown,
    /// Somebody at the same peer or host was.
    Place,
    /// The same ledger was shown under the other one, to whomever: its name and numbers are the same.
    Ledger,
    /// This verifier is the issuer of a ledger of the other one, or answers at that market's node.
    Issuer,
}

/// Another persona that would be tied to the one under which something is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// The other one's number.
    pub persona: u32,
    /// Its name.
    pub name: PersonaName,
    /// By what.
    pub how: How,
    /// With whom, as they call themselves; a market's name where it is the issuer.
    pub with: String,
    /// When that was last, or since when the ledger is held.
    pub at: Timestamp,
}

impl Tie {
    /// What is approved of it: the rest is words.
    #[must_use]
    pub const fn mark(&self) -> (u32, How) {
        (self.persona, self.how)
    }
}

/// What would tie a persona, under which these ledgers would be shown in answer to `asked`, to others of `personas`: each of them and each
/// way once. `held` is noted about every ledger of the wallet, `shown` is what was shown so far, oldest first.
//= spec/text/personas.md#REQ-PERSONA-6
//# A wallet MUST warn, before anything is shown, of each other persona that it could be tied to
#[must_use]
pub fn ties(
    (persona, ledgers): (u32, &[LedgerId]),
    asked: &Request,
    personas: &[Persona],
    held: &[LedgerInfo],
    shown: &[LogEntry],
) -> Vec<Tie> {
    let mut found: Vec<Tie> = Vec::new();
    let mut add = |number: u32, how: How, with: &str, at: Timestamp| {
        let other = personas.iter().find(|other| other.number == number && number != persona);
        let known = found.iter().any(|tie| tie.mark() == (number, how));
        if let (Some(other), false) = (other, known) {
            found.push(Tie { persona: number, name: other.name.clone(), how, with: with.to_owned(), at });
        }
    };
    let places = places_of_request(asked);
    for entry in shown.iter().rev() {
        let Happened::Shown { to, ledgers: plain, private, .. } = &entry.what else { continue };
        let of = |how| (entry.persona, how);
        let mut tie = |(number, how)| add(number, how, &to.name, entry.at);
        if to.did.stable_part() == asked.verifier.stable_part() {
            tie(of(How::Shown));
        } else if is_at(to, asked, &places) {
            tie(of(How::Place));
        }
        if shows(plain, private, ledgers) {
            tie(of(How::Ledger));
        }
    }
    for info in held {
        let is_issuer = info.issuer.stable_part() == asked.verifier.stable_part();
        let is_node = info.node.as_ref().is_some_and(|node| Some(node.peer) == asked.peer());
        if is_issuer || is_node {
            add(info.persona, How::Issuer, info.market.as_str(), info.since);
        }
    }
    found.sort_by_key(Tie::mark);
    found
}

/// Other personas that hold something of this issuer: whoever takes an offer of it under another one lets it see both.
#[must_use]
pub fn at_issuer<'a>(
    persona: u32,
    issuer: &Did,
    personas: &'a [Persona],
    held: &[LedgerInfo],
) -> Vec<&'a Persona> {
    let has = |other: &&Persona| {
        let mut theirs = held.iter().filter(|info| info.persona == other.number);
        other.number != persona && theirs.any(|info| info.issuer.stable_part() == issuer.stable_part())
    };
    personas.iter().filter(has).collect()
}

fn shows(plain: &[ShownLedger], private: &[ShownPrivate], ledgers: &[LedgerId]) -> bool {
    let is_here = |ledger: &LedgerId| ledgers.contains(ledger);
    plain.iter().any(|shown| is_here(&shown.ledger)) || private.iter().any(|shown| is_here(&shown.ledger))
}

/// Whether somebody was answered where this one would be: by the same peer, or by an address of the same host.
fn is_at(to: &WhoAsked, asked: &Request, places: &BTreeSet<String>) -> bool {
    let same_peer = to.peer.is_some() && to.peer == asked.peer();
    let texts = [to.post.as_deref(), to.terms.as_deref()];
    let hosts = texts.into_iter().flatten().filter_map(host).chain(host_of(&to.did));
    same_peer || hosts.into_iter().any(|host| places.contains(&host))
}

fn places_of_request(asked: &Request) -> BTreeSet<String> {
    let texts = [asked.post().map(|post| post.uri.as_str()), asked.ask.terms.as_deref()];
    texts.into_iter().flatten().filter_map(host).chain(host_of(&asked.verifier)).collect()
}

/// The host by which somebody is named.
fn host_of(client: &Client) -> Option<String> {
    match client.kind() {
        ClientKind::Host(host) => Some(host.to_lowercase()),
        ClientKind::Did(did) => {
            let rest = did.strip_prefix("did:web:").or_else(|| {
                // Behind the SCID.
                did.strip_prefix("did:webvh:").and_then(|rest| rest.split_once(':')).map(|(_, rest)| rest)
            })?;
            let host = rest.split([':', '%']).next().unwrap_or_default();
            (!host.is_empty()).then(|| host.to_lowercase())
        }
        _ => None,
    }
}

/// The host of the first address in a text, whatever else stands in it.
fn host(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace()).next()?;
    let behind_user = authority.rsplit('@').next()?;
    let host = match behind_user.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((six, _)) => six,
        None => behind_user.split(':').next()?,
    };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_in_whatever_names_it() {
        for (text, found) in [
            ("https://Shop.example/terms", Some("shop.example")),
            ("https://shop.example:8443?a=1", Some("shop.example")),
            ("See https://user@shop.example. for them", Some("shop.example")),
            ("http://[::1]:80/x", Some("::1")),
            ("no address", None),
            ("https://", None),
        ] {
            assert_eq!(host(text).as_deref(), found, "{text}");
        }
        let named = |text: &str| host_of(&Client::from_client_id(text).unwrap());
        assert_eq!(named("x509_san_dns:shop.example").as_deref(), Some("shop.example"));
        assert_eq!(
            named("decentralized_identifier:did:web:shop.example%3A8443:a").as_deref(),
            Some("shop.example")
        );
    }
}
