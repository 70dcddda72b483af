//! Passwords, tokens and keys inside other text: how to recognise them and how to hide them.
//!
//! Names decide for settings, variables, flags and headers ([`names`]); the form of the text decides for addresses and
//! connection strings ([`inline`]). Messages and source lines pass through [`masked`] and [`masked_lines`].

mod find;
mod mask;
mod names;
mod yaml;

pub use find::{in_address, inline, is_dsn, is_harmless, is_login};
pub use mask::masked;
pub use names::{is_path, names_secret, names_secret_file};
pub use yaml::{masked_line, masked_lines};
