//! Results on stdout, everything else on stderr.

use std::io::{self, IsTerminal as _, Write as _};

use faam_spec::exit::Exit;
use faam_spec::name::{safe_json, shown};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use serde_json::json;

use super::error::CliError;

/// How results are printed.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
    /// The command's name, as the envelope states it.
    pub(crate) command: &'static str,
}

impl Output {
    /// A result: one JSON object on a line, or the lines that `text` gives.
    pub(crate) fn result<T: Serialize>(
        self,
        data: &T,
        text: impl FnOnce() -> Vec<String>,
    ) -> Result<(), CliError> {
        self.ended(Exit::Ok, data, text)
    }

    /// As [`Output::result`], of a command that ends with `exit`: `ok` is true where that is 0.
    pub(crate) fn ended<T: Serialize>(
        self,
        exit: Exit,
        data: &T,
        text: impl FnOnce() -> Vec<String>,
    ) -> Result<(), CliError> {
        let lines = match self.json {
            true => {
                //= spec/text/programs.md#REQ-PROGRAM-1
                //# `exit` MUST be the status with which the program ends, and `ok` is true exactly when that
                //# is 0.
                let ok = exit == Exit::Ok;
                let line =
                    json!({"v": 0, "command": self.command, "ok": ok, "exit": exit.code(), "data": data});
                //= spec/text/programs.md#REQ-PROGRAM-2
                //# Foreign text in it MUST be escaped so that a terminal shows it as it is
                vec![safe_json(&line.to_string())]
            }
            // Paths and names are foreign text.
            //= spec/text/README.md#REQ-GEN-22
            //# Programs MUST show control, bidirectional, zero-width and other invisible characters as
            //# `\u{…}`
            false => {
                text().iter().flat_map(|line| line.split('\n')).map(|line| shown(line, usize::MAX)).collect()
            }
        };
        let mut stdout = io::stdout().lock();
        let failed = |source| CliError::Io { step: "write the result", source };
        for line in lines {
            writeln!(stdout, "{line}").map_err(failed)?;
        }
        stdout.flush().map_err(failed)
    }

    /// As [`Output::result`], of values that programs read line by line, and people with a label before each.
    pub(crate) fn labelled<T: Serialize>(self, data: &T, values: &[(&str, &str)]) -> Result<(), CliError> {
        let people = io::stdout().is_terminal();
        let width = values.iter().map(|(label, _)| label.len()).max().unwrap_or_default() + 2;
        let line = |(label, value): &(&str, &str)| match people {
            true => format!("{label:<width$}{value}"),
            false => (*value).to_owned(),
        };
        self.result(data, || values.iter().map(line).collect())
    }

    /// A remark for the person at the terminal.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            to_stderr(text);
        }
    }

    /// How far something has come: on a terminal only, over and over on one line.
    pub(crate) fn progress(self, text: &str, done: bool) {
        let mut stderr = io::stderr().lock();
        if !self.json && stderr.is_terminal() {
            // There is nobody to tell when the terminal has gone.
            let _ = write!(stderr, "\r{text}{}", if done { "\n" } else { "" });
            let _ = stderr.flush();
        }
    }

    pub(crate) fn error(self, error: &CliError) {
        let (code, next) = (error.code(), error.next());
        // Paths and lines of files are foreign text.
        let sentence = match error {
            // What it shows of the file was made safe line by line.
            CliError::Config(error) => error.to_string(),
            _ => shown(&error.to_string(), 2000),
        };
        if self.json {
            let told = json!({"code": code, "sentence": sentence, "hint": next});
            //= spec/text/programs.md#REQ-PROGRAM-1
            //# `exit` MUST be the status with which the program ends
            let exit = error.exit().code();
            let line = json!({"v": 0, "command": self.command, "ok": false, "exit": exit, "error": told});
            let _ = writeln!(io::stdout().lock(), "{}", safe_json(&line.to_string()));
        } else {
            //= spec/text/codes.md#REQ-CODE-1
            //# print the code with the sentence
            to_stderr(&format!("error: {sentence} [{code}]"));
            if let Some(next) = next {
                to_stderr(&format!("next: {next}"));
            }
        }
    }

    /// The QR code of a link, on stderr: if that is a terminal, or if it was asked for.
    pub(crate) fn qr(self, link: &str, asked: bool) {
        if !asked && (self.json || !io::stderr().is_terminal()) {
            return;
        }
        // A link is short enough for every level; without the code there is still the link.
        if let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) {
            // Light on dark, as most terminals are; readers take both.
            let image =
                code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
            to_stderr(&image);
        }
    }
}

/// A number of things, such as `1 event` and `2 events`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A line on stderr. When nobody listens there, nobody is told.
pub(crate) fn to_stderr(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
