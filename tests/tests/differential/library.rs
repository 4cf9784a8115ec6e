//! TEMP
use crate::Case;
use faam_tests::second::Why;
use serde_json::{Map, Value};
pub type Claims = Map<String, Value>;
pub type Verdict = Result<Claims, &'static str>;
pub fn verdict(case: &Case) -> Verdict {
    let e = faam_tests::second::Expected {
        vct: case.draft.vct.as_deref(),
        audience: &case.draft.audience,
        nonce: &case.draft.nonce,
        max_age: 300,
        max_future: 60,
    };
    faam_tests::second::check(&case.text, &case.draft.issuer.public(), &e, case.draft.now).map_err(|_| "x")
}
pub fn codes(_: Why) -> &'static [&'static str] {
    &["x"]
}
