//! One list by itself.

use std::io::Write as _;

use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use faam_spec::signed::Signer;
use serde_json::{Value, json};

use super::super::fixtures_shown::{SIGNED, WEEK, World, compact, historic, sign_list};
use super::super::{Cases, NOW};
use super::{statuses, with_statuses, zlib};
use crate::vectors::long;

struct Scene {
    list: Value,
    signer: Signer,
}

impl Scene {
    fn changed(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut list = self.list.clone();
        change(&mut list);
        sign_list(&list, &self.signer)
    }

    fn holding(&self, status_list: &Value) -> Value {
        reading(&self.changed(|list| list["status_list"] = status_list.clone()))
    }

    /// The status at one place of a list.
    fn at(&self, status_list: &Value, index: u64) -> Value {
        let mut input = self.holding(status_list);
        input["index"] = json!(index);
        input
    }
}

fn reading(text: &str) -> Value {
    json!({"operation": "status_list", "text": compact(text)})
}

pub(super) fn cases(cases: &mut Cases, world: &World) {
    let scene = Scene { list: world.now.lists[0].clone(), signer: world.now.signer.clone() };
    signature(cases, &scene);
    history(cases, &scene);
    streams(cases, &scene);
    bounds(cases, &scene);
    places(cases, &scene);
    older(cases, &scene);
}

fn signature(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-STATUS-1";
    let good = scene.changed(|_| ());
    let parts: Vec<&str> = good.split('.').collect();
    cases.accept(req, "list", "A list of 65,536 entries, one of which is set.", reading(&good));
    cases.accept(
        req,
        "other-claims",
        "A list with claims of other specifications, which are ignored.",
        reading(&scene.changed(|list| {
            list["ttl"] = json!(43_200);
            list["status_list"]["aggregation_uri"] = json!("https://market.example/lists");
        })),
    );
    let stranger = SigningKey::from_seed(&[8; 32]);
    let signed = |header: &str, payload: &str, key: &SigningKey| {
        let signed = format!("{header}.{payload}");
        let signature = b64(key.sign(signed.as_bytes()).to_bytes());
        format!("{signed}.{signature}")
    };
    let mut bad = |id: &str, description: &str, text: &str| {
        cases.refuse(req, id, "invalid.signature", description, reading(text)).attack("A37");
    };
    bad(
        "other-key",
        "Signed by another key than the one that is named.",
        &signed(parts[0], parts[1], &stranger),
    );
    let mut cleared = scene.list.clone();
    cleared["status_list"] = with_statuses(1, 65_536, &[]);
    bad(
        "cleared",
        "What was withdrawn was made valid after the list was signed.",
        &[parts[0], &b64(cleared.to_string()), parts[2]].join("."),
    );
    let later = scene.changed(|list| list["iat"] = json!(NOW));
    bad(
        "moved",
        "With the signature of another list.",
        &[parts[0], parts[1], later.rsplit_once('.').unwrap().1].join("."),
    );
    let elsewhere = Signer::from_key(stranger.clone());
    for (id, kid, key, description) in [
        (
            "other-kid",
            Some(elsewhere.key_id()),
            &stranger,
            "Signed by a stranger, who names a key of their own.",
        ),
        ("no-kid", None, scene.signer.key(), "Without the name of a key."),
        (
            "bare-kid",
            Some(scene.signer.did().as_str()),
            scene.signer.key(),
            "The key is named by the DID alone.",
        ),
    ] {
        let mut header = json!({"alg": "EdDSA", "typ": "statuslist+jwt"});
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let text = signed(&b64(header.to_string()), parts[1], key);
        cases.refuse(req, id, "invalid.issuer", description, reading(&text)).attack("A37");
    }
}

/// Lists of an issuer whose key was changed.
fn history(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-STATUS-1";
    let change = SIGNED - 3600;
    let (old, old_part) = historic("market.example", "one", 6, change - WEEK, Some(change));
    let (new, new_part) = historic("market.example", "two", 7, change, None);
    let mut histories = json!({});
    histories[old.did().as_str()] = json!([old_part, new_part]);
    let read = |signer: &Signer, signed: i64| {
        let mut list = scene.list.clone();
        list["iss"] = json!(signer.did());
        list["iat"] = json!(signed);
        json!({"operation": "status_list", "text": sign_list(&list, signer), "histories": histories})
    };
    cases.accept(
        req,
        "old-key",
        "In the last second of a key that was changed since.",
        read(&old, change - 1),
    );
    cases.accept(req, "new-key", "In the first second of a key.", read(&new, change));
    for (id, signer, signed, description) in [
        ("ended-key", &old, change, "At the moment at which its key is valid no more."),
        ("later-key", &new, change - 1, "A second before its key is valid."),
        ("long-ended-key", &old, NOW, "Hours after its key was changed for another."),
    ] {
        cases.refuse(req, id, "issuer.key_not_valid_then", description, read(signer, signed)).attack("A44");
    }
}

fn streams(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-STATUS-2";
    let bytes = vec![0; 8192];
    for bits in [2, 4, 8] {
        let description = format!("A list of {bits} bits for each entry.");
        cases.accept(req, &format!("bits-{bits}"), &description, scene.holding(&statuses(bits, &bytes)));
    }
    let mut stored = vec![0x78, 0x01, 1, 2, 0, 0xfd, 0xff, 0, 0];
    stored.extend([0, 2, 0, 1]);
    cases.accept(
        req,
        "stored",
        "A stream that does not compress, of two bytes.",
        scene.holding(&json!({"bits": 1, "lst": b64(&stored)})),
    );
    for (id, bits) in [("bits-0", 0), ("bits-3", 3), ("bits-16", 16)] {
        let mut list = statuses(1, &bytes);
        list["bits"] = json!(bits);
        let description = format!("A list of {bits} bits for each entry.");
        cases.refuse(req, id, "status.invalid", &description, scene.holding(&list));
    }
    let good = zlib(&bytes);
    let mut bad = |id: &str, description: &str, stream: &[u8]| {
        let list = json!({"bits": 1, "lst": b64(stream)});
        cases.refuse(req, id, "status.invalid", description, scene.holding(&list));
    };
    bad("trailing", "A byte follows the stream.", &[good.as_slice(), &[0]].concat());
    bad("two-streams", "A second stream follows the first.", &[good.as_slice(), &good].concat());
    bad("cut", "The last byte of the checksum is missing.", &good[..good.len() - 1]);
    bad("no-checksum", "The checksum is missing.", &good[..good.len() - 4]);
    bad("cut-half", "The second half of the stream is missing.", &good[..good.len() / 2]);
    let mut checksum = good.clone();
    *checksum.last_mut().unwrap() ^= 1;
    bad("checksum", "The checksum is another.", &checksum);
    bad("raw", "A deflate stream without the header and checksum of zlib.", &good[2..good.len() - 4]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&bytes).unwrap();
    bad("gzip", "A gzip stream.", &gzip.finish().unwrap());
    bad("plain", "Bytes that are no stream.", &[0; 64]);
    bad("empty", "Nothing.", &[]);
}

fn bounds(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-STATUS-3";
    let entries = 1 << 20;
    for bits in [1, 8] {
        let most = vec![0; entries / 8 * usize::from(bits)];
        cases.accept(
            req,
            &format!("most-{bits}"),
            &format!("As many entries as there may be, of {bits} bits each."),
            scene.holding(&statuses(bits, &most)),
        );
        let mut more = most;
        more.push(0);
        cases
            .refuse(
                req,
                &format!("more-{bits}"),
                "too_large",
                &format!("A byte more than 2^20 entries of {bits} bits each."),
                scene.holding(&statuses(bits, &more)),
            )
            .attack("A38");
    }
    cases
        .refuse(
            req,
            "bomb",
            "too_large",
            "A few kilobytes that expand to 8 MiB.",
            scene.holding(&statuses(1, &vec![0; 1 << 23])),
        )
        .attack("A38");
    let padded = |bytes: usize| {
        let padded = |n: usize| {
            scene.changed(|list| list["sub"] = json!(format!("urn:faam:status:{}", "a".repeat(n))))
        };
        padded((bytes - padded(0).len()) * 3 / 4)
    };
    let most = 524_288;
    let largest = (most - 8..=most).rev().map(padded).find(|text| text.len() <= most).unwrap();
    let smallest = (most..most + 8).map(padded).find(|text| text.len() > most).unwrap();
    cases.accept(req, "largest", "A list of 524,288 bytes or up to three less.", reading(&largest));
    cases
        .refuse(req, "large", "too_large", "A list of up to three bytes too many.", reading(&smallest))
        .attack("A85");
    let junk = json!({"operation": "status_list", "text": long("", "a.b.", 200_000, "")});
    cases.refuse(req, "junk", "too_large", "Eight hundred kilobytes that are no list.", junk).attack("A85");
}

fn places(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-STATUS-5";
    let none = with_statuses(1, 65_536, &[]);
    cases.accept(req, "last", "The last entry of the list.", scene.at(&none, 65_535));
    cases.accept(
        req,
        "last-8",
        "The last entry of a list of eight bits for each.",
        scene.at(&with_statuses(8, 16, &[]), 15),
    );
    for (id, list, index, description) in [
        ("outside", &none, 65_536, "One past the last entry."),
        ("outside-far", &none, 9_007_199_254_740_991, "The largest index that can be written."),
        (
            "outside-8",
            &with_statuses(8, 16, &[]),
            16,
            "One past the last entry of a list of eight bits for each.",
        ),
        (
            "outside-2",
            &with_statuses(2, 16, &[]),
            16,
            "One past the last entry of a list of two bits for each.",
        ),
        ("outside-empty", &statuses(1, &[]), 0, "The first entry of a list without entries."),
    ] {
        cases.refuse(req, id, "status.index", description, scene.at(list, index)).attack("A39");
    }
    let req = "REQ-STATUS-6";
    let example = json!({"bits": 1, "lst": "eNrbuRgAAhcBXQ"});
    for index in [1, 2, 6, 14] {
        let description =
            format!("Entry {index} of the example of the specification of status lists, which is 0.");
        cases.accept(req, &format!("example-{index}"), &description, scene.at(&example, index));
    }
    for index in [0, 3, 5, 15] {
        let description =
            format!("Entry {index} of the example of the specification of status lists, which is 1.");
        cases
            .refuse(
                req,
                &format!("example-{index}"),
                "rating.withdrawn",
                &description,
                scene.at(&example, index),
            )
            .attack("A31");
    }
    for (bits, status) in [(2, 2), (4, 8), (8, 128)] {
        let list = with_statuses(bits, 16, &[(5, status)]);
        let beside = format!("The entry before one that is {status}, in a list of {bits} bits for each.");
        cases.accept(req, &format!("before-{bits}"), &beside, scene.at(&list, 4));
        cases.accept(req, &format!("after-{bits}"), &beside.replace("before", "after"), scene.at(&list, 6));
        let description =
            format!("An entry that is {status}, in a list of {bits} bits for each: neither 0 nor 1.");
        cases
            .refuse(req, &format!("status-{bits}"), "rating.withdrawn", &description, scene.at(&list, 5))
            .attack("A31");
    }
}

fn older(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-STATUS-8";
    let after = |text: &str, known: &str| {
        let mut input = reading(text);
        input["known"] = json!(known);
        input
    };
    let signed = |iat: i64| scene.changed(|list| list["iat"] = json!(iat));
    let known = signed(SIGNED);
    cases.accept(req, "same", "The very list that is known.", after(&known, &known));
    cases.accept(
        req,
        "newer",
        "A list that is a second newer than the known one.",
        after(&signed(SIGNED + 1), &known),
    );
    for (id, iat, description) in [
        ("second", SIGNED - 1, "A list that is a second older than the known one."),
        ("week", SIGNED - WEEK, "A list that is a week older than the known one."),
        ("ever", 0, "A list of 1970."),
    ] {
        cases.refuse(req, id, "status.older", description, after(&signed(iat), &known)).attack("A40");
    }
    let elsewhere = scene.changed(|list| {
        list["sub"] = json!("urn:faam:status:elsewhere");
        list["iat"] = json!(SIGNED - WEEK);
    });
    cases.accept(req, "elsewhere", "An older list of another address.", after(&elsewhere, &known));
}
