//! Milestones that are proven, judged by the verifier that they are proven to; and what is refused, whatever it asks.

mod consent;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use faam_spec::bbs::Pseudonym;
use faam_spec::decision::{Outcome, PrivateFacts, SameHolder};
use faam_spec::key::SigningKey;
use faam_spec::query::Query;
use faam_spec::request::SignedRequest;
use faam_spec::signed::Signer;
use faam_verifier::{
    AnyRole, MemoryNonces, Roles, Sources, StatementType, Trust, TrustEntry, finish, start as ask,
};
use rand::rngs::OsRng;

use super::*;
use crate::consent::Consent;
use crate::present::{Agreed, Pick, Plan, lacking};
use crate::private::ShownSteps;
use crate::testkit::crowd::{Crowd, Person};
use crate::testkit::{start, verifier, week};
use crate::vault::{Happened, LogEntry, WhoAsked};

/// Accounts beside those that somebody looks at: enough that all have company.
const OTHERS: usize = 24;

/// A market where `eve` and `fay` have the same twelve good ratings, and `eve` two as a buyer beside.
struct Shop {
    crowd: Crowd,
    eve: HeldLedger,
    fay: HeldLedger,
}

fn shop(name: &str, seed: u64) -> Shop {
    let mut crowd = Crowd::named(name, seed);
    crowd.fill(OTHERS, 12, start());
    let people = [Person::new("eve", 21), Person::new("fay", 22)];
    for person in &people {
        crowd.good(&person.account, 12);
    }
    crowd.rate("eve", 3, 1, "buyer", "2026-06-01");
    crowd.rate("eve", 5, 2, "buyer", "2026-06-02");
    for person in &people {
        crowd.bind(person, false, start().plus(-86_400));
    }
    crowd.begin(start());
    let [eve, fay] = people.map(|person| crowd.settled(&person, start()));
    Shop { crowd, eve, fay }
}

static SHOP: LazyLock<Shop> = LazyLock::new(|| shop("shop", 1));
static MALL: LazyLock<Shop> = LazyLock::new(|| shop("mall", 2));

fn other_verifier() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[78; 32]))
}

fn milestones(texts: &[&str]) -> Milestones {
    Milestones::new(texts.iter().map(|text| text.parse().unwrap()).collect()).unwrap()
}

fn part(id: &str, markets: &[&str], texts: &[&str]) -> PrivateQuery {
    PrivateQuery {
        id: id.into(),
        markets: markets.iter().map(|market| market.parse().unwrap()).collect(),
        issuers: Vec::new(),
        roles: Vec::new(),
        milestones: milestones(texts),
    }
}

fn at_shop(texts: &[&str]) -> Query {
    Query::of_private(vec![part("a", &["shop"], texts)]).unwrap()
}

fn request_of(signer: &Signer, query: Query) -> (SignedRequest, faam_verifier::Pending) {
    let made = crate::testkit::request(query, start());
    ask(made.request().ask.clone(), made.request().peer().unwrap(), signer, start(), &mut OsRng).unwrap()
}

fn request(query: Query) -> SignedRequest {
    request_of(&verifier(), query).0
}

fn refusal(query: Query, held: &[HeldLedger]) -> Reason {
    Plan::new(&request(query), held, Pick::Newest, start()).unwrap_err().reason()
}

fn trusting(shops: &[&Shop]) -> Sources {
    let entry = |shop: &&Shop| TrustEntry {
        issuer: shop.crowd.did().clone(),
        market: shop.crowd.name().clone(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Private],
        epoch_seconds: faam_spec::time::EpochLength::WEEK,
        frozen_after: None,
    };
    Sources { trust: Trust::new(shops.iter().map(entry).collect()), ..Sources::default() }
}

/// The bytes that answer a query, and what the verifier makes of them.
fn judged(
    signer: &Signer,
    query: Query,
    held: &[HeldLedger],
) -> (Vec<u8>, Vec<PrivateFacts>, Option<SameHolder>) {
    let (request, pending) = request_of(signer, query);
    let plan = Plan::new(&request, held, Pick::Newest, start()).unwrap();
    let bytes = plan.build(&[], start(), &mut OsRng).unwrap().to_bytes().unwrap();
    let sources = trusting(&[&SHOP, &MALL]);
    let decision = finish(&pending, &bytes, &sources, &mut MemoryNonces::new(), start());
    assert_eq!(decision.outcome(), Outcome::Accepted, "{:?}", decision.reasons());
    let accepted = decision.accepted().unwrap();
    (bytes, accepted.private().to_vec(), accepted.same_holder())
}

/// As after showing the answer to `query`.
fn after(held: &HeldLedger, role: &str, texts: &[&str]) -> HeldLedger {
    let mut held = held.clone();
    let shown = &mut held.private.as_mut().unwrap().shown;
    shown.note(&verifier().did().into(), &role.parse().unwrap(), &milestones(texts));
    held
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Another role answers, and the attempt is not forgotten for that.
//= spec/text/private.md#REQ-PRIVATE-15
//= type=test
//# Each role is a number of its own.
#[test]
fn a27_a_climb_that_another_role_answers_is_known() {
    // A mean of 750 as a buyer, of 1000 as a seller.
    let held = [after(&SHOP.eve, "seller", &["mean>=500"])];
    let asked = |text: &str| request(at_shop(&[text]));
    for (text, role, climbing) in
        [("mean>=700", "buyer", true), ("mean>=500", "seller", false), ("count>=1", "seller", false)]
    {
        let request = asked(text);
        let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
        assert_eq!((plan.private()[0].role().as_str(), plan.climbing()), (role, climbing), "{text}");
    }
}

/// What was not compared is shown at the holder's word alone, and nothing but what they agreed to.
//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# A record that it could not compare it shows only when the holder, told so, asks for it all the same.
#[test]
fn a29_what_was_not_compared_needs_a_word_of_its_own() {
    let mut eve = SHOP.eve.clone();
    let request = request(at_shop(&["count>=10"]));
    let (right, missing) = (Ok(()), Err((Reason::ConsentMissing, "not_compared")));
    for (compared, agreed, expected) in
        [(true, false, right), (false, true, right), (true, true, right), (false, false, missing)]
    {
        eve.private.as_mut().unwrap().compared = compared.then(start);
        let held = [eve.clone()];
        let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
        let said = |to| plan.check_agreed(Agreed { to, not_compared: agreed });
        assert_eq!(said(plan.approval()).map_err(|fault| (fault.reason(), fault.at())), expected);
        let other = said(request.digest()).unwrap_err();
        assert_eq!((other.reason(), other.at()), (Reason::ConsentMissing, "approval"));
    }
}

fn consent_of(query: Query, held: &[HeldLedger], log: &[LogEntry]) -> Consent {
    Consent::new(&Plan::new(&request(query), held, Pick::Newest, start()).unwrap(), log, start())
}

//= spec/text/private.md#REQ-PRIVATE-9
//= type=test
//# A proof MUST disclose exactly the messages of the milestones that were asked for, all of them true.
//= spec/text/private.md#REQ-PRIVATE-10
//= type=test
//# which a wallet takes from the `client_id` that it authenticated
#[test]
fn what_is_asked_is_proven_and_nothing_else() {
    let held = [SHOP.eve.clone()];
    let asked = ["count>=10", "mean>=950", "tenure>=3y", "disputes=0"];
    let (bytes, facts, same) = judged(&verifier(), at_shop(&asked), &held);
    assert_eq!((facts.len(), same), (1, None));
    assert_eq!(facts[0].milestones, milestones(&asked).as_slice());
    assert_eq!((facts[0].role.as_str(), facts[0].market.as_str()), ("seller", "shop"));
    // The same name at the next request of the same verifier, and another one elsewhere.
    let (again, more, _) = judged(&verifier(), at_shop(&["count>=5"]), &held);
    assert_eq!(more[0].pseudonym, facts[0].pseudonym);
    let (_, elsewhere, _) = judged(&other_verifier(), at_shop(&asked), &held);
    assert_ne!(elsewhere[0].pseudonym, facts[0].pseudonym);
    // Nothing of the ledger is in it.
    for bytes in [bytes, again] {
        let text = String::from_utf8(bytes).unwrap();
        let info = held[0].info();
        let key = held[0].standing().standing().holder().to_bytes();
        for part in [info.ledger.to_string(), faam_spec::encoding::b64(key)] {
            assert!(!text.contains(&part), "{part}");
        }
    }
}

#[test]
fn all_of_it_is_proven_or_nothing() {
    let held = [SHOP.eve.clone()];
    let ask = |parts: Vec<PrivateQuery>| Query::of_private(parts).unwrap();
    assert_eq!(refusal(at_shop(&["count>=20"]), &held), Reason::NothingToShow);
    assert_eq!(refusal(at_shop(&["count>=10", "low_share<=2%", "bound>=90d"]), &held), Reason::NothingToShow);
    let both = vec![part("a", &["shop"], &["count>=1"]), part("b", &["mall"], &["count>=1"])];
    assert_eq!(refusal(ask(both), &held), Reason::NothingToShow);
    let other =
        PrivateQuery { issuers: vec![MALL.crowd.did().clone()], ..part("a", &["shop"], &["count>=1"]) };
    assert_eq!(refusal(ask(vec![other]), &held), Reason::NothingToShow);
    let as_buyer = |texts: &[&str]| PrivateQuery {
        roles: vec!["buyer".parse().unwrap()],
        ..part("a", &["shop"], texts)
    };
    assert_eq!(refusal(ask(vec![as_buyer(&["count>=3"])]), &held), Reason::NothingToShow, "two as a buyer");
    let (_, facts, _) = judged(&verifier(), ask(vec![as_buyer(&["count>=1"])]), &held);
    assert_eq!(facts[0].role.as_str(), "buyer");
    // A ledger without private standings has none to show.
    let mut bare = SHOP.eve.clone();
    bare.private = None;
    assert_eq!(refusal(at_shop(&["count>=1"]), &[bare]), Reason::NothingToShow);
}

#[test]
fn what_is_lacking_is_said_to_the_holder() {
    let says = |query: Query, held: &[HeldLedger]| lacking(&request(query), held);
    let held = [SHOP.eve.clone()];
    assert_eq!(says(at_shop(&["count>=10"]), &held), None);
    assert_eq!(
        says(at_shop(&["count>=20", "disputes=0"]), &held).unwrap(),
        "they ask for milestones of shop that you do not all reach: at least 20 ratings, one from each counterparty; no open dispute"
    );
    assert_eq!(
        says(at_shop(&["count>=1"]), &[]).unwrap(),
        "they ask for milestones of shop, and you hold nothing of it"
    );
    let mut bare = SHOP.eve.clone();
    bare.private = None;
    let of_buyer =
        PrivateQuery { roles: vec!["buyer".parse().unwrap()], ..part("a", &["shop"], &["count>=1"]) };
    assert_eq!(
        says(Query::of_private(vec![of_buyer]).unwrap(), &[bare]).unwrap(),
        "they ask for milestones of shop, and you hold no private standing of it as buyer"
    );
}

//= spec/text/presentation.md#REQ-PRES-28
//= type=test
//# one ledger counts once, and ledgers of two people are not pooled.
#[test]
fn a33_one_ledger_of_a_market_and_each_of_its_roles_once() {
    // One wallet that got hold of the ledgers of two people.
    let pooled = [SHOP.eve.clone(), SHOP.fay.clone()];
    let seller = |id: &str| PrivateQuery {
        roles: vec!["seller".parse().unwrap()],
        ..part(id, &["shop"], &["count>=10"])
    };
    let two = Query::of_private(vec![seller("a"), seller("b")]).unwrap();
    assert_eq!(refusal(two, &pooled), Reason::NothingToShow);
    let roles = vec![part("a", &["shop"], &["count>=10"]), part("b", &["shop"], &["count>=1"])];
    let roles = Query::of_private(roles).unwrap();
    assert_eq!(
        refusal(roles.clone(), std::slice::from_ref(&SHOP.fay)),
        Reason::NothingToShow,
        "a seller and no more"
    );
    let (_, facts, same) = judged(&verifier(), roles.clone(), &pooled);
    assert_eq!([facts[0].role.as_str(), facts[1].role.as_str()], ["seller", "buyer"]);
    assert_eq!((facts[0].pseudonym == facts[1].pseudonym, same), (true, Some(SameHolder::NotProven)));
    let consent = consent_of(roles, &pooled, &[]);
    assert!(
        consent.warnings.iter().any(|said| said.contains("roles of one account")),
        "{:?}",
        consent.warnings
    );
}

#[test]
fn what_can_be_answered_is_found_whatever_the_order() {
    let held = [SHOP.eve.clone(), MALL.fay.clone()];
    for parts in [
        vec![part("a", &[], &["count>=10"]), part("b", &["shop"], &["count>=10"])],
        vec![part("a", &["shop"], &["count>=10"]), part("b", &[], &["count>=10"])],
        vec![part("a", &[], &["count>=10"]), part("b", &["mall"], &["count>=10"])],
    ] {
        let (_, facts, _) = judged(&verifier(), Query::of_private(parts).unwrap(), &held);
        let markets: BTreeSet<&str> = facts.iter().map(|fact| fact.market.as_str()).collect();
        assert_eq!(markets.len(), 2);
    }
}

#[test]
fn of_several_the_one_that_they_know_is_shown() {
    let any = || Query::of_private(vec![part("a", &[], &["count>=5"])]).unwrap();
    let market = |held: &[HeldLedger]| judged(&verifier(), any(), held).1[0].market.as_str().to_owned();
    let (shop, mall) = (SHOP.eve.clone(), MALL.fay.clone());
    assert_eq!(market(&[shop.clone(), mall.clone()]), "mall", "by name, where nothing else decides");
    assert_eq!(market(&[after(&shop, "seller", &["count>=5"]), mall]), "shop");
}

//= spec/text/private.md#REQ-PRIVATE-15
//= type=test
//# Under one pseudonym a wallet MUST NOT show a higher step of a metric than it showed before: thresholds that
//# climb would tell the number between them.
#[test]
fn a27_thresholds_that_climb_are_refused() {
    let before = ["count>=5", "mean>=800"];
    let held = [after(&SHOP.eve, "seller", &before)];
    for climbing in [&["count>=10"][..], &["count>=10", "mean>=800"], &["mean>=950", "disputes=0"]] {
        assert_eq!(refusal(at_shop(climbing), &held), Reason::RequestClimbing, "{climbing:?}");
    }
    // Whether the higher step is reached makes no difference to them, and none to the code.
    assert_eq!(refusal(at_shop(&["count>=100"]), &held), Reason::RequestClimbing);
    // The same again, a lower one, and another metric.
    for allowed in [&before[..], &["count>=3"], &["count>=1", "mean>=500"], &["tenure>=3y"]] {
        judged(&verifier(), at_shop(allowed), &held);
    }
    // Another verifier was shown nothing, and knows another name.
    let (_, elsewhere, _) = judged(&other_verifier(), at_shop(&["count>=10"]), &held);
    let (_, here, _) = judged(&verifier(), at_shop(&before), &held);
    assert_ne!(elsewhere[0].pseudonym, here[0].pseudonym);
    // As a buyer it is another number, of which they know nothing yet.
    let as_buyer =
        PrivateQuery { roles: vec!["buyer".parse().unwrap()], ..part("a", &["shop"], &["mean>=550"]) };
    judged(&verifier(), Query::of_private(vec![as_buyer]).unwrap(), &held);
}

//= spec/text/private.md#REQ-PRIVATE-15
//= type=test
//# `count` and `counterparties` are one number, and that of `recent_count` is never over it
#[test]
fn a27_metrics_of_one_number_do_not_climb_over_each_other() {
    let may = |shown: &[&str], asked: &str| {
        let held = shown.iter().fold(SHOP.eve.clone(), |held, text| after(&held, "seller", &[text]));
        let role = "seller".parse().unwrap();
        let shown = &held.private().unwrap().shown;
        let checked = shown.check(&verifier().did().into(), &role, &milestones(&[asked]));
        checked.map_err(|fault| assert_eq!(fault.reason(), Reason::RequestClimbing)).is_ok()
    };
    for (shown, climbing) in [
        (&["count>=5"][..], "counterparties>=10"),
        (&["count>=5"], "recent_count>=10"),
        (&["counterparties>=5"], "count>=10"),
        (&["counterparties>=5"], "recent_count>=10"),
        (&["count>=5", "counterparties>=10"], "counterparties>=25"),
        (&["recent_count>=5"], "recent_count>=10"),
        (&["count>=20", "recent_count>=5"], "recent_count>=10"),
        (&["count>=20", "recent_count>=5"], "counterparties>=25"),
    ] {
        assert!(!may(shown, climbing), "{shown:?}, then {climbing}");
    }
    for (shown, allowed) in [
        (&["count>=10"][..], "counterparties>=10"),
        (&["count>=10"], "recent_count>=10"),
        (&["counterparties>=10"], "count>=10"),
        (&["count>=5", "counterparties>=10"], "count>=10"),
        (&["recent_count>=10"], "count>=20"),
        (&["recent_count>=10", "count>=5"], "counterparties>=10"),
        (&["recent_count>=10", "count>=5"], "recent_count>=10"),
        (&["count>=20", "recent_count>=5"], "counterparties>=10"),
        (&["count>=5"], "mean>=950"),
    ] {
        assert!(may(shown, allowed), "{shown:?}, then {allowed}");
    }
    // As a request is answered.
    let held = [after(&SHOP.eve, "seller", &["count>=5"])];
    for climbing in ["counterparties>=10", "recent_count>=10"] {
        assert_eq!(refusal(at_shop(&[climbing]), &held), Reason::RequestClimbing, "{climbing}");
    }
    judged(&verifier(), at_shop(&["counterparties>=5"]), &held);
}

#[test]
fn a27_going_through_the_grid_step_by_step_tells_one_step() {
    // Whichever way it is gone through, of one metric they learn what they were told first, or less.
    for metric in Metric::all() {
        let steps: Vec<Milestone> = Milestone::all().filter(|of| of.metric() == metric).collect();
        for first in &steps {
            let mut held = SHOP.eve.clone();
            let mut told: BTreeMap<String, Vec<u8>> = BTreeMap::new();
            let order = std::iter::once(first).chain(&steps).chain(steps.iter().rev());
            for milestone in order {
                let text = milestone.to_string();
                let request = request(at_shop(&[&text]));
                let role = match Plan::new(&request, std::slice::from_ref(&held), Pick::Newest, start()) {
                    Ok(plan) => plan.private()[0].role().to_string(),
                    Err(_) => continue,
                };
                held = after(&held, &role, &[&text]);
                told.entry(role).or_default().push(milestone.step());
            }
            for (role, steps) in told {
                assert_eq!(steps.first(), steps.iter().max(), "{first} as {role}: {steps:?}");
            }
        }
    }
}

#[test]
fn a27_a_new_binding_is_a_new_name_with_a_memory_of_its_own() {
    let mut crowd = Crowd::named("stall", 3);
    let eve = Person::new("eve", 21);
    crowd.good("eve", 12);
    crowd.bind(&eve, false, week(-20));
    crowd.begin(start());
    let held = after(&crowd.settled(&eve, start()), "seller", &["count>=5"]);
    let query = |texts: &[&str]| Query::of_private(vec![part("a", &["stall"], texts)]).unwrap();
    assert_eq!(refusal(query(&["count>=10"]), std::slice::from_ref(&held)), Reason::RequestClimbing);
    let name = |held: &HeldLedger| -> Pseudonym {
        let request = request(query(&["count>=5"]));
        let held = std::slice::from_ref(held);
        let plan = Plan::new(&request, held, Pick::Newest, start()).unwrap();
        plan.private()[0].prove(faam_bbs::backend(), request.request(), &mut OsRng).unwrap().pseudonym
    };
    let old = name(&held);
    // The wallet was lost, and the market binds the account to another one.
    let anew = Person::new("eve", 23);
    crowd.bind(&anew, true, start());
    let held = crowd.settled(&anew, start());
    assert_eq!(held.private().unwrap().shown, ShownSteps::default());
    assert_ne!(name(&held), old);
    let request = request(query(&["count>=10"]));
    assert!(Plan::new(&request, &[held], Pick::Newest, start()).is_ok());
}

/// The bytes of the pseudonym and the proof, and the presentation without them.
fn taken_apart(bytes: &[u8]) -> (Vec<u8>, serde_json::Value) {
    let mut rest: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let text = rest["vp_token"]["a"][0].take();
    (faam_spec::encoding::unmulti(text.as_str().unwrap(), "vp_token").unwrap(), rest)
}

#[test]
fn a28_two_answers_have_in_common_what_all_have() {
    /// Runs of bytes as long as chance never makes equal.
    fn runs(bytes: &[u8]) -> BTreeSet<&[u8]> {
        bytes.windows(7).collect()
    }
    let asked = ["count>=10", "mean>=950", "tenure>=3y"];
    let held = [SHOP.eve.clone()];
    let (here, _, _) = judged(&verifier(), at_shop(&asked), &held);
    let (again, _, _) = judged(&verifier(), at_shop(&asked), &held);
    let (there, _, _) = judged(&other_verifier(), at_shop(&asked), &held);
    // Somebody else, with a ledger of other ratings that reaches as much.
    let (somebody, _, _) = judged(&verifier(), at_shop(&asked), std::slice::from_ref(&SHOP.fay));
    let all = [&here, &again, &there, &somebody].map(|bytes| taken_apart(bytes));
    let lengths = [&here, &again, &there, &somebody].map(Vec::len);
    assert_eq!(lengths, [here.len(); 4], "not even the length tells who it is");
    for (own, rest) in &all[1..] {
        assert_eq!(rest, &all[0].1, "what stands beside the proofs is the same for everybody");
        assert_eq!(own.len(), all[0].0.len());
    }
    let of_market = SHOP.eve.standing().record().as_str();
    assert_eq!(all[0].1["private"][0]["record"], of_market);
    assert_eq!(all[0].1["ledgers"], serde_json::json!([]));
    // The pseudonym and the proof share nothing between two verifiers.
    let (here, there) = (&all[0].0, &all[2].0);
    assert!(runs(here).is_disjoint(&runs(there)));
    // Nor with what somebody else shows, which is the same relation: nobody can tell the two cases apart by it.
    assert!(runs(here).is_disjoint(&runs(&all[3].0)));
    // At one verifier it is the pseudonym that is the same, and nothing behind it. So the test can see what is shared.
    let (name, proof) = all[1].0.split_at(48);
    assert_eq!(&here[..48], name);
    assert!(runs(&here[48..]).is_disjoint(&runs(proof)));
}

#[test]
fn a33_two_markets_are_listed_and_never_added() {
    let held = [SHOP.eve.clone(), MALL.fay.clone()];
    let parts = vec![part("one", &["shop"], &["count>=10"]), part("two", &["mall"], &["count>=10"])];
    let query = Query::of_private(parts).unwrap();
    let (_, facts, same) = judged(&verifier(), query.clone(), &held);
    let markets: Vec<&str> = facts.iter().map(|fact| fact.market.as_str()).collect();
    assert_eq!((markets, same), (vec!["shop", "mall"], Some(SameHolder::NotProven)));
    assert_ne!(facts[0].pseudonym, facts[1].pseudonym);
    // Twelve and twelve are not twenty.
    assert_eq!(
        refusal(Query::of_private(vec![part("a", &[], &["count>=20"])]).unwrap(), &held),
        Reason::NothingToShow
    );
    let consent = consent_of(query, &held, &[]);
    let text = flat(&consent.to_text(80));
    for said in [
        "WHAT THEY LEARN FROM shop",
        "WHAT THEY LEARN FROM mall",
        "listed one by one and never added",
        "of one person is not proven, and this verifier will think it",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(
        consent.in_short(),
        "“Beta rentals” asks for proof of 1 milestone of shop as seller; proof of 1 milestone of mall as seller, kept for 30 days."
    );
}

#[test]
fn an_approval_is_for_exactly_what_would_be_proven() {
    let request_a = request(at_shop(&["count>=10"]));
    let request_b = request(at_shop(&["count>=10", "mean>=950"]));
    let approval = |request: &SignedRequest, held: &HeldLedger| {
        Plan::new(request, std::slice::from_ref(held), Pick::Newest, start()).unwrap().approval()
    };
    let first = approval(&request_a, &SHOP.eve);
    assert_eq!(first, approval(&request_a, &after(&SHOP.eve, "seller", &["count>=10"])), "the same again");
    let other_epoch = {
        let mut crowd = Crowd::named("shop", 1);
        let eve = Person::new("eve", 21);
        crowd.good("eve", 12);
        crowd.bind(&eve, false, week(-2));
        crowd.begin(week(-1));
        crowd.settled(&eve, week(-1).plus(60))
    };
    // The same account in the same epoch, bound to another wallet: another pseudonym.
    let (bound, rebound) = {
        let mut crowd = Crowd::named("shop", 1);
        let (one, two) = (Person::new("eve", 21), Person::new("eve", 22));
        crowd.good("eve", 12);
        crowd.bind(&one, false, week(-20));
        crowd.begin(start());
        let bound = crowd.settled(&one, start());
        crowd.bind(&two, true, start().plus(60));
        (bound, crowd.settled(&two, start().plus(120)))
    };
    assert_eq!(bound.info().ledger, rebound.info().ledger);
    assert_eq!(bound.standing().record().hash(), rebound.standing().record().hash());
    let mut all = vec![
        first,
        approval(&request_a, &bound),
        approval(&request_a, &rebound),
        approval(&request_b, &SHOP.eve),
        approval(&request_a, &SHOP.fay),
        approval(&request_a, &other_epoch),
        approval(&request(at_shop(&["count>=10"])), &SHOP.eve),
    ];
    let number = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), number, "each is another one");
}
