//! What an operator sees and does while a node runs: numbers, a changed configuration, logs.

use super::face::{append, policy, write_policy};
use super::*;

impl Market {
    fn numbers(&self) -> Vec<String> {
        let head = format!(
            "GET /metrics HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}",
            self.address(),
            self.key()
        );
        let answer = self.raw_http(&head, "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("application/openmetrics-text"), "{head}");
        assert!(body.ends_with("# EOF\n"), "{body}");
        body.lines().map(str::to_owned).collect()
    }

    fn hangup(&self) {
        let pid = rustix::process::Pid::from_child(self.child.as_ref().unwrap());
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    /// Waits until the log has this as often as said.
    fn told(&self, words: &str, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.log().matches(words).count() < times {
            assert!(Instant::now() < end, "not told: {words}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

//= spec/text/local-api.md#REQ-API-22
//= type=test
//# Labels MUST be fixed names of the program: no person, market, account, peer, address or key is in them.
#[test]
fn numbers_tell_what_was_done_and_name_nobody() {
    let market = Market::started();
    market.import(&[rating(0, "account-of-somebody"), rating(1, "account-of-somebody")]);
    market.json("offer", &["--account", "account-of-somebody"]);
    let head = |path: &str, key: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}", market.address())
    };
    market.raw_http(&head("/v0/requests/uTHISNAMESNOTHING", &market.key()), "");
    market.raw_http(&head("/somewhere/else?who=account-of-somebody", &market.key()), "");
    assert_eq!(problem(&market.http(&head("/metrics", "uWRONG"), "")), (401, "api.key".to_owned()));
    let numbers = market.numbers();
    for line in [
        "faam_events_total 2",
        "faam_offers_total{what=\"made\"} 1",
        "faam_kept{state=\"open\",what=\"offers\"} 1",
        "faam_market{what=\"accounts\"} 1",
        "faam_calls_total{answer=\"2xx\",call=\"makeOffer\"} 1",
        "faam_calls_total{answer=\"4xx\",call=\"getRequest\"} 1",
        "faam_calls_total{answer=\"4xx\",call=\"none\"} 1",
        "faam_calls_total{answer=\"4xx\",call=\"metrics\"} 1",
    ] {
        assert!(numbers.iter().any(|have| have == line), "{line}\n{}", numbers.join("\n"));
    }
    let known = ["version", "protocol", "answer", "call", "code", "outcome", "what", "state", "le"];
    for line in numbers.iter().filter(|line| !line.starts_with('#')) {
        let Some((_, labels)) = line.split_once('{') else { continue };
        for label in labels.split_once('}').unwrap().0.split(',') {
            let (name, value) = label.split_once('=').unwrap();
            assert!(known.contains(&name), "{line}");
            assert!(value.len() < 40 && !value.contains("somebody") && !value.contains("alpha"), "{line}");
        }
    }
    // What happened is counted on, and not forgotten by looking.
    market.json("offer", &["--account", "account-of-somebody"]);
    let numbers = market.numbers();
    assert!(
        numbers.iter().any(|line| line == "faam_offers_total{what=\"made\"} 2"),
        "{}",
        numbers.join("\n")
    );
}

#[test]
fn a_changed_configuration_is_taken_over_at_a_sign_or_left_as_it_was() {
    let market = {
        let mut market = Market::new();
        market.trust("alpha");
        write_policy(&market, "rental", &policy("Short lets", 5));
        append(&market, "[policies]\nrental = \"policies/rental.toml\"");
        market.start();
        market
    };
    let titles = || -> Vec<String> {
        let (_, listed) = market.own("GET /v0/policies", "");
        let all = listed["policies"].as_array().unwrap().iter();
        all.map(|policy| policy["title"].as_str().unwrap().to_owned()).collect()
    };
    let ask = |of: &str| {
        let more = ["--ratings", "1", "--purpose", "To rent out a flat", "--retention-days", "30"];
        code(&market.call("request", &[&["--market", of], &more[..]].concat()))
    };
    assert_eq!((titles(), ask("alpha"), ask("beta")), (vec!["Short lets".to_owned()], 0, 6));

    write_policy(&market, "rental", &policy("Long lets", 5));
    market.trust("beta");
    let name = fs::read_to_string(market.config()).unwrap().replacen(
        "[verifier]\nname = ",
        "[verifier]\nname = \"New \" #",
        1,
    );
    fs::write(market.config(), &name).unwrap();
    market.hangup();
    market.told("trust and policies of the configuration were taken over", 1);
    market.told("taken when the daemon starts again: verifier", 1);
    assert_eq!((titles(), ask("alpha"), ask("beta")), (vec!["Long lets".to_owned()], 0, 0));

    // One with a mistake changes nothing.
    append(&market, "[policyes]\nx = 1");
    market.hangup();
    market.told("the configuration was not taken over, and all is as it was", 1);
    assert!(market.log().contains("unknown key 'policyes'"), "{}", market.log());
    assert_eq!(titles(), ["Long lets"]);
}

/// Whoever reads the log learns what happened, and nothing of what was shown or who it was.
#[test]
fn logs_are_text_or_json_without_claims_and_keys() {
    let mut market = Market::new();
    let mut command = program(&["run", "--config", market.config().to_str().unwrap(), "--log", "json"]);
    let mut child = command.env("FAAM_LOG", "trace").stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    market.child = Some(child);
    let mut logged = Vec::new();
    for line in lines.by_ref().map_while(Result::ok) {
        let ready = line.starts_with("ready: ");
        logged.push(line);
        if ready {
            break;
        }
    }
    market.import(&[rating(0, "account-of-somebody")]);
    let offer = market.json("offer", &["--account", "account-of-somebody"]);
    let secrets = [
        market.key(),
        offer["code"].as_str().unwrap().to_owned(),
        "account-of-somebody".to_owned(),
        "no 0".to_owned(),
    ];
    assert_eq!(market.stop(), 0);
    logged.extend(lines.map_while(Result::ok));
    let entries = logged.iter().filter(|line| !line.starts_with("ready: ") && !line.starts_with("note: "));
    let mut count = 0;
    for line in entries {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let form = (&entry["timestamp"], &entry["level"], &entry["fields"]);
        assert!(form.0.is_string() && form.1.is_string() && form.2.is_object(), "{line}");
        count += 1;
    }
    assert!(count > 3, "{logged:?}");
    for secret in secrets {
        assert!(!logged.iter().any(|line| line.contains(&secret)), "{secret} is in the log");
    }
}
