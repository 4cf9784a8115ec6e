//! Presenting over the network: fetching the request, answering it in pages, taking the decision and the receipt.

use faam_node::net::{Client, Protocol};
use faam_spec::did::KeyHistories;
use faam_spec::link::{Link, LinkKind};
use faam_spec::presentation;
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use faam_spec::wire::{self, Message, PresentAnswer, PresentAsk};

use super::{ContactError, Means, Progress, ask, is_over, misplaced};
use crate::held::HeldLedger;
use crate::outcome::Outcome;
use crate::present::{Agreed, Plan};
use crate::vault::{Happened, LogEntry, Reach, Told, Vault};

/// How often a connection that ends is dialled again; the same bytes get the same answer.
const REDIALS: u32 = 2;

/// A request that was fetched and is what its link said, and the connection over which it came.
#[derive(Debug)]
pub struct Fetched {
    link: Link,
    client: Client,
    request: SignedRequest,
}

/// What came of showing something.
#[derive(Debug)]
pub struct Showing {
    /// The note about it.
    pub entry: LogEntry,
    /// The decision and the receipt.
    pub outcome: Outcome,
}

/// Fetches the request that `link` leads to, and verifies that it is by whom the link named and to be answered there.
///
/// # Errors
/// [`ContactError`]; `request.party` if somebody else signed it, `request.peer` if it names another peer than the one that
/// was dialled (A45), `request.expired`. A request that is not what it should be is noted in the log.
pub async fn fetch(vault: &Vault, link: &Link, means: &mut Means<'_>) -> Result<Fetched, ContactError> {
    link.check(LinkKind::Present, means.now())?;
    let client = means.dial(link).await?;
    match fetch_over(&client, vault.histories(), link, means).await {
        Ok(request) => Ok(Fetched { link: link.clone(), client, request }),
        Err(error) => {
            client.close().await;
            if let ContactError::Fault(fault) = &error {
                let what = Happened::RequestRefused {
                    verifier: link.did().into(),
                    code: fault.reason(),
                    place: fault.at().to_owned(),
                };
                vault.note(what, means.now())?;
            }
            Err(error)
        }
    }
}

async fn fetch_over(
    client: &Client,
    histories: &KeyHistories,
    link: &Link,
    means: &Means<'_>,
) -> Result<SignedRequest, ContactError> {
    let question = PresentAsk::Fetch { capability: link.capability() };
    let answer = ask(client, Protocol::Present, Message::new(question)).await?;
    match answer.head {
        PresentAnswer::Request => Ok(check_request(&answer.body, histories, link, means)?),
        PresentAnswer::Refused { code } => Err(ContactError::Refused(code)),
        _ => Err(misplaced()),
    }
}

/// Verifies a request that came for `link`: signature, and that the link and the request name the same party and peer.
fn check_request(
    bytes: &[u8],
    histories: &KeyHistories,
    link: &Link,
    means: &Means<'_>,
) -> Result<SignedRequest, Fault> {
    let now = means.now();
    let text = str::from_utf8(bytes).map_err(|_| Fault::new(Reason::MalformedJws, "request"))?;
    let request = SignedRequest::open(text, histories, now)?;
    //= spec/text/request.md#REQ-REQUEST-8
    //# A wallet MUST refuse a request that is signed by another DID than the link named.
    //= spec/text/request.md#REQ-REQUEST-9
    //# A wallet MUST refuse a request that names another peer than the one it is connected to
    request.check_from(link.did(), link.peer(), now)?;
    Ok(request)
}

impl Fetched {
    /// The verified request.
    #[must_use]
    pub const fn request(&self) -> &SignedRequest {
        &self.request
    }

    /// Ends the contact without an answer.
    pub async fn leave(self) {
        self.client.close().await;
    }

    /// Answers with `plan`, if the holder agreed to it. It stands in the log before the first byte leaves; the decision
    /// and the receipt are kept before this returns.
    ///
    /// # Errors
    /// `consent.missing` and `epoch.forked` before anything is noted or leaves, as [`Plan::check_agreed`], [`Plan::check_ties`] and
    /// [`Plan::check_records`]; [`ContactError`], and the log then says that something may have been shown.
    pub async fn show(
        self,
        vault: &Vault,
        plan: &Plan<'_>,
        agreed: Agreed,
        means: &mut Means<'_>,
    ) -> Result<Showing, ContactError> {
        let request = plan.request().clone();
        if request.digest() != self.request.digest() {
            return Err(Fault::new(Reason::Internal, "plan").into());
        }
        plan.check_agreed(agreed)?;
        plan.check_records(&vault.conflicts()?)?;
        plan.check_ties(&vault.ties(plan)?)?;
        let now = means.now();
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        request.check_open(now)?;
        let keys = vault.holder_keys(plan.ledgers())?;
        let bytes = plan.build(&keys, now, means.rng)?.to_bytes()?;
        let reach = Reach::new(&self.link, &bytes);
        let entry = note(vault, plan, &bytes, Some(&reach), now)?;
        match self.answer(&request, &bytes, vault.histories(), means).await {
            Ok(outcome) => {
                let entry = vault.keep_outcome(&entry, &outcome, means.now())?;
                Ok(Showing { entry, outcome })
            }
            Err(error) => {
                vault.note_told(&entry, Told::Failed { code: error.reason() })?;
                Err(error)
            }
        }
    }

    /// Sends the pages. A person may have taken longer to read than the connection lives: then it is dialled again.
    async fn answer(
        mut self,
        request: &SignedRequest,
        bytes: &[u8],
        histories: &KeyHistories,
        means: &mut Means<'_>,
    ) -> Result<Outcome, ContactError> {
        let mut redials = 0;
        let body = loop {
            match send(&self.client, &self.link, bytes, means).await {
                Err(error) if is_over(&error) && redials < REDIALS => {
                    redials += 1;
                    self.client = means.dial(&self.link).await?;
                }
                sent => break sent,
            }
        };
        let outcome = match body {
            Ok(body) => {
                Outcome::open(&body, request, bytes, histories, means.now()).map_err(ContactError::from)
            }
            Err(error) => Err(error),
        };
        self.client.close().await;
        outcome
    }
}

/// Writes into the log what is about to leave, and with the same change what every pseudonym has shown by then, and what it takes to ask
/// for its erasure.
pub(super) fn note(
    vault: &Vault,
    plan: &Plan<'_>,
    bytes: &[u8],
    reach: Option<&Reach>,
    now: Timestamp,
) -> Result<LogEntry, ContactError> {
    let what = plan.to_log(bytes, now)?;
    if !plan.private().is_empty() {
        plan.check_records(&vault.conflicts()?)?;
    }
    let verifier = &plan.request().request().verifier;
    let mut shown = Vec::new();
    for part in plan.private() {
        let (ledger, role) = (part.held().info().ledger, part.role());
        // Something else may have been shown since the plan was made.
        if let Some(held) = vault.held(ledger)?.as_ref().and_then(HeldLedger::private) {
            held.shown.check(verifier, role, part.milestones())?;
        }
        shown.push((ledger, role.clone(), part.milestones().clone()));
    }
    //= spec/text/private.md#REQ-PRIVATE-15
    //# Under one pseudonym a wallet MUST NOT show a higher step of a metric than it showed before
    Ok(vault.note_shown((plan.persona(), what), verifier, &shown, reach, now)?)
}

async fn send(
    client: &Client,
    link: &Link,
    bytes: &[u8],
    means: &mut Means<'_>,
) -> Result<Vec<u8>, ContactError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let pages = u32::try_from(wire::pages(size)).unwrap_or(u32::MAX);
    for page in 0..pages {
        let body = wire::page(bytes, page).unwrap_or_default().to_vec();
        let hash = presentation::hash(bytes);
        let head = PresentAsk::Answer { capability: link.capability(), bytes: size, hash, page };
        let answer = ask(client, Protocol::Present, Message { head, body }).await?;
        match answer.head {
            PresentAnswer::More if page + 1 < pages => {}
            PresentAnswer::Decided => return Ok(answer.body),
            PresentAnswer::Refused { code } => return Err(ContactError::Refused(code)),
            _ => return Err(misplaced()),
        }
        (means.progress)(Progress::Sent { done: page + 1, of: pages });
    }
    Err(misplaced())
}
