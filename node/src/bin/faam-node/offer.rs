//! `faam-node offer`

use clap::Args;
use faam_node::api::{OfferBody, OfferMade};
use faam_spec::exit::Exit;

use super::client::Client;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Offer {
    #[command(flatten)]
    at: At,
    /// The market's own name for the account.
    #[arg(long)]
    account: String,
    /// How long the offer stands, such as 90s, 30m, 1h, 2d; at most 30d.
    #[arg(long, default_value = "1h", value_parser = duration)]
    life: i64,
    /// Binds the ledger anew to the wallet that takes it, at most once a quarter: for people who lost theirs, or its secrets for
    /// private standings. What the old wallet can show then ages out.
    #[arg(long)]
    rebind: bool,
    /// Prints the QR code even if stderr is no terminal.
    #[arg(long)]
    qr: bool,
}

impl Offer {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let body = OfferBody { account: self.account, life_seconds: self.life, rebind: self.rebind };
        let made: OfferMade = client.post("/v0/offers", &body)?;
        output.qr(&made.link, self.qr);
        output.labelled(&made, &[("link", &made.link), ("code", &made.code)])?;
        output.note(&format!(
            "The link goes to the person; the code is shown in your own logged-in session only. Both end at {}.",
            made.expires
        ));
        Ok(Exit::Ok)
    }
}

/// Reads a length of time: a number and s, m, h or d.
pub(crate) fn duration(text: &str) -> Result<i64, String> {
    let wrong = || "a number and s, m, h or d, such as 30m".to_owned();
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3600,
        Some(b'd') => 86_400,
        _ => return Err(wrong()),
    };
    let number = text.get(..text.len() - 1).unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    number.parse::<i64>().ok().and_then(|n| n.checked_mul(unit)).filter(|n| *n > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        let good = [("90s", 90), ("30m", 1800), ("1h", 3600), ("2d", 172_800)];
        for (text, seconds) in good {
            assert_eq!(duration(text), Ok(seconds), "{text}");
        }
        for bad in ["", "s", "5", "-5m", "+5m", "0h", "1.5h", "1w", "9223372036854775807d", "5é", "1 h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
