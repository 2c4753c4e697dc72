//! One-time codes on the console: a machine that sends no WhatsApp messages says them
//! in its Worker's log, where nobody would look.

use std::{
    convert::Infallible,
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
    time::Duration,
};

use anyhow::Result;

use crate::console::answer;

/// How the gateway begins such a line.
const BEGINNING: &str = "This machine sends no WhatsApp messages.";
const PAUSE: Duration = Duration::from_millis(300);

/// Shows each code as the log gets it.
pub(super) async fn show(log: &Path) -> Result<Infallible> {
    let mut place = fs::metadata(log).map_or(0, |it| it.len());
    loop {
        tokio::time::sleep(PAUSE).await;
        // A log that cannot be read now may be later; nothing else depends on it.
        if let Ok((text, read)) = read_from(log, place) {
            place = read;
            for code in codes(&text) {
                answer(code);
            }
        }
    }
}

/// The whole lines after a place, and where they end.
fn read_from(log: &Path, place: u64) -> io::Result<(String, u64)> {
    let mut file = File::open(log)?;
    file.seek(SeekFrom::Start(place))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |last| last + 1);
    bytes.truncate(whole);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((text, place + whole as u64))
}

fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.find(BEGINNING).map(|start| &line[start..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_codes_are_shown() {
        let text = format!("{{\"event\":\"refused\"}}\nlog: {BEGINNING} The code: 123456\n\n");
        let shown: Vec<_> = codes(&text).collect();
        assert_eq!(shown, [format!("{BEGINNING} The code: 123456")]);
    }
}
