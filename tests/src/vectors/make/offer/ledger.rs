//! Entries and numbers: REQ-OFFER-12 to REQ-OFFER-14, REQ-OFFER-17 and REQ-OFFER-18.

use faam_spec::hash::{Hash, LedgerId};
use faam_spec::ledger::{Body, DisputeState, LedgerNumbers};
use faam_spec::offer::{Offer, OfferedEntry};
use faam_spec::tree::Tree;

use super::market::{Draft, Market, dispute, start, week, withdrawal};
use super::{after, receiving};
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    entries(cases);
    rules(cases);
    rules_over_held(cases);
    heads(cases);
    numbers(cases);
    bound(cases);
}

fn entries(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-12", "ledger.root");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut bad = |id: &str, description: &str, offer: Offer| {
        cases.refuse(req, id, code, description, receiving(&Market::shop(), &offer));
    };
    let mut offer = honest.sign();
    offer.entries.pop();
    bad("last-missing", "The last entry of the log is missing.", offer);
    let mut offer = honest.sign();
    offer.entries.clear();
    bad("no-entries", "No entries at all, where nothing is held.", offer);
    let mut more = Market::shop();
    more.reply(2);
    let mut offer = honest.sign();
    offer.entries.push(more.draft(4, start()).entries.remove(0));
    bad("one-more", "One entry more than the standing's log has.", offer);
    bad("since-alone", "Entries from 2 on, where nothing is held.", market.draft(2, start()).sign());
    let mut offer = honest.sign();
    offer.since = 1;
    bad("since-said", "Every entry from the beginning, said to be those from 1 on.", offer);
    let first = market.publish(&honest);
    market.rate(4, "cyd", "seller", "2026-11-17");
    market.rate(2, "dee", "seller", "2026-11-18");
    let input = after(&market, &[(&first, start())], &market.clone().draft(5, week(1)).sign());
    let description = "Entries from 5 on, where 4 are held.";
    cases.refuse(req, "gap", code, description, input).at(week(1).seconds());
    let mut offer = market.draft(4, week(1)).sign();
    offer.since = u64::from(u32::MAX) << 21;
    let input = after(&market, &[(&first, start())], &offer);
    let description = "A `since` of over 2^52, which no log has.";
    cases.refuse(req, "since-huge", code, description, input).at(week(1).seconds());
}

/// Puts an entry behind the others, as a market would sign it that keeps no rules; it changes neither live ratings nor numbers.
fn with_entry(market: &mut Market, index: u64, body: Body) -> Draft {
    let mut draft = market.draft(0, start());
    let record = market.record(index, body, vec![]);
    draft.entries.push(OfferedEntry { record, jwt: None });
    draft.head_of_entries();
    draft
}

fn rules(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-13", "ledger.entry");
    let mut bad = |id: &str, description: &str, draft: Draft| {
        cases.refuse(req, id, code, description, receiving(&Market::shop(), &draft.sign()));
    };
    let mut withdrawn = Market::shop();
    withdrawn.withdraw(0);
    let draft = with_entry(&mut withdrawn.clone(), 5, withdrawal(0));
    bad("withdrawn-twice", "A rating is withdrawn that was withdrawn before.", draft);
    let draft = with_entry(&mut withdrawn, 5, dispute(0, DisputeState::Open));
    bad("dispute-withdrawn", "A dispute about a rating that was withdrawn.", draft);
    let draft = with_entry(&mut Market::shop(), 4, dispute(0, DisputeState::Settled));
    bad("settled", "A dispute is settled that was not opened.", draft);
    let draft = with_entry(&mut Market::shop(), 4, withdrawal(3));
    bad("withdraw-reply", "A reply is withdrawn, which is no rating.", draft);
    let binding = || Body::Binding { day: "2026-03-02".parse().unwrap() };
    let draft = with_entry(&mut Market::shop(), 5, binding());
    bad("index-gap", "An entry has the index after the one that it should have.", draft);
    let draft = with_entry(&mut Market::shop(), 3, binding());
    bad("index-again", "An entry has the index of the one before.", draft);
    let mut market = Market::shop();
    let mut draft = market.draft(0, start());
    let mut other = Market::shop();
    other.ledger = faam_spec::ledger::Ledger::new(LedgerId::from_bytes([3; 16]));
    let record = other.record(4, binding(), vec![]);
    draft.entries.push(OfferedEntry { record, jwt: None });
    draft.head_of_entries();
    bad("other-ledger", "An entry of another ledger.", draft);
    let (body, parts) = withdrawn_reply(&mut market);
    let mut draft = market.draft(0, start());
    let record = market.record(5, body, parts);
    draft.entries.push(OfferedEntry { record, jwt: None });
    draft.head_of_entries();
    bad("reply-withdrawn", "A reply to a rating that was withdrawn.", draft);
}

fn withdrawn_reply(market: &mut Market) -> (Body, Vec<faam_spec::sdjwt::Disclosure>) {
    market.withdraw(0);
    market.reply_to(0)
}

fn rules_over_held(cases: &mut Cases) {
    let mut market = Market::shop();
    market.withdraw(0);
    let first = market.offer(0, start());
    let mut draft = market.draft(5, week(1));
    let record = market.record(5, withdrawal(0), vec![]);
    draft.entries.push(OfferedEntry { record, jwt: None });
    let leaves: Vec<Hash> = market
        .ledger
        .records()
        .iter()
        .chain(draft.entries.iter().map(|entry| &entry.record))
        .map(|record| record.entry().leaf().unwrap())
        .collect();
    draft.statement.head.log = Tree::of(&leaves).head();
    let input = after(&market, &[(&first, start())], &draft.sign());
    let description = "A new entry withdraws a rating that was withdrawn in what is held.";
    cases.refuse("REQ-OFFER-13", "held-withdrawn", "ledger.entry", description, input).at(week(1).seconds());
}

fn heads(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-14", "ledger.root");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut bad = |id: &str, description: &str, draft: &Draft| {
        cases.refuse(req, id, code, description, receiving(&Market::shop(), &draft.sign()));
    };
    let mut draft = honest.clone();
    draft.statement.head.log.root = Hash::from_bytes([7; 32]);
    bad("log-root", "The standing states another root of the log.", &draft);
    let mut draft = honest.clone();
    draft.statement.head.live.root = Hash::from_bytes([7; 32]);
    bad("live-root", "The standing states another root of the live ratings.", &draft);
    let mut draft = honest.clone();
    let leaf = |at: usize| honest.entries[at].record.entry().leaf().unwrap();
    draft.statement.head.live = Tree::of(&[leaf(2), leaf(0)]).head();
    bad("live-order", "The live ratings stand in another order in their tree.", &draft);
    draft.statement.head.live = Tree::of(&[leaf(0), leaf(3)]).head();
    bad("live-reply", "A reply stands among the live ratings in the place of a rating.", &draft);
    let mut draft = honest.clone();
    draft.statement.head.log = Tree::of(&[leaf(0), leaf(2), leaf(1), leaf(3)]).head();
    bad("log-order", "The entries stand in another order in the log's tree.", &draft);
    let mut draft = honest.clone();
    let again = market.record(1, honest.entries[1].record.entry().body.clone(), vec![]);
    draft.entries[1].record = again;
    bad("entry-salt", "One entry has another salt than the one in the log.", &draft);
}

fn numbers(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-17", "ledger.numbers");
    let mut market = Market::shop();
    market.rate(4, "ann", "seller", "2026-10-10");
    let honest = market.draft(0, start());
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut LedgerNumbers)| {
        let mut draft = honest.clone();
        change(&mut draft.statement.numbers);
        assert_ne!(draft.statement.numbers, honest.statement.numbers);
        draft.statement.numbers.check().unwrap();
        cases.refuse(req, id, code, description, receiving(&Market::shop(), &draft.sign()));
    };
    bad("counted-withdrawn", "A rating is counted as withdrawn that never was.", &|n| n.withdrawn = 1);
    bad("counted-corrected", "A rating is counted as corrected that never was.", &|n| n.corrected = 1);
    bad("counted-disputed", "A rating is counted as disputed that is not.", &|n| n.disputed = 1);
    bad("mean", "The mean is higher by one.", &|n| n.total.all.mean = n.total.all.mean.map(|mean| mean + 1));
    bad("raters", "Each rating is counted as by somebody else.", &|n| n.total.all.counterparties = 3);
    bad("first-day", "The first rating is a day older.", &|n| {
        n.total.all.first = Some("2025-09-30".parse().unwrap());
    });
    bad("histogram", "A rating of the highest band is counted in the one below.", &|n| {
        n.total.all.histogram[4] -= 1;
        n.total.all.histogram[3] += 1;
    });
    bad("roles", "The numbers of two roles are exchanged.", &|n| {
        let (buyer, seller) = ("buyer".parse().unwrap(), "seller".parse().unwrap());
        let span = n.roles.remove(&buyer).unwrap();
        let old = n.roles.insert(seller, span).unwrap();
        n.roles.insert(buyer, old);
    });
    let recent = market.ledger.numbers("2026-09-30".parse().unwrap());
    bad("as-of", "The recent numbers are as of another day than the epoch's first.", &|n| {
        n.total.recent = recent.total.recent.clone();
        n.roles.clone_from(&recent.roles);
    });
}

fn bound(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-18", "ledger.numbers");
    let mut market = Market::shop();
    for (id, day, description) in [
        ("bound-before", "2026-03-01", "Bound a day before the binding that stands in the ledger."),
        ("bound-epoch", "1970-01-01", "Bound on the first of all days."),
        ("bound-late", "2026-11-23", "Bound on the day after tomorrow."),
        ("bound-never", "9999-12-31", "Bound on the last of all days."),
    ] {
        let mut draft = market.draft(0, start());
        draft.statement.bound = day.parse().unwrap();
        cases.refuse(req, id, code, description, receiving(&market, &draft.sign()));
    }
}
