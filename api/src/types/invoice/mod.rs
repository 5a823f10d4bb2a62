//! Invoices and their payments; in a file of its own their live updates.

mod live;

pub(crate) use self::live::InvoiceLive;

use super::{
    app_subscription::AppSubscription,
    billing_profile::{BillingAddress, BillingContact, BillingProfile},
    credit_note::CreditNote,
    enums::{InvoiceLineKind, InvoiceStatus},
    money::{Date, Money, money},
    payment::Payment,
};
use crate::{
    caller::Caller,
    document::PrintableDocument,
    error::{loaded, top_level},
    global_id::{Kind, decode, encode, encode_part, input},
    loaders::{CreditNotesOf, LinesOf, PaymentsOf},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Seller,
    money::{INVOICE_NUMBER, document_number},
    view::{
        self,
        billing::ProfileView,
        document::parties,
        invoice::{InvoiceView, LineView},
        subscription::SubscriptionView,
    },
};
use std::sync::Arc;

/// A document that asks a billing profile for money. It never changes; its status and what is due follow from payments and
/// credit notes.
#[derive(Debug, Clone, Description)]
pub(crate) struct Invoice(pub(crate) Arc<InvoiceView>);

#[Object(use_type_description)]
impl Invoice {
    /// The invoice's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Invoice, self.0.row.id.0)
    }

    /// Its number. Numbers have no gaps.
    async fn number(&self) -> String {
        number(self.0.row.number)
    }

    /// What has become of it.
    async fn status(&self) -> InvoiceStatus {
        self.0.row.status.into()
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.row.issued_at
    }

    /// When it is due: by card at once, by check or wire 30 days after its issue.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.row.due_at
    }

    /// When it was paid in full.
    async fn paid_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.paid_at
    }

    /// Who is billed.
    async fn billing_profile(&self) -> BillingProfile {
        BillingProfile(ProfileView { row: self.0.billing_profile.clone(), method: None })
    }

    /// Who issued it, as it was then.
    async fn seller(&self) -> Result<InvoiceSeller> {
        let (seller, _) = parties(&self.0.row).map_err(top_level)?;
        let Seller { name, address, tax_id, payment_instructions } = seller;
        Ok(InvoiceSeller { name, address, tax_id, payment_instructions })
    }

    /// Whom it bills, as it was then: later changes of the billing profile do not show here.
    async fn bill_to(&self) -> Result<InvoiceBillTo> {
        let (_, bill_to) = parties(&self.0.row).map_err(top_level)?;
        let address = bill_to.address;
        Ok(InvoiceBillTo {
            name: bill_to.name,
            contact: BillingContact { name: bill_to.contact.name, email: bill_to.contact.email },
            address: BillingAddress {
                line1: address.line1,
                line2: address.line2,
                city: address.city,
                region: address.region,
                postal_code: address.postal_code,
                country: address.country,
            },
            tax_id: bill_to.tax_id,
            purchase_order_number: bill_to.purchase_order_number,
        })
    }

    /// The sum of its lines, without tax.
    async fn subtotal(&self) -> Result<Money> {
        money(self.0.row.subtotal, &self.0.row.currency)
    }

    /// The tax on them.
    async fn tax(&self) -> Result<Money> {
        money(self.0.row.tax, &self.0.row.currency)
    }

    /// The rate of the tax, in percent: `19`, `5.5`. It is the one of the billing address's country when the invoice was
    /// issued.
    async fn tax_rate(&self) -> String {
        percent(self.0.row.tax_rate)
    }

    /// Subtotal and tax.
    async fn total(&self) -> Result<Money> {
        money(self.0.row.total, &self.0.row.currency)
    }

    /// What is still to be paid.
    async fn amount_due(&self) -> Result<Money> {
        money(self.0.row.amount_due, &self.0.row.currency)
    }

    /// What is charged, line by line.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<InvoiceLine>> {
        let lines =
            Caller::of(ctx).loaders().invoices.load_one(LinesOf(self.0.row.id)).await.map_err(loaded)?;
        let currency: Arc<str> = self.0.row.currency.as_str().into();
        Ok(lines
            .unwrap_or_default()
            .into_iter()
            .map(|view| InvoiceLine { view: Arc::new(view), currency: currency.clone() })
            .collect())
    }

    /// The attempts to pay it, in their order.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Vec<Payment>> {
        let payments =
            Caller::of(ctx).loaders().invoices.load_one(PaymentsOf(self.0.row.id)).await.map_err(loaded)?;
        Ok(payments.unwrap_or_default().into_iter().map(Payment).collect())
    }

    /// A printable version.
    async fn document(&self) -> PrintableDocument {
        PrintableDocument::of_invoice(self.0.row.id, self.0.row.number)
    }

    /// The credit notes that correct it.
    async fn credit_notes(&self, ctx: &Context<'_>) -> Result<Vec<CreditNote>> {
        let notes = Caller::of(ctx)
            .loaders()
            .invoices
            .load_one(CreditNotesOf(self.0.row.id))
            .await
            .map_err(loaded)?;
        Ok(notes.unwrap_or_default().into_iter().map(CreditNote).collect())
    }
}

/// Who issued an invoice.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct InvoiceSeller {
    /// Its name.
    name: String,
    /// Its address, on one line.
    address: String,
    /// Its tax id.
    tax_id: String,
    /// How a check or wire reaches it.
    payment_instructions: String,
}

/// Whom an invoice bills.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct InvoiceBillTo {
    /// The billing profile's name.
    name: String,
    /// Whom it is addressed to.
    contact: BillingContact,
    /// The billing address.
    address: BillingAddress,
    /// Their tax id.
    tax_id: Option<String>,
    /// Their order number.
    purchase_order_number: Option<String>,
}

/// A rate in thousandths of a percent, as it stands on the document.
pub(crate) fn percent(rate: i64) -> String {
    let text = format!("{}.{:03}", rate / 1_000, rate % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The number as it stands on the document.
pub(crate) fn number(number: i64) -> String {
    document_number(INVOICE_NUMBER, number)
}

/// What stands on the document as a number; none when no document looks like that.
fn parse_number(text: &str) -> Option<i64> {
    text.trim().strip_prefix(INVOICE_NUMBER).unwrap_or(text.trim()).parse().ok()
}

/// One charge on an invoice, for one subscription.
#[derive(Debug, Clone, Description)]
pub(crate) struct InvoiceLine {
    view: Arc<LineView>,
    currency: Arc<str>,
}

/// Some days: from the start, up to but not including the end.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct DatePeriod {
    /// The first day.
    pub(crate) start: Date,
    /// The day after the last.
    pub(crate) end: Date,
}

#[Object(use_type_description)]
impl InvoiceLine {
    /// The line's id. It is found with its invoice alone.
    async fn id(&self) -> ID {
        encode_part("inl", self.view.row.invoice_id.0, self.view.row.position)
    }

    /// What kind of charge it is.
    async fn kind(&self) -> InvoiceLineKind {
        self.view.row.kind.into()
    }

    /// What is charged, in words.
    async fn description(&self) -> &str {
        &self.view.row.description
    }

    /// The publisher's name, as it was then.
    async fn publisher_name(&self) -> &str {
        &self.view.row.publisher_name
    }

    /// How many units.
    async fn quantity(&self) -> i64 {
        self.view.row.quantity
    }

    /// The price of a unit for a whole period.
    async fn unit_price(&self) -> Result<Money> {
        money(self.view.row.unit_price, &self.currency)
    }

    /// What is charged.
    async fn amount(&self) -> Result<Money> {
        money(self.view.row.amount, &self.currency)
    }

    /// The days that are charged.
    async fn period(&self) -> DatePeriod {
        DatePeriod { start: Date(self.view.row.period_start), end: Date(self.view.row.period_end) }
    }

    /// What they are charged for; null when you do not see the subscription.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<AppSubscription>> {
        let caller = Caller::of(ctx);
        let sees = domain::scope::sees_subscription(caller.actor(), &self.view.subscription);
        Ok(sees.then(|| AppSubscription::new(SubscriptionView::of_line(&self.view))))
    }
}

/// Which invoices to list. All conditions have to hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct InvoiceFilter {
    /// In one of these statuses.
    statuses: Option<Vec<InvoiceStatus>>,
    /// Billed to this profile.
    billing_profile_id: Option<ID>,
    /// With a line for this subscription.
    subscription_id: Option<ID>,
    /// Issued at or after this instant.
    issued_from: Option<DateTime<Utc>>,
    /// Issued before this instant.
    issued_before: Option<DateTime<Utc>>,
    /// With this number.
    number: Option<String>,
}

impl InvoiceFilter {
    fn parsed(self) -> domain::Result<view::invoice::InvoiceFilter> {
        let number =
            self.number.map(|text| parse_number(&text).ok_or_else(|| domain::Error::not_found("number")));
        Ok(view::invoice::InvoiceFilter {
            statuses: self.statuses.map(|among| among.into_iter().map(Into::into).collect()),
            billing_profile: self
                .billing_profile_id
                .map(|id| input(Kind::BillingProfile, &id, "billingProfileId"))
                .transpose()?,
            subscription: self
                .subscription_id
                .map(|id| input(Kind::AppSubscription, &id, "subscriptionId"))
                .transpose()?,
            issued_from: self.issued_from,
            issued_before: self.issued_before,
            number: number.transpose()?,
        })
    }
}

#[derive(Default)]
pub(crate) struct InvoiceQuery;

#[Object]
impl InvoiceQuery {
    /// The invoices of the billing profiles that you may see, the newest first.
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<InvoiceFilter>,
    ) -> Result<Connection<Invoice>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let filter = match filter.unwrap_or_default().parsed() {
            // What names nothing finds nothing.
            Err(domain::Error::NotFound(_)) => return Ok(view::page::Page::empty().into()),
            filter => filter.map_err(top_level)?,
        };
        let page =
            view::invoice::invoices(&caller.market, caller.actor(), &filter, &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(|view| Invoice(Arc::new(view))).into())
    }

    /// An invoice, if you may see it.
    async fn invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invoice's id.")] id: ID,
    ) -> Result<Option<Invoice>> {
        let Some(id) = decode(Kind::Invoice, &id) else { return Ok(None) };
        find(Caller::of(ctx), id).await
    }
}

/// The invoice with this id, if the caller sees it.
pub(crate) async fn find(caller: &Caller, id: entity::id::InvoiceId) -> Result<Option<Invoice>> {
    let found = view::invoice::invoice(&caller.market, caller.actor(), id).await.map_err(top_level)?;
    Ok(found.map(|view| Invoice(Arc::new(view))))
}
