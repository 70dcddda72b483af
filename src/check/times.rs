//! Times of the week: minutes of the day and days, as Alertmanager writes them.

use super::tree;
use crate::kernel::{Diagnostic, Place, text};
use crate::model::node::Node;

const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Checks the intervals of one named entry.
pub fn check(entry: &Node, found: &mut Vec<Diagnostic>) {
    for interval in tree::items_of(entry, "time_intervals") {
        for times in tree::items_of(interval, "times") {
            time_range(times, found);
        }
        for days in tree::one_or_many(interval, "weekdays") {
            weekdays(days, found);
        }
    }
}

fn wrong(message: String, place: &Place, hint: &str) -> Diagnostic {
    Diagnostic::error("SC467", message).at(place.clone()).hint(hint)
}

fn time_range(times: &Node, found: &mut Vec<Diagnostic>) {
    let mut minutes = |key| {
        let Some(node) = tree::get(times, key) else {
            let message = format!("`{key}` is missing");
            found.push(wrong(message, &times.place, "a range of times has `start_time` and `end_time`"));
            return None;
        };
        let written = tree::text(node).unwrap_or_default();
        let minute = minute(written);
        if minute.is_none() {
            let message = format!("`{}` is not a time of the day", text::printable(written));
            found.push(wrong(
                message,
                &node.place,
                "write HH:MM between quotes, from \"00:00\" to \"24:00\"",
            ));
        }
        minute
    };
    let (start, end) = (minutes("start_time"), minutes("end_time"));
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        let hint = "a range lies within one day: write two, one to \"24:00\" and one from \"00:00\"";
        found.push(wrong("the range ends before it begins".to_owned(), &times.place, hint));
    }
}

/// Minutes since midnight.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| {
        (part.len() == 2 && part.chars().all(|c| c.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

fn weekdays(days: &Node, found: &mut Vec<Diagnostic>) {
    let written = tree::text(days).unwrap_or_default().to_lowercase();
    let (first, last) = written.split_once(':').unwrap_or((&written, &written));
    let mut numbers = Vec::new();
    for day in [first, last] {
        let Some(number) = DAYS.iter().position(|name| *name == day) else {
            let hint = match text::nearest(day, DAYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write a day, or a range such as `monday:friday`".to_owned(),
            };
            let message = format!("`{}` is not a day of the week", text::printable(day));
            found.push(wrong(message, &days.place, &hint));
            return;
        };
        numbers.push(number);
    }
    if let [first, last] = numbers.as_slice()
        && first > last
    {
        let message = format!("`{written}` runs backwards: the week begins on sunday");
        found.push(wrong(message, &days.place, "write two entries, such as `saturday` and `sunday`"));
    }
}
