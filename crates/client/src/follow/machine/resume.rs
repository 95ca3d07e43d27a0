//! Rules 3 to 5: saying where one is, and what counts until that is answered.

use std::collections::BTreeMap;

use parlance_base::{Epoch, StreamId};

use super::{
    CURSORS, Due, IN_FLIGHT, Machine, Pause,
    ask::Asked,
    held::{Held, Resume},
};
use crate::{Refusal, socket::Command};

impl Machine {
    /// Sends what is to be resumed: a frame for each epoch and each thousand, only so many at once.
    pub(super) fn send_resumes(&mut self) {
        while self.is_ready && self.waiting(|asked| matches!(asked, Asked::Resume(_))) < IN_FLIGHT {
            let Some((epoch, cursors)) = self.next_cursors() else { return };
            let id = self.new_id();
            for stream in cursors.keys() {
                if let Some(held) = self.held.get_mut(stream) {
                    held.resume = Resume::Sent(id.clone());
                }
            }
            let asked = Asked::Resume(cursors.keys().copied().collect());
            self.ask_as(id, asked, Command::Resume { epoch, cursors });
        }
    }

    fn next_cursors(&self) -> Option<(Epoch, BTreeMap<StreamId, u64>)> {
        let wanted = |held: &Held| if held.resume == Resume::Wanted { held.cursor() } else { None };
        let mut wanted = self.held.iter().filter_map(|(id, held)| Some((*id, wanted(held)?))).peekable();
        let (_, (epoch, _)) = *wanted.peek()?;
        let same = wanted.filter(|(_, (of, _))| *of == epoch).take(CURSORS);
        Some((epoch, same.map(|(id, (_, seq))| (id, seq)).collect()))
    }

    /// Rule 4: only the last resume that names a stream counts.
    pub(super) fn resumed(&mut self, id: &str, streams: Vec<StreamId>, refusal: Option<&Refusal>) {
        let mut refused = Vec::new();
        for stream in streams {
            let Some(held) = self.held.get_mut(&stream) else { continue };
            if held.resume != Resume::Sent(id.to_owned()) {
                continue;
            }
            if refusal.is_none() {
                held.resume = Resume::Settled;
            } else {
                // Nothing was rewound, but what came meanwhile was ignored: it stays so until a resume succeeds.
                held.resume = Resume::Refused;
                refused.push(stream);
            }
        }
        if let Some(refusal) = refusal {
            self.wait(Pause::asked(refusal.retry_after), Due::Resume(refused));
        }
        self.send_resumes();
    }

    pub(super) fn resume_again(&mut self, streams: &[StreamId]) {
        for stream in streams {
            if let Some(held) = self.held.get_mut(stream).filter(|held| held.resume == Resume::Refused) {
                held.resume = Resume::Wanted;
            }
        }
        self.send_resumes();
    }

    /// Resumes one stream from its cursor, whatever was on its way.
    pub(super) fn resume(&mut self, stream: StreamId) {
        if let Some(held) = self.held.get_mut(&stream) {
            held.resume = Resume::Wanted;
        }
        self.send_resumes();
    }
}
