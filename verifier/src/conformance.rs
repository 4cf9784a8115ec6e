//! What every implementation of the stores must do: one suite for each trait, to be called from a test.
//!
//! `open` gives one more way to one and the same store, which is empty at first: another connection, another handle. The suites use
//! several at once, on threads of their own, and panic where a store does not do its duty.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use faam_verifier::{MemoryNonces, conformance};
//!
//! let store = Arc::new(Mutex::new(MemoryNonces::new()));
//! conformance::nonces(|| Arc::clone(&store));
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "what a test suite says is that it failed"
)]

use std::sync::Barrier;
use std::thread;

use faam_spec::decision::{DecisionDocument, Outcome, Remember};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::peer::PeerId;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::request::Ask;
use faam_spec::signed::Signer;
use faam_spec::status::{SignedStatusList, StatusList};
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::TreeHead;
use rand_core::{CryptoRng, RngCore};

use crate::{NonceStore, Pending, PendingStore, SourceCache, Sources, StoreError, start};

/// A Monday morning.
const NOW: i64 = 1_794_817_800;
/// How many use one store at once.
const AT_ONCE: usize = 8;
/// How often they do.
const ROUNDS: usize = 40;

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(NOW + seconds).unwrap()
}

/// Has `AT_ONCE` handles do something at the same time, and gives what came of it.
fn at_once<S: Send, T: Send>(
    open: &(impl Fn() -> S + Sync),
    work: impl Fn(usize, &mut S) -> T + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(AT_ONCE);
    thread::scope(|scope| {
        let all: Vec<_> = (0..AT_ONCE)
            .map(|number| {
                let (work, barrier) = (&work, &barrier);
                scope.spawn(move || {
                    let mut store = open();
                    barrier.wait();
                    work(number, &mut store)
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Tests a [`NonceStore`]: each nonce is consumed once, by one of all who try.
pub fn nonces<S: NonceStore + Send>(open: impl Fn() -> S + Sync) {
    let mut store = open();
    for nonce in ["a", "b", "A", "a\u{0}", &"x".repeat(128)] {
        assert_eq!(store.consume(nonce, at(600)), Ok(true), "{nonce:?} is new");
        assert_eq!(store.consume(nonce, at(600)), Ok(false), "{nonce:?} was consumed");
        assert_eq!(open().consume(nonce, at(900)), Ok(false), "{nonce:?} was consumed elsewhere");
    }
    let taken = at_once(&open, |_, store| {
        let consume = |round| store.consume(&format!("at once {round}"), at(600)).unwrap();
        (0..ROUNDS).map(consume).collect::<Vec<bool>>()
    });
    for round in 0..ROUNDS {
        let times = taken.iter().filter(|all| all[round]).count();
        assert_eq!(times, 1, "nonce {round} was consumed {times} times");
    }
}

/// Tests a [`PendingStore`]: what is put is there for all, until it is taken once, ends or expires.
pub fn pendings<S: PendingStore + Send>(open: impl Fn() -> S + Sync) {
    let (mut store, mut other) = (open(), open());
    let [short, long, third] = [pending(1, 600), pending(2, 3600), pending(3, 3600)];
    let name = |pending: &Pending| pending.request().digest();
    assert_eq!(store.get(name(&short), at(0)), Ok(None));
    assert_eq!(store.list(at(0), None, 10), Ok(Vec::new()));
    for one in [&short, &long, &third] {
        store.put(one).unwrap();
        assert_eq!(other.put(one), Err(StoreError::Exists), "it is kept already");
        assert_eq!(other.get(name(one), at(0)), Ok(Some(one.clone())), "it is there for all");
    }
    // In order, in pages, and without what expired.
    let names = |listed: Vec<crate::Waiting>| listed.into_iter().map(|one| one.request).collect::<Vec<_>>();
    let mut all = [name(&short), name(&long), name(&third)];
    all.sort_unstable();
    assert_eq!(names(other.list(at(0), None, 10).unwrap()), all);
    assert_eq!(names(other.list(at(0), None, 2).unwrap()), all[..2]);
    assert_eq!(names(other.list(at(0), Some(all[1]), 2).unwrap()), all[2..]);
    assert_eq!(names(other.list(at(0), None, 0).unwrap()), []);
    let late = other.list(at(600), None, 10).unwrap();
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|one| one.expires == at(3600) && one.request != name(&short)));
    assert_eq!(other.get(name(&short), at(599)), Ok(Some(short.clone())));
    assert_eq!(other.get(name(&short), at(600)), Ok(None), "it expired");
    assert_eq!(other.take(name(&short), at(600)), Ok(None), "it expired");
    store.sweep(at(600)).unwrap();
    assert_eq!(store.get(name(&short), at(0)), Ok(None), "it was swept");
    assert_eq!(store.get(name(&long), at(0)), Ok(Some(long.clone())), "it was not to be swept");

    assert_eq!(store.take(name(&long), at(0)), Ok(Some(long.clone())));
    assert_eq!(other.take(name(&long), at(0)), Ok(None), "it was taken");
    assert_eq!(other.get(name(&long), at(0)), Ok(None), "it was taken");
    assert_eq!(other.remove(name(&third)), Ok(true));
    assert_eq!(store.remove(name(&third)), Ok(false));
    assert_eq!(store.take(name(&third), at(0)), Ok(None), "it was ended");
    assert_eq!(store.list(at(0), None, 10), Ok(Vec::new()));

    let asked: Vec<Pending> = (0..ROUNDS).map(|round| pending(100 + round as u64, 600)).collect();
    for one in &asked {
        store.put(one).unwrap();
    }
    let taken = at_once(&open, |number, store| {
        let take = |one: &Pending| {
            // One of them revokes what the others want to judge.
            if number == 0 {
                store.remove(name(one)).unwrap()
            } else {
                store.take(name(one), at(0)).unwrap().is_some()
            }
        };
        asked.iter().map(take).collect::<Vec<bool>>()
    });
    for round in 0..ROUNDS {
        let times = taken.iter().filter(|all| all[round]).count();
        assert_eq!(times, 1, "request {round} was taken or ended {times} times");
    }
}

/// Tests a [`SourceCache`]: what is remembered is known to all, never goes back, and forks stay known.
pub fn sources<S: SourceCache + Send>(open: impl Fn() -> S + Sync) {
    let (mut cache, mut other) = (open(), open());
    let market = signer(7);
    let known = |cache: &mut S| {
        let mut sources = Sources::default();
        cache.load(&mut sources).unwrap();
        sources
    };
    assert_eq!(known(&mut cache).records.iter().count() + known(&mut cache).status.iter().count(), 0);

    // Records: one after the other, in any order, and each once.
    let first = record(&market, 0, None, 1);
    let second = record(&market, 1, Some(first.hash()), 1);
    for one in [&second, &first, &second] {
        let mut sources = Sources::default();
        assert_eq!(cache.remember(&mut sources, &decision(&[one], &[])).unwrap(), []);
        assert!(sources.records.iter().any(|known| known == one), "it is known at once");
    }
    let both = known(&mut other);
    assert_eq!(both.records.iter().collect::<Vec<_>>(), [&first, &second], "and to all");

    // Lists: the newest stays, whichever comes last.
    let [old, new] = [0, 60].map(|age| list(&market, "urn:faam:status:a", age));
    for one in [&new, &old] {
        let left_out = other.remember(&mut Sources::default(), &decision(&[], &[one])).unwrap();
        assert_eq!(left_out.len(), usize::from(one.issued() == old.issued()));
    }
    let newest = known(&mut cache);
    let newest = newest.status.get(market.did(), "urn:faam:status:a").unwrap();
    assert_eq!(newest.as_str(), new.as_str());
    // Who knows more than the store loses nothing by it.
    let mut ahead = Sources::default();
    ahead.status.insert(list(&market, "urn:faam:status:a", 90)).unwrap();
    cache.load(&mut ahead).unwrap();
    assert_eq!(ahead.status.iter().next().unwrap().issued(), at(90));

    // Many at once: nothing is lost, and nothing goes back.
    at_once(&open, |number, cache| {
        for round in 0..10_u8 {
            let age = i64::from(round) * 10 + number as i64;
            let shared = list(&market, "urn:faam:status:shared", age);
            let own = list(&market, &format!("urn:faam:status:{number}"), age);
            // Somebody else may have brought a newer one already.
            let left_out = cache.remember(&mut Sources::default(), &decision(&[], &[&shared, &own])).unwrap();
            assert!(
                left_out.len() <= 1 && left_out.iter().all(|fault| fault.reason() == Reason::StatusOlder)
            );
            let mut sources = Sources::default();
            cache.load(&mut sources).unwrap();
            for (uri, least) in [("urn:faam:status:shared".to_owned(), age), (own.uri().to_owned(), age)] {
                assert!(
                    sources.status.get(market.did(), &uri).unwrap().issued() >= at(least),
                    "it went back"
                );
            }
        }
    });
    let all = known(&mut cache);
    assert_eq!(all.status.iter().count(), 2 + AT_ONCE);
    let newest = all.status.get(market.did(), "urn:faam:status:shared").unwrap().issued();
    assert_eq!(newest, at(90 + AT_ONCE as i64 - 1));

    // A record that contradicts a known one takes nobody's place; both are kept.
    let forked = record(&market, 1, Some(first.hash()), 2);
    let left_out = other.remember(&mut Sources::default(), &decision(&[&forked], &[])).unwrap();
    assert_eq!(left_out.len(), 1);
    let mut shown = decision(&[], &[]);
    shown.conflict = vec![forked.as_str().to_owned(), second.as_str().to_owned()];
    assert_eq!(other.remember(&mut Sources::default(), &shown).unwrap(), []);
    let contested = known(&mut cache);
    let fork = contested.records.fork(market.did(), &first.record().market).unwrap();
    assert!(fork.contains(&forked) && fork.contains(&second));
    assert_eq!(contested.records.iter().collect::<Vec<_>>(), [&first, &second], "the known one stays");
    assert_eq!(contested.records.check(&second).unwrap_err().reason(), Reason::EpochForked);
    assert!(contested.records.check(&first).is_ok(), "what came before is in both branches");
    // No evidence: of two markets, and of one that are in order.
    let stranger = record(&signer(8), 1, None, 1);
    for (one, two) in [(&stranger, &second), (&first, &second)] {
        let mut shown = decision(&[], &[]);
        shown.conflict = vec![one.as_str().to_owned(), two.as_str().to_owned()];
        other.remember(&mut Sources::default(), &shown).unwrap();
    }
    assert!(known(&mut open()).records.fork(&stranger.record().iss, &stranger.record().market).is_none());
}

/// Randomness that is the same each time, for requests that nobody answers.
struct Fixed {
    seed: u64,
    drawn: u64,
}

impl RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.drawn += 1;
            let counted = [self.seed.to_be_bytes(), self.drawn.to_be_bytes()].concat();
            let drawn = Hash::of(b"", &counted);
            chunk.copy_from_slice(&drawn.as_bytes()[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Fixed {}

fn signer(seed: u8) -> Signer {
    Signer::from_key(SigningKey::from_seed(&[seed; 32]))
}

fn pending(seed: u64, life: i64) -> Pending {
    let me = signer(1);
    let peer = PeerId::from_public_key(me.verifying_key().to_bytes());
    let ask = Ask {
        name: "Beta".to_owned(),
        purpose: "To rent out a flat".to_owned(),
        retention_days: 30,
        terms: None,
        query: Query::standing("alpha".parse().unwrap()).unwrap(),
        life,
    };
    start(ask, peer, &me, at(0), &mut Fixed { seed, drawn: 0 }).unwrap().1
}

/// A record of the epoch that is this many after the first.
fn record(signer: &Signer, epoch: u64, prev: Option<Hash>, accounts: u64) -> SignedEpochRecord {
    let epoch = 2900 + epoch;
    let record = EpochRecord {
        v: 0,
        iss: signer.did().clone(),
        market: "alpha".parse().unwrap(),
        epoch,
        epoch_seconds: EpochLength::WEEK,
        iat: EpochLength::WEEK.start_of(epoch).plus(3600),
        prev,
        accounts: TreeHead { size: accounts, root: Hash::of(b"", b"") },
        keys: vec![signer.key_id().to_owned()],
        status: Vec::new(),
        private: None,
        last: false,
    };
    SignedEpochRecord::sign(record, signer).unwrap()
}

fn list(signer: &Signer, uri: &str, age: i64) -> SignedStatusList {
    SignedStatusList::sign(uri, StatusList::new(1 << 10).unwrap(), signer, at(age)).unwrap()
}

fn decision(records: &[&SignedEpochRecord], lists: &[&SignedStatusList]) -> DecisionDocument {
    DecisionDocument {
        v: 0,
        request: Hash::of(b"", b""),
        at: at(0),
        outcome: Outcome::Undecided,
        reasons: Vec::new(),
        facts: Vec::new(),
        private: Vec::new(),
        same_holder: None,
        not_covered: Vec::new(),
        policy: None,
        notes: Vec::new(),
        notices: Vec::new(),
        sources: Vec::new(),
        remember: Remember {
            records: records.iter().map(|one| one.as_str().to_owned()).collect(),
            status: lists.iter().map(|one| one.as_str().to_owned()).collect(),
        },
        conflict: Vec::new(),
    }
}
