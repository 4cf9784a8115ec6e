//! The request and its query: `spec/text/request.md`.

mod private;
mod queries;

use faam_spec::did::Did;
use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use faam_spec::limits::MAX_REQUEST_BYTES;
use faam_spec::peer::PeerId;
use faam_spec::signed::Signer;
use serde_json::{Value, json};

use super::{Cases, NOW};
use crate::vectors::Vector;

const TYP: &str = "oauth-authz-req+jwt";

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("request");
    accepted(&mut cases);
    signatures(&mut cases);
    hosts(&mut cases);
    members(&mut cases);
    times(&mut cases);
    sizes(&mut cases);
    whole(&mut cases);
    parties(&mut cases);
    form(&mut cases);
    queries::cases(&mut cases);
    private::cases(&mut cases);
    cases.done()
}

fn signer() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[21; 32]))
}

fn peer(seed: u8) -> PeerId {
    PeerId::from_public_key(SigningKey::from_seed(&[seed; 32]).verifying_key().to_bytes())
}

/// What a request says that is in order.
fn payload() -> Value {
    json!({
        "client_id": signer().did().client_id(), "response_type": "vp_token", "response_mode": "faam.present",
        "aud": "https://self-issued.me/v2", "nonce": "uZ29vZCBub25jZSE", "iat": NOW - 10, "exp": NOW + 600,
        "dcql_query": {"credentials": [queries::standing()]},
        "faam": {
            "v": 0, "name": "Beta rentals", "purpose": "To rent out a flat.", "retention_days": 30,
            "terms": "https://beta.example/terms", "peer": peer(5),
        },
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = payload();
    change(&mut payload);
    payload
}

fn reading(text: impl Into<Value>) -> Value {
    json!({"operation": "request", "text": text.into()})
}

fn signed(payload: &Value) -> Value {
    reading(signer().sign(payload, TYP).unwrap())
}

/// A JWS under any header.
fn under(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
    let signature = b64(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

fn accepted(cases: &mut Cases) {
    cases.accept("REQ-REQUEST-1", "plain", "A request for one standing.", signed(&payload()));
    let more = with(|request| {
        request["state"] = json!("x");
        request["client_metadata"] = json!({"vp_formats_supported": {}});
    });
    let description = "Outer members that the standard knows, and this page does not, are ignored.";
    cases.accept("REQ-REQUEST-13", "outer-members", description, signed(&more));
    let bare = with(|request| {
        request["faam"].as_object_mut().unwrap().remove("terms");
        request["faam"]["retention_days"] = json!(0);
    });
    let description = "No terms, and nothing is kept for longer than it takes.";
    cases.accept("REQ-REQUEST-6", "no-terms", description, signed(&bare));
    let edges = with(|request| {
        request["nonce"] = json!("~".repeat(128));
        request["iat"] = json!(NOW);
        request["exp"] = json!(NOW + 7 * 86_400);
        request["faam"]["retention_days"] = json!(3660);
        request["faam"]["name"] = json!("é".repeat(50));
        request["faam"]["purpose"] = json!("p".repeat(500));
        request["faam"]["terms"] = json!("t".repeat(500));
    });
    let description =
        "Texts, days, life and nonce as long as they may be; a name of 50 characters is 100 bytes.";
    cases.accept("REQ-REQUEST-6", "longest", description, signed(&edges));
    let short = with(|request| request["nonce"] = json!("!0123456789abcd~"));
    cases.accept("REQ-REQUEST-3", "nonce-16", "A nonce of 16 characters.", signed(&short));
    let letter = with(|request| request["faam"]["name"] = json!(" b "));
    cases.accept("REQ-REQUEST-7", "name-letter", "A name of one letter between spaces.", signed(&letter));
}

fn signatures(cases: &mut Cases) {
    let req = "REQ-REQUEST-1";
    let stranger = Signer::from_key(SigningKey::from_seed(&[22; 32]));
    let header = |kid: &str| json!({"alg": "EdDSA", "kid": kid, "typ": TYP});
    let good = signer().sign(&payload(), TYP).unwrap();
    let mut bad = |id: &str, code: &str, description: &str, text: String| {
        cases.refuse(req, id, code, description, reading(text));
    };
    let code = "invalid.signature";
    let own = header(signer().key_id());
    bad(
        "forged",
        code,
        "Signed with another key than the one it names.",
        under(&own, &payload(), stranger.key()),
    );
    let (head, signature) = good.rsplit_once('.').unwrap();
    let other = with(|request| request["faam"]["retention_days"] = json!(31));
    let (changed, _) = under(&own, &other, signer().key())
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    bad(
        "changed",
        code,
        "A request that was changed after it was signed: a day longer.",
        format!("{changed}.{signature}"),
    );
    let last = if signature.starts_with('A') { "B" } else { "A" };
    bad(
        "bit",
        code,
        "A signature of which the first character is another.",
        format!("{head}.{last}{}", &signature[1..]),
    );
    let code = "invalid.issuer";
    bad(
        "kid-other",
        code,
        "The key id is another's, who signed.",
        under(&header(stranger.key_id()), &payload(), stranger.key()),
    );
    let no_kid = json!({"alg": "EdDSA", "typ": TYP});
    bad("kid-none", code, "No key id.", under(&no_kid, &payload(), signer().key()));
    let bare = header(signer().did().as_str());
    bad(
        "kid-did",
        code,
        "The key id is the DID without the key's name.",
        under(&bare, &payload(), signer().key()),
    );
    let prefixed = header(&format!("decentralized_identifier:{}", signer().key_id()));
    bad(
        "kid-prefix",
        code,
        "The key id has the prefix of the client_id.",
        under(&prefixed, &payload(), signer().key()),
    );
    let scid = format!("Qm{}", "b".repeat(44));
    let did: Did = format!("did:webvh:{scid}:beta.example").parse().unwrap();
    let kid = format!("{did}#key-2");
    let webvh = Signer::new(did.clone(), kid.clone(), SigningKey::from_seed(&[23; 32])).unwrap();
    let asked = with(|request| request["client_id"] = json!(did.client_id()));
    let mut input = reading(webvh.sign(&asked, TYP).unwrap());
    let key = b64(webvh.verifying_key().to_bytes());
    input["histories"] =
        json!({did.as_str(): [{"id": kid, "key": key, "from": NOW - 86_400, "until": NOW + 1}]});
    let description = "A verifier with a history of keys, in the last second of this one.";
    cases.accept(req, "webvh", description, input.clone());
    let description =
        "The same a second later: the request is verified as of now, and not as of when it says it was made.";
    cases
        .refuse("REQ-NAME-11", "webvh-late", "issuer.key_not_valid_then", description, input)
        .at(NOW + 1)
        .attack("A44");
}

/// Hosts of a `did:webvh` that are not in their one form, and DIDs of other methods.
fn hosts(cases: &mut Cases) {
    let scid = format!("Qm{}", "b".repeat(44));
    let webvh = |host: &str| format!("did:webvh:{scid}:{host}");
    for (id, did, description) in [
        ("did-upper", webvh("Beta.example"), "A host in capitals."),
        ("did-dot", webvh("beta.example."), "A host with a trailing dot."),
        ("did-port", webvh("beta.example%3A443"), "A host with a port."),
        ("did-punycode", webvh("xn--bta-9la.example"), "A host in punycode, which may look like another."),
        ("did-dots", webvh(".."), "A path in the place of a host."),
        (
            "did-web",
            "did:web:beta.example%3A443".to_owned(),
            "A `did:web` with the port that is not written.",
        ),
        ("did-ion", "did:ion:beta.example".to_owned(), "A DID of another method."),
    ] {
        let asked = with(|request| request["client_id"] = json!(format!("decentralized_identifier:{did}")));
        let header = json!({"alg": "EdDSA", "kid": format!("{did}#key-1"), "typ": TYP});
        let text = under(&header, &asked, signer().key());
        let req = match id {
            "did-ion" => "REQ-NAME-4",
            "did-web" => "REQ-NAME-17",
            _ => "REQ-NAME-5",
        };
        cases.refuse(req, id, "invalid.did", description, reading(text)).attack("A84");
    }
    let other = with(|request| request["client_id"] = json!(signer().did()));
    let description = "A client_id without its prefix.";
    cases.refuse("REQ-NAME-13", "client-id", "invalid.did", description, signed(&other));
}

fn members(cases: &mut Cases) {
    let mut bad = |req: &str, id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        let vector = cases.refuse(req, id, "request.unreadable", description, signed(&with(change)));
        if req == "REQ-REQUEST-3" {
            vector.attack("A17");
        }
    };
    let req = "REQ-REQUEST-2";
    bad_all(
        &mut bad,
        req,
        &[
            ("type", "Another response type.", "response_type", "vp_token id_token"),
            (
                "mode",
                "An answer to an address instead of the peer that asked.",
                "response_mode",
                "direct_post",
            ),
            ("mode-case", "The response mode in capitals.", "response_mode", "Faam.present"),
            ("aud", "Another audience.", "aud", "https://self-issued.me/v2/"),
            ("aud-v1", "The audience of an older standard.", "aud", "https://self-issued.me"),
        ],
    );
    let req = "REQ-REQUEST-3";
    bad_all(
        &mut bad,
        req,
        &[
            ("nonce-empty", "An empty nonce.", "nonce", ""),
            ("nonce-15", "A nonce of 15 characters.", "nonce", "0123456789abcde"),
            ("nonce-129", "A nonce of 129 characters.", "nonce", &"n".repeat(129)),
            ("nonce-space", "A nonce with a space.", "nonce", "0123456789 abcdef"),
            ("nonce-letter", "A nonce with a letter that is not ASCII.", "nonce", "0123456789abcdeé"),
            ("nonce-control", "A nonce that ends in a line feed.", "nonce", "0123456789abcdef\n"),
        ],
    );
    for (id, text, description) in [
        ("empty", "", "is empty"),
        ("spaces", "   ", "is spaces"),
        ("tab", "\t\r\n", "is tab and line ends"),
        ("wide", "\u{3000}\u{2003}\u{a0}", "is white space of other kinds"),
    ] {
        for member in ["name", "purpose"] {
            let (id, description) = (format!("{member}-{id}"), format!("The {member} {description}."));
            bad("REQ-REQUEST-7", &id, &description, &|request| request["faam"][member] = json!(text));
        }
    }
}

type Bad<'a> = dyn FnMut(&str, &str, &str, &dyn Fn(&mut Value)) + 'a;

/// Outer members that are other texts.
fn bad_all(bad: &mut Bad<'_>, req: &str, list: &[(&str, &str, &str, &str)]) {
    for (id, description, member, text) in list {
        bad(req, id, description, &|request| request[*member] = json!(text));
    }
}

fn times(cases: &mut Cases) {
    let req = "REQ-REQUEST-4";
    let ahead = |seconds: i64| {
        signed(&with(|request| {
            request["iat"] = json!(NOW + seconds);
            request["exp"] = json!(NOW + seconds + 600);
        }))
    };
    cases.accept(req, "ahead-60", "Made 60 seconds ahead.", ahead(60));
    for (id, seconds, description) in [
        ("ahead-61", 61, "Made 61 seconds ahead."),
        ("ahead-hour", 3600, "Made an hour ahead."),
        ("ahead-year", 365 * 86_400, "Made a year ahead."),
    ] {
        cases.refuse(req, id, "invalid.not_yet", description, ahead(seconds)).attack("A55");
    }
    let req = "REQ-REQUEST-5";
    let ending = |iat: i64, exp: i64| {
        signed(&with(|request| {
            request["iat"] = json!(iat);
            request["exp"] = json!(exp);
        }))
    };
    for (id, iat, exp, description) in [
        ("ends-at-once", NOW + 30, NOW + 30, "It ends as it begins."),
        ("ends-before", NOW + 30, NOW + 29, "It ends a second before it begins."),
        ("ends-1970", NOW, 0, "It ends at the beginning of all times."),
    ] {
        cases.refuse(req, id, "request.unreadable", description, ending(iat, exp)).attack("A48");
    }
    cases.accept(req, "second", "It can be answered for one second.", ending(NOW, NOW + 1));
    let req = "REQ-REQUEST-10";
    cases.accept(req, "last-second", "A second before its end.", signed(&payload())).at(NOW + 599);
    for (id, now, description) in [
        ("expired", NOW + 600, "In the second of its end."),
        ("expired-hour", NOW + 4200, "An hour after its end."),
        ("expired-year", NOW + 365 * 86_400, "A year after its end."),
    ] {
        cases.refuse(req, id, "request.expired", description, signed(&payload())).at(now);
    }
    for (id, value, description) in [
        ("exp-text", json!("1795263000"), "Its end is a text."),
        ("exp-null", Value::Null, "Its end is null."),
        ("exp-far", json!(253_402_300_800_i64), "Its end is after the year 9999."),
    ] {
        let asked = with(|request| request["exp"] = value);
        cases.refuse("REQ-GEN-11", id, "malformed.time", description, signed(&asked)).attack("A06");
    }
}

fn sizes(cases: &mut Cases) {
    let req = "REQ-REQUEST-6";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        cases.refuse(req, id, "too_large", description, signed(&with(change)));
    };
    bad("life", "It can be answered for a week and a second.", &|r| r["exp"] = json!(NOW - 10 + 604_801));
    bad("life-ever", "It can be answered until the end of all times.", &|r| {
        r["exp"] = json!(253_402_300_799_i64)
    });
    bad("retention", "What is shown is kept for 3,661 days.", &|r| r["faam"]["retention_days"] = json!(3661));
    bad("name-101", "A name of 101 bytes.", &|r| r["faam"]["name"] = json!("n".repeat(101)));
    bad("name-51", "A name of 51 characters and 102 bytes.", &|r| r["faam"]["name"] = json!("é".repeat(51)));
    bad("purpose-501", "A purpose of 501 bytes.", &|r| r["faam"]["purpose"] = json!("p".repeat(501)));
    bad("terms-501", "Terms of 501 bytes.", &|r| r["faam"]["terms"] = json!("t".repeat(501)));
}

/// A request of exactly so many bytes as signed: an outer member is long.
fn of_size(size: usize) -> Value {
    let signer = signer();
    // The header is padded with white space until the lengths of base64url fit.
    for pad in 0..4 {
        let header =
            json!({"alg": "EdDSA", "kid": signer.key_id(), "typ": TYP}).to_string() + &" ".repeat(pad);
        let header = b64(header);
        let payload = payload().to_string();
        let (before, after) = payload.split_once("\"aud\"").unwrap();
        // What is repeated begins at a multiple of three bytes, so that its base64url repeats too.
        let mut before = format!("{before}\"state\":\"");
        before.push_str(&"x".repeat((3 - before.len() % 3) % 3));
        let text = size - header.len() - 2 - 86;
        let bytes = text / 4 * 3 + [0, 9, 1, 2][text % 4];
        if text % 4 == 1 {
            continue;
        }
        for tail in 0..3 {
            let after = format!("{}\",\"aud\"{after}", "y".repeat(tail));
            let Some(fill) = bytes.checked_sub(before.len() + after.len()) else { continue };
            if fill % 3 != 0 {
                continue;
            }
            let signed = format!("{header}.{}", b64(format!("{before}{}{after}", "x".repeat(fill))));
            let signature = b64(signer.key().sign(signed.as_bytes()).to_bytes());
            assert_eq!(signed.len() + 1 + signature.len(), size);
            return reading(json!({"concat": [
                format!("{header}.{}", b64(&before)), {"repeat": "eHh4", "times": fill / 3},
                format!("{}.{signature}", b64(&after)),
            ]}));
        }
    }
    panic!("no padding fits");
}

fn whole(cases: &mut Cases) {
    let req = "REQ-REQUEST-6";
    let description = "A request of 49,152 bytes as signed, most of them a member that is ignored.";
    cases.accept(req, "largest", description, of_size(MAX_REQUEST_BYTES));
    let description = "A request of 49,153 bytes as signed.";
    cases.refuse(req, "large", "too_large", description, of_size(MAX_REQUEST_BYTES + 1));
    let description = "A megabyte that is no request.";
    let junk = crate::vectors::long("", "eyJh", 262_144, "");
    cases.refuse(req, "junk", "too_large", description, reading(junk)).attack("A20");
}

fn parties(cases: &mut Cases) {
    let from = |did: &Did, peer: PeerId| {
        let mut input = signed(&payload());
        input["verifier"] = json!(did);
        input["peer"] = json!(peer);
        input
    };
    let own = signer().did().clone();
    let description = "From the verifier that the link named, over a connection to its peer.";
    cases.accept("REQ-REQUEST-9", "from", description, from(&own, peer(5)));
    let req = "REQ-REQUEST-8";
    let other = Signer::from_key(SigningKey::from_seed(&[22; 32])).did().clone();
    let webvh: Did = format!("did:webvh:Qm{}:beta.example", "b".repeat(44)).parse().unwrap();
    let its_peer = Did::from_key(&SigningKey::from_seed(&[5; 32]).verifying_key());
    for (id, did, description) in [
        ("party-other", other, "The link named another verifier."),
        ("party-webvh", webvh, "The link named a verifier whose history may well hold this key."),
        ("party-peer", its_peer, "The link named the key of the peer as verifier."),
    ] {
        cases.refuse(req, id, "request.party", description, from(&did, peer(5))).attack("A45");
    }
    let req = "REQ-REQUEST-9";
    for (id, seed, description) in [
        ("peer-other", 6, "Another peer passes the request on."),
        ("peer-third", 7, "A third peer passes the request on."),
        ("peer-signer", 21, "The peer has the verifier's key and is not the one that the request names."),
    ] {
        cases.refuse(req, id, "request.peer", description, from(&own, peer(seed))).attack("A45");
    }
}

/// What holds for every object, in the part that is ours.
fn form(cases: &mut Cases) {
    let mut bad = |req: &str, id: &str, code: &str, description: &str, change: &dyn Fn(&mut Value)| {
        cases.refuse(req, id, code, description, signed(&with(change)));
    };
    bad("REQ-VERSION-5", "v1", "unsupported.version", "A request of version 1.", &|r| {
        r["faam"]["v"] = json!(1)
    });
    bad(
        "REQ-VERSION-5",
        "v1-shape",
        "unsupported.version",
        "A request of version 1 with other members.",
        &|r| {
            r["faam"] = json!({"v": 1, "why": "x"});
        },
    );
    bad("REQ-GEN-7", "faam-extra", "malformed", "Another member in our part.", &|r| {
        r["faam"]["logo"] = json!("x")
    });
    bad("REQ-GEN-7", "no-peer", "malformed", "No peer is named.", &|r| {
        r["faam"].as_object_mut().unwrap().remove("peer");
    });
    bad("REQ-GEN-8", "terms-null", "malformed", "Terms that are null instead of absent.", &|r| {
        r["faam"]["terms"] = Value::Null;
    });
    bad("REQ-GEN-8", "faam-list", "malformed", "Our part is a list of its values.", &|r| {
        r["faam"] =
            json!([0, "Beta rentals", "To rent out a flat.", 30, "https://beta.example/terms", peer(5)]);
    });
    bad("REQ-GEN-8", "retention-negative", "malformed", "What is shown is kept for -1 days.", &|r| {
        r["faam"]["retention_days"] = json!(-1);
    });
    let text = signer().sign(&payload(), "JWT").unwrap();
    let description = "A request under the type of any JWT.";
    cases.refuse("REQ-GEN-19", "typ", "invalid.type", description, reading(text)).attack("A05");
}
