//! What the server says first.

use crate::auth::{Method, Scramble};
use crate::cursor::{Cursor, text};
use crate::reply::ServerError;
use crate::{Violation, response::flags};

/// Whose server it is; they differ in a few variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Oracle's, and those that follow it.
    MySql,
    /// The MariaDB Foundation's.
    MariaDb,
}

/// The first two numbers of the server's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16);

/// The server's first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Whose.
    pub flavour: Flavour,
    /// Which.
    pub version: Version,
    /// The number of this connection, for `KILL`.
    pub connection: u32,
    /// Mixed into the proof of the password.
    pub scramble: Scramble,
    /// How it would have clients sign in.
    pub method: Method,
    pub(crate) flags: u64,
}

const PROTOCOL: u8 = 10;
const ERROR: u8 = 0xff;
/// What MariaDB says before its version so that old replicas take it.
const REPLICATION_PREFIX: &str = "5.5.5-";

impl Greeting {
    /// Reads it, or the server's refusal.
    ///
    /// # Errors
    /// [`Violation`] if it is neither, or if the server is too old.
    pub fn parse(packet: &[u8]) -> Result<Result<Self, ServerError>, Violation> {
        let mut cursor = Cursor::new(packet);
        match cursor.u8()? {
            PROTOCOL => Self::read(cursor).map(Ok),
            ERROR => Ok(Err(ServerError::read(cursor)?)),
            _ => Err(Violation::Malformed),
        }
    }

    fn read(mut cursor: Cursor<'_>) -> Result<Self, Violation> {
        let name = text(cursor.until_zero());
        let connection = cursor.u32()?;
        let first = cursor.take(8)?;
        cursor.take(1)?;
        let low = cursor.u16()?;
        // Its character set, and its status.
        cursor.take(3)?;
        let high = cursor.u16()?;
        let length = cursor.u8()?;
        cursor.take(6)?;
        let extended = cursor.u32()?;
        let mut all = u64::from(low) | u64::from(high) << 16;
        // MariaDB leaves the first bit unset where it has more of its own.
        if all & flags::MYSQL == 0 {
            all |= u64::from(extended) << 32;
        }
        if all & flags::NEEDED != flags::NEEDED {
            return Err(Violation::TooOld);
        }
        let second = usize::from(length).saturating_sub(8).max(13);
        let second = cursor.take(second.min(cursor.len()))?;
        let method = Method::named(cursor.until_zero());
        Ok(Self {
            flavour: flavour(&name),
            version: version(&name),
            connection,
            scramble: Scramble::of(first, second)?,
            method,
            flags: all,
        })
    }

    /// Whether it takes TLS.
    #[must_use]
    pub fn offers_tls(&self) -> bool {
        self.flags & flags::TLS != 0
    }
}

fn flavour(name: &str) -> Flavour {
    if name.contains("MariaDB") {
        Flavour::MariaDb
    } else {
        Flavour::MySql
    }
}

fn version(name: &str) -> Version {
    let name = name.strip_prefix(REPLICATION_PREFIX).unwrap_or(name);
    let mut numbers = name
        .split(|character: char| !character.is_ascii_digit())
        .map(|digits| digits.parse().unwrap_or(0));
    Version(numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    /// A greeting as servers make it.
    pub(crate) fn packet(name: &str, flags: u64, method: &str) -> Vec<u8> {
        let bytes = flags.to_le_bytes();
        let mut packet = vec![10];
        packet.extend(name.as_bytes());
        packet.push(0);
        packet.extend(77_u32.to_le_bytes());
        packet.extend(b"abcdefgh\0");
        packet.extend(&bytes[..2]);
        packet.extend([45, 2, 0]);
        packet.extend(&bytes[2..4]);
        packet.push(21);
        packet.extend([0; 6]);
        packet.extend(&bytes[4..]);
        packet.extend(b"ijklmnopqrst\0");
        packet.extend(method.as_bytes());
        packet.push(0);
        packet
    }

    #[test]
    fn servers_are_told_apart() {
        for (name, flavour, version) in [
            ("8.0.46-0ubuntu0", Flavour::MySql, Version(8, 0)),
            (
                "5.5.5-10.11.6-MariaDB-0+deb12u1",
                Flavour::MariaDb,
                Version(10, 11),
            ),
            ("11.8.3-MariaDB-log", Flavour::MariaDb, Version(11, 8)),
            ("9.4.0", Flavour::MySql, Version(9, 4)),
            ("nonsense", Flavour::MySql, Version(0, 0)),
        ] {
            let packet = packet(name, flags::NEEDED, "mysql_native_password");
            let greeting = Greeting::parse(&packet).unwrap().unwrap();
            assert_eq!((greeting.flavour, greeting.version), (flavour, version));
            assert_eq!(greeting.connection, 77);
            assert_eq!(greeting.method, Method::NativePassword);
            assert_eq!(greeting.scramble.bytes(), b"abcdefghijklmnopqrst");
        }
    }

    #[test]
    fn a_server_without_what_is_needed_is_too_old() {
        let packet = packet("5.0.1", flags::NEEDED & !flags::METHODS, "");
        assert_eq!(Greeting::parse(&packet), Err(Violation::TooOld));
    }

    #[test]
    fn a_refusal_is_the_servers() {
        let refusal = Greeting::parse(b"\xff\x10\x04Too many connections").unwrap();
        let error = refusal.unwrap_err();
        assert_eq!((error.code, error.state.as_str()), (1040, ""));
        assert_eq!(error.message, "Too many connections");
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Greeting::parse(&bytes);
            let _ = Greeting::parse(&[&[10], bytes.as_slice()].concat());
        }
    }
}
