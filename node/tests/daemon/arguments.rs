//! Arguments, configurations and folders that cannot be used.

use super::*;

#[test]
fn mistakes_in_the_arguments_have_a_code() {
    for args in [
        &["--json"][..],
        &["--json", "ofer"],
        &["offer", "--json"],
        &["status", "--json", "--no-such"],
        &["--json", "\u{1b}[31m"],
    ] {
        let said = run(args);
        let envelope: Value = serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("{args:?}"));
        assert_eq!((code(&said), &envelope["exit"]), (2, &json!(2)), "{args:?}");
        assert_eq!(envelope["command"], "faam-node");
        assert_eq!(envelope["error"]["code"], Reason::InputMalformed.code(), "{args:?}");
        assert_eq!(said.stderr, b"", "what is for people would be said twice");
        assert!(!said.stdout.contains(&0x1b));
    }
    let sentence = |args: &[&str]| {
        let envelope: Value = serde_json::from_slice(&run(args).stdout).unwrap();
        envelope["error"]["sentence"].as_str().unwrap().to_owned()
    };
    let missing = sentence(&["offer", "--json"]);
    assert!(missing.contains("--config <FILE>") && missing.contains("--account <ACCOUNT>"), "{missing}");
    assert!(!missing.contains("Usage"), "{missing}");
    assert!(sentence(&["--json", "ofer"]).contains("'offer'"), "it is suggested");
    assert!(sentence(&["--json"]).contains("requires a subcommand"));
    // People are told the same in the form of all mistakes, and help is none.
    for args in
        [&["ofer"][..], &["offer"], &["status", "--no-such"], &["request", "--config", "x", "--life", "long"]]
    {
        let said = run(args);
        assert_eq!((code(&said), said.stdout.as_slice()), (2, &b""[..]));
        one_style(&text(&said.stderr), "input.malformed");
    }
    assert!(
        text(&run(&["ofer"]).stderr).contains("; a similar subcommand exists: 'offer'"),
        "it is suggested"
    );
    assert_eq!(code(&program(&["--json", "--help"]).output().unwrap()), 0);
}

/// What and why with the code at the end of one paragraph, and what to do next below it.
fn one_style(said: &str, code: &str) {
    let (what, next) = said.split_once("\nnext: ").unwrap_or_else(|| panic!("nothing comes next: {said}"));
    assert!(what.starts_with("error: ") && what.ends_with(&format!(" [{code}]")), "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(next.trim_end().lines().count() == 1 && !next.trim().is_empty(), "{said}");
    assert!(!said.contains("code: ") && !said.contains("Usage"), "{said}");
}

#[test]
fn a_mistake_is_told_in_one_style_wherever_it_is() {
    let mut market = Market::new();
    market.start();
    let said = |command: &str, args: &[&str]| text(&market.call(command, args).stderr);
    let asked = ["--purpose", "To rent out a flat", "--retention-days", "30"];
    // Of a name that the daemon does not know, an option that says nothing, one that nobody knows, and one of another kind.
    one_style(&said("request", &[&asked[..], &["--policy", "renal"]].concat()), "request.policy");
    one_style(
        &said("request", &["--purpose", " ", "--retention-days", "30", "--market", "alpha"]),
        "input.malformed",
    );
    one_style(&said("request", &[&asked[..], &["--polcy", "rental"]].concat()), "input.malformed");
    one_style(&said("request", &[&asked[..], &["--market", "Not A Market"]].concat()), "input.malformed");
    one_style(&said("request", &[&asked[..], &["--market", "nowhere"]].concat()), "trust.untrusted");
    one_style(&text(&run(&["explain", "no.such"]).stderr), "input.malformed");
    // And in the file itself.
    let config = market.config();
    let good = fs::read_to_string(&config).unwrap();
    for bad in [
        "[policies]\n\"Not a name\" = \"x.toml\"\n",
        "[policies]\nrental = 7\n",
        "[polices]\nrental = \"x.toml\"\n",
        "[webhook]\nurl = \"http://market.example/\"\n",
        "[webhook\n",
    ] {
        fs::write(&config, format!("{good}\n{bad}")).unwrap();
        one_style(&text(&market.call("run", &["--check"]).stderr), "input.malformed");
    }
    fs::write(&config, format!("{good}\n[policies]\nrental = \"nowhere.toml\"\n")).unwrap();
    one_style(&text(&market.call("run", &["--check"]).stderr), "input.missing");
}

#[test]
fn configurations_that_cannot_be_used_are_refused_with_the_fix() {
    let market = Market::new();
    let config = market.config();
    let good = fs::read_to_string(&config).unwrap();
    let check = |text: &str| {
        fs::write(&config, text).unwrap();
        let output = market.call("run", &["--check"]);
        (code(&output), text_of(&output))
    };
    fn text_of(output: &Output) -> String {
        text(&output.stderr)
    }
    assert_eq!(check(&good).0, 0);
    let (status, said) = check(&format!("lisen = []\n{good}"));
    assert_eq!(status, 2);
    assert!(said.contains("unknown key 'lisen'; did you mean 'listen'?"), "{said}");
    let (status, said) = check(&good.replace("127.0.0.1:0", "0.0.0.0:7345"));
    assert_eq!(status, 2);
    assert!(said.contains("for this machine alone"), "{said}");
    assert_eq!(check("dir = ").0, 2);
    let (status, said) = check(&good.replace("id = \"alpha\"", "id = \"beta\""));
    assert_eq!(status, 0, "nothing is recorded yet, so that the name may change: {said}");
    for listen in ["[\"/unix/x\"]", "[\"127.0.0.1:80\"]", "[]", "[\"/ip4/127.0.0.1/tcp/0\", \"\"]"] {
        let line = good.lines().find(|line| line.starts_with("listen = [")).unwrap();
        let (status, said) = check(&good.replacen(line, &format!("listen = {listen}"), 1));
        assert_eq!(status, 2, "{listen}: {said}");
        assert!(said.contains("listen"), "{said}");
    }
    let entry = |roles: &str, types: &str| {
        let issuer = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        format!(
            "{good}\n[[trust]]\nissuer = \"{issuer}\"\nmarket = \"beta\"\nroles = {roles}\ntypes = {types}\n"
        )
    };
    for (roles, types, told) in [
        ("\"any\"", "[]", Some("trust.types: entry no. 1 (beta): an empty list of `types` believes nothing")),
        (
            "[]",
            "[\"standing\", \"rating\"]",
            Some("trust.roles: entry no. 1 (beta): an empty list of `roles` names no role"),
        ),
        ("[]", "[\"private\"]", Some("trust.roles: entry no. 1 (beta)")),
        ("[]", "[\"standing\"]", None),
        ("[\"seller\"]", "[\"rating\"]", None),
    ] {
        let (status, said) = check(&entry(roles, types));
        assert_eq!(status, if told.is_some() { 2 } else { 0 }, "{roles} {types}: {said}");
        let told = told.unwrap_or_default();
        assert!(said.contains(told) && said.contains("[input.malformed]") != told.is_empty(), "{said}");
    }
    for missing in ["roles", "types"] {
        let text = entry("\"any\"", "[\"rating\"]");
        let line = text.lines().rfind(|line| line.starts_with(missing)).unwrap();
        let (status, said) = check(&text.replace(line, ""));
        assert!(status == 2 && said.contains(&format!("missing field `{missing}`")), "{said}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (status, said) = check(&good.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    assert_eq!(status, 2);
    assert!(said.contains("set another api.listen"), "{said}");
    let (_, said) = check(&good.replace("dir = \".\"", "dir = 7"));
    assert!(said.contains("\n") && said.contains("dir = 7") && !said.contains("not TOML"), "{said}");
    assert!(check("").1.contains("is empty"));

    fs::write(&config, &good).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    let open = market.call("run", &["--check"]);
    assert_eq!(code(&open), 1);
    assert!(text(&open.stderr).contains("chmod 600"), "{}", text(&open.stderr));
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    for (name, mode, fix) in [
        ("api.key", 0o640, "chmod 600"),
        ("store.key", 0o604, "chmod 600"),
        ("store", 0o750, "chmod 700"),
        ("", 0o755, "chmod 700"),
    ] {
        let path = market.dir().join(name);
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = market.call("run", &[]);
        assert_eq!(code(&refused), 1, "{name}");
        assert!(text(&refused.stderr).contains(fix), "{name}: {}", text(&refused.stderr));
        fs::set_permissions(&path, before).unwrap();
    }
    let missing = run(&["run", "--config", "/nonexistent/faam-node.toml"]);
    assert_eq!(code(&missing), 2);
    assert!(text(&missing.stderr).contains("next: make one with 'faam-node init"));
}

#[test]
fn a_used_store_says_whose_it_is() {
    let mut market = Market::started();
    market.import(&[rating(0, "7")]);
    market.stop();
    let good = fs::read_to_string(market.config()).unwrap();
    for other in [
        good.replace("id = \"alpha\"", "id = \"beta\""),
        good.replace("id = \"alpha\"\n", "id = \"alpha\"\nepoch_seconds = 3600\n"),
    ] {
        assert_ne!(other, good);
        fs::write(market.config(), other).unwrap();
        let refused = market.call("run", &["--check"]);
        let said = text(&refused.stderr);
        assert_eq!(code(&refused), 2, "{said}");
        assert!(said.contains("belongs to market alpha with epochs of 604800 seconds"), "{said}");
    }
}

/// Beside the daemon is when a configuration is checked that has just been changed.
#[test]
fn a_configuration_is_checked_while_the_daemon_runs() {
    let market = Market::started();
    let beside = market.call("run", &["--check"]);
    assert_eq!(code(&beside), 0, "{}", text(&beside.stderr));
    assert!(text(&beside.stdout).contains("were not tried"), "{}", text(&beside.stdout));
    let said: Value = serde_json::from_slice(&market.call("run", &["--check", "--json"]).stdout).unwrap();
    assert_eq!(said["data"], json!({"running": true}));
    let good = fs::read_to_string(market.config()).unwrap();
    fs::write(market.config(), good.replace("[policy]", "[polisy]")).unwrap();
    assert_eq!(code(&market.call("run", &["--check"])), 2);
}

#[test]
fn requests_name_the_option_that_is_wrong() {
    let market = Market::new();
    market.trust("alpha");
    let mut market = market;
    market.start();
    let ask = |more: &[&str]| {
        let base = ["--market", "alpha", "--purpose", "p", "--retention-days", "1"];
        let kept: Vec<&str> =
            base.chunks(2).filter(|pair| !more.contains(&pair[0])).flatten().copied().collect();
        let output = market.call("request", &[&kept, more].concat());
        (code(&output), text(&output.stderr))
    };
    let long = "x".repeat(501);
    for (more, option) in [
        (vec!["--ratings", "1025"], "--ratings: at most 1024"),
        (vec!["--ratings", "1", "--disclose", "value"], "--disclose: of a rating"),
        (vec!["--disclose", "day"], "--disclose: it needs"),
        (vec!["--role", "seller"], "--role: it needs"),
        (vec!["--purpose", " "], "--purpose: say"),
        (vec!["--purpose", &long], "--purpose: it has at most 500"),
        (vec!["--retention-days", "0"], "--retention-days: answers"),
        (vec!["--life", "8d"], "--life: a request"),
    ] {
        let (status, said) = ask(&more);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(option), "{option}: {said}");
    }
    assert_eq!(ask(&["--ratings", "1", "--disclose", "day, rater"]).0, 0);
    // What no request may ask for is wrong use here; a wallet would have a code of its own for it.
    for more in [
        &["--milestone", "count>=51"][..],
        &["--milestone", "nonsense"],
        &["--milestone", "count>=50", "--milestone", "count>=100"],
    ] {
        let (status, said) = ask(more);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains("--milestone: ") && said.contains("[input.malformed]"), "{said}");
    }
}

#[test]
fn a81_a_request_that_nobody_is_believed_for_names_the_nearest_entry_and_what_it_lacks() {
    let mut market = Market::new();
    let refused = |market: &Market, name: &str, more: &[&str]| {
        let base = ["--market", name, "--purpose", "p", "--retention-days", "1"];
        let said = market.call("request", &[&base, more].concat());
        let told = text(&said.stderr);
        assert_eq!(code(&said), i32::from(Reason::Untrusted.exit().code()), "{told}");
        assert!(told.contains("[trust.untrusted]"), "{told}");
        told
    };
    market.start();
    let said = refused(&market, "alpha", &[]);
    assert!(said.contains("There is none at all: add one, with the DID"), "{said}");
    market.stop();
    // "rating" and "standing", in any role; then another one.
    market.trust("alpha");
    let config = market.config();
    let text = fs::read_to_string(&config).unwrap();
    let more = "\n[[trust]]\nissuer = \"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK\"\nmarket = \"beta\"\nroles = [\"seller\"]\ntypes = [\"standing\", \"private\"]\n";
    fs::write(&config, format!("{text}{more}")).unwrap();
    market.start();
    for (name, more, told) in [
        (
            "alpha",
            &["--milestone", "count>=50"][..],
            &[
                "no. 1 (issuer did:key:z6Mkha",
                "market alpha): its types (\"rating\", \"standing\") lack \"private\".",
            ][..],
        ),
        (
            "beta",
            &["--milestone", "count>=50", "--role", "buyer"],
            &["no. 2 ", "its roles (\"seller\") lack \"buyer\"."],
        ),
        ("beta", &["--ratings", "2"], &["no. 2 ", "its types (\"standing\", \"private\") lack \"rating\"."]),
        ("gamma", &["--ratings", "2"], &["no. 1 ", "its market is another one."]),
    ] {
        let said = refused(&market, name, more);
        for part in told.iter().chain(&["next: see the [[trust]] entries"]) {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}

#[test]
fn init_writes_nothing_over() {
    let market = Market::new();
    let config = fs::read(market.config()).unwrap();
    let dir = market.dir();
    let again = run(&["init", "--dir", dir.to_str().unwrap(), "--market", "beta"]);
    assert_eq!(code(&again), 1);
    assert!(text(&again.stderr).contains("[store.exists]"));
    assert_eq!(fs::read(market.config()).unwrap(), config);
    assert_eq!(code(&run(&["init", "--dir", market.home.path().join("x").to_str().unwrap()])), 2);
    for name in ["store.key", "api.key", "faam-node.toml"] {
        let mode = fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[test]
fn a_node_with_a_fixed_port_is_found_there_after_a_restart() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let home = tempfile::tempdir().unwrap();
    let mut market = Market { home, child: None, log: Arc::default() };
    let dir = market.dir();
    let args = ["--market", "alpha", "--api", "127.0.0.1:0", "--port", port.as_str()];
    let made = run(&[&["init", "--dir", dir.to_str().unwrap()], &args[..]].concat());
    assert_eq!(code(&made), 0, "{}", text(&made.stderr));
    market.start();
    let before = market.json("status", &[])["addresses"].take();
    let fixed = [format!("/ip4/127.0.0.1/udp/{port}/quic-v1"), format!("/ip4/127.0.0.1/tcp/{port}")];
    let mut found: Vec<&str> = before.as_array().unwrap().iter().map(|at| at.as_str().unwrap()).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(found, fixed);
    market.stop();
    market.start();
    assert_eq!(market.json("status", &[])["addresses"], before);
    assert!(!market.log().contains("listen has port 0"), "{}", market.log());
}

#[test]
fn paths_in_errors_play_no_tricks() {
    let home = tempfile::tempdir().unwrap();
    let evil = home.path().join("a\u{1b}[31m\u{202e}b");
    let output = run(&["run", "--config", evil.join("c.toml").to_str().unwrap()]);
    let said = text(&output.stderr);
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
    assert!(Path::new(&evil).parent().is_some());
}

//= spec/text/programs.md#REQ-PROGRAM-7
//= type=test
//# Where it is not given, `faam` and `faam-node` take that of `LC_ALL`, else `LC_MESSAGES`, else `LANG`
#[test]
fn codes_are_explained_in_the_language_of_the_person() {
    let said = |args: &[&str], named: &[(&str, &str)]| {
        let mut command = program(args);
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            command.env_remove(name);
        }
        let output = command.envs(named.iter().copied()).output().unwrap();
        text(&output.stdout)
    };
    let (english, dutch) = ("The other side is busy.", "De andere kant heeft het te druk.");
    assert!(said(&["explain", "net.busy"], &[]).contains(english));
    assert!(said(&["explain", "net.busy"], &[("LANG", "nl_NL.UTF-8")]).contains(dutch));
    assert!(said(&["explain", "net.busy"], &[("LANG", "nl_NL.UTF-8"), ("LC_ALL", "C")]).contains(english));
    assert!(said(&["explain", "net.busy", "--lang", "en"], &[("LC_ALL", "nl")]).contains(english));

    let one: Value =
        serde_json::from_slice(&run(&["explain", "net.busy", "--lang", "nl", "--json"]).stdout).unwrap();
    assert_eq!((&one["data"]["lang"], &one["data"]["codes"][0]["sentence"]), (&json!("nl"), &json!(dutch)));
    let wrong = run(&["explain", "net.bussy", "--lang", "en"]);
    assert_eq!(code(&wrong), 2);
    assert!(text(&wrong.stderr).contains("Did you mean net.busy"), "{}", text(&wrong.stderr));
    assert_eq!(code(&run(&["explain", "--json"])), 0);
}

#[test]
fn there_is_help_for_shells_and_for_readers_of_manuals() {
    for shell in ["bash", "zsh", "fish"] {
        let said = run(&["completions", shell]);
        assert_eq!((code(&said), text(&said.stderr).as_str()), (0, ""));
        let script = text(&said.stdout);
        for word in ["offer", "webhook", "retention-days"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    assert_eq!(code(&run(&["completions", "tcsh"])), 2);
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("man1");
    let said: Value = serde_json::from_slice(&run(&["man", dir.to_str().unwrap(), "--json"]).stdout).unwrap();
    faam_schemas::assert_valid("cli-faam-node", &said);
    let pages = said["data"]["pages"].as_array().unwrap();
    for page in ["faam-node.1", "faam-node-run.1", "faam-node-keys-new.1"] {
        assert!(pages.iter().any(|known| known == page), "{pages:?}");
        assert!(std::fs::read_to_string(dir.join(page)).unwrap().contains(".SH NAME"), "{page}");
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(code(&run(&["man", file.to_str().unwrap()])), 1, "a file is no folder");
}
