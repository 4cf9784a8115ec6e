//! Private standings in an offer, and the commitment for which they are made: REQ-OFFER-35, REQ-PRIVATE-6 and REQ-PRIVATE-7.

use std::collections::BTreeMap;

use faam_spec::bbs::{BbsSignature, Entropy, KeyPair};
use faam_spec::domain::PRIVATE_SUITE;
use faam_spec::encoding::multi;
use faam_spec::grid::{GRID_VERSION, MILESTONES, Measures};
use faam_spec::name::Role;
use faam_spec::offer::Offer;
use faam_spec::private::{self, OfferedPrivate, PrivateTerms};
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

use super::market::{Market, start, week};
use super::{after, receiving};
use crate::vectors::make::Cases;
use crate::vectors::make::private::known_secrets;

pub(super) fn cases(cases: &mut Cases) {
    commitments(cases);
    entropy(cases);
    roles(cases);
}

fn commitments(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-35", "private.commitment");
    let binding = |commitment: &[u8]| json!({"operation": "bind", "commitment": multi(commitment)});
    let right = *known_secrets().0.commitment.as_bytes();
    cases.accept(req, "bind", "A commitment with its proof.", binding(&right));
    let mut bad = |id: &str, description: &str, commitment: &[u8]| {
        cases.refuse(req, id, code, description, binding(commitment)).attack("A32");
    };
    let flipped = |at: usize| {
        let mut bytes = right;
        bytes[at] ^= 1;
        bytes
    };
    bad("bind-point", "A bit of the commitment's point is flipped.", &flipped(47));
    bad("bind-nym", "A bit of the proof's first scalar is flipped.", &flipped(48 + 31));
    bad("bind-blind", "A bit of the proof's second scalar is flipped.", &flipped(80 + 31));
    bad("bind-challenge", "A bit of the proof's challenge is flipped.", &flipped(143));
    let mut identity = right;
    identity[..48].fill(0);
    identity[0] = 0xc0;
    bad("bind-identity", "The commitment is the identity.", &identity);
    let mut negated = right;
    negated[0] ^= 0x20;
    bad("bind-negated", "The commitment's point is negated.", &negated);
    let mut zeros = right;
    zeros[48..].fill(0);
    bad("bind-zeros", "The proof's scalars are 0.", &zeros);
    bad("bind-ones", "Every bit is set.", &[0xff; 144]);
}

fn key() -> KeyPair {
    faam_bbs::backend().key_pair(&[1; 32], b"vectors").unwrap()
}

/// An offer of everything from `since` on, with private standings that are as they should be.
fn offer(market: &mut Market, since: u64, at: Timestamp, entropy: &Entropy) -> Offer {
    let mut draft = market.draft(since, at);
    draft.record.private = Some(PrivateTerms {
        suite: PRIVATE_SUITE.to_owned(),
        grid: GRID_VERSION,
        messages: MILESTONES as u64,
        key: key().public,
        bound: 0,
        groups: BTreeMap::new(),
    });
    let mut offer = market.publish(&draft);
    let record = draft.signed_record();
    let as_of = record.record().begins().day();
    let commitment = known_secrets().0.commitment;
    let sign = |role: &str| -> (Role, BbsSignature) {
        let role: Role = role.parse().unwrap();
        let steps = Measures::of(&market.ledger, &role, as_of).steps(draft.statement.bound, as_of);
        let of = (&commitment, entropy);
        let signed = private::sign(faam_bbs::backend(), &key(), record.record(), &role, &steps, of);
        (role, signed.unwrap())
    };
    let standings = ["buyer", "seller"].map(sign).into();
    offer.private = Some(OfferedPrivate { commitment, entropy: *entropy, standings });
    offer
}

/// The wallet's secrets beside the rest.
fn with_secrets(mut input: Value) -> Value {
    let (secrets, _) = known_secrets();
    let bytes = |bytes: &[u8]| json!({"base64url": faam_spec::encoding::b64(bytes)});
    input["secrets"] = json!({
        "commitment": secrets.commitment, "blind": bytes(secrets.blind.as_bytes()),
        "prover_nym": bytes(secrets.prover_nym.as_bytes()),
    });
    input
}

fn entropy(cases: &mut Cases) {
    let (req, code) = ("REQ-PRIVATE-6", "private.entropy");
    let (_, pinned) = known_secrets();
    let other = Entropy::from_bytes(faam_bbs::backend().hash_to_scalar(b"another", b"vectors").unwrap());
    let mut shop = Market::shop();
    let first = offer(&mut shop, 0, start(), &pinned);
    cases.accept(
        req,
        "private",
        "An offer with private standings, for secrets that the wallet made for it.",
        with_secrets(receiving(&shop, &first)),
    );
    shop.rate(4, "cid", "seller", "2026-11-17");
    let since = first.entries.len() as u64;
    // What comes in the second week, with this entropy.
    let second = |entropy: &Entropy| offer(&mut shop.clone(), since, week(1), entropy);
    let renewing = |offer: &Offer| with_secrets(after(&shop, &[(&first, start())], offer));
    let right = second(&pinned);
    cases
        .accept(req, "private-renewed", "The next epoch's, with the same entropy.", renewing(&right))
        .at(week(1).seconds());
    let mut bad = |id: &str, description: &str, offer: &Offer, now: Timestamp| {
        cases.refuse(req, id, code, description, renewing(offer)).at(now.seconds()).attack("A30");
    };
    bad("private-entropy", "The next epoch's, signed with another entropy.", &second(&other), week(1));
    let one = Entropy::from_bytes(core::array::from_fn(|at| u8::from(at == 31)));
    bad("private-entropy-one", "The next epoch's, signed with the entropy 1.", &second(&one), week(1));
    let with = |offer: &Offer, entropy: [u8; 32]| {
        let mut offer = offer.clone();
        offer.private.as_mut().unwrap().entropy = Entropy::from_bytes(entropy);
        offer
    };
    bad(
        "private-entropy-named",
        "Another entropy is named than the one with which it is signed, which is the pinned one.",
        &with(&right, *other.as_bytes()),
        week(1),
    );
    bad("private-entropy-zero", "The entropy is 0.", &with(&right, [0; 32]), week(1));
    bad(
        "private-entropy-again",
        "The offer that is held comes again, with another entropy.",
        &with(&first, *other.as_bytes()),
        start(),
    );
}

fn roles(cases: &mut Cases) {
    let (req, code) = ("REQ-PRIVATE-7", "private.signature");
    let mut shop = Market::shop();
    let right = offer(&mut shop, 0, start(), &known_secrets().1);
    let mut bad = |id: &str, description: &str, change: &dyn Fn(&mut BTreeMap<Role, BbsSignature>)| {
        let mut offer = right.clone();
        change(&mut offer.private.as_mut().unwrap().standings);
        cases.refuse(req, id, code, description, with_secrets(receiving(&shop, &offer))).attack("A29");
    };
    let role = |name: &str| name.parse::<Role>().unwrap();
    bad("private-roles-none", "No role is signed.", &|signed| signed.clear());
    bad("private-roles-less", "A role with a live rating is not signed.", &|signed| {
        signed.remove(&role("buyer"));
    });
    bad("private-roles-more", "A role without a rating is signed.", &|signed| {
        signed.insert(role("host"), signed[&role("buyer")]);
    });
    bad("private-roles-swapped", "The signatures of two roles have changed places.", &|signed| {
        let (buyer, seller) = (signed[&role("buyer")], signed[&role("seller")]);
        *signed = BTreeMap::from([(role("buyer"), seller), (role("seller"), buyer)]);
    });
}
