//! Parties for whole-system tests: a market, a holder whose wallet obeys nobody, and a verifier, in memory.
//!
//! The holder here is written against `faam-spec` alone and can build presentations that the real wallet would never make.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use faam_issuer::{AccountId, Event, Issuer, Profile, Secrets};
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::key::SigningKey;
use faam_spec::ledger::{Body, Ledger};
use faam_spec::offer::Offer;
use faam_spec::peer::PeerId;
use faam_spec::presentation::{Inclusion, LedgerProof, Presentation};
use faam_spec::query::{Query, RatingsQuery};
use faam_spec::rating::Rating;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::sdjwt::SdJwt;
use faam_spec::signed::Signer;
use faam_spec::standing::Standing;
use faam_spec::time::{EpochLength, Timestamp};
use faam_verifier::{
    AnyRole, Decision, MemoryNonces, Pending, Roles, Sources, StatementType, Trust, TrustEntry, finish, start,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

pub mod attacks;
pub mod game;
pub mod hostile;
pub mod links;
pub mod private;
pub mod process;
pub mod relay;
pub mod requirements;
pub mod second;
pub mod stranger;
pub mod together;
pub mod vectors;

/// All 24,186 ratings of Bitcoin Alpha (see `tests/data/SOURCES.md`).
pub const ALPHA: &str = include_str!("../data/bitcoin-alpha.csv");

/// A Saturday in November 2026.
#[must_use]
pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// The ratings of these accounts of Bitcoin Alpha as events; of all accounts if none is named.
#[must_use]
pub fn alpha_events(accounts: &[&str]) -> Vec<Event> {
    let mut lines = ALPHA.lines();
    let mut text = lines.next().unwrap().to_owned();
    for line in lines {
        if accounts.is_empty() || accounts.contains(&line.split(',').nth(1).unwrap()) {
            text.push('\n');
            text.push_str(line);
        }
    }
    faam_issuer::read::csv(text.as_bytes(), "-10..10".parse().unwrap(), "trader".parse().unwrap()).unwrap()
}

/// The secrets that [`Market::new`] draws from this seed.
#[must_use]
pub fn secrets(seed: u64) -> Secrets {
    Secrets::random(&mut StdRng::seed_from_u64(seed))
}

/// A market with its issuer.
pub struct Market {
    /// The issuer.
    pub issuer: Issuer,
    /// Its signer, as a test may need it to sign lies.
    pub signer: Signer,
    /// Chance, seeded.
    pub rng: StdRng,
    /// Its clock.
    pub now: Timestamp,
}

impl Market {
    /// A market that nobody has rated in.
    #[must_use]
    pub fn new(name: &str, seed: u64, now: Timestamp) -> Self {
        Self::with_epochs(name, seed, now, EpochLength::WEEK.seconds())
    }

    /// A market with epochs of this many seconds.
    #[must_use]
    pub fn with_epochs(name: &str, seed: u64, now: Timestamp, seconds: i64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let secrets = Secrets::random(&mut rng);
        let signer = secrets.signer().clone();
        let profile = Profile { market: name.parse().unwrap(), epoch: EpochLength::new(seconds).unwrap() };
        Self { issuer: Issuer::new(profile, secrets), signer, rng, now }
    }

    /// A market with the ratings of these accounts of Bitcoin Alpha, in its current epoch.
    #[must_use]
    pub fn alpha(accounts: &[&str]) -> Self {
        let mut market = Self::new("bitcoin-alpha", 1, now());
        market.apply(&alpha_events(accounts));
        market.open_epoch();
        market
    }

    /// Applies events.
    pub fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.issuer.apply(event, &mut self.rng).unwrap();
        }
    }

    /// Publishes the current epoch's record.
    pub fn open_epoch(&mut self) {
        self.issuer.open_epoch(self.now, &mut self.rng).unwrap();
    }

    /// Moves the clock by weeks and opens the epoch.
    pub fn weeks_pass(&mut self, weeks: i64) {
        self.now = self.now.plus(weeks * 7 * 86_400);
        self.open_epoch();
    }

    /// Offers an account's ratings to a holder, who takes them.
    pub fn give(&mut self, account: &str, holder: &mut Holder) {
        let account: AccountId = account.parse().unwrap();
        let key = holder.key.verifying_key();
        self.issuer.bind(&account, &key, false, self.now, &mut self.rng).unwrap();
        holder.take(self.issuer.offer(&account, None, self.now).unwrap());
    }

    /// The current record.
    #[must_use]
    pub fn record(&self) -> SignedEpochRecord {
        self.issuer.current_record().unwrap().clone()
    }
}

/// Everything that was received of one account, freely at hand.
#[derive(Clone)]
pub struct Held {
    /// The offer as it came.
    pub offer: Offer,
    /// Its entries as a ledger.
    pub ledger: Ledger,
    /// Credentials of the live ratings by index.
    pub ratings: BTreeMap<u64, SdJwt>,
}

/// A holder with a key and no conscience.
#[derive(Clone)]
pub struct Holder {
    /// The holder key.
    pub key: SigningKey,
    /// What was received, oldest first.
    pub held: Vec<Held>,
}

impl Holder {
    /// A holder with nothing.
    #[must_use]
    pub fn new(seed: u8) -> Self {
        Self { key: SigningKey::from_seed(&[seed; 32]), held: Vec::new() }
    }

    /// Keeps an offer (always whole: `since` 0).
    pub fn take(&mut self, offer: Offer) {
        let ledger =
            Ledger::replay(offer.ledger, offer.entries.iter().map(|entry| entry.record.clone())).unwrap();
        let credential = |entry: &faam_spec::offer::OfferedEntry| {
            let sd_jwt = SdJwt::from_parts(entry.jwt.clone()?, entry.record.disclosures().to_vec());
            Some((entry.record.entry().index, sd_jwt))
        };
        let ratings = offer.entries.iter().filter_map(credential).collect();
        self.held.push(Held { offer, ledger, ratings });
    }

    /// The newest of what was received.
    #[must_use]
    pub fn newest(&self) -> &Held {
        self.held.last().unwrap()
    }

    /// A draft that answers the request truly from `held`, with the ratings of these indices.
    #[must_use]
    pub fn draft(&self, held: &Held, request: &SignedRequest, indices: &[u64]) -> Draft {
        let query = request.request().ask.query.ledgers()[0].clone();
        let wanted = query.ratings.as_ref();
        let disclose = wanted.map(|ratings| ratings.disclose.clone()).unwrap_or_default();
        let tree = held.ledger.live_tree();
        let mut ratings = Vec::new();
        for index in indices {
            let at = held.ledger.live_position(*index).unwrap();
            let sd_jwt = held.ratings[index].select(|d| disclose.contains(d.name().unwrap()));
            ratings.push((sd_jwt, Inclusion { at, path: tree.prove(at).unwrap() }));
        }
        let used: BTreeSet<String> = indices.iter().map(|index| status_uri(&held.ratings[index])).collect();
        let lists = held.offer.status.iter().filter(|text| {
            let list = faam_spec::status::SignedStatusList::open(text, &KeyHistories::new()).unwrap();
            used.contains(list.uri())
        });
        Draft {
            standing: SdJwt::parse(&held.offer.standing).unwrap(),
            record: held.offer.record.clone(),
            account: held.offer.account.clone(),
            status: lists.cloned().collect(),
            complete: wanted.is_some_and(|ratings: &RatingsQuery| ratings.complete),
            standing_id: query.standing.clone(),
            ratings_id: wanted.map(|ratings| ratings.id.clone()),
            ratings,
            replies: Vec::new(),
        }
    }
}

/// The address of the status list that a credential names.
#[must_use]
pub fn status_uri(sd_jwt: &SdJwt) -> String {
    Rating::open(sd_jwt, &KeyHistories::new(), now()).unwrap().status().uri.clone()
}

/// An answer before it is signed, to be tampered with.
#[derive(Clone)]
pub struct Draft {
    /// The standing, without key binding.
    pub standing: SdJwt,
    /// The epoch record.
    pub record: String,
    /// The account's place in it.
    pub account: Inclusion,
    /// Stapled lists.
    pub status: Vec<String>,
    /// Whether it claims to be complete.
    pub complete: bool,
    /// DCQL id of the standing.
    pub standing_id: String,
    /// DCQL id of the ratings.
    pub ratings_id: Option<String>,
    /// Ratings, without key binding, and their places.
    pub ratings: Vec<(SdJwt, Inclusion)>,
    /// Replies.
    pub replies: Vec<faam_spec::presentation::LoggedRecord>,
}

impl Draft {
    /// Signs with the holder's key for the request.
    #[must_use]
    pub fn sign(&self, key: &SigningKey, request: &SignedRequest, now: Timestamp) -> Presentation {
        let asked = request.request();
        self.sign_for(key, &asked.verifier.client_id(), &asked.nonce, now)
    }

    /// Signs with the holder's key for any audience and nonce.
    #[must_use]
    pub fn sign_for(&self, key: &SigningKey, audience: &str, nonce: &str, now: Timestamp) -> Presentation {
        let bind = |sd_jwt: &SdJwt| sd_jwt.clone().bind(key, audience, nonce, now).unwrap().to_text();
        let mut vp_token = BTreeMap::new();
        vp_token.insert(self.standing_id.clone(), vec![bind(&self.standing)]);
        if let Some(id) = &self.ratings_id {
            vp_token.insert(id.clone(), self.ratings.iter().map(|(sd_jwt, _)| bind(sd_jwt)).collect());
        }
        let proof = LedgerProof {
            standing: self.standing_id.clone(),
            ratings: self.ratings_id.clone(),
            record: self.record.clone(),
            account: self.account.clone(),
            live: self.ratings.iter().map(|(_, inclusion)| inclusion.clone()).collect(),
            status: self.status.clone(),
            complete: self.complete,
            replies: self.replies.clone(),
        };
        Presentation { v: 0, vp_token, ledgers: vec![proof], private: Vec::new() }
    }
}

/// A marketplace that asks.
pub struct Verifier {
    /// Its key.
    pub signer: Signer,
    /// What it knows.
    pub sources: Sources,
    /// Requests that were answered.
    pub nonces: MemoryNonces,
    /// Chance, seeded.
    pub rng: StdRng,
    /// Its clock.
    pub now: Timestamp,
}

impl Verifier {
    /// A verifier that trusts `market` for everything.
    #[must_use]
    pub fn trusting(market: &Market) -> Self {
        let mut verifier = Self::distrustful(market.now);
        verifier.sources.trust = Trust::new(vec![TrustEntry {
            issuer: market.signer.did().clone(),
            market: market.issuer.profile().market.clone(),
            roles: Roles::Any(AnyRole::Any),
            types: vec![StatementType::Rating, StatementType::Standing],
            epoch_seconds: faam_spec::time::EpochLength::WEEK,
            frozen_after: None,
        }]);
        verifier
    }

    /// A verifier that trusts nobody.
    #[must_use]
    pub fn distrustful(now: Timestamp) -> Self {
        let mut rng = StdRng::seed_from_u64(99);
        let signer = Signer::from_key(SigningKey::random(&mut rng));
        Self { signer, sources: Sources::default(), nonces: MemoryNonces::new(), rng, now }
    }

    /// Asks.
    pub fn ask(&mut self, query: Query) -> Pending {
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: None,
            query,
            life: 600,
        };
        start(ask, PeerId::from_public_key([5; 32]), &self.signer, self.now, &mut self.rng).unwrap().1
    }

    /// Judges.
    pub fn judge(&mut self, pending: &Pending, presentation: &Presentation) -> Decision {
        self.judge_bytes(pending, &presentation.to_bytes().unwrap())
    }

    /// Judges bytes.
    pub fn judge_bytes(&mut self, pending: &Pending, bytes: &[u8]) -> Decision {
        finish(pending, bytes, &self.sources, &mut self.nonces, self.now)
    }
}

/// Indices of the live ratings with the worst values first.
#[must_use]
pub fn worst_first(ledger: &Ledger) -> Vec<u64> {
    let mut live: Vec<_> = ledger.live().map(|(index, rating)| (rating.normal, index)).collect();
    live.sort_unstable();
    live.into_iter().map(|(_, index)| index).collect()
}

/// Opens a standing.
#[must_use]
pub fn open_standing(text: &str) -> Standing {
    Standing::open(&SdJwt::parse(text).unwrap(), &KeyHistories::new()).unwrap()
}

/// Whether an entry is a rating of the subject.
#[must_use]
pub const fn is_rating(body: &Body) -> bool {
    matches!(body, Body::Rating { .. })
}

/// This machine's clock, in seconds since 1970.
#[must_use]
pub fn clock() -> i64 {
    clock_now().seconds()
}

/// This machine's clock.
#[must_use]
pub fn clock_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::new(since.as_secs() as i64).unwrap()
}
