//! The nouns: plain data without I/O. Reports and plans use the stack, the stack uses rows; never the other way.

pub mod artifact;
pub mod catalog;
pub mod component;
pub mod config;
pub mod images;
pub mod doctor;
pub mod node;
pub mod observed;
pub mod pack;
pub mod plan;
pub mod receiver;
pub mod report;
pub mod rules;
pub mod secrets;
pub mod shape;
pub mod stack;
