//! Every sentence of the consent is there in both languages.

use faam_spec::words;

use super::*;

#[test]
fn no_sentence_is_without_dutch() {
    assert_eq!(words::faults(super::words::ALL), [""; 0]);
    assert!(super::words::ALL.len() > 120);
}

#[test]
fn parts_of_a_rating_have_names_in_both_languages() {
    for name in names::OF_RATING.iter().copied().chain(["reply"]) {
        let (en, nl) = (in_words_in(Lang::En, name), in_words_in(Lang::Nl, name));
        assert!(en != nl && en != name, "{name}: {en} {nl}");
    }
    assert_eq!(in_words("other"), "other");
}

#[test]
fn several_are_listed_as_the_language_has_it() {
    let all = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(any_of(Lang::En, &all), "a or b or c");
    assert_eq!(any_of(Lang::Nl, &all), "a of b of c");
}

use faam_spec::query::{LedgerQuery, PrivateQuery, Query};
use faam_spec::request::{Ask, SignedRequest};
use rand::SeedableRng as _;

use crate::present::Pick;
use crate::testkit::crowd::{Crowd, Person};
use crate::testkit::{Market, Shelf, request, start, verifier, week};
use crate::vault::Told;

fn shop() -> MarketId {
    "shop".parse().unwrap()
}

fn asked(query: Query, days: u32) -> SignedRequest {
    let ask = Ask { retention_days: days, ..request(query, start()).request().ask.clone() };
    let peer = PeerId::from_public_key([5; 32]);
    SignedRequest::sign(ask, peer, &verifier(), start(), &mut rand::rngs::StdRng::seed_from_u64(3)).unwrap()
}

/// A wallet with a busy ledger of `shop`.
fn busy() -> Vec<HeldLedger> {
    let (mut market, mut shelf) = (Market::busy(), Shelf::default());
    shelf.take(&mut market, start());
    shelf.all()
}

/// A wallet with a ledger of `shop` of which milestones can be proven.
fn private() -> Vec<HeldLedger> {
    let mut crowd = Crowd::named("shop", 4);
    let eve = Person::new("eve", 21);
    crowd.good("eve", 12);
    crowd.fill(21, 12, week(-2));
    crowd.bind(&eve, false, week(-2));
    crowd.begin(start());
    vec![crowd.settled(&eve, start())]
}

fn milestones(names: &[&str]) -> Query {
    let milestones = names.iter().map(|name| name.parse().unwrap()).collect();
    Query::of_private(vec![PrivateQuery {
        id: "a".into(),
        markets: vec![shop()],
        issuers: Vec::new(),
        roles: vec!["seller".parse().unwrap()],
        milestones: faam_spec::grid::Milestones::sorted(milestones).unwrap(),
    }])
    .unwrap()
}

fn excess(held: &[HeldLedger], request: &SignedRequest, shown: &[LogEntry]) -> Vec<Excess> {
    let plan = Plan::new(request, held, Pick::Newest, start()).unwrap();
    let consent = Consent::new(&plan, shown, start());
    let doubts = consent.doubts();
    assert_eq!(doubts.excess || doubts.exact, !consent.excess.is_empty());
    // Exact numbers stand beside the warnings, because a rule can be the word for them.
    let told = doubts.warnings.len() + usize::from(doubts.exact);
    assert!(told >= consent.excess.len() && consent.warnings.len() >= consent.excess.len());
    consent.excess
}

/// What is shown by a request, as the log has it; to another verifier where `seed` is given.
fn shown(held: &[HeldLedger], request: &SignedRequest, seed: Option<u8>) -> LogEntry {
    let plan = Plan::new(request, held, Pick::Newest, start()).unwrap();
    let mut what = plan.to_log(b"{}", start()).unwrap();
    if let (Happened::Shown { to, told, .. }, Some(seed)) = (&mut what, seed) {
        let key = faam_spec::key::SigningKey::from_seed(&[seed; 32]).verifying_key();
        (to.did, *told) = (Did::from_key(&key).into(), Told::Unknown);
    }
    LogEntry { seq: 1, at: start(), persona: 0, what }
}

//= spec/text/rules.md#REQ-RULE-11
//= type=test
//# A holder MUST be warned where more is asked than most purposes need, by this table
#[test]
fn what_is_more_than_needed_is_known_by_its_code() {
    let held = busy();
    let ratings = |n| Query::ratings(shop(), n).unwrap();
    let of = |query: Query, days| excess(&held, &asked(query, days), &[]);
    assert_eq!(of(ratings(3), 30), []);
    assert_eq!(of(ratings(3), 366), []);
    assert_eq!(of(ratings(3), 367), [Excess::LongRetention]);
    assert_eq!(of(Query::complete(shop()).unwrap(), 30), [Excess::AllRatings]);
    assert_eq!(of(ratings(3).disclosing(&["comment", "day", "category"]).unwrap(), 30), []);
    let four = ["comment", "day", "category", "aspects"];
    assert_eq!(of(ratings(3).disclosing(&four).unwrap(), 30), [Excess::NearlyEverything]);
    assert_eq!(of(ratings(3).disclosing(&["rater"]).unwrap(), 30), [Excess::Raters]);
    // No milestones can be proven of this one, so that there is no other way.
    assert_eq!(of(Query::standing(shop()).unwrap(), 30), []);

    let mut market = Market::new();
    for n in 0..14 {
        market.rate(4, &format!("r{n}"), "seller", "2026-05-05", &[]);
    }
    let mut shelf = Shelf::default();
    shelf.take(&mut market, start());
    assert_eq!(excess(&shelf.all(), &asked(ratings(12), 30), &[]), []);
    assert_eq!(excess(&shelf.all(), &asked(ratings(13), 30), &[]), [Excess::ManyRatings]);

    let mut mall = Market::named("mall", 2);
    mall.rate(3, "gus", "seller", "2026-01-01", &[]);
    let mut other = Shelf::default();
    other.take(&mut mall, start());
    shelf.held.extend(other.held);
    let part = |standing: &str, market: &str| LedgerQuery {
        standing: standing.into(),
        markets: vec![market.parse().unwrap()],
        issuers: vec![],
        ratings: None,
    };
    let two = asked(Query::new(vec![part("a", "mall"), part("b", "shop")]).unwrap(), 30);
    assert_eq!(excess(&shelf.all(), &two, &[]), [Excess::SeveralMarkets]);
}

//= spec/text/rules.md#REQ-RULE-11
//= type=test
//# A holder MUST be warned where more is asked than most purposes need, by this table
#[test]
fn exact_numbers_are_too_much_where_milestones_would_do_and_they_are_not_known() {
    let held = private();
    let standing = asked(Query::standing(shop()).unwrap(), 30);
    assert_eq!(excess(&held, &standing, &[]), [Excess::ExactNumbers]);
    assert_eq!(excess(&held, &standing, &[shown(&held, &standing, None)]), [], "they have them");
    let elsewhere = shown(&held, &standing, Some(60));
    assert_eq!(excess(&held, &standing, &[elsewhere]), [Excess::ExactNumbers], "somebody else has them");
    assert_eq!(excess(&held, &asked(Query::ratings(shop(), 3).unwrap(), 30), &[]), []);
    assert_eq!(excess(&held, &asked(milestones(&["count>=10"]), 30), &[]), []);
}

//= spec/text/rules.md#REQ-RULE-11
//= type=test
//# A holder MUST be warned where more is asked than most purposes need, by this table
#[test]
fn what_others_wanted_and_what_was_asked_before_counts() {
    let held = busy();
    let few = asked(Query::ratings(shop(), 2).unwrap(), 30);
    let others: Vec<LogEntry> = (60..65).map(|seed| shown(&held, &few, Some(seed))).collect();
    let long = |days| asked(Query::ratings(shop(), 2).unwrap(), days);
    assert_eq!(excess(&held, &long(90), &others), []);
    assert_eq!(excess(&held, &long(91), &others), [Excess::UnusualRetention]);
    assert_eq!(excess(&held, &long(91), &others[..4]), [], "four others say nothing yet");
    assert_eq!(excess(&held, &long(400), &others), [Excess::LongRetention], "said once");

    let before = [shown(&held, &few, None)];
    assert_eq!(excess(&held, &few, &before), []);
    let more = asked(Query::ratings(shop(), 3).unwrap(), 30);
    assert_eq!(excess(&held, &more, &before), [Excess::Grew]);
    let parts = asked(Query::ratings(shop(), 2).unwrap().disclosing(&["day"]).unwrap(), 30);
    assert_eq!(excess(&held, &parts, &before), [Excess::Grew]);
    assert_eq!(excess(&held, &more, &[shown(&held, &few, Some(60))]), [], "somebody else did");
    let other = Ask { purpose: "To sell a bicycle.".into(), ..more.request().ask.clone() };
    let peer = PeerId::from_public_key([5; 32]);
    let mut rng = rand::rngs::StdRng::seed_from_u64(3);
    let other = SignedRequest::sign(other, peer, &verifier(), start(), &mut rng).unwrap();
    assert_eq!(excess(&held, &other, &before), [], "another purpose may need more");
}

/// Pieces of the sentences that stand between their places, long enough to be nobody else's.
fn pieces(pick: impl Fn(&(&'static str, &'static str, &'static str)) -> &'static str) -> Vec<&'static str> {
    let sentences = super::words::ALL.iter().map(pick);
    let between = |text: &'static str| text.split(['{', '}']).step_by(2);
    sentences.flat_map(between).map(str::trim).filter(|piece| piece.split(' ').count() >= 3).collect()
}

#[test]
fn the_whole_screen_is_in_one_language() {
    let (busy, private) = (busy(), private());
    let ratings = Query::ratings(shop(), 7).unwrap().disclosing(&["comment", "rater", "day", "amount_band"]);
    let scenes = [
        (&busy, asked(ratings.unwrap(), 400)),
        (&busy, asked(Query::complete(shop()).unwrap(), 30)),
        (&busy, asked(Query::standing(shop()).unwrap(), 1)),
        (&private, asked(Query::standing(shop()).unwrap(), 30)),
        (&private, asked(milestones(&["count>=10", "mean>=950", "tenure>=3y"]), 30)),
        (&private, asked(milestones(&["bound>=90d"]), 30)),
    ];
    let (english, dutch) = (pieces(|all| all.1), pieces(|all| all.2));
    let flat = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let when = |moment: Timestamp| moment.to_string();
    for (held, request) in &scenes {
        let Ok(plan) = Plan::new(request, held, Pick::Newest, start()) else { continue };
        // The log takes what is proven from what was sent, and here nothing is.
        let before: Vec<LogEntry> = match plan.private().is_empty() {
            true => vec![shown(held, request, Some(60)), shown(held, request, None)],
            false => Vec::new(),
        };
        for before in [&[][..], &before] {
            // Long after, so that what is old is said too.
            for now in [start(), week(3)] {
                let told = |lang| Consent::new_in(&plan, before, now, lang);
                let (en, nl) = (told(Lang::En), told(Lang::Nl));
                // What programs read does not depend on it.
                assert_eq!(
                    (en.approve, &en.excess, en.doubts().few),
                    (nl.approve, &nl.excess, nl.doubts().few)
                );
                assert_eq!(en.warnings.len(), nl.warnings.len());
                let screen = |consent: &Consent| {
                    flat(format!("{} {}", consent.to_text_with(80, &when), consent.in_short()))
                };
                let (en, nl) = (screen(&en), screen(&nl));
                let foreign = |pieces: &[&str], text: &str| -> Vec<String> {
                    pieces
                        .iter()
                        .filter(|piece| text.contains(**piece))
                        .map(|piece| (*piece).to_owned())
                        .collect()
                };
                assert_eq!(foreign(&english, &nl), [""; 0], "{nl}");
                assert_eq!(foreign(&dutch, &en), [""; 0], "{en}");
                assert!(foreign(&dutch, &nl).len() >= 10 && foreign(&english, &en).len() >= 10);
                for same in ["Beta rentals", "To rent out a flat.", &plan.approval().to_string()] {
                    assert!(en.contains(same) && nl.contains(same), "{same}");
                }
            }
        }
    }
    let wide = |line: &str| unicode_width::UnicodeWidthStr::width(line) <= 80;
    let plan = Plan::new(&scenes[0].1, &busy, Pick::Newest, start()).unwrap();
    let text = Consent::new_in(&plan, &[], start(), Lang::Nl).to_text(80);
    assert!(text.lines().all(wide), "{text}");
    for part in
        ["gemiddeld 3,86 op een schaal van 1 tot 5", "WAT ZIJ NIET TE WETEN KOMEN", "BEDENK", "400 dagen"]
    {
        assert!(flat(text.clone()).contains(part), "{part}\n{text}");
    }
}
