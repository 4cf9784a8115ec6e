//! `faam-verify evidence`: the verifier computes the grade, by its own files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![cfg(feature = "evidence")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use faam_spec::encoding::b64;
use serde_json::{Value, json};

const AT: &str = "2026-11-21T12:00:00Z";

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/evidence")
}

fn run(args: &[&str], input: &Value) -> (i32, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_faam-verify"))
        .arg("evidence")
        .args(["--at", AT])
        .args(args)
        .current_dir(samples())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text} {}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_str(&text).unwrap();
    faam_schemas::assert_valid("verify-evidence", &value);
    (output.status.code().unwrap(), value)
}

fn shown(kind: &str, file: &str) -> Value {
    json!({"v": 0, "kind": kind, "data": b64(std::fs::read(samples().join(file)).unwrap())})
}

const MAIL: [&str; 6] =
    ["--mail-keys", "mail-keys.toml", "--reader", "kringloop.toml", "--holder", "ann@post.example"];

//= spec/text/evidence.md#REQ-EVID-1
//= type=test
//# The grade MUST be computed from what was verified, and nothing that is shown MUST be able to state it.
#[test]
fn a86_the_verifier_computes_the_grade_by_its_own_files() {
    let mail = shown("mail", "kringloop.eml");
    let (code, said) = run(&MAIL, &mail);
    assert_eq!(
        (code, said["outcome"].as_str(), said["statement"]["grade"].as_str()),
        (0, Some("accepted"), Some("mail_signed"))
    );
    assert_eq!(said["statement"]["ratings"][0]["value"], 4);
    // The same mail where the key is not known, where no reader is, and where the holder is somebody else.
    for (args, code, reason) in [
        (&MAIL[2..], 4, "mail.key.unknown"),
        (&["--mail-keys", "mail-keys.toml"][..], 4, "mail.reader"),
        (&[&MAIL[..4], &["--holder", "bob@post.example"]].concat()[..], 3, "mail.recipient"),
    ] {
        let (came, said) = run(args, &mail);
        assert_eq!((came, said["reason"].as_str()), (code, Some(reason)), "{args:?}");
    }
    // Without an address of the holder it says what it does not know.
    let (_, said) = run(&MAIL[..4], &mail);
    assert_eq!(said["statement"]["caveats"], json!(["recipient"]));
    assert!(said["not_proven"][0].as_str().unwrap().contains("is not known"));
    // What calls itself better is refused, and what is shown as an export is a word.
    for (name, value) in [("grade", json!("issuer_signed")), ("statement", said["statement"].clone())] {
        let mut better = mail.clone();
        better[name] = value;
        assert_eq!(run(&MAIL, &better).1["reason"], "malformed", "{name}");
    }
    let mut export = shown("export", "marktzicht.csv");
    export["mapping"] = json!(std::fs::read_to_string(samples().join("marktzicht-csv.toml")).unwrap());
    let (code, said) = run(&[], &export);
    assert_eq!((code, said["statement"]["grade"].as_str()), (0, Some("self_asserted")));
}

//= spec/text/evidence.md#REQ-EVID-25
//= type=test
//# A verifier MUST NOT accept a credential of an issuer that it does not believe about that type
#[test]
fn credentials_are_believed_as_the_trust_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let trust = folder.path().join("trust.toml");
    let text = std::fs::read_to_string(samples().join("certificate.sd-jwt")).unwrap();
    let sd_jwt = json!({"v": 0, "kind": "sd_jwt_vc", "data": b64(text.trim_end())});
    let vc = shown("vc", "membership.vc.json");
    let issuer =
        serde_json::from_slice::<Value>(&std::fs::read(samples().join("membership.vc.json")).unwrap())
            .unwrap();
    let issuer = issuer["issuer"].as_str().unwrap();
    for (types, sd_jwt_code, vc_code) in [
        ("\"https://werk.example/certificate\", \"VerifiableCredential\"", 0, 0),
        ("\"https://werk.example/certificate\"", 0, 3),
        ("\"https://werk.example/other\"", 3, 3),
    ] {
        std::fs::write(&trust, format!("v = 0\n[[issuer]]\nname = \"{issuer}\"\ntypes = [{types}]\n"))
            .unwrap();
        let args = ["--trust", trust.to_str().unwrap()];
        for (input, code) in [(&sd_jwt, sd_jwt_code), (&vc, vc_code)] {
            let (came, said) = run(&args, input);
            assert_eq!(came, code, "{types} {said}");
            assert_eq!(said["reason"], if code == 0 { Value::Null } else { json!("trust.untrusted") });
        }
    }
    assert_eq!(run(&[], &sd_jwt).1["reason"], "trust.untrusted");
}
