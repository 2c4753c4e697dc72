//! Common Event Format, version 0.

use crate::{End, Event, Origin};

/// The longest values of the extension dictionary, in characters, before they are escaped.
/// A receiver cuts or drops what is longer.
const LONGEST_ACTION: usize = 63;
const LONGEST_TEXT: usize = 1_023;
/// The longest name and event class of a header.
const LONGEST_NAME: usize = 512;

/// An event as one line.
pub(crate) fn cef(event: &Event<'_>, origin: Origin<'_>) -> String {
    let header = [
        "Lango",
        "Lango",
        origin.version,
        event.operation(),
        &event.sentence(),
        severity(event),
    ]
    .map(|text| in_header(&first(text, LONGEST_NAME)))
    .join("|");
    let extension: Vec<_> = extension(event, origin)
        .into_iter()
        .filter_map(|(name, value)| {
            let longest = match name {
                "act" => LONGEST_ACTION,
                _ => LONGEST_TEXT,
            };
            Some(format!("{name}={}", in_extension(&first(&value?, longest))))
        })
        .collect();
    format!("CEF:0|{header}|{}", extension.join(" "))
}

fn extension(event: &Event<'_>, origin: Origin<'_>) -> Vec<(&'static str, Option<String>)> {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let mut pairs = vec![
        ("rt", Some(event.at_ms().to_string())),
        ("externalId", Some(event.uid(origin))),
        ("cat", text(Some(event.kind()))),
        ("act", text(Some(event.operation()))),
        ("outcome", text(Some(outcome(event)))),
        ("reason", text(event.code())),
        ("suid", text(event.principal())),
        ("spriv", text(event.actor())),
        ("destinationServiceName", text(event.connector())),
        ("cn1", Some(event.index.to_string())),
        ("cn1Label", text(Some("index"))),
    ];
    for (value, (name, label_name), label) in [
        (Some(origin.tenant), ("cs1", "cs1Label"), "tenant"),
        (event.call_id(), ("cs2", "cs2Label"), "requestId"),
        (event.key_id(), ("cs3", "cs3Label"), "keyId"),
        (event.layer(), ("cs4", "cs4Label"), "layer"),
        (event.target(), ("cs5", "cs5Label"), "target"),
        (event.country(), ("cs6", "cs6Label"), "country"),
    ] {
        if value.is_some() {
            pairs.push((name, text(value)));
            pairs.push((label_name, text(Some(label))));
        }
    }
    if let Some(duration) = event.duration_ms() {
        pairs.push(("cn2", Some(duration.to_string())));
        pairs.push(("cn2Label", text(Some("durationMs"))));
    }
    pairs
}

fn outcome(event: &Event<'_>) -> &'static str {
    match event.end() {
        End::Succeeded => "success",
        End::Failed | End::Denied => "failure",
        End::Unknown => "unknown",
    }
}

fn severity(event: &Event<'_>) -> &'static str {
    match (event.end(), event.is_suspicious()) {
        (End::Denied, true) => "7",
        (End::Denied, _) | (_, true) => "5",
        (End::Failed | End::Unknown, _) => "3",
        (End::Succeeded, _) => "1",
    }
}

fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// A line break would end the event.
fn in_header(text: &str) -> String {
    text.chars()
        .flat_map(|character| match character {
            '\\' => vec!['\\', '\\'],
            '|' => vec!['\\', '|'],
            control if control.is_control() => vec![' '],
            other => vec![other],
        })
        .collect()
}

fn in_extension(text: &str) -> String {
    text.chars()
        .flat_map(|character| match character {
            '\\' => vec!['\\', '\\'],
            '=' => vec!['\\', '='],
            '\n' => vec!['\\', 'n'],
            '\r' => vec!['\\', 'r'],
            control if control.is_control() => vec![' '],
            other => vec![other],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::tests::CALL;

    const ORIGIN: Origin<'_> = Origin {
        tenant: "t_1",
        version: "0.1.0",
    };

    #[test]
    fn an_event_is_this_line() {
        let event = Event::read(4, CALL).unwrap();
        assert_eq!(
            cef(&event, ORIGIN),
            "CEF:0|Lango|Lango|0.1.0|postgres_query|call postgres_query was refused|7|\
             rt=1800000000123 externalId=t_1/4 cat=call act=postgres_query outcome=failure \
             reason=tool_not_permitted suid=p_1 spriv=program destinationServiceName=postgres \
             cn1=4 cn1Label=index cs1=t_1 cs1Label=tenant cs2=call_1 cs2Label=requestId \
             cs3=k_1 cs3Label=keyId cs4=access cs4Label=layer cs6=KE cs6Label=country \
             cn2=7 cn2Label=durationMs"
        );
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(in_header("a|b\\c\nd=e"), "a\\|b\\\\c d=e");
        assert_eq!(in_extension("a=b\\c\nd|e"), "a\\=b\\\\c\\nd|e");
    }

    proptest! {
        #[test]
        fn no_name_forges_a_field_or_a_line(tool in ".{0,40}") {
            let leaf = serde_json::json!({"at_ms": 1, "kind": "call", "tool": tool}).to_string();
            let line = cef(&Event::read(0, &leaf).unwrap(), ORIGIN);
            prop_assert!(!line.contains(['\n', '\r']));
            let bare = line.replace("\\\\", "").replace("\\|", "").replace("\\=", "");
            prop_assert_eq!(bare.split('|').take(8).count(), 8);
            prop_assert!(bare.matches("rt=").count() >= 1);
        }
    }
}
