//! The binary against the fake daemon: what it prints, what it asks of the daemon, what it leaves behind.
//!
//! Every expected text is written out, so that a change of what a user reads is seen in the test that changes with it.
//! Names with letters and numbers (`a04`, `c05`) are cases of the failure catalogue.

mod addresses;
mod api;
mod built_images;
mod calls;
mod failures;
mod fixture;
mod formats;
mod grafana;
mod heal;
mod health;
mod images;
mod in_the_way;
mod input;
mod lock;
mod logs;
mod mistakes;
mod origin;
mod outages;
mod output;
mod podman;
mod reload;
mod replacement;
mod running;
mod secrets;
mod settings;
mod sharing;
mod stack_file;
mod strangers;
mod sub_path;
mod tools;
mod unavailable;
mod users_files;
