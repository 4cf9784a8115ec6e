//! The proof that renews: REQ-OFFER-37.

use faam_spec::encoding::{jcs, multi};
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::offer::{HeldHead, RedeemStatement, RenewStatement};
use faam_spec::tree::TreeHead;
use serde_json::json;

use super::terms::{peer, signer};
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    let req = "REQ-OFFER-37";
    let holder = SigningKey::from_seed(&[9; 32]);
    let head = |size| TreeHead { size, root: Hash::from_bytes([5; 32]) };
    let held = HeldHead { ledger: LedgerId::from_bytes([6; 16]), log: head(4) };
    let statement = RenewStatement {
        capability: Capability::from_bytes([7; 16]),
        challenge: "uY2hhbGxlbmdlIG9mIG9uZSBjb250YWN0".into(),
        issuer: signer(1).did().clone(),
        node: peer(2),
        wallet: peer(3),
        since: Some(held),
    };
    // What the node knows, and a proof of any kind.
    let verifying = |known: &RenewStatement, proof: &str| {
        json!({
            "operation": "renew", "holder": Jwk::from(&holder.verifying_key()), "proof": proof,
            "capability": known.capability, "challenge": known.challenge, "issuer": known.issuer,
            "node": known.node, "wallet": known.wallet, "since": known.since,
        })
    };
    let proof = |said: &RenewStatement| multi(said.sign(&holder).unwrap().to_bytes());
    let nothing = RenewStatement { since: None, ..statement.clone() };
    let input = verifying(&statement, &proof(&statement));
    cases.accept(req, "renew", "The proof of a wallet that holds a head.", input);
    let input = verifying(&nothing, &proof(&nothing));
    cases.accept(req, "renew-whole", "The proof of a wallet that asks for the whole ledger.", input);
    let mut bad = |id: &str, attack: &str, description: &str, proof: &str| {
        let input = verifying(&statement, proof);
        cases.refuse(req, id, "offer.proof", description, input).attack(attack);
    };
    let said = |change: &dyn Fn(&mut RenewStatement)| {
        let mut said = statement.clone();
        change(&mut said);
        proof(&said)
    };
    let other = multi(statement.sign(&SigningKey::from_seed(&[10; 32])).unwrap().to_bytes());
    bad("renew-key", "A32", "Signed with another key than the one that is sent.", &other);
    let text = said(&|said| said.capability = Capability::from_bytes([8; 16]));
    bad("renew-value", "A32", "Signed for another renewal.", &text);
    bad("renew-challenge", "A32", "Signed for another challenge.", &said(&|said| said.challenge.push('x')));
    let text = said(&|said| said.issuer = signer(8).did().clone());
    bad("renew-issuer", "A45", "Signed for another issuer.", &text);
    bad(
        "renew-node",
        "A45",
        "Signed for another node, which passes it on.",
        &said(&|said| said.node = peer(4)),
    );
    bad(
        "renew-wallet",
        "A45",
        "Signed for another wallet's connection.",
        &said(&|said| said.wallet = peer(4)),
    );
    let text = said(&|said| said.since = Some(HeldHead { log: head(3), ..held }));
    bad("renew-since", "A32", "Signed with another head than is sent.", &text);
    bad("renew-null", "A32", "Signed as if nothing were held.", &proof(&nothing));
    let RenewStatement { capability, challenge, issuer, node, wallet, since } = statement.clone();
    let redeem = RedeemStatement { capability, challenge, issuer, node, wallet, since, commitment: None };
    let text = multi(redeem.sign(&holder).unwrap().to_bytes());
    bad("renew-redeem", "A32", "The proof that redeems an offer.", &text);
    let domain = [b"faam/redeem/0\n".as_slice(), &jcs(&statement).unwrap()].concat();
    let text = multi(holder.sign(&domain).to_bytes());
    bad("renew-domain", "A32", "Signed under the domain string of redeeming.", &text);
    let whole = statement.sign(&holder).unwrap().to_bytes();
    bad("renew-short", "A32", "A proof of 63 bytes.", &multi(&whole[..63]));
}
