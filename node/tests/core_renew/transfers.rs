//! What is under way: how it ends, how much of it there may be, and what a fault or a restart leaves.

use super::*;

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
