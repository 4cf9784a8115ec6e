//! What decoders allocate for hostile lengths: a bound for each, as a multiple of the largest text of its format.
//!
//! Counted is what a thread holds at most beyond what it held before: the input is not counted, what is returned is. A buffer that grows
//! counts twice while it is copied, as it may be in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(unsafe_code, reason = "only an allocator sees what is allocated, and its trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use faam_issuer::read;
use faam_spec::decision::DecisionDocument;
use faam_spec::did::{Did, KeyHistories};
use faam_spec::domain::{TYP_EPOCH, TYP_REQUEST, TYP_SD_JWT_VC, TYP_STATUS_LIST, TYP_TERMS};
use faam_spec::encoding::{b64, multi, parse, parse_value, unb64, unmulti};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::{Hash, LedgerId, Salt};
use faam_spec::inspect::{Kind, inspect};
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::ledger::{Entry, Record};
use faam_spec::limits::{
    MAX_DISCLOSURE_BYTES, MAX_EPOCH_RECORD_BYTES, MAX_FRAME_BYTES, MAX_JSON_VALUES, MAX_JWT_BYTES,
    MAX_LINK_BYTES, MAX_MESSAGE_HEAD_BYTES, MAX_OFFER_BYTES, MAX_OUTCOME_BYTES, MAX_PRESENTATION_BYTES,
    MAX_REQUEST_BYTES, MAX_SD_JWT_BYTES, MAX_STATUS_LIST_BYTES,
};
use faam_spec::link::Link;
use faam_spec::name::{MarketId, Rater, Role};
use faam_spec::offer::{Offer, Terms};
use faam_spec::peer::{Address, PeerId};
use faam_spec::presentation::Presentation;
use faam_spec::query::Query;
use faam_spec::rating::Rating;
use faam_spec::reason::Reason;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::scale::Scale;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::standing::Standing;
use faam_spec::status::{SignedStatusList, StatusList};
use faam_spec::time::{Day, Timestamp};
use faam_spec::tree::Path;
use faam_spec::wire::{Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, PresentOutcome, pages};
use faam_verifier::{MemoryNonces, Pending, Sources, finish, start};
use rand::SeedableRng as _;
use serde_json::{Value, json};

/// Counts for each thread what it holds. None of the usual crates counts by thread, and tests run side by side.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed on to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.get().wrapping_add(layout.size());
        HELD.set(held);
        MOST.set(MOST.get().max(held));
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.set(HELD.get().wrapping_sub(layout.size()));
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most that `run` holds at once beyond what was held before, in bytes.
fn most<T>(run: impl FnOnce() -> T) -> usize {
    let before = HELD.get();
    MOST.set(before);
    drop(run());
    MOST.get() - before
}

fn signer() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[1; 32]))
}

fn now() -> Timestamp {
    Timestamp::new(1_795_262_400).unwrap()
}

fn pending() -> Pending {
    let ask = Ask {
        name: "Beta".into(),
        purpose: "To rent out a flat".into(),
        retention_days: 30,
        terms: None,
        query: Query::ratings("shop".parse().unwrap(), 0).unwrap(),
        life: 600,
    };
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    start(ask, PeerId::from_public_key([5; 32]), &signer(), now(), &mut rng).unwrap().1
}

type Decode = Box<dyn Fn(&[u8])>;

/// A decoder with the largest text that it reads, in bytes, and how many times that it may hold.
struct Row {
    name: &'static str,
    largest: usize,
    times: usize,
    decode: Decode,
}

fn row(name: &'static str, largest: usize, times: usize, decode: impl Fn(&[u8]) + 'static) -> Row {
    Row { name, largest, times, decode: Box::new(decode) }
}

/// A decoder of text; other bytes are nothing to it.
fn text(name: &'static str, largest: usize, times: usize, decode: impl Fn(&str) + 'static) -> Row {
    row(name, largest, times, move |bytes| {
        if let Ok(text) = core::str::from_utf8(bytes) {
            decode(text);
        }
    })
}

/// Every decoder, with its multiple.
///
/// What is read from JSON is first a tree of values: 32 bytes for each (and as much again while a list grows), about 650 for each object
/// with a member or a few, however short its text, and every string once more. The budget of 65,536 values and 16,384 containers holds
/// that at 13 MiB and the text for any JSON but an offer's, and a short text cannot spend it: `{"":0},` takes 7 bytes, so that
/// nothing is over 100 times its text. Then:
///
/// * what is *signed* is base64url of such JSON, three quarters of it, most of it held once: 75 times; for a record or a standing, its typed
///   form and what that would be written as come beside it;
/// * *long* formats are held by the budget and not by their length, so that their multiple is small;
/// * *texts* are copied once or twice, and errors hold nothing.
fn rows() -> Vec<Row> {
    let none = KeyHistories::new;
    let pending = pending();
    let mut rows = vec![
        text("did", 256, 4, |text| drop((text.parse::<Did>(), Did::from_client_id(text)))),
        text("peer", 64, 8, |text| drop(text.parse::<PeerId>())),
        text("address", 128, 4, |text| drop(text.parse::<Address>())),
        text("market", 64, 4, |text| drop(text.parse::<MarketId>())),
        text("role", 32, 4, |text| drop(text.parse::<Role>())),
        text("rater", 64, 4, |text| drop(text.parse::<Rater>())),
        text("scale", 20, 4, |text| drop(text.parse::<Scale>())),
        text("day", 10, 8, |text| drop(text.parse::<Day>())),
        text("time", 40, 8, |text| drop(text.parse::<Timestamp>())),
        text("path", 64 * 44, 2, |text| drop(text.parse::<Path>())),
        text("link", MAX_LINK_BYTES, 4, |text| drop(text.parse::<Link>())),
        text("disclosure", MAX_DISCLOSURE_BYTES, 80, |text| drop(Disclosure::parse(text))),
        text("sd_jwt", MAX_SD_JWT_BYTES, 80, |text| drop(SdJwt::parse(text))),
        text("rating", MAX_SD_JWT_BYTES, 80, move |text| {
            let _ = SdJwt::parse(text).and_then(|sd_jwt| Rating::open(&sd_jwt, &none(), now()));
        }),
        text("standing", MAX_SD_JWT_BYTES, 80, move |text| {
            let _ = SdJwt::parse(text).and_then(|sd_jwt| Standing::open(&sd_jwt, &none()));
        }),
        text("epoch", MAX_EPOCH_RECORD_BYTES, 80, move |text| drop(SignedEpochRecord::open(text, &none()))),
        text("status", MAX_STATUS_LIST_BYTES, 40, move |text| drop(SignedStatusList::open(text, &none()))),
        text("request", MAX_REQUEST_BYTES, 80, move |text| drop(SignedRequest::open(text, &none(), now()))),
        text("terms", MAX_MESSAGE_HEAD_BYTES, 80, move |text| {
            let (did, peer) = (signer().did().clone(), PeerId::from_public_key([5; 32]));
            let capability = faam_spec::hash::Capability::from_bytes([4; 16]);
            drop(Terms::open(text, &did, capability, (peer, peer), &none(), now()));
        }),
        text("event", read::MAX_JSON_LINE_BYTES, 100, |text| drop(read::json_line(text))),
    ];
    for bits in [1, 2, 4, 8] {
        // Of a list's text, not of what it expands to: that is at most 2^20 statuses, two texts long, and twice that while it grows.
        rows.push(text("lst", MAX_STATUS_LIST_BYTES, 8, move |text| {
            drop(StatusList::from_compressed(bits, text.get(..MAX_STATUS_LIST_BYTES).unwrap_or(text)));
        }));
    }
    let asked = pending.request().clone();
    rows.extend([
        row("json", MAX_PRESENTATION_BYTES, 6, |bytes| {
            drop(parse_value(bytes, MAX_PRESENTATION_BYTES, "json"));
        }),
        row("jwk", 4096, 100, |bytes| drop(parse::<Jwk>(bytes, 4096, "jwk"))),
        row("entry", MAX_FRAME_BYTES, 100, |bytes| drop(parse::<Entry>(bytes, MAX_FRAME_BYTES, "entry"))),
        row("query", MAX_REQUEST_BYTES, 100, |bytes| {
            let _ = parse_value(bytes, MAX_REQUEST_BYTES, "query").and_then(Query::try_from);
        }),
        // Disclosures of a record are read before they are compared with what a record may have: 32 at most.
        row("record", MAX_PRESENTATION_BYTES, 14, |bytes| {
            drop(parse::<Record>(bytes, MAX_PRESENTATION_BYTES, "record"));
        }),
        row("presentation", MAX_PRESENTATION_BYTES, 14, |bytes| drop(Presentation::parse(bytes))),
        row("finish", MAX_PRESENTATION_BYTES, 14, move |bytes| {
            drop(finish(&pending, bytes, &Sources::default(), &mut MemoryNonces::new(), now()));
        }),
        row("shown", MAX_PRESENTATION_BYTES, 14, move |bytes| {
            drop(faam_spec::receipt::shown_in(&asked, bytes))
        }),
        row("decision", MAX_PRESENTATION_BYTES, 6, |bytes| {
            drop(parse::<DecisionDocument>(bytes, MAX_PRESENTATION_BYTES, "decision"));
        }),
        row("outcome", MAX_OUTCOME_BYTES, 100, |bytes| {
            drop(parse::<PresentOutcome>(bytes, MAX_OUTCOME_BYTES, "outcome"));
        }),
        // Its budget is 700,000 values and 120,000 containers: 105 MiB at worst, and the text.
        row("offer", MAX_OFFER_BYTES, 6, |bytes| drop(Offer::parse(bytes))),
        row("pending", MAX_REQUEST_BYTES + 64, 100, |bytes| {
            drop(Pending::from_bytes(bytes, &KeyHistories::new(), now()));
        }),
        // The head is at most 8 KiB, whatever the frame; the body is copied.
        row("offer ask", MAX_FRAME_BYTES, 14, |bytes| drop(Message::<OfferAsk>::decode(bytes))),
        row("offer answer", MAX_FRAME_BYTES, 14, |bytes| drop(Message::<OfferAnswer>::decode(bytes))),
        row("present ask", MAX_FRAME_BYTES, 14, |bytes| drop(Message::<PresentAsk>::decode(bytes))),
        row("present answer", MAX_FRAME_BYTES, 14, |bytes| drop(Message::<PresentAnswer>::decode(bytes))),
    ]);
    rows
}

/// A JSON list with as many of `unit` as fit in `bytes`.
fn list_of(unit: &str, bytes: usize) -> String {
    format!("[{}0]", unit.repeat(bytes.saturating_sub(4) / unit.len()))
}

/// A disclosure at its largest whose value is as much as can be in memory.
fn heavy_disclosure(salt: usize) -> String {
    let value = list_of(r#"{"":0},"#, MAX_DISCLOSURE_BYTES / 4 * 3 - 40);
    let text = b64(format!(r#"["{salt}",{value}]"#));
    assert!(text.len() <= MAX_DISCLOSURE_BYTES && (salt > 0 || Disclosure::parse(&text).is_ok()));
    text
}

fn signed(payload: &str, typ: &str) -> String {
    let header = json!({"alg": "EdDSA", "kid": signer().key_id(), "typ": typ}).to_string();
    let text = format!("{}.{}", b64(header), b64(payload));
    format!("{text}.{}", b64(signer().key().sign(text.as_bytes()).to_bytes()))
}

/// A zlib stream of zeros, a thousandth of what it expands to.
fn bomb(expanded: usize) -> String {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; expanded]).unwrap();
    let bytes = encoder.finish().unwrap();
    assert!(bytes.len() * 800 < expanded, "{} for {expanded}", bytes.len());
    b64(bytes)
}

/// Lengths that are too long, claimed or true; made once.
fn hostile() -> &'static [(String, Vec<u8>)] {
    static HOSTILE: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    HOSTILE.get_or_init(make_hostile)
}

fn make_hostile() -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |what: &str, text: String| found.push((what.to_owned(), text.into_bytes()));
    // JSON: deep, many, long.
    for open in ["[", r#"{"a":"#] {
        add("10,000 deep", open.repeat(10_000));
    }
    let sizes = [
        4096,
        MAX_MESSAGE_HEAD_BYTES - 8,
        read::MAX_JSON_LINE_BYTES,
        MAX_REQUEST_BYTES,
        MAX_FRAME_BYTES,
        MAX_PRESENTATION_BYTES,
        MAX_OFFER_BYTES,
    ];
    for size in sizes {
        // Of the longest ones only the heaviest: what is true of the others is seen before.
        let units: &[&str] = &[r#"{"":0},"#, "0,", "[],", r#""","#, r#"[[[{"":[]}]]],"#];
        let few = if size > MAX_FRAME_BYTES { 1 } else { units.len() };
        for unit in &units[..few] {
            add(&format!("{unit} to {size}"), list_of(unit, size));
        }
    }
    add("65,537 values", list_of("0,", 2 * MAX_JSON_VALUES + 2));
    for unit in ["x", "\\u0000", "é"] {
        add("a string of 1 MB", format!("\"{}\"", unit.repeat(1_000_000 / unit.len())));
        add("a name of 1 MB", format!("{{\"{}\":0}}", unit.repeat(1_000_000 / unit.len())));
    }
    // Texts.
    let did = signer().did().to_string();
    for long in ["1", "a.b:", "\u{202e}", "AAAA"] {
        let long = long.repeat(3_000_000 / long.len());
        for prefix in
            ["", "u", "did:key:z", "did:webvh:", "decentralized_identifier:did:key:z", "12D3KooW", "/dns4/"]
        {
            add("a text of 3 MB", format!("{prefix}{long}"));
        }
    }
    add("a DID of 256 bytes", format!("did:key:z{}", "1".repeat(247)));
    add(
        "a link of 1 MB",
        format!("faam:offer?v=0&peer=x&did={did}{}", "&at=/ip4/1.1.1.1/tcp/1".repeat(45_000)),
    );
    add("a link of 1,200 bytes", format!("faam:offer?v=0{}", "&".repeat(1186)));
    add("a path of 1 MB", multi(vec![7; 700_000]));
    add("a path of 64 hashes", multi([7; 64 * 32]));
    add("a line without an end", "7,".repeat(2_000_000));
    // Credentials.
    let heavy: Vec<String> = (0..260).map(heavy_disclosure).collect();
    add("a heavy disclosure", heavy[0].clone());
    let jwt = signed(r#"{"_sd":[]}"#, TYP_SD_JWT_VC);
    add("10,000 disclosures", format!("{jwt}{}", "~WyJzIiwxXQ".repeat(10_000)));
    add("64 KiB of tildes", format!("{jwt}{}", "~".repeat(MAX_SD_JWT_BYTES - jwt.len())));
    let small = "~WyIiLFtdXQ".repeat(64);
    add("64 disclosures", format!("{jwt}{small}~"));
    let credential = format!("{jwt}~{}~", heavy[..3].join("~"));
    assert!(SdJwt::parse(&credential).is_ok());
    add("a heavy credential", credential.clone());
    // Payloads behind a signature, at the largest of each format.
    for (typ, size) in [
        (TYP_SD_JWT_VC, MAX_JWT_BYTES),
        (TYP_EPOCH, MAX_EPOCH_RECORD_BYTES),
        (TYP_STATUS_LIST, MAX_STATUS_LIST_BYTES),
        (TYP_REQUEST, MAX_REQUEST_BYTES),
        (TYP_TERMS, MAX_MESSAGE_HEAD_BYTES),
    ] {
        for unit in ["0,", r#"{"":0},"#] {
            let (iss, client_id) = (&did, signer().did().client_id());
            let head = format!(r#"{{"iss":"{iss}","client_id":"{client_id}","iat":1795262400,"list":"#);
            let payload = format!("{head}{}}}", list_of(unit, size / 4 * 3 - head.len() - 400));
            let text = signed(&payload, typ);
            assert!(text.len() <= size, "{}", text.len());
            add(
                &format!("a payload of {unit}"),
                if typ == TYP_SD_JWT_VC { format!("{text}~") } else { text },
            );
        }
    }
    // Answers and offers full of what is heavy.
    let answer = |standing: &str, ratings: &[String], replies: Vec<Value>| {
        json!({"v": 0, "vp_token": {"standing": [standing], "ratings": ratings}, "ledgers": [{
            "standing": "standing", "ratings": "ratings", "record": "", "account": {"at": 0, "path": "u"},
            "live": vec![json!({"at": 0, "path": "u"}); ratings.len()], "replies": replies,
        }]})
        .to_string()
    };
    add("80 heavy credentials", answer(&credential, &vec![credential.clone(); 80], Vec::new()));
    add(
        "1,000 heavy ratings",
        answer(&jwt, &vec![format!("{jwt}~{}~", &heavy[0][..3000]); 1000], Vec::new()),
    );
    let entry = json!({"v": 0, "ledger": LedgerId::from_bytes([1; 16]), "index": 0, "kind": "binding",
        "salt": Salt::from_bytes([1; 16]), "day": "2026-01-01"});
    let record = |count: usize| json!({"entry": entry, "disclosures": &heavy[..count]});
    for count in [32, 33, 240] {
        add(&format!("a record with {count} heavy disclosures"), record(count).to_string());
        add(
            &format!("a reply with {count}"),
            answer("~", &[], vec![json!({"record": record(count), "path": "u"})]),
        );
    }
    let offer = |entries: Value| {
        json!({"v": 0, "iss": did, "market": "shop", "ledger": LedgerId::from_bytes([1; 16]), "since": 0,
            "entries": entries, "standing": "", "record": "", "account": {"at": 0, "path": "u"}, "status": []})
        .to_string()
    };
    let many: Vec<&String> = heavy.iter().cycle().take(600).collect();
    add("an offer with heavy disclosures", offer(json!([{"record": {"entry": entry, "disclosures": many}}])));
    add("an offer of 25,000 entries", offer(json!(vec![json!({"record": {"entry": entry}}); 25_000])));
    add("a presentation of 100,000 empty ratings", answer("~", &vec![String::new(); 100_000], Vec::new()));
    // Status lists.
    for expanded in [MAX_STATUS_LIST_BYTES / 4 + 1, 1 << 20, 128 << 20] {
        let lst = bomb(expanded);
        let list = json!({"iss": did, "sub": "urn:faam:status:x", "iat": 1_795_262_400,
            "status_list": {"bits": 8, "lst": lst}});
        add(&format!("a list that expands to {expanded}"), lst);
        add(&format!("a signed list that expands to {expanded}"), signed(&list.to_string(), TYP_STATUS_LIST));
    }
    // Messages that claim what they do not hold, at the frame's largest and beyond.
    for claimed in [u64::MAX, u64::from(u32::MAX), u64::from(u32::MAX) << 32, 1 << 63, 8192 << 32, 8193 << 32]
    {
        let claim = claimed.to_be_bytes().to_vec();
        found.push((format!("claims {claimed:x}"), claim.clone()));
        let full = [claim.clone(), vec![b'0'; MAX_FRAME_BYTES - 8]].concat();
        found.push((format!("a frame that claims {claimed:x}"), full));
        found.push((
            format!("a frame over the bound that claims {claimed:x}"),
            [claim, vec![0; 2 << 20]].concat(),
        ));
    }
    for unit in ["0,", r#"{"":0},"#] {
        let head = list_of(unit, MAX_MESSAGE_HEAD_BYTES);
        let length = u32::try_from(head.len()).unwrap().to_be_bytes();
        let frame = [&length[..], head.as_bytes(), &vec![0; MAX_FRAME_BYTES - 4 - head.len()]].concat();
        found.push((format!("a head of {unit}"), frame));
    }
    found
}

#[test]
fn a20_a47_what_decoders_hold_is_a_small_multiple_of_their_format() {
    let hostile = hostile();
    let mut wrong = Vec::new();
    for row in rows() {
        let (held, what) =
            hostile.iter().map(|(what, bytes)| (most(|| (row.decode)(bytes)), what)).max().unwrap();
        let times = held.div_ceil(row.largest);
        println!(
            "{:>14}: {held:>10} bytes, {times:>3} of {:>3} times {:>9}: {what}",
            row.name, row.times, row.largest
        );
        if times > row.times {
            wrong.push(format!(
                "{}: {held} bytes are over {} times {}: {what}",
                row.name, row.times, row.largest
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is written is gone.
struct Gone;

impl std::fmt::Write for Gone {
    fn write_str(&mut self, _: &str) -> std::fmt::Result {
        Ok(())
    }
}

/// What `bytes` take as a member of an object, as `name`.
fn within(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(bytes).ok().filter(|text| text.len() < MAX_PRESENTATION_BYTES - 100)?;
    let member = if text.starts_with(['{', '[']) { text.to_owned() } else { json!(text).to_string() };
    Some(format!(r#"{{"v":0,"vp_token":[{{"{name}":{member}}}]}}"#).into_bytes())
}

#[test]
fn a20_a85_less_than_16_mib_are_held_of_what_is_looked_at() {
    let none = KeyHistories::new();
    let shown = |kind, bytes: &[u8], all| write!(Gone, "{}", inspect(bytes, kind, all, &none)).unwrap();
    let told = |kind, bytes: &[u8], all| {
        serde_json::to_writer(std::io::sink(), &inspect(bytes, kind, all, &none)).unwrap();
    };
    let of_an_offer = |kind: &Kind| matches!(kind, Kind::Offer | Kind::Ledger);
    let (mut wrong, mut most_held) = (Vec::new(), 0);
    // Each takes long where nothing is optimised; with FAAM_LOOKED=all it is all of them.
    let step = if std::env::var("FAAM_LOOKED").is_ok_and(|which| which == "all") { 1 } else { 8 };
    for (at, (what, bytes)) in hostile().iter().enumerate().filter(|(at, _)| at % step == 0) {
        // What is small is looked at as every kind, the rest as what its content tells and as what is read whole.
        let all = Kind::ALL.iter().copied().filter(|kind| !of_an_offer(kind)).map(Some);
        let few = if bytes.len() > 1_000_000 {
            &[None][..]
        } else {
            &[None, Some(Kind::Presentation), Some(Kind::Record)]
        };
        let kinds: Vec<_> = if bytes.len() > 10_000 { few.to_vec() } else { all.chain([None]).collect() };
        let mut tried: Vec<_> = kinds.iter().map(|kind| (*kind, bytes.clone())).collect();
        if bytes.len() < 1_000_000 || (at / step) % 4 == 0 {
            tried.extend(
                within(if (at / step) % 2 == 0 { "entry" } else { "x" }, bytes).map(|bytes| (None, bytes)),
            );
        }
        for (kind, bytes) in tried {
            // Of the largest that are shown whole there would be millions of lines.
            let whole = bytes.len() < 100_000;
            let held = most(|| shown(kind, &bytes, whole)).max(most(|| told(kind, &bytes, false)));
            // An offer is what a wallet is brought: it has the budget of its reader, at most six times its largest (see `rows`).
            let bound = if what.starts_with("an offer") { 6 * MAX_OFFER_BYTES } else { 16 << 20 };
            most_held = most_held.max(if bound == 16 << 20 { held } else { 0 });
            if held >= bound {
                wrong.push(format!("{held} bytes for {what} of {} as {kind:?}", bytes.len()));
            }
        }
    }
    println!("at most {most_held} bytes");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a20_what_is_too_large_is_refused_before_it_is_read() {
    let hostile = hostile();
    for row in rows().iter().filter(|row| row.name != "lst") {
        for (what, bytes) in hostile.iter().filter(|(_, bytes)| bytes.len() > row.largest) {
            let held = most(|| (row.decode)(bytes));
            // Making and dropping what the call itself takes, and for a judgement the document that says so.
            let own = most(|| (row.decode)(b""));
            assert!(held <= own + 256, "{}: {held} bytes for {what}", row.name);
        }
    }
}

#[test]
fn a20_ten_thousand_disclosures_are_counted_and_not_kept() {
    let jwt = signed(r#"{"_sd":[]}"#, TYP_SD_JWT_VC);
    let most_that_fit = (MAX_SD_JWT_BYTES - jwt.len() - 1) / 2;
    for count in [65, most_that_fit, 10_000] {
        let text = format!("{jwt}{}~", "~x".repeat(count));
        assert_eq!(SdJwt::parse(&text).unwrap_err().reason(), Reason::TooLarge, "{count}");
        assert!(most(|| SdJwt::parse(&text)) <= 256, "{count}");
    }
    // In a record, which has no more disclosures than its entry has digests, the rest is not looked at.
    let entry = json!({"v": 0, "ledger": LedgerId::from_bytes([1; 16]), "index": 0, "kind": "binding",
        "salt": Salt::from_bytes([1; 16]), "day": "2026-01-01"});
    let heavy: Vec<String> = (0..100).map(heavy_disclosure).collect();
    // Nor are two of them taken apart at a time, however many it may have.
    let alone = most(|| Disclosure::parse(&heavy[0]));
    for count in [1, 32, 100] {
        let text = json!({"entry": entry, "disclosures": &heavy[..count]}).to_string();
        let held = most(|| parse::<Record>(text.as_bytes(), text.len(), "record"));
        assert!(held <= 3 * text.len() + alone + 4096, "{count}: {held}, alone {alone}");
    }
}

#[test]
fn a38_a_list_that_expands_past_the_cap_is_not_held() {
    let lst = bomb(128 << 20);
    let compressed = unb64(&lst, "bomb").unwrap().len();
    for bits in [1, 2, 4, 8] {
        let cap = (1 << 20) * usize::from(bits) / 8;
        let told = StatusList::from_compressed(bits, &lst).map_err(|fault| fault.reason());
        assert_eq!(told, Err(Reason::TooLarge));
        let held = most(|| StatusList::from_compressed(bits, &lst));
        // The compressed bytes, what is kept of the expanded ones (three times while the buffer grows), and the decoder's window.
        assert!(held <= compressed + 3 * cap + 128 * 1024, "{bits}: {held}");
    }
    let list = json!({"iss": signer().did(), "sub": "urn:faam:status:x", "iat": 1_795_262_400,
        "status_list": {"bits": 1, "lst": lst}});
    let text = signed(&list.to_string(), TYP_STATUS_LIST);
    let told = SignedStatusList::open(&text, &KeyHistories::new()).map_err(|fault| fault.reason());
    assert_eq!(told.unwrap_err(), Reason::TooLarge);
}

#[test]
fn a47_claimed_lengths_allocate_nothing() {
    for claimed in [u32::MAX, 1 << 31, 65_536, 8193] {
        for rest in [0, 1, 1000, MAX_FRAME_BYTES - 4] {
            let bytes = [&claimed.to_be_bytes()[..], &vec![0xff; rest]].concat();
            assert_eq!(Message::<OfferAsk>::decode(&bytes).unwrap_err().reason(), Reason::TooLarge);
            assert_eq!(most(|| Message::<OfferAsk>::decode(&bytes)), 0, "{claimed} {rest}");
            assert_eq!(most(|| Message::<PresentAnswer>::decode(&bytes)), 0, "{claimed} {rest}");
        }
    }
    // A size that an answer states is a number and nothing else until pages come.
    let hash = Hash::of(b"", b"");
    let transfer = faam_spec::hash::Capability::from_bytes([4; 16]);
    let ready = OfferAnswer::Ready { transfer, bytes: (1 << 53) - 1, hash };
    let frame = Message::new(ready).encode().unwrap();
    assert!(most(|| Message::<OfferAnswer>::decode(&frame)) < 8192);
    for bytes in ["18446744073709551615", "9007199254740992", "4294967295.0", "-1"] {
        let head = format!(r#"{{"m":"ready","transfer":"{transfer}","bytes":{bytes},"hash":"{hash}"}}"#);
        let length = u32::try_from(head.len()).unwrap().to_be_bytes();
        let frame = [&length[..], head.as_bytes()].concat();
        assert_eq!(
            Message::<OfferAnswer>::decode(&frame).unwrap_err().reason(),
            Reason::WireMessage,
            "{bytes}"
        );
    }
    assert_eq!(most(|| pages(u64::MAX)), 0);
    assert!(unmulti(&multi([1, 2]), "counted").is_ok() && most(|| unmulti(&multi([1, 2]), "counted")) > 0);
}

#[test]
fn a47_lines_without_an_end_are_not_held() {
    let scale: Scale = "-10..10".parse().unwrap();
    let role: Role = "trader".parse().unwrap();
    for unit in ["7,", "{\"a\":", "x", " "] {
        let endless = unit.repeat(2_000_000);
        let held = most(|| read::csv(endless.as_bytes(), scale, role.clone()).map(|rows| rows.len()));
        // The reader's buffer, and a line that grows to its bound.
        assert!(held <= 16 * 1024 + 8 * read::MAX_CSV_LINE_BYTES, "{held}");
        let held = most(|| read::json_lines(endless.as_bytes()).count());
        assert!(held <= 16 * 1024 + 8 * read::MAX_JSON_LINE_BYTES, "{held}");
    }
}
