//! Issuing all of Bitcoin Alpha: 24,186 ratings of 3,754 accounts to ledgers, an epoch record, standings and credentials.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use faam_issuer::AccountId;
use faam_spec::key::SigningKey;
use faam_tests::{Market, alpha_events, now};

fn issue(c: &mut Criterion) {
    let events = alpha_events(&[]);
    let mut group = c.benchmark_group("issue_all_of_alpha");
    group.sample_size(10);
    // The floor: as many signatures as there are ratings and standings.
    let key = SigningKey::from_seed(&[1; 32]);
    let message = [7_u8; 700];
    group.bench_function("floor_27940_signatures", |b| {
        b.iter(|| (0..24_186 + 3_754).map(|_| key.sign(&message).to_bytes()[0]).fold(0, u8::wrapping_add));
    });
    group.bench_function("ledgers", |b| {
        b.iter_batched(
            || Market::new("bitcoin-alpha", 1, now()),
            |mut market| {
                market.apply(&events);
                market
            },
            BatchSize::PerIteration,
        );
    });
    let mut market = Market::new("bitcoin-alpha", 1, now());
    market.apply(&events);
    let mut weeks = 0;
    group.bench_function("epoch_record", |b| {
        b.iter(|| {
            weeks += 1;
            let at = now().plus(weeks * 7 * 86_400);
            market.issuer.open_epoch(at, &mut market.rng).unwrap()
        });
    });
    market.now = now().plus(20_000 * 7 * 86_400);
    market.open_epoch();
    let accounts: Vec<AccountId> = market.issuer.accounts().map(|account| account.account.clone()).collect();
    for account in &accounts {
        let key = key.verifying_key();
        market.issuer.bind(account, &key, false, market.now, &mut market.rng).unwrap();
    }
    group.bench_function("offers_with_credentials_and_standings", |b| {
        b.iter(|| {
            let entries = accounts
                .iter()
                .map(|account| market.issuer.offer(account, None, market.now).unwrap().entries.len());
            entries.sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, issue);
criterion_main!(benches);
