//! What decoders are fed with: seeds made here, inputs of the vectors, kept findings, and cheap changes of all of them.
//!
//! Seeds that decoders take in a form of their own, so that a fuzzer gets behind signatures and digests:
//!
//! * a payload alone, as JSON: it is signed with a fixed key;
//! * a payload and disclosures, a line each: `@2` in a line stands for the digest of the second disclosure;
//! * records of an epoch, a line each;
//! * an answer in which `{"payload": …, "disclosures": [[salt, name, value], …]}` stands for each credential, and a payload for each record
//!   and list: all of it is signed, and what names a hash of something else is made to name the right one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use faam_spec::domain::{PRIVATE_SUITE, TYP_EPOCH, TYP_RECEIPT, TYP_REQUEST, TYP_STATUS_LIST, TYP_TERMS};
use faam_spec::encoding::{json, multi, unb64, unmulti};
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::Jwk;
use faam_spec::link::{Link, LinkKind};
use faam_spec::offer::{HeldHead, RenewStatement, Terms};
use faam_spec::query::Query;
use faam_spec::receipt::Receipt;
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::Standing;
use faam_spec::tree::TreeHead;
use faam_spec::wire::{
    Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, PresentOutcome, RenewAnswer, RenewAsk,
};
use faam_verifier::{MemoryNonces, finish};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json as value};

use crate::bbs;
use crate::files;
use crate::fixture::{CHALLENGE, EVENTS, NODE, WALLET, fixture};
use crate::private;
use crate::signing::{payload_of, payload_of_jws};

/// The folder of this package's findings, by decoder: inputs that once were answered wrongly.
#[must_use]
pub fn regressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions")
}

/// The folder of the vectors.
#[must_use]
pub fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors")
}

/// Valid objects of every format, in every form that a decoder takes.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let mut seeds: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
    seeds.extend(TREES.iter().map(|bytes| bytes.to_vec()));
    seeds.extend(EVENTS.lines().map(|line| line.as_bytes().to_vec()));
    seeds.push(EVENTS.as_bytes().to_vec());
    seeds.extend(records());
    seeds.extend(credentials());
    seeds.extend(exchanges());
    seeds.extend(messages());
    seeds.extend(privates());
    seeds.extend(bbs::seeds());
    seeds.extend(files::seeds());
    let key = fixture.holder.verifying_key();
    let did = fixture.signer.did().clone();
    seeds.push(json(&Jwk::from(&key)).unwrap());
    let capability = Capability::from_bytes([4; 16]);
    let addresses = ["/ip4/127.0.0.1/udp/4001/quic-v1", "/ip6/::1/tcp/4001", "/dns4/m.example/tcp/4001"];
    let link = Link::new(
        LinkKind::Offer,
        NODE,
        did.clone(),
        capability,
        fixture.now.plus(600),
        addresses.map(|text| text.parse().unwrap()).to_vec(),
    );
    seeds.push(link.unwrap().to_string().into_bytes());
    for text in [did.to_string(), did.client_id(), fixture.signer.key_id().to_owned(), NODE.to_string()] {
        seeds.push(text.into_bytes());
    }
    for text in addresses {
        seeds.push(text.as_bytes().to_vec());
    }
    seeds.push([&key.to_bytes()[..], &fixture.holder.sign(b"fuzz").to_bytes(), b"fuzz"].concat());
    unique(seeds)
}

/// What stands under `input` in every vector of `folder`, and every text and object within: texts as they are, objects as JSON, and texts
/// under `bytes`, `hex` or `base64url` decoded too. A JWS brings its payload. Nothing if there is no such folder.
///
/// # Panics
/// If a file is no JSON or cannot be read.
#[must_use]
pub fn vector_inputs(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(place) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&place) else { continue };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                let text = std::fs::read(&path).unwrap();
                let vector: Value = serde_json::from_slice(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                if let Some(input) = vector.get("input") {
                    gather(None, input, &mut found);
                }
            }
        }
    }
    unique(found)
}

/// The kept findings of one decoder.
///
/// # Panics
/// If a file cannot be read.
#[must_use]
pub fn findings(decoder: &str) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(regressions().join(decoder)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// `bytes` changed in `count` cheap ways, the same on every machine: cut short, bits flipped, bytes put in or taken out, and spliced with
/// `other`.
#[must_use]
pub fn changes(bytes: &[u8], other: &[u8], count: usize) -> Vec<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(u64::try_from(bytes.len()).unwrap_or(0));
    let mut made = Vec::with_capacity(count);
    for round in 0..count {
        let at = rng.gen_range(0..=bytes.len());
        let (before, after) = bytes.split_at(at);
        made.push(match round % 6 {
            0 => before.to_vec(),
            1 | 2 => {
                let mut flipped = bytes.to_vec();
                if let Some(byte) = flipped.get_mut(at) {
                    *byte ^= 1 << rng.gen_range(0..8);
                }
                flipped
            }
            3 => [before, ODDITIES[rng.gen_range(0..ODDITIES.len())], after].concat(),
            4 => [before, after.get(rng.gen_range(1..9)..).unwrap_or_default()].concat(),
            _ => [before, other.get(rng.gen_range(0..=other.len())..).unwrap_or_default()].concat(),
        });
    }
    made
}

/// What readers stumble over.
const ODDITIES: [&[u8]; 14] = [
    b"null",
    b"[]",
    b"{}",
    b"-0",
    b"1e3",
    b"9007199254740992",
    b"\"\\u0000\"",
    b"\"\\ud800\"",
    b"\xe2\x80\xae",
    b"\xff",
    b"~",
    b".",
    b"\n",
    b",\"v\":0",
];

/// Texts of the small formats, good and nearly so.
const TEXTS: &[&str] = &[
    "bitcoin-alpha",
    "seller",
    "1..5",
    "-10..10",
    "+1..5",
    "01..5",
    "-1000000..1000000",
    "2024-02-29",
    "2026-11-21T12:00:00Z",
    "1794400000",
    "9999-12-31T23:59:59Z",
    "1970-01-01",
    "uAQEBAQEBAQEBAQEBAQEBAQ",
    "uAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",
    "AR",
    "uAR",
    "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example:eu:shop",
    "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example#key-1",
    "did:web:market.example%3A8443",
    "did:web:market.example:eu:Shop_1",
    "market.example%3A8443:eu",
    "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8ifQ",
    r##"{"id":"did:web:market.example","verificationMethod":[{"id":"#one","type":"Multikey","controller":"did:web:market.example","publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"},{"id":"did:web:market.example#two","type":"JsonWebKey2020","controller":"did:web:market.example","publicKeyJwk":{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}}],"assertionMethod":["#one",{"id":"#three","type":"Ed25519VerificationKey2020","controller":"did:web:market.example","publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}],"authentication":["#one"]}"##,
    "decentralized_identifier:did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example",
    "/dns6/market.example/udp/443/quic-v1",
    "faam:present?v=1&peer=",
    "eNrbuRgAAhcBXQ",
    "from,to,feature,time\n7,1,10,1407470400\n1,7,-10,1407470401\n",
    "\u{feff}from,to,feature,time\r\n7,1,1.0,1407470400\r\n",
    "{\"a\":[1,-2,true,null,\"\\u202e\\\"\\\\\"],\"b\":{\"\":9007199254740991}}",
    "{\"a\":1,\"a\":2}",
    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
    // Recursive disclosures, array elements and decoys, by lines.
    "{\"_sd_alg\":\"sha-256\",\"_sd\":[\"@1\",\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"],\"list\":[1,{\"...\":\"@3\"}]}\n[\"salt\",\"a\",{\"_sd\":[\"@2\"],\"b\":1}]\n[\"salt\",\"c\",[{\"...\":\"@4\"}]]\n[\"salt\",{\"d\":2}]\n[\"salt\",\"x\"]",
    "{\"_sd\":[\"@1\"]}\n[\"salt\",\"iss\",\"x\"]",
    "{\"_sd\":[\"@1\",\"@2\"]}\n[\"salt\",\"a\",1]\n[\"salt\",\"a\",2]",
    "WyJzYWx0IiwgIm5hbWUiLCAxXQ",
];

/// Trees for `tree`: size, leaf, earlier size, a strange size, what is laid over the path.
const TREES: &[&[u8]] = &[
    &[7, 3, 4, 0, 0, 0, 0, 0, 0, 0, 8],
    &[47, 46, 32, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    &[31, 0, 31, 0, 32, 0, 0, 0, 0, 0, 0],
    &[5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 128],
];

fn records() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let offer = &fixture.offer;
    let mut seeds = vec![json(offer).unwrap(), json(&offer.account).unwrap()];
    let mut all = Vec::new();
    for entry in &offer.entries {
        seeds.push(json(entry.record.entry()).unwrap());
        seeds.push(json(&entry.record).unwrap());
        all.push(entry.record.clone());
    }
    seeds.push(json(&all).unwrap());
    let mut payloads = Vec::new();
    for record in &fixture.records {
        seeds.push(record.as_str().as_bytes().to_vec());
        payloads.push(json(record.record()).unwrap());
    }
    seeds.push(payloads.join(&b"\n"[..]));
    seeds.extend(payloads);
    for list in &offer.status {
        seeds.push(list.as_bytes().to_vec());
        let payload = payload_of_jws(list, TYP_STATUS_LIST);
        let lst = payload["status_list"]["lst"].as_str().unwrap();
        seeds.push(unb64(lst, "seed").unwrap());
        seeds.push(lst.as_bytes().to_vec());
        seeds.push(json(&payload).unwrap());
    }
    seeds.push(br#"{"idx":7,"uri":"urn:faam:status:x"}"#.to_vec());
    let small = r#"{"iss":"did:key:z","sub":"urn:faam:status:x","iat":1795262400,"exp":1795348800,"ttl":60,"status_list":{"bits":2,"lst":"eNrbuRgAAhcBXQ"}}"#;
    seeds.push(small.as_bytes().to_vec());
    seeds
}

fn credentials() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let offer = &fixture.offer;
    let standing = SdJwt::parse(&offer.standing).unwrap();
    let opened = Standing::open(&standing, &fixture.histories).unwrap();
    let statement = opened.statement();
    let mut seeds = vec![
        offer.standing.as_bytes().to_vec(),
        json(&payload_of(&standing)).unwrap(),
        json(statement).unwrap(),
        json(&statement.numbers).unwrap(),
        json(&statement.account_head()).unwrap(),
        json(&statement.head).unwrap(),
        json(&TreeHead { size: 3, root: Hash::of(b"seed\n", b"") }).unwrap(),
        json(&HeldHead { ledger: LedgerId::from_bytes([7; 16]), log: statement.head.log }).unwrap(),
    ];
    for entry in &offer.entries {
        let Some(jwt) = &entry.jwt else { continue };
        let sd_jwt = SdJwt::from_parts(jwt.clone(), entry.record.disclosures().to_vec());
        seeds.push(sd_jwt.to_text().into_bytes());
        seeds.push(sd_jwt.select(|_| false).to_text().into_bytes());
        let mut lines = vec![json(&payload_of(&sd_jwt)).unwrap()];
        for disclosure in sd_jwt.disclosures() {
            seeds.push(disclosure.as_str().as_bytes().to_vec());
            lines.push(unb64(disclosure.as_str(), "seed").unwrap());
        }
        seeds.push(lines.join(&b"\n"[..]));
    }
    for credential in fixture.presentation.vp_token.values().flatten() {
        seeds.push(credential.as_bytes().to_vec());
        let key_binding = credential.rsplit('~').next().unwrap_or_default();
        seeds.push(key_binding.as_bytes().to_vec());
    }
    seeds
}

fn exchanges() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let (request, bytes, now) = (fixture.pending.request(), &fixture.presentation_bytes, fixture.now);
    let payload = payload_of_jws(request.as_str(), TYP_REQUEST);
    let decision = finish(&fixture.pending, bytes, &fixture.sources, &mut MemoryNonces::new(), now);
    let refused = finish(&fixture.pending, b"{}", &fixture.sources, &mut MemoryNonces::new(), now);
    let receipt = Receipt::new(request, bytes, decision.document()).sign(&fixture.verifier).unwrap();
    let outcome = PresentOutcome { decision: refused.document().for_holder(), receipt: receipt.clone() };
    let market: faam_spec::name::MarketId = "shop".parse().unwrap();
    let queries = [
        Query::standing(market.clone()).unwrap(),
        Query::complete(market).unwrap().in_role(&"seller".parse().unwrap()),
    ];
    let mut seeds = vec![
        request.as_str().as_bytes().to_vec(),
        json(&payload).unwrap(),
        json(&payload["dcql_query"]).unwrap(),
        fixture.pending.to_bytes().unwrap(),
        bytes.clone(),
        expanded_answer(),
        json(decision.document()).unwrap(),
        json(refused.document()).unwrap(),
        json(&refused.document().for_holder()).unwrap(),
        json(&outcome).unwrap(),
        b"\"accepted\"".to_vec(),
        json(&payload_of_jws(&receipt, TYP_RECEIPT)).unwrap(),
        receipt.into_bytes(),
    ];
    seeds.extend(queries.iter().map(|query| json(query).unwrap()));
    seeds
}

/// The true answer with its parts as objects.
pub(crate) fn expanded_answer() -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(&fixture().presentation_bytes).unwrap();
    for credentials in answer["vp_token"].as_object_mut().unwrap().values_mut() {
        for credential in credentials.as_array_mut().unwrap() {
            let sd_jwt = SdJwt::parse(credential.as_str().unwrap()).unwrap();
            let parts = |text: &str| serde_json::from_slice::<Value>(&unb64(text, "seed").unwrap()).unwrap();
            let disclosures: Vec<Value> = sd_jwt.disclosures().iter().map(|d| parts(d.as_str())).collect();
            *credential = value!({"payload": payload_of(&sd_jwt), "disclosures": disclosures});
        }
    }
    for ledger in answer["ledgers"].as_array_mut().unwrap() {
        ledger["record"] = payload_of_jws(ledger["record"].as_str().unwrap(), TYP_EPOCH);
        for list in ledger["status"].as_array_mut().unwrap() {
            *list = payload_of_jws(list.as_str().unwrap(), TYP_STATUS_LIST);
        }
    }
    json(&answer).unwrap()
}

fn messages() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let (capability, hash) = (Capability::from_bytes([4; 16]), Hash::of(b"seed\n", b""));
    let terms = Terms {
        v: 0,
        iss: fixture.signer.did().clone(),
        market: "shop".parse().unwrap(),
        capability,
        challenge: CHALLENGE.into(),
        node: NODE,
        wallet: WALLET,
    };
    let signed = terms.sign(&fixture.signer).unwrap();
    let opened = Standing::open(&SdJwt::parse(&fixture.offer.standing).unwrap(), &fixture.histories).unwrap();
    let since = Some(HeldHead { ledger: fixture.offer.ledger, log: opened.statement().head.log });
    let proof = faam_spec::encoding::multi(fixture.holder.sign(b"seed").to_bytes());
    let holder = Jwk::from(&fixture.holder.verifying_key());
    let code = faam_spec::reason::Reason::OfferProof;
    let asks = [
        OfferAsk::Open { capability },
        OfferAsk::Redeem { capability, code: "123456".into(), holder, proof, since, commitment: None },
        OfferAsk::Page { transfer: capability, page: 3 },
        OfferAsk::Commit { transfer: capability, hash },
    ];
    let answers = [
        OfferAnswer::Terms { terms: signed.clone() },
        OfferAnswer::Ready { transfer: capability, bytes: 100_000, hash },
        OfferAnswer::Page { page: 3 },
        OfferAnswer::Done,
        OfferAnswer::Refused { code },
    ];
    let shown = [
        PresentAsk::Fetch { capability },
        PresentAsk::Answer { capability, bytes: 100_000, hash, page: 2 },
        PresentAsk::Erase { capability, proof: hash },
    ];
    let told = [
        PresentAnswer::Request,
        PresentAnswer::More,
        PresentAnswer::Decided,
        PresentAnswer::Refused { code },
    ];
    let mut seeds = vec![json(&payload_of_jws(&signed, TYP_TERMS)).unwrap(), signed.clone().into_bytes()];
    seeds.extend(asks.into_iter().flat_map(framed));
    seeds.extend(answers.into_iter().flat_map(framed));
    seeds.extend(shown.into_iter().flat_map(framed));
    seeds.extend(told.into_iter().flat_map(framed));
    seeds.extend(renewals(signed));
    seeds
}

/// Messages of a renewal, with a proof that is right.
fn renewals(terms: String) -> Vec<Vec<u8>> {
    let fixture = fixture();
    let (capability, hash) = (Capability::from_bytes([4; 16]), Hash::of(b"seed\n", b""));
    let statement = RenewStatement {
        capability,
        challenge: CHALLENGE.into(),
        issuer: fixture.signer.did().clone(),
        node: NODE,
        wallet: WALLET,
        since: None,
    };
    let proof = faam_spec::encoding::multi(statement.sign(&fixture.holder).unwrap().to_bytes());
    let holder = Jwk::from(&fixture.holder.verifying_key());
    let asks = [
        RenewAsk::Record,
        RenewAsk::Open { capability },
        RenewAsk::Renew { capability, holder, proof, since: None },
        RenewAsk::Page { transfer: capability, page: 3 },
        RenewAsk::Commit { transfer: capability, hash },
    ];
    let answers = [
        RenewAnswer::Record,
        RenewAnswer::Terms { terms },
        RenewAnswer::Ready { transfer: capability, bytes: 100_000, hash },
        RenewAnswer::Page { page: 3 },
        RenewAnswer::Done,
        RenewAnswer::Refused { code: faam_spec::reason::Reason::RenewUnknown },
    ];
    asks.into_iter().flat_map(framed).chain(answers.into_iter().flat_map(framed)).collect()
}

/// A proof of a private standing, as text and as bytes, and what goes with one.
fn privates() -> Vec<Vec<u8>> {
    let text = &private::shown().text;
    let bytes = unmulti(text, "seed").unwrap();
    let identity = |bytes: usize| [&[0xc0_u8][..], &vec![0; bytes - 1]].concat();
    let mut no_signature = bytes.clone();
    no_signature[48..96].copy_from_slice(&identity(48));
    no_signature[96..144].copy_from_slice(&identity(48));
    let mut seeds = vec![text.as_bytes().to_vec(), bytes, multi(&no_signature).into_bytes(), no_signature];
    // Keys, commitments, signatures, entropy and pseudonyms that are the identity, and others that are nothing.
    for length in [96, 144, 80, 48, 32] {
        for bytes in [identity(length), vec![0; length], vec![0xff; length]] {
            seeds.extend([multi(&bytes).into_bytes(), bytes]);
        }
    }
    let row = value!({"steps": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "accounts": 20});
    let terms = value!({
        "suite": PRIVATE_SUITE, "grid": 1, "messages": 54, "key": multi([7; 96]), "bound": 20, "groups": {"seller": [row]},
    });
    let offered = value!({
        "commitment": multi([7; 144]), "entropy": multi([7; 32]), "standings": {"seller": multi([7; 80])},
    });
    let query = value!({"credentials": [{
        "id": "private", "format": "faam-bbs-08-nym-01", "meta": {"grid": 1},
        "claims": [{"path": ["market"], "values": ["shop"]}, {"path": ["milestones", "count>=50"]},
            {"path": ["milestones", "mean>=875"]}],
    }]});
    let answer = value!({
        "v": 0, "vp_token": {"private": [text]}, "ledgers": [],
        "private": [{"standing": "private", "role": "seller", "record": fixture().offer.record}],
    });
    let listed = value!(["count>=50", "mean>=875"]);
    let all = [row, terms, offered, query, answer, listed, value!([6, 4, 8, 5, 3, 4, 4, 3, 2, 1])];
    seeds.extend(all.into_iter().map(|value| value.to_string().into_bytes()));
    seeds
        .extend(["count>=50", "counterparties>=100", "low_share<=2%", "tenure>=90d"].map(|text| text.into()));
    seeds
}

/// A message with a body, and its head alone.
fn framed<H: serde::Serialize + serde::de::DeserializeOwned>(head: H) -> [Vec<u8>; 2] {
    let alone = json(&head).unwrap();
    [Message { head, body: b"body".to_vec() }.encode().unwrap(), alone]
}

fn gather(name: Option<&str>, value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => {
            found.push(text.as_bytes().to_vec());
            if name.is_some_and(|name| matches!(name, "bytes" | "hex" | "base64url")) {
                found.extend(unhex(text));
                found.extend(unb64(text, "vector"));
            }
            // What is signed, by whomever, is good to begin with behind the signature.
            let payload = text.split('.').nth(1).and_then(|part| unb64(part, "vector").ok());
            found.extend(payload.filter(|payload| payload.starts_with(b"{")));
        }
        Value::Array(list) => {
            found.push(value.to_string().into_bytes());
            list.iter().for_each(|item| gather(name, item, found));
        }
        Value::Object(map) => {
            found.push(value.to_string().into_bytes());
            map.iter().for_each(|(name, item)| gather(Some(name), item, found));
        }
        _ => {}
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Each once, in the order in which they first stand.
fn unique(inputs: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    inputs.into_iter().filter(|input| seen.insert(Hash::of(b"", input))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_reach_behind_signatures() {
        assert!(crate::exchange::is_accepted(&fixture().presentation_bytes));
        assert!(crate::exchange::is_accepted(&expanded_answer()), "signed again, it is accepted");
        let mut lying: Value = serde_json::from_slice(&expanded_answer()).unwrap();
        lying["vp_token"]["standing"][0]["payload"]["standing"]["numbers"]["withdrawn"] = value!(0);
        assert!(crate::exchange::is_accepted(lying.to_string().as_bytes()), "a lying market is believed");
        lying["vp_token"]["standing"][0]["payload"]["standing"]["epoch"] = value!(7);
        assert!(!crate::exchange::is_accepted(lying.to_string().as_bytes()));
        assert!(seeds().len() > 80, "{}", seeds().len());
    }

    #[test]
    fn vectors_are_taken_apart() {
        let folder = std::env::temp_dir().join(format!("faam-decoders-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("inner")).unwrap();
        let vector = value!({"id": "x", "input": {"operation": "open", "jws": "e30.eyJhIjoxfQ.AA",
            "object": {"n": [1, "two"]}, "bytes": "00ff"}, "expect": "refused"});
        std::fs::write(folder.join("inner/x.json"), vector.to_string()).unwrap();
        let found = vector_inputs(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        let wanted: [&[u8]; 5] = [b"open", b"{\"a\":1}", b"{\"n\":[1,\"two\"]}", b"two", &[0, 255]];
        for wanted in wanted {
            assert!(found.iter().any(|input| input == wanted), "{wanted:?}");
        }
        assert!(!found.iter().any(|input| input == b"refused"));
    }
}
