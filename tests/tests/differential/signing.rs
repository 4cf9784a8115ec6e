//! What an issuer can get wrong in the JWT as a text: header, signature, JSON, depth and size.

use faam_tests::second::Key;
use faam_tests::second::Why::*;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::Then::{self, Fine, Open, Refused};
use crate::claims::{Hand, Path, Step, at, one, raw};
use crate::draft::{Draft, b64, salt};
use crate::issuing::Change;

const MALFORMED: Then = Refused(&[Malformed]);

/// All of them: name, what must come of it, how.
pub const ALL: &[(&str, Then, Change)] = &[
    // The header and the signature.
    ("issuer alg", Refused(&[Algorithm]), |d, _, rng| {
        let names = [
            "none", "HS256", "eddsa", "ES256K", "ES384", "Ed25519", "ESP256", "", "EdDSA ", "RS256", "EdDSA",
            "ES256",
        ];
        let name = *one(rng, &names);
        d.jwt.header.insert("alg".into(), name.into());
        name != d.issuer.algorithm()
    }),
    ("issuer alg is no text", Refused(&[Algorithm, Malformed]), |d, _, rng| {
        let alg = one(rng, &[json!(null), json!(8), json!([d.issuer.algorithm()])]).clone();
        d.jwt.header.insert("alg".into(), alg);
        true
    }),
    ("issuer alg absent", Refused(&[Algorithm, Malformed]), |d, _, _| d.jwt.header.remove("alg").is_some()),
    ("issuer alg none, unsigned", Refused(&[Algorithm]), |d, _, _| {
        d.jwt.header.insert("alg".into(), "none".into());
        d.jwt.signature = |_, _| Vec::new();
        true
    }),
    ("issuer unsigned", Refused(&[Signature, Malformed]), |d, _, _| {
        d.jwt.signature = |_, _| Vec::new();
        true
    }),
    ("issuer another key", Refused(&[Signature]), |d, keys, rng| {
        d.jwt.signer = keys.other(&d.issuer, true, rng);
        d.jwt.header.insert("jwk".into(), d.jwt.signer.jwk());
        true
    }),
    ("issuer key of the other kind", Refused(&[Algorithm]), |d, keys, rng| {
        d.jwt.signer = keys.other(&d.issuer, false, rng);
        d.jwt.header.insert("alg".into(), d.jwt.signer.algorithm().into());
        true
    }),
    ("issuer signature cut", Refused(&[Signature, Malformed]), |d, _, _| {
        d.jwt.signature = |mut bytes, _| {
            bytes.pop();
            bytes
        };
        true
    }),
    ("issuer signature longer", Refused(&[Signature, Malformed]), |d, _, _| {
        d.jwt.signature = |bytes, _| [bytes, vec![0]].concat();
        true
    }),
    ("issuer signature of zeros", Refused(&[Signature]), |d, _, _| {
        d.jwt.signature = |bytes, _| vec![0; bytes.len()];
        true
    }),
    ("issuer signature as DER", Refused(&[Signature, Malformed]), |d, _, _| {
        d.jwt.signature =
            |bytes, _| p256::ecdsa::Signature::from_slice(&bytes).unwrap().to_der().as_bytes().to_vec();
        matches!(d.issuer.public(), Key::P256(_))
    }),
    ("issuer signature with the other S", Fine, |d, _, _| {
        d.jwt.signature = |bytes, _| other_s(&bytes);
        matches!(d.issuer.public(), Key::P256(_))
    }),
    ("issuer typ", Refused(&[Type]), |d, _, rng| {
        let types =
            ["vc+sd-jwt", "DC+SD-JWT", "dc+sd-jwt ", "application/dc+sd-jwt", "JWT", "kb+jwt", "sd-jwt", ""];
        d.jwt.header.insert("typ".into(), (*one(rng, &types)).into());
        true
    }),
    ("issuer typ is no text", Refused(&[Type, Malformed]), |d, _, rng| {
        let typ = one(rng, &[json!(null), json!(1), json!(["dc+sd-jwt"])]).clone();
        d.jwt.header.insert("typ".into(), typ);
        true
    }),
    ("issuer typ absent", Refused(&[Type]), |d, _, _| d.jwt.header.remove("typ").is_some()),
    ("issuer crit", Refused(&[Critical]), |d, _, rng| {
        let crit = one(rng, &[json!(["b64"]), json!(["exp"]), json!([]), json!(null), json!("x")]).clone();
        d.jwt.header.insert("crit".into(), crit);
        true
    }),
    ("issuer header large", Fine, |d, _, rng| {
        // Certificates make headers long; the bound of the JWT is enough.
        d.jwt.header.insert("x5c".into(), json!(["k".repeat(rng.gen_range(3000..9000))]));
        true
    }),
    ("issuer header double name", MALFORMED, |d, _, _| {
        d.jwt.header_edit = Some(double_first);
        true
    }),
    ("issuer header no object", MALFORMED, |d, _, _| {
        d.jwt.header_edit = Some(|text| *text = [b"[", text.as_slice(), b"]"].concat());
        true
    }),
    ("issuer header trailing", MALFORMED, |d, _, _| {
        d.jwt.header_edit = Some(|text| text.extend_from_slice(b" {}"));
        true
    }),
    ("issuer header byte order mark", MALFORMED, |d, _, _| {
        d.jwt.header_edit = Some(|text| *text = ["\u{feff}".as_bytes(), text.as_slice()].concat());
        true
    }),
    ("issuer header nested", MALFORMED, |d, _, _| {
        d.jwt.header.insert("kid".into(), raw(nested(16)));
        true
    }),
    ("issuer header nested to the bound", Fine, |d, _, _| {
        d.jwt.header.insert("kid".into(), raw(nested(15)));
        true
    }),
    // The payload as a text.
    ("payload double name", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(double_first);
        true
    }),
    ("payload double name below, escaped", MALFORMED, |d, _, rng| {
        let texts = [r#"{"a":1,"\u0061":1}"#, r#"[[{"x":{},"x":{}}]]"#, r#"{"":0,"b":0,"":0}"#];
        d.claim("double", raw(one(rng, &texts)));
        true
    }),
    ("payload trailing", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(|text| text.push(b'}'));
        true
    }),
    ("payload cut", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(|text| {
            let end = text.iter().rposition(|byte| *byte == b'}').unwrap();
            text.truncate(end);
        });
        true
    }),
    ("payload no object", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(|text| *text = [b"[", text.as_slice(), b"]"].concat());
        true
    }),
    ("payload empty", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(Vec::clear);
        true
    }),
    ("payload byte order mark", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(|text| *text = ["\u{feff}".as_bytes(), text.as_slice()].concat());
        true
    }),
    ("payload not UTF-8", MALFORMED, |d, _, _| {
        d.jwt.payload_edit = Some(|text| {
            let end = text.iter().rposition(|byte| *byte == b'}').unwrap();
            text.splice(end..end, *b",\"u\":\"\xff\"");
        });
        true
    }),
    ("payload of odd JSON", MALFORMED, |d, _, rng| {
        let texts = [
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "01",
            "1.",
            "+1",
            ".5",
            "NaN",
            "'a'",
            "[1,]",
            "{a:1}",
            "\"\t\"",
            "\"\\a\"",
        ];
        d.claim("odd", raw(one(rng, &texts)));
        true
    }),
    ("payload number out of range", Open, |d, _, rng| {
        d.claim("large", raw(one(rng, &["1e400", "-1e309", "1e99999999999"])));
        true
    }),
    ("payload nested", MALFORMED, |d, _, _| {
        d.claim("deep", raw(nested(16)));
        true
    }),
    ("payload nested to the bound", Fine, |d, _, _| {
        d.claim("deep", raw(nested(15)));
        true
    }),
    ("whole nested by a disclosure to the bound", Fine, |d, _, rng| nest_in_two(d, 16, rng)),
    ("whole nested by a disclosure", Refused(&[Malformed, TooLarge]), |d, _, rng| {
        let depth = rng.gen_range(17..20);
        nest_in_two(d, depth, rng)
    }),
    // Sizes.
    ("JWT too long", Refused(&[TooLarge]), |d, _, rng| d.fit(32_769 + rng.gen_range(0..40), rng)),
    ("JWT at its bound", Fine, |d, _, rng| d.shown.len() < 8 && d.fit(32_768, rng)),
    ("disclosure too long", Refused(&[TooLarge]), |d, _, rng| {
        let long = "l".repeat(12_300);
        d.disclose(&json!([salt(rng), "long", long]), false, rng)
    }),
    ("disclosure at its bound", Fine, |d, _, rng| {
        d.jwt.hand = Hand::Plain;
        let content = json!(["s", "long at the bound", "l".repeat(12_288 - 28)]);
        assert_eq!(b64(content.to_string()).len(), 16_384);
        d.disclose_at(None, &Vec::new(), &content, false, rng);
        true
    }),
    ("64 disclosures", Fine, |d, _, rng| many(d, 64, rng)),
    ("65 disclosures", Refused(&[TooLarge]), |d, _, rng| many(d, 65, rng)),
    ("whole at its bound", Fine, |d, _, rng| whole(d, 65_536, rng)),
    ("whole too long", Refused(&[TooLarge]), |d, _, rng| whole(d, 65_537, rng)),
];

/// Arrays inside arrays.
pub fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

/// Makes claims that nest so deep, though payload and disclosure do not.
fn nest_in_two(d: &mut Draft, depth: usize, rng: &mut StdRng) -> bool {
    let outer = rng.gen_range(depth - 14..14);
    let inner = depth - 1 - outer;
    d.claim("deep", serde_json::from_str::<Value>(&nested(outer)).unwrap());
    let path: Path =
        [Step::Name("deep".to_owned())].into_iter().chain((1..outer).map(|_| Step::Index(0))).collect();
    let mut value: Value = serde_json::from_str(&nested(inner)).unwrap();
    if rng.r#gen() {
        *at(&mut value, &(1..inner).map(|_| Step::Index(0)).collect()) = json!([1]);
    }
    d.disclose_at(None, &path, &json!([salt(rng), value]), true, rng);
    true
}

/// Writes one member more, of a name that stands there already.
fn double_first(text: &mut Vec<u8>) {
    let Ok(Value::Object(object)) = serde_json::from_slice(text) else { return };
    let Some(name) = object.keys().next() else { return };
    let end = text.iter().rposition(|byte| *byte == b'}').unwrap();
    text.splice(end..end, format!(",{}:1", json!(name)).into_bytes());
}

/// The same ECDSA signature with n - s for s, which is as good.
pub fn other_s(signature: &[u8]) -> Vec<u8> {
    let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
    let (r, s) = (signature.r(), signature.s());
    p256::ecdsa::Signature::from_scalars(*r, -*s).unwrap().to_bytes().to_vec()
}

fn many(d: &mut Draft, number: usize, rng: &mut StdRng) -> bool {
    d.jwt.hand = Hand::Plain;
    d.claim("many", json!([]));
    while d.shown.len() < number {
        let content = json!([salt(rng), d.shown.len()]);
        d.disclose_at(None, &vec![Step::Name("many".to_owned())], &content, true, rng);
    }
    true
}

fn whole(d: &mut Draft, bytes: usize, rng: &mut StdRng) -> bool {
    d.binding.hand = Hand::Plain;
    d.jwt.hand = Hand::Plain;
    for number in 0..3 {
        let content = json!([salt(rng), format!("long {number}"), "l".repeat(9000)]);
        d.disclose_at(None, &Vec::new(), &content, false, rng);
    }
    d.fit(20_000, rng);
    let before = d.present(rng).text(rng).len();
    before < bytes && d.fit(20_000 + bytes - before, rng) && d.present(rng).text(rng).len() == bytes
}
