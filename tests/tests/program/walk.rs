//! Running the program on an attempt.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use faam_spec::time::Timestamp;
use faam_tests::attacks::{Attempt, made};
use faam_tests::process::program;
use faam_tests::vectors::Expect;
use serde_json::{Value, json};

/// Every attempt, made once.
pub(crate) static MADE: LazyLock<Vec<Attempt>> = LazyLock::new(made);

/// Runs `faam-verify` on `input`.
pub(crate) fn run(arguments: &[String], input: &[u8]) -> Output {
    let mut command = Command::new(program("faam-verify"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // It stops reading what is too long, so that writing may fail.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// What an attempt is judged by, as files.
pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn of(attempt: &Attempt) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("trust.toml", toml::to_string(&attempt.trust).unwrap().as_bytes());
        files.write("policy.toml", toml::to_string(&attempt.policy).unwrap().as_bytes());
        files.write("pending.json", attempt.pending().as_bytes());
        std::fs::create_dir(files.path().join("seen")).unwrap();
        for (at, text) in attempt.seen.iter().enumerate() {
            files.write(&format!("seen/{at}.jwt"), text.as_bytes());
        }
        files
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    pub(crate) fn arguments(&self, attempt: &Attempt) -> Vec<String> {
        let named = [
            ("--trust", "trust.toml"),
            ("--policy", "policy.toml"),
            ("--pending", "pending.json"),
            ("--sources", "seen"),
        ];
        let mut arguments = vec!["presentation".to_owned()];
        for (name, file) in named {
            arguments.extend([name.to_owned(), self.path().join(file).to_str().unwrap().to_owned()]);
        }
        let at = Timestamp::new(attempt.now).unwrap().to_string();
        arguments.extend(["--at".to_owned(), at]);
        arguments
    }
}

/// What the program says otherwise than is stated: outcome, code, exit status, and facts only of what is accepted.
fn wrong(attempt: &Attempt) -> Option<String> {
    let what = format!("{}: {}", attempt.number, attempt.name);
    let files = Files::of(attempt);
    let output = run(&files.arguments(attempt), &attempt.bytes());
    let said = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    if said.lines().count() != 1 {
        return Some(format!("{what}: {said}{told}"));
    }
    let decision: Value = serde_json::from_str(&said).unwrap();
    faam_schemas::assert_valid("decision", &decision);
    let code = decision["reasons"].get(0).map(|reason| reason["code"].as_str().unwrap().to_owned());
    let (outcome, exit) = match attempt.expect {
        Expect::Accepted => ("accepted", 0),
        Expect::Refused => ("refused", 3),
        Expect::Undecided => ("undecided", 4),
    };
    let facts = ["facts", "private"].iter().any(|name| decision.get(name).is_some_and(|of| *of != json!([])));
    let came = (decision["outcome"].as_str(), code, output.status.code(), facts);
    let stated = (Some(outcome), attempt.code.clone(), Some(exit), attempt.expect == Expect::Accepted);
    (came != stated).then(|| format!("{what}: {stated:?} is stated, and {came:?} came"))
}

/// Each comes to what is stated.
#[track_caller]
pub(crate) fn check<'a>(attempts: impl Iterator<Item = &'a Attempt>) {
    let wrong: Vec<String> = attempts.filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every attempt that is made under a number; at least one of them is refused.
#[track_caller]
pub(crate) fn walk(number: &str) {
    let attempts = || MADE.iter().filter(|attempt| attempt.number == number);
    check(attempts());
    assert!(attempts().any(|attempt| attempt.expect != Expect::Accepted), "{number}");
}
