//! Callboard answers questions about an organisation's software where its engineers already talk.
//!
//! The map, in reading order; a module uses what stands below it, never what stands above or beside it:
//!
//! - [`cli`]: the command line.
//! - [`bot`]: wires everything together, keeps it running, and stops it in order; [`bundled`] is what travels inside the binary.
//! - [`dispatch`]: from an event to its answer; [`web`]: the bot over HTTP: alive, ready, metrics, webhooks.
//! - [`action`]: what the bot can do, one file per action.
//! - [`command`]: what people can say: the files of `commands/`, the parser for people, the words of answers.
//! - [`policy`]: who may do what.
//! - [`scaffold`]: golden-path templates: what they ask for, and what they make of the answers.
//! - [`catalog`]: the software catalog: descriptors, sources, sync, relations, and finding what people type.
//! - [`store`]: where everything is kept; [`git`]: repositories; [`forge`]: where repositories and teams live, and the HTTP
//!   client for them; [`picture`]: graphs for chats; [`chat`]: the chat platforms.
//! - [`message`]: what is said: events, replies, forms, places and people.
//! - [`config`], [`failure`], [`telemetry`], [`clock`]: the ground, open to all.

pub mod action;
pub mod bot;
pub mod bundled;
pub mod catalog;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod dispatch;
pub mod failure;
pub mod forge;
pub mod git;
pub mod message;
pub mod picture;
pub mod policy;
pub mod scaffold;
pub mod store;
pub mod telemetry;
pub mod web;
