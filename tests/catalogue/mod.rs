//! What publishers sell: apps and plans, who sees them, what can be bought when, and the catalogue as a file.

mod apps;
mod arbitrary;
mod commands;
mod files;
mod plans;
mod publishers;
mod races;
mod selling;
mod serving;
mod words;
