//! Interoperation with the Python reference implementation of SD-JWT; `examples/interop/run` does the whole of it.
//!
//! `cargo run -p faam-examples --example interop -- make DIR` writes what our issuer signed and our wallet bound, for `check.py`.
//! `cargo run -p faam-examples --example interop -- check DIR` verifies what `issue.py` wrote.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use faam_examples::Result;
use faam_issuer::{Issuer, Profile, Secrets, read};
use faam_spec::domain::{VCT_RATING, VCT_STANDING};
use faam_spec::key::{Jwk, PublicKey, SigningKey};
use faam_spec::reason::{Fault, Reason};
use faam_spec::sdjwt::vc::{Expected, verify, verify_unbound};
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::time::{EpochLength, Timestamp};
use rand::rngs::OsRng;
use serde_json::{Map, Value, json};

/// What happened in the market: one rating with everything that can be disclosed of one.
const EVENT: &str = r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5",
    "at":"2026-01-05T10:00:00Z","comment":"As promised – größer als erwartet 🌷","category":"bicycles",
    "aspects":{"punctual":5,"as_described":4}}"#;
/// Which disclosures a presentation keeps.
type Keep = fn(&Disclosure) -> bool;
/// To whom ours are shown.
const AUDIENCE: &str = "decentralized_identifier:did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
/// What that one asked with.
const NONCE: &str = "bUtJdjJESWdmTWNjb011YQ";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", folder] => make(Path::new(folder)),
        ["check", folder] => check(Path::new(folder)),
        _ => return Err("say: interop make DIR, or interop check DIR".into()),
    }?;
    Ok(writeln!(std::io::stdout(), "{done}")?)
}

fn now() -> Result<Timestamp> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(Timestamp::new(i64::try_from(seconds)?)?)
}

// ---- ours, for them

/// Issues and binds, and writes each presentation with what it says.
fn make(folder: &Path) -> Result<String> {
    let now = now()?;
    let holder = SigningKey::random(&mut OsRng);
    let profile = Profile { market: "shop".parse()?, epoch: EpochLength::WEEK };
    let mut issuer = Issuer::new(profile, Secrets::random(&mut OsRng));
    let account = "7".parse()?;
    issuer.apply(&read::json_line(EVENT)?, &mut OsRng)?;
    issuer.open_epoch(now, &mut OsRng)?;
    issuer.bind(&account, &holder.verifying_key(), false, now, &mut OsRng)?;
    let offer = issuer.offer(&account, None, now)?;

    let offered = offer.entries.first().ok_or("nothing was offered")?;
    let jwt = offered.jwt.clone().ok_or("the rating has no credential")?;
    let rating = SdJwt::from_parts(jwt, offered.record.disclosures().to_vec());
    let standing = SdJwt::parse(&offer.standing)?;
    if rating.disclosures().len() < 4 {
        return Err("the rating should have more to disclose".into());
    }

    let issuer_key = issuer.signer().verifying_key();
    let chosen: [(&str, &SdJwt, &str, Keep); 4] = [
        ("a rating, whole", &rating, VCT_RATING, |_| true),
        ("a rating, its comment alone", &rating, VCT_RATING, |d| d.name() == Some("comment")),
        ("a rating, nothing disclosed", &rating, VCT_RATING, |_| false),
        ("a standing", &standing, VCT_STANDING, |_| true),
    ];
    let mut cases = Vec::new();
    for (name, credential, vct, keep) in chosen {
        let bound = credential.select(keep).bind(&holder, AUDIENCE, NONCE, now)?;
        let claims = bound.open(&issuer_key)?.claims;
        cases.push(json!({"name": name, "presentation": bound.to_text(), "vct": vct, "claims": claims}));
    }
    let count = cases.len();
    let all = json!({
        "issuer": issuer.did(), "issuer_jwk": Jwk::from(&issuer_key), "audience": AUDIENCE, "nonce": NONCE,
        "holder_jwk": Jwk::from(&holder.verifying_key()), "cases": cases,
    });
    std::fs::write(ours(folder), serde_json::to_vec_pretty(&all)?)?;
    Ok(format!("Faam issued and bound {count} presentations."))
}

fn ours(folder: &Path) -> PathBuf {
    folder.join("ours.json")
}

// ---- theirs, by us

/// Verifies each presentation of theirs, and sees it refused where one thing is not as it was asked.
fn check(folder: &Path) -> Result<String> {
    let now = now()?;
    let all: Value = serde_json::from_slice(&std::fs::read(folder.join("theirs.json"))?)?;
    let cases = all.get("cases").and_then(Value::as_array).ok_or("no cases")?;
    if cases.is_empty() {
        return Err("no cases".into());
    }
    for case in cases {
        let name = text(case, "name")?;
        one(case, now).map_err(|error| format!("{name}: {error}"))?;
        writeln!(std::io::stdout(), "  ✓ {name}")?;
    }
    Ok(format!("Faam verified {} credentials of the Python package.", cases.len()))
}

fn one(case: &Value, now: Timestamp) -> Result<()> {
    let issuer = PublicKey::from_jwk(member(case, "issuer_jwk")?)?;
    let holder = PublicKey::from_jwk(member(case, "holder_jwk")?)?;
    let (presentation, issuance) = (text(case, "presentation")?, text(case, "issuance")?);
    let vct = Some(text(case, "vct")?);
    let (audience, nonce) = (text(case, "audience")?, text(case, "nonce")?);
    let expected = Expected { vct, audience, nonce, max_age: 300, max_future: 60 };

    let verified = verify(presentation, &issuer, &expected, now)?;
    same(verified.claims(), member(case, "claims")?)?;
    if verified.holder() != &holder || verified.issuer() != Some(text(case, "issuer")?) {
        return Err("issuer or holder differ".into());
    }
    let (idx, uri) = verified.status().ok_or("no status")?;
    if json!({"idx": idx, "uri": uri}) != *member(case, "status")? {
        return Err("the status differs".into());
    }
    let issued = verify_unbound(issuance, &issuer, vct, now)?;
    same(issued.claims(), member(case, "all_claims")?)?;

    let late = now.plus(3600);
    let refusals = [
        (
            verify(presentation, &issuer, &Expected { vct: Some("urn:other"), ..expected }, now),
            Reason::InvalidType,
        ),
        (
            verify(presentation, &issuer, &Expected { nonce: "other", ..expected }, now),
            Reason::KeyBindingNonce,
        ),
        (
            verify(presentation, &issuer, &Expected { audience: "other", ..expected }, now),
            Reason::KeyBindingAudience,
        ),
        (verify(presentation, &issuer, &expected, late), Reason::KeyBindingStale),
        (verify(issuance, &issuer, &expected, now), Reason::KeyBindingMissing),
        (verify(&fewer(presentation)?, &issuer, &expected, now), Reason::KeyBindingHash),
    ];
    for (result, reason) in refusals {
        match result.map_err(|fault: Fault| fault.reason()) {
            Err(why) if why == reason => {}
            Err(why) => return Err(format!("{} where {} was expected", why.code(), reason.code()).into()),
            Ok(_) => return Err(format!("accepted where {} was expected", reason.code()).into()),
        }
    }
    Ok(())
}

/// The same presentation without its last disclosure.
fn fewer(presentation: &str) -> Result<String> {
    let (rest, key_binding) = presentation.rsplit_once('~').ok_or("no key binding")?;
    let (rest, _) = rest.rsplit_once('~').ok_or("no disclosure")?;
    Ok(format!("{rest}~{key_binding}"))
}

fn same(claims: &Map<String, Value>, expected: &Value) -> Result<()> {
    let expected = expected.as_object().ok_or("no claims")?;
    if claims == expected { Ok(()) } else { Err(format!("read {claims:?}, expected {expected:?}").into()) }
}

fn member<'a>(case: &'a Value, name: &str) -> Result<&'a Value> {
    case.get(name).ok_or_else(|| format!("no {name}").into())
}

fn text<'a>(case: &'a Value, name: &str) -> Result<&'a str> {
    member(case, name)?.as_str().ok_or_else(|| format!("{name} is no text").into())
}
