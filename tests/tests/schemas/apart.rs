//! The input of a vector taken apart into objects, each with the schema of its kind. Nothing is verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use faam_tests::vectors::bytes_of;
use serde_json::{Value, json};

/// What a vector holds.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// Each object with the name of its schema.
    pub(crate) objects: Vec<(String, Value)>,
    /// Whether something in it is no JSON, no JWS or no text, so that no schema sees it.
    pub(crate) broken: bool,
}

/// Takes the input of a vector apart; none if no argument of its operation has a schema.
pub(crate) fn apart(input: &Value) -> Option<Apart> {
    let mut apart = Apart::default();
    let of = &mut apart;
    let text = &input["text"];
    match input["operation"].as_str().unwrap() {
        "entry" => of.json("entry", text),
        "record" => of.record(text),
        "ledger" => {
            of.each(&input["records"], Apart::record);
            of.value("ledger-head", input.get("head"));
        }
        "numbers" => {
            of.each(&input["records"], Apart::record);
            of.json("ledger-numbers", &input["numbers"]);
        }
        "standing_numbers" => of.json("ledger-numbers", text),
        "inclusion" => {
            of.value("tree-head", input.get("tree"));
            of.text("path", &input["path"]);
            of.each(&json!([input["entry"]]), |of, entry| of.json("entry", entry));
        }
        "consistency" => {
            ["old", "new"].iter().for_each(|name| of.value("tree-head", input.get(name)));
            of.text("path", &input["path"]);
        }
        kind @ ("rating" | "standing") => {
            of.text("credential", text);
            of.credential(kind, text);
        }
        "key_binding" => {
            of.text("presented", text);
            of.credential(input["credential"].as_str().unwrap_or("rating"), text);
        }
        "epoch_record" => of.jws("epoch-record", text),
        "epoch_compare" => {
            ["text", "held"].iter().for_each(|name| of.jws("epoch-record", &input[name]));
        }
        "epoch_chain" => ["text", "known"].iter().for_each(|name| of.jws("epoch-record", &input[name])),
        "status_list" => {
            of.each(&json!([text, input["known"]]), |of, list| of.jws("status-list", list));
        }
        "query" => of.json("query", text),
        "request" => of.jws("request", text),
        "pending" => of.pending(text),
        "presentation" => {
            of.jws("request", &input["request"]);
            of.presentation(&input["presentation"]);
            of.each(&input["sources"]["records"], |of, record| of.jws("epoch-record", record));
            of.each(&input["sources"]["status"], |of, list| of.jws("status-list", list));
        }
        "policy_file" => of.toml("policy", text),
        "trust_file" => of.toml("trust-file", text),
        "decide" => {
            of.jws("request", &input["request"]);
            of.presentation(&input["presentation"]);
            of.toml("trust-file", &input["trust"]);
            of.toml("policy", &input["policy"]);
            of.each(&input["records"], |of, record| of.jws("epoch-record", record));
            of.each(&input["status"], |of, list| of.jws("status-list", list));
        }
        // What a receipt is for may be bytes that are no presentation.
        "receipt" => {
            of.jws("receipt", text);
            of.jws("request", &input["request"]);
        }
        "erasure" => of.jws("erasure", text),
        "offer" => {
            of.offer(&input["offer"]);
            of.each(&input["held"], |of, held| of.offer(&held["offer"]));
        }
        "terms" => of.jws("terms", text),
        "redeem" => {
            let mut statement = input.as_object().unwrap().clone();
            statement.retain(|name, _| !["operation", "holder", "proof"].contains(&name.as_str()));
            for name in ["since", "commitment"] {
                statement.entry(name).or_insert(Value::Null);
            }
            of.value("redeem", Some(&Value::Object(statement)));
            of.value("common#/$defs/jwk", input.get("holder"));
        }
        "renew" => {
            let mut statement = input.as_object().unwrap().clone();
            statement.retain(|name, _| !["operation", "holder", "proof"].contains(&name.as_str()));
            of.value("renew", Some(&Value::Object(statement)));
            of.value("common#/$defs/jwk", input.get("holder"));
        }
        "bind" => of.text("commitment", &input["commitment"]),
        "message" => of.message(input),
        "events" => of.lines(text),
        // Texts have their forms among those that schemas share.
        "name" | "multibase" => {
            let of_type = match input["type"].as_str().unwrap() {
                "ledger" => "ledger_id",
                "proof" => "path",
                other => other,
            };
            of.text(of_type, text);
        }
        operation @ ("scale" | "day" | "did" | "client_id" | "peer") => of.text(operation, text),
        _ => return None,
    }
    Some(apart)
}

impl Apart {
    fn value(&mut self, schema: &str, value: Option<&Value>) {
        self.objects.extend(value.map(|value| (schema.to_owned(), value.clone())));
    }

    /// A file of TOML, as JSON.
    fn toml(&mut self, schema: &str, text: &Value) {
        let text = String::from_utf8(bytes_of(text)).unwrap_or_default();
        match text.parse::<toml::Table>() {
            Ok(table) => self.value(schema, Some(&serde_json::to_value(table).unwrap())),
            Err(_) => self.broken = true,
        }
    }

    fn text(&mut self, kind: &str, text: &Value) {
        match String::from_utf8(bytes_of(text)) {
            Ok(text) => self.value(&format!("common#/$defs/{kind}"), Some(&json!(text))),
            Err(_) => self.broken = true,
        }
    }

    /// Each item of a list that may be absent; null is none.
    fn each(&mut self, list: &Value, take: impl Fn(&mut Self, &Value)) {
        for item in list.as_array().into_iter().flatten().filter(|item| !item.is_null()) {
            take(self, item);
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Option<Value> {
        let value = serde_json::from_slice(bytes).ok();
        self.broken |= value.is_none();
        value
    }

    fn json(&mut self, schema: &str, text: &Value) {
        let value = self.read(&bytes_of(text));
        self.value(schema, value.as_ref());
    }

    fn decoded(&mut self, text: &str) -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        self.broken |= bytes.is_none();
        self.read(&bytes?)
    }

    /// The payload of a JWS.
    fn payload(&mut self, text: &[u8]) -> Option<Value> {
        let parts: Vec<&str> = core::str::from_utf8(text).unwrap_or_default().split('.').collect();
        let [_, payload, _] = parts.as_slice() else {
            self.broken = true;
            return None;
        };
        self.decoded(payload)
    }

    /// A JWS as text, and its payload.
    fn jws(&mut self, schema: &str, text: &Value) {
        self.text("jws", text);
        let payload = self.payload(&bytes_of(text));
        self.value(schema, payload.as_ref());
    }

    /// A credential, with its disclosures and its key binding if it has one.
    fn credential(&mut self, schema: &str, text: &Value) {
        let text = String::from_utf8(bytes_of(text)).unwrap_or_default();
        let mut parts: Vec<&str> = text.split('~').collect();
        let binding = parts.pop().filter(|_| !parts.is_empty());
        let Some((jwt, disclosures)) = parts.split_first() else {
            self.broken = true;
            return;
        };
        let payload = self.payload(jwt.as_bytes());
        self.value(schema, payload.as_ref());
        for disclosure in disclosures {
            self.disclosure(disclosure);
        }
        if let Some(binding) = binding.filter(|binding| !binding.is_empty()) {
            let payload = self.payload(binding.as_bytes());
            self.value("key-binding", payload.as_ref());
        }
    }

    fn disclosure(&mut self, text: &str) {
        let value = self.decoded(text);
        self.value("disclosure", value.as_ref());
    }

    fn record(&mut self, text: &Value) {
        if let Some(record) = self.read(&bytes_of(text)) {
            self.value("record", Some(&record));
            self.disclosures(&record);
        }
    }

    fn disclosures(&mut self, record: &Value) {
        for text in texts(record, "disclosures") {
            self.disclosure(text);
        }
    }

    fn pending(&mut self, text: &Value) {
        if let Some(pending) = self.read(&bytes_of(text)) {
            self.value("pending", Some(&pending));
            if let Some(request) = pending.get("request").filter(|request| request.is_string()) {
                self.jws("request", request);
            }
        }
    }

    fn presentation(&mut self, text: &Value) {
        let Some(shown) = self.read(&bytes_of(text)) else { return };
        self.value("presentation", Some(&shown));
        let private: Vec<&Value> =
            shown.get("private").and_then(Value::as_array).into_iter().flatten().collect();
        for part in &private {
            self.signed_beside(part);
        }
        // A proof of a private standing is no credential; its form is in the presentation's schema.
        let is_proof = |text: &Value| text.as_str().is_some_and(|text| !text.contains('.'));
        for (_, credentials) in shown.get("vp_token").and_then(Value::as_object).into_iter().flatten() {
            let credentials = credentials.as_array().into_iter().flatten();
            let credentials = credentials.filter(|text| private.is_empty() || !is_proof(text));
            let credentials = &Value::Array(credentials.cloned().collect());
            for text in credentials.as_array().into_iter().flatten().filter(|text| text.is_string()) {
                let jwt = text.as_str().and_then(|text| text.split('~').next()).unwrap_or_default();
                let vct = self.payload(jwt.as_bytes()).and_then(|payload| payload.get("vct").cloned());
                let is_rating = vct.is_some_and(|vct| vct == "urn:faam:rating:0");
                self.credential(if is_rating { "rating" } else { "standing" }, text);
            }
        }
        for proof in shown.get("ledgers").and_then(Value::as_array).into_iter().flatten() {
            self.signed_beside(proof);
            for reply in proof.get("replies").and_then(Value::as_array).into_iter().flatten() {
                self.disclosures(&reply["record"]);
            }
        }
    }

    fn offer(&mut self, text: &Value) {
        let Some(offer) = self.read(&bytes_of(text)) else { return };
        self.value("offer", Some(&offer));
        if let Some(standing) = offer.get("standing").filter(|standing| standing.is_string()) {
            self.credential("standing", standing);
        }
        self.signed_beside(&offer);
        for entry in offer.get("entries").and_then(Value::as_array).into_iter().flatten() {
            self.disclosures(&entry["record"]);
        }
        for name in ["entries", "renewed"] {
            for given in offer.get(name).and_then(Value::as_array).into_iter().flatten() {
                if let Some(jwt) = given.get("jwt").and_then(Value::as_str) {
                    let payload = self.payload(jwt.as_bytes());
                    self.value("rating", payload.as_ref());
                }
            }
        }
    }

    /// The epoch record and the status lists that travel with a proof or an offer.
    fn signed_beside(&mut self, object: &Value) {
        if let Some(record) = object.get("record").filter(|record| record.is_string()) {
            self.jws("epoch-record", record);
        }
        for text in texts(object, "status") {
            self.jws("status-list", &json!(text));
        }
    }

    fn message(&mut self, input: &Value) {
        let bytes = bytes_of(&input["frame"]);
        let protocol =
            input["protocol"].as_str().unwrap().trim_start_matches("/faam/").trim_end_matches("/1");
        let schema = format!("wire-{protocol}-{}", input["from"].as_str().unwrap());
        let head = bytes
            .split_first_chunk::<4>()
            .and_then(|(length, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?));
        match head {
            Some(head) => {
                let head = self.read(head);
                self.value(&schema, head.as_ref());
            }
            None => self.broken = true,
        }
    }

    fn lines(&mut self, text: &Value) {
        let bytes = bytes_of(text);
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let event = self.read(line);
            self.value("event", event.as_ref());
        }
    }
}

/// The texts in a list that may be absent or something else.
fn texts<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    object.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
