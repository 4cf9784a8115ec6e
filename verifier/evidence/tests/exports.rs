//! Exports, their mappings, the object, and the files: what is read, and what is refused with which code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use faam_evidence::keys::KeyArchive;
use faam_evidence::mapping::Mapping;
use faam_evidence::reader::Reader;
use faam_evidence::trusted::Trusted;
use faam_evidence::{Caveat, Evidence, Given, Kind, Statement, judge};
use faam_spec::decision::Grade;
use faam_spec::encoding::b64;
use faam_spec::limits::{
    MAX_EVIDENCE_BYTES, MAX_EXPORT_BYTES, MAX_EXPORT_ROWS, MAX_FILE_BYTES, MAX_MAIL_BYTES,
};
use faam_spec::reason::Reason;
use serde_json::{Value, json};

const CSV: &str = include_str!("../../../examples/evidence/marktzicht-csv.toml");
const JSON: &str = include_str!("../../../examples/evidence/ritje-json.toml");
const KRINGLOOP: &str = include_str!("../../../examples/evidence/kringloop.toml");
const ROWS: &str = include_str!("../../../examples/evidence/marktzicht.csv");
const DOWNLOAD: &str = include_str!("../../../examples/evidence/ritje.json");

fn come(bytes: &[u8], mapping: &str) -> Result<Statement, Reason> {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let evidence = Evidence::export(bytes, mapping).map_err(|fault| fault.reason())?;
    judge(&evidence, &Given::default(), now).map_err(|fault| fault.reason())
}

#[test]
fn exports_are_read_by_their_mapping_and_are_self_asserted() {
    let stated = come(ROWS.as_bytes(), CSV).unwrap();
    assert_eq!(
        (stated.kind, stated.grade, stated.by.as_str()),
        (Kind::Export, Grade::SelfAsserted, "Marktzicht, my data")
    );
    assert_eq!((stated.ratings.len(), stated.caveats.as_slice()), (3, [Caveat::Mapping].as_slice()));
    let first = &stated.ratings[0];
    assert_eq!((first.value, first.role.as_str(), first.rater.as_deref()), (5, "seller", Some("bob")));
    assert_eq!(first.day.unwrap().to_string(), "2026-02-01");
    assert_eq!(first.comment.as_deref(), Some("Quick, and \"as new\""));
    assert_eq!(stated.ratings[2].comment, None);
    // A mark of Excel before the first name, and line ends of Windows.
    assert!(come(format!("\u{feff}{}", ROWS.replace('\n', "\r\n")).as_bytes(), CSV).is_ok());

    let stated = come(DOWNLOAD.as_bytes(), JSON).unwrap();
    let values: Vec<_> = stated.ratings.iter().map(|rating| (rating.value, rating.normal)).collect();
    assert_eq!(values, [(1, 1000), (0, 0), (1, 1000)]);
    assert_eq!(stated.ratings[1].day.unwrap().to_string(), "2026-03-04");
}

//= spec/text/evidence.md#REQ-EVID-24
//= type=test
//# An export MUST be read whole or not at all
#[test]
fn an_export_is_read_whole_or_not_at_all() {
    for (why, bytes, reason) in [
        ("a column that is not there", ROWS.replace("Stars", "stars"), Reason::ExportMapping),
        ("a column that is there twice", ROWS.replace("From", "Stars"), Reason::ExportMapping),
        ("a row that is too short", format!("{ROWS}2026-02-05,4\n"), Reason::ExportMapping),
        ("another scale", ROWS.replace(",5,", ",6,"), Reason::ExportValue),
        ("half a star", ROWS.replace(",5,", ",4.5,"), Reason::ExportValue),
        ("no value", ROWS.replace(",5,", ",,"), Reason::ExportValue),
        ("no day", ROWS.replace("2026-02-01", "2026-02-30"), Reason::ExportValue),
        ("another way to write days", ROWS.replace("2026-02-01", "01/02/2026"), Reason::ExportValue),
        ("a role that is none", ROWS.replace("Verkoper", "Ver koper"), Reason::ExportValue),
        ("a long text", ROWS.replace("bob", &"b".repeat(4097)), Reason::ExportValue),
    ] {
        assert_eq!(come(bytes.as_bytes(), CSV).unwrap_err(), reason, "{why}");
    }
    assert_eq!(come(b"\xff\xfe", CSV).unwrap_err(), Reason::ExportMapping);
    let row = ROWS.lines().nth(1).unwrap();
    let head = ROWS.lines().next().unwrap();
    let many = |count: usize| format!("{head}\n{}", format!("{row}\n").repeat(count));
    assert_eq!(come(many(MAX_EXPORT_ROWS).as_bytes(), CSV).unwrap().ratings.len(), MAX_EXPORT_ROWS);
    assert_eq!(come(many(MAX_EXPORT_ROWS + 1).as_bytes(), CSV).unwrap_err(), Reason::TooLarge);
    assert_eq!(come(&vec![b'x'; MAX_EXPORT_BYTES + 1], CSV).unwrap_err(), Reason::TooLarge);

    let spoilt = |place: &str, value: Value| {
        let mut whole: Value = serde_json::from_str(DOWNLOAD).unwrap();
        *whole.pointer_mut(place).unwrap() = value;
        come(whole.to_string().as_bytes(), JSON).unwrap_err()
    };
    for (place, value, reason) in [
        ("/account/reviews/received", json!({}), Reason::ExportMapping),
        ("/account/reviews/received/0", json!({"at": "2026-03-01"}), Reason::ExportMapping),
        ("/account/reviews/received/0/opinion/thumb", json!("sideways"), Reason::ExportValue),
        ("/account/reviews/received/0/opinion/thumb", json!(0.5), Reason::ExportValue),
        ("/account/reviews/received/0/opinion/thumb", json!(2), Reason::ExportValue),
        ("/account/reviews/received/0/opinion/thumb", json!(true), Reason::ExportValue),
        ("/account/reviews/received/0/opinion/text", json!(7), Reason::ExportValue),
        ("/account/reviews/received/0/at", json!("yesterday"), Reason::ExportValue),
    ] {
        assert_eq!(spoilt(place, value.clone()), reason, "{place} {value}");
    }
    assert_eq!(come(b"{\"account\": 1, \"account\": 2}", JSON).unwrap_err(), Reason::MalformedJson);
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(come(deep.as_bytes(), JSON).unwrap_err(), Reason::TooLarge);
}

//= spec/text/evidence.md#REQ-EVID-1
//= type=test
//# The grade MUST be computed from what was verified, and nothing that is shown MUST be able to state it.
//= spec/text/evidence.md#REQ-EVID-2
//= type=test
//# Members that are not in the table MUST be refused (`malformed`).
#[test]
fn a86_evidence_cannot_grade_itself() {
    let shown = |value: &Value| Evidence::parse(value.to_string().as_bytes()).map_err(|fault| fault.reason());
    let good = json!({"v": 0, "kind": "export", "data": b64(ROWS), "mapping": CSV});
    let evidence = shown(&good).unwrap();
    faam_schemas::assert_valid("evidence", &good);
    assert_eq!(serde_json::from_slice::<Value>(&evidence.to_bytes().unwrap()).unwrap(), good);
    for (name, value) in [
        ("grade", json!("issuer_signed")),
        ("by", json!("Marktzicht")),
        ("key", json!("v=DKIM1; p=AAAA")),
        ("reader", json!(KRINGLOOP)),
        ("statement", json!({"grade": "mail_signed"})),
    ] {
        let mut better = good.clone();
        better[name] = value;
        assert_eq!(shown(&better).unwrap_err(), Reason::Malformed, "{name}");
        assert!(!faam_schemas::is_valid("evidence", &better), "{name}");
    }
    // What a mapping or an export says of itself is what its holder says.
    let named = CSV.replace("Marktzicht, my data", "Signed by Marktzicht, issuer_signed");
    assert_eq!(come(ROWS.as_bytes(), &named).unwrap().grade, Grade::SelfAsserted);
    // Called something better, it is judged as that.
    let mut mail = good.clone();
    (mail["kind"], mail["mapping"]) = (json!("mail"), Value::Null);
    assert_eq!(shown(&mail).unwrap_err(), Reason::Malformed);
    mail.as_object_mut().unwrap().remove("mapping");
    let judged = judge(&shown(&mail).unwrap(), &Given::default(), "2026-11-21T12:00:00Z".parse().unwrap());
    assert_eq!(judged.unwrap_err().reason(), Reason::MailMalformed);
}

//= spec/text/evidence.md#REQ-EVID-2
//= type=test
//# sizes are compared before anything is parsed (`too_large`)
#[test]
fn objects_are_bounded_and_read_strictly() {
    let shown = |text: &str| Evidence::parse(text.as_bytes()).map_err(|fault| fault.reason()).map(drop);
    assert_eq!(shown(r#"{"v":1,"kind":"mail","data":""}"#), Err(Reason::UnsupportedVersion));
    assert_eq!(shown(r#"{"v":0,"kind":"photo","data":""}"#), Err(Reason::Malformed));
    assert_eq!(shown(r#"{"v":0,"kind":"mail","data":"AA=="}"#), Err(Reason::MalformedBase64));
    assert_eq!(shown(r#"{"v":0,"kind":"export","data":""}"#), Err(Reason::Malformed));
    assert_eq!(shown(r#"{"v":0,"kind":"mail","data":"","data":""}"#), Err(Reason::MalformedJson));
    let large = format!(r#"{{"v":0,"kind":"mail","data":"{}"}}"#, b64(vec![b'x'; MAX_MAIL_BYTES + 1]));
    assert_eq!(shown(&large), Err(Reason::TooLarge));
    assert_eq!(shown(&" ".repeat(MAX_EVIDENCE_BYTES + 1)), Err(Reason::TooLarge));
    assert_eq!(
        Evidence::export(b"", &"x".repeat(MAX_FILE_BYTES + 1)).unwrap_err().reason(),
        Reason::TooLarge
    );
}

fn as_json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

//= spec/text/evidence.md#REQ-EVID-22
//= type=test
//# A file MUST be refused for a key that is not known, naming the nearest that is (`file.key`), and for a value
//# that makes no sense (`file.value`)
#[test]
fn files_are_refused_with_their_line_and_the_nearest_key() {
    type Parse = fn(&str) -> Result<(), (Reason, String)>;
    let reader: Parse = |text| Reader::parse(text).map(drop).map_err(|e| (e.reason(), e.to_string()));
    let mapping: Parse = |text| Mapping::parse(text).map(drop).map_err(|e| (e.reason(), e.to_string()));
    let keys: Parse = |text| KeyArchive::parse(text).map(drop).map_err(|e| (e.reason(), e.to_string()));
    let trusted: Parse = |text| Trusted::parse(text).map(drop).map_err(|e| (e.reason(), e.to_string()));
    let archive = "v = 0\n[[key]]\ndomain = \"mail.example\"\nselector = \"s1\"\nrecord = \"p=AAAA\"\nfrom = \"2026-01-01T00:00:00Z\"\nuntil = \"2026-02-01T00:00:00Z\"\n";
    let believed = "v = 0\n[[issuer]]\nname = \"https://werk.example\"\nkey = { kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }\ntypes = [\"a\"]\n";
    for (schema, text, parse) in [
        ("mail-reader", KRINGLOOP, reader),
        ("export-mapping", CSV, mapping),
        ("export-mapping", JSON, mapping),
        ("mail-keys", archive, keys),
    ] {
        parse(text).unwrap();
        faam_schemas::assert_valid(schema, &as_json(text));
    }
    trusted(believed).unwrap();
    for (parse, text, what, by, code, says) in [
        (reader, KRINGLOOP, "subject =", "subjects =", Reason::FileKey, "did you mean 'subject'?"),
        (reader, KRINGLOOP, "v = 0", "v = 1", Reason::FileValue, "version 0"),
        (reader, KRINGLOOP, "v = 0", "v = ", Reason::FileSyntax, "line 2"),
        (reader, KRINGLOOP, "(?P<value>", "(?P<valeu>", Reason::FileValue, "did you mean 'value'?"),
        (reader, KRINGLOOP, "(?P<value>", "(", Reason::FileValue, "(?P<value>…)"),
        (reader, KRINGLOOP, "(?P<role>", "(", Reason::FileValue, "name the role"),
        (reader, KRINGLOOP, "scale =", "role = \"seller\"\nscale =", Reason::FileValue, "not both"),
        (reader, KRINGLOOP, "{1,500}", "{1,50000000}", Reason::FileValue, "body"),
        (reader, KRINGLOOP, "[1-5]", "[1-5", Reason::FileValue, "it is no pattern"),
        (reader, KRINGLOOP, "mail.kringloop.example", "kringloop", Reason::FileValue, "from"),
        (reader, KRINGLOOP, "mail.kringloop.example", "Mail.kringloop.example", Reason::FileValue, "from"),
        (reader, KRINGLOOP, "\"1..5\"", "\"5..1\"", Reason::FileValue, "malformed"),
        (mapping, CSV, "Stars", "Stars\"\nstar = \"x", Reason::FileKey, "unknown key 'columns.star'"),
        (mapping, CSV, "format = \"csv\"", "format = \"xml\"", Reason::FileValue, "csv"),
        (mapping, CSV, "scale =", "rows = \"/a\"\nscale =", Reason::FileValue, "only JSON"),
        (mapping, CSV, "scale =", "role = \"seller\"\nscale =", Reason::FileValue, "not both"),
        (mapping, JSON, "up = 1", "up = 2", Reason::FileValue, "outside of the scale"),
        (mapping, JSON, "rows = \"/", "rows = \"", Reason::FileValue, "begins with '/'"),
        (keys, archive, "selector", "selectors", Reason::FileKey, "did you mean 'key.selector'?"),
        (keys, archive, "2026-01-01T00:00:00Z", "2026-01-01", Reason::FileValue, "entry no. 1"),
        (
            keys,
            archive,
            "2026-01-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
            Reason::FileValue,
            "`until` is not before",
        ),
        (keys, archive, "mail.example", "Mail.Example", Reason::FileValue, "lower case"),
        (trusted, believed, "types", "type", Reason::FileKey, "did you mean 'issuer.types'?"),
        (trusted, believed, "key = {", "# key = {", Reason::FileValue, "needs one"),
        (trusted, believed, "11qY", "!", Reason::FileValue, "public JWK"),
    ] {
        assert!(text.contains(what), "{what}");
        let (reason, message) = parse(&text.replacen(what, by, 1)).unwrap_err();
        assert!(reason == code && message.contains(says), "{what} -> {by}: {reason:?} {message}");
    }
    let long = KRINGLOOP.replacen("[1-5]", &format!("[1-5]{}", "x".repeat(1000)), 1);
    assert!(reader(&long).unwrap_err().1.contains("1000 bytes"));
    assert_eq!(reader(&"#".repeat(MAX_FILE_BYTES + 1)).unwrap_err().0, Reason::TooLarge);
}
