//! One of each object, made by the code that makes them for real.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use faam_spec::bbs::{BbsPublicKey, BbsSignature, Commitment, Entropy};
use faam_spec::decision::{
    DecisionDocument, Grade, LedgerFacts, Limit, NoticeKind, Outcome, Remember, ShownRating, SourceAge,
    StatedNotice, StatedReason,
};
use faam_spec::did::KeyHistories;
use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::erasure::{Erasure, KeptReason, Shown};
use faam_spec::grid::{GRID_VERSION, MILESTONES, Steps};
use faam_spec::hash::{Capability, LedgerId, Salt};
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::ledger::{AccountHead, Asker, Body, DisputeState, Entry, Ledger, Record, names};
use faam_spec::name::MarketId;
use faam_spec::offer::{
    HeldHead, Offer, OfferedEntry, RedeemStatement, RenewStatement, RenewedRating, Terms,
};
use faam_spec::peer::PeerId;
use faam_spec::presentation::{Inclusion, LedgerProof, LoggedRecord, Presentation};
use faam_spec::private::{Group, OfferedPrivate, PrivateTerms};
use faam_spec::query::Query;
use faam_spec::reason::{Fault, Reason};
use faam_spec::receipt::Receipt;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::scale::Score;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::standing::Statement;
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::{Day, EpochLength, Timestamp};
use faam_spec::tree::Tree;
use faam_spec::words::Lang;
use faam_spec::{rating, standing};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

pub const STATUS: &str = "urn:faam:status:one";

/// A market, a holder and a verifier, and what each of them made.
pub struct World {
    pub now: Timestamp,
    pub issuer: Signer,
    pub holder: SigningKey,
    pub verifier: Signer,
    pub node: PeerId,
    pub wallet: PeerId,
    pub market: MarketId,
    pub ledger: Ledger,
    pub list: SignedStatusList,
    pub record: SignedEpochRecord,
    pub final_record: SignedEpochRecord,
    pub standing: SdJwt,
    /// Index and credential of each live rating.
    pub ratings: Vec<(u64, SdJwt)>,
    pub offer: Offer,
    pub request: SignedRequest,
    pub presentation: Presentation,
    pub account_head: AccountHead,
}

/// Terms of private standings whose points and scalars nobody looks at here.
fn terms() -> PrivateTerms {
    let row = |steps, accounts| Group { steps: Steps::new(steps).unwrap(), accounts };
    let rows = vec![row([1, 0, 2, 3, 1, 1, 4, 3, 0, 1], 20), row([2, 1, 9, 8, 6, 6, 4, 3, 0, 1], 60)];
    PrivateTerms {
        suite: faam_spec::domain::PRIVATE_SUITE.into(),
        grid: GRID_VERSION,
        messages: MILESTONES as u64,
        key: BbsPublicKey::from_bytes([4; 96]),
        bound: 40,
        groups: BTreeMap::from([("buyer".parse().unwrap(), Vec::new()), ("seller".parse().unwrap(), rows)]),
    }
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

impl World {
    pub fn shared() -> &'static Self {
        &WORLD
    }

    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let signer = |seed| Signer::from_key(SigningKey::from_seed(&[seed; 32]));
        let (issuer, verifier, holder) = (signer(1), signer(2), SigningKey::from_seed(&[3; 32]));
        let (node, wallet) = (PeerId::from_public_key([4; 32]), PeerId::from_public_key([5; 32]));
        let market: MarketId = "alpha".parse().unwrap();
        let ledger = ledger(&mut rng);

        let status = StatusList::new(1 << 10).unwrap();
        let list = SignedStatusList::sign(STATUS, status, &issuer, now).unwrap();
        let epoch = EpochLength::WEEK.number_at(now);
        let salt = Salt::random(&mut rng);
        let account_head = AccountHead { v: 0, ledger: ledger.id(), epoch, head: ledger.head(), salt };
        // As many accounts as the terms count, and more.
        let leaf = account_head.leaf().unwrap();
        let accounts = Tree::of(std::iter::repeat_n(&leaf, 100));
        let said = EpochRecord {
            v: 0,
            iss: issuer.did().clone(),
            market: market.clone(),
            epoch,
            epoch_seconds: EpochLength::WEEK,
            iat: now,
            prev: None,
            accounts: accounts.head(),
            keys: vec![issuer.key_id().to_owned()],
            status: vec![StatusDigest { uri: STATUS.into(), hash: list.hash() }],
            private: Some(terms()),
            last: false,
        };
        let record = SignedEpochRecord::sign(said.clone(), &issuer).unwrap();
        let last = EpochRecord {
            epoch: epoch + 1,
            iat: now.plus(7 * 86_400),
            prev: Some(record.hash()),
            private: None,
            last: true,
            ..said
        };
        let final_record = SignedEpochRecord::sign(last, &issuer).unwrap();

        let statement = Statement {
            v: 0,
            ledger: ledger.id(),
            epoch,
            record: record.hash(),
            head: ledger.head(),
            salt,
            bound: day(),
            numbers: ledger.numbers(record.record().begins().day()),
        };
        let key = holder.verifying_key();
        let standing = standing::issue(&issuer, &market, &statement, &key, now).unwrap();
        let ratings: Vec<(u64, SdJwt)> = ledger
            .live()
            .map(|(index, _)| {
                let record = &ledger.records()[usize::try_from(index).unwrap()];
                let place = StatusRef { idx: 100 + index, uri: STATUS.into() };
                (index, rating::issue(&issuer, &market, record, &key, &place).unwrap())
            })
            .collect();
        let account = Inclusion { at: 0, path: accounts.prove(0).unwrap() };
        let jwt = |index: u64| ratings.iter().find(|(at, _)| *at == index).map(|(_, r)| r.jwt().to_owned());
        let offer = Offer {
            v: 0,
            iss: issuer.did().clone(),
            market: market.clone(),
            ledger: ledger.id(),
            since: 0,
            entries: ledger
                .records()
                .iter()
                .map(|record| OfferedEntry { record: record.clone(), jwt: jwt(record.entry().index) })
                .collect(),
            renewed: vec![RenewedRating { index: 1, jwt: jwt(1).unwrap() }],
            standing: standing.to_text(),
            record: record.as_str().to_owned(),
            account: account.clone(),
            status: vec![list.as_str().to_owned()],
            private: Some(OfferedPrivate {
                commitment: Commitment::from_bytes([1; 144]),
                entropy: Entropy::from_bytes([2; 32]),
                standings: BTreeMap::from([("seller".parse().unwrap(), BbsSignature::from_bytes([3; 80]))]),
            }),
        };

        let query = Query::ratings(market.clone(), 1).unwrap().disclosing(&["comment", "aspects"]).unwrap();
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: Some("https://beta.example/terms".into()),
            query: query.in_role(&"seller".parse().unwrap()),
            life: 600,
        };
        let request = SignedRequest::sign(ask, node, &verifier, now, &mut rng).unwrap();
        let (aud, nonce) = (verifier.did().client_id(), request.request().nonce.clone());
        let bound =
            |credential: &SdJwt| credential.clone().bind(&holder, &aud, &nonce, now).unwrap().to_text();
        let shown: Vec<String> = ratings
            .iter()
            .map(|(_, credential)| {
                bound(&credential.select(|part| matches!(part.name(), Some("comment" | "aspects"))))
            })
            .collect();
        let live = ledger.live_tree();
        let reply = ledger.records().iter().find(|record| matches!(record.entry().body, Body::Reply { .. }));
        let reply = reply.unwrap();
        let proof = LedgerProof {
            standing: "standing".into(),
            ratings: Some("ratings".into()),
            record: record.as_str().to_owned(),
            account,
            live: ratings
                .iter()
                .map(|(index, _)| {
                    let at = ledger.live_position(*index).unwrap();
                    Inclusion { at, path: live.prove(at).unwrap() }
                })
                .collect(),
            status: vec![list.as_str().to_owned()],
            complete: true,
            replies: vec![LoggedRecord {
                record: reply.clone(),
                path: ledger.log().prove(reply.entry().index).unwrap(),
            }],
        };
        let vp_token =
            BTreeMap::from([("standing".to_owned(), vec![bound(&standing)]), ("ratings".to_owned(), shown)]);
        let presentation = Presentation { v: 0, vp_token, ledgers: vec![proof], private: Vec::new() };
        Self {
            now,
            issuer,
            holder,
            verifier,
            node,
            wallet,
            market,
            ledger,
            list,
            record,
            final_record,
            standing,
            ratings,
            offer,
            request,
            presentation,
            account_head,
        }
    }

    /// An accepted decision, as a verifier that was shown everything would write it.
    pub fn accepted(&self) -> DecisionDocument {
        let statement = &self.account_head;
        let numbers = self.ledger.numbers(self.record.record().begins().day());
        let shown = self.ledger.records().iter().find_map(|record| match &record.entry().body {
            Body::Rating { role, score, supersedes: None, .. } => Some(ShownRating {
                index: record.entry().index,
                role: role.clone(),
                value: score.value(),
                scale: score.scale(),
                normal: score.normal(),
                disclosed: [
                    ("comment".to_owned(), json!("Sent the same day.")),
                    ("aspects".to_owned(), json!({"punctual": 1000})),
                    ("category".to_owned(), Value::Null),
                ]
                .into_iter()
                .collect(),
                reply: Some("Thank you.".into()),
            }),
            _ => None,
        });
        let facts = LedgerFacts {
            issuer: self.issuer.did().clone(),
            market: self.market.clone(),
            grade: Grade::IssuerSigned,
            issued: self.now,
            epoch: self.record.record().label(),
            epochs_old: 0,
            bound: day(),
            not_shown: statement.head.live.size - 1,
            not_shown_histogram: numbers.total.all.histogram,
            numbers,
            shown: shown.into_iter().collect(),
            complete: false,
        };
        DecisionDocument {
            v: 0,
            request: self.request.digest(),
            at: self.now,
            outcome: Outcome::Accepted,
            reasons: Vec::new(),
            facts: vec![facts],
            not_covered: vec![Limit::AccountsElsewhere.into()],
            policy: None,
            notes: Vec::new(),
            notices: vec![StatedNotice {
                issuer: self.issuer.did().clone(),
                market: self.market.clone(),
                what: NoticeKind::NewOwner,
                from: day(),
                sentence: NoticeKind::NewOwner.sentence_in(&self.market, day(), Lang::En),
            }],
            sources: vec![SourceAge {
                kind: "status_list".into(),
                name: STATUS.into(),
                issued: self.now,
                age_seconds: 0,
                from: "stapled".into(),
            }],
            private: Vec::new(),
            same_holder: None,
            remember: Remember {
                records: vec![self.record.as_str().to_owned()],
                status: vec![self.list.as_str().to_owned()],
            },
            conflict: Vec::new(),
        }
    }

    /// A refused decision with evidence against a market.
    pub fn refused(&self) -> DecisionDocument {
        DecisionDocument {
            outcome: Outcome::Refused,
            reasons: vec![StatedReason::from(&Fault::new(Reason::EpochForked, "record"))],
            facts: Vec::new(),
            remember: Remember::default(),
            conflict: vec![self.record.as_str().to_owned(), self.final_record.as_str().to_owned()],
            ..self.accepted()
        }
    }

    pub fn receipt(&self) -> Receipt {
        Receipt::new(&self.request, &self.presentation.to_bytes().unwrap(), &self.accepted())
    }

    pub fn erased(&self) -> Erasure {
        let receipt = self.receipt();
        Erasure::done(receipt.iss, receipt.request, receipt.presentation, self.now)
    }

    pub fn kept(&self) -> Erasure {
        self.erased().kept(KeptReason::LegalObligation, self.now.plus(86_400))
    }

    /// Whether a text is a statement about what was shown here.
    pub fn reads_erasure(&self) -> impl Fn(&str) -> bool + 'static {
        let (receipt, histories, now) = (self.receipt(), self.histories(), self.now);
        move |jws: &str| {
            let (request, presentation) = (receipt.request, receipt.presentation);
            let shown = Shown { verifier: &receipt.iss, request, presentation, at: now };
            Erasure::open(jws, &shown, &histories, now).is_ok()
        }
    }

    pub fn terms(&self) -> Terms {
        Terms {
            v: 0,
            iss: self.issuer.did().clone(),
            market: self.market.clone(),
            capability: Capability::from_bytes([6; 16]),
            challenge: "random".into(),
            node: self.node,
            wallet: self.wallet,
        }
    }

    pub fn redeem(&self, since: bool) -> RedeemStatement {
        let held = HeldHead { ledger: self.ledger.id(), log: self.ledger.head().log };
        RedeemStatement {
            capability: Capability::from_bytes([6; 16]),
            challenge: "random".into(),
            issuer: self.issuer.did().clone(),
            node: self.node,
            wallet: self.wallet,
            since: since.then_some(held),
            commitment: since.then_some(Commitment::from_bytes([1; 144])),
        }
    }

    pub fn renew(&self, since: bool) -> RenewStatement {
        let held = HeldHead { ledger: self.ledger.id(), log: self.ledger.head().log };
        RenewStatement {
            capability: Capability::from_bytes([6; 16]),
            challenge: "random".into(),
            issuer: self.issuer.did().clone(),
            node: self.node,
            wallet: self.wallet,
            since: since.then_some(held),
        }
    }

    pub fn jwk(&self) -> Jwk {
        Jwk::from(&self.holder.verifying_key())
    }

    /// Histories of nobody: every signer here is a `did:key`.
    pub fn histories(&self) -> KeyHistories {
        KeyHistories::new()
    }

    /// A rating whose disclosure of the name of `changed` is replaced by it, or a reply with it.
    pub fn record_with(&self, changed: Disclosure) -> Result<Record, Fault> {
        let is_text = changed.name() == Some(names::TEXT);
        let template = self.ledger.records().iter().find(|record| match &record.entry().body {
            Body::Reply { .. } => is_text,
            Body::Rating { .. } => !is_text,
            _ => false,
        });
        let template = template.unwrap();
        let mut parts = template.disclosures().to_vec();
        parts.retain(|part| part.name() != changed.name());
        parts.push(changed);
        let mut entry = template.entry().clone();
        if let Body::Rating { digests, .. } | Body::Reply { digests, .. } = &mut entry.body {
            *digests = parts.iter().map(Disclosure::digest).collect();
        }
        Record::new(entry, parts)
    }
}

pub fn day() -> Day {
    "2026-10-01".parse().unwrap()
}

/// Every kind of entry; 1 and 2 are live.
fn ledger(rng: &mut StdRng) -> Ledger {
    let mut ledger = Ledger::new(LedgerId::from_bytes([7; 16]));
    let rate = |value: i64, rater: &str, supersedes, rng: &mut StdRng| {
        let part = |name| match name {
            names::DAY => json!("2026-03-01"),
            names::RATER => json!(rater),
            names::COMMENT => json!("Sent the same day."),
            names::ASPECTS => json!({"as described": 900, "punctual": 1000}),
            _ => Value::Null,
        };
        let parts: Vec<_> =
            names::OF_RATING.iter().map(|name| Disclosure::new(name, part(*name), rng).unwrap()).collect();
        let body = Body::Rating {
            role: "seller".parse().unwrap(),
            score: Score::new(value, "-10..10".parse().unwrap()).unwrap(),
            digests: parts.iter().map(Disclosure::digest).collect(),
            supersedes,
        };
        (body, parts)
    };
    let text = Disclosure::new(names::TEXT, json!("Thank you."), rng).unwrap();
    let entries = [
        rate(-3, "a", None, rng),
        rate(8, "b", None, rng),
        rate(2, "a", Some(0), rng),
        (Body::Reply { day: day(), to: 1, digests: vec![text.digest()] }, vec![text]),
        rate(5, "c", None, rng),
        (Body::Withdrawal { day: day(), of: 4, by: Asker::Both }, Vec::new()),
        (Body::Dispute { day: day(), of: 1, state: DisputeState::Open }, Vec::new()),
        (Body::Binding { day: day() }, Vec::new()),
    ];
    for (body, parts) in entries {
        let entry = Entry { ledger: ledger.id(), index: ledger.len(), salt: Salt::random(rng), body };
        ledger.push(Record::new(entry, parts).unwrap()).unwrap();
    }
    ledger
}
