//! The database behind TLS: who it is, is proven before anything is said to it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use faam_node::config::PostgresSettings;
use faam_node::core::{Change, Storage as _, StorageError, Table};
use faam_node::postgres::{PostgresError, PostgresStore, TargetError};
use faam_spec::reason::Reason;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::server::{Database, url_file};
use super::store::identity;

/// The name under which the database is known.
const HOST: &str = "db.example";
const PASSWORD: &str = "hunter2";

struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    /// A certificate and its key, as PEM.
    fn sign(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.certificate, &self.key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

fn names(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// The address by which a node finds the database: a name, and where it is.
fn url(host: &str, port: u16, password: &str) -> String {
    format!("host={host} hostaddr=127.0.0.1 port={port} user=faam password={password} dbname=postgres")
}

/// Opens the store as a node does whose configuration names this authority, or none.
fn open(url: &str, authority: Option<&Authority>) -> Result<PostgresStore, PostgresError> {
    let dir = TempDir::new().unwrap();
    let ca_file = authority.map(|authority| {
        let file = dir.path().join("ca.pem");
        fs::write(&file, authority.certificate.pem()).unwrap();
        file
    });
    let settings = PostgresSettings { url_file: url_file(dir.path(), url), ca_file, danger_plain_tcp: false };
    PostgresStore::open(&settings, &identity(1))
}

fn database() -> Option<Database> {
    let database = Database::own()?;
    database.sql(&format!("ALTER ROLE faam PASSWORD '{PASSWORD}'"));
    Some(database)
}

//= spec/text/shared-store.md#REQ-SHARED-9
//= type=test
//# Over TCP a node MUST talk to the database under TLS with a certificate that it verifies
#[test]
fn a_database_is_talked_to_once_it_has_proven_its_name() {
    let Some(mut database) = database() else { return };
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let good = ours.sign(names(HOST));
    let port = database.listen(Some((&good.0, &good.1)));
    let store = open(&url(HOST, port, PASSWORD), Some(&ours)).unwrap();
    store.commit(vec![Change::create(Table::NONCES, b"a", b"1")]).unwrap();
    assert_eq!(store.get(Table::NONCES, b"a").unwrap(), Some(b"1".to_vec()));
    let connections = "SELECT ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'faam-node %'";
    assert_eq!(database.sql(connections), ["true"], "the database says so too");

    // The database itself is right each time; what it shows is not what was named.
    let refused = |host: &str, authority: Option<&Authority>, port| {
        let error = open(&url(host, port, PASSWORD), authority).unwrap_err();
        let told = error.to_string();
        assert!(!told.contains(PASSWORD) && error.reason() == Reason::StoreIo, "{told}");
        assert!(!told.contains("hostaddr="), "{told}");
        error
    };
    let not_proven = |host: &str, authority: &Authority, port, why: &str| {
        let error = refused(host, Some(authority), port);
        assert!(matches!(error, PostgresError::NotProven(_)), "{error}");
        let told = error.to_string();
        assert!(told.contains(why) && told.contains("postgres.ca_file"), "{told}");
    };
    not_proven("other.example", &ours, port, "not valid for name");
    not_proven("sub.db.example", &ours, port, "not valid for name");
    not_proven(HOST, &theirs, port, "UnknownIssuer");
    not_proven(HOST, &Authority::new("ours"), port, "BadSignature");
    // Under TLS alone anybody is let in, which is the database's own doing; a node without an authority hears it.
    let plain = refused(HOST, None, port);
    assert!(matches!(plain, PostgresError::Database(_)) && plain.to_string().contains("28000"), "{plain}");
    let wrong = open(&url(HOST, port, "wrong"), Some(&ours)).unwrap_err();
    assert!(wrong.to_string().contains("28P01") && !wrong.to_string().contains("wrong"), "{wrong}");

    for (what, (certificate, key), why) in [
        ("of another authority", theirs.sign(names(HOST)), "UnknownIssuer"),
        ("for an address", ours.sign(names("127.0.0.1")), "not valid for name"),
        (
            "over",
            ours.sign({
                let mut params = names(HOST);
                params.not_after = date_time_ymd(2020, 1, 1);
                params
            }),
            "expired",
        ),
        (
            "not begun",
            ours.sign({
                let mut params = names(HOST);
                params.not_before = date_time_ymd(4000, 1, 1);
                params
            }),
            "not valid yet",
        ),
        (
            "nobody's but its own",
            {
                let key = KeyPair::generate().unwrap();
                (names(HOST).self_signed(&key).unwrap().pem(), key.serialize_pem())
            },
            "UnknownIssuer",
        ),
    ] {
        let port = database.listen(Some((&certificate, &key)));
        not_proven(HOST, &ours, port, why);
        // What the store had open before is made again, and is no less careful.
        let left = store.get(Table::NONCES, b"a");
        assert!(matches!(left, Err(StorageError::Unreachable(_))), "{what}: {left:?}");
    }
    // Without TLS nothing is said to it: neither by a database that has none, nor by somebody in between who says so.
    let port = database.listen(None);
    let none = refused(HOST, Some(&ours), port);
    assert!(none.to_string().contains("does not support TLS"), "{none}");
    assert_eq!(database.sql("SELECT count(*) FROM faam_record"), ["1"]);
}

//= spec/text/shared-store.md#REQ-SHARED-5
//= type=test
//# work again when the database is there again.
#[test]
fn a_database_with_a_new_certificate_of_the_same_authority_is_found_again() {
    let Some(mut database) = database() else { return };
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (first, wrong) = (ours.sign(names(HOST)), theirs.sign(names(HOST)));
    let port = database.listen(Some((&first.0, &first.1)));
    let store = open(&url(HOST, port, PASSWORD), Some(&ours)).unwrap();
    store.commit(vec![Change::create(Table::NONCES, b"a", b"1")]).unwrap();
    database.listen_at(port, (&wrong.0, &wrong.1));
    for _ in 0..3 {
        let left = store.commit(vec![Change::create(Table::NONCES, b"b", b"1")]);
        assert!(matches!(left, Err(StorageError::Unreachable(_))), "{left:?}");
    }
    let second = ours.sign(names(HOST));
    database.listen_at(port, (&second.0, &second.1));
    // It is left alone for a moment after it was not found.
    while store.get(Table::NONCES, b"a").is_err() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    store.commit(vec![Change::create(Table::NONCES, b"b", b"2")]).unwrap();
    assert_eq!(store.get(Table::NONCES, b"b").unwrap(), Some(b"2".to_vec()));
}

/// A server that says what it is told to and notes what it hears.
fn impostor(says: &'static [u8]) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = vec![0; 8];
        stream.read_exact(&mut heard).unwrap();
        stream.write_all(says).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut heard);
        heard
    });
    (port, heard)
}

//= spec/text/shared-store.md#REQ-SHARED-9
//= type=test
//# Over TCP a node MUST talk to the database under TLS with a certificate that it verifies
#[test]
fn whoever_has_no_certificate_hears_no_name_and_no_password() {
    let ours = Authority::new("ours");
    for says in [
        b"N".as_slice(),
        b"S",
        b"E\0\0\0\x08oops",
        // A whole greeting in the clear, right behind the S: what was said before TLS counts for nothing.
        b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
    ] {
        let (port, heard) = impostor(says);
        let error = open(&url(HOST, port, PASSWORD), Some(&ours)).unwrap_err();
        assert_eq!(error.reason(), Reason::StoreIo, "{error}");
        let heard = heard.join().unwrap();
        for secret in [PASSWORD, "faam", "postgres\0"] {
            assert!(
                !heard.windows(secret.len()).any(|some| some == secret.as_bytes()),
                "{secret}: {heard:?}"
            );
        }
    }
}

#[test]
fn an_operator_is_told_how_the_database_would_prove_its_name() {
    let far = format!("host={HOST} user=faam password={PASSWORD} dbname=postgres");
    let plain = open(&far, None).unwrap_err();
    assert!(matches!(plain, PostgresError::Target(TargetError::Plain)), "{plain}");
    assert_eq!(plain.reason(), Reason::InputMalformed);
    assert!(
        plain.to_string().contains("postgres.ca_file") && !plain.to_string().contains(PASSWORD),
        "{plain}"
    );

    // And through the program: the sentence, the code, the exit status.
    let home = TempDir::new().unwrap();
    let dir = home.path().join("node");
    let program = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_faam-node")).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let made = program(&["init", "--name", "Beta", "--dir", dir.to_str().unwrap()]);
    assert_eq!(made.0, Some(0), "{}", made.1);
    let config = dir.join("faam-node.toml");
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str("\n[postgres]\nurl_file = \"postgres.url\"\nca_file = \"ca.pem\"\n");
    fs::write(&config, text).unwrap();
    let (port, heard) = impostor(b"N");
    url_file(&dir, &url(HOST, port, PASSWORD));
    let check = || program(&["run", "--check", "--config", config.to_str().unwrap()]);
    let said = check();
    assert!(said.1.contains("ca.pem") && said.1.contains("store.missing"), "{said:?}");
    fs::write(dir.join("ca.pem"), "no certificate").unwrap();
    let said = check();
    assert!(said.1.contains("postgres.ca_file") && said.1.contains("input.malformed"), "{said:?}");
    fs::write(dir.join("ca.pem"), Authority::new("ours").certificate.pem()).unwrap();
    let said = check();
    assert!(said.1.contains("does not support TLS") && said.1.contains("store.io"), "{said:?}");
    assert!(!said.1.contains(PASSWORD), "{said:?}");
    heard.join().unwrap();
}
