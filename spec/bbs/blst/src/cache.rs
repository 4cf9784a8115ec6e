//! What was computed a short while ago, in bounded number.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The values that were used last, each under its key.
pub(crate) struct Recent<K, V> {
    most: usize,
    entries: Mutex<VecDeque<(K, Arc<V>)>>,
}

impl<K: PartialEq, V> Recent<K, V> {
    /// Keeps `most` values, and drops the one that was not used for longest.
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, entries: Mutex::new(VecDeque::new()) }
    }

    /// A thread that panicked has left whole entries.
    fn entries(&self) -> MutexGuard<'_, VecDeque<(K, Arc<V>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value under a key, which moves to the front.
    pub(crate) fn get<Q: PartialEq + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: core::borrow::Borrow<Q>,
    {
        let mut entries = self.entries();
        let at = entries.iter().position(|(of, _)| of.borrow() == key)?;
        let entry = entries.remove(at)?;
        let value = Arc::clone(&entry.1);
        entries.push_front(entry);
        Some(value)
    }

    /// Takes the value under a key out.
    pub(crate) fn take(&self, key: &K) -> Option<Arc<V>> {
        let mut entries = self.entries();
        let at = entries.iter().position(|(of, _)| of == key)?;
        entries.remove(at).map(|(_, value)| value)
    }

    /// Puts a value in front, in the place of the oldest if there are too many.
    pub(crate) fn put(&self, key: K, value: Arc<V>) {
        let mut entries = self.entries();
        if entries.iter().any(|(of, _)| *of == key) {
            return;
        }
        entries.push_front((key, value));
        entries.truncate(self.most);
    }

    /// How many values are kept.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.entries().len()
    }
}
