//! Organizations are kept apart: what one may see is not changed by anything that another has.

mod finders;
mod foreign_ids;
mod generator;
mod random_documents;
mod row_security;
mod world;
