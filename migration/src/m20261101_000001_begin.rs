//! The first schema: who, what is sold, how it is paid, subscriptions and their end, events, invoices, running.

use crate::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261101_000001_begin/sqlite_up.sql"),
            include_str!("m20261101_000001_begin/postgres_up.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261101_000001_begin/sqlite_down.sql"),
            include_str!("m20261101_000001_begin/postgres_down.sql"),
        )
        .await
    }
}
