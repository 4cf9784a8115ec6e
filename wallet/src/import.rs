//! Bringing in what people have: files are known by their content, and judged before anything is kept.

use faam_evidence::{Evidence, Given, Statement, judge};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;

/// What a file holds, and what was verified of it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The evidence.
    pub evidence: Evidence,
    /// What it states.
    pub statement: Statement,
}

/// Judges a file for keeping. With a mapping it is an export; else its content says what it is.
///
/// # Errors
/// `import.kind`, and those of [`judge`].
pub fn read(bytes: &[u8], mapping: Option<&str>, given: &Given, now: Timestamp) -> Result<Judged, Fault> {
    let evidence = kind(bytes, mapping)?;
    let statement = judge(&evidence, given, now)?;
    Ok(Judged { evidence, statement })
}

/// What a file is.
///
/// # Errors
/// `import.kind` for none of them; `too_large`.
pub fn kind(bytes: &[u8], mapping: Option<&str>) -> Result<Evidence, Fault> {
    if let Some(mapping) = mapping {
        return Evidence::export(bytes, mapping);
    }
    let text = bytes.trim_ascii();
    // Shells and editors end a file with a line end, which is no part of what was signed.
    if is_sd_jwt(text) {
        return Evidence::sd_jwt_vc(text);
    }
    if text.starts_with(b"{") && contains(text, b"\"proof\"") && contains(text, b"\"@context\"") {
        return Evidence::vc(bytes);
    }
    if begins_with_header(bytes) {
        return Evidence::mail(bytes);
    }
    refuse(Reason::ImportKind, "file")
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A compact SD-JWT: one word, in which the JWT ends at a tilde.
fn is_sd_jwt(text: &[u8]) -> bool {
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    let jwt = text.split(|b| *b == b'~').next().unwrap_or_default();
    text.starts_with(b"ey")
        && text.contains(&b'~')
        && text.iter().all(word)
        && jwt.split(|b| *b == b'.').count() == 3
}

/// A line that begins with the name of a header.
fn begins_with_header(bytes: &[u8]) -> bool {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let Some(colon) = line.iter().position(|b| *b == b':') else { return false };
    let name = line.get(..colon).unwrap_or_default();
    !name.is_empty() && name.len() <= 76 && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

#[cfg(test)]
mod tests {
    use faam_evidence::Kind;

    use super::*;

    #[test]
    fn files_are_known_by_their_content() {
        for (bytes, known) in [
            (&b"eyJh.eyJi.c2ln~\n"[..], Ok(Kind::SdJwtVc)),
            (b"eyJh.eyJi.c2ln~ZA~", Ok(Kind::SdJwtVc)),
            (b"Received: by mail\r\nFrom: a@b.example\r\n\r\n", Ok(Kind::Mail)),
            (b"eyJh.eyJi.c2ln", Err(Reason::ImportKind)),
            (b"stars\n5\n", Err(Reason::ImportKind)),
            (b"hello: no, a name has no space before\n", Ok(Kind::Mail)),
            (b"hello you: here\n", Err(Reason::ImportKind)),
            (b"{\"@context\": [], \"proof\": {}}", Ok(Kind::Vc)),
            (b"{\"a\":1}", Err(Reason::ImportKind)),
            (b"", Err(Reason::ImportKind)),
            (b"\x89PNG\r\n", Err(Reason::ImportKind)),
        ] {
            let found = kind(bytes, None).map(|evidence| evidence.kind()).map_err(|fault| fault.reason());
            assert_eq!(found, known, "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(kind(b"stars\n5\n", Some("v = 0")).unwrap().kind(), Kind::Export);
    }
}
