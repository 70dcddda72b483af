use super::{STACK, found};
use crate::check::matchers::{self, Matcher};

const CONFIG: &str = "templates/alertmanager/alertmanager.yml";

fn in_config(text: &str) -> Vec<String> {
    found(STACK, &[(CONFIG, text)])
}

#[test]
fn a_complete_tree_has_no_findings() {
    let text = "\
route:
  receiver: a
  routes:
    - {matchers: ['alertname=\"Watchdog\"'], group_interval: 30s, repeat_interval: 50s, receiver: b}
    - {matchers: '{severity=~\"high|critical\", \"a b\"!=\"\"}', active_time_intervals: [day], repeat_interval: 5m}
inhibit_rules:
  - {source_matchers: [a=b], target_matchers: [a!=b]}
time_intervals:
  - name: day
    time_intervals:
      - {weekdays: ['monday:friday', Sunday], times: [{start_time: '00:00', end_time: '24:00'}]}
receivers:
  - name: a
    email_configs: [{to: a, html: '{{ template \"stackctl.html\" . }}', text: '{{ template \"email.default.html\" . }}'}]
  - name: b
";
    assert_eq!(in_config(text), [""; 0]);
}

#[test]
fn every_name_a_route_uses_exists() {
    let text = "\
route:
  receiver: default
  routes:
    - {receiver: mial, mute_time_intervals: [night], routes: [{receiver: zebra, active_time_intervals: [nigth]}]}
time_intervals: [{name: nights}, {name: nights}]
receivers: [{name: mail}, {name: mail}]
";
    assert_eq!(
        in_config(text),
        [
            "error SC461 alertmanager/alertmanager.yml:2:13+7 there is no receiver `default` | there are mail",
            "error SC461 alertmanager/alertmanager.yml:4:18+4 there is no receiver `mial` | did you mean `mail`?",
            "error SC466 alertmanager/alertmanager.yml:4:46+5 there is no time interval `night` | did you mean `nights`?",
            "error SC461 alertmanager/alertmanager.yml:4:74+5 there is no receiver `zebra` | there are mail",
            "error SC466 alertmanager/alertmanager.yml:4:105+5 there is no time interval `nigth` | did you mean `nights`?",
            "error SC462 alertmanager/alertmanager.yml:5:41+6 there are two time intervals `nights` | rename one of them",
            "error SC462 alertmanager/alertmanager.yml:6:34+4 there are two receivers `mail` | rename one of them"
        ]
    );
}

#[test]
fn the_root_takes_everything() {
    let text = "\
route:
  matchers: [a=b]
  active_time_intervals: [x]
  continue: false
receivers: []
time_intervals: [{name: x}]
";
    assert_eq!(
        in_config(text),
        [
            "error SC463 alertmanager/alertmanager.yml:2:3+8 the root route has `matchers`, but it must take every alert | move it to a route below `routes:`",
            "error SC463 alertmanager/alertmanager.yml:2:3+1 the root route has no receiver | add `receiver:` for everything that no route names",
            "error SC463 alertmanager/alertmanager.yml:3:3+21 the root route has `active_time_intervals`, but it must take every alert | move it to a route below `routes:`"
        ]
    );
    assert_eq!(
        in_config("receivers: []\n"),
        ["error SC463 alertmanager/alertmanager.yml:1:1+1 there is no `route` | add `route: {receiver: …}`"]
    );
}

#[test]
fn matchers_are_read_in_the_utf_8_syntax() {
    let text = "\
route:
  receiver: a
  routes:
    - matchers: ['severity=high critical', 'a==b', '=b', 'a=', 'a~b', 'a=\"b', '{a=b', 'a=~\"[\"', 'a=\"\\d\"']
receivers: [{name: a}]
";
    assert_eq!(
        in_config(text),
        [
            "error SC464 alertmanager/alertmanager.yml:4:18+24 `severity=high critical` is no matcher: `critical` follows the matcher | put the value between double quotes and the whole matcher between single ones: 'severity=\"critical\"'",
            "error SC464 alertmanager/alertmanager.yml:4:44+6 `a==b` is no matcher: `==` is not an operator | use `=`, `!=`, `=~` or `!~`",
            "error SC464 alertmanager/alertmanager.yml:4:52+4 `=b` is no matcher: there is no label before the operator | write `label=\"value\"`",
            "error SC464 alertmanager/alertmanager.yml:4:58+4 `a=` is no matcher: there is no value after `a=` | write \"\" for an empty value",
            "error SC464 alertmanager/alertmanager.yml:4:64+5 `a~b` is no matcher: there is no operator after `a` | use `=`, `!=`, `=~` or `!~`",
            "error SC464 alertmanager/alertmanager.yml:4:71+6 `a=\"b` is no matcher: the quoted text is not closed | add the missing `\"`",
            "error SC464 alertmanager/alertmanager.yml:4:79+6 `{a=b` is no matcher: `{` and `}` do not pair | leave them out",
            "error SC464 alertmanager/alertmanager.yml:4:87+8 `a=~\"[\"` is no matcher: `[` is not a regular expression | see the RE2 syntax; it matches the whole value",
            "error SC464 alertmanager/alertmanager.yml:4:97+8 `a=\"\\d\"` is no matcher: `\\d` is not an escape | write `\\\\` for a backslash"
        ]
    );
    let all = matchers::parse("{ a = b, \"c d\"!~\"e\\\"f\\n\", }").unwrap();
    let matcher =
        |label: &str, operator, value: &str| Matcher { label: label.into(), operator, value: value.into() };
    assert_eq!(all, [matcher("a", "=", "b"), matcher("c d", "!~", "e\"f\n")]);
}

#[test]
fn deprecated_forms_are_translated() {
    let text = "\
route:
  receiver: a
  routes:
    - match: {severity: critical}
    - match_re: {severity: high|critical}
inhibit_rules:
  - {source_match: {a: b}, target_match_re: {}}
receivers: [{name: a}]
";
    assert_eq!(
        in_config(text),
        [
            "warning SC465 alertmanager/alertmanager.yml:4:7+5 `match` is deprecated | write `matchers: ['severity=\"critical\"']`",
            "warning SC465 alertmanager/alertmanager.yml:5:7+8 `match_re` is deprecated | write `matchers: ['severity=~\"high|critical\"']`",
            "warning SC465 alertmanager/alertmanager.yml:7:6+12 `source_match` is deprecated | write `source_matchers: ['a=\"b\"']`",
            "warning SC465 alertmanager/alertmanager.yml:7:28+15 `target_match_re` is deprecated | write `target_matchers: ['label=~\"value\"']`"
        ]
    );
}

#[test]
fn times_are_times() {
    let text = "\
route: {receiver: a}
receivers: [{name: a}]
time_intervals:
  - name: x
    time_intervals:
      - times: [{start_time: '9:00', end_time: '24:01'}, {start_time: '17:00', end_time: '09:00'}, {start_time: '10:00'}]
        weekdays: [mondey, 'friday:monday', weekend]
";
    assert_eq!(
        in_config(text),
        [
            "error SC467 alertmanager/alertmanager.yml:6:30+6 `9:00` is not a time of the day | write HH:MM between quotes, from \"00:00\" to \"24:00\"",
            "error SC467 alertmanager/alertmanager.yml:6:48+7 `24:01` is not a time of the day | write HH:MM between quotes, from \"00:00\" to \"24:00\"",
            "error SC467 alertmanager/alertmanager.yml:6:58+1 the range ends before it begins | a range lies within one day: write two, one to \"24:00\" and one from \"00:00\"",
            "error SC467 alertmanager/alertmanager.yml:6:100+1 `end_time` is missing | a range of times has `start_time` and `end_time`",
            "error SC467 alertmanager/alertmanager.yml:7:20+6 `mondey` is not a day of the week | did you mean `monday`?",
            "error SC467 alertmanager/alertmanager.yml:7:28+15 `friday:monday` runs backwards: the week begins on sunday | write two entries, such as `saturday` and `sunday`",
            "error SC467 alertmanager/alertmanager.yml:7:45+7 `weekend` is not a day of the week | write a day, or a range such as `monday:friday`"
        ]
    );
}

#[test]
fn a_night_is_rendered_as_alertmanager_takes_it() {
    let text = "\
notify:
  receivers: {mail: {webhook: {url: \"http://x\"}}}
  routes: [{severity: high, to: mail, hours: [shift, business]}]
  hours: {shift: {days: [monday], from: \"22:00\", to: \"06:00\"}}
";
    assert_eq!(found(text, &[]), [""; 0]);
}

#[test]
fn no_route_repeats_faster_than_its_group_is_looked_at() {
    let text = "\
route:
  receiver: a
  group_interval: 2m
  routes:
    - {matchers: ['alertname=\"Watchdog\"'], repeat_interval: 50s}
receivers: [{name: a}]
";
    assert_eq!(
        in_config(text),
        [
            "warning SC469 alertmanager/alertmanager.yml:5:61+3 `repeat_interval: 50s` is shorter than `group_interval: 2m`, which holds it back | repeat no faster than every 2m, or shorten `group_interval`"
        ]
    );
    for respond in ["immediately", "5m", "30m", "4h"] {
        for repeat in ["", ", repeat: 30s", ", repeat: 4m59s", ", repeat: 5m"] {
            let stack =
                format!("{STACK}  routes: [{{severity: high, to: mail, respond: {respond}{repeat}}}]\n");
            let stack = stack.replacen(
                "notify: {receivers: {mail: {webhook: {url: \"http://x\"}}}}\n",
                "notify:\n  receivers: {mail: {webhook: {url: \"http://x\"}}}\n",
                1,
            );
            assert_eq!(found(&stack, &[]), [""; 0], "{stack}");
        }
    }
}

#[test]
fn templates_of_notifications_exist() {
    let text = "\
route: {receiver: a}
receivers:
  - name: a
    slack_configs:
      - {text: '{{ template \"stackctl.txt\" . }}', title: '{{ template \"zebra\" . }}', color: '{{ x'}
";
    let mine = "{{ define \"mine\" }}{{ template \"mien\" . }}{{ end }}\n";
    let broken = "{{ define \"broken\" \n";
    let notifications = [
        (CONFIG, text),
        ("templates/alertmanager/notifications/mine.tmpl", mine),
        ("templates/alertmanager/notifications/broken.tmpl", broken),
    ];
    assert_eq!(
        found(STACK, &notifications),
        [
            "error SC468 templates/alertmanager/notifications/broken.tmpl:1:1+1 the notification template is not closed | close every `{{` with `}}` and every quote within",
            "error SC468 templates/alertmanager/notifications/mine.tmpl:1:23+15 no notification template defines `mien` | did you mean `mine`?",
            "error SC468 alertmanager/alertmanager.yml:5:16+33 no notification template defines `stackctl.txt` | did you mean `stackctl.text`?",
            "error SC468 alertmanager/alertmanager.yml:5:58+26 no notification template defines `zebra` | add `{{ define \"zebra\" }}…{{ end }}` to a file in the notifications directory",
            "error SC468 alertmanager/alertmanager.yml:5:93+6 the notification template is not closed | close every `{{` with `}}` and every quote within"
        ]
    );
}
