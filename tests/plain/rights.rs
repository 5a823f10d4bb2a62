//! Who sees what in the plain model, and who may do what with it.

use super::{
    ops::{Answer, refuse},
    world::{Tenant, Who},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    Activate,
    OpenPortal,
    Assign,
    Cancel,
    /// What spends or saves the customer's money in other ways.
    Manage,
}

pub(super) fn sees(who: Who, tenant: Tenant) -> bool {
    match who {
        Who::Northwind | Who::Operator => true,
        Who::Ada | Who::Carl | Who::Lena | Who::Rui => tenant == Tenant::Contoso,
        Who::Wendy | Who::Tailspin => tenant == Tenant::Tailspin,
        Who::Finn | Who::Litware => false,
    }
}

pub(super) fn may(who: Who, right: Right, tenant: Tenant) -> Answer {
    let allowed = match who {
        Who::Ada | Who::Carl | Who::Wendy => right != Right::Activate,
        Who::Lena => matches!(right, Right::OpenPortal | Right::Assign),
        Who::Tailspin => !matches!(right, Right::Activate | Right::Assign),
        Who::Northwind => matches!(right, Right::Activate | Right::Assign),
        Who::Operator => right == Right::Cancel,
        Who::Rui | Who::Finn | Who::Litware => false,
    };
    if !allowed {
        return refuse("FORBIDDEN");
    }
    let of_partner = who == Who::Wendy && tenant == Tenant::Tailspin;
    if of_partner && matches!(right, Right::Manage | Right::Cancel) {
        return refuse("MANAGED_BY_PARTNER");
    }
    Ok(())
}

pub(super) fn sees_profile(who: Who, tenant: Tenant) -> bool {
    match tenant {
        Tenant::Contoso => matches!(who, Who::Ada | Who::Carl | Who::Rui),
        Tenant::Tailspin => who == Who::Tailspin,
    }
}

/// Carl has a role on the first profile alone.
pub(super) fn buys_with(who: Who, profile: usize, tenant: Tenant) -> bool {
    match tenant {
        Tenant::Contoso => who == Who::Ada || (who == Who::Carl && profile == 0),
        Tenant::Tailspin => who == Who::Tailspin,
    }
}
