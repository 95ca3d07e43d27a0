//! Passwords: what is asked of one, how it is kept, and how it becomes another.

mod change;
mod guessable;
mod hash;
mod reset;

use parlance_base::{Error, Kind, Result};
use parlance_store::{Batch, CommitError};

pub use change::PasswordChange;
pub(crate) use hash::{Hasher, PasswordHash};

use crate::{
    Auth,
    user::{PASSWORD, PASSWORD_VERSION, RESET_ASKED_AT, User},
};

const FEWEST_CHARS: usize = 12;
const MOST_BYTES: usize = 256;

/// Refuses a password that is too easy to guess.
///
/// # Errors
/// 422 `password.too_short` below 12 characters, `password.too_long` above 256 bytes, `password.is_email` for the e-mail,
/// `password.too_common` for what is tried first.
pub(crate) fn check(password: &str, email: &str) -> Result<()> {
    let refused = |code, message: String| Err(Error::new(Kind::Invalid, code, message));
    if password.chars().count() < FEWEST_CHARS {
        return refused("password.too_short", format!("a password has at least {FEWEST_CHARS} characters"));
    }
    if password.len() > MOST_BYTES {
        return refused("password.too_long", format!("a password has at most {MOST_BYTES} bytes"));
    }
    if parlance_workspace::normalised(password) == email {
        return refused("password.is_email", "the password is the e-mail address".to_owned());
    }
    if guessable::is_guessable(password) {
        return refused(
            "password.too_common",
            "the password is one of those that are tried first".to_owned(),
        );
    }
    Ok(())
}

impl User {
    /// Has the batch give the user another password, if theirs is still the one that was read. What was opened or made under
    /// the old one ends in the same step: sign-ins and links hold only for the version that they name.
    fn put_password(&self, batch: &mut Batch, password: &PasswordHash) {
        let changes = [
            PASSWORD.set(password.as_str()),
            PASSWORD_VERSION.set(self.next_password_version()),
            RESET_ASKED_AT.unset(),
        ];
        batch.update::<Self>(self.id, [PASSWORD_VERSION.is(self.password_version)], changes);
    }

    /// The version that the next password will have.
    pub(crate) const fn next_password_version(&self) -> i64 {
        self.password_version.saturating_add(1)
    }
}

impl Auth {
    /// Commits a batch that gives the user this password. Its salt tells whether it did, where the store cannot.
    async fn commit_password(
        &self,
        batch: Batch,
        user: &User,
        password: &PasswordHash,
    ) -> Result<(), CommitError> {
        match self.core.system.commit(batch).await {
            Err(CommitError::Unknown) => match self.core.system.get::<User>(user.id).await {
                Ok(Some(user)) if user.password == *password => Ok(()),
                _ => Err(CommitError::Unknown),
            },
            outcome => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_neither_short_nor_endless_nor_common_nor_the_email() {
        let code = |password: &str| check(password, "ann.long@example.org").map_err(|error| error.code());
        assert_eq!(code("elevenchars"), Err("password.too_short"));
        assert_eq!(code("éèêëēėęéèêëē"), Ok(()));
        assert_eq!(code(&"a sentence of mine ".repeat(13)), Ok(()));
        assert_eq!(code(&"a sentence of mine ".repeat(14)), Err("password.too_long"));
        assert_eq!(code("Ann.Long@Example.org"), Err("password.is_email"));
        assert_eq!(code("Password1234"), Err("password.too_common"));
    }
}
