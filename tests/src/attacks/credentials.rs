//! A01 to A18, on ratings and standings inside an answer, and on the record beside them.

use faam_spec::encoding::{b64, unb64};
use faam_spec::key::{Jwk, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::forged::digest;
use super::{Attempt, Attempts};
use crate::vectors::make::NOW;
use crate::vectors::make::fixtures_shown::{Case, World};

/// The two places where a credential stands.
const PLACES: [&str; 2] = ["standing", "ratings"];

fn stranger() -> SigningKey {
    SigningKey::from_seed(&[77; 32])
}

pub(super) fn attempts(all: &mut Vec<Attempt>) {
    let world = World::new("alpha", 1);
    let case = Case::ratings(&world.now, &[0], &["comment", "category"]);
    a01(&mut Attempts::new(all, "A01", &case));
    a02(&mut Attempts::new(all, "A02", &case));
    a03(&mut Attempts::new(all, "A03", &case));
    a04(&mut Attempts::new(all, "A04", &case));
    a05(&mut Attempts::new(all, "A05", &case));
    a05_each_as_the_other(&mut Attempts::new(all, "A05", &Case::ratings(&world.now, &[0], &[])));
    a06(&mut Attempts::new(all, "A06", &case));
    a07_a08(all, &case);
    a09(&mut Attempts::new(all, "A09", &case));
    a10(&mut Attempts::new(all, "A10", &case));
    a11(&mut Attempts::new(all, "A11", &case));
    a12(&mut Attempts::new(all, "A12", &case));
    a13(&mut Attempts::new(all, "A13", &case));
    a14_a15_a16(all, &case);
    a17(&mut Attempts::new(all, "A17", &case));
    a18(&mut Attempts::new(all, "A18", &case));
}

/// HMAC with SHA-256 (RFC 2104) under a key of at most 64 bytes.
fn hs256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> [u8; 64] { core::array::from_fn(|at| key.get(at).unwrap_or(&0) ^ with) };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

fn a01(set: &mut Attempts<'_>) {
    let code = "unsupported.algorithm";
    for id in PLACES {
        for alg in ["none", "None", "HS256", "ES256", "RS256", "eddsa", ""] {
            set.forge((&format!("{id} says alg {alg}"), id), code, move |forged| {
                forged.header["alg"] = json!(alg);
            });
        }
        set.forge((&format!("the key binding of the {id} says alg none"), id), code, |forged| {
            forged.kb_header["alg"] = json!("none");
        });
        set.forge((&format!("{id} under a MAC keyed with the public key"), id), code, |forged| {
            forged.header["alg"] = json!("HS256");
            let key = forged.issuer.verifying_key().to_bytes();
            forged.signature = Some(hs256(&key, forged.signing_input().as_bytes()));
        });
        set.forge((&format!("{id} with alg none and no signature"), id), code, |forged| {
            forged.header["alg"] = json!("none");
            forged.signature = Some(Vec::new());
        });
    }
}

fn a02(set: &mut Attempts<'_>) {
    for id in PLACES {
        set.forge((&format!("{id} without a signature"), id), "malformed.jws", |forged| {
            forged.signature = Some(Vec::new());
        });
        for at in [0, 31, 32, 63] {
            set.forge((&format!("{id} with bit {at} of its signature flipped"), id), "invalid.signature", {
                move |forged| {
                    let mut bytes = forged.signed_before();
                    bytes[at] ^= 1;
                    forged.signature = Some(bytes);
                }
            });
        }
        set.forge((&format!("{id} with another payload under its signature"), id), "invalid.signature", {
            |forged| {
                forged.signature = Some(forged.signed_before());
                forged.payload["market"] = json!("better");
            }
        });
        let code = "invalid.key_binding.signature";
        set.forge((&format!("the key binding of the {id} with another signature"), id), code, |forged| {
            forged.kb_signature = Some(stranger().sign(b"something else").to_bytes().to_vec());
        });
    }
    set.after("the record with a bit of its signature flipped", "invalid.signature", |value| {
        let record = &mut value["ledgers"][0]["record"];
        let text = record.as_str().unwrap();
        let (input, signature) = text.rsplit_once('.').unwrap();
        let mut bytes = unb64(signature, "record").unwrap();
        bytes[40] ^= 1;
        *record = json!(format!("{input}.{}", b64(bytes)));
    });
}

fn a03(set: &mut Attempts<'_>) {
    let own = Jwk::from(&stranger().verifying_key());
    for id in PLACES {
        for (name, value) in [
            ("jwk", json!(own)),
            ("jku", json!("http://127.0.0.1:9/keys")),
            ("x5u", json!("http://127.0.0.1:9/chain")),
            ("x5c", json!(["MIIB"])),
        ] {
            let brought = value.clone();
            set.forge((&format!("{id} brings {name}, signed by its issuer"), id), "", move |forged| {
                forged.header[name] = brought.clone();
                forged.kb_header[name] = brought.clone();
            });
            let brought = value.clone();
            let code = "invalid.signature";
            set.forge((&format!("{id} brings {name}, signed by that"), id), code, move |forged| {
                forged.header[name] = brought.clone();
                forged.issuer = stranger();
            });
            let code = "invalid.key_binding.signature";
            set.forge((&format!("the key binding of the {id} brings {name}"), id), code, move |forged| {
                forged.kb_header[name] = value.clone();
                forged.holder = stranger();
            });
        }
    }
}

fn a04(set: &mut Attempts<'_>) {
    for id in PLACES {
        let code = "unsupported.critical";
        set.forge((&format!("{id} with crit"), id), code, |forged| forged.header["crit"] = json!(["b64"]));
        set.forge((&format!("the key binding of the {id} with crit"), id), code, |forged| {
            forged.kb_header["crit"] = json!([]);
        });
        set.forge((&format!("{id} with typ twice"), id), "malformed.json", |forged| {
            let text = forged.header.to_string().replacen('{', r#"{"typ":"dc+sd-jwt","#, 1);
            forged.texts.0 = Some(text);
        });
        set.forge((&format!("{id} with market twice"), id), "malformed.json", |forged| {
            forged.texts.1 = Some(forged.payload.to_string().replacen('{', r#"{"market":"better","#, 1));
        });
    }
    set.sent("an answer with ledgers twice", "malformed.json", |text| {
        text.replacen('{', r#"{"ledgers":[],"#, 1).into_bytes()
    });
    set.sent("an answer with v under two spellings", "malformed.json", |text| {
        text.replacen('{', r#"{"\u0076":0,"#, 1).into_bytes()
    });
}

fn a05(set: &mut Attempts<'_>) {
    let code = "invalid.type";
    for id in PLACES {
        for typ in [json!("jwt"), json!("vc+sd-jwt"), json!("kb+jwt"), json!(1), Value::Null] {
            set.forge((&format!("{id} of typ {typ}"), id), code, move |forged| {
                forged.header["typ"] = typ.clone();
            });
        }
        let other = if id == "standing" { "urn:faam:rating:0" } else { "urn:faam:standing:0" };
        for vct in [json!(other), json!("urn:faam:rating:1"), json!(""), json!(7)] {
            set.forge((&format!("{id} of vct {vct}"), id), code, move |forged| {
                forged.payload["vct"] = vct.clone();
            });
        }
        set.forge((&format!("{id} without vct"), id), code, |forged| {
            forged.payload.as_object_mut().unwrap().remove("vct");
        });
        set.forge((&format!("the key binding of the {id} of another typ"), id), code, |forged| {
            forged.kb_header["typ"] = json!("dc+sd-jwt");
        });
    }
}

/// Each passed off as the other.
fn a05_each_as_the_other(set: &mut Attempts<'_>) {
    let code = "invalid.type";
    // What a standing must have is looked for first.
    set.after("the rating in the standing's place", "invalid.claim.missing", |value| {
        value["vp_token"]["standing"] = value["vp_token"]["ratings"].clone();
    });
    set.after("the standing in the rating's place", code, |value| {
        value["vp_token"]["ratings"] = value["vp_token"]["standing"].clone();
    });
}

fn a06(set: &mut Attempts<'_>) {
    for (time, code) in [
        (json!("1795262400"), "malformed.time"),
        (json!(1_795_262_400.5), "malformed.json"),
        (json!(-1), "malformed.time"),
        (json!(9_223_372_036_854_775_808_u64), "malformed.json"),
        (json!(253_402_300_800_i64), "malformed.time"),
        (Value::Null, "malformed.time"),
    ] {
        let value = time.clone();
        set.forge((&format!("a standing issued at {time}"), "standing"), code, move |forged| {
            forged.payload["iat"] = value.clone();
        });
        for id in PLACES {
            for name in ["iat", "exp", "nbf"] {
                let value = time.clone();
                set.forge((&format!("the key binding of the {id} with {name} {time}"), id), code, {
                    move |forged| forged.kb[name] = value.clone()
                });
            }
        }
    }
}

fn a07_a08(all: &mut Vec<Attempt>, case: &Case) {
    let (id, code) = ("ratings", "invalid.digest.repeated");
    let mut set = Attempts::new(all, "A07", case);
    set.forge(("one digest twice in _sd", id), code, |forged| {
        let first = forged.payload["_sd"][0].clone();
        forged.payload["_sd"].as_array_mut().unwrap().push(first);
    });
    set.forge(("one digest in _sd and in an object", id), code, |forged| {
        let first = forged.payload["_sd"][0].clone();
        forged.payload["more"] = json!({"_sd": [first]});
    });
    set.forge(("one digest in _sd and in an array", id), code, |forged| {
        forged.payload["_sd"].as_array_mut().unwrap().push(json!(digest("decoy")));
        forged.payload["more"] = json!([{"...": digest("decoy")}]);
    });
    set.forge(("one digest in _sd and in a disclosure", id), code, |forged| {
        let first = forged.payload["_sd"][0].clone();
        forged.disclose(&json!(["c2FsdA", "more", {"_sd": [first]}]));
    });
    set.forge(("one disclosure twice", id), code, |forged| {
        let first = forged.disclosures[0].clone();
        forged.disclosures.push(first);
    });
    let code = "invalid.disclosure.unreferenced";
    let mut set = Attempts::new(all, "A08", case);
    // Of a standing nothing is disclosed, whatever names it.
    for (id, code) in [("ratings", code), ("standing", "invalid.claim.hidden")] {
        set.forge((&format!("{id} with a disclosure that no digest names"), id), code, |forged| {
            forged.disclosures.push(b64(json!(["c2FsdA", "amount_band", "1000-"]).to_string()));
        });
    }
    set.forge(("a child without its parent", id), code, |forged| {
        let inner = b64(json!(["cw", "street", "x"]).to_string());
        let outer = b64(json!(["cx", "more", {"_sd": [digest(&inner)]}]).to_string());
        forged.payload["_sd"].as_array_mut().unwrap().push(json!(digest(&outer)));
        forged.disclosures.push(inner);
    });
}

fn a09(set: &mut Attempts<'_>) {
    for name in ["_sd", "...", "_sd_alg", "comment"] {
        set.forge((&format!("a disclosure named {name}"), "ratings"), "invalid.disclosure.name", {
            move |forged| forged.disclose(&json!(["c2FsdA", name, "x"]))
        });
    }
}

fn a10(set: &mut Attempts<'_>) {
    let id = "ratings";
    for bad in [
        json!(["cw"]),
        json!([]),
        json!({"a": 1}),
        json!(["cw", "comment", 1, 2]),
        json!([1, "a", "b"]),
        json!(["cw", 2, "b"]),
        json!(["cw", "b"]),
    ] {
        let name = format!("a disclosure {bad}");
        set.forge((&name, id), "invalid.disclosure.malformed", move |forged| forged.disclose(&bad));
    }
    for (name, code, text) in [
        ("text after a disclosure", "malformed.json", b64(r#"["cw","a","b"] x"#)),
        ("a disclosure that is not UTF-8", "malformed.json", b64(b"[\"cw\",\"a\",\"\xff\"]")),
        ("a padded disclosure", "malformed.base64url", format!("{}=", b64(r#"["cw","ab","b"]"#))),
        ("a disclosure in the other alphabet", "malformed.base64url", "WyJj+yIsImEiLCJiIl0".to_owned()),
        ("a disclosure with bits left over", "malformed.base64url", {
            let text = b64(r#"["cw","a","b"]"#);
            let last = text.chars().last().unwrap();
            let next = char::from(u8::try_from(u32::from(last)).unwrap() + 1);
            format!("{}{next}", &text[..text.len() - 1])
        }),
    ] {
        set.forge((name, id), code, move |forged| forged.disclose_text(text.clone()));
    }
    set.sent("text after the answer", "malformed.json", |text| format!("{text} x").into_bytes());
    set.sent("an answer that is not UTF-8", "malformed.json", |text| [text.as_bytes(), b"\xff"].concat());
    set.sent("a byte-order mark before the answer", "malformed.json", |text| {
        format!("\u{feff}{text}").into_bytes()
    });
}

fn a11(set: &mut Attempts<'_>) {
    let id = "ratings";
    set.forge(("a placeholder with company", id), "malformed", |forged| {
        forged.payload["more"] = json!([{"...": digest("x"), "also": 1}]);
    });
    set.forge(("_sd that is no list", id), "malformed", |forged| {
        forged.payload["more"] = json!({"_sd": digest("x")});
    });
    let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    set.forge(("a payload 17 deep", id), "too_large", move |forged| forged.payload["more"] = deep(16));
    set.forge(("disclosures within disclosures, 20 deep", id), "too_large", |forged| {
        let mut text = b64(json!(["s0", "a0", "end"]).to_string());
        for level in 1..20 {
            let of = digest(&text);
            forged.disclosures.push(text);
            text = b64(json!([format!("s{level}"), format!("a{level}"), {"_sd": [of]}]).to_string());
        }
        forged.disclose_text(text);
    });
    // Resolved as the RFC says, it is a part that ratings do not have.
    set.forge(("a disclosure within a disclosure", id), "ledger.entry", |forged| {
        let inner = b64(json!(["cw", "street", "x"]).to_string());
        forged.disclose(&json!(["cx", "more", {"_sd": [digest(&inner)]}]));
        forged.disclosures.push(inner);
    });
}

fn a12(set: &mut Attempts<'_>) {
    for alg in [json!("md5"), json!("sha-1"), json!("SHA-256"), json!("sha-512"), json!("none"), json!(1)] {
        for id in PLACES {
            let alg = alg.clone();
            set.forge((&format!("{id} with digests by {alg}"), id), "invalid.digest.algorithm", {
                move |forged| forged.payload["_sd_alg"] = alg.clone()
            });
        }
    }
}

fn a13(set: &mut Attempts<'_>) {
    for name in ["iss", "vct", "market", "entry", "cnf", "status"] {
        // Without the issuer there is no key to begin with.
        let code = if name == "iss" { "invalid.claim.missing" } else { "invalid.claim.hidden" };
        set.forge((&format!("a rating that hides {name}"), "ratings"), code, {
            move |forged| {
                let value = forged.payload.as_object_mut().unwrap().remove(name).unwrap();
                forged.disclose(&json!(["c2FsdA", name, value]));
            }
        });
    }
    for name in ["iat", "exp", "standing", "cnf", "status"] {
        set.forge((&format!("a standing that hides {name}"), "standing"), "invalid.claim.hidden", {
            move |forged| {
                let value = forged.payload.as_object_mut().unwrap().remove(name).unwrap_or(json!(NOW));
                forged.payload["_sd"] = json!([]);
                forged.disclose(&json!(["c2FsdA", name, value]));
            }
        });
    }
    set.forge(("a standing whose numbers are hidden and kept back", "standing"), "invalid.claim.missing", {
        |forged| {
            let value = forged.payload.as_object_mut().unwrap().remove("standing").unwrap();
            forged.payload["_sd"] = json!([digest(&b64(json!(["c2FsdA", "standing", value]).to_string()))]);
        }
    });
}

fn a14_a15_a16(all: &mut Vec<Attempt>, case: &Case) {
    let mut set = Attempts::new(all, "A14", case);
    for id in PLACES {
        set.forge((&format!("{id} without key binding"), id), "invalid.key_binding.missing", |forged| {
            forged.bound = false;
        });
    }
    let mut set = Attempts::new(all, "A15", case);
    for id in PLACES {
        set.forge((&format!("{id} bound by another key"), id), "invalid.key_binding.signature", |forged| {
            forged.holder = stranger();
        });
        set.forge((&format!("{id} bound by its issuer"), id), "invalid.key_binding.signature", |forged| {
            forged.holder = forged.issuer.clone();
        });
    }
    let mut set = Attempts::new(all, "A16", case);
    let code = "invalid.key_binding.sd_hash";
    set.forge(("disclosures in another order", "ratings"), code, |forged| {
        let text = forged.text();
        let parts: Vec<&str> = text.split('~').collect();
        let first = [parts[0], parts[1], parts[2], ""].join("~");
        forged.sd_hash = Some(digest(&first));
        forged.disclosures.swap(0, 1);
    });
    for id in PLACES {
        for hash in [String::new(), digest("other")] {
            set.forge((&format!("{id} bound over the hash '{hash}'"), id), code, move |forged| {
                forged.sd_hash = Some(hash.clone());
            });
        }
    }
    set.after("the key binding of the standing on the rating", code, |value| {
        let [standing, rating] = PLACES.map(|id| value["vp_token"][id][0].as_str().unwrap().to_owned());
        let own = rating.rfind('~').unwrap();
        let other = standing.rsplit('~').next().unwrap();
        value["vp_token"]["ratings"] = json!([format!("{}~{other}", &rating[..own])]);
    });
}

fn a17(set: &mut Attempts<'_>) {
    type Change = fn(&str) -> String;
    let nonces: [(&str, Change); 4] = [
        ("empty", |_| String::new()),
        ("cut short", |nonce| nonce[1..].to_owned()),
        ("with a space", |nonce| format!("{nonce} ")),
        ("another", |_| "n-0S6_WzA2Mj-8Qx1-of-elsewhere".to_owned()),
    ];
    let audiences: [(&str, Change); 5] = [
        ("empty", |_| String::new()),
        ("cut short", |audience| audience[..audience.len() - 1].to_owned()),
        ("with more after it", |audience| format!("{audience}x")),
        ("in capitals", str::to_uppercase),
        ("without its prefix", |audience| audience.replacen("decentralized_identifier:", "", 1)),
    ];
    for id in PLACES {
        for (name, change) in nonces {
            set.forge((&format!("{id} for a nonce that is {name}"), id), "invalid.key_binding.nonce", {
                move |forged| forged.kb["nonce"] = json!(change(forged.kb["nonce"].as_str().unwrap()))
            });
        }
        for (name, change) in audiences {
            let code = "invalid.key_binding.audience";
            set.forge((&format!("{id} for an audience that is {name}"), id), code, move |forged| {
                forged.kb["aud"] = json!(change(forged.kb["aud"].as_str().unwrap()));
            });
        }
    }
}

fn a18(set: &mut Attempts<'_>) {
    for id in PLACES {
        for (seconds, code) in [
            (-300, ""),
            (60, ""),
            (-301, "invalid.key_binding.stale"),
            (-86_400, "invalid.key_binding.stale"),
            (61, "invalid.key_binding.future"),
            (86_400, "invalid.key_binding.future"),
        ] {
            set.forge((&format!("{id} bound {seconds} s from now"), id), code, move |forged| {
                forged.kb["iat"] = json!(forged.kb["iat"].as_i64().unwrap() + seconds);
            });
        }
    }
}
