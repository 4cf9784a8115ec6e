//! Every codec: what is written is read as the same value, in one text, and any other text for that value is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use core::fmt::{Debug, Display};
use core::str::FromStr;
use std::collections::BTreeMap;

use faam_spec::bbs::{BbsPublicKey, BbsSignature, Commitment, Entropy, Pseudonym};
use faam_spec::decision::{HolderDecision, Outcome, StatedReason};
use faam_spec::did::{Did, KeyHistories};
use faam_spec::domain::PRIVATE_SUITE;
use faam_spec::encoding::{b64, jcs, json, multi, parse, parse_value, unb64, unmulti};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::grid::{GRID_VERSION, MILESTONES, Metric, Milestone, Steps};
use faam_spec::hash::{Capability, Hash, LedgerId, Salt};
use faam_spec::key::{Jwk, SigningKey, VerifyingKey};
use faam_spec::ledger::{Asker, Body, DisputeState, Entry, Ledger, Record, names};
use faam_spec::limits::MIN_GROUP;
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::{MarketId, Rater, Role};
use faam_spec::offer::{HeldHead, Offer, OfferedEntry, RenewedRating, Terms};
use faam_spec::peer::{Address, PeerId};
use faam_spec::presentation::{Inclusion, LedgerProof, LoggedRecord, Presentation, PrivateShown};
use faam_spec::private::{Group, OfferedPrivate, PrivateTerms};
use faam_spec::query::{LedgerQuery, Query, RatingsQuery};
use faam_spec::rating::{self, Rating};
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::scale::{Scale, Score};
use faam_spec::sdjwt::{Disclosure, SdDigest, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::standing::{self, Standing, Statement};
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::{Day, EpochLength, Timestamp};
use faam_spec::tree::{Path, Tree, TreeHead};
use faam_spec::wire::{
    Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, RenewAnswer, RenewAsk, page, pages,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json as value};

mod objects;
mod texts;
mod values;

const LIMIT: usize = 1 << 22;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

// What is held of every codec.

/// A value with one text: written, read, and no other text near it is read as the same.
fn one_text<T: FromStr + Display + PartialEq + Debug + Serialize + DeserializeOwned>(value: &T)
where
    T::Err: Debug,
{
    let text = value.to_string();
    assert_eq!(text.parse::<T>().as_ref().unwrap(), value);
    assert_eq!(serde_json::to_value(value).unwrap(), Value::String(text.clone()));
    assert_eq!(&serde_json::from_value::<T>(Value::String(text.clone())).unwrap(), value);
    let swapped: String = text
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    let others = [
        format!(" {text}"),
        format!("{text} "),
        format!("{text}\n"),
        format!("{text}="),
        format!("+{text}"),
        swapped,
    ];
    for other in others.into_iter().filter(|other| *other != text) {
        assert_ne!(other.parse::<T>().ok().as_ref(), Some(value), "{other:?} is another text for it");
    }
}

/// An object with one text but for white space and the order of members.
fn one_form<T: Serialize + DeserializeOwned + PartialEq + Debug>(object: &T) {
    let text = json(object).unwrap();
    let read: T = parse(&text, LIMIT, "t").unwrap();
    assert_eq!(&read, object);
    let canonical = jcs(object).unwrap();
    assert_eq!(&parse::<T>(&canonical, LIMIT, "t").unwrap(), object, "the canonical text is one of them");
    assert_eq!(jcs(&parse_value(&text, LIMIT, "t").unwrap()).unwrap(), canonical);
    let spaced = serde_json::to_vec_pretty(object).unwrap();
    assert_eq!(&parse::<T>(&spaced, LIMIT, "t").unwrap(), object);
    let reason = |text: &[u8]| parse::<T>(text, LIMIT, "t").map_err(|fault| fault.reason()).err();
    assert_eq!(reason(&[&text[..], b"0"].concat()), Some(Reason::MalformedJson), "nothing follows");
    let members = match serde_json::to_value(object).unwrap() {
        Value::Object(members) => members,
        _ => return,
    };
    let text = core::str::from_utf8(&text).unwrap();
    let list: Vec<&Value> = members.values().collect();
    assert!(reason(&json(&list).unwrap()).is_some(), "an array is no object");
    for (name, member) in &members {
        let twice = format!("{{{}:{member},{}", serde_json::to_string(name).unwrap(), &text[1..]);
        assert_eq!(reason(twice.as_bytes()), Some(Reason::MalformedJson), "{name} stands twice");
        let mut changed = members.clone();
        changed.insert(name.clone(), Value::Null);
        assert!(reason(&json(&changed).unwrap()).is_some(), "{name} is null");
    }
    let mut more = members;
    more.insert("unknown".into(), value!(1));
    assert!(reason(&json(&more).unwrap()).is_some(), "a member that no page names");
}

/// Why it was refused, if it was.
fn reason_of<T>(result: Result<T, Fault>) -> Option<Reason> {
    result.err().map(|fault| fault.reason())
}

/// A map of the kinds that strategies give is what JSON holds: order of members does not matter to a value.
#[test]
fn members_in_any_order_are_one_value() {
    let one: BTreeMap<&str, u8> = [("a", 1), ("b", 2)].into();
    let other: Map<String, Value> =
        [("b".to_owned(), value!(2)), ("a".to_owned(), value!(1))].into_iter().collect();
    assert_eq!(jcs(&one).unwrap(), jcs(&other).unwrap());
}
