//! Who renews what: the key that a ledger is bound to, in this connection, and nobody else.

use super::*;

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
