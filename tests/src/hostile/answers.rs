//! Families of answers whose parts are signed, so that what is hostile in them is met behind the signatures.

use faam_spec::encoding::{b64, multi, unmulti};
use faam_spec::limits::{
    MAX_DISCLOSURE_BYTES, MAX_DISCLOSURES, MAX_EPOCH_RECORD_BYTES, MAX_EPOCH_STATUS_LISTS, MAX_JWT_BYTES,
    MAX_PRESENTED_LEDGERS, MAX_PRESENTED_RATINGS, MAX_PRIVATE_STANDINGS, MAX_QUERIES, MAX_SD_JWT_BYTES,
    MAX_STAPLED_LISTS, MAX_STATUS_LIST_BYTES,
};
use rand::Rng as _;
use serde_json::{Value, json};

use super::{LARGEST, Maker, Reader};
use crate::attacks::{Forged, digest};
use crate::vectors::make::fixtures_shown::{sign_list, sign_record};
use crate::vectors::make::status::statuses;

/// The good answer with a credential that is put together otherwise.
fn forged(maker: &mut Maker, id: &str, change: impl FnOnce(&mut Maker, &mut Forged)) -> Value {
    let mut value = maker.plain.clone();
    let part = maker.case.parts[0].clone();
    let text = value["vp_token"][id][0].as_str().unwrap().to_owned();
    let mut forged = Forged::of(&text, part.signer.key(), &part.holder);
    change(maker, &mut forged);
    value["vp_token"][id][0] = json!(forged.text());
    value
}

fn place(maker: &mut Maker) -> &'static str {
    maker.one(&["standing", "ratings"])
}

/// More disclosures than there may be, as many, and almost; each with its digest, or without.
pub(super) fn disclosures(maker: &mut Maker) {
    let around = maker.around(MAX_DISCLOSURES);
    let any = maker.upto(20_000);
    let count = maker.one(&[around, any, 10_000]);
    let named = maker.rng.gen_bool(0.5);
    let id = place(maker);
    let value = forged(maker, id, |maker, forged| {
        let size = maker.upto(200);
        let texts: Vec<String> =
            (0..count).map(|n| b64(json!(["s", format!("c{n}"), "x".repeat(size)]).to_string())).collect();
        if named {
            forged.payload["_sd"] = texts.iter().map(|text| digest(text)).collect();
        }
        forged.disclosures = texts;
    });
    maker.push(Reader::Plain, value.to_string());
}

/// Digests without end: repeated, nested, placeholders, decoys.
pub(super) fn digests(maker: &mut Maker) {
    let id = place(maker);
    let value = forged(maker, id, |maker, forged| {
        let most = MAX_JWT_BYTES / 64;
        let count = maker.upto(most).max(1);
        let own = |n: usize| digest(&n.to_string());
        match maker.rng.gen_range(0..5) {
            0 => forged.payload["_sd"] = json!(vec![own(1); count]),
            1 => forged.payload["_sd"] = (0..count).map(own).collect(),
            2 => forged.payload["more"] = (0..count).map(|n| json!({"...": own(n)})).collect(),
            3 => forged.payload["more"] = (0..count).map(|n| json!({"_sd": [own(n)]})).collect(),
            _ => {
                // Each disclosure names the one after it, and every other one too.
                let mut inner = Vec::new();
                for level in 0..maker.rng.gen_range(1..MAX_DISCLOSURES) {
                    let text =
                        b64(json!([format!("s{level}"), format!("a{level}"), {"_sd": inner.clone()}])
                            .to_string());
                    if text.len() > MAX_DISCLOSURE_BYTES {
                        break;
                    }
                    inner.push(digest(&text));
                    forged.disclosures.push(text);
                }
                forged.payload["_sd"] = json!(inner);
            }
        }
    });
    maker.push(Reader::Plain, value.to_string());
}

/// Disclosures that take far more in memory than as text: as many as fit a credential, in many credentials.
pub(super) fn heavy(maker: &mut Maker) {
    let unit = maker.one(&["{\"\":0}", "[]", "0", "{\"a\":[]}", "\"\""]);
    let bytes = maker.around(MAX_DISCLOSURE_BYTES) / 4 * 3;
    let filled = format!(
        "[\"s\",\"comment\",[{}{unit}]]",
        format!("{unit},").repeat((bytes - 24) / (unit.len() + 1) - 1)
    );
    let text = b64(filled);
    let each = maker.upto(MAX_SD_JWT_BYTES / MAX_DISCLOSURE_BYTES);
    let named = maker.rng.gen_bool(0.5);
    let mut value = forged(maker, "ratings", |_, forged| {
        for _ in 0..each {
            if named {
                forged.payload["_sd"] = json!([digest(&text)]);
            }
            forged.disclosures.push(text.clone());
        }
    });
    let one = value["vp_token"]["ratings"][0].clone();
    let most = LARGEST / one.as_str().unwrap().len();
    let count = maker.upto(most.min(MAX_PRESENTED_RATINGS)).max(1);
    let live = value["ledgers"][0]["live"][0].clone();
    value["vp_token"]["ratings"] = json!(vec![one; count]);
    value["ledgers"][0]["live"] = json!(vec![live; count]);
    maker.push(Reader::Plain, value.to_string());
}

/// As many ratings as there may be and more, the good ones over and over.
pub(super) fn ratings(maker: &mut Maker) {
    let mut value = maker.plain.clone();
    let bound = maker.around(MAX_PRESENTED_RATINGS + MAX_PRESENTED_LEDGERS);
    let any = maker.upto(3000);
    let count = maker.one(&[bound, any, 1000]);
    let list = value["vp_token"]["ratings"].as_array().unwrap().clone();
    let live = value["ledgers"][0]["live"].as_array().unwrap().clone();
    value["vp_token"]["ratings"] = json!(list.iter().cycle().take(count).collect::<Vec<_>>());
    let places = maker.one(&[count, count + 1, 0]);
    value["ledgers"][0]["live"] = json!(live.iter().cycle().take(places).collect::<Vec<_>>());
    maker.push(Reader::Plain, value.to_string());
}

/// Many good ratings, each with its two signatures, and what is wrong is with the last of them; or nothing is.
pub(super) fn last(maker: &mut Maker) {
    let mut value = maker.many.clone();
    let most = value["vp_token"]["ratings"].as_array().unwrap().len();
    let any = maker.upto(most).max(2);
    let count = maker.one(&[most, any]);
    for list in ["/vp_token/ratings", "/ledgers/0/live"] {
        value.pointer_mut(list).unwrap().as_array_mut().unwrap().truncate(count);
    }
    let (first, live) = (value["vp_token"]["ratings"][0].clone(), count - 1);
    let token = &mut value["vp_token"]["ratings"][live];
    match maker.rng.gen_range(0..4) {
        0 => {
            let text = token.as_str().unwrap().to_owned();
            *token = json!(format!("{}{}", &text[..text.len() - 3], maker.one(&["AAA", "AAg", "___"])));
        }
        1 => *token = first,
        2 => value["ledgers"][0]["live"][live]["path"] = json!("u"),
        _ => {}
    }
    maker.push(Reader::Plain, value.to_string());
}

/// Places and paths that no tree has.
pub(super) fn places(maker: &mut Maker) {
    let mut value = maker.plain.clone();
    let hashes = maker.upto(66);
    let path = multi(vec![7_u8; hashes * 32]);
    let long = multi(vec![7_u8; maker.upto(100_000)]);
    let path = maker.one(&[path, long, "u".to_owned(), "uA".to_owned(), String::new()]);
    let at = maker.one(&[0_u64, 1, 2, 1 << 31, 1 << 53, (1 << 53) - 1, u64::MAX]);
    let place = maker.one(&["/ledgers/0/account", "/ledgers/0/live/0", "/ledgers/0/live/1"]);
    *value.pointer_mut(place).unwrap() = json!({"at": at, "path": path});
    maker.push(Reader::Plain, value.to_string());
}

/// Lists: more than there may be, large ones, and those of many bytes and few entries.
pub(super) fn lists(maker: &mut Maker) {
    let mut value = maker.plain.clone();
    let part = maker.case.parts[0].clone();
    let bound = maker.around(MAX_STAPLED_LISTS);
    let many = maker.upto(60);
    let count = maker.one(&[1, bound, many]);
    let mut list = part.lists[0].clone();
    if maker.rng.gen_bool(0.5) {
        let most = maker.around(MAX_STATUS_LIST_BYTES) / 4 * 3 - 900;
        let padding = maker.upto(most.min(LARGEST / (count.max(1) * 2)));
        list["sub"] = json!(format!("urn:faam:status:{}", "a".repeat(padding)));
    }
    let text = sign_list(&list, &part.signer);
    value["ledgers"][0]["status"] = json!(vec![text; count.min(LARGEST / 600)]);
    maker.push(Reader::Plain, value.to_string());
}

/// Lists that expand to far more than they are, as many as may be stapled.
pub(super) fn bombs(maker: &mut Maker) {
    let mut value = maker.plain.clone();
    let part = maker.case.parts[0].clone();
    let bits = maker.one(&[1_u8, 2, 4, 8]);
    let bound = (1 << 20) / 8 * usize::from(bits);
    let around = maker.around(bound);
    let any = maker.upto(64 << 20);
    let bytes = maker.one(&[around, bound, any, 16 << 20]);
    let mut list = part.lists[0].clone();
    let fill = maker.one(&[0, 0xff, 0x55]);
    list["status_list"] = statuses(bits, &vec![fill; bytes]);
    let text = sign_list(&list, &part.signer);
    let count = maker.rng.gen_range(1..=MAX_STAPLED_LISTS);
    value["ledgers"][0]["status"] = json!(vec![text; count]);
    maker.push(Reader::Plain, value.to_string());
}

/// Epoch records at their bounds: lists that they name, groups, keys, and bytes.
pub(super) fn records(maker: &mut Maker) {
    let (reader, mut value) = maker.good();
    let part = maker.case.parts[0].clone();
    let mut record = part.record.clone();
    let around = maker.around(MAX_EPOCH_STATUS_LISTS);
    match maker.rng.gen_range(0..4) {
        0 => {
            let named = json!({"uri": "urn:faam:status:x", "hash": part.record["status"][0]["hash"]});
            record["status"] = json!(vec![named; around]);
        }
        1 => record["keys"] = json!(vec![part.signer.key_id(); maker.upto(2000)]),
        2 => record["epoch"] = json!(maker.one(&[0_u64, 1, 1 << 31, (1 << 53) - 1])),
        _ => record["more"] = json!("x".repeat(maker.around(MAX_EPOCH_RECORD_BYTES) / 4 * 3 - 900)),
    }
    let place = if reader == Reader::Plain { "/ledgers/0/record" } else { "/private/0/record" };
    *value.pointer_mut(place).unwrap() = json!(sign_record(&record, &part.signer));
    maker.push(reader, value.to_string());
}

/// Replies without end, with heavy disclosures.
pub(super) fn replies(maker: &mut Maker) {
    let mut value = maker.plain.clone();
    let log = &maker.case.parts[0].log;
    let reply = log.last().unwrap().clone();
    let mut heavy = reply.clone();
    let text = b64(format!("[\"s\",\"text\",[{}0]]", "{\"\":0},".repeat(1700)));
    heavy["record"]["disclosures"] = json!(vec![text; maker.upto(64)]);
    let most = LARGEST / heavy.to_string().len().max(1);
    let count = maker.upto(most.min(3000));
    let reply = maker.one(&[reply, heavy]);
    value["ledgers"][0]["replies"] = json!(vec![reply; count]);
    maker.push(Reader::Plain, value.to_string());
}

/// More ids, ledgers and members than were asked for.
pub(super) fn ids(maker: &mut Maker) {
    let (reader, mut value) = maker.good();
    let bound = maker.around(MAX_QUERIES);
    let any = maker.upto(20_000);
    let count = maker.one(&[bound, any]);
    if reader == Reader::Plain && maker.rng.gen_bool(0.4) {
        let ledger = value["ledgers"][0].clone();
        let bound = maker.around(MAX_PRESENTED_LEDGERS);
        let most = LARGEST / ledger.to_string().len();
        value["ledgers"] = json!(vec![ledger; maker.one(&[bound, most]).min(most)]);
    } else {
        for n in 0..count {
            value["vp_token"][format!("id-{n}")] = json!([]);
        }
    }
    maker.push(reader, value.to_string());
}

/// More private standings than there may be, and proofs for none.
pub(super) fn private(maker: &mut Maker) {
    let mut value = maker.private.clone();
    let (id, one) =
        (value["private"][0]["standing"].as_str().unwrap().to_owned(), value["private"][0].clone());
    let bound = maker.around(MAX_PRIVATE_STANDINGS);
    let any = maker.upto(1000);
    let count = maker.one(&[bound, any, 0]);
    value["private"] = json!(vec![one; count]);
    let proof = value["vp_token"][&id][0].clone();
    let proofs = maker.upto(1500);
    value["vp_token"][&id] = json!(vec![proof; maker.one(&[1, proofs])]);
    maker.push(Reader::Private, value.to_string());
}

/// Proofs of another length, with other points and scalars.
pub(super) fn proofs(maker: &mut Maker) {
    let mut value = maker.private.clone();
    let id = value["private"][0]["standing"].as_str().unwrap().to_owned();
    let mut bytes = unmulti(value["vp_token"][&id][0].as_str().unwrap(), "proof").unwrap();
    match maker.rng.gen_range(0..6) {
        0 => bytes.truncate(maker.rng.gen_range(0..bytes.len())),
        1 => bytes.extend(vec![0; maker.upto(100_000)]),
        2 => {
            let at = maker.rng.gen_range(0..4) * 48;
            bytes[at..at + 48].fill(0);
            bytes[at] = maker.one(&[0xc0, 0x80, 0, 0xe0]);
        }
        3 => {
            let at = 192 + maker.rng.gen_range(0..(bytes.len() - 192) / 32) * 32;
            bytes[at..at + 32].fill(maker.one(&[0, 0xff, 0x73]));
        }
        4 => {
            let at = maker.rng.gen_range(192..bytes.len());
            bytes[at] ^= 1 << maker.rng.gen_range(0..8);
        }
        _ => {
            let at = maker.rng.gen_range(0..192);
            bytes[at] ^= 1 << maker.rng.gen_range(0..8);
        }
    }
    value["vp_token"][&id] = json!([multi(bytes)]);
    maker.push(Reader::Private, value.to_string());
}
