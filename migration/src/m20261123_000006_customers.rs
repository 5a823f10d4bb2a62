//! What partners say for their customers, and the countries that the operator changes.

use crate::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000006_customers/sqlite_up.sql"),
            include_str!("m20261123_000006_customers/postgres_up.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000006_customers/sqlite_down.sql"),
            include_str!("m20261123_000006_customers/postgres_down.sql"),
        )
        .await
    }
}
