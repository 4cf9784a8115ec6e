//! Which epochs count.

use faam_spec::hash::Hash;
use faam_spec::time::EpochLength;
use serde_json::{Value, json};

use super::super::fixtures_shown::{
    Case, Part, SIGNED, Set, WEEK, World, next_record, record_hash, sign_record,
};
use super::super::{Cases, NOW};

const YEAR: i64 = 365 * 86_400;

pub(super) fn cases(cases: &mut Cases, world: &World) {
    known(cases, world);
    future(cases, world);
    closed(cases, world);
    stale(cases, world);
    silent(cases, world);
}

/// A record of the market that the verifier knows, made from the one that is shown.
fn known_record(case: &mut Case, change: impl FnOnce(&mut Value)) {
    let part = &case.parts[0];
    let mut record = super::super::fixtures_shown::payload_of(&part.record_text());
    change(&mut record);
    case.records.push(sign_record(&record, &part.signer));
}

/// So many records after the one that is shown, each naming the one before.
fn later_records(part: &Part, count: usize) -> Vec<String> {
    let mut records = vec![part.record_text()];
    for _ in 0..count {
        let next = next_record(records.last().unwrap(), &part.signer);
        records.push(sign_record(&next, &part.signer));
    }
    records.remove(0);
    records
}

fn known(cases: &mut Cases, world: &World) {
    let part = &world.now;
    let mut set = Set::new(cases, "REQ-VERIFY-7", &Case::standing(part));
    set.accept("known-before", "The record before is known.", |case| {
        case.records = vec![world.before.record_text()]
    });
    set.accept("known-same", "The record is known.", |case| case.records = vec![part.record_text()]);
    set.accept(
        "known-elsewhere",
        "Another record of the same epoch is known, of another market of the issuer.",
        |case| {
            known_record(case, |record| record["market"] = json!("beta"));
        },
    );
    set.refuse("forked", "epoch.forked", "Another record of the same epoch is known.", |case| {
        known_record(case, |record| record["accounts"]["size"] = json!(4));
    })
    .attack("A34");
    set.refuse(
        "forked-later",
        "epoch.forked",
        "A later record with the same predecessor is known.",
        |case| {
            known_record(case, |record| {
                record["epoch"] = json!(record["epoch"].as_u64().unwrap() + 1);
                record["iat"] = json!(SIGNED + WEEK);
            });
            case.later(WEEK);
        },
    )
    .attack("A34");
    set.refuse(
        "forked-before",
        "epoch.forked",
        "An earlier record with the same predecessor is known.",
        |case| {
            known_record(case, |record| {
                record["epoch"] = json!(record["epoch"].as_u64().unwrap() - 1);
                record["iat"] = json!(SIGNED - WEEK);
            });
        },
    )
    .attack("A34");
    set.refuse(
        "forked-first",
        "epoch.forked",
        "An earlier record is known that names none before, as does this one.",
        |case| {
            case.parts[0].record.as_object_mut().unwrap().remove("prev");
            case.records = vec![world.before.record_text()];
        },
    )
    .attack("A34");
    set.refuse(
        "chain-before",
        "epoch.chain",
        "Another record of the epoch before is known than the one that this one names.",
        |case| {
            known_record(case, |record| {
                record["prev"] = json!(Hash::of(b"faam/epoch/0\n", b"earlier"));
                record["epoch"] = json!(record["epoch"].as_u64().unwrap() - 1);
                record["iat"] = json!(SIGNED - WEEK);
            });
        },
    )
    .attack("A34");
    set.refuse(
        "chain-after",
        "epoch.chain",
        "The next record is known, and it names another than this one.",
        |case| {
            known_record(case, |record| {
                record["prev"] = json!(Hash::of(b"faam/epoch/0\n", b"another"));
                record["epoch"] = json!(record["epoch"].as_u64().unwrap() + 1);
                record["iat"] = json!(SIGNED + WEEK);
            });
            case.later(WEEK);
        },
    )
    .attack("A34");
    set.refuse(
        "chain-final",
        "epoch.chain",
        "A record that was final is known, of an earlier epoch.",
        |case| {
            let mut last = world.before.clone();
            last.record["final"] = json!(true);
            case.parts[0].record["prev"] = json!(record_hash(&last.record_text()));
            case.records = vec![last.record_text()];
        },
    )
    .attack("A40");
    set.refuse(
        "chain-length",
        "epoch.chain",
        "An earlier record with epochs of another length is known.",
        |case| {
            known_record(case, |record| {
                record["prev"] = json!(Hash::of(b"faam/epoch/0\n", b"earlier"));
                record["epoch_seconds"] = json!(WEEK + 3600);
                record["epoch"] = json!(
                    EpochLength::new(WEEK + 3600)
                        .unwrap()
                        .number_at(super::super::fixtures_shown::at(SIGNED - 2 * WEEK))
                );
                record["iat"] = json!(SIGNED - WEEK);
            });
        },
    )
    .attack("A23");
}

fn future(cases: &mut Cases, world: &World) {
    let next = world.now.record["epoch"].as_u64().unwrap() + 1;
    let begins = EpochLength::WEEK.start_of(next).seconds();
    let mut set = Set::new(cases, "REQ-VERIFY-8", &Case::standing(&world.now));
    let at = |case: &mut Case, seconds: i64| case.later(seconds - NOW);
    set.accept("begun", "In the first second of the epoch, with a record of that second.", |case| {
        case.parts[0].move_to(WEEK, next, 0);
        at(case, begins);
    });
    set.accept("ahead", "Record and standing are signed exactly 60 s ahead.", |case| {
        let part = &mut case.parts[0];
        for payload in [&mut part.record, &mut part.standing] {
            payload["iat"] = json!(NOW + 60);
        }
    });
    for (id, early, description) in [
        (
            "second",
            1,
            "A second before the epoch begins, though its record is signed no more than 60 s ahead.",
        ),
        (
            "minute",
            60,
            "A minute before the epoch begins, though its record is signed no more than 60 s ahead.",
        ),
    ] {
        set.refuse(&format!("early-{id}"), "epoch.future", description, |case| {
            case.parts[0].move_to(WEEK, next, 0);
            at(case, begins - early);
        })
        .attack("A23");
    }
    set.refuse("next-week", "epoch.future", "A standing of the next epoch, days before it begins.", |case| {
        case.parts[0].move_to(WEEK, next, 3600);
    })
    .attack("A23");
    set.refuse("record-ahead", "epoch.future", "The record is signed 61 s ahead.", |case| {
        case.parts[0].record["iat"] = json!(NOW + 61);
    });
    set.refuse("standing-ahead", "epoch.future", "The standing is signed 61 s ahead.", |case| {
        case.parts[0].standing["iat"] = json!(NOW + 61);
    });
}

fn closed(cases: &mut Cases, world: &World) {
    let mut last = world.now.clone();
    last.record["final"] = json!(true);
    let mut set = Set::new(cases, "REQ-VERIFY-9", &Case::standing(&last));
    set.accept("final", "The final epoch of a market that closed three years ago.", |case| {
        case.later(3 * YEAR)
    })
    .attack("A23");
    set.accept("final-known", "The final epoch of a market that is known to be closed.", |case| {
        case.records = vec![last.record_text()];
        case.later(3 * YEAR);
    })
    .attack("A23");
    set.accept("final-ratings", "Ratings of a market that closed a week ago.", |case| {
        *case = Case::ratings(&last, &[0], &["day"]);
        case.later(WEEK);
    });
    let closing = |case: &mut Case, part: &Part, epochs: u64| {
        *case = Case::standing(part);
        let mut record = next_record(&part.record_text(), &part.signer);
        record["final"] = json!(true);
        if epochs > 1 {
            record["epoch"] = json!(record["epoch"].as_u64().unwrap() + epochs - 1);
            record["iat"] = json!(SIGNED + i64::try_from(epochs).unwrap() * WEEK);
            record["prev"] = json!(Hash::of(b"faam/epoch/0\n", b"in between"));
        }
        case.records = vec![sign_record(&record, &part.signer)];
        case.later(WEEK * i64::try_from(epochs).unwrap());
    };
    for (id, epochs, description) in [
        ("before-final", 1, "The epoch before the final one, as the final one is current."),
        ("two-before-final", 2, "Two epochs before the final one."),
        ("year-before-final", 52, "A year before the final epoch."),
    ] {
        set.refuse(id, "epoch.not_final", description, |case| closing(case, &world.now, epochs))
            .attack("A23");
    }
    set.refuse(
        "before-final-last-known",
        "epoch.not_final",
        "The epoch before the final one, years later, and the policy takes the last word of silent markets.",
        |case| {
            closing(case, &world.now, 1);
            let seen = world.now.record_text();
            case.records.insert(0, seen);
            case.policy = json!({"issuer_gone": "last_known"});
            case.later(3 * YEAR);
        },
    )
    .attack("A23");
    let mut set = Set::new(cases, "REQ-STATUS-10", &Case::ratings(&last, &[0], &[]));
    set.undecided(
        "closed",
        "status.expired",
        "Ratings of a market that closed three years ago, with its last list.",
        |case| {
            case.later(3 * YEAR);
        },
    )
    .attack("A41");
    set.accept("closed-policy", "The same, and the policy takes lists of any age.", |case| {
        case.later(3 * YEAR);
        case.policy = json!({"status_max_age": 100 * YEAR});
    });
}

fn stale(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-VERIFY-10", &Case::standing(&world.now));
    set.accept("previous", "A standing of the epoch before, whose record's successor is known.", |case| {
        case.records = later_records(&world.now, 1);
        case.later(WEEK);
    })
    .attack("A23");
    set.accept(
        "previous-last-second",
        "In the last second in which a standing of the epoch before counts.",
        |case| {
            let two_later = EpochLength::WEEK.start_of(world.now.record["epoch"].as_u64().unwrap() + 2);
            case.later(two_later.seconds() - 1 - NOW);
        },
    );
    set.accept("before", "A rating of the epoch before, which was corrected since.", |case| {
        *case = Case::ratings(&world.before, &[3], &["comment"]);
    });
    for (id, age, known, description) in [
        ("two", 2, 2, "Two epochs old, and both records since are known."),
        ("two-one", 2, 1, "Two epochs old, and the record after it is known."),
        ("three", 3, 1, "Three epochs old, and the record after it is known."),
        ("year", 52, 3, "A year old, and later records are known."),
    ] {
        set.refuse(&format!("stale-{id}"), "epoch.stale", description, |case| {
            case.records = later_records(&world.now, known);
            case.later(age * WEEK);
        })
        .attack("A23");
    }
    set.refuse(
        "stale-last-known",
        "epoch.stale",
        "Two epochs old, seen before and followed by another, and the policy takes the last word of silent markets.",
        |case| {
            case.records = later_records(&world.now, 1);
            case.records.insert(0, world.now.record_text());
            case.policy = json!({"issuer_gone": "last_known"});
            case.later(2 * WEEK);
        },
    )
    .attack("A23");
}

fn silent(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-VERIFY-11", &Case::standing(&world.now));
    let last_known = || json!({"issuer_gone": "last_known"});
    let seen = || vec![world.now.record_text()];
    set.accept(
        "last-known",
        "The last record that was seen of a market that has been silent for a year.",
        |case| {
            case.policy = last_known();
            case.records = seen();
            case.later(52 * WEEK);
        },
    );
    set.accept(
        "last-known-ratings",
        "Ratings of such a market; the age of its lists does not matter.",
        |case| {
            *case = Case::ratings(&world.now, &[0], &[]);
            case.policy = last_known();
            case.records = seen();
            case.later(52 * WEEK);
        },
    );
    set.undecided(
        "silent",
        "epoch.issuer_silent",
        "Two epochs old, and nothing is known of the market.",
        |case| {
            case.later(2 * WEEK);
        },
    )
    .attack("A23");
    set.undecided(
        "silent-seen",
        "epoch.issuer_silent",
        "Two epochs old and seen before, and the policy takes no last word.",
        |case| {
            case.records = seen();
            case.later(2 * WEEK);
        },
    )
    .attack("A23");
    set.undecided(
        "silent-unseen",
        "epoch.issuer_silent",
        "Two epochs old and not seen before, and the policy takes the last word of silent markets.",
        |case| {
            case.policy = last_known();
            case.later(2 * WEEK);
        },
    )
    .attack("A23");
    set.undecided(
        "silent-older-seen",
        "epoch.issuer_silent",
        "Two epochs old, and what was seen before is the record before it.",
        |case| {
            case.policy = last_known();
            case.records = vec![world.before.record_text()];
            case.later(2 * WEEK);
        },
    )
    .attack("A23");
}
