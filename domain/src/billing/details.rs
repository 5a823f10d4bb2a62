//! What a billing profile tells of whom it bills, and whether an invoice can show it.

use crate::{
    Error, Input, Result, api_key::Holder, country, text::one_line, view::billing::pays_with, work::Work,
};
use entity::{
    id::{OrganizationId, PartnerId, PaymentMethodId},
    payment_method,
};
use sea_orm::QuerySelect;

/// Whom invoices are addressed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// A billing address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// First line.
    pub line1: String,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2 code.
    pub country: String,
}

/// Everything of a profile that its invoices show.
pub(crate) struct Details<'a> {
    pub(crate) name: &'a str,
    pub(crate) tax_id: Option<&'a str>,
    pub(crate) purchase_order_number: Option<&'a str>,
    pub(crate) contact: &'a Contact,
    pub(crate) address: &'a Address,
}

impl Details<'_> {
    /// Whether an invoice can show all of it.
    ///
    /// # Errors
    /// `Invalid` for the first that it cannot.
    pub(crate) fn check(&self) -> Result<()> {
        let Self { contact, address, .. } = self;
        country::parse(&address.country, address_path("country"))?;
        for (path, text) in [
            (Input::field("name"), self.name),
            (contact_path("name"), &contact.name),
            (address_path("line1"), &address.line1),
            (address_path("city"), &address.city),
            (contact_path("email"), &contact.email),
        ] {
            one_line(path, text)?;
        }
        for (path, text) in [
            (address_path("line2"), address.line2.as_deref()),
            (address_path("region"), address.region.as_deref()),
            (address_path("postalCode"), address.postal_code.as_deref()),
            (Input::field("taxId"), self.tax_id),
            (Input::field("purchaseOrderNumber"), self.purchase_order_number),
        ] {
            text.map_or(Ok(()), |text| one_line(path, text))?;
        }
        if !contact.email.contains('@') {
            return Err(Error::Invalid(contact_path("email"), "this is no e-mail address".into()));
        }
        Ok(())
    }
}

/// The payment method that a profile shall pay with: one of the same organization or partner. It cannot be removed until
/// the transaction ends.
///
/// # Errors
/// `NotFound` when the actor sees no such method there; `Forbidden` when it is not theirs to pay with.
pub(crate) async fn method_of(
    work: &Work<'_>,
    id: PaymentMethodId,
    holder: (Option<OrganizationId>, Option<PartnerId>),
) -> Result<payment_method::Model> {
    let method = work
        .reader()
        .find_by_id::<payment_method::Entity>(id)
        .lock_shared()
        .one(&work.tx)
        .await?
        .filter(|method| (method.organization_id, method.partner_id) == holder)
        .ok_or_else(|| Error::not_found("paymentMethodId"))?;
    if !pays_with(&work.tx, &work.by.actor, &method, false).await? {
        return Err(not_yours());
    }
    Ok(method)
}

/// Whose a payment method is.
///
/// # Errors
/// `Internal` when it is nobody's, or of two: the database's checks prevent it.
pub(crate) fn holder_of_method(
    organization: Option<OrganizationId>,
    partner: Option<PartnerId>,
) -> Result<Holder> {
    match (organization, partner) {
        (Some(id), None) => Ok(Holder::Organization(id)),
        (None, Some(id)) => Ok(Holder::Partner(id)),
        (Some(_), Some(_)) | (None, None) => Err(Error::internal("a payment method has one holder")),
    }
}

/// The refusal of a payment method that others pay with.
pub(crate) fn not_yours() -> Error {
    Error::Forbidden(
        "paying with this payment method needs the buying role on a billing profile that pays with it; add one of your own, or ask an owner".into(),
    )
}

fn contact_path(field: &'static str) -> Input {
    Input(vec!["input".into(), "contact".into(), field.into()])
}

/// The path of a member of the billing address.
pub(crate) fn address_path(field: &'static str) -> Input {
    Input(vec!["input".into(), "billingAddress".into(), field.into()])
}
