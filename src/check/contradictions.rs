//! Conditions joined by `and` that are never true together.

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{Expr, VectorSelector};

use super::expressions::Finding;
use super::walk;

/// Two comparisons of one expression without a common value, and two selectors that differ in a label.
pub fn of(expr: &Expr) -> Vec<Finding> {
    let of = |expr: &Expr| {
        let Expr::Binary(binary) = expr else { return None };
        let matching = binary.modifier.as_ref().is_some_and(|modifier| modifier.matching.is_some());
        if binary.op.to_string() != "and" || matching {
            return None;
        }
        let message = contradiction(&binary.lhs, &binary.rhs)?;
        Some(Finding::warning("SC454", "and", message, "write `or`, or correct one of the two sides"))
    };
    walk::all(expr).into_iter().filter_map(of).collect()
}

fn contradiction(left: &Expr, right: &Expr) -> Option<String> {
    let (left, right) = (comparison(left)?, comparison(right)?);
    if left.of.to_string() == right.of.to_string() {
        let (a, b) = (left.range()?, right.range()?);
        let apart = |a: Range, b: Range| a.to < b.from || (a.to <= b.from && (a.open_to || b.open_from));
        let never = apart(a, b) || apart(b, a);
        return never.then(|| {
            format!("no value is `{} {}` and `{} {}`", left.op, left.number, right.op, right.number)
        });
    }
    let (Expr::VectorSelector(a), Expr::VectorSelector(b)) = (left.of, right.of) else { return None };
    let (a, b) = (fixed(a), fixed(b));
    let differs = |one: &&&Matcher| b.iter().any(|other| one.name == other.name && one.value != other.value);
    let label = &a.iter().find(differs)?.name;
    Some(format!("the two sides of `and` have different values of `{label}`, and no series matches another"))
}

/// The matchers of a selector that want one value.
fn fixed(selector: &VectorSelector) -> Vec<&Matcher> {
    let mut all = walk::matchers(selector);
    all.retain(|matcher| matcher.op == MatchOp::Equal && matcher.name != "__name__");
    all
}

/// An expression that is compared with a number.
struct Comparison<'a> {
    of: &'a Expr,
    op: String,
    number: f64,
}

fn comparison(expr: &Expr) -> Option<Comparison<'_>> {
    let Expr::Binary(binary) = walk::bare(expr) else { return None };
    let Expr::NumberLiteral(number) = walk::bare(&binary.rhs) else { return None };
    let op = binary.op.to_string();
    binary.op.is_comparison_operator().then(|| Comparison {
        of: walk::bare(&binary.lhs),
        op,
        number: number.val,
    })
}

/// The values for which a comparison is true, each end with or without itself.
#[derive(Clone, Copy)]
struct Range {
    from: f64,
    open_from: bool,
    to: f64,
    open_to: bool,
}

impl Comparison<'_> {
    fn range(&self) -> Option<Range> {
        let number = self.number;
        let all = Range { from: f64::NEG_INFINITY, open_from: false, to: f64::INFINITY, open_to: false };
        match self.op.as_str() {
            "==" => Some(Range { from: number, to: number, ..all }),
            ">" => Some(Range { from: number, open_from: true, ..all }),
            ">=" => Some(Range { from: number, ..all }),
            "<" => Some(Range { to: number, open_to: true, ..all }),
            "<=" => Some(Range { to: number, ..all }),
            _ => None,
        }
    }
}
