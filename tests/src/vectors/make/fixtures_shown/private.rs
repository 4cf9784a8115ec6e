//! Private standings as they are shown: proofs that were drawn once (`spec/vectors/private-standing`), and everything around them open
//! to change.

use std::collections::BTreeMap;

use faam_spec::domain::TYP_REQUEST;
use faam_spec::encoding::multi;
use faam_spec::key::SigningKey;
use faam_spec::peer::PeerId;
use faam_spec::query::{PrivateQuery, Query};
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::signed::Signer;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::super::NOW;
use super::{at, payload_of, sign_record, signer};
use crate::vectors::private_standing::{Case, Scene, on_disk, scenes, unhex};

/// The scenes, and their proofs.
pub struct PrivateWorld {
    scenes: BTreeMap<&'static str, Scene>,
    kept: BTreeMap<String, Case>,
}

/// What is shown of one private standing.
#[derive(Clone)]
pub struct PrivatePart {
    /// Under which id.
    pub id: String,
    /// In which role it is said to be.
    pub role: String,
    /// Payload of the epoch record.
    pub record: Value,
    /// Who signs the record.
    pub issuer: Signer,
    /// The pseudonym and the proof, as text.
    pub proof: String,
}

/// An answer to a request for private standings, and what the verifier knows.
#[derive(Clone)]
pub struct PrivateCase {
    /// What is asked.
    pub query: Vec<PrivateQuery>,
    /// When it was asked.
    pub asked: i64,
    /// When it is judged.
    pub now: i64,
    /// What is shown.
    pub parts: Vec<PrivatePart>,
    /// Whom the verifier believes.
    pub trust: Vec<Value>,
    nonce: &'static str,
}

impl PrivateWorld {
    /// The scenes that are kept.
    ///
    /// # Panics
    /// If they cannot be read.
    #[must_use]
    pub fn new() -> Self {
        let kept = on_disk().expect("the proofs are kept in spec/vectors/private-standing");
        Self { scenes: scenes().into_iter().map(|scene| (scene.id, scene)).collect(), kept }
    }

    /// A scene by its name.
    #[must_use]
    pub fn scene(&self, name: &str) -> &Scene {
        &self.scenes[name]
    }

    /// What a scene shows, under the id `id`.
    #[must_use]
    pub fn part(&self, name: &str, id: &str) -> PrivatePart {
        let (scene, case) = (&self.scenes[name], &self.kept[name]);
        PrivatePart {
            id: id.to_owned(),
            role: scene.role().to_string(),
            record: json!(scene.record()),
            issuer: signer(scene.issuer()),
            proof: multi([unhex(&case.pseudonym), unhex(&case.proof)].concat()),
        }
    }

    /// What these scenes show, in answer to one request that asks for their milestones: under `private`, or `private-1` and so on.
    #[must_use]
    pub fn case(&self, names: &[&str]) -> PrivateCase {
        let id =
            |n: usize| if names.len() == 1 { "private".to_owned() } else { format!("private-{}", n + 1) };
        let (mut query, mut parts) = (Vec::new(), Vec::new());
        for (n, name) in names.iter().enumerate() {
            let scene = &self.scenes[name];
            query.push(PrivateQuery {
                id: id(n),
                markets: vec![scene.record().market],
                issuers: Vec::new(),
                roles: Vec::new(),
                milestones: scene.milestones(),
            });
            parts.push(self.part(name, &id(n)));
        }
        let nonce = self.scenes[names[0]].nonce();
        PrivateCase {
            query,
            asked: NOW - 60,
            now: NOW,
            trust: parts.iter().map(trust).collect(),
            parts,
            nonce,
        }
    }
}

impl Default for PrivateWorld {
    fn default() -> Self {
        Self::new()
    }
}

/// Trust in an issuer for private standings.
fn trust(part: &PrivatePart) -> Value {
    json!({"issuer": part.issuer.did(), "market": part.record["market"], "roles": "any", "types": ["private"]})
}

impl PrivatePart {
    /// The record as signed.
    #[must_use]
    pub fn record_text(&self) -> String {
        sign_record(&self.record, &self.issuer)
    }
}

impl PrivateCase {
    /// As if it were asked and judged so many seconds later.
    pub const fn later(&mut self, seconds: i64) {
        self.asked += seconds;
        self.now += seconds;
    }

    /// The request, with the nonce to which the proofs answer.
    #[must_use]
    pub fn request(&self) -> String {
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: None,
            query: Query::of_private(self.query.clone()).unwrap(),
            life: 600,
        };
        let peer = PeerId::from_public_key(SigningKey::from_seed(&[5; 32]).verifying_key().to_bytes());
        let verifier = signer(4);
        let mut rng = StdRng::seed_from_u64(4);
        let request = SignedRequest::sign(ask, peer, &verifier, at(self.asked), &mut rng).unwrap();
        let mut payload = payload_of(request.as_str());
        payload["nonce"] = json!(self.nonce);
        verifier.sign(&payload, TYP_REQUEST).unwrap()
    }

    /// The answer.
    #[must_use]
    pub fn presentation(&self) -> Value {
        let mut vp_token = json!({});
        for part in &self.parts {
            vp_token[&part.id] = json!([part.proof]);
        }
        let private: Vec<Value> = self
            .parts
            .iter()
            .map(|part| json!({"standing": part.id, "role": part.role, "record": part.record_text()}))
            .collect();
        json!({"v": 0, "vp_token": vp_token, "ledgers": [], "private": private})
    }

    /// The vector's input, with `presentation` as the answer.
    #[must_use]
    pub fn input(&self, presentation: &Value) -> Value {
        json!({
            "operation": "presentation", "request": self.request(), "asked": self.asked,
            "presentation": presentation.to_string(),
            "sources": {"trust": self.trust, "policy": {}, "records": [], "status": []},
        })
    }

    /// The vector's input after a change before everything was signed, and one afterwards; and when it is judged.
    #[must_use]
    pub fn changed(&self, before: impl FnOnce(&mut Self), after: impl FnOnce(&mut Value)) -> (Value, i64) {
        let mut case = self.clone();
        before(&mut case);
        let mut presentation = case.presentation();
        after(&mut presentation);
        (case.input(&presentation), case.now)
    }
}
