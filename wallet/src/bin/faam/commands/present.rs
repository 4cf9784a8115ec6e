//! `faam present`: nothing leaves before a person has agreed to exactly what would be shown.

use faam_fetch::{Fetcher, Roots};
use faam_spec::decision::Outcome as Decided;
use faam_spec::hash::Hash;
use faam_spec::limits::{MAX_NAME_BYTES, MAX_PURPOSE_BYTES, MAX_WEB_ADDRESS_BYTES};
use faam_spec::link::{Link, LinkKind};
use faam_spec::openid4vp::VpLink;
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::SignedRequest;
use faam_spec::words::Lang;
use faam_wallet::consent::{Consent, asks};
use faam_wallet::contact::{ContactError, Fetched, FetchedPost, Means, Web, fetch, fetch_post};
use faam_wallet::held::HeldLedger;
use faam_wallet::outcome::Outcome;
use faam_wallet::persona::Persona;
use faam_wallet::present::{Agreed, Pick, Plan, climbing, counts, lacking};
use faam_wallet::rules::{Doubts, History, Rules, Then, Verdict};
use faam_wallet::stop::quoted;
use faam_wallet::text::{foreign, wrap};
use faam_wallet::vault::{Blocked, Happened, LogEntry, Vault, VaultError, WhoAsked, Withheld};
use serde_json::json;

use super::{data, rules};
use crate::args::{PickWhich, Present};
use crate::failure::Failure;
use crate::shell::{Report, Shell, TRIES, say};
use crate::whom::Whom;

pub(crate) fn run(shell: &Shell, args: &Present) -> Result<Report, Failure> {
    let link = Where::read(shell, args)?;
    let approved = match &args.approve {
        Some(text) => Some(text.trim().parse::<Hash>().map_err(|_| {
            Failure::new(Reason::InputMalformed, "this is not the digest of an approval")
                .at("--approve")
                .hint("Give the digest that --dry-run prints.")
        })?),
        None => None,
    };
    let rules = if args.ask || args.dry_run || approved.is_some() { None } else { rules::in_force(shell)? };
    if approved.is_none() && rules.is_none() && !args.dry_run && !shell.interactive {
        let what = "your agreement is needed, and nobody can be asked";
        return Err(Failure::new(Reason::InputMissing, what).at("--approve").hint(
            "Look with --dry-run first; then give --approve and the digest that it prints. There is no --yes.",
        ));
    }
    let vault = shell.open_vault()?;
    let whom = Whom::read(shell, &vault)?;
    let rules = match rules {
        Some(rules) => Some(rules::checked(rules, whom.all())?),
        None => None,
    };
    let persona = whom.one(shell)?;
    let rules = rules.map(|rules| rules.of(&persona));
    let held = vault.held_of(persona.number)?;
    let several = whom.are_several();
    shell.contact(async |means| {
        Walk { shell, args, vault: &vault, persona, several, held: &held, approved, rules }
            .run(&link, means)
            .await
    })
}

/// Where a link leads.
enum Where {
    /// To a peer.
    Peer(Link),
    /// To the web.
    Web(VpLink, Web),
}

/// A request, wherever it came from.
enum Asked {
    Peer(Fetched),
    Web(FetchedPost),
}

/// What came of answering it.
struct Shown {
    entry: LogEntry,
    outcome: Option<Outcome>,
    go_on: Option<String>,
}

impl Where {
    fn read(shell: &Shell, args: &Present) -> Result<Self, Failure> {
        let text = shell.link_text(&args.link)?;
        if !VpLink::is_meant(&text) {
            let link: Link = text.parse()?;
            link.check(LinkKind::Present, shell.now())?;
            return Ok(Self::Peer(link));
        }
        let link: VpLink = text.parse()?;
        let mut roots = Roots::platform();
        if let Some(file) = &args.web_roots {
            let more = Roots::from_file(file).map_err(|error| Failure::from(ContactError::from(error)));
            roots = roots.and(more.map_err(|failure| failure.at("--web-roots"))?);
        }
        let mut fetcher = Fetcher::new(&roots);
        if args.allow_loopback {
            fetcher = fetcher.danger_with_loopback_http();
        }
        Ok(Self::Web(link, Web { fetcher, anchors: roots }))
    }

    async fn fetch(&self, vault: &Vault, means: &mut Means<'_>) -> Result<Asked, ContactError> {
        Ok(match self {
            Self::Peer(link) => Asked::Peer(fetch(vault, link, means).await?),
            Self::Web(link, web) => Asked::Web(fetch_post(vault, link, web, means).await?),
        })
    }
}

impl Asked {
    const fn request(&self) -> &SignedRequest {
        match self {
            Self::Peer(fetched) => fetched.request(),
            Self::Web(fetched) => fetched.request(),
        }
    }

    async fn leave(self) {
        match self {
            Self::Peer(fetched) => fetched.leave().await,
            // Nothing is open there.
            Self::Web(_) => {}
        }
    }

    async fn show(
        self,
        vault: &Vault,
        plan: &Plan<'_>,
        agreed: Agreed,
        means: &mut Means<'_>,
    ) -> Result<Shown, ContactError> {
        Ok(match self {
            Self::Peer(fetched) => {
                let showing = fetched.show(vault, plan, agreed, means).await?;
                Shown { entry: showing.entry, outcome: Some(showing.outcome), go_on: None }
            }
            Self::Web(fetched) => {
                let posted = fetched.show(vault, plan, agreed, means).await?;
                Shown { entry: posted.entry, outcome: posted.outcome, go_on: posted.go_on }
            }
        })
    }
}

/// What the rules of the holder make of a request.
enum ByRule {
    Answers,
    Asks,
    Refuses(String),
}

struct Walk<'a> {
    shell: &'a Shell,
    args: &'a Present,
    vault: &'a Vault,
    /// Under which it is shown, and whether there are others.
    persona: Persona,
    several: bool,
    held: &'a [HeldLedger],
    approved: Option<Hash>,
    /// The holder's rules, where they are to decide.
    rules: Option<Rules>,
}

impl Walk<'_> {
    async fn run(&self, link: &Where, means: &mut Means<'_>) -> Result<Report, Failure> {
        let fetched = link.fetch(self.vault, means).await?;
        let request = fetched.request().clone();
        let pick = match self.args.pick {
            PickWhich::Newest => Pick::Newest,
            PickWhich::Best => Pick::Best,
        };
        //= spec/text/erasure.md#REQ-ERASE-9
        //# What a blocked party asks for MUST be refused before anything is planned, whatever a rule or an approval says, and
        //# looks to it like nothing to show.
        if let Some(blocked) = self.vault.is_blocked(&request.request().verifier)? {
            return Err(self.by_blocked(fetched, &blocked).await);
        }
        //= spec/text/rules.md#REQ-RULE-5
        //# What a rule refuses MUST look to the other side like nothing to show
        if let Some(Verdict { then: Then::Refuse, rule: Some(rule), .. }) =
            self.judged(&request, &Doubts::default())?
        {
            return Err(self.refused(fetched, &rule).await);
        }
        let conflicts = self.vault.conflicts()?;
        let plan = Plan::new(&request, self.held, pick, self.shell.now())
            .and_then(|plan| plan.check_records(&conflicts).map(|()| plan));
        let plan = match plan {
            Ok(plan) => plan,
            Err(fault) => return Err(self.no_answer(fetched, fault).await),
        };
        let plan = match self.several {
            true => {
                let ties = self.vault.ties(&plan)?;
                plan.under(&self.persona, ties)?
            }
            false => plan,
        };
        let (shown, now) = (self.vault.shown()?, self.shell.now());
        let consent = Consent::new(&plan, &shown, now);
        // What a person reads is in their language; what a program reads is the same in each.
        let read = Consent::new_in(&plan, &shown, now, self.lang());
        //= spec/text/private.md#REQ-PRIVATE-15
        //# It notes the attempt (`request.climbing`).
        if plan.climbing() {
            let what = Happened::Climbing { to: WhoAsked::of(&request), request: request.digest() };
            self.vault.note_under(self.persona.number, what, self.shell.now())?;
        }
        if self.args.dry_run {
            let what = Happened::DryRun {
                to: WhoAsked::of(&request),
                request: request.digest(),
                approve: Some(consent.approve),
                code: None,
            };
            self.vault.note_under(self.persona.number, what, self.shell.now())?;
            fetched.leave().await;
            let pick = match self.args.pick {
                PickWhich::Newest => "",
                PickWhich::Best => " --pick best",
            };
            let risk = if consent.not_compared().is_empty() { "" } else { " --not-compared" };
            let under = match self.several {
                true => format!(" --persona {}", super::persona::quoted(&self.persona.name)),
                false => String::new(),
            };
            let command = format!("faam present LINK --approve {}{pick}{risk}{under}", consent.approve);
            let agree = asks::to_agree(self.lang(), command);
            let text = format!(
                "{}\n\n{}\n{}",
                self.text_of(&read),
                asks::nothing_shown(self.lang()),
                wrap(&agree, self.shell.width.max(agree.len()), 0)
            );
            let data = json!({"dry_run": true, "approve": consent.approve, "consent": data(&consent)?});
            return Ok(Report { data, text });
        }
        let by_rule = match self.by_rule(&request, &consent.doubts())? {
            ByRule::Refuses(rule) => return Err(self.refused(fetched, &rule).await),
            ByRule::Answers => true,
            ByRule::Asks => false,
        };
        //= spec/text/link.md#REQ-LINK-9
        //# A link MUST NOT start anything by itself: the holder is asked all the same.
        if !by_rule && let Err((failure, withheld)) = self.agree(&read) {
            let (to, request) = (WhoAsked::of(&request), request.digest());
            let what = match withheld {
                Some(why) => Happened::Withheld { to, request, why },
                None => Happened::Declined { to, request },
            };
            self.vault.note_under(self.persona.number, what, self.shell.now())?;
            fetched.leave().await;
            return Err(failure);
        }
        let agreed = Agreed { to: consent.approve, not_compared: self.args.not_compared };
        let showing = fetched.show(self.vault, &plan, agreed, means).await.map_err(not_decided)?;
        self.report(&consent, &showing)
    }

    /// What the rules of the holder say, where they are to decide.
    fn judged(&self, request: &SignedRequest, doubts: &Doubts) -> Result<Option<Verdict>, Failure> {
        let Some(rules) = &self.rules else { return Ok(None) };
        let history = History::under(self.persona.number, &self.vault.log(usize::MAX)?);
        Ok(Some(rules.judge(&WhoAsked::of(request), doubts, &history, self.shell.now())))
    }

    //= spec/text/rules.md#REQ-RULE-9
    //# What a rule decides MUST be in the log with the rule's name before anything leaves
    fn note_rule(&self, request: &SignedRequest, then: Then, rule: &str) -> Result<(), Failure> {
        let (to, request) = (WhoAsked::of(request), request.digest());
        let what = Happened::RuleApplied { to, request, rule: rule.to_owned(), then };
        self.vault.note_under(self.persona.number, what, self.shell.now())?;
        Ok(())
    }

    /// Whether a rule answers, which is noted before anything leaves; the rule that refuses, if one does.
    fn by_rule(&self, request: &SignedRequest, doubts: &Doubts) -> Result<ByRule, Failure> {
        Ok(match self.judged(request, doubts)? {
            Some(Verdict { then: Then::Refuse, rule: Some(rule), .. }) => ByRule::Refuses(rule),
            Some(Verdict { then: Then::Answer, rule: Some(rule), .. }) => {
                self.note_rule(request, Then::Answer, &rule)?;
                say(&asks::by_rule(self.lang(), foreign(&rule, MAX_NAME_BYTES)));
                ByRule::Answers
            }
            Some(Verdict { rule: Some(rule), doubts, .. }) if !doubts.is_empty() => {
                say(&asks::rule_asks(self.lang(), foreign(&rule, MAX_NAME_BYTES)));
                ByRule::Asks
            }
            _ => ByRule::Asks,
        })
    }

    /// A rule refuses: for the other side it is as if nothing were held.
    async fn refused(&self, fetched: Asked, rule: &str) -> Failure {
        let request = fetched.request();
        let declined = Happened::Declined { to: WhoAsked::of(request), request: request.digest() };
        let noted = self.note_rule(request, Then::Refuse, rule).and_then(|()| {
            self.vault.note_under(self.persona.number, declined, self.shell.now()).map_err(Failure::from)
        });
        fetched.leave().await;
        if let Err(failure) = noted {
            return failure;
        }
        let what = format!("nothing was shown: your rule “{}” refuses this", foreign(rule, MAX_NAME_BYTES));
        Failure::new(Reason::ConsentMissing, &what)
            .at("rules.toml")
            .hint("To decide yourself, give --ask; to see your rules: faam rules")
    }

    /// Who is blocked gets nothing: for them it is as if nothing were held.
    async fn by_blocked(&self, fetched: Asked, blocked: &Blocked) -> Failure {
        let request = fetched.request();
        let what = Happened::ByBlocked { to: WhoAsked::of(request), request: request.digest() };
        let noted = self.vault.note(what, self.shell.now());
        let name = foreign(&request.request().ask.name, MAX_NAME_BYTES);
        fetched.leave().await;
        if let Err(error) = noted {
            return error.into();
        }
        let since = self.shell.local(blocked.since);
        let what = format!("nothing was shown: you blocked “{name}” at {since}");
        let quoted = quoted(blocked.verifier.as_str());
        Failure::new(Reason::ConsentMissing, &what).at("consent").hint(&format!(
            "They see no more than if you had nothing. To take it back: faam stop {quoted} --undo"
        ))
    }

    /// In which language a person is told what would be shown.
    fn lang(&self) -> Lang {
        self.args.lang.unwrap_or(self.shell.lang)
    }

    fn text_of(&self, consent: &Consent) -> String {
        consent.to_text_with(self.shell.width, &|moment| self.shell.local(moment))
    }

    /// A wallet that has no answer looks, to the other side, like one that does not answer.
    async fn no_answer(&self, fetched: Asked, fault: Fault) -> Failure {
        let request = fetched.request();
        let (to, digest, code) = (WhoAsked::of(request), request.digest(), fault.reason());
        let what = match self.args.dry_run {
            true => Happened::DryRun { to, request: digest, approve: None, code: Some(code) },
            false => Happened::NotAnswered { to, request: digest, code },
        };
        let noted = self.vault.note_under(self.persona.number, what, self.shell.now());
        let why = noted.and_then(|_| self.why(request, code));
        fetched.leave().await;
        match why {
            Ok(None) => Failure::from(fault).during("nothing was shown"),
            Ok(Some(why)) => Failure::new(code, &why).at(fault.at()).during("nothing was shown"),
            Err(error) => error.into(),
        }
    }

    /// Why there is no answer, for the holder alone.
    fn why(&self, request: &SignedRequest, code: Reason) -> Result<Option<String>, VaultError> {
        Ok(match code {
            Reason::NothingToShow => lacking(request, self.held),
            Reason::RequestClimbing => {
                let shown = self.vault.shown()?;
                climbing(request, self.held, &shown, &|moment| self.shell.local(moment))
            }
            _ => None,
        })
    }

    /// The digest of exactly what would be shown, or a person who has read it.
    //= spec/text/request.md#REQ-REQUEST-11
    //# A wallet MUST ask its holder, whatever the link says
    fn agree(&self, consent: &Consent) -> Result<(), (Failure, Option<Withheld>)> {
        if let Some(digest) = self.approved.filter(|digest| *digest != consent.approve) {
            let (why, what) =
                self.approved_otherwise(digest, consent).map_err(|error| (error.into(), None))?;
            let failure = Failure::new(Reason::ConsentMissing, &format!("nothing was shown: {what}"))
                .at("--approve")
                .hint("Look at this link with --dry-run, with the same --pick as then, and give --approve the digest that it prints.");
            return Err((failure, Some(why)));
        }
        if let (Some(digest), Some(_)) = (self.approved, &consent.verifier.post) {
            self.check_counts(digest)?;
        }
        self.check_compared(consent).map_err(|failure| (failure, Some(Withheld::NotCompared)))?;
        if self.approved.is_some() {
            return Ok(());
        }
        say(&self.text_of(consent));
        self.ask_person(consent).map_err(|failure| (failure, None))
    }

    /// Whether an approval of something that is posted counts: it is of the question, which may come again.
    fn check_counts(&self, digest: Hash) -> Result<(), (Failure, Option<Withheld>)> {
        let failed = |error: VaultError| (error.into(), None);
        let looked = self.vault.dry_run(digest).map_err(failed)?;
        let shown = self.vault.shown().map_err(failed)?;
        let Err(why) = counts(looked.as_ref(), &shown, self.shell.now()) else { return Ok(()) };
        let what = match why {
            Withheld::SpentApproval => "what you approved was shown already; an approval counts once",
            Withheld::StaleApproval => "you looked at what you approved more than 7 days ago",
            _ => "the digest belongs to no question that this wallet has looked at",
        };
        let failure = Failure::new(Reason::ConsentMissing, &format!("nothing was shown: {what}"))
            .at("--approve")
            .hint("Look at this link with --dry-run, and give --approve the digest that it prints.");
        Err((failure, Some(why)))
    }

    /// What was approved, if it is not what would be shown.
    fn approved_otherwise(&self, digest: Hash, consent: &Consent) -> Result<(Withheld, String), VaultError> {
        if digest == consent.request {
            let what = "that is the digest of the question itself, and not of what would be shown";
            return Ok((Withheld::UnknownApproval, what.to_owned()));
        }
        let Some(LogEntry { at, what: Happened::DryRun { to, request, .. }, .. }) =
            self.vault.dry_run(digest)?
        else {
            let what = "the digest belongs to no question that this wallet has looked at";
            return Ok((Withheld::UnknownApproval, what.to_owned()));
        };
        let at = self.shell.local(at);
        if request == consent.request {
            let what = format!(
                "what would be shown is not what it was at {at}, when the digest was printed: something was renewed or shown since, under this persona or another, or --pick or --persona is another one"
            );
            return Ok((Withheld::StaleApproval, what));
        }
        let (name, purpose) = (foreign(&to.name, MAX_NAME_BYTES), foreign(&to.purpose, MAX_PURPOSE_BYTES));
        let what = format!(
            "the digest belongs to another question, that of “{name}” for “{purpose}”, at which you looked at {at}"
        );
        Ok((Withheld::OtherApproval, what))
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
            let question = asks::question(self.lang());
            let answer = self.shell.ask(&question, "your agreement", "--approve DIGEST")?;
            match (answer.to_ascii_lowercase().as_str(), self.lang()) {
                ("y" | "yes", _) | ("j" | "ja", Lang::Nl) => return Ok(()),
                ("n" | "no", _) | ("nee", Lang::Nl) => break,
                _ => say(&asks::yes_or_no(self.lang())),
            }
        }
        Err(Failure::new(Reason::ConsentMissing, "nothing was shown, because you did not agree")
            .at("consent"))
    }

    fn report(&self, consent: &Consent, showing: &Shown) -> Result<Report, Failure> {
        let Some(outcome) = &showing.outcome else { return self.taken(consent, showing) };
        let decision = outcome.decision();
        let receipt = match outcome.receipt() {
            Ok(receipt) => {
                format!("They signed a receipt: to be deleted by {}.", self.shell.local(receipt.delete_by))
            }
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

impl Walk<'_> {
    /// What a verifier took that tells neither a decision nor what it keeps.
    fn taken(&self, consent: &Consent, showing: &Shown) -> Result<Report, Failure> {
        let data = json!({
            "consent": data(consent)?,
            "decision": null,
            "receipt": null,
            "receipt_fault": null,
            "entry": data(&showing.entry)?,
            "go_on": showing.go_on,
        });
        let mut text =
            "It was shown, and they took it. They did not say how they decide, and signed no receipt."
                .to_owned();
        if let Some(address) = &showing.go_on {
            text.push_str(&format!(
                " They ask you to go on at {}, which was not opened.",
                foreign(address, MAX_WEB_ADDRESS_BYTES)
            ));
        }
        Ok(Report { data, text: wrap(&text, self.shell.width, 0) })
    }
}

fn not_decided(error: ContactError) -> Failure {
    Failure::from(error).during("no decision came back, and something may have been shown")
}
