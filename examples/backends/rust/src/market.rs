//! The marketplace: who asks, who applied, and what was decided.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use faam_verifier::spec::decision::DecisionDocument;
use faam_verifier::spec::encoding::{multi, unmulti};
use faam_verifier::spec::hash::{Capability, Hash};
use faam_verifier::spec::key::SigningKey;
use faam_verifier::spec::openid4vp::{VpLink, WebAddress};
use faam_verifier::spec::peer::PeerId;
use faam_verifier::spec::presentation;
use faam_verifier::spec::reason::{Fault, Reason, refuse};
use faam_verifier::spec::receipt::Receipt;
use faam_verifier::spec::request::{Ask, SignedRequest};
use faam_verifier::spec::signed::Signer;
use faam_verifier::spec::time::Timestamp;
use faam_verifier::spec::wire::PresentOutcome;
use faam_verifier::{
    Lang, Pending, PendingStore as _, SourceCache as _, Sources, StoreError, explain_in, finish, start,
};
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::folder::{Folder, wrong};
use crate::stores::{Nonces, Pendings, Seen};

/// For how long a request can be answered, in seconds.
const LIFE: i64 = 600;
/// Largest file of an application: a decision states at most what a presentation held.
const MAX_APPLICATION_BYTES: usize = 16 * 1024 * 1024;

/// What is said of this service in each request.
pub(crate) struct Terms {
    /// What it calls itself.
    pub(crate) name: String,
    /// For how many days it keeps what it was shown.
    pub(crate) retention_days: u32,
}

/// The service without its network.
pub(crate) struct Market {
    terms: Terms,
    /// Who this service is: wallets know it by this key, and so does everybody who holds a receipt of it.
    me: Signer,
    /// Under which address wallets reach it.
    address: WebAddress,
    books: Mutex<Books>,
}

struct Books {
    /// Whom to believe and what to ask, as the two files say, and what was seen of markets since.
    sources: Sources,
    open: Pendings,
    used: Nonces,
    seen: Seen,
    applications: Folder,
}

/// Somebody wants something, and is asked for a good name.
#[derive(Serialize, Deserialize)]
struct Application {
    account: String,
    listing: String,
    /// Digest of the request, by which it is found among the open ones.
    request: Hash,
    expires: Timestamp,
    withdrawn: bool,
    judged: Option<Judged>,
}

/// What became of the one answer that was judged.
#[derive(Serialize, Deserialize)]
struct Judged {
    /// Hash of the answer, by which it is known again.
    presentation: Hash,
    /// What the wallet was told, with the receipt. It stays.
    told: PresentOutcome,
    /// When what was shown has to be deleted.
    delete_by: Timestamp,
    /// What was decided, until then.
    decision: Option<DecisionDocument>,
    hint: Option<String>,
}

impl Market {
    /// Opens what is kept in `folder`, and makes it the first time.
    pub(crate) fn open(
        folder: &Path,
        sources: Sources,
        address: WebAddress,
        terms: Terms,
    ) -> io::Result<Self> {
        let folder = Folder::open(folder)?;
        let books = Books {
            open: Pendings(folder.folder("open")?),
            used: Nonces(folder.folder("used")?),
            seen: Seen::new(folder.folder("seen")?, folder.folder("forks")?, sources.histories.clone()),
            applications: folder.folder("applications")?,
            sources,
        };
        Ok(Self { terms, me: signer(&folder)?, address, books: Mutex::new(books) })
    }

    /// Asks the person behind `account` for a good name: gives a link for their wallet, to be shown in their session alone.
    pub(crate) fn apply(&self, account: &str, listing: &str, now: Timestamp) -> Result<Value, Fault> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = Ask {
            name: self.terms.name.clone(),
            purpose: format!("To decide about your application for {listing}"),
            retention_days: self.terms.retention_days,
            terms: None,
            query: books.sources.policy.query()?,
            life: LIFE,
        };
        // No peer takes answers here: the request is answered by HTTP alone, and names the peer that nobody but us could be.
        let peer = PeerId::from_public_key(self.me.verifying_key().to_bytes());
        let (request, pending) = start(ask, peer, &self.me, now, &mut OsRng)?;
        books.open.put(&pending).map_err(|error| match error {
            StoreError::Full => Fault::new(Reason::NetBusy, "requests"),
            _ => Fault::new(Reason::StoreIo, "requests"),
        })?;
        let capability = Capability::random(&mut OsRng);
        let application = Application {
            account: account.to_owned(),
            listing: listing.to_owned(),
            request: request.digest(),
            expires: request.request().expires,
            withdrawn: false,
            judged: None,
        };
        books.keep(id(capability), &application)?;
        let link = VpLink::new(self.me.did().into(), self.under("request", capability)?);
        Ok(
            json!({"id": id(capability), "link": link.to_string(), "expires": application.expires.to_string()}),
        )
    }

    /// How an application of `account` stands, in their language.
    pub(crate) fn state(&self, account: &str, id: Hash, lang: Lang, now: Timestamp) -> Result<Value, Fault> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let application = books.of(account, id)?;
        let mut told = json!({"id": id, "listing": application.listing});
        let mut say = |name: &str, value: Value| {
            if let Some(told) = told.as_object_mut() {
                told.insert(name.to_owned(), value);
            }
        };
        match &application.judged {
            Some(judged) => {
                say("state", json!("decided"));
                say("outcome", json!(judged.told.decision.outcome));
                say("delete_by", json!(judged.delete_by.to_string()));
                if let Some(decision) = &judged.decision {
                    say("explanation", json!(explain_in(decision, judged.hint.as_deref(), lang)));
                }
            }
            None => match books.waiting(&application, now) {
                Ok(_) => say("state", json!("open")),
                Err(fault) => {
                    say("state", json!("over"));
                    say("code", json!(fault.reason().code()));
                    say("explanation", json!(fault.reason().sentence_in(lang)));
                }
            },
        }
        Ok(told)
    }

    /// Takes an application back.
    pub(crate) fn withdraw(&self, account: &str, id: Hash) -> Result<(), Fault> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let mut application = books.of(account, id)?;
        if application.judged.is_some() {
            return refuse(Reason::NonceUsed, "request");
        }
        application.withdrawn = true;
        books.keep(id, &application)?;
        books.open.remove(application.request).map_err(|_| Fault::new(Reason::StoreIo, "request"))?;
        Ok(())
    }

    /// The signed request for a wallet that has the link.
    pub(crate) fn request(&self, capability: Capability, now: Timestamp) -> Result<String, Fault> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let application = books.application(id(capability))?;
        let pending = books.waiting(&application, now)?;
        Ok(self.posted(&pending, capability)?.as_str().to_owned())
    }

    /// Whether this is a link of ours, and an answer worth reading.
    pub(crate) fn is_asked(&self, capability: Capability) -> Result<(), Fault> {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.application(id(capability)).map(drop)
    }

    /// Whether `state` is that of the request to which the link leads.
    pub(crate) fn check_state(&self, capability: Capability, state: &str) -> Result<(), Fault> {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.application(id(capability))?.check_state(state)
    }

    /// Judges what was shown, once: the same answer again is told the same, another one that the request was used.
    pub(crate) fn answer(
        &self,
        capability: Capability,
        state: &str,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<PresentOutcome, Fault> {
        let mut guard = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let books = &mut *guard;
        let io = |_| Fault::new(Reason::StoreIo, "request");
        let mut application = books.application(id(capability))?;
        application.check_state(state)?;
        let presentation = presentation::hash(bytes);
        if let Some(judged) = application.judged {
            let same = judged.presentation == presentation;
            return if same { Ok(judged.told) } else { refuse(Reason::NonceUsed, "request") };
        }
        books.waiting(&application, now)?;
        books.seen.load(&mut books.sources).map_err(io)?;
        // From here on the request is over: should this process end before the decision is kept, the person is asked anew, and nothing
        // was judged twice. Whoever has a database does what follows in one transaction.
        let pending = books.open.take(application.request, now).map_err(io)?;
        let pending = pending.ok_or(Fault::new(Reason::NonceUsed, "request"))?;
        let decision = finish(&pending, bytes, &books.sources, &mut books.used, now);
        let document = decision.document();
        // The receipt names the request object that the wallet saw.
        let receipt = Receipt::new(&self.posted(&pending, capability)?, bytes, document);
        let told = PresentOutcome { decision: document.for_holder(), receipt: receipt.sign(&self.me)? };
        // What the markets published is kept with all that is known of them.
        let mut kept = document.clone();
        kept.remember = Default::default();
        application.judged = Some(Judged {
            presentation,
            told: told.clone(),
            delete_by: receipt.delete_by,
            decision: Some(kept),
            hint: decision.hint().map(str::to_owned),
        });
        // Kept before it is told.
        books.keep(id(capability), &application)?;
        // Nobody goes back behind what was seen: the next answer is judged by it. What is left out, the decision has told.
        if books.seen.remember(&mut books.sources, document).is_err() {
            crate::log("what was seen of a market could not be kept");
        }
        Ok(told)
    }

    /// Deletes what was shown when its time has come, and what is over.
    pub(crate) fn sweep(&self, now: Timestamp) -> io::Result<()> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.open.sweep(now).map_err(io::Error::other)?;
        books.used.sweep(now)?;
        for name in books.applications.names()? {
            let Ok(id) = name.parse::<Hash>() else { continue };
            // One that cannot be read is told of, and the others are looked after all the same.
            let Ok(mut application) = books.application(id) else { continue };
            let Some(judged) = &mut application.judged else { continue };
            if judged.delete_by <= now && judged.decision.is_some() {
                (judged.decision, judged.hint) = (None, None);
                books.keep(id, &application).map_err(io::Error::other)?;
            }
        }
        Ok(())
    }

    /// The request as it is fetched: the same question, whose answer is posted to us.
    fn posted(&self, pending: &Pending, capability: Capability) -> Result<SignedRequest, Fault> {
        pending.request().to_post(&self.under("response", capability)?, &self.me)
    }

    fn under(&self, what: &str, capability: Capability) -> Result<WebAddress, Fault> {
        format!("{}/vp/{what}/{capability}", self.address.as_str().trim_end_matches('/')).parse()
    }
}

impl Books {
    fn application(&self, id: Hash) -> Result<Application, Fault> {
        let read = self.applications.read(&id.to_string(), MAX_APPLICATION_BYTES);
        let bytes = read.map_err(|error| {
            crate::log(&format!("an application cannot be read: {error}"));
            Fault::new(Reason::StoreIo, "application")
        })?;
        let bytes = bytes.ok_or(Fault::new(Reason::RequestUnknown, "request"))?;
        serde_json::from_slice(&bytes).map_err(|error| {
            crate::log(&format!("application {id} is damaged: {error}"));
            Fault::new(Reason::StoreDamaged, "application")
        })
    }

    /// An application, for whoever made it and nobody else.
    fn of(&self, account: &str, id: Hash) -> Result<Application, Fault> {
        let found = self.application(id)?;
        if found.account == account { Ok(found) } else { refuse(Reason::RequestUnknown, "request") }
    }

    fn keep(&self, id: Hash, application: &Application) -> Result<(), Fault> {
        let failed = |why: String| {
            crate::log(&format!("an application cannot be kept: {why}"));
            Fault::new(Reason::StoreIo, "application")
        };
        let bytes = serde_json::to_vec(application).map_err(|error| failed(error.to_string()))?;
        self.applications.replace(&id.to_string(), &bytes).map_err(|error| failed(error.to_string()))
    }

    /// The request that waits for an answer to this application; else why there is none.
    fn waiting(&mut self, application: &Application, now: Timestamp) -> Result<Pending, Fault> {
        if application.withdrawn {
            return refuse(Reason::RequestRevoked, "request");
        }
        if now >= application.expires {
            return refuse(Reason::RequestExpired, "request");
        }
        let found = self.open.get(application.request, now);
        found
            .map_err(|_| Fault::new(Reason::StoreIo, "request"))?
            .ok_or(Fault::new(Reason::NonceUsed, "request"))
    }
}

impl Application {
    fn check_state(&self, state: &str) -> Result<(), Fault> {
        if state == self.request.to_string() { Ok(()) } else { refuse(Reason::ResponseMalformed, "state") }
    }
}

/// Under which name an application is kept and shown. The capability itself is nowhere but in the link.
fn id(capability: Capability) -> Hash {
    Hash::of(b"application", capability.as_bytes())
}

/// The key of this service, in a file that nobody else can read; drawn the first time.
fn signer(folder: &Folder) -> io::Result<Signer> {
    const NAME: &str = "signer.key";
    if folder.read(NAME, 256)?.is_none() {
        folder.create(NAME, multi(*SigningKey::random(&mut OsRng).seed()).as_bytes())?;
    }
    let bad = || wrong(format!("'{NAME}' holds no seed; put your copy of it there"));
    let text = String::from_utf8(folder.read(NAME, 256)?.unwrap_or_default()).map_err(|_| bad())?;
    let seed = unmulti(text.trim_end(), "seed").map_err(|_| bad())?;
    let seed = <&[u8; 32]>::try_from(seed.as_slice()).map_err(|_| bad())?;
    Ok(Signer::from_key(SigningKey::from_seed(seed)))
}
