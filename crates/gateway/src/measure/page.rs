//! The page: what was counted, and what is looked up because somebody reads it.

use axum::{extract::State, response::IntoResponse};
use http::header::CONTENT_TYPE;
use metrics::{counter, gauge};
use parlance_base::Time;
use parlance_store::job::Jobs;
use tokio::time::timeout;

use super::{
    process,
    recorder::{BUS_UP, Exporter, JOBS_DEAD, JOBS_QUEUED, MEMORY, OFFSET, READY, SPANS, STARTED, STORE_UP},
};
use crate::{
    health::{Health, WITHIN},
    traces,
};

/// The version of the text format that is written.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is looked up.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) health: Health,
    pub(crate) jobs: Jobs,
    pub(crate) started: Time,
}

pub(super) async fn page(State((exporter, sources)): State<(Exporter, Sources)>) -> impl IntoResponse {
    sources.look().await;
    ([(CONTENT_TYPE, FORMAT)], exporter.text())
}

impl Sources {
    /// Looks everything up, in two seconds at most. What cannot be found out now keeps the value that it had.
    async fn look(&self) {
        let (state, jobs) = tokio::join!(self.health.state(), timeout(WITHIN, self.jobs.count()));
        gauge!(READY).set(one_if(state.is_ready()));
        gauge!(STORE_UP).set(one_if(state.store.is_ok()));
        gauge!(BUS_UP).set(one_if(state.bus.is_ok()));
        gauge!(OFFSET).set(state.offset_seconds());
        if let Ok(Ok((queued, dead))) = jobs {
            gauge!(JOBS_QUEUED).set(number(queued));
            gauge!(JOBS_DEAD).set(number(dead));
        }
        for (outcome, spans) in traces::counted() {
            counter!(SPANS, "outcome" => outcome).absolute(spans);
        }
        if let Some(bytes) = process::resident_bytes() {
            gauge!(MEMORY).set(bytes);
        }
        gauge!(STARTED).set(seconds(self.started));
    }
}

const fn one_if(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "at most a few thousand")]
const fn number(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "to the millisecond for as long as anybody looks")]
const fn seconds(time: Time) -> f64 {
    time.millis() as f64 / 1_000.0
}
