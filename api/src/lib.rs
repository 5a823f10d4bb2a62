//! The GraphQL API: turns requests into calls of the domain and its results into GraphQL. No rules.

// Each part of a merged object lies one future deeper.
#![recursion_limit = "256"]

mod address;
mod admission;
mod asked;
mod caller;
mod change;
mod cost;
mod document;
mod door;
mod elapsed;
mod error;
mod failures;
mod gateway_notice;
mod global_id;
mod graphiql;
mod headers;
pub mod health;
mod http;
mod introspection;
mod limits;
mod live;
mod loaders;
mod measured;
mod origin;
mod outline;
mod pdf;
mod persisted;
mod quota;
mod rate_limit;
mod reference;
mod relay;
mod router;
mod schema;
mod shape;
mod socket;
mod types;
mod visit;

pub use self::{
    address::{NoNetwork, Proxies},
    graphiql::{Graphiql, SignIn},
    introspection::{Introspection, NoIntrospection},
    limits::Limits,
    origin::{NoOrigin, Origin},
    persisted::{NoManifest, Trusted},
    rate_limit::RateLimit,
    reference::errors,
    router::{Api, Exposure, router},
    schema::sdl,
};
