//! Policies by name, lists, taking back, waiting, keys and health: what a marketplace's programs do all day.

use super::*;

/// A policy that needs a standing with so many ratings.
pub(crate) fn policy(title: &str, ratings: u32) -> String {
    format!(
        "v = 0\nname = \"{title}\"\n[markets]\nof = [\"alpha\"]\n[standing]\nratings_at_least = {ratings}\n"
    )
}

pub(crate) fn write_policy(market: &Market, name: &str, text: &str) {
    let dir = market.dir().join("policies");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(format!("{name}.toml")), text).unwrap();
}

pub(crate) fn append(market: &Market, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).open(market.config()).unwrap();
    writeln!(file, "\n{text}").unwrap();
}

/// A market with a policy, that believes somebody about itself.
fn with_policies() -> Market {
    let market = Market::new();
    market.trust("alpha");
    write_policy(&market, "rental", &policy("Short lets", 5));
    write_policy(&market, "quick", "v = 0\n[markets]\nof = [\"alpha\"]\n");
    append(&market, "[policies]\nrental = \"policies/rental.toml\"\nquick = \"policies/quick.toml\"");
    market
}

impl Market {
    /// A call with the owner's key, or with another one.
    pub(crate) fn ask(&self, key: &str, call: &str, body: &str) -> (u16, Value) {
        let head = format!("{call} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}", self.address());
        let (status, body) = self.http(&head, body);
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    pub(crate) fn own(&self, call: &str, body: &str) -> (u16, Value) {
        self.ask(&self.key(), call, body)
    }

    /// Makes a request: its id and its link.
    pub(crate) fn asked(&self, more: &str) -> (String, Link) {
        let body = format!("{{\"purpose\":\"To rent out a flat\",\"retention_days\":30{more}}}");
        let (status, made) = self.own("POST /v0/requests", &body);
        assert_eq!(status, 201, "{made}");
        (made["id"].as_str().unwrap().to_owned(), made["link"].as_str().unwrap().parse().unwrap())
    }

    pub(crate) fn state(&self, id: &str) -> Value {
        self.own(&format!("GET /v0/requests/{id}"), "").1
    }
}

/// A wallet that answers with nonsense: it gets a decision all the same.
pub(crate) struct Stranger(Client, Link);

impl Stranger {
    pub(crate) async fn new(link: &Link) -> Self {
        let own = Zeroizing::new([77; 32]);
        Self(
            Client::dial(own, link.peer(), link.addresses(), Duration::from_secs(10)).await.unwrap(),
            link.clone(),
        )
    }

    async fn say(&self, head: PresentAsk, body: &[u8]) -> PresentAnswer {
        let payload = Message { head, body: body.to_vec() }.encode().unwrap();
        let answer = self.0.ask(Protocol::Present, payload).await.unwrap();
        faam_schemas::assert_message("wire-present-node", &answer);
        Message::<PresentAnswer>::decode(&answer).unwrap().head
    }

    pub(crate) async fn fetch(&self) -> PresentAnswer {
        self.say(PresentAsk::Fetch { capability: self.1.capability() }, &[]).await
    }

    /// A page of so many bytes in all.
    async fn page(&self, bytes: &[u8], number: u64) -> PresentAnswer {
        let from = usize::try_from(number).unwrap() * PAGE_BYTES;
        let body = &bytes[from..bytes.len().min(from + PAGE_BYTES)];
        let (capability, hash) = (self.1.capability(), faam_spec::presentation::hash(bytes));
        let head = PresentAsk::Answer {
            capability,
            bytes: bytes.len() as u64,
            hash,
            page: number.try_into().unwrap(),
        };
        self.say(head, body).await
    }

    pub(crate) async fn answer(&self, bytes: &[u8]) -> PresentAnswer {
        let mut last = PresentAnswer::More;
        for number in 0..pages(bytes.len() as u64) {
            last = self.page(bytes, number).await;
        }
        last
    }
}

fn refused(answer: &PresentAnswer) -> Option<Reason> {
    match answer {
        PresentAnswer::Refused { code } => Some(*code),
        _ => None,
    }
}

//= spec/text/local-api.md#REQ-API-8
//= type=test
//# A presentation MUST be judged by the policy as it was when the request was made; it is stored with the
//# request, so that a file that is changed later changes nothing for it. Of a request with `policy`, a name
//# that is not there MUST be refused with the one that is most like it (`request.policy`, 400).
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_judged_by_the_policy_that_it_named() {
    let mut market = with_policies();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = fs::read_to_string(market.config()).unwrap();
    let listen = format!("listen = [\"/ip4/127.0.0.1/tcp/{port}\"]");
    let config: Vec<&str> = config
        .lines()
        .map(|line| if line.starts_with("listen = [\"/ip4") { &listen } else { line })
        .collect();
    fs::write(market.config(), config.join("\n")).unwrap();
    market.start();
    let (status, listed) = market.own("GET /v0/policies", "");
    assert_eq!(status, 200);
    let names: Vec<&str> =
        listed["policies"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["quick", "rental"]);
    assert_eq!(listed["policies"][1]["title"], "Short lets");
    assert_eq!(listed["policies"][1]["says"][0], "This is the policy \"Short lets\".");
    assert_eq!(
        listed["policies"][0]["title"], "quick",
        "without a name of its own, it has that of the configuration"
    );

    let (id, link) = market.asked(",\"policy\":\"rental\"");
    assert_eq!(market.state(&id)["policy"], "rental");
    let (plain, _) = market.asked(",\"market\":\"alpha\"");
    assert_eq!(market.state(&plain)["policy"], Value::Null);
    let ask = |more: &str| {
        let body = format!("{{\"purpose\":\"p\",\"retention_days\":1{more}}}");
        let (status, problem) = market.own("POST /v0/requests", &body);
        (
            status,
            problem["code"].as_str().unwrap().to_owned(),
            problem["sentence"].as_str().unwrap().to_owned(),
        )
    };
    for (name, hint) in
        [("rentl", "did you mean 'rental'?"), ("zzz", "there are quick, rental"), ("Rental!", "'rental'?")]
    {
        let (status, code, sentence) = ask(&format!(",\"policy\":\"{name}\""));
        assert_eq!((status, code.as_str()), (400, "request.policy"), "{sentence}");
        assert!(sentence.contains(hint), "{sentence}");
    }
    for both in [
        "\"market\":\"alpha\"",
        "\"ratings\":1",
        "\"complete\":true",
        "\"dcql_query\":{}",
        "\"milestones\":[]",
    ] {
        let (status, code, sentence) = ask(&format!(",\"policy\":\"rental\",{both}"));
        assert_eq!((status, code.as_str()), (400, "input.malformed"), "{sentence}");
        assert!(sentence.contains("does not go together with policy"), "{sentence}");
    }

    // The file asks for more, and then for nothing; what was asked stays what was asked.
    market.stop();
    write_policy(&market, "rental", &policy("Something else", 500));
    market.start();
    assert_eq!(market.own("GET /v0/policies", "").1["policies"][1]["title"], "Something else");
    let answer = Stranger::new(&link).await.answer(b"nonsense").await;
    assert!(matches!(answer, PresentAnswer::Decided), "{answer:?}");
    let state = market.state(&id);
    assert_eq!(
        (&state["decision"]["policy"], &state["policy"]),
        (&json!("Short lets"), &json!("rental")),
        "{state}"
    );
    assert_eq!(state["decision"]["outcome"], "refused");

    // From the command line.
    let made = market.json("request", &["--policy", "quick", "--purpose", "p", "--retention-days", "1"]);
    assert_eq!(market.state(made["id"].as_str().unwrap())["policy"], "quick");
    let missing = market.call("request", &["--policy", "quik", "--purpose", "p", "--retention-days", "1"]);
    assert!(text(&missing.stderr).contains("did you mean 'quick'?"), "{}", text(&missing.stderr));
    let both = market.call(
        "request",
        &["--policy", "quick", "--market", "alpha", "--purpose", "p", "--retention-days", "1"],
    );
    assert_eq!(code(&both), 2);
}

#[test]
fn policies_that_cannot_be_used_are_refused_before_anything_starts() {
    let market = Market::new();
    let good = fs::read_to_string(market.config()).unwrap();
    let check = |config: &str| {
        fs::write(market.config(), format!("{good}\n{config}\n")).unwrap();
        let output = market.call("run", &["--check"]);
        (code(&output), text(&output.stderr))
    };
    write_policy(&market, "good", &policy("Good", 1));
    write_policy(&market, "key", "v = 0\n[standng]\n");
    write_policy(&market, "value", "v = 0\n[standing]\nmean_at_least = 2000\n");
    write_policy(&market, "toml", "v = \n");
    write_policy(&market, "open", &policy("Open", 1));
    fs::set_permissions(market.dir().join("policies/open.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    let line = |name: &str, file: &str| format!("[policies]\n{name} = \"policies/{file}.toml\"");
    assert_eq!(check(&line("good", "good")).0, 0);
    for (name, file, words) in [
        ("x", "key", vec!["the policy 'x'", "policies/key.toml", "did you mean 'standing'?", "[file.key]"]),
        ("x", "value", vec!["line 3: standing.mean_at_least", "[file.value]"]),
        ("x", "toml", vec!["not TOML", "[file.syntax]"]),
        ("x", "none", vec!["there is no", "[input.missing]"]),
        ("x", "open", vec!["can be written by others", "chmod go-w", "[store.permissions]"]),
        ("Rental", "good", vec!["'Rental': a policy's name has", "[input.malformed]"]),
        ("\"a b\"", "good", vec!["'a b': a policy's name has"]),
    ] {
        let (status, said) = check(&line(name, file));
        assert_ne!(status, 0, "{said}");
        assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
    }
    assert!(check("[policies]\nx = 7").1.contains("'x' is not the path of a file"));
    let many: String = (0..65).map(|n| format!("p{n} = \"policies/good.toml\"\n")).collect();
    assert!(check(&format!("[policies]\n{many}")).1.contains("at most 64"));
    // [policy] takes what makes sense for any request, and says of the rest where it belongs.
    let policy = |text: &str| {
        let config = good.replace("[policy]\n", &format!("[policy]\n{text}\n"));
        fs::write(market.config(), config).unwrap();
        let output = market.call("run", &["--check"]);
        (code(&output), text_of(&output))
    };
    fn text_of(output: &Output) -> String {
        text(&output.stderr)
    }
    assert_eq!(policy("name = \"General\"\nstanding_max_epochs = 3\non.disputed = \"note\"").0, 0);
    assert!(policy("standing = { ratings_at_least = 5 }").1.contains("goes into a policy file"));
    assert!(policy("on.disputd = \"note\"").1.contains("did you mean 'policy.on.disputed'?"));
    assert!(policy("name = \" \"").1.contains("name: a name has"));
}

//= spec/text/local-api.md#REQ-API-10
//= type=test
//# A page MUST be in the order in which the requests were made, and have `next` where there is more
#[test]
fn requests_are_listed_in_order_and_in_pages() {
    let mut market = with_policies();
    market.start();
    let mut made = Vec::new();
    for n in 0..7 {
        let more = if n % 2 == 0 { ",\"policy\":\"quick\"" } else { ",\"market\":\"alpha\"" };
        made.push(market.asked(more).0);
        if n == 3 {
            std::thread::sleep(Duration::from_millis(1100));
        }
    }
    let (short, _) = market.asked(",\"market\":\"alpha\",\"life_seconds\":1");
    let (gone, _) = market.asked(",\"market\":\"alpha\"");
    assert_eq!(market.own(&format!("DELETE /v0/requests/{gone}"), "").0, 200);
    std::thread::sleep(Duration::from_millis(1500));
    let list = |market: &Market, query: &str| {
        let (status, page) = market.own(&format!("GET /v0/requests{query}"), "");
        assert_eq!(status, 200, "{page}");
        page
    };
    let ids = |page: &Value| -> Vec<String> {
        page["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let walk = |market: &Market, state: &str, limit: usize| {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = list(market, &format!("?state={state}&limit={limit}{after}"));
            assert!(ids(&page).len() <= limit);
            all.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    };
    let open = walk(&market, "open", 2);
    assert_eq!(open.len(), 7);
    assert!(made.iter().all(|id| open.contains(id)));
    // Seconds are all that a request says of when it was made; those of a later one come later.
    assert!(made[..4].iter().all(|id| open[..4].contains(id)), "{open:?}");
    assert_eq!(walk(&market, "expired", 50), std::slice::from_ref(&short));
    assert_eq!(walk(&market, "revoked", 50), std::slice::from_ref(&gone));
    assert_eq!(walk(&market, "decided", 50), [""; 0]);
    assert_eq!(ids(&list(&market, "")).len(), 9);
    let named = list(&market, "?state=open");
    assert_eq!(
        named["requests"].as_array().unwrap().iter().filter(|row| row["policy"] == "quick").count(),
        4
    );
    // A page goes on where it was, whatever was taken back since, and over a restart.
    let first = list(&market, "?state=open&limit=3");
    for id in ids(&first) {
        assert_eq!(market.own(&format!("DELETE /v0/requests/{id}"), "").0, 200);
    }
    market.stop();
    market.start();
    let rest = list(&market, &format!("?state=open&after={}", first["next"].as_str().unwrap()));
    assert_eq!(ids(&rest), open[3..]);
    for bad in [
        "?state=all",
        "?limit=0",
        "?limit=201",
        "?limit=x",
        "?after=x",
        "?after=1.x",
        "?nothing=1",
        "?limit=1&limit=2",
    ] {
        let (status, problem) = market.own(&format!("GET /v0/requests{bad}"), "");
        assert_eq!((status, &problem["code"]), (400, &json!("input.malformed")), "{bad}: {problem}");
    }
}

//= spec/text/local-api.md#REQ-API-9
//= type=test
//# An open request MUST be revoked before the call is answered, for good; a wallet that comes later, or is in
//# the middle of its answer, MUST hear `request.revoked`. One that is revoked already stays so; one that has
//# ended stays as it is (`409`)
#[tokio::test(flavor = "multi_thread")]
async fn a17_what_was_taken_back_is_answered_no_more() {
    let mut market = with_policies();
    market.start();
    let revoke = |market: &Market, id: &str| market.own(&format!("DELETE /v0/requests/{id}"), "");
    // In the middle of an answer.
    let (id, link) = market.asked(",\"market\":\"alpha\"");
    let stranger = Stranger::new(&link).await;
    assert!(matches!(stranger.fetch().await, PresentAnswer::Request));
    let large = vec![7; 3 * PAGE_BYTES];
    assert!(matches!(stranger.page(&large, 0).await, PresentAnswer::More));
    assert_eq!(revoke(&market, &id), (200, json!({"state": "revoked"})));
    assert_eq!(refused(&stranger.page(&large, 1).await), Some(Reason::RequestRevoked));
    assert_eq!(refused(&stranger.answer(&large).await), Some(Reason::RequestRevoked));
    assert_eq!(refused(&stranger.fetch().await), Some(Reason::RequestRevoked));
    assert_eq!(market.state(&id), json!({"state": "revoked"}));
    assert_eq!(revoke(&market, &id).0, 200, "once more changes nothing");
    let shown = market.call("show", &[&id]);
    assert!(text(&shown.stderr).contains("[request.revoked]"), "{}", text(&shown.stderr));
    // What has ended stays as it is.
    let (decided, link) = market.asked(",\"market\":\"alpha\"");
    assert!(matches!(Stranger::new(&link).await.answer(b"x").await, PresentAnswer::Decided));
    let (status, problem) = revoke(&market, &decided);
    assert_eq!((status, &problem["code"]), (409, &json!("request.used")));
    assert_eq!(market.state(&decided)["state"], "decided");
    let (late, _) = market.asked(",\"market\":\"alpha\",\"life_seconds\":1");
    std::thread::sleep(Duration::from_millis(1500));
    let (status, problem) = revoke(&market, &late);
    assert_eq!((status, &problem["code"]), (409, &json!("request.expired")));
    for unknown in ["uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"] {
        assert_eq!(revoke(&market, unknown).0, 404, "{unknown}");
    }
    // A race: whoever is first wins, and both say so.
    for _ in 0..8 {
        let (id, link) = market.asked(",\"market\":\"alpha\"");
        let stranger = Stranger::new(&link).await;
        let (head, address) = (market.good_head(&format!("DELETE /v0/requests/{id}")), market.address());
        let revoking = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
        });
        let told = stranger.answer(b"x").await;
        let status = revoking.join().unwrap();
        let state = market.state(&id)["state"].as_str().unwrap().to_owned();
        match status {
            200 => {
                assert_eq!(refused(&told), Some(Reason::RequestRevoked));
                assert_eq!(state, "revoked");
            }
            409 => {
                assert!(matches!(told, PresentAnswer::Decided), "{told:?}");
                assert_eq!(state, "decided");
            }
            other => panic!("{other}"),
        }
    }
    // It outlives a daemon that is killed.
    market.signal(rustix::process::Signal::KILL);
    market.start();
    assert_eq!(market.state(&id), json!({"state": "revoked"}));
}

//= spec/text/local-api.md#REQ-API-11
//= type=test
//# At most 32 calls wait at once (`503` `net.busy`); while they wait, they MUST NOT count among the 16.
#[tokio::test(flavor = "multi_thread")]
async fn calls_can_wait_and_keep_nobody_out() {
    let mut market = with_policies();
    market.start();
    let (id, link) = market.asked(",\"market\":\"alpha\"");
    let wait = |id: &str, seconds: u64| {
        let mut stream = TcpStream::connect(market.address()).unwrap();
        let head = market.good_head(&format!("GET /v0/requests/{id}?wait={seconds}"));
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    let read = |mut stream: TcpStream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let begun = Instant::now();
    let waiting: Vec<TcpStream> = (0..32).map(|_| wait(&id, 25)).collect();
    std::thread::sleep(Duration::from_millis(700));
    // All places for waiting are taken; other calls have theirs.
    assert!(read(wait(&id, 25)).starts_with("HTTP/1.1 503"), "one more than there are places");
    for _ in 0..20 {
        assert_eq!(market.own("GET /v0/status", "").0, 200);
    }
    assert_eq!(market.state(&id)["state"], "open");
    // Longer than a connection may be silent otherwise.
    std::thread::sleep(Duration::from_secs(16).saturating_sub(begun.elapsed()));
    assert!(matches!(Stranger::new(&link).await.answer(b"x").await, PresentAnswer::Decided));
    for stream in waiting {
        let answer = read(stream);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"state\":\"decided\""), "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(24), "they were told when it was so");
    // What stays open is said when the time is over, and what expires when it does.
    let (open, _) = market.asked(",\"market\":\"alpha\"");
    let begun = Instant::now();
    assert!(read(wait(&open, 1)).contains("\"state\":\"open\""));
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let (short, _) = market.asked(",\"market\":\"alpha\",\"life_seconds\":1");
    assert!(read(wait(&short, 20)).contains("\"state\":\"expired\""));
    let (gone, _) = market.asked(",\"market\":\"alpha\"");
    let hears = wait(&gone, 20);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(market.own(&format!("DELETE /v0/requests/{gone}"), "").0, 200);
    assert!(read(hears).contains("\"state\":\"revoked\""));
    assert!(begun.elapsed() < Duration::from_secs(15));
    for bad in ["31", "-1", "x", ""] {
        assert_eq!(market.own(&format!("GET /v0/requests/{open}?wait={bad}"), "").0, 400, "{bad}");
    }
    // Nor does a call that waits keep the daemon from ending.
    let hears = wait(&open, 30);
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    assert_eq!(market.stop(), 0);
    assert!(begun.elapsed() < Duration::from_secs(8));
    assert!(read(hears).contains("\"state\":\"open\""));
}

//= spec/text/local-api.md#REQ-API-15
//= type=test
//# A key MUST be limited to what it was made for: a call that the key may not make MUST be refused (`403`
//# `api.forbidden`).
//= spec/text/local-api.md#REQ-API-16
//= type=test
//# A key MUST be shown when it is made and never again; the store has its hash. A revoked key MUST be refused
//# from then on
#[test]
fn a71_keys_do_what_they_are_for_and_end_when_they_are_revoked() {
    let mut market = with_policies();
    market.start();
    let new = |name: &str, may: &str| {
        let (status, made) = market.own("POST /v0/keys", &format!("{{\"name\":\"{name}\",\"may\":{may}}}"));
        assert_eq!(status, 201, "{made}");
        made["key"].as_str().unwrap().to_owned()
    };
    let keys = [
        ("events", new("loader", "[\"events\"]")),
        ("offers", new("offers", "[\"offers\"]")),
        ("requests", new("shop", "[\"requests\"]")),
        ("read", new("watch", "[\"read\"]")),
    ];
    let request = "{\"purpose\":\"p\",\"retention_days\":1,\"market\":\"alpha\"}";
    let none = "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (call, body, may) in [
        ("POST /v0/events".to_owned(), "", "events"),
        ("POST /v0/offers".to_owned(), "{\"account\":\"7\"}", "offers"),
        ("POST /v0/requests".to_owned(), request, "requests"),
        ("GET /v0/requests".to_owned(), "", "requests"),
        (format!("GET /v0/requests/{none}"), "", "requests"),
        (format!("GET /v0/requests/{none}?wait=1"), "", "requests"),
        (format!("DELETE /v0/requests/{none}"), "", "requests"),
        ("GET /v0/webhook".to_owned(), "", "requests"),
        (format!("POST /v0/webhook/msg_{none}"), "", "requests"),
        ("GET /v0/status".to_owned(), "", "read"),
        ("GET /v0/epoch".to_owned(), "", "read"),
        ("GET /v0/policies".to_owned(), "", "all"),
        ("GET /v0/openapi.json".to_owned(), "", "all"),
        ("POST /v0/close".to_owned(), "", "owner"),
        ("DELETE /v0/close".to_owned(), "", "owner"),
        ("GET /v0/keys".to_owned(), "", "owner"),
        ("POST /v0/keys".to_owned(), "{\"name\":\"x\",\"may\":[\"read\"]}", "owner"),
        ("DELETE /v0/keys/shop".to_owned(), "", "owner"),
        ("POST /v0/keys/owner/rotate".to_owned(), "", "owner"),
        ("POST /v0/keys/shop/rotate".to_owned(), "", "owner"),
    ] {
        assert_eq!(market.ask("uAAAA", &call, body).0, 401, "{call}");
        for (name, key) in &keys {
            let (status, answer) = market.ask(key, &call, body);
            let good = may == "all" || may == *name;
            assert_eq!(status != 403, good, "{call} with {name}: {answer}");
            if !good {
                assert_eq!(answer["code"], "api.forbidden", "{call}");
            }
        }
    }
    let (_, listed) = market.own("GET /v0/keys", "");
    let rows = listed["keys"].as_array().unwrap();
    assert_eq!(
        rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["loader", "offers", "shop", "watch"]
    );
    let end = Instant::now() + PATIENCE;
    while market.own("GET /v0/keys", "").1["keys"][2]["last_used"].as_str().is_none_or(|day| day.len() != 10)
    {
        assert!(Instant::now() < end, "the day on which it was used is noted");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Neither lists nor log nor store has a key.
    let shop = &keys[2].1;
    assert!(!listed.to_string().contains(shop.as_str()) && !market.log().contains(shop.as_str()));
    assert_eq!(market.ask(shop, "GET /v0/requests", "").0, 200);
    assert_eq!(market.own("DELETE /v0/keys/shop", "").0, 200);
    assert_eq!(market.ask(shop, "GET /v0/requests", "").0, 401, "at once");
    for (call, body, status) in [
        ("DELETE /v0/keys/shop", "", 404),
        ("DELETE /v0/keys/owner", "", 400),
        ("POST /v0/keys/nobody/rotate", "", 404),
        ("POST /v0/keys", "{\"name\":\"watch\",\"may\":[\"read\"]}", 400),
        ("POST /v0/keys", "{\"name\":\"owner\",\"may\":[\"read\"]}", 400),
        ("POST /v0/keys", "{\"name\":\"x\",\"may\":[]}", 400),
        ("POST /v0/keys", "{\"name\":\"x\",\"may\":[\"everything\"]}", 400),
        ("POST /v0/keys", "{\"name\":\"X\",\"may\":[\"read\"]}", 400),
        ("POST /v0/keys/watch/rotate", "{\"overlap_seconds\":-1}", 400),
        ("POST /v0/keys/watch/rotate", "{\"overlap\":1}", 400),
    ] {
        let (found, problem) = market.own(call, body);
        assert_eq!(found, status, "{call} {body}: {problem}");
    }
    let near = market.own("POST /v0/keys/wach/rotate", "").1;
    assert!(near["sentence"].as_str().unwrap().contains("did you mean 'watch'?"), "{near}");
    // After a crash it is as it was.
    market.signal(rustix::process::Signal::KILL);
    market.start();
    assert_eq!(market.ask(shop, "GET /v0/requests", "").0, 401);
    assert_eq!(market.ask(&keys[3].1, "GET /v0/status", "").0, 200);
}

//= spec/text/local-api.md#REQ-API-17
//= type=test
//# The old key MUST be good until the overlap is over and no longer
#[test]
fn a71_rotated_keys_are_good_for_the_overlap_and_no_longer() {
    let mut market = with_policies();
    // Without a daemon, on its store.
    let made = market.json("keys", &["new", "watch", "--may", "read"]);
    assert_eq!(code(&market.call("keys", &["revoke", "wach"])), 3);
    market.start();
    let first = made["key"].as_str().unwrap().to_owned();
    let status = |market: &Market, key: &str| market.ask(key, "GET /v0/status", "").0;
    assert_eq!(status(&market, &first), 200);
    let second = market.json("keys", &["rotate", "watch", "--overlap", "2s"]);
    let second = second["key"].as_str().unwrap().to_owned();
    assert_eq!((status(&market, &first), status(&market, &second)), (200, 200));
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!((status(&market, &first), status(&market, &second)), (401, 200));
    let third = market.json("keys", &["rotate", "watch", "--overlap", "0s"]);
    let third = third["key"].as_str().unwrap().to_owned();
    assert_eq!((status(&market, &second), status(&market, &third)), (401, 200));

    // The owner's own, over HTTP and on the command line.
    let old = market.key();
    let (answered, made) = market.own("POST /v0/keys/owner/rotate", "{\"overlap_seconds\":3}");
    assert_eq!(answered, 200, "{made}");
    assert_eq!(made["key"].as_str().unwrap(), market.key(), "it stands in the file");
    let mode = fs::metadata(market.dir().join("api.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!((status(&market, &old), status(&market, &market.key())), (200, 200));
    assert_eq!(market.ask(&old, "GET /v0/keys", "").0, 200, "it is the owner's still");
    std::thread::sleep(Duration::from_millis(3500));
    assert_eq!((status(&market, &old), status(&market, &market.key())), (401, 200));
    let old = market.key();
    market.json("keys", &["rotate", "owner", "--overlap", "0s"]);
    assert_eq!((status(&market, &old), status(&market, &market.key())), (401, 200));
    let listed = text(&market.call("keys", &["list"]).stdout);
    assert!(
        listed.contains("owner: in api.key; rotated ") && listed.contains("watch: read; made "),
        "{listed}"
    );
    assert!(!listed.contains(&third) && !listed.contains(&market.key()));
    market.stop();
    let old = market.key();
    market.json("keys", &["rotate", "owner"]);
    market.json("keys", &["revoke", "watch"]);
    market.start();
    assert_eq!(
        (status(&market, &old), status(&market, &market.key())),
        (200, 200),
        "a day unless said otherwise"
    );
    assert_eq!(status(&market, &third), 401);
}

//= spec/text/local-api.md#REQ-API-12
//= type=test
//# `/readyz` MUST say `ready` only while the core answers and the store can be reached; else `503`
//= spec/text/local-api.md#REQ-API-4
//= type=test
//# A body that has not arrived when its time is over, 15 s from when the connection was accepted, is `408` `net.timeout`.
#[test]
fn whether_it_runs_and_whether_it_takes_calls_are_two_questions() {
    let market = Market::started();
    let head = |call: &str, host: &str| format!("GET {call} HTTP/1.1\r\nHost: {host}");
    let host = market.address().to_string();
    assert_eq!(market.http(&head("/healthz", &host), ""), (200, "ok\n".to_owned()));
    assert_eq!(market.http(&head("/readyz", &host), ""), (200, "ready\n".to_owned()));
    for call in ["/healthz", "/readyz"] {
        assert_eq!(problem(&market.http(&head(call, "evil.example"), "")), (403, "api.origin".to_owned()));
    }
    // Sixteen calls whose bodies do not come: it is busy, and runs.
    let mut slow: Vec<TcpStream> = (0..16)
        .map(|_| {
            let mut stream = TcpStream::connect(market.address()).unwrap();
            let head = market.good_head("POST /v0/offers");
            stream.write_all(format!("{head}\r\nContent-Length: 100\r\n\r\n{{").as_bytes()).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(problem(&market.http(&head("/readyz", &host), "")), (503, "net.busy".to_owned()));
    assert_eq!(market.http(&head("/healthz", &host), "").0, 200);

    // Nobody waits for them for ever.
    for stream in &mut slow {
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("\"net.timeout\""), "{told}");
    }
    assert_eq!(market.http(&head("/readyz", &host), ""), (200, "ready\n".to_owned()));
}
