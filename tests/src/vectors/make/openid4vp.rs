//! Over HTTP, OpenID4VP: `spec/text/openid4vp.md`.

use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use faam_spec::limits::{MAX_CLIENT_ID_BYTES, MAX_PRESENTATION_BYTES, MAX_WEB_ADDRESS_BYTES};
use faam_spec::signed::Signer;
use serde_json::{Value, json};

use super::{Cases, NOW};
use crate::vectors::{Vector, long};

const TYP: &str = "oauth-authz-req+jwt";
const URI: &str = "https://verifier.example/vp/response/uAAA";

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("openid4vp");
    accepted(&mut cases);
    addresses(&mut cases);
    clients(&mut cases);
    links(&mut cases);
    members(&mut cases);
    hosts(&mut cases);
    queries(&mut cases);
    forms(&mut cases);
    answers(&mut cases);
    cases.done()
}

fn signer() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[31; 32]))
}

/// What a verifier asks that knows nothing of Faam.
fn payload() -> Value {
    json!({
        "client_id": signer().did().client_id(), "response_type": "vp_token", "response_mode": "direct_post",
        "response_uri": URI, "aud": "https://self-issued.me/v2", "nonce": "n-0123456789abcdef", "state": "s",
        "dcql_query": {"credentials": [standing()]},
    })
}

fn standing() -> Value {
    json!({"id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]}})
}

fn with(name: &str, value: Value) -> Value {
    let mut payload = payload();
    payload[name] = value;
    payload
}

fn without(name: &str) -> Value {
    let mut payload = payload();
    payload.as_object_mut().unwrap().remove(name);
    payload
}

fn reading(text: impl Into<Value>) -> Value {
    json!({"operation": "post_request", "text": text.into()})
}

fn signed(payload: &Value) -> Value {
    reading(signer().sign(payload, TYP).unwrap())
}

/// Read with a key that was fetched: of a document, or of a certificate.
fn fetched(payload: &Value) -> Value {
    let mut input = signed(payload);
    input["key"] = json!(b64(signer().verifying_key().to_bytes()));
    input
}

fn under(header: &Value, payload: &Value, key: &SigningKey) -> Value {
    let text = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
    reading(format!("{text}.{}", b64(key.sign(text.as_bytes()).to_bytes())))
}

fn link(text: &str) -> Value {
    json!({"operation": "vp_link", "text": text})
}

fn good_link() -> String {
    let did = signer().did().to_string().replace(':', "%3A");
    format!(
        "openid4vp://?client_id=decentralized_identifier%3A{did}&request_uri=https%3A%2F%2Fverifier.example%2Fvp%2Frequest%2FuAAA"
    )
}

fn accepted(cases: &mut Cases) {
    let req = "REQ-VP-12";
    cases.accept(req, "foreign", "A request that says nothing of Faam's terms.", signed(&payload()));
    let terms =
        json!({"v": 0, "name": "Beta rentals", "purpose": "To rent out a flat.", "retention_days": 30});
    let mut ours = with("faam", terms);
    (ours["iat"], ours["exp"]) = (json!(NOW - 10), json!(NOW + 600));
    cases.accept(req, "ours", "A request with our terms, and with its dates.", signed(&ours));
    cases.accept("REQ-VP-5", "link", "A link that says where the request is.", link(&good_link()));
    let named = good_link().replace("openid4vp://?", "openid4vp://authorize?") + "&nonce=x&response_mode=y";
    cases.accept(
        "REQ-VP-5",
        "link-more",
        "A name before the members, and members that are ignored.",
        link(&named),
    );
    let start = good_link().split("&request_uri").next().unwrap().to_owned();
    cases.accept(
        "REQ-VP-5",
        "link-inline",
        "A link with the request itself.",
        link(&format!("{start}&request=e30.e30.AA")),
    );
}

fn addresses(cases: &mut Cases) {
    let req = "REQ-VP-3";
    for (id, address, what) in [
        ("uri-scheme", "ftp://verifier.example/x", "of another scheme"),
        ("uri-upper", "HTTPS://verifier.example/x", "with its scheme in capitals"),
        ("uri-host", "https:///x", "without a host"),
        ("uri-user", "https://verifier.example@evil.example/x", "with a user name that looks like a host"),
        ("uri-fragment", "https://verifier.example/#x", "with a fragment"),
        ("uri-backslash", "https://verifier.example\\@evil.example", "with a backslash"),
        ("uri-letter", "https://verifier.example/é", "with a letter that is not ASCII"),
    ] {
        let description = format!("An answer to an address {what}.");
        cases.refuse(
            req,
            id,
            "request.unreadable",
            &description,
            signed(&with("response_uri", json!(address))),
        );
    }
    let start = "https://verifier.example/";
    let of =
        |length: usize| with("response_uri", json!(format!("{start}{}", "a".repeat(length - start.len()))));
    let most = MAX_WEB_ADDRESS_BYTES;
    cases.accept(req, "uri-longest", "An answer to the longest address.", signed(&of(most)));
    cases.refuse(
        req,
        "uri-long",
        "too_large",
        "An answer to an address of a byte more.",
        signed(&of(most + 1)),
    );
    for (id, from, to, what) in [
        ("link-scheme", "request_uri=https", "request_uri=file", "of another scheme"),
        ("link-user", "request_uri=https%3A%2F%2F", "request_uri=https%3A%2F%2Fa%40", "with a user name"),
        ("link-fragment", "uAAA", "uAAA%23x", "with a fragment"),
    ] {
        let description = format!("A link to a request at an address {what}.");
        cases.refuse(req, id, "link.malformed", &description, link(&good_link().replace(from, to)));
    }
}

fn clients(cases: &mut Cases) {
    let req = "REQ-VP-4";
    let did = signer().did().to_string();
    for (id, client, what) in [
        ("client-bare", did.clone(), "is a DID without the prefix"),
        ("client-federation", "openid_federation:https://verifier.example".to_owned(), "has another prefix"),
        ("client-twice", format!("decentralized_identifier:x509_hash:{did}"), "has two prefixes"),
        ("client-letter", "x509_san_dns:vérifier.example".to_owned(), "has a letter that is not ASCII"),
    ] {
        let description = format!("The client_id {what}.");
        cases.refuse(req, id, "request.client", &description, fetched(&with("client_id", json!(client))));
    }
    let client = format!("x509_san_dns:{}.example", "a".repeat(MAX_CLIENT_ID_BYTES));
    cases.refuse(
        req,
        "client-long",
        "too_large",
        "A client_id that is too long.",
        fetched(&with("client_id", json!(client))),
    );
    let stranger = Signer::from_key(SigningKey::from_seed(&[32; 32]));
    let header = |kid: &str| json!({"alg": "EdDSA", "kid": kid, "typ": TYP});
    let description = "The key id is another's, who signed.";
    cases
        .refuse(
            req,
            "kid-other",
            "invalid.issuer",
            description,
            under(&header(stranger.key_id()), &payload(), stranger.key()),
        )
        .attack("A01");
    let description = "The key id is the DID without the key's name.";
    cases.refuse(
        req,
        "kid-did",
        "invalid.issuer",
        description,
        under(&header(&did), &payload(), signer().key()),
    );
    let description = "Signed with another key than the one that it names.";
    cases
        .refuse(
            req,
            "forged",
            "invalid.signature",
            description,
            under(&header(signer().key_id()), &payload(), stranger.key()),
        )
        .attack("A01");
}

fn links(cases: &mut Cases) {
    let mut bad = |req: &str, id: &str, code: &str, what: &str, from: &str, to: &str| {
        assert!(good_link().contains(from));
        cases.refuse(req, id, code, &format!("A link {what}."), link(&good_link().replace(from, to)));
    };
    for (id, what, from, to) in [
        ("link-other", "of another form", "openid4vp://", "openid://"),
        ("link-slashes", "without slashes", "openid4vp://", "openid4vp:"),
        ("link-path", "with a path", "openid4vp://?", "openid4vp://a/b?"),
        ("link-at", "with a user name", "openid4vp://?", "openid4vp://a@b?"),
        ("link-no-client", "without client_id", "client_id=", "client="),
        ("link-two-clients", "with two client_ids", "client_id=", "client_id=x&client_id="),
        ("link-both", "with a request and an address", "request_uri=", "request=x&request_uri="),
        ("link-percent", "with a percent sign before other letters", "uAAA", "uAAA%ZZ"),
        ("link-hash", "that goes on after a hash sign", "uAAA", "uAAA#x"),
    ] {
        bad("REQ-VP-5", id, "link.malformed", what, from, to);
    }
    let code = "request.client";
    let own = "client_id=decentralized_identifier%3A";
    bad(
        "REQ-VP-6",
        "unsigned",
        code,
        "that has its request in members of its own",
        "&request_uri=",
        "&response_uri=",
    );
    bad(
        "REQ-VP-6",
        "unsigned-redirect",
        code,
        "whose client is where the answer goes",
        own,
        "client_id=redirect_uri%3A",
    );
    bad(
        "REQ-VP-6",
        "unsigned-known",
        code,
        "whose client is a name that was agreed on before",
        own,
        "client_id=",
    );
}

fn members(cases: &mut Cases) {
    let mut bad = |req: &str, id: &str, code: &str, description: &str, payload: &Value| {
        cases.refuse(req, id, code, description, signed(payload));
    };
    let (req, code) = ("REQ-VP-7", "request.unreadable");
    bad(req, "aud-none", code, "No audience.", &without("aud"));
    bad(
        req,
        "aud-v1",
        code,
        "The audience of an older standard.",
        &with("aud", json!("https://self-issued.me")),
    );
    bad(req, "aud-list", code, "The audience in a list.", &with("aud", json!(["https://self-issued.me/v2"])));
    bad(req, "nonce-15", code, "A nonce of 15 characters.", &with("nonce", json!("0123456789abcde")));
    bad(req, "over", code, "It was over before it was made.", &with("exp", json!(NOW - 1)));
    bad(req, "early", "invalid.not_yet", "Made 61 seconds from now.", &with("iat", json!(NOW + 61)));
    bad(req, "life", "too_large", "Open for eight days.", &with("exp", json!(NOW + 8 * 86_400)));
    let (req, code) = ("REQ-VP-8", "request.mode");
    for mode in ["direct_post.jwt", "fragment", "query", "dc_api", "faam.present"] {
        let id = format!("mode-{}", mode.replace('.', "-"));
        bad(req, &id, code, &format!("The response mode {mode}."), &with("response_mode", json!(mode)));
    }
    bad(req, "mode-none", code, "No response mode, which means fragment.", &without("response_mode"));
    bad(req, "type", code, "Another response type.", &with("response_type", json!("vp_token id_token")));
    let code = "request.unreadable";
    bad(req, "uri-none", code, "No address for the answer.", &without("response_uri"));
    bad(req, "redirect", code, "A redirect_uri beside the address.", &with("redirect_uri", json!(URI)));
    for (id, value) in
        [("transaction", json!(["e30"])), ("transaction-none", json!([])), ("transaction-text", json!("x"))]
    {
        bad(
            "REQ-VP-9",
            id,
            "request.transaction",
            "A request with transaction_data.",
            &with("transaction_data", value),
        );
    }
    bad("REQ-VP-10", "scope", code, "A request with a scope.", &with("scope", json!("openid")));
    bad(
        "REQ-VP-10",
        "verifier-info",
        code,
        "A request with verifier_info.",
        &with("verifier_info", json!([{"format": "jwt", "data": "x"}])),
    );
    bad("REQ-VP-10", "verifier-info-empty", code, "The same without any.", &with("verifier_info", json!([])));
}

fn hosts(cases: &mut Cases) {
    let req = "REQ-VP-11";
    let mut asked = with("client_id", json!("x509_san_dns:verifier.example"));
    cases.accept(req, "host", "An answer to the host of the client_id.", fetched(&asked));
    for (id, address, what) in [
        ("host-longer", "https://verifier.example.evil.example/", "a host that begins like it"),
        ("host-path", "https://evil.example/verifier.example", "another host, with its name in the path"),
        ("host-under", "https://vp.verifier.example/", "a host below it"),
    ] {
        asked["response_uri"] = json!(address);
        cases
            .refuse(req, id, "request.party", &format!("An answer to {what}."), fetched(&asked))
            .attack("A02");
    }
}

fn queries(cases: &mut Cases) {
    let req = "REQ-VP-13";
    let asking = |change: &Value| {
        let mut credential = standing();
        for (name, value) in change.as_object().unwrap() {
            credential[name] = value.clone();
        }
        signed(&with("dcql_query", json!({"credentials": [credential]})))
    };
    let same = json!({"multiple": false, "require_cryptographic_holder_binding": true,
        "claims": [{"path": ["standing"]}, {"id": "m", "path": ["market"]}]});
    cases.accept(req, "same", "The same question in other words.", asking(&same));
    let sets = |sets: Value| {
        signed(&with("dcql_query", json!({"credentials": [standing()], "credential_sets": sets})))
    };
    cases.accept(req, "sets", "Sets that demand every credential.", sets(json!([{"options": [["s"]]}])));
    let code = "request.unreadable";
    for (id, change, what) in [
        ("multiple", json!({"multiple": true}), "Several standings for one query."),
        (
            "unbound",
            json!({"require_cryptographic_holder_binding": false}),
            "A credential without key binding.",
        ),
        (
            "authorities",
            json!({"trusted_authorities": [{"type": "aki", "values": ["x"]}]}),
            "Authorities that are believed.",
        ),
        ("claim", json!({"claims": [{"path": ["address"]}]}), "A claim that no standing has."),
        (
            "claim-sets",
            json!({"claims": [{"id": "a", "path": ["standing"]}], "claim_sets": [["a"]]}),
            "A choice of claims.",
        ),
        ("mdoc", json!({"format": "mso_mdoc"}), "Another format."),
    ] {
        cases.refuse(req, &format!("query-{id}"), code, what, asking(&change));
    }
    cases.refuse(
        req,
        "query-set-choice",
        code,
        "Sets that leave a choice.",
        sets(json!([{"options": [["s"], ["t"]]}])),
    );
    cases.refuse(
        req,
        "query-set-optional",
        code,
        "A set that need not be answered.",
        sets(json!([{"options": [["s"]], "required": false}])),
    );
}

fn forms(cases: &mut Cases) {
    let req = "REQ-VP-16";
    let form = |text: &str| json!({"operation": "form", "text": text});
    cases.accept(
        req,
        "form",
        "A form with a space and a plus sign.",
        form("vp_token=%7B%7D&state=a+b%2Bc&other="),
    );
    for (id, text, what) in [
        ("empty", "", "Nothing."),
        ("no-equals", "vp_token", "A member without an equals sign."),
        ("trailing", "state=a&", "An ampersand at the end."),
        ("no-name", "=a", "A member without a name."),
        ("twice", "state=a&state=b", "A member twice."),
        ("twice-escaped", "state=a&%73tate=b", "A member twice, once with its name escaped."),
        ("percent-end", "state=%4", "A percent sign before one digit."),
        ("percent-letter", "state=%4g", "A percent sign before another letter."),
        ("utf8", "state=%ff", "A byte that is not UTF-8."),
        ("raw", "state=é", "A letter that is not escaped."),
    ] {
        cases.refuse(req, &format!("form-{id}"), "response.malformed", what, form(text));
    }
    let many = (0..33).map(|n| format!("m{n}=x")).collect::<Vec<_>>().join("&");
    cases.refuse(req, "form-many", "response.malformed", "33 members.", form(&many));
}

fn answers(cases: &mut Cases) {
    let req = "REQ-VP-18";
    let answer = |vp_token: Value, faam: Option<Value>, presentation: &str| {
        let mut input = json!({"operation": "posted", "vp_token": vp_token, "presentation": presentation});
        if let Some(faam) = faam {
            input["faam"] = faam;
        }
        input
    };
    let alone = r#"{"ledgers":[],"v":0,"vp_token":{"a":["y"],"b":["x"]}}"#;
    let text = json!(r#"{ "b": ["x"], "a": ["\u0079"] }"#);
    cases.accept(
        req,
        "posted",
        "A vp_token alone, with its members in another order.",
        answer(text.clone(), None, alone),
    );
    let whole = r#"{"ledgers":[{"x":1}],"private":[{}],"v":0,"vp_token":{"a":["y"],"b":["x"]}}"#;
    let faam = json!(r#"{"v":0,"ledgers":[{"x":1}],"private":[{}]}"#);
    cases.accept(
        req,
        "posted-faam",
        "The same with what stands beside it.",
        answer(text.clone(), Some(faam), whole),
    );
    for (id, code, vp_token, faam, what) in [
        ("list", "malformed", json!("[]"), None, "A vp_token that is a list."),
        (
            "more",
            "malformed",
            text.clone(),
            Some(json!(r#"{"v":0,"ledgers":[],"x":1}"#)),
            "Another member in `faam`.",
        ),
        ("less", "malformed", text.clone(), Some(json!(r#"{"v":0}"#)), "No ledgers in `faam`."),
        ("twice", "malformed.json", json!(r#"{"a":[],"a":[]}"#), None, "A name twice in the vp_token."),
        (
            "fraction",
            "malformed.json",
            text.clone(),
            Some(json!(r#"{"v":0.0,"ledgers":[]}"#)),
            "A version with a fraction.",
        ),
        (
            "long",
            "too_large",
            long("{\"a\":[\"", "x", MAX_PRESENTATION_BYTES, "\"]}"),
            None,
            "A vp_token of more than 4 MiB.",
        ),
    ] {
        cases.refuse(req, &format!("posted-{id}"), code, what, answer(vp_token, faam, ""));
    }
}
