//! A verifier of OpenID4VP that knows nothing of Faam: a real HTTPS server that signs its request anew (ES256) at each fetch.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use faam_spec::client::Client;
use faam_spec::encoding::b64;
use faam_spec::openid4vp::VpLink;
use multibase::Base;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An authority that vouches for names.
pub struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub fn sign(&self, params: CertificateParams, key: &KeyPair) -> Certificate {
        params.signed_by(key, &self.certificate, &self.key).unwrap()
    }

    fn server(&self, params: CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let chain = vec![self.sign(params, &key).der().clone()];
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        Arc::new(config)
    }
}

pub fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

pub fn over(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    params
}

/// How the verifier names itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    DidWeb,
    SanDns,
    Hash,
}

/// What the server does; a test changes it while it runs.
pub struct Says {
    pub client_id: String,
    /// Beside what is another each time.
    pub payload: Value,
    pub x5c: Vec<String>,
    pub document: Value,
    /// Where it sends on to from these paths.
    pub redirects: Vec<(&'static str, String)>,
    pub nonces: Vec<String>,
    pub posted: Vec<String>,
    pub asked: Vec<String>,
}

pub struct Verifier {
    pub at: SocketAddr,
    pub host: String,
    pub says: Arc<Mutex<Says>>,
}

impl Verifier {
    /// On `host`, with a TLS certificate of `tls` as the parameters say, and a certificate of its own from `signs`.
    pub fn start(
        host: &str,
        by: NamedBy,
        (tls, params): (&Authority, CertificateParams),
        (signs, leaf): (&Authority, CertificateParams),
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = signs.sign(leaf, &key);
        let signing = signing_key(&key);
        let did = format!("did:web:{host}%3A{}", at.port());
        let client_id = match by {
            NamedBy::DidWeb => format!("decentralized_identifier:{did}"),
            NamedBy::SanDns => format!("x509_san_dns:{host}"),
            NamedBy::Hash => format!("x509_hash:{}", b64(Sha256::digest(certificate.der()))),
        };
        let point = signing.verifying_key().to_encoded_point(false);
        let jwk =
            json!({"kty": "EC", "crv": "P-256", "x": b64(point.x().unwrap()), "y": b64(point.y().unwrap())});
        let says = Says {
            payload: json!({
                "response_type": "vp_token", "response_mode": "direct_post", "client_id": client_id,
                "response_uri": format!("https://{host}:{}/response", at.port()),
                "aud": "https://self-issued.me/v2", "state": "s",
                "client_metadata": {"client_name": "Gamma", "vp_formats_supported": {"dc+sd-jwt": {}}},
                "dcql_query": {"credentials": [{
                    "id": "good_name", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]},
                    "claims": [{"path": ["market"], "values": ["shop"]}, {"path": ["standing"]}],
                }]},
            }),
            client_id,
            x5c: vec![Base::Base64Pad.encode(certificate.der())],
            document: json!({"id": did, "verificationMethod": [
                {"id": "#one", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}]}),
            redirects: Vec::new(),
            nonces: Vec::new(),
            posted: Vec::new(),
            asked: Vec::new(),
        };
        let says = Arc::new(Mutex::new(says));
        let verifier = Self { at, host: host.to_owned(), says: Arc::clone(&says) };
        let (config, signing) = (tls.server(params), Arc::new((signing, by, did)));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, signing, says) = (Arc::clone(&config), Arc::clone(&signing), Arc::clone(&says));
                std::thread::spawn(move || {
                    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
                    let Some((head, body)) = heard(&mut stream) else { return };
                    let answer = says.lock().unwrap().answer(&head, body, &signing);
                    let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                });
            }
        });
        verifier
    }

    pub fn says(&self) -> std::sync::MutexGuard<'_, Says> {
        self.says.lock().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://{}:{}{path}", self.host, self.at.port())
    }

    pub fn link(&self) -> String {
        let client = Client::from_client_id(&self.says().client_id).unwrap();
        VpLink::new(client, self.url("/request").parse().unwrap()).to_string()
    }
}

impl Says {
    fn answer(&mut self, head: &str, body: String, (key, by, did): &(SigningKey, NamedBy, String)) -> String {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.asked.push(path.clone());
        if let Some((_, to)) = self.redirects.iter().find(|(from, _)| *from == path) {
            return format!(
                "HTTP/1.1 307 X\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        let (kind, text) = match path.as_str() {
            "/request" => ("application/oauth-authz-req+jwt", self.request(key, *by, did)),
            "/.well-known/did.json" => ("application/did+json", self.document.to_string()),
            "/response" => {
                self.posted.push(body);
                ("application/json", "{}".to_owned())
            }
            _ => return "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        };
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        )
    }

    /// Another nonce, and with it another signature.
    fn request(&mut self, key: &SigningKey, by: NamedBy, did: &str) -> String {
        let nonce = format!("n-0123456789abcdef-{}", self.nonces.len());
        let mut payload = self.payload.clone();
        payload["nonce"] = json!(nonce);
        payload["state"] = json!(format!("s{}", self.nonces.len()));
        self.nonces.push(nonce);
        let mut header = json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"});
        if by == NamedBy::DidWeb {
            header["kid"] = json!(format!("{did}#one"));
        } else {
            header["x5c"] = json!(self.x5c);
        }
        let signed = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
        let signature: Signature = key.sign(signed.as_bytes());
        format!("{signed}.{}", b64(signature.to_bytes()))
    }
}

/// The key itself, out of PKCS#8: within an `ECPrivateKey` of version 1 it is the octet string of 32 bytes.
fn signing_key(key: &KeyPair) -> SigningKey {
    let (der, before) = (key.serialize_der(), [2, 1, 1, 4, 32]);
    let at = der.windows(5).position(|some| some == before).unwrap() + 5;
    SigningKey::from_slice(&der[at..at + 32]).unwrap()
}

/// Head and body of what came.
fn heard(stream: &mut impl std::io::Read) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length =
                length.lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        match stream.read(&mut some) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&some[..count]),
        }
    }
}
