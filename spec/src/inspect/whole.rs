//! What holds a presentation or an offer together: proofs, heads and counts, checked as far as they can be read.

use crate::epoch::SignedEpochRecord;
use crate::ledger::Ledger;
use crate::offer::Offer;
use crate::presentation::{LedgerProof, Presentation};
use crate::rating::Rating;
use crate::reason::{Fault, Reason, refuse};
use crate::sdjwt::SdJwt;
use crate::standing::Standing;

use super::part::{Out, Part};
use super::show::{Context, check, more};
use super::signed::latest;

/// Whether each standing is in its record, and each rating in its standing's live tree.
pub(super) fn presentation(ctx: Context<'_>, bytes: &[u8], out: &mut dyn Out) {
    let Ok(presentation) = Presentation::parse(bytes) else { return };
    let mut parts = Vec::new();
    for (at, proof) in presentation.ledgers.iter().enumerate() {
        let presentation = &presentation;
        let checks = Part::later(move |out| ledger(ctx, presentation, proof, out));
        parts.push(Part::group(format!("ledgers[{at}]"), vec![checks]));
    }
    let not = "dates; trust; whether this answers a request; statuses; replies";
    parts.push(Part::text("not judged", not));
    out.part(Part::group("checks", parts));
}

fn ledger(ctx: Context<'_>, presentation: &Presentation, proof: &LedgerProof, out: &mut dyn Out) {
    let shown = |id: &str| presentation.vp_token.get(id).map(Vec::as_slice).unwrap_or_default();
    let standing = shown(&proof.standing).first().ok_or(Fault::new(Reason::StandingMissing, "vp_token"));
    let standing = standing.and_then(|text| Standing::open(&SdJwt::parse(text)?, ctx.histories));
    let standing = match standing {
        Ok(standing) => standing,
        Err(fault) => return out.part(check("standing", Err(fault))),
    };
    let account = SignedEpochRecord::open(&proof.record, ctx.histories)
        .and_then(|record| standing.check_record(&record, &proof.account));
    out.part(check("account head in the record's tree", account.map(|()| "yes".to_owned())));
    let head = standing.statement().head.live;
    let ratings = proof.ratings.as_deref().map(shown).unwrap_or_default();
    let (first, left) = ctx.first(ratings);
    for (at, text) in first.iter().enumerate() {
        let live = || {
            let rating = Rating::open(&SdJwt::parse(text)?, ctx.histories, latest()?)?;
            if rating.entry().ledger != standing.statement().ledger {
                return refuse(Reason::StandingOtherLedger, "rating");
            }
            let place = proof.live.get(at).ok_or(Fault::new(Reason::Malformed, "live"))?;
            head.verify_inclusion(rating.leaf(), place.at, &place.path)?;
            Ok(format!("yes, leaf {} of {}", place.at, head.size))
        };
        out.part(check(format!("rating [{at}] in the live tree"), live()));
    }
    more(left, out);
    let count = u64::try_from(ratings.len()).unwrap_or(u64::MAX);
    out.part(Part::text("shown", format!("{count} of {} live ratings", head.size)));
}

/// Whether the entries give the heads that the standing states.
pub(super) fn offer(ctx: Context<'_>, bytes: &[u8], out: &mut dyn Out) {
    let Ok(offer) = Offer::parse(bytes) else { return };
    let mut parts = Vec::new();
    let standing = SdJwt::parse(&offer.standing).and_then(|text| Standing::open(&text, ctx.histories));
    match standing {
        Ok(standing) => {
            let account = SignedEpochRecord::open(&offer.record, ctx.histories)
                .and_then(|record| standing.check_record(&record, &offer.account));
            parts.push(check("account head in the record's tree", account.map(|()| "yes".to_owned())));
            parts.push(replayed(offer, &standing));
        }
        Err(fault) => parts.push(check("standing", Err(fault))),
    }
    parts.push(Part::text("not judged", "dates; what the wallet held before; which credentials are live"));
    out.part(Part::group("checks", parts));
}

fn replayed(offer: Offer, standing: &Standing) -> Part<'static> {
    let what = "entries give the standing's heads";
    if offer.since != 0 {
        return Part::text(what, format!("cannot be told: it begins at entry {}", offer.since));
    }
    let records = offer.entries.into_iter().map(|entry| entry.record);
    let replayed = Ledger::replay(offer.ledger, records).and_then(|ledger| {
        let head = ledger.head();
        if head != standing.statement().head {
            return refuse(Reason::LedgerRoot, "standing.head");
        }
        Ok(format!("yes, {} entries and {} live ratings", head.log.size, head.live.size))
    });
    check(what, replayed)
}
