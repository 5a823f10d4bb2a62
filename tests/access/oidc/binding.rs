//! Invitations: the first time somebody comes from the provider they are known by their verified address, and
//! from then on by who they are there, for ever.

use super::{
    ADA, CARL, KEYS, Scene, WHO, asked,
    keys::{EC, ED},
    now,
    provider::Provider,
    trusting, turned_away, who,
};
use crate::harness::{Answer, Db};
use axum::http::StatusCode;
use entity::{event, state::EventType};
use futures::future::join_all;
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

const NORA: &str = "nora@contoso.example";

/// What stands in a token of somebody else than Ada.
fn of(subject: &str, email: &str) -> Json {
    json!({ "sub": subject, "email": email })
}

/// Ada invites Nora, and says which user that is.
async fn nora_is_invited(scene: &Scene) -> String {
    nora_is_invited_by(scene, json!({})).await
}

/// The owner with this in their token invites Nora, and says which user that is.
async fn nora_is_invited_by(scene: &Scene, owner: Json) -> String {
    let invite = r#"mutation {
        inviteMember(input: { name: "Nora", email: "nora@contoso.example", role: READER }) {
          user { id joinedAt } userErrors { code message } } }"#;
    let invited = scene.does(&scene.token(owner), invite).await;
    assert!(invited.at("/inviteMember/user/joinedAt").is_null());
    invited.text("/inviteMember/user/id").to_owned()
}

/// Ada removes this user.
async fn is_removed(scene: &Scene, user: &str) {
    let remove = format!(
        r#"mutation {{ removeMember(input: {{ userId: "{user}" }}) {{
             removedUserId userErrors {{ code }} }} }}"#
    );
    scene.does(&scene.token(json!({})), &remove).await;
}

/// How many of these came in, and how many were turned away.
fn counted(answers: &[Answer]) -> (usize, usize) {
    let with = |status: StatusCode| answers.iter().filter(|answer| answer.status == status).count();
    (with(StatusCode::OK), with(StatusCode::UNAUTHORIZED))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_invited_is_bound_the_first_time_they_come(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::on(db).await;
    assert_eq!(scene.bound(ADA).await, None);
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    assert_eq!(scene.bound(ADA).await, Some((scene.provider.issuer.clone(), "ada-there".into())));
    let row = scene.row(ADA).await;
    assert_eq!(row.as_ref().and_then(|row| row.bound_at), Some(now()));

    scene.app.at("2026-01-31T09:30:00Z");
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    assert_eq!(scene.row(ADA).await, row, "that was once");
}

/// It is they who do it, with the request that they came with.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_history_says_that_somebody_came_for_the_first_time(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    for (subject, email, kind) in [
        ("ada-there", ADA, EventType::MemberBound),
        ("operator-there", "operator@tenure.example", EventType::OperatorBound),
    ] {
        let token = scene.token(of(subject, email));
        let came = scene.asks(&token, WHO).await.done();
        scene.asks(&token, WHO).await.done();
        let told = event::Entity::find().filter(event::Column::Type.eq(kind));
        let told = told.all(scene.app.market.db().read()).await.unwrap();
        let [once] = told.as_slice() else { panic!("once: {told:#?}") };
        assert!(once.actor_id.is_some_and(|id| once.body.contains(&id.to_string())), "{}", once.body);
        let request = came.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        assert_eq!(once.request_id.as_deref(), request);
        assert!(!once.body.contains("there") && !once.body.contains('@'), "{}", once.body);
    }
    domain::audit::verify(scene.app.market.db(), None).await.unwrap().expect("the history is whole");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_comes_in_with_what_they_were_invited_to(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::on(db).await;
    let nora = scene.token(of("nora-there", NORA));
    scene.nobody(&nora, "she is not invited yet").await;
    let id = nora_is_invited(&scene).await;
    let unverified = json!({ "sub": "nora-there", "email": NORA, "email_verified": false });
    scene.nobody(&scene.token(unverified), "the provider has not verified her address").await;
    let document = "{ viewer { roles user { id joinedAt } organization { name } } }";
    let answer = scene.asks(&nora, document).await.done();
    assert_eq!(answer.text("/viewer/user/id"), id);
    assert_eq!(answer.text("/viewer/organization/name"), "Contoso");
    assert_eq!(answer.at("/viewer/roles"), &json!(["READER"]));
    assert!(answer.at("/viewer/user/joinedAt").is_string());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_the_same_in_any_case_of_letters(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let token = scene.token(of("carl-there", "CARL@Contoso.Example"));
    assert_eq!(scene.who(&token).await, CARL);
}

/// U+212A, the sign for Kelvin, is no k, though its lower case is one. Whose mailbox that is, nobody here
/// knows.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_only_looks_like_another_is_another(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    scene.nobody(&scene.token(of("somebody", "a\u{212A}i@adatum.example")), "not Aki").await;
    assert_eq!(scene.bound("aki@adatum.example").await, None);
    assert_eq!(scene.who(&scene.token(of("aki-there", "aki@adatum.example"))).await, "aki@adatum.example");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_bound_is_never_found_by_an_address_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    let bound = scene.bound(ADA).await;

    scene.nobody(&scene.token(of("somebody-else", ADA)), "the address was given to somebody else").await;
    scene.nobody(&scene.token(of("ADA-THERE", ADA)), "a subject is what it is, letter by letter").await;
    scene.nobody(&scene.token(of("ada-there ", ADA)), "and so is a space").await;
    for changed in [
        json!({ "email": "ada@elsewhere.example" }),
        json!({ "email": "ada@elsewhere.example", "email_verified": false }),
        json!({ "email": null, "email_verified": null }),
        json!({ "email_verified": false }),
        json!({ "email": CARL }),
    ] {
        assert_eq!(scene.who(&scene.token(changed.clone())).await, ADA, "{changed}");
    }
    assert_eq!(scene.bound(ADA).await, bound);
    assert_eq!(scene.bound(CARL).await, None, "that address was not hers");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_subject_of_another_provider_is_somebody_else(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    let other = Provider::start(&KEYS).await;
    let routes = trusting(&scene.app, &other);
    let same = other.token(&ED, json!({}));
    turned_away(&asked(&routes, &same, WHO).await, "the same subject and address");
    assert_eq!(who(&routes, &other.token(&ED, json!({ "email": CARL }))).await, CARL);
    assert_eq!(scene.bound(CARL).await, Some((other.issuer.clone(), "ada-there".into())));
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    turned_away(&scene.asks(&same, WHO).await, "a token of a provider that is not trusted here");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_local_token_does_not_find_who_came_from_a_provider(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    scene.app.ada().asks(WHO, json!({})).await.done();
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    turned_away(&scene.app.ada().asks(WHO, json!({})).await, "Ada came from a provider");
    scene.app.carl().asks(WHO, json!({})).await.done();
    scene.nobody(&scene.app.carl().token, "no token of the provider").await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_first_requests_at_once_bind_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let tokens = [scene.token(json!({})), scene.provider.token(&EC, json!({}))];
    // The keys are there before: both arrive at the database together.
    scene.nobody(&scene.token(of("nobody", "nobody@contoso.example")), "nobody").await;
    let (one, other) = tokio::join!(scene.who(&tokens[0]), scene.who(&tokens[1]));
    assert_eq!((one.as_str(), other.as_str()), (ADA, ADA));
    assert_eq!(scene.bound(ADA).await, Some((scene.provider.issuer.clone(), "ada-there".into())));
}

/// A front end sends several requests as soon as it has a token. None of them may find that the invitation is
/// gone already.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn all_first_requests_of_one_person_are_let_in(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    scene.nobody(&scene.token(of("nobody", "nobody@contoso.example")), "nobody").await;
    for number in 1..=10 {
        let email = format!("user{number}@contoso.example");
        let token = scene.token(of(&format!("user-{number}"), &email));
        let answers = join_all((0..8).map(|_| scene.asks(&token, WHO))).await;
        assert_eq!(counted(&answers), (8, 0), "{email}");
    }
}

/// Two organizations may invite the same person, who belongs to the one that was first.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_was_invited_twice_comes_to_whoever_was_first(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let first = nora_is_invited(&scene).await;
    scene.app.at("2026-01-31T09:01:00Z");
    nora_is_invited_by(&scene, of("finn-there", "finn@fabrikam.example")).await;
    let nora = scene.token(of("nora-there", NORA));
    for round in 0..2 {
        for answer in join_all((0..8).map(|_| scene.asks(&nora, WHO))).await {
            assert_eq!(answer.done().text("/viewer/user/id"), first, "round {round}");
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_at_once_with_one_address_one_is_bound(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let tokens: Vec<_> = (0..8).map(|number| scene.token(of(&format!("carl-{number}"), CARL))).collect();
    scene.nobody(&scene.token(of("nobody", "nobody@contoso.example")), "nobody").await;
    for round in 0..2 {
        let answers = join_all(tokens.iter().map(|token| scene.asks(token, WHO))).await;
        assert_eq!(counted(&answers), (1, 7), "round {round}");
    }
    let (_, subject) = scene.bound(CARL).await.expect("somebody");
    assert_eq!(scene.who(&scene.token(of(&subject, "carl@elsewhere.example"))).await, CARL);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_does_not_come_in_any_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let nora = scene.token(of("nora-there", NORA));
    let first = nora_is_invited(&scene).await;
    assert_eq!(scene.who(&nora).await, NORA);
    is_removed(&scene, &first).await;
    scene.nobody(&nora, "removed").await;
    scene.nobody(&scene.token(of("another-nora", NORA)), "nobody is invited with this address").await;

    let second = nora_is_invited(&scene).await;
    assert_ne!(first, second);
    let answer = scene.asks(&nora, WHO).await.done();
    assert_eq!(answer.text("/viewer/user/id"), second, "invited anew, she is a new member");
    assert_eq!(scene.bound(NORA).await, Some((scene.provider.issuer.clone(), "nora-there".into())));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_before_they_ever_came_does_not_come_in(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let nora = nora_is_invited(&scene).await;
    is_removed(&scene, &nora).await;
    scene.nobody(&scene.token(of("nora-there", NORA)), "the invitation was taken back").await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_does_not_come_in_any_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let nora = scene.token(of("nora-there", NORA));
    let id = nora_is_invited(&scene).await;
    assert_eq!(scene.who(&nora).await, NORA);
    is_removed(&scene, &id).await;
    let erase = format!(
        r#"mutation {{ eraseUser(input: {{ userId: "{id}" }}) {{ erasedUserId userErrors {{ code }} }} }}"#
    );
    scene.does(&scene.token(json!({})), &erase).await;
    scene.nobody(&nora, "erased").await;
}
