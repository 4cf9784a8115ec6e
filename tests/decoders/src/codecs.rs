//! Texts, names, links, trees and messages: what stands behind no signature.

use faam_issuer::{AccountId, EventId};
use faam_spec::did::{Did, HistoricKey, KeyHistories};
use faam_spec::domain::label_holder;
use faam_spec::encoding::{b64, jcs, json as write_json, multi, parse_value, unb64, unmulti};
use faam_spec::hash::{Capability, Hash, LedgerId, Salt};
use faam_spec::key::{Jwk, Signature, VerifyingKey};
use faam_spec::limits::{MAX_FRAME_BYTES, MAX_LINK_BYTES, PAGE_BYTES};
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::{MarketId, Rater, Role, safe_json, shown};
use faam_spec::offer::{HeldHead, RenewStatement};
use faam_spec::peer::{Address, PeerId};
use faam_spec::presentation::Inclusion;
use faam_spec::scale::{Scale, Score};
use faam_spec::sdjwt::SdDigest;
use faam_spec::time::{Day, EpochLength, Timestamp};
use faam_spec::tree::{Path, Tree, TreeHead};
use faam_spec::wire::{
    Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, RenewAnswer, RenewAsk, page, pages,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fixture::{CHALLENGE, NODE, WALLET, fixture};
use crate::form::{assert_safe_to_look_at, number, one_form, one_text};

/// Largest text that [`json`] reads, in bytes.
const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Strict JSON, canonical JSON, and JSON that is safe to look at.
pub fn json(bytes: &[u8]) {
    let Ok(value) = parse_value(bytes, MAX_JSON_BYTES, "fuzz") else { return };
    let read = |text: &[u8]| parse_value(text, text.len(), "fuzz").expect("what was written is read");
    let canonical = jcs(&value).unwrap();
    assert_eq!(read(&canonical), value);
    assert_eq!(jcs(&read(&canonical)).unwrap(), canonical, "one canonical text");
    assert_eq!(read(&write_json(&value).unwrap()), value);
    let safe = safe_json(core::str::from_utf8(bytes).expect("JSON is UTF-8"));
    assert_eq!(read(safe.as_bytes()), value);
    assert_safe_to_look_at(&safe.replace(['\t', '\r'], " "));
}

/// Bytes as text, hashes, names, scales, days and times.
pub fn text(bytes: &[u8]) {
    assert_eq!(unb64(&b64(bytes), "fuzz").as_deref(), Ok(bytes));
    assert_eq!(unmulti(&multi(bytes), "fuzz").as_deref(), Ok(bytes));
    times(number(bytes));
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(read) = unb64(text, "fuzz") {
        assert_eq!(b64(read), text, "one text");
    }
    if let Ok(read) = unmulti(text, "fuzz") {
        assert_eq!(multi(read), text, "one text");
    }
    one_text::<Hash>(text);
    one_text::<LedgerId>(text);
    one_text::<Salt>(text);
    one_text::<Capability>(text);
    one_text::<SdDigest>(text);
    one_text::<Path>(text);
    one_text::<MarketId>(text);
    one_text::<Role>(text);
    one_text::<Rater>(text);
    if let Some(scale) = one_text::<Scale>(text) {
        scores(scale);
    }
    if let Some(day) = one_text::<Day>(text) {
        let earlier = day.year_before();
        assert!(earlier <= day && day.days_since(earlier) <= 366);
        assert_eq!(day.start().day(), day);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        assert_eq!(moment.to_string().parse::<Timestamp>(), Ok(moment));
        times(moment.seconds().unsigned_abs());
    }
    for name in [
        text.parse::<AccountId>().map(|name| name.to_string()),
        text.parse::<EventId>().map(|name| name.to_string()),
    ] {
        assert!(name.is_err() || name.as_deref() == Ok(text));
    }
    for limit in [0, 1, 20, 1000] {
        let safe = shown(text, limit);
        assert_safe_to_look_at(&safe.replace('\n', "?"));
        assert!(safe.len() <= limit + 16, "bounded: a last character and what stands for the rest");
    }
}

fn times(number: u64) {
    let seconds = i64::from_be_bytes(number.to_be_bytes());
    if let Ok(moment) = Timestamp::new(seconds) {
        assert_eq!(moment.seconds(), seconds);
        assert!(moment.day().start() <= moment && moment.since(moment.day().start()) < 86_400);
        assert_eq!(serde_json::from_str(&seconds.to_string()).ok(), Some(moment));
    }
    let _ = fixture().now.plus(seconds);
    for length in [3600, 604_800, 92 * 86_400, seconds] {
        let Ok(length) = EpochLength::new(length) else { continue };
        let start = length.start_of(number);
        let back = length.number_at(start);
        assert!(back <= number, "held within the year 9999");
        assert!(!length.label(number).is_empty());
    }
}

fn scores(scale: Scale) {
    let mut last = None;
    let mut values = [scale.min(), scale.min() + 1, (scale.min() + scale.max()) / 2, scale.max()];
    values.sort_unstable();
    for value in values {
        let score = Score::new(value, scale).expect("it is on the scale");
        assert!(score.normal() <= 1000 && last <= Some((value, score.normal())));
        last = Some((value, score.normal()));
    }
    assert_eq!(Score::new(scale.min(), scale).unwrap().normal(), 0);
    assert_eq!(Score::new(scale.max(), scale).unwrap().normal(), 1000);
    assert!(Score::new(scale.max() + 1, scale).is_err() && Score::new(scale.min() - 1, scale).is_err());
}

/// DIDs, client identifiers, keys, peers and addresses.
pub fn party(bytes: &[u8]) {
    if let Some(jwk) = one_form::<Jwk>(bytes, 4096)
        && let Ok(key) = VerifyingKey::try_from(&jwk)
    {
        assert_eq!(Jwk::from(&key), jwk, "one text for a key");
        one_did(Did::from_key(&key).as_str());
    }
    if let Some(first) = bytes.first_chunk::<32>() {
        let id = PeerId::from_public_key(*first);
        assert_eq!(id.to_string().parse(), Ok(id));
        if let Ok(key) = VerifyingKey::from_bytes(first) {
            assert_eq!(key.to_bytes(), *first);
            if let Some(Ok(signature)) = bytes.get(32..96).map(Signature::from_slice) {
                let verified = key.verify(&bytes[96..], &signature);
                assert!(verified.is_err() || !bytes[96..].is_empty() || signature.to_bytes() != [0; 64]);
            }
        }
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    one_did(text);
    if let Ok(did) = Did::from_client_id(text) {
        assert_eq!(did.client_id(), text, "one text");
    }
    one_text::<PeerId>(text);
    one_text::<Address>(text);
    // A key id, looked up for whoever it seems to be of.
    let Some((did, _)) = text.split_once('#') else { return };
    let Ok(did) = did.parse::<Did>() else { return };
    let now = fixture().now;
    let key = fixture().signer.verifying_key();
    let mut histories = KeyHistories::new();
    let own = histories.resolve(&did, text, now);
    assert!(own.is_err() || did.own_key_id().as_deref() == Some(text));
    histories.insert(
        did.clone(),
        vec![HistoricKey { id: text.to_owned(), key, from: now, until: Some(now.plus(1)) }],
    );
    let found = histories.resolve(&did, text, now);
    assert_eq!(found.is_ok(), did.own_key().is_none() || did.own_key_id().as_deref() == Some(text));
    assert!(histories.resolve(&did, text, now.plus(1)).is_err() || did.own_key().is_some());
}

fn one_did(text: &str) {
    let Some(did) = one_text::<Did>(text) else { return };
    assert_eq!(Did::from_client_id(&did.client_id()).as_ref(), Ok(&did));
    assert!(did.as_str().contains(did.stable_part()) && !did.stable_part().is_empty());
    assert!(label_holder(0, did.stable_part(), "shop").len() < 400);
    if let Some(key) = did.own_key() {
        assert_eq!(Did::from_key(&key), did, "one text for a key");
    }
}

/// Links.
pub fn link(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let Ok(link) = text.parse::<Link>() else { return };
    assert!(text.len() <= MAX_LINK_BYTES);
    assert_eq!(link.to_string(), text, "one text");
    assert!(!format!("{link:?}").contains(&link.capability().to_string()));
    assert!(link.check(link.kind(), link.expires()).is_err());
    for kind in [LinkKind::Offer, LinkKind::Present] {
        assert!(
            link.check(kind, Timestamp::new(0).unwrap()).is_ok()
                == (kind == link.kind() && link.expires().seconds() > 0)
        );
    }
}

/// Proofs of inclusion and consistency: a forged path never verifies, and no head is too strange to be compared with.
///
/// Bytes that are not JSON are taken as: size, leaf and earlier size (a byte each), eight bytes of a hostile size, and what is laid over
/// the true path.
pub fn tree(bytes: &[u8]) {
    if let Some(inclusion) = one_form::<Inclusion>(bytes, 8192) {
        hostile(&inclusion.path, inclusion.at, inclusion.at);
    }
    one_form::<TreeHead>(bytes, 8192);
    if let Some(path) = core::str::from_utf8(bytes).ok().and_then(one_text::<Path>) {
        for at in [0, 1, 6, u64::MAX] {
            hostile(&path, at, 7);
        }
    }
    let [size, index, earlier, rest @ ..] = bytes else { return };
    let size = u64::from(*size % 48) + 1;
    let leaves: Vec<Hash> = (0..size).map(|n| Hash::of(b"fuzz/leaf\n", &n.to_be_bytes())).collect();
    let tree = Tree::of(&leaves);
    let head = tree.head();
    let (index, earlier) = (u64::from(*index) % size, u64::from(*earlier) % (size + 1));
    let (claimed, over) = rest.split_at(rest.len().min(8));
    let leaf = &leaves[usize::try_from(index).unwrap()];

    let path = tree.prove(index).unwrap();
    assert!(head.verify_inclusion(leaf, index, &path).is_ok());
    if let Some(forged) = laid_over(&path, over) {
        assert_eq!(head.verify_inclusion(leaf, index, &forged).is_ok(), forged == path, "only the true path");
        hostile(&forged, number(claimed), number(over));
    }

    let path = tree.prove_extends(earlier).unwrap();
    let before = Tree::of(leaves.iter().take(usize::try_from(earlier).unwrap())).head();
    assert!(head.verify_extends(&before, &path).is_ok());
    if let Some(forged) = laid_over(&path, over) {
        assert_eq!(head.verify_extends(&before, &forged).is_ok(), forged == path, "only the true path");
        let strange = TreeHead { size: number(claimed), ..before };
        let _ = head.verify_extends(&strange, &forged);
        let _ = strange.verify_extends(&head, &forged);
        let _ = strange.verify_extends(&strange, &forged);
    }
}

/// Compares a path with heads of any size; the answer is an error or an accident of hashing, and never a panic.
fn hostile(path: &Path, at: u64, size: u64) {
    let root = Hash::of(b"fuzz/root\n", b"");
    for size in [size, 0, 1, at, at.saturating_add(1), 1 << 53, u64::MAX] {
        let head = TreeHead { size, root };
        assert!(head.verify_inclusion(&root, at, path).is_err(), "the root is no leaf's");
        for earlier in [0, 1, at, size.saturating_sub(1), size] {
            let _ = head.verify_extends(&TreeHead { size: earlier, root }, path);
        }
    }
}

/// The path with `over` laid over its bytes and, where it is longer, after them.
fn laid_over(path: &Path, over: &[u8]) -> Option<Path> {
    let mut bytes = unmulti(&path.to_string(), "fuzz").unwrap();
    let true_length = bytes.len();
    for (to, from) in bytes.iter_mut().zip(over) {
        *to ^= from;
    }
    bytes.extend(over.iter().skip(true_length));
    multi(bytes).parse().ok()
}

/// Messages of both protocols, and pages.
pub fn wire(bytes: &[u8]) {
    message::<OfferAsk>(bytes);
    message::<OfferAnswer>(bytes);
    message::<PresentAsk>(bytes);
    message::<PresentAnswer>(bytes);
    // The head alone, with the length that it has: a fuzzer does not count.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let framed = [&length[..], bytes].concat();
    message::<OfferAsk>(&framed);
    message::<OfferAnswer>(&framed);
    message::<PresentAsk>(&framed);
    message::<PresentAnswer>(&framed);

    let claimed = number(bytes);
    assert!(pages(claimed) >= 1);
    let at = u32::try_from(claimed >> 32).unwrap_or(u32::MAX);
    let part = page(bytes, at);
    assert!(part.is_none_or(|part| part.len() <= PAGE_BYTES));
    assert_eq!(part.is_some(), u64::from(at) < pages(u64::try_from(bytes.len()).unwrap()));
}

/// Messages of renewals, and the proof that a wallet sends in one.
pub fn renew(bytes: &[u8]) {
    message::<RenewAsk>(bytes);
    message::<RenewAnswer>(bytes);
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let framed = [&length[..], bytes].concat();
    message::<RenewAsk>(&framed);
    message::<RenewAnswer>(&framed);
    for frame in [bytes, &framed] {
        if let Ok(Message { head: RenewAsk::Renew { capability, holder, proof, since }, .. }) =
            Message::decode(frame)
        {
            renewed(capability, &holder, &proof, since);
        }
    }
}

/// The statement as a node knows it: what is proven to one node is proven to no other.
fn renewed(capability: Capability, holder: &Jwk, proof: &str, since: Option<HeldHead>) {
    let (Ok(key), Ok(proof)) = (VerifyingKey::try_from(holder), unmulti(proof, "fuzz")) else { return };
    let Ok(signature) = Signature::from_slice(&proof) else { return };
    let fixture = fixture();
    let statement = RenewStatement {
        capability,
        challenge: CHALLENGE.into(),
        issuer: fixture.signer.did().clone(),
        node: NODE,
        wallet: WALLET,
        since,
    };
    let own = holder == &Jwk::from(&fixture.holder.verifying_key());
    assert!(statement.verify(&key, &signature).is_err() || own, "no other key signs for this node");
    let elsewhere = RenewStatement { node: WALLET, ..statement.clone() };
    assert!(statement.verify(&key, &signature).is_err() || elsewhere.verify(&key, &signature).is_err());
}

fn message<H: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(bytes: &[u8]) {
    let Ok(message) = Message::<H>::decode(bytes) else { return };
    assert!(bytes.len() <= MAX_FRAME_BYTES && message.body.len() <= bytes.len());
    assert!(bytes.ends_with(&message.body));
    // A head with white space may be written shorter, and one with needless escapes too; never longer.
    let written = message.encode().expect("it came in a frame");
    assert!(written.len() <= bytes.len());
    assert_eq!(Message::<H>::decode(&written).as_ref(), Ok(&message));
    let head = &bytes[4..bytes.len() - message.body.len()];
    assert_eq!(jcs(&message.head).unwrap(), jcs(&parse_value(head, head.len(), "fuzz").unwrap()).unwrap());
}
