//! What one answer says of one market: its records, and the keys that they name.

use faam_spec::hash::Hash;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{
    Case, PrivateCase, PrivateWorld, Set, WEEK, World, ledger_query, record_hash,
};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    let private = PrivateWorld::new();
    of_ledgers(cases, world);
    of_private(cases, &private);
    keys(cases, &private);
}

fn of_ledgers(cases: &mut Cases, world: &World) {
    let query = vec![ledger_query(None, "first", None), ledger_query(None, "second", None)];
    let same = Case::new(query, world.under_one_record().to_vec());
    let mut set = Set::new(cases, "REQ-VERIFY-15", &same);
    set.accept("one-record", "The standings of two accounts, under one record of their market.", |_| ());
    let description = "The standings of two accounts, each under a record of its own of the same epoch.";
    set.refuse("two-records", "epoch.forked", description, |case| {
        case.parts = vec![world.now.clone(), world.friend.clone()];
    })
    .attack("A34");
}

fn of_private(cases: &mut Cases, world: &PrivateWorld) {
    let req = "REQ-VERIFY-15";
    let both = world.case(&["two", "role"]);
    let mut bad =
        |id: &str, code: &str, attack: &str, description: &str, change: &dyn Fn(&mut PrivateCase)| {
            let (input, now) = both.changed(change, |_| ());
            cases.refuse(req, id, code, description, input).at(now).attack(attack);
        };
    bad(
        "15-key",
        "epoch.forked",
        "A29",
        "Two roles of one ledger, under two records of one epoch that differ in the key.",
        &|case| case.parts[1].record["private"]["key"] = json!(world.scene("issuer").key().public),
    );
    bad(
        "15-bound",
        "epoch.forked",
        "A29",
        "Two records of one epoch that differ in how many ledgers are said to be bound.",
        &|case| case.parts[1].record["private"]["bound"] = json!(20),
    );
    bad("15-prev", "epoch.forked", "A34", "Records of two epochs with the same predecessor.", &|case| {
        case.parts[1].record["epoch"] = json!(case.parts[1].record["epoch"].as_u64().unwrap() + 1);
        case.parts[1].record["iat"] = json!(case.parts[1].record["iat"].as_i64().unwrap() + WEEK);
        case.later(WEEK);
    });
    let next = |case: &mut PrivateCase, prev: Hash| {
        case.parts[1].record["epoch"] = json!(case.parts[1].record["epoch"].as_u64().unwrap() + 1);
        case.parts[1].record["iat"] = json!(case.parts[1].record["iat"].as_i64().unwrap() + WEEK);
        case.parts[1].record["prev"] = json!(prev);
        case.later(WEEK);
    };
    bad(
        "15-chain",
        "epoch.chain",
        "A34",
        "Records of two epochs, one after the other, of which the later names another predecessor.",
        &|case| next(case, Hash::of(b"faam/epoch/0\n", b"another")),
    );
    bad("15-final", "epoch.chain", "A40", "A record follows one that is final.", &|case| {
        case.parts[0].record["final"] = json!(true);
        let first = record_hash(&case.parts[0].record_text());
        next(case, first);
    });
}

fn keys(cases: &mut Cases, world: &PrivateWorld) {
    let (req, code) = ("REQ-VERIFY-17", "invalid.key");
    let case = world.case(&["two"]);
    let right = *world.scene("two").key().public.as_bytes();
    let mut bad = |id: &str, description: &str, key: [u8; 96]| {
        let (input, now) = case.changed(
            |case| {
                let text = faam_spec::encoding::multi(key);
                case.parts[0].record["private"]["key"] = Value::from(text);
            },
            |_| (),
        );
        cases.refuse(req, id, code, description, input).at(now).attack("A26");
    };
    // A point whose x coordinate is this small number.
    let small = |x: u8| {
        let mut bytes = [0; 96];
        (bytes[0], bytes[95]) = (0x80, x);
        bytes
    };
    let with = |at: usize, change: u8| {
        let mut bytes = right;
        bytes[at] ^= change;
        bytes
    };
    let mut identity = [0; 96];
    identity[0] = 0xc0;
    bad("17-identity", "The market's key is the identity.", identity);
    identity[95] = 1;
    bad("17-identity-more", "It has the identity's flag and a coordinate.", identity);
    bad("17-off-curve", "It has an x coordinate of no point of the curve (1).", small(1));
    bad("17-outside", "It is a point of the curve outside of the prime-order group (x is 2).", small(2));
    bad("17-zeros", "Its bytes are 0.", [0; 96]);
    bad("17-flag", "It lacks the flag that says that one coordinate is there.", with(0, 0x80));
    bad("17-over-field", "Its coordinates are over the field's order.", [0x9f; 96]);
}
