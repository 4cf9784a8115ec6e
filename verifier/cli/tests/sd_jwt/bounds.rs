//! A20: more than anybody needs is refused early, whatever it is.

use std::time::{Duration, Instant};

use faam_spec::encoding::b64;
use serde_json::json;

use crate::world::{Key, Shown, ask, disclosure};

#[test]
fn a20_ten_thousand_disclosures_long_texts_and_depth() {
    let issuer = Key::ed(1);
    let good = Shown::good(issuer.clone(), Key::ed(2));
    let with = |change: &dyn Fn(&mut Shown)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed.text()
    };
    let many = |count: usize| {
        with(&|shown: &mut Shown| {
            let (texts, digests): (Vec<_>, Vec<_>) =
                (1..count).map(|n| disclosure(&json!(["s", format!("c{n}"), n]))).unzip();
            shown.payload["_sd"].as_array_mut().unwrap().extend(digests.into_iter().map(|d| json!(d)));
            shown.disclosures.extend(texts);
        })
    };
    ask(&issuer, &many(64)).accepted();
    ask(&issuer, &many(65)).refused("too_large");
    ask(&issuer, &many(10_000)).refused("too_large");
    // A text of a megabyte, open or disclosed.
    ask(&issuer, &with(&|shown| shown.payload["level"] = json!("x".repeat(1 << 20)))).refused("too_large");
    let long = disclosure(&json!(["s", "long", "x".repeat(1 << 20)]));
    ask(&issuer, &with(&|shown| shown.disclosures.push(long.0.clone()))).refused("too_large");
    // Brackets without end, open or disclosed; 10,000 levels fit the size and not the depth.
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let jwt = issuer.jws(&good.header.to_string(), &deep);
    ask(&issuer, &good.with_jwt(&jwt)).refused("too_large");
    let text = b64(format!("[\"s\",\"a\",{}1{}]", "[".repeat(5_000), "]".repeat(5_000)));
    ask(&issuer, &with(&|shown| shown.disclosures.push(text.clone()))).refused("too_large");
}

#[test]
fn a20_input_without_end_is_not_held() {
    let issuer = Key::ed(1);
    let begun = Instant::now();
    // 64 MiB are offered, and little more than the bound is read.
    ask(&issuer, &"~".repeat(64 << 20)).refused("too_large");
    ask(&issuer, "").refused("malformed");
    ask(&issuer, &"A".repeat(65_536)).refused("malformed");
    ask(&issuer, &"A".repeat(65_537)).refused("too_large");
    assert!(begun.elapsed() < Duration::from_secs(60));
}
