//! The ratings of a ledger, and whether they are all of them.

use faam_spec::encoding::{multi, unmulti};
use faam_spec::hash::LedgerId;
use faam_spec::key::SigningKey;
use serde_json::{Value, json};

use super::super::fixtures_shown::{Case, Part, Set, World, rebind, sign_list, signer};
use super::super::{Cases, NOW};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    ledger(cases, world);
    live(cases, world);
    lists(cases, world);
    complete(cases, world);
    numbers(cases, world);
}

fn ledger(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &[]);
    let mut set = Set::new(cases, "REQ-PRES-8", &case);
    let others = [
        (
            "ledger",
            "A rating that states another ledger, under this one's live root.",
            world.friend.standing["standing"]["ledger"].clone(),
        ),
        (
            "ledger-bit",
            "A rating that states a ledger whose name differs in one bit, under this one's live root.",
            {
                let own: LedgerId =
                    serde_json::from_value(world.now.standing["standing"]["ledger"].clone()).unwrap();
                let mut bytes = *own.as_bytes();
                bytes[15] ^= 1;
                json!(LedgerId::from_bytes(bytes))
            },
        ),
    ];
    for (id, description, other) in others {
        set.refuse(&format!("other-{id}"), "standing.other_ledger", description, |case| {
            case.parts[0].ratings[0].payload["entry"]["ledger"] = other;
            case.parts[0].replant();
        })
        .attack("A22");
    }
    set.refuse("other-market", "standing.other_ledger", "A rating that states another market.", |case| {
        case.parts[0].ratings[0].payload["market"] = json!("beta");
    })
    .attack("A22");
    set.refuse(
        "other-issuer",
        "standing.other_ledger",
        "A rating that another issuer signed in their own name.",
        |case| {
            let rating = &mut case.parts[0].ratings[0];
            rating.payload["iss"] = json!(signer(8).did());
            rating.signer = Some(signer(8));
        },
    )
    .attack("A22");
    let theirs = world.friend.all[&0].clone().disclosing(&[]);
    let key = world.friend.holder.clone();
    set.refuse(
        "friend",
        "standing.other_ledger",
        "A rating of somebody else's ledger of the same market, with that person's key binding.",
        |case| {
            case.parts[0].ratings[0] = theirs;
            case.parts[0].ratings[0].binding.key = Some(key);
        },
    )
    .attack("A22");

    let mut set = Set::new(cases, "REQ-PRES-9", &case);
    let other = SigningKey::from_seed(&[9; 32]);
    set.refuse(
        "other-key",
        "standing.other_holder",
        "A rating bound to another key, which signs its key binding.",
        |case| {
            let rating = &mut case.parts[0].ratings[0];
            rebind(&mut rating.payload, &other);
            rating.binding.key = Some(other.clone());
        },
    )
    .attack("A15");
    set.refuse(
        "one-other-key",
        "standing.other_holder",
        "Of two ratings the second is bound to another key.",
        |case| {
            *case = Case::ratings(&world.now, &[0, 1], &[]);
            let rating = &mut case.parts[0].ratings[1];
            rebind(&mut rating.payload, &other);
            rating.binding.key = Some(other.clone());
        },
    )
    .attack("A15");
    set.refuse(
        "standing-other-key",
        "standing.other_holder",
        "A standing that is bound to a new key, and a rating that is bound to the old one.",
        |case| {
            let part = &mut case.parts[0];
            rebind(&mut part.standing, &other);
            part.binding.key = Some(other.clone());
        },
    )
    .attack("A15");
}

fn live(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &[]);
    let mut set = Set::new(cases, "REQ-PRES-10", &case);
    for (id, index, description) in [
        ("corrected", 3, "A rating that was corrected, with the place and path of the epoch before."),
        ("withdrawn", 4, "A rating that was withdrawn, with the place and path of the epoch before."),
    ] {
        set.refuse(id, "rating.not_live", description, |case| {
            case.parts[0].ratings = vec![world.before.all[&index].clone().disclosing(&[])];
            // Its status is another matter: here it is still shown as valid.
            case.parts[0].lists[0]["status_list"] = super::super::status::valid();
        })
        .attack("A31");
    }
    set.spoil("other-place", "rating.not_live", "The place of another rating.", |all| {
        all["ledgers"][0]["live"][0]["at"] = json!(1);
    });
    set.spoil("far-place", "rating.not_live", "A place outside the live tree.", |all| {
        all["ledgers"][0]["live"][0]["at"] = json!(4);
    });
    let path = |all: &Value| unmulti(all["ledgers"][0]["live"][0]["path"].as_str().unwrap(), "path").unwrap();
    set.spoil("short-path", "rating.not_live", "A path that lacks its last hash.", |all| {
        let path = path(all);
        all["ledgers"][0]["live"][0]["path"] = json!(multi(&path[..path.len() - 32]));
    });
    set.spoil("long-path", "rating.not_live", "A path with a hash too many.", |all| {
        let longer = [path(all), vec![0; 32]].concat();
        all["ledgers"][0]["live"][0]["path"] = json!(multi(longer));
    });
    set.refuse(
        "value",
        "rating.not_live",
        "A rating that the market signed with another value than its ledger holds.",
        |case| {
            case.parts[0].ratings[0].payload["entry"]["value"] = json!(4);
        },
    )
    .attack("A31");
    set.refuse(
        "salt",
        "rating.not_live",
        "A rating that the market signed with another salt than its ledger holds.",
        |case| {
            case.parts[0].ratings[0].payload["entry"]["salt"] =
                world.now.all[&1].payload["entry"]["salt"].clone();
        },
    );
    set.refuse(
        "digests",
        "rating.not_live",
        "A rating whose digests stand in another order than in the ledger.",
        |case| {
            case.parts[0].ratings[0].payload["_sd"].as_array_mut().unwrap().swap(0, 1);
        },
    );
    set.refuse("swapped", "rating.not_live", "Two ratings with each other's place.", |case| {
        *case = Case::ratings(&world.now, &[0, 1], &[]);
        let ratings = &mut case.parts[0].ratings;
        let first = ratings[0].live.clone();
        ratings[0].live = ratings[1].live.clone();
        ratings[1].live = first;
    });

    let mut set = Set::new(cases, "REQ-PRES-11", &case);
    set.refuse("twice", "rating.repeated", "The same rating twice.", |case| {
        *case = Case::ratings(&world.now, &[0, 0], &[]);
    })
    .attack("A22");
    set.refuse(
        "twice-signed",
        "rating.repeated",
        "The same rating twice, with key bindings of different times.",
        |case| {
            *case = Case::ratings(&world.now, &[0, 1, 0], &[]);
            case.parts[0].ratings[2].binding.age = 5;
        },
    )
    .attack("A82");
    set.refuse(
        "twice-complete",
        "rating.repeated",
        "A complete set in which a good rating stands twice in the place of a bad one.",
        |case| {
            *case = Case::complete(&world.now, None);
            case.parts[0].ratings[2] = case.parts[0].ratings[0].clone();
        },
    )
    .attack("A21");
    set.refuse(
        "one-index",
        "rating.repeated",
        "Two live ratings of the same index, which the market signed.",
        |case| {
            *case = Case::ratings(&world.now, &[0, 1], &[]);
            case.parts[0].ratings[1].payload["entry"]["index"] = json!(0);
            case.parts[0].replant();
        },
    )
    .attack("A82");
}

fn lists(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &[]);
    let mut set = Set::new(cases, "REQ-PRES-12", &case);
    set.accept("list-ahead", "A list that is signed 60 s ahead.", |case| {
        case.parts[0].lists[0]["iat"] = json!(NOW + 60);
    });
    for (id, ahead, description) in [
        ("list-future", 61, "A list that is signed 61 s ahead."),
        ("list-tomorrow", 86_400, "A list that is signed a day ahead."),
    ] {
        set.refuse(id, "status.invalid", description, |case| {
            case.parts[0].lists[0]["iat"] = json!(NOW + ahead);
        })
        .attack("A37");
    }
    let stranger = signer(8);
    let mut foreign = world.now.lists[0].clone();
    foreign["iss"] = json!(stranger.did());
    foreign["sub"] = json!("urn:faam:status:theirs");
    let foreign = sign_list(&foreign, &stranger);
    set.spoil(
        "list-foreign",
        "status.invalid",
        "Beside the rating's list one of another issuer and address.",
        |all| {
            all["ledgers"][0]["status"].as_array_mut().unwrap().push(json!(foreign));
        },
    )
    .attack("A37");
    set.refuse(
        "list-unused",
        "query.extra",
        "Beside the rating's list another one, which its record names too.",
        |case| {
            let part = &mut case.parts[0];
            let mut other = part.lists[0].clone();
            other["sub"] = json!("urn:faam:status:other");
            part.lists.push(other);
            let named = json!({"uri": "urn:faam:status:other", "hash": part.record["status"][0]["hash"]});
            part.record["status"].as_array_mut().unwrap().push(named);
        },
    );
    let list = case.parts[0].list_texts().remove(0);
    let mut none = case.clone();
    none.asking(|ratings| ratings.at_least = 0);
    none.parts[0].ratings.clear();
    let mut set = Set::new(cases, "REQ-PRES-12", &none);
    set.spoil("list-alone", "query.extra", "A list, and no rating is shown.", |all| {
        all["ledgers"][0]["status"] = json!([list]);
    });
}

fn complete(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-PRES-13", &Case::complete(&world.now, None));
    set.refuse("left-out-worst", "rating.left_out", "The worst rating is left out of all.", |case| {
        case.parts[0].ratings.remove(2);
    })
    .attack("A21");
    set.refuse("left-out-all", "rating.left_out", "All are said to be shown, and none is.", |case| {
        case.parts[0].ratings.clear();
        case.parts[0].lists.clear();
    })
    .attack("A21");
    set.refuse(
        "left-out-unasked",
        "rating.left_out",
        "Said to be all though nobody asked for that, and one is left out.",
        |case| {
            case.asking(|ratings| ratings.complete = false);
            case.parts[0].ratings.remove(2);
        },
    )
    .attack("A21");
    set.refuse(
        "left-out-roles",
        "rating.left_out",
        "All of two roles are asked for, and those of one are left out.",
        |case| {
            case.asking(|ratings| ratings.roles = vec!["buyer".parse().unwrap(), "seller".parse().unwrap()]);
            case.parts[0].ratings.remove(2);
        },
    )
    .attack("A21");
    let mut set = Set::new(cases, "REQ-PRES-13", &Case::complete(&world.now, Some("seller")));
    set.refuse(
        "left-out-seller",
        "rating.left_out",
        "One rating of the role asked for is left out.",
        |case| {
            case.parts[0].ratings.pop();
        },
    )
    .attack("A21");
    let mut set = Set::new(cases, "REQ-PRES-14", &Case::complete(&world.now, None));
    let mean = world.now.standing["standing"]["numbers"]["total"]["all"]["mean"].as_u64().unwrap();
    for (id, mean, description) in [
        ("mean-more", mean + 1, "Every rating, and a standing whose mean is one more than theirs."),
        ("mean-less", mean - 1, "Every rating, and a standing whose mean is one less than theirs."),
        ("mean-best", 1000, "Every rating, one of them bad, and a standing with the best mean there is."),
        ("mean-worst", 0, "Every rating, and a standing with the worst mean there is."),
    ] {
        set.refuse(id, "standing.numbers", description, |case| {
            case.parts[0].standing["standing"]["numbers"]["total"]["all"]["mean"] = json!(mean);
        })
        .attack("A21");
    }
}

/// Lets the standing state these bands, of all time and of the last twelve months.
fn state(part: &mut Part, all: [u64; 5], recent: [u64; 5]) {
    let total = &mut part.standing["standing"]["numbers"]["total"];
    total["all"]["histogram"] = json!(all);
    total["recent"]["histogram"] = json!(recent);
}

fn numbers(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-PRES-15", &Case::ratings(&world.now, &[2], &[]));
    set.refuse(
        "band-0",
        "standing.numbers",
        "The standing counts none of the band of the bad rating that is shown.",
        |case| {
            state(&mut case.parts[0], [0, 0, 1, 1, 2], [0, 0, 1, 1, 1]);
        },
    )
    .attack("A21");
    set.refuse(
        "band-4",
        "standing.numbers",
        "The standing counts none of the band of the good rating that is shown.",
        |case| {
            *case = Case::ratings(&world.now, &[0], &[]);
            state(&mut case.parts[0], [2, 0, 1, 1, 0], [1, 0, 1, 1, 0]);
        },
    );
    set.refuse(
        "band-two",
        "standing.numbers",
        "Two ratings of one band are shown, of which the standing counts one.",
        |case| {
            *case = Case::ratings(&world.now, &[0, 1], &[]);
            case.parts[0].ratings[1].payload["entry"]["value"] = json!(5);
            case.parts[0].replant();
        },
    );
    set.refuse(
        "band-complete",
        "standing.numbers",
        "Every rating, and a standing with their mean and other bands.",
        |case| {
            *case = Case::complete(&world.now, None);
            state(&mut case.parts[0], [0, 1, 1, 1, 1], [0, 1, 1, 1, 0]);
        },
    );
    set.accept("band-last", "Every rating of every band: nothing is left of the histogram.", |case| {
        *case = Case::complete(&world.now, None);
    });
}
