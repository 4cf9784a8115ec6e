//! The node: peers over libp2p, a core without input and output, and the daemon around both.
//!
//! | to read about | look at |
//! |---|---|
//! | what a node does with a message | [`core`] |
//! | peers, connections and frames | [`net`] |
//! | where it is kept | [`storage`], [`files`] |
//! | the daemon and its configuration | [`daemon`], [`config`], [`identity`] |
//! | the local interface for a market's own programs | [`api`] |
//! | calling them back | [`webhook`] |
//!
//! A wallet uses [`net::Client`] alone. The program `faam-node` is the daemon and a command line for its local interface.

pub mod api;
pub mod config;
pub mod core;
pub mod daemon;
pub mod files;
pub mod identity;
pub mod net;
mod signing;
pub mod storage;
pub mod webhook;
