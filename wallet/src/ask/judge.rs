//! Judging an answer, once, by what the question was asked with.

use faam_node::core::StoredSources;
use faam_spec::encoding::json;
use faam_spec::hash::Hash;
use faam_spec::reason::{Fault, Reason};
use faam_spec::receipt::Receipt;
use faam_spec::time::Timestamp;
use faam_spec::words::Lang;
use faam_verifier::{MemoryNonces, Pending, Policy, SourceCache as _, TrustFile, finish};

use crate::vault::{AskKeys, KeptAsk, KeptDecision, Known, Vault, VaultError};

/// Judges the answer `bytes` to an open question, and keeps what came of it: decision, receipt and what was learned of markets are one
/// change, on the disk when this returns.
///
/// # Errors
/// [`VaultError`]; then nothing is decided.
pub(crate) fn judge(
    vault: &Vault,
    ask: &KeptAsk,
    keys: &AskKeys,
    (bytes, presentation): (&[u8], Hash),
    now: Timestamp,
) -> Result<KeptAsk, VaultError> {
    //= spec/text/asking.md#REQ-ASK-5
    //# An answer MUST be judged by the policy and the trust that the question was asked with
    let policy = Policy::parse(&ask.policy).map_err(|_| damaged("ask.policy"))?;
    let trust = TrustFile::parse(&ask.trust).map_err(|_| damaged("ask.trust"))?;
    let mut sources = trust.sources(policy);
    let pending = Pending::from_bytes(&json(&ask.pending)?, &sources.histories, now)?;
    // What the holder received of a market is known of it too; what contradicts it shows in the answer.
    for record in vault.all_epoch_records()? {
        let _ = sources.records.insert(record);
    }
    let known = Known::read(vault)?;
    let mut seen = StoredSources::new(&known, sources.histories.clone());
    let unreadable = |_| damaged("known");
    seen.load(&mut sources).map_err(unreadable)?;
    // Of this question one answer is judged, whatever comes of it: that it is decided is what uses the nonce up.
    let decision = finish(&pending, bytes, &sources, &mut MemoryNonces::new(), now);
    let document = decision.document();
    let receipt = Receipt::new(pending.request(), bytes, document);
    let kept = KeptDecision {
        presentation,
        delete_by: receipt.delete_by,
        decision: document.clone(),
        hint: decision.hint().map(str::to_owned),
        hint_nl: decision.hint_in(Lang::Nl).map(str::to_owned),
        receipt: receipt.sign(&keys.signer)?,
    };
    // What goes back behind what is known is left out, and the decision has told so.
    seen.remember(&mut sources, document).map_err(unreadable)?;
    drop(seen);
    //= spec/text/asking.md#REQ-ASK-6
    //# The decision MUST be on the asker's disk before it is told
    vault.keep_decision(ask, &kept, known.into_batch()?, now)
}

const fn damaged(at: &'static str) -> VaultError {
    VaultError::Content(Fault::new(Reason::StoreDamaged, at))
}
