//! Who reads and writes what: the roles that the program acts as on PostgreSQL, and row-level security.

use crate::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000004_row_security/sqlite_up.sql"),
            include_str!("m20261123_000004_row_security/postgres_up.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000004_row_security/sqlite_down.sql"),
            include_str!("m20261123_000004_row_security/postgres_down.sql"),
        )
        .await
    }
}
