//! The whole walk with the real programs: a market's node, a person's wallet, another market's node, over libp2p on
//! loopback, each with its store on disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use faam_node::net::{Client, Protocol};
use faam_spec::did::KeyHistories;
use faam_spec::link::Link;
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::wire::{Message, PresentAsk, page, pages};
use faam_tests::ALPHA;
use faam_tests::process::{Node, PASSPHRASE, Wallet, find};
use faam_wallet::present::{Pick, Plan};
use faam_wallet::vault::Vault;
use zeroize::Zeroizing;

/// The ratings of these accounts as CSV.
fn csv(accounts: &[&str]) -> String {
    let mut lines = ALPHA.lines();
    let mut text = format!("{}\n", lines.next().unwrap());
    for line in lines.filter(|line| accounts.contains(&line.split(',').nth(1).unwrap())) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A market with two accounts, and another one that believes it.
fn two_markets() -> (Node, Node) {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    alpha.import(&csv(&["7", "12"]));
    let mut beta = Node::init(None, "Beta Rentals");
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    (alpha, beta)
}

#[track_caller]
fn refused(said: &faam_tests::process::Said, reason: Reason) {
    assert_eq!(said.code, Some(i32::from(reason.exit().code())), "{said:?}");
    assert!(said.out.contains(reason.code()) || said.err.contains(reason.code()), "{said:?}");
}

//= spec/text/presentation.md#REQ-PRES-23
//= type=test
//# A wallet makes a presentation from what it holds and MUST ask nobody: no issuer learns that, when or to
//# whom something is shown.
//= spec/text/status.md#REQ-STATUS-13
//= type=test
//# Lists MUST be fetched whole or not at all: nobody asks an issuer about one credential.
#[test]
fn from_ratings_to_a_decision_and_on_without_the_market() {
    let (mut alpha, beta) = two_markets();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    let passport = wallet.run(&["passport"]).ok().json();
    assert!(passport.to_string().contains("bitcoin-alpha"), "{passport}");
    assert!(passport.to_string().contains("195"), "{passport}");

    let (link, id) = beta.request(&["--ratings", "12", "--disclose", "day"]);
    let said = wallet.present(&link);
    assert_eq!(said.code, Some(0), "{said:?}");
    let shown = beta.show(&id)["data"].take();
    assert_eq!(shown["decision"]["outcome"], "accepted", "{shown}");
    let facts = &shown["decision"]["facts"][0];
    assert_eq!((facts["shown"].as_array().unwrap().len(), facts["not_shown"].as_u64()), (12, Some(183)));
    assert!(find(&shown, "receipt").is_some());
    let log = wallet.run(&["log"]).ok().json();
    assert!(log.to_string().contains("To rent out a flat"), "{log}");

    // Answered once is answered: the link is used up.
    let again = wallet.run(&["present", &link, "--dry-run"]);
    refused(&again, Reason::NonceUsed);

    // Nothing is shown without agreement.
    let (link, id) = beta.request(&["--complete"]);
    let silent = wallet.run(&["present", &link]);
    assert_ne!(silent.code, Some(0), "{silent:?}");
    let other = wallet.run(&["present", &link, "--approve", "uAAAA"]);
    assert_ne!(other.code, Some(0), "{other:?}");
    assert_eq!(beta.show(&id)["data"]["state"], "open");

    // The market is switched off, for good.
    alpha.kill();
    let said = wallet.present(&link);
    assert_eq!(said.code, Some(0), "{said:?}");
    let shown = beta.show(&id)["data"].take();
    assert_eq!(shown["decision"]["facts"][0]["complete"], true, "{shown}");
}

/// Every message of a presentation, with the verifier's own program on one side and the wallet's own vault on the other.
#[test]
fn what_travels_has_the_form_of_its_schema() {
    let (alpha, beta) = two_markets();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    // The record that everybody can archive; what a program prints is compared where it runs.
    let _ = alpha.command(&["epoch", "--json"]).ok();
    let (link, id) = beta.request(&["--ratings", "60", "--disclose", "day,comment,rater"]);
    let link: Link = link.parse().unwrap();
    let capability = link.capability();
    let vault = Vault::open(&wallet.dir(), PASSPHRASE.as_bytes()).unwrap();
    let held = vault.held_all().unwrap();
    let ask = async |client: &Client, head: PresentAsk, body: &[u8]| {
        let payload = Message { head, body: body.to_vec() }.encode().unwrap();
        faam_schemas::assert_message("wire-present-wallet", &payload);
        let answer = client.ask(Protocol::Present, payload).await.unwrap();
        let (head, body) = faam_schemas::assert_message("wire-present-node", &answer);
        (head["m"].as_str().unwrap().to_owned(), body.to_vec())
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let outcome = runtime.block_on(async {
        let own = Zeroizing::new([9; 32]);
        let client = Client::dial(own, link.peer(), link.addresses(), Duration::from_secs(10)).await.unwrap();
        let (kind, request) = ask(&client, PresentAsk::Fetch { capability }, &[]).await;
        assert_eq!(kind, "request");
        faam_schemas::assert_request(&request);
        let now = faam_node::daemon::now().unwrap();
        let text = String::from_utf8(request).unwrap();
        let request = SignedRequest::open(&text, &KeyHistories::new(), now).unwrap();
        let plan = Plan::new(&request, &held, Pick::Newest, now).unwrap();
        let keys = vault.holder_keys(plan.ledgers()).unwrap();
        let whole = plan.build(&keys, now, &mut rand::rngs::OsRng).unwrap().to_bytes().unwrap();
        faam_schemas::assert_presentation(&whole);
        let (bytes, hash) = (whole.len() as u64, faam_spec::presentation::hash(&whole));
        let count = u32::try_from(pages(bytes)).unwrap();
        assert!(count > 1, "{bytes}");
        for number in 0..count {
            let head = PresentAsk::Answer { capability, bytes, hash, page: number };
            let (kind, body) = ask(&client, head, page(&whole, number).unwrap()).await;
            if number + 1 == count {
                assert_eq!(kind, "decided");
                return body;
            }
            assert_eq!(kind, "more");
        }
        Vec::new()
    });
    faam_schemas::assert_outcome(&outcome);
    assert_eq!(beta.show(&id)["data"]["decision"]["outcome"], "accepted");
}

#[test]
fn a32_an_offer_is_taken_once_with_its_code_by_one_wallet() {
    let (mut alpha, _beta) = two_markets();
    let (thief, owner) = (Wallet::init(), Wallet::init());
    let (link, code) = alpha.offer("7", &[]);
    // A stolen link without the code.
    refused(&thief.receive(&link, "0000-0000"), Reason::OfferCode);
    let _ = owner.receive(&link, &code).ok();
    refused(&thief.receive(&link, &code), Reason::OfferUsed);
    // Again with the same link, the owner changes nothing.
    let again = owner.receive(&link, &code);
    assert_eq!(again.code, Some(0), "{again:?}");
    // A new offer for the same account does not go to another wallet, unless the market binds it anew, and not within a quarter.
    let (link, code) = alpha.offer("7", &[]);
    refused(&thief.receive(&link, &code), Reason::OfferBound);
    let early = alpha.command(&["offer", "--json", "--account", "7", "--rebind"]);
    refused(&early, Reason::OfferRebindEarly);
    // Five wrong codes close an offer, also over a restart.
    let (link, code) = alpha.offer("12", &[]);
    for _ in 0..3 {
        refused(&thief.receive(&link, "0000-0000"), Reason::OfferCode);
    }
    assert!(link.parse::<Link>().is_ok());
    alpha.kill();
    alpha.start();
    let moved = alpha.moved(&link);
    refused(&thief.receive(&moved, "0000-0000"), Reason::OfferCode);
    let last = thief.receive(&moved, "0000-0000");
    assert_eq!(last.code, Some(3), "{last:?}");
    refused(&owner.receive(&moved, &code), Reason::OfferLocked);
}

#[test]
fn a45_a_relaying_peer_is_found_out() {
    let (alpha, beta) = two_markets();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    let (link, id) = beta.request(&["--ratings", "1"]);
    let honest: Link = link.parse().unwrap();

    // A peer that passes every frame on to the verifier and back.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (relay, at) = runtime.block_on(faam_tests::relay::start(&honest));
    let with = |peer, did: &faam_spec::did::Did| {
        let (capability, expires) = (honest.capability(), honest.expires());
        Link::new(honest.kind(), peer, did.clone(), capability, expires, at.clone()).unwrap().to_string()
    };
    // Under its own name: the signed request names another peer.
    refused(&wallet.run(&["present", &with(relay, honest.did()), "--dry-run"]), Reason::RequestPeer);
    // With a DID of its own in the link: the request is signed by somebody else.
    let own = faam_spec::did::Did::from_key(&faam_spec::key::SigningKey::from_seed(&[4; 32]).verifying_key());
    refused(&wallet.run(&["present", &with(relay, &own), "--dry-run"]), Reason::RequestAudience);
    // Under the verifier's name: it does not have that key.
    refused(&wallet.run(&["present", &with(honest.peer(), honest.did()), "--dry-run"]), Reason::NetPeer);
    assert_eq!(beta.show(&id)["data"]["state"], "open");
    let said = wallet.present(&link);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a81_a_market_that_nobody_trusts_is_refused_with_its_exit_status() {
    let mut own = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    own.start();
    own.import("from,to,feature,time\n1,7,10,1400000000\n2,7,10,1400000000\n");
    let mut beta = Node::init(None, "Beta Rentals");
    beta.trust("did:key:z6MkmHDdZ47qn3YXdoukPCiAsji2Uwrzjd4rK4RvmXw8fJ31", "bitcoin-alpha");
    beta.start();
    let wallet = Wallet::init();
    let (link, code) = own.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    let (link, id) = beta.request(&["--ratings", "2"]);
    let said = wallet.run(&["present", &link, "--dry-run"]);
    // The request names whom they believe, so that nothing is shown for nothing.
    refused(&said, Reason::NothingToShow);
    assert!(said.out.contains("what you hold of it is of another issuer"), "{said:?}");
    assert!(!said.out.contains("nearest"), "which entries there are is not the holder's business: {said:?}");
    assert_eq!(beta.show(&id)["data"]["state"], "open");
}

#[test]
fn a_restart_of_everything_loses_nothing() {
    let (mut alpha, mut beta) = two_markets();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    alpha.stop();
    alpha.start();
    let _ = wallet.receive(&alpha.moved(&link), &code).ok();
    let (link, id) = beta.request(&["--complete"]);
    beta.kill();
    beta.start();
    let said = wallet.present(&beta.moved(&link));
    assert_eq!(said.code, Some(0), "{said:?}");
    beta.kill();
    beta.start();
    assert_eq!(beta.show(&id)["data"]["decision"]["outcome"], "accepted");
    // The market goes on where it was: nothing new, the same wallet, the same ledger.
    alpha.kill();
    alpha.start();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
}

/// The walk of the README on milestones, with the whole market: how many reach what is asked is told, in a good case too.
//= spec/text/private.md#REQ-PRIVATE-19
//= type=test
//# Before it shows anything a wallet MUST say how many accounts are known to share what is asked
#[test]
fn in_a_market_of_many_it_is_said_how_many_share_the_milestones() {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    alpha.import(ALPHA);
    let mut beta = Node::init(None, "Beta Rentals");
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    let refreshed = wallet.run(&["refresh"]).ok().json();
    assert_eq!(refreshed["data"]["renewed"][0]["compared"], "same", "{refreshed}");

    let (link, id) = beta.request(&["--milestone", "count>=50", "--milestone", "tenure>=1y"]);
    let consent = wallet.run(&["present", &link, "--dry-run"]).ok().json()["data"]["consent"].take();
    let group = consent["group"].as_str().unwrap();
    assert!(group.starts_with("At least 60 accounts of bitcoin-alpha reach all of this."), "{group}");
    let warnings = consent["warnings"].as_array().unwrap();
    let warned = |part: &str| warnings.iter().any(|warning| warning.as_str().unwrap().contains(part));
    assert!(!warned("accounts of bitcoin-alpha are known to share"), "{warnings:?}");
    // That one wallet holds ratings of this market is another thing, and said.
    assert!(warned("Fewer than 20 ledgers of bitcoin-alpha are known to be held in wallets"), "{warnings:?}");
    let said = wallet.present(&link);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(beta.show(&id)["data"]["decision"]["outcome"], "accepted");
}
