//! What is told of other personas: whom the one that answers could be tied to from then on.

use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::words::Lang;

use crate::persona::PersonaName;
use crate::persona::ties::{How, Tie};
use crate::present::Plan;
use crate::text::foreign;

use super::words;

/// A warning for each tie, the weightiest first.
//= spec/text/personas.md#REQ-PERSONA-6
//# A wallet MUST warn, before anything is shown, of each other persona that it could be tied to
pub(super) fn warnings(plan: &Plan<'_>, lang: Lang) -> Vec<String> {
    let Some(own) = plan.named() else { return Vec::new() };
    plan.ties().iter().map(|tie| warning(own, tie, lang)).collect()
}

fn warning(own: &PersonaName, tie: &Tie, lang: Lang) -> String {
    let (other, with, day) = (&tie.name, foreign(&tie.with, MAX_NAME_BYTES), tie.at.day());
    match tie.how {
        How::Shown => words::tie_shown(lang, with, other, day, own),
        How::Place => words::tie_place(lang, with, other, day, own),
        How::Ledger => words::tie_ledger(lang, with, other, day, own),
        How::Issuer => words::tie_issuer(lang, with, other, day, own),
    }
}
