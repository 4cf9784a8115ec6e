//! `faam-verify presentation` and `policy` as they are run, on the vectors of `spec/vectors`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use faam_spec::time::Timestamp;
use serde_json::{Value, json};

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faam-verify"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(unix)]
fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) {}

/// A vector of a presentation, with the files that the program takes.
struct Case {
    folder: tempfile::TempDir,
    vector: Value,
}

impl Case {
    fn new(vector: Value) -> Self {
        let case = Self { folder: tempfile::tempdir().unwrap(), vector };
        let sources = &case.vector["input"]["sources"];
        let trust = json!({"v": 0, "trust": sources["trust"]});
        case.write("trust.toml", toml::to_string(&trust).unwrap().as_bytes());
        let mut policy = sources.get("policy").cloned().unwrap_or(json!({}));
        policy["v"] = json!(0);
        case.write("policy.toml", toml::to_string(&policy).unwrap().as_bytes());
        case.write("pending.json", case.pending().as_bytes());
        fs::create_dir(case.folder.path().join("seen")).unwrap();
        for kind in ["records", "status"] {
            for (at, text) in sources[kind].as_array().into_iter().flatten().enumerate() {
                case.write(
                    &format!("seen/{kind}-{at}.jwt"),
                    format!("{}\n", text.as_str().unwrap()).as_bytes(),
                );
            }
        }
        case
    }

    fn named(folder: &str, name: &str) -> Self {
        let file = root().join(format!("spec/vectors/{folder}/{name}.json"));
        Self::new(serde_json::from_slice(&fs::read(file).unwrap()).unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        // Whatever the umask is: others may read these files, and write none.
        mode(&path, 0o644);
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn pending(&self) -> String {
        json!({"v": 0, "request": self.vector["input"]["request"]}).to_string()
    }

    fn presentation(&self) -> String {
        match &self.vector["input"]["presentation"] {
            Value::String(text) => text.clone(),
            object => object.to_string(),
        }
    }

    fn at(&self) -> String {
        Timestamp::new(self.vector["now"].as_i64().unwrap()).unwrap().to_string()
    }

    fn arguments(&self) -> Vec<String> {
        let file = |name: &str| self.path(name);
        let (trust, policy, pending, seen) =
            (file("trust.toml"), file("policy.toml"), file("pending.json"), file("seen"));
        let named = [("--trust", trust), ("--policy", policy), ("--pending", pending), ("--sources", seen)];
        let mut all = vec!["presentation".to_owned()];
        all.extend(named.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
        all.extend(["--at".to_owned(), self.at()]);
        all
    }

    fn judge(&self, more: &[&str]) -> Output {
        let arguments = self.arguments();
        let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.extend(more);
        run(&all, self.presentation().as_bytes())
    }
}

/// The decision that was printed, by its schema.
#[track_caller]
fn decision(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}{}", String::from_utf8_lossy(&output.stderr));
    let value = serde_json::from_str(&text).unwrap();
    faam_schemas::assert_valid("decision", &value);
    value
}

/// Every vector that the program can be given: those whose input is text, and whose keys are their DIDs.
fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for folder in ["presentation", "status", "verifying"] {
        let mut files: Vec<_> = fs::read_dir(root().join("spec/vectors").join(folder))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let vector: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            let input = &vector["input"];
            // A trust file refuses entries that nobody could be believed by; the library takes them.
            let trust = input["sources"]["trust"].as_array().into_iter().flatten();
            let usable =
                trust.clone().all(|entry| entry["roles"] != json!([]) && entry["types"] != json!([]));
            let given = usable && input["histories"].is_null() && input["used"] != true;
            if input["operation"] == "presentation"
                && given
                && input["request"].is_string()
                && (input["presentation"].is_string() || input["presentation"].get("vp_token").is_some())
            {
                all.push(Case::new(vector));
            }
        }
    }
    all
}

#[test]
fn every_vector_comes_to_its_verdict_and_exit_status() {
    let mut counted = [0; 3];
    for case in cases() {
        let id = &case.vector["id"];
        let output = case.judge(&[]);
        let decision = decision(&output);
        assert_eq!(decision["outcome"], case.vector["expect"], "{id}");
        let first = decision["reasons"].get(0).map_or(Value::Null, |reason| reason["code"].clone());
        assert_eq!(first, case.vector["reason"], "{id}");
        let (exit, at) = match case.vector["expect"].as_str().unwrap() {
            "accepted" => (0, 0),
            "refused" => (3, 1),
            _ => (4, 2),
        };
        assert_eq!(output.status.code(), Some(exit), "{id}");
        counted[at] += 1;
    }
    assert!(counted[0] > 40 && counted[1] > 120 && counted[2] > 8, "{counted:?}");
}

#[test]
fn a_policy_decides_what_becomes_of_what_was_verified() {
    let case = Case::named("presentation", "presentation-2-two-markets");
    let under = |policy: &str| {
        case.write("policy.toml", format!("v = 0\nname = 'Flats'\n{policy}").as_bytes());
        case.judge(&[])
    };
    let good = decision(&under("[standing]\nmean_at_least = 500"));
    assert_eq!((&good["outcome"], &good["policy"]), (&json!("accepted"), &json!("Flats")));
    let bad = under("[standing]\nmean_at_least = 600");
    assert_eq!((bad.status.code(), &decision(&bad)["reasons"][0]["code"]), (Some(3), &json!("policy.mean")));
    let new = under("[standing]\nmean_at_least = 600\n[newcomer]\nbelow = 5");
    assert_eq!(
        (new.status.code(), &decision(&new)["reasons"][0]["code"]),
        (Some(4), &json!("policy.unrated"))
    );
    // As sentences, for people.
    let told = String::from_utf8(case.judge(&["--text"]).stdout).unwrap();
    assert!(
        told.starts_with("Undecided") && told.contains("[policy.unrated; facts[0].numbers; holder]"),
        "{told}"
    );
}

//= spec/text/programs.md#REQ-PROGRAM-6
//= type=test
//# Requests MUST be used up in the order of the lines, and lines come out in the order in which they went in.
#[test]
fn a17_many_are_judged_in_their_order_and_each_request_is_used_up_once() {
    let plain = Case::named("presentation", "presentation-2-two-markets");
    let line =
        |case: &Case| json!({"pending": case.pending(), "presentation": case.presentation()}).to_string();
    let other = Case::named("versions", "versions-asked");
    assert_eq!(other.at(), plain.at());
    // Both are believed.
    let entries = |case: &Case| case.vector["input"]["sources"]["trust"].as_array().unwrap().clone();
    let both = json!({"v": 0, "trust": ([entries(&plain), entries(&other)].concat())});
    plain.write("trust.toml", toml::to_string(&both).unwrap().as_bytes());
    let mut changed = plain.presentation();
    changed.truncate(changed.len() - 1);
    let broken = json!({"pending": plain.pending(), "presentation": changed}).to_string();
    let lines = [
        (broken, "malformed.json"),
        (line(&plain), "accepted"),
        (line(&other), "accepted"),
        ("{\"pending\": \"x\"}".to_owned(), "error malformed"),
        (line(&plain), "request.used"),
        (String::new(), "error malformed.json"),
        (line(&other), "request.used"),
    ];
    let mut input = String::new();
    for _ in 0..40 {
        lines.iter().for_each(|(text, _)| input.push_str(&format!("{text}\n")));
    }
    let (trust, policy, at) = (plain.path("trust.toml"), plain.path("policy.toml"), plain.at());
    let arguments = ["presentation", "--jsonl", "--trust", &trust, "--policy", &policy, "--at", &at];
    let output = run(&arguments, input.as_bytes());
    // Some lines could not be understood.
    assert_eq!(output.status.code(), Some(2));
    let said: Vec<Value> = String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(said.len(), 40 * lines.len());
    for (at, value) in said.iter().enumerate() {
        faam_schemas::assert_valid("verify-line", value);
        let told = match (value.get("error"), value["reasons"].get(0)) {
            (Some(error), _) => format!("error {}", error["code"].as_str().unwrap()),
            (None, Some(reason)) => reason["code"].as_str().unwrap().to_owned(),
            (None, None) => "accepted".to_owned(),
        };
        let (_, first) = &lines[at % lines.len()];
        let again = *first == "accepted" && at >= lines.len();
        assert_eq!(told, if again { "request.used" } else { first }, "line {at}");
    }
    // The same input, the same output.
    assert_eq!(run(&arguments, input.as_bytes()).stdout, output.stdout);
    // A last line needs no end, and nothing in is nothing out.
    let one = run(&arguments, line(&plain).as_bytes());
    assert_eq!((one.status.code(), one.stdout.iter().filter(|b| **b == b'\n').count()), (Some(0), 1));
    let none = run(&arguments, b"");
    assert_eq!((none.status.code(), none.stdout.len()), (Some(0), 0));
}

#[test]
fn a20_what_is_too_large_is_refused_and_not_held() {
    let case = Case::named("presentation", "presentation-2-no-ratings");
    let arguments = case.arguments();
    let all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(&all, &vec![b' '; 5 << 20]);
    assert_eq!(
        (output.status.code(), &decision(&output)["reasons"][0]["code"]),
        (Some(3), &json!("too_large"))
    );
    // A line without an end, then one that is right.
    let mut input = vec![b'x'; 20 << 20];
    input.push(b'\n');
    input.extend(json!({"pending": case.pending(), "presentation": case.presentation()}).to_string().bytes());
    let (trust, policy, at) = (case.path("trust.toml"), case.path("policy.toml"), case.at());
    let output =
        run(&["presentation", "--jsonl", "--trust", &trust, "--policy", &policy, "--at", &at], &input);
    let said: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((said.len(), &said[0]["error"]["code"]), (2, &json!("too_large")));
    assert_eq!(said[1]["outcome"], "accepted");
}

#[test]
fn what_the_caller_gives_is_told_apart_from_what_the_wallet_sends() {
    let case = Case::named("verifying", "verifying-7-known-same");
    assert_eq!(case.judge(&[]).status.code(), Some(0));
    let wrong = |name: &str, bytes: &[u8], exit: i32, code: &str| {
        let before = fs::read(case.folder.path().join(name)).ok();
        case.write(name, bytes);
        let output = case.judge(&[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(exit), 0), "{name}: {told}");
        assert!(told.contains(&format!("({code})")), "{name}: {told}");
        match before {
            Some(before) => case.write(name, &before),
            None => fs::remove_file(case.folder.path().join(name)).unwrap(),
        }
    };
    wrong("trust.toml", b"v = 0\n[[trusts]]", 2, "file.key");
    wrong("trust.toml", b"v = ", 2, "file.syntax");
    wrong("policy.toml", b"v = 0\n[on]\nunknown = 'accept'", 2, "file.value");
    wrong("policy.toml", b"\xff", 2, "file.syntax");
    wrong("policy.toml", &vec![b'#'; 300_000], 2, "input.malformed");
    wrong("pending.json", b"{}", 2, "input.malformed");
    wrong("pending.json", &vec![b' '; 100_000], 2, "input.malformed");
    wrong("seen/more", b"what is this", 2, "input.malformed");
    for at in [1, 3, 5] {
        let mut fewer = case.arguments();
        fewer.drain(at..at + 2);
        let fewer: Vec<&str> = fewer.iter().map(String::as_str).collect();
        assert_eq!(run(&fewer, b"").status.code(), Some(2), "{fewer:?}");
    }
}

//= spec/text/verifying.md#REQ-VERIFY-18
//= type=test
//# A fork that was shown MUST be remembered with both records
#[test]
fn a34_a_fork_among_what_was_seen_contests_the_market() {
    let case = Case::named("verifying", "verifying-7-forked");
    let forked = decision(&case.judge(&[]));
    assert_eq!(forked["reasons"][0]["code"], "epoch.forked", "{forked}");
    let both: Vec<&str> =
        forked["conflict"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let [one, other] = both[..] else { panic!("{both:?}") };

    // Either alone is what there is; what the caller was told to keep is a fork, in whichever order.
    let outcome = |files: &[&str]| {
        let folder = case.folder.path().join("seen");
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        for (at, text) in files.iter().enumerate() {
            case.write(&format!("seen/{at}.jwt"), text.as_bytes());
        }
        let output = case.judge(&[]);
        (decision(&output), output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let own = case.vector["input"]["sources"]["records"][0].as_str().unwrap();
    let shown = if one == own { other } else { one };
    assert_eq!(outcome(&[shown]).1, Some(0), "its own record");
    for files in [[one, other], [other, one]] {
        let (judged, exit, told) = outcome(&files);
        assert_eq!((&judged["reasons"][0]["code"], exit), (&json!("epoch.forked"), Some(3)), "{judged}");
        assert_eq!(judged["conflict"].as_array().unwrap().len(), 2);
        assert!(told.contains("1.jwt' contradicts another record in its folder"), "{told}");
    }
}

#[test]
fn policies_are_checked_and_said_back() {
    for name in ["rental", "second-hand", "ride"] {
        let file = root().join(format!("examples/policies/{name}.toml"));
        let file = file.to_str().unwrap();
        assert_eq!(run(&["policy", "check", file], b"").status.code(), Some(0), "{name}");
        let told = run(&["policy", "explain", file], b"");
        let text = String::from_utf8(told.stdout).unwrap();
        assert!(told.status.success() && text.lines().count() >= 7, "{text}");
        assert!(text.lines().all(|line| line.ends_with('.')), "{text}");
    }
    let file = root().join("examples/policies/ride.toml");
    let told = String::from_utf8(run(&["policy", "explain", file.to_str().unwrap()], b"").stdout).unwrap();
    for sentence in [
        "Something must be shown of any 2 of the markets ride-north, ride-south, parcel-run and taxi-coop.",
        "nothing is added across them: that they are of one person is not proven.",
        "by at least 30 different people",
        "Who has fewer than 10 ratings there in the last twelve months is a newcomer",
        "A standing must be of the current epoch;",
        "If a status list or an issuer's key is not known, the answer is refused.",
    ] {
        assert!(told.contains(sentence), "{sentence}\n{told}");
    }
    let case = Case::named("presentation", "presentation-2-no-ratings");
    case.write("p.toml", b"v = 0\n[markets]\nof = ['alpha']");
    let (policy, trust) = (case.path("p.toml"), case.path("trust.toml"));
    assert_eq!(run(&["policy", "check", &policy, "--trust", &trust], b"").status.code(), Some(0));
    case.write("p.toml", b"v = 0\n[markets]\nof = ['gamma']");
    let told = run(&["policy", "check", &policy, "--trust", &trust], b"");
    assert_eq!(told.status.code(), Some(2));
    assert!(String::from_utf8(told.stderr).unwrap().contains("believes nobody about it"));
}

/// The command of the README, from a fresh clone; its files are those of a vector.
#[test]
fn the_command_of_the_readme_works_as_it_stands() {
    let example = |name: &str| fs::read_to_string(root().join("examples/presentation").join(name)).unwrap();
    let vector = Case::named("presentation", "presentation-18-reply");
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(json(&example("pending.json")), json(&vector.pending()));
    assert_eq!(example("presentation.json").trim_end(), vector.presentation());
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("faam-verify presentation ").unwrap();
    let (command, rest) = rest.split_once(" < ").unwrap();
    let input = rest.split_whitespace().next().unwrap();
    let arguments: Vec<&str> = command.split_whitespace().filter(|word| *word != "\\").collect();
    assert!(arguments.contains(&vector.at().as_str()), "{arguments:?}");
    // The checkout may have any umask; what is tried here is the command.
    let own = tempfile::tempdir().unwrap();
    let mine = |file: &str| {
        let to = own.path().join(Path::new(file).file_name().unwrap());
        fs::copy(root().join(file), &to).unwrap();
        mode(&to, 0o644);
        to.to_str().unwrap().to_owned()
    };
    let arguments: Vec<String> = arguments
        .iter()
        .map(|word| if word.starts_with("examples/") { mine(word) } else { (*word).to_owned() })
        .collect();
    let all: Vec<&str> = ["presentation"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    let told = run(&all, fs::read(root().join(input)).unwrap().as_slice());
    let text = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&told.stderr));
    assert!(text.starts_with("Accepted.") && text.contains("By the policy \"Example\""), "{text}");
    // The limits that it states are those that can be: there are no keepers yet.
    assert!(
        text.contains("When something was signed is only what the market says.") && !text.contains("keeper"),
        "{text}"
    );
}

//= spec/text/policy.md#REQ-POLICY-19
//= type=test
//# A check of a policy beside a trust file MUST refuse what no answer could be believed for
#[test]
fn a81_a_check_says_what_no_answer_could_be_believed_for() {
    let case = Case::named("presentation", "presentation-2-no-ratings");
    let (policy, trust) = (case.path("p.toml"), case.path("t.toml"));
    let check = |asks: &str, types: &str| {
        case.write("p.toml", format!("v = 0\n{asks}").as_bytes());
        let entry = "v = 0\n[[trust]]\nissuer = 'did:key:z6MkwejxXjofTB8HcpJDisQiz8tsMQZ6LqqCqQfd2tikbnzS'\nmarket = 'alpha'";
        case.write("t.toml", format!("{entry}\nroles = ['guest']\ntypes = [{types}]").as_bytes());
        let told = run(&["policy", "check", &policy, "--trust", &trust], b"");
        (told.status.code(), String::from_utf8(told.stdout).unwrap(), String::from_utf8(told.stderr).unwrap())
    };
    let milestones = "[private]\nmilestones = ['count>=20']";
    for (asks, types, why) in [
        ("[standing]", "'rating'", "its types (\"rating\") lack \"standing\""),
        ("[ratings]\nat_least = 1", "'standing'", "its types (\"standing\") lack \"rating\""),
        ("[ratings]\nrole = 'host'", "'rating', 'standing'", "its roles (\"guest\") lack \"host\""),
        (milestones, "'rating', 'standing'", "lack \"private\""),
    ] {
        let (exit, out, told) = check(asks, types);
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{told}");
        assert!(
            told.contains("people would show it for nothing. The nearest trust entry is no. 1")
                && told.contains(why),
            "{told}"
        );
    }
    for (asks, types) in
        [("[standing]", "'standing'"), ("[ratings]", "'rating', 'standing'"), (milestones, "'private'")]
    {
        let (exit, out, told) = check(asks, types);
        assert_eq!((exit, out.as_str(), told.as_str()), (Some(0), "It can be used.\n", ""));
    }
    // What can be used and is hardly meant is warned of.
    let (exit, _, told) = check("[standing]\n[newcomer]\n[ratings]\nat_least = 3", "'rating', 'standing'");
    assert!(
        exit == Some(0) && told.starts_with("warning: Who has fewer than 3 ratings cannot answer"),
        "{told}"
    );
}

//= spec/text/policy.md#REQ-POLICY-20
//= type=test
//# A trust or policy file by which something is judged or checked MUST be refused if others can write it
#[cfg(unix)]
#[test]
fn a63_files_that_others_can_write_are_not_judged_by() {
    use std::os::unix::fs::MetadataExt as _;
    let case = Case::named("presentation", "presentation-2-no-ratings");
    for name in ["trust.toml", "policy.toml"] {
        let path = case.folder.path().join(name);
        let meta = fs::metadata(&path).unwrap();
        // A group of the owner's number is the owner's own.
        let own = meta.gid() == meta.uid();
        for (bits, good) in
            [(0o600, true), (0o444, true), (0o755, true), (0o664, own), (0o646, false), (0o666, false)]
        {
            mode(&path, bits);
            let told = case.judge(&[]);
            let text = String::from_utf8(told.stderr).unwrap();
            if good {
                assert_eq!(told.status.code(), Some(0), "{text}");
                continue;
            }
            assert_eq!(told.status.code(), Some(1), "{text}");
            let said =
                format!("can be written by others (mode {bits:o}); fix it: chmod go-w '{}'", path.display());
            assert!(
                text.contains(&said) && text.contains("store.permissions") && told.stdout.is_empty(),
                "{text}"
            );
        }
        // Only some may give a file to another group.
        if std::os::unix::fs::chown(&path, None, Some(meta.uid() + 1)).is_ok() {
            mode(&path, 0o664);
            assert_eq!(case.judge(&[]).status.code(), Some(1));
        }
        mode(&path, 0o644);
    }
    // What a policy says can be read whoever wrote it; whether it can be used is another question.
    let policy = case.path("policy.toml");
    mode(Path::new(&policy), 0o666);
    assert_eq!(run(&["policy", "explain", &policy], b"").status.code(), Some(0));
    assert_eq!(run(&["policy", "check", &policy], b"").status.code(), Some(1));
}

/// The number that is not met is told to whoever runs the program, and stands not in the document.
#[test]
fn what_the_policy_needs_is_told_beside_the_document() {
    let case = Case::named("presentation", "presentation-2-no-ratings");
    let under = |policy: &str, more: &[&str]| {
        case.write("policy.toml", format!("v = 0\n{policy}").as_bytes());
        let told = case.judge(more);
        (String::from_utf8(told.stdout).unwrap(), String::from_utf8(told.stderr).unwrap())
    };
    let (document, told) = under("[standing]\nratings_at_least = 50\nmean_at_least = 900", &[]);
    assert!(told.starts_with("note: The policy needs at least 50 ratings (ratings_at_least). The policy needs a mean of at least 900 of 1000"), "{told}");
    assert!(!document.contains("ratings_at_least"), "{document}");
    let (text, told) =
        under("[standing]\nrole = 'guest'\n[newcomer]\nbelow = 5", &["--text", "--lang", "nl"]);
    assert!(
        text.contains("Het beleid noemt nieuwkomer wie minder dan 5 beoordelingen als guest heeft")
            && told.is_empty(),
        "{text}{told}"
    );
    // Who signed is named where nobody is trusted.
    case.write("trust.toml", b"v = 0\n[[trust]]\nissuer = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'\nmarket = 'alpha'\nroles = 'any'\ntypes = ['standing']");
    let (_, told) = under("", &[]);
    assert!(
        told.starts_with("note: What was shown names did:key:z6Mkw")
            && told.contains("its issuer is another one"),
        "{told}"
    );
}

/// A line without a member says which.
#[test]
fn a_line_that_lacks_a_member_says_which() {
    let case = Case::named("presentation", "presentation-2-no-ratings");
    let mut arguments = case.arguments();
    let at = arguments.iter().position(|word| word == "--pending").unwrap();
    arguments.drain(at..at + 2);
    arguments.push("--jsonl".to_owned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let told =
        run(&arguments, b"{}\n{\"pending\":\"x\"}\n{\"presentation\":\"x\"}\n{\"pending\":null}\n[]\n");
    let lines = String::from_utf8(told.stdout).unwrap();
    let places: Vec<String> = lines
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            faam_schemas::assert_valid("verify-line", &value);
            assert_eq!(value["error"]["code"], "malformed");
            value["error"]["at"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(places, ["line.pending", "line.presentation", "line.pending", "line", "line"]);
    assert_eq!(told.status.code(), Some(2));
}
