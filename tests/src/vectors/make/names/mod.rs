//! Names, DIDs and the keys that signatures name: `spec/text/names.md`.

mod dids;
mod keys;

use faam_spec::peer::PeerId;
use serde_json::{Value, json};

pub(super) use dids::webvh;

use super::Cases;
use super::fixtures_signed::{did, filled, issuer, reading, sha256, verifier};
use super::general::base58;
use crate::vectors::{Vector, long};

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("names");
    names(&mut cases);
    peers(&mut cases);
    dids::cases(&mut cases);
    keys::cases(&mut cases);
    super::private::derived(&mut cases);
    cases.done()
}

fn name(kind: &str, text: impl Into<Value>) -> Value {
    json!({"operation": "name", "type": kind, "text": text.into()})
}

fn names(cases: &mut Cases) {
    let req = "REQ-NAME-1";
    for (id, kind, text) in [
        ("market", "market", "bitcoin-alpha"),
        ("market-dots", "market", "2.market-.."),
        ("market-one", "market", "a"),
        ("role", "role", "seller-2-"),
        ("role-digit", "role", "7"),
        ("rater", "rater", "-_Zm9v"),
        ("rater-one", "rater", "_"),
    ] {
        let description = format!("The name of a {kind}.");
        cases.accept(req, id, &description, name(kind, text));
    }
    for (id, kind, description, text) in [
        ("market-empty", "market", "No name.", ""),
        ("market-capital", "market", "A capital.", "Alpha"),
        ("market-hyphen", "market", "A hyphen in the first place.", "-alpha"),
        ("market-dot", "market", "A full stop in the first place.", ".alpha"),
        ("market-underscore", "market", "An underscore.", "al_pha"),
        ("market-slash", "market", "A slash.", "al/pha"),
        ("market-space", "market", "A space at the end.", "alpha "),
        ("market-accent", "market", "A letter with an accent.", "alphá"),
        ("market-cyrillic", "market", "A letter of another script that looks the same.", "аlpha"),
        ("market-bidi", "market", "A character that turns the direction of reading.", "alpha\u{202e}"),
        ("market-zero", "market", "A zero byte.", "alpha\0"),
        ("role-empty", "role", "No name.", ""),
        ("role-dot", "role", "A full stop, which roles do not have.", "seller.2"),
        ("role-hyphen", "role", "A hyphen in the first place.", "-seller"),
        ("role-capital", "role", "A capital.", "sellerA"),
        ("rater-empty", "rater", "No name.", ""),
        ("rater-plus", "rater", "A character of base64 that base64url does not have.", "Zm+v"),
        ("rater-padded", "rater", "Padding.", "Zm8="),
        ("rater-dot", "rater", "A full stop.", "Zm.v"),
    ] {
        cases.refuse(req, id, "malformed", description, name(kind, text));
    }
    let req = "REQ-NAME-2";
    for (kind, most) in [("market", 64), ("role", 32), ("rater", 64)] {
        let description = format!("The name of a {kind} of {most} bytes.");
        cases.accept(req, &format!("{kind}-longest"), &description, name(kind, "a".repeat(most)));
        let description = format!("The name of a {kind} of {} bytes.", most + 1);
        let input = name(kind, "a".repeat(most + 1));
        cases.refuse(req, &format!("{kind}-long"), "too_large", &description, input);
        let description = format!("The name of a {kind} of a megabyte.");
        let input = name(kind, long("", "a", 1_048_576, ""));
        cases.refuse(req, &format!("{kind}-mega"), "too_large", &description, input).attack("A20");
    }
}

fn peers(cases: &mut Cases) {
    let req = "REQ-NAME-16";
    let key = verifier().verifying_key().to_bytes();
    let named = |before: &[u8], key: &[u8]| base58(&[before, key].concat());
    let good = named(&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], &key);
    assert_eq!(good, PeerId::from_public_key(key).to_string());
    cases.accept(req, "peer", "The name of a peer.", reading("peer", good.as_str()));
    let hashed = named(&[0x12, 0x20], &sha256([[0x08, 0x01, 0x12, 0x20].as_slice(), &key].concat()));
    let other = named(&[0x00, 0x25, 0x08, 0x02, 0x12, 0x21, 0x02], &key);
    let bad = [
        ("hashed", "A name that hashes its key.", hashed.clone()),
        ("secp256k1", "A name of a key of another type.", other.clone()),
        (
            "rsa",
            "A name that says that its key is of another type.",
            named(&[0x00, 0x24, 0x08, 0x00, 0x12, 0x20], &key),
        ),
        ("short", "A name of a key of 31 bytes.", named(&[0x00, 0x23, 0x08, 0x01, 0x12, 0x1f], &key[..31])),
        (
            "long",
            "A name with a byte behind the key.",
            named(&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], &[key.as_slice(), &[0]].concat()),
        ),
        ("cut", "A name without its last character.", good[..good.len() - 1].to_owned()),
        ("ones", "A name with a zero byte before it.", format!("1{good}")),
        (
            "cid",
            "The name as a content id, in base32.",
            "bafzaajaiaejcbpltgfdn2sojvxpjjjaaxnysqtbjpsdlc6sofuaalktjrz7c5ahu".to_owned(),
        ),
        ("multibase", "The name with the multibase prefix of base58.", format!("z{good}")),
        ("space", "A space behind the name.", format!("{good} ")),
        ("digit", "A character that base58 does not have.", good.replacen('K', "0", 1)),
        ("did", "A DID.", did(&verifier()).to_string()),
        ("empty", "No name.", String::new()),
    ];
    for (id, description, text) in bad {
        cases.refuse(req, &format!("peer-{id}"), "malformed", description, reading("peer", text));
    }
    let link = |peer: &str| {
        let (did, cap) = (did(&issuer()), filled(7, 16));
        let text = format!(
            "faam:present?v=0&peer={peer}&did={did}&cap={cap}&exp=1795266000&at=/ip4/192.0.2.7/tcp/4001"
        );
        reading("link", text)
    };
    cases.accept(req, "peer-link", "A link to a peer by its name.", link(&good));
    for (id, description, text) in [
        ("hashed", "A link to a peer by a name that hashes its key.", hashed),
        ("secp256k1", "A link to a peer with a key of another type.", other),
        ("multibase", "A link to a peer whose name has a multibase prefix.", format!("z{good}")),
    ] {
        cases.refuse(req, &format!("peer-link-{id}"), "link.malformed", description, link(&text));
    }
}
