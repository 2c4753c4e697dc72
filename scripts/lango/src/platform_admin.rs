//! `lango bootstrap`: the first platform admin of a deployment, made by whoever holds
//! its signing keys; and the platform admin of the local stack, who is made the same
//! way and remembered.

use std::{
    env, fs,
    io::{IsTerminal as _, Read as _, stdin},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use lango_identity::{Audience, SigningKeys};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    api::Api,
    console::{answer, say},
    data_folder::DataFolder,
    dev::lasts,
    secrets,
    workers::{AUDIENCE, ISSUER, signing_keys_file},
};

/// The token that makes the first admin is used at once.
const BOOTSTRAP_SECONDS: i64 = 5 * 60;
const PASSWORD: &str = "LANGO_PASSWORD";
const LOCAL_NAME: &str = "Local platform admin";
const LOCAL_EMAIL: &str = "platform@lango.example";

/// What `lango bootstrap` is told.
#[derive(Args)]
pub(crate) struct Options {
    /// The deployment's URL.
    #[arg(long, value_name = "URL")]
    url: String,
    /// Its signing keys.
    #[arg(long, value_name = "FILE")]
    signing_keys: PathBuf,
    /// Its LANGO_ISSUER; the URL when absent.
    #[arg(long)]
    issuer: Option<String>,
    /// Its LANGO_AUDIENCE; the URL when absent.
    #[arg(long)]
    audience: Option<String>,
    /// What the admin is called.
    #[arg(long)]
    name: String,
    /// What the admin signs in with.
    #[arg(long)]
    email: String,
}

/// What the local stack remembers of its platform admin.
#[derive(Serialize, Deserialize)]
struct Remembered {
    email: String,
    password: Zeroizing<String>,
    token: Zeroizing<String>,
}

/// Makes the first admin, and prints the token of their key.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let url = options.url.trim_end_matches('/');
    let audience = Audience {
        issuer: options.issuer.clone().unwrap_or_else(|| url.to_owned()),
        audience: options.audience.clone().unwrap_or_else(|| url.to_owned()),
    };
    let password = password()?;
    let token = mint(&options.signing_keys, &audience)?;
    let made = Api::new(url, &token)?
        .bootstrap(&options.name, &options.email, &password)
        .await?;
    say(format!(
        "{} runs the platform now, as {}. This is the token of their first key, shown this once \
         and good for 90 days:",
        options.email, made.admin.admin_id
    ));
    answer(made.key.token.as_str());
    Ok(())
}

/// The token of the local stack's platform admin: remembered, or made. `runtime` tells
/// stores apart.
pub(crate) async fn of_local_stack(
    data: &DataFolder,
    url: &str,
    runtime: &str,
) -> Result<Zeroizing<String>> {
    let file = format!("secrets/platform-admin-{runtime}.json");
    if let Some(known) = data.read_json::<Remembered>(&file)? {
        if lasts(&known.token) && Api::new(url, &known.token)?.runs_platform().await? {
            return Ok(known.token);
        }
        // The key is at its end, or the store is another one.
        if let Some(access) = Api::new(url, "")?
            .sign_in_to_platform(&known.email, &known.password)
            .await?
        {
            let issued = Api::new(url, &access)?
                .issue_platform_key("local stack")
                .await?;
            let renewed = Remembered {
                token: issued.token,
                ..known
            };
            data.write_json(&file, &renewed)?;
            return Ok(renewed.token);
        }
    }
    let audience = Audience {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
    };
    let bootstrap = mint(&signing_keys_file(data)?, &audience)?;
    let password = secrets::random_text()?;
    let made = Api::new(url, &bootstrap)?
        .bootstrap(LOCAL_NAME, LOCAL_EMAIL, &password)
        .await
        .context("cannot make the local stack's platform admin")?;
    let remembered = Remembered {
        email: LOCAL_EMAIL.to_owned(),
        password,
        token: made.key.token,
    };
    data.write_json(&file, &remembered)?;
    Ok(remembered.token)
}

/// From the environment or from standard input: every program of a machine can read a
/// command line.
fn password() -> Result<Zeroizing<String>> {
    if let Ok(password) = env::var(PASSWORD) {
        return Ok(Zeroizing::new(password));
    }
    if stdin().is_terminal() {
        bail!(
            "Put the admin's password into {PASSWORD}, or into standard input: every program of \
             this machine can read a command line."
        );
    }
    let mut text = Zeroizing::new(String::new());
    stdin().read_to_string(&mut text)?;
    Ok(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Signs the token that makes the first admin, offline.
fn mint(signing_keys: &Path, audience: &Audience) -> Result<Zeroizing<String>> {
    let json = fs::read_to_string(signing_keys)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the signing keys {}", signing_keys.display()))?;
    let keys = SigningKeys::parse(&json)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = i64::try_from(now)?;
    let identifier = secrets::random_text()?;
    let token = keys.issue_bootstrap(audience, &identifier, now, now + BOOTSTRAP_SECONDS)?;
    Ok(Zeroizing::new(token.expose().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{SigningKeySet, load_or_generate};

    #[test]
    fn the_token_makes_an_admin_and_opens_nothing() {
        let folder = env::temp_dir().join(format!("lango-token-{}", std::process::id()));
        let data = DataFolder::open(&folder).unwrap();
        let file = signing_keys_file(&data).unwrap();
        load_or_generate(&file, SigningKeySet::generate).unwrap();
        let audience = Audience {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
        };
        let token = mint(&file, &audience).unwrap();

        let keys = SigningKeys::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs() as i64;
        assert!(keys.verify_bootstrap(&audience, &token, now).is_ok());
        assert!(keys.verify_bearer(&audience, &[], &token, now).is_err());
        let late = now + BOOTSTRAP_SECONDS + 1;
        assert!(keys.verify_bootstrap(&audience, &token, late).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
