//! How many bad frames a client may send.

use std::collections::VecDeque;

use parlance_base::Time;

use crate::realtime::{
    frame::CloseCode,
    limits::{BAD_FRAMES, BAD_FRAMES_WITHIN},
};

/// When the last bad frames came, [`BAD_FRAMES`] of them at most.
#[derive(Debug, Default)]
pub(super) struct Patience(VecDeque<Time>);

impl Patience {
    /// One more; an error if it is one too many.
    pub(super) fn lose(&mut self, now: Time) -> Result<(), CloseCode> {
        while self.0.front().is_some_and(|first| now.since(*first) >= BAD_FRAMES_WITHIN) {
            self.0.pop_front();
        }
        if self.0.len() == BAD_FRAMES {
            return Err(CloseCode::BadFrames);
        }
        self.0.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_and_comes_back() {
        let mut patience = Patience::default();
        let start = Time::default();
        for n in 0..BAD_FRAMES {
            assert_eq!(patience.lose(start.after(n as u32 * BAD_FRAMES_WITHIN / 40)), Ok(()));
        }
        let end = start.after(BAD_FRAMES_WITHIN);
        assert_eq!(patience.lose(Time::from_millis(end.millis() - 1)), Err(CloseCode::BadFrames));
        assert_eq!(patience.lose(end), Ok(()));
        assert_eq!(patience.lose(end), Err(CloseCode::BadFrames));
    }
}
