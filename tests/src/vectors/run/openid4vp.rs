//! Operations of OpenID4VP over HTTP.

use faam_spec::client::Client;
use faam_spec::encoding::unb64;
use faam_spec::key::{PublicKey, VerifyingKey};
use faam_spec::openid4vp::{Unverified, VpLink, form, presentation_of};
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use serde_json::Value;

use super::{bytes, text};
use crate::vectors::text_of;

/// A request whose answer is posted, under the key that its client carries, or one that was fetched.
pub(super) fn post_request(input: &Value, now: Timestamp) -> Result<(), Fault> {
    let request = text(input, "text");
    let read = Unverified::read(&request)?;
    let key = match input.get("key") {
        Some(key) => {
            let bytes = unb64(&text_of(key), "key").unwrap().try_into().unwrap();
            PublicKey::from(VerifyingKey::from_bytes(&bytes).unwrap())
        }
        None => own_key(&read.client, read.key_id())?,
    };
    SignedRequest::open_post(&request, &key, now).map(drop)
}

fn own_key(client: &Client, kid: Option<&str>) -> Result<PublicKey, Fault> {
    let unknown = || Fault::new(Reason::InvalidIssuer, "kid");
    client.own_key(kid.ok_or_else(unknown)?)?.ok_or_else(unknown)
}

pub(super) fn vp_link(input: &Value) -> Result<(), Fault> {
    text(input, "text").parse::<VpLink>().map(drop)
}

pub(super) fn read_form(input: &Value) -> Result<(), Fault> {
    form(&text(input, "text")).map(drop)
}

/// What was posted, put together to the presentation that is stated.
pub(super) fn posted(input: &Value) -> Result<(), Fault> {
    let faam = input.get("faam").map(text_of);
    let made = presentation_of(&text(input, "vp_token"), faam.as_deref())?;
    assert_eq!(made, bytes(input, "presentation"), "another presentation came of it");
    Ok(())
}
