//! The feed's epoch: what is added to a transaction's id to get its place in the feed on PostgreSQL.
//!
//! Transaction ids belong to a cluster. After a restore into another one they begin anew, and what is stored would lie ahead of
//! all that happens from then on. So places are ids plus the epoch's base, and the base moves when the stored places show
//! that their ids were given elsewhere: in the cluster that gave them, none is ahead of the next id. Every connection
//! looks before it is used for anything, because it may be the first one to another cluster. (A schema that has no epoch yet
//! is about to be migrated.)

use crate::database::SYSTEM_ROLE;
use sqlx::PgConnection;

/// How far epochs lie apart: much further than any cluster's ids get, so that places which are only kept outside the
/// database, as in a checkpoint, are behind the new epoch too.
const APART: &str = "1099511627776";

/// Moves the base if what is stored was written in another cluster. Of several that look at once, one moves it. As the
/// system, since members see the events of their organization alone.
///
/// # Errors
/// What the database said.
pub(crate) async fn keep(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let sql = format!(
        "do $$ begin
           if to_regclass('feed_epoch') is null then
             return;
           end if;
           perform set_config('role', '{SYSTEM_ROLE}', true);
           update feed_epoch set base = (stored.furthest / {APART} + 1) * {APART}
           from (select greatest((select max(xid) from event), (select max(xid) from webhook_position),
                                 (select max(begins_xid) from webhook_endpoint), 0) as furthest) as stored
           where stored.furthest >= base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
         end $$"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}
