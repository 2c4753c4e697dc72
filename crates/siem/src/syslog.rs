//! RFC 5424 messages in RFC 5425 frames.

use crate::{End, Event, Origin};

/// Log audit.
const FACILITY: u8 = 13;
/// RFC 5424 lets a receiver count in 31 bits.
const LARGEST_SEQUENCE: u64 = 2_147_483_647;

/// One message in its frame: its length in bytes, a space, and the message.
#[must_use]
pub fn framed(event: &Event<'_>, origin: Origin<'_>, host: &str, text: &str) -> Vec<u8> {
    let message = message(event, origin, host, text);
    format!("{} {message}", message.len()).into_bytes()
}

fn message(event: &Event<'_>, origin: Origin<'_>, host: &str, text: &str) -> String {
    let severity = match event.end() {
        End::Succeeded => 6,
        End::Failed | End::Unknown => 5,
        End::Denied => 4,
    };
    let priority = FACILITY * 8 + severity;
    let sequence = event.index % LARGEST_SEQUENCE + 1;
    format!(
        "<{priority}>1 {time} {host} lango {tenant} {kind} \
         [origin software=\"Lango\" swVersion=\"{version}\"][meta sequenceId=\"{sequence}\"] {text}",
        time = event.at_text(),
        host = name(host, 255),
        tenant = name(origin.tenant, 128),
        kind = name(event.kind(), 32),
        version = value(origin.version),
    )
}

/// Printable ASCII without spaces; `-` for nothing.
fn name(text: &str, longest: usize) -> String {
    let name: String = text
        .bytes()
        .filter(u8::is_ascii_graphic)
        .take(longest)
        .map(char::from)
        .collect();
    if name.is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

/// `"`, `\` and `]` are escaped.
fn value(text: &str) -> String {
    text.chars()
        .flat_map(|character| match character {
            '"' | '\\' | ']' => vec!['\\', character],
            other => vec![other],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::CALL;

    #[test]
    fn a_message_has_this_form() {
        let event = Event::read(4, CALL).unwrap();
        let origin = Origin {
            tenant: "t_1",
            version: "0.1.0",
        };
        let frame = framed(&event, origin, "lango.example", "Tëxt");
        let message = "<108>1 2027-01-15T08:00:00.123Z lango.example lango t_1 call \
                       [origin software=\"Lango\" swVersion=\"0.1.0\"][meta sequenceId=\"5\"] Tëxt";
        assert_eq!(frame, format!("{} {message}", message.len()).into_bytes());
    }

    #[test]
    fn nothing_breaks_out_of_its_place() {
        assert_eq!(name("a b\n\"c", 255), "ab\"c");
        assert_eq!(name(" ", 255), "-");
        assert_eq!(value("a]\"\\"), "a\\]\\\"\\\\");
    }
}
