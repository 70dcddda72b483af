//! Text without its secrets, with as many characters as before, so that columns stay right.

use std::borrow::Cow;
use std::ops::Range;

use super::inline;

/// The text with `*` for every character of a credential in it.
pub fn masked(text: &str) -> Cow<'_, str> {
    hide(text, &inline(text))
}

/// The text with `*` for every character in these byte ranges, which are in order and do not overlap.
pub(super) fn hide<'a>(text: &'a str, ranges: &[Range<usize>]) -> Cow<'a, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let hidden = |at: usize| {
        let next = ranges.partition_point(|range| range.end <= at);
        ranges.get(next).is_some_and(|range| range.start <= at)
    };
    Cow::Owned(text.char_indices().map(|(at, c)| if hidden(at) { '*' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_text_keeps_its_length_and_what_is_no_secret() {
        assert_eq!(
            masked("found `redis://u:pä@redis:6379`, write `x?token=ab&y=1`"),
            "found `redis://u:**@redis:6379`, write `x?token=**&y=1`"
        );
        assert_eq!(masked("nothing"), "nothing");
    }
}
