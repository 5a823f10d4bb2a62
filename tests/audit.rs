//! The history is verified: whatever somebody does to it who got past the guards is found.

use crate::harness::{App, BOARDS_MONTHLY, Db, Subscription};
use domain::{
    audit::{Broken, Checkpoint, Verdict, checkpoint, verify},
    event::chained,
};
use entity::{event, id::SubscriptionId, marketplace, subscription};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

/// A history of some length, whose guards are off: somebody owns the database.
struct Scene {
    app: App,
    db: Db,
    boards: Subscription,
}

impl Scene {
    async fn on(db: Db) -> Self {
        let app = App::on(db).await;
        let boards = app.active(BOARDS_MONTHLY).await;
        app.ada().changes_quantity(&boards, 12).await.done();
        app.ada().buys(BOARDS_MONTHLY, 1).await;
        let scene = Self { app, db, boards };
        for (table, trigger) in [
            ("event", "event_law_update"),
            ("event", "event_law_delete"),
            ("event", "event_law_insert"),
            ("event", "event_law_follows"),
            ("subscription", "subscription_law_update"),
        ] {
            match db {
                Db::Sqlite => scene.does(&format!("drop trigger {trigger}")).await,
                Db::Postgres => scene.does(&format!("alter table {table} disable trigger all")).await,
            }
        }
        scene
    }

    async fn does(&self, sql: &str) {
        self.app.as_owner(sql).await;
    }

    async fn verified(&self) -> Verdict {
        verify(self.app.market.db(), None).await.expect("the database answers")
    }

    async fn held_against(&self, kept: &Checkpoint) -> Verdict {
        verify(self.app.market.db(), Some(kept)).await.expect("the database answers")
    }

    async fn checkpoint(&self) -> Checkpoint {
        checkpoint(self.app.market.db()).await.expect("the database answers").expect("a whole history")
    }

    /// The id of the subscription, as the database's SQL has it.
    fn stream(&self) -> String {
        match self.db {
            Db::Sqlite => format!("x'{}'", self.boards.uuid().simple()),
            Db::Postgres => format!("'{}'::uuid", self.boards.uuid()),
        }
    }

    async fn events(&self) -> Vec<event::Model> {
        event::Entity::find()
            .filter(event::Column::StreamId.eq(self.boards.uuid()))
            .order_by_asc(event::Column::Seq)
            .all(self.app.market.db().read())
            .await
            .expect("events")
    }

    /// Works the whole chain of the subscription out anew, over what its events say now, and its head with it.
    async fn forges(&self) {
        let mut hash = Vec::new();
        let mut last = 0;
        for event in self.events().await {
            hash = chained(&hash, &event);
            last = event.seq;
            self.does(&format!(
                "update event set hash = {} where stream_id = {} and seq = {last}",
                self.bytes(&hash),
                self.stream()
            ))
            .await;
        }
        self.does(&format!(
            "update subscription set version = {last}, event_hash = {} where id = {}",
            self.bytes(&hash),
            self.stream()
        ))
        .await;
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        match self.db {
            Db::Sqlite => format!("x'{}'", hex::encode(bytes)),
            Db::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_nobody_touched_is_whole(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let verified = scene.verified().await.expect("whole");
    let events = event::Entity::find().all(scene.app.market.db().read()).await.unwrap();
    assert_eq!(verified.events, events.len() as u64);
    assert!(verified.streams >= 3, "{verified:?}");
}

/// How somebody tampers, and at which event of the subscription it is found; none when at its head.
const TAMPERING: [(&str, &str, Option<i64>); 10] = [
    ("another fact", "update event set body = '{}' where seq = 2", Some(2)),
    ("another time", "update event set occurred_at = '2026-01-01T00:00:00+00:00' where seq = 2", Some(2)),
    ("another actor", "update event set actor_id = null where seq = 1", Some(1)),
    ("another kind of actor", "update event set actor_kind = 'SYSTEM' where seq = 1", Some(1)),
    ("another type", "update event set type = 'subscription.renewed' where seq = 3", Some(3)),
    ("another request", "update event set request_id = 'another' where seq = 1", Some(1)),
    ("another audience", "update event set publisher_id = null where seq = 1", Some(1)),
    ("one in the middle removed", "delete from event where seq = 2", Some(2)),
    ("the first removed", "delete from event where seq = 1", Some(1)),
    ("the last removed", "delete from event where seq = 3", None),
];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tampering_is_found_where_it_was_done(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    for (name, sql, seq) in TAMPERING {
        let scene = Scene::on(db).await;
        scene.does(&format!("{sql} and stream_id = {}", scene.stream())).await;
        let broken = scene.verified().await.expect_err(name);
        let (stream, found) = match broken {
            Broken::Event { stream, seq, .. } | Broken::Missing { stream, seq, .. } => (stream, Some(seq)),
            Broken::Head { stream, .. } => (stream, None),
            Broken::Checkpoint | Broken::Unknown { .. } | Broken::Row { .. } | Broken::Licenses { .. } => {
                panic!("{name}: {broken}")
            }
        };
        assert_eq!((stream, found), (scene.boards.uuid(), seq), "{name}: {broken}");
    }
    println!("tampering with one event on {db:?}: {} kinds, found where it was done", TAMPERING.len());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_inserted_or_moved_is_found(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let columns =
        "stream_kind, type, occurred_at, actor_kind, actor_id, request_id, organization_id, publisher_id,
                   partner_id, body, hash";
    let position = |db| if db == Db::Sqlite { (", position", ", 1000") } else { ("", "") };
    let scene = Scene::on(db).await;
    let (stream, (column, value)) = (scene.stream(), position(db));
    scene
        .does(&format!(
            "insert into event (stream_id, seq, {columns}{column}) select stream_id, 4, {columns}{value}
             from event where stream_id = {stream} and seq = 3"
        ))
        .await;
    let broken = scene.verified().await.expect_err("an event too many");
    assert!(matches!(broken, Broken::Event { seq: 4, .. }), "{broken}");
    let scene = Scene::on(db).await;
    let stream = scene.stream();
    for (from, to) in [(2, 100), (3, 2), (100, 3)] {
        scene.does(&format!("update event set seq = {to} where stream_id = {stream} and seq = {from}")).await;
    }
    let broken = scene.verified().await.expect_err("two events changed places");
    assert!(matches!(broken, Broken::Event { seq: 2, .. }), "{broken}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_gone_is_missed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    scene.does(&format!("delete from event where stream_id = {}", scene.stream())).await;
    let broken = scene.verified().await.expect_err("all its events are gone");
    assert!(matches!(broken, Broken::Missing { seq: 1, .. }), "{broken}");
}

/// The marketplace's own history ends in a row of its own, and is walked along like the others.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tampering_with_the_marketplaces_history_is_found(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    const TAMPERING: [(&str, &str, Option<i64>); 5] = [
        ("another fact", "update event set body = '{}' where seq = 2 and", Some(2)),
        ("another audience", "update event set partner_id = null where seq = 2 and", Some(2)),
        ("one in the middle removed", "delete from event where seq = 2 and", Some(2)),
        ("all of it removed", "delete from event where", Some(1)),
        ("the last removed", "delete from event where seq = (select version from marketplace) and", None),
    ];
    for (name, sql, seq) in TAMPERING {
        let scene = Scene::on(db).await;
        for name in ["First", "Second", "Third"] {
            let app = json!({ "name": name, "summary": "An app", "description": "An app to come." });
            scene.app.northwind().does("CreateApp", app).await.done();
        }
        scene.verified().await.expect("whole");
        scene.does(&format!("{sql} stream_kind = 'MARKETPLACE'")).await;
        let broken = scene.verified().await.expect_err(name);
        assert!(broken.to_string().contains("of the marketplace") || seq.is_none(), "{name}: {broken}");
        let (stream, found) = match broken {
            Broken::Event { stream, seq, .. } | Broken::Missing { stream, seq, .. } => (stream, Some(seq)),
            Broken::Head { stream, .. } => (stream, None),
            Broken::Checkpoint | Broken::Unknown { .. } | Broken::Row { .. } | Broken::Licenses { .. } => {
                panic!("{name}: {broken}")
            }
        };
        assert_eq!((stream, found), (marketplace::ID, seq), "{name}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_a_checkpoint_finds_a_history_that_was_written_anew(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let kept = scene.checkpoint().await;
    scene
        .does(&format!("update event set body = '{{}}' where seq = 2 and stream_id = {}", scene.stream()))
        .await;
    scene.forges().await;
    scene.verified().await.expect("whole in itself");
    assert_eq!(scene.held_against(&kept).await, Err(Broken::Checkpoint));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_a_checkpoint_finds_that_the_last_events_were_removed_with_their_head(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::on(db).await;
    let kept = scene.checkpoint().await;
    scene.does(&format!("delete from event where seq = 3 and stream_id = {}", scene.stream())).await;
    scene.forges().await;
    let broken = scene.verified().await.expect_err("the row still tells of it");
    assert_eq!(broken, Broken::Row { subscription: scene.boards.uuid(), what: "number of licences" });
    scene.does(&format!("update subscription set quantity = 10 where id = {}", scene.stream())).await;
    scene.verified().await.expect("whole in itself");
    assert_eq!(scene.held_against(&kept).await, Err(Broken::Checkpoint));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_stays_true_while_the_history_goes_on(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let market = app.market.db();
    let kept = checkpoint(market).await.unwrap().expect("whole");
    app.ada().changes_quantity(&boards, 12).await.done();
    app.until("2026-03-01").await;
    app.ada().cancels(&boards).await.done();
    verify(market, Some(&kept)).await.unwrap().expect("the history goes on");
    let row =
        subscription::Entity::find_by_id(SubscriptionId(boards.uuid())).one(market.read()).await.unwrap();
    assert!(row.unwrap().version > 4);
    let later = checkpoint(market).await.unwrap().expect("whole");
    assert!(later.events > kept.events && later.digest != kept.digest);
}

/// What somebody writes by hand into the row of a subscription, past no guard, and the fact that is told to differ.
const BY_HAND: [(&str, &str); 10] = [
    ("auto_renew = not auto_renew", "auto-renewal"),
    ("quantity = quantity + 1", "number of licences"),
    ("scheduled_quantity = 1", "scheduled number of licences"),
    ("standing = 'PAST_DUE'", "standing"),
    ("period_number = period_number + 1", "period"),
    ("period_end = '2027-01-31'", "end of the period"),
    ("billing_profile_id = (select id from billing_profile where name = 'Tailspin USD')", "billing profile"),
    ("ends_at = '2027-01-31T00:00:00+00:00'", "time until which it runs"),
    ("due_at = '2027-01-31T00:00:00+00:00'", "time at which something falls due"),
    ("assigned = 1", "number of assigned licences"),
];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_by_hand_is_not_what_its_history_says(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    for (sql, fact) in BY_HAND {
        let app = App::on(db).await;
        let boards = app.active(BOARDS_MONTHLY).await;
        verify(app.market.db(), None).await.unwrap().expect("whole");
        app.as_owner(&format!("update subscription set {sql}")).await;
        let broken = verify(app.market.db(), None).await.unwrap().expect_err(sql);
        assert_eq!(broken, Broken::Row { subscription: boards.uuid(), what: fact }, "{sql}");
    }
    println!(
        "changes of a subscription's row by hand on {db:?}: {} kinds, each found by its fact",
        BY_HAND.len()
    );
}

/// A life with everything that changes a subscription's row is what its history says, at every step.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_long_life_is_what_its_history_says(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let whole = async || verify(app.market.db(), None).await.unwrap().expect("what its history says");
    let boards = app.active(BOARDS_MONTHLY).await;
    let users = app.ada().users(3).await;
    app.ada().assigns(&boards, &users).await.done();
    app.ada().unassigns(&boards, &users[2..]).await.done();
    app.ada().changes_quantity(&boards, 12).await.done();
    whole().await;
    app.ada().changes_quantity(&boards, 5).await.done();
    whole().await;
    app.until("2026-03-01").await;
    whole().await;
    app.ada().sets_auto_renew(&boards, false).await.done();
    whole().await;
    app.until("2026-04-02").await;
    app.ada().buys(BOARDS_MONTHLY, 2).await;
    app.until("2026-06-01").await;
    whole().await;
}

/// A licence that was taken away by hand is still counted.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn licences_that_are_counted_and_not_assigned_are_found(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let users = app.ada().users(1).await;
    app.ada().assigns(&boards, &users).await.done();
    app.as_owner("update license_assignment set ended_at = assigned_at").await;
    let broken = verify(app.market.db(), None).await.unwrap().expect_err("one is missing");
    assert_eq!(broken, Broken::Licenses { subscription: boards.uuid() });
}

/// An event of a kind that nobody knows hides no other, and is told when the history is verified.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_an_unknown_kind_hides_no_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let seen = async || scene.app.ada().sees(&scene.boards).await["events"].to_string();
    let before = seen().await;
    assert!(before.contains("LICENSE_QUANTITY_CHANGED"), "{before}");
    scene
        .does(&format!(
            "update event set type = 'subscription.unheard_of' where seq = 3 and stream_id = {}",
            scene.stream()
        ))
        .await;
    let after = seen().await;
    assert!(after.contains("ACTIVATED") && !after.contains("LICENSE_QUANTITY_CHANGED"), "{after}");
    let broken = scene.verified().await.expect_err("nobody knows it");
    assert_eq!(broken, Broken::Unknown { stream: scene.boards.uuid(), seq: 3 });
}
