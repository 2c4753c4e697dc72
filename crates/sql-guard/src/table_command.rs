//! `TABLE t` as `SELECT * FROM t`.
//!
//! The parser keeps the name of a `TABLE` command as bare text, without its
//! quotes and outside the reach of its visitor. PostgreSQL defines the one as
//! short for the other, so the tokens are exchanged before parsing.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The tokens with every `TABLE` command written out.
pub(crate) fn expanded(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut written = Vec::with_capacity(tokens.len());
    let mut begins_a_query = true;
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        if matches!(token.token, Token::Whitespace(_)) {
            // Nothing the parser needs: it skips all white space and comments.
            continue;
        }
        while rest
            .next_if(|next| matches!(next.token, Token::Whitespace(_)))
            .is_some()
        {}
        let names_a_table = matches!(rest.peek().map(|next| &next.token), Some(Token::Word(_)));
        let stands_alone = core::mem::replace(&mut begins_a_query, precedes_a_query(&token.token));
        if is_keyword(&token.token, Keyword::TABLE) && names_a_table && stands_alone {
            for keyword in [
                Token::make_keyword("SELECT"),
                Token::Mul,
                Token::make_keyword("FROM"),
            ] {
                written.push(TokenWithSpan::new(keyword, token.span));
            }
        } else {
            written.push(token);
        }
    }
    written
}

fn precedes_a_query(token: &Token) -> bool {
    matches!(token, Token::LParen | Token::RParen)
        || [
            Keyword::UNION,
            Keyword::EXCEPT,
            Keyword::INTERSECT,
            Keyword::ALL,
            Keyword::DISTINCT,
        ]
        .into_iter()
        .any(|keyword| is_keyword(token, keyword))
}

fn is_keyword(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.keyword == keyword)
}
