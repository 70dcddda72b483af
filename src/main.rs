//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use stackctl::kernel::Exit;

fn main() -> ExitCode {
    let arguments = std::env::args_os().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let run = std::panic::AssertUnwindSafe(|| match runtime {
        Ok(runtime) => runtime.block_on(stackctl::cli::run(arguments)),
        Err(_) => Exit::Environment,
    });
    std::panic::catch_unwind(run).unwrap_or(Exit::Bug).into()
}
