//! A party is stopped with the real programs: its node erases what it was shown and signs that, its service is told, and whoever was
//! blocked gets nothing more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::io::Write as _;
use std::time::Duration;

use faam_node::net::{Client, Protocol};
use faam_spec::did::KeyHistories;
use faam_spec::erasure::{Erasure, ErasureState, Shown};
use faam_spec::hash::Hash;
use faam_spec::link::Link;
use faam_spec::presentation;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk};
use faam_tests::ALPHA;
use faam_tests::process::{Node, PASSPHRASE, Said, Wallet};
use faam_wallet::vault::{Happened, Reach, Vault};
use zeroize::Zeroizing;

/// A market with one account, another one that believes it, and a wallet that showed it something.
struct Scene {
    beta: Node,
    wallet: Wallet,
    link: Link,
    id: String,
}

impl Scene {
    fn new(configure: impl FnOnce(&Node)) -> Self {
        let mut lines = ALPHA.lines();
        let mut csv = format!("{}\n", lines.next().unwrap());
        for line in lines.filter(|line| line.split(',').nth(1) == Some("7")) {
            csv.push_str(line);
            csv.push('\n');
        }
        let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
        alpha.start();
        alpha.import(&csv);
        let mut beta = Node::init(None, "Beta Rentals");
        // Wallets find it again after a restart.
        let text = std::fs::read_to_string(beta.config()).unwrap();
        let port = free_port();
        std::fs::write(beta.config(), text.replace("tcp/0", &format!("tcp/{port}"))).unwrap();
        beta.trust(&alpha.did, "bitcoin-alpha");
        configure(&beta);
        beta.start();
        let wallet = Wallet::init();
        let (link, code) = alpha.offer("7", &[]);
        let _ = wallet.receive(&link, &code).ok();
        let (link, id) = beta.request(&["--ratings", "12", "--disclose", "day"]);
        let _ = wallet.present(&link).ok();
        Self { beta, wallet, link: link.parse().unwrap(), id }
    }

    fn state(&self) -> serde_json::Value {
        self.beta.show(&self.id)["data"].take()
    }

    fn vault(&self) -> Vault {
        Vault::open(&self.wallet.dir(), PASSPHRASE.as_bytes()).unwrap()
    }

    /// What the wallet keeps to ask about its one presentation, and what was shown.
    fn reach(&self) -> (u64, Reach, Hash) {
        let vault = self.vault();
        let entry = vault.shown().unwrap().remove(0);
        let Happened::Shown { presentation, .. } = entry.what else { panic!() };
        (entry.seq, vault.reach(entry.seq).unwrap().unwrap(), presentation)
    }

    /// Asks the node as anybody can.
    fn ask(&self, proof: Hash) -> (PresentAnswer, Vec<u8>) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (peer, addresses) = (self.link.peer(), self.link.addresses());
            let limit = Duration::from_secs(20);
            let client = Client::dial(Zeroizing::new([8; 32]), peer, addresses, limit).await.unwrap();
            let head = PresentAsk::Erase { capability: self.link.capability(), proof };
            let payload = Message::new(head).encode().unwrap();
            faam_schemas::assert_message("wire-present-wallet", &payload);
            let answer = client.ask(Protocol::Present, payload).await.unwrap();
            faam_schemas::assert_message("wire-present-node", &answer);
            let answer: Message<PresentAnswer> = Message::decode(&answer).unwrap();
            (answer.head, answer.body)
        })
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn erasure(said: &Said) -> serde_json::Value {
    said.json()["data"]["erasures"][0].clone()
}

//= spec/text/erasure.md#REQ-ERASE-9
//= type=test
//# What a blocked party asks for MUST be refused before anything is planned, whatever a rule or an approval says, and looks to
//# it like nothing to show.
#[test]
fn a_party_is_stopped_and_signs_that_it_erased() {
    let scene = Scene::new(|_| ());
    assert_eq!(scene.state()["state"], "decided");
    let (entry, _, presentation) = scene.reach();
    let said = scene.wallet.run(&["stop", "Beta Rentals"]).ok();
    let asked = erasure(&said);
    assert_eq!(asked["state"], "erased", "{said:?}");
    faam_schemas::assert_jws("erasure", "faam-erasure+jwt", asked["statement"].as_str().unwrap());

    // The node has nothing of it left but that it was there, and what it signed.
    let shown = scene.state();
    assert_eq!((&shown["state"], &shown["outcome"]), (&"erased".into(), &"accepted".into()), "{shown}");
    assert_eq!(shown["erasure"], asked["statement"]);
    assert!(shown.get("decision").is_none() && shown.get("receipt").is_none());

    // What it took to ask is forgotten; the statement, the log and `who` stay.
    assert!(scene.vault().reach(entry).unwrap().is_none());
    let verifier = scene.beta.did.parse::<faam_spec::did::Did>().unwrap().into();
    let request: Hash = scene.id.parse().unwrap();
    let now = faam_node::daemon::now().unwrap();
    let about = Shown { verifier: &verifier, request, presentation, at: now.plus(-60) };
    let text = asked["statement"].as_str().unwrap();
    let statement = Erasure::open(text, &about, &KeyHistories::new(), now).unwrap();
    assert_eq!(statement.state, ErasureState::Erased);
    let who = scene.wallet.run(&["who"]).ok().json();
    assert_eq!(who["data"]["parties"][0]["stop"]["erasures"][0]["state"], "erased", "{who}");
    let log = scene.wallet.run(&["log"]).ok().json();
    let newest = &log["data"]["entries"][0];
    assert_eq!((&newest["what"], &newest["entry"]), (&"erasure_answered".into(), &entry.into()), "{log}");
    assert_eq!(newest["answer"]["state"], "erased", "{log}");

    // Asked once more, it is told as it was.
    let again = scene.wallet.run(&["stop", "Beta Rentals"]).ok();
    assert_eq!(erasure(&again)["statement"], asked["statement"]);

    // From now on they get nothing, whatever is said on the command line or by a rule.
    let _ = scene.wallet.run(&["rules", "use", "everyday"]).ok();
    let (link, id) = scene.beta.request(&["--ratings", "1"]);
    let approved = ["--approve", "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    for more in [&["--dry-run"][..], &[], &approved, &[approved[0], approved[1], "--ask"]] {
        let refused = scene.wallet.run(&[&["present", link.as_str()], more].concat());
        assert_eq!(refused.code, Some(11), "{refused:?}");
    }
    let refused = scene.wallet.run(&["present", &link]);
    assert!(refused.out.contains("you blocked “Beta Rentals”"), "{refused:?}");
    assert_eq!(scene.beta.show(&id)["data"]["state"], "open", "for them nothing came");
    // And after the block is taken back they are answered as ever.
    let _ = scene.wallet.run(&["stop", "Beta Rentals", "--undo"]).ok();
    let _ = std::fs::remove_file(scene.wallet.dir().join("rules.toml"));
    let _ = scene.wallet.present(&link).ok();
    assert_eq!(scene.beta.show(&id)["data"]["state"], "decided");
}

#[test]
fn a65_a_node_that_is_killed_after_it_erased_tells_it_again() {
    let mut scene = Scene::new(|_| ());
    let (_, reach, presentation) = scene.reach();
    let (head, first) = scene.ask(reach.proof);
    assert_eq!(head, PresentAnswer::Erasure);
    // The answer is lost, and the node too.
    scene.beta.kill();
    let unreached = scene.wallet.run(&["stop", "Beta Rentals"]).ok();
    assert_eq!(erasure(&unreached)["state"], "waiting", "{unreached:?}");
    scene.beta.start();
    assert_eq!(scene.state()["state"], "erased");
    let (_, second) = scene.ask(reach.proof);
    assert_eq!(first, second);
    let said = scene.wallet.run(&["stop", "Beta Rentals"]).ok();
    assert_eq!(erasure(&said)["statement"].as_str().unwrap().as_bytes(), first);

    // What a stranger has: the link, and perhaps the receipt.
    for proof in [Hash::from_bytes([0; 32]), presentation, scene.id.parse().unwrap()] {
        let (head, body) = scene.ask(proof);
        assert_eq!(head, PresentAnswer::Refused { code: Reason::RequestUnknown });
        assert!(body.is_empty());
    }
}

#[test]
fn a72_a_stranger_with_the_link_and_the_receipt_erases_nothing() {
    let scene = Scene::new(|_| ());
    let (_, reach, presentation) = scene.reach();
    for proof in
        [Hash::from_bytes([7; 32]), presentation, scene.id.parse().unwrap(), presentation::hash(b"{}")]
    {
        assert_eq!(scene.ask(proof).0, PresentAnswer::Refused { code: Reason::RequestUnknown });
    }
    assert_eq!(scene.state()["state"], "decided");
    // The proof is nowhere but in the vault, and in nobody's output.
    let proof = reach.proof.to_string();
    for args in [&["who"][..], &["log"], &["stop"]] {
        let said = scene.wallet.run(args).ok();
        assert!(!said.out.contains(&proof) && !said.err.contains(&proof));
    }
}

#[test]
fn who_has_to_keep_it_says_so_and_why() {
    let scene = Scene::new(|beta| {
        let mut file = std::fs::OpenOptions::new().append(true).open(beta.config()).unwrap();
        writeln!(file, "\n[erasure]\nkeep = \"legal_obligation\"").unwrap();
    });
    let said = scene.wallet.run(&["stop", "Beta Rentals"]).ok();
    let asked = erasure(&said);
    assert_eq!((&asked["state"], &asked["reason"]), (&"kept".into(), &"legal_obligation".into()), "{said:?}");
    let shown = scene.state();
    assert_eq!((&shown["state"], &shown["delete_by"]), (&"decided".into(), &asked["until"]), "{shown}");
    assert_eq!(shown["erasure"], asked["statement"]);
    let until = Timestamp::new(asked["until"].as_i64().unwrap()).unwrap();
    assert!(until > faam_node::daemon::now().unwrap());
    let all = scene.wallet.run(&["stop"]).ok().json();
    assert_eq!(all["data"]["erasures"][0]["state"], "kept", "{all}");
}

#[test]
fn a_reason_to_keep_it_that_is_not_known_is_refused_with_the_nearest() {
    let beta = Node::init(None, "Beta Rentals");
    let mut file = std::fs::OpenOptions::new().append(true).open(beta.config()).unwrap();
    writeln!(file, "\n[erasure]\nkeep = \"legal_obligations\"").unwrap();
    let said = beta.command(&["run", "--check"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("did you mean 'legal_obligation'?"), "{said:?}");
}
