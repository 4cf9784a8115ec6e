//! `faam listen`: the one command that goes on: it renews what is held at random times, and takes answers to what was asked.
//!
//! The wallet is open only while something is done, so that other commands can be used meanwhile. The passphrase is kept in
//! memory that is wiped at the end.

use std::sync::Arc;
use std::time::Duration;

use faam_spec::hash::LedgerId;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_wallet::contact::{compare_record, renew};
use faam_wallet::held::HeldLedger;
use faam_wallet::listen::{Due, Schedule, Standing, Task};
use faam_wallet::receive::Compared;
use faam_wallet::text::{bullet, count, foreign, wrap};
use faam_wallet::vault::{Vault, VaultError};
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::asking::{Answers, take_answers, tell_line};
use super::refresh::warn_seen;
use super::{elsewhere, stop};
use crate::args::Listen;
use crate::failure::Failure;
use crate::shell::{Report, Shell, say};
use crate::whom::Whom;
use crate::words::listen as said;

/// How often it looks what other commands received meanwhile, in seconds: each look stretches the passphrase.
const LOOK: i64 = 3600;
/// How often it looks at the clock while it waits, because a machine may sleep, in seconds.
const NAP: u64 = 30;
/// How often it tries for a moment first, and how long that is.
const MOMENTS: u32 = 20;
const MOMENT: Duration = Duration::from_millis(150);
/// It waits up to so long for another command that has the wallet open, in seconds.
const IN_USE: i64 = 20;

pub(crate) fn run(shell: &Shell, args: &Listen) -> Result<Report, Failure> {
    shell.must_exist()?;
    let passphrase = shell.passphrase("Passphrase: ")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| no_signals(&error))?;
    // Programs get the last envelope.
    let said = (!shell.json).then(|| said::ending(shell.lang));
    let (end, stop) = signals(&runtime, said).map_err(|error| no_signals(&error))?;
    let mut listener =
        Listener { shell, passphrase, runtime, end, stop, schedule: Schedule::new(), counts: (0, 0) };
    let first = match args.once {
        true => listener.once()?,
        false => {
            let answers = Answers {
                shell,
                passphrase: listener.passphrase.clone(),
                runtime: listener.runtime.handle().clone(),
                stop: listener.stop.clone(),
                lang: args.lang.unwrap_or(shell.lang),
            };
            // Beside the renewals, which may take a while: an answer is not kept waiting by a market that does not answer.
            std::thread::scope(|scope| {
                let taken = scope.spawn(move || take_answers(answers));
                let ended = listener.go_on();
                listener.end.send_replace(true);
                let taken = taken.join();
                let crashed =
                    Failure::new(Reason::Internal, "taking answers ended by a mistake of this program");
                taken.map_err(|_| crashed).and(ended)
            })?
        }
    };
    let (renewed, compared) = listener.counts;
    let data = json!({"event": "ended", "renewed": renewed, "compared": compared});
    let text = format!("Ended: renewed {}, compared {}.", count(renewed, "time"), count(compared, "time"));
    match first {
        None => Ok(Report { data, text }),
        Some(failure) => Err(failure.showing(data, text)),
    }
}

fn no_signals(error: &std::io::Error) -> Failure {
    Failure::new(Reason::Internal, &format!("the program could not get ready to wait: {error}"))
}

/// Turns true with the first signal to end.
pub(super) fn stopping(runtime: &Runtime) -> Result<watch::Receiver<bool>, std::io::Error> {
    Ok(signals(runtime, None)?.1)
}

/// Turns true with the first signal to end, which is answered at once, because what is under way may take a moment; or when it is told so.
fn signals(
    runtime: &Runtime,
    said: Option<String>,
) -> Result<(Arc<watch::Sender<bool>>, watch::Receiver<bool>), std::io::Error> {
    let _inside = runtime.enter();
    let (mut ended, mut interrupted) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (tell, stop) = watch::channel(false);
    let tell = Arc::new(tell);
    let told = Arc::clone(&tell);
    runtime.spawn(async move {
        tokio::select! {
            _ = ended.recv() => {}
            _ = interrupted.recv() => {}
        }
        told.send_replace(true);
        if let Some(words) = said {
            say(&words);
        }
    });
    Ok((tell, stop))
}

struct Listener<'a> {
    shell: &'a Shell,
    passphrase: Zeroizing<Vec<u8>>,
    runtime: Runtime,
    end: Arc<watch::Sender<bool>>,
    stop: watch::Receiver<bool>,
    schedule: Schedule,
    /// Renewals and comparisons that were done.
    counts: (u64, u64),
}

impl Listener<'_> {
    /// Does what is due now: renews what lacks the current epoch, and compares the records that an earlier run brought, so that
    /// the two are not tied by their time. Gives the first failure.
    fn once(&mut self) -> Result<Option<Failure>, Failure> {
        let vault = self.shell.open_with(&self.passphrase)?;
        self.erasures(&vault)?;
        let now = self.shell.now();
        let mut first = None;
        let whom = Whom::read(self.shell, &vault)?;
        let all = vault.held_all()?;
        //= spec/text/private.md#REQ-PRIVATE-17
        //# a renewal by hand is said to be seen in time
        if all.iter().any(|held| Standing::of(held).is_behind(now)) {
            warn_seen(self.shell, &vault)?;
        }
        let is_due = |standing: &Standing| standing.is_behind(now) || standing.to_compare;
        let standings: Vec<Standing> = all.iter().map(Standing::of).collect();
        if !standings.iter().any(is_due) {
            self.tell_nothing_due(standings.iter().filter_map(|standing| standing.renewable_from(now)).min());
        }
        let mut called: Vec<Standing> = Vec::new();
        for held in all.into_iter().filter(|held| whom.means(held.info().persona)) {
            let standing = Standing::of(&held);
            let task = match (standing.is_behind(now), standing.to_compare) {
                (true, _) => Task::Renew,
                (false, true) => Task::Compare,
                (false, false) => continue,
            };
            //= spec/text/personas.md#REQ-PERSONA-9
            //# A wallet MUST NOT renew what two personas hold at one node one right after the other
            let beside = called.iter().any(|before| before.is_tied_to(&standing));
            if beside || standing.renewed_beside(&standings, now).is_some() {
                self.tell_left(&whom, &standing, &held);
                continue;
            }
            called.push(standing);
            let due = Due { at: now, ledger: standing.ledger, task };
            if let Err(failure) = self.work(&vault, &held, &due) {
                first.get_or_insert(failure);
            }
        }
        Ok(first)
    }

    /// Goes on until it is told to end.
    fn go_on(&mut self) -> Result<Option<Failure>, Failure> {
        let (mut told, mut moments) = (None, 0);
        while !*self.stop.borrow() {
            let vault = match self.shell.open_with(&self.passphrase) {
                // Whoever takes answers beside this, or another command: most have it for a moment.
                Err(error) if is_in_use(&error) && moments < MOMENTS => {
                    moments += 1;
                    std::thread::sleep(MOMENT);
                    continue;
                }
                Err(error) if is_in_use(&error) => {
                    let seconds = self.shell.rng.clone().gen_range(1..=IN_USE);
                    self.wait_until(self.shell.now().plus(seconds));
                    continue;
                }
                opened => opened?,
            };
            self.erasures(&vault)?;
            moments = 0;
            let all = vault.held_all()?;
            let whom = Whom::read(self.shell, &vault)?;
            // Of personas that are not meant nothing is done, and yet they are kept apart from.
            let of = |held: &HeldLedger| match whom.means(held.info().persona) {
                true => Standing::of(held),
                false => Standing { is_final: true, to_compare: false, ..Standing::of(held) },
            };
            let standings: Vec<Standing> = all.iter().map(of).collect();
            let now = self.shell.now();
            let due = self.schedule.next(&standings, now, &mut self.shell.rng.clone());
            if let Some(due) = due.filter(|due| due.at <= now) {
                let held = all.iter().find(|held| held.info().ledger == due.ledger);
                if let Some(held) = held {
                    self.do_due(&vault, held, &due);
                }
                continue;
            }
            drop(vault);
            let next = due.map(|due| due.at);
            if told != Some(next) {
                told = Some(next);
                self.tell_next(next);
            }
            let latest = now.plus(LOOK);
            self.wait_until(next.map_or(latest, |next| next.min(latest)));
        }
        Ok(None)
    }

    /// Asks for the erasures that are due, and says what is newly over.
    fn erasures(&self, vault: &Vault) -> Result<(), Failure> {
        let over = self.shell.over(vault);
        if !over.is_empty() {
            self.tell(json!({"event": "over", "sentences": over}), &over.join("\n"));
        }
        for (name, asked) in stop::deliver(self.shell, vault)? {
            let mut data = stop::told(&name, &asked)?;
            if let Some(data) = data.as_object_mut() {
                data.insert("event".to_owned(), json!("erasure"));
            }
            let text = format!(
                "Erasure, asked of “{}”:\n{}",
                foreign(&name, 80),
                stop::said(self.shell, &asked, self.shell.lang)
            );
            self.tell(data, &text);
        }
        Ok(())
    }

    fn do_due(&mut self, vault: &Vault, held: &HeldLedger, due: &Due) {
        match self.work(vault, held, due) {
            Ok(true) => self.schedule.done(due),
            _ if *self.stop.borrow() => {}
            Ok(false) | Err(_) => {
                let length = held.standing().record().record().epoch_seconds;
                self.schedule.failed(due, length, self.shell.now(), &mut self.shell.rng.clone());
            }
        }
    }

    /// Does something and tells of it; whether it need not be tried again.
    fn work(&mut self, vault: &Vault, held: &HeldLedger, due: &Due) -> Result<bool, Failure> {
        let done = match due.task {
            Task::Renew => self.renew(vault, held),
            Task::Compare => self.compare(vault, due.ledger, held),
        };
        let done = done.map_err(|failure| elsewhere(failure, &held.info().market));
        if let Err(failure) = &done
            && !*self.stop.borrow()
        {
            let market = &held.info().market;
            let task = if due.task == Task::Renew { "renew" } else { "compare" };
            let data = json!({
                "event": "failed", "task": task, "market": market, "ledger": due.ledger,
                "code": failure.reason(), "what": failure.what(),
            });
            let mut text = format!("{market}: {task} failed: {}", failure.what());
            if let Some(hint) = failure.next(self.shell.lang) {
                text.push('\n');
                text.push_str(&bullet("next:", &hint, self.shell.width, 2));
            }
            self.tell(data, &text);
        }
        done
    }

    fn renew(&mut self, vault: &Vault, held: &HeldLedger) -> Result<bool, Failure> {
        let info = held.info();
        let mut stop = self.stop.clone();
        let done = self.shell.contact(async |means| {
            tokio::select! {
                done = renew(vault, info.ledger, means) => Ok(done?),
                _ = stop.wait_for(|stop| *stop) => Err(interrupted()),
            }
        })?;
        self.counts.0 += 1;
        let now = vault.held(info.ledger)?;
        let epoch = now.as_ref().map(|held| held.standing().record().record().label());
        let private = now.is_some_and(|held| held.private().is_some());
        let data = json!({
            "event": "renewed", "market": info.market, "ledger": info.ledger, "epoch": epoch,
            "private": private, "warnings": done.warnings,
        });
        let mut text = format!("{}: renewed, epoch {}", info.market, epoch.unwrap_or_default());
        for warning in &done.warnings {
            text.push('\n');
            text.push_str(&bullet("!", warning, self.shell.width, 2));
        }
        self.tell(data, &text);
        Ok(true)
    }

    fn compare(&mut self, vault: &Vault, ledger: LedgerId, held: &HeldLedger) -> Result<bool, Failure> {
        let mut stop = self.stop.clone();
        let compared = self.shell.contact(async |means| {
            tokio::select! {
                done = compare_record(vault, ledger, means) => Ok(done?),
                _ = stop.wait_for(|stop| *stop) => Err(interrupted()),
            }
        })?;
        let market = &held.info().market;
        let (result, words) = match compared {
            Compared::Same => {
                self.counts.1 += 1;
                ("same", "others are told of the same epoch record")
            }
            Compared::Newer => ("newer", "others have a newer epoch record; nothing could be compared"),
            _ => ("older", "others have an older epoch record; nothing could be compared yet"),
        };
        let data = json!({"event": "compared", "market": market, "ledger": ledger, "result": result});
        self.tell(data, &format!("{market}: {words}"));
        Ok(compared == Compared::Same)
    }

    /// Waits for a moment of the clock, or the signal to end.
    fn wait_until(&mut self, until: Timestamp) {
        let stop = &mut self.stop;
        while self.shell.now() < until && !*stop.borrow() {
            let left = u64::try_from(until.since(self.shell.now())).unwrap_or(1).clamp(1, NAP);
            self.runtime.block_on(async {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(left)) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            });
        }
    }

    fn tell_next(&self, next: Option<Timestamp>) {
        let text = match next {
            Some(next) => format!("Listening; next at {}.", self.shell.local(next)),
            None => "Listening; there is nothing to renew yet.".to_owned(),
        };
        self.tell(json!({"event": "listening", "next": next}), &text);
    }

    fn tell_left(&self, whom: &Whom, standing: &Standing, held: &HeldLedger) {
        let market = &held.info().market;
        let data = json!({"event": "left", "market": market, "ledger": standing.ledger, "persona": standing.persona});
        let text = format!(
            "{}{market}: left for later, because another of your personas was at the same node just now",
            whom.before(standing.persona)
        );
        self.tell(data, &text);
    }

    fn tell_nothing_due(&self, next: Option<Timestamp>) {
        let text = match next {
            Some(next) => format!(
                "Nothing is due: what you hold is of the current epoch. Something can be renewed from {} on, when the next one has begun.",
                self.shell.local(next)
            ),
            None => "Nothing is due, and nothing that you hold can be renewed.".to_owned(),
        };
        self.tell(json!({"event": "nothing_due", "next": next}), &wrap(&text, self.shell.width, 0));
    }

    /// One line for each thing that happens: an envelope for programs, a sentence for people.
    fn tell(&self, data: Value, text: &str) {
        tell_line(self.shell, data, text);
    }
}

fn is_in_use(error: &VaultError) -> bool {
    error.reason() == Reason::StoreInUse
}

fn interrupted() -> Failure {
    Failure::new(Reason::NetClosed, "ended by a signal")
}
