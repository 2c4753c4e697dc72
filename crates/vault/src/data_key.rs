//! A tenant's data key for one connector, in the clear.

use std::collections::BTreeMap;

use zeroize::Zeroize;

use crate::cipher::{Cipher, KeyBytes, NONCE_LENGTH};
use crate::{KeyScope, OpenError, SealError, SealedField, SealedFields, Secret, associated_data};

/// Seals and opens credential fields of one tenant's connections of one connector.
///
/// It remembers whose it is, so that no caller can seal for one tenant with the
/// key of another.
pub struct DataKey {
    tenant: String,
    connector: String,
    version: u32,
    cipher: Cipher,
}

/// Which value is sealed, within the tenant and connector of the [`DataKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldContext<'a> {
    /// The connection's identifier.
    pub connection: &'a str,
    /// The field's name.
    pub field: &'a str,
}

impl DataKey {
    pub(crate) fn new(scope: KeyScope<'_>, version: u32, key: &KeyBytes) -> Self {
        Self {
            tenant: scope.tenant.to_owned(),
            connector: scope.connector.to_owned(),
            version,
            cipher: Cipher::new(key),
        }
    }

    /// Which of the tenant's data keys for the connector it is.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Seals one value. The nonce must never have been used with this key.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond 64 GiB.
    pub fn seal_field(
        &self,
        context: FieldContext<'_>,
        plaintext: &Secret,
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<SealedField, SealError> {
        let plaintext = plaintext.expose().as_bytes();
        let ciphertext = self
            .cipher
            .seal(&nonce, &self.bound(context), plaintext)
            .ok_or(SealError::TooLong)?;
        Ok(SealedField { nonce, ciphertext })
    }

    /// Opens one value.
    ///
    /// # Errors
    /// [`OpenError::Refused`] if it was changed or belongs elsewhere.
    pub fn open_field(
        &self,
        context: FieldContext<'_>,
        sealed: &SealedField,
    ) -> Result<Secret, OpenError> {
        let mut plaintext = self
            .cipher
            .open(&sealed.nonce, &self.bound(context), &sealed.ciphertext)
            .ok_or(OpenError::Refused)?;
        match String::from_utf8(std::mem::take(&mut *plaintext)) {
            Ok(text) => Ok(Secret::new(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(OpenError::Refused)
            }
        }
    }

    /// Opens all fields of a connection.
    ///
    /// # Errors
    /// [`OpenError`] if they were sealed with another version of the key, or if
    /// any of them does not open.
    pub fn open_fields(
        &self,
        connection: &str,
        sealed: &SealedFields,
    ) -> Result<BTreeMap<String, Secret>, OpenError> {
        if sealed.data_key_version != self.version {
            return Err(OpenError::OtherDataKey {
                sealed_with: sealed.data_key_version,
                opened_with: self.version,
            });
        }
        sealed
            .fields
            .iter()
            .map(|(field, value)| {
                let secret = self.open_field(FieldContext { connection, field }, value)?;
                Ok((field.clone(), secret))
            })
            .collect()
    }

    fn bound(&self, context: FieldContext<'_>) -> Vec<u8> {
        associated_data::encode(
            associated_data::SEALED_FIELD,
            &[
                &self.tenant,
                &self.connector,
                context.connection,
                context.field,
            ],
            &[self.version],
        )
    }
}
