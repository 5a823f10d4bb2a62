//! Operators come in like everybody else: bound once by a verified address, and by who they are from then on.
//! Nobody else can take their place, or put them in another.

use super::{ADA, Scene, WHO, now, turned_away};
use crate::harness::Db;
use entity::operator;
use futures::future::join_all;
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

const OPERATOR: &str = "operator@tenure.example";

/// What stands in a token of somebody with the operator's address.
fn of(subject: &str) -> Json {
    json!({ "sub": subject, "email": OPERATOR })
}

async fn row(scene: &Scene) -> operator::Model {
    let found = operator::Entity::find().filter(operator::Column::Email.eq(OPERATOR));
    let found = found.one(scene.app.market.db().read()).await.expect("the database answers");
    found.expect("the operator")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_bound_the_first_time_they_come(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let unverified = json!({ "sub": "operator-there", "email": OPERATOR, "email_verified": false });
    scene.nobody(&scene.token(unverified), "not verified").await;
    assert_eq!(row(&scene).await.issuer, None);

    assert_eq!(scene.who(&scene.token(of("operator-there"))).await, "OPERATOR");
    let bound = row(&scene).await;
    assert_eq!(bound.issuer.as_deref(), Some(scene.provider.issuer.as_str()));
    assert_eq!((bound.subject.as_deref(), bound.bound_at), (Some("operator-there"), Some(now())));

    scene.nobody(&scene.token(of("somebody-else")), "the same address").await;
    for changed in [json!(null), json!("operator@elsewhere.example"), json!(ADA)] {
        let token = scene.token(json!({ "sub": "operator-there", "email": changed }));
        assert_eq!(scene.who(&token).await, "OPERATOR", "{changed}");
    }
    assert_eq!(row(&scene).await, bound);
    assert_eq!(scene.bound(ADA).await, None, "that address was not theirs");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_local_token_does_not_find_an_operator_who_came_from_a_provider(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::on(db).await;
    let local = scene.app.client(&format!("email:{OPERATOR}"));
    local.asks(WHO, json!({})).await.done();
    assert_eq!(scene.who(&scene.token(of("operator-there"))).await, "OPERATOR");
    turned_away(&local.asks(WHO, json!({})).await, "the operator came from a provider");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_at_once_as_the_operator_one_is_bound(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let same: Vec<_> = (0..4).map(|_| scene.token(of("operator-there"))).collect();
    for who in join_all(same.iter().map(|token| scene.who(token))).await {
        assert_eq!(who, "OPERATOR");
    }
    let others: Vec<_> = (0..4).map(|number| scene.token(of(&format!("operator-{number}")))).collect();
    for answer in join_all(others.iter().map(|token| scene.asks(token, WHO))).await {
        turned_away(&answer, "somebody else with the same address");
    }
}

/// Any owner can invite any address. An operator who has not come yet must not find themselves in a
/// customer's organization, and nowhere else, for ever.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_invites_the_operator_does_not_get_them(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let invite = format!(
        r#"mutation {{
             inviteMember(input: {{ name: "Operator", email: "{OPERATOR}", role: READER }}) {{
               user {{ id }} userErrors {{ code }} }} }}"#
    );
    scene.does(&scene.token(json!({})), &invite).await;
    assert_eq!(scene.who(&scene.token(of("operator-there"))).await, "OPERATOR");
    assert_eq!(scene.who(&scene.token(of("operator-there"))).await, "OPERATOR", "and stays it");
}
