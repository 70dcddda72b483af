//! Walking a `PromQL` syntax tree.

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{Call, Expr, MatrixSelector, VectorSelector};

/// Functions that turn a counter into a speed or a difference.
pub const RATES: [&str; 3] = ["rate", "irate", "increase"];

/// The operands of an expression, in the order they are written.
pub fn children(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Aggregate(aggregate) => {
            aggregate.param.iter().map(AsRef::as_ref).chain([aggregate.expr.as_ref()]).collect()
        }
        Expr::Unary(unary) => vec![&unary.expr],
        Expr::Binary(binary) => vec![&binary.lhs, &binary.rhs],
        Expr::Paren(paren) => vec![&paren.expr],
        Expr::Subquery(subquery) => vec![&subquery.expr],
        Expr::Call(call) => call.args.args.iter().map(AsRef::as_ref).collect(),
        Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::Extension(_) => Vec::new(),
    }
}

/// Every expression within an expression, itself first, in the order they are written.
pub fn all(expr: &Expr) -> Vec<&Expr> {
    let mut found = vec![expr];
    found.extend(children(expr).into_iter().flat_map(all));
    found
}

/// The expression without parentheses around it.
pub fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => bare(&paren.expr),
        other => other,
    }
}

/// The left side of a comparison that keeps what is above a number, or is not it: `… > 0`, `… >= 1`, `… != 0`.
pub fn above_number(expr: &Expr) -> Option<&Expr> {
    let Expr::Binary(binary) = expr else { return None };
    let above = matches!(binary.op.to_string().as_str(), ">" | "!=" | ">=");
    (above && matches!(bare(&binary.rhs), Expr::NumberLiteral(_))).then_some(binary.lhs.as_ref())
}

/// Every selector, with or without a range.
pub fn selectors(expr: &Expr) -> Vec<&VectorSelector> {
    all(expr).into_iter().filter_map(selector).collect()
}

fn selector(expr: &Expr) -> Option<&VectorSelector> {
    match expr {
        Expr::VectorSelector(vector) => Some(vector),
        Expr::MatrixSelector(matrix) => Some(&matrix.vs),
        _ => None,
    }
}

/// The metric a selector names.
pub fn metric(selector: &VectorSelector) -> Option<&str> {
    selector.name.as_deref().or_else(|| {
        let named = |m: &&Matcher| m.name == "__name__" && m.op == MatchOp::Equal;
        matchers(selector).into_iter().find(named).map(|m| m.value.as_str())
    })
}

/// The matchers of a selector.
pub fn matchers(selector: &VectorSelector) -> Vec<&Matcher> {
    selector.matchers.matchers.iter().chain(selector.matchers.or_matchers.iter().flatten()).collect()
}

/// The range selector that one of these functions is called on.
pub fn call_on_range<'a>(expr: &'a Expr, functions: &[&str]) -> Option<(&'a Call, &'a MatrixSelector)> {
    let Expr::Call(call) = expr else { return None };
    if !functions.contains(&call.func.name) {
        return None;
    }
    call.args.args.iter().find_map(|arg| match bare(arg) {
        Expr::MatrixSelector(matrix) => Some((call, matrix)),
        _ => None,
    })
}
