//! An app that a publisher sells.

use crate::{
    id::{AppId, PublisherId},
    state::AppStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// An app that a publisher sells.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppId,
    /// Who sells it.
    pub publisher_id: PublisherId,
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub summary: String,
    /// What it is, at length.
    pub description: String,
    /// Whether it can be bought.
    pub status: AppStatus,
    /// When it was published for the first time; none for a draft.
    pub published_at: Option<DateTime<Utc>>,
    /// Where it is at home.
    pub website_url: Option<String>,
    /// Where its documentation is.
    pub documentation_url: Option<String>,
    /// Its terms of use.
    pub terms_url: Option<String>,
    /// What it does with personal data.
    pub privacy_url: Option<String>,
    /// Where its customers find help.
    pub support_url: Option<String>,
    /// The address at which its customers find help.
    pub support_email: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `publisher_id` names.
    #[sea_orm(
        belongs_to = "super::publisher::Entity",
        from = "Column::PublisherId",
        to = "super::publisher::Column::Id"
    )]
    Publisher,
}

impl Related<super::publisher::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Publisher.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
