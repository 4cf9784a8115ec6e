//! The library's side, and its codes in the classes of the second checker.

use faam_spec::key::PublicKey;
use faam_spec::sdjwt::vc::{Expected, verify};
use faam_spec::time::Timestamp;
use faam_tests::second::{Binding, Why};
use serde_json::{Map, Value};

use crate::Case;

/// The claims of a credential.
pub type Claims = Map<String, Value>;
/// What a checker says; the library by its code.
pub type Verdict = Result<Claims, &'static str>;

/// What the library says of a case.
pub fn verdict(case: &Case) -> Verdict {
    let issuer = PublicKey::from_jwk(&case.draft.issuer.jwk()).unwrap();
    let expected = Expected {
        vct: case.draft.vct.as_deref(),
        audience: &case.draft.audience,
        nonce: &case.draft.nonce,
        max_age: 300,
        max_future: 60,
    };
    match verify(&case.text, &issuer, &expected, Timestamp::new(case.draft.now).unwrap()) {
        Ok(verified) => Ok(verified.claims().clone()),
        Err(fault) => Err(fault.reason().code()),
    }
}

/// The codes by which the library may say this. What nests too deep is malformed to the second checker and too large to the library.
pub const fn codes(why: Why) -> &'static [&'static str] {
    match why {
        Why::TooLarge => &["too_large"],
        Why::Malformed => &[
            "malformed",
            "malformed.json",
            "malformed.base64url",
            "malformed.jws",
            "malformed.time",
            "too_large",
        ],
        Why::Algorithm => &["unsupported.algorithm"],
        Why::Critical => &["unsupported.critical"],
        Why::Type => &["invalid.type"],
        Why::Missing => &["invalid.claim.missing"],
        Why::Signature => &["invalid.signature"],
        Why::Disclosure => &[
            "invalid.disclosure.malformed",
            "invalid.disclosure.unreferenced",
            "invalid.disclosure.name",
            "malformed.base64url",
            "malformed.json",
            "too_large",
        ],
        Why::Digest => {
            &["invalid.digest.repeated", "invalid.digest.algorithm", "malformed", "malformed.base64url"]
        }
        Why::Hidden => &["invalid.claim.hidden"],
        Why::Time => &["invalid.expired", "invalid.not_yet"],
        Why::KeyBinding(binding) => match binding {
            Binding::Absent => &["invalid.key_binding.missing"],
            Binding::Key => &[
                "invalid.key",
                "unsupported.algorithm",
                "malformed",
                "malformed.base64url",
                "invalid.claim.missing",
            ],
            Binding::Malformed => {
                &["malformed", "malformed.json", "malformed.jws", "malformed.time", "too_large"]
            }
            Binding::Algorithm => &["unsupported.algorithm"],
            Binding::Critical => &["unsupported.critical"],
            Binding::Type => &["invalid.type"],
            Binding::Signature => &["invalid.key_binding.signature"],
            Binding::Audience => &["invalid.key_binding.audience"],
            Binding::Nonce => &["invalid.key_binding.nonce"],
            Binding::SdHash => &["invalid.key_binding.sd_hash"],
            Binding::Stale => &["invalid.key_binding.stale"],
            Binding::Future => &["invalid.key_binding.future"],
        },
    }
}
