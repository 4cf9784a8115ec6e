//! What wallets post to a `response_uri`.

use core::fmt;

use super::{form, presentation_of};
use crate::limits::{MAX_POSTED_BYTES, MAX_STATE_BYTES};
use crate::reason::{Fault, Reason, refuse};

/// What a wallet posted, read strictly.
#[derive(Clone, PartialEq, Eq)]
pub enum Posted {
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
    /// Reads a form of at most [`MAX_POSTED_BYTES`]; nothing in the answer is judged.
    ///
    /// # Errors
    /// `response.malformed`; `too_large`, `malformed.json` and the like for a `vp_token` or `faam` that is not JSON within its bounds.
    ///
    /// Implements REQ-VP-16 to REQ-VP-18 (`spec/text/openid4vp.md`).
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        let bad = |at| Fault::new(Reason::ResponseMalformed, at);
        if body.len() > MAX_POSTED_BYTES {
            return refuse(Reason::TooLarge, "form");
        }
        let text = core::str::from_utf8(body).map_err(|_| bad("form"))?;
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

/// Says nothing of what was shown, and nothing that is foreign.
impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { presentation, .. } => write!(f, "Answer({} bytes)", presentation.len()),
            Self::Error { .. } => f.write_str("Error(…)"),
        }
    }
}

/// The status of HTTP with which an answer is refused that was not judged; beside it stands JSON with `error`, `error_description` and
/// `code`.
///
/// Implements REQ-VP-25 (`spec/text/openid4vp.md`).
//= spec/text/openid4vp.md#REQ-VP-25
//# `404` for `request.unknown`, `409` for `request.used`, `410` for `request.expired`, `413` for `too_large`, `408` for
//# `net.timeout`, `503` for `net.busy`, else `400`
#[must_use]
pub const fn status_of(reason: Reason) -> u16 {
    match reason {
        Reason::RequestUnknown => 404,
        Reason::NonceUsed => 409,
        Reason::RequestExpired => 410,
        Reason::TooLarge => 413,
        Reason::NetTimeout => 408,
        Reason::NetBusy => 503,
        _ => 400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= spec/text/openid4vp.md#REQ-VP-17
    //= type=test
    //# There MUST be `state`, and either `vp_token` or `error`
    #[test]
    fn a_form_is_an_answer_or_says_that_there_is_none() {
        let answer = Posted::read(b"vp_token=%7B%7D&state=uS&iss=ignored").unwrap();
        let presentation = br#"{"ledgers":[],"v":0,"vp_token":{}}"#.to_vec();
        assert_eq!(answer, Posted::Answer { state: "uS".into(), presentation });
        assert_eq!(format!("{answer:?}"), "Answer(34 bytes)");
        let none = Posted::read(b"error=access_denied&state=uS").unwrap();
        assert_eq!(none, Posted::Error { state: "uS".into(), error: "access_denied".into() });
        assert_eq!(format!("{none:?}"), "Error(…)");
        let long = format!("vp_token=%7B%7D&state={}", "a".repeat(MAX_STATE_BYTES + 1));
        for bad in [
            "",
            "vp_token=%7B%7D",
            "state=uS",
            "error=x",
            "vp_token=%7B%7D&error=x&state=uS",
            "vp_token=%7B%7D&state=uS&state=uS",
            &long,
        ] {
            assert_eq!(
                Posted::read(bad.as_bytes()).unwrap_err().reason(),
                Reason::ResponseMalformed,
                "{bad}"
            );
        }
        assert_eq!(Posted::read(b"vp_token=\xff&state=uS").unwrap_err().reason(), Reason::ResponseMalformed);
        let over = vec![b'a'; MAX_POSTED_BYTES + 1];
        assert_eq!(Posted::read(&over).unwrap_err().reason(), Reason::TooLarge);
    }
}
