//! The one integration binary. A test here is a conversation with the running bot, a run of the real program, or a
//! contract that several implementations keep; the answers stand in the tests.

mod adapters;
mod cli;
mod commands;
mod conversation;
mod faults;
mod forge;
mod harness;
mod house;
mod lookups;
#[cfg(feature = "matrix")]
mod matrix;
#[cfg(feature = "matrix")]
mod matrix_harness;
mod oracle;
mod pastes;
mod scaffold;
#[cfg(feature = "slack")]
mod slack;
#[cfg(feature = "slack")]
mod slack_stand_in;
#[cfg(feature = "slack")]
mod slack_transport;
mod sources;
mod stores;
mod web;
