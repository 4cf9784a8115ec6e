//! Where a fetcher goes, and where it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::net::Ipv4Addr;
use std::sync::Arc;

use common::{Authority, HOST, Names, Server, fetcher, give, say};
use faam_fetch::{Accept, FetchError, Fetcher, RedirectFault, Roots, RootsFault, UrlFault, WebUrl};
use faam_spec::reason::Reason;

const ANY: Accept = Accept::new(&[], 1000);

fn url(text: &str) -> WebUrl {
    text.parse().unwrap()
}

//= spec/text/fetching.md#REQ-FETCH-12
//= type=test
//# A request MUST NOT tell who sends it: no cookies, no credentials, no name or version of a program but `faam`,
//# the same for all.
#[test]
fn says_nothing_about_its_sender() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(HOST)), |_, stream| {
        say(stream, "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok");
    });
    let fetcher = fetcher(&authority, [&server]);
    for _ in 0..2 {
        let fetched = fetcher.get(&server.url("/a?b=c"), &Accept::new(&[], 2)).unwrap();
        assert_eq!((fetched.body(), fetched.status(), fetched.content_type()), (&b"ok"[..], 200, None));
    }
    let host = format!("host: {HOST}:{}", server.at.port());
    for asked in server.asked() {
        let mut lines: Vec<_> =
            asked.lines().map(str::to_ascii_lowercase).filter(|l| !l.is_empty()).collect();
        lines.sort();
        let wanted =
            ["accept-encoding: identity", "accept: */*", "get /a?b=c http/1.1", &host, "user-agent: faam"];
        assert_eq!(lines, wanted);
    }
    assert_eq!(server.asked().len(), 2);
    assert_eq!(server.connections(), 2, "connections are not kept");

    let fetched =
        fetcher.post_form(&server.url("/post"), &[("vp_token", "a b&c"), ("ä", "=")], &ANY).unwrap();
    assert_eq!(fetched.url().path(), "/post");
    let asked = server.asked().pop().unwrap().to_lowercase();
    assert!(asked.contains("content-type: application/x-www-form-urlencoded\r\n"), "{asked}");
    assert!(asked.ends_with("\r\n\r\nvp_token=a+b%26c&%c3%a4=%3d"), "{asked}");
    assert!(!asked.contains("cookie"), "{asked}");
}

//= spec/text/fetching.md#REQ-FETCH-1
//= type=test
//# Only `https` MUST be fetched from; plain HTTP from this machine alone, where its address is written as such
//# (`localhost`, `127.0.0.0/8`, `[::1]`) and whoever runs the program asked for it.
#[test]
fn plain_http_is_for_this_machine_and_on_demand() {
    let server = Server::start(None, |_, stream| give(stream, "text/plain", b"ok"));
    let port = server.at.port();
    let plain = Fetcher::new(&Roots::default()).with_lookup(Names::new([&["127.0.0.1"]]));
    let local = [format!("http://127.0.0.1:{port}/"), format!("http://localhost:{port}/")];
    for address in &local {
        let error = plain.get(&url(address), &ANY).unwrap_err();
        assert_eq!(error, FetchError::Url(UrlFault::Scheme), "{address}");
    }
    // Not even to an address that may be reached otherwise.
    let allowed = plain.clone().danger_with_addresses([server.at]);
    assert_eq!(allowed.get(&url(&local[0]), &ANY).unwrap_err().reason(), Reason::FetchUrl);
    assert_eq!(server.connections(), 0);

    let loose = plain.danger_with_loopback_http();
    for address in &local {
        assert_eq!(loose.get(&url(address), &ANY).unwrap().body(), b"ok", "{address}");
    }
    let seen = server.connections();
    // A name is not this machine by its own words, wherever it leads.
    for address in [format!("http://{HOST}:{port}/"), format!("http://10.0.0.1:{port}/")] {
        let error = loose.get(&url(&address), &ANY).unwrap_err();
        assert_eq!(error, FetchError::Url(UrlFault::Scheme), "{address}");
    }
    let authority = Authority::new();
    let loose = Fetcher::new(&authority.roots())
        .with_lookup(Names::new([&["127.0.0.1"]]))
        .danger_with_loopback_http();
    let error = loose.get(&url(&format!("https://{HOST}:{port}/")), &ANY).unwrap_err();
    assert_eq!(error.reason(), Reason::FetchAddress);
    let error = loose.get(&url(&format!("https://10.0.0.1:{port}/")), &ANY).unwrap_err();
    assert_eq!(error.reason(), Reason::FetchAddress);
    assert_eq!(server.connections(), seen);
}

//= spec/text/fetching.md#REQ-FETCH-3
//= type=test
//# A host MUST be looked up once for each connection, every address that is found MUST be on the public network,
//# and the connection MUST go to one of them.
#[test]
fn a84_a_name_that_leads_home_is_refused() {
    let authority = Authority::new();
    let server = Server::giving(authority.server(HOST), "text/plain", "ok");
    let open = Fetcher::new(&authority.roots());
    for inside in
        ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254", "fd00::1", "0.0.0.0"]
    {
        for answer in [&[inside][..], &["93.184.215.14", inside], &[inside, "2606:4700::1111"]] {
            let fetcher = open.clone().with_lookup(Names::new([answer]));
            let error = fetcher.get(&server.url("/"), &ANY).unwrap_err();
            let FetchError::Address { address, .. } = error else { panic!("{answer:?}: {error}") };
            assert_eq!(address.to_string(), inside);
        }
        let literal = if inside.contains(':') { format!("[{inside}]") } else { inside.to_owned() };
        let error = open.get(&url(&format!("https://{literal}:{}/", server.at.port())), &ANY).unwrap_err();
        assert_eq!(error.reason(), Reason::FetchAddress, "{inside}");
    }
    // Another port of an address that may be reached is another address.
    let other = open.clone().danger_with_addresses([(Ipv4Addr::LOCALHOST, server.at.port() ^ 1).into()]);
    let error = other.with_lookup(Names::new([&["127.0.0.1"]])).get(&server.url("/"), &ANY).unwrap_err();
    assert_eq!(error.reason(), Reason::FetchAddress);
    let nobody = open.with_lookup(Names::new([&[]]));
    assert_eq!(nobody.get(&server.url("/"), &ANY).unwrap_err(), FetchError::Unreachable);
    assert_eq!(server.connections(), 0);
    assert_eq!(fetcher(&authority, [&server]).get(&server.url("/"), &ANY).unwrap().body(), b"ok");
}

/// The name answers with an address that may be reached when it is looked at, and with one inside ever after.
#[test]
fn a71_a_name_that_changes_its_answer_gains_nothing() {
    let authority = Authority::new();
    let tls = authority.server(HOST);
    let server = Server::start(Some(Arc::clone(&tls)), |asked, stream| {
        if asked.starts_with("GET /on ") {
            say(stream, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        } else {
            give(stream, "text/plain", b"ok");
        }
    });
    let inside =
        Server::start_at((Ipv4Addr::new(127, 0, 0, 2), server.at.port()).into(), Some(tls), |_, stream| {
            give(stream, "text/plain", b"secret")
        });
    common::knock(inside.at);
    let names = || Names::new([&["127.0.0.1"], &["127.0.0.2"]]);
    let open = Fetcher::new(&authority.roots()).danger_with_addresses([server.at]);

    let changing = names();
    let asked = Arc::clone(&changing.asked);
    let fetched = open.clone().with_lookup(changing).get(&server.url("/"), &ANY).unwrap();
    assert_eq!(fetched.body(), b"ok");
    assert_eq!(*asked.lock().unwrap(), [HOST], "looked up once");

    // What is looked up again, for the next connection, is looked at again.
    let error = open.with_lookup(names()).get(&server.url("/on"), &ANY).unwrap_err();
    assert_eq!(error.reason(), Reason::FetchAddress);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(inside.connections(), 1, "the knock alone");
}

//= spec/text/fetching.md#REQ-FETCH-5
//= type=test
//# The server MUST prove its name by a certificate that is valid now and leads to an authority that is believed
//# here.
#[test]
fn a_server_proves_its_name() {
    let authority = Authority::new();
    let ask = |server: &Server, roots: &Roots| {
        let fetcher =
            Fetcher::new(roots).with_lookup(Names::new([&["127.0.0.1"]])).danger_with_addresses([server.at]);
        fetcher.get(&server.url("/"), &ANY)
    };
    let mut params = rcgen::CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let expired = Server::giving(authority.server_with(params), "text/plain", "ok");
    let other = Server::giving(authority.server("other.example"), "text/plain", "ok");
    let good = Server::giving(authority.server(HOST), "text/plain", "ok");
    for (server, roots, name) in [
        (&expired, authority.roots(), "expired"),
        (&other, authority.roots(), "of another name"),
        (&good, Authority::new().roots(), "of an authority that is not known"),
        (&good, Roots::platform().and(Authority::new().roots()), "of no authority of this machine"),
    ] {
        assert_eq!(ask(server, &roots).unwrap_err(), FetchError::Tls, "{name}");
        assert!(server.asked().is_empty(), "{name}");
    }
    assert_eq!(ask(&good, &Roots::default()).unwrap_err(), FetchError::Roots(RootsFault::None));
    assert_eq!(ask(&good, &authority.roots()).unwrap().body(), b"ok");
    // Plain text where TLS is expected.
    let plain = Server::start(None, |_, stream| give(stream, "text/plain", b"ok"));
    assert!(matches!(ask(&plain, &authority.roots()).unwrap_err(), FetchError::Tls | FetchError::Timeout));
}

//= spec/text/fetching.md#REQ-FETCH-6
//= type=test
//# At most 3 redirects MUST be followed, all to the same scheme, host and port; none with what is sent, and none
//# where a page says so.
#[test]
fn a46_redirects_stay_where_they_are() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(HOST)), |asked, stream| {
        let path = asked.split(' ').nth(1).unwrap();
        let to = match path {
            "/end" => return give(stream, "text/plain", b"ok"),
            "/loop" => "/loop".to_owned(),
            "/none" => return say(stream, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
            "/two" => "/end\r\nLocation: /end".to_owned(),
            "/1" => "/end".to_owned(),
            "/2" => "1".to_owned(),
            "/3" => "./a/../2".to_owned(),
            "/4" => "/3".to_owned(),
            to => faam_to(to),
        };
        say(stream, &format!("HTTP/1.1 307 On\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"));
    });
    let fetcher = fetcher(&authority, [&server]);
    let get = |path: &str| fetcher.get(&server.url(path), &ANY);
    for path in ["/end", "/1", "/2", "/3"] {
        let fetched = get(path).unwrap();
        assert_eq!((fetched.body(), fetched.url().path()), (&b"ok"[..], "/end"));
    }
    let before = server.asked().len();
    for path in ["/4", "/loop"] {
        assert_eq!(get(path).unwrap_err(), FetchError::Redirect(RedirectFault::TooMany), "{path}");
    }
    assert_eq!(server.asked().len(), before + 8);
    for path in ["/none", "/two"] {
        assert_eq!(get(path).unwrap_err(), FetchError::Redirect(RedirectFault::Malformed), "{path}");
    }
    let port = server.at.port();
    for to in [
        "https://other.example/end".to_owned(),
        format!("https://other.example:{port}/end"),
        format!("https://{HOST}/end"),
        format!("https://{HOST}:{}/end", port ^ 1),
        format!("https://www.{HOST}:{port}/end"),
        format!("http://{HOST}:{port}/end"),
        format!("//other.example:{port}/end"),
        format!("https://127.0.0.1:{port}/end"),
    ] {
        let error = get(&format!("/{}", to_path(&to))).unwrap_err();
        assert_eq!(error, FetchError::Redirect(RedirectFault::Elsewhere), "{to}");
        assert_eq!(error.reason(), Reason::FetchRedirect);
    }
    for to in
        ["file:///etc/passwd", &format!("https://me@{HOST}:{port}/end"), "/end#a", "\\\\other.example/end"]
    {
        let error = get(&format!("/{}", to_path(to))).unwrap_err();
        assert_eq!(error, FetchError::Redirect(RedirectFault::Malformed), "{to}");
    }
    let error = fetcher.get(&server.url("/1"), &ANY.without_redirects()).unwrap_err();
    assert_eq!(error, FetchError::Redirect(RedirectFault::NotHere));
    let before = server.asked().len();
    let error = fetcher.post_form(&server.url("/1"), &[("a", "b")], &ANY).unwrap_err();
    assert_eq!(error, FetchError::Redirect(RedirectFault::NotHere));
    assert_eq!(server.asked().len(), before + 1);
}

/// Any text as a path, in hexadecimal.
fn to_path(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn faam_to(path: &str) -> String {
    let digits = path.as_bytes()[1..].chunks(2);
    let bytes = digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

//= spec/text/fetching.md#REQ-FETCH-11
//= type=test
//# It MUST go through no proxy, whatever the environment says
#[test]
fn no_proxy_is_used() {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, "http://127.0.0.1:1");
    }
    let ran = child.args(["--exact", "says_nothing_about_its_sender"]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed"));
}
