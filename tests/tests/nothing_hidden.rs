//! Nothing hidden, on real data: wallets that obey nobody try to look better than their ledgers, in every way that the formats
//! leave them and in all combinations of these, and no answer gets facts that its ledger does not have.
//!
//! The long form tries more accounts of Bitcoin Alpha and every combination:
//! `FAAM_HIDDEN=all cargo test --release -p faam-tests --test nothing_hidden -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use faam_issuer::Event;
use faam_spec::decision::{Outcome, SameHolder};
use faam_spec::grid::{Measures, Milestone, Milestones, Steps};
use faam_spec::key::SigningKey;
use faam_spec::ledger::{Asker, Ledger};
use faam_spec::name::Role;
use faam_spec::query::{PrivateQuery, Query};
use faam_spec::reason::Reason;
use faam_spec::scale::Score;
use faam_spec::time::Timestamp;
use faam_tests::private::{Claim, Piece, Wallet, answer, open, rating};
use faam_tests::{Market, Verifier, alpha_events, now};
use faam_verifier::{AnyRole, Decision, Roles, StatementType, Trust, TrustEntry};

/// What an adversary has of one account: everything that its wallet was ever given.
struct Adversary {
    account: String,
    wallet: Wallet,
    /// Secrets that it committed to as well, and that the market ignored.
    second: Wallet,
    /// The ledger as it is now.
    ledger: Ledger,
}

/// How the attempts went.
#[derive(Debug, Default)]
struct Tally {
    tried: u64,
    accepted: u64,
    reasons: BTreeMap<&'static str, u64>,
}

fn trusting(markets: &[&Market]) -> Verifier {
    let mut verifier = Verifier::distrustful(markets[0].now);
    let entry = |market: &&Market| TrustEntry {
        issuer: market.signer.did().clone(),
        market: market.issuer.profile().market.clone(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Rating, StatementType::Standing, StatementType::Private],
        epoch_seconds: faam_spec::time::EpochLength::WEEK,
        frozen_after: None,
    };
    verifier.sources.trust = Trust::new(markets.iter().map(entry).collect());
    for market in markets {
        verifier.sources.records.insert(market.record()).unwrap();
    }
    verifier
}

fn query(market: &Market, id: &str, milestones: &Milestones) -> PrivateQuery {
    PrivateQuery {
        id: id.to_owned(),
        markets: vec![market.issuer.profile().market.clone()],
        issuers: Vec::new(),
        roles: Vec::new(),
        milestones: milestones.clone(),
    }
}

/// Ratings in four parts of Bitcoin Alpha's time, a week of ours apart; then some of the worst are withdrawn or corrected.
fn alpha_over_time(accounts: &[&str]) -> (Market, Vec<Adversary>) {
    let mut events = alpha_events(accounts);
    events.sort_by_key(Event::at);
    let mut market = Market::new("bitcoin-alpha", 1, now());
    let parts = [0, events.len() / 2, events.len() * 3 / 4, events.len() * 9 / 10, events.len()];
    let mut adversaries: Vec<Adversary> = Vec::new();
    for (week, part) in parts.windows(2).enumerate() {
        market.apply(&events[part[0]..part[1]]);
        if week == 3 {
            take_back_some(&mut market, &events, accounts);
        }
        if week == 0 {
            market.open_epoch()
        } else {
            market.weeks_pass(1)
        }
        for (at, account) in accounts.iter().enumerate() {
            let known = adversaries.iter().position(|known| known.account == *account);
            match known {
                Some(known) => {
                    assert!(market.renew_private(account, &mut adversaries[known].wallet));
                }
                None if market.issuer.ledger(&account.parse().unwrap()).is_some() => {
                    adversaries.push(redeem_twice(&mut market, account, at as u64));
                }
                None => {}
            }
        }
    }
    for adversary in &mut adversaries {
        adversary.ledger = market.issuer.ledger(&adversary.account.parse().unwrap()).unwrap().clone();
    }
    (market, adversaries)
}

/// Withdraws and corrects a few ratings, so that some epochs looked better than the last and some worse.
fn take_back_some(market: &mut Market, events: &[Event], accounts: &[&str]) {
    let at = market.now;
    for account in accounts {
        let of_account =
            |event: &&Event| matches!(event, Event::Rating { account: of, .. } if of.as_str() == *account);
        let own: Vec<&Event> = events.iter().filter(of_account).collect();
        for (number, event) in own.iter().rev().take(4).enumerate() {
            let of = event.id().clone();
            let id = format!("after-{account}-{number}").parse().unwrap();
            let change = match number % 2 {
                0 => Event::Withdrawal { id, of, by: Asker::Both, at },
                _ => Event::Correction {
                    id,
                    of,
                    score: Score::new(-10, "-10..10".parse().unwrap()).unwrap(),
                    at,
                    parts: faam_issuer::Parts::default(),
                },
            };
            market.apply(&[change]);
        }
    }
}

/// A wallet that takes an offer, and tries to take it again: with other secrets, another key, and as a new binding.
fn redeem_twice(market: &mut Market, account: &str, seed: u64) -> Adversary {
    let mut wallet = Wallet::new(seed);
    assert!(market.give_private(account, &mut wallet, false));
    let mut second = Wallet::new(seed);
    assert!(!market.give_private(account, &mut second, false), "the first commitment stays");
    assert!(!market.give_private(account, &mut second, true), "a new binding, too early");
    let mut other = Wallet::new(seed + 1_000_000);
    assert!(!market.give_private(account, &mut other, false), "another wallet");
    assert!(!market.give_private(account, &mut other, true), "another wallet, too early");
    assert!(second.pieces.is_empty() && other.pieces.is_empty());
    let ledger = market.issuer.ledger(&account.parse().unwrap()).unwrap().clone();
    Adversary { account: account.to_owned(), wallet, second, ledger }
}

impl Adversary {
    /// Steps as they would be without the ratings that hurt, as far as wallets can dream.
    fn dreams(&self, piece: &Piece) -> Vec<Steps> {
        let record = open(&piece.record);
        let as_of = record.begins().day();
        let live: Vec<_> = self.ledger.live().map(|(_, rating)| rating.clone()).collect();
        let without = |hidden: &dyn Fn(u16) -> bool| {
            let kept = live.iter().filter(|rating| !hidden(rating.normal));
            let sum: u64 = kept.clone().map(|rating| u64::from(rating.normal)).sum();
            let count = kept.clone().count() as u64;
            let measures = Measures {
                count,
                sum,
                low: kept.clone().filter(|rating| rating.normal < 500).count() as u64,
                recent_count: count,
                recent_sum: sum,
                first: kept.map(|rating| rating.day).min(),
                ever: count,
                withdrawn: 0,
                disputed: 0,
            };
            measures.steps("2000-01-01".parse().unwrap(), as_of)
        };
        [
            without(&|normal| normal < 500),
            without(&|normal| normal < 600),
            without(&|normal| normal == 0),
            Steps::top(),
        ]
        .into_iter()
        .filter(|steps| *steps != piece.steps)
        .collect()
    }
}

/// Milestones that `steps` claim beyond `truth`, at most four, one a metric; else true ones.
fn beyond(steps: &Steps, truth: &Steps) -> Milestones {
    let mut wanted: Vec<Milestone> = Vec::new();
    for milestone in steps.reached() {
        if truth.reaches(milestone) {
            continue;
        }
        if wanted.last().is_some_and(|last| last.metric() == milestone.metric()) {
            wanted.pop();
        }
        if wanted.len() < 4 {
            wanted.push(milestone);
        }
    }
    if wanted.is_empty() {
        wanted.extend(truth.reached().next());
    }
    if wanted.is_empty() {
        wanted.push("count>=1".parse().unwrap());
    }
    Milestones::new(wanted).unwrap()
}

/// The truth about everything that these wallets were given: what an accepted fact may state.
struct Truth(BTreeMap<(String, String, Role, String), Steps>);

impl Truth {
    fn of(verifier: &Verifier, pieces: &[&Piece]) -> Self {
        let mut truth = BTreeMap::new();
        for piece in pieces {
            let record = open(&piece.record);
            let any = Milestones::new(vec![
                piece.reached().first().copied().unwrap_or_else(|| "count>=1".parse().unwrap()),
            ])
            .unwrap();
            let pseudonym = piece.prove(&any, verifier.signer.did(), "truth").pseudonym.to_string();
            let key = (record.market.to_string(), record.label(), piece.role.clone(), pseudonym);
            truth.insert(key, piece.steps);
        }
        Self(truth)
    }

    /// Counts an attempt, and fails if it got a fact that is not true.
    fn judge(&self, decision: &Decision, tally: &Mutex<Tally>) {
        let document = decision.document();
        let mut tally = tally.lock().unwrap();
        tally.tried += 1;
        for facts in &document.private {
            let key = (
                facts.market.to_string(),
                facts.epoch.clone(),
                facts.role.clone(),
                facts.pseudonym.to_string(),
            );
            let steps = self.0.get(&key).expect("facts are of a ledger and epoch that were really signed");
            assert!(
                facts.milestones.iter().all(|milestone| steps.reaches(*milestone)),
                "better than the ledger: {}",
                decision.explain()
            );
            assert!(facts.epochs_old <= 1);
        }
        match document.outcome {
            Outcome::Accepted => tally.accepted += 1,
            _ => *tally.reasons.entry(document.reasons[0].code.code()).or_default() += 1,
        }
    }
}

/// One way to try.
struct Attempt<'a> {
    piece: &'a Piece,
    claim: Claim,
    shown_record: &'a str,
    shown_role: Role,
    milestones: Milestones,
}

impl Attempt<'_> {
    /// Whether the market signed exactly this, so that the proof verifies.
    fn is_signed_so(&self, wallet: &Wallet) -> bool {
        self.claim.steps == self.piece.steps
            && self.claim.record == self.piece.record
            && self.shown_record == self.piece.record
            && self.claim.role == self.piece.role
            && self.claim.secrets.commitment == wallet.secrets.commitment
    }
}

/// Every combination for one account.
fn attempts<'a>(adversary: &'a Adversary, other: &'a Adversary) -> Vec<Attempt<'a>> {
    let pieces = &adversary.wallet.pieces;
    let newest = adversary.wallet.newest();
    let another_role: Role = "maker".parse().unwrap();
    let mut attempts = Vec::new();
    for piece in pieces {
        // What is claimed of the ledger: the truth, and dreams. What for: more than the ledger has now.
        let claims = [vec![piece.steps], adversary.dreams(piece)].concat();
        for steps in claims {
            let milestones = beyond(&steps, &newest.steps);
            for secrets in [&adversary.wallet, &adversary.second, &other.wallet] {
                for record in [&piece.record, &newest.record] {
                    for role in [&piece.role, &another_role] {
                        for (claimed, shown) in [(record, &newest.record), (record, record)] {
                            let claim = Claim {
                                record: claimed.clone(),
                                role: role.clone(),
                                steps,
                                secrets: secrets.secrets.clone(),
                                entropy: piece.entropy,
                            };
                            attempts.push(Attempt {
                                piece,
                                claim,
                                shown_record: shown,
                                shown_role: piece.role.clone(),
                                milestones: milestones.clone(),
                            });
                        }
                    }
                }
            }
        }
    }
    attempts
}

fn is_long() -> bool {
    std::env::var("FAAM_HIDDEN").is_ok_and(|value| value == "all")
}

#[test]
fn a31_no_wallet_gets_better_facts_than_its_ledger_has() {
    let accounts: &[&str] =
        if is_long() { &["7", "12", "1", "3", "2", "8", "13", "15", "19", "29"] } else { &["7", "12"] };
    let (market, adversaries) = alpha_over_time(accounts);
    let tally = Mutex::new(Tally::default());
    let verifier = trusting(&[&market]);
    let pieces: Vec<&Piece> = adversaries.iter().flat_map(|adversary| &adversary.wallet.pieces).collect();
    let truth = Truth::of(&verifier, &pieces);
    let mut work = Vec::new();
    for (at, adversary) in adversaries.iter().enumerate() {
        let all = attempts(adversary, &adversaries[(at + 1) % adversaries.len()]);
        // Every combination in the long form; in the short one whatever is signed so, and each ninth of the others.
        let every = if is_long() { 1 } else { 9 };
        let chosen = all
            .into_iter()
            .enumerate()
            .filter(|(at, attempt)| at % every == 0 || attempt.is_signed_so(&adversary.wallet));
        work.extend(chosen.map(|(_, attempt)| attempt));
    }
    let half = work.len().div_ceil(2);
    let (market, truth, counted) = (&market, &truth, &tally);
    std::thread::scope(|scope| {
        for part in work.chunks(half.max(1)) {
            scope.spawn(move || {
                let mut verifier = trusting(&[market]);
                for attempt in part {
                    let query =
                        Query::of_private(vec![query(market, "private", &attempt.milestones)]).unwrap();
                    let pending = verifier.ask(query);
                    let nonce = pending.request().request().nonce.clone();
                    let did = verifier.signer.did().clone();
                    let proof = attempt.piece.claim(
                        faam_bbs::backend(),
                        &attempt.claim,
                        &attempt.milestones,
                        &did,
                        &nonce,
                    );
                    let part = (proof, attempt.shown_record.to_owned(), attempt.shown_role.clone());
                    let decision = verifier.judge(&pending, &answer(pending.request(), &[part]));
                    truth.judge(&decision, counted);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{} accounts, {} attempts: {tally:?}", adversaries.len(), tally.tried);
    assert!(tally.tried > 50, "the attempts are made");
    assert!(tally.reasons.contains_key("private.proof") && tally.reasons.contains_key("epoch.stale"));
}

#[test]
fn a32_a_new_binding_ends_the_old_one_and_never_makes_two_of_one_ledger() {
    let (mut market, mut adversaries) = alpha_over_time(&["7"]);
    let old = &mut adversaries[0];
    let mut new = Wallet::new(77);
    for _ in 0..13 {
        market.weeks_pass(1);
    }
    assert!(market.renew_private("7", &mut old.wallet));
    let last_of_old = old.wallet.newest().clone();
    assert!(market.give_private("7", &mut new, true), "a quarter is over");
    assert!(!market.renew_private("7", &mut old.wallet), "what is signed now is for the new binding");

    let mut verifier = trusting(&[&market]);
    let truth = Truth::of(&verifier, &[&last_of_old, new.newest()]);
    let tally = Mutex::new(Tally::default());
    let count: Milestones = Milestones::new(vec!["count>=100".parse().unwrap()]).unwrap();
    let did = verifier.signer.did().clone();
    // Both at once, of one market: two pseudonyms, and not counted as two.
    let both = Query::of_private(vec![query(&market, "one", &count), query(&market, "two", &count)]).unwrap();
    let pending = verifier.ask(both);
    let nonce = pending.request().request().nonce.clone();
    let parts: Vec<_> = [&last_of_old, new.newest()]
        .into_iter()
        .map(|piece| (piece.prove(&count, &did, &nonce), piece.record.clone(), piece.role.clone()))
        .collect();
    let decision = verifier.judge(&pending, &answer(pending.request(), &parts));
    assert_eq!(decision.reasons()[0].code, Reason::QueryUnmet, "{}", decision.explain());
    // The new one begins to be bound anew.
    let bound: Milestone = "bound>=90d".parse().unwrap();
    assert!(last_of_old.steps.reaches(bound) && !new.newest().steps.reaches(bound));
    // Two weeks on, the old one is over.
    market.weeks_pass(2);
    verifier.now = market.now;
    verifier.sources.records.insert(market.record()).unwrap();
    assert!(market.renew_private("7", &mut new));
    let truth = Truth::of(&verifier, &[new.newest()]).0.into_iter().chain(truth.0).collect();
    let truth = Truth(truth);
    for (piece, expected) in [(&last_of_old, Outcome::Refused), (new.newest(), Outcome::Accepted)] {
        let pending = verifier.ask(Query::of_private(vec![query(&market, "private", &count)]).unwrap());
        let nonce = pending.request().request().nonce.clone();
        let part = (piece.prove(&count, &did, &nonce), piece.record.clone(), piece.role.clone());
        let decision = verifier.judge(&pending, &answer(pending.request(), &[part]));
        assert_eq!(decision.outcome(), expected, "{}", decision.explain());
        truth.judge(&decision, &tally);
    }
}

#[test]
fn roles_are_not_mixed() {
    let mut market = Market::new("two-sided", 3, now());
    for n in 0..12 {
        let day = now().plus(-86_400 * (100 + n)).day();
        let rater = format!("r{n}");
        market.apply(&[
            rating(&format!("s{n}"), "7", &rater, "seller", 5, day),
            rating(&format!("b{n}"), "7", &rater, "buyer", 1, day),
        ]);
    }
    market.open_epoch();
    let mut wallet = Wallet::new(1);
    assert!(market.give_private("7", &mut wallet, false));
    assert_eq!(wallet.pieces.len(), 2, "one for each role");
    let piece = |role: &str| wallet.pieces.iter().find(|piece| piece.role.as_str() == role).unwrap();
    let (seller, buyer) = (piece("seller"), piece("buyer"));
    let good = Milestones::new(vec!["mean>=875".parse().unwrap()]).unwrap();
    assert!(seller.steps.reaches(good.as_slice()[0]) && !buyer.steps.reaches(good.as_slice()[0]));

    let mut verifier = trusting(&[&market]);
    let did = verifier.signer.did().clone();
    let asked = |role: &str| {
        let mut asked = query(&market, "private", &good);
        asked.roles = vec![role.parse().unwrap()];
        Query::of_private(vec![asked]).unwrap()
    };
    let mut shown = |role: &str, said: &str, claimed: &str| {
        let pending = verifier.ask(asked(role));
        let nonce = pending.request().request().nonce.clone();
        let claim = Claim { role: claimed.parse().unwrap(), ..Claim::honest(seller) };
        let proof = seller.claim(faam_bbs::backend(), &claim, &good, &did, &nonce);
        let part = (proof, seller.record.clone(), said.parse().unwrap());
        verifier.judge(&pending, &answer(pending.request(), &[part]))
    };
    assert_eq!(shown("seller", "seller", "seller").outcome(), Outcome::Accepted);
    assert_eq!(shown("buyer", "seller", "seller").reasons()[0].code, Reason::QueryValue);
    assert_eq!(shown("buyer", "buyer", "seller").reasons()[0].code, Reason::PrivateProof);
    assert_eq!(shown("buyer", "buyer", "buyer").reasons()[0].code, Reason::PrivateProof);
}

#[test]
fn a33_pooled_wallets_are_listed_and_never_added() {
    let mut markets: Vec<Market> = ["bitcoin-alpha", "bitcoin-beta"]
        .into_iter()
        .zip(1..)
        .map(|(name, seed)| {
            let mut market = Market::new(name, seed, now());
            market.apply(&alpha_events(&["7", "12"]));
            market.open_epoch();
            market
        })
        .collect();
    // Two people, who put their wallets together.
    let (mut one, mut two, mut third) = (Wallet::new(1), Wallet::new(2), Wallet::new(3));
    assert!(markets[0].give_private("7", &mut one, false));
    assert!(markets[1].give_private("12", &mut two, false));
    assert!(markets[0].give_private("12", &mut third, false));
    let mut verifier = trusting(&[&markets[0], &markets[1]]);
    let truth = Truth::of(&verifier, &[one.newest(), two.newest(), third.newest()]);
    let did = verifier.signer.did().clone();
    let count = Milestones::new(vec!["count>=50".parse().unwrap()]).unwrap();
    let tally = Mutex::new(Tally::default());
    let mut pool = |asked: [&Market; 2], shown: [&Wallet; 2]| {
        let query =
            Query::of_private(vec![query(asked[0], "first", &count), query(asked[1], "second", &count)]);
        let pending = verifier.ask(query.unwrap());
        let nonce = pending.request().request().nonce.clone();
        let parts: Vec<_> = shown
            .iter()
            .map(|wallet| wallet.newest())
            .map(|piece| (piece.prove(&count, &did, &nonce), piece.record.clone(), piece.role.clone()))
            .collect();
        let decision = verifier.judge(&pending, &answer(pending.request(), &parts));
        truth.judge(&decision, &tally);
        decision
    };
    let listed = pool([&markets[0], &markets[1]], [&one, &two]);
    assert_eq!(listed.outcome(), Outcome::Accepted, "{}", listed.explain());
    let document = listed.document();
    assert_eq!(document.same_holder, Some(SameHolder::NotProven));
    let pseudonyms: BTreeSet<_> = document.private.iter().map(|facts| facts.pseudonym).collect();
    assert_eq!(pseudonyms.len(), 2, "nothing says that they are one");
    // Two ledgers of one market are two people, or one who counts twice.
    let doubled = pool([&markets[0], &markets[0]], [&one, &third]);
    assert_eq!(doubled.reasons()[0].code, Reason::QueryUnmet);
    let same = pool([&markets[0], &markets[0]], [&one, &one]);
    assert_eq!(same.reasons()[0].code, Reason::QueryUnmet);
    let swapped = pool([&markets[1], &markets[0]], [&one, &two]);
    assert_eq!(swapped.reasons()[0].code, Reason::QueryValue);
}

/// What hiding would have gained where it is possible: accounts of Bitcoin Alpha that pass a test of their mean only when
/// they may choose which ratings to show.
#[test]
fn the_mean_of_what_is_shown_would_have_been_worth_nothing() {
    let market = Market::alpha(&[]);
    let as_of: Timestamp = now();
    let role: Role = "trader".parse().unwrap();
    let (mut honest, mut hiding, mut private) = (0, 0, 0);
    let passes = |values: &[u16]| {
        let sum: u64 = values.iter().map(|value| u64::from(*value)).sum();
        values.len() >= 5 && sum >= 600 * values.len() as u64
    };
    let milestones =
        Milestones::new(vec!["count>=5".parse().unwrap(), "mean>=600".parse().unwrap()]).unwrap();
    for account in market.issuer.accounts() {
        let ledger = market.issuer.ledger(&account.account).unwrap();
        let mut values: Vec<u16> = ledger.live().map(|(_, rating)| rating.normal).collect();
        honest += usize::from(passes(&values));
        values.sort_unstable_by(|one, other| other.cmp(one));
        hiding += usize::from((5..=values.len()).any(|shown| passes(&values[..shown])));
        let steps = Measures::of(ledger, &role, as_of.day()).steps(as_of.day(), as_of.day());
        private += usize::from(milestones.as_slice().iter().all(|milestone| steps.reaches(*milestone)));
    }
    println!(
        "count>=5 and mean>=600: {honest} accounts truly, {hiding} if each may hide, {private} by milestones"
    );
    assert_eq!(honest, private);
    assert!(hiding > honest, "hiding would pay");
}

#[test]
fn keys_of_ones_own_sign_nothing_that_counts() {
    let (market, adversaries) = alpha_over_time(&["7"]);
    let mut verifier = trusting(&[&market]);
    let piece = adversaries[0].wallet.newest();
    let top = Milestones::new(vec!["mean>=950".parse().unwrap()]).unwrap();
    let did = verifier.signer.did().clone();
    // The market's record with a key of one's own in it, signed by oneself in the market's name.
    let mut record = open(&piece.record);
    let own = faam_bbs::backend().key_pair(&[9; 32], b"own").unwrap();
    record.private.as_mut().unwrap().key = own.public;
    let stranger = faam_spec::signed::Signer::from_key(SigningKey::from_seed(&[8; 32]));
    let secrets = (&piece.secrets.commitment, &piece.entropy);
    let signature =
        faam_spec::private::sign(faam_bbs::backend(), &own, &record, &piece.role, &Steps::top(), secrets)
            .unwrap();
    let text = stranger.sign(&record, faam_spec::domain::TYP_EPOCH).unwrap();
    let perfect = Piece { steps: Steps::top(), signature, ..piece.clone() };
    for (shown, expected) in [(text, Reason::InvalidIssuer), (piece.record.clone(), Reason::PrivateProof)] {
        let pending = verifier.ask(Query::of_private(vec![query(&market, "private", &top)]).unwrap());
        let nonce = pending.request().request().nonce.clone();
        let proof = perfect.prove(&top, &did, &nonce);
        let part = (proof, shown, perfect.role.clone());
        let decision = verifier.judge(&pending, &answer(pending.request(), &[part]));
        assert_eq!(decision.reasons()[0].code, expected, "{}", decision.explain());
    }
}
