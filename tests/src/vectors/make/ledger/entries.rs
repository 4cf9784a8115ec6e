//! Single entries, REQ-LEDGER-1 to REQ-LEDGER-6.

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{reading, sha256};
use super::{entry, rating, read_entry, with, without};

/// So many different digests.
fn digests(count: u8) -> Vec<String> {
    (0..count).map(|n| b64(sha256([n]))).collect()
}

pub(super) fn cases(cases: &mut Cases) {
    kinds(cases);
    refs(cases);
    scales(cases);
    let req = "REQ-LEDGER-3";
    let of = |list: &[String]| read_entry(&with(rating(3, 5, "1..5"), json!({"_sd": list})));
    cases.accept(req, "digests", "Six different digests.", of(&digests(6)));
    let mut twice = digests(6);
    twice.push(twice[0].clone());
    let next = [digests(1), digests(3)].concat();
    let reply = with(
        entry(4, "reply"),
        json!({"refs": [3], "day": "2026-10-03", "_sd": [digests(1)[0], digests(1)[0]]}),
    );
    for (id, description, input) in [
        ("apart", "A digest twice with others in between.", of(&twice)),
        ("next", "A digest twice, one after the other.", of(&next)),
        ("reply", "A digest twice in a reply.", read_entry(&reply)),
    ] {
        cases.refuse(req, &format!("digests-{id}"), "malformed", description, input).attack("A07");
    }
    let req = "REQ-LEDGER-6";
    cases.accept(req, "digests-32", "As many digests as there may be.", of(&digests(32)));
    cases.accept(
        req,
        "digests-none",
        "A rating without digests, as an entry alone may be.",
        read_entry(&rating(3, 5, "1..5")),
    );
    for count in [33, 64, 200] {
        let description = format!("{count} digests.");
        cases.refuse(req, &format!("digests-{count}"), "too_large", &description, of(&digests(count)));
    }
}

fn kinds(cases: &mut Cases) {
    let req = "REQ-LEDGER-1";
    let good = rating(3, 5, "1..5");
    let correction = with(good.clone(), json!({"kind": "correction", "refs": [2]}));
    let reply = with(entry(3, "reply"), json!({"refs": [2], "day": "2026-10-03"}));
    let withdrawal = with(entry(3, "withdrawal"), json!({"refs": [2], "day": "2026-10-03", "by": "subject"}));
    let dispute = with(entry(3, "dispute"), json!({"refs": [2], "day": "2026-10-03", "state": "settled"}));
    let binding = with(entry(0, "binding"), json!({"day": "2026-10-03"}));
    for (id, it) in [
        ("rating", &good),
        ("correction", &correction),
        ("reply", &reply),
        ("withdrawal", &withdrawal),
        ("dispute", &dispute),
        ("binding", &binding),
    ] {
        cases.accept(req, id, &format!("A {id} with all its members."), read_entry(it));
    }
    let more = |it: &Value, more: Value| with(it.clone(), more);
    for (id, description, it) in [
        ("kind", "A kind that there is not.", more(&good, json!({"kind": "review"}))),
        ("kind-case", "A kind with a capital.", more(&good, json!({"kind": "Rating"}))),
        ("no-kind", "No kind.", without(good.clone(), "kind")),
        ("no-role", "A rating without role.", without(good.clone(), "role")),
        ("no-value", "A rating without value.", without(good.clone(), "value")),
        ("no-scale", "A rating without scale.", without(good.clone(), "scale")),
        ("rating-day", "A rating that shows its day.", more(&good, json!({"day": "2026-10-03"}))),
        (
            "rating-refs",
            "A rating that names an earlier one, as only a correction does.",
            more(&good, json!({"refs": [2]})),
        ),
        ("rating-by", "A rating with the member of a withdrawal.", more(&good, json!({"by": "rater"}))),
        ("holder", "A rating that names a holder key.", more(&good, json!({"holder": "z6Mk"}))),
        ("no-refs", "A correction that names no rating.", without(correction.clone(), "refs")),
        ("reply-no-day", "A reply without day.", without(reply.clone(), "day")),
        ("reply-value", "A reply with a value.", more(&reply, json!({"value": 5, "scale": "1..5"}))),
        (
            "by",
            "A withdrawal that somebody asked for who is no party.",
            more(&withdrawal, json!({"by": "judge"})),
        ),
        ("no-by", "A withdrawal that nobody asked for.", without(withdrawal.clone(), "by")),
        ("withdrawal-digests", "A withdrawal with a digest.", more(&withdrawal, json!({"_sd": digests(1)}))),
        ("state", "A dispute in a state that there is not.", more(&dispute, json!({"state": "lost"}))),
        ("no-state", "A dispute without state.", without(dispute.clone(), "state")),
        ("dispute-by", "A dispute with the member of a withdrawal.", more(&dispute, json!({"by": "rater"}))),
        (
            "binding-refs",
            "A binding that names a rating.",
            more(&with(binding.clone(), json!({"index": 3})), json!({"refs": [2]})),
        ),
        ("binding-role", "A binding with a role.", more(&binding, json!({"role": "seller"}))),
    ] {
        cases.refuse(req, &format!("entry-{id}"), "malformed", description, read_entry(&it));
    }
}

fn refs(cases: &mut Cases) {
    let req = "REQ-LEDGER-2";
    let to = |refs: Value| read_entry(&with(entry(3, "reply"), json!({"refs": refs, "day": "2026-10-03"})));
    cases.accept(req, "refs-first", "A reply to the first entry.", to(json!([0])));
    cases.accept(req, "refs-before", "A reply to the entry just before.", to(json!([2])));
    for (id, description, refs) in [
        ("self", "A reply to itself.", json!([3])),
        ("later", "A reply to a later entry.", json!([4])),
        ("two", "A reply to two entries.", json!([1, 2])),
        ("same", "A reply to one entry twice.", json!([2, 2])),
        ("five", "A reply to five entries.", json!([0, 1, 2, 0, 1])),
        ("number", "An index that stands in no list.", json!(2)),
        ("text", "An index as text.", json!(["2"])),
        ("negative", "An index below 0.", json!([-1])),
    ] {
        cases.refuse(req, &format!("refs-{id}"), "malformed", description, to(refs));
    }
}

fn scales(cases: &mut Cases) {
    let req = "REQ-LEDGER-4";
    for text in ["0..1", "1..5", "-10..10", "0..100", "-1000000..1000000", "-2..-1", "999999..1000000"] {
        let id = format!("scale-{}", text.replace("..", "_").replace('-', "m"));
        cases.accept(req, &id, &format!("The scale {text}."), reading("scale", text));
    }
    for (id, description, text) in [
        ("equal", "A scale of one value.", "1..1"),
        ("turned", "The best value first.", "5..1"),
        ("plus", "A plus sign.", "+1..5"),
        ("zero", "A leading zero.", "01..5"),
        ("minus-zero", "Zero with a minus sign.", "-0..5"),
        ("low", "An end below −1,000,000.", "-1000001..0"),
        ("high", "An end over 1,000,000.", "0..1000001"),
        ("long", "An end that 64 bits do not hold.", "0..18446744073709551617"),
        ("dots", "Three full stops.", "1...5"),
        ("dot", "One full stop.", "1.5"),
        ("dash", "A hyphen in the place of the full stops.", "1-5"),
        ("open", "No end.", "1.."),
        ("fraction", "An end with a fraction.", "0..1.5"),
        ("space", "A space.", "1.. 5"),
        ("digits", "Digits of another script.", "١..٥"),
        ("empty", "Nothing.", ""),
    ] {
        cases.refuse(req, &format!("scale-{id}"), "malformed", description, reading("scale", text));
    }
    let it = rating(3, 5, "5..1");
    cases.refuse(
        req,
        "scale-entry",
        "malformed",
        "A rating on a scale whose best value stands first.",
        read_entry(&it),
    );
    let req = "REQ-LEDGER-5";
    let score = |value: i64, scale: &str| json!({"operation": "score", "value": value, "scale": scale});
    for (value, scale) in [
        (1, "1..5"),
        (5, "1..5"),
        (-10, "-10..10"),
        (10, "-10..10"),
        (0, "0..1"),
        (1, "0..1"),
        (100, "0..100"),
    ] {
        let id = format!(
            "value-{}-{}",
            value.to_string().replace('-', "m"),
            scale.replace("..", "_").replace('-', "m")
        );
        cases.accept(req, &id, &format!("The value {value} on {scale}."), score(value, scale));
    }
    for (value, scale) in
        [(0, "1..5"), (6, "1..5"), (-11, "-10..10"), (11, "-10..10"), (2, "0..1"), (-1, "0..100")]
    {
        let id = format!(
            "value-{}-{}",
            value.to_string().replace('-', "m"),
            scale.replace("..", "_").replace('-', "m")
        );
        cases.refuse(req, &id, "malformed", &format!("The value {value} on {scale}."), score(value, scale));
    }
    let it = rating(3, 6, "1..5");
    cases.refuse(req, "value-entry", "malformed", "A rating of 6 on a scale to 5.", read_entry(&it));
}
