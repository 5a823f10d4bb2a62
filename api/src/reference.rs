//! The reference of error codes, as `docs/errors.md` shows it: what each says, and what a front end does about it.

use domain::Code;
use std::fmt::Write;

/// What stands before the codes.
const HEAD: &str = "# Error codes

<!-- Written by `make errors` from the code. -->

Every error has a code, which stays as it is; messages are for people and may change. There are two places to look.

- **`userErrors`** in the payload of a mutation: the state of the world forbids it, and nothing was changed. `message` can be
  shown to whoever pressed the button, `path` names the input that it is about. A query that is refused for the same reason
  has the code in `errors[].extensions.code`.
- **`errors[].extensions.code`**: the request could not be answered. `extensions.requestId`, or the header `x-request-id`, is
  what to name when you ask the operator.

";

/// What introduces the second table.
const TOP_LEVEL: &str = "
## In `errors[].extensions.code`

| code | when | what to do |
|---|---|---|
";

/// What introduces the first table.
const REFUSALS: &str = "## In `userErrors`

| code | usual message | what a front end does |
|---|---|---|
";

/// Refusals that are no code of the domain: every operation can answer them.
const OF_EVERY_OPERATION: [(&str, &str, &str); 2] = [
    (
        "NOT_FOUND",
        "There is no such object.",
        "Leave the page of the object: it does not exist, or not for this viewer. The two cannot be told apart.",
    ),
    (
        "INVALID_INPUT",
        "Says what is wrong with the input that `path` names.",
        "Show the message beside that field.",
    ),
];

/// Codes of requests that were not answered: when, and what to do.
const OF_REQUESTS: [(&str, &str, &str); 12] = [
    (
        "UNAUTHENTICATED",
        "There is no token, or it is malformed, expired, revoked or of somebody unknown. Status 401.",
        "Sign in again, then send the same request.",
    ),
    (
        "FORBIDDEN",
        "The viewer sees the object and lacks the role.",
        "Hide the button: `allowedActions` says beforehand what is allowed.",
    ),
    (
        "BAD_USER_INPUT",
        "The request or its document is malformed, does not fit the schema, or has a value that no input takes.",
        "A fault of the front end: mend it. Sending it again changes nothing.",
    ),
    (
        "CONFLICT",
        "Somebody else was changing the same thing, or the first request with this idempotency key is still running. Nothing was changed.",
        "Send it again, after a moment, with the same idempotency key.",
    ),
    (
        "LIMIT_EXCEEDED",
        "The document, body or page is larger than is allowed, or the operation took too long. `extensions.limit` names the limit, `allowed` and `requested` say how much.",
        "Ask for less at once: smaller pages, fewer fields.",
    ),
    (
        "PERSISTED_QUERY_NOT_FOUND",
        "A document was named by its hash, and this process does not have it.",
        "Send the document with its hash; Apollo's link does so by itself.",
    ),
    (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "A document was named by its hash, and no documents are kept.",
        "Send documents in full; Apollo's link does so by itself.",
    ),
    (
        "PERSISTED_QUERY_NOT_IN_LIST",
        "Only trusted documents are executed, and this is none of them.",
        "A fault of the front end's release: its documents have to be in the manifest.",
    ),
    (
        "RATE_LIMITED",
        "The caller has spent its points, or its address failed to authenticate too often. Status 429 with `Retry-After`.",
        "Wait for `extensions.retryAfterSeconds`, then send it again.",
    ),
    (
        "NOT_FOUND",
        "A document of an invoice, or something else with an address of its own, does not exist for this viewer.",
        "As in `userErrors`.",
    ),
    (
        "UNAVAILABLE",
        "Something that the service needs does not answer or has no room: its database, or the identity provider. `extensions.outcomeUnknown` says whether a change may have been done all the same, because only its answer got lost.",
        "Send it again after `extensions.retryAfterSeconds`, with growing pauses and the same idempotency key. Without a key, look first if the outcome is unknown.",
    ),
    (
        "INTERNAL",
        "A fault of the service. The message is always \"internal error\"; the log has the rest under the request's id.",
        "Do not repeat it in a loop. Tell the operator the request's id.",
    ),
];

/// The reference as Markdown.
pub fn errors() -> String {
    let mut text = HEAD.to_owned() + REFUSALS;
    let row = |text: &mut String, (code, says, advice): (&str, &str, &str)| {
        // A String takes whatever is written.
        let _ = writeln!(text, "| `{code}` | {says} | {advice} |");
    };
    for refusal in OF_EVERY_OPERATION {
        row(&mut text, refusal);
    }
    for code in Code::all() {
        row(&mut text, (code.name(), code.usual_message(), advice(code)));
    }
    text += TOP_LEVEL;
    for error in OF_REQUESTS {
        row(&mut text, error);
    }
    text
}

/// What a front end does about a refusal.
fn advice(code: Code) -> &'static str {
    match code {
        Code::DisabledIsTerminal => {
            "Load the subscription again and offer to buy another copy (`purchaseSubscription` with `replacesSubscriptionId`)."
        }
        Code::NotActive => "Show that the publisher's activation is awaited, until `activateBy`.",
        Code::PurchaseMismatch => "For publishers: ask `resolvePurchase` again and activate what it says.",
        Code::PortalNotOpened => "For publishers: wait until the customer comes by the portal's link.",
        Code::TokenInvalid => {
            "For publishers: ask the customer to come again; `openPublisherPortal` makes a new link."
        }
        Code::AgreementNotAccepted => {
            "Show the agreement, send `acceptCustomerAgreement`, then the same request again."
        }
        Code::AgreementVersionOutdated => {
            "Ask `customerAgreement` for the current version, show it, and accept that one."
        }
        Code::RegionNotSupported => {
            "Do not offer the purchase: `App.availableInMyRegion` and `supportedCountries` say so beforehand."
        }
        Code::PlanNotAvailable => "Load the app's plans again and let the buyer choose.",
        Code::CurrencyMismatch => "Offer only billing profiles in the currency of the plan's price.",
        Code::LicensesNotApplicable => {
            "Hide everything about licences where `plan.pricingModel` is `FLAT_RATE`."
        }
        Code::LicenseQuantityOutOfRange => "Limit the field to the plan's `minLicenses` and `maxLicenses`.",
        Code::LicensesStillAssigned => "Show the assignments, and let licences be unassigned first.",
        Code::NoLicenseAvailable => "Load `licenses.available` again; offer to buy more.",
        Code::UserNotInOrganization => "Choose from `assignableUsers`.",
        Code::BillingProfileNotUsable => {
            "Let another billing profile be chosen, or its overdue invoice be paid."
        }
        Code::PaymentMethodNotUsable => "Let another payment method be chosen or added.",
        Code::PaymentDeclined => {
            "Let another payment method be chosen, and send it with a new idempotency key. The attempt stands among the invoice's payments."
        }
        Code::PaymentPending => {
            "Do not pay again: load the invoice after a minute, or watch `invoiceEvents`."
        }
        Code::PaymentPastDue => "Show the overdue invoice with a button to pay it.",
        Code::AmountExceedsDue => "For operators: load the invoice again and enter at most `amountDue`.",
        Code::PaymentMethodInUse => "Give the billing profile another payment method first.",
        Code::LastOwner => "Let somebody else be made an owner first.",
        Code::InvoiceNotPayable => "Load the invoice again: it was paid or credited meanwhile.",
        Code::ManagedByPartner => "Hide the button, and name the partner.",
        Code::PartnershipEnded => "Show that it ends with its period, and offer to buy another copy then.",
        Code::NotReplaceable => "Load the old subscription again: `replacedBy` is its latest copy.",
        Code::ProposalClosed => "Load the proposal again and show its status.",
        Code::ProposalChanged => "Load the proposal again, show the new revision, and ask once more.",
        Code::IdempotencyKeyReused => {
            "A fault of the front end: make a new key for each intent, and keep it for its repetitions."
        }
        Code::WebhookEndpointDisabled => "Offer to enable the endpoint (`updateWebhookEndpoint`).",
        Code::NotSandbox => "Offer to move the clock in a sandbox only.",
        Code::NotDue => "Wait: it is done when it falls due.",
    }
}
