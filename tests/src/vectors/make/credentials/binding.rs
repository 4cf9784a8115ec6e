//! Key bindings, REQ-CRED-25 to REQ-CRED-32.

use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use serde_json::{Value, json};

use super::super::fixtures_signed::{
    NONCE, Signed, audience, did, holder, issuer, jwk, jws_of, rating, reading, sha256, standing, stranger,
    verifier, written,
};
use super::super::{Cases, NOW};

/// What is presented, to the verifier that asked for it.
fn shown(text: &str) -> Value {
    asked(text, NONCE)
}

fn asked(text: &str, nonce: &str) -> Value {
    json!({"operation": "key_binding", "text": text, "audience": audience(), "nonce": nonce})
}

fn as_standing(text: &str) -> Value {
    let mut input = shown(text);
    input["credential"] = json!("standing");
    input
}

/// Bound as it should be, but for a claim.
fn but(it: &Signed, name: &str, value: Value) -> String {
    let mut claims = it.binding();
    claims[name] = value;
    it.bound(&holder(), &claims)
}

/// Bound with another header.
fn headed(it: &Signed, key: &SigningKey, header: Value) -> String {
    format!("{}{}", it.text(), jws_of(&written(&header), &written(&it.binding()), key))
}

pub(super) fn cases(cases: &mut Cases) {
    missing(cases);
    signature(cases);
    audiences(cases);
    nonces(cases);
    hashes(cases);
    times(cases);
    issued(cases);
}

fn missing(cases: &mut Cases) {
    let req = "REQ-CRED-25";
    let it = rating().showing(&["day", "comment"]);
    let good = it.bound(&holder(), &it.binding());
    cases.accept(req, "bound", "A rating with two parts, bound to the request.", shown(&good));
    let bare = rating().showing(&[]);
    cases.accept(
        req,
        "bound-bare",
        "A rating without parts, bound to the request.",
        shown(&bare.bound(&holder(), &bare.binding())),
    );
    let standing = standing();
    let description = "A standing, bound to the request.";
    cases.accept(
        req,
        "bound-standing",
        description,
        as_standing(&standing.bound(&holder(), &standing.binding())),
    );
    let mut more = it.binding();
    more["v"] = json!(7);
    more["transaction"] = json!({"amount": 12});
    let description = "A key binding with claims that nobody reads.";
    cases.accept(req, "bound-more", description, shown(&it.bound(&holder(), &more)));
    for (id, description, input) in [
        ("rating", "A rating without key binding.", shown(&it.text())),
        ("bare", "A rating without disclosures and key binding.", shown(&bare.text())),
        ("standing", "A standing without key binding.", as_standing(&standing.text())),
        ("all", "A rating with all its parts and without key binding.", shown(&rating().text())),
    ] {
        cases
            .refuse(req, &format!("unbound-{id}"), "invalid.key_binding.missing", description, input)
            .attack("A14");
    }
}

fn signature(cases: &mut Cases) {
    let req = "REQ-CRED-26";
    let it = rating().showing(&["day"]);
    let plain = json!({"alg": "EdDSA", "typ": "kb+jwt"});
    let named = json!({"alg": "EdDSA", "typ": "kb+jwt", "kid": "x", "jwk": jwk(&stranger())});
    let description = "A key binding whose header names other keys, which are ignored.";
    cases
        .accept(req, "signed-named", description, shown(&headed(&it, &holder(), named.clone())))
        .attack("A03");
    let second = SigningKey::from_seed(&[22; 32]);
    let good = it.bound(&holder(), &it.binding());
    let (text, kb) = good.rsplit_once('~').unwrap();
    let parts: Vec<&str> = kb.split('.').collect();
    let mut later = it.binding();
    later["iat"] = json!(NOW + 30);
    let resealed = format!("{text}~{}.{}.{}", parts[0], b64(written(&later)), parts[2]);
    let first = if parts[2].starts_with('A') { "B" } else { "A" };
    let flipped = format!("{text}~{}.{}.{first}{}", parts[0], parts[1], &parts[2][1..]);
    for (id, attack, description, text) in [
        ("second", "A15", "Another key of the same person signed.", headed(&it, &second, plain.clone())),
        ("issuer", "A15", "The issuer signed.", headed(&it, &issuer(), plain.clone())),
        ("verifier", "A15", "The verifier signed.", headed(&it, &verifier(), plain)),
        (
            "jwk",
            "A03",
            "A stranger signed, and brings the key in the header.",
            headed(&it, &stranger(), named),
        ),
        ("claims", "A02", "The claims were changed after they were signed.", resealed),
        ("flipped", "A02", "The signature was changed.", flipped),
    ] {
        let input = shown(&text);
        cases
            .refuse(req, &format!("signed-{id}"), "invalid.key_binding.signature", description, input)
            .attack(attack);
    }
}

fn audiences(cases: &mut Cases) {
    let req = "REQ-CRED-27";
    let it = rating().showing(&["day"]);
    let aud = audience();
    for (id, description, value) in [
        ("other", "Another verifier.", did(&stranger()).client_id()),
        ("bare", "The verifier's DID without prefix.", did(&verifier()).to_string()),
        ("cut", "The audience without its last character.", aud[..aud.len() - 1].to_owned()),
        ("more", "The audience with a character more.", format!("{aud}a")),
        ("slash", "The audience with a slash behind it.", format!("{aud}/")),
        ("upper", "The audience in capitals.", aud.to_uppercase()),
        ("lower", "The audience in lower case.", aud.to_lowercase()),
        ("prefix", "Another prefix.", aud.replacen("decentralized_identifier", "did", 1)),
        ("space", "A space before the audience.", format!(" {aud}")),
        ("self", "The audience of the request itself.", "https://self-issued.me/v2".to_owned()),
        ("empty", "An empty audience.", String::new()),
    ] {
        let input = shown(&but(&it, "aud", json!(value)));
        cases
            .refuse(req, &format!("aud-{id}"), "invalid.key_binding.audience", description, input)
            .attack("A17");
    }
}

fn nonces(cases: &mut Cases) {
    let req = "REQ-CRED-28";
    let it = rating().showing(&["day"]);
    for (id, description, value) in [
        ("other", "The nonce of another request.", "q0Xn3v7aB2kLrT5z".to_owned()),
        ("empty", "An empty nonce.", String::new()),
        ("cut", "The nonce without its last character.", NONCE[..15].to_owned()),
        ("more", "The nonce twice.", NONCE.repeat(2)),
        ("case", "The nonce in lower case.", NONCE.to_lowercase()),
        ("space", "A space behind the nonce.", format!("{NONCE} ")),
    ] {
        let input = shown(&but(&it, "nonce", json!(value)));
        cases
            .refuse(req, &format!("nonce-{id}"), "invalid.key_binding.nonce", description, input)
            .attack("A17");
    }
    let description = "An empty nonce, and a request whose nonce is empty too.";
    let input = asked(&but(&it, "nonce", json!("")), "");
    cases.refuse(req, "nonce-both-empty", "invalid.key_binding.nonce", description, input).attack("A17");
    let old = it.bound(&holder(), &it.binding());
    let description = "A key binding that was made for an earlier request of the same verifier.";
    cases
        .refuse(
            req,
            "nonce-reused",
            "invalid.key_binding.nonce",
            description,
            asked(&old, "zzzzzzzzzzzzzzzz"),
        )
        .attack("A17");
}

fn hashes(cases: &mut Cases) {
    let req = "REQ-CRED-29";
    let it = rating().showing(&["day", "comment"]);
    let good = it.bound(&holder(), &it.binding());
    let parts: Vec<&str> = good.split('~').collect();
    let [jwt, day, comment, kb] = parts.as_slice() else { panic!("two disclosures are shown") };
    let rating = rating();
    let rater = &rating.disclosures[1];
    let hash = |text: &str| json!(b64(sha256(text)));
    let text = it.text();
    let without = text.strip_suffix('~').unwrap();
    let bytes = sha256(&text);
    for (id, description, text) in [
        ("fewer", "A disclosure was taken out after the binding was made.", format!("{jwt}~{day}~{kb}")),
        ("none", "All disclosures were taken out after the binding was made.", format!("{jwt}~{kb}")),
        (
            "more",
            "A disclosure was put in after the binding was made.",
            format!("{jwt}~{day}~{comment}~{rater}~{kb}"),
        ),
        (
            "order",
            "Two disclosures changed places after the binding was made.",
            format!("{jwt}~{comment}~{day}~{kb}"),
        ),
        ("other", "One disclosure was put in another's place.", format!("{jwt}~{day}~{rater}~{kb}")),
        ("jwt", "The hash of the JWT alone.", but(&it, "sd_hash", hash(jwt))),
        ("tilde", "The hash without the last `~`.", but(&it, "sd_hash", hash(without))),
        ("empty", "The hash of nothing.", but(&it, "sd_hash", hash(""))),
        ("padded", "The hash with padding.", but(&it, "sd_hash", json!(format!("{}=", b64(bytes))))),
        (
            "multibase",
            "The hash with the multibase prefix.",
            but(&it, "sd_hash", json!(faam_spec::encoding::multi(bytes))),
        ),
        (
            "hex",
            "The hash in hexadecimal.",
            but(&it, "sd_hash", json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())),
        ),
        ("blank", "No hash.", but(&it, "sd_hash", json!(""))),
    ] {
        let input = shown(&text);
        cases
            .refuse(req, &format!("hash-{id}"), "invalid.key_binding.sd_hash", description, input)
            .attack("A16");
    }
    let other =
        rating.with(|it| it.payload["status"]["status_list"]["idx"] = json!(8)).showing(&["day", "comment"]);
    let moved = format!("{}{kb}", other.text());
    let description = "The binding of one credential stands behind another of the same holder.";
    cases.refuse(req, "hash-moved", "invalid.key_binding.sd_hash", description, shown(&moved)).attack("A16");
}

fn times(cases: &mut Cases) {
    let it = rating().showing(&["day"]);
    let at = |seconds: i64| shown(&but(&it, "iat", json!(NOW + seconds)));
    let req = "REQ-CRED-30";
    cases.accept(req, "age-300", "A key binding of exactly 300 seconds.", at(-300)).attack("A18");
    for (id, description, seconds) in [
        ("301", "A key binding of 301 seconds.", -301),
        ("hour", "A key binding of an hour.", -3600),
        ("year", "A key binding of a year.", -31_536_000),
        ("1970", "A key binding of 1970.", -NOW),
    ] {
        cases
            .refuse(req, &format!("age-{id}"), "invalid.key_binding.stale", description, at(seconds))
            .attack("A18");
    }
    let req = "REQ-CRED-31";
    cases.accept(req, "ahead-60", "A key binding of exactly 60 seconds from now.", at(60)).attack("A18");
    for (id, description, seconds) in [
        ("61", "A key binding of 61 seconds from now.", 61),
        ("hour", "A key binding of an hour from now.", 3600),
        ("end", "A key binding of the last second that there is.", 253_402_300_799 - NOW),
    ] {
        cases
            .refuse(req, &format!("ahead-{id}"), "invalid.key_binding.future", description, at(seconds))
            .attack("A18");
    }
    for (id, req, code, description, name, value) in [
        ("expired", "REQ-CRED-30", "invalid.key_binding.stale", "It expires this very second.", "exp", NOW),
        ("expired-long", "REQ-CRED-30", "invalid.key_binding.stale", "It expired in 1970.", "exp", 1),
        (
            "not-before",
            "REQ-CRED-31",
            "invalid.key_binding.future",
            "It is not valid for 61 seconds.",
            "nbf",
            NOW + 61,
        ),
    ] {
        let input = shown(&but(&it, name, json!(value)));
        cases.refuse(req, id, code, description, input).attack("A18");
    }
    let mut dates = it.binding();
    dates["exp"] = json!(NOW + 1);
    dates["nbf"] = json!(NOW + 60);
    let description = "It is valid for one more second, and from a minute on.";
    cases.accept("REQ-CRED-31", "dates", description, shown(&it.bound(&holder(), &dates)));
}

fn issued(cases: &mut Cases) {
    let req = "REQ-CRED-32";
    let rating = rating();
    let standing = standing();
    let behind = |it: &Signed, what: &str| format!("{}{what}", it.text());
    for (id, description, input) in [
        ("rating", "A rating that is issued with a key binding that is in order.", {
            reading("rating", rating.bound(&holder(), &rating.binding()))
        }),
        ("standing", "A standing that is issued with a key binding that is in order.", {
            reading("standing", standing.bound(&holder(), &standing.binding()))
        }),
        ("issuer", "A rating that is issued with a key binding of the issuer's.", {
            reading("rating", rating.bound(&issuer(), &rating.binding()))
        }),
        ("junk", "Something stands behind the last `~`.", reading("rating", behind(&rating, "x"))),
        (
            "disclosure",
            "The `~` behind the last disclosure is missing, so that it stands in the place of a key binding.",
            { reading("rating", rating.text().strip_suffix('~').unwrap()) },
        ),
    ] {
        cases
            .refuse(req, &format!("issued-{id}"), "invalid.key_binding.present", description, input)
            .attack("A19");
    }
}
