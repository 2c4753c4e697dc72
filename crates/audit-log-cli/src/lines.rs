//! Lines of bounded length.

use std::io::{self, BufRead, Read};

/// No line of an export is longer: the header of a hundred million entries is not.
const LONGEST: u64 = 64 << 20;

/// Reads the next line into `line`, without its line feed; `false` at the end.
pub(crate) fn next(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let read = input.take(LONGEST).read_until(b'\n', line)?;
    if line.pop_if(|byte| *byte == b'\n').is_none() && read as u64 == LONGEST {
        return Err(io::Error::other("a line is longer than 64 MiB"));
    }
    Ok(read > 0)
}
