//! A network between the program and PostgreSQL that can be slow, swallow what is sent, break off, and lose answers.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// How the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// As it should be.
    Up,
    /// Every piece takes this long.
    Slow(Duration),
    /// Nothing comes through; connections stay open and say nothing.
    Silent,
    /// Nobody is there: connections break off, and new ones are broken off at once.
    Down,
}

/// What happens to the next message of a client that contains some words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loses {
    /// The server does it; its answer gets lost, and the connection with it.
    Answer,
    /// It never arrives, and the connection breaks off.
    Message,
}

#[derive(Debug)]
struct State {
    network: watch::Sender<Network>,
    /// Connections with a lower number are silent for ever.
    dead_below: AtomicU64,
    /// The words, how many messages with them still come through, and what happens to the one after.
    loses: Mutex<Option<(&'static str, usize, Loses)>>,
}

/// The network. It goes with the test.
pub(super) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    next: Arc<AtomicU64>,
    _serving: JoinSet<()>,
}

impl Proxy {
    /// In front of the server that a `postgres://` address names.
    pub(super) async fn before(url: &str) -> Self {
        let server = host_of(url).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            network: watch::Sender::new(Network::Up),
            dead_below: AtomicU64::new(0),
            loses: Mutex::new(None),
        });
        let next = Arc::new(AtomicU64::new(1));
        let mut serving = JoinSet::new();
        serving.spawn({
            let (state, next) = (state.clone(), next.clone());
            async move {
                let mut connections = JoinSet::new();
                while let Ok((client, _)) = listener.accept().await {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    connections.spawn(connection(client, server.clone(), state.clone(), number));
                    while connections.try_join_next().is_some() {}
                }
            }
        });
        Self { address, state, next, _serving: serving }
    }

    /// The same address, by way of this network.
    pub(super) fn url(&self, url: &str) -> String {
        url.replacen(host_of(url), &self.address.to_string(), 1)
    }

    pub(super) fn is(&self, network: Network) {
        self.state.network.send_replace(network);
    }

    /// All connections that there are fall silent, and nobody is told: a firewall that forgot them, a machine that was replaced.
    pub(super) fn forgets_its_connections(&self) {
        self.state.dead_below.store(self.next.load(Ordering::SeqCst), Ordering::SeqCst);
        // Whoever waits looks again.
        self.state.network.send_modify(|_| {});
    }

    /// The next message with these words gets lost, or its answer.
    pub(super) fn loses(&self, words: &'static str, what: Loses) {
        self.loses_nth(words, 1, what);
    }

    /// The first, second … message with these words from now on.
    pub(super) fn loses_nth(&self, words: &'static str, nth: usize, what: Loses) {
        *self.state.loses.lock().expect("the network") = Some((words, nth - 1, what));
    }

    /// Whether what was to get lost is lost.
    pub(super) fn has_lost_it(&self) -> bool {
        self.state.loses.lock().expect("the network").is_none()
    }
}

fn host_of(url: &str) -> &str {
    let place = url.rsplit_once('@').expect("a login in the address").1;
    place.split('/').next().expect("a host")
}

async fn connection(client: TcpStream, server: String, state: Arc<State>, number: u64) {
    let mut network = state.network.subscribe();
    // A network that is silent takes a connection and says nothing.
    while *network.borrow_and_update() == Network::Silent {
        if network.changed().await.is_err() {
            return;
        }
    }
    if *state.network.borrow() == Network::Down {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let lost = watch::Sender::new(false);
    tokio::select! {
        () = pass(from_client, to_server, &state, number, Some(&lost), lost.subscribe()) => {}
        () = pass(from_server, to_client, &state, number, None, lost.subscribe()) => {}
    }
}

/// Passes on what comes, as the network is, until it breaks off. Only the way of the client notes what is to get lost.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &State,
    number: u64,
    asks: Option<&watch::Sender<bool>>,
    lost: watch::Receiver<bool>,
) {
    let mut network = state.network.subscribe();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            down = network.wait_for(|network| *network == Network::Down) => { drop(down); return }
        };
        let Ok(length @ 1..) = read else { return };
        let piece = &buffer[..length];
        if let Some(asks) = asks
            && !notes(state, piece, asks)
        {
            return;
        }
        if asks.is_none() && *lost.borrow() {
            // The server has done it, and this was to tell so.
            return;
        }
        if !comes_through(state, &mut network, number).await || to.write_all(piece).await.is_err() {
            return;
        }
    }
}

/// Whether a client's message is passed on.
fn notes(state: &State, piece: &[u8], lost: &watch::Sender<bool>) -> bool {
    let mut loses = state.loses.lock().expect("the network");
    let Some((words, before, what)) = *loses else { return true };
    if !piece.windows(words.len()).any(|part| part == words.as_bytes()) {
        return true;
    }
    if before > 0 {
        *loses = Some((words, before - 1, what));
        return true;
    }
    *loses = None;
    match what {
        Loses::Message => false,
        Loses::Answer => {
            lost.send_replace(true);
            true
        }
    }
}

/// Waits as long as the network makes it wait; false when it broke off.
async fn comes_through(state: &State, network: &mut watch::Receiver<Network>, number: u64) -> bool {
    loop {
        let now = *network.borrow_and_update();
        let dead = number < state.dead_below.load(Ordering::SeqCst);
        match now {
            Network::Down => return false,
            Network::Up if !dead => return true,
            Network::Slow(delay) if !dead => {
                tokio::time::sleep(delay).await;
                return true;
            }
            Network::Up | Network::Slow(_) | Network::Silent => {
                if network.changed().await.is_err() {
                    return false;
                }
            }
        }
    }
}
