//! At most three stacks at once: the machine has two processors and one Docker daemon.

use std::sync::{Condvar, Mutex};

static FREE: Mutex<usize> = Mutex::new(3);
static GIVEN_BACK: Condvar = Condvar::new();

/// The right to run one stack; given back on drop.
#[derive(Debug)]
pub struct Slot;

impl Slot {
    /// Waits until there is one.
    pub fn take() -> Self {
        let mut free = FREE.lock().unwrap();
        while *free == 0 {
            free = GIVEN_BACK.wait(free).unwrap();
        }
        *free -= 1;
        Self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *FREE.lock().unwrap() += 1;
        GIVEN_BACK.notify_one();
    }
}
