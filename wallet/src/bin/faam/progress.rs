//! That something goes on, for a person who waits: one line on stderr, after a second, gone again when it is over.
//!
//! The line is there only where stderr is a terminal and nothing for programs is printed. It is words and numbers, without colour, and is
//! wiped with spaces, so that every terminal can show it.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use faam_spec::words::Lang;
use faam_wallet::text::cut;
use unicode_width::UnicodeWidthStr as _;

use crate::words::progress as said;

/// Whoever waits longer than this is told.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const TICK: Duration = Duration::from_millis(200);

/// What is on the terminal.
#[derive(Debug, Default)]
struct Screen {
    /// Columns of the line that is there; 0 if there is none.
    drawn: usize,
    /// Whether somebody is being asked something: nothing may be written over that.
    asking: bool,
}

static SCREEN: Mutex<Screen> = Mutex::new(Screen { drawn: 0, asking: false });

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Screen {
    fn wipe(&mut self, out: &mut dyn io::Write) {
        if self.drawn > 0 {
            let _ = write!(out, "\r{}\r", " ".repeat(self.drawn));
            self.drawn = 0;
        }
    }

    fn draw(&mut self, out: &mut dyn io::Write, line: &str) {
        if self.asking {
            return;
        }
        let width = line.width();
        let rest = " ".repeat(self.drawn.saturating_sub(width));
        let _ = write!(out, "\r{line}{rest}").and_then(|()| out.flush());
        self.drawn = width.max(self.drawn);
    }
}

/// Does something to stderr that the line must not get into, such as writing another one.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let mut screen = screen();
    screen.wipe(&mut io::stderr());
    work()
}

/// Asks somebody something; no line is written meanwhile.
pub(crate) fn while_asking<T>(work: impl FnOnce() -> T) -> T {
    let asking = |is: bool| {
        let mut screen = screen();
        screen.wipe(&mut io::stderr());
        screen.asking = is;
    };
    asking(true);
    let answer = work();
    asking(false);
    answer
}

/// How far something is, counted by whoever does it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter {
    done: Arc<AtomicU64>,
    of: Arc<AtomicU64>,
}

impl Counter {
    /// So many of so many are done; of 0, it is not known of how many.
    pub(crate) fn set(&self, done: u64, of: u64) {
        self.of.store(of, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
    }

    fn words(&self, lang: Lang) -> Option<String> {
        let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        match of {
            0 => None,
            of => Some(said::of(lang, done.min(of), of)),
        }
    }
}

/// Something that goes on; the line is gone when this is.
#[derive(Debug)]
pub(crate) struct Busy {
    counter: Counter,
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Busy {
    /// Something called `what` begins; `quiet` says that nobody is to be told.
    pub(crate) fn new(what: String, lang: Lang, width: usize, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self { counter: Counter::default(), running: None };
        }
        Self::begin(what, lang, width, PATIENCE)
    }

    fn begin(what: String, lang: Lang, width: usize, patience: Duration) -> Self {
        let counter = Counter::default();
        let (end, ended) = channel();
        let counted = counter.clone();
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            let begun = Instant::now();
            let mut wait = patience;
            while matches!(ended.recv_timeout(wait), Err(RecvTimeoutError::Timeout)) {
                let line = line(&what, begun.elapsed(), &counted, lang, width);
                screen().draw(&mut io::stderr(), &line);
                wait = TICK;
            }
            screen().wipe(&mut io::stderr());
        });
        // Where there is no thread, there is no line, and the work is done all the same.
        Self { counter, running: thread.ok().map(|thread| (end, thread)) }
    }

    /// For whoever counts.
    pub(crate) fn counter(&self) -> Counter {
        self.counter.clone()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.running.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

/// `Opening the backup … 120 of 4000, 7 s`, in at most `width` columns less one, so that no terminal begins another line.
fn line(what: &str, since: Duration, counter: &Counter, lang: Lang, width: usize) -> String {
    let seconds = format!("{} s", since.as_secs());
    let figures = match counter.words(lang) {
        Some(of) => format!("{of}, {seconds}"),
        None => seconds,
    };
    let room = width.saturating_sub(1);
    let what = cut(what, room.saturating_sub(figures.width() + 3).max(1));
    cut(&format!("{what} … {figures}"), room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_how_far_and_since_when_and_fits() {
        let counter = Counter::default();
        let of = |what: &str, width| line(what, Duration::from_secs(7), &counter, Lang::En, width);
        assert_eq!(of("Opening the wallet", 80), "Opening the wallet … 7 s");
        counter.set(120, 4000);
        assert_eq!(of("Opening the backup", 80), "Opening the backup … 120 of 4000, 7 s");
        for width in [10, 20, 40, 80] {
            assert!(of("Opening the backup of everything", width).width() < width);
        }
        assert!(of("Opening the backup of everything", 40).ends_with("120 of 4000, 7 s"));
        assert_eq!(
            line("Bezig", Duration::from_secs(1), &counter, Lang::Nl, 80),
            "Bezig … 120 van 4000, 1 s"
        );
    }

    #[test]
    fn a_shorter_line_leaves_nothing_of_a_longer_one_and_all_of_it_goes() {
        let mut screen = Screen::default();
        let mut out = Vec::new();
        screen.draw(&mut out, "a long line");
        screen.draw(&mut out, "short");
        screen.wipe(&mut out);
        screen.wipe(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\ra long line\rshort      \r           \r");
        let mut out = Vec::new();
        screen.asking = true;
        screen.draw(&mut out, "a long line");
        assert!(out.is_empty(), "nothing over a question");
    }

    #[test]
    fn what_ends_soon_is_never_told() {
        let busy = Busy::begin("never".to_owned(), Lang::En, 80, Duration::from_secs(3600));
        busy.counter().set(1, 2);
        drop(busy);
    }
}
