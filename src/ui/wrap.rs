//! Words on lines. Nothing is ever cut off: a word longer than a line stands alone and whole.

use super::style::ESCAPE;

/// Least room for words on a line, in characters, however narrow the terminal is.
const LEAST: usize = 20;

/// Stands for a space at which no line may break.
pub const JOINT: char = '\u{1f}';

/// Breaks each line of a text between words so that it ends before `width`, and hangs what follows two spaces behind the
/// begin of the line. Without a width, as in a pipe, the text stays as it is.
pub fn fold(text: &str, width: Option<usize>) -> String {
    let folded = text.split('\n').map(|line| {
        let words = line.trim_start_matches(' ');
        let begin = line.len() - words.len();
        format!("{}{}", &line[..begin], hang(words, begin, begin + 2, width))
    });
    folded.collect::<Vec<_>>().join("\n")
}

/// Words behind what already stands on their first line up to column `first`; further lines begin with `indent` spaces.
pub fn hang(text: &str, first: usize, indent: usize, width: Option<usize>) -> String {
    let Some(width) = width else { return text.replace(JOINT, " ") };
    let mut out = String::new();
    let mut column = first;
    let mut limit = width.max(first + LEAST);
    let mut fresh = true;
    for word in text.split(' ') {
        let length = visible(word);
        if !fresh && column + 1 + length > limit {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
            limit = width.max(indent + LEAST);
        } else if !fresh {
            out.push(' ');
            column += 1;
        }
        fresh = column == indent && length == 0;
        out.push_str(word);
        column += length;
    }
    out.replace(JOINT, " ")
}

/// The number of characters that a terminal shows: all but the sequences that switch colours.
pub fn visible(text: &str) -> usize {
    let mut count = 0;
    let mut hidden = false;
    for letter in text.chars() {
        match letter {
            ESCAPE => hidden = true,
            'm' if hidden => hidden = false,
            _ if hidden => {}
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{ESCAPE, fold, visible};

    #[test]
    fn lines_break_between_words_and_hang_by_two() {
        let text = "hint: one two three four five six\n  second: seven eight nine ten";
        let folded = "hint: one two three four\n  five six\n  second: seven eight nine\n    ten";
        assert_eq!(fold(text, Some(26)), folded);
    }

    #[test]
    fn in_a_pipe_lines_stay_as_they_are() {
        let text = format!("hint: {}", "word ".repeat(50));
        assert_eq!(fold(&text, None), text);
    }

    #[test]
    fn a_word_longer_than_a_line_stands_alone_and_whole() {
        let word = "x".repeat(40);
        assert_eq!(fold(&format!("see {word} now"), Some(30)), format!("see\n  {word}\n  now"));
    }

    #[test]
    fn colours_take_no_room() {
        let painted = format!("{ESCAPE}[36mhint{ESCAPE}[0m: one two three four");
        assert_eq!(visible(&painted), 24);
        assert_eq!(fold(&painted, Some(24)), painted);
    }
}
