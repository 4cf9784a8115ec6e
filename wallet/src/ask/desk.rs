//! Where answers are taken: messages of `/faam/present/1` in, answers out, and the wallet opened only to judge.
//!
//! What is held in memory are open questions with their keys, as the vault had them when it was last opened, and pages of answers that are
//! on their way. That something was asked or taken back meanwhile shows in a file ([`asks_mark`]), so that the vault, which costs a
//! second to open, is opened for strangers once for each question and no oftener.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use faam_node::core::{Page, PeerInfo, Uploads};
use faam_spec::encoding::json;
use faam_spec::hash::{Capability, Hash};
use faam_spec::limits::MAX_OUTCOME_BYTES;
use faam_spec::peer::PeerId;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, PresentOutcome};
use zeroize::Zeroizing;

use super::judge::judge;
use crate::vault::{AskEnd, AskKeys, AskState, KeptAsk, KeptDecision, Vault, VaultError, asks_mark};

/// Most reasons that are told to a holder, so that they fit one frame.
const MAX_TOLD_REASONS: usize = 32;
/// Between two tries to open a vault that another program has open.
const RETRY: Duration = Duration::from_millis(200);
/// How long a vault that another program has open is waited for at most while nobody's answer is at stake.
const MOMENT: Duration = Duration::from_secs(2);
/// For how long nothing is tried for strangers after the vault could not be opened.
const REST: Duration = Duration::from_secs(2);

/// What happened at the desk.
#[derive(Debug)]
pub enum DeskEvent {
    /// Somebody looked at a question.
    Fetched {
        /// Its number.
        ask: u64,
    },
    /// An answer was judged.
    Decided(Box<KeptAsk>),
    /// An answer came and could not be judged; whoever sent it was told that the asker is busy.
    NotJudged {
        /// The question.
        ask: u64,
        /// Why.
        code: Reason,
    },
}

/// What the desk goes by to see that the vault has to be looked at again.
type Mark = (Option<String>, Option<(SystemTime, u64)>);

/// The desk of one wallet.
pub struct Desk {
    home: PathBuf,
    passphrase: Zeroizing<Vec<u8>>,
    patience: Duration,
    only: Option<u64>,
    asks: BTreeMap<PeerId, Question>,
    uploads: Uploads,
    mark: Mark,
    resting: Option<std::time::Instant>,
}

/// A question as it is held in memory.
struct Question {
    ask: KeptAsk,
    keys: AskKeys,
    capability: Capability,
    request: String,
}

/// Why nothing is told of a question but a code.
enum Refused {
    Fault(Fault),
    Vault(VaultError),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<VaultError> for Refused {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl Refused {
    /// What is wrong with the asker's wallet is not a stranger's business.
    //= spec/text/wire.md#REQ-WIRE-9
    //# what is wrong with the node's own store is `net.busy` to others
    const fn wire_reason(&self) -> Reason {
        match self {
            Self::Fault(fault) => fault.reason(),
            Self::Vault(_) => Reason::NetBusy,
        }
    }
}

/// Says nothing of passphrase, links and keys.
impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("asks", &self.asks.len()).finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk that knows no question yet. When an answer is there, a vault that another program has open is waited for as long as
    /// `patience`.
    #[must_use]
    pub fn new(home: &Path, passphrase: Zeroizing<Vec<u8>>, patience: Duration) -> Self {
        Self {
            home: home.to_owned(),
            passphrase,
            patience,
            only: None,
            asks: BTreeMap::new(),
            uploads: Uploads::default(),
            mark: (None, None),
            resting: None,
        }
    }

    /// A desk for one question alone.
    #[must_use]
    pub fn only(self, number: u64) -> Self {
        Self { only: Some(number), ..self }
    }

    /// Whether something was asked, taken back or locked anew since the vault was last opened.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.mark != mark(&self.home)
    }

    /// Opens the vault and learns what is open, forgetting what is to be kept no longer.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn look(&mut self, now: Timestamp) -> Result<(), VaultError> {
        let vault = self.open(self.patience.min(MOMENT))?;
        self.look_in(&vault, now)
    }

    fn look_in(&mut self, vault: &Vault, now: Timestamp) -> Result<(), VaultError> {
        vault.sweep_asks(now)?;
        let mut asks = BTreeMap::new();
        // One that was decided is told once more to whoever lost the reply, until its own time is over.
        let here = |ask: &KeptAsk| now < ask.expires && self.only.is_none_or(|only| only == ask.number);
        for ask in vault.asks()?.into_iter().filter(here) {
            let keys = vault.ask_keys(ask.persona, &ask.id, ask.asked_as)?;
            let link = ask.link()?;
            let request = ask.pending.get("request").and_then(serde_json::Value::as_str);
            let request = request.ok_or(Fault::new(Reason::StoreDamaged, "ask.pending"))?.to_owned();
            asks.insert(link.peer(), Question { keys, capability: link.capability(), request, ask });
        }
        self.asks = asks;
        // While nobody else can change anything.
        self.mark = mark(&self.home);
        Ok(())
    }

    /// The questions that can be answered, each with the seed of its peer's key.
    pub fn open_asks(&self, now: Timestamp) -> impl Iterator<Item = (&KeptAsk, &AskKeys)> {
        let open = move |question: &&Question| now < question.ask.expires && !question.is_ended();
        self.asks.values().filter(open).map(|question| (&question.ask, &question.keys))
    }

    /// A question, as it was when the vault was last opened.
    #[must_use]
    pub fn ask(&self, number: u64) -> Option<&KeptAsk> {
        self.asks.values().map(|question| &question.ask).find(|ask| ask.number == number)
    }

    /// Answers a message on `/faam/present/1`.
    pub fn answer(&mut self, from: PeerInfo, payload: &[u8], now: Timestamp) -> (Vec<u8>, Option<DeskEvent>) {
        let mut event = None;
        let answer = match self.try_answer(from, payload, now, &mut event) {
            Ok(answer) => answer,
            Err(refused) => {
                tracing::debug!(code = refused.wire_reason().code(), "refused");
                Message::new(PresentAnswer::Refused { code: refused.wire_reason() })
            }
        };
        (answer.encode().unwrap_or_default(), event)
    }

    fn try_answer(
        &mut self,
        from: PeerInfo,
        payload: &[u8],
        now: Timestamp,
        event: &mut Option<DeskEvent>,
    ) -> Result<Message<PresentAnswer>, Refused> {
        let asked: Message<PresentAsk> = Message::decode(payload)?;
        let capability = match asked.head {
            PresentAsk::Fetch { capability }
            | PresentAsk::Answer { capability, .. }
            | PresentAsk::Erase { capability, .. } => capability,
        };
        self.find(from.local, capability)?;
        match asked.head {
            PresentAsk::Fetch { .. } if asked.body.is_empty() => {
                //= spec/text/asking.md#REQ-ASK-10
                //# While the asker's wallet cannot be opened, a question that may have been taken back MUST NOT be handed out
                self.freshen(now)?;
                let question = self.find(from.local, capability)?;
                question.check_open(now)?;
                *event = Some(DeskEvent::Fetched { ask: question.ask.number });
                let body = question.request.as_bytes().to_vec();
                Ok(Message { head: PresentAnswer::Request, body })
            }
            PresentAsk::Fetch { .. } => Err(Fault::new(Reason::WireMessage, "body").into()),
            //= spec/text/asking.md#REQ-ASK-12
            //# An asker's wallet MUST refuse to be asked for an erasure over the wire (`wire.message`)
            PresentAsk::Erase { .. } => Err(Fault::new(Reason::WireMessage, "m").into()),
            PresentAsk::Answer { bytes, hash, page, .. } => {
                let page = Page { capability, announced: bytes, hash, number: page, body: asked.body };
                self.take_page(from.local, page, now, event)
            }
        }
    }

    /// The question that is answered at this peer, for whoever was given its link.
    fn find(&self, peer: PeerId, capability: Capability) -> Result<&Question, Fault> {
        //= spec/text/wire.md#REQ-WIRE-8
        //# A question that reached the node under another PeerId than the request names MUST be refused
        //# (`request.peer`).
        let question = self.asks.get(&peer).ok_or(Fault::new(Reason::RequestPeer, "peer"))?;
        //= spec/text/wire.md#REQ-WIRE-9
        //# Of a capability that is not known, nothing MUST be said but `offer.unknown` or `request.unknown`
        if question.capability != capability {
            return refuse(Reason::RequestUnknown, "capability");
        }
        Ok(question)
    }

    fn take_page(
        &mut self,
        peer: PeerId,
        page: Page,
        now: Timestamp,
        event: &mut Option<DeskEvent>,
    ) -> Result<Message<PresentAnswer>, Refused> {
        let hash = page.hash;
        let question = self.find(peer, page.capability)?;
        if let Some(told) = question.told(hash)? {
            return Ok(told);
        }
        question.check_open(now)?;
        let (number, capability) = (question.ask.number, question.capability);
        let Some(bytes) = self.uploads.take(page, now)? else {
            return Ok(Message::new(PresentAnswer::More));
        };
        let decided = self.decide(peer, capability, (&bytes, hash), now);
        match &decided {
            Ok(_) => {
                let ask = self.find(peer, capability)?.ask.clone();
                *event = Some(DeskEvent::Decided(Box::new(ask)));
            }
            Err(Refused::Vault(error)) => {
                *event = Some(DeskEvent::NotJudged { ask: number, code: error.reason() });
            }
            Err(Refused::Fault(_)) => {}
        }
        decided
    }

    /// Opens the vault, and judges unless it was answered or taken back meanwhile.
    fn decide(
        &mut self,
        peer: PeerId,
        capability: Capability,
        (bytes, hash): (&[u8], Hash),
        now: Timestamp,
    ) -> Result<Message<PresentAnswer>, Refused> {
        let vault = self.open(self.patience)?;
        self.look_in(&vault, now)?;
        let question = self.find(peer, capability)?;
        if let Some(told) = question.told(hash)? {
            return Ok(told);
        }
        question.check_open(now)?;
        //= spec/text/wire.md#REQ-WIRE-7
        //# A node MUST judge one presentation for each request, whatever the outcome, and keep the decision
        //# before it tells it.
        let ask = judge(&vault, &question.ask, &question.keys, (bytes, hash), now)?;
        self.uploads.end(capability);
        self.mark = mark(&self.home);
        if let Some(question) = self.asks.get_mut(&peer) {
            question.ask = ask;
        }
        let told = self.find(peer, capability)?.told(hash)?;
        Ok(told.ok_or(Fault::new(Reason::Internal, "ask"))?)
    }

    /// Looks again if something was changed.
    fn freshen(&mut self, now: Timestamp) -> Result<(), Refused> {
        if !self.is_stale() {
            return Ok(());
        }
        // Whoever knocks and knocks does not have a second of work done for each time.
        if self.resting.is_some_and(|since| since.elapsed() < REST) {
            return Err(Fault::new(Reason::NetBusy, "vault").into());
        }
        let looked = self.look(now);
        self.resting = looked.is_err().then(std::time::Instant::now);
        Ok(looked?)
    }

    fn open(&self, patience: Duration) -> Result<Vault, VaultError> {
        let begun = std::time::Instant::now();
        loop {
            match Vault::open(&self.home, &self.passphrase) {
                Err(error) if error.reason() == Reason::StoreInUse && begun.elapsed() < patience => {
                    std::thread::sleep(RETRY);
                }
                opened => return opened,
            }
        }
    }
}

impl Question {
    fn is_ended(&self) -> bool {
        matches!(self.ask.state, AskState::Ended { .. })
    }

    /// Whether it can be answered now.
    fn check_open(&self, now: Timestamp) -> Result<(), Fault> {
        match &self.ask.state {
            AskState::Decided(_) => refuse(Reason::NonceUsed, "request"),
            AskState::Ended { how: AskEnd::Revoked, .. } => refuse(Reason::RequestRevoked, "request"),
            //= spec/text/request.md#REQ-REQUEST-10
            //# A request MUST NOT be answered from `exp` on.
            AskState::Ended { .. } => refuse(Reason::RequestExpired, "request"),
            AskState::Open if now >= self.ask.expires => refuse(Reason::RequestExpired, "request"),
            AskState::Open => Ok(()),
        }
    }

    /// What was told of this answer before; `request.used` for another one.
    //= spec/text/wire.md#REQ-WIRE-7
    //# The same presentation sent again gets the same outcome; any other is `request.used`.
    fn told(&self, presentation: Hash) -> Result<Option<Message<PresentAnswer>>, Fault> {
        let AskState::Decided(kept) = &self.ask.state else { return Ok(None) };
        if kept.presentation != presentation {
            return refuse(Reason::NonceUsed, "request");
        }
        outcome(kept).map(Some)
    }
}

/// What the holder is told: the decision as far as it is theirs to know, and the receipt.
fn outcome(kept: &KeptDecision) -> Result<Message<PresentAnswer>, Fault> {
    let mut told = PresentOutcome { decision: kept.decision.for_holder(), receipt: kept.receipt.clone() };
    told.decision.reasons.truncate(MAX_TOLD_REASONS);
    let body = json(&told)?;
    if body.len() > MAX_OUTCOME_BYTES {
        return refuse(Reason::Internal, "outcome");
    }
    Ok(Message { head: PresentAnswer::Decided, body })
}

/// What changes with what was asked, and with the lock of the vault.
fn mark(home: &Path) -> Mark {
    let slot = home.join("key.slot").metadata().ok();
    let slot = slot.and_then(|about| Some((about.modified().ok()?, about.len())));
    (asks_mark(home), slot)
}
