//! The parser's grammar of each dialect.

use core::any::TypeId;

use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

use crate::Dialect as Connection;

/// The grammar for a connection's dialect.
pub(crate) fn of(dialect: Connection) -> &'static dyn Dialect {
    match dialect {
        Connection::Postgres => &PostgreSqlDialect {},
        Connection::Mysql => &Mysql(MySqlDialect {}),
    }
}

/// The parser's MySQL, but for two things. It would read what stands in `/*! */`
/// as if no comment were there, and the guard would never learn of it; and it
/// takes `BINARY a = b` for a cast of the comparison, which is one of `a`.
#[derive(Debug)]
struct Mysql(MySqlDialect);

impl Dialect for Mysql {
    fn dialect(&self) -> TypeId {
        self.0.dialect()
    }

    fn supports_multiline_comment_hints(&self) -> bool {
        false
    }

    fn is_identifier_start(&self, c: char) -> bool {
        self.0.is_identifier_start(c)
    }

    fn is_identifier_part(&self, c: char) -> bool {
        self.0.is_identifier_part(c)
    }

    fn is_delimited_identifier_start(&self, c: char) -> bool {
        self.0.is_delimited_identifier_start(c)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        self.0.identifier_quote_style(identifier)
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        self.0.parse_infix(parser, left, precedence)
    }

    fn is_table_factor_alias(&self, explicit: bool, word: &Keyword, parser: &mut Parser) -> bool {
        self.0.is_table_factor_alias(explicit, word, parser)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        self.0.supports_string_literal_backslash_escape()
    }

    fn supports_string_literal_concatenation(&self) -> bool {
        self.0.supports_string_literal_concatenation()
    }

    fn ignores_wildcard_escapes(&self) -> bool {
        self.0.ignores_wildcard_escapes()
    }

    fn supports_numeric_prefix(&self) -> bool {
        self.0.supports_numeric_prefix()
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        self.0.supports_bitwise_shift_operators()
    }

    fn require_interval_qualifier(&self) -> bool {
        self.0.require_interval_qualifier()
    }

    fn supports_limit_comma(&self) -> bool {
        self.0.supports_limit_comma()
    }

    fn supports_table_hints(&self) -> bool {
        self.0.supports_table_hints()
    }

    fn requires_single_line_comment_whitespace(&self) -> bool {
        self.0.requires_single_line_comment_whitespace()
    }

    fn supports_match_against(&self) -> bool {
        self.0.supports_match_against()
    }

    fn supports_select_modifiers(&self) -> bool {
        self.0.supports_select_modifiers()
    }

    fn supports_data_type_signed_suffix(&self) -> bool {
        self.0.supports_data_type_signed_suffix()
    }

    fn supports_cross_join_constraint(&self) -> bool {
        self.0.supports_cross_join_constraint()
    }

    fn supports_double_ampersand_operator(&self) -> bool {
        self.0.supports_double_ampersand_operator()
    }

    fn supports_comment_optimizer_hint(&self) -> bool {
        self.0.supports_comment_optimizer_hint()
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        self.0.supports_group_by_with_modifier()
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        self.0.supports_left_associative_joins_without_parens()
    }
}
