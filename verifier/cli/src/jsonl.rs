//! Many presentations, one a line, judged on all cores; their decisions in the same order.
//!
//! One thread reads, one writes, and the others judge, each what waits for it together, so that proofs of private standings are verified
//! together. No more than some lines for each core, and no more than some megabytes, are held at a time, however long one of them takes.
//! Requests are used up in the order of the lines, so that the same input gives the same output.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, Read as _, Write as _};
use std::num::NonZeroUsize;
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
use faam_verifier::{
    Answer, MemoryNonces, NonceStore, NonceStoreError, Pending, Sources, finish, finish_many,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::io::{self, Failure};
use crate::presentation::{MAX_PENDING_BYTES, line, pending};

/// Longest line, in bytes: within a JSON text, a quotation mark takes two.
const MAX_LINE_BYTES: usize = 2 * (MAX_PRESENTATION_BYTES + MAX_PENDING_BYTES) + 1024;
/// Lines that are held at a time for each core; as many are judged together.
const PER_CORE: usize = 32;
/// Bytes of lines from which on no other is read until some were written.
const MAX_HELD_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of lines from which on no other is judged with them: what they say is held once more.
const MAX_TOGETHER_BYTES: usize = 1024 * 1024;
/// Lines after which requests that expired are forgotten.
const SWEEP: usize = 4096;

/// One line of the input: two objects, each as the text that was stored or received.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// There is none only while it is read, so that what is missing can be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    presentation: Option<String>,
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

/// Takes every request for unanswered, and notes which they were; whether they were is for whoever writes to say.
#[derive(Default)]
struct Noted(VecDeque<(String, Timestamp)>);

impl NonceStore for Noted {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        self.0.push_back((nonce.to_owned(), expires));
        Ok(true)
    }
}

/// How far reading may run ahead of writing.
#[derive(Default)]
struct Pace {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// Lines that were written.
    written: usize,
    /// Bytes of lines that were read and not yet written.
    held: usize,
    /// Whether nobody takes more.
    over: bool,
}

impl Pace {
    /// Waits until line `at` may be read; false if there is no use in it.
    fn wait(&self, at: usize, ahead: usize) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |state: &mut State| {
            // One line that is long by itself is read all the same.
            !state.over && at > state.written && (at >= state.written + ahead || state.held >= MAX_HELD_BYTES)
        };
        let waited = self.moved.wait_while(state, full);
        !waited.unwrap_or_else(PoisonError::into_inner).over
    }

    /// A line of so many bytes was read.
    fn read(&self, bytes: usize) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).held += bytes;
    }

    /// What came of a line of so many bytes was written.
    fn wrote(&self, bytes: usize, over: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.written += 1;
        state.held = state.held.saturating_sub(bytes);
        state.over |= over;
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
        pace.read(next.as_ref().map_or(0, Vec::len));
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
        let mut batch = Vec::new();
        {
            let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let Ok(first) = waiting.recv() else { return };
            let length = |(_, read): &Read| read.as_ref().map_or(0, Vec::len);
            let mut bytes = length(&first);
            batch.push(first);
            // What else is there already is judged with it.
            while batch.len() < PER_CORE && bytes < MAX_TOGETHER_BYTES {
                let Ok(next) = waiting.try_recv() else { break };
                bytes += length(&next);
                batch.push(next);
            }
        }
        for done in judge_all(batch, sources, at) {
            if results.send(done).is_err() {
                return;
            }
        }
    }
}

/// Judges lines together, each as if its request were unanswered.
fn judge_all(batch: Vec<Read>, sources: &Sources, at: Option<Timestamp>) -> Vec<(usize, Done)> {
    let moment = io::moment(at).map_err(|_| Fault::new(Reason::InputMalformed, "clock"));
    let understood: Vec<Result<(Pending, String), Fault>> = batch
        .iter()
        .map(|(_, read)| moment.clone().and_then(|now| understand(read.as_deref(), sources, now)))
        .collect();
    let good = understood.iter().flatten();
    let answers: Vec<Answer<'_>> =
        good.map(|(pending, shown)| Answer { pending, bytes: shown.as_bytes() }).collect();
    let mut noted = Noted::default();
    let decisions = match moment {
        Ok(now) => finish_many(&answers, sources, &mut noted, now, NonZeroUsize::MIN),
        Err(_) => Vec::new(),
    };
    let mut decisions = decisions.into_iter();
    let mut done = Vec::with_capacity(batch.len());
    for ((number, read), understood) in batch.into_iter().zip(&understood) {
        let (mut said, mut used) = (Err(Fault::new(Reason::Internal, "decision")), None);
        match understood {
            Err(fault) => said = Err(fault.clone()),
            Ok(_) => {
                if let Some(decision) = decisions.next() {
                    // Each acceptance asked the store once, in this order.
                    used = decision.accepted().and_then(|_| noted.0.pop_front());
                    said = line(&decision).map_err(|_| Fault::new(Reason::Internal, "decision"));
                }
            }
        }
        done.push((number, Done { read, said, used }));
    }
    done
}

/// What a line says.
fn understand(read: Option<&[u8]>, sources: &Sources, now: Timestamp) -> Result<(Pending, String), Fault> {
    let bytes = read.ok_or(Fault::new(Reason::TooLarge, "line"))?;
    let asked: Line = parse(bytes, MAX_LINE_BYTES, "line")?;
    let stored = asked.pending.ok_or(Fault::new(Reason::Malformed, "line.pending"))?;
    let presentation = asked.presentation.ok_or(Fault::new(Reason::Malformed, "line.presentation"))?;
    Ok((pending(stored.as_bytes(), &sources.histories, now)?, presentation))
}

/// Judges one line.
fn judge(
    read: Option<&[u8]>,
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    at: Option<Timestamp>,
) -> Result<String, Fault> {
    let now = io::moment(at).map_err(|_| Fault::new(Reason::InputMalformed, "clock"))?;
    let (pending, shown) = understand(read, sources, now)?;
    let decision = finish(&pending, shown.as_bytes(), sources, nonces, now);
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
            let bytes = done.read.as_ref().map_or(0, Vec::len);
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
            pace.wrote(bytes, went.is_err());
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
