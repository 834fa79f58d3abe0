//! Callboard answers questions about an organisation's software where its engineers already talk.

pub mod action;
pub mod catalog;
pub mod chat;
pub mod clock;
pub mod command;
pub mod config;
pub mod dispatch;
pub mod failure;
pub mod git;
pub mod message;
pub mod store;
pub mod telemetry;
