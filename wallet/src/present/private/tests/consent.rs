//! What the holder is told of milestones before they leave, and what the log keeps of them after.

use super::*;

/// What the consent says, from beginning to end.
//= spec/text/private.md#REQ-PRIVATE-19
//= type=test
//# Before it shows anything a wallet MUST say how many accounts are known to share what is asked together with all
//# that the verifier was shown before in this role, and how many ledgers are held in wallets
#[test]
fn consent_tells_all_of_it_in_plain_words() {
    let held = [SHOP.eve.clone()];
    let consent = consent_of(at_shop(&["count>=10", "mean>=950", "tenure>=3y"]), &held, &[]);
    let text = consent.to_text(100);
    let expected = format!(
        "\
“Beta rentals” asks you to prove milestones, and to show no rating.

Who        {did}
How known  NOT authenticated by anybody: signed by the key that the link named, which anybody can
           make; the name is their own claim.
Answer to  {peer}
Why        “To rent out a flat.”
Kept for   30 days
Terms      https://beta.example/terms
Answer by  2026-11-16T09:10:00Z

WHAT THEY LEARN FROM shop
  - Whose word it is: the issuer {issuer}.
  - What the market says of you as seller, in its epoch 2026-47:
    * at least 10 ratings, one from each counterparty (count>=10)
    * a mean rating of at least 950 of 1000 (mean>=950)
    * first rated at least 3 years ago (tenure>=3y)
  - A pseudonym, by which this verifier and nobody else recognises you later: it has not seen it
    yet.

WHAT THEY DO NOT LEARN
  - Of shop: how many ratings you have exactly, how good they are and from whom; no single rating,
    and no milestone but these.
  - The name of your account or ledger, and your key for it.
  - Your accounts on other markets, and anything else in this wallet.
  - What you showed to others: they know you by other pseudonyms, and find nothing in common but
    what many share.

WHAT IT CAN BE LINKED WITH
  - At least 20 accounts of shop reach all of this. At least 20 of its ledgers are held in wallets,
    and only those can show it; how many of these reach it is not told.
  - Your copy from shop: renewed 2026-11-14T09:00:00Z, compared with what others see
    2026-11-14T09:00:00Z.
  - This verifier was shown nothing under this pseudonym before, and others know you by other ones.

Approval   {approve} (what --approve takes)
What was shown once cannot be called back.",
        did = verifier().did(),
        peer = consent.verifier.peer.unwrap(),
        issuer = crate::text::short_did(SHOP.crowd.did()),
        approve = consent.approve,
    );
    assert_eq!(text, expected);
    assert_eq!(consent.warnings, Vec::<String>::new());
    assert!(consent.not_compared().is_empty());
    let json = serde_json::to_value(&consent).unwrap();
    let part = &json["private"][0];
    assert_eq!((&part["sharing"], &part["bound"]), (&20.into(), &20.into()));
    assert_eq!(part.get("at_least"), None, "no number is said to hold of both");
    assert_eq!(part["milestones"][0]["words"], "at least 10 ratings, one from each counterparty");
    assert_eq!(
        (&part["known"], &part["compared"]),
        (&false.into(), &start().plus(-2 * 86_400).seconds().into())
    );
    assert_eq!(json["ledgers"], serde_json::json!([]));
}

//= spec/text/private.md#REQ-PRIVATE-19
//= type=test
//# and warn where either is under 20
#[test]
fn consent_warns_when_few_share_it() {
    let held = [SHOP.eve.clone()];
    // One account has ratings as a buyer.
    let as_buyer =
        PrivateQuery { roles: vec!["buyer".parse().unwrap()], ..part("a", &["shop"], &["count>=1"]) };
    let consent = consent_of(Query::of_private(vec![as_buyer]).unwrap(), &held, &[]);
    assert_eq!((consent.private[0].sharing, consent.private[0].bound), (0, 20));
    let few = "Fewer than 20 accounts of shop are known to share this: whoever knows the market's accounts could tell which one you are.";
    assert_eq!(consent.warnings, [few]);
    assert!(consent.group.starts_with("It is not known that any other account of shop reaches all of this."));

    // Many reach it, and few hold it in a wallet.
    let mut crowd = Crowd::named("stall", 4);
    for n in 0..40 {
        crowd.good(&format!("a{n}"), 6);
    }
    let eve = Person::new("a7", 21);
    crowd.bind(&eve, false, week(-2));
    crowd.begin(start());
    let held = [crowd.settled(&eve, start())];
    let query = Query::of_private(vec![part("a", &["stall"], &["count>=5"])]).unwrap();
    let consent = consent_of(query, &held, &[]);
    assert_eq!((consent.private[0].sharing, consent.private[0].bound), (40, 0));
    assert!(
        consent.warnings[0].starts_with("Fewer than 20 ledgers of stall are known to be held in wallets"),
        "{:?}",
        consent.warnings
    );
    assert!(!consent.warnings.iter().any(|said| said.contains("accounts of stall")), "40 do");
    assert!(consent.group.contains("How many of its ledgers are held in wallets is not known"));
}

#[test]
fn a28_two_counts_are_never_made_one() {
    let mut crowd = Crowd::named("fair", 9);
    // 24 with twelve ratings, in no wallet; 24 in wallets, with one rating each. Of both there is one.
    for n in 0..24 {
        crowd.good(&format!("rich{n}"), 12);
    }
    crowd.fill(24, 1, start().plus(-86_400));
    let eve = Person::new("eve", 21);
    crowd.good("eve", 12);
    crowd.bind(&eve, false, start().plus(-86_400));
    crowd.begin(start());
    let held = [crowd.settled(&eve, start())];
    let query = Query::of_private(vec![part("a", &["fair"], &["count>=10"])]).unwrap();
    let consent = consent_of(query, &held, &[]);
    assert_eq!((consent.private[0].sharing, consent.private[0].bound), (20, 20));
    assert_eq!(
        consent.group,
        "At least 20 accounts of fair reach all of this. At least 20 of its ledgers are held in wallets, and only those can show it; how many of these reach it is not told."
    );
    assert!(!flat(&consent.to_text(80)).contains("You are one of"));
}

//= spec/text/private.md#REQ-PRIVATE-19
//= type=test
//# together with all that the verifier was shown before in this role
#[test]
fn a28_what_is_shown_in_pieces_is_counted_as_one() {
    let mut crowd = Crowd::named("bits", 11);
    // Rated once and long ago, or often and lately; eve alone often and long ago.
    crowd.fill(24, 1, start().plus(-86_400));
    for n in 0..24 {
        let person = Person::new(&format!("new{n}"), u8::try_from(150 + n).unwrap());
        for rater in 0..12 {
            crowd.rate(&person.account, 5, rater, "seller", "2026-07-01");
        }
        crowd.bind(&person, false, start().plus(-86_400));
    }
    let eve = Person::new("eve", 21);
    crowd.good("eve", 12);
    crowd.bind(&eve, false, start().plus(-86_400));
    crowd.begin(start());
    let held = crowd.settled(&eve, start());
    let told = |texts: &[&str], held: &HeldLedger| {
        let query = Query::of_private(vec![part("a", &["bits"], texts)]).unwrap();
        consent_of(query, std::slice::from_ref(held), &[])
    };
    let at_once = told(&["count>=10", "tenure>=3y"], &held);
    assert_eq!((at_once.private[0].sharing, at_once.warnings.len()), (0, 1), "{:?}", at_once.warnings);
    let first = told(&["count>=10"], &held);
    assert!(first.private[0].sharing >= 20 && first.warnings.is_empty(), "{:?}", first.warnings);
    let known = after(&held, "seller", &["count>=10"]);
    let second = told(&["tenure>=3y"], &known);
    assert_eq!(second.private[0].sharing, 0);
    assert_eq!(
        second.warnings,
        [
            "Fewer than 20 accounts of bits are known to share this together with what they know already: whoever knows the market's accounts could tell which one you are."
        ]
    );
    assert!(second.group.starts_with(
        "It is not known that any other account of bits reaches all of this and all that they know already."
    ));
    assert!(second.group.contains("they add it up by the pseudonym"), "{}", second.group);
    // A lower step of what they know counts as the higher one; the same again is nothing more.
    let lower = told(&["count>=5"], &known);
    assert_eq!(lower.private[0].sharing, first.private[0].sharing);
    assert!(lower.group.contains("all that they know already"));
    assert!(!told(&["count>=10"], &known).group.contains("they know already"));
    // What they know of another role is no part of it, and others know nothing.
    let other = told(&["tenure>=3y"], &after(&held, "buyer", &["count>=10"]));
    assert!(other.private[0].sharing >= 20, "{}", other.group);
}

#[test]
fn consent_says_that_how_long_a_wallet_holds_it_is_not_counted() {
    let mut crowd = Crowd::named("stall", 5);
    let eve = Person::new("eve", 21);
    crowd.good("eve", 3);
    crowd.bind(&eve, false, week(-30));
    crowd.begin(start());
    let held = [crowd.settled(&eve, start())];
    let consent =
        consent_of(Query::of_private(vec![part("a", &["stall"], &["bound>=90d"])]).unwrap(), &held, &[]);
    assert!(consent.group.contains("How long a wallet has held it is left out"), "{}", consent.group);
}

//= spec/text/private.md#REQ-PRIVATE-17
//= type=test
//# a renewal by hand is said to be seen in time
//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# A record that it could not compare it shows only when the holder, told so, asks for it all the same.
#[test]
fn consent_warns_of_what_is_fresh_old_or_not_compared() {
    let mut fresh = SHOP.eve.clone();
    let private = fresh.private.as_mut().unwrap();
    private.renewed = start().plus(-6 * 3_600 + 60);
    private.compared = None;
    let consent = consent_of(at_shop(&["count>=5"]), &[fresh.clone()], &[]);
    let [not_compared, renewed] = consent.warnings.as_slice() else { panic!("{:?}", consent.warnings) };
    assert!(not_compared.contains("not compared with what others see"), "{not_compared}");
    assert!(not_compared.contains("--not-compared"));
    assert!(renewed.contains("was renewed 5 hours ago"), "{renewed}");
    assert_eq!(consent.not_compared(), [SHOP.crowd.name()]);
    assert!(flat(&consent.to_text(80)).contains("not compared with what others see."));
    fresh.private.as_mut().unwrap().renewed = start().plus(-6 * 3_600);
    let later = consent_of(at_shop(&["count>=5"]), &[fresh], &[]);
    assert_eq!(later.warnings.len(), 1, "six hours are enough");

    // Older than the epoch before.
    let mut crowd = Crowd::named("stall", 6);
    let eve = Person::new("eve", 21);
    crowd.good("eve", 12);
    crowd.bind(&eve, false, week(-4));
    crowd.begin(week(-2));
    let held = [crowd.settled(&eve, week(-2))];
    let query = Query::of_private(vec![part("a", &["stall"], &["count>=5"])]).unwrap();
    let consent = consent_of(query, &held, &[]);
    assert_eq!(consent.private[0].epochs_old, 2);
    let old = consent.warnings.iter().find(|said| said.contains("2 epochs old")).unwrap();
    assert!(old.contains("too old") && old.contains("faam refresh"), "{old}");
}

fn logged(query: Query, held: &[HeldLedger], signer: &Signer, seq: u64) -> LogEntry {
    let (request, _) = request_of(signer, query);
    let plan = Plan::new(&request, held, Pick::Newest, start()).unwrap();
    let bytes = plan.build(&[], start(), &mut OsRng).unwrap().to_bytes().unwrap();
    LogEntry { seq, at: start(), persona: 0, what: plan.to_log(&bytes, start()).unwrap() }
}

#[test]
fn the_log_names_milestones_and_the_name_that_they_know() {
    let held = [SHOP.eve.clone()];
    let query = at_shop(&["count>=5", "mean>=800"]);
    let entry = logged(query.clone(), &held, &verifier(), 1);
    let Happened::Shown { ledgers, private, .. } = &entry.what else { panic!("{entry:?}") };
    assert!(ledgers.is_empty());
    let (_, facts, _) = judged(&verifier(), query, &held);
    assert_eq!(private[0].pseudonym, facts[0].pseudonym);
    assert_eq!(
        (private[0].milestones.as_slice(), private[0].role.as_str()),
        (&facts[0].milestones[..], "seller")
    );
    assert_eq!((private[0].epoch.as_str(), private[0].ledger), ("2026-47", held[0].info().ledger));
    // An entry without private standings is written as it ever was.
    let text = serde_json::to_string(&entry).unwrap();
    let again: LogEntry = serde_json::from_str(&text).unwrap();
    assert_eq!(again, entry);
    // Bytes that the plan did not make are no presentation of it.
    let request = request(at_shop(&["count>=5"]));
    let plan = Plan::new(&request, &held, Pick::Newest, start()).unwrap();
    assert!(plan.to_log(b"{}", start()).is_err());
    let other = br#"{"v":0,"vp_token":{},"ledgers":[]}"#;
    assert_eq!(plan.to_log(other, start()).unwrap_err().reason(), Reason::Internal);
}

#[test]
fn consent_says_what_they_were_shown_under_the_same_name() {
    let query = || at_shop(&["count>=5", "disputes=0"]);
    let held = [after(&SHOP.eve, "seller", &["count>=10", "mean>=800"])];
    let log = [
        logged(at_shop(&["count>=10", "mean>=800"]), std::slice::from_ref(&SHOP.eve), &verifier(), 1),
        // Others know other names, and another account has another one here.
        logged(at_shop(&["count>=10"]), std::slice::from_ref(&SHOP.eve), &other_verifier(), 2),
        logged(at_shop(&["count>=10"]), std::slice::from_ref(&SHOP.fay), &verifier(), 3),
    ];
    let consent = consent_of(query(), &held, &log);
    assert!(consent.private[0].known);
    assert_eq!((consent.links.len(), &consent.links[0].did), (1, &verifier().did().into()));
    let text = flat(&consent.to_text(80));
    for said in [
        "(count>=5); they were shown count>=10 before, which says more",
        "no open dispute (disputes=0) -",
        "it knows it already",
        "Under this pseudonym they were shown, at most:",
        "as seller: at least 10 ratings, one from each counterparty (count>=10)",
        "as seller: a mean rating of at least 800 of 1000 (mean>=800)",
        "This verifier, and nobody else, recognises you by the pseudonym",
        "“Beta rentals” (",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // Not known, not linked, whatever the log has from an earlier binding.
    let consent = consent_of(query(), std::slice::from_ref(&SHOP.eve), &log);
    assert!(consent.links.is_empty() && !consent.private[0].known);
}

#[test]
fn consent_warns_where_the_plain_standing_was_shown_to_the_same_verifier() {
    let held = [SHOP.eve.clone()];
    let plain = request_of(&verifier(), Query::standing("shop".parse().unwrap()).unwrap()).0;
    let plan = Plan::new(&plain, &held, Pick::Newest, start()).unwrap();
    let entry = LogEntry { seq: 1, at: start(), persona: 0, what: plan.to_log(b"{}", start()).unwrap() };
    let consent = consent_of(at_shop(&["count>=5"]), &held, std::slice::from_ref(&entry));
    assert_eq!(consent.warnings.len(), 1);
    assert!(consent.warnings[0].contains("may guess that both are of one account"), "{:?}", consent.warnings);
    assert!(consent.links.is_empty(), "that is a guess and no link");
    assert_eq!(WhoAsked::of(&plain).did, *verifier().did());
}

#[test]
fn consent_says_which_market_was_chosen_and_of_whom_it_is_not() {
    let namesake = shop_of_another_issuer();
    let held = [SHOP.eve.clone(), namesake.clone()];
    let query = Query::of_private(vec![PrivateQuery {
        issuers: vec![SHOP.crowd.did().clone()],
        ..part("a", &["shop"], &["count>=5"])
    }]);
    let consent = consent_of(query.unwrap(), &held, &[]);
    let own = crate::text::short_did(SHOP.crowd.did());
    let other = crate::text::short_did(&namesake.info().issuer);
    let said = format!("More than one issuer is called shop; this is of the one {own}, and not of {other}.");
    assert_eq!(consent.warnings, [said]);
    let any = consent_of(
        Query::of_private(vec![part("a", &[], &["count>=5"])]).unwrap(),
        std::slice::from_ref(&SHOP.eve),
        &[],
    );
    assert!(
        any.warnings[0].starts_with("They did not say which market: shop was chosen"),
        "{:?}",
        any.warnings
    );
}

fn shop_of_another_issuer() -> HeldLedger {
    let mut crowd = Crowd::named("shop", 7);
    let eve = Person::new("eve", 21);
    crowd.good("eve", 12);
    crowd.bind(&eve, false, week(-4));
    crowd.begin(start());
    crowd.settled(&eve, start())
}
