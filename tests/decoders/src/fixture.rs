//! A market, a wallet and a verifier with fixed keys and a fixed clock: what decoders sign and judge with, and where seeds come from.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use faam_issuer::{Event, Issuer, Profile, Secrets};
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::key::SigningKey;
use faam_spec::ledger::{Kind, Ledger};
use faam_spec::offer::Offer;
use faam_spec::peer::PeerId;
use faam_spec::presentation::{Inclusion, LedgerProof, LoggedRecord, Presentation};
use faam_spec::query::Query;
use faam_spec::request::Ask;
use faam_spec::sdjwt::SdJwt;
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_verifier::{AnyRole, Pending, Roles, Sources, StatementType, Trust, TrustEntry, start};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// What the market was told, as its issuer reads it.
pub(crate) const EVENTS: &str = r#"{"type":"rating","id":"d1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":"2026-10-01T12:00:00Z","comment":"Sent the same day.","category":"books","aspects":{"as described":900,"punctual":1000},"amount_band":"10-50"}
{"type":"rating","id":"d2","account":"7","rater":"13","role":"seller","value":2,"scale":"1..5","at":"2026-10-02T12:00:00Z"}
{"type":"reply","id":"r1","of":"d1","text":"Thank you.","at":"2026-10-03T09:30:00Z"}
{"type":"correction","id":"d2b","of":"d2","value":4,"scale":"1..5","at":"2026-10-04T08:00:00Z","comment":"I was too quick."}
{"type":"rating","id":"d3","account":"7","rater":"14","role":"buyer","value":1,"scale":"0..1","at":"2026-10-05T12:00:00Z"}
{"type":"dispute","id":"c1","of":"d2b","state":"open","at":"2026-10-06T10:00:00Z"}
{"type":"dispute","id":"c2","of":"d2b","state":"settled","at":"2026-10-09T10:00:00Z"}
{"type":"rating","id":"d4","account":"7","rater":"15","role":"seller","value":-3,"scale":"-10..10","at":1791288000}
{"type":"withdrawal","id":"w1","of":"d3","by":"both","at":"2026-10-10T10:00:00Z"}
{"type":"rating","id":"d5","account":"8","rater":"7","role":"buyer","value":87,"scale":"0..100","at":"2026-10-11T12:00:00Z"}
"#;

/// What everything here is done with.
pub(crate) struct Fixture {
    /// The market's.
    pub(crate) signer: Signer,
    /// The wallet's key for that market.
    pub(crate) holder: SigningKey,
    /// The verifier's.
    pub(crate) verifier: Signer,
    /// Nobody's histories: every DID is a key.
    pub(crate) histories: KeyHistories,
    /// Saturday, 2026-11-21.
    pub(crate) now: Timestamp,
    /// The request that waits.
    pub(crate) pending: Pending,
    /// What the verifier believes.
    pub(crate) sources: Sources,
    /// All records of the market.
    pub(crate) records: Vec<SignedEpochRecord>,
    /// What the wallet received.
    pub(crate) offer: Offer,
    /// The true answer.
    pub(crate) presentation: Presentation,
    /// As it is sent.
    pub(crate) presentation_bytes: Vec<u8>,
}

/// The one fixture; made once.
pub(crate) fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(Fixture::new)
}

/// The verifier's name on the network.
pub(crate) const NODE: PeerId = PeerId::from_public_key([5; 32]);

/// A wallet's name on the network.
pub(crate) const WALLET: PeerId = PeerId::from_public_key([6; 32]);

/// What a node asks a wallet to sign.
pub(crate) const CHALLENGE: &str = "random";

/// A market that nothing has happened in.
pub(crate) fn empty_market(rng: &mut StdRng) -> Issuer {
    let profile = Profile { market: "shop".parse().unwrap(), epoch: EpochLength::WEEK };
    Issuer::new(profile, Secrets::random(rng))
}

impl Fixture {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let secrets = Secrets::random(&mut rng);
        let signer = secrets.signer().clone();
        let profile = Profile { market: "shop".parse().unwrap(), epoch: EpochLength::WEEK };
        let mut issuer = Issuer::new(profile, secrets);
        for event in faam_issuer::read::json_lines(EVENTS.as_bytes()) {
            let event: Event = event.unwrap();
            issuer.apply(&event, &mut rng).unwrap();
        }
        let holder = SigningKey::from_seed(&[2; 32]);
        let account = "7".parse().unwrap();
        issuer.open_epoch(now.plus(-7 * 86_400), &mut rng).unwrap();
        issuer.bind(&account, &holder.verifying_key(), false, now.plus(-6 * 86_400), &mut rng).unwrap();
        issuer.open_epoch(now, &mut rng).unwrap();
        let offer = issuer.offer(&account, None, now).unwrap();

        let verifier = Signer::from_key(SigningKey::from_seed(&[3; 32]));
        let market: faam_spec::name::MarketId = "shop".parse().unwrap();
        let query = Query::ratings(market.clone(), 2).unwrap().disclosing(&["day", "comment"]).unwrap();
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: Some("https://beta.example/terms".into()),
            query,
            life: 600,
        };
        let (_, pending) = start(ask, NODE, &verifier, now, &mut rng).unwrap();
        let trust = Trust::new(vec![TrustEntry {
            issuer: signer.did().clone(),
            market,
            roles: Roles::Any(AnyRole::Any),
            types: vec![StatementType::Rating, StatementType::Standing],
            epoch_seconds: EpochLength::WEEK,
            frozen_after: None,
        }]);
        let sources = Sources { trust, ..Sources::default() };
        let presentation = answer(&offer, &holder, &pending, now);
        Self {
            signer,
            holder,
            verifier,
            histories: KeyHistories::new(),
            now,
            sources,
            records: issuer.records().to_vec(),
            presentation_bytes: presentation.to_bytes().unwrap(),
            offer,
            presentation,
            pending,
        }
    }
}

/// The true answer with every live rating and reply.
fn answer(offer: &Offer, holder: &SigningKey, pending: &Pending, now: Timestamp) -> Presentation {
    let request = pending.request().request();
    let aud = request.verifier.client_id();
    let bind = |sd_jwt: SdJwt| sd_jwt.bind(holder, &aud, &request.nonce, now).unwrap().to_text();
    let ledger =
        Ledger::replay(offer.ledger, offer.entries.iter().map(|entry| entry.record.clone())).unwrap();
    let (log, live) = (ledger.log(), ledger.live_tree());
    let wanted: BTreeSet<&str> = ["day", "comment"].into();
    let mut proof = LedgerProof {
        standing: "standing".into(),
        ratings: Some("ratings".into()),
        record: offer.record.clone(),
        account: offer.account.clone(),
        live: Vec::new(),
        status: offer.status.clone(),
        complete: true,
        replies: Vec::new(),
    };
    let mut ratings = Vec::new();
    for entry in &offer.entries {
        let index = entry.record.entry().index;
        if let Some(jwt) = &entry.jwt {
            let sd_jwt = SdJwt::from_parts(jwt.clone(), entry.record.disclosures().to_vec());
            ratings.push(bind(sd_jwt.select(|d| d.name().is_some_and(|name| wanted.contains(name)))));
            let at = ledger.live_position(index).unwrap();
            proof.live.push(Inclusion { at, path: live.prove(at).unwrap() });
        }
        if entry.record.entry().kind() == Kind::Reply {
            let path = log.prove(index).unwrap();
            proof.replies.push(LoggedRecord { record: entry.record.clone(), path });
        }
    }
    let standing = bind(SdJwt::parse(&offer.standing).unwrap());
    let vp_token = [("standing".to_owned(), vec![standing]), ("ratings".to_owned(), ratings)].into();
    Presentation { v: 0, vp_token, ledgers: vec![proof], private: Vec::new() }
}
