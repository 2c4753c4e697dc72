//! `lango platform-token`: a token for whoever runs the platform, signed
//! offline with the deployment's signing keys.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use clap::Args;
use lango_identity::{Audience, SigningKeys};
use zeroize::Zeroizing;

use crate::{
    console::answer,
    data_folder::{DataFolder, default_path},
    secrets,
    workers::{AUDIENCE, ISSUER, signing_keys_file},
};

const SECONDS_A_DAY: i64 = 24 * 60 * 60;
/// How long the token of a local stack lasts; a new one is made at each start.
const DAYS: u32 = 30;

/// What `lango platform-token` is told.
#[derive(Args)]
pub(crate) struct Options {
    /// The signing keys; without it those of the local stack in --data.
    #[arg(long, value_name = "FILE")]
    signing_keys: Option<PathBuf>,
    /// The local stack's data folder.
    #[arg(long, value_name = "DIR", default_value_os_t = default_path())]
    data: PathBuf,
    /// The deployment's LANGO_ISSUER.
    #[arg(long, default_value = ISSUER)]
    issuer: String,
    /// The deployment's LANGO_AUDIENCE.
    #[arg(long, default_value = AUDIENCE)]
    audience: String,
    /// Who will use it; the audit log names them.
    #[arg(long, default_value = "platform")]
    subject: String,
    /// How long it lasts.
    #[arg(long, value_name = "DAYS", default_value_t = DAYS)]
    expires_in_days: u32,
}

/// Prints a token.
pub(crate) fn run(options: &Options) -> Result<()> {
    let file = match &options.signing_keys {
        Some(file) => file.clone(),
        None => options.data.join("secrets/signing-keys.json"),
    };
    let audience = Audience {
        issuer: options.issuer.clone(),
        audience: options.audience.clone(),
    };
    let token = mint(&file, &audience, &options.subject, options.expires_in_days)?;
    answer(token.as_str());
    Ok(())
}

/// The token of a local stack.
pub(crate) fn mint_for_data_folder(data: &DataFolder) -> Result<Zeroizing<String>> {
    let audience = Audience {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
    };
    mint(&signing_keys_file(data)?, &audience, "platform", DAYS)
}

fn mint(
    signing_keys: &Path,
    audience: &Audience,
    subject: &str,
    days: u32,
) -> Result<Zeroizing<String>> {
    let json = fs::read_to_string(signing_keys)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the signing keys {}", signing_keys.display()))?;
    let keys = SigningKeys::parse(&json)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = i64::try_from(now)?;
    let identifier = secrets::random_text()?;
    let expiry = now + i64::from(days) * SECONDS_A_DAY;
    let token = keys.issue_platform_admin(audience, subject, &identifier, now, expiry)?;
    Ok(Zeroizing::new(token.expose().to_owned()))
}

#[cfg(test)]
mod tests {
    use lango_identity::Verified;

    use super::*;
    use crate::secrets::{SigningKeySet, load_or_generate};

    #[test]
    fn the_token_is_one_that_the_gateway_takes() {
        let folder = std::env::temp_dir().join(format!("lango-token-{}", std::process::id()));
        let data = DataFolder::open(&folder).unwrap();
        let file = signing_keys_file(&data).unwrap();
        load_or_generate(&file, SigningKeySet::generate).unwrap();
        let token = mint_for_data_folder(&data).unwrap();

        let keys = SigningKeys::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        let audience = Audience {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs() as i64;
        let verified = keys.verify_bearer(&audience, &[], &token, now).unwrap();
        assert!(
            matches!(verified, Verified::PlatformAdmin(admin) if admin.subject() == "platform")
        );
        let late = now + 31 * SECONDS_A_DAY;
        assert!(keys.verify_bearer(&audience, &[], &token, late).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
