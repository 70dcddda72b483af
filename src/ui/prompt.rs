//! A line from the terminal that is not shown while it is typed.

use std::io::{self, BufRead as _};

use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex};

/// ^C
const INTERRUPT: u8 = 3;

/// The line without its end; none at the end of the input and for ^C.
pub fn unseen_line() -> Option<Vec<u8>> {
    let stdin = io::stdin();
    let before = termios::tcgetattr(&stdin).ok()?;
    let mut quiet = before.clone();
    // ^C ends the line instead of the process, which could not switch the echo on again.
    quiet.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
    quiet.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
    termios::tcsetattr(&stdin, OptionalActions::Flush, &quiet).ok()?;
    let line = read(&stdin);
    let restored = termios::tcsetattr(&stdin, OptionalActions::Now, &before);
    line.ok().filter(|_| restored.is_ok()).flatten()
}

/// A terminal gives one line per read.
fn read(stdin: &io::Stdin) -> io::Result<Option<Vec<u8>>> {
    let mut stdin = stdin.lock();
    let line = stdin.fill_buf()?.to_vec();
    stdin.consume(line.len());
    Ok(match line.split_last() {
        None | Some((&INTERRUPT, _)) => None,
        Some((b'\n', line)) => Some(line.to_vec()),
        Some(_) => Some(line),
    })
}
