//! What stands for a value: a truncated HMAC-SHA-256 under the tenant's key.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::scan::Class;

/// The key that a tenant's fingerprints are made with. Without it nothing can be
/// compared, and phone numbers cannot be tried one after another.
pub struct PrintKey(Zeroizing<[u8; 32]>);

impl PrintKey {
    /// Of 32 bytes that nobody else has.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// Makes many fingerprints: the key is worked in once.
    pub(crate) fn printer(&self) -> Printer {
        // A key that is shorter than a block is filled up with zeros anyway.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        let key: &[u8; 64] = &block;
        Printer(Hmac::new(key.into()))
    }
}

/// A key that is worked in.
pub(crate) struct Printer(Hmac<Sha256>);

impl Printer {
    /// The fingerprint of a normal form; the class keeps namespaces apart.
    pub(crate) fn print(&self, class: Class, normal: &str) -> Fingerprint {
        let mut mac = self.0.clone();
        mac.update(&[class as u8]);
        mac.update(normal.as_bytes());
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let [a, b, c, d, e, f, g, h, ..] = full;
        Fingerprint([a, b, c, d, e, f, g, h])
    }
}

/// A value, as far as anything but the call itself may know it. As text it is
/// base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 8]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl From<Fingerprint> for String {
    fn from(print: Fingerprint) -> Self {
        URL_SAFE_NO_PAD.encode(print.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const REFUSED: &str = "a fingerprint is 8 bytes in base64url";
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| REFUSED)?;
        bytes.try_into().map(Self).map_err(|_| REFUSED)
    }
}
