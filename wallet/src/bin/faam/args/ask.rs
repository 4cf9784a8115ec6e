//! What can be said to ask others, and of whom one believes.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use faam_spec::did::Did;
use faam_spec::name::{MarketId, Role};
use faam_spec::peer::Address;
use faam_spec::words::Lang;

#[derive(Debug, ClapArgs)]
pub(crate) struct Ask {
    /// What has to be shown, and what is made of it: lodger, seller or anyone, or a policy file.
    #[arg(long, value_name = "PRESET|FILE", required_unless_present = "market")]
    pub(crate) policy: Option<String>,
    /// Instead of a policy: the market whose statement is asked for; with --milestone, once for each of up to four.
    #[arg(long, value_name = "ID", conflicts_with = "policy")]
    pub(crate) market: Vec<MarketId>,
    /// Asks for a proof that this milestone is reached, such as 'count>=10' or 'mean>=750', and for nothing else; up to four, each of
    /// another metric.
    #[arg(long, value_name = "MILESTONE", requires = "market", conflicts_with_all = ["ratings", "complete", "disclose"])]
    pub(crate) milestone: Vec<String>,
    /// How many ratings are asked for at least, beside the statement about all of them.
    #[arg(long, value_name = "N", requires = "market", conflicts_with = "complete")]
    pub(crate) ratings: Option<u32>,
    /// Asks for all current ratings.
    #[arg(long, requires = "market")]
    pub(crate) complete: bool,
    /// What of each rating is asked for beside its value, such as comment,day.
    #[arg(long, value_delimiter = ',', value_name = "NAMES", requires = "market")]
    pub(crate) disclose: Vec<String>,
    /// The only role in which ratings or milestones are asked for.
    #[arg(long, requires = "market")]
    pub(crate) role: Option<Role>,
    /// Why you ask, in one to three sentences; they read this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: String,
    /// What you call yourself; they read this, and it proves nothing.
    #[arg(long, value_name = "TEXT", default_value = "A person")]
    pub(crate) name: String,
    /// For how many days you keep the answer; then it is deleted here.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) retention: u32,
    /// For how many minutes it can be answered, at most 10080, which are 7 days.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    pub(crate) valid: u32,
    /// Whom you believe, as a trust file; those of faam trust unless given.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Sign with a key that those who were asked before know: they can tell that it was you, and that among each other.
    #[arg(long)]
    pub(crate) recognisable: bool,
    /// Where to listen, such as /ip4/192.168.1.7/tcp/4001; may be given several times. This machine and its private network unless
    /// given, at free ports.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<String>,
    /// Where you can be reached, if that is another address than where you listen, as behind a router; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) announce: Vec<Address>,
    /// Stay on line until it is answered, tell what came of it, and end with that status.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Print the QR code even if stderr is no terminal.
    #[arg(long)]
    pub(crate) qr: bool,
    /// The language of explanations: en or nl; that of the environment unless given.
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AsksCommand {
    /// One question, with what was answered.
    Show(AsksShow),
    /// Take an open question back: nobody can answer it any more.
    Revoke(AsksOne),
    /// Delete what was answered, before you have to.
    Forget(AsksOne),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AsksShow {
    /// Its number, which faam asks shows.
    pub(crate) number: u64,
    /// The language of the decision: en or nl; that of the environment unless given.
    #[arg(long)]
    pub(crate) lang: Option<Lang>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AsksOne {
    /// Its number, which faam asks shows.
    pub(crate) number: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// List whom you believe.
    List,
    /// Believe a market from now on: one of which you hold something, or another with --issuer.
    Add(TrustAdd),
    /// Believe a market no longer. What you asked before is judged as it was asked.
    Remove(TrustRemove),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TrustAdd {
    /// The market's name.
    pub(crate) market: MarketId,
    /// The DID of its issuer; that of what you hold of the market unless given.
    #[arg(long, value_name = "DID")]
    pub(crate) issuer: Option<Did>,
    /// With --issuer: the length of its epochs, in seconds; a week unless given.
    #[arg(long, value_name = "N", requires = "issuer")]
    pub(crate) epoch_seconds: Option<i64>,
    /// Believe it in this role alone; may be given several times.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<Role>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TrustRemove {
    /// The market's name.
    pub(crate) market: MarketId,
    /// The DID of its issuer, if several are believed.
    #[arg(long, value_name = "DID")]
    pub(crate) issuer: Option<Did>,
}
