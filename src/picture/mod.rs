//! Pictures for chats: graphs, drawn as SVG and turned into PNG with a font that travels inside the binary.

mod graph;
mod layout;
mod png;

pub use graph::{Edge, Graph, Node, Tint};
