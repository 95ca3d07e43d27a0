//! `parlance workspace`: the workspaces of the installation.

use clap::{Args, Subcommand};
use parlance_base::WorkspaceId;

use super::{
    Installation,
    page::{self, Limit},
};
use crate::admin::{Answer, Request, WorkspaceLine};

/// The workspaces of the installation
#[derive(Args, Debug)]
pub(crate) struct Workspace {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them, those that were deleted and are kept for a while among them
    List {
        /// Go on after this one
        #[arg(long, value_name = "ID")]
        after: Option<WorkspaceId>,
        #[command(flatten)]
        page: Limit,
    },
}

impl Workspace {
    /// Does it.
    ///
    /// # Errors
    /// Why it was not done, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let Verb::List { after, page } = self.verb;
        self.installation.ask_of_store(Request::ListWorkspaces { after, limit: page.limit }, show).await
    }
}

fn show(answer: &Answer) -> String {
    match answer {
        Answer::Workspaces { items, .. } if items.is_empty() => "there is no workspace".to_owned(),
        Answer::Workspaces { items, next } => page::lines(items, line, *next),
        _ => "done".to_owned(),
    }
}

fn line(workspace: &WorkspaceLine) -> String {
    let WorkspaceLine { id, slug, name, created_at, deleted_at } = workspace;
    match deleted_at {
        Some(at) => format!("{id}  {name}  [deleted {at}]"),
        None => format!("{id}  {slug}  {name}  since {created_at}"),
    }
}
