//! Requests answered by HTTP with the real programs: a market's node, a person's wallet, and a verifier's node that takes answers on the
//! web, on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use faam_schemas::assert_valid;
use faam_spec::key::{PublicKey, SigningKey};
use faam_spec::link::Link;
use faam_spec::openid4vp::{VpLink, VpRequest};
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::signed::Signer;
use faam_tests::ALPHA;
use faam_tests::process::{Node, Said, Wallet, find};
use serde_json::{Value, json};

/// The ratings of an account as CSV.
fn csv(account: &str) -> String {
    let mut lines = ALPHA.lines();
    let head = lines.next().unwrap();
    let mine = lines.filter(|line| line.split(',').nth(1) == Some(account));
    std::iter::once(head).chain(mine).map(|line| format!("{line}\n")).collect()
}

/// A market, a verifier on the web that believes it, and a wallet with what the market offered.
fn three() -> (Node, Node, Wallet) {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    alpha.import(&csv("7"));
    let mut beta = Node::init(None, "Beta Rentals");
    beta.on_the_web();
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    (alpha, beta, wallet)
}

#[track_caller]
fn refused(said: &Said, reason: Reason) {
    assert_eq!(said.code, Some(i32::from(reason.exit().code())), "{said:?}");
    assert!(said.out.contains(reason.code()) || said.err.contains(reason.code()), "{said:?}");
}

/// As [`Wallet::present`], over plain HTTP to this machine.
fn present(wallet: &Wallet, link: &str) -> Said {
    let dry = wallet.run(&["present", link, "--allow-loopback", "--dry-run"]).ok();
    let digest = find(&dry.json(), "approve").unwrap();
    wallet.run(&["present", link, "--allow-loopback", "--approve", &digest])
}

/// A call by hand: status, head and body.
fn call(address: &str, head: &str, body: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head =
        format!("{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    // The other side may refuse before all of it was sent.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// Where a link leads on this machine: address and path.
fn place(link: &str) -> (String, String) {
    let link: VpLink = link.parse().unwrap();
    let VpRequest::At(address) = link.request() else { panic!("{link:?}") };
    let rest = address.as_str().strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    (authority.to_owned(), format!("/{path}"))
}

fn post(address: &str, path: &str, form: &str) -> (u16, String, Value) {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded");
    let (status, head, body) = call(address, &head, form.as_bytes());
    let body: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_valid("post-reply", &body);
    (status, head, body)
}

#[test]
fn a_request_is_answered_by_http_and_the_decision_comes_back() {
    let (_alpha, beta, wallet) = three();
    let (_, web, id) = beta.request_web(&["--ratings", "12", "--disclose", "day"]);
    let dry = wallet.run(&["present", &web, "--allow-loopback", "--dry-run"]).ok().json();
    let consent = &dry["data"]["consent"];
    let (address, path) = place(&web);
    let response = format!("http://{address}{}", path.replace("request", "response"));
    assert_eq!(consent["verifier"]["post"], response);
    assert_eq!(consent["purpose"], "To rent out a flat");
    // Plain HTTP is said, and without the flag nothing on this machine is reached at all.
    assert!(consent["warnings"].to_string().contains("plain HTTP"), "{consent}");
    refused(&wallet.run(&["present", &web, "--dry-run"]), Reason::FetchUrl);

    let said = present(&wallet, &web);
    assert_eq!(said.code, Some(0), "{said:?}");
    let told = said.json()["data"].take();
    assert_eq!(told["decision"]["outcome"], "accepted");
    assert_eq!(told["receipt"]["request"], told["consent"]["request"], "the object that was fetched");
    assert_eq!(told["entry"]["to"]["post"], response);
    let shown = beta.show(&id)["data"].take();
    assert_eq!(shown["decision"]["outcome"], "accepted", "{shown}");
    assert_eq!(shown["decision"]["facts"][0]["shown"].as_array().unwrap().len(), 12);

    // Answered once is answered, by whichever way.
    refused(&wallet.run(&["present", &web, "--allow-loopback", "--dry-run"]), Reason::NonceUsed);
    let log = wallet.run(&["log"]).ok().json();
    assert!(log.to_string().contains("To rent out a flat"), "{log}");
}

#[test]
fn milestones_are_proven_by_http_as_to_a_peer() {
    let (_alpha, beta, wallet) = three();
    let refreshed = wallet.run(&["refresh"]).ok().json();
    assert_eq!(refreshed["data"]["renewed"][0]["compared"], "same", "{refreshed}");
    let (_, web, id) = beta.request_web(&["--milestone", "count>=50"]);
    let said = present(&wallet, &web);
    assert_eq!(said.code, Some(0), "{said:?}");
    let shown = beta.show(&id)["data"].take();
    assert_eq!(shown["decision"]["outcome"], "accepted", "{shown}");
    let first = &shown["decision"]["private"][0];
    assert_eq!(first["milestones"], json!(["count>=50"]), "{shown}");

    // The pseudonym is the one that this verifier knows over the other way too, and so is what was shown under it.
    let (link, _, id) = beta.request_web(&["--milestone", "count>=50"]);
    let said = wallet.present(&link);
    assert_eq!(said.code, Some(0), "{said:?}");
    let again = beta.show(&id)["data"].take();
    assert_eq!(again["decision"]["private"][0]["pseudonym"], first["pseudonym"]);
    let (_, web, id) = beta.request_web(&["--milestone", "count>=100"]);
    let climb = wallet.run(&["present", &web, "--allow-loopback", "--dry-run"]);
    refused(&climb, Reason::RequestClimbing);
    assert_eq!(beta.show(&id)["data"]["state"], "open", "nobody was told");
}

#[test]
fn a17_both_ways_at_once_are_accepted_once() {
    let (_alpha, beta, wallet) = three();
    let other = wallet.copy();
    for _ in 0..3 {
        let (link, web, id) = beta.request_web(&[]);
        let approve = |wallet: &Wallet, arguments: &[&str]| {
            let dry = wallet.run(&[&["present"], arguments, &["--dry-run"]].concat()).ok();
            find(&dry.json(), "approve").unwrap()
        };
        let by_peer = approve(&wallet, &[&link]);
        let by_http = approve(&other, &[&web, "--allow-loopback"]);
        assert_ne!(by_peer, by_http, "what is agreed to is one way or the other");
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| wallet.run(&["present", &link, "--approve", &by_peer]));
            let second =
                scope.spawn(|| other.run(&["present", &web, "--allow-loopback", "--approve", &by_http]));
            (first.join().unwrap(), second.join().unwrap())
        });
        let accepted = [&first, &second].iter().filter(|said| said.code == Some(0)).count();
        assert_eq!(accepted, 1, "{first:?} {second:?}");
        refused(if first.code == Some(0) { &second } else { &first }, Reason::NonceUsed);
        assert_eq!(beta.show(&id)["data"]["decision"]["outcome"], "accepted");
    }
}

//= spec/text/openid4vp.md#REQ-VP-15
//= type=test
//# A wallet MUST refuse a request of another `client_id` than the link named
//= spec/text/openid4vp.md#REQ-VP-20
//= type=test
//# A wallet MUST NOT send `faam` to a verifier whose request has none.
#[test]
fn verifiers_that_know_nothing_of_us_are_answered_loudly() {
    let (_alpha, _beta, wallet) = three();
    let them = faam_tests::stranger::Stranger::start();
    let ask = || {
        json!({
            "response_type": "vp_token", "response_mode": "direct_post",
            "client_id": them.client_id(), "response_uri": them.response_uri(),
            "aud": "https://self-issued.me/v2", "nonce": "n-0123456789abcdef", "state": "s 1&2",
            "client_metadata": {"client_name": "Gamma", "vp_formats_supported": {"dc+sd-jwt": {}}},
            "dcql_query": {"credentials": [{
                "id": "good_name", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]},
                "claims": [{"path": ["market"], "values": ["bitcoin-alpha"]}, {"path": ["standing"]}],
            }]},
        })
    };
    let link = them.link(&them.sign(&ask()));
    let dry = wallet.run(&["present", &link, "--allow-loopback", "--dry-run"]).ok().json();
    let consent = &dry["data"]["consent"];
    assert_eq!((&consent["terms_unsaid"], &consent["verifier"]["name"]), (&json!(true), &json!("Gamma")));
    assert!(consent["warnings"][0].as_str().unwrap().contains("did NOT SAY why"), "{consent}");
    let text = wallet.text(&["present", &link, "--allow-loopback", "--dry-run"]).ok().out;
    assert!(text.contains("NOT SAID") && text.contains("CONSIDER"), "{text}");

    them.reply(200, "{\"redirect_uri\":\"https://gamma.example/done\\u202e\",\"other\":1.5}");
    let said = present(&wallet, &link);
    assert_eq!(said.code, Some(0), "{said:?}");
    let told = said.json()["data"].take();
    assert_eq!((&told["decision"], &told["receipt"]), (&Value::Null, &Value::Null));
    assert_eq!(told["entry"]["told"]["state"], "taken");
    assert!(!said.out.contains('\u{202e}'), "foreign text is shown safely");
    let posted = them.posted();
    assert_eq!(posted.len(), 1, "where a browser should go on was not gone to");
    let form = faam_spec::openid4vp::form(&posted[0]).unwrap();
    let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["vp_token", "state"], "nothing that they do not know");
    assert_eq!(form[1].1, "s 1&2");
    let vp_token: Value = serde_json::from_str(&form[0].1).unwrap();
    let sd_jwt = vp_token["good_name"][0].as_str().unwrap();
    let binding = faam_schemas::parts(sd_jwt.rsplit('~').next().unwrap()).1;
    assert_eq!(
        (&binding["aud"], &binding["nonce"]),
        (&json!(them.client_id()), &json!("n-0123456789abcdef"))
    );

    // What they answer otherwise is a failure, and nothing is said to have been refused or accepted.
    for (status, body, code) in [
        (302, "{}", Reason::FetchRedirect),
        (200, "not json", Reason::MalformedJson),
        (200, "[]", Reason::Malformed),
        (500, "{}", Reason::FetchStatus),
        (410, "{}", Reason::RequestExpired),
    ] {
        them.reply(status, body);
        refused(&present(&wallet, &link), code);
    }

    // Requests that are not what they should be are refused before anybody is asked.
    let other = Signer::from_key(SigningKey::from_seed(&[42; 32]));
    let mut of_other = ask();
    of_other["client_id"] = json!(other.did().client_id());
    let mut cases = vec![
        (other.sign(&ask(), "oauth-authz-req+jwt").unwrap(), Reason::InvalidIssuer),
        (other.sign(&of_other, "oauth-authz-req+jwt").unwrap(), Reason::RequestAudience),
        (them.sign(&of_other), Reason::RequestAudience),
        ("not a request".to_owned(), Reason::MalformedJws),
        (them.sign(&ask()).replace('.', ".."), Reason::MalformedJws),
    ];
    let good = them.sign(&ask());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let turned = if signature.starts_with('A') { "B" } else { "A" };
    cases.push((format!("{signed}.{turned}{}", &signature[1..]), Reason::InvalidSignature));
    let now = faam_tests::clock();
    for (name, value, code) in [
        ("response_mode", json!("direct_post.jwt"), Reason::RequestMode),
        ("response_mode", json!("fragment"), Reason::RequestMode),
        ("response_mode", json!("dc_api"), Reason::RequestMode),
        ("transaction_data", json!(["e30"]), Reason::RequestTransaction),
        ("aud", json!("https://wallet.example"), Reason::RequestUnreadable),
        ("exp", json!(now - 1), Reason::RequestExpired),
        ("iat", json!(now + 3600), Reason::NotYetValid),
        ("nonce", json!(""), Reason::RequestUnreadable),
        ("response_uri", json!("https://192.168.1.1/x"), Reason::FetchAddress),
        ("response_uri", json!("https://gamma.internal/x"), Reason::FetchUrl),
    ] {
        let mut payload = ask();
        (payload["iat"], payload["exp"]) = (json!(now - 60), json!(now + 600));
        payload[name] = value;
        cases.push((them.sign(&payload), code));
    }
    let before = them.posted().len();
    for (text, code) in cases {
        let link = them.link(&text);
        let said = wallet.run(&["present", &link, "--allow-loopback", "--dry-run"]);
        if said.code == Some(0) {
            // Where the answer would go is looked at when it is to be sent.
            refused(&present(&wallet, &link), code);
        } else {
            refused(&said, code);
        }
    }
    assert_eq!(them.posted().len(), before, "nothing was sent to anybody");
}

/// Bad calls of every kind get an answer with a code, use nothing up, and keep nobody else from being served.
//= spec/text/openid4vp.md#REQ-VP-22
//= type=test
//# An answer to a capability that is not known MUST be refused before it is read
//= spec/text/openid4vp.md#REQ-VP-24
//= type=test
//# Every answer MUST have `Cache-Control: no-store`, `X-Content-Type-Options: nosniff` and `Referrer-Policy: no-referrer`, and none that
//# lets web pages of others read it.
//= spec/text/openid4vp.md#REQ-VP-25
//= type=test
//# Else the status MUST be `404` for `request.unknown`, `409` for `request.used`, `410` for `request.expired`, `413` for `too_large`, `408`
//# for `net.timeout`, `503` for `net.busy`, else `400`
#[test]
fn a20_a46_a47_hostile_calls_are_answered_with_a_code() {
    let (_alpha, beta, wallet) = three();
    let (link, web, id) = beta.request_web(&[]);
    let (address, path) = place(&web);
    let response = path.replace("request", "response");
    let nobody = response.replace(|_: char| false, "") + "A";
    let state = id.as_str();

    let (status, head, text) =
        call(&address, &format!("GET {path} HTTP/1.1\r\nOrigin: https://evil.example"), b"");
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/oauth-authz-req+jwt"), "{head}");
    for header in
        ["cache-control: no-store", "x-content-type-options: nosniff", "referrer-policy: no-referrer"]
    {
        assert!(head.contains(header), "{head}");
    }
    assert!(!head.contains("access-control"), "{head}");
    let did = link.parse::<Link>().unwrap().did().clone();
    let key: PublicKey = did.own_key().unwrap().into();
    let signed = SignedRequest::open_post(&text, &key, faam_tests::clock_now()).unwrap();
    assert_eq!(signed.request().post().unwrap().state.as_deref(), Some(state));
    assert_valid("request-post", &faam_schemas::parts(&text).1);

    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (path, form, expected) in [
        (nobody.as_str(), "vp_token=%7B%7D&state=x".to_owned(), (404, Reason::RequestUnknown)),
        ("/response/..%2F..", "a=b".to_owned(), (404, Reason::RequestUnknown)),
        ("/else", "a=b".to_owned(), (404, Reason::RequestUnknown)),
        (&response, String::new(), (400, Reason::ResponseMalformed)),
        (&response, "vp_token=%7B%7D".to_owned(), (400, Reason::ResponseMalformed)),
        (&response, format!("vp_token=%7B%7D&state={state}x"), (400, Reason::ResponseMalformed)),
        (
            &response,
            format!("vp_token=%7B%7D&vp_token=%7B%7D&state={state}"),
            (400, Reason::ResponseMalformed),
        ),
        (&response, format!("vp_token=%7B%7D&state={state}&state={state}"), (400, Reason::ResponseMalformed)),
        (
            &response,
            format!("vp_token=%7B%7D&error=access_denied&state={state}"),
            (400, Reason::ResponseMalformed),
        ),
        (&response, format!("vp_token=%ZZ&state={state}"), (400, Reason::ResponseMalformed)),
        (&response, "a=b&".repeat(40), (400, Reason::ResponseMalformed)),
        (&response, format!("vp_token=text&state={state}"), (400, Reason::MalformedJson)),
        (&response, format!("vp_token=%5B%5D&state={state}"), (400, Reason::Malformed)),
        (&response, format!("vp_token={deep}&state={state}"), (413, Reason::TooLarge)),
        (
            &response,
            format!("vp_token=%7B%7D&faam=%7B%22v%22%3A9%7D&state={state}"),
            (400, Reason::UnsupportedVersion),
        ),
        (&response, format!("vp_token={}&state={state}", "a".repeat(7 << 20)), (413, Reason::TooLarge)),
    ] {
        let (status, _, body) = post(&address, path, &form);
        let told = &form[..form.len().min(80)];
        assert_eq!((status, body["code"].as_str()), (expected.0, Some(expected.1.code())), "{path} {told}");
    }
    let json = format!("POST {response} HTTP/1.1\r\nContent-Type: application/json");
    assert_eq!(call(&address, &json, b"{}").0, 400);
    assert_eq!(call(&address, &format!("DELETE {path} HTTP/1.1"), b"").0, 405);
    assert_eq!(
        call(&address, &format!("OPTIONS {response} HTTP/1.1\r\nOrigin: https://evil.example"), b"").0,
        405
    );
    // Who says that they have no answer has shown nothing, and the request stays open.
    let (status, _, body) = post(&address, &response, &format!("error=access_denied&state={state}"));
    assert_eq!((status, body), (200, json!({})));

    // Those who send nothing, or slowly, do not keep others from being served.
    let idle: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            let _ = write!(stream, "POST {response} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n");
            stream
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(call(&address, &format!("GET {path} HTTP/1.1"), b"").0, 200);
    assert!(begun.elapsed() < Duration::from_secs(20));
    drop(idle);
    assert_eq!(beta.show(&id)["data"]["state"], "open", "nothing of it used the request up");
    let said = present(&wallet, &web);
    assert_eq!(said.code, Some(0), "{said:?}");
    let (status, _, body) = post(&address, &response, &format!("vp_token=%7B%7D&state={state}"));
    assert_eq!((status, body["code"].as_str()), (409, Some("request.used")));
    assert_eq!(call(&address, &format!("GET {path} HTTP/1.1"), b"").0, 409);
}

//= spec/text/openid4vp.md#REQ-VP-21
//= type=test
//# An answer that was judged, whatever the decision, MUST be answered with `200` and a JSON object, with what is told to the wallet
//# under `faam`
/// What is known of nobody: a wallet of others sends a standing and nothing beside it.
#[test]
fn what_wallets_of_others_send_is_judged_and_refused() {
    let (_alpha, beta, _wallet) = three();
    for (vp_token, code) in [
        (json!({"standing": ["eyJ.eyJ.AA~"]}), "query.unmet"),
        (json!({}), "query.unmet"),
        (json!({"standing": [{"vp": 1}]}), "malformed"),
        (json!({"standing": vec!["a"; 2000]}), "too_large"),
    ] {
        let (_, web, id) = beta.request_web(&[]);
        let (address, path) = place(&web);
        let text: String = vp_token.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
        let form = format!("vp_token={text}&state={id}&presentation_submission=%7B%7D");
        let (status, _, body) = post(&address, &path.replace("request", "response"), &form);
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["faam"]["decision"]["outcome"], "refused");
        assert_eq!(body["faam"]["decision"]["reasons"][0]["code"], code, "{body}");
        assert_eq!(beta.show(&id)["data"]["decision"]["outcome"], "refused");
    }
}
