//! What a market must keep to itself, and must never lose.

use core::fmt;

use faam_spec::domain::PSEUDONYM_RATER;
use faam_spec::encoding::b64;
use faam_spec::hash::LedgerId;
use faam_spec::key::SigningKey;
use faam_spec::name::Rater;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::signed::Signer;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::AccountId;

/// Format version, 32-byte seed of the signing key, 32-byte secret of the pseudonyms.
const STORED_BYTES: usize = 1 + 32 + 32;
const VERSION: u8 = 0;

/// A market's signing key and the secret of its raters' pseudonyms.
///
/// Neither can be had again: without the key nobody can sign for the market's DID, and without the secret a rater who comes
/// back counts as another person.
#[derive(Clone)]
pub struct Secrets {
    signer: Signer,
    raters: Zeroizing<[u8; 32]>,
}

impl Secrets {
    /// Fresh secrets, under a `did:key` of their own.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let key = SigningKey::random(rng);
        let mut raters = Zeroizing::new([0; 32]);
        rng.fill_bytes(raters.as_mut());
        Self { signer: Signer::from_key(key), raters }
    }

    /// The secrets as bytes, for storage under encryption.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it at once: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(STORED_BYTES));
        bytes.push(VERSION);
        bytes.extend_from_slice(self.signer.key().seed().as_ref());
        bytes.extend_from_slice(self.raters.as_ref());
        bytes
    }

    /// Reads what [`Secrets::to_bytes`] wrote.
    ///
    /// # Errors
    /// `unsupported.version`, `store.damaged` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::StoreDamaged, "secrets");
        let (version, rest) = bytes.split_first().ok_or_else(bad)?;
        if *version != VERSION {
            return refuse(Reason::UnsupportedVersion, "secrets");
        }
        let (seed, raters) = rest.split_at_checked(32).ok_or_else(bad)?;
        let mut pair = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
        for (target, source) in pair.iter_mut().zip([seed, raters]) {
            if source.len() != target.len() {
                return Err(bad());
            }
            target.copy_from_slice(source);
        }
        let [seed, raters] = pair;
        Ok(Self { signer: Signer::from_key(SigningKey::from_seed(&seed)), raters })
    }

    /// Who signs.
    #[must_use]
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The pseudonym of `rater` in one ledger: the same there, and unlike in every other.
    //= spec/text/names.md#REQ-NAME-3
    //# A market that makes a rater's pseudonym from an account MUST make it differently for each ledger
    pub(crate) fn pseudonym(&self, ledger: LedgerId, rater: &AccountId) -> Result<Rater, Fault> {
        b64(self.mac(&[ledger.as_bytes(), rater.as_str().as_bytes()])?).parse()
    }

    /// A value by which other secrets are noticed. Of nothing, so that it is nobody's pseudonym.
    pub(crate) fn check_value(&self) -> Result<String, Fault> {
        Ok(b64(self.mac(&[])?))
    }

    fn mac(&self, parts: &[&[u8]]) -> Result<[u8; 16], Fault> {
        let internal = Fault::new(Reason::Internal, "pseudonym");
        let mut mac = Hmac::<Sha256>::new_from_slice(self.raters.as_ref()).map_err(|_| internal.clone())?;
        mac.update(PSEUDONYM_RATER);
        parts.iter().for_each(|part| mac.update(part));
        let bytes = mac.finalize().into_bytes();
        bytes.first_chunk::<16>().copied().ok_or(internal)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({}, …)", self.signer.did())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    fn secrets() -> Secrets {
        Secrets::random(&mut rand::rngs::StdRng::seed_from_u64(1))
    }

    #[test]
    fn secrets_come_back_and_are_not_printed() {
        let secrets = secrets();
        let bytes = secrets.to_bytes();
        assert_eq!(*Secrets::from_bytes(&bytes).unwrap().to_bytes(), *bytes);
        let shown = format!("{secrets:?}");
        assert_eq!(shown, format!("Secrets({}, …)", secrets.signer().did()));
        for length in [0, 1, 33, 64, 66] {
            let cut: Vec<u8> = bytes.iter().copied().cycle().take(length).collect();
            assert!(Secrets::from_bytes(&cut).is_err(), "{length}");
        }
        let mut newer = bytes.to_vec();
        newer[0] = 1;
        assert_eq!(Secrets::from_bytes(&newer).unwrap_err().reason(), Reason::UnsupportedVersion);
    }

    //= spec/text/names.md#REQ-NAME-3
    //= type=test
    //# A market that makes a rater's pseudonym from an account MUST make it differently for each ledger, so
    //# that two persons who were rated by the same one cannot find that out.
    #[test]
    fn pseudonyms_differ_between_ledgers_and_raters() {
        let secrets = secrets();
        let name = |ledger, rater: &str| {
            secrets.pseudonym(LedgerId::from_bytes([ledger; 16]), &rater.parse().unwrap()).unwrap()
        };
        assert_eq!(name(1, "7"), name(1, "7"));
        assert_ne!(name(1, "7"), name(2, "7"));
        assert_ne!(name(1, "7"), name(1, "8"));
        assert_eq!(name(1, "7").as_str().len(), 22);
    }
}
