//! What a socket's task waits for beside its queue. Most that wakes the task is in the queue, and to look at everything else then
//! would cost more than what it was woken for: so that is looked at only when some of it has stirred.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Whether any of it has stirred; it has before it is looked at for the first time.
#[derive(Default)]
pub(super) struct Beside(Option<(Arc<Stirred>, Waker)>);

struct Stirred {
    is: AtomicBool,
    task: Waker,
}

impl Beside {
    /// Looks, if anything has stirred. What is ready may not be all of it: it is looked at again the next time.
    pub(super) fn poll<T>(
        &mut self,
        context: &Context<'_>,
        look: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let task = context.waker();
        let (stirred, waker) = match &self.0 {
            Some((stirred, waker)) if stirred.task.will_wake(task) => (stirred, waker),
            _ => {
                let stirred = Arc::new(Stirred { is: AtomicBool::new(true), task: task.clone() });
                let waker = Waker::from(Arc::clone(&stirred));
                let (stirred, waker) = self.0.insert((stirred, waker));
                (&*stirred, &*waker)
            }
        };
        // First this, and then the look: whatever stirs from now on is looked at the next time.
        if !stirred.is.swap(false, Ordering::AcqRel) {
            return Poll::Pending;
        }
        let looked = look(&mut Context::from_waker(waker));
        if looked.is_ready() {
            stirred.is.store(true, Ordering::Release);
        }
        looked
    }

    /// Something is waited for that was not there when it was last looked at.
    pub(super) fn stir(&self) {
        if let Some((stirred, _)) = &self.0 {
            stirred.is.store(true, Ordering::Release);
        }
    }
}

impl Wake for Stirred {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_at_first_then_when_it_stirs_and_again_after_something_was_ready() {
        let mut beside = Beside::default();
        let task = Waker::from(Arc::new(Stirred { is: AtomicBool::default(), task: Waker::noop().clone() }));
        let context = Context::from_waker(&task);
        let mut inner = None;
        let mut looks = |beside: &mut Beside, ready: bool| {
            let mut looked = false;
            let _ = beside.poll(&context, |context| {
                inner = Some(context.waker().clone());
                looked = true;
                if ready { Poll::Ready(()) } else { Poll::Pending }
            });
            (looked, inner.clone())
        };
        let (looked, waker) = looks(&mut beside, true);
        assert!(looked);
        assert!(looks(&mut beside, false).0, "more may be ready");
        assert!(!looks(&mut beside, false).0, "nothing has stirred");
        waker.unwrap().wake();
        assert!(looks(&mut beside, false).0);
        assert!(!looks(&mut beside, false).0);
        beside.stir();
        assert!(looks(&mut beside, false).0);
    }
}
