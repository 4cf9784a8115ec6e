//! A verifier of OpenID4VP that knows nothing of Faam: one thread that hands out what it was given and keeps what is posted.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use faam_spec::client::Client;
use faam_spec::key::SigningKey;
use faam_spec::openid4vp::VpLink;
use faam_spec::signed::Signer;
use serde_json::Value;

/// A running verifier.
pub struct Stranger {
    address: SocketAddr,
    signer: Signer,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    request: String,
    reply: (u16, String),
    posted: Vec<String>,
}

impl Stranger {
    /// Starts it on a free port of this machine.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { reply: (200, "{}".into()), ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &shared);
            }
        });
        Self { address, signer: Signer::from_key(SigningKey::from_seed(&[41; 32])), state }
    }

    /// How it is named.
    #[must_use]
    pub fn client_id(&self) -> String {
        self.signer.did().client_id()
    }

    /// Where answers are posted.
    #[must_use]
    pub fn response_uri(&self) -> String {
        format!("http://{}/response", self.address)
    }

    /// Signs a request.
    #[must_use]
    pub fn sign(&self, payload: &Value) -> String {
        self.signer.sign(payload, "oauth-authz-req+jwt").unwrap()
    }

    /// Hands out `request` from now on, at the address of the link.
    #[must_use]
    pub fn link(&self, request: &str) -> String {
        self.state.lock().unwrap().request = request.to_owned();
        let address = format!("http://{}/request", self.address);
        VpLink::new(Client::from(self.signer.did()), address.parse().unwrap()).to_string()
    }

    /// Answers so to what is posted from now on.
    pub fn reply(&self, status: u16, body: &str) {
        self.state.lock().unwrap().reply = (status, body.to_owned());
    }

    /// Everything that was posted.
    #[must_use]
    pub fn posted(&self) -> Vec<String> {
        self.state.lock().unwrap().posted.clone()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let (head, mut body) = loop {
        let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
        read.extend_from_slice(&buffer[..count]);
        if let Some(at) = read.windows(4).position(|end| end == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&read[..at]).to_ascii_lowercase(), read[at + 4..].to_vec());
        }
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
    while body.len() < length {
        let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
        body.extend_from_slice(&buffer[..count]);
    }
    let mut state = state.lock().unwrap();
    let (status, kind, text) = if head.starts_with("post") {
        state.posted.push(String::from_utf8_lossy(&body).into_owned());
        (state.reply.0, "application/json", state.reply.1.clone())
    } else {
        (200, "application/oauth-authz-req+jwt", state.request.clone())
    };
    let more = if status == 302 { "Location: /elsewhere\r\n" } else { "" };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}
