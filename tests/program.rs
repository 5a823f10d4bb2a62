//! The program as whoever runs it meets it: the real binary, in an empty directory, with no environment but its
//! settings.

use crate::harness::{BEGINNING, Db, SECRET, TestDatabase, instant};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::CommandFactory;
use domain::{
    Ids,
    identity::{self, Subject},
    job::Job,
};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    sync::mpsc,
    time::timeout,
};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a process may take to stop when nothing keeps it.
const SECONDS: Duration = Duration::from_secs(10);

/// What a process needs to serve, besides a database: a secret, and a port that nobody else has.
pub(crate) const SETTINGS: [(&str, &str); 2] =
    [("TENURE_AUTH_SECRET", SECRET), ("TENURE_LISTEN", "127.0.0.1:0")];

// ---- running it ----------------------------------------------------------------------------------------------------

/// A directory of a test's own, which goes with it.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let name = Ids::from_entropy().next::<uuid::Uuid>(instant(BEGINNING)).simple().to_string();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("program-{name}"));
        fs::create_dir(&path).expect("a directory");
        Self(path)
    }

    fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }

    fn command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command
            .args(arguments)
            .env_clear()
            .envs(settings.iter().copied())
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs it to its end.
    pub(crate) async fn runs(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Finished {
        let output = timeout(PATIENCE, self.command(arguments, settings).output()).await;
        let output =
            output.unwrap_or_else(|_| panic!("{arguments:?} {settings:?} did not end")).expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Finished { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts it, to serve.
    pub(crate) fn starts(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Running {
        let mut child = self.command(arguments, settings).spawn().expect("it starts");
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(pass_on(child.stdout.take().expect("its output"), Line::Out, sender.clone()));
        tokio::spawn(pass_on(child.stderr.take().expect("its errors"), Line::Err, sender));
        Running { child, lines, out: String::new(), err: String::new() }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a process that has ended left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Finished {
    /// Insists that it did what it was asked.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert!(self.status.success(), "{self:#?}");
        self
    }

    /// Insists that it did not, and said all of this to whoever started it.
    #[track_caller]
    pub(crate) fn refused(&self, words: &[&str]) {
        assert!(self.status.code().is_some_and(|code| code != 0), "{words:?}: {self:#?}");
        assert_eq!(self.out, "", "nothing on standard output: {self:#?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} in {self:#?}");
        }
    }
}

/// A line, and where it was written.
enum Line {
    Out(String),
    Err(String),
}

async fn pass_on(from: impl AsyncRead + Unpin, kind: fn(String) -> Line, to: mpsc::UnboundedSender<Line>) {
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await.expect("text") {
        // The test may have gone.
        let _ = to.send(kind(line));
    }
}

/// A process that serves.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::UnboundedReceiver<Line>,
    pub(crate) out: String,
    err: String,
}

impl Running {
    /// Waits for a line with these words, and returns it.
    pub(crate) async fn shows(&mut self, words: &str) -> String {
        let shown = async {
            while let Some(line) = self.lines.recv().await {
                let line = self.keep(line);
                if line.contains(words) {
                    return line;
                }
            }
            panic!("it ended without {words:?}:\n{}\n{}", self.out, self.err);
        };
        timeout(PATIENCE, shown).await.unwrap_or_else(|_| panic!("no {words:?} in time"))
    }

    fn keep(&mut self, line: Line) -> String {
        let (all, line) = match line {
            Line::Out(line) => (&mut self.out, line),
            Line::Err(line) => (&mut self.err, line),
        };
        all.push_str(&line);
        all.push('\n');
        line
    }

    /// Waits until the demo has said everything, and returns its address.
    pub(crate) async fn greets(&mut self) -> String {
        self.shows("As Ada").await;
        let graphiql =
            self.out.split_whitespace().find(|word| word.ends_with("/graphiql")).expect("an address");
        graphiql.trim_end_matches("/graphiql").to_owned()
    }

    /// Waits until it says where it listens.
    pub(crate) async fn listens(&mut self) -> String {
        let line = self.shows("listening on http://").await;
        line.trim_start_matches("listening on ").to_owned()
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stops_on(mut self, signal: &str) -> Finished {
        let process = self.child.id().expect("it runs").to_string();
        // Not every system has `kill` as a program, but every shell has it.
        let kill = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", signal, &process])
            .status()
            .await
            .expect("a shell");
        assert!(kill.success(), "{process} gets {signal}");
        let status = timeout(SECONDS, self.child.wait()).await;
        let status = status
            .unwrap_or_else(|_| panic!("it does not stop on {signal}:\n{}", self.err))
            .expect("a status");
        while let Some(line) = self.lines.recv().await {
            self.keep(line);
        }
        Finished { status, out: self.out, err: self.err }
    }
}

/// One HTTP exchange over a connection of its own: the status, and the body. Headers end with the ends of their lines.
pub(crate) async fn exchange(address: &str, call: &str, headers: &str, body: &str) -> (u16, String) {
    let host = address.strip_prefix("http://").expect("an address");
    let length = body.len();
    let request = format!(
        "{call} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    let exchanged = async {
        let mut stream = TcpStream::connect(host).await.expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("the request is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    };
    let answer = timeout(PATIENCE, exchanged).await.expect("an answer in time");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

async fn gets(address: &str, path: &str) -> (u16, String) {
    exchange(address, &format!("GET {path}"), "", "").await
}

/// Asks, and insists on an answer without errors.
async fn asks(address: &str, token: &str, request_id: &str, document: &str) -> Json {
    let headers = format!(
        "Authorization: Bearer {token}\r\nContent-Type: application/json\r\nX-Request-Id: {request_id}\r\n"
    );
    let body = json!({ "query": document }).to_string();
    let (status, answer) = exchange(address, "POST /graphql", &headers, &body).await;
    let answer: Json = serde_json::from_str(&answer).expect("JSON");
    assert_eq!((status, &answer["errors"]), (200, &Json::Null), "{answer:#}");
    answer["data"].clone()
}

/// Whom the secret says that a token names.
fn named(secret: &str, token: &str) -> Option<Subject> {
    identity::verify(&SecretString::from(secret), token, instant(BEGINNING)).ok().map(|(subject, _)| subject)
}

// ---- settings ------------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_looks_like_a_setting_and_is_none_stops_the_start() {
    let directory = Directory::new();
    for name in ["TENURE_GRACE_DAY", "TENURE_", "TENURE_OIDC_ISSUERS"] {
        for command in [&["serve"][..], &["schema"], &["token", "--operator"]] {
            let settings = [SETTINGS.as_slice(), &[(name, "3")]].concat();
            directory.runs(command, &settings).await.refused(&[name]);
        }
    }
    assert!(!directory.has("tenure.db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_setting_stops_the_start() {
    let directory = Directory::new();
    // Some are named by their flag, which says as much.
    for (name, value, named) in [
        ("TENURE_GRACE_DAYS", "many", "--grace-days"),
        ("TENURE_GRACE_DAYS", "-1", "--grace-days"),
        ("TENURE_GRACE_DAYS", "367", "--grace-days"),
        ("TENURE_AUTH_SECRET", "31 bytes, which is one too few.", "TENURE_AUTH_SECRET"),
        ("TENURE_LISTEN", "nowhere", "--listen"),
        ("TENURE_LISTEN", "127.0.0.1", "--listen"),
        ("TENURE_LISTEN", "127.0.0.1:65536", "--listen"),
        ("TENURE_SANDBOX", "perhaps", "--sandbox"),
        ("TENURE_RETRY_DAYS", "3,soon", "--retry-days"),
        ("TENURE_GATEWAY_TIMEOUT", "0", "--gateway-timeout"),
        ("TENURE_DATABASE_CONNECTIONS", "1", "--database-connections"),
        ("TENURE_DATABASE_TIMEOUT", "1.5", "--database-timeout"),
        ("TENURE_SWEEP_BATCH", "0", "--sweep-batch"),
        ("TENURE_LOG", "tenure=loudly", "TENURE_LOG"),
        ("TENURE_RATE_LIMIT_BURST", "-1", "--rate-limit-burst"),
        ("TENURE_RATE_LIMIT_PER_SECOND", "many", "--rate-limit-per-second"),
        ("TENURE_AUTH_FAILURES_PER_MINUTE", "few", "--auth-failures-per-minute"),
        ("TENURE_CORS_ORIGINS", "*", "without a path or *"),
        ("TENURE_CORS_ORIGINS", "https://app.example/", "--cors-origins"),
        ("TENURE_CORS_ORIGINS", "https://app.example,ftp://app.example", "ftp://app.example"),
        ("TENURE_TRUSTED_PROXIES", "10.0.0.0/8,proxy", "--trusted-proxies"),
        ("TENURE_LIMIT_DEPTH", "13", "--limit-depth"),
        ("TENURE_LIMIT_OPERATION_TIME", "0", "--limit-operation-time"),
        ("TENURE_INTROSPECTION", "some", "everybody, operators or nobody"),
        ("TENURE_TRUSTED_DOCUMENTS", "nothing.json", "TENURE_TRUSTED_DOCUMENTS, nothing.json"),
        (
            "TENURE_TRUSTED_DOCUMENTS_ONLY",
            "true",
            "TENURE_TRUSTED_DOCUMENTS_ONLY needs TENURE_TRUSTED_DOCUMENTS",
        ),
        ("DATABASE_URL", "tenure.db", "DATABASE_URL"),
        ("DATABASE_URL", "mysql://127.0.0.1/tenure", "DATABASE_URL"),
        ("TENURE_MIGRATE_DATABASE_URL", "tenure.db", "TENURE_MIGRATE_DATABASE_URL"),
    ] {
        let others = SETTINGS.into_iter().filter(|(other, _)| *other != name);
        let settings: Vec<_> = others.chain([(name, value)]).collect();
        directory.runs(&["serve"], &settings).await.refused(&[named]);
    }
    assert!(!directory.has("tenure.db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_wins_over_its_variable() {
    let directory = Directory::new();
    let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", "sqlite://variable.db?mode=rwc")]].concat();
    directory.runs(&["migrate", "up", "--database", "sqlite://flag.db?mode=rwc"], &settings).await.done();
    assert_eq!((directory.has("flag.db"), directory.has("variable.db")), (true, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_not_repeated_by_what_refuses_it() {
    let directory = Directory::new();
    let finished = directory.runs(&["serve"], &[("TENURE_AUTH_SECRET", "hunter2")]).await;
    finished.refused(&[]);
    assert!(!finished.err.contains("hunter2"), "{}", finished.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_database_is_not_repeated_by_what_cannot_reach_it() {
    let directory = Directory::new();
    // Nobody listens at the first; the others are misspelt.
    for url in [
        "postgres://tenure:hunter2@127.0.0.1:1/tenure",
        "postgress://tenure:hunter2@127.0.0.1:1/tenure",
        "mysql://tenure:hunter2@127.0.0.1:1/tenure",
        "postgres://tenure:hunter2@127.0.0.1:port/tenure",
        "tenure:hunter2@127.0.0.1",
    ] {
        for name in ["DATABASE_URL", "TENURE_MIGRATE_DATABASE_URL"] {
            let settings = [SETTINGS.as_slice(), &[(name, url), ("TENURE_DATABASE_TIMEOUT", "1")]].concat();
            let finished = directory.runs(&["serve"], &settings).await;
            finished.refused(&[]);
            assert!(!finished.err.contains("hunter2"), "{name}={url}: {}", finished.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_shows_no_secret() {
    let directory = Directory::new();
    let url = "postgres://tenure:hunter2@127.0.0.1:1/tenure";
    let settings =
        [("TENURE_AUTH_SECRET", SECRET), ("DATABASE_URL", url), ("TENURE_MIGRATE_DATABASE_URL", url)];
    for arguments in [&["--help"][..], &["serve", "--help"], &["help", "serve"]] {
        let help = directory.runs(arguments, &settings).await.done();
        assert!(help.out.contains("TENURE_AUTH_SECRET"), "{}", help.out);
        assert!(!help.out.contains(SECRET) && !help.out.contains("hunter2"), "{}", help.out);
    }
}

#[test]
fn the_readme_names_every_setting_and_no_other() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let section = readme.split("\n## ").find(|section| section.starts_with("Configuration"));
    let rows = section.expect("a section").lines().filter(|line| line.starts_with("| `"));
    let mut written = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let name = |cell: &str| cell.trim_matches('`').to_owned();
        written.insert((name(cells[1]), name(cells[2]), cells[3].to_owned()));
    }
    let command = tenure::cli::Cli::command();
    let mut names = BTreeSet::new();
    for argument in command.get_arguments() {
        let flag = format!("--{}", argument.get_long().expect("every setting has a flag"));
        let variable =
            argument.get_env().and_then(|name| name.to_str()).expect("every flag has a variable").to_owned();
        let row = written.iter().find(|(first, second, _)| (first, second) == (&flag, &variable));
        let (_, _, default) = row.unwrap_or_else(|| panic!("the table names {flag}, {variable}"));
        for value in argument.get_default_values().iter().filter(|value| !value.is_empty()) {
            let value = format!("`{}`", value.to_string_lossy());
            assert!(default.contains(&value), "the default of {flag} is {value}, and not {default}");
        }
        names.insert(variable);
    }
    assert_eq!(written.len(), names.len(), "a setting that there is not: {written:#?}");
    let words = readme.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    for word in words.filter(|word| word.starts_with("TENURE_") && *word != "TENURE_") {
        assert!(names.contains(word), "{word} is no setting");
    }
}

// ---- commands that end ---------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn schema_prints_the_committed_schema() {
    let printed = Directory::new().runs(&["schema"], &[]).await.done();
    assert!(
        printed.out == include_str!("../schema.graphql"),
        "schema.graphql is not what `tenure schema` prints"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_diff_fails_for_a_breaking_change_that_is_not_declared() {
    let directory = Directory::new();
    let released = include_str!("../schema.graphql");
    let write = |name: &str, text: &str| fs::write(directory.0.join(name), text).expect("a file");
    write("same.graphql", released);
    assert_eq!(directory.runs(&["schema", "diff", "same.graphql"], &[]).await.done().out, "");
    write("old.graphql", &released.replacen("type Query {", "type Query {\n\tgoneSince: Int\n", 1));
    let found = directory.runs(&["schema", "diff", "old.graphql"], &[]).await;
    assert_eq!(found.status.code(), Some(1), "{found:#?}");
    assert_eq!(found.out, "breaking  Query.goneSince is gone\n");
    write("declared.txt", "Query.goneSince is gone  # nobody asked for it\n");
    let declared =
        directory.runs(&["schema", "diff", "old.graphql", "--declared", "declared.txt"], &[]).await;
    assert_eq!(declared.done().out, found.out);
    directory.runs(&["schema", "diff", "nothing.graphql"], &[]).await.refused(&["nothing.graphql"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn token_prints_one_line_that_names_whom_it_was_asked_for() {
    let directory = Directory::new();
    for (arguments, subject) in [
        (&["--email", "ada@contoso.example"][..], Subject::Email("ada@contoso.example".into())),
        (&["--publisher", "northwind"], Subject::Publisher("northwind".into())),
        (&["--partner", "tailspin"], Subject::Partner("tailspin".into())),
        (&["--operator"], Subject::Operator),
    ] {
        let arguments = [&["token"], arguments].concat();
        let printed = directory.runs(&arguments, &[("TENURE_AUTH_SECRET", SECRET)]).await.done();
        let token = printed.out.strip_suffix('\n').expect("a whole line");
        assert!(!token.contains(char::is_whitespace), "{printed:?}");
        assert_eq!(named(SECRET, token), Some(subject));
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("three parts")).expect("base64");
        let claims: Json = serde_json::from_slice(&claims).expect("JSON");
        let valid = claims["exp"].as_i64().expect("an end") - claims["iat"].as_i64().expect("a beginning");
        assert_eq!(valid, 8 * 60 * 60);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn token_names_exactly_one() {
    let directory = Directory::new();
    for arguments in [
        &["token"][..],
        &["token", "--operator", "--publisher", "northwind"],
        &["token", "--email", "ada@contoso.example", "--operator"],
    ] {
        directory.runs(arguments, &[("TENURE_AUTH_SECRET", SECRET)]).await.refused(&["--operator"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn token_needs_a_secret_and_finds_that_of_the_demo() {
    let directory = Directory::new();
    let refused = directory.runs(&["token", "--operator"], &[]).await;
    refused.refused(&["TENURE_AUTH_SECRET", "tenure-demo.secret"]);
    let kept = "the secret that a demo has kept in this directory";
    fs::write(directory.0.join("tenure-demo.secret"), kept).expect("a secret");
    let printed = directory.runs(&["token", "--operator"], &[]).await.done();
    assert_eq!(named(kept, printed.out.trim()), Some(Subject::Operator));
    let printed = directory.runs(&["token", "--operator"], &[("TENURE_AUTH_SECRET", SECRET)]).await.done();
    assert_eq!(named(SECRET, printed.out.trim()), Some(Subject::Operator), "what is set wins");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_run_a_job_that_there_is_not_names_those_that_there_are() {
    let directory = Directory::new();
    let names: Vec<_> = Job::ALL.iter().map(|job| job.name()).chain(["nonsense"]).collect();
    directory.runs(&["jobs", "run", "nonsense"], &[]).await.refused(&names);
    assert!(!directory.has("tenure.db"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_run_once_and_reports_as_json(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (directory, database) = (Directory::new(), TestDatabase::empty(db).await);
    for job in Job::ALL {
        let run =
            directory.runs(&["jobs", "run", job.name()], &[("DATABASE_URL", &database.url())]).await.done();
        let report: Json = serde_json::from_str(&run.out).expect("JSON and nothing else");
        assert_eq!(
            report,
            json!({ "changed": 0, "skipped": 0, "failed": 0, "error": null }),
            "{}",
            job.name()
        );
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_schema_goes_up_and_down(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (directory, database) = (Directory::new(), TestDatabase::empty(db).await);
    let url = database.url();
    for (direction, state) in [
        ("status", "pending"),
        ("up", "applied"),
        ("up", "applied"),
        ("status", "applied"),
        ("down", "pending"),
        ("status", "pending"),
        ("up", "applied"),
    ] {
        let migrated = directory.runs(&["migrate", direction], &[("DATABASE_URL", &url)]).await.done();
        let lines: Vec<_> = migrated.out.lines().collect();
        let all = lines.iter().all(|line| line.starts_with('m') && line.ends_with(&format!(" {state}")));
        assert!(!lines.is_empty() && all, "{direction}: {}", migrated.out);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_newer_than_the_program_is_left_alone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (directory, database) = (Directory::new(), TestDatabase::empty(db).await);
    let url = database.url();
    directory.runs(&["migrate", "up"], &[("DATABASE_URL", &url)]).await.done();
    executes(&url, "insert into seaql_migrations (version, applied_at) values ('m20991231_000001_later', 0)")
        .await;
    let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", &url)]].concat();
    for command in [&["serve"][..], &["jobs", "run", "prune-records"]] {
        directory.runs(command, &settings).await.refused(&["m20991231_000001_later"]);
    }
}

async fn executes(url: &str, sql: &str) {
    let db = sea_orm::Database::connect(url).await.expect("the database answers");
    db.execute_unprepared(sql).await.expect("it is executed");
    db.close().await.expect("closed");
}

// ---- serving -------------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn one_role_alone_refuses_sqlite() {
    let directory = Directory::new();
    for role in ["api", "worker"] {
        for database in [None, Some(("DATABASE_URL", "sqlite://elsewhere.db?mode=rwc"))] {
            let settings: Vec<_> = SETTINGS.into_iter().chain(database).collect();
            directory.runs(&[role], &settings).await.refused(&["SQLite", "tenure serve", "DATABASE_URL"]);
        }
    }
    assert_eq!((directory.has("tenure.db"), directory.has("elsewhere.db")), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_serve_takes_a_secret() {
    let directory = Directory::new();
    let elsewhere = ("DATABASE_URL", "postgres://tenure@127.0.0.1:1/tenure");
    directory.runs(&["serve"], &[]).await.refused(&["TENURE_AUTH_SECRET"]);
    directory.runs(&["api"], &[elsewhere]).await.refused(&["TENURE_AUTH_SECRET"]);
    // That of a demo is for the demo.
    fs::write(directory.0.join("tenure-demo.secret"), SECRET).expect("a secret");
    directory.runs(&["serve"], &[]).await.refused(&["TENURE_AUTH_SECRET"]);
    assert!(!directory.has("tenure.db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_stops_the_start() {
    let directory = Directory::new();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let settings = [("TENURE_AUTH_SECRET", SECRET), ("TENURE_LISTEN", &address)];
    directory.runs(&["serve"], &settings).await.refused(&[&address]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_roles_serve_from_a_file_and_stop_on_ctrl_c() {
    let directory = Directory::new();
    let mut process = directory.starts(&["serve"], &SETTINGS);
    let address = process.listens().await;
    assert_eq!(gets(&address, "/health/ready").await.0, 200);
    let finished = process.stops_on("INT").await.done();
    assert_eq!(finished.out, format!("listening on {address}\n"), "the log goes to standard error");
    assert!(directory.has("tenure.db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_told_on_a_listener_of_their_own() {
    let directory = Directory::new();
    let settings = [SETTINGS.as_slice(), &[("TENURE_METRICS_LISTEN", "127.0.0.1:0")]].concat();
    let mut process = directory.starts(&["serve"], &settings);
    let metrics = process.shows("metrics on http://").await;
    let metrics = metrics.trim_start_matches("metrics on ").trim_end_matches("/metrics").to_owned();
    let address = process.listens().await;
    let (status, _) = exchange(&address, "POST /graphql", "Content-Type: application/json\r\n", "{}").await;
    assert_eq!(status, 401);
    let (status, told) = gets(&metrics, "/metrics").await;
    assert_eq!(status, 200);
    assert!(told.contains("tenure_request_duration_seconds_count{outcome=\"UNAUTHENTICATED\"} 1"), "{told}");
    assert_eq!(gets(&address, "/metrics").await.0, 404, "not on the public one");
    process.stops_on("TERM").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_file_is_refused() {
    let directory = Directory::new();
    let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", "sqlite://tenure-demo.db?mode=rwc")]].concat();
    let mut demo = directory.starts(&["demo"], &SETTINGS);
    let address = demo.greets().await;
    let token = token_of(&demo.out, "email:wendy@woodgrove.example");
    for command in ["serve", "demo"] {
        directory.runs(&[command], &settings).await.refused(&["tenure-demo.db"]);
    }
    let bought = asks(&address, &token, "unharmed", "{ appSubscriptions { totalCount } }").await;
    assert_ne!(bought["appSubscriptions"]["totalCount"], 0);
    demo.stops_on("TERM").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_on_an_empty_postgresql_all_serve() {
    let (directory, database) = (Directory::new(), TestDatabase::empty(Db::Postgres).await);
    let url = database.url();
    let settings =
        [SETTINGS.as_slice(), &[("DATABASE_URL", &url), ("TENURE_DATABASE_CONNECTIONS", "4")]].concat();
    let mut processes: Vec<_> = (0..3).map(|_| directory.starts(&["api"], &settings)).collect();
    for process in &mut processes {
        let address = process.listens().await;
        assert_eq!(gets(&address, "/health/ready").await.0, 200);
    }
    for process in processes {
        process.stops_on("TERM").await.done();
    }
}

// ---- the demo ------------------------------------------------------------------------------------------------------

/// Whom the demo prints a token for.
const ACTORS: [&str; 12] = [
    "email:ada@contoso.example",
    "email:carl@contoso.example",
    "email:ivan@contoso.example",
    "email:lena@contoso.example",
    "email:rui@contoso.example",
    "email:finn@fabrikam.example",
    "email:aki@adatum.example",
    "email:wendy@woodgrove.example",
    "publisher:northwind",
    "publisher:litware",
    "partner:tailspin",
    "operator",
];

/// The token that the demo printed for an actor, on the line below the name.
pub(crate) fn token_of(printed: &str, actor: &str) -> String {
    let name = format!("{}: ", actor.strip_prefix("email:").unwrap_or(actor));
    let mut lines = printed.lines().skip_while(|line| !line.starts_with(&name));
    lines.nth(1).unwrap_or_else(|| panic!("no token of {actor} in {printed}")).trim().to_owned()
}

/// What a demo is started with: on SQLite with nothing, as most people do.
pub(crate) fn arguments(db: Db, url: &str) -> Vec<&str> {
    match db {
        Db::Sqlite => vec!["demo"],
        Db::Postgres => vec!["demo", "--database", url],
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_demo_serves_stops_and_starts_anew(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (directory, database) = (Directory::new(), TestDatabase::empty(db).await);
    let url = database.url();
    let organization = "query Home { viewer { organization { id } } }";

    let mut demo = directory.starts(&arguments(db, &url), &[("TENURE_LISTEN", "127.0.0.1:0")]);
    let address = demo.greets().await;
    let secret = fs::read_to_string(directory.0.join("tenure-demo.secret")).expect("a secret");
    for actor in ACTORS {
        let token = token_of(&demo.out, actor);
        assert_eq!(named(&secret, &token), actor.parse().ok(), "{actor}");
        asks(&address, &token, "an-actor", "{ viewer { kind } }").await;
    }
    let ada = token_of(&demo.out, "email:ada@contoso.example");
    let first = asks(&address, &ada, "at-home", organization).await;
    assert_eq!(gets(&address, "/graphiql").await.0, 200);
    let finished = demo.stops_on("TERM").await.done();

    let log: Vec<Json> =
        finished.err.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let requests: Vec<_> = log.iter().filter(|line| line["request_id"] == "at-home").collect();
    let [request] = requests.as_slice() else { panic!("one line per request: {requests:#?}") };
    assert_eq!((&request["operation"], &request["outcome"]), (&json!("Home"), &json!("ok")));
    assert!(request["duration_ms"].is_number(), "{request:#}");

    let kept = directory.runs(&["token", "--email", "ada@contoso.example"], &[]).await.done();
    assert_eq!(named(&secret, kept.out.trim()), Some(Subject::Email("ada@contoso.example".into())));
    let url_of_demo = if db == Db::Sqlite { "sqlite://tenure-demo.db?mode=rwc" } else { &url };
    let down = directory.runs(&["migrate", "down"], &[("DATABASE_URL", url_of_demo)]).await;
    down.refused(&["there are subscriptions"]);

    let mut again = directory.starts(&arguments(db, &url), &[("TENURE_LISTEN", "127.0.0.1:0")]);
    let address = again.greets().await;
    // The secret is kept, so yesterday's token is good; everything else is new.
    let second = asks(&address, &ada, "at-home-again", organization).await;
    assert_ne!(first, second);
    again.stops_on("INT").await.done();
    assert_eq!(fs::read_to_string(directory.0.join("tenure-demo.secret")).expect("a secret"), secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_demo_is_shown_to_nobody() {
    let directory = Directory::new();
    let settings = [("TENURE_LISTEN", "127.0.0.1:0"), ("TENURE_LOG", "debug")];
    let mut demo = directory.starts(&["demo"], &settings);
    let address = demo.greets().await;
    let tokens: Vec<_> = ACTORS.into_iter().map(|actor| token_of(&demo.out, actor)).collect();
    asks(&address, &tokens[0], "with-a-token", "{ viewer { kind } }").await;
    let finished = demo.stops_on("TERM").await.done();
    let file = directory.0.join("tenure-demo.secret");
    let mode = fs::metadata(&file).expect("a secret").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let secret = fs::read_to_string(&file).expect("a secret");
    assert!(secret.trim().len() >= 32);
    assert!(!finished.out.contains(secret.trim()) && !finished.err.contains(secret.trim()));
    assert!(tokens.iter().all(|token| !finished.err.contains(token)), "tokens are not for the log");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_demo_leaves_what_no_demo_made_alone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let directory = Directory::new();
    let ours = TestDatabase::empty(db).await;
    directory.runs(&["migrate", "up"], &[("DATABASE_URL", &ours.url())]).await.done();
    let foreign = TestDatabase::empty(db).await;
    executes(&foreign.url(), "create table somebody_elses (id integer primary key)").await;
    for database in [&ours, &foreign] {
        let refused = directory
            .runs(&["demo", "--database", &database.url()], &[("TENURE_LISTEN", "127.0.0.1:0")])
            .await;
        refused.refused(&["no demo made it"]);
    }
    let status = directory.runs(&["migrate", "status"], &[("DATABASE_URL", &ours.url())]).await.done();
    assert!(status.out.contains(" applied"), "{}", status.out);
    executes(&foreign.url(), "insert into somebody_elses (id) values (1)").await;
}
