//! Bounds of this package, all on what comes from outside.

use core::time::Duration;

/// Longest address that is read, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;
/// Most redirects that are followed, all on one host.
pub const MAX_REDIRECTS: usize = 3;
/// Largest head of an answer, in bytes.
pub const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Longest time for the whole, from the first lookup to the last byte, redirects included.
pub const MAX_TIME: Duration = Duration::from_secs(15);
/// Longest pause that is waited for where a server asks for one, once.
pub const MAX_PAUSE: Duration = Duration::from_secs(5);
/// Longest time until a connection stands, TLS included.
pub const MAX_CONNECT_TIME: Duration = Duration::from_secs(5);
/// Most names that are looked up at once by one fetcher; a lookup cannot be stopped, only left behind.
pub const MAX_LOOKUPS: usize = 16;
/// Most addresses of a host of which one may have; over it, none is used.
pub const MAX_ADDRESSES: usize = 64;
/// Largest file of root certificates, in bytes.
pub const MAX_ROOTS_BYTES: u64 = 1024 * 1024;
/// Largest metadata of an issuer and set of keys, in bytes.
pub const MAX_METADATA_BYTES: usize = 64 * 1024;
/// Most keys of an issuer.
pub const MAX_KEYS: usize = 64;
/// Most certificates in one `x5c`.
pub const MAX_CERTIFICATES: usize = 8;
/// Largest certificate, in bytes (DER).
pub const MAX_CERTIFICATE_BYTES: usize = 8 * 1024;
