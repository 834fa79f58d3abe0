//! Any text as a line that somebody types.
#![no_main]

use std::sync::LazyLock;

use callboard::action::ACTIONS;
use callboard::command::Book;
use libfuzzer_sys::fuzz_target;

static BOOK: LazyLock<Book> = LazyLock::new(|| callboard::bot::book(None, ACTIONS).0);

fuzz_target!(|text: &str| {
    let _ = BOOK.understand(text);
});
