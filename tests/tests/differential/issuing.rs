//! What an issuer can get wrong in what it states: digests, disclosures, claims.

use faam_tests::second::Binding;
use faam_tests::second::Why::*;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};

use crate::Then::{self, Fine, Open, Refused};
use crate::claims::{Step, is_array, is_object, one, paths, raw};
use crate::draft::{Disclosure, Draft, Keys, b64, decoy, digest, put_digest, salt};
use crate::signing::nested;

/// Changes a draft; false if this one has nothing of the kind.
pub type Change = fn(&mut Draft, &Keys, &mut StdRng) -> bool;

const KEY: Then = Refused(&[KeyBinding(Binding::Key)]);
const DIGEST: Then = Refused(&[Digest]);
const DISCLOSURE: Then = Refused(&[Disclosure]);
const MALFORMED: Then = Refused(&[Malformed]);

/// All of them: name, what must come of it, how.
pub const ALL: &[(&str, Then, Change)] = &[
    // Digests.
    ("digest twice", DIGEST, |d, _, rng| {
        let seen =
            |disclosure: &&Disclosure| disclosure.parent.is_none_or(|parent| d.shown.contains(&parent));
        let seen: Vec<_> = d.disclosures.iter().filter(seen).collect();
        let Some(twice) = seen.choose(rng) else { return false };
        let (twice, element) = (digest(&twice.text), twice.element);
        d.claim("twice", if element { json!([]) } else { json!({}) });
        d.refer_at(None, &vec![Step::Name("twice".to_owned())], &twice, element, rng);
        true
    }),
    ("decoy twice in one", DIGEST, |d, _, rng| {
        let twice = decoy(rng);
        let element = rng.r#gen();
        let of = if element { is_array } else { is_object };
        d.change(of, rng, |value| {
            put_digest(value, &twice, element);
            put_digest(value, &twice, element);
        })
    }),
    ("decoy twice in two", DIGEST, |d, _, rng| {
        let twice = decoy(rng);
        d.claim("one", json!([{"...": twice}]));
        d.change(is_object, rng, |value| put_digest(value, &twice, false))
    }),
    ("_sd of another type", DIGEST, |d, _, rng| {
        let other = one(
            rng,
            &[
                json!("x"),
                json!({}),
                json!(1),
                json!(null),
                json!(true),
                json!([1]),
                json!([null]),
                json!([[]]),
            ],
        )
        .clone();
        d.claim("wrong", json!({}));
        d.change(
            |value| value.as_object().is_some_and(serde_json::Map::is_empty),
            rng,
            |value| {
                value["_sd"] = other;
            },
        )
    }),
    ("_sd with no digest", DIGEST, |d, _, rng| {
        let good = decoy(rng);
        let texts = [
            format!("{good}="),
            good[1..].to_owned(),
            format!("{good}AA"),
            String::new(),
            "+".repeat(43),
            good[..42].to_owned() + "_",
            "A".repeat(20),
        ];
        let text = one(rng, &texts).clone();
        let element = rng.r#gen();
        let Some((site, path)) = d.place(if element { is_array } else { is_object }, rng) else {
            return false;
        };
        d.refer_at(site, &path, &text, element, rng);
        true
    }),
    ("_sd empty", Fine, |d, _, rng| {
        d.claim("empty", json!({}));
        d.change(
            |value| value.as_object().is_some_and(serde_json::Map::is_empty),
            rng,
            |value| {
                value["_sd"] = json!([]);
            },
        )
    }),
    ("... beside others", DIGEST, |d, _, rng| {
        let digest = decoy(rng);
        d.claim("mixed", json!([]));
        d.change(is_array, rng, |value| {
            value.as_array_mut().unwrap().push(json!({"...": digest, "b": 1}));
        })
    }),
    ("... beside _sd", DIGEST, |d, _, rng| {
        d.claim("mixed", json!([{"...": decoy(rng), "_sd": []}]));
        true
    }),
    ("... of another type", DIGEST, |d, _, rng| {
        let digest = decoy(rng);
        let other = one(rng, &[json!(null), json!(1), json!([]), json!({}), json!([digest])]).clone();
        d.claim("mixed", json!([{"...": other}]));
        true
    }),
    ("... outside an array", DIGEST, |d, _, rng| {
        // An empty object in an array would become a good placeholder.
        let full = |value: &Value| is_object(value) && value != &json!({});
        let digest = decoy(rng);
        d.change(full, rng, |value| value["..."] = digest.into())
    }),
    ("... as the value of a claim", DIGEST, |d, _, rng| {
        d.claim("not an array", json!({"...": decoy(rng)}));
        true
    }),
    ("... as a disclosed element", DIGEST, |d, _, rng| {
        d.claim("elements", json!([]));
        let content = json!([salt(rng), {"...": decoy(rng)}]);
        d.disclose(&content, true, rng)
    }),
    ("... as a disclosed element, twice", DIGEST, |d, _, rng| {
        d.claim("elements", json!([]));
        let inner = json!([salt(rng), 7]);
        let path = vec![Step::Name("elements".to_owned())];
        d.disclose_at(None, &path, &json!([salt(rng), {"...": "inner"}]), true, rng);
        let outer = d.disclosures.len() - 1;
        let text = b64(inner.to_string());
        let mut content = d.content(Some(outer));
        content[1]["..."] = digest(&text).into();
        d.set(Some(outer), content, rng);
        d.disclosures.push(Disclosure { text, parent: Some(outer), element: true });
        d.shown.push(outer + 1);
        true
    }),
    ("... as a disclosed claim", DIGEST, |d, _, rng| {
        let content = json!([salt(rng), "dots", {"...": decoy(rng)}]);
        d.disclose(&content, false, rng)
    }),
    ("_sd_alg another", DIGEST, |d, _, rng| {
        let names = [
            json!("SHA-256"),
            json!("sha256"),
            json!("sha-512"),
            json!("sha-384"),
            json!("md5"),
            json!(""),
            json!(null),
            json!(256),
            json!(["sha-256"]),
        ];
        let name = one(rng, &names).clone();
        d.claim("_sd_alg", name);
        true
    }),
    ("_sd_alg below", Refused(&[Digest, Disclosure]), |d, _, rng| {
        d.claim("below", json!({}));
        let inner = |value: &Value| is_object(value) && value.get("vct").is_none();
        d.change(inner, rng, |value| value["_sd_alg"] = "sha-256".into())
    }),
    ("_sd_alg said", Fine, |d, _, _| {
        d.claim("_sd_alg", "sha-256");
        true
    }),
    // Disclosures that are referred to, but not good.
    ("disclosure reserved name", DISCLOSURE, |d, _, rng| {
        let name = *one(rng, &["_sd", "...", "_sd_alg"]);
        let value = one(rng, &[json!([]), json!("sha-256"), json!(1)]).clone();
        d.disclose(&json!([salt(rng), name, value]), false, rng)
    }),
    ("disclosure of a name that stands there", DISCLOSURE, |d, _, rng| {
        d.claim("there", json!({"there": null}));
        let path = vec![Step::Name("there".to_owned())];
        d.disclose_at(None, &path, &json!([salt(rng), "there", 1]), false, rng);
        true
    }),
    ("two disclosures of one name", DISCLOSURE, |d, _, rng| {
        let Some((site, path)) = d.place(is_object, rng) else { return false };
        let value = rng.gen_range(0..2);
        for value in [0, value] {
            let content = json!([salt(rng), "twice", value]);
            d.disclose_at(site, &path, &content, false, rng);
        }
        true
    }),
    ("disclosure of a name that stands there nowhere else", Fine, |d, _, rng| {
        d.claim("there", json!({"a": {"there": null}}));
        let path = vec![Step::Name("there".to_owned())];
        d.disclose_at(None, &path, &json!([salt(rng), "there", 1]), false, rng);
        true
    }),
    ("disclosure salt is no text", DISCLOSURE, |d, _, rng| {
        let salt = one(rng, &[json!(1), json!(null), json!([]), json!({}), json!(true)]).clone();
        let element = rng.r#gen();
        d.claim("salted", json!([]));
        d.disclose(&if element { json!([salt, 1]) } else { json!([salt, "salted too", 1]) }, element, rng)
    }),
    ("disclosure name is no text", DISCLOSURE, |d, _, rng| {
        let name = one(rng, &[json!(1), json!(null), json!([]), json!({})]).clone();
        d.disclose(&json!([salt(rng), name, 1]), false, rng)
    }),
    ("disclosure of another length", DISCLOSURE, |d, _, rng| {
        let content =
            one(rng, &[json!([]), json!(["s"]), json!(["s", "n", 1, 2]), json!(["s", "n", 1, 2, 3])]).clone();
        d.disclose(&content, rng.r#gen(), rng)
    }),
    ("disclosure of two in an object", DISCLOSURE, |d, _, rng| {
        d.disclose(&json!([salt(rng), "v"]), false, rng)
    }),
    ("disclosure of three in an array", DISCLOSURE, |d, _, rng| {
        d.claim("elements", json!([]));
        d.disclose(&json!([salt(rng), "n", "v"]), true, rng)
    }),
    ("disclosure no array", DISCLOSURE, |d, _, rng| {
        let content =
            one(rng, &[json!({}), json!("s"), json!(1), json!(null), json!({"0": "s", "1": "n", "2": 1})])
                .clone();
        d.disclose(&content, rng.r#gen(), rng)
    }),
    ("disclosure of odd JSON", DISCLOSURE, |d, _, rng| {
        let texts: [&[u8]; 11] = [
            br#"["s","n",1] []"#,
            br#"["s","n",1]]"#,
            br#"["s","n",1"#,
            br#"["s","n",{"a":1,"a":2}]"#,
            br#"["s","n",{"b":{"a":1,"\u0061":2}}]"#,
            b"\xef\xbb\xbf[\"s\",\"n\",1]",
            b"[\"s\",\"n\",\"\xff\"]",
            br#"["s","n",1,]"#,
            br#"['s','n',1]"#,
            br#"["s","n","\ud800"]"#,
            b"",
        ];
        let bytes = *one(rng, &texts);
        with_bytes(d, bytes, rng)
    }),
    ("disclosure nested", DISCLOSURE, |d, _, rng| {
        with_bytes(d, format!(r#"["s","n",{}]"#, nested(16)).as_bytes(), rng)
    }),
    ("disclosure nested to the bound", Fine, |d, _, rng| {
        with_bytes(d, format!(r#"["s","n to the bound",{}]"#, nested(15)).as_bytes(), rng)
    }),
    ("disclosure with white space", Fine, |d, _, rng| {
        with_bytes(d, b"\r\n[ \"s\"\t,\n\"n and space\" , { \"a\" : [ ] } ]\n ", rng)
    }),
    ("disclosure text not canonical", DISCLOSURE, |d, _, rng| {
        let good = b64(br#"["s4","n",[1,2]]"#);
        assert_eq!(good.len() % 4, 2);
        let bits = good[..good.len() - 1].to_owned() + "R";
        let texts = [
            good.clone() + "==",
            bits,
            good.clone() + "A",
            good.clone() + "\n",
            format!(" {good}"),
            good.replace('1', "+"),
        ];
        let text = one(rng, &texts).clone();
        text != good && with_text(d, text, rng)
    }),
    // Claims.
    ("hidden claim", Refused(&[Hidden]), |d, _, rng| hide(d, true, rng)),
    ("hidden claim, kept", Open, |d, _, rng| hide(d, false, rng)),
    ("hidden names below the top", Fine, |d, _, rng| {
        d.claim("below", json!({}));
        let name = *one(rng, &["iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "status"]);
        let path = vec![Step::Name("below".to_owned())];
        d.disclose_at(None, &path, &json!([salt(rng), name, "x"]), false, rng);
        true
    }),
    ("time of issue disclosed", Fine, |d, _, rng| {
        let now = d.now;
        d.jwt.payload.as_object_mut().unwrap().remove("iat");
        d.disclose_at(None, &Vec::new(), &json!([salt(rng), "iat", now]), false, rng);
        true
    }),
    ("hidden inside cnf", Open, |d, _, rng| {
        let jwk = d.holder.jwk();
        d.claim("cnf", json!({}));
        let path = vec![Step::Name("cnf".to_owned())];
        d.disclose_at(None, &path, &json!([salt(rng), "jwk", jwk]), false, rng);
        true
    }),
    ("vct absent", Refused(&[Missing, Type]), |d, _, _| {
        d.jwt.payload.as_object_mut().unwrap().remove("vct").is_some()
    }),
    ("vct is no text, or empty", Refused(&[Type, Missing, Malformed]), |d, _, rng| {
        let vct = one(rng, &[json!(null), json!(1), json!(["a"]), json!({}), json!("")]).clone();
        d.claim("vct", vct);
        true
    }),
    ("vct another", Refused(&[Type]), |d, _, rng| {
        let Some(wanted) = d.jwt.payload["vct"].as_str().map(str::to_owned) else { return false };
        let others = [
            wanted.to_uppercase(),
            format!("{wanted}/"),
            wanted.chars().skip(1).collect::<String>() + "x",
            format!(" {wanted}"),
        ];
        if wanted.is_empty() {
            return false;
        }
        d.claim("vct", one(rng, &others).clone());
        d.vct = Some(wanted);
        true
    }),
    ("cnf without a usable key", KEY, |d, _, rng| {
        let cnfs = [
            json!(null),
            json!("x"),
            json!({}),
            json!([]),
            json!({"kid": "1"}),
            json!({"jwk": null}),
            json!({"jwk": "x"}),
            json!([{"jwk": {}}]),
        ];
        d.claim("cnf", one(rng, &cnfs).clone());
        true
    }),
    ("cnf absent", Refused(&[KeyBinding(Binding::Key), KeyBinding(Binding::Absent), Missing]), |d, _, _| {
        d.jwt.payload.as_object_mut().unwrap().remove("cnf").is_some()
    }),
    ("cnf.jwk odd", KEY, |d, _, rng| {
        let mut jwk = d.holder.jwk();
        let x = jwk["x"].as_str().unwrap().to_owned();
        match rng.gen_range(0..10) {
            0 => {
                jwk["kty"] =
                    one(rng, &[json!("RSA"), json!("oct"), json!("okp"), json!(null), json!("ec")]).clone()
            }
            1 => {
                jwk["crv"] = one(
                    rng,
                    &[json!("X25519"), json!("P-384"), json!("secp256k1"), json!("ed25519"), json!("p-256")],
                )
                .clone()
            }
            2 => jwk["x"] = format!("{x}=").into(),
            3 => jwk["x"] = x[..42].into(),
            4 => jwk["x"] = b64([1; 31]).into(),
            5 => jwk["x"] = b64([1; 33]).into(),
            6 => jwk["x"] = json!(1),
            7 if d.holder.is_ed() => jwk["x"] = b64(SMALL[rng.gen_range(0..SMALL.len())]).into(),
            7 => jwk["y"] = jwk["x"].clone(),
            8 if !d.holder.is_ed() => jwk["y"] = json!(null),
            _ => {
                let name = *one(rng, &["kty", "crv", "x"]);
                jwk.as_object_mut().unwrap().remove(name);
            }
        }
        d.claim("cnf", json!({"jwk": jwk}));
        true
    }),
    (
        "cnf.jwk with a number that is not reduced",
        Refused(&[KeyBinding(Binding::Key), KeyBinding(Binding::Signature)]),
        |d, _, rng| {
            // RFC 8032 §5.1.3 refuses y from 2^255 - 19; nobody knows a secret to one of these points.
            let mut y = [0xff; 32];
            y[0] = rng.gen_range(0xed..=0xff);
            y[31] = *one(rng, &[0x7f, 0xff]);
            d.claim("cnf", json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(y)}}));
            d.holder.is_ed()
        },
    ),
    ("cnf.jwk with its secret", KEY, |d, _, _| more_in_jwk(d, "d", b64([1; 32]).into())),
    ("cnf.jwk with more", Fine, |d, _, rng| {
        let others = [
            ("alg", json!(d.holder.algorithm())),
            ("use", json!("sig")),
            ("kid", json!("x")),
            ("x5u", json!("https://attacker.example")),
            ("key_ops", json!(["verify"])),
            ("key_ops", json!(["sign", "verify"])),
        ];
        let (name, value) = one(rng, &others).clone();
        more_in_jwk(d, name, value)
    }),
    ("cnf.jwk for something else", KEY, |d, _, rng| {
        let others = [
            ("alg", json!(if d.holder.is_ed() { "ES256" } else { "EdDSA" })),
            ("alg", json!(null)),
            ("use", json!("enc")),
            ("use", json!(["sig"])),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!([])),
            ("key_ops", json!("verify")),
        ];
        let (name, value) = one(rng, &others).clone();
        more_in_jwk(d, name, value)
    }),
    ("iss is no text", MALFORMED, |d, _, rng| {
        let iss = one(rng, &[json!(null), json!(1), json!(["https://issuer.example"]), json!({})]).clone();
        d.claim("iss", iss);
        true
    }),
    ("status of another form", MALFORMED, |d, _, rng| {
        let uri = "https://issuer.example/status/1";
        let status = [
            json!(null),
            json!("x"),
            json!([]),
            json!({"status_list": null}),
            json!({"status_list": {"idx": -1, "uri": uri}}),
            json!({"status_list": {"idx": "1", "uri": uri}}),
            json!({"status_list": {"idx": 1.5, "uri": uri}}),
            json!({"status_list": {"idx": 1}}),
            json!({"status_list": {"idx": 1, "uri": null}}),
        ];
        d.claim("status", one(rng, &status).clone());
        true
    }),
    ("status of another kind", Fine, |d, _, rng| {
        let status =
            [json!({}), json!({"other": 1}), json!({"status_list": {"idx": 0, "uri": "", "more": 1}})];
        d.claim("status", one(rng, &status).clone());
        true
    }),
    ("expired", Refused(&[Time]), |d, _, rng| {
        let exp = d.now - *one(rng, &[0, 1, 1000]);
        d.claim("exp", exp);
        true
    }),
    ("not yet", Refused(&[Time]), |d, _, rng| {
        let nbf = d.now + *one(rng, &[61, 62, 100_000]);
        let name = *one(rng, &["nbf", "iat"]);
        d.claim(name, nbf);
        true
    }),
    ("time of an odd type", MALFORMED, |d, _, rng| {
        let name = *one(rng, &["exp", "nbf", "iat"]);
        let now = d.now;
        let good = if name == "exp" { now + 100 } else { now - 100 };
        let times = [
            json!(good.to_string()),
            json!(null),
            json!(true),
            json!([good]),
            raw(format!("{good}.0")),
            raw(format!("{good}.5")),
            raw(format!("{good}e0")),
            json!(-1),
            raw("-0"),
            json!(253_402_300_800_i64),
            json!(u64::MAX),
            raw("1e10"),
            raw("99999999999999999999"),
            json!({}),
        ];
        let time = one(rng, &times).clone();
        d.claim(name, time);
        true
    }),
    ("time at its bounds", Fine, |d, _, rng| {
        let now = d.now;
        let (name, time) = *one(
            rng,
            &[
                ("exp", now + 1),
                ("exp", 253_402_300_799),
                ("nbf", now + 60),
                ("nbf", 0),
                ("iat", 0),
                ("iat", now + 60),
            ],
        );
        d.claim(name, time);
        true
    }),
    ("nonce empty on both sides", Refused(&[KeyBinding(Binding::Nonce)]), |d, _, _| {
        d.nonce = String::new();
        d.binding.payload["nonce"] = "".into();
        true
    }),
];

/// Points of small order on Ed25519.
const SMALL: [[u8; 32]; 3] = {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    minus_one[31] = 0x7f;
    [[0; 32], one, minus_one]
};

fn more_in_jwk(d: &mut Draft, name: &str, value: Value) -> bool {
    let Some(jwk) = d.jwt.payload.pointer_mut("/cnf/jwk").and_then(Value::as_object_mut) else {
        return false;
    };
    jwk.insert(name.to_owned(), value);
    true
}

fn with_bytes(d: &mut Draft, bytes: &[u8], rng: &mut StdRng) -> bool {
    with_text(d, b64(bytes), rng)
}

/// Shows this as a disclosure that is referred to from the top.
fn with_text(d: &mut Draft, text: String, rng: &mut StdRng) -> bool {
    d.refer_at(None, &Vec::new(), &digest(&text), false, rng);
    d.disclosures.push(Disclosure { text, parent: None, element: false });
    d.shown.push(d.disclosures.len() - 1);
    true
}

/// Hides a claim that must be visible.
fn hide(d: &mut Draft, shown: bool, rng: &mut StdRng) -> bool {
    let payload = d.jwt.payload.as_object_mut().unwrap();
    let mut names = vec!["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"];
    if !shown {
        names.retain(|name| payload.contains_key(*name));
    }
    let name = *one(rng, &names);
    let value = payload.remove(name).unwrap_or_else(|| json!(d.now));
    d.disclose_at(None, &Vec::new(), &json!([salt(rng), name, value]), false, rng);
    if !shown {
        let last = d.disclosures.len() - 1;
        d.shown.retain(|at| *at != last);
    }
    true
}

#[test]
fn nested_values_are_found() {
    let value = json!({"a": [{"b": {}}, [1]], "_sd": [{}]});
    assert_eq!(paths(&value, is_object).len(), 3);
    assert_eq!(paths(&value, is_array).len(), 2);
}
