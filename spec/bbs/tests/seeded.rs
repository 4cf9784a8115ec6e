//! Secrets from a seed: the same chance gives the same commitment, blind and secret, so that they can be made again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Mocked, expand_message_xmd, modulo};
use faam_spec::bbs::{Bbs, Blinded, Entropy, Hidden, KeyPair};
use faam_spec::domain::PRIVATE_SECRET;
use faam_spec::private::WalletSecrets;

fn takes_chance(bbs: &&'static dyn Bbs) -> bool {
    bbs.name() != "affinidi-bbs"
}

fn made(bbs: &dyn Bbs, seed: &[u8]) -> WalletSecrets {
    // 48 bytes each for the secret, the blind, and the masks of both: no more is drawn, and no less.
    let mut rng = Mocked::new(seed, b"FAAM_TEST", 4);
    let secrets = WalletSecrets::random(bbs, &mut rng).unwrap();
    assert!(rng.is_empty());
    secrets
}

#[test]
fn a_seed_gives_the_same_secrets_again() {
    for bbs in faam_bbs::backends().into_iter().filter(takes_chance) {
        let (first, again, other) = (made(bbs, b"a seed"), made(bbs, b"a seed"), made(bbs, b"another seed"));
        assert_eq!(first.commitment.as_bytes(), again.commitment.as_bytes());
        assert_eq!(first.blind.as_bytes(), again.blind.as_bytes());
        assert_eq!(first.prover_nym.as_bytes(), again.prover_nym.as_bytes());
        assert_ne!(first.commitment.as_bytes(), other.commitment.as_bytes());
        assert_ne!(first.blind.as_bytes(), other.blind.as_bytes());
        assert_ne!(first.prover_nym.as_bytes(), other.prover_nym.as_bytes());

        // What they are made of: the first bytes under our tag, and the next modulo the order.
        let stream = expand_message_xmd(b"a seed", b"FAAM_TEST", 4 * 48);
        let nym = modulo(&expand_message_xmd(&stream[..48], PRIVATE_SECRET, 48));
        assert_eq!(first.prover_nym.as_bytes(), &nym);
        assert_eq!(first.blind.as_bytes(), &modulo(&stream[48..96]));
        // Every backend takes the commitment.
        for signer in faam_bbs::backends() {
            signer.check_commitment(&first.commitment).unwrap();
            let KeyPair { secret, public } = signer.key_pair(&[1; 32], b"").unwrap();
            let blinded = Blinded::Nym(first.commitment.as_bytes(), &Entropy::from_bytes([1; 32]));
            signer.sign(&KeyPair { secret, public }, b"", &[], &blinded).unwrap();
        }
    }
}

/// A source that gives nothing but zeros is none, and nobody waits for it.
#[test]
fn chance_that_is_none_ends() {
    struct Zeros;
    impl rand::CryptoRng for Zeros {}
    impl rand::RngCore for Zeros {
        fn next_u32(&mut self) -> u32 {
            0
        }
        fn next_u64(&mut self) -> u64 {
            0
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
            bytes.fill(0);
            Ok(())
        }
    }
    for bbs in faam_bbs::backends().into_iter().filter(takes_chance) {
        assert!(bbs.commit(&Hidden::Messages(&[]), &mut Zeros).is_err());
    }
}
