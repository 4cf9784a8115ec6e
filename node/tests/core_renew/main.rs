//! `/faam/renew/1` without a network: who gets what the epoch has, how often, and what nobody gets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "../common/mod.rs"]
mod common;
mod proofs;
mod transfers;

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
