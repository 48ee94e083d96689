//! Rows by id that know which of them a write touched: the journal saves those, and a call that
//! is refused half way gets them back as they were.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Rows by id. Reading is that of a map; every change goes through the methods here.
///
/// Serialized it is what was touched since the last save: an id with its row, or with null where
/// the row is gone.
pub(super) struct Table<T> {
    rows: BTreeMap<String, T>,
    touched: BTreeSet<String>,
    /// How touched rows were when the trial began, while one is going on.
    before: Option<BTreeMap<String, Option<T>>>,
}

impl<T: Clone> Table<T> {
    pub(super) fn insert(&mut self, id: String, row: T) {
        self.touch(&id);
        self.rows.insert(id, row);
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.touch(id);
        self.rows.remove(id);
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        if self.rows.contains_key(id) {
            self.touch(id);
        }
        self.rows.get_mut(id)
    }

    /// Changes every row that `which` picks; answers with how many.
    pub(super) fn change_where(
        &mut self,
        which: impl Fn(&T) -> bool,
        mut change: impl FnMut(&mut T),
    ) -> usize {
        let picked: Vec<String> =
            self.rows.iter().filter(|(_, row)| which(row)).map(|(id, _)| id.clone()).collect();
        for id in &picked {
            if let Some(row) = self.get_mut(id) {
                change(row);
            }
        }
        picked.len()
    }

    /// Removes every row that `which` picks; answers with how many.
    pub(super) fn remove_where(&mut self, which: impl Fn(&T) -> bool) -> usize {
        let picked: Vec<String> =
            self.rows.iter().filter(|(_, row)| which(row)).map(|(id, _)| id.clone()).collect();
        for id in &picked {
            self.remove(id);
        }
        picked.len()
    }

    /// Takes over what a later save touched.
    pub(super) fn absorb(&mut self, mut newer: Self) {
        for id in newer.touched {
            match newer.rows.remove(&id) {
                Some(row) => self.rows.insert(id, row),
                None => self.rows.remove(&id),
            };
        }
    }

    fn touch(&mut self, id: &str) {
        if let Some(before) = &mut self.before
            && !before.contains_key(id)
        {
            before.insert(id.to_owned(), self.rows.get(id).cloned());
        }
        self.touched.insert(id.to_owned());
    }
}

/// What the state does with all its tables alike.
pub(super) trait Tracked {
    /// From here on changes can be taken back.
    fn begin_trial(&mut self);
    /// Ends the trial: keeps its changes, or takes them back.
    fn end_trial(&mut self, keep: bool);
    /// Everything counts as touched: the next save is a whole one.
    fn touch_all(&mut self);
    /// What was touched is saved.
    fn saved(&mut self);
}

impl<T: Clone> Tracked for Table<T> {
    fn begin_trial(&mut self) {
        self.before = Some(BTreeMap::new());
    }

    fn end_trial(&mut self, keep: bool) {
        let before = self.before.take().unwrap_or_default();
        if keep {
            return;
        }
        for (id, row) in before {
            match row {
                Some(row) => self.rows.insert(id, row),
                None => self.rows.remove(&id),
            };
        }
    }

    fn touch_all(&mut self) {
        self.touched = self.rows.keys().cloned().collect();
    }

    fn saved(&mut self) {
        self.touched.clear();
    }
}

impl<T> Deref for Table<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), touched: BTreeSet::new(), before: None }
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.touched.iter().map(|id| (id, self.rows.get(id))))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let changes = BTreeMap::<String, Option<T>>::deserialize(deserializer)?;
        let touched = changes.keys().cloned().collect();
        let rows = changes.into_iter().filter_map(|(id, row)| Some((id, row?))).collect();
        Ok(Self { rows, touched, before: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<u8> {
        let mut table = Table::default();
        table.insert("a".to_owned(), 1);
        table.insert("b".to_owned(), 2);
        table.saved();
        table
    }

    fn change(table: &mut Table<u8>) {
        *table.get_mut("a").unwrap() = 9;
        table.remove("b");
        table.insert("c".to_owned(), 3);
        table.insert("c".to_owned(), 4);
        assert!(table.get_mut("none").is_none());
    }

    #[test]
    fn a_trial_can_be_taken_back() {
        let mut tried = table();
        tried.begin_trial();
        change(&mut tried);
        tried.end_trial(false);
        assert_eq!(*tried, *table());
        tried.begin_trial();
        change(&mut tried);
        tried.end_trial(true);
        assert_eq!(tried.get("c"), Some(&4));
    }

    #[test]
    fn a_save_holds_what_was_touched_and_brings_an_old_table_up_to_date() {
        let (mut changed, mut old) = (table(), table());
        change(&mut changed);
        let saved = serde_json::to_string(&changed).unwrap();
        assert_eq!(saved, r#"{"a":9,"b":null,"c":4}"#);
        old.absorb(serde_json::from_str(&saved).unwrap());
        assert_eq!(*old, *changed);
        changed.saved();
        assert_eq!(serde_json::to_string(&changed).unwrap(), "{}");
    }
}
