//! The settings of GraphiQL: whether it is served, and how people sign in there.

use crate::program::{Failure, Result};
use api::{Graphiql, SignIn};
use clap::{Args, ValueEnum};

/// How GraphiQL is served.
#[derive(Debug, Clone, Args)]
pub struct GraphiqlArguments {
    /// Whether GraphiQL is served, at /graphiql
    #[arg(long = "graphiql", env = "TENURE_GRAPHIQL", default_value = "on", global = true)]
    pub graphiql: Switch,

    /// The client of the identity provider by which people sign in to GraphiQL: a public one, with PKCE [default: none]
    #[arg(long, env = "TENURE_GRAPHIQL_OIDC_CLIENT_ID", global = true)]
    pub graphiql_oidc_client_id: Option<String>,

    /// The scopes that GraphiQL asks for
    #[arg(long, env = "TENURE_GRAPHIQL_OIDC_SCOPE", default_value = "openid email", global = true)]
    pub graphiql_oidc_scope: String,

    /// What else GraphiQL asks for, as the provider wants it: `resource=https://…` or `audience=https://…` [default: nothing]
    #[arg(long, env = "TENURE_GRAPHIQL_OIDC_PARAMETERS", global = true)]
    pub graphiql_oidc_parameters: Option<String>,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is there.
    On,
    /// It is not there.
    Off,
}

impl GraphiqlArguments {
    /// As the API takes it. People sign in if there is a provider and a client of it.
    pub fn graphiql(&self, issuer: Option<&str>) -> Graphiql {
        match (self.graphiql, issuer, &self.graphiql_oidc_client_id) {
            (Switch::Off, _, _) => Graphiql::Off,
            (Switch::On, Some(issuer), Some(client_id)) => Graphiql::WithSignIn(SignIn {
                issuer: issuer.to_owned(),
                client_id: client_id.clone(),
                scope: self.graphiql_oidc_scope.clone(),
                parameters: self.graphiql_oidc_parameters.clone().unwrap_or_default(),
            }),
            (Switch::On, None, _) | (Switch::On, Some(_), None) => Graphiql::On,
        }
    }

    /// Refuses a client of a provider that is not named.
    ///
    /// # Errors
    /// With the names of the settings.
    pub fn check(&self, issuer: Option<&str>) -> Result<()> {
        if self.graphiql_oidc_client_id.is_some() && issuer.is_none() {
            return Err(Failure::new(
                "TENURE_GRAPHIQL_OIDC_CLIENT_ID is a client of an identity provider: set TENURE_OIDC_ISSUER too",
            ));
        }
        Ok(())
    }
}
