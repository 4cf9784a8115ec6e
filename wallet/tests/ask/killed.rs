//! The asker's program ends at any moment, as if the power failed.

use std::time::Duration;

use serde_json::Value;

use crate::common::Home;
use crate::{Going, answer, ask, asker, rated, show};

/// How many rounds; more with `FAAM_KILL_ROUNDS`.
fn rounds() -> u64 {
    std::env::var("FAAM_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

fn was_told(asked: &Home) -> Option<Value> {
    let log = asked.run(&["log", "--json", "--limit", "1"]).envelope();
    let told = &log["data"]["entries"][0]["told"];
    (told["state"] == "decided").then(|| told.clone())
}

//= spec/text/asking.md#REQ-ASK-6
//= type=test
//# The decision MUST be on the asker's disk before it is told
#[test]
fn a65_an_asker_that_is_killed_while_it_judges_has_decided_whatever_it_told() {
    let (asked, market) = rated(5);
    let asker = asker(&market);
    for round in 0..rounds() {
        let (number, link) = ask(&asker, &["--market", "shop"]);
        let listening = Going::start(&asker, &["listen", "--json"]);
        while listening.event("ask_ready")["ask"] != number {}
        std::thread::scope(|scope| {
            let answering = scope.spawn(|| answer(&asked, &link));
            // From before the answer comes to after it was told, as the machine has it.
            std::thread::sleep(Duration::from_millis(150 * (round + 1)));
            listening.kill();
            answering.join()
        })
        .ok();
        let stands = show(&asker, number);
        let decided = stands["ask"]["state"] == "decided";
        assert!(decided || stands["ask"]["state"] == "open", "{stands}");
        assert!(decided || was_told(&asked).is_none(), "told, and not kept: {stands}");
        if !decided {
            // Nothing is half: what is open still can be answered still.
            let listening = Going::start(&asker, &["listen", "--json"]);
            while listening.event("ask_ready")["ask"] != number {}
            assert_eq!(answer(&asked, &link).code, 0);
            listening.stop();
        }
        assert_eq!(show(&asker, number)["ask"]["outcome"], "accepted");
    }
}
