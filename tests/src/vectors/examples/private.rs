//! What a private standing is made of and shown with: everything of it that is not random.

use faam_spec::bbs::Interface;
use faam_spec::grid::Milestone;
use faam_spec::private;

use super::{Page, hex, text};
use crate::vectors::private_standing::scenes;

/// The part of the page about the scene `two` of the vectors, whose proof is kept there.
pub(super) fn write(page: &mut Page) {
    let scene = scenes().into_iter().find(|scene| scene.id == "two").unwrap();
    let record = scene.record();
    let (verifier, nonce) = (scene.verifier(), scene.nonce());
    page.heading("A private standing");
    page.line("This is the case [`two`](../vectors/private-standing/two.json) of the vectors, of another market than the one above. Its proof is there and in");
    page.line("[`private-shown-two`](../vectors/private/private-shown-two.json): it holds chance, and what stands here does not.");
    page.line("");
    page.value("issuer", &record.iss);
    page.value("market, role, epoch", format!("{}, {}, {}", record.market, scene.role(), record.epoch));
    page.value("the market's BBS key, made with `KeyGen` from 32 bytes 01 and the info `vectors`", {
        hex(scene.key().public.as_bytes())
    });
    page.value("`api_id`", text(Interface::Pseudonym.api_id()));
    let header = private::header(&record, &scene.role()).unwrap();
    page.block("The header as text (REQ-PRIVATE-1)", &text(header.clone()));
    page.line("");
    page.value("header", hex(header));
    page.say(
        "Three of the 54 messages of an account with 60 ratings that count and a mean of 890 (REQ-GRID-2):",
    );
    page.line("");
    for (milestone, reached) in [("count>=50", true), ("count>=100", false), ("mean>=875", true)] {
        let milestone: Milestone = milestone.parse().unwrap();
        let message = milestone.message(reached);
        let index = milestone.index();
        page.value(&format!("index {index}, `{}`", text(message.clone())), hex(message));
    }
    page.say(
        "The verifier asks for `count>=50` and `mean>=875`, and is shown the messages at these two indices:",
    );
    page.line("");
    page.value("verifier", verifier.client_id());
    page.value("nonce", nonce);
    let context = private::context(&(&verifier).into());
    page.block("The context of the pseudonym as text (REQ-PRIVATE-10)", &text(context.clone()));
    page.line("");
    page.value("context", hex(context));
    page.value("pseudonym of this holder there", hex(scene.pseudonym()));
    let presentation_header = private::presentation_header(&verifier.client_id(), nonce).unwrap();
    page.block("The presentation header as text (REQ-PRIVATE-11)", &text(presentation_header.clone()));
    page.line("");
    page.value("presentation header", hex(presentation_header));
    let bytes = private::proof_bytes(scene.milestones().as_slice().len());
    page.value("bytes of the proof (REQ-PRIVATE-12)", bytes);
}
