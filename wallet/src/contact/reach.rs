//! Whether a market's node answers at all.

use super::{ContactError, Means};
use crate::held::MarketNode;

/// Calls a node under a name that is used for nothing else, and hangs up again. Nothing is asked of it; it sees that somebody called, when, and
/// from where.
///
/// # Errors
/// [`ContactError::Dial`] if it cannot be reached.
pub async fn reach(node: &MarketNode, means: &mut Means<'_>) -> Result<(), ContactError> {
    means.dial_at(node.peer, &node.addresses).await?.close().await;
    Ok(())
}
