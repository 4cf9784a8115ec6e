//! Replies to ratings that are shown.

use faam_spec::encoding::from_value;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::ledger::Entry;
use faam_spec::tree::Tree;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{Case, Part, Set, World};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    replies(cases, world);
    wrong_replies(cases, world);
}

/// The rating that was answered and others, with the answer.
fn answered(world: &World, indices: &[u64]) -> Case {
    let mut case = Case::ratings(&world.now, indices, &[]);
    case.parts[0].replies = vec![world.now.log[8].clone()];
    case
}

/// Puts a reply's entry into the log in its place.
fn relog(part: &mut Part) {
    let leaf = |logged: &Value| {
        let entry = logged["record"]["entry"].clone();
        from_value::<Entry>(entry, "entry").unwrap().leaf().unwrap()
    };
    let mut leaves: Vec<Hash> = part.log.iter().map(leaf).collect();
    let index = |reply: &Value| usize::try_from(reply["record"]["entry"]["index"].as_u64().unwrap()).unwrap();
    for reply in &part.replies {
        leaves[index(reply)] = leaf(reply);
    }
    let tree = Tree::of(&leaves);
    part.standing["standing"]["head"]["log"] = json!(tree.head());
    for reply in &mut part.replies {
        reply["path"] = json!(tree.prove(u64::try_from(index(reply)).unwrap()).unwrap());
    }
}

fn replies(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-PRES-18", &answered(world, &[2]));
    set.accept("reply", "A rating with the reply to it.", |_| ());
    set.accept("reply-of-three", "Three ratings, and the reply to the last.", |case| {
        *case = answered(world, &[0, 1, 2]);
    });
    set.accept("no-reply", "A rating without the reply that there is.", |case| case.parts[0].replies.clear());
    let mut set = Set::new(cases, "REQ-PRES-16", &answered(world, &[2]));
    let others = [
        (
            "reply-ledger",
            "A reply of another ledger of the market, under this one's log root.",
            world.friend.standing["standing"]["ledger"].clone(),
        ),
        (
            "reply-nobody",
            "A reply of a ledger that nobody has, under this one's log root.",
            json!(LedgerId::from_bytes([0; 16])),
        ),
    ];
    for (id, description, other) in others {
        set.refuse(id, "standing.other_ledger", description, |case| {
            case.parts[0].replies[0]["record"]["entry"]["ledger"] = other;
            relog(&mut case.parts[0]);
        })
        .attack("A22");
    }
    set.refuse(
        "reply-of-beta",
        "standing.other_ledger",
        "A reply that was taken from a ledger of another market.",
        |case| {
            case.parts[0].replies = vec![World::new("beta", 2).now.log[8].clone()];
        },
    )
    .attack("A22");
    let mut set = Set::new(cases, "REQ-PRES-17", &answered(world, &[2]));
    set.refuse(
        "reply-later",
        "ledger.root",
        "A reply that came after the head that the standing states.",
        |case| {
            let part = &mut case.parts[0];
            let (log, head) = (&part.log[..8], &mut part.standing["standing"]["head"]["log"]);
            let leaf = |logged: &Value| {
                from_value::<Entry>(logged["record"]["entry"].clone(), "entry").unwrap().leaf().unwrap()
            };
            *head = json!(Tree::of(log.iter().map(leaf).collect::<Vec<_>>().iter()).head());
        },
    );
    set.refuse("reply-salt", "ledger.root", "A reply with another salt than the log holds.", |case| {
        case.parts[0].replies[0]["record"]["entry"]["salt"] =
            world.now.all[&1].payload["entry"]["salt"].clone();
    });
    set.refuse("reply-day", "ledger.root", "A reply with another day than the log holds.", |case| {
        case.parts[0].replies[0]["record"]["entry"]["day"] = json!("2026-11-16");
    });
    set.refuse("reply-index", "ledger.root", "A reply with the index of the entry before it.", |case| {
        case.parts[0].replies[0]["record"]["entry"]["index"] = json!(7);
    });
    set.refuse("reply-path", "ledger.root", "A reply with the path of another entry.", |case| {
        case.parts[0].replies[0]["path"] = world.now.log[7]["path"].clone();
    });
}

fn wrong_replies(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-PRES-18", &answered(world, &[2]));
    set.refuse("reply-elsewhere", "query.extra", "A reply to a rating that is not shown.", |case| {
        *case = answered(world, &[0]);
    })
    .attack("A83");
    set.refuse("reply-twice", "query.extra", "The same reply twice, with two ratings.", |case| {
        *case = answered(world, &[0, 2]);
        let reply = case.parts[0].replies[0].clone();
        case.parts[0].replies.push(reply);
    });
    set.refuse("replies-two", "query.extra", "Two replies to one rating, both in the log.", |case| {
        *case = answered(world, &[0, 2]);
        let part = &mut case.parts[0];
        let mut second = part.replies[0].clone();
        second["record"]["entry"]["index"] = json!(7);
        part.replies.push(second);
        relog(part);
    });
    set.refuse("replies-more", "query.extra", "Two replies with one rating.", |case| {
        let part = &mut case.parts[0];
        let mut second = part.replies[0].clone();
        second["record"]["entry"]["index"] = json!(7);
        part.replies.push(second);
        relog(part);
    });
    for (id, index, description) in [
        ("reply-withdrawal", 7, "A withdrawal in the place of a reply."),
        ("reply-binding", 5, "A binding in the place of a reply."),
        ("reply-rating", 2, "The rating itself in the place of a reply."),
    ] {
        set.refuse(id, "malformed", description, |case| {
            case.parts[0].replies = vec![world.now.log[index].clone()];
        });
    }
    set.refuse("reply-mute", "malformed", "A reply without its text.", |case| {
        case.parts[0].replies[0]["record"].as_object_mut().unwrap().remove("disclosures");
    });
}
