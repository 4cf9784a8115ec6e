//! Vectors of this project and of the SD-JWT reference implementation, through the program.

use std::fs;
use std::path::{Path, PathBuf};

use faam_spec::encoding::unb64;
use faam_spec::key::SigningKey;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

use crate::world::{AT, AUDIENCE, Key, NONCE, NOW, Shown, ask, ask_more, payload_of, raw, write};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Every vector of credentials of others: the program comes to its verdict and its code.
#[test]
fn the_vectors_of_credentials_of_others() {
    let mut run = 0;
    for file in fs::read_dir(vectors().join("others")).unwrap() {
        let vector = read(&file.unwrap().path());
        let (input, id) = (&vector["input"], vector["id"].as_str().unwrap());
        let of = |name: &str| input[name].as_str().unwrap();
        let at = Timestamp::new(vector["now"].as_i64().unwrap()).unwrap().to_string();
        let mut more = vec!["--audience", of("audience"), "--nonce", of("nonce"), "--at", at.as_str()];
        if let Some(vct) = input["vct"].as_str() {
            more.extend(["--vct", vct]);
        }
        run += 1;
        if id.starts_with("others-jwk-") && vector["expect"] == "refused" {
            // Here the fault is in the issuer's key, or in the holder's.
            let folder = tempfile::tempdir().unwrap();
            let key = write(folder.path(), &input["issuer"]);
            let arguments = [&["sd-jwt", "--issuer-jwk", &key], more.as_slice()].concat();
            let said = raw(&arguments, of("text").as_bytes());
            let told = [said.stdout, said.stderr].concat();
            let code = vector["reason"].as_str().unwrap();
            assert!(String::from_utf8(told).unwrap().contains(code), "{id}");
            assert!(matches!(said.status.code(), Some(2 | 3)), "{id}");
            continue;
        }
        let said = ask_more(&input["issuer"], of("text"), &more);
        assert_eq!(
            (&said.object["outcome"], &said.object["reason"]),
            (&vector["expect"], &vector["reason"]),
            "{id}"
        );
        if let Some(claims) = input.get("claims") {
            assert_eq!(said.accepted(), claims, "{id}");
        }
    }
    assert!(run > 80, "{run}");
}

fn reference() -> PathBuf {
    vectors().join("external/sd-jwt")
}

/// The seed that `settings.yml` publishes for `name`.
fn published(name: &str) -> SigningKey {
    let settings = fs::read_to_string(reference().join("settings.yml")).unwrap();
    let (_, after) = settings.split_once(&format!("{name}:\n")).unwrap();
    let d = after.lines().find_map(|line| line.trim().strip_prefix("d: ")).unwrap();
    SigningKey::from_seed(&unb64(d, "d").unwrap().try_into().unwrap())
}

fn compact() -> Vec<PathBuf> {
    let folders = fs::read_dir(reference()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = folders.filter(|path| path.join("sd_jwt_presentation.txt").exists()).collect();
    cases.sort();
    assert_eq!(cases.len(), 15);
    cases
}

/// As it was published, its type is not that of SD-JWT VC: it is passed off as one here.
#[test]
fn a05_the_reference_set_is_of_another_type() {
    let issuer = Key::Ed(published("issuer_key"));
    for case in compact() {
        let text = fs::read_to_string(case.join("sd_jwt_presentation.txt")).unwrap();
        let kb = case.join("kb_jwt_payload.json");
        if !kb.exists() {
            ask(&issuer, &text).refused("invalid.key_binding.missing");
            continue;
        }
        let at = Timestamp::new(read(&kb)["iat"].as_i64().unwrap()).unwrap().to_string();
        let asked = ["--audience", "https://example.com/verifier", "--nonce", "1234567890", "--at", &at];
        ask_more(&issuer.jwk(), &text, &asked).refused("invalid.type");
        let other = Key::ed(7).jwk();
        ask_more(&other, &text, &asked).refused("invalid.type");
    }
}

/// Its payloads and disclosures, issued again by the same keys as SD-JWT VCs, say what the reference implementation verified.
#[test]
fn the_reference_set_issued_as_sd_jwt_vc() {
    let (issuer, holder) = (Key::Ed(published("issuer_key")), Key::Ed(published("holder_key")));
    for case in compact() {
        let text = fs::read_to_string(case.join("sd_jwt_presentation.txt")).unwrap();
        let (whole, _) = text.rsplit_once('~').unwrap();
        let mut parts = whole.split('~').map(str::to_owned);
        let mut payload = payload_of(&parts.next().unwrap());
        payload["vct"] = json!("urn:example:reference");
        payload["cnf"] = json!({"jwk": holder.jwk()});
        let mut shown = Shown::good(issuer.clone(), holder.clone());
        shown.payload = payload;
        shown.disclosures = parts.collect();
        shown.kb["iat"] = json!(NOW);
        let mut expected = read(&case.join("verified_contents.json"));
        expected["vct"] = json!("urn:example:reference");
        expected["cnf"] = json!({"jwk": holder.jwk()});
        let said =
            ask_more(&issuer.jwk(), &shown.text(), &["--audience", AUDIENCE, "--nonce", NONCE, "--at", AT]);
        assert_eq!(said.accepted(), &expected, "{}", case.display());
    }
}
