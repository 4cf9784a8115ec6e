//! Stores that older programs wrote open, and say of each request what they said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Node, Wallet};
use faam_node::core::{Change, Counts, RequestState, Revoked, Standing, Storage as _, Table};
use faam_spec::hash::Hash;
use serde_json::{Value, json};

/// How a request stands, in one word.
fn word(state: Option<RequestState>) -> &'static str {
    match state {
        None => "unknown",
        Some(RequestState::Open { .. }) => "open",
        Some(RequestState::Expired) => "expired",
        Some(RequestState::Revoked) => "revoked",
        Some(RequestState::Decided { .. }) => "decided",
        Some(_) => "another",
    }
}

/// Rows as the store has them, by id.
fn rows(node: &Node, table: Table) -> Vec<(Vec<u8>, Value)> {
    let rows = node.store.scan(table).unwrap().into_iter();
    rows.map(|(id, value)| (id, serde_json::from_slice(&value).unwrap())).collect()
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// What is left of the store of a program that knew an index: rows without capabilities, and the index beside them.
fn with_index(node: &Node, keeps_row: impl Fn(usize) -> bool) {
    let mut changes = Vec::new();
    for (number, (id, mut row)) in rows(node, Table::REQUEST_ROWS).into_iter().enumerate() {
        let members = row.as_object_mut().unwrap();
        let capability = members.remove("capability").unwrap();
        members.insert("v".into(), json!(0));
        let mut index = json!({
            "v": 0, "capability": capability, "expires": members["expires"], "ended": members.contains_key("revoked"),
        });
        if let Some(end) = members.get("delete_by") {
            index["delete_by"] = end.clone();
        }
        changes.push(Change::put(Table::REQUEST_INDEX, id.clone(), bytes(&index)));
        // The struct of that program wrote its members in another order than the map does here.
        let order = ["v", "made", "expires", "policy", "revoked", "delete_by", "told"];
        let members = order.iter().filter_map(|name| Some(format!("\"{name}\":{}", row.get(name)?)));
        let old = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        changes.push(match keeps_row(number) {
            true => Change::put(Table::REQUEST_ROWS, id, old.into_bytes()),
            false => Change::delete(Table::REQUEST_ROWS, id),
        });
    }
    node.store.commit(changes).unwrap();
}

/// An open request, one that is decided, one that is over, and one that was taken back.
fn four() -> (Node, [(Hash, &'static str); 4]) {
    let mut market = Node::market();
    let mut verifier = Node::verifier(&market);
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let held = wallet.receive(&mut market, &offer);
    let over = verifier.request();
    verifier.pass(500);
    let (open, decided, revoked) = (verifier.request(), verifier.request(), verifier.request());
    let signed = wallet.fetch_request(&mut verifier, &decided).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    wallet.present(&mut verifier, &decided, &bytes).unwrap();
    let done = verifier.with(|core, turn| core.revoke_request(turn, revoked.id)).unwrap();
    assert_eq!(done, Revoked::Done);
    verifier.pass(200);
    let all = [(open.id, "open"), (decided.id, "decided"), (over.id, "expired"), (revoked.id, "revoked")];
    (verifier, all)
}

fn check(node: &mut Node, all: &[(Hash, &str)], told: bool) {
    for (id, wanted) in all {
        let found = word(node.state(*id));
        // Before there were rows nobody could take a request back, so that one that is ended is over.
        let wanted = if !told && *wanted == "revoked" { "expired" } else { wanted };
        assert_eq!(found, wanted);
    }
    assert_eq!(node.counts().1, Counts { open: 1, ended: 3 });
    assert_eq!(node.store.count(Table::REQUEST_INDEX), 0);
    let rows = rows(node, Table::REQUEST_ROWS);
    assert!(rows.len() == 4 && rows.iter().all(|(_, row)| row["v"] == 1 && row["capability"].is_string()));
    let listed = node.with(|core, turn| core.list_requests(turn, Some(Standing::Open), None, 10)).unwrap();
    assert_eq!(listed.requests.iter().map(|one| one.id).collect::<Vec<_>>(), [all[0].0]);
}

#[test]
fn requests_of_a_program_with_an_index_are_found() {
    let (mut node, all) = four();
    let before = rows(&node, Table::REQUEST_ROWS);
    with_index(&node, |_| true);
    node.restart();
    check(&mut node, &all, true);
    assert_eq!(rows(&node, Table::REQUEST_ROWS), before, "nothing is lost on the way");
    // And they go on: the open one is taken back, all of them are swept in the end.
    let open = all[0].0;
    assert_eq!(node.with(|core, turn| core.revoke_request(turn, open)).unwrap(), Revoked::Done);
    assert_eq!(word(node.state(open)), "revoked");
    node.live(40 * 86_400);
    for table in [Table::REQUEST_ROWS, Table::REQUESTS, Table::DECISIONS, Table::REQUEST_POLICIES] {
        assert_eq!(node.store.count(table), 0, "{table:?}");
    }
}

#[test]
fn requests_without_rows_and_without_an_index_are_found() {
    let (mut node, all) = four();
    with_index(&node, |_| false);
    node.restart();
    check(&mut node, &all, false);

    let (mut node, all) = four();
    let ids = rows(&node, Table::REQUEST_ROWS).into_iter().map(|(id, _)| id);
    node.store.commit(ids.map(|id| Change::delete(Table::REQUEST_ROWS, id)).collect()).unwrap();
    node.restart();
    check(&mut node, &all, false);
}

#[test]
fn what_was_brought_over_by_half_is_brought_over_wholly() {
    let (mut node, all) = four();
    let whole = node.store.scan(Table::REQUEST_ROWS).unwrap();
    with_index(&node, |number| number != 1);
    // Two are over already: their rows are whole, and the index has nothing of them.
    let mut changes = Vec::new();
    for (id, row) in whole.into_iter().take(2) {
        changes.push(Change::put(Table::REQUEST_ROWS, id.clone(), row));
        changes.push(Change::delete(Table::REQUEST_INDEX, id));
    }
    node.store.commit(changes).unwrap();
    node.restart();
    check(&mut node, &all, true);
    let before = node.store.commits.get();
    node.restart();
    assert_eq!(node.store.commits.get(), before, "done once");
}
