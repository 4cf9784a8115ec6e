//! A market from nothing to its end.

use super::*;

#[test]
fn from_nothing_to_an_offer_and_a_request() {
    let mut market = Market::new();
    let rows = "from,to,feature,time\n12,7,10,1407470400\n13,7,-3,1376539200\n13,8,5,1376539300\n";
    let csv = market.home.path().join("ratings.csv");
    fs::write(&csv, rows).unwrap();
    let csv = csv.to_str().unwrap();
    let not_running = market.call("import", &[csv, "--scale", "-10..10", "--role", "trader"]);
    assert_eq!(code(&not_running), 8);
    assert!(text(&not_running.stderr).contains("[api.unreachable]\nnext: start it with"));

    market.trust("alpha");
    market.start();
    assert_eq!(code(&market.call("import", &[csv])), 2, "a CSV file needs scale and role");
    for new in [3, 0] {
        let done = market.json("import", &[csv, "--scale", "-10..10", "--role", "trader"]);
        assert_eq!(done, json!({"applied": 3, "new": new, "known": 3 - new}));
    }
    let again = market.call("import", &[csv, "--scale", "-10..10", "--role", "trader"]);
    assert_eq!(text(&again.stdout), "3 events in the ledgers: 0 new, 3 known\n");
    let status = market.json("status", &[]);
    assert_eq!((&status["market"]["id"], &status["market"]["accounts"]), (&json!("alpha"), &json!(2)));
    assert_eq!(code(&market.call("epoch", &[])), 3, "nothing is published yet");

    let offer = market.call("offer", &["--account", "7", "--qr"]);
    let (out, said) = (text(&offer.stdout), text(&offer.stderr));
    let lines: Vec<&str> = out.lines().collect();
    let link: Link = lines[0].parse().unwrap();
    assert_eq!((lines.len(), lines[1].len()), (2, 9));
    assert!(!link.addresses().is_empty() && said.contains('\u{2588}'), "{said}");
    let unknown = market.call("offer", &["--account", "99"]);
    assert_eq!(code(&unknown), 1);
    assert!(text(&unknown.stderr).contains("[ledger.unknown]"));
    assert!(text(&market.call("epoch", &[]).stdout).starts_with("ey"));

    let asked =
        ["--market", "alpha", "--ratings", "2", "--purpose", "To rent out a flat", "--retention-days", "30"];
    let request = market.json("request", &asked);
    let id = request["id"].as_str().unwrap();
    assert!(request["link"].as_str().unwrap().starts_with("faam:present?"));
    assert!(text(&market.call("show", &[id]).stdout).starts_with("open until "));
    let short = [&asked[..], &["--life", "1s", "--wait"]].concat();
    let expired = market.call("request", &short);
    assert_eq!(code(&expired), 3);
    assert!(text(&expired.stderr).contains("[request.expired]"));
    let missing = market.call("show", &["uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]);
    assert_eq!(code(&missing), 3);
    let untrusted = market.call("request", &[&["--market", "beta"], &asked[2..]].concat());
    assert_eq!(code(&untrusted), 6);
    let said = text(&untrusted.stderr);
    assert!(said.contains("[trust.untrusted]\nnext: see the [[trust]] entries"), "{said}");
    let status = market.json("status", &[]);
    assert_eq!(
        (&status["offers"], &status["requests"]),
        (&json!({"open": 1, "ended": 0}), &json!({"open": 1, "ended": 1}))
    );
    assert_eq!(market.stop(), 0);
    let log = market.log();
    assert!(log.contains("note: listen has port 0") && log.contains("stopped"), "{log}");
    assert!(!market.dir().join("api.addr").exists());
}

#[test]
fn a_running_market_can_be_closed() {
    let mut market = Market::started();
    assert_eq!(code(&market.call("close", &[])), 2, "the name shows that it is meant");
    assert_eq!(code(&market.call("close", &["--confirm", "beta"])), 2);
    market.import(&[rating(0, "7")]);
    market.json("offer", &["--account", "7"]);
    let closing = market.call("close", &["--confirm", "alpha"]);
    let said = text(&closing.stdout);
    assert!(
        said.starts_with("closes on 20") && said.ends_with("T00:00:00Z with its final record\n"),
        "{said}"
    );
    assert_eq!(market.signal(rustix::process::Signal::KILL), -1);
    market.start();
    let status = market.call("status", &[]);
    assert!(text(&status.stdout).contains(said.trim_start_matches("closes ").trim_end()));
    let on = market.json("status", &[])["market"]["closes"].take();
    assert_eq!(market.json("close", &["--confirm", "alpha"]), json!({"state": "closing", "on": on}));
    assert_eq!(market.json("close", &["--cancel"]), json!({"state": "open"}));
    assert_eq!(market.json("status", &[])["market"]["closes"], Value::Null);

    // Without a record in this epoch, at once.
    let other = Market::started();
    other.import(&[rating(0, "7")]);
    let closed = other.json("close", &["--confirm", "alpha"]);
    assert_eq!((&closed["state"], &closed["epoch"]["final"]), (&json!("closed"), &json!(true)));
    let late = other.import(&[rating(1, "7")]);
    assert!(text(&late.stderr).contains("The market is closed"), "{}", text(&late.stderr));
    assert_eq!(code(&other.call("close", &["--cancel"])), 3);
}

#[test]
fn imports_say_what_is_wrong_and_where() {
    let market = Market::started();
    let import = |name: &str, bytes: &[u8]| {
        let file = market.home.path().join(name);
        fs::write(&file, bytes).unwrap();
        let csv: &[&str] =
            if name.ends_with(".csv") { &["--scale", "1..5", "--role", "seller"] } else { &[] };
        let output = market.call("import", &[&[file.to_str().unwrap()], csv].concat());
        (code(&output), text(&output.stderr))
    };
    let headed = |row: &str| format!("from,to,feature,time\n{row}\n").into_bytes();
    let good = rating(0, "7");
    let changed = good.replace("no 0", "changed");
    let ahead = rating(1, "7").replace("2026-02-01T", "2126-02-01T");
    let own = rating(2, "7").replace("\"r2\"", "\"7\"");
    let reply = r#"{"type":"reply","id":"x","of":"nothing","text":"t","at":0}"#;
    let misspelt = rating(3, "7").replace("\"comment\"", "\"coment\"");
    let lines = |last: &str| format!("{good}\n\n{last}\n").into_bytes();
    for (name, bytes, words) in [
        ("a.csv", Vec::new(), vec!["a.csv': it is empty"]),
        ("a.jsonl", Vec::new(), vec!["a.jsonl': it is empty"]),
        ("a.csv", b"\x7fELF\xff\xfe\x00\x01".to_vec(), vec!["line 1 of", "not UTF-8"]),
        (
            "a.jsonl",
            b"\x7fELF\xff\xfe\x00\x01".to_vec(),
            vec!["line 1 of", "not UTF-8", "Nothing of the file"],
        ),
        ("a.csv", b"1,2,3,4\n".to_vec(), vec!["line 1 of", "first line must be"]),
        ("a.csv", b"from;to;feature;time\n".to_vec(), vec!["line 1 of", "separated by commas"]),
        ("a.csv", headed("1,2,3"), vec!["line 2 of", "four columns", "Nothing of the file"]),
        ("a.csv", headed("1,2,6,4"), vec!["line 2 of", "Column feature", "scale"]),
        ("a.csv", headed("1,2,1.5,4"), vec!["line 2 of", "whole number"]),
        ("a.csv", headed("1,2,3,yesterday"), vec!["line 2 of", "Column time"]),
        ("a.csv", headed("1,2,3,4\n1,2,4,5"), vec!["line 3 of", "this pair already"]),
        ("a.csv", headed("1,2,3,4\n3,3,4,5"), vec!["line 3 of", "cannot rate itself", "[event.rule]"]),
        (
            "a.csv",
            headed("1,9,3,50\n2,9,3,99999999999\n3,9,4,5"),
            vec!["line 3 of", "in the future", "The 2 events before it in time"],
        ),
        (
            "a.jsonl",
            lines(&changed),
            vec![
                "line 3 of",
                "other contents",
                "The 1 event before it is applied and stored, the rest is not",
            ],
        ),
        ("a.jsonl", lines(&ahead), vec!["line 3 of", "in the future", "[event.rule]"]),
        ("a.jsonl", lines(&own), vec!["line 3 of", "cannot rate itself"]),
        ("a.jsonl", lines(reply), vec!["line 3 of", "no rating of this id"]),
        ("a.jsonl", lines(&misspelt), vec!["line 3 of", "no event has", "'coment'"]),
        (
            "a.jsonl",
            [lines(&good), b"\xff\xfe\n".to_vec()].concat(),
            vec!["line 4 of", "not UTF-8", "The 2 events before it"],
        ),
    ] {
        let (status, said) = import(name, &bytes);
        assert_ne!(status, 0, "{said}");
        assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
    }
    let marked = ["\u{feff}".as_bytes(), &headed("1,2,3,4")].concat();
    assert_eq!(import("a.csv", &marked).0, 0);
    assert_eq!(import("a.jsonl", format!("\u{feff}{good}\n").as_bytes()).0, 0);
    let folder = market.call("import", &["/tmp"]);
    assert_eq!(code(&folder), 2);
    assert!(text(&folder.stderr).contains("'/tmp': it is a folder"), "{}", text(&folder.stderr));
    let missing = market.call("import", &["/nonexistent/x.csv"]);
    assert!(text(&missing.stderr).contains("'/nonexistent/x.csv': there is no such file"));
}

//= spec/text/events.md#REQ-EVENT-10
//= type=test
//# the events before it are applied and stored, it and all after it are not
#[test]
fn a_bad_line_is_named_and_what_came_before_it_stays() {
    let market = Market::started();
    let mut lines: Vec<String> = (0..1500).map(|n| rating(n, &format!("a{}", n % 50))).collect();
    lines[1200] = lines[1200].replace("1..5", "5..1");
    lines.insert(3, String::new());
    let stopped = market.import(&lines);
    let said = text(&stopped.stderr);
    assert_eq!(code(&stopped), 1, "{said}");
    assert!(
        said.contains("line 1202 of")
            && said.contains("The 1200 events before it")
            && said.contains("[event.malformed]"),
        "{said}"
    );
    lines.remove(1201);
    assert_eq!(code(&market.import(&lines)), 0);
    assert_eq!(market.json("status", &[])["market"]["accounts"], 50);
}

#[test]
fn a64_a_second_daemon_says_who_is_there() {
    let market = Market::started();
    let second = market.call("run", &[]);
    assert_eq!(code(&second), 10);
    assert!(text(&second.stderr).contains("faam-node (process "), "{}", text(&second.stderr));
    assert!(market.address().port() != 0, "the first one's address is still there");
    let backup = market.call("backup", &[market.home.path().join("b").to_str().unwrap()]);
    assert_eq!(code(&backup), 10);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = Market::new();
    let text_of = fs::read_to_string(other.config()).unwrap();
    let port = taken.local_addr().unwrap().port();
    fs::write(other.config(), text_of.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))).unwrap();
    let refused = other.call("run", &[]);
    assert_eq!(code(&refused), 2);
    assert!(text(&refused.stderr).contains("set another api.listen"), "{}", text(&refused.stderr));
}

#[test]
fn a17_a32_a_backup_is_a_whole_node_without_what_was_open() {
    let mut market = Market::started();
    market.import(&(0..200).map(|n| rating(n, "7")).collect::<Vec<_>>());
    market.json("offer", &["--account", "7"]);
    let status = market.json("status", &[]);
    market.stop();
    // A copy in the folder itself would be lost with it.
    std::os::unix::fs::symlink(market.dir(), market.home.path().join("link")).unwrap();
    for inside in
        [market.dir(), market.dir().join("b"), market.dir().join("x/y"), market.home.path().join("link/b")]
    {
        let refused = market.call("backup", &[inside.to_str().unwrap()]);
        assert_eq!(code(&refused), 2);
        assert!(
            text(&refused.stderr).contains("OUT: it lies in the state folder"),
            "{}",
            text(&refused.stderr)
        );
    }
    let out = market.home.path().join("backup");
    let made = market.json("backup", &[out.to_str().unwrap()]);
    assert!(made["records"].as_u64().unwrap() > 200);
    assert_eq!(code(&market.call("backup", &[out.to_str().unwrap()])), 1, "nothing is written over");

    // The disk is lost, and the backup comes to its place.
    fs::remove_dir_all(market.dir()).unwrap();
    fs::rename(&out, market.dir()).unwrap();
    market.start();
    let restored = market.json("status", &[]);
    for path in ["/market", "/verifier", "/peer"] {
        assert_eq!(restored.pointer(path), status.pointer(path), "{path}");
    }
    // What was open may have been used since, and is ended; what is made from now on is not, not even after a restart.
    let offers = |status: &Value| status.pointer("/offers").cloned();
    assert_eq!(offers(&status), Some(json!({"open": 1, "ended": 0})));
    assert_eq!(offers(&restored), Some(json!({"open": 0, "ended": 1})));
    market.json("offer", &["--account", "7"]);
    market.stop();
    market.start();
    assert_eq!(offers(&market.json("status", &[])), Some(json!({"open": 1, "ended": 1})));
}

#[test]
fn a55_a_clock_long_after_the_last_record_is_believed_only_when_it_is_said() {
    let mut market = Market::new();
    {
        // What a node did that was off ever since.
        let config = faam_node::config::Config::read(&market.config()).unwrap();
        let store = NodeStore::open(&config.store_dir(), &config.store_key()).unwrap();
        let identity = Identity::load(&store).unwrap();
        let settings = Settings {
            peer: identity.peer(),
            verifier: identity.verifier().clone(),
            name: config.name.clone(),
            terms: None,
            market: config.market.clone(),
            trust: config.trust.clone(),
            policy: config.policy,
        };
        let now = faam_node::daemon::now().unwrap().plus(-40 * 86_400);
        let mut turn = Turn { now, rng: &mut OsRng, store: &store };
        let mut core = Core::restore(settings, &mut turn).unwrap();
        core.set_addresses(vec!["/ip4/127.0.0.1/tcp/4001".parse().unwrap()]);
        assert_eq!(core.apply_events(&mut turn, [rating(1, "7").as_str()].into_iter()).unwrap().new, 1);
        let terms = OfferTerms { account: "7".parse().unwrap(), life: 3600, rebind: false };
        core.create_offer(&mut turn, terms).unwrap();
    }
    for more in [&[][..], &["--check"]] {
        let refused = market.call("run", more);
        assert_eq!(code(&refused), 3, "{}", text(&refused.stderr));
        let told = text(&refused.stderr);
        assert!(told.contains("this machine's clock shows") && told.contains("--accept-clock"), "{told}");
    }
    market.start_with(&["--accept-clock"]);
    market.json("offer", &["--account", "7"]);
    market.stop();
    // Once was enough.
    market.start();
    market.json("offer", &["--account", "7"]);
}
