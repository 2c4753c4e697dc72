//! `lango site`: the statement of where a self-hosted deployment stands, signed with the
//! deployment's key. Who signs says so; nothing measures it.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::{Args, Subcommand};
use lango_residency::{Country, DeploymentSigner, Site, SiteName, SiteStatement};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    console::answer,
    data_folder::{DataFolder, default_path},
    secrets::{self, random_text},
};

const KEY_FILE: &str = "deployment-key.json";
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
/// What a stack states of itself when it starts; it is stated anew at each start.
const DAYS_OF_A_STACK: u32 = 366;
/// Clocks differ.
const GRACE_SECONDS: i64 = 60;

/// What `lango site` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the public half of the deployment's key, which is made on first use.
    Key(KeyOptions),
    /// Sign a statement of where the deployment stands, and print it.
    Sign(SignOptions),
}

/// Where the deployment's key is.
#[derive(Args)]
pub(crate) struct KeyOptions {
    /// The file of the key: that of the data folder when nothing is said. Kept
    /// elsewhere, whoever runs the machine cannot move it on paper.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// What is stated.
#[derive(Args)]
pub(crate) struct SignOptions {
    #[command(flatten)]
    key: KeyOptions,
    /// What the site is called: 1 to 40 of [a-z0-9-].
    #[arg(long, value_parser = name)]
    name: SiteName,
    /// The country that it is in, such as KE.
    #[arg(long, value_parser = country)]
    country: Country,
    /// For how many days from now.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: u32,
}

/// Where the stack of `lango dev` says that it stands.
#[derive(Args)]
pub(crate) struct Standing {
    /// The name of the site that the stack stands at, signed for with the data
    /// folder's deployment key.
    #[arg(long, value_name = "NAME", requires = "country", value_parser = name)]
    site: Option<SiteName>,
    /// The country that it is in, such as KE.
    #[arg(long, value_name = "CODE", requires = "site", value_parser = country)]
    country: Option<Country>,
    /// A statement of `lango site sign` instead.
    #[arg(long, value_name = "JWT", conflicts_with = "site")]
    site_statement: Option<String>,
    /// The public key that the statement is signed with; the data folder's own when
    /// nothing is said.
    #[arg(
        long,
        value_name = "KEY",
        requires = "site_statement",
        allow_hyphen_values = true
    )]
    deployment_key: Option<String>,
}

/// What the connectors are told.
pub(crate) struct Stated {
    /// `LANGO_SITE`.
    pub(crate) statement: String,
    /// `LANGO_DEPLOYMENT_KEY`.
    pub(crate) key: String,
}

/// The seed of the deployment's key.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Seed(Zeroizing<String>);

impl Command {
    /// Does it.
    pub(crate) fn run(&self) -> Result<()> {
        match self {
            Self::Key(options) => answer(options.signer()?.public().to_string()),
            Self::Sign(options) => {
                let site = Site {
                    name: options.name.clone(),
                    country: options.country,
                };
                answer(sign(&options.key.signer()?, site, options.days)?);
            }
        }
        Ok(())
    }
}

impl KeyOptions {
    fn signer(&self) -> Result<DeploymentSigner> {
        match &self.key_file {
            Some(file) => signer(file),
            None => signer_of(&DataFolder::open(&default_path())?),
        }
    }
}

impl Standing {
    /// The statement of a stack; `None` when it states nothing.
    pub(crate) fn stated(&self, data: &DataFolder) -> Result<Option<Stated>> {
        let signer = signer_of(data)?;
        let key = self
            .deployment_key
            .clone()
            .unwrap_or_else(|| signer.public().to_string());
        let statement = match (&self.site, self.country, &self.site_statement) {
            (Some(name), Some(country), _) => {
                let name = name.clone();
                sign(&signer, Site { name, country }, DAYS_OF_A_STACK)?
            }
            (_, _, Some(statement)) => statement.clone(),
            _ => return Ok(None),
        };
        Ok(Some(Stated { statement, key }))
    }
}

fn sign(signer: &DeploymentSigner, site: Site, days: u32) -> Result<String> {
    let now = now();
    let until = now + i64::from(days) * SECONDS_PER_DAY;
    let statement = SiteStatement::new(site, now - GRACE_SECONDS, until)?;
    Ok(signer.sign(&statement)?)
}

/// Seconds since 1970.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |it| i64::try_from(it.as_secs()).unwrap_or(i64::MAX))
}

fn signer_of(data: &DataFolder) -> Result<DeploymentSigner> {
    signer(&data.folder("secrets")?.join(KEY_FILE))
}

fn signer(file: &Path) -> Result<DeploymentSigner> {
    let Seed(text) = secrets::load_or_generate(file, || random_text().map(Seed))?;
    let seed = URL_SAFE_NO_PAD
        .decode(text.as_bytes())
        .ok()
        .map(Zeroizing::new)
        .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
        .map(Zeroizing::new)
        .with_context(|| format!("{} holds no key", file.display()))?;
    Ok(DeploymentSigner::from_seed(&seed))
}

fn name(text: &str) -> Result<SiteName, String> {
    SiteName::parse(text).map_err(|error| error.to_string())
}

fn country(text: &str) -> Result<Country, String> {
    Country::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_verifies_with_the_public_half() {
        let signer = DeploymentSigner::from_seed(&[7; 32]);
        let site = Site {
            name: name("nairobi-1").unwrap(),
            country: country("KE").unwrap(),
        };
        let text = sign(&signer, site.clone(), 1).unwrap();
        let read = SiteStatement::verify(&signer.public(), &text).unwrap();
        let now = now();
        assert_eq!(read.at(now), Some(&site));
        assert_eq!(read.at(now + 2 * SECONDS_PER_DAY), None);
    }
}
