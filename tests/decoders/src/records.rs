//! What markets record and hand out: entries, ledgers, epoch records, status lists, offers.

use faam_spec::domain::{TYP_EPOCH, TYP_STATUS_LIST, TYP_TERMS};
use faam_spec::encoding::{b64, json};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::hash::{Capability, LedgerId};
use faam_spec::key::Signature;
use faam_spec::ledger::{AccountHead, Entry, Ledger, LedgerHead, LedgerNumbers, Record};
use faam_spec::limits::{MAX_OFFER_BYTES, MAX_PRESENTATION_BYTES, MAX_STATUS_ENTRIES};
use faam_spec::offer::{HeldHead, Offer, RedeemStatement, Terms};
use faam_spec::peer::PeerId;
use faam_spec::presentation::Inclusion;
use faam_spec::rating::Rating;
use faam_spec::reason::Reason;
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::{Standing, Statement};
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::Day;
use faam_verifier::EpochRecords;

use crate::fixture::{NODE, fixture};
use crate::form::{has_null, one_form};
use crate::signing::{as_signed, payload_of_jws};

/// Largest list whose statuses are all looked at and compressed again, in bytes: more only costs time.
const SMALL_LIST: u64 = 2048;
/// Longest ledger of which everything is proven, in entries.
const LOOKED_AT: u64 = 64;

/// Entries, records, and ledgers of records.
pub fn ledger(bytes: &[u8]) {
    const LIMIT: usize = MAX_PRESENTATION_BYTES;
    if let Some(entry) = one_form::<Entry>(bytes, LIMIT) {
        assert!(entry.leaf().is_ok());
        assert!(entry.refers_to().is_none_or(|earlier| earlier < entry.index));
    }
    one_form::<AccountHead>(bytes, LIMIT);
    one_form::<LedgerHead>(bytes, LIMIT);
    one_form::<Statement>(bytes, LIMIT);
    if let Some(numbers) = one_form::<LedgerNumbers>(bytes, LIMIT) {
        let _ = numbers.check();
    }
    if let Some(record) = one_form::<Record>(bytes, LIMIT) {
        assert_eq!(Record::new(record.entry().clone(), record.disclosures().to_vec()).as_ref(), Ok(&record));
        fold(record.entry().ledger, vec![record]);
    }
    if let Some(records) = one_form::<Vec<Record>>(bytes, LIMIT)
        && let Some(first) = records.first()
    {
        fold(first.entry().ledger, records);
    }
}

/// Whatever a ledger takes, its numbers and trees agree; what it refuses changes nothing.
fn fold(id: LedgerId, records: Vec<Record>) {
    let mut ledger = Ledger::new(id);
    for record in records {
        // A head costs a whole tree, so that long ledgers are looked at only as they begin.
        let head = |ledger: &Ledger| (ledger.len() < LOOKED_AT).then(|| ledger.head());
        let before = (head(&ledger), ledger.len());
        match ledger.push(record) {
            Ok(()) => assert_eq!(ledger.len(), before.1 + 1),
            Err(_) => assert_eq!((head(&ledger), ledger.len()), before, "refused, nothing has changed"),
        }
    }
    let head = ledger.head();
    if ledger.len() > LOOKED_AT {
        return;
    }
    let first: Day = "1970-01-01".parse().unwrap();
    for day in [first, fixture().now.day()] {
        let numbers = ledger.numbers(day);
        assert!(numbers.check().is_ok(), "{numbers:?}");
        assert_eq!(numbers.total.all.ratings, head.live.size);
    }
    assert!(head.live.size <= head.log.size);
    let live = ledger.live_tree();
    for (at, (index, _)) in ledger.live().enumerate() {
        let at = u64::try_from(at).unwrap();
        assert_eq!(ledger.live_position(index), Some(at));
        let leaf = ledger.records()[usize::try_from(index).unwrap()].entry().leaf().unwrap();
        assert!(head.live.verify_inclusion(&leaf, at, &live.prove(at).unwrap()).is_ok());
    }
    let text = json(&ledger.records()).unwrap();
    let records: Vec<Record> = serde_json::from_slice(&text).unwrap();
    let again = Ledger::replay(id, records).expect("a ledger is read as it was written");
    assert_eq!(again.head(), head);
}

/// Epoch records, alone and one after another: each line is a record, as signed or as payload.
pub fn epoch(bytes: &[u8]) {
    let fixture = fixture();
    let mut known: Vec<SignedEpochRecord> = fixture.records.clone();
    let mut records = EpochRecords::new();
    for line in bytes.splitn(4, |b| *b == b'\n') {
        for text in as_signed(line, TYP_EPOCH, "iss", &fixture.signer) {
            let Ok(signed) = SignedEpochRecord::open(&text, &fixture.histories) else { continue };
            assert_eq!(signed.as_str(), text);
            let record = signed.record();
            let received = payload_of_jws(&text, TYP_EPOCH);
            assert_eq!(serde_json::to_value(record).unwrap(), received, "one form");
            let payload = json(record).unwrap();
            assert_eq!(one_form::<EpochRecord>(&payload, payload.len()).as_ref(), Some(record));
            assert!(!record.label().is_empty() && record.begins() <= record.iat);
            let _ = record.age_at(fixture.now);
            if record.iss == *fixture.signer.did() {
                let again = SignedEpochRecord::sign(record.clone(), &fixture.signer);
                let opens = |again: SignedEpochRecord| {
                    SignedEpochRecord::open(again.as_str(), &fixture.histories).as_ref() == Ok(&again)
                };
                assert!(again.is_ok_and(opens));
            }
            known.push(signed);
        }
    }
    for one in &known {
        for other in &known {
            let both = one.follows(other).is_ok() && other.follows(one).is_ok();
            assert_eq!(both, one.hash() == other.hash(), "one of two is later");
        }
        let before = records.iter().count();
        if records.insert(one.clone()).is_ok() {
            assert!(records.check(one).is_ok(), "what was taken fits with itself");
        } else {
            assert_eq!(records.iter().count(), before);
        }
    }
}

/// Status lists, and what they expand to.
pub fn status(bytes: &[u8]) {
    let fixture = fixture();
    one_form::<StatusRef>(bytes, 4096);
    for bits in [0, 1, 2, 3, 4, 8, 255] {
        list(StatusList::from_compressed(bits, &b64(bytes)), bits);
        if let Ok(text) = core::str::from_utf8(bytes) {
            list(StatusList::from_compressed(bits, text), bits);
        }
    }
    for text in as_signed(bytes, TYP_STATUS_LIST, "iss", &fixture.signer) {
        let Ok(signed) = SignedStatusList::open(&text, &fixture.histories) else { continue };
        assert_eq!(signed.as_str(), text);
        let received = payload_of_jws(&text, TYP_STATUS_LIST);
        let claims = ["iss", "sub", "iat", "exp", "status_list"].map(|name| received.get(name));
        assert!(
            !claims.into_iter().flatten().any(|claim| claim.is_null()),
            "null is not a value: {received}"
        );
        assert!(received["status_list"].is_object(), "an object is no array: {received}");
        let bits = u8::try_from(received["status_list"]["bits"].as_u64().unwrap()).unwrap();
        list(Ok(signed.list().clone()), bits);
        assert_eq!(signed.is_small(), signed.list().len() < 1024);
    }
}

fn list(read: Result<StatusList, faam_spec::reason::Fault>, bits: u8) {
    let Ok(mut list) = read else { return };
    assert!(matches!(bits, 1 | 2 | 4 | 8));
    assert!(list.len() <= u64::try_from(MAX_STATUS_ENTRIES).unwrap());
    for outside in [list.len(), list.len().saturating_mul(8), u64::MAX] {
        assert_eq!(list.get(outside).map_err(|fault| fault.reason()), Err(Reason::StatusIndex));
        assert!(list.set(outside, 0).is_err());
    }
    if list.len() > SMALL_LIST {
        return;
    }
    let written = list.to_compressed().unwrap();
    assert_eq!(StatusList::from_compressed(bits, &written).as_ref(), Ok(&list));
    let most = u8::MAX >> (8 - bits);
    for index in 0..list.len() {
        let status = list.get(index).expect("it is inside");
        assert!(status <= most);
        let before = index.checked_sub(1).map(|other| list.get(other));
        list.set(index, status ^ most).unwrap();
        assert_eq!(list.get(index), Ok(status ^ most));
        assert_eq!(index.checked_sub(1).map(|other| list.get(other)), before, "its neighbour is as it was");
    }
}

/// Offers, their terms, and what a wallet signs for them.
pub fn offer(bytes: &[u8]) {
    let fixture = fixture();
    if let Ok(offer) = Offer::parse(bytes) {
        assert_eq!(one_form::<Offer>(&offer.to_bytes().unwrap(), MAX_OFFER_BYTES).as_ref(), Some(&offer));
        received(&offer);
    }
    one_form::<Inclusion>(bytes, MAX_OFFER_BYTES);
    let held = one_form::<HeldHead>(bytes, 4096);
    let wallet = PeerId::from_public_key([6; 32]);
    let capability = Capability::from_bytes([4; 16]);
    for text in as_signed(bytes, TYP_TERMS, "iss", &fixture.signer) {
        let (issuer, peers) = (fixture.signer.did(), (NODE, wallet));
        let Ok(terms) = Terms::open(&text, issuer, capability, peers, &fixture.histories, fixture.now) else {
            continue;
        };
        let received = payload_of_jws(&text, TYP_TERMS);
        assert_eq!(serde_json::to_value(&terms).unwrap(), received, "one form");
        assert!(!has_null(&received));
        assert_eq!(terms.sign(&fixture.signer).map(|text| payload_of_jws(&text, TYP_TERMS)), Ok(received));
        let elsewhere = (wallet, NODE);
        let told = Terms::open(&text, issuer, capability, elsewhere, &fixture.histories, fixture.now);
        assert_eq!(told.map_err(|fault| fault.reason()), Err(Reason::RequestPeer));
        redeemed(&terms, held);
    }
    if let Ok(signature) = Signature::from_slice(bytes) {
        let statement = statement("fuzz", held);
        assert!(statement.verify(&fixture.holder.verifying_key(), &signature).is_err());
    }
}

fn statement(challenge: &str, since: Option<HeldHead>) -> RedeemStatement {
    RedeemStatement {
        capability: Capability::from_bytes([4; 16]),
        challenge: challenge.to_owned(),
        issuer: fixture().signer.did().clone(),
        node: NODE,
        wallet: PeerId::from_public_key([6; 32]),
        since,
        commitment: None,
    }
}

fn redeemed(terms: &Terms, held: Option<HeldHead>) {
    let holder = &fixture().holder;
    let said = statement(&terms.challenge, held);
    let signature = said.sign(holder).unwrap();
    assert!(said.verify(&holder.verifying_key(), &signature).is_ok());
    let other = statement(&format!("{}.", terms.challenge), held);
    assert!(other.verify(&holder.verifying_key(), &signature).is_err());
}

/// An offer as a wallet looks at it: none of its parts makes it panic, whatever does not fit.
fn received(offer: &Offer) {
    let fixture = fixture();
    let record = SignedEpochRecord::open(&offer.record, &fixture.histories);
    let standing = SdJwt::parse(&offer.standing).and_then(|text| Standing::open(&text, &fixture.histories));
    if let (Ok(record), Ok(standing)) = (&record, &standing) {
        let _ = standing.check_record(record, &offer.account);
    }
    for text in &offer.status {
        let _ = SignedStatusList::open(text, &fixture.histories);
    }
    for entry in &offer.entries {
        let Some(jwt) = &entry.jwt else { continue };
        let sd_jwt = SdJwt::from_parts(jwt.clone(), entry.record.disclosures().to_vec());
        if let Ok(rating) = Rating::open(&sd_jwt, &fixture.histories, fixture.now)
            && let Ok(standing) = &standing
        {
            let _ = standing.statement().head.live.verify_inclusion(rating.leaf(), 0, &offer.account.path);
        }
    }
    fold(offer.ledger, offer.entries.iter().map(|entry| entry.record.clone()).collect());
}
