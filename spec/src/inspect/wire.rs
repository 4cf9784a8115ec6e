//! Frames and messages of the protocols.

use crate::limits::{MAX_FRAME_BYTES, MAX_MESSAGE_HEAD_BYTES};
use crate::reason::{Fault, Reason, refuse};
use crate::wire::{Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, RenewAnswer, RenewAsk};

use super::json::{self, Node};
use super::kind::Kind;
use super::part::{About, Out, Part, Verdict};
use super::show::{Context, hex, inspect, member, members};

/// Shows a frame or the message in one.
pub(super) fn show(ctx: Context<'_>, name: &str, kind: Kind, bytes: &[u8], out: &mut dyn Out) {
    let (verdict, parts, bound) = if kind == Kind::Frame {
        let (stated, rest) = length(bytes);
        let whole = usize::try_from(stated).is_ok_and(|stated| stated == rest.len());
        let read = if rest.len() > MAX_FRAME_BYTES {
            refuse(Reason::TooLarge, "frame")
        } else if whole {
            decode(rest)
        } else {
            refuse(Reason::WireMessage, "frame.length")
        };
        let parts = vec![
            Part::text("length stated", stated.to_string()).note(format!("{} bytes follow", rest.len())),
            Part::later(move |out| inspect(ctx, "message", Kind::Message, rest, out)),
        ];
        (read, parts, MAX_FRAME_BYTES + 4)
    } else {
        (decode(bytes), vec![Part::later(move |out| message(ctx, bytes, out))], MAX_FRAME_BYTES)
    };
    let about = About {
        kind: kind.name(),
        bytes: Some(bytes.len()),
        bound: Some(bound),
        verdict: Verdict::from(verdict),
    };
    out.part(Part::object(name, about, parts));
}

/// The length that stands first, and what follows it.
fn length(bytes: &[u8]) -> (u32, &[u8]) {
    bytes.split_first_chunk::<4>().map_or((0, &[]), |(length, rest)| (u32::from_be_bytes(*length), rest))
}

fn message(ctx: Context<'_>, bytes: &[u8], out: &mut dyn Out) {
    let (stated, rest) = length(bytes);
    let cut = usize::try_from(stated).unwrap_or(usize::MAX).min(rest.len());
    let (head, body) = rest.split_at_checked(cut).unwrap_or((rest, &[]));
    out.part(Part::text("head length", stated.to_string()).note(format!("at most {MAX_MESSAGE_HEAD_BYTES}")));
    let (node, broken) = json::read(head);
    if let Some(node) = &node {
        out.part(Part::text("protocol", protocol(node)));
        out.part(Part::group("head", members(ctx, node, member)));
    }
    if let Some(broken) = broken {
        let part = Part::text("broken", Reason::MalformedJson.code());
        out.part(part.note(format!("at byte {} of the head: expected {}", broken.at, broken.what)));
    }
    if body.is_empty() {
        return out.part(Part::text("body", "empty"));
    }
    let said = node.as_ref().and_then(|node| node.get("m")).and_then(Node::text);
    match said {
        Some("record") => inspect(ctx, "body", Kind::Epoch, body, out),
        Some("request") => inspect(ctx, "body", Kind::Request, body, out),
        Some("decided") => inspect(ctx, "body", Kind::Outcome, body, out),
        // A page is a piece of something longer, and only a piece.
        _ => {
            let first = hex(body.get(..body.len().min(64)).unwrap_or_default());
            out.part(Part::text("body", first).note(format!("{} bytes, the first 64 of them", body.len())));
        }
    }
}

/// On which protocol, and from whom, a message with this head may come.
fn protocol(head: &Node<'_>) -> &'static str {
    match (head.get("m").and_then(Node::text), head.get("transfer").is_some()) {
        (Some("redeem"), _) => "/faam/offer/1, from the wallet",
        (Some("renew"), _) => "/faam/renew/1, from the wallet",
        (Some("record"), _) => "/faam/renew/1, from either",
        (Some("open" | "commit"), _) | (Some("page"), true) => {
            "/faam/offer/1 or /faam/renew/1, from the wallet"
        }
        (Some("terms" | "ready" | "page" | "done"), _) => "/faam/offer/1 or /faam/renew/1, from the node",
        (Some("fetch" | "answer"), _) => "/faam/present/1, from the wallet",
        (Some("request" | "more" | "decided"), _) => "/faam/present/1, from the node",
        (Some("refused"), _) => "either, from the node",
        _ => "none",
    }
}

fn decode(bytes: &[u8]) -> Result<(), Fault> {
    let offer = Message::<OfferAsk>::decode(bytes)
        .map(drop)
        .or_else(|_| Message::<OfferAnswer>::decode(bytes).map(drop));
    offer
        .or_else(|_| Message::<RenewAsk>::decode(bytes).map(drop))
        .or_else(|_| Message::<RenewAnswer>::decode(bytes).map(drop))
        .or_else(|_| Message::<PresentAsk>::decode(bytes).map(drop))
        .or_else(|_| Message::<PresentAnswer>::decode(bytes).map(drop))
}
