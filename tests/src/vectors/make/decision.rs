//! Receipts: `spec/text/decision.md`.

use faam_spec::encoding::b64;
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::query::Query;
use faam_spec::receipt::Receipt;
use faam_spec::request::SignedRequest;
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use faam_verifier::Pending;
use serde_json::{Value, json};

use super::{Cases, NOW};
use crate::vectors::Vector;
use crate::{Holder, Market, Verifier};

const TYP: &str = "faam-receipt+jwt";
const EVENTS: &str = r#"{"type":"rating","id":"d1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":"2026-02-01T12:00:00Z","comment":"Sent the same day."}
{"type":"rating","id":"d2","account":"7","rater":"13","role":"seller","value":2,"scale":"1..5","at":"2026-03-01T12:00:00Z"}"#;

/// What was asked, what was sent, and what the verifier makes of it.
struct Scene {
    signer: Signer,
    request: SignedRequest,
    bytes: Vec<u8>,
    receipt: Value,
}

impl Scene {
    fn of(query: Query, ratings: &[u64]) -> Self {
        let now = Timestamp::new(NOW).unwrap();
        let mut market = Market::new("alpha", 7, now);
        market.apply(&events());
        market.open_epoch();
        let mut holder = Holder::new(9);
        market.give("7", &mut holder);
        let mut verifier = Verifier::trusting(&market);
        let pending = verifier.ask(query);
        let draft = holder.draft(holder.newest(), pending.request(), ratings);
        let answer = draft.sign(&holder.key, pending.request(), now).to_bytes().unwrap();
        Self::judged(&mut verifier, &pending, answer)
    }

    fn judged(verifier: &mut Verifier, pending: &Pending, bytes: Vec<u8>) -> Self {
        let request = pending.request();
        let decision = verifier.judge_bytes(pending, &bytes);
        let receipt = serde_json::to_value(Receipt::new(request, &bytes, decision.document())).unwrap();
        Self { signer: verifier.signer.clone(), request: request.clone(), bytes, receipt }
    }

    /// The vector's input for a receipt of any text.
    fn reading(&self, text: &str) -> Value {
        json!({
            "operation": "receipt", "text": text, "request": self.request.as_str(), "asked": NOW,
            "presentation": String::from_utf8(self.bytes.clone()).unwrap(),
        })
    }

    /// The same for what the verifier signs after a change.
    fn with(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut receipt = self.receipt.clone();
        change(&mut receipt);
        self.reading(&self.signer.sign(&receipt, TYP).unwrap())
    }
}

fn events() -> Vec<faam_issuer::Event> {
    faam_issuer::read::json_lines(EVENTS.as_bytes()).collect::<Result<_, _>>().unwrap()
}

fn standing() -> Scene {
    Scene::of(Query::standing("alpha".parse().unwrap()).unwrap(), &[])
}

fn ratings() -> Scene {
    let query = Query::ratings("alpha".parse().unwrap(), 1).unwrap();
    Scene::of(query.disclosing(&["day", "comment"]).unwrap(), &[0, 1])
}

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("decision");
    accepted(&mut cases);
    signatures(&mut cases, &standing());
    history(&mut cases, &standing());
    others(&mut cases, &standing());
    shown(&mut cases, &standing(), &ratings());
    times(&mut cases, &standing());
    form(&mut cases, &standing());
    cases.done()
}

fn accepted(cases: &mut Cases) {
    let scene = standing();
    assert_eq!(scene.receipt["outcome"], json!("accepted"));
    cases.accept("REQ-DEC-4", "standing", "A receipt for a standing.", scene.with(|_| ()));
    let scene = ratings();
    assert_eq!(scene.receipt["outcome"], json!("accepted"));
    let description = "A receipt for a standing and two ratings with day and comment.";
    cases.accept("REQ-DEC-6", "ratings", description, scene.with(|_| ()));
    let mut verifier = Verifier::distrustful(Timestamp::new(NOW).unwrap());
    let pending = verifier.ask(Query::ratings("alpha".parse().unwrap(), 0).unwrap());
    let junk = Scene::judged(&mut verifier, &pending, b"{\"v\":0}".to_vec());
    assert_eq!(junk.receipt["outcome"], json!("refused"));
    let description = "A receipt for bytes that are no presentation, which were refused: names of what was asked, no market and no ratings.";
    cases.accept("REQ-DEC-6", "junk", description, junk.with(|_| ()));
}

/// A JWS under any header.
fn under(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
    let signature = b64(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

fn signatures(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-DEC-4";
    let stranger = Signer::from_key(SigningKey::from_seed(&[31; 32]));
    let header = |kid: &str| json!({"alg": "EdDSA", "kid": kid, "typ": TYP});
    let (own, payload) = (header(scene.signer.key_id()), &scene.receipt);
    let good = scene.signer.sign(payload, TYP).unwrap();
    let mut bad = |id: &str, code: &str, description: &str, text: &str| {
        cases.refuse(req, id, code, description, scene.reading(text));
    };
    let code = "invalid.signature";
    bad(
        "forged",
        code,
        "Signed with another key than the one it names.",
        &under(&own, payload, stranger.key()),
    );
    let (head, _) = good.rsplit_once('.').unwrap();
    let mut later = payload.clone();
    later["delete_by"] = json!(NOW + 86_400);
    let other = scene.signer.sign(&later, TYP).unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    bad("moved", code, "The signature is that of another receipt.", &format!("{head}.{signature}"));
    let (body, signature) = scene.request.as_str().rsplit_once('.').unwrap();
    assert!(!body.is_empty());
    bad("request", code, "The signature is that of the request.", &format!("{head}.{signature}"));
    let code = "invalid.issuer";
    let text = under(&header(stranger.key_id()), payload, stranger.key());
    bad("kid", code, "The key id is another's, who signed.", &text);
    let bare = json!({"alg": "EdDSA", "typ": TYP});
    bad("kid-none", code, "No key id.", &under(&bare, payload, scene.signer.key()));
    let named = header(&format!("{}#key-1", scene.signer.did()));
    bad(
        "kid-name",
        code,
        "The key id names no key of the verifier's.",
        &under(&named, payload, scene.signer.key()),
    );
    let mut theirs = payload.clone();
    theirs["iss"] = json!(stranger.did());
    let text = stranger.sign(&theirs, TYP).unwrap();
    bad(
        "other",
        "malformed",
        "A receipt of another verifier than the one that asked, rightly signed by it.",
        &text,
    );
}

/// A verifier whose key changed between request and receipt.
fn history(cases: &mut Cases, scene: &Scene) {
    let did = format!("did:webvh:Qm{}:beta.example", "b".repeat(44));
    let signer = |name: &str, seed: u8| {
        let key = SigningKey::from_seed(&[seed; 32]);
        Signer::new(did.parse().unwrap(), format!("{did}#{name}"), key).unwrap()
    };
    let (old, new) = (signer("old", 32), signer("new", 33));
    let payload = scene.request.as_str().split('.').nth(1).unwrap();
    let bytes = faam_spec::encoding::unb64(payload, "request").unwrap();
    let mut asked: Value = serde_json::from_slice(&bytes).unwrap();
    asked["client_id"] = json!(format!("decentralized_identifier:{did}"));
    let request = old.sign(&asked, "oauth-authz-req+jwt").unwrap();
    let digest = Hash::of(b"faam/request/0\n", request.as_bytes());
    let mut receipt = scene.receipt.clone();
    receipt["iss"] = json!(did);
    receipt["request"] = json!(digest);
    receipt["iat"] = json!(NOW + 100);
    let key = |signer: &Signer, from: i64, until: Option<i64>| {
        let mut key =
            json!({"id": signer.key_id(), "key": b64(signer.verifying_key().to_bytes()), "from": from});
        if let Some(until) = until {
            key["until"] = json!(until);
        }
        key
    };
    let reading = |by: &Signer| {
        let mut input = scene.reading(&by.sign(&receipt, TYP).unwrap());
        input["request"] = json!(request);
        input["histories"] = json!({did.as_str(): [key(&old, 0, Some(NOW + 50)), key(&new, NOW + 50, None)]});
        input
    };
    let description = "The verifier's key changed after the request; the receipt is signed with the new one.";
    cases.accept("REQ-DEC-4", "new-key", description, reading(&new)).at(NOW + 200);
    let description =
        "The receipt is signed with the key that was valid for the request and is not any more.";
    let code = "issuer.key_not_valid_then";
    cases.refuse("REQ-NAME-11", "old-key", code, description, reading(&old)).at(NOW + 200).attack("A44");
}

fn others(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-DEC-5";
    let mut bad = |id: &str, description: &str, input: Value| {
        cases.refuse(req, id, "malformed", description, input);
    };
    let other = Hash::from_bytes([5; 32]);
    bad("request-other", "A receipt for another request.", scene.with(|r| r["request"] = json!(other)));
    let plain = Hash::of(b"", scene.request.as_str().as_bytes());
    let description = "The request's digest has no domain string before the text.";
    bad("request-plain", description, scene.with(|r| r["request"] = json!(plain)));
    bad(
        "answer-other",
        "A receipt for another presentation.",
        scene.with(|r| r["presentation"] = json!(other)),
    );
    let spaced = [&scene.bytes[..], b" "].concat();
    let hash = faam_spec::presentation::hash(&spaced);
    let description = "A receipt for the same presentation with a space behind it, which is other bytes.";
    bad("answer-space", description, scene.with(|r| r["presentation"] = json!(hash)));
    let swapped = scene.with(|r| {
        let (request, presentation) = (r["request"].clone(), r["presentation"].clone());
        r["request"] = presentation;
        r["presentation"] = request;
    });
    bad("swapped", "Request and presentation have changed places.", swapped);
}

fn shown(cases: &mut Cases, scene: &Scene, rated: &Scene) {
    let req = "REQ-DEC-6";
    let mut bad = |id: &str, description: &str, input: Value| {
        cases.refuse(req, id, "malformed", description, input);
    };
    bad("name", "Another name than was asked under.", scene.with(|r| r["name"] = json!("Beta GmbH")));
    let description = "The name with a space behind it.";
    bad(
        "name-space",
        description,
        scene.with(|r| r["name"] = json!(format!("{} ", r["name"].as_str().unwrap()))),
    );
    let description = "Another purpose than was asked for.";
    bad(
        "purpose",
        description,
        scene.with(|r| r["purpose"] = json!("To rent out a flat, and to advertise.")),
    );
    bad("nothing", "Nothing was shown, it says.", scene.with(|r| r["shown"] = json!([])));
    let twice = scene.with(|r| {
        let one = r["shown"][0].clone();
        r["shown"].as_array_mut().unwrap().push(one);
    });
    bad("twice", "One standing was shown, it says two.", twice);
    bad(
        "market",
        "Another market was shown, it says.",
        scene.with(|r| r["shown"][0]["market"] = json!("beta")),
    );
    let unnamed = scene.with(|r| {
        r["shown"][0].as_object_mut().unwrap().remove("market");
    });
    bad("market-absent", "No market is named, and one was shown.", unnamed);
    let description = "A part was shown that is not named.";
    let names = json!(["standing", "value", "role", "comment"]);
    bad("names-fewer", description, rated.with(|r| r["shown"][0]["names"] = names));
    let description = "A part is named that was not shown.";
    let names = json!(["standing", "value", "role", "comment", "day", "rater"]);
    bad("names-more", description, rated.with(|r| r["shown"][0]["names"] = names));
    let description = "Replies are named, and none travelled.";
    let names = json!(["standing", "value", "role", "comment", "day", "reply"]);
    bad("names-reply", description, rated.with(|r| r["shown"][0]["names"] = names));
    let description = "The names stand in another order.";
    let names = json!(["standing", "value", "role", "day", "comment"]);
    bad("names-order", description, rated.with(|r| r["shown"][0]["names"] = names));
    bad(
        "ratings-fewer",
        "Two ratings were shown, it says one.",
        rated.with(|r| r["shown"][0]["ratings"] = json!(1)),
    );
    bad(
        "ratings-more",
        "Two ratings were shown, it says three.",
        rated.with(|r| r["shown"][0]["ratings"] = json!(3)),
    );
}

fn times(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-DEC-7";
    let kept = 30 * 86_400;
    let dated = |iat: i64, delete_by: i64| {
        scene.with(|r| {
            r["iat"] = json!(iat);
            r["delete_by"] = json!(delete_by);
        })
    };
    let mut good = |id: &str, description: &str, iat: i64, delete_by: i64| {
        cases.accept(req, id, description, dated(iat, delete_by));
    };
    good("ahead-300", "Dated 300 seconds ahead, and as many longer kept.", NOW + 300, NOW + 300 + kept);
    good("behind-300", "Dated 300 seconds ago.", NOW - 300, NOW - 300 + kept);
    good("at-once", "Deleted at once.", NOW, NOW);
    good("before", "Deleted a day before it was signed: nothing was kept.", NOW, NOW - 86_400);
    good("before-all", "Deleted at the beginning of time.", NOW, 0);
    let mut bad = |id: &str, description: &str, iat: i64, delete_by: i64| {
        cases.refuse(req, id, "malformed", description, dated(iat, delete_by));
    };
    bad("ahead-301", "Dated 301 seconds ahead.", NOW + 301, NOW + kept);
    bad("behind-301", "Dated 301 seconds ago.", NOW - 301, NOW + kept);
    bad("behind-year", "Dated a year ago.", NOW - 365 * 86_400, NOW);
    bad("kept-301", "Kept for 301 seconds longer than was asked.", NOW, NOW + kept + 301);
    bad("kept-day", "Kept for a day longer than was asked.", NOW, NOW + kept + 86_400);
    bad("kept-ever", "Kept until the end of all times.", NOW, 253_402_300_799);
    for (id, value, description) in [
        ("kept-text", json!("1797854400"), "The day of deletion is a text."),
        ("kept-null", Value::Null, "The day of deletion is null."),
    ] {
        let input = scene.with(|r| r["delete_by"] = value);
        cases.refuse("REQ-GEN-11", id, "malformed.time", description, input).attack("A06");
    }
}

fn form(cases: &mut Cases, scene: &Scene) {
    let input = scene.with(|r| r["v"] = json!(1));
    cases.refuse("REQ-VERSION-5", "v1", "unsupported.version", "A receipt of version 1.", input);
    let input = scene.with(|r| r["values"] = json!([5]));
    cases.refuse("REQ-GEN-7", "extra", "malformed", "A receipt with another member.", input);
    let input = scene.with(|r| r["outcome"] = json!("maybe"));
    cases.refuse("REQ-GEN-8", "outcome", "malformed", "An outcome that there is not.", input);
    let text = scene.signer.sign(&scene.receipt, "faam-terms+jwt").unwrap();
    let description = "A receipt under the type of an offer's terms.";
    cases.refuse("REQ-GEN-19", "typ", "invalid.type", description, scene.reading(&text)).attack("A05");
    let mut input = scene.reading("");
    input["text"] = crate::vectors::long("", "eyJh", 12_289, "");
    let description = "Over 49,152 bytes in the place of a receipt.";
    cases.refuse("REQ-GEN-6", "large", "too_large", description, input).attack("A20");
}
