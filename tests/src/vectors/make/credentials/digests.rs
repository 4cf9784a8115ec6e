//! Digests, REQ-CRED-6, REQ-CRED-7, REQ-CRED-11 and REQ-CRED-12.

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{digest, element, member, rating, reading, sha256};
use super::{any, read, read_as, top};

pub(super) fn cases(cases: &mut Cases) {
    algorithm(cases);
    repeated(cases);
    form(cases);
    depth(cases);
}

fn algorithm(cases: &mut Cases) {
    let req = "REQ-CRED-6";
    let a = member(1, "a", &json!(1));
    let named = |name: Value| top(&[&a]).set("", "_sd_alg", name);
    cases.accept(req, "alg", "The algorithm is named.", read_as(&named(json!("sha-256")), json!({"a": 1})));
    cases.accept(
        req,
        "alg-absent",
        "No algorithm is named: it is SHA-256.",
        read_as(&top(&[&a]), json!({"a": 1})),
    );
    for (id, description, name) in [
        ("sha-512", "An algorithm that is good and not ours.", json!("sha-512")),
        ("sha3", "Another algorithm that is good and not ours.", json!("sha3-256")),
        ("sha-1", "An algorithm that is broken.", json!("sha-1")),
        ("md5", "Another algorithm that is broken.", json!("md5")),
        ("case", "The algorithm's name in capitals.", json!("SHA-256")),
        ("hyphen", "The algorithm's name without its hyphen.", json!("sha256")),
        ("none", "No algorithm.", json!("none")),
        ("empty", "An empty name.", json!("")),
        ("null", "`null`.", Value::Null),
        ("list", "A list with the right name.", json!(["sha-256"])),
    ] {
        let input = read(&named(name));
        cases.refuse(req, &format!("alg-{id}"), "invalid.digest.algorithm", description, input).attack("A12");
    }
    let weak = rating().set("", "_sd_alg", json!("sha-1"));
    let description = "A rating that names an algorithm that is broken.";
    cases
        .refuse(req, "alg-rating", "invalid.digest.algorithm", description, reading("rating", weak.text()))
        .attack("A12");
}

fn repeated(cases: &mut Cases) {
    let req = "REQ-CRED-7";
    let a = member(1, "a", &json!(1));
    let x = element(2, &json!("x"));
    let (da, dx) = (digest(&a), digest(&x));
    let decoys: Vec<String> = (0..5).map(|n| b64(sha256([n]))).collect();
    let mut many = decoys.clone();
    many.insert(2, da.clone());
    cases.accept(
        req,
        "decoys",
        "Five decoys around a digest.",
        read_as(&any(json!({"_sd": many}), &[&a]), json!({"a": 1})),
    );
    let holder = member(3, "p", &json!({"_sd": [da]}));
    let twin = member(4, "q", &json!({"_sd": [da]}));
    let both = [digest(&holder), digest(&twin)];
    for (id, description, it) in [
        ("twice", "A digest twice in one list, disclosed.", any(json!({"_sd": [da, da]}), &[&a])),
        ("twice-hidden", "A digest twice in one list, not disclosed.", any(json!({"_sd": [da, da]}), &[])),
        ("apart", "A digest twice in one list, with decoys in between.", {
            any(json!({"_sd": [da, decoys[0], decoys[1], da]}), &[&a])
        }),
        (
            "two-objects",
            "A digest in two objects.",
            any(json!({"p": {"_sd": [da]}, "q": {"_sd": [da]}}), &[&a]),
        ),
        (
            "two-objects-hidden",
            "A digest in two objects, not disclosed.",
            any(json!({"p": {"_sd": [da]}, "q": {"_sd": [da]}}), &[]),
        ),
        (
            "elements",
            "A digest for two elements of an array.",
            any(json!({"l": [{"...": dx}, {"...": dx}]}), &[&x]),
        ),
        (
            "both",
            "A digest for a member and for an element.",
            any(json!({"l": [{"...": dx}], "_sd": [dx]}), &[]),
        ),
        (
            "nested",
            "A digest at the top and in a value that is disclosed.",
            any(json!({"_sd": [digest(&holder), da]}), &[&holder]),
        ),
        (
            "nested-two",
            "A digest in two values that are disclosed.",
            any(json!({"_sd": both}), &[&holder, &twin]),
        ),
        ("given", "A disclosure is given twice.", any(json!({"_sd": [da]}), &[&a, &a])),
        (
            "given-apart",
            "A disclosure is given twice, with another in between.",
            any(json!({"_sd": [da], "l": [{"...": dx}]}), &[&a, &x, &a]),
        ),
    ] {
        cases
            .refuse(req, &format!("repeated-{id}"), "invalid.digest.repeated", description, read(&it))
            .attack("A07");
    }
    let doubled = rating().with(|it| {
        let first = it.payload["_sd"][0].clone();
        it.payload["_sd"].as_array_mut().unwrap().push(first);
    });
    let description = "A rating with a digest twice.";
    cases
        .refuse(
            req,
            "repeated-rating",
            "invalid.digest.repeated",
            description,
            reading("rating", doubled.text()),
        )
        .attack("A07");
    let given = rating().with(|it| it.disclosures.push(it.disclosures[0].clone()));
    let description = "A rating with a disclosure twice.";
    cases
        .refuse(
            req,
            "repeated-rating-given",
            "invalid.digest.repeated",
            description,
            reading("rating", given.text()),
        )
        .attack("A07");
}

fn form(cases: &mut Cases) {
    let req = "REQ-CRED-11";
    let d = digest("x");
    let empty = any(json!({"_sd": [], "p": {"_sd": []}}), &[]);
    cases.accept(req, "sd-empty", "Lists without digests.", read_as(&empty, json!({"p": {}})));
    let child = member(1, "c", &json!(1));
    let parent = element(2, &json!({"_sd": [digest(&child)], "d": 2}));
    let nested = any(json!({"l": [{"...": digest(&parent)}]}), &[&parent, &child]);
    let description = "A digest within an object that is a disclosed element of an array.";
    cases
        .accept(req, "sd-nested", description, read_as(&nested, json!({"l": [{"c": 1, "d": 2}]})))
        .attack("A11");
    let beside = element(3, &json!(1));
    let placeholder = member(4, "a", &json!({"...": d}));
    for (id, description, it) in [
        ("sd-text", "`_sd` is a text.", any(json!({"_sd": d}), &[])),
        ("sd-object", "`_sd` is an object.", any(json!({"_sd": {"0": d}}), &[])),
        ("sd-null", "`_sd` is `null`.", any(json!({"_sd": null}), &[])),
        ("sd-inner", "`_sd` within is `false`.", any(json!({"p": {"_sd": false}}), &[])),
        ("sd-number", "A number in the list of digests.", any(json!({"_sd": [d, 7]}), &[])),
        ("sd-list", "A list in the list of digests.", any(json!({"_sd": [[d]]}), &[])),
        ("sd-short", "A digest of 31 bytes.", any(json!({"_sd": [b64([7; 31])]}), &[])),
        ("sd-long", "A digest of 48 bytes.", any(json!({"_sd": [b64([7; 48])]}), &[])),
        ("dots-top", "`...` at the top.", any(json!({"...": d}), &[])),
        ("dots-member", "`...` in an object that stands in no array.", any(json!({"p": {"...": d}}), &[])),
        ("dots-number", "`...` is a number.", any(json!({"l": [{"...": 7}]}), &[])),
        ("dots-null", "`...` is `null`.", any(json!({"l": [{"...": null}]}), &[])),
        ("dots-list", "`...` is a list.", any(json!({"l": [{"...": [d]}]}), &[])),
        (
            "dots-beside",
            "Another member stands beside `...`.",
            any(json!({"l": [{"...": digest(&beside), "a": 1}]}), &[]),
        ),
        (
            "dots-sd",
            "`_sd` stands beside `...`.",
            any(json!({"l": [{"...": digest(&beside), "_sd": []}]}), &[]),
        ),
        (
            "dots-disclosed",
            "`...` in an object that is the disclosed value of a member.",
            top(&[&placeholder]),
        ),
        (
            "dots-short",
            "A placeholder's digest is of 31 bytes.",
            any(json!({"l": [{"...": b64([7; 31])}]}), &[]),
        ),
    ] {
        let case = cases.refuse(req, &format!("digest-{id}"), "malformed", description, read(&it));
        if id.starts_with("dots") {
            case.attack("A11");
        }
    }
    let last = d.len() - 1;
    let bits = format!("{}{}", &d[..last], char::from(d.as_bytes()[last] + 1));
    for (id, description, text) in [
        ("padded", "A digest with padding.", format!("{d}=")),
        ("multibase", "A digest with a character that base64url does not have.", format!("{d}+")),
        ("bits", "A digest with a set trailing bit.", bits.clone()),
        ("space", "A digest with a space.", format!(" {d}")),
    ] {
        let input = read(&any(json!({"_sd": [text]}), &[]));
        cases.refuse(req, &format!("digest-{id}"), "malformed.base64url", description, input).attack("A10");
    }
    let input = read(&any(json!({"l": [{"...": bits}]}), &[]));
    let description = "A placeholder's digest has a set trailing bit.";
    cases.refuse(req, "digest-dots-bits", "malformed.base64url", description, input).attack("A10");
}

/// `value` in so many arrays.
fn within(arrays: usize, value: Value) -> Value {
    (0..arrays).fold(value, |value, _| json!([value]))
}

fn depth(cases: &mut Cases) {
    let req = "REQ-CRED-12";
    // The value of a member stands on level 1, so that what is in fifteen arrays stands on level 16.
    let deep = |arrays: usize| member(1, "a", &within(arrays, json!(1)));
    let flat = deep(15);
    cases.accept(
        req,
        "depth-top",
        "A value on level 16, disclosed at the top.",
        read_as(&top(&[&flat]), json!({"a": within(15, json!(1))})),
    );
    let plain = any(json!({"a": within(15, json!(1))}), &[]);
    cases.accept(req, "depth-plain", "A value on level 16, visible to everybody.", read(&plain));
    let inner = |arrays: usize| {
        let child = deep(arrays);
        (
            any(json!({"p": {"_sd": [digest(&child)]}}), &[&child]),
            json!({"p": {"a": within(arrays, json!(1))}}),
        )
    };
    let (it, claims) = inner(14);
    cases.accept(
        req,
        "depth-16-inner",
        "A value on level 16, disclosed within an object.",
        read_as(&it, claims),
    );
    // Objects that are disclosed one within the other.
    let chain = |objects: u8, last: Value| {
        let mut all = vec![member(0, "a", &last)];
        for n in 1..objects {
            let next = member(n, "a", &json!({"_sd": [digest(&all[0])]}));
            all.insert(0, next);
        }
        let shown: Vec<&String> = all.iter().collect();
        any(json!({"_sd": [digest(&all[0])]}), &shown)
    };
    let description = "Sixteen disclosures, one within the other.";
    cases.accept(req, "depth-16-chain", description, read(&chain(16, json!(1)))).attack("A11");
    let child = element(5, &within(1, json!(1)));
    let list = any(json!({"a": within(14, json!({"...": digest(&child)}))}), &[&child]);
    let placed = element(5, &json!(1));
    let at_16 = any(json!({"a": within(15, json!({"...": digest(&placed)}))}), &[&placed]);
    assert!(at_16.text().len() < 2000);
    for (id, description, it) in [
        ("inner", "A value on level 17, disclosed within an object.", inner(15).0),
        ("chain", "Seventeen disclosures, one within the other.", chain(17, json!(1))),
        ("chain-64", "Sixty-four disclosures, one within the other.", chain(64, json!(1))),
        (
            "chain-empty",
            "Sixteen disclosures, one within the other, the last an array with a value.",
            chain(16, json!([1])),
        ),
        ("element", "An array on level 16, disclosed as an element, with a value on level 17.", {
            let child = element(5, &within(2, json!(1)));
            any(json!({"a": within(14, json!({"...": digest(&child)}))}), &[&child])
        }),
    ] {
        cases.refuse(req, &format!("depth-{id}"), "too_large", description, read(&it)).attack("A11");
    }
    cases.accept(
        req,
        "depth-16-element",
        "A value on level 16, in an array that is disclosed as an element.",
        read(&list),
    );
}
