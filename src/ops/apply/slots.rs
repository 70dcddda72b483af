//! How many steps keep the daemon busy at once. A step that only waits for a container to stop keeps nothing busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

/// Steps that run at once; on two processors more make nothing faster.
const AT_ONCE: usize = 8;

/// The slots of one plan. Copies share them.
#[derive(Debug, Clone)]
pub struct Slots(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    free: Semaphore,
    closed: AtomicBool,
}

impl Default for Slots {
    fn default() -> Self {
        Self(Arc::new(Shared { free: Semaphore::new(AT_ONCE), closed: AtomicBool::new(false) }))
    }
}

impl Slots {
    /// Waits for a free slot and takes it.
    pub(super) async fn take(&self) {
        // The semaphore itself is never closed.
        if let Ok(permit) = self.0.free.acquire().await {
            permit.forget();
        }
    }

    /// Gives a slot back.
    pub(super) fn give_back(&self) {
        self.0.free.add_permits(1);
    }

    /// Waits for something while another step has the slot of this one.
    pub(super) async fn aside<T>(&self, waiting: impl Future<Output = T>) -> T {
        self.give_back();
        let result = waiting.await;
        self.take().await;
        result
    }

    /// From now on no step is begun.
    pub(super) fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;
    use tokio::sync::Barrier;

    use super::{AT_ONCE, Slots};

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn only_so_many_work_at_once_and_all_of_them_wait_at_once() {
        let (slots, now, most) = (Slots::default(), Cell::new(0), Cell::new(0));
        // Opens when all have come, so the test ends only when waiting takes no slot.
        let all = Barrier::new(50);
        let one = || async {
            slots.take().await;
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::task::yield_now().await;
            now.set(now.get() - 1);
            slots.aside(all.wait()).await;
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::task::yield_now().await;
            now.set(now.get() - 1);
            slots.give_back();
        };
        block_on(join_all((0..50).map(|_| one())));
        assert_eq!(most.get(), AT_ONCE);
    }
}
