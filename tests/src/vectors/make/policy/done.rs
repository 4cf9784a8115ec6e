//! What is done about what is missing, old, announced or contradicted.

use serde_json::{Value, json};

use super::super::NOW;
use super::super::fixtures_shown::{Case, Part, WEEK, World, list_hash, payload_of, sign_record};
use super::{Cases, Judged, Stated, Under};

pub(super) fn cases(cases: &mut Cases, world: &World) {
    missing(cases, world);
    stale(cases, world);
    contested(cases, world);
    announced(cases, world);
}

/// Lets the record name the lists as they are now, whatever is stapled then.
fn keep_names(part: &mut Part) {
    part.record["status"][0]["hash"] = json!(list_hash(&part.list_texts()[0]));
    part.linked.1 = false;
}

const REQ: &str = "REQ-POLICY-4";

fn missing(cases: &mut Cases, world: &World) {
    let mut case = Case::ratings(&world.now, &[0], &[]);
    keep_names(&mut case.parts[0]);
    case.parts[0].lists.clear();
    let mut under = Under::new(cases, REQ, &case);
    let code: Stated = &[("status.missing", "status")];
    under
        .undecided("missing", "A rating without its list, under a policy that says nothing.", "", code)
        .attack("A41");
    under.undecided(
        "missing-good",
        "The same, under a policy whose needs are met.",
        "[standing]\nratings_at_least = 4",
        code,
    );
    under.undecided(
        "missing-stale",
        "The same, under a policy that refuses what is old.",
        "[on]\nstale = \"refuse\"",
        code,
    );
    let refused: Stated = &[("policy.unknown", "status"), ("status.missing", "status")];
    under
        .refuse(
            "unknown",
            "The same, under a policy that refuses what is not known.",
            "[on]\nunknown = \"refuse\"",
            refused,
        )
        .attack("A41");
    under.refuse(
        "missing-bad",
        "The same, under a policy whose needs are not met: that is worse.",
        "[standing]\nmean_at_least = 1000",
        &[("policy.mean", "facts[0].numbers.total.all.mean")],
    );
    under.refuse(
        "both",
        "Neither is known what has to be, nor are the needs met, and both are refused.",
        "[standing]\nmean_at_least = 1000\n[on]\nunknown = \"refuse\"",
        &[
            ("policy.mean", "facts[0].numbers.total.all.mean"),
            ("policy.unknown", "status"),
            ("status.missing", "status"),
        ],
    );
    under.undecided(
        "both-undecided",
        "A newcomer, and a rating without its list.",
        "[standing]\n[newcomer]\nbelow = 5",
        &[("policy.unrated", "facts[0].numbers"), ("status.missing", "status")],
    );
}

fn stale(cases: &mut Cases, world: &World) {
    let mut case = Case::ratings(&world.now, &[0], &[]);
    case.parts[0].lists[0]["iat"] = json!(NOW - 2 * WEEK - 1);
    let mut under = Under::new(cases, REQ, &case);
    under
        .undecided("expired", "A list that is older than is taken.", "", &[("status.expired", "status")])
        .attack("A41");
    under
        .refuse(
            "expired-refused",
            "The same, under a policy that refuses what is old.",
            "[on]\nstale = \"refuse\"",
            &[("policy.stale", "status"), ("status.expired", "status")],
        )
        .attack("A41");
    under.accept(
        "expired-taken",
        "The same, under a policy that takes lists of that age.",
        "status_max_age = 1209601",
        &[],
    );
    let mut silent = Case::standing(&world.now);
    silent.later(5 * WEEK);
    let mut under = Under::new(cases, REQ, &silent);
    let code: Stated = &[("epoch.issuer_silent", "record.epoch")];
    under.undecided("silent", "A market that published nothing for five weeks.", "", code).attack("A41");
    under
        .refuse(
            "silent-refused",
            "The same, under a policy that refuses what is old.",
            "[on]\nstale = \"refuse\"",
            &[("policy.stale", "record.epoch"), ("epoch.issuer_silent", "record.epoch")],
        )
        .attack("A41");
    under.undecided(
        "silent-unseen",
        "The same, under a policy that takes its last word, which was not seen before.",
        "issuer_gone = \"last_known\"",
        code,
    );
    silent.records = vec![silent.parts[0].record_text()];
    let mut under = Under::new(cases, REQ, &silent);
    under.accept("silent-seen", "The same, and it was seen.", "issuer_gone = \"last_known\"", &[]);
    let mut before = Case::standing(&world.now);
    before.later(WEEK);
    let mut under = Under::new(cases, REQ, &before);
    under.accept(
        "previous",
        "A standing of the epoch before, which the policy takes.",
        "standing_max_epochs = 1",
        &[],
    );
    let old: Stated = &[("policy.stale", "facts[0].epoch")];
    under.undecided(
        "previous-old",
        "The same, under a policy of the current epoch alone.",
        "standing_max_epochs = 0",
        old,
    );
    under.refuse(
        "previous-refused",
        "The same, under one that refuses what is old.",
        "standing_max_epochs = 0\n[on]\nstale = \"refuse\"",
        old,
    );
}

fn contested(cases: &mut Cases, world: &World) {
    let forked = |change: &dyn Fn(&mut Value)| {
        let mut case = Case::standing(&world.now);
        let part = &case.parts[0];
        let mut record = payload_of(&part.record_text());
        change(&mut record);
        case.records = vec![sign_record(&record, &part.signer)];
        Judged::from(&case)
    };
    let judged = forked(&|record| record["accounts"]["size"] = json!(4));
    let mut under = Under::new(cases, "REQ-POLICY-10", judged);
    let code: Stated = &[("epoch.forked", "epoch_record.prev")];
    under
        .refuse("silent", "Another record of the epoch is known, and the policy says nothing.", "", code)
        .attack("A34");
    under
        .refuse("refuse", "The same, and the policy refuses it.", "[on]\ncontested = \"refuse\"", code)
        .attack("A34");
    under
        .refuse(
            "last-known",
            "The same, under a policy that takes the last word of silent markets.",
            "issuer_gone = \"last_known\"",
            code,
        )
        .attack("A34");
    let undecided: Stated =
        &[("policy.contested", "epoch_record.prev"), ("epoch.forked", "epoch_record.prev")];
    under
        .undecided(
            "undecided",
            "The same, and the policy leaves it undecided.",
            "[on]\ncontested = \"undecided\"",
            undecided,
        )
        .attack("A34");
    let judged = forked(&|_| ());
    Under::new(cases, "REQ-POLICY-10", judged).accept(
        "same",
        "The very record is known.",
        "[on]\ncontested = \"undecided\"",
        &[],
    );
}

fn announced(cases: &mut Cases, world: &World) {
    let req = "REQ-POLICY-16";
    let mut judged = Judged::from(&Case::standing(&world.now));
    let of = |market: &str, what: &str| json!({"issuer": world.now.signer.did(), "market": market, "what": what, "from": "2026-11-01"});
    judged.notices = vec![of("alpha", "new_owner")];
    let mut under = Under::new(cases, req, judged.clone());
    let at: Stated = &[("policy.notice", "facts[0].market")];
    under.accept("taken", "Another owner was announced, and the policy says nothing of it.", "", &[]);
    under.accept("noted", "The same, and the policy notes it.", "[on]\nnew_owner = \"note\"", at);
    under.refuse("refused", "The same, and the policy refuses it.", "[on]\nnew_owner = \"refuse\"", at);
    under.undecided(
        "undecided",
        "The same, and the policy leaves it undecided.",
        "[on]\nnew_owner = \"undecided\"",
        at,
    );
    under.accept(
        "other-kind",
        "The same, and the policy refuses closed markets.",
        "[on]\nclosed = \"refuse\"",
        &[],
    );
    judged.notices = vec![of("alpha", "closed")];
    Under::new(cases, req, judged.clone()).refuse(
        "closed",
        "It was announced that the market closed, and the policy refuses that.",
        "[on]\nclosed = \"refuse\"",
        at,
    );
    judged.notices = vec![of("beta", "new_owner")];
    Under::new(cases, req, judged).accept(
        "other-market",
        "Another owner of another market of the issuer was announced.",
        "[on]\nnew_owner = \"refuse\"",
        &[],
    );
}
