use std::sync::mpsc;

use faam_spec::key::SigningKey;
use faam_spec::peer::PeerId;
use faam_spec::signed::Signer;
use faam_verifier::{Policy, TrustFile};
use futures::poll;
use tokio::sync::{Semaphore, watch};

use super::*;
use crate::api::guard::Guard;
use crate::core::keys::May;
use crate::core::{Core, MemoryStorage, Settings, Storage as _, Table, Turn};
use crate::daemon::{Clock, CoreHandle};

/// The local interface without its listener, before a core that does one thing for each sign.
struct World {
    api: Arc<Api>,
    store: Arc<MemoryStorage>,
    signs: mpsc::Sender<()>,
    /// Kept, so that nothing is about to end.
    _ends: (watch::Sender<u64>, watch::Sender<()>),
    home: tempfile::TempDir,
}

impl World {
    /// With the key `shop`, in memory and, if it is there too, in the store.
    fn new(stored: bool) -> (Self, NewKey) {
        let home = tempfile::tempdir().unwrap();
        let store = Arc::new(MemoryStorage::default());
        let key = SigningKey::from_seed(&[7; 32]);
        let settings = Settings {
            peer: PeerId::from_public_key(key.verifying_key().to_bytes()),
            verifier: Signer::from_key(key),
            name: "Beta".into(),
            terms: None,
            market: None,
            trust: TrustFile::default(),
            policy: Policy::default(),
        };
        let clock = Clock::of_this_machine();
        let now = clock.now().unwrap();
        let core = Core::restore(settings, &mut Turn { now, rng: &mut OsRng, store: &*store }).unwrap();
        let mut keys = AccessKeys::default();
        let made = keys.make(shop(), &[May::Read], now, &mut OsRng).unwrap();
        if stored {
            store.commit(vec![keys.change(&shop()).unwrap()]).unwrap();
        }
        let key_file = home.path().join("api.key");
        files::write_new(&key_file, b"uOLD\n").unwrap();
        let (signs, waits) = mpsc::channel();
        let ((ended, endings), (closes, closing)) = (watch::channel(0), watch::channel(()));
        let api = Api {
            clock,
            core: CoreHandle::that_waits_for_signs(core, Arc::clone(&store), waits),
            guard: Guard::new(1, hash("uOLD"), keys.clone()),
            calls: Arc::new(Semaphore::new(1)),
            waiting: Semaphore::new(1),
            keys: tokio::sync::Mutex::new(keys),
            key_file,
            // None, and none will come.
            policies: watch::channel(Arc::default()).1,
            webhook: None,
            endings,
            closing,
            metrics: Arc::default(),
            names: Vec::new(),
        };
        (Self { api: Arc::new(api), store, signs, _ends: (ended, closes), home }, made)
    }

    fn is_good(&self, key: &str) -> bool {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
        self.api.guard.check_key(&headers, self.api.now().unwrap()).is_ok()
    }

    /// Waits until somebody changes keys, and then until that is done.
    async fn done(&self) {
        for _ in 0..10_000 {
            if self.api.keys.try_lock().is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(self.api.keys.try_lock().is_err(), "nobody goes on with what was begun");
        self.signs.send(()).unwrap();
        drop(self.api.keys.lock().await);
    }
}

fn shop() -> OwnName {
    "shop".parse().unwrap()
}

#[tokio::test]
async fn a71_a_key_that_was_revoked_is_refused_also_where_the_caller_went() {
    let (world, key) = World::new(true);
    assert!(world.is_good(&key.0));
    {
        let mut call = Box::pin(revoke(State(Arc::clone(&world.api)), Path("shop".to_owned())));
        assert!(poll!(&mut call).is_pending());
        // The caller goes, and with it the handler.
    }
    world.done().await;
    assert!(!world.is_good(&key.0));
    assert_eq!(world.store.count(Table::API_KEYS).unwrap(), 0);
    assert!(world.api.keys.lock().await.get(&shop()).is_none());
}

#[tokio::test]
async fn a71_the_owners_new_key_is_good_also_where_the_caller_went() {
    let (world, _) = World::new(true);
    {
        let name = Path("owner".to_owned());
        let mut call = Box::pin(rotate(State(Arc::clone(&world.api)), name, Ok(axum::body::Bytes::new())));
        assert!(poll!(&mut call).is_pending());
    }
    world.done().await;
    let file = std::fs::read_to_string(world.home.path().join("api.key")).unwrap();
    assert_ne!(file.trim(), "uOLD");
    assert!(world.is_good(file.trim()) && world.is_good("uOLD"), "the old one until the overlap is over");
}

#[tokio::test]
async fn a71_a_key_that_is_gone_is_not_written_back_because_it_was_used() {
    // It is in memory still, and in the store no more.
    let (world, _) = World::new(false);
    note_use(&world.api, Caller::Named(shop()), world.api.now().unwrap());
    world.done().await;
    assert_eq!(world.store.count(Table::API_KEYS).unwrap(), 0);
}
