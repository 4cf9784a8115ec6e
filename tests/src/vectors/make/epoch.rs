//! Epoch records and their chain: `spec/text/epoch.md`.

use faam_spec::encoding::b64;
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::signed::Signer;
use faam_spec::time::EpochLength;
use faam_spec::tree::Tree;
use serde_json::{Value, json};

use super::fixtures_shown::{
    SIGNED, WEEK, World, at, compact, historic, next_record, record_hash, sign_record,
};
use super::{Cases, NOW};
use crate::vectors::{Vector, long};

/// The market's record of the current week, and its signer.
struct Scene {
    record: Value,
    before: String,
    signer: Signer,
}

impl Scene {
    fn changed(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut record = self.record.clone();
        change(&mut record);
        sign_record(&record, &self.signer)
    }

    fn read(&self, change: impl FnOnce(&mut Value)) -> Value {
        reading(&self.changed(change))
    }

    /// The record with `change`, of epochs of another length, signed as one begins.
    fn of_length(&self, seconds: i64, change: impl FnOnce(&mut Value)) -> String {
        self.changed(|record| {
            let length = EpochLength::new(seconds).unwrap();
            let epoch = length.number_at(at(SIGNED));
            record["epoch_seconds"] = json!(seconds);
            record["epoch"] = json!(epoch);
            record["iat"] = json!(length.start_of(epoch));
            change(record);
        })
    }
}

fn reading(text: &str) -> Value {
    json!({"operation": "epoch_record", "text": compact(text)})
}

fn following(text: &str, known: &str) -> Value {
    json!({"operation": "epoch_chain", "text": text, "known": known})
}

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("epoch");
    let world = World::new("alpha", 1);
    let scene = Scene {
        record: payload(&world.now.record_text()),
        before: world.before.record_text(),
        signer: world.now.signer,
    };
    length(&mut cases, &scene);
    signature(&mut cases, &scene);
    own_keys(&mut cases, &scene);
    began(&mut cases, &scene);
    bounds(&mut cases, &scene);
    chain(&mut cases, &scene);
    broken_chain(&mut cases, &scene);
    cases.done()
}

fn payload(text: &str) -> Value {
    super::fixtures_shown::payload_of(text)
}

fn length(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-EPOCH-1";
    for (id, seconds, description) in [
        ("hour", 3600, "Epochs of an hour, the shortest there may be."),
        ("quarter", 92 * 86_400, "Epochs of 92 days, the longest there may be."),
        ("day", 86_400, "Epochs of a day."),
    ] {
        cases.accept(req, id, description, reading(&scene.of_length(seconds, |_| ())));
    }
    cases.accept(req, "week", "Epochs of a week.", scene.read(|_| ()));
    for (id, seconds, description) in [
        ("short", 3599, "Epochs of a second less than an hour."),
        ("long", 92 * 86_400 + 1, "Epochs of a second more than 92 days."),
        ("zero", 0, "Epochs without length."),
        ("negative", -WEEK, "Epochs of a negative length."),
        ("huge", 9_007_199_254_740_991, "Epochs of the largest length that can be written."),
    ] {
        // Epoch 0 began before it was signed, whatever its length.
        let text = scene.changed(|record| {
            record["epoch_seconds"] = json!(seconds);
            record["epoch"] = json!(0);
        });
        cases.refuse(req, id, "malformed.time", description, reading(&text));
    }
}

fn own_keys(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-EPOCH-11";
    let (own, did) = (scene.signer.key_id(), scene.signer.did());
    let stranger = Signer::from_key(SigningKey::from_seed(&[8; 32]));
    for (id, description, keys) in [
        ("key-other", "A key of somebody else.", json!([stranger.key_id()])),
        ("key-beside", "A key of somebody else beside the issuer's own.", json!([own, stranger.key_id()])),
        ("key-did", "The issuer's DID without a key.", json!([did])),
        (
            "key-longer",
            "A key of a DID of which the issuer's is the beginning.",
            json!([format!("{did}1#one")]),
        ),
        ("key-text", "A text that is no key id.", json!(["key-1"])),
    ] {
        cases.refuse(req, id, "invalid.issuer", description, scene.read(|record| record["keys"] = keys));
    }
    let two = scene.read(|record| record["keys"] = json!([own, format!("{did}#next")]));
    cases.accept(req, "keys-two", "Two keys of the issuer.", two);
    let bare = scene.read(|record| record["keys"] = json!([own, format!("{did}#")]));
    cases.accept(req, "keys-bare", "The issuer's DID and # with nothing after it, beside its key.", bare);
}

fn signature(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-EPOCH-2";
    let good = scene.changed(|_| ());
    let parts: Vec<&str> = good.split('.').collect();
    cases.accept(
        req,
        "first",
        "The first record of a market, which names none before.",
        reading(&scene.before),
    );
    let mut bad = |id: &str, description: &str, text: String| {
        let vector = cases.refuse(req, id, "invalid.signature", description, reading(&text));
        if id != "other-key" {
            vector.attack("A02");
        }
    };
    let stranger = SigningKey::from_seed(&[8; 32]);
    let signed = |header: &str, payload: &str, key: &SigningKey| {
        let signed = format!("{header}.{payload}");
        let signature = b64(key.sign(signed.as_bytes()).to_bytes());
        format!("{signed}.{signature}")
    };
    bad(
        "other-key",
        "Signed by another key than the one that is named.",
        signed(parts[0], parts[1], &stranger),
    );
    let mut more = scene.record.clone();
    more["accounts"]["size"] = json!(4);
    let more = [parts[0], &b64(more.to_string()), parts[2]].join(".");
    bad("changed", "The number of accounts was changed after it was signed.", more);
    let other = scene.before.rsplit_once('.').unwrap().1;
    bad("moved", "With the signature of the record before.", [parts[0], parts[1], other].join("."));
    bad(
        "no-signature",
        "With a signature of nothing but zeros.",
        [parts[0], parts[1], &b64([0; 64])].join("."),
    );
    let own = scene.signer.key_id();
    let elsewhere = Signer::from_key(stranger.clone());
    let payload = parts[1];
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
            Some(own.split_once('#').unwrap().0),
            scene.signer.key(),
            "The key is named by the DID alone.",
        ),
        (
            "fragment",
            Some(own.split_once('#').unwrap().1),
            scene.signer.key(),
            "The key is named without the DID.",
        ),
    ] {
        let mut header = json!({"alg": "EdDSA", "typ": "faam-epoch+jwt"});
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let text = signed(&b64(header.to_string()), payload, key);
        cases.refuse(req, id, "invalid.issuer", description, reading(&text));
    }
    history(cases, scene);
}

/// Records of an issuer whose key was changed between two epochs.
fn history(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-EPOCH-2";
    let change = SIGNED - 3600;
    let (old, old_part) = historic("market.example", "one", 6, change - WEEK, Some(change));
    let (new, new_part) = historic("market.example", "two", 7, change, None);
    let mut histories = json!({});
    histories[old.did().as_str()] = json!([old_part, new_part]);
    let read = |signer: &Signer, signed: i64| {
        let mut record = scene.record.clone();
        record["iss"] = json!(signer.did());
        record["keys"] = json!([signer.key_id()]);
        record["iat"] = json!(signed);
        let text = sign_record(&record, signer);
        json!({"operation": "epoch_record", "text": text, "histories": histories})
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

fn began(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-EPOCH-3";
    let begins = EpochLength::WEEK.start_of(scene.record["epoch"].as_u64().unwrap()).seconds();
    let signed = |at: i64| scene.read(|record| record["iat"] = json!(at));
    cases.accept(req, "at-once", "Signed in the second in which its epoch began.", signed(begins));
    cases.accept(req, "last", "Signed in the last second of its epoch.", signed(begins + WEEK - 1));
    for (id, at, description) in [
        ("early", begins - 1, "Signed a second before its epoch began."),
        ("early-week", begins - WEEK, "Signed a week before its epoch began."),
        ("early-ever", 0, "Signed in 1970."),
    ] {
        cases.refuse(req, id, "epoch.chain", description, signed(at));
    }
    let text = scene.of_length(3600, |record| {
        record["epoch"] = json!(record["epoch"].as_u64().unwrap() + 1);
    });
    cases.refuse(
        req,
        "early-hour",
        "epoch.chain",
        "Signed an hour before its epoch of an hour began.",
        reading(&text),
    );
}

fn bounds(cases: &mut Cases, scene: &Scene) {
    let req = "REQ-EPOCH-4";
    let lists = |count: usize| {
        let list = |n| json!({"uri": format!("urn:faam:status:{n}"), "hash": Hash::of(b"list\n", &[n])});
        let lists: Vec<Value> = (0..u8::try_from(count).unwrap()).map(list).collect();
        scene.read(|record| record["status"] = json!(lists))
    };
    cases.accept(req, "lists-64", "As many status lists as there may be.", lists(64));
    cases.accept(req, "lists-none", "A market without status lists.", lists(0));
    cases.accept(
        req,
        "no-accounts",
        "A market without accounts: the root of an empty tree is SHA-256 of nothing.",
        scene.read(|record| record["accounts"] = json!(Tree::new().head())),
    );
    let padded = |bytes: usize| {
        let padded = |n: usize| {
            scene.changed(|record| {
                record["status"][0]["uri"] = json!(format!("urn:faam:status:{}", "a".repeat(n)))
            })
        };
        let missing = (bytes - padded(0).len()) * 3 / 4;
        padded(missing)
    };
    let largest = (32_760..=32_768).rev().map(padded).find(|text| text.len() <= 32_768).unwrap();
    let smallest = (32_768..32_780).map(padded).find(|text| text.len() > 32_768).unwrap();
    assert!(smallest.len() - largest.len() < 4);
    cases.accept(req, "largest", "A record of 32,768 bytes or one byte less.", reading(&largest));
    for (id, description, uri) in [
        ("https", "A list is named at a web address.", "https://market.example/status/1"),
        ("case", "A list is named under an address in capitals.", "URN:FAAM:STATUS:1"),
        ("empty", "A list is named without an address.", ""),
    ] {
        let input = scene.read(|record| record["status"][0]["uri"] = json!(uri));
        let id = format!("list-{id}");
        cases.refuse("REQ-STATUS-14", &id, "status.invalid", description, input).attack("A37");
    }
    cases.refuse(req, "lists-65", "too_large", "One status list too many.", lists(65)).attack("A85");
    cases.refuse(req, "lists-200", "too_large", "Two hundred status lists.", lists(200)).attack("A85");
    cases
        .refuse(req, "large", "too_large", "A record of a byte or two too many.", reading(&smallest))
        .attack("A85");
    let junk = json!({"operation": "epoch_record", "text": long("", "a.b.", 10_000, "")});
    cases
        .refuse(req, "junk", "too_large", "Ten thousand times four bytes that are no record.", junk)
        .attack("A85");
}

fn chain(cases: &mut Cases, scene: &Scene) {
    let known = scene.changed(|_| ());
    let next = next_record(&known, &scene.signer);
    let sign = |record: &Value| sign_record(record, &scene.signer);
    let mut later = next.clone();
    later["epoch"] = json!(next["epoch"].as_u64().unwrap() + 1);
    later["iat"] = json!(next["iat"].as_i64().unwrap() + WEEK);
    cases.accept(
        "REQ-EPOCH-9",
        "next",
        "The next epoch, which names the known record.",
        following(&sign(&next), &known),
    );
    cases.accept("REQ-EPOCH-7", "same", "The very record that is known.", following(&known, &known));
    cases.accept(
        "REQ-EPOCH-9",
        "skipped",
        "A later epoch, which names the known record: the market published nothing in between.",
        following(&sign(&later), &known),
    );
    let mut gap = later.clone();
    gap["prev"] = json!(record_hash(&sign(&next)));
    cases.accept(
        "REQ-EPOCH-9",
        "gap",
        "A later epoch, which names a record that is not known.",
        following(&sign(&gap), &known),
    );
    let mut last = next.clone();
    last["final"] = json!(true);
    cases.accept(
        "REQ-EPOCH-8",
        "final",
        "The final record, in the next epoch.",
        following(&sign(&last), &known),
    );

    let req = "REQ-EPOCH-7";
    let mut forked = |id: &str, description: &str, record: &Value, known: &str| {
        cases.refuse(req, id, "epoch.forked", description, following(&sign(record), known)).attack("A34");
    };
    let mut other = scene.record.clone();
    other["accounts"]["size"] = json!(4);
    forked("same-epoch", "Another record of the same epoch and with the same predecessor.", &other, &known);
    other["prev"] = json!(Hash::of(b"other\n", b""));
    forked(
        "other-prev",
        "Another record of the same epoch, which names another predecessor.",
        &other,
        &known,
    );
    let mut again = next.clone();
    again["prev"] = scene.record["prev"].clone();
    forked(
        "same-prev",
        "The next epoch, which names the same predecessor as the known record.",
        &again,
        &known,
    );
    let mut redated = scene.record.clone();
    redated["iat"] = json!(SIGNED + 1);
    forked("redated", "The same, signed again a second later.", &redated, &known);
    let mut first = next.clone();
    first.as_object_mut().unwrap().remove("prev");
    forked("two-first", "Two records that both name none before.", &first, &scene.before);
    let mut ended = scene.record.clone();
    ended["final"] = json!(true);
    forked("final-too", "A final record beside another of the same epoch.", &ended, &known);
}

fn broken_chain(cases: &mut Cases, scene: &Scene) {
    let known = scene.changed(|_| ());
    let next = next_record(&known, &scene.signer);
    let sign = |record: &Value| sign_record(record, &scene.signer);
    let req = "REQ-EPOCH-8";
    let mut bad = |id: &str, description: &str, record: &Value, known: &str| {
        cases.refuse(req, id, "epoch.chain", description, following(&sign(record), known)).attack("A40");
    };
    bad("before", "The record before the known one.", &payload(&scene.before), &known);
    let mut long_ago = payload(&scene.before);
    long_ago["epoch"] = json!(2600);
    bad(
        "long-ago",
        "A record of years ago, the first of its market, after one that names another.",
        &long_ago,
        &known,
    );
    let last = scene.changed(|record| record["final"] = json!(true));
    bad("after-final", "The next epoch after a final record.", &next_record(&last, &scene.signer), &last);
    let mut reopened = next_record(&last, &scene.signer);
    reopened["epoch"] = json!(next["epoch"].as_u64().unwrap() + 10);
    reopened["iat"] = json!(next["iat"].as_i64().unwrap() + 10 * WEEK);
    bad("reopened", "A record weeks after a final one.", &reopened, &last);
    let mut twice = next_record(&last, &scene.signer);
    twice["final"] = json!(true);
    bad("final-twice", "A final record after a final record.", &twice, &last);

    let req = "REQ-EPOCH-9";
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut Value)| {
        let mut record = next.clone();
        change(&mut record);
        cases.refuse(req, id, "epoch.chain", description, following(&sign(&record), &known));
    };
    bad("unnamed", "The next epoch, which names no record before.", &|record| {
        record.as_object_mut().unwrap().remove("prev");
    });
    bad("other", "The next epoch, which names a record that is not the known one.", &|record| {
        record["prev"] = json!(Hash::of(b"faam/epoch/0\n", b"another"));
    });
    bad(
        "undomained",
        "The next epoch, which names SHA-256 of the known record without the domain string.",
        &|record| {
            record["prev"] = json!(Hash::of(b"", known.as_bytes()));
        },
    );
    bad(
        "of-status",
        "The next epoch, which names the known record under the domain string of status lists.",
        &|record| {
            record["prev"] = json!(Hash::of(b"faam/status/0\n", known.as_bytes()));
        },
    );

    let req = "REQ-EPOCH-10";
    for (id, seconds, description) in [
        ("longer", 4 * WEEK, "Epochs of four weeks after epochs of a week."),
        ("shorter", 86_400, "Epochs of a day after epochs of a week."),
        ("hours", 3600, "Epochs of an hour after epochs of a week."),
    ] {
        let length = EpochLength::new(seconds).unwrap();
        let number = length.number_at(at(NOW)) + 1;
        let text = scene.changed(|record| {
            record["prev"] = json!(record_hash(&known));
            record["epoch_seconds"] = json!(seconds);
            record["epoch"] = json!(number);
            record["iat"] = json!(length.start_of(number));
        });
        cases.refuse(req, id, "epoch.chain", description, following(&text, &known)).attack("A23");
    }
}
