//! `faam present`: nothing leaves before a person has agreed to exactly what would be shown.

use faam_spec::decision::Outcome as Decided;
use faam_spec::hash::Hash;
use faam_spec::link::{Link, LinkKind};
use faam_spec::reason::{Fault, Reason};
use faam_wallet::consent::Consent;
use faam_wallet::contact::{ContactError, Fetched, Means, Showing, fetch};
use faam_wallet::held::HeldLedger;
use faam_wallet::present::{Pick, Plan, lacking};
use faam_wallet::text::wrap;
use faam_wallet::vault::{Happened, Vault, WhoAsked};
use serde_json::json;

use super::data;
use crate::args::{PickWhich, Present};
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};

pub(crate) fn run(shell: &Shell, args: &Present) -> Result<Report, Failure> {
    let link = shell.link(&args.link)?;
    link.check(LinkKind::Present, shell.now())?;
    let approved = match &args.approve {
        Some(text) => Some(text.trim().parse::<Hash>().map_err(|_| {
            Failure::new(Reason::InputMalformed, "this is not the digest of an approval")
                .at("--approve")
                .hint("Give the digest that --dry-run prints.")
        })?),
        None => None,
    };
    if approved.is_none() && !args.dry_run && !shell.interactive {
        let what = "your agreement is needed, and nobody can be asked";
        return Err(Failure::new(Reason::InputMissing, what).at("--approve").hint(
            "Look with --dry-run first; then give --approve and the digest that it prints. There is no --yes.",
        ));
    }
    let vault = shell.open_vault()?;
    let held = vault.held_all()?;
    shell.contact(async |means| {
        Walk { shell, args, vault: &vault, held: &held, approved }.run(&link, means).await
    })
}

struct Walk<'a> {
    shell: &'a Shell,
    args: &'a Present,
    vault: &'a Vault,
    held: &'a [HeldLedger],
    approved: Option<Hash>,
}

impl Walk<'_> {
    async fn run(&self, link: &Link, means: &mut Means<'_>) -> Result<Report, Failure> {
        let fetched = fetch(self.vault, link, means).await?;
        let request = fetched.request().clone();
        let pick = match self.args.pick {
            PickWhich::Newest => Pick::Newest,
            PickWhich::Best => Pick::Best,
        };
        let conflicts = self.vault.conflicts()?;
        let plan = Plan::new(&request, self.held, pick, self.shell.now())
            .and_then(|plan| plan.check_records(&conflicts).map(|()| plan));
        let plan = match plan {
            Ok(plan) => plan,
            Err(fault) => return Err(self.no_answer(fetched, fault).await),
        };
        let consent = Consent::new(&plan, &self.vault.shown()?, self.shell.now());
        if self.args.dry_run {
            fetched.leave().await;
            let pick = match self.args.pick {
                PickWhich::Newest => "",
                PickWhich::Best => " --pick best",
            };
            let risk = if consent.not_compared().is_empty() { "" } else { " --not-compared" };
            let agree = format!(
                "To agree to exactly this: faam present LINK --approve {}{pick}{risk}",
                consent.approve
            );
            let text = format!(
                "{}\n\nNothing was shown.\n{}",
                self.text_of(&consent),
                wrap(&agree, self.shell.width.max(agree.len()), 0)
            );
            let data = json!({"dry_run": true, "approve": consent.approve, "consent": data(&consent)?});
            return Ok(Report { data, text });
        }
        //= spec/text/link.md#REQ-LINK-9
        //# A link MUST NOT start anything by itself: the holder is asked all the same.
        if let Err(failure) = self.agree(&consent) {
            let what = Happened::Declined { to: WhoAsked::of(&request), request: request.digest() };
            self.vault.note(what, self.shell.now())?;
            fetched.leave().await;
            return Err(failure);
        }
        let showing = fetched.show(self.vault, &plan, means).await.map_err(not_decided)?;
        self.report(&consent, &showing)
    }

    fn text_of(&self, consent: &Consent) -> String {
        consent.to_text_with(self.shell.width, &|moment| self.shell.local(moment))
    }

    /// A wallet that has no answer looks, to the other side, like one that does not answer.
    async fn no_answer(&self, fetched: Fetched, fault: Fault) -> Failure {
        let request = fetched.request();
        let what = Happened::NotAnswered {
            to: WhoAsked::of(request),
            request: request.digest(),
            code: fault.reason(),
        };
        let noted = self.vault.note(what, self.shell.now());
        let lacking = match fault.reason() {
            Reason::NothingToShow => lacking(request, self.held),
            _ => None,
        };
        fetched.leave().await;
        match (noted, lacking) {
            (Ok(_), None) => Failure::from(fault).during("nothing was shown"),
            (Ok(_), Some(lacking)) => {
                Failure::new(fault.reason(), &lacking).at(fault.at()).during("nothing was shown")
            }
            (Err(error), _) => error.into(),
        }
    }

    /// The digest of exactly what would be shown, or a person who has read it.
    //= spec/text/request.md#REQ-REQUEST-11
    //# A wallet MUST ask its holder, whatever the link says
    fn agree(&self, consent: &Consent) -> Result<(), Failure> {
        self.check_compared(consent)?;
        match self.approved {
            Some(digest) if digest == consent.approve => Ok(()),
            Some(_) => {
                let what = "what would be shown has changed since it was approved, so nothing was shown";
                Err(Failure::new(Reason::ConsentMissing, what)
                    .at("--approve")
                    .hint("Look again with --dry-run, with the same --pick, and approve what it prints."))
            }
            None => {
                say(&self.text_of(consent));
                self.ask_person(consent)
            }
        }
    }

    /// What was not compared is shown only when the holder says so beforehand: comparing it now would tell the market when it is
    /// shown.
    //= spec/text/private.md#REQ-PRIVATE-16
    //# A record that it could not compare it shows only when the holder, told so, asks for it all the same.
    fn check_compared(&self, consent: &Consent) -> Result<(), Failure> {
        let markets: Vec<&str> = consent.not_compared().iter().map(|market| market.as_str()).collect();
        if markets.is_empty() || self.args.not_compared {
            return Ok(());
        }
        let what = format!(
            "nothing was shown: what {} signed for you was not compared with what others see, so that it could have a mark by which you can be followed",
            markets.join(" and ")
        );
        Err(Failure::new(Reason::ConsentMissing, &what).at("--not-compared").hint(
            "Run faam refresh, or keep faam listen running, and show it some hours later; or take the risk with --not-compared.",
        ))
    }

    /// A yes or a no; whatever is neither is asked about again.
    fn ask_person(&self, consent: &Consent) -> Result<(), Failure> {
        say(&format!("\n{}", wrap(&consent.in_short(), self.shell.width, 0)));
        for _ in 0..TRIES {
            let answer =
                self.shell.ask("Show exactly this? (yes or no): ", "your agreement", "--approve DIGEST")?;
            match answer.to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(()),
                "n" | "no" => break,
                _ => say("Please type yes or no."),
            }
        }
        Err(Failure::new(Reason::ConsentMissing, "nothing was shown, because you did not agree")
            .at("consent"))
    }

    fn report(&self, consent: &Consent, showing: &Showing) -> Result<Report, Failure> {
        let outcome = &showing.outcome;
        let decision = outcome.decision();
        let receipt = match outcome.receipt() {
            Ok(receipt) => format!("They signed a receipt: to be deleted by {}.", receipt.delete_by.day()),
            Err(fault) => format!(
                "Their receipt is not good ({}), so nothing proves what they said. It is kept as it came.",
                fault.reason().code()
            ),
        };
        let data = json!({
            "consent": data(consent)?,
            "decision": data(decision)?,
            "receipt": outcome.receipt().ok().map(|receipt| json!(receipt)),
            "receipt_fault": outcome.receipt().err().map(Fault::reason),
            "entry": data(&showing.entry)?,
        });
        let first = decision.reasons.first();
        let headline = match decision.outcome {
            Decided::Accepted => {
                let text = format!("Accepted.\n{}", wrap(&receipt, self.shell.width, 0));
                return Ok(Report { data, text });
            }
            Decided::Refused => "it was shown, and they refused it",
            Decided::Undecided => "it was shown, and they could not decide",
        };
        let reason = first.map_or(Reason::Internal, |first| first.code);
        let at = first.map(|first| faam_wallet::text::foreign(&first.at, 100)).unwrap_or_default();
        Err(Failure::new(reason, headline).at(&at).exit(outcome.exit()).data(data).hint(&receipt))
    }
}

fn not_decided(error: ContactError) -> Failure {
    Failure::from(error).during("no decision came back, and something may have been shown")
}
