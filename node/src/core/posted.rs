//! The same requests answered by HTTP (OpenID4VP 1.0, `direct_post`): another request object for one question, one nonce and one
//! decision, whichever way the first answer comes.

use faam_spec::hash::{Capability, Hash};
use faam_spec::openid4vp::{VpLink, WebAddress};
use faam_spec::presentation;
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::SignedRequest;
use faam_spec::wire::PresentAnswer;

use super::error::CoreError;
use super::{Core, Turn};

/// How an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From a peer, over `/faam/present/1`.
    Peer,
    /// By HTTP.
    Post,
}

impl Core {
    /// Sets under which address on the web the requests of this node are fetched and answered by HTTP; its paths `request/…` and
    /// `response/…` are those of `node/src/openid4vp`.
    pub fn set_web(&mut self, address: Option<WebAddress>) {
        self.web = address;
    }

    /// The request object of a question, for an answer by HTTP.
    ///
    /// # Errors
    /// `request.unknown`, `request.used`, `request.expired`; [`CoreError::Storage`].
    pub fn request_to_post(&self, turn: &Turn<'_>, capability: Capability) -> Result<String, CoreError> {
        self.check_running()?;
        let question = self.fetch(turn, capability)?;
        let text = String::from_utf8(question.body).map_err(|_| Fault::new(Reason::Internal, "request"))?;
        let request = SignedRequest::open(&text, &self.sources.histories, turn.now)?;
        Ok(self.posted(&request, capability)?.as_str().to_owned())
    }

    /// Whether a question waits for an answer, or was answered a moment ago: whether reading an answer is worth anything.
    ///
    /// # Errors
    /// `request.unknown`; `request.used`, `request.expired`, `request.revoked` for one that has ended.
    pub fn is_request(&self, turn: &Turn<'_>, capability: Capability) -> Result<(), CoreError> {
        self.check_running()?;
        Self::check_answerable(turn, capability)
    }

    /// Judges an answer that came by HTTP with `state`, and gives what the wallet is told
    /// ([`faam_spec::wire::PresentOutcome`], as JSON).
    ///
    /// # Errors
    /// `request.unknown`, `request.expired`; `request.used` for another answer than the first one; `response.malformed` for a
    /// `state` of another request; [`CoreError::Storage`].
    ///
    /// Implements REQ-VP-17 and REQ-VP-19 (`spec/text/openid4vp.md`).
    pub fn answer_posted(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        state: &str,
        presentation: &[u8],
    ) -> Result<Vec<u8>, CoreError> {
        self.check_state(turn, capability, state)?;
        let hash = presentation::hash(presentation);
        //= spec/text/openid4vp.md#REQ-VP-19
        //# Of the answers to a question, by whichever way they come, one MUST be judged
        let told = match Self::told_before(turn, capability, hash)? {
            Some(told) => told,
            None => self.decide(turn, capability, presentation, hash, Way::Post)?,
        };
        match told.head {
            PresentAnswer::Decided => Ok(told.body),
            _ => Err(Fault::new(Reason::Internal, "outcome").into()),
        }
    }

    /// Whether `state` is that of this request.
    ///
    /// # Errors
    /// `request.unknown`; `response.malformed`.
    //= spec/text/openid4vp.md#REQ-VP-17
    //# `state` MUST be that of the request
    pub fn check_state(&self, turn: &Turn<'_>, capability: Capability, state: &str) -> Result<(), CoreError> {
        self.check_running()?;
        let id: Hash = Self::request_id(turn, capability)?;
        if id.to_string() == state {
            Ok(())
        } else {
            Err(Fault::new(Reason::ResponseMalformed, "state").into())
        }
    }

    pub(super) fn posted(
        &self,
        request: &SignedRequest,
        capability: Capability,
    ) -> Result<SignedRequest, CoreError> {
        let uri = self.under("response", capability)?;
        let uri = uri.ok_or(Fault::new(Reason::RequestUnknown, "request"))?;
        Ok(request.to_post(&uri, &self.signer)?)
    }

    pub(super) fn posted_link(&self, capability: Capability) -> Result<Option<VpLink>, CoreError> {
        let address = self.under("request", capability)?;
        Ok(address.map(|address| VpLink::new(self.signer.did().into(), address)))
    }

    fn under(&self, what: &str, capability: Capability) -> Result<Option<WebAddress>, CoreError> {
        let Some(web) = &self.web else { return Ok(None) };
        let base = web.as_str().trim_end_matches('/');
        Ok(Some(format!("{base}/{what}/{capability}").parse()?))
    }
}
