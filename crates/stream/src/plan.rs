//! What callers hand in: a change as a pure function over the documents it is about to change.

use parlance_base::{Author, EntryId, Result};
use parlance_store::{Collection, Stored};
use serde_json::Value;

use crate::{entry::Page, view::View};

/// A change of a stream, decided by looking at the very documents that it will change.
///
/// It may be planned several times: when another node wrote first, when the outcome of a commit is unknown, when a plan
/// beside it failed. So it depends on the view alone. One that was committed is found by its entry, and not planned again: a
/// toggle may go by what is there whenever it is planned.
pub trait Plan: Send + 'static {
    /// The documents it looks at beside the head. All of them change only through this stream.
    fn reads(&self) -> Vec<Read> {
        Vec::new()
    }

    /// Checks rights and validity and changes the view; answers the entry to append, if any.
    ///
    /// # Errors
    /// What its caller is told. Its changes of the view are then forgotten.
    fn plan(&mut self, view: &mut View<'_>) -> Result<Step>;
}

/// A document that a plan looks at.
#[derive(Clone, Debug)]
pub struct Read {
    pub(crate) collection: &'static Collection,
    pub(crate) id: String,
}

impl Read {
    /// The document of type `T` with this id.
    #[must_use]
    pub fn of<T: Stored>(id: impl ToString) -> Self {
        Self { collection: T::COLLECTION, id: id.to_string() }
    }
}

/// What a plan comes to.
#[derive(Debug)]
pub enum Step {
    /// This entry is appended, and what the plan did to the view is committed with it.
    Append(Draft),
    /// All is as it should be already: nothing is written.
    Nothing,
}

/// An entry that has no place yet.
#[derive(Debug)]
pub struct Draft {
    /// Where readers page through it.
    pub page: Page,
    /// What happened, in the domain's words.
    pub kind: &'static str,
    /// Whether it counts as unread.
    pub counts: bool,
    /// What the domain says of it.
    pub data: Value,
}

/// A plan with who submits it and under which name.
pub struct Submission {
    pub(crate) author: Author,
    pub(crate) client_id: Option<String>,
    pub(crate) entry_id: Option<EntryId>,
    pub(crate) plan: Box<dyn Plan>,
}

impl Submission {
    /// The plan, submitted by this author.
    #[must_use]
    pub fn new(author: impl Into<Author>, plan: impl Plan) -> Self {
        Self { author: author.into(), client_id: None, entry_id: None, plan: Box::new(plan) }
    }

    /// Names the entry: however often the author submits under this name in this stream, it is appended once. The caller
    /// holds names to 64 characters.
    #[must_use]
    pub fn named(mut self, client_id: Option<String>) -> Self {
        self.client_id = client_id;
        self
    }

    /// Gives the entry the id that makes a repeated effect one: derived from the job and the stream.
    #[must_use]
    pub fn identified(mut self, id: EntryId) -> Self {
        self.entry_id = Some(id);
        self
    }
}
