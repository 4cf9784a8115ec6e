//! A81, A82 and A84: who is believed for what, who counts as one, and names that look like others.

use serde_json::{Value, json};

use super::{Attempt, Attempts};
use crate::vectors::make::fixtures_shown::{Case, SIGNED, WEEK, World, historic, ledger_query, signer};

pub(super) fn attempts(all: &mut Vec<Attempt>) {
    let (world, second) = (World::new("alpha", 1), World::new("beta", 2));
    a81(all, &world, &second);
    a82(all, &world, &second);
    a84(all, &world);
}

/// The standings of both, in answer to a query for two.
fn both(world: &World, second: &World) -> Case {
    let parts = vec![world.now.clone(), second.now.clone()];
    Case::new(vec![ledger_query(None, "standing1", None), ledger_query(None, "standing2", None)], parts)
}

fn a81(all: &mut Vec<Attempt>, world: &World, second: &World) {
    let mut set = Attempts::new(all, "A81", &Case::ratings(&world.now, &[0], &[]));
    let code = "trust.untrusted";
    for (name, member, value) in [
        ("another market", "market", json!("beta")),
        ("another role", "roles", json!(["buyer"])),
        ("standings alone", "types", json!(["standing"])),
        ("ratings alone", "types", json!(["rating"])),
        ("private standings alone", "types", json!(["private"])),
        ("another issuer", "issuer", json!(signer(8).did())),
    ] {
        set.before(&format!("an issuer believed for {name}"), code, move |case| {
            case.trust[0][member] = value;
        });
    }
    set.before("nobody is believed", code, |case| case.trust.clear());
    set.before("the market's own key is pinned", "", |case| {
        let entry = case.trust[0].as_object_mut().unwrap();
        let did = entry.remove("issuer").unwrap();
        entry.insert("key".to_owned(), json!(did.as_str().unwrap().trim_start_matches("did:key:")));
    });
    set.before("another key is pinned", code, |case| {
        let entry = case.trust[0].as_object_mut().unwrap();
        entry.remove("issuer");
        let did = signer(8).did().to_string();
        entry.insert("key".to_owned(), json!(did.trim_start_matches("did:key:")));
    });
    let epoch = world.now.record["epoch"].as_u64().unwrap();
    set.before("trust that ended before this epoch", "trust.frozen", move |case| {
        case.trust[0]["frozen_after"] = json!(epoch - 1);
    });
    set.before("trust that ends with this epoch", "", move |case| {
        case.trust[0]["frozen_after"] = json!(epoch);
    });
    set.before("epochs of another length than is believed", "epoch.chain", |case| {
        case.trust[0]["epoch_seconds"] = json!(86_400);
    });
    let mut set = Attempts::new(all, "A81", &both(world, second));
    set.before("two markets, of which one is believed", code, |case| drop(case.trust.pop()));
    set.before("two markets, each believed for the other's name", code, |case| {
        let (first, second) = (case.trust[0]["market"].clone(), case.trust[1]["market"].clone());
        (case.trust[0]["market"], case.trust[1]["market"]) = (second, first);
    });
}

fn a82(all: &mut Vec<Attempt>, world: &World, second: &World) {
    let two = || json!({"markets": {"at_least": 2}});
    let code = "policy.markets";
    let mut set = Attempts::new(all, "A82", &both(world, second)).under(two());
    set.before("two markets of two issuers", "", |_| ());
    set.before("two markets of one group", code, |case| {
        for entry in &mut case.trust {
            entry["group"] = json!("one owner");
        }
    });
    let (here, key) = historic("market.example", "one", 6, SIGNED - 52 * WEEK, None);
    let (there, same) = historic("moved.example", "one", 6, SIGNED - 52 * WEEK, None);
    let histories = json!({here.did().as_str(): [key], there.did().as_str(): [same]});
    let parts = |first: &World, second: &World| {
        vec![first.now.clone().signed_by(&here), second.now.clone().signed_by(&there)]
    };
    let query = || vec![ledger_query(None, "standing1", None), ledger_query(None, "standing2", None)];
    let moved = Case { histories: histories.clone(), ..Case::new(query(), parts(world, second)) };
    set.before("one issuer before and after its domain moved", code, |case| *case = moved);
    let twice = Case { histories, ..Case::new(query(), parts(world, world)) };
    let mut set = Attempts::new(all, "A82", &twice);
    set.before("one ledger before and after the domain moved", "query.unmet", |_| ());
    let accounts = Case::new(query(), world.under_one_record().to_vec());
    let mut set = Attempts::new(all, "A82", &accounts).under(two());
    set.before("two accounts of one market", code, |_| ());
    let once = Case::new(query(), vec![world.now.clone(), world.now.clone()]);
    let mut set = Attempts::new(all, "A82", &once);
    set.before("one standing twice", "query.unmet", |_| ());
    set.before("standings of two epochs of one ledger", "query.unmet", |case| {
        case.parts[1] = world.before.clone();
    });
    let mut set = Attempts::new(all, "A82", &Case::ratings(&world.now, &[0, 0], &[]));
    set.before("one rating twice", "rating.repeated", |_| ());
}

/// Spellings that a lax reader takes for the issuer's host.
const HOSTS: [&str; 11] = [
    "Market.example",
    "market.example.",
    "market.example%3A443",
    "market.example..",
    "market..example",
    "m\u{e4}rket.example",
    "xn--mrket-gra.example",
    "market.example/..",
    "market.example:..:x",
    "market.example%2F..",
    "127.0.0.1",
];

fn a84(all: &mut Vec<Attempt>, world: &World) {
    let (here, key) = historic("market.example", "one", 6, SIGNED - 52 * WEEK, None);
    let mut case = Case::standing(&world.now.clone().signed_by(&here));
    case.histories = json!({here.did().as_str(): [key]});
    let mut set = Attempts::new(all, "A84", &case);
    set.before("the issuer's one spelling", "", |_| ());
    let put = |case: &mut Case, did: &str| {
        let part = &mut case.parts[0];
        for payload in [&mut part.standing, &mut part.record] {
            payload["iss"] = Value::from(did);
        }
    };
    for host in HOSTS {
        let did = here.did().as_str().replace("market.example", host);
        set.before(&format!("the issuer at {host}"), "invalid.did", |case| put(case, &did));
    }
    // Of another method it is another DID, and one that is in no canonical form is none.
    for (did, code) in [
        ("did:web:market.example", "invalid.issuer"),
        ("did:web:xn--mrket-gra.example", "invalid.did"),
        ("did:web:market.example%3A8443", "invalid.issuer"),
    ] {
        set.before(&format!("the issuer as {did}"), code, |case| put(case, did));
    }
    // Another host or path in its one spelling is another DID, and the key is not of that.
    for host in ["rnarket.example", "market.example:443"] {
        let did = here.did().as_str().replace("market.example", host);
        set.before(&format!("the issuer at {host}"), "invalid.issuer", |case| put(case, &did));
    }
}
