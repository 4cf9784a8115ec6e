//! Messages of all protocols: `spec/text/wire.md`.

use faam_spec::encoding::{b64, multi};
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::limits::{MAX_FRAME_BYTES, MAX_MESSAGE_HEAD_BYTES, PAGE_BYTES};
use serde_json::{Value, json};

use super::Cases;
use crate::vectors::{Vector, bytes_of};

const OFFER: &str = "/faam/offer/1";
const RENEW: &str = "/faam/renew/1";
const PRESENT: &str = "/faam/present/1";

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("wire");
    accepted(&mut cases);
    edges(&mut cases);
    frames(&mut cases);
    heads(&mut cases);
    form(&mut cases);
    members(&mut cases);
    renewing(&mut cases);
    cases.done()
}

fn capability() -> Capability {
    Capability::from_bytes([7; 16])
}

/// What is inside a frame: length, head, and a body that may be said in short.
fn frame(length: u32, head: &str, body: Value) -> Value {
    json!({"concat": [{"base64url": b64(length.to_be_bytes())}, head, body]})
}

fn message(protocol: &str, from: &str, frame: Value) -> Value {
    json!({"operation": "message", "protocol": protocol, "from": from, "frame": frame})
}

fn saying(protocol: &str, from: &str, head: &str, body: Value) -> Value {
    let length = u32::try_from(head.len()).unwrap();
    message(protocol, from, frame(length, head, body))
}

fn redeem() -> Value {
    let holder = Jwk::from(&SigningKey::from_seed(&[9; 32]).verifying_key());
    json!({
        "m": "redeem", "capability": capability(), "code": "482915", "holder": holder, "proof": multi([1; 64]),
        "since": {"ledger": LedgerId::from_bytes([6; 16]), "log": {"size": 4, "root": Hash::from_bytes([5; 32])}},
    })
}

fn answer() -> Value {
    json!({"m": "answer", "capability": capability(), "bytes": 4, "hash": Hash::from_bytes([5; 32]), "page": 0})
}

fn accepted(cases: &mut Cases) {
    let req = "REQ-WIRE-4";
    let mut good = |id: &str, description: &str, protocol: &str, from: &str, head: Value, body: &str| {
        cases.accept(req, id, description, saying(protocol, from, &head.to_string(), json!(body)));
    };
    let (secret, hash) = (Capability::from_bytes([8; 16]), Hash::from_bytes([5; 32]));
    let open = json!({"m": "open", "capability": capability()});
    good("open", "A wallet begins.", OFFER, "wallet", open, "");
    let terms = json!({"m": "terms", "terms": format!("e30.e30.{}", b64([0; 64]))});
    good("terms", "The terms, which are verified on their own.", OFFER, "node", terms, "");
    good("redeem", "A wallet redeems and says what it holds.", OFFER, "wallet", redeem(), "");
    let mut first = redeem();
    first.as_object_mut().unwrap().remove("since");
    good("redeem-first", "A wallet redeems that holds nothing.", OFFER, "wallet", first, "");
    let ready = json!({"m": "ready", "transfer": secret, "bytes": 100_000, "hash": hash});
    good("ready", "What will be transferred.", OFFER, "node", ready, "");
    good(
        "page-ask",
        "A page is asked for.",
        OFFER,
        "wallet",
        json!({"m": "page", "transfer": secret, "page": 2}),
        "",
    );
    good("page", "A page, in the body.", OFFER, "node", json!({"m": "page", "page": 2}), "{\"v\":0");
    let commit = json!({"m": "commit", "transfer": secret, "hash": hash});
    good("commit", "Everything is kept.", OFFER, "wallet", commit, "");
    good("done", "The offer is used up.", OFFER, "node", json!({"m": "done"}), "");
    let refused = json!({"m": "refused", "code": "offer.code"});
    good("refused", "A refusal with its code.", OFFER, "node", refused.clone(), "");
    let fetch = json!({"m": "fetch", "capability": capability()});
    good("fetch", "The request is asked for.", PRESENT, "wallet", fetch, "");
    good("request", "The request, in the body.", PRESENT, "node", json!({"m": "request"}), "a.b.c");
    good("answer", "A page of the answer.", PRESENT, "wallet", answer(), "{}{}");
    good("more", "More pages are expected.", PRESENT, "node", json!({"m": "more"}), "");
    good("decided", "The outcome, in the body.", PRESENT, "node", json!({"m": "decided"}), "{}");
    let erase = json!({"m": "erase", "capability": capability(), "proof": hash});
    good("erase", "Erasure is asked for.", PRESENT, "wallet", erase, "");
    good("erasure", "The statement, in the body.", PRESENT, "node", json!({"m": "erasure"}), "a.b.c");
    good("refused-present", "A refusal with its code.", PRESENT, "node", refused, "");
    let spaced = " { \"page\" : 4294967295 ,\r\n\"m\" : \"page\" } ";
    let description = "White space, another order of members, and the largest number of a page.";
    cases.accept(req, "spaced", description, saying(OFFER, "node", spaced, json!("")));
}

fn renew() -> Value {
    let mut head = redeem();
    head["m"] = json!("renew");
    head.as_object_mut().unwrap().remove("code");
    head
}

fn renewing(cases: &mut Cases) {
    let req = "REQ-WIRE-4";
    let mut good = |id: &str, description: &str, from: &str, head: Value, body: &str| {
        cases.accept(req, id, description, saying(RENEW, from, &head.to_string(), json!(body)));
    };
    let (secret, hash) = (Capability::from_bytes([8; 16]), Hash::from_bytes([5; 32]));
    good("record-ask", "The newest record is asked for.", "wallet", json!({"m": "record"}), "");
    good("record", "The newest record, in the body.", "node", json!({"m": "record"}), "a.b.c");
    good("renew-open", "A wallet begins.", "wallet", json!({"m": "open", "capability": capability()}), "");
    let terms = json!({"m": "terms", "terms": format!("e30.e30.{}", b64([0; 64]))});
    good("renew-terms", "The terms, which are verified on their own.", "node", terms, "");
    good("renew", "A wallet renews and says what it holds.", "wallet", renew(), "");
    let mut whole = renew();
    whole.as_object_mut().unwrap().remove("since");
    good("renew-whole", "A wallet asks for the whole ledger.", "wallet", whole, "");
    let ready = json!({"m": "ready", "transfer": secret, "bytes": 100_000, "hash": hash});
    good("renew-ready", "What will be transferred.", "node", ready, "");
    let page = json!({"m": "page", "transfer": secret, "page": 2});
    good("renew-page-ask", "A page is asked for.", "wallet", page, "");
    good("renew-page", "A page, in the body.", "node", json!({"m": "page", "page": 2}), "{\"v\":0");
    let commit = json!({"m": "commit", "transfer": secret, "hash": hash});
    good("renew-commit", "Everything is kept.", "wallet", commit, "");
    good("renew-done", "The transfer is forgotten.", "node", json!({"m": "done"}), "");
    good("renew-refused", "A refusal.", "node", json!({"m": "refused", "code": "renew.unknown"}), "");
    let mut bad = |id: &str, description: &str, from: &str, head: Value| {
        let input = saying(RENEW, from, &head.to_string(), json!(""));
        cases.refuse(req, id, CODE, description, input).attack("A47");
    };
    bad("record-who", "Whoever asks for the record says who asks.", "wallet", {
        json!({"m": "record", "holder": renew()["holder"]})
    });
    bad("record-epoch", "An epoch is named.", "wallet", json!({"m": "record", "epoch": 2967}));
    bad("renew-code", "A session code, which a renewal has not.", "wallet", {
        let mut head = redeem();
        head["m"] = json!("renew");
        head
    });
    bad("renew-redeem", "What is said to redeem an offer.", "wallet", redeem());
    let with = |name: &str, value: Value| {
        let mut head = renew();
        head[name] = value;
        head
    };
    bad("renew-commitment", "A commitment.", "wallet", with("commitment", json!(multi([7; 144]))));
    bad(
        "renew-null",
        "What is held is null, where it should be absent.",
        "wallet",
        with("since", json!(null)),
    );
    bad("renew-proof-none", "No proof.", "wallet", {
        let mut head = renew();
        head.as_object_mut().unwrap().remove("proof");
        head
    });
    bad("renew-answered", "What a node says, said by a wallet.", "wallet", json!({"m": "done"}));
    bad(
        "renew-more",
        "A record with another member in the head.",
        "node",
        json!({"m": "record", "epoch": 1}),
    );
}

fn edges(cases: &mut Cases) {
    let head = r#"{"m":"page","page":0}"#;
    let body = |bytes: usize| json!({"repeat": "x", "times": bytes});
    let input = saying(OFFER, "node", head, body(PAGE_BYTES));
    cases.accept("REQ-WIRE-4", "full-page", "A full page.", input);
    let rest = MAX_FRAME_BYTES - 4 - head.len();
    let input = saying(OFFER, "node", head, body(rest));
    cases.accept("REQ-WIRE-1", "largest", "A frame of 65,536 bytes.", input);
    let input = padded(MAX_MESSAGE_HEAD_BYTES);
    cases.accept("REQ-WIRE-3", "head-largest", "A head of 8,192 bytes.", input);
}

/// A head of so many bytes: white space, and what is said at its end.
fn padded(bytes: usize) -> Value {
    let head = r#"{"m":"done"}"#;
    let length = u32::try_from(bytes).unwrap().to_be_bytes();
    let spaces = json!({"repeat": " ", "times": bytes - head.len()});
    message(OFFER, "node", json!({"concat": [{"base64url": b64(length)}, spaces, head]}))
}

fn frames(cases: &mut Cases) {
    let (req, code) = ("REQ-WIRE-1", "too_large");
    let head = r#"{"m":"page","page":0}"#;
    let body = |bytes: usize| json!({"repeat": "x", "times": bytes});
    let mut bad = |id: &str, description: &str, input: Value| {
        cases.refuse(req, id, code, description, input).attack("A47");
    };
    let rest = MAX_FRAME_BYTES + 1 - 4 - head.len();
    bad("large", "A frame of 65,537 bytes.", saying(OFFER, "node", head, body(rest)));
    let head = answer().to_string();
    bad("large-answer", "A page of a megabyte.", saying(PRESENT, "wallet", &head, body(1 << 20)));
    bad("large-zeros", "A megabyte of the byte zero.", {
        message(PRESENT, "wallet", json!({"repeat": {"base64url": "AAAA"}, "times": 349_526}))
    });
    bad("large-junk", "A megabyte that is no message.", message(OFFER, "node", body(1 << 20)));
}

fn heads(cases: &mut Cases) {
    let (req, code) = ("REQ-WIRE-3", "too_large");
    let mut bad = |id: &str, description: &str, input: Value| {
        cases.refuse(req, id, code, description, input).attack("A47");
    };
    bad("head-large", "A head of 8,193 bytes.", padded(MAX_MESSAGE_HEAD_BYTES + 1));
    let said = |length: u32| message(OFFER, "wallet", frame(length, r#"{"m":"open"}"#, json!("")));
    bad("head-2-32", "A head is said to have 2^32 - 1 bytes.", said(u32::MAX));
    bad("head-2-31", "A head is said to have 2^31 bytes.", said(1 << 31));
    bad("head-frame", "A head is said to be as long as the largest frame.", said(65_532));
    bad("head-8193", "A head is said to have 8,193 bytes, and has twelve.", said(8193));
    bad("head-present", "The same of a presentation.", {
        message(PRESENT, "wallet", frame(u32::MAX, "", json!({"repeat": "\u{ff}", "times": 100})))
    });
}

const CODE: &str = "wire.message";

fn form(cases: &mut Cases) {
    let req = "REQ-WIRE-4";
    let mut bad = |id: &str, description: &str, frame: Value| {
        let _ = bytes_of(&frame);
        cases.refuse(req, id, CODE, description, message(OFFER, "node", frame)).attack("A47");
    };
    bad("empty", "An empty frame.", json!(""));
    bad("three", "A frame of three bytes, in which no length has room.", json!({"base64url": "AAAA"}));
    bad("no-head", "A head of no bytes.", frame(0, "", json!("")));
    bad(
        "ends-early",
        "The frame ends one byte before its head does.",
        frame(13, r#"{"m":"done"}"#, json!("")),
    );
    bad("ends-at-once", "The frame ends where its head should begin.", frame(12, "", json!("")));
    bad("cut", "The length cuts the head short by a byte.", frame(11, r#"{"m":"done"}"#, json!("")));
    bad("little", "The two low bytes of the length have changed places.", {
        json!({"concat": [{"base64url": b64(0x0c00_u32.to_be_bytes())}, r#"{"m":"done"}"#]})
    });
    let mut bad = |id: &str, description: &str, head: &str| {
        cases.refuse(req, id, CODE, description, saying(OFFER, "node", head, json!(""))).attack("A47");
    };
    bad("no-json", "A head that is no JSON.", "done");
    bad("two", "Two JSON texts in one head.", r#"{"m":"done"}{"m":"done"}"#);
    bad("names-twice", "A name stands twice.", r#"{"m":"page","page":1,"page":2}"#);
    bad("bom", "A byte-order mark before the head.", "\u{feff}{\"m\":\"done\"}");
    bad("text", "A head that is a text.", r#""done""#);
    bad("list", "A head that is a list of its values.", r#"["page",1]"#);
    bad("deep", "A head that is nested 4,000 deep.", &("[".repeat(4000) + &"]".repeat(4000)));
    let utf8 = json!({"concat": [{"base64url": b64(3_u32.to_be_bytes())}, {"base64url": "__79"}]});
    let description = "A head that is not UTF-8.";
    cases.refuse(req, "utf8", CODE, description, message(OFFER, "node", utf8));
}

fn members(cases: &mut Cases) {
    let req = "REQ-WIRE-4";
    let mut bad = |id: &str, description: &str, protocol: &str, from: &str, head: Value| {
        let input = saying(protocol, from, &head.to_string(), json!(""));
        cases.refuse(req, id, CODE, description, input);
    };
    bad("kind", "A kind that there is not.", OFFER, "node", json!({"m": "renew"}));
    bad("kind-case", "A kind in capitals.", OFFER, "node", json!({"m": "Done"}));
    bad("kind-none", "No kind.", OFFER, "node", json!({"page": 0}));
    bad("kind-null", "A kind that is null.", OFFER, "node", json!({"m": null}));
    bad(
        "kind-asked",
        "What a wallet says, said by a node.",
        OFFER,
        "node",
        json!({"m": "open", "capability": capability()}),
    );
    bad("kind-answered", "What a node says, said by a wallet.", OFFER, "wallet", json!({"m": "done"}));
    bad("kind-other", "What is said in the other protocol.", PRESENT, "node", json!({"m": "done"}));
    bad(
        "kind-refused",
        "A wallet refuses.",
        PRESENT,
        "wallet",
        json!({"m": "refused", "code": "offer.code"}),
    );
    bad(
        "more-done",
        "Another member beside a kind that has none.",
        OFFER,
        "node",
        json!({"m": "done", "thanks": 1}),
    );
    bad(
        "more-open",
        "Another member.",
        OFFER,
        "wallet",
        json!({"m": "open", "capability": capability(), "v": 0}),
    );
    bad(
        "missing",
        "A member is missing.",
        OFFER,
        "node",
        json!({"m": "ready", "bytes": 1, "hash": Hash::from_bytes([5; 32])}),
    );
    let bare = json!({"m": "erase", "capability": capability()});
    bad("erase-bare", "Erasure is asked for without a proof.", PRESENT, "wallet", bare);
    let named =
        json!({"m": "erase", "capability": capability(), "proof": Hash::from_bytes([5; 32]), "account": "7"});
    bad("erase-more", "Erasure is asked for an account.", PRESENT, "wallet", named);
    let code = json!({"m": "refused", "code": "offer.nonsense"});
    bad("code", "A refusal with a code that there is not.", OFFER, "node", code);
    bad(
        "code-case",
        "A refusal with a code in capitals.",
        PRESENT,
        "node",
        json!({"m": "refused", "code": "Request.Used"}),
    );
    bad("code-none", "A refusal without a code.", PRESENT, "node", json!({"m": "refused"}));
    let mut null = redeem();
    null["since"] = Value::Null;
    bad("since-null", "What is held is null, where it should be absent.", OFFER, "wallet", null);
    let mut held = redeem();
    held["since"]["market"] = json!("alpha");
    bad("since-more", "Another member of what is held.", OFFER, "wallet", held);
    let mut key = redeem();
    key["holder"]["d"] = json!("x");
    bad("holder-more", "The holder key has a member too many: a secret.", OFFER, "wallet", key);
    bad(
        "capability",
        "A capability of 15 bytes.",
        OFFER,
        "wallet",
        json!({"m": "open", "capability": multi([7; 15])}),
    );
    bad(
        "capability-base",
        "A capability in another base.",
        OFFER,
        "wallet",
        json!({"m": "open", "capability": "z7"}),
    );
    let mut change = |id: &str, description: &str, member: &str, value: Value| {
        let mut head = answer();
        head[member] = value;
        bad(id, description, PRESENT, "wallet", head);
    };
    change("page-2-32", "A page of number 2^32.", "page", json!(1_u64 << 32));
    change("page-negative", "A page of number -1.", "page", json!(-1));
    change("page-text", "A page whose number is a text.", "page", json!("0"));
    change("bytes-2-53", "A size of 2^53 bytes.", "bytes", json!(1_u64 << 53));
    change("bytes-2-64", "A size of 2^64 - 1 bytes.", "bytes", json!(u64::MAX));
    change("bytes-fraction", "A size with a fraction.", "bytes", json!(4.0));
    change("hash", "A hash of 31 bytes.", "hash", json!(multi([5; 31])));
}
