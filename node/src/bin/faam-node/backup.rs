//! `faam-node backup`

use std::path::{Path, PathBuf};

use clap::Args;
use faam_node::config::Config;
use faam_node::files;
use faam_node::identity::Identity;
use faam_node::storage::NodeStore;
use faam_spec::exit::Exit;
use serde_json::json;

use super::error::CliError;
use super::init::CONFIG_NAME;
use super::output::Output;
use super::{At, Ended};

/// Largest configuration or key file, in bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024;

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    at: At,
    /// The folder for the copy; it must not be there yet, or be empty. It holds the keys: keep it where only you get at it.
    out: PathBuf,
}

impl Backup {
    pub(crate) fn run(self, output: Output) -> Ended {
        let config = self.at.read()?;
        files::check_folder(&config.dir)?;
        if is_inside(&self.out, &config.dir) {
            return Err(CliError::Input {
                what: "OUT",
                why: "it lies in the state folder, and would be lost with it; name a folder elsewhere, best on another disk"
                    .to_owned(),
            });
        }
        // Whoever has the store open holds its lock, so that nothing changes while it is copied.
        let original = NodeStore::open(&config.store_dir(), &config.store_key())?;
        files::make_folder(&self.out)?;
        let copy_at = Config { dir: self.out.clone(), ..config.clone() };
        let copy = NodeStore::create(&copy_at.store_dir(), &copy_at.store_key())?;
        let records = original.copy_to(&copy)?;
        drop(copy);
        for (from, to) in
            [(config.api_key(), copy_at.api_key()), (self.at.config.clone(), self.out.join(CONFIG_NAME))]
        {
            files::write_new(&to, &files::read_private(&from, MAX_FILE_BYTES)?)?;
        }

        // State folders that were made before there were webhooks have none.
        if config.webhook_key().exists() {
            let secrets = files::read_private(&config.webhook_key(), MAX_FILE_BYTES)?;
            files::write_new(&copy_at.webhook_key(), &secrets)?;
        }

        // A backup that was not opened is a hope.
        let copy = NodeStore::open(&copy_at.store_dir(), &copy_at.store_key())?;
        let found = copy.check()?;
        let same = Identity::load(&copy)?.verifier().did() == Identity::load(&original)?.verifier().did();
        if found != records || !same {
            return Err(CliError::Input {
                what: "backup",
                why: "the copy is not what was copied; remove it and try again on another disk".to_owned(),
            });
        }
        let data = json!({"folder": self.out, "records": records});
        output.result(&data, || {
            vec![format!("{records} records in {}, opened and checked", self.out.display())]
        })?;
        output.note(
            "To restore: stop the node, move its folder away, copy this one to its place. Never run both. \
             Offers and requests that are open in it end when it is first started.",
        );
        Ok(Exit::Ok)
    }
}

/// Whether a folder, which may not be there yet, is `folder` or lies in it.
fn is_inside(out: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let Ok(out) = std::path::absolute(out) else { return false };
    // What is there of the path tells, with links followed; the rest would be made below it.
    let there = out.ancestors().find_map(|part| part.canonicalize().ok());
    there.is_some_and(|there| there.starts_with(folder))
}
