//! Jobs that are done in several runs.

use parlance_base::JobId;
use parlance_store::job::Job;
use serde::Serialize;
use serde_json::json;

/// The job that goes on where this one ended.
pub(crate) fn next(job: &Job, progress: &impl Serialize) -> Job {
    let id = JobId::derived(&["next", &job.id.to_string()]);
    Job::new(id, job.workspace_id, &job.kind, json!(progress).to_string(), job.created_at)
}
