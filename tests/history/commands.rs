//! What the commands of the program leave in the history: nobody is known who did it, but by what.

use super::{history, kind};
use crate::harness::{App, Db};
use domain::{
    catalog::{Catalog, export, import},
    operator::add_operator,
};
use entity::{event, state::ActorKind};
use rstest::rstest;

/// What was recorded since, by a command.
async fn since(app: &App, before: usize, command: &str) -> Vec<event::Model> {
    let new = history(app).await.split_off(before);
    for event in &new {
        assert_eq!((event.actor_kind, event.actor_id), (ActorKind::System, None));
        assert_eq!(event.request_id.as_deref(), Some(command));
    }
    new
}

fn kinds(events: &[event::Model]) -> Vec<String> {
    events.iter().map(kind).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn adding_an_operator_is_recorded_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let before = history(&app).await.len();
    let added = async |name| add_operator(&app.market, name, "olivia@tenure.example").await.expect("added");
    let id = added(Some("Olivia")).await;
    added(Some("Olivia")).await;
    added(None).await;
    added(Some("Olivia Doe")).await;
    let new = since(&app, before, "tenure operator add").await;
    assert_eq!(kinds(&new), ["operator.added", "operator.renamed"]);
    for event in new {
        assert_eq!(event.body, format!(r#"{{"operator":"{}"}}"#, id.0), "no name and no address");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_import_records_each_thing_that_it_changes(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut catalog = export(&app.market, Some("northwind")).await.expect("a catalogue");
    let imports = async |catalog: &Catalog| {
        let before = history(&app).await.len();
        import(&app.market, catalog).await.expect("it is imported");
        since(&app, before, "tenure import catalog").await
    };
    assert_eq!(kinds(&imports(&catalog).await), Vec::<String>::new(), "nothing changed");

    let mut again = catalog.publishers.remove(0);
    again.portal_url = Some("https://portal.northwind.example/anew".into());
    let mut another = again.clone();
    (another.slug, another.name) = ("proseware".into(), Some("Proseware".into()));
    another.apps.truncate(1);
    another.apps[0].id = None;
    another.apps[0].plans.truncate(1);
    another.apps[0].plans[0].id = None;
    again.apps[0].summary = "Boards, at last".into();
    again.apps[0].status = domain::catalog::Publication::Withdrawn;
    again.apps[0].plans[0].countries = vec!["US".into()];
    again.apps[0].plans[1].retired = true;
    catalog.publishers = vec![again, another];

    let new = imports(&catalog).await;
    let told: Vec<_> = new.iter().map(|event| (kind(event), changed(event))).collect();
    let told: Vec<_> = told.iter().map(|(kind, changed)| (kind.as_str(), changed.as_str())).collect();
    assert_eq!(
        told,
        [
            ("publisher.updated", r#"["portalUrl"]"#),
            ("app.updated", r#"["summary"]"#),
            ("app.withdrawn", "null"),
            ("plan.updated", r#"["countries"]"#),
            ("plan.retired", "null"),
            ("publisher.created", "null"),
            ("publisher.api_key_created", "null"),
            ("app.created", "null"),
            ("app.published", "null"),
            ("plan.created", "null"),
        ]
    );
    let publishers: std::collections::BTreeSet<_> = new.iter().map(|event| event.publisher_id).collect();
    assert_eq!(publishers.len(), 2, "each concerns its publisher: {publishers:?}");
    assert!(!publishers.contains(&None));
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

/// What an event says that changed.
fn changed(event: &event::Model) -> String {
    let body: serde_json::Value = serde_json::from_str(&event.body).expect("JSON");
    body["changed"].to_string()
}
