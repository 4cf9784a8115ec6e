//! `/faam/renew/1` without a network: who gets what the epoch has, how often, and what nobody gets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::collections::BTreeSet;

use common::{Node, Ready, Wallet, alpha, peer, rating};
use faam_node::core::{Change, Table};
use faam_spec::bbs::Entropy;
use faam_spec::did::KeyHistories;
use faam_spec::encoding::multi;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::grid::Measures;
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::Jwk;
use faam_spec::ledger::{Ledger, Record};
use faam_spec::limits::REBIND_SECONDS;
use faam_spec::name::Role;
use faam_spec::offer::{HeldHead, Offer, RedeemStatement};
use faam_spec::private;
use faam_spec::reason::Reason;
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::Standing;
use faam_spec::tree::TreeHead;
use faam_spec::wire::{Message, RenewAnswer, RenewAsk, pages};
use proptest::prelude::*;

const WEEK: i64 = 7 * 86_400;

/// What a wallet has of its ledger.
#[derive(Default)]
struct Held {
    records: Vec<Record>,
    ledger: Option<LedgerId>,
}

impl Held {
    fn of(offer: &Offer) -> Self {
        let mut held = Self::default();
        held.take(offer);
        held
    }

    fn take(&mut self, offer: &Offer) {
        self.ledger = Some(offer.ledger);
        self.records.truncate(offer.since as usize);
        self.records.extend(offer.entries.iter().map(|entry| entry.record.clone()));
    }

    fn ledger(&self) -> Ledger {
        Ledger::replay(self.ledger.unwrap(), self.records.iter().cloned()).unwrap()
    }

    fn head(&self) -> Option<HeldHead> {
        let ledger = self.ledger();
        Some(HeldHead { ledger: ledger.id(), log: ledger.head().log })
    }

    /// Verifies every private standing of an offer by what the wallet holds; gives the roles and the market's part of the secret.
    fn verify(&self, offer: &Offer, wallet: &Wallet) -> (BTreeSet<Role>, Entropy) {
        let histories = KeyHistories::new();
        let record = SignedEpochRecord::open(&offer.record, &histories).unwrap();
        let standing = Standing::open(&SdJwt::parse(&offer.standing).unwrap(), &histories).unwrap();
        let (ledger, as_of) = (self.ledger(), record.record().begins().day());
        assert_eq!(ledger.head(), standing.statement().head);
        let (private, secrets) = (offer.private.as_ref().unwrap(), wallet.secrets.as_ref().unwrap());
        assert_eq!(private.commitment, secrets.commitment);
        for (role, signature) in &private.standings {
            let steps = Measures::of(&ledger, role, as_of).steps(standing.statement().bound, as_of);
            let of = (secrets, &private.entropy);
            private::check(faam_bbs::backend(), record.record(), role, &steps, of, signature).unwrap();
        }
        let roles: BTreeSet<Role> = ledger.live().map(|(_, rating)| rating.role.clone()).collect();
        assert!(roles.iter().eq(private.standings.keys()));
        (roles, private.entropy)
    }
}

/// A market and a wallet that took its offer.
fn bound(wallet: &Wallet) -> (Node, Held) {
    let mut market = Node::market();
    let offer = market.offer();
    let held = Held::of(&wallet.receive(&mut market, &offer));
    (market, held)
}

fn refused(answer: (RenewAnswer, Vec<u8>)) -> Reason {
    match answer {
        (RenewAnswer::Refused { code }, body) if body.is_empty() => code,
        other => panic!("{other:?}"),
    }
}

fn record(node: &mut Node, from: u8) -> Result<String, Reason> {
    match node.on_renew(peer(from), RenewAsk::Record) {
        (RenewAnswer::Record, body) => Ok(String::from_utf8(body).unwrap()),
        answer => Err(refused(answer)),
    }
}

fn private(node: &Node) -> (usize, usize) {
    let counts = node.core.status().market.unwrap().private;
    (counts.bound, counts.waiting)
}

/// Does what waits to be signed, as the daemon does beside the core.
fn sign_all(node: &mut Node) -> usize {
    let work = node.core.private_work(usize::MAX).unwrap();
    let done: Vec<_> = work.iter().map(|work| work.sign().unwrap()).collect();
    let count = done.len();
    node.core.keep_private(done);
    count
}

//= spec/text/offer.md#REQ-OFFER-40
//= type=test
//# A renewal MUST be one offer, of the ledger as the epoch has it, and bind nobody. `commit` with the offer's
//# hash ends its transfer; a transfer that is lost is asked for again.
#[test]
fn a_wallet_renews_what_the_epoch_has_without_link_and_code() {
    let wallet = Wallet::private(1);
    let (mut market, mut held) = bound(&wallet);
    for week in 0..3 {
        market.apply(&[rating(20 + week, "7")]);
        market.pass(WEEK);
        market.tick().unwrap();
        // What comes now is of the next epoch.
        market.apply(&[rating(30 + week, "7")]);
        let before = market.store.copy();
        let offer = wallet.again(week as u8).receive_renewal(&mut market, held.head()).unwrap();
        assert!(market.store.is_as(&before), "nothing is bound, used up or stored");
        assert_eq!(offer.since, held.records.len() as u64, "only what is new is sent");
        held.take(&offer);
        held.verify(&offer, &wallet);
    }
    // Three at first and the binding; five more ratings, and the sixth waits.
    assert_eq!(held.records.len(), 9);
    // A wallet that lost its ledger gets all of it.
    let offer = wallet.receive_renewal(&mut market, None).unwrap();
    assert_eq!((offer.since, offer.entries.len()), (0, 9));
    Held::of(&offer).verify(&offer, &wallet);
}

#[test]
fn a_renewal_opens_the_epoch_that_has_begun() {
    let wallet = Wallet::new(1);
    let (mut market, held) = bound(&wallet);
    let first = market.core.status().market.unwrap().epoch.unwrap().number;
    market.pass(WEEK);
    let offer = wallet.receive_renewal(&mut market, held.head()).unwrap();
    let renewed = SignedEpochRecord::open(&offer.record, &KeyHistories::new()).unwrap();
    assert_eq!(renewed.record().epoch, first + 1);
    market.restart();
    assert_eq!(market.core.status().market.unwrap().epoch.unwrap().number, first + 1, "it was stored first");
    assert_eq!(offer.private, None, "a wallet that wants no private standings has none");
}

#[test]
fn a30_commitment_and_entropy_are_the_same_at_every_renewal() {
    let wallet = Wallet::private(1);
    let mut market = Node::market();
    let offer = market.offer();
    let first = wallet.receive(&mut market, &offer);
    let mut held = Held::of(&first);
    let (roles, entropy) = held.verify(&first, &wallet);
    assert_eq!(roles.len(), 1);
    for week in 0..3 {
        market.pass(WEEK);
        market.restart();
        let offer = wallet.receive_renewal(&mut market, held.head()).unwrap();
        held.take(&offer);
        assert_eq!(held.verify(&offer, &wallet).1, entropy, "{week}");
        // A new offer of the market's, too.
        let again = market.offer();
        let again = wallet.receive(&mut market, &again);
        assert_eq!(Held::of(&again).verify(&again, &wallet).1, entropy);
    }
}

//= spec/text/offer.md#REQ-OFFER-36
//= type=test
//# `private` MUST be in every offer whose ledger is bound with a commitment and whose record has its own
//# `private`, and in no other.
#[test]
fn private_standings_are_in_every_offer_of_a_ledger_bound_with_a_commitment() {
    let (with, without) = (Wallet::private(1), Wallet::new(2));
    let mut market = Node::market();
    market.apply(&[rating(1, "8")]);
    let (seven, eight) = (market.offer(), market.try_offer("8", false).unwrap());
    assert!(with.receive(&mut market, &seven).private.is_some());
    assert!(without.receive(&mut market, &eight).private.is_none());
    assert!(with.receive_renewal(&mut market, None).unwrap().private.is_some());
    assert!(without.receive_renewal(&mut market, None).unwrap().private.is_none());
    // The second wallet learned of private standings later: its next offer takes the commitment.
    let later = Wallet { secrets: Wallet::private(2).secrets, ..without };
    let eight = market.try_offer("8", false).unwrap();
    let offer = later.receive(&mut market, &eight);
    Held::of(&offer).verify(&offer, &later);
    // And with another one it gets those for the first, and can see that.
    let lost = Wallet { secrets: Wallet::private(3).secrets, ..later.again(1) };
    let eight = market.try_offer("8", false).unwrap();
    let offer = lost.receive(&mut market, &eight);
    assert_eq!(offer.private.unwrap().commitment, later.secrets.as_ref().unwrap().commitment);
}

//= spec/text/offer.md#REQ-OFFER-35
//= type=test
//# A commitment MUST verify, or nothing is bound.
#[test]
fn a_commitment_that_does_not_verify_binds_nobody() {
    let mut market = Node::market();
    let (offer, mut wallet) = (market.offer(), Wallet::private(1));
    let good = wallet.secrets.clone();
    let mut bytes = *good.as_ref().unwrap().commitment.as_bytes();
    bytes[143] ^= 1;
    wallet.secrets.as_mut().unwrap().commitment = faam_spec::bbs::Commitment::from_bytes(bytes);
    let before = market.store.copy();
    let refused = wallet.redeem(&mut market, &offer, &offer.code.reveal());
    assert_eq!(refused, Err(Reason::PrivateCommitment));
    assert!(market.store.is_as(&before));
    // The offer is there still, for this wallet or another.
    wallet.secrets = good;
    wallet.receive(&mut market, &offer);
}

#[test]
fn a32_a_commitment_put_in_on_the_way_is_not_what_the_wallet_signed() {
    let mut market = Node::market();
    let (offer, wallet, thief) = (market.offer(), Wallet::private(1), Wallet::private(2));
    let challenge = wallet.open(&mut market, &offer).unwrap();
    let ask = wallet.ask(&market, &offer, &offer.code.reveal(), &challenge, None);
    let faam_spec::wire::OfferAsk::Redeem { capability, code, holder, proof, since, .. } = ask else {
        panic!()
    };
    for commitment in [None, thief.secrets.map(|secrets| secrets.commitment)] {
        let (code, holder, proof) = (code.clone(), holder.clone(), proof.clone());
        let ask = faam_spec::wire::OfferAsk::Redeem { capability, code, holder, proof, since, commitment };
        assert_eq!(common::ready(market.on_offer(wallet.peer, ask).0), Err(Reason::OfferProof));
    }
    wallet.receive(&mut market, &offer);
}

//= spec/text/offer.md#REQ-OFFER-41
//= type=test
//# `record` MUST be answered with the newest record to whoever asks, the same to everybody, and where there is
//# none with `epoch.unknown`.
#[test]
fn a29_the_newest_record_is_the_same_for_everybody() {
    let mut market = Node::market();
    assert_eq!(record(&mut market, 1), Err(Reason::EpochUnknown));
    let wallet = Wallet::private(1);
    let offer = market.offer();
    let received = wallet.receive(&mut market, &offer);
    let held = Held::of(&received);
    let before = market.store.copy();
    // A stranger, the wallet itself and a third get the bytes that the offer had.
    let of_stranger = record(&mut market, 200).unwrap();
    assert_eq!(record(&mut market, 101), Ok(of_stranger.clone()));
    assert_eq!(of_stranger, received.record);
    assert_eq!(market.core.epoch_record().unwrap(), Some(of_stranger.as_str()));
    market.restart();
    assert_eq!(record(&mut market, 201), Ok(of_stranger.clone()));

    // Whoever asks for it makes nobody work: the next one comes with the epoch's own tick or a renewal.
    market.pass(WEEK);
    assert_eq!(record(&mut market, 202), Ok(of_stranger.clone()));
    assert!(market.store.is_as(&before));
    let renewed = wallet.receive_renewal(&mut market, held.head()).unwrap();
    assert_ne!(renewed.record, of_stranger);
    assert_eq!(record(&mut market, 203), Ok(renewed.record.clone()));
    // A record of a person's own, with another key for private standings, is not the one that others get.
    let opened = SignedEpochRecord::open(&renewed.record, &KeyHistories::new()).unwrap();
    assert_eq!(opened.record().private.as_ref().unwrap().messages, 54);
}

#[test]
fn a_node_without_a_market_renews_nothing() {
    let market = Node::market();
    let mut verifier = Node::verifier(&market);
    let capability = Capability::from_bytes([1; 16]);
    for ask in [
        RenewAsk::Record,
        RenewAsk::Open { capability },
        Wallet::new(1).renew_ask(&market, capability, "", None),
        RenewAsk::Page { transfer: capability, page: 0 },
        RenewAsk::Commit { transfer: capability, hash: Hash::from_bytes([1; 32]) },
    ] {
        assert_eq!(refused(verifier.on_renew(peer(9), ask)), Reason::OfferUnknown);
    }
}

//= spec/text/offer.md#REQ-OFFER-37
//= type=test
//# The node MUST verify it under the `holder` that was sent with it, over the statement as the node knows it,
//# before it looks for what is bound to that key.
#[test]
fn a32_the_proof_of_a_renewal_is_for_this_market_this_connection_and_this_value() {
    let (wallet, other) = (Wallet::new(1), Wallet::new(2));
    let (mut market, held) = bound(&wallet);
    let capability = Capability::from_bytes([5; 16]);
    let challenge = wallet.open_renewal(&mut market, capability).unwrap();
    let good = wallet.renew_ask(&market, capability, &challenge, held.head());
    let RenewAsk::Renew { holder, proof, since, .. } = good.clone() else { panic!() };
    let mut refuse = |from, ask| assert_eq!(refused(market.on_renew(from, ask)), Reason::OfferProof);

    // From another connection, under another value, for another key, with another head, and broken.
    refuse(other.peer, good.clone());
    let stranger = Jwk::from(&other.holder.verifying_key());
    let ask = |capability, holder: &Jwk, proof: &str, since| RenewAsk::Renew {
        capability,
        holder: holder.clone(),
        proof: proof.to_owned(),
        since,
    };
    refuse(wallet.peer, ask(Capability::from_bytes([6; 16]), &holder, &proof, since));
    refuse(wallet.peer, ask(capability, &stranger, &proof, since));
    refuse(wallet.peer, ask(capability, &holder, &proof, None));
    refuse(wallet.peer, ask(capability, &holder, &proof.replace('u', "z"), since));
    refuse(wallet.peer, ask(capability, &holder, "", since));
    refuse(wallet.peer, ask(capability, &holder, &format!("{proof}A"), since));
    // A signature over a redemption of the same words is none over a renewal.
    let redeem = RedeemStatement {
        capability,
        challenge: challenge.clone(),
        issuer: market.issuer(),
        node: market.peer(),
        wallet: wallet.peer,
        since,
        commitment: None,
    };
    let proof = multi(redeem.sign(&wallet.holder).unwrap().to_bytes());
    assert_eq!(
        refused(market.on_renew(wallet.peer, ask(capability, &holder, &proof, since))),
        Reason::OfferProof
    );
    // A challenge of an offer is none of a renewal, even under the offer's own capability.
    let offer = market.offer();
    let of_offer = wallet.open(&mut market, &offer).unwrap();
    let borrowed = wallet.renew_ask(&market, offer.link.capability(), &of_offer, since);
    assert_eq!(refused(market.on_renew(wallet.peer, borrowed)), Reason::OfferProof);

    // A challenge ends, and with the run of the node.
    market.pass(660);
    assert_eq!(refused(market.on_renew(wallet.peer, good)), Reason::OfferProof);
    let challenge = wallet.open_renewal(&mut market, capability).unwrap();
    let good = wallet.renew_ask(&market, capability, &challenge, since);
    market.restart();
    assert_eq!(refused(market.on_renew(wallet.peer, good)), Reason::OfferProof);
    assert!(wallet.renew(&mut market, since).is_ok());
}

//= spec/text/offer.md#REQ-OFFER-38
//= type=test
//# A key to which no ledger is bound MUST be refused with `renew.unknown`, and so MUST one that asks for a
//# ledger that is bound to another key, as after a new binding.
#[test]
fn a32_who_is_bound_to_nothing_gets_nothing() {
    let (wallet, stranger) = (Wallet::new(1), Wallet::new(2));
    let (mut market, held) = bound(&wallet);
    let before = market.store.copy();
    market.pass(WEEK);
    for since in [None, held.head()] {
        assert_eq!(stranger.renew(&mut market, since), Err(Reason::RenewUnknown));
    }
    assert!(market.store.is_as(&before), "no stranger opens an epoch");
    // Nor does a bound key get somebody else's ledger.
    market.apply(&[rating(1, "8")]);
    market.tick().unwrap();
    let eight = market.try_offer("8", false).unwrap();
    let theirs = Held::of(&stranger.receive(&mut market, &eight));
    assert_eq!(wallet.renew(&mut market, theirs.head()), Err(Reason::RenewUnknown));
    assert_eq!(stranger.renew(&mut market, held.head()), Err(Reason::RenewUnknown));
    assert!(stranger.renew(&mut market, theirs.head()).is_ok());
}

#[test]
fn a32_after_a_new_binding_the_old_wallet_renews_nothing_and_what_it_has_grows_old() {
    let (old, new) = (Wallet::private(1), Wallet::private(2));
    let (mut market, mut held) = bound(&old);
    market.live(REBIND_SECONDS);
    let last = old.receive_renewal(&mut market, held.head()).unwrap();
    held.take(&last);
    let offer = market.try_offer("7", true).unwrap();
    let received = new.receive(&mut market, &offer);
    let (mut fresh, entropy) = (Held::of(&received), last.private.as_ref().unwrap().entropy);
    assert_ne!(fresh.verify(&received, &new).1, entropy);
    market.restart();
    for since in [None, held.head()] {
        assert_eq!(old.renew(&mut market, since), Err(Reason::RenewUnknown));
    }
    // From now on every epoch's standings are the new wallet's.
    for _ in 0..2 {
        market.pass(WEEK);
        market.tick().unwrap();
        let renewed = new.receive_renewal(&mut market, fresh.head()).unwrap();
        fresh.take(&renewed);
        fresh.verify(&renewed, &new);
        assert_eq!(old.renew(&mut market, held.head()), Err(Reason::RenewUnknown));
    }
    // What the old one shows names an epoch that no verifier takes: neither the current nor the previous one.
    let shown = SignedEpochRecord::open(&last.record, &KeyHistories::new()).unwrap();
    assert_eq!(shown.record().age_at(market.now), 2);
}

#[test]
fn a32_the_same_wallet_that_lost_its_secrets_is_bound_anew() {
    let wallet = Wallet::private(1);
    let (mut market, held) = bound(&wallet);
    // The phrase brought the holder key back, and not the secrets.
    let restored = Wallet { secrets: Wallet::private(3).secrets, ..wallet.again(1) };
    let offer = market.offer();
    let ignored = restored.receive(&mut market, &offer).private.unwrap();
    assert_eq!(ignored.commitment, wallet.secrets.as_ref().unwrap().commitment);
    market.live(REBIND_SECONDS);
    let offer = market.try_offer("7", true).unwrap();
    let received = restored.receive(&mut market, &offer);
    let taken = Held::of(&received);
    assert_ne!(taken.verify(&received, &restored).1, ignored.entropy);
    // It is one key: the renewal finds the new binding.
    let offer = restored.receive_renewal(&mut market, held.head()).unwrap();
    assert_eq!(offer.private.unwrap().commitment, restored.secrets.as_ref().unwrap().commitment);
}

#[test]
fn a34_a_fork_is_noticed_at_a_renewal() {
    let wallet = Wallet::new(1);
    let mut market = Node::market();
    let offer = market.offer();
    wallet.receive(&mut market, &offer);
    let old = market.store.copy();
    market.apply(&[rating(20, "7")]);
    market.pass(WEEK);
    let held = Held::of(&wallet.receive_renewal(&mut market, None).unwrap()).head().unwrap();
    // An old copy comes back, without the last rating.
    market.store = old;
    market.restart();
    market.pass(-WEEK);
    let changed = HeldHead { log: TreeHead { size: 2, ..held.log }, ..held };
    let lost = HeldHead { ledger: LedgerId::from_bytes([9; 16]), ..held };
    for since in [held, changed, lost] {
        let before = market.store.copy();
        assert_eq!(wallet.renew(&mut market, Some(since)), Err(Reason::LedgerExtension));
        assert!(market.store.is_as(&before));
    }
}

#[test]
fn a_transfer_is_fetched_in_any_order_and_ends() {
    let wallet = Wallet::new(1);
    let mut market = Node::market();
    let lines: Vec<String> = (10..200).map(|n| rating(n, "7")).collect();
    market.apply(&lines);
    let offer = market.offer();
    wallet.receive(&mut market, &offer);
    let ready = wallet.renew(&mut market, None).unwrap();
    let count = pages(ready.bytes) as u32;
    assert!(count > 2);
    // Asked again, it is the same one, from any connection.
    assert_eq!(wallet.again(1).renew(&mut market, None), Ok(ready.clone()));
    let mut bytes = vec![Vec::new(); count as usize];
    for number in (0..count).rev() {
        bytes[number as usize] =
            wallet.again(number as u8).renewal_page(&mut market, ready.transfer, number).unwrap();
    }
    assert_eq!(faam_spec::offer::hash(&bytes.concat()), ready.hash);
    assert_eq!(wallet.renewal_page(&mut market, ready.transfer, count), Err(Reason::WireMessage));
    assert_eq!(wallet.renewal_page(&mut market, ready.transfer, u32::MAX), Err(Reason::WireMessage));
    let other = Ready { hash: Hash::from_bytes([0; 32]), ..ready.clone() };
    assert_eq!(wallet.commit_renewal(&mut market, &other), Err(Reason::OfferTransfer));
    wallet.commit_renewal(&mut market, &ready).unwrap();
    for _ in 0..2 {
        assert_eq!(wallet.renewal_page(&mut market, ready.transfer, 0), Err(Reason::OfferUnknown));
        assert_eq!(wallet.commit_renewal(&mut market, &ready), Err(Reason::OfferUnknown));
    }
    // A transfer of a renewal is none of an offer.
    assert_eq!(wallet.page(&mut market, ready.transfer, 0), Err(Reason::OfferUnknown));

    // The next one ends by time, one after that with the run of the node.
    let ready = wallet.renew(&mut market, None).unwrap();
    market.pass(599);
    assert!(wallet.renewal_page(&mut market, ready.transfer, 0).is_ok());
    market.pass(1);
    assert_eq!(wallet.renewal_page(&mut market, ready.transfer, 0), Err(Reason::OfferUnknown));
    let again = wallet.renew(&mut market, None).unwrap();
    assert_ne!(again.transfer, ready.transfer);
    market.restart();
    assert_eq!(wallet.renewal_page(&mut market, again.transfer, 0), Err(Reason::OfferUnknown));
    assert!(wallet.receive_renewal(&mut market, None).is_ok());
}

#[test]
fn a_new_epoch_gives_a_new_transfer() {
    let wallet = Wallet::private(1);
    let (mut market, held) = bound(&wallet);
    market.now = "2026-11-22T23:59:50Z".parse().unwrap();
    let before = wallet.renew(&mut market, held.head()).unwrap();
    market.pass(20);
    let after = wallet.renew(&mut market, held.head()).unwrap();
    assert_ne!(after.hash, before.hash);
    assert_eq!(wallet.renewal_page(&mut market, before.transfer, 0), Err(Reason::OfferUnknown));
}

//= spec/text/offer.md#REQ-OFFER-39
//= type=test
//# A node MUST bound how many renewals it makes for one ledger in an epoch, and how many transfers it holds,
//# of how many bytes and for how long (`net.busy`).
#[test]
fn a46_a_stolen_key_makes_the_node_sign_eight_times_an_epoch() {
    let wallet = Wallet::private(1);
    let (mut market, held) = bound(&wallet);
    let full = held.records.len();
    let past = |size: usize| {
        let log =
            Ledger::replay(held.ledger.unwrap(), held.records[..size].iter().cloned()).unwrap().head().log;
        Some(HeldHead { ledger: held.ledger.unwrap(), log })
    };
    for n in 0..8 {
        // With another past each time, or after a commit: each is made anew.
        let ready = wallet.renew(&mut market, past(n % full)).unwrap();
        assert_eq!(wallet.renew(&mut market, past(n % full)), Ok(ready), "the same question costs nothing");
    }
    let last = wallet.renew(&mut market, past(7 % full)).unwrap();
    let before = market.store.copy();
    for since in [past(0), past(2), None] {
        assert_eq!(wallet.again(3).renew(&mut market, since), Err(Reason::NetBusy));
    }
    assert!(market.store.is_as(&before));
    // The last one is still there to be fetched, and others are not concerned.
    wallet.commit_renewal(&mut market, &last).unwrap();
    assert_eq!(wallet.renew(&mut market, None), Err(Reason::NetBusy));
    market.apply(&[rating(1, "8")]);
    market.pass(WEEK);
    assert!(wallet.renew(&mut market, held.head()).is_ok(), "the next epoch counts anew");
    let (eight, other) = (market.try_offer("8", false).unwrap(), Wallet::new(2));
    other.receive(&mut market, &eight);
    assert!(other.renew(&mut market, None).is_ok());
}

#[test]
fn a46_a_flood_of_openings_leaves_nothing_behind() {
    let wallet = Wallet::new(1);
    let (mut market, held) = bound(&wallet);
    let capability = Capability::from_bytes([7; 16]);
    let challenge = wallet.open_renewal(&mut market, capability).unwrap();
    let (before, shown) = (market.store.copy(), format!("{:?}", market.core));
    for n in 0..2_000_u32 {
        let mut value = [0; 16];
        value[..4].copy_from_slice(&n.to_be_bytes());
        let ask = RenewAsk::Open { capability: Capability::from_bytes(value) };
        assert!(matches!(market.on_renew(peer(n as u8), ask).0, RenewAnswer::Terms { .. }));
    }
    assert!(market.store.is_as(&before));
    assert_eq!(format!("{:?}", market.core), shown, "nothing is kept of them");
    // Nor do they push out the challenge of an honest wallet.
    let ask = wallet.renew_ask(&market, capability, &challenge, held.head());
    assert!(matches!(market.on_renew(wallet.peer, ask).0, RenewAnswer::Ready { .. }));
}

#[test]
fn a46_sixty_four_transfers_are_held_at_once() {
    let mut market = Node::market();
    let accounts: Vec<String> = (0..65).map(|n| format!("a{n}")).collect();
    for account in &accounts {
        market.apply(&[rating(1, account)]);
    }
    let wallets: Vec<Wallet> = (0..65).map(Wallet::new).collect();
    for (account, wallet) in accounts.iter().zip(&wallets) {
        let offer = market.try_offer(account, false).unwrap();
        wallet.receive(&mut market, &offer);
    }
    let (last, first) = wallets.split_last().unwrap();
    let ready: Vec<Ready> = first.iter().map(|wallet| wallet.renew(&mut market, None).unwrap()).collect();
    for _ in 0..20 {
        assert_eq!(last.renew(&mut market, None), Err(Reason::NetBusy));
    }
    // Those that are held can be asked for again, and one that is done makes room. Being turned away did not count.
    assert_eq!(first[9].renew(&mut market, None), Ok(ready[9].clone()));
    first[9].commit_renewal(&mut market, &ready[9]).unwrap();
    let taken = last.renew(&mut market, None).unwrap();
    assert_eq!(first[9].renew(&mut market, None), Err(Reason::NetBusy));
    market.pass(600);
    assert_eq!(last.renewal_page(&mut market, taken.transfer, 0), Err(Reason::OfferUnknown));
    assert!(first[9].renew(&mut market, None).is_ok());
}

#[test]
fn a_core_whose_store_failed_renews_nothing() {
    let wallet = Wallet::new(1);
    let (mut market, held) = bound(&wallet);
    market.pass(WEEK);
    let first = record(&mut market, 9).unwrap();
    market.store.good_commits.set(Some(0));
    // The new epoch's record could not be stored, so that nothing of it is said.
    assert_eq!(wallet.renew(&mut market, held.head()), Err(Reason::NetBusy));
    assert!(market.core.is_stopped());
    assert_eq!(record(&mut market, 9), Err(Reason::NetBusy));
    assert!(market.core.private_work(1).is_err());
    market.restart();
    assert_eq!(record(&mut market, 9), Ok(first));
    assert!(wallet.renew(&mut market, held.head()).is_ok());
}

#[test]
fn a_closed_market_still_renews() {
    let wallet = Wallet::private(1);
    let (mut market, mut held) = bound(&wallet);
    market.close().unwrap();
    market.live(3 * WEEK);
    let offer = wallet.receive_renewal(&mut market, held.head()).unwrap();
    held.take(&offer);
    held.verify(&offer, &wallet);
    let opened = SignedEpochRecord::open(&offer.record, &KeyHistories::new()).unwrap();
    assert!(opened.record().last);
}

#[test]
fn a32_a_restored_backup_knows_no_transfer() {
    let wallet = Wallet::new(1);
    let (mut market, held) = bound(&wallet);
    let backup = market.store.copy();
    let ready = wallet.renew(&mut market, held.head()).unwrap();
    market.store = backup;
    faam_node::core::Storage::commit(&market.store, vec![Change::put(Table::START, b"restored", b"0")])
        .unwrap();
    market.restart();
    assert_eq!(wallet.renewal_page(&mut market, ready.transfer, 0), Err(Reason::OfferUnknown));
    assert!(wallet.renew(&mut market, held.head()).is_ok());
}

//= spec/text/private.md#REQ-PRIVATE-18
//= type=test
//# The market MUST sign for every ledger that is bound with a commitment in every epoch, without the wallet
//# taking part.
#[test]
fn every_epoch_is_signed_beside_the_core_without_a_wallet() {
    let wallets: Vec<Wallet> = (1..5).map(Wallet::private).collect();
    let mut market = Node::market();
    assert_eq!(private(&market), (0, 0));
    for n in 0..wallets.len() {
        let account = format!("b{n}");
        market.apply(&[rating(1, &account), rating(2, &account)]);
    }
    for (n, wallet) in wallets.iter().enumerate() {
        let offer = market.try_offer(&format!("b{n}"), false).unwrap();
        wallet.receive(&mut market, &offer);
    }
    // Whoever took an offer had their own signed with it.
    assert_eq!(private(&market), (4, 0));
    for _ in 0..2 {
        market.pass(WEEK);
        market.tick().unwrap();
        assert_eq!(private(&market), (4, 4));
        assert_eq!(market.core.private_work(3).unwrap().len(), 3, "in slices");
        // A wallet that comes sooner is served at once, and its ledger waits no longer.
        let offer = wallets[2].receive_renewal(&mut market, None).unwrap();
        Held::of(&offer).verify(&offer, &wallets[2]);
        assert_eq!(private(&market), (4, 3));
        assert_eq!(sign_all(&mut market), 3);
        assert_eq!(private(&market), (4, 0));
        for wallet in &wallets {
            let offer = wallet.receive_renewal(&mut market, None).unwrap();
            Held::of(&offer).verify(&offer, wallet);
        }
    }
    // Signatures are not stored: after a restart they are made again, the same.
    let before = wallets[0].receive_renewal(&mut market, None).unwrap();
    market.restart();
    assert_eq!(private(&market), (4, 4));
    sign_all(&mut market);
    assert_eq!(wallets[0].receive_renewal(&mut market, None).unwrap(), before);
    assert!(Node::verifier(&market).core.private_work(9).unwrap().is_empty());
}

#[test]
fn a47_bodies_and_answers_in_the_place_of_questions_are_refused() {
    let wallet = Wallet::new(1);
    let (mut market, _) = bound(&wallet);
    let capability = Capability::from_bytes([1; 16]);
    let mut payloads = vec![Vec::new(), vec![0xff; 64], vec![0; 70_000], u32::MAX.to_be_bytes().to_vec()];
    payloads.push(Message::new(RenewAnswer::Done).encode().unwrap());
    for head in [
        RenewAsk::Record,
        RenewAsk::Open { capability },
        wallet.renew_ask(&market, capability, "", None),
        RenewAsk::Page { transfer: capability, page: 0 },
        RenewAsk::Commit { transfer: capability, hash: Hash::from_bytes([1; 32]) },
    ] {
        payloads.push(Message { head, body: vec![0] }.encode().unwrap());
    }
    // A question of another protocol, and a member that no question has.
    let present = faam_spec::wire::PresentAsk::Fetch { capability };
    payloads.push(Message::new(present).encode().unwrap());
    let wordy = br#"{"m":"record","who":"me"}"#;
    payloads.push([(wordy.len() as u32).to_be_bytes().as_slice(), wordy].concat());
    for payload in payloads {
        let answer: Message<RenewAnswer> = Message::decode(&market.raw_renew(wallet.peer, &payload)).unwrap();
        assert!(
            matches!(answer.head, RenewAnswer::Refused { code: Reason::WireMessage | Reason::TooLarge }),
            "{:?}",
            answer.head
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a47_random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let mut market = Node::market();
        let framed = [(bytes.len() as u32).to_be_bytes().to_vec(), bytes.clone()].concat();
        for payload in [bytes, framed] {
            let answer = market.raw_renew(peer(9), &payload);
            prop_assert!(Message::<RenewAnswer>::decode(&answer).is_ok());
        }
    }

    #[test]
    fn a47_changed_messages_never_panic_and_never_renew(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let wallet = Wallet::new(1);
        let (mut market, held) = bound(&wallet);
        let capability = Capability::from_bytes([1; 16]);
        let challenge = wallet.open_renewal(&mut market, capability).unwrap();
        let ask = wallet.renew_ask(&market, capability, &challenge, held.head());
        let mut changed = Message::new(ask).encode().unwrap();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        let answer: Message<RenewAnswer> = Message::decode(&market.raw_renew(wallet.peer, &changed)).unwrap();
        prop_assert!(matches!(answer.head, RenewAnswer::Refused { .. }), "{:?}", answer.head);
    }
}

#[test]
fn nothing_of_a_ledger_is_in_debug_output() {
    let wallet = Wallet::private(1);
    let (mut market, held) = bound(&wallet);
    let ready = wallet.renew(&mut market, held.head()).unwrap();
    let text = format!("{:?}", market.core);
    assert!(!text.contains(&ready.transfer.to_string()) && !text.contains("no 1"));
    let entropy = wallet.receive_renewal(&mut market, None).unwrap().private.unwrap().entropy;
    let text = format!("{:?}", market.core);
    assert!(!text.contains(&entropy.to_string()));
    assert_eq!(market.core.status().market.unwrap().id, alpha());
}
