//! Which gateway, and with whose token.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use reqwest::Url;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{client::Client, show::Show};
use crate::{
    console::say,
    data_folder::{default_path, read_json},
};

const TOKEN: &str = "LANGO_TOKEN";
const URL: &str = "LANGO_URL";

/// Which gateway, and with whose token; without any of it the local stack's, as the
/// demo business's admin, or as whoever runs its platform.
#[derive(Args)]
pub(crate) struct Target {
    /// The gateway's URL, such as `https://gateway.example.com`; or LANGO_URL.
    #[arg(long, value_name = "URL", global = true)]
    url: Option<String>,
    /// A file with the token; without one LANGO_TOKEN is taken.
    #[arg(long, value_name = "FILE", global = true)]
    token_file: Option<PathBuf>,
    /// Not taken: see the message.
    #[arg(long, value_name = "TOKEN", global = true, hide = true)]
    token: Option<String>,
    /// The data folder of a running local stack.
    #[arg(long, value_name = "DIR", default_value_os_t = default_path(), global = true)]
    data: PathBuf,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// Whose routes: a token of one world opens nothing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    Tenant,
    Platform,
}

/// The part of `dev.json` that is needed here.
#[derive(Deserialize)]
struct LocalStack {
    url: String,
    keys: LocalKeys,
    platform_admin: Zeroizing<String>,
}

#[derive(Deserialize)]
struct LocalKeys {
    admin: Zeroizing<String>,
}

impl Target {
    /// A client for the routes of a world.
    pub(crate) fn client(&self, world: World) -> Result<Client> {
        self.refuse_token_argument()?;
        let url = self.url.clone().or_else(|| from_environment(URL));
        let token = match &self.token_file {
            Some(file) => Some(read_token(file)?),
            None => from_environment(TOKEN).map(Zeroizing::new),
        };
        let (url, token) = match (url, token) {
            (Some(url), Some(token)) => (url, token),
            (Some(url), None) => bail!(
                "Say with which token {url} is to be asked: put it into {TOKEN}, or name a file \
                 with --token-file."
            ),
            (None, token) => {
                let stack = self.local_stack()?;
                let own = match world {
                    World::Tenant => stack.keys.admin,
                    World::Platform => stack.platform_admin,
                };
                (stack.url, token.unwrap_or(own))
            }
        };
        Client::new(checked(&url)?, Some(token))
    }

    fn refuse_token_argument(&self) -> Result<()> {
        if self.token.is_none() {
            return Ok(());
        }
        bail!(
            "--token is not taken: every program of this machine can read a command line, and the \
             shell's history keeps it. Put the token into {TOKEN}, or into a file that only you \
             can read and name it with --token-file."
        )
    }

    /// A client for whoever has no token yet.
    pub(crate) fn guest(&self) -> Result<Client> {
        self.refuse_token_argument()?;
        let url = match self.url.clone().or_else(|| from_environment(URL)) {
            Some(url) => url,
            None => self.local_stack()?.url,
        };
        Client::new(checked(&url)?, None)
    }

    /// Whether answers are JSON.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.json
    }

    /// How answers are shown.
    pub(crate) fn show(&self) -> Show {
        if self.json { Show::Json } else { Show::Words }
    }

    fn local_stack(&self) -> Result<LocalStack> {
        read_json(&self.data.join("dev.json"))?.with_context(|| {
            format!(
                "No local stack is ready in {}: start scripts/dev, or name a gateway with --url \
                 and give its token in {TOKEN}.",
                self.data.display()
            )
        })
    }
}

fn from_environment(name: &str) -> Option<String> {
    env::var(name)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

fn read_token(file: &Path) -> Result<Zeroizing<String>> {
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the token in {}", file.display()))?;
    let others = fs::metadata(file)?.permissions().mode() & 0o077;
    if others != 0 {
        let name = file.display();
        say(format!(
            "Others can read {name}: `chmod 600 {name}` keeps the token yours."
        ));
    }
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// A token travels over https, or stays on this machine.
fn checked(url: &str) -> Result<Url> {
    let parsed = Url::parse(url).with_context(|| format!("{url:?} is no URL"))?;
    let host = parsed.host_str().unwrap_or_default();
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match parsed.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        _ => bail!("{url} would carry the token in the clear: take an https:// URL."),
    }
    if parsed.path() != "/" || parsed.query().is_some() {
        bail!("{url} has a path: give the gateway's origin alone, such as https://{host}.");
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_https_or_stays_here() {
        for url in [
            "https://g.example.com",
            "https://g.example.com:8443/",
            "http://127.0.0.1:8787",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(checked(url).is_ok(), "{url}");
        }
        for url in [
            "http://g.example.com",
            "http://127.0.0.1.example.com",
            "ftp://g.example.com",
            "https://g.example.com/mcp",
            "https://g.example.com/?a=b",
            "g.example.com",
            "",
        ] {
            assert!(checked(url).is_err(), "{url}");
        }
    }
}
