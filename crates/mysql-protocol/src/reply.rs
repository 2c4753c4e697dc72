//! What the server answers with, apart from rows.

use crate::Violation;
use crate::auth::{Method, Scramble};
use crate::cursor::{Cursor, text};

const OK: u8 = 0x00;
const MORE: u8 = 0x01;
const FILE: u8 = 0xfb;
/// Or, of rows, their end.
const SWITCH: u8 = 0xfe;
const ERROR: u8 = 0xff;
/// `SERVER_MORE_RESULTS_EXISTS`: never asked for.
const MORE_RESULTS: u16 = 0x0008;

/// An error of the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// Its number.
    pub code: u16,
    /// Its SQLSTATE, which errors before signing in may lack.
    pub state: String,
    /// Its words.
    pub message: String,
}

impl ServerError {
    /// After the byte that says that it is one.
    pub(crate) fn read(mut cursor: Cursor<'_>) -> Result<Self, Violation> {
        let code = cursor.u16()?;
        let mut state = String::new();
        let mut marked = cursor;
        if marked.u8() == Ok(b'#')
            && let Ok(five) = marked.take(5)
        {
            state = text(five);
            cursor = marked;
        }
        Ok(Self {
            code,
            state,
            message: text(cursor.rest()),
        })
    }
}

/// What signing in goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthStep {
    /// Signed in.
    SignedIn,
    /// Prove it this way instead.
    Switch(Method, Scramble),
    /// `caching_sha2_password`: the proof was enough; signed in comes next.
    ProofWasEnough,
    /// `caching_sha2_password`: the password itself is needed.
    PasswordIsNeeded,
    /// Something that the method knows: a public key.
    More(Vec<u8>),
    /// Not signed in.
    Refused(ServerError),
}

/// Reads a packet of signing in.
///
/// # Errors
/// [`Violation::Malformed`].
pub fn auth_step(packet: &[u8]) -> Result<AuthStep, Violation> {
    let mut cursor = Cursor::new(packet);
    match cursor.u8()? {
        OK => Ok(AuthStep::SignedIn),
        // Without a method it means the one of before MySQL 4.1.
        SWITCH if cursor.is_empty() => Ok(AuthStep::Switch(
            Method::Other("mysql_old_password".to_owned()),
            Scramble::of(&[0; 8], &[0; 12])?,
        )),
        SWITCH => {
            let method = Method::named(cursor.until_zero());
            let scramble = match (&method, cursor.rest()) {
                // These need none.
                (Method::Cleartext | Method::Other(_), _) => Scramble::of(&[0; 8], &[0; 12]),
                (_, bytes) => Scramble::of(bytes, &[]),
            };
            Ok(AuthStep::Switch(method, scramble?))
        }
        MORE => Ok(match cursor.rest() {
            [3] => AuthStep::ProofWasEnough,
            [4] => AuthStep::PasswordIsNeeded,
            more => AuthStep::More(more.to_vec()),
        }),
        ERROR => Ok(AuthStep::Refused(ServerError::read(cursor)?)),
        _ => Err(Violation::Malformed),
    }
}

/// How the answer to a command begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and there are no rows.
    Done,
    /// So many columns, and then rows.
    Columns(u64),
    /// It failed.
    Failed(ServerError),
}

/// Reads how the answer to a command begins.
///
/// # Errors
/// [`Violation::AsksForFile`] if the server wants a file; [`Violation::Malformed`].
pub fn answer(packet: &[u8]) -> Result<Answer, Violation> {
    let mut cursor = Cursor::new(packet);
    match packet.first() {
        Some(&OK) => done(packet).map(|()| Answer::Done),
        Some(&FILE) => Err(Violation::AsksForFile),
        Some(&ERROR) => {
            cursor.u8()?;
            Ok(Answer::Failed(ServerError::read(cursor)?))
        }
        Some(_) => cursor.length().map(Answer::Columns),
        None => Err(Violation::Malformed),
    }
}

/// An end of something, after which nothing else may follow.
fn done(packet: &[u8]) -> Result<(), Violation> {
    let mut cursor = Cursor::new(packet);
    cursor.u8()?;
    cursor.length()?;
    cursor.length()?;
    one_result(cursor.u16()?)
}

fn one_result(status: u16) -> Result<(), Violation> {
    if status & MORE_RESULTS != 0 {
        return Err(Violation::Malformed);
    }
    Ok(())
}

/// What the server says of a statement that it has parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared {
    /// Its number.
    pub statement: u32,
    /// How many columns it gives.
    pub columns: u16,
    /// How many placeholders it has.
    pub parameters: u16,
}

/// Reads the answer to [`crate::Command::prepare`].
///
/// # Errors
/// [`Violation::Malformed`].
pub fn prepared(packet: &[u8]) -> Result<Result<Prepared, ServerError>, Violation> {
    let mut cursor = Cursor::new(packet);
    match cursor.u8()? {
        OK => Ok(Ok(Prepared {
            statement: cursor.u32()?,
            columns: cursor.u16()?,
            parameters: cursor.u16()?,
        })),
        ERROR => Ok(Err(ServerError::read(cursor)?)),
        _ => Err(Violation::Malformed),
    }
}

/// What comes where a row may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowStep {
    /// A row; [`crate::Row`] reads it.
    Row,
    /// There are no more.
    End,
    /// The statement failed after it had begun.
    Failed(ServerError),
}

impl RowStep {
    /// Reads a packet where a row of a prepared statement may come, or, with no row
    /// possible, where columns end.
    ///
    /// # Errors
    /// [`Violation::Malformed`].
    pub fn of(packet: &[u8], ends_are_ok_packets: bool) -> Result<Self, Violation> {
        let mut cursor = Cursor::new(packet);
        match cursor.u8()? {
            OK => Ok(Self::Row),
            ERROR => Ok(Self::Failed(ServerError::read(cursor)?)),
            SWITCH if ends_are_ok_packets => done(packet).map(|()| Self::End),
            SWITCH => {
                let _warnings = cursor.u16()?;
                one_result(cursor.u16()?)?;
                Ok(Self::End)
            }
            _ => Err(Violation::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    #[test]
    fn a_server_that_asks_for_a_file_is_a_violation() {
        let asked = answer(b"\xfb/etc/passwd");
        assert_eq!(asked, Err(Violation::AsksForFile));
    }

    #[test]
    fn a_second_result_is_a_violation() {
        assert_eq!(answer(&[0, 0, 0, 2, 0, 0, 0]), Ok(Answer::Done));
        let more = answer(&[0, 0, 0, 10, 0, 0, 0]);
        assert_eq!(more, Err(Violation::Malformed));
        for (packet, ok_packets) in [
            (&[0xfe, 0, 0, 10, 0][..], false),
            (&[0xfe, 0, 0, 10, 0, 0, 0], true),
        ] {
            let end = RowStep::of(packet, ok_packets);
            assert_eq!(end, Err(Violation::Malformed));
        }
    }

    #[test]
    fn errors_have_their_parts() {
        let Ok(Answer::Failed(error)) = answer(b"\xff\x28\x04#42000You have an error") else {
            panic!("no error")
        };
        assert_eq!((error.code, error.state.as_str()), (1064, "42000"));
        assert_eq!(error.message, "You have an error");
    }

    #[test]
    fn signing_in_has_its_steps() {
        let switch = [&b"\xfemysql_native_password\0"[..], &[7; 20], &[0]].concat();
        assert_eq!(
            auth_step(&switch),
            Ok(AuthStep::Switch(
                Method::NativePassword,
                Scramble::of(&[7; 20], &[]).unwrap()
            ))
        );
        let signature = [&b"\xfeclient_ed25519\0"[..], &[7; 32], &[0]].concat();
        assert!(matches!(
            auth_step(&signature),
            Ok(AuthStep::Switch(Method::Ed25519, scramble)) if scramble.bytes().len() == 32
        ));
        assert_eq!(auth_step(&[1, 3]), Ok(AuthStep::ProofWasEnough));
        assert_eq!(auth_step(&[1, 4]), Ok(AuthStep::PasswordIsNeeded));
        assert!(matches!(
            auth_step(&[0xfe]),
            Ok(AuthStep::Switch(Method::Other(_), _))
        ));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..100), ok_packets: bool) {
            let _ = (auth_step(&bytes), answer(&bytes), prepared(&bytes));
            let _ = RowStep::of(&bytes, ok_packets);
        }
    }
}
