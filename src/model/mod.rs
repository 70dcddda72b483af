//! The nouns: plain data without I/O. Each file uses only those before it in this list.

pub mod artifact;
pub mod catalog;
pub mod claim;
pub mod component;
pub mod config;
pub mod doctor;
pub mod health;
pub mod images;
pub mod init;
pub mod log;
pub mod node;
pub mod observed;
pub mod origin;
pub mod pack;
pub mod plan;
pub mod receiver;
pub mod report;
pub mod rule_tests;
pub mod rules;
pub mod runbooks;
pub mod secret_file;
pub mod secrets;
pub mod shape;
pub mod slo;
pub mod stack;
pub mod sub_path;
