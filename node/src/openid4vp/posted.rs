//! That what is posted is a form.

use axum::http::{HeaderMap, header};
use faam_spec::reason::{Fault, Reason, refuse};

/// Checks that a form is what was posted.
///
/// # Errors
/// `response.malformed`.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Fault> {
    let mut stated = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (stated.next(), stated.next()) else {
        return refuse(Reason::ResponseMalformed, "content_type");
    };
    let essence = value.to_str().ok().and_then(|value| value.split(';').next()).map(str::trim);
    match essence {
        Some(essence) if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") => Ok(()),
        _ => refuse(Reason::ResponseMalformed, "content_type"),
    }
}
