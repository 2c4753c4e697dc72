//! The one folder that a stack keeps everything in: folders 0700, files 0600,
//! every file replaced as a whole or not at all.

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use nix::fcntl::{Flock, FlockArg};
use serde::{Serialize, de::DeserializeOwned};

/// An existing data folder.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

/// Held by the one stack that runs on a data folder.
pub(crate) struct DataFolderLock(#[allow(dead_code, reason = "held, not read")] Flock<File>);

impl DataFolder {
    /// Opens the folder, creating it when it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        create_private_folder(path)?;
        let root = path
            .canonicalize()
            .with_context(|| format!("cannot open the data folder {}", path.display()))?;
        Ok(Self { root })
    }

    /// Claims the folder for this process.
    pub(crate) fn lock(&self) -> Result<DataFolderLock> {
        let file = private_file_options()
            .truncate(false)
            .open(self.path("lock"))
            .context("cannot open the data folder's lock")?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(DataFolderLock(lock)),
            Err(_) => bail!(
                "Another scripts/dev runs on {}: stop it, or take another folder with --data.",
                self.root.display()
            ),
        }
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside, which need not exist.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A folder inside, created when it is not there.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        create_private_folder(&path)?;
        Ok(path)
    }

    /// Reads a JSON file; `None` when there is none.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        read_json(&self.path(name))
    }

    /// Replaces a JSON file.
    pub(crate) fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        write_json(&self.path(name), value)
    }

    /// Removes a file; that it is not there is fine.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {name}"))
            }
            _ => Ok(()),
        }
    }
}

/// Where data is kept when nothing else is said: `.lango` in the tree.
pub(crate) fn default_path() -> PathBuf {
    let root = env::var_os("LANGO_ROOT")
        .map(PathBuf::from)
        .unwrap_or_default();
    root.join(".lango")
}

/// Creates a folder, parents included, that only its owner can enter.
pub(crate) fn create_private_folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot create the folder {}", path.display()))
}

/// Reads a JSON file; `None` when there is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .with_context(|| format!("{} is not what lango wrote there", path.display()))
}

/// Replaces a JSON file that only its owner can read.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    write_private(path, &text)
}

/// Replaces a file that only its owner can read: readers see the old one or the
/// whole new one.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let unfinished = PathBuf::from(name);
    let write = || -> io::Result<()> {
        let mut file = private_file_options().truncate(true).open(&unfinished)?;
        // A file left over from an older run keeps its mode otherwise.
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

fn private_file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_their_owners_alone() {
        let path = env::temp_dir().join(format!("lango-data-folder-{}", std::process::id()));
        let data = DataFolder::open(&path).unwrap();
        data.write_json("one.json", &[1, 2]).unwrap();
        data.write_json("one.json", &[3]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data.path("one.json")), 0o600);
        assert_eq!(mode(&data.folder("inner").unwrap()), 0o700);
        assert_eq!(
            data.read_json::<Vec<u8>>("one.json").unwrap(),
            Some(vec![3])
        );
        assert_eq!(data.read_json::<Vec<u8>>("two.json").unwrap(), None);
        assert!(!data.path("one.json.new").exists());
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_folder_has_one_stack() {
        let path = env::temp_dir().join(format!("lango-lock-{}", std::process::id()));
        let data = DataFolder::open(&path).unwrap();
        let first = data.lock().unwrap();
        assert!(data.lock().is_err());
        drop(first);
        assert!(data.lock().is_ok());
        fs::remove_dir_all(&path).unwrap();
    }
}
