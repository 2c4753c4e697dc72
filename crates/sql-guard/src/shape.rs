//! What can be said from the tokens alone, before anything recurses: which
//! kind of statement, how many, and how deep.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace};

use crate::Dialect;
use crate::refusal::{Code, Position, Refusal};

/// The deepest tree the guard walks. The parser bounds its own recursion, but
/// it builds `a + a + a …` and `x::t::t …` in a loop, so a flat text can make a
/// tree as deep as it is long; walking, rendering and dropping that would
/// overflow the stack. One level costs below half a KiB.
const MAX_DEPTH: usize = 192;

/// The deepest nesting of brackets. The parser tries alternatives at an
/// opening parenthesis and takes up to 24 KiB of stack for one.
const MAX_BRACKETS: usize = 20;

/// The deepest nesting of queries, which cost the parser up to 48 KiB each.
const MAX_QUERIES: usize = 8;

/// How many joins may wait for their condition (`a JOIN b JOIN c ON … ON …`).
/// The parser recurses for each without counting.
const MAX_OPEN_JOINS: usize = 6;

/// Checks the outer shape of one statement.
pub(crate) fn check(tokens: &[TokenWithSpan], dialect: Dialect) -> Result<(), Refusal> {
    match dialect {
        Dialect::Postgres => operators_stand_apart(tokens)?,
        Dialect::Mysql => no_executable_comment(tokens)?,
    }
    one_statement(tokens)?;
    first_keyword(tokens)?;
    depth(tokens)
}

/// The refusal of a query that nests too deep.
pub(crate) fn too_deep() -> Refusal {
    Refusal::new(
        Code::TooDeep,
        "the query nests too deep",
        None,
        "Use fewer nested parentheses and shorter chains of operators; IN (…) replaces long OR chains.",
    )
}

/// PostgreSQL reads as many signs as it can for one operator, the parser only
/// those it knows: `@@@` is one to the one and two to the other.
fn operators_stand_apart(tokens: &[TokenWithSpan]) -> Result<(), Refusal> {
    let mut before = None;
    for second in tokens {
        let first = before.replace(second);
        let Some(first) =
            first.filter(|first| may_be_signs(&first.token) && may_be_signs(&second.token))
        else {
            continue;
        };
        let (Some(one), Some(other)) = (signs(&first.token), signs(&second.token)) else {
            continue;
        };
        // PostgreSQL parts `=-1` itself, unlike `||-1`.
        let parted = other.chars().all(|c| matches!(c, '+' | '-'))
            && one.chars().all(|c| "+-*/<>=".contains(c));
        if !parted {
            return Err(Refusal::new(
                Code::Operator,
                format_args!("{one}{other}"),
                Position::of(first.span),
                "Put a blank between operators.",
            ));
        }
    }
    Ok(())
}

/// False for what is surely no operator, which most tokens are.
fn may_be_signs(token: &Token) -> bool {
    !matches!(
        token,
        Token::Word(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Whitespace(_)
            | Token::Comma
            | Token::Period
            | Token::LParen
            | Token::RParen
            | Token::EOF
    )
}

/// The signs of an operator.
fn signs(token: &Token) -> Option<String> {
    let text = token.to_string();
    let operator = !text.is_empty() && text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
    operator.then_some(text)
}

/// MySQL runs what stands in `/*! … */`, MariaDB also `/*M! … */`. None of it
/// would reach the database, since the rendering has no comments; but then the
/// query would not mean what its author meant.
fn no_executable_comment(tokens: &[TokenWithSpan]) -> Result<(), Refusal> {
    for token in tokens {
        if let Token::Whitespace(Whitespace::MultiLineComment(comment)) = &token.token
            && (comment.starts_with('!') || comment.starts_with("M!"))
        {
            return Err(Refusal::new(
                Code::Unsupported,
                "an executable comment",
                Position::of(token.span),
                "Write what stands in /*! … */ as part of the query, or leave it out.",
            ));
        }
    }
    Ok(())
}

fn one_statement(tokens: &[TokenWithSpan]) -> Result<(), Refusal> {
    let mut ended = false;
    for token in significant(tokens) {
        match token.token {
            Token::SemiColon => ended = true,
            _ if ended => {
                return Err(Refusal::new(
                    Code::SeveralStatements,
                    &token.token,
                    Position::of(token.span),
                    "Send one statement per call.",
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn first_keyword(tokens: &[TokenWithSpan]) -> Result<(), Refusal> {
    let first = significant(tokens).find(|token| token.token != Token::LParen);
    let Some(first) = first else {
        return Err(Refusal::new(
            Code::Empty,
            "no statement",
            None,
            "Send one query.",
        ));
    };
    match &first.token {
        Token::Word(word)
            if matches!(
                word.keyword,
                Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::TABLE
            ) =>
        {
            Ok(())
        }
        Token::SemiColon => Err(Refusal::new(
            Code::Empty,
            "no statement",
            None,
            "Send one query.",
        )),
        other => Err(Refusal::new(
            Code::NotAQuery,
            other,
            Position::of(first.span),
            "Only queries are allowed: SELECT, VALUES, TABLE or WITH … SELECT.",
        )),
    }
}

/// An upper bound of the tree's depth, from the tokens.
///
/// Within one pair of brackets, commas separate trees that stand side by side;
/// between two commas every operator may add a level on top of the deepest
/// bracket inside.
fn depth(tokens: &[TokenWithSpan]) -> Result<(), Refusal> {
    let tokens: Vec<&Token> = significant(tokens).map(|token| &token.token).collect();
    let mut open: Vec<Level> = Vec::new();
    let mut level = Level::default();
    let mut queries = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                level.chain += 1;
                let holds_a_query = begins_a_query(&tokens, index);
                queries += usize::from(holds_a_query);
                open.push(core::mem::replace(
                    &mut level,
                    Level {
                        holds_a_query,
                        ..Level::default()
                    },
                ));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                let inner = level.depth();
                queries -= usize::from(level.holds_a_query);
                // An unmatched bracket is the parser's to report.
                level = open.pop().unwrap_or_default();
                level.deepest_child = level.deepest_child.max(inner);
            }
            Token::Comma => level.next_sibling(),
            other => level.count(other),
        }
        let too_many = open.len() > MAX_BRACKETS || queries > MAX_QUERIES;
        if too_many || level.depth() > MAX_DEPTH || level.open_joins > MAX_OPEN_JOINS {
            return Err(too_deep());
        }
    }
    let total = open.iter().map(Level::depth).sum::<usize>() + level.depth();
    if total > MAX_DEPTH {
        Err(too_deep())
    } else {
        Ok(())
    }
}

/// Whether the bracket at `index` holds a query, directly or in more brackets.
/// Brackets are few (see [`MAX_BRACKETS`]), so looking ahead stays short.
fn begins_a_query(tokens: &[&Token], index: usize) -> bool {
    let inside = tokens
        .iter()
        .skip(index)
        .take(MAX_BRACKETS + 2)
        .find(|token| ***token != Token::LParen);
    matches!(inside, Some(Token::Word(word)) if matches!(
        word.keyword,
        Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::TABLE
    ))
}

/// One pair of brackets while it is being read.
#[derive(Default)]
struct Level {
    /// Operators since the last comma.
    chain: usize,
    /// Set operations, which a comma does not end.
    set_operations: usize,
    /// The deepest bracket since the last comma.
    deepest_child: usize,
    /// The deepest sibling before the last comma.
    deepest_sibling: usize,
    /// Whether a query stands in the bracket.
    holds_a_query: bool,
    /// Joins that wait for their condition.
    open_joins: usize,
    /// Whether the next join takes no condition.
    unconditional: bool,
}

impl Level {
    fn depth(&self) -> usize {
        1 + self.set_operations + self.deepest_sibling.max(self.chain + self.deepest_child)
    }

    fn next_sibling(&mut self) {
        self.deepest_sibling = self.deepest_sibling.max(self.chain + self.deepest_child);
        self.chain = 0;
        self.deepest_child = 0;
        self.open_joins = 0;
    }

    fn count(&mut self, token: &Token) {
        match token {
            Token::Word(word) => match word.keyword {
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => {
                    self.set_operations += 1;
                }
                Keyword::CROSS | Keyword::NATURAL => self.unconditional = true,
                Keyword::JOIN => {
                    self.chain += 1;
                    self.open_joins += usize::from(!core::mem::take(&mut self.unconditional));
                }
                Keyword::ON | Keyword::USING => {
                    self.open_joins = self.open_joins.saturating_sub(1);
                }
                keyword if deepens(keyword) => self.chain += 1,
                _ => {}
            },
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::Placeholder(_)
            | Token::Period
            | Token::SemiColon => {}
            _ => self.chain += 1,
        }
    }
}

/// Keywords that make the tree one level deeper without a bracket.
fn deepens(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::ALL
            | Keyword::AND
            | Keyword::ANY
            | Keyword::AT
            | Keyword::BETWEEN
            | Keyword::BINARY
            | Keyword::CASE
            | Keyword::COLLATE
            | Keyword::DIV
            | Keyword::ILIKE
            | Keyword::IN
            | Keyword::INTERVAL
            | Keyword::IS
            | Keyword::LIKE
            | Keyword::MEMBER
            | Keyword::NOT
            | Keyword::NOTNULL
            | Keyword::OPERATOR
            | Keyword::OR
            | Keyword::OVERLAPS
            | Keyword::PRIOR
            | Keyword::REGEXP
            | Keyword::RLIKE
            | Keyword::SIMILAR
            | Keyword::SOME
            | Keyword::XOR
    )
}

fn significant(tokens: &[TokenWithSpan]) -> impl Iterator<Item = &TokenWithSpan> {
    tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
}
