//! Lists in pages.

use std::str::FromStr;

use parlance_base::{Error, Kind, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const DEFAULT: usize = 50;
const MOST: usize = 100;

/// A page of a list.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// What to ask the next page with; null on the last page.
    pub next: Option<String>,
}

/// Which page of a list is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items, 1–100 (50).
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<usize>,
    /// `next` of the page before; none for the first page.
    pub after: Option<String>,
}

impl PageQuery {
    /// How many items to answer.
    ///
    /// # Errors
    /// 422 `request.invalid` outside 1–100.
    pub fn limit(&self) -> Result<usize> {
        match self.limit.unwrap_or(DEFAULT) {
            limit @ 1..=MOST => Ok(limit),
            _ => Err(Error::new(Kind::Invalid, "request.invalid", format!("limit is not 1–{MOST}"))),
        }
    }

    /// Where the list goes on; none at its beginning.
    ///
    /// # Errors
    /// 422 `request.invalid_cursor` where no list said so.
    pub fn after<T: FromStr>(&self) -> Result<Option<T>> {
        let parsed = self.after.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| {
            Error::new(Kind::Invalid, "request.invalid_cursor", "after is no `next` of this list")
        })
    }
}

impl<T> Listing<T> {
    /// The page of a list of which one item more than `limit` was looked for: the one too many shows that there is a
    /// next page, which begins after the last item that fits.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: usize, position: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }
}
