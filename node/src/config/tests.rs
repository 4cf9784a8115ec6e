//! What configurations say, and what is said of those that cannot be used.

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/faam/node.toml"))
}

#[test]
fn the_template_is_a_configuration() {
    let market = "my-market".parse().unwrap();
    let text = Config::template(Some(&market), "Böse \"Namen\"", DEFAULT_API, 0);
    let config = parse(&text).unwrap();
    assert_eq!(config.market.unwrap().id, market);
    assert_eq!(config.name, "Böse \"Namen\"");
    assert_eq!((config.dir, config.api), (PathBuf::from("/etc/faam/."), DEFAULT_API));
    let without = parse(&Config::template(None, "x", DEFAULT_API, 4810)).unwrap();
    assert!(without.market.is_none() && !text.contains("{{"));
    assert_eq!(config.listen, DEFAULT_LISTEN);
    assert_eq!(without.listen, ["/ip4/127.0.0.1/udp/4810/quic-v1", "/ip4/127.0.0.1/tcp/4810"]);
    // Every commented line that looks like a setting is one.
    let uncommented: String =
        text.lines().map(|line| format!("{}\n", line.strip_prefix("#~ ").unwrap_or(line))).collect();
    let uncommented =
        uncommented.replace("did:key:z…", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK");
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("policies")).unwrap();
    let rental = include_str!("../../../examples/policies/rental.toml");
    std::fs::write(home.path().join("policies/rental.toml"), rental).unwrap();
    let parse = |text: &str| Config::parse(text, &home.path().join("faam-node.toml"));
    // A market and a database exclude each other.
    let (market, postgres) = ("[market]\nid = \"my-market\"\n", "[postgres]");
    let settings = "url_file = \"postgres.url\"\n";
    let authority = "ca_file = \"postgres-ca.pem\"\n";
    let full =
        parse(&uncommented.replace(postgres, "").replace(settings, "").replace(authority, "")).unwrap();
    assert_eq!((full.trust.trust.entries().len(), full.policies.len()), (1, 1));
    assert_eq!(full.webhook.unwrap().to_string(), "http://127.0.0.1:8000/faam");
    let shared = uncommented.replace(market, "").replace("epoch_seconds = 604800\n\n# How", "\n# How");
    if cfg!(feature = "postgres") {
        let shared =
            parse(&shared.replace("\nepoch_seconds = 604800\n\n# Several", "\n\n# Several")).unwrap();
        assert_eq!(shared.postgres.unwrap().url_file, home.path().join("postgres.url"));
    }
}

//= spec/text/shared-store.md#REQ-SHARED-2
//= type=test
//# A node with a market MUST NOT share its store.
#[test]
fn a_market_shares_nothing() {
    let text = "dir = '.'\n[market]\nid = 'a'\n[postgres]\nurl_file = 'x'";
    match parse(text) {
        Err(ConfigError::Value { key, why, .. }) => {
            assert_eq!(key, "postgres");
            assert!(why.contains("[market]"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    let alone = parse("dir = '.'\n[postgres]\nurl_file = 'x'");
    assert_eq!(alone.is_ok(), cfg!(feature = "postgres"), "{alone:?}");
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    for (text, key, near) in [
        ("dri = 'x'", "dri", Some("dir")),
        (
            "dir = '.'\n[market]\nid = 'a'\nepoch_second = 1",
            "market.epoch_second",
            Some("market.epoch_seconds"),
        ),
        ("dir = '.'\nepoch_seconds = 1", "epoch_seconds", Some("market.epoch_seconds")),
        ("dir = '.'\n[[trust]]\nisuer = 'x'", "trust.isuer", Some("trust.issuer")),
        ("dir = '.'\n[policy]\nstatus_age = 1", "policy.status_age", Some("policy.status_max_age")),
        ("dir = '.'\ncompletely_different = 1", "completely_different", None),
        ("dir = '.'\n[verifier]\ntrust_file = 'x'", "verifier.trust_file", Some("trust_file")),
    ] {
        match parse(text) {
            Err(ConfigError::UnknownKey { key: found, nearest, .. }) => {
                assert_eq!((found.as_str(), nearest.as_deref()), (key, near));
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let appended = parse("dir = '.'\n[verifier]\ntrust_file = 'x'").unwrap_err().to_string();
    assert!(appended.contains("above the first"), "{appended}");
}

//= spec/text/local-api.md#REQ-API-1
//= type=test
//# It MUST listen on a loopback address and nowhere else; other addresses in the configuration are
//# refused.
#[test]
fn a71_the_local_interface_is_on_this_machine_alone() {
    for bad in ["0.0.0.0:7345", "192.168.1.1:7345", "[::]:1", "localhost:7345", "127.0.0.1", ""] {
        let error = parse(&format!("dir = '.'\n[api]\nlisten = '{bad}'")).unwrap_err();
        assert!(matches!(error, ConfigError::Value { key: "api.listen", .. }), "{bad}: {error}");
    }
    assert!(parse("dir = '.'\n[api]\nlisten = '[::1]:0'").is_ok());
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for bad in [
        "",
        "dir = 7",
        "dir = '.'\nannounce = ['/ip4/127.0.0.1']",
        "dir = '.'\n[market]\nid = 'My Market'",
        "dir = '.'\n[market]\nid = 'm'\nepoch_seconds = 60",
        "dir = '.'\n[verifier]\nname = ' '",
        "dir = '.'\n[[trust]]\nissuer = 'did:web:x'",
        "dir = '.'\n[policy]\nissuer_gone = 'maybe'",
        "dir = '.'\ndir = '.'",
    ] {
        assert_eq!(parse(bad).unwrap_err().reason(), Reason::InputMalformed, "{bad}");
    }
}

#[test]
fn what_is_toml_is_not_called_something_else_and_lines_are_kept() {
    let syntax = parse("dir = '.'\nlisten = [\n").unwrap_err();
    assert!(
        matches!(syntax, ConfigError::Syntax { .. }) && syntax.to_string().contains("line 2"),
        "{syntax}"
    );
    let form = parse("dir = '.'\n[market]\nid = 7\n").unwrap_err();
    let told = form.to_string();
    assert!(matches!(form, ConfigError::Form { .. }) && !told.contains("not TOML"), "{told}");
    assert!(told.contains("line 3") && told.contains("\n3 | id = 7\n"), "{told}");
    assert!(matches!(parse("verifier = {}"), Err(ConfigError::Form { .. })));
    assert!(matches!(parse(" \n"), Err(ConfigError::Empty(_))));
    let evil = parse("dir = '\u{202e}' x").unwrap_err().to_string();
    assert!(!evil.contains('\u{202e}'), "{evil}");
}

//= spec/text/policy.md#REQ-POLICY-11
//= type=test
//# An entry MUST name its issuer by exactly one of `issuer` and `key`.
#[test]
fn trust_entries_are_those_of_a_trust_file() {
    let key = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let entry = |who: &str| {
        format!(
            "[[trust]]\n{who}\nname = 'Alpha'\ngroup = 'g'\nmarket = 'a'\nroles = 'any'\ntypes = ['rating']\n"
        )
    };
    let by_key = entry(&format!("key = '{key}'"));
    let ours = parse(&format!("dir = '.'\n{by_key}")).unwrap().trust.trust;
    let file = faam_verifier::TrustFile::parse(&format!("v = 0\n{by_key}")).unwrap().trust;
    assert_eq!(ours, file);
    assert_eq!(ours.entries()[0].issuer.as_str(), format!("did:key:{key}"));
    let both = entry(&format!("key = '{key}'\nissuer = 'did:key:{key}'"));
    for text in [both, entry("")] {
        assert!(matches!(parse(&format!("dir = '.'\n{text}")), Err(ConfigError::Form { .. })));
    }
}

//= spec/text/policy.md#REQ-POLICY-17
//= type=test
//# A configuration MUST NOT have both `[[trust]]` and `trust_file`.
#[test]
fn a_trust_file_stands_in_the_place_of_entries() {
    let home = tempfile::tempdir().unwrap();
    let parse = |text: &str| Config::parse(text, &home.path().join("faam-node.toml"));
    let webvh = "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example";
    let key = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let entry = format!("[[trust]]\nissuer = '{webvh}'\nmarket = 'a'\nroles = 'any'\ntypes = ['rating']\n");
    let of_key =
        format!("[[key]]\ndid = '{webvh}'\nid = '{webvh}#1'\nkey = '{key}'\nfrom = '2026-01-01T00:00:00Z'\n");
    let file = home.path().join("trust.toml");
    let named = "dir = '.'\ntrust_file = 'trust.toml'\n";
    let missing = parse(named).unwrap_err();
    assert_eq!(missing.reason(), Reason::InputMissing, "{missing}");
    std::fs::write(&file, format!("v = 0\n{entry}{of_key}")).unwrap();
    let read = parse(named).unwrap().trust;
    assert_eq!(read.trust.entries()[0].issuer.as_str(), webvh);
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    read.histories.resolve(&webvh.parse().unwrap(), &format!("{webvh}#1"), at).unwrap();
    match parse(&format!("{named}{entry}")).unwrap_err() {
        ConfigError::Value { key, why, .. } => {
            assert_eq!(key, "trust_file");
            assert!(why.contains("[[trust]]"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    std::fs::write(&file, "v = 0\n[[trsut]]\n").unwrap();
    let wrong = parse(named).unwrap_err();
    assert_eq!(wrong.reason(), Reason::FileKey);
    assert!(wrong.to_string().contains("trust.toml") && wrong.to_string().contains("'trust'"), "{wrong}");
}

#[test]
fn policies_that_this_node_believes_nobody_for_are_warned_of() {
    let home = tempfile::tempdir().unwrap();
    let write =
        |name: &str, text: &str| std::fs::write(home.path().join(name), format!("v = 0\n{text}")).unwrap();
    write("full.toml", "[standing]\nratings_at_least = 5");
    write("good.toml", "[ratings]\ncomplete = true");
    write("trap.toml", "[standing]\n[newcomer]\nbelow = 5\n[ratings]\nat_least = 3");
    let warnings = |types: &str| {
        let text = format!(
            "dir = '.'\n[[trust]]\nissuer = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'\nmarket = 'alpha'\n\
             roles = 'any'\ntypes = [{types}]\n[policies]\nfull = 'full.toml'\ngood = 'good.toml'\ntrap = 'trap.toml'\n"
        );
        Config::parse(&text, &home.path().join("faam-node.toml")).unwrap().warnings()
    };
    let trap = warnings("'rating', 'standing'");
    assert!(
        trap.len() == 1 && trap[0].starts_with("policy 'trap': Who has fewer than 3 ratings"),
        "{trap:?}"
    );
    let lacking = warnings("'rating'");
    assert_eq!(lacking.len(), 4, "{lacking:?}");
    assert!(
        lacking[0].starts_with(
            "policy 'full': no [[trust]] entry believes an issuer of any market for what is asked"
        ) && lacking[0].contains("its types (\"rating\") lack \"standing\""),
        "{lacking:?}"
    );
}
