//! Policies by name: which files there are, read and checked when the configuration is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use faam_spec::name::shown;
use faam_spec::reason::Reason;
use faam_verifier::Policy;
use faam_verifier::policy::MAX_FILE_BYTES;
use toml::{Table, Value};

use super::{Config, ConfigError};
use crate::core::OwnName;
use crate::files;

/// Most policies of a node.
pub const MAX_POLICIES: usize = 64;

/// Keys of a policy file that are not taken in `[policy]`, because they say what is needed.
const NEEDS: [&str; 5] = ["markets", "standing", "ratings", "private", "newcomer"];

/// Refuses what `[policy]` does not take, and says where it belongs.
pub(super) fn check_general(policy: &Table, path: &Path) -> Result<(), ConfigError> {
    match NEEDS.iter().find(|key| policy.contains_key(**key)) {
        None => Ok(()),
        Some(key) => Err(ConfigError::Value {
            path: path.to_owned(),
            key: "policy",
            why: format!(
                "{key}: [policy] is for requests that say themselves what they ask; what is needed goes into a policy file, and \
                 that into [policies]"
            ),
        }),
    }
}

/// Reads the files that `[policies]` names, each counted from `folder`.
pub(super) fn read_all(
    named: BTreeMap<String, PathBuf>,
    folder: &Path,
    path: &Path,
) -> Result<BTreeMap<OwnName, Policy>, ConfigError> {
    let value = |why: String| ConfigError::Value { path: path.to_owned(), key: "policies", why };
    if named.len() > MAX_POLICIES {
        return Err(value(format!("there are at most {MAX_POLICIES}")));
    }
    let read = |(name, file): (String, PathBuf)| {
        let name: OwnName = name.parse().map_err(|_| {
            let why = "a policy's name has 1 to 64 of a-z, 0-9, '-' and '.', a letter or digit first";
            value(format!("'{}': {why}", shown(&name, 100)))
        })?;
        let policy = read_one(&name, &folder.join(file))?;
        Ok((name, policy))
    };
    named.into_iter().map(read).collect()
}

impl Config {
    /// What can hardly be meant, for whoever wrote the configuration: of each policy, in sentences that are safe to show. The node runs
    /// all the same.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let of_policy = |(name, policy): (&OwnName, &Policy)| {
            let unbelieved = policy.query().ok().and_then(|query| self.trust.trust.unbelieved(&query));
            let unbelieved = unbelieved.map(|unbelieved| format!("{unbelieved}."));
            let all = unbelieved.into_iter().chain(policy.warnings());
            all.map(|said| format!("policy '{name}': {said}")).collect::<Vec<_>>()
        };
        self.policies.iter().flat_map(of_policy).collect()
    }
}

fn read_one(name: &OwnName, file: &Path) -> Result<Policy, ConfigError> {
    let bad = |reason, message: String| ConfigError::Policy {
        name: name.to_string(),
        path: file.to_owned(),
        message,
        reason,
    };
    let text = read_text(file).map_err(|(reason, message)| bad(reason, message))?;
    let mut policy = Policy::parse(&text).map_err(|error| bad(error.reason(), error.to_string()))?;
    policy.query().map_err(|fault| bad(fault.reason(), fault.to_string()))?;
    // The decision says by which policy it was made, whether or not the file has a name for people.
    policy.name.get_or_insert_with(|| name.to_string());
    Ok(policy)
}

/// Reads a file that the configuration names, or says what is wrong with it, safe to show.
pub(super) fn read_text(file: &Path) -> Result<String, (Reason, String)> {
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let bytes = files::read_owned(file, limit).map_err(|error| {
        let reason = match error {
            files::FileError::Missing(_) => Reason::InputMissing,
            _ => error.reason(),
        };
        (reason, error.to_string())
    })?;
    String::from_utf8(bytes.to_vec()).map_err(|_| (Reason::FileSyntax, "it is not UTF-8".to_owned()))
}

/// Whether every entry of `[policies]` is a text.
pub(super) fn check_form(policies: &Table, path: &Path) -> Result<(), ConfigError> {
    match policies.iter().find(|(_, value)| !matches!(value, Value::String(_))) {
        None => Ok(()),
        Some((name, _)) => Err(ConfigError::Value {
            path: path.to_owned(),
            key: "policies",
            why: format!("'{}' is not the path of a file, in quotes", shown(name, 100)),
        }),
    }
}
