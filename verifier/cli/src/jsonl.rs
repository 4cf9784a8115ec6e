//! Many presentations, one a line, judged on all cores; their decisions in the same order.
//!
//! One thread reads, one writes, and the others judge. No more than a few lines for each core are held at a time, however long one of
//! them takes. Requests are used up in the order of the lines, so that the same input gives the same output.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _, Write as _};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use faam_spec::encoding::parse;
use faam_spec::exit::Exit;
use faam_spec::limits::MAX_PRESENTATION_BYTES;
use faam_spec::name::safe_json;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_verifier::{MemoryNonces, NonceStore, NonceStoreError, Sources, finish};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::io::{self, Failure};
use crate::presentation::{MAX_PENDING_BYTES, line, pending};

/// Longest line, in bytes: within a JSON text, a quotation mark takes two.
const MAX_LINE_BYTES: usize = 2 * (MAX_PRESENTATION_BYTES + MAX_PENDING_BYTES) + 1024;
/// Lines that are held at a time for each core.
const PER_CORE: usize = 4;
/// Lines after which requests that expired are forgotten.
const SWEEP: usize = 4096;

/// One line of the input: two objects, each as the text that was stored or received.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    pending: String,
    presentation: String,
}

/// One line that was read; nothing if it was too long.
type Read = (usize, Option<Vec<u8>>);

/// What came of a line.
struct Done {
    read: Option<Vec<u8>>,
    said: Result<String, Fault>,
    /// The request that it used up, and until when that is to be remembered.
    used: Option<(String, Timestamp)>,
}

/// Takes every request for unanswered, and notes which it was; whether it was is for whoever writes to say.
#[derive(Default)]
struct Noted(Option<(String, Timestamp)>);

impl NonceStore for Noted {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        self.0 = Some((nonce.to_owned(), expires));
        Ok(true)
    }
}

/// How many lines were written, so that reading does not run ahead; and whether nobody takes more.
#[derive(Default)]
struct Pace {
    written: Mutex<(usize, bool)>,
    moved: Condvar,
}

impl Pace {
    /// Waits until line `at` may be read; false if there is no use in it.
    fn wait(&self, at: usize, ahead: usize) -> bool {
        let state = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.moved.wait_while(state, |(written, over)| !*over && at >= *written + ahead);
        let (_, over) = *waited.unwrap_or_else(PoisonError::into_inner);
        !over
    }

    fn step(&self, over: bool) {
        let mut state = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        *state = (state.0 + 1, state.1 || over);
        self.moved.notify_all();
    }
}

/// Judges every line of standard input. Exit status 0 if each got a decision, 2 if some could not be understood.
pub(crate) fn run(sources: &Sources, at: Option<Timestamp>) -> Result<ExitCode, Failure> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let ahead = cores * PER_CORE;
    let pace = Pace::default();
    let (jobs, waiting) = sync_channel::<Read>(ahead);
    let (results, finished) = sync_channel::<(usize, Done)>(ahead);
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..cores {
            let (waiting, results) = (&waiting, results.clone());
            scope.spawn(move || work(waiting, &results, sources, at));
        }
        drop(results);
        let pace = &pace;
        let writer = scope.spawn(move || write(finished, sources, at, pace));
        let read = read(&jobs, pace, ahead);
        drop(jobs);
        let written = writer.join().map_err(|_| Failure::internal(&"the writing thread ended early"))?;
        read?;
        written
    })
}

/// Reads line by line, and never more than `ahead` of what was written.
fn read(jobs: &SyncSender<Read>, pace: &Pace, ahead: usize) -> Result<(), Failure> {
    let mut input = std::io::stdin().lock();
    for at in 0.. {
        if !pace.wait(at, ahead) {
            return Ok(());
        }
        let next = next_line(&mut input).map_err(|error| Failure::input(&error))?;
        let Some(next) = next else { return Ok(()) };
        if jobs.send((at, next)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The next line without its end; within, nothing if it is longer than a line may be, which is then skipped without being held.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Option<Vec<u8>>>> {
    let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    input.by_ref().take(most).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        return Ok(Some(Some(bytes)));
    }
    if bytes.len() <= MAX_LINE_BYTES {
        // The last line has no end.
        return Ok(Some(Some(bytes)));
    }
    drop(bytes);
    loop {
        let held = input.fill_buf()?;
        let (used, ended) = match held.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (held.len(), held.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(Some(None));
        }
    }
}

fn work(
    waiting: &Mutex<Receiver<Read>>,
    results: &SyncSender<(usize, Done)>,
    sources: &Sources,
    at: Option<Timestamp>,
) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, read)) = next else { return };
        let mut noted = Noted::default();
        let said = judge(read.as_deref(), sources, &mut noted, at);
        if results.send((number, Done { read, said, used: noted.0 })).is_err() {
            return;
        }
    }
}

/// Judges one line.
fn judge(
    read: Option<&[u8]>,
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    at: Option<Timestamp>,
) -> Result<String, Fault> {
    let bytes = read.ok_or(Fault::new(Reason::TooLarge, "line"))?;
    let asked: Line = parse(bytes, MAX_LINE_BYTES, "line")?;
    let now = io::moment(at).map_err(|_| Fault::new(Reason::InputMalformed, "clock"))?;
    let pending = pending(asked.pending.as_bytes(), &sources.histories, now)?;
    let decision = finish(&pending, asked.presentation.as_bytes(), sources, nonces, now);
    line(&decision).map_err(|_| Fault::new(Reason::Internal, "decision"))
}

/// Writes what came of each line, in order.
fn write(
    finished: Receiver<(usize, Done)>,
    sources: &Sources,
    at: Option<Timestamp>,
    pace: &Pace,
) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    let mut early: BTreeMap<usize, Done> = BTreeMap::new();
    let (mut next, mut all) = (0, true);
    let mut nonces = MemoryNonces::new();
    for (number, done) in finished {
        early.insert(number, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            if next.is_multiple_of(SWEEP)
                && let Ok(now) = io::moment(at)
            {
                nonces.sweep(now);
            }
            //= spec/text/programs.md#REQ-PROGRAM-6
            //# Requests MUST be used up in the order of the lines
            let used = done.used.as_ref().map(|(nonce, expires)| nonces.consume(nonce, *expires));
            let said = match used {
                Some(Ok(false)) => judge(done.read.as_deref(), sources, &mut nonces, at),
                _ => done.said,
            };
            all &= said.is_ok();
            let text = said.unwrap_or_else(|fault| error(&fault));
            let went = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            pace.step(went.is_err());
            match went {
                // A reader that went away is no failure of this program.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                    return Ok(io::exit(Exit::Ok));
                }
                Err(error) => return Err(Failure::output(&error)),
                Ok(()) => {}
            }
        }
    }
    Ok(io::exit(if all { Exit::Ok } else { Exit::Usage }))
}

/// What is said of a line that got no decision.
fn error(fault: &Fault) -> String {
    let reason = fault.reason();
    let said = json!({"error": {"code": reason.code(), "at": fault.at(), "sentence": reason.sentence()}});
    format!("{}\n", safe_json(&said.to_string()))
}
