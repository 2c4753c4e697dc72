//! `lango-audit verify` of a folder.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use lango_audit_log::archive::{ArchiveReport, ArchiveVerifier, SegmentName};

use crate::lines;
use crate::verify::{Failure, read_keys, read_notes, unreadable};

/// Verifies the segments of one log, in the order of their names.
pub(crate) fn verify(
    folder: &Path,
    keys: &[String],
    checkpoints: &[PathBuf],
    first: u64,
) -> Result<ArchiveReport, Failure> {
    let keys = read_keys(keys)?;
    let notes = read_notes(&keys, checkpoints)?;
    let notes = notes.iter().map(String::as_str);
    let mut archive = ArchiveVerifier::new(keys, first, notes).map_err(Failure::Key)?;
    for (name, path) in segments(folder)? {
        let mut segment = archive.begin(name)?;
        let file = File::open(&path).map_err(|error| unreadable(&path, error))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let (mut line, mut number) = (Vec::new(), 0);
        while lines::next(&mut file, &mut line).map_err(|error| unreadable(&path, error))? {
            number += 1;
            let text = str::from_utf8(&line).map_err(|_| Failure::SegmentText(name, number))?;
            segment.line(text)?;
        }
        archive.end(segment)?;
    }
    Ok(archive.finish())
}

/// The files of a folder by their ranges. Hidden ones are what a crash has left of a file
/// under way; what else is no segment does not belong there.
fn segments(folder: &Path) -> Result<Vec<(SegmentName, PathBuf)>, Failure> {
    let failed = |error| unreadable(folder, error);
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let Ok(segment) = name.parse() else {
            return Err(Failure::Stray(path.display().to_string()));
        };
        segments.push((segment, path));
    }
    segments.sort();
    Ok(segments)
}
