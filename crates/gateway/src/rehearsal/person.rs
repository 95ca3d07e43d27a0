//! Somebody new.

use parlance_base::UserId;
use parlance_client::{Client, Error, NewUser};

/// Registers somebody of this name, as `<name>@example.com`, and signs them in.
///
/// # Errors
/// As registering and logging in fail.
pub async fn registered(url: &str, name: &str, password: &str) -> Result<(UserId, Client), Error> {
    let (client, email) = (Client::new(url)?, format!("{name}@example.com"));
    let new = NewUser {
        email: email.clone(),
        password: password.to_owned(),
        full_name: name.to_owned(),
        handle: None,
    };
    let id = client.register(&new).await?.id;
    client.login(&email, password).await?;
    Ok((id, client))
}
