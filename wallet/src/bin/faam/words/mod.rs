//! What `faam` says, in English and in Dutch: a file for each command, a name for each text.
//!
//! A text stands here once in both languages, as [`faam_spec::sentences!`] makes it, and is chosen by the language of the shell; a
//! text without Dutch does not compile. JSON is English, so a shell that prints JSON has English.

pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod listen;
pub(crate) mod progress;
pub(crate) mod vault;

#[cfg(test)]
mod tests {
    /// Every table of texts.
    const TABLES: &[(&str, &[(&str, &str, &str)])] =
        &[("backup", super::backup::ALL), ("init", super::init::ALL), ("vault", super::vault::ALL), ("config", super::config::ALL), ("doctor", super::doctor::ALL), ("listen", super::listen::ALL), ("progress", super::progress::ALL)];

    #[test]
    fn each_text_says_the_same_in_both_languages() {
        for (table, all) in TABLES {
            assert_eq!(faam_spec::words::faults(all), [""; 0], "{table}");
        }
    }
}
