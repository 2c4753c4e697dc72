//! What the client says first.

use crate::Greeting;
use crate::auth::Method;
use crate::cursor::put_counted;

/// What a server can do, and what of it is used. Their names in the protocol are
/// `CLIENT_…` and, above the 32nd, `MARIADB_CLIENT_…`.
pub(crate) mod flags {
    /// MariaDB unsets it and has more flags instead.
    pub(crate) const MYSQL: u64 = 1;
    const LONG_FLAGS: u64 = 1 << 2;
    const CONNECT_WITH_DATABASE: u64 = 1 << 3;
    const PROTOCOL_41: u64 = 1 << 9;
    pub(crate) const TLS: u64 = 1 << 11;
    const TRANSACTIONS: u64 = 1 << 13;
    const SECURE_CONNECTION: u64 = 1 << 15;
    pub(crate) const METHODS: u64 = 1 << 19;
    pub(crate) const ATTRIBUTES: u64 = 1 << 20;
    pub(crate) const LONG_PROOFS: u64 = 1 << 21;
    /// Rows end with an OK packet, and columns with nothing.
    pub(crate) const NO_ENDS: u64 = 1 << 24;
    /// Columns say that they are JSON or UUID.
    pub(crate) const EXTENDED_COLUMNS: u64 = 1 << 35;

    pub(crate) const NEEDED: u64 =
        PROTOCOL_41 | SECURE_CONNECTION | METHODS | CONNECT_WITH_DATABASE;
    /// Not in it, on purpose: files of ours, several statements, several results,
    /// compression.
    pub(crate) const USED: u64 = MYSQL
        | LONG_FLAGS
        | TRANSACTIONS
        | NEEDED
        | ATTRIBUTES
        | LONG_PROOFS
        | NO_ENDS
        | EXTENDED_COLUMNS;
}

/// utf8mb4 with the collation that every server has.
const UTF8MB4: u8 = 45;
/// Larger than any answer that is read; the server's own limit is what counts.
const LARGEST_PACKET: u32 = 16 * 1024 * 1024;

impl Greeting {
    /// Whether rows end with an OK packet.
    #[must_use]
    pub fn ends_are_ok_packets(&self) -> bool {
        self.flags & flags::NO_ENDS != 0
    }

    pub(crate) fn has_extended_columns(&self) -> bool {
        self.flags & flags::MYSQL == 0 && self.flags & flags::EXTENDED_COLUMNS != 0
    }
}

/// The packet that asks for TLS; the response follows on the encrypted connection.
#[must_use]
pub fn tls_request(greeting: &Greeting) -> Vec<u8> {
    head(greeting, true)
}

/// Who signs in, where to, and the proof.
pub struct ResponseParts<'a> {
    /// The login.
    pub user: &'a str,
    /// The database.
    pub database: &'a str,
    /// The method that `proof` is of.
    pub method: &'a Method,
    /// What [`Method::prove`] gave.
    pub proof: &'a [u8],
    /// Whether the connection is encrypted now.
    pub is_encrypted: bool,
}

/// The packet that signs in. Texts have no zero byte: settings refuse it.
#[must_use]
pub fn response(greeting: &Greeting, parts: &ResponseParts<'_>) -> Vec<u8> {
    let mut packet = head(greeting, parts.is_encrypted);
    packet.extend_from_slice(parts.user.as_bytes());
    packet.push(0);
    if greeting.flags & flags::LONG_PROOFS != 0 {
        put_counted(&mut packet, parts.proof);
    } else {
        packet.push(parts.proof.len() as u8);
        packet.extend_from_slice(parts.proof);
    }
    packet.extend_from_slice(parts.database.as_bytes());
    packet.push(0);
    packet.extend_from_slice(parts.method.name().as_bytes());
    packet.push(0);
    if greeting.flags & flags::ATTRIBUTES != 0 {
        let mut attributes = Vec::new();
        for text in ["_client_name", "lango", "program_name", "lango"] {
            put_counted(&mut attributes, text.as_bytes());
        }
        put_counted(&mut packet, &attributes);
    }
    packet
}

fn head(greeting: &Greeting, tls: bool) -> Vec<u8> {
    let mut used = flags::USED & greeting.flags;
    if tls {
        used |= flags::TLS;
    }
    let [low @ .., e, f, g, h] = used.to_le_bytes();
    let mut packet = Vec::with_capacity(256);
    packet.extend_from_slice(&low);
    packet.extend_from_slice(&LARGEST_PACKET.to_le_bytes());
    packet.push(UTF8MB4);
    packet.extend_from_slice(&[0; 19]);
    packet.extend_from_slice(&[e, f, g, h]);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::greeting::tests::packet;

    fn greeting(flags: u64) -> Greeting {
        let packet = packet("8.0.46", flags, "caching_sha2_password");
        Greeting::parse(&packet).unwrap().unwrap()
    }

    #[test]
    fn what_is_dangerous_is_never_announced() {
        const LOCAL_FILES: u64 = 1 << 7;
        const COMPRESSION: u64 = 1 << 5;
        const MULTI_STATEMENTS: u64 = 1 << 16;
        const MULTI_RESULTS: u64 = 1 << 17 | 1 << 18;
        let dangerous = LOCAL_FILES | COMPRESSION | MULTI_STATEMENTS | MULTI_RESULTS;
        let head = head(&greeting(u64::MAX), true);
        let announced = u64::from(u32::from_le_bytes(head[..4].try_into().unwrap()));
        assert_eq!(announced & dangerous, 0);
        assert_ne!(announced & flags::TLS, 0);
    }

    #[test]
    fn only_what_the_server_has_is_announced() {
        let head = head(&greeting(flags::NEEDED | flags::MYSQL), false);
        let announced = u64::from(u32::from_le_bytes(head[..4].try_into().unwrap()));
        assert_eq!(announced, flags::NEEDED | flags::MYSQL);
        assert_eq!(head.len(), 32);
        assert_eq!(head[28..], [0; 4]);
    }

    #[test]
    fn the_response_has_its_parts_in_order() {
        let greeting = greeting(flags::NEEDED | flags::MYSQL | flags::LONG_PROOFS);
        let parts = ResponseParts {
            user: "reader",
            database: "shop",
            method: &Method::CachingSha2,
            proof: &[1, 2, 3],
            is_encrypted: false,
        };
        let packet = response(&greeting, &parts);
        let expected = b"reader\0\x03\x01\x02\x03shop\0caching_sha2_password\0";
        assert_eq!(&packet[32..], expected);
    }
}
