//! `faam config`: what is set, and where that comes from.

use faam_spec::reason::Reason;
use faam_spec::words::Lang;
use faam_wallet::text::{foreign, pad};
use serde_json::{Value, json};

use crate::args::ConfigCommand;
use crate::failure::Failure;
use crate::settings::Origin;
use crate::shell::{Report, Shell};
use crate::words::config as said;

/// Longest value that is shown, in bytes.
const LONGEST: usize = 4096;

pub(super) fn run(shell: &Shell, command: &ConfigCommand) -> Result<Report, Failure> {
    match command {
        ConfigCommand::List(args) => Ok(list(shell, args.show_origin)),
        ConfigCommand::Path => path(shell),
    }
}

fn list(shell: &Shell, show_origin: bool) -> Report {
    let listed = shell.settings.listed();
    let width = listed.iter().map(|row| row.0.len()).max().unwrap_or(0);
    let mut lines = vec![place(shell)];
    let mut rows = Vec::new();
    for (name, value, origin, from) in listed {
        let mut line = format!("{}  {}", pad(name, width), words(shell.lang, &value));
        if show_origin {
            line.push_str(&format!("\n{}  ({})", pad("", width), origin_words(shell.lang, origin, from)));
        }
        lines.push(line);
        rows.push(json!({"name": name, "value": value, "origin": origin, "from": from}));
    }
    let (file, exists) = file(shell);
    Report { data: json!({"file": file, "exists": exists, "settings": rows}), text: lines.join("\n") }
}

fn path(shell: &Shell) -> Result<Report, Failure> {
    let (file, exists) = file(shell);
    let Some(path) = &file else {
        return Err(Failure::new(Reason::InputMissing, &said::no_place(shell.lang))
            .at("HOME")
            .hint(&said::no_place_hint(shell.lang)));
    };
    let text = foreign(path, LONGEST);
    Ok(Report { data: json!({"file": file, "exists": exists}), text })
}

fn file(shell: &Shell) -> (Option<String>, bool) {
    let file = shell.settings.file.as_ref();
    (file.map(|(path, _)| path.to_string_lossy().into_owned()), file.is_some_and(|(_, there)| *there))
}

fn place(shell: &Shell) -> String {
    match file(shell) {
        (Some(path), true) => said::file(shell.lang, foreign(&path, LONGEST)),
        (Some(path), false) => said::no_file(shell.lang, foreign(&path, LONGEST)),
        (None, _) => said::no_place(shell.lang),
    }
}

fn words(lang: Lang, value: &Value) -> String {
    match value {
        Value::Null => said::unset(lang),
        Value::String(text) => foreign(text, LONGEST),
        other => other.to_string(),
    }
}

fn origin_words(lang: Lang, origin: Origin, from: &str) -> String {
    match origin {
        Origin::Flag => said::by_flag(lang, from),
        Origin::Environment => said::by_environment(lang, from),
        Origin::File => said::by_file(lang, from),
        Origin::Terminal => said::by_terminal(lang),
        Origin::Default => said::by_default(lang),
    }
}
