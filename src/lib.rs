//! stackctl renders, runs and proves a Prometheus monitoring stack.

pub mod archive;
pub mod kernel;
