//! The variables that `${NAME}` in `stack.yml` stands for.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Error, Session};
use crate::kernel::Diagnostic;
use crate::source::dotenv;
use crate::workdir::{self, WorkdirError};

/// The file beside `stack.yml`.
const FILE: &str = ".env";

/// The environment, and what `.env` beside `stack.yml` adds to it.
pub fn variables(
    session: &Session<'_>,
    directory: &Path,
) -> Result<(BTreeMap<String, String>, Vec<Diagnostic>), Error> {
    let environment = &session.global.environment;
    let path = directory.join(FILE);
    match workdir::read_file(&path) {
        Ok(bytes) => {
            let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            Ok(dotenv::read(&bytes, &name, environment))
        }
        // Some projects have a directory of this name, such as a Python environment.
        Err(WorkdirError::Missing { .. } | WorkdirError::NotAFile { .. }) => {
            Ok((environment.clone(), Vec::new()))
        }
        Err(error) => Err(error.into()),
    }
}
