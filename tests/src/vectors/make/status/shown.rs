//! Lists beside the ratings that are shown with them.

use faam_spec::hash::Hash;
use faam_spec::signed::Signer;
use serde_json::{Value, json};

use super::super::fixtures_shown::{
    Case, Part, SIGNED, Set, WEEK, World, historic, next_record, sign_list, sign_record, signer,
};
use super::super::{Cases, NOW};
use super::with_statuses;

pub(super) fn cases(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &[]);
    address(cases, &case);
    no_address(cases, &case);
    status(cases, &case);
    one_moment(cases, &case);
    named(cases, &case);
    older(cases, &case);
    missing(cases, &case);
    expired(cases, &case);
}

/// Where the status of the first rating is kept.
fn index(part: &Part) -> u64 {
    part.ratings[0].payload["status"]["status_list"]["idx"].as_u64().unwrap()
}

/// A list at the rating's address, signed at that time, in which the rating is withdrawn or not.
fn list_of(part: &Part, iat: i64, withdrawn: u8) -> Value {
    let mut list = part.lists[0].clone();
    list["iat"] = json!(iat);
    list["status_list"] = with_statuses(1, 65_536, &[(index(part), withdrawn)]);
    list
}

fn address(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-4", case);
    set.accept("stapled", "A rating with its list.", |_| ()).attack("A37");
    set.accept("known", "A rating without its list, which the verifier knows.", |case| {
        case.status = case.parts[0].list_texts();
        case.parts[0].linked.1 = true;
        keep_names(case);
        case.parts[0].lists.clear();
    });
    let foreign = |case: &Case, signer: &Signer| {
        let mut list = case.parts[0].lists[0].clone();
        list["iss"] = json!(signer.did());
        sign_list(&list, signer)
    };
    set.refuse(
        "other-address",
        "query.extra",
        "The only list stapled is one of the market's at another address.",
        |case| case.parts[0].lists[0]["sub"] = json!("urn:faam:status:other"),
    )
    .attack("A37");
    set.refuse(
        "also-other",
        "query.extra",
        "Beside the rating's list another one of the market's.",
        |case| {
            let mut other = case.parts[0].lists[0].clone();
            other["sub"] = json!("urn:faam:status:other");
            case.parts[0].lists.push(other);
        },
    );
    set.refuse("case", "query.extra", "The list's address in other letters.", |case| {
        let list = &mut case.parts[0].lists[0];
        list["sub"] = json!(
            list["sub"].as_str().unwrap().to_uppercase().replace("URN:FAAM:STATUS:", "urn:faam:status:")
        );
    });
    set.undecided(
        "known-other-address",
        "status.missing",
        "No list is stapled, and the verifier knows one of the market's at another address.",
        |case| {
            keep_names(case);
            let part = &mut case.parts[0];
            part.lists[0]["sub"] = json!("urn:faam:status:other");
            case.status = part.list_texts();
            part.lists.clear();
        },
    )
    .attack("A37");
    set.undecided(
        "known-other-issuer",
        "status.missing",
        "No list is stapled, and the verifier knows one of another issuer at the rating's address.",
        |case| {
            keep_names(case);
            case.status = vec![foreign(case, &signer(8))];
            case.parts[0].lists.clear();
        },
    )
    .attack("A37");
    let (base, text) = (case.clone(), foreign(case, &signer(8)));
    set.spoil(
        "other-issuer",
        "status.invalid",
        "The stapled list is of the rating's address, signed by another issuer in their own name.",
        |presentation| presentation["ledgers"][0]["status"] = json!([text]),
    )
    .attack("A37");
    set.spoil(
        "also-other-issuer",
        "status.invalid",
        "Beside the rating's list one of another issuer.",
        |presentation| {
            presentation["ledgers"][0]["status"] = json!([base.parts[0].list_texts()[0], text]);
        },
    )
    .attack("A37");
    let (moved, _) = historic("moved.example", "one", 6, SIGNED - WEEK, None);
    let text = foreign(case, &signer(9));
    assert_ne!(moved.did(), base.parts[0].signer.did());
    set.spoil(
        "third-issuer",
        "status.invalid",
        "Two lists of the rating's address, the first of which is another issuer's.",
        |presentation| presentation["ledgers"][0]["status"] = json!([text, base.parts[0].list_texts()[0]]),
    )
    .attack("A37");
}

/// Addresses that are none, in rating, list and record alike.
fn no_address(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-4", case);
    for (id, address, description) in [
        ("https", "https://market.example/status/1", "An address of the web."),
        ("capitals", "URN:FAAM:STATUS:1", "An address in capitals."),
        ("empty", "", "No address."),
    ] {
        set.refuse(&format!("address-{id}"), "status.invalid", description, |case| {
            let part = &mut case.parts[0];
            part.ratings[0].payload["status"]["status_list"]["uri"] = json!(address);
            part.lists[0]["sub"] = json!(address);
            part.record["status"][0]["uri"] = json!(address);
        });
    }
    set.accept("address-short", "An address that is no longer than it must be.", |case| {
        let part = &mut case.parts[0];
        for uri in [
            &mut part.ratings[0].payload["status"]["status_list"]["uri"],
            &mut part.lists[0]["sub"],
            &mut part.record["status"][0]["uri"],
        ] {
            *uri = json!("urn:faam:status:");
        }
    });
}

/// Lets the record name the lists as they are now, whatever is stapled.
fn keep_names(case: &mut Case) {
    let part = &mut case.parts[0];
    let hash = super::super::fixtures_shown::list_hash(&part.list_texts()[0]);
    part.record["status"][0]["hash"] = json!(hash);
    part.linked.1 = false;
}

fn status(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-6", case);
    set.refuse(
        "stapled",
        "rating.withdrawn",
        "The stapled list says that the rating was withdrawn.",
        |case| {
            case.parts[0].lists[0] = list_of(&case.parts[0], SIGNED, 1);
        },
    )
    .attack("A31");
    set.refuse(
        "newer-stapled",
        "rating.withdrawn",
        "A list that is newer than the record says so.",
        |case| {
            keep_names(case);
            case.parts[0].lists[0] = list_of(&case.parts[0], NOW - 60, 1);
        },
    )
    .attack("A31");
    set.refuse(
        "newer-known",
        "rating.withdrawn",
        "The stapled list does not say so, and a newer one that the verifier knows does.",
        |case| {
            let part = &case.parts[0];
            case.status = vec![sign_list(&list_of(part, SIGNED + 30, 1), &part.signer)];
        },
    )
    .attack("A40");
    set.refuse(
        "two-stapled",
        "rating.withdrawn",
        "Two lists of the address are stapled, and the newer one says so.",
        |case| {
            let newer = list_of(&case.parts[0], SIGNED + 30, 1);
            case.parts[0].lists.push(newer);
        },
    )
    .attack("A40");
    set.accept(
        "neighbours",
        "The entries before and after the rating's are set, and its own is not.",
        |case| {
            let index = index(&case.parts[0]);
            case.parts[0].lists[0]["status_list"] =
                with_statuses(1, 65_536, &[(index - 1, 1), (index + 1, 1)]);
        },
    );
    set.accept("restored", "An older list said that it was withdrawn, and the newest does not.", |case| {
        case.parts[0].lists[0] = list_of(&case.parts[0], SIGNED, 1);
        let part = &case.parts[0];
        case.status = vec![sign_list(&list_of(part, SIGNED + 30, 0), &part.signer)];
    });
    let mut set = Set::new(cases, "REQ-STATUS-5", case);
    for (id, entries, description) in [
        ("short", 0, "A list without entries."),
        ("before", 1, "A list that ends before the rating's place."),
    ] {
        set.refuse(&format!("shown-{id}"), "status.index", description, |case| {
            let entries = usize::try_from(index(&case.parts[0])).unwrap() / 8 * 8 * entries;
            case.parts[0].lists[0]["status_list"] = with_statuses(1, entries, &[]);
        })
        .attack("A39");
    }
    set.refuse("shown-far", "status.index", "A rating whose place is far outside its list.", |case| {
        case.parts[0].ratings[0].payload["status"]["status_list"]["idx"] = json!(9_007_199_254_740_991_u64);
    })
    .attack("A39");
}

/// Two lists of one address and time, of which one says that the rating was withdrawn.
fn one_moment(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-6", case);
    for (id, stapled, known, description) in [
        ("known", 0, 1, "The stapled list does not say so, and a known one of the same moment does."),
        ("known-valid", 1, 0, "The stapled list says so, and a known one of the same moment does not."),
    ] {
        let change = |case: &mut Case| {
            keep_names(case);
            let part = &mut case.parts[0];
            case.status = vec![sign_list(&list_of(part, SIGNED + 30, known), &part.signer)];
            part.lists[0] = list_of(part, SIGNED + 30, stapled);
        };
        let id = format!("moment-{id}");
        match known {
            0 => set.accept(&id, description, change),
            _ => set.refuse(&id, "rating.withdrawn", description, change),
        }
        .attack("A40");
    }
    for (id, first, description) in [
        ("stapled", 0, "Two lists of one moment are stapled, and the later one says so."),
        ("stapled-valid", 1, "Two lists of one moment are stapled, and the earlier one says so."),
    ] {
        let change = |case: &mut Case| {
            keep_names(case);
            let part = &mut case.parts[0];
            part.lists = [first, 1 - first].map(|said| list_of(part, SIGNED + 30, said)).to_vec();
        };
        let id = format!("moment-{id}");
        match first {
            1 => set.accept(&id, description, change),
            _ => set.refuse(&id, "rating.withdrawn", description, change),
        }
        .attack("A40");
    }
}

fn named(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-7", case);
    set.accept("newer", "A list a second newer than the record, with another hash than it names.", |case| {
        keep_names(case);
        case.parts[0].lists[0]["iat"] = json!(SIGNED + 1);
    })
    .attack("A42");
    set.refuse("unnamed", "status.invalid", "The record names no list.", |case| {
        case.parts[0].record["status"] = json!([]);
    })
    .attack("A42");
    set.refuse(
        "own",
        "status.invalid",
        "A rating on a list of its own, which the record does not name.",
        |case| {
            let part = &mut case.parts[0];
            for uri in
                [&mut part.ratings[0].payload["status"]["status_list"]["uri"], &mut part.lists[0]["sub"]]
            {
                *uri = json!("urn:faam:status:of-this-person");
            }
        },
    )
    .attack("A42");
    set.refuse(
        "other-hash",
        "status.invalid",
        "A list of the record's own second, with another hash than it names.",
        |case| {
            keep_names(case);
            case.parts[0].lists[0]["status_list"] = with_statuses(1, 65_536, &[(7, 1)]);
        },
    )
    .attack("A42");
    set.refuse(
        "other-hash-older",
        "status.invalid",
        "A list older than the record, which names the hash of another.",
        |case| {
            keep_names(case);
            case.parts[0].lists[0]["iat"] = json!(SIGNED - 3600);
        },
    )
    .attack("A42");
    set.refuse(
        "undomained",
        "status.invalid",
        "The record names SHA-256 of the list without the domain string.",
        |case| {
            let text = case.parts[0].list_texts().remove(0);
            case.parts[0].record["status"][0]["hash"] = json!(Hash::of(b"", text.as_bytes()));
            case.parts[0].linked.1 = false;
        },
    );
    set.refuse("known-unnamed", "status.invalid", "A known list that the record does not name.", |case| {
        case.status = case.parts[0].list_texts();
        case.parts[0].lists.clear();
        case.parts[0].record["status"] = json!([]);
    })
    .attack("A42");
}

fn older(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-8", case);
    set.accept(
        "known-newer",
        "An older list is stapled, and the newer one that the verifier knows is used.",
        |case| {
            let part = &case.parts[0];
            case.status = vec![sign_list(&list_of(part, SIGNED + 3600, 0), &part.signer)];
        },
    )
    .attack("A40");
    let later = NOW + 5 * 86_400;
    // The next record is known, in which the market named the list as it was then.
    let next = |case: &mut Case, signed: i64| {
        let part = &case.parts[0];
        let mut next = next_record(&part.record_text(), &part.signer);
        let list = sign_list(&list_of(part, signed, 0), &part.signer);
        next["iat"] = json!(signed);
        next["status"][0]["hash"] = json!(super::super::fixtures_shown::list_hash(&list));
        case.records = vec![sign_record(&next, &part.signer)];
        case.later(5 * 86_400);
    };
    set.accept("next-same", "The next record is known and names the very same list.", |case| {
        let part = &case.parts[0];
        let text = part.record_text();
        let mut next = next_record(&text, &part.signer);
        next["status"] = super::super::fixtures_shown::payload_of(&text)["status"].clone();
        case.records = vec![sign_record(&next, &part.signer)];
        case.later(5 * 86_400);
    });
    for (id, signed, description) in [
        ("next", later - 3600, "A record that is known and newer than the list names another."),
        (
            "next-at-once",
            SIGNED + 4 * 86_400,
            "A record of the epoch's first day that is known names another.",
        ),
        ("next-now", later, "A record of this very second that is known names another."),
    ] {
        set.refuse(&format!("after-{id}"), "status.older", description, |case| next(case, signed))
            .attack("A40");
    }
}

fn missing(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-9", case);
    set.undecided("none", "status.missing", "No list is stapled and none is known.", |case| {
        keep_names(case);
        case.parts[0].lists.clear();
    })
    .attack("A41");
    set.undecided(
        "second",
        "status.missing",
        "Of two ratings with lists of their own only the first one's is stapled.",
        |case| {
            let part = &mut case.parts[0];
            let mut second = part.all[&1].clone().disclosing(&[]);
            second.payload["status"]["status_list"]["uri"] = json!("urn:faam:status:second");
            part.ratings.push(second);
            let named = json!({"uri": "urn:faam:status:second", "hash": Hash::of(b"list\n", b"")});
            part.record["status"].as_array_mut().unwrap().push(named);
        },
    )
    .attack("A41");
    set.undecided("complete", "status.missing", "Every rating is shown, and no list.", |case| {
        let part = &case.parts[0];
        *case = Case::complete(part, None);
        keep_names(case);
        case.parts[0].lists.clear();
    })
    .attack("A41");
}

fn expired(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-STATUS-10", case);
    let aged = |case: &mut Case, age: i64| case.parts[0].lists[0]["iat"] = json!(NOW - age);
    set.accept(
        "oldest",
        "A list of exactly 14 days, which is what a verifier takes that says nothing else.",
        |case| {
            aged(case, 2 * WEEK);
        },
    )
    .attack("A41");
    set.accept("policy", "A list of exactly the age that the policy allows.", |case| {
        aged(case, 3600);
        keep_names(case);
        case.policy = json!({"status_max_age": 3600});
    });
    set.accept("exp", "A second before the list expires.", |case| {
        case.parts[0].lists[0]["exp"] = json!(NOW + 1);
    });
    set.undecided("old", "status.expired", "A list a second older than 14 days.", |case| {
        aged(case, 2 * WEEK + 1)
    })
    .attack("A41");
    set.undecided("old-policy", "status.expired", "A list a second older than the policy allows.", |case| {
        aged(case, 3601);
        keep_names(case);
        case.policy = json!({"status_max_age": 3600});
    })
    .attack("A41");
    set.undecided("exp-now", "status.expired", "In the second in which the list expires.", |case| {
        case.parts[0].lists[0]["exp"] = json!(NOW);
    })
    .attack("A41");
    set.undecided("exp-past", "status.expired", "A list that expired a day ago.", |case| {
        case.parts[0].lists[0]["exp"] = json!(NOW - 86_400);
    })
    .attack("A41");
    set.undecided(
        "known-old",
        "status.expired",
        "A known list that is too old, and none is stapled.",
        |case| {
            aged(case, 3 * WEEK);
            keep_names(case);
            case.status = case.parts[0].list_texts();
            case.parts[0].lists.clear();
        },
    )
    .attack("A41");
}
