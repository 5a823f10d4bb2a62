//! What all live updates have in common: following the feed of committed events, and showing an event to many.

mod following;
mod shown;
mod watch;

pub(crate) use self::{
    shown::Shown,
    watch::{Watch, not_found, seen},
};
