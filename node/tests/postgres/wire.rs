//! A line to the database that can be cut in the middle of a commit.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// When the line is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the database hears of the commit.
    Before,
    /// After it heard, before the answer arrives.
    After,
}

/// A socket that leads to the database's, and can be cut at the next COMMIT.
pub struct Line {
    dir: PathBuf,
    /// 0 never, 1 before, 2 after; back to 0 when it was cut.
    next: Arc<AtomicU32>,
    /// How often it was cut.
    pub cuts: Arc<AtomicU32>,
}

impl Line {
    pub fn new(dir: &Path, to: &Path) -> Self {
        let listener = UnixListener::bind(dir.join(".s.PGSQL.5432")).unwrap();
        let line = Self { dir: dir.to_owned(), next: Arc::default(), cuts: Arc::default() };
        let (next, cuts, to) = (Arc::clone(&line.next), Arc::clone(&line.cuts), to.join(".s.PGSQL.5432"));
        std::thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                let Ok(there) = UnixStream::connect(&to) else { continue };
                let (next, cuts) = (Arc::clone(&next), Arc::clone(&cuts));
                let (answers, to_here) = (there.try_clone().unwrap(), here.try_clone().unwrap());
                std::thread::spawn(move || carry(answers, to_here, |_| true));
                std::thread::spawn(move || {
                    let (cut_here, cut_there) = (here.try_clone().unwrap(), there.try_clone().unwrap());
                    carry(here, there, |bytes| {
                        if !bytes.windows(6).any(|word| word == b"COMMIT") {
                            return true;
                        }
                        match next.swap(0, Ordering::SeqCst) {
                            0 => return true,
                            1 => {
                                let _ = cut_there.shutdown(Shutdown::Both);
                            }
                            _ => {
                                // The database gets it, and nobody hears what it says.
                                let _ = cut_here.shutdown(Shutdown::Both);
                                let _ = (&cut_there).write_all(bytes);
                            }
                        }
                        cuts.fetch_add(1, Ordering::SeqCst);
                        let _ = cut_here.shutdown(Shutdown::Both);
                        false
                    });
                });
            }
        });
        line
    }

    pub fn cut(&self, when: Cut) {
        self.next.store(if when == Cut::Before { 1 } else { 2 }, Ordering::SeqCst);
    }

    pub fn url(&self) -> String {
        format!("postgresql://faam@{}/postgres", self.dir.to_str().unwrap().replace('/', "%2F"))
    }
}

fn carry(mut from: UnixStream, mut to: UnixStream, goes_on: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !goes_on(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
