//! Offers and what belongs to them, before the wallet that takes them and the market that makes them.

use std::collections::BTreeMap;

use faam_issuer::{Issuer, Profile, Secrets};
use faam_spec::bbs::Commitment;
use faam_spec::did::{Did, KeyHistories};
use faam_spec::encoding::{self, from_value_exact};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::{Capability, LedgerId};
use faam_spec::key::{Jwk, Signature, SigningKey, VerifyingKey};
use faam_spec::name::MarketId;
use faam_spec::offer::{self, HeldHead, Offer, RedeemStatement, RenewStatement, Terms};
use faam_spec::reason::{Fault, Reason};
use faam_spec::status::SignedStatusList;
use faam_spec::time::{EpochLength, Timestamp};
use faam_wallet::held::{HeldLedger, LedgerInfo};
use faam_wallet::receive::{self, Expected, Known, KnownSecrets, SecretsOf};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::{bytes, given, key, number, text, text_of, wallet_secrets};

/// Takes the offers that are `held`, each at its own time and without fault, and then this one.
pub(super) fn offer(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let (issuer, market): (Did, MarketId) = (given(input, "issuer"), given(input, "market"));
    let holder = |input: &Value| key(&bytes(input, "holder")).unwrap();
    let mut ledgers: BTreeMap<LedgerId, HeldLedger> = BTreeMap::new();
    let mut records: Vec<SignedEpochRecord> = Vec::new();
    let mut secrets: Vec<KnownSecrets> = input.get("secrets").map_or_else(Vec::new, |secrets| {
        let of = SecretsOf::Offer(Capability::from_bytes([1; 16]));
        vec![KnownSecrets { secrets: wallet_secrets(secrets), of, made: None }]
    });
    // The newest of each address, of all ledgers of the issuer.
    let mut lists: BTreeMap<String, SignedStatusList> = BTreeMap::new();
    let take = |bytes: &[u8],
                holder: &VerifyingKey,
                now,
                ledgers: &BTreeMap<LedgerId, HeldLedger>,
                records: &[SignedEpochRecord],
                lists: &BTreeMap<String, SignedStatusList>,
                secrets: &[KnownSecrets]| {
        let offer = Offer::parse(bytes)?;
        let lists: Vec<_> = lists.values().cloned().collect();
        let known = Known { ledger: ledgers.get(&offer.ledger), records, lists: &lists, histories, secrets };
        receive::check(offer, Expected { issuer: &issuer, market: &market, holder }, known, now)
            .map_err(|refused| refused.fault().clone())
    };
    for held in input.get("held").and_then(Value::as_array).into_iter().flatten() {
        let then = Timestamp::new(held["now"].as_i64().unwrap()).unwrap();
        let accepted =
            take(&bytes(held, "offer"), &holder(held), then, &ledgers, &records, &lists, &secrets).unwrap();
        let record = accepted.standing().record().clone();
        if records.iter().all(|known| known.hash() != record.hash()) {
            records.push(record);
            records.sort_by_key(|known| known.record().epoch);
        }
        lists.extend(accepted.lists().iter().map(|list| (list.uri().to_owned(), list.clone())));
        let info = LedgerInfo {
            ledger: accepted.ledger().id(),
            issuer: issuer.clone(),
            market: market.clone(),
            persona: 0,
            holder: String::new(),
            since: then,
            updated: then,
            node: None,
            secrets_lost: false,
        };
        let before = ledgers.remove(&info.ledger);
        let held = accepted.into_held(info, before);
        if let Some(private) = held.private() {
            let of = SecretsOf::Ledger(held.ledger().id(), private.entropy);
            secrets = vec![KnownSecrets { secrets: private.secrets.clone(), of, made: None }];
        }
        ledgers.insert(held.ledger().id(), held);
    }
    let bytes = bytes(input, "offer");
    if let Some(announced) = input.get("announced") {
        offer::check_transfer(&bytes, number(announced, "bytes"), given(announced, "hash"))?;
    }
    take(&bytes, &holder(input), now, &ledgers, &records, &lists, &secrets).map(drop)
}

pub(super) fn terms(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let peers = (given(input, "node"), given(input, "wallet"));
    Terms::open(
        &text(input, "text"),
        &given(input, "issuer"),
        given(input, "capability"),
        peers,
        histories,
        now,
    )
    .map(drop)
}

pub(super) fn redeem(input: &Value) -> Result<(), Fault> {
    let jwk: Jwk = from_value_exact(input["holder"].clone(), "holder")?;
    let statement = RedeemStatement {
        capability: given(input, "capability"),
        challenge: text(input, "challenge"),
        issuer: given(input, "issuer"),
        node: given(input, "node"),
        wallet: given(input, "wallet"),
        since: since(input),
        commitment: input.get("commitment").map(|text| text_of(text).parse()).transpose()?,
    };
    statement.verify(&VerifyingKey::try_from(&jwk)?, &signature_of(input)?)
}

pub(super) fn renew(input: &Value) -> Result<(), Fault> {
    let jwk: Jwk = from_value_exact(input["holder"].clone(), "holder")?;
    let statement = RenewStatement {
        capability: given(input, "capability"),
        challenge: text(input, "challenge"),
        issuer: given(input, "issuer"),
        node: given(input, "node"),
        wallet: given(input, "wallet"),
        since: since(input),
    };
    statement.verify(&VerifyingKey::try_from(&jwk)?, &signature_of(input)?)
}

/// What the wallet says that it holds.
fn since(input: &Value) -> Option<HeldHead> {
    let since = input.get("since").filter(|since| !since.is_null());
    since.map(|since| from_value_exact(since.clone(), "since").unwrap())
}

/// The signature that is sent as the proof.
fn signature_of(input: &Value) -> Result<Signature, Fault> {
    let refused = |_| Fault::new(Reason::OfferProof, "proof");
    let proof = encoding::unmulti(&text(input, "proof"), "proof").map_err(refused)?;
    Signature::from_slice(&proof).map_err(refused)
}

/// A market with one account binds it to a wallet with this commitment.
pub(super) fn bind(input: &Value, now: Timestamp) -> Result<(), Fault> {
    let commitment: Commitment = text(input, "commitment").parse()?;
    let mut rng = StdRng::seed_from_u64(1);
    let profile = Profile { market: "vectors".parse().unwrap(), epoch: EpochLength::WEEK };
    let mut issuer = Issuer::new(profile, Secrets::random(&mut rng));
    let rating = r#"{"type":"rating","id":"1","account":"7","rater":"8","role":"seller","value":5,"scale":"1..5","at":"2026-06-01T09:00:00Z"}"#;
    issuer.apply(&faam_issuer::read::json_line(rating).unwrap(), &mut rng).unwrap();
    let (account, holder) = ("7".parse().unwrap(), SigningKey::from_seed(&[9; 32]).verifying_key());
    issuer.bind_with(&account, &holder, Some(&commitment), false, now, &mut rng).map(drop)
}
