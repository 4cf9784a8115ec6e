//! Whose record it is, and of which epoch.

use faam_spec::epoch::SignedEpochRecord;
use faam_spec::query::Query;
use faam_verifier::{EpochRecords, IssuerGone};

use crate::world::{
    Market, Shows, Verifier, Wallet, asked, audience, current, milestones, now, presentation, role,
};

/// Judges a true proof of this record, as a verifier that knows these ones.
fn judged(
    market: &Market,
    known: &[&SignedEpochRecord],
    record: &SignedEpochRecord,
    change: impl Fn(&mut Verifier),
) -> (String, usize, Vec<String>) {
    let (wallet, seller) = (Wallet::new(1), role("seller"));
    let mut verifier = Verifier::trusting(&[market]);
    for known in known {
        verifier.sources.records.insert((*known).clone()).unwrap();
    }
    let wanted = milestones(&["count>=50"]);
    change(&mut verifier);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let proof = wallet.prove(market, (record.record(), &seller), &wanted, audience(&pending));
    let answer = presentation(&[Shows { id: "private", role: &seller, record, proof: &proof }]);
    let decision = verifier.judge(&pending, &answer);
    let code = decision.reasons().first().map_or("accepted", |reason| reason.code.code());
    (code.to_owned(), verifier.bbs.proofs(), decision.document().conflict.clone())
}

//= spec/text/verifying.md#REQ-VERIFY-8
//= type=test
//# A record or standing of an epoch that has not begun, or signed over 60 s ahead, MUST be refused.
//= spec/text/verifying.md#REQ-VERIFY-9
//= type=test
//# Of a market that is known to be closed, only the final epoch MUST be accepted.
//= spec/text/verifying.md#REQ-VERIFY-10
//= type=test
//# A standing older than the previous epoch MUST be refused when a newer record is known.
//= spec/text/verifying.md#REQ-VERIFY-11
//= type=test
//# Nothing MUST be decided about a market that fell silent, unless the policy takes its last word and that
//# was seen before.
#[test]
fn a23_a40_only_epochs_that_count() {
    let market = Market::new("alpha", 1);
    let [oldest, previous, newest] = market.chain();
    let code = |known: &[&SignedEpochRecord], record: &SignedEpochRecord| {
        let (code, proofs, _) = judged(&market, known, record, |_| ());
        // Whatever is wrong with the record is found before the proof; what is missing is only noted.
        assert_eq!(
            proofs,
            usize::from(matches!(code.as_str(), "accepted" | "epoch.issuer_silent")),
            "{code}"
        );
        code
    };
    assert_eq!(code(&[], &newest), "accepted");
    assert_eq!(code(&[], &previous), "accepted");
    assert_eq!(code(&[&newest], &previous), "accepted");
    assert_eq!(code(&[&oldest, &previous, &newest], &newest), "accepted");
    assert_eq!(code(&[&newest], &oldest), "epoch.stale");
    assert_eq!(code(&[&previous], &oldest), "epoch.stale");
    assert_eq!(code(&[], &oldest), "epoch.issuer_silent");
    assert_eq!(code(&[&oldest], &oldest), "epoch.issuer_silent");
    let last_word = |known: &[&SignedEpochRecord]| {
        judged(&market, known, &oldest, |v| v.sources.policy.issuer_gone = IssuerGone::LastKnown).0
    };
    assert_eq!(last_word(&[]), "epoch.issuer_silent");
    assert_eq!(last_word(&[&oldest]), "accepted");

    let mut closing = market.record(current(), Some(previous.hash()));
    closing.last = true;
    let closed = market.sign(closing);
    assert_eq!(code(&[&closed], &previous), "epoch.not_final");
    assert_eq!(code(&[&closed], &closed), "accepted");

    let next = market.sign(market.record(current() + 1, Some(newest.hash())));
    assert_eq!(code(&[], &next), "epoch.future");
    let mut ahead = market.record(current(), Some(previous.hash()));
    ahead.iat = now().plus(61);
    assert_eq!(code(&[], &market.sign(ahead.clone())), "epoch.future");
    ahead.iat = now().plus(60);
    assert_eq!(code(&[], &market.sign(ahead)), "accepted");
    let elsewhere = market.sign(market.record(current(), Some(newest.hash())));
    assert_eq!(code(&[&previous], &elsewhere), "epoch.chain");
    let beside = market.sign(market.record(current(), Some(oldest.hash())));
    assert_eq!(code(&[&previous], &beside), "epoch.forked");
}

/// A record of a person's own is no use: it is another one than everybody else's.
//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# a market that has another record, or another key, for one person could follow that person
//= spec/text/verifying.md#REQ-VERIFY-7
//= type=test
//# A record that contradicts a known one MUST be refused.
//= spec/text/verifying.md#REQ-VERIFY-15
//= type=test
//# Two records of one market in one answer MUST NOT contradict each other.
#[test]
fn a29_a34_a_record_of_ones_own_contradicts_the_known_one_and_both_are_kept() {
    let market = Market::new("alpha", 1);
    let [_, previous, newest] = market.chain();
    let mut own = market.record(current(), Some(previous.hash()));
    let key = faam_bbs::backend().key_pair(&[9; 32], b"").unwrap();
    own.private.as_mut().unwrap().key = key.public;
    let personal = Market { keys: key, ..Market::new("alpha", 1) };
    let own = personal.sign(own);
    let (code, proofs, conflict) = judged(&personal, &[&previous, &newest], &own, |_| ());
    assert_eq!((code.as_str(), proofs), ("epoch.forked", 0));
    assert_eq!(conflict, [own.as_str(), newest.as_str()]);
    // Who knows nothing cannot see it.
    assert_eq!(judged(&personal, &[], &own, |_| ()).0, "accepted");

    // Two that contradict each other in one answer are seen by anybody.
    let (wallet, seller, buyer) = (Wallet::new(1), role("seller"), role("buyer"));
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=50"]);
    let query = ["one", "two"].map(|id| asked(id, &market, wanted.clone()));
    let pending = verifier.ask(Query::of_private(query.into()).unwrap());
    let sells = wallet.prove(&market, (newest.record(), &seller), &wanted, audience(&pending));
    let buys = wallet.prove(&personal, (own.record(), &buyer), &wanted, audience(&pending));
    let answer = presentation(&[
        Shows { id: "one", role: &seller, record: &newest, proof: &sells },
        Shows { id: "two", role: &buyer, record: &own, proof: &buys },
    ]);
    let decision = verifier.judge(&pending, &answer);
    assert_eq!(decision.reasons()[0].code.code(), "epoch.forked");
    assert_eq!(decision.document().conflict, [own.as_str(), newest.as_str()]);
    assert_eq!(verifier.bbs.proofs(), 0);
    // Of two epochs, one after the other, is no contradiction.
    let before = wallet.prove(&market, (previous.record(), &buyer), &wanted, audience(&pending));
    let answer = presentation(&[
        Shows { id: "one", role: &seller, record: &newest, proof: &sells },
        Shows { id: "two", role: &buyer, record: &previous, proof: &before },
    ]);
    let decision = verifier.judge(&pending, &answer);
    assert!(decision.accepted().is_some(), "{}", decision.explain());
    assert_eq!(decision.document().remember.records, [newest.as_str(), previous.as_str()]);
    let mut records = EpochRecords::new();
    for text in &decision.document().remember.records {
        let record = SignedEpochRecord::open(text, &faam_spec::did::KeyHistories::new()).unwrap();
        records.insert(record).unwrap();
    }
}

/// A private standing says nothing without the market's public terms.
//= spec/text/presentation.md#REQ-PRES-27
//= type=test
//# The record MUST be one that says how the market signs private standings.
//= spec/text/private.md#REQ-PRIVATE-2
//= type=test
//# `suite`, `grid` and `messages` MUST be those of this page.
//= spec/text/verifying.md#REQ-VERIFY-17
//= type=test
//# The key of a record's `private` MUST be a point of the prime-order group of G2 in its one encoding, and
//# not the identity.
#[test]
fn a26_a29_terms_of_a_markets_own_are_refused_before_any_pairing() {
    let market = Market::new("alpha", 1);
    let (wallet, seller, record) = (Wallet::new(1), role("seller"), market.newest());
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=50"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let proof = wallet.prove(&market, (record.record(), &seller), &wanted, audience(&pending));
    let key = |bytes: [u8; 96]| faam_spec::bbs::BbsPublicKey::from_bytes(bytes);
    let starting = |first: u8, last: u8| {
        let mut bytes = [0; 96];
        (bytes[0], bytes[95]) = (first, last);
        bytes
    };
    type Change<'a> = &'a dyn Fn(&mut faam_spec::epoch::EpochRecord);
    let terms = |record: &mut faam_spec::epoch::EpochRecord| record.private.clone().unwrap();
    let cases: [(Change<'_>, &str); 10] = [
        (&|r| r.private = None, "private.terms"),
        (
            &|r| r.private = Some(faam_spec::private::PrivateTerms { messages: 1 << 32, ..terms(r) }),
            "private.terms",
        ),
        (
            &|r| r.private = Some(faam_spec::private::PrivateTerms { messages: 53, ..terms(r) }),
            "private.terms",
        ),
        (&|r| r.private = Some(faam_spec::private::PrivateTerms { grid: 2, ..terms(r) }), "private.terms"),
        (
            &|r| r.private = Some(faam_spec::private::PrivateTerms { suite: "bbs-09".into(), ..terms(r) }),
            "private.terms",
        ),
        // The identity, in its encoding and in others.
        (&|r| r.private.as_mut().unwrap().key = key(starting(0xc0, 0)), "invalid.key"),
        (&|r| r.private.as_mut().unwrap().key = key(starting(0xe0, 0)), "invalid.key"),
        (&|r| r.private.as_mut().unwrap().key = key([0; 96]), "invalid.key"),
        // Small numbers for x: on the curve or not, none is in the group.
        (&|r| r.private.as_mut().unwrap().key = key(starting(0x80, 2)), "invalid.key"),
        (&|r| r.private.as_mut().unwrap().key = key([0xff; 96]), "invalid.key"),
    ];
    for (at, (change, code)) in cases.iter().enumerate() {
        let mut changed = record.record().clone();
        change(&mut changed);
        let changed = market.sign(changed);
        let answer = presentation(&[Shows { id: "private", role: &seller, record: &changed, proof: &proof }]);
        assert_eq!(verifier.refusal(&pending, &answer), (*code, 0), "case {at}");
    }
}
