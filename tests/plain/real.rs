//! What is real: the same questions, asked of the domain on a database, and the jobs of a worker.

use super::{
    Op, Plan, Profile, Tenant, Till, Who,
    dates::Second,
    ops::STRANGERS,
    till::{CardDoes, token},
    world::World,
};
use crate::harness::{App, Db, Setup};
use chrono::DateTime;
use domain::{
    By, Error, Ids, Marketplace, Result,
    billing::{self, AddPaymentMethod, Address, Contact, UpdateBillingProfile},
    identity::{Who as Presented, recognize},
    job::Job,
    partnership, subscription,
};
use entity::{
    id::{BillingProfileId, InvoiceId, OrganizationId, PartnershipId, PlanId, SubscriptionId, UserId},
    state::{BillingProfileRole, PaymentMethodKind},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::{collections::BTreeMap, sync::Arc};

const ACTORS: [(Who, &str); 10] = [
    (Who::Ada, "email:ada@contoso.example"),
    (Who::Carl, "email:carl@contoso.example"),
    (Who::Lena, "email:lena@contoso.example"),
    (Who::Rui, "email:rui@contoso.example"),
    (Who::Finn, "email:finn@fabrikam.example"),
    (Who::Wendy, "email:wendy@woodgrove.example"),
    (Who::Tailspin, "partner:tailspin"),
    (Who::Northwind, "publisher:northwind"),
    (Who::Litware, "publisher:litware"),
    (Who::Operator, "operator"),
];

/// How many users of an organization get licences here.
const USERS: usize = 4;

/// A Tenure, and which of its rows is which in the model.
pub(crate) struct Real {
    pub(crate) app: App,
    pub(crate) till: Arc<Till>,
    by: BTreeMap<Who, By>,
    pub(crate) plans: Vec<PlanId>,
    pub(crate) profiles: Vec<BillingProfileId>,
    pub(crate) subs: Vec<SubscriptionId>,
    contoso: Vec<UserId>,
    woodgrove: Vec<UserId>,
    woodgrove_id: OrganizationId,
    partnership: PartnershipId,
    /// How many cards were made.
    cards: usize,
}

impl Real {
    /// A new one, at the time of the world, with its plans and profiles.
    pub(crate) async fn like(world: &World, db: Db, batch: u64) -> Self {
        let till = Arc::new(Till::default());
        let mut setup = Setup::on(db);
        setup.settings.sweep_batch = batch;
        setup.gateway = Some(till.clone());
        let app = setup.start().await;
        app.clock.set(instant(world.now));
        let mut by = BTreeMap::new();
        for (who, subject) in ACTORS {
            let subject = Presented::Local(subject.parse().expect("a subject"));
            let recognized = recognize(&app.market, &subject, None).await.expect("an answer");
            let actor = recognized.expect("somebody").actor;
            by.insert(who, By { actor, key: None, request_id: None });
        }
        let reads = app.market.db().read();
        let organization = |name: &'static str| async move {
            use entity::organization::{Column, Entity};
            let found = Entity::find().filter(Column::Name.eq(name)).one(reads).await;
            found.expect("an answer").expect("an organization").id
        };
        let users = |of: OrganizationId| async move {
            use entity::user::{Column, Entity};
            let mut found =
                Entity::find().filter(Column::OrganizationId.eq(of)).all(reads).await.expect("users");
            found.sort_by(|one, other| one.name.cmp(&other.name));
            found.into_iter().filter(|user| user.role.is_none()).take(USERS).map(|user| user.id).collect()
        };
        let woodgrove_id = organization("Woodgrove").await;
        let (contoso, woodgrove): (Vec<_>, Vec<_>) =
            (users(organization("Contoso").await).await, users(woodgrove_id).await);
        let partnership = {
            use entity::partnership::{Column, Entity};
            let found = Entity::find().filter(Column::OrganizationId.eq(woodgrove_id)).one(reads).await;
            found.expect("an answer").expect("a partnership").id
        };
        let plans = plans(&app.market, &world.plans).await;
        let mut real = Self {
            till,
            by,
            plans,
            profiles: Vec::new(),
            subs: Vec::new(),
            contoso,
            woodgrove,
            woodgrove_id,
            partnership,
            cards: 0,
            app,
        };
        for (index, profile) in world.profiles.iter().enumerate() {
            real.add_profile(index, *profile).await;
        }
        real
    }

    fn market(&self) -> &Marketplace {
        &self.app.market
    }

    pub(crate) fn by(&self, who: Who) -> &By {
        &self.by[&who]
    }

    fn holder(&self, tenant: Tenant) -> &By {
        self.by(match tenant {
            Tenant::Contoso => Who::Ada,
            Tenant::Tailspin => Who::Tailspin,
        })
    }

    pub(crate) async fn add_profile(&mut self, index: usize, profile: Profile) {
        let by = self.holder(profile.tenant).clone();
        let method = match profile.card {
            Some(does) => {
                self.till.set(index, does);
                self.card(index, &by).await
            }
            None => {
                let wire = AddPaymentMethod { kind: PaymentMethodKind::CheckOrWire, gateway_token: None };
                let method = billing::add_payment_method(self.market(), &by, wire).await.expect("added");
                let approval = billing::ApprovePaymentMethod { payment_method: method, approve: true };
                billing::approve_payment_method(self.market(), self.by(Who::Operator), approval)
                    .await
                    .expect("approved");
                method
            }
        };
        let input = billing::CreateBillingProfile {
            name: format!("Profile {index}"),
            currency: profile.currency.into(),
            tax_id: None,
            purchase_order_number: None,
            contact: Contact { name: "Accounts payable".into(), email: "billing@contoso.example".into() },
            address: Address {
                line1: "1 Main Street".into(),
                line2: None,
                city: "Springfield".into(),
                region: None,
                postal_code: None,
                country: "US".into(),
            },
            payment_method: Some(method),
        };
        let id = billing::create_billing_profile(self.market(), &by, input).await.expect("a profile");
        self.profiles.push(id);
        if index == 0 {
            let domain::Actor::Member(carl) = self.by(Who::Carl).actor else { panic!("Carl is a member") };
            let input = billing::GrantBillingProfileRole {
                billing_profile: id,
                user: carl.user.expect("Carl is somebody"),
                role: BillingProfileRole::Contributor,
            };
            billing::grant_billing_profile_role(self.market(), &by, input).await.expect("granted");
        }
    }

    async fn card(&mut self, profile: usize, by: &By) -> entity::id::PaymentMethodId {
        self.cards += 1;
        let token = Some(token(profile, self.cards));
        let input = AddPaymentMethod { kind: PaymentMethodKind::Card, gateway_token: token };
        billing::add_payment_method(self.market(), by, input).await.expect("a card")
    }

    /// Time passes, and nothing happens.
    pub(crate) fn at(&self, now: Second) {
        self.app.clock.set(instant(now));
    }

    /// One round of all jobs; none of them fails.
    pub(crate) async fn work(&self) {
        for job in [
            Job::DisableLapsedApps,
            Job::ExpireSubscriptions,
            Job::RenewSubscriptions,
            Job::AnnounceEndings,
            Job::CollectPayments,
            Job::RefundPayments,
        ] {
            let report = self.app.runs(job).await;
            assert_eq!((report.failed, report.error), (0, None), "{job:?}");
        }
    }

    /// Does it, and says what the answer is: `OK`, or the code of why not. What is asked of an invoice comes with the real one
    /// and what was left to pay of it.
    pub(crate) async fn does(
        &mut self,
        op: &Op,
        world: &World,
        invoice: Option<(InvoiceId, i64)>,
    ) -> &'static str {
        match self.tries(op, world, invoice).await {
            Ok(()) => "OK",
            Err(error) => code(&error),
        }
    }

    async fn tries(&mut self, op: &Op, world: &World, invoice: Option<(InvoiceId, i64)>) -> Result<()> {
        let market = self.app.market.clone();
        let invoice = || invoice.expect("the model's invoice is there");
        let sub = |sub: usize| self.subs[sub];
        match *op {
            Op::Buy { who, plan, quantity, profile, auto_renew, replaces } => {
                let input = subscription::Purchase {
                    plan: self.plans[plan],
                    billing_profile: self.profiles[profile],
                    license_quantity: quantity,
                    auto_renew,
                    replaces: replaces.map(sub),
                    organization: (who == Who::Tailspin).then_some(self.woodgrove_id),
                    idempotency_key: None,
                };
                let id = subscription::purchase(&market, self.by(who), input).await?;
                self.subs.push(id);
            }
            Op::OpenPortal { who, sub: of } => {
                subscription::open_publisher_portal(&market, self.by(who), sub(of)).await?;
            }
            Op::Activate { who, sub: of, mistaken } => {
                let bought = &world.subs[of];
                let plan = if mistaken { (bought.plan + 1) % self.plans.len() } else { bought.plan };
                let input = subscription::Activate {
                    subscription: sub(of),
                    plan: self.plans[plan],
                    license_quantity: bought.bought,
                };
                subscription::activate(&market, self.by(who), input).await?;
            }
            Op::Quantity { who, sub: of, to } => {
                let input = subscription::ChangeLicenseQuantity {
                    subscription: sub(of),
                    quantity: to,
                    idempotency_key: None,
                };
                subscription::change_license_quantity(&market, self.by(who), input).await?;
            }
            Op::Assign { who, sub: of, ref users } => {
                let input = self.assignments(world, of, users);
                subscription::assign_licenses(&market, self.by(who), input).await?;
            }
            Op::Unassign { who, sub: of, ref users } => {
                let input = self.assignments(world, of, users);
                subscription::unassign_licenses(&market, self.by(who), input).await?;
            }
            Op::AutoRenew { who, sub: of, on } => {
                let input = subscription::SetAutoRenew { subscription: sub(of), auto_renew: on };
                subscription::set_auto_renew(&market, self.by(who), input).await?;
            }
            Op::Cancel { who, sub: of } => {
                let input =
                    subscription::Cancel { subscription: sub(of), reason: None, credit_in_full: false };
                subscription::cancel(&market, self.by(who), input).await?;
            }
            Op::Move { who, sub: of, profile } => {
                let input = subscription::ChangeBillingProfile {
                    subscription: sub(of),
                    billing_profile: self.profiles[profile],
                };
                subscription::change_billing_profile(&market, self.by(who), input).await?;
            }
            Op::Pay { who, .. } => {
                let (invoice, _) = invoice();
                let input = billing::PayInvoice { invoice, payment_method: None, idempotency_key: None };
                billing::pay_invoice(&market, self.by(who), input).await?;
            }
            Op::Record { .. } => {
                let (invoice, left) = invoice();
                // Nothing at all cannot be recorded: what is paid already is asked about with a cent.
                let left = left.max(1);
                let input = billing::RecordPayment {
                    invoice,
                    amount: format!("{}.{:02}", left / 100, left % 100),
                    reference: "wire".into(),
                    idempotency_key: None,
                };
                billing::record_payment(&market, self.by(Who::Operator), input).await?;
            }
            Op::NewCard { profile } => {
                let by = self.holder(world.profiles[profile].tenant).clone();
                let does = world.profiles[profile].card.unwrap_or(CardDoes::Pay);
                self.till.set(profile, does);
                let card = self.card(profile, &by).await;
                let input = UpdateBillingProfile {
                    billing_profile: self.profiles[profile],
                    name: None,
                    tax_id: None,
                    purchase_order_number: None,
                    contact: None,
                    address: None,
                    payment_method: Some(Some(card)),
                };
                billing::update_billing_profile(&market, &by, input).await?;
            }
            Op::EndPartnership { who } => {
                partnership::end_partnership(&market, self.by(who), self.partnership).await?;
            }
        }
        Ok(())
    }

    fn assignments(&self, world: &World, sub: usize, users: &[usize]) -> subscription::ChangeAssignments {
        let (own, other) = match world.subs[sub].tenant {
            Tenant::Contoso => (&self.contoso, &self.woodgrove),
            Tenant::Tailspin => (&self.woodgrove, &self.contoso),
        };
        let named = |user: &usize| {
            if *user >= STRANGERS { other[user - STRANGERS] } else { own[*user] }
        };
        let users = users.iter().map(named).collect();
        subscription::ChangeAssignments { subscription: self.subs[sub], users }
    }
}

/// The time on the real clock.
pub(crate) fn instant(at: Second) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(at, 0).expect("a time")
}

fn code(error: &Error) -> &'static str {
    match error {
        Error::NotFound(_) => "NOT_FOUND",
        Error::Forbidden(_) => "FORBIDDEN",
        Error::Invalid(..) => "INVALID_INPUT",
        Error::Refused(refusal) => refusal.code.name(),
        Error::RefusedParts(parts) => parts.first().expect("a part").code.name(),
        Error::Conflict | Error::Unavailable(_) | Error::OutcomeUnknown(_) | Error::Internal(_) => {
            panic!("{error:?}")
        }
    }
}

/// The plans of the model: those of the demo by name, and what the demo does not sell as new plans of its apps.
async fn plans(market: &Marketplace, wanted: &[Plan]) -> Vec<PlanId> {
    use entity::{app, plan, plan_country, state::BillingInterval};
    use sea_orm::{IntoActiveModel, PaginatorTrait};
    let (reads, ids) = (market.db().read(), Ids::from_entropy());
    let mut found = Vec::new();
    for offer in wanted {
        let app = app::Entity::find().filter(app::Column::Name.eq(offer.app)).one(reads).await;
        let app = app.expect("an answer").expect("an app");
        let of_app = || plan::Entity::find().filter(plan::Column::AppId.eq(app.id));
        let known = of_app().filter(plan::Column::Name.eq(offer.name)).one(reads).await.expect("an answer");
        if let Some(known) = known {
            assert_eq!((known.unit_price, known.currency.as_str()), (offer.price, offer.currency));
            found.push(known.id);
            continue;
        }
        let model = of_app().one(reads).await.expect("an answer").expect("a plan of the app");
        let id: PlanId = ids.next(instant(0));
        let interval = if offer.months == 1 { BillingInterval::Month } else { BillingInterval::Year };
        let row = plan::Model {
            id,
            name: offer.name.into(),
            unit_price: offer.price,
            currency: offer.currency.into(),
            billing_interval: interval,
            ..model.clone()
        };
        let writer = market.db().writer().expect("writing is allowed");
        plan::Entity::insert(row.into_active_model()).exec_without_returning(writer).await.expect("a plan");
        let countries = plan_country::Entity::find().filter(plan_country::Column::PlanId.eq(model.id));
        assert!(countries.clone().count(reads).await.expect("a count") > 0, "the app is sold somewhere");
        for country in countries.all(reads).await.expect("countries") {
            let row = plan_country::Model { plan_id: id, ..country };
            plan_country::Entity::insert(row.into_active_model())
                .exec_without_returning(writer)
                .await
                .expect("a country");
        }
        found.push(id);
    }
    found
}
