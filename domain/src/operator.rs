//! What the operator of the marketplace does to begin: operators, publishers and partners.

use crate::{
    By, Error, Input, Marketplace, Result, access,
    api_key::{CreatedApiKey, Holder, first_key},
    organization::people,
    text,
};
use entity::{
    id::{OperatorId, PartnerId, PublisherId},
    operator, partner, publisher,
    state::EventType,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Set, SqlErr,
    sea_query::{Expr, ExprTrait, Func},
};
use serde_json::json;

/// The longest short name, in characters.
const LONGEST_SLUG: usize = 50;

/// What an operator is called who did not say how: customers see it in their history, and no address shall stand there.
const NAMELESS: &str = "Marketplace operator";

/// Makes somebody an operator. For whoever may write to the database: there is nobody else to ask at first. Adding the same
/// address again gives them the name, if there is one, and changes nothing else.
///
/// # Errors
/// `Invalid` for what is no e-mail address; what the database said.
pub async fn add_operator(market: &Marketplace, name: Option<&str>, email: &str) -> Result<OperatorId> {
    name.map_or(Ok(()), |name| text::one_line(Input::field("name"), name))?;
    people::email(Input::field("email"), email)?;
    let mut work = market.begin(&By::command("operator add")).await?;
    let lower = Expr::expr(Func::lower(Expr::col((operator::Entity, operator::Column::Email))));
    let known = operator::Entity::find().filter(lower.eq(email.to_ascii_lowercase())).one(&work.tx).await?;
    if let Some(known) = known {
        let id = known.id;
        if let Some(name) = name.filter(|name| *name != known.name) {
            let mut row = known.into_active_model();
            row.name = Set(name.to_owned());
            row.update(&work.tx).await?;
            work.record_on_marketplace(EventType::OperatorRenamed, json!({ "operator": id }));
            work.commit().await?;
        }
        return Ok(id);
    }
    let id: OperatorId = work.id();
    let (name, email) = (name.unwrap_or(NAMELESS).to_owned(), email.to_owned());
    let created_at = work.at();
    work.insert(operator::Model { id, name, email, created_at, issuer: None, subject: None, bound_at: None })
        .await?;
    work.record_on_marketplace(EventType::OperatorAdded, json!({ "operator": id }));
    work.commit().await?;
    Ok(id)
}

/// The publisher to create.
#[derive(Debug, Clone)]
pub struct CreatePublisher {
    /// Its short name, unique.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Where its customers find support.
    pub support_url: String,
    /// Its portal, to whose address a token is appended.
    pub portal_url: String,
}

/// Creates it, with its first API key.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `Invalid`, also for a short name that is taken.
pub async fn create_publisher(
    market: &Marketplace,
    by: &By,
    input: CreatePublisher,
) -> Result<(PublisherId, CreatedApiKey)> {
    access::operator(&by.actor)?;
    slug(Input::field("slug"), &input.slug)?;
    text::one_line(Input::field("name"), &input.name)?;
    text::web_address(Input::field("supportUrl"), &input.support_url)?;
    text::portal(Input::field("portalUrl"), &input.portal_url)?;
    let mut work = market.begin(by).await?;
    let same = publisher::Entity::find().filter(publisher::Column::Slug.eq(&input.slug));
    taken(same.one(&work.tx).await?.is_some())?;
    let id: PublisherId = work.id();
    let row = publisher::Model {
        id,
        slug: input.slug,
        name: input.name,
        support_url: input.support_url,
        portal_url: input.portal_url,
        created_at: work.at(),
    };
    let inserted = publisher::Entity::insert(row.into_active_model()).exec_without_returning(&work.tx).await;
    at_once(inserted)?;
    work.record_of_publisher(id, EventType::PublisherCreated, json!({ "publisher": id }));
    let key = first_key(&mut work, Holder::Publisher(id)).await?;
    work.commit().await?;
    Ok((id, key))
}

/// The partner to create.
#[derive(Debug, Clone)]
pub struct CreatePartner {
    /// Its short name, unique.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// Creates it, with its first API key.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `Invalid`, also for a short name that is taken.
pub async fn create_partner(
    market: &Marketplace,
    by: &By,
    input: CreatePartner,
) -> Result<(PartnerId, CreatedApiKey)> {
    access::operator(&by.actor)?;
    slug(Input::field("slug"), &input.slug)?;
    text::one_line(Input::field("name"), &input.name)?;
    let mut work = market.begin(by).await?;
    let same = partner::Entity::find().filter(partner::Column::Slug.eq(&input.slug));
    taken(same.one(&work.tx).await?.is_some())?;
    let id: PartnerId = work.id();
    let created_at = work.at();
    let row = partner::Model { id, slug: input.slug, name: input.name, created_at };
    let inserted = partner::Entity::insert(row.into_active_model()).exec_without_returning(&work.tx).await;
    at_once(inserted)?;
    work.record_of_partner(id, EventType::PartnerCreated, json!({ "partner": id }));
    let key = first_key(&mut work, Holder::Partner(id)).await?;
    work.commit().await?;
    Ok((id, key))
}

fn taken(taken: bool) -> Result<()> {
    if taken { Err(Error::invalid("slug", "this short name is taken: choose another")) } else { Ok(()) }
}

/// Somebody else may have taken the name since it was looked for.
fn at_once<T>(inserted: Result<T, DbErr>) -> Result<()> {
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => taken(true),
        Err(error) => Err(error.into()),
    }
}

/// Whether it can be a short name.
pub(crate) fn slug(path: Input, text: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > LONGEST_SLUG || !text.chars().all(fits) {
        let message = format!("a short name has 1 to {LONGEST_SLUG} of a-z, 0-9 and -");
        return Err(Error::Invalid(path, message.into()));
    }
    Ok(())
}
