//! The form of a mail: lines, headers and addresses that can be read in one way only.

use faam_spec::limits::{MAX_MAIL_BYTES, MAX_MAIL_HEADER_BYTES, MAX_MAIL_HEADERS, MAX_MAIL_HEADERS_BYTES};
use faam_spec::reason::{Fault, Reason, refuse};
use mail_parser::{Address, Message, MessageParser};

use crate::keys::is_domain;

/// Headers that have to be there once.
pub(super) const ONCE: [&str; 4] = ["from", "to", "subject", "date"];
/// Headers that say how the body is read, and may be there once.
pub(super) const MIME: [&str; 3] = ["content-type", "content-transfer-encoding", "mime-version"];

/// A mail with line ends of CR LF, and its headers by name in lower case.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) bytes: Vec<u8>,
    names: Vec<String>,
}

/// What is written in the headers and the body, decoded.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) from: String,
    pub(super) domain: String,
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) date: Option<i64>,
}

impl Mail {
    /// Reads the form of a mail.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > MAX_MAIL_BYTES {
            return refuse(Reason::TooLarge, "mail");
        }
        let bytes = with_crlf(bytes)?;
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else { return refuse(Reason::MailMalformed, "mail.headers") };
        let headers = bytes.get(..end).unwrap_or_default();
        let names = names(headers)?;
        //= spec/text/evidence.md#REQ-EVID-9
        //# `From`, `To`, `Subject` and `Date` MUST each stand once
        let count = |name: &str| names.iter().filter(|other| *other == name).count();
        if ONCE.iter().any(|name| count(name) != 1) || MIME.iter().any(|name| count(name) > 1) {
            return refuse(Reason::MailHeaderRepeated, "mail.headers");
        }
        Ok(Self { bytes, names })
    }

    /// How many headers it has.
    pub(super) const fn headers(&self) -> usize {
        self.names.len()
    }

    /// Whether it has a header.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|other| other == name)
    }

    /// What is written in it.
    pub(super) fn said(&self) -> Result<Said, Fault> {
        let bad = |at| Fault::new(Reason::MailMalformed, at);
        let parsed = MessageParser::default().parse(&self.bytes).ok_or(bad("mail"))?;
        let from = one_address(parsed.from()).ok_or(bad("mail.from"))?;
        let to = one_address(parsed.to()).ok_or(bad("mail.to"))?;
        let domain = domain_of(&from).ok_or(bad("mail.from"))?;
        domain_of(&to).ok_or(bad("mail.to"))?;
        Ok(Said {
            from,
            domain,
            to,
            subject: parsed.subject().unwrap_or_default().to_owned(),
            text: text(&parsed),
            date: parsed.date().filter(|date| date.is_valid()).map(mail_parser::DateTime::to_timestamp),
        })
    }
}

/// The text of the body; of several kinds of it, the plain one.
fn text(parsed: &Message<'_>) -> String {
    parsed.body_text(0).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

/// The same mail with line ends of CR LF, if its lines end in one way.
//= spec/text/evidence.md#REQ-EVID-8
//# Lines MUST end with CR LF, or all of them with LF alone; a CR that stands elsewhere, a NUL
fn with_crlf(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let bad = Fault::new(Reason::MailMalformed, "mail.lines");
    let ends = bytes.iter().filter(|b| **b == b'\n').count();
    let returns = bytes.iter().filter(|b| **b == b'\r').count();
    let pairs = bytes.windows(2).filter(|two| two == b"\r\n").count();
    if bytes.contains(&0) || returns != pairs || (pairs != 0 && pairs != ends) {
        return Err(bad);
    }
    if pairs == ends {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::with_capacity(bytes.len() + ends);
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    Ok(out)
}

/// The names of the headers, from above.
//= spec/text/evidence.md#REQ-EVID-8
//# a header line without a name, no empty line after the headers, over 65,536 bytes of headers, over 200 of them, or one over 16,384
//# bytes
fn names(headers: &[u8]) -> Result<Vec<String>, Fault> {
    let bad = || Fault::new(Reason::MailMalformed, "mail.headers");
    if headers.len() > MAX_MAIL_HEADERS_BYTES {
        return Err(bad());
    }
    let mut names: Vec<String> = Vec::new();
    let mut length = 0;
    for line in headers.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().any(|b| *b < b' ' && *b != b'\t' || *b == 0x7f) {
            return Err(bad());
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // A line of white space alone ends the headers for some readers.
            if names.is_empty() || line.iter().all(|b| matches!(b, b' ' | b'\t')) {
                return Err(bad());
            }
            length += line.len();
        } else {
            let colon = line.iter().position(|b| *b == b':').ok_or_else(bad)?;
            let name = line.get(..colon).unwrap_or_default();
            if name.is_empty() || !name.iter().all(|b| b.is_ascii_graphic()) {
                return Err(bad());
            }
            names.push(String::from_utf8_lossy(name).to_ascii_lowercase());
            length = line.len();
        }
        if length > MAX_MAIL_HEADER_BYTES || names.len() > MAX_MAIL_HEADERS {
            return Err(bad());
        }
    }
    Ok(names)
}

/// The one address of a header.
//= spec/text/evidence.md#REQ-EVID-9
//# `From` and `To` MUST each name one address (`mail.malformed`).
fn one_address(address: Option<&Address<'_>>) -> Option<String> {
    let Some(Address::List(list)) = address else { return None };
    match list.as_slice() {
        [one] => one.address.as_deref().map(str::to_ascii_lowercase),
        _ => None,
    }
}

fn domain_of(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let plain =
        |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b',' | b';' | b':' | b'(' | b')');
    let good = !local.is_empty() && local.bytes().all(plain) && is_domain(domain);
    good.then(|| domain.to_owned())
}
