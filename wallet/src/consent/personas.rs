//! What is told of other personas: whom the one that answers could be tied to from then on.

use faam_spec::limits::MAX_NAME_BYTES;

use crate::persona::ties::{How, Tie};
use crate::present::Plan;
use crate::text::foreign;

/// A warning for each tie, the weightiest first.
//= spec/text/personas.md#REQ-PERSONA-6
//# A wallet MUST warn, before anything is shown, of each other persona that it could be tied to
pub(super) fn warnings(plan: &Plan<'_>) -> Vec<String> {
    let Some(own) = plan.named() else { return Vec::new() };
    let own = format!("“{own}”");
    plan.ties().iter().map(|tie| warning(&own, tie)).collect()
}

fn warning(own: &str, tie: &Tie) -> String {
    let (other, with) = (format!("“{}”", tie.name), foreign(&tie.with, MAX_NAME_BYTES));
    match tie.how {
        How::Shown => format!(
            "PERSONAS: this verifier (then “{with}”) was shown something under {other} on {}. Shown something under {own} too, it can tie both to one person: by the times, by the address from which you come, by what both show.",
            tie.at.day()
        ),
        How::Place => format!(
            "PERSONAS: somebody at the same place, “{with}”, was shown something under {other} on {}. Whoever runs both can tie that to {own}.",
            tie.at.day()
        ),
        How::Ledger => format!(
            "PERSONAS: what would be shown is of a ledger that “{with}” was shown under {other} on {}. A ledger's name and numbers are the same under whichever persona: whoever compares them ties {own} to {other}.",
            tie.at.day()
        ),
        How::Issuer => format!(
            "PERSONAS: whoever asks runs {with}, of which {other} holds a ledger since {}. It knows that account and from where you renew it, and can tie it to {own}.",
            tie.at.day()
        ),
    }
}
