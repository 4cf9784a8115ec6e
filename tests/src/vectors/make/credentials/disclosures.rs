//! Single disclosures, REQ-CRED-3, REQ-CRED-4 and REQ-CRED-8 to REQ-CRED-10.

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{digest, disclosure, element, member, rating, reading};
use super::{any, read, read_as, top};

pub(super) fn cases(cases: &mut Cases) {
    form(cases);
    reserved(cases);
    unreferenced(cases);
    places(cases);
    collisions(cases);
}

fn form(cases: &mut Cases) {
    let req = "REQ-CRED-3";
    let a = member(1, "a", &json!({"b": [1, null]}));
    cases.accept(
        req,
        "form",
        "A disclosure of a member.",
        read_as(&top(&[&a]), json!({"a": {"b": [1, null]}})),
    );
    let spaced = b64("[ \"\" ,\n \"a\" , 1 ] ");
    let description = "A disclosure with white space and an empty salt: its digest is over its text.";
    cases.accept(req, "form-spaced", description, read_as(&top(&[&spaced]), json!({"a": 1})));
    let empty = member(1, "", &Value::Null);
    cases.accept(
        req,
        "form-nameless",
        "A member whose name is empty.",
        read_as(&top(&[&empty]), json!({"": null})),
    );
    for (id, description, value) in [
        ("object", "A disclosure that is an object.", json!({"salt": "AA", "name": "a", "value": 1})),
        ("text", "A disclosure that is a text.", json!("a")),
        ("number", "A disclosure that is a number.", json!(1)),
        ("zero", "A disclosure of no elements.", json!([])),
        ("one", "A disclosure of one element.", json!(["AA"])),
        ("four", "A disclosure of four elements.", json!(["AA", "a", 1, 2])),
        ("salt-number", "A salt that is a number.", json!([7, "a", 1])),
        ("salt-null", "A salt that is `null`.", json!([null, "a", 1])),
        ("name-number", "A name that is a number.", json!(["AA", 1, 1])),
        ("name-null", "A name that is `null`.", json!(["AA", null, 1])),
        ("name-list", "A name that is a list.", json!(["AA", ["a"], 1])),
        ("element-salt", "Of two elements, the first is a number.", json!([1, "a"])),
    ] {
        let text = disclosure(&value);
        let input = read(&top(&[&text]));
        cases
            .refuse(req, &format!("form-{id}"), "invalid.disclosure.malformed", description, input)
            .attack("A10");
    }
}

fn reserved(cases: &mut Cases) {
    let req = "REQ-CRED-4";
    for (id, name, value) in [
        ("sd", "_sd", json!([])),
        ("sd-digest", "_sd", json!([digest("x")])),
        ("dots", "...", json!(digest("x"))),
        ("alg", "_sd_alg", json!("sha-256")),
    ] {
        let text = member(1, name, &value);
        let description = format!("A disclosure named `{name}`.");
        let input = read(&top(&[&text]));
        cases
            .refuse(req, &format!("reserved-{id}"), "invalid.disclosure.name", &description, input)
            .attack("A09");
        let text = member(1, name, &value);
        let inner = any(json!({"a": {"_sd": [digest(&text)]}}), &[&text]);
        let description = format!("A disclosure named `{name}`, within an object.");
        let input = read(&inner);
        cases
            .refuse(req, &format!("reserved-{id}-inner"), "invalid.disclosure.name", &description, input)
            .attack("A09");
    }
    let good = member(1, "_SD", &json!(1));
    cases.accept(
        req,
        "reserved-case",
        "A name that differs from a reserved one in case.",
        read_as(&top(&[&good]), json!({"_SD": 1})),
    );
}

fn unreferenced(cases: &mut Cases) {
    let req = "REQ-CRED-8";
    let (a, b) = (member(1, "a", &json!(1)), member(2, "b", &json!(2)));
    cases.accept(req, "hidden", "Two digests of which one is disclosed; nothing tells of the other.", {
        read_as(&any(json!({"_sd": [digest(&a), digest(&b)]}), &[&b]), json!({"b": 2}))
    });
    let child = member(3, "c", &json!(3));
    let parent = member(4, "p", &json!({"_sd": [digest(&child)]}));
    let both = any(json!({"_sd": [digest(&parent)]}), &[&child, &parent]);
    let description = "A disclosure within another, which stands behind it.";
    cases.accept(req, "nested", description, read_as(&both, json!({"p": {"c": 3}}))).attack("A11");
    let changed = member(9, "a", &json!(1));
    let spaced = b64(format!("[\"{}\", \"a\", 1]", b64([1; 16])));
    let only = |shown: &String| any(json!({"_sd": [digest(&a)]}), &[shown]);
    for (id, description, it) in [
        (
            "extra",
            "A disclosure beside the one that has its digest.",
            any(json!({"_sd": [digest(&a)]}), &[&a, &b]),
        ),
        ("salt", "A disclosure with another salt than the one that was signed.", only(&changed)),
        (
            "value",
            "A disclosure with another value than the one that was signed.",
            only(&member(1, "a", &json!(2))),
        ),
        ("spaced", "The same disclosure with white space.", only(&spaced)),
        ("none", "A disclosure where there are no digests.", any(json!({}), &[&a])),
        (
            "orphan",
            "A disclosure within another that is not shown.",
            any(json!({"_sd": [digest(&parent)]}), &[&child]),
        ),
        ("plain", "The digest stands in a claim of another name.", any(json!({"sd": [digest(&a)]}), &[&a])),
        (
            "plain-text",
            "The digest stands in a list without its placeholder.",
            any(json!({"list": [digest(&a)]}), &[&a]),
        ),
        ("decoded", "The digest is over the decoded disclosure.", {
            let decoded = faam_spec::encoding::unb64(&a, "a").unwrap();
            any(json!({"_sd": [b64(super::super::fixtures_signed::sha256(decoded))]}), &[&a])
        }),
    ] {
        let input = read(&it);
        cases
            .refuse(req, &format!("unreferenced-{id}"), "invalid.disclosure.unreferenced", description, input)
            .attack("A08");
    }
    let foreign = rating().with(|it| it.disclosures.push(member(90, "comment", &json!("The best seller."))));
    let description = "A rating with a comment that the issuer did not sign.";
    let input = reading("rating", foreign.text());
    cases
        .refuse(req, "unreferenced-rating", "invalid.disclosure.unreferenced", description, input)
        .attack("A08");
}

fn places(cases: &mut Cases) {
    let req = "REQ-CRED-9";
    let (two, three) = (element(1, &json!("x")), member(2, "a", &json!("x")));
    let shown = any(json!({"list": [1, {"...": digest(&two)}, 3]}), &[&two]);
    cases.accept(
        req,
        "element",
        "An element of an array is disclosed.",
        read_as(&shown, json!({"list": [1, "x", 3]})),
    );
    let hidden = any(json!({"list": [1, {"...": digest(&two)}, 3]}), &[]);
    let description = "An element of an array is not disclosed: it is taken out.";
    cases.accept(req, "element-hidden", description, read_as(&hidden, json!({"list": [1, 3]})));
    let inner = element(3, &json!([{"...": digest(&two)}]));
    let nested = any(json!({"list": [{"...": digest(&inner)}]}), &[&inner, &two]);
    let description = "An element of an array that is an element of an array.";
    cases
        .accept(req, "element-nested", description, read_as(&nested, json!({"list": [["x"]]})))
        .attack("A11");
    let holder = member(4, "p", &json!({"_sd": [digest(&two)]}));
    let list = member(5, "l", &json!([{"...": digest(&three)}]));
    for (id, description, it) in [
        ("member", "A disclosure of two elements stands for a member.", top(&[&two])),
        (
            "element",
            "A disclosure of three elements stands for an element of an array.",
            any(json!({"list": [{"...": digest(&three)}]}), &[&three]),
        ),
        (
            "member-inner",
            "A disclosure of two elements stands for a member of an object within.",
            any(json!({"p": {"_sd": [digest(&two)]}}), &[&two]),
        ),
        (
            "member-disclosed",
            "A disclosure of two elements stands for a member of an object that is disclosed.",
            any(json!({"_sd": [digest(&holder)]}), &[&holder, &two]),
        ),
        (
            "element-disclosed",
            "A disclosure of three elements stands for an element of an array that is disclosed.",
            any(json!({"_sd": [digest(&list)]}), &[&list, &three]),
        ),
    ] {
        cases
            .refuse(req, &format!("place-{id}"), "invalid.disclosure.malformed", description, read(&it))
            .attack("A10");
    }
    let moved = rating().with(|it| {
        it.payload["_sd"][0] = json!(digest(&two));
        it.disclosures = vec![two.clone()];
    });
    let input = reading("rating", moved.text());
    let description = "A rating in which a disclosure of two elements stands for a part.";
    cases.refuse(req, "place-rating", "invalid.disclosure.malformed", description, input).attack("A10");
}

fn collisions(cases: &mut Cases) {
    let req = "REQ-CRED-10";
    let (a, again) = (member(1, "a", &json!(1)), member(2, "a", &json!(2)));
    let same = member(3, "a", &json!(1));
    let inner = any(json!({"a": 0, "p": {"_sd": [digest(&a)]}}), &[&a]);
    let description = "A name that stands in an outer object, but not in its own.";
    cases.accept(req, "same-outer", description, read_as(&inner, json!({"a": 0, "p": {"a": 1}})));
    let algorithm = member(4, "p", &json!({"_sd_alg": "sha-256"}));
    for (id, description, it) in [
        (
            "plain",
            "A disclosed name stands in its object already.",
            any(json!({"a": 0, "_sd": [digest(&a)]}), &[&a]),
        ),
        (
            "plain-same",
            "A disclosed name stands in its object already, with the same value.",
            any(json!({"a": 1, "_sd": [digest(&a)]}), &[&a]),
        ),
        (
            "plain-inner",
            "A disclosed name stands already in an object within.",
            any(json!({"p": {"a": 0, "_sd": [digest(&a)]}}), &[&a]),
        ),
        ("two", "Two disclosures of one name.", top(&[&a, &again])),
        ("two-same", "Two disclosures of one name and value.", top(&[&a, &same])),
        (
            "two-inner",
            "Two disclosures of one name in an object within.",
            any(json!({"p": {"_sd": [digest(&a), digest(&again)]}}), &[&a, &again]),
        ),
        ("alg-inner", "`_sd_alg` within.", any(json!({"p": {"_sd_alg": "sha-256"}}), &[])),
        ("alg-list", "`_sd_alg` in an object of a list.", any(json!({"p": [{"_sd_alg": "sha-256"}]}), &[])),
        ("alg-disclosed", "`_sd_alg` in an object that is disclosed.", top(&[&algorithm])),
    ] {
        cases
            .refuse(req, &format!("same-{id}"), "invalid.disclosure.name", description, read(&it))
            .attack("A09");
    }
    let comments = rating().with(|it| {
        let texts =
            ["Bad.", "Good."].map(|text| member(u8::try_from(text.len()).unwrap(), "comment", &json!(text)));
        it.payload["_sd"].as_array_mut().unwrap().extend(texts.iter().map(|text| json!(digest(text))));
        it.disclosures = texts.to_vec();
    });
    let input = reading("rating", comments.text());
    cases
        .refuse(req, "same-rating", "invalid.disclosure.name", "A rating with two comments.", input)
        .attack("A09");
}
