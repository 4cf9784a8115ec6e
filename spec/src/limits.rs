//! Every bound in one place, each with its unit and its reason.
//!
//! Nothing from outside is parsed before its size is compared with one of these. What is over a bound is `too_large`,
//! unless the page of the object names another code.
//!
//! Specified in `spec/text/limits.md`.

/// Longest multiaddr in a link, in bytes: long DNS names do not belong in a QR code.
pub const MAX_ADDRESS_BYTES: usize = 128;
/// Most addresses in a link.
pub const MAX_LINK_ADDRESSES: usize = 8;
/// Longest link, in bytes: what a QR code of moderate size still carries.
pub const MAX_LINK_BYTES: usize = 1200;
/// Longest `client_id` of a verifier, in bytes: a `did:jwk` holds a whole key, which may bring its certificate.
pub const MAX_CLIENT_ID_BYTES: usize = 2048;
/// Longest link of OpenID4VP, in bytes: a `client_id`, and an address on the web of at most 2,048 bytes, percent-encoded.
pub const MAX_OPENID4VP_LINK_BYTES: usize = 8 * 1024;
/// Longest address on the web in a request or a link, in bytes.
pub const MAX_WEB_ADDRESS_BYTES: usize = 2048;
/// Longest `state` of a request, in bytes.
pub const MAX_STATE_BYTES: usize = 1024;
/// Largest posted answer, in bytes, percent-encoded: a presentation, of which most is base64url.
pub const MAX_POSTED_BYTES: usize = 6 * 1024 * 1024;
/// Largest answer to a posted one, in bytes: the outcome, and what is put around it.
pub const MAX_POST_REPLY_BYTES: usize = 52 * 1024;
/// For how long a request of others that states no end can be answered, in seconds, counted from when it was read.
pub const REQUEST_LIFE_UNSAID: i64 = 900;
/// Longest DID, in bytes.
pub const MAX_DID_BYTES: usize = 256;
/// Longest `did:jwk`, in bytes: a key of P-256 takes 200, and its members may be more than are needed.
pub const MAX_DID_JWK_BYTES: usize = 2048;
/// Largest DID document, in bytes.
pub const MAX_DID_DOCUMENT_BYTES: usize = 65_536;
/// Most methods in a DID document, and most members of one of its lists.
pub const MAX_DID_METHODS: usize = 64;

/// Largest frame on a stream, in bytes, length prefix excluded: a page and its header, under a relay's 128 KiB.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Largest page of a longer object, in bytes.
pub const PAGE_BYTES: usize = 48 * 1024;
/// Largest head of a protocol message, in bytes.
pub const MAX_MESSAGE_HEAD_BYTES: usize = 8 * 1024;

/// Longest header of a JWS of ours, decoded, in bytes.
pub const MAX_HEADER_BYTES: usize = 4096;

/// Most values in one JSON text (A20): a presentation at its bounds has a third of these.
pub const MAX_JSON_VALUES: usize = 65_536;
/// Most objects and arrays in one JSON text. In memory each costs hundreds of bytes, in the text two.
pub const MAX_JSON_CONTAINERS: usize = 16_384;
/// Most values in an offer: twenty thousand entries with everything that can be disclosed of them.
pub const MAX_OFFER_VALUES: usize = 700_000;
/// Most objects and arrays in an offer.
pub const MAX_OFFER_CONTAINERS: usize = 120_000;
/// Deepest nesting of any JSON that is read (A11, A20).
pub const MAX_JSON_DEPTH: usize = 16;
/// Longest JWT of a credential without its disclosures, in bytes.
pub const MAX_JWT_BYTES: usize = 32 * 1024;
/// Largest SD-JWT with disclosures and key binding, in bytes.
pub const MAX_SD_JWT_BYTES: usize = 64 * 1024;
/// Most disclosures in one SD-JWT.
pub const MAX_DISCLOSURES: usize = 64;
/// Longest disclosure, base64url form, in bytes.
pub const MAX_DISCLOSURE_BYTES: usize = 16 * 1024;
/// Largest signed request object, in bytes: it must fit one frame.
pub const MAX_REQUEST_BYTES: usize = 48 * 1024;
/// Largest presentation, in bytes: a thousand ratings with their proofs.
pub const MAX_PRESENTATION_BYTES: usize = 4 * 1024 * 1024;
/// Most ratings in one presentation.
pub const MAX_PRESENTED_RATINGS: usize = 1024;
/// Most ledgers (markets) in one presentation.
pub const MAX_PRESENTED_LEDGERS: usize = 8;
/// Most status lists stapled for one ledger.
pub const MAX_STAPLED_LISTS: usize = 8;
/// Most private standings in one presentation: their pairings cost most (A85).
pub const MAX_PRIVATE_STANDINGS: usize = 4;
/// Most milestones that one private standing shows (A27): each narrows down who it may be.
pub const MAX_MILESTONES: usize = 4;
/// Fewest accounts in a row of an epoch record's groups, and of what each is a multiple; what is over is counted a step lower.
pub const MIN_GROUP: u64 = 20;
/// Most rows of an epoch record's groups, over all roles: a third of the record.
pub const MAX_GROUP_ROWS: usize = 200;
/// Largest offer, in bytes: ten thousand entries with their credentials.
pub const MAX_OFFER_BYTES: usize = 32 * 1024 * 1024;
/// Most entries in one offer.
pub const MAX_OFFER_ENTRIES: usize = 20_000;
/// Largest decision and receipt as sent to a wallet, in bytes: one frame.
pub const MAX_OUTCOME_BYTES: usize = 48 * 1024;
/// Largest statement about an erasure, in bytes.
pub const MAX_ERASURE_BYTES: usize = 4 * 1024;

/// Largest epoch record, in bytes.
pub const MAX_EPOCH_RECORD_BYTES: usize = 32 * 1024;
/// Most status lists named in an epoch record.
pub const MAX_EPOCH_STATUS_LISTS: usize = 64;
/// Shortest epoch, in seconds: below an hour, records outnumber ratings.
pub const MIN_EPOCH_SECONDS: i64 = 3600;
/// Longest epoch, in seconds: a quarter.
pub const MAX_EPOCH_SECONDS: i64 = 92 * 86_400;
/// The usual epoch, in seconds: a week.
pub const DEFAULT_EPOCH_SECONDS: i64 = 7 * 86_400;

/// Largest status list JWT, in bytes, still compressed.
pub const MAX_STATUS_LIST_BYTES: usize = 512 * 1024;
/// Most entries of a status list: 2^20, as in the published examples.
pub const MAX_STATUS_ENTRIES: usize = 1 << 20;
/// Entries of the lists that the issuer makes: 2^16 hide one rating among many and compress to about a kilobyte.
pub const STATUS_LIST_ENTRIES: u64 = 1 << 16;
/// Below this many entries a list is said to be small enough to follow people with (A42).
pub const SMALL_STATUS_LIST: u64 = 1 << 10;

/// Most hashes in a proof of inclusion or consistency: no tree is deeper.
pub const MAX_PATH_HASHES: usize = 64;

/// Longest market name, in bytes.
pub const MAX_MARKET_BYTES: usize = 64;
/// Longest role name, in bytes.
pub const MAX_ROLE_BYTES: usize = 32;
/// Most roles of one account.
pub const MAX_ROLES: usize = 8;
/// Most digests in one entry (`_sd`), decoys included.
pub const MAX_ENTRY_DIGESTS: usize = 32;
/// Longest comment or reply, in bytes.
pub const MAX_TEXT_BYTES: usize = 4096;
/// Longest category, aspect name, band or pseudonym, in bytes.
pub const MAX_LABEL_BYTES: usize = 64;
/// Most aspects of one rating.
pub const MAX_ASPECTS: usize = 16;
/// Widest scale: its ends are within ± this.
pub const MAX_SCALE: i64 = 1_000_000;

/// Longest purpose, in bytes: three sentences.
pub const MAX_PURPOSE_BYTES: usize = 500;
/// Longest name of a verifier, in bytes.
pub const MAX_NAME_BYTES: usize = 100;
/// Longest retention that can be asked for, in days: ten years.
pub const MAX_RETENTION_DAYS: u32 = 3660;
/// Most credential queries in a request.
pub const MAX_QUERIES: usize = 16;
/// Most claims in one credential query.
pub const MAX_QUERY_CLAIMS: usize = 32;
/// Most issuers that a verifier's trust puts into one request, each as often as it stands there.
pub const MAX_NAMED_ISSUERS: usize = 64;

/// Oldest key binding that is accepted, in seconds (A18).
pub const KEY_BINDING_MAX_AGE: i64 = 300;
/// How far in the future a key binding may be, in seconds (A18).
pub const KEY_BINDING_MAX_FUTURE: i64 = 60;
/// How far in the future `nbf` and `iat` of a credential that others issued may be, in seconds: their clock is not ours.
pub const CLOCK_TOLERANCE: i64 = 60;
/// Longest life of a request, in seconds.
pub const MAX_REQUEST_LIFE: i64 = 7 * 86_400;
/// Longest life of an offer, in seconds.
pub const MAX_OFFER_LIFE: i64 = 30 * 86_400;
/// Wrong session codes after which an offer is dead.
pub const MAX_CODE_TRIES: u32 = 5;
/// Shortest time between two bindings of one ledger, in seconds: a quarter.
pub const REBIND_SECONDS: i64 = 90 * 86_400;

/// Largest backup of a wallet, in bytes: a hundred thousand ratings with their credentials take a tenth of it.
pub const MAX_BACKUP_BYTES: u64 = 4 << 30;
/// Largest header of the `age` file that a backup is, in bytes.
pub const MAX_BACKUP_SEAL_BYTES: usize = 32 * 1024;
/// Most recipients of a backup.
pub const MAX_BACKUP_STANZAS: usize = 20;
/// Most work to open a backup with a passphrase, as a power of two: 2^20 takes 1 GiB.
pub const MAX_BACKUP_WORK: u8 = 20;
/// Longest head of a backup, in bytes.
pub const MAX_BACKUP_HEAD_BYTES: usize = 4096;
/// Most records in a backup.
pub const MAX_BACKUP_RECORDS: u64 = 4_000_000;
/// Most personas of a wallet: so many keys are tried where a phrase alone has to bring one back.
pub const MAX_PERSONAS: u32 = 32;
/// Longest name of a persona, in bytes.
pub const MAX_PERSONA_NAME_BYTES: usize = 64;

/// Largest trust or policy file of a verifier, in bytes: a thousand entries.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// Largest object with evidence of another kind, in bytes: an export in base64url, and its mapping.
pub const MAX_EVIDENCE_BYTES: usize = 6 * 1024 * 1024;
/// Largest W3C credential of others, in bytes.
pub const MAX_VC_BYTES: usize = 64 * 1024;
/// Largest mail that is judged, in bytes: pictures belong on the web.
pub const MAX_MAIL_BYTES: usize = 256 * 1024;
/// Most headers of a mail, in bytes, all together.
pub const MAX_MAIL_HEADERS_BYTES: usize = 64 * 1024;
/// Longest header of a mail, in bytes: a signature of RSA with many names takes two thousand.
pub const MAX_MAIL_HEADER_BYTES: usize = 16 * 1024;
/// Most headers of a mail.
pub const MAX_MAIL_HEADERS: usize = 200;
/// Most signatures of a mail that are looked at: each costs a verification.
pub const MAX_MAIL_SIGNATURES: usize = 8;
/// Largest export of a platform, in bytes.
pub const MAX_EXPORT_BYTES: usize = 4 * 1024 * 1024;
/// Most rows of an export.
pub const MAX_EXPORT_ROWS: usize = 10_000;
/// Longest pattern of a reader of mails, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1000;
/// Largest pattern once it is compiled, in bytes.
pub const MAX_PATTERN_COMPILED_BYTES: usize = 1024 * 1024;

/// Most questions of a person that are open at once: a peer listens for each.
pub const MAX_OPEN_ASKS: usize = 16;
/// Most questions of a person that are kept at once, with what was answered.
pub const MAX_KEPT_ASKS: usize = 1000;

/// Longest text of a foreign string in an error or log, in bytes.
pub const MAX_SHOWN_BYTES: usize = 200;
