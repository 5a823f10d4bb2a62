//! Who is asking.

use super::{
    enums::{OrganizationRole, ViewerKind},
    organization::Organization,
    partner::Partner,
    publisher::Publisher,
    user::User,
};
use crate::{caller::Caller, error::top_level};
use async_graphql::{Context, Object, Result, SimpleObject};
use domain::view;

/// Who you are, by your token.
#[derive(SimpleObject)]
pub(crate) struct Viewer {
    /// What kind of viewer you are.
    kind: ViewerKind,
    /// Your roles in your organization; empty for everybody but its members.
    roles: Vec<OrganizationRole>,
    /// You, as a member of an organization; null when a machine acts for it with an API key.
    user: Option<User>,
    /// Your organization.
    organization: Option<Organization>,
    /// You, as a publisher.
    publisher: Option<Publisher>,
    /// You, as a partner.
    partner: Option<Partner>,
}

#[derive(Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who you are, by your token.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        let caller = Caller::of(ctx);
        let found = view::organization::viewer(&caller.market, caller.actor()).await.map_err(top_level)?;
        let roles = view::organization::roles(caller.actor()).into_iter().map(Into::into).collect();
        let nobody = Viewer {
            kind: ViewerKind::Operator,
            roles,
            user: None,
            organization: None,
            publisher: None,
            partner: None,
        };
        Ok(match found {
            Some(view::organization::Viewer::Member { user, organization }) => Viewer {
                kind: ViewerKind::Member,
                user: user.map(User),
                organization: Some(Organization(organization)),
                ..nobody
            },
            Some(view::organization::Viewer::Publisher(row)) => {
                Viewer { kind: ViewerKind::Publisher, publisher: Some(Publisher(row)), ..nobody }
            }
            Some(view::organization::Viewer::Partner(row)) => {
                Viewer { kind: ViewerKind::Partner, partner: Some(Partner(row)), ..nobody }
            }
            Some(view::organization::Viewer::Operator(_)) => nobody,
            None => return Err(top_level(domain::Error::internal("the viewer does not exist any more"))),
        })
    }
}
