//! The node: peers over libp2p, a core without input and output, and the daemon around both.
//!
//! | to read about | look at |
//! |---|---|
//! | what a node does with a message | [`core`] |
//! | peers, connections and frames | [`net`] |
//! | where it is kept | [`storage`], [`files`]; shared by several daemons: `postgres` |
//! | the daemon and its configuration | [`daemon`], [`config`], [`identity`] |
//! | the local interface for a market's own programs | [`api`] |
//! | requests answered by HTTP | [`openid4vp`] |
//! | calling them back | [`webhook`] |
//! | numbers for a monitoring system | [`metrics`] |
//!
//! A wallet uses [`net::Client`] alone. The program `faam-node` is the daemon and a command line for its local interface.

pub mod api;
pub mod config;
pub mod core;
pub mod daemon;
pub mod files;
pub mod identity;
pub mod metrics;
pub mod net;
pub mod openid4vp;
#[cfg(feature = "postgres")]
pub mod postgres;
mod shared;
mod signing;
pub mod storage;
pub mod webhook;
