//! The market's status lists: which place each rating has, and the lists as signed.

use std::sync::{Mutex, PoisonError};

use faam_spec::domain::STATUS_URI_PREFIX;
use faam_spec::encoding::multi;
use faam_spec::limits::{MAX_EPOCH_STATUS_LISTS, STATUS_LIST_ENTRIES};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::signed::Signer;
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::Timestamp;
use rand_core::CryptoRngCore;

use crate::change::{Change, StatusPlace, damaged};

/// A list is given up for a new one once half its places are taken: places stay random and are found at once.
const FULL: u64 = STATUS_LIST_ENTRIES / 2;
/// Draws for a free place before the next one is taken; at half full, hardly ever more than a dozen.
const DRAWS: u32 = 32;

/// Every status list of a market.
#[derive(Debug, Default)]
pub(crate) struct StatusLists {
    lists: Vec<List>,
    /// What was signed of each list. Signing is not a change of the market's records, so that it may happen while they are
    /// only read.
    signed: Mutex<Vec<Option<Signed>>>,
}

#[derive(Debug)]
struct List {
    uri: String,
    /// One bit a place: 1 for corrected or withdrawn.
    statuses: StatusList,
    /// One bit a place: 1 for taken.
    taken: StatusList,
    count: u64,
    /// How often a status was set: tells whether what was signed is current.
    version: u64,
}

#[derive(Debug)]
struct Signed {
    list: SignedStatusList,
    version: u64,
}

/// A place for a rating that is about to be recorded.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) place: StatusPlace,
    /// Address of the list, if it is a new one.
    new_uri: Option<String>,
}

impl StatusLists {
    /// Chooses a free place. Nothing is taken yet.
    ///
    /// # Errors
    /// `too_large` if no list has a place and an epoch record could not name another list.
    //= spec/text/status.md#REQ-STATUS-11
    //# An issuer MUST give each credential a random free index in a large list that many persons share.
    pub(crate) fn choose(&self, rng: &mut impl CryptoRngCore) -> Result<Chosen, Fault> {
        let may_grow = self.lists.len() < MAX_EPOCH_STATUS_LISTS;
        let limit = if may_grow { FULL } else { STATUS_LIST_ENTRIES };
        // When no list can be added, the ones there are filled up.
        let free = self.lists.iter().enumerate().rev().find(|(_, list)| list.count < limit);
        match free {
            Some((number, list)) => {
                let idx = list.free_place(rng)?;
                let list = u32::try_from(number).or(refuse(Reason::TooLarge, "status_list"))?;
                Ok(Chosen { place: StatusPlace { list, idx }, new_uri: None })
            }
            None if may_grow => {
                let mut name = [0; 16];
                rng.fill_bytes(&mut name);
                let uri = format!("{STATUS_URI_PREFIX}{}", multi(name));
                let list = u32::try_from(self.lists.len()).or(refuse(Reason::TooLarge, "status_list"))?;
                let idx = draw(rng);
                Ok(Chosen { place: StatusPlace { list, idx }, new_uri: Some(uri) })
            }
            None => refuse(Reason::TooLarge, "status_list"),
        }
    }

    /// Takes a place that was chosen; what must be stored comes back.
    pub(crate) fn take(&mut self, chosen: Chosen) -> Result<Option<Change>, Fault> {
        let change = match chosen.new_uri {
            Some(uri) => {
                let change = Change::status_uri(chosen.place.list, &uri);
                self.add(uri)?;
                Some(change)
            }
            None => None,
        };
        self.mark_taken(chosen.place)?;
        Ok(change)
    }

    /// Adds a list.
    pub(crate) fn add(&mut self, uri: String) -> Result<(), Fault> {
        self.lists.push(List {
            uri,
            statuses: StatusList::new(STATUS_LIST_ENTRIES)?,
            taken: StatusList::new(STATUS_LIST_ENTRIES)?,
            count: 0,
            version: 0,
        });
        self.signed.get_mut().unwrap_or_else(PoisonError::into_inner).push(None);
        Ok(())
    }

    /// Marks a place as taken.
    ///
    /// # Errors
    /// `store.damaged` if there is no such place or it is taken already.
    pub(crate) fn mark_taken(&mut self, place: StatusPlace) -> Result<(), Fault> {
        let Some(list) = self.list_mut(place.list) else { return damaged("status_list") };
        if list.taken.get(place.idx) != Ok(0) {
            return damaged("status_list.idx");
        }
        list.taken.set(place.idx, 1)?;
        list.count += 1;
        Ok(())
    }

    /// Says that the rating at `place` is no longer current.
    pub(crate) fn revoke(&mut self, place: StatusPlace) -> Result<(), Fault> {
        let Some(list) = self.list_mut(place.list) else { return damaged("status_list") };
        list.statuses.set(place.idx, 1)?;
        list.version += 1;
        Ok(())
    }

    /// What a credential says about its status.
    pub(crate) fn reference(&self, place: StatusPlace) -> Result<StatusRef, Fault> {
        match usize::try_from(place.list).ok().and_then(|number| self.lists.get(number)) {
            Some(list) => Ok(StatusRef { idx: place.idx, uri: list.uri.clone() }),
            None => damaged("status_list"),
        }
    }

    /// Number of lists.
    pub(crate) fn len(&self) -> usize {
        self.lists.len()
    }

    /// List `number` as signed, signed anew only if a status changed since.
    ///
    /// A list that says something else never has the date of an earlier one, not even within a second: whoever holds both must
    /// know which is newer.
    pub(crate) fn signed(
        &self,
        number: usize,
        signer: &Signer,
        now: Timestamp,
    ) -> Result<SignedStatusList, Fault> {
        self.sign(number, signer, now, false)
    }

    /// As [`StatusLists::signed`], but dated anew in any case.
    pub(crate) fn signed_anew(
        &self,
        number: usize,
        signer: &Signer,
        now: Timestamp,
    ) -> Result<SignedStatusList, Fault> {
        self.sign(number, signer, now, true)
    }

    fn sign(
        &self,
        number: usize,
        signer: &Signer,
        now: Timestamp,
        anew: bool,
    ) -> Result<SignedStatusList, Fault> {
        let mut cache = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(list), Some(kept)) = (self.lists.get(number), cache.get_mut(number)) else {
            return refuse(Reason::Internal, "status_list");
        };
        let at = match kept {
            Some(signed) if signed.version == list.version && (!anew || signed.list.issued() >= now) => {
                return Ok(signed.list.clone());
            }
            Some(signed) => now.max(signed.list.issued().plus(1)),
            None => now,
        };
        let signed = SignedStatusList::sign(&list.uri, list.statuses.clone(), signer, at)?;
        *kept = Some(Signed { list: signed.clone(), version: list.version });
        Ok(signed)
    }

    /// Takes back what was signed before, if it is of list `number`.
    ///
    /// # Errors
    /// `store.damaged` if it is of another list, or says of a place that it is revoked where it is not.
    pub(crate) fn restore_signed(&mut self, number: usize, signed: SignedStatusList) -> Result<(), Fault> {
        let cache = self.signed.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (Some(list), Some(kept)) = (self.lists.get(number), cache.get_mut(number)) else {
            return damaged("status_list");
        };
        if signed.uri() != list.uri || signed.list().len() != list.statuses.len() {
            return damaged("status_list");
        }
        for idx in 0..list.statuses.len() {
            if signed.list().get(idx)? > list.statuses.get(idx)? {
                return damaged("status_list");
            }
        }
        let current = *signed.list() == list.statuses;
        // Any other version than the list's own makes it be signed anew.
        let version = if current { list.version } else { u64::MAX };
        *kept = Some(Signed { list: signed, version });
        Ok(())
    }

    fn list_mut(&mut self, number: u32) -> Option<&mut List> {
        self.lists.get_mut(usize::try_from(number).ok()?)
    }
}

impl List {
    /// A random place that is not taken.
    //= spec/text/status.md#REQ-STATUS-11
    //# a random free index in a large list that many persons share
    fn free_place(&self, rng: &mut impl CryptoRngCore) -> Result<u64, Fault> {
        let mut idx = draw(rng);
        for _ in 0..DRAWS {
            if self.taken.get(idx)? == 0 {
                return Ok(idx);
            }
            idx = draw(rng);
        }
        // Only in lists that are filled up, when there can be no more.
        for next in (idx..STATUS_LIST_ENTRIES).chain(0..idx) {
            if self.taken.get(next)? == 0 {
                return Ok(next);
            }
        }
        refuse(Reason::TooLarge, "status_list")
    }
}

/// A place in a list. The number of places is a power of two, so that the remainder is even.
fn draw(rng: &mut impl CryptoRngCore) -> u64 {
    const { assert!(STATUS_LIST_ENTRIES.is_power_of_two()) }
    rng.next_u64() % STATUS_LIST_ENTRIES
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_spec::key::SigningKey;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn take_one(lists: &mut StatusLists, rng: &mut StdRng) -> Result<(StatusPlace, bool), Fault> {
        let chosen = lists.choose(rng)?;
        let place = chosen.place;
        let is_new = lists.take(chosen)?.is_some();
        Ok((place, is_new))
    }

    #[test]
    fn a_new_list_comes_when_the_last_is_half_full() {
        let (mut lists, mut rng) = (StatusLists::default(), StdRng::seed_from_u64(1));
        for n in 0..=FULL {
            let (place, is_new) = take_one(&mut lists, &mut rng).unwrap();
            assert_eq!(u64::from(place.list), n / FULL);
            assert_eq!(is_new, n % FULL == 0);
        }
        assert_ne!(lists.lists[0].uri, lists.lists[1].uri);
        assert!(lists.lists.iter().all(|list| list.uri.starts_with(STATUS_URI_PREFIX)));
        let taken =
            |list: &List| (0..list.taken.len()).filter(|at| list.taken.get(*at) == Ok(1)).count() as u64;
        assert_eq!([taken(&lists.lists[0]), taken(&lists.lists[1])], [FULL, 1]);
    }

    #[test]
    fn when_no_list_can_be_added_the_last_places_are_found() {
        let (mut lists, mut rng) = (StatusLists::default(), StdRng::seed_from_u64(1));
        for n in 0..MAX_EPOCH_STATUS_LISTS {
            lists.add(format!("{STATUS_URI_PREFIX}{n}")).unwrap();
            lists.lists[n].count = STATUS_LIST_ENTRIES;
        }
        assert_eq!(lists.choose(&mut rng).unwrap_err().reason(), Reason::TooLarge);
        let full = &mut lists.lists[7];
        for idx in (0..STATUS_LIST_ENTRIES).filter(|idx| *idx != 4711) {
            full.taken.set(idx, 1).unwrap();
        }
        full.count = STATUS_LIST_ENTRIES - 1;
        let (place, is_new) = take_one(&mut lists, &mut rng).unwrap();
        assert_eq!((place, is_new), (StatusPlace { list: 7, idx: 4711 }, false));
        assert_eq!(lists.choose(&mut rng).unwrap_err().reason(), Reason::TooLarge);
        assert_eq!(lists.mark_taken(place).unwrap_err().reason(), Reason::StoreDamaged);
    }

    #[test]
    fn a_list_is_signed_anew_only_when_it_changed_and_then_with_a_later_date() {
        let (mut lists, mut rng) = (StatusLists::default(), StdRng::seed_from_u64(1));
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let (place, _) = take_one(&mut lists, &mut rng).unwrap();
        let at = |seconds| Timestamp::new(seconds).unwrap();
        let first = lists.signed(0, &signer, at(100)).unwrap();
        assert_eq!(lists.signed(0, &signer, at(200)).unwrap().as_str(), first.as_str());
        lists.revoke(place).unwrap();
        let second = lists.signed(0, &signer, at(100)).unwrap();
        assert_eq!((second.issued(), second.list().get(place.idx)), (at(101), Ok(1)));
        let third = lists.signed_anew(0, &signer, at(300)).unwrap();
        assert_eq!((third.issued(), third.list()), (at(300), second.list()));
        assert_eq!(lists.signed_anew(0, &signer, at(300)).unwrap().as_str(), third.as_str());
    }
}
