//! From a line of a filled template back to the line of the template.

use std::collections::HashMap;

use crate::kernel::Diagnostic;

/// The line of the template for each line of the filled one.
#[derive(Debug, Clone, Default)]
pub struct LineMap(Vec<usize>);

impl LineMap {
    /// Lines that are equal in both belong together, in their order; one that was filled or added belongs to the line after
    /// the last of these.
    pub fn new(filled: &str, template: &str) -> Self {
        let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, line) in template.lines().enumerate() {
            numbers.entry(line).or_default().push(number);
        }
        let last = template.lines().count().max(1);
        let mut next = 0;
        let of = |line: &str| {
            let same = numbers.get(line).and_then(|all| all.get(all.partition_point(|n| *n < next)));
            // Blank lines say nothing about where they come from.
            match same.filter(|number| !line.trim().is_empty() || **number == next) {
                Some(number) => {
                    next = number + 1;
                    next
                }
                None => (next + 1).min(last),
            }
        };
        Self(filled.lines().map(of).collect())
    }

    /// The line of the template.
    pub fn line(&self, filled: usize) -> usize {
        self.0.get(filled.saturating_sub(1)).copied().unwrap_or(filled)
    }

    /// Findings in the filled text of this file, at the places of the template.
    pub fn apply(&self, file: &str, found: &mut [Diagnostic]) {
        let places = found.iter_mut().filter_map(|finding| finding.place.as_mut());
        places.filter(|place| *place.file == *file).for_each(|place| place.line = self.line(place.line));
    }
}

#[cfg(test)]
mod tests {
    use super::LineMap;

    #[test]
    fn lines_are_found_again_around_what_was_filled_and_added() {
        let template = "a\n[% if x %]\nb: [[ t ]]\n[% endif %]\nc\n\nc\nd";
        let filled = "a\nb: 1\nadded\n\nc\n\nc\nd";
        let map = LineMap::new(filled, template);
        let lines: Vec<usize> = (1..=8).map(|line| map.line(line)).collect();
        assert_eq!(lines, [1, 2, 2, 2, 5, 6, 7, 8]);
    }
}
