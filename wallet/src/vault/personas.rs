//! The personas of a vault: their table, and who is whose.

use std::collections::BTreeMap;

use faam_spec::limits::MAX_PERSONAS;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_store::Batch;

use super::tables::{LOG, PERSONA, TRANSFER, from_bytes, to_bytes};
use super::{Happened, LogEntry, Transfer, Vault, VaultError};
use crate::persona::ties::{Tie, ties};
use crate::persona::{FIRST, Persona, PersonaError, PersonaName};
use crate::present::Plan;

impl Vault {
    /// Every persona, by number: the first is always there, and so is each to whom something belongs that is held or under way, whether
    /// or not its note is.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn personas(&self) -> Result<Vec<Persona>, VaultError> {
        let mut all: BTreeMap<u32, Persona> = BTreeMap::new();
        for (id, value) in self.store.scan(PERSONA)? {
            let persona: Persona = from_bytes(&value?)?;
            if id != persona.number.to_be_bytes() {
                return Err(Fault::new(Reason::StoreDamaged, "persona").into());
            }
            all.insert(persona.number, persona);
        }
        let mut there = |number, since| {
            all.entry(number).or_insert_with(|| Persona::plain(number, since));
        };
        there(FIRST, self.created());
        self.ledgers()?.iter().for_each(|info| there(info.persona, info.since));
        for (_, value) in self.store.scan(TRANSFER)? {
            let transfer: Transfer = from_bytes(&value?)?;
            there(transfer.persona, transfer.begun);
        }
        Ok(all.into_values().collect())
    }

    /// Makes a persona, with a number that no other had.
    ///
    /// # Errors
    /// [`PersonaError`].
    //= spec/text/personas.md#REQ-PERSONA-1
    //# A number MUST NOT be given to two personas, one that is gone among them
    pub fn make_persona(&self, name: &PersonaName, now: Timestamp) -> Result<Persona, PersonaError> {
        let all = self.personas()?;
        let mut used: Vec<u32> = all.iter().map(|persona| persona.number).collect();
        used.extend(self.evidence()?.iter().map(|kept| kept.persona));
        for (_, value) in self.store.scan(LOG).map_err(VaultError::from)? {
            used.push(from_bytes::<LogEntry>(&value.map_err(VaultError::from)?)?.persona);
        }
        let number = used.into_iter().max().unwrap_or(FIRST).saturating_add(1);
        is_free(&all, number, name)?;
        if number >= MAX_PERSONAS {
            return Err(PersonaError::Full);
        }
        let persona = Persona { number, name: name.clone(), made: now };
        self.write(&persona, Happened::PersonaMade { name: name.clone() }, now)?;
        Ok(persona)
    }

    /// Gives a persona another name. Its number, and so its keys, stay.
    ///
    /// # Errors
    /// [`PersonaError`].
    pub fn rename_persona(
        &self,
        persona: &Persona,
        name: &PersonaName,
        now: Timestamp,
    ) -> Result<Persona, PersonaError> {
        is_free(&self.personas()?, persona.number, name)?;
        let renamed = Persona { name: name.clone(), ..persona.clone() };
        let what = Happened::PersonaRenamed { from: persona.name.clone(), name: name.clone() };
        self.write(&renamed, what, now)?;
        Ok(renamed)
    }

    fn write(&self, persona: &Persona, what: Happened, now: Timestamp) -> Result<(), PersonaError> {
        let batch = Batch::new().put(PERSONA, persona.number.to_be_bytes(), to_bytes(persona)?);
        let (batch, _) = self.with_log(batch, persona.number, what, now)?;
        Ok(self.store.commit(batch).map_err(VaultError::from)?)
    }

    /// Notes a persona for which something is kept, if it is not noted yet: one that a phrase alone brought back gets a plain name.
    pub(super) fn with_persona(
        &self,
        batch: Batch,
        number: u32,
        now: Timestamp,
    ) -> Result<Batch, VaultError> {
        let id = number.to_be_bytes();
        if number == FIRST || self.store.get(PERSONA, &id)?.is_some() {
            return Ok(batch);
        }
        Ok(batch.put(PERSONA, id, to_bytes(&Persona::plain(number, now))?))
    }

    /// Numbers of personas of which nothing is known here: those that a wallet of the same phrase may have had.
    ///
    /// # Errors
    /// As [`Vault::personas`].
    pub fn unknown_personas(&self) -> Result<Vec<u32>, VaultError> {
        let known: Vec<u32> = self.personas()?.iter().map(|persona| persona.number).collect();
        Ok((FIRST..MAX_PERSONAS).filter(|number| !known.contains(number)).collect())
    }

    /// Whether it was made from a phrase alone: then personas of before may be missing.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn is_of_phrase(&self) -> Result<bool, VaultError> {
        for (_, value) in self.store.scan(LOG)? {
            if matches!(from_bytes::<LogEntry>(&value?)?.what, Happened::Restored) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What would tie the persona of a plan to others of this wallet, if it were shown now.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn ties(&self, plan: &Plan<'_>) -> Result<Vec<Tie>, VaultError> {
        let personas = self.personas()?;
        if personas.len() < 2 {
            return Ok(Vec::new());
        }
        let ledgers: Vec<_> = plan.held().map(|held| held.info().ledger).collect();
        let asked = plan.request().request();
        Ok(ties((plan.persona(), &ledgers), asked, &personas, &self.ledgers()?, &self.shown()?))
    }
}

//= spec/text/personas.md#REQ-PERSONA-2
//# be another than that of each other persona, in any case of their letters
fn is_free(all: &[Persona], number: u32, name: &PersonaName) -> Result<(), PersonaError> {
    if !Persona::may_be_called(number, name) {
        return Err(PersonaError::Kept(name.clone()));
    }
    let mut others = all.iter().filter(|persona| persona.number != number);
    match others.find(|persona| persona.name.is_like(name.as_str())) {
        Some(other) => Err(PersonaError::Taken(other.name.clone())),
        None => Ok(()),
    }
}
