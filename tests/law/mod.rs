//! The law, kept by the database itself: every guard has an attack that fires it, on both databases.
//!
//! An attack is refused only if it raised an error: zero rows changed proves nothing. Each is made twice, by the
//! program's own connection and by a foreign one that switched off whatever a connection can switch off, because most
//! attacks meet several guards and only the first one speaks. [`attack`] says how they are written.

mod attack;
mod bought;
mod closed;
mod disabled;
mod documents;
mod ends;
mod events;
mod guards;
mod hostile;
mod licenses;
mod payments;
mod plans;
mod proposals;
mod refunds;
