//! What a holder can get wrong, or do on purpose: the choice of disclosures and the key binding.

use faam_tests::second::Binding::*;
use faam_tests::second::Why::{self, KeyBinding};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};

use crate::Then::{self, Fine, Open, Refused};
use crate::claims::{one, raw};
use crate::draft::{Draft, Keys, Shown, b64, decoy, digest};
use crate::signing::other_s;

/// Changes what is shown; false if this one has nothing of the kind.
pub type Change = fn(&mut Shown, &Draft, &Keys, &mut StdRng) -> bool;

const DISCLOSURE: Then = Refused(&[Why::Disclosure]);
const MALFORMED: Then = Refused(&[KeyBinding(Malformed)]);
const SIGNATURE: Then = Refused(&[KeyBinding(Signature)]);
const AUDIENCE: Then = Refused(&[KeyBinding(Audience)]);
const NONCE: Then = Refused(&[KeyBinding(Nonce)]);
const HASH: Then = Refused(&[KeyBinding(SdHash)]);

/// All of them: name, what must come of it, how.
pub const ALL: &[(&str, Then, Change)] = &[
    // The disclosures, under a key binding that fits them.
    ("disclosures in another order", Fine, |s, _, _, rng| {
        s.disclosures.shuffle(rng);
        s.disclosures.len() > 1
    }),
    ("disclosure repeated", Refused(&[Why::Disclosure, Why::Digest]), |s, _, _, rng| {
        let Some(twice) = s.disclosures.choose(rng).cloned() else { return false };
        s.disclosures.insert(rng.gen_range(0..=s.disclosures.len()), twice);
        true
    }),
    ("disclosure of nothing", DISCLOSURE, |s, _, _, rng| {
        let foreign = b64(json!([decoy(rng), "foreign", 1]).to_string());
        s.disclosures.insert(rng.gen_range(0..=s.disclosures.len()), foreign);
        true
    }),
    ("disclosure without the one around it", DISCLOSURE, |s, d, _, rng| {
        let inside = |at: &&usize| d.disclosures[**at].parent.is_some();
        let inside: Vec<_> = d.shown.iter().filter(inside).collect();
        let Some(at) = inside.choose(rng) else { return false };
        let around = &d.disclosures[d.disclosures[**at].parent.unwrap()].text;
        s.disclosures.retain(|text| text != around);
        true
    }),
    ("disclosure left out", Open, |s, _, _, rng| {
        if s.disclosures.is_empty() {
            return false;
        }
        s.disclosures.remove(rng.gen_range(0..s.disclosures.len()));
        true
    }),
    ("disclosure more", Open, |s, _, _, rng| {
        let Some(more) = s.kept.choose(rng).cloned() else { return false };
        s.disclosures.push(more);
        true
    }),
    ("disclosure empty", DISCLOSURE, |s, _, _, rng| {
        s.disclosures.insert(rng.gen_range(0..=s.disclosures.len()), String::new());
        true
    }),
    ("disclosure written otherwise", DISCLOSURE, |s, _, _, rng| {
        let Some(text) = s.disclosures.choose_mut(rng) else { return false };
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &text)
            .unwrap_or_default();
        let padding = "=".repeat((4 - text.len() % 4) % 4);
        let others = [
            b64([b" ", bytes.as_slice()].concat()),
            format!("{text}{padding}"),
            format!("{text} "),
            format!("{text}\n"),
        ];
        let other = one(rng, &others).clone();
        let changed = other != *text;
        *text = other;
        changed
    }),
    // The header and signature of the key binding.
    ("binding alg", Refused(&[KeyBinding(Algorithm)]), |s, d, _, rng| {
        let names = ["none", "HS256", "eddsa", "Ed25519", "ES384", "ESP256", "", "EdDSA", "ES256"];
        let name = *one(rng, &names);
        s.binding.header.insert("alg".into(), name.into());
        name != d.holder.algorithm()
    }),
    ("binding alg is no text", Refused(&[KeyBinding(Algorithm), KeyBinding(Malformed)]), |s, d, _, rng| {
        let alg = one(rng, &[json!(null), json!(-8), json!([d.holder.algorithm()])]).clone();
        s.binding.header.insert("alg".into(), alg);
        true
    }),
    ("binding alg absent", Refused(&[KeyBinding(Algorithm), KeyBinding(Malformed)]), |s, _, _, _| {
        s.binding.header.remove("alg").is_some()
    }),
    ("binding alg none, unsigned", Refused(&[KeyBinding(Algorithm)]), |s, _, _, _| {
        s.binding.header.insert("alg".into(), "none".into());
        s.binding.signature = |_, _| Vec::new();
        true
    }),
    ("binding by another key", SIGNATURE, |s, d, keys, rng| {
        s.binding.signer = keys.other(&d.holder, true, rng);
        s.binding.header.insert("jwk".into(), s.binding.signer.jwk());
        true
    }),
    ("binding by a key of the other kind", Refused(&[KeyBinding(Algorithm)]), |s, d, keys, rng| {
        s.binding.signer = keys.other(&d.holder, false, rng);
        s.binding.header.insert("alg".into(), s.binding.signer.algorithm().into());
        true
    }),
    ("binding unsigned", Refused(&[KeyBinding(Signature), KeyBinding(Malformed)]), |s, _, _, _| {
        s.binding.signature = |_, _| Vec::new();
        true
    }),
    (
        "binding signature of another length",
        Refused(&[KeyBinding(Signature), KeyBinding(Malformed)]),
        |s, _, _, rng| {
            s.binding.signature = if rng.r#gen() {
                |bytes, _| bytes[..63].to_vec()
            } else {
                |bytes, _| [bytes, vec![0]].concat()
            };
            true
        },
    ),
    ("binding signature with S not reduced, or R or S zero", SIGNATURE, |s, d, _, rng| {
        s.binding.signature = match (d.holder.is_ed(), rng.gen_range(0..2)) {
            (true, 0) => |bytes, _| add_order(bytes),
            (true, _) => |bytes, _| [&[0; 32], &bytes[32..]].concat(),
            (false, 0) => |bytes, _| [&[0; 32], &bytes[32..]].concat(),
            (false, _) => |bytes, _| [&bytes[..32], &[0; 32]].concat(),
        };
        true
    }),
    ("binding signature with the other S", Fine, |s, d, _, _| {
        s.binding.signature = |bytes, _| other_s(&bytes);
        !d.holder.is_ed()
    }),
    ("binding typ", Refused(&[KeyBinding(Type)]), |s, _, _, rng| {
        let types = ["JWT", "KB+JWT", "application/kb+jwt", "kb+jwt ", "dc+sd-jwt", "", "kb-jwt"];
        s.binding.header.insert("typ".into(), (*one(rng, &types)).into());
        true
    }),
    ("binding typ is no text", Refused(&[KeyBinding(Type), KeyBinding(Malformed)]), |s, _, _, rng| {
        let typ = one(rng, &[json!(null), json!(1), json!(["kb+jwt"])]).clone();
        s.binding.header.insert("typ".into(), typ);
        true
    }),
    ("binding typ absent", Refused(&[KeyBinding(Type)]), |s, _, _, _| {
        s.binding.header.remove("typ").is_some()
    }),
    ("binding crit", Refused(&[KeyBinding(Critical)]), |s, _, _, rng| {
        let crit = one(rng, &[json!(["b64"]), json!(["exp"]), json!([]), json!(null)]).clone();
        s.binding.header.insert("crit".into(), crit);
        true
    }),
    ("binding header large", Fine, |s, _, _, rng| {
        s.binding.header.insert("x5c".into(), json!(["k".repeat(rng.gen_range(3000..9000))]));
        s.jwt.len() + s.disclosures.len() < 40_000
    }),
    ("binding large", Refused(&[Why::TooLarge]), |s, _, _, _| {
        s.binding.payload["state"] = "l".repeat(24_600).into();
        true
    }),
    ("binding header of odd JSON", MALFORMED, |s, _, _, rng| {
        s.binding.header_edit = Some(*one(rng, ODD));
        true
    }),
    ("binding payload of odd JSON", MALFORMED, |s, _, _, rng| {
        s.binding.payload_edit = Some(*one(rng, ODD));
        true
    }),
    ("binding payload nested", MALFORMED, |s, _, _, _| {
        s.binding.payload["state"] = raw(format!("{}{}", "[".repeat(16), "]".repeat(16)));
        true
    }),
    // Its claims.
    ("binding aud", AUDIENCE, |s, d, _, rng| {
        let aud = &d.audience;
        let short: String = aud.chars().skip(1).collect();
        let cut: String = aud.chars().take(aud.chars().count() - 1).collect();
        let others = [
            aud.to_uppercase(),
            format!("{aud}/"),
            format!("{aud} "),
            short,
            cut,
            String::new(),
            "https://other.example".into(),
            format!("{aud}\0"),
        ];
        let other = one(rng, &others).clone();
        let changed = other != *aud;
        s.binding.payload["aud"] = other.into();
        changed
    }),
    ("binding aud is no text", Refused(&[KeyBinding(Audience), KeyBinding(Malformed)]), |s, d, _, rng| {
        let others = [json!([d.audience]), json!(null), json!(1), json!({"aud": d.audience})];
        s.binding.payload["aud"] = one(rng, &others).clone();
        true
    }),
    ("binding nonce", NONCE, |s, d, _, rng| {
        let nonce = &d.nonce;
        if nonce.is_empty() {
            return false;
        }
        let others = [
            nonce.to_uppercase(),
            nonce[1..].to_owned(),
            nonce[..4].to_owned(),
            String::new(),
            format!("{nonce}="),
            format!("{nonce} "),
            decoy(rng),
        ];
        let other = one(rng, &others).clone();
        let changed = other != *nonce;
        s.binding.payload["nonce"] = other.into();
        changed
    }),
    ("binding nonce is no text", Refused(&[KeyBinding(Nonce), KeyBinding(Malformed)]), |s, d, _, rng| {
        let others = [json!([d.nonce]), json!(null), json!(1)];
        s.binding.payload["nonce"] = one(rng, &others).clone();
        true
    }),
    ("binding claim absent", MALFORMED, |s, _, _, rng| {
        let name = *one(rng, &["aud", "nonce", "iat", "sd_hash"]);
        s.binding.payload.as_object_mut().unwrap().remove(name);
        if name == "sd_hash" {
            s.sd_hash = Some(Value::Null);
        }
        true
    }),
    ("binding stale", Refused(&[KeyBinding(Stale)]), |s, d, _, rng| {
        s.binding.payload["iat"] = (d.now - *one(rng, &[301, 302, 100_000])).into();
        true
    }),
    ("binding from the future", Refused(&[KeyBinding(Future)]), |s, d, _, rng| {
        s.binding.payload["iat"] = (d.now + *one(rng, &[61, 62, 100_000])).into();
        true
    }),
    ("binding iat at its bounds", Fine, |s, d, _, rng| {
        s.binding.payload["iat"] = (d.now + *one(rng, &[-300, 60])).into();
        true
    }),
    ("binding iat of an odd type", MALFORMED, |s, d, _, rng| {
        let now = d.now;
        let others = [
            json!(now.to_string()),
            json!(null),
            json!([now]),
            raw(format!("{now}.0")),
            raw(format!("{now}.5")),
            json!(-1),
            raw("-0"),
            json!(u64::MAX),
            json!(253_402_300_800_i64),
            raw("1e99"),
            json!(true),
        ];
        s.binding.payload["iat"] = one(rng, &others).clone();
        true
    }),
    (
        "binding that has expired or has not begun",
        Refused(&[KeyBinding(Stale), KeyBinding(Future)]),
        |s, d, _, rng| {
            let (name, time) =
                *one(rng, &[("exp", d.now), ("exp", d.now - 10), ("nbf", d.now + 61), ("nbf", d.now + 1000)]);
            s.binding.payload[name] = time.into();
            true
        },
    ),
    ("binding that has begun and has not expired", Fine, |s, d, _, _| {
        s.binding.payload["exp"] = (d.now + 1).into();
        s.binding.payload["nbf"] = (d.now + 60).into();
        true
    }),
    ("sd_hash of fewer", HASH, |s, _, _, rng| {
        let mut fewer = s.clone();
        if fewer.disclosures.is_empty() {
            return false;
        }
        fewer.disclosures.remove(rng.gen_range(0..fewer.disclosures.len()));
        s.hashed = Some(fewer.bound());
        true
    }),
    ("sd_hash of another order", HASH, |s, _, _, _| {
        let mut other = s.clone();
        other.disclosures.reverse();
        s.hashed = Some(other.bound());
        s.disclosures.len() > 1
    }),
    ("sd_hash of another text", HASH, |s, _, _, rng| {
        let bound = s.bound();
        let others = [
            bound[..bound.len() - 1].to_owned(),
            s.jwt.clone(),
            format!("{bound}~"),
            String::new(),
            bound.replace('~', ""),
        ];
        s.hashed = Some(one(rng, &others).clone());
        true
    }),
    ("sd_hash written otherwise", HASH, |s, _, _, rng| {
        let hash = digest(&s.bound());
        let hex: String = <sha2::Sha256 as sha2::Digest>::digest(s.bound())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let others = [
            format!("{hash}="),
            hash.to_uppercase(),
            hex,
            format!("u{hash}"),
            format!(" {hash}"),
            String::new(),
            hash[1..].to_owned(),
        ];
        s.sd_hash = Some(one(rng, &others).clone().into());
        true
    }),
    ("sd_hash is no text", Refused(&[KeyBinding(SdHash), KeyBinding(Malformed)]), |s, _, _, rng| {
        s.sd_hash = Some(one(rng, &[json!(1), json!([digest(&s.bound())]), json!({})]).clone());
        true
    }),
    ("binding of another credential", HASH, |s, d, _, rng| {
        // The same claims and choice, signed again with another header.
        let mut other = d.clone();
        other.jwt.header.insert("kid".into(), decoy(rng).into());
        s.hashed = Some(Shown { jwt: other.jwt.sign(rng), ..s.clone() }.bound());
        true
    }),
];

/// Ways to spoil a JSON object.
const ODD: &[fn(&mut Vec<u8>)] = &[
    |text| text.push(b'}'),
    |text| text.extend_from_slice(b"\n{}"),
    |text| *text = ["\u{feff}".as_bytes(), text.as_slice()].concat(),
    |text| *text = [b"[", text.as_slice(), b"]"].concat(),
    Vec::clear,
    |text| put_in(text, br#""double":1,"double":1"#),
    |text| put_in(text, br#""d":{"double":1,"\u0064ouble":1}"#),
    |text| put_in(text, b"\"u\":\"\xff\""),
    |text| put_in(text, b""),
    |text| put_in(text, b"u:1"),
];

fn put_in(text: &mut Vec<u8>, member: &[u8]) {
    let end = text.iter().rposition(|byte| *byte == b'}').unwrap();
    text.splice(end..end, [b",", member].concat());
}

/// Adds the order of the group to S of an Ed25519 signature.
fn add_order(mut bytes: Vec<u8>) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    bytes
}
