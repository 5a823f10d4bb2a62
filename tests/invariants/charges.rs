//! Charges and refunds: what we say of them, against the sandbox gateway's own record.

use super::{
    facts::Facts,
    findings::{Findings, Promise},
};
use entity::{
    id::{InvoiceId, PaymentId},
    payment, sandbox_charge,
    state::{PaymentStatus, RefundStatus, SandboxOutcome},
};
use std::collections::{HashMap, HashSet};

/// How the sandbox gateway's names for charges begin.
const OF_THE_SANDBOX: &str = "sandbox_";

fn money_went(outcome: SandboxOutcome) -> bool {
    match outcome {
        SandboxOutcome::Succeeded | SandboxOutcome::Hidden => true,
        SandboxOutcome::Declined => false,
    }
}

fn is_open(payment: &payment::Model) -> bool {
    matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Unknown)
}

fn is_paid(payment: &payment::Model) -> bool {
    matches!(payment.status, PaymentStatus::Succeeded | PaymentStatus::Refunded)
}

pub(super) fn examine(facts: &Facts, findings: &mut Findings) {
    let charges: HashMap<PaymentId, &sandbox_charge::Model> =
        facts.charges.iter().map(|charge| (charge.id, charge)).collect();
    let mut attempts: HashMap<InvoiceId, Vec<&payment::Model>> = HashMap::new();
    for payment in &facts.payments {
        attempts.entry(payment.invoice_id).or_default().push(payment);
        as_the_gateway_says(payment, charges.get(&payment.id).copied(), findings);
    }
    let ours: HashSet<PaymentId> = facts.payments.iter().map(|payment| payment.id).collect();
    for charge in &facts.charges {
        let known = ours.contains(&charge.id);
        findings.holds(Promise::ChargedAtMostOnce, known, || format!("nobody knows of {charge:?}"));
    }
    for (invoice, attempts) in attempts {
        let total = facts.invoices.get(&invoice).map_or(0, |invoice| invoice.total);
        let open = attempts.iter().filter(|payment| is_open(payment)).count();
        findings.holds(Promise::ChargedAtMostOnce, open <= 1, || {
            format!("invoice {}: {open} attempts at once", invoice.0)
        });
        let taken: i64 = attempts
            .iter()
            .filter_map(|payment| charges.get(&payment.id))
            .filter(|charge| money_went(charge.outcome))
            .map(|charge| charge.amount)
            .sum();
        findings.holds(Promise::ChargedAtMostOnce, taken <= total, || {
            format!("invoice {}: {taken} was charged of {total}", invoice.0)
        });
    }
    refunds(facts, findings);
}

/// An attempt of ours says what the gateway says.
fn as_the_gateway_says(
    payment: &payment::Model,
    charge: Option<&sandbox_charge::Model>,
    findings: &mut Findings,
) {
    let reference = payment.gateway_reference.as_deref().unwrap_or_default();
    let fits = match charge {
        Some(charge) => {
            let same = (charge.amount, &charge.currency) == (payment.amount, &payment.currency);
            same && (is_open(payment) || is_paid(payment) == money_went(charge.outcome))
        }
        None => !reference.starts_with(OF_THE_SANDBOX),
    };
    findings.holds(Promise::ChargedAtMostOnce, fits, || format!("{payment:?}, and the gateway {charge:?}"));
}

fn refunds(facts: &Facts, findings: &mut Findings) {
    let (mut owed, mut given_of): (HashMap<PaymentId, i64>, HashMap<PaymentId, i64>) = Default::default();
    for refund in facts.refunds.iter().filter(|refund| refund.status != RefundStatus::Failed) {
        *owed.entry(refund.payment_id).or_default() += refund.amount;
    }
    for refund in facts.given_back.iter().filter(|refund| money_went(refund.outcome)) {
        *given_of.entry(refund.charge_id).or_default() += refund.amount;
    }
    for payment in facts.payments.iter().filter(|payment| is_paid(payment)) {
        let of = |sums: &HashMap<PaymentId, i64>| sums.get(&payment.id).copied().unwrap_or(0);
        let most = of(&owed).max(of(&given_of));
        findings.holds(Promise::RefundedAtMostOnce, most <= payment.amount, || {
            format!("{most} is owed or was given of {payment:?}")
        });
    }
    let mut given_back: HashMap<_, _> = facts.given_back.iter().map(|given| (given.id, given)).collect();
    for refund in &facts.refunds {
        let given = given_back.remove(&refund.id);
        let reference = refund.gateway_reference.as_deref().unwrap_or_default();
        let fits = match (given, refund.status) {
            (Some(given), RefundStatus::Succeeded) => money_went(given.outcome),
            (Some(given), RefundStatus::Failed) => !money_went(given.outcome),
            (Some(_), RefundStatus::Pending | RefundStatus::Unknown) => true,
            (None, _) => !reference.starts_with(OF_THE_SANDBOX),
        };
        let same = given.is_none_or(|given| given.amount == refund.amount);
        findings.holds(Promise::RefundedAtMostOnce, fits && same, || {
            format!("{refund:?}, and the gateway {given:?}")
        });
    }
    for given in given_back.values() {
        findings.holds(Promise::RefundedAtMostOnce, false, || format!("nobody asked for {given:?}"));
    }
}
