//! Two wallets that talk to each other.

use serde_json::Value;

use crate::common::Home;
use crate::{Going, answer, ask, asker, flat, policy, rated, show};

const PURPOSE: &str = "To lend you my cargo bike";

fn entries(home: &Home) -> Vec<Value> {
    let mut all = home.run(&["log", "--json"]).envelope();
    let mut all: Vec<Value> = serde_json::from_value(all["data"]["entries"].take()).unwrap();
    all.reverse();
    all
}

fn happened(home: &Home) -> Vec<String> {
    entries(home).iter().map(|entry| entry["what"].as_str().unwrap().to_owned()).collect()
}

//= spec/text/asking.md#REQ-ASK-6
//= type=test
//# in one change with the receipt and the note of it in the log
//= spec/text/asking.md#REQ-ASK-11
//= type=test
//# A wallet that is asked under a `did:key` MUST say that nobody vouches for who this is.
#[test]
fn a_person_asks_another_one_for_milestones_and_accepts() {
    let (asked, market) = rated(12);
    let asker = asker(&market);
    let waiting = Going::start(
        &asker,
        &["ask", "--policy", "anyone", "--purpose", PURPOSE, "--retention", "9", "--wait", "--json"],
    );
    let made = waiting.next()["data"].take();
    let link = made["link"].as_str().unwrap();

    let mut looked = asked.run(&["present", link, "--dry-run", "--json"]).envelope();
    let consent = looked["data"]["consent"].take();
    assert_eq!((&consent["purpose"], &consent["retention_days"]), (&PURPOSE.into(), &9.into()));
    let who = consent["verifier"]["authenticated"].as_str().unwrap();
    assert!(who.starts_with("NOT authenticated by anybody"), "{who}");
    assert_eq!(consent["verifier"]["did"], made["asker"]);
    assert_eq!(consent["private"][0]["milestones"].as_array().unwrap().len(), 2);
    let text = asked.run(&["present", link, "--dry-run"]);
    assert!(text.out.contains("NOT authenticated by anybody"), "{text:?}");

    let shown = answer(&asked, link).envelope();
    assert_eq!(shown["data"]["decision"]["outcome"], "accepted");
    assert!(shown["data"]["receipt"].is_object(), "{shown}");
    let told = waiting.next()["data"].take();
    assert_eq!((&told["ask"]["state"], &told["ask"]["outcome"]), (&"decided".into(), &"accepted".into()));
    let (code, more, err) = waiting.end();
    assert_eq!((code, more.len()), (0, 0), "{err}");

    // Both keep the same receipt, and each knows of the other what was said and no more.
    let kept = show(&asker, 1);
    assert_eq!(kept["receipt"], told["receipt"]);
    let log = asked.folder.path().join("log");
    asked.run(&["log", "export", log.to_str().unwrap()]);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains(kept["receipt"].as_str().unwrap()));
    let facts = &kept["decision"]["private"];
    assert_eq!(facts.as_array().unwrap().len(), 1, "{kept}");
    assert_eq!(happened(&asker), ["created", "believed", "asked", "ask_decided"]);
    let noted = &entries(&asker)[3];
    assert_eq!((&noted["outcome"], &noted["request"]), (&"accepted".into(), &made["request"]));
    assert!(!noted.to_string().contains("count") && !noted.to_string().contains("shop"), "{noted}");

    let who = asked.run(&["who", "--json"]).envelope();
    let party = &who["data"]["parties"][0];
    assert_eq!((&party["verifier"], &party["receipts"]), (&made["asker"], &1.into()), "{party}");
    let plain = asked.run(&["who"]);
    assert!(plain.out.contains("A person") && plain.out.contains("shop"), "{plain:?}");

    let words = asker.run(&["asks", "show", "1"]);
    assert!(words.is_plain(), "{words:?}");
    let dutch = asker.run(&["asks", "show", "1", "--lang", "nl"]);
    assert!(flat(&dutch.out).contains("gewist, zoals u beloofd hebt"), "{dutch:?}");
    assert!(dutch.out.contains("Aangenomen.") && words.out.contains("Accepted."), "{words:?}");
    let list = asker.run(&["asks"]);
    let list = flat(&list.out);
    assert!(list.contains("answered, and accepted") && list.contains(PURPOSE), "{list}");
}

#[test]
fn what_is_not_enough_is_refused_and_who_is_new_is_left_undecided() {
    let (asked, market) = rated(12);
    let asker = asker(&market);
    for (text, outcome, exit, code) in [
        ("[standing]\nratings_at_least = 50\n", "refused", 3, "policy.ratings"),
        ("[standing]\nratings_at_least = 20\n[newcomer]\nbelow = 20\n", "undecided", 4, "policy.unrated"),
    ] {
        let file = policy(&asker, text);
        let args = ["ask", "--policy", &file, "--purpose", PURPOSE, "--wait", "--json"];
        let waiting = Going::start(&asker, &args);
        let made = waiting.next();
        let shown = answer(&asked, made["data"]["link"].as_str().unwrap());
        assert_eq!(shown.code, exit, "{shown:?}");
        let told = waiting.next();
        assert_eq!((&told["ok"], &told["exit"]), (&false.into(), &exit.into()));
        assert_eq!(told["error"]["code"], code);
        assert_eq!(told["data"]["decision"]["outcome"], outcome);
        assert_eq!(waiting.end().0, exit);
    }
    assert_eq!(happened(&asker)[2..], ["asked", "ask_decided", "asked", "ask_decided"]);
    assert_eq!(asker.run(&["asks", "--json"]).envelope()["data"]["asks"].as_array().unwrap().len(), 2);
}

//= spec/text/asking.md#REQ-ASK-3
//= type=test
//# A question with all that it takes to judge its answer MUST be on the disk before its link is shown.
#[test]
fn ratings_are_asked_for_and_taken_by_listen_over_its_restart() {
    let (asked, market) = rated(5);
    let asker = asker(&market);
    let listening = Going::start(&asker, &["listen", "--json"]);
    // Asked while the other program runs, which notices.
    let (number, link) = ask(&asker, &["--market", "shop", "--ratings", "3", "--disclose", "comment"]);
    assert_eq!(listening.event("ask_ready")["ask"], number);
    let (code, _, err) = listening.stop();
    assert_eq!(code, 0, "{err}");
    let away = asked.run(&["present", &link, "--dry-run", "--json"]);
    assert_eq!(away.code, 8, "{away:?}");
    assert!(["net.unreachable", "net.timeout"].contains(&away.code_of_error().as_str()), "{away:?}");
    assert!(!happened(&asked).contains(&"shown".to_owned()), "nothing left the wallet");

    let listening = Going::start(&asker, &["listen", "--json", "--lang", "nl"]);
    assert_eq!(listening.event("ask_ready")["ask"], number);
    let shown = answer(&asked, &link);
    assert_eq!(shown.code, 0, "{shown:?}");
    let told = listening.event("ask_decided");
    assert_eq!(told["ask"]["outcome"], "accepted");
    assert_eq!(told["decision"]["facts"][0]["shown"].as_array().unwrap().len(), 3);
    // The same wallet cannot answer twice, and a stranger with the link learns nothing.
    let again = asked.run(&["present", &link, "--dry-run", "--json"]);
    assert_eq!((again.code, again.code_of_error().as_str()), (3, "request.used"));
    let (code, _, err) = listening.stop();
    assert_eq!(code, 0, "{err}");
    assert_eq!(show(&asker, number)["decision"]["facts"][0]["shown"].as_array().unwrap().len(), 3);
}

#[test]
fn a_question_that_was_taken_back_is_answered_by_nobody() {
    let (asked, market) = rated(5);
    let asker = asker(&market);
    let (number, link) = ask(&asker, &["--policy", "anyone"]);
    let listening = Going::start(&asker, &["listen", "--json"]);
    listening.event("ask_ready");
    let digest = asked.run(&["present", &link, "--dry-run", "--json"]).envelope()["data"]["approve"].clone();
    // By another program, while the first one listens.
    let revoked = asker.run(&["asks", "revoke", &number.to_string(), "--json"]).envelope();
    assert_eq!(revoked["data"]["ask"]["state"], "revoked");
    let late = asked.run(&["present", &link, "--approve", digest.as_str().unwrap(), "--json"]);
    let code = late.code_of_error();
    assert!(
        ["request.revoked", "net.unreachable", "net.timeout", "net.closed"].contains(&code.as_str()),
        "{late:?}"
    );
    assert_eq!(show(&asker, number)["ask"]["state"], "revoked");
    assert!(!happened(&asked).contains(&"shown".to_owned()), "nothing left the wallet");
    listening.stop();
    let twice = asker.run(&["asks", "revoke", &number.to_string(), "--json"]);
    assert_eq!(twice.code, 0);
    assert_eq!(asker.run(&["asks", "revoke", "77", "--json"]).code_of_error(), "request.unknown");
}

#[test]
fn mistakes_are_said_before_anybody_is_asked() {
    let home = Home::new();
    let run = |args: &[&str]| {
        let mut all = vec!["ask", "--json"];
        all.extend(args);
        home.run(&all)
    };
    let fails = |args: &[&str], code: &str, at: &str| {
        let said = run(args);
        let envelope = said.envelope();
        assert_eq!(
            (&envelope["error"]["code"], &envelope["error"]["at"]),
            (&code.into(), &at.into()),
            "{said:?}"
        );
        envelope["error"].clone()
    };
    let nobody = fails(&["--policy", "lodger", "--purpose", "p"], "trust.untrusted", "--trust");
    assert!(nobody["hint"].as_str().unwrap().contains("faam trust add"), "{nobody}");
    let near = fails(&["--policy", "lodgr", "--purpose", "p"], "request.policy", "--policy");
    assert!(near["hint"].as_str().unwrap().contains("'lodger'"), "{near}");
    let file = policy(&home, "[standing]\nratings_at_lest = 5\n");
    let key = fails(&["--policy", &file, "--purpose", "p"], "file.key", "--policy");
    assert!(key["what"].as_str().unwrap().contains("ratings_at_least"), "{key}");
    crate::common::set_mode(file.as_ref(), 0o666);
    fails(&["--policy", &file, "--purpose", "p"], "store.permissions", "--policy");
    fails(&["--policy", "anyone", "--purpose", " "], "input.malformed", "--purpose");
    fails(&["--policy", "anyone", "--purpose", "p", "--retention", "0"], "input.malformed", "--retention");
    fails(&["--policy", "anyone", "--purpose", "p", "--valid", "10081"], "input.malformed", "--valid");
    fails(&["--policy", "anyone", "--purpose", "p", "--name", ""], "input.malformed", "--name");
    fails(
        &["--market", "shop", "--milestone", "count>=7", "--purpose", "p"],
        "request.milestones",
        "--milestone",
    );
    assert_eq!(happened(&home), ["created"]);
}
