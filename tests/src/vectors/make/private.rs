//! Private standings: `spec/text/private.md`.
//!
//! Signatures come out the same each time. Proofs do not: those that are needed are kept in `spec/vectors/private-standing`.

use std::collections::BTreeMap;

use faam_spec::bbs::{Blinded, Commitment, Entropy, KeyPair, SecretScalar};
use faam_spec::did::Did;
use faam_spec::domain::label_private;
use faam_spec::encoding::multi;
use faam_spec::grid::Steps;
use faam_spec::key::{RootSeed, SigningKey};
use faam_spec::private::{self, WalletSecrets};
use faam_spec::signed::Signer;
use serde_json::{Value, json};

use super::Cases;
use super::fixtures_shown::{WEEK, record_hash, sign_record};
use crate::vectors::Vector;
use crate::vectors::private_standing::{Case, Scene, on_disk, scenes, unhex};

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("private");
    let kept = on_disk().expect("the proofs are kept in spec/vectors/private-standing");
    let scenes: BTreeMap<&str, Scene> = scenes().into_iter().map(|scene| (scene.id, scene)).collect();
    terms(&mut cases, &scenes["two"]);
    groups(&mut cases, &scenes["two"]);
    signatures(&mut cases, &scenes);
    proofs(&mut cases, &scenes, &kept);
    compared(&mut cases, &scenes);
    cases.done()
}

/// The record as signed by the issuer of a scene, with a change in what it says.
fn signed(scene: &Scene, change: impl FnOnce(&mut Value)) -> String {
    let record = scene.record();
    let mut payload = json!(record);
    change(&mut payload);
    sign_record(&payload, &Signer::from_key(SigningKey::from_seed(&[scene.issuer(); 32])))
}

fn reading(scene: &Scene, change: impl FnOnce(&mut Value)) -> Value {
    json!({"operation": "epoch_record", "text": signed(scene, change)})
}

fn terms(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-PRIVATE-2";
    cases.accept(req, "terms", "The terms of private standings.", reading(scene, |_| ()));
    let without = reading(scene, |record| {
        record.as_object_mut().unwrap().remove("private").unwrap();
    });
    cases.accept(req, "terms-none", "A market without private standings.", without);
    for (id, member, value) in [
        ("suite", "suite", json!("bbs-08+blind-01+nym-02/BLS12-381-SHA-256")),
        ("suite-shake", "suite", json!("bbs-08+blind-01+nym-01/BLS12-381-SHAKE-256")),
        ("suite-empty", "suite", json!("")),
        ("grid", "grid", json!(2)),
        ("grid-0", "grid", json!(0)),
        ("messages", "messages", json!(53)),
        ("messages-more", "messages", json!(55)),
        ("messages-large", "messages", json!(4_294_967_350_u64)),
    ] {
        let description = format!("The terms say {value} for `{member}`.");
        let input = reading(scene, |record| record["private"][member] = value);
        cases.refuse(req, &format!("terms-{id}"), "private.terms", &description, input);
    }
}

fn groups(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-PRIVATE-3";
    let row = |steps: Value, accounts: u64| json!({"steps": steps, "accounts": accounts});
    let steps = |count: u8, bound: u8| json!([count, 0, 0, 0, 0, 0, 0, 0, bound, 0]);
    let of = |rows: Value| reading(scene, |record| record["private"]["groups"]["seller"] = rows);
    // As many rows as asked for, all different and in order.
    let many = |count: u8| -> Vec<Value> {
        (0..count).map(|n| row(json!([n / 56, n / 8 % 7, n % 8, 0, 0, 0, 0, 0, 0, 0]), 20)).collect()
    };
    cases.accept(req, "rows", "Two rows.", of(json!([row(steps(1, 0), 20), row(steps(2, 0), 40)])));
    cases.accept(req, "rows-200", "200 rows.", of(json!(many(200))));
    let bound = |bound: u64| reading(scene, |record| record["private"]["bound"] = json!(bound));
    cases.accept(req, "bound-20", "20 ledgers are bound, or up to 39.", bound(20));
    cases.refuse(req, "rows-201", "too_large", "201 rows.", of(json!(many(201)))).attack("A26");
    let two_roles = reading(scene, |record| {
        record["private"]["groups"] = json!({"buyer": many(101), "seller": many(100)});
    });
    cases.refuse(req, "rows-roles", "too_large", "201 rows of two roles.", two_roles);
    for (id, description, rows) in [
        ("few", "A row of 19 accounts.", json!([row(steps(1, 0), 19)])),
        ("odd", "A row of 21 accounts, which is no multiple of 20.", json!([row(steps(1, 0), 21)])),
        ("none", "A row of no account.", json!([row(steps(1, 0), 0)])),
        ("order", "Rows that are not in order.", json!([row(steps(2, 0), 20), row(steps(1, 0), 20)])),
        ("twice", "A row that stands twice.", json!([row(steps(1, 0), 20), row(steps(1, 0), 20)])),
        ("bound", "A row that tells a step of the binding.", json!([row(steps(1, 1), 20)])),
        ("step", "A row of a step that there is not.", json!([row(steps(8, 0), 20)])),
        ("short", "A row of nine steps.", json!([row(json!([1, 0, 0, 0, 0, 0, 0, 0, 0]), 20)])),
        (
            "member",
            "A row with a member more.",
            json!([{"steps": steps(1, 0), "accounts": 20, "holder": "7"}]),
        ),
    ] {
        cases.refuse(req, &format!("row-{id}"), "malformed", description, of(rows));
    }
    cases.refuse(
        req,
        "bound-19",
        "malformed",
        "19 ledgers are bound, which is no multiple of 20.",
        bound(19),
    );
    cases.refuse(
        req,
        "bound-21",
        "malformed",
        "21 ledgers are bound, which is no multiple of 20.",
        bound(21),
    );
    among(cases, scene);
}

/// No more are counted than there are accounts.
fn among(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-PRIVATE-3";
    let steps = |count: u8| json!([count, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let rows = |counts: &[u64]| -> Value {
        let row = |(n, accounts)| json!({"steps": steps(n), "accounts": accounts});
        (1..).zip(counts).map(row).collect()
    };
    let of = |size: u64, bound: u64, buyers: &[u64], sellers: &[u64]| {
        reading(scene, |record| {
            record["accounts"]["size"] = json!(size);
            record["private"]["bound"] = json!(bound);
            record["private"]["groups"] = json!({"buyer": rows(buyers), "seller": rows(sellers)});
        })
    };
    let all = "Each role counts every account there is, and all are bound.";
    cases.accept(req, "among-all", all, of(40, 40, &[40], &[20, 20]));
    let most = ((1_u64 << 53) - 1) / 20 * 20;
    for (id, description, input) in [
        ("bound", "More ledgers are bound than there are accounts.", of(39, 40, &[20], &[])),
        ("row", "A row counts more accounts than there are.", of(40, 20, &[20], &[60])),
        ("rows", "Rows of a role together count more accounts than there are.", of(40, 20, &[40], &[20, 40])),
        ("none", "A market without accounts counts some.", of(0, 0, &[], &[20])),
        ("large", "Rows count as many as a number can say.", of(10_000, 20, &[], &[most, most])),
    ] {
        cases.refuse(req, &format!("among-{id}"), "malformed", description, input);
    }
}

/// A commitment of which everything is known: the first of the draft's own vectors.
fn published() -> Value {
    let text = include_str!("../../../../spec/vectors/external/bbs-pseudonym/bls12-381-sha-256.json");
    serde_json::from_str(text).unwrap()
}

fn given(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

/// A wallet's secrets that everybody knows, and the market's part: those of the draft's own vectors.
pub(super) fn known_secrets() -> (WalletSecrets, Entropy) {
    let set = published();
    let case = &set["nym_commit_cases"][0];
    let scalar = |value: &Value| -> [u8; 32] { given(value).try_into().unwrap() };
    let secrets = WalletSecrets {
        commitment: Commitment::from_bytes(given(&case["commitment_with_proof"]).try_into().unwrap()),
        blind: SecretScalar::from_bytes(scalar(&case["secret_prover_blind"])),
        prover_nym: SecretScalar::from_bytes(scalar(&set["prover_nym"])),
    };
    (secrets, Entropy::from_bytes(scalar(&set["signer_nym_entropy"])))
}

const STEPS: [u8; 10] = [6, 4, 8, 5, 3, 4, 4, 3, 2, 1];

/// The signature of a market over these messages.
fn sign(key: &KeyPair, header: &[u8], messages: &[Vec<u8>], entropy: &Entropy) -> String {
    let commitment = given(&published()["nym_commit_cases"][0]["commitment_with_proof"]);
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let blinded = Blinded::Nym(&commitment, entropy);
    faam_bbs::backend().sign(key, header, &messages, &blinded).unwrap().to_string()
}

fn opening(scene: &Scene, signature: &str) -> Value {
    let set = published();
    let case = &set["nym_commit_cases"][0];
    let bytes = |value: &Value| json!({"base64url": faam_spec::encoding::b64(given(value))});
    json!({
        "operation": "private_signature", "record": signed(scene, |_| ()), "role": scene.role(), "steps": STEPS,
        "signature": signature, "commitment": multi(given(&case["commitment_with_proof"])),
        "blind": bytes(&case["secret_prover_blind"]), "prover_nym": bytes(&set["prover_nym"]),
        "entropy": multi(given(&set["signer_nym_entropy"])),
    })
}

/// The root of the phrase "abandon abandon … about", as BIP39's own test vectors and many wallets have it.
const ROOT: &str = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1\
                    9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";

/// The secrets of bindings, made from the phrase.
pub(super) fn derived(cases: &mut Cases) {
    let bytes = |bytes: &[u8]| json!({"base64url": faam_spec::encoding::b64(bytes)});
    let did = Did::from_key(&SigningKey::from_seed(&[3; 32]).verifying_key());
    let webvh = format!("did:webvh:Qm{}:shop.example", "b".repeat(44));
    for (id, description, persona, issuer, day, number) in [
        ("first", "The secrets of a binding, made from the phrase.", 0_u32, did.as_str(), "2026-03-01", 0_u8),
        ("second", "The second secrets of that day.", 0, did.as_str(), "2026-03-01", 1),
        ("last", "The last number that a day has.", 0, did.as_str(), "2026-03-02", 63),
        ("persona", "Another persona's.", 12, did.as_str(), "2026-03-01", 0),
        ("moved", "Of a did:webvh only what stays counts.", 0, &webvh, "2026-03-01", 0),
    ] {
        let stable = issuer.parse::<Did>().unwrap().stable_part().to_owned();
        let label = label_private(persona, &stable, "shop", day.parse().unwrap(), number);
        let root = RootSeed::new(unhex(ROOT).try_into().unwrap());
        let secrets = WalletSecrets::random(faam_bbs::backend(), &mut root.chance(&label)).unwrap();
        let input = json!({
            "operation": "private_secrets", "root": bytes(&unhex(ROOT)), "persona": persona, "issuer": issuer,
            "market": "shop", "day": day, "number": number, "commitment": secrets.commitment,
            "blind": bytes(secrets.blind.as_bytes()), "prover_nym": bytes(secrets.prover_nym.as_bytes()),
        });
        cases.accept("REQ-NAME-17", &format!("secrets-{id}"), description, input);
    }
}

fn changed(mut input: Value, name: &str, value: impl Into<Value>) -> Value {
    input[name] = value.into();
    input
}

fn signatures(cases: &mut Cases, scenes: &BTreeMap<&str, Scene>) {
    let scene = &scenes["two"];
    let entropy: [u8; 32] = given(&published()["signer_nym_entropy"]).try_into().unwrap();
    let entropy = Entropy::from_bytes(entropy);
    let messages = |steps: [u8; 10]| Steps::new(steps).unwrap().messages();
    let header = |scene: &Scene| private::header(&scene.record(), &scene.role()).unwrap();
    let of = |other: &Scene, messages: &[Vec<u8>]| sign(&other.key(), &header(other), messages, &entropy);
    let right = opening(scene, &of(scene, &messages(STEPS)));
    let code = "private.signature";

    let req = "REQ-PRIVATE-7";
    cases.accept(req, "signature", "The signature that the wallet computes with.", right.clone());
    let mut more = STEPS;
    more[0] += 1;
    for (id, description, input) in [
        (
            "steps-more",
            "The market signed a milestone more than the wallet computed.",
            opening(scene, &of(scene, &messages(more))),
        ),
        (
            "steps-none",
            "The market signed that nothing is reached.",
            opening(scene, &of(scene, &messages([0; 10]))),
        ),
        ("entropy", "Opened with another entropy.", changed(right.clone(), "entropy", multi([1; 32]))),
        (
            "blind",
            "Opened with another blind.",
            changed(right.clone(), "blind", json!({"repeat": "\u{1}", "times": 32})),
        ),
        (
            "nym",
            "Opened with another secret.",
            changed(right.clone(), "prover_nym", json!({"repeat": "\u{1}", "times": 32})),
        ),
        (
            "identity",
            "The signature's point is the identity.",
            changed(
                right.clone(),
                "signature",
                multi([[0xc0].as_slice(), &[0; 46], &[0; 32], &[1]].concat()),
            ),
        ),
        ("zero", "The signature's bytes are 0.", changed(right.clone(), "signature", multi([0; 80]))),
    ] {
        cases.refuse(req, &format!("signature-{id}"), code, description, input);
    }

    let req = "REQ-GRID-2";
    cases.accept(req, "message", "The messages are written as the page says.", right);
    for (id, description, between) in [
        ("colon", "The market signed messages with a colon.", ": "),
        ("spaces", "The market signed messages with two spaces.", "  "),
        ("bare", "The market signed messages without a space.", ""),
    ] {
        let written: Vec<Vec<u8>> = messages(STEPS)
            .iter()
            .map(|message| String::from_utf8(message.clone()).unwrap().replace(' ', between).into_bytes())
            .collect();
        cases.refuse(req, &format!("message-{id}"), code, description, opening(scene, &of(scene, &written)));
    }

    let req = "REQ-PRIVATE-1";
    for (id, other, description) in [
        ("epoch", "renewed", "The signature is of the next epoch's header."),
        ("role", "role", "The signature is of another role's header."),
        ("market", "market", "The signature is of another market's header."),
        ("issuer", "issuer", "The signature is another issuer's."),
        ("days", "days", "The signature is of a header with epochs of a day."),
    ] {
        let input = opening(scene, &of(&scenes[other], &messages(STEPS)));
        cases.refuse(req, &format!("header-{id}"), code, description, input).attack("A29");
    }
    let own = [header(scene), b" 7".to_vec()].concat();
    let description = "A header of one person's own, with which the market would know them again.";
    let input = opening(scene, &sign(&scene.key(), &own, &messages(STEPS), &entropy));
    cases.refuse(req, "header-own", code, description, input).attack("A29");
}

fn showing(scene: &Scene, case: &Case) -> Value {
    let text = multi([unhex(&case.pseudonym), unhex(&case.proof)].concat());
    json!({
        "operation": "private_proof", "record": signed(scene, |_| ()), "role": scene.role(), "milestones": scene.milestones(),
        "verifier": scene.verifier(), "nonce": scene.nonce(), "text": text,
    })
}

fn proofs(cases: &mut Cases, scenes: &BTreeMap<&str, Scene>, kept: &BTreeMap<String, Case>) {
    let (malformed, refused) = ("private.malformed", "private.proof");
    let two = &scenes["two"];
    let right = || showing(two, &kept["two"]);
    // A case of the kept ones, before the reader who asked for the two milestones.
    let of = |id: &str| showing(two, &kept[id]);
    let add = |cases: &mut Cases, req: &str, code: &str, id: &str| {
        let description = kept[id].description.clone();
        cases.refuse(req, &format!("shown-{id}"), code, &description, of(id)).attack("A26");
    };

    let req = "REQ-PRIVATE-14";
    for scene in scenes.values() {
        let case = &kept[scene.id];
        cases.accept(req, &format!("shown-{}", scene.id), &case.description, showing(scene, case));
    }
    for id in [
        "abar-negated",
        "e-bit",
        "m-nym-bit",
        "challenge-bit",
        "points-swapped",
        "proof-holder",
        "pseudonym-holder",
        "proof-mixed",
        "forged-pairing",
    ] {
        add(cases, req, refused, id);
    }

    let req = "REQ-PRIVATE-20";
    for id in ["e-order", "m-first-largest", "challenge-order", "challenge-zero", "e-twice"] {
        add(cases, req, malformed, id);
    }
    for id in ["key-flag", "key-identity", "key-outside", "key-off-curve", "key-field", "key-field-second"] {
        let case = &kept[id];
        let mut input = right();
        let key = multi(unhex(&case.public_key));
        input["record"] = json!(signed(two, |record| record["private"]["key"] = json!(key)));
        cases.refuse(req, &format!("shown-{id}"), malformed, &case.description, input).attack("A26");
    }

    let req = "REQ-PRIVATE-13";
    for place in ["pseudonym", "abar", "bbar", "d"] {
        for kind in ["identity", "identity-more", "off-curve", "outside", "order-3", "over-field", "flag"] {
            add(cases, req, malformed, &format!("{place}-{kind}"));
        }
    }
    add(cases, req, malformed, "forged");
    add(cases, req, malformed, "pseudonym-order-3-fits");

    let req = "REQ-PRIVATE-12";
    for id in [
        "length-0",
        "length-points",
        "length-less",
        "length-more",
        "length-scalar-more",
        "length-scalar-less",
    ] {
        add(cases, req, malformed, id);
    }
    let long = json!({"concat": ["u", {"repeat": "AAAA", "times": 1_000_000}]});
    cases
        .refuse(req, "shown-4mb", malformed, "Four million characters.", changed(right(), "text", long))
        .attack("A26");

    let req = "REQ-PRIVATE-9";
    for (id, code, description, asked) in [
        ("less", malformed, "One milestone was asked for, two are shown.", json!(["count>=50"])),
        (
            "more",
            malformed,
            "Three were asked for, two are shown.",
            json!(["count>=50", "mean>=875", "disputes=0"]),
        ),
        ("higher", refused, "A higher milestone was asked for.", json!(["count>=100", "mean>=875"])),
        ("lower", refused, "A lower milestone was asked for.", json!(["count>=20", "mean>=875"])),
        ("other", refused, "Another metric was asked for.", json!(["count>=50", "disputes=0"])),
    ] {
        cases.refuse(req, &format!("asked-{id}"), code, description, changed(right(), "milestones", asked));
    }

    let req = "REQ-PRIVATE-1";
    let record = |change: &dyn Fn(&mut Value)| changed(right(), "record", signed(two, change));
    for (id, description, input) in [
        (
            "epoch",
            "The record is of the next epoch.",
            changed(right(), "record", signed(&scenes["renewed"], |_| ())),
        ),
        ("market", "The record is of another market.", record(&|it| it["market"] = json!("beta"))),
        ("role", "Asked for in another role.", changed(right(), "role", "buyer")),
        (
            "issuer",
            "The record is of another issuer.",
            changed(right(), "record", signed(&scenes["issuer"], |_| ())),
        ),
        (
            "key",
            "The record names another key.",
            record(&|it| it["private"]["key"] = json!(scenes["issuer"].key().public)),
        ),
    ] {
        cases.refuse(req, &format!("record-{id}"), refused, description, input).attack("A29");
    }

    let req = "REQ-PRIVATE-10";
    let webvh = &scenes["webvh"];
    let verifier = |scene: &Scene, verifier: &Scene| {
        changed(showing(scene, &kept[scene.id]), "verifier", json!(verifier.verifier()))
    };
    for (id, description, input) in [
        ("verifier", "Shown to another verifier.", verifier(two, &scenes["verifier"])),
        ("webvh", "Shown to a verifier with a did:webvh.", verifier(two, webvh)),
        ("key", "Shown to a verifier with a did:key.", verifier(webvh, two)),
        ("pseudonym", "The pseudonym at another verifier.", of("pseudonym-context")),
    ] {
        cases.refuse(req, &format!("context-{id}"), refused, description, input).attack("A25");
    }

    let req = "REQ-PRIVATE-11";
    for (id, description, input) in [
        ("nonce", "Another nonce.", changed(right(), "nonce", "another-nonce_01")),
        ("nonce-empty", "No nonce.", changed(right(), "nonce", "")),
        ("host", "The same verifier at another host.", verifier(webvh, &scenes["webvh-moved"])),
        (
            "host-back",
            "The verifier at the host from which it moved.",
            verifier(&scenes["webvh-moved"], webvh),
        ),
    ] {
        cases.refuse(req, &format!("presentation-{id}"), refused, description, input).attack("A25");
    }

    let req = "REQ-GRID-2";
    for id in ["form-colon", "form-spaces", "form-bare"] {
        let description = kept[id].description.clone();
        cases.refuse(req, &format!("shown-{id}"), refused, &description, of(id));
    }
}

/// The record that a wallet has, beside the one that others get.
fn compared(cases: &mut Cases, scenes: &BTreeMap<&str, Scene>) {
    let req = "REQ-PRIVATE-16";
    let scene = &scenes["two"];
    let text = |change: &dyn Fn(&mut Value)| signed(scene, change);
    let comparing =
        |held: &str, other: &str| json!({"operation": "epoch_compare", "held": held, "text": other});
    // So many epochs later or earlier, after this record.
    let moved = |epochs: i64, prev: Option<&str>| {
        text(&|record| {
            record["epoch"] = json!(record["epoch"].as_i64().unwrap() + epochs);
            record["iat"] = json!(record["iat"].as_i64().unwrap() + epochs * WEEK);
            if let Some(prev) = prev {
                record["prev"] = json!(record_hash(prev));
            }
        })
    };
    let held = text(&|_| ());
    cases.accept(req, "compared", "Others get the same record.", comparing(&held, &held));
    let next = moved(1, Some(&held));
    cases.accept(req, "compared-next", "Others get the next record.", comparing(&held, &next));
    let later = moved(3, Some(&next));
    cases.accept(
        req,
        "compared-later",
        "Others get a record of three epochs later.",
        comparing(&held, &later),
    );
    cases.accept(req, "compared-before", "Others get the record before still.", comparing(&next, &held));
    let mut bad = |id: &str, description: &str, other: &str| {
        cases
            .refuse(req, &format!("compared-{id}"), "epoch.forked", description, comparing(&held, other))
            .attack("A29");
    };
    let other = scenes["issuer"].key().public;
    bad("key", "Others get a record with another key.", &text(&|it| it["private"]["key"] = json!(other)));
    bad(
        "bound",
        "Others get a record in which more are bound.",
        &text(&|it| it["private"]["bound"] = json!(20)),
    );
    bad(
        "none",
        "Others get a record without private standings.",
        &text(&|it| {
            it.as_object_mut().unwrap().remove("private").unwrap();
        }),
    );
    bad(
        "rows",
        "Others get a record with a row more.",
        &text(&|it| {
            it["private"]["groups"] =
                json!({"seller": [{"steps": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "accounts": 20}]});
        }),
    );
    bad("accounts", "Others get a record of another tree.", &text(&|it| it["accounts"]["size"] = json!(1)));
    bad(
        "second",
        "Others get a record that was signed a second later.",
        &text(&|it| {
            it["iat"] = json!(it["iat"].as_i64().unwrap() + 1);
        }),
    );
    bad("prev", "Others get a later record with the same predecessor.", &moved(1, None));
}
