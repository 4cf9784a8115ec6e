//! Challenges of the offer protocol: text that a holder key signs, good for one peer and one offer, for a while.
//!
//! They are not kept but made again from a secret of this run. What is not kept takes no memory, and nobody can push it out:
//! whoever has the link alone cannot keep its owner from redeeming it, under however many names (A46).

use std::fmt;

use faam_spec::encoding::unmulti;
use faam_spec::hash::{Capability, Hash, Salt};
use faam_spec::key::{Jwk, Signature, VerifyingKey};
use faam_spec::peer::PeerId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

/// Precedes what a challenge is made of. Nobody else ever sees it hashed, so that it is no part of the formats.
const DOMAIN: &[u8] = b"faam/node/challenge/0\n";
/// How long the same peer gets the same challenge, in seconds.
const STEP: i64 = 60;

/// For how many steps after its own a challenge is good.
///
/// Whoever proves under which of them a key signed does as many verifications at most, one more included.
#[derive(Debug, Clone, Copy)]
pub(super) enum GoodFor {
    /// At least 10 minutes: time to find the session code and type it.
    Person,
    /// At least a minute: a wallet answers at once.
    Program,
}

impl GoodFor {
    const fn steps(self) -> i64 {
        match self {
            Self::Person => 10,
            Self::Program => 1,
        }
    }
}

/// Bytes of a challenge.
const LENGTH: usize = 16;

/// Makes challenges, and tells which are good now.
pub(super) struct Challenges {
    secret: Zeroizing<[u8; 32]>,
    good_for: GoodFor,
}

impl Challenges {
    /// With a secret of its own: after a restart all challenges are new.
    pub(super) fn new(good_for: GoodFor, rng: &mut impl CryptoRngCore) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        Self { secret, good_for }
    }

    /// The challenge for `peer` and an offer now.
    pub(super) fn draw(&self, peer: PeerId, offer: Capability, now: Timestamp) -> String {
        self.at(peer, offer, step(now))
    }

    /// The holder key by which this peer proved that it has it: the key signed what `statement` makes of a challenge that is good now.
    ///
    /// # Errors
    /// `offer.proof`.
    pub(super) fn check(
        &self,
        (peer, offer, now): (PeerId, Capability, Timestamp),
        (holder, proof): (&Jwk, &str),
        mut verify: impl FnMut(String, &VerifyingKey, &Signature) -> Result<(), Fault>,
    ) -> Result<VerifyingKey, Fault> {
        let bad = || Fault::new(Reason::OfferProof, "proof");
        let holder = VerifyingKey::try_from(holder).map_err(|_| bad())?;
        let signature = unmulti(proof, "proof").map_err(|_| bad())?;
        let signature = Signature::from_slice(&signature).map_err(|_| bad())?;
        let mut good = self.good(peer, offer, now);
        let is_signed = good.any(|challenge| verify(challenge, &holder, &signature).is_ok());
        if is_signed { Ok(holder) } else { Err(bad()) }
    }

    /// The challenges for `peer` and an offer that are good now, the newest first.
    fn good(&self, peer: PeerId, offer: Capability, now: Timestamp) -> impl Iterator<Item = String> + '_ {
        (0..=self.good_for.steps()).map(move |ago| self.at(peer, offer, step(now) - ago))
    }

    fn at(&self, peer: PeerId, offer: Capability, step: i64) -> String {
        // Every part has its length for good, so that no two pairs give the same bytes.
        let mut parts = Zeroizing::new(Vec::with_capacity(32 + 16 + 8 + 64));
        parts.extend_from_slice(self.secret.as_slice());
        parts.extend_from_slice(offer.as_bytes());
        parts.extend_from_slice(&step.to_be_bytes());
        parts.extend_from_slice(peer.to_string().as_bytes());
        let hash = Hash::of(DOMAIN, &parts);
        let mut text = [0; LENGTH];
        for (to, from) in text.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        Salt::from_bytes(text).to_string()
    }
}

/// Says nothing of the secret.
impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenges(…)")
    }
}

const fn step(now: Timestamp) -> i64 {
    now.seconds().div_euclid(STEP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn challenges_are_for_one_peer_one_offer_and_a_while() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let now = Timestamp::new(1_800_000_000).unwrap();
        let (peer, other) = (PeerId::from_public_key([1; 32]), PeerId::from_public_key([2; 32]));
        let offer = Capability::from_bytes([1; 16]);
        let challenges = Challenges::new(GoodFor::Person, &mut rng);
        let text = challenges.draw(peer, offer, now);
        let good = |peer, offer, now| challenges.good(peer, offer, now).any(|good| good == text);
        assert!(good(peer, offer, now) && good(peer, offer, now.plus(600)));
        assert!(!good(peer, offer, now.plus(600 + STEP)) && !good(peer, offer, now.plus(-STEP)));
        assert!(!good(other, offer, now) && !good(peer, Capability::from_bytes([2; 16]), now));
        let restarted = Challenges::new(GoodFor::Person, &mut rng);
        assert!(restarted.good(peer, offer, now).all(|good| good != text));
        // A program has a minute, and nobody makes this node verify a wrong proof more than twice.
        let challenges = Challenges::new(GoodFor::Program, &mut rng);
        let text = challenges.draw(peer, offer, now);
        let good = |now| challenges.good(peer, offer, now).any(|good| good == text);
        assert!(good(now) && good(now.plus(60)) && !good(now.plus(60 + STEP)));
        assert_eq!(challenges.good(peer, offer, now).count(), 2);
    }
}
