//! The OpenAPI document, compared with the code, with the schemas and with a daemon.

use std::collections::BTreeSet;

use super::*;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/openapi/local-api.json")
}

/// Every operation: method, path, and what the document says of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let of_path = |(path, methods): (&String, &Value)| -> Vec<(String, String, Value)> {
        let methods = methods.as_object().unwrap().iter();
        methods.map(|(method, says)| (method.to_uppercase(), path.clone(), says.clone())).collect()
    };
    document["paths"].as_object().unwrap().iter().flat_map(of_path).collect()
}

#[test]
fn the_document_that_is_committed_is_the_one_of_the_code() {
    let made = faam_node::api::openapi();
    if std::env::var_os("FAAM_WRITE_OPENAPI").is_some() {
        fs::create_dir_all(committed().parent().unwrap()).unwrap();
        fs::write(committed(), made).unwrap();
    }
    let there = fs::read_to_string(committed()).unwrap();
    assert_eq!(
        there, made,
        "FAAM_WRITE_OPENAPI=1 cargo test -p faam-node --test daemon the_document writes it"
    );
    assert_eq!(text(&run(&["openapi"]).stdout), made);
    assert_eq!(code(&run(&["openapi", "--json"])), 0);
}

//= spec/text/local-api.md#REQ-API-18
//= type=test
//# It MUST have every call and no other, with the [schemas](../schemas/README.md) that answers and bodies
//# have.
#[test]
fn the_document_has_every_call_and_no_other() {
    let market = Market::started();
    let document: Value = serde_json::from_str(faam_node::api::openapi()).unwrap();
    let served = market.http(&market.good_head("GET /v0/openapi.json"), "");
    assert_eq!((served.0, serde_json::from_str::<Value>(&served.1).unwrap()), (200, document.clone()));
    let all = operations(&document);
    let known: BTreeSet<(String, String)> =
        all.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    // What the daemon answers: a call that is there says something else than that there is none.
    let paths: BTreeSet<&String> = all.iter().map(|(_, path, _)| path).collect();
    for path in paths {
        let real = path.replace("{id}", "uAAAA").replace("{name}", "x");
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH"] {
            let answer = market.raw_http(&market.good_head(&format!("{method} {real}")), "");
            let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
            let there = known.contains(&(method.to_owned(), path.clone()));
            assert_eq!(status != 405, there, "{method} {path}: {answer}");
            assert!(!answer.contains("there is no such call"), "{method} {path}");
        }
    }
    // What the page tells of, the document has, and the other way round.
    let page = include_str!("../../../spec/text/local-api.md");
    let headed: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .flat_map(|line| line.split(", "))
        .filter_map(|call| call.split_once(' '))
        .filter(|(method, path)| ["GET", "POST", "DELETE"].contains(method) && path.starts_with('/'))
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    let of_keys = |(_, path): &&(String, String)| path.starts_with("/v0/keys");
    assert_eq!(headed, known.iter().filter(|call| !of_keys(call)).cloned().collect());
    assert_eq!(known.iter().filter(of_keys).count(), 4);
    // Which keys a call needs is what the daemon does.
    for (method, path, says) in all {
        let open = says["security"] == json!([]);
        let real = path.replace("{id}", "uAAAA").replace("{name}", "x");
        let head = format!("{method} {real} HTTP/1.1\r\nHost: {}", market.address());
        let answer = market.raw_http(&head, "");
        assert_eq!(answer.starts_with("HTTP/1.1 200"), open, "{method} {path}");
        assert_eq!(answer.starts_with("HTTP/1.1 401"), !open, "{method} {path}");
    }
}

/// The schemas in the document are those of `spec/schemas`, moved: the same values are valid by both.
#[test]
fn the_schemas_of_the_document_are_those_that_answers_are_compared_with() {
    let document: Value = serde_json::from_str(faam_node::api::openapi()).unwrap();
    let components = document["components"]["schemas"].as_object().unwrap();
    let mut seen = 0;
    for (name, schema) in faam_schemas::all().iter().filter(|(name, _)| name.starts_with("api-")) {
        let moved = components.get(name).unwrap_or_else(|| panic!("{name} is in no call"));
        for word in
            ["type", "required", "additionalProperties", "unevaluatedProperties", "title", "description"]
        {
            assert_eq!(moved.get(word), schema.get(word), "{name}: {word}");
        }
        let members = |schema: &Value| -> Option<Vec<String>> {
            Some(schema.get("properties")?.as_object()?.keys().cloned().collect())
        };
        assert_eq!(members(moved), members(schema), "{name}");
        for (part, _) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            assert!(components.contains_key(&format!("{name}.{part}")), "{name}: {part}");
        }
        seen += 1;
    }
    assert!(seen > 18, "{seen}");
}
