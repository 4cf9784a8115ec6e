//! Running the program on an attempt.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use faam_spec::time::Timestamp;
use faam_tests::attacks::{Attempt, made};
use faam_tests::process::program;
use faam_tests::vectors::Expect;
use serde_json::{Value, json};

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

/// The program comes to what is stated: outcome, code, exit status, and facts only of what is accepted.
#[track_caller]
pub(crate) fn check(attempt: &Attempt) {
    let what = format!("{}: {}", attempt.number, attempt.name);
    let files = Files::of(attempt);
    let output = run(&files.arguments(attempt), &attempt.bytes());
    let said = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{what}: {said}{told}");
    let decision: Value = serde_json::from_str(&said).unwrap();
    faam_schemas::assert_valid("decision", &decision);
    let code = decision["reasons"].get(0).map(|reason| reason["code"].as_str().unwrap().to_owned());
    let (outcome, exit) = match attempt.expect {
        Expect::Accepted => ("accepted", 0),
        Expect::Refused => ("refused", 3),
        Expect::Undecided => ("undecided", 4),
    };
    assert_eq!((&decision["outcome"], &code), (&json!(outcome), &attempt.code), "{what}: {said}");
    assert_eq!(output.status.code(), Some(exit), "{what}: {said}");
    let facts = ["facts", "private"].iter().any(|name| decision.get(name).is_some_and(|of| *of != json!([])));
    assert_eq!(facts, attempt.expect == Expect::Accepted, "{what}: facts only of what is accepted");
}

/// Every attempt that is made under a number; at least one of them is refused.
#[track_caller]
pub(crate) fn walk(number: &str) {
    let attempts: Vec<Attempt> = made().into_iter().filter(|attempt| attempt.number == number).collect();
    attempts.iter().for_each(check);
    assert!(attempts.iter().any(|attempt| attempt.expect != Expect::Accepted), "{number}");
}
