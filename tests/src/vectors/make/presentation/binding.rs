//! Key bindings as they are checked in an answer, and what is taken apart before them. The requirements are those of `credentials.md`.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{Case, KeyBinding, SIGNED, Set, WEEK, World, historic};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &["day", "rater"]);
    missing(cases, &case);
    holder(cases, world, &case);
    purpose(cases, &case);
    disclosures(cases, &case);
    times(cases, &case);
    sizes(cases, &case);
    key_of_a_rating(cases, world);
}

/// Makes the key binding of the standing or of the rating so.
fn bound(case: &mut Case, id: &str, change: impl FnOnce(&mut KeyBinding)) {
    let part = &mut case.parts[0];
    change(if id == "standing" { &mut part.binding } else { &mut part.ratings[0].binding });
}

const BOTH: [(&str, &str); 2] = [("standing", "standing"), ("ratings", "rating")];

fn missing(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-CRED-25", case);
    for (id, name) in BOTH {
        let description = format!("The {name} ends in nothing.");
        set.spoil(&format!("unbound-{name}"), "invalid.key_binding.missing", &description, |all| {
            let text = all["vp_token"][id][0].as_str().unwrap();
            let (before, _) = text.rsplit_once('~').unwrap();
            all["vp_token"][id][0] = json!(format!("{before}~"));
        })
        .attack("A14");
    }
}

fn holder(cases: &mut Cases, world: &World, case: &Case) {
    let mut set = Set::new(cases, "REQ-CRED-26", case);
    let friend = world.friend.holder.clone();
    for (id, name) in BOTH {
        for (who, key, text) in [
            ("friend", &friend, "by another account's holder"),
            ("verifier", case.verifier.key(), "by the verifier"),
            ("issuer", world.now.signer.key(), "by the issuer"),
        ] {
            let description = format!("The key binding of the {name} is signed {text}.");
            set.refuse(
                &format!("bound-{name}-{who}"),
                "invalid.key_binding.signature",
                &description,
                |case| bound(case, id, |binding| binding.key = Some(key.clone())),
            )
            .attack("A15");
        }
    }
    set.spoil(
        "bound-elsewhere",
        "invalid.key_binding.sd_hash",
        "The rating ends in the key binding of the standing.",
        |all| {
            let standing = all["vp_token"]["standing"][0].as_str().unwrap().to_owned();
            let rating = all["vp_token"]["ratings"][0].as_str().unwrap().to_owned();
            let (before, _) = rating.rsplit_once('~').unwrap();
            let (_, binding) = standing.rsplit_once('~').unwrap();
            all["vp_token"]["ratings"][0] = json!(format!("{before}~{binding}"));
        },
    )
    .attack("A16")
    .req = "REQ-CRED-29".into();
}

fn purpose(cases: &mut Cases, case: &Case) {
    let audience = case.request().request().verifier.client_id();
    let bare = audience.split_once(':').unwrap().1.to_owned();
    let mut set = Set::new(cases, "REQ-CRED-27", case);
    for (id, other, description) in [
        ("longer", format!("{audience}0"), "an audience that begins with the verifier's"),
        (
            "shorter",
            audience[..audience.len() - 1].to_owned(),
            "the verifier's audience without its last letter",
        ),
        ("upper", audience.to_uppercase(), "the verifier's audience in capitals"),
        ("bare", bare, "the verifier's DID without the prefix"),
        ("empty", String::new(), "no audience"),
    ] {
        let (at, name) = if id == "shorter" { BOTH[0] } else { BOTH[1] };
        let description = format!("The key binding of the {name} is for {description}.");
        set.refuse(&format!("audience-{id}"), "invalid.key_binding.audience", &description, |case| {
            bound(case, at, |binding| binding.audience = Some(other));
        })
        .attack("A17");
    }
    let mut set = Set::new(cases, "REQ-CRED-28", case);
    let nonce = case.request().request().nonce.clone();
    for (id, other, description) in [
        ("other", "u0123456789abcdefghijkl".to_owned(), "another nonce"),
        ("longer", format!("{nonce}0"), "a nonce that begins with the request's"),
        ("empty", String::new(), "an empty nonce"),
    ] {
        for (at, name) in BOTH {
            let description = format!("The key binding of the {name} has {description}.");
            let other = other.clone();
            set.refuse(&format!("nonce-{id}-{name}"), "invalid.key_binding.nonce", &description, |case| {
                bound(case, at, |binding| binding.nonce = Some(other));
            })
            .attack("A17");
        }
    }
}

fn disclosures(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-CRED-29", case);
    let change = |all: &mut Value, change: &dyn Fn(&mut Vec<String>)| {
        let text = all["vp_token"]["ratings"][0].as_str().unwrap();
        let mut parts: Vec<String> = text.split('~').map(str::to_owned).collect();
        change(&mut parts);
        all["vp_token"]["ratings"][0] = json!(parts.join("~"));
    };
    set.spoil(
        "order",
        "invalid.key_binding.sd_hash",
        "Two disclosures have changed places after it was signed.",
        |all| {
            change(all, &|parts| parts.swap(1, 2));
        },
    )
    .attack("A16");
    let only = |wanted: &[&str]| {
        let mut only = case.clone();
        only.asking(|ratings| ratings.disclose = wanted.iter().map(|name| (*name).to_owned()).collect());
        only
    };
    let mut set = Set::new(cases, "REQ-CRED-29", &only(&["day"]));
    set.spoil(
        "fewer",
        "invalid.key_binding.sd_hash",
        "A disclosure that nobody asked for was taken away after it was signed.",
        |all| {
            change(all, &|parts| {
                let is_rater = |part: &String| {
                    let bytes = faam_spec::encoding::unb64(part, "disclosure").unwrap();
                    String::from_utf8(bytes).unwrap().contains("\"rater\"")
                };
                let at = (1..3).find(|at| is_rater(&parts[*at])).unwrap();
                parts.remove(at);
            });
        },
    )
    .attack("A16");
    let hidden = case.parts[0].all[&0].clone().disclosing(&["comment"]).disclosures[0].as_str().to_owned();
    let mut set = Set::new(cases, "REQ-CRED-29", &only(&["comment", "day", "rater"]));
    set.spoil(
        "more",
        "invalid.key_binding.sd_hash",
        "A disclosure that was asked for was added after it was signed.",
        |all| {
            change(all, &|parts| parts.insert(1, hidden.clone()));
        },
    )
    .attack("A16");
}

fn times(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-CRED-30", case);
    for (id, name) in BOTH {
        set.accept(
            &format!("age-300-{name}"),
            &format!("The {name} was signed exactly 300 s ago."),
            |case| {
                case.asked -= 300;
                bound(case, id, |binding| binding.age = 300);
            },
        )
        .attack("A18");
        for age in [301, 86_400] {
            let description = format!("The {name} was signed {age} s ago.");
            set.refuse(&format!("age-{age}-{name}"), "invalid.key_binding.stale", &description, |case| {
                case.asked -= 300;
                bound(case, id, |binding| binding.age = age);
            })
            .attack("A18");
        }
    }
    let mut set = Set::new(cases, "REQ-CRED-31", case);
    for (id, name) in BOTH {
        set.accept(
            &format!("ahead-60-{name}"),
            &format!("The {name} was signed exactly 60 s ahead."),
            |case| {
                bound(case, id, |binding| binding.age = -60);
            },
        )
        .attack("A18");
        for ahead in [61, 86_400] {
            let description = format!("The {name} was signed {ahead} s ahead.");
            set.refuse(
                &format!("ahead-{ahead}-{name}"),
                "invalid.key_binding.future",
                &description,
                |case| {
                    bound(case, id, |binding| binding.age = -ahead);
                },
            )
            .attack("A18");
        }
    }
}

/// What is dear to check is compared in size before a signature is verified: nothing here verifies.
fn sizes(cases: &mut Cases, case: &Case) {
    let mut set = Set::new(cases, "REQ-CRED-1", case);
    let replace = |all: &mut Value, text: String| all["vp_token"]["ratings"][0] = json!(text);
    set.spoil("disclosures-65", "too_large", "A rating with 65 disclosures and no signature.", |all| {
        replace(all, format!("x{}", "~WyJhIiwiYiIsMV0".repeat(65) + "~"));
    })
    .attack("A85");
    set.spoil("credential-large", "too_large", "A rating of over 64 KiB without a signature.", |all| {
        replace(all, "AAAA".repeat(17_000) + "~");
    })
    .attack("A85");
    set.spoil(
        "disclosure-large",
        "too_large",
        "A rating with a disclosure of over 16 KiB and no signature.",
        |all| {
            replace(all, format!("x~{}~", "AAAA".repeat(5_000)));
        },
    )
    .attack("A85");
}

/// A rating has no date: its key must have been the issuer's by the time of the standing.
fn key_of_a_rating(cases: &mut Cases, world: &World) {
    let change = SIGNED - 3600;
    let (old, old_part) = historic("market.example", "one", 6, change - 52 * WEEK, Some(change));
    let (new, new_part) = historic("market.example", "two", 7, change, None);
    let (late, late_part) = historic("market.example", "three", 9, SIGNED + 1, None);
    let mut case = Case::ratings(&world.now.clone().signed_by(&new), &[0], &[]);
    case.histories[old.did().as_str()] = json!([old_part, new_part, late_part]);
    let mut set = Set::new(cases, "REQ-CRED-19", &case);
    set.accept(
        "history",
        "An issuer whose key was changed: the rating is signed with the old key, the standing and its record with the new one.",
        |case| case.parts[0].ratings[0].signer = Some(old.clone()),
    )
    .attack("A44");
    set.accept(
        "history-new",
        "An issuer whose key was changed: everything is signed with the new key.",
        |_| (),
    );
    set.refuse(
        "history-late",
        "issuer.key_not_valid_then",
        "A rating signed with a key that became the issuer's a second after the standing was signed.",
        |case| case.parts[0].ratings[0].signer = Some(late.clone()),
    )
    .attack("A44");
    let mut set = Set::new(cases, "REQ-NAME-11", &case);
    set.refuse(
        "history-ended",
        "issuer.key_not_valid_then",
        "A standing and record signed with the old key after it was changed.",
        |case| {
            *case = Case::standing(&world.now.clone().signed_by(&old));
            case.histories = json!({old.did().as_str(): [historic("market.example", "one", 6, change - WEEK, Some(change)).1]});
        },
    )
    .attack("A44");
    set.accept("history-before", "The epoch before, when the old key was the issuer's.", |case| {
        *case = Case::standing(&world.before.clone().signed_by(&old));
        case.histories = json!({old.did().as_str(): [historic("market.example", "one", 6, change - 2 * WEEK, Some(change)).1]});
    })
    .attack("A44");
}
