//! What a market can do wrong with private standings, one thing at a time, with the issuer that markets run.

use std::collections::BTreeMap;

use faam_issuer::{Issuer, Profile, Secrets, read};
use faam_spec::bbs::{BbsPublicKey, Entropy};
use faam_spec::did::KeyHistories;
use faam_spec::domain::PRIVATE_KEY_INFO;
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::grid::{Milestone, Steps};
use faam_spec::key::SigningKey;
use faam_spec::offer::Offer;
use faam_spec::private::sign;
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::{self, Standing};
use faam_spec::time::EpochLength;
use rand::SeedableRng as _;
use rand::rngs::{OsRng, StdRng};

use super::*;
use crate::held::{HeldLedger, LedgerInfo};
use crate::receive::{Accepted, Compared, Expected, Weight, check, compare, contradicted};
use crate::testkit::{holder, start, week};

struct Market {
    issuer: Issuer,
    rng: StdRng,
    events: u32,
}

impl Market {
    /// Forty ratings as a seller and two as a buyer.
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let profile = Profile { market: "shop".parse().unwrap(), epoch: EpochLength::WEEK };
        let issuer = Issuer::new(profile, Secrets::random(&mut rng));
        let mut market = Self { issuer, rng, events: 0 };
        for n in 0..40 {
            market.rate(4 + n % 2, n, "seller", &format!("2025-{:02}-01", 1 + n % 12));
        }
        market.rate(5, 1, "buyer", "2026-09-01");
        market.rate(2, 2, "buyer", "2026-10-01");
        market
    }

    fn rate(&mut self, value: i64, rater: i64, role: &str, day: &str) {
        self.events += 1;
        let line = format!(
            r#"{{"type":"rating","id":"e{}","account":"7","rater":"r{rater}","role":"{role}","value":{value},"scale":"1..5","at":"{day}T12:00:00Z"}}"#,
            self.events
        );
        self.issuer.apply(&read::json_line(&line).unwrap(), &mut self.rng).unwrap();
    }

    fn bind(&mut self, secrets: Option<&WalletSecrets>, rebind: bool, now: Timestamp) {
        let (account, key) = ("7".parse().unwrap(), holder().verifying_key());
        let commitment = secrets.map(|secrets| &secrets.commitment);
        self.issuer.bind_with(&account, &key, commitment, rebind, now, &mut self.rng).unwrap();
    }

    fn offer(&mut self, now: Timestamp) -> Offer {
        self.issuer.open_epoch(now, &mut self.rng).unwrap();
        self.issuer.offer(&"7".parse().unwrap(), None, now).unwrap()
    }

    /// The offer as of another record, which the market signs too, with everything that hangs on it.
    fn under(&self, offer: &Offer, change: impl FnOnce(&mut EpochRecord)) -> Offer {
        let signer = self.issuer.signer();
        let histories = KeyHistories::new();
        let mut record = SignedEpochRecord::open(&offer.record, &histories).unwrap().record().clone();
        change(&mut record);
        let record = SignedEpochRecord::sign(record, signer).unwrap();
        let opened = Standing::open(&SdJwt::parse(&offer.standing).unwrap(), &histories).unwrap();
        let statement = standing::Statement { record: record.hash(), ..opened.statement().clone() };
        let again =
            standing::issue(signer, &offer.market, &statement, opened.holder(), opened.issued()).unwrap();
        Offer { record: record.as_str().to_owned(), standing: again.to_text(), ..offer.clone() }
    }

    fn sign(&self, offer: &Offer, role: &Role, steps: &Steps) -> faam_spec::bbs::BbsSignature {
        let record = SignedEpochRecord::open(&offer.record, &KeyHistories::new()).unwrap();
        let seed = self.issuer.signer().key().seed();
        let key = faam_bbs::backend().key_pair(seed.as_ref(), PRIVATE_KEY_INFO).unwrap();
        let private = offer.private.as_ref().unwrap();
        let of = (&private.commitment, &private.entropy);
        sign(faam_bbs::backend(), &key, record.record(), role, steps, of).unwrap()
    }
}

fn secrets() -> WalletSecrets {
    WalletSecrets::random(faam_bbs::backend(), &mut OsRng).unwrap()
}

fn made_for(secrets: &WalletSecrets) -> KnownSecrets {
    let of = SecretsOf::Offer(Capability::from_bytes([1; 16]));
    KnownSecrets { secrets: secrets.clone(), of, made: None }
}

fn take(
    offer: Offer,
    secrets: &[KnownSecrets],
    held: Option<&HeldLedger>,
    now: Timestamp,
) -> Result<Accepted, ReceiveRefused> {
    let (issuer, market) = (offer.iss.clone(), offer.market.clone());
    let (histories, key) = (KeyHistories::new(), holder().verifying_key());
    let records: Vec<_> = held.map(|held| held.standing().record().clone()).into_iter().collect();
    let known = Known { ledger: held, records: &records, lists: &[], histories: &histories, secrets };
    check(offer, Expected { issuer: &issuer, market: &market, holder: &key }, known, now)
}

fn refusal(offer: Offer, known: &[KnownSecrets]) -> (Reason, &'static str) {
    let refused = take(offer, known, None, start()).unwrap_err();
    (refused.fault().reason(), refused.fault().at())
}

fn keep(accepted: Accepted, before: Option<HeldLedger>, now: Timestamp) -> HeldLedger {
    let info = LedgerInfo {
        ledger: accepted.ledger().id(),
        issuer: accepted.issuer().clone(),
        market: accepted.market().clone(),
        persona: 0,
        holder: "test".into(),
        since: now,
        updated: now,
        node: None,
        secrets_lost: false,
    };
    accepted.into_held(info, before)
}

fn of_ledger(held: &HeldLedger) -> KnownSecrets {
    let private = held.private().unwrap();
    let of = SecretsOf::Ledger(held.ledger().id(), private.entropy);
    KnownSecrets { secrets: private.secrets.clone(), of, made: None }
}

fn seller() -> Role {
    "seller".parse().unwrap()
}

/// A market, the wallet's secrets, and the offer of the first week.
fn offered() -> (Market, WalletSecrets, Offer) {
    let (mut market, secrets) = (Market::new(), secrets());
    market.bind(Some(&secrets), false, start());
    let offer = market.offer(start());
    (market, secrets, offer)
}

//= spec/text/private.md#REQ-PRIVATE-7
//= type=test
//# The signature MUST verify over the milestones that the wallet computed itself, with its own secrets and under the
//# record's key
#[test]
fn every_role_has_a_private_standing_and_its_pseudonym_stays_over_epochs() {
    let (mut market, secrets, offer) = offered();
    let accepted = take(offer, &[made_for(&secrets)], None, start()).unwrap();
    assert!(accepted.warnings().is_empty(), "{:?}", accepted.warnings());
    let held = keep(accepted, None, start());
    let private = held.private().unwrap();
    assert_eq!(private.standings.keys().map(Role::as_str).collect::<Vec<_>>(), ["buyer", "seller"]);
    assert_eq!((private.renewed, private.compared), (start(), None));
    let reached = |held: &HeldLedger, milestone: &str| {
        held.private().unwrap().standings[&seller()].steps.reaches(milestone.parse::<Milestone>().unwrap())
    };
    assert!(reached(&held, "count>=20") && !reached(&held, "count>=50") && reached(&held, "mean>=800"));

    for n in 50..70 {
        market.rate(5, n, "seller", "2026-11-17");
    }
    let known = [of_ledger(&held)];
    let next = take(market.offer(week(1)), &known, Some(&held), week(1)).unwrap();
    assert!(next.warnings().is_empty(), "{:?}", next.warnings());
    let next = keep(next, Some(held.clone()), week(1));
    assert!(reached(&next, "count>=50"));
    let (old, new) = (held.private().unwrap(), next.private().unwrap());
    assert_eq!((old.entropy, old.secrets.commitment), (new.entropy, new.secrets.commitment));
    assert_ne!(old.standings, new.standings);
}

//= spec/text/private.md#REQ-PRIVATE-7
//= type=test
//# there MUST be one for each role in which the ledger has a live rating, and no other
#[test]
fn signatures_over_anything_else_are_refused() {
    let (market, secrets, offer) = offered();
    let known = [made_for(&secrets)];
    let steps = {
        let held = keep(take(offer.clone(), &known, None, start()).unwrap(), None, start());
        held.private().unwrap().standings[&seller()].steps
    };
    let with = |change: &dyn Fn(&mut BTreeMap<Role, faam_spec::bbs::BbsSignature>)| {
        let mut offer = offer.clone();
        change(&mut offer.private.as_mut().unwrap().standings);
        offer
    };
    // One step higher or lower, in each metric: a mark, or a favour.
    let mut tried = 0;
    for metric in 0..10 {
        for other in [-1_i8, 1] {
            let mut array = *steps.as_array();
            let Some(step) = array[metric].checked_add_signed(other) else { continue };
            array[metric] = step;
            let Ok(other) = Steps::new(array) else { continue };
            let signature = market.sign(&offer, &seller(), &other);
            let marked = with(&|standings| {
                standings.insert(seller(), signature);
            });
            assert_eq!(refusal(marked, &known), (Reason::PrivateSignature, "private.signature"));
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried}");
    // The same steps signed again are the same.
    let again = market.sign(&offer, &seller(), &steps);
    assert_eq!(offer.private.as_ref().unwrap().standings[&seller()], again);
    // Roles missing, too many, in each other's place.
    let missing = with(&|standings| {
        standings.remove(&seller());
    });
    assert_eq!(refusal(missing, &known), (Reason::PrivateSignature, "private.standings"));
    let none = with(&|standings| standings.clear());
    assert_eq!(refusal(none, &known), (Reason::PrivateSignature, "private.standings"));
    let more = with(&|standings| {
        standings.insert("driver".parse().unwrap(), again);
    });
    assert_eq!(refusal(more, &known), (Reason::PrivateSignature, "private.standings"));
    let swapped = with(&|standings| {
        let buyer: Role = "buyer".parse().unwrap();
        let (one, other) = (standings[&buyer], standings[&seller()]);
        standings.extend([(buyer, other), (seller(), one)]);
    });
    assert_eq!(refusal(swapped, &known), (Reason::PrivateSignature, "private.signature"));
    // A bit flipped.
    let flipped = with(&|standings| {
        let mut bytes = *standings[&seller()].as_bytes();
        bytes[79] ^= 1;
        standings.insert(seller(), faam_spec::bbs::BbsSignature::from_bytes(bytes));
    });
    assert_eq!(refusal(flipped, &known), (Reason::PrivateSignature, "private.signature"));
}

#[test]
fn a_record_without_terms_or_with_a_key_that_is_none_is_refused() {
    let (market, secrets, offer) = offered();
    let known = [made_for(&secrets)];
    let without = market.under(&offer, |record| record.private = None);
    assert_eq!(refusal(without, &known), (Reason::PrivateTerms, "epoch_record.private"));
    let no_key = market.under(&offer, |record| {
        record.private.as_mut().unwrap().key = BbsPublicKey::from_bytes([7; 96]);
    });
    assert_eq!(refusal(no_key, &known), (Reason::PrivateTerms, "epoch_record.private.key"));
}

//= spec/text/private.md#REQ-PRIVATE-6
//= type=test
//# The entropy MUST be the same for as long as a binding lasts; a wallet pins the first that it sees for a commitment
//# and refuses another, because every pseudonym would change.
#[test]
fn a30_another_entropy_for_the_same_commitment_is_refused_whole() {
    let (mut market, secrets, offer) = offered();
    let held = keep(take(offer, &[made_for(&secrets)], None, start()).unwrap(), None, start());
    let known = [of_ledger(&held)];
    let mut next = market.offer(week(1));
    let scalar = faam_bbs::backend().hash_to_scalar(b"another", b"test").unwrap();
    next.private.as_mut().unwrap().entropy = Entropy::from_bytes(scalar);
    // Signed over again with it, so that nothing else is wrong.
    let role = seller();
    let steps = held.private().unwrap().standings[&role].steps;
    let signature = market.sign(&next, &role, &steps);
    next.private.as_mut().unwrap().standings.insert(role, signature);
    let refused = take(next, &known, Some(&held), week(1)).unwrap_err();
    assert_eq!((refused.fault().reason(), refused.fault().at()), (Reason::PrivateEntropy, "private.entropy"));
    // Both sides are kept, and nobody but the wallet can see what is wrong with them.
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.code, conflict.weight), (Reason::PrivateEntropy, Weight::Complaint));
    assert_ne!(conflict.held.record, conflict.offered.record);
}

#[test]
fn a30_secrets_of_one_ledger_are_never_used_for_another() {
    let (_, secrets, offer) = offered();
    let elsewhere = KnownSecrets {
        secrets,
        made: None,
        of: SecretsOf::Ledger(LedgerId::from_bytes([9; 16]), offer.private.as_ref().unwrap().entropy),
    };
    let accepted = take(offer, &[elsewhere], None, start()).unwrap();
    assert!(accepted.private().is_none());
    assert!(accepted.warnings()[0].contains("Only a new binding helps"), "{:?}", accepted.warnings());
}

//= spec/text/private.md#REQ-PRIVATE-8
//= type=test
//# Where `commitment` is not one whose secrets the wallet has, it MUST keep the rest of the offer and say so
//# (`private.commitment`): the secrets were lost, and only a new binding helps.
#[test]
fn a_commitment_whose_secrets_are_lost_spoils_nothing_else() {
    let (mut market, lost, offer) = offered();
    let fresh = secrets();
    let accepted = take(offer, &[made_for(&fresh)], None, start()).unwrap();
    assert_eq!(accepted.changes().ratings, 42);
    assert!(accepted.private().is_none() && accepted.names_commitment());
    assert_eq!(accepted.warnings().len(), 1);
    assert!(
        accepted.warnings()[0].contains("were lost") && accepted.warnings()[0].contains("bind this wallet")
    );

    // Bound anew after the quarter, it has them again, and is told what that means only if it had any before.
    let later = start().plus(91 * 86_400);
    market.bind(Some(&fresh), true, later);
    let next = market.offer(later);
    let accepted = take(next.clone(), &[made_for(&fresh)], None, later).unwrap();
    assert!(accepted.private().is_some() && accepted.warnings().is_empty());
    let before = KnownSecrets {
        secrets: lost,
        made: None,
        of: SecretsOf::Ledger(next.ledger, next.private.as_ref().unwrap().entropy),
    };
    let accepted = take(next, &[before, made_for(&fresh)], None, later).unwrap();
    assert!(accepted.private().is_some());
    assert!(accepted.warnings()[0].contains("new pseudonym"), "{:?}", accepted.warnings());
}

#[test]
fn an_offer_without_private_standings_is_kept_and_said() {
    let (mut market, secrets, offer) = offered();
    let held = keep(take(offer, &[made_for(&secrets)], None, start()).unwrap(), None, start());
    let mut next = market.offer(week(1));
    next.private = None;
    let accepted = take(next.clone(), &[of_ledger(&held)], Some(&held), week(1)).unwrap();
    assert!(accepted.private().is_none() && !accepted.names_commitment());
    assert!(accepted.warnings()[0].contains("no private standing"), "{:?}", accepted.warnings());
    // Whoever never had any misses nothing.
    let accepted = take(next, &[made_for(&secrets)], None, week(1)).unwrap();
    assert!(accepted.warnings().is_empty());
}

//= spec/text/private.md#REQ-PRIVATE-7
//= type=test
//# Standings with a `bound` that lies more than a day before the day on which the wallet made the secrets it MUST NOT
//# take, unless it held the ledger with that `bound` when it made them
#[test]
fn a29_a_binding_older_than_its_secrets_is_not_taken() {
    let (mut market, secrets) = (Market::new(), secrets());
    let bound = start().plus(-100 * DAY);
    market.bind(Some(&secrets), false, bound);
    let offer = market.offer(start());
    let taken = |at: Timestamp, held: &[(LedgerId, Day)]| {
        let made = Some(Made { at, held: held.iter().copied().collect() });
        take(offer.clone(), &[KnownSecrets { made, ..made_for(&secrets) }], None, start()).unwrap()
    };
    for (at, held) in [
        (start(), &[][..]),
        (bound.plus(2 * DAY), &[]),
        (start(), &[(offer.ledger, bound.plus(DAY).day())]),
        (start(), &[(LedgerId::from_bytes([9; 16]), bound.day())]),
    ] {
        let accepted = taken(at, held);
        assert!(accepted.private().is_none() && !accepted.names_commitment());
        assert_eq!((accepted.changes().ratings, accepted.warnings().len()), (42, 1));
        assert!(accepted.warnings()[0].contains("bound before"), "{:?}", accepted.warnings());
    }
    for (at, held) in [(bound.plus(DAY), &[][..]), (start(), &[(offer.ledger, bound.day())])] {
        let accepted = taken(at, held);
        assert!(accepted.private().is_some() && accepted.warnings().is_empty());
    }
}

//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# A wallet MUST compare the epoch record with one that it gets by another path
#[test]
fn a29_a_record_for_one_person_alone_differs_from_what_others_are_told() {
    let (mut market, _, offer) = offered();
    let histories = KeyHistories::new();
    let open = |text: &str| SignedEpochRecord::open(text, &histories).unwrap();
    let public = open(&offer.record);
    // A key, the name of one, a time of one's own: each would mark one person, and each is another record.
    type Change = fn(&mut EpochRecord);
    let changes: [Change; 3] = [
        |record| {
            let key = faam_bbs::backend().key_pair(&[9; 32], PRIVATE_KEY_INFO).unwrap();
            record.private.as_mut().unwrap().key = key.public;
        },
        |record| record.keys.push(format!("{}#only-yours", record.iss)),
        |record| record.iat = record.iat.plus(1),
    ];
    for change in changes {
        let own = open(&market.under(&offer, change).record);
        let refused = compare(&own, &public, &histories, start()).unwrap_err();
        assert_eq!(refused.fault().reason(), Reason::EpochForked);
        let conflict = refused.conflict().unwrap().clone();
        assert_eq!(conflict.weight, Weight::Evidence);
        assert!(conflict.is_proven(&histories));
        // Known from then on, whichever of the two is asked about.
        let kept = [conflict];
        assert_eq!(contradicted(&kept, &own).unwrap().fault().reason(), Reason::EpochForked);
        assert!(contradicted(&kept, &public).is_some());
    }
    assert!(contradicted(&[], &public).is_none());

    assert_eq!(compare(&public, &public, &histories, start()).unwrap(), Compared::Same);
    let [second, third] = [week(1), week(2)].map(|now| open(&market.offer(now).record));
    assert_eq!(compare(&public, &second, &histories, week(1)).unwrap(), Compared::Same, "it names this one");
    assert_eq!(compare(&public, &third, &histories, week(2)).unwrap(), Compared::Newer);
    assert_eq!(compare(&second, &public, &histories, week(1)).unwrap(), Compared::Older);
    // The next one, after another first one.
    let own = open(&market.under(&offer, changes[2]).record);
    let refused = compare(&own, &second, &histories, week(1)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::EpochChain);
    // That is known from then on too, whichever of the two is asked about.
    let kept = [refused.conflict().unwrap().clone()];
    assert_eq!(contradicted(&kept, &own).unwrap().fault().reason(), Reason::EpochChain);
    assert!(contradicted(&kept, &second).is_some() && contradicted(&kept, &public).is_none());
    let stranger = faam_spec::signed::Signer::from_key(SigningKey::from_seed(&[8; 32]));
    let mut record = public.record().clone();
    (record.iss, record.keys) = (stranger.did().clone(), vec![stranger.key_id().to_owned()]);
    let stranger = SignedEpochRecord::sign(record, &stranger).unwrap();
    let refused = compare(&public, &stranger, &histories, start()).unwrap_err();
    assert_eq!((refused.fault().reason(), refused.conflict().is_some()), (Reason::InvalidIssuer, false));
}
