//! Who may come in: people bound to an identity provider, people who left, and the keys of machines.

use crate::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000003_access/sqlite_up.sql"),
            include_str!("m20261123_000003_access/postgres_up.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000003_access/sqlite_down.sql"),
            include_str!("m20261123_000003_access/postgres_down.sql"),
        )
        .await
    }
}
