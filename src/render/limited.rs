//! Templates of the user are filled by a process with limits of time and memory.
//!
//! A template is a program: loops in loops run for days, and a text that is doubled forty times fills any memory. Tera has
//! no budget for either. A thread can neither be stopped nor held to an amount of memory, and rewriting templates to count
//! their steps would miss filters and recursion; a process with limits of the operating system stops all of them. Shipped
//! templates are known to end and are filled right here.

use serde::{Deserialize, Serialize};

use super::assets::{Asset, Assets};
use super::context::Context;
use super::engine::{self, Mistake};
use crate::kernel::Diagnostic;

/// Largest file that a template may make, in bytes.
const LARGEST: usize = 16 << 20;

/// Runs [`work`] in a process of its own: the job in, its answer or the reason why there is none out.
pub type Run = fn(&[u8]) -> Result<Vec<u8>, String>;

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    name: String,
    text: String,
    values: Context,
}

/// Fills the template of a job. Both are JSON.
pub fn work(job: &[u8]) -> Vec<u8> {
    let answer = match serde_json::from_slice::<Job>(job) {
        Ok(job) => engine::render(&job.name, &job.text, &job.values).and_then(|text| {
            let message = format!("its file is larger than {} MiB", LARGEST >> 20);
            if text.len() > LARGEST { Err(Mistake { message, at: None }) } else { Ok(text) }
        }),
        Err(error) => Err(Mistake { message: error.to_string(), at: None }),
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

/// Fills a template: the user's through `run` when there is one, a shipped one here.
pub fn fill(
    assets: &Assets,
    run: Option<Run>,
    asset: &Asset,
    context: &Context,
) -> Result<String, Diagnostic> {
    let Some(run) = run.filter(|_| assets.is_changed(asset)) else { return engine::fill(asset, context) };
    let (name, text) = (asset.origin.as_str(), engine::text(asset)?);
    let wrong = |mistake: &Mistake| engine::diagnostic(mistake, name, text);
    let failed = |message: String| wrong(&Mistake { message, at: None });
    let job = Job { name: name.to_owned(), text: text.to_owned(), values: context.clone() };
    let job = serde_json::to_vec(&job).map_err(|error| failed(error.to_string()))?;
    let answer = run(&job).map_err(|reason| {
        let hint = "shorten its loops, and do not build long texts in them";
        failed(reason).hint(hint)
    })?;
    let answer: Result<String, Mistake> =
        serde_json::from_slice(&answer).map_err(|error| failed(format!("no answer: {error}")))?;
    answer.map_err(|mistake| wrong(&mistake))
}
