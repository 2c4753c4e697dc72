//! The cipher against vectors that others made; `tests/vectors/` says who.

use serde::Deserialize;

use crate::cipher::Cipher;

const ENCRYPT: &str = include_str!("../tests/vectors/nist_encrypt_256.rsp");
const DECRYPT: &str = include_str!("../tests/vectors/nist_decrypt_256.rsp");
const WYCHEPROOF: &str = include_str!("../tests/vectors/wycheproof_aes_256_gcm.json");

struct Vector {
    key: [u8; 32],
    nonce: [u8; 12],
    plaintext: Option<Vec<u8>>,
    associated_data: Vec<u8>,
    sealed: Vec<u8>,
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap())
        .collect()
}

fn read(response_file: &str) -> Vec<Vector> {
    response_file
        .split("\n\n")
        .filter(|block| block.starts_with("Key = "))
        .map(|block| {
            let value = |name: &str| {
                let of_name = |line: &str| Some(line.strip_prefix(name)?.trim().to_owned());
                block.lines().find_map(of_name)
            };
            let required = |name: &str| bytes(&value(name).unwrap());
            Vector {
                key: required("Key =").try_into().unwrap(),
                nonce: required("IV =").try_into().unwrap(),
                plaintext: value("PT =").map(|text| bytes(&text)),
                associated_data: required("AAD ="),
                sealed: [required("CT ="), required("Tag =")].concat(),
            }
        })
        .collect()
}

impl Vector {
    fn opened(&self) -> Option<Vec<u8>> {
        let opened = Cipher::new(&self.key).open(&self.nonce, &self.associated_data, &self.sealed);
        opened.map(|plaintext| plaintext.to_vec())
    }
}

#[test]
fn known_answers_of_nist_seal_and_open() {
    let vectors = read(ENCRYPT);
    assert_eq!(vectors.len(), 125);
    for vector in vectors {
        let plaintext = vector.plaintext.clone().unwrap();
        let sealed =
            Cipher::new(&vector.key).seal(&vector.nonce, &vector.associated_data, &plaintext);
        assert_eq!(sealed.unwrap(), vector.sealed);
        assert_eq!(vector.opened().unwrap(), plaintext);
    }
}

#[test]
fn what_nist_says_fails_does_not_open() {
    let vectors = read(DECRYPT);
    let failing = vectors.iter().filter(|vector| vector.plaintext.is_none());
    assert_eq!((vectors.len(), failing.count()), (16, 6));
    for vector in vectors {
        assert_eq!(vector.opened(), vector.plaintext);
    }
}

#[test]
fn a_vector_with_anything_changed_does_not_open() {
    for vector in read(ENCRYPT) {
        for bit in 0..vector.sealed.len() * 8 {
            let mut sealed = vector.sealed.clone();
            sealed[bit / 8] ^= 1 << (bit % 8);
            let opened =
                Cipher::new(&vector.key).open(&vector.nonce, &vector.associated_data, &sealed);
            assert!(opened.is_none());
        }
        for length in 0..vector.sealed.len() {
            let sealed = &vector.sealed[..length];
            let opened =
                Cipher::new(&vector.key).open(&vector.nonce, &vector.associated_data, sealed);
            assert!(opened.is_none());
        }
    }
}

#[derive(Deserialize)]
struct Wycheproof {
    tests: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    tc_id: u32,
    key: String,
    iv: String,
    aad: String,
    msg: String,
    ct: String,
    tag: String,
    result: String,
}

#[test]
fn wycheproof_cases_open_or_fail_as_they_say() {
    let cases: Wycheproof = serde_json::from_str(WYCHEPROOF).unwrap();
    let (mut valid, mut invalid, mut of_other_nonces) = (0, 0, 0);
    for case in cases.tests {
        let key: [u8; 32] = bytes(&case.key).try_into().unwrap();
        // This vault has nonces of 96 bits alone: others cannot be said.
        let Ok(nonce) = <[u8; 12]>::try_from(bytes(&case.iv)) else {
            of_other_nonces += 1;
            continue;
        };
        let (message, associated_data) = (bytes(&case.msg), bytes(&case.aad));
        let sealed = [bytes(&case.ct), bytes(&case.tag)].concat();
        let opened = Cipher::new(&key).open(&nonce, &associated_data, &sealed);
        if case.result == "valid" {
            valid += 1;
            assert_eq!(*opened.unwrap(), message, "{}", case.tc_id);
            let again = Cipher::new(&key).seal(&nonce, &associated_data, &message);
            assert_eq!(again.unwrap(), sealed, "{}", case.tc_id);
        } else {
            invalid += 1;
            assert!(opened.is_none(), "{}", case.tc_id);
        }
    }
    assert_eq!((valid, invalid, of_other_nonces), (39, 27, 39));
}
