//! The page `spec/text/examples.md`: one of everything, worked through to the bytes, always the same.

mod private;

use std::fmt::Write as _;
use std::path::PathBuf;

use faam_spec::did::{Did, KeyHistories};
use faam_spec::domain;
use faam_spec::encoding::{b64, jcs, multi, unb64};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::hash::{Capability, Hash, LedgerId, Salt};
use faam_spec::key::{RootSeed, SigningKey, VerifyingKey};
use faam_spec::ledger::{AccountHead, Ledger, LedgerHead, Record};
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::MarketId;
use faam_spec::offer::{RedeemStatement, Terms};
use faam_spec::peer::PeerId;
use faam_spec::presentation::{Inclusion, LedgerProof, Presentation};
use faam_spec::query::Query;
use faam_spec::receipt::Receipt;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::standing::Statement;
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::{Tree, TreeHead};
use faam_spec::wire::{Message, OfferAsk};
use faam_spec::{presentation, rating, standing};
use faam_verifier::{
    AnyRole, MemoryNonces, Pending, Roles, Sources, StatementType, Trust, TrustEntry, finish,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::make::NOW;

/// Where the page is kept.
#[must_use]
pub fn file() -> PathBuf {
    super::folder().join("../text/examples.md")
}

/// The seed that BIP39 makes of the phrase "abandon" (eleven times) "about", with no passphrase, as published with BIP39.
const ROOT: &str = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1\
                    9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";
/// Address of the status list.
const URI: &str = "urn:faam:status:shop:1";

/// The text of the page.
#[must_use]
pub fn page() -> String {
    let mut page = Page::default();
    page.line("# One of everything, worked through to the bytes");
    page.line("");
    page.line("Everything here follows from the seeds of the first table: Ed25519 signs the same bytes the same way, and what is random is given. The same program that makes the");
    page.line("[vectors](../vectors/README.md) makes this page, and a test compares it. Bytes are in hexadecimal unless they are said to be text; long texts are not broken.");
    let story = Story::new();
    story.keys(&mut page);
    story.entries(&mut page);
    story.trees(&mut page);
    story.records(&mut page);
    story.credentials(&mut page);
    story.answer(&mut page);
    story.transfer(&mut page);
    private::write(&mut page);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let _ = write!(self.0, "\n## {text}\n\n");
    }

    fn say(&mut self, text: &str) {
        let _ = write!(self.0, "\n{text}\n");
    }

    /// A block of text, as it stands.
    fn block(&mut self, what: &str, text: &str) {
        let _ = write!(self.0, "\n{what}:\n\n```text\n{text}\n```\n");
    }

    /// A value that others must come to.
    fn value(&mut self, what: &str, text: impl std::fmt::Display) {
        let _ = writeln!(self.0, "* {what}: `{text}`");
    }
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().map(|b| u8::try_from((b as char).to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|two| two[0] << 4 | two[1]).collect()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Payload or header of a JWS, as it was written.
fn part(jws: &str, at: usize) -> String {
    text(unb64(jws.split('.').nth(at).unwrap(), "part").unwrap())
}

/// Everything that the page tells of.
struct Story {
    root: RootSeed,
    issuer: Signer,
    verifier: Signer,
    node: SigningKey,
    wallet: SigningKey,
    market: MarketId,
    now: Timestamp,
    ledger: Ledger,
    list: SignedStatusList,
    others: [Hash; 2],
}

impl Story {
    fn new() -> Self {
        let seed = |n: u8| SigningKey::from_seed(&[n; 32]);
        let now = Timestamp::new(NOW).unwrap();
        let issuer = Signer::from_key(seed(1));
        let id = LedgerId::from_bytes([0xaa; 16]);
        let mut list = StatusList::new(1024).unwrap();
        list.set(17, 1).unwrap();
        let list = SignedStatusList::sign(URI, list, &issuer, now.plus(-3600)).unwrap();
        let mut ledger = Ledger::new(id);
        for record in records(id) {
            ledger.push(record).unwrap();
        }
        let others = [0xc1, 0xc2].map(|n| Hash::from_bytes([n; 32]));
        Self {
            root: RootSeed::new(unhex(ROOT).try_into().unwrap()),
            issuer,
            verifier: Signer::from_key(seed(2)),
            node: seed(3),
            wallet: seed(4),
            market: "shop".parse().unwrap(),
            now,
            ledger,
            list,
            others,
        }
    }

    fn holder_label(&self) -> String {
        domain::label_holder(0, self.issuer.did().stable_part(), &self.market.to_string())
    }

    fn holder(&self) -> SigningKey {
        self.root.derive(&self.holder_label())
    }

    fn account_head(&self) -> AccountHead {
        AccountHead {
            v: 0,
            ledger: self.ledger.id(),
            epoch: 2967,
            head: self.ledger.head(),
            salt: Salt::from_bytes([0xbb; 16]),
        }
    }

    fn accounts(&self) -> Tree {
        Tree::of([&self.others[0], &self.account_head().leaf().unwrap(), &self.others[1]])
    }

    fn record(&self) -> SignedEpochRecord {
        let record = EpochRecord {
            v: 0,
            iss: self.issuer.did().clone(),
            market: self.market.clone(),
            epoch: 2967,
            epoch_seconds: EpochLength::WEEK,
            iat: self.now.plus(-3600),
            prev: Some(Hash::from_bytes([0xd0; 32])),
            accounts: self.accounts().head(),
            keys: vec![self.issuer.key_id().to_owned()],
            status: vec![StatusDigest { uri: URI.to_owned(), hash: self.list.hash() }],
            private: None,
            last: false,
        };
        SignedEpochRecord::sign(record, &self.issuer).unwrap()
    }

    fn statement(&self) -> Statement {
        let record = self.record();
        let head = self.account_head();
        Statement {
            v: 0,
            ledger: head.ledger,
            epoch: head.epoch,
            record: record.hash(),
            head: head.head,
            salt: head.salt,
            bound: "2026-11-16".parse().unwrap(),
            numbers: self.ledger.numbers(record.record().begins().day()),
        }
    }

    fn standing(&self) -> SdJwt {
        let (statement, holder) = (self.statement(), self.holder().verifying_key());
        standing::issue(&self.issuer, &self.market, &statement, &holder, self.now.plus(-3600)).unwrap()
    }

    fn rating(&self) -> SdJwt {
        let place = StatusRef { idx: 5, uri: URI.to_owned() };
        let record = &self.ledger.records()[1];
        rating::issue(&self.issuer, &self.market, record, &self.holder().verifying_key(), &place).unwrap()
    }

    fn request(&self) -> SignedRequest {
        let query = Query::ratings(self.market.clone(), 1).unwrap().disclosing(&["comment"]).unwrap();
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: None,
            query,
            life: 600,
        };
        let mut rng = StdRng::seed_from_u64(7);
        SignedRequest::sign(ask, peer(&self.node), &self.verifier, self.now, &mut rng).unwrap()
    }

    fn presentation(&self) -> Presentation {
        let request = self.request();
        let asked = request.request();
        let query = &asked.ask.query.ledgers()[0];
        let bind = |sd_jwt: SdJwt| {
            let (audience, now) = (asked.verifier.client_id(), self.now.plus(30));
            sd_jwt.bind(&self.holder(), &audience, &asked.nonce, now).unwrap().to_text()
        };
        let rating = self.rating().select(|disclosure| disclosure.name() == Some("comment"));
        let ratings = query.ratings.as_ref().unwrap().id.clone();
        let vp_token =
            [(query.standing.clone(), vec![bind(self.standing())]), (ratings.clone(), vec![bind(rating)])];
        let reply = presentation::LoggedRecord {
            record: self.ledger.records()[3].clone(),
            path: self.ledger.log().prove(3).unwrap(),
        };
        let proof = LedgerProof {
            standing: query.standing.clone(),
            ratings: Some(ratings),
            record: self.record().as_str().to_owned(),
            account: Inclusion { at: 1, path: self.accounts().prove(1).unwrap() },
            live: vec![Inclusion { at: 0, path: self.ledger.live_tree().prove(0).unwrap() }],
            status: vec![self.list.as_str().to_owned()],
            complete: false,
            replies: vec![reply],
        };
        Presentation { v: 0, vp_token: vp_token.into(), ledgers: vec![proof], private: Vec::new() }
    }

    fn keys(&self, page: &mut Page) {
        page.heading("Keys");
        page.line("| whose | seed | public key | name |");
        page.line("|---|---|---|---|");
        let mut row = |whose: &str, key: &SigningKey, name: &str| {
            let public = hex(key.verifying_key().to_bytes());
            page.line(&format!("| {whose} | `{}` | `{public}` | `{name}` |", hex(*key.seed())));
        };
        row("issuer of the market `shop`", self.issuer.key(), self.issuer.did().as_str());
        row("verifier", self.verifier.key(), self.verifier.did().as_str());
        row("the node that both are reached at", &self.node, &peer(&self.node).to_string());
        row("a wallet's contact", &self.wallet, &peer(&self.wallet).to_string());
        page.say("The person's phrase is the first of BIP39's own test vectors, `abandon` eleven times and `about`. Its seed is the root; the keys follow by HKDF-SHA256 ([names.md](names.md#keys-of-a-person)).");
        page.line("");
        page.value("root", ROOT);
        for label in [domain::label_identity(0), self.holder_label()] {
            let key = self.root.derive(&label);
            page.value(&format!("label `{label}`, seed"), hex(*key.seed()));
            page.value("its public key", hex(key.verifying_key().to_bytes()));
        }
        let (kid, client) = (self.issuer.key_id(), self.verifier.did().client_id());
        page.value("`kid` of what the issuer signs", kid);
        page.value("`client_id` of the verifier, and `aud` of key bindings for it", client);
    }

    fn entries(&self, page: &mut Page) {
        page.heading("A ledger of four entries");
        page.line("Two ratings, a correction of the first, and a reply to the second. Salts of entries are `00`, `01`, … sixteen times; those of disclosures are texts, as they stand.");
        for record in self.ledger.records() {
            let entry = record.entry();
            page.say(&format!("### Entry {}", entry.index));
            for disclosure in record.disclosures() {
                let plain = text(unb64(disclosure.as_str(), "disclosure").unwrap());
                page.block(
                    &format!("Disclosure of `{}`", disclosure.name().unwrap()),
                    &format!("{plain}\n{}", disclosure.as_str()),
                );
                page.line("");
                page.value("its digest", disclosure.digest());
            }
            let canonical = jcs(entry).unwrap();
            page.block("`JCS(entry)`", &text(canonical));
            page.line("");
            let leaf = entry.leaf().unwrap();
            page.value("leaf value, SHA-256 of `faam/entry/0\\n` and that", hex(leaf.as_bytes()));
            page.value("the same as text", leaf);
        }
    }

    fn trees(&self, page: &mut Page) {
        page.heading("Its trees and numbers");
        let LedgerHead { log, live } = self.ledger.head();
        let head = |page: &mut Page, what: &str, head: TreeHead| {
            page.value(&format!("{what}, {} leaves, root", head.size), hex(head.root.as_bytes()));
        };
        head(page, "log", log);
        head(page, "live (entries 1 and 2)", live);
        let earlier = Tree::of(
            self.ledger.records()[..2].iter().map(|r| r.entry().leaf().unwrap()).collect::<Vec<_>>().iter(),
        );
        head(page, "the log as it was after two entries", earlier.head());
        page.value("proof of consistency from two to four", self.ledger.log().prove_extends(2).unwrap());
        page.value("proof that entry 1 is at place 0 of live", self.ledger.live_tree().prove(0).unwrap());
        page.value("proof that entry 3 is at place 3 of the log", self.ledger.log().prove(3).unwrap());
        page.value("root of a tree without leaves", hex(Tree::new().head().root.as_bytes()));
        let numbers = text(jcs(&self.statement().numbers).unwrap());
        page.block("The numbers as of 2026-11-16, the first day of epoch 2967 (`2026-47`)", &numbers);
        page.say("8 on −10..10 is 900 of 1000 and 2 is 600, so that the mean is 750; the correction took the place of the first rating, and its day counts.");
    }

    fn records(&self, page: &mut Page) {
        page.heading("Status list and epoch record");
        let list = self.list.as_str();
        page.say("A list of 1,024 one-bit entries, in which only entry 17 is set: byte 2 of 128 is `02`.");
        page.block("The list's payload", &part(list, 1));
        page.block("The list", list);
        page.line("");
        page.value("hash of the list", self.list.hash());
        let head = self.account_head();
        page.block("`JCS(account head)`", &text(jcs(&head).unwrap()));
        page.line("");
        page.value(
            "its leaf value, SHA-256 of `faam/head/0\\n` and that",
            hex(head.leaf().unwrap().as_bytes()),
        );
        let leaves = self.others.map(|hash| hex(hash.as_bytes()));
        page.value("leaf values of two other accounts, at places 0 and 2", leaves.join("` and `"));
        page.value("root over the three", hex(self.accounts().head().root.as_bytes()));
        page.value("proof that the account is at place 1", self.accounts().prove(1).unwrap());
        let record = self.record();
        page.block("The record's payload", &part(record.as_str(), 1));
        page.block("The record", record.as_str());
        page.line("");
        page.value("hash of the record", record.hash());
    }

    fn credentials(&self, page: &mut Page) {
        page.heading("Rating and standing, as issued");
        let rating = self.rating();
        page.block("The header of both", &part(rating.jwt(), 0));
        page.block("The rating's payload: entry 1, whose `_sd` stands at the top", &part(rating.jwt(), 1));
        page.block("The rating, with all its disclosures", &rating.to_text());
        let standing = self.standing();
        page.block("The standing's payload", &part(standing.jwt(), 1));
        page.block("The standing", &standing.to_text());
    }

    fn answer(&self, page: &mut Page) {
        page.heading("Request, presentation, decision, receipt");
        let request = self.request();
        page.block("The request's payload", &part(request.as_str(), 1));
        page.block("The request", request.as_str());
        page.line("");
        page.value("digest of the request", request.digest());
        let presentation = self.presentation();
        let shown =
            presentation.vp_token.values().flatten().find(|text| text.matches('~').count() == 2).unwrap();
        let (before, binding) = shown.rsplit_once('~').unwrap();
        page.block("The rating with its comment alone, before the key binding", &format!("{before}~"));
        page.block(
            "The key binding's header and payload: `sd_hash` is SHA-256 of the text above",
            &format!("{}\n{}", part(binding, 0), part(binding, 1)),
        );
        let bytes = presentation.to_bytes().unwrap();
        page.block("The presentation, made thirty seconds after the request", &text(bytes.clone()));
        page.line("");
        page.value("hash of the presentation", presentation::hash(&bytes));
        let document = self.decision(&bytes);
        let mut told = serde_json::to_value(&document).unwrap();
        // What is to be remembered stands above.
        told["remember"] = json!({"records": ["(the record above)"], "status": ["(the list above)"]});
        page.block("The decision, a second later", &serde_json::to_string_pretty(&told).unwrap());
        let receipt = Receipt::new(&request, &bytes, &document);
        let signed = receipt.sign(&self.verifier).unwrap();
        page.block("The receipt's payload", &part(&signed, 1));
        page.block("The receipt", &signed);
    }

    fn decision(&self, bytes: &[u8]) -> faam_spec::decision::DecisionDocument {
        let histories = KeyHistories::new();
        let pending =
            Pending::from_bytes(&super::run::stored(self.request().as_str()), &histories, self.now).unwrap();
        let trust = Trust::new(vec![TrustEntry {
            issuer: self.issuer.did().clone(),
            market: self.market.clone(),
            roles: Roles::Any(AnyRole::Any),
            types: vec![StatementType::Rating, StatementType::Standing],
            epoch_seconds: EpochLength::WEEK,
            frozen_after: None,
        }]);
        let sources = Sources { trust, ..Sources::default() };
        let decision = finish(&pending, bytes, &sources, &mut MemoryNonces::new(), self.now.plus(31));
        decision.document().clone()
    }

    fn transfer(&self, page: &mut Page) {
        page.heading("Link, terms, redeeming, a message");
        let capability = Capability::from_bytes([0xee; 16]);
        let address = "/ip4/192.0.2.7/udp/4001/quic-v1".parse().unwrap();
        let did: Did = self.issuer.did().clone();
        let link = Link::new(
            LinkKind::Offer,
            peer(&self.node),
            did.clone(),
            capability,
            self.now.plus(3600),
            vec![address],
        );
        page.block("A link to an offer", &link.unwrap().to_string());
        let terms = Terms {
            v: 0,
            iss: did.clone(),
            market: self.market.clone(),
            capability,
            challenge: multi([0x55; 16]),
            node: peer(&self.node),
            wallet: peer(&self.wallet),
        };
        let signed = terms.sign(&self.issuer).unwrap();
        page.block("The terms' payload", &part(&signed, 1));
        page.block("The terms", &signed);
        let statement = RedeemStatement {
            capability,
            challenge: terms.challenge,
            issuer: did,
            node: terms.node,
            wallet: terms.wallet,
            since: None,
            commitment: None,
        };
        page.block(
            "`JCS(redeem statement)`, of a wallet that holds nothing yet",
            &text(jcs(&statement).unwrap()),
        );
        page.line("");
        let proof = statement.sign(&self.holder()).unwrap();
        page.value("the holder key's signature over `faam/redeem/0\\n` and that", hex(proof.to_bytes()));
        page.value("`proof`", multi(proof.to_bytes()));
        let message = Message::new(OfferAsk::Open { capability }).encode().unwrap();
        let frame = [&u32::try_from(message.len()).unwrap().to_be_bytes()[..], &message].concat();
        page.block("`open` on `/faam/offer/1`, as it goes over the stream: length of the frame, length of the head, the head", &hex(frame));
    }
}

fn peer(key: &SigningKey) -> PeerId {
    let public: VerifyingKey = key.verifying_key();
    PeerId::from_public_key(public.to_bytes())
}

/// The four records of the ledger.
fn records(id: LedgerId) -> Vec<Record> {
    let rating = |index: u8, kind: &str, value: i64, day: &str, rater: &str, comment: Value| {
        let parts = [
            ("day", json!(day)),
            ("rater", json!(rater)),
            ("comment", comment),
            ("category", Value::Null),
            ("amount_band", Value::Null),
            ("aspects", Value::Null),
        ];
        let mut entry = common(id, index, kind);
        entry.insert("role".into(), json!("seller"));
        entry.insert("value".into(), json!(value));
        entry.insert("scale".into(), json!("-10..10"));
        (entry, disclosures(index, &parts))
    };
    let first = rating(0, "rating", -3, "2026-02-01", "ann", json!("Late."));
    let second = rating(1, "rating", 2, "2026-03-01", "bob", json!("Fine, thank you."));
    let mut third = rating(2, "correction", 8, "2026-02-03", "ann", json!("It was the post."));
    third.0.insert("refs".into(), json!([0]));
    let mut reply = common(id, 3, "reply");
    reply.insert("refs".into(), json!([1]));
    reply.insert("day".into(), json!("2026-03-02"));
    let fourth = (reply, disclosures(3, &[("text", json!("Gladly."))]));
    [first, second, third, fourth]
        .into_iter()
        .map(|(entry, disclosures)| record(entry, &disclosures))
        .collect()
}

fn common(id: LedgerId, index: u8, kind: &str) -> Map<String, Value> {
    let salt = Salt::from_bytes([index; 16]);
    let Value::Object(entry) = json!({"v": 0, "ledger": id, "index": index, "kind": kind, "salt": salt})
    else {
        unreachable!("an object was written")
    };
    entry
}

fn disclosures(index: u8, parts: &[(&str, Value)]) -> Vec<Disclosure> {
    let salt = |at: usize| b64([index * 16 + u8::try_from(at).unwrap(); 16]);
    parts
        .iter()
        .enumerate()
        .map(|(at, (name, value))| Disclosure::with_salt(name, value.clone(), &salt(at)).unwrap())
        .collect()
}

fn record(mut entry: Map<String, Value>, disclosures: &[Disclosure]) -> Record {
    let mut digests: Vec<_> = disclosures.iter().map(|disclosure| disclosure.digest()).collect();
    digests.sort_unstable();
    entry.insert("_sd".into(), json!(digests));
    let texts: Vec<_> = disclosures.iter().map(Disclosure::as_str).collect();
    faam_spec::encoding::from_value(json!({"entry": entry, "disclosures": texts}), "record").unwrap()
}
