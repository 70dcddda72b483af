//! The binary: arguments in, exit code out.

use std::ffi::OsString;
use std::panic::PanicHookInfo;
use std::process::ExitCode;

use stackctl::kernel::Exit;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(end_with_a_bug));
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let [_, argument] = arguments.as_slice()
        && argument == stackctl::workdir::LIMITED
    {
        return fill_a_template();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let exit = match runtime {
        Ok(runtime) => runtime.block_on(stackctl::cli::run(arguments)),
        Err(_) => Exit::Environment,
    };
    exit.into()
}

/// Fills a template of the user, with limits; the process that started this one reads the answer.
fn fill_a_template() -> ExitCode {
    match stackctl::workdir::limited(stackctl::render::work) {
        Ok(()) => Exit::Ok.into(),
        Err(_) => Exit::Environment.into(),
    }
}

/// Ends the process where it stands, without unwinding: the next run repairs what this one leaves, as after a kill.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "a panic has no other way to an exit code when it aborts"
)]
fn end_with_a_bug(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    stackctl::ui::tell_bug(reason(panic), &place);
    std::process::exit(Exit::Bug.code().into());
}

/// The text of `panic!`, which is one or the other type.
fn reason<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = panic.payload();
    let formatted = payload.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}
