//! Where apps are sold.

use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::encode_part,
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use domain::{country, regions, view};
use entity::supported_country::Model;
use uuid::Uuid;

/// A country in which apps are sold.
#[derive(Debug, Clone, Description)]
pub(crate) struct SupportedCountry(Model);

#[Object(use_type_description)]
impl SupportedCountry {
    /// The country's id. It is found in the list of all of them alone.
    async fn id(&self) -> ID {
        encode_part("cou", Uuid::nil(), &self.0.country)
    }

    /// ISO 3166 alpha-2 code.
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// The country's English name.
    async fn name(&self) -> String {
        country::name(&self.0.country)
    }

    /// The region that it belongs to, such as `Western Europe`.
    async fn region(&self) -> &str {
        &self.0.region
    }
}

/// Where apps shall be sold.
#[derive(Debug, InputObject)]
pub(crate) struct AddSupportedCountryInput {
    /// ISO 3166 alpha-2 code, in upper case.
    country: String,
    /// The region that it belongs to: 1 to 200 characters.
    region: String,
}

/// What came of adding a country.
#[derive(Default, SimpleObject)]
pub(crate) struct AddSupportedCountryPayload {
    /// The country, unless it was refused.
    supported_country: Option<SupportedCountry>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Where apps shall not be sold any more.
#[derive(Debug, InputObject)]
pub(crate) struct RemoveSupportedCountryInput {
    /// ISO 3166 alpha-2 code, in upper case.
    country: String,
}

/// What came of removing a country.
#[derive(Default, SimpleObject)]
pub(crate) struct RemoveSupportedCountryPayload {
    /// The country's code, unless it was refused.
    removed_country: Option<String>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct RegionQuery;

#[Object]
impl RegionQuery {
    /// The countries in which apps are sold, by region and code. An organization buys, and is billed, in these alone.
    async fn supported_countries(&self, ctx: &Context<'_>) -> Result<Vec<SupportedCountry>> {
        let caller = Caller::of(ctx);
        let found = view::catalog::supported_countries(&caller.market, caller.actor()).await;
        Ok(found.map_err(top_level)?.into_iter().map(SupportedCountry).collect())
    }
}

#[derive(Default)]
pub(crate) struct RegionMutation;

#[Object]
impl RegionMutation {
    /// Lets apps be sold in a country, or moves it to another region. For the operator.
    async fn add_supported_country(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which country.")] input: AddSupportedCountryInput,
    ) -> Result<AddSupportedCountryPayload> {
        let caller = Caller::of(ctx);
        let added =
            regions::add_supported_country(&caller.market, &caller.by, &input.country, &input.region).await;
        Ok(match answered(added)? {
            Ok(row) => AddSupportedCountryPayload {
                supported_country: Some(SupportedCountry(row)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => AddSupportedCountryPayload { user_errors, ..Default::default() },
        })
    }

    /// Ends the sale of apps in a country. What was bought lives on. For the operator.
    async fn remove_supported_country(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which country.")] input: RemoveSupportedCountryInput,
    ) -> Result<RemoveSupportedCountryPayload> {
        let caller = Caller::of(ctx);
        let removed = regions::remove_supported_country(&caller.market, &caller.by, &input.country).await;
        Ok(match answered(removed)? {
            Ok(country) => {
                RemoveSupportedCountryPayload { removed_country: Some(country), user_errors: Vec::new() }
            }
            Err(user_errors) => RemoveSupportedCountryPayload { user_errors, ..Default::default() },
        })
    }
}
