//! What publishers say of their apps, and what they need to change what they sell.

use crate::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000005_catalogue/sqlite_up.sql"),
            include_str!("m20261123_000005_catalogue/postgres_up.sql"),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            include_str!("m20261123_000005_catalogue/sqlite_down.sql"),
            include_str!("m20261123_000005_catalogue/postgres_down.sql"),
        )
        .await
    }
}
