//! What is taken and what is refused, one lie at a time.

use faam_spec::ledger::Body;
use faam_spec::offer::RenewedRating;
use faam_spec::sdjwt::SdJwt;
use faam_spec::status::{SignedStatusList, StatusList};
use serde_json::json;

use super::*;
use crate::testkit::{Market, Shelf, URI, holder, start, week};

fn refused(offer: Offer, market: &Market) -> (Reason, &'static str) {
    Shelf::default().refusal(market, offer, start())
}

#[test]
fn an_honest_offer_is_taken_and_continued() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let first = shelf.take(&mut market, start());
    assert_eq!(first.changes(), &Changes { ratings: 7, replies: 1, live: 7, ..Changes::default() });
    assert_eq!((first.new_from(), first.credentials().len()), (0, 7));
    assert!(first.warnings().is_empty());

    market.rate(5, "fay", "seller", "2026-11-18", &[]);
    market.rate_over(3, "cas", "seller", "2026-11-18", &[], Some(2));
    market.withdraw(1);
    let second = shelf.take(&mut market, week(1));
    let expected = Changes { ratings: 1, corrections: 1, withdrawals: 1, live: 7, ..Changes::default() };
    assert_eq!((second.changes(), second.new_from()), (&expected, 8));
    assert!(!second.credentials().contains_key(&1) && !second.credentials().contains_key(&2));

    // An offer of everything from the beginning is as good, and one in which nothing is new.
    let whole = market.offer(0, week(2));
    let again = shelf.check(&market, whole, week(2)).unwrap();
    assert_eq!((again.new_from(), again.changes().ratings), (11, 0));
    shelf.take(&mut market, week(3));
}

#[test]
fn a_changed_number_is_refused() {
    type Change = fn(&mut Statement);
    let cases: [(Change, Reason, &str); 6] = [
        (|s| s.numbers.withdrawn += 1, Reason::LedgerNumbers, "standing.numbers"),
        (|s| s.numbers.total.all.mean = Some(999), Reason::LedgerNumbers, "standing.numbers.total"),
        (|s| s.numbers.total.recent.counterparties -= 1, Reason::LedgerNumbers, "standing.numbers.total"),
        (
            |s| {
                let (one, other) = ("seller".parse().unwrap(), "buyer".parse().unwrap());
                let span = s.numbers.roles.remove(&one).unwrap();
                let old = s.numbers.roles.insert(other, span).unwrap();
                s.numbers.roles.insert(one, old);
            },
            Reason::LedgerNumbers,
            "standing.numbers.roles",
        ),
        (|s| s.numbers.disputed = 1, Reason::LedgerNumbers, "standing.numbers"),
        (|s| s.bound = week(2).day(), Reason::LedgerNumbers, "standing.bound"),
    ];
    for (change, reason, at) in cases {
        let mut market = Market::busy();
        let offer = market.offer_to(&holder().verifying_key(), 0, start(), change);
        assert_eq!(refused(offer, &market), (reason, at));
    }
}

#[test]
fn a_missing_or_changed_entry_is_refused() {
    let mut market = Market::busy();
    let mut offer = market.offer(0, start());
    offer.entries.pop();
    assert_eq!(refused(offer.clone(), &market).0, Reason::LedgerRoot);
    offer.entries.remove(0);
    assert_eq!(refused(offer, &market).0, Reason::LedgerRoot);

    // One entry in another's place, of the same length.
    let mut market = Market::busy();
    let mut other = market.clone();
    let index = market.rate(1, "zed", "seller", "2026-11-10", &[]);
    other.rate(5, "zed", "seller", "2026-11-10", &[]);
    let mut offer = market.offer(0, start());
    let last = usize::try_from(index).unwrap();
    offer.entries[last].record = other.ledger.records()[last].clone();
    assert_eq!(refused(offer, &market), (Reason::LedgerRoot, "standing.head"));
}

#[test]
fn a_later_beginning_than_what_is_held_is_refused() {
    let mut market = Market::busy();
    let offer = market.offer(3, start());
    assert_eq!(refused(offer, &market), (Reason::LedgerRoot, "offer.entries"));
}

#[test]
fn a_credential_must_state_its_entry() {
    let key = holder().verifying_key();
    let mut market = Market::busy();
    let honest = market.offer(0, start());

    let mut swapped = honest.clone();
    swapped.entries[0].jwt = honest.entries[3].jwt.clone();
    assert_eq!(refused(swapped, &market), (Reason::LedgerCredential, "rating.entry"));

    // The same disclosures, another value: signed by the market, and not what the ledger says.
    let mut lying = honest.clone();
    let record = &honest.entries[2].record;
    let mut entry = record.entry().clone();
    if let Body::Rating { score, .. } = &mut entry.body {
        *score = faam_spec::scale::Score::new(5, "1..5".parse().unwrap()).unwrap();
    }
    let better = Record::new(entry, record.disclosures().to_vec()).unwrap();
    lying.entries[2].jwt = Some(market.any_jwt(&better, &key));
    assert_eq!(refused(lying, &market), (Reason::LedgerCredential, "rating.entry"));

    let mut flipped = honest.clone();
    let jwt = flipped.entries[0].jwt.as_mut().unwrap();
    let (head, _) = jwt.rsplit_once('.').unwrap();
    *jwt = format!("{head}.{}", honest.entries[1].jwt.as_ref().unwrap().rsplit_once('.').unwrap().1);
    assert_eq!(refused(flipped, &market).0, Reason::InvalidSignature);

    let mut foreign = honest;
    let other = Market::named("shop", 2);
    foreign.entries[0].jwt = Some(other.any_jwt(&foreign.entries[0].record, &key));
    assert_eq!(refused(foreign, &market), (Reason::InvalidIssuer, "rating.iss"));
}

#[test]
fn each_live_rating_has_one_credential_and_nothing_else_has() {
    let key = holder().verifying_key();
    let mut market = Market::busy();
    market.withdraw(0);
    let honest = market.offer(0, start());

    let mut missing = honest.clone();
    missing.entries[1].jwt = None;
    assert_eq!(refused(missing, &market), (Reason::LedgerCredential, "offer.entries"));

    let mut dead = honest.clone();
    dead.entries[0].jwt = Some(market.any_jwt(&honest.entries[0].record, &key));
    assert_eq!(refused(dead, &market), (Reason::LedgerCredential, "offer.jwt"));

    let mut twice = honest.clone();
    let jwt = honest.entries[1].jwt.clone().unwrap();
    twice.renewed.push(RenewedRating { index: 1, jwt: jwt.clone() });
    assert_eq!(refused(twice, &market), (Reason::LedgerCredential, "offer.renewed"));

    // One that is held may be made again, once.
    let mut shelf = Shelf::default();
    let accepted = shelf.check(&market, honest, start()).unwrap();
    shelf.put(&accepted, start());
    let mut renewed = market.offer(9, week(1));
    renewed.renewed.push(RenewedRating { index: 1, jwt: jwt.clone() });
    let twice = Offer {
        renewed: vec![RenewedRating { index: 1, jwt: jwt.clone() }, RenewedRating { index: 1, jwt }],
        ..renewed.clone()
    };
    assert_eq!(shelf.refusal(&market, twice, week(1)).0, Reason::LedgerCredential);
    assert!(shelf.check(&market, renewed, week(1)).is_ok());
}

#[test]
fn what_is_bound_to_another_holder_is_refused() {
    let other = faam_spec::key::SigningKey::from_seed(&[10; 32]).verifying_key();
    let mut market = Market::busy();
    let offer = market.offer_to(&other, 0, start(), |_| {});
    assert_eq!(refused(offer, &market), (Reason::StandingOtherHolder, "standing.cnf"));

    let mut market = Market::busy();
    let mut offer = market.offer(0, start());
    offer.entries[0].jwt = Some(market.any_jwt(&offer.entries[0].record, &other));
    assert_eq!(refused(offer, &market), (Reason::StandingOtherHolder, "rating.cnf"));
}

#[test]
fn a19_what_carries_key_binding_already_is_refused() {
    let mut market = Market::busy();
    let honest = market.offer(0, start());
    let bind = |sd_jwt: SdJwt| sd_jwt.bind(&holder(), "somebody", "some nonce", start()).unwrap().to_text();

    let mut offer = honest.clone();
    let bare = SdJwt::from_parts(offer.entries[0].jwt.clone().unwrap(), Vec::new());
    offer.entries[0].jwt = Some(bind(bare));
    assert_eq!(refused(offer, &market), (Reason::KeyBindingPresent, "offer.jwt"));

    let mut offer = honest.clone();
    offer.standing = bind(SdJwt::parse(&honest.standing).unwrap());
    assert_eq!(refused(offer, &market), (Reason::KeyBindingPresent, "standing"));

    let mut offer = honest;
    offer.entries[0].jwt.as_mut().unwrap().push('~');
    assert_eq!(refused(offer, &market), (Reason::Malformed, "offer.jwt"));
}

#[test]
fn whose_offer_it_is_must_be_as_expected() {
    let mut market = Market::busy();
    let offer = market.offer(0, start());
    let (other_name, other_key) = (Market::named("mall", 1), Market::named("shop", 2));
    assert_eq!(Shelf::default().refusal(&other_name, offer.clone(), start()).0, Reason::InvalidIssuer);
    assert_eq!(Shelf::default().refusal(&other_key, offer.clone(), start()).0, Reason::InvalidIssuer);

    // The envelope may say what it likes: the standing is signed by somebody else.
    let lying = Offer { iss: other_key.did().clone(), ..offer.clone() };
    assert_eq!(Shelf::default().refusal(&other_key, lying, start()), (Reason::InvalidIssuer, "standing.iss"));
    let lying = Offer { market: other_name.name.clone(), ..offer.clone() };
    assert_eq!(
        Shelf::default().refusal(&other_name, lying, start()),
        (Reason::InvalidIssuer, "standing.iss")
    );
    let lying = Offer { ledger: Market::named("shop", 3).ledger.id(), ..offer };
    assert_eq!(refused(lying, &market).0, Reason::StandingOtherLedger);
}

#[test]
fn a40_an_older_epoch_record_is_refused() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    shelf.take(&mut market, start());
    let older = market.offer(8, week(1));
    market.rate(5, "fay", "seller", "2026-11-25", &[]);
    let newer = market.offer(8, week(2));
    let accepted = shelf.check(&market, newer, week(2)).unwrap();
    shelf.put(&accepted, week(2));
    let refused = shelf.check(&market, older, week(2)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::EpochChain);
    assert!(refused.conflict().is_none(), "it is late, and contradicts nothing");
}

#[test]
fn a40_an_older_status_list_is_refused() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    shelf.take(&mut market, start());
    let mut offer = market.offer(8, week(1));
    offer.status = vec![market.list(start().plus(-60)).as_str().to_owned()];
    assert_eq!(shelf.refusal(&market, offer, week(1)), (Reason::StatusOlder, "offer.status"));
}

#[test]
fn a40_two_status_lists_of_one_moment_are_refused() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    // Both are newer than the record, which therefore names neither by its hash.
    let first = market.offer(0, start());
    let at = start().plus(30);
    let with = |offer: &Offer, market: &Market| Offer {
        status: vec![market.list(at).as_str().to_owned()],
        ..offer.clone()
    };
    let accepted = shelf.check(&market, with(&first, &market), at).unwrap();
    shelf.put(&accepted, at);
    assert!(shelf.check(&market, with(&first, &market), at).is_ok(), "the same list again");
    market.revoked.insert(3);
    let other = with(&first, &market);
    assert_eq!(shelf.refusal(&market, other, at), (Reason::StatusInvalid, "offer.status.iat"));
}

#[test]
fn a42_a_status_list_that_the_public_record_does_not_name_is_refused() {
    const OWN: &str = "urn:faam:status:shop:only-you";
    let key = holder().verifying_key();
    let mut market = Market::busy();
    let honest = market.offer(0, start());
    // Every credential on a list of its holder's own.
    let list = |uri: &str, now| {
        SignedStatusList::sign(uri, StatusList::new(1 << 12).unwrap(), &market.signer, now).unwrap()
    };
    let mut offer = honest.clone();
    for entry in offer.entries.iter_mut().filter(|entry| entry.jwt.is_some()) {
        let idx = crate::testkit::place(entry.record.entry().index);
        let status = faam_spec::status::StatusRef { idx, uri: OWN.into() };
        let issued = faam_spec::rating::issue(&market.signer, &market.name, &entry.record, &key, &status);
        entry.jwt = Some(issued.unwrap().jwt().to_owned());
    }
    offer.status = vec![list(OWN, start()).as_str().to_owned()];
    assert_eq!(refused(offer.clone(), &market), (Reason::StatusInvalid, "record.status"));
    // Nor is one that came after the record.
    offer.status = vec![list(OWN, start().plus(30)).as_str().to_owned()];
    assert_eq!(refused(offer, &market), (Reason::StatusInvalid, "record.status"));

    // Under the address that is named, another content than the one that is named, unless it is newer.
    market.revoked.insert(3);
    let mut offer = honest;
    for (age, result) in [(-30, false), (0, false), (30, true)] {
        offer.status = vec![market.list(start().plus(age)).as_str().to_owned()];
        let checked = Shelf::default().check(&market, offer.clone(), start());
        assert_eq!(checked.is_ok(), result, "{age}");
        if let Err(refused) = checked {
            assert_eq!(refused.fault().reason(), Reason::StatusInvalid);
        }
    }
}

#[test]
fn another_ledger_of_a_market_that_is_held_is_taken_with_a_warning() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    shelf.take(&mut market, start());
    market.restart(77);
    market.rate(5, "fay", "seller", "2026-11-18", &[]);
    let second = shelf.take(&mut market, week(1));
    assert!(second.warnings().iter().any(|warning| warning.contains("another account")), "{second:?}");
    assert_eq!(shelf.held.len(), 2, "the old one is kept");
    assert!(shelf.take(&mut market, week(2)).warnings().is_empty(), "said once");
}

#[test]
fn a23_an_epoch_that_is_over_or_has_not_begun_is_refused() {
    let mut market = Market::busy();
    let offer = market.offer(0, start());
    let shelf = Shelf::default();
    assert!(shelf.check(&market, offer.clone(), week(1)).is_ok(), "the previous one is taken");
    assert_eq!(shelf.refusal(&market, offer.clone(), week(2)).0, Reason::EpochStale);
    assert_eq!(shelf.refusal(&market, offer.clone(), week(-1)).0, Reason::NotYetValid);
    // A market whose clock is ahead.
    let early = market.offer(0, week(1));
    assert_eq!(shelf.refusal(&market, early, start()), (Reason::NotYetValid, "standing.iat"));
}

#[test]
fn a_standing_must_be_part_of_its_epoch_record() {
    let mut market = Market::busy();
    let honest = market.offer(0, start());
    let mut offer = honest.clone();
    offer.account.at = 0;
    assert_eq!(refused(offer, &market), (Reason::StandingHead, "account"));
    // Another record of the same market and epoch, in which this head is not.
    let mut other = Market::busy();
    let mut offer = honest;
    offer.record = other.offer(0, start().plus(1)).record;
    assert_eq!(refused(offer, &market), (Reason::EpochUnknown, "record"));
}

//= spec/text/status.md#REQ-STATUS-12
//= type=test
//# A wallet MUST warn of lists of under 1,024 entries, which could serve to follow single people.
#[test]
fn status_lists_must_be_there_and_of_the_issuer() {
    let mut market = Market::busy();
    let honest = market.offer(0, start());
    let with = |status: Vec<SignedStatusList>| Offer {
        status: status.iter().map(|list| list.as_str().to_owned()).collect(),
        ..honest.clone()
    };
    assert_eq!(refused(with(vec![]), &market), (Reason::StatusMissing, "status.uri"));
    let list = market.list(start());
    assert_eq!(refused(with(vec![list.clone(), list]), &market), (Reason::StatusInvalid, "offer.status"));
    let foreign = Market::named("shop", 2).list(start());
    assert_eq!(refused(with(vec![foreign]), &market), (Reason::StatusInvalid, "offer.status"));
    let early = market.list(start().plus(3600));
    assert_eq!(refused(with(vec![early]), &market), (Reason::StatusInvalid, "offer.status"));
    // Newer than the record, which names the list as it was.
    let sign = |entries| {
        let list = StatusList::new(entries).unwrap();
        SignedStatusList::sign(URI, list, &market.signer, start().plus(1)).unwrap()
    };
    assert_eq!(refused(with(vec![sign(8)]), &market), (Reason::StatusIndex, "status_list.idx"));
    // Large enough, and still so small that it could follow people (A42).
    let accepted = Shelf::default().check(&market, with(vec![sign(1000)]), start()).unwrap();
    assert_eq!(accepted.warnings().len(), 1);
}

#[test]
fn two_ratings_on_one_place_of_a_list_are_refused() {
    let key = holder().verifying_key();
    let mut market = Market::busy();
    let mut offer = market.offer(0, start());
    let status = faam_spec::status::StatusRef { idx: crate::testkit::place(0), uri: URI.into() };
    let again =
        faam_spec::rating::issue(&market.signer, &market.name, &offer.entries[1].record, &key, &status);
    offer.entries[1].jwt = Some(again.unwrap().jwt().to_owned());
    assert_eq!(refused(offer, &market), (Reason::LedgerCredential, "status.idx"));
}

#[test]
fn a_rating_withdrawn_within_the_epoch_is_still_in_its_offer() {
    let mut market = Market::busy();
    let mut offer = market.offer(0, start());
    market.revoked.insert(3);
    offer.status = vec![market.list(start().plus(60)).as_str().to_owned()];
    let mut shelf = Shelf::default();
    let accepted = shelf.check(&market, offer, start().plus(60)).unwrap();
    shelf.put(&accepted, start());
    let held = &shelf.all()[0];
    let flagged: Vec<u64> = held
        .live()
        .filter(|(_, credential)| held.is_flagged(credential))
        .map(|(record, _)| record.entry().index)
        .collect();
    assert_eq!(flagged, [3]);
}

#[test]
fn comments_come_whole_or_the_offer_is_refused() {
    let mut market = Market::new();
    market.rate(5, "ann", "seller", "2026-01-01", &[("comment", json!("fine"))]);
    let offer = market.offer(0, start());
    let text = String::from_utf8(offer.to_bytes().unwrap()).unwrap();
    assert!(Offer::parse(text.as_bytes()).is_ok());
    let all = offer.entries[0].record.disclosures();
    let disclosure = all.iter().find(|part| part.name() == Some("comment")).unwrap().as_str();
    let other = faam_spec::sdjwt::Disclosure::with_salt("comment", json!("bad"), "salt").unwrap();
    let changed = text.replace(disclosure, other.as_str());
    assert_eq!(Offer::parse(changed.as_bytes()).unwrap_err().reason(), Reason::LedgerEntry);
}
