//! Signs mails as RFC 6376 says, written apart from the library that verifies: every part can be chosen, and spoilt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest as _, Sha256};

/// A key that was made for these tests and is used nowhere else.
const RSA: &[u8] = include_bytes!("rsa-2048.pk8.der");
/// Its public half, as DNS has it.
pub const RSA_PUBLIC: &str = include_str!("rsa-2048.pub");
/// The same in the older form.
pub const RSA_PUBLIC_PKCS1: &str = include_str!("rsa-2048.pkcs1.pub");

/// A mail that was not signed.
#[derive(Clone)]
pub struct Mail {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// How to sign.
#[derive(Clone)]
pub struct Signing {
    pub algorithm: &'static str,
    pub canonical: &'static str,
    pub domain: String,
    pub selector: String,
    pub covers: Vec<String>,
    /// More tags, such as `t=…`; with the `; ` that follows each.
    pub more: String,
}

impl Mail {
    pub fn new(headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { headers, body: body.replace('\n', "\r\n") }
    }

    /// The mail as bytes, with `signatures` above.
    pub fn with(&self, signatures: &[String]) -> String {
        let own = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        signatures
            .iter()
            .map(|signature| format!("DKIM-Signature:{signature}\r\n"))
            .chain(own)
            .collect::<String>()
            + "\r\n"
            + &self.body
    }
}

impl Signing {
    pub fn new(domain: &str, selector: &str) -> Self {
        let covers =
            ["from", "to", "subject", "date", "content-type", "content-transfer-encoding", "mime-version"];
        Self {
            algorithm: "rsa-sha256",
            canonical: "relaxed/relaxed",
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            covers: covers.map(str::to_owned).to_vec(),
            more: String::new(),
        }
    }

    pub fn more(mut self, more: &str) -> Self {
        self.more = more.to_owned();
        self
    }

    pub fn covering(mut self, covers: &[&str]) -> Self {
        self.covers = covers.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The value of a `DKIM-Signature` for this mail.
    pub fn sign(&self, mail: &Mail) -> String {
        let (header_form, body_form) = self.canonical.split_once('/').unwrap();
        let body = canonical_body(&mail.body, body_form);
        let hash = STANDARD.encode(Sha256::digest(body));
        let unsigned = format!(
            " v=1; a={}; c={}; d={}; s={}; {}h={}; bh={hash}; b=",
            self.algorithm,
            self.canonical,
            self.domain,
            self.selector,
            self.more,
            self.covers.join(":"),
        );
        let mut taken = vec![0_usize; self.covers.len()];
        let mut data = String::new();
        for (at, name) in self.covers.iter().enumerate() {
            let same: usize = self.covers[..at].iter().filter(|other| *other == name).count();
            taken[at] = same;
            let mut found = mail.headers.iter().rev().filter(|(other, _)| other.eq_ignore_ascii_case(name));
            if let Some((name, value)) = found.nth(same) {
                data += &canonical_header(name, &format!(" {value}"), header_form);
                data += "\r\n";
            }
        }
        data += &canonical_header("DKIM-Signature", &unsigned, header_form);
        format!("{unsigned}{}", STANDARD.encode(self.signature(data.as_bytes())))
    }

    fn signature(&self, data: &[u8]) -> Vec<u8> {
        if self.algorithm.starts_with("ed25519") {
            let hash = Sha256::digest(data);
            return super::ed25519().sign(&hash).to_bytes().to_vec();
        }
        let pair = RsaKeyPair::from_pkcs8(RSA).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature).unwrap();
        signature
    }
}

fn canonical_header(name: &str, value: &str, form: &str) -> String {
    if form == "simple" {
        return format!("{name}:{value}");
    }
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    format!("{}:{}", name.to_ascii_lowercase(), words.join(" "))
}

fn canonical_body(body: &str, form: &str) -> String {
    let relaxed = |line: &str| {
        let mut out = String::new();
        let mut space = false;
        for c in line.chars() {
            match c {
                ' ' | '\t' => space = true,
                c => {
                    if space {
                        out.push(' ');
                        space = false;
                    }
                    out.push(c);
                }
            }
        }
        out
    };
    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| if form == "simple" { line.to_owned() } else { relaxed(line) })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    match (lines.is_empty(), form) {
        (true, "simple") => "\r\n".to_owned(),
        (true, _) => String::new(),
        _ => lines.join("\r\n") + "\r\n",
    }
}
