//! What happened, happened.

use super::attack::{APPEND_ONLY, Scene, attack};
use crate::harness::Db;
use entity::event;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn events_are_append_only(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let one = "(stream_id, seq) in (select stream_id, seq from event order by stream_id, seq limit 1)";
    let again = |verb: &str| scene.copy::<event::Entity>(verb, &[("body", "'{}'")], one);
    let gone = |name, sql: &str| attack(name, sql, APPEND_ONLY).only_on(Db::Postgres);
    let unused = scene.unused();
    scene
        .refuses([
            attack("another body", "update event set body = '{}'", APPEND_ONLY),
            attack("another time", "update event set occurred_at = '2020-01-01T00:00:00+00:00'", APPEND_ONLY),
            attack("another place in the stream", "update event set seq = seq + 1000", APPEND_ONLY),
            attack(
                "another stream",
                format!("update event set stream_id = {unused} where {one}"),
                APPEND_ONLY,
            ),
            attack("delete", format!("delete from event where {one}"), APPEND_ONLY),
            attack("delete all", "delete from event", APPEND_ONLY),
            attack("once more", again("insert"), APPEND_ONLY).on_postgres("event_pkey"),
            attack(
                "once more, or else changed",
                format!("{} on conflict (stream_id, seq) do update set body = '{{}}'", again("insert")),
                APPEND_ONLY,
            ),
            attack("replace", again("replace"), APPEND_ONLY).only_on(Db::Sqlite),
            attack("insert or replace", again("insert or replace"), APPEND_ONLY).only_on(Db::Sqlite),
            attack("insert or ignore", again("insert or ignore"), APPEND_ONLY).only_on(Db::Sqlite),
            attack("one replaces another", "update or replace event set seq = 1 where seq = 2", APPEND_ONLY)
                .only_on(Db::Sqlite),
            gone("truncate", "truncate event"),
            gone("truncate with what refers to it", "truncate event cascade"),
        ])
        .await;
}
