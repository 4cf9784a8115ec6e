//! One table of exit statuses for `faam`, `faam-node` and `faam-verify`.
//!
//! Specified in `spec/text/codes.md`.

/// How a program ended: the number that the shell sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Exit {
    /// 0: done.
    Ok = 0,
    /// 1: something failed here.
    Failure = 1,
    /// 2: called in a way that makes no sense.
    Usage = 2,
    /// 3: checked and refused.
    Refused = 3,
    /// 4: could not be decided; something was missing.
    Undecided = 4,
    /// 5: the passphrase is wrong or missing.
    Locked = 5,
    /// 6: the issuer or verifier is not trusted for this.
    Untrusted = 6,
    /// 7: what was shown was withdrawn.
    Withdrawn = 7,
    /// 8: the other side could not be reached or went away.
    Network = 8,
    /// 9: the store is damaged.
    Damaged = 9,
    /// 10: another program holds the store.
    InUse = 10,
    /// 11: the person did not agree.
    Declined = 11,
}

impl Exit {
    /// Every status, in order.
    pub const ALL: &'static [Exit] = &[
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Refused,
        Self::Undecided,
        Self::Locked,
        Self::Untrusted,
        Self::Withdrawn,
        Self::Network,
        Self::Damaged,
        Self::InUse,
        Self::Declined,
    ];

    /// The number that the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The status's name in JSON and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Undecided => "undecided",
            Self::Locked => "locked",
            Self::Untrusted => "untrusted",
            Self::Withdrawn => "withdrawn",
            Self::Network => "network",
            Self::Damaged => "damaged",
            Self::InUse => "in_use",
            Self::Declined => "declined",
        }
    }
}
