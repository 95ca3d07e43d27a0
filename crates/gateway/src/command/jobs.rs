//! `parlance jobs`: what was given up.

use clap::{Args, Subcommand};
use parlance_base::JobId;

use super::{
    Installation,
    page::{self, Limit},
};
use crate::admin::{Answer, DeadJobLine, Request};

/// The jobs that failed for good or too often
#[derive(Args, Debug)]
pub(crate) struct Jobs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    pub(crate) installation: Installation,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them
    List {
        /// Go on after this one
        #[arg(long, value_name = "ID")]
        after: Option<JobId>,
        #[command(flatten)]
        page: Limit,
    },
    /// Have one run again
    Replay {
        /// Its id, as `list` shows it
        id: JobId,
    },
}

impl Jobs {
    /// Does it.
    ///
    /// # Errors
    /// Why it was not done, for people.
    pub(crate) async fn run(self) -> Result<(), String> {
        let request = match self.verb {
            Verb::List { after, page } => Request::ListDeadJobs { after, limit: page.limit },
            Verb::Replay { id } => Request::ReplayJob { id },
        };
        self.installation.ask_of_store(request, show).await
    }
}

fn show(answer: &Answer) -> String {
    match answer {
        Answer::DeadJobs { items, .. } if items.is_empty() => "no job was given up".to_owned(),
        Answer::DeadJobs { items, next } => page::lines(items, line, *next),
        _ => "it runs again as soon as a server runs".to_owned(),
    }
}

fn line(job: &DeadJobLine) -> String {
    let DeadJobLine { id, workspace_id, kind, attempts, died_at, last_error } = job;
    format!("{id}  {kind}  workspace {workspace_id}  {died_at}  after {attempts} attempts: {last_error}")
}
