//! What can be said on the command line.

mod ask;

use std::path::PathBuf;

pub(crate) use ask::{Ask, AsksCommand, AsksOne, AsksShow, TrustAdd, TrustCommand, TrustRemove};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use faam_spec::words::Lang;

const EXAMPLES: &str = "\
Examples:
  faam init                                     make a wallet
  faam receive 'faam:offer?…' --code 7KQ2-M9XD  take what a market offers
  faam passport                                 see your good name
  faam present 'faam:present?…' --dry-run       see what would be shown, and to whom
  faam listen                                   keep it fresh, at random times, and take answers
  faam ask --policy lodger --purpose 'The room' ask somebody for their good name
  faam log                                      see who knows what
  faam backup create FILE                       everything in one encrypted file
  faam backup restore FILE                      the same wallet on another machine
  faam restore                                  make a wallet again, with the keys of your phrase

The wallet is kept in --home, else $FAAM_HOME, else where the settings say, else $XDG_DATA_HOME/faam, else
~/.local/share/faam. Settings are in $XDG_CONFIG_HOME/faam/config.toml, else ~/.config/faam/config.toml.
Exit status: 0 done, 1 failure, 2 usage, 3 refused, 4 undecided, 5 locked, 6 untrusted, 7 withdrawn, 8 network,
9 damaged, 10 in use, 11 not agreed.
With --json, one line on stdout: {\"v\":0,\"command\":…,\"ok\":…,\"exit\":…} with \"data\", and \"error\" if it failed:
{\"code\":…,\"sentence\":…,\"what\":…,\"at\":…,\"hint\":…}.";

/// Hold your ratings yourself, and show them to whom you choose.
#[derive(Debug, Parser)]
#[command(name = "faam", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// One line of JSON on stdout instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Never ask; fail and name the flag that is missing.
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// The wallet's folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Under which of your personas; else $FAAM_PERSONA. Needed to receive, import and show where there are several.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) persona: Option<String>,
    /// Read the passphrase from a file that only you can read.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "passphrase_fd")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Read the passphrase from a file descriptor.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) passphrase_fd: Option<u32>,
    /// When to use colour: auto unless set otherwise. Nothing is told by colour alone.
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub(crate) color: Option<ColorWhen>,
    /// The language, en or nl; that of the environment unless set otherwise.
    #[arg(long, global = true)]
    pub(crate) lang: Option<Lang>,
    /// Seconds for which another side is waited for when it is called, 1 to 600; 20 unless set otherwise.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(crate::settings::TIMEOUT))]
    pub(crate) timeout: Option<u64>,
    /// Trace what is done, on stderr (FAAM_LOG chooses what).
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PickWhich {
    /// The newest first.
    Newest,
    /// The best valued first.
    Best,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a wallet.
    Init(Init),
    /// Take the ratings that a market offers; everything is checked before anything is kept.
    Receive(Receive),
    /// Bring in credentials of others, mails with ratings, and exports; each is judged, and shown with how it is known.
    Import(Import),
    /// Hand on, or forget, what was brought in.
    #[command(subcommand)]
    Evidence(Evidence),
    /// List the ratings that you hold.
    Ratings(Ratings),
    /// See your good name: how many, how good, since when, what has changed.
    Passport,
    /// Answer a verifier's request, once you agree to what would be shown.
    Present(Present),
    /// Ask somebody to show you something: a link for them, answered while you are on line; no marketplace takes part.
    Ask(Box<Ask>),
    /// See what you asked of others, and what came of it.
    Asks {
        #[command(subcommand)]
        command: Option<AsksCommand>,
    },
    /// Say which markets you believe when others show you what these state.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Renew what you hold, now; the market sees it, so better let faam listen do it at random times.
    Refresh(Refresh),
    /// Go on until ended, take answers to what you asked, and renew what you hold at random times.
    Listen(Listen),
    /// See what was received, shown, refused and declined; newest first.
    Log(Log),
    /// See who knows what of you, why, and until when.
    Who(Who),
    /// Block a party, and ask it to erase what it was shown; without one, see who is blocked and what was asked.
    Stop(Stop),
    /// Names that you keep apart in this wallet, each with keys of its own.
    #[command(subcommand)]
    Persona(PersonaCommand),
    /// See your rules: what is answered, asked and refused without asking you each time.
    Rules {
        #[command(subcommand)]
        command: Option<RulesCommand>,
    },
    /// Check the wallet, and say how to mend what is wrong; ends with 0 if all is well.
    Doctor(Doctor),
    /// See what is set, and where that comes from.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show the recovery phrase again, on a terminal only.
    Phrase(Phrase),
    /// Change the passphrase.
    Passphrase(Passphrase),
    /// Make a wallet again, with the keys of your recovery phrase; says what else is needed.
    Restore(Restore),
    /// Everything that you hold, in one encrypted file, and back.
    #[command(subcommand)]
    Backup(Backup),
    /// Look after the files of the wallet.
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Print a script that completes commands in a shell.
    Completions(Completions),
    /// Write pages for man, one for each command.
    Man(Man),
    /// Say what a code means, and what to do about it; without one, list all codes.
    Explain(Explain),
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Receive(_) => "receive",
            Self::Import(_) => "import",
            Self::Evidence(Evidence::Export(_)) => "evidence export",
            Self::Evidence(Evidence::Forget(_)) => "evidence forget",
            Self::Ratings(_) => "ratings",
            Self::Passport => "passport",
            Self::Present(_) => "present",
            Self::Ask(_) => "ask",
            Self::Asks { command: None } => "asks",
            Self::Asks { command: Some(AsksCommand::Show(_)) } => "asks show",
            Self::Asks { command: Some(AsksCommand::Revoke(_)) } => "asks revoke",
            Self::Asks { command: Some(AsksCommand::Forget(_)) } => "asks forget",
            Self::Trust(TrustCommand::List) => "trust list",
            Self::Trust(TrustCommand::Add(_)) => "trust add",
            Self::Trust(TrustCommand::Remove(_)) => "trust remove",
            Self::Refresh(_) => "refresh",
            Self::Listen(_) => "listen",
            Self::Log(Log { command: Some(LogCommand::Export(_)), .. }) => "log export",
            Self::Log(_) => "log",
            Self::Who(_) => "who",
            Self::Stop(_) => "stop",
            Self::Rules { command: None } => "rules",
            Self::Rules { command: Some(RulesCommand::Use(_)) } => "rules use",
            Self::Rules { command: Some(RulesCommand::Test(_)) } => "rules test",
            Self::Persona(PersonaCommand::New(_)) => "persona new",
            Self::Persona(PersonaCommand::List) => "persona list",
            Self::Persona(PersonaCommand::Show(_)) => "persona show",
            Self::Persona(PersonaCommand::Rename(_)) => "persona rename",
            Self::Doctor(_) => "doctor",
            Self::Config(ConfigCommand::List(_)) => "config list",
            Self::Config(ConfigCommand::Path) => "config path",
            Self::Phrase(_) => "phrase",
            Self::Passphrase(_) => "passphrase",
            Self::Restore(_) => "restore",
            Self::Backup(Backup::Create(_)) => "backup create",
            Self::Backup(Backup::Verify(_)) => "backup verify",
            Self::Backup(Backup::Restore(_)) => "backup restore",
            Self::Vault(VaultCommand::Check) => "vault check",
            Self::Vault(VaultCommand::Repair(_)) => "vault repair",
            Self::Vault(VaultCommand::Compact) => "vault compact",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::Explain(_) => "explain",
        }
    }

    /// Whether it is done under a persona, or can be told of one alone.
    pub(crate) const fn is_of_persona(&self) -> bool {
        matches!(
            self,
            Self::Receive(_)
                | Self::Import(_)
                | Self::Evidence(_)
                | Self::Ratings(_)
                | Self::Passport
                | Self::Present(_)
                | Self::Ask(_)
                | Self::Refresh(_)
                | Self::Listen(_)
                | Self::Log(_)
                | Self::Who(_)
        )
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonaCommand {
    /// Make another one. Nothing that you do under it can be tied to the others, as far as a wallet can see to that.
    New(PersonaNew),
    /// List them.
    List,
    /// See one: what it holds, with which keys, and who was shown something under it.
    Show(PersonaShow),
    /// Call one otherwise; its keys stay.
    Rename(PersonaRename),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PersonaNew {
    /// What you call it; nobody else learns that.
    pub(crate) name: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PersonaShow {
    /// Its name.
    pub(crate) name: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PersonaRename {
    /// Its name now.
    pub(crate) name: String,
    /// Its name from now on.
    pub(crate) to: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// The code, such as net.unreachable, or a family of codes such as net.
    pub(crate) code: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Doctor {
    /// Call the node of each market too, which sees that somebody does and from where.
    #[arg(long)]
    pub(crate) online: bool,
    /// Make a report for asking others for help, without names, values and secrets; to a new file, or stdout.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Every setting with its value.
    List(ConfigList),
    /// Where the file of settings is.
    Path,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ConfigList {
    /// Say where each value comes from: a flag, the environment, the file, or nobody.
    #[arg(long)]
    pub(crate) show_origin: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// Make the wallet with the keys of a recovery phrase that was written down before.
    #[arg(long)]
    pub(crate) restore: bool,
    /// Read the phrase from a file that only you can read, instead of asking for it.
    #[arg(long, value_name = "FILE", requires = "restore")]
    pub(crate) phrase_file: Option<PathBuf>,
    /// For tests: stretch the passphrase no more than the least that is accepted.
    #[arg(long, hide = true)]
    pub(crate) kdf_floor: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Phrase {
    /// Type it instead, to see that what you wrote down is right.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Passphrase {
    /// Read the new passphrase from a file that only you can read.
    #[arg(long, value_name = "FILE", conflicts_with = "new_passphrase_fd")]
    pub(crate) new_passphrase_file: Option<PathBuf>,
    /// Read the new passphrase from a file descriptor.
    #[arg(long, value_name = "N")]
    pub(crate) new_passphrase_fd: Option<u32>,
    /// For tests: stretch the passphrase no more than the least that is accepted.
    #[arg(long, hide = true)]
    pub(crate) kdf_floor: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Restore {
    /// Read the phrase from a file that only you can read, instead of asking for it.
    #[arg(long, value_name = "FILE")]
    pub(crate) phrase_file: Option<PathBuf>,
    /// For tests: stretch the passphrase no more than the least that is accepted.
    #[arg(long, hide = true)]
    pub(crate) kdf_floor: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Write everything into one encrypted file, and open it again to see that it can be.
    Create(BackupCreate),
    /// Open a backup, compute everything in it, and compare it with the wallet here.
    Verify(BackupVerify),
    /// Make the wallet of a backup here, where there is none.
    Restore(BackupRestore),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BackupKey {
    /// Read the backup's passphrase from a file that only you can read.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["backup_passphrase_fd", "identity"])]
    pub(crate) backup_passphrase_file: Option<PathBuf>,
    /// Read the backup's passphrase from a file descriptor.
    #[arg(long, value_name = "N", conflicts_with = "identity")]
    pub(crate) backup_passphrase_fd: Option<u32>,
    /// A file with an age identity (AGE-SECRET-KEY-1…) that only you can read, in the place of a passphrase.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BackupCreate {
    /// The file, which must not be there; best on another disk, and not in the wallet's folder.
    pub(crate) file: PathBuf,
    /// Lock it for an age recipient (age1…) in the place of a passphrase; may be given several times.
    #[arg(long, value_name = "RECIPIENT", conflicts_with_all = ["backup_passphrase_file", "backup_passphrase_fd"])]
    pub(crate) recipient: Vec<String>,
    #[command(flatten)]
    pub(crate) key: BackupKey,
    /// For tests: stretch the passphrase hardly.
    #[arg(long, hide = true)]
    pub(crate) kdf_floor: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BackupVerify {
    /// The backup.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) key: BackupKey,
    /// Do not compare it with the wallet here.
    #[arg(long)]
    pub(crate) alone: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BackupRestore {
    /// The backup.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) key: BackupKey,
    /// For tests: stretch the passphrase no more than the least that is accepted.
    #[arg(long, hide = true)]
    pub(crate) kdf_floor: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Read everything, and compute it again.
    Check,
    /// Make a damaged wallet usable again with what is intact.
    Repair(VaultRepair),
    /// Make the files smaller: what was replaced or deleted leaves them.
    Compact,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct VaultRepair {
    /// Read the recovery phrase from a file that only you can read; needed only where the secret itself is lost.
    #[arg(long, value_name = "FILE")]
    pub(crate) phrase_file: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Receive {
    /// The link that the market gave you; - reads it from stdin.
    pub(crate) link: String,
    /// The code that the market shows you in its own session.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Go on although the market could tie this persona to another of yours.
    #[arg(long)]
    pub(crate) may_tie: bool,
    /// In a wallet made again by its phrase: where the account is of another key, try those of personas that are not known here. The market
    /// sees each of them.
    #[arg(long)]
    pub(crate) seek: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    /// The files: SD-JWT VCs, W3C credentials, mails in their original form (.eml), or with --mapping exports.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The issuer whose key --issuer-jwk is, as it stands in its credentials.
    #[arg(long, value_name = "NAME", requires = "issuer_jwk")]
    pub(crate) issuer: Option<String>,
    /// A public key of that issuer, a JWK in a file.
    #[arg(long, value_name = "FILE", requires = "issuer")]
    pub(crate) issuer_jwk: Option<PathBuf>,
    /// Ask issuers that are named by an address on the web for their keys; they see that somebody asks.
    #[arg(long)]
    pub(crate) ask_issuer: bool,
    /// With --ask-issuer: believe these certificates of servers too (PEM).
    #[arg(long, value_name = "FILE", requires = "ask_issuer")]
    pub(crate) web_roots: Option<PathBuf>,
    /// With --ask-issuer, to try things out: also reach this machine, and by plain HTTP.
    #[arg(long, requires = "ask_issuer")]
    pub(crate) allow_loopback: bool,
    /// For mails: an archive of the keys that domains signed with (TOML); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) mail_keys: Vec<PathBuf>,
    /// For mails: what a market's mails say (TOML); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) reader: Vec<PathBuf>,
    /// For mails: an address of yours; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) mine: Vec<String>,
    /// The files are exports, and this says what their columns mean (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Go on although what is brought in names an address that another of your personas goes by.
    #[arg(long)]
    pub(crate) may_tie: bool,
    /// Say what would be brought in, and keep nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    /// Write it to a file, as faam-verify evidence reads it: all of it, and never a grade.
    Export(EvidenceExport),
    /// Forget it.
    Forget(EvidenceForget),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvidenceExport {
    /// The id, which faam passport shows.
    pub(crate) id: String,
    /// The file, which must not be there.
    pub(crate) file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvidenceForget {
    /// The id, which faam passport shows.
    pub(crate) id: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ratings {
    /// Only of this market.
    #[arg(long, value_name = "MARKET")]
    pub(crate) market: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Present {
    /// The link that the verifier gave you, faam:present or openid4vp; - reads it from stdin.
    pub(crate) link: String,
    /// Say exactly what would be shown, and show nothing.
    #[arg(long, conflicts_with = "approve")]
    pub(crate) dry_run: bool,
    /// Agree to showing exactly what has this digest, which --dry-run prints; nothing else.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) approve: Option<String>,
    /// Ask me, whatever my rules say.
    #[arg(long)]
    pub(crate) ask: bool,
    /// The language of what you read before you agree: en or nl; that of the environment unless given.
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
    /// Show milestones although what the market signed was not compared with what others see.
    #[arg(long)]
    pub(crate) not_compared: bool,
    /// For openid4vp links: believe these certificates of servers and verifiers too (PEM).
    #[arg(long, value_name = "FILE")]
    pub(crate) web_roots: Option<PathBuf>,
    /// For openid4vp links, to try things out: also reach this machine, and by plain HTTP.
    #[arg(long)]
    pub(crate) allow_loopback: bool,
    /// Which ratings to show when not all are asked for.
    #[arg(long, value_enum, default_value = "newest", value_name = "WHICH")]
    pub(crate) pick: PickWhich,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Refresh {
    /// Only of this market.
    pub(crate) market: Option<String>,
    /// Renew what several of your personas hold at one node one right after the other, so that it could tie them.
    #[arg(long)]
    pub(crate) may_tie: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Listen {
    /// Do what is due now, and end. Answers are not waited for.
    #[arg(long)]
    pub(crate) once: bool,
    /// The language in which answers are told: en or nl; that of the environment unless given.
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Log {
    #[command(subcommand)]
    pub(crate) command: Option<LogCommand>,
    /// At most so many entries.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Write all of it to a file, with the receipts and what they need to be verified: one JSON object a line, oldest first.
    Export(LogExport),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct LogExport {
    /// The file, which must not be there yet; only you will be able to read it.
    pub(crate) file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Who {
    /// Only this one, in full: its name, its DID, or the last letters of that.
    pub(crate) party: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Stop {
    /// Who: its name, its DID, or the last letters of that.
    pub(crate) party: Option<String>,
    /// Why, for yourself; it is told to nobody.
    #[arg(long, value_name = "TEXT", requires = "party")]
    pub(crate) reason: Option<String>,
    /// Take the block back.
    #[arg(long, requires = "party", conflicts_with_all = ["reason", "print", "now"])]
    pub(crate) undo: bool,
    /// Ask nobody over the network, and print a letter to send yourself.
    #[arg(long, requires = "party")]
    pub(crate) print: bool,
    /// Ask about everything now, although the times could tie together what they could not tie until now.
    #[arg(long, requires = "party")]
    pub(crate) now: bool,
    /// The language of the letter and of what is said of it: en or nl; that of the environment unless given.
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Take over a preset, to be read and changed.
    Use(RulesUse),
    /// Try rules on what is in the log, and change nothing.
    Test(RulesTest),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RulesUse {
    /// careful answers nothing by itself; everyday answers low steps that many reach.
    #[arg(value_enum)]
    pub(crate) preset: PresetName,
    /// Take it in the place of the rules that are there, which are kept as rules.toml.before.
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PresetName {
    /// Nothing is shown without asking; what nobody should ask for is refused.
    Careful,
    /// Low steps that many reach are shown; exact numbers are refused.
    Everyday,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RulesTest {
    /// A file of rules; those in force unless given.
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    /// The shell: bash, zsh, fish, elvish or powershell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Man {
    /// The folder to write them to; it is made where it is not there.
    pub(crate) dir: PathBuf,
}
