//! Billing for a finance department: tax, credit notes by line, refunds, and what becomes of payment methods.

use crate::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000002_billing/sqlite_up.sql"),
            include_str!("m20261123_000002_billing/postgres_up.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000002_billing/sqlite_down.sql"),
            include_str!("m20261123_000002_billing/postgres_down.sql"),
        )
        .await
    }
}
