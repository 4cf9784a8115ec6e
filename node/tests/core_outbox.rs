//! Who calls back, where several daemons are one verifier.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use common::{NOW, Node, alpha, peer};
use faam_node::core::{
    Change, Core, Delivery, MemoryStorage, RequestTerms, Revoked, Row, Sent, Settings, Storage, StorageError,
    Table, Turn,
};
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::query::Query;
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use faam_verifier::{AnyRole, Policy, Roles, StatementType, Trust, TrustEntry};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// A store that others write to as well, and that may be away.
#[derive(Default)]
struct Shared(MemoryStorage, Cell<bool>);

impl Shared {
    fn reached(&self) -> Result<&MemoryStorage, StorageError> {
        if self.1.get() { Err(StorageError::Unreachable("it is away".into())) } else { Ok(&self.0) }
    }
}

impl Storage for Shared {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        self.reached()?.scan(table)
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.reached()?.get(table, id)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        self.reached()?.commit(changes)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// Daemons on one store, and one clock.
struct Daemons {
    store: Shared,
    cores: Vec<Core>,
    now: Timestamp,
    rng: StdRng,
    trust: TrustEntry,
}

impl Daemons {
    fn new(count: usize, seed: u64) -> Self {
        let trust = TrustEntry {
            issuer: Node::market().issuer(),
            market: alpha(),
            roles: Roles::Any(AnyRole::Any),
            types: vec![StatementType::Standing],
            epoch_seconds: faam_spec::time::EpochLength::WEEK,
            frozen_after: None,
        };
        let (now, rng) = (Timestamp::new(NOW).unwrap(), StdRng::seed_from_u64(seed));
        let mut daemons = Self { store: Shared::default(), cores: Vec::new(), now, rng, trust };
        for _ in 0..count {
            let core = daemons.started();
            daemons.cores.push(core);
        }
        daemons
    }

    fn started(&mut self) -> Core {
        let settings = Settings {
            peer: peer(2),
            verifier: Signer::from_key(SigningKey::from_seed(&[2; 32])),
            name: "Beta".into(),
            terms: None,
            market: None,
            trust: Trust::new(vec![self.trust.clone()]).into(),
            policy: Policy::default(),
        };
        let mut turn = Turn { now: self.now, rng: &mut self.rng, store: &self.store };
        let mut core = Core::restore(settings, &mut turn).unwrap();
        core.set_addresses(vec!["/ip4/127.0.0.1/tcp/4001".parse().unwrap()]);
        core.set_webhook(true);
        core
    }

    fn with<T>(&mut self, daemon: usize, work: impl FnOnce(&mut Core, &mut Turn<'_>) -> T) -> T {
        let steady = self.now.since(Timestamp::new(NOW - 1).unwrap());
        let core = &mut self.cores[daemon];
        core.observe_clock(self.now, Duration::from_secs(steady.try_into().unwrap()));
        work(core, &mut Turn { now: self.now, rng: &mut self.rng, store: &self.store })
    }

    /// Makes a request at one daemon and takes it back at another, so that there is an event.
    fn event(&mut self, made: usize, ended: usize) -> Hash {
        let terms = RequestTerms {
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            query: Query::standing(alpha()).unwrap(),
            life: 600,
        };
        let id = self.with(made, |core, turn| core.create_request(turn, terms)).unwrap().id;
        assert_eq!(self.with(ended, |core, turn| core.revoke_request(turn, id)).unwrap(), Revoked::Done);
        id
    }

    fn tick(&mut self, daemon: usize) {
        self.with(daemon, |core, turn| core.tick(turn)).unwrap();
    }

    fn due(&mut self, daemon: usize) -> Vec<Delivery> {
        self.with(daemon, |core, turn| core.due_events(turn, 4))
    }

    fn sent(&mut self, daemon: usize, delivery: &Delivery, outcome: Sent) {
        self.with(daemon, |core, turn| core.sent(turn, delivery, &outcome)).unwrap();
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus(seconds);
    }

    fn stored(&self) -> usize {
        self.store.count(Table::OUTBOX).unwrap()
    }
}

//= spec/text/shared-store.md#REQ-SHARED-10
//= type=test
//# A daemon MUST claim an event in the store before it sends it, for 45 s, if it is still as it was read
#[test]
fn an_event_is_sent_where_it_happened_and_nowhere_else() {
    let mut daemons = Daemons::new(3, 1);
    let id = daemons.event(0, 1);
    for other in [0, 2] {
        daemons.tick(other);
        assert_eq!(daemons.due(other), []);
    }
    let sent = daemons.due(1);
    assert_eq!((sent.len(), sent[0].id.as_str()), (1, format!("msg_{id}").as_str()));
    assert_eq!(daemons.due(1), [], "it is on its way");
    daemons.pass(15);
    daemons.sent(1, &sent[0], Sent::Taken);
    assert_eq!(daemons.stored(), 0);
    // What the others read of it before is nothing to them, however late it is.
    daemons.pass(1000);
    for other in [0, 2, 1] {
        assert_eq!(daemons.due(other), [], "before it looks around");
        daemons.tick(other);
        assert_eq!(daemons.due(other), []);
    }
}

#[test]
fn what_a_daemon_claimed_that_ended_another_sends_when_the_claim_is_over() {
    for was_sending in [true, false] {
        let mut daemons = Daemons::new(2, 2);
        daemons.event(0, 1);
        let first = if was_sending { daemons.due(1) } else { Vec::new() };
        daemons.pass(44);
        daemons.tick(0);
        assert_eq!(daemons.due(0), [], "it may still be sent");
        daemons.pass(1);
        let second = daemons.due(0);
        assert_eq!(second.len(), 1);
        for first in &first {
            assert_eq!((&first.id, &first.body), (&second[0].id, &second[0].body), "it is the same");
        }
        // The other was only slow: it sends no more, and what it says changes nothing.
        for first in &first {
            assert!(daemons.now > first.not_after.unwrap());
            daemons.sent(1, first, Sent::TooLate);
        }
        assert_eq!(daemons.due(1), []);
        daemons.sent(0, &second[0], Sent::Taken);
        daemons.pass(1000);
        daemons.tick(1);
        assert_eq!((daemons.due(1), daemons.stored()), (Vec::new(), 0));
    }
}

#[test]
fn what_was_not_taken_one_of_them_sends_again() {
    let mut daemons = Daemons::new(3, 3);
    daemons.event(0, 0);
    let mut by = [0; 3];
    for (round, outcome) in [Sent::Failed("status 500".into()), Sent::Later("status 503".into(), 3000)]
        .iter()
        .cycle()
        .take(12)
        .enumerate()
    {
        let order = [round % 3, (round + 1) % 3, (round + 2) % 3];
        let all: Vec<(usize, Delivery)> = order
            .into_iter()
            .flat_map(|daemon| daemons.due(daemon).into_iter().map(move |one| (daemon, one)))
            .collect();
        assert_eq!(all.len(), 1, "round {round}");
        let (daemon, delivery) = &all[0];
        by[*daemon] += 1;
        daemons.sent(*daemon, delivery, outcome.clone());
        for other in 0..3 {
            daemons.tick(other);
            assert_eq!(daemons.due(other), [], "round {round}");
        }
        let listed = daemons.with(2, |core, turn| core.list_events(turn, None, 10)).unwrap();
        assert_eq!((listed.waiting, listed.events[0].tries as usize), (1, round + 1));
        let next = listed.events[0].next.unwrap();
        //= spec/text/local-api.md#REQ-API-19
        //= type=test
        //# A pause that an answer of status 429 or 503 names (`Retry-After`) MUST be kept, up to 6 h, where it is
        //# the longer one.
        let wait = next.since(daemons.now);
        assert!(*outcome == Sent::Failed("status 500".into()) || (3000..=27_000).contains(&wait), "{wait}");
        daemons.pass(wait);
    }
    assert!(by.iter().all(|count| *count > 0), "{by:?}");
}

#[test]
fn a_pause_of_years_is_one_of_hours() {
    let mut daemons = Daemons::new(1, 4);
    daemons.event(0, 0);
    let sent = daemons.due(0);
    daemons.sent(0, &sent[0], Sent::Later("status 429".into(), i64::MAX));
    let listed = daemons.with(0, |core, turn| core.list_events(turn, None, 10)).unwrap();
    assert_eq!(listed.events[0].next.unwrap().since(daemons.now), 6 * 3600);
}

#[test]
fn an_operator_sends_again_at_any_of_them() {
    let mut daemons = Daemons::new(2, 5);
    let id = format!("msg_{}", daemons.event(0, 1));
    let sent = daemons.due(1);
    daemons.sent(1, &sent[0], Sent::Gone);
    let again = daemons.with(0, |core, turn| core.send_again(turn, &id)).unwrap().unwrap();
    assert_eq!(again.next, Some(daemons.now));
    let sent = daemons.due(0);
    assert_eq!(sent.len(), 1);
    daemons.sent(0, &sent[0], Sent::Taken);
    // The other remembers it as given up; it is not there any more.
    assert_eq!(daemons.with(1, |core, turn| core.send_again(turn, &id)).unwrap(), None);
    assert_eq!(daemons.stored(), 0);
}

/// A daemon that sends: since when, and what.
type Way = (Timestamp, Delivery);

//= spec/text/shared-store.md#REQ-SHARED-10
//= type=test
//# and send it only while 25 s of that are left.
#[test]
fn no_two_daemons_send_one_event_at_once_and_none_is_lost() {
    for seed in 0..60 {
        let mut daemons = Daemons::new(3, 100 + seed);
        let mut choices = StdRng::seed_from_u64(seed);
        let mut ways: Vec<Vec<Way>> = vec![Vec::new(); 3];
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        let mut made = Vec::new();
        let mut killed = 0;
        for step in 0.. {
            assert!(step < 20_000, "seed {seed}: {} of {} were taken", taken.len(), made.len());
            let quiet = step > 400;
            if quiet && daemons.stored() == 0 && ways.iter().all(Vec::is_empty) {
                break;
            }
            let daemon = choices.gen_range(0..3);
            match choices.gen_range(0..8) {
                0 if !quiet => {
                    let (first, second) = (choices.gen_range(0..3), choices.gen_range(0..3));
                    made.push(format!("msg_{}", daemons.event(first, second)));
                }
                1 if !quiet && choices.gen_bool(0.2) => {
                    // Killed: what was on its way may have arrived, and nobody knows.
                    let core = daemons.started();
                    daemons.cores[daemon] = core;
                    killed += ways[daemon].len();
                    ways[daemon].clear();
                }
                2 => daemons.tick(daemon),
                3..=4 => {
                    for delivery in daemons.due(daemon) {
                        // It may lie for a while before its thread is there.
                        let at = daemons.now.plus(choices.gen_range(0..30));
                        if delivery.not_after.is_some_and(|until| at > until) {
                            daemons.sent(daemon, &delivery, Sent::TooLate);
                            continue;
                        }
                        let elsewhere = ways.iter().flatten().any(|(_, other)| other.id == delivery.id);
                        assert!(!elsewhere, "seed {seed}: {} is on its way twice", delivery.id);
                        ways[daemon].push((at, delivery));
                    }
                }
                5..=6 => {
                    let now = daemons.now;
                    if let Some(at) = ways[daemon].iter().position(|(at, _)| now.since(*at) >= 0) {
                        let (_, delivery) = ways[daemon].remove(at);
                        let outcome = match choices.gen_range(0..4) {
                            0 if !quiet => Sent::Failed("status 500".into()),
                            1 if !quiet => Sent::Later("status 503".into(), choices.gen_range(0..100)),
                            _ => {
                                *taken.entry(delivery.id.clone()).or_default() += 1;
                                Sent::Taken
                            }
                        };
                        daemons.sent(daemon, &delivery, outcome);
                    }
                }
                _ => {
                    // A call lasts 15 s at most: before time passes beyond that, its end is told.
                    let step = if quiet { choices.gen_range(1..300) } else { choices.gen_range(1..10) };
                    let over = daemons.now.plus(step);
                    for (daemon, ways) in ways.iter_mut().enumerate() {
                        while let Some(at) = ways.iter().position(|(at, _)| over.since(*at) > 15) {
                            let (_, delivery) = ways.remove(at);
                            let outcome = if quiet {
                                *taken.entry(delivery.id.clone()).or_default() += 1;
                                Sent::Taken
                            } else {
                                Sent::Failed("it did not answer in time".into())
                            };
                            daemons.sent(daemon, &delivery, outcome);
                        }
                    }
                    daemons.pass(step);
                }
            }
        }
        for id in &made {
            let count = taken.get(id).copied().unwrap_or_default();
            assert!(count == 1 || killed > 0 && count > 0, "seed {seed}: {id} was taken {count} times");
        }
        assert!(!made.is_empty());
    }
}

//= spec/text/local-api.md#REQ-API-14
//= type=test
//# An event that was taken MUST NOT be sent again by the daemon that knows it, also where the store is away.
#[test]
fn a46_while_the_store_is_away_nothing_is_sent_again_and_again() {
    let mut daemons = Daemons::new(2, 6);
    let first = format!("msg_{}", daemons.event(0, 0));
    daemons.event(0, 0);
    let sent = daemons.due(0);
    assert_eq!(sent.len(), 2);
    daemons.store.1.set(true);
    for delivery in &sent {
        let outcome = if delivery.id == first { Sent::Taken } else { Sent::Failed("status 500".into()) };
        let told = daemons.with(0, |core, turn| core.sent(turn, delivery, &outcome));
        assert!(told.is_err(), "it was not stored");
    }
    // However long it is away, and however often it is looked: nothing.
    for _ in 0..300 {
        assert_eq!(daemons.due(0), []);
        daemons.pass(1);
    }
    daemons.store.1.set(false);
    // What was taken is only ended; what was not is sent again, once at a time.
    let again: Vec<Delivery> = (0..60)
        .flat_map(|_| {
            daemons.pass(1);
            daemons.due(0)
        })
        .collect();
    let ids: Vec<&str> = again.iter().map(|delivery| delivery.id.as_str()).collect();
    assert_eq!(ids, [sent.iter().find(|delivery| delivery.id != first).unwrap().id.as_str()]);
    assert_eq!(daemons.stored(), 1);
    daemons.sent(0, &again[0], Sent::Taken);
    daemons.tick(1);
    daemons.pass(1000);
    assert_eq!((daemons.due(0), daemons.due(1), daemons.stored()), (vec![], vec![], 0));
}

#[test]
fn what_was_taken_while_the_store_was_away_for_a_moment_no_other_daemon_sends() {
    let mut daemons = Daemons::new(2, 7);
    daemons.event(0, 0);
    let sent = daemons.due(0);
    daemons.store.1.set(true);
    assert!(daemons.with(0, |core, turn| core.sent(turn, &sent[0], &Sent::Taken)).is_err());
    daemons.pass(20);
    assert_eq!(daemons.due(0), []);
    daemons.store.1.set(false);
    // Before the claim is over, its end is stored.
    for _ in 0..20 {
        daemons.pass(1);
        assert_eq!(daemons.due(0), []);
    }
    assert_eq!(daemons.stored(), 0);
    daemons.tick(1);
    daemons.pass(100);
    assert_eq!(daemons.due(1), []);
}

//= spec/text/local-api.md#REQ-API-12
//= type=test
//# only while the core answers and the store can be reached
#[test]
fn a_node_is_not_ready_while_its_shared_store_is_away() {
    let mut daemons = Daemons::new(1, 8);
    let ready = |daemons: &mut Daemons| daemons.with(0, |core, turn| core.check_ready(turn)).is_ok();
    assert!(ready(&mut daemons));
    daemons.store.1.set(true);
    assert!(!ready(&mut daemons));
    daemons.store.1.set(false);
    assert!(ready(&mut daemons));
}
