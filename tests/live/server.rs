//! A process that serves an app.

use crate::harness::App;
use domain::feed::Feed;
use std::net::SocketAddr;
use tokio::{net::TcpListener, task::JoinSet};

/// A process that serves an app. It stops when this goes.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn of(app: &App) -> Self {
        Self::with(app, app.routes()).await
    }

    pub(crate) async fn with(app: &App, routes: axum::Router) -> Self {
        Self::fed(app, app.feed.clone(), routes).await
    }

    /// One whose live updates come from this feed.
    pub(super) async fn fed(app: &App, feed: Feed, routes: axum::Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut tasks = JoinSet::new();
        let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
        tasks.spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        let market = app.market.clone();
        let hears = market.clone();
        tasks.spawn(async move { hears.listen().await });
        let from = domain::feed::head(&market).await.expect("the feed has a head");
        tasks.spawn(async move { feed.run(&market, from).await });
        Self { address, _tasks: tasks }
    }

    /// One that somebody else runs.
    pub(crate) fn elsewhere(address: SocketAddr) -> Self {
        Self { address, _tasks: JoinSet::new() }
    }
}
