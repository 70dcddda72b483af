//! Whether an alert's expression can be empty. One that cannot fires for ever.

use super::promql::Expr;
use super::walk;

/// True when the expression has no result in some state of the world.
pub fn can_be_silent(expr: &Expr) -> bool {
    match walk::bare(expr) {
        Expr::Unary(unary) => can_be_silent(&unary.expr),
        Expr::Binary(binary) => {
            let (left, right) = (can_be_silent(&binary.lhs), can_be_silent(&binary.rhs));
            match binary.op.to_string().as_str() {
                "unless" => true,
                "or" => left && right,
                // With `bool` a comparison gives 0 or 1 and drops nothing.
                _ if binary.op.is_comparison_operator() && !binary.return_bool() => true,
                _ => left || right,
            }
        }
        Expr::Aggregate(aggregate) => can_be_silent(&aggregate.expr),
        Expr::Subquery(subquery) => can_be_silent(&subquery.expr),
        Expr::Call(call) if call.func.name.starts_with("absent") => true,
        // A constant is meant to fire for ever: the dead man's switch.
        Expr::Call(call) if call.func.name == "vector" => {
            is_constant(call.args.args.first().map(AsRef::as_ref))
        }
        Expr::Call(call) => call.args.args.iter().any(|arg| can_be_silent(arg)),
        // The series of alerts are there while they fire.
        Expr::VectorSelector(selector) => {
            walk::metric(selector).is_some_and(|name| name.starts_with("ALERTS"))
        }
        _ => false,
    }
}

fn is_constant(expr: Option<&Expr>) -> bool {
    expr.is_some_and(|expr| matches!(walk::bare(expr), Expr::NumberLiteral(_)))
}
