//! A PostgreSQL of the proof's own, which it can let crash.

use crate::harness::instant;
use domain::Ids;
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// How long a program of the server may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server. It goes with its directory.
pub(super) struct Server {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    /// PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    pub(super) crashes: AtomicU64,
}

/// Where `initdb` and `pg_ctl` are: where `scripts/with-postgres` found them, in PATH, or where Debian puts them.
fn programs() -> PathBuf {
    let told = std::env::var_os("TEST_POSTGRES_PROGRAMS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    let found = told
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(debian.into_iter().rev())
        .find(|directory| directory.join("initdb").exists() && directory.join("pg_ctl").exists());
    found.expect("the programs of PostgreSQL: run `make prove`, which finds them")
}

/// The user as whom the server runs when we are root.
fn somebody_else() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").map(|of| of.uid()).unwrap_or(1) != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let found = ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    Some(found.expect("a user who is not root"))
}

impl Server {
    pub(super) async fn start() -> Self {
        let name = Ids::from_entropy().next::<uuid::Uuid>(instant("2026-01-01")).simple().to_string();
        // A socket's path is short, and a directory of root's own is closed to the server.
        let directory = Path::new("/tmp").join(format!("prove-{}", &name[20..]));
        fs::create_dir(&directory).expect("a directory");
        let user = somebody_else();
        if let Some((user, group)) = user {
            chown(&directory, Some(user), Some(group)).expect("its directory");
        }
        let mut server = Self { programs: programs(), directory, port: 0, user, crashes: AtomicU64::new(0) };
        let data = server.data();
        let made = server
            .runs(
                "initdb",
                &[
                    "-D",
                    &data,
                    "-U",
                    "postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                ],
            )
            .await;
        assert!(made, "initdb fails: {}", server.log());
        // A commit is on its way to the disk before it is acknowledged, so that it outlives the server. It need not outlive
        // the machine.
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nfsync = off\nsynchronous_commit = on\n\
             max_connections = 200\nshared_buffers = 64MB\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n",
            server.directory.display()
        );
        let file = server.directory.join("data/postgresql.conf");
        let before = fs::read_to_string(&file).expect("the server's settings");
        fs::write(&file, before + &settings).expect("the server's settings");
        for attempt in 0..10 {
            // Below the ports that systems hand out by themselves.
            server.port = 15_000 + (u16::from_str_radix(&name[28..], 16).unwrap_or(0) % 1_400) * 10 + attempt;
            if server.comes().await {
                return server;
            }
        }
        panic!("the server does not start: {}", server.log());
    }

    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Cuts the server off as if its machine had, and starts it again. What was committed is there again then.
    pub(super) async fn crashes(&self) {
        let data = self.data();
        let stopped = self.runs("pg_ctl", &["stop", "-s", "-D", &data, "-m", "immediate", "-t", "60"]).await;
        assert!(stopped, "the server does not stop: {}", self.log());
        let mut came = false;
        for _ in 0..5 {
            came = came || self.comes().await;
        }
        assert!(came, "the server does not come back: {}", self.log());
        self.crashes.fetch_add(1, Ordering::Relaxed);
    }

    async fn comes(&self) -> bool {
        let (data, port) = (self.data(), format!("-p {}", self.port));
        let log = self.directory.join("log").display().to_string();
        self.runs("pg_ctl", &["start", "-s", "-w", "-t", "100", "-D", &data, "-l", &log, "-o", &port]).await
    }

    fn data(&self) -> String {
        self.directory.join("data").display().to_string()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    async fn runs(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
            .current_dir("/")
            .env("LC_ALL", "C")
            // Ctrl-C is for the proof alone: cut off in the middle, a server leaves shared memory behind.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let ended = timeout(PATIENCE, command.status()).await;
        ended.is_ok_and(|status| status.is_ok_and(|status| status.success()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut command = std::process::Command::new(self.programs.join("pg_ctl"));
        command
            .args(["stop", "-s", "-D", &self.data(), "-m", "immediate", "-t", "30"])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            use std::os::unix::process::CommandExt;
            command.uid(user).gid(group);
        }
        let _ = command.status();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
