//! The standing, its record and the account's place in it.

use faam_spec::hash::{Hash, Salt};
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{Case, SIGNED, Set, WEEK, World, historic, record_hash, signer};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    let case = Case::standing(&world.now);
    record(cases, world, &case);
    keys(cases, world, &case);
    epoch(cases, &case);
    account(cases, world, &case);
}

/// Lets the standing name the record that is shown, whatever that record is.
fn show_record(case: &mut Case, change: impl FnOnce(&mut Value)) {
    change(&mut case.parts[0].record);
}

fn record(cases: &mut Cases, world: &World, case: &Case) {
    let mut set = Set::new(cases, "REQ-PRES-4", case);
    let before = world.before.record_text();
    set.spoil(
        "record-before",
        "epoch.unknown",
        "Beside the standing is the record of the epoch before.",
        |all| {
            all["ledgers"][0]["record"] = json!(before);
        },
    )
    .attack("A23");
    set.refuse("record-named", "epoch.unknown", "The standing names a record that is not shown.", |case| {
        case.parts[0].linked.2 = false;
        case.parts[0].standing["standing"]["record"] = json!(Hash::of(b"faam/epoch/0\n", b"another"));
    })
    .attack("A23");
    set.refuse(
        "record-undomained",
        "epoch.unknown",
        "The standing names SHA-256 of the record without the domain string.",
        |case| {
            let part = &mut case.parts[0];
            part.standing["standing"]["record"] = json!(Hash::of(b"", part.record_text().as_bytes()));
            part.linked.2 = false;
        },
    );
    set.refuse(
        "record-market",
        "epoch.unknown",
        "The record that the standing names is of another market of the same issuer.",
        |case| show_record(case, |record| record["market"] = json!("beta")),
    );
    let stranger = signer(8);
    let part = &case.parts[0];
    let mut other = part.clone();
    other.signer = stranger.clone();
    other.record["iss"] = json!(stranger.did());
    other.record["keys"] = json!([stranger.key_id()]);
    let foreign = other.record_text();
    set.refuse(
        "record-issuer",
        "epoch.unknown",
        "The record that the standing names is signed by another issuer.",
        |case| {
            // The hash is of the stranger's record; the record itself is put there after signing.
            let part = &mut case.parts[0];
            part.linked.2 = false;
            part.standing["standing"]["record"] = json!(record_hash(&foreign));
            part.record_instead = Some(foreign.clone());
        },
    );
}

fn keys(cases: &mut Cases, world: &World, case: &Case) {
    let mut set = Set::new(cases, "REQ-PRES-5", case);
    let other = format!("{}#next", case.parts[0].signer.did());
    set.accept("two-keys", "The record names two keys, of which the standing is signed with one.", |case| {
        let keys = case.parts[0].record["keys"].as_array_mut().unwrap();
        keys.insert(0, json!(other));
    });
    set.refuse("no-keys", "issuer.key_not_valid_then", "The record names no key.", |case| {
        case.parts[0].record["keys"] = json!([]);
    })
    .attack("A44");
    set.refuse("other-key", "issuer.key_not_valid_then", "The record names another key alone.", |case| {
        case.parts[0].record["keys"] = json!([other]);
    })
    .attack("A44");
    let change = SIGNED - 3600;
    let (old, old_part) = historic("market.example", "one", 6, change - 52 * WEEK, None);
    let (new, new_part) = historic("market.example", "two", 7, change, None);
    let mut rotated = Case::standing(&world.now.clone().signed_by(&old));
    rotated.histories[old.did().as_str()] = json!([old_part, new_part]);
    rotated.parts[0].record["keys"] = json!([new.key_id()]);
    let mut set = Set::new(cases, "REQ-PRES-5", &rotated);
    set.refuse(
        "old-key",
        "issuer.key_not_valid_then",
        "The standing is signed with a key of the issuer that the market does not use in this epoch.",
        |_| (),
    )
    .attack("A44");
}

fn epoch(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-PRES-6", case);
    let begins = SIGNED - SIGNED.rem_euclid(86_400) - 3 * 86_400;
    set.accept("begins", "The standing is signed in the second in which its epoch began.", |case| {
        case.parts[0].standing["iat"] = json!(begins);
    });
    set.refuse(
        "signed-before",
        "standing.head",
        "The standing is signed a second before its epoch began.",
        |case| {
            case.parts[0].standing["iat"] = json!(begins - 1);
        },
    );
    for (id, epochs, description) in [
        ("epoch-before", -1, "The standing states the epoch before that of its record."),
        ("epoch-after", 1, "The standing states the epoch after that of its record."),
        ("epoch-zero", -2967, "The standing states epoch 0."),
    ] {
        set.refuse(id, "standing.head", description, |case| {
            let epoch = &mut case.parts[0].standing["standing"]["epoch"];
            *epoch = json!(epoch.as_i64().unwrap() + epochs);
        })
        .attack("A23");
    }
}

fn account(cases: &mut Cases, world: &World, case: &Case) {
    let mut set = Set::new(cases, "REQ-PRES-7", case);
    for (id, description, at) in [
        ("other-place", "The place of another account.", 0),
        ("far-place", "A place outside the tree.", 3),
        ("huge-place", "The largest place that can be written.", 9_007_199_254_740_991_u64),
    ] {
        set.spoil(id, "standing.head", description, |all| all["ledgers"][0]["account"]["at"] = json!(at));
    }
    set.spoil("no-path", "standing.head", "No hash in the path.", |all| {
        all["ledgers"][0]["account"]["path"] = json!("u");
    });
    let path = |all: &Value| {
        let text = all["ledgers"][0]["account"]["path"].as_str().unwrap().to_owned();
        faam_spec::encoding::unmulti(&text, "path").unwrap()
    };
    set.spoil("longer-path", "standing.head", "A hash too many in the path.", |all| {
        let longer = [path(all), vec![0; 32]].concat();
        all["ledgers"][0]["account"]["path"] = json!(faam_spec::encoding::multi(longer));
    });
    set.spoil("other-path", "standing.head", "One bit of the path is changed.", |all| {
        let mut other = path(all);
        other[0] ^= 1;
        all["ledgers"][0]["account"]["path"] = json!(faam_spec::encoding::multi(other));
    });
    let friend = &world.friend.standing["standing"];
    for (id, name, value, description) in [
        (
            "salt",
            "salt",
            json!(Salt::from_bytes([0; 16])),
            "The standing states another salt than the record's tree holds.",
        ),
        ("ledger", "ledger", friend["ledger"].clone(), "The standing states the name of another ledger."),
    ] {
        set.refuse(id, "standing.head", description, |case| fixed(case, |statement| statement[name] = value));
    }
    set.refuse(
        "log",
        "standing.head",
        "The standing states another root of the log than the record's tree holds.",
        |case| fixed(case, |statement| statement["head"]["log"]["root"] = json!(Hash::of(b"x\n", b""))),
    );
    let older = world.before.standing["standing"]["head"]["live"]["root"].clone();
    set.refuse(
        "live",
        "standing.head",
        "The standing states the root of the live tree of the epoch before.",
        |case| fixed(case, |statement| statement["head"]["live"]["root"] = older),
    );
}

/// Changes what is stated and leaves the record as it was.
fn fixed(case: &mut Case, change: impl FnOnce(&mut Value)) {
    let part = &mut case.parts[0];
    let (text, account) = part.sealed();
    part.record = super::super::fixtures_shown::payload_of(&text);
    part.account = account;
    part.linked.0 = false;
    change(&mut part.standing["standing"]);
}
