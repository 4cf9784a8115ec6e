//! What wallets post, read strictly.

use axum::http::{HeaderMap, header};
use faam_spec::limits::MAX_STATE_BYTES;
use faam_spec::openid4vp::{form, presentation_of};
use faam_spec::reason::{Fault, Reason, refuse};

/// What was posted.
pub(super) enum Posted {
    /// An answer.
    Answer {
        /// The request's `state`, as it came back.
        state: String,
        /// The presentation, put together again.
        presentation: Vec<u8>,
    },
    /// That there is none.
    Error {
        /// The request's `state`, as it came back.
        state: String,
        /// Why, in a word of OAuth or OpenID4VP; foreign text.
        error: String,
    },
}

impl Posted {
    /// Reads a form of at most [`faam_spec::limits::MAX_POSTED_BYTES`]; nothing in the answer is judged.
    ///
    /// # Errors
    /// `response.malformed`; `too_large`, `malformed.json` and the like for a `vp_token` or `faam` that is not JSON within its bounds.
    ///
    /// Implements REQ-VP-16 to REQ-VP-18 (`spec/text/openid4vp.md`).
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let bad = |at| Fault::new(Reason::ResponseMalformed, at);
        let text = std::str::from_utf8(body).map_err(|_| bad("form"))?;
        let mut members = form(text)?;
        let mut take = |name: &str| {
            let at = members.iter().position(|(known, _)| known == name)?;
            Some(members.swap_remove(at).1)
        };
        //= spec/text/openid4vp.md#REQ-VP-17
        //# There MUST be `state`, and either `vp_token` or `error`
        let state =
            take("state").filter(|state| state.len() <= MAX_STATE_BYTES).ok_or_else(|| bad("state"))?;
        match (take("vp_token"), take("error")) {
            (Some(vp_token), None) => {
                let presentation = presentation_of(&vp_token, take("faam").as_deref())?;
                Ok(Self::Answer { state, presentation })
            }
            (None, Some(error)) => Ok(Self::Error { state, error }),
            _ => Err(bad("vp_token")),
        }
    }
}

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
