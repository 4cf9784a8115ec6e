//! How a program that waits for answers notices that another one asked or took something back, without opening the wallet.
//!
//! A small file beside the vault has another text after each change of what was asked. It says nothing else.

use std::path::Path;

use rand_core::RngCore as _;

use super::Vault;

/// The file's name in the wallet's folder.
const FILE: &str = "asks.changed";
/// Longest text of it that is read, in bytes.
const MAX_BYTES: u64 = 64;

/// What the file says; the same text means that nothing was asked or taken back since.
#[must_use]
pub fn asks_mark(home: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(home.join(FILE)).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

impl Vault {
    /// Gives the file another text. This comes before the change itself, while nobody else can open the vault: whoever sees the new
    /// text opens the vault after the change, or after this program was killed and nothing was changed.
    ///
    /// Where it cannot be written, whoever waits looks at what was asked when they next open the wallet.
    pub(super) fn tell_listener(&self) {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = std::fs::OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let text = format!("{:016x}\n", rand::rngs::OsRng.next_u64());
        let written =
            options.open(self.dir().join(FILE)).and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::debug!(%error, "whoever waits for answers could not be told");
        }
    }
}
