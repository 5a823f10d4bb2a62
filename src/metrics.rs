//! Metrics for Prometheus, on a listener of their own: what they tell is for operators, not for the public.

use crate::program::{Failure, Result};
use axum::{Router, routing::get};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Begins to measure, and returns what serves `GET /metrics` at this address.
///
/// # Errors
/// When nothing can listen there.
pub async fn listen(address: SocketAddr) -> Result<impl Future<Output = ()>> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {address} for metrics: {error}")))?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    println!("metrics on http://{}/metrics", listener.local_addr()?);
    let routes = Router::new().route("/metrics", get(async move || metrics.render()));
    Ok(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    })
}
