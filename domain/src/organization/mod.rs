//! Organizations: their people, and what binds them.

mod accept_customer_agreement;
mod change_member_role;
mod create_organization;
mod erase_user;
mod invite_member;
pub(crate) mod people;
mod publish_customer_agreement;
mod remove_member;

pub use self::{
    accept_customer_agreement::accept_customer_agreement,
    change_member_role::{ChangeMemberRole, change_member_role},
    create_organization::{CreateOrganization, create_organization},
    erase_user::erase_user,
    invite_member::{InviteMember, invite_member},
    publish_customer_agreement::{PublishCustomerAgreement, publish_customer_agreement},
    remove_member::remove_member,
};
