//! `faam refresh`: renewing by hand.

use faam_spec::name::MarketId;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_wallet::contact::{compare_record, renew};
use faam_wallet::held::{HeldLedger, LedgerInfo};
use faam_wallet::listen::Standing;
use faam_wallet::receive::Compared;
use faam_wallet::text::{bullet, foreign};
use faam_wallet::vault::{Happened, LogEntry, Vault};
use serde_json::{Value, json};

use super::receive::told;
use super::{NOTHING_HELD, data, elsewhere, market, of_market, stop};
use crate::args::Refresh;
use crate::failure::Failure;
use crate::shell::{Report, Shell, say};
use crate::whom::Whom;

/// A request that was opened within this time can be tied to a renewal by anybody, in seconds.
const JUST_NOW: i64 = 3600;
/// How many entries of the log are looked at for one.
const LOOK_BACK: usize = 50;

const SEEN: &str = "The market sees that you renew, when, and from where. If you show a private standing soon after, the market and whoever you show it to can tell by the time that it was you. Let some hours pass first. faam listen renews at random times by itself.";

pub(crate) fn run(shell: &Shell, args: &Refresh) -> Result<Report, Failure> {
    let only = args.market.as_deref().map(|text| market(text, "MARKET")).transpose()?;
    let vault = shell.open_vault()?;
    let erased = stop::deliver(shell, &vault)?;
    let whom = Whom::read(shell, &vault)?;
    let held = match chosen(whom.held(&vault)?, only.as_ref()) {
        // There was something to do all the same.
        Err(_) if !erased.is_empty() && only.is_none() => Vec::new(),
        held => held?,
    };
    let (held, left) = apart(shell, &vault, held, args.may_tie)?;
    if held.is_empty()
        && let Some(first) = left.first()
    {
        let (name, market) = (whom.name(first.held.info().persona), &first.held.info().market);
        let what = format!("nothing was renewed: {}", first.why(&name));
        let lines: Vec<String> = left.iter().map(|left| left.line(shell, &whom)).collect();
        let whys = left.iter().map(|left| left.why(&whom.name(left.held.info().persona)));
        let warnings: Vec<String> = whys.collect();
        let data = json!({"renewed": [], "failed": [], "left": told_of(&left), "warnings": warnings});
        let hint = format!(
            "Nobody was called. Come back later for {market}, let faam listen do it, or give --may-tie."
        );
        return Err(Failure::new(Reason::ConsentMissing, &what)
            .at("--may-tie")
            .hint(&hint)
            .showing(data, lines.join("\n")));
    }
    //= spec/text/private.md#REQ-PRIVATE-17
    //# a renewal by hand is said to be seen in time
    let warnings = warn_seen(shell, &vault)?;
    let mut lines = Vec::new();
    let mut erasures = Vec::new();
    for (name, asked) in &erased {
        lines.push(format!("Erasure, asked of “{}”:", foreign(name, 80)));
        lines.push(stop::said(shell, asked, shell.lang));
        erasures.push(stop::told(name, asked)?);
    }
    let (mut renewed, mut failed) = (Vec::new(), Vec::new());
    let mut first = None;
    for held in &held {
        let info = held.info();
        match shell.contact(async |means| Ok(renew(&vault, info.ledger, means).await?)) {
            Ok(done) => {
                lines.push(format!(
                    "{}{}",
                    whom.before(info.persona),
                    said(shell, &vault, held, &done.entry)?
                ));
                lines.extend(done.warnings.iter().map(|line| bullet("!", line, shell.width, 2)));
                let (compared, line) = match is_private(&vault, held)? {
                    true => comparison(shell, &vault, info, &mut first),
                    false => (None, None),
                };
                lines.extend(line.map(|(mark, line)| bullet(mark, &line, shell.width, 2)));
                renewed.push(json!({
                    "market": info.market, "ledger": info.ledger, "entry": data(&done.entry)?,
                    "private": is_private(&vault, held)?, "compared": compared, "warnings": done.warnings,
                }));
            }
            Err(failure) => {
                let failure = elsewhere(failure, &info.market);
                let what =
                    format!("{}{}: not renewed: {}", whom.before(info.persona), info.market, failure.what());
                lines.push(bullet("!", &what, shell.width, 0));
                failed.push(json!({
                    "market": info.market, "ledger": info.ledger, "code": failure.reason(), "what": failure.what(),
                }));
                first.get_or_insert(failure.during(&format!("{} was not renewed", info.market)));
            }
        }
    }
    lines.extend(left.iter().map(|left| left.line(shell, &whom)));
    let mut data = json!({"renewed": renewed, "failed": failed, "warnings": warnings});
    if let Some(data) = data.as_object_mut() {
        if !erasures.is_empty() {
            data.insert("erasures".to_owned(), json!(erasures));
        }
        if !left.is_empty() {
            data.insert("left".to_owned(), told_of(&left));
        }
    }
    let text = lines.join("\n");
    match first {
        None => Ok(Report { data, text }),
        Some(failure) => Err(failure.showing(data, text)),
    }
}

/// What is not renewed now, because another persona renews or renewed at the same node.
struct Left {
    held: HeldLedger,
    /// When the other one did; none if it does now.
    since: Option<Timestamp>,
}

impl Left {
    fn why(&self, name: &str) -> String {
        let market = &self.held.info().market;
        let beside = match self.since {
            Some(_) => "another of your personas renewed at the same node a short time ago",
            None => "another of your personas renews at the same node now",
        };
        format!(
            "“{name}” is left for later at {market}: {beside}, and one right after the other would tell that both are of one person"
        )
    }

    fn line(&self, shell: &Shell, whom: &Whom) -> String {
        bullet("!", &self.why(&whom.name(self.held.info().persona)), shell.width, 0)
    }
}

fn told_of(left: &[Left]) -> Value {
    let told = left.iter().map(|left| {
        let info = left.held.info();
        json!({"market": info.market, "ledger": info.ledger, "persona": info.persona, "since": left.since})
    });
    told.collect()
}

/// Of two personas at one node, the one that waited longest now; the other one another time.
//= spec/text/personas.md#REQ-PERSONA-9
//# A renewal by hand MUST leave the second for later, unless its holder, told why, asks for both
fn apart(
    shell: &Shell,
    vault: &Vault,
    mut held: Vec<HeldLedger>,
    may_tie: bool,
) -> Result<(Vec<HeldLedger>, Vec<Left>), Failure> {
    if may_tie || vault.personas()?.len() < 2 {
        return Ok((held, Vec::new()));
    }
    let all: Vec<Standing> = vault.held_all()?.iter().map(Standing::of).collect();
    let now = shell.now();
    held.sort_by_key(|held| held.info().updated);
    let (mut first, mut left): (Vec<HeldLedger>, Vec<Left>) = (Vec::new(), Vec::new());
    for held in held {
        let standing = Standing::of(&held);
        let beside = standing.renewed_beside(&all, now);
        if beside.is_some() || first.iter().any(|first| standing.is_tied_to(&Standing::of(first))) {
            left.push(Left { held, since: beside });
        } else {
            first.push(held);
        }
    }
    Ok((first, left))
}

/// Says what a renewal by hand tells others, before anybody is called, so that there is time to think better of it.
pub(super) fn warn_seen(shell: &Shell, vault: &Vault) -> Result<Vec<String>, Failure> {
    let warnings: Vec<String> =
        just_opened(vault, shell.now())?.into_iter().chain([SEEN.to_owned()]).collect();
    for warning in &warnings {
        say(&bullet("!", warning, shell.width, 0));
    }
    Ok(warnings)
}

/// Compares the record that came with one that the market tells a stranger: by hand there is no other time for it than now.
fn comparison(
    shell: &Shell,
    vault: &Vault,
    info: &LedgerInfo,
    first: &mut Option<Failure>,
) -> (Option<&'static str>, Option<(&'static str, String)>) {
    match shell.contact(async |means| Ok(compare_record(vault, info.ledger, means).await?)) {
        Ok(Compared::Same) => {
            (Some("same"), Some(("-", "others are told of the same epoch record".to_owned())))
        }
        Ok(Compared::Newer) => {
            (Some("newer"), Some(("!", "others have a newer epoch record: renew again".to_owned())))
        }
        Ok(_) => {
            (Some("older"), Some(("!", "others have an older epoch record: compare again later".to_owned())))
        }
        Err(failure) => {
            let failure = elsewhere(failure, &info.market);
            let what = format!("the epoch record was not compared: {}", failure.what());
            first.get_or_insert(failure.during("the epoch record was not compared"));
            (None, Some(("!", what)))
        }
    }
}

/// What is held, of one market or all.
fn chosen(held: Vec<HeldLedger>, only: Option<&MarketId>) -> Result<Vec<HeldLedger>, Failure> {
    if let Some(market) = only {
        return of_market(held, market, "MARKET");
    }
    if held.is_empty() {
        let what = "you hold nothing that could be renewed";
        return Err(Failure::new(Reason::NothingToShow, what).at("MARKET").hint(NOTHING_HELD));
    }
    Ok(held)
}

/// Says louder that a request was opened a moment ago.
fn just_opened(vault: &Vault, now: Timestamp) -> Result<Option<String>, Failure> {
    let recent = vault.log(LOOK_BACK)?.into_iter().filter(|entry| now.since(entry.at) < JUST_NOW);
    let asked = recent.filter_map(|entry| match entry.what {
        Happened::Shown { to, .. }
        | Happened::DryRun { to, .. }
        | Happened::Declined { to, .. }
        | Happened::Withheld { to, .. }
        | Happened::Climbing { to, .. }
        | Happened::NotAnswered { to, .. } => Some(to.name),
        _ => None,
    });
    Ok(asked.into_iter().next().map(|name| {
        format!(
            "CAREFUL: you opened a request of “{}” within the last hour. If you renew now and answer it then, the market can tell that it is you who answers. Press Ctrl-C, and answer with what you have, or come back tomorrow.",
            foreign(&name, 80)
        )
    }))
}

fn is_private(vault: &Vault, held: &HeldLedger) -> Result<bool, Failure> {
    Ok(vault.held(held.info().ledger)?.is_some_and(|held| held.private().is_some()))
}

fn said(shell: &Shell, vault: &Vault, held: &HeldLedger, entry: &LogEntry) -> Result<String, Failure> {
    let Happened::Received { market, epoch, changes, .. } = &entry.what else {
        return Err(Failure::new(Reason::Internal, "the note about the renewal is of another kind"));
    };
    let mut lines = vec![format!("Renewed from {market}, epoch {epoch}, checked and kept:")];
    lines.extend(told(changes).iter().map(|line| bullet("-", line, shell.width, 2)));
    let private = match is_private(vault, held)? {
        true => "milestones of this epoch can be proven privately",
        false => "no private standing",
    };
    lines.push(bullet("-", private, shell.width, 2));
    Ok(lines.join("\n"))
}
