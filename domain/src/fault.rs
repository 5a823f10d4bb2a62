//! Faults for tests: a row or a job that ends its process, hangs, blocks a thread, or takes long. Programs that are built for production
//! have none.

/// A job begins, or a row is touched: `TEST_FAULT` may say what happens then, as `kill=NAME`, `hang=NAME`, `block=NAME` or
/// `slow=NAME`, by the job's name or the row's id.
#[cfg(debug_assertions)]
pub(crate) async fn touched(name: impl ToString) {
    static FAULT: std::sync::OnceLock<Option<(String, String)>> = std::sync::OnceLock::new();
    let fault = FAULT.get_or_init(|| {
        let fault = std::env::var("TEST_FAULT").ok()?;
        let (kind, name) = fault.split_once('=')?;
        Some((kind.to_owned(), name.to_owned()))
    });
    let Some((kind, _)) = fault.as_ref().filter(|(_, faulty)| *faulty == name.to_string()) else { return };
    match kind.as_str() {
        "kill" => std::process::abort(),
        "hang" => std::future::pending().await,
        "block" => loop {
            std::thread::park();
        },
        "slow" => tokio::time::sleep(std::time::Duration::from_secs(3)).await,
        other => tracing::error!(fault = other, "there is no such fault"),
    }
}

/// Nothing happens.
#[cfg(not(debug_assertions))]
pub(crate) async fn touched(_name: impl ToString) {}
