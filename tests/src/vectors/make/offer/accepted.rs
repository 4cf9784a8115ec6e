//! Offers that are taken, by an issuer that cannot be made to lie and at the edges of what one may say.

use faam_issuer::AccountId;
use faam_spec::key::SigningKey;
use faam_spec::ledger::DisputeState;
use faam_spec::offer::{HeldHead, Offer};
use faam_spec::time::{EpochLength, Timestamp};
use serde_json::json;

use super::market::{Market, URI, start, week};
use super::{after, key, receiving, text, with_text};
use crate::Market as Issuing;
use crate::vectors::make::{Cases, NOW};

const EVENTS: &str = r#"{"type":"rating","id":"d1","account":"7","rater":"12","role":"seller","value":8,"scale":"-10..10","at":"2026-02-01T12:00:00Z","comment":"Sent the same day.","aspects":{"punctual":1000}}
{"type":"rating","id":"d2","account":"7","rater":"13","role":"seller","value":-3,"scale":"-10..10","at":"2026-03-01T12:00:00Z"}
{"type":"reply","id":"d3","of":"d2","text":"It was the post.","at":"2026-03-02T12:00:00Z"}"#;
const LATER: &str = r#"{"type":"correction","id":"d4","of":"d2","value":4,"scale":"-10..10","at":"2026-11-22T12:00:00Z"}
{"type":"dispute","id":"d5","of":"d1","state":"open","at":"2026-11-22T13:00:00Z"}
{"type":"rating","id":"d6","account":"7","rater":"14","role":"buyer","value":10,"scale":"-10..10","at":"2026-11-22T14:00:00Z"}"#;

pub(super) fn cases(cases: &mut Cases) {
    issued(cases);
    continued(cases);
    edges(cases);
    times(cases);
}

fn apply(market: &mut Issuing, lines: &str) {
    let events = faam_issuer::read::json_lines(lines.as_bytes());
    market.apply(&events.collect::<Result<Vec<_>, _>>().unwrap());
}

/// What the reference issuer hands out: the first time, what came since, and everything again.
fn issued(cases: &mut Cases) {
    let now = Timestamp::new(NOW).unwrap();
    let mut market = Issuing::new("alpha", 7, now);
    apply(&mut market, EVENTS);
    let account: AccountId = "7".parse().unwrap();
    let holder = SigningKey::from_seed(&[9; 32]).verifying_key();
    // Bound before the record is made, so that the binding stands in what is offered.
    market.issuer.bind(&account, &holder, false, market.now, &mut market.rng).unwrap();
    market.open_epoch();
    let first = market.issuer.offer(&account, None, market.now).unwrap();
    let did = market.signer.did().clone();
    let input = |offer: &Offer| json!({"operation": "offer", "offer": text(offer), "issuer": did, "market": "alpha", "holder": key(&holder)});
    cases.accept("REQ-OFFER-3", "first", "A first offer of a whole ledger.", input(&first));
    let bytes = first.to_bytes().unwrap();
    let mut announced = input(&first);
    announced["announced"] = json!({"bytes": bytes.len(), "hash": faam_spec::offer::hash(&bytes)});
    cases.accept("REQ-OFFER-1", "announced", "An offer that arrived as it was announced.", announced);

    apply(&mut market, LATER);
    market.weeks_pass(1);
    let standing = crate::open_standing(&first.standing);
    let head = HeldHead { ledger: first.ledger, log: standing.statement().head.log };
    let held = json!([{"offer": text(&first), "holder": key(&holder), "now": NOW}]);
    let next = market.now.seconds();
    for (id, description, since) in [
        ("new-entries", "What came since: a correction, a dispute and a rating.", Some(&head)),
        ("whole-again", "The whole ledger again, where its beginning is held.", None),
    ] {
        let mut input = input(&market.issuer.offer(&account, since, market.now).unwrap());
        input["held"] = held.clone();
        cases.accept("REQ-OFFER-12", id, description, input).at(next);
    }
}

fn continued(cases: &mut Cases) {
    let mut market = Market::shop();
    let first = market.offer(0, start());
    let mut quiet = market.clone();
    let offer = quiet.offer(4, week(1));
    let input = after(&quiet, &[(&first, start())], &offer);
    let description = "A week in which nothing happened: no entries, and the head that is held.";
    cases.accept("REQ-OFFER-15", "quiet", description, input).at(week(1).seconds());

    market.withdraw(0);
    let offer = market.offer(2, week(1));
    let input = after(&market, &[(&first, start())], &offer);
    let description =
        "Entries from before the held head on, those that are held among them, and a withdrawal.";
    cases.accept("REQ-OFFER-12", "overlap", description, input).at(week(1).seconds());
    let skipped = market.offer(4, week(5));
    let input = after(&market, &[(&first, start())], &skipped);
    let description = "A record several epochs later: nothing proves what lay between.";
    cases.accept("REQ-OFFER-11", "skipped", description, input).at(week(5).seconds());

    let mut other = Market::shop();
    let first = other.offer(0, start());
    other.ledger = Market::empty("shop", 3).ledger;
    other.rate(4, "cyd", "seller", "2026-11-01");
    let input = after(&other, &[(&first, start())], &other.clone().offer(0, week(1)));
    let description = "Another ledger of a market of which one is held: each goes its own way.";
    cases.accept("REQ-OFFER-6", "other-account", description, input).at(week(1).seconds());
}

fn edges(cases: &mut Cases) {
    let mut market = Market::empty("shop", 1);
    market.bind("2026-11-10");
    let offer = market.offer(0, start());
    let description = "A ledger without a rating: no mean, no days, and a live tree of nothing.";
    cases.accept("REQ-OFFER-14", "no-rating", description, receiving(&market, &offer));

    let mut market = Market::shop();
    market.correct(0, 4, "ann", "seller", "2026-06-01");
    market.dispute(2, DisputeState::Open);
    let offer = market.offer(0, start());
    let description = "A corrected rating, which has no credential any more, and one under dispute.";
    cases.accept("REQ-OFFER-19", "corrected", description, receiving(&market, &offer));

    let mut market = Market::empty("shop", 1);
    market.rate(1, "ann", "seller", "2025-11-16");
    market.rate(5, "bob", "seller", "2025-11-17");
    market.rate(4, "cyd", "seller", "2026-11-16");
    let offer = market.offer(0, start());
    let description = "Ratings of a year before the epoch's first day (not recent), of the day after and of that day (recent).";
    cases.accept("REQ-OFFER-17", "recent", description, receiving(&market, &offer));

    let mut market = Market::empty("shop", 1);
    market.length = EpochLength::new(86_400).unwrap();
    market.rate(1, "ann", "seller", "2027-02-28");
    market.rate(5, "bob", "seller", "2027-03-01");
    let leap: Timestamp = "2028-02-29T12:00:00Z".parse().unwrap();
    let offer = market.offer(0, leap);
    let description =
        "An epoch of one day, the 29th of February: recent is what came after the 28th of the year before.";
    cases.accept("REQ-OFFER-17", "leap-day", description, receiving(&market, &offer)).at(leap.seconds());

    let mut market = Market::shop();
    let mut draft = market.draft(0, start());
    draft.statement.bound = start().plus(86_400).day();
    let offer = draft.sign();
    let description = "Bound on the day after the wallet's, as clocks and time zones may have it.";
    cases.accept("REQ-OFFER-18", "tomorrow", description, receiving(&market, &offer)).at(start().seconds());

    let mut draft = market.draft(0, start());
    let last = super::market::place(2);
    draft.with_list(&market.list_of(URI, last + 1, start()));
    let rounded = market.list_of(URI, last + 1, start()).list().len();
    draft.entries[2].jwt = Some(market.jwt_at(2, &super::holder(), rounded - 1, URI));
    let description = "A status list in which a rating has the last place.";
    cases.accept("REQ-OFFER-22", "last-place", description, receiving(&market, &draft.sign()));

    let mut draft = market.draft(0, start());
    market.revoked.insert(2);
    draft.lists = vec![market.list(start().plus(1)).as_str().to_owned()];
    let description =
        "A status list that is a second newer than the record, with other contents than it names.";
    cases.accept("REQ-OFFER-23", "newer", description, receiving(&market, &draft.sign()));

    let mut market = Market::shop();
    let offer = text(&market.offer(0, start()));
    let spaces = faam_spec::limits::MAX_OFFER_BYTES - offer.len();
    let padded = json!({"concat": [offer, {"repeat": " ", "times": spaces}]});
    let description = "As many bytes as an offer may have, most of them white space behind it.";
    cases.accept("REQ-OFFER-2", "largest", description, with_text(&market, padded));
}

/// Each at the last moment at which it is taken, or the first.
fn times(cases: &mut Cases) {
    let mut market = Market::shop();
    let mut draft = market.draft(0, start());
    draft.issued = start().plus(30);
    let input = receiving(&market, &draft.sign());
    let description = "A standing signed 60 seconds ahead.";
    cases.accept("REQ-OFFER-7", "ahead-60", description, input).at(start().seconds() - 30);

    draft.issued = draft.record.begins();
    let input = receiving(&market, &draft.sign());
    let description = "A standing signed in the first second of its epoch, before its record.";
    cases.accept("REQ-OFFER-8", "first-second", description, input);

    let mut draft = market.draft(0, start());
    draft.issued = start().plus(-60);
    draft.lists = vec![market.list(start()).as_str().to_owned()];
    let input = receiving(&market, &draft.sign());
    let description = "A record and a status list signed 60 seconds ahead.";
    cases.accept("REQ-OFFER-9", "record-ahead-60", description, input).at(start().seconds() - 60);

    let previous = market.draft(0, week(-1)).sign();
    let input = receiving(&market, &previous);
    let end = EpochLength::WEEK.start_of(EpochLength::WEEK.number_at(week(1))).seconds() - 1;
    let description = "The previous epoch, in the last second of the current one.";
    let current = market.draft(0, start()).sign();
    cases.accept("REQ-OFFER-10", "previous", description, input);
    let description = "The previous epoch, in the last second in which it is that.";
    let last = end + 7 * 86_400;
    cases.accept("REQ-OFFER-10", "previous-end", description, receiving(&market, &current)).at(last);

    let mut market = Market::empty("shop", 1);
    market.rate(5, "ann", "seller", "2020-02-29");
    let mut draft = market.draft(0, week(-300));
    draft.record.last = true;
    let input = receiving(&market, &draft.sign());
    cases.accept("REQ-OFFER-10", "final", "The final epoch of a market that closed years ago.", input);
}
