//! Proofs of something else, changed ones, and bytes that are none.

use faam_spec::bbs::{POINT_BYTES, Pseudonym, SCALAR_BYTES, Showing};
use faam_spec::did::Did;
use faam_spec::encoding::multi;
use faam_spec::key::SigningKey;
use faam_spec::limits::MAX_PRESENTATION_BYTES;
use faam_spec::private::{Audience, PrivateProof, context, header, presentation_header};
use faam_spec::query::Query;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::world::{Market, Shows, Verifier, Wallet, audience, current, milestones, presentation, role};

/// The identity of G1.
pub fn identity() -> [u8; POINT_BYTES] {
    let mut bytes = [0; POINT_BYTES];
    bytes[0] = 0xc0;
    bytes
}

/// Everything that a proof is bound to, changed one by one by a wallet that has a true private standing.
//= spec/text/private.md#REQ-PRIVATE-1
//= type=test
//# The header MUST be made from the epoch record
//= spec/text/private.md#REQ-PRIVATE-9
//= type=test
//# A proof MUST disclose exactly the messages of the milestones that were asked for, all of them true.
//= spec/text/private.md#REQ-PRIVATE-10
//= type=test
//# The context MUST be `faam/pseudonym/0\n` and the stable part of the verifier's DID
//= spec/text/private.md#REQ-PRIVATE-11
//= type=test
//# The presentation header MUST be made of the verifier's whole `client_id` and the request's nonce
//= spec/text/private.md#REQ-PRIVATE-14
//= type=test
//# The proof MUST verify (`ProofVerifyWithNym`) with this header, context, presentation header and pseudonym, 54
//# messages of the signer and one committed.
//= spec/text/grid.md#REQ-GRID-2
//= type=test
//# The message of a milestone MUST be its text, a space, and `true` or `false`, in UTF-8.
#[test]
fn a25_a_proof_is_for_its_header_verifier_request_and_milestones() {
    let market = Market::new("alpha", 1);
    let (wallet, seller, buyer) = (Wallet::new(1), role("seller"), role("buyer"));
    let [_, previous, record] = market.chain();
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=50", "mean>=875"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let other_pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let to = audience(&pending);
    let true_header = header(record.record(), &seller).unwrap();
    let asked = presentation_header(&to.verifier.client_id(), to.nonce).unwrap();
    let here = context(to.verifier);
    let indices: Vec<usize> = wanted.as_slice().iter().map(|of| of.index()).collect();
    let showing = Showing {
        presentation_header: &asked,
        disclosed: &indices,
        disclosed_committed: &[],
        context: Some(&here),
    };
    let raw = |header: &[u8], showing: &Showing<'_>| {
        wallet.prove_raw(&market, (record.record(), &seller), header, showing)
    };
    let mut judge = |proof: &PrivateProof| {
        let answer = presentation(&[Shows { id: "private", role: &seller, record: &record, proof }]);
        verifier.refusal(&pending, &answer)
    };
    let wrong = ("private.proof", 1);

    // Header: of another role, epoch or market, each signed by the market all the same.
    let of =
        |record: &faam_spec::epoch::EpochRecord, role| wallet.prove(&market, (record, role), &wanted, to);
    assert_eq!(judge(&of(record.record(), &buyer)), wrong);
    assert_eq!(judge(&of(previous.record(), &seller)), wrong);
    let mut elsewhere = record.record().clone();
    elsewhere.market = "beta".parse().unwrap();
    assert_eq!(judge(&of(&elsewhere, &seller)), wrong);
    let mut longer = record.record().clone();
    longer.epoch_seconds = faam_spec::time::EpochLength::new(86_400).unwrap();
    assert_eq!(judge(&of(&longer, &seller)), wrong);
    let mut other_key = Market::new("alpha", 1);
    other_key.keys = faam_bbs::backend().key_pair(&[9; 32], b"").unwrap();
    assert_eq!(judge(&wallet.prove(&other_key, (record.record(), &seller), &wanted, to)), wrong);
    assert_eq!(judge(&raw(&header(record.record(), &buyer).unwrap(), &showing)), wrong);

    // Presentation header: another request of the same verifier, another name of the same verifier, nothing.
    let next = audience(&other_pending);
    assert_eq!(judge(&wallet.prove(&market, (record.record(), &seller), &wanted, next)), wrong);
    let shorter = presentation_header(to.verifier.as_str(), to.nonce).unwrap();
    let longer = presentation_header(&format!("{}:8443", to.verifier.client_id()), to.nonce).unwrap();
    for presentation_header in [shorter, longer, Vec::new()] {
        let showing = Showing { presentation_header: &presentation_header, ..showing };
        assert_eq!(judge(&raw(&true_header, &showing)), wrong);
    }

    // Context: the pseudonym that the holder has at somebody else, or under a name of the holder's choice.
    let other = Did::from_key(&SigningKey::from_seed(&[78; 32]).verifying_key()).into();
    let whole = context(&other);
    for of in [whole.as_slice(), b"faam/pseudonym/0\n", &[here.as_slice(), b"x"].concat(), b""] {
        assert_eq!(judge(&raw(&true_header, &Showing { context: Some(of), ..showing })), wrong);
    }
    let theirs = Audience { verifier: &other, nonce: to.nonce };
    assert_eq!(judge(&wallet.prove(&market, (record.record(), &seller), &wanted, theirs)), wrong);

    // Pseudonym: another wallet's, this wallet's elsewhere, any point.
    let good = raw(&true_header, &showing);
    let friends = Wallet::new(2).prove(&market, (record.record(), &seller), &wanted, to).pseudonym;
    let elsewhere = raw(&true_header, &Showing { context: Some(&whole), ..showing }).pseudonym;
    let (points, _) = good.proof.as_chunks::<POINT_BYTES>();
    for pseudonym in [friends, elsewhere, Pseudonym::from_bytes(points[0])] {
        assert_eq!(judge(&PrivateProof { pseudonym, ..good.clone() }), wrong);
    }

    // Message: a milestone that is not reached is signed as not reached. Index: others than were asked for.
    let mut low = Wallet::new(1);
    low.steps = faam_spec::grid::Steps::new([5, 5, 8, 7, 5, 5, 3, 2, 2, 1]).unwrap();
    assert_eq!(judge(&low.prove_raw(&market, (record.record(), &seller), &true_header, &showing)), wrong);
    for others in [[4, 20], [5, 19], [0, 1], [20, 53]] {
        assert_eq!(judge(&raw(&true_header, &Showing { disclosed: &others, ..showing })), wrong);
    }

    // A signature of another market, or of none, for the same header.
    let stranger = Market::new("alpha", 3);
    assert_eq!(
        judge(&wallet.prove_raw(&stranger, (record.record(), &seller), &true_header, &showing)),
        wrong
    );
    let answer = presentation(&[Shows { id: "private", role: &seller, record: &record, proof: &good }]);
    assert!(verifier.judge(&pending, &answer).accepted().is_some(), "unchanged, it is accepted");
    assert_eq!(record.record().epoch, current());
}

/// Flips bits of pseudonym and proof: one in each byte of the points, and in every sixteenth of the others; with
/// `FAAM_FLIPS=all` every bit.
//= spec/text/private.md#REQ-PRIVATE-14
//= type=test
//# The proof MUST verify (`ProofVerifyWithNym`) with this header, context, presentation header and pseudonym
#[test]
fn a25_any_flipped_bit_of_a_proof_is_refused() {
    let market = Market::new("alpha", 1);
    let (wallet, seller, record) = (Wallet::new(1), role("seller"), market.newest());
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=50", "mean>=875", "tenure>=3y", "bound>=1y"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let proof = wallet.prove(&market, (record.record(), &seller), &wanted, audience(&pending));
    let bytes = [proof.pseudonym.as_bytes().as_slice(), &proof.proof].concat();
    let points = 4 * POINT_BYTES;
    let flips: Vec<usize> = match std::env::var("FAAM_FLIPS").as_deref() {
        Ok("all") => (0..8 * bytes.len()).collect(),
        _ => {
            let mut rng = StdRng::seed_from_u64(13);
            let sampled = (0..bytes.len()).filter(|at| *at < points || at % 16 == points % 16);
            sampled.map(|at| 8 * at + rng.gen_range(0..8)).collect()
        }
    };
    let (mut malformed, mut refused) = (0, 0);
    for bit in flips {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let answer = |text: String| {
            let mut answer =
                presentation(&[Shows { id: "private", role: &seller, record: &record, proof: &proof }]);
            answer.vp_token.insert("private".into(), vec![text]);
            answer
        };
        match verifier.refusal(&pending, &answer(multi(&changed))) {
            // Almost no change of a point gives another point; the ones that do, and the scalars, cost a verification.
            ("private.malformed", _) => malformed += 1,
            ("private.proof", 1) => refused += 1,
            other => panic!("bit {bit}: {other:?}"),
        }
    }
    assert!(malformed > 100 && refused > 50, "{malformed} malformed, {refused} refused");
    let answer = presentation(&[Shows { id: "private", role: &seller, record: &record, proof: &proof }]);
    assert!(verifier.judge(&pending, &answer).accepted().is_some(), "unchanged, it is accepted");
}

/// Points that are none, and lengths that are others: refused before any proof is verified.
//= spec/text/private.md#REQ-PRIVATE-12
//= type=test
//# The length of a proof MUST be the one that its milestones give, and is compared before anything else.
//= spec/text/private.md#REQ-PRIVATE-13
//= type=test
//# The pseudonym and the three points of a proof MUST be points of the prime-order group of G1 in their one
//# encoding, and none of them the identity.
//= spec/text/verifying.md#REQ-VERIFY-6
//= type=test
//# Sizes, form and the query's shape MUST be checked before the first signature.
//= spec/text/verifying.md#REQ-VERIFY-16
//= type=test
//# The records of all private standings, and the points of all proofs, MUST be checked before the first
//# proof is verified.
#[test]
fn a26_a85_hostile_proofs_are_refused_before_any_pairing() {
    let market = Market::new("alpha", 1);
    let (wallet, seller, record) = (Wallet::new(1), role("seller"), market.newest());
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=50", "mean>=875"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let good = wallet.prove(&market, (record.record(), &seller), &wanted, audience(&pending));
    let bytes = [good.pseudonym.as_bytes().as_slice(), &good.proof].concat();
    let mut answer = presentation(&[Shows { id: "private", role: &seller, record: &record, proof: &good }]);
    let mut judge = |text: String| {
        answer.vp_token.insert("private".into(), vec![text]);
        let before = verifier.bbs.points();
        let (code, proofs) = verifier.refusal(&pending, &answer);
        (code, verifier.bbs.points() - before, proofs)
    };

    // Lengths: nothing is looked at.
    let malformed = ("private.malformed", 0, 0);
    for length in [0, 1, 47, 48, 144, bytes.len() - SCALAR_BYTES, bytes.len() - 1] {
        assert_eq!(judge(multi(&bytes[..length])), malformed, "{length} bytes");
    }
    for more in [1, 31, SCALAR_BYTES, 4096] {
        assert_eq!(judge(multi([bytes.as_slice(), &vec![0; more]].concat())), malformed, "{more} bytes more");
    }
    assert_eq!(judge(String::new()).1, 0);
    assert_eq!(judge(format!("z{}", "1".repeat(2700))).1, 0);
    assert_eq!(judge("u".to_owned() + &"A".repeat(4_000_000)), malformed, "4 MB of proof");
    assert_eq!(judge(format!("{}=", multi(&bytes))), ("malformed.base64url", 0, 0));

    // Points: identity, small order, outside the group, off the curve, other encodings.
    let starting = |first: u8, last: u8| {
        let mut point = [0; POINT_BYTES];
        (point[0], point[POINT_BYTES - 1]) = (first, last);
        point
    };
    let mut uncompressed = [0; POINT_BYTES];
    uncompressed.copy_from_slice(&bytes[..POINT_BYTES]);
    uncompressed[0] &= 0x7f;
    let mut hostile = vec![
        ("the identity", identity()),
        ("the identity with a sign", starting(0xe0, 0)),
        ("the identity with something behind it", starting(0xc0, 1)),
        ("nothing", [0; POINT_BYTES]),
        ("of order 3", starting(0x80, 0)),
        ("of order 3, the other one", starting(0xa0, 0)),
        ("on the curve, outside the group", starting(0x80, 4)),
        ("x is not below the field's order", [0xff; POINT_BYTES]),
        ("not said to be compressed", uncompressed),
    ];
    hostile.extend((1..32).map(|x| ("a small x", starting(0x80, x))));
    for (what, point) in hostile {
        for place in 0..4 {
            let mut changed = bytes.clone();
            changed[place * POINT_BYTES..][..POINT_BYTES].copy_from_slice(&point);
            assert_eq!(judge(multi(&changed)), ("private.malformed", 1, 0), "{what}, point {place}");
        }
    }

    // A scalar that is not below the group's order has a form of its own, and costs no pairing in the backend.
    let mut changed = bytes.clone();
    changed[4 * POINT_BYTES..][..SCALAR_BYTES].copy_from_slice(&[0xff; SCALAR_BYTES]);
    assert_eq!(judge(multi(&changed)).0, "private.malformed");

    let huge = vec![b'['; MAX_PRESENTATION_BYTES + 1];
    assert_eq!(verifier.refusal_of(&pending, &huge), ("too_large", 0));
    answer.vp_token.insert("private".into(), vec![good.to_text()]);
    assert!(verifier.judge(&pending, &answer).accepted().is_some(), "unchanged, it is accepted");
}
