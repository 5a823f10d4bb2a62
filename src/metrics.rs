//! Metrics for Prometheus and the health of the process, on a listener of their own: what they tell is for operators, not for
//! the public.

use crate::program::{Failure, Result};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use domain::{Marketplace, SystemClock, health, job};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::sleep};
use tokio_util::sync::CancellationToken;

/// How often what nobody reports by itself is measured.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// The limits by which durations are counted, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The limits by which the sizes of sweeps are counted, in rows.
const ROWS: [f64; 7] = [0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0];

/// Begins to measure, and returns what serves `GET /metrics` and the health of the process at this address.
///
/// # Errors
/// When nothing can listen there.
pub async fn listen(address: SocketAddr, market: Marketplace) -> Result<impl Future<Output = ()>> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {address} for metrics: {error}")))?;
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full("tenure_job_rows".into()), &ROWS)?
        .install_recorder()?;
    println!("metrics on http://{}/metrics", listener.local_addr()?);
    let routes = Router::new()
        .route("/metrics", get(async move || metrics.render()))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(market);
    Ok(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    })
}

async fn live(State(market): State<Marketplace>) -> (StatusCode, String) {
    api::health::answer("live", health::live(&market))
}

async fn ready(State(market): State<Marketplace>) -> (StatusCode, String) {
    api::health::answer("ready", health::ready(&market).await)
}

/// Measures now and then what nobody reports by itself: the clock, the pools, and how the jobs go.
pub async fn keep_measuring(market: Marketplace, clock: Arc<SystemClock>, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        measure(&market, &clock).await;
        tokio::select! {
            () = stopping.cancelled() => {}
            () = sleep(MEASURE_EVERY) => {}
        }
    }
}

async fn measure(market: &Marketplace, clock: &SystemClock) {
    metrics::gauge!("tenure_clock_offset_seconds").set(clock.machine_ahead().as_seconds_f64());
    for pool in market.db().pools() {
        for (state, connections) in [("used", pool.used), ("idle", pool.idle)] {
            metrics::gauge!("tenure_pool_connections", "pool" => pool.name, "state" => state)
                .set(f64::from(connections));
        }
    }
    let figures = match job::health::figures(market).await {
        Ok(figures) => figures,
        Err(error) => {
            tracing::warn!(%error, "how the jobs go cannot be measured");
            return;
        }
    };
    metrics::gauge!("tenure_oldest_due_seconds").set(figures.oldest_due.as_seconds_f64());
    if let Some(since) = figures.since_last_done {
        metrics::gauge!("tenure_last_sweep_seconds").set(since.as_seconds_f64());
    }
    for (name, count) in [
        ("tenure_dead_runs", figures.dead_runs),
        ("tenure_set_aside", figures.set_aside),
        ("tenure_workers", figures.workers),
    ] {
        metrics::gauge!(name).set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    }
    for (job, missed) in figures.missed_ticks {
        metrics::counter!("tenure_missed_ticks_total", "job" => job.name()).absolute(missed.unsigned_abs());
    }
}
