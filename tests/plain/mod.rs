//! The plain model: what Tenure is to do, said a second time, in arithmetic and lists, without any of its code.
//!
//! [`World`] holds subscriptions, the profiles that pay for them and the invoices; [`Op`] is what somebody asks. The model
//! test (`tests/model`) makes random histories of both and compares after each step, the simulation (`tests/simulation`)
//! compares a year of many subscriptions. What is real stands in [`Real`], which does the same by the operations of the
//! domain and the jobs of the worker, and [`compare`] holds the tables against the model.

pub(crate) mod compare;
pub(crate) mod dates;
mod invoices;
mod licenses;
mod ops;
mod real;
mod rights;
mod till;
mod time;
mod world;

pub(crate) use self::{
    ops::Op,
    real::Real,
    till::{CardDoes, Till},
    world::{Due, Invoice, InvoiceStatus, Kind, Life, Line, Plan, Profile, Reason, Sub, Tenant, Who, World},
};
