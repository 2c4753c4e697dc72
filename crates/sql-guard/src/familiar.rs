//! What the parser cannot read, but the guard knows by sight: a refusal that
//! names it helps more than one that says where the parser stopped.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::Dialect;
use crate::refusal::{Code, Position, Refusal};

/// The refusal to give should the parser give up on `tokens`, which hold no
/// white space.
pub(crate) fn refused(tokens: &[TokenWithSpan], dialect: Dialect) -> Option<Refusal> {
    let mut before: Option<&Token> = None;
    for token in tokens {
        if let Some((code, hint)) = known(before, &token.token, dialect) {
            return Some(Refusal::new(
                code,
                &token.token,
                Position::of(token.span),
                hint,
            ));
        }
        before = Some(&token.token);
    }
    None
}

fn known(before: Option<&Token>, token: &Token, dialect: Dialect) -> Option<(Code, &'static str)> {
    let word = match token {
        Token::Word(word) if word.quote_style.is_none() => word,
        Token::ExclamationMark if dialect == Dialect::Mysql => {
            return Some((Code::Operator, "Write NOT (…)."));
        }
        _ => return None,
    };
    let written = before.is_some_and(|before| {
        matches!(before, Token::Word(word) if matches!(
            word.keyword,
            Keyword::INSERT | Keyword::MERGE | Keyword::REPLACE | Keyword::IGNORE
        ))
    });
    match word.keyword {
        Keyword::INTO if !written => Some((
            Code::SelectInto,
            "Leave out INTO; the rows come back as the answer.",
        )),
        Keyword::LOCK => Some((
            Code::Locking,
            "Leave out the locking clause; a read needs no row locks.",
        )),
        Keyword::FILTER if dialect == Dialect::Mysql => Some((
            Code::Unsupported,
            "Put the condition into the argument: SUM(CASE WHEN … THEN … END).",
        )),
        Keyword::PROCEDURE if dialect == Dialect::Mysql => {
            Some((Code::Unsupported, "Leave out PROCEDURE."))
        }
        _ => None,
    }
}
