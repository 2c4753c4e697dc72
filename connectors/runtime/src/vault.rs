//! The routes about keys: which ones there are, a new data key, and moving what is sealed
//! from an old one to a new one. Plaintext lives here between two lines and nowhere else.

use lango_connector_kit::{
    DataKeyAnswer, DataKeyRequest, ResealAnswer, ResealRequest, RewrapRequest, RingAnswer,
};
use lango_residency::Resident;
use lango_vault::{
    DATA_KEY_RANDOM_LENGTH, ErasureKey, ErasureKeyText, KeyRing, KeyScope, NONCE_LENGTH, OpenError,
};
use zeroize::Zeroizing;

use crate::{problem::Problem, random::Random, seal::seal_fields};

/// `POST /v1/vault`.
pub(crate) fn ring(keys: &KeyRing) -> RingAnswer {
    let mut versions: Vec<_> = keys.versions().collect();
    versions.sort_unstable();
    RingAnswer {
        current: keys.current(),
        versions,
    }
}

/// `POST /v1/data-key`.
pub(crate) fn data_key(
    kind: &str,
    keys: &KeyRing,
    random: Random,
    request: &DataKeyRequest,
) -> Result<DataKeyAnswer, Problem> {
    let erasure_key = erasure_key(&request.erasure_key)?;
    let mut bytes = Zeroizing::new([0; DATA_KEY_RANDOM_LENGTH]);
    random(bytes.as_mut_slice())?;
    let scope = KeyScope {
        tenant: &request.tenant,
        connector: kind,
    };
    keys.new_data_key(scope, request.version, &erasure_key, &bytes)
        .map(|(_, data_key)| DataKeyAnswer { data_key })
        .map_err(|_| Problem::internal("A data key could not be made."))
}

/// `POST /v1/rewrap`, with proof that a key may be opened here.
pub(crate) fn rewrap(
    _: &Resident,
    kind: &str,
    keys: &KeyRing,
    random: Random,
    request: &RewrapRequest,
) -> Result<DataKeyAnswer, Problem> {
    let mut nonce = [0; NONCE_LENGTH];
    random(&mut nonce)?;
    let scope = KeyScope {
        tenant: &request.tenant,
        connector: kind,
    };
    let erasure_key = erasure_key(&request.erasure_key)?;
    keys.rewrap(scope, &request.data_key, &erasure_key, nonce)
        .map(|data_key| DataKeyAnswer { data_key })
        .map_err(does_not_open)
}

/// `POST /v1/reseal`, with proof that credentials may be opened here.
pub(crate) fn reseal(
    _: &Resident,
    kind: &str,
    keys: &KeyRing,
    random: Random,
    request: &ResealRequest,
) -> Result<ResealAnswer, Problem> {
    let scope = KeyScope {
        tenant: &request.tenant,
        connector: kind,
    };
    let erasure_key = erasure_key(&request.erasure_key)?;
    let old = keys
        .unwrap(scope, &request.old_data_key, Some(&erasure_key))
        .map_err(does_not_open)?;
    let new = keys
        .unwrap(scope, &request.data_key, Some(&erasure_key))
        .map_err(does_not_open)?;
    let opened = old
        .open_fields(&request.connection, &request.sealed)
        .map_err(does_not_open)?;
    let sealed = seal_fields(&new, random, &request.connection, &opened)?;
    Ok(ResealAnswer { sealed })
}

/// Reads an erasure key as the gateway has carried it.
pub(crate) fn erasure_key(text: &ErasureKeyText) -> Result<ErasureKey, Problem> {
    ErasureKey::parse(text).map_err(|error| Problem::data_key(error.to_string()))
}

fn does_not_open(error: OpenError) -> Problem {
    Problem::data_key(error.to_string())
}
