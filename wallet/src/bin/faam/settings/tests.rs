//! Each setting, from everywhere that it can come from.

use clap::Parser as _;

use super::*;

fn settled(args: &[&str], variables: &[(&str, &str)], text: &str, columns: Option<usize>) -> Settings {
    let variable =
        |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
    let outside = Outside { variable: &variable, columns };
    let all = ["faam"].into_iter().chain(args.iter().copied()).chain(["passport"]);
    let args = Args::try_parse_from(all).unwrap();
    let says = file::parse(text, outside.user().as_deref()).unwrap();
    Settings::of(&args, &outside, says, None).unwrap()
}

/// The value of a setting and its origin, as they are listed.
fn of(settings: &Settings, name: &str) -> (Value, Origin, &'static str) {
    let found = settings.listed().into_iter().find(|(listed, ..)| *listed == name).unwrap();
    (found.1, found.2, found.3)
}

//= spec/text/programs.md#REQ-PROGRAM-8
//= type=test
//# A flag MUST count before the environment, the environment before the file, and the file before what is so by default
#[test]
fn a_flag_counts_before_the_environment_that_before_the_file_and_that_before_the_default() {
    // name, flag, variable, line of the file, default: each with the value that it gives.
    type Source<T> = Option<(T, Value)>;
    type Row = (
        &'static str,
        Source<&'static [&'static str]>,
        Source<(&'static str, &'static str)>,
        Source<&'static str>,
        Value,
    );
    let rows: Vec<Row> = vec![
        (
            "home",
            Some((&["--home", "/a"], json!("/a"))),
            Some((("FAAM_HOME", "/b"), json!("/b"))),
            Some(("home = \"/c\"", json!("/c"))),
            json!("/u/.local/share/faam"),
        ),
        (
            "rules",
            Some((&["--home", "/a"], json!("/a/rules.toml"))),
            Some((("FAAM_HOME", "/b"), json!("/b/rules.toml"))),
            Some(("home = \"/c\"", json!("/c/rules.toml"))),
            json!("/u/.local/share/faam/rules.toml"),
        ),
        (
            "lang",
            Some((&["--lang", "nl"], json!("nl"))),
            Some((("FAAM_LANG", "en"), json!("en"))),
            Some(("lang = \"nl\"", json!("nl"))),
            json!("en"),
        ),
        (
            "color",
            Some((&["--color", "always"], json!("always"))),
            Some((("NO_COLOR", "1"), json!("never"))),
            Some(("color = \"always\"", json!("always"))),
            json!("auto"),
        ),
        ("width", None, Some((("COLUMNS", "50"), json!(50))), Some(("width = 120", json!(120))), json!(80)),
        (
            "passphrase_file",
            Some((&["--passphrase-file", "/p"], json!("/p"))),
            None,
            Some(("passphrase_file = \"~/q\"", json!("/u/q"))),
            Value::Null,
        ),
        (
            "timeout_seconds",
            Some((&["--timeout", "7"], json!(7))),
            Some((("FAAM_TIMEOUT", "8"), json!(8))),
            Some(("timeout_seconds = 9", json!(9))),
            json!(20),
        ),
        (
            "log",
            None,
            Some((("FAAM_LOG", "trace"), json!("trace"))),
            Some(("log = \"warn\"", json!("warn"))),
            Value::Null,
        ),
    ];
    let names: Vec<&str> = rows.iter().map(|row| row.0).collect();
    let listed: Vec<&str> = Settings::none().listed().into_iter().map(|row| row.0).collect();
    assert_eq!(names, listed, "each setting has its test");
    for (name, flag, variable, line, default) in rows {
        // Every combination of sources: of those that are there the first counts.
        for mask in 0..8 {
            let (mut args, mut variables, mut text): (&[&str], _, _) = (&[], vec![("HOME", "/u")], "");
            let mut expected = (default.clone(), Origin::Default);
            if let Some((given, value)) = line.as_ref().filter(|_| mask & 1 != 0) {
                (text, expected) = (given, (value.clone(), Origin::File));
            }
            if let Some((given, value)) = variable.as_ref().filter(|_| mask & 2 != 0) {
                variables.push(*given);
                expected = (value.clone(), Origin::Environment);
            }
            if let Some((given, value)) = flag.as_ref().filter(|_| mask & 4 != 0) {
                (args, expected) = (given, (value.clone(), Origin::Flag));
            }
            let (value, origin, from) = of(&settled(args, &variables, text, None), name);
            assert_eq!((value, origin), expected, "{name}, sources {mask:03b}");
            assert_eq!(from.is_empty(), origin == Origin::Default, "{name}: {from}");
        }
    }
}

#[test]
fn what_the_system_says_counts_less_than_what_was_said_to_faam() {
    let home = ("HOME", "/u");
    let data = settled(&[], &[home, ("XDG_DATA_HOME", "/d")], "", None);
    assert_eq!(of(&data, "home"), (json!("/d/faam"), Origin::Default, ""));
    let relative = settled(&[], &[home, ("XDG_DATA_HOME", "d")], "", None);
    assert_eq!(of(&relative, "home").0, json!("/u/.local/share/faam"), "as XDG says");

    let locale = [home, ("LANG", "nl_NL.UTF-8")];
    assert_eq!(of(&settled(&[], &locale, "", None), "lang"), (json!("nl"), Origin::Environment, "LANG"));
    let file = settled(&[], &locale, "lang = \"en\"", None);
    assert_eq!(of(&file, "lang"), (json!("en"), Origin::File, "lang"));

    let narrow = settled(&[], &[home], "", Some(20));
    assert_eq!(of(&narrow, "width"), (json!(40), Origin::Terminal, ""));
    assert_eq!(of(&settled(&[], &[home], "", Some(300)), "width").0, json!(80));
    assert_eq!(of(&settled(&[], &[home, ("COLUMNS", "many")], "", Some(70)), "width").0, json!(70));

    let descriptor = settled(&["--passphrase-fd", "3"], &[home], "passphrase_file = \"/q\"", None);
    assert_eq!(of(&descriptor, "passphrase_file"), (Value::Null, Origin::Flag, "--passphrase-fd"));
    let verbose = settled(&["-v"], &[home], "log = \"warn\"", None);
    assert_eq!(of(&verbose, "log").0, json!("warn"));
    assert_eq!(of(&settled(&["-v"], &[home], "", None), "log").2, "--verbose");
}

#[test]
fn variables_that_make_no_sense_are_refused() {
    for (name, value) in [("FAAM_LANG", "de"), ("FAAM_TIMEOUT", "0"), ("FAAM_TIMEOUT", "soon")] {
        let variable = |asked: &str| match asked {
            "HOME" => Some(OsString::from("/u")),
            _ => (asked == name).then(|| OsString::from(value)),
        };
        let args = Args::try_parse_from(["faam", "passport"]).unwrap();
        let outside = Outside { variable: &variable, columns: None };
        let failure = Settings::of(&args, &outside, FileSays::default(), None).unwrap_err();
        assert_eq!(failure.reason(), Reason::InputMalformed);
        assert!(failure.what().contains(value), "{}", failure.what());
    }
}
