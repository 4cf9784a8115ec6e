//! Ledgers that do not go on from what is held: REQ-OFFER-15 and REQ-OFFER-16.

use faam_spec::hash::{Hash, Salt};
use faam_spec::offer::Offer;
use faam_spec::time::Timestamp;

use super::after;
use super::market::{Draft, Market, start, week};
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    extensions(cases);
    forks(cases);
    under_one_record(cases);
}

/// A market that publishes what the wallet holds, and what it has become in another telling of the same weeks.
fn two() -> (Market, Market) {
    let mut market = Market::shop();
    let mut other = market.clone();
    market.rate(1, "zed", "seller", "2026-11-10");
    other.rate(5, "zed", "seller", "2026-11-10");
    (market, other)
}

fn extensions(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-15", "ledger.extension_refused");
    let mut bad = |id: &str, description: &str, first: &Offer, offer: &Offer| {
        let input = after(&Market::shop(), &[(first, start())], offer);
        cases.refuse(req, id, code, description, input).at(week(1).seconds()).attack("A24");
    };
    let (mut market, mut rewritten) = two();
    let first = market.offer(0, start());
    rewritten.prev = market.prev;
    let mut shorter = Market::shop();
    shorter.prev = market.prev;
    bad("shorter", "The log lost its last entry.", &first, &shorter.offer(0, week(1)));
    let mut none = Market::empty("shop", 1);
    none.prev = market.prev;
    bad("emptied", "The log lost all of its entries.", &first, &none.offer(0, week(1)));
    rewritten.rate(5, "yon", "seller", "2026-11-11");
    let description =
        "New entries behind the held ones lead to another root: the market rewrote what is held.";
    bad("rewritten", description, &first, &rewritten.draft(5, week(1)).sign());
    let description = "The same, with entries from 3 on of the held telling.";
    let mut mixed = rewritten.draft(3, week(1));
    mixed.entries[1] = market.draft(4, week(1)).entries.remove(0);
    bad("rewritten-overlap", description, &first, &mixed.sign());
    let mut honest = market.clone();
    honest.rate(4, "cyd", "seller", "2026-11-17");
    let mut draft = honest.draft(5, week(1));
    draft.statement.head.live.root = Hash::from_bytes([7; 32]);
    bad("live", "The log goes on, and the tree of live ratings has another root.", &first, &draft.sign());
}

fn forks(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-16", "ledger.fork");
    let mut bad = |id: &str, description: &str, first: &Offer, offer: &Offer| {
        let input = after(&Market::shop(), &[(first, start())], offer);
        cases.refuse(req, id, code, description, input).at(week(1).seconds()).attack("A24");
    };
    let (mut market, mut other) = two();
    let first = market.offer(0, start());
    other.prev = market.prev;
    bad(
        "root",
        "Another root for the size that is held; all entries are shown.",
        &first,
        &other.offer(0, week(1)),
    );
    let mut again = other.clone();
    again.prev = market.prev;
    bad(
        "root-empty",
        "Another root for the size that is held; no entries are shown.",
        &first,
        &again.offer(5, week(1)),
    );
    other.prev = market.prev;
    other.rate(5, "yon", "seller", "2026-11-11");
    let whole = other.draft(0, week(1)).sign();
    bad("entry", "Another entry at an index that is held, in a longer log, shown whole.", &first, &whole);
    let part = other.draft(4, week(1)).sign();
    bad("entry-since", "The same, shown from that entry on.", &first, &part);
    // The first of all entries.
    let mut anew = Market::empty("shop", 1);
    anew.prev = market.prev;
    for rater in ["bob", "cyd", "dee", "eve", "fay", "gus"] {
        anew.rate(5, rater, "seller", "2026-10-01");
    }
    bad("entry-first", "A longer log in which every entry is another.", &first, &anew.offer(0, week(1)));
}

/// The wallet holds the offer of `one`; then comes that of `two`, under one record in whose tree both have a leaf.
fn beside(cases: &mut Cases, id: &str, description: &str, one: &mut Draft, two: &mut Draft, now: Timestamp) {
    one.behind.insert(0, two.leaf());
    two.before.push(one.leaf());
    assert_eq!(one.signed_record(), two.signed_record());
    let input = after(&Market::shop(), &[(&one.sign(), start())], &two.sign());
    cases.refuse("REQ-OFFER-16", id, "ledger.fork", description, input).at(now.seconds()).attack("A24");
}

fn under_one_record(cases: &mut Cases) {
    let mut market = Market::shop();
    let mut longer = market.clone();
    longer.rate(5, "zed", "seller", "2026-11-10");
    let (mut one, mut two) = (market.draft(0, start()), longer.draft(0, start()));
    two.record = one.record.clone();
    let description = "Under one epoch record the ledger has two heads, the second with one rating more.";
    beside(cases, "beside-head", description, &mut one, &mut two, start());
    let mut one = market.draft(0, start());
    let mut two = one.clone();
    two.statement.salt = Salt::from_bytes([8; 16]);
    let description = "Under one epoch record the same head has two leaves with different salts.";
    beside(cases, "beside-salt", description, &mut one, &mut two, start());
    let mut one = market.draft(0, start());
    let mut two = one.clone();
    let description = "Under one epoch record the same leaf stands at two places.";
    beside(cases, "beside-place", description, &mut one, &mut two, start());
}
