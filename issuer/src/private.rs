//! Private standings: what is signed for every bound ledger in every epoch, without the wallet taking part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use faam_spec::bbs::{BbsSignature, Commitment, Entropy, KeyPair};
use faam_spec::domain::{PRIVATE_KEY_INFO, PRIVATE_SECRET, PRIVATE_SUITE};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::grid::{GRID_VERSION, MILESTONES, Measures, Steps};
use faam_spec::ledger::Ledger;
use faam_spec::limits::MIN_GROUP;
use faam_spec::name::Role;
use faam_spec::private::{self, OfferedPrivate, PrivateTerms};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Day;
use rand_core::CryptoRngCore;

use crate::groups::groups;
use crate::issuer::Account;
use crate::{AccountId, Issuer, Secrets};

/// What a binding has for private standings; it stays for as long as the binding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrivateBinding {
    pub(crate) commitment: Commitment,
    pub(crate) entropy: Entropy,
}

/// Signatures of one epoch, by role.
#[derive(Debug, Clone)]
pub(crate) struct SignedPrivate {
    epoch: u64,
    of: PrivateBinding,
    standings: BTreeMap<Role, BbsSignature>,
}

/// One ledger's private standings, to be signed: some milliseconds of work for each of its roles, on any thread.
#[derive(Debug, Clone)]
pub struct PrivateWork {
    account: usize,
    of: PrivateBinding,
    steps: BTreeMap<Role, Steps>,
    record: Arc<SignedEpochRecord>,
    key: Arc<KeyPair>,
}

/// What came of [`PrivateWork::sign`]; for [`Issuer::keep_private`].
#[derive(Debug, Clone)]
pub struct PrivateDone {
    account: usize,
    signed: SignedPrivate,
}

/// How far the signing of private standings is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrivateCounts {
    /// Ledgers that are bound to a wallet with a commitment.
    pub bound: usize,
    /// Those of them whose private standings of the epoch are not signed yet.
    pub waiting: usize,
}

impl PrivateWork {
    /// Signs; the same each time.
    ///
    /// # Errors
    /// `internal`, which no ledger causes.
    pub fn sign(&self) -> Result<PrivateDone, Fault> {
        let record = self.record.record();
        let sign = |(role, steps): (&Role, &Steps)| {
            let of = (&self.of.commitment, &self.of.entropy);
            let signature = private::sign(faam_bbs::backend(), &self.key, record, role, steps, of)?;
            Ok((role.clone(), signature))
        };
        let standings = self.steps.iter().map(sign).collect::<Result<_, Fault>>()?;
        Ok(PrivateDone {
            account: self.account,
            signed: SignedPrivate { epoch: record.epoch, of: self.of, standings },
        })
    }
}

impl Issuer {
    /// The work of this epoch that is not done yet, at most `most` ledgers of it; empty when every ledger that is bound with a
    /// commitment has its private standings.
    ///
    /// Do it as soon as the epoch's record is stored, on as many threads as there are, and give what comes of it to
    /// [`Issuer::keep_private`]. A wallet that comes sooner has its own signed at once. Nothing of it need be stored: it
    /// is the same whenever it is done.
    ///
    /// # Errors
    /// `internal`, which no ledger causes.
    //= spec/text/private.md#REQ-PRIVATE-18
    //# The market MUST sign for every ledger that is bound with a commitment in every epoch, without the
    //# wallet taking part.
    pub fn private_work(&self, most: usize) -> Result<Vec<PrivateWork>, Fault> {
        let waiting: Vec<usize> =
            (0..self.accounts.len()).filter(|number| self.is_unsigned(*number)).take(most).collect();
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let key = Arc::new(private_key(&self.secrets)?);
        let Some(record) = self.current_record().cloned().map(Arc::new) else { return Ok(Vec::new()) };
        let work = |number: usize| self.work_of(number, &record, &key).transpose();
        waiting.into_iter().filter_map(work).collect()
    }

    /// Keeps what was signed; what is of an earlier epoch or binding is dropped.
    pub fn keep_private(&mut self, done: PrivateDone) {
        let epoch = self.current_record().map(|record| record.record().epoch);
        if let Some(account) = self.accounts.get_mut(done.account)
            && account.private_binding() == Some(done.signed.of)
            && epoch == Some(done.signed.epoch)
        {
            account.signed = Some(done.signed);
        }
    }

    /// Signs the private standings of one account, if they are not signed yet: for a wallet that comes before
    /// [`Issuer::private_work`] was done.
    ///
    /// # Errors
    /// `ledger.unknown`; `internal`, which no ledger causes.
    pub fn sign_private(&mut self, account: &AccountId) -> Result<(), Fault> {
        let number = self.number(account)?;
        if self.is_unsigned(number)
            && let Some(record) = self.current_record().cloned().map(Arc::new)
            && let Some(work) = self.work_of(number, &record, &Arc::new(private_key(&self.secrets)?))?
        {
            let done = work.sign()?;
            self.keep_private(done);
        }
        Ok(())
    }

    /// How many ledgers are bound with a commitment, and how many of them wait for their private standings of this epoch.
    #[must_use]
    pub fn private_counts(&self) -> PrivateCounts {
        let bound = self.accounts.iter().filter(|account| account.private_binding().is_some()).count();
        let waiting = (0..self.accounts.len()).filter(|number| self.is_unsigned(*number)).count();
        PrivateCounts { bound, waiting }
    }

    fn is_unsigned(&self, number: usize) -> bool {
        // A record from before there were private standings has no terms for them.
        let record = self.current_record().map(SignedEpochRecord::record);
        let Some(record) = record.filter(|record| record.private.is_some()) else { return false };
        self.accounts.get(number).is_some_and(|account| {
            account.snapshot.is_some()
                && account.private_binding().is_some_and(|of| account.signed_in(record.epoch, of).is_none())
        })
    }

    fn work_of(
        &self,
        number: usize,
        record: &Arc<SignedEpochRecord>,
        key: &Arc<KeyPair>,
    ) -> Result<Option<PrivateWork>, Fault> {
        let account = self.account(number)?;
        let (Some(binding), Some(of), Some(snapshot)) =
            (account.binding, account.private_binding(), account.snapshot)
        else {
            return Ok(None);
        };
        let as_of = record.record().begins().day();
        // What came after the record is no part of it. Mostly nothing did, and then nothing is replayed.
        let size = snapshot.head.log.size;
        let steps = match size == account.ledger.len() {
            true => steps_of(&account.ledger, binding.at.day(), as_of),
            false => steps_of(&account.ledger_at(size)?, binding.at.day(), as_of),
        };
        Ok(Some(PrivateWork { account: number, of, steps, record: Arc::clone(record), key: Arc::clone(key) }))
    }

    //= spec/text/offer.md#REQ-OFFER-36
    //# `private` MUST be in every offer whose ledger is bound with a commitment and whose record has its own
    //# `private`, and in no other.
    /// The private standings of an account in the current epoch; none if its binding has no commitment, or the record no terms.
    pub(crate) fn private_of(&self, number: usize) -> Result<Option<OfferedPrivate>, Fault> {
        let account = self.account(number)?;
        let Some(record) = self.current_record().filter(|record| record.record().private.is_some()) else {
            return Ok(None);
        };
        let Some(of) = account.private_binding() else { return Ok(None) };
        let standings = match account.signed_in(record.record().epoch, of) {
            Some(signed) => signed.standings.clone(),
            None => {
                let key = Arc::new(private_key(&self.secrets)?);
                match self.work_of(number, &Arc::new(record.clone()), &key)? {
                    Some(work) => work.sign()?.signed.standings,
                    None => return Ok(None),
                }
            }
        };
        Ok(Some(OfferedPrivate { commitment: of.commitment, entropy: of.entropy, standings }))
    }

    /// What the record of an epoch that begins on `as_of` says about private standings.
    pub(crate) fn private_terms(&self, as_of: Day) -> Result<PrivateTerms, Fault> {
        let mut counts: BTreeMap<Role, BTreeMap<Steps, u64>> = BTreeMap::new();
        for account in &self.accounts {
            // How long it has been bound is left out of the rows.
            for (role, steps) in steps_of(&account.ledger, as_of, as_of) {
                *counts.entry(role).or_default().entry(steps).or_default() += 1;
            }
        }
        let bound = self.accounts.iter().filter(|account| account.private_binding().is_some()).count();
        let bound = u64::try_from(bound).unwrap_or(0);
        Ok(PrivateTerms {
            suite: PRIVATE_SUITE.to_owned(),
            grid: GRID_VERSION,
            messages: u64::try_from(MILESTONES).unwrap_or(0),
            key: private_key(&self.secrets)?.public,
            bound: bound - bound % MIN_GROUP,
            groups: groups(&counts),
        })
    }
}

impl Account {
    pub(crate) fn private_binding(&self) -> Option<PrivateBinding> {
        self.binding.and_then(|binding| binding.private)
    }

    fn signed_in(&self, epoch: u64, of: PrivateBinding) -> Option<&SignedPrivate> {
        self.signed.as_ref().filter(|signed| signed.epoch == epoch && signed.of == of)
    }
}

impl PrivateBinding {
    /// Takes a wallet's commitment, and adds the market's part of the secret.
    ///
    /// # Errors
    /// `private.commitment` if the commitment does not verify.
    pub(crate) fn new(commitment: &Commitment, rng: &mut impl CryptoRngCore) -> Result<Self, Fault> {
        //= spec/text/offer.md#REQ-OFFER-35
        //# A commitment MUST verify
        let refused = |_| Fault::new(Reason::PrivateCommitment, "commitment");
        faam_bbs::backend().check_commitment(commitment).map_err(refused)?;
        let mut material = zeroize::Zeroizing::new([0; 48]);
        rng.fill_bytes(material.as_mut());
        let entropy = faam_bbs::backend()
            .hash_to_scalar(material.as_ref(), PRIVATE_SECRET)
            .map_err(|_| Fault::new(Reason::Internal, "entropy"))?;
        Ok(Self { commitment: *commitment, entropy: Entropy::from_bytes(entropy) })
    }
}

/// The key pair of private standings. It is made from the signing key's seed, so that there is one secret to keep.
fn private_key(secrets: &Secrets) -> Result<KeyPair, Fault> {
    let seed = secrets.signer().key().seed();
    let made = faam_bbs::backend().key_pair(seed.as_ref(), PRIVATE_KEY_INFO);
    made.map_err(|_| Fault::new(Reason::Internal, "private.key"))
}

/// The steps of each role in which there is a live rating.
fn steps_of(ledger: &Ledger, bound: Day, as_of: Day) -> BTreeMap<Role, Steps> {
    let roles: BTreeSet<&Role> = ledger.live().map(|(_, rating)| &rating.role).collect();
    let steps = |role: &Role| (role.clone(), Measures::of(ledger, role, as_of).steps(bound, as_of));
    roles.into_iter().map(steps).collect()
}
