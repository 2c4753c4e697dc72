//! Server-sent events in chunks, within bounds (WHATWG HTML, section 9.2.6).
//!
//! Our own, because the parsers on the shelf keep as much of an unfinished
//! event as a server cares to send.

/// One event that has data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// The `data` lines, joined by line feeds. Bytes: whoever reads them checks
    /// that they are UTF-8.
    pub(crate) data: Vec<u8>,
}

/// An event grew over its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// Takes chunks, gives events.
#[derive(Debug)]
pub(crate) struct Parser {
    limit: usize,
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    last_id: Option<String>,
    retry_ms: Option<u64>,
    /// A line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    /// Nothing but a byte order mark may be skipped, and only at the start.
    at_start: bool,
}

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

impl Parser {
    /// `limit` bounds a line, and the data of an event.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            data: None,
            last_id: None,
            retry_ms: None,
            after_cr: false,
            at_start: true,
        }
    }

    /// The events that a chunk completes.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        let mut rest = chunk;
        while let Some((&first, after)) = rest.split_first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                rest = after;
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let (part, ended) = rest.split_at(end.unwrap_or(rest.len()));
            if self.line.len() + part.len() > self.limit {
                return Err(TooLarge);
            }
            self.line.extend_from_slice(part);
            let Some((&ending, after)) = ended.split_first() else {
                break;
            };
            self.after_cr = ending == b'\r';
            rest = after;
            events.extend(self.end_line()?);
        }
        Ok(events)
    }

    /// The stream has ended: what it had begun is void, and another one follows.
    pub(crate) fn restart(&mut self) {
        self.line.clear();
        self.data = None;
        self.after_cr = false;
        self.at_start = true;
    }

    /// The `id` of the last event that had one: where a stream is taken up again.
    pub(crate) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref().filter(|id| !id.is_empty())
    }

    /// How long the server asks to wait before that.
    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    fn end_line(&mut self) -> Result<Option<Event>, TooLarge> {
        let line = std::mem::take(&mut self.line);
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line)
        } else {
            &line
        };
        if line.is_empty() {
            return Ok(self.data.take().map(|data| Event { data }));
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => self.add_data(value)?,
            b"id" if !value.contains(&0) => {
                self.last_id = String::from_utf8(value.to_vec()).ok();
            }
            b"retry" => {
                let text = std::str::from_utf8(value).unwrap_or_default();
                self.retry_ms = text.parse().ok().or(self.retry_ms);
            }
            // Comments, event names, and what later versions add.
            _ => {}
        }
        Ok(None)
    }

    fn add_data(&mut self, value: &[u8]) -> Result<(), TooLarge> {
        let data = match &mut self.data {
            Some(data) => {
                data.push(b'\n');
                data
            }
            none => none.insert(Vec::new()),
        };
        if data.len() + value.len() > self.limit {
            return Err(TooLarge);
        }
        data.extend_from_slice(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};

    fn texts(parser: &mut Parser, chunk: &[u8]) -> Vec<String> {
        let events = parser.feed(chunk).unwrap();
        events
            .into_iter()
            .map(|event| String::from_utf8(event.data).unwrap())
            .collect()
    }

    #[test]
    fn events_are_read() {
        let mut parser = Parser::new(100);
        let stream = b"\xef\xbb\xbf: hello\n\nid: 7\nretry: 250\ndata:\n\nevent: message\ndata: {\"a\":\r\ndata:1}\r\n\r\ndata\n\ndata: unfinished";
        assert_eq!(texts(&mut parser, stream), ["", "{\"a\":\n1}", ""]);
        assert_eq!(parser.last_id(), Some("7"));
        assert_eq!(parser.retry_ms(), Some(250));
    }

    #[test]
    fn an_unfinished_event_ends_with_its_stream() {
        let mut parser = Parser::new(100);
        assert_eq!(
            texts(&mut parser, b"id: 3\ndata: half\ndata: a li").len(),
            0
        );
        parser.restart();
        assert_eq!(texts(&mut parser, b"data: whole\n\n"), ["whole"]);
        assert_eq!(parser.last_id(), Some("3"));
    }

    #[test]
    fn every_line_ending_ends_a_line_once() {
        for stream in [
            "data: a\r\n\r\ndata: b\r\n\r\n",
            "data: a\r\rdata: b\r\r",
            "data: a\n\ndata: b\n\n",
        ] {
            assert_eq!(texts(&mut Parser::new(100), stream.as_bytes()), ["a", "b"]);
        }
    }

    #[test]
    fn nothing_grows_over_its_bound() {
        let mut parser = Parser::new(10);
        assert_eq!(parser.feed(b"data: 12345"), Err(TooLarge));
        let mut parser = Parser::new(10);
        assert_eq!(
            parser.feed(b"data: 1234\ndata: 1234\ndata: 1234\n"),
            Err(TooLarge)
        );
        let mut parser = Parser::new(10);
        assert_eq!(parser.feed(&[b'x'; 11]), Err(TooLarge));
    }

    proptest! {
        #[test]
        fn where_chunks_end_does_not_matter(
            stream in "(data: [a-z\r\n:]{0,20}|id: [0-9]|\r|\n|\r\n|:|x){0,40}",
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6),
        ) {
            let stream = stream.as_bytes();
            let mut whole = Parser::new(1000);
            let expected = whole.feed(stream).unwrap();
            let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            places.extend([0, stream.len()]);
            places.sort_unstable();
            let mut parser = Parser::new(1000);
            let mut events = Vec::new();
            for pair in places.windows(2) {
                events.extend(parser.feed(&stream[pair[0]..pair[1]]).unwrap());
            }
            assert_eq!(events, expected);
            assert_eq!(parser.last_id(), whole.last_id());
        }

        #[test]
        fn no_bytes_make_it_panic_or_keep_much(stream in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut parser = Parser::new(64);
            if let Ok(events) = parser.feed(&stream) {
                assert!(events.iter().all(|event| event.data.len() <= 64));
            }
            assert!(parser.line.len() <= 64);
        }
    }
}
