//! `tenure demo`: a fresh database with the sample data, and where to go from here.

mod catalog;
pub mod data;
mod history;

use crate::{
    config::Config,
    program::{self, Failure, Result, Roles},
};
use domain::{
    Database, Ids,
    identity::{self, Subject},
};
use entity::demo_marker;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Statement};
use secrecy::SecretString;
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

/// Where the demo keeps its secret, in the working directory.
pub const SECRET_FILE: &str = "tenure-demo.secret";

/// Runs the demo.
///
/// # Errors
/// When the database holds anything that no demo made, or serving fails.
pub async fn run(mut config: Config) -> Result<()> {
    if config.auth_secret.is_none() {
        config.auth_secret = Some(secret()?);
    }
    let secret = config.secret()?;
    let login = Database::connect_as_login(&config.connect()).await?;
    let _alone = program::alone_on_sqlite(&config.connect().url)?;
    replace(&login).await?;
    login.close().await?;
    let db = program::open(&config).await?;
    data::fill(&config, &db).await?;
    program::serve(&config, Roles::Both, db, async |address, market| {
        greet(address, &secret, market.real_now())
    })
    .await
}

/// The actors of the demo, and what they are.
const ACTORS: [(&str, &str); 11] = [
    ("email:ada@contoso.example", "owner of Contoso (US)"),
    ("email:carl@contoso.example", "contributor of Contoso"),
    ("email:ivan@contoso.example", "reader of Contoso, pays its invoices"),
    ("email:lena@contoso.example", "licence admin of Contoso"),
    ("email:rui@contoso.example", "reader of Contoso"),
    ("email:finn@fabrikam.example", "owner of Fabrikam (DE)"),
    ("email:aki@adatum.example", "owner of Adatum (JP, not a supported region)"),
    ("email:wendy@woodgrove.example", "owner of Woodgrove (GB), the organization with history"),
    ("publisher:northwind", "publisher of Northwind Boards and Northwind Vault"),
    ("publisher:litware", "publisher of Litware Sign"),
    ("partner:tailspin", "partner of Fabrikam, Woodgrove and Adatum"),
];

fn greet(address: &str, secret: &SecretString, now: chrono::DateTime<chrono::Utc>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nTenure's demo is running. GraphiQL, ready to explore:\n\n    {address}/graphiql\n")?;
    writeln!(
        out,
        "A bearer token for each actor, valid 8 hours; in GraphiQL it goes into the Headers pane:\n"
    )?;
    let operator = ("operator", "operator of the marketplace, advances the clock");
    for (subject, what) in ACTORS.into_iter().chain([operator]) {
        let subject: Subject = subject.parse()?;
        let name = subject.to_string();
        let name = name.strip_prefix("email:").unwrap_or(&name);
        writeln!(out, "{name}: {what}\n    {}\n", identity::sign(secret, &subject, now)?)?;
    }
    let token = identity::sign(secret, &Subject::Email("ada@contoso.example".into()), now)?;
    writeln!(out, "As Ada, with one click: {address}/graphiql#token={token}\n")?;
    Ok(out.flush()?)
}

/// The secret of the demo, made up the first time and kept in the working directory.
fn secret() -> Result<SecretString> {
    if let Some(kept) = kept_secret()? {
        return Ok(kept);
    }
    let mut bytes = [0; 32];
    Ids::from_entropy().fill(&mut bytes);
    let secret = hex::encode(bytes);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(SECRET_FILE)?;
    file.write_all(secret.as_bytes())?;
    Ok(SecretString::from(secret))
}

/// The secret that a demo keeps in the working directory, if there is one.
///
/// # Errors
/// When the file cannot be read.
pub fn kept_secret() -> Result<Option<SecretString>> {
    if !Path::new(SECRET_FILE).exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(SECRET_FILE)?;
    Ok(Some(SecretString::from(text.trim())))
}

/// Replaces what an earlier demo made, and refuses anything else.
async fn replace(db: &DatabaseConnection) -> Result<()> {
    let sql = match db.get_database_backend() {
        sea_orm::DbBackend::Sqlite => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        }
        _ => "select tablename as name from pg_tables where schemaname = current_schema()",
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let tables: Vec<String> = rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?;
    if tables.is_empty() {
        return Ok(migration::up(db, None).await?);
    }
    let made_by_demo = tables.iter().any(|table| table == "demo_marker")
        && demo_marker::Entity::find().one(db).await?.is_some();
    if !made_by_demo {
        return Err(Failure::new(
            "the database is not empty and no demo made it: it is left alone; give another one with --database",
        ));
    }
    Ok(migration::replace(db).await?)
}
