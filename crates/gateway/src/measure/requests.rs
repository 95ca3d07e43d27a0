//! Requests, counted by what may be told of them: a route's template, never an address.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use http::{Method, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};

use super::recorder::{REQUEST_SECONDS, REQUESTS};
use crate::method;

/// Methods that clients made up, which are one here.
const OTHER: &str = "other";

/// What is known of the requests that were answered. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Requests(Option<Arc<RwLock<Known>>>);

/// By route, then by method and class of status.
type Known = HashMap<String, HashMap<Key, Measured>>;

type Key = (&'static str, &'static str);

#[derive(Clone, Debug)]
struct Measured {
    answered: Counter,
    seconds: Histogram,
}

impl Requests {
    /// Counts, or does not.
    pub(crate) fn new(is_on: bool) -> Self {
        Self(is_on.then(Arc::default))
    }

    /// A request of this method to the route of this template was answered so, after so many seconds.
    pub(crate) fn answered(&self, method: &Method, route: &str, status: StatusCode, seconds: f64) {
        let Some(known) = &self.0 else { return };
        let key = (method::known(method).unwrap_or(OTHER), class_of(status));
        let measured = find(known, route, key).unwrap_or_else(|| {
            let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
            let of_route = known.entry(route.to_owned()).or_default();
            of_route.entry(key).or_insert_with(|| Measured::new(route, key)).clone()
        });
        measured.answered.increment(1);
        measured.seconds.record(seconds);
    }
}

fn find(known: &RwLock<Known>, route: &str, key: Key) -> Option<Measured> {
    let known = known.read().unwrap_or_else(PoisonError::into_inner);
    known.get(route)?.get(&key).cloned()
}

impl Measured {
    fn new(route: &str, (method, class): Key) -> Self {
        let route = route.to_owned();
        Self {
            answered: counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => class),
            seconds: histogram!(REQUEST_SECONDS, "method" => method, "route" => route),
        }
    }
}

const fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
