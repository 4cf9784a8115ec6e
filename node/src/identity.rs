//! Who a node is: its name on the network, its DID as a verifier, and the secrets of its market.

use faam_issuer::Secrets;
use faam_spec::did::Did;
use faam_spec::key::SigningKey;
use faam_spec::reason::{Fault, Reason};
use faam_spec::signed::Signer;
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::core::{Change, Storage, StorageError, Table};

const PEER: &[u8] = b"peer";
const VERIFIER: &[u8] = b"verifier";
const ISSUER: &[u8] = crate::core::ISSUER_SECRETS;

/// The keys of a node, as its store has them.
#[derive(Debug)]
pub struct Identity {
    peer: SigningKey,
    verifier: Signer,
    issuer: Signer,
}

impl Identity {
    /// Draws fresh keys and stores them.
    ///
    /// # Errors
    /// When they are not certain to be on the disk.
    pub fn create(store: &dyn Storage, rng: &mut impl CryptoRngCore) -> Result<Self, StorageError> {
        let peer = SigningKey::random(rng);
        let verifier = SigningKey::random(rng);
        let secrets = Secrets::random(rng);
        store.commit(vec![
            Change::put(Table::SECRETS, PEER, *peer.seed()),
            Change::put(Table::SECRETS, VERIFIER, *verifier.seed()),
            Change::put(Table::SECRETS, ISSUER, secrets.to_bytes().as_slice()),
        ])?;
        Ok(Self { peer, verifier: Signer::from_key(verifier), issuer: secrets.signer().clone() })
    }

    /// Reads the keys of a store.
    ///
    /// # Errors
    /// When one is missing.
    pub fn load(store: &dyn Storage) -> Result<Self, StorageError> {
        let missing = |at| StorageError(Box::new(Fault::new(Reason::StoreDamaged, at)));
        let seed = |id: &[u8], at| {
            let bytes = Zeroizing::new(store.get(Table::SECRETS, id)?.ok_or_else(|| missing(at))?);
            let seed = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| missing(at))?;
            Ok(SigningKey::from_seed(seed))
        };
        let peer = seed(PEER, "peer_seed")?;
        let verifier = Signer::from_key(seed(VERIFIER, "verifier_seed")?);
        let secrets = store.get(Table::SECRETS, ISSUER)?.ok_or_else(|| missing("issuer_secrets"))?;
        let secrets =
            Secrets::from_bytes(&Zeroizing::new(secrets)).map_err(|fault| StorageError(Box::new(fault)))?;
        Ok(Self { peer, verifier, issuer: secrets.signer().clone() })
    }

    /// Seed of the network's identity key.
    #[must_use]
    pub fn peer_seed(&self) -> Zeroizing<[u8; 32]> {
        self.peer.seed()
    }

    /// The name on the network.
    #[must_use]
    pub fn peer(&self) -> faam_spec::peer::PeerId {
        faam_spec::peer::PeerId::from_public_key(self.peer.verifying_key().to_bytes())
    }

    /// Who signs requests and receipts.
    #[must_use]
    pub const fn verifier(&self) -> &Signer {
        &self.verifier
    }

    /// The DID under which the market signs.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        self.issuer.did()
    }
}
