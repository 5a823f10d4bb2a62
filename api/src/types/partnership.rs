//! Partnerships: what lets a partner buy for an organization.

use super::{money::Date, organization::Organization, partner::Partner};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode, input},
};
use async_graphql::{Context, Description, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    partnership,
    view::{self, partnership::PartnershipView},
};
use entity::id::PartnershipId;

/// How far a partnership has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::PartnershipStatus")]
pub(crate) enum PartnershipStatus {
    /// The partner asked for it; an owner of the organization has not approved it.
    Requested,
    /// The partner may buy for the organization.
    Approved,
    /// Either side ended it. What the partner bought goes on to the end of its period.
    Ended,
}

/// What lets a partner buy for an organization, on the partner's own account.
#[derive(Debug, Clone, Description)]
pub(crate) struct Partnership(pub(crate) PartnershipView);

#[Object(use_type_description)]
impl Partnership {
    /// The partnership's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Partnership, self.0.row.id.0)
    }

    /// How far it has come.
    async fn status(&self) -> PartnershipStatus {
        self.0.row.status.into()
    }

    /// Who buys.
    async fn partner(&self) -> Partner {
        Partner(self.0.partner.clone())
    }

    /// For whom. A partner sees an organization once that has approved it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let caller = Caller::of(ctx);
        let id = self.0.row.organization_id;
        let found = view::organization::organization(&caller.market, caller.actor(), id).await;
        Ok(found.map_err(top_level)?.map(Organization))
    }

    /// When the partner asked for it.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.row.requested_at
    }

    /// When an owner of the organization approved it.
    async fn approved_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.approved_at
    }

    /// When either side ended it.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.ended_at
    }
}

/// For which organization a partner would like to buy.
#[derive(Debug, InputObject)]
pub(crate) struct RequestPartnershipInput {
    /// The organization, which tells you its id.
    organization_id: ID,
}

/// Which partner may buy for your organization.
#[derive(Debug, InputObject)]
pub(crate) struct ApprovePartnerInput {
    /// A partner that asked for it.
    partner_id: ID,
}

/// Which partnership to end.
#[derive(Debug, InputObject)]
pub(crate) struct EndPartnershipInput {
    /// One of your own.
    partnership_id: ID,
}

/// What came of asking for a partnership.
#[derive(Default, SimpleObject)]
pub(crate) struct RequestPartnershipPayload {
    /// The partnership, unless it was refused.
    partnership: Option<Partnership>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of approving a partner.
#[derive(Default, SimpleObject)]
pub(crate) struct ApprovePartnerPayload {
    /// The partnership, unless it was refused.
    partnership: Option<Partnership>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of ending a partnership.
#[derive(Default, SimpleObject)]
pub(crate) struct EndPartnershipPayload {
    /// The partnership, unless it was refused.
    partnership: Option<Partnership>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Who accepted the Customer Agreement for your customer.
#[derive(Debug, InputObject)]
pub(crate) struct AttestCustomerAgreementInput {
    /// Your customer.
    organization_id: ID,
    /// The version that was accepted: the current one.
    version: String,
    /// The name of the person at the customer who accepted it.
    name: String,
    /// Their e-mail address.
    email: String,
    /// The day on which they did, UTC; not in the future.
    accepted_on: Date,
}

/// What came of attesting.
#[derive(Default, SimpleObject)]
pub(crate) struct AttestCustomerAgreementPayload {
    /// The customer, unless it was refused.
    organization: Option<Organization>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

async fn shown(
    ctx: &Context<'_>,
    outcome: domain::Result<PartnershipId>,
) -> Result<(Option<Partnership>, Vec<UserError>)> {
    let caller = Caller::of(ctx);
    Ok(match answered(outcome)? {
        Ok(id) => {
            let found = view::partnership::partnership(&caller.market, caller.actor(), id).await;
            (found.map_err(top_level)?.map(Partnership), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
}

#[derive(Default)]
pub(crate) struct PartnershipMutation;

#[Object]
impl PartnershipMutation {
    /// Asks an organization whether you may buy for it. For partners. Asking again changes nothing.
    async fn request_partnership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to ask.")] input: RequestPartnershipInput,
    ) -> Result<RequestPartnershipPayload> {
        let caller = Caller::of(ctx);
        let asked = async {
            let id = self::input(Kind::Organization, &input.organization_id, "organizationId")?;
            partnership::request_partnership(&caller.market, &caller.by, id).await
        };
        let (partnership, user_errors) = shown(ctx, asked.await).await?;
        Ok(RequestPartnershipPayload { partnership, user_errors })
    }

    /// Lets a partner that asked for it buy for your organization. For owners. Approving it again changes nothing.
    async fn approve_partner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to approve.")] input: ApprovePartnerInput,
    ) -> Result<ApprovePartnerPayload> {
        let caller = Caller::of(ctx);
        let approved = async {
            let id = self::input(Kind::Partner, &input.partner_id, "partnerId")?;
            partnership::approve_partner(&caller.market, &caller.by, id).await
        };
        let (partnership, user_errors) = shown(ctx, approved.await).await?;
        Ok(ApprovePartnerPayload { partnership, user_errors })
    }

    /// Ends a partnership, for the partner and owners of the organization. What the partner bought goes on to the end of its
    /// period, and its auto-renewal ends for good.
    async fn end_partnership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to end.")] input: EndPartnershipInput,
    ) -> Result<EndPartnershipPayload> {
        let caller = Caller::of(ctx);
        let ended = async {
            let id = self::input(Kind::Partnership, &input.partnership_id, "partnershipId")?;
            partnership::end_partnership(&caller.market, &caller.by, id).await
        };
        let (partnership, user_errors) = shown(ctx, ended.await).await?;
        Ok(EndPartnershipPayload { partnership, user_errors })
    }

    /// Says that your customer has accepted the Customer Agreement, and who did. For partners, for organizations that
    /// approved them.
    async fn attest_customer_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who accepted what.")] input: AttestCustomerAgreementInput,
    ) -> Result<AttestCustomerAgreementPayload> {
        let caller = Caller::of(ctx);
        let attested = async {
            let input = partnership::AttestCustomerAgreement {
                organization: self::input(Kind::Organization, &input.organization_id, "organizationId")?,
                version: input.version,
                name: input.name,
                email: input.email,
                accepted_on: input.accepted_on.0,
            };
            partnership::attest_customer_agreement(&caller.market, &caller.by, input).await
        };
        Ok(match answered(attested.await)? {
            Ok(id) => {
                let found = view::organization::organization(&caller.market, caller.actor(), id).await;
                let organization = found.map_err(top_level)?.map(Organization);
                AttestCustomerAgreementPayload { organization, user_errors: Vec::new() }
            }
            Err(user_errors) => AttestCustomerAgreementPayload { organization: None, user_errors },
        })
    }
}
