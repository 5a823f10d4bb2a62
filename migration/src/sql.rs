//! A migration that is SQL, both dialects side by side.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Where migrations say which older programs still run on what they made of the schema.
pub(crate) const COMPATIBILITY: &str = "schema_compatibility";

/// What is run in one dialect.
pub(crate) struct Halves {
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

/// A migration. Its name is stored when it has run, and never changes.
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    /// The oldest schema whose programs still run on what this makes of the schema.
    pub(crate) runs_from: Option<i64>,
    pub(crate) sqlite: Halves,
    pub(crate) postgres: Halves,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, self.dialect(manager).up).await?;
        match self.runs_from {
            Some(oldest) => {
                let said = format!(
                    "insert into {COMPATIBILITY} (migration, runs_from) values ('{}', {oldest})",
                    self.name
                );
                run(manager, &said).await
            }
            None => Ok(()),
        }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if self.runs_from.is_some() {
            run(manager, &format!("delete from {COMPATIBILITY} where migration = '{}'", self.name)).await?;
        }
        run(manager, self.dialect(manager).down).await
    }
}

impl Migration {
    fn dialect(&self, manager: &SchemaManager<'_>) -> &Halves {
        if manager.get_database_backend() == DbBackend::Sqlite { &self.sqlite } else { &self.postgres }
    }
}

async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await?;
    Ok(())
}
