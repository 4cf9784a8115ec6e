//! What is kept comes back, and nothing of what was refused.

use faam_spec::encoding::json;
use faam_spec::hash::{Capability, Hash};
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::PeerId;
use faam_spec::reason::Reason;
use faam_spec::status::StatusList;

mod damage;
pub(crate) mod released;

use super::*;
use crate::receive::{Expected, Known, Weight, check};
use crate::testkit::{Market, Shelf, start, week};

pub(crate) struct Home {
    _folder: tempfile::TempDir,
    pub(crate) dir: PathBuf,
}

pub(crate) const WORDS: &[u8] = b"correct horse battery";

impl Home {
    pub(crate) fn new() -> (Self, Vault) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("faam");
        let entropy = Entropy::random(&mut rand::rngs::OsRng);
        let vault = Vault::create(&dir, WORDS, &entropy, KdfParams::FLOOR, start()).unwrap();
        (Self { _folder: folder, dir }, vault)
    }

    fn again(&self, vault: Vault) -> Vault {
        drop(vault);
        Vault::open(&self.dir, WORDS).unwrap()
    }
}

fn take(vault: &Vault, market: &mut Market, since: u64, now: Timestamp) -> Result<Accepted, ReceiveRefused> {
    let holder = vault.holder_key(0, market.did(), &market.name).unwrap().verifying_key();
    let offer = market.offer_to(&holder, since, now, |_| {});
    let held = vault.held(offer.ledger).unwrap();
    let records = vault.epoch_records(market.did(), &market.name).unwrap();
    let lists = vault.status_lists(market.did()).unwrap();
    let secrets = vault.secrets(0, market.did(), &market.name).unwrap();
    let known = Known {
        ledger: held.as_ref(),
        records: &records,
        lists: &lists,
        histories: vault.histories(),
        secrets: &secrets,
    };
    check(offer, Expected { issuer: market.did(), market: &market.name, holder: &holder }, known, now)
}

#[test]
fn what_was_received_is_there_after_opening_again() {
    let (home, vault) = Home::new();
    let mut market = Market::busy();
    let first = take(&vault, &mut market, 0, start()).unwrap();
    vault.keep(&first, 0, None, start()).unwrap();
    let vault = home.again(vault);
    market.rate(5, "fay", "seller", "2026-11-18", &[]);
    market.rate_over(3, "cas", "seller", "2026-11-18", &[], Some(2));
    let second = take(&vault, &mut market, 8, week(1)).unwrap();
    vault.keep(&second, 0, None, week(1)).unwrap();
    let vault = home.again(vault);

    let held = vault.held_all().unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].ledger().head(), market.ledger.head());
    assert_eq!(held[0].live().count(), 8);
    assert_eq!((held[0].info().since, held[0].info().updated), (start(), week(1)));
    let previous = held[0].previous().unwrap();
    assert_eq!(previous.statement().epoch + 1, held[0].standing().statement().epoch);
    assert_eq!(vault.epoch_records(market.did(), &market.name).unwrap().len(), 2);
    let seqs: Vec<u64> = vault.log(10).unwrap().iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [3, 2, 1]);
    assert_eq!(vault.log(1).unwrap().len(), 1);
    assert_eq!(vault.check().unwrap().damaged, 0);
}

#[test]
fn credentials_made_again_take_the_old_ones_place() {
    let (home, vault) = Home::new();
    let mut market = Market::busy();
    let first = take(&vault, &mut market, 0, start()).unwrap();
    vault.keep(&first, 0, None, start()).unwrap();
    let before = vault.held_all().unwrap()[0].credentials.clone();
    // Offered from the beginning again, with a status list grown and every credential signed anew.
    let again = take(&vault, &mut market, 0, week(1)).unwrap();
    assert_eq!(again.new_from(), 8);
    vault.keep(&again, 0, None, week(1)).unwrap();
    let vault = home.again(vault);
    let held = vault.held_all().unwrap();
    assert_eq!((held[0].ledger().len(), &held[0].credentials), (8, again.credentials()));
    assert_eq!(before.len(), 7);
}

#[test]
fn a24_both_sides_of_a_contradiction_are_kept_over_restarts() {
    let (home, vault) = Home::new();
    let mut market = Market::busy();
    let mut forked = market.clone();
    market.rate(1, "zed", "seller", "2026-11-10", &[]);
    forked.rate(5, "zed", "seller", "2026-11-10", &[]);
    let first = take(&vault, &mut market, 0, start()).unwrap();
    vault.keep(&first, 0, None, start()).unwrap();
    forked.records = market.records.clone();
    let mut refused = take(&vault, &mut forked, 9, week(1)).unwrap_err();
    // Whatever the size, it is kept: a market must not be able to make its evidence too long.
    refused.pad_conflict(300_000);
    vault.note_refused(market.did(), &market.name, &refused, None, week(1)).unwrap();

    let vault = home.again(vault);
    let conflicts = vault.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1);
    assert_eq!((conflicts[0].code, conflicts[0].weight), (Reason::LedgerFork, Weight::Evidence));
    assert_ne!(conflicts[0].held.standing, conflicts[0].offered.standing);
    // Nothing of the refused offer took the place of what is held, and the log says why.
    let held = &vault.held_all().unwrap()[0];
    assert_eq!(held.ledger().head(), market.ledger.head());
    assert_eq!(vault.epoch_records(market.did(), &market.name).unwrap().len(), 1);
    let newest = &vault.log(1).unwrap()[0].what;
    let expected = (Reason::LedgerFork, Some(Weight::Evidence));
    assert!(
        matches!(newest, Happened::OfferRefused { code, conflict, .. } if (*code, *conflict) == expected)
    );
}

#[test]
fn a40_a_newer_status_list_stays_over_restarts() {
    let (home, vault) = Home::new();
    let mut market = Market::busy();
    let first = take(&vault, &mut market, 0, start()).unwrap();
    vault.keep(&first, 0, None, start()).unwrap();
    let vault = home.again(vault);
    // Asked beforehand, the check refuses an older list; the store does not go back in any case.
    let older = market.list(start().plus(-60));
    let batch = vault.with_list(Batch::new(), 0, &older).unwrap();
    assert!(batch.is_empty());
    assert_eq!(vault.status_lists(market.did()).unwrap()[0].issued(), start());
}

#[test]
fn status_lists_longer_than_a_record_are_kept_in_pieces() {
    use rand::{Rng as _, SeedableRng as _};
    let (home, vault) = Home::new();
    let market = Market::new();
    let mut list = StatusList::new(1 << 20).unwrap();
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    // Random statuses hardly compress.
    for index in 0..1 << 20 {
        list.set(index, u8::from(rng.r#gen::<bool>())).unwrap();
    }
    let sign = |list: &StatusList, now| {
        SignedStatusList::sign(crate::testkit::URI, list.clone(), &market.signer, now).unwrap()
    };
    let long = sign(&list, start());
    assert!(long.as_str().len() > 128 * 1024);
    let batch = vault.with_list(Batch::new(), 0, &long).unwrap();
    assert!(batch.len() > 1);
    vault.store.commit(batch).unwrap();
    let vault = home.again(vault);
    let found = vault.status_list(market.did(), crate::testkit::URI).unwrap().unwrap();
    assert_eq!(found.as_str(), long.as_str());
    // A shorter one leaves no pieces of the longer one behind.
    let short = sign(&StatusList::new(1 << 12).unwrap(), week(1));
    vault.store.commit(vault.with_list(Batch::new(), 0, &short).unwrap()).unwrap();
    let found = vault.status_list(market.did(), crate::testkit::URI).unwrap().unwrap();
    assert_eq!(found.as_str(), short.as_str());
    assert_eq!(vault.status_lists(market.did()).unwrap().len(), 1);
}

#[test]
fn a_broken_transfer_is_there_after_opening_again() {
    let (home, vault) = Home::new();
    let mut market = Market::busy();
    let capability = Capability::from_bytes([3; 16]);
    let link = Link::new(
        LinkKind::Offer,
        PeerId::from_public_key([2; 32]),
        market.did().clone(),
        capability,
        week(1),
        vec!["/ip4/127.0.0.1/tcp/1".parse().unwrap()],
    )
    .unwrap();
    assert!(vault.transfer(&link).unwrap().is_none());
    let transfer = Transfer {
        link: capability,
        market: market.name.clone(),
        secret: Capability::from_bytes([4; 16]),
        bytes: 100_000,
        hash: Hash::from_bytes([5; 32]),
        begun: start(),
        state: TransferState::Arriving,
        node: None,
        persona: 0,
    };
    assert_eq!(transfer.pages(), 3);
    vault.begin_transfer(&transfer).unwrap();
    vault.keep_page(&transfer, 1, b"page").unwrap();
    let vault = home.again(vault);
    assert_eq!(vault.transfer(&link).unwrap().as_ref(), Some(&transfer));
    assert_eq!(vault.page(&transfer, 1).unwrap().as_deref(), Some(&b"page"[..]));
    assert_eq!(vault.page(&transfer, 0).unwrap(), None);
    assert_eq!(vault.open_transfers().unwrap().len(), 1);

    // Keeping the offer, marking the transfer and dropping its pages are one change.
    let accepted = take(&vault, &mut market, 0, start()).unwrap();
    vault.keep(&accepted, 0, Some(&transfer), start()).unwrap();
    assert_eq!(vault.transfer(&link).unwrap().unwrap().state, TransferState::Kept);
    assert_eq!(vault.page(&transfer, 1).unwrap(), None);
    vault.end_transfer(&transfer).unwrap();
    assert_eq!(vault.transfer(&link).unwrap().unwrap().state, TransferState::Done);
    assert!(vault.open_transfers().unwrap().is_empty());
    vault.drop_transfer(&transfer).unwrap();
    assert!(vault.transfer(&link).unwrap().is_none());
    let huge = Transfer { bytes: u64::MAX, ..transfer };
    assert!(vault.begin_transfer(&huge).is_err());
}

//= spec/text/names.md#REQ-NAME-14
//= type=test
//# A wallet MUST derive its keys so; two markets then never see the same holder key, and the phrase alone
//# brings every key back.
#[test]
fn holder_keys_differ_by_persona_issuer_and_market_and_come_back_with_the_phrase() {
    let (_home, vault) = Home::new();
    let (shop, mall) = (Market::named("shop", 1), Market::named("mall", 2));
    let key = |persona, of: &Market, name: &Market| {
        vault.holder_key(persona, of.did(), &name.name).unwrap().verifying_key().to_bytes()
    };
    let mut keys =
        vec![key(0, &shop, &shop), key(1, &shop, &shop), key(0, &mall, &shop), key(0, &shop, &mall)];
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4);

    let words = vault.phrase().unwrap();
    let other = tempfile::tempdir().unwrap();
    let dir = other.path().join("again");
    let entropy = Entropy::from_phrase(&words).unwrap();
    let again = Vault::restore(&dir, b"another one", &entropy, KdfParams::FLOOR, start()).unwrap();
    let same = again.holder_key(0, shop.did(), &shop.name).unwrap();
    assert_eq!(same.verifying_key().to_bytes(), key(0, &shop, &shop));
    assert_eq!(again.log(9).unwrap()[0].what, Happened::Restored, "and nothing of the old log");
    let debug = format!("{vault:?}");
    assert!(words.split(' ').all(|word| word.len() < 5 || !debug.contains(word)), "{debug}");
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let (home, vault) = Home::new();
    drop(vault);
    let error = Vault::open(&home.dir, b"correct horse").unwrap_err();
    assert_eq!(error.reason(), Reason::StoreLocked);
    let entropy = Entropy::random(&mut rand::rngs::OsRng);
    let error = Vault::create(&home.dir, WORDS, &entropy, KdfParams::FLOOR, start()).unwrap_err();
    assert_eq!(error.reason(), Reason::StoreExists);
}

#[test]
fn every_event_of_the_log_reads_back() {
    let market = Market::busy();
    let (home, vault) = Home::new();
    let mut shelf = Shelf::default();
    shelf.take(&mut market.clone(), start());
    let request =
        crate::testkit::request(faam_spec::query::Query::standing(market.name.clone()).unwrap(), start());
    let held = shelf.all();
    let plan = crate::present::Plan::new(&request, &held, crate::present::Pick::Newest, start()).unwrap();
    let who = WhoAsked::of(&request);
    let shown = vault.note(plan.to_log(b"{}", start()).unwrap(), start()).unwrap();
    vault.note(Happened::Declined { to: who.clone(), request: request.digest() }, start()).unwrap();
    let code = Reason::NothingToShow;
    vault.note(Happened::NotAnswered { to: who.clone(), request: request.digest(), code }, start()).unwrap();
    let verifier = who.did;
    let place = "request.peer".to_owned();
    vault.note(Happened::RequestRefused { verifier, code: Reason::RequestPeer, place }, start()).unwrap();
    let told = Told::Failed { code: Reason::NetClosed };
    let shown = vault.note_told(&shown, told.clone()).unwrap();
    assert!(matches!(&shown.what, Happened::Shown { told: now, .. } if *now == told));

    let vault = home.again(vault);
    let log = vault.log(100).unwrap();
    assert_eq!(log.len(), 5);
    assert_eq!(log[3], shown);
    assert_eq!(vault.shown().unwrap(), std::slice::from_ref(&shown));
    let text = String::from_utf8(json(&shown).unwrap()).unwrap();
    assert!(text.contains("\"what\":\"shown\""), "{text}");
    // Names, never values.
    assert!(!text.contains("mean") && !text.contains("said"), "{text}");
}

//= spec/text/decision.md#REQ-DEC-8
//= type=test
//# A wallet MUST refuse a receipt whose outcome is another than the one it was told with it, and MUST keep
//# what it got as evidence.
#[test]
fn outcomes_are_kept_with_their_receipts() {
    use faam_spec::decision::{HolderDecision, Outcome as Decided};
    use faam_spec::receipt::Receipt;
    use faam_spec::wire::PresentOutcome;
    let (home, vault) = Home::new();
    let mut shelf = Shelf::default();
    let mut market = Market::busy();
    shelf.take(&mut market, start());
    let query = faam_spec::query::Query::standing(market.name.clone()).unwrap();
    let request = crate::testkit::request(query, start());
    let held = shelf.all();
    let plan = crate::present::Plan::new(&request, &held, crate::present::Pick::Newest, start()).unwrap();
    let bytes =
        plan.build(&[crate::testkit::holder()], start(), &mut rand::rngs::OsRng).unwrap().to_bytes().unwrap();
    let hash = faam_spec::presentation::hash(&bytes);
    let receipt = |purpose: &str| Receipt {
        v: 0,
        iss: request.request().verifier.clone(),
        iat: start(),
        request: request.digest(),
        presentation: hash,
        name: "Beta rentals".into(),
        purpose: purpose.into(),
        delete_by: start().plus(86_400),
        outcome: Decided::Accepted,
        shown: faam_spec::receipt::shown_in(&request, &bytes),
    };
    let decision = HolderDecision { outcome: Decided::Accepted, reasons: vec![], at: start() };
    let outcome = |purpose: &str| {
        let signed = receipt(purpose).sign(&crate::testkit::verifier()).unwrap();
        let body = json(&PresentOutcome { decision: decision.clone(), receipt: signed }).unwrap();
        crate::outcome::Outcome::open(&body, &request, &bytes, vault.histories(), start()).unwrap()
    };
    let entry = vault.note(plan.to_log(&bytes, start()).unwrap(), start()).unwrap();
    let good = outcome("To rent out a flat.");
    assert_eq!((good.exit(), good.receipt().is_ok()), (faam_spec::exit::Exit::Ok, true));
    let kept = vault.keep_outcome(&entry, &good, start()).unwrap();
    let told = Told::Decided { outcome: Decided::Accepted, reasons: vec![], receipt: None };
    let until = start().plus(86_400);
    assert!(
        matches!(&kept.what, Happened::Shown { told: t, delete_by, .. } if *t == told && *delete_by == until)
    );

    // A receipt that says something else than was asked for is kept, and not taken for good.
    let other = vault.note(plan.to_log(&bytes, start()).unwrap(), start()).unwrap();
    let bad = outcome("To sell it.");
    let kept = vault.keep_outcome(&other, &bad, start()).unwrap();
    let told =
        Told::Decided { outcome: Decided::Accepted, reasons: vec![], receipt: Some(Reason::Malformed) };
    assert!(matches!(&kept.what, Happened::Shown { told: t, .. } if *t == told));

    // Nor one that signs another outcome than is told beside it.
    let third = vault.note(plan.to_log(&bytes, start()).unwrap(), start()).unwrap();
    let signed = Receipt { outcome: Decided::Refused, ..receipt("To rent out a flat.") };
    let signed = signed.sign(&crate::testkit::verifier()).unwrap();
    let body = json(&PresentOutcome { decision: decision.clone(), receipt: signed.clone() }).unwrap();
    let two = crate::outcome::Outcome::open(&body, &request, &bytes, vault.histories(), start()).unwrap();
    let wrong = two.receipt().map_err(|fault| (fault.reason(), fault.at())).err();
    assert_eq!(wrong, Some((Reason::Malformed, "receipt.outcome")));
    vault.keep_outcome(&third, &two, start()).unwrap();

    let vault = home.again(vault);
    let receipts = vault.receipts().unwrap();
    assert_eq!(receipts.iter().map(|kept| kept.seq).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!((&receipts[2].receipt, receipts[2].decision.outcome), (&signed, Decided::Accepted));
    assert_eq!(receipts[0].request, request.as_str());
}
