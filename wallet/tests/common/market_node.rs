//! A market's node, with the core that markets run, on real libp2p, under a clock of the test's own.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use faam_node::core::{
    Change, Core, MarketSettings, OfferTerms, PeerInfo, RequestTerms, Row, Settings, Storage, StorageError,
    Table, Turn,
};
use faam_node::identity::Identity;
use faam_node::net::{Host, HostConfig, HostLimits, Inbound, Protocol};
use faam_spec::key::SigningKey;
use faam_spec::link::Link;
use faam_spec::peer::{Address, PeerId};
use faam_spec::query::Query;
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::wire::{Message, OfferAsk, RenewAsk};
use faam_verifier::{AnyRole, Policy, Roles, StatementType, Trust, TrustEntry};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use zeroize::Zeroizing;

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

#[derive(Default, Clone)]
struct Memory(Arc<Mutex<Rows>>);

impl Storage for Memory {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let rows = self.0.lock().unwrap();
        let of_table = rows.iter().filter(|((of, _), _)| *of == table);
        Ok(of_table.map(|((_, id), value)| (id.clone(), value.clone())).collect())
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.0.lock().unwrap().get(&(table, id.to_vec())).cloned())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let mut rows = self.0.lock().unwrap();
        for change in &changes {
            change.given.check(rows.get(&(change.table, change.id.clone())).map(Vec::as_slice))?;
        }
        for Change { table, id, value, .. } in changes {
            match value {
                Some(value) => rows.insert((table, id), value),
                None => rows.remove(&(table, id)),
            };
        }
        Ok(())
    }
}

/// A core and what it stored.
struct Machine {
    core: Core,
    store: Memory,
    rng: StdRng,
}

impl Machine {
    fn with<T>(&mut self, now: Timestamp, work: impl FnOnce(&mut Core, &mut Turn<'_>) -> T) -> T {
        work(&mut self.core, &mut Turn { now, rng: &mut self.rng, store: &self.store })
    }
}

pub struct State {
    pub now: Timestamp,
    market: Machine,
    /// Answers anonymous questions in the market's place: the same market, which others see otherwise.
    other: Option<Machine>,
    /// The next question of this name is worked on and its answer lost.
    pub lose: Option<&'static str>,
    /// Every question, by name, and who asked.
    pub asked: Vec<(&'static str, PeerId)>,
    /// The same as it came.
    pub sent: Vec<(PeerId, Vec<u8>)>,
}

#[allow(dead_code, reason = "each test file uses a part of it")]
pub struct MarketNode {
    pub state: Arc<Mutex<State>>,
    pub host: Host,
    peer: PeerId,
    addresses: Vec<Address>,
    epoch: EpochLength,
    events: u32,
}

#[allow(dead_code, reason = "each test file uses a part of it")]
impl MarketNode {
    pub async fn start(epoch: EpochLength, now: Timestamp) -> Self {
        let mut limits = HostLimits::default();
        limits.max_memory_bytes = 4 << 30;
        let (sender, mut inbound) = limits.inbound_queue();
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned(), "/ip4/127.0.0.1/udp/0/quic-v1".to_owned()];
        let config = HostConfig { identity_seed: Zeroizing::new(rand::random()), listen, limits };
        let host = Host::start(config, sender).await.unwrap();
        let (peer, addresses) = (host.peer_id(), host.addresses());
        let (store, mut rng) = (Memory::default(), StdRng::seed_from_u64(7));
        Identity::create(&store, &mut rng).unwrap();
        let market = machine(store, rng, (peer, &addresses), epoch, now);
        let state = State { now, market, other: None, lose: None, asked: Vec::new(), sent: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Some(inbound) = inbound.recv().await {
                let answer = shared.lock().unwrap().answer(&inbound);
                // Dropped without a reply, the question's stream ends.
                if let Some(answer) = answer {
                    inbound.reply(answer);
                }
            }
        });
        Self { state, host, peer, addresses, epoch, events: 0 }
    }

    /// Ratings of account `7` as a seller, each by somebody else.
    pub fn rate(&mut self, ratings: u32, day: &str) {
        self.rate_account("7", ratings, day);
    }

    /// Ratings of an account as a seller; those who rate are called the same for each account.
    pub fn rate_account(&mut self, account: &str, ratings: u32, day: &str) {
        let lines: Vec<String> = (0..ratings)
            .map(|r| {
                self.events += 1;
                let n = self.events;
                let r = if account == "7" { n } else { r };
                format!(
                    r#"{{"type":"rating","id":"e{n}","account":"{account}","rater":"r{r}","role":"seller","value":5,"scale":"1..5","at":"{day}T12:00:00Z"}}"#
                )
            })
            .collect();
        let mut state = self.state.lock().unwrap();
        let now = state.now;
        let applied =
            state.market.with(now, |core, turn| core.apply_events(turn, lines.iter().map(String::as_str)));
        let applied = applied.unwrap();
        assert!(applied.first_error.is_none(), "{applied:?}");
    }

    /// A link to account `7`, and its code.
    pub fn offer(&self, rebind: bool) -> (Link, String) {
        self.offer_account("7", rebind)
    }

    /// A link by which somebody can answer a question of this node as a verifier.
    pub fn request(&self, query: Query) -> Link {
        let terms =
            RequestTerms { purpose: "To rent out a flat.".into(), retention_days: 30, query, life: 3600 };
        let mut state = self.state.lock().unwrap();
        let now = state.now;
        state.market.with(now, |core, turn| core.create_request(turn, terms)).unwrap().link
    }

    /// What came since the last time, and from whom.
    pub fn sent(&self) -> Vec<(PeerId, Vec<u8>)> {
        std::mem::take(&mut self.state.lock().unwrap().sent)
    }

    /// A link to an account, and its code.
    pub fn offer_account(&self, account: &str, rebind: bool) -> (Link, String) {
        let terms = OfferTerms { account: account.parse().unwrap(), life: 3600, rebind };
        let mut state = self.state.lock().unwrap();
        let now = state.now;
        let offer = state.market.with(now, |core, turn| core.create_offer(turn, terms)).unwrap();
        (offer.link, offer.code.reveal().to_string())
    }

    pub fn now(&self) -> Timestamp {
        self.state.lock().unwrap().now
    }

    /// The clock goes on, and the market notices.
    pub fn pass(&self, seconds: i64) {
        let end = self.now().plus(seconds);
        while self.now() < end {
            let mut state = self.state.lock().unwrap();
            state.now = state.now.plus(end.since(state.now).min(86_400));
            let now = state.now;
            state.market.with(now, |core, turn| core.tick(turn)).unwrap();
            if let Some(other) = &mut state.other {
                other.with(now, |core, turn| core.tick(turn)).unwrap();
            }
        }
    }

    pub fn next_epoch(&self) {
        self.pass(self.epoch.seconds());
    }

    /// From here on, what the market does is seen by those who say who they are, and others see what it would have done.
    pub fn split(&self) {
        let mut state = self.state.lock().unwrap();
        let copy = Memory(Arc::new(Mutex::new(state.market.store.0.lock().unwrap().clone())));
        let at = (self.peer, &self.addresses[..]);
        let other = machine(copy, StdRng::seed_from_u64(8), at, self.epoch, state.now);
        state.other = Some(other);
    }

    pub fn mend(&self) {
        self.state.lock().unwrap().other = None;
    }

    /// Names of the questions since the last time, and by how many names they were asked.
    pub fn asked(&self) -> (Vec<&'static str>, usize) {
        let asked = std::mem::take(&mut self.state.lock().unwrap().asked);
        let mut peers: Vec<PeerId> = asked.iter().map(|(_, peer)| *peer).collect();
        peers.sort();
        peers.dedup();
        (asked.into_iter().map(|(name, _)| name).collect(), peers.len())
    }
}

fn machine(
    store: Memory,
    mut rng: StdRng,
    (peer, addresses): (PeerId, &[Address]),
    epoch: EpochLength,
    now: Timestamp,
) -> Machine {
    // It believes itself.
    let entry = TrustEntry {
        issuer: Identity::load(&store).unwrap().issuer().clone(),
        market: "shop".parse().unwrap(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Rating, StatementType::Standing, StatementType::Private],
        epoch_seconds: epoch,
        frozen_after: None,
    };
    let settings = Settings {
        peer,
        verifier: Signer::from_key(SigningKey::from_seed(&[6; 32])),
        name: "Shop".into(),
        terms: None,
        market: Some(MarketSettings { id: "shop".parse().unwrap(), epoch }),
        trust: Trust::new(vec![entry]).into(),
        policy: Policy::default(),
    };
    let mut core = Core::restore(settings, &mut Turn { now, rng: &mut rng, store: &store }).unwrap();
    core.set_addresses(addresses.to_vec());
    Machine { core, store, rng }
}

impl State {
    fn answer(&mut self, inbound: &Inbound) -> Option<Vec<u8>> {
        let (from, now) = (PeerInfo { peer: inbound.peer, local: inbound.local }, self.now);
        let payload = &inbound.payload;
        self.sent.push((inbound.peer, payload.clone()));
        if inbound.protocol == Protocol::Present {
            return Some(self.market.with(now, |core, turn| core.on_present_message(turn, from, payload)));
        }
        let (name, answer) = if inbound.protocol == Protocol::Offer {
            faam_schemas::assert_message("wire-offer-wallet", payload);
            let ask: Message<OfferAsk> = Message::decode(payload).unwrap();
            let name = match ask.head {
                OfferAsk::Open { .. } => "open",
                OfferAsk::Redeem { .. } => "redeem",
                OfferAsk::Page { .. } => "page",
                OfferAsk::Commit { .. } => "commit",
            };
            (name, self.market.with(now, |core, turn| core.on_offer_message(turn, from, payload)))
        } else {
            faam_schemas::assert_message("wire-renew-wallet", payload);
            let ask: Message<RenewAsk> = Message::decode(payload).unwrap();
            let name = match ask.head {
                RenewAsk::Record => "record",
                RenewAsk::Open { .. } => "open",
                RenewAsk::Renew { .. } => "renew",
                RenewAsk::Page { .. } => "page",
                RenewAsk::Commit { .. } => "commit",
            };
            let machine = match &mut self.other {
                Some(other) if name == "record" => {
                    other.with(now, |core, turn| core.tick(turn)).unwrap();
                    other
                }
                _ => &mut self.market,
            };
            (name, machine.with(now, |core, turn| core.on_renew_message(turn, from, payload)))
        };
        self.asked.push((name, inbound.peer));
        if self.lose == Some(name) {
            self.lose = None;
            return None;
        }
        Some(answer)
    }
}
