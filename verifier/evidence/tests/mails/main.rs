//! Mails of invented markets: good ones are read, and every way to deceive with one is refused with its own code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod sign;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faam_evidence::keys::{ArchivedKey, KeyArchive};
use faam_evidence::reader::Reader;
use faam_evidence::{Caveat, Evidence, Given, Statement, judge};
use faam_spec::decision::Grade;
use faam_spec::key::SigningKey;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use sign::{Mail, RSA_PUBLIC, RSA_PUBLIC_PKCS1, Signing};

const KRINGLOOP: &str = include_str!("../../../../examples/evidence/kringloop.toml");
const RITJE: &str = include_str!("../../../../examples/evidence/ritje.toml");
const LOGEER: &str = include_str!("../../../../examples/evidence/logeer.toml");
const DOMAIN: &str = "mail.kringloop.example";

fn ed25519() -> SigningKey {
    SigningKey::from_seed(&[9; 32])
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    time("2026-11-21T12:00:00Z")
}

/// The tag `t` of a moment in the time in which the archive saw the keys.
fn t() -> String {
    format!("t={}; ", time("2026-03-02T10:15:00Z").seconds())
}

fn archived(record: &str) -> ArchivedKey {
    ArchivedKey {
        record: record.to_owned(),
        from: time("2026-01-04T00:00:00Z"),
        until: time("2026-10-20T00:00:00Z"),
    }
}

fn rsa_record() -> String {
    format!("v=DKIM1; k=rsa; p={RSA_PUBLIC}")
}

/// What whoever judges knows.
fn given() -> Given {
    let mut keys = KeyArchive::default();
    for (domain, selector, record) in [
        (DOMAIN, "s1", rsa_record()),
        (DOMAIN, "old", format!("p={RSA_PUBLIC_PKCS1}")),
        (
            DOMAIN,
            "ed",
            format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(ed25519().verifying_key().to_bytes())),
        ),
        (DOMAIN, "exact", format!("v=DKIM1; t=y:s; p={RSA_PUBLIC}")),
        (DOMAIN, "gone", "v=DKIM1; k=rsa; p=".to_owned()),
        ("evil.example", "s1", rsa_record()),
        ("bounce.postbode.example", "pb", rsa_record()),
        ("ritje.example", "r", rsa_record()),
        ("reviews.logeer.example", "l", rsa_record()),
    ] {
        keys.add(domain, selector, archived(&record));
    }
    let readers = [KRINGLOOP, RITJE, LOGEER].map(|text| Reader::parse(text).unwrap()).to_vec();
    Given { keys, readers, mine: vec!["ann@post.example".to_owned()], ..Given::default() }
}

fn kringloop() -> Mail {
    Mail::new(
        &[
            ("Received", "from mail.kringloop.example by mx.post.example; Mon, 2 Mar 2026 10:15:01 +0000"),
            ("From", "Kringloop <ratings@mail.kringloop.example>"),
            ("To", "Ann <Ann@post.example>"),
            ("Subject", "Bob gave you 4 of 5 stars as seller"),
            ("Date", "Mon, 2 Mar 2026 11:15:00 +0100"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ],
        "Dear Ann,\n\nBob rated your deal.\nThey wrote: \"Sent at once; the lamp is as described.\"\n\nKringloop\n",
    )
}

/// Its service signs it.
fn ritje() -> (Mail, Signing) {
    let mail = Mail::new(
        &[
            ("From", "noreply@ritje.example"),
            ("To", "ann@post.example"),
            ("Subject", "Karim vond de rit niet goed"),
            ("Date", "Tue, 3 Mar 2026 08:00:00 +0000"),
        ],
        "Groeten, Ritje\n",
    );
    (mail, Signing::new("bounce.postbode.example", "pb").more(&t()))
}

/// All of it is HTML, in base64.
fn logeer() -> (Mail, Signing) {
    let mail = Mail::new(
        &[
            ("From", "reviews@reviews.logeer.example"),
            ("To", "ann@post.example"),
            ("Subject", "=?utf-8?q?A_new_review_of_your_stay?="),
            ("Date", "Wed, 4 Mar 2026 08:00:00 +0000"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Transfer-Encoding", "base64"),
        ],
        &STANDARD
            .encode("<html><body><p>Role: verhuurder</p><p>Score: <b>87</b> out of 100</p></body></html>"),
    );
    (mail, Signing::new("reviews.logeer.example", "l").more(&t()))
}

/// The mails and keys of `examples/evidence` are the ones of these tests.
#[test]
fn the_samples_are_what_is_signed_here() {
    let record = rsa_record();
    let key = |(domain, selector): (&str, &str)| {
        format!(
            "\n[[key]]\ndomain = \"{domain}\"\nselector = \"{selector}\"\nrecord = \"{record}\"\nfrom = \"2026-01-04T00:00:00Z\"\nuntil = \"2026-10-20T00:00:00Z\"\n"
        )
    };
    let keys = [(DOMAIN, "s1"), ("bounce.postbode.example", "pb"), ("reviews.logeer.example", "l")]
        .map(key)
        .concat();
    let keys = format!("# Keys of invented domains, and when they were seen in use.\nv = 0\n{keys}");
    KeyArchive::parse(&keys).unwrap();
    let (ritje, logeer) = (ritje(), logeer());
    for (name, text) in [
        ("mail-keys.toml", keys),
        ("kringloop.eml", signed(&kringloop(), &signing())),
        ("ritje.eml", signed(&ritje.0, &ritje.1)),
        ("logeer.eml", signed(&logeer.0, &logeer.1)),
    ] {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/evidence").join(name);
        // As they are in a checkout on any system.
        let text = text.replace("\r\n", "\n");
        if std::env::var_os("FAAM_WRITE_SAMPLES").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "FAAM_WRITE_SAMPLES=1 cargo test -p faam-evidence writes {name} anew");
    }
}

fn with(mail: &Mail, name: &str, value: &str) -> Mail {
    let mut mail = mail.clone();
    mail.headers.iter_mut().find(|(other, _)| other == name).unwrap().1 = value.to_owned();
    mail
}

fn signing() -> Signing {
    Signing::new(DOMAIN, "s1").more(&t())
}

fn signed(mail: &Mail, signing: &Signing) -> String {
    mail.with(&[signing.sign(mail)])
}

fn come(text: impl AsRef<[u8]>, given: &Given) -> Result<Statement, Reason> {
    judge(&Evidence::mail(text.as_ref()).unwrap(), given, now()).map_err(|fault| fault.reason())
}

fn refused(text: impl AsRef<[u8]>) -> Reason {
    come(text, &given()).unwrap_err()
}

//= spec/text/evidence.md#REQ-EVID-21
//= type=test
//# What a mail states MUST be read by a reader of whoever judges ([below](#readers)), from the subject and the
//# decoded text that were signed, and from nothing else
#[test]
fn a_good_mail_is_read_and_graded() {
    let mail = kringloop();
    let stated = come(signed(&mail, &signing()), &given()).unwrap();
    assert_eq!((stated.grade, stated.by.as_str()), (Grade::MailSigned, DOMAIN));
    assert_eq!(stated.market.as_ref().unwrap().as_str(), "kringloop");
    assert_eq!(
        (stated.to.as_deref(), stated.issued),
        (Some("ann@post.example"), Some(time("2026-03-02T10:15:00Z")))
    );
    assert!(stated.caveats.is_empty());
    let rating = &stated.ratings[0];
    assert_eq!((rating.value, rating.normal, rating.role.as_str()), (4, 750, "seller"));
    assert_eq!(rating.day.unwrap().to_string(), "2026-03-02");
    assert_eq!(rating.comment.as_deref(), Some("Sent at once; the lamp is as described."));
    // The same in every form, algorithm and way to write lines.
    for canonical in ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"] {
        for (algorithm, selector) in [("rsa-sha256", "s1"), ("rsa-sha256", "old"), ("ed25519-sha256", "ed")] {
            let mut signing = Signing::new(DOMAIN, selector).more(&t());
            (signing.canonical, signing.algorithm) = (canonical, algorithm);
            let text = signed(&mail, &signing);
            assert!(come(&text, &given()).is_ok(), "{canonical} {selector}");
            assert!(come(text.replace("\r\n", "\n"), &given()).is_ok(), "{canonical} {selector} LF");
        }
    }
    // Without `t`, the date that is signed counts.
    let dated = come(signed(&mail, &Signing::new(DOMAIN, "s1")), &given()).unwrap();
    assert_eq!(dated.issued, Some(time("2026-03-02T10:15:00Z")));
    // Relaxed form stands what mail programs do on the way.
    let text = signed(&mail, &signing())
        .replace("Subject: Bob", "Subject:   Bob")
        .replace("rated your", "rated  your");
    assert!(come(text, &given()).is_ok());
}

#[test]
fn words_services_and_html_are_read() {
    let (ritje, by_service) = ritje();
    let stated = come(signed(&ritje, &by_service), &given()).unwrap();
    let rating = &stated.ratings[0];
    assert_eq!(
        (stated.by.as_str(), rating.value, rating.rater.as_deref()),
        ("bounce.postbode.example", 0, Some("Karim"))
    );
    assert!(come(signed(&ritje, &Signing::new("ritje.example", "r").more(&t())), &given()).is_ok());
    // The service signs for Ritje, and for nobody else whose mail it might carry.
    assert_eq!(refused(signed(&kringloop(), &by_service)), Reason::MailSignatureDomain);

    let (logeer, signing) = logeer();
    let stated = come(signed(&logeer, &signing), &given()).unwrap();
    assert_eq!((stated.ratings[0].value, stated.ratings[0].role.as_str()), (87, "host"));
}

//= spec/text/evidence.md#REQ-EVID-12
//= type=test
//# A signature with the tag `l` MUST be refused, whatever its value: text can be put after what it covers
#[test]
fn a91_a_signature_of_a_part_of_the_text_is_no_evidence() {
    let mail = kringloop();
    for l in ["l=10; ", "l=0; ", "l=100000; "] {
        let text = signed(&mail, &signing().more(&format!("{}{l}", t())));
        assert_eq!(refused(text), Reason::MailSignatureLength, "{l}");
    }
}

//= spec/text/evidence.md#REQ-EVID-13
//= type=test
//# `h` MUST name `From`, `To`, `Subject` and `Date`, and those of `Content-Type`, `Content-Transfer-Encoding` and
//# `MIME-Version` that the mail has
#[test]
fn a91_headers_that_are_not_signed_carry_nothing() {
    let mail = kringloop();
    let all = signing().covers;
    for left_out in &all {
        let covers: Vec<&str> = all.iter().filter(|name| *name != left_out).map(String::as_str).collect();
        assert_eq!(
            refused(signed(&mail, &signing().covering(&covers))),
            Reason::MailHeaderUnsigned,
            "{left_out}"
        );
    }
    // What the mail does not have need not be named.
    let mut plain = mail.clone();
    plain.headers.retain(|(name, _)| !name.starts_with("Content") && name != "MIME-Version");
    assert!(come(signed(&plain, &signing().covering(&["from", "to", "subject", "date"])), &given()).is_ok());
    // Naming it although it is not there forbids adding it.
    let text = signed(&plain, &signing()).replace("Date:", "Content-Type: text/html\r\nDate:");
    assert_eq!(refused(text), Reason::InvalidSignature);
}

//= spec/text/evidence.md#REQ-EVID-9
//= type=test
//# `From`, `To`, `Subject` and `Date` MUST each stand once, and `Content-Type`, `Content-Transfer-Encoding` and
//# `MIME-Version` at most once
#[test]
fn a91_a_header_that_stands_twice_is_refused() {
    let good = signed(&kringloop(), &signing());
    for header in [
        "From: Kringloop <ratings@mail.kringloop.example>",
        "Subject: Bob gave you 5 of 5 stars as seller",
        "sUBJECT: Bob gave you 5 of 5 stars as seller",
        "To: ann@post.example",
        "Date: Mon, 2 Mar 2026 11:15:00 +0100",
        "Content-Type: text/html",
        "MIME-Version: 1.0",
    ] {
        assert_eq!(refused(format!("{header}\r\n{good}")), Reason::MailHeaderRepeated, "{header}");
        let below = good.replacen("\r\n\r\n", &format!("\r\n{header}\r\n\r\n"), 1);
        assert_eq!(refused(below), Reason::MailHeaderRepeated, "{header}");
    }
    for name in ["From", "To", "Subject", "Date"] {
        let mut mail = kringloop();
        mail.headers.retain(|(other, _)| other != name);
        assert_eq!(refused(signed(&mail, &signing())), Reason::MailHeaderRepeated, "{name}");
    }
    // Two addresses in one header are two senders, or two recipients.
    for (name, value) in [
        ("From", "a@mail.kringloop.example, b@mail.kringloop.example"),
        ("From", "Kringloop: a@mail.kringloop.example;"),
        ("From", "nobody"),
        ("From", "ratings@kringloop"),
        ("From", "\"a@evil.example\"@mail.kringloop.example"),
        ("To", "ann@post.example, bob@post.example"),
        ("To", "undisclosed-recipients:;"),
    ] {
        let mail = with(&kringloop(), name, value);
        assert_eq!(refused(signed(&mail, &signing())), Reason::MailMalformed, "{value}");
    }
}

//= spec/text/evidence.md#REQ-EVID-15
//= type=test
//# `x` MUST be later than the moment of judging and than `t` (`mail.signature.expired`). `t` MUST NOT be over 60 s
//# ahead (`invalid.not_yet`).
#[test]
fn a91_an_expired_signature_is_no_evidence() {
    let mail = kringloop();
    let with = |more: &str| refused(signed(&mail, &signing().more(more)));
    let (signed_at, now) = (time("2026-03-02T10:15:00Z").seconds(), now().seconds());
    assert_eq!(with(&format!("{}x={}; ", t(), signed_at + 604_800)), Reason::MailSignatureExpired);
    assert_eq!(with(&format!("{}x={now}; ", t())), Reason::MailSignatureExpired);
    assert_eq!(with(&format!("{}x={}; ", t(), signed_at - 1)), Reason::MailSignatureExpired);
    assert_eq!(with(&format!("t={}; ", now + 61)), Reason::NotYetValid);
    assert_eq!(with(&format!("{}x=soon; ", t())), Reason::MailSignatureMalformed);
    assert_eq!(with("t=-5; "), Reason::MailSignatureMalformed);
    // One that holds for long is good, and says until when.
    let until = time("2199-01-01T00:00:00Z");
    let text = signed(&mail, &signing().more(&format!("{}x={}; ", t(), until.seconds())));
    assert_eq!(come(text, &given()).unwrap().until, Some(until));
}

//= spec/text/evidence.md#REQ-EVID-17
//= type=test
//# The key MUST stand in the archive of whoever judges, under `d` and `s` (`mail.key.unknown`); the mail and its
//# holder MUST NOT be able to bring one.
#[test]
fn a91_a_key_that_is_not_archived_is_no_evidence() {
    let mail = kringloop();
    assert_eq!(refused(signed(&mail, &Signing::new(DOMAIN, "s9").more(&t()))), Reason::MailKeyUnknown);
    let none = Given { keys: KeyArchive::default(), ..given() };
    assert_eq!(come(signed(&mail, &signing()), &none).unwrap_err(), Reason::MailKeyUnknown);
}

//= spec/text/evidence.md#REQ-EVID-14
//= type=test
//# `d` MUST be the domain of `From`, or one that the reader of the mail names as a signer for it
#[test]
fn a92_a_mail_signed_by_another_domain_is_refused() {
    let mail = kringloop();
    // A key of its own that is archived, and a good signature: and yet not the market's.
    assert_eq!(
        refused(signed(&mail, &Signing::new("evil.example", "s1").more(&t()))),
        Reason::MailSignatureDomain
    );
    // Neither the domain above nor one below.
    for domain in
        ["kringloop.example", "x.mail.kringloop.example", "example.mail.kringloop.example.evil.example"]
    {
        let text = signed(&mail, &Signing::new(domain, "s1").more(&t()));
        assert_eq!(refused(text), Reason::MailSignatureDomain, "{domain}");
    }
    // A name that looks like the market's is not its domain.
    let dressed = with(&mail, "From", "\"ratings@mail.kringloop.example\" <x@evil.example>");
    assert_eq!(refused(signed(&dressed, &signing())), Reason::MailSignatureDomain);
    assert_eq!(refused(signed(&dressed, &Signing::new("evil.example", "s1").more(&t()))), Reason::MailReader);
    // Whom the signature is for lies under its domain, and is it where the key says so.
    for (i, selector, good) in [
        ("@mail.kringloop.example", "s1", true),
        ("bot@sub.mail.kringloop.example", "s1", true),
        ("@mail.kringloop.example", "exact", true),
        ("@sub.mail.kringloop.example", "exact", false),
        ("@kringloop.example", "s1", false),
        ("@notmail.kringloop.example", "s1", false),
        ("@evil.example", "s1", false),
    ] {
        let text = signed(&mail, &Signing::new(DOMAIN, selector).more(&format!("{}i={i}; ", t())));
        let came = come(text, &given()).map(drop);
        assert_eq!(came, if good { Ok(()) } else { Err(Reason::MailSignatureDomain) }, "{i} {selector}");
    }
}

//= spec/text/evidence.md#REQ-EVID-19
//= type=test
//# A key whose `p` is empty was revoked (`mail.key.revoked`). An RSA key MUST have at least 1,024 bits and at most
//# 8,192 (`mail.key.weak`).
#[test]
fn a93_weak_and_revoked_keys_are_no_evidence() {
    let mail = kringloop();
    assert_eq!(refused(signed(&mail, &Signing::new(DOMAIN, "gone").more(&t()))), Reason::MailKeyRevoked);
    let under = |record: &str| {
        let mut given = given();
        given.keys.add(DOMAIN, "k", archived(record));
        come(signed(&mail, &Signing::new(DOMAIN, "k").more(&t())), &given).unwrap_err()
    };
    let rsa_512 = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALQwvOa5+K5AvVvl9AbqfvaphEfi8QWEQdZdMWYpLgJnT7+3YnG7j0TUnNN5g9oETE/PXi33TO5rupsSdyQFfcECAwEAAQ==";
    let rsa_1016 = "MIGeMA0GCSqGSIb3DQEBAQUAA4GMADCBiAKBgAC0nYLD3+YS/xx6+BCNWS7QJDwJE0XZ8YA4Qf796deGDyAh+x0uiMHlVSlZzNehb4BGvXZ/KS2vEAAY3i9yo+GKAe+LgWilDQ4JfASTuXlUiRKec1Iot63VIGt1P+ngbW0HV6KyurvxUoYfe5H/yI7oIhv5ATvwhlEW96OVJtTLAgMBAAE=";
    let rsa_1024 = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0qPhlwqK9nMmR81FCIBigzC7SbYyKyV43qxMgHJSrkwELIjpWyAcpWmImEZ/0egEoYrio63YiVt7H34VHpj/AZq+yW3IBEEPRUGcsXzCK2tUNFZFob4ou0od/+WAuQgc05JDprdgGAeMHOrPs1kLzK/D8sZj+bUN8uL/Odlu4QQIDAQAB";
    // A modulus of 16,384 bits costs too much to compute with.
    let mut huge = vec![0x30, 0x82, 0x08, 0x0a, 0x02, 0x82, 0x08, 0x01, 0x00];
    huge.extend([0xff; 2048]);
    huge.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    for (record, reason) in [
        (format!("v=DKIM1; p={rsa_512}"), Reason::MailKeyWeak),
        (format!("v=DKIM1; p={rsa_1016}"), Reason::MailKeyWeak),
        // Long enough, and another's: so it is the signature that is wrong.
        (format!("v=DKIM1; p={rsa_1024}"), Reason::InvalidSignature),
        (format!("v=DKIM1; p={}", STANDARD.encode(&huge)), Reason::MailKeyWeak),
        ("v=DKIM1; p=AAAA".to_owned(), Reason::MailKeyWeak),
        ("v=DKIM1; p=no base64!".to_owned(), Reason::MailKeyWeak),
        ("v=DKIM1; k=rsa".to_owned(), Reason::MailKeyWeak),
        ("v=DKIM1; k=rsa; k=rsa; p=AAAA".to_owned(), Reason::MailKeyWeak),
        (format!("v=DKIM2; p={RSA_PUBLIC}"), Reason::MailKeyWeak),
        (format!("k=rsa; v=DKIM1; p={RSA_PUBLIC}"), Reason::MailKeyWeak),
        (String::new(), Reason::MailKeyWeak),
        (format!("v=DKIM1; h=sha1; p={RSA_PUBLIC}"), Reason::UnsupportedAlgorithm),
        (format!("v=DKIM1; s=tlsrpt; p={RSA_PUBLIC}"), Reason::UnsupportedAlgorithm),
        (format!("v=DKIM1; k=ed448; p={RSA_PUBLIC}"), Reason::UnsupportedAlgorithm),
        (format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode([7; 32])), Reason::UnsupportedAlgorithm),
        (format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode([7; 31])), Reason::MailKeyWeak),
    ] {
        assert_eq!(under(&record), reason, "{record:.60}");
    }
}

//= spec/text/evidence.md#REQ-EVID-18
//= type=test
//# The moment of signing (`t`, else the `Date` that is signed) MUST lie within the time in which the archive saw
//# the key in use (`mail.key.time`).
#[test]
fn a93_a_key_counts_for_the_time_in_which_it_was_seen() {
    let mail = kringloop();
    let at = |text: &str| {
        let signing = signing().more(&format!("t={}; ", time(text).seconds()));
        come(signed(&mail, &signing), &given()).map(drop)
    };
    assert_eq!(at("2026-01-03T23:59:59Z"), Err(Reason::MailKeyTime));
    assert_eq!(at("2026-01-04T00:00:00Z"), Ok(()));
    assert_eq!(at("2026-10-20T00:00:00Z"), Ok(()));
    assert_eq!(at("2026-10-20T00:00:01Z"), Err(Reason::MailKeyTime));
    let old = with(&mail, "Date", "Mon, 2 Mar 2020 11:15:00 +0100");
    assert_eq!(refused(signed(&old, &Signing::new(DOMAIN, "s1"))), Reason::MailKeyTime);
    let none = with(&mail, "Date", "some day");
    assert_eq!(refused(signed(&none, &Signing::new(DOMAIN, "s1"))), Reason::MailMalformed);
    // A selector that was given to another key: each counts for its own time.
    let mut given = given();
    let (from, until) = (time("2024-01-01T00:00:00Z"), time("2024-12-31T00:00:00Z"));
    given.keys.add(DOMAIN, "s1", ArchivedKey { record: "v=DKIM1; p=".to_owned(), from, until });
    assert!(come(signed(&mail, &signing()), &given).is_ok());
}

//= spec/text/evidence.md#REQ-EVID-20
//= type=test
//# The address in `To` MUST be one that whoever judges knows to be the holder's, where they know any
#[test]
fn a93_a_mail_to_somebody_else_is_no_evidence() {
    let foreign = with(&kringloop(), "To", "Bob <bob@post.example>");
    assert_eq!(refused(signed(&foreign, &signing())), Reason::MailRecipient);
    let dressed = with(&kringloop(), "To", "\"ann@post.example\" <bob@post.example>");
    assert_eq!(refused(signed(&dressed, &signing())), Reason::MailRecipient);
    // Whoever knows no address is told that nothing was compared.
    let stranger = Given { mine: Vec::new(), ..given() };
    assert_eq!(come(signed(&foreign, &signing()), &stranger).unwrap().caveats, [Caveat::Recipient]);
}

//= spec/text/evidence.md#REQ-EVID-16
//= type=test
//# The body MUST be the one whose hash is `bh` (`mail.body`), and `b` MUST verify under the key
#[test]
fn a91_what_was_changed_after_signing_is_refused() {
    let text = signed(&kringloop(), &signing());
    for (what, by, reason) in [
        ("4 of 5 stars", "5 of 5 stars", Reason::InvalidSignature),
        ("as seller", "as buyer", Reason::InvalidSignature),
        ("To: Ann <", "To: Bob <", Reason::InvalidSignature),
        ("2 Mar 2026 11:15", "2 Mar 2026 11:16", Reason::InvalidSignature),
        ("8bit", "7bit", Reason::InvalidSignature),
        ("t=1772446500", "t=1772446501", Reason::InvalidSignature),
        ("as described", "as described?", Reason::MailBody),
        ("\r\n\r\nDear", "\r\n\r\n\r\nDear", Reason::MailBody),
        ("\r\nKringloop\r\n", "\r\nKringloop\r\n5 of 5\r\n", Reason::MailBody),
    ] {
        assert!(text.contains(what), "{what}");
        assert_eq!(refused(text.replacen(what, by, 1)), reason, "{what}");
    }
    // A body of its own hash, and the old signature over the old hash.
    let mut other = kringloop();
    other.body = other.body.replace("as described", "perfect");
    let hash = |text: &str| text.split("bh=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let forged =
        other.with(&[signing().sign(&kringloop()).replace(&hash(&text), &hash(&signed(&other, &signing())))]);
    assert_eq!(refused(forged), Reason::InvalidSignature);
    // Another key of the same length.
    let mut ed = Signing::new(DOMAIN, "ed").more(&t());
    ed.algorithm = "ed25519-sha256";
    let wrong = signed(&kringloop(), &ed).replace("s=ed;", "s=s1;");
    assert_eq!(refused(wrong), Reason::UnsupportedAlgorithm);
}

//= spec/text/evidence.md#REQ-EVID-11
//= type=test
//# Its tags MUST be a list by RFC 6376 in which no name stands twice, with `v=1`, `a`, `b`, `bh`, `d`, `h` and `s`
#[test]
fn a91_a_signature_is_read_in_one_way() {
    let text = signed(&kringloop(), &signing());
    for (what, by) in [
        ("d=mail", "d=evil.example; d=mail"),
        ("v=1;", "v=2;"),
        ("v=1;", ""),
        ("v=1;", "v=1; ;"),
        ("h=from", "H=from"),
        ("h=from", "h=x; h=from"),
        ("; bh=", "; bh=; x-bh="),
        ("s=s1;", "s=;"),
        ("s=s1;", "s=a b;"),
        ("d=mail.kringloop.example", "d=localhost"),
        ("c=relaxed/relaxed;", "c=relaxed/relaxed; q=dns/other;"),
        ("c=relaxed/relaxed;", "c=relaxed/relaxed; junk;"),
        ("c=relaxed/relaxed;", "c=plain;"),
    ] {
        assert!(text.contains(what), "{what}");
        assert_eq!(refused(text.replacen(what, by, 1)), Reason::MailSignatureMalformed, "{what} -> {by}");
    }
    for algorithm in ["rsa-sha1", "none", "ed25519-sha512", "rsa-sha256x"] {
        let changed = text.replacen("a=rsa-sha256", &format!("a={algorithm}"), 1);
        assert_eq!(refused(changed), Reason::UnsupportedAlgorithm, "{algorithm}");
    }
}

//= spec/text/evidence.md#REQ-EVID-10
//= type=test
//# One that is good in every respect is enough; if none is, the mail MUST be refused with the code of the one that
//# came furthest.
#[test]
fn one_good_signature_is_enough_and_the_nearest_miss_is_told() {
    let mail = kringloop();
    let good = signing().sign(&mail);
    let evil = Signing::new("evil.example", "s1").more(&t()).sign(&mail);
    let short = signing().more(&format!("{}l=5; ", t())).sign(&mail);
    assert!(come(mail.with(&[evil.clone(), short.clone(), good.clone()]), &given()).is_ok());
    assert!(come(mail.with(&[good, evil.clone()]), &given()).is_ok());
    assert_eq!(refused(mail.with(&[short.clone(), evil.clone()])), Reason::MailSignatureDomain);
    assert_eq!(refused(mail.with(&[evil, short])), Reason::MailSignatureDomain);
    assert_eq!(refused(mail.with(&[])), Reason::MailSignatureMissing);
    // The ninth is not looked at.
    let bad = signing().more(&format!("{}l=5; ", t())).sign(&mail);
    let many = [vec![bad; 8], vec![signing().sign(&mail)]].concat();
    assert_eq!(refused(mail.with(&many)), Reason::MailSignatureLength);
}

//= spec/text/evidence.md#REQ-EVID-8
//= type=test
//# a CR that stands elsewhere, a NUL, a header line without a name, no empty line after the headers, over 65,536
//# bytes of headers, over 200 of them, or one over 16,384 bytes MUST be refused
#[test]
fn a91_forms_that_can_be_read_in_two_ways_are_refused() {
    let text = signed(&kringloop(), &signing());
    let at_top = |line: &str| format!("{line}\r\n{text}");
    let padding = "x".repeat(10_000);
    for (why, changed) in [
        ("a CR in the text", text.replacen("Dear", "Dear\r", 1)),
        ("a CR in a header", text.replacen("Bob gave", "Bob\rgave", 1)),
        ("mixed line ends", text.replacen("Dear Ann,\r\n", "Dear Ann,\n", 1)),
        ("a NUL", text.replacen("Dear", "D\0ear", 1)),
        ("a line without a name", at_top("hello")),
        ("a name with a space", at_top("Subject : 5 of 5")),
        ("an empty name", at_top(": x")),
        ("a folded line first", at_top(" x: y")),
        ("a line of white space", text.replacen("Date:", "X: y\r\n \t\r\nDate:", 1)),
        ("a control character", at_top("X: \u{1b}[2J")),
        ("mbox", at_top("From ratings Mon Mar  2 10:15:00 2026")),
        ("a long header", at_top(&format!("X: {}", "x".repeat(16_384)))),
        ("a long header, folded", at_top(&format!("X: {padding}\r\n {padding}"))),
        ("long headers", (0..7).fold(text.clone(), |text, _| format!("X: {padding}\r\n{text}"))),
        ("many headers", "X: y\r\n".repeat(200) + &text),
    ] {
        assert_eq!(refused(changed), Reason::MailMalformed, "{why}");
    }
    assert_eq!(refused("From: a@b.example\r\n"), Reason::MailMalformed);
    assert_eq!(refused(""), Reason::MailMalformed);
    assert_eq!(refused("\r\n\r\n"), Reason::MailMalformed);
    let large = format!("{text}{}", "x".repeat(faam_spec::limits::MAX_MAIL_BYTES));
    assert_eq!(Evidence::mail(large.as_bytes()).unwrap_err().reason(), Reason::TooLarge);
}

//= spec/text/evidence.md#REQ-EVID-23
//= type=test
//# Both patterns MUST match for a reader to know a mail. A value MUST lie on the scale, else the mail is no
//# evidence
#[test]
fn a_mail_that_no_reader_knows_states_nothing() {
    let mail = kringloop();
    for (name, value) in
        [("Subject", "Your parcel has arrived"), ("Subject", "Bob gave you 6 of 5 stars as seller")]
    {
        assert_eq!(refused(signed(&with(&mail, name, value), &signing())), Reason::MailReader, "{value}");
    }
    let mut silent = mail.clone();
    silent.body = "Dear Ann,\r\n".to_owned();
    assert_eq!(refused(signed(&silent, &signing())), Reason::MailReader);
    let none = Given { readers: Vec::new(), ..given() };
    assert_eq!(come(signed(&mail, &signing()), &none).unwrap_err(), Reason::MailReader);
    let scale = KRINGLOOP.replace("1..5", "1..3");
    let narrow = Given { readers: vec![Reader::parse(&scale).unwrap()], ..given() };
    assert_eq!(come(signed(&mail, &signing()), &narrow).unwrap_err(), Reason::MailReader);
}

/// The library that verifies also signs: what it signs is taken too.
#[test]
fn a_mail_that_the_library_signs_is_read() {
    use mail_auth::common::crypto::{RsaKey, Sha256};
    use mail_auth::common::headers::HeaderWriter as _;
    use mail_auth::dkim::DkimSigner;
    let der = include_bytes!("rsa-2048.pk8.der").to_vec();
    let key = RsaKey::<Sha256>::from_key_der(rustls_pki_types::PrivateKeyDer::Pkcs8(der.into())).unwrap();
    let mail = kringloop();
    let names = mail.headers.iter().map(|(name, _)| name.clone()).filter(|name| name != "Received");
    let signer = DkimSigner::from_key(key).domain(DOMAIN).selector("s1").headers(names.collect::<Vec<_>>());
    let header = signer.sign(mail.with(&[]).as_bytes()).unwrap().to_header();
    let mut given = given();
    // It signs as of this machine's clock.
    let (from, until) = (time("2020-01-01T00:00:00Z"), time("2190-01-01T00:00:00Z"));
    given.keys.add(DOMAIN, "s1", ArchivedKey { record: rsa_record(), from, until });
    let evidence = Evidence::mail(format!("{header}{}", mail.with(&[])).as_bytes()).unwrap();
    let stated = judge(&evidence, &given, time("2190-01-01T00:00:00Z")).unwrap();
    assert_eq!(stated.ratings[0].value, 4);
}
