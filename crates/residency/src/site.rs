//! The statement of whoever runs a deployment that it stands in a country, signed with
//! the deployment's key: a JWT (RFC 7519) of a type of its own, with Ed25519.

use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::country::Country;

const TYPE: &str = "lango-site+jwt";
const ALGORITHM: &str = "EdDSA";
const LONGEST_NAME: usize = 40;
/// Larger than any statement: what is longer is not read.
const LONGEST_STATEMENT: usize = 2_048;

/// Where a deployment stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// What it is called.
    pub name: SiteName,
    /// The country that it is in.
    pub country: Country,
}

/// What a site is called: 1 to 40 of `[a-z0-9-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteName(String);

/// A statement whose signature is right. When it holds is for [`SiteStatement::at`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteStatement {
    site: Site,
    from: i64,
    until: i64,
}

/// The half of the deployment's key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentKey(VerifyingKey);

/// The half of the deployment's key that signs. It has no `Debug`.
pub struct DeploymentSigner(SigningKey);

/// Why there is no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// Not a public key.
    #[error("the deployment's public key is 32 bytes of Ed25519 in base64url")]
    Key,
    /// Not the name of a site.
    #[error("a site's name is 1 to 40 of [a-z0-9-]")]
    Name,
    /// Not a statement.
    #[error("the site statement is not a JWT of type lango-site+jwt with EdDSA")]
    Form,
    /// Signed by nobody, or with another key.
    #[error("the site statement is not signed with the deployment's key")]
    Signature,
    /// It says nothing that can be.
    #[error("the site statement's claims are not readable, or it ends before it begins")]
    Claims,
}

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    site: SiteName,
    country: Country,
    nbf: i64,
    exp: i64,
}

impl SiteName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`SiteError::Name`] when it is not of its form.
    pub fn parse(text: &str) -> Result<Self, SiteError> {
        let is_well_formed = (1..=LONGEST_NAME).contains(&text.len())
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if is_well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(SiteError::Name)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SiteStatement {
    /// A statement. Times are seconds since 1970; it holds from the first until before
    /// the second.
    ///
    /// # Errors
    /// [`SiteError::Claims`] when it ends before it begins.
    pub fn new(site: Site, from: i64, until: i64) -> Result<Self, SiteError> {
        if from < until {
            Ok(Self { site, from, until })
        } else {
            Err(SiteError::Claims)
        }
    }

    /// Reads a statement and checks who has signed it.
    ///
    /// # Errors
    /// [`SiteError`]: then there is no statement.
    pub fn verify(key: &DeploymentKey, text: &str) -> Result<Self, SiteError> {
        if text.len() > LONGEST_STATEMENT {
            return Err(SiteError::Form);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(SiteError::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(SiteError::Form)?;
        let header: Header = part(header).ok_or(SiteError::Form)?;
        if header.typ != TYPE || header.alg != ALGORITHM {
            return Err(SiteError::Form);
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| SiteError::Form)?;
        let signature = Signature::from_slice(&signature).map_err(|_| SiteError::Form)?;
        key.0
            .verify_strict(signed.as_bytes(), &signature)
            .map_err(|_| SiteError::Signature)?;
        let claims: Claims = part(claims).ok_or(SiteError::Claims)?;
        let site = Site {
            name: claims.site,
            country: claims.country,
        };
        Self::new(site, claims.nbf, claims.exp)
    }

    /// The site, if the statement holds at this moment: seconds since 1970.
    #[must_use]
    pub fn at(&self, now: i64) -> Option<&Site> {
        (self.from..self.until).contains(&now).then_some(&self.site)
    }

    fn claims(&self) -> Claims {
        Claims {
            site: self.site.name.clone(),
            country: self.site.country,
            nbf: self.from,
            exp: self.until,
        }
    }
}

impl DeploymentKey {
    /// Reads the public half, as `LANGO_DEPLOYMENT_KEY` has it.
    ///
    /// # Errors
    /// [`SiteError::Key`] when it is none.
    pub fn parse(text: &str) -> Result<Self, SiteError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SiteError::Key)?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| SiteError::Key)?;
        VerifyingKey::from_bytes(&bytes)
            .map(Self)
            .map_err(|_| SiteError::Key)
    }
}

impl DeploymentSigner {
    /// The key of 32 secret bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The half that verifies.
    #[must_use]
    pub fn public(&self) -> DeploymentKey {
        DeploymentKey(self.0.verifying_key())
    }

    /// Signs a statement.
    ///
    /// # Errors
    /// [`SiteError::Claims`] when it cannot be written.
    pub fn sign(&self, statement: &SiteStatement) -> Result<String, SiteError> {
        let header = Header {
            typ: TYPE.to_owned(),
            alg: ALGORITHM.to_owned(),
        };
        let signed = format!("{}.{}", encoded(&header)?, encoded(&statement.claims())?);
        let signature = self.0.sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        Ok(format!("{signed}.{signature}"))
    }
}

impl fmt::Display for DeploymentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl TryFrom<String> for SiteName {
    type Error = SiteError;

    fn try_from(text: String) -> Result<Self, SiteError> {
        Self::parse(&text)
    }
}

impl From<SiteName> for String {
    fn from(name: SiteName) -> Self {
        name.0
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn encoded(value: &impl Serialize) -> Result<String, SiteError> {
    let json = serde_json::to_vec(value).map_err(|_| SiteError::Claims)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests;
