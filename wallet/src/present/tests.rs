//! What is shown, judged by the verifier that it is made for.

use faam_spec::decision::{LedgerFacts, Outcome};
use faam_spec::query::{LedgerQuery, Query};
use faam_spec::signed::Signer;
use faam_verifier::{
    AnyRole, MemoryNonces, Pending, Roles, Sources, StatementType, Trust, TrustEntry, finish, start as ask,
};
use rand::SeedableRng as _;
use rand::rngs::OsRng;

use super::ratings::last_replies;
use super::*;
use crate::consent::Consent;
use crate::testkit::{Market, Shelf, holder, request, start, verifier, week};
use crate::vault::LogEntry;

fn market_name() -> faam_spec::name::MarketId {
    "shop".parse().unwrap()
}

fn held() -> (Market, Shelf) {
    let (mut market, mut shelf) = (Market::busy(), Shelf::default());
    shelf.take(&mut market, start());
    (market, shelf)
}

fn trusting(markets: &[&Market]) -> Sources {
    let entry = |market: &&Market| TrustEntry {
        issuer: market.did().clone(),
        market: market.name.clone(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Rating, StatementType::Standing],
        epoch_seconds: faam_spec::time::EpochLength::WEEK,
        frozen_after: None,
    };
    Sources { trust: Trust::new(markets.iter().map(entry).collect()), ..Sources::default() }
}

/// Makes the presentation for `request` and lets the verifier judge it.
fn judged(market: &Market, shelf: &Shelf, query: Query, pick: Pick) -> Vec<LedgerFacts> {
    let signer: Signer = verifier();
    let asked = request(query, start());
    let (ask_again, pending): (_, Pending) = ask(
        asked.request().ask.clone(),
        asked.request().peer().unwrap(),
        &signer,
        start(),
        &mut rand::rngs::StdRng::seed_from_u64(4),
    )
    .unwrap();
    let held = shelf.all();
    let plan = Plan::new(&ask_again, &held, pick, start()).unwrap();
    let bytes =
        plan.build(&vec![holder(); plan.parts().len()], start(), &mut OsRng).unwrap().to_bytes().unwrap();
    let decision = finish(&pending, &bytes, &trusting(&[market]), &mut MemoryNonces::new(), start());
    assert_eq!(decision.outcome(), Outcome::Accepted, "{:?}", decision.reasons());
    decision.accepted().unwrap().facts().to_vec()
}

fn plan_fault(shelf: &Shelf, query: Query) -> Reason {
    let request = request(query, start());
    Plan::new(&request, &shelf.all(), Pick::Newest, start()).unwrap_err().reason()
}

#[test]
fn a_standing_alone_is_accepted() {
    let (market, shelf) = held();
    let facts = judged(&market, &shelf, Query::standing(market_name()).unwrap(), Pick::Newest);
    assert_eq!((facts[0].numbers.total.all.ratings, facts[0].not_shown, facts[0].shown.len()), (7, 7, 0));
}

//= spec/text/presentation.md#REQ-PRES-22
//= type=test
//# What consent did not name MUST NOT be in the answer; that includes disclosures.
#[test]
fn only_what_was_asked_for_is_disclosed() {
    let (market, shelf) = held();
    let query = Query::ratings(market_name(), 3).unwrap();
    let bare = judged(&market, &shelf, query.clone(), Pick::Newest);
    assert!(bare[0].shown.iter().all(|rating| rating.disclosed.is_empty()));
    assert_eq!((bare[0].shown.len(), bare[0].not_shown), (3, 4));

    let facts = judged(&market, &shelf, query.disclosing(&["comment"]).unwrap(), Pick::Newest);
    for rating in &facts[0].shown {
        assert_eq!(rating.disclosed.keys().collect::<Vec<_>>(), ["comment"]);
    }

    // Nothing of the rest is in the bytes at all.
    let request = request(Query::ratings(market_name(), 7).unwrap(), start());
    let all = shelf.all();
    let plan = Plan::new(&request, &all, Pick::Newest, start()).unwrap();
    let text =
        String::from_utf8(plan.build(&[holder()], start(), &mut OsRng).unwrap().to_bytes().unwrap()).unwrap();
    for (record, _) in all[0].live() {
        assert!(record.disclosures().iter().all(|part| !text.contains(part.as_str())));
    }
}

#[test]
fn the_newest_or_the_best_are_picked() {
    let (market, shelf) = held();
    let query = Query::ratings(market_name(), 3).unwrap();
    let shown = |pick| -> Vec<u64> {
        judged(&market, &shelf, query.clone(), pick)[0].shown.iter().map(|rating| rating.index).collect()
    };
    assert_eq!(shown(Pick::Newest), [6, 5, 4]);
    assert_eq!(shown(Pick::Best), [5, 3, 0]);
    let in_role = query.clone().in_role(&"buyer".parse().unwrap());
    assert_eq!(plan_fault(&shelf, in_role), Reason::NothingToShow, "two of three");
}

#[test]
fn complete_means_all_of_the_roles_with_their_replies() {
    let (market, shelf) = held();
    let query = Query::complete(market_name()).unwrap();
    let all = judged(&market, &shelf, query.clone(), Pick::Best);
    assert!(all[0].complete);
    assert_eq!((all[0].shown.len(), all[0].not_shown), (7, 0));
    let replied: Vec<_> = all[0].shown.iter().filter(|rating| rating.reply.is_some()).collect();
    assert_eq!(replied.len(), 1);
    assert_eq!((replied[0].index, replied[0].reply.as_deref()), (2, Some("It was the post.")));

    let sellers = judged(&market, &shelf, query.in_role(&"seller".parse().unwrap()), Pick::Newest);
    assert_eq!((sellers[0].shown.len(), sellers[0].not_shown), (5, 2));
}

#[test]
fn only_the_last_reply_travels() {
    let (mut market, mut shelf) = (Market::busy(), Shelf::default());
    market.reply(2, "And I gave the money back.");
    shelf.take(&mut market, start());
    let all = judged(&market, &shelf, Query::complete(market_name()).unwrap(), Pick::Newest);
    assert_eq!(all[0].shown[2].reply.as_deref(), Some("And I gave the money back."));
}

#[test]
fn a_request_is_answered_wholly_or_not_at_all() {
    let (_, shelf) = held();
    assert_eq!(plan_fault(&shelf, Query::ratings(market_name(), 8).unwrap()), Reason::NothingToShow);
    assert_eq!(plan_fault(&shelf, Query::standing("mall".parse().unwrap()).unwrap()), Reason::NothingToShow);
    let ledger = |standing: &str, market: &str| LedgerQuery {
        standing: standing.into(),
        markets: vec![market.parse().unwrap()],
        issuers: vec![],
        ratings: None,
    };
    let two = Query::new(vec![ledger("a", "shop"), ledger("b", "mall")]).unwrap();
    assert_eq!(plan_fault(&shelf, two), Reason::NothingToShow);
    let twice = Query::new(vec![ledger("a", "shop"), ledger("b", "shop")]).unwrap();
    assert_eq!(plan_fault(&shelf, twice), Reason::NothingToShow, "one ledger is not shown as two");
    let other_issuer = LedgerQuery { issuers: vec![verifier().did().clone()], ..ledger("a", "shop") };
    assert_eq!(plan_fault(&shelf, Query::new(vec![other_issuer]).unwrap()), Reason::NothingToShow);
}

#[test]
fn an_expired_request_is_not_answered() {
    let (_, shelf) = held();
    let request = request(Query::standing(market_name()).unwrap(), start());
    let fault = Plan::new(&request, &shelf.all(), Pick::Newest, start().plus(600)).unwrap_err();
    assert_eq!(fault.reason(), Reason::RequestExpired);
}

#[test]
fn two_markets_are_listed_and_never_added() {
    let (market, mut shelf) = held();
    let mut mall = Market::named("mall", 2);
    mall.rate(3, "gus", "seller", "2026-01-01", &[]);
    // The other market's records and lists are not this one's.
    let mut other = Shelf::default();
    other.take(&mut mall, start());
    shelf.held.extend(other.held);
    let part = |standing: &str, market: &str| LedgerQuery {
        standing: standing.into(),
        markets: vec![market.parse().unwrap()],
        issuers: vec![],
        ratings: None,
    };
    let query = Query::new(vec![part("a", "mall"), part("b", "shop")]).unwrap();
    let request = request(query, start());
    let held = shelf.all();
    let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
    let names: Vec<&str> = plan.ledgers().map(|info| info.market.as_str()).collect();
    assert_eq!(names, ["mall", "shop"]);
    let consent = Consent::new(&plan, &[], start());
    assert!(consent.warnings.iter().any(|warning| warning.contains("one person")));
    assert!(plan.build(&[holder()], start(), &mut OsRng).is_err(), "a key is missing");
    assert!(
        plan.build(&[holder(), verifier().key().clone()], start(), &mut OsRng).is_err(),
        "a key does not belong"
    );
    drop(market);
}

#[test]
fn a_rating_withdrawn_since_is_not_shown() {
    let (mut market, mut shelf) = (Market::busy(), Shelf::default());
    let mut offer = market.offer(0, start());
    market.revoked.insert(6);
    // Newer than the record, which names the list as it was.
    offer.status = vec![market.list(start().plus(1)).as_str().to_owned()];
    let accepted = shelf.check(&market, offer, start()).unwrap();
    shelf.put(&accepted, start());
    let query = Query::ratings(market_name(), 3).unwrap();
    let facts = judged(&market, &shelf, query, Pick::Newest);
    let shown: Vec<u64> = facts[0].shown.iter().map(|rating| rating.index).collect();
    assert_eq!(shown, [5, 4, 3]);
    assert_eq!(plan_fault(&shelf, Query::complete(market_name()).unwrap()), Reason::RatingWithdrawn);
    assert_eq!(plan_fault(&shelf, Query::ratings(market_name(), 7).unwrap()), Reason::RatingWithdrawn);
}

#[test]
fn consent_says_who_why_what_and_what_not() {
    let (_, shelf) = held();
    let query = Query::ratings(market_name(), 2).unwrap().disclosing(&["comment", "rater"]).unwrap();
    let request = request(query, start());
    let held = shelf.all();
    let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
    let consent = Consent::new(&plan, &[], start());
    assert_eq!((consent.request, consent.approve), (request.digest(), plan.approval()));
    let text = consent.to_text(80);
    for part in [
        "“Beta rentals” asks",
        verifier().did().as_str(),
        "the name is their own claim",
        "To rent out a flat.",
        "30 days",
        "https://beta.example/terms",
        "2 of 7 ratings",
        "no. 7: 4 (1 to 5) as buyer; comment: “said bob”; rater: “bob”",
        "all roles: 7 ratings from 5 people, mean 3.86 on a scale of 1 to 5 (714 of 1000); from best to worst: 3 in 5, 2 in 4, 1 in 3, 0 in 2, 1 in 1;",
        "as buyer: 2 ratings from 2 people, mean 3.50 on a scale of 1 to 5 (625 of 1000);",
        "as buyer, last 12 months: 2 ratings from 2 people (625 of 1000); from best to worst: 0 in 5, 1 in 4,",
        "DO NOT LEARN",
        "the other 5 ratings",
        "not shown these ledgers to anybody yet",
        "recognised",
        "pseudonyms",
        &plan.approval().to_string(),
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(part), "{part}\n{text}");
    }
    assert_eq!(
        consent.in_short(),
        "“Beta rentals” asks for 2 ratings and the whole standing, kept for 30 days."
    );
    let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
    assert!(text.lines().all(|line| width(line) <= 80), "{text}");
    let json = serde_json::to_value(&consent).unwrap();
    assert_eq!(json["ledgers"][0]["ratings"][0]["disclosed"]["comment"], "said bob");
    assert_eq!(json["ledgers"][0]["numbers"]["total"]["all"]["ratings"], 7);

    // Once shown, the next consent says with what it can be linked.
    let what = plan.to_log(b"{}", start()).unwrap();
    let entry = LogEntry { seq: 1, at: start(), persona: 0, what };
    let again = Consent::new(&plan, &[entry], week(1));
    assert_eq!((again.links.len(), again.links[0].name.as_str()), (1, "Beta rentals"));
    assert!(again.to_text(80).contains("“Beta rentals”"));
}

#[test]
fn a68_consent_shows_foreign_text_as_it_is() {
    let (mut market, mut shelf) = (Market::new(), Shelf::default());
    let evil = serde_json::json!("fine\u{1b}[2J\u{202e}");
    market.rate(5, "ann", "seller", "2026-01-01", &[("comment", evil)]);
    shelf.take(&mut market, start());
    let mut ask = request(Query::standing(market_name()).unwrap(), start()).request().ask.clone();
    ask.name = "B\u{435}ta\u{200b}\n".into();
    ask.purpose = "\u{9b}31m".into();
    ask.query = Query::ratings(market_name(), 1).unwrap().disclosing(&["comment"]).unwrap();
    let peer = faam_spec::peer::PeerId::from_public_key([5; 32]);
    let mut rng = rand::rngs::StdRng::seed_from_u64(3);
    let signed = SignedRequest::sign(ask, peer, &verifier(), start(), &mut rng).unwrap();
    let held = shelf.all();
    let plan = Plan::new(&signed, &held, Pick::Newest, start()).unwrap();
    let text = Consent::new(&plan, &[], start()).to_text(80);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    for part in ["mixes alphabets", "\\u{200b}", "\\u{9b}31m", "fine\\u{1b}[2J\\u{202e}"] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{part}: {text}");
    }
}

//= spec/text/presentation.md#REQ-PRES-22
//= type=test
//# What consent did not name MUST NOT be in the answer
#[test]
fn an_approval_is_for_exactly_what_would_be_shown() {
    let (mut market, mut shelf) = held();
    let ask = |query: Query| request(query, start());
    let three = ask(Query::ratings(market_name(), 3).unwrap());
    let approval = |shelf: &Shelf, request: &SignedRequest, pick, now| {
        Plan::new(request, &shelf.all(), pick, now).unwrap().approval()
    };
    let newest = approval(&shelf, &three, Pick::Newest, start());
    assert_eq!(newest, approval(&shelf, &three, Pick::Newest, start().plus(60)), "the same a minute later");
    assert_ne!(newest, three.digest());
    let mut all = vec![newest, approval(&shelf, &three, Pick::Best, start())];
    for query in [
        Query::ratings(market_name(), 3).unwrap().disclosing(&["comment"]).unwrap(),
        Query::ratings(market_name(), 4).unwrap(),
        Query::standing(market_name()).unwrap(),
        Query::complete(market_name()).unwrap(),
        Query::ratings(market_name(), 7).unwrap(),
    ] {
        all.push(approval(&shelf, &ask(query), Pick::Newest, start()));
    }
    // The same request, and what it would show is newer, though it is the same ratings.
    shelf.take(&mut market, week(1));
    let mut later = three.request().ask.clone();
    later.life = 600;
    let peer = faam_spec::peer::PeerId::from_public_key([5; 32]);
    let mut rng = rand::rngs::StdRng::seed_from_u64(3);
    let later = SignedRequest::sign(later, peer, &verifier(), week(1), &mut rng).unwrap();
    let before = approval(&shelf, &later, Pick::Newest, week(1));
    all.push(before);
    // So is the same with a reply that would travel with one of them.
    let (mut market, mut shelf) = held();
    market.reply(4, "Thanks.");
    shelf.take(&mut market, week(1));
    all.push(approval(&shelf, &later, Pick::Newest, week(1)));
    let number = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), number, "each is another one");
}

#[test]
fn the_log_says_which_ratings_were_shown() {
    let (_, shelf) = held();
    let request = request(Query::ratings(market_name(), 3).unwrap(), start());
    let all = shelf.all();
    let plan = Plan::new(&request, &all, Pick::Best, start()).unwrap();
    let what = plan.to_log(b"{}", start()).unwrap();
    let Happened::Shown { ledgers, request: digest, .. } = &what else { panic!("{what:?}") };
    assert_eq!((&ledgers[0].indices[..], *digest), (&[5, 3, 0][..], request.digest()));
    // An entry of an older version does not have them.
    let mut json = serde_json::to_value(&what).unwrap();
    json["ledgers"][0].as_object_mut().unwrap().remove("indices").unwrap();
    let old: Happened = serde_json::from_value(json).unwrap();
    assert!(matches!(&old, Happened::Shown { ledgers, .. } if ledgers[0].indices.is_empty()));
}

#[test]
fn what_is_lacking_is_said_in_figures() {
    let (_, shelf) = held();
    let says = |query: Query| lacking(&request(query, start()), &shelf.all());
    let ratings = |n| Query::ratings(market_name(), n).unwrap();
    assert_eq!(says(ratings(300)).unwrap(), "they ask for 300 ratings, you hold 7");
    let buyer = ratings(3).in_role(&"buyer".parse().unwrap());
    assert_eq!(says(buyer).unwrap(), "they ask for 3 ratings as buyer, you hold 2");
    assert_eq!(
        says(Query::standing("mall".parse().unwrap()).unwrap()).unwrap(),
        "they ask for mall, and you hold nothing of it"
    );
    assert_eq!(says(ratings(7)), None);
    // Of a market of that name, and not of the issuer whom they believe.
    let mut other = Query::standing(market_name()).unwrap().ledgers().to_vec();
    other[0].issuers = vec!["did:key:z6MkwejxXjofTB8HcpJDisQiz8tsMQZ6LqqCqQfd2tikbnzS".parse().unwrap()];
    let told = says(Query::new(other).unwrap()).unwrap();
    assert!(
        told.ends_with("of an issuer that they believe, and what you hold of it is of another issuer"),
        "{told}"
    );
}

#[test]
fn one_of_something_is_said_so() {
    let (mut market, mut shelf) = (Market::new(), Shelf::default());
    market.rate(5, "ann", "seller", "2026-01-01", &[]);
    shelf.take(&mut market, start());
    let request = request(Query::complete(market_name()).unwrap(), start());
    let all = shelf.all();
    let plan = Plan::new(&request, &all, Pick::Newest, start()).unwrap();
    let consent = Consent::new(&plan, &[], start());
    assert!(consent.in_short().contains("asks for the only rating and the whole standing"));
    let flat = consent.to_text(80).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("as seller: 1 rating from 1 person, mean 5.00"), "{flat}");
    assert!(flat.contains("no. 1: 5") && !flat.contains("no. 0") && !flat.contains("all roles"), "{flat}");
}

#[test]
fn a_long_ledger_is_looked_through_once() {
    const RATINGS: u64 = 5_000;
    let (mut market, mut shelf) = (Market::new(), Shelf::default());
    market.many(RATINGS);
    market.reply(RATINGS - 1, "An answer.");
    market.reply(RATINGS - 1, "A better one.");
    market.reply(3, "To an old one.");
    shelf.hold(&mut market, start());
    let held = shelf.all();
    // One look gives the replies and the places of all ratings.
    let replies = held[0].replies();
    assert_eq!(replies.keys().copied().collect::<Vec<_>>(), [3, RATINGS - 1]);
    let of: Vec<u64> = replies[&(RATINGS - 1)].iter().map(|reply| reply.entry().index).collect();
    assert_eq!(of, [RATINGS, RATINGS + 1]);
    assert_eq!(last_replies(&held[0])[&(RATINGS - 1)].entry().index, RATINGS + 1);
    let places = held[0].live_positions();
    for index in [0, 3, RATINGS - 1] {
        assert_eq!(places.get(&index).copied(), held[0].ledger().live_position(index));
    }
    for number in [1, 900] {
        let request = request(Query::ratings(market_name(), number).unwrap(), start());
        let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
        let shown = plan.parts()[0].ratings();
        assert_eq!(shown.len(), usize::try_from(number).unwrap());
        assert_eq!(shown[0].reply().unwrap().entry().index, RATINGS + 1);
        let proof = plan.parts()[0].proof().unwrap();
        assert_eq!((proof.live[0].at, proof.replies.len()), (RATINGS - 1, 1));
    }
}

#[test]
fn places_in_the_live_tree_leave_out_what_was_corrected() {
    let (mut market, mut shelf) = (Market::busy(), Shelf::default());
    market.rate_over(3, "cas", "seller", "2026-11-01", &[], Some(2));
    market.withdraw(0);
    shelf.take(&mut market, start());
    let held = &shelf.all()[0];
    let places = held.live_positions();
    assert_eq!(places.len(), 6);
    for index in 0..held.ledger().len() {
        assert_eq!(places.get(&index).copied(), held.ledger().live_position(index), "{index}");
    }
}

fn flat(consent: &Consent) -> String {
    consent.to_text(80).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn consent_says_what_travels_beside_a_rating() {
    let (mut market, mut shelf) = (Market::busy(), Shelf::default());
    let index = market.rate_over(3, "dee", "buyer", "2026-10-20", &[], Some(4));
    market.reply(index, "Thank you.");
    shelf.take(&mut market, start());
    let request = request(Query::ratings(market_name(), 1).unwrap(), start());
    let held = shelf.all();
    let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
    let consent = Consent::new(&plan, &[], start());
    let json = serde_json::to_value(&consent).unwrap();
    let rating = &json["ledgers"][0]["ratings"][0];
    assert_eq!((&rating["kind"], &rating["corrects"]), (&"correction".into(), &4.into()));
    assert_eq!((&rating["reply"], &rating["reply_day"]), (&"Thank you.".into(), &"2026-11-01".into()));
    let text = flat(&consent);
    for part in [
        "a correction of no. 5",
        "That one of them is a correction, and of which earlier rating.",
        "your last reply and its day",
        "your reply of 2026-11-01: “Thank you.”",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }

    // Where there is neither, neither is spoken of.
    let (_, shelf) = super::tests::held();
    let (request, held) = (plan.request(), shelf.all());
    let plain = Consent::new(&Plan::new(request, &held, Pick::Newest, start()).unwrap(), &[], start());
    let json = serde_json::to_value(&plain).unwrap();
    let rating = &json["ledgers"][0]["ratings"][0];
    assert!(rating["kind"] == "rating" && rating["corrects"].is_null() && rating["reply_day"].is_null());
    assert!(!flat(&plain).contains("correction") && !flat(&plain).contains("your reply"));
}

#[test]
fn consent_names_the_issuer_and_warns_of_others_under_its_name() {
    let (market, mut shelf) = held();
    let query = Query::standing(market_name()).unwrap();
    let request = request(query, start());
    let alone = shelf.all();
    let consent = Consent::new(&Plan::new(&request, &alone, Pick::Newest, start()).unwrap(), &[], start());
    let short = crate::text::short_did(market.did());
    assert!(flat(&consent).contains(&format!("the issuer {short}.")), "{}", flat(&consent));
    assert!(short.ends_with(&market.did().as_str()[market.did().as_str().len() - 6..]));
    assert_eq!(serde_json::to_value(&consent).unwrap()["ledgers"][0]["issuer"], market.did().as_str());
    assert!(!flat(&consent).contains("call themselves"));

    let mut namesake = Market::named("shop", 2);
    namesake.rate(3, "gus", "seller", "2026-01-01", &[]);
    let mut other = Shelf::default();
    other.take(&mut namesake, start());
    shelf.held.extend(other.held);
    let both = shelf.all();
    let consent = Consent::new(&Plan::new(&request, &both, Pick::Newest, start()).unwrap(), &[], start());
    let expected = format!(
        "Two issuers call themselves shop; shown is the one {short}, and not {}.",
        crate::text::short_did(namesake.did())
    );
    assert!(consent.warnings.contains(&expected), "{:?}", consent.warnings);
}

#[test]
fn consent_says_which_of_several_ledgers_is_shown() {
    let (mut market, mut shelf) = held();
    let old = market.ledger.id();
    market.restart(77);
    market.rate(5, "fay", "seller", "2026-11-18", &[]);
    shelf.take(&mut market, start().plus(7 * 86_400));
    let request = request(Query::standing(market_name()).unwrap(), start());
    let held = shelf.all();
    let plan = Plan::new(&request, &held, Pick::Newest, start().plus(60)).unwrap();
    let consent = Consent::new(&plan, &[], start().plus(60));
    let shown = consent.ledgers[0].ledger;
    let said = consent.warnings.iter().find(|warning| warning.contains("You hold 2 ledgers of shop"));
    assert!(said.unwrap().contains(&format!("shown is {shown} with")), "{said:?}");
    assert!([old, market.ledger.id()].contains(&shown));
}
