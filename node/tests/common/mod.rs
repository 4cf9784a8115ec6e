//! A node without network and disk, and a wallet's side of the two protocols.
#![allow(dead_code)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use faam_node::core::{
    Change, Core, CoreError, MarketSettings, NewOffer, NewRequest, OfferTerms, PeerInfo, RequestState,
    RequestTerms, Row, Settings, Storage, StorageError, Table, Turn,
};
use faam_spec::bbs::Commitment;
use faam_spec::did::KeyHistories;
use faam_spec::encoding::multi;
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::name::MarketId;
use faam_spec::offer::{HeldHead, Offer, RedeemStatement, RenewStatement, Terms};
use faam_spec::peer::PeerId;
use faam_spec::presentation::{self, LedgerProof, Presentation};
use faam_spec::private::WalletSecrets;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::SdJwt;
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::wire::{
    Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, PresentOutcome, RenewAnswer, RenewAsk, page,
    pages,
};
use faam_verifier::{AnyRole, Policy, Roles, StatementType, Trust, TrustEntry};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// A Monday morning.
pub const NOW: i64 = 1_794_817_800;

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// A store in memory that fails when it is told to.
#[derive(Default)]
pub struct MemoryStore {
    rows: RefCell<Rows>,
    /// Commits that still succeed.
    pub good_commits: Cell<Option<u32>>,
    pub commits: Cell<u32>,
}

impl Storage for MemoryStore {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let rows = self.rows.borrow();
        let of_table = rows.iter().filter(|((t, _), _)| *t == table);
        Ok(of_table.map(|((_, id), value)| (id.clone(), value.clone())).collect())
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.rows.borrow().get(&(table, id.to_vec())).cloned())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        match self.good_commits.get() {
            Some(0) => return Err(StorageError::failed("no space left on device")),
            Some(left) => self.good_commits.set(Some(left - 1)),
            None => {}
        }
        self.commits.set(self.commits.get() + 1);
        let mut rows = self.rows.borrow_mut();
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

impl MemoryStore {
    /// A copy as `cp` makes it.
    pub fn copy(&self) -> Self {
        Self { rows: self.rows.clone(), ..Self::default() }
    }

    pub fn is_as(&self, other: &Self) -> bool {
        self.rows == other.rows
    }

    pub fn count(&self, table: Table) -> usize {
        self.scan(table).unwrap().len()
    }
}

/// A node: a core, what it stored, a clock and a random source.
pub struct Node {
    pub core: Core,
    pub store: MemoryStore,
    pub now: Timestamp,
    /// By how many seconds the clock is wrong, on the side of the one that nobody can set.
    pub wrong: i64,
    rng: StdRng,
    seed: u8,
    market: Option<&'static str>,
    trust: Vec<TrustEntry>,
}

impl Node {
    pub fn new(seed: u8, market: Option<&'static str>, trust: Vec<TrustEntry>) -> Self {
        let store = MemoryStore::default();
        let mut rng = StdRng::seed_from_u64(seed.into());
        faam_node::identity::Identity::create(&store, &mut rng).unwrap();
        let now = Timestamp::new(NOW).unwrap();
        let core = restore(&store, now, &mut rng, seed, market, &trust);
        Self { core, store, now, wrong: 0, rng, seed, market, trust }
    }

    /// A market with an account `7` of three ratings.
    pub fn market() -> Self {
        let mut node = Self::new(1, Some("alpha"), Vec::new());
        let lines: Vec<String> = (0..3).map(|n| rating(n, "7")).collect();
        node.apply(&lines);
        node
    }

    /// A verifier that believes a market about everything.
    pub fn verifier(market: &Node) -> Self {
        Self::verifier_named(2, market)
    }

    pub fn verifier_named(seed: u8, market: &Node) -> Self {
        let entry = TrustEntry {
            issuer: market.issuer(),
            market: "alpha".parse().unwrap(),
            roles: Roles::Any(AnyRole::Any),
            types: vec![StatementType::Rating, StatementType::Standing],
            epoch_seconds: faam_spec::time::EpochLength::WEEK,
            frozen_after: None,
        };
        Self::new(seed, None, vec![entry])
    }

    pub fn issuer(&self) -> faam_spec::did::Did {
        self.core.status().market.unwrap().issuer
    }

    pub fn peer(&self) -> PeerId {
        peer(self.seed)
    }

    /// As after a crash: what was not stored is gone.
    pub fn restart(&mut self) {
        self.store.good_commits.set(None);
        self.core = restore(&self.store, self.now, &mut self.rng, self.seed, self.market, &self.trust);
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus(seconds);
    }

    /// As `pass`, with the ticks of a node that runs all the while.
    pub fn live(&mut self, seconds: i64) {
        let end = self.now.plus(seconds);
        while self.now < end {
            self.pass(end.since(self.now).min(86_400));
            self.tick().unwrap();
        }
    }

    /// The clock jumps, and no time passes.
    pub fn jump(&mut self, seconds: i64) {
        self.wrong += seconds;
        self.pass(seconds);
    }

    pub fn with<T>(&mut self, work: impl FnOnce(&mut Core, &mut Turn<'_>) -> T) -> T {
        let steady = self.now.plus(-self.wrong).since(Timestamp::new(NOW - 86_400).unwrap());
        self.core.observe_clock(self.now, Duration::from_secs(steady.try_into().unwrap()));
        let mut turn = Turn { now: self.now, rng: &mut self.rng, store: &self.store };
        work(&mut self.core, &mut turn)
    }

    pub fn apply(&mut self, lines: &[String]) -> faam_node::core::Applied {
        self.with(|core, turn| core.apply_events(turn, lines.iter().map(String::as_str))).unwrap()
    }

    pub fn tick(&mut self) -> Result<(), CoreError> {
        self.with(|core, turn| core.tick(turn))
    }

    pub fn try_offer(&mut self, account: &str, rebind: bool) -> Result<NewOffer, CoreError> {
        let terms = OfferTerms { account: account.parse().unwrap(), life: 3600, rebind };
        self.with(|core, turn| core.create_offer(turn, terms))
    }

    pub fn offer(&mut self) -> NewOffer {
        self.try_offer("7", false).unwrap()
    }

    pub fn try_request(&mut self, query: Query) -> Result<NewRequest, CoreError> {
        let terms =
            RequestTerms { purpose: "To rent out a flat".into(), retention_days: 30, query, life: 600 };
        self.with(|core, turn| core.create_request(turn, terms))
    }

    pub fn request(&mut self) -> NewRequest {
        self.try_request(Query::standing(alpha()).unwrap()).unwrap()
    }

    pub fn state(&mut self, id: Hash) -> Option<RequestState> {
        self.with(|core, turn| core.request_state(turn, id)).unwrap()
    }

    /// Offers and requests that are kept.
    pub fn counts(&mut self) -> (faam_node::core::Counts, faam_node::core::Counts) {
        self.with(|core, turn| core.counts(turn)).unwrap()
    }

    pub fn close(&mut self) -> Result<faam_node::core::Closing, CoreError> {
        self.with(|core, turn| core.close_market(turn))
    }

    pub fn cancel_close(&mut self) -> Result<(), CoreError> {
        self.with(|core, turn| core.cancel_close(turn))
    }

    pub fn raw_offer(&mut self, from: PeerId, payload: &[u8]) -> Vec<u8> {
        let from = PeerInfo { peer: from, local: self.peer() };
        self.with(|core, turn| core.on_offer_message(turn, from, payload))
    }

    pub fn raw_present(&mut self, from: PeerId, local: PeerId, payload: &[u8]) -> Vec<u8> {
        self.with(|core, turn| core.on_present_message(turn, PeerInfo { peer: from, local }, payload))
    }

    pub fn on_offer(&mut self, from: PeerId, ask: OfferAsk) -> (OfferAnswer, Vec<u8>) {
        let answer = self.raw_offer(from, &Message::new(ask).encode().unwrap());
        let message: Message<OfferAnswer> = Message::decode(&answer).unwrap();
        (message.head, message.body)
    }

    pub fn raw_renew(&mut self, from: PeerId, payload: &[u8]) -> Vec<u8> {
        let from = PeerInfo { peer: from, local: self.peer() };
        self.with(|core, turn| core.on_renew_message(turn, from, payload))
    }

    pub fn on_renew(&mut self, from: PeerId, ask: RenewAsk) -> (RenewAnswer, Vec<u8>) {
        let answer = self.raw_renew(from, &Message::new(ask).encode().unwrap());
        let message: Message<RenewAnswer> = Message::decode(&answer).unwrap();
        (message.head, message.body)
    }

    pub fn on_present(&mut self, from: PeerId, ask: PresentAsk, body: &[u8]) -> (PresentAnswer, Vec<u8>) {
        let question = Message { head: ask, body: body.to_vec() }.encode().unwrap();
        let answer = self.raw_present(from, self.peer(), &question);
        let message: Message<PresentAnswer> = Message::decode(&answer).unwrap();
        (message.head, message.body)
    }
}

fn restore(
    store: &MemoryStore,
    now: Timestamp,
    rng: &mut StdRng,
    seed: u8,
    market: Option<&str>,
    trust: &[TrustEntry],
) -> Core {
    let settings = Settings {
        peer: peer(seed),
        verifier: Signer::from_key(SigningKey::from_seed(&[seed; 32])),
        name: "Beta".into(),
        terms: None,
        market: market.map(|id| MarketSettings { id: id.parse().unwrap(), epoch: EpochLength::WEEK }),
        trust: Trust::new(trust.to_vec()).into(),
        policy: Policy::default(),
    };
    let mut core = Core::restore(settings, &mut Turn { now, rng, store }).unwrap();
    core.set_addresses(vec!["/ip4/127.0.0.1/tcp/4001".parse().unwrap()]);
    core
}

/// A wallet in as many lines as the tests need.
pub struct Wallet {
    pub holder: SigningKey,
    pub peer: PeerId,
    /// For private standings; none in a wallet that wants none.
    pub secrets: Option<WalletSecrets>,
}

impl Wallet {
    pub fn new(seed: u8) -> Self {
        Self { holder: SigningKey::from_seed(&[seed; 32]), peer: peer(seed.wrapping_add(100)), secrets: None }
    }

    /// A wallet that wants private standings.
    pub fn private(seed: u8) -> Self {
        let mut rng = StdRng::seed_from_u64(seed.into());
        let secrets = WalletSecrets::random(faam_bbs::backend(), &mut rng).unwrap();
        Self { secrets: Some(secrets), ..Self::new(seed) }
    }

    fn commitment(&self) -> Option<Commitment> {
        self.secrets.as_ref().map(|secrets| secrets.commitment)
    }

    /// The same wallet in another contact, under another name.
    pub fn again(&self, seed: u8) -> Self {
        let peer = peer(seed.wrapping_add(150));
        Self { holder: self.holder.clone(), peer, secrets: self.secrets.clone() }
    }

    pub fn open(&self, node: &mut Node, offer: &NewOffer) -> Result<String, Reason> {
        match node.on_offer(self.peer, OfferAsk::Open { capability: offer.link.capability() }).0 {
            OfferAnswer::Terms { terms } => {
                let peers = (offer.link.peer(), self.peer);
                let (did, capability) = (offer.link.did(), offer.link.capability());
                Ok(Terms::open(&terms, did, capability, peers, &KeyHistories::new(), node.now)
                    .unwrap()
                    .challenge)
            }
            OfferAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    pub fn ask(
        &self,
        node: &Node,
        offer: &NewOffer,
        code: &str,
        challenge: &str,
        since: Option<HeldHead>,
    ) -> OfferAsk {
        let statement = RedeemStatement {
            capability: offer.link.capability(),
            challenge: challenge.to_owned(),
            issuer: node.issuer(),
            node: node.peer(),
            wallet: self.peer,
            since,
            commitment: self.commitment(),
        };
        OfferAsk::Redeem {
            capability: statement.capability,
            code: code.to_owned(),
            holder: Jwk::from(&self.holder.verifying_key()),
            proof: multi(statement.sign(&self.holder).unwrap().to_bytes()),
            since,
            commitment: self.commitment(),
        }
    }

    pub fn redeem(&self, node: &mut Node, offer: &NewOffer, code: &str) -> Result<Ready, Reason> {
        let challenge = self.open(node, offer)?;
        let ask = self.ask(node, offer, code, &challenge, None);
        ready(node.on_offer(self.peer, ask).0)
    }

    pub fn page(&self, node: &mut Node, transfer: Capability, page: u32) -> Result<Vec<u8>, Reason> {
        match node.on_offer(self.peer, OfferAsk::Page { transfer, page }) {
            (OfferAnswer::Page { page: found }, body) if found == page => Ok(body),
            (OfferAnswer::Refused { code }, _) => Err(code),
            other => panic!("{other:?}"),
        }
    }

    pub fn fetch(&self, node: &mut Node, ready: &Ready) -> Vec<u8> {
        let count = pages(ready.bytes) as u32;
        (0..count).flat_map(|n| self.page(node, ready.transfer, n).unwrap()).collect()
    }

    pub fn commit(&self, node: &mut Node, ready: &Ready) -> Result<(), Reason> {
        match node.on_offer(self.peer, OfferAsk::Commit { transfer: ready.transfer, hash: ready.hash }).0 {
            OfferAnswer::Done => Ok(()),
            OfferAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    /// Takes an offer from beginning to end.
    pub fn receive(&self, node: &mut Node, offer: &NewOffer) -> Offer {
        let ready = self.redeem(node, offer, &offer.code.reveal()).unwrap();
        let bytes = self.fetch(node, &ready);
        assert_eq!(faam_spec::offer::hash(&bytes), ready.hash);
        self.commit(node, &ready).unwrap();
        Offer::parse(&bytes).unwrap()
    }

    /// Opens a renewal under a value of the wallet's own.
    pub fn open_renewal(&self, node: &mut Node, capability: Capability) -> Result<String, Reason> {
        let issuer = node.issuer();
        match node.on_renew(self.peer, RenewAsk::Open { capability }).0 {
            RenewAnswer::Terms { terms } => {
                let peers = (node.peer(), self.peer);
                let terms =
                    Terms::open(&terms, &issuer, capability, peers, &KeyHistories::new(), node.now).unwrap();
                Ok(terms.challenge)
            }
            RenewAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    pub fn renew_ask(
        &self,
        node: &Node,
        capability: Capability,
        challenge: &str,
        since: Option<HeldHead>,
    ) -> RenewAsk {
        let statement = RenewStatement {
            capability,
            challenge: challenge.to_owned(),
            issuer: node.issuer(),
            node: node.peer(),
            wallet: self.peer,
            since,
        };
        RenewAsk::Renew {
            capability,
            holder: Jwk::from(&self.holder.verifying_key()),
            proof: multi(statement.sign(&self.holder).unwrap().to_bytes()),
            since,
        }
    }

    pub fn renew(&self, node: &mut Node, since: Option<HeldHead>) -> Result<Ready, Reason> {
        let capability = Capability::from_bytes([9; 16]);
        let challenge = self.open_renewal(node, capability)?;
        let ask = self.renew_ask(node, capability, &challenge, since);
        match node.on_renew(self.peer, ask).0 {
            RenewAnswer::Ready { transfer, bytes, hash } => Ok(Ready { transfer, bytes, hash }),
            RenewAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    pub fn renewal_page(&self, node: &mut Node, transfer: Capability, page: u32) -> Result<Vec<u8>, Reason> {
        match node.on_renew(self.peer, RenewAsk::Page { transfer, page }) {
            (RenewAnswer::Page { page: found }, body) if found == page => Ok(body),
            (RenewAnswer::Refused { code }, _) => Err(code),
            other => panic!("{other:?}"),
        }
    }

    pub fn commit_renewal(&self, node: &mut Node, ready: &Ready) -> Result<(), Reason> {
        match node.on_renew(self.peer, RenewAsk::Commit { transfer: ready.transfer, hash: ready.hash }).0 {
            RenewAnswer::Done => Ok(()),
            RenewAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    /// A renewal from beginning to end.
    pub fn receive_renewal(&self, node: &mut Node, since: Option<HeldHead>) -> Result<Offer, Reason> {
        let ready = self.renew(node, since)?;
        let count = pages(ready.bytes) as u32;
        let bytes: Vec<u8> =
            (0..count).flat_map(|n| self.renewal_page(node, ready.transfer, n).unwrap()).collect();
        assert_eq!(faam_spec::offer::hash(&bytes), ready.hash);
        self.commit_renewal(node, &ready)?;
        Ok(Offer::parse(&bytes).unwrap())
    }

    pub fn fetch_request(&self, node: &mut Node, request: &NewRequest) -> Result<SignedRequest, Reason> {
        let now = node.now;
        match node.on_present(self.peer, PresentAsk::Fetch { capability: request.link.capability() }, b"") {
            (PresentAnswer::Request, body) => {
                let text = String::from_utf8(body).unwrap();
                Ok(SignedRequest::open(&text, &Default::default(), now).unwrap())
            }
            (PresentAnswer::Refused { code }, _) => Err(code),
            other => panic!("{other:?}"),
        }
    }

    /// The standing of an offer, shown in answer to a request.
    pub fn answer(&self, offer: &Offer, request: &SignedRequest, now: Timestamp) -> Vec<u8> {
        let asked = request.request();
        let standing = SdJwt::parse(&offer.standing).unwrap();
        let bound = standing.bind(&self.holder, &asked.verifier.client_id(), &asked.nonce, now).unwrap();
        let proof = LedgerProof {
            standing: "standing".into(),
            ratings: None,
            record: offer.record.clone(),
            account: offer.account.clone(),
            live: Vec::new(),
            status: Vec::new(),
            complete: false,
            replies: Vec::new(),
        };
        let vp_token = BTreeMap::from([("standing".to_owned(), vec![bound.to_text()])]);
        Presentation { v: 0, vp_token, ledgers: vec![proof], private: Vec::new() }.to_bytes().unwrap()
    }

    pub fn send_page(&self, node: &mut Node, request: &NewRequest, bytes: &[u8], number: u32) -> Sent {
        let ask = PresentAsk::Answer {
            capability: request.link.capability(),
            bytes: bytes.len() as u64,
            hash: presentation::hash(bytes),
            page: number,
        };
        match node.on_present(self.peer, ask, page(bytes, number).unwrap()) {
            (PresentAnswer::More, _) => Ok(None),
            (PresentAnswer::Decided, body) => Ok(Some(serde_json::from_slice(&body).unwrap())),
            (PresentAnswer::Refused { code }, _) => Err(code),
            other => panic!("{other:?}"),
        }
    }

    pub fn present(
        &self,
        node: &mut Node,
        request: &NewRequest,
        bytes: &[u8],
    ) -> Result<PresentOutcome, Reason> {
        for number in 0..pages(bytes.len() as u64) as u32 {
            if let Some(outcome) = self.send_page(node, request, bytes, number)? {
                return Ok(outcome);
            }
        }
        panic!("no decision");
    }
}

pub type Sent = Result<Option<PresentOutcome>, Reason>;

/// What a wallet is told when it redeemed an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub transfer: Capability,
    pub bytes: u64,
    pub hash: Hash,
}

pub fn ready(answer: OfferAnswer) -> Result<Ready, Reason> {
    match answer {
        OfferAnswer::Ready { transfer, bytes, hash } => Ok(Ready { transfer, bytes, hash }),
        OfferAnswer::Refused { code } => Err(code),
        other => panic!("{other:?}"),
    }
}

pub fn rating(n: u32, account: &str) -> String {
    format!(
        r#"{{"type":"rating","id":"e{n}-{account}","account":"{account}","rater":"r{n}","role":"seller","value":{},"scale":"1..5","at":"2026-0{}-01T00:00:00Z","comment":"no {n}"}}"#,
        n % 5 + 1,
        n % 9 + 1,
    )
}

pub fn peer(seed: u8) -> PeerId {
    PeerId::from_public_key(SigningKey::from_seed(&[seed; 32]).verifying_key().to_bytes())
}

pub fn alpha() -> MarketId {
    "alpha".parse().unwrap()
}
