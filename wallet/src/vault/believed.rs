//! Whom a person believes when others show them something.

use faam_spec::did::Did;
use faam_spec::hash::Hash;
use faam_spec::name::MarketId;
use faam_spec::time::Timestamp;
use faam_store::Batch;
use faam_verifier::TrustEntry;
use serde::{Deserialize, Serialize};

use super::tables::{BELIEVED, ID_DOMAIN, from_bytes, to_bytes};
use super::{Happened, Vault, VaultError};
use crate::persona::FIRST;

/// Somebody who is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Believed {
    /// Since when.
    pub since: Timestamp,
    /// Whom, about which market.
    pub entry: TrustEntry,
}

impl Vault {
    /// Everybody who is believed, by market.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn believed(&self) -> Result<Vec<Believed>, VaultError> {
        let mut all: Vec<Believed> = Vec::new();
        for (_, value) in self.store.scan(BELIEVED)? {
            all.push(from_bytes(&value?)?);
        }
        all.sort_by(|a, b| (&a.entry.market, &a.entry.issuer).cmp(&(&b.entry.market, &b.entry.issuer)));
        Ok(all)
    }

    /// Believes an issuer about a market from now on; `false` if it is so already.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    pub fn believe(&self, entry: &TrustEntry, now: Timestamp) -> Result<bool, VaultError> {
        let id = believed_id(&entry.issuer, &entry.market);
        if let Some(bytes) = self.store.get(BELIEVED, &id)?
            && from_bytes::<Believed>(&bytes)?.entry == *entry
        {
            return Ok(false);
        }
        let kept = Believed { since: now, entry: entry.clone() };
        let batch = Batch::new().put(BELIEVED, id, to_bytes(&kept)?);
        let (issuer, market) = (entry.issuer.clone(), entry.market.clone());
        let (batch, _) = self.with_log(batch, FIRST, Happened::Believed { issuer, market }, now)?;
        self.store.commit(batch)?;
        Ok(true)
    }

    /// Believes an issuer about a market no longer; `false` if it was not believed.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    pub fn disbelieve(&self, issuer: &Did, market: &MarketId, now: Timestamp) -> Result<bool, VaultError> {
        let id = believed_id(issuer, market);
        if self.store.get(BELIEVED, &id)?.is_none() {
            return Ok(false);
        }
        let batch = Batch::new().delete(BELIEVED, id);
        let happened = Happened::Disbelieved { issuer: issuer.clone(), market: market.clone() };
        let (batch, _) = self.with_log(batch, FIRST, happened, now)?;
        self.store.commit(batch)?;
        Ok(true)
    }
}

fn believed_id(issuer: &Did, market: &MarketId) -> Vec<u8> {
    Hash::of(ID_DOMAIN, format!("{issuer}\n{market}").as_bytes()).as_bytes().to_vec()
}
