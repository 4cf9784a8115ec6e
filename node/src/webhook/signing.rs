//! Signatures as [Standard Webhooks](https://www.standardwebhooks.com) has them: `v1`, HMAC-SHA256 of id, time and body.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faam_spec::time::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::core::StorageError;
use crate::files::{self, FileError};

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret that is made here.
const SECRET_BYTES: usize = 32;
/// Largest file of secrets, in bytes.
const MAX_FILE_BYTES: u64 = 1024;
/// Most secrets at once: the newest and the one before it.
const MAX_SECRETS: usize = 2;

/// The secrets that sign: the newest first, and the one before it until it is good no longer.
///
/// In the file, each has a line; after the old one stands until when, in Unix seconds.
pub struct Secrets {
    secrets: Vec<(Zeroizing<String>, Option<Timestamp>)>,
}

/// Why the secrets cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be used.
    #[error("{0}")]
    File(#[from] FileError),
    /// It has something else in it.
    #[error(
        "'webhook.key' in the state folder holds no secrets of a webhook; remove it, and 'faam-node run' makes a new one"
    )]
    Form,
    /// Other daemons of this verifier sign with another secret.
    #[error(
        "'webhook.key' in the state folder has not the secret with which the other daemons of this verifier sign; copy webhook.key from \
         the daemon where it was rotated last"
    )]
    Other,
    /// The store that has to say what others sign with failed.
    #[error("{0}")]
    Store(#[from] StorageError),
}

impl Secrets {
    /// A fresh secret, and no old one.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self { secrets: vec![(fresh(rng), None)] }
    }

    pub(super) fn of_key(bytes: &[u8; SECRET_BYTES]) -> Self {
        Self { secrets: vec![(text_of(bytes), None)] }
    }

    /// The bytes of all secrets, the newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = Zeroizing<Vec<u8>>> + '_ {
        self.secrets.iter().filter_map(|(secret, _)| raw(secret))
    }

    /// Reads the file of the secrets.
    ///
    /// # Errors
    /// See [`KeyFileError`].
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let bytes = files::read_private(path, MAX_FILE_BYTES)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| KeyFileError::Form)?;
        let mut secrets = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (secret, until) = match line.trim().split_once(' ') {
                None => (line.trim(), None),
                Some((secret, until)) => {
                    let until = until.parse().ok().and_then(|until| Timestamp::new(until).ok());
                    (secret, Some(until.ok_or(KeyFileError::Form)?))
                }
            };
            raw(secret).ok_or(KeyFileError::Form)?;
            secrets.push((Zeroizing::new(secret.to_owned()), until));
        }
        let first_stays = secrets.first().is_some_and(|(_, until)| until.is_none());
        if !first_stays || secrets.len() > MAX_SECRETS {
            return Err(KeyFileError::Form);
        }
        Ok(Self { secrets })
    }

    /// Puts a fresh secret before the newest one, which is good until `until`, and forgets the one before that.
    pub fn rotate(&mut self, until: Timestamp, rng: &mut impl CryptoRngCore) {
        self.secrets.truncate(1);
        if let Some((_, end)) = self.secrets.first_mut() {
            *end = Some(until);
        }
        self.secrets.insert(0, (fresh(rng), None));
    }

    /// The newest secret, for whoever checks signatures.
    #[must_use]
    pub fn newest(&self) -> &str {
        self.secrets.first().map_or("", |(secret, _)| secret.as_str())
    }

    /// Until when the secret before it signs too, if it does.
    #[must_use]
    pub fn old_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.secrets.get(1).and_then(|(_, until)| *until).filter(|until| now < *until)
    }

    /// As the file has it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for (secret, until) in &self.secrets {
            text.push_str(secret);
            if let Some(until) = until {
                text.push_str(&format!(" {}", until.seconds()));
            }
            text.push('\n');
        }
        text
    }

    /// The value of `webhook-signature`: one signature for each secret that is good now, the newest first.
    #[must_use]
    pub fn signatures(&self, id: &str, now: Timestamp, body: &str) -> String {
        //= spec/text/local-api.md#REQ-API-13
        //# with each secret that is good then
        let good = self.secrets.iter().filter(|(_, until)| until.is_none_or(|until| now < until));
        let signed: Vec<String> = good.filter_map(|(secret, _)| sign(secret, id, now, body)).collect();
        signed.join(" ")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.secrets.len())
    }
}

/// A signature, `v1,` and base64; none if `secret` is not one.
//= spec/text/local-api.md#REQ-API-13
//# `webhook-signature` MUST be `v1,` and the base64 of HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and the body with dots between
#[must_use]
pub fn sign(secret: &str, id: &str, now: Timestamp, body: &str) -> Option<String> {
    let key = raw(secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.{body}", now.seconds()).as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

fn fresh(rng: &mut impl CryptoRngCore) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    rng.fill_bytes(bytes.as_mut());
    text_of(&bytes)
}

fn text_of(bytes: &[u8; SECRET_BYTES]) -> Zeroizing<String> {
    Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// The bytes of a secret: 24 to 64.
fn raw(secret: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    /// The example of the specification's reference libraries, made with another program (Python's `hmac`).
    //= spec/text/local-api.md#REQ-API-13
    //= type=test
    //# `webhook-signature` MUST be `v1,` and the base64 of HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and the body with dots between
    #[test]
    fn signatures_are_those_of_the_reference_libraries() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let made = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at(1_614_265_330), "{\"test\": 2432232314}");
        assert_eq!(made.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        for bad in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64!"] {
            assert!(sign(bad, "msg_1", at(0), "").is_none(), "{bad}");
        }
    }

    //= spec/text/local-api.md#REQ-API-13
    //= type=test
    //# with each secret that is good then
    #[test]
    fn two_secrets_sign_while_one_takes_the_place_of_the_other() {
        let mut rng = StdRng::seed_from_u64(3);
        let mut secrets = Secrets::random(&mut rng);
        let first = secrets.newest().to_owned();
        secrets.rotate(at(100), &mut rng);
        let second = secrets.newest().to_owned();
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("webhook.key");
        files::write_new(&file, secrets.to_text().as_bytes()).unwrap();
        let read = Secrets::read(&file).unwrap();
        let signed = |secret: &str, now| sign(secret, "msg_1", at(now), "{}").unwrap();
        let both = format!("{} {}", signed(&second, 99), signed(&first, 99));
        assert_eq!(read.signatures("msg_1", at(99), "{}"), both);
        assert_eq!(read.signatures("msg_1", at(100), "{}"), signed(&second, 100));
        assert_eq!((read.old_until(at(99)), read.old_until(at(100))), (Some(at(100)), None));
        assert!(!format!("{read:?}").contains(&second));
        for bad in ["", "nonsense", &format!("{first} 100\n"), &format!("{first}\n{first} x\n")] {
            files::replace(&file, bad.as_bytes()).unwrap();
            assert!(matches!(Secrets::read(&file), Err(KeyFileError::Form)), "{bad}");
        }
    }
}
