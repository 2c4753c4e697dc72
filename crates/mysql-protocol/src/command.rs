//! What a signed-in client asks for.

use crate::cursor::put_counted;

/// The payloads of commands. Each starts an exchange of its own.
pub struct Command;

/// As the type of a parameter: a text.
const TYPE_TEXT: u8 = 0xfd;
/// As the type of a parameter: NULL.
const TYPE_NULL: u8 = 0x06;

impl Command {
    /// Says goodbye; nothing is answered.
    #[must_use]
    pub fn quit() -> Vec<u8> {
        vec![0x01]
    }

    /// Runs a text of the client's own making: settings, and `KILL`. A caller's text
    /// never goes this way.
    #[must_use]
    pub fn run(sql: &str) -> Vec<u8> {
        with_text(0x03, sql)
    }

    /// Makes the connection as if it had just signed in.
    #[must_use]
    pub fn reset() -> Vec<u8> {
        vec![0x1f]
    }

    /// Has the server parse a text, which must be one statement.
    #[must_use]
    pub fn prepare(sql: &str) -> Vec<u8> {
        with_text(0x16, sql)
    }

    /// Runs a prepared statement with texts in place of its placeholders.
    #[must_use]
    pub fn execute(statement: u32, parameters: &[Option<&str>]) -> Vec<u8> {
        let mut packet = vec![0x17];
        packet.extend_from_slice(&statement.to_le_bytes());
        // Without a cursor, once.
        packet.push(0);
        packet.extend_from_slice(&1_u32.to_le_bytes());
        if parameters.is_empty() {
            return packet;
        }
        let mut nulls = vec![0; parameters.len().div_ceil(8)];
        for (index, _) in parameters.iter().enumerate().filter(|(_, it)| it.is_none()) {
            if let Some(byte) = nulls.get_mut(index / 8) {
                *byte |= 1 << (index % 8);
            }
        }
        packet.extend_from_slice(&nulls);
        packet.push(1);
        for parameter in parameters {
            let r#type = parameter.map_or(TYPE_NULL, |_| TYPE_TEXT);
            packet.extend_from_slice(&[r#type, 0]);
        }
        for text in parameters.iter().flatten() {
            put_counted(&mut packet, text.as_bytes());
        }
        packet
    }
}

fn with_text(command: u8, text: &str) -> Vec<u8> {
    let mut packet = Vec::with_capacity(text.len() + 1);
    packet.push(command);
    packet.extend_from_slice(text.as_bytes());
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_texts_or_null() {
        let packet = Command::execute(5, &[Some("ab"), None]);
        assert_eq!(
            packet,
            [
                0x17, 5, 0, 0, 0, 0, 1, 0, 0, 0, // which, how, once
                0b10, 1, // the second is NULL; types follow
                0xfd, 0, 0x06, 0, // a text, NULL
                2, b'a', b'b'
            ]
        );
        assert_eq!(Command::execute(1, &[]).len(), 10);
    }
}
