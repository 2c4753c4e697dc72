//! Signed checkpoints: C2SP tlog-checkpoint notes, signed with Ed25519.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{SignatureError, Signer as _, SigningKey};
use signed_note::{Note, Signer, StandardVerifier, Verifier, VerifierList};
use zeroize::Zeroizing;

use crate::{hash::TreeHash, tree::MAXIMUM_SIZE};

/// How many keys sign at once, so that they can be changed while old verifiers go on.
pub const MOST_KEYS: usize = 3;

/// What a log vouches for: that it has this root at this size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: see [`origin`].
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
}

/// The keys that checkpoints are signed with.
pub struct CheckpointKeys(Vec<SigningKey>);

/// A secret that has no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("checkpoint keys are a JSON array of one to three seeds of 32 bytes in base64url")]
pub struct KeysError;

/// What is no checkpoint, or none of the log whose key is held against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not the form of a note, or of a checkpoint in it.
    #[error("this is no checkpoint note")]
    Malformed,
    /// An origin that is no key name.
    #[error("the origin cannot be the name of a key")]
    Origin,
    /// No signature of a key that is known.
    #[error("no key that is known has signed the checkpoint")]
    Unsigned,
    /// A signature of a known key that is wrong.
    #[error("the signature on the checkpoint is wrong")]
    Forged,
    /// A text that is no key.
    #[error("a verifier key has the form `name+hash+key`")]
    Key,
}

/// The origin of a tenant's log, or of the platform's (`platform`): the first line of
/// its checkpoints and the name of its keys.
#[must_use]
pub fn origin(log: &str) -> String {
    format!("lango.dev/audit/{log}")
}

impl CheckpointKeys {
    /// Reads the secret: a JSON array of seeds, newest first.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn parse(secret: &str) -> Result<Self, KeysError> {
        let seeds: Vec<Zeroizing<String>> = serde_json::from_str(secret).map_err(|_| KeysError)?;
        if seeds.is_empty() || seeds.len() > MOST_KEYS {
            return Err(KeysError);
        }
        seeds
            .iter()
            .map(|seed| key(seed))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The signed note of a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`].
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, CheckpointError> {
        let mut note =
            Note::new(checkpoint.body().as_bytes(), &[]).map_err(|_| CheckpointError::Origin)?;
        let signers: Vec<_> = self
            .0
            .iter()
            .map(|key| LogSigner::new(&checkpoint.origin, key))
            .collect();
        let signers: Vec<&dyn Signer> = signers.iter().map(|it| it as &dyn Signer).collect();
        note.add_sigs(&signers)
            .map_err(|_| CheckpointError::Origin)?;
        String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Origin)
    }

    /// The verifier keys of a log, in the order of the keys.
    #[must_use]
    pub fn verifier_keys(&self, origin: &str) -> Vec<String> {
        self.0
            .iter()
            .map(|key| signed_note::new_ed25519_verifier_key(origin, &key.verifying_key()))
            .collect()
    }
}

fn key(seed: &str) -> Result<SigningKey, KeysError> {
    let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(seed).map_err(|_| KeysError)?);
    SigningKey::try_from(bytes.as_slice()).map_err(|_| KeysError)
}

impl Checkpoint {
    /// Reads a note without regard to its signatures.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn unverified(note: &str) -> Result<Self, CheckpointError> {
        Note::from_bytes(note.as_bytes())
            .map_err(|_| CheckpointError::Malformed)
            .and_then(|note| Self::of(&note))
    }

    /// The text that is signed.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    fn of(note: &Note) -> Result<Self, CheckpointError> {
        let read = tlog_tiles::Checkpoint::from_bytes(note.text())
            .map_err(|_| CheckpointError::Malformed)?;
        if read.size() > MAXIMUM_SIZE {
            return Err(CheckpointError::Malformed);
        }
        Ok(Self {
            origin: read.origin().to_owned(),
            size: read.size(),
            root: (*read.hash()).into(),
        })
    }
}

/// The public keys of a log.
#[derive(Clone)]
pub struct CheckpointVerifier(Vec<StandardVerifier>);

impl CheckpointVerifier {
    /// Reads verifier keys.
    ///
    /// # Errors
    /// [`CheckpointError::Key`].
    pub fn parse<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, CheckpointError> {
        let mut verifiers: Vec<StandardVerifier> = Vec::new();
        for key in keys {
            let read = StandardVerifier::new(key.trim()).map_err(|_| CheckpointError::Key)?;
            if !verifiers.iter().any(|known| same_key(known, &read)) {
                verifiers.push(read);
            }
        }
        if verifiers.is_empty() {
            return Err(CheckpointError::Key);
        }
        Ok(Self(verifiers))
    }

    /// The checkpoint of a note that one of the keys has signed, which bears the name of
    /// its log.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        let checkpoint = Checkpoint::of(&note)?;
        let named = self.0.iter().filter(|key| key.name() == checkpoint.origin);
        let keys = VerifierList::new(named.map(boxed).collect());
        match note.verify(&keys) {
            Ok(_) => Ok(checkpoint),
            Err(signed_note::NoteError::InvalidSignature { .. }) => Err(CheckpointError::Forged),
            Err(_) => Err(CheckpointError::Unsigned),
        }
    }
}

fn boxed(key: &StandardVerifier) -> Box<dyn Verifier> {
    Box::new(key.clone())
}

fn same_key(one: &StandardVerifier, other: &StandardVerifier) -> bool {
    one.name() == other.name() && one.key_id() == other.key_id()
}

/// One key under a log's name.
struct LogSigner<'a> {
    name: &'a str,
    id: u32,
    key: &'a SigningKey,
}

/// The signature type of Ed25519 in a key's identifier.
const ED25519: u8 = 1;

impl<'a> LogSigner<'a> {
    fn new(name: &'a str, key: &'a SigningKey) -> Self {
        let mut public = vec![ED25519];
        public.extend(key.verifying_key().as_bytes());
        Self {
            name,
            id: signed_note::key_id(name, &public),
            key,
        }
    }
}

impl Signer for LogSigner<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.key
            .try_sign(message)
            .map(|signature| signature.to_vec())
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
