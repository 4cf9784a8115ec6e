//! Putting a vector before this project's readers, by its operation.

mod offering;
mod openid4vp;
mod policing;

use std::collections::BTreeMap;
use std::str::FromStr as _;

use faam_issuer::{AccountId, Issuer, Profile, Secrets};
use faam_spec::bbs::SecretScalar;
use faam_spec::decision::Outcome;
use faam_spec::did::{Did, HistoricKey, KeyHistories};
use faam_spec::domain::label_private;
use faam_spec::encoding::{from_value_exact, parse, parse_value, unb64};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::erasure::{Erasure, Shown};
use faam_spec::grid::{Measures, Milestone, Milestones, Steps};
use faam_spec::hash::{Capability, Hash, LedgerId, Salt};
use faam_spec::key::{PublicKey, RootSeed, Signature, VerifyingKey};
use faam_spec::ledger::{Entry, Ledger, LedgerNumbers, Record};
use faam_spec::limits::{MAX_EPOCH_RECORD_BYTES, MAX_PRESENTATION_BYTES};
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::{MarketId, Rater, Role};
use faam_spec::peer::PeerId;
use faam_spec::private::{self, Audience, PrivateProof, WalletSecrets};
use faam_spec::query::Query;
use faam_spec::rating::Rating;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::receipt::Receipt;
use faam_spec::request::SignedRequest;
use faam_spec::scale::{Scale, Score};
use faam_spec::sdjwt::{SdJwt, vc};
use faam_spec::signed;
use faam_spec::standing::Standing;
use faam_spec::status::SignedStatusList;
use faam_spec::time::{Day, EpochLength, Timestamp};
use faam_spec::tree::{Path, TreeHead};
use faam_spec::wire::{Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, RenewAnswer, RenewAsk};
use faam_verifier::{
    IssuerGone, MemoryNonces, NonceStore as _, Pending, Policy, Sources, StatusLists, Trust, finish,
};
use faam_wallet::receive;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::{Expect, Vector, bytes_of, text_of};

/// What came of it: outcome and code.
pub type Verdict = (Expect, Option<String>);

/// Runs one vector.
///
/// # Panics
/// If its input is not of the form that `spec/vectors/README.md` describes.
#[must_use]
pub fn run(vector: &Vector) -> Verdict {
    let now = Timestamp::new(vector.now).unwrap();
    let input = &vector.input;
    if input["operation"] == "presentation" {
        return presentation(input, now);
    }
    if input["operation"] == "decide" {
        return policing::decide(input, now);
    }
    match read(input, now) {
        Ok(()) => (Expect::Accepted, None),
        Err(fault) if fault.reason().exit() == faam_spec::exit::Exit::Undecided => {
            (Expect::Undecided, Some(fault.reason().code().to_owned()))
        }
        Err(fault) => (Expect::Refused, Some(fault.reason().code().to_owned())),
    }
}

/// A member of the input as text; it must be there.
fn text(input: &Value, name: &str) -> String {
    text_of(input.get(name).unwrap_or_else(|| panic!("{name} is missing")))
}

fn bytes(input: &Value, name: &str) -> Vec<u8> {
    bytes_of(input.get(name).unwrap_or_else(|| panic!("{name} is missing")))
}

fn number(input: &Value, name: &str) -> u64 {
    input[name].as_u64().unwrap_or_else(|| panic!("{name} is no number"))
}

fn texts(input: &Value, name: &str) -> Vec<String> {
    input.get(name).and_then(Value::as_array).map_or_else(Vec::new, |list| list.iter().map(text_of).collect())
}

/// A value that the vector itself needs, and that is right in every vector.
fn given<T: std::str::FromStr<Err: std::fmt::Debug>>(input: &Value, name: &str) -> T {
    text(input, name).parse().unwrap()
}

fn histories(input: &Value) -> KeyHistories {
    let mut histories = KeyHistories::new();
    for (did, keys) in input.get("histories").and_then(Value::as_object).into_iter().flatten() {
        let time = |value: &Value| Timestamp::new(value.as_i64().unwrap()).unwrap();
        let key = |key: &Value| HistoricKey {
            id: key["id"].as_str().unwrap().to_owned(),
            key: VerifyingKey::from_bytes(
                &unb64(key["key"].as_str().unwrap(), "key").unwrap().try_into().unwrap(),
            )
            .unwrap(),
            from: time(&key["from"]),
            until: key.get("until").map(time),
        };
        histories.insert(did.parse().unwrap(), keys.as_array().unwrap().iter().map(key).collect());
    }
    histories
}

fn read(input: &Value, now: Timestamp) -> Result<(), Fault> {
    let histories = &histories(input);
    match input["operation"].as_str().unwrap() {
        "json" => parse_value(&bytes(input, "text"), MAX_PRESENTATION_BYTES, "json").map(drop),
        "multibase" => multibase(input),
        "name" => name(input),
        "scale" => Scale::from_str(&text(input, "text")).map(drop),
        "score" => Score::new(input["value"].as_i64().unwrap(), given(input, "scale")).map(drop),
        "day" => Day::from_str(&text(input, "text")).map(drop),
        "did" => Did::from_str(&text(input, "text")).map(drop),
        "client_id" => Did::from_client_id(&text(input, "text")).map(drop),
        "peer" => PeerId::from_str(&text(input, "text"))
            .map(drop)
            .map_err(|_| Fault::new(Reason::Malformed, "peer")),
        "key" => key(&bytes(input, "key")).map(drop),
        "signature" => {
            let signature = Signature::from_slice(&bytes(input, "signature"))?;
            key(&bytes(input, "key"))?.verify(&bytes(input, "message"), &signature)
        }
        "entry" => parse::<Entry>(&bytes(input, "text"), MAX_EPOCH_RECORD_BYTES, "entry").map(drop),
        "record" => record(&bytes(input, "text")).map(drop),
        "ledger" => stated_ledger(input),
        "numbers" => numbers(input),
        "grid" => grid(input),
        "milestones" => milestones(&bytes(input, "text")).map(drop),
        "private_secrets" => private_secrets(input),
        "private_signature" => private_signature(input, histories),
        "private_proof" => private_proof(input, histories),
        "standing_numbers" => {
            parse::<LedgerNumbers>(&bytes(input, "text"), MAX_EPOCH_RECORD_BYTES, "numbers")?.check()
        }
        "inclusion" => {
            let path: Path = text(input, "path").parse()?;
            let leaf = match input.get("entry") {
                Some(entry) => serde_json::from_str::<Entry>(&text_of(entry)).unwrap().leaf()?,
                None => given(input, "leaf"),
            };
            head(&input["tree"]).verify_inclusion(&leaf, number(input, "at"), &path)
        }
        "consistency" => {
            head(&input["new"]).verify_extends(&head(&input["old"]), &text(input, "path").parse()?)
        }
        "rating" => {
            let sd_jwt = issued(&text(input, "text"))?;
            Rating::open(&sd_jwt, histories, now).map(drop)
        }
        "standing" => Standing::open(&issued(&text(input, "text"))?, histories).map(drop),
        "sd_jwt" => sd_jwt(input, histories, now),
        "key_binding" => key_binding(input, histories, now),
        "sd_jwt_vc" => sd_jwt_vc(input, now),
        "epoch_record" => SignedEpochRecord::open(&text(input, "text"), histories).map(drop),
        "epoch_chain" => {
            let [new, old] =
                ["text", "known"].map(|name| SignedEpochRecord::open(&text(input, name), histories));
            new?.follows(&old?)
        }
        "epoch_compare" => {
            let [other, held] =
                ["text", "held"].map(|name| SignedEpochRecord::open(&text(input, name), histories));
            receive::compare(&held?, &other?, histories, now)
                .map(drop)
                .map_err(|refused| refused.fault().clone())
        }
        "status_list" => status_list(input, histories),
        "query" => query(input),
        "request" => request(input, histories, now),
        "pending" => Pending::from_bytes(&bytes(input, "text"), histories, now).map(drop),
        "receipt" => receipt(input, histories, now),
        "erasure" => erasure(input, histories, now),
        "offer" => offering::offer(input, histories, now),
        "terms" => offering::terms(input, histories, now),
        "redeem" => offering::redeem(input),
        "renew" => offering::renew(input),
        "bind" => offering::bind(input, now),
        "message" => message(input),
        "link" => link(input, now),
        "events" => events(input, now),
        "csv" => csv(input),
        "post_request" => openid4vp::post_request(input, now),
        "vp_link" => openid4vp::vp_link(input),
        "form" => openid4vp::read_form(input),
        "posted" => openid4vp::posted(input),
        "policy_file" => policing::policy_file(input),
        "trust_file" => policing::trust_file(input),
        other => panic!("there is no operation {other}"),
    }
}

fn multibase(input: &Value) -> Result<(), Fault> {
    let text = text(input, "text");
    match input["type"].as_str().unwrap() {
        "hash" => Hash::from_str(&text).map(drop),
        "ledger" => LedgerId::from_str(&text).map(drop),
        "salt" => Salt::from_str(&text).map(drop),
        "capability" => Capability::from_str(&text).map(drop),
        "proof" => Path::from_str(&text).map(drop),
        other => panic!("there is no type {other}"),
    }
}

fn name(input: &Value) -> Result<(), Fault> {
    let text = text(input, "text");
    match input["type"].as_str().unwrap() {
        "market" => MarketId::from_str(&text).map(drop),
        "role" => Role::from_str(&text).map(drop),
        "rater" => Rater::from_str(&text).map(drop),
        other => panic!("there is no type {other}"),
    }
}

fn key(bytes: &[u8]) -> Result<VerifyingKey, Fault> {
    VerifyingKey::from_bytes(&bytes.try_into().unwrap())
}

fn record(text: &[u8]) -> Result<Record, Fault> {
    let value = parse_value(text, MAX_PRESENTATION_BYTES, "record")?;
    from_value_exact(value, "record")
}

fn ledger(input: &Value) -> Result<Ledger, Fault> {
    let records: Vec<Record> =
        texts(input, "records").iter().map(|text| record(text.as_bytes())).collect::<Result<_, _>>()?;
    Ledger::replay(given(input, "ledger"), records)
}

/// The ledger of these records; with `head`, its heads are compared with those.
fn stated_ledger(input: &Value) -> Result<(), Fault> {
    let ledger = ledger(input)?;
    match input.get("head") {
        Some(stated) if json!(ledger.head()) != *stated => refuse(Reason::LedgerRoot, "head"),
        _ => Ok(()),
    }
}

/// The numbers of these records as of a day, compared with those that are stated.
fn numbers(input: &Value) -> Result<(), Fault> {
    let stated: LedgerNumbers = parse(&bytes(input, "numbers"), MAX_EPOCH_RECORD_BYTES, "numbers")?;
    if ledger(input)?.numbers(given(input, "as_of")) == stated {
        Ok(())
    } else {
        refuse(Reason::LedgerNumbers, "numbers")
    }
}

/// The steps of these records in a role as of a day, compared with those that are stated.
fn grid(input: &Value) -> Result<(), Fault> {
    let (role, bound, as_of): (Role, Day, Day) =
        (given(input, "role"), given(input, "bound"), given(input, "as_of"));
    let stated: Steps = from_value_exact(input["steps"].clone(), "steps").unwrap();
    if Measures::of(&ledger(input)?, &role, as_of).steps(bound, as_of) == stated {
        Ok(())
    } else {
        refuse(Reason::PrivateSignature, "steps")
    }
}

fn milestones(text: &[u8]) -> Result<Milestones, Fault> {
    let list: Vec<Milestone> = parse(text, MAX_EPOCH_RECORD_BYTES, "milestones")?;
    Milestones::new(list)
}

/// A wallet's secrets for one binding.
fn wallet_secrets(input: &Value) -> WalletSecrets {
    let scalar = |name: &str| SecretScalar::from_bytes(bytes(input, name).try_into().unwrap());
    WalletSecrets {
        commitment: given(input, "commitment"),
        blind: scalar("blind"),
        prover_nym: scalar("prover_nym"),
    }
}

/// The secrets that the root gives, compared with those that are stated.
fn private_secrets(input: &Value) -> Result<(), Fault> {
    let root = RootSeed::new(bytes(input, "root").try_into().unwrap());
    let persona = u32::try_from(number(input, "persona")).unwrap();
    let of = u8::try_from(number(input, "number")).unwrap();
    let (issuer, market): (Did, MarketId) = (given(input, "issuer"), given(input, "market"));
    let label = label_private(persona, issuer.stable_part(), market.as_str(), given(input, "day"), of);
    let mut chance = root.chance(&label);
    let (made, stated) = (WalletSecrets::random(faam_bbs::backend(), &mut chance)?, wallet_secrets(input));
    let same = made.commitment == stated.commitment
        && made.blind == stated.blind
        && made.prover_nym == stated.prover_nym
        && chance.is_empty();
    if same { Ok(()) } else { refuse(Reason::PrivateCommitment, "secrets") }
}

/// A signature over these steps, for the record and role, opened with the wallet's secrets.
fn private_signature(input: &Value, histories: &KeyHistories) -> Result<(), Fault> {
    let record = SignedEpochRecord::open(&text(input, "record"), histories)?;
    let secrets = wallet_secrets(input);
    let steps: Steps = from_value_exact(input["steps"].clone(), "steps").unwrap();
    let opened = (&secrets, &given(input, "entropy"));
    let (role, signature) = (given(input, "role"), given(input, "signature"));
    private::check(faam_bbs::backend(), record.record(), &role, &steps, opened, &signature)
}

/// A proof of these milestones, for the record and role, shown to a verifier in answer to a nonce.
fn private_proof(input: &Value, histories: &KeyHistories) -> Result<(), Fault> {
    let record = SignedEpochRecord::open(&text(input, "record"), histories)?;
    let milestones = milestones(json!(input["milestones"]).to_string().as_bytes())?;
    let proof = PrivateProof::parse(&text(input, "text"), milestones.as_slice().len())?;
    let (role, verifier, nonce) = (given(input, "role"), given(input, "verifier"), text(input, "nonce"));
    let audience = Audience { verifier: &verifier, nonce: &nonce };
    proof.verify(faam_bbs::backend(), (record.record(), &role), &milestones, audience)
}

fn head(value: &Value) -> TreeHead {
    from_value_exact(value.clone(), "tree").unwrap()
}

/// A credential as it is issued: without key binding.
fn issued(text: &str) -> Result<SdJwt, Fault> {
    let sd_jwt = SdJwt::parse(text)?;
    if sd_jwt.has_key_binding() { refuse(Reason::KeyBindingPresent, "sd_jwt") } else { Ok(sd_jwt) }
}

/// A credential of any type `vct`; with `claims`, what comes of its disclosures is compared with those.
fn sd_jwt(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let sd_jwt = issued(&text(input, "text"))?;
    let find = |did: &Did, kid: &str, _: &Value| histories.resolve(did, kid, now);
    let (issuer, _) = signed::open_credential(&sd_jwt, &text(input, "vct"), find)?;
    if let Some(claims) = input.get("claims") {
        let opened = sd_jwt.open(&issuer.own_key().unwrap())?;
        assert_eq!(Value::Object(opened.claims), *claims);
    }
    Ok(())
}

/// A rating, or the `credential` that is named, as it is presented.
fn key_binding(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let sd_jwt = SdJwt::parse(&text(input, "text"))?;
    let holder = match input.get("credential").and_then(Value::as_str) {
        None | Some("rating") => *Rating::open(&sd_jwt, histories, now)?.holder(),
        Some("standing") => *Standing::open(&sd_jwt, histories)?.holder(),
        Some(other) => panic!("there is no credential {other}"),
    };
    sd_jwt.verify_key_binding(&holder, &text(input, "audience"), &text(input, "nonce"), now)
}

fn sd_jwt_vc(input: &Value, now: Timestamp) -> Result<(), Fault> {
    let issuer = PublicKey::from_jwk(&input["issuer"])?;
    let vct = input.get("vct").map(text_of);
    let (audience, nonce) = (text(input, "audience"), text(input, "nonce"));
    let vct = vct.as_deref();
    let expected = vc::Expected { vct, audience: &audience, nonce: &nonce, max_age: 300, max_future: 60 };
    let verified = vc::verify(&text(input, "text"), &issuer, &expected, now)?;
    if let Some(claims) = input.get("claims") {
        assert_eq!(&Value::Object(verified.claims().clone()), claims, "the processed claims");
    }
    Ok(())
}

/// A list as signed, after the one that is `known`; with `index`, the status of one entry too.
fn status_list(input: &Value, histories: &KeyHistories) -> Result<(), Fault> {
    let list = SignedStatusList::open(&text(input, "text"), histories)?;
    if input.get("known").is_some() {
        let mut lists = StatusLists::new();
        lists.insert(SignedStatusList::open(&text(input, "known"), histories).unwrap()).unwrap();
        lists.insert(list.clone())?;
    }
    match input.get("index").and_then(Value::as_u64).map(|index| list.list().get(index)) {
        None | Some(Ok(0)) => Ok(()),
        Some(Ok(_)) => refuse(Reason::RatingWithdrawn, "status"),
        Some(Err(fault)) => Err(fault),
    }
}

fn query(input: &Value) -> Result<(), Fault> {
    let value = parse_value(&bytes(input, "text"), MAX_PRESENTATION_BYTES, "query")?;
    Query::try_from(value).map(drop)
}

fn request(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let request = SignedRequest::open(&text(input, "text"), histories, now)?;
    match input.get("verifier") {
        Some(_) => request.check_from(&given(input, "verifier"), given(input, "peer"), now),
        None => request.check_open(now),
    }
}

fn receipt(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let asked = Timestamp::new(input["asked"].as_i64().unwrap()).unwrap();
    let request = SignedRequest::open(&text(input, "request"), histories, asked).unwrap();
    Receipt::open(&text(input, "text"), &request, &bytes(input, "presentation"), histories, now).map(drop)
}

fn erasure(input: &Value, histories: &KeyHistories, now: Timestamp) -> Result<(), Fault> {
    let at = Timestamp::new(input["shown"].as_i64().unwrap()).unwrap();
    let (verifier, request, presentation) =
        (given(input, "verifier"), given(input, "request"), given(input, "presentation"));
    let shown = Shown { verifier: &verifier, request, presentation, at };
    Erasure::open(&text(input, "text"), &shown, histories, now).map(drop)
}

fn message(input: &Value) -> Result<(), Fault> {
    let bytes = bytes(input, "frame");
    match (input["protocol"].as_str().unwrap(), input["from"].as_str().unwrap()) {
        ("/faam/offer/1", "wallet") => Message::<OfferAsk>::decode(&bytes).map(drop),
        ("/faam/offer/1", "node") => Message::<OfferAnswer>::decode(&bytes).map(drop),
        ("/faam/renew/1", "wallet") => Message::<RenewAsk>::decode(&bytes).map(drop),
        ("/faam/renew/1", "node") => Message::<RenewAnswer>::decode(&bytes).map(drop),
        ("/faam/present/1", "wallet") => Message::<PresentAsk>::decode(&bytes).map(drop),
        ("/faam/present/1", "node") => Message::<PresentAnswer>::decode(&bytes).map(drop),
        other => panic!("there is no {other:?}"),
    }
}

fn link(input: &Value, now: Timestamp) -> Result<(), Fault> {
    let link: Link = text(input, "text").parse()?;
    match input.get("kind").and_then(Value::as_str) {
        Some("offer") => link.check(LinkKind::Offer, now),
        Some("present") => link.check(LinkKind::Present, now),
        _ => Ok(()),
    }
}

/// Applies events, line by line, to a market that nothing has happened in.
fn events(input: &Value, _now: Timestamp) -> Result<(), Fault> {
    let mut rng = StdRng::seed_from_u64(1);
    let profile = Profile { market: "vectors".parse().unwrap(), epoch: EpochLength::WEEK };
    let mut issuer = Issuer::new(profile, Secrets::random(&mut rng));
    for event in faam_issuer::read::json_lines(bytes(input, "text").as_slice()) {
        issuer.apply(&event.map_err(|error| error.fault().clone())?, &mut rng)?;
    }
    Ok(())
}

fn csv(input: &Value) -> Result<(), Fault> {
    let role: Role = given(input, "role");
    let events = faam_issuer::read::csv(bytes(input, "text").as_slice(), given(input, "scale"), role);
    events.map(drop).map_err(|error| error.fault().clone())
}

/// What the verifier knows.
fn sources(input: &Value, histories: KeyHistories) -> Sources {
    let mut sources = Sources { histories, ..Sources::default() };
    sources.trust = Trust::new(
        input["trust"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| serde_json::from_value(entry.clone()).unwrap())
            .collect(),
    );
    let policy = &input["policy"];
    if policy["issuer_gone"] == "last_known" {
        sources.policy = Policy { issuer_gone: IssuerGone::LastKnown, ..sources.policy };
    }
    if let Some(age) = policy["status_max_age"].as_i64() {
        sources.policy = Policy { status_max_age: age, ..sources.policy };
    }
    for text in texts(input, "records") {
        sources.records.insert(SignedEpochRecord::open(&text, &sources.histories).unwrap()).unwrap();
    }
    for text in texts(input, "status") {
        sources.status.insert(SignedStatusList::open(&text, &sources.histories).unwrap()).unwrap();
    }
    sources
}

/// A request as a verifier stores it until it is answered.
#[must_use]
pub fn stored(request: &str) -> Vec<u8> {
    json!({"v": 0, "request": request}).to_string().into_bytes()
}

/// Judges an answer; `used` says that the request was answered before.
fn presentation(input: &Value, now: Timestamp) -> Verdict {
    let histories = histories(input);
    let asked = Timestamp::new(input["asked"].as_i64().unwrap()).unwrap();
    let request = text(input, "request");
    let pending = Pending::from_bytes(&stored(&request), &histories, asked).unwrap();
    let sources = sources(&input["sources"], histories);
    let mut nonces = MemoryNonces::new();
    if input["used"] == json!(true) {
        let asked = pending.request().request();
        assert_eq!(nonces.consume(&asked.nonce, asked.expires), Ok(true));
    }
    let decision = finish(&pending, &bytes(input, "presentation"), &sources, &mut nonces, now);
    let document = decision.document();
    let expect = match document.outcome {
        Outcome::Accepted => Expect::Accepted,
        Outcome::Refused => Expect::Refused,
        Outcome::Undecided => Expect::Undecided,
    };
    (expect, document.reasons.first().map(|reason| reason.code.code().to_owned()))
}

/// Accounts are named in events only; the type is here so that a name that cannot be one is found while vectors are made.
#[must_use]
pub fn is_account(name: &str) -> bool {
    AccountId::from_str(name).is_ok()
}

/// Members that an operation may have, so that a misspelt one is found.
#[must_use]
pub fn members(operation: &str) -> Option<&'static [&'static str]> {
    let table: BTreeMap<&str, &'static [&'static str]> = BTreeMap::from([
        ("json", &["text"][..]),
        ("multibase", &["type", "text"]),
        ("name", &["type", "text"]),
        ("scale", &["text"]),
        ("score", &["value", "scale"]),
        ("day", &["text"]),
        ("did", &["text"]),
        ("client_id", &["text"]),
        ("peer", &["text"]),
        ("key", &["key"]),
        ("signature", &["key", "message", "signature"]),
        ("entry", &["text"]),
        ("record", &["text"]),
        ("ledger", &["ledger", "records", "head"]),
        ("numbers", &["ledger", "records", "as_of", "numbers"]),
        ("grid", &["ledger", "records", "role", "bound", "as_of", "steps"]),
        ("milestones", &["text"]),
        (
            "private_secrets",
            &["root", "persona", "issuer", "market", "day", "number", "commitment", "blind", "prover_nym"],
        ),
        (
            "private_signature",
            &[
                "record",
                "role",
                "steps",
                "signature",
                "commitment",
                "blind",
                "prover_nym",
                "entropy",
                "histories",
            ],
        ),
        ("private_proof", &["record", "role", "milestones", "verifier", "nonce", "text", "histories"]),
        ("standing_numbers", &["text"]),
        ("inclusion", &["tree", "leaf", "entry", "at", "path"]),
        ("consistency", &["old", "new", "path"]),
        ("rating", &["text", "histories"]),
        ("standing", &["text", "histories"]),
        ("sd_jwt", &["text", "vct", "claims", "histories"]),
        ("key_binding", &["text", "credential", "audience", "nonce", "histories"]),
        ("sd_jwt_vc", &["text", "issuer", "vct", "audience", "nonce", "claims"]),
        ("epoch_record", &["text", "histories"]),
        ("epoch_chain", &["text", "known", "histories"]),
        ("epoch_compare", &["text", "held", "histories"]),
        ("status_list", &["text", "known", "index", "histories"]),
        ("query", &["text"]),
        ("request", &["text", "verifier", "peer", "histories"]),
        ("pending", &["text", "histories"]),
        ("post_request", &["text", "key"]),
        ("vp_link", &["text"]),
        ("form", &["text"]),
        ("posted", &["vp_token", "faam", "presentation"]),
        ("presentation", &["request", "asked", "presentation", "sources", "used", "histories"]),
        ("receipt", &["text", "request", "asked", "presentation", "histories"]),
        ("erasure", &["text", "verifier", "request", "presentation", "shown", "histories"]),
        ("offer", &["offer", "issuer", "market", "holder", "held", "announced", "secrets", "histories"]),
        ("terms", &["text", "issuer", "capability", "node", "wallet", "histories"]),
        (
            "redeem",
            &[
                "holder",
                "proof",
                "capability",
                "challenge",
                "issuer",
                "node",
                "wallet",
                "since",
                "commitment",
            ],
        ),
        ("renew", &["holder", "proof", "capability", "challenge", "issuer", "node", "wallet", "since"]),
        ("bind", &["commitment"]),
        ("message", &["protocol", "from", "frame"]),
        ("link", &["text", "kind"]),
        ("events", &["text"]),
        ("csv", &["text", "scale", "role"]),
        ("policy_file", &["text"]),
        ("trust_file", &["text"]),
        (
            "decide",
            &["request", "asked", "presentation", "trust", "policy", "records", "status", "reasons", "notes"],
        ),
    ]);
    table.get(operation).copied()
}
