//! A credential before it is signed, and a presentation of it before the holder has signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use faam_tests::second::Key;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Map, Value, json};
use sha2::Digest as _;

use crate::claims::{Hand, Path, Step, at, is_array, is_object, members, one, paths, replace, write};

/// Base64url without padding.
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The digest of a text, as SD-JWT writes it.
pub fn digest(text: &str) -> String {
    b64(sha2::Sha256::digest(text))
}

/// A digest of nothing.
pub fn decoy(rng: &mut StdRng) -> String {
    b64(rng.r#gen::<[u8; 32]>())
}

/// A signing key of either kind.
#[derive(Clone)]
pub enum Secret {
    Ed(ed25519_dalek::SigningKey),
    P(p256::ecdsa::SigningKey),
}

impl Secret {
    pub fn random(rng: &mut StdRng, ed: bool) -> Self {
        if ed {
            Self::Ed(ed25519_dalek::SigningKey::from_bytes(&rng.r#gen()))
        } else {
            Self::P(p256::ecdsa::SigningKey::random(rng))
        }
    }

    pub fn is_ed(&self) -> bool {
        matches!(self, Self::Ed(_))
    }

    pub fn algorithm(&self) -> &'static str {
        if self.is_ed() { "EdDSA" } else { "ES256" }
    }

    pub fn public(&self) -> Key {
        match self {
            Self::Ed(key) => Key::Ed25519(key.verifying_key()),
            Self::P(key) => Key::P256(*key.verifying_key()),
        }
    }

    pub fn jwk(&self) -> Value {
        match self {
            Self::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": b64(key.verifying_key().as_bytes())})
            }
            Self::P(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                json!({"kty": "EC", "crv": "P-256", "x": b64(point.x().unwrap()), "y": b64(point.y().unwrap())})
            }
        }
    }

    pub fn sign(&self, text: &str) -> Vec<u8> {
        match self {
            Self::Ed(key) => key.sign(text.as_bytes()).to_bytes().to_vec(),
            Self::P(key) => {
                let signature: p256::ecdsa::Signature = key.sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
        }
    }
}

/// Keys for a whole run: making them for each case would take most of its time.
pub struct Keys(Vec<Secret>);

impl Keys {
    pub fn new(rng: &mut StdRng) -> Self {
        Self((0..12).map(|n| Secret::random(rng, n % 2 == 0)).collect())
    }

    pub fn any(&self, rng: &mut StdRng) -> Secret {
        one(rng, &self.0).clone()
    }

    /// Another key of the same kind, or of the other.
    pub fn other(&self, than: &Secret, same_kind: bool, rng: &mut StdRng) -> Secret {
        let fits =
            |key: &&Secret| (key.is_ed() == than.is_ed()) == same_kind && key.public() != than.public();
        let fitting: Vec<_> = self.0.iter().filter(fits).collect();
        (*one(rng, &fitting)).clone()
    }
}

/// Changes the bytes of a JSON text before it is signed.
pub type Edit = fn(&mut Vec<u8>);

/// A JWT before it is signed.
#[derive(Clone)]
pub struct Unsigned {
    pub header: Map<String, Value>,
    pub payload: Value,
    pub header_edit: Option<Edit>,
    pub payload_edit: Option<Edit>,
    pub signer: Secret,
    pub signature: fn(Vec<u8>, &Secret) -> Vec<u8>,
    pub hand: Hand,
}

impl Unsigned {
    pub fn new(typ: &str, signer: Secret, payload: Value, hand: Hand) -> Self {
        let mut header = Map::new();
        header.insert("alg".to_owned(), signer.algorithm().into());
        header.insert("typ".to_owned(), typ.into());
        let signature = |signature, _: &Secret| signature;
        Self { header, payload, header_edit: None, payload_edit: None, signer, signature, hand }
    }

    pub fn sign(&self, rng: &mut StdRng) -> String {
        let mut header = write(&Value::Object(self.header.clone()), self.hand, rng).into_bytes();
        let mut payload = write(&self.payload, self.hand, rng).into_bytes();
        if let Some(edit) = self.header_edit {
            edit(&mut header);
        }
        if let Some(edit) = self.payload_edit {
            edit(&mut payload);
        }
        let signed = format!("{}.{}", b64(header), b64(payload));
        let signature = (self.signature)(self.signer.sign(&signed), &self.signer);
        format!("{signed}.{}", b64(signature))
    }
}

/// One disclosure.
#[derive(Clone)]
pub struct Disclosure {
    /// The base64url text.
    pub text: String,
    /// The disclosure in which its digest stands; the payload, if in none.
    pub parent: Option<usize>,
    /// True if it is an element of an array.
    pub element: bool,
}

/// A credential before it is signed, with all that could be disclosed of it and the choice of it.
#[derive(Clone)]
pub struct Draft {
    pub issuer: Secret,
    pub holder: Secret,
    pub jwt: Unsigned,
    pub disclosures: Vec<Disclosure>,
    pub shown: Vec<usize>,
    pub now: i64,
    pub vct: Option<String>,
    pub audience: String,
    pub nonce: String,
    /// The key binding, but for its `sd_hash`.
    pub binding: Unsigned,
}

/// What is shown, before the holder has signed.
#[derive(Clone)]
pub struct Shown {
    pub jwt: String,
    pub disclosures: Vec<String>,
    /// Those that were not shown.
    pub kept: Vec<String>,
    pub binding: Unsigned,
    /// What `sd_hash` is made over, if not over what is shown.
    pub hashed: Option<String>,
    /// What stands for `sd_hash`, if not the hash.
    pub sd_hash: Option<Value>,
}

impl Draft {
    pub fn random(keys: &Keys, rng: &mut StdRng) -> Self {
        let (issuer, holder) = (keys.any(rng), keys.any(rng));
        let hand = if rng.gen_bool(0.5) { Hand::Plain } else { Hand::Wild };
        let now = rng.gen_range(1_700_000_000..2_000_000_000);
        let mut claims = members(rng, 4, true);
        let vct = *one(rng, &["https://example.org/rating", "urn:eudi:pid:1", "a"]);
        claims.insert("vct".to_owned(), vct.into());
        let mut cnf = json!({"jwk": holder.jwk()});
        if rng.gen_bool(0.2) {
            cnf["jwk"]["kid"] = "1".into();
            cnf["kid"] = "2".into();
        }
        claims.insert("cnf".to_owned(), cnf);
        if rng.gen_bool(0.7) {
            claims.insert("iss".to_owned(), "https://issuer.example".into());
        }
        if rng.gen_bool(0.5) {
            claims.insert("iat".to_owned(), (now - rng.gen_range(-60..1_000_000)).into());
        }
        if rng.gen_bool(0.5) {
            claims.insert(
                "exp".to_owned(),
                one(rng, &[now + 1, now + 1000, 253_402_300_799]).to_owned().into(),
            );
        }
        if rng.gen_bool(0.5) {
            claims.insert("nbf".to_owned(), one(rng, &[now + 60, now, now - 1000, 0]).to_owned().into());
        }
        if rng.gen_bool(0.2) {
            let uri = "https://issuer.example/status/1";
            claims.insert("status".to_owned(), json!({"status_list": {"idx": 3, "uri": uri}}));
        }
        if rng.gen_bool(0.1) {
            claims.insert("vct#integrity".to_owned(), "sha256-AAAA".into());
        }
        let mut concealing =
            Concealing { rate: *one(rng, &[0.0, 0.3, 0.6, 1.0]), hand, disclosures: Vec::new() };
        let (mut payload, _) = concealing.object(claims, true, rng);
        if rng.gen_bool(0.5) {
            payload["_sd_alg"] = "sha-256".into();
        }
        let mut jwt = Unsigned::new("dc+sd-jwt", issuer.clone(), payload, hand);
        let others = [
            ("kid", json!("1")),
            ("jwk", keys.any(rng).jwk()),
            ("x5c", json!(["AAAA"])),
            ("jku", json!("https://attacker.example/keys")),
            ("cty", json!(7)),
        ];
        for (name, value) in others {
            if rng.gen_bool(0.1) {
                jwt.header.insert(name.to_owned(), value);
            }
        }
        let audience = *one(rng, &["https://verifier.example", "verifier", "did:key:zVerifier", "Ünïcödé"]);
        let nonce = b64(rng.r#gen::<[u8; 9]>());
        let made = now - *one(rng, &[300, 299, 10, 0, 0, -59, -60]);
        let claims = json!({"iat": made, "aud": audience, "nonce": nonce});
        let mut binding = Unsigned::new("kb+jwt", holder.clone(), claims, hand);
        if rng.gen_bool(0.1) {
            binding.header.insert("kid".to_owned(), "holder".into());
            binding.payload["state"] = json!({"more": [1, 2]});
        }
        let mut draft = Self {
            issuer,
            holder,
            jwt,
            disclosures: concealing.disclosures,
            shown: Vec::new(),
            now,
            vct: rng.gen_bool(0.5).then(|| vct.to_owned()),
            audience: audience.to_owned(),
            nonce,
            binding,
        };
        // A parent always comes after what is inside it.
        let rate = *one(rng, &[0.5, 0.8, 1.0]);
        for at in (0..draft.disclosures.len()).rev() {
            let reachable = draft.disclosures[at].parent.is_none_or(|parent| draft.shown.contains(&parent));
            if reachable && draft.shown.len() < 60 && rng.gen_bool(rate) {
                draft.shown.push(at);
            }
        }
        draft.shown.shuffle(rng);
        draft
    }

    /// The payload, or what is disclosed by this one; null if that is no JSON any more.
    pub fn content(&self, site: Option<usize>) -> Value {
        match site {
            None => self.jwt.payload.clone(),
            Some(at) => {
                let bytes = URL_SAFE_NO_PAD.decode(&self.disclosures[at].text).unwrap_or_default();
                serde_json::from_slice(&bytes).unwrap_or_default()
            }
        }
    }

    /// Puts this into the place of the payload or of a disclosure, and its new digest where the old one stood.
    pub fn set(&mut self, site: Option<usize>, content: Value, rng: &mut StdRng) {
        match site {
            None => self.jwt.payload = content,
            Some(at) => {
                let text = write(&content, self.jwt.hand, rng);
                self.set_bytes(at, text.as_bytes(), rng);
            }
        }
    }

    /// The same for any bytes.
    pub fn set_bytes(&mut self, at: usize, bytes: &[u8], rng: &mut StdRng) {
        self.set_text(at, b64(bytes), rng);
    }

    /// The same for any text.
    pub fn set_text(&mut self, at: usize, text: String, rng: &mut StdRng) {
        let old = digest(&self.disclosures[at].text);
        let parent = self.disclosures[at].parent;
        let mut around = self.content(parent);
        replace(&mut around, &old, &digest(&text));
        self.disclosures[at].text = text;
        self.set(parent, around, rng);
    }

    /// The payload or something that is shown, and a way to a value of this kind inside the claims there.
    pub fn place(&self, of: fn(&Value) -> bool, rng: &mut StdRng) -> Option<(Option<usize>, Path)> {
        let mut places = Vec::new();
        for site in std::iter::once(None).chain(self.shown.iter().map(|at| Some(*at))) {
            for path in paths(&self.content(site), of) {
                let in_value = match (site, path.first()) {
                    (None, Some(Step::Name(name))) => name != "cnf" && name != "status",
                    (None, _) => true,
                    (Some(at), Some(Step::Index(index))) => {
                        *index == 2 - usize::from(self.disclosures[at].element)
                    }
                    (Some(_), _) => false,
                };
                if in_value {
                    places.push((site, path));
                }
            }
        }
        places.choose(rng).cloned()
    }

    /// Changes a random value of a kind in what will be seen; false if there is none.
    pub fn change(
        &mut self,
        of: fn(&Value) -> bool,
        rng: &mut StdRng,
        change: impl FnOnce(&mut Value),
    ) -> bool {
        let Some((site, path)) = self.place(of, rng) else { return false };
        self.change_at(site, &path, rng, change);
        true
    }

    /// Changes the value at this place.
    pub fn change_at(
        &mut self,
        site: Option<usize>,
        path: &Path,
        rng: &mut StdRng,
        change: impl FnOnce(&mut Value),
    ) {
        let mut content = self.content(site);
        change(at(&mut content, path));
        self.set(site, content, rng);
    }

    /// Puts a disclosure with this content into a random object or array that will be seen, and shows it.
    pub fn disclose(&mut self, content: &Value, element: bool, rng: &mut StdRng) -> bool {
        let of = if element { is_array } else { is_object };
        let Some((site, path)) = self.place(of, rng) else { return false };
        self.disclose_at(site, &path, content, element, rng);
        true
    }

    /// Puts a disclosure with this content at this place, and shows it.
    pub fn disclose_at(
        &mut self,
        site: Option<usize>,
        path: &Path,
        content: &Value,
        element: bool,
        rng: &mut StdRng,
    ) {
        let text = b64(write(content, self.jwt.hand, rng));
        self.refer_at(site, path, &digest(&text), element, rng);
        self.disclosures.push(Disclosure { text, parent: site, element });
        self.shown.push(self.disclosures.len() - 1);
        self.shown.shuffle(rng);
    }

    /// Puts a digest at this place.
    pub fn refer_at(
        &mut self,
        site: Option<usize>,
        path: &Path,
        digest: &str,
        element: bool,
        rng: &mut StdRng,
    ) {
        self.change_at(site, path, rng, |value| put_digest(value, digest, element));
    }

    /// A claim of the payload.
    pub fn claim(&mut self, name: &str, value: impl Into<Value>) {
        self.jwt.payload[name] = value.into();
    }

    /// Makes the JWT exactly this long.
    pub fn fit(&mut self, bytes: usize, rng: &mut StdRng) -> bool {
        self.jwt.hand = Hand::Plain;
        for more in 0..4 {
            self.jwt.header.insert("kid".to_owned(), "k".repeat(more).into());
            self.claim("padding", "");
            let bare = self.jwt.sign(rng).len();
            // Bounded, because another change may throw the payload away.
            let first = (bytes.saturating_sub(bare) * 3 / 4).saturating_sub(4);
            for letters in first..first + 16 {
                self.claim("padding", "p".repeat(letters));
                match self.jwt.sign(rng).len() {
                    length if length == bytes => return true,
                    length if length > bytes => break,
                    _ => {}
                }
            }
        }
        false
    }

    /// Signs the credential and shows what was chosen.
    pub fn present(&self, rng: &mut StdRng) -> Shown {
        let text = |at: &usize| self.disclosures[*at].text.clone();
        let mut kept: Vec<usize> = (0..self.disclosures.len()).collect();
        kept.retain(|at| !self.shown.contains(at));
        Shown {
            jwt: self.jwt.sign(rng),
            disclosures: self.shown.iter().map(text).collect(),
            kept: kept.iter().map(text).collect(),
            binding: self.binding.clone(),
            hashed: None,
            sd_hash: None,
        }
    }
}

impl Shown {
    /// What `sd_hash` has to be made over.
    pub fn bound(&self) -> String {
        let mut text = format!("{}~", self.jwt);
        for disclosure in &self.disclosures {
            text.push_str(disclosure);
            text.push('~');
        }
        text
    }

    /// Signs the key binding, and gives the whole.
    pub fn text(&self, rng: &mut StdRng) -> String {
        let bound = self.bound();
        let hash = digest(self.hashed.as_deref().unwrap_or(&bound));
        let mut binding = self.binding.clone();
        match &self.sd_hash {
            None => binding.payload["sd_hash"] = hash.into(),
            Some(Value::Null) => {}
            Some(other) => binding.payload["sd_hash"] = other.clone(),
        }
        bound + &binding.sign(rng)
    }
}

/// The issuer's part: which claims become disclosures.
struct Concealing {
    rate: f64,
    hand: Hand,
    disclosures: Vec<Disclosure>,
}

impl Concealing {
    /// Gives the value with digests in it, and the disclosures whose digests stand in it.
    fn value(&mut self, value: Value, rng: &mut StdRng) -> (Value, Vec<usize>) {
        match value {
            Value::Object(members) => self.object(members, false, rng),
            Value::Array(elements) => self.array(elements, rng),
            other => (other, Vec::new()),
        }
    }

    fn object(&mut self, members: Map<String, Value>, top: bool, rng: &mut StdRng) -> (Value, Vec<usize>) {
        const VISIBLE: [&str; 8] = ["iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "status"];
        let (mut left, mut digests, mut here) = (Map::new(), Vec::new(), Vec::new());
        for (name, value) in members {
            if top && VISIBLE.contains(&name.as_str()) {
                left.insert(name, value);
                continue;
            }
            let (value, inside) = self.value(value, rng);
            if rng.gen_bool(self.rate) {
                let content = Value::from(vec![salt(rng), name.into(), value]);
                let at = self.disclose(&content, false, inside, rng);
                digests.push(Value::from(digest(&self.disclosures[at].text)));
                here.push(at);
            } else {
                left.insert(name, value);
                here.extend(inside);
            }
        }
        while rng.gen_bool(0.2) {
            digests.push(decoy(rng).into());
        }
        digests.shuffle(rng);
        if !digests.is_empty() || rng.gen_bool(0.03) {
            left.insert("_sd".to_owned(), digests.into());
        }
        (left.into(), here)
    }

    fn array(&mut self, elements: Vec<Value>, rng: &mut StdRng) -> (Value, Vec<usize>) {
        let (mut left, mut here) = (Vec::new(), Vec::new());
        for element in elements {
            while rng.gen_bool(0.1) {
                left.push(json!({"...": decoy(rng)}));
            }
            let (value, inside) = self.value(element, rng);
            if rng.gen_bool(self.rate) {
                let content = Value::from(vec![salt(rng), value]);
                let at = self.disclose(&content, true, inside, rng);
                left.push(json!({"...": digest(&self.disclosures[at].text)}));
                here.push(at);
            } else {
                left.push(value);
                here.extend(inside);
            }
        }
        (left.into(), here)
    }

    fn disclose(&mut self, content: &Value, element: bool, inside: Vec<usize>, rng: &mut StdRng) -> usize {
        let text = b64(write(content, self.hand, rng));
        self.disclosures.push(Disclosure { text, parent: None, element });
        let at = self.disclosures.len() - 1;
        for child in inside {
            self.disclosures[child].parent = Some(at);
        }
        at
    }
}

/// Puts a digest into an array or object; not where another change has left something else.
pub fn put_digest(value: &mut Value, digest: &str, element: bool) {
    let place = match value {
        Value::Object(members) if !element => members.entry("_sd").or_insert_with(|| json!([])),
        other => other,
    };
    if let Value::Array(elements) = place {
        elements.insert(0, if element { json!({"...": digest}) } else { digest.into() });
    }
}

/// A salt, mostly as the RFC recommends it.
pub fn salt(rng: &mut StdRng) -> Value {
    if rng.gen_bool(0.95) {
        b64(rng.r#gen::<[u8; 16]>()).into()
    } else {
        format!("ß {}", rng.r#gen::<u64>()).into()
    }
}
