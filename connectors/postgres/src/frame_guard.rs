//! Watches what the server sends, message by message, before it is buffered.
//!
//! PostgreSQL announces the length of each message, and the client library
//! gathers a whole message in memory: a single value of a gigabyte, or a server
//! that says so, would take the Worker down. The guard stops at the header. It
//! also stops a server that asks for the password in the clear where the
//! connection is not encrypted; anybody on the way could ask that.

/// Larger than any row that fits into a result of 1 MiB.
const MESSAGE_LIMIT: u32 = 8 * 1024 * 1024;

/// Bytes of a message's tag and length; the length counts itself.
const HEADER: usize = 5;
const LENGTH_OF_LENGTH: u32 = 4;

const AUTHENTICATION: u8 = b'R';
const CLEARTEXT_PASSWORD: u32 = 3;

/// Why the guard stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("a message of the server is too large")]
    TooLarge,
    #[error("the server asks for the password in the clear")]
    CleartextPassword,
    #[error("the server does not speak PostgreSQL's protocol")]
    Malformed,
}

/// Where the guard stopped. What came before is whole and may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// How many of the observed bytes came before.
    pub(crate) after: usize,
    /// Why.
    pub(crate) violation: Violation,
}

/// Whether the bytes are on an encrypted connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Plain,
    Encrypted,
}

/// Where in the stream of messages it is.
#[derive(Debug)]
pub(crate) struct FrameGuard {
    channel: Channel,
    state: State,
}

#[derive(Debug)]
enum State {
    /// One byte that answers the question for TLS.
    TlsAnswer,
    Header {
        bytes: [u8; HEADER],
        filled: usize,
    },
    /// The four bytes that say which kind of authentication.
    Authentication {
        kind: u32,
        missing: u32,
        after: u32,
    },
    Body {
        missing: u32,
    },
}

const NEXT_MESSAGE: State = State::Header {
    bytes: [0; HEADER],
    filled: 0,
};

impl FrameGuard {
    /// For a connection that starts with the question for TLS.
    pub(crate) fn with_tls_question() -> Self {
        Self {
            channel: Channel::Plain,
            state: State::TlsAnswer,
        }
    }

    /// For a connection that starts with messages.
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            state: NEXT_MESSAGE,
        }
    }

    /// Looks at the next bytes.
    pub(crate) fn observe(&mut self, bytes: &[u8]) -> Result<(), Stopped> {
        let mut at = 0;
        while at < bytes.len() {
            at += self.step(&bytes[at..]).map_err(|violation| Stopped {
                after: at,
                violation,
            })?;
        }
        Ok(())
    }

    /// Looks at some of the bytes, which are not none, and says at how many.
    fn step(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let first = bytes.first().copied().unwrap_or_default();
        match &mut self.state {
            State::TlsAnswer => self.state = NEXT_MESSAGE,
            State::Header {
                bytes: header,
                filled,
            } => {
                header[*filled] = first;
                *filled += 1;
                if *filled == HEADER {
                    self.state = after_header(*header)?;
                }
            }
            State::Authentication {
                kind,
                missing,
                after,
            } => {
                *kind = (*kind << 8) | u32::from(first);
                *missing -= 1;
                if *missing == 0 {
                    if *kind == CLEARTEXT_PASSWORD && self.channel == Channel::Plain {
                        return Err(Violation::CleartextPassword);
                    }
                    self.state = body(*after);
                }
            }
            State::Body { missing } => {
                let here = u32::try_from(bytes.len()).map_or(*missing, |here| here.min(*missing));
                self.state = body(*missing - here);
                // At most the number of bytes.
                return Ok(usize::try_from(here).unwrap_or(bytes.len()));
            }
        }
        Ok(1)
    }
}

fn after_header(header: [u8; HEADER]) -> Result<State, Violation> {
    let [tag, length @ ..] = header;
    let body_length = u32::from_be_bytes(length)
        .checked_sub(LENGTH_OF_LENGTH)
        .ok_or(Violation::Malformed)?;
    if body_length > MESSAGE_LIMIT {
        return Err(Violation::TooLarge);
    }
    if tag != AUTHENTICATION {
        return Ok(body(body_length));
    }
    let after = body_length.checked_sub(4).ok_or(Violation::Malformed)?;
    Ok(State::Authentication {
        kind: 0,
        missing: 4,
        after,
    })
}

fn body(missing: u32) -> State {
    if missing == 0 {
        NEXT_MESSAGE
    } else {
        State::Body { missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap() + 4;
        [&[tag], length.to_be_bytes().as_slice(), body].concat()
    }

    fn stopped(after: usize, violation: Violation) -> Result<(), Stopped> {
        Err(Stopped { after, violation })
    }

    #[test]
    fn messages_pass() {
        let mut guard = FrameGuard::with_tls_question();
        let stream = [
            b"N".to_vec(),
            message(b'R', &[0, 0, 0, 10, b'S', 0]),
            message(b'Z', b"I"),
            message(b'1', b""),
            message(b'D', &vec![7; 100_000]),
        ]
        .concat();
        assert_eq!(guard.observe(&stream), Ok(()));
    }

    #[test]
    fn a_large_message_stops_at_its_header() {
        let mut guard = FrameGuard::new(Channel::Encrypted);
        guard.observe(&message(b'Z', b"I")).unwrap();
        assert_eq!(guard.observe(&[b'D', 0x7f, 0xff, 0xff]), Ok(()));
        assert_eq!(guard.observe(&[0xff]), stopped(0, Violation::TooLarge));
    }

    #[test]
    fn what_came_before_a_large_message_may_be_read() {
        let good = [message(b'D', b"row"), message(b'D', b"row")].concat();
        let bytes = [&good, [b'D', 0x7f, 0xff, 0xff, 0xff, 1, 2].as_slice()].concat();
        let seen = FrameGuard::new(Channel::Plain).observe(&bytes);
        assert_eq!(seen, stopped(good.len() + 4, Violation::TooLarge));
    }

    #[test]
    fn the_limit_itself_passes() {
        let header = |length: u32| [b"D", length.to_be_bytes().as_slice()].concat();
        let mut guard = FrameGuard::new(Channel::Encrypted);
        assert_eq!(guard.observe(&header(MESSAGE_LIMIT + 4)), Ok(()));
        let mut guard = FrameGuard::new(Channel::Encrypted);
        assert_eq!(
            guard.observe(&header(MESSAGE_LIMIT + 5)),
            stopped(4, Violation::TooLarge)
        );
    }

    #[test]
    fn a_password_in_the_clear_is_asked_for_only_under_encryption() {
        let question = message(b'R', &[0, 0, 0, 3]);
        let plain = FrameGuard::new(Channel::Plain).observe(&question);
        assert_eq!(plain, stopped(8, Violation::CleartextPassword));
        assert_eq!(
            FrameGuard::new(Channel::Encrypted).observe(&question),
            Ok(())
        );
    }

    #[test]
    fn a_length_that_cannot_be_is_malformed() {
        let mut guard = FrameGuard::new(Channel::Plain);
        assert_eq!(
            guard.observe(&[b'D', 0, 0, 0, 3]),
            stopped(4, Violation::Malformed)
        );
        let mut guard = FrameGuard::new(Channel::Plain);
        assert_eq!(
            guard.observe(&[b'R', 0, 0, 0, 7]),
            stopped(4, Violation::Malformed)
        );
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_does_not_matter(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..10),
            cuts: Vec<prop::sample::Index>,
            large: bool,
        ) {
            let mut stream: Vec<u8> = bodies.iter().flat_map(|body| message(b'D', body)).collect();
            if large {
                stream.extend([b'D', 0xff, 0, 0, 0]);
            }
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let mut guard = FrameGuard::new(Channel::Plain);
            let seen = at.windows(2).try_for_each(|pair| guard.observe(&stream[pair[0]..pair[1]]));
            let seen = seen.map_err(|stopped| stopped.violation);
            prop_assert_eq!(seen, if large { Err(Violation::TooLarge) } else { Ok(()) });
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>, question: bool) {
            let mut guard = if question {
                FrameGuard::with_tls_question()
            } else {
                FrameGuard::new(Channel::Plain)
            };
            let _ = guard.observe(&bytes);
        }
    }
}
