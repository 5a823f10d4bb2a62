//! Organizations: what binds them.

mod accept_customer_agreement;

pub use accept_customer_agreement::accept_customer_agreement;
