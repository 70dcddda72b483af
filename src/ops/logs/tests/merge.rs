//! The order of lines, and how many of them are held.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};

use super::super::daemon::Lines;
use super::super::merge::{Live, Merge};
use super::script::{LIMIT, line, refused};

fn lane(times: &[&str]) -> Lines<'static> {
    let lines: Vec<_> = times.iter().map(|time| Ok(line(time, ""))).collect();
    stream::iter(lines).boxed_local()
}

fn live() -> Live {
    let live = Live::default();
    live.begin();
    live
}

/// Up to so many, as `component time`.
async fn take(merge: &mut Merge<'_>, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while taken.len() < count
        && let Some((component, line)) = tokio::time::timeout(LIMIT, merge.next()).await.unwrap()
    {
        let time = line.map_or_else(|error| error.to_string(), |line| line.time[17..].to_owned());
        taken.push(format!("{component} {time}"));
    }
    taken
}

#[tokio::test]
async fn lines_of_several_streams_come_in_the_order_of_time() {
    let mut merge = Merge::within(Duration::ZERO);
    merge.push("a".into(), lane(&["01.1", "01.4", "03.0"]), Live::default());
    merge.push("b".into(), lane(&["01.2", "01.3"]), Live::default());
    merge.push("c".into(), lane(&[]), Live::default());
    merge.push("d".into(), lane(&["02.0"]), Live::default());
    let expected = ["a 01.1Z", "b 01.2Z", "b 01.3Z", "a 01.4Z", "d 02.0Z", "a 03.0Z"];
    assert_eq!(take(&mut merge, usize::MAX).await, expected);
}

#[tokio::test]
async fn an_error_comes_at_once_and_the_stream_goes_on() {
    let mut merge = Merge::within(Duration::ZERO);
    merge.push("a".into(), lane(&["01.1"]), Live::default());
    let broken = stream::iter([Ok(line("01.0", "")), Err(refused(500)), Ok(line("02.0", ""))]);
    merge.push("b".into(), broken.boxed_local(), Live::default());
    assert_eq!(take(&mut merge, usize::MAX).await, ["b 01.0Z", "b could not read: no", "a 01.1Z", "b 02.0Z"]);
}

#[tokio::test]
async fn one_line_per_stream_is_held() {
    let taken = Rc::new(Cell::new(0));
    let endless = |second: char| {
        let taken = Rc::clone(&taken);
        let lines = stream::repeat_with(move || {
            taken.set(taken.get() + 1);
            Ok(line(&format!("0{second}.0"), ""))
        });
        lines.boxed_local()
    };
    let mut merge = Merge::within(Duration::ZERO);
    merge.push("a".into(), endless('1'), Live::default());
    merge.push("b".into(), endless('2'), Live::default());
    assert_eq!(take(&mut merge, 10).await, ["a 01.0Z"; 10]);
    assert_eq!(taken.get(), 11);
}

#[tokio::test]
async fn a_silent_stream_does_not_hold_up_the_others() {
    let mut merge = Merge::within(Duration::from_millis(1));
    merge.push("a".into(), lane(&["01.0", "03.0"]), live());
    merge.push("b".into(), stream::pending().boxed_local(), live());
    assert_eq!(take(&mut merge, 2).await, ["a 01.0Z", "a 03.0Z"]);
}

#[tokio::test]
async fn a_line_that_arrives_a_little_later_is_put_in_order() {
    let mut merge = Merge::within(LIMIT);
    let late = stream::once(async {
        tokio::task::yield_now().await;
        Ok(line("01.0", ""))
    });
    merge.push("a".into(), lane(&["02.0"]), live());
    merge.push("b".into(), late.boxed_local(), live());
    assert_eq!(take(&mut merge, usize::MAX).await, ["b 01.0Z", "a 02.0Z"]);
}

#[tokio::test]
async fn a_stream_that_reads_what_is_there_is_waited_for_however_long_it_takes() {
    let mut merge = Merge::within(Duration::ZERO);
    let late = stream::once(async {
        tokio::task::yield_now().await;
        Ok(line("01.0", ""))
    });
    merge.push("a".into(), lane(&["02.0"]), live());
    merge.push("b".into(), late.boxed_local(), Live::default());
    assert_eq!(take(&mut merge, usize::MAX).await, ["b 01.0Z", "a 02.0Z"]);
}
