//! The example `inspect`, run as a program on objects of every kind, good and broken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "inspect/claims.rs"]
mod claims;
#[path = "inspect/world.rs"]
mod world;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

use faam_spec::decision::{DecisionDocument, Outcome, Remember, StatedReason};
use faam_spec::did::{Did, KeyHistories};
use faam_spec::encoding::{b64, jcs, json};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord};
use faam_spec::hash::Capability;
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::limits::MAX_OFFER_BYTES;
use faam_spec::link::{Link, LinkKind};
use faam_spec::offer::{self, RedeemStatement, RenewStatement, Terms};
use faam_spec::peer::PeerId;
use faam_spec::presentation;
use faam_spec::rating::Rating;
use faam_spec::reason::{Fault, Reason};
use faam_spec::receipt::Receipt;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::standing::Standing;
use faam_spec::wire::{Message, OfferAsk, PresentAnswer, PresentOutcome};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use serde_json::{Value, json as j};
use world::World;

/// The program. `cargo test` builds examples, but not when one test file is asked for by name.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().unwrap().parent().unwrap();
        let program = folder.join("examples").join(format!("inspect{}", std::env::consts::EXE_SUFFIX));
        let changed = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/inspect");
        let newest: Option<SystemTime> =
            sources.read_dir().unwrap().filter_map(|file| changed(&file.unwrap().path())).max();
        if changed(&program) < newest {
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--quiet", "-p", "faam-spec", "--example", "inspect", "--target-dir"]);
            build.arg(folder.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
            if folder.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().unwrap().success());
        }
        program
    })
}

struct Run {
    status: i32,
    out: String,
    err: String,
}

fn run(args: &[&str], input: &[u8]) -> Run {
    let mut command = Command::new(program());
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may stop reading before the end; then writing fails here, which is its good right.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let run =
        Run { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

fn show(input: impl AsRef<[u8]>) -> Run {
    run(&["-"], input.as_ref())
}

fn show_json(input: impl AsRef<[u8]>) -> Value {
    serde_json::from_str(&run(&["--json", "--all", "-"], input.as_ref()).out).unwrap()
}

/// Every text that the JSON tells under this name.
fn told(part: &Value, name: &str, found: &mut Vec<String>) {
    if part["name"] == name {
        found.extend(part["text"].as_str().map(str::to_owned));
    }
    part["parts"].as_array().into_iter().flatten().for_each(|part| told(part, name, found));
}

#[track_caller]
fn tells(input: impl AsRef<[u8]>, kind: &str, wanted: &[(&str, String)]) {
    let input = input.as_ref();
    let run = show(input);
    assert_eq!(run.status, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains(kind), "{}", run.out);
    assert!(run.out.contains("reader: accepted"), "{}", run.out);
    let json = show_json(input);
    assert_eq!(json["kind"], kind);
    assert_eq!(json["reader"]["verdict"], "accepted");
    for (name, text) in wanted {
        assert!(run.out.contains(text), "{name} {text} in {}", run.out);
        let mut found = Vec::new();
        told(&json, name, &mut found);
        assert!(found.contains(text), "{name}: {found:?}");
    }
}

#[track_caller]
fn refused(input: impl AsRef<[u8]>, code: &str) -> String {
    let run = show(input.as_ref());
    assert_eq!(run.status, 3, "{}", run.out);
    assert!(run.out.contains(&format!("reader: refused, {code} [")), "{code} in {}", run.out);
    assert_eq!(show_json(input)["reader"]["code"], code);
    run.out
}

fn leaf(world: &World, index: usize) -> String {
    Rating::open(&world.ratings[index], &KeyHistories::new(), world.now).unwrap().leaf().to_string()
}

#[test]
fn credentials_are_taken_apart() {
    let world = World::new();
    let text = world.bound(&world.ratings[0]).to_text();
    let canonical = String::from_utf8(jcs(world.records[0].entry()).unwrap()).unwrap();
    tells(
        &text,
        "rating",
        &[("leaf", leaf(&world, 0)), ("over", canonical), ("sd_hash as stated", "the one computed".into())],
    );
    let out = show(&text).out;
    let valid = format!("signature: valid under {}", world.signer.did());
    for wanted in [
        valid.as_str(),
        "key binding signature: valid under cnf",
        "its digest stands: at payload._sd[0]",
        "hidden or decoy  (6 digests)",
        "not judged: dates",
    ] {
        assert!(out.contains(wanted), "{wanted} in {out}");
    }
    let binding = text.rsplit_once('~').unwrap().1;
    tells(binding, "key binding", &[]);
    let standing = world.bound(&world.standing).to_text();
    tells(&standing, "plain standing", &[("account head", world.head.leaf().unwrap().to_string())]);
    assert!(Standing::open(&SdJwt::parse(&standing).unwrap(), &KeyHistories::new()).is_ok());
    tells(world.ratings[0].jwt(), "rating", &[("leaf", leaf(&world, 0))]);
}

#[test]
fn broken_credentials_are_shown_with_what_is_wrong() {
    let world = World::new();
    let good = world.bound(&world.ratings[0]).to_text();
    let (rest, binding) = good.rsplit_once('~').unwrap();
    // A disclosure that belongs to nothing, and a key binding that was made before it came in.
    let stray = Disclosure::with_salt("category", j!("x"), "salt").unwrap();
    let out = refused(format!("{rest}~{}~{binding}", stray.as_str()), "invalid.disclosure.unreferenced");
    assert!(out.contains("its digest stands: nowhere"), "{out}");
    assert!(out.contains("sd_hash as stated: invalid: invalid.key_binding.sd_hash"), "{out}");
    // Fewer disclosures than were signed for.
    let fewer = format!("{}~{binding}", world.ratings[0].jwt());
    refused(fewer, "invalid.key_binding.sd_hash");
    // Another holder's binding.
    let thief = SigningKey::from_seed(&[9; 32]);
    let stolen = world.ratings[0].clone().bind(&thief, "a", "n", world.now).unwrap();
    let out = refused(stolen.to_text(), "invalid.key_binding.signature");
    assert!(out.contains("key binding signature: invalid: invalid.key_binding.signature"), "{out}");
    // A changed payload; the rest is shown all the same.
    let mut parts: Vec<&str> = world.ratings[0].jwt().split('.').collect();
    let payload = String::from_utf8(faam_spec::encoding::unb64(parts[1], "t").unwrap()).unwrap();
    let changed = b64(payload.replace("\"value\":5", "\"value\":9"));
    parts[1] = &changed;
    let out = refused(format!("{}~", parts.join(".")), "invalid.signature");
    assert!(out.contains("value: 9") && out.contains("signature: invalid: invalid.signature"), "{out}");
    // Cut off within the payload.
    let cut = &world.ratings[0].jwt()[..parts[0].len() + 201];
    let out = refused(format!("{cut}~"), "malformed.jws");
    assert!(out.contains("expected"), "{out}");
}

#[test]
fn signed_objects_are_shown_with_their_hashes() {
    let world = World::new();
    tells(world.record.as_str(), "epoch record", &[("record hash", world.record.hash().to_string())]);
    assert!(show(world.record.as_str()).out.contains("epoch: 2026-47  (begins 2026-11-16T00:00:00Z)"));
    tells(
        world.list.as_str(),
        "status list",
        &[
            ("list hash", world.list.hash().to_string()),
            ("entries", "1024".into()),
            ("not 0", "1".into()),
            ("first that are not 0", "9=1".into()),
        ],
    );
    tells(world.request.as_str(), "request", &[("request digest", world.request.digest().to_string())]);
    let peer = PeerId::from_public_key([3; 32]);
    let terms = Terms {
        v: 0,
        iss: world.signer.did().clone(),
        market: world.market.clone(),
        capability: Capability::from_bytes([4; 16]),
        challenge: "c".into(),
        node: peer,
        wallet: peer,
    };
    tells(terms.sign(&world.signer).unwrap(), "terms of an offer", &[]);
    let foreign = faam_spec::jws::sign(&j!({"a": 1}), "JWT", Some("x"), world.signer.key()).unwrap();
    refused(foreign, "invalid.type");
    let other = Signer::from_key(SigningKey::from_seed(&[8; 32]));
    let forged = faam_spec::jws::sign(
        world.record.record(),
        "faam-epoch+jwt",
        Some(world.signer.key_id()),
        other.key(),
    );
    refused(forged.unwrap(), "invalid.signature");
}

#[test]
fn a_did_with_a_history_needs_a_key() {
    let world = World::new();
    let did: Did = format!("did:webvh:Qm{}:m.example", "a".repeat(44)).parse().unwrap();
    let kid = format!("{did}#one");
    let signer = Signer::new(did.clone(), kid.clone(), SigningKey::from_seed(&[1; 32])).unwrap();
    let record = EpochRecord { iss: did, keys: vec![kid.clone()], ..world.record.record().clone() };
    let signed = SignedEpochRecord::sign(record, &signer).unwrap();
    let without = show(signed.as_str());
    assert_eq!(without.status, 4, "{}", without.out);
    assert!(without.out.contains("reader: undecided, issuer.key_unknown"), "{}", without.out);
    assert!(without.out.contains("cannot be verified here (no key history)"), "{}", without.out);
    let hex: String = signer.verifying_key().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let with = run(&["--key", &format!("{kid}={hex}"), "-"], signed.as_str().as_bytes());
    assert_eq!(with.status, 0, "{}", with.out);
}

#[test]
fn presentations_and_offers_are_shown_whole() {
    let world = World::new();
    let shown = world.presentation();
    let bytes = shown.to_bytes().unwrap();
    tells(
        &bytes,
        "presentation",
        &[
            ("presentation hash", presentation::hash(&bytes).to_string()),
            ("record hash", world.record.hash().to_string()),
            ("leaf", leaf(&world, 1)),
            ("account head in the record's tree", "yes".into()),
            ("rating [1] in the live tree", "yes, leaf 1 of 2".into()),
        ],
    );
    let mut swapped = shown;
    swapped.ledgers[0].live.reverse();
    assert!(show(swapped.to_bytes().unwrap()).out.contains("in the live tree: invalid: rating.not_live"));
    refused(&bytes[..bytes.len() - 2], "malformed.json");
    let offer = world.offer();
    let bytes = offer.to_bytes().unwrap();
    tells(
        &bytes,
        "offer",
        &[
            ("offer hash", offer::hash(&bytes).to_string()),
            ("leaf", leaf(&world, 0)),
            ("entries give the standing's heads", "yes, 2 entries and 2 live ratings".into()),
        ],
    );
    let mut other = serde_json::to_value(&offer).unwrap();
    other["v"] = j!(1);
    refused(other.to_string(), "unsupported.version");
}

#[test]
fn decisions_and_receipts_are_shown() {
    let world = World::new();
    let bytes = world.presentation().to_bytes().unwrap();
    let decision = DecisionDocument {
        v: 0,
        request: world.request.digest(),
        at: world.now,
        outcome: Outcome::Refused,
        reasons: vec![StatedReason::from(&Fault::new(Reason::RatingNotLive, "path"))],
        facts: Vec::new(),
        not_covered: Vec::new(),
        policy: None,
        notes: Vec::new(),
        notices: Vec::new(),
        sources: Vec::new(),
        remember: Remember { records: vec![world.record.as_str().to_owned()], status: Vec::new() },
        conflict: Vec::new(),
        private: Vec::new(),
        same_holder: None,
    };
    let record = ("record hash", world.record.hash().to_string());
    tells(json(&decision).unwrap(), "decision", std::slice::from_ref(&record));
    tells(json(&decision.for_holder()).unwrap(), "decision for the holder", &[]);
    let receipt = Receipt::new(&world.request, &bytes, &decision).sign(&world.signer).unwrap();
    tells(&receipt, "receipt", &[("signature", format!("valid under {}", world.signer.did()))]);
    let other = Signer::from_key(SigningKey::from_seed(&[8; 32]));
    refused(receipt.rsplit_once('.').unwrap().0.to_owned() + "." + &b64([0; 64]), "invalid.signature");
    refused(Receipt::new(&world.request, &bytes, &decision).sign(&other).unwrap(), "invalid.issuer");
    let outcome = PresentOutcome { decision: decision.for_holder(), receipt };
    let body = json(&outcome).unwrap();
    tells(&body, "outcome", &[]);
    let message = Message { head: PresentAnswer::Decided, body }.encode().unwrap();
    let valid = ("signature", format!("valid under {}", world.signer.did()));
    tells(&message, "message", &[valid]);
    let mut later = serde_json::to_value(&decision).unwrap();
    later["v"] = j!(1);
    refused(later.to_string(), "unsupported.version");
}

#[test]
fn small_objects_are_known_by_their_content() {
    let world = World::new();
    let entry = world.records[0].entry();
    tells(json(entry).unwrap(), "entry", &[("leaf", entry.leaf().unwrap().to_string())]);
    let text = json(&world.records[0]).unwrap();
    tells(&text, "record", &[("leaf", entry.leaf().unwrap().to_string())]);
    let root = world.ledger.head().log.root.to_string();
    tells(json(&world.records).unwrap(), "ledger (a list of records)", &[("log", root)]);
    // A tree of one leaf has its hash for a root.
    let only = world.record.record().accounts.root.to_string();
    let head = world.head.leaf().unwrap().to_string();
    tells(json(&world.head).unwrap(), "account head", &[("leaf", head), ("in the tree", only)]);
    tells(world.records[0].disclosures()[0].as_str(), "disclosure", &[]);
    let did = world.signer.did();
    tells(did.as_str(), "DID", &[("client_id", did.client_id())]);
    tells(did.client_id(), "client_id", &[]);
    let peer = PeerId::from_public_key([3; 32]);
    tells(peer.to_string(), "PeerId", &[("key", "03".repeat(32))]);
    tells(world.record.hash().to_string(), "bytes as text", &[]);
    tells("/ip4/127.0.0.1/tcp/4001", "address", &[]);
    tells(json(&Jwk::from(&world.holder.verifying_key())).unwrap(), "public key (JWK)", &[]);
    let capability = Capability::from_bytes([4; 16]);
    let at = vec!["/ip4/127.0.0.1/udp/4001/quic-v1".parse().unwrap()];
    let link = Link::new(LinkKind::Offer, peer, did.clone(), capability, world.now, at).unwrap();
    tells(link.to_string() + "\n", "link", &[]);
    refused(link.to_string().replace("v=0", "v=1"), "unsupported.version");
    let redeem = RedeemStatement {
        capability,
        challenge: "c".into(),
        issuer: did.clone(),
        node: peer,
        wallet: peer,
        since: None,
        commitment: None,
    };
    tells(
        json(&redeem).unwrap(),
        "redeem statement",
        &[("over", String::from_utf8(jcs(&redeem).unwrap()).unwrap())],
    );
    let renew = RenewStatement {
        capability,
        challenge: "random".into(),
        issuer: did.clone(),
        node: peer,
        wallet: peer,
        since: None,
    };
    tells(
        json(&renew).unwrap(),
        "renew statement",
        &[
            ("domain", "\"faam/renew/0\\n\"".into()),
            ("over", String::from_utf8(jcs(&renew).unwrap()).unwrap()),
        ],
    );
    let ask = Message { head: OfferAsk::Open { capability }, body: Vec::new() }.encode().unwrap();
    tells(&ask, "message", &[("protocol", "/faam/offer/1 or /faam/renew/1, from the wallet".into())]);
    let body = world.request.as_str().as_bytes().to_vec();
    let message = Message { head: PresentAnswer::Request, body }.encode().unwrap();
    let frame = [&(message.len() as u32).to_be_bytes()[..], &message].concat();
    tells(&frame, "frame", &[("request digest", world.request.digest().to_string())]);
    refused(&frame[..frame.len() - 1], "wire.message");
}

#[test]
fn a_vector_shows_its_input_and_is_not_judged_by_it() {
    let world = World::new();
    let input = world.ratings[0].to_text();
    for input in [j!(input), j!({"credential": input, "audience": "x"})] {
        let vector = j!({"id": "x-1", "req": ["REQ-1"], "attack": "A14", "description": "d", "input": input,
                         "now": 1_800_000_000, "expect": "refused", "reason": "invalid.key_binding.missing"});
        let run = show(vector.to_string());
        assert_eq!(run.status, 0, "{}", run.out);
        assert!(run.out.contains(&leaf(&world, 0)), "{}", run.out);
    }
    let out = show(j!({"id": "x-2", "input": "faam:offer?v=1", "expect": "refused"}).to_string()).out;
    assert!(out.contains("input: link") && out.contains("reader: refused"), "{out}");
}

#[test]
fn what_is_none_of_faams_is_said_to_be_so() {
    for other in ["", "hello", "\u{202e}", "..", "~~~", "did", "u", "z"] {
        let out = refused(other, "malformed");
        assert!(out.contains("not a Faam object"), "{out}");
    }
    let out = refused(r#"{"a": [1, 2.50], "b": 10000000000000000000000}"#, "malformed.json");
    assert!(out.contains("[1]: 2.50") && out.contains("b: 10000000000000000000000"), "{out}");
    refused("{\"a\": 1}", "malformed");
}

#[test]
fn kinds_can_be_forced_and_wrong_use_is_said() {
    let world = World::new();
    let text = world.list.as_str().as_bytes();
    let forced = run(&["--as", "epoch-record", "-"], text);
    assert_eq!(forced.status, 3);
    assert!(forced.out.contains("reader: refused, invalid.type"), "{}", forced.out);
    for args in [&[][..], &["--as", "x", "-"], &["--as"], &["--what", "-"], &["-", "-"], &["--key", "x", "-"]]
    {
        let run = run(args, b"");
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{args:?}");
        assert!(!run.err.is_empty());
    }
    let missing = run(&["/no/such/\u{1b}[31mfile"], b"");
    assert_eq!(missing.status, 1);
    assert!(!missing.err.contains('\u{1b}'), "{}", missing.err);
    let help = run(&["--help"], b"");
    assert!(help.status == 0 && help.out.contains("presentation") && help.out.contains("--json"));
    for kind in help.out.lines().last().unwrap().split_whitespace() {
        for input in [&b""[..], b"\xff", b"{}", b"eyJ.e.", text] {
            assert!(matches!(run(&["--as", kind, "-"], input).status, 0 | 3), "{kind}");
        }
    }
}

#[test]
fn a68_no_foreign_text_reaches_the_terminal_as_it_is() {
    let nasty = "\u{1b}[31m\u{9b}2J\u{202e}\u{200b}\u{2066}\u{feff}\u{e0041}\u{7f}\u{7}\r\nreader: accepted";
    let world = World::new();
    let comment = Disclosure::with_salt(nasty, j!({nasty: [nasty]}), nasty).unwrap();
    let mut inputs: Vec<Vec<u8>> = vec![
        nasty.into(),
        comment.as_str().into(),
        world.request.as_str().into(),
        world.ratings[0].to_text().into(),
        j!({nasty: nasty, "vp_token": {nasty: [nasty]}}).to_string().into(),
        j!({"vct": "urn:faam:rating:0", "entry": {nasty: nasty}, "_sd": [nasty, nasty]}).to_string().into(),
        b64(j!({"iss": nasty, "accounts": {nasty: nasty}}).to_string()).into(),
        j!({"credentials": [{nasty: nasty}]}).to_string().into(),
        j!({"input": nasty, "expect": nasty, "id": format!("did:key:{nasty}")}).to_string().into(),
        format!("faam:{nasty}?{nasty}={nasty}&v={nasty}").into(),
        format!("did:{nasty}").into(),
        format!("/dns4/{nasty}").into(),
        format!("12D3KooW{nasty}").into(),
    ];
    let payload = j!({"iss": nasty, "client_id": nasty, nasty: nasty, "vct": nasty, "_sd": [nasty, nasty]});
    for typ in ["dc+sd-jwt", "faam-epoch+jwt", "oauth-authz-req+jwt", nasty] {
        let jws = faam_spec::jws::sign(&payload, typ, Some(nasty), world.signer.key()).unwrap();
        inputs.push(format!("{jws}~{nasty}~{}~{nasty}", comment.as_str()).into());
        inputs.push(jws.into());
    }
    let head = j!({"m": nasty, nasty: nasty}).to_string();
    inputs.push([&(head.len() as u32).to_be_bytes()[..], head.as_bytes(), nasty.as_bytes()].concat());
    for input in inputs {
        for args in [&["-"][..], &["--all", "-"], &["--json", "-"]] {
            let run = run(args, &input);
            for c in run.out.chars().chain(run.err.chars()) {
                let bad = c.is_control() && c != '\n'
                    || matches!(u32::from(c), 0x200b..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0xfeff | 0xe0000..=0xe007f);
                assert!(!bad, "{c:?} in {}", run.out.escape_debug());
            }
            let spoofed = run.out.lines().any(|line| line.trim() == "reader: accepted");
            assert!(!spoofed || run.status == 0, "{}", run.out);
        }
    }
}

#[test]
fn a47_hostile_bytes_end_with_a_code() {
    let world = World::new();
    let mut rng = StdRng::seed_from_u64(11);
    let good: Vec<Vec<u8>> = vec![
        world.bound(&world.ratings[0]).to_text().into(),
        world.record.as_str().into(),
        world.presentation().to_bytes().unwrap(),
        world.offer().to_bytes().unwrap(),
        json(&world.records[0]).unwrap(),
        world.list.as_str().into(),
    ];
    for round in 0..60 {
        let mut bytes = good[round % good.len()].clone();
        match round % 3 {
            0 => bytes.truncate(rng.gen_range(0..bytes.len())),
            1 => {
                let at = rng.gen_range(0..bytes.len());
                bytes[at] ^= 1 << rng.gen_range(0..8);
            }
            _ => {
                bytes.resize(rng.gen_range(0..2000), 0);
                rng.fill_bytes(&mut bytes);
                if round % 2 == 0 {
                    bytes.splice(0..0, [0, 0, 0, 9, b'{']);
                }
            }
        }
        let run = show(&bytes);
        assert!(matches!(run.status, 0 | 3 | 4), "{}", run.status);
        assert!(round % 3 == 1 || run.status == 3, "{}", run.out);
    }
    for deep in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "[".repeat(40) + &"]".repeat(40)] {
        refused(deep, "too_large");
    }
    // A JWS in a JWS in a JWS, and so on.
    let mut nested = String::from("x");
    for _ in 0..24 {
        nested =
            faam_spec::jws::sign(&j!({"a": nested}), "faam-epoch+jwt", None, world.signer.key()).unwrap();
    }
    refused(j!({"vp_token": nested}).to_string(), "malformed");
}

#[test]
fn a20_size_is_compared_before_anything_is_read() {
    let big = vec![b'['; MAX_OFFER_BYTES + 1];
    refused(&big, "too_large");
    let mut many = b"[".to_vec();
    many.extend(b"[],".repeat(2_000_000));
    assert_eq!(show(&many).status, 3);
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let world = World::new();
    let mut command = Command::new(program());
    let mut child = command
        .args(["--all", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(&world.offer().to_bytes().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(err, "");
}
