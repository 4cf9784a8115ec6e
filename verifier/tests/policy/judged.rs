//! What a policy makes of what was verified.

use faam_spec::decision::Outcome::{Accepted, Refused, Undecided};
use faam_verifier::{MemoryNonces, Notice, NoticeKind, Policy, Sources, finish};

use crate::world::{answer, is, notes};

/// Four ratings by four people, mean 562, one in the lowest band, one more withdrawn, first in 2024.
const ONE: (&str, &str) = ("presentation", "presentation-2-no-ratings");
/// The same of two markets, the second with two ratings shown.
const TWO: (&str, &str) = ("presentation", "presentation-2-two-markets");
/// The ledgers of two accounts of one market.
const ACCOUNTS: (&str, &str) = ("presentation", "presentation-19-two-accounts");
/// Four milestones of one market.
const PRIVATE: (&str, &str) = ("presentation", "presentation-25-private-four");

//= spec/text/policy.md#REQ-POLICY-15
//= type=test
//# Every number of `[standing]` that is not met MUST be told, and the statement MUST NOT count.
#[test]
fn each_number_has_its_code_and_its_last_good_value() {
    let answer = answer(ONE.0, ONE.1);
    is(&answer.under(""), Accepted, &[]);
    for (good, bad, code, at) in [
        (
            "ratings_at_least = 4",
            "ratings_at_least = 5",
            "policy.ratings",
            "facts[0].numbers.total.all.ratings",
        ),
        (
            "people_at_least = 4",
            "people_at_least = 5",
            "policy.people",
            "facts[0].numbers.total.all.counterparties",
        ),
        ("mean_at_least = 562", "mean_at_least = 563", "policy.mean", "facts[0].numbers.total.all.mean"),
        (
            "lowest_at_most_percent = 25",
            "lowest_at_most_percent = 24",
            "policy.low",
            "facts[0].numbers.total.all.histogram",
        ),
        ("days_at_least = 996", "days_at_least = 997", "policy.tenure", "facts[0].numbers.total.all.first"),
    ] {
        is(&answer.under(&format!("[standing]\n{good}")), Accepted, &[]);
        is(&answer.under(&format!("[standing]\n{bad}")), Refused, &[(code, at)]);
    }
    // All that is not met is told.
    let all = answer.under("[standing]\nratings_at_least = 9\nmean_at_least = 900");
    let ratings = ("policy.ratings", "facts[0].numbers.total.all.ratings");
    is(&all, Refused, &[ratings, ("policy.mean", "facts[0].numbers.total.all.mean")]);
    assert_eq!(all.exit(), faam_spec::exit::Exit::Refused);
}

//= spec/text/policy.md#REQ-POLICY-6
//= type=test
//# Who has fewer ratings than `newcomer.below` MUST be told apart as `policy.unrated` and MUST NOT be
//# accepted for it.
#[test]
fn a_newcomer_is_unrated_and_neither_good_nor_bad() {
    let answer = answer(ONE.0, ONE.1);
    let unrated = [("policy.unrated", "facts[0].numbers")];
    let strict = "[standing]\nratings_at_least = 50\nmean_at_least = 900\n";
    is(&answer.under(&format!("{strict}[newcomer]\nbelow = 5")), Undecided, &unrated);
    is(&answer.under(&format!("{strict}[newcomer]\nbelow = 5\nthen = 'refuse'")), Refused, &unrated);
    // With as many it is judged as everybody.
    let judged = answer.under(&format!("{strict}[newcomer]\nbelow = 4"));
    assert_eq!((judged.outcome, judged.reasons[0].code.code()), (Refused, "policy.ratings"));
    // In a role in which nobody rated it, it is one too, whatever is asked.
    is(&answer.under("[standing]\nrole = 'driver'"), Undecided, &unrated);
    // Told to be refused, it ends as refused.
    let refused = answer.under(&format!("{strict}[newcomer]\nbelow = 5\nthen = 'refuse'"));
    assert_eq!(refused.exit(), faam_spec::exit::Exit::Refused);
}

//= spec/text/policy.md#REQ-POLICY-8
//= type=test
//# Withdrawn and disputed ratings MUST be taken from the standing's numbers, never from what is shown.
#[test]
fn a36_withdrawn_ratings_count_though_none_of_them_is_shown() {
    let answer = answer(ONE.0, ONE.1);
    let place = "facts[0].numbers.withdrawn";
    // One of five.
    let on = |action: &str, over: u8| {
        answer.under(&format!("[on]\nwithdrawn = '{action}'\nwithdrawn_over_percent = {over}"))
    };
    is(&on("refuse", 19), Refused, &[("policy.withdrawn", place)]);
    is(&on("refuse", 20), Accepted, &[]);
    is(&on("undecided", 19), Undecided, &[("policy.withdrawn", place)]);
    let noted = on("note", 19);
    is(&noted, Accepted, &[]);
    assert_eq!(notes(&noted), [("policy.withdrawn", place)]);
    let silent = on("accept", 0);
    assert!(notes(&silent).is_empty());
    is(&answer.under("[on]\ndisputed = 'refuse'"), Accepted, &[]);
}

//= spec/text/policy.md#REQ-POLICY-5
//= type=test
//# Each market's statement MUST be judged alone; numbers and milestones of several MUST NOT be added.
#[test]
fn a33_several_markets_are_each_judged_and_never_added() {
    let two = answer(TWO.0, TWO.1);
    let low = |at: usize| {
        ("policy.ratings", ["facts[0].numbers.total.all.ratings", "facts[1].numbers.total.all.ratings"][at])
    };
    // Four and four are not eight, nor five.
    let needs = "[standing]\nratings_at_least = 5\n";
    is(&two.under(needs), Refused, &[low(0), low(1)]);
    is(
        &two.under(&format!("{needs}[markets]\nat_least = 2")),
        Refused,
        &[("policy.markets", "markets"), low(0), low(1)],
    );
    let both = two.under("[markets]\nat_least = 2\n[standing]\nratings_at_least = 4");
    is(&both, Accepted, &[]);
    assert!(both.same_holder.is_some());
    // Of one that is not in the list nothing counts, and enough others do.
    let one = two.under("[markets]\nof = ['alpha']");
    is(&one, Accepted, &[]);
    assert_eq!(notes(&one), [("policy.market", "facts[1].market")]);
    let told = faam_verifier::explain(&one);
    assert!(told.contains("Noted: ") && told.contains("[policy.market; facts[1].market]"), "{told}");
    let none = two.under("[markets]\nof = ['gamma']");
    is(&none, Refused, &[("policy.market", "facts[0].market"), ("policy.market", "facts[1].market")]);
    let eight = answer("presentation", "presentation-1-ledgers-8");
    is(&eight.under("[markets]\nat_least = 8"), Accepted, &[]);
}

//= spec/text/policy.md#REQ-POLICY-9
//= type=test
//# Statements of one issuer (by the stable part of its DID), of one market name or of one group MUST
//# count as one market
#[test]
fn a82_one_issuer_under_two_names_and_markets_of_one_group_count_once() {
    let two = "[markets]\nat_least = 2";
    let markets = [("policy.markets", "markets")];
    is(&answer(ACCOUNTS.0, ACCOUNTS.1).under(two), Refused, &markets);
    let mut grouped = answer(TWO.0, TWO.1);
    is(&grouped.under(two), Accepted, &[]);
    let mut trust = serde_json::to_value(&grouped.sources.trust).unwrap();
    for entry in trust.as_array_mut().unwrap() {
        entry["group"] = "one owner".into();
    }
    grouped.sources.trust = serde_json::from_value(trust).unwrap();
    is(&grouped.under(two), Refused, &markets);
    // Of private standings too: four statements, two issuers, and two of them of markets of one name.
    let mut parts = answer("presentation", "presentation-25-private-four-parts");
    is(&parts.under(""), Accepted, &[]);
    is(&parts.under(two), Refused, &markets);
    // What ties them to each other does so although it does not count itself.
    let entries: Vec<_> = parts
        .sources
        .trust
        .entries()
        .iter()
        .map(|entry| (entry.issuer.clone(), entry.market.clone()))
        .collect();
    for (issuer, market) in entries {
        let what = NoticeKind::NewOwner;
        parts.sources.notices = vec![Notice { issuer, market, from: "2020-01-01".parse().unwrap(), what }];
        let decision = parts.under(&format!("{two}\n[on]\nnew_owner = 'refuse'"));
        assert_eq!(decision.outcome, Refused, "{:?}", decision.reasons);
    }
}

//= spec/text/policy.md#REQ-POLICY-18
//= type=test
//# Where all ratings are needed, as many of the policy's role MUST be shown as the standing's numbers have
#[test]
fn all_of_one_role_are_not_all() {
    let all = |id: &str, role: &str| {
        answer("presentation", id).under(&format!("[ratings]\ncomplete = true\n{role}")).outcome
    };
    for role in ["", "role = 'seller'", "role = 'buyer'"] {
        assert_eq!(all("presentation-13-complete-no-role", role), Refused, "{role}");
    }
    assert_eq!(all("presentation-13-complete-buyer", ""), Refused);
    assert_eq!(all("presentation-13-complete-buyer", "role = 'buyer'"), Accepted);
    assert_eq!(all("presentation-13-complete-buyer", "role = 'seller'"), Refused);
}

//= spec/text/policy.md#REQ-POLICY-7
//= type=test
//# A milestone MUST be proven itself, or a higher step of its metric, of the policy's role
#[test]
fn milestones_are_proven_themselves_or_by_a_higher_step() {
    let private = answer(PRIVATE.0, PRIVATE.1);
    let asks = |milestones: &str, role: &str| {
        private.under(&format!("[private]\nrole = '{role}'\nmilestones = [{milestones}]"))
    };
    is(&asks("'tenure>=3y', 'disputes=0'", "seller"), Accepted, &[]);
    is(&asks("'tenure>=1y', 'low_share<=10%'", "seller"), Accepted, &[]);
    let less = [("policy.request", "private[0].milestones")];
    for more in ["'tenure>=4y'", "'count>=5'", "'tenure>=1y', 'mean>=700'"] {
        is(&asks(more, "seller"), Refused, &less);
    }
    is(&asks("'tenure>=1y'", "buyer"), Refused, &[("policy.request", "private[0].role")]);
    // One kind never stands for the other.
    is(&private.under("[standing]\nratings_at_least = 1"), Refused, &less);
    let plain = answer(ONE.0, ONE.1);
    let other = plain.under("[private]\nmilestones = ['count>=5']");
    is(&other, Refused, &[("policy.request", "facts[0].standing")]);
    assert_eq!((other.reasons[0].party.as_str(), other.reasons[0].retryable), ("verifier", false));
}

#[test]
fn ratings_that_the_policy_needs_were_asked_for_or_it_is_the_verifiers_fault() {
    let two = answer(TWO.0, TWO.1);
    let one = two.under("[ratings]\nat_least = 2");
    is(&one, Accepted, &[]);
    assert_eq!(notes(&one), [("policy.request", "facts[0].shown")]);
    let few = [("policy.request", "facts[0].shown"), ("policy.request", "facts[1].shown")];
    for more in [
        "at_least = 3",
        "complete = true",
        "at_least = 1\ndisclose = ['comment']",
        "at_least = 1\nrole = 'x'",
    ] {
        is(&two.under(&format!("[ratings]\n{more}")), Refused, &few);
    }
}

//= spec/text/policy.md#REQ-POLICY-16
//= type=test
//# What was announced MUST be looked at
#[test]
fn announcements_are_acted_on() {
    let mut told = answer(ONE.0, ONE.1);
    let entry = told.sources.trust.entries()[0].clone();
    let from = "2026-11-01".parse().unwrap();
    let notice = |what| Notice { issuer: entry.issuer.clone(), market: entry.market.clone(), from, what };
    told.sources.notices = vec![notice(NoticeKind::NewOwner)];
    let reason = [("policy.notice", "facts[0].market")];
    is(&told.under("[on]\nnew_owner = 'refuse'"), Refused, &reason);
    is(&told.under("[on]\nnew_owner = 'undecided'"), Undecided, &reason);
    is(&told.under("[on]\nclosed = 'refuse'"), Accepted, &[]);
    assert_eq!(notes(&told.under("[on]\nnew_owner = 'note'")), reason);
}

//= spec/text/policy.md#REQ-POLICY-4
//= type=test
//# The outcome MUST be the worst of what was missing and of what the policy makes of the facts.
#[test]
fn a41_what_is_missing_or_old_is_undecided_or_refused_and_never_accepted() {
    for (vector, key, own, code) in [
        ("status/status-9-none", "unknown", "policy.unknown", "status.missing"),
        ("status/status-10-old", "stale", "policy.stale", "status.expired"),
        ("verifying/verifying-11-silent", "stale", "policy.stale", "epoch.issuer_silent"),
    ] {
        let (folder, name) = vector.split_once('/').unwrap();
        let answer = answer(folder, name);
        let plain = answer.under("");
        assert_eq!((plain.outcome, plain.reasons[0].code.code()), (Undecided, code), "{vector}");
        let refused = answer.under(&format!("[on]\n{key} = 'refuse'"));
        let codes: Vec<_> = refused.reasons.iter().map(|reason| reason.code.code()).collect();
        assert_eq!((refused.outcome, codes), (Refused, vec![own, code]), "{vector}");
        assert_eq!(refused.exit(), faam_spec::exit::Exit::Refused);
        // What the policy refuses by itself stays refused, whatever is missing besides.
        let both = answer.under("[standing]\nmean_at_least = 1000");
        assert_eq!((both.outcome, both.reasons[0].code.code()), (Refused, "policy.mean"), "{vector}");
    }
    // The age of a standing: one of the epoch before.
    let before = answer("verifying", "verifying-4-last-before");
    is(&before.under("standing_max_epochs = 1"), Accepted, &[]);
    let stale = [("policy.stale", "facts[0].epoch")];
    is(&before.under("standing_max_epochs = 0"), Undecided, &stale);
    is(&before.under("standing_max_epochs = 0\n[on]\nstale = 'refuse'"), Refused, &stale);
}

//= spec/text/policy.md#REQ-POLICY-10
//= type=test
//# Of a market whose records contradict each other nothing MUST be accepted, whatever the policy says.
#[test]
fn a34_a_market_that_contradicts_itself_is_refused_or_left_undecided() {
    for name in ["verifying-7-forked", "verifying-15-prev", "verifying-7-forked-first"] {
        let forked = answer("verifying", name);
        let refused = forked.under("");
        assert_eq!((refused.outcome, refused.reasons[0].code.code()), (Refused, "epoch.forked"), "{name}");
        let open = forked.under("[on]\ncontested = 'undecided'");
        let codes: Vec<_> = open.reasons.iter().map(|reason| reason.code.code()).collect();
        assert_eq!((open.outcome, codes), (Undecided, vec!["policy.contested", "epoch.forked"]), "{name}");
        assert_eq!(open.conflict.len(), 2, "{name}");
    }
}

#[test]
fn a17_a_policy_that_does_not_accept_uses_no_request_up() {
    let answer = answer(ONE.0, ONE.1);
    let mut nonces = MemoryNonces::new();
    let mut judge = |text: &str| {
        let policy = Policy::parse(text).unwrap();
        let sources = Sources { policy, ..answer.sources.clone() };
        finish(&answer.pending, &answer.bytes, &sources, &mut nonces, answer.now).document().clone()
    };
    assert_eq!(judge("v = 0\n[standing]\nmean_at_least = 1000").outcome, Refused);
    assert_eq!(judge("v = 0\n[standing]\nratings_at_least = 9\n[newcomer]\nbelow = 9").outcome, Undecided);
    assert_eq!(judge("v = 0\nname = 'Short lets'").policy.as_deref(), Some("Short lets"));
    assert_eq!(judge("v = 0").reasons[0].code.code(), "request.used");
}
