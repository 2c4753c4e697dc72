//! Keys of the gateway's own for one tenant: what it seals texts of that tenant with,
//! and what it makes fingerprints under. Both derive from the deployment's secret and
//! the tenant's identifier, so that nothing of one tenant opens or compares as
//! another's.

use lango_identity::{GatewayKey, TenantScope};
use lango_provenance::PrintKey;
use lango_vault::{NONCE_LENGTH, SealingKey};
use zeroize::Zeroizing;

use crate::{clock, denial::Denial};

const PURPOSE: &str = "guarded-text";
const PSEUDONYM: &str = "pseudonym";
const LABEL: &str = "origin-label";

/// Seals texts of a tenant that the gateway alone reads again: the arguments of a call
/// that waits for approval, where a value came from, what a pseudonym stands for.
pub(crate) struct TenantSeal(SealingKey);

impl TenantSeal {
    /// The tenant's seal.
    pub(crate) fn of(gateway: &GatewayKey, scope: &TenantScope) -> Self {
        let label = format!("{PURPOSE}/{}", scope.tenant().as_str());
        Self(SealingKey::new(PURPOSE, &gateway.derive(&label)))
    }

    /// Seals a text under a name, which is needed to open it.
    ///
    /// # Errors
    /// A denial when there is no randomness, or the text is too long.
    pub(crate) fn seal(&self, name: &str, text: &str) -> Result<String, Denial> {
        let nonce: [u8; NONCE_LENGTH] = clock::random()?;
        self.0
            .seal(name, &nonce, text.as_bytes())
            .map_err(|error| Denial::internal(error.to_string()))
    }

    /// Seals what a pseudonym stands for.
    ///
    /// # Errors
    /// As [`TenantSeal::seal`].
    pub(crate) fn seal_pseudonym(&self, value: &str) -> Result<String, Denial> {
        self.seal(PSEUDONYM, value)
    }

    /// What a pseudonym stands for.
    pub(crate) fn pseudonym(&self, sealed: &str) -> Option<Zeroizing<String>> {
        self.open(PSEUDONYM, sealed)
    }

    /// Seals what people call a result.
    ///
    /// # Errors
    /// As [`TenantSeal::seal`].
    pub(crate) fn seal_label(&self, label: &str) -> Result<String, Denial> {
        self.seal(LABEL, label)
    }

    /// What people call a result.
    pub(crate) fn label(&self, sealed: &str) -> Option<Zeroizing<String>> {
        self.open(LABEL, sealed)
    }

    /// Opens what was sealed under this name; `None` for anything else.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Option<Zeroizing<String>> {
        let bytes = self.0.open(name, sealed).ok()?;
        core::str::from_utf8(&bytes)
            .ok()
            .map(|text| Zeroizing::new(text.to_owned()))
    }
}

/// What the tenant's fingerprints are made under.
pub(crate) fn print_key(gateway: &GatewayKey, scope: &TenantScope) -> PrintKey {
    let label = format!("fingerprints/{}", scope.tenant().as_str());
    PrintKey::new(gateway.derive(&label))
}
