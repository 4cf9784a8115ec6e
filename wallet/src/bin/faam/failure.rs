//! Errors for people: what, why, what next, and a code that can be searched.

use std::io::ErrorKind;

use faam_spec::exit::Exit;
use faam_spec::reason::{Fault, Reason};
use faam_spec::words::Lang;
use faam_wallet::ask::AskError;
use faam_wallet::backup::BackupError;
use faam_wallet::contact::ContactError;
use faam_wallet::persona::PersonaError;
use faam_wallet::text::{foreign, pad};
use faam_wallet::vault::VaultError;
use serde_json::{Value, json};

use crate::words::failure as said;

/// Longest text of an error that may hold foreign words, in bytes.
const LIMIT: usize = 1_000;

/// Places that tell a program something and a person nothing.
const SILENT: [&str; 6] = ["vault", "peer", "network", "answer", "consent", "terminal"];

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    reason: Reason,
    exit: Exit,
    what: String,
    at: String,
    hint: Option<String>,
    shown: Option<Box<Shown>>,
}

/// What there is to show in spite of the failure.
#[derive(Debug)]
struct Shown {
    data: Value,
    text: Option<String>,
}

impl Failure {
    /// `what` failed for `reason`.
    pub(crate) fn new(reason: Reason, what: &str) -> Self {
        Self {
            reason,
            exit: reason.exit(),
            what: what.to_owned(),
            at: String::new(),
            hint: None,
            shown: None,
        }
    }

    pub(crate) fn at(mut self, at: &str) -> Self {
        self.at = at.to_owned();
        self
    }

    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    pub(crate) const fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub(crate) fn data(mut self, data: Value) -> Self {
        self.shown = Some(Box::new(Shown { data, text: None }));
        self
    }

    /// What there is to show all the same, as JSON and as text: it goes to stdout.
    pub(crate) fn showing(mut self, data: Value, text: String) -> Self {
        self.shown = Some(Box::new(Shown { data, text: Some(text) }));
        self
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.shown.as_ref()?.text.as_deref()
    }

    pub(crate) const fn reason(&self) -> Reason {
        self.reason
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// What helps: here, or whenever there is this reason.
    pub(crate) fn next(&self, lang: Lang) -> Option<String> {
        self.hint.clone().or_else(|| said::hint(self.reason, lang))
    }

    pub(crate) const fn code(&self) -> Exit {
        self.exit
    }

    /// The same under another headline.
    pub(crate) fn during(mut self, what: &str) -> Self {
        self.what = format!("{what}: {}", self.what);
        self
    }

    pub(crate) fn to_json(&self) -> (Value, Option<Value>) {
        let error = json!({
            "code": self.reason,
            "sentence": self.reason.sentence(),
            "what": self.what,
            "at": self.at,
            "hint": self.next(Lang::En),
        });
        (error, self.shown.as_ref().map(|shown| shown.data.clone()))
    }

    /// For stderr, in a language; `mark` is the first word, coloured or not.
    pub(crate) fn to_text(&self, mark: &str, lang: Lang) -> String {
        let why = self.reason.sentence_in(lang);
        // What has nothing of its own to say is the sentence of its reason.
        let what = if self.what == self.reason.sentence() { why } else { &self.what };
        let mut lines = vec![format!("{mark} {what}")];
        if !what.contains(why) {
            lines.push(format!("  {} {why}", pad(&said::why(lang), 5)));
        }
        if !self.at.is_empty() && !SILENT.contains(&self.at.as_str()) {
            lines.push(format!("  {} {}", pad(&said::at(lang), 5), self.at));
        }
        if let Some(hint) = self.next(lang) {
            lines.push(format!("  {} {hint}", pad(&said::next(lang), 5)));
        }
        //= spec/text/codes.md#REQ-CODE-1
        //# print the code with the sentence
        lines.push(format!("  code: {}", self.reason.code()));
        lines.join("\n")
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::new(fault.reason(), fault.reason().sentence()).at(fault.at())
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let failure = Self::new(error.reason(), &foreign(&error.sentence(), LIMIT));
        let failure = match error.system() {
            Some(system) => failure.hint(mend(system.kind())),
            None => failure,
        };
        match &error {
            VaultError::Content(fault) => failure.at(fault.at()),
            _ => failure.at("vault"),
        }
    }
}

impl From<PersonaError> for Failure {
    fn from(error: PersonaError) -> Self {
        let error = match error {
            PersonaError::Vault(error) => return error.into(),
            error => error,
        };
        let failure = Self::new(error.reason(), &foreign(&error.to_string(), LIMIT)).at("NAME");
        match &error {
            PersonaError::Unknown { nearest: Some(nearest), .. } => {
                failure.hint(&format!("Did you mean '{nearest}'? See them all: faam persona list"))
            }
            PersonaError::Unknown { .. } => {
                failure.hint("See them all: faam persona list. Make one: faam persona new NAME")
            }
            PersonaError::Taken(_) | PersonaError::Kept(_) => failure.hint("Choose another name."),
            PersonaError::Full => failure.hint("Use one of those that you have: faam persona list"),
            _ => failure,
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let error = match error {
            BackupError::Vault(error) => return error.into(),
            error => error,
        };
        let failure = Self::new(error.reason(), &foreign(&error.to_string(), LIMIT)).at("FILE");
        match &error {
            BackupError::Io { source, .. } => failure.hint(mend(source.kind())),
            BackupError::Exists { .. } => failure.hint("Name another file, best with the day in its name."),
            BackupError::Inside { .. } => failure.hint("Name a file elsewhere, best on another disk."),
            BackupError::NotText => failure.at("--backup-passphrase-file").hint("Choose one that is text."),
            BackupError::OtherLock { by_passphrase: true } => {
                failure.hint("Leave --identity out, and give the backup's passphrase.")
            }
            BackupError::OtherLock { by_passphrase: false } => failure.hint("Give --identity FILE."),
            _ => failure,
        }
    }
}

/// What helps where the system would not read or write.
pub(crate) const fn mend(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "Make room on the disk and try again.",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "You may not write there. Name another folder with --home, or make this one yours."
        }
        ErrorKind::InvalidFilename => "The folder's name is too long. Name another one with --home.",
        ErrorKind::NotADirectory => {
            "A part of the path is a file where a folder should be. Name another one with --home."
        }
        _ => "Mend the cause and try again.",
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        let failure = match error {
            AskError::Vault(error) => return error.into(),
            AskError::Fault(fault) => return fault.into(),
            ref error => Self::new(error.reason(), &foreign(&error.to_string(), LIMIT)),
        };
        match error {
            AskError::Input { what, why } => Self::new(failure.reason, why).at(what),
            AskError::Policy(_) => failure.at("--policy"),
            AskError::Trust(_) => failure.at("--trust"),
            AskError::Unbelieved(_) => failure.at("--trust").hint(
                "Say whom you believe: faam trust add MARKET; of a market of which you hold nothing, with --issuer DID. What you already believe: faam trust list",
            ),
            _ => failure.at("asks").hint("See them: faam asks"),
        }
    }
}

impl From<ContactError> for Failure {
    fn from(error: ContactError) -> Self {
        let error = match error {
            ContactError::Vault(error) => return error.into(),
            error => error,
        };
        let what = match &error {
            ContactError::Fault(fault) => fault.reason().sentence().to_owned(),
            ContactError::Refused(code) => format!("the other side refused: {}", code.sentence()),
            ContactError::Offer(refused) => {
                let why = refused.conflict().map(faam_wallet::receive::Conflict::sentence);
                let why = why.unwrap_or_else(|| refused.fault().reason().sentence().to_owned());
                format!("the whole offer was refused: {why}")
            }
            other => foreign(&other.to_string(), LIMIT),
        };
        let failure = Self::new(error.reason(), &what).at(error.at());
        match &error {
            ContactError::Unconfirmed(_) => failure.hint(
                "Your ratings are kept. Run the same command again, so that the market knows that the offer was taken.",
            ),
            ContactError::Offer(refused) if refused.conflict().is_some() => failure.hint(
                "What you held stays as it was. Both sides of the contradiction are kept; ask the market, and see faam doctor.",
            ),
            ContactError::Offer(_) => {
                failure.hint("What you held stays as it was. Tell the market this code, and ask for a new offer.")
            }
            _ => failure,
        }
    }
}
