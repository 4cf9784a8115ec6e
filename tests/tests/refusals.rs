//! What must not work, before real daemons: the tour's attempts, sent over libp2p to a `faam-node` process with its store on disk,
//! by a wallet whose vault is on disk and which is used against the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use faam_examples::Result;
use faam_examples::cheats::{
    Signing, borrow_a_rating, change_a_value, leave_out_the_worst, show_an_older_standing, spoiled,
};
use faam_examples::party::{Clock, Person, send};
use faam_node::storage::NodeStore;
use faam_spec::link::Link;
use faam_spec::presentation::Presentation;
use faam_spec::reason::Reason;
use faam_tests::ALPHA;
use faam_tests::process::Node;

/// The ratings of these accounts, oldest first.
fn ratings(of: &[&str]) -> Vec<&'static str> {
    let mut lines: Vec<&str> = ALPHA.lines().skip(1).collect();
    lines.retain(|line| of.contains(&line.split(',').nth(1).unwrap()));
    lines.sort_by_key(|line| line.rsplit(',').next().unwrap().parse::<i64>().unwrap());
    lines
}

/// A CSV line as an event, with the id that `faam-node import` would give it.
fn event(line: &str) -> String {
    let cells: Vec<&str> = line.split(',').collect();
    serde_json::json!({
        "type": "rating", "id": format!("{}-{}", cells[0], cells[1]), "account": cells[1], "rater": cells[0],
        "role": "trader", "value": cells[2].parse::<i64>().unwrap(), "scale": "-10..10",
        "at": cells[3].parse::<i64>().unwrap(),
    })
    .to_string()
}

struct Scene {
    _home: tempfile::TempDir,
    alpha: Node,
    beta: Node,
    person: Person,
    friend: Person,
}

/// A person who was with the market three weeks ago, when things looked better, and is there today.
async fn scene() -> Scene {
    let home = tempfile::tempdir().unwrap();
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    let clock = Clock::default();
    let person = Person::new(&home.path().join("person"), &clock).unwrap();
    let friend = Person::new(&home.path().join("friend"), &clock).unwrap();
    let mine = ratings(&["7"]);

    // Three weeks ago: the same store, served from here, because a daemon has no clock but the machine's.
    clock.set(clock.now().plus(-21 * 86_400));
    let store = NodeStore::open(&alpha.dir().join("store"), &alpha.dir().join("store.key")).unwrap();
    let then = faam_examples::party::Node::open(store, "Bitcoin Alpha", Some("bitcoin-alpha"), &[], &clock)
        .await
        .unwrap();
    then.import(&mine[..150].iter().map(|line| event(line)).collect::<Vec<_>>()).unwrap();
    person.receive(&then.offer("7").unwrap()).await.unwrap();
    clock.present();
    then.import(&ratings(&["7", "12"]).iter().map(|line| event(line)).collect::<Vec<_>>()).unwrap();
    then.stop().await;

    // Today: the daemon opens the epoch as it starts.
    alpha.start();
    for (who, account) in [(&person, "7"), (&friend, "12")] {
        let (link, code) = alpha.offer(account, &[]);
        who.receive_link(&link.parse().unwrap(), &code).await.unwrap();
    }
    let mut beta = Node::init(None, "Beta Rentals");
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    Scene { _home: home, alpha, beta, person, friend }
}

impl Scene {
    /// Sends a spoiled answer to a fresh request of `verifier`, which must refuse it, and say so to the market's engineer too.
    async fn refused(
        &self,
        verifier: &Node,
        person: &Person,
        asked: &[&str],
        expected: Reason,
        change: impl FnOnce(&mut Presentation, &Signing<'_>) -> Result<()>,
    ) {
        let (link, id) = verifier.request(asked);
        let link: Link = link.parse().unwrap();
        let bytes = spoiled(person, &link, change).await.unwrap();
        self.judged(verifier, &link, &id, &bytes, expected).await;
    }

    async fn judged(&self, verifier: &Node, link: &Link, id: &str, bytes: &[u8], expected: Reason) {
        let outcome = send(link, bytes).await.unwrap();
        let codes: Vec<Reason> = outcome.decision.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(codes.first(), Some(&expected));
        let said = verifier.command(&["show", "--json", id]);
        assert_eq!(said.code, Some(i32::from(expected.exit().code())), "{said:?}");
        let json = said.json();
        assert_eq!(json["data"]["decision"]["outcome"], "refused", "{json}");
        assert_eq!(json["data"]["decision"]["facts"], serde_json::json!([]));
    }
}

//= spec/text/codes.md#REQ-CODE-1
//= type=test
//# A program MUST end with the exit status of the first reason
#[tokio::test(flavor = "multi_thread")]
async fn a17_a21_a22_a23_a81_the_tours_attempts_are_refused_by_a_real_daemon() {
    let scene = scene().await;
    let (beta, person) = (&scene.beta, &scene.person);
    // An honest answer first: from it, Beta Rentals knows the newest epoch record.
    let (link, id) = beta.request(&["--ratings", "12"]);
    let link: Link = link.parse().unwrap();
    let honest = spoiled(person, &link, |_, _| Ok(())).await.unwrap();
    assert!(send(&link, &honest).await.unwrap().decision.reasons.is_empty());
    assert_eq!(beta.show(&id)["data"]["decision"]["outcome"], "accepted");

    let complete = ["--complete", "--disclose", "day"];
    scene.refused(beta, person, &complete, Reason::RatingLeftOut, leave_out_the_worst).await;
    let held = person.vault.held_all().unwrap();
    let mean = |standing: &faam_wallet::held::HeldStanding| standing.statement().numbers.total.all.mean;
    assert!(mean(held[0].previous().unwrap()) > mean(held[0].standing()), "the older one is better");
    scene.refused(beta, person, &[], Reason::EpochStale, show_an_older_standing(&held[0])).await;
    scene.refused(beta, person, &["--ratings", "3"], Reason::InvalidSignature, change_a_value).await;
    let theirs = scene.friend.vault.held_all().unwrap();
    let lent = borrow_a_rating(&theirs[0]);
    scene
        .refused(beta, person, &["--ratings", "3", "--disclose", "day"], Reason::StandingOtherLedger, lent)
        .await;

    // The same bytes at a third market.
    let mut gamma = Node::init(None, "Gamma");
    gamma.trust(&scene.alpha.did, "bitcoin-alpha");
    gamma.start();
    let (link, id) = gamma.request(&["--ratings", "12"]);
    scene.judged(&gamma, &link.parse().unwrap(), &id, &honest, Reason::KeyBindingAudience).await;

    // A market of one's own.
    let mut own = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    own.start();
    own.import("from,to,feature,time\n1,7,10,1400000000\n2,7,10,1400000000\n3,7,10,1400000000\n");
    let (link, code) = own.offer("7", &[]);
    let cheat = Person::new(&scene._home.path().join("cheat"), &Clock::default()).unwrap();
    cheat.receive_link(&link.parse().unwrap(), &code).await.unwrap();
    // The question names whom the verifier believes, so that a wallet has nothing to show for it.
    let (link, _) = beta.request(&["--ratings", "3"]);
    let nothing = spoiled(&cheat, &link.parse().unwrap(), |_, _| Ok(())).await.unwrap_err();
    assert!(format!("{nothing:?}").contains("NothingToShow"), "{nothing:?}");
}
