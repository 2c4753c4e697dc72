//! Rows in the text format of PostgreSQL's COPY.

use std::fmt::Display;

/// The rows of one table, in the order of its columns.
pub(crate) struct Table {
    /// The table's name.
    pub(crate) name: &'static str,
    /// The rows as COPY takes them.
    pub(crate) text: String,
    /// How many there are.
    pub(crate) rows: u32,
}

/// What stands for NULL.
pub(crate) const NULL: &str = "\u{0}";

impl Table {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            text: String::new(),
            rows: 0,
        }
    }

    /// Adds a row, one cell a column.
    pub(crate) fn push(&mut self, cells: &[&dyn Display]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.text.push('\t');
            }
            let cell = cell.to_string();
            if cell == NULL {
                self.text.push_str("\\N");
            } else {
                push_escaped(&mut self.text, &cell);
            }
        }
        self.text.push('\n');
        self.rows += 1;
    }
}

fn push_escaped(text: &mut String, cell: &str) {
    for character in cell.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_out() {
        let mut table = Table::new("t");
        table.push(&[&"a\tb\n\\.", &NULL, &7]);
        assert_eq!(table.text, "a\\tb\\n\\\\.\t\\N\t7\n");
    }
}
