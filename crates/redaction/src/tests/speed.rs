//! Time stays linear. The bound is far above what is measured, so that a busy
//! machine does not fail it, and far below what a square would take.

use std::time::{Duration, Instant};

use super::redact;

const MEGABYTE: usize = 1024 * 1024;

#[test]
fn a_megabyte_of_anything_is_redacted_in_bounded_time() {
    for piece in [
        "The order of 12 bags leaves Thika at noon. ",
        "token=",
        "token=x ",
        "token: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "token=\"",
        "token=a1b2c3d4 ",
        "password for ",
        "password for a is ",
        "secret",
        "secret_key:'",
        "://",
        "://a:",
        "://a:b@",
        "eyJ",
        "eyJ.",
        "eyJaaaaaaaaaaaa.",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0. ",
        "ghp_",
        "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8 ",
        "sk-",
        "SK",
        "SG.",
        ":AA",
        "123456789:AA",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nA~",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCr\n",
        "-----END PRIVATE KEY-----",
        "Private-Lines: 1\n",
        "QUtJQQ==",
        "QUtJQUlPU0ZPRE5ON0VBWE1QTEU",
        "QUtJQUlPU0ZPRE5ON0VBWE1QTEU= ",
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t\n",
        "password%3D",
        "%3a",
        "\\u0041",
        "otp is your ",
        "<password>",
        "<password ",
        "password\n",
        "password (",
        "a.password.",
        ":5432:",
        "7Q~",
        "-key",
        "key key ",
        "1",
        "4",
        "4111 1111 ",
        "4111111111111111 ",
        "1-",
        "GB82",
        "GB82 ",
        "A012345678Z ",
        "Bearer ",
        "authorization:",
        "[redacted:",
        "\\",
        "\"",
        "é",
        " ",
    ] {
        let text = piece.repeat(MEGABYTE / piece.len());
        let begin = Instant::now();
        let _ = redact(&text);
        let elapsed = begin.elapsed();
        println!("{piece:?}: {elapsed:?}");
        assert!(elapsed < Duration::from_secs(20), "{piece:?}: {elapsed:?}");
    }
}
