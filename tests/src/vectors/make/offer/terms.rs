//! Terms and the proof that redeems: REQ-OFFER-26 to REQ-OFFER-28.

use faam_spec::bbs::Commitment;
use faam_spec::did::Did;
use faam_spec::encoding::{b64, jcs, multi};
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::offer::{HeldHead, RedeemStatement, Terms};
use faam_spec::peer::PeerId;
use faam_spec::signed::Signer;
use faam_spec::tree::TreeHead;
use serde_json::{Value, json};

use crate::vectors::make::Cases;

pub(super) fn signer(seed: u8) -> Signer {
    Signer::from_key(SigningKey::from_seed(&[seed; 32]))
}

pub(super) fn peer(seed: u8) -> PeerId {
    PeerId::from_public_key(SigningKey::from_seed(&[seed; 32]).verifying_key().to_bytes())
}

pub(super) fn cases(cases: &mut Cases) {
    let terms = Terms {
        v: 0,
        iss: signer(1).did().clone(),
        market: "shop".parse().unwrap(),
        capability: Capability::from_bytes([7; 16]),
        challenge: "uY2hhbGxlbmdlIG9mIG9uZSBjb250YWN0".into(),
        node: peer(2),
        wallet: peer(3),
    };
    let good = signer(1).sign(&terms, "faam-terms+jwt").unwrap();
    cases.accept(
        "REQ-OFFER-26",
        "terms",
        "Terms of the issuer for this offer and connection.",
        opening(&good),
    );
    of_others(cases, &terms, &good);
    for_others(cases, &terms);
    form(cases, &terms);
    redeeming(cases);
}

fn opening(text: &str) -> Value {
    json!({
        "operation": "terms", "text": text, "issuer": signer(1).did(), "capability": Capability::from_bytes([7; 16]),
        "node": peer(2), "wallet": peer(3),
    })
}

/// A JWS under any header.
fn under(header: &Value, payload: &impl serde::Serialize, key: &SigningKey) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(serde_json::to_vec(payload).unwrap()));
    let signature = b64(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

fn of_others(cases: &mut Cases, terms: &Terms, good: &str) {
    let req = "REQ-OFFER-26";
    let mut bad = |id: &str, description: &str, text: &str| {
        cases.refuse(req, id, "invalid.issuer", description, opening(text)).attack("A32");
    };
    let stranger = signer(9);
    let theirs = Terms { iss: stranger.did().clone(), ..terms.clone() };
    let text = stranger.sign(&theirs, "faam-terms+jwt").unwrap();
    bad("terms-other", "Terms of another issuer, rightly signed by it.", &text);
    let text = stranger.sign(terms, "faam-terms+jwt").unwrap();
    bad("terms-kid", "Terms that name the issuer, signed under another's key id.", &text);
    let (key, payload) = (stranger.key(), serde_json::to_value(terms).unwrap());
    let header = json!({"alg": "EdDSA", "typ": "faam-terms+jwt"});
    bad("terms-no-kid", "Terms that name no key.", &under(&header, &payload, signer(1).key()));
    let kid = format!("{}#key-1", signer(1).did());
    let header = json!({"alg": "EdDSA", "typ": "faam-terms+jwt", "kid": kid});
    bad(
        "terms-fragment",
        "Terms whose key id is of the issuer's DID and names no key of it.",
        &under(&header, &payload, key),
    );
    let mut input = opening(good);
    let other: Did = signer(8).did().clone();
    input["issuer"] = json!(other);
    let description = "Terms of the node's own issuer, where the link named another.";
    cases.refuse(req, "terms-link", "invalid.issuer", description, input).attack("A32");
    let header = json!({"alg": "EdDSA", "typ": "faam-terms+jwt", "kid": signer(1).key_id()});
    let forged = under(&header, &payload, key);
    let description = "Terms that name the issuer and its key, signed with another.";
    cases
        .refuse("REQ-GEN-12", "terms-forged", "invalid.signature", description, opening(&forged))
        .attack("A32");
}

fn for_others(cases: &mut Cases, terms: &Terms) {
    let req = "REQ-OFFER-27";
    let mut bad = |id: &str, attack: &str, description: &str, terms: Terms| {
        let text = signer(1).sign(&terms, "faam-terms+jwt").unwrap();
        cases.refuse(req, id, "request.peer", description, opening(&text)).attack(attack);
    };
    let other = Capability::from_bytes([8; 16]);
    bad("terms-offer", "A32", "Terms for another offer.", Terms { capability: other, ..terms.clone() });
    bad(
        "terms-node",
        "A45",
        "Terms for another node: this one passes them on.",
        Terms { node: peer(4), ..terms.clone() },
    );
    bad(
        "terms-wallet",
        "A45",
        "Terms for another wallet: somebody asked in between.",
        Terms { wallet: peer(4), ..terms.clone() },
    );
    bad(
        "terms-swapped",
        "A45",
        "Node and wallet have changed places.",
        Terms { node: terms.wallet, wallet: terms.node, ..terms.clone() },
    );
}

fn form(cases: &mut Cases, terms: &Terms) {
    let sign = |change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::to_value(terms).unwrap();
        change(&mut value);
        signer(1).sign(&value, "faam-terms+jwt").unwrap()
    };
    let text = sign(&|terms| terms["v"] = json!(1));
    cases.refuse("REQ-VERSION-5", "terms-v1", "unsupported.version", "Terms of version 1.", opening(&text));
    let text = sign(&|terms| terms["price"] = json!(5));
    cases.refuse("REQ-GEN-7", "terms-extra", "malformed", "Terms with another member.", opening(&text));
    let mut input = opening("");
    input["text"] = crate::vectors::long("", "eyJh", 2049, "");
    let description = "8,196 bytes in the place of terms.";
    cases.refuse("REQ-GEN-6", "terms-large", "too_large", description, input).attack("A20");
    let text = signer(1).sign(terms, "faam-receipt+jwt").unwrap();
    let description = "Terms under the type of a receipt.";
    cases.refuse("REQ-GEN-19", "terms-typ", "invalid.type", description, opening(&text));
}

fn redeeming(cases: &mut Cases) {
    let req = "REQ-OFFER-28";
    let holder = SigningKey::from_seed(&[9; 32]);
    let head = |size| TreeHead { size, root: Hash::from_bytes([5; 32]) };
    let held = HeldHead { ledger: LedgerId::from_bytes([6; 16]), log: head(4) };
    let statement = RedeemStatement {
        capability: Capability::from_bytes([7; 16]),
        challenge: "uY2hhbGxlbmdlIG9mIG9uZSBjb250YWN0".into(),
        issuer: signer(1).did().clone(),
        node: peer(2),
        wallet: peer(3),
        since: Some(held),
        commitment: None,
    };
    // What the node knows, and a proof of any kind.
    let verifying = |known: &RedeemStatement, proof: &str| {
        let mut input = json!({
            "operation": "redeem", "holder": Jwk::from(&holder.verifying_key()), "proof": proof,
            "capability": known.capability, "challenge": known.challenge, "issuer": known.issuer,
            "node": known.node, "wallet": known.wallet, "since": known.since,
        });
        if let Some(commitment) = known.commitment {
            input["commitment"] = json!(commitment);
        }
        input
    };
    let proof = |said: &RedeemStatement| multi(said.sign(&holder).unwrap().to_bytes());
    let nothing = RedeemStatement { since: None, ..statement.clone() };
    let input = verifying(&statement, &proof(&statement));
    cases.accept(req, "redeem", "The proof of a wallet that holds a head.", input);
    let input = verifying(&nothing, &proof(&nothing));
    cases.accept(req, "redeem-first", "The proof of a wallet that holds nothing yet.", input);
    let mut commitment = [7; 144];
    let wanting =
        RedeemStatement { commitment: Some(Commitment::from_bytes(commitment)), ..statement.clone() };
    let input = verifying(&wanting, &proof(&wanting));
    cases.accept(req, "redeem-commitment", "The proof of a wallet that wants private standings.", input);
    commitment[143] ^= 1;
    let other = RedeemStatement { commitment: Some(Commitment::from_bytes(commitment)), ..statement.clone() };
    for (id, description, sent) in [
        ("redeem-commitment-other", "Another commitment is sent than the one that was signed.", &other),
        ("redeem-commitment-none", "A commitment was signed, and none is sent.", &statement),
    ] {
        let input = verifying(sent, &proof(&wanting));
        cases.refuse(req, id, "offer.proof", description, input).attack("A32");
    }
    let input = verifying(&wanting, &proof(&statement));
    let description = "A commitment is put in on the way.";
    cases.refuse(req, "redeem-commitment-put", "offer.proof", description, input).attack("A32");
    let mut bad = |id: &str, attack: &str, description: &str, proof: &str| {
        let input = verifying(&statement, proof);
        cases.refuse(req, id, "offer.proof", description, input).attack(attack);
    };
    let said = |change: &dyn Fn(&mut RedeemStatement)| {
        let mut said = statement.clone();
        change(&mut said);
        proof(&said)
    };
    let other = multi(statement.sign(&SigningKey::from_seed(&[10; 32])).unwrap().to_bytes());
    bad("redeem-key", "A32", "Signed with another key than the one that is sent.", &other);
    let text = said(&|said| said.capability = Capability::from_bytes([8; 16]));
    bad("redeem-offer", "A32", "Signed for another offer.", &text);
    bad("redeem-challenge", "A32", "Signed for another challenge.", &said(&|said| said.challenge.push('x')));
    let text = said(&|said| said.issuer = signer(8).did().clone());
    bad("redeem-issuer", "A45", "Signed for another issuer, whose link the wallet had.", &text);
    bad(
        "redeem-node",
        "A45",
        "Signed for another node, which passes it on.",
        &said(&|said| said.node = peer(4)),
    );
    bad(
        "redeem-wallet",
        "A45",
        "Signed for another wallet's connection.",
        &said(&|said| said.wallet = peer(4)),
    );
    bad(
        "redeem-since",
        "A32",
        "Signed with another head than is sent.",
        &said(&|said| {
            said.since = Some(HeldHead { log: head(3), ..held });
        }),
    );
    bad("redeem-null", "A32", "Signed as if nothing were held.", &proof(&nothing));
    let signed = jcs(&statement).unwrap();
    let domain = [b"faam/redeem/0".as_slice(), &signed].concat();
    let text = multi(holder.sign(&domain).to_bytes());
    bad("redeem-domain", "A32", "Signed without the line feed of the domain string.", &text);
    let whole = statement.sign(&holder).unwrap().to_bytes();
    bad("redeem-short", "A32", "A proof of 63 bytes.", &multi(&whole[..63]));
}
