//! `faam ratings`: every rating that is held, newest first.

use std::collections::BTreeSet;

use faam_spec::ledger::{Body, names};
use faam_wallet::held::HeldLedger;
use faam_wallet::text::{bullet, count, foreign, number};
use serde_json::{Map, Value, json};

use super::{market, of_market};
use crate::args::Ratings;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::whom::Whom;

pub(crate) fn run(shell: &Shell, args: &Ratings) -> Result<Report, Failure> {
    let market = args.market.as_deref().map(|text| market(text, "--market")).transpose()?;
    let vault = shell.open_vault()?;
    let whom = Whom::read(shell, &vault)?;
    let mut held = whom.held(&vault)?;
    if let Some(market) = &market {
        held = of_market(held, market, "--market")?;
    }
    let mut lines = Vec::new();
    let mut rows = Vec::new();
    for held in &held {
        let live = held.numbers().total.all.ratings;
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(shell.strong(&format!(
            "{}{}: {}",
            whom.before(held.info().persona),
            held.info().market,
            count(live, "rating")
        )));
        list(shell, held, &mut lines, &mut rows);
        lines.push(bullet(
            "Private:",
            &faam_wallet::passport::private_words(held, shell.now()),
            shell.width,
            0,
        ));
    }
    if lines.is_empty() {
        lines.push("You hold no ratings yet.".to_owned());
    }
    let mut data = json!({"ratings": rows});
    whom.put_into(&mut data);
    Ok(Report { data, text: lines.join("\n") })
}

fn list(shell: &Shell, held: &HeldLedger, lines: &mut Vec<String>, rows: &mut Vec<Value>) {
    let mut live: Vec<_> = held.live().collect();
    live.sort_by_key(|(record, _)| {
        std::cmp::Reverse((record.details().map(|details| details.day), record.entry().index))
    });
    let replies_to = held.replies();
    let disputed: BTreeSet<u64> =
        held.ledger().live().filter(|(_, rating)| rating.disputed).map(|(index, _)| index).collect();
    for (record, credential) in live {
        let entry = record.entry();
        let (Body::Rating { role, score, supersedes, .. }, Some(details)) = (&entry.body, record.details())
        else {
            continue;
        };
        let disclosed: Map<String, Value> = record
            .disclosures()
            .iter()
            .filter_map(|part| Some((part.name()?.to_owned(), part.value().clone())))
            .collect();
        let replies = replies_to.get(&entry.index).into_iter().flatten();
        let replies: Vec<&str> = replies.filter_map(|reply| reply.disclosed(names::TEXT)?.as_str()).collect();
        let disputed = disputed.contains(&entry.index);
        let flagged = held.is_flagged(credential);
        let scale = score.scale();
        let mut text =
            format!("{}  {} ({}..{}) as {role}", details.day, score.value(), scale.min(), scale.max());
        for (mark, is) in
            [("corrected", supersedes.is_some()), ("disputed", disputed), ("no longer valid", flagged)]
        {
            if is {
                text.push_str(&format!(", {mark}"));
            }
        }
        if let Some(comment) = record.disclosed(names::COMMENT).and_then(Value::as_str) {
            text.push_str(&format!(": “{}”", foreign(comment, 400)));
        }
        for reply in &replies {
            text.push_str(&format!(" — you: “{}”", foreign(reply, 400)));
        }
        lines.push(bullet(&format!("{:>8}.", number(entry.index)), &text, shell.width, 0));
        let mut row = json!({
            "market": held.info().market, "issuer": held.info().issuer, "ledger": held.info().ledger,
            "index": entry.index, "day": details.day, "role": role, "value": score.value(), "scale": scale,
            "normal": score.normal(), "corrects": supersedes, "disputed": disputed, "flagged": flagged,
            "disclosable": disclosed, "replies": replies,
        });
        if let (Some(row), number @ 1..) = (row.as_object_mut(), held.info().persona) {
            row.insert("persona".to_owned(), json!(number));
        }
        rows.push(row);
    }
}
