//! What a running program tells of itself: every metric of the dashboard and of the README, and no other.

use crate::{
    harness::SECRET,
    program::{Directory, SETTINGS, exchange},
};
use domain::identity::{self, Subject};
use secrecy::SecretString;
use serde_json::Value as Json;
use std::{collections::BTreeSet, fs, path::Path, time::Duration};
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(120);

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file")
}

/// The words of a text that are names of metrics of ours, without what a histogram adds to its name.
fn metrics(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("tenure_"))
        .map(|word| {
            ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word)
        })
        .map(str::to_owned)
        .collect()
}

/// What the dashboard asks for.
fn asked() -> BTreeSet<String> {
    let dashboard: Json = serde_json::from_str(&text("docs/dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.flat_map(|target| metrics(target["expr"].as_str().expect("an expression"))).collect()
}

/// What the README's table of metrics names.
fn written() -> BTreeSet<String> {
    let readme = text("README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| `tenure_"));
    rows.flat_map(|row| metrics(row.split('|').nth(1).expect("a cell"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_dashboard_and_of_the_readme_is_told_by_a_running_program() {
    assert!(asked().len() > 8, "{:?}", asked());
    assert_eq!(asked(), written(), "the dashboard shows what the README names");
    let directory = Directory::new();
    let settings =
        [SETTINGS.as_slice(), &[("TENURE_METRICS_LISTEN", "127.0.0.1:0"), ("TENURE_SWEEP_EVERY", "1")]]
            .concat();
    directory.runs(&["operator", "add", "--email", "olga@tenure.example"], &SETTINGS).await.done();
    let mut process = directory.starts(&["serve"], &settings);
    let operations = process.shows("metrics on http://").await;
    let operations = operations.trim_start_matches("metrics on ").trim_end_matches("/metrics").to_owned();
    let address = process.listens().await;
    let token = identity::sign(&SecretString::from(SECRET), &Subject::Operator, tenure::program::real_now());
    let headers =
        format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", token.expect("a token"));
    for document in [
        "{ supportedCountries { country } }",
        "query Mine { supportedCountries { country } apps { totalCount } }",
    ] {
        let body = serde_json::json!({ "query": document }).to_string();
        exchange(&address, "POST /graphql", &headers, &body).await;
    }
    let begun = Instant::now();
    let told = loop {
        let (status, told) = exchange(&operations, "GET /metrics", "", "").await;
        assert_eq!(status, 200);
        if asked().is_subset(&metrics(&told)) {
            break told;
        }
        let missing: Vec<_> = asked().difference(&metrics(&told)).cloned().collect();
        assert!(begun.elapsed() < PATIENCE, "not told: {missing:?} in {told}");
        sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(metrics(&told), written(), "what is told is named");
    for (name, label) in [
        ("tenure_operation_duration_seconds_count", "operation=\"several\""),
        ("tenure_pool_connections", "pool=\"write\""),
        ("tenure_job_rows_bucket", "job=\"renew-subscriptions\""),
    ] {
        let line = told.lines().find(|line| line.starts_with(name) && line.contains(label));
        assert!(line.is_some(), "{name} with {label} in {told}");
    }
    assert!(!told.contains("Mine"), "the names of clients' operations are no labels");
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(exchange(&operations, &format!("GET {path}"), "", "").await.0, 200);
        assert_eq!(exchange(&address, &format!("GET {path}"), "", "").await.0, 200);
    }
    process.stops_on("TERM").await.done();
}
