//! The holder's rules as they were at the last backup, so that the backup has them.
//!
//! The rules in force are a file beside the vault, which people change with an editor; this copy decides nothing.

use faam_spec::reason::{Fault, Reason};
use faam_store::Batch;

use super::tables::{META, META_RULES};
use super::{Vault, VaultError};

impl Vault {
    /// Keeps the text of the rules, or that there are none.
    ///
    /// # Errors
    /// Those of a write.
    pub(crate) fn keep_rules(&self, text: Option<&str>) -> Result<(), VaultError> {
        if self.kept_rules()?.as_deref() == text {
            return Ok(());
        }
        let batch = match text {
            Some(text) => Batch::new().put(META, META_RULES, text.as_bytes()),
            None => Batch::new().delete(META, META_RULES),
        };
        Ok(self.store.commit(batch)?)
    }

    /// The rules as they were when the last backup was made; none if there were none.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn kept_rules(&self) -> Result<Option<String>, VaultError> {
        let Some(bytes) = self.store.get(META, META_RULES)? else { return Ok(None) };
        let bad = |_| VaultError::Content(Fault::new(Reason::StoreDamaged, "rules"));
        String::from_utf8(bytes).map(Some).map_err(bad)
    }
}
