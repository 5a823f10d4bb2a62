//! What the schema is like, and who may ask.

use super::{exposed, post};
use crate::harness::{Answer, App, Client, Db};
use api::{Exposure, Introspection};
use axum::{Router, body::Body, http::header};
use serde_json::json;

/// What graphql-js sends to learn a schema (`getIntrospectionQuery()` of version 16, with its defaults).
pub(super) const INTROSPECTION: &str = "
    query IntrospectionQuery {
      __schema {
        queryType { name kind }
        mutationType { name kind }
        subscriptionType { name kind }
        types {
          ...FullType
        }
        directives {
          name
          description
          locations
          args {
            ...InputValue
          }
        }
      }
    }

    fragment FullType on __Type {
      kind
      name
      description
      fields(includeDeprecated: true) {
        name
        description
        args {
          ...InputValue
        }
        type {
          ...TypeRef
        }
        isDeprecated
        deprecationReason
      }
      inputFields {
        ...InputValue
      }
      interfaces {
        ...TypeRef
      }
      enumValues(includeDeprecated: true) {
        name
        description
        isDeprecated
        deprecationReason
      }
      possibleTypes {
        ...TypeRef
      }
    }

    fragment InputValue on __InputValue {
      name
      description
      type { ...TypeRef }
      defaultValue
    }

    fragment TypeRef on __Type {
      kind
      name
      ofType {
        name
        kind
        ofType {
          name
          kind
          ofType {
            name
            kind
            ofType {
              name
              kind
              ofType {
                name
                kind
                ofType {
                  name
                  kind
                  ofType {
                    name
                    kind
                    ofType {
                      name
                      kind
                      ofType {
                        name
                        kind
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
";

#[tokio::test(flavor = "multi_thread")]
async fn the_standard_introspection_query_is_answered() {
    let app = App::on(Db::Sqlite).await;
    let answer = app.rui().asks(INTROSPECTION, json!({})).await.done();
    assert_eq!(answer.text("/__schema/queryType/name"), "Query");
    assert_eq!(answer.text("/__schema/subscriptionType/name"), "Subscription");
    let types = answer.at("/__schema/types").as_array().expect("types");
    assert!(types.iter().any(|of_type| of_type["name"] == "AppSubscription"));
}

/// The same with everything that can be asked for.
#[tokio::test(flavor = "multi_thread")]
async fn the_fullest_introspection_query_is_answered() {
    let app = App::on(Db::Sqlite).await;
    let answer = app.rui().asks(include_str!("introspection.graphql"), json!({})).await.done();
    let types = answer.at("/__schema/types").as_array().expect("types");
    assert!(
        types.iter().any(|of_type| of_type["specifiedByURL"].is_string()),
        "scalars say where they are specified"
    );
    assert!(types.iter().all(|of_type| !of_type["kind"].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_introspection_that_goes_round_in_circles_is_refused() {
    let app = App::on(Db::Sqlite).await;
    for nested in [
        "fields { type { fields { name } } }",
        "fields { type { inputFields { name } } }",
        "interfaces { possibleTypes { name } }",
        "possibleTypes { fields { name } }",
        "inputFields { type { ofType { inputFields { name } } } }",
    ] {
        for document in [
            format!("{{ __schema {{ types {{ {nested} }} }} }}"),
            format!("{{ __type(name: \"Query\") {{ {nested} }} }}"),
            format!("{{ __schema {{ types {{ ...F }} }} }} fragment F on __Type {{ {nested} }}"),
        ] {
            let answer = app.ada().asks(&document, json!({})).await;
            assert_eq!(answer.failed(), "LIMIT_EXCEEDED", "{document}: {:#}", answer.body);
            assert_eq!(answer.body["errors"][0]["extensions"]["limit"], "introspectionDepth", "{document}");
        }
    }
}

async fn asks(routes: &Router, client: &Client<'_>, document: &str) -> Answer {
    let request = post().header(header::AUTHORIZATION, format!("Bearer {}", client.token));
    let body = Body::from(json!({ "query": document }).to_string());
    super::answered(routes, request.body(body).expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_ask_what_the_schema_is_like_is_not_helped_with_names_either() {
    const MISSPELT: &str = "{ viewer { kin } }";
    let app = App::on(Db::Sqlite).await;
    let (ada, operator) = (app.ada(), app.operator());
    for (introspection, member_may, operator_may) in [
        (Introspection::Everybody, true, true),
        (Introspection::Operators, false, true),
        (Introspection::Nobody, false, false),
    ] {
        let routes = exposed(&app, Exposure { introspection, ..Exposure::default() });
        for (client, may) in [(&ada, member_may), (&operator, operator_may)] {
            let suggested = asks(&routes, client, MISSPELT).await;
            let message = suggested.body["errors"][0]["message"].as_str().expect("a message");
            assert_eq!(message.contains("kind"), may, "{introspection:?} {}: {message}", client.who);
            for document in [
                INTROSPECTION,
                "{ __type(name: \"Query\") { name } }",
                "{ ...F } fragment F on Query { __schema { types { name } } }",
            ] {
                let answer = asks(&routes, client, document).await;
                if may {
                    answer.done();
                } else {
                    assert_eq!(answer.failed(), "FORBIDDEN", "{introspection:?} {}", client.who);
                    assert!(answer.body.get("data").is_none(), "{:#}", answer.body);
                }
            }
            asks(&routes, client, "{ __typename viewer { __typename kind } }").await.done();
        }
    }
}
