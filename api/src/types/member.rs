//! The people of an organization: inviting, changing roles, removing and erasing.

use super::{enums::OrganizationRole, user::User};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, input},
};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::{organization, view};
use entity::id::UserId;

/// Whom to invite.
#[derive(Debug, InputObject)]
pub(crate) struct InviteMemberInput {
    /// Their name.
    name: String,
    /// Their e-mail address. They are recognized by it the first time they come, once the identity provider has verified it;
    /// from then on by who they are there.
    email: String,
    /// Their role. Without one they see only their own licences.
    role: Option<OrganizationRole>,
}

/// What came of inviting somebody.
#[derive(SimpleObject)]
pub(crate) struct InviteMemberPayload {
    /// The user, unless it was refused.
    user: Option<User>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Who shall have which role in the organization.
#[derive(Debug, InputObject)]
pub(crate) struct ChangeMemberRoleInput {
    /// The user.
    user_id: ID,
    /// The role. Without one they see only their own licences.
    role: Option<OrganizationRole>,
}

/// What came of changing somebody's role.
#[derive(SimpleObject)]
pub(crate) struct ChangeMemberRolePayload {
    /// The user, unless it was refused.
    user: Option<User>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Whom to remove.
#[derive(Debug, InputObject)]
pub(crate) struct RemoveMemberInput {
    /// The user.
    user_id: ID,
}

/// What came of removing somebody.
#[derive(SimpleObject)]
pub(crate) struct RemoveMemberPayload {
    /// Who was removed, unless it was refused.
    removed_user_id: Option<ID>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Whom to erase.
#[derive(Debug, InputObject)]
pub(crate) struct EraseUserInput {
    /// The user, who was removed before.
    user_id: ID,
}

/// What came of erasing somebody.
#[derive(SimpleObject)]
pub(crate) struct EraseUserPayload {
    /// Who was erased, unless it was refused.
    erased_user_id: Option<ID>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The user after the change, or why there was none.
async fn shown(caller: &Caller, outcome: domain::Result<UserId>) -> Result<(Option<User>, Vec<UserError>)> {
    Ok(match answered(outcome)? {
        Ok(id) => {
            let found =
                view::organization::user(&caller.market, caller.actor(), id).await.map_err(top_level)?;
            (found.map(User), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
}

fn user(id: &ID) -> domain::Result<UserId> {
    input(Kind::User, id, "userId")
}

#[derive(Default)]
pub(crate) struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Invites somebody into your organization: for its owners. They belong to it from now on, and licences can be assigned
    /// to them before they come for the first time.
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteMemberInput,
    ) -> Result<InviteMemberPayload> {
        let caller = Caller::of(ctx);
        let role = input.role.map(Into::into);
        let input = organization::InviteMember { name: input.name, email: input.email, role };
        let invited = organization::invite_member(&caller.market, &caller.by, input).await;
        let (user, user_errors) = shown(caller, invited).await?;
        Ok(InviteMemberPayload { user, user_errors })
    }

    /// Changes somebody's role in your organization, from their next request on: for its owners. The last owner stays one.
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who shall have which.")] input: ChangeMemberRoleInput,
    ) -> Result<ChangeMemberRolePayload> {
        let caller = Caller::of(ctx);
        let changed = async {
            let role = input.role.map(Into::into);
            let input = organization::ChangeMemberRole { user: self::user(&input.user_id)?, role };
            organization::change_member_role(&caller.market, &caller.by, input).await
        };
        let (user, user_errors) = shown(caller, changed.await).await?;
        Ok(ChangeMemberRolePayload { user, user_errors })
    }

    /// Removes somebody from your organization: for its owners. From this moment on they change nothing; their licences and
    /// roles end, and their sockets are closed. The last owner stays.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload> {
        let caller = Caller::of(ctx);
        let removed = async {
            organization::remove_member(&caller.market, &caller.by, self::user(&input.user_id)?).await
        };
        Ok(match answered(removed.await)? {
            Ok(_) => RemoveMemberPayload { removed_user_id: Some(input.user_id), user_errors: Vec::new() },
            Err(user_errors) => RemoveMemberPayload { removed_user_id: None, user_errors },
        })
    }

    /// Erases a person who was removed: their name, e-mail address and identity. The history stays, and never held them. For
    /// the owners of the organization, and for the operator.
    async fn erase_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: EraseUserInput,
    ) -> Result<EraseUserPayload> {
        let caller = Caller::of(ctx);
        let erased =
            async { organization::erase_user(&caller.market, &caller.by, self::user(&input.user_id)?).await };
        Ok(match answered(erased.await)? {
            Ok(_) => EraseUserPayload { erased_user_id: Some(input.user_id), user_errors: Vec::new() },
            Err(user_errors) => EraseUserPayload { erased_user_id: None, user_errors },
        })
    }
}
