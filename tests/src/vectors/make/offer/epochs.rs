//! The epoch record: REQ-OFFER-8 to REQ-OFFER-11.

use faam_spec::hash::{Hash, Salt};
use faam_spec::offer::Offer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::Tree;

use super::market::{Draft, Market, start, week};
use super::{after, receiving};
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    belonging(cases);
    early_and_late(cases);
    forks(cases);
    chain(cases);
}

fn belonging(cases: &mut Cases) {
    let req = "REQ-OFFER-8";
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut bad = |id: &str, code: &str, description: &str, offer: Offer| {
        cases.refuse(req, id, code, description, receiving(&Market::shop(), &offer));
    };
    let record = honest.signed_record();

    let code = "epoch.unknown";
    let mut other = honest.clone();
    other.behind.push(Hash::from_bytes([3; 32]));
    let offer = Offer { record: other.signed_record().as_str().to_owned(), ..honest.sign() };
    bad("record-other", code, "Another record of the same market and epoch than the standing names.", offer);
    let mut mall = honest.clone();
    mall.record.market = "mall".parse().unwrap();
    bad("record-market", code, "The record is of another market.", mall.sign());
    let stranger = Market::filled("shop", 2);
    let mut foreign = honest.clone();
    foreign.record.iss = stranger.did().clone();
    foreign.record.keys = vec![stranger.signer.key_id().to_owned()];
    foreign.signer = stranger.signer.clone();
    let foreign = foreign.signed_record();
    bad("record-issuer", code, "The record is of another issuer.", honest.sign_under(&foreign));

    let code = "issuer.key_not_valid_then";
    let mut draft = honest.clone();
    draft.record.keys = vec![];
    bad("no-key", code, "The record names no key.", draft.sign());
    draft.record.keys = vec![format!("{}#next", market.did())];
    bad("other-key", code, "The record names another key than signed the standing.", draft.sign());
    draft.record.keys = vec![format!("{}#next", market.did()), format!("{}#last", market.did())];
    bad("other-keys", code, "The record names two other keys than signed the standing.", draft.sign());

    let code = "standing.head";
    let sign = |change: &dyn Fn(&mut Draft)| {
        let mut draft = honest.clone();
        change(&mut draft);
        draft.sign_under(&record)
    };
    let offer = honest.sign();
    let mut at = offer.clone();
    at.account.at = 0;
    bad("place", code, "The account's place is another's.", at);
    let mut at = offer.clone();
    at.account.at = 3;
    bad("place-outside", code, "The account's place is not in the tree.", at);
    let mut path = offer.clone();
    path.account.path = Tree::of(&[honest.leaf()]).prove(0).unwrap();
    bad("path-empty", code, "The path of the account is empty.", path);
    bad(
        "salt",
        code,
        "The standing states another salt than the record's leaf has.",
        sign(&|draft| {
            draft.statement.salt = Salt::from_bytes([0; 16]);
        }),
    );
    let longer = {
        let mut longer = Market::shop();
        longer.rate(5, "cyd", "seller", "2026-11-01");
        longer
    };
    let mut draft = honest.clone();
    draft.statement.head = longer.ledger.head();
    draft.statement.numbers = longer.ledger.numbers(start().day());
    draft.entries.push(longer.clone().draft(4, start()).entries.remove(0));
    let mut offer = draft.sign_under(&record);
    offer.account = honest.sign().account;
    bad("longer", code, "The standing's heads have one rating more than the record's leaf.", offer);
    let mut draft = honest.clone();
    draft.statement.epoch += 1;
    bad("epoch", code, "The standing states the epoch after its record's.", draft.sign());
    let mut draft = honest;
    draft.issued = draft.record.begins().plus(-1);
    bad("too-early", code, "The standing is signed a second before its epoch began.", draft.sign());
}

fn early_and_late(cases: &mut Cases) {
    let mut market = Market::shop();
    for (id, ahead, description) in [
        ("record-ahead-61", 61, "A record signed 61 seconds ahead."),
        ("record-ahead-hour", 3600, "A record signed an hour ahead."),
        ("record-ahead-week", 7 * 86_400, "A record signed a week ahead, for the current epoch."),
    ] {
        let mut draft = market.draft(0, start());
        draft.record.iat = start().plus(ahead);
        let list = market.list(start());
        draft.with_list(&list);
        let input = receiving(&market, &draft.sign());
        cases.refuse("REQ-OFFER-9", id, "epoch.future", description, input).at(start().seconds());
    }
    let first_of = |at: Timestamp| EpochLength::WEEK.start_of(EpochLength::WEEK.number_at(at)).seconds();
    for (id, now, description) in [
        (
            "stale",
            first_of(week(2)),
            "In the first second in which the epoch is not the previous one any more.",
        ),
        ("stale-month", week(4).seconds(), "An epoch of a month ago."),
        ("stale-year", week(52).seconds(), "An epoch of a year ago."),
    ] {
        let input = receiving(&market, &market.clone().offer(0, start()));
        cases.refuse("REQ-OFFER-10", id, "epoch.stale", description, input).at(now);
    }
    market.length = EpochLength::new(3600).unwrap();
    let input = receiving(&market, &market.clone().offer(0, start()));
    let description = "An epoch of one hour, two hours later.";
    cases
        .refuse("REQ-OFFER-10", "stale-hour", "epoch.stale", description, input)
        .at(start().seconds() + 7200);
}

fn forks(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-11", "epoch.forked");
    let mut market = Market::shop();
    let first = market.offer(0, start());
    let mut bad =
        |id: &str, description: &str, held: &[(&Offer, Timestamp)], offer: &Offer, now: Timestamp| {
            let input = after(&Market::shop(), held, offer);
            cases.refuse(req, id, code, description, input).at(now.seconds()).attack("A34");
        };
    let mut draft = market.draft(4, start().plus(3600));
    draft.record.prev = None;
    let description = "Two first records of one epoch.";
    bad("fork-epoch", description, &[(&first, start())], &draft.sign(), start().plus(3600));
    draft.record.prev = market.prev;
    let description = "A second record of the epoch, which names the first as the one before it.";
    bad("fork-epoch-named", description, &[(&first, start())], &draft.sign(), start().plus(3600));
    let mut draft = market.draft(4, week(1));
    draft.record.prev = None;
    let description = "A second record that names none before it, an epoch later.";
    bad("fork-first", description, &[(&first, start())], &draft.sign(), week(1));
    // Two records after the same one, weeks apart.
    let second = market.clone().offer(4, week(1));
    let fork = market.draft(4, week(3)).sign();
    let held = [(&first, start()), (&second, week(1))];
    bad("fork-prev", "Two later records that both name the first as the one before.", &held, &fork, week(3));
    let held = [(&first, start()), (&fork, week(3))];
    // The older of the two comes second; it is of the epoch before.
    let older = market.draft(4, week(2)).sign();
    bad("fork-older", "The same, and the older one comes last.", &held, &older, week(3));
}

fn chain(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-11", "epoch.chain");
    let mut market = Market::shop();
    let before = market.clone();
    let first = market.offer(0, start());
    let mut bad =
        |id: &str, description: &str, held: &[(&Offer, Timestamp)], offer: &Offer, now: Timestamp| {
            let attack = if id == "chain-older" { "A40" } else { "A34" };
            let input = after(&Market::shop(), held, offer);
            cases.refuse(req, id, code, description, input).at(now.seconds()).attack(attack);
        };
    let mut draft = market.draft(4, week(1));
    draft.record.prev = Some(Hash::from_bytes([5; 32]));
    let description = "The next epoch's record names another as the one before it.";
    bad("chain-prev", description, &[(&first, start())], &draft.sign(), week(1));
    let mut daily = market.clone();
    daily.length = EpochLength::new(86_400).unwrap();
    let draft = daily.draft(4, week(1));
    let description = "A record whose epochs have another length.";
    bad("chain-length", description, &[(&first, start())], &draft.sign(), week(1));
    // The last one of a closed market is held.
    let mut closing = before.clone();
    let mut draft = closing.draft(0, start());
    draft.record.last = true;
    let last = closing.publish(&draft);
    let after_last = closing.draft(4, week(1)).sign();
    let description = "A record that follows the final one.";
    bad("chain-final", description, &[(&last, start())], &after_last, week(1));
    // The market goes on honestly, and its older offer comes after the newer.
    let mut honest = market.clone();
    let older = honest.offer(4, week(1));
    let newer = honest.offer(4, week(2));
    let held = [(&first, start()), (&newer, week(2))];
    let description = "The offer of the epoch before comes after the current one's.";
    bad("chain-older", description, &held, &older, week(2));
    // A record before the held one, which does not name it.
    let mut other = before.clone();
    other.prev = Some(Hash::from_bytes([6; 32]));
    let held_later = market.offer(0, week(1));
    let strange = other.draft(0, start().plus(60)).sign();
    let description = "A record of the epoch before the held one, which names another before it.";
    bad("chain-before", description, &[(&held_later, week(1))], &strange, week(1));
}
