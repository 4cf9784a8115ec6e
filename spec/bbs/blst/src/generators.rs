//! Generators of an interface, derived once, with their tables.

use std::sync::{Arc, PoisonError, RwLock};

use faam_spec::bbs::{BbsError, Interface};

use zeroize::Zeroizing;

use crate::curve::{Affine, Point, Scalar, expand};
use crate::form::{MAX_GENERATORS, MAX_TAG};
use crate::hash::hash_to_scalar;
use crate::table::Base;

/// How many of a signer's generators have tables: those of 63 messages and of the header.
const TABLED: usize = 64;
/// How many of a commitment's.
const TABLED_COMMITTED: usize = 8;
/// The longest ending of a tag that generators are derived with.
const LONGEST_ENDING: usize = b"SIG_GENERATOR_SEED_".len();

/// Generators under one `api_id`, as the drafts' `create_generators`, in their order.
struct Family {
    api_id: Vec<u8>,
    /// So many of the first have tables.
    tabled: usize,
    made: RwLock<Made>,
}

#[derive(Default)]
struct Made {
    /// What the next one is derived from; nothing before the first.
    state: Option<[u8; 48]>,
    bases: Vec<Arc<Base>>,
}

impl Made {
    /// Derives until there are `count`.
    fn grow(&mut self, api_id: &[u8], tabled: usize, count: usize) -> Result<(), BbsError> {
        let tag = |ending: &[u8]| [api_id, ending].concat();
        let (seed_tag, point_tag) = (tag(b"SIG_GENERATOR_SEED_"), tag(b"SIG_GENERATOR_DST_"));
        for number in self.bases.len()..count {
            let state = match self.state {
                Some(state) => state,
                None => *expand(&tag(b"MESSAGE_GENERATOR_SEED"), &seed_tag).ok_or(BbsError::Malformed)?,
            };
            let counted = [state.as_slice(), &(number as u64 + 1).to_be_bytes()].concat();
            let state = *expand(&counted, &seed_tag).ok_or(BbsError::Malformed)?;
            let point = Point::hash(&state, &point_tag).ok_or(BbsError::Malformed)?.to_affine();
            self.bases.push(Arc::new(Base::new(point, number < tabled)));
            self.state = Some(state);
        }
        Ok(())
    }
}

impl Family {
    fn new(api_id: Vec<u8>, tabled: usize) -> Self {
        Self { api_id, tabled, made: RwLock::default() }
    }

    /// Adds the first `count` to a list.
    fn first(&self, count: usize, list: &mut Vec<Arc<Base>>) -> Result<(), BbsError> {
        if count > MAX_GENERATORS {
            return Err(BbsError::Malformed);
        }
        // A thread that panicked has left whole generators.
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = made.bases.get(..count) {
            list.extend_from_slice(first);
            return Ok(());
        }
        drop(made);
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        made.grow(&self.api_id, self.tabled, count)?;
        list.extend(made.bases.iter().take(count).cloned());
        Ok(())
    }
}

/// What is fixed for an interface: its tags and its generators.
pub(crate) struct Suite {
    pub(crate) api_id: Vec<u8>,
    /// Tag of challenges and domains.
    pub(crate) hash_tag: Vec<u8>,
    /// Tag under which messages become scalars.
    map_tag: Vec<u8>,
    signer: Family,
    committed: Family,
}

impl Suite {
    pub(crate) fn new(interface: Interface) -> Self {
        let api_id = interface.api_id();
        let tag = |ending: &[u8]| [api_id.as_slice(), ending].concat();
        // Plain BBS commits to nothing, and is never asked for these.
        let committed = interface.committed_api_id().unwrap_or_default();
        Self {
            hash_tag: tag(b"H2S_"),
            map_tag: tag(b"MAP_MSG_TO_SCALAR_AS_HASH_"),
            signer: Family::new(api_id.clone(), TABLED),
            committed: Family::new(committed, TABLED_COMMITTED),
            api_id,
        }
    }

    /// Puts the scalars of messages behind those of `list`. Where they are secret it has room for them already: what grows leaves
    /// copies behind that nobody wipes.
    pub(crate) fn scalars_into(&self, messages: &[&[u8]], list: &mut Vec<Scalar>) -> Result<(), BbsError> {
        for message in messages {
            list.push(*Zeroizing::new(hash_to_scalar(message, &self.map_tag)?));
        }
        Ok(())
    }

    /// Q1 and those of the signer's messages; then, with `committed`, so many of committed messages, of which the first is the
    /// blind's.
    pub(crate) fn generators(&self, messages: usize, committed: usize) -> Result<Vec<Arc<Base>>, BbsError> {
        let mut list = Vec::with_capacity((messages + 1 + committed).min(2 * MAX_GENERATORS));
        self.signer.first(messages + 1, &mut list)?;
        if committed > 0 {
            self.committed.first(committed, &mut list)?;
        }
        Ok(list)
    }

    /// Those of committed messages alone.
    pub(crate) fn committed_generators(&self, count: usize) -> Result<Vec<Arc<Base>>, BbsError> {
        let mut list = Vec::new();
        self.committed.first(count, &mut list)?;
        Ok(list)
    }
}

/// Generators under any `api_id`, not kept.
pub(crate) fn derive(api_id: &[u8], count: usize) -> Result<Vec<Affine>, BbsError> {
    if count > MAX_GENERATORS || api_id.len() + LONGEST_ENDING > MAX_TAG {
        return Err(BbsError::Malformed);
    }
    let mut made = Made::default();
    made.grow(api_id, 0, count)?;
    Ok(made.bases.iter().map(|base| *base.point()).collect())
}
