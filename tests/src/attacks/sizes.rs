//! A20 and A85: more than anybody needs, and what costs much to check and little to make.

use faam_spec::encoding::b64;
use faam_spec::limits::{
    MAX_DISCLOSURE_BYTES, MAX_DISCLOSURES, MAX_PRESENTATION_BYTES, MAX_PRESENTED_LEDGERS,
    MAX_PRESENTED_RATINGS, MAX_SD_JWT_BYTES, MAX_STAPLED_LISTS,
};
use serde_json::{Value, json};

use super::forged::digest;
use super::{Attempt, Attempts, Forged};
use crate::vectors::make::fixtures_shown::{Case, World};

/// The code of everything here.
const CODE: &str = "too_large";

pub(super) fn attempts(all: &mut Vec<Attempt>) {
    let world = World::new("alpha", 1);
    let case = Case::ratings(&world.now, &[0], &[]);
    a20(&mut Attempts::new(all, "A20", &case));
    a85(&mut Attempts::new(all, "A85", &case));
}

fn disclosures(forged: &mut Forged, count: usize) {
    let texts: Vec<String> = (0..count).map(|n| b64(json!(["s", format!("c{n}"), n]).to_string())).collect();
    forged.payload["_sd"] = texts.iter().map(|text| digest(text)).collect();
    forged.disclosures = texts;
}

fn a20(set: &mut Attempts<'_>) {
    for count in [MAX_DISCLOSURES + 1, 10_000] {
        set.forge((&format!("{count} disclosures"), "ratings"), CODE, move |forged| {
            // Without their digests, the signed part stays within its own bound.
            let payload = forged.payload.clone();
            disclosures(forged, count);
            forged.payload = payload;
        });
    }
    set.forge(("a text of a megabyte in a rating", "ratings"), CODE, |forged| {
        forged.payload["more"] = json!("x".repeat(1 << 20));
    });
    set.forge(("a text of a megabyte in a disclosure", "ratings"), CODE, |forged| {
        forged.disclose(&json!(["c2FsdA", "comment", "x".repeat(1 << 20)]));
    });
    set.forge(("a comment over its bound", "ratings"), CODE, |forged| {
        forged.disclose(&json!(["c2FsdA", "comment", "x".repeat(4097)]));
    });
    for depth in [17, 10_000] {
        set.sent(&format!("an answer {depth} deep"), CODE, move |_| {
            format!("{{\"v\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes()
        });
        set.forge((&format!("a rating {depth} deep"), "ratings"), CODE, move |forged| {
            let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            forged.texts.1 =
                Some(forged.payload.to_string().replacen('{', &format!("{{\"more\":{deep},"), 1));
        });
    }
    set.sent("brackets without end", CODE, |_| vec![b'['; MAX_PRESENTATION_BYTES]);
    set.sent("an answer of a byte too many", CODE, |text| {
        let spaces = MAX_PRESENTATION_BYTES + 1 - text.len();
        format!("{text}{}", " ".repeat(spaces)).into_bytes()
    });
    set.sent("the largest answer that there may be", "", |text| {
        let spaces = MAX_PRESENTATION_BYTES - text.len();
        format!("{text}{}", " ".repeat(spaces)).into_bytes()
    });
    set.sent("a hundred thousand numbers", CODE, |text| {
        text.replacen('{', &format!("{{\"more\":[{}0],", "0,".repeat(100_000)), 1).into_bytes()
    });
}

/// The list `path`, so many times as long as it is.
fn repeated(value: &mut Value, path: &str, times: usize) {
    let list = value.pointer_mut(path).unwrap().as_array_mut().unwrap();
    *list = list.iter().cycle().take(times).cloned().collect();
}

fn a85(set: &mut Attempts<'_>) {
    let ratings = MAX_PRESENTED_RATINGS + 1 + MAX_PRESENTED_LEDGERS;
    set.after("more ratings than there may be", CODE, move |value| {
        repeated(value, "/vp_token/ratings", ratings);
        repeated(value, "/ledgers/0/live", ratings);
    });
    set.after("more ledgers than there may be", CODE, |value| {
        repeated(value, "/ledgers", MAX_PRESENTED_LEDGERS + 1);
    });
    set.after("more lists than there may be", CODE, |value| {
        repeated(value, "/ledgers/0/status", MAX_STAPLED_LISTS + 1);
    });
    set.after("five private standings", CODE, |value| {
        let one = json!({"standing": "standing", "role": "seller", "record": ""});
        value["private"] = json!(vec![one; 5]);
    });
    set.after("more ids than there may be", CODE, |value| {
        for n in 0..32 {
            value["vp_token"][format!("more-{n}")] = json!(["~"]);
        }
    });
    // A thousand ratings that are right but one: the same one, which is found at the second.
    set.after("one rating a thousand times", "rating.repeated", |value| {
        repeated(value, "/vp_token/ratings", MAX_PRESENTED_RATINGS);
        repeated(value, "/ledgers/0/live", MAX_PRESENTED_RATINGS);
    });
    set.forge(("a credential over its bound", "ratings"), CODE, |forged| {
        let more = json!(["s", "c", "x".repeat(MAX_DISCLOSURE_BYTES / 4 * 3 - 12)]);
        for _ in 0..=MAX_SD_JWT_BYTES / MAX_DISCLOSURE_BYTES {
            forged.disclosures.push(b64(more.to_string()));
        }
    });
    set.forge(("a disclosure over its bound", "ratings"), CODE, |forged| {
        forged.disclose_text("W".repeat(MAX_DISCLOSURE_BYTES + 4));
    });
    // Placeholders and digests without disclosures are looked through once.
    set.forge(("a rating full of digests", "ratings"), CODE, |forged| {
        let digests: Vec<String> = (0..400).map(|n: u32| digest(&n.to_string())).collect();
        forged.payload["_sd"] = json!(digests);
    });
}
