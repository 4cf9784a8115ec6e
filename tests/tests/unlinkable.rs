//! Unlinkability as a game, not a claim: people with equal milestones show them at two verifiers, and a classifier that sees
//! everything of both says whether one of them did. What they show is what the wallet's own plan makes of what it received.
//!
//! The long form makes fresh proofs for each of 2,000 rounds:
//! `FAAM_GAME=2000 cargo test --release -p faam-tests --test unlinkable -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};

use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Hidden, KeyPair, POINT_BYTES, Proven,
    SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use faam_spec::did::{Did, KeyHistories};
use faam_spec::grid::Milestones;
use faam_spec::hash::Capability;
use faam_spec::key::SigningKey;
use faam_spec::limits::PAGE_BYTES;
use faam_spec::private::{PrivateProof, context};
use faam_spec::query::Query;
use faam_spec::wire::{Message, PresentAsk};
use faam_tests::game::{Classifier, Leak, Transcript, rounds};
use faam_tests::private::{Wallet, rating};
use faam_tests::{Market, Verifier, now};
use faam_wallet::held::{HeldLedger, LedgerInfo};
use faam_wallet::present::{Pick, Plan};
use faam_wallet::receive::{Expected, Known, KnownSecrets, SecretsOf, check};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand_core::{CryptoRngCore, RngCore};

/// Counts what a wallet asks of its arithmetic, and how many bytes of chance it draws.
#[derive(Debug, Default)]
struct Counting([AtomicU64; 7]);

impl Counting {
    fn one(&self, at: usize) -> &'static dyn Bbs {
        self.0[at].fetch_add(1, Ordering::Relaxed);
        faam_bbs::backend()
    }

    fn counts(&self) -> Vec<u64> {
        self.0.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }
}

impl Bbs for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }
    fn key_pair(&self, material: &[u8], info: &[u8]) -> Result<KeyPair, BbsError> {
        self.one(0).key_pair(material, info)
    }
    fn public_key(&self, secret: &SecretScalar) -> Result<BbsPublicKey, BbsError> {
        self.one(0).public_key(secret)
    }
    fn hash_to_scalar(&self, message: &[u8], dst: &[u8]) -> Result<[u8; SCALAR_BYTES], BbsError> {
        self.one(1).hash_to_scalar(message, dst)
    }
    fn generators(&self, api_id: &[u8], count: usize) -> Result<Vec<[u8; POINT_BYTES]>, BbsError> {
        self.one(2).generators(api_id, count)
    }
    fn check_points(&self, points: &[&[u8; POINT_BYTES]]) -> Result<(), BbsError> {
        self.one(3).check_points(points)
    }
    fn check_key(&self, key: &BbsPublicKey) -> Result<(), BbsError> {
        self.one(3).check_key(key)
    }
    fn commit(
        &self,
        hidden: &Hidden<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<(Vec<u8>, SecretScalar), BbsError> {
        self.one(3).commit(hidden, rng)
    }
    fn check_commitment(&self, commitment: &Commitment) -> Result<(), BbsError> {
        self.one(3).check_commitment(commitment)
    }
    fn sign(
        &self,
        key: &KeyPair,
        header: &[u8],
        messages: &[&[u8]],
        blinded: &Blinded<'_>,
    ) -> Result<BbsSignature, BbsError> {
        self.one(4).sign(key, header, messages, blinded)
    }
    fn verify(&self, signed: &Signed<'_>) -> Result<(), BbsError> {
        self.one(4).verify(signed)
    }
    fn prove(
        &self,
        signed: &Signed<'_>,
        showing: &Showing<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Proven, BbsError> {
        let mut drawn = Drawn { rng, bytes: 0 };
        let proven = self.one(5).prove(signed, showing, &mut drawn);
        self.0[6].fetch_add(drawn.bytes, Ordering::Relaxed);
        proven
    }
    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError> {
        self.one(5).verify_proof(shown)
    }
}

/// Chance, and how much of it was drawn.
struct Drawn<'a> {
    rng: &'a mut dyn CryptoRngCore,
    bytes: u64,
}

impl RngCore for Drawn<'_> {
    fn next_u32(&mut self) -> u32 {
        self.bytes += 4;
        self.rng.next_u32()
    }
    fn next_u64(&mut self) -> u64 {
        self.bytes += 8;
        self.rng.next_u64()
    }
    fn fill_bytes(&mut self, to: &mut [u8]) {
        self.bytes += to.len() as u64;
        self.rng.fill_bytes(to);
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), rand_core::Error> {
        self.bytes += to.len() as u64;
        self.rng.try_fill_bytes(to)
    }
}

impl rand_core::CryptoRng for Drawn<'_> {}

/// A person: what the wallet holds of the market.
type Person = [HeldLedger; 1];

/// People of one market with equal milestones, each rated by others and a little differently, as people are. Each received it all
/// as the wallet receives it.
fn people(count: usize) -> (Market, Vec<Wallet>, Vec<Person>) {
    let mut market = Market::new("shop", 5, now());
    for person in 0..count {
        for n in 0..(26 + person % 7) {
            // The oldest of all is not yet two years ago, so that all have one tenure.
            let day = now().plus(-86_400 * (400 + (n * 3 + person % 200) as i64)).day();
            let (id, rater) = (format!("{person}-{n}"), format!("r{n}-{person}"));
            market.apply(&[rating(&id, &format!("p{person}"), &rater, "seller", 5, day)]);
        }
    }
    market.open_epoch();
    let (mut wallets, mut people) = (Vec::new(), Vec::new());
    for person in 0..count {
        let (mut wallet, account) = (Wallet::new(person as u64), format!("p{person}"));
        assert!(market.give_private(&account, &mut wallet, false));
        people.push([received(&market, &account, &wallet)]);
        wallets.push(wallet);
        let steps = |wallet: &Wallet| wallet.newest().steps;
        assert_eq!(steps(&wallets[0]), steps(&wallets[person]), "all have the same milestones");
    }
    (market, wallets, people)
}

/// What the real wallet makes of an offer.
fn received(market: &Market, account: &str, wallet: &Wallet) -> HeldLedger {
    let offer = market.issuer.offer(&account.parse().unwrap(), None, market.now).unwrap();
    let (issuer, name, ledger) = (offer.iss.clone(), offer.market.clone(), offer.ledger);
    let of = SecretsOf::Offer(Capability::from_bytes([1; 16]));
    let secrets = [KnownSecrets { secrets: wallet.secrets.clone(), of, made: None }];
    let (holder, histories) = (wallet.key.verifying_key(), KeyHistories::new());
    let expected = Expected { issuer: &issuer, market: &name, holder: &holder };
    let known = Known { ledger: None, records: &[], lists: &[], histories: &histories, secrets: &secrets };
    let accepted = check(offer, expected, known, market.now).unwrap();
    let (since, updated, holder) = (market.now, market.now, account.to_owned());
    let info = LedgerInfo {
        ledger,
        issuer,
        market: name,
        persona: 0,
        holder,
        since,
        updated,
        node: None,
        secrets_lost: false,
    };
    accepted.into_held(info, None)
}

fn milestones() -> Milestones {
    Milestones::new(["count>=20", "mean>=950", "tenure>=1y"].map(|text| text.parse().unwrap()).to_vec())
        .unwrap()
}

/// Everything that this verifier sees of one showing.
fn show(person: &Person, maker: usize, verifier: &mut Verifier) -> Transcript {
    let query = Query::milestones(person[0].info().market.clone(), milestones()).unwrap();
    let pending = verifier.ask(query);
    let plan = Plan::new(pending.request(), person, Pick::Newest, verifier.now).unwrap();
    let counting = Counting::default();
    let presentation = plan.build_with_backend(&counting, &[], verifier.now, &mut rand::rngs::OsRng).unwrap();
    let text = presentation.vp_token.values().next().unwrap()[0].clone();
    let proof = PrivateProof::parse(&text, milestones().as_slice().len()).unwrap();
    let bytes = presentation.to_bytes().unwrap();
    let hash = faam_spec::presentation::hash(&bytes);
    let capability = Capability::random(&mut rand::rngs::OsRng);
    let head = |page| PresentAsk::Answer { capability, bytes: bytes.len() as u64, hash, page };
    let frame = |(page, body): (usize, &[u8])| {
        Message { head: head(page as u32), body: body.to_vec() }.encode().unwrap()
    };
    let frames = bytes.chunks(PAGE_BYTES).enumerate().map(frame).collect();
    let proof = [proof.pseudonym.as_bytes().as_slice(), &proof.proof].concat();
    Transcript { maker, frames, proof, work: counting.counts() }
}

fn verifiers() -> [Verifier; 2] {
    let mut two = Verifier::distrustful(now());
    two.signer = faam_spec::signed::Signer::from_key(SigningKey::from_seed(&[42; 32]));
    two.rng = StdRng::seed_from_u64(1234);
    [Verifier::distrustful(now()), two]
}

/// A showing of each of these people at either verifier, on two threads.
fn showings(people: &[Person]) -> [Vec<Transcript>; 2] {
    let at = |number: usize| {
        let mut verifier = verifiers().into_iter().nth(number).unwrap();
        let people = people.iter().enumerate();
        people.map(|(maker, person)| show(person, maker, &mut verifier)).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| at(0));
        let second = at(1);
        [first.join().unwrap(), second]
    })
}

fn long() -> Option<usize> {
    std::env::var("FAAM_GAME").ok().and_then(|rounds| rounds.parse().ok())
}

#[test]
fn a28_showings_at_two_verifiers_cannot_be_told_to_be_of_one_person() {
    // Each person shows once at either verifier, so that no round leans on another. Few rounds may lean further by chance.
    let (learned, tested, allowed) = match long() {
        Some(rounds) => (rounds / 4, rounds / 2, 0.55),
        None => (60, 60, 0.66),
    };
    let (_, _, people) = people(learned + tested);
    let (known, unknown) = people.split_at(learned);
    let mut rng = StdRng::seed_from_u64(7);
    let [known_one, known_two] = showings(known);
    let [one, two] = showings(unknown);

    let most = 2 * tested;
    let training = rounds(&known_one, &known_two, most, &mut rng);
    let test = rounds(&one, &two, most, &mut rng);
    let classifier = Classifier::train(&training, &mut rng);
    let right = classifier.right(&test);
    println!("right in {:.3} of {} rounds, trained on {}", right, test.len(), training.len());
    assert!(right <= allowed, "it tells showings of one person from those of two: {right}");

    // The test of the test: what is planted must be noticed.
    // A bit that leans needs more rounds than the short form has.
    for leak in Leak::ALL.into_iter().filter(|leak| *leak != Leak::Bias || long().is_some()) {
        let mut plant = |shown: &[Transcript]| -> Vec<Transcript> {
            shown.iter().map(|shown| leak.plant(shown, &mut rng)).collect()
        };
        // People of the test are others than those of the training, and so are their marks.
        let others = |shown: Vec<Transcript>| -> Vec<Transcript> {
            shown.into_iter().map(|shown| Transcript { maker: shown.maker + 1000, ..shown }).collect()
        };
        let (known_one, known_two) = (plant(&known_one), plant(&known_two));
        let (one, two) = (plant(&others(one.clone())), plant(&others(two.clone())));
        let mut rng = StdRng::seed_from_u64(8);
        let training = rounds(&known_one, &known_two, most, &mut rng);
        let test = rounds(&one, &two, most, &mut rng);
        let right = Classifier::train(&training, &mut rng).right(&test);
        println!("with a planted leak ({leak:?}): right in {right:.3} of {}", test.len());
        assert!(right > 0.6, "{leak:?} was planted and not noticed: {right}");
    }
}

/// Two ledgers of one person at one verifier: the market knows its own parts of both secrets, and if the wallet's were the same, the
/// difference of the pseudonyms would name them.
#[test]
fn a30_differences_of_pseudonyms_tie_nothing() {
    let verifier: Did = verifiers()[0].signer.did().clone();
    let (market, mut wallets, _) = people(3);
    let generator = affinidi_bbs::calculate_pseudonym_generator_with_api_id(
        &context(&(&verifier).into()),
        &faam_spec::bbs::Interface::Pseudonym.api_id(),
    );
    let scalar = |bytes: &[u8; 32]| affinidi_bbs::hash::scalar_from_bytes(bytes).unwrap();
    let point = |wallet: &Wallet| {
        let proof = wallet.newest().prove(&milestones(), &verifier, "a nonce of sixteen");
        affinidi_bbs::generators::point_from_bytes(proof.pseudonym.as_bytes()).unwrap()
    };
    let entropy = |wallet: &Wallet| scalar(wallet.newest().entropy.as_bytes());
    let tied =
        |one: &Wallet, two: &Wallet| point(one) - point(two) == generator * (entropy(one) - entropy(two));
    assert_eq!(market.issuer.accounts().count(), 3);
    for (one, two) in [(0, 1), (0, 2), (1, 2)] {
        assert!(!tied(&wallets[one], &wallets[two]), "fresh secrets for each binding");
    }
    // The test of the test: a wallet that used one secret twice.
    let secrets = wallets[0].secrets.clone();
    wallets[1].pieces.last_mut().unwrap().secrets.prover_nym = secrets.prover_nym;
    assert!(tied(&wallets[0], &wallets[1]));
}
