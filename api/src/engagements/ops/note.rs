//! Entries of the timeline.

use crate::app::App;
use crate::engagements::model::Topic;
use crate::engagements::store;
use crate::kernel::id::{EngagementId, EntryId, PersonId};
use crate::platform::db::Tx;
use crate::platform::refusal::Result;
use serde_json::{Value, json};

/// Something that happened, as the timeline shows it.
#[derive(Debug, Clone)]
pub struct Note {
    pub topic: Topic,
    /// Stable word, such as `milestone-funded`.
    pub kind: &'static str,
    /// One sentence in plain text, for people.
    pub line: String,
    /// A JSON object with what programs need: ids, amounts.
    pub facts: Value,
    /// Who did it; absent when time did.
    pub person: Option<PersonId>,
}

impl Note {
    pub fn new(topic: Topic, kind: &'static str, line: impl Into<String>) -> Self {
        Self { topic, kind, line: line.into(), facts: json!({}), person: None }
    }

    #[must_use]
    pub fn facts(mut self, facts: Value) -> Self {
        self.facts = facts;
        self
    }

    #[must_use]
    pub fn by(mut self, person: impl Into<Option<PersonId>>) -> Self {
        self.person = person.into();
        self
    }
}

/// Writes an entry into the engagement's timeline, in the transaction in which it happened.
pub async fn note(app: &App, tx: &mut Tx, engagement: EngagementId, note: Note) -> Result<()> {
    let id: EntryId = app.ids.next();
    let Note { topic, kind, line, mut facts, person } = note;
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("line".to_owned(), Value::String(line));
    }
    store::insert_entry(tx, store::NewEntry { id, engagement, topic, kind, facts, person }).await
}
