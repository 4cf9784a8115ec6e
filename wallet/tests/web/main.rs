//! Verifiers of others over real TLS, under an authority of the test's own: named by `did:web` or by a certificate, signing anew at each
//! fetch.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "../common/mod.rs"]
mod common;
mod verifier;

use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use common::{Home, Market, Said, now};
use faam_fetch::{Fetcher, Lookup, Roots};
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_wallet::contact::{ContactError, FetchedPost, Means, Posted, Web, fetch_post};
use faam_wallet::present::{Agreed, Pick, Plan, counts};
use faam_wallet::vault::{Happened, LogEntry, Vault, WhoAsked, Withheld};
use rcgen::CertificateParams;
use serde_json::{Value, json};
use verifier::{Authority, NamedBy, Verifier, named, over};

const HOST: &str = "verifier.example";

/// Every name is on this machine.
#[derive(Debug)]
struct Here;

impl Lookup for Here {
    fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec!["127.0.0.1".parse().unwrap()])
    }
}

fn home() -> Home {
    let mut market = Market::new("shop");
    for n in 0..5 {
        market.rate(5, &format!("r{n}"), "2026-03-01T12:00:00Z", "As promised.");
    }
    Home::with_ratings(&mut market, now())
}

fn web(authority: &Authority, verifiers: &[&Verifier]) -> Web {
    let anchors = Roots::from_pem(authority.pem().as_bytes()).unwrap();
    let fetcher =
        Fetcher::new(&anchors).with_lookup(Here).danger_with_addresses(verifiers.iter().map(|one| one.at));
    Web { fetcher, anchors }
}

fn means<T>(work: impl AsyncFnOnce(&mut Means<'_>) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut rng, mut progress) = (rand::rngs::OsRng, |_| {});
        let mut means =
            Means { clock: &now, rng: &mut rng, progress: &mut progress, timeout: Duration::from_secs(20) };
        work(&mut means).await
    })
}

fn fetch(vault: &Vault, verifier: &Verifier, web: &Web) -> Result<FetchedPost, ContactError> {
    let link = verifier.link().parse().unwrap();
    means(async |means| fetch_post(vault, &link, web, means).await)
}

fn show(vault: &Vault, fetched: FetchedPost, agreed: Option<Agreed>) -> Result<Posted, ContactError> {
    let (request, held) = (fetched.request().clone(), vault.held_all().unwrap());
    let plan = Plan::new(&request, &held, Pick::Newest, now()).unwrap();
    let agreed = agreed.unwrap_or(Agreed { to: plan.approval(), not_compared: false });
    means(async |means| fetched.show(vault, &plan, agreed, means).await)
}

/// A verifier that is as it should be, under `authority`.
fn good(by: NamedBy, authority: &Authority) -> Verifier {
    Verifier::start(HOST, by, (authority, named(HOST)), (authority, named(HOST)))
}

/// The `nonce` of the key binding in what was posted.
fn nonce_of(posted: &str) -> Value {
    let form = faam_spec::openid4vp::form(posted).unwrap();
    let vp_token: Value = serde_json::from_str(&form[0].1).unwrap();
    let sd_jwt = vp_token["good_name"][0].as_str().unwrap();
    faam_schemas::parts(sd_jwt.rsplit('~').next().unwrap()).1["nonce"].clone()
}

//= spec/text/openid4vp.md#REQ-VP-27
//= type=test
//# What a holder agrees to beforehand MUST be, beside exactly what would be shown, the whole `client_id`, name, purpose,
//# retention, terms and query of the request, and the `response_uri`.
#[test]
fn a70_verifiers_that_sign_anew_are_answered_as_was_agreed() {
    let (home, authority) = (home(), Authority::new("ours"));
    let vault = home.open();
    for by in [NamedBy::DidWeb, NamedBy::SanDns, NamedBy::Hash] {
        let verifier = good(by, &authority);
        let web = web(&authority, &[&verifier]);
        let looked = fetch(&vault, &verifier, &web).unwrap();
        let (request, held) = (looked.request().clone(), vault.held_all().unwrap());
        let approval = Plan::new(&request, &held, Pick::Newest, now()).unwrap().approval();
        let again = fetch(&vault, &verifier, &web).unwrap();
        assert_ne!(again.request().digest(), request.digest(), "{by:?}: signed anew");
        let agreed = Agreed { to: approval, not_compared: false };
        show(&vault, again, Some(agreed)).unwrap();
        let says = verifier.says();
        assert_eq!(says.posted.len(), 1, "{by:?}");
        assert_eq!(nonce_of(&says.posted[0]), says.nonces[1], "{by:?}: of the request that was answered");
        assert!(says.posted[0].contains("state=s1"), "{}", says.posted[0]);
        drop(says);

        // Whatever a person was told of is in what they agreed to.
        let good = verifier.says().payload.clone();
        // Whoever says our terms asks in our words.
        let say = |payload: &mut Value, purpose: &str, days: u32, terms: &str| {
            let said =
                json!({"v": 0, "name": "Gamma", "purpose": purpose, "retention_days": days, "terms": terms});
            payload["faam"] = said;
            payload["dcql_query"] = Query::standing("shop".parse().unwrap()).unwrap().into();
        };
        let mut last = vec![approval];
        let mut changed = |what: &str, change: &dyn Fn(&mut Value)| {
            let mut payload = good.clone();
            change(&mut payload);
            verifier.says().payload = payload;
            let other = fetch(&vault, &verifier, &web).unwrap();
            let request = other.request().clone();
            let held = vault.held_all().unwrap();
            let approval = Plan::new(&request, &held, Pick::Newest, now()).unwrap().approval();
            assert!(!last.contains(&approval), "{by:?}: {what}");
            for agreed in last.drain(..) {
                let fetched = fetch(&vault, &verifier, &web).unwrap();
                let refused =
                    show(&vault, fetched, Some(Agreed { to: agreed, not_compared: false })).err().unwrap();
                assert_eq!(refused.reason(), Reason::ConsentMissing, "{by:?}: {what}");
            }
            last.push(approval);
        };
        changed("name", &|payload| payload["client_metadata"]["client_name"] = json!("Gamma Rentals"));
        changed("where to", &|payload| payload["response_uri"] = json!(verifier.url("/elsewhere")));
        changed("purpose", &|payload| say(payload, "To rent out a flat", 30, "https://t.example"));
        changed("another purpose", &|payload| say(payload, "To sell you", 30, "https://t.example"));
        changed("retention", &|payload| say(payload, "To sell you", 300, "https://t.example"));
        changed("terms", &|payload| say(payload, "To sell you", 300, "https://u.example"));
        // Beside the question as it was at first.
        changed("nothing", &|_| {});
        changed("query", &|payload| {
            let shops = json!(["shop", "other-shop"]);
            payload["dcql_query"]["credentials"][0]["claims"][0]["values"] = shops;
        });
        assert_eq!(verifier.says().posted.len(), 1, "{by:?}: nothing more was sent");
    }
}

//= spec/text/fetching.md#REQ-FETCH-5
//= type=test
//# The server MUST prove its name by a certificate that is valid now and leads to an authority that is believed
//# here.
#[test]
fn a_server_that_does_not_prove_its_name_is_not_talked_to() {
    let (home, ours, theirs) = (home(), Authority::new("ours"), Authority::new("theirs"));
    let vault = home.open();
    let expired = over(HOST);
    for by in [NamedBy::DidWeb, NamedBy::SanDns, NamedBy::Hash] {
        for (what, tls, params) in [
            ("another name", &ours, named("other.example")),
            ("a name below", &ours, named("www.verifier.example")),
            ("over", &ours, expired.clone()),
            ("another authority", &theirs, named(HOST)),
        ] {
            let verifier = Verifier::start(HOST, by, (tls, params), (&ours, named(HOST)));
            let refused = fetch(&vault, &verifier, &web(&ours, &[&verifier])).err().unwrap();
            assert_eq!(refused.reason(), Reason::FetchTls, "{by:?}: {what}");
            assert_eq!(verifier.says().asked, Vec::<String>::new(), "{by:?}: {what}: nothing was said");
        }
        // It proves another name only when the answer is to be posted.
        let (first, second) =
            (good(by, &ours), Verifier::start(HOST, by, (&theirs, named(HOST)), (&ours, named(HOST))));
        first.says().payload["response_uri"] = json!(second.url("/response"));
        let web = web(&ours, &[&first, &second]);
        let refused = show(&vault, fetch(&vault, &first, &web).unwrap(), None).err().unwrap();
        assert_eq!(refused.reason(), Reason::FetchTls, "{by:?}");
        assert!(second.says().posted.is_empty() && first.says().posted.is_empty(), "{by:?}");
    }
}

//= spec/text/fetching.md#REQ-FETCH-6
//= type=test
//# At most 3 redirects MUST be followed, all to the same scheme, host and port; none with what is sent
#[test]
fn nobody_is_sent_on_to_another_host() {
    let (home, ours) = (home(), Authority::new("ours"));
    let vault = home.open();
    let elsewhere = Verifier::start(
        "other.example",
        NamedBy::Hash,
        (&ours, named("other.example")),
        (&ours, named(HOST)),
    );
    for by in [NamedBy::DidWeb, NamedBy::SanDns, NamedBy::Hash] {
        for from in ["/request", "/.well-known/did.json", "/response"] {
            if from == "/.well-known/did.json" && by != NamedBy::DidWeb {
                continue;
            }
            let verifier = good(by, &ours);
            verifier.says().redirects = vec![(from, elsewhere.url(from))];
            let web = web(&ours, &[&verifier, &elsewhere]);
            let fetched = fetch(&vault, &verifier, &web);
            let refused = match fetched {
                Ok(fetched) => {
                    assert_eq!(from, "/response");
                    show(&vault, fetched, None).err().unwrap()
                }
                Err(refused) => refused,
            };
            assert_eq!(refused.reason(), Reason::FetchRedirect, "{by:?}: {from}");
            assert_eq!(elsewhere.says().asked, Vec::<String>::new(), "{by:?}: {from}");
        }
    }
}

//= spec/text/fetching.md#REQ-FETCH-20
//= type=test
//# The first certificate MUST have exactly that name among its DNS names, without wildcards, or that hash.
//= spec/text/fetching.md#REQ-FETCH-21
//= type=test
//# The certificates MUST lead to one that is trusted for this, each valid at the time
#[test]
fn a84_a_request_is_signed_by_whom_its_certificate_names() {
    let (home, ours, theirs) = (home(), Authority::new("ours"), Authority::new("theirs"));
    let vault = home.open();
    let refused = |by, (signs, leaf): (&Authority, CertificateParams), change: &dyn Fn(&Verifier)| {
        let verifier = Verifier::start(HOST, by, (&ours, named(HOST)), (signs, leaf));
        change(&verifier);
        let refused = fetch(&vault, &verifier, &web(&ours, &[&verifier])).err().unwrap();
        assert!(verifier.says().posted.is_empty());
        refused.reason()
    };
    let nothing = |_: &Verifier| {};
    assert_eq!(refused(NamedBy::SanDns, (&ours, named("other.example")), &nothing), Reason::X509Name);
    assert_eq!(refused(NamedBy::SanDns, (&ours, named("*.example")), &nothing), Reason::X509Name);
    for by in [NamedBy::SanDns, NamedBy::Hash] {
        assert_eq!(refused(by, (&theirs, named(HOST)), &nothing), Reason::X509Chain, "{by:?}");
        assert_eq!(refused(by, (&ours, over(HOST)), &nothing), Reason::X509Chain, "{by:?}");
        // A certificate of somebody else, who signed nothing.
        let other = Verifier::start(HOST, by, (&ours, named(HOST)), (&ours, named(HOST)));
        let stolen = other.says().x5c.clone();
        let wanted = if by == NamedBy::Hash { Reason::X509Name } else { Reason::InvalidSignature };
        let reason = refused(by, (&ours, named(HOST)), &|verifier| verifier.says().x5c = stolen.clone());
        assert_eq!(reason, wanted, "{by:?}");
    }
    // Where the answer goes is the host that was named.
    let away = |verifier: &Verifier| {
        verifier.says().payload["response_uri"] = json!("https://other.example/response")
    };
    assert_eq!(refused(NamedBy::SanDns, (&ours, named(HOST)), &away), Reason::RequestAudience);
    // A document that names other keys, or somebody else.
    let keyless = |verifier: &Verifier| verifier.says().document["verificationMethod"] = json!([]);
    assert_eq!(refused(NamedBy::DidWeb, (&ours, named(HOST)), &keyless), Reason::KeyUnknown);
    let other = |verifier: &Verifier| verifier.says().document["id"] = json!("did:web:other.example");
    assert_eq!(refused(NamedBy::DidWeb, (&ours, named(HOST)), &other), Reason::FetchDocument);
}

fn code(said: &Said) -> String {
    assert_ne!(said.code, 0, "{said:?}");
    said.code_of_error()
}

/// With the program: its options, its words, its exit status.
//= spec/text/openid4vp.md#REQ-VP-28
//= type=test
//# Such an agreement MUST count once, and for 7 days from when the holder looked
#[test]
fn a70_what_was_agreed_to_with_the_program_counts_once() {
    let (home, ours) = (home(), Authority::new("ours"));
    let roots: PathBuf = home.folder.path().join("roots.pem");
    fs::write(&roots, ours.pem()).unwrap();
    let start = |params| Verifier::start("localhost", NamedBy::Hash, (&ours, params), (&ours, named(HOST)));
    let verifier = start(named("localhost"));
    let link = verifier.link();
    let run = |link: &str, more: &[&str]| {
        let mut args = vec!["present", link, "--allow-loopback", "--json"];
        args.extend(more);
        home.run(&args)
    };
    let roots = ["--web-roots", roots.to_str().unwrap()];
    let with = |link: &str, more: &[&str]| run(link, &[&roots[..], more].concat());
    // Without the authority nobody proves anything.
    assert_eq!(code(&run(&link, &["--dry-run"])), "fetch.tls");
    for params in [over("localhost"), named(HOST)] {
        assert_eq!(code(&with(&start(params).link(), &["--dry-run"])), "fetch.tls");
    }
    let look = || {
        let said = with(&link, &["--dry-run"]);
        assert_eq!(said.code, 0, "{said:?}");
        said.envelope()["data"]["approve"].as_str().unwrap().to_owned()
    };
    let digest = look();
    assert_eq!(look(), digest, "of the question, however it is signed");
    let said = with(&link, &["--approve", &digest]);
    assert_eq!(said.code, 0, "{said:?}");
    // Asked the same again, under the same digest: that was answered.
    let said = with(&link, &["--approve", &digest]);
    assert_eq!(code(&said), "consent.missing");
    assert!(said.out.contains("counts once") && said.out.contains("--dry-run"), "{}", said.out);
    let last = home.run(&["log", "--json"]).envelope()["data"]["entries"][0].take();
    assert_eq!((&last["what"], &last["why"]), (&json!("withheld"), &json!("spent_approval")));
    assert!(
        home.run(&["log"])
            .out
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .contains("one approval counts once")
    );
    assert_eq!(verifier.says().posted.len(), 1);
    // Looked at again, it counts again; for another purpose it does not.
    assert_eq!(look(), digest);
    verifier.says().payload["client_metadata"]["client_name"] = json!("Gamma Rentals");
    assert_eq!(code(&with(&link, &["--approve", &digest])), "consent.missing");
    verifier.says().payload["client_metadata"]["client_name"] = json!("Gamma");
    assert_eq!(with(&link, &["--approve", &digest]).code, 0);
    let says = verifier.says();
    assert_eq!(says.posted.len(), 2);
    assert_ne!(nonce_of(&says.posted[0]), nonce_of(&says.posted[1]));
}

#[test]
fn an_agreement_is_of_somebody_who_looked_not_long_ago() {
    let to = WhoAsked {
        name: "Gamma".into(),
        did: "x509_san_dns:verifier.example".parse().unwrap(),
        peer: None,
        post: Some("https://verifier.example/response".into()),
        purpose: String::new(),
        retention_days: 0,
        terms_unsaid: true,
        terms: None,
        milestones: Vec::new(),
        ledgers: Vec::new(),
    };
    let hash = faam_spec::hash::Hash::from_bytes([7; 32]);
    let entry = |seq, what| LogEntry { seq, at: now(), persona: 0, what };
    let looked =
        entry(5, Happened::DryRun { to: to.clone(), request: hash, approve: Some(hash), code: None });
    let shown = |seq, to: &WhoAsked| {
        let what = Happened::Shown {
            to: to.clone(),
            request: hash,
            presentation: hash,
            ledgers: Vec::new(),
            private: Vec::new(),
            delete_by: now(),
            told: faam_wallet::vault::Told::Unknown,
        };
        entry(seq, what)
    };
    let week = 7 * 86_400;
    assert_eq!(counts(None, &[], now()), Err(Withheld::UnknownApproval));
    assert_eq!(counts(Some(&looked), &[], looked.at.plus(week)), Ok(()));
    assert_eq!(counts(Some(&looked), &[], looked.at.plus(week + 1)), Err(Withheld::StaleApproval));
    assert_eq!(counts(Some(&looked), &[shown(4, &to)], now()), Ok(()), "before they looked again");
    assert_eq!(counts(Some(&looked), &[shown(4, &to), shown(6, &to)], now()), Err(Withheld::SpentApproval));
    let other = WhoAsked { purpose: "To rent out a flat".into(), ..to };
    assert_eq!(counts(Some(&looked), &[shown(6, &other)], now()), Ok(()));
}
