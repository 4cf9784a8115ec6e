//! A37 to A42: status lists and records that are somebody else's, too large, too old, or one person's own.

use serde_json::json;

use super::{Attempt, Attempts};
use crate::vectors::make::NOW;
use crate::vectors::make::fixtures_shown::{
    Case, Part, SIGNED, WEEK, World, list_hash, next_record, record_hash, sign_list, sign_record, signer,
};
use crate::vectors::make::status::{statuses, with_statuses};

pub(super) fn attempts(all: &mut Vec<Attempt>) {
    let world = World::new("alpha", 1);
    let case = Case::ratings(&world.now, &[0], &[]);
    a37(&mut Attempts::new(all, "A37", &case));
    a38(&mut Attempts::new(all, "A38", &case));
    a39(&mut Attempts::new(all, "A39", &case));
    a40(&mut Attempts::new(all, "A40", &case), &world);
    a41(all, &case, &world);
    a42(&mut Attempts::new(all, "A42", &case));
}

/// Lets the record name the lists as they are now, whatever is stapled then.
fn keep_names(case: &mut Case) {
    let part = &mut case.parts[0];
    part.record["status"][0]["hash"] = json!(list_hash(&part.list_texts()[0]));
    part.linked.1 = false;
}

/// Where the status of the first rating is kept.
fn index(part: &Part) -> u64 {
    part.ratings[0].payload["status"]["status_list"]["idx"].as_u64().unwrap()
}

fn a37(set: &mut Attempts<'_>) {
    set.before("the list of its market", "", |_| ());
    let foreign = |case: &Case| {
        let mut list = case.parts[0].lists[0].clone();
        list["iss"] = json!(signer(8).did());
        sign_list(&list, &signer(8))
    };
    let case = set.base.clone();
    let text = foreign(&case);
    set.after("a list of another issuer at the rating's address", "status.invalid", move |value| {
        value["ledgers"][0]["status"] = json!([text]);
    });
    let (own, text) = (case.parts[0].list_texts().remove(0), foreign(&case));
    set.after("a list of another issuer beside the right one", "status.invalid", move |value| {
        value["ledgers"][0]["status"] = json!([own, text]);
    });
    let list = sign_list(&case.parts[0].lists[0], &signer(8));
    set.after("a list in the market's name under another key", "invalid.issuer", move |value| {
        value["ledgers"][0]["status"] = json!([list]);
    });
    set.after("a list with another signature", "invalid.signature", |value| {
        let text = value["ledgers"][0]["status"][0].as_str().unwrap();
        let (input, signature) = text.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        value["ledgers"][0]["status"] = json!([format!("{input}.{first}{}", &signature[1..])]);
    });
    set.before("a list at another address", "query.extra", |case| {
        case.parts[0].lists[0]["sub"] = json!("urn:faam:status:other");
    });
    set.before("a list at an address of the web", "status.invalid", |case| {
        case.parts[0].lists[0]["sub"] = json!("https://market.example/status/1");
    });
    set.before("a list from tomorrow", "status.invalid", |case| {
        case.parts[0].lists[0]["iat"] = json!(NOW + 86_400);
    });
}

fn a38(set: &mut Attempts<'_>) {
    for (bits, bytes) in [(1, (1 << 17) + 1), (1, 8 << 20), (2, 4 << 20), (4, 8 << 20), (8, 32 << 20)] {
        let name = format!("a list of {bits} bits that expands to {bytes} bytes");
        set.before(&name, "too_large", move |case| {
            case.parts[0].lists[0]["status_list"] = statuses(bits, &vec![0; bytes]);
        });
    }
}

fn a39(set: &mut Attempts<'_>) {
    for (name, entries) in [("no entries", 0), ("entries that end before the rating's", 8)] {
        set.before(&format!("a list with {name}"), "status.index", move |case| {
            let before = usize::try_from(index(&case.parts[0])).unwrap() / 8 * entries;
            case.parts[0].lists[0]["status_list"] = with_statuses(1, before, &[]);
        });
    }
    for far in [65_536, u64::from(u32::MAX), 9_007_199_254_740_991] {
        set.before(&format!("a rating at place {far} of its list"), "status.index", move |case| {
            case.parts[0].ratings[0].payload["status"]["status_list"]["idx"] = json!(far);
        });
    }
}

fn a40(set: &mut Attempts<'_>, world: &World) {
    set.before("an older list, and the newer one that is known withdraws", "rating.withdrawn", |case| {
        let mut list = case.parts[0].lists[0].clone();
        list["iat"] = json!(SIGNED + 30);
        list["status_list"] = with_statuses(1, 65_536, &[(index(&case.parts[0]), 1)]);
        case.status = vec![sign_list(&list, &case.parts[0].signer)];
    });
    set.before("a list that a later record names otherwise", "status.older", |case| {
        let part = &case.parts[0];
        let mut next = next_record(&part.record_text(), &part.signer);
        let mut list = part.lists[0].clone();
        list["iat"] = next["iat"].clone();
        next["status"][0]["hash"] = json!(list_hash(&sign_list(&list, &part.signer)));
        case.records = vec![sign_record(&next, &part.signer)];
        case.later(5 * 86_400);
    });
    let before = Case::standing(&world.before);
    let known = world.now.record_text();
    set.before("a standing of two epochs ago, and later records are known", "epoch.stale", {
        let known = known.clone();
        |case| {
            *case = before.clone();
            case.records = vec![known];
            case.later(WEEK);
        }
    });
    set.before("a record after the one that was final", "epoch.chain", |case| {
        let mut last = world.before.clone();
        last.record["final"] = json!(true);
        case.parts[0].record["prev"] = json!(record_hash(&last.record_text()));
        case.records = vec![last.record_text()];
    });
}

fn a41(all: &mut Vec<Attempt>, case: &Case, world: &World) {
    let none = |case: &mut Case| {
        keep_names(case);
        case.parts[0].lists.clear();
    };
    let old = |case: &mut Case| case.parts[0].lists[0]["iat"] = json!(NOW - 2 * WEEK - 1);
    let silent = |case: &mut Case| case.later(5 * WEEK);
    let standing = Case::standing(&world.now);
    let mut set = Attempts::new(all, "A41", case);
    set.before("no list", "status.missing", none);
    set.before("a list that is too old", "status.expired", old);
    set.before("a list that expired", "status.expired", |case| {
        case.parts[0].lists[0]["exp"] = json!(NOW);
    });
    set.before("a list of just the age that counts", "", |case| {
        case.parts[0].lists[0]["iat"] = json!(NOW - 2 * WEEK);
    });
    // A policy may refuse it, and never accepts.
    let mut set = Attempts::new(all, "A41", case).under(json!({"on": {"unknown": "refuse"}}));
    set.before("no list, and the policy refuses that", "policy.unknown", none);
    let mut set = Attempts::new(all, "A41", case).under(json!({"on": {"stale": "refuse"}}));
    set.before("a list that is too old, and the policy refuses that", "policy.stale", old);
    let mut set = Attempts::new(all, "A41", case).under(json!({"status_max_age": 86_400}));
    set.before("a list older than the policy takes", "status.expired", |_| ());
    let mut set = Attempts::new(all, "A41", &standing);
    set.before("a market that published nothing for five weeks", "epoch.issuer_silent", silent);
    let mut set = Attempts::new(all, "A41", &standing).under(json!({"issuer_gone": "last_known"}));
    set.before("the same, with a policy that takes what was seen", "epoch.issuer_silent", silent);
    set.before("the same, and it was seen", "", |case| {
        silent(case);
        case.records = vec![case.parts[0].record_text()];
    });
}

fn a42(set: &mut Attempts<'_>) {
    set.before("a list that the record does not name", "status.invalid", |case| {
        case.parts[0].record["status"] = json!([]);
    });
    set.before("a rating on a list of its own", "status.invalid", |case| {
        let part = &mut case.parts[0];
        for uri in [&mut part.ratings[0].payload["status"]["status_list"]["uri"], &mut part.lists[0]["sub"]] {
            *uri = json!("urn:faam:status:of-this-person");
        }
    });
    set.before("a list with other entries than the one that is named", "status.invalid", |case| {
        keep_names(case);
        case.parts[0].lists[0]["status_list"] = with_statuses(1, 65_536, &[(7, 1)]);
    });
    // One that is named for everybody is no trick at this verifier; the wallet warns of its size.
    set.before("a small list that is named for everybody", "", |case| {
        let entries = usize::try_from(index(&case.parts[0])).unwrap() / 8 * 8 + 8;
        case.parts[0].lists[0]["status_list"] = with_statuses(1, entries, &[]);
    });
}
