//! The files that a server could write.

use std::{fs, path::Path, time::UNIX_EPOCH};

use crate::compare::State;

/// What of a file is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// That it is there: its content changes in the server's ordinary work.
    Names,
    /// Its size and the time of its last change too.
    Content,
}

/// Notes every file below `folder` whose path `depth` has an answer for.
pub(crate) fn note(
    state: &mut State,
    root: &Path,
    folder: &Path,
    depth: &dyn Fn(&str) -> Option<Depth>,
) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        let Some(depth_here) = depth(&name) else {
            continue;
        };
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_dir() {
            note(state, root, &path, depth);
            state.insert(format!("folder {name}"), "there".to_owned());
        } else if depth_here == Depth::Names {
            state.insert(format!("file {name}"), "there".to_owned());
        } else {
            let changed = metadata
                .modified()
                .ok()
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
                .map_or(0, |time| time.as_nanos());
            state.insert(
                format!("file {name}"),
                format!("{} bytes, {changed}", metadata.len()),
            );
        }
    }
}
