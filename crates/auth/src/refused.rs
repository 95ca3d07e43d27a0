//! Refused proofs, in the log of the program: whoever watches it sees whose account somebody guesses at, and from where. Never
//! what was typed: an address that nobody has is often a password in the wrong place.

use parlance_base::UserId;
use tracing::{field::display, info, warn};

use crate::ClientAddress;

/// A password was wrong, or the user is nobody's whom it lets in; none where no user has the e-mail address.
pub(crate) fn password(user: Option<UserId>, from: Option<ClientAddress>) {
    let (user, from) = (user.map(display), from.map(|ClientAddress(address)| display(address)));
    info!(user.id = user, client.address = from, "a password was refused");
}

/// After the password, a code of the second factor was wrong, or had been used before.
pub(crate) fn code(user: UserId, is_used: bool, from: Option<ClientAddress>) {
    let from = from.map(|ClientAddress(address)| display(address));
    warn!(user.id = %user, is_used, client.address = from, "a code of a second factor was refused");
}
