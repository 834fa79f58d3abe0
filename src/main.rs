//! The program `callboard`.

fn main() {}
