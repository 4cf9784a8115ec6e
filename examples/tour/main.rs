//! The tour: two markets and a person, each with a libp2p host of their own on this machine, and real ratings.
//!
//! `cargo run --example tour`

mod private;

use std::io::Write as _;
use std::time::Duration;

use faam_examples::Result;
use faam_examples::cheats::{
    Signing, borrow_a_rating, change_a_value, leave_out_the_worst, show_an_older_standing, spoiled,
};
use faam_examples::party::{Clock, Node, Person, send};
use faam_spec::decision::Outcome;
use faam_spec::name::MarketId;
use faam_spec::presentation::Presentation;
use faam_spec::query::Query;
use faam_spec::time::{DAY, Timestamp};
use faam_spec::wire::PresentOutcome;
use faam_wallet::consent::Consent;
use faam_wallet::held::HeldStanding;
use faam_wallet::passport::Passport;
use faam_wallet::present::{Agreed, Pick, Plan};
use faam_wallet::text::wrap;
use rand::rngs::OsRng;

/// Ratings of five accounts of Bitcoin Alpha (see `examples/data/SOURCES.md`).
const RATINGS: &str = include_str!("../data/bitcoin-alpha-excerpt.csv");
/// The person's account.
const ME: &str = "7";
/// A friend's account.
const FRIEND: &str = "12";
/// Columns that are written in.
const WIDTH: usize = 80;

/// Says something to whoever takes the tour, in lines that fit.
fn say(text: &str) {
    for line in text.split('\n') {
        let indent = line.len() - line.trim_start().len();
        let fits = line.chars().count() <= WIDTH;
        let wrapped = if fits { line.to_owned() } else { wrap(line, WIDTH, indent) };
        let _ = writeln!(std::io::stdout(), "{wrapped}");
    }
}

fn chapter(title: &str) {
    say(&format!("\n── {title} {}\n", "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4))));
}

/// Attempts to deceive a market.
struct Attempts<'a> {
    /// Whom to deceive.
    market: &'a Node,
    /// How many were refused so far.
    refused: u32,
}

impl Attempts<'_> {
    /// An answer of this person's wallet to `query`, spoiled by `change`: it must be refused with `code`.
    async fn attempt(
        &mut self,
        what: &str,
        person: &Person,
        query: Query,
        code: &str,
        change: impl FnOnce(&mut Presentation, &Signing<'_>) -> Result<()>,
    ) -> Result<()> {
        let asked = self.market.ask("To rent out a flat in Utrecht", query)?;
        let bytes = spoiled(person, &asked.link, change).await?;
        self.expect(what, &send(&asked.link, &bytes).await?, code)
    }

    /// Reports how an attempt ended, which must be a refusal with `code`.
    fn expect(&mut self, what: &str, outcome: &PresentOutcome, code: &str) -> Result<()> {
        let Some(reason) = outcome.decision.reasons.first() else {
            return Err(format!("{what}: this was accepted, and must not be").into());
        };
        if reason.code.code() != code {
            return Err(format!("{what}: {} came where {code} was expected", reason.code.code()).into());
        }
        self.refused += 1;
        say(&format!("  ✗ {what}\n      → {code}: {}", reason.sentence));
        Ok(())
    }
}

/// A rating of the excerpt.
struct Row {
    from: String,
    to: String,
    value: String,
    time: i64,
}

impl Row {
    /// The rating as an event, `shift` seconds later than it was.
    fn event(&self, shift: i64) -> String {
        serde_json::json!({
            "type": "rating", "id": format!("{}-{}", self.from, self.to), "account": self.to, "rater": self.from,
            "role": "trader", "value": self.value.parse::<i64>().unwrap_or(0), "scale": "-10..10", "at": self.time + shift,
        })
        .to_string()
    }
}

fn rows() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in RATINGS.lines().skip(1) {
        let mut cells = line.split(',').map(str::to_owned);
        let mut cell = || cells.next().ok_or("a row is too short");
        let row = Row { from: cell()?, to: cell()?, value: cell()?, time: cell()?.parse()? };
        rows.push(row);
    }
    rows.sort_by_key(|row| row.time);
    Ok(rows)
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match tour().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("\nThe tour ended early: {error}"));
            std::process::ExitCode::FAILURE
        }
    }
}

async fn tour() -> Result<()> {
    let began = std::time::Instant::now();
    let home = tempfile::tempdir()?;
    for name in ["alpha", "beta", "gamma", "delta", "own"] {
        private_folder(&home.path().join(name))?;
    }
    let clock = Clock::default();
    let rows = rows()?;
    let today = clock.now();
    let newest = rows.last().map_or(0, |row| row.time);
    let shift = (today.seconds() - newest).div_euclid(DAY) * DAY - 5 * DAY;
    let alpha_id: MarketId = "bitcoin-alpha".parse()?;

    say("Faam: hold the ratings that others gave you, and show them to whom you choose.");
    say(&format!(
        "\nThe ratings are real: {} of them, of five accounts of the Bitcoin Alpha marketplace (2010 to 2016; source in \
         examples/data/SOURCES.md). Their times are shifted by {} days, so that the last of them is five days old. \
         Everything runs on this machine, over libp2p. The story begins in the past: a clock of its own says when.",
        rows.len(),
        shift / DAY
    ));

    chapter("A market, and a person who is rated there");
    let mine: Vec<&Row> = rows.iter().filter(|row| row.to == ME).collect();
    let past = mine.get(149).map_or(newest, |row| row.time) + shift + DAY;
    clock.set(Timestamp::new(past)?);
    let alpha =
        Node::start(&home.path().join("alpha"), "Bitcoin Alpha", Some("bitcoin-alpha"), &[], &clock).await?;
    let (before, after): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.time + shift <= past);
    let lines = |rows: &[&Row]| rows.iter().map(|row| row.event(shift)).collect::<Vec<_>>();
    let taken = alpha.import(&lines(&before))?;
    say(&format!(
        "It is {}. Bitcoin Alpha has recorded {taken} of these ratings so far, and signs as\n  {}",
        clock.now().day(),
        alpha.issuer()
    ));
    let mut person = Person::new(&home.path().join("wallet"), &clock)?;
    let offer = alpha.offer(ME)?;
    say(&format!(
        "\nThe person with account {ME} asks for their ratings, and sees a link and a session code:\n  {}…\n  code {}",
        offer.link.to_string().chars().take(66).collect::<String>(),
        offer.code.reveal()
    ));
    person.receive(&offer).await?;
    say(
        "\nThe wallet fetched every entry, computed both Merkle roots and every number again, found that they are what the market signed, and keeps it all encrypted on disk.",
    );

    clock.present();
    alpha.import(&lines(&after))?;
    say(&format!("\nTime passes. It is {}; more people have rated, some of them badly.", clock.now().day()));
    person.receive(&alpha.offer(ME)?).await?;
    say(
        "The wallet fetched what is new, and checked that the ledger it knew was continued, not rewritten.\n",
    );
    let held = person.vault.held_all()?;
    say(&Passport::new(&held, clock.now()).to_text(WIDTH));

    chapter("A second market asks");
    let trusted = [(alpha.issuer(), "bitcoin-alpha")];
    let beta = Node::start(&home.path().join("beta"), "Beta Rentals", None, &trusted, &clock).await?;
    let query = || Ok::<_, faam_examples::Error>(Query::ratings(alpha_id.clone(), 12)?.disclosing(&["day"])?);
    let asked = beta.ask("To rent out a flat in Utrecht", query()?)?;
    say(
        "Nobody knows the person there. Beta Rentals believes what Bitcoin Alpha says about its traders, and asks for the whole standing and twelve ratings with their days. The person lets the wallet pick the best twelve. This is what the person reads:\n",
    );
    let fetched = person.fetch(&asked.link).await?;
    let request = fetched.request().clone();
    let plan = Plan::new(&request, &held, Pick::Best, clock.now())?;
    say(&Consent::new(&plan, &person.vault.shown()?, clock.now()).to_text(WIDTH));
    say("\nThe person agrees (the tour does it for you), and the answer goes over the network.");
    let honest =
        plan.build(&person.vault.holder_keys(plan.ledgers())?, clock.now(), &mut OsRng)?.to_bytes()?;
    let now = || clock.now();
    let mut quiet = |_: faam_wallet::contact::Progress| ();
    let mut means = faam_wallet::contact::Means {
        clock: &now,
        rng: &mut OsRng,
        progress: &mut quiet,
        timeout: faam_wallet::contact::DIAL_TIMEOUT,
    };
    let agreed = Agreed { to: plan.approval(), not_compared: false };
    let showing = fetched.show(&person.vault, &plan, agreed, &mut means).await?;
    say("\nThis is what Beta Rentals now knows:\n");
    let decision = beta.decision(asked.id)?;
    if decision.outcome != Outcome::Accepted {
        return Err(
            format!("the honest answer was not accepted:\n{}", faam_verifier::explain(&decision)).into()
        );
    }
    say(&faam_verifier::explain(&decision));
    let receipt = showing.outcome.receipt().map_err(Clone::clone)?;
    say(&format!(
        "\nBoth keep a receipt, signed by {}: {} ratings and the standing, “{}”, to be deleted by {}.",
        receipt.name,
        receipt.shown.iter().map(|shown| shown.ratings).sum::<u64>(),
        receipt.purpose,
        receipt.delete_by.day()
    ));

    let gamma = Node::start(&home.path().join("gamma"), "Gamma", None, &trusted, &clock).await?;
    let delta = Node::start(&home.path().join("delta"), "Delta Rides", None, &trusted, &clock).await?;
    let refused_before = private::tell(&person, &alpha_id, &gamma, &delta).await?;
    delta.stop().await;

    chapter("What must not work");
    let mut attempts = Attempts { market: &beta, refused: refused_before };
    let complete = Query::complete(alpha_id.clone())?.disclosing(&["day"])?;
    let left_out = "“These are all my ratings”, without the worst one.";
    attempts.attempt(left_out, &person, complete, "rating.left_out", leave_out_the_worst).await?;
    let my_ledger = held.first().ok_or("nothing is held")?;
    let mean = |standing: &HeldStanding| standing.statement().numbers.total.all.mean.unwrap_or(0);
    let (then, today) = (my_ledger.previous().map_or(0, mean), mean(my_ledger.standing()));
    let older = format!("The standing of an older epoch, in which the mean was {then} and not {today}.");
    let standing = Query::standing(alpha_id.clone())?;
    attempts.attempt(&older, &person, standing, "epoch.stale", show_an_older_standing(my_ledger)).await?;
    let elsewhere = gamma.ask("To sell bicycles", query()?)?;
    let replayed = send(&elsewhere.link, &honest).await?;
    let what = "What Beta Rentals was shown, shown by Beta Rentals to a third market.";
    attempts.expect(what, &replayed, "invalid.key_binding.audience")?;
    let what = "A rating with its value changed to 10.";
    attempts.attempt(what, &person, query()?, "invalid.signature", change_a_value).await?;
    let friend = Person::new(&home.path().join("friend"), &clock)?;
    friend.receive(&alpha.offer(FRIEND)?).await?;
    let theirs = friend.vault.held_all()?;
    let borrowed = borrow_a_rating(theirs.first().ok_or("the friend holds nothing")?);
    let what = "A friend's good rating among one's own, lent on purpose.";
    attempts.attempt(what, &person, query()?, "standing.other_ledger", borrowed).await?;
    let own =
        Node::start(&home.path().join("own"), "Bitcoin Alpha", Some("bitcoin-alpha"), &[], &clock).await?;
    let perfect =
        |n: u32| Row { from: format!("r{n}"), to: ME.to_owned(), value: "10".to_owned(), time: newest };
    own.import(&(0..50).map(|n| perfect(n).event(shift)).collect::<Vec<_>>())?;
    let cheat = Person::new(&home.path().join("cheat"), &clock)?;
    cheat.receive(&own.offer(ME)?).await?;
    let what = "Fifty perfect ratings of a market of one's own, of the same name.";
    attempts.attempt(what, &cheat, query()?, "trust.untrusted", |_, _| Ok(())).await?;
    let refused = attempts.refused;

    chapter("The market is switched off");
    own.stop().await;
    let again = alpha.offer(ME)?;
    alpha.stop().await;
    person.patience = Duration::from_secs(2);
    if person.receive(&again).await.is_ok() {
        return Err("the market still answers".into());
    }
    say("Bitcoin Alpha is gone: nobody answers at its addresses any more. Beta Rentals asks again.");
    let asked = beta.ask("To renew the contract", Query::complete(alpha_id)?)?;
    let fetched = person.fetch(&asked.link).await?;
    let request = fetched.request().clone();
    let plan = Plan::new(&request, &held, Pick::Newest, clock.now())?;
    let agreed = Agreed { to: plan.approval(), not_compared: false };
    fetched.show(&person.vault, &plan, agreed, &mut means).await?;
    let decision = beta.decision(asked.id)?;
    if decision.outcome != Outcome::Accepted {
        return Err(format!(
            "without the market, it was not accepted:\n{}",
            faam_verifier::explain(&decision)
        )
        .into());
    }
    let facts = decision.facts.first().ok_or("no facts")?;
    say(&format!(
        "Accepted all the same: {} ratings, all of them shown, mean {} of 1000, by the record of epoch {}.",
        facts.shown.len(),
        facts.numbers.total.all.mean.unwrap_or(0),
        facts.epoch
    ));
    say(&format!(
        "\nThat was the tour: {refused} attempts to cheat were refused, in {:.0} seconds.\n\
         To walk it yourself with the programs `faam` and `faam-node`, read on in README.md.",
        began.elapsed().as_secs_f64()
    ));
    beta.stop().await;
    gamma.stop().await;
    Ok(())
}

fn private_folder(path: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(path)?;
    Ok(())
}
