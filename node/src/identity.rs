//! Who a node is: its name on the network, its DID as a verifier, and the secrets of its market.

use faam_issuer::Secrets;
use faam_spec::did::Did;
use faam_spec::encoding::{multi, unmulti};
use faam_spec::key::SigningKey;
use faam_spec::reason::{Fault, Reason, refuse};
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
    verifier_key: SigningKey,
    verifier: Signer,
    issuer: Signer,
}

impl Identity {
    /// Draws fresh keys and stores them.
    ///
    /// # Errors
    /// When they are not certain to be on the disk.
    pub fn create(store: &dyn Storage, rng: &mut impl CryptoRngCore) -> Result<Self, StorageError> {
        let verifier = VerifierIdentity { peer: SigningKey::random(rng), verifier: SigningKey::random(rng) };
        Self::create_as(&verifier, store, rng)
    }

    /// As [`create`](Self::create), for another daemon of a verifier that there is; the secrets of a market are drawn afresh.
    ///
    /// # Errors
    /// When they are not certain to be on the disk.
    pub fn create_as(
        of: &VerifierIdentity,
        store: &dyn Storage,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, StorageError> {
        let VerifierIdentity { peer, verifier } = of.clone();
        let secrets = Secrets::random(rng);
        store.commit(vec![
            Change::put(Table::SECRETS, PEER, *peer.seed()),
            Change::put(Table::SECRETS, VERIFIER, *verifier.seed()),
            Change::put(Table::SECRETS, ISSUER, secrets.to_bytes().as_slice()),
        ])?;
        Ok(Self::of(peer, verifier, secrets.signer().clone()))
    }

    fn of(peer: SigningKey, verifier: SigningKey, issuer: Signer) -> Self {
        Self { peer, verifier: Signer::from_key(verifier.clone()), verifier_key: verifier, issuer }
    }

    /// What other daemons of the same verifier need.
    #[must_use]
    pub fn for_another_daemon(&self) -> VerifierIdentity {
        VerifierIdentity { peer: self.peer.clone(), verifier: self.verifier_key.clone() }
    }

    /// Reads the keys of a store.
    ///
    /// # Errors
    /// When one is missing.
    pub fn load(store: &dyn Storage) -> Result<Self, StorageError> {
        let missing = |at| StorageError::failed(Fault::new(Reason::StoreDamaged, at));
        let seed = |id: &[u8], at| {
            let bytes = Zeroizing::new(store.get(Table::SECRETS, id)?.ok_or_else(|| missing(at))?);
            let seed = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| missing(at))?;
            Ok::<_, StorageError>(SigningKey::from_seed(seed))
        };
        let peer = seed(PEER, "peer_seed")?;
        let verifier = seed(VERIFIER, "verifier_seed")?;
        let secrets = store.get(Table::SECRETS, ISSUER)?.ok_or_else(|| missing("issuer_secrets"))?;
        let secrets = Secrets::from_bytes(&Zeroizing::new(secrets)).map_err(StorageError::failed)?;
        Ok(Self::of(peer, verifier, secrets.signer().clone()))
    }

    /// Seed of the network's identity key.
    #[must_use]
    pub fn peer_seed(&self) -> Zeroizing<[u8; 32]> {
        self.peer.seed()
    }

    /// Seed of the key that signs requests and receipts.
    #[must_use]
    pub fn verifier_seed(&self) -> Zeroizing<[u8; 32]> {
        self.verifier_key.seed()
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

/// What several daemons that are one verifier have in common: the name on the network, and who signs requests and receipts.
///
/// Never the secrets of a market, which has one node.
#[derive(Debug, Clone)]
pub struct VerifierIdentity {
    peer: SigningKey,
    verifier: SigningKey,
}

/// First line of the file of an identity.
const IDENTITY_FILE: &str = "faam-verifier-identity 0";
/// Largest file of an identity, in bytes.
pub const MAX_IDENTITY_BYTES: u64 = 1024;

impl VerifierIdentity {
    /// The text of its file: a line that says what it is, and a line for each key.
    //= spec/text/shared-store.md#REQ-SHARED-1
    //# Daemons that share a store MUST have the same verifier key and the same network key
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let seed = |key: &SigningKey| Zeroizing::new(multi(*key.seed()));
        let (peer, verifier) = (seed(&self.peer), seed(&self.verifier));
        Zeroizing::new(format!("{IDENTITY_FILE}\npeer {}\nverifier {}\n", *peer, *verifier))
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// `malformed`, `unsupported.version`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut lines = text.lines();
        match lines.next() {
            Some(IDENTITY_FILE) => {}
            Some(line) if line.starts_with("faam-verifier-identity ") => {
                return refuse(Reason::UnsupportedVersion, "identity");
            }
            _ => return refuse(Reason::Malformed, "identity"),
        }
        let mut key = |name, at| {
            let malformed = Fault::new(Reason::Malformed, at);
            let text = lines.next().and_then(|line| line.strip_prefix(name)).ok_or(malformed.clone())?;
            let seed = Zeroizing::new(unmulti(text, at)?);
            let seed = <&[u8; 32]>::try_from(seed.as_slice()).map_err(|_| malformed)?;
            Ok::<_, Fault>(SigningKey::from_seed(seed))
        };
        let identity =
            Self { peer: key("peer ", "identity.peer")?, verifier: key("verifier ", "identity.verifier")? };
        if lines.next().is_some() { refuse(Reason::Malformed, "identity") } else { Ok(identity) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::MemoryStorage;
    use rand::SeedableRng as _;

    //= spec/text/shared-store.md#REQ-SHARED-1
    //= type=test
    //# Daemons that share a store MUST have the same verifier key and the same network key
    #[test]
    fn another_daemon_of_a_verifier_is_the_same_to_others_and_no_market() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let first = Identity::create(&MemoryStorage::new(), &mut rng).unwrap();
        let text = first.for_another_daemon().to_text();
        let store = MemoryStorage::new();
        Identity::create_as(&VerifierIdentity::parse(&text).unwrap(), &store, &mut rng).unwrap();
        let second = Identity::load(&store).unwrap();
        assert_eq!((first.peer(), first.verifier().did()), (second.peer(), second.verifier().did()));
        assert_eq!((first.peer_seed(), first.verifier_seed()), (second.peer_seed(), second.verifier_seed()));
        assert_ne!(first.issuer(), second.issuer());

        let lines: Vec<&str> = text.lines().collect();
        for bad in [
            String::new(),
            lines[..2].join("\n"),
            text.replace("peer ", "peer"),
            text.replace("verifier u", "verifier z"),
            format!("{}more\n", *text),
            format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1]),
            text.replace(lines[1], "peer uAAAA"),
        ] {
            assert_eq!(
                VerifierIdentity::parse(&bad).unwrap_err().reason().code().split('.').next(),
                Some("malformed"),
                "{bad}"
            );
        }
        let newer = text.replacen('0', "1", 1);
        assert_eq!(VerifierIdentity::parse(&newer).unwrap_err().reason(), Reason::UnsupportedVersion);
    }
}
