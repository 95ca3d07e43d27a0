//! One read of the store at a time, repeated with growing waits while the store does not answer.

use parlance_base::Time;

use crate::realtime::{
    frame::CloseCode,
    limits::{READ_RETRY, READ_TRIES},
};

#[derive(Debug, Default)]
pub(super) struct Errand {
    state: State,
    failures: u32,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Free,
    Running,
    Waiting(Time),
}

impl Errand {
    pub(super) fn may_start(&mut self, now: Time) -> bool {
        if self.deadline().is_some_and(|until| now >= until) {
            self.state = State::Free;
        }
        matches!(self.state, State::Free)
    }

    pub(super) fn start(&mut self) {
        self.state = State::Running;
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The next start has to wait; an error once it has failed too often in a row.
    pub(super) fn failed(&mut self, now: Time) -> Result<(), CloseCode> {
        self.failures += 1;
        if self.failures == READ_TRIES {
            return Err(CloseCode::Unavailable);
        }
        self.state = State::Waiting(now.after(READ_RETRY * 2_u32.pow(self.failures - 1)));
        Ok(())
    }

    /// When waiting ends.
    pub(super) fn deadline(&self) -> Option<Time> {
        match self.state {
            State::Waiting(until) => Some(until),
            State::Free | State::Running => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_until_it_is_given_up() {
        let mut errand = Errand::default();
        let now = Time::default();
        let waits: Vec<_> =
            std::iter::from_fn(|| errand.failed(now).ok().map(|()| errand.deadline().unwrap().millis()))
                .collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200]);
    }

    #[test]
    fn a_success_forgives_what_failed_before() {
        let mut errand = Errand::default();
        let now = Time::default();
        for _ in 0..READ_TRIES * 2 {
            errand.start();
            assert!(!errand.may_start(now));
            assert_eq!(errand.failed(now), Ok(()));
            assert!(!errand.may_start(now));
            assert!(errand.may_start(now.after(READ_RETRY)));
            errand.succeeded();
        }
    }
}
