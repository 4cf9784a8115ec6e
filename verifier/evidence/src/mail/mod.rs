//! Mails with DKIM: what a domain signed, read by a reader.
//!
//! Canonical form, hashes and signatures are those of `mail-auth`; which mails and signatures are looked at at all, and which keys, is
//! decided here. Its resolver is not used: nothing is asked of the network.

mod form;
mod key;
mod tags;

use faam_spec::decision::Grade;
use faam_spec::limits::{CLOCK_TOLERANCE, MAX_MAIL_SIGNATURES};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use form::{MIME, Mail, ONCE, Said};
use mail_auth::AuthenticatedMessage;
use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::headers::Header;
use mail_auth::dkim::Signature;
use tags::{Tags, items, number};

use crate::keys::{is_domain, is_domain_part};
use crate::{Caveat, Given, Kind, Statement};

pub(crate) fn judge(data: &[u8], given: &Given, now: Timestamp) -> Result<Statement, Fault> {
    let mail = Mail::parse(data)?;
    let said = mail.said()?;
    let signed = signed(&mail, &said, given, now)?;
    //= spec/text/evidence.md#REQ-EVID-20
    //# The address in `To` MUST be one that whoever judges knows to be the holder's, where they know any
    if !given.mine.is_empty() && !given.mine.contains(&said.to) {
        return refuse(Reason::MailRecipient, "mail.to");
    }
    //= spec/text/evidence.md#REQ-EVID-21
    //# What a mail states MUST be read by a reader of whoever judges
    let takes = given.readers.iter().filter(|reader| reader.takes(&said.domain, &signed.domain));
    let read = takes.into_iter().find_map(|reader| Some((reader, reader.read(&said.subject, &said.text)?)));
    let Some((reader, mut rating)) = read else { return refuse(Reason::MailReader, "mail") };
    rating.day = Some(signed.at.day());
    let mut statement = Statement::new(Kind::Mail, Grade::MailSigned, signed.domain);
    statement.market = Some(reader.market().clone());
    statement.issued = Some(signed.at);
    statement.until = signed.until;
    statement.to = Some(said.to);
    statement.ratings.push(rating);
    if given.mine.is_empty() {
        statement.caveats.push(Caveat::Recipient);
    }
    Ok(statement)
}

/// What a good signature says.
struct Signed {
    domain: String,
    at: Timestamp,
    until: Option<Timestamp>,
}

/// The first signature that is good in every respect, or what is wrong with the one that came furthest.
//= spec/text/evidence.md#REQ-EVID-10
//# One that is good in every respect is enough; if none is, the mail MUST be refused with the code of the one
//# that came furthest.
fn signed(mail: &Mail, said: &Said, given: &Given, now: Timestamp) -> Result<Signed, Fault> {
    let malformed = || Fault::new(Reason::MailMalformed, "mail");
    let Some(message) = AuthenticatedMessage::parse_with_opts(&mail.bytes, None, false) else {
        return Err(malformed());
    };
    // What the two readers take for headers has to be one thing.
    if message.headers.len() != mail.headers() || message.froms() != [said.from.as_str()] {
        return Err(malformed());
    }
    let is_signature = |name: &[u8]| name.trim_ascii().eq_ignore_ascii_case(b"dkim-signature");
    let found = message.headers.iter().filter(|(name, _)| is_signature(name)).take(MAX_MAIL_SIGNATURES);
    let mut furthest: Option<(u8, Fault)> = None;
    for (name, value) in found {
        match one(mail, said, &message, (name, value), given, now) {
            Ok(signed) => return Ok(signed),
            Err(failed) if furthest.as_ref().is_none_or(|(stage, _)| failed.0 > *stage) => {
                furthest = Some(failed)
            }
            Err(_) => {}
        }
    }
    Err(furthest.map_or(Fault::new(Reason::MailSignatureMissing, "mail.signature"), |(_, fault)| fault))
}

/// A fault with how far the signature came.
type Failed = (u8, Fault);

const AT: &str = "mail.signature";

fn one(
    mail: &Mail,
    said: &Said,
    message: &AuthenticatedMessage<'_>,
    (name, value): (&[u8], &[u8]),
    given: &Given,
    now: Timestamp,
) -> Result<Signed, Failed> {
    let fail = |stage: u8, reason| (stage, Fault::new(reason, AT));
    let malformed = || fail(0, Reason::MailSignatureMalformed);
    //= spec/text/evidence.md#REQ-EVID-11
    //# Its tags MUST be a list by RFC 6376 in which no name stands twice
    let text = core::str::from_utf8(unended(value)).map_err(|_| malformed())?;
    let tags = Tags::parse(text).ok_or_else(malformed)?;
    let need = |name| tags.get(name).filter(|value: &&str| !value.is_empty()).ok_or_else(malformed);
    if need("v")? != "1" || tags.get("q").is_some_and(|query| !items(query).contains(&"dns/txt".to_owned())) {
        return Err(malformed());
    }
    let (domain, selector) = (need("d")?.to_ascii_lowercase(), need("s")?.to_ascii_lowercase());
    if !is_domain(&domain) || !is_domain_part(&selector) {
        return Err(malformed());
    }
    let (covered, _, _) = (items(need("h")?), need("b")?, need("bh")?);
    let ed25519 = match need("a")? {
        "rsa-sha256" => false,
        "ed25519-sha256" => true,
        _ => return Err(fail(1, Reason::UnsupportedAlgorithm)),
    };
    //= spec/text/evidence.md#REQ-EVID-12
    //# A signature with the tag `l` MUST be refused, whatever its value
    if tags.get("l").is_some() {
        return Err(fail(2, Reason::MailSignatureLength));
    }
    //= spec/text/evidence.md#REQ-EVID-13
    //# `h` MUST name `From`, `To`, `Subject` and `Date`
    let covers = |name: &&str| covered.iter().any(|other| other == name);
    if !ONCE.iter().all(covers) || !MIME.iter().filter(|name| mail.has(name)).all(covers) {
        return Err(fail(3, Reason::MailHeaderUnsigned));
    }
    //= spec/text/evidence.md#REQ-EVID-14
    //# `d` MUST be the domain of `From`, or one that the reader of the mail names as a signer for it
    if domain != said.domain && !given.readers.iter().any(|reader| reader.takes(&said.domain, &domain)) {
        return Err(fail(4, Reason::MailSignatureDomain));
    }
    let identity =
        tags.get("i").map(|identity| identity.rsplit('@').next().unwrap_or_default().to_ascii_lowercase());
    let under =
        |of: &str| of == domain || of.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
    if identity.as_deref().is_some_and(|of| !under(of)) {
        return Err(fail(4, Reason::MailSignatureDomain));
    }
    let (at, until) = times(&tags, said, now)?;
    //= spec/text/evidence.md#REQ-EVID-17
    //# The key MUST stand in the archive of whoever judges, under `d` and `s` (`mail.key.unknown`)
    let archived = given.keys.of(&domain, &selector);
    if archived.is_empty() {
        return Err(fail(6, Reason::MailKeyUnknown));
    }
    let seen = archived.iter().filter(|key| key.from <= at && at <= key.until);
    //= spec/text/evidence.md#REQ-EVID-18
    //# MUST lie within the time in which the archive saw the key in use (`mail.key.time`)
    let mut failed = None;
    for archived in seen {
        let verified = key::read(&archived.record).map_err(|fault| (8, fault)).and_then(|key| {
            if key.ed25519 != ed25519 {
                return Err(fail(8, Reason::UnsupportedAlgorithm));
            }
            if key.exact && identity.as_deref().is_some_and(|of| of != domain) {
                return Err(fail(8, Reason::MailSignatureDomain));
            }
            verify(message, (name, value), &tags, &key)
        });
        match verified {
            Ok(()) => return Ok(Signed { domain, at, until }),
            Err(other) if failed.as_ref().is_none_or(|(stage, _): &Failed| other.0 > *stage) => {
                failed = Some(other)
            }
            Err(_) => {}
        }
    }
    Err(failed.unwrap_or_else(|| fail(7, Reason::MailKeyTime)))
}

/// When it was signed, and until when it is good.
//= spec/text/evidence.md#REQ-EVID-15
//# `x` MUST be later than the moment of judging and than `t`
fn times(tags: &Tags<'_>, said: &Said, now: Timestamp) -> Result<(Timestamp, Option<Timestamp>), Failed> {
    let malformed = || (0, Fault::new(Reason::MailSignatureMalformed, AT));
    let time = |name: &str| match tags.get(name) {
        None => Ok(None),
        Some(value) => match number(value).map(Timestamp::new) {
            Some(Ok(at)) => Ok(Some(at)),
            _ => Err(malformed()),
        },
    };
    let (stated, until) = (time("t")?, time("x")?);
    let dated = said.date.and_then(|seconds| Timestamp::new(seconds).ok());
    let at = stated.or(dated).ok_or((5, Fault::new(Reason::MailMalformed, "mail.date")))?;
    if until.is_some_and(|until| until <= now || until <= at) {
        return Err((5, Fault::new(Reason::MailSignatureExpired, AT)));
    }
    if at.since(now) > CLOCK_TOLERANCE {
        return Err((5, Fault::new(Reason::NotYetValid, AT)));
    }
    Ok((at, until))
}

/// Compares the body with its hash, and verifies the signature.
//= spec/text/evidence.md#REQ-EVID-16
//# The body MUST be the one whose hash is `bh` (`mail.body`), and `b` MUST verify under the key
fn verify(
    message: &AuthenticatedMessage<'_>,
    (name, value): (&[u8], &[u8]),
    tags: &Tags<'_>,
    key: &key::Key,
) -> Result<(), Failed> {
    let malformed = || (0, Fault::new(Reason::MailSignatureMalformed, AT));
    let header: &Header<'_, Signature> = message
        .dkim_headers
        .iter()
        .find(|header| core::ptr::eq(header.value, value))
        .ok_or_else(malformed)?;
    let signature = &header.header;
    // What is verified is what was read here.
    let same = tags.get("d").is_some_and(|d| d.eq_ignore_ascii_case(&signature.d))
        && tags.get("s").is_some_and(|s| s.eq_ignore_ascii_case(&signature.s))
        && tags.get("h").is_some_and(|h| items(h) == lower(&signature.h))
        && matches!(signature.a, Algorithm::RsaSha256 | Algorithm::Ed25519Sha256)
        && (signature.a == Algorithm::Ed25519Sha256) == key.ed25519
        && signature.l == 0;
    if !same {
        return Err(malformed());
    }
    let hash = message.body_hashes.iter().find(|(canonical, hash, length, _)| {
        *canonical == signature.cb && *hash == HashAlgorithm::Sha256 && *length == 0
    });
    if hash.is_none_or(|(.., hash)| *hash != signature.bh) {
        return Err((9, Fault::new(Reason::MailBody, "mail.body")));
    }
    // The signature covers its own header without the value of `b` and the line end.
    let (from, to) = tags.signature().ok_or_else(malformed)?;
    let whole = unended(value);
    let (before, after) = (whole.get(..from), whole.get(to..));
    let unsigned = [before.ok_or_else(malformed)?, after.ok_or_else(malformed)?].concat();
    let mut headers = message.signed_headers(&signature.h, name, &unsigned);
    let verified = key.key.p.verify(&mut headers, &signature.b, signature.ch, signature.a);
    verified.map_err(|_| (10, Fault::new(Reason::InvalidSignature, AT)))
}

/// The value of a header without its line end.
fn unended(value: &[u8]) -> &[u8] {
    value.strip_suffix(b"\r\n").unwrap_or(value)
}

fn lower(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}
