//! `parlance user`: the users of the installation.

use clap::{Args, Subcommand};
use parlance_auth::State;
use parlance_base::UserId;

use super::{
    Installation,
    page::{self, Limit},
};
use crate::admin::{Answer, Request, UserLine};

/// The users of the installation
#[derive(Args, Debug)]
pub(crate) struct User {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a user, who gets a password by `reset-link`; the first of all runs the installation
    Create {
        /// Their e-mail address
        email: String,
        /// The name others see
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Let them run the installation
        #[arg(long)]
        admin: bool,
    },
    /// List the users
    List {
        /// Go on after this user
        #[arg(long, value_name = "ID")]
        after: Option<UserId>,
        #[command(flatten)]
        page: Limit,
    },
    /// Make a link by which the user gives themselves a new password
    ResetLink {
        /// Their e-mail address
        email: String,
    },
    /// Make a link by which the user shows that mail to their address reaches them
    VerifyLink {
        /// Their e-mail address
        email: String,
    },
    /// Have the user run the installation
    GrantAdmin {
        /// Their e-mail address
        email: String,
    },
    /// Have the user run the installation no longer
    RevokeAdmin {
        /// Their e-mail address
        email: String,
    },
    /// End all that the user can do: sign-ins, keys, memberships
    Deactivate {
        /// Their e-mail address
        email: String,
    },
    /// Let a deactivated user log in again
    Reactivate {
        /// Their e-mail address
        email: String,
    },
    /// Take away the second factor that the user has lost
    ResetSecondFactor {
        /// Their e-mail address
        email: String,
    },
}

impl User {
    /// Does it.
    ///
    /// # Errors
    /// Why it was not done, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        // The first user of all may be made before the first start; all else is about a store that is there.
        if matches!(self.verb, Verb::Create { .. }) {
            return self.installation.ask(self.verb.request(), show).await;
        }
        self.installation.ask_of_store(self.verb.request(), show).await
    }
}

impl Verb {
    fn request(self) -> Request {
        match self {
            Self::Create { email, name, admin } => {
                Request::CreateUser { email, full_name: name, is_admin: admin }
            }
            Self::List { after, page } => Request::ListUsers { after, limit: page.limit },
            Self::ResetLink { email } => Request::ResetLink { email },
            Self::VerifyLink { email } => Request::VerifyLink { email },
            Self::GrantAdmin { email } => Request::SetAdmin { email, is_admin: true },
            Self::RevokeAdmin { email } => Request::SetAdmin { email, is_admin: false },
            Self::Deactivate { email } => Request::DeactivateUser { email },
            Self::Reactivate { email } => Request::ReactivateUser { email },
            Self::ResetSecondFactor { email } => Request::ResetSecondFactor { email },
        }
    }
}

fn show(answer: &Answer) -> String {
    match answer {
        Answer::User(user) => {
            format!("{}\nno password yet: `parlance user reset-link` makes a link to set one", line(user))
        }
        Answer::Users { items, next } => page::lines(items, line, *next),
        Answer::Link { url, expires_at } => format!("{url}\ngood once, until {expires_at}"),
        _ => "done".to_owned(),
    }
}

/// A user on one line: what a person looks for first, then what explains it.
fn line(user: &UserLine) -> String {
    let email = user.email.as_deref().unwrap_or("-");
    let mut line = format!("{}  {email}  {}", user.id, user.full_name);
    if user.is_installation_admin {
        line.push_str("  [admin]");
    }
    match user.state {
        State::Active => {}
        State::Deactivated => line.push_str("  [deactivated]"),
        State::Erased => line.push_str("  [erased]"),
    }
    if let Some(at) = &user.reset_asked_at {
        line.extend(["  [asked for a new password ", at, "]"]);
    }
    line
}
