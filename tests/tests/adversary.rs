//! A holder who wants to look better than the ledger says. Every attempt has its one code, and none gets facts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use faam_issuer::Event;
use faam_spec::decision::{Limit, Outcome};
use faam_spec::did::KeyHistories;
use faam_spec::encoding::{b64, unb64};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::key::SigningKey;
use faam_spec::ledger::{Asker, LedgerNumbers};
use faam_spec::query::{LedgerQuery, Query};
use faam_spec::reason::Reason;
use faam_spec::scale::Score;
use faam_spec::sdjwt::SdJwt;
use faam_spec::signed::Signer;
use faam_spec::standing;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;
use faam_tests::{Draft, Holder, Market, Verifier, now, open_standing, worst_first};
use faam_verifier::{
    AnyRole, Decision, IssuerGone, MemoryNonces, MemorySources, NonceStore, NonceStoreError, Pending, Roles,
    SourceCache, StatementType, Trust, TrustEntry, finish,
};

struct Scene {
    market: Market,
    holder: Holder,
    verifier: Verifier,
}

/// Account 7 of Bitcoin Alpha: 195 ratings, nine of them bad.
fn scene() -> Scene {
    let mut market = Market::alpha(&["7", "12"]);
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    let verifier = Verifier::trusting(&market);
    Scene { market, holder, verifier }
}

fn alpha() -> faam_spec::name::MarketId {
    "bitcoin-alpha".parse().unwrap()
}

impl Scene {
    fn all(&self) -> Vec<u64> {
        self.holder.newest().ledger.live().map(|(index, _)| index).collect()
    }

    /// Asks, drafts an honest answer with `pick`, lets `change` spoil it, signs and sends it.
    fn attempt(&mut self, query: Query, pick: &[u64], change: impl FnOnce(&mut Draft)) -> Decision {
        let pending = self.verifier.ask(query);
        let mut draft = self.holder.draft(self.holder.newest(), pending.request(), pick);
        change(&mut draft);
        self.send(&draft, &pending)
    }

    fn send(&mut self, draft: &Draft, pending: &Pending) -> Decision {
        let presentation = draft.sign(&self.holder.key, pending.request(), self.verifier.now);
        self.verifier.judge(pending, &presentation)
    }
}

#[track_caller]
fn refused(decision: &Decision, reason: Reason) {
    assert!(decision.accepted().is_none(), "accepted, but should be {}", reason.code());
    assert_eq!(decision.reasons()[0].code, reason, "{}", decision.explain());
    assert!(decision.document().facts.is_empty());
    let expected = if reason.exit().name() == "undecided" { Outcome::Undecided } else { Outcome::Refused };
    assert_eq!(decision.outcome(), expected);
}

#[track_caller]
fn accepted(decision: &Decision) -> LedgerNumbers {
    assert_eq!(decision.outcome(), Outcome::Accepted, "{}", decision.explain());
    decision.accepted().unwrap().facts()[0].numbers.clone()
}

#[test]
fn the_honest_answer_is_accepted_and_says_what_was_not_shown() {
    let mut scene = scene();
    let good: Vec<u64> = worst_first(&scene.holder.newest().ledger).into_iter().rev().take(12).collect();
    let query = Query::ratings(alpha(), 12).unwrap().disclosing(&["day"]).unwrap();
    let decision = scene.attempt(query, &good, |_| ());
    let numbers = accepted(&decision);
    assert_eq!(numbers.total.all.ratings, 195);
    let facts = decision.accepted().unwrap().facts();
    assert_eq!((facts[0].shown.len(), facts[0].not_shown), (12, 183));
    assert_eq!(facts[0].not_shown_histogram.iter().sum::<u64>(), 183);
    assert_eq!(facts[0].not_shown_histogram[0], numbers.total.all.histogram[0], "every bad one is told of");
    assert!(facts[0].shown.iter().all(|rating| rating.disclosed.len() == 1));
    let text = decision.explain();
    assert!(text.contains("12 of 195 ratings shown; the 183 others are distributed"), "{text}");
    let all = scene.all();
    let decision = scene.attempt(Query::complete(alpha()).unwrap(), &all, |_| ());
    assert!(decision.accepted().unwrap().facts()[0].complete);
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ());
    accepted(&decision);
}

#[test]
fn a14_a_missing_key_binding_is_refused() {
    let mut scene = scene();
    for id in ["standing", "ratings"] {
        let pending = scene.verifier.ask(Query::ratings(alpha(), 1).unwrap());
        let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0]);
        let mut presentation = draft.sign(&scene.holder.key, pending.request(), now());
        let text = &mut presentation.vp_token.get_mut(id).unwrap()[0];
        *text = text[..=text.rfind('~').unwrap()].to_owned();
        refused(&scene.verifier.judge(&pending, &presentation), Reason::KeyBindingMissing);
    }
}

#[test]
fn a15_a16_key_binding_by_another_key_or_over_other_disclosures_is_refused() {
    let mut scene = scene();
    let pending =
        scene.verifier.ask(Query::ratings(alpha(), 1).unwrap().disclosing(&["day", "rater"]).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0]);
    let other = draft.sign(&SigningKey::from_seed(&[9; 32]), pending.request(), now());
    refused(&scene.verifier.judge(&pending, &other), Reason::KeyBindingSignature);
    let honest = draft.sign(&scene.holder.key, pending.request(), now());
    let text = honest.vp_token["ratings"][0].clone();
    let parts: Vec<&str> = text.split('~').collect();
    assert_eq!(parts.len(), 4);
    let mut swapped = honest.clone();
    swapped.vp_token.get_mut("ratings").unwrap()[0] = [parts[0], parts[2], parts[1], parts[3]].join("~");
    refused(&scene.verifier.judge(&pending, &swapped), Reason::KeyBindingHash);
    let mut fewer = honest.clone();
    fewer.vp_token.get_mut("ratings").unwrap()[0] = [parts[0], parts[1], parts[3]].join("~");
    refused(&scene.verifier.judge(&pending, &fewer), Reason::QueryUnmet);
    accepted(&scene.verifier.judge(&pending, &honest));
}

#[test]
fn a17_a_nonce_reused_or_foreign_and_a_foreign_audience_are_refused() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::ratings(alpha(), 1).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0]);
    let presentation = draft.sign(&scene.holder.key, pending.request(), now());
    accepted(&scene.verifier.judge(&pending, &presentation));
    refused(&scene.verifier.judge(&pending, &presentation), Reason::NonceUsed);
    let later = scene.verifier.ask(Query::ratings(alpha(), 1).unwrap());
    refused(&scene.verifier.judge(&later, &presentation), Reason::KeyBindingNonce);
    let mut third = Verifier::trusting(&scene.market);
    third.signer = Signer::from_key(SigningKey::from_seed(&[33; 32]));
    let elsewhere = third.ask(Query::ratings(alpha(), 1).unwrap());
    refused(&third.judge(&elsewhere, &presentation), Reason::KeyBindingAudience);
    let asked = later.request().request().clone();
    let audience = asked.verifier.client_id();
    for (audience, nonce, reason) in [
        (&audience[..audience.len() - 1], asked.nonce.as_str(), Reason::KeyBindingAudience),
        (audience.to_uppercase().as_str(), asked.nonce.as_str(), Reason::KeyBindingAudience),
        (asked.verifier.as_str(), asked.nonce.as_str(), Reason::KeyBindingAudience),
        (audience.as_str(), "", Reason::KeyBindingNonce),
    ] {
        let forged = draft.sign_for(&scene.holder.key, audience, nonce, now());
        refused(&scene.verifier.judge(&later, &forged), reason);
    }
}

#[test]
fn a18_a55_key_binding_from_the_future_or_long_ago_is_refused() {
    let mut scene = scene();
    for (seconds, reason) in [
        (-301, Some(Reason::KeyBindingStale)),
        (61, Some(Reason::KeyBindingFuture)),
        (-300, None),
        (60, None),
    ] {
        let pending = scene.verifier.ask(Query::standing(alpha()).unwrap());
        let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[]);
        let presentation = draft.sign(&scene.holder.key, pending.request(), now().plus(seconds));
        let decision = scene.verifier.judge(&pending, &presentation);
        match reason {
            Some(reason) => refused(&decision, reason),
            None => drop(accepted(&decision)),
        }
    }
}

#[test]
fn a21_a_rating_without_standing_is_refused() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::ratings(alpha(), 1).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0]);
    let mut presentation = draft.sign(&scene.holder.key, pending.request(), now());
    presentation.vp_token.insert("standing".into(), vec![]);
    refused(&scene.verifier.judge(&pending, &presentation), Reason::StandingMissing);
    presentation.vp_token.remove("standing");
    refused(&scene.verifier.judge(&pending, &presentation), Reason::StandingMissing);
}

#[test]
fn a21_a_bad_rating_left_out_of_a_complete_set_is_refused() {
    let mut scene = scene();
    let worst = worst_first(&scene.holder.newest().ledger);
    for left_out in [1, 9] {
        let decision = scene.attempt(Query::complete(alpha()).unwrap(), &worst[left_out..], |_| ());
        refused(&decision, Reason::RatingLeftOut);
        let decision = scene
            .attempt(Query::complete(alpha()).unwrap(), &worst[left_out..], |draft| draft.complete = false);
        refused(&decision, Reason::QueryUnmet);
    }
    // Filling the gap with a good one shown twice does not help.
    let mut padded = worst[1..].to_vec();
    padded.push(worst[194]);
    refused(&scene.attempt(Query::complete(alpha()).unwrap(), &padded, |_| ()), Reason::RatingRepeated);
    let trader = "trader".parse().unwrap();
    let by_role = Query::complete(alpha()).unwrap().in_role(&trader);
    refused(&scene.attempt(by_role.clone(), &worst[1..], |_| ()), Reason::RatingLeftOut);
    accepted(&scene.attempt(by_role, &worst, |_| ()));
}

#[test]
fn a22_a_rating_twice_or_from_another_ledger_is_refused() {
    let mut scene = scene();
    refused(&scene.attempt(Query::ratings(alpha(), 2).unwrap(), &[0, 0], |_| ()), Reason::RatingRepeated);
    // Somebody else's rating, taken with that person's help: bound to their key.
    let mut friend = Holder::new(2);
    scene.market.give("12", &mut friend);
    let theirs = (friend.newest().ratings[&3].select(|_| false), friend.draft_place(3));
    let foreign = theirs.clone();
    let decision =
        scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[0], move |draft| draft.ratings[0] = foreign);
    refused(&decision, Reason::StandingOtherLedger);
    // The same, stated to be of this ledger: the market's signature does not say so.
    let mut payload: serde_json::Value =
        serde_json::from_slice(&unb64(theirs.0.jwt().split('.').nth(1).unwrap(), "t").unwrap()).unwrap();
    payload["entry"]["ledger"] = serde_json::json!(scene.holder.newest().ledger.id());
    let parts: Vec<&str> = theirs.0.jwt().split('.').collect();
    let jwt = [parts[0], &b64(payload.to_string()), parts[2]].join(".");
    let changed = (SdJwt::from_parts(jwt, vec![]), theirs.1);
    let decision =
        scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[0], move |draft| draft.ratings[0] = changed);
    refused(&decision, Reason::InvalidSignature);
}

trait Place {
    fn draft_place(&self, index: u64) -> faam_spec::presentation::Inclusion;
}

impl Place for Holder {
    fn draft_place(&self, index: u64) -> faam_spec::presentation::Inclusion {
        let ledger = &self.newest().ledger;
        let at = ledger.live_position(index).unwrap();
        faam_spec::presentation::Inclusion { at, path: ledger.live_tree().prove(at).unwrap() }
    }
}

#[test]
fn a23_the_best_week_of_the_past_is_refused() {
    let events = faam_tests::alpha_events(&["7"]);
    let mut market = Market::new("bitcoin-alpha", 1, now());
    market.apply(&events[..150]);
    market.open_epoch();
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    market.apply(&events[150..]);
    market.weeks_pass(2);
    market.give("7", &mut holder);
    let mean = |n: usize| open_standing(&holder.held[n].offer.standing).statement().numbers.total.all.mean;
    assert!(mean(0) > mean(1), "the older epoch is the better one");

    let mut verifier = Verifier::trusting(&market);
    verifier.sources.records.insert(market.record()).unwrap();
    let pending = verifier.ask(Query::standing(alpha()).unwrap());
    let old = holder.draft(&holder.held[0], pending.request(), &[]);
    let answer = old.sign(&holder.key, pending.request(), verifier.now);
    refused(&verifier.judge(&pending, &answer), Reason::EpochStale);
    // The newer record beside the old standing does not make it newer.
    let mut mixed = old.clone();
    mixed.record = market.record().as_str().to_owned();
    let answer = mixed.sign(&holder.key, pending.request(), verifier.now);
    refused(&verifier.judge(&pending, &answer), Reason::EpochUnknown);
    // A verifier that knows nothing newer does not accept it either, unless its policy takes a last word.
    let mut unaware = Verifier::trusting(&market);
    let pending = unaware.ask(Query::standing(alpha()).unwrap());
    let answer = holder.draft(&holder.held[0], pending.request(), &[]).sign(
        &holder.key,
        pending.request(),
        unaware.now,
    );
    refused(&unaware.judge(&pending, &answer), Reason::IssuerSilent);
    unaware.sources.policy.issuer_gone = IssuerGone::LastKnown;
    // Not even when it is shown again, by a verifier that remembers what it is told to.
    let mut cache = MemorySources::new(KeyHistories::new());
    for _ in 0..3 {
        let decision = unaware.judge(&pending, &answer);
        refused(&decision, Reason::IssuerSilent);
        cache.remember(&mut unaware.sources, decision.document()).unwrap();
    }
    // What it saw itself before the market fell silent, it takes as the last word.
    let seen = SignedEpochRecord::open(&holder.held[0].offer.record, &KeyHistories::new()).unwrap();
    unaware.sources.records.insert(seen).unwrap();
    let decision = unaware.judge(&pending, &answer);
    accepted(&decision);
    assert_eq!(decision.accepted().unwrap().facts()[0].epochs_old, 2);
}

#[test]
fn a23_the_previous_epoch_is_accepted_and_of_a_closed_market_only_the_last() {
    let mut scene = scene();
    scene.market.weeks_pass(1);
    scene.verifier.now = scene.market.now;
    scene.verifier.sources.records.insert(scene.market.record()).unwrap();
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ());
    accepted(&decision);
    // The market closes; only its final epoch counts, and that one for good.
    scene.market.now = scene.market.now.plus(7 * 86_400);
    let now = scene.market.now;
    scene.market.issuer.close(now, &mut scene.market.rng).unwrap();
    scene.verifier.sources.records.insert(scene.market.record()).unwrap();
    scene.verifier.now = now;
    refused(&scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ()), Reason::EpochNotFinal);
    let mut last = Holder::new(1);
    last.take(scene.market.issuer.offer(&"7".parse().unwrap(), None, now).unwrap());
    scene.holder = last;
    scene.verifier.now = now.plus(3 * 365 * 86_400);
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ());
    accepted(&decision);
}

#[test]
fn a23_an_epoch_that_was_never_recorded_is_refused() {
    let mut scene = scene();
    let signer = Signer::from_key(SigningKey::from_seed(&[8; 32]));
    let mut record = scene.market.record().record().clone();
    record.iss = signer.did().clone();
    record.keys = vec![signer.key_id().to_owned()];
    let forged = SignedEpochRecord::sign(record, &signer).unwrap().as_str().to_owned();
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], move |draft| draft.record = forged);
    refused(&decision, Reason::EpochUnknown);
}

#[test]
fn a31_a36_a_withdrawn_or_corrected_rating_shown_as_live_is_refused() {
    let mut scene = scene();
    let good = *worst_first(&scene.holder.newest().ledger).last().unwrap();
    let event_id = faam_tests::alpha_events(&["7"])[usize::try_from(good).unwrap()].id().clone();
    let withdrawal =
        Event::Withdrawal { id: "w1".parse().unwrap(), of: event_id, by: Asker::Both, at: scene.market.now };
    scene.market.apply(&[withdrawal]);
    // Still within the epoch: the standing counts it, the newest status list says that it is withdrawn.
    let lists = scene.market.issuer.status_lists(scene.market.now).unwrap();
    for list in lists {
        scene.verifier.sources.status.insert(list).unwrap();
    }
    refused(&scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[good], |_| ()), Reason::RatingWithdrawn);
    // In the next epoch it is not under the live root, and the standing counts it as withdrawn.
    scene.market.weeks_pass(1);
    scene.verifier.now = scene.market.now;
    let before = scene.holder.newest().clone();
    let holder = &mut scene.holder;
    scene.market.give("7", holder);
    let old = (
        before.ratings[&good].select(|_| false),
        Holder { held: vec![before], ..holder.clone() }.draft_place(good),
    );
    let other = *worst_first(&scene.holder.newest().ledger).last().unwrap();
    let decision =
        scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[other], move |draft| draft.ratings[0] = old);
    refused(&decision, Reason::RatingNotLive);
    let numbers = accepted(&scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ()));
    assert_eq!((numbers.withdrawn, numbers.total.all.ratings), (1, 194));
}

#[test]
fn a34_two_records_with_one_predecessor_are_evidence() {
    let mut scene = scene();
    let mut other = scene.market.record().record().clone();
    other.accounts.size += 1;
    let forked = SignedEpochRecord::sign(other, &scene.market.signer).unwrap();
    scene.verifier.sources.records.insert(forked).unwrap();
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ());
    refused(&decision, Reason::EpochForked);
    let [one, other] = decision.document().conflict.as_slice() else { panic!("both records are kept") };
    assert_ne!(one, other);
}

#[test]
fn a23_a_market_with_other_epochs_than_were_trusted_is_refused() {
    // A new owner of a frozen market counts in quarters: small numbers, and each is current for months.
    let mut market = Market::with_epochs("bitcoin-alpha", 1, now(), 92 * 86_400);
    market.apply(&faam_tests::alpha_events(&["7"]));
    market.open_epoch();
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    let mut verifier = Verifier::trusting(&market);
    let pending = verifier.ask(Query::standing(alpha()).unwrap());
    let answer =
        holder.draft(holder.newest(), pending.request(), &[]).sign(&holder.key, pending.request(), now());
    refused(&verifier.judge(&pending, &answer), Reason::EpochChain);
}

#[test]
fn a83_members_that_nobody_asked_for_are_refused() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::ratings(alpha(), 0).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[]);
    let mut presentation = draft.sign(&scene.holder.key, pending.request(), now());
    presentation.vp_token.remove("ratings");
    presentation.vp_token.insert("more".into(), vec!["x".into(); 900]);
    refused(&scene.verifier.judge(&pending, &presentation), Reason::QueryExtra);
    // An array in the place of an object, and null in the place of nothing, are other bytes for the same and are refused.
    let honest = draft.sign(&scene.holder.key, pending.request(), now());
    let value = serde_json::to_value(&honest).unwrap();
    let as_list = serde_json::json!([value["v"], value["vp_token"], value["ledgers"]]);
    refused(&scene.verifier.judge_bytes(&pending, as_list.to_string().as_bytes()), Reason::Malformed);
    let mut with_null = value;
    with_null["ledgers"][0]["status"] = serde_json::Value::Null;
    refused(&scene.verifier.judge_bytes(&pending, with_null.to_string().as_bytes()), Reason::Malformed);
}

#[test]
fn a42_a_list_that_no_public_record_names_is_refused() {
    let mut scene = scene();
    let theirs = scene.holder.newest().offer.status[0].clone();
    let list = SignedStatusList::open(&theirs, &KeyHistories::new()).unwrap();
    // One of the same address and date, signed by the market, with other contents than its record names.
    let mut other = list.list().clone();
    other.set(60_000, 1).unwrap();
    let other = SignedStatusList::sign(list.uri(), other, &scene.market.signer, list.issued()).unwrap();
    let text = other.as_str().to_owned();
    let decision =
        scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[0], move |draft| draft.status = vec![text]);
    refused(&decision, Reason::StatusInvalid);
}

#[test]
fn a37_a40_status_lists_are_of_the_issuer_and_never_go_back() {
    let mut scene = scene();
    let older = scene.holder.newest().offer.status[0].clone();
    let uri = SignedStatusList::open(&older, &KeyHistories::new()).unwrap().uri().to_owned();
    let stranger = Signer::from_key(SigningKey::from_seed(&[8; 32]));
    let list = SignedStatusList::open(&older, &KeyHistories::new()).unwrap().list().clone();
    let foreign = SignedStatusList::sign(&uri, list.clone(), &stranger, now()).unwrap().as_str().to_owned();
    let query = || Query::ratings(alpha(), 1).unwrap();
    refused(&scene.attempt(query(), &[0], move |draft| draft.status = vec![foreign]), Reason::StatusInvalid);
    refused(&scene.attempt(query(), &[0], |draft| draft.status.clear()), Reason::StatusMissing);
    // A newer list is known here; the holder brings the older one, in which the rating is still valid.
    let index = status_index(&scene, 0);
    let mut newer = list;
    newer.set(index, 1).unwrap();
    let newer = SignedStatusList::sign(&uri, newer, &scene.market.signer, now().plus(30)).unwrap();
    scene.verifier.sources.status.insert(newer).unwrap();
    let old = SignedStatusList::open(&older, &KeyHistories::new()).unwrap();
    assert_eq!(scene.verifier.sources.status.insert(old).unwrap_err().reason(), Reason::StatusOlder);
    refused(&scene.attempt(query(), &[0], |_| ()), Reason::RatingWithdrawn);
}

fn status_index(scene: &Scene, index: u64) -> u64 {
    let rating =
        faam_spec::rating::Rating::open(&scene.holder.newest().ratings[&index], &KeyHistories::new(), now());
    rating.unwrap().status().idx
}

//= spec/text/decision.md#REQ-DEC-1
//= type=test
//# A decision MUST be refused by the first thing that is wrong, and undecided when nothing is wrong and
//# something is missing
#[test]
fn a41_an_old_status_list_leaves_it_undecided() {
    let mut scene = scene();
    scene.verifier.sources.policy.status_max_age = 3600;
    scene.verifier.now = now().plus(3601);
    let query = || Query::ratings(alpha(), 1).unwrap();
    let decision = scene.attempt(query(), &[0], |_| ());
    refused(&decision, Reason::StatusExpired);
    assert!(
        decision
            .document()
            .sources
            .iter()
            .any(|source| source.kind == "status_list" && source.age_seconds == 3601)
    );
    // Undecided does not use the request up: with a newer list the same answer is accepted.
    let pending = scene.verifier.ask(query());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0]);
    let answer = draft.sign(&scene.holder.key, pending.request(), scene.verifier.now);
    refused(&scene.verifier.judge(&pending, &answer), Reason::StatusExpired);
    let list = SignedStatusList::open(&scene.holder.newest().offer.status[0], &KeyHistories::new()).unwrap();
    let fresh =
        SignedStatusList::sign(list.uri(), list.list().clone(), &scene.market.signer, scene.verifier.now)
            .unwrap();
    scene.verifier.sources.status.insert(fresh).unwrap();
    accepted(&scene.verifier.judge(&pending, &answer));
}

#[test]
fn a81_trust_is_for_one_market_role_and_type() {
    let mut scene = scene();
    let issuer = scene.market.signer.did().clone();
    let entry = |market: &str, roles: Roles, types: Vec<StatementType>| TrustEntry {
        issuer: issuer.clone(),
        market: market.parse().unwrap(),
        roles,
        types,
        epoch_seconds: faam_spec::time::EpochLength::WEEK,
        frozen_after: None,
    };
    let both = vec![StatementType::Rating, StatementType::Standing];
    let any = Roles::Any(AnyRole::Any);
    let seller = Roles::Only(vec!["seller".parse().unwrap()]);
    for entries in [
        vec![],
        vec![entry("bitcoin-otc", any.clone(), both.clone())],
        vec![entry("bitcoin-alpha", seller, both.clone())],
        vec![entry("bitcoin-alpha", any.clone(), vec![StatementType::Standing])],
        vec![entry("bitcoin-alpha", any.clone(), vec![StatementType::Rating])],
    ] {
        scene.verifier.sources.trust = Trust::new(entries);
        refused(&scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[0], |_| ()), Reason::Untrusted);
    }
    let epoch = scene.market.record().record().epoch;
    let frozen = TrustEntry { frozen_after: Some(epoch - 1), ..entry("bitcoin-alpha", any, both) };
    scene.verifier.sources.trust = Trust::new(vec![frozen]);
    refused(&scene.attempt(Query::ratings(alpha(), 1).unwrap(), &[0], |_| ()), Reason::TrustFrozen);
}

//= spec/text/decision.md#REQ-DEC-2
//= type=test
//# Facts MUST be stated only when it is accepted.
#[test]
fn a83_less_or_other_than_was_asked_is_refused() {
    let mut scene = scene();
    let asked = || Query::ratings(alpha(), 3).unwrap().disclosing(&["day"]).unwrap();
    refused(&scene.attempt(asked(), &[0, 1], |_| ()), Reason::QueryUnmet);
    let without_day = scene.holder.newest().ratings[&0].select(|_| false);
    let decision = scene.attempt(asked(), &[0, 1, 2], move |draft| draft.ratings[0].0 = without_day);
    refused(&decision, Reason::QueryUnmet);
    let with_rater = scene.holder.newest().ratings[&0].select(|_| true);
    let decision = scene.attempt(asked(), &[0, 1, 2], move |draft| draft.ratings[0].0 = with_rater);
    refused(&decision, Reason::QueryExtra);
    let elsewhere = Query::ratings("bitcoin-otc".parse().unwrap(), 1).unwrap();
    refused(&scene.attempt(elsewhere, &[0], |_| ()), Reason::QueryValue);
    let sellers = Query::ratings(alpha(), 1).unwrap().in_role(&"seller".parse().unwrap());
    refused(&scene.attempt(sellers, &[0], |_| ()), Reason::QueryValue);
    let pending = scene.verifier.ask(Query::standing(alpha()).unwrap());
    let more = scene.verifier.ask(Query::ratings(alpha(), 1).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), more.request(), &[0]);
    refused(&scene.send(&draft, &pending), Reason::QueryExtra);
}

#[test]
fn changed_numbers_and_standings_of_ones_own_making_are_refused() {
    let mut scene = scene();
    let mut statement = open_standing(&scene.holder.newest().offer.standing).statement().clone();
    statement.numbers.total.all.mean = Some(1000);
    let me = Signer::from_key(scene.holder.key.clone());
    let holder = scene.holder.key.verifying_key();
    let own = standing::issue(&me, &alpha(), &statement, &holder, now()).unwrap();
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], move |draft| draft.standing = own);
    refused(&decision, Reason::Untrusted);
    // Even the market itself cannot state a head that is not in its epoch record.
    statement.salt = faam_spec::hash::Salt::from_bytes([0; 16]);
    let lie = standing::issue(&scene.market.signer, &alpha(), &statement, &holder, now()).unwrap();
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], move |draft| draft.standing = lie);
    refused(&decision, Reason::StandingHead);
    let text = scene.holder.newest().offer.standing.clone();
    let parts: Vec<&str> = text.trim_end_matches('~').split('.').collect();
    let payload = String::from_utf8(unb64(parts[1], "t").unwrap()).unwrap();
    assert!(payload.contains("\"mean\":594"));
    let forged = [parts[0], &b64(payload.replace("\"mean\":594", "\"mean\":995")), parts[2]].join(".");
    let forged = SdJwt::from_parts(forged, vec![]);
    let decision =
        scene.attempt(Query::standing(alpha()).unwrap(), &[], move |draft| draft.standing = forged);
    refused(&decision, Reason::InvalidSignature);
}

#[test]
fn a_score_outside_its_scale_cannot_even_be_said() {
    assert!(Score::new(11, "-10..10".parse().unwrap()).is_err());
}

#[test]
fn an_expired_request_is_refused() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::standing(alpha()).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[]);
    scene.verifier.now = now().plus(600);
    refused(&scene.send(&draft, &pending), Reason::RequestExpired);
}

//= spec/text/verifying.md#REQ-VERIFY-1
//= type=test
//# Both MUST be pure: they read no clock, no network, no file. The same arguments give the same decision.
#[test]
fn the_same_arguments_give_the_same_decision() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::ratings(alpha(), 3).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0, 1, 2]);
    let good = draft.sign(&scene.holder.key, pending.request(), now()).to_bytes().unwrap();
    let judge = |bytes: &[u8]| {
        let mut nonces = MemoryNonces::new();
        finish(&pending, bytes, &scene.verifier.sources, &mut nonces, scene.verifier.now)
    };
    accepted(&judge(&good));
    for bytes in [good.as_slice(), &good[1..], b"{}"] {
        assert_eq!(judge(bytes), judge(bytes));
    }
    // Asking alike, with the same chance, asks the same.
    let mut twins = [Verifier::trusting(&scene.market), Verifier::trusting(&scene.market)];
    let [one, two] = twins.each_mut().map(|verifier| verifier.ask(Query::standing(alpha()).unwrap()));
    assert_eq!(one, two);
}

//= spec/text/verifying.md#REQ-VERIFY-2
//= type=test
//# There MUST be no optional security input: what is left out believes less, never more.
#[test]
fn what_a_verifier_was_not_told_makes_it_believe_less() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::ratings(alpha(), 1).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0]);
    let answer = draft.sign(&scene.holder.key, pending.request(), now());
    let trust = core::mem::take(&mut scene.verifier.sources.trust);
    refused(&scene.verifier.judge(&pending, &answer), Reason::Untrusted);
    scene.verifier.sources.trust = trust;
    // Without a list there is no word on whether it was withdrawn.
    let mut unlisted = answer.clone();
    unlisted.ledgers[0].status.clear();
    refused(&scene.verifier.judge(&pending, &unlisted), Reason::StatusMissing);
    // Without a policy, nobody's last word is taken.
    scene.verifier.now = now().plus(590);
    accepted(
        &scene.verifier.judge(&pending, &draft.sign(&scene.holder.key, pending.request(), now().plus(590))),
    );
    scene.verifier.now = now().plus(21 * 86_400);
    let late = scene.verifier.ask(Query::standing(alpha()).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), late.request(), &[]);
    let answer = draft.sign(&scene.holder.key, late.request(), scene.verifier.now);
    refused(&scene.verifier.judge(&late, &answer), Reason::IssuerSilent);
}

//= spec/text/verifying.md#REQ-VERIFY-6
//= type=test
//# Sizes, form and the query's shape MUST be checked before the first signature.
#[test]
fn the_shape_is_checked_before_the_first_signature() {
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::ratings(alpha(), 2).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[0, 1]);
    let mut forged = draft.sign(&scene.holder.key, pending.request(), now());
    // No signature of this one verifies.
    for text in forged.vp_token.values_mut().flatten() {
        let at = text.find('~').unwrap();
        let other = if &text[at - 9..at - 8] == "A" { "B" } else { "A" };
        text.replace_range(at - 9..at - 8, other);
    }
    refused(&scene.verifier.judge(&pending, &forged), Reason::InvalidSignature);
    let mut fewer = forged.clone();
    fewer.vp_token.get_mut("ratings").unwrap().pop();
    fewer.ledgers[0].live.pop();
    refused(&scene.verifier.judge(&pending, &fewer), Reason::QueryUnmet);
    let mut more = forged.clone();
    more.vp_token.insert("other".into(), vec![]);
    refused(&scene.verifier.judge(&pending, &more), Reason::QueryExtra);
    let mut misplaced = forged.clone();
    misplaced.ledgers[0].live.pop();
    refused(&scene.verifier.judge(&pending, &misplaced), Reason::Malformed);
    let mut many = forged;
    many.vp_token.get_mut("ratings").unwrap()[1].push_str(&"x".repeat(70_000));
    refused(&scene.verifier.judge(&pending, &many), Reason::TooLarge);
}

//= spec/text/verifying.md#REQ-VERIFY-14
//= type=test
//# Every accepted decision MUST repeat this.
#[test]
fn every_acceptance_says_what_it_does_not() {
    let mut scene = scene();
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], |_| ());
    accepted(&decision);
    let sentences = decision.document().not_covered.iter().map(|limit| limit.sentence.as_str());
    let not_covered = sentences.collect::<Vec<_>>().join(" ");
    for part in ["another name", "A market that lies", "When something was signed", "handed over the wallet"]
    {
        assert!(not_covered.contains(part), "{not_covered}");
        assert!(decision.explain().contains(part), "{}", decision.explain());
    }
    let decision = scene.attempt(Query::standing(alpha()).unwrap(), &[], |draft| draft.record.clear());
    assert!(decision.accepted().is_none() && decision.document().not_covered.is_empty());
}

//= spec/text/decision.md#REQ-DEC-1
//= type=test
//# A decision MUST be refused by the first thing that is wrong, and undecided when nothing is wrong and
//# something is missing: reasons whose exit is `undecided`, and `store.io` when it cannot be said whether the
//# request was answered before.
//= spec/text/decision.md#REQ-DEC-2
//= type=test
//# Facts MUST be stated only when it is accepted.
#[test]
fn when_it_cannot_be_said_whether_a_nonce_was_used_nothing_is_decided() {
    struct Broken;
    impl NonceStore for Broken {
        fn consume(&mut self, _: &str, _: Timestamp) -> Result<bool, NonceStoreError> {
            Err(NonceStoreError)
        }
    }
    let mut scene = scene();
    let pending = scene.verifier.ask(Query::standing(alpha()).unwrap());
    let draft = scene.holder.draft(scene.holder.newest(), pending.request(), &[]);
    let good = draft.sign(&scene.holder.key, pending.request(), now());
    let judge = |bytes: &[u8]| finish(&pending, bytes, &scene.verifier.sources, &mut Broken, now());
    let decision = judge(&good.to_bytes().unwrap());
    assert_eq!((decision.outcome(), decision.reasons()[0].code), (Outcome::Undecided, Reason::StoreIo));
    assert!(decision.document().facts.is_empty());
    // What is wrong all the same is refused, and by that alone.
    let decision = judge(b"{}");
    assert_eq!((decision.outcome(), decision.reasons().len()), (Outcome::Refused, 1));
}

//= spec/text/decision.md#REQ-DEC-3
//= type=test
//# Facts of several markets are listed and MUST NOT be added: that they are of one person is not proven
//# beyond the holder keys.
#[test]
fn facts_of_several_ledgers_are_listed_and_never_added() {
    let mut scene = scene();
    let mut friend = Holder::new(2);
    scene.market.give("12", &mut friend);
    let part = |id: &str| LedgerQuery {
        standing: id.into(),
        markets: vec![alpha()],
        issuers: vec![],
        ratings: None,
    };
    let pending = scene.verifier.ask(Query::new(vec![part("a"), part("b")]).unwrap());
    let answer = |holder: &Holder, id: &str| {
        let mut draft = holder.draft(holder.newest(), pending.request(), &[]);
        draft.standing_id = id.into();
        draft.sign(&holder.key, pending.request(), now())
    };
    let (mut both, second) = (answer(&scene.holder, "a"), answer(&friend, "b"));
    both.vp_token.extend(second.vp_token);
    both.ledgers.extend(second.ledgers);
    let decision = scene.verifier.judge(&pending, &both);
    accepted(&decision);
    let facts = decision.accepted().unwrap().facts();
    let own = [&scene.holder, &friend].map(|holder| holder.newest().ledger.live().count() as u64);
    let told: Vec<u64> = facts.iter().map(|facts| facts.numbers.total.all.ratings).collect();
    assert_eq!(told, own, "each with its own numbers, and no sum of them");
    assert_eq!(decision.document().not_covered[0].code, Limit::SameHolder, "that it is one person");
}
