//! Unlinkability as a game, not a claim: people with equal milestones show them at two verifiers, and a classifier that sees
//! everything of both says whether one of them did.
//!
//! The long form makes fresh proofs for each of 2,000 rounds:
//! `FAAM_GAME=2000 cargo test --release -p faam-tests --test unlinkable -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};

use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Hidden, KeyPair, POINT_BYTES, Proven,
    SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use faam_spec::did::Did;
use faam_spec::grid::{Milestones, Steps};
use faam_spec::key::SigningKey;
use faam_spec::limits::PAGE_BYTES;
use faam_spec::private::context;
use faam_spec::query::Query;
use faam_spec::wire::{Message, PresentAsk};
use faam_tests::game::{Classifier, Leak, Transcript, rounds};
use faam_tests::private::{Claim, Wallet, answer, rating};
use faam_tests::{Market, Verifier, now};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand_core::CryptoRngCore;

/// Counts what a wallet asks of its arithmetic.
#[derive(Debug, Default)]
struct Counting([AtomicU64; 6]);

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
        self.one(5).prove(signed, showing, rng)
    }
    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError> {
        self.one(5).verify_proof(shown)
    }
}

/// People of one market with equal milestones, each rated by others and a little differently, as people are.
fn people(count: usize) -> (Market, Vec<Wallet>) {
    let mut market = Market::new("shop", 5, now());
    for person in 0..count {
        for n in 0..(26 + person % 7) {
            let day = now().plus(-86_400 * (400 + (n * 3 + person) as i64)).day();
            let (id, rater) = (format!("{person}-{n}"), format!("r{n}-{person}"));
            market.apply(&[rating(&id, &format!("p{person}"), &rater, "seller", 5, day)]);
        }
    }
    market.open_epoch();
    let mut wallets = Vec::new();
    for person in 0..count {
        let mut wallet = Wallet::new(person as u64);
        assert!(market.give_private(&format!("p{person}"), &mut wallet, false));
        wallets.push(wallet);
    }
    let steps: Vec<Steps> = wallets.iter().map(|wallet| wallet.newest().steps).collect();
    assert!(steps.windows(2).all(|pair| pair[0] == pair[1]), "all have the same milestones");
    (market, wallets)
}

fn milestones() -> Milestones {
    Milestones::new(["count>=20", "mean>=950", "tenure>=1y"].map(|text| text.parse().unwrap()).to_vec())
        .unwrap()
}

/// Everything that this verifier sees of one showing.
fn show(market: &Market, wallet: &Wallet, maker: usize, verifier: &mut Verifier) -> Transcript {
    let query = Query::milestones(market.issuer.profile().market.clone(), milestones()).unwrap();
    let pending = verifier.ask(query);
    let asked = pending.request().request();
    let counting = Counting::default();
    let piece = wallet.newest();
    let proof = piece.claim(&counting, &Claim::honest(piece), &milestones(), &asked.verifier, &asked.nonce);
    let presentation =
        answer(pending.request(), &[(proof.clone(), piece.record.clone(), piece.role.clone())]);
    let bytes = presentation.to_bytes().unwrap();
    let hash = faam_spec::presentation::hash(&bytes);
    let capability = faam_spec::hash::Capability::random(&mut rand::rngs::OsRng);
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
fn showings(market: &Market, wallets: &[Wallet]) -> [Vec<Transcript>; 2] {
    let at = |number: usize| {
        let mut verifier = verifiers().into_iter().nth(number).unwrap();
        let people = wallets.iter().enumerate();
        people.map(|(maker, wallet)| show(market, wallet, maker, &mut verifier)).collect::<Vec<_>>()
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
    let (market, wallets) = people(learned + tested);
    let (known, unknown) = wallets.split_at(learned);
    let mut rng = StdRng::seed_from_u64(7);
    let [known_one, known_two] = showings(&market, known);
    let [one, two] = showings(&market, unknown);

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
        let least = if leak == Leak::Bias { 0.53 } else { 0.6 };
        assert!(right > least, "{leak:?} was planted and not noticed: {right}");
    }
}

/// Two ledgers of one person at one verifier: the market knows its own parts of both secrets, and if the wallet's were the same, the
/// difference of the pseudonyms would name them.
#[test]
fn a30_differences_of_pseudonyms_tie_nothing() {
    let verifier: Did = verifiers()[0].signer.did().clone();
    let (market, mut wallets) = people(3);
    let generator = affinidi_bbs::calculate_pseudonym_generator_with_api_id(
        &context(&verifier),
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
