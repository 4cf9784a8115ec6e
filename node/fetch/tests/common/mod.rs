//! Servers on this machine, with certificates of an authority that is made for each test.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use faam_fetch::{Fetcher, Lookup, Roots, WebUrl};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The host of most servers.
pub const HOST: &str = "market.example";

/// An authority that vouches for names.
pub struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, key }
    }

    pub fn roots(&self) -> Roots {
        Roots::from_pem(self.certificate.pem().as_bytes()).unwrap()
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate and its key, as the parameters say.
    pub fn sign(&self, params: CertificateParams, key: &KeyPair) -> Certificate {
        params.signed_by(key, &self.certificate, &self.key).unwrap()
    }

    /// What a server for `name` needs.
    pub fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.server_with(CertificateParams::new(vec![name.to_owned()]).unwrap())
    }

    pub fn server_with(&self, params: CertificateParams) -> Arc<ServerConfig> {
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

/// A connection, encrypted or not.
pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A server on a loopback address, and what it was asked.
pub struct Server {
    pub at: SocketAddr,
    connections: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request by `answer`, which gets its text and the connection; over TLS if there is a configuration.
    pub fn start(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&str, &mut dyn Stream) + Send + Sync + 'static,
    ) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), tls, answer)
    }

    pub fn start_at(
        at: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&str, &mut dyn Stream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(at).unwrap();
        let at = listener.local_addr().unwrap();
        let (connections, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let server = Self { at, connections: Arc::clone(&connections), asked: Arc::clone(&asked) };
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (tls, asked, answer) = (tls.clone(), Arc::clone(&asked), Arc::clone(&answer));
                std::thread::spawn(move || match tls {
                    None => serve(stream, &asked, &*answer),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(connection, stream), &asked, &*answer);
                    }
                });
            }
        });
        server
    }

    /// One that gives the same body to everybody.
    pub fn giving(tls: Arc<ServerConfig>, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::start(Some(tls), move |_, stream| give(stream, content_type, &body))
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// An address on it, under [`HOST`].
    pub fn url(&self, path: &str) -> WebUrl {
        format!("https://{HOST}:{}{path}", self.at.port()).parse().unwrap()
    }
}

/// A whole answer with a body.
pub fn give(stream: &mut dyn Stream, content_type: &str, body: &[u8]) {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ =
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).and_then(|()| stream.flush());
}

/// Any text as an answer.
pub fn say(stream: &mut dyn Stream, text: &str) {
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

fn serve(mut stream: impl Stream, asked: &Mutex<Vec<String>>, answer: &dyn Fn(&str, &mut dyn Stream)) {
    let mut read = Vec::new();
    let mut byte = [0];
    let body_at = loop {
        match stream.read(&mut byte) {
            Ok(1) => read.push(byte[0]),
            _ => return,
        }
        if read.ends_with(b"\r\n\r\n") {
            break read.len();
        }
    };
    let head = String::from_utf8(read.clone()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    read.truncate(body_at);
    read.extend(body);
    let text = String::from_utf8(read).unwrap();
    asked.lock().unwrap().push(text.clone());
    answer(&text, &mut stream);
}

/// Answers every name with the same addresses, or with others each time until one is left.
#[derive(Debug, Default)]
pub struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Names {
    pub fn new<const N: usize>(answers: [&[&str]; N]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|one| one.parse().unwrap()).collect();
        Self { answers: Mutex::new(answers.iter().map(parse).collect()), asked: Arc::default() }
    }
}

impl Lookup for Names {
    fn lookup(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(answer.unwrap_or_default())
    }
}

/// A fetcher that finds every name on this machine and may go to `servers`.
pub fn fetcher<const N: usize>(authority: &Authority, servers: [&Server; N]) -> Fetcher {
    Fetcher::new(&authority.roots())
        .with_lookup(Names::new([&["127.0.0.1"]]))
        .danger_with_addresses(servers.map(|server| server.at))
}

/// A connection to a server without a word, to see that it is there.
pub fn knock(at: SocketAddr) {
    drop(TcpStream::connect(at).unwrap());
}
