//! The vectors that others published for BBS, through the trait: `spec/vectors/external/{bbs,bbs-blind,bbs-pseudonym}`.
//!
//! [`suite`] takes any backend, so that each runs the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::path::PathBuf;

use common::{Mocked, expand_message_xmd, hex, modulo, sum, unhex};
use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, Blinded, CIPHERSUITE, Commitment, Entropy, Hidden, Interface, KeyPair,
    NymSecrets, Opening, Pseudonym, SecretScalar, Showing, Shown, Signed,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;

#[test]
fn all_backends() {
    for bbs in faam_bbs::backends() {
        suite(bbs);
    }
}

/// How many cases of each kind were run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Run {
    key_pairs: usize,
    scalars: usize,
    mocked: usize,
    generators: usize,
    signatures_valid: usize,
    signatures_invalid: usize,
    proofs_valid: usize,
    proofs_invalid: usize,
    commitments: usize,
    blind_signatures: usize,
    nym_proofs: usize,
    /// Commitments and proofs that came out byte for byte as printed, from the chance that they were made with.
    reproduced: usize,
    /// The same of a backend that draws its chance by itself.
    not_reproduced: usize,
}

/// Whether a backend takes its chance from `rng`, or its library has a source of its own.
fn takes_chance(bbs: &dyn Bbs) -> bool {
    bbs.name() != "affinidi-bbs"
}

impl Run {
    /// Notes whether something printed was made again, byte for byte.
    fn made_again(&mut self, bbs: &dyn Bbs, made: impl AsRef<[u8]>, printed: &[u8], name: &Value) {
        if takes_chance(bbs) {
            assert_eq!(hex(made), hex(printed), "{name}");
            self.reproduced += 1;
        } else {
            assert_ne!(hex(made), hex(printed), "{name}: chance of its own");
            self.not_reproduced += 1;
        }
    }
}

fn suite(bbs: &dyn Bbs) {
    let mut run = Run::default();
    plain(bbs, &mut run);
    blind(bbs, &mut run);
    nym(bbs, &mut run);
    let all = Run {
        key_pairs: 1,
        scalars: 11,
        mocked: 10,
        generators: 11,
        signatures_valid: 3,
        signatures_invalid: 7,
        proofs_valid: 5,
        proofs_invalid: 10,
        commitments: 4,
        blind_signatures: 8,
        nym_proofs: 5,
        reproduced: if takes_chance(bbs) { 24 } else { 0 },
        not_reproduced: if takes_chance(bbs) { 0 } else { 24 },
    };
    assert_eq!(run, all, "{}", bbs.name());
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/external").join(name)
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every case of a folder, in order.
fn folder(name: &str) -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(path(name))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    files.iter().map(|file| read(&format!("{name}/{file}"))).collect()
}

fn bytes(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn list(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().unwrap().iter().map(bytes).collect()
}

fn indexes(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|index| usize::try_from(index.as_u64().unwrap()).unwrap()).collect()
}

fn refs(list: &[Vec<u8>]) -> Vec<&[u8]> {
    list.iter().map(Vec::as_slice).collect()
}

fn scalar(value: &Value) -> SecretScalar {
    SecretScalar::from_bytes(array(value))
}

fn key_pair(secret: &Value, public: &Value) -> KeyPair {
    KeyPair { secret: scalar(secret), public: BbsPublicKey::from_bytes(array(public)) }
}

/// The indices that are disclosed, with their messages; none if a message is not there.
fn disclosed<'a>(indexes: &[usize], messages: &'a [Vec<u8>]) -> Vec<(usize, &'a [u8])> {
    indexes.iter().map(|index| (*index, messages[*index].as_slice())).collect()
}

// ---- draft-irtf-cfrg-bbs-signatures

fn plain(bbs: &dyn Bbs, run: &mut Run) {
    let case = read("bbs/bls12-381-sha-256/keypair.json");
    let (material, info) = (bytes(&case["keyMaterial"]), bytes(&case["keyInfo"]));
    let derived = [material.as_slice(), &u16::try_from(info.len()).unwrap().to_be_bytes(), &info].concat();
    // The pair is made with a `key_dst` of its own; without one, the drafts have another.
    let secret = bbs.hash_to_scalar(&derived, &bytes(&case["keyDst"])).unwrap();
    assert_eq!(hex(secret), case["keyPair"]["secretKey"].as_str().unwrap());
    let public = bbs.public_key(&SecretScalar::from_bytes(secret)).unwrap();
    assert_eq!(hex(public.as_bytes()), case["keyPair"]["publicKey"].as_str().unwrap());
    bbs.check_key(&public).unwrap();
    let pair = bbs.key_pair(&material, &info).unwrap();
    let default = format!("{CIPHERSUITE}KEYGEN_DST_");
    assert_eq!(pair.secret.as_bytes(), &bbs.hash_to_scalar(&derived, default.as_bytes()).unwrap());
    assert_eq!(pair.public, bbs.public_key(&pair.secret).unwrap());
    run.key_pairs += 1;

    let case = read("bbs/bls12-381-sha-256/h2s.json");
    let made = bbs.hash_to_scalar(&bytes(&case["message"]), &bytes(&case["dst"])).unwrap();
    assert_eq!(hex(made), case["scalar"].as_str().unwrap());
    run.scalars += 1;
    let set = read("bbs/bls12-381-sha-256/MapMessageToScalarAsHash.json");
    for case in set["cases"].as_array().unwrap() {
        let (message, dst) = (bytes(&case["message"]), bytes(&set["dst"]));
        let made = bbs.hash_to_scalar(&message, &dst).unwrap();
        assert_eq!(hex(made), case["scalar"].as_str().unwrap());
        assert_eq!(
            modulo(&expand_message_xmd(&message, &dst, 48)),
            made,
            "what the tests compute by themselves"
        );
        run.scalars += 1;
    }

    // `mocked_calculate_random_scalars`: what proofs and commitments of the vectors were made with.
    let case = read("bbs/bls12-381-sha-256/mockedRng.json");
    let count = usize::try_from(case["count"].as_u64().unwrap()).unwrap();
    let stream = expand_message_xmd(&bytes(&case["seed"]), &bytes(&case["dst"]), 48 * count);
    for (drawn, stated) in stream.chunks(48).zip(case["mockedScalars"].as_array().unwrap()) {
        assert_eq!(hex(modulo(drawn)), stated.as_str().unwrap());
        run.mocked += 1;
    }

    let generators = read("bbs/bls12-381-sha-256/generators.json");
    let stated: Vec<&Value> =
        [&generators["Q1"]].into_iter().chain(generators["MsgGenerators"].as_array().unwrap()).collect();
    let made = bbs.generators(&Interface::Plain.api_id(), stated.len()).unwrap();
    for (made, stated) in made.iter().zip(&stated) {
        assert_eq!(hex(made), stated.as_str().unwrap());
        run.generators += 1;
    }
    bbs.check_points(&[&array(&generators["P1"])]).unwrap();

    for case in folder("bbs/bls12-381-sha-256/signature") {
        signature(bbs, &case, run);
    }
    let cases = folder("bbs/bls12-381-sha-256/proof");
    let (seed, dst) = (bytes(&case["seed"]), bytes(&case["dst"]));
    for case in &cases {
        proof(bbs, case, run);
        proof_made_again(bbs, (&seed, &dst), case, &cases, run);
    }
}

fn signature(bbs: &dyn Bbs, case: &Value, run: &mut Run) {
    let name = &case["caseName"];
    let pair = &case["signerKeyPair"];
    let pair = key_pair(&pair["secretKey"], &pair["publicKey"]);
    let (header, messages, signature) =
        (bytes(&case["header"]), list(&case["messages"]), bytes(&case["signature"]));
    let signed = Signed {
        key: &pair.public,
        signature: &signature,
        header: &header,
        messages: &refs(&messages),
        opening: Opening::Nothing,
    };
    let made = bbs.sign(&pair, &header, &refs(&messages), &Blinded::Nothing).unwrap();
    if case["result"]["valid"] == true {
        assert_eq!(made.as_bytes().as_slice(), signature, "{name}");
        assert_eq!(bbs.verify(&signed), Ok(()), "{name}");
        run.signatures_valid += 1;
    } else {
        assert_ne!(made.as_bytes().as_slice(), signature, "{name}");
        assert_eq!(bbs.verify(&signed), Err(BbsError::Refused), "{name}");
        run.signatures_invalid += 1;
    }
}

fn proof(bbs: &dyn Bbs, case: &Value, run: &mut Run) {
    let name = &case["caseName"];
    let key = BbsPublicKey::from_bytes(array(&case["signerPublicKey"]));
    let (header, presentation_header) = (bytes(&case["header"]), bytes(&case["presentationHeader"]));
    let (messages, shown_at, proof) =
        (list(&case["messages"]), indexes(&case["disclosedIndexes"]), bytes(&case["proof"]));
    let shown = Shown {
        key: &key,
        header: &header,
        presentation_header: &presentation_header,
        messages_total: messages.len(),
        disclosed: &disclosed(&shown_at, &messages),
        disclosed_committed: &[],
        pseudonym: None,
        proof: &proof,
    };
    if case["result"]["valid"] == true {
        assert_eq!(bbs.verify_proof(&shown), Ok(()), "{name}");
        run.proofs_valid += 1;
        return;
    }
    // In the drafts the number of messages follows from the proof's length. So a case is refused for that number too, and not only
    // because the messages that it lists are more or fewer.
    let implied = (proof.len() - 272) / 32 + shown_at.len();
    let implied = bbs.verify_proof(&Shown { messages_total: implied, ..shown });
    assert!(matches!(implied, Err(BbsError::Refused | BbsError::Malformed)), "{name}: {implied:?}");
    if !shown_at.is_sorted() {
        assert_eq!(implied, Err(BbsError::Malformed), "{name}: indices ascend");
    } else if messages.len() == (proof.len() - 272) / 32 + shown_at.len() {
        assert_eq!(implied, Err(BbsError::Refused), "{name}");
    } else {
        assert_eq!(bbs.verify_proof(&shown), Err(BbsError::Malformed), "{name}");
    }
    run.proofs_invalid += 1;
}

/// Makes a printed proof again. Those that are to be refused are all the third case's, and one of them is cut short.
fn proof_made_again(
    bbs: &dyn Bbs,
    (seed, dst): (&[u8], &[u8]),
    case: &Value,
    cases: &[Value],
    run: &mut Run,
) {
    let of = if case["result"]["valid"] == true { case } else { &cases[2] };
    assert_eq!(of["result"]["valid"], true);
    let printed = bytes(&case["proof"]);
    let (messages, shown_at) = (list(&of["messages"]), indexes(&of["disclosedIndexes"]));
    let signed = Signed {
        key: &BbsPublicKey::from_bytes(array(&of["signerPublicKey"])),
        signature: &bytes(&of["signature"]),
        header: &bytes(&of["header"]),
        messages: &refs(&messages),
        opening: Opening::Nothing,
    };
    let showing = Showing {
        presentation_header: &bytes(&of["presentationHeader"]),
        disclosed: &shown_at,
        disclosed_committed: &[],
        context: None,
    };
    let mut rng = Mocked::new(seed, dst, 5 + messages.len() - shown_at.len());
    let made = bbs.prove(&signed, &showing, &mut rng).unwrap();
    assert!(!takes_chance(bbs) || rng.is_empty(), "all of it was drawn");
    run.made_again(bbs, &made.proof[..printed.len()], &printed, &case["caseName"]);
}

// ---- draft-irtf-cfrg-bbs-blind-signatures

/// The messages that a case names: all of the set, or none.
fn named(case: &Value, all: &Value) -> Vec<Vec<u8>> {
    if case == "ALL" { list(all) } else { list(case) }
}

fn blind(bbs: &dyn Bbs, run: &mut Run) {
    let set = read("bbs-blind/bls12-381-sha-256.json");
    let pair = key_pair(&set["SK"], &set["PK"]);
    assert_eq!(bbs.public_key(&pair.secret).unwrap(), pair.public);
    let header = bytes(&set["header"]);
    for case in set["commit_cases"].as_array().unwrap() {
        // The commitment as printed is one that a signer takes; one made here of the same messages has its length.
        let committed = named(&case["committed_messages"], &set["committed_messages"]);
        let commitment = bytes(&case["commitment_with_proof"]);
        bbs.sign(&pair, &header, &[], &Blinded::Messages(&commitment)).unwrap();
        let (ours, blind) =
            bbs.commit(&Hidden::Messages(&refs(&committed)), &mut StdRng::seed_from_u64(1)).unwrap();
        assert_eq!(ours.len(), commitment.len());
        let signature = bbs.sign(&pair, &header, &[], &Blinded::Messages(&ours)).unwrap();
        let opening = Opening::Messages(&refs(&committed), &blind);
        let signed = Signed {
            key: &pair.public,
            signature: signature.as_bytes(),
            header: &header,
            messages: &[],
            opening,
        };
        assert_eq!(bbs.verify(&signed), Ok(()), "{}", case["name"]);
        run.commitments += 1;
        let mocked = &set["mocked_random_scalars"];
        let dst = mocked["commit_dst"].as_str().unwrap();
        let mut rng = Mocked::new(&bytes(&mocked["seed"]), dst.as_bytes(), committed.len() + 2);
        let (made, blind) = bbs.commit(&Hidden::Messages(&refs(&committed)), &mut rng).unwrap();
        run.made_again(bbs, made, &commitment, &case["name"]);
        if takes_chance(bbs) {
            assert_eq!(hex(blind.as_bytes()), case["secret_prover_blind"].as_str().unwrap());
        }
    }
    for case in set["blind_sign_cases"].as_array().unwrap() {
        let name = &case["name"];
        let messages = named(&case["messages"], &set["messages"]);
        let committed = named(&case["committed_messages"], &set["committed_messages"]);
        let mut commitment = bytes(&case["commitment_with_proof"]);
        let signature = bbs.sign(&pair, &header, &refs(&messages), &Blinded::Messages(&commitment)).unwrap();
        assert_eq!(hex(signature.as_bytes()), case["signature"].as_str().unwrap(), "{name}");
        let (blind, committed_refs) = (scalar(&case["secret_prover_blind"]), refs(&committed));
        let signed = Signed {
            key: &pair.public,
            signature: signature.as_bytes(),
            header: &header,
            messages: &refs(&messages),
            opening: Opening::Messages(&committed_refs, &blind),
        };
        assert_eq!(bbs.verify(&signed), Ok(()), "{name}");
        let other = SecretScalar::from_bytes(sum(blind.as_bytes(), &modulo(&[1])));
        let opened = bbs.verify(&Signed { opening: Opening::Messages(&committed_refs, &other), ..signed });
        assert_eq!(opened, Err(BbsError::Refused), "{name}: another blind");
        let more = [committed_refs.as_slice(), &[b"more"]].concat();
        let opened = bbs.verify(&Signed { opening: Opening::Messages(&more, &blind), ..signed });
        assert_eq!(opened, Err(BbsError::Refused), "{name}: one message more");
        let last = commitment.len() - 1;
        commitment[last] ^= 1;
        let signed = bbs.sign(&pair, &header, &refs(&messages), &Blinded::Messages(&commitment));
        assert_eq!(signed, Err(BbsError::Refused), "{name}: another challenge");
        run.blind_signatures += 1;
    }
}

// ---- draft-irtf-cfrg-bbs-per-verifier-linkability

fn nym(bbs: &dyn Bbs, run: &mut Run) {
    let set = read("bbs-pseudonym/bls12-381-sha-256.json");
    let pair = key_pair(&set["SK"], &set["PK"]);
    let header = bytes(&set["header"]);
    let (prover_nym, entropy) =
        (scalar(&set["prover_nym"]), Entropy::from_bytes(array(&set["signer_nym_entropy"])));
    let secret = sum(prover_nym.as_bytes(), entropy.as_bytes());
    assert_eq!(hex(secret), set["nym_secret"].as_str().unwrap(), "the secret is the sum of its two parts");

    for case in set["nym_commit_cases"].as_array().unwrap() {
        let committed = named(&case["committed_messages"], &set["committed_messages"]);
        let commitment = bytes(&case["commitment_with_proof"]);
        bbs.sign(&pair, &header, &[], &Blinded::Nym(&commitment, &entropy)).unwrap();
        if let Ok(alone) = <[u8; _]>::try_from(commitment.clone()) {
            assert!(committed.is_empty());
            bbs.check_commitment(&Commitment::from_bytes(alone)).unwrap();
        }
        let hidden = Hidden::Nym(&refs(&committed), &prover_nym);
        let mocked = &set["commit_mocked_random_scalars"];
        let dst = mocked["dst"].as_str().unwrap();
        let mut rng = Mocked::new(&bytes(&mocked["seed"]), dst.as_bytes(), committed.len() + 3);
        let (ours, blind) = bbs.commit(&hidden, &mut rng).unwrap();
        assert_eq!(ours.len(), commitment.len());
        run.commitments += 1;
        run.made_again(bbs, ours, &commitment, &case["name"]);
        if takes_chance(bbs) {
            assert_eq!(hex(blind.as_bytes()), case["secret_prover_blind"].as_str().unwrap());
        }
    }
    for case in set["blind_sign_cases"].as_array().unwrap() {
        let name = &case["name"];
        let messages = named(&case["messages"], &set["messages"]);
        let committed = named(&case["committed_messages"], &set["committed_messages"]);
        let commitment = bytes(&case["commitment_with_proof"]);
        let signature =
            bbs.sign(&pair, &header, &refs(&messages), &Blinded::Nym(&commitment, &entropy)).unwrap();
        assert_eq!(hex(signature.as_bytes()), case["signature"].as_str().unwrap(), "{name}");
        let (blind, committed) = (scalar(&case["secret_prover_blind"]), refs(&committed));
        let secrets = NymSecrets { blind: &blind, prover_nym: &prover_nym, entropy: &entropy };
        let signed = Signed {
            key: &pair.public,
            signature: signature.as_bytes(),
            header: &header,
            messages: &refs(&messages),
            opening: Opening::Nym(&committed, &secrets),
        };
        assert_eq!(bbs.verify(&signed), Ok(()), "{name}");
        let other = Entropy::from_bytes(sum(entropy.as_bytes(), &modulo(&[1])));
        let secrets = NymSecrets { entropy: &other, ..secrets };
        let opened = bbs.verify(&Signed { opening: Opening::Nym(&committed, &secrets), ..signed });
        assert_eq!(opened, Err(BbsError::Refused), "{name}: another entropy");
        run.blind_signatures += 1;
    }
    for case in set["proof_cases"].as_array().unwrap() {
        nym_proof(bbs, &set, case, (&pair, &prover_nym, &entropy), run);
        run.nym_proofs += 1;
    }
}

fn nym_proof(
    bbs: &dyn Bbs,
    set: &Value,
    case: &Value,
    (pair, prover_nym, entropy): (&KeyPair, &SecretScalar, &Entropy),
    run: &mut Run,
) {
    let name = &case["name"];
    let (messages, committed) = (list(&set["messages"]), list(&set["committed_messages"]));
    let (at, committed_at) =
        (indexes(&case["disclosed_indexes"]), indexes(&case["disclosed_committed_indexes"]));
    let (header, presentation_header) = (bytes(&set["header"]), bytes(&set["ph"]));
    let (context, pseudonym) = (bytes(&set["context_id"]), Pseudonym::from_bytes(array(&set["pseudonym"])));
    let mut proof = bytes(&case["proof"]);
    let shown = Shown {
        key: &pair.public,
        header: &header,
        presentation_header: &presentation_header,
        messages_total: messages.len(),
        disclosed: &disclosed(&at, &messages),
        disclosed_committed: &disclosed(&committed_at, &committed),
        pseudonym: Some((&pseudonym, &context)),
        proof: &proof,
    };
    assert_eq!(bbs.verify_proof(&shown), Ok(()), "{name}");

    // What was proven is not proven of anything else.
    let refused = |shown: Shown<'_>, what: &str| {
        let came = bbs.verify_proof(&shown);
        assert_eq!(came, Err(BbsError::Refused), "{name}: {what}");
    };
    let q1 = Pseudonym::from_bytes(bbs.generators(&Interface::Pseudonym.api_id(), 1).unwrap()[0]);
    refused(Shown { pseudonym: Some((&q1, &context)), ..shown }, "another pseudonym");
    refused(Shown { pseudonym: Some((&pseudonym, b"elsewhere")), ..shown }, "another context");
    refused(Shown { header: b"", ..shown }, "another header");
    refused(Shown { presentation_header: b"", ..shown }, "another presentation header");
    if let Some((index, _)) = shown.disclosed.first() {
        let mut changed = shown.disclosed.to_vec();
        changed[0] = (*index, b"something else");
        refused(Shown { disclosed: &changed, ..shown }, "another message");
    }
    if let Some((index, _)) = shown.disclosed_committed.first() {
        let mut changed = shown.disclosed_committed.to_vec();
        changed[0] = (*index, b"something else");
        refused(Shown { disclosed_committed: &changed, ..shown }, "another committed message");
    }
    proof[3 * 48 + 31] ^= 1;
    let shown = Shown {
        key: &pair.public,
        header: &header,
        presentation_header: &presentation_header,
        messages_total: messages.len(),
        disclosed: &disclosed(&at, &messages),
        disclosed_committed: &disclosed(&committed_at, &committed),
        pseudonym: Some((&pseudonym, &context)),
        proof: &proof,
    };
    refused(shown, "another bit of the proof");

    // A proof made here of the same signature has the same pseudonym and length, and verifies.
    let (signature, blind) = (bytes(&set["proof_signature"]), scalar(&set["proof_secret_prover_blind"]));
    let secrets = NymSecrets { blind: &blind, prover_nym, entropy };
    let signed = Signed {
        key: &pair.public,
        signature: &signature,
        header: &header,
        messages: &refs(&messages),
        opening: Opening::Nym(&refs(&committed), &secrets),
    };
    let showing = Showing {
        presentation_header: &presentation_header,
        disclosed: &at,
        disclosed_committed: &committed_at,
        context: Some(&context),
    };
    // From the chance that the vectors were made with it is the printed one.
    let mocked = &set["proof_mocked_random_scalars"];
    let hidden = messages.len() + committed.len() + 2 - at.len() - committed_at.len();
    let (seed, dst) = (bytes(&mocked["seed"]), mocked["dst"].as_str().unwrap());
    let made = bbs.prove(&signed, &showing, &mut Mocked::new(&seed, dst.as_bytes(), 5 + hidden)).unwrap();
    run.made_again(bbs, &made.proof, &bytes(&case["proof"]), name);
    let made = bbs.prove(&signed, &showing, &mut StdRng::seed_from_u64(3)).unwrap();
    assert_eq!(made.pseudonym, Some(pseudonym), "{name}");
    assert_eq!(made.proof.len(), proof.len(), "{name}");
    assert_eq!(bbs.verify_proof(&Shown { proof: &made.proof, ..shown }), Ok(()), "{name}");
}

/// The tags with which the vectors were hashed are those of the interfaces.
#[test]
fn tags_are_those_of_the_interfaces() {
    let tag = |name: &str, member: &str| {
        String::from_utf8(bytes(&read(&format!("bbs/bls12-381-sha-256/{name}.json"))[member])).unwrap()
    };
    assert_eq!(tag("h2s", "dst"), format!("{CIPHERSUITE}H2G_HM2S_H2S_"));
    assert_eq!(tag("keypair", "keyDst"), format!("{CIPHERSUITE}H2G_HM2S_KEYGEN_DST_"));
    assert_eq!(
        tag("MapMessageToScalarAsHash", "dst"),
        format!("{CIPHERSUITE}H2G_HM2S_MAP_MSG_TO_SCALAR_AS_HASH_")
    );
    assert_eq!(Interface::Plain.committed_api_id(), None);
    let committed = Interface::Pseudonym.committed_api_id().unwrap();
    assert_eq!(committed, format!("BLIND_{CIPHERSUITE}H2G_HM2S_PSEUDONYM_").into_bytes());
}
