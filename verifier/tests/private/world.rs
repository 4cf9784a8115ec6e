//! Markets, wallets and verifiers of private standings, and a backend that counts what it is asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Entropy, Hidden, KeyPair, Opening,
    POINT_BYTES, Proven, SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use faam_spec::domain::PRIVATE_SUITE;
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::grid::{GRID_VERSION, MILESTONES, Milestones, Steps};
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::PeerId;
use faam_spec::presentation::{Presentation, PrivateShown};
use faam_spec::private::{self, Audience, PrivateProof, PrivateTerms, WalletSecrets};
use faam_spec::query::{PrivateQuery, Query};
use faam_spec::request::Ask;
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::TreeHead;
use faam_verifier::danger::finish_with_backend;
use faam_verifier::{
    AnyRole, Decision, MemoryNonces, Pending, Roles, Sources, StatementType, Trust, TrustEntry, start,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand_core::CryptoRngCore;

/// A Saturday in November 2026.
pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// The epoch that is current then.
pub fn current() -> u64 {
    EpochLength::WEEK.number_at(now())
}

pub fn role(name: &str) -> Role {
    name.parse().unwrap()
}

pub fn milestones(texts: &[&str]) -> Milestones {
    Milestones::new(texts.iter().map(|text| text.parse().unwrap()).collect()).unwrap()
}

/// A market that signs whatever it is told.
pub struct Market {
    pub name: MarketId,
    pub signer: Signer,
    pub keys: KeyPair,
}

impl Market {
    pub fn new(name: &str, seed: u8) -> Self {
        Self {
            name: name.parse().unwrap(),
            signer: Signer::from_key(SigningKey::from_seed(&[seed; 32])),
            keys: faam_bbs::backend().key_pair(&[seed; 32], b"").unwrap(),
        }
    }

    /// An epoch's record, not signed, as of its second hour.
    pub fn record(&self, epoch: u64, prev: Option<Hash>) -> EpochRecord {
        EpochRecord {
            v: 0,
            iss: self.signer.did().clone(),
            market: self.name.clone(),
            epoch,
            epoch_seconds: EpochLength::WEEK,
            iat: EpochLength::WEEK.start_of(epoch).plus(3600),
            prev,
            accounts: TreeHead { size: 100, root: Hash::of(b"test\n", b"") },
            keys: vec![self.signer.key_id().to_owned()],
            status: Vec::new(),
            private: Some(PrivateTerms {
                suite: PRIVATE_SUITE.to_owned(),
                grid: GRID_VERSION,
                messages: u64::try_from(MILESTONES).unwrap(),
                key: self.keys.public,
                bound: 40,
                groups: BTreeMap::new(),
            }),
            last: false,
        }
    }

    pub fn sign(&self, record: EpochRecord) -> SignedEpochRecord {
        SignedEpochRecord::sign(record, &self.signer).unwrap()
    }

    /// Records of the epoch before the previous one, the previous and the current one.
    pub fn chain(&self) -> [SignedEpochRecord; 3] {
        let first = self.sign(self.record(current() - 2, None));
        let second = self.sign(self.record(current() - 1, Some(first.hash())));
        let third = self.sign(self.record(current(), Some(second.hash())));
        [first, second, third]
    }

    /// The current record.
    pub fn newest(&self) -> SignedEpochRecord {
        let [_, _, newest] = self.chain();
        newest
    }
}

/// A wallet with its secrets for one binding at a market.
pub struct Wallet {
    pub secrets: WalletSecrets,
    pub entropy: Entropy,
    pub steps: Steps,
}

impl Wallet {
    pub fn new(seed: u64) -> Self {
        let bbs = faam_bbs::backend();
        let secrets = WalletSecrets::random(bbs, &mut StdRng::seed_from_u64(seed)).unwrap();
        let entropy = Entropy::from_bytes(bbs.hash_to_scalar(&seed.to_be_bytes(), b"test").unwrap());
        // count>=50, counterparties>=50, mean>=875, recent_mean>=800, recent_count>=20, tenure>=4y, low_share<=5%,
        // withdrawn_share<=5%, bound>=1y, disputes=0.
        let steps = Steps::new([6, 5, 8, 7, 5, 5, 3, 2, 2, 1]).unwrap();
        Self { secrets, entropy, steps }
    }

    pub fn signature(&self, market: &Market, record: &EpochRecord, role: &Role) -> BbsSignature {
        let bound = (&self.secrets.commitment, &self.entropy);
        private::sign(faam_bbs::backend(), &market.keys, record, role, &self.steps, bound).unwrap()
    }

    /// A true proof.
    pub fn prove(
        &self,
        market: &Market,
        (record, role): (&EpochRecord, &Role),
        milestones: &Milestones,
        audience: Audience<'_>,
    ) -> PrivateProof {
        let signature = self.signature(market, record, role);
        let bbs = faam_bbs::backend();
        let (signed, opened) = ((&self.steps, &signature), (&self.secrets, &self.entropy));
        private::prove(
            bbs,
            (record, role),
            signed,
            opened,
            milestones,
            audience,
            &mut StdRng::seed_from_u64(1),
        )
        .unwrap()
    }

    /// A proof of whatever is said, with the signature that the market made for `record` and `role`.
    pub fn prove_raw(
        &self,
        market: &Market,
        (record, role): (&EpochRecord, &Role),
        header: &[u8],
        showing: &Showing<'_>,
    ) -> PrivateProof {
        let signature = self.signature(market, record, role);
        let messages = self.steps.messages();
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let secrets = faam_spec::bbs::NymSecrets {
            blind: &self.secrets.blind,
            prover_nym: &self.secrets.prover_nym,
            entropy: &self.entropy,
        };
        let signed = Signed {
            key: &market.keys.public,
            signature: signature.as_bytes(),
            header,
            messages: &messages,
            opening: Opening::Nym(&[], &secrets),
        };
        let Proven { proof, pseudonym } =
            faam_bbs::backend().prove(&signed, showing, &mut StdRng::seed_from_u64(1)).unwrap();
        PrivateProof { pseudonym: pseudonym.unwrap(), proof }
    }
}

/// Somebody who asks and judges.
pub struct Verifier {
    pub signer: Signer,
    pub sources: Sources,
    pub nonces: MemoryNonces,
    pub bbs: Counting,
    pub now: Timestamp,
    rng: StdRng,
}

impl Verifier {
    /// A verifier that believes these markets' private standings in every role.
    pub fn trusting(markets: &[&Market]) -> Self {
        let entries = markets.iter().map(|market| trust(market, &[StatementType::Private])).collect();
        Self {
            signer: Signer::from_key(SigningKey::from_seed(&[77; 32])),
            sources: Sources { trust: Trust::new(entries), ..Sources::default() },
            nonces: MemoryNonces::new(),
            bbs: Counting::default(),
            now: now(),
            rng: StdRng::seed_from_u64(5),
        }
    }

    pub fn ask(&mut self, query: Query) -> Pending {
        let peer = PeerId::from_public_key(self.signer.verifying_key().to_bytes());
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: None,
            query,
            life: 600,
        };
        start(ask, peer, &self.signer, self.now, &mut self.rng).unwrap().1
    }

    pub fn judge(&mut self, pending: &Pending, presentation: &Presentation) -> Decision {
        self.judge_bytes(pending, &serde_json::to_vec(presentation).unwrap())
    }

    pub fn judge_bytes(&mut self, pending: &Pending, bytes: &[u8]) -> Decision {
        finish_with_backend(&self.bbs, pending, bytes, &self.sources, &mut self.nonces, self.now)
    }

    /// Judges, and says why it was not accepted, and how many proofs were verified on the way.
    pub fn refusal(&mut self, pending: &Pending, presentation: &Presentation) -> (&'static str, usize) {
        self.refusal_of(pending, &serde_json::to_vec(presentation).unwrap())
    }

    pub fn refusal_of(&mut self, pending: &Pending, bytes: &[u8]) -> (&'static str, usize) {
        let before = self.bbs.proofs();
        let decision = self.judge_bytes(pending, bytes);
        assert!(decision.accepted().is_none(), "{}", decision.explain());
        assert!(decision.document().private.is_empty() && decision.document().not_covered.is_empty());
        (decision.reasons()[0].code.code(), self.bbs.proofs() - before)
    }
}

pub fn trust(market: &Market, types: &[StatementType]) -> TrustEntry {
    TrustEntry {
        issuer: market.signer.did().clone(),
        market: market.name.clone(),
        roles: Roles::Any(AnyRole::Any),
        types: types.to_vec(),
        epoch_seconds: EpochLength::WEEK,
        frozen_after: None,
    }
}

pub fn audience(pending: &Pending) -> Audience<'_> {
    let request = pending.request().request();
    Audience { verifier: &request.verifier, nonce: &request.nonce }
}

/// What is asked of one market's private standing.
pub fn asked(id: &str, market: &Market, milestones: Milestones) -> PrivateQuery {
    PrivateQuery {
        id: id.into(),
        markets: vec![market.name.clone()],
        issuers: Vec::new(),
        roles: Vec::new(),
        milestones,
    }
}

/// What is shown under one id.
pub struct Shows<'a> {
    pub id: &'a str,
    pub role: &'a Role,
    pub record: &'a SignedEpochRecord,
    pub proof: &'a PrivateProof,
}

pub fn presentation(shown: &[Shows<'_>]) -> Presentation {
    Presentation {
        v: 0,
        vp_token: shown.iter().map(|of| (of.id.to_owned(), vec![of.proof.to_text()])).collect(),
        ledgers: Vec::new(),
        private: shown
            .iter()
            .map(|of| PrivateShown {
                standing: of.id.to_owned(),
                role: of.role.clone(),
                record: of.record.as_str().to_owned(),
            })
            .collect(),
    }
}

/// The backend that programs use, counting.
#[derive(Debug, Default)]
pub struct Counting {
    points: AtomicUsize,
    keys: AtomicUsize,
    proofs: AtomicUsize,
}

impl Counting {
    /// How often points were looked at.
    pub fn points(&self) -> usize {
        self.points.load(Ordering::Relaxed)
    }

    /// How often a proof was verified: each is a computation of two pairings, and some fifty points made by hashing.
    pub fn proofs(&self) -> usize {
        self.proofs.load(Ordering::Relaxed)
    }
}

impl Bbs for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn key_pair(&self, material: &[u8], info: &[u8]) -> Result<KeyPair, BbsError> {
        faam_bbs::backend().key_pair(material, info)
    }

    fn public_key(&self, secret: &SecretScalar) -> Result<BbsPublicKey, BbsError> {
        faam_bbs::backend().public_key(secret)
    }

    fn hash_to_scalar(&self, message: &[u8], dst: &[u8]) -> Result<[u8; SCALAR_BYTES], BbsError> {
        faam_bbs::backend().hash_to_scalar(message, dst)
    }

    fn generators(&self, api_id: &[u8], count: usize) -> Result<Vec<[u8; POINT_BYTES]>, BbsError> {
        faam_bbs::backend().generators(api_id, count)
    }

    fn check_points(&self, points: &[&[u8; POINT_BYTES]]) -> Result<(), BbsError> {
        self.points.fetch_add(1, Ordering::Relaxed);
        faam_bbs::backend().check_points(points)
    }

    fn check_key(&self, key: &BbsPublicKey) -> Result<(), BbsError> {
        self.keys.fetch_add(1, Ordering::Relaxed);
        faam_bbs::backend().check_key(key)
    }

    fn commit(
        &self,
        hidden: &Hidden<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<(Vec<u8>, SecretScalar), BbsError> {
        faam_bbs::backend().commit(hidden, rng)
    }

    fn check_commitment(&self, commitment: &Commitment) -> Result<(), BbsError> {
        faam_bbs::backend().check_commitment(commitment)
    }

    fn sign(
        &self,
        key: &KeyPair,
        header: &[u8],
        messages: &[&[u8]],
        blinded: &Blinded<'_>,
    ) -> Result<BbsSignature, BbsError> {
        faam_bbs::backend().sign(key, header, messages, blinded)
    }

    fn verify(&self, signed: &Signed<'_>) -> Result<(), BbsError> {
        faam_bbs::backend().verify(signed)
    }

    fn prove(
        &self,
        signed: &Signed<'_>,
        showing: &Showing<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Proven, BbsError> {
        faam_bbs::backend().prove(signed, showing, rng)
    }

    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError> {
        self.proofs.fetch_add(1, Ordering::Relaxed);
        faam_bbs::backend().verify_proof(shown)
    }
}
