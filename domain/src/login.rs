//! What a login may do in PostgreSQL, beside what the program needs.

use crate::{Connect, Database, Error, Result, bounded::Bounded};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// A login of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its name.
    pub name: String,
    /// Whether the program's roles exist on the server.
    pub exist: bool,
    /// Whether it may act as them.
    pub acts: bool,
    /// Why the database's guards do not hold it, in words that follow its name; none when they do.
    pub unguarded: Option<&'static str>,
}

impl Login {
    /// The one with which this connects; none on SQLite, which knows no logins.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of(connect: &Connect) -> Result<Option<Self>> {
        // Members of a role count as that role: they can become it. The owner of the schema may drop what is in it.
        const SQL: &str = "
            select session_user::text as name,
                   (select count(*) = 2 from pg_roles where rolname in ('tenure_system', 'tenure_tenant')) as exist,
                   (select count(*) = 2 from pg_roles
                    where rolname in ('tenure_system', 'tenure_tenant') and pg_has_role(session_user, oid, 'MEMBER')) as acts,
                   exists (select from pg_roles where rolsuper and pg_has_role(session_user, oid, 'MEMBER')) as superuser,
                   exists (select from pg_roles where rolbypassrls and pg_has_role(session_user, oid, 'MEMBER')) as bypasses,
                   exists (select from pg_roles where rolcreaterole and pg_has_role(session_user, oid, 'MEMBER')) as makes_roles,
                   exists (select from pg_roles where rolreplication and pg_has_role(session_user, oid, 'MEMBER')) as replicates,
                   exists (select from pg_roles where rolname in
                           ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files', 'pg_write_all_data')
                           and pg_has_role(session_user, oid, 'MEMBER')) as goes_round,
                   exists (select from pg_class where relnamespace = current_schema()::regnamespace
                           and relkind = 'r' and pg_has_role(session_user, relowner, 'MEMBER'))
                   or exists (select from pg_namespace where nspname = current_schema()
                              and pg_has_role(session_user, nspowner, 'MEMBER')) as owner";
        if connect.is_sqlite() {
            return Ok(None);
        }
        let db = Bounded::new(Database::connect_as_login(connect).await?, connect.patience);
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, SQL)).await?;
        db.close_in_time().await?;
        let row = row.ok_or_else(|| Error::internal("PostgreSQL does not know who connected"))?;
        let unguarded = [
            ("superuser", "is a superuser"),
            ("bypasses", "bypasses row-level security"),
            ("makes_roles", "may make roles and become them"),
            ("replicates", "may replicate the whole server"),
            ("goes_round", "may write past the tables' rights, or to the server's files"),
            ("owner", "owns Tenure's tables or their schema"),
        ];
        let mut login = Self {
            name: row.try_get("", "name")?,
            exist: row.try_get("", "exist")?,
            acts: row.try_get("", "acts")?,
            unguarded: None,
        };
        for (column, why) in unguarded {
            if login.unguarded.is_none() && row.try_get("", column)? {
                login.unguarded = Some(why);
            }
        }
        Ok(Some(login))
    }
}
