//! Whom a verifier believes, and its own requests.

use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use faam_spec::time::EpochLength;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{
    Case, SIGNED, Set, WEEK, World, at, historic, ledger_query, payload_of, signer,
};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    untrusted(cases, world);
    frozen(cases, world);
    length(cases, world);
    used(cases, world);
    pending(cases, world);
}

fn untrusted(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &[]);
    let mut set = Set::new(cases, "REQ-VERIFY-3", &case);
    set.accept("role", "Trust in the role of the rating alone.", |case| {
        case.trust[0]["roles"] = json!(["seller"])
    })
    .attack("A81");
    set.accept("two-entries", "Trust in standings and in ratings by two entries.", |case| {
        let mut second = case.trust[0].clone();
        case.trust[0]["types"] = json!(["standing"]);
        second["types"] = json!(["rating"]);
        case.trust.push(second);
    })
    .attack("A81");
    set.accept("no-roles-standing", "Trust in standings and in no role, and a standing alone.", |case| {
        *case = Case::standing(&world.now);
        case.trust[0]["roles"] = json!([]);
    });
    let stranger = signer(8);
    for (id, member, value, description) in [
        ("other-market", "market", json!("beta"), "Trust in the issuer for another market."),
        ("other-issuer", "issuer", json!(stranger.did()), "Trust in another issuer for the market."),
        ("other-role", "roles", json!(["buyer"]), "Trust in another role than the rating's."),
        ("no-roles", "roles", json!([]), "Trust in no role."),
        ("no-ratings", "types", json!(["standing"]), "Trust in standings alone, and a rating is shown."),
        (
            "no-standings",
            "types",
            json!(["rating"]),
            "Trust in ratings alone, which are shown with a standing.",
        ),
        ("no-types", "types", json!([]), "Trust in nothing that the issuer states."),
    ] {
        set.refuse(id, "trust.untrusted", description, |case| case.trust[0][member] = value).attack("A81");
    }
    set.refuse("nobody", "trust.untrusted", "Trust in nobody.", |case| case.trust.clear()).attack("A81");
    set.refuse(
        "one-role-of-two",
        "trust.untrusted",
        "Two ratings, of which one is in a role that is not trusted.",
        |case| {
            *case = Case::ratings(&world.now, &[0, 2], &[]);
            case.trust[0]["roles"] = json!(["seller"]);
        },
    )
    .attack("A81");
    let second = World::new("beta", 2).now;
    set.refuse(
        "second-market",
        "trust.untrusted",
        "Two markets, of which the second is not trusted.",
        |case| {
            let query =
                [&world.now, &second].map(|part| ledger_query(Some(&part.market()), &part.market(), None));
            *case = Case::new(query.to_vec(), vec![world.now.clone(), second.clone()]);
            case.trust.pop();
        },
    )
    .attack("A81");
    let (here, key) = historic("market.example", "one", 6, SIGNED - 52 * WEEK, None);
    for (id, host, description) in [
        ("moved", "moved.example", "Trust in another DID of the issuer's, whose SCID is the same."),
        (
            "subdomain",
            "www.market.example",
            "Trust in a DID with the same SCID on a host below the issuer's.",
        ),
    ] {
        let (other, _) = historic(host, "one", 6, SIGNED - 52 * WEEK, None);
        set.refuse(id, "trust.untrusted", description, |case| {
            *case = Case::standing(&world.now.clone().signed_by(&here));
            case.histories = json!({here.did().as_str(): [key]});
            case.trust[0]["issuer"] = json!(other.did());
        })
        .attack("A82");
    }
    set.refuse(
        "own-standing",
        "trust.untrusted",
        "A standing that its holder made and signed, in the form of the market's.",
        |case| {
            let own = faam_spec::signed::Signer::from_key(world.now.holder.clone());
            let trusted = case.trust.clone();
            *case = Case::standing(&world.now.clone().signed_by(&own));
            case.trust = trusted;
        },
    )
    .attack("A81");
}

fn frozen(cases: &mut Cases, world: &World) {
    let epoch = world.now.record["epoch"].as_u64().unwrap();
    let mut set = Set::new(cases, "REQ-VERIFY-4", &Case::ratings(&world.now, &[0], &[]));
    set.accept("last-trusted", "The last epoch that is trusted.", |case| {
        case.trust[0]["frozen_after"] = json!(epoch);
    })
    .attack("A81");
    set.accept(
        "last-before",
        "A standing of the last epoch that is trusted, in the epoch after it.",
        |case| {
            *case = Case::standing(&world.before);
            case.trust[0]["frozen_after"] = json!(epoch - 1);
        },
    );
    for (id, last, description) in [
        ("epoch", epoch - 1, "Trust ended with the epoch before."),
        ("year", epoch - 52, "Trust ended a year ago."),
        ("ever", 0, "Trust ended with epoch 0."),
    ] {
        set.refuse(&format!("frozen-{id}"), "trust.frozen", description, |case| {
            case.trust[0]["frozen_after"] = json!(last);
        })
        .attack("A81");
    }
    set.refuse(
        "frozen-standing",
        "trust.frozen",
        "Trust ended with the epoch before, and a standing is shown alone.",
        |case| {
            *case = Case::standing(&world.now);
            case.trust[0]["frozen_after"] = json!(epoch - 1);
        },
    )
    .attack("A81");
    set.refuse(
        "frozen-standings",
        "trust.frozen",
        "Trust in standings ended with the epoch before, and trust in ratings did not.",
        |case| {
            let mut second = case.trust[0].clone();
            case.trust[0]["types"] = json!(["rating"]);
            second["types"] = json!(["standing"]);
            second["frozen_after"] = json!(epoch - 1);
            case.trust.push(second);
        },
    )
    .attack("A81");
    set.refuse(
        "frozen-ratings",
        "trust.frozen",
        "Trust in ratings ended with the epoch before, and trust in standings did not.",
        |case| {
            let mut second = case.trust[0].clone();
            case.trust[0]["types"] = json!(["standing"]);
            second["types"] = json!(["rating"]);
            second["frozen_after"] = json!(epoch - 1);
            case.trust.push(second);
        },
    )
    .attack("A81");
}

fn length(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-VERIFY-5", &Case::ratings(&world.now, &[0], &[]));
    let ledger = &world.holder.newest().ledger;
    let of_length = |case: &mut Case, seconds: i64| {
        let length = EpochLength::new(seconds).unwrap();
        let epoch = length.number_at(at(case.now));
        let begins = length.start_of(epoch);
        case.parts[0].move_to(seconds, epoch, (SIGNED - begins.seconds()).max(0));
        case.parts[0].standing["standing"]["numbers"] = json!(ledger.numbers(begins.day()));
    };
    for (id, seconds, text) in [("hour", 3600, "an hour"), ("quarter", 92 * 86_400, "92 days")] {
        set.accept(id, &format!("A market with epochs of {text}, which are trusted."), |case| {
            of_length(case, seconds);
            case.trust[0]["epoch_seconds"] = json!(seconds);
            case.policy = json!({"status_max_age": 92 * 86_400});
        });
        set.refuse(
            &format!("{id}-for-week"),
            "epoch.chain",
            &format!("A market with epochs of {text}, and epochs of a week are trusted."),
            |case| of_length(case, seconds),
        )
        .attack("A23");
    }
    set.refuse(
        "standing-for-hour",
        "epoch.chain",
        "A standing alone of a market with epochs of a week, and epochs of an hour are trusted.",
        |case| {
            *case = Case::standing(&world.now);
            case.trust[0]["epoch_seconds"] = json!(3600);
        },
    )
    .attack("A23");
    set.refuse(
        "week-for-hour",
        "epoch.chain",
        "A market with epochs of a week, and epochs of an hour are trusted.",
        |case| {
            case.trust[0]["epoch_seconds"] = json!(3600);
        },
    )
    .attack("A23");
    set.refuse(
        "week-and-a-second",
        "epoch.chain",
        "A market with epochs a second longer than those that are trusted.",
        |case| {
            of_length(case, WEEK + 1);
        },
    )
    .attack("A23");
}

fn used(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-VERIFY-12", &Case::standing(&world.now));
    for (id, case, description) in [
        ("standing", Case::standing(&world.now), "A request for a standing that was answered before."),
        ("ratings", Case::ratings(&world.now, &[0], &[]), "A request for ratings that was answered before."),
        (
            "complete",
            Case::complete(&world.now, None),
            "A request for every rating that was answered before.",
        ),
    ] {
        set.refuse(&format!("used-{id}"), "request.used", description, |base| {
            *base = case;
            base.used = true;
        })
        .attack("A17");
    }
    let mut set = Set::new(cases, "REQ-REQUEST-10", &Case::standing(&world.now));
    set.accept("open", "An answer in the last second of the request.", |case| case.asked = case.now - 599);
    set.refuse(
        "expired",
        "request.expired",
        "An answer in the second in which the request expires.",
        |case| {
            case.asked = case.now - 600;
        },
    );
}

fn pending(cases: &mut Cases, world: &World) {
    let req = "REQ-VERIFY-13";
    let case = Case::standing(&world.now);
    let request = case.request();
    let good = request.as_str();
    let reading = |request: &str| json!({"operation": "pending", "text": json!({"v": 0, "request": request}).to_string()});
    cases.accept(req, "pending", "What was stored when it was asked.", reading(good));
    let parts: Vec<&str> = good.split('.').collect();
    let with = |payload: &Value, signature: &str| [parts[0], &b64(payload.to_string()), signature].join(".");
    let mut bad = |id: &str, description: &str, request: &str| {
        cases.refuse(req, id, "invalid.signature", description, reading(request));
    };
    let mut other = payload_of(good);
    other["faam"]["retention_days"] = json!(3650);
    bad("pending-days", "The stored request was changed: it is kept for longer.", &with(&other, parts[2]));
    let mut other = payload_of(good);
    other["nonce"] = json!("u0123456789abcdefghijkl");
    bad("pending-nonce", "The stored request was changed: it has another nonce.", &with(&other, parts[2]));
    let stranger = SigningKey::from_seed(&[8; 32]);
    let signed = format!("{}.{}", parts[0], parts[1]);
    let signature = b64(stranger.sign(signed.as_bytes()).to_bytes());
    bad(
        "pending-key",
        "The stored request is signed by another key than the one it names.",
        &format!("{signed}.{signature}"),
    );
    let mut bytes = faam_spec::encoding::unb64(parts[2], "signature").unwrap();
    bytes[40] ^= 1;
    bad("pending-bit", "One bit of the stored signature is changed.", &format!("{signed}.{}", b64(bytes)));
}
