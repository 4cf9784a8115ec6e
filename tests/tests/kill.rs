//! SIGKILL at random moments while a wallet receives: what was acknowledged is there, the rest whole or absent, and it opens
//! again. 20 rounds; `FAAM_KILL_ROUNDS=200` for the long form.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use faam_tests::ALPHA;
use faam_tests::process::{Node, Wallet};
use rand::{Rng as _, SeedableRng as _};

/// Accounts with 15 to 60 ratings, and how many each has.
fn accounts() -> Vec<(String, u64)> {
    let mut count: BTreeMap<&str, u64> = BTreeMap::new();
    for line in ALPHA.lines().skip(1) {
        *count.entry(line.split(',').nth(1).unwrap()).or_default() += 1;
    }
    let fitting = count.into_iter().filter(|(_, ratings)| (15..=60).contains(ratings));
    fitting.map(|(account, ratings)| (account.to_owned(), ratings)).collect()
}

/// Number of ratings of each ledger that the wallet holds.
fn held(wallet: &Wallet) -> BTreeMap<String, u64> {
    let said = wallet.run(&["passport"]);
    assert_eq!(said.code, Some(0), "it does not open again: {said:?}");
    let json = said.json();
    let pages = json["data"]["markets"].as_array().unwrap_or_else(|| panic!("{json}"));
    let page = |page: &serde_json::Value| {
        let live = page["numbers"]["total"]["all"]["ratings"].as_u64().unwrap();
        (page["ledger"].as_str().unwrap().to_owned(), live)
    };
    pages.iter().map(page).collect()
}

//= spec/text/offer.md#REQ-OFFER-25
//= type=test
//# The wallet MUST keep all of it durably, in one change
#[test]
fn a65_killed_while_receiving() {
    let rounds: usize = std::env::var("FAAM_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let all = accounts();
    assert!(all.len() > 200, "{}", all.len());
    let mut csv = String::from("from,to,feature,time\n");
    for line in ALPHA.lines().skip(1) {
        if all.iter().any(|(account, _)| line.split(',').nth(1) == Some(account)) {
            csv.push_str(line);
            csv.push('\n');
        }
    }
    let mut market = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    market.start();
    market.import(&csv);
    let wallet = Wallet::init();
    let mut rng = rand::rngs::StdRng::seed_from_u64(20_261_121);

    // How long one takes that is left alone. A fuller wallet and a busy machine take longer, so this follows the outcomes, and
    // kills fall anywhere in it.
    let (link, code) = market.offer(&all[0].0, &[]);
    let began = Instant::now();
    let _ = wallet.receive(&link, &code).ok();
    let mut whole = began.elapsed().as_secs_f64();
    let mut known = held(&wallet);
    assert_eq!(known.values().copied().collect::<Vec<_>>(), [all[0].1]);

    let (mut acknowledged, mut in_flight_whole, mut absent) = (0, 0, 0);
    for (account, ratings) in all.iter().skip(1).cycle().take(rounds) {
        let (link, code) = market.offer(account, &[]);
        let mut child = wallet
            .command(&["receive", &link, "--code", &code])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs_f64(whole * rng.gen_range(0.1..1.2)));
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let said_so = String::from_utf8_lossy(&output.stdout).contains("\"ok\":true");
        let now = held(&wallet);
        for (ledger, live) in &known {
            assert_eq!(now.get(ledger), Some(live), "what was there is there");
        }
        let new: Vec<u64> =
            now.iter().filter(|(ledger, _)| !known.contains_key(*ledger)).map(|(_, n)| *n).collect();
        match (said_so, new.as_slice()) {
            (true, [live]) if live == ratings => acknowledged += 1,
            (false, [live]) if live == ratings => in_flight_whole += 1,
            (false, []) => absent += 1,
            // The same account again, in a run of more rounds than there are accounts: nothing is new.
            (true, []) if rounds >= all.len() => acknowledged += 1,
            other => panic!("account {account} with {ratings} ratings: {other:?}"),
        }
        whole *= if said_so { 0.8 } else { 1.15 };
        // The same link goes on where it was.
        let again = wallet.receive(&link, &code);
        assert_eq!(again.code, Some(0), "{again:?}");
        known = held(&wallet);
        assert!(known.values().any(|live| live == ratings));
    }
    eprintln!(
        "{rounds} kills: {acknowledged} after the acknowledgement, {in_flight_whole} whole without it, {absent} absent"
    );
    assert!(absent > 0, "no kill came in time");
    assert!(acknowledged > 0, "no kill came late enough to matter");
}
