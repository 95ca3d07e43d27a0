//! `/api/workspaces`.

use parlance_base::UserId;

use super::{Client, InWorkspace, call::Call, groups::Listed};
use crate::{
    Error,
    wire::{
        AddMember, Member, MemberNames, Page, Role, RoleChange, Transfer, Workspace, WorkspaceChange,
        WorkspaceNew,
    },
};

const ROOT: &str = "/api/workspaces";

impl Client {
    /// Makes a workspace that the caller owns; making the same again answers the one that there is.
    ///
    /// # Errors
    /// 402 `license.seat_limit`; 409 `workspace.slug_taken`; 422 `name.invalid`, `slug.invalid`, `slug.reserved`.
    pub async fn create_workspace(&self, name: &str, slug: &str) -> Result<Workspace, Error> {
        self.call(Call::post(ROOT).json(&WorkspaceNew { name, slug })?).await
    }

    /// A page of the caller's workspaces, by id.
    ///
    /// # Errors
    /// 422 `request.invalid_cursor`.
    pub async fn workspaces(&self, which: &Listed) -> Result<Page<Workspace>, Error> {
        self.call(which.of(Call::get(ROOT))).await
    }
}

impl InWorkspace {
    /// The workspace.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404 `workspace.not_found`.
    pub async fn workspace(&self) -> Result<Workspace, Error> {
        self.get(self.root("")?).await
    }

    /// Changes the workspace; what is none stays.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404; 409 `workspace.slug_taken`; 422 for what no workspace can be.
    pub async fn update_workspace(&self, name: Option<&str>, slug: Option<&str>) -> Result<Workspace, Error> {
        self.patch(self.root("")?, &WorkspaceChange { name, slug }).await
    }

    /// A page of the workspace's members, by user.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404.
    pub async fn workspace_members(&self, which: &Listed) -> Result<Page<Member>, Error> {
        self.call(which.of(Call::get(self.root("/members")?))).await
    }

    /// Makes a person of the installation a member; one who is already stays what they are.
    ///
    /// # Errors
    /// 402 `license.seat_limit`; 403; 404 `person.not_found`; 409 `member.handle_taken`; 422.
    pub async fn add_workspace_member(&self, new: &AddMember) -> Result<Member, Error> {
        self.post(self.root("/members")?, new).await
    }

    /// Changes what a member is.
    ///
    /// # Errors
    /// 402 `license.seat_limit`; 403; 404 `member.not_found`; 409 `workspace.last_owner`.
    pub async fn set_role(&self, user: UserId, role: Role) -> Result<Member, Error> {
        self.patch(self.root(&format!("/members/{user}"))?, &RoleChange { role }).await
    }

    /// Takes a member out of the workspace.
    ///
    /// # Errors
    /// 403; 404 `member.not_found`; 409 `workspace.last_owner`.
    pub async fn remove_workspace_member(&self, user: UserId) -> Result<(), Error> {
        self.delete(self.root(&format!("/members/{user}"))?).await
    }

    /// A page of the members whose names begin with the words of the search.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404; 422 `search.too_long`.
    pub async fn search_users(&self, search: &str, which: &Listed) -> Result<Page<Member>, Error> {
        self.call(which.of(Call::get(self.root("/users")?).query("search", Some(search)))).await
    }

    /// Changes what the caller is called in the workspace; what is none stays.
    ///
    /// # Errors
    /// 404; 409 `member.handle_taken`; 422 `name.invalid`, `handle.invalid`.
    pub async fn rename_myself(
        &self,
        display_name: Option<&str>,
        handle: Option<&str>,
    ) -> Result<Member, Error> {
        self.patch(self.root("/members/me")?, &MemberNames { display_name, handle }).await
    }

    /// Leaves the workspace.
    ///
    /// # Errors
    /// 404 `workspace.not_found`; 409 `workspace.last_owner`.
    pub async fn leave_workspace(&self) -> Result<(), Error> {
        self.call(Call::post(self.root("/leave")?)).await
    }

    /// Makes another member the owner, and the caller an admin.
    ///
    /// # Errors
    /// 402 `license.seat_limit`; 403 `workspace.insufficient_role`; 404 `member.not_found`; 422 `member.is_self`.
    pub async fn transfer_workspace(&self, user_id: UserId) -> Result<Workspace, Error> {
        self.post(self.root("/transfer")?, &Transfer { user_id }).await
    }

    /// Deletes the workspace.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role`; 404.
    pub async fn delete_workspace(&self) -> Result<(), Error> {
        self.delete(self.root("")?).await
    }

    fn root(&self, under: &str) -> Result<String, Error> {
        let named = self.named();
        // What is neither an id nor a slug could lead elsewhere as a part of a path.
        if named.is_empty() || !named.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Error::Unsendable("this names no workspace".to_owned()));
        }
        Ok(format!("{ROOT}/{named}{under}"))
    }
}
