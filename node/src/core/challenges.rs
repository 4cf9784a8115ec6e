//! Challenges of the offer protocol: random text that a holder key signs, good for one peer and one offer, for a while.

use std::collections::HashMap;

use faam_spec::hash::{Capability, Salt};
use faam_spec::peer::PeerId;
use faam_spec::time::Timestamp;
use rand_core::CryptoRngCore;

/// How long a challenge is good, in seconds: time to find the session code and type it.
const LIFE: i64 = 600;
/// Most challenges in all. Only a valid link brings one, so that this bounds people and not strangers.
const MAX: usize = 4096;
/// Most challenges for one offer: a link that many hold must not push out the challenges of other offers.
const MAX_PER_OFFER: usize = 16;

/// The challenges that are good now.
#[derive(Debug, Default)]
pub(super) struct Challenges(HashMap<(PeerId, Capability), Challenge>);

#[derive(Debug)]
struct Challenge {
    text: String,
    expires: Timestamp,
}

impl Challenges {
    /// A fresh challenge for `peer`, in place of one that it had for the same offer.
    pub(super) fn draw(
        &mut self,
        peer: PeerId,
        offer: Capability,
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> String {
        self.sweep(now);
        let of_offer = |(_, capability): &(PeerId, Capability)| *capability == offer;
        if self.0.keys().filter(|key| of_offer(key)).count() >= MAX_PER_OFFER {
            self.drop_oldest(of_offer);
        }
        if self.0.len() >= MAX {
            self.drop_oldest(|_| true);
        }
        let text = Salt::random(rng).to_string();
        self.0.insert((peer, offer), Challenge { text: text.clone(), expires: now.plus(LIFE) });
        text
    }

    /// The challenge that `peer` was given for an offer.
    pub(super) fn of(&self, peer: PeerId, offer: Capability, now: Timestamp) -> Option<&str> {
        self.0.get(&(peer, offer)).filter(|found| now < found.expires).map(|found| found.text.as_str())
    }

    /// Forgets what has expired.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.0.retain(|_, challenge| now < challenge.expires);
    }

    fn drop_oldest(&mut self, of: impl Fn(&(PeerId, Capability)) -> bool) {
        let oldest = self.0.iter().filter(|(key, _)| of(key)).min_by_key(|(_, found)| found.expires);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.0.remove(&key);
        }
    }
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
        let mut challenges = Challenges::default();
        let text = challenges.draw(peer, offer, now, &mut rng);
        assert_eq!(challenges.of(peer, offer, now.plus(LIFE - 1)), Some(text.as_str()));
        assert_eq!(challenges.of(peer, offer, now.plus(LIFE)), None);
        assert_eq!(challenges.of(other, offer, now), None);
        assert_eq!(challenges.of(peer, Capability::from_bytes([2; 16]), now), None);
    }

    #[test]
    fn a46_one_offer_cannot_push_out_the_challenges_of_others() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let now = Timestamp::new(1_800_000_000).unwrap();
        let honest = PeerId::from_public_key([0xff; 32]);
        let (offer, flooded) = (Capability::from_bytes([1; 16]), Capability::from_bytes([2; 16]));
        let mut challenges = Challenges::default();
        challenges.draw(honest, offer, now, &mut rng);
        for n in 0..1000_u32 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_be_bytes());
            challenges.draw(PeerId::from_public_key(key), flooded, now.plus(i64::from(n) / 100), &mut rng);
        }
        assert!(challenges.of(honest, offer, now).is_some());
        assert_eq!(challenges.0.len(), 1 + MAX_PER_OFFER);
    }
}
