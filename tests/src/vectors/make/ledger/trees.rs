//! Leaves and both trees, REQ-LEDGER-12 to REQ-LEDGER-15.

use faam_spec::encoding::{multi, unmulti};
use faam_spec::hash::Hash;
use faam_spec::tree::{Tree, TreeHead};
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{filled, sha256, written};
use super::{bound, rated, replay, replied, with, withdrawn};

/// The leaf value of whatever stands behind the domain string.
fn leaf_of(text: &str) -> Hash {
    Hash::from_bytes(sha256(format!("faam/entry/0\n{text}")))
}

/// The tree of these leaf values, computed here by the definition of RFC 6962 §2.1.
fn root(leaves: &[Hash]) -> [u8; 32] {
    match leaves {
        [] => sha256(""),
        [leaf] => sha256([&[0], leaf.as_bytes().as_slice()].concat()),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256([[1].as_slice(), &root(left), &root(right)].concat())
        }
    }
}

fn head(leaves: &[Hash]) -> Value {
    json!({"size": leaves.len(), "root": multi(root(leaves))})
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|n| leaf_of(&format!("{{\"n\":{n}}}"))).collect()
}

pub(super) fn cases(cases: &mut Cases) {
    leaf(cases);
    inclusion(cases);
    consistency(cases);
    proofs(cases);
}

fn leaf(cases: &mut Cases) {
    let req = "REQ-LEDGER-12";
    // The page's own example, written out.
    let text = r#"{"index":3,"kind":"rating","ledger":"uAQEBAQEBAQEBAQEBAQEBAQ","role":"seller","salt":"uAgICAgICAgICAgICAgICAg","scale":"-10..10","v":0,"value":5}"#;
    let others = leaves(3);
    let input = |leaf: Hash, entry: &str| {
        let all = [others.as_slice(), &[leaf]].concat();
        let path = Tree::of(&all).prove(3).unwrap();
        json!({"operation": "inclusion", "tree": head(&all), "entry": entry, "at": 3, "path": path})
    };
    cases.accept(req, "leaf", "The leaf of an entry without digests.", input(leaf_of(text), text));
    let record = rated(3, 5, "2026-10-02", "Zm9v");
    let digests = written(&record["entry"]);
    assert!(digests.starts_with(r#"{"_sd":["#));
    cases.accept(
        req,
        "leaf-digests",
        "The leaf of an entry with digests.",
        input(leaf_of(&digests), &digests),
    );
    let spaced = text.replace(',', ", ");
    let description = "The leaf is that of the canonical form, however the entry was written.";
    cases.accept(req, "leaf-spaced", description, input(leaf_of(text), &spaced));
    let turned = format!("{{\"v\":0,{}", text[1..].replace(r#""v":0,"#, ""));
    let empty = format!("{{\"_sd\":[],{}", &text[1..]);
    let plain = |text: &str| Hash::from_bytes(sha256(text));
    for (id, description, leaf) in [
        (
            "empty",
            "The leaf was made with an empty `_sd`, which the canonical form does not have.",
            leaf_of(&empty),
        ),
        ("order", "The leaf was made with members in another order.", leaf_of(&turned)),
        ("spaces", "The leaf was made with spaces behind the commas.", leaf_of(&spaced)),
        ("domain", "The leaf was made without domain string.", plain(text)),
        (
            "feed",
            "The leaf was made with a domain string without its line feed.",
            plain(&format!("faam/entry/0{text}")),
        ),
        (
            "head",
            "The leaf was made with the domain string of an account head.",
            plain(&format!("faam/head/0\n{text}")),
        ),
        (
            "value",
            "The leaf is that of the same entry with another value.",
            leaf_of(&text.replace(":5}", ":6}")),
        ),
        (
            "salt",
            "The leaf is that of the same entry with another salt.",
            leaf_of(&text.replace("uAgI", "uAgJ")),
        ),
        (
            "tree",
            "The leaf value was hashed once more before it came into the tree.",
            Hash::from_bytes(sha256([&[0], leaf_of(text).as_bytes().as_slice()].concat())),
        ),
    ] {
        let input = input(leaf, text);
        cases.refuse(req, &format!("leaf-{id}"), "rating.not_live", description, input);
    }
    heads(cases, req);
}

/// A whole ledger, and the heads that its entries give.
fn heads(cases: &mut Cases, req: &str) {
    let records = [
        rated(0, 5, "2026-10-02", "YQ"),
        replied(1, 0),
        rated(2, -10, "2026-10-03", "Yg"),
        bound(3),
        withdrawn(4, 0),
    ];
    let log: Vec<Hash> = records.iter().map(|record| leaf_of(&written(&record["entry"]))).collect();
    let stated = |log: &[Hash], live: &[Hash]| {
        with(replay(&records), json!({"head": {"log": head(log), "live": head(live)}}))
    };
    let live = [log[2]];
    cases.accept(req, "heads", "A ledger of five entries of which one is live.", stated(&log, &live));
    let none = with(replay(&[]), json!({"head": {"log": head(&[]), "live": head(&[])}}));
    cases.accept(req, "heads-empty", "A ledger without entries: both roots are the hash of nothing.", none);
    let turned = [log[1], log[0], log[2], log[3], log[4]];
    for (id, description, input) in [
        (
            "withdrawn",
            "The live tree still has a rating that was withdrawn.",
            stated(&log, &[log[0], log[2]]),
        ),
        ("reply", "The live tree has a reply.", stated(&log, &[log[1], log[2]])),
        ("order", "The log has its first two entries in another order.", stated(&turned, &live)),
        ("short", "The log lacks the last entry.", stated(&log[..4], &live)),
        (
            "zero",
            "The root of an empty tree is said to be 32 zeros.",
            with(
                replay(&[]),
                json!({
                    "head": {"log": {"size": 0, "root": filled(0, 32)}, "live": head(&[])},
                }),
            ),
        ),
    ] {
        cases.refuse(req, &format!("heads-{id}"), "ledger.root", description, input);
    }
}

fn inclusion(cases: &mut Cases) {
    let req = "REQ-LEDGER-13";
    let all = leaves(5);
    let tree = Tree::of(&all);
    let head_of = |leaves: &[Hash]| head(leaves);
    let prove = |at: u64| tree.prove(at).unwrap().to_string();
    let input = |tree: Value, leaf: Hash, at: u64, path: &str| json!({"operation": "inclusion", "tree": tree, "leaf": leaf, "at": at, "path": path});
    let five = head_of(&all);
    for (id, description, at) in [
        ("first", "The first of five leaves.", 0),
        ("inner", "The third of five leaves.", 2),
        ("last", "The last of five leaves, whose proof is one hash.", 4),
    ] {
        let leaf = all[usize::try_from(at).unwrap()];
        cases.accept(req, &format!("place-{id}"), description, input(five.clone(), leaf, at, &prove(at)));
    }
    let one = head_of(&all[..1]);
    cases.accept(
        req,
        "place-only",
        "The only leaf, with the empty proof.",
        input(one.clone(), all[0], 0, "u"),
    );
    let bytes = unmulti(&prove(2), "path").unwrap();
    let cut = |upto: usize| multi(&bytes[..upto]);
    let swapped = multi([&bytes[32..64], &bytes[..32], &bytes[64..]].concat());
    let longer = multi([bytes.as_slice(), &[0; 32]].concat());
    let mut flipped = bytes.clone();
    flipped[70] ^= 1;
    // What stands one level up, shown as if it were a leaf: leaves and nodes are hashed differently.
    let node = Hash::from_bytes(root(&all[2..4]));
    let above = multi([&bytes[32..64], &bytes[64..]].concat());
    for (id, description, input) in [
        ("other", "The proof is of another leaf.", input(five.clone(), all[1], 2, &prove(2))),
        ("beside", "The leaf is shown at the place beside it.", input(five.clone(), all[2], 3, &prove(2))),
        ("beyond", "The place is the number of leaves.", input(five.clone(), all[4], 5, &prove(4))),
        ("far", "The place is 2^53 − 1.", input(five.clone(), all[4], 9_007_199_254_740_991, &prove(4))),
        ("cut", "The proof lacks its last hash.", input(five.clone(), all[2], 2, &cut(64))),
        ("none", "The proof is empty.", input(five.clone(), all[2], 2, "u")),
        ("more", "The proof has a hash too many.", input(five.clone(), all[2], 2, &longer)),
        (
            "only-more",
            "The only leaf, with a proof that is not empty.",
            input(one, all[0], 0, &filled(0, 32)),
        ),
        ("swapped", "Two hashes of the proof have changed places.", input(five.clone(), all[2], 2, &swapped)),
        ("flipped", "One bit of the proof is changed.", input(five, all[2], 2, &multi(flipped))),
        (
            "size",
            "The head is of four leaves, the proof of five.",
            input(head_of(&all[..4]), all[2], 2, &prove(2)),
        ),
        ("node", "A node is shown as a leaf, in a tree that is said to be half as large.", {
            let half = json!({"size": 3, "root": multi(root(&all))});
            input(half, node, 1, &above)
        }),
        ("empty", "A leaf in an empty tree.", input(head_of(&[]), all[0], 0, "u")),
        ("empty-root", "A leaf in a tree of no leaves whose root is that of one.", {
            input(json!({"size": 0, "root": multi(root(&all[..1]))}), all[0], 0, "u")
        }),
    ] {
        cases.refuse(req, &format!("place-{id}"), "rating.not_live", description, input).attack("A31");
    }
}

fn consistency(cases: &mut Cases) {
    let req = "REQ-LEDGER-14";
    let all = leaves(7);
    let tree = Tree::of(&all);
    let prove = |size: u64| tree.prove_extends(size).unwrap().to_string();
    let input = |old: Value, new: Value, path: &str| json!({"operation": "consistency", "old": old, "new": new, "path": path});
    let seven = head(&all);
    for (id, description, old, path) in [
        ("4", "A log of seven entries extends one of four, which is a whole tree within it.", 4, prove(4)),
        ("3", "A log of seven entries extends one of three.", 3, prove(3)),
        ("6", "A log of seven entries extends one of six.", 6, prove(6)),
        ("0", "Every log extends the empty one, with the empty proof.", 0, "u".to_owned()),
        ("7", "A log extends itself, with the empty proof.", 7, "u".to_owned()),
    ] {
        cases.accept(
            req,
            &format!("extends-{id}"),
            description,
            input(head(&all[..old]), seven.clone(), &path),
        );
    }
    let mut forked = all[..3].to_vec();
    forked[1] = leaf_of("{}");
    let bytes = unmulti(&prove(3), "path").unwrap();
    let tampered = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        multi(bytes)
    };
    let three = head(&all[..3]);
    let other = json!({"size": 7, "root": filled(7, 32)});
    let empty: TreeHead = Tree::new().head();
    for (id, description, input) in [
        ("forked", "The older log has another entry.", input(head(&forked), seven.clone(), &prove(3))),
        ("forked-first", "The newer log has another first entry.", {
            let mut other = all.clone();
            other[0] = leaf_of("{}");
            input(three.clone(), head(&other), &Tree::of(&other).prove_extends(3).unwrap().to_string())
        }),
        ("shrunk", "The newer log is the smaller one.", input(seven.clone(), three.clone(), &prove(3))),
        ("same-size", "Two logs of one size have different roots.", input(seven.clone(), other, "u")),
        (
            "same-more",
            "A log extends itself, with a proof that is not empty.",
            input(seven.clone(), seven.clone(), &filled(0, 32)),
        ),
        (
            "empty-more",
            "A log extends the empty one, with a proof that is not empty.",
            input(json!(empty), seven.clone(), &filled(0, 32)),
        ),
        ("none", "The proof is empty.", input(three.clone(), seven.clone(), "u")),
        (
            "cut",
            "The proof lacks its last hash.",
            input(three.clone(), seven.clone(), &tampered(&|it| it.truncate(it.len() - 32))),
        ),
        (
            "more",
            "The proof has a hash too many.",
            input(three.clone(), seven.clone(), &tampered(&|it| it.extend([0; 32]))),
        ),
        (
            "flipped",
            "One bit of the proof is changed.",
            input(three.clone(), seven.clone(), &tampered(&|it| it[33] ^= 4)),
        ),
        ("size", "The older log is said to have two entries and has three.", {
            let two = json!({"size": 2, "root": three["root"]});
            input(two, seven.clone(), &prove(3))
        }),
        (
            "inclusion",
            "The proof is one of inclusion.",
            input(three, seven, &tree.prove(2).unwrap().to_string()),
        ),
    ] {
        cases
            .refuse(req, &format!("extends-{id}"), "ledger.extension_refused", description, input)
            .attack("A24");
    }
}

fn proofs(cases: &mut Cases) {
    let req = "REQ-LEDGER-15";
    let one = head(&leaves(1));
    let input = |path: String| json!({"operation": "inclusion", "tree": one, "leaf": leaves(1)[0], "at": 0, "path": path});
    for (id, description, bytes) in [
        ("byte", "A proof of one byte.", 1),
        ("31", "A proof of a hash less a byte.", 31),
        ("33", "A proof of a hash and a byte.", 33),
        ("63", "A proof of two hashes less a byte.", 63),
    ] {
        let input = input(multi(vec![0; bytes]));
        cases.refuse(req, &format!("proof-{id}"), "malformed", description, input);
    }
    for hashes in [65, 66, 1000] {
        let description = format!("A proof of {hashes} hashes.");
        let input = json!({"operation": "multibase", "type": "proof",
                           "text": super::super::fixtures_signed::folded(&multi(vec![0; 32 * hashes]))});
        cases.refuse(req, &format!("proof-{hashes}"), "too_large", &description, input).attack("A20");
    }
    let input = json!({"operation": "multibase", "type": "proof", "text": super::super::fixtures_signed::folded(&multi(vec![0; 2048]))});
    cases.accept(req, "proof-64", "A proof of 64 hashes.", input);
}
