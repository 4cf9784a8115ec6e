//! Private standings in the vault: the secrets of bindings, what the market signed for them, and what was shown.

use std::collections::BTreeMap;
use std::fmt;

use faam_spec::bbs::{BbsSignature, Commitment, Entropy, SecretScalar};
use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::domain::{label_holder, label_private};
use faam_spec::encoding::{multi, unmulti};
use faam_spec::grid::{Measures, Milestones, Steps};
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::RootSeed;
use faam_spec::name::{MarketId, Role};
use faam_spec::private::WalletSecrets;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::{DAY, Day, Timestamp};
use faam_store::Batch;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::tables::{PENDING, PRIVATE, SHOWN, from_bytes, pending_id, pending_of, to_bytes};
use super::{Happened, LATEST, LogEntry, Reach, Transfer, Vault, VaultError};
use crate::held::{HeldLedger, LedgerInfo};
use crate::private::{HeldPrivate, HeldPrivateStanding, ShownSteps};
use crate::receive::{Accepted, KnownSecrets, Made, SecretsOf, contradicted};

/// Secrets that can be made on one day for one market.
const SECRETS_A_DAY: u8 = 64;
/// For how many days before the day after a binding its secrets are looked for: an offer stands for 30, and clocks differ.
const SECRETS_SOUGHT_DAYS: i64 = 32;

/// A secret scalar as it is stored; its text is wiped on the way.
struct StoredScalar(SecretScalar);

/// A wallet's secrets as they are stored.
#[derive(Serialize, Deserialize)]
struct StoredSecrets {
    commitment: Commitment,
    blind: StoredScalar,
    prover_nym: StoredScalar,
}

/// Secrets that were made to redeem an offer, and belong to no ledger yet.
#[derive(Serialize, Deserialize)]
struct StoredPending {
    link: Capability,
    at: Timestamp,
    /// Since when the ledgers that were held then were bound; older notes lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<BTreeMap<LedgerId, Day>>,
    secrets: StoredSecrets,
}

/// The secrets of a ledger's binding, and what was signed for them last.
#[derive(Serialize, Deserialize)]
struct StoredPrivate {
    secrets: StoredSecrets,
    /// When the secrets were made; older rows lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<Made>,
    entropy: Entropy,
    /// The epoch record under which the standings were signed; none while there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Hash>,
    /// The day of the binding over which they were signed; older rows lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<Day>,
    standings: BTreeMap<Role, StoredPrivateStanding>,
    renewed: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compared: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StoredPrivateStanding {
    steps: Steps,
    signature: BbsSignature,
}

/// What was shown under the pseudonyms of one binding.
#[derive(Serialize, Deserialize)]
struct StoredShown {
    commitment: Commitment,
    shown: ShownSteps,
}

impl Serialize for StoredScalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(multi(self.0.as_bytes())))
    }
}

impl<'de> Deserialize<'de> for StoredScalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = StoredScalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret scalar")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                // What is wrong is not told: it would repeat the secret.
                let bad = || E::custom("not a secret scalar");
                let bytes = Zeroizing::new(unmulti(text, "private").map_err(|_| bad())?);
                let bytes = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| bad())?);
                Ok(StoredScalar(SecretScalar::from_bytes(*bytes)))
            }
        }
        deserializer.deserialize_str(Scalar).map_err(|_| D::Error::custom("not a secret scalar"))
    }
}

impl From<&WalletSecrets> for StoredSecrets {
    fn from(secrets: &WalletSecrets) -> Self {
        Self {
            commitment: secrets.commitment,
            blind: StoredScalar(secrets.blind.clone()),
            prover_nym: StoredScalar(secrets.prover_nym.clone()),
        }
    }
}

impl From<StoredSecrets> for WalletSecrets {
    fn from(stored: StoredSecrets) -> Self {
        Self { commitment: stored.commitment, blind: stored.blind.0, prover_nym: stored.prover_nym.0 }
    }
}

//= spec/text/names.md#REQ-NAME-20
//# A wallet MUST make the secrets of a binding from those bytes, and no other secret from them
fn derived_secrets(
    root: &RootSeed,
    (persona, issuer, market): (u32, &Did, &MarketId),
    day: Day,
    number: u8,
) -> Result<WalletSecrets, VaultError> {
    let label = label_private(persona, issuer.stable_part(), market.as_str(), day, number);
    Ok(WalletSecrets::random(faam_bbs::backend(), &mut root.chance(&label))?)
}

impl Vault {
    /// The secrets with which the offer of `link` is redeemed: fresh ones that are on the disk when this returns, or those
    /// that were made for this offer before.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`], [`VaultError::Commit`].
    //= spec/text/private.md#REQ-PRIVATE-5
    //# A wallet MUST make fresh secrets for each binding, and keep them durably before it sends the
    //# commitment
    pub fn secrets_for(
        &self,
        link: Capability,
        (persona, issuer, market): (u32, &Did, &MarketId),
        now: Timestamp,
    ) -> Result<WalletSecrets, VaultError> {
        let holder = label_holder(persona, issuer.stable_part(), market.as_str());
        let id = pending_id(&holder, link);
        if let Some(bytes) = self.store.get(PENDING, &id)?.map(Zeroizing::new) {
            return Ok(from_bytes::<StoredPending>(&bytes)?.secrets.into());
        }
        let secrets = self.fresh_secrets(link, (persona, issuer, market), now.day())?;
        let mut held = BTreeMap::new();
        for info in self.ledgers()?.into_iter().filter(|info| info.holder == holder) {
            let standing = self.standing(info.ledger, LATEST)?.ok_or(VaultError::Unfinished)?;
            held.insert(info.ledger, standing.statement().bound);
        }
        let stored =
            StoredPending { link, at: now, held: Some(held), secrets: StoredSecrets::from(&secrets) };
        self.store.commit(Batch::new().put(PENDING, id, to_bytes(&stored)?))?;
        Ok(secrets)
    }

    /// Secrets of this day under a number that is not used yet.
    fn fresh_secrets(
        &self,
        link: Capability,
        of: (u32, &Did, &MarketId),
        day: Day,
    ) -> Result<WalletSecrets, VaultError> {
        let (root, known) = (self.root()?, self.secrets(of.0, of.1, of.2)?);
        let first = link.as_bytes().first().copied().unwrap_or_default();
        for more in 0..SECRETS_A_DAY {
            let secrets = derived_secrets(&root, of, day, first.wrapping_add(more) % SECRETS_A_DAY)?;
            //= spec/text/names.md#REQ-NAME-21
            //# A wallet MUST take a number under which it has no secrets of that persona, market and day.
            if !known.iter().any(|old| old.secrets.prover_nym.as_bytes() == secrets.prover_nym.as_bytes()) {
                return Ok(secrets);
            }
        }
        Err(VaultError::Content(Fault::new(Reason::TooLarge, "secrets")))
    }

    /// The secrets behind a commitment that this vault does not know, if the phrase gives them: those of a wallet that was made
    /// from the same phrase, for a binding of the day `bound`.
    ///
    /// # Errors
    /// [`VaultError::Content`] if the phrase cannot be read.
    //= spec/text/names.md#REQ-NAME-22
    //# SHOULD look for it among those that the phrase gives: for the day after the ledger's `bound`, that day
    //# and the 31 days before, each number.
    pub fn secrets_again(
        &self,
        (persona, issuer, market): (u32, &Did, &MarketId),
        commitment: &Commitment,
        bound: Day,
    ) -> Result<Option<KnownSecrets>, VaultError> {
        let of = (persona, issuer, market);
        let at = |ago: i64| bound.start().plus(DAY - ago * DAY);
        // A backend that draws chance of its own makes other ones each time: there is nothing to look for.
        let root = self.root()?;
        let twice = (derived_secrets(&root, of, bound, 0)?, derived_secrets(&root, of, bound, 0)?);
        if twice.0.commitment != twice.1.commitment {
            return Ok(None);
        }
        for made in (0..=SECRETS_SOUGHT_DAYS).map(at) {
            for number in 0..SECRETS_A_DAY {
                let secrets = derived_secrets(&root, of, made.day(), number)?;
                if &secrets.commitment == commitment {
                    let made = Some(Made { at: made, held: BTreeMap::new() });
                    return Ok(Some(KnownSecrets { secrets, of: SecretsOf::Phrase, made }));
                }
            }
        }
        Ok(None)
    }

    /// Every secret that the wallet has for a persona's holder key at a market: those of its ledgers, and those with which
    /// offers were or are redeemed.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn secrets(
        &self,
        persona: u32,
        issuer: &Did,
        market: &MarketId,
    ) -> Result<Vec<KnownSecrets>, VaultError> {
        let holder = label_holder(persona, issuer.stable_part(), market.as_str());
        let mut known = Vec::new();
        for info in self.ledgers()?.into_iter().filter(|info| info.holder == holder) {
            if let Some(stored) = self.stored_private(info.ledger)? {
                let of = SecretsOf::Ledger(info.ledger, stored.entropy);
                known.push(KnownSecrets { secrets: stored.secrets.into(), of, made: stored.made });
            }
        }
        for (id, value) in self.store.scan(PENDING)? {
            let value = Zeroizing::new(value?);
            if pending_of(&id, &holder) {
                let stored: StoredPending = from_bytes(&value)?;
                let of = SecretsOf::Offer(stored.link);
                let made = stored.held.map(|held| Made { at: stored.at, held });
                known.push(KnownSecrets { secrets: stored.secrets.into(), of, made });
            }
        }
        Ok(known)
    }

    /// Writes what was shown of private standings into the log, and the steps that were shown under each pseudonym, as one
    /// change. Call it before anything leaves.
    ///
    /// # Errors
    /// `internal` for a ledger without private standings; [`VaultError::Commit`].
    //= spec/text/private.md#REQ-PRIVATE-15
    //# Under one pseudonym a wallet MUST NOT show a higher step of a metric than it showed before
    pub fn note_shown(
        &self,
        (persona, what): (u32, Happened),
        verifier: &Client,
        shown: &[(LedgerId, Role, Milestones)],
        reach: Option<&Reach>,
        now: Timestamp,
    ) -> Result<LogEntry, VaultError> {
        let mut steps: BTreeMap<LedgerId, StoredShown> = BTreeMap::new();
        for (ledger, role, milestones) in shown {
            if !steps.contains_key(ledger) {
                let stored = self.stored_private(*ledger)?.ok_or(Fault::new(Reason::Internal, "private"))?;
                let commitment = stored.secrets.commitment;
                let before = StoredShown { commitment, shown: self.shown_steps(*ledger, commitment)? };
                steps.insert(*ledger, before);
            }
            if let Some(noted) = steps.get_mut(ledger) {
                noted.shown.note(verifier, role, milestones);
            }
        }
        let (batch, entry) = self.with_log(Batch::new(), persona, what, now)?;
        let mut batch = Self::with_reach(batch, &entry, reach)?;
        for (ledger, noted) in &steps {
            batch = batch.put(SHOWN, ledger.as_bytes(), to_bytes(noted)?);
        }
        self.store.commit(batch)?;
        Ok(entry)
    }

    /// Notes that the epoch record of the private standings that are held was found to be the same by another path.
    ///
    /// # Errors
    /// `epoch.forked` or `epoch.chain` while a contradiction about it is kept; [`VaultError::Commit`].
    pub fn note_compared(
        &self,
        issuer: &Did,
        market: &MarketId,
        record: Hash,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        let (mut batch, conflicts) = (Batch::new(), self.conflicts()?);
        let ours =
            self.ledgers()?.into_iter().filter(|info| &info.issuer == issuer && &info.market == market);
        for info in ours {
            if let Some(mut stored) = self.stored_private(info.ledger)?
                && stored.record == Some(record)
            {
                // What the market says later takes no contradiction back.
                let standing = self.standing(info.ledger, LATEST)?.ok_or(VaultError::Unfinished)?;
                if let Some(refused) = contradicted(&conflicts, standing.record()) {
                    return Err(VaultError::Contradicted(refused.fault().clone()));
                }
                stored.compared = Some(now);
                batch = batch.put(PRIVATE, info.ledger.as_bytes(), to_bytes(&stored)?);
            }
        }
        Ok(self.store.commit(batch)?)
    }

    /// Adds what an accepted offer has for private standings; what it replaces is gone with the same change.
    pub(super) fn with_private(
        &self,
        mut batch: Batch,
        accepted: &Accepted,
        info: &LedgerInfo,
        transfer: Option<&Transfer>,
    ) -> Result<Batch, VaultError> {
        // Until the market has named a commitment, any that it was sent may be the one that it bound.
        if accepted.names_commitment()
            && let Some(transfer) = transfer
        {
            batch = batch.delete(PENDING, pending_id(&info.holder, transfer.link));
        }
        let Some(private) = accepted.private() else { return self.without_standings(batch, info.ledger) };
        let commitment = private.secrets.commitment;
        let record = accepted.standing().record().hash();
        let before = self.stored_private(info.ledger)?.filter(|old| old.secrets.commitment == commitment);
        if before.is_none() {
            // New secrets are new pseudonyms: nothing was shown under them.
            batch =
                self.without_pending(batch, &info.holder, commitment)?.delete(SHOWN, info.ledger.as_bytes());
        }
        let standings = private.standings.iter().map(|(role, held)| {
            (role.clone(), StoredPrivateStanding { steps: held.steps, signature: held.signature })
        });
        let stored = StoredPrivate {
            secrets: StoredSecrets::from(&private.secrets),
            made: private.made.clone(),
            entropy: private.entropy,
            record: Some(record),
            bound: Some(accepted.standing().statement().bound),
            standings: standings.collect(),
            renewed: info.updated,
            compared: before.filter(|old| old.record == Some(record)).and_then(|old| old.compared),
        };
        Ok(batch.put(PRIVATE, info.ledger.as_bytes(), to_bytes(&stored)?))
    }

    /// Drops what was signed for a ledger's secrets, because the market did not sign it again; the secrets, the entropy that is
    /// pinned for them, and what was shown stay.
    fn without_standings(&self, batch: Batch, ledger: LedgerId) -> Result<Batch, VaultError> {
        let Some(stored) = self.stored_private(ledger)? else { return Ok(batch) };
        let stored =
            StoredPrivate { record: None, bound: None, standings: BTreeMap::new(), compared: None, ..stored };
        Ok(batch.put(PRIVATE, ledger.as_bytes(), to_bytes(&stored)?))
    }

    /// Deletes the note about secrets that are a ledger's now, with whichever offer they came.
    fn without_pending(
        &self,
        mut batch: Batch,
        holder: &str,
        commitment: Commitment,
    ) -> Result<Batch, VaultError> {
        for (id, value) in self.store.scan(PENDING)? {
            let value = Zeroizing::new(value?);
            if pending_of(&id, holder)
                && from_bytes::<StoredPending>(&value)?.secrets.commitment == commitment
            {
                batch = batch.delete(PENDING, id);
            }
        }
        Ok(batch)
    }

    /// The private standings of a ledger, if they are of its newest standing: of its epoch record, its binding and its steps.
    /// Those of another one are of no use, and no damage.
    pub(super) fn private(&self, held: &HeldLedger) -> Result<Option<HeldPrivate>, VaultError> {
        let (ledger, signed) = (held.ledger().id(), held.standing().record());
        let Some(stored) = self.stored_private(ledger)?.filter(|stored| stored.record == Some(signed.hash()))
        else {
            return Ok(None);
        };
        let (bound, as_of) = (held.standing().statement().bound, signed.record().begins().day());
        if stored.bound.is_some_and(|of| of != bound) {
            return Ok(None);
        }
        let mut standings = BTreeMap::new();
        for (role, StoredPrivateStanding { steps, signature }) in stored.standings {
            if steps != Measures::of(held.ledger(), &role, as_of).steps(bound, as_of) {
                return Ok(None);
            }
            standings.insert(role, HeldPrivateStanding { steps, signature });
        }
        Ok(Some(HeldPrivate {
            shown: self.shown_steps(ledger, stored.secrets.commitment)?,
            secrets: stored.secrets.into(),
            entropy: stored.entropy,
            standings,
            renewed: stored.renewed,
            compared: stored.compared,
        }))
    }

    fn stored_private(&self, ledger: LedgerId) -> Result<Option<StoredPrivate>, VaultError> {
        let bytes = self.store.get(PRIVATE, ledger.as_bytes())?.map(Zeroizing::new);
        bytes.map(|bytes| from_bytes(&bytes)).transpose()
    }

    fn shown_steps(&self, ledger: LedgerId, commitment: Commitment) -> Result<ShownSteps, VaultError> {
        let Some(bytes) = self.store.get(SHOWN, ledger.as_bytes())? else {
            return Ok(ShownSteps::default());
        };
        let stored: StoredShown = from_bytes(&bytes)?;
        Ok(if stored.commitment == commitment { stored.shown } else { ShownSteps::default() })
    }
}

#[cfg(test)]
mod tests {
    use faam_spec::reason::Reason;

    use super::*;

    //= spec/text/versions.md#REQ-VERSION-7
    //= type=test
    //# A program MUST open every version of a store that was ever released
    #[test]
    fn notes_of_programs_that_knew_no_private_standings_are_read() {
        let did = Did::from_key(&faam_spec::key::SigningKey::from_seed(&[1; 32]).verifying_key());
        let (ledger, at) = (LedgerId::from_bytes([1; 16]), 1_795_000_000);
        let info = serde_json::json!({
            "ledger": ledger, "issuer": did, "market": "shop", "persona": 0, "holder": "label", "since": at,
            "updated": at,
        });
        let info: LedgerInfo = from_bytes(info.to_string().as_bytes()).unwrap();
        assert_eq!(info.node, None);
        assert!(!serde_json::to_string(&info).unwrap().contains("node"), "and written as they were");
        let link = Capability::from_bytes([2; 16]);
        let transfer = serde_json::json!({
            "link": link, "market": "shop", "secret": link, "bytes": 1, "hash": Hash::from_bytes([3; 32]),
            "begun": at, "state": "kept",
        });
        let transfer: Transfer = from_bytes(transfer.to_string().as_bytes()).unwrap();
        assert_eq!(transfer.node, None);
    }

    #[test]
    fn a_stored_secret_reads_back_and_what_is_none_is_never_repeated() {
        let text = to_bytes(&StoredScalar(SecretScalar::from_bytes([7; 32]))).unwrap();
        let back: StoredScalar = from_bytes(&text).unwrap();
        assert_eq!(back.0.as_bytes(), &[7; 32]);
        for bad in ["\"uAAAA\"", "\"secret\"", "7", "null"] {
            let error = serde_json::from_str::<StoredScalar>(bad).err().unwrap();
            assert!(error.to_string().starts_with("not a secret scalar"), "{error}");
            let error = from_bytes::<StoredScalar>(bad.as_bytes()).err().unwrap();
            assert_eq!(error.reason(), Reason::StoreDamaged);
        }
    }
}
