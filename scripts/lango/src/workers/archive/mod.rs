//! Where the audit logs of a local stack are archived.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::data_folder::{DataFolder, create_private_folder, write_private};

/// The Worker that stands before the folder.
const KEEPER: &str = include_str!("keeper.mjs");

/// A folder that only grows, as far as Workers can tell.
#[derive(Clone)]
pub(crate) struct Archive {
    /// The folder, as an absolute path.
    pub(super) folder: PathBuf,
    /// Where the keeper's module lies, relative to the data folder.
    pub(super) keeper: &'static str,
}

impl Archive {
    /// The folder that is named, or the one in the data folder; `None` for `none`.
    pub(crate) fn open(data: &DataFolder, named: Option<&str>) -> Result<Option<Self>> {
        const MODULE: &str = "workers/archive-keeper.mjs";
        let folder = match named {
            Some("none") => return Ok(None),
            Some(named) => PathBuf::from(named),
            None => data.path("archive"),
        };
        create_private_folder(&folder)?;
        let folder = absolute(&folder)?;
        data.folder("workers")?;
        write_private(&data.path(MODULE), KEEPER.as_bytes())?;
        Ok(Some(Self {
            folder,
            keeper: MODULE,
        }))
    }
}

fn absolute(folder: &Path) -> Result<PathBuf> {
    fs::canonicalize(folder).with_context(|| format!("{} cannot be opened", folder.display()))
}
