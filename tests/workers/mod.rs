//! Workers: who holds which run and for how long, what becomes of one that ends half-way, wrong clocks, and what is told of it.

mod clocks;
mod faults;
mod hand_over;
mod health;
mod leases;
mod process;
mod told;
