//! `lango deployment-config`: what `scripts/deploy` gives to wrangler. The tree
//! stays as it is; what is particular to one deployment is kept in its folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    console::answer,
    data_folder::write_private,
    workers::{Manifest, WranglerConfig},
};

/// What `lango deployment-config` is told.
#[derive(Args)]
pub(crate) struct Options {
    /// The deployment's folder.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Where clients will reach the gateway: https://HOST. A host under
    /// workers.dev is Cloudflare's, any other one a custom domain.
    #[arg(long)]
    origin: String,
    /// The D1 database.
    #[arg(long, value_name = "ID")]
    database_id: Option<String>,
    /// Origins of web pages that may call the gateway, separated by commas.
    #[arg(long, default_value = "")]
    allowed_origins: String,
    /// A secret that is to be put, as UNIT:NAME; one that is not named keeps what the
    /// deployment has.
    #[arg(long, value_name = "UNIT:NAME")]
    put: Vec<String>,
}

/// Variables that an operator may set; the others are the deployment's own.
const CHOSEN: [&str; 7] = [
    "LANGO_BCRYPT_COST",
    "LANGO_WHATSAPP_PHONE_NUMBER_ID",
    "LANGO_WHATSAPP_TEMPLATE",
    "LANGO_WHATSAPP_LANGUAGE",
    "LANGO_WHATSAPP_ALERT_TEMPLATE",
    "LANGO_METRICS_TENANTS",
    "LANGO_ARCHIVE_SECONDS",
];
const METRICS_TOKEN_FILE: &str = "metrics-token";
const WHATSAPP_TOKEN_FILE: &str = "whatsapp-token";
/// Names the bucket that audit logs are archived to, and its jurisdiction if it has one.
const ARCHIVE_FILE: &str = "archive-bucket";

/// A Worker of the deployment.
struct Unit {
    /// As `scripts/build` calls it.
    name: String,
    /// The folder of its `wrangler.toml`.
    folder: PathBuf,
    /// Its secrets: their names, and where the deployment's folder has them.
    secrets: Vec<(&'static str, String)>,
}

/// Writes a configuration for each Worker and prints one line for each, in the
/// order in which they are to be deployed: unit, Worker, configuration, file for
/// wrangler's `--secrets-file`, and `NAME=FILE` of its secrets with spaces between.
pub(crate) fn run(repository: &Path, options: &Options) -> Result<()> {
    let host = host_of(&options.origin)?;
    let generated = options.folder.join("generated");
    for mut unit in units(repository)? {
        // Whoever sends one-time codes has put the token of WhatsApp there.
        if unit.name == "gateway" && options.folder.join(WHATSAPP_TOKEN_FILE).exists() {
            let secret = ("LANGO_WHATSAPP_TOKEN", WHATSAPP_TOKEN_FILE.to_owned());
            unit.secrets.push(secret);
        }
        if unit.name == "gateway" && options.folder.join(METRICS_TOKEN_FILE).exists() {
            let secret = ("LANGO_METRICS_TOKEN", METRICS_TOKEN_FILE.to_owned());
            unit.secrets.push(secret);
        }
        let worker = Manifest::read(&unit.folder)?.name;
        let mut config = WranglerConfig::read(&unit.folder)?;
        if unit.name == "gateway" {
            publish(&mut config, host, options);
            if let Some((bucket, jurisdiction)) = archive_bucket(&options.folder)? {
                config.bind_archive(&bucket, jurisdiction.as_deref());
            }
            for (name, value) in chosen_variables(&options.folder)? {
                config.set_variable(&name, &value);
            }
        } else {
            config.say_placement();
        }
        let folder = generated.join(&worker);
        let config = config.write(&folder)?;
        let for_wrangler = folder.join("secrets.json");
        let is_put = |name: &str| options.put.contains(&format!("{}:{name}", unit.name));
        let put = unit.secrets.iter().filter(|(name, _)| is_put(name));
        write_secrets(&options.folder, put, &for_wrangler)?;
        let secrets: Vec<_> = unit
            .secrets
            .iter()
            .map(|(name, file)| format!("{name}={file}"))
            .collect();
        let [config, for_wrangler] =
            [&config, &for_wrangler].map(|path| path.display().to_string());
        let line = [unit.name, worker, config, for_wrangler, secrets.join(" ")];
        answer(line.join("\t"));
    }
    Ok(())
}

fn publish(config: &mut WranglerConfig, host: &str, options: &Options) {
    let origin = format!("https://{host}");
    let variables = [
        ("LANGO_ISSUER", origin.as_str()),
        ("LANGO_AUDIENCE", &origin),
        ("LANGO_PLAINTEXT", "refuse"),
        ("LANGO_PUBLIC_ORIGIN", &origin),
        ("LANGO_ALLOWED_ORIGINS", &options.allowed_origins),
    ];
    for (name, value) in variables {
        config.set_variable(name, value);
    }
    if host.ends_with(".workers.dev") {
        config.set("workers_dev", json!(true));
    } else {
        config.set(
            "routes",
            json!([{ "pattern": host, "custom_domain": true }]),
        );
    }
    if let Some(id) = &options.database_id {
        config.set_database_id(id);
    }
}

/// What the operator has written into the deployment's `variables`: one `NAME=VALUE`
/// a line. Nobody has to write one.
fn chosen_variables(folder: &Path) -> Result<Vec<(String, String)>> {
    let file = folder.join("variables");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    variables(&text).with_context(|| format!("{} is not right", file.display()))
}

fn variables(text: &str) -> Result<Vec<(String, String)>> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once('=') {
            Some((name, value)) if CHOSEN.contains(&name) => {
                Ok((name.to_owned(), value.to_owned()))
            }
            Some((name, _)) => bail!("{name} is none of {}", CHOSEN.join(", ")),
            None => bail!("{line:?} is not NAME=VALUE"),
        })
        .collect()
}

/// The bucket that the operator has named, and its jurisdiction: one line, `NAME` or `NAME
/// JURISDICTION`.
fn archive_bucket(folder: &Path) -> Result<Option<(String, Option<String>)>> {
    let file = folder.join(ARCHIVE_FILE);
    if !file.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    bucket(&text)
        .map(Some)
        .with_context(|| format!("{} must have the bucket's name", file.display()))
}

fn bucket(text: &str) -> Option<(String, Option<String>)> {
    let is_name = |name: &&str| {
        let bytes = || name.bytes();
        (1..=63).contains(&name.len())
            && bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    };
    let mut words = text.split_whitespace();
    let name = words.next().filter(is_name)?;
    let jurisdiction = words.next();
    if words.next().is_some() || !jurisdiction.is_none_or(|it| is_name(&it)) {
        return None;
    }
    Some((name.to_owned(), jurisdiction.map(str::to_owned)))
}

/// The connectors that the gateway binds, then the gateway: it must find them.
fn units(repository: &Path) -> Result<Vec<Unit>> {
    let gateway = Manifest::read(repository)?;
    let mut units = Vec::new();
    for entry in fs::read_dir(repository.join("connectors"))? {
        let folder = entry?.path();
        if !folder.join("wrangler.toml").exists() {
            continue;
        }
        let worker = Manifest::read(&folder)?.name;
        let kind = folder.file_name().unwrap_or_default().to_string_lossy();
        if gateway
            .services
            .iter()
            .any(|service| service.service == worker)
        {
            units.push(Unit {
                name: format!("connectors/{kind}"),
                secrets: vec![
                    (
                        "LANGO_KEY_ENCRYPTION_KEYS",
                        format!("key-encryption-keys-{kind}.json"),
                    ),
                    ("LANGO_ENVELOPE_KEYS", format!("envelope-keys-{kind}.json")),
                ],
                folder,
            });
        }
    }
    units.sort_by(|one, other| one.name.cmp(&other.name));
    units.push(Unit {
        name: "gateway".to_owned(),
        folder: repository.to_owned(),
        secrets: vec![
            ("LANGO_SIGNING_KEYS", "signing-keys.json".to_owned()),
            ("LANGO_GATEWAY_KEY", "gateway-key".to_owned()),
            ("LANGO_CHECKPOINT_KEYS", "checkpoint-keys.json".to_owned()),
        ],
    });
    Ok(units)
}

/// The chosen secrets, as wrangler takes them.
fn write_secrets<'a>(
    folder: &Path,
    secrets: impl Iterator<Item = &'a (&'static str, String)>,
    to: &Path,
) -> Result<()> {
    let mut texts = BTreeMap::new();
    for (name, file) in secrets {
        let from = folder.join(file);
        let text =
            fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
        texts.insert(*name, Zeroizing::new(text.trim().to_owned()));
    }
    let texts = Zeroizing::new(serde_json::to_vec(&texts)?);
    write_private(to, &texts)
}

fn host_of(origin: &str) -> Result<&str> {
    let host = origin
        .strip_prefix("https://")
        .map(|rest| rest.trim_end_matches('/'));
    let valid = |host: &str| {
        host.contains('.')
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    match host {
        Some(host) if valid(host) => Ok(host),
        _ => bail!(
            "The origin must be https:// and a host name, such as https://gateway.example.com, not {origin:?}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_and_a_host() {
        assert_eq!(host_of("https://g.example.com/").unwrap(), "g.example.com");
        for refused in [
            "http://g.example.com",
            "g.example.com",
            "https://x/y.z",
            "https://a b.c",
            "https://x",
        ] {
            assert!(host_of(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_operator_sets_what_is_theirs_to_set() {
        let read = variables("# codes\n\nLANGO_WHATSAPP_TEMPLATE=lango_code\n").unwrap();
        let expected = (
            "LANGO_WHATSAPP_TEMPLATE".to_owned(),
            "lango_code".to_owned(),
        );
        assert_eq!(read, [expected]);
        assert!(variables("LANGO_PLAINTEXT=loopback").is_err());
        assert!(variables("LANGO_BCRYPT_COST").is_err());
    }

    #[test]
    fn a_bucket_is_named_with_its_jurisdiction() {
        let named = |text| bucket(text).map(|(name, of)| (name, of.unwrap_or_default()));
        assert_eq!(
            named("lango-audit\n"),
            Some(("lango-audit".into(), String::new()))
        );
        assert_eq!(named("a eu"), Some(("a".into(), "eu".into())));
        for odd in ["", "Lango", "a b c", "a/b", "a EU"] {
            assert_eq!(named(odd), None, "{odd}");
        }
    }

    #[test]
    fn connectors_that_the_gateway_does_not_bind_are_not_deployed() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let units = units(&repository).unwrap();
        let names: Vec<_> = units.iter().map(|unit| unit.name.as_str()).collect();
        assert_eq!(names.last(), Some(&"gateway"));
        assert!(names.contains(&"connectors/postgres"));
        assert!(!names.contains(&"connectors/fixtures"));
    }
}
