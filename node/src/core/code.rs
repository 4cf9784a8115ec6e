//! The session code: what a market shows in its own logged-in session, so that a stolen link alone is worth nothing (A32).

use std::fmt;
use std::hint::black_box;

use rand::RngCore;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Crockford's base32: no I, L, O or U.
const ALPHABET: &[u8; LETTERS] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS: usize = 32;
/// Eight characters: 40 bits, of which five tries are given away.
const LENGTH: usize = 8;

/// Eight characters of Crockford's base32, shown as `XXXX-XXXX`.
#[derive(Clone, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionCode([u8; LENGTH]);

/// A text is not a session code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session code has eight letters and digits, such as 7KQ2-M9XD")]
pub struct NotACode;

impl SessionCode {
    /// Draws a code.
    pub fn random(rng: &mut impl RngCore) -> Self {
        let mut bytes = [0; LENGTH];
        rng.fill_bytes(&mut bytes);
        // 256 is a multiple of 32, so that every letter is as likely as the others.
        Self(bytes.map(|byte| ALPHABET.get(usize::from(byte) % LETTERS).copied().unwrap_or(b'0')))
    }

    /// Whether a person's text is this code; case, dashes and spaces do not matter, nor O for 0 and I or L for 1.
    ///
    /// Takes the same time wherever the first difference is.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match read(text) {
            Some(other) => {
                let differences = self.0.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
                black_box(differences) == 0
            }
            None => false,
        }
    }

    /// The code as people see it. Not [`fmt::Display`], so that it gets into no log by chance.
    #[must_use]
    pub fn reveal(&self) -> String {
        let (left, right) = self.0.split_at(LENGTH / 2);
        format!("{}-{}", String::from_utf8_lossy(left), String::from_utf8_lossy(right))
    }
}

fn read(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() > 4 * LENGTH {
        return None;
    }
    let mut code = [0; LENGTH];
    let mut places = code.iter_mut();
    for byte in text.bytes().filter(|byte| !matches!(byte, b'-' | b' ')) {
        let letter = match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        if !ALPHABET.contains(&letter) {
            return None;
        }
        *places.next()? = letter;
    }
    places.next().is_none().then_some(code)
}

impl fmt::Debug for SessionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionCode(…)")
    }
}

impl TryFrom<String> for SessionCode {
    type Error = NotACode;
    fn try_from(text: String) -> Result<Self, NotACode> {
        read(&text).map(Self).ok_or(NotACode)
    }
}

impl From<SessionCode> for String {
    fn from(code: SessionCode) -> Self {
        code.reveal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn people_may_write_a_code_as_they_like() {
        let code = SessionCode::try_from("10AB-CD9Z".to_owned()).unwrap();
        assert_eq!(code.reveal(), "10AB-CD9Z");
        for good in ["10AB-CD9Z", "10abcd9z", "IOAB-CD9Z", "loab cd9z", " 1-0-a-b-c-d-9-z "] {
            assert!(code.matches(good), "{good}");
        }
        for bad in ["", "10AB-CD9", "10AB-CD9Y", "10AB-CD9ZZ", "10AB_CD9Z", "1OAB-CD9U", &"-".repeat(200)] {
            assert!(!code.matches(bad), "{bad}");
        }
    }

    #[test]
    fn codes_are_of_the_alphabet_and_not_printed() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        for _ in 0..200 {
            let code = SessionCode::random(&mut rng);
            let text = code.reveal();
            assert!(code.matches(&text) && text.len() == 9, "{text}");
            assert!(text.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
            assert_eq!(format!("{code:?}"), "SessionCode(…)");
        }
    }
}
