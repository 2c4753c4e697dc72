//! What a condition asks of the principal: `:principal.customer_number` and
//! its like. They are values of the tree from the start, never text.

use core::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, CastKind, DataType, Expr, Value, Visitor, VisitorMut};
use sqlparser::tokenizer::Token;

use crate::{Dialect, walked};

/// Something known of a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Id,
    CustomerNumber,
    Role,
}

impl Parameter {
    const ALL: [Self; 3] = [Self::Id, Self::CustomerNumber, Self::Role];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::CustomerNumber => "customer_number",
            Self::Role => "role",
        }
    }

    fn placeholder(self) -> String {
        format!(":principal.{}", self.as_str())
    }

    fn of(expression: &Expr) -> Option<Self> {
        match expression {
            Expr::Value(value) => match &value.value {
                Value::Placeholder(name) => Self::ALL
                    .into_iter()
                    .find(|parameter| parameter.placeholder() == *name),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The tokens without white space, a parameter as one of them.
pub(super) fn joined(tokens: Vec<Token>) -> Result<Vec<Token>, String> {
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let mut joined = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    loop {
        match rest {
            [] => return Ok(joined),
            [
                Token::Colon,
                Token::Word(principal),
                Token::Period,
                Token::Word(field),
                after @ ..,
            ] if principal.value == "principal" => {
                let parameter = Parameter::ALL
                    .into_iter()
                    .find(|parameter| parameter.as_str() == field.value)
                    .ok_or_else(|| UNKNOWN.to_owned())?;
                joined.push(Token::Placeholder(parameter.placeholder()));
                rest = after;
            }
            [Token::Colon | Token::Placeholder(_), ..] => return Err(UNKNOWN.to_owned()),
            [token, after @ ..] => {
                joined.push(token.clone());
                rest = after;
            }
        }
    }
}

const UNKNOWN: &str = "has a parameter that is not `:principal.id`, `:principal.customer_number` or `:principal.role`";

/// The parameters of a condition, all of them where they may stand: compared
/// for equality, so that a value can select rows and do nothing else.
pub(super) fn used(condition: &Expr) -> Result<Vec<Parameter>, String> {
    let mut used = Used::default();
    let _: ControlFlow<()> = walked::read(condition, &mut used);
    if used.compared != used.all.len() {
        return Err("a parameter stands elsewhere than beside `=` or in an IN list".to_owned());
    }
    Ok(used.all)
}

#[derive(Default)]
struct Used {
    all: Vec<Parameter>,
    compared: usize,
}

impl Visitor for Used {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.all.extend(Parameter::of(expression));
        self.compared += match expression {
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => [left, right]
                .into_iter()
                .filter(|side| Parameter::of(side).is_some())
                .count()
                .min(1),
            Expr::InList {
                list,
                negated: false,
                ..
            } => list
                .iter()
                .filter(|item| Parameter::of(item).is_some())
                .count(),
            _ => 0,
        };
        ControlFlow::Continue(())
    }
}

/// The condition with every parameter's value in its place; `None` when one
/// has none.
pub(crate) fn substituted(
    condition: &Expr,
    dialect: Dialect,
    value: impl Fn(Parameter) -> Option<String>,
) -> Option<Expr> {
    let mut condition = condition.clone();
    let mut substitute = Substitute { dialect, value };
    match walked::change(&mut condition, &mut substitute) {
        ControlFlow::Continue(()) => Some(condition),
        ControlFlow::Break(()) => None,
    }
}

struct Substitute<F> {
    dialect: Dialect,
    value: F,
}

impl<F: Fn(Parameter) -> Option<String>> VisitorMut for Substitute<F> {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match self.replacement(expression) {
            Some(Some(replacement)) => *expression = replacement,
            Some(None) => return ControlFlow::Break(()),
            None => {}
        }
        ControlFlow::Continue(())
    }
}

impl<F: Fn(Parameter) -> Option<String>> Substitute<F> {
    /// `None`: nothing to replace. `Some(None)`: no value.
    fn replacement(&self, expression: &Expr) -> Option<Option<Expr>> {
        match expression {
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => {
                let (operand, parameter) = match (Parameter::of(left), Parameter::of(right)) {
                    (_, Some(parameter)) => (left, parameter),
                    (Some(parameter), None) => (right, parameter),
                    (None, None) => return None,
                };
                Some(self.equal(operand, parameter))
            }
            Expr::InList { expr, list, .. }
                if list.iter().any(|item| Parameter::of(item).is_some()) =>
            {
                let alternatives: Option<Vec<Expr>> = list
                    .iter()
                    .map(|item| match Parameter::of(item) {
                        Some(parameter) => self.equal(expr, parameter),
                        None => Some(Expr::Nested(Box::new(equals(operand(expr), operand(item))))),
                    })
                    .collect();
                Some(alternatives.and_then(any))
            }
            _ => None,
        }
    }

    fn equal(&self, compared: &Expr, parameter: Parameter) -> Option<Expr> {
        let value = literal((self.value)(parameter)?);
        Some(match self.dialect {
            Dialect::Postgres => equals(operand(compared), value),
            Dialect::Mysql => exactly(&operand(compared), &value),
        })
    }
}

/// MySQL's `=` takes 'a ' for 'A' and '7up' for 7. The comparison keeps its
/// plain form, which an index serves, and the bytes decide.
fn exactly(compared: &Expr, value: &Expr) -> Expr {
    let text = cast(compared.clone(), DataType::Char(None));
    let bytes = equals(
        cast(text, DataType::Binary(None)),
        cast(value.clone(), DataType::Binary(None)),
    );
    Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(equals(compared.clone(), value.clone())),
        op: BinaryOperator::And,
        right: Box::new(bytes),
    }))
}

fn cast(expression: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expression),
        data_type,
        format: None,
    }
}

fn equals(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::Eq,
        right: Box::new(right),
    }
}

/// An expression such that nothing beside it can bind tighter.
fn operand(expression: &Expr) -> Expr {
    match expression {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Value(_)
        | Expr::Nested(_)
        | Expr::Function(_) => expression.clone(),
        other => Expr::Nested(Box::new(other.clone())),
    }
}

fn any(alternatives: Vec<Expr>) -> Option<Expr> {
    let any = alternatives
        .into_iter()
        .reduce(|left, right| Expr::BinaryOp {
            left: Box::new(left),
            op: BinaryOperator::Or,
            right: Box::new(right),
        })?;
    Some(Expr::Nested(Box::new(any)))
}

fn literal(text: String) -> Expr {
    Expr::Value(Value::SingleQuotedString(text).into())
}
