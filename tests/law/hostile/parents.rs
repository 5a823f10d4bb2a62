//! What a member's role writes belongs to something of the same organization: on PostgreSQL row-level security looks at the
//! object that a row names, not only at the organization that it carries. And what COPY brings meets the same guards.

use super::{Logins, Role, connect, is_refusal};
use crate::{
    harness::{BOARDS_EUROS, Db},
    law::attack::{Scene, attempt},
};
use entity::{billing_profile, event, invoice, invoice_line, license_assignment, payment, subscription};
use sea_orm::{DbErr, RuntimeErr};
use serde_json::json;
use sqlx::postgres::PgPoolCopyExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_writes_to_nothing_of_another_organization() {
    let scene = Scene::on(Db::Postgres).await;
    let finn = scene.app.finn();
    let agreement = finn.asks("{ customerAgreement { currentVersion } }", json!({})).await.done();
    let version = json!({ "version": agreement.text("/customerAgreement/currentVersion") });
    finn.does("AcceptCustomerAgreement", version).await.done();
    let theirs = scene.app.active_for(&finn, BOARDS_EUROS, Some(10), "Fabrikam Main").await;
    let logins = Logins::of(&scene).await;
    let theirs = format!("'{}'::uuid", theirs.uuid());
    let invoice = format!("(select invoice_id from invoice_line where subscription_id = {theirs})");
    let profile = "'Fabrikam Main'";
    let ids = [
        format!("(select id from billing_profile where name = {profile})"),
        invoice.clone(),
        "(select id from user_account where name like 'Finn%')".to_owned(),
        format!("(select payment_method_id from billing_profile where name = {profile})"),
        "(select id from organization where name = 'Fabrikam')".to_owned(),
    ];
    let mut found = Vec::new();
    for id in ids {
        let all =
            crate::law::attack::texts(scene.app.market.db().read(), &format!("select {id}::text")).await;
        found.push(format!("'{}'::uuid", all[0]));
    }
    let [profile, invoice, user, method, organization] = &found[..] else { panic!("five ids") };
    let (ours, unused) = (&scene.active, scene.unused());
    let of_ours = format!("subscription_id = {ours}");
    let tries = [
        (
            "a purchase on another's profile",
            scene.copy::<subscription::Entity>(
                "insert",
                &[("id", &unused), ("billing_profile_id", profile), ("version", "0")],
                &format!("id = {}", scene.pending),
            ),
        ),
        (
            "a move to another's profile",
            format!("update subscription set billing_profile_id = {profile} where id = {ours}"),
        ),
        (
            "a copy of another's",
            scene.copy::<subscription::Entity>(
                "insert",
                &[("id", &unused), ("replaces_id", &theirs)],
                &format!("id = {}", scene.pending),
            ),
        ),
        (
            "an end of another's",
            format!(
                "insert into subscription_end (subscription_id, organization_id, publisher_id, reason, at) select {theirs}, organization_id, publisher_id, 'CANCELED', purchased_at from subscription where id = {ours}"
            ),
        ),
        (
            "a licence of another's",
            scene.copy::<license_assignment::Entity>(
                "insert",
                &[("id", &unused), ("subscription_id", &theirs)],
                &of_ours,
            ),
        ),
        (
            "a licence for another's user",
            scene.copy::<license_assignment::Entity>(
                "insert",
                &[("id", &unused), ("user_id", user)],
                &of_ours,
            ),
        ),
        (
            "a licence moved to another's",
            format!("update license_assignment set subscription_id = {theirs} where {of_ours}"),
        ),
        (
            "an event of another's",
            scene.copy::<event::Entity>(
                "insert",
                &[("stream_id", &theirs), ("seq", "99")],
                &format!("stream_id = {ours} and seq = 1"),
            ),
        ),
        (
            "an event of another's organization",
            scene.copy::<event::Entity>(
                "insert",
                &[("stream_kind", "'ORGANIZATION'"), ("stream_id", organization), ("seq", "99")],
                &format!("stream_id = {ours} and seq = 1"),
            ),
        ),
        (
            "an event of the marketplace",
            scene.copy::<event::Entity>(
                "insert",
                &[("stream_kind", "'MARKETPLACE'"), ("stream_id", &unused)],
                &format!("stream_id = {ours} and seq = 1"),
            ),
        ),
        (
            "an invoice to another's profile",
            scene.copy::<invoice::Entity>(
                "insert",
                &[("id", &unused), ("number", "4711"), ("billing_profile_id", profile)],
                "id = (select min(id::text)::uuid from invoice)",
            ),
        ),
        (
            "a charge on another's invoice",
            scene.copy::<invoice_line::Entity>(
                "insert",
                &[("invoice_id", invoice), ("position", "0"), ("kind", "'USED_DAYS'")],
                &of_ours,
            ),
        ),
        (
            "a payment of another's invoice",
            scene.copy::<payment::Entity>(
                "insert",
                &[("id", &unused), ("invoice_id", invoice)],
                "status = 'SUCCEEDED'",
            ),
        ),
        (
            "a profile paid by another's card",
            scene.copy::<billing_profile::Entity>(
                "insert",
                &[("id", &unused), ("payment_method_id", method)],
                "name = 'Contoso Main'",
            ),
        ),
        (
            "a profile that another's card pays from now on",
            format!("update billing_profile set payment_method_id = {method} where name = 'Contoso Main'"),
        ),
        (
            "a role on another's profile",
            format!(
                "insert into billing_profile_role (billing_profile_id, user_id, organization_id, role) select {profile}, id, organization_id, 'OWNER' from user_account limit 1"
            ),
        ),
        (
            "a note on another's",
            format!(
                "insert into cancellation_note (subscription_id, organization_id, note, created_at) select {theirs}, organization_id, 'x', purchased_at from subscription where id = {ours}"
            ),
        ),
    ];
    let connection = connect(&scene, &logins, Role::Tenant).await;
    let mut wrong = Vec::new();
    for (name, sql) in &tries {
        match attempt(&connection, sql).await {
            Err(error) if error.to_string().contains("row-level security") => {}
            outcome => wrong.push(format!("{name}: {outcome:?}")),
        }
    }
    // What belongs to the organization itself is written as ever.
    let own = scene.copy::<license_assignment::Entity>(
        "insert",
        &[("id", &unused), ("ended_at", "assigned_at")],
        &of_ours,
    );
    attempt(&connection, &own).await.expect("a licence of its own");
    connection.close().await.expect("closed");
    println!(
        "what members may not refer to on PostgreSQL: {} tried, {} refused",
        tries.len(),
        tries.len() - wrong.len()
    );
    logins.go(&scene).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// COPY goes past rules, but not past triggers.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_copied_in_meets_the_same_guards() {
    let scene = Scene::on(Db::Postgres).await;
    let logins = Logins::of(&scene).await;
    logins.own(&scene).await;
    let ended = scene.ended.trim_start_matches('\'').trim_end_matches("'::uuid").to_owned();
    let nobody = "00000000-0000-0000-0000-000000000001";
    let copies = [
        (
            "copy subscription_end (subscription_id, organization_id, publisher_id, reason, at) from stdin",
            format!("{ended}\t{nobody}\t{nobody}\tEXPIRED\t2026-02-01\n"),
        ),
        (
            "copy event (stream_kind, stream_id, seq, type, occurred_at, actor_kind, body, hash) from stdin",
            format!("SUBSCRIPTION\t{ended}\t99\tsubscription.activated\t2026-02-01\tSYSTEM\t{{}}\tx\n"),
        ),
        ("copy document_number (kind, last) from stdin", "INVOICE\t0\n".to_owned()),
        (
            "copy credit_note_line (invoice_id, position, credit_note_id, subscription_id, amount) from stdin",
            format!("{nobody}\t0\t{nobody}\t{ended}\t1\n"),
        ),
    ];
    let mut wrong = Vec::new();
    for role in super::roles(Db::Postgres) {
        let connection = connect(&scene, &logins, *role).await;
        for (sql, data) in &copies {
            let copied = async {
                let mut copy = connection.get_postgres_connection_pool().copy_in_raw(sql).await?;
                copy.send(data.as_bytes()).await?;
                copy.finish().await
            };
            let outcome = copied.await.map_err(|error| DbErr::Exec(RuntimeErr::SqlxError(error.into())));
            if !outcome.as_ref().is_err_and(|error| is_refusal(Db::Postgres, error)) {
                wrong.push(format!("{role:?}: {sql}: {outcome:?}"));
            }
        }
        connection.close().await.expect("closed");
    }
    logins.go(&scene).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
