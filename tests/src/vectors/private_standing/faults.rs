//! What is wrong with the cases that must not verify: one thing each, in a case that does.

use std::collections::BTreeMap;

use super::forge::{Claim, forge};
use super::{Case, Disclosed, Expect, hex, unhex};

/// Where the parts of a proof of two milestones begin, and their lengths.
const PARTS: [(&str, usize, usize); 9] = [
    ("abar", 0, 48),
    ("bbar", 48, 48),
    ("d", 96, 48),
    ("e", 144, 32),
    ("r1", 176, 32),
    ("r3", 208, 32),
    ("m-first", 240, 32),
    ("m-blind", 240 + 52 * 32, 32),
    ("m-nym", 240 + 53 * 32, 32),
];
const CHALLENGE: usize = 240 + 54 * 32;

const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
/// The order of the field in which the coordinates lie.
const FIELD: &str =
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

struct Faults<'a> {
    accepted: &'a BTreeMap<&'a str, Case>,
    made: Vec<Case>,
}

impl Faults<'_> {
    /// A fault in the case `of`.
    fn add(&mut self, of: &str, id: &str, reason: &str, description: &str, fault: impl FnOnce(&mut Case)) {
        let mut case = self.accepted[of].clone();
        fault(&mut case);
        assert!(self.made.iter().all(|made| made.id != id), "{id} is made twice");
        case.id = id.to_owned();
        case.description = description.to_owned();
        (case.expect, case.reason) = (Expect::Reject, Some(reason.to_owned()));
        self.made.push(case);
    }

    /// A fault in the case of two milestones.
    fn two(&mut self, id: &str, reason: &str, description: &str, fault: impl FnOnce(&mut Case)) {
        self.add("two", id, reason, description, fault);
    }

    /// A fault in the bytes of its proof.
    fn proof(&mut self, id: &str, reason: &str, description: &str, fault: impl FnOnce(&mut Vec<u8>)) {
        self.two(id, reason, description, |case| {
            let mut proof = unhex(&case.proof);
            fault(&mut proof);
            case.proof = hex(proof);
        });
    }

    fn other(&self, id: &str) -> Case {
        self.accepted[id].clone()
    }
}

const MALFORMED: &str = "private.malformed";
const PROOF: &str = "private.proof";

/// All of them.
pub(super) fn of(accepted: &BTreeMap<&str, Case>) -> Vec<Case> {
    let mut faults = Faults { accepted, made: Vec::new() };
    points(&mut faults);
    scalars(&mut faults);
    lengths(&mut faults);
    bits(&mut faults);
    inputs(&mut faults);
    messages(&mut faults);
    others(&mut faults);
    faults.made
}

/// What is no point, or none that may stand there.
fn points(faults: &mut Faults<'_>) {
    // Small numbers that show by themselves where they come from.
    let small = |x: u8| {
        let mut bytes = vec![0; 48];
        (bytes[0], bytes[47]) = (0x80, x);
        bytes
    };
    let mut large = unhex(FIELD);
    large[0] |= 0x80;
    let mut over = unhex(FIELD);
    (over[0], over[47]) = (over[0] | 0x80, over[47] + 4);
    let flags = |first: u8| {
        let mut bytes = vec![0; 48];
        bytes[0] = first;
        bytes
    };
    let mut identity_and_more = flags(0xc0);
    identity_and_more[47] = 1;
    let kinds: [(&str, &str, Vec<u8>); 8] = [
        ("identity", "is the identity", flags(0xc0)),
        ("identity-sign", "is the identity with the flag of the sign", flags(0xe0)),
        ("identity-more", "has the identity's flag and a coordinate", identity_and_more),
        ("off-curve", "has an x coordinate of no point of the curve (1)", small(OFF_CURVE)),
        ("outside", "is a point of the curve outside of the prime-order group (x is 4)", small(ON_CURVE)),
        ("order-3", "is a point of order 3 (x is 0)", small(0)),
        ("field", "has the field's order for x, which is 0 written otherwise", large),
        ("over-field", "has 4 more than the field's order for x", over),
    ];
    let places = [("pseudonym", "The pseudonym"), ("abar", "Abar"), ("bbar", "Bbar"), ("d", "D")];
    for (place, name) in places {
        for (kind, says, bytes) in &kinds {
            put(faults, &format!("{place}-{kind}"), &format!("{name} {says}."), place, |_| bytes.clone());
        }
        put(
            faults,
            &format!("{place}-flag"),
            &format!("{name} lacks the flag of compression."),
            place,
            |bytes| {
                let mut bytes = bytes.to_vec();
                bytes[0] &= 0x7f;
                bytes
            },
        );
    }
}

const OFF_CURVE: u8 = 1;
const ON_CURVE: u8 = 4;

/// Puts other bytes in the place of a point.
fn put(
    faults: &mut Faults<'_>,
    id: &str,
    description: &str,
    place: &str,
    other: impl FnOnce(&[u8]) -> Vec<u8>,
) {
    match PARTS.iter().find(|(name, _, _)| *name == place) {
        Some((_, at, length)) => faults.proof(id, MALFORMED, description, |proof| {
            let bytes = other(&proof[*at..at + length]);
            proof[*at..at + length].copy_from_slice(&bytes);
        }),
        None => faults.two(id, MALFORMED, description, |case| {
            case.pseudonym = hex(other(&unhex(&case.pseudonym)));
        }),
    }
}

fn scalars(faults: &mut Faults<'_>) {
    let challenge = ("challenge", CHALLENGE, 32);
    for (name, at, length) in PARTS.iter().skip(3).chain([&challenge]) {
        faults.proof(
            &format!("{name}-order"),
            MALFORMED,
            &format!("The scalar {name} is the group's order."),
            |proof| proof[*at..at + length].copy_from_slice(&unhex(ORDER)),
        );
    }
    faults.proof("m-first-largest", MALFORMED, "A scalar has all its bits set.", |proof| {
        proof[240..272].fill(0xff);
    });
    faults.proof("challenge-zero", MALFORMED, "The challenge is 0.", |proof| proof[CHALLENGE..].fill(0));
    faults.proof("scalars-zero", MALFORMED, "All scalars are 0.", |proof| proof[144..].fill(0));
    // In the first case of the folder whose value leaves room for it.
    faults.two(
        "e-twice",
        MALFORMED,
        "A scalar has the group's order added to it, which is the same number written otherwise.",
        |case| {
            let mut proof = unhex(&case.proof);
            let at = (144..proof.len())
                .step_by(32)
                .find(|at| plus_order(&proof[*at..at + 32]).is_some())
                .expect("one of 58 scalars is below 2^256 less the order");
            let sum = plus_order(&proof[at..at + 32]).unwrap();
            proof[at..at + 32].copy_from_slice(&sum);
            case.proof = hex(proof);
        },
    );
}

/// The sum of a scalar and the order, if it fits.
fn plus_order(scalar: &[u8]) -> Option<Vec<u8>> {
    let mut sum = vec![0; 32];
    let mut carry = 0;
    for (at, order) in unhex(ORDER).into_iter().enumerate().rev() {
        let digit = u16::from(scalar[at]) + u16::from(order) + carry;
        sum[at] = u8::try_from(digit % 256).unwrap();
        carry = digit / 256;
    }
    (carry == 0).then_some(sum)
}

fn lengths(faults: &mut Faults<'_>) {
    let to = |length: usize| move |proof: &mut Vec<u8>| proof.resize(length, 0);
    let right = CHALLENGE + 32;
    faults.proof("length-0", MALFORMED, "There is no proof.", to(0));
    faults.proof("length-points", MALFORMED, "There are only the three points.", to(144));
    faults.proof("length-least", MALFORMED, "As long as a proof that hides nothing.", to(144 + 4 * 32));
    faults.proof("length-less", MALFORMED, "A byte is missing.", to(right - 1));
    faults.proof("length-more", MALFORMED, "A byte follows.", to(right + 1));
    faults.proof("length-half", MALFORMED, "Half a scalar follows.", to(right + 16));
    faults.proof(
        "length-scalar-more",
        MALFORMED,
        "A scalar follows: a second committed message would be hidden.",
        to(right + 32),
    );
    faults.proof(
        "length-scalar-less",
        MALFORMED,
        "A scalar is missing: nothing committed would be hidden.",
        |proof| {
            proof.drain(240..272);
        },
    );
    faults.proof("length-scalar-put-in", MALFORMED, "A hidden message's scalar stands twice.", |proof| {
        let scalar: Vec<u8> = proof[240..272].to_vec();
        proof.splice(240..240, scalar);
    });
    faults.proof("length-twice", MALFORMED, "The proof stands twice.", |proof| proof.extend(proof.clone()));
}

/// What has its form and is another value.
fn bits(faults: &mut Faults<'_>) {
    for (name, at, length) in PARTS {
        if length == 48 {
            // The other point with this x coordinate is in the group too.
            let description = format!("The point {name} is the negative of what it was.");
            faults.proof(&format!("{name}-negated"), PROOF, &description, |proof| proof[at] ^= 0x20);
        } else {
            let description = format!("The last bit of the scalar {name} is another.");
            faults.proof(&format!("{name}-bit"), PROOF, &description, |proof| proof[at + 31] ^= 1);
        }
    }
    faults.proof("challenge-bit", PROOF, "The last bit of the challenge is another.", |proof| {
        proof[CHALLENGE + 31] ^= 1;
    });
    faults.proof("points-swapped", PROOF, "Abar and Bbar are swapped.", |proof| {
        let (abar, rest) = proof.split_at_mut(48);
        abar.swap_with_slice(&mut rest[..48]);
    });
    faults.proof("points-same", PROOF, "Bbar is Abar.", |proof| proof.copy_within(..48, 48));
    faults.proof("scalars-swapped", PROOF, "The scalars of two hidden messages are swapped.", |proof| {
        let (first, rest) = proof[240..].split_at_mut(32);
        first.swap_with_slice(&mut rest[..32]);
    });
    faults.two("pseudonym-negated", PROOF, "The pseudonym is the negative of what it was.", |case| {
        let mut pseudonym = unhex(&case.pseudonym);
        pseudonym[0] ^= 0x20;
        case.pseudonym = hex(pseudonym);
    });
}

/// Another key, header, presentation header, context or pseudonym.
fn inputs(faults: &mut Faults<'_>) {
    let key = faults.other("issuer").public_key;
    faults.two("key-other", PROOF, "Under the key of another issuer.", |case| case.public_key = key);
    faults.two("key-identity", MALFORMED, "The key is the identity.", |case| {
        case.public_key = format!("c0{}", "00".repeat(95));
    });
    faults.two("key-flag", MALFORMED, "The key lacks the flag of compression.", |case| {
        let mut key = unhex(&case.public_key);
        key[0] &= 0x7f;
        case.public_key = hex(key);
    });
    // The two coordinates of x, the second first, and the flag of compression.
    let small = |x: u8| {
        let mut bytes = [0; 96];
        (bytes[0], bytes[95]) = (0x80, x);
        hex(bytes)
    };
    faults.two(
        "key-off-curve",
        MALFORMED,
        "The key has an x coordinate of no point of the curve (1).",
        |case| {
            case.public_key = small(1);
        },
    );
    faults.two(
        "key-outside",
        MALFORMED,
        "The key is a point of the curve outside of the prime-order group (x is 2).",
        |case| {
            case.public_key = small(2);
        },
    );
    for (id, at) in [("key-field", 0), ("key-field-second", 48)] {
        faults.two(
            id,
            MALFORMED,
            "A coordinate of the key has the field's order, which is 0 written otherwise.",
            |case| {
                let mut key = [unhex(FIELD), unhex(FIELD)].concat();
                key[48 - at..96 - at].fill(0);
                key[0] |= 0x80;
                case.public_key = hex(key);
            },
        );
    }
    faults.two("key-negated", PROOF, "The key is the negative of what it was.", |case| {
        let mut key = unhex(&case.public_key);
        key[0] ^= 0x20;
        case.public_key = hex(key);
    });

    for (of, id, description) in [
        ("renewed", "header-epoch", "The header names the next epoch."),
        ("role", "header-role", "The header names another role."),
        ("market", "header-market", "The header names another market of the issuer."),
        ("issuer", "header-issuer", "The header names another issuer."),
        ("days", "header-days", "The header is one of epochs of a day."),
    ] {
        let header = faults.other(of).header;
        faults.two(id, PROOF, description, |case| case.header = header);
    }
    for (id, description, from, to) in [
        ("header-grid", "The header names grid 2.", r#""grid":1"#, r#""grid":2"#),
        ("header-messages", "The header names 55 messages.", r#""messages":54"#, r#""messages":55"#),
        ("header-suite", "The header names another suite.", "BLS12-381-SHA-256", "BLS12-381-SHAKE-256"),
        ("header-space", "The header has a space that is not canonical.", r#""grid":1"#, r#""grid": 1"#),
    ] {
        faults.two(id, PROOF, description, |case| case.header = replaced(&case.header, from, to));
    }
    faults.two("header-empty", PROOF, "There is no header.", |case| case.header = String::new());

    let (nonce, audience) = (faults.other("nonce"), faults.other("verifier"));
    faults.two("presentation-nonce", PROOF, "Another request's nonce.", |case| {
        case.presentation_header = nonce.presentation_header;
    });
    let other = audience.presentation_header.clone();
    faults.two(
        "presentation-audience",
        PROOF,
        "Another verifier's client_id, in the same context.",
        |case| {
            case.presentation_header = other;
        },
    );
    faults.two("presentation-empty", PROOF, "There is no presentation header.", |case| {
        case.presentation_header = String::new();
    });
    let moved = faults.other("webvh-moved").presentation_header;
    faults.add("webvh", "presentation-host", PROOF, "The verifier's client_id at another host.", |case| {
        case.presentation_header = moved;
    });

    let context = audience.context.clone();
    faults.two(
        "context-other",
        PROOF,
        "Another verifier's context, with the pseudonym of this one.",
        |case| {
            case.context = context;
        },
    );
    faults.two("context-empty", PROOF, "The context is empty.", |case| case.context = String::new());
    faults.add(
        "webvh",
        "context-whole-did",
        PROOF,
        "The context is the verifier's whole DID, not its SCID.",
        |case| {
            let scid =
                String::from_utf8(unhex(&case.context)).unwrap().split_once('\n').unwrap().1.to_owned();
            case.context = replaced(&case.context, &scid, &format!("did:webvh:{scid}:market.example"));
        },
    );
    let pseudonym = faults.other("holder").pseudonym;
    faults.two("pseudonym-holder", PROOF, "The pseudonym of another holder at this verifier.", |case| {
        case.pseudonym = pseudonym;
    });
    let pseudonym = audience.pseudonym.clone();
    faults.two("pseudonym-context", PROOF, "The holder's pseudonym at another verifier.", |case| {
        case.pseudonym = pseudonym;
    });
    faults.two(
        "verifier-whole",
        PROOF,
        "Shown at another verifier: its context, its presentation header, and the holder's pseudonym there.",
        |case| {
            case.context = audience.context;
            case.presentation_header = audience.presentation_header;
            case.pseudonym = audience.pseudonym;
        },
    );
}

/// Hexadecimal text in which a part of the bytes is another.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let bytes = String::from_utf8(unhex(text)).unwrap();
    assert!(bytes.contains(from), "{bytes}");
    hex(bytes.replace(from, to))
}

/// Other messages, indices and numbers of them.
fn messages(faults: &mut Faults<'_>) {
    let message = |text: &str| hex(text.as_bytes());
    for (id, at, description, text) in [
        ("message-false", 0, "The milestone was true and is said to be false.", "count>=50 false"),
        ("message-higher", 0, "A higher milestone's message in the place of this one.", "count>=100 true"),
        ("message-lower", 0, "A lower milestone's message in the place of this one.", "count>=20 true"),
        ("message-second", 1, "A higher milestone's message in the second place.", "mean>=950 true"),
        ("message-bare", 0, "The message is the milestone alone.", "count>=50"),
        ("message-case", 0, "The message in capitals.", "COUNT>=50 TRUE"),
        ("message-empty", 0, "The message is empty.", ""),
        ("message-space", 0, "A space follows the message.", "count>=50 true "),
    ] {
        faults.two(id, PROOF, description, |case| case.disclosed[at].message = message(text));
    }
    faults.two("messages-swapped", PROOF, "The two messages are swapped.", |case| {
        let (first, rest) = case.disclosed.split_at_mut(1);
        std::mem::swap(&mut first[0].message, &mut rest[0].message);
    });
    faults.two("index-lower", PROOF, "The first message is said to be the one before.", |case| {
        case.disclosed[0].index = 4
    });
    faults.two("index-higher", PROOF, "The first message is said to be the one after.", |case| {
        case.disclosed[0].index = 6
    });
    let higher = "The next milestone, message and index, in the place of the one that was proven.";
    faults.two("milestone-higher", PROOF, higher, |case| {
        case.disclosed[0] = Disclosed { index: 6, message: message("count>=100 true") };
    });
    faults.two("index-order", MALFORMED, "The messages are not in the order of their indices.", |case| {
        case.disclosed.reverse();
    });
    faults.two("index-twice", MALFORMED, "The same message stands twice.", |case| {
        case.disclosed[1] = case.disclosed[0].clone();
    });
    for (id, index, description) in [
        ("index-blind", 54, "An index past the signer's messages, where the commitment's blind is."),
        ("index-nym", 55, "An index past the signer's messages, where the pseudonyms' secret is."),
        ("index-past", 56, "An index past everything."),
        ("index-large", 4_294_967_301, "An index that is 5 in its last 32 bits."),
    ] {
        let at = usize::from(index < 1_000);
        faults.two(id, MALFORMED, description, |case| {
            case.disclosed[at].index = index;
            case.disclosed.sort_by_key(|it| it.index);
        });
    }
    faults.two("disclosed-less", MALFORMED, "One message of the two that were proven.", |case| {
        case.disclosed.pop();
    });
    faults.two("disclosed-none", MALFORMED, "No message of the two that were proven.", |case| {
        case.disclosed.clear()
    });
    faults.two("disclosed-more", MALFORMED, "A third message, which was not proven.", |case| {
        case.disclosed.push(Disclosed { index: 53, message: message("disputes=0 true") });
    });
    faults.two(
        "disclosed-fitted",
        PROOF,
        "One message of the two that were proven, with a scalar put in for the other.",
        |case| {
            case.disclosed.pop();
            let mut proof = unhex(&case.proof);
            let scalar: Vec<u8> = proof[240..272].to_vec();
            proof.splice(240..240, scalar);
            case.proof = hex(proof);
        },
    );
    for (id, total) in
        [("total-53", 53), ("total-55", 55), ("total-0", 0), ("total-2", 2), ("total-large", 1 << 32)]
    {
        let description = format!("The signer is said to have signed {total} messages.");
        faults.two(id, MALFORMED, &description, |case| case.messages_total = total);
    }
    faults.two("total-fitted-less", PROOF, "53 messages, with a proof shorter by one scalar.", |case| {
        case.messages_total = 53;
        let mut proof = unhex(&case.proof);
        proof.drain(240..272);
        case.proof = hex(proof);
    });
    faults.two("total-fitted-more", PROOF, "55 messages, with a proof longer by one scalar.", |case| {
        case.messages_total = 55;
        let mut proof = unhex(&case.proof);
        let scalar: Vec<u8> = proof[240..272].to_vec();
        proof.splice(240..240, scalar);
        case.proof = hex(proof);
    });
}

/// Proofs of something else, and of nothing.
fn others(faults: &mut Faults<'_>) {
    for (of, id, description) in [
        ("renewed", "proof-epoch", "The holder's proof of the next epoch; the pseudonym is the same."),
        ("role", "proof-role", "The holder's proof in another role; the pseudonym is the same."),
        ("issuer", "proof-issuer", "The proof of a signature of another issuer over the same milestones."),
        ("market", "proof-market", "The proof of a signature for another market under the same key."),
        ("nonce", "proof-nonce", "The holder's proof for another request of this verifier: replayed."),
        (
            "holder",
            "proof-holder",
            "Another holder's proof for the same request, with this holder's pseudonym.",
        ),
    ] {
        let proof = faults.other(of).proof;
        faults.two(id, PROOF, description, |case| case.proof = proof);
    }
    let again = unhex(&faults.other("again").proof);
    faults.proof(
        "proof-mixed",
        PROOF,
        "The points of one proof with the scalars of another of the same.",
        |proof| {
            proof[144..].copy_from_slice(&again[144..]);
        },
    );
    forged(faults);
}

/// Proofs that nobody could make who keeps to the scheme, and in which one check alone finds it.
fn forged(faults: &mut Faults<'_>) {
    let identity = "Made without any signature: Abar and Bbar are the identity, everything else fits. A verifier that takes the identity takes this.";
    let unsigned = "Made without any signature, with points that are not the identity: everything fits but the pairing. A verifier that leaves it out takes this.";
    for (of, id, reason, description) in [
        ("two", "forged", MALFORMED, identity),
        ("four", "forged-four", MALFORMED, identity),
        ("two", "forged-pairing", PROOF, unsigned),
        ("four", "forged-pairing-four", PROOF, unsigned),
    ] {
        faults.add(of, id, reason, description, |case| {
            let messages: Vec<Vec<u8>> = case.disclosed.iter().map(|it| unhex(&it.message)).collect();
            let disclosed: Vec<(usize, &[u8])> = case
                .disclosed
                .iter()
                .zip(&messages)
                .map(|(it, message)| (usize::try_from(it.index).unwrap(), message.as_slice()))
                .collect();
            let claim = Claim {
                key: &unhex(&case.public_key).try_into().unwrap(),
                header: &unhex(&case.header),
                presentation_header: &unhex(&case.presentation_header),
                context: &unhex(&case.context),
                messages_total: 54,
                disclosed: &disclosed,
                is_identity: reason == MALFORMED,
            };
            let (proof, pseudonym) = forge(&claim);
            (case.proof, case.pseudonym) = (hex(proof), hex(pseudonym));
        });
    }
    let description = "The holder's pseudonym with a point of order 3 added, and a challenge that is a multiple of 3: everything fits but the group. A verifier that does not look at the group knows one holder by several names.";
    faults.two("pseudonym-order-3-fits", MALFORMED, description, |case| {
        let (pseudonym, proof) = ORDER_3.trim_end().split_once('\n').unwrap();
        (case.pseudonym, case.proof) = (pseudonym.to_owned(), proof.to_owned());
    });
}

/// Pseudonym and proof as they were drawn, by the holder's secrets of the case of two milestones.
const ORDER_3: &str = include_str!("order-3.txt");
