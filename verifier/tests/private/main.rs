//! Private standings, asked for, shown and judged: what a verifier believes, and every way not to deserve it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod epochs;
mod forged;
mod proofs;
mod world;

use faam_spec::decision::{Limit, Outcome, SameHolder};
use faam_spec::presentation::{Inclusion, LedgerProof, Presentation, PrivateShown};
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::receipt::Receipt;
use faam_verifier::{Notice, NoticeKind, Roles, StatementType, Trust, explain, finish};
use world::{Market, Shows, Verifier, Wallet, asked, audience, milestones, now, presentation, role, trust};

//= spec/text/private.md#REQ-PRIVATE-14
//= type=test
//# The proof MUST verify (`ProofVerifyWithNym`) with this header, context, presentation header and pseudonym
//= spec/text/private.md#REQ-PRIVATE-10
//= type=test
//# The context MUST be `faam/pseudonym/0\n` and the stable part of the verifier's DID
//= spec/text/verifying.md#REQ-VERIFY-12
//= type=test
//# A nonce MUST be consumed atomically and once, and only by an acceptance.
#[test]
fn a_private_standing_is_accepted_once_with_its_facts() {
    let market = Market::new("bitcoin-alpha", 1);
    let (wallet, trader, record) = (Wallet::new(1), role("trader"), market.newest());
    let mut verifier = Verifier::trusting(&[&market]);
    let notice = |market| Notice {
        issuer: record.record().iss.clone(),
        market,
        from: "2026-01-01".parse().unwrap(),
        what: NoticeKind::NewOwner,
    };
    verifier.sources.notices = vec![notice(market.name.clone()), notice("other".parse().unwrap())];
    let wanted = milestones(&["count>=50", "mean>=875"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let proof = wallet.prove(&market, (record.record(), &trader), &wanted, audience(&pending));
    let answer = presentation(&[Shows { id: "private", role: &trader, record: &record, proof: &proof }]);

    // A refused answer uses nothing up.
    let mut spoilt = answer.clone();
    spoilt.private[0].role = role("host");
    assert_eq!(verifier.refusal(&pending, &spoilt), ("private.proof", 1));

    let decision = verifier.judge(&pending, &answer);
    let accepted = decision.accepted().expect("it is true");
    assert!(accepted.facts().is_empty() && accepted.same_holder().is_none());
    let [facts] = accepted.private() else { panic!("one private standing") };
    assert_eq!((&facts.issuer, &facts.market, &facts.role), (&record.record().iss, &market.name, &trader));
    assert_eq!((facts.epoch.as_str(), facts.epochs_old), ("2026-47", 0));
    assert_eq!(facts.milestones, wanted.as_slice());
    assert_eq!(facts.pseudonym, proof.pseudonym);
    let document = decision.document();
    assert_eq!(document.remember.records, [record.as_str()]);
    assert_eq!((document.sources.len(), document.sources[0].from.as_str()), (1, "stapled"));
    assert_eq!(document.notices.len(), 1);
    assert_eq!(document.notices[0].sentence, "bitcoin-alpha has another owner since 2026-01-01.");
    assert_eq!((document.notices[0].what, &document.notices[0].market), (NoticeKind::NewOwner, &market.name));
    assert!(document.not_covered.iter().all(|limit| limit.code != Limit::SameHolder));
    let told = explain(document);
    for part in [
        "bitcoin-alpha states, for epoch 2026-47 (the current one), in the role trader:",
        "at least 50 ratings, one from each counterparty; a mean rating of at least 875 of 1000.",
        &format!("Pseudonym {}", proof.pseudonym),
        "Whoever handed over the wallet handed over the name.",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(verifier.refusal(&pending, &answer), ("request.used", 1));

    // The receipt names milestones, and the market that the record states.
    let bytes = serde_json::to_vec(&answer).unwrap();
    let receipt = Receipt::new(pending.request(), &bytes, document);
    assert_eq!(receipt.shown.len(), 1);
    assert_eq!(receipt.shown[0].market.as_ref(), Some(&market.name));
    assert_eq!(receipt.shown[0].names, ["count>=50", "mean>=875"]);
    assert_eq!(receipt.shown[0].ratings, 0);
    let signed = receipt.sign(&verifier.signer).unwrap();
    let histories = faam_spec::did::KeyHistories::new();
    assert_eq!(Receipt::open(&signed, pending.request(), &bytes, &histories, now()).unwrap(), receipt);
    let nothing = Receipt::new(pending.request(), b"{}", document);
    assert!(nothing.shown[0].market.is_none());
    assert_eq!(nothing.shown[0].names, receipt.shown[0].names);

    // Somebody else is shown another pseudonym, and `finish` judges with the backend of programs.
    let mut other = Verifier::trusting(&[&market]);
    other.signer = faam_spec::signed::Signer::from_key(faam_spec::key::SigningKey::from_seed(&[78; 32]));
    let pending = other.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let there = wallet.prove(&market, (record.record(), &trader), &wanted, audience(&pending));
    assert_ne!(there.pseudonym, proof.pseudonym);
    let answer = presentation(&[Shows { id: "private", role: &trader, record: &record, proof: &there }]);
    let bytes = serde_json::to_vec(&answer).unwrap();
    assert!(finish(&pending, &bytes, &other.sources, &mut other.nonces, now()).accepted().is_some());
}

//= spec/text/decision.md#REQ-DEC-9
//= type=test
//# With more than one of `facts`, or of `private`, `same_holder` MUST be `not_proven`, and is absent else.
//= spec/text/presentation.md#REQ-PRES-28
//= type=test
//# Two private standings of one market (by the stable part of its issuer's DID and its name) MUST be of
//# different roles and under one pseudonym
#[test]
fn a33_a82_several_markets_are_listed_and_nobody_is_pooled() {
    let (alpha, beta) = (Market::new("alpha", 1), Market::new("beta", 2));
    let (wallet, friend) = (Wallet::new(1), Wallet::new(2));
    let (seller, buyer) = (role("seller"), role("buyer"));
    let mut verifier = Verifier::trusting(&[&alpha, &beta]);
    let wanted = milestones(&["count>=50"]);
    let query =
        Query::of_private(vec![asked("one", &alpha, wanted.clone()), asked("two", &beta, wanted.clone())]);
    let pending = verifier.ask(query.unwrap());
    let (of_alpha, of_beta) = (alpha.newest(), beta.newest());
    let first = wallet.prove(&alpha, (of_alpha.record(), &seller), &wanted, audience(&pending));
    // Another person's, for all that anybody can see: listed, and never said to be of one holder.
    let second = friend.prove(&beta, (of_beta.record(), &seller), &wanted, audience(&pending));
    let decision = verifier.judge(
        &pending,
        &presentation(&[
            Shows { id: "one", role: &seller, record: &of_alpha, proof: &first },
            Shows { id: "two", role: &seller, record: &of_beta, proof: &second },
        ]),
    );
    let accepted = decision.accepted().unwrap();
    assert_eq!(accepted.private().len(), 2);
    assert_eq!(accepted.same_holder(), Some(SameHolder::NotProven));
    assert_eq!(serde_json::to_value(decision.document()).unwrap()["same_holder"], "not_proven");
    assert_eq!(decision.document().not_covered[0].code, Limit::SameHolder);
    assert!(decision.explain().contains("same holder is not proven; they are listed, not added"));

    // Two standings of one market: of one ledger in two roles, and not twice the same, nor those of two people.
    let anywhere = |id: &str| {
        let mut query = asked(id, &alpha, wanted.clone());
        query.markets.clear();
        query
    };
    let pending = verifier.ask(Query::of_private(vec![anywhere("one"), anywhere("two")]).unwrap());
    let show =
        |wallet: &Wallet, role| wallet.prove(&alpha, (of_alpha.record(), role), &wanted, audience(&pending));
    let (sells, buys) = (show(&wallet, &seller), show(&wallet, &buyer));
    assert_eq!(sells.pseudonym, buys.pseudonym);
    let both = |first: (&_, &_), second: (&_, &_)| {
        presentation(&[
            Shows { id: "one", role: first.0, record: &of_alpha, proof: first.1 },
            Shows { id: "two", role: second.0, record: &of_alpha, proof: second.1 },
        ])
    };
    let friends = show(&friend, &buyer);
    assert_eq!(verifier.refusal(&pending, &both((&seller, &sells), (&buyer, &friends))), ("query.unmet", 0));
    assert_eq!(verifier.refusal(&pending, &both((&seller, &sells), (&seller, &sells))), ("query.unmet", 0));
    let pooled = show(&friend, &seller);
    assert_eq!(verifier.refusal(&pending, &both((&seller, &sells), (&seller, &pooled))), ("query.unmet", 0));
    // Who wears another's pseudonym proves nothing under it.
    let mut worn = show(&friend, &buyer);
    worn.pseudonym = sells.pseudonym;
    assert_eq!(verifier.refusal(&pending, &both((&seller, &sells), (&buyer, &worn))), ("private.proof", 2));
    let decision = verifier.judge(&pending, &both((&seller, &sells), (&buyer, &buys)));
    assert_eq!(decision.accepted().unwrap().private().len(), 2, "{}", decision.explain());
    assert_eq!(decision.document().sources.len(), 1, "one record, however many standings rest on it");
}

//= spec/text/verifying.md#REQ-VERIFY-3
//= type=test
//# Trust MUST be in (issuer, market, role, type) and never in a key.
#[test]
fn a81_private_standings_are_believed_by_issuer_market_role_and_type() {
    let market = Market::new("alpha", 1);
    let (wallet, seller, record) = (Wallet::new(1), role("seller"), market.newest());
    let mut verifier = Verifier::trusting(&[&market]);
    let wanted = milestones(&["count>=50"]);
    let pending = verifier.ask(Query::milestones(market.name.clone(), wanted.clone()).unwrap());
    let proof = wallet.prove(&market, (record.record(), &seller), &wanted, audience(&pending));
    let answer = presentation(&[Shows { id: "private", role: &seller, record: &record, proof: &proof }]);
    let entry = trust(&market, &[StatementType::Private]);
    let mut judged = |change: &dyn Fn(&mut faam_verifier::TrustEntry)| {
        let mut entry = entry.clone();
        change(&mut entry);
        verifier.sources.trust = Trust::new(vec![entry]);
        verifier.refusal(&pending, &answer)
    };
    let other = Market::new("alpha", 2);
    let untrusted = ("trust.untrusted", 0);
    assert_eq!(judged(&|e| e.types = vec![StatementType::Rating, StatementType::Standing]), untrusted);
    assert_eq!(judged(&|e| e.issuer = other.signer.did().clone()), untrusted);
    assert_eq!(judged(&|e| e.market = "beta".parse().unwrap()), untrusted);
    assert_eq!(judged(&|e| e.roles = Roles::Only(vec![role("buyer")])), untrusted);
    assert_eq!(judged(&|e| e.frozen_after = Some(world::current() - 1)), ("trust.frozen", 0));
    assert_eq!(
        judged(&|e| e.epoch_seconds = faam_spec::time::EpochLength::new(86_400).unwrap()),
        ("epoch.chain", 0)
    );
    let mut only = entry;
    only.roles = Roles::Only(vec![seller]);
    only.frozen_after = Some(world::current());
    verifier.sources.trust = Trust::new(vec![only]);
    assert!(verifier.judge(&pending, &answer).accepted().is_some());
}

/// The shape is looked at before anything that costs: no point is looked at, no proof verified.
//= spec/text/presentation.md#REQ-PRES-25
//= type=test
//# There MUST be exactly one proof for each private standing that was asked for, and as many elements of
//# `private` as were asked for, in the order of the query and under its ids.
//= spec/text/presentation.md#REQ-PRES-26
//= type=test
//# Where ledgers were asked for there MUST be no private standings, and where private standings were asked
//# for, no ledgers.
//= spec/text/presentation.md#REQ-PRES-21
//= type=test
//# Market, issuer and roles MUST be among those asked for.
#[test]
fn a83_an_answer_has_the_shape_of_the_query() {
    let (alpha, beta) = (Market::new("alpha", 1), Market::new("beta", 2));
    let (wallet, seller) = (Wallet::new(1), role("seller"));
    let mut verifier = Verifier::trusting(&[&alpha, &beta]);
    let wanted = milestones(&["count>=50", "mean>=875"]);
    let mut first = asked("one", &alpha, wanted.clone());
    first.roles = vec![seller.clone()];
    first.issuers = vec![alpha.signer.did().clone()];
    let second = asked("two", &beta, wanted.clone());
    let pending = verifier.ask(Query::of_private(vec![first, second]).unwrap());
    let (of_alpha, of_beta) = (alpha.newest(), beta.newest());
    let show = |market, record: &faam_spec::epoch::SignedEpochRecord, asked: &[&str]| {
        wallet.prove(market, (record.record(), &seller), &milestones(asked), audience(&pending))
    };
    let one = show(&alpha, &of_alpha, &["count>=50", "mean>=875"]);
    let two = show(&beta, &of_beta, &["count>=50", "mean>=875"]);
    let good = presentation(&[
        Shows { id: "one", role: &seller, record: &of_alpha, proof: &one },
        Shows { id: "two", role: &seller, record: &of_beta, proof: &two },
    ]);
    let fewer = show(&alpha, &of_alpha, &["count>=50"]).to_text();
    let more = show(&alpha, &of_alpha, &["count>=50", "mean>=875", "tenure>=3y"]).to_text();
    let lower = show(&alpha, &of_alpha, &["count>=20", "mean>=800"]).to_text();
    let ledger = LedgerProof {
        standing: "one".into(),
        ratings: None,
        record: of_alpha.as_str().to_owned(),
        account: Inclusion { at: 0, path: serde_json::from_str("\"u\"").unwrap() },
        live: Vec::new(),
        status: Vec::new(),
        complete: false,
        replies: Vec::new(),
    };
    type Change<'a> = &'a dyn Fn(&mut Presentation);
    let cases: [(Change<'_>, &str); 16] = [
        (&|p| drop(p.private.pop()), "query.unmet"),
        (&|p| p.private.clear(), "query.unmet"),
        (&|p| p.private.push(p.private[0].clone()), "query.extra"),
        (&|p| p.ledgers.push(ledger.clone()), "query.extra"),
        (&|p| p.private.reverse(), "query.unmet"),
        (&|p| p.private[1].standing = "three".into(), "query.unmet"),
        (&|p| drop(p.vp_token.remove("two")), "standing.missing"),
        (&|p| p.vp_token.get_mut("two").unwrap().clear(), "standing.missing"),
        (&|p| p.vp_token.get_mut("two").unwrap().push(two.to_text()), "query.extra"),
        (&|p| drop(p.vp_token.insert("three".into(), vec![two.to_text()])), "query.extra"),
        (&|p| p.private[0].role = role("buyer"), "query.value"),
        (&|p| p.private[0].record = of_beta.as_str().to_owned(), "query.value"),
        (&|p| p.private[1].record = of_alpha.as_str().to_owned(), "query.value"),
        // Fewer milestones than were asked for, or more, give another length.
        (&|p| p.vp_token.get_mut("one").unwrap()[0] = fewer.clone(), "private.malformed"),
        (&|p| p.vp_token.get_mut("one").unwrap()[0] = more.clone(), "private.malformed"),
        (&|p| p.private[1].record = String::from("x"), "malformed.jws"),
    ];
    for (at, (change, code)) in cases.iter().enumerate() {
        let mut answer = good.clone();
        change(&mut answer);
        assert_eq!(verifier.refusal(&pending, &answer), (*code, 0), "case {at}");
    }
    assert_eq!(verifier.bbs.points(), 0, "no point was looked at");
    // As many, and lower ones: the messages are those of the question, whatever the wallet proved.
    let mut answer = good.clone();
    answer.vp_token.get_mut("one").unwrap()[0] = lower;
    assert_eq!(verifier.refusal(&pending, &answer), ("private.proof", 1));
    assert_eq!(verifier.judge(&pending, &good).outcome(), Outcome::Accepted);

    // Ledgers were asked for, and private standings stand beside them.
    let pending = verifier.ask(Query::standing(alpha.name.clone()).unwrap());
    let mut answer = Presentation {
        v: 0,
        vp_token: [("standing".to_owned(), vec!["x~".to_owned()])].into(),
        ledgers: vec![LedgerProof { standing: "standing".into(), ..ledger }],
        private: vec![PrivateShown {
            standing: "standing".into(),
            role: seller.clone(),
            record: of_alpha.as_str().to_owned(),
        }],
    };
    assert_eq!(verifier.refusal(&pending, &answer), ("query.extra", 0));
    answer.private.clear();
    assert_ne!(verifier.refusal(&pending, &answer).0, "query.extra");
}

//= spec/text/presentation.md#REQ-PRES-24
//= type=test
//# There MUST be at most 4 private standings.
//= spec/text/request.md#REQ-REQUEST-19
//= type=test
//# There MUST be 1 to 4 of them, and no standings or ratings beside them.
#[test]
fn a85_a_fifth_private_standing_is_too_much_before_anything_else() {
    let markets: Vec<Market> = (1..=5).map(|seed| Market::new(&format!("market-{seed}"), seed)).collect();
    let (wallet, seller) = (Wallet::new(1), role("seller"));
    let mut verifier = Verifier::trusting(&markets.iter().collect::<Vec<_>>());
    let wanted = milestones(&["count>=50"]);
    let ids = ["a", "b", "c", "d", "e"];
    let query = |count: usize| {
        let all = ids.iter().zip(&markets).take(count);
        Query::of_private(all.map(|(id, market)| asked(id, market, wanted.clone())).collect())
    };
    assert_eq!(query(5).unwrap_err().reason(), Reason::RequestUnreadable);
    assert_eq!(query(0).unwrap_err().reason(), Reason::RequestUnreadable);
    let pending = verifier.ask(query(4).unwrap());
    let records: Vec<_> = markets.iter().map(Market::newest).collect();
    let proofs: Vec<_> = markets
        .iter()
        .zip(&records)
        .map(|(market, record)| wallet.prove(market, (record.record(), &seller), &wanted, audience(&pending)))
        .collect();
    let shows = |count: usize| {
        let all = ids.iter().zip(&records).zip(&proofs).take(count);
        presentation(
            &all.map(|((id, record), proof)| Shows { id, role: &seller, record, proof }).collect::<Vec<_>>(),
        )
    };
    assert_eq!(verifier.refusal(&pending, &shows(5)), ("too_large", 0));
    assert_eq!(verifier.bbs.points(), 0);
    // One that is wrong among four is found before a proof is verified, wherever it stands.
    let mut last = shows(4);
    last.private[3].record = records[2].as_str().to_owned();
    assert_eq!(verifier.refusal(&pending, &last), ("query.value", 0));
    let mut identity = proofs[3].clone();
    identity.proof[..48].copy_from_slice(&proofs::identity());
    last = shows(4);
    last.vp_token.insert("d".into(), vec![identity.to_text()]);
    assert_eq!(verifier.refusal(&pending, &last), ("private.malformed", 0));
    let decision = verifier.judge(&pending, &shows(4));
    assert_eq!(decision.accepted().unwrap().private().len(), 4, "{}", decision.explain());
}

//= spec/text/request.md#REQ-REQUEST-19
//= type=test
//# There MUST be 1 to 4 of them, and no standings or ratings beside them.
//= spec/text/request.md#REQ-REQUEST-20
//= type=test
//# `meta.grid` MUST be 1, and `multiple`, `faam` and other members of `meta` are absent.
//= spec/text/request.md#REQ-REQUEST-21
//= type=test
//# There MUST be 1 to 4 milestones of the grid, each of another metric, in the order of the grid.
//= spec/text/grid.md#REQ-GRID-8
//= type=test
//# Of one private standing 1 to 4 milestones MUST be asked for, at most one of a metric, in the order of the grid.
#[test]
fn a27_a_query_asks_for_milestones_of_the_grid_and_for_nothing_beside_them() {
    use serde_json::{Value, json};
    let good: Value = {
        let market = Market::new("alpha", 1);
        let mut query = asked("private", &market, milestones(&["count>=50", "mean>=875"]));
        query.roles = vec![role("seller")];
        query.issuers = vec![market.signer.did().clone()];
        let query = Query::of_private(vec![query]).unwrap();
        let value = Value::from(query.clone());
        assert_eq!(Query::try_from(value.clone()).unwrap(), query);
        value
    };
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        Query::try_from(changed).map_err(|fault| fault.reason())
    };
    assert!(refused(&|_| ()).is_ok());
    let plain = Value::from(Query::standing("alpha".parse().unwrap()).unwrap())["credentials"][0].clone();
    let push = |value: &mut Value, more: Value| value["credentials"].as_array_mut().unwrap().push(more);
    let unreadable = Err(Reason::RequestUnreadable);
    assert_eq!(refused(&|v| push(v, plain.clone())), unreadable);
    assert_eq!(refused(&|v| v["credentials"].as_array_mut().unwrap().insert(0, plain.clone())), unreadable);
    for (member, value) in [
        ("meta", json!({"grid": 2})),
        ("meta", json!({})),
        ("meta", json!({"grid": 1, "vct_values": ["urn:faam:standing:0"]})),
        ("multiple", json!(true)),
        ("faam", json!({"standing": "private"})),
        ("format", json!("faam-bbs-09")),
    ] {
        assert_eq!(refused(&|v| v["credentials"][0][member] = value.clone()), unreadable, "{member} {value}");
    }
    let claims = |milestones: &[&str]| {
        let claims: Vec<Value> = milestones.iter().map(|of| json!({"path": ["milestones", of]})).collect();
        refused(&|v| v["credentials"][0]["claims"] = json!(claims))
    };
    assert!(claims(&["count>=50", "mean>=875", "tenure>=3y", "disputes=0"]).is_ok());
    for wrong in [
        &[][..],
        &["count>=51"],
        &["count>=50", "count>=100"],
        &["mean>=875", "count>=50"],
        &["count>=50", "mean>=875", "tenure>=3y", "bound>=1y", "disputes=0"],
    ] {
        assert_eq!(claims(wrong), Err(Reason::RequestMilestones), "{wrong:?}");
    }
    let valued = json!({"path": ["milestones", "count>=50"], "values": ["true"]});
    assert_eq!(refused(&|v| v["credentials"][0]["claims"] = json!([valued])), unreadable);
}
