//! Every finder, for everybody: what it finds is held against what a second look at all rows, by other means, says is theirs.

use super::world::populated;
use crate::harness::{App, Db};
use domain::{
    Actor, Member,
    scope::{self, Scoped},
};
use entity::{
    agreement_acceptance, api_key, app, app_setup, billing_profile, billing_profile_role, credit_note,
    credit_note_line, event,
    id::{AppId, BillingProfileId, InvoiceId, OrganizationId, PartnerId, ProposalId, PublisherId},
    invoice, invoice_line, job_run, license_assignment, operator, organization, partner, partnership,
    payment, payment_method, plan, plan_country, proposal, proposal_line, publisher, refund,
    state::{AppStatus, PartnershipStatus, Role, StreamKind},
    subscription, supported_country, user, webhook_attempt, webhook_delivery, webhook_endpoint,
};
use rstest::rstest;
use sea_orm::{DatabaseConnection, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};

/// Who looks, in the words of the table of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// A member who sees everything of the organization.
    Sees(OrganizationId),
    /// An owner, who makes keys too.
    Owns(OrganizationId),
    /// A licence admin: no money but by a role on a billing profile.
    Licenses(OrganizationId),
    /// A member without a role: themselves, and what a role on a billing profile shows.
    Nobody(OrganizationId),
    Publisher(PublisherId),
    Partner(PartnerId),
    Operator,
}

impl Who {
    fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Sees(id) | Self::Owns(id) | Self::Licenses(id) | Self::Nobody(id) => Some(id),
            Self::Publisher(_) | Self::Partner(_) | Self::Operator => None,
        }
    }

    /// Whether they see what these own, as a member with a role, publisher or partner.
    fn owns(self, of: OrganizationId, publisher: Option<PublisherId>, partner: Option<PartnerId>) -> bool {
        match self {
            Self::Sees(id) | Self::Owns(id) | Self::Licenses(id) => id == of,
            Self::Nobody(_) => false,
            Self::Publisher(id) => publisher == Some(id),
            Self::Partner(id) => partner == Some(id),
            Self::Operator => true,
        }
    }
}

/// All rows that decide over others.
struct Facts {
    subscriptions: Vec<subscription::Model>,
    profiles: BTreeMap<BillingProfileId, billing_profile::Model>,
    invoices: BTreeMap<InvoiceId, invoice::Model>,
    roles: Vec<billing_profile_role::Model>,
    partnerships: Vec<partnership::Model>,
    apps: BTreeMap<AppId, app::Model>,
    proposals: BTreeMap<ProposalId, proposal::Model>,
}

/// Somebody who looks.
struct Viewer<'a> {
    name: String,
    actor: Actor,
    who: Who,
    facts: &'a Facts,
}

impl Viewer<'_> {
    fn user(&self) -> Option<entity::id::UserId> {
        match self.actor {
            Actor::Member(member) => member.user,
            _ => None,
        }
    }

    fn sees_profile(&self, row: &billing_profile::Model) -> bool {
        let own = row.organization_id.is_some() && row.organization_id == self.who.organization();
        let granted = || {
            self.facts
                .roles
                .iter()
                .any(|role| role.billing_profile_id == row.id && Some(role.user_id) == self.user())
        };
        match self.who {
            Who::Sees(_) | Who::Owns(_) => own,
            Who::Licenses(_) | Who::Nobody(_) => own && granted(),
            Who::Publisher(_) => false,
            Who::Partner(id) => row.partner_id == Some(id),
            Who::Operator => true,
        }
    }

    fn sees_invoice(&self, id: InvoiceId) -> bool {
        self.sees_profile(&self.facts.profiles[&self.facts.invoices[&id].billing_profile_id])
    }

    fn sees_method(&self, row: &payment_method::Model) -> bool {
        let pays = || {
            let profiles = self.facts.profiles.values();
            profiles
                .filter(|profile| profile.payment_method_id == Some(row.id))
                .any(|profile| self.sees_profile(profile))
        };
        let own = row.organization_id.is_some() && row.organization_id == self.who.organization();
        let theirs = match self.who {
            Who::Sees(_) | Who::Owns(_) => own,
            Who::Licenses(_) | Who::Nobody(_) => {
                own && (pays() || (row.added_by.is_some() && row.added_by == self.user()))
            }
            Who::Publisher(_) => false,
            Who::Partner(id) => row.partner_id == Some(id),
            Who::Operator => true,
        };
        theirs && row.removed_at.is_none()
    }

    fn sells_to(&self, id: OrganizationId) -> bool {
        self.facts
            .subscriptions
            .iter()
            .any(|row| row.organization_id == id && Who::Publisher(row.publisher_id) == self.who)
    }

    fn buys_for(&self, id: OrganizationId) -> bool {
        let bought = |row: &subscription::Model| {
            row.organization_id == id && row.partner_id.map(Who::Partner) == Some(self.who)
        };
        self.facts.subscriptions.iter().any(bought) || self.is_partner_of(id)
    }

    /// A draft is nobody's but the operator's, and what is offered shows money.
    fn is_offered(&self, row: &proposal::Model) -> bool {
        match self.who {
            Who::Sees(id) | Who::Owns(id) => id == row.organization_id && row.sent_at.is_some(),
            Who::Licenses(_) | Who::Nobody(_) | Who::Publisher(_) | Who::Partner(_) => false,
            Who::Operator => true,
        }
    }

    fn is_partner_of(&self, id: OrganizationId) -> bool {
        self.facts.partnerships.iter().any(|row| {
            row.organization_id == id
                && row.status == PartnershipStatus::Approved
                && Who::Partner(row.partner_id) == self.who
        })
    }
}

/// What was looked at, and how much that shows.
#[derive(Default)]
struct Tally {
    finders: usize,
    looks: usize,
    wrong: Vec<String>,
}

/// Holds what a finder finds against what is theirs, for every viewer. One that nobody could be shown too much by shows
/// nothing: unless everybody may see everything, somebody has to see less than there is.
async fn look<E>(
    db: &DatabaseConnection,
    viewers: &[Viewer<'_>],
    tally: &mut Tally,
    public: bool,
    theirs: impl Fn(&Viewer<'_>, &E::Model) -> bool,
) where
    E: Scoped,
    E::Model: Send + Sync,
{
    let name = std::any::type_name::<E>();
    let all = E::find().all(db).await.expect("rows");
    let texts = |rows: Vec<&E::Model>| rows.iter().map(|row| format!("{row:?}")).collect::<BTreeSet<_>>();
    let (mut less, mut some) = (false, false);
    for viewer in viewers {
        let found = E::find().filter(E::seen_by(&viewer.actor)).all(db).await.expect("rows");
        let found = texts(found.iter().collect());
        let expected = texts(all.iter().filter(|row| theirs(viewer, row)).collect());
        less |= expected.len() < all.len();
        some |= !expected.is_empty();
        tally.looks += 1;
        for row in found.symmetric_difference(&expected) {
            let how = if found.contains(row) { "shows" } else { "hides" };
            tally.wrong.push(format!("{name} {how} {}: {row}", viewer.name));
        }
    }
    tally.finders += 1;
    assert!(some, "{name}: nobody sees a row of it, so that this shows nothing");
    assert!(
        public || less,
        "{name}: everybody sees every row, so that a forgotten scope would not be noticed"
    );
}

async fn viewers<'a>(app: &App, facts: &'a Facts) -> Vec<Viewer<'a>> {
    let db = app.market.db().read();
    let mut viewers = Vec::new();
    for row in user::Entity::find().all(db).await.expect("users") {
        let who = match row.role {
            Some(Role::Owner) => Who::Owns(row.organization_id),
            Some(Role::Contributor | Role::Reader) => Who::Sees(row.organization_id),
            Some(Role::LicenseAdmin) => Who::Licenses(row.organization_id),
            None => Who::Nobody(row.organization_id),
        };
        let member = Member { user: Some(row.id), organization: row.organization_id, role: row.role };
        viewers.push(Viewer { name: row.email, actor: Actor::Member(member), who, facts });
    }
    let owners: Vec<_> = viewers.iter().filter_map(|viewer| viewer.who.organization()).collect();
    for organization in owners.into_iter().collect::<BTreeSet<_>>() {
        let machine = |role| Actor::Member(Member { user: None, organization, role: Some(role) });
        for (role, who) in
            [(Role::Reader, Who::Sees(organization)), (Role::LicenseAdmin, Who::Licenses(organization))]
        {
            viewers.push(Viewer { name: format!("a machine, {role:?}"), actor: machine(role), who, facts });
        }
    }
    for row in publisher::Entity::find().all(db).await.expect("publishers") {
        viewers.push(Viewer {
            name: row.name,
            actor: Actor::Publisher(row.id),
            who: Who::Publisher(row.id),
            facts,
        });
    }
    for row in partner::Entity::find().all(db).await.expect("partners") {
        viewers.push(Viewer {
            name: row.name,
            actor: Actor::Partner(row.id),
            who: Who::Partner(row.id),
            facts,
        });
    }
    for row in operator::Entity::find().all(db).await.expect("operators") {
        viewers.push(Viewer { name: row.name, actor: Actor::Operator(row.id), who: Who::Operator, facts });
    }
    viewers
}

/// On PostgreSQL too without row-level security in between: as the role that it hides nothing from.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_finder_finds_what_is_theirs_and_nothing_else(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = populated(db).await;
    app.as_owner("update app set status = 'WITHDRAWN' where name = 'Northwind Vault'").await;
    app.as_owner("update plan set retired_at = created_at where name = 'Monthly, in euros'").await;
    let db = app.market.db().read();
    let facts = Facts {
        subscriptions: subscription::Entity::find().all(db).await.expect("rows"),
        profiles: billing_profile::Entity::find()
            .all(db)
            .await
            .expect("rows")
            .into_iter()
            .map(|row| (row.id, row))
            .collect(),
        invoices: invoice::Entity::find()
            .all(db)
            .await
            .expect("rows")
            .into_iter()
            .map(|row| (row.id, row))
            .collect(),
        roles: billing_profile_role::Entity::find().all(db).await.expect("rows"),
        partnerships: partnership::Entity::find().all(db).await.expect("rows"),
        apps: app::Entity::find().all(db).await.expect("rows").into_iter().map(|row| (row.id, row)).collect(),
        proposals: proposal::Entity::find()
            .all(db)
            .await
            .expect("rows")
            .into_iter()
            .map(|row| (row.id, row))
            .collect(),
    };
    let viewers = viewers(&app, &facts).await;
    let mut t = Tally::default();
    look::<subscription::Entity>(db, &viewers, &mut t, false, |v, row| {
        v.who.owns(row.organization_id, Some(row.publisher_id), row.partner_id)
    })
    .await;
    look::<event::Entity>(db, &viewers, &mut t, false, |v, row| {
        let of_subscription = row.stream_kind == StreamKind::Subscription;
        let audience = row.organization_id.is_some_and(|of| v.who.owns(of, row.publisher_id, row.partner_id));
        v.who == Who::Operator || (of_subscription && audience)
    })
    .await;
    look::<license_assignment::Entity>(db, &viewers, &mut t, false, |v, row| {
        let own = matches!(v.who, Who::Nobody(_)) && v.user() == Some(row.user_id);
        own || v.who.owns(row.organization_id, Some(row.publisher_id), None)
    })
    .await;
    look::<organization::Entity>(db, &viewers, &mut t, false, |v, row| {
        v.who == Who::Operator
            || v.who.organization() == Some(row.id)
            || v.sells_to(row.id)
            || v.buys_for(row.id)
    })
    .await;
    look::<user::Entity>(db, &viewers, &mut t, false, |v, row| match v.who {
        Who::Nobody(_) => v.user() == Some(row.id),
        Who::Publisher(_) => v.sells_to(row.organization_id),
        Who::Partner(_) => false,
        Who::Operator | Who::Sees(_) | Who::Owns(_) | Who::Licenses(_) => {
            v.who.owns(row.organization_id, None, None)
        }
    })
    .await;
    look::<billing_profile::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_profile(row)).await;
    look::<billing_profile_role::Entity>(db, &viewers, &mut t, false, |v, row| {
        v.sees_profile(&v.facts.profiles[&row.billing_profile_id])
    })
    .await;
    look::<payment_method::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_method(row)).await;
    look::<invoice::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_invoice(row.id)).await;
    look::<invoice_line::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_invoice(row.invoice_id)).await;
    look::<payment::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_invoice(row.invoice_id)).await;
    look::<credit_note::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_invoice(row.invoice_id)).await;
    look::<credit_note_line::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_invoice(row.invoice_id))
        .await;
    look::<refund::Entity>(db, &viewers, &mut t, false, |v, row| v.sees_invoice(row.invoice_id)).await;
    look::<api_key::Entity>(db, &viewers, &mut t, false, |v, row| match v.who {
        Who::Owns(id) => row.organization_id == Some(id),
        Who::Publisher(id) => row.publisher_id == Some(id),
        Who::Partner(id) => row.partner_id == Some(id),
        Who::Sees(_) | Who::Licenses(_) | Who::Nobody(_) | Who::Operator => false,
    })
    .await;
    let endpoints = webhook_endpoint::Entity::find().all(db).await.expect("rows");
    let messages = webhook_delivery::Entity::find().all(db).await.expect("rows");
    let manages = |v: &Viewer<'_>, row: &webhook_endpoint::Model| match v.who {
        Who::Owns(id) => row.organization_id == Some(id),
        Who::Publisher(id) => row.publisher_id == Some(id),
        Who::Partner(id) => row.partner_id == Some(id),
        Who::Sees(_) | Who::Licenses(_) | Who::Nobody(_) | Who::Operator => false,
    };
    let gets = |v: &Viewer<'_>, row: &webhook_delivery::Model| {
        endpoints.iter().any(|endpoint| endpoint.id == row.webhook_endpoint_id && manages(v, endpoint))
    };
    look::<webhook_endpoint::Entity>(db, &viewers, &mut t, false, manages).await;
    look::<webhook_delivery::Entity>(db, &viewers, &mut t, false, gets).await;
    look::<webhook_attempt::Entity>(db, &viewers, &mut t, false, |v, row| {
        messages.iter().any(|message| message.id == row.webhook_delivery_id && gets(v, message))
    })
    .await;
    look::<agreement_acceptance::Entity>(db, &viewers, &mut t, false, |v, row| {
        let of = row.organization_id;
        v.who == Who::Operator || v.who.organization() == Some(of) || v.is_partner_of(of)
    })
    .await;
    look::<partnership::Entity>(db, &viewers, &mut t, false, |v, row| {
        v.who.owns(row.organization_id, None, Some(row.partner_id))
    })
    .await;
    look::<app_setup::Entity>(db, &viewers, &mut t, false, |v, row| {
        v.who.owns(row.organization_id, Some(row.publisher_id), None)
    })
    .await;
    look::<proposal::Entity>(db, &viewers, &mut t, false, |v, row| v.is_offered(row)).await;
    look::<proposal_line::Entity>(db, &viewers, &mut t, false, |v, row| {
        let of = &v.facts.proposals[&row.proposal_id];
        v.is_offered(of) && of.revision == row.revision
    })
    .await;
    look::<partner::Entity>(db, &viewers, &mut t, false, |v, row| {
        v.who == Who::Operator || v.who == Who::Partner(row.id)
    })
    .await;
    look::<app::Entity>(db, &viewers, &mut t, false, |v, row| {
        let own = v.who == Who::Operator || v.who == Who::Publisher(row.publisher_id);
        own || row.status == AppStatus::Published
    })
    .await;
    look::<operator::Entity>(db, &viewers, &mut t, false, |v, _| v.who == Who::Operator).await;
    look::<job_run::Entity>(db, &viewers, &mut t, false, |v, _| v.who == Who::Operator).await;
    look::<plan::Entity>(db, &viewers, &mut t, false, |v, row| {
        let of = &v.facts.apps[&row.app_id];
        let own = v.who == Who::Operator || v.who == Who::Publisher(of.publisher_id);
        own || (of.status == AppStatus::Published && row.retired_at.is_none())
    })
    .await;
    look::<plan_country::Entity>(db, &viewers, &mut t, true, |_, _| true).await;
    look::<publisher::Entity>(db, &viewers, &mut t, true, |_, _| true).await;
    look::<supported_country::Entity>(db, &viewers, &mut t, true, |_, _| true).await;
    look::<entity::customer_agreement::Entity>(db, &viewers, &mut t, true, |_, _| true).await;
    // Live updates are loaded as somebody who sees the same.
    let like = |as_whom: fn(&Actor) -> Actor| -> Vec<Viewer<'_>> {
        let like = |v: &Viewer<'_>| Viewer {
            name: format!("who sees like {}", v.name),
            actor: as_whom(&v.actor),
            who: v.who,
            facts: &facts,
        };
        viewers.iter().map(like).collect()
    };
    look::<subscription::Entity>(db, &like(scope::sees_subscriptions_like), &mut t, false, |v, row| {
        v.who.owns(row.organization_id, Some(row.publisher_id), row.partner_id)
    })
    .await;
    look::<invoice::Entity>(db, &like(scope::sees_invoices_like), &mut t, false, |v, row| {
        v.sees_invoice(row.id)
    })
    .await;
    assert!(t.wrong.is_empty(), "{}", t.wrong.join("\n"));
    println!("scoped finders: {} finders, {} looks by {} viewers", t.finders, t.looks, viewers.len());
}

/// An entity that says who sees it is looked at here.
#[test]
fn no_finder_is_left_out() {
    let scope = concat!(
        include_str!("../../domain/src/scope.rs"),
        include_str!("../../domain/src/scope/proposals.rs"),
        include_str!("../../domain/src/scope/webhook.rs"),
    );
    let here = include_str!("finders.rs");
    let single = scope.lines().filter_map(|line| line.strip_prefix("impl Scoped for ")?.split("::").next());
    let lists = scope.lines().filter_map(|line| {
        let list = line.strip_prefix("public!(").or_else(|| line.strip_prefix("of_invoices!("))?;
        list.strip_suffix(");")
    });
    let scoped: BTreeSet<&str> = single.chain(lists.flat_map(|list| list.split(", "))).collect();
    assert!(scoped.len() > 20, "{scoped:?}");
    let missing: Vec<_> =
        scoped.iter().filter(|name| !here.contains(&format!("{name}::Entity>(db"))).collect();
    assert!(missing.is_empty(), "{missing:?} say who sees them: say here, by other means, who that is");
}
