//! `POST /v1/seal`: credentials of a new connection in, ciphertext out.

use std::collections::{BTreeMap, BTreeSet};

use lango_connector_kit::{Credentials, SealAnswer, SealRequest};
use lango_egress::{Destination, Egress, HostPort, Networks};
use lango_residency::Resident;
use lango_vault::{
    DATA_KEY_RANDOM_LENGTH, DataKey, FieldContext, KeyRing, KeyScope, NONCE_LENGTH, SealedFields,
    WrappedDataKey,
};
use zeroize::Zeroizing;

use crate::Connector;
use crate::outbound::parse_hosts;
use crate::problem::Problem;
use crate::random::{NoRandomness, Random};
use crate::vault::erasure_key;

/// Without proof that it may run here, credentials are not looked at.
pub(crate) fn seal(
    resident: &Resident,
    connector: &impl Connector,
    keys: &KeyRing,
    networks: &Networks,
    random: Random,
    mut request: SealRequest,
) -> Result<SealAnswer, Problem> {
    let manifest = connector.manifest().map_err(|_| manifest_problem())?;
    let fields = manifest
        .credential_fields()
        .map_err(|_| manifest_problem())?;
    let allowed = request
        .allowed_hosts
        .as_deref()
        .map(parse_hosts)
        .transpose()?;
    let egress = Egress::new(networks.clone(), allowed.clone());
    let (credentials, destinations) = fields
        .accept(std::mem::take(&mut request.credentials))
        .and_then(|accepted| {
            let destinations = connector.destinations(&accepted, &egress)?;
            Ok((accepted, destinations))
        })
        .map_err(|error| Problem::credential(&error.field, error.to_string()))?;

    let scope = KeyScope {
        tenant: &request.tenant,
        connector: &manifest.kind,
    };
    let (key, data_key) = data_key(resident, keys, scope, random, &request)?;
    let sealed = seal_fields(&key, random, &request.connection, &credentials)?;
    Ok(SealAnswer {
        data_key,
        sealed,
        allowed_hosts: match allowed {
            Some(hosts) => listed(&hosts),
            None => listed(destinations.iter().map(Destination::host)),
        },
    })
}

/// In their normal form, each once.
fn listed<'a>(hosts: impl IntoIterator<Item = &'a HostPort>) -> Vec<String> {
    let hosts: BTreeSet<_> = hosts.into_iter().collect();
    hosts.into_iter().map(ToString::to_string).collect()
}

fn data_key(
    _: &Resident,
    keys: &KeyRing,
    scope: KeyScope<'_>,
    random: Random,
    request: &SealRequest,
) -> Result<(DataKey, WrappedDataKey), Problem> {
    let erasure_key = erasure_key(&request.erasure_key)?;
    if let Some(wrapped) = &request.data_key {
        let key = keys
            .unwrap(scope, wrapped, Some(&erasure_key))
            .map_err(|error| Problem::data_key(error.to_string()))?;
        return Ok((key, wrapped.clone()));
    }
    let mut bytes = Zeroizing::new([0; DATA_KEY_RANDOM_LENGTH]);
    random(bytes.as_mut_slice())?;
    keys.new_data_key(scope, request.data_key_version, &erasure_key, &bytes)
        .map_err(|_| Problem::internal("A data key could not be made."))
}

/// Seals each field on its own.
pub(crate) fn seal_fields(
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
