//! People: the users of the installation, as far as workspaces and chat know them. Whoever knows users (crate auth, or
//! the host of the chat router) writes them here.

use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::{Batch, Collection, CommitError, Field, Find, Home, Index, PRIMARY, Scope, Stored};
use serde::{Deserialize, Serialize};

use crate::retry;

/// A user of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user.
    pub id: UserId,
    /// Their e-mail address as [`normalised`] writes it; no other person's.
    pub email: String,
    /// Their full name.
    pub full_name: String,
    /// The handle they would like to have in every workspace.
    pub handle_wish: Option<String>,
    /// Whether they run the installation.
    pub is_installation_admin: bool,
}

impl Person {
    /// An ordinary user.
    #[must_use]
    pub fn new(id: UserId, email: impl Into<String>, full_name: impl Into<String>) -> Self {
        let (email, full_name) = (email.into(), full_name.into());
        Self { id, email, full_name, handle_wish: None, is_installation_admin: false }
    }
}

const EMAIL: Field = Field::text("email");
const FULL_NAME: Field = Field::text("full_name");
const HANDLE_WISH: Field = Field::text("handle_wish");
const IS_INSTALLATION_ADMIN: Field = Field::bool("is_installation_admin");
const BY_EMAIL: &str = "by_email";

pub(crate) static PEOPLE: Collection = Collection {
    name: "people",
    home: Home::System,
    indexes: &[Index { name: BY_EMAIL, fields: &[EMAIL], unique: true }],
    fields: &[FULL_NAME, HANDLE_WISH, IS_INSTALLATION_ADMIN],
};

impl Stored for Person {
    const COLLECTION: &'static Collection = &PEOPLE;
}

/// The people of the installation.
#[derive(Clone, Debug)]
pub struct People {
    system: Scope,
}

impl People {
    pub(crate) fn new(system: Scope) -> Self {
        Self { system }
    }

    /// Writes what is known of a person now, new or not; their address is normalised.
    ///
    /// # Errors
    /// 409 `person.email_taken` where another person has the address.
    pub async fn upsert(&self, person: &Person) -> Result<()> {
        let person = Person { email: normalised(&person.email), ..person.clone() };
        retry::while_conflicting(|| self.write(&person)).await
    }

    /// Forgets a person: nobody can ask them in any more. Forgetting who is not known changes nothing.
    ///
    /// # Errors
    /// `store.unavailable`, `store.unknown` (503): try again.
    pub async fn remove(&self, user: UserId) -> Result<()> {
        let mut batch = Batch::new();
        batch.delete::<Person>(user, []);
        match self.system.commit(batch).await {
            Ok(()) | Err(CommitError::Missing(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The person with this address, however it is written.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn by_email(&self, email: &str) -> Result<Option<Person>> {
        let found = self.system.find::<Person>(Find::new([EMAIL.is(normalised(email))])).await?;
        Ok(found.into_iter().next())
    }

    /// The person who is this user.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn get(&self, user: UserId) -> Result<Option<Person>> {
        self.system.get(user).await
    }

    /// The people who are these users, in no promised order; at most 5,000.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn get_many(&self, users: impl IntoIterator<Item = UserId>) -> Result<Vec<Person>> {
        self.system.get_many(users).await
    }

    async fn write(&self, person: &Person) -> Result<()> {
        let mut batch = Batch::new();
        match self.get(person.id).await? {
            Some(known) if known == *person => return Ok(()),
            Some(_) => batch.update::<Person>(
                person.id,
                [],
                [
                    EMAIL.set(person.email.as_str()),
                    FULL_NAME.set(person.full_name.as_str()),
                    HANDLE_WISH.set(person.handle_wish.clone()),
                    IS_INSTALLATION_ADMIN.set(person.is_installation_admin),
                ],
            ),
            None => batch.insert(person),
        };
        match self.system.commit(batch).await {
            Err(CommitError::Duplicate(_, index)) if index != PRIMARY => Err(Error::new(
                Kind::Conflict,
                "person.email_taken",
                "another person has this e-mail address",
            )),
            outcome => Ok(outcome?),
        }
    }
}

/// The one way an address is written: without space around it, in lower case.
#[must_use]
pub fn normalised(email: &str) -> String {
    email.trim().to_lowercase()
}
