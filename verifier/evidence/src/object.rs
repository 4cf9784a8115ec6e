//! The object by which evidence is shown.

use faam_spec::domain::HASH_EVIDENCE;
use faam_spec::encoding::{b64, json, parse, unb64};
use faam_spec::hash::Hash;
use faam_spec::limits::{
    MAX_EVIDENCE_BYTES, MAX_EXPORT_BYTES, MAX_FILE_BYTES, MAX_MAIL_BYTES, MAX_SD_JWT_BYTES, MAX_VC_BYTES,
};
use faam_spec::reason::{Fault, Reason, refuse};
use serde::{Deserialize, Serialize};

/// What kind of evidence it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// An SD-JWT VC as it was issued.
    SdJwtVc,
    /// A W3C credential with a Data Integrity proof.
    Vc,
    /// A mail.
    Mail,
    /// What a platform let somebody download.
    Export,
}

/// Evidence as it is shown and kept: bytes as they were issued, received or downloaded, and never a grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Evidence {
    kind: Kind,
    data: Vec<u8>,
    mapping: Option<String>,
}

/// Its JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    v: u8,
    kind: Kind,
    data: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mapping: Option<String>,
}

impl Evidence {
    /// An SD-JWT VC, at most [`MAX_SD_JWT_BYTES`].
    ///
    /// # Errors
    /// `too_large`.
    pub fn sd_jwt_vc(text: &[u8]) -> Result<Self, Fault> {
        Self::new(Kind::SdJwtVc, text.to_vec(), None)
    }

    /// A W3C credential, at most [`MAX_VC_BYTES`].
    ///
    /// # Errors
    /// `too_large`.
    pub fn vc(bytes: &[u8]) -> Result<Self, Fault> {
        Self::new(Kind::Vc, bytes.to_vec(), None)
    }

    /// A mail with its headers, at most [`MAX_MAIL_BYTES`].
    ///
    /// # Errors
    /// `too_large`.
    pub fn mail(bytes: &[u8]) -> Result<Self, Fault> {
        Self::new(Kind::Mail, bytes.to_vec(), None)
    }

    /// An export, at most [`MAX_EXPORT_BYTES`], with the text of its mapping file.
    ///
    /// # Errors
    /// `too_large`.
    pub fn export(bytes: &[u8], mapping: &str) -> Result<Self, Fault> {
        Self::new(Kind::Export, bytes.to_vec(), Some(mapping.to_owned()))
    }

    fn new(kind: Kind, data: Vec<u8>, mapping: Option<String>) -> Result<Self, Fault> {
        //= spec/text/evidence.md#REQ-EVID-2
        //# sizes are compared before anything is parsed (`too_large`)
        let most = match kind {
            Kind::SdJwtVc => MAX_SD_JWT_BYTES,
            Kind::Vc => MAX_VC_BYTES,
            Kind::Mail => MAX_MAIL_BYTES,
            Kind::Export => MAX_EXPORT_BYTES,
        };
        if data.len() > most {
            return refuse(Reason::TooLarge, "evidence.data");
        }
        if mapping.as_ref().is_some_and(|text| text.len() > MAX_FILE_BYTES) {
            return refuse(Reason::TooLarge, "evidence.mapping");
        }
        Ok(Self { kind, data, mapping })
    }

    /// Reads the object. Nothing is verified.
    ///
    /// # Errors
    /// `too_large`; `malformed.json`; `malformed` for other members, which a grade would be; `unsupported.version`;
    /// `malformed.base64url`.
    ///
    /// Implements REQ-EVID-2 (`spec/text/evidence.md`).
    //= spec/text/evidence.md#REQ-EVID-2
    //# Members that are not in the table MUST be refused (`malformed`).
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        parse(bytes, MAX_EVIDENCE_BYTES, "evidence")
    }

    fn read(raw: Raw) -> Result<Self, Fault> {
        if raw.v != 0 {
            return refuse(Reason::UnsupportedVersion, "evidence.v");
        }
        if raw.mapping.is_some() != (raw.kind == Kind::Export) {
            return refuse(Reason::Malformed, "evidence.mapping");
        }
        Self::new(raw.kind, unb64(&raw.data, "evidence.data")?, raw.mapping)
    }

    /// The object as bytes.
    ///
    /// # Errors
    /// `internal`, which no evidence causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        json(self)
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The bytes.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The text of the mapping file, of an export.
    #[must_use]
    pub fn mapping(&self) -> Option<&str> {
        self.mapping.as_deref()
    }

    /// A hash by which it is known again.
    ///
    /// # Errors
    /// As [`Evidence::to_bytes`].
    pub fn hash(&self) -> Result<Hash, Fault> {
        Ok(Hash::of(HASH_EVIDENCE, &self.to_bytes()?))
    }
}

impl TryFrom<Raw> for Evidence {
    type Error = Fault;
    fn try_from(raw: Raw) -> Result<Self, Fault> {
        Self::read(raw)
    }
}

impl From<Evidence> for Raw {
    fn from(evidence: Evidence) -> Self {
        Self { v: 0, kind: evidence.kind, data: b64(&evidence.data), mapping: evidence.mapping }
    }
}
