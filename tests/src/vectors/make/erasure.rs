//! Statements about erasures: `spec/text/erasure.md`.

use faam_spec::client::Client;
use faam_spec::encoding::b64;
use faam_spec::erasure::{Erasure, KeptReason};
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

use super::{Cases, NOW};
use crate::vectors::Vector;

const TYP: &str = "faam-erasure+jwt";
/// How long before the statement it was shown.
const DAYS: i64 = 3 * 86_400;

fn signer() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[34; 32]))
}

fn request() -> Hash {
    Hash::of(b"faam/request/0\n", b"e30.e30.e30")
}

fn presentation() -> Hash {
    Hash::of(b"faam/presentation/0\n", b"{}")
}

fn done() -> Erasure {
    let iss = Client::from(signer().did().clone());
    Erasure::done(iss, request(), presentation(), Timestamp::new(NOW).unwrap())
}

fn erased() -> Value {
    serde_json::to_value(done()).unwrap()
}

fn kept() -> Value {
    let until = Timestamp::new(NOW + 27 * 86_400).unwrap();
    serde_json::to_value(done().kept(KeptReason::LegalObligation, until)).unwrap()
}

/// The vector's input for a text.
fn reading(text: &str) -> Value {
    json!({
        "operation": "erasure", "text": text, "verifier": signer().did(), "request": request(),
        "presentation": presentation(), "shown": NOW - DAYS,
    })
}

/// The same for what the verifier signs after a change.
fn with(mut statement: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut statement);
    reading(&signer().sign(&statement, TYP).unwrap())
}

fn without(mut statement: Value, name: &str) -> Value {
    statement.as_object_mut().unwrap().remove(name);
    with(statement, |_| ())
}

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("erasure");
    let description = "Facts and receipt are erased.";
    cases.accept("REQ-ERASE-4", "erased", description, with(erased(), |_| ()));
    let description = "It is kept, because a law demands it.";
    cases.accept("REQ-ERASE-7", "kept", description, with(kept(), |_| ()));
    let description = "A node that has no receipt erased the facts alone.";
    cases.accept("REQ-ERASE-7", "facts", description, with(erased(), |s| s["erased"] = json!(["facts"])));
    let description = "The same statement, told again 20 days later.";
    cases.accept("REQ-ERASE-6", "again", description, with(erased(), |_| ())).at(NOW + 20 * 86_400);
    let description = "Dated 300 s after the wallet's clock.";
    cases.accept("REQ-ERASE-6", "edge", description, with(erased(), |s| s["iat"] = json!(NOW + 300)));
    signatures(&mut cases);
    others(&mut cases);
    times(&mut cases);
    states(&mut cases);
    form(&mut cases);
    cases.done()
}

/// A JWS under any header.
fn under(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
    let signature = b64(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

fn signatures(cases: &mut Cases) {
    let own = signer();
    let stranger = Signer::from_key(SigningKey::from_seed(&[31; 32]));
    let header = |kid: &str| json!({"alg": "EdDSA", "kid": kid, "typ": TYP});
    let payload = erased();
    let mut bad = |id: &str, code: &str, description: &str, text: &str| {
        cases.refuse("REQ-ERASE-4", id, code, description, reading(text));
    };
    let code = "invalid.signature";
    let text = under(&header(own.key_id()), &payload, stranger.key());
    bad("forged", code, "Signed with another key than the one it names.", &text);
    let good = own.sign(&payload, TYP).unwrap();
    let other = own.sign(&kept(), TYP).unwrap();
    let ((head, _), (_, signature)) = (good.rsplit_once('.').unwrap(), other.rsplit_once('.').unwrap());
    bad("moved", code, "The signature is that of another statement.", &format!("{head}.{signature}"));
    let ((head, _), (_, signature)) = (other.rsplit_once('.').unwrap(), good.rsplit_once('.').unwrap());
    let description = "What is kept, under the signature of what was erased.";
    bad("moved-kept", code, description, &format!("{head}.{signature}"));
    let code = "invalid.issuer";
    let text = under(&header(stranger.key_id()), &payload, stranger.key());
    bad("kid", code, "The key id is another's, who signed.", &text);
    let bare = json!({"alg": "EdDSA", "typ": TYP});
    bad("kid-none", code, "No key id.", &under(&bare, &payload, own.key()));
    let named = header(&format!("{}#key-1", own.did()));
    let text = under(&named, &payload, own.key());
    bad("kid-name", code, "The key id names no key of the verifier's.", &text);
    let mut theirs = payload;
    theirs["iss"] = json!(stranger.did());
    let text = stranger.sign(&theirs, TYP).unwrap();
    let description = "A statement of another verifier, rightly signed by it.";
    bad("other", "malformed", description, &text);
}

fn others(cases: &mut Cases) {
    let mut bad = |id: &str, description: &str, input: Value| {
        cases.refuse("REQ-ERASE-5", id, "malformed", description, input);
    };
    let other = Hash::from_bytes([5; 32]);
    let input = with(erased(), |s| s["request"] = json!(other));
    bad("request-other", "A statement about another request.", input);
    let input = with(erased(), |s| s["presentation"] = json!(other));
    bad("answer-other", "A statement about another presentation.", input);
    let input = with(erased(), |s| {
        s["request"] = json!(presentation());
        s["presentation"] = json!(request());
    });
    bad("swapped", "Request and presentation have changed places.", input);
    let proof = Hash::of(b"faam/erasure/0\n", b"{}");
    let input = with(erased(), |s| s["presentation"] = json!(proof));
    bad("proof", "The proof in the place of the presentation's hash.", input);
}

fn times(cases: &mut Cases) {
    let mut bad = |id: &str, description: &str, iat: i64| {
        let input = with(erased(), |s| s["iat"] = json!(iat));
        cases.refuse("REQ-ERASE-6", id, "malformed", description, input);
    };
    bad("before", "Erased 301 s before it was shown.", NOW - DAYS - 301);
    bad("early", "Erased years before it was shown.", 1_600_000_000);
    bad("ahead", "Dated 301 s after the wallet's clock.", NOW + 301);
}

fn states(cases: &mut Cases) {
    let mut bad = |id: &str, description: &str, input: Value| {
        cases.refuse("REQ-ERASE-7", id, "malformed", description, input);
    };
    bad("erased-nothing", "Erased, and nothing is named.", without(erased(), "erased"));
    let input = with(erased(), |s| s["erased"] = json!(["facts", "facts"]));
    bad("erased-twice", "Something is named twice.", input);
    let input = with(erased(), |s| s["erased"] = json!(["receipt", "facts"]));
    bad("erased-order", "What was erased is in another order.", input);
    let input = with(erased(), |s| s["erased"] = json!(["facts", "backups"]));
    bad("erased-other", "Something is named that no verifier erases.", input);
    let input = with(erased(), |s| s["reason"] = json!("legal_claim"));
    bad("erased-reason", "Erased, with a reason to keep it.", input);
    let input = with(erased(), |s| s["until"] = json!(NOW + 86_400));
    bad("erased-until", "Erased, and kept until a day.", input);
    bad("kept-why", "Kept, and no reason is given.", without(kept(), "reason"));
    bad("kept-until", "Kept, and it is not said until when.", without(kept(), "until"));
    let input = with(kept(), |s| s["reason"] = json!("we_like_it"));
    bad("kept-other", "Kept for a reason that there is not.", input);
    let input = with(kept(), |s| s["erased"] = json!(["facts"]));
    bad("kept-erased", "Kept and erased.", input);
    let input = with(erased(), |s| s["state"] = json!("erasing"));
    bad("state", "Neither erased nor kept.", input);
}

fn form(cases: &mut Cases) {
    let input = with(erased(), |s| s["v"] = json!(1));
    cases.refuse("REQ-VERSION-5", "v1", "unsupported.version", "A statement of version 1.", input);
    let input = with(erased(), |s| s["more"] = json!(true));
    cases.refuse("REQ-GEN-7", "extra", "malformed", "A statement with another member.", input);
    let text = signer().sign(&erased(), "faam-receipt+jwt").unwrap();
    let description = "A statement under the type of a receipt.";
    cases.refuse("REQ-GEN-19", "typ", "invalid.type", description, reading(&text)).attack("A05");
    let mut input = reading("");
    input["text"] = crate::vectors::long("", "eyJh", 1_025, "");
    let description = "Over 4,096 bytes in the place of a statement.";
    cases.refuse("REQ-GEN-6", "large", "too_large", description, input).attack("A20");
}
