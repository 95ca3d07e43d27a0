//! Who was revoked a moment ago. A caller is checked before their connection has a place here: what was said of them in between
//! nobody else remembers.

use std::{collections::VecDeque, time::Duration};

use parlance_base::Time;

use crate::realtime::{CallerRef, Revocation, frame::CloseCode, limits::ANSWER_WITHIN};

/// How long revocations are remembered: as long as a check takes, and as long again on the way here.
const KEPT_FOR: Duration = ANSWER_WITHIN.saturating_mul(2);

/// How many of them.
const MOST: usize = 10_000;

#[derive(Debug)]
pub(super) struct Revoked {
    /// The oldest first.
    recent: VecDeque<(Time, Revocation)>,
    /// What was said before this is forgotten.
    since: Time,
}

impl Revoked {
    pub(super) fn new(now: Time) -> Self {
        Self { recent: VecDeque::new(), since: now }
    }

    pub(super) fn hear(&mut self, now: Time, revocation: Revocation) {
        self.recent.push_back((now, revocation));
        while let Some((at, _)) = self.recent.front().copied()
            && (now.since(at) > KEPT_FOR || self.recent.len() > MOST)
        {
            self.recent.pop_front();
            self.since = at.after(Duration::from_millis(1));
        }
    }

    /// What a connection is closed with whose caller was found good by a check asked for at `checked`, and who may have been
    /// revoked since; nothing if all is well.
    pub(super) fn turns_away(&self, caller: &CallerRef, checked: Time) -> Option<CloseCode> {
        if checked < self.since {
            return Some(CloseCode::Unavailable);
        }
        let unheard = self.recent.iter().rev().take_while(|(at, _)| *at >= checked);
        unheard.filter_map(|(_, revocation)| revocation.makes_of(caller)).find_map(CloseCode::after)
    }
}
