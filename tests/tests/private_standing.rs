//! The vectors of `spec/vectors/private-standing`: what they state, and that what is in them is what Faam makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::bbs::Pseudonym;
use faam_spec::private::{Audience, PrivateProof, proof_bytes};
use faam_tests::vectors::private_standing::{Case, Expect, Scene, cases, judge, on_disk, scenes, unhex};

/// What Faam's own reader of a private standing says to a case, in the scene in which it is.
fn verdict(scene: &Scene, case: &Case) -> Result<(), &'static str> {
    let proof = PrivateProof {
        pseudonym: Pseudonym::from_bytes(unhex(&case.pseudonym).try_into().unwrap()),
        proof: unhex(&case.proof),
    };
    let (record, role, verifier) = (scene.record(), scene.role(), scene.verifier());
    let verifier = (&verifier).into();
    let audience = Audience { verifier: &verifier, nonce: scene.nonce() };
    // As it travels: read as text first.
    let milestones = scene.milestones();
    PrivateProof::parse(&proof.to_text(), milestones.as_slice().len())
        .and_then(|read| read.verify(faam_bbs::backend(), (&record, &role), &milestones, audience))
        .map_err(|fault| fault.reason().code())
}

//= spec/text/private.md#REQ-PRIVATE-14
//= type=test
//# The proof MUST verify (`ProofVerifyWithNym`) with this header, context, presentation header and
//# pseudonym, 54 messages of the signer and one committed.
//= spec/text/private.md#REQ-PRIVATE-13
//= type=test
//# The pseudonym and the three points of a proof MUST be points of the prime-order group of G1 in their
//# one encoding, and none of them the identity.
//= spec/text/private.md#REQ-PRIVATE-12
//= type=test
//# The length of a proof MUST be the one that its milestones give, and is compared before anything
//# else.
#[test]
fn a26_every_case_has_the_outcome_that_it_states() {
    let on_disk = on_disk().unwrap();
    let mut wrong = Vec::new();
    for case in on_disk.values() {
        let stated = (case.expect == Expect::Reject).then(|| case.reason.clone().unwrap());
        assert_eq!(case.reason.is_some(), case.expect == Expect::Reject, "{}", case.id);
        let came = judge(faam_bbs::backend(), case).err().map(str::to_owned);
        if came != stated {
            wrong.push(format!("{}: {stated:?} is stated and {came:?} came", case.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let accepted = on_disk.values().filter(|case| case.expect == Expect::Accept).count();
    assert!(accepted >= 12 && on_disk.len() - accepted >= 45, "{accepted} of {}", on_disk.len());
}

/// Everything but the proofs that verify, byte for byte: keys, headers, contexts, messages, pseudonyms, and each fault.
//= spec/text/private.md#REQ-PRIVATE-1
//= type=test
//# The header MUST be made from the epoch record: `faam/private/0\n` and `JCS` of `{"epoch",
//# "epoch_seconds", "grid", "iss", "market", "messages", "role", "suite", "v": 0}`
//= spec/text/private.md#REQ-PRIVATE-10
//= type=test
//# The context MUST be `faam/pseudonym/0\n` and the stable part of the verifier's DID
//= spec/text/private.md#REQ-PRIVATE-11
//= type=test
//# `faam/private-presentation/0\n` and `JCS` of `{"aud", "nonce"}`
#[test]
fn a25_the_cases_are_what_faam_makes() {
    let on_disk = on_disk().unwrap();
    let made = cases(&mut |scene| on_disk.get(scene.id).map_or_else(Vec::new, |case| unhex(&case.proof)));
    let made: BTreeMap<String, Case> = made.into_iter().map(|case| (case.id.clone(), case)).collect();
    for (id, case) in &made {
        assert_eq!(
            Some(case),
            on_disk.get(id),
            "cargo run -p faam-tests --example private_vectors writes all anew"
        );
    }
    let strange: Vec<_> = on_disk.keys().filter(|id| !made.contains_key(*id)).collect();
    assert!(strange.is_empty(), "nobody makes {strange:?}");

    let text = |hex: &str| String::from_utf8(unhex(hex)).unwrap();
    let two = &on_disk["two"];
    let scene = scenes().into_iter().find(|scene| scene.id == "two").unwrap();
    let (iss, verifier) = (scene.record().iss, scene.verifier());
    let header = format!(
        "faam/private/0\n{{\"epoch\":2967,\"epoch_seconds\":604800,\"grid\":1,\"iss\":\"{iss}\",\"market\":\"alpha\",\
         \"messages\":54,\"role\":\"seller\",\"suite\":\"bbs-08+blind-01+nym-01/BLS12-381-SHA-256\",\"v\":0}}"
    );
    assert_eq!(text(&two.header), header);
    assert_eq!(text(&two.context), format!("faam/pseudonym/0\n{verifier}"));
    let expected = format!(
        "faam/private-presentation/0\n{{\"aud\":\"decentralized_identifier:{verifier}\",\"nonce\":\"q0Xn3v7aB2kLrT5y\"}}"
    );
    assert_eq!(text(&two.presentation_header), expected);
    assert_eq!(
        text(&on_disk["webvh"].context),
        "faam/pseudonym/0\nQmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE"
    );
    assert_eq!(text(&two.disclosed[0].message), "count>=50 true");
}

/// Faam's own readers come to the same for every case that differs from its scene in proof and pseudonym alone.
//= spec/text/private.md#REQ-PRIVATE-9
//= type=test
//# A proof MUST disclose exactly the messages of the milestones that were asked for, all of them true.
#[test]
fn a25_the_readers_of_private_standings_agree() {
    let on_disk = on_disk().unwrap();
    let scenes: Vec<(Scene, Case)> =
        scenes().into_iter().map(|scene| (scene.clone(), scene.case(&[]))).collect();
    let mut compared = 0;
    for case in on_disk.values() {
        for (scene, asked) in &scenes {
            let same =
                (&case.public_key, &case.header, &case.presentation_header, &case.context, &case.disclosed)
                    == (
                        &asked.public_key,
                        &asked.header,
                        &asked.presentation_header,
                        &asked.context,
                        &asked.disclosed,
                    )
                    && case.messages_total == asked.messages_total;
            if same {
                let came = verdict(scene, case).err();
                assert_eq!(came, case.reason.as_deref(), "{} in {}", case.id, scene.id);
                compared += 1;
                break;
            } else if scene.id == "two" && case.expect == Expect::Accept && case.id != "again" {
                // What is right elsewhere is not what is asked for here.
                let length = unhex(&case.proof).len() == proof_bytes(2);
                let code = if length { "private.proof" } else { "private.malformed" };
                assert_eq!(verdict(scene, case).err(), Some(code), "{}", case.id);
            }
        }
    }
    assert!(compared > 80, "{compared}");
}

/// Proofs are made anew with every run, and are as good as those that are kept.
#[test]
fn new_proofs_of_every_scene_have_the_pseudonym_that_is_kept() {
    let on_disk = on_disk().unwrap();
    for scene in scenes() {
        let made = scene.prove_with_pseudonym();
        let kept = &on_disk[scene.id];
        assert_eq!(made.pseudonym.as_bytes().as_slice(), unhex(&kept.pseudonym), "{}", scene.id);
        assert_ne!(made.proof, unhex(&kept.proof), "{}", scene.id);
        assert_eq!(judge(faam_bbs::backend(), &scene.case(&made.proof)), Ok(()), "{}", scene.id);
    }
    let same = |first: &str, second: &str| on_disk[first].pseudonym == on_disk[second].pseudonym;
    assert!(
        same("two", "renewed") && same("two", "nonce") && same("two", "role") && same("webvh", "webvh-moved")
    );
    assert!(!same("two", "verifier") && !same("two", "holder") && !same("two", "webvh"));
}

#[test]
fn cases_have_the_form_that_is_described() {
    let on_disk = on_disk().unwrap();
    let mut codes = BTreeSet::new();
    for case in on_disk.values() {
        assert!(
            case.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            case.id
        );
        assert!(case.description.ends_with('.'), "{}", case.id);
        for text in [
            &case.public_key,
            &case.header,
            &case.presentation_header,
            &case.context,
            &case.pseudonym,
            &case.proof,
        ] {
            let _ = unhex(text);
        }
        codes.extend(case.reason.clone());
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), ["private.malformed", "private.proof"]);
}
