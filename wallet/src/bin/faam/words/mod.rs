//! What `faam` says, in English and in Dutch: a file for each command, a name for each text.
//!
//! A text stands here once in both languages, as [`faam_spec::sentences!`] makes it, and is chosen by the language of the shell; a
//! text without Dutch does not compile. JSON is English, so a shell that prints JSON has English.

pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod failure;
pub(crate) mod init;
pub(crate) mod listen;
pub(crate) mod progress;
pub(crate) mod shell;
pub(crate) mod vault;

#[cfg(test)]
mod tests {
    /// Name, English and Dutch of each sentence.
    type Table = &'static [(&'static str, &'static str, &'static str)];

    /// Every table of texts.
    const TABLES: &[(&str, Table)] = &[
        ("backup", super::backup::ALL),
        ("config", super::config::ALL),
        ("doctor", super::doctor::ALL),
        ("failure", super::failure::ALL),
        ("init", super::init::ALL),
        ("listen", super::listen::ALL),
        ("progress", super::progress::ALL),
        ("shell", super::shell::ALL),
        ("vault", super::vault::ALL),
    ];

    /// Sources of the program whose texts stand here. What is not in this list has texts of its own still; a file that has come here
    /// once stays.
    const SOURCES: &[(&str, &str)] = &[
        ("backup", include_str!("../commands/backup.rs")),
        ("config", include_str!("../commands/config.rs")),
        ("doctor", include_str!("../commands/doctor/mod.rs")),
        ("checks", include_str!("../commands/doctor/checks.rs")),
        ("explain", include_str!("../commands/explain.rs")),
        ("init", include_str!("../commands/init.rs")),
        ("passphrase", include_str!("../commands/passphrase.rs")),
        ("passport", include_str!("../commands/passport.rs")),
        ("phrase", include_str!("../commands/phrase.rs")),
        ("restore", include_str!("../commands/restore.rs")),
        ("shell_help", include_str!("../commands/shell_help.rs")),
        ("vault", include_str!("../commands/vault.rs")),
        ("progress", include_str!("../progress.rs")),
    ];

    /// The texts between quotation marks in a source, without comments and tests.
    fn literals(source: &str) -> Vec<String> {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: String = lines.flat_map(|line| [line, "\n"]).collect();
        // Characters such as '"' begin no text.
        let code = code.replace("'\"'", "' '");
        code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn no_sentence_stands_outside_of_the_catalogue() {
        // Names of flags, of commands and of what they take are the same in every language.
        let is_name = |text: &str| text.starts_with("faam ") || text.starts_with("--");
        let word =
            |word: &str| word.chars().filter(|c| c.is_alphabetic()).count() > 1 && !word.contains(['{', '%']);
        for (file, source) in SOURCES {
            for text in literals(source) {
                let words = text.split_whitespace().filter(|part| word(part)).count();
                assert!(words < 2 || is_name(&text), "{file}: “{text}” belongs into words");
            }
        }
        assert_eq!(literals("let a = \"one two\";\n// \"three\"\nb('\"', \"c\")"), ["one two", "c"]);
    }

    #[test]
    fn each_text_says_the_same_in_both_languages() {
        for (table, all) in TABLES {
            assert_eq!(faam_spec::words::faults(all), [""; 0], "{table}");
        }
    }
}
