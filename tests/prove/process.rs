//! A real process of Tenure, started again whenever it ends.

use super::reach::{Danger, Reach};
use std::{
    collections::VecDeque,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
    time::sleep,
};

/// How many lines of its log are kept.
const LINES: usize = 400;

/// How a process is started.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) name: String,
    pub(super) program: PathBuf,
    pub(super) command: &'static str,
    pub(super) settings: Vec<(String, String)>,
    /// What is set while faults go on: `FAILPOINTS`.
    pub(super) faults: String,
}

/// What is known of the process that runs now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Alive {
    /// Its number, while it runs.
    pub(super) pid: Option<u32>,
    /// Where it listens, once it does. Of a worker, the empty text once it works.
    pub(super) address: Option<String>,
}

/// A process that comes back.
pub(super) struct Process {
    pub(super) name: String,
    alive: watch::Sender<Alive>,
    faulty: AtomicBool,
    ending: AtomicBool,
    log: Mutex<VecDeque<String>>,
    reach: Arc<Reach>,
}

impl Process {
    /// Starts it, and from then on again whenever it ends.
    pub(super) fn start(start: Start, reach: Arc<Reach>) -> Arc<Self> {
        let process = Arc::new(Self {
            name: start.name.clone(),
            alive: watch::Sender::default(),
            faulty: AtomicBool::new(!start.faults.is_empty()),
            ending: AtomicBool::new(false),
            log: Mutex::default(),
            reach,
        });
        tokio::spawn(Self::keep_alive(process.clone(), start));
        process
    }

    async fn keep_alive(self: Arc<Self>, start: Start) {
        let mut before = false;
        while !self.ending.load(Ordering::Relaxed) {
            let mut command = Command::new(&start.program);
            command
                .arg(start.command)
                .env_clear()
                .envs(start.settings.iter().cloned())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true);
            if self.faulty.load(Ordering::Relaxed) {
                command.env("FAILPOINTS", &start.faults);
            }
            let child = command.spawn().expect("the program starts");
            if before {
                self.reach.count(Danger::Restarted);
            }
            before = true;
            self.clone().live(child, start.command == "worker").await;
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// One life, from its start to its end.
    async fn live(self: Arc<Self>, mut child: Child, works: bool) {
        let pid = child.id();
        self.alive.send_replace(Alive { pid, address: None });
        let (out, err) = (child.stdout.take().expect("its output"), child.stderr.take().expect("its log"));
        let out = tokio::spawn(self.clone().reads(out, works));
        let err = tokio::spawn(self.clone().reads(err, works));
        let _ = child.wait().await;
        self.alive.send_replace(Alive::default());
        let _ = tokio::join!(out, err);
    }

    async fn reads(self: Arc<Self>, from: impl AsyncRead + Unpin, works: bool) {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(address) = line.strip_prefix("listening on ") {
                self.alive.send_modify(|alive| alive.address = Some(address.to_owned()));
            } else if works && line.contains("\"working\"") {
                self.alive.send_modify(|alive| alive.address = Some(String::new()));
            } else if let Some(told) = line.strip_prefix("fault at ") {
                self.reach.step(told);
            } else if line.contains("asking what became of a charge") {
                self.reach.count(Danger::AskedAbout);
            } else if line.contains("panicked at") && !line.contains("src/failpoint.rs") {
                self.reach.is_wrong(format!("{} panicked: {line}", self.name));
            }
            let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() == LINES {
                log.pop_front();
            }
            log.push_back(line);
        }
    }

    pub(super) fn alive(&self) -> Alive {
        self.alive.borrow().clone()
    }

    /// Waits until it serves or works.
    pub(super) async fn serves(&self) {
        let mut alive = self.alive.subscribe();
        let served =
            tokio::time::timeout(Duration::from_secs(120), alive.wait_for(|alive| alive.address.is_some()));
        assert!(served.await.is_ok(), "{} does not come up:\n{}", self.name, self.log());
    }

    /// The last lines of its log.
    pub(super) fn log(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// From its next start on it meets no faults.
    pub(super) fn calm(&self) {
        self.faulty.store(false, Ordering::Relaxed);
    }

    /// Sends a signal to the life that was seen.
    pub(super) async fn signal(&self, alive: &Alive, signal: &str) -> bool {
        let Some(pid) = alive.pid.filter(|_| self.alive().pid == alive.pid) else { return false };
        // Not every system has `kill` as a program, but every shell has it.
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\" 2>/dev/null", signal, &pid.to_string()])
            .status()
            .await;
        sent.is_ok_and(|status| status.success())
    }

    /// Ends it for good.
    pub(super) async fn ends(&self) {
        self.ending.store(true, Ordering::Relaxed);
        for _ in 0..100 {
            let alive = self.alive();
            if alive.pid.is_none() {
                return;
            }
            self.signal(&alive, "KILL").await;
            sleep(Duration::from_millis(50)).await;
        }
    }
}
