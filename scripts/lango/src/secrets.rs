//! Keys and passwords: made once from the system's randomness, kept in files
//! that only their owner can read.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use lango_connector_kit::EnvelopeKey;
use lango_identity::GatewayKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::data_folder::{read_json, write_json};

/// A JWK set of Ed25519 keys, as the gateway's secret `LANGO_SIGNING_KEYS` has
/// it: the first key signs, a key without `d` verifies only.
#[derive(Serialize, Deserialize)]
pub(crate) struct SigningKeySet {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    kid: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Zeroizing<String>>,
}

/// A connector's key-encryption keys by version, as its secret
/// `LANGO_KEY_ENCRYPTION_KEYS` has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeyEncryptionKeys {
    current: u32,
    keys: BTreeMap<String, Zeroizing<String>>,
}

impl SigningKeySet {
    /// A set with one new key.
    pub(crate) fn generate() -> Result<Self> {
        Ok(Self {
            keys: vec![Jwk::generate()?],
        })
    }

    /// Puts a new signing key in front. The old ones keep verifying and lose
    /// their private half: nobody can sign with them any more.
    pub(crate) fn rotate(&mut self) -> Result<()> {
        for key in &mut self.keys {
            key.d = None;
        }
        self.keys.insert(0, Jwk::generate()?);
        Ok(())
    }

    /// Identifiers of the keys, the signing one first.
    pub(crate) fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// As the secret's text.
    pub(crate) fn to_json(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(serde_json::to_string(self)?))
    }
}

impl Jwk {
    fn generate() -> Result<Self> {
        let seed = random_bytes::<32>()?;
        let signer = SigningKey::from_bytes(&seed);
        Ok(Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: URL_SAFE_NO_PAD.encode(*random_bytes::<9>()?),
            x: URL_SAFE_NO_PAD.encode(signer.verifying_key().as_bytes()),
            d: Some(Zeroizing::new(URL_SAFE_NO_PAD.encode(*seed))),
        })
    }
}

impl KeyEncryptionKeys {
    /// One new key, version 1.
    pub(crate) fn generate() -> Result<Self> {
        Ok(Self {
            current: 1,
            keys: BTreeMap::from([("1".to_owned(), random_text()?)]),
        })
    }

    /// Adds a new version, which wraps nothing yet: every part of the deployment has to
    /// have it first. Says which one it is.
    pub(crate) fn add(&mut self) -> Result<u32> {
        let versions = self.versions()?;
        let version = versions.last().copied().unwrap_or(0).max(self.current) + 1;
        self.keys.insert(version.to_string(), random_text()?);
        Ok(version)
    }

    /// Has a version wrap what is wrapped from now on.
    pub(crate) fn use_version(&mut self, version: u32) -> Result<()> {
        if !self.keys.contains_key(&version.to_string()) {
            bail!("There is no version {version}: add one first.");
        }
        self.current = version;
        Ok(())
    }

    /// Takes a version out. What is wrapped under it does not open any more.
    pub(crate) fn remove(&mut self, version: u32) -> Result<()> {
        if self.current == version {
            bail!("Version {version} wraps: use another one first.");
        }
        match self.keys.remove(&version.to_string()) {
            Some(_) => Ok(()),
            None => bail!("There is no version {version}."),
        }
    }

    /// The version that wraps.
    pub(crate) fn current(&self) -> u32 {
        self.current
    }

    /// Every version, in order.
    pub(crate) fn versions(&self) -> Result<Vec<u32>> {
        let versions = self.keys.keys().map(|version| version.parse());
        let mut versions: Vec<_> = versions
            .collect::<Result<_, _>>()
            .context("a version is no number")?;
        versions.sort_unstable();
        Ok(versions)
    }

    /// As the secret's text.
    pub(crate) fn to_json(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(serde_json::to_string(self)?))
    }
}

/// The gateway's own secret, as `LANGO_GATEWAY_KEY` has it: what it derives its
/// inner keys from.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct GatewaySecret(Zeroizing<String>);

impl GatewaySecret {
    /// 32 new random bytes.
    pub(crate) fn generate() -> Result<Self> {
        random_text().map(Self)
    }

    /// As the secret's text.
    pub(crate) fn text(&self) -> &Zeroizing<String> {
        &self.0
    }

    /// The secret of a deployment, as `lango gateway-key new` has written it.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let text = Zeroizing::new(text);
        Ok(Self(Zeroizing::new(text.trim().to_owned())))
    }

    /// What a connector verifies the gateway's envelopes with, as its secret
    /// `LANGO_ENVELOPE_KEYS` has it.
    pub(crate) fn envelope_keys(&self, connector: &str) -> Result<Zeroizing<String>> {
        let key = GatewayKey::parse(&self.0)?.derive(&EnvelopeKey::label(connector));
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(key.as_slice()));
        Ok(Zeroizing::new(serde_json::to_string(&[&text])?))
    }
}

/// The seeds of the keys (Ed25519) that sign the checkpoints of the audit logs, newest
/// first, as the gateway's secret `LANGO_CHECKPOINT_KEYS` has them.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CheckpointKeys(Vec<Zeroizing<String>>);

impl CheckpointKeys {
    /// As many as the gateway takes.
    const MOST: usize = 3;

    /// One new key.
    pub(crate) fn generate() -> Result<Self> {
        Ok(Self(vec![random_text()?]))
    }

    /// Puts a new key in front. The others go on signing beside it, so that whoever knows
    /// only one of them goes on verifying; the oldest of three goes.
    pub(crate) fn rotate(&mut self) -> Result<()> {
        self.0.insert(0, random_text()?);
        self.0.truncate(Self::MOST);
        Ok(())
    }

    /// As the secret's text.
    pub(crate) fn to_json(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(serde_json::to_string(self)?))
    }
}

/// A secret kept in a file, made on first use.
pub(crate) fn load_or_generate<T, F>(path: &Path, generate: F) -> Result<T>
where
    T: Serialize + serde::de::DeserializeOwned,
    F: FnOnce() -> Result<T>,
{
    if let Some(secret) = read_json(path)? {
        return Ok(secret);
    }
    let secret = generate()?;
    write_json(path, &secret)?;
    Ok(secret)
}

/// 256 random bits as text that needs no quoting in a URL, in SQL or in a shell.
pub(crate) fn random_text() -> Result<Zeroizing<String>> {
    Ok(Zeroizing::new(
        URL_SAFE_NO_PAD.encode(*random_bytes::<32>()?),
    ))
}

fn random_bytes<const LENGTH: usize>() -> Result<Zeroizing<[u8; LENGTH]>> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    getrandom::fill(&mut *bytes).context("the system has no randomness")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use lango_connector_kit::EnvelopeKeys;
    use lango_identity::SigningKeys;

    use super::*;

    #[test]
    fn a_generated_set_is_one_that_the_gateway_takes() {
        let mut set = SigningKeySet::generate().unwrap();
        let old: Vec<_> = set.key_ids().map(str::to_owned).collect();
        set.rotate().unwrap();
        assert!(SigningKeys::parse(&set.to_json().unwrap()).is_ok());
        let new: Vec<_> = set.key_ids().map(str::to_owned).collect();
        assert_eq!(new.len(), 2);
        assert_eq!(new[1], old[0]);
        assert_eq!(set.to_json().unwrap().matches("\"d\":").count(), 1);
    }

    #[test]
    fn a_gateway_key_is_one_that_the_gateway_takes() {
        let key = GatewaySecret::generate().unwrap();
        assert!(GatewayKey::parse(key.text()).is_ok());
        assert_ne!(*key.text(), *GatewaySecret::generate().unwrap().text());
        let [one, other] = ["postgres", "mcp"].map(|kind| key.envelope_keys(kind).unwrap());
        assert!(EnvelopeKeys::parse(&one).is_ok());
        assert_ne!(*one, *other);
    }

    #[test]
    fn a_new_key_encryption_key_is_added_used_and_the_old_one_removed() {
        let mut keys = KeyEncryptionKeys::generate().unwrap();
        assert_eq!(keys.add().unwrap(), 2);
        assert_eq!((keys.current(), keys.versions().unwrap()), (1, vec![1, 2]));
        assert!(keys.remove(1).is_err() && keys.use_version(3).is_err());
        keys.use_version(2).unwrap();
        keys.remove(1).unwrap();
        assert!(keys.remove(1).is_err());
        assert_eq!((keys.current(), keys.versions().unwrap()), (2, vec![2]));
        assert_eq!(keys.add().unwrap(), 3);
    }

    #[test]
    fn a_key_encryption_key_has_256_bits() {
        let keys = KeyEncryptionKeys::generate().unwrap();
        let decoded = URL_SAFE_NO_PAD.decode(keys.keys["1"].as_bytes()).unwrap();
        assert_eq!((keys.current, decoded.len()), (1, 32));
        assert_ne!(
            *keys.to_json().unwrap(),
            *KeyEncryptionKeys::generate().unwrap().to_json().unwrap()
        );
    }
}
