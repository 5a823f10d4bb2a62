//! The GraphQL API: turns requests into calls of the domain and its results into GraphQL. No rules.

mod caller;
mod change;
mod document;
mod error;
mod gateway_notice;
mod global_id;
mod graphiql;
mod health;
mod http;
mod limits;
mod loaders;
mod pdf;
mod relay;
mod router;
mod schema;
mod shape;
mod socket;
mod types;

pub use self::{
    router::{Api, router},
    schema::sdl,
};
