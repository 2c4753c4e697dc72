//! A row of a prepared statement's result: each value in its own form, exactly.

use crate::column::{Column, ColumnType};
use crate::cursor::Cursor;
use crate::{RowStep, Violation};

/// A value. Bytes are those of the packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// None.
    Null,
    /// A whole number.
    Signed(i64),
    /// One that is never negative.
    Unsigned(u64),
    /// Single precision.
    Single(f32),
    /// Double precision.
    Double(f64),
    /// A day, and perhaps a time.
    Civil(Civil),
    /// A length of time.
    Clock(Clock),
    /// Text or bytes, as the column says.
    Bytes(&'a [u8]),
}

/// A day and a time. MySQL has a day and a month 0, and a year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Civil {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
    /// The hour.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
    /// The second.
    pub second: u8,
    /// Millionths of a second.
    pub micros: u32,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// Whether it is below zero.
    pub is_negative: bool,
    /// Days.
    pub days: u32,
    /// Hours of the last day.
    pub hours: u8,
    /// Minutes.
    pub minutes: u8,
    /// Seconds.
    pub seconds: u8,
    /// Millionths of a second.
    pub micros: u32,
}

/// A row, which is read from its first column to its last.
pub struct Row<'a> {
    nulls: &'a [u8],
    values: Cursor<'a>,
    columns: std::iter::Enumerate<std::slice::Iter<'a, Column>>,
}

/// The bits of NULLs start at the third.
const FIRST_NULL_BIT: usize = 2;

impl<'a> Row<'a> {
    /// Starts reading a packet that [`RowStep::of`] says is a row.
    ///
    /// # Errors
    /// [`Violation::Malformed`].
    pub fn parse(packet: &'a [u8], columns: &'a [Column]) -> Result<Self, Violation> {
        let mut values = Cursor::new(packet);
        values.u8()?;
        let nulls = values.take((columns.len() + 7 + FIRST_NULL_BIT) / 8)?;
        Ok(Self {
            nulls,
            values,
            columns: columns.iter().enumerate(),
        })
    }

    fn is_null(&self, index: usize) -> bool {
        let bit = index + FIRST_NULL_BIT;
        self.nulls
            .get(bit / 8)
            .is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    }
}

impl<'a> Iterator for Row<'a> {
    type Item = Result<(&'a Column, Cell<'a>), Violation>;

    fn next(&mut self) -> Option<Self::Item> {
        let (index, column) = self.columns.next()?;
        let cell = if self.is_null(index) {
            Ok(Cell::Null)
        } else {
            value(&mut self.values, column)
        };
        Some(cell.map(|cell| (column, cell)))
    }
}

fn value<'a>(values: &mut Cursor<'a>, column: &Column) -> Result<Cell<'a>, Violation> {
    let unsigned = column.is_unsigned;
    Ok(match column.r#type {
        ColumnType::Null => Cell::Null,
        ColumnType::TinyInt if unsigned => Cell::Unsigned(values.u8()?.into()),
        ColumnType::TinyInt => Cell::Signed(values.u8()?.cast_signed().into()),
        ColumnType::Year => Cell::Unsigned(values.u16()?.into()),
        ColumnType::SmallInt if unsigned => Cell::Unsigned(values.u16()?.into()),
        ColumnType::SmallInt => Cell::Signed(values.u16()?.cast_signed().into()),
        ColumnType::Int | ColumnType::MediumInt if unsigned => Cell::Unsigned(values.u32()?.into()),
        ColumnType::Int | ColumnType::MediumInt => Cell::Signed(values.u32()?.cast_signed().into()),
        ColumnType::BigInt if unsigned => Cell::Unsigned(values.u64()?),
        ColumnType::BigInt => Cell::Signed(values.u64()?.cast_signed()),
        ColumnType::Float => Cell::Single(f32::from_bits(values.u32()?)),
        ColumnType::Double => Cell::Double(f64::from_bits(values.u64()?)),
        ColumnType::Date | ColumnType::DateTime | ColumnType::Timestamp => {
            Cell::Civil(civil(values)?)
        }
        ColumnType::Time => Cell::Clock(clock(values)?),
        _ => Cell::Bytes(values.counted()?),
    })
}

/// What is zero at its end is left out.
fn civil(values: &mut Cursor<'_>) -> Result<Civil, Violation> {
    let length = values.u8()?;
    let mut civil = Civil::default();
    if !matches!(length, 0 | 4 | 7 | 11) {
        return Err(Violation::Malformed);
    }
    if length >= 4 {
        civil.year = values.u16()?;
        civil.month = values.u8()?;
        civil.day = values.u8()?;
    }
    if length >= 7 {
        civil.hour = values.u8()?;
        civil.minute = values.u8()?;
        civil.second = values.u8()?;
    }
    if length == 11 {
        civil.micros = values.u32()?;
    }
    Ok(civil)
}

fn clock(values: &mut Cursor<'_>) -> Result<Clock, Violation> {
    let length = values.u8()?;
    let mut clock = Clock::default();
    if !matches!(length, 0 | 8 | 12) {
        return Err(Violation::Malformed);
    }
    if length >= 8 {
        clock.is_negative = values.u8()? != 0;
        clock.days = values.u32()?;
        clock.hours = values.u8()?;
        clock.minutes = values.u8()?;
        clock.seconds = values.u8()?;
    }
    if length == 12 {
        clock.micros = values.u32()?;
    }
    Ok(clock)
}

impl RowStep {
    /// Whether a row follows.
    #[must_use]
    pub fn is_row(&self) -> bool {
        matches!(self, Self::Row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};

    fn column(r#type: ColumnType, is_unsigned: bool) -> Column {
        Column {
            name: "c".to_owned(),
            r#type,
            is_unsigned,
            is_document: false,
            own_type: None,
        }
    }

    fn cells<'a>(packet: &'a [u8], columns: &'a [Column]) -> Result<Vec<Cell<'a>>, Violation> {
        Row::parse(packet, columns)?
            .map(|cell| cell.map(|(_, cell)| cell))
            .collect()
    }

    #[test]
    fn values_are_exact() {
        let columns = [
            column(ColumnType::BigInt, true),
            column(ColumnType::TinyInt, false),
            column(ColumnType::Decimal, false),
            column(ColumnType::VarChar, false),
            column(ColumnType::DateTime, false),
            column(ColumnType::Time, false),
        ];
        let mut packet = vec![0, 0b0010_0000];
        packet.extend([0xff; 8]);
        packet.push(0x80);
        packet.extend(b"\x041.50");
        packet.extend([7, 0xea, 0x07, 11, 22, 10, 0, 1]);
        packet.extend([12, 1, 34, 0, 0, 0, 22, 59, 59, 64, 66, 15, 0]);
        let read = cells(&packet, &columns).unwrap();
        assert_eq!(
            read,
            [
                Cell::Unsigned(u64::MAX),
                Cell::Signed(-128),
                Cell::Bytes(b"1.50"),
                Cell::Null,
                Cell::Civil(Civil {
                    year: 2026,
                    month: 11,
                    day: 22,
                    hour: 10,
                    second: 1,
                    ..Civil::default()
                }),
                Cell::Clock(Clock {
                    is_negative: true,
                    days: 34,
                    hours: 22,
                    minutes: 59,
                    seconds: 59,
                    micros: 1_000_000
                }),
            ]
        );
    }

    #[test]
    fn a_row_that_is_too_short_is_malformed() {
        let columns = [column(ColumnType::VarChar, false)];
        let read = cells(&[0, 0, 9, b'x'], &columns);
        assert_eq!(read, Err(Violation::Malformed));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let columns: Vec<_> = [
                ColumnType::BigInt, ColumnType::Date, ColumnType::Time, ColumnType::Blob,
                ColumnType::Null, ColumnType::Float, ColumnType::Year, ColumnType::Timestamp,
            ].into_iter().map(|it| column(it, bytes.len() % 2 == 0)).collect();
            let _ = cells(&bytes, &columns);
        }
    }
}
