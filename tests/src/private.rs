//! Private standings for whole-system tests: a market that signs them, and wallets that obey nobody.

use faam_issuer::{AccountId, Event, EventId, Parts};
use faam_spec::bbs::{Bbs, BbsSignature, Entropy, Opening, Showing, Signed};
use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::grid::{Measures, Milestone, Milestones, Steps};
use faam_spec::key::SigningKey;
use faam_spec::ledger::Ledger;
use faam_spec::name::Role;
use faam_spec::offer::Offer;
use faam_spec::presentation::{Presentation, PrivateShown};
use faam_spec::private::{self, PrivateProof, WalletSecrets};
use faam_spec::request::SignedRequest;
use faam_spec::standing::Standing;
use faam_spec::time::Day;
use rand::rngs::OsRng;

use crate::Market;

/// A wallet's private standings of one ledger in one epoch, freely at hand.
#[derive(Clone)]
pub struct Piece {
    /// The epoch record as signed.
    pub record: String,
    /// The role.
    pub role: Role,
    /// The steps that the ledger really has.
    pub steps: Steps,
    /// The market's signature.
    pub signature: BbsSignature,
    /// The wallet's secrets.
    pub secrets: WalletSecrets,
    /// The market's part.
    pub entropy: Entropy,
}

/// A wallet with a key, secrets and whatever it was ever given.
#[derive(Clone)]
pub struct Wallet {
    /// The holder key.
    pub key: SigningKey,
    /// The secrets of its binding.
    pub secrets: WalletSecrets,
    /// Every private standing that it was given, oldest first.
    pub pieces: Vec<Piece>,
}

impl Wallet {
    /// A wallet with nothing.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let secrets = WalletSecrets::random(faam_bbs::backend(), &mut OsRng).unwrap();
        Self { key: SigningKey::from_seed(&bytes), secrets, pieces: Vec::new() }
    }

    /// Takes what an offer holds, if it is for this wallet's secrets; whether it was.
    pub fn take(&mut self, offer: &Offer) -> bool {
        let Some(given) = offer.private.as_ref().filter(|given| given.commitment == self.secrets.commitment)
        else {
            return false;
        };
        let records = offer.entries.iter().map(|entry| entry.record.clone());
        let ledger = Ledger::replay(offer.ledger, records).unwrap();
        let record = open(&offer.record);
        let as_of = record.begins().day();
        let sd_jwt = faam_spec::sdjwt::SdJwt::parse(&offer.standing).unwrap();
        let bound = Standing::open(&sd_jwt, &KeyHistories::new()).unwrap().statement().bound;
        for (role, signature) in &given.standings {
            let steps = Measures::of(&ledger, role, as_of).steps(bound, as_of);
            let secrets = (&self.secrets, &given.entropy);
            private::check(faam_bbs::backend(), &record, role, &steps, secrets, signature).unwrap();
            self.pieces.push(Piece {
                record: offer.record.clone(),
                role: role.clone(),
                steps,
                signature: *signature,
                secrets: self.secrets.clone(),
                entropy: given.entropy,
            });
        }
        true
    }

    /// The newest of what was given.
    #[must_use]
    pub fn newest(&self) -> &Piece {
        self.pieces.last().unwrap()
    }
}

impl Market {
    /// Binds an account to a wallet and gives it what the epoch has; whether it was for the wallet's own secrets.
    pub fn give_private(&mut self, account: &str, wallet: &mut Wallet, rebind: bool) -> bool {
        let account: AccountId = account.parse().unwrap();
        let key = wallet.key.verifying_key();
        let commitment = wallet.secrets.commitment;
        let bound = self.issuer.bind_with(&account, &key, Some(&commitment), rebind, self.now, &mut self.rng);
        bound.is_ok() && wallet.take(&self.issuer.offer(&account, None, self.now).unwrap())
    }

    /// Gives a bound wallet what the epoch has.
    pub fn renew_private(&mut self, account: &str, wallet: &mut Wallet) -> bool {
        let account: AccountId = account.parse().unwrap();
        wallet.take(&self.issuer.offer(&account, None, self.now).unwrap())
    }
}

/// Opens an epoch record.
#[must_use]
pub fn open(text: &str) -> EpochRecord {
    SignedEpochRecord::open(text, &KeyHistories::new()).unwrap().record().clone()
}

impl Piece {
    /// What the ledger reaches, in the order of the grid.
    #[must_use]
    pub fn reached(&self) -> Vec<Milestone> {
        self.steps.reached().collect()
    }

    /// The lowest milestone of each metric that the ledger does not reach.
    #[must_use]
    pub fn next(&self) -> Vec<Milestone> {
        let mut next: Vec<Milestone> = Vec::new();
        for milestone in Milestone::all().filter(|milestone| !self.steps.reaches(*milestone)) {
            if next.last().is_none_or(|last| last.metric() != milestone.metric()) {
                next.push(milestone);
            }
        }
        next
    }

    /// An honest proof.
    #[must_use]
    pub fn prove(&self, milestones: &Milestones, verifier: &Did, nonce: &str) -> PrivateProof {
        self.claim(faam_bbs::backend(), &Claim::honest(self), milestones, verifier, nonce)
    }

    /// A proof by whatever `claim` says, true or not: the library makes it all the same.
    #[must_use]
    pub fn claim(
        &self,
        bbs: &dyn Bbs,
        claim: &Claim,
        milestones: &Milestones,
        verifier: &Did,
        nonce: &str,
    ) -> PrivateProof {
        let record = open(&claim.record);
        let header = private::header(&record, &claim.role).unwrap();
        let presentation_header = private::presentation_header(&verifier.client_id(), nonce).unwrap();
        let messages = claim.steps.messages();
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let disclosed: Vec<usize> = milestones.as_slice().iter().map(|of| of.index()).collect();
        let secrets = faam_spec::bbs::NymSecrets {
            blind: &claim.secrets.blind,
            prover_nym: &claim.secrets.prover_nym,
            entropy: &claim.entropy,
        };
        let signed = Signed {
            key: &record.private.as_ref().unwrap().key,
            signature: self.signature.as_bytes(),
            header: &header,
            messages: &messages,
            opening: Opening::Nym(&[], &secrets),
        };
        let showing = Showing {
            presentation_header: &presentation_header,
            disclosed: &disclosed,
            disclosed_committed: &[],
            context: Some(&private::context(&verifier.into())),
        };
        let proven = bbs.prove(&signed, &showing, &mut OsRng).unwrap();
        PrivateProof { pseudonym: proven.pseudonym.unwrap(), proof: proven.proof }
    }
}

/// What a wallet claims about a signature of its own.
#[derive(Clone)]
pub struct Claim {
    /// The epoch record.
    pub record: String,
    /// The role.
    pub role: Role,
    /// The steps.
    pub steps: Steps,
    /// The wallet's secrets.
    pub secrets: WalletSecrets,
    /// The market's part.
    pub entropy: Entropy,
}

impl Claim {
    /// The truth.
    #[must_use]
    pub fn honest(piece: &Piece) -> Self {
        Self {
            record: piece.record.clone(),
            role: piece.role.clone(),
            steps: piece.steps,
            secrets: piece.secrets.clone(),
            entropy: piece.entropy,
        }
    }
}

/// Puts proofs together as the answer to a request, each with the record and role that are said to be its own.
#[must_use]
pub fn answer(request: &SignedRequest, parts: &[(PrivateProof, String, Role)]) -> Presentation {
    let asked = request.request().ask.query.private();
    let id = |at: usize| asked.get(at).map_or_else(|| format!("more{at}"), |query| query.id.clone());
    Presentation {
        v: 0,
        vp_token: parts.iter().enumerate().map(|(at, (proof, ..))| (id(at), vec![proof.to_text()])).collect(),
        ledgers: Vec::new(),
        private: parts
            .iter()
            .enumerate()
            .map(|(at, (_, record, role))| PrivateShown {
                standing: id(at),
                role: role.clone(),
                record: record.clone(),
            })
            .collect(),
    }
}

/// A rating as an event.
#[must_use]
pub fn rating(id: &str, account: &str, rater: &str, role: &str, value: i64, day: Day) -> Event {
    Event::Rating {
        id: id.parse::<EventId>().unwrap(),
        account: account.parse().unwrap(),
        rater: rater.parse().unwrap(),
        role: role.parse().unwrap(),
        score: faam_spec::scale::Score::new(value, "1..5".parse().unwrap()).unwrap(),
        at: day.start(),
        parts: Parts::default(),
    }
}
