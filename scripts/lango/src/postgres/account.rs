//! As whom PostgreSQL runs: it refuses to run as root.

use std::{
    os::unix::{fs::chown, process::CommandExt as _},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use nix::unistd::{Uid, User};

/// The account that PostgreSQL's processes run under.
pub(crate) enum Account {
    /// Whoever started the stack.
    Same,
    /// Another one, because root started the stack.
    Other(User),
}

impl Account {
    /// `postgres` where there is such an account, else `nobody`, when this is root.
    pub(crate) fn choose() -> Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self::Same);
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = User::from_name(name)? {
                return Ok(Self::Other(user));
            }
        }
        anyhow::bail!(
            "PostgreSQL does not run as root and there is no account postgres or nobody: \
             start Lango as another user."
        )
    }

    /// A command that runs under the account.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Where the stack was started may be closed to the account.
        command.current_dir("/");
        if let Self::Other(user) = self {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// Whether the account can go into the folder.
    pub(crate) fn reaches(&self, folder: &Path) -> bool {
        self.command(Path::new("/bin/sh"))
            .args(["-c", "cd \"$0\""])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Makes the account the owner of a file or folder.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        let Self::Other(user) = self else {
            return Ok(());
        };
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
            .with_context(|| format!("cannot give {} to {}", path.display(), user.name))
    }
}
