//! A proposal is answered once, and what it offered stays what it was.

use super::attack::{Attack, Scene, attack};
use crate::{
    harness::Db,
    proposals::{accepts, proposed},
};
use entity::{proposal, proposal_line};
use rstest::rstest;

const ANSWERED_ONCE: &str = "PROPOSALS_ARE_ANSWERED_ONCE";
const NEVER_CHANGES: &str = "WHAT_WAS_OFFERED_NEVER_CHANGES";

/// One that was accepted, and one that is open.
async fn scene(db: Db) -> Scene {
    let scene = Scene::on(db).await;
    let ada = scene.app.ada();
    let accepted = proposed(&scene.app, &ada).await;
    accepts(&ada, &accepted, 1, "Contoso Main").await.done();
    proposed(&scene.app, &ada).await;
    scene
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_never_answered_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = scene(db).await;
    let closed = "where status = 'ACCEPTED'";
    let change =
        |name, columns: &str| attack(name, format!("update proposal set {columns} {closed}"), ANSWERED_ONCE);
    let mut attacks: Vec<Attack> = vec![
        change("open again", "status = 'OPEN', closed_at = null"),
        change("declined after all", "status = 'DECLINED'"),
        change("another revision", "revision = revision + 1"),
        change("a later end", "expires_at = drafted_at"),
        change("nothing", "revision = revision"),
        attack("delete", format!("delete from proposal {closed}"), ANSWERED_ONCE)
            .after_key("violates foreign key constraint"),
        attack(
            "replace",
            scene.copy::<proposal::Entity>("replace", &[("revision", "9")], "status = 'ACCEPTED'"),
            ANSWERED_ONCE,
        )
        .only_on(Db::Sqlite),
        attack("truncate", "truncate proposal cascade", ANSWERED_ONCE).only_on(Db::Postgres),
    ];
    let open = "where status = 'OPEN'";
    for (name, columns) in [
        ("a draft again", "status = 'DRAFT', sent_at = null"),
        ("a revision before", "revision = revision - 1"),
        ("another time of drafting", "drafted_at = expires_at"),
    ] {
        // What the checks refuse too is refused by them first on either database.
        let attack = attack(name, format!("update proposal set {columns} {open}"), ANSWERED_ONCE);
        attacks.push(if name == "a revision before" {
            attack.on_postgres("proposal_revision_check")
        } else {
            attack
        });
    }
    scene.refuses(attacks).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_offered_stays_what_it_was(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = scene(db).await;
    let change =
        |name, columns: &str| attack(name, format!("update proposal_line set {columns}"), NEVER_CHANGES);
    let unbought = "where subscription_id is null";
    scene
        .refuses([
            change("another price", "unit_price = unit_price + 1"),
            change("more licences", "license_quantity = 21"),
            change("another place", "position = position + 10"),
            change("what was bought is forgotten", "subscription_id = null"),
            attack(
                "another price of what is open",
                format!("update proposal_line set unit_price = 0 {unbought}"),
                NEVER_CHANGES,
            ),
            attack("delete", "delete from proposal_line", NEVER_CHANGES),
            attack(
                "replace",
                scene.copy::<proposal_line::Entity>("replace", &[("unit_price", "1")], "1 = 1"),
                NEVER_CHANGES,
            )
            .only_on(Db::Sqlite),
            attack("truncate", "truncate proposal_line", NEVER_CHANGES).only_on(Db::Postgres),
        ])
        .await;
}
