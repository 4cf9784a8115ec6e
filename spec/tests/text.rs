//! The tables of `spec/text` say what the code says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use faam_spec::exit::Exit;
use faam_spec::reason::Reason;
use faam_spec::{domain, limits};

fn text(page: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("text").join(page)).unwrap()
}

/// The rows of the table under `heading`, without its two head rows.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let text = text(page);
    let (_, after) = text.split_once(&format!("\n## {heading}\n")).expect("the heading is there");
    let section = after.split("\n## ").next().unwrap();
    section
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

//= spec/text/versions.md#REQ-VERSION-4
//= type=test
//# A code MUST NOT change its meaning and is never used again for another; new ones may come.
#[test]
fn the_table_of_reasons_is_the_catalogue() {
    let stated = table("codes.md", "Reasons");
    let coded: Vec<Vec<String>> = Reason::ALL
        .iter()
        .map(|reason| {
            let retryable = if reason.retryable() { "yes" } else { "no" };
            let cells =
                [reason.code(), reason.party().name(), reason.exit().name(), retryable, reason.sentence()];
            cells.map(str::to_owned).to_vec()
        })
        .collect();
    for (stated, coded) in stated.iter().zip(&coded) {
        assert_eq!(stated, coded);
    }
    assert_eq!(stated.len(), coded.len());
}

#[test]
fn the_table_of_exit_statuses_is_the_codes() {
    let stated: Vec<(String, String)> =
        table("codes.md", "Exit statuses").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let coded: Vec<(String, String)> =
        Exit::ALL.iter().map(|exit| (exit.code().to_string(), exit.name().to_owned())).collect();
    assert_eq!(stated, coded);
}

#[test]
fn every_code_that_a_page_names_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("text");
    let families: BTreeSet<&str> = Reason::ALL.iter().filter_map(|r| r.code().split('.').next()).collect();
    // What looks like a code and is a member, a file or an event.
    let others = [
        "status.status_list",
        "status.status_list.uri",
        "api.addr",
        "api.listen",
        "request.decided",
        "request.erased",
        "request.kept",
    ];
    let mut seen = 0;
    for page in std::fs::read_dir(folder).unwrap() {
        let page = page.unwrap().path();
        // The pages about codes have a test of their own.
        if page.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&page).unwrap();
        for span in text.split('`').skip(1).step_by(2) {
            let parts: Vec<&str> = span.split('.').collect();
            let is_word =
                |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            let is_code = parts.len() > 1
                && families.contains(parts[0])
                && !["rs", "md", "toml"].contains(&parts[parts.len() - 1])
                && (parts.iter().all(is_word) || Reason::from_code(span).is_some());
            if is_code && !others.contains(&span) {
                assert!(Reason::from_code(span).is_some(), "{}: {span}", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

//= spec/text/versions.md#REQ-VERSION-3
//= type=test
//# A domain string, a `vct` or a `typ` MUST NOT be used again for anything else.
#[test]
fn the_domain_strings_are_the_codes() {
    let stated: Vec<String> = table("names.md", "Domain strings")
        .into_iter()
        .map(|row| row[0].strip_suffix("\\n").expect("a domain string ends in a line feed").to_owned() + "\n")
        .collect();
    let coded = [
        domain::LEAF_ENTRY,
        domain::LEAF_HEAD,
        domain::HASH_EPOCH,
        domain::HASH_STATUS,
        domain::HASH_REQUEST,
        domain::HASH_CONSENT,
        domain::HASH_PRESENTATION,
        domain::HASH_ERASURE,
        domain::HASH_EVIDENCE,
        domain::HASH_OFFER,
        domain::SIGN_REDEEM,
        domain::PSEUDONYM_RATER,
        domain::PRIVATE_HEADER,
        domain::PRIVATE_PRESENTATION,
        domain::PRIVATE_CONTEXT,
        domain::SIGN_RENEW,
        domain::PRIVATE_KEY_INFO,
        domain::PRIVATE_SECRET,
    ];
    assert_eq!(stated, coded.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()));
}

//= spec/text/versions.md#REQ-VERSION-3
//= type=test
//# A domain string, a `vct` or a `typ` MUST NOT be used again for anything else.
#[test]
fn the_table_of_types_is_the_codes() {
    let stated: BTreeMap<String, (String, String)> = table("names.md", "Types")
        .into_iter()
        .map(|row| (row[0].clone(), (row[1].clone(), row.get(2).cloned().unwrap_or_default())))
        .collect();
    let row = |typ: &str, vct: &str| (typ.to_owned(), vct.to_owned());
    let coded = [
        ("rating", row(domain::TYP_SD_JWT_VC, domain::VCT_RATING)),
        ("plain standing", row(domain::TYP_SD_JWT_VC, domain::VCT_STANDING)),
        ("key binding", row(domain::TYP_KEY_BINDING, "")),
        ("status list", row(domain::TYP_STATUS_LIST, "")),
        ("epoch record", row(domain::TYP_EPOCH, "")),
        ("request object", row(domain::TYP_REQUEST, "")),
        ("terms of an offer", row(domain::TYP_TERMS, "")),
        ("receipt", row(domain::TYP_RECEIPT, "")),
        ("statement about an erasure", row(domain::TYP_ERASURE, "")),
    ];
    assert_eq!(stated, coded.map(|(name, row)| (name.to_owned(), row)).into());
}

#[test]
fn names_and_labels_stand_in_the_text() {
    let names = text("names.md");
    let labels = [
        domain::label_identity(0).replace("/0/identity", "/<n>/identity"),
        domain::label_holder(0, "<stable part of the issuer's DID>", "<market>")
            .replace("persona/0", "persona/<n>"),
    ];
    for wanted in labels.iter().map(String::as_str).chain([
        domain::STATUS_URI_PREFIX,
        domain::CLIENT_ID_DID_PREFIX,
        domain::PROTOCOL_OFFER,
        domain::PROTOCOL_PRESENT,
        domain::PROTOCOL_RENEW,
        domain::PRIVATE_SUITE,
        domain::PRIVATE_FORMAT,
    ]) {
        assert!(names.contains(&format!("`{wanted}`")), "{wanted}");
    }
    let request = text("request.md");
    for wanted in [domain::REQUEST_AUDIENCE, domain::RESPONSE_MODE] {
        assert!(request.contains(&format!("`{wanted}`")), "{wanted}");
    }
}

#[test]
fn the_table_of_bounds_is_the_codes() {
    macro_rules! stated {
        ($name:ident) => {
            (stringify!($name).to_owned(), i64::try_from(limits::$name).unwrap())
        };
    }
    let coded = [
        stated!(MAX_ADDRESS_BYTES),
        stated!(MAX_LINK_ADDRESSES),
        stated!(MAX_LINK_BYTES),
        stated!(MAX_CLIENT_ID_BYTES),
        stated!(MAX_OPENID4VP_LINK_BYTES),
        stated!(MAX_WEB_ADDRESS_BYTES),
        stated!(MAX_STATE_BYTES),
        stated!(MAX_POSTED_BYTES),
        stated!(MAX_POST_REPLY_BYTES),
        stated!(REQUEST_LIFE_UNSAID),
        stated!(MAX_DID_BYTES),
        stated!(MAX_DID_JWK_BYTES),
        stated!(MAX_DID_DOCUMENT_BYTES),
        stated!(MAX_DID_METHODS),
        stated!(MAX_FRAME_BYTES),
        stated!(PAGE_BYTES),
        stated!(MAX_MESSAGE_HEAD_BYTES),
        stated!(MAX_JSON_VALUES),
        stated!(MAX_JSON_CONTAINERS),
        stated!(MAX_OFFER_VALUES),
        stated!(MAX_OFFER_CONTAINERS),
        stated!(MAX_JSON_DEPTH),
        stated!(MAX_HEADER_BYTES),
        stated!(MAX_JWT_BYTES),
        stated!(MAX_SD_JWT_BYTES),
        stated!(MAX_DISCLOSURES),
        stated!(MAX_DISCLOSURE_BYTES),
        stated!(MAX_REQUEST_BYTES),
        stated!(MAX_PRESENTATION_BYTES),
        stated!(MAX_PRESENTED_RATINGS),
        stated!(MAX_PRESENTED_LEDGERS),
        stated!(MAX_STAPLED_LISTS),
        stated!(MAX_PRIVATE_STANDINGS),
        stated!(MAX_MILESTONES),
        stated!(MIN_GROUP),
        stated!(MAX_GROUP_ROWS),
        stated!(MAX_OFFER_BYTES),
        stated!(MAX_OFFER_ENTRIES),
        stated!(MAX_OUTCOME_BYTES),
        stated!(MAX_ERASURE_BYTES),
        stated!(MAX_EPOCH_RECORD_BYTES),
        stated!(MAX_EPOCH_STATUS_LISTS),
        stated!(MIN_EPOCH_SECONDS),
        stated!(MAX_EPOCH_SECONDS),
        stated!(DEFAULT_EPOCH_SECONDS),
        stated!(MAX_STATUS_LIST_BYTES),
        stated!(MAX_STATUS_ENTRIES),
        stated!(STATUS_LIST_ENTRIES),
        stated!(SMALL_STATUS_LIST),
        stated!(MAX_MARKET_BYTES),
        stated!(MAX_ROLE_BYTES),
        stated!(MAX_ROLES),
        stated!(MAX_ENTRY_DIGESTS),
        stated!(MAX_PATH_HASHES),
        stated!(MAX_TEXT_BYTES),
        stated!(MAX_LABEL_BYTES),
        stated!(MAX_ASPECTS),
        stated!(MAX_SCALE),
        stated!(MAX_PURPOSE_BYTES),
        stated!(MAX_NAME_BYTES),
        stated!(MAX_RETENTION_DAYS),
        stated!(MAX_QUERIES),
        stated!(MAX_QUERY_CLAIMS),
        stated!(MAX_NAMED_ISSUERS),
        stated!(KEY_BINDING_MAX_AGE),
        stated!(KEY_BINDING_MAX_FUTURE),
        stated!(CLOCK_TOLERANCE),
        stated!(MAX_REQUEST_LIFE),
        stated!(MAX_OFFER_LIFE),
        stated!(MAX_CODE_TRIES),
        stated!(REBIND_SECONDS),
        stated!(MAX_BACKUP_BYTES),
        stated!(MAX_BACKUP_SEAL_BYTES),
        stated!(MAX_BACKUP_STANZAS),
        stated!(MAX_BACKUP_WORK),
        stated!(MAX_BACKUP_HEAD_BYTES),
        stated!(MAX_BACKUP_RECORDS),
        stated!(MAX_PERSONAS),
        stated!(MAX_PERSONA_NAME_BYTES),
        stated!(MAX_FILE_BYTES),
        stated!(MAX_EVIDENCE_BYTES),
        stated!(MAX_VC_BYTES),
        stated!(MAX_MAIL_BYTES),
        stated!(MAX_MAIL_HEADERS_BYTES),
        stated!(MAX_MAIL_HEADER_BYTES),
        stated!(MAX_MAIL_HEADERS),
        stated!(MAX_MAIL_SIGNATURES),
        stated!(MAX_EXPORT_BYTES),
        stated!(MAX_EXPORT_ROWS),
        stated!(MAX_PATTERN_BYTES),
        stated!(MAX_PATTERN_COMPILED_BYTES),
        stated!(MAX_OPEN_ASKS),
        stated!(MAX_KEPT_ASKS),
        stated!(MAX_SHOWN_BYTES),
    ];
    let text = text("limits.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let stated: Vec<(String, i64)> = rows
        .map(|row| {
            let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
            assert!(cells[2].ends_with('.'), "{row}");
            (cells[0].replace('`', ""), cells[1].replace(',', "").parse().unwrap())
        })
        .collect();
    assert_eq!(stated, coded);
    let source = include_str!("../src/limits.rs");
    assert_eq!(source.matches("\npub const ").count(), coded.len(), "every constant stands in the table");
}

#[test]
fn bounds_that_the_pages_repeat_are_the_codes() {
    let grouped = |number: usize| {
        let digits = number.to_string();
        let mut out = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    };
    let of = |seconds: i64| usize::try_from(seconds).unwrap();
    for (page, number, unit) in [
        ("link.md", limits::MAX_LINK_BYTES, "bytes"),
        ("link.md", limits::MAX_ADDRESS_BYTES, "bytes"),
        ("wire.md", limits::MAX_FRAME_BYTES, "bytes"),
        ("wire.md", limits::MAX_MESSAGE_HEAD_BYTES, "bytes"),
        ("wire.md", limits::PAGE_BYTES, "bytes"),
        ("wire.md", limits::MAX_OUTCOME_BYTES / 1024, "KiB"),
        ("offer.md", limits::MAX_OFFER_BYTES, ""),
        ("offer.md", limits::MAX_OFFER_ENTRIES, ""),
        ("offer.md", of(limits::MAX_OFFER_LIFE / 86_400), "days"),
        ("offer.md", of(limits::REBIND_SECONDS / 86_400), "days"),
        ("offer.md", limits::MAX_CODE_TRIES as usize, "wrong"),
        ("private.md", limits::MAX_GROUP_ROWS, "rows"),
        ("private.md", of(i64::try_from(limits::MIN_GROUP).unwrap()), "accounts"),
        ("ledger.md", of(limits::REBIND_SECONDS / 86_400), "days"),
        ("ledger.md", limits::MAX_ENTRY_DIGESTS, ""),
        ("ledger.md", limits::MAX_TEXT_BYTES, "bytes"),
        ("ledger.md", limits::MAX_LABEL_BYTES, "bytes"),
        ("ledger.md", limits::MAX_ASPECTS, "names"),
        ("ledger.md", limits::MAX_ROLES, "roles"),
        ("ledger.md", of(limits::MAX_SCALE), ""),
        ("presentation.md", limits::MAX_PRESENTATION_BYTES / 1024 / 1024, "MiB"),
        ("presentation.md", limits::MAX_PRESENTED_RATINGS, ""),
        ("request.md", limits::MAX_REQUEST_BYTES, "as signed"),
        ("request.md", limits::MAX_RETENTION_DAYS as usize, ""),
        ("request.md", of(limits::MAX_REQUEST_LIFE / 86_400), "days"),
        ("request.md", limits::MAX_PRESENTED_LEDGERS, "standings"),
        ("epoch.md", of(limits::MIN_EPOCH_SECONDS), "s"),
        ("epoch.md", of(limits::MAX_EPOCH_SECONDS / 86_400), "days"),
        ("epoch.md", of(limits::DEFAULT_EPOCH_SECONDS), "s"),
        ("epoch.md", limits::MAX_EPOCH_STATUS_LISTS, "of"),
        ("status.md", of(i64::try_from(limits::STATUS_LIST_ENTRIES).unwrap()), "entries"),
        ("status.md", of(i64::try_from(limits::SMALL_STATUS_LIST).unwrap()), "entries"),
        ("credentials.md", of(limits::KEY_BINDING_MAX_AGE), "s"),
        ("credentials.md", of(limits::KEY_BINDING_MAX_FUTURE), "s"),
        ("names.md", limits::MAX_DID_BYTES, "bytes"),
        ("README.md", limits::MAX_JSON_DEPTH, "deep"),
        ("README.md", limits::MAX_JSON_VALUES, "values"),
        ("README.md", limits::MAX_OFFER_VALUES, ""),
        ("credentials.md", limits::MAX_SD_JWT_BYTES, "bytes"),
        ("credentials.md", limits::MAX_DISCLOSURES, "disclosures"),
        ("epoch.md", limits::MAX_EPOCH_RECORD_BYTES, "bytes"),
        ("status.md", limits::MAX_STATUS_LIST_BYTES, "bytes"),
    ] {
        let wanted = format!("{} {unit}", grouped(number));
        let wanted = wanted.trim_end();
        assert!(text(page).contains(wanted), "{page}: {wanted}");
    }
}
