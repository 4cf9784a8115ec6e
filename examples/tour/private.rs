//! The tour's chapter on private standings: one person, two verifiers, two names, and nothing in common.

use faam_examples::Result;
use faam_examples::party::{Node, Person, send};
use faam_spec::bbs::Pseudonym;
use faam_spec::decision::{DecisionDocument, Outcome};
use faam_spec::grid::Milestones;
use faam_spec::name::MarketId;
use faam_spec::presentation::Presentation;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_wallet::consent::Consent;
use faam_wallet::contact::{DIAL_TIMEOUT, Means, Progress, compare_record};
use faam_wallet::present::{Agreed, Pick, Plan};
use rand::rngs::OsRng;

use super::{WIDTH, chapter, say};

/// What both ask for.
const MILESTONES: [&str; 3] = ["count>=50", "mean>=550", "tenure>=1y"];

fn milestones(texts: &[&str]) -> Result<Milestones> {
    Ok(Milestones::sorted(texts.iter().map(|text| text.parse()).collect::<core::result::Result<_, _>>()?)?)
}

/// What one verifier was shown.
struct Showing {
    bytes: Vec<u8>,
    decision: DecisionDocument,
}

impl Showing {
    fn pseudonym(&self) -> Result<Pseudonym> {
        Ok(self.decision.private.first().ok_or("no facts")?.pseudonym)
    }
}

/// Shows `asked` to a verifier; with `read`, what the person reads before.
async fn show(
    person: &Person,
    (verifier, purpose): (&Node, &str),
    market: &MarketId,
    asked: &[&str],
    read: bool,
) -> Result<Showing> {
    let query = Query::milestones(market.clone(), milestones(asked)?)?;
    let request = verifier.ask(purpose, query)?;
    let held = person.vault.held_all()?;
    let fetched = person.fetch(&request.link).await?;
    let signed = fetched.request().clone();
    let now = || person.clock.now();
    let plan = Plan::new(&signed, &held, Pick::Newest, now())?;
    if read {
        say(&Consent::new(&plan, &person.vault.shown()?, now()).to_text(WIDTH));
    }
    let bytes = plan.build(&[], now(), &mut OsRng)?.to_bytes()?;
    let mut quiet = |_: Progress| ();
    let mut means = Means { clock: &now, rng: &mut OsRng, progress: &mut quiet, timeout: DIAL_TIMEOUT };
    let agreed = Agreed { to: plan.approval(), not_compared: false };
    fetched.show(&person.vault, &plan, agreed, &mut means).await?;
    let decision = verifier.decision(request.id)?;
    if decision.outcome != Outcome::Accepted {
        return Err(
            format!("the milestones were not accepted:\n{}", faam_verifier::explain(&decision)).into()
        );
    }
    Ok(Showing { bytes, decision })
}

/// Tells the chapter; gives how many attempts were refused.
pub(super) async fn tell(person: &Person, market: &MarketId, one: &Node, two: &Node) -> Result<u32> {
    let (at_one, at_two) = ((one, "To sell bicycles"), (two, "To drive people home"));
    chapter("Milestones, and nothing else");
    say(
        "Numbers name people: whoever compares two plain standings knows that they are of one person. So the market also signs milestones, 54 steps that are the same for everybody, each true or false; and the wallet proves the few that are asked for. \
         First it compares the market's record with what the market shows to somebody who does not say who they are, so that nobody is given a record of their own.",
    );
    let held = person.vault.held_all()?;
    let ledger = held.first().ok_or("nothing is held")?.info().ledger;
    let now = || person.clock.now();
    let mut quiet = |_: Progress| ();
    let mut means = Means { clock: &now, rng: &mut OsRng, progress: &mut quiet, timeout: DIAL_TIMEOUT };
    compare_record(&person.vault, ledger, &mut means).await?;
    say(
        "\nGamma and Delta Rides have never seen this person. Gamma asks for three milestones. This is what the person reads (the market of this tour has five accounts, in which nobody hides, and the wallet says so):\n",
    );
    let first = show(person, at_one, market, &MILESTONES, true).await?;
    say("\nThis is what Gamma now knows:\n");
    say(&faam_verifier::explain(&first.decision));
    let second = show(person, at_two, market, &MILESTONES, false).await?;
    say("\nDelta Rides asks for the same. This is what Delta Rides now knows:\n");
    say(&faam_verifier::explain(&second.decision));
    let again = show(person, at_one, market, &MILESTONES, false).await?;
    let (here, elsewhere, later) = (first.pseudonym()?, second.pseudonym()?, again.pseudonym()?);
    if here == elsewhere || here != later {
        return Err("a pseudonym is not one at a verifier and another elsewhere".into());
    }
    let common = longest_common(&first, &second)?;
    say(&format!(
        "\nGamma knows the person again when they come back: the pseudonym is the same. Delta Rides sees another one. Of what \
         the two were shown, beside the market's public record and the request itself, the longest piece that stands in both is \
         {common} bytes: chance.",
    ));
    climb(person, one, market).await?;
    // What Gamma has, it can show to nobody.
    let request = two.ask(at_two.1, Query::milestones(market.clone(), milestones(&MILESTONES)?)?)?;
    let refused = send(&request.link, &first.bytes).await?;
    match refused.decision.reasons.first() {
        Some(reason) if reason.code == Reason::PrivateProof => {
            say(&format!(
                "  ✗ Gamma shows that proof to Delta Rides.\n      → {}: {}",
                reason.code.code(),
                reason.sentence
            ));
            // This one, and the climbing.
            Ok(2)
        }
        other => Err(format!("a proof for another verifier ended with {other:?}").into()),
    }
}

/// A verifier that asks a little higher each time learns nothing by it.
async fn climb(person: &Person, verifier: &Node, market: &MarketId) -> Result<()> {
    let query = Query::milestones(market.clone(), milestones(&["count>=100"])?)?;
    let request = verifier.ask("To sell more bicycles", query)?;
    let held = person.vault.held_all()?;
    let fetched = person.fetch(&request.link).await?;
    let signed = fetched.request().clone();
    fetched.leave().await;
    match Plan::new(&signed, &held, Pick::Newest, person.clock.now()) {
        Err(fault) if fault.reason() == Reason::RequestClimbing => {
            let reason = fault.reason();
            say(&format!(
                "\n  ✗ Gamma asks for a higher step, to find the number by steps; the wallet does not answer.\n      → {}: {}",
                reason.code(),
                reason.sentence()
            ));
            Ok(())
        }
        _ => Err("a climbing request would have been answered".into()),
    }
}

/// The longest piece that stands in both proofs and pseudonyms.
fn longest_common(one: &Showing, two: &Showing) -> Result<usize> {
    let proof = |showing: &Showing| -> Result<Vec<u8>> {
        let presentation = Presentation::parse(&showing.bytes)?;
        let text = presentation.vp_token.values().flatten().next().ok_or("no proof")?;
        Ok(faam_spec::encoding::unmulti(text, "proof")?)
    };
    let (one, two) = (proof(one)?, proof(two)?);
    let stands_in_both = |width: usize| {
        let pieces: std::collections::BTreeSet<&[u8]> = one.windows(width).collect();
        two.windows(width).any(|piece| pieces.contains(piece))
    };
    Ok((1..=one.len()).take_while(|width| stands_in_both(*width)).last().unwrap_or(0))
}
