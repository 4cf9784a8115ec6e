//! Ways to look better than one is. Each is tried over the network, as a program that obeys nobody would.

use faam_spec::encoding::{b64, unb64};
use faam_spec::ledger::names;
use faam_spec::link::Link;
use faam_spec::presentation::Presentation;
use faam_spec::sdjwt::SdJwt;
use faam_wallet::held::HeldLedger;
use faam_wallet::present::{Pick, Plan};

use crate::Result;
use crate::party::Person;

/// An honest answer to the request behind `link`, spoiled by `change`: what a program that obeys nobody would send.
///
/// # Errors
/// When the wallet cannot answer the request at all, or the change does not fit it.
pub async fn spoiled(
    person: &Person,
    link: &Link,
    change: impl FnOnce(&mut Presentation, &Signing<'_>) -> Result<()>,
) -> Result<Vec<u8>> {
    let held = person.vault.held_all()?;
    let fetched = person.fetch(link).await?;
    let request = fetched.request().clone();
    fetched.leave().await;
    let now = person.clock.now();
    let plan = Plan::new(&request, &held, Pick::Newest, now)?;
    let keys = person.vault.holder_keys(plan.ledgers())?;
    let mut presentation = plan.build(&keys, now, &mut rand::rngs::OsRng)?;
    let (audience, nonce) = (request.request().verifier.client_id(), &request.request().nonce);
    change(&mut presentation, &Signing { keys: &keys, audience, nonce, now })?;
    Ok(presentation.to_bytes()?)
}

/// How the person's wallet signs, for those who sign something else with it.
#[derive(Debug)]
pub struct Signing<'a> {
    keys: &'a [faam_spec::key::SigningKey],
    audience: String,
    nonce: &'a str,
    now: faam_spec::time::Timestamp,
}

impl Signing<'_> {
    fn bind(&self, sd_jwt: SdJwt) -> Result<String> {
        let key = self.keys.first().ok_or("no key")?;
        Ok(sd_jwt.bind(key, &self.audience, self.nonce, self.now)?.to_text())
    }
}

/// Leaves the worst rating out.
///
/// # Errors
/// When the presentation has nothing to spoil in this way.
pub fn leave_out_the_worst(presentation: &mut Presentation, _: &Signing<'_>) -> Result<()> {
    let ratings = presentation.vp_token.get_mut("ratings").ok_or("no ratings")?;
    let value = |text: &String| -> i64 {
        payload(text).ok().and_then(|p| p.pointer("/entry/value")?.as_i64()).unwrap_or(0)
    };
    let worst = (0..ratings.len()).min_by_key(|at| ratings.get(*at).map(value)).ok_or("no ratings")?;
    ratings.remove(worst);
    let proof = presentation.ledgers.first_mut().ok_or("no ledger")?;
    proof.live.remove(worst);
    Ok(())
}

/// Shows the standing of an epoch in which things looked better.
///
/// # Errors
/// When the presentation has nothing to spoil in this way.
pub fn show_an_older_standing(
    held: &HeldLedger,
) -> impl FnOnce(&mut Presentation, &Signing<'_>) -> Result<()> + '_ {
    move |presentation, signing| {
        let older = held.previous().ok_or("no older standing")?;
        let text = signing.bind(SdJwt::parse(older.as_str())?)?;
        presentation.vp_token.insert("standing".into(), vec![text]);
        let proof = presentation.ledgers.first_mut().ok_or("no ledger")?;
        proof.record = older.record().as_str().to_owned();
        proof.account = older.account().clone();
        Ok(())
    }
}

/// Makes the first rating a ten.
///
/// # Errors
/// When the presentation has nothing to spoil in this way.
pub fn change_a_value(presentation: &mut Presentation, signing: &Signing<'_>) -> Result<()> {
    let first =
        presentation.vp_token.get_mut("ratings").and_then(|list| list.first_mut()).ok_or("no ratings")?;
    let sd_jwt = SdJwt::parse(first)?;
    let mut changed = payload(first)?;
    if let Some(value) = changed.pointer_mut("/entry/value") {
        *value = serde_json::json!(10);
    }
    let mut parts = sd_jwt.jwt().split('.');
    let (header, signature) = (parts.next().ok_or("no header")?, parts.nth(1).ok_or("no signature")?);
    let jwt = [header, &b64(changed.to_string()), signature].join(".");
    *first = signing.bind(SdJwt::from_parts(jwt, sd_jwt.disclosures().to_vec()))?;
    Ok(())
}

/// Puts a friend's best rating among one's own.
///
/// # Errors
/// When the presentation has nothing to spoil in this way.
pub fn borrow_a_rating(
    friend: &HeldLedger,
) -> impl FnOnce(&mut Presentation, &Signing<'_>) -> Result<()> + '_ {
    move |presentation, signing| {
        let (record, credential) = friend.live().next_back().ok_or("no ratings")?;
        let day =
            record.disclosures().iter().filter(|part| part.name() == Some(names::DAY)).cloned().collect();
        let text = signing.bind(SdJwt::from_parts(credential.jwt.clone(), day))?;
        let first =
            presentation.vp_token.get_mut("ratings").and_then(|list| list.first_mut()).ok_or("no ratings")?;
        *first = text;
        Ok(())
    }
}

fn payload(text: &str) -> Result<serde_json::Value> {
    let part = text.split('.').nth(1).ok_or("no payload")?;
    Ok(serde_json::from_slice(&unb64(part, "payload")?)?)
}
