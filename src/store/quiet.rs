//! Turning the panics of a library into errors, without their noise on the terminal.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs the work and turns a panic into a short cause. What the work was changing must not be used afterwards.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = INSIDE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(before);
    result.map_err(|panic| cause(panic.as_ref()))
}

/// Keeps the panics of [`quietly`], and of the library's own threads by the beginnings of their names, off the
/// terminal. All others are shown as before. Only the first call counts.
pub(super) fn keep_quiet(threads: &'static [&'static str]) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            let is_library = thread
                .name()
                .is_some_and(|name| threads.iter().any(|start| name.starts_with(start)));
            if !is_library && !INSIDE.get() {
                before(panic);
            }
        }));
    });
}

fn cause(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    // The first line says it; what follows may be the dump of a page.
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    format!("its files are damaged ({line})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_one_line() {
        keep_quiet(&[]);
        let result = quietly(|| -> u32 { panic!("page 7 is gone\nand here it is: …") });
        assert_eq!(
            result,
            Err("its files are damaged (page 7 is gone)".to_owned())
        );
    }
}
