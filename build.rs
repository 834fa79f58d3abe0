//! Makes cargo notice files that are added to or removed from the embedded folders.

fn main() {
    println!("cargo:rerun-if-changed=commands");
    println!("cargo:rerun-if-changed=examples/acme");
}
