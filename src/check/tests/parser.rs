use crate::check::promql;

/// What promtool 3.5 takes, each with a trap for a parser.
#[test]
fn what_prometheus_takes_is_taken() {
    for text in [
        "x > 5m",
        "x > 1_000_000.5",
        "{\"a.b\", job=\"x\"}",
        "sum by (\"a.b\") (x{\"c.d\"='e'})",
        "x offset -5m @ start()",
        "rate(x[300])",
        "max_over_time((a > 1)[5m:])",
        "x[1d:1h] @ end()",
        "a{b=~\"(?i)x{y}\"}",
        "x # comment\n > 1",
        "0x1F + 1e3 + Inf + nan + .5",
        "count_values(\"v\", x)",
        "sum(x) without (a,)",
        "x{a=\"b\",}",
        "min{on=\"b\"} * ON (a) group_left () y",
        "hour(timestamp(x)) unless on () z",
        "x == bool 1",
        "absent(up{job=`a`})",
    ] {
        assert_eq!(promql::parse(text).map(|_| ()), Ok(()), "{text}");
    }
}

#[test]
fn the_wrong_token_is_found_wherever_it_is() {
    for (text, at) in [
        ("x = 1", 2),
        ("sum by a (x)", 7),
        ("x > > 1", 4),
        ("rate(x[5m] smoothed)", 11),
        ("x offset y", 9),
        ("x{a=\"b\"} {", 9),
        ("x y", 2),
        ("(x", 99),
        ("x + ", 99),
        ("sum(x) by", 99),
        ("x )", 2),
        ("ü", 0),
        ("x > ü", 4),
        ("x{a=\"ü\"} y", 9),
        ("on{a=\"b\"}", 0),
        ("x{a=\"b}", 4),
    ] {
        let wrong = promql::parse(text).unwrap_err();
        assert_eq!(wrong.at.map_or(99, |(at, _)| at), at, "{text}: {wrong:?}");
    }
}
