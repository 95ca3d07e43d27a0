//! Who is there: what a connection says of it, and asks. It is stored nowhere but for who is not to be disturbed;
//! [`realtime`](crate::realtime) knows it.

use std::collections::HashSet;

use parlance_base::{Result, Role, UserId};
use serde::Deserialize;

use crate::{
    chat::{By, invalid},
    member::Member,
    permission::{self, Act},
    realtime::{Activity, Wish},
    settings::SettingsChange,
};

/// How many people a connection may watch.
const MOST: usize = 500;

/// In how many of their groups it is looked for those whom a guest wants to watch.
const GUESTS_GROUPS: usize = 20;

/// What somebody says of themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    Online,
    Away,
    Dnd,
}

impl By {
    /// Notes what the caller says of themselves on a connection. That they are not to be disturbed is a setting of theirs, which ends when
    /// they say something else; a key that may not set it leaves it.
    ///
    /// # Errors
    /// 403 `key.missing_scope` where a key that may not says that they are not to be disturbed; 429 `rate.limited`.
    pub(crate) async fn say_presence(&self, said: Said) -> Result<Wish> {
        self.chat.shared.pace.typing(self.user())?;
        let (dnd, is) = (said == Said::Dnd, self.chat.dnd(self.workspace(), self.user()).await?);
        let may_set = permission::check_scope(&self.caller, Act::GroupTakePart).is_ok();
        if dnd != is && (dnd || may_set) {
            self.change_settings(SettingsChange { dnd: Some(dnd) }).await?;
        }
        Ok(Wish::Is(if said == Said::Away { Activity::Away } else { Activity::Online }))
    }

    /// Which of these people the connection is told of: those of the workspace, and for guests those who are in a group with them.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; 422 `presence.too_many`; 429 `rate.limited`.
    pub(crate) async fn watch_presence(&self, users: Vec<UserId>) -> Result<Wish> {
        if users.len() > MOST {
            return Err(invalid("presence.too_many", format!("at most {MOST} people are watched")));
        }
        self.chat.shared.pace.typing(self.user())?;
        self.noted(None, permission::check_own(&self.caller))?;
        let names = self.chat.workspaces().names(self.workspace(), users).await?;
        let users: Vec<UserId> =
            names.into_iter().filter(|name| name.tenure.is_some()).map(|name| name.user).collect();
        match self.caller.role {
            Role::Guest => Ok(Wish::Watch(self.among_mine(users).await?)),
            _ => Ok(Wish::Watch(users)),
        }
    }

    /// Those of these people who are in a group with the caller.
    async fn among_mine(&self, users: Vec<UserId>) -> Result<Vec<UserId>> {
        let mut found = HashSet::new();
        for (group, _) in self.own_heads().await?.into_iter().take(GUESTS_GROUPS) {
            let ids: Vec<_> = users.iter().map(|user| Member::id_of(group.id, *user)).collect();
            let members = self.scope().get_many::<Member>(ids).await?;
            found.extend(members.into_iter().filter(|member| member.active).map(|member| member.user_id));
        }
        Ok(users.into_iter().filter(|user| found.contains(user)).collect())
    }
}
