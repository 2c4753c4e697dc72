//! The checksum at the end of GitHub's and npm's tokens: the CRC-32 of what is
//! before it, in base 62. Where it fits, a token is one whatever stands around it.

use crate::bytes::is_alphanumeric;

/// Behind the prefix: thirty random characters and six of checksum.
pub(crate) const LENGTH: usize = 36;

const RANDOM: usize = 30;

/// Whether tokens with this prefix carry one.
pub(crate) fn has_one(prefix: &str) -> bool {
    matches!(prefix, "ghp_" | "gho_" | "ghu_" | "ghs_" | "ghr_" | "npm_")
}

/// Whether the checksum at the start of `body` fits.
pub(crate) fn fits(body: &[u8]) -> bool {
    let (Some(random), Some(sum)) = (body.get(..RANDOM), body.get(RANDOM..LENGTH)) else {
        return false;
    };
    random.iter().all(|b| is_alphanumeric(*b)) && base_62(sum) == Some(u64::from(crc_32(random)))
}

fn base_62(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            b'a'..=b'z' => digit - b'a' + 36,
            _ => return None,
        };
        Some(number * 62 + u64::from(value))
    })
}

/// The CRC of zip and PNG, bit by bit: thirty bytes are few.
fn crc_32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_of_a_published_token_fits() {
        assert_eq!(super::crc_32(b"123456789"), 0xcbf4_3926);
        let token = ["zQWBuTSOoRi4A9spHcVY5nc", "nsDkxkJ0", "mLq17"].concat();
        assert!(super::fits(token.as_bytes()));
        assert!(!super::fits(token.replace('z', "y").as_bytes()));
    }
}
