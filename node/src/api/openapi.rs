//! The OpenAPI document: made of the list of calls and of the schemas of `spec/schemas`, and of nothing else.
//!
//! OpenAPI 3.1 takes JSON Schema as it is. The schemas that the tests compare every answer with are the ones that stand in the
//! document, moved to where OpenAPI has them: `urn:faam:schema:0:common#/$defs/time` becomes `#/components/schemas/common.time`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::calls::{Call, Content, Needs, routes};

/// What the `$id` of every schema begins with.
const URN: &str = "urn:faam:schema:0:";
/// Where schemas are in the document.
const COMPONENTS: &str = "#/components/schemas/";

macro_rules! schemas {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../spec/schemas/", $name, ".schema.json"))),)*]
    };
}

/// The schemas that an answer or a body may refer to; those that none does are left out.
const SCHEMAS: &[(&str, &str)] = schemas!(
    "api-close" "api-close-ask" "api-error" "api-event" "api-events" "api-key" "api-key-ask" "api-key-rotate" "api-keys"
    "api-offer" "api-offer-ask" "api-policies" "api-request" "api-request-ask" "api-request-state" "api-requests" "api-revoked"
    "api-status" "api-webhook" "api-webhook-event" "common" "decision" "event" "ledger-numbers" "query"
);

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
});

/// The document, as JSON with line breaks.
#[must_use]
pub fn openapi() -> &'static str {
    &TEXT
}

pub(super) async fn serve() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi())
}

fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut named = BTreeSet::from(["api-error".to_owned(), "api-webhook-event".to_owned()]);
    for (call, _) in routes() {
        let methods = paths.entry(call.path).or_default();
        methods.insert(call.method.to_lowercase(), operation(&call, &mut named));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The local interface of faam-node",
            "version": "0",
            "summary": "A market's own programs, in any language, use faam-node over HTTP on the same machine.",
            "description": "spec/text/local-api.md tells all of it with examples. It listens on a loopback address alone.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{
            "url": "http://{address}",
            "variables": {"address": {
                "default": "127.0.0.1:7345",
                "description": "What api.listen in the configuration says, or the file api.addr while the daemon runs.",
            }},
        }],
        "security": [{"key": []}],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "securitySchemes": {"key": {
                "type": "http", "scheme": "bearer",
                "description": "The key in the file api.key, or a named one (POST /v0/keys).",
            }},
            "schemas": components(named),
        },
    })
}

fn operation(call: &Call, named: &mut BTreeSet<String>) -> Value {
    let in_path = call.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let after = call.query.iter().map(|(name, schema, says)| {
        let schema: Value = serde_json::from_str(schema).unwrap_or_default();
        json!({"name": name, "in": "query", "required": false, "description": says, "schema": schema})
    });
    let parameters: Vec<Value> = in_path.chain(after).collect();
    let mut responses = Map::new();
    let (status, gives) = call.gives;
    let done = json!({"description": "Done.", "content": content(gives, named)});
    responses.insert(status.to_string(), done);
    let of_all: &[u16] = match call.needs {
        Needs::Nothing => &[403, 503],
        _ => &[401, 403, 500, 503],
    };
    // Where there is a body, it may not arrive in time.
    let of_body: &[u16] = if call.takes.is_some() { &[408] } else { &[] };
    for status in call.errors.iter().chain(of_all).chain(of_body) {
        let error = content(Content::Json("api-error"), named);
        responses.insert(status.to_string(), json!({"description": meaning(*status), "content": error}));
    }
    let mut operation = json!({
        "operationId": call.name, "summary": call.says, "description": needs(call.needs), "responses": responses,
    });
    if let Some(members) = operation.as_object_mut() {
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), Value::from(parameters));
        }
        if let Some(takes) = call.takes {
            let required = !matches!(takes, Content::Optional(_));
            let body = json!({"required": required, "content": content(takes, named)});
            members.insert("requestBody".to_owned(), body);
        }
        if call.needs == Needs::Nothing {
            members.insert("security".to_owned(), json!([]));
        }
    }
    operation
}

fn content(content: Content, named: &mut BTreeSet<String>) -> Value {
    match content {
        Content::Json(schema) | Content::Optional(schema) => {
            named.insert(schema.to_owned());
            json!({"application/json": {"schema": {"$ref": format!("{COMPONENTS}{schema}")}}})
        }
        // A line has the schema; OpenAPI 3.1 has no word for that.
        Content::Lines(schema) => {
            named.insert(schema.to_owned());
            let says = format!("JSON Lines, each by {COMPONENTS}{schema}.");
            json!({"application/jsonl": {"schema": {"type": "string", "description": says}}})
        }
        Content::Jwt => json!({"application/jwt": {"schema": {"type": "string"}}}),
        Content::Numbers => json!({"application/openmetrics-text": {"schema": {"type": "string"}}}),
        Content::Text => json!({"text/plain": {"schema": {"type": "string"}}}),
        Content::OpenApi => json!({"application/json": {"schema": {"type": "object"}}}),
    }
}

fn needs(needs: Needs) -> String {
    match needs {
        Needs::Nothing => "Needs no key.".to_owned(),
        Needs::Key => "Needs any key.".to_owned(),
        Needs::May(may) => format!("Needs a key that may do {}.", may.name()),
        Needs::Owner => "Needs the owner's key.".to_owned(),
    }
}

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The body or what stands after '?' cannot be used, or the node runs no market.",
        401 => "The key is missing or wrong.",
        403 => "The key may not do this, or Host or Origin is not this machine.",
        404 => "There is no such thing.",
        408 => "The body did not arrive in time.",
        409 => "It has ended already, or the market is closed.",
        413 => "The body is too large.",
        422 => "Understood and refused; the code says why.",
        500 => "The store failed, or is damaged.",
        _ => "Busy, or the shared store is away; the same call may succeed in a moment.",
    }
}

/// What the node sends to whoever is called back.
fn webhooks() -> Value {
    let header = |name: &str, says: &str| json!({"name": name, "in": "header", "required": true, "description": says, "schema": {"type": "string"}});
    json!({"request": {"post": {
        "operationId": "requestEnded",
        "summary": "A request was decided, expired or was revoked, or what was shown for it was to be erased.",
        "description": "Signed as Standard Webhooks says. Sent again, with the same id, until it is answered with 2xx.",
        "security": [],
        "parameters": [
            header("webhook-id", "The event's id, the same each time that it is sent."),
            header("webhook-timestamp", "When it was sent, in Unix seconds."),
            header("webhook-signature", "One or two of v1,BASE64, separated by spaces: HMAC-SHA256 of id, timestamp and body with dots between."),
        ],
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": {"$ref": format!("{COMPONENTS}api-webhook-event")},
        }}},
        "responses": {"2XX": {"description": "It was taken."}, "410": {"description": "No further event is to be sent of this request."}},
    }}})
}

/// The schemas that are named, and those that they name, each definition on its own.
fn components(named: BTreeSet<String>) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for (file, text) in SCHEMAS {
        let mut schema: Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(members) = schema.as_object_mut() {
            members.remove("$schema");
            members.remove("$id");
            if let Some(Value::Object(parts)) = members.remove("$defs") {
                for (part, schema) in parts {
                    all.insert(format!("{file}.{part}"), moved(schema, file));
                }
            }
        }
        all.insert((*file).to_owned(), moved(schema, file));
    }
    let mut used = BTreeMap::new();
    let mut wanted: Vec<String> = named.into_iter().collect();
    while let Some(name) = wanted.pop() {
        let Some((name, schema)) = all.remove_entry(&name) else { continue };
        references(&schema, &mut wanted);
        used.insert(name, schema);
    }
    used
}

/// A schema of `file` with what it refers to where it is in the document.
fn moved(schema: Value, file: &str) -> Value {
    match schema {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| match (name.as_str(), value) {
                    ("$ref", Value::String(to)) => (name, Value::from(target(&to, file))),
                    (_, value) => (name, moved(value, file)),
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(|value| moved(value, file)).collect()),
        other => other,
    }
}

fn target(to: &str, file: &str) -> String {
    let to = to.strip_prefix(URN).unwrap_or(to);
    let (of, part) = to.split_once('#').unwrap_or((to, ""));
    let of = if of.is_empty() { file } else { of };
    match part.strip_prefix("/$defs/") {
        Some(part) => format!("{COMPONENTS}{of}.{part}"),
        None => format!("{COMPONENTS}{of}"),
    }
}

fn references(schema: &Value, into: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("$ref", Value::String(to)) => {
                        into.extend(to.strip_prefix(COMPONENTS).map(str::to_owned));
                    }
                    (_, value) => references(value, into),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_referred_to_is_there_and_nothing_points_out() {
        let document: Value = serde_json::from_str(openapi()).unwrap();
        let there = document["components"]["schemas"].as_object().unwrap();
        let mut named = Vec::new();
        references(&document, &mut named);
        assert!(named.len() > 50);
        for name in named {
            assert!(there.contains_key(&name), "{name}");
        }
        let text = openapi();
        assert!(!text.contains(URN) && !text.contains("#/$defs"), "a reference leads out of the document");
        let mut ids = BTreeSet::new();
        for (call, _) in routes() {
            assert!(ids.insert(call.name), "{} stands there twice", call.name);
        }
    }
}
