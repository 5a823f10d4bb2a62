//! Who may come in, who may do what, and what becomes of those who leave.

mod acting_with_keys;
mod api_keys;
mod beginning;
mod erasing;
pub(crate) mod fresh;
mod leaving;
pub(crate) mod matrix;
mod members;
mod oidc;
mod sockets;
pub(crate) mod words;
