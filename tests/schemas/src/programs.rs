//! What the programs print with `--json`, and what the local interface answers.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::{assert_jws, assert_valid};

/// Compares what a program printed with its schema, if it was asked for JSON and was not killed.
///
/// # Panics
/// If a line on standard output is not an envelope that its schema describes.
#[track_caller]
pub fn assert_said(command: &Command, output: &Output) {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let asked = command.get_args().any(|argument| argument == "--json");
    let (true, Some(code), Some(program)) = (asked, output.status.code(), program.to_str()) else { return };
    let lines = assert_envelopes(program, &String::from_utf8_lossy(&output.stdout));
    if let Some(last) = lines.last() {
        assert_eq!(last["exit"], code, "{last}");
    }
}

/// Compares each line of `out` with the schema of the envelopes of `program`; gives them.
///
/// # Panics
/// If a line is not valid by it.
#[track_caller]
pub fn assert_envelopes(program: &str, out: &str) -> Vec<Value> {
    let envelope = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_valid(&format!("cli-{program}"), &value);
        if let Some(record) = value.pointer("/data/record").and_then(Value::as_str) {
            assert_jws("epoch-record", "faam-epoch+jwt", record);
        }
        if let Some(receipt) = value.pointer("/data/receipt").and_then(Value::as_str) {
            assert_jws("receipt", "faam-receipt+jwt", receipt);
        }
        value
    };
    out.lines().filter(|line| !line.is_empty()).map(envelope).collect()
}

/// Compares an answer of the local interface with the schema of its call, and what was sent too if it was taken.
///
/// # Panics
/// If it is not valid, or the call is not known.
#[track_caller]
pub fn assert_answer(method: &str, path: &str, sent: &str, (status, body): (u16, &str)) {
    if !(200..300).contains(&status) {
        assert_valid("api-error", &json(body));
        return;
    }
    let path = path.split('?').next().unwrap_or_default();
    match (method, path) {
        ("GET", "/healthz") => assert_eq!(body, "ok\n"),
        ("GET", "/readyz") => assert_eq!(body, "ready\n"),
        ("GET", "/metrics") => assert!(body.ends_with("# EOF\n"), "{body}"),
        ("GET", "/v0/openapi.json") => assert_eq!(json(body)["openapi"], "3.1.0"),
        ("GET", "/v0/requests") => assert_valid("api-requests", &json(body)),
        ("DELETE", path) if path.starts_with("/v0/requests/") => assert_valid("api-revoked", &json(body)),
        ("GET", "/v0/policies") => assert_valid("api-policies", &json(body)),
        ("GET", "/v0/webhook") => assert_valid("api-webhook", &json(body)),
        ("POST", path) if path.starts_with("/v0/webhook/") => assert_valid("api-event", &json(body)),
        ("GET", "/v0/keys") => assert_valid("api-keys", &json(body)),
        ("DELETE", path) if path.starts_with("/v0/keys/") => assert_valid("api-keys", &json(body)),
        ("POST", "/v0/keys") => {
            assert_valid("api-key-ask", &json(sent));
            assert_valid("api-key", &json(body));
        }
        ("POST", path) if path.starts_with("/v0/keys/") => {
            if !sent.is_empty() {
                assert_valid("api-key-rotate", &json(sent));
            }
            assert_valid("api-key", &json(body));
        }
        ("GET", "/v0/epoch") => drop(assert_jws("epoch-record", "faam-epoch+jwt", body)),
        ("GET", "/v0/status") => assert_valid("api-status", &json(body)),
        ("POST" | "DELETE", "/v0/close") => assert_valid("api-close", &json(body)),
        ("POST", "/v0/events") => {
            let sent = sent.strip_prefix('\u{feff}').unwrap_or(sent);
            for line in sent.lines().filter(|line| !line.trim().is_empty()) {
                assert_valid("event", &json(line));
            }
            assert_valid("api-events", &json(body));
        }
        ("POST", "/v0/offers") => {
            assert_valid("api-offer-ask", &json(sent));
            assert_valid("api-offer", &json(body));
        }
        ("POST", "/v0/requests") => {
            assert_valid("api-request-ask", &json(sent));
            assert_valid("api-request", &json(body));
        }
        ("GET", path) if path.starts_with("/v0/requests/") => {
            let state = json(body);
            assert_valid("api-request-state", &state);
            if let Some(receipt) = state.get("receipt").and_then(Value::as_str) {
                assert_jws("receipt", "faam-receipt+jwt", receipt);
            }
        }
        _ => panic!("{method} {path} has no schema"),
    }
}

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
