//! Programs that show Faam to a newcomer; see `tour/main.rs`, run by `cargo run --example tour`.
