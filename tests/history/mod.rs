//! That the history says who did what: every change, by whomever, with the request that asked for it.

mod commands;
mod every_mutation;
mod marketplace;

use crate::{
    access::words::recognized,
    harness::{Answer, App, Client, send},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use domain::By;
use entity::event::{self, Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};

/// Sends a document with an id of its own.
async fn sends(app: &App, client: &Client<'_>, document: &str, variables: Json, request_id: &str) -> Answer {
    let body = json!({ "query": document, "variables": variables }).to_string();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", client.token))
        .header("x-request-id", request_id)
        .body(Body::from(body))
        .expect("a request");
    send(app, request).await
}

/// What a request left in the history.
async fn left_by(app: &App, request_id: &str) -> Vec<event::Model> {
    let of_request = Entity::find().filter(Column::RequestId.eq(request_id));
    of_request.order_by_asc(Column::Position).all(app.market.db().read()).await.expect("events")
}

/// The whole history, in the order in which it was written.
async fn history(app: &App) -> Vec<event::Model> {
    Entity::find().order_by_asc(Column::Position).all(app.market.db().read()).await.expect("events")
}

/// What an event says of who did it: the kind, who, and by which key.
fn doer(event: &event::Model) -> String {
    format!("{:?} {:?} {:?}", event.actor_kind, event.actor_id, event.api_key_id)
}

/// What it should say when this client did it.
async fn doing(app: &App, client: &Client<'_>) -> String {
    let By { actor, key, .. } = recognized(app, &client.token).await;
    format!("{:?} {:?} {:?}", actor.kind(), actor.id(), key.map(|key| key.id))
}

/// The type of an event, as it is stored.
fn kind(event: &event::Model) -> String {
    sea_orm::ActiveEnum::to_value(&event.r#type)
}
