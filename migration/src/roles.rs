//! The roles of PostgreSQL that the program acts as, and the login that may act as them. Roles belong to the whole server,
//! not to one database: others may make them at the same moment.

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, Statement, TransactionTrait,
};

/// How often it is tried again what somebody else did at the same moment.
const TRIES: usize = 5;

/// PostgreSQL's code for what a login may not do.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Its codes for what somebody else did at the same moment: an object that is there, a key, a tuple that was just changed.
const AT_THE_SAME_MOMENT: [&str; 3] = ["42710", "23505", "XX000"];

/// Makes the roles and lets the login act as them, if that is missing. Without a name the login is the one that migrates.
///
/// # Errors
/// What this login may not do, as SQL for somebody who may.
pub(crate) async fn ensure(tx: &DatabaseTransaction, login: Option<&str>) -> Result<(), DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for _ in 0..TRIES {
        let missing = missing(tx, login).await?;
        if missing.is_empty() {
            return Ok(());
        }
        for sql in &missing {
            let attempt = tx.begin().await?;
            match attempt.execute_unprepared(sql).await {
                Ok(_) => attempt.commit().await?,
                Err(error) => {
                    attempt.rollback().await?;
                    match code(&error).as_deref() {
                        Some(INSUFFICIENT_PRIVILEGE) => return Err(by_somebody_else(&missing)),
                        // Whether somebody else did it meanwhile is looked at once more.
                        Some(code) if AT_THE_SAME_MOMENT.contains(&code) => {}
                        Some(_) | None => return Err(error),
                    }
                }
            }
        }
    }
    Err(by_somebody_else(&missing(tx, login).await?))
}

/// What has to be done, in its order.
async fn missing(tx: &DatabaseTransaction, login: Option<&str>) -> Result<Vec<String>, DbErr> {
    const SQL: &str = "
        with needed(role) as (values ('tenure_tenant'), ('tenure_system')),
             login as (select rolname, oid, rolsuper from pg_roles where rolname = coalesce($1, session_user))
        select 1 as place, format('create role %I nologin', role) as sql
        from needed where role not in (select rolname from pg_roles)
        union all
        select 2, format('grant %I to %I', needed.role, coalesce($1, session_user))
        from needed left join pg_roles r on r.rolname = needed.role left join login on true
        where not coalesce(login.rolsuper or pg_has_role(login.oid, r.oid, 'MEMBER'), false)
        order by place, sql";
    let rows =
        tx.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, SQL, [login.into()])).await?;
    rows.iter().map(|row| row.try_get("", "sql")).collect()
}

fn by_somebody_else(missing: &[String]) -> DbErr {
    DbErr::Custom(format!(
        "this login may not make the roles that Tenure acts as. Let a superuser of the server run this, in any database:\n\n{};\n",
        missing.join(";\n")
    ))
}

fn code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
        }
        _ => None,
    }
}
