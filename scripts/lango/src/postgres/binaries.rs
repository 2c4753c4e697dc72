//! Where PostgreSQL's programs are: the system's where there are any, else the
//! ones that are packaged on npm.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::{account::Account, npm_package};

/// Says where to look instead: a folder with `initdb` and `postgres`, or `npm`.
const OVERRIDE: &str = "LANGO_POSTGRES";

/// A folder with `initdb` and `postgres`.
#[derive(Debug)]
pub(crate) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Finds PostgreSQL; fetches it when the machine has none.
    pub(crate) async fn find(repository: &Path, account: &Account) -> Result<Self> {
        let wish = env::var(OVERRIDE).unwrap_or_default();
        if wish == "npm" {
            return Self::packaged(repository, account).await;
        }
        if !wish.is_empty() {
            return match Self::in_folder(PathBuf::from(&wish)) {
                Some(found) => Ok(found),
                None => bail!("{OVERRIDE} is {wish}, where there is no initdb and postgres."),
            };
        }
        match system_folders().into_iter().find_map(Self::in_folder) {
            Some(found) => Ok(found),
            None => Self::packaged(repository, account).await,
        }
    }

    async fn packaged(repository: &Path, account: &Account) -> Result<Self> {
        let folder = npm_package::install(repository, account).await?;
        match Self::in_folder(folder.clone()) {
            Some(found) => Ok(found),
            None => bail!("{} has no initdb and postgres.", folder.display()),
        }
    }

    fn in_folder(folder: PathBuf) -> Option<Self> {
        let complete = ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file());
        complete.then_some(Self { folder })
    }

    /// The path of a program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Folders that may have the programs, the most telling one first.
fn system_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output()
        && output.status.success()
    {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    folders.extend(debian_folders(Path::new("/usr/lib/postgresql")));
    folders
}

/// Debian keeps one folder per version off the PATH; the newest comes first.
fn debian_folders(parent: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions
        .into_iter()
        .map(|version| parent.join(version.to_string()).join("bin"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let parent = env::temp_dir().join(format!("lango-versions-{}", std::process::id()));
        for version in ["9", "15", "17", "notes"] {
            fs::create_dir_all(parent.join(version)).unwrap();
        }
        let found = debian_folders(&parent);
        assert_eq!(
            found,
            ["17", "15", "9"].map(|version| parent.join(version).join("bin"))
        );
        fs::remove_dir_all(parent).unwrap();
    }
}
