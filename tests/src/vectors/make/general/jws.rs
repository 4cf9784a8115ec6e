//! JWS, REQ-GEN-12 and REQ-GEN-16 to REQ-GEN-21.

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::super::fixtures_signed::{
    Signed, folded, holder, issuer, jwk, jws_of, rating, reading, record, request, sha256, standing,
    stranger, written,
};
use super::Cases;

fn read(text: impl Into<Value>) -> Value {
    reading("epoch_record", text)
}

pub(super) fn cases(cases: &mut Cases) {
    received(cases);
    parts(cases);
    algorithm(cases);
    header(cases);
}

fn received(cases: &mut Cases) {
    let req = "REQ-GEN-12";
    let record = record();
    let (header, payload) = (written(&record.header), written(&record.payload));
    let spaced = payload.replace(',', ", ").replace(':', ": ").replace("did: key: ", "did:key:");
    let signature = |text: &str| text.rsplit_once('.').unwrap().1.to_owned();
    let put = |header: &str, payload: &str, signature: &str| {
        format!("{}.{}.{signature}", b64(header), b64(payload))
    };
    let text = jws_of(&header, &spaced, &record.key);
    cases.accept(req, "received", "A payload with white space, signed with it.", read(text.as_str()));
    let turned = format!(r#"{{"typ":"faam-epoch+jwt","alg":"EdDSA","kid":{}}}"#, record.header["kid"]);
    let turned_text = jws_of(&turned, &payload, &record.key);
    cases.accept(
        req,
        "received-header",
        "A header in another order of members, signed so.",
        read(turned_text.as_str()),
    );
    let escaped = payload.replace("alpha", r"\u0061lpha");
    let escaped_text = jws_of(&header, &escaped, &record.key);
    cases.accept(
        req,
        "received-as-escape",
        "A payload with an escape that it does not need, signed with it.",
        read(escaped_text.as_str()),
    );
    let bad = [
        (
            "spaces",
            "The payload's white space was taken out after it was signed.",
            put(&header, &payload, &signature(&text)),
        ),
        (
            "spaced",
            "White space was put into the payload after it was signed.",
            put(&header, &spaced, &signature(&record.jws())),
        ),
        (
            "order",
            "The header's members were put in order after it was signed.",
            put(&header, &payload, &signature(&turned_text)),
        ),
        (
            "escape",
            "The payload's escape was taken out after it was signed.",
            put(&header, &payload, &signature(&escaped_text)),
        ),
        (
            "feed",
            "A line feed was put behind the payload after it was signed.",
            put(&header, &format!("{payload}\n"), &signature(&record.jws())),
        ),
        ("digests", "Only the hash of header and payload was signed.", {
            let signed = format!("{}.{}", b64(&header), b64(&payload));
            format!("{signed}.{}", b64(record.key.sign(&sha256(&signed)).to_bytes()))
        }),
        ("decoded", "What was signed are the decoded header and payload.", {
            let signed = record.key.sign(format!("{header}.{payload}").as_bytes());
            put(&header, &payload, &b64(signed.to_bytes()))
        }),
    ];
    for (id, description, text) in bad {
        cases
            .refuse(req, &format!("received-{id}"), "invalid.signature", description, read(text))
            .attack("A02");
    }
}

fn parts(cases: &mut Cases) {
    let req = "REQ-GEN-16";
    let text = record().jws();
    cases.accept(req, "parts", "A JWS of three parts.", read(text.as_str()));
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let bytes = faam_spec::encoding::unb64(signature, "signature").unwrap();
    let sized = |bytes: &[u8]| format!("{signed}.{}", b64(bytes));
    let bad = [
        ("one", "One part.", signed.replace('.', "")),
        ("two", "The signature and its full stop are missing.", signed.to_owned()),
        ("four", "A fourth part, which is empty.", format!("{text}.")),
        ("five", "Five parts, as an encrypted object has.", format!("{signed}.{text}")),
        ("first", "A part before the header, which is empty.", format!(".{text}")),
        ("removed", "The signature is empty.", format!("{signed}.")),
        ("short", "A signature of 63 bytes.", sized(&bytes[..63])),
        ("long", "A signature of 65 bytes.", sized(&[bytes.as_slice(), &[0]].concat())),
        ("twice", "The signature twice.", sized(&[bytes.as_slice(), &bytes].concat())),
        ("empty", "Nothing at all.", String::new()),
    ];
    for (id, description, text) in bad {
        let case = cases.refuse(req, &format!("parts-{id}"), "malformed.jws", description, read(text));
        if matches!(id, "two" | "removed" | "short") {
            case.attack("A02");
        }
    }
    let rating = rating().showing(&[]).text();
    let (jwt, _) = rating.split_once('~').unwrap();
    let removed = format!("{}.~", jwt.rsplit_once('.').unwrap().0);
    let description = "A rating whose signature was removed.";
    cases.refuse(req, "parts-rating", "malformed.jws", description, reading("rating", removed)).attack("A02");
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let pad = |with: u8| (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    sha256([pad(0x5c), sha256([pad(0x36), message.to_vec()].concat()).to_vec()].concat())
}

fn algorithm(cases: &mut Cases) {
    let req = "REQ-GEN-17";
    assert_eq!(
        b64(hmac(b"key", b"The quick brown fox jumps over the lazy dog")),
        "97yD9DBThCSxMpjmqm-xQ-9NWaFJRhdZl0edvC0aPNg"
    );
    let record = record();
    let with = |alg: Value| record.head("alg", alg);
    let unsigned = |it: &Signed, signature: &[u8]| {
        format!("{}.{}.{}", b64(written(&it.header)), b64(written(&it.payload)), b64(signature))
    };
    let mac = |it: &Signed, key: &[u8]| {
        let signed = format!("{}.{}", b64(written(&it.header)), b64(written(&it.payload)));
        format!("{signed}.{}", b64(hmac(key, signed.as_bytes())))
    };
    let (none, hs256) = (with(json!("none")), with(json!("HS256")));
    let public = issuer().verifying_key().to_bytes();
    let bad = [
        ("none", "No algorithm and no signature.", unsigned(&none, &[])),
        ("none-signed", "No algorithm, with a signature that is right.", none.jws()),
        ("none-capitals", "No algorithm, in capitals.", unsigned(&with(json!("NONE")), &[])),
        ("hs256", "A MAC keyed with the issuer's public key.", mac(&hs256, &public)),
        (
            "hs256-text",
            "A MAC keyed with the issuer's public key as text.",
            mac(&hs256, b64(public).as_bytes()),
        ),
        ("hs256-signed", "A signature that is right, said to be a MAC.", hs256.jws()),
        ("es256", "A signature that is right, said to be of another curve.", with(json!("ES256")).jws()),
        ("rs256", "A signature that is right, said to be RSA.", with(json!("RS256")).jws()),
        ("lower", "The algorithm's name in lower case.", with(json!("eddsa")).jws()),
        ("curve", "The name of the curve in the place of the algorithm's.", with(json!("Ed25519")).jws()),
        ("space", "A space behind the algorithm's name.", with(json!("EdDSA ")).jws()),
        ("missing", "No `alg` in the header.", record.headless("alg").jws()),
        ("null", "`alg` is `null`.", with(Value::Null).jws()),
        ("list", "`alg` is a list with the right name.", with(json!(["EdDSA"])).jws()),
    ];
    for (id, description, text) in bad {
        cases
            .refuse(req, &format!("alg-{id}"), "unsupported.algorithm", description, read(text))
            .attack("A01");
    }
    let bare = rating().showing(&[]);
    let rating_none = bare.head("alg", json!("none"));
    let input = reading("rating", format!("{}~", unsigned(&rating_none, &[])));
    cases
        .refuse(
            req,
            "alg-rating-none",
            "unsupported.algorithm",
            "A rating without algorithm and signature.",
            input,
        )
        .attack("A01");
    let rating_mac = bare.head("alg", json!("HS256"));
    let input = reading("rating", format!("{}~", mac(&rating_mac, &public)));
    let description = "A rating with a MAC keyed with the issuer's public key.";
    cases.refuse(req, "alg-rating-hs256", "unsupported.algorithm", description, input).attack("A01");
}

fn header(cases: &mut Cases) {
    let record = record();
    let req = "REQ-GEN-18";
    for (id, description, crit) in [
        ("b64", "An extension that is known elsewhere.", json!(["b64"])),
        ("unknown", "An extension that nobody knows.", json!(["https://example.com/e"])),
        ("typ", "A header member that every reader knows, called critical.", json!(["typ"])),
        ("empty", "An empty list of critical extensions.", json!([])),
        ("null", "`crit` is `null`.", Value::Null),
        ("text", "`crit` is a text.", json!("exp")),
    ] {
        let input = read(record.head("crit", crit).head("b64", json!(true)).jws());
        cases.refuse(req, &format!("crit-{id}"), "unsupported.critical", description, input).attack("A04");
    }
    let critical = rating().head("crit", json!(["exp"])).head("exp", json!(1));
    let description = "A rating whose header calls a claim critical.";
    cases
        .refuse(req, "crit-rating", "unsupported.critical", description, reading("rating", critical.text()))
        .attack("A04");

    let req = "REQ-GEN-19";
    let typ = |it: &Signed, typ: &str| it.head("typ", json!(typ));
    let bad = [
        ("missing", "No `typ`.", read(record.headless("typ").jws())),
        ("null", "`typ` is `null`.", read(record.head("typ", Value::Null).jws())),
        (
            "list",
            "`typ` is a list with the right type.",
            read(record.head("typ", json!(["faam-epoch+jwt"])).jws()),
        ),
        ("case", "The type with a capital.", read(typ(&record, "Faam-epoch+jwt").jws())),
        ("application", "The type as a media type.", read(typ(&record, "application/faam-epoch+jwt").jws())),
        ("jwt", "The type of any JWT.", read(typ(&record, "JWT").jws())),
        ("list-type", "The type of a status list.", read(typ(&record, "statuslist+jwt").jws())),
        (
            "rating-as",
            "A rating with the type of a key binding.",
            reading("rating", typ(&rating(), "kb+jwt").text()),
        ),
        (
            "rating-old",
            "A rating with the type that drafts had.",
            reading("rating", typ(&rating(), "vc+sd-jwt").text()),
        ),
        (
            "standing",
            "A standing with the type of an epoch record.",
            reading("standing", typ(&standing(), "faam-epoch+jwt").text()),
        ),
        (
            "request",
            "A request with the type of a credential.",
            reading("request", typ(&request(), "dc+sd-jwt").jws()),
        ),
    ];
    for (id, description, input) in bad {
        cases.refuse(req, &format!("typ-{id}"), "invalid.type", description, input).attack("A05");
    }

    let req = "REQ-GEN-20";
    let brought = [
        ("jwk", jwk(&stranger())),
        ("jku", json!("https://keys.example/jwks.json")),
        ("x5u", json!("https://keys.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ];
    for (name, value) in brought {
        let description =
            format!("A header with `{name}`, signed by the issuer's own key: the member is ignored.");
        cases
            .accept(req, &format!("brought-{name}"), &description, read(record.head(name, value).jws()))
            .attack("A03");
    }
    let all =
        rating().head("jwk", jwk(&holder())).head("jku", json!("http://127.0.0.1/")).head("nonce", json!(1));
    let description = "A rating with a key, an address and an unknown member in its header, all ignored.";
    cases.accept(req, "brought-rating", description, reading("rating", all.text())).attack("A03");

    let req = "REQ-GEN-21";
    let sized = |it: &Signed, bytes: usize| {
        let more = bytes - written(&it.head("x", json!("")).header).len();
        it.head("x", json!("x".repeat(more)))
    };
    let exact = sized(&record, 4096);
    assert_eq!(written(&exact.header).len(), 4096);
    cases.accept(req, "header-4096", "A header of exactly 4,096 bytes.", read(folded(&exact.jws())));
    for bytes in [4097, 8192, 20_000] {
        let description = format!("A header of {bytes} bytes.");
        let input = read(folded(&sized(&record, bytes).jws()));
        cases.refuse(req, &format!("header-{bytes}"), "too_large", &description, input);
    }
    let input = reading("rating", folded(&sized(&rating(), 4097).text()));
    cases.refuse(req, "header-rating", "too_large", "A rating with a header of 4,097 bytes.", input);
}
