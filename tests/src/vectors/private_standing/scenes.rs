//! What the cases that verify are about: markets, holders and verifiers with fixed keys.

use std::collections::BTreeMap;

use faam_spec::bbs::{
    Blinded, Commitment, Entropy, Hidden, KeyPair, NymSecrets, Opening, Proven, SecretScalar, Showing, Signed,
};
use faam_spec::did::Did;
use faam_spec::domain::PRIVATE_SUITE;
use faam_spec::epoch::EpochRecord;
use faam_spec::grid::{GRID_VERSION, MILESTONES, Milestone, Milestones, Steps};
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::name::Role;
use faam_spec::private::{self, PrivateProof, PrivateTerms, WalletSecrets};
use faam_spec::time::EpochLength;
use faam_spec::tree::TreeHead;
use rand::rngs::OsRng;

use super::{Case, Disclosed, Expect, hex};

/// The epoch of scenes that do not say another: 2026-11-16 in weeks.
const EPOCH: u64 = 2967;
/// The stable part of a verifier's `did:webvh`.
const SCID: &str = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE";

/// Someone who shows something of one private standing to someone.
#[derive(Clone)]
pub struct Scene {
    /// The case's name.
    pub id: &'static str,
    description: &'static str,
    /// Which market signs, by the seed of its keys.
    market: (u8, &'static str),
    role: &'static str,
    epoch: (u64, i64),
    /// Which wallet, by the seed of its secrets.
    holder: u8,
    milestones: &'static [&'static str],
    verifier: Verifier,
    nonce: &'static str,
    /// How the market wrote its messages: rightly, or with these in the place of the space.
    between: &'static str,
}

#[derive(Clone, Copy)]
enum Verifier {
    Key(u8),
    /// A `did:webvh` at this host.
    At(&'static str),
}

const TWO: &[&str] = &["count>=50", "mean>=875"];

/// The one that the others differ from.
const fn plain(id: &'static str, description: &'static str) -> Scene {
    Scene {
        id,
        description,
        market: (1, "alpha"),
        role: "seller",
        epoch: (EPOCH, 604_800),
        holder: 1,
        milestones: TWO,
        verifier: Verifier::Key(4),
        nonce: "q0Xn3v7aB2kLrT5y",
        between: " ",
    }
}

/// Everything that is to be shown.
#[must_use]
pub fn scenes() -> Vec<Scene> {
    let all = plain;
    vec![
        Scene { milestones: &["count>=50"], ..all("one", "One milestone.") },
        plain("two", "Two milestones."),
        Scene {
            milestones: &["count>=50", "recent_mean>=700", "tenure>=3y"],
            ..all("three", "Three milestones.")
        },
        Scene {
            milestones: &["counterparties>=25", "tenure>=3y", "low_share<=2%", "disputes=0"],
            ..all("four", "Four milestones, as many as may be asked for.")
        },
        Scene {
            milestones: &["count>=1", "disputes=0"],
            ..all("edges", "The first and the last message of the signer.")
        },
        Scene { milestones: &["bound>=1y"], ..all("bound", "A milestone of the binding.") },
        Scene { role: "buyer", ..all("role", "The same ledger in another role: another header.") },
        Scene {
            epoch: (EPOCH + 1, 604_800),
            ..all("renewed", "The next epoch: another header and signature, and the same pseudonym.")
        },
        Scene { epoch: (EPOCH * 7, 86_400), ..all("days", "A market with epochs of a day.") },
        Scene {
            nonce: "another-nonce_01",
            ..all("nonce", "Another request of the same verifier: the same pseudonym.")
        },
        plain(
            "again",
            "The same request answered again: the same pseudonym, and no byte of the proof in common but by chance.",
        ),
        Scene {
            verifier: Verifier::Key(5),
            ..all("verifier", "Another verifier: another pseudonym of the same holder.")
        },
        Scene { holder: 2, ..all("holder", "Another holder at the same verifier: another pseudonym.") },
        Scene { holder: 3, milestones: &["mean>=500"], ..all("low", "A holder who reaches little.") },
        Scene {
            verifier: Verifier::At("market.example"),
            ..all(
                "webvh",
                "A verifier with a did:webvh: the context is its SCID, the audience its whole DID.",
            )
        },
        Scene {
            verifier: Verifier::At("elsewhere.example:shop"),
            ..all(
                "webvh-moved",
                "The same verifier at another host: the same context and pseudonym, another audience.",
            )
        },
        Scene { market: (2, "alpha"), ..all("issuer", "Another issuer with its own key.") },
        Scene {
            market: (1, "beta"),
            ..all("market", "Another market of the same issuer, under the same key.")
        },
    ]
}

/// Signatures of a market that writes its messages otherwise: whoever knows the right ones must refuse the proofs.
pub(super) fn otherwise() -> Vec<Scene> {
    let all = plain;
    vec![
        Scene { between: ": ", ..all("form-colon", "The market signed messages with a colon.") },
        Scene { between: "  ", ..all("form-spaces", "The market signed messages with two spaces.") },
        Scene { between: "", ..all("form-bare", "The market signed messages without a space.") },
    ]
}

fn did(seed: u8) -> Did {
    Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key())
}

impl Scene {
    /// The seed of the issuer's keys.
    #[must_use]
    pub const fn issuer(&self) -> u8 {
        self.market.0
    }

    /// The key under which the market signs private standings.
    #[must_use]
    pub fn key(&self) -> KeyPair {
        faam_bbs::backend().key_pair(&[self.market.0; 32], b"vectors").unwrap()
    }

    /// The market's record, of which the header is made.
    #[must_use]
    pub fn record(&self) -> EpochRecord {
        let iss = did(self.market.0);
        let epoch_seconds = EpochLength::new(self.epoch.1).unwrap();
        EpochRecord {
            v: 0,
            keys: vec![iss.own_key_id().unwrap()],
            iss,
            market: self.market.1.parse().unwrap(),
            epoch: self.epoch.0,
            epoch_seconds,
            iat: epoch_seconds.start_of(self.epoch.0),
            prev: None,
            accounts: TreeHead { size: 10_000, root: Hash::from_bytes([0; 32]) },
            status: Vec::new(),
            private: Some(PrivateTerms {
                suite: PRIVATE_SUITE.to_owned(),
                grid: GRID_VERSION,
                messages: MILESTONES as u64,
                key: self.key().public,
                bound: 0,
                groups: BTreeMap::new(),
            }),
            last: false,
        }
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role.parse().unwrap()
    }

    /// The milestones that are shown.
    #[must_use]
    pub fn milestones(&self) -> Milestones {
        Milestones::new(self.milestones.iter().map(|text| text.parse().unwrap()).collect()).unwrap()
    }

    /// The verifier.
    #[must_use]
    pub fn verifier(&self) -> Did {
        match self.verifier {
            Verifier::Key(seed) => did(seed),
            Verifier::At(host) => format!("did:webvh:{SCID}:{host}").parse().unwrap(),
        }
    }

    /// The nonce of its request.
    #[must_use]
    pub const fn nonce(&self) -> &'static str {
        self.nonce
    }

    fn steps(&self) -> Steps {
        let steps = match self.holder {
            3 => [2, 0, 1, 0, 0, 1, 0, 0, 0, 0],
            _ => [6, 4, 8, 5, 3, 4, 4, 3, 2, 1],
        };
        Steps::new(steps).unwrap()
    }

    /// The holder's part of the secret and the market's.
    fn nym(&self) -> (SecretScalar, Entropy) {
        let scalar = |name: &str| {
            faam_bbs::backend()
                .hash_to_scalar(format!("{name} {}", self.holder).as_bytes(), b"vectors")
                .unwrap()
        };
        (SecretScalar::from_bytes(scalar("prover_nym")), Entropy::from_bytes(scalar("entropy")))
    }

    /// Signs as the market and proves as the holder, with new chance.
    #[must_use]
    pub fn prove_with_pseudonym(&self) -> PrivateProof {
        let bbs = faam_bbs::backend();
        let (prover_nym, entropy) = self.nym();
        let (commitment, blind) = bbs.commit(&Hidden::Nym(&[], &prover_nym), &mut OsRng).unwrap();
        let commitment = Commitment::from_bytes(commitment.try_into().unwrap());
        let secrets = WalletSecrets { commitment, blind, prover_nym };
        let (record, role) = (self.record(), self.role());
        let messages = self.signed_messages();
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let header = private::header(&record, &role).unwrap();
        let blinded = Blinded::Nym(commitment.as_bytes(), &entropy);
        let signature = bbs.sign(&self.key(), &header, &messages, &blinded).unwrap();
        let checked = private::check(bbs, &record, &role, &self.steps(), (&secrets, &entropy), &signature);
        assert_eq!(checked.is_ok(), self.between == " ", "a wallet takes what is written rightly alone");
        let (key, nym) = (
            self.key().public,
            NymSecrets { blind: &secrets.blind, prover_nym: &secrets.prover_nym, entropy: &entropy },
        );
        let signed = Signed {
            key: &key,
            signature: signature.as_bytes(),
            header: &header,
            messages: &messages,
            opening: Opening::Nym(&[], &nym),
        };
        let verifier = self.verifier();
        let milestones = self.milestones();
        let disclosed: Vec<usize> = milestones.as_slice().iter().map(|of| of.index()).collect();
        let (presentation_header, context) = (
            private::presentation_header(&verifier.client_id(), self.nonce).unwrap(),
            private::context(&(&verifier).into()),
        );
        let showing = Showing {
            presentation_header: &presentation_header,
            disclosed: &disclosed,
            disclosed_committed: &[],
            context: Some(&context),
        };
        let Proven { proof, pseudonym } = bbs.prove(&signed, &showing, &mut OsRng).unwrap();
        PrivateProof { pseudonym: pseudonym.unwrap(), proof }
    }

    /// The messages as the market signed them.
    fn signed_messages(&self) -> Vec<Vec<u8>> {
        let steps = self.steps();
        Milestone::all()
            .map(|milestone| format!("{milestone}{}{}", self.between, steps.reaches(milestone)).into_bytes())
            .collect()
    }

    /// A new proof alone.
    #[must_use]
    pub fn prove(&self) -> Vec<u8> {
        self.prove_with_pseudonym().proof
    }

    /// The pseudonym: of the verifier's context and the holder's secret, by the drafts' arithmetic.
    #[must_use]
    pub fn pseudonym(&self) -> [u8; 48] {
        use affinidi_bbs::hash::scalar_from_bytes;
        let (prover_nym, entropy) = self.nym();
        let secret = scalar_from_bytes(prover_nym.as_bytes()).unwrap()
            + scalar_from_bytes(entropy.as_bytes()).unwrap();
        let api_id = faam_spec::bbs::Interface::Pseudonym.api_id();
        let base = affinidi_bbs::calculate_pseudonym_generator_with_api_id(
            &private::context(&self.verifier().into()),
            &api_id,
        );
        affinidi_bbs::generators::point_to_bytes(&(base * secret))
    }

    /// The case, with a proof.
    #[must_use]
    pub fn case(&self, proof: &[u8]) -> Case {
        let record = self.record();
        let milestones = self.milestones();
        let disclosed = milestones
            .as_slice()
            .iter()
            .map(|milestone| Disclosed {
                index: milestone.index() as u64,
                message: hex(milestone.message(true)),
            })
            .collect();
        Case {
            id: self.id.to_owned(),
            description: self.description.to_owned(),
            public_key: hex(self.key().public.as_bytes()),
            header: hex(private::header(&record, &self.role()).unwrap()),
            presentation_header: hex(
                private::presentation_header(&self.verifier().client_id(), self.nonce).unwrap()
            ),
            context: hex(private::context(&self.verifier().into())),
            pseudonym: hex(self.pseudonym()),
            messages_total: MILESTONES as u64,
            disclosed,
            proof: hex(proof),
            expect: Expect::Accept,
            reason: None,
        }
    }
}
