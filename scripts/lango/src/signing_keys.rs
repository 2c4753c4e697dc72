//! `lango signing-keys`, `lango gateway-key`, `lango checkpoint-keys` and
//! `lango key-encryption-keys`: the secrets of a deployment, in files for
//! `wrangler secret put`; and the signing keys of a gateway that runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use crate::{
    admin::{Target, World, signing_keys},
    console::{answer, say},
    data_folder::{create_private_folder, read_json, write_json, write_private},
    secrets::{CheckpointKeys, GatewaySecret, KeyEncryptionKeys, SigningKeySet},
};

/// What `lango signing-keys` can do.
#[derive(Subcommand)]
pub(crate) enum SigningKeysCommand {
    /// Make a first key.
    New {
        /// The file to write; it must not exist.
        #[arg(long)]
        file: PathBuf,
    },
    /// Make a new key; tokens of the old ones stay valid.
    Rotate {
        /// It signs now, because an older one has leaked, and not only in two minutes,
        /// when every part of the deployment knows it.
        #[arg(long, conflicts_with = "file")]
        at_once: bool,
        /// Put it into the file of the secret instead, which signs until a running
        /// gateway has been given a key.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Show which key of a running gateway signs, and which ones verify until when.
    List,
    /// Withdraw a key that has leaked: what it has signed is refused from now on.
    Withdraw {
        /// Its name, as in the list.
        kid: String,
    },
}

/// What `lango gateway-key` can do.
#[derive(Subcommand)]
pub(crate) enum GatewayKeyCommand {
    /// Make one.
    New {
        /// The file to write; it must not exist.
        #[arg(long)]
        file: PathBuf,
    },
}

/// What `lango checkpoint-keys` can do.
#[derive(Subcommand)]
pub(crate) enum CheckpointKeysCommand {
    /// Make a first key.
    New {
        /// The file to write; it must not exist.
        #[arg(long)]
        file: PathBuf,
    },
    /// Put a new key in front. Up to two older ones go on signing beside it.
    Rotate {
        /// The file of the keys.
        #[arg(long)]
        file: PathBuf,
    },
}

/// What `lango envelope-keys` is told.
#[derive(clap::Args)]
pub(crate) struct EnvelopeKeysOptions {
    /// The file of the gateway's key, from which they are derived.
    #[arg(long)]
    gateway_key: PathBuf,
    /// The kind of connector that is to know the gateway by them.
    #[arg(long)]
    connector: String,
    /// The file to write.
    #[arg(long)]
    file: PathBuf,
}

impl EnvelopeKeysOptions {
    /// Derives them.
    pub(crate) fn run(&self) -> Result<()> {
        let key = GatewaySecret::read(&self.gateway_key)?;
        create_parent(&self.file)?;
        write_private(&self.file, key.envelope_keys(&self.connector)?.as_bytes())
    }
}

/// What `lango key-encryption-keys` can do.
#[derive(Subcommand)]
pub(crate) enum KeyEncryptionKeysCommand {
    /// Make a first key.
    New {
        /// The file to write; it must not exist.
        #[arg(long)]
        file: PathBuf,
    },
    /// Show the versions.
    List {
        /// The file of the connector's keys.
        #[arg(long)]
        file: PathBuf,
    },
    /// Add a new version, which opens and wraps nothing yet.
    Add {
        /// The file of the connector's keys.
        #[arg(long)]
        file: PathBuf,
    },
    /// Have a version wrap from now on, once the connector has it everywhere.
    Use {
        /// The version.
        version: u32,
        /// The file of the connector's keys.
        #[arg(long)]
        file: PathBuf,
    },
    /// Take a version out, once `lango vault keys` says that it can be.
    Remove {
        /// The version.
        version: u32,
        /// The file of the connector's keys.
        #[arg(long)]
        file: PathBuf,
    },
}

impl SigningKeysCommand {
    /// Does it.
    pub(crate) async fn run(&self, target: &Target) -> Result<()> {
        let show = target.show();
        let running = || target.client(World::Platform);
        match self {
            Self::New { file } => {
                refuse_existing(file)?;
                write(file, &SigningKeySet::generate()?)
            }
            Self::List => signing_keys::list(&running()?, show).await,
            Self::Withdraw { kid } => signing_keys::withdraw(&running()?, show, kid).await,
            Self::Rotate {
                at_once,
                file: None,
            } => signing_keys::rotate(&running()?, show, *at_once).await,
            Self::Rotate {
                file: Some(file), ..
            } => {
                let mut keys: SigningKeySet = read_json(file)?
                    .with_context(|| format!("there are no signing keys in {}", file.display()))?;
                keys.rotate()?;
                write(file, &keys)
            }
        }
    }
}

impl GatewayKeyCommand {
    /// Does it. The file has the key alone, as the secret is to have it.
    pub(crate) fn run(&self) -> Result<()> {
        let Self::New { file } = self;
        refuse_existing(file)?;
        create_parent(file)?;
        write_private(file, GatewaySecret::generate()?.text().as_bytes())
    }
}

impl CheckpointKeysCommand {
    /// Does it.
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self::New { file } => {
                refuse_existing(file)?;
                create_parent(file)?;
                write_json(file, &CheckpointKeys::generate()?)
            }
            Self::Rotate { file } => {
                let mut keys: CheckpointKeys = read_json(file)?
                    .with_context(|| format!("there are no keys in {}", file.display()))?;
                keys.rotate()?;
                write_json(file, &keys)
            }
        }
    }
}

impl KeyEncryptionKeysCommand {
    /// Does it.
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self::New { file } => {
                refuse_existing(file)?;
                create_parent(file)?;
                write_json(file, &KeyEncryptionKeys::generate()?)
            }
            Self::List { file } => {
                let keys = key_encryption_keys(file)?;
                for version in keys.versions()? {
                    let wraps = version == keys.current();
                    let does = if wraps { "wraps and opens" } else { "opens" };
                    answer(format!("{version}\t{does}"));
                }
                Ok(())
            }
            Self::Add { file } => {
                let mut keys = key_encryption_keys(file)?;
                let version = keys.add()?;
                write_json(file, &keys)?;
                say("Added. Use it once the connector has it everywhere.");
                answer(version.to_string());
                Ok(())
            }
            Self::Use { version, file } => {
                let mut keys = key_encryption_keys(file)?;
                keys.use_version(*version)?;
                write_json(file, &keys)?;
                say(format!(
                    "Version {version} wraps from now on. Have what is wrapped already moved: \
                     lango vault rewrap."
                ));
                Ok(())
            }
            Self::Remove { version, file } => {
                let mut keys = key_encryption_keys(file)?;
                keys.remove(*version)?;
                write_json(file, &keys)?;
                say(format!("Version {version} is gone."));
                Ok(())
            }
        }
    }
}

fn key_encryption_keys(file: &Path) -> Result<KeyEncryptionKeys> {
    read_json(file)?
        .with_context(|| format!("there are no key-encryption keys in {}", file.display()))
}

fn write(file: &Path, keys: &SigningKeySet) -> Result<()> {
    create_parent(file)?;
    write_json(file, keys)?;
    let signer = keys.key_ids().next().unwrap_or_default();
    say(format!(
        "{}: key {signer} signs from now on.",
        file.display()
    ));
    Ok(())
}

fn create_parent(file: &Path) -> Result<()> {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => create_private_folder(parent),
        _ => Ok(()),
    }
}

/// Overwriting a key loses everything that only it opens.
fn refuse_existing(file: &Path) -> Result<()> {
    if file.exists() {
        bail!("{} exists; it is not overwritten.", file.display());
    }
    Ok(())
}
