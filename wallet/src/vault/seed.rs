//! The secret from which every key of the wallet is derived: the entropy of a BIP39 phrase.

use std::fmt;

use bip39::Mnemonic;
use faam_spec::encoding::{multi, unmulti};
use faam_spec::key::RootSeed;
use faam_spec::reason::{Fault, Reason};
use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::VaultError;

/// The entropy of a phrase: 16 bytes for 12 words, 32 bytes for 24.
#[derive(Clone, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Entropy(Vec<u8>);

/// A text is not a recovery phrase. Says which word, and never repeats one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhraseError {
    /// Neither 12 nor 24 words.
    #[error("a phrase has 24 words (or 12), and these are {0}")]
    Count(usize),
    /// A word, counted from 1, is not in the list.
    #[error("word {0} is not one of those that phrases are made of")]
    Word(usize),
    /// All words are in the list, and they do not belong together.
    #[error(
        "these words do not belong together: one is another than was written down, or they are in another order"
    )]
    Checksum,
}

impl Entropy {
    /// Fresh entropy for 24 words.
    pub fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut bytes = vec![0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The entropy of an English phrase of 12 or 24 words; capitals and the space between words do not matter.
    ///
    /// # Errors
    /// [`PhraseError`].
    pub fn from_phrase(phrase: &str) -> Result<Self, PhraseError> {
        // Room for all of it at once, so that growing leaves no copies behind.
        let mut text = Zeroizing::new(String::with_capacity(phrase.len()));
        for word in phrase.split_ascii_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text.make_ascii_lowercase();
        let mnemonic =
            Mnemonic::parse_in_normalized(bip39::Language::English, &text).map_err(|error| match error {
                bip39::Error::UnknownWord(at) => PhraseError::Word(at.saturating_add(1)),
                bip39::Error::InvalidChecksum => PhraseError::Checksum,
                _ => PhraseError::Count(text.split(' ').filter(|word| !word.is_empty()).count()),
            })?;
        Self::from_bytes(mnemonic.to_entropy()).map_err(|_| PhraseError::Count(mnemonic.word_count()))
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self, Fault> {
        match bytes.len() {
            16 | 32 => Ok(Self(bytes)),
            _ => Err(Fault::new(Reason::InputMalformed, "phrase")),
        }
    }

    fn mnemonic(&self) -> Result<Mnemonic, VaultError> {
        let bad = |_| VaultError::Content(Fault::new(Reason::StoreDamaged, "meta.entropy"));
        Mnemonic::from_entropy(&self.0).map_err(bad)
    }

    /// The root secret that the phrase gives, without a further passphrase.
    //= spec/text/names.md#REQ-NAME-14
    //# the phrase alone brings every key back
    pub(super) fn root(&self) -> Result<RootSeed, VaultError> {
        Ok(RootSeed::new(self.mnemonic()?.to_seed_normalized("")))
    }
}

/// The English words.
pub(super) fn phrase_of(entropy: &Entropy) -> Result<Zeroizing<String>, VaultError> {
    let mnemonic = entropy.mnemonic()?;
    let mut phrase = Zeroizing::new(String::with_capacity(256));
    for (at, word) in mnemonic.words().enumerate() {
        if at > 0 {
            phrase.push(' ');
        }
        phrase.push_str(word);
    }
    Ok(phrase)
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

impl TryFrom<String> for Entropy {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        let text = Zeroizing::new(text);
        Self::from_bytes(unmulti(&text, "entropy")?)
    }
}

impl From<Entropy> for String {
    fn from(entropy: Entropy) -> Self {
        multi(&entropy.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= spec/text/names.md#REQ-NAME-14
    //= type=test
    //# A wallet MUST derive its keys so
    #[test]
    fn a_phrase_gives_the_published_seed() {
        // BIP39 English test vector 1, but for the empty passphrase (as in many wallets' tests).
        let phrase =
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        let entropy = Entropy::from_phrase(phrase).unwrap();
        assert_eq!(phrase_of(&entropy).unwrap().as_str(), phrase);
        let seed = entropy.mnemonic().unwrap().to_seed_normalized("");
        let hex: String = seed[..8].iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5eb00bbddcf06908");
        let as_typed = format!("  {}\n", phrase.to_uppercase().replace(' ', "\n "));
        assert_eq!(Entropy::from_phrase(&as_typed).unwrap().0, entropy.0);
        let fifteen = format!("{phrase} {}", "abandon abandon abandon");
        for (bad, why) in [
            (String::new(), PhraseError::Count(0)),
            ("abandon".to_owned(), PhraseError::Count(1)),
            (phrase.replace("about", "abandon"), PhraseError::Checksum),
            (phrase.replace("about", "aboutt"), PhraseError::Word(12)),
        ] {
            assert_eq!(Entropy::from_phrase(&bad).unwrap_err(), why, "{bad}");
        }
        assert!(
            Entropy::from_phrase(&fifteen).is_err(),
            "fifteen words are a phrase elsewhere, and not here"
        );
        assert_eq!(format!("{entropy:?}"), "Entropy(…)");
    }
}
