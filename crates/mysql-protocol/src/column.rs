//! What the server says of a column of a result.

use crate::cursor::{Cursor, text};
use crate::{Greeting, Violation};

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the result.
    pub name: String,
    /// What its values are.
    pub r#type: ColumnType,
    /// Whether numbers are never negative.
    pub is_unsigned: bool,
    /// Whether MariaDB says that its text is a document (`format=json`).
    pub is_document: bool,
    /// MariaDB's own name of the type (`uuid`, `inet6`), where it has one.
    pub own_type: Option<String>,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Only NULL.
    Null,
    /// One byte.
    TinyInt,
    /// Two.
    SmallInt,
    /// Three.
    MediumInt,
    /// Four.
    Int,
    /// Eight.
    BigInt,
    /// Single precision.
    Float,
    /// Double precision.
    Double,
    /// Exact, as text.
    Decimal,
    /// Bits, as bytes with the highest first.
    Bit,
    /// A year.
    Year,
    /// A day.
    Date,
    /// A length of time, or a time of day.
    Time,
    /// A day and a time, somewhere.
    DateTime,
    /// A moment.
    Timestamp,
    /// Text of a fixed length.
    Char,
    /// Text.
    VarChar,
    /// Long text.
    Text,
    /// One of a few words.
    Enum,
    /// Several of a few words.
    Set,
    /// Bytes of a fixed length.
    Binary,
    /// Bytes.
    VarBinary,
    /// Many bytes.
    Blob,
    /// A document.
    Json,
    /// A shape, as bytes.
    Geometry,
    /// Numbers in a row, as bytes.
    Vector,
}

/// The character set of bytes that are no text.
const BINARY: u16 = 63;
const UNSIGNED: u16 = 0x0020;
const ENUM: u16 = 0x0100;
const SET: u16 = 0x0800;
/// The extended parts: the type's name, and the format of a text.
const TYPE_NAME: u8 = 0;
const FORMAT: u8 = 1;

impl Column {
    /// Reads its definition.
    ///
    /// # Errors
    /// [`Violation::Malformed`], also for a type that this client does not know.
    pub fn parse(packet: &[u8], greeting: &Greeting) -> Result<Self, Violation> {
        let mut cursor = Cursor::new(packet);
        // Catalogue, schema, table, and the table's name under its alias.
        for _ in 0..4 {
            cursor.counted()?;
        }
        let name = text(cursor.counted()?);
        let _name_in_table = cursor.counted()?;
        let mut own_type = None;
        let mut is_document = false;
        if greeting.has_extended_columns() {
            let mut parts = Cursor::new(cursor.counted()?);
            while !parts.is_empty() {
                match (parts.u8()?, parts.counted()?) {
                    (TYPE_NAME, name) => own_type = Some(text(name)),
                    (FORMAT, format) => is_document |= format == b"json",
                    _ => {}
                }
            }
        }
        let _length_of_the_rest = cursor.length()?;
        let character_set = cursor.u16()?;
        let _longest = cursor.u32()?;
        let r#type = cursor.u8()?;
        let flags = cursor.u16()?;
        Ok(Self {
            name,
            r#type: ColumnType::of(r#type, flags, character_set == BINARY)?,
            is_unsigned: flags & UNSIGNED != 0,
            is_document,
            own_type,
        })
    }
}

impl ColumnType {
    fn of(number: u8, flags: u16, is_bytes: bool) -> Result<Self, Violation> {
        let words = |other| match flags {
            _ if flags & ENUM != 0 => Self::Enum,
            _ if flags & SET != 0 => Self::Set,
            _ => other,
        };
        Ok(match number {
            0 | 246 => Self::Decimal,
            1 => Self::TinyInt,
            2 => Self::SmallInt,
            3 => Self::Int,
            4 => Self::Float,
            5 => Self::Double,
            6 => Self::Null,
            7 | 17 => Self::Timestamp,
            8 => Self::BigInt,
            9 => Self::MediumInt,
            10 | 14 => Self::Date,
            11 | 19 => Self::Time,
            12 | 18 => Self::DateTime,
            13 => Self::Year,
            15 | 253 if is_bytes => Self::VarBinary,
            15 | 253 => words(Self::VarChar),
            16 => Self::Bit,
            242 => Self::Vector,
            245 => Self::Json,
            247 => Self::Enum,
            248 => Self::Set,
            249..=252 if is_bytes => Self::Blob,
            249..=252 => words(Self::Text),
            254 if flags & (ENUM | SET) != 0 => words(Self::Char),
            254 if is_bytes => Self::Binary,
            254 => Self::Char,
            255 => Self::Geometry,
            _ => return Err(Violation::Malformed),
        })
    }

    /// Its name, as in `CREATE TABLE`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::TinyInt => "tinyint",
            Self::SmallInt => "smallint",
            Self::MediumInt => "mediumint",
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Float => "float",
            Self::Double => "double",
            Self::Decimal => "decimal",
            Self::Bit => "bit",
            Self::Year => "year",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Timestamp => "timestamp",
            Self::Char => "char",
            Self::VarChar => "varchar",
            Self::Text => "text",
            Self::Enum => "enum",
            Self::Set => "set",
            Self::Binary => "binary",
            Self::VarBinary => "varbinary",
            Self::Blob => "blob",
            Self::Json => "json",
            Self::Geometry => "geometry",
            Self::Vector => "vector",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cursor::put_counted;
    use crate::greeting::tests::packet as greeting_packet;
    use crate::response::flags;
    use proptest::prelude::{any, prop, proptest};

    fn greeting(is_mariadb: bool) -> Greeting {
        let flags = if is_mariadb {
            flags::NEEDED | flags::EXTENDED_COLUMNS
        } else {
            flags::NEEDED | flags::MYSQL
        };
        Greeting::parse(&greeting_packet("11.8.3-MariaDB", flags, ""))
            .unwrap()
            .unwrap()
    }

    fn definition(extended: Option<&[u8]>, set: u16, number: u8, flags: u16) -> Vec<u8> {
        let mut packet = Vec::new();
        for part in ["def", "shop", "o", "orders", "Total", "total"] {
            put_counted(&mut packet, part.as_bytes());
        }
        if let Some(extended) = extended {
            put_counted(&mut packet, extended);
        }
        packet.push(0x0c);
        packet.extend(set.to_le_bytes());
        packet.extend(20_u32.to_le_bytes());
        packet.push(number);
        packet.extend(flags.to_le_bytes());
        packet.extend([2, 0, 0]);
        packet
    }

    #[test]
    fn types_are_told_apart() {
        for (set, number, flags, expected) in [
            (63, 246, 0, ColumnType::Decimal),
            (45, 254, ENUM, ColumnType::Enum),
            (45, 254, SET, ColumnType::Set),
            (45, 254, 0, ColumnType::Char),
            (63, 254, 0, ColumnType::Binary),
            (63, 252, 0, ColumnType::Blob),
            (45, 252, 0, ColumnType::Text),
            (63, 245, 0, ColumnType::Json),
            (63, 8, UNSIGNED, ColumnType::BigInt),
        ] {
            let packet = definition(None, set, number, flags);
            let column = Column::parse(&packet, &greeting(false)).unwrap();
            assert_eq!((column.name.as_str(), column.r#type), ("Total", expected));
            assert_eq!(column.is_unsigned, flags == UNSIGNED);
        }
        let unknown = Column::parse(&definition(None, 63, 100, 0), &greeting(false));
        assert_eq!(unknown, Err(Violation::Malformed));
    }

    #[test]
    fn mariadb_says_more() {
        let packet = definition(Some(b"\x01\x04json"), 45, 252, 0);
        let column = Column::parse(&packet, &greeting(true)).unwrap();
        assert!(column.is_document);
        let packet = definition(Some(b"\x00\x04uuid"), 45, 254, 0);
        let column = Column::parse(&packet, &greeting(true)).unwrap();
        assert_eq!(column.own_type.as_deref(), Some("uuid"));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..100), is_mariadb: bool) {
            let _ = Column::parse(&bytes, &greeting(is_mariadb));
        }
    }
}
