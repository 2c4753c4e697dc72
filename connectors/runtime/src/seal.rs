//! `POST /v1/seal`: credentials of a new connection in, ciphertext out.

use std::collections::BTreeMap;

use lango_connector_kit::{Credentials, SealAnswer, SealRequest};
use lango_vault::{
    DATA_KEY_RANDOM_LENGTH, DataKey, FieldContext, KeyRing, KeyScope, NONCE_LENGTH, SealedFields,
    WrappedDataKey,
};
use zeroize::Zeroizing;

use crate::Connector;
use crate::problem::Problem;
use crate::random::{NoRandomness, Random};

/// Version of the first data key that a tenant has for a connector.
const FIRST_VERSION: u32 = 1;

pub(crate) fn seal(
    connector: &impl Connector,
    keys: &KeyRing,
    random: Random,
    request: SealRequest,
) -> Result<SealAnswer, Problem> {
    let manifest = connector.manifest().map_err(|_| manifest_problem())?;
    let fields = manifest
        .credential_fields()
        .map_err(|_| manifest_problem())?;
    let credentials = fields
        .accept(request.credentials)
        .and_then(|accepted| connector.check_credentials(&accepted).map(|()| accepted))
        .map_err(|error| Problem::credential(&error.field, error.to_string()))?;

    let scope = KeyScope {
        tenant: &request.tenant,
        connector: &manifest.kind,
    };
    let (key, data_key) = data_key(keys, scope, random, request.data_key)?;
    let sealed = seal_fields(&key, random, &request.connection, &credentials)?;
    Ok(SealAnswer {
        data_key,
        sealed,
        allowed_hosts: request
            .allowed_hosts
            .unwrap_or_else(|| connector.hosts(&credentials)),
    })
}

fn data_key(
    keys: &KeyRing,
    scope: KeyScope<'_>,
    random: Random,
    existing: Option<WrappedDataKey>,
) -> Result<(DataKey, WrappedDataKey), Problem> {
    if let Some(wrapped) = existing {
        let key = keys
            .unwrap(scope, &wrapped)
            .map_err(|error| Problem::data_key(error.to_string()))?;
        return Ok((key, wrapped));
    }
    let mut bytes = Zeroizing::new([0; DATA_KEY_RANDOM_LENGTH]);
    random(bytes.as_mut_slice())?;
    keys.new_data_key(scope, FIRST_VERSION, &bytes)
        .map_err(|_| Problem::internal("A data key could not be made."))
}

fn seal_fields(
    key: &DataKey,
    random: Random,
    connection: &str,
    credentials: &Credentials,
) -> Result<SealedFields, Problem> {
    let mut fields = BTreeMap::new();
    for (field, secret) in credentials {
        let mut nonce = [0; NONCE_LENGTH];
        random(&mut nonce)?;
        let sealed = key
            .seal_field(FieldContext { connection, field }, secret, nonce)
            .map_err(|error| Problem::credential(field, error.to_string()))?;
        fields.insert(field.clone(), sealed);
    }
    Ok(SealedFields {
        data_key_version: key.version(),
        fields,
    })
}

fn manifest_problem() -> Problem {
    Problem::internal("The manifest is not valid.")
}

impl From<NoRandomness> for Problem {
    fn from(_: NoRandomness) -> Self {
        Self::internal("There are no random bytes.")
    }
}
