//! Several personas in one wallet, from outside: what real hosts see of two of them, what warns, and what comes back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;
#[path = "common/market_node.rs"]
mod market_node;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Home, PASSPHRASE, now};
use faam_spec::encoding::unb64;
use faam_spec::grid::Milestones;
use faam_spec::hash::{Capability, Hash};
use faam_spec::link::Link;
use faam_spec::peer::PeerId;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::time::{EpochLength, Timestamp};
use faam_store::KdfParams;
use faam_wallet::backup::{self, Key, Lock};
use faam_wallet::consent::Consent;
use faam_wallet::contact::{ContactError, For, Means, Received, compare_record, fetch, receive_for, renew};
use faam_wallet::held::HeldLedger;
use faam_wallet::listen::{Standing, apart};
use faam_wallet::persona::ties::How;
use faam_wallet::present::{Agreed, Pick, Plan};
use faam_wallet::vault::{Entropy, Happened, Transfer, TransferState, Vault};
use market_node::MarketNode;
use serde_json::Value;

fn hour() -> EpochLength {
    EpochLength::new(3600).unwrap()
}

/// A quarter past.
fn start() -> Timestamp {
    hour().start_of(hour().number_at("2026-11-16T09:00:00Z".parse().unwrap())).plus(900)
}

fn wallet(entropy: &Entropy) -> (Home, Vault) {
    let home = Home::empty();
    let vault = Vault::create(&home.dir, PASSPHRASE.as_bytes(), entropy, KdfParams::FLOOR, start()).unwrap();
    (home, vault)
}

fn entropy() -> Entropy {
    Entropy::random(&mut rand::rngs::OsRng)
}

fn person() -> (Home, Vault) {
    wallet(&entropy())
}

async fn with_means<T>(node: &MarketNode, work: impl AsyncFnOnce(&mut Means<'_>) -> T) -> T {
    let clock = || node.now();
    let (mut rng, mut progress) = (rand::rngs::OsRng, |_| {});
    let timeout = Duration::from_secs(20);
    work(&mut Means { clock: &clock, rng: &mut rng, progress: &mut progress, timeout }).await
}

async fn take(
    node: &MarketNode,
    vault: &Vault,
    whom: For,
    offer: &(Link, String),
) -> Result<Received, ContactError> {
    with_means(node, async |means| receive_for(vault, whom, &offer.0, Some(&offer.1), means).await).await
}

/// Answers a question of the node under a persona, as it would be approved.
async fn show(node: &MarketNode, vault: &Vault, persona: u32, query: Query) -> Result<(), ContactError> {
    let link = node.request(query);
    let fetched = with_means(node, async |means| fetch(vault, &link, means).await).await?;
    let (request, held) = (fetched.request().clone(), vault.held_of(persona)?);
    let plan = tied(vault, Plan::new(&request, &held, Pick::Newest, node.now())?);
    let agreed = Agreed { to: plan.approval(), not_compared: false };
    with_means(node, async |means| fetched.show(vault, &plan, agreed, means).await).await.map(drop)
}

fn tied<'a>(vault: &Vault, plan: Plan<'a>) -> Plan<'a> {
    let ties = vault.ties(&plan).unwrap();
    let whose = vault.personas().unwrap().into_iter().find(|one| one.number == plan.persona()).unwrap();
    plan.under(&whose, ties).unwrap()
}

fn held(vault: &Vault, persona: u32) -> HeldLedger {
    vault.held_of(persona).unwrap().remove(0)
}

fn standing() -> Query {
    Query::standing("shop".parse().unwrap()).unwrap()
}

fn milestones() -> Query {
    let steps = Milestones::new(vec!["count>=10".parse().unwrap()]).unwrap();
    Query::milestones("shop".parse().unwrap(), steps).unwrap()
}

/// A market with three accounts that got the same from the same people, so that nothing but what is theirs differs.
async fn market() -> MarketNode {
    market_of(hour()).await
}

async fn market_of(epoch: EpochLength) -> MarketNode {
    let mut node = MarketNode::start(epoch, start()).await;
    for account in ["8", "9", "10"] {
        node.rate_account(account, 12, "2026-03-01");
    }
    node
}

/// Everything in bytes that could be recognised: each word of letters, digits, `-` and `_`, and what is within those that are base64url.
fn words(bytes: &[u8], into: &mut BTreeSet<String>) {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    for word in text.split(|c| !plain(c)).filter(|word| word.len() >= 10) {
        if into.insert(word.to_owned())
            && let Ok(inner) = unb64(word, "word")
        {
            words(&inner, into);
        }
    }
}

/// What came from somebody: its words, and the names of the network under which it came.
struct Seen {
    words: BTreeSet<String>,
    peers: BTreeSet<PeerId>,
}

fn seen(sent: &[(PeerId, Vec<u8>)]) -> Seen {
    let mut all = BTreeSet::new();
    sent.iter().for_each(|(_, bytes)| words(bytes, &mut all));
    Seen { words: all, peers: sent.iter().map(|(peer, _)| *peer).collect() }
}

/// Everything that a person does under a name: receives, compares, renews, and answers twice, by milestones and by the numbers.
async fn everything(node: &MarketNode, vault: &Vault, persona: u32, account: &str) -> Seen {
    node.sent();
    let offer = node.offer_account(account, false);
    take(node, vault, For::persona(persona), &offer).await.unwrap();
    let ledger = held(vault, persona).info().ledger;
    with_means(node, async |means| compare_record(vault, ledger, means).await).await.unwrap();
    with_means(node, async |means| renew(vault, ledger, means).await).await.unwrap();
    show(node, vault, persona, milestones()).await.unwrap();
    let all = Query::complete("shop".parse().unwrap()).unwrap().disclosing(&["day", "rater"]).unwrap();
    show(node, vault, persona, all).await.unwrap();
    seen(&node.sent())
}

/// Two personas at one market and at one verifier have no more in common than each has with a stranger.
//= spec/text/personas.md#REQ-PERSONA-3
//= type=test
//# Each contact of a wallet MUST be made under one persona, with that persona's keys and secrets and a network key of its own, and nothing
//# that it sends under one MUST name anything of another
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a54_nothing_that_two_personas_send_is_equal_but_what_a_strangers_is_too() {
    let node = market().await;
    let ((_mine, vault), (_other, stranger)) = (person(), person());
    let work = vault.make_persona(&"work".parse().unwrap(), start()).unwrap();
    assert_eq!(work.number, 1);
    let first = everything(&node, &vault, 0, "8").await;
    let second = everything(&node, &vault, 1, "9").await;
    let third = everything(&node, &stranger, 0, "10").await;
    for (one, two) in [(&first, &second), (&first, &third), (&second, &third)] {
        assert!(one.peers.is_disjoint(&two.peers), "each under names of its own");
        assert!(one.peers.len() >= 5 && one.words.len() > 50, "{} {}", one.peers.len(), one.words.len());
    }
    // What the wallet's two have in common, a stranger has too: it is the market's or the verifier's.
    let both: BTreeSet<&String> = first.words.intersection(&second.words).collect();
    let own: Vec<&&String> = both.iter().filter(|word| !third.words.contains(**word)).collect();
    assert!(own.is_empty(), "{own:?}");
    assert!(both.len() > 3, "the epoch record and the names of members");

    // That it would be seen: the same persona twice is.
    node.sent();
    show(&node, &vault, 0, standing()).await.unwrap();
    let again = seen(&node.sent());
    let (ledger, mut key) = (held(&vault, 0).info().ledger.to_string(), BTreeSet::new());
    words(held(&vault, 0).standing().as_str().as_bytes(), &mut key);
    let own: Vec<&String> =
        first.words.intersection(&again.words).filter(|word| !third.words.contains(*word)).collect();
    assert!(own.iter().any(|word| key.contains(*word)), "{ledger}: {own:?}");

    // Keys, secrets and pseudonyms, as the wallet has them.
    let (one, two) = (held(&vault, 0), held(&vault, 1));
    assert_ne!(one.standing().standing().holder(), two.standing().standing().holder());
    let (of_one, of_two) = (one.private().unwrap(), two.private().unwrap());
    assert_ne!(of_one.secrets.commitment, of_two.secrets.commitment);
    assert_ne!(of_one.secrets.prover_nym.as_bytes(), of_two.secrets.prover_nym.as_bytes());
    assert_ne!(of_one.entropy, of_two.entropy);
    let log = vault.log(usize::MAX).unwrap();
    let names = |persona: u32| -> Vec<String> {
        let of = log.iter().filter(|entry| entry.persona == persona);
        let shown = of.filter_map(|entry| match &entry.what {
            Happened::Shown { private, .. } => private.first().map(|one| one.pseudonym.to_string()),
            _ => None,
        });
        shown.collect()
    };
    assert_eq!((names(0).len(), names(1).len()), (1, 1));
    assert_ne!(names(0), names(1));
}

/// The wallet says what would tie two before it happens, and what was approved before that is not approved any more.
//= spec/text/personas.md#REQ-PERSONA-6
//= type=test
//# A wallet MUST warn, before anything is shown, of each other persona that it could be tied to
//= spec/text/personas.md#REQ-PERSONA-7
//= type=test
//# These warnings MUST be part of what is approved, so that what was approved before another persona showed something is not approved any
//# more, and they are looked for once more when it is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a54_what_would_tie_two_personas_is_warned_of_and_approved() {
    let node = market().await;
    let (_home, vault) = person();
    vault.make_persona(&"work".parse().unwrap(), start()).unwrap();
    take(&node, &vault, For::persona(1), &node.offer_account("9", false)).await.unwrap();
    let ledger = held(&vault, 1).info().ledger;
    with_means(&node, async |means| compare_record(&vault, ledger, means).await).await.unwrap();
    let link = node.request(milestones());
    let fetched = with_means(&node, async |means| fetch(&vault, &link, means).await).await.unwrap();
    let (request, mine) = (fetched.request().clone(), vault.held_of(1).unwrap());
    let plan = tied(&vault, Plan::new(&request, &mine, Pick::Newest, node.now()).unwrap());
    assert!(plan.ties().is_empty());
    let before = Agreed { to: plan.approval(), not_compared: false };

    // Meanwhile the other one takes an offer of this market, and shows something to the same verifier.
    take(&node, &vault, For::persona(0), &node.offer_account("8", false)).await.unwrap();
    let ledger = held(&vault, 0).info().ledger;
    with_means(&node, async |means| compare_record(&vault, ledger, means).await).await.unwrap();
    show(&node, &vault, 0, milestones()).await.unwrap();
    let shown = vault.shown().unwrap().len();
    node.sent();
    // Whether or not the program looked again: what was approved is not what would be shown.
    let error = with_means(&node, async |means| fetched.show(&vault, &plan, before, means).await).await;
    let error = error.unwrap_err();
    assert_eq!((error.reason(), error.at()), (Reason::ConsentMissing, "ties"));
    assert!(node.sent().is_empty(), "nothing left");
    assert_eq!(vault.shown().unwrap().len(), shown);

    let fetched = with_means(&node, async |means| fetch(&vault, &link, means).await).await.unwrap();
    let plan = tied(&vault, Plan::new(&request, &mine, Pick::Newest, node.now()).unwrap());
    let how: Vec<How> = plan.ties().iter().map(|tie| tie.how).collect();
    assert_eq!(how, [How::Shown, How::Issuer]);
    assert_ne!(plan.approval(), before.to);
    assert_eq!(plan.check_agreed(before).unwrap_err().reason(), Reason::ConsentMissing);
    let consent = Consent::new(&plan, &vault.shown().unwrap(), node.now());
    let told: Vec<&String> =
        consent.warnings.iter().filter(|warning| warning.starts_with("PERSONAS")).collect();
    assert_eq!(told.len(), 2, "{:?}", consent.warnings);
    assert!(
        told[0].contains("“main”") && told[0].contains("“work”") && consent.to_text(80).contains("“work”")
    );
    // No rule answers what is warned of.
    assert!(consent.doubts().warnings.iter().any(|warning| warning.starts_with("PERSONAS")));
    let agreed = Agreed { to: plan.approval(), not_compared: false };
    with_means(&node, async |means| fetched.show(&vault, &plan, agreed, means).await).await.unwrap();
    let newest = vault.shown().unwrap().pop().unwrap();
    assert_eq!(newest.persona, 1);
}

/// An answer is of one persona, whatever the others hold.
//= spec/text/personas.md#REQ-PERSONA-4
//= type=test
//# An answer MUST be made of what one persona holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_never_made_of_two_personas() {
    let node = market().await;
    let (_home, vault) = person();
    vault.make_persona(&"work".parse().unwrap(), start()).unwrap();
    take(&node, &vault, For::persona(0), &node.offer_account("8", false)).await.unwrap();
    let link = node.request(standing());
    let fetched = with_means(&node, async |means| fetch(&vault, &link, means).await).await.unwrap();
    let request = fetched.request().clone();
    let none = vault.held_of(1).unwrap();
    let fault = Plan::new(&request, &none, Pick::Newest, node.now()).unwrap_err();
    assert_eq!(fault.reason(), Reason::NothingToShow, "it looks like a wallet that holds nothing");
    take(&node, &vault, For::persona(1), &node.offer_account("9", false)).await.unwrap();
    let both = vault.held_all().unwrap();
    assert_eq!(both.len(), 2);
    let fault = Plan::new(&request, &both, Pick::Newest, node.now()).unwrap_err();
    assert_eq!((fault.reason(), fault.at()), (Reason::Internal, "persona"));
    for persona in [0, 1] {
        let mine = vault.held_of(persona).unwrap();
        let plan = Plan::new(&request, &mine, Pick::Newest, node.now()).unwrap();
        assert_eq!(plan.persona(), persona);
        let other = vault.personas().unwrap().remove(1 - persona as usize);
        assert_eq!(plan.under(&other, Vec::new()).unwrap_err().reason(), Reason::Internal);
    }
}

/// A ledger stays with who holds it, unless its holder says otherwise; and what was begun goes on for whom it was begun.
//= spec/text/personas.md#REQ-PERSONA-8
//= type=test
//# A ledger that another persona holds MUST NOT be taken over without that word (`offer.bound`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_moves_to_another_persona_only_by_its_holders_word() {
    let node = market_of(EpochLength::WEEK).await;
    let (_home, vault) = person();
    vault.make_persona(&"work".parse().unwrap(), start()).unwrap();
    take(&node, &vault, For::persona(0), &node.offer_account("8", false)).await.unwrap();
    let before = held(&vault, 0);
    // The market does not offer it to another key by itself.
    let offer = node.offer_account("8", false);
    let error = take(&node, &vault, For::persona(1), &offer).await.unwrap_err();
    assert_eq!(error.reason(), Reason::OfferBound);
    // A quarter later it lets the account be bound anew.
    node.pass(91 * 86_400);
    let offer = node.offer_account("8", true);
    let error = take(&node, &vault, For::persona(1), &offer).await.unwrap_err();
    assert_eq!((error.reason(), error.at()), (Reason::OfferBound, "offer.ledger"));
    assert_eq!(held(&vault, 0).info(), before.info());
    let newest = vault.log(1).unwrap().remove(0);
    assert!(matches!(newest.what, Happened::OfferRefused { code: Reason::OfferBound, .. }), "{newest:?}");
    assert_eq!(newest.persona, 1);

    // What was begun under one goes on under it alone.
    let begun = node.offer_account("9", false);
    let transfer = Transfer {
        link: begun.0.capability(),
        market: "shop".parse().unwrap(),
        secret: Capability::from_bytes([1; 16]),
        bytes: 1,
        hash: Hash::from_bytes([2; 32]),
        begun: node.now(),
        state: TransferState::Arriving,
        node: None,
        persona: 1,
    };
    vault.begin_transfer(&transfer).unwrap();
    node.asked();
    let error = take(&node, &vault, For::persona(0), &begun).await.unwrap_err();
    assert_eq!((error.reason(), error.at()), (Reason::InputMalformed, "--persona"));
    assert!(node.asked().0.is_empty(), "nobody was called");

    let whom = For { may_move: true, ..For::persona(1) };
    let again = node.offer_account("8", false);
    take(&node, &vault, whom, &again).await.unwrap();
    assert!(vault.held_of(0).unwrap().is_empty());
    assert_eq!(held(&vault, 1).info().ledger, before.info().ledger);
    assert_ne!(held(&vault, 1).standing().standing().holder(), before.standing().standing().holder());
    let _ = with_means(&node, async |means| renew(&vault, before.info().ledger, means).await).await.unwrap();
    assert_eq!(held(&vault, 1).info().persona, 1);
}

/// What came back by the phrase alone, and by a backup.
//= spec/text/personas.md#REQ-PERSONA-10
//= type=test
//# it MAY try the keys of numbers under which it knows no persona, one after the other, but only when its holder, told that the market sees
//# each of them, asks for it. The persona whose key it was is there from then on, under a plain name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persona_comes_back_by_the_phrase_and_by_a_backup() {
    let node = market().await;
    let words = entropy();
    let (home, vault) = wallet(&words);
    for name in ["work", "games", "Landlords of the Vecht"] {
        vault.make_persona(&name.parse().unwrap(), start()).unwrap();
    }
    take(&node, &vault, For::persona(3), &node.offer_account("9", false)).await.unwrap();
    let before = held(&vault, 3);
    let file = home.folder.path().join("backup.age");
    let key = || Key::Passphrase(b"another four words");
    let lock = Lock::Passphrase { words: b"another four words", floor: true };
    backup::create(&vault, &file, lock, Some(key()), node.now()).unwrap();
    let (personas, log) = (vault.personas().unwrap(), vault.log(usize::MAX).unwrap());

    let dir = home.folder.path().join("again");
    let (again, ..) =
        backup::restore(&file, key(), &dir, PASSPHRASE.as_bytes(), KdfParams::FLOOR, node.now()).unwrap();
    assert_eq!(again.personas().unwrap(), personas);
    assert_eq!(again.log(usize::MAX).unwrap()[1..], log[..]);
    assert_eq!(held(&again, 3).info(), before.info());
    assert!(!again.is_of_phrase().unwrap());

    let dir = home.folder.path().join("phrase");
    let vault = Vault::restore(&dir, PASSPHRASE.as_bytes(), &words, KdfParams::FLOOR, node.now()).unwrap();
    assert_eq!(vault.personas().unwrap().len(), 1);
    assert!(vault.is_of_phrase().unwrap());
    let offer = node.offer_account("9", false);
    node.asked();
    let error = take(&node, &vault, For::persona(0), &offer).await.unwrap_err();
    assert_eq!(error.reason(), Reason::OfferBound);
    assert_eq!(node.asked().0, ["open", "redeem"], "no key was tried that nobody named");
    let seek = For { seek: true, ..For::persona(0) };
    take(&node, &vault, seek, &offer).await.unwrap();
    let found = vault.personas().unwrap();
    let names: Vec<(u32, &str)> = found.iter().map(|one| (one.number, one.name.as_str())).collect();
    assert_eq!(names, [(0, "main"), (3, "persona-3")]);
    let after = held(&vault, 3);
    assert_eq!(after.standing().standing().holder(), before.standing().standing().holder());
    let (old, new) = (before.private().unwrap(), after.private().unwrap());
    assert_eq!(old.secrets.commitment, new.secrets.commitment, "and with it the pseudonyms");
    // The next number is one that no persona had.
    let next = vault.make_persona(&"new".parse().unwrap(), node.now()).unwrap();
    assert_eq!(next.number, 4);
    drop(vault);
    let vault = Vault::open(&dir, PASSPHRASE.as_bytes()).unwrap();
    let found = vault.personas().unwrap();
    let renamed = vault.rename_persona(&found[1], &"flats".parse().unwrap(), node.now()).unwrap();
    assert_eq!(renamed.number, 3);
    // Made again in their order, they have their keys again, and nothing is tried.
    let dir = home.folder.path().join("order");
    let vault = Vault::restore(&dir, PASSPHRASE.as_bytes(), &words, KdfParams::FLOOR, node.now()).unwrap();
    for name in ["a", "b", "c"] {
        vault.make_persona(&name.parse().unwrap(), node.now()).unwrap();
    }
    take(&node, &vault, For::persona(3), &node.offer_account("9", false)).await.unwrap();
    assert_eq!(held(&vault, 3).info().ledger, before.info().ledger);
}

//= spec/text/personas.md#REQ-PERSONA-9
//= type=test
//# A wallet MUST NOT renew what two personas hold at one node one right after the other
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_personas_hold_at_one_node_is_known_to_be_renewed_apart() {
    let node = market().await;
    let (_home, vault) = person();
    vault.make_persona(&"work".parse().unwrap(), start()).unwrap();
    take(&node, &vault, For::persona(0), &node.offer_account("8", false)).await.unwrap();
    node.pass(hour().seconds());
    take(&node, &vault, For::persona(1), &node.offer_account("9", false)).await.unwrap();
    let all: Vec<Standing> = vault.held_all().unwrap().iter().map(Standing::of).collect();
    let of = |persona: u32| all.iter().find(|one| one.persona == persona).unwrap();
    assert!(of(0).is_tied_to(of(1)) && !of(0).is_tied_to(of(0)));
    assert_eq!(of(0).renewed_beside(&all, node.now()), Some(node.now()), "the other one was there just now");
    assert_eq!(of(1).renewed_beside(&all, node.now()), None);
    node.pass(apart(hour()));
    assert_eq!(of(0).renewed_beside(&all, node.now()), None);
}

fn number_of(value: &Value, name: &str) -> u64 {
    value["personas"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["number"]
        .as_u64()
        .unwrap()
}

/// The program, from the first persona to the second one's ratings.
//= spec/text/personas.md#REQ-PERSONA-5
//= type=test
//# Where a wallet has several personas and receives, brings in or shows something, it MUST be told under which; it never guesses.
//= spec/text/personas.md#REQ-PERSONA-8
//= type=test
//# Before it takes an offer of an issuer of which another persona holds a ledger, a wallet MUST say so, and go on only when its holder says so
//= spec/text/personas.md#REQ-PERSONA-9
//= type=test
//# A renewal by hand MUST leave the second for later, unless its holder, told why, asks for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_keeps_two_names_apart() {
    let mut node = MarketNode::start(EpochLength::WEEK, now()).await;
    for account in ["8", "9"] {
        node.rate_account(account, 12, "2026-03-01");
    }
    let home = Home::new();
    let (first, second) = (node.offer_account("8", false), node.offer_account("9", false));
    // The program goes by this machine's clock, and the node with it.
    let tick = || node.state.lock().unwrap().now = now();
    let receive = |offer: &(Link, String), more: &[&str]| {
        tick();
        let link = offer.0.to_string();
        let args = [&["receive", &link, "--code", &offer.1, "--json"], more].concat();
        home.run(&args)
    };
    // With one persona nothing is asked and nothing is said.
    let said = receive(&first, &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.envelope()["data"]["entry"].get("persona").is_none());
    assert_eq!(home.run(&["persona", "new", "work", "--json"]).envelope()["data"]["persona"]["number"], 1);
    node.asked();
    let said = receive(&second, &[]);
    assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.missing"));
    assert!(said.envelope()["error"]["hint"].as_str().unwrap().contains("“main”, “work”"), "{said:?}");
    let said = receive(&second, &["--persona", "wrok"]);
    assert!(said.envelope()["error"]["hint"].as_str().unwrap().contains("'work'"), "{said:?}");
    let said = receive(&second, &["--persona", "work"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"));
    assert_eq!(said.envelope()["error"]["at"], "--may-tie");
    assert!(node.asked().0.is_empty(), "nobody was called");
    let said = receive(&second, &["--persona", "work", "--may-tie"]);
    let data = &said.envelope()["data"];
    assert_eq!(data["entry"]["persona"], 1);
    assert!(data["warnings"][0].as_str().unwrap().starts_with("PERSONAS"), "{said:?}");

    let said = home.run(&["passport", "--json"]).envelope();
    assert_eq!(said["data"]["markets"].as_array().unwrap().len(), 2);
    assert_eq!((number_of(&said["data"], "main"), number_of(&said["data"], "work")), (0, 1));
    let one = home.run(&["passport", "--persona", "work", "--json"]).envelope();
    assert_eq!(one["data"]["markets"].as_array().unwrap().len(), 1);
    assert_eq!(one["data"]["markets"][0]["persona"], 1);
    let text = home.run(&["passport"]).out;
    assert!(text.contains("══ main ══") && text.contains("══ work ══"), "{text}");
    let mut command = home.command(&["ratings", "--json"]);
    let output = command.env("FAAM_PERSONA", "work").output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["data"]["ratings"].as_array().unwrap().len(), 12);
    assert!(said["data"]["ratings"].as_array().unwrap().iter().all(|row| row["persona"] == 1));
    let log = home.run(&["log", "--persona", "work"]).out;
    assert!(
        log.lines().all(|line| !line.contains("wallet was made")) && log.contains("“work”: Received"),
        "{log}"
    );

    // One right after the other tells that both are one: both were there just now.
    tick();
    node.asked();
    let said = home.run(&["refresh", "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"));
    assert_eq!(said.envelope()["data"]["left"].as_array().unwrap().len(), 2);
    assert!(node.asked().0.is_empty(), "nobody was called");
    let said = home.run(&["refresh", "--may-tie", "--json"]).envelope();
    assert_eq!(said["data"]["renewed"].as_array().unwrap().len(), 2);

    // Nothing is shown before it is said under which.
    tick();
    let link = node.request(standing()).to_string();
    let said = home.run(&["present", &link, "--dry-run", "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.missing"));
    let look =
        |persona: &str| home.run(&["present", &link, "--dry-run", "--json", "--persona", persona]).envelope();
    let said = look("work");
    let consent = &said["data"]["consent"];
    assert_eq!(
        (consent["persona"].as_str(), consent["ties"][0]["how"].as_str()),
        (Some("work"), Some("issuer"))
    );
    let approve = said["data"]["approve"].as_str().unwrap().to_owned();
    let other = node.request(standing()).to_string();
    let looked = home.run(&["present", &other, "--dry-run", "--json", "--persona", "main"]).envelope();
    let first = looked["data"]["approve"].as_str().unwrap();
    let said = home.run(&["present", &other, "--approve", first, "--persona", "main", "--json"]);
    assert_eq!(said.envelope()["data"]["entry"].get("persona"), None, "{said:?}");
    let args = ["present", &link, "--approve", &approve, "--persona", "work", "--json"];
    let said = home.run(&args);
    assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"), "{said:?}");
    let fresh = look("work")["data"]["approve"].as_str().unwrap().to_owned();
    assert_ne!(fresh, approve);
    let args = ["present", &link, "--approve", &fresh, "--persona", "main", "--json"];
    assert_eq!(home.run(&args).code_of_error(), "consent.missing", "approved under the other one");
    let args = ["present", &link, "--approve", &fresh, "--persona", "work", "--json"];
    tick();
    let said = home.run(&args);
    assert_eq!(said.envelope()["data"]["entry"]["persona"], 1, "{said:?}");

    let said = home.run(&["persona", "show", "work", "--json"]).envelope();
    assert_eq!(said["data"]["ledgers"][0]["market"], "shop");
    assert_eq!(said["data"]["parties"].as_array().unwrap().len(), 1);
    let said = home.run(&["who", "--json"]).envelope();
    let knows = said["data"]["parties"][0]["knows"].as_array().unwrap();
    assert_eq!(knows.iter().map(|one| one["persona"].as_u64()).collect::<Vec<_>>(), [None, Some(1)]);
    let file = home.folder.path().join("log.jsonl");
    let said = home.run(&["log", "export", file.to_str().unwrap(), "--persona", "work", "--json"]).envelope();
    let lines = std::fs::read_to_string(&file).unwrap();
    assert_eq!(said["data"]["entries"].as_u64().unwrap(), lines.lines().count() as u64);
    assert!(lines.lines().all(|line| line.contains("\"persona\":1")), "{lines}");
}

/// What concerns no persona takes none, and names are as they should be.
//= spec/text/personas.md#REQ-PERSONA-1
//= type=test
//# A number MUST NOT be given to two personas, one that is gone among them
//= spec/text/personas.md#REQ-PERSONA-2
//= type=test
//# be another than that of each other persona, in any case of their letters
#[test]
fn names_and_numbers_are_given_once() {
    let home = Home::new();
    let list = home.run(&["persona", "list"]);
    assert_eq!((list.code, list.out.as_str()), (0, "main: nothing held; shown to nobody\n"));
    for bad in ["main", "Main", "persona-7", "a\u{202e}b", "", " x"] {
        let said = home.run(&["persona", "new", bad, "--json"]);
        assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.malformed"), "{bad:?}");
        assert!(said.is_plain());
    }
    for n in 1..32 {
        let said = home.run(&["persona", "new", &format!("name {n}"), "--json"]).envelope();
        assert_eq!(said["data"]["persona"]["number"], n);
    }
    assert_eq!(home.run(&["persona", "new", "one more", "--json"]).code_of_error(), "too_large");
    assert_eq!(home.run(&["persona", "new", "NAME 3", "--json"]).code_of_error(), "input.malformed");
    let said = home.run(&["persona", "rename", "name 3", "Home", "--json"]).envelope();
    assert_eq!(
        (said["data"]["persona"]["number"].as_u64(), said["data"]["persona"]["name"].as_str()),
        (Some(3), Some("Home"))
    );
    assert_eq!(
        home.run(&["persona", "rename", "name 4", "home", "--json"]).code_of_error(),
        "input.malformed"
    );
    let said = home.run(&["persona", "show", "hmoe", "--json"]);
    assert_eq!(said.code_of_error(), "input.missing");
    assert!(said.envelope()["error"]["hint"].as_str().unwrap().contains("'Home'"));
    for command in [&["doctor"][..], &["backup", "create", "x"], &["persona", "list"]] {
        let said = home.run(&[command, &["--persona", "main", "--json"]].concat());
        assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.malformed"), "{command:?}");
    }
}

//= spec/text/personas.md#REQ-PERSONA-11
//= type=test
//# a wallet that was made from a phrase alone MUST say, when a persona is made, that it has the keys of the one that had its number
#[test]
fn a_wallet_of_a_phrase_says_whose_keys_a_new_persona_has() {
    let (home, vault) = person();
    let phrase = home.folder.path().join("phrase");
    common::write_private(&phrase, &vault.phrase().unwrap());
    drop(vault);
    let again = Home::empty();
    let said = again.run(&["restore", "--phrase-file", phrase.to_str().unwrap(), "--kdf-floor"]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = again.run(&["persona", "new", "work", "--json"]).envelope();
    assert!(said["data"]["warnings"][0].as_str().unwrap().contains("no. 1"), "{said}");
    let said = home.run(&["persona", "new", "work", "--json"]).envelope();
    assert_eq!(said["data"]["warnings"].as_array().unwrap().len(), 0);
}

/// A market cannot find out by what is refused: what one persona got is not what another one goes by.
//= spec/text/personas.md#REQ-PERSONA-12
//= type=test
//# What a wallet takes or refuses of a market under one persona MUST NOT depend on what it got of it under another
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a54_what_one_persona_knows_of_a_market_is_not_known_under_another() {
    let node = market().await;
    let (home, vault) = person();
    vault.make_persona(&"work".parse().unwrap(), start()).unwrap();
    // An offer for the second one is made in this epoch, and the wallet does not hear of it.
    let late = node.offer_account("9", false);
    node.state.lock().unwrap().lose = Some("redeem");
    take(&node, &vault, For::persona(1), &late).await.unwrap_err();
    // The first one has the record of the next epoch by then, and both are of one market.
    node.pass(hour().seconds() - 840);
    take(&node, &vault, For::persona(0), &node.offer_account("8", false)).await.unwrap();
    let info = held(&vault, 0).info().clone();
    let records = |persona| vault.epoch_records_of(persona, &info.issuer, &info.market).unwrap();
    let lists = |persona| vault.status_lists_of(persona, &info.issuer).unwrap();
    assert_eq!((records(0).len(), !lists(0).is_empty()), (1, true));
    assert!(records(1).is_empty() && lists(1).is_empty(), "as if it had never been there");
    // What is older than what the first one has is taken, as a stranger takes it.
    take(&node, &vault, For::persona(1), &late).await.unwrap();
    assert_eq!(records(1)[0].record().epoch + 1, records(0)[0].record().epoch);
    assert_eq!(held(&vault, 1).lists().len(), 1);
    drop(vault);
    let vault = home.open();
    assert_eq!(vault.held_all().unwrap().len(), 2);
    vault.contents().unwrap();
}
