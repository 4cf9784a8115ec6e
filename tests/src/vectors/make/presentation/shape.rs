//! Sizes and shape, and answers as a market's own wallet would make them.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_shown::{Case, Part, Set, World, at, compact, ledger_query, ratings_query};
use crate::vectors::long;

pub(super) fn cases(cases: &mut Cases, world: &World) {
    honest(cases, world);
    accepted(cases, world);
    bounds(cases, world);
    standings(cases, world);
    places(cases, world);
}

/// Answers whose every signature is as the issuer made it.
fn honest(cases: &mut Cases, world: &World) {
    let part = &world.now;
    let mut make = |id: &str, description: &str, case: &Case, indices: &[u64]| {
        let request = case.request();
        let draft = world.holder.draft(world.holder.newest(), &request, indices);
        let answer = draft.sign(&world.holder.key, &request, at(case.now)).to_bytes().unwrap();
        let input = case.input(json!(String::from_utf8(answer).unwrap()));
        cases.accept("REQ-PRES-2", id, description, input);
    };
    make("standing", "A standing alone.", &Case::standing(part), &[]);
    make("one-rating", "A standing and one rating.", &Case::ratings(part, &[2], &[]), &[2]);
    let all = ["aspects", "amount_band", "category", "comment", "day", "rater"];
    make(
        "all-parts",
        "A rating with everything that can be disclosed.",
        &Case::ratings(part, &[0], &all),
        &[0],
    );
    make("complete", "Every live rating.", &Case::complete(part, None), &[0, 1, 2, 6]);
    make(
        "complete-role",
        "Every live rating of one role.",
        &Case::complete(part, Some("seller")),
        &[0, 1, 6],
    );
}

fn accepted(cases: &mut Cases, world: &World) {
    let part = &world.now;
    for name in ["aspects", "amount_band", "category", "comment", "day", "rater"] {
        let description = format!("Two ratings with `{name}` disclosed, one of them a correction.");
        Set::new(cases, "REQ-PRES-19", &Case::ratings(part, &[1, 6], &[name])).accept(
            name,
            &description,
            |_| (),
        );
    }
    let mut set = Set::new(cases, "REQ-PRES-13", &Case::complete(part, Some("buyer")));
    set.accept("complete-buyer", "Every live rating of a role: there is one.", |_| ());
    set.accept(
        "complete-two-roles",
        "Every live rating of two roles, which are asked for by name.",
        |case| {
            *case = Case::complete(part, None);
            case.asking(|ratings| ratings.roles = vec!["buyer".parse().unwrap(), "seller".parse().unwrap()]);
        },
    );
    set.accept("complete-no-role", "Every live rating of a role in which there is none.", |case| {
        case.asking(|ratings| ratings.roles = vec!["courier".parse().unwrap()]);
        case.parts[0].ratings.clear();
        case.parts[0].lists.clear();
    });
    set.accept(
        "complete-unasked",
        "Every live rating, said to be all of them though nobody asked for that.",
        |case| {
            *case = Case::complete(part, None);
            case.asking(|ratings| ratings.complete = false);
        },
    );
    let mut set = Set::new(cases, "REQ-PRES-2", &Case::ratings(part, &[6, 0], &[]));
    set.accept("any-order", "Ratings in another order than that of the ledger.", |_| ());
    set.accept("more-than-asked", "More ratings than were asked for at least.", |case| {
        case.asking(|ratings| ratings.at_least = 1);
    });
    set.accept("no-ratings", "No ratings where none are asked for at least.", |case| {
        case.asking(|ratings| ratings.at_least = 0);
        case.parts[0].ratings.clear();
        case.parts[0].lists.clear();
    });
    let second = World::new("beta", 2);
    let mut set = Set::new(cases, "REQ-PRES-2", &two(part, &second.now));
    set.accept(
        "two-markets",
        "A standing of one market, and of another one a standing with two ratings.",
        |_| (),
    );
}

/// Of one market a standing, of the other a standing and two ratings.
fn two(first: &Part, second: &Part) -> Case {
    let mut second = second.clone();
    second.ratings = [0, 2].map(|index| second.all[&index].clone().disclosing(&["day"])).to_vec();
    let query = vec![
        ledger_query(Some(&first.market()), "first", None),
        ledger_query(Some(&second.market()), "second", Some(ratings_query("ratings", 2, &["day"]))),
    ];
    Case::new(query, vec![first.clone(), second])
}

fn bounds(cases: &mut Cases, world: &World) {
    let req = "REQ-PRES-1";
    let case = Case::ratings(&world.now, &[0], &[]);
    let text = case.presentation().to_string();
    let most = 4_194_304;
    let padded = |bytes: usize| case.input(long(&text, " ", bytes - text.len(), ""));
    cases.accept(req, "largest", "An answer of 4 MiB, most of it white space.", padded(most));
    let mut large = |id: &str, description: &str, input: Value| {
        cases.refuse(req, id, "too_large", description, input).attack("A85");
    };
    large("large", "An answer of 4 MiB and a byte, most of it white space.", padded(most + 1));
    large("junk", "Eight megabytes that are no answer.", case.input(long("", "[[[[", 2_000_000, "")));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut presentation = case.presentation();
        change(&mut presentation);
        case.input(compact(&presentation.to_string()))
    };
    large(
        "ledgers-9",
        "Nine ledgers.",
        changed(&|all| all["ledgers"] = json!(vec![all["ledgers"][0].clone(); 9])),
    );
    large(
        "ids-17",
        "Seventeen ids.",
        changed(&|all| (2..17).for_each(|n| all["vp_token"][format!("id-{n}")] = json!([]))),
    );
    large(
        "lists-9",
        "Nine status lists for one ledger.",
        changed(&|all| {
            let list = all["ledgers"][0]["status"][0].clone();
            all["ledgers"][0]["status"] = json!(vec![list; 9]);
        }),
    );
    large(
        "ratings-1033",
        "More credentials than 1,024 ratings and 8 standings.",
        changed(&|all| all["vp_token"]["ratings"] = json!(vec!["x"; 1032])),
    );
    cases.accept(
        req,
        "lists-8",
        "Eight ratings of one ledger, each on a status list of its own.",
        eight_lists(world),
    );
    let markets: Vec<Part> = (1..=8).map(|n| World::new(&format!("market-{n}"), n).now).collect();
    let query = |part: &Part| {
        let name = part.market();
        ledger_query(Some(&name), &name, Some(ratings_query(&format!("ratings-{name}"), 0, &[])))
    };
    let case = Case::new(markets.iter().map(query).collect(), markets);
    Set::new(cases, req, &case).accept("ledgers-8", "Eight ledgers under sixteen ids.", |_| ());
}

/// Four ratings, of which each has its list; the others' lists would be of no use.
fn eight_lists(world: &World) -> Value {
    let mut case = Case::ratings(&world.now, &[0, 1, 2, 6], &[]);
    let part = &mut case.parts[0];
    // Four more entries like the first ones, under the same live root.
    for n in 0..4_u64 {
        let mut more = part.ratings[usize::try_from(n).unwrap()].clone();
        more.payload["entry"]["index"] = json!(n + 20);
        more.payload["entry"]["kind"] = json!("rating");
        more.payload["entry"].as_object_mut().unwrap().remove("refs");
        more.live["at"] = json!(n + 4);
        part.ratings.push(more);
    }
    part.replant();
    let head = &mut part.standing["standing"]["head"];
    head["live"]["size"] = json!(8);
    head["log"]["size"] = json!(24);
    twice(&mut part.standing["standing"]["numbers"]);
    let list = part.lists.remove(0);
    for (n, shown) in part.ratings.iter_mut().enumerate() {
        let mut list = list.clone();
        list["sub"] = json!(format!("urn:faam:status:{n}"));
        shown.payload["status"]["status_list"]["uri"] = list["sub"].clone();
        part.lists.push(list);
    }
    let named = |list: &Value| json!({"uri": list["sub"], "hash": case.parts[0].record["status"][0]["hash"]});
    let named: Vec<Value> = case.parts[0].lists.iter().map(named).collect();
    case.parts[0].record["status"] = json!(named);
    case.input(json!(case.presentation().to_string()))
}

/// Doubles every count.
fn twice(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.iter_mut().filter(|(name, _)| *name != "mean").for_each(|(_, value)| twice(value));
        }
        Value::Array(list) => list.iter_mut().for_each(twice),
        Value::Number(number) => *value = json!(number.as_u64().unwrap() * 2),
        _ => (),
    }
}

fn standings(cases: &mut Cases, world: &World) {
    let case = Case::ratings(&world.now, &[0], &[]);
    let mut set = Set::new(cases, "REQ-PRES-2", &case);
    set.spoil("no-standing", "standing.missing", "A rating without the list of standings.", |all| {
        all["vp_token"].as_object_mut().unwrap().remove("standing");
    })
    .attack("A21");
    set.spoil("empty-standing", "standing.missing", "A rating with an empty list of standings.", |all| {
        all["vp_token"]["standing"] = json!([]);
    })
    .attack("A21");
    set.spoil("two-standings", "query.extra", "The standing stands twice in its list.", |all| {
        let standing = all["vp_token"]["standing"][0].clone();
        all["vp_token"]["standing"] = json!([standing, standing]);
    });
    set.spoil("no-ledger", "query.unmet", "No ledger beside the credentials.", |all| {
        all["ledgers"] = json!([])
    })
    .attack("A83");
    set.spoil("two-ledgers", "query.extra", "The ledger stands twice.", |all| {
        let ledger = all["ledgers"][0].clone();
        all["ledgers"] = json!([ledger, ledger]);
    })
    .attack("A83");
    set.spoil(
        "other-id",
        "query.unmet",
        "The proof is of another id than the standing that was asked for.",
        |all| {
            all["ledgers"][0]["standing"] = json!("other");
        },
    );
    let second = World::new("beta", 2);
    let mut set = Set::new(cases, "REQ-PRES-2", &two(&world.now, &second.now));
    set.spoil("swapped", "query.unmet", "Two ledgers in another order than that of the query.", |all| {
        all["ledgers"].as_array_mut().unwrap().swap(0, 1);
    });
    set.spoil("one-of-two", "query.unmet", "One ledger where two were asked for.", |all| {
        all["ledgers"].as_array_mut().unwrap().pop();
    })
    .attack("A83");
    set.spoil(
        "one-standing-of-two",
        "standing.missing",
        "The standing of one ledger of two is not there.",
        |all| {
            all["vp_token"]["second"] = json!([]);
        },
    )
    .attack("A21");
}

fn places(cases: &mut Cases, world: &World) {
    let mut set = Set::new(cases, "REQ-PRES-3", &Case::ratings(&world.now, &[0, 1], &[]));
    set.spoil("one-place", "malformed", "One place for two ratings.", |all| {
        all["ledgers"][0]["live"].as_array_mut().unwrap().pop();
    });
    set.spoil("three-places", "malformed", "Three places for two ratings.", |all| {
        let place = all["ledgers"][0]["live"][0].clone();
        all["ledgers"][0]["live"].as_array_mut().unwrap().push(place);
    });
    set.spoil("no-places", "malformed", "No places.", |all| {
        all["ledgers"][0].as_object_mut().unwrap().remove("live");
    });
}
