//! stackctl renders, runs and proves a Prometheus monitoring stack.

pub mod kernel;
pub mod probe;
