//! Reads a packet from its start to its end; nothing is taken that is not there.

use crate::Violation;

/// The part of a packet that is not read yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(packet: &'a [u8]) -> Self {
        Self(packet)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Violation> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(Violation::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Violation> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| Violation::Malformed)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Violation> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Violation> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Violation> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Violation> {
        self.array().map(u64::from_le_bytes)
    }

    /// A whole number whose first byte says how long it is.
    pub(crate) fn length(&mut self) -> Result<u64, Violation> {
        match self.u8()? {
            0xfc => self.u16().map(u64::from),
            0xfd => {
                let [low, middle, high] = self.array()?;
                Ok(u64::from(u32::from_le_bytes([low, middle, high, 0])))
            }
            0xfe => self.u64(),
            // NULL, which is a value and no length; and the start of an error.
            0xfb | 0xff => Err(Violation::Malformed),
            small => Ok(u64::from(small)),
        }
    }

    /// Bytes after their length.
    pub(crate) fn counted(&mut self) -> Result<&'a [u8], Violation> {
        let length = self.length()?;
        self.take(usize::try_from(length).map_err(|_| Violation::Malformed)?)
    }

    /// Bytes up to a zero byte, which is passed over; or the rest.
    pub(crate) fn until_zero(&mut self) -> &'a [u8] {
        match self.0.iter().position(|&byte| byte == 0) {
            Some(end) => {
                let (taken, rest) = self.0.split_at(end);
                self.0 = rest.get(1..).unwrap_or_default();
                taken
            }
            None => self.rest(),
        }
    }
}

/// The server's text; what is not UTF-8 in it is replaced.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Appends bytes after their length.
pub(crate) fn put_counted(into: &mut Vec<u8>, bytes: &[u8]) {
    put_length(into, bytes.len());
    into.extend_from_slice(bytes);
}

fn put_length(into: &mut Vec<u8>, length: usize) {
    match length {
        0..=0xfa => into.push(length as u8),
        0xfb..=0xffff => {
            into.push(0xfc);
            into.extend_from_slice(&(length as u16).to_le_bytes());
        }
        _ => {
            into.push(0xfe);
            into.extend_from_slice(&(length as u64).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    #[test]
    fn a_length_that_is_not_there_is_malformed() {
        for packet in [
            &[5, 1, 2][..],
            &[0xfc, 1],
            &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xfb],
            &[0xff],
            &[],
        ] {
            let read = Cursor::new(packet).counted();
            assert_eq!(read, Err(Violation::Malformed), "{packet:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_put_is_read(bytes in prop::collection::vec(any::<u8>(), 0..70_000)) {
            let mut packet = Vec::new();
            put_counted(&mut packet, &bytes);
            let mut cursor = Cursor::new(&packet);
            prop_assert_eq!(cursor.counted(), Ok(bytes.as_slice()));
            prop_assert_eq!(cursor.len(), 0);
        }
    }
}
