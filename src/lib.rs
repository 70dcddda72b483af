//! stackctl renders, runs and proves a Prometheus monitoring stack.

pub mod catalog;
pub mod engine;
pub mod kernel;
pub mod model;
pub mod reconcile;
pub mod render;
pub mod resolve;
pub mod source;
