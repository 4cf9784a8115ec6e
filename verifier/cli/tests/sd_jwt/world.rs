//! An issuer of SD-JWT VCs and a holder, and everything about a presentation that a test may change.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use faam_spec::encoding::{b64, unb64};
use faam_spec::key::{Jwk, SigningKey};
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const NOW: i64 = 1_795_262_400;
pub(crate) const AT: &str = "2026-11-21T12:00:00Z";
pub(crate) const AUDIENCE: &str = "https://verifier.example";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj-8Qx1";
pub(crate) const VCT: &str = "https://credentials.example/membership";

/// A key pair of one of the algorithms that are read.
#[derive(Clone)]
pub(crate) enum Key {
    Ed(SigningKey),
    Es(p256::ecdsa::SigningKey),
}

impl Key {
    pub(crate) fn ed(seed: u8) -> Self {
        Self::Ed(SigningKey::from_seed(&[seed; 32]))
    }

    pub(crate) fn es(seed: u8) -> Self {
        Self::Es(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Es(_) => "ES256",
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        match self {
            Self::Ed(key) => serde_json::to_value(Jwk::from(&key.verifying_key())).unwrap(),
            Self::Es(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                json!({"kty": "EC", "crv": "P-256", "x": b64(point.x().unwrap()), "y": b64(point.y().unwrap())})
            }
        }
    }

    fn sign(&self, input: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed(key) => key.sign(input).to_bytes().to_vec(),
            Self::Es(key) => {
                let signature: p256::ecdsa::Signature = key.sign(input);
                signature.to_bytes().to_vec()
            }
        }
    }

    /// A JWS of these texts, whatever they say.
    pub(crate) fn jws(&self, header: &str, payload: &str) -> String {
        let input = format!("{}.{}", b64(header), b64(payload));
        format!("{input}.{}", b64(self.sign(input.as_bytes())))
    }
}

/// A disclosure of a member, with its digest.
pub(crate) fn disclosure(value: &Value) -> (String, String) {
    let text = b64(value.to_string());
    let digest = digest(&text);
    (text, digest)
}

pub(crate) fn digest(text: &str) -> String {
    b64(Sha256::digest(text.as_bytes()))
}

/// A presentation before it is put together.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) issuer: Key,
    pub(crate) header: Value,
    pub(crate) payload: Value,
    pub(crate) disclosures: Vec<String>,
    pub(crate) holder: Key,
    pub(crate) kb_header: Value,
    pub(crate) kb: Value,
}

impl Shown {
    /// One that is right in every respect: a name is disclosed, a level is open.
    pub(crate) fn good(issuer: Key, holder: Key) -> Self {
        let (name, of_name) = disclosure(&json!(["c2FsdA", "given_name", "Erika"]));
        let payload = json!({
            "iss": "https://issuer.example", "vct": VCT, "iat": NOW - 1000, "exp": NOW + 1000, "level": "gold",
            "_sd_alg": "sha-256", "_sd": [of_name], "cnf": {"jwk": holder.jwk()},
        });
        Self {
            header: json!({"alg": issuer.alg(), "typ": "dc+sd-jwt"}),
            payload,
            disclosures: vec![name],
            kb_header: json!({"alg": holder.alg(), "typ": "kb+jwt"}),
            kb: json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW - 10}),
            issuer,
            holder,
        }
    }

    /// The issuer's part and the disclosures, without key binding.
    pub(crate) fn issued(&self) -> String {
        let jwt = self.issuer.jws(&self.header.to_string(), &self.payload.to_string());
        self.after(&jwt)
    }

    fn after(&self, jwt: &str) -> String {
        self.disclosures.iter().fold(format!("{jwt}~"), |text, one| format!("{text}{one}~"))
    }

    /// As it is sent: with the key binding over what is there.
    pub(crate) fn text(&self) -> String {
        self.bind(&self.issued())
    }

    /// With another issuer-signed part.
    pub(crate) fn with_jwt(&self, jwt: &str) -> String {
        self.bind(&self.after(jwt))
    }

    /// `issued` with the key binding; `sd_hash` is made unless it was given.
    pub(crate) fn bind(&self, issued: &str) -> String {
        let mut kb = self.kb.clone();
        if kb.get("sd_hash").is_none() {
            kb["sd_hash"] = json!(digest(issued));
        }
        format!("{issued}{}", self.holder.jws(&self.kb_header.to_string(), &kb.to_string()))
    }
}

/// What the program said: its exit status and its object.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) object: Value,
}

impl Said {
    #[track_caller]
    pub(crate) fn accepted(&self) -> &Value {
        assert_eq!((self.exit, &self.object["outcome"]), (0, &json!("accepted")), "{self:?}");
        assert_eq!(self.object["reason"], Value::Null);
        &self.object["claims"]
    }

    #[track_caller]
    pub(crate) fn refused(&self, code: &str) {
        assert_eq!((self.exit, &self.object["reason"]), (3, &json!(code)), "{self:?}");
        assert_eq!((&self.object["outcome"], &self.object["claims"]), (&json!("refused"), &json!({})));
    }
}

/// Runs the program on `input` with `arguments`.
pub(crate) fn raw(arguments: &[&str], input: &[u8]) -> std::process::Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_faam-verify"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // The program stops reading what is too long, so that writing may fail.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Runs it and reads its one object, which its schema describes.
#[track_caller]
pub(crate) fn said(arguments: &[&str], input: &[u8]) -> Said {
    let output = raw(arguments, input);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text} {}", String::from_utf8_lossy(&output.stderr));
    let object: Value = serde_json::from_str(&text).unwrap();
    faam_schemas::assert_valid("verify-sd-jwt", &object);
    Said { exit: output.status.code().unwrap(), object }
}

/// Asks with everything that is usual.
#[track_caller]
pub(crate) fn ask(issuer: &Key, text: &str) -> Said {
    ask_more(&issuer.jwk(), text, &["--audience", AUDIENCE, "--nonce", NONCE, "--at", AT])
}

/// Asks with these arguments and this key.
#[track_caller]
pub(crate) fn ask_more(issuer: &Value, text: &str, more: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), issuer);
    let arguments = [&["sd-jwt", "--issuer-jwk", &file], more].concat();
    said(&arguments, text.as_bytes())
}

/// Offers a credential as it is issued.
#[track_caller]
pub(crate) fn offer(issuer: &Key, text: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &issuer.jwk());
    said(&["sd-jwt-issued", "--issuer-jwk", &file, "--at", AT], text.as_bytes())
}

pub(crate) fn write(folder: &Path, jwk: &Value) -> String {
    let file = folder.join("issuer.jwk");
    fs::write(&file, jwk.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Everything of a published text but its signature, as text.
pub(crate) fn payload_of(jwt: &str) -> Value {
    let middle = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&unb64(middle, "payload").unwrap()).unwrap()
}
