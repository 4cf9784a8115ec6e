//! A credential of an answer, taken apart to be put together otherwise.

use faam_spec::encoding::{b64, unb64};
use faam_spec::key::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A presented credential with everything open to change; what is signed is signed again, with keys that may be changed too.
#[derive(Clone)]
pub struct Forged {
    /// Header of the credential.
    pub header: Value,
    /// Its payload.
    pub payload: Value,
    /// Header and payload as texts, instead of those: for what no value can say.
    pub texts: (Option<String>, Option<String>),
    /// The signature, instead of the issuer's over these.
    pub signature: Option<Vec<u8>>,
    /// The disclosures as they are written.
    pub disclosures: Vec<String>,
    /// Header of the key binding.
    pub kb_header: Value,
    /// Its payload, in which `sd_hash` is made last.
    pub kb: Value,
    /// The `sd_hash`, instead of the one that is made.
    pub sd_hash: Option<String>,
    /// Whether there is a key binding.
    pub bound: bool,
    /// The signature of the key binding, instead of the holder's.
    pub kb_signature: Option<Vec<u8>>,
    /// Who signs the credential.
    pub issuer: SigningKey,
    /// Who signs the key binding.
    pub holder: SigningKey,
    was: String,
}

fn decoded(text: &str) -> Value {
    serde_json::from_slice(&unb64(text, "forged").unwrap()).unwrap()
}

/// The digest of a disclosure.
#[must_use]
pub(crate) fn digest(text: &str) -> String {
    b64(Sha256::digest(text.as_bytes()))
}

impl Forged {
    /// Takes a presented credential apart.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn of(text: &str, issuer: &SigningKey, holder: &SigningKey) -> Self {
        let mut parts: Vec<&str> = text.split('~').collect();
        let (jwt, kb) = (parts.remove(0), parts.pop().unwrap());
        let of = |jws: &str| {
            let parts: Vec<&str> = jws.split('.').collect();
            (decoded(parts[0]), decoded(parts[1]), parts[2].to_owned())
        };
        let ((header, payload, signature), (kb_header, kb, _)) = (of(jwt), of(kb));
        Self {
            header,
            payload,
            texts: (None, None),
            signature: None,
            disclosures: parts.into_iter().map(str::to_owned).collect(),
            kb_header,
            was: signature,
            kb,
            sd_hash: None,
            bound: true,
            kb_signature: None,
            issuer: issuer.clone(),
            holder: holder.clone(),
        }
    }

    /// The signature that the issuer made before anything was changed.
    ///
    /// # Panics
    /// Never: it was read.
    #[must_use]
    pub fn signed_before(&self) -> Vec<u8> {
        unb64(&self.was, "forged").unwrap()
    }

    /// What the issuer signs.
    #[must_use]
    pub fn signing_input(&self) -> String {
        let text = |text: &Option<String>, value: &Value| b64(text.clone().unwrap_or(value.to_string()));
        format!("{}.{}", text(&self.texts.0, &self.header), text(&self.texts.1, &self.payload))
    }

    /// Adds a disclosure of this value, with its digest among `_sd`.
    ///
    /// # Panics
    /// If there is no `_sd`.
    pub fn disclose(&mut self, value: &Value) {
        self.disclose_text(b64(value.to_string()));
    }

    /// Adds a disclosure of this text, with its digest among `_sd`.
    ///
    /// # Panics
    /// If there is no `_sd`.
    pub fn disclose_text(&mut self, text: String) {
        self.payload["_sd"].as_array_mut().unwrap().push(json!(digest(&text)));
        self.disclosures.push(text);
    }

    /// As it is sent.
    #[must_use]
    pub fn text(&self) -> String {
        let input = self.signing_input();
        let signature =
            self.signature.clone().unwrap_or_else(|| self.issuer.sign(input.as_bytes()).to_bytes().to_vec());
        let mut text = format!("{input}.{}~", b64(signature));
        for disclosure in &self.disclosures {
            text.push_str(disclosure);
            text.push('~');
        }
        if !self.bound {
            return text;
        }
        let mut kb = self.kb.clone();
        kb["sd_hash"] = json!(self.sd_hash.clone().unwrap_or_else(|| digest(&text)));
        let input = format!("{}.{}", b64(self.kb_header.to_string()), b64(kb.to_string()));
        let signature = self
            .kb_signature
            .clone()
            .unwrap_or_else(|| self.holder.sign(input.as_bytes()).to_bytes().to_vec());
        format!("{text}{input}.{}", b64(signature))
    }
}
