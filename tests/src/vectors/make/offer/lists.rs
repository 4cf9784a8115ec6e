//! Status lists: REQ-OFFER-21 to REQ-OFFER-24, and one that expands past its bound.

use std::io::Write as _;

use faam_spec::encoding::b64;
use faam_spec::epoch::StatusDigest;
use faam_spec::hash::Hash;
use faam_spec::status::StatusList;
use faam_spec::time::Timestamp;
use serde_json::json;

use super::market::{Draft, Market, PLACES, URI, holder, place, start, week};
use super::{after, receiving};
use crate::vectors::make::Cases;

const OTHER: &str = "urn:faam:status:shop:2";

pub(super) fn cases(cases: &mut Cases) {
    missing(cases);
    outside(cases);
    invalid(cases);
    older(cases);
}

fn missing(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-21", "status.missing");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut bad = |id: &str, description: &str, draft: &Draft| {
        cases.undecided(req, id, code, description, receiving(&Market::shop(), &draft.sign())).attack("A41");
    };
    let mut draft = honest.clone();
    draft.lists.clear();
    bad("no-list", "No status list comes with the offer.", &draft);
    let other = market.list_of(OTHER, PLACES, start());
    draft.lists = vec![other.as_str().to_owned()];
    draft.record.status.push(StatusDigest { uri: OTHER.into(), hash: other.hash() });
    bad("other-list", "Only a list of another address comes, which the record names too.", &draft);
    draft.lists.clone_from(&honest.lists);
    draft.entries[2].jwt = Some(market.jwt_at(2, &holder(), place(2), OTHER));
    bad("one-list", "Two lists are named by credentials, and one of them comes.", &draft);
    draft.lists.push(other.as_str().to_owned());
    let input = receiving(&market, &draft.sign());
    cases.accept(req, "two-lists", "Two lists are named by credentials, and both come.", input);
    let first = market.publish(&honest);
    let mut draft = market.draft(4, week(1));
    draft.lists.clear();
    let input = after(&market, &[(&first, start())], &draft.sign());
    let description = "Nothing is new, and the list of the held credentials does not come again.";
    cases.undecided(req, "no-list-held", code, description, input).at(week(1).seconds()).attack("A41");
}

fn outside(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-22", "status.index");
    let mut market = Market::shop();
    for (id, idx, description) in [
        ("outside", PLACES, "A credential names the place behind the list's last."),
        ("outside-far", 1 << 20, "A credential names a place that only the largest list would have."),
        ("outside-huge", (1 << 53) - 1, "A credential names the largest number there is as its place."),
    ] {
        let mut draft = market.draft(0, start());
        draft.entries[0].jwt = Some(market.jwt_at(0, &holder(), idx, URI));
        cases.refuse(req, id, code, description, receiving(&market, &draft.sign())).attack("A39");
    }
    let mut draft = market.draft(0, start());
    draft.with_list(&market.list_of(URI, 8, start()));
    let description = "The list has eight places.";
    cases.refuse(req, "outside-small", code, description, receiving(&market, &draft.sign())).attack("A39");
}

/// A list signed by hand, as the market's own program would not sign it.
pub(super) fn by_hand(market: &Market, uri: &str, lst: &str, at: Timestamp) -> String {
    let claims = json!({
        "iss": market.did(), "sub": uri, "iat": at, "status_list": {"bits": 1, "lst": lst},
    });
    market.signer.sign(&claims, "statuslist+jwt").unwrap()
}

fn invalid(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-23", "status.invalid");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let mut bad = |id: &str, attack: &str, description: &str, draft: &Draft| {
        cases.refuse(req, id, code, description, receiving(&Market::shop(), &draft.sign())).attack(attack);
    };
    let with = |lists: &[&str]| Draft {
        lists: lists.iter().map(|text| (*text).to_owned()).collect(),
        ..honest.clone()
    };
    let foreign = Market::filled("shop", 2).list(start());
    let mut draft = honest.clone();
    draft.with_list(&foreign);
    bad("issuer", "A37", "A list of another issuer under the address; the record names it.", &draft);
    let list = &honest.lists[0];
    bad("twice", "A37", "The list comes twice.", &with(&[list, list]));
    let early = market.list(start().plus(6 * 86_400));
    bad("early", "A37", "A list signed twenty-one hours ahead.", &with(&[early.as_str()]));
    let (now, ahead) = (Timestamp::new(super::super::NOW).unwrap(), 61);
    let early = market.list(now.plus(ahead));
    bad("early-61", "A37", "A list signed 61 seconds ahead.", &with(&[early.as_str()]));
    // Every credential on an address of another form, which the record names.
    for (id, uri, description) in [
        ("address", "https://shop.example/status/1", "A list under an address of another form."),
        ("address-upper", "urn:FAAM:status:shop:1", "A list under an address in capitals."),
    ] {
        let text = by_hand(&market, uri, &StatusList::new(PLACES).unwrap().to_compressed().unwrap(), start());
        let mut draft = with(&[&text]);
        let hash = Hash::of(b"faam/status/0\n", text.as_bytes());
        draft.record.status = vec![StatusDigest { uri: uri.into(), hash }];
        for index in [0, 2] {
            let at = usize::try_from(index).unwrap();
            draft.entries[at].jwt = Some(market.jwt_at(index, &holder(), place(index), uri));
        }
        bad(id, "A37", description, &draft);
    }
    let own = market.list_of(OTHER, PLACES, start().plus(60));
    let mut draft = with(&[list, own.as_str()]);
    draft.entries[0].jwt = Some(market.jwt_at(0, &holder(), place(0), OTHER));
    bad(
        "own",
        "A42",
        "One credential is on a newer list that the record does not name: a list of one's own.",
        &draft,
    );
    let mut revoked = market.clone();
    revoked.revoked.insert(2);
    let other = revoked.list(start());
    bad(
        "hash",
        "A42",
        "A list of the record's moment with other contents than it names.",
        &with(&[other.as_str()]),
    );
    let other = market.list(start().plus(-1));
    bad(
        "hash-older",
        "A42",
        "An older list than the record, which does not name it.",
        &with(&[other.as_str()]),
    );

    // Two lists of one moment, both newer than the record.
    let at = start().plus(30);
    let first = with(&[market.list(at).as_str()]).sign();
    let second = with(&[revoked.list(at).as_str()]).sign();
    let input = after(&market, &[(&first, at)], &second);
    let description = "Another list of the same moment as the one that is held.";
    cases.refuse(req, "moment", code, description, input).attack("A40");
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(&vec![0; usize::try_from(PLACES / 8).unwrap()]).unwrap();
    let same = by_hand(&market, URI, &b64(encoder.finish().unwrap()), at);
    assert_ne!(same, market.list(at).as_str());
    let input = after(&market, &[(&first, at)], &with(&[same.as_str()]).sign());
    let description =
        "Another list of the same moment as the one that is held, which says the same of every entry.";
    cases.accept(req, "moment-same", description, input);
    let input = after(&market, &[(&first, at)], &first);
    cases.accept("REQ-OFFER-24", "same-list", "The same list again.", input);

    let lst = b64(bomb());
    let text = by_hand(&market, URI, &lst, start());
    let mut draft = with(&[&text]);
    draft.record.status[0].hash = Hash::of(b"faam/status/0\n", text.as_bytes());
    let description = "A list that expands to eight entries over 2^20.";
    let input = receiving(&market, &draft.sign());
    cases.refuse("REQ-STATUS-3", "bomb", "too_large", description, input).attack("A38");
}

/// A zlib stream of 131,073 bytes of zero.
fn bomb() -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; (1 << 17) + 1]).unwrap();
    encoder.finish().unwrap()
}

fn older(cases: &mut Cases) {
    let (req, code) = ("REQ-OFFER-24", "status.older");
    let mut market = Market::shop();
    let honest = market.draft(0, start());
    let with =
        |at: i64| Draft { lists: vec![market.list(start().plus(at)).as_str().to_owned()], ..honest.clone() };
    let mut bad = |id: &str, description: &str, held: i64, offered: i64| {
        let input =
            after(&Market::shop(), &[(&with(held).sign(), start().plus(held))], &with(offered).sign());
        cases.refuse(req, id, code, description, input).attack("A40");
    };
    bad("older", "A list of the day before the held one, under the same record.", 2 * 86_400, 86_400);
    bad("older-second", "A list that is a second older than the held one.", 86_400, 86_399);
    bad("older-record", "The record's own list, where a newer one is held.", 86_400, 0);
    let first =
        Draft { lists: vec![market.list(start().plus(86_400)).as_str().to_owned()], ..honest.clone() };
    let first = market.publish(&first);
    let mut draft = market.draft(4, week(1));
    draft.with_list(&market.list(start()));
    let input = after(&market, &[(&first, start().plus(86_400))], &draft.sign());
    let description = "The next record names a list that is older than the held one.";
    cases.refuse(req, "older-named", code, description, input).at(week(1).seconds()).attack("A40");
}
