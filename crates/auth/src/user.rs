//! Users of the installation: what is stored of them, and what they may say of themselves.

use parlance_base::{Result, Time, UserId};
use parlance_store::{Batch, Change, Collection, Cond, Field, Find, Home, Index, Stored};
use parlance_workspace::{DisplayName, Handle, Person};
use serde::{Deserialize, Serialize};

use crate::password::PasswordHash;

/// A user. There is one per e-mail address, which the index sees to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    /// In its normal form.
    pub(crate) email: String,
    pub(crate) full_name: String,
    /// How they want to be mentioned; each workspace gives the nearest that is free there.
    pub(crate) handle: Option<String>,
    pub(crate) password: PasswordHash,
    /// How often it was changed. What was opened or made under an older one holds no more.
    pub(crate) password_version: i64,
    /// When they asked for another password, while they have the old one.
    pub(crate) reset_asked_at: Option<Time>,
    /// When it was shown that the address is theirs.
    pub(crate) email_verified_at: Option<Time>,
    pub(crate) is_installation_admin: bool,
    /// Whether they want to be left alone.
    #[serde(default)]
    pub(crate) dnd: bool,
    /// Which picture they have.
    #[serde(default)]
    pub(crate) avatar: Option<String>,
    pub(crate) state: State,
    pub(crate) created_at: Time,
}

/// Whether somebody can be one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They can.
    Active,
    /// Not now: whoever runs the installation has stopped them, and can let them back.
    Deactivated,
    /// Never again: nothing is left of them but their id.
    Erased,
}

/// What a user says of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name others see.
    pub full_name: String,
    /// How they want to be mentioned.
    pub handle: Option<String>,
}

/// Changes to a [`Profile`]: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The name others see.
    pub full_name: Option<String>,
    /// How they want to be mentioned; `Some(None)` leaves it to the workspaces.
    pub handle: Option<Option<String>>,
    /// Whether they want to be left alone.
    pub dnd: Option<bool>,
}

pub(crate) const EMAIL: Field = Field::text("email");
pub(crate) const FULL_NAME: Field = Field::text("full_name");
pub(crate) const HANDLE: Field = Field::text("handle");
pub(crate) const PASSWORD: Field = Field::text("password");
pub(crate) const PASSWORD_VERSION: Field = Field::int("password_version");
pub(crate) const RESET_ASKED_AT: Field = Field::int("reset_asked_at");
pub(crate) const EMAIL_VERIFIED_AT: Field = Field::int("email_verified_at");
pub(crate) const DND: Field = Field::bool("dnd");
pub(crate) const AVATAR: Field = Field::text("avatar");
pub(crate) const IS_ADMIN: Field = Field::bool("is_installation_admin");
pub(crate) const STATE: Field = Field::text("state");

/// The users of the installation.
pub static USERS: Collection = Collection {
    name: "users",
    home: Home::System,
    indexes: &[Index { name: BY_EMAIL, fields: &[EMAIL], unique: true }],
    fields: &[
        FULL_NAME,
        HANDLE,
        PASSWORD,
        PASSWORD_VERSION,
        RESET_ASKED_AT,
        EMAIL_VERIFIED_AT,
        DND,
        AVATAR,
        IS_ADMIN,
        STATE,
    ],
};

/// The index that keeps addresses apart.
pub(crate) const BY_EMAIL: &str = "email";

impl Stored for User {
    const COLLECTION: &'static Collection = &USERS;
}

/// The user with this address, in its normal form.
pub(crate) fn with_email(email: &str) -> Find {
    Find::new([Cond::Eq(EMAIL, email.into())]).limit(1)
}

/// Has the batch fail, with a conflict or a missing document at this change, unless the user is active when it is committed.
pub(crate) fn only_while_active(batch: &mut Batch, user: UserId) {
    batch.update::<User>(user, [State::Active.cond()], []);
}

impl State {
    /// The state as it is stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Erased => "erased",
        }
    }

    /// That a user is in it.
    pub(crate) fn cond(self) -> Cond {
        STATE.is(self.as_str())
    }
}

impl ProfileChange {
    /// The change in the form in which it is stored.
    ///
    /// # Errors
    /// As [`Profile::checked`].
    pub(crate) fn checked(self) -> Result<Self> {
        let handle = self.handle.map(|wish| wish.as_deref().map(handle).transpose());
        let full_name = self.full_name.as_deref().map(name).transpose()?;
        Ok(Self { full_name, handle: handle.transpose()?, dnd: self.dnd })
    }

    /// What is set; what another device sets at the same time in other fields stays.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let full_name = self.full_name.as_deref().map(|name| FULL_NAME.set(name));
        let handle = self.handle.clone().map(|wish| HANDLE.set(wish));
        full_name.into_iter().chain(handle).chain(self.dnd.map(|dnd| DND.set(dnd))).collect()
    }

    /// The user as this makes them.
    pub(crate) fn apply(self, user: User) -> User {
        let (full_name, handle) =
            (self.full_name.unwrap_or(user.full_name), self.handle.unwrap_or(user.handle));
        User { full_name, handle, dnd: self.dnd.unwrap_or(user.dnd), ..user }
    }
}

impl Profile {
    /// The profile in the form in which it is stored.
    ///
    /// # Errors
    /// 422 `name.invalid` (1–80 characters on one line), `handle.invalid` (`[a-z0-9._-]{2,32}`).
    pub(crate) fn checked(self) -> Result<Self> {
        Ok(Self {
            full_name: name(&self.full_name)?,
            handle: self.handle.as_deref().map(handle).transpose()?,
        })
    }
}

impl User {
    /// Whether they can be one who asks.
    pub(crate) fn is_active(&self) -> bool {
        self.state == State::Active
    }

    /// Their address, where it was verified.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        self.email_verified_at.map(|_| self.email.as_str())
    }

    /// What they must be like for nobody to have changed their state, or whether they run the installation, since.
    pub(crate) fn as_read(&self) -> [Cond; 2] {
        [self.state.cond(), IS_ADMIN.is(self.is_installation_admin)]
    }

    /// The user, as workspaces know them; nobody to ask in while they are not active.
    pub(crate) fn person(&self) -> Option<Person> {
        self.is_active().then(|| Person {
            id: self.id,
            email: self.email.clone(),
            full_name: self.full_name.clone(),
            handle_wish: self.handle.clone(),
            is_installation_admin: self.is_installation_admin,
        })
    }
}

fn name(text: &str) -> Result<String> {
    Ok(DisplayName::parse(text)?.into_string())
}

fn handle(text: &str) -> Result<String> {
    let wish = text.trim().trim_start_matches('@').to_lowercase();
    Ok(Handle::parse(&wish)?.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(full_name: &str, handle: Option<&str>) -> Result<Profile, &'static str> {
        let profile = Profile { full_name: full_name.to_owned(), handle: handle.map(ToOwned::to_owned) };
        profile.checked().map_err(|error| error.code())
    }

    #[test]
    fn names_and_handles_are_tidied() {
        let ann = checked("  Ann  Lee ", Some(" @Ann.Lee")).unwrap();
        assert_eq!((ann.full_name.as_str(), ann.handle.as_deref()), ("Ann  Lee", Some("ann.lee")));
        assert_eq!(checked("a\nb", None), Err("name.invalid"));
        assert_eq!(checked("Ann", Some("@")), Err("handle.invalid"));
    }
}
