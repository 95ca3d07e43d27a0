//! `/api/auth/keys`.

use parlance_base::{KeyId, Scope};

use super::{InWorkspace, call::Call, groups::Listed};
use crate::{
    Error,
    wire::{Key, KeyLogin, LogIn, LogOut, MadeKey, NewKey, Page},
};

const ROOT: &str = "/api/auth/keys";

impl InWorkspace {
    /// Makes an API key that acts with the caller's rights in the workspace.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`, `key.beyond_own`, `password.required`, `password.wrong`; 401
    /// `auth.second_factor_required`, `auth.invalid_code`; 404; 409 `key.name_taken`, `key.too_many`; 422; 429.
    pub async fn make_key(&self, new: &NewKey) -> Result<MadeKey, Error> {
        self.post(ROOT.to_owned(), new).await
    }

    /// A page of the workspace's API keys, by name.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404.
    pub async fn keys(&self, which: &Listed) -> Result<Page<Key>, Error> {
        self.call(which.of(Call::get(ROOT))).await
    }

    /// Deletes an API key: connections that came by it are closed.
    ///
    /// # Errors
    /// 403; 404 `key.not_found`.
    pub async fn delete_key(&self, id: KeyId) -> Result<(), Error> {
        self.delete(format!("{ROOT}/{id}")).await
    }

    /// Logs an embedded user in, for who holds a master key: makes them where there is none, and replaces their key.
    /// Without scopes, the key reads and sends.
    ///
    /// # Errors
    /// 403 `key.not_master`; 422.
    pub async fn key_login(
        &self,
        external_id: &str,
        display_name: &str,
        scopes: Option<&[Scope]>,
    ) -> Result<KeyLogin, Error> {
        self.post(format!("{ROOT}/login"), &LogIn { external_id, display_name, scopes }).await
    }

    /// Ends the key of an embedded user, for who holds a master key.
    ///
    /// # Errors
    /// 403 `key.not_master`; 404 `user.not_found`.
    pub async fn key_logout(&self, external_id: &str) -> Result<(), Error> {
        self.post(format!("{ROOT}/logout"), &LogOut { external_id }).await
    }
}
