//! Every object with its schema, its reader, and the changes that one of them lets pass.

use std::collections::BTreeSet;

use faam_schemas::parts;
use faam_spec::decision::HolderDecision;
use faam_spec::encoding::{b64, parse};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::{Capability, Hash};
use faam_spec::jws;
use faam_spec::ledger::{AccountHead, Entry, LedgerHead, LedgerNumbers, Record};
use faam_spec::offer::{Offer, Terms};
use faam_spec::presentation::{LedgerProof, Presentation};
use faam_spec::query::Query;
use faam_spec::rating::Rating;
use faam_spec::reason::Reason;
use faam_spec::receipt::Receipt;
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::standing::Standing;
use faam_spec::status::SignedStatusList;
use faam_spec::tree::TreeHead;
use faam_spec::wire::{
    Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, PresentOutcome, RenewAnswer, RenewAsk,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::objects::World;

type Reader = Box<dyn Fn(&Value) -> bool>;

/// An object, and what is known of its schema and its reader.
pub struct Case {
    pub name: &'static str,
    pub schema: &'static str,
    pub value: Value,
    /// Whether the code takes it; nothing where it is only written.
    pub read: Option<Reader>,
    /// Changes after which it is still valid by its schema.
    pub valid: BTreeSet<String>,
    /// Changes that its schema refuses and the reader does not.
    pub taken: BTreeSet<String>,
}

impl Case {
    fn new(name: &'static str, schema: &'static str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap();
        Self { name, schema, value, read: None, valid: BTreeSet::new(), taken: BTreeSet::new() }
    }

    fn read(mut self, read: impl Fn(&Value) -> bool + 'static) -> Self {
        self.read = Some(Box::new(read));
        self
    }

    /// Read strictly as a `T`.
    fn strictly<T: DeserializeOwned + Serialize>(self) -> Self {
        self.read(|value| parse::<T>(&text(value), usize::MAX, "test").is_ok())
    }

    fn valid(mut self, changes: &[&str]) -> Self {
        self.valid.extend(changes.iter().map(|change| (*change).to_owned()));
        self
    }

    fn taken(mut self, changes: &[&str]) -> Self {
        self.taken.extend(changes.iter().map(|change| (*change).to_owned()));
        self
    }
}

fn text(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// A reader of what `signer` signs as `typ`.
fn signed(
    signer: &faam_spec::signed::Signer,
    typ: &'static str,
    open: impl Fn(&str) -> bool + 'static,
) -> impl Fn(&Value) -> bool + 'static {
    let signer = signer.clone();
    move |payload| open(&signer.sign(payload, typ).unwrap())
}

/// Objects that may have other members.
const OPEN: &[&str] = &["more "];
/// Addresses of lists and ids of keys are compared when they are used.
/// The holder key is looked at, and the proof verified, when the offer is found.
const KEY_AND_PROOF: &[&str] = &["other /holder/crv", "other /holder/kty", "other /holder/x", "other /proof"];

pub fn all() -> Vec<Case> {
    let world = World::shared();
    let mut cases = ledger(world);
    cases.extend(credentials(world));
    cases.extend(asking(world));
    cases.extend(answering(world));
    cases.extend(offering(world));
    cases.extend(wire(world));
    cases
}

fn ledger(world: &World) -> Vec<Case> {
    // Whether an entry has digests depends on its kind alone in a record; a value may lie below zero.
    let kinds: [(&str, &str, &[&str], &[&str]); 8] = [
        ("rating entry", "rating record", &["no /_sd", "minus /value"], &["minus /entry/value"]),
        ("rating entry", "rating record", &["no /_sd", "minus /value"], &["minus /entry/value"]),
        ("correction entry", "correction record", &["no /_sd", "minus /value"], &["minus /entry/value"]),
        ("reply entry", "reply record", &["no /_sd"], &["no /disclosures", "no /entry/_sd"]),
        ("rating entry", "rating record", &["no /_sd", "minus /value"], &["minus /entry/value"]),
        ("withdrawal entry", "withdrawal record", &[], &[]),
        ("dispute entry", "dispute record", &[], &[]),
        ("binding entry", "binding record", &[], &[]),
    ];
    let mut cases = Vec::new();
    for (record, (entry_name, record_name, entry_valid, record_valid)) in
        world.ledger.records().iter().zip(kinds)
    {
        cases.push(Case::new(entry_name, "entry", record.entry()).strictly::<Entry>().valid(entry_valid));
        cases.push(Case::new(record_name, "record", record).strictly::<Record>().valid(record_valid));
    }
    for (at, name) in [(1, "part of a rating"), (3, "part of a reply")] {
        for part in world.ledger.records()[at].disclosures() {
            let bytes = faam_spec::encoding::unb64(part.as_str(), "part").unwrap();
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            let case = Case::new(name, "disclosure", value).read(|value| {
                let part = Disclosure::parse(&b64(text(value)));
                part.and_then(|part| World::shared().record_with(part)).is_ok()
            });
            // The salt is any text, and so are a comment, a category and a band; they and the aspects may be null.
            cases.push(match part.name() {
                Some("comment") => case.valid(&["other /*", "null /*"]),
                Some("category" | "amount_band") => case.valid(&["other /*", "text /*"]),
                Some("aspects") => {
                    let of_aspects = ["more /*", "no /*/as described", "no /*/punctual", "null /*"];
                    case.valid(&["other /*"]).valid(&of_aspects)
                }
                _ => case.valid(&["other /*"]),
            });
        }
    }
    cases.push(Case::new("tree head", "tree-head", world.ledger.head().log).strictly::<TreeHead>());
    cases.push(Case::new("ledger head", "ledger-head", world.ledger.head()).strictly::<LedgerHead>());
    cases.push(Case::new("account head", "account-head", world.account_head).strictly::<AccountHead>());
    let check = |value: &Value| {
        parse::<LedgerNumbers>(&text(value), usize::MAX, "test").is_ok_and(|numbers| numbers.check().is_ok())
    };
    let numbers = world.ledger.numbers(world.record.record().begins().day());
    let some = Case::new("numbers", "ledger-numbers", numbers).read(check);
    cases.push(some.valid(&["no /roles/seller"]));
    cases.push(Case::new("no numbers", "ledger-numbers", LedgerNumbers::default()).read(check));
    cases
}

fn credentials(world: &World) -> Vec<Case> {
    let (now, histories) = (world.now, world.histories());
    let (index, credential) = world.ratings[0].clone();
    assert_eq!(index, 1);
    let (header, rating) = parts(credential.jwt());
    let disclosures = credential.disclosures().to_vec();
    let open_rating = {
        let histories = histories.clone();
        move |jwt: &str| {
            Rating::open(&SdJwt::from_parts(jwt.to_owned(), disclosures.clone()), &histories, now).is_ok()
        }
    };
    let (_, standing) = parts(world.standing.jwt());
    let open_standing = {
        let histories = histories.clone();
        move |jwt: &str| Standing::open(&SdJwt::from_parts(jwt.to_owned(), Vec::new()), &histories).is_ok()
    };
    let (aud, nonce) = (world.verifier.did().client_id(), world.request.request().nonce.clone());
    let bound = world.standing.clone().bind(&world.holder, &aud, &nonce, now).unwrap().to_text();
    let (rest, key_binding) = bound.rsplit_once('~').unwrap();
    let (kb_header, kb) = parts(key_binding);
    let (rest, holder) = (rest.to_owned(), world.holder.clone());
    let read_kb = move |claims: &Value| {
        let signed = jws::sign(claims, "kb+jwt", None, &holder).unwrap();
        let sd_jwt = SdJwt::parse(&format!("{rest}~{signed}")).unwrap();
        sd_jwt.verify_key_binding(&holder.verifying_key(), &aud, &nonce, now).is_ok()
    };
    let epoch = |record: &SignedEpochRecord, name| {
        let histories = world.histories();
        Case::new(name, "epoch-record", record.record()).read(signed(
            &world.issuer,
            "faam-epoch+jwt",
            move |jws| SignedEpochRecord::open(jws, &histories).is_ok(),
        ))
    };
    let (_, list) = parts(world.list.as_str());
    let open_list = move |jws: &str| SignedStatusList::open(jws, &histories).is_ok();
    vec![
        Case::new("header of a credential", "jose-header", header),
        Case::new("header of a key binding", "jose-header", kb_header),
        Case::new("rating payload", "rating", rating)
            .read(signed(&world.issuer, "dc+sd-jwt", open_rating))
            .valid(&["minus /entry/value"])
            .valid(&["no /_sd_alg"]),
        Case::new("standing payload", "standing", standing)
            .read(signed(&world.issuer, "dc+sd-jwt", open_standing))
            .valid(&["no /standing/numbers/roles/seller"]),
        Case::new("key binding", "key-binding", kb).read(read_kb).valid(OPEN),
        epoch(&world.record, "first record").valid(&[
            "no /private",
            "no /private/groups/buyer",
            "no /private/groups/seller",
        ]),
        epoch(&world.final_record, "final record").valid(&["no /final", "no /prev"]),
        Case::new("status list", "status-list", list)
            .read(signed(&world.issuer, "statuslist+jwt", open_list))
            .valid(OPEN)
            .valid(&["more /status_list"]),
    ]
}

fn asking(world: &World) -> Vec<Case> {
    let (now, histories) = (world.now, world.histories());
    let (_, request) = parts(world.request.as_str());
    let open = move |jws: &str| SignedRequest::open(jws, &histories, now).is_ok();
    let query = Value::from(world.request.request().ask.query.clone());
    vec![
        Case::new("request", "request", request)
            .read(signed(&world.verifier, "oauth-authz-req+jwt", open))
            .valid(OPEN)
            .valid(&["no /faam/terms", "other /faam/name", "other /faam/purpose", "other /faam/terms"])
            .valid(&["no /dcql_query/credentials/*/claims"])
            .valid(&[
                "no /dcql_query/credentials/*/faam/at_least",
                "no /dcql_query/credentials/*/faam/complete",
            ]),
        Case::new("query", "query", query)
            .read(|value| Query::try_from(value.clone()).is_ok())
            .valid(&["no /credentials/*/claims"])
            .valid(&["no /credentials/*/faam/at_least", "no /credentials/*/faam/complete"]),
    ]
}

fn answering(world: &World) -> Vec<Case> {
    let bytes = world.presentation.to_bytes().unwrap();
    let (request, histories, now) = (world.request.clone(), world.histories(), world.now);
    let open = move |jws: &str| Receipt::open(jws, &request, &bytes, &histories, now).is_ok();
    let outcome = PresentOutcome {
        decision: world.accepted().for_holder(),
        receipt: world.receipt().sign(&world.verifier).unwrap(),
    };
    let proof = &world.presentation.ledgers[0];
    vec![
        Case::new("presentation", "presentation", &world.presentation)
            .read(|value| Presentation::parse(&text(value)).is_ok())
            .valid(&["no /vp_token/ratings", "no /vp_token/standing"])
            .valid(&[
                "no /ledgers/*/complete",
                "no /ledgers/*/live",
                "no /ledgers/*/replies",
                "no /ledgers/*/status",
            ])
            .valid(&["no /ledgers/*/replies/*/record/entry/_sd"])
            // What is signed is opened afterwards, and ids and parts are compared with the query.
            .taken(&["other /vp_token/ratings/*", "other /vp_token/standing/*"])
            .taken(&["other /ledgers/*/record", "other /ledgers/*/status/*"])
            .taken(&["no /ledgers/*/ratings", "other /ledgers/*/ratings", "other /ledgers/*/standing"])
            .taken(&["no /ledgers/*/replies/*/record/disclosures"]),
        Case::new("proof", "ledger-proof", proof)
            .strictly::<LedgerProof>()
            .valid(&[
                "no /complete",
                "no /live",
                "no /replies",
                "no /status",
                "no /replies/*/record/entry/_sd",
            ])
            .taken(&["other /record", "other /status/*", "no /ratings", "other /ratings", "other /standing"])
            .taken(&["no /replies/*/record/disclosures"]),
        // Decisions are written here and come from nobody else: there is no reader to compare.
        Case::new("accepted", "decision", world.accepted())
            .valid(&["minus /facts/*/shown/*/value", "minus /sources/*/age_seconds", "other /sources/*/name"])
            .valid(&[
                "no /facts/*/numbers/roles/seller",
                "other /not_covered/*/sentence",
                "other /notices/*/sentence",
            ])
            .valid(&[
                "no /facts/*/shown/*/reply",
                "other /facts/*/shown/*/reply",
                "no /facts/*/shown/*/disclosed",
            ])
            .valid(&["no /facts/*/shown/*/disclosed/comment", "null /facts/*/shown/*/disclosed/comment"])
            .valid(&["other /facts/*/shown/*/disclosed/comment"])
            .valid(&["no /facts/*/shown/*/disclosed/category", "text /facts/*/shown/*/disclosed/category"])
            .valid(&["no /facts/*/shown/*/disclosed/aspects", "null /facts/*/shown/*/disclosed/aspects"])
            .valid(&[
                "no /facts/*/shown/*/disclosed/aspects/punctual",
                "more /facts/*/shown/*/disclosed/aspects",
            ]),
        Case::new("refused", "decision", world.refused())
            .valid(&["minus /sources/*/age_seconds", "other /sources/*/name", "no /conflict"])
            .valid(&[
                "other /not_covered/*/sentence",
                "other /notices/*/sentence",
                "other /reasons/*/at",
                "other /reasons/*/sentence",
            ]),
        Case::new("told", "holder-decision", world.refused().for_holder())
            .strictly::<HolderDecision>()
            .valid(&["other /reasons/*/at", "other /reasons/*/sentence"])
            .taken(&["other /reasons/*/party"]),
        // The receipt is opened afterwards.
        Case::new("outcome", "outcome", outcome).strictly::<PresentOutcome>().taken(&["other /receipt"]),
        Case::new("receipt", "receipt", world.receipt())
            .read(signed(&world.verifier, "faam-receipt+jwt", open))
            .valid(&["no /shown/*/market", "other /name", "other /purpose"]),
        Case::new("erased", "erasure", world.erased()).read(signed(
            &world.verifier,
            "faam-erasure+jwt",
            world.reads_erasure(),
        )),
        Case::new("kept", "erasure", world.kept()).read(signed(
            &world.verifier,
            "faam-erasure+jwt",
            world.reads_erasure(),
        )),
    ]
}

fn offering(world: &World) -> Vec<Case> {
    let (issuer, capability) = (world.issuer.did().clone(), Capability::from_bytes([6; 16]));
    let (peers, histories, now) = ((world.node, world.wallet), world.histories(), world.now);
    let open = move |jws: &str| Terms::open(jws, &issuer, capability, peers, &histories, now).is_ok();
    vec![
        Case::new("offer", "offer", &world.offer)
            .read(|value| Offer::parse(&text(value)).is_ok())
            .valid(&["minus /entries/*/record/entry/value", "no /entries/*/jwt", "no /renewed"])
            .valid(&["no /private", "no /private/standings/seller"])
            .valid(&["no /entries/*/record/disclosures", "no /entries/*/record/entry/_sd"])
            // What is signed is opened afterwards.
            .taken(&["other /entries/*/jwt", "other /renewed/*/jwt", "other /standing"])
            .taken(&["other /record", "other /status/*"]),
        Case::new("terms", "terms", world.terms())
            .read(signed(&world.issuer, "faam-terms+jwt", open))
            .valid(&["other /challenge"]),
        Case::new("redeem", "redeem", world.redeem(true)).valid(&[
            "null /since",
            "null /commitment",
            "other /challenge",
        ]),
        Case::new("redeem a new one", "redeem", world.redeem(false)).valid(&["other /challenge"]),
        Case::new("renew", "renew", world.renew(true)).valid(&["null /since", "other /challenge"]),
        Case::new("renew all", "renew", world.renew(false)).valid(&["other /challenge"]),
    ]
}

fn wire(world: &World) -> Vec<Case> {
    fn said<H: Serialize + DeserializeOwned>(name: &'static str, schema: &'static str, head: H) -> Case {
        Case::new(name, schema, head).read(|head| {
            let head = text(head);
            let mut bytes = u32::try_from(head.len()).unwrap().to_be_bytes().to_vec();
            bytes.extend(head);
            Message::<H>::decode(&bytes).is_ok()
        })
    }
    let capability = Capability::from_bytes([6; 16]);
    let hash = Hash::of(b"test\n", b"");
    let proof = faam_spec::encoding::multi(world.redeem(true).sign(&world.holder).unwrap().to_bytes());
    let since = world.redeem(true).since;
    let redeem = |since| OfferAsk::Redeem {
        capability,
        code: "7KQ2-M9XD".into(),
        holder: world.jwk(),
        proof: proof.clone(),
        since,
        commitment: since.and(world.redeem(true).commitment),
    };
    let renew = |since| RenewAsk::Renew { capability, holder: world.jwk(), proof: proof.clone(), since };
    let refused = Reason::OfferCode;
    let (ow, on, pw, pn) =
        ("wire-offer-wallet", "wire-offer-node", "wire-present-wallet", "wire-present-node");
    let (rw, rn) = ("wire-renew-wallet", "wire-renew-node");
    vec![
        said("open", ow, OfferAsk::Open { capability }),
        said("redeem with a head", ow, redeem(since))
            .valid(&["no /since", "no /commitment", "other /code"])
            .taken(KEY_AND_PROOF),
        said("redeem without", ow, redeem(None)).valid(&["other /code"]).taken(KEY_AND_PROOF),
        said("ask for a page", ow, OfferAsk::Page { transfer: capability, page: 3 }),
        said("commit", ow, OfferAsk::Commit { transfer: capability, hash }),
        said("signed terms", on, OfferAnswer::Terms { terms: world.terms().sign(&world.issuer).unwrap() })
            .taken(&["other /terms"]),
        said("ready", on, OfferAnswer::Ready { transfer: capability, bytes: 7, hash }),
        said("a page", on, OfferAnswer::Page { page: 3 }),
        said("done", on, OfferAnswer::Done),
        said("offer refused", on, OfferAnswer::Refused { code: refused }),
        said("ask for the record", rw, RenewAsk::Record),
        said("open a renewal", rw, RenewAsk::Open { capability }),
        said("renew with a head", rw, renew(since)).valid(&["no /since"]).taken(KEY_AND_PROOF),
        said("renew without", rw, renew(None)).taken(KEY_AND_PROOF),
        said("ask for a page of a renewal", rw, RenewAsk::Page { transfer: capability, page: 3 }),
        said("commit a renewal", rw, RenewAsk::Commit { transfer: capability, hash }),
        said("the record", rn, RenewAnswer::Record),
        said(
            "terms of a renewal",
            rn,
            RenewAnswer::Terms { terms: world.terms().sign(&world.issuer).unwrap() },
        )
        .taken(&["other /terms"]),
        said("a renewal is ready", rn, RenewAnswer::Ready { transfer: capability, bytes: 7, hash }),
        said("a page of a renewal", rn, RenewAnswer::Page { page: 3 }),
        said("a renewal is done", rn, RenewAnswer::Done),
        said("renewal refused", rn, RenewAnswer::Refused { code: Reason::RenewUnknown }),
        said("fetch", pw, PresentAsk::Fetch { capability }),
        said("answer", pw, PresentAsk::Answer { capability, bytes: 7, hash, page: 0 }),
        said("a request", pn, PresentAnswer::Request),
        said("more", pn, PresentAnswer::More),
        said("decided", pn, PresentAnswer::Decided),
        said("presentation refused", pn, PresentAnswer::Refused { code: refused }),
    ]
}

type Bound = (&'static str, &'static str, Vec<Value>, Vec<Value>);

/// Case, place, values that are good there, values that are not.
pub fn bounds() -> Vec<Bound> {
    let long = |n: usize| json!("x".repeat(n));
    vec![
        ("request", "/faam/retention_days", vec![json!(0), json!(3660)], vec![json!(3661)]),
        ("request", "/faam/name", vec![long(1), long(100)], vec![long(0), long(101)]),
        ("request", "/faam/purpose", vec![long(1), long(500)], vec![long(0), long(501)]),
        ("request", "/faam/terms", vec![long(500)], vec![long(501)]),
        (
            "request",
            "/nonce",
            vec![long(16), long(128)],
            vec![long(15), long(129), json!("x x x x x x x x x x")],
        ),
        ("request", "/exp", vec![json!(253_402_300_799_i64)], vec![json!(253_402_300_800_i64)]),
        ("query", "/credentials/1/faam/at_least", vec![json!(0), json!(1024)], vec![json!(1025)]),
        ("query", "/credentials/0/id", vec![long(32)], vec![long(33), long(0), json!("a b")]),
        ("query", "/credentials/0/claims/0/values", vec![], vec![json!([]), json!(vec!["a"; 33])]),
        ("query", "/credentials", vec![], vec![json!([])]),
        (
            "first record",
            "/epoch_seconds",
            vec![json!(3600), json!(7_948_800)],
            vec![json!(3599), json!(7_948_801)],
        ),
        ("first record", "/private/bound", vec![json!(0), json!(60)], vec![json!(19), json!(61)]),
        ("first record", "/private/groups/seller/0/accounts", vec![json!(20)], vec![json!(19), json!(21)]),
        ("first record", "/private/groups/seller/0/steps/8", vec![json!(0)], vec![json!(1)]),
        ("first record", "/private/groups/seller/1/steps/0", vec![json!(7)], vec![json!(8)]),
        ("first record", "/private/messages", vec![json!(54)], vec![json!(53), json!(4_294_967_296_u64)]),
        ("standing payload", "/standing/numbers/total/all/mean", vec![], vec![json!(1001)]),
        ("rating payload", "/entry/value", vec![], vec![json!(1_000_001)]),
        ("status list", "/status_list/bits", vec![json!(1), json!(8)], vec![json!(3), json!(16)]),
        ("a page", "/page", vec![json!(u32::MAX)], vec![json!(u64::from(u32::MAX) + 1)]),
        ("account head", "/epoch", vec![json!(9_007_199_254_740_991_u64)], vec![]),
    ]
}
