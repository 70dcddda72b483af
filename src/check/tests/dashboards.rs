use super::{STACK, found};

const GOOD: &str = r#"{
  "id": null, "uid": "mine", "title": "Mine",
  "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
  "annotations": {"list": [{"datasource": {"type": "grafana", "uid": "-- Grafana --"}}]},
  "panels": []
}
"#;

fn told(text: &str) -> Vec<String> {
    found(STACK, &[("dashboards/mine.json", text)])
}

#[test]
fn a_complete_dashboard_has_no_findings() {
    assert_eq!(told(GOOD), [""; 0]);
}

#[test]
fn a_file_holds_the_dashboard_itself() {
    assert_eq!(
        told("[]"),
        ["error SC431 dashboards/mine.json:1:1+1 a dashboard is a JSON object | export the dashboard again"]
    );
    assert_eq!(
        told("{\n  \"uid\": \"a\"\n}"),
        [
            "error SC431 dashboards/mine.json:1:1+1 the dashboard has no title, and Grafana skips the file | add `\"title\": \"…\"`"
        ]
    );
    assert_eq!(
        told("{\"title\": \" \", \"uid\": \"a\"}"),
        [
            "error SC431 dashboards/mine.json:1:2+7 the dashboard has no title, and Grafana skips the file | add `\"title\": \"…\"`"
        ]
    );
    assert_eq!(
        told("{\"dashboard\": {\"title\": \"A\", \"uid\": \"a\"}, \"overwrite\": true}"),
        [
            "error SC432 dashboards/mine.json:1:2+11 the dashboard is wrapped, and Grafana skips the file | keep only what is inside `\"dashboard\": { … }`; the wrapper belongs to Grafana's HTTP API"
        ]
    );
    assert_eq!(
        told(
            "{\"apiVersion\": \"dashboard.grafana.app/v1\", \"kind\": \"Dashboard\", \"spec\": {\"title\": \"A\", \"uid\": \"a\"}}"
        ),
        [
            "error SC432 dashboards/mine.json:1:2+12 this is a resource (`dashboard.grafana.app/v1`), not a dashboard | keep only what is inside `\"spec\": { … }`"
        ]
    );
    assert_eq!(
        told(
            "{\"apiVersion\": \"dashboard.grafana.app/v2\", \"kind\": \"Dashboard\", \"spec\": {\"title\": \"A\", \"uid\": \"a\"}}"
        ),
        [
            "error SC432 dashboards/mine.json:1:2+12 this is a resource (`dashboard.grafana.app/v2`), not a dashboard | export it as `Classic`: Grafana's files take no V2 resource"
        ]
    );
}

#[test]
fn placeholders_of_the_import_page_are_refused() {
    let text = GOOD
        .replace("\"panels\": []", "\"panels\": [],\n  \"__inputs\": [{\"name\": \"DS_PROM\"}]")
        .replace("\"uid\": \"-- Grafana --\"", "\"uid\": \"${DS_PROM}\"");
    assert_eq!(
        told(&text),
        [
            "error SC433 dashboards/mine.json:4:70+12 `${DS_PROM}` is only filled in by the import page | write `\"uid\": \"${datasource}\"` and add a variable of the type `datasource`",
            "error SC433 dashboards/mine.json:6:3+10 `__inputs` is only understood by the import page | export it without `Share externally`: remove `__inputs` and write `\"uid\": \"${datasource}\"`"
        ]
    );
}

#[test]
fn a_dashboard_has_a_lasting_name() {
    assert_eq!(
        told(&GOOD.replace("\"uid\": \"mine\"", "\"uid\": \"\"")),
        [
            "error SC434 dashboards/mine.json:2:22+2 the dashboard has no uid: its address changes with every new database | add `\"uid\": \"…\"`, at most 40 letters, digits, `-` and `_`"
        ]
    );
    assert_eq!(told(&GOOD.replace("\"uid\": \"mine\", ", "")).len(), 1);
    assert_eq!(
        told(&GOOD.replace("\"uid\": \"mine\"", "\"uid\": \"my dash\"")),
        [
            "error SC434 dashboards/mine.json:2:22+9 `my dash` cannot be a uid | use at most 40 letters, digits, `-` and `_`"
        ]
    );
    assert_eq!(
        told(&GOOD.replace("\"uid\": \"mine\"", &format!("\"uid\": \"{}\"", "a".repeat(41)))).len(),
        1
    );
    assert_eq!(
        told(&GOOD.replace("\"id\": null", "\"id\": 7")),
        [
            "warning SC437 dashboards/mine.json:2:9+1 `id` is the number of the dashboard in another database | write `\"id\": null`; `uid` identifies it"
        ]
    );
}

#[test]
fn two_dashboards_differ_in_uid_and_title() {
    let files = [("dashboards/mine.json", GOOD), ("dashboards/other.json", GOOD)];
    assert_eq!(
        found(STACK, &files),
        [
            "error SC435 dashboards/other.json:2:22+6 `./dashboards/mine.json` has the uid `mine` too | Grafana then reads no dashboard at all; choose another uid",
            "error SC436 dashboards/other.json:2:39+6 `./dashboards/mine.json` has the title `Mine` too | Grafana then reads no dashboard at all; choose another title"
        ]
    );
}

#[test]
fn data_sources_exist() {
    let with = |uid: &str| GOOD.replace("-- Grafana --", uid);
    for good in
        ["${datasource}", "$datasource", "[[datasource]]", "stackctl-prometheus", "grafana", "-- Mixed --"]
    {
        assert_eq!(told(&with(good)), [""; 0], "{good}");
    }
    assert_eq!(
        told(&with("${source}")),
        [
            "error SC442 dashboards/mine.json:4:70+11 the dashboard has no variable `source` for the data source | add it to `templating.list` with `\"type\": \"datasource\", \"query\": \"prometheus\"`"
        ]
    );
    assert_eq!(
        told(&with("stackctl-promethues")),
        [
            "warning SC442 dashboards/mine.json:4:70+21 there is no data source `stackctl-promethues` | did you mean `stackctl-prometheus`?"
        ]
    );
    assert_eq!(
        told(&GOOD.replace("{\"type\": \"grafana\", \"uid\": \"-- Grafana --\"}", "\"Prometheus\"")),
        [
            "warning SC442 dashboards/mine.json:4:43+12 there is no data source `Prometheus` | write `${datasource}`, a variable of the type `datasource`"
        ]
    );
}

#[test]
fn long_lines_cost_no_time() {
    let items = vec!["{\"a\": [1, 2.5e3, true, null, \"\\u00e4\\\"\"]}"; 20_000].join(",");
    let text =
        GOOD.replace("\"panels\": []", &format!("\"panels\": [], \"links\": [{items}]")).replace('\n', " ");
    assert_eq!(told(&text), [""; 0]);
}

#[test]
fn what_is_inside_a_wrapper_is_looked_at_too() {
    let wrapped = GOOD.replacen('{', "{\"dashboard\": {", 1).replace("\"id\": null", "\"id\": 7") + "}";
    let codes: Vec<String> =
        told(&wrapped).iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(codes, ["SC432", "SC437"]);
}

#[test]
fn no_link_of_a_dashboard_runs_code() {
    let linked = |url: &str| {
        GOOD.replace(
            "\"panels\": []",
            &format!("\"panels\": [], \"links\": [{{\"title\": \"x\", \"url\": \"{url}\"}}]"),
        )
    };
    for fine in ["https://example.org", "/d/other?${__url_time_range}", "d/x"] {
        assert_eq!(told(&linked(fine)), [""; 0], "{fine}");
    }
    for code in ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x"] {
        let found = told(&linked(code));
        assert!(found.len() == 1 && found[0].starts_with("error SC525 dashboards/mine.json:5:"), "{found:?}");
    }
}
