//! Private standings from a real node into a real vault: received, renewed, compared, bound anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;
#[path = "common/market_node.rs"]
mod market_node;

use std::time::Duration;

use common::{Home, PASSPHRASE, now};
use faam_spec::bbs::Pseudonym;
use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::encoding::multi;
use faam_spec::grid::{Metric, Milestone, Milestones};
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::key::SigningKey;
use faam_spec::link::Link;
use faam_spec::name::Role;
use faam_spec::private::{Audience, prove};
use faam_spec::reason::Reason;
use faam_spec::time::{DAY, EpochLength, Timestamp};
use faam_store::KdfParams;
use faam_wallet::contact::{ContactError, Means, Received, Renewed, compare_record, receive, renew};
use faam_wallet::held::HeldLedger;
use faam_wallet::listen::Standing;
use faam_wallet::receive::{Compared, SecretsOf, Weight};
use faam_wallet::vault::{Entropy, Happened, Vault, WhoAsked};
use market_node::MarketNode;

fn hour() -> EpochLength {
    EpochLength::new(3600).unwrap()
}

/// A quarter past.
fn start() -> Timestamp {
    hour().start_of(hour().number_at("2026-11-16T09:00:00Z".parse().unwrap())).plus(900)
}

fn wallet() -> (Home, Vault) {
    let home = Home::empty();
    let entropy = Entropy::random(&mut rand::rngs::OsRng);
    let vault = Vault::create(&home.dir, PASSPHRASE.as_bytes(), &entropy, KdfParams::FLOOR, start()).unwrap();
    (home, vault)
}

async fn with_means<T>(node: &MarketNode, work: impl AsyncFnOnce(&mut Means<'_>) -> T) -> T {
    let clock = || node.now();
    let (mut rng, mut progress) = (rand::rngs::OsRng, |_| {});
    let timeout = Duration::from_secs(5);
    work(&mut Means { clock: &clock, rng: &mut rng, progress: &mut progress, timeout }).await
}

async fn take(node: &MarketNode, vault: &Vault, offer: &(Link, String)) -> Result<Received, ContactError> {
    with_means(node, async |means| receive(vault, &offer.0, Some(&offer.1), means).await).await
}

async fn again(node: &MarketNode, vault: &Vault) -> Result<Renewed, ContactError> {
    let ledger = ledger(vault);
    with_means(node, async |means| renew(vault, ledger, means).await).await
}

async fn compared(node: &MarketNode, vault: &Vault) -> Result<Compared, ContactError> {
    let ledger = ledger(vault);
    with_means(node, async |means| compare_record(vault, ledger, means).await).await
}

fn held(vault: &Vault) -> HeldLedger {
    vault.held_all().unwrap().remove(0)
}

fn ledger(vault: &Vault) -> LedgerId {
    held(vault).info().ledger
}

fn seller() -> Role {
    "seller".parse().unwrap()
}

fn milestones(text: &str) -> Milestones {
    Milestones::new(vec![text.parse().unwrap()]).unwrap()
}

fn verifier() -> Client {
    Did::from_key(&SigningKey::from_seed(&[5; 32]).verifying_key()).into()
}

/// The wallet's name at one verifier, from a proof that verifies.
fn pseudonym(held: &HeldLedger) -> Pseudonym {
    let private = held.private().unwrap();
    let (record, role) = (held.standing().record().record(), seller());
    let standing = &private.standings[&role];
    let (verifier, asked) = (verifier(), milestones("count>=10"));
    let audience = Audience { verifier: &verifier, nonce: "nonce" };
    let bbs = faam_bbs::backend();
    let proof = prove(
        bbs,
        (record, &role),
        (&standing.steps, &standing.signature),
        (&private.secrets, &private.entropy),
        &asked,
        audience,
        &mut rand::rngs::OsRng,
    )
    .unwrap();
    proof.verify(bbs, (record, &role), &asked, audience).unwrap();
    proof.pseudonym
}

fn reaches(held: &HeldLedger, milestone: &str) -> bool {
    held.private().unwrap().standings[&seller()].steps.reaches(milestone.parse::<Milestone>().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_standing_is_renewed_in_each_epoch_and_the_pseudonym_stays() {
    let mut node = MarketNode::start(hour(), start()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    let received = take(&node, &vault, &node.offer(false)).await.unwrap();
    assert!(matches!(&received, Received::New { warnings, .. } if warnings.is_empty()), "{received:?}");
    let first = held(&vault);
    let (name, private) = (pseudonym(&first), first.private().unwrap().clone());
    assert_eq!(private.compared, None);
    // The secrets are the ledger's now, and nothing waits for another offer.
    let known = vault.secrets(0, &first.info().issuer, &first.info().market).unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].of, SecretsOf::Ledger(first.info().ledger, private.entropy));
    assert_eq!(known[0].secrets.commitment, private.secrets.commitment);
    node.asked();

    assert_eq!(compared(&node, &vault).await.unwrap(), Compared::Same);
    assert_eq!(node.asked(), (vec!["record"], 1));
    assert_eq!(held(&vault).private().unwrap().compared, Some(node.now()));
    // The same record again: what was compared stays so.
    again(&node, &vault).await.unwrap();
    assert!(held(&vault).private().unwrap().compared.is_some());
    assert_eq!(node.asked(), (vec!["open", "renew", "page", "commit"], 1));

    node.rate(40, "2026-11-15");
    node.next_epoch();
    assert!(Standing::of(&held(&vault)).is_behind(node.now()));
    // Of the epoch before, it says nothing of the record that others have now, but that the next one follows it.
    assert_eq!(compared(&node, &vault).await.unwrap(), Compared::Same);
    // An answer is lost, and it is asked again over another connection.
    node.state.lock().unwrap().lose = Some("page");
    node.asked();
    let renewed = again(&node, &vault).await.unwrap();
    assert!(matches!(renewed.entry.what, Happened::Received { .. }) && renewed.warnings.is_empty());
    drop(vault);
    let vault = home.open();
    let second = held(&vault);
    assert!(!Standing::of(&second).is_behind(node.now()));
    let renewed = second.private().unwrap();
    assert_eq!((renewed.renewed, renewed.compared), (node.now(), None), "another record");
    assert_ne!(renewed.standings, private.standings);
    assert!(reaches(&second, "count>=50") && !reaches(&first, "count>=50"));
    assert_eq!(pseudonym(&second), name);
}

//= spec/text/private.md#REQ-PRIVATE-5
//= type=test
//# A wallet MUST make fresh secrets for each binding, and keep them durably before it sends the commitment
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_that_is_broken_off_goes_on_with_the_same_secrets() {
    let mut node = MarketNode::start(hour(), start()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    let offer = node.offer(false);
    let market = "shop".parse().unwrap();
    // The market has bound the commitment, and the wallet never hears of it.
    node.state.lock().unwrap().lose = Some("redeem");
    take(&node, &vault, &offer).await.unwrap_err();
    assert!(vault.open_transfers().unwrap().is_empty());
    drop(vault);
    let vault = home.open();
    let kept = vault.secrets(0, offer.0.did(), &market).unwrap();
    assert_eq!(kept.len(), 1, "on the disk before the market heard of them");
    assert_eq!(kept[0].of, SecretsOf::Offer(offer.0.capability()));

    // The same offer goes on with the same ones; another link, which has other ones, brings those that were bound.
    let other = node.offer(false);
    take(&node, &vault, &other).await.unwrap();
    let held = held(&vault);
    assert_eq!(held.private().unwrap().secrets.commitment, kept[0].secrets.commitment);
    let known = vault.secrets(0, offer.0.did(), &market).unwrap();
    assert_eq!(known.len(), 1, "what the market did not bind is forgotten");
    pseudonym(&held);

    let (_home, vault) = wallet();
    let link = offer.0.capability();
    let ask = || vault.secrets_for(link, (0, offer.0.did(), &market), start()).unwrap();
    let (one, two) = (ask(), ask());
    assert_eq!((one.commitment, one.blind, one.prover_nym), (two.commitment, two.blind, two.prover_nym));
    let other = other.0.capability();
    let third = vault.secrets_for(other, (0, offer.0.did(), &market), start()).unwrap();
    assert_ne!(one.commitment, third.commitment);
}

/// A wallet made again from the phrase: it has the keys, and nothing that was in the vault.
fn made_again(vault: Vault, now: faam_spec::time::Timestamp) -> (Home, Vault) {
    let phrase = vault.phrase().unwrap();
    drop(vault);
    let home = Home::empty();
    let entropy = Entropy::from_phrase(&phrase).unwrap();
    let vault = Vault::restore(&home.dir, PASSPHRASE.as_bytes(), &entropy, KdfParams::FLOOR, now).unwrap();
    (home, vault)
}

//= spec/text/names.md#REQ-NAME-22
//= type=test
//# A wallet that is offered private standings for a commitment which it does not know SHOULD look for it among those
//# that the phrase gives: for the day after the ledger's `bound`, that day and the 31 days before, each number. What it
//# finds are its secrets, unless they are another ledger's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phrase_brings_the_secrets_of_a_binding_back() {
    let mut node = MarketNode::start(EpochLength::WEEK, start()).await;
    node.rate(12, "2026-03-01");
    let (_lost, vault) = wallet();
    let offer = node.offer(false);
    // Made when the wallet first tried, and bound a month later.
    let of = (0, offer.0.did(), &"shop".parse().unwrap());
    vault.secrets_for(offer.0.capability(), of, start().plus(-30 * DAY)).unwrap();
    take(&node, &vault, &offer).await.unwrap();
    let name = pseudonym(&held(&vault));

    node.pass(91 * DAY);
    let (home, vault) = made_again(vault, node.now());
    let Received::New { warnings, .. } = take(&node, &vault, &node.offer(false)).await.unwrap() else {
        panic!()
    };
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("made again from the phrase"), "{warnings:?}");
    let again = held(&vault);
    assert_eq!(pseudonym(&again), name);
    assert!(reaches(&again, "bound>=90d") && !again.info().secrets_lost);
    // They are this vault's now: nothing is looked for any more, and the entropy is pinned.
    drop(vault);
    let vault = home.open();
    let known = vault.secrets(0, offer.0.did(), of.2).unwrap();
    assert!(matches!(known.as_slice(), [known] if matches!(known.of, SecretsOf::Ledger(..))), "{known:?}");
    node.next_epoch();
    let renewed = node.offer(false);
    let Received::New { warnings, .. } = take(&node, &vault, &renewed).await.unwrap() else { panic!() };
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(pseudonym(&held(&vault)), name);
}

//= spec/text/backup.md#REQ-BACKUP-9
//= type=test
//# SHOULD say that another wallet has its phrase
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_says_when_another_one_has_its_phrase() {
    let mut node = MarketNode::start(EpochLength::WEEK, start()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    node.pass(91 * DAY);
    // Another device, made from the phrase, has the account bound to it.
    let (_second, second) = made_again(vault, node.now());
    let Received::New { warnings, .. } = take(&node, &second, &node.offer(true)).await.unwrap() else {
        panic!()
    };
    assert!(!warnings.iter().any(|warning| warning.contains("another wallet")), "{warnings:?}");
    node.next_epoch();
    let vault = home.open();
    let Received::New { warnings, .. } = take(&node, &vault, &node.offer(false)).await.unwrap() else {
        panic!()
    };
    assert!(
        warnings.iter().any(|warning| warning.contains("another wallet that has your phrase")),
        "{warnings:?}"
    );
}

//= spec/text/names.md#REQ-NAME-21
//= type=test
//# A wallet MUST take a number under which it has no secrets of that persona, market and day.
#[test]
fn a30_secrets_of_one_day_are_all_different_and_of_their_market_alone() {
    let (_home, vault) = wallet();
    let did = faam_spec::did::Did::from_key(&faam_spec::key::SigningKey::from_seed(&[1; 32]).verifying_key());
    let (shop, other) = ("shop".parse().unwrap(), "other".parse().unwrap());
    // All of these begin with one number.
    let link = |number: u8| {
        let mut bytes = [number; 16];
        bytes[0] = 200;
        faam_spec::hash::Capability::from_bytes(bytes)
    };
    let mut made = std::collections::BTreeSet::new();
    for number in 0..64 {
        let secrets = vault.secrets_for(link(number), (0, &did, &shop), start()).unwrap();
        assert!(made.insert(secrets.prover_nym.as_bytes().to_vec()), "{number}");
    }
    assert!(vault.secrets_for(link(64), (0, &did, &shop), start()).is_err(), "there are 64 a day");
    for secrets in [
        vault.secrets_for(link(64), (0, &did, &shop), start().plus(DAY)).unwrap(),
        vault.secrets_for(link(65), (0, &did, &other), start()).unwrap(),
        vault.secrets_for(link(66), (1, &did, &shop), start()).unwrap(),
    ] {
        assert!(made.insert(secrets.prover_nym.as_bytes().to_vec()));
    }
    // What another wallet made is not found, however often it is looked for.
    let (_home, another) = wallet();
    let foreign = another.secrets_for(link(0), (0, &did, &shop), start()).unwrap();
    let found = vault.secrets_again((0, &did, &shop), &foreign.commitment, start().day()).unwrap();
    assert!(found.is_none());
    let ours = vault.secrets_for(link(1), (0, &did, &shop), start()).unwrap();
    for (bound, is_found) in [(-1, true), (31, true), (32, false)] {
        let bound = start().plus(bound * DAY).day();
        let found = vault.secrets_again((0, &did, &shop), &ours.commitment, bound).unwrap();
        assert_eq!(found.map(|found| found.secrets.prover_nym), is_found.then(|| ours.prover_nym.clone()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a32_a_wallet_made_again_is_bound_anew_and_begins_anew() {
    let mut node = MarketNode::start(EpochLength::WEEK, start()).await;
    node.rate(12, "2026-03-01");
    let (_lost, vault) = wallet();
    // Made so long before they were bound that nobody looks for them.
    let offer = node.offer(false);
    let of = (0, offer.0.did(), &"shop".parse().unwrap());
    vault.secrets_for(offer.0.capability(), of, start().plus(-60 * DAY)).unwrap();
    take(&node, &vault, &offer).await.unwrap();
    let first = held(&vault);
    let name = pseudonym(&first);
    // What was shown under the pseudonym is remembered.
    let shown = [(first.info().ledger, seller(), milestones("count>=5"))];
    let what = Happened::RequestRefused {
        verifier: verifier(),
        code: Reason::RequestClimbing,
        place: "milestones".into(),
    };
    vault.note_shown((0, what), &verifier(), &shown, None, start()).unwrap();
    let steps = held(&vault).private().unwrap().shown.clone();
    assert!(steps.knows(&verifier()));
    let climbing = steps.check(&verifier(), &seller(), &milestones("count>=10")).unwrap_err();
    assert_eq!(climbing.reason(), Reason::RequestClimbing);

    node.pass(91 * DAY);
    again(&node, &vault).await.unwrap();
    let old = held(&vault);
    assert!(reaches(&old, "bound>=90d"));
    assert_eq!(pseudonym(&old), name);
    assert!(old.private().unwrap().shown.knows(&verifier()), "over epochs too");

    let (home, vault) = made_again(vault, node.now());
    let Received::New { warnings, .. } = take(&node, &vault, &node.offer(false)).await.unwrap() else {
        panic!()
    };
    assert!(warnings[0].contains("Only a new binding helps"), "{warnings:?}");
    assert!(held(&vault).private().is_none());
    assert_eq!(held(&vault).live().count(), 12);

    // It is said wherever somebody looks, with what helps, as long as it is so.
    drop(vault);
    let looked = |home: &Home| {
        let doctor = home.run(&["doctor", "--json"]).envelope()["data"]["checks"].take();
        let doctor =
            doctor.as_array().unwrap().iter().find(|check| check["name"] == "private").cloned().unwrap();
        (doctor, home.run(&["passport"]).out.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let lost = "secrets that were lost with another wallet";
    let (doctor, passport) = looked(&home);
    assert_eq!((&doctor["ok"], &doctor["code"]), (&false.into(), &"private.commitment".into()));
    assert!(doctor["what"].as_str().unwrap().contains(lost), "{doctor}");
    assert!(
        doctor["fix"].as_str().unwrap().contains("faam-node offer --account ACCOUNT --rebind"),
        "{doctor}"
    );
    assert!(passport.contains(lost) && passport.contains("--rebind"), "{passport}");
    let passport = home.run(&["passport", "--json"]).envelope();
    assert_eq!(passport["data"]["markets"][0]["secrets_lost"], true);
    let vault = home.open();
    again(&node, &vault).await.unwrap();
    assert!(held(&vault).info().secrets_lost);

    let Received::New { warnings, .. } = take(&node, &vault, &node.offer(true)).await.unwrap() else {
        panic!()
    };
    assert!(!held(&vault).info().secrets_lost);
    drop(vault);
    let (doctor, passport) = looked(&home);
    assert!(doctor["ok"] == true && !passport.contains("lost"), "{doctor} {passport}");
    let vault = home.open();
    assert!(warnings.is_empty(), "{warnings:?}");
    let new = held(&vault);
    assert_ne!(pseudonym(&new), name);
    assert!(!reaches(&new, "bound>=90d"));
    assert_eq!(new.standing().statement().bound, node.now().day());
    let private = new.private().unwrap();
    assert!(!private.shown.knows(&verifier()));
    assert_eq!(private.shown.step(&verifier(), &seller(), Metric::Count), None);
    // And it stays so.
    let name = pseudonym(&new);
    node.next_epoch();
    again(&node, &vault).await.unwrap();
    assert_eq!(pseudonym(&held(&vault)), name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_of_an_older_binding_stay_until_a_newer_ones_standing_came() {
    let mut node = MarketNode::start(EpochLength::WEEK, start()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    let name = pseudonym(&held(&vault));
    node.pass(91 * DAY);
    // Bound anew, and the answer is lost: what is held is as it was, and both secrets are there.
    let rebind = node.offer(true);
    node.state.lock().unwrap().lose = Some("redeem");
    take(&node, &vault, &rebind).await.unwrap_err();
    drop(vault);
    let vault = home.open();
    assert_eq!(pseudonym(&held(&vault)), name);
    let market = "shop".parse().unwrap();
    assert_eq!(vault.secrets(0, rebind.0.did(), &market).unwrap().len(), 2);
    // A renewal brings the new one's, and says so.
    let renewed = again(&node, &vault).await.unwrap();
    assert!(renewed.warnings[0].contains("new pseudonym"), "{:?}", renewed.warnings);
    assert_ne!(pseudonym(&held(&vault)), name);
    assert_eq!(vault.secrets(0, rebind.0.did(), &market).unwrap().len(), 1);
}

//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# A wallet MUST compare the epoch record with one that it gets by another path, not telling who asks, before it shows
//# anything of it; a market that has another record, or another key, for one person could follow that person.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a29_a_market_with_two_records_is_caught_and_both_are_kept() {
    let mut node = MarketNode::start(hour(), start()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    assert_eq!(compared(&node, &vault).await.unwrap(), Compared::Same);
    // In the next epoch those who say who they are get one record, and everybody else another.
    node.split();
    node.rate(1, "2026-11-15");
    node.next_epoch();
    again(&node, &vault).await.unwrap();
    let error = compared(&node, &vault).await.unwrap_err();
    assert!(matches!(&error, ContactError::Offer(_)), "{error:?}");
    assert_eq!(error.reason(), Reason::EpochForked);
    node.asked();
    drop(vault);
    let vault = home.open();
    assert_eq!(held(&vault).private().unwrap().compared, None);
    let conflicts = vault.conflicts().unwrap();
    assert_eq!(
        (conflicts.len(), conflicts[0].code, conflicts[0].weight),
        (1, Reason::EpochForked, Weight::Evidence)
    );
    assert!(conflicts[0].is_proven(vault.histories()));
    assert_eq!(conflicts[0].held.record, held(&vault).standing().record().as_str());
    assert_ne!(conflicts[0].offered.record, conflicts[0].held.record);
    // From then on nobody is asked any more, even when the market tells everybody the same again.
    node.mend();
    assert_eq!(compared(&node, &vault).await.unwrap_err().reason(), Reason::EpochForked);
    assert_eq!(node.asked().0.len(), 0);
    drop(vault);
    let said = home.run(&["doctor", "--json"]).envelope();
    let checks = said["data"]["checks"].as_array().unwrap();
    let private = checks.iter().find(|check| check["name"] == "private").unwrap();
    assert_eq!((private["ok"].as_bool(), private["code"].as_str()), (Some(false), Some("epoch.forked")));
}

/// The record that others get follows another one than that which is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a29_a_record_that_the_next_one_does_not_follow_is_caught_for_good() {
    let mut node = MarketNode::start(hour(), start()).await;
    node.rate(12, "2026-03-01");
    let (_home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    node.split();
    node.rate(1, "2026-11-15");
    node.next_epoch();
    again(&node, &vault).await.unwrap();
    node.next_epoch();
    assert_eq!(compared(&node, &vault).await.unwrap_err().reason(), Reason::EpochChain);
    node.asked();
    // The market tells everybody the same again: nobody is asked, nothing more is kept, and nothing noted as good.
    node.mend();
    assert_eq!(compared(&node, &vault).await.unwrap_err().reason(), Reason::EpochChain);
    assert_eq!((node.asked().0.len(), vault.conflicts().unwrap().len()), (0, 1));
    let held = held(&vault);
    let (info, record) = (held.info(), held.standing().record().hash());
    let error = vault.note_compared(&info.issuer, &info.market, record, node.now()).unwrap_err();
    assert_eq!(error.reason(), Reason::EpochChain);
    assert_eq!(vault.held_all().unwrap()[0].private().unwrap().compared, None);
}

//= spec/text/private.md#REQ-PRIVATE-17
//= type=test
//# a renewal by hand is said to be seen in time
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn listening_once_is_said_to_be_seen_in_time() {
    let mut node = MarketNode::start(EpochLength::WEEK, now().plus(-EpochLength::WEEK.seconds())).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    drop(vault);
    node.next_epoch();
    let said = tokio::task::spawn_blocking(move || home.run(&["listen", "--once", "--json"])).await.unwrap();
    let warned = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("\"renewed\":1") && warned.contains("by the time that it was you"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_market_that_is_not_reached_leaves_everything_as_it_was() {
    let mut node = MarketNode::start(hour(), start()).await;
    node.rate(12, "2026-03-01");
    let (_home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    let name = pseudonym(&held(&vault));
    let MarketNode { host, state, .. } = node;
    host.shutdown().await;
    let (clock, mut rng) = (|| state.lock().unwrap().now, rand::rngs::OsRng);
    let (mut progress, timeout) = (|_| {}, Duration::from_secs(2));
    let mut means = Means { clock: &clock, rng: &mut rng, progress: &mut progress, timeout };
    let ledger = ledger(&vault);
    let error = compare_record(&vault, ledger, &mut means).await.unwrap_err();
    assert!(matches!(error, ContactError::Dial(_)), "{error:?}");
    let error = renew(&vault, ledger, &mut means).await.unwrap_err();
    assert!(matches!(error, ContactError::Dial(_)), "{error:?}");
    assert_eq!(pseudonym(&held(&vault)), name);
    assert_eq!(held(&vault).private().unwrap().compared, None);
    assert_eq!(vault.log(10).unwrap().len(), 2);
}

//= spec/text/private.md#REQ-PRIVATE-17
//= type=test
//# a renewal by hand is said to be seen in time
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_program_renews_by_hand_and_by_itself() {
    let mut node = MarketNode::start(EpochLength::WEEK, now()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    drop(vault);
    let run = |args: &'static [&'static str]| {
        let (dir, passphrase) = (home.dir.clone(), home.passphrase.clone());
        tokio::task::spawn_blocking(move || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_faam"));
            command.args(args).env_clear().env("FAAM_HOME", dir).env("TZ", "UTC");
            let output = command.arg("--passphrase-file").arg(passphrase).output().unwrap();
            faam_schemas::assert_said(&command, &output);
            common::Said::of(output)
        })
    };
    let said = run(&["refresh", "shop"]).await.unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains("Renewed from shop") && said.out.contains("can be proven privately"),
        "{said:?}"
    );
    let warned = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(warned.contains("by the time that it was you") && !warned.contains("CAREFUL"), "{said:?}");
    let refreshed = run(&["refresh", "--json"]).await.unwrap().envelope();
    assert_eq!(refreshed["data"]["renewed"][0]["private"], true);
    assert_eq!(refreshed["data"]["warnings"].as_array().unwrap().len(), 1);
    let other = run(&["refresh", "elsewhere", "--json"]).await.unwrap();
    assert_eq!(other.code_of_error(), "query.nothing");
    let error = &other.envelope()["error"];
    assert_eq!(
        (&error["what"], &error["hint"]),
        (&"you hold nothing of elsewhere".into(), &"You hold something of: shop".into())
    );
    let other = run(&["ratings", "--market", "elsewhere"]).await.unwrap();
    assert!(other.err.contains("next: You hold something of: shop"), "{other:?}");

    // It compared the record too, so that nothing is left to do.
    assert_eq!(refreshed["data"]["renewed"][0]["compared"], "same");
    let said = run(&["listen", "--once", "--json"]).await.unwrap();
    assert_eq!((said.code, said.err.as_str(), said.out.lines().count()), (0, "", 2), "{said:?}");
    let lines: Vec<serde_json::Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let next = EpochLength::WEEK.start_of(EpochLength::WEEK.number_at(now()) + 1);
    assert_eq!(lines[0]["data"], serde_json::json!({"event": "nothing_due", "next": next}));
    let text = run(&["listen", "--once"]).await.unwrap();
    let words = text.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("Nothing is due: what you hold is of the current epoch."), "{words}");
    assert!(words.contains(&format!("from {} 00:00 UTC on", next.day())), "{words}");
    let ended = &lines[1];
    assert_eq!((&ended["data"]["renewed"], &ended["data"]["compared"]), (&0.into(), &0.into()), "{said:?}");
    let passport = run(&["passport", "--json"]).await.unwrap().envelope();
    let private = &passport["data"]["markets"][0]["private"];
    assert!(private["compared"].is_u64() && private["roles"][0] == "seller", "{private}");
    let ratings = run(&["ratings"]).await.unwrap();
    let words = ratings.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("as seller, compared with what others are told; bound to this wallet"), "{words}");

    // Just after a request was opened, it is said louder.
    let to = WhoAsked {
        name: "Beta".into(),
        did: verifier(),
        peer: Some(node.host.peer_id()),
        post: None,
        purpose: "To rent out a flat.".into(),
        retention_days: 30,
        terms_unsaid: false,
        terms: None,
        milestones: Vec::new(),
        ledgers: Vec::new(),
    };
    home.open().note(Happened::Declined { to, request: Hash::from_bytes([1; 32]) }, now()).unwrap();
    let said = run(&["refresh", "--json"]).await.unwrap().envelope();
    let first = said["data"]["warnings"][0].as_str().unwrap();
    assert!(first.starts_with("CAREFUL: you opened a request of “Beta”"), "{first}");

    // It goes on until it is told to end, and other commands work meanwhile.
    let mut command = home.command(&["listen", "--json"]);
    let child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        use std::io::{BufRead as _, Read as _};
        let mut child = child;
        let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let passport = home.run(&["passport"]);
        let pid = child.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        (child.wait().unwrap().code(), first, rest, passport.code)
    });
    let (code, first, rest, passport) = ended.await.unwrap();
    assert_eq!((code, passport), (Some(0), 0), "{first}{rest}");
    faam_schemas::assert_envelopes("faam", &format!("{first}{rest}"));
    assert!(first.contains("listening") && rest.contains("ended"), "{first}{rest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a69_no_secret_of_a_binding_is_in_files_traces_or_what_is_printed() {
    let mut node = MarketNode::start(EpochLength::WEEK, now()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    let ledger = held(&vault);
    // One that waits for its offer too.
    let of = (0, &ledger.info().issuer, &ledger.info().market);
    let link = node.offer(false).0.capability();
    let pending = vault.secrets_for(link, of, now()).unwrap();
    let private = ledger.private().unwrap();
    let secrets = [
        private.secrets.blind.as_bytes(),
        private.secrets.prover_nym.as_bytes(),
        private.entropy.as_bytes(),
        pending.blind.as_bytes(),
        pending.prover_nym.as_bytes(),
    ];
    // As bytes, as text, and as a list of numbers.
    let forms: Vec<Vec<u8>> = secrets
        .iter()
        .flat_map(|secret| {
            let list = format!("{secret:?}");
            [
                secret.to_vec(),
                multi(secret).into_bytes(),
                list.trim_matches(['[', ']']).as_bytes()[..40].to_vec(),
            ]
        })
        .collect();
    let has = |bytes: &[u8]| forms.iter().any(|form| bytes.windows(form.len()).any(|part| part == form));
    let known = vault.secrets(0, of.1, of.2).unwrap();
    assert_eq!(known.len(), 2);
    assert!(!has(format!("{ledger:?} {known:?} {pending:?}").as_bytes()), "{known:?}");
    assert!(has(format!("blind: {:?}", pending.blind.as_bytes()).as_bytes()), "what is looked for is found");
    drop(vault);

    let (dir, passphrase) = (home.dir.clone(), home.passphrase.clone());
    let file = home.folder.path().join("faam.age").to_str().unwrap().to_owned();
    let words = passphrase.to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || {
        let run = |args: &[&str]| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_faam"));
            command.args(args).env_clear().env("FAAM_HOME", &dir).env("TZ", "UTC").env("FAAM_LOG", "trace");
            command.arg("--passphrase-file").arg(&passphrase).output().unwrap()
        };
        [
            run(&["refresh", "--json"]),
            run(&["listen", "--once"]),
            run(&["passport", "--json"]),
            run(&["ratings"]),
            run(&["backup", "create", &file, "--backup-passphrase-file", &words, "--kdf-floor"]),
            run(&["doctor"]),
            run(&["log", "--json"]),
        ]
    });
    for output in said.await.unwrap() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!has(&output.stdout) && !has(&output.stderr));
    }
    let (mut seen, mut folders) = (0, vec![home.dir.clone()]);
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            assert!(!has(&std::fs::read(&path).unwrap()), "{path:?}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen} files were looked at");
}

/// A market's node that was started again has other ports, where nobody fixed them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_market_that_moved_is_said_to_be_found_by_a_new_offer() {
    let mut node = MarketNode::start(EpochLength::WEEK, now()).await;
    node.rate(12, "2026-03-01");
    let (home, vault) = wallet();
    take(&node, &vault, &node.offer(false)).await.unwrap();
    drop(vault);
    node.host.shutdown().await;
    let said = tokio::task::spawn_blocking(move || {
        [&["refresh", "shop"][..], &["listen", "--once"]].map(|args| home.run(args))
    });
    for said in said.await.unwrap() {
        let words = format!("{} {}", said.out, said.err).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.code, 8, "{said:?}");
        assert!(
            words.contains("If shop is, its node may have another address than before: take a new offer"),
            "{words}"
        );
    }
}
