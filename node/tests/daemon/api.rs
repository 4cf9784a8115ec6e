//! The local interface.

use super::*;

//= spec/text/local-api.md#REQ-API-1
//= type=test
//# It MUST listen on a loopback address and nowhere else
//= spec/text/local-api.md#REQ-API-2
//= type=test
//# `Host` MUST be `127.0.0.1`, `[::1]` or `localhost` with the right port, and `Origin`, if there is one, the
//# same host under `http://`, to the letter; else `403` `api.origin`. A web page can send neither, not even
//# one whose name leads to this machine.
//= spec/text/local-api.md#REQ-API-3
//= type=test
//# Every call but `/healthz` and `/readyz` MUST have `Authorization: Bearer` with the key of `api.key`, which
//# only its owner can read, or with a named key; else `401` `api.key`.
#[test]
fn a71_the_local_interface_refuses_strangers() {
    let market = Market::started();
    let (address, key) = (market.address(), market.key());
    let port = address.port();
    let call =
        |host: &str, more: &str| market.http(&format!("GET /v0/status HTTP/1.1\r\nHost: {host}{more}"), "");
    let auth = format!("\r\nAuthorization: Bearer {key}");
    assert_eq!(call(&format!("127.0.0.1:{port}"), &auth).0, 200);
    assert_eq!(call(&format!("localhost:{port}"), &auth).0, 200);
    // No key, a wrong one, one that is nearly right.
    for wrong in ["", "\r\nAuthorization: Bearer", "\r\nAuthorization: Bearer uAAAA", &auth[..auth.len() - 1]]
    {
        let refused = problem(&call(&format!("127.0.0.1:{port}"), wrong));
        assert_eq!(refused, (401, "api.key".to_owned()), "{wrong}");
    }
    // A page whose name leads here (DNS rebinding), with the key even.
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1",
    ] {
        assert_eq!(problem(&call(host, &auth)), (403, "api.origin".to_owned()), "{host}");
    }
    // A page from elsewhere, with the key even; and what a browser asks before it sends.
    for origin in ["https://evil.example", "null", &format!("http://localhost:{port}")] {
        let refused = problem(&call(&format!("127.0.0.1:{port}"), &format!("\r\nOrigin: {origin}{auth}")));
        assert_eq!(refused, (403, "api.origin".to_owned()), "{origin}");
    }
    let preflight = format!(
        "OPTIONS /v0/offers HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST"
    );
    assert_eq!(problem(&market.http(&preflight, "")).0, 403);
    let same = format!("\r\nOrigin: http://127.0.0.1:{port}{auth}");
    assert_eq!(call(&format!("127.0.0.1:{port}"), &same).0, 200);
    // Whether it runs may be asked without a key, but not from elsewhere.
    let health = |host: &str| market.http(&format!("GET /healthz HTTP/1.1\r\nHost: {host}"), "");
    assert_eq!(health(&format!("127.0.0.1:{port}")), (200, "ok\n".to_owned()));
    assert_eq!(health("evil.example").0, 403);
    // It listens on loopback and nowhere else.
    assert!(address.ip().is_loopback());
}

//= spec/text/local-api.md#REQ-API-4
//= type=test
//# A body has at most 64 KiB, of `/v0/events` 4 MiB (`413` `too_large`); it MUST be refused before more is
//# read.
//= spec/text/local-api.md#REQ-API-6
//= type=test
//# A body MUST be [strict JSON](README.md#strict-json), whatever `Content-Type` says, with the members that
//# are named and no others (`400` `malformed`, `malformed.json`).
#[test]
fn errors_of_the_local_interface_have_codes() {
    let market = Market::started();
    market.import(&[rating(0, "7")]);
    let post =
        |path: &str, body: &str| problem(&market.http(&market.good_head(&format!("POST {path}")), body));
    let is = |status, reason: Reason| (status, reason.code().to_owned());
    assert_eq!(post("/v0/offers", "{"), is(400, Reason::MalformedJson));
    assert_eq!(post("/v0/offers", "{\"account\":\"7\",\"acount\":1}"), is(400, Reason::Malformed));
    assert_eq!(post("/v0/offers", "{\"account\":\"7\",\"rebind\":null}"), is(400, Reason::Malformed));
    let null = "{\"purpose\":\"p\",\"retention_days\":1,\"market\":\"alpha\",\"role\":null}";
    assert_eq!(post("/v0/requests", null), is(400, Reason::Malformed), "null is no value");
    assert_eq!(post("/v0/offers", "{\"account\":\"8\"}"), is(404, Reason::LedgerUnknown));
    assert_eq!(post("/v0/offers", "{\"account\":\"7\",\"life_seconds\":0}"), is(400, Reason::InputMalformed));
    assert_eq!(post("/v0/offers", &" ".repeat(100_000)), is(413, Reason::TooLarge));
    assert_eq!(post("/v0/events", &" ".repeat(5 << 20)), is(413, Reason::TooLarge));
    assert_eq!(post("/v0/events", "nonsense"), is(400, Reason::EventMalformed));
    let told = |path: &str, body: &str| {
        let answer = market.http(&market.good_head(&format!("POST {path}")), body).1;
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    for (path, body, member) in [
        ("/v0/offers", "{\"account\":\"7\",\"acount\":1}", "acount"),
        ("/v0/offers", "{}", "account"),
        ("/v0/offers", "{\"account\":\"a b\"}", "account"),
        ("/v0/offers", "{\"account\":\"7\",\"life_seconds\":0}", "life_seconds"),
        ("/v0/requests", "{\"purpose\":\"p\",\"market\":\"alpha\"}", "retention_days"),
        (
            "/v0/requests",
            "{\"purpose\":\"p\",\"market\":\"alpha\",\"retention_days\":\"30\"}",
            "retention_days",
        ),
        ("/v0/requests", "{\"purpose\":\"p\",\"retention_days\":1,\"markets\":[\"a\",\"B!\"]}", "markets[1]"),
        ("/v0/requests", "{\"purpose\":\" \",\"retention_days\":1,\"market\":\"alpha\"}", "purpose"),
        (
            "/v0/requests",
            "{\"purpose\":\"p\",\"retention_days\":1,\"market\":\"alpha\",\"ratings\":9999}",
            "ratings",
        ),
    ] {
        let sentence = told(path, body)["sentence"].as_str().unwrap().to_owned();
        assert!(sentence.contains(member), "{sentence}");
    }
    // A line is refused with what was done before it.
    let lines = format!("{}\n{}\n{{}}", rating(0, "7"), rating(1, "7"));
    let refused = told("/v0/events", &lines);
    assert_eq!((&refused["applied"], &refused["new"], &refused["line"]), (&json!(2), &json!(1), &json!(3)));
    // What is only too early says when it will not be.
    told("/v0/offers", "{\"account\":\"7\"}");
    market.import(&[rating(0, "8")]);
    let early = told("/v0/offers", "{\"account\":\"8\"}");
    assert_eq!(early["code"], "offer.not_yet");
    assert_eq!(early["when"].as_i64().unwrap() % 86_400, 0, "{early}");
    let list = market.http(&market.good_head("POST /v0/offers"), "[\"7\",60,false]").0;
    assert_eq!(list, 400, "a list is no object");
    let ask = |more: &str| format!("{{\"purpose\":\"p\",\"retention_days\":1{more}}}");
    assert_eq!(post("/v0/requests", &ask("")), is(400, Reason::InputMalformed));
    assert_eq!(post("/v0/requests", &ask(",\"dcql_query\":{}")), is(400, Reason::RequestUnreadable));
    let forever = "{\"purpose\":\"p\",\"retention_days\":0,\"market\":\"alpha\"}";
    assert_eq!(post("/v0/requests", forever), is(400, Reason::InputMalformed));
    assert_eq!(post("/v0/nothing", ""), is(404, Reason::InputMalformed));
    assert_eq!(post("/v0/status", ""), is(405, Reason::InputMalformed));
    let show = market.http(&market.good_head("GET /v0/requests/..%2f..%2fetc"), "");
    assert_eq!(problem(&show), is(404, Reason::RequestUnknown));
}

//= spec/text/local-api.md#REQ-API-5
//= type=test
//# Every answer MUST have `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`.
#[test]
fn no_answer_is_kept_or_taken_for_something_else() {
    let market = Market::started();
    let address = market.address();
    for (head, body, status) in [
        (market.good_head("GET /v0/status"), "", "200"),
        (format!("GET /healthz HTTP/1.1\r\nHost: {address}"), "", "200"),
        (format!("GET /v0/status HTTP/1.1\r\nHost: {address}"), "", "401"),
        ("GET /healthz HTTP/1.1\r\nHost: evil.example".to_owned(), "", "403"),
        (market.good_head("POST /v0/offers"), "{", "400"),
        (market.good_head("GET /v0/epoch"), "", "404"),
        (market.good_head("GET /nothing"), "", "404"),
        (market.good_head("POST /v0/status"), "", "405"),
    ] {
        let answer = market.raw_http(&head, body);
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        let headers = answer.split_once("\r\n\r\n").unwrap().0.to_ascii_lowercase();
        for wanted in ["\r\ncache-control: no-store", "\r\nx-content-type-options: nosniff"] {
            assert!(headers.contains(wanted), "{answer}");
        }
    }
}

#[test]
fn a46_idle_connections_do_not_keep_others_out() {
    let mut market = Market::started();
    // Half a request each, and then silence; the last places are kept by those who ask.
    let _idle: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(market.address()).unwrap();
            stream.write_all(b"GET /v0/status HTTP/1.1\r\nHost:").unwrap();
            stream
        })
        .collect();
    assert_eq!(market.http(&market.good_head("GET /v0/status"), "").0, 200);
    assert_eq!(market.stop(), 0, "nor from ending");
}
