//! Cosigning by a witness (C2SP tlog-witness and tlog-cosignature): what is sent to it,
//! and what its answer is worth. Who sends it, and when, is not here.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use signed_note::{Note, Signature as Line, is_key_name_valid, key_id};

use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    hash::TreeHash,
};

/// The signature type of a timestamped Ed25519 cosignature.
const COSIGNATURE: u8 = 4;
/// The most hashes that a witness takes in a consistency proof.
const LONGEST_PROOF: usize = 63;

/// A witness's public key.
#[derive(Clone)]
pub struct WitnessKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

/// A cosignature that is the witness's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// When it saw the checkpoint, in seconds since 1970, UTC.
    pub at_s: u64,
    /// The line to be added to the note.
    pub line: String,
}

/// Why an answer is no cosignature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// A text that is no witness's key.
    #[error("a witness's key has the form `name+hash+key`, with a key for cosignatures")]
    Key,
    /// A proof longer than any.
    #[error("the consistency proof is longer than any")]
    Proof,
    /// The note is none.
    #[error("{0}")]
    Note(#[from] CheckpointError),
    /// The answer has no line of this witness.
    #[error("the answer has no cosignature of this witness")]
    Missing,
    /// The line of this witness is not its signature of this checkpoint.
    #[error("the cosignature is not of this checkpoint")]
    Forged,
}

/// The body of `POST …/add-checkpoint`: the size that the witness knows, the proof that
/// the checkpoint's tree has grown from it, and the signed note.
///
/// # Errors
/// [`WitnessError::Proof`] for a proof that is too long, [`WitnessError::Note`] for a note
/// that is none or is older than what the witness knows.
pub fn add_checkpoint(
    known_size: u64,
    proof: &[TreeHash],
    note: &str,
) -> Result<String, WitnessError> {
    let checkpoint = Checkpoint::unverified(note)?;
    if proof.len() > LONGEST_PROOF {
        return Err(WitnessError::Proof);
    }
    if known_size > checkpoint.size {
        return Err(CheckpointError::Malformed.into());
    }
    let mut body = format!("old {known_size}\n");
    for hash in proof {
        body.push_str(&String::from(*hash));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(note);
    Ok(body)
}

/// The size that a witness says it knows, in its answer 409.
#[must_use]
pub fn known_size(answer: &str) -> Option<u64> {
    let digits = answer.strip_suffix('\n')?;
    let size: u64 = digits.parse().ok()?;
    (size.to_string() == digits).then_some(size)
}

impl WitnessKey {
    /// Reads a witness's verifier key.
    ///
    /// # Errors
    /// [`WitnessError::Key`].
    pub fn parse(text: &str) -> Result<Self, WitnessError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(WitnessError::Key);
        };
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| WitnessError::Key)?;
        let number = u32::from_str_radix(id, 16).map_err(|_| WitnessError::Key)?;
        let key = match bytes.split_first() {
            Some((&COSIGNATURE, key)) => key.try_into().map_err(|_| WitnessError::Key)?,
            _ => return Err(WitnessError::Key),
        };
        let fits = id.len() == 8 && is_key_name_valid(name) && key_id(name, &bytes) == number;
        if !fits {
            return Err(WitnessError::Key);
        }
        Ok(Self {
            name: name.to_owned(),
            id: number,
            key: VerifyingKey::from_bytes(key).map_err(|_| WitnessError::Key)?,
        })
    }

    /// The name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the answer of a witness: lines, one of which must be its cosignature of the
    /// note's checkpoint. Lines of others are left aside.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn read(&self, answer: &str, note: &str) -> Result<Cosignature, WitnessError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        answer
            .lines()
            .filter_map(|line| Line::from_bytes(line.as_bytes()).ok())
            .find(|line| line.name() == self.name && line.id() == self.id)
            .ok_or(WitnessError::Missing)
            .and_then(|line| self.check(&line, note.text()))
    }

    fn check(&self, line: &Line, body: &[u8]) -> Result<Cosignature, WitnessError> {
        let (time, signature) = line
            .signature()
            .split_first_chunk()
            .ok_or(WitnessError::Forged)?;
        let at_s = u64::from_be_bytes(*time);
        let mut message = format!("cosignature/v1\ntime {at_s}\n").into_bytes();
        message.extend(body);
        let signature = Signature::from_slice(signature).map_err(|_| WitnessError::Forged)?;
        self.key
            .verify_strict(&message, &signature)
            .map_err(|_| WitnessError::Forged)?;
        let line = String::from_utf8(line.to_bytes()).map_err(|_| WitnessError::Forged)?;
        Ok(Cosignature { at_s, line })
    }
}

/// A note with a cosignature added, so that its readers can hold it against the witness's
/// key too.
#[must_use]
pub fn cosigned(note: &str, cosignature: &Cosignature) -> String {
    format!("{note}{}", cosignature.line)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;
    use crate::{CheckpointKeys, CheckpointVerifier, origin};

    const SEED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn note_of(size: u64) -> (String, CheckpointVerifier) {
        let keys = CheckpointKeys::parse(&format!("[\"{SEED}\"]")).unwrap();
        let checkpoint = Checkpoint {
            origin: origin("t_1"),
            size,
            root: TreeHash::of_leaf("x"),
        };
        let key = keys.verifier_keys(&checkpoint.origin).concat();
        let verifier = CheckpointVerifier::parse([&*key]).unwrap();
        (keys.sign(&checkpoint).unwrap(), verifier)
    }

    fn witness() -> (SigningKey, WitnessKey) {
        let key = SigningKey::from_bytes(&[9; 32]);
        let mut public = vec![COSIGNATURE];
        public.extend(key.verifying_key().as_bytes());
        let id = key_id("witness.example", &public);
        let text = format!(
            "witness.example+{id:08x}+{}",
            BASE64_STANDARD.encode(public)
        );
        (key, WitnessKey::parse(&text).unwrap())
    }

    fn answer(note: &str, at_s: u64) -> String {
        let (key, public) = witness();
        let (body, _) = note.rsplit_once("\n\n").unwrap();
        let message = format!("cosignature/v1\ntime {at_s}\n{body}\n");
        let mut bytes = at_s.to_be_bytes().to_vec();
        bytes.extend(key.sign(message.as_bytes()).to_bytes());
        let line = Line::new(public.name, public.id, bytes).unwrap();
        String::from_utf8(line.to_bytes()).unwrap()
    }

    #[test]
    fn what_is_sent_is_pinned() {
        let (note, _) = note_of(7);
        assert_eq!(
            add_checkpoint(3, &[TreeHash::EMPTY, TreeHash::EMPTY], &note).unwrap(),
            format!(
                "old 3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\
                 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n{note}"
            )
        );
        assert_eq!(
            add_checkpoint(0, &[], &note).unwrap(),
            format!("old 0\n\n{note}")
        );
        assert!(add_checkpoint(8, &[], &note).is_err());
        assert!(add_checkpoint(1, &[TreeHash::EMPTY; 64], &note).is_err());
        assert!(add_checkpoint(0, &[], "x").is_err());
        assert_eq!(known_size("20852014\n"), Some(20_852_014));
        for text in ["", "7", "07\n", "-7\n", "x\n"] {
            assert_eq!(known_size(text), None, "{text}");
        }
    }

    #[test]
    fn a_cosignature_is_of_one_checkpoint() {
        let ((note, verifier), (_, key)) = (note_of(7), witness());
        let line = answer(&note, 1_800_000_000);
        let found = key.read(&line, &note).unwrap();
        assert_eq!(found.at_s, 1_800_000_000);
        let cosigned = cosigned(&note, &found);
        assert!(verifier.verify(&cosigned).is_ok());
        assert_eq!(key.read(&line, &cosigned), Ok(found));

        let (newer, _) = note_of(8);
        assert_eq!(key.read(&line, &newer), Err(WitnessError::Forged));
        assert_eq!(key.read("", &note), Err(WitnessError::Missing));
        let log = note.rsplit_once("\n\n").unwrap().1;
        assert_eq!(key.read(log, &note), Err(WitnessError::Missing));
        assert_eq!(
            key.read(&format!("{log}junk\n{line}"), &note).unwrap().at_s,
            1_800_000_000
        );
    }

    #[test]
    fn strange_keys_are_refused() {
        let (_, key) = witness();
        let log = "lango.dev/audit/t_1+b61c721a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
        for text in ["", "a+b", "a+00000000+BA==", log] {
            assert!(WitnessKey::parse(text).is_err(), "{text}");
        }
        assert_eq!(key.name(), "witness.example");
    }
}
