//! Signature, hidden claims and type, REQ-CRED-5, REQ-CRED-13 and REQ-CRED-14.

use faam_spec::encoding::{b64, unb64};
use serde_json::{Value, json};

use super::super::fixtures_signed::{
    Signed, digest, holder, jwk, kid, member, rating, reading, standing, stranger, written,
};
use super::super::{Cases, NOW};
use super::{any, read, read_as, top};

pub(super) fn cases(cases: &mut Cases) {
    signature(cases);
    hidden(cases);
    types(cases);
}

fn signature(cases: &mut Cases) {
    let req = "REQ-CRED-5";
    let rating = rating().showing(&["day"]);
    let of = |it: &Signed| reading("rating", it.text());
    cases.accept(req, "rating", "A rating with its day.", of(&rating));
    let forged = rating.with(|it| it.key = stranger());
    let text = rating.text();
    let (jwt, rest) = text.split_once('~').unwrap();
    let parts: Vec<&str> = jwt.split('.').collect();
    let flipped = |at: usize| {
        let mut bytes = unb64(parts[2], "signature").unwrap();
        bytes[at] ^= 1;
        reading("rating", format!("{}.{}.{}~{rest}", parts[0], parts[1], b64(bytes)))
    };
    let better = written(&rating.set("/entry", "value", json!(10)).payload);
    for (id, description, input) in [
        ("stranger", "A stranger signed under the issuer's name and key id.", of(&forged)),
        (
            "jwk",
            "A stranger signed, and brings the key in the header.",
            of(&forged.head("jwk", jwk(&stranger()))),
        ),
        (
            "jku",
            "A stranger signed, and says in the header where the key is to be found.",
            of(&forged.head("jku", json!("https://keys.example/jwks.json"))),
        ),
        (
            "holder",
            "The holder signed, whose key the credential names.",
            of(&rating.with(|it| it.key = holder())),
        ),
        ("flipped", "One bit of the signature is changed.", flipped(0)),
        ("flipped-s", "One bit of the signature's second half is changed.", flipped(33)),
        ("payload", "The value was changed after the credential was signed.", {
            reading("rating", format!("{}.{}.{}~{rest}", parts[0], b64(better), parts[2]))
        }),
        ("header", "A member was put into the header after it was signed.", {
            let header = written(&rating.head("x", json!(1)).header);
            reading("rating", format!("{}.{}.{}~{rest}", b64(header), parts[1], parts[2]))
        }),
    ] {
        let attack = if matches!(id, "jwk" | "jku") { "A03" } else { "A02" };
        cases.refuse(req, &format!("signature-{id}"), "invalid.signature", description, input).attack(attack);
    }
    for (id, description, input) in [
        ("kid", "The key is named as a stranger's.", of(&rating.head("kid", json!(kid(&stranger()))))),
        (
            "self",
            "A stranger signed under its own key id, and states the issuer.",
            of(&forged.head("kid", json!(kid(&stranger())))),
        ),
        ("kid-missing", "No key is named.", of(&rating.headless("kid"))),
    ] {
        cases.refuse(req, &format!("issuer-{id}"), "invalid.issuer", description, input);
    }
    for (id, description, typ) in [
        ("jwt", "The type of any JWT.", "JWT"),
        ("old", "The type that drafts had.", "vc+sd-jwt"),
        ("binding", "The type of a key binding.", "kb+jwt"),
        ("terms", "The type of terms.", "faam-terms+jwt"),
    ] {
        let input = of(&rating.head("typ", json!(typ)));
        cases.refuse(req, &format!("typ-{id}"), "invalid.type", description, input).attack("A05");
    }
}

fn hidden(cases: &mut Cases) {
    let req = "REQ-CRED-13";
    let inner = member(1, "exp", &json!(1));
    let it = any(json!({"p": {"_sd": [digest(&inner)]}}), &[&inner]);
    let description = "A member within another claim has the name of one that must not be hidden.";
    cases.accept(req, "visible-inner", description, read_as(&it, json!({"p": {"exp": 1}})));
    let other = member(1, "jti", &json!("7"));
    cases.accept(
        req,
        "visible-other",
        "A claim that may be hidden.",
        read_as(&top(&[&other]), json!({"jti": "7"})),
    );
    let status = json!({"status_list": {"idx": 7, "uri": "urn:faam:status:alpha-1"}});
    for (id, name, value) in [
        ("exp", "exp", json!(NOW - 1)),
        ("exp-valid", "exp", json!(NOW + 3600)),
        ("nbf", "nbf", json!(NOW + 3600)),
        ("iat", "iat", json!(NOW)),
        ("cnf", "cnf", json!({"jwk": jwk(&holder())})),
        ("integrity", "vct#integrity", json!("sha256-AAAA")),
        ("status", "status", status.clone()),
    ] {
        let text = member(1, name, &value);
        let description = format!("`{name}` is disclosed singly.");
        let input = read(&top(&[&text]));
        cases.refuse(req, &format!("hidden-{id}"), "invalid.claim.hidden", &description, input).attack("A13");
    }
    let vct = member(1, "vct", &json!(super::VCT));
    let it = top(&[&vct]).without("", "vct");
    cases
        .refuse(req, "hidden-vct", "invalid.claim.hidden", "`vct` is disclosed singly.", read(&it))
        .attack("A13");
    for name in ["cnf", "status", "vct"] {
        let it = rating();
        let text = member(90, name, &it.payload[name]);
        let it = it.without("", name).with(|it| {
            it.payload["_sd"].as_array_mut().unwrap().push(json!(digest(&text)));
            it.disclosures.push(text);
        });
        let description = format!("A rating whose `{name}` is disclosed singly.");
        let input = reading("rating", it.text());
        cases
            .refuse(req, &format!("hidden-rating-{name}"), "invalid.claim.hidden", &description, input)
            .attack("A13");
    }
}

fn types(cases: &mut Cases) {
    let req = "REQ-CRED-14";
    let rating_as = |vct: Value| reading("rating", rating().set("", "vct", vct).text());
    for (id, description, input) in [
        ("missing", "A rating without `vct`.", reading("rating", rating().without("", "vct").text())),
        ("standing", "A rating with the type of a standing.", rating_as(json!("urn:faam:standing:0"))),
        ("case", "The type in capitals.", rating_as(json!("URN:FAAM:RATING:0"))),
        ("prefix", "The type without its number.", rating_as(json!("urn:faam:rating"))),
        ("space", "A space behind the type.", rating_as(json!("urn:faam:rating:0 "))),
        ("null", "`vct` is `null`.", rating_as(Value::Null)),
        ("number", "`vct` is a number.", rating_as(json!(0))),
        ("list", "`vct` is a list with the right type.", rating_as(json!(["urn:faam:rating:0"]))),
        ("other", "The type of somebody else's credential.", rating_as(json!(super::VCT))),
        ("standing-as", "A standing with the type of a rating.", {
            reading("standing", standing().set("", "vct", json!("urn:faam:rating:0")).text())
        }),
        (
            "standing-missing",
            "A standing without `vct`.",
            reading("standing", standing().without("", "vct").text()),
        ),
    ] {
        cases.refuse(req, &format!("vct-{id}"), "invalid.type", description, input).attack("A05");
    }
}
