//! Errors for people: what, why, what next, and a code that can be searched.

use std::io::ErrorKind;

use faam_spec::exit::Exit;
use faam_spec::reason::{Fault, Reason};
use faam_wallet::ask::AskError;
use faam_wallet::backup::BackupError;
use faam_wallet::contact::ContactError;
use faam_wallet::text::foreign;
use faam_wallet::vault::VaultError;
use serde_json::{Value, json};

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
            hint: hint(reason).map(str::to_owned),
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

    /// What helps.
    pub(crate) fn next(&self) -> Option<&str> {
        self.hint.as_deref()
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
            "hint": self.hint,
        });
        (error, self.shown.as_ref().map(|shown| shown.data.clone()))
    }

    /// For stderr; `mark` is the first word, coloured or not.
    pub(crate) fn to_text(&self, mark: &str) -> String {
        let mut lines = vec![format!("{mark} {}", self.what)];
        if !self.what.contains(self.reason.sentence()) {
            lines.push(format!("  why:  {}", self.reason.sentence()));
        }
        if !self.at.is_empty() && !SILENT.contains(&self.at.as_str()) {
            lines.push(format!("  at:   {}", self.at));
        }
        if let Some(hint) = &self.hint {
            lines.push(format!("  next: {hint}"));
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

/// What to do next, where the same thing helps whatever was being done.
const fn hint(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::StoreMissing => "Make a wallet first: faam init",
        Reason::StoreExists => "It is left as it is. To have another one, name another folder with --home.",
        Reason::StoreLocked => {
            "Type the passphrase again; capitals count. Nobody can reset it; a backup has a passphrase of its own (faam backup restore FILE --home OTHER), and with your phrase you can make another wallet with the same keys: faam restore --home OTHER"
        }
        Reason::StoreInUse => "Wait until the other program ends, or end it.",
        Reason::StoreDamaged => "See what is intact, and what helps: faam doctor",
        Reason::BackupLocked => {
            "Type the backup's passphrase again; capitals count, and it may be another one than the wallet's. If nobody knows it: faam restore"
        }
        Reason::BackupDamaged => "Look for another copy of the file, or an older backup.",
        Reason::BackupNewer | Reason::StoreNewer => "Install the newer version of this program.",
        Reason::BackupForked => {
            "Choose one of the two and use it alone. A backup of the other one keeps its log. Markets offer their ratings again."
        }
        Reason::StoreIo => "Mend the cause and try again.",
        Reason::LinkMalformed => "Copy the whole link again, in quotes, exactly as it was shown.",
        Reason::LinkKind => "faam:offer links are for faam receive, faam:present links for faam present.",
        Reason::LinkExpired | Reason::OfferExpired | Reason::RequestExpired => "Ask for a new link.",
        Reason::OfferUsed | Reason::OfferUnknown | Reason::NonceUsed | Reason::RequestUnknown => {
            "A link works once. Ask for a new one."
        }
        Reason::OfferCode => {
            "Look at the code in the market's own session and type it again. Five wrong codes end the offer."
        }
        Reason::OfferLocked => "Ask the market for a new offer.",
        Reason::OfferHolder | Reason::OfferBound => {
            "If you lost the other wallet, the market can bind your account to this one."
        }
        Reason::NetUnreachable | Reason::NetTimeout => {
            "Are you online, and is the other side running? It may have another address since it was started again: then ask for a new link, which names the new one. What has arrived is kept."
        }
        Reason::NetClosed | Reason::NetBusy => {
            "Are you online, and is the other side running? Try again in a while; what has arrived is kept."
        }
        Reason::NetPeer | Reason::RequestPeer | Reason::RequestAudience => {
            "Do not go on with this link. Ask for a new one by a way you trust."
        }
        Reason::EpochForked => "Both records are kept, as evidence against the market: faam doctor",
        Reason::RequestClimbing => {
            "Nothing was told to them, not even this. Ask them why they want to know more than before."
        }
        Reason::RequestMilestones => {
            "Nothing was told to them. No request may ask for this; tell them the code."
        }
        Reason::NothingToShow => "See what you hold: faam passport",
        Reason::RatingWithdrawn => "Ask the market for a new offer when its next epoch has begun.",
        Reason::EpochFuture | Reason::NotYetValid | Reason::KeyBindingFuture | Reason::KeyBindingStale => {
            "Compare your clock with another one: faam doctor"
        }
        Reason::Internal => "Please report it, with the code and what you did.",
        _ => return None,
    })
}
