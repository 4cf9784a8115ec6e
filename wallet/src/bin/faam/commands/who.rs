//! `faam who`: who knows what, why, until when.

use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES};
use faam_spec::reason::Reason;
use faam_wallet::stop::{Stop, answer};
use faam_wallet::text::{bullet, count, cut, foreign, pad, short_name};
use faam_wallet::who::{Known, Party, Proven, meant, parties};
use serde::Serialize;
use serde_json::json;

use super::data;
use crate::args::Who;
use crate::failure::Failure;
use crate::shell::{Report, Shell};
use crate::whom::Whom;

/// Columns of the day.
const DAY: usize = 10;

pub(crate) fn run(shell: &Shell, args: &Who) -> Result<Report, Failure> {
    let vault = shell.open_vault()?;
    let whom = Whom::read(shell, &vault)?;
    let mut shown = vault.shown()?;
    shown.retain(|entry| whom.means(entry.persona));
    let all = parties(&shown, shell.now());
    let (blocked, erasures) = (vault.blocked()?, vault.erasures()?);
    let all: Vec<Row> =
        all.into_iter().map(|party| Row { stop: Stop::of(&party, &blocked, &erasures), party }).collect();
    let Some(named) = &args.party else {
        let text = if all.is_empty() {
            "Nobody: nothing was shown yet.".to_owned()
        } else {
            table(shell, &whom, &all)
        };
        let mut data = json!({"parties": data(&all)?});
        whom.put_into(&mut data);
        return Ok(Report { data, text });
    };
    let those: Vec<Party> = all.iter().map(|row| row.party.clone()).collect();
    let meant = meant(&those, named);
    let found: Vec<&Row> = all.iter().filter(|row| meant.contains(&&row.party)).collect();
    if found.is_empty() {
        let what = format!("nothing was shown to anybody called '{}'", foreign(named, MAX_NAME_BYTES));
        return Err(Failure::new(Reason::InputMissing, &what)
            .at("PARTY")
            .hint("See who there is: faam who. A party is its name, its DID, or the last letters of that."));
    }
    let text: Vec<String> = found.iter().map(|row| in_full(shell, &whom, row)).collect();
    let mut data = json!({"parties": data(&found)?});
    whom.put_into(&mut data);
    Ok(Report { data, text: text.join("\n\n") })
}

/// A party, and how it stands.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    party: Party,
    #[serde(skip_serializing_if = "Stop::is_nothing")]
    stop: Stop,
}

impl Row {
    /// Its name in the table, with a mark behind it that is never cut off.
    fn called(&self, width: usize) -> String {
        let name = foreign(self.party.name(), MAX_NAME_BYTES);
        match (self.stop.blocked, self.stop.unasked) {
            (Some(_), _) => format!("{} x", cut(&name, width.saturating_sub(2))),
            (None, true) => format!("{} !", cut(&name, width.saturating_sub(2))),
            (None, false) => name,
        }
    }
}

/// One line for each.
fn table(shell: &Shell, whom: &Whom, all: &[Row]) -> String {
    let room = shell.width.saturating_sub(DAY + 3 * 2);
    let (who, knows) = (room * 3 / 10, room * 4 / 10);
    let why = room - who - knows;
    let line = |cells: [&str; 4]| {
        let [one, two, three, four] = cells;
        let cells = [pad(&cut(one, who), who), pad(&cut(two, knows), knows), pad(&cut(three, DAY), DAY)];
        format!("{}  {}", cells.join("  "), cut(four, why)).trim_end().to_owned()
    };
    let mut lines = vec![shell.strong(&line(["WHO", "KNOWS", "UNTIL", "WHY"]))];
    let mut over = false;
    for row in all {
        let party = &row.party;
        if party.over && !over {
            over = true;
            lines.push(String::new());
            lines.push("To be deleted by now; whether it was, only they know:".to_owned());
        }
        let name = row.called(who);
        let known: Vec<String> = party
            .knows
            .iter()
            .map(|known| format!("{}{}", whom.before(known.persona), short(known)))
            .collect();
        let why = party.purposes.last().map(|why| foreign(why, MAX_PURPOSE_BYTES)).unwrap_or_default();
        lines.push(line([&name, &known.join("; "), &shell.day(party.until), &why]));
    }
    lines.push(String::new());
    lines
        .push(format!("{}. All of one: faam who NAME", count(u64::try_from(all.len()).unwrap_or(0), "name")));
    if all.iter().any(|row| row.stop.blocked.is_some()) {
        lines.push("x: you blocked them.".to_owned());
    }
    if all.iter().any(|row| row.stop.unasked) {
        lines.push("!: you have not asked them yet whether they deleted it: faam stop NAME".to_owned());
    }
    lines.join("\n")
}

/// Such as "alpha 12 of 195 ratings".
fn short(known: &Known) -> String {
    let mut parts = Vec::new();
    if known.ratings > 0 {
        parts.push(format!("{} of {}", known.ratings, count(known.of, "rating")));
    } else if known.standing.is_some() {
        parts.push("standing".to_owned());
    }
    let steps = known.milestones.iter().map(|proven| {
        let steps: Vec<String> = proven.milestones.iter().map(ToString::to_string).collect();
        steps.join(" ")
    });
    parts.extend(steps);
    format!("{} {}", known.market, parts.join(", "))
}

fn in_full(shell: &Shell, whom: &Whom, row: &Row) -> String {
    let party = &row.party;
    let name = foreign(party.name(), MAX_NAME_BYTES);
    let mut lines = vec![shell.strong(&format!("“{name}” ({})", short_name(&party.verifier)))];
    let mut say = |mark: &str, text: &str| lines.push(bullet(&format!("{mark:<9}"), text, shell.width, 2));
    say("is", party.verifier.as_str());
    let others: Vec<String> =
        party.names.iter().rev().skip(1).map(|name| format!("“{}”", foreign(name, MAX_NAME_BYTES))).collect();
    if !others.is_empty() {
        say("once was", &others.join(", "));
    }
    for known in &party.knows {
        say("knows", &format!("{}{}", whom.before(known.persona), in_words(known)));
    }
    for why in party.purposes.iter().rev() {
        say("asked for", &format!("“{}”", foreign(why, MAX_PURPOSE_BYTES)));
    }
    let until = shell.local(party.until);
    match party.over {
        false => say("until", &until),
        true => say("until", &format!("{until}, which is over: whether it was deleted, only they know")),
    }
    say(
        "shown",
        &format!(
            "{}, last on {}; {}",
            count(party.presentations, "time"),
            shell.local(party.last),
            match party.receipts {
                0 => "there is no receipt".to_owned(),
                receipts => count(receipts, "receipt"),
            }
        ),
    );
    let numbers: Vec<String> = party.entries.iter().rev().take(12).rev().map(u64::to_string).collect();
    say("in log", &format!("no. {}", numbers.join(", ")));
    if let Some(since) = row.stop.blocked {
        let why = row.stop.reason.as_ref().map(|why| format!(": {}", foreign(why, MAX_PURPOSE_BYTES)));
        say("blocked", &format!("since {}{}", shell.local(since), why.unwrap_or_default()));
    }
    for asked in &row.stop.erasures {
        say("erasure", &answer(asked, shell.lang, &|moment| shell.local(moment)));
    }
    if row.stop.unasked {
        say("erasure", "you have not asked them yet whether they deleted it: faam stop NAME");
    }
    lines.join("\n")
}

fn in_words(known: &Known) -> String {
    let mut parts = Vec::new();
    if let Some(epoch) = &known.standing {
        parts.push(format!("your standing ({epoch})"));
    }
    if known.ratings > 0 {
        parts.push(format!("{} of {}", known.ratings, count(known.of, "rating")));
    }
    parts.extend(known.milestones.iter().map(proven));
    format!("of {}: {}", known.market, parts.join("; "))
}

fn proven(proven: &Proven) -> String {
    let steps: Vec<String> =
        proven.milestones.iter().map(|step| format!("{} ({step})", step.plain_words())).collect();
    let names: Vec<String> = proven.pseudonyms.iter().map(ToString::to_string).collect();
    format!("as {} {}, under {}", proven.role, steps.join(" and "), names.join(", "))
}
