//! The catalogue of reason codes: what can be wrong, whose fault it is, and one sentence for people.
//!
//! A code never changes its meaning and is never used again for another. Sentences are keyed by code, so that
//! another language is another table; the Dutch one is in [`crate::words`].
//!
//! Specified in `spec/text/codes.md`.

use core::fmt;

use crate::exit::Exit;
use crate::words::Lang;

/// At whose side the cause lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Party {
    /// The wallet or its holder.
    Holder,
    /// The market that signed.
    Issuer,
    /// The one who asks.
    Verifier,
    /// The way between.
    Network,
    /// This machine.
    Here,
}

impl Party {
    /// The party's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Issuer => "issuer",
            Self::Verifier => "verifier",
            Self::Network => "network",
            Self::Here => "here",
        }
    }
}

macro_rules! catalogue {
    ($($name:ident $code:literal $party:ident $exit:ident $retry:literal $text:literal;)*) => {
        /// Why something was refused, could not be decided, or failed: one code, which never changes its meaning.
        ///
        /// Implements REQ-VERSION-4 (`spec/text/versions.md`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = $text] $name,)* }

        impl Reason {
            /// Every reason, in the order of the catalogue.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable code, such as `invalid.key_binding.nonce`; lower-case ASCII.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// At whose side the cause lies.
            #[must_use]
            pub const fn party(self) -> Party {
                match self { $(Reason::$name => Party::$party,)* }
            }

            /// The exit status of a program that ends for this reason.
            ///
            /// Implements REQ-CODE-1 (`spec/text/codes.md`).
            //= spec/text/codes.md#REQ-CODE-1
            //# A program MUST end with the exit status of the first reason
            #[must_use]
            pub const fn exit(self) -> Exit {
                match self { $(Reason::$name => Exit::$exit,)* }
            }

            /// Whether the same thing may succeed later without a change by whoever is at fault.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $(Reason::$name => $retry,)* }
            }

            /// One English sentence for people, without any value of what was refused.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Reason::$name => $text,)* }
            }

            /// The page about the code (`spec/text/codes`), as it is written; [`crate::words::Page`] reads it.
            ///
            /// Implements REQ-CODE-3 (`spec/text/codes.md`).
            //= spec/text/codes.md#REQ-CODE-3
            //# Every code MUST have a page in each language of the programs
            pub(crate) const fn page(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $(
                        (Reason::$name, Lang::En) => include_str!(concat!("../text/codes/", $code, ".md")),
                        (Reason::$name, Lang::Nl) => include_str!(concat!("../text/codes/nl/", $code, ".md")),
                    )*
                }
            }

            /// The reason of a code, if the catalogue has it.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Reason::$name),)* _ => None }
            }
        }
    };
}

//= spec/text/versions.md#REQ-VERSION-4
//# A code MUST NOT change its meaning and is never used again for another; new ones may come.
catalogue! {
    TooLarge "too_large" Holder Refused false "It is larger than the format allows, so it was not read.";
    Malformed "malformed" Holder Refused false "It does not have the form that the specification asks for.";
    MalformedJson "malformed.json" Holder Refused false "It is not strict JSON: a duplicate name, trailing text, a fraction or not UTF-8.";
    MalformedBase64 "malformed.base64url" Holder Refused false "Its base64url text is not canonical.";
    MalformedTime "malformed.time" Holder Refused false "A date or time in it is not one.";
    MalformedJws "malformed.jws" Holder Refused false "It is not a compact JWS.";
    UnsupportedVersion "unsupported.version" Holder Refused false "It is of a format version that this program does not know.";
    UnsupportedAlgorithm "unsupported.algorithm" Holder Refused false "It is signed with an algorithm that is not accepted.";
    UnsupportedCritical "unsupported.critical" Holder Refused false "Its header demands an extension that this program does not know.";
    InvalidType "invalid.type" Holder Refused false "Its typ or vct is not the one that belongs here.";
    InvalidSignature "invalid.signature" Holder Refused false "The signature does not belong to these bytes and this key.";
    InvalidKey "invalid.key" Issuer Refused false "The key is not a valid one of its type.";
    InvalidIssuer "invalid.issuer" Issuer Refused false "The stated issuer and the key that signed are not the same.";
    InvalidDid "invalid.did" Holder Refused false "The DID is malformed or of a method that is not accepted.";
    KeyUnknown "issuer.key_unknown" Issuer Undecided true "The issuer's key history is not known here.";
    KeyNotValidThen "issuer.key_not_valid_then" Issuer Refused false "The key was not valid when this was signed.";
    DisclosureMalformed "invalid.disclosure.malformed" Holder Refused false "A disclosure does not have the form of RFC 9901.";
    DisclosureUnreferenced "invalid.disclosure.unreferenced" Holder Refused false "A disclosure belongs to no digest in the credential.";
    DisclosureName "invalid.disclosure.name" Holder Refused false "A disclosure has a reserved name or one that stands there already.";
    DigestRepeated "invalid.digest.repeated" Holder Refused false "The same digest stands in the credential twice.";
    DigestAlgorithm "invalid.digest.algorithm" Holder Refused false "The credential names a digest algorithm that is not SHA-256.";
    ClaimHidden "invalid.claim.hidden" Holder Refused false "A claim that must always be visible is hidden.";
    ClaimMissing "invalid.claim.missing" Issuer Refused false "A claim that the format demands is missing.";
    Expired "invalid.expired" Holder Refused false "It is past its expiry.";
    NotYetValid "invalid.not_yet" Holder Refused true "It is not valid yet; compare the clocks.";
    KeyBindingMissing "invalid.key_binding.missing" Holder Refused false "The proof that the holder's key takes part is missing.";
    KeyBindingPresent "invalid.key_binding.present" Issuer Refused false "A credential that is being issued must not carry key binding.";
    KeyBindingSignature "invalid.key_binding.signature" Holder Refused false "The key binding is not signed by the key that the credential is bound to.";
    KeyBindingAudience "invalid.key_binding.audience" Holder Refused false "The presentation was made for somebody else.";
    KeyBindingNonce "invalid.key_binding.nonce" Holder Refused false "The presentation does not answer this request.";
    KeyBindingHash "invalid.key_binding.sd_hash" Holder Refused false "The presentation was changed after the holder signed it.";
    KeyBindingStale "invalid.key_binding.stale" Holder Refused true "The presentation was signed too long ago; compare the clocks.";
    KeyBindingFuture "invalid.key_binding.future" Holder Refused true "The presentation was signed in the future; compare the clocks.";
    NonceUsed "request.used" Holder Refused false "This request was answered already.";
    RequestExpired "request.expired" Holder Refused false "The request has expired.";
    RequestRevoked "request.revoked" Verifier Refused false "Whoever asked has taken the request back.";
    RequestPolicy "request.policy" Verifier Refused false "The request is to be judged by a policy that is not known here.";
    RequestUnknown "request.unknown" Holder Refused false "No such request is open here.";
    RequestPeer "request.peer" Verifier Refused false "The request names another peer than the one that sent it.";
    RequestAudience "request.party" Verifier Refused false "The request is signed by somebody else than the link named.";
    RequestUnreadable "request.unreadable" Verifier Refused false "The request asks for something that this program cannot express.";
    RequestMode "request.mode" Verifier Refused false "The request wants its answer in a way in which this program does not give it.";
    RequestClient "request.client" Verifier Refused false "The verifier is named in a way in which this program cannot know who asks.";
    RequestTransaction "request.transaction" Verifier Refused false "The request wants a transaction authorised, which is more than showing a good name.";
    ResponseMalformed "response.malformed" Holder Refused false "What was posted is not an answer to the request at that address.";
    RequestMilestones "request.milestones" Verifier Refused false "The request asks for a milestone that is not on the grid, for more than four, or for two of one metric.";
    RequestClimbing "request.climbing" Verifier Refused false "The request asks for a higher step than was shown to this verifier before; step by step it would learn the number itself.";
    QueryUnmet "query.unmet" Holder Refused false "The answer holds less than was asked for.";
    QueryExtra "query.extra" Holder Refused false "The answer holds something that was not asked for.";
    QueryValue "query.value" Holder Refused false "A value in the answer is not one of those that were asked for.";
    NothingToShow "query.nothing" Holder Refused false "The wallet holds nothing that answers this.";
    Untrusted "trust.untrusted" Issuer Untrusted false "Nobody here trusts this issuer for this market, role and type.";
    TrustFrozen "trust.frozen" Issuer Untrusted false "Trust in this issuer ended before this was stated.";
    StandingMissing "standing.missing" Holder Refused false "Ratings were shown without the market's statement about the whole ledger.";
    StandingOtherLedger "standing.other_ledger" Holder Refused false "A rating is from another ledger than the standing shown with it.";
    StandingOtherHolder "standing.other_holder" Holder Refused false "A rating is bound to another key than the standing shown with it.";
    StandingNumbers "standing.numbers" Issuer Refused false "The standing's numbers contradict each other or the ratings.";
    StandingHead "standing.head" Issuer Refused false "The standing is not part of the epoch record it names.";
    PrivateMalformed "private.malformed" Holder Refused false "The proof of a private standing has another length than its milestones ask for, or a point or scalar in it is none.";
    PrivateProof "private.proof" Holder Refused false "The proof of a private standing does not verify for this market, epoch, verifier, request and these milestones.";
    PrivateTerms "private.terms" Issuer Refused false "The market's record names another suite, grid or number of messages for private standings than this program knows.";
    PrivateSignature "private.signature" Issuer Refused false "The market's private standing does not state what the ledger's entries give.";
    PrivateEntropy "private.entropy" Issuer Refused false "The market changed its part of the pseudonyms' secret: they would change too.";
    PrivateCommitment "private.commitment" Here Refused false "The private standing is for secrets that this wallet does not have; the market can bind the ledger anew, at most once a quarter.";
    EpochUnknown "epoch.unknown" Holder Refused false "The standing names an epoch record that was not shown and is not known.";
    EpochStale "epoch.stale" Holder Refused false "The standing is older than the current and the previous epoch.";
    EpochFuture "epoch.future" Issuer Refused true "The standing is of an epoch that has not begun; compare the clocks.";
    EpochNotFinal "epoch.not_final" Holder Refused false "The market is closed, and this is not its final epoch.";
    EpochForked "epoch.forked" Issuer Refused false "The market published two epoch records where one may be: this is evidence against it.";
    EpochChain "epoch.chain" Issuer Refused false "The epoch record does not follow the one before.";
    IssuerSilent "epoch.issuer_silent" Issuer Undecided true "The market has published nothing newer, and the policy does not say to take its last word.";
    RatingRepeated "rating.repeated" Holder Refused false "The same rating was shown twice.";
    RatingNotLive "rating.not_live" Holder Refused false "The rating is not among the current ones: it was corrected, withdrawn or changed.";
    RatingLeftOut "rating.left_out" Holder Refused false "The answer claims to be complete, and ratings are missing from it.";
    RatingWithdrawn "rating.withdrawn" Holder Withdrawn false "The rating was corrected or withdrawn.";
    StatusInvalid "status.invalid" Issuer Refused false "The status list is not of this issuer, address or form.";
    StatusIndex "status.index" Issuer Refused false "The status list has no such entry.";
    StatusMissing "status.missing" Holder Undecided true "No status list for the rating was shown or is known.";
    StatusExpired "status.expired" Issuer Undecided true "The newest status list is older than the policy allows.";
    StatusOlder "status.older" Holder Refused false "The status list is older than one that was seen before.";
    PolicyMarket "policy.market" Holder Refused false "The statement is of a market that the policy does not count.";
    PolicyMarkets "policy.markets" Holder Refused false "Too few different markets meet what the policy needs.";
    PolicyRequest "policy.request" Verifier Refused false "The request asked for less than the policy needs, or for something else.";
    PolicyUnrated "policy.unrated" Holder Refused false "By the policy this is a newcomer: unrated, which is neither good nor bad.";
    PolicyRatings "policy.ratings" Holder Refused false "There are fewer ratings than the policy needs.";
    PolicyPeople "policy.people" Holder Refused false "The ratings are by fewer different people than the policy needs.";
    PolicyMean "policy.mean" Holder Refused false "The mean is below what the policy needs.";
    PolicyLow "policy.low" Holder Refused false "More of the ratings are in the lowest band than the policy takes.";
    PolicyTenure "policy.tenure" Holder Refused false "The first rating is more recent than the policy needs.";
    PolicyWithdrawn "policy.withdrawn" Holder Refused false "More ratings were withdrawn than the policy takes.";
    PolicyDisputed "policy.disputed" Holder Refused false "More ratings are under dispute than the policy takes.";
    PolicyStale "policy.stale" Issuer Refused true "Something that the answer rests on is older than the policy takes.";
    PolicyUnknown "policy.unknown" Holder Refused true "Something that has to be known is not, and the policy refuses then.";
    PolicyContested "policy.contested" Issuer Undecided false "The market contradicts itself, and the policy decides nothing then.";
    PolicyNotice "policy.notice" Issuer Refused false "Something was announced about the market that the policy does not simply take.";
    FileSyntax "file.syntax" Here Usage false "The file is not TOML.";
    FileKey "file.key" Here Usage false "The file has a key that is not known.";
    FileValue "file.value" Here Usage false "Something in the file is missing, or has a value that makes no sense.";
    OfferUnknown "offer.unknown" Holder Refused false "No such offer is open here.";
    OfferUsed "offer.used" Holder Refused false "This offer was taken already.";
    OfferExpired "offer.expired" Holder Refused false "The offer has expired.";
    OfferCode "offer.code" Holder Refused true "The session code is wrong.";
    OfferLocked "offer.locked" Holder Refused false "Too many wrong session codes: the offer is closed.";
    OfferHolder "offer.holder" Holder Refused false "The offer was begun by another wallet.";
    OfferProof "offer.proof" Holder Refused false "The wallet did not prove that it has the holder key.";
    OfferBound "offer.bound" Holder Refused false "The ledger is bound to another wallet; the market can bind it anew, at most once a quarter.";
    OfferRebindEarly "offer.rebind_early" Holder Refused true "The ledger was bound to a wallet less than a quarter ago.";
    RenewUnknown "renew.unknown" Holder Refused false "No ledger here is bound to this key.";
    OfferNotYet "offer.not_yet" Issuer Refused true "The account is newer than the current epoch; its ratings can be offered when the next one begins.";
    OfferTransfer "offer.transfer" Network Refused true "The offer did not arrive as it was announced.";
    LedgerEntry "ledger.entry" Issuer Refused false "An entry breaks the rules of a ledger.";
    LedgerRoot "ledger.root" Issuer Refused false "The entries do not give the root that the market signed.";
    LedgerNumbers "ledger.numbers" Issuer Refused false "The entries do not give the numbers that the market signed.";
    LedgerExtension "ledger.extension_refused" Issuer Refused false "The market's ledger does not continue the one it signed before; both are kept.";
    LedgerFork "ledger.fork" Issuer Refused false "The market signed two things about one ledger that cannot both be true: this is evidence against it, and both are kept.";
    LedgerUnknown "ledger.unknown" Here Failure false "There is no such ledger or account here.";
    LedgerCredential "ledger.credential" Issuer Refused false "A credential does not state the entry it was offered for.";
    EventMalformed "event.malformed" Here Failure false "A rating event cannot be read.";
    EventRule "event.rule" Here Failure false "A rating event breaks a rule of the ledger.";
    LinkMalformed "link.malformed" Holder Usage false "This is not a Faam link, or it was changed on the way.";
    LinkKind "link.kind" Holder Usage false "The link is for something else.";
    LinkExpired "link.expired" Holder Refused false "The link has expired.";
    WireMessage "wire.message" Network Refused false "The other side sent a message that does not belong here.";
    NetUnreachable "net.unreachable" Network Network true "The other side cannot be reached.";
    NetTimeout "net.timeout" Network Network true "The other side did not answer in time.";
    NetPeer "net.peer" Network Network false "Somebody else answered at that address.";
    NetClosed "net.closed" Network Network true "The connection ended before the answer came.";
    NetBusy "net.busy" Network Network true "The other side is busy.";
    FetchUrl "fetch.url" Verifier Refused false "The address is none that anything is fetched from: only https to a public name, without user name and fragment.";
    FetchAddress "fetch.address" Verifier Refused false "The address leads to this machine, a private network or another special one, where nothing is fetched from.";
    FetchTls "fetch.tls" Network Network false "The server did not prove that it has the name in the address.";
    FetchRedirect "fetch.redirect" Network Refused false "The server sends on to somewhere that is not gone to.";
    FetchTooLarge "fetch.too_large" Network Refused false "The answer of the server is larger than what is read.";
    FetchStatus "fetch.status" Network Network true "The server answered that it has nothing or cannot.";
    FetchContent "fetch.content" Network Refused false "The answer of the server is of another type than was asked for, or compressed.";
    FetchDocument "fetch.document" Issuer Refused false "What was fetched does not have its form, or speaks of somebody else.";
    FetchRoots "fetch.roots" Here Usage false "No root certificates are known here by which a server could prove its name.";
    X509Chain "x509.chain" Verifier Refused false "The certificates do not lead to one that is trusted, are out of date, or are for something else.";
    X509Name "x509.name" Verifier Refused false "The certificate is not for the name or hash that the request states.";
    StoreLocked "store.locked" Here Locked false "The passphrase is wrong, or the key slot is damaged.";
    StoreDamaged "store.damaged" Here Damaged false "The store is damaged: something that was kept is missing or changed.";
    StoreInUse "store.in_use" Here InUse true "Another program has the store open.";
    StorePermissions "store.permissions" Here Failure false "The folder or a file in it can be reached by others.";
    StoreMissing "store.missing" Here Failure false "There is no store here yet.";
    StoreExists "store.exists" Here Failure false "There is a store here already.";
    StoreNewer "store.newer" Here Failure false "The store was written by a newer version of this program.";
    StoreIo "store.io" Here Failure true "The store could not be read or written.";
    BackupMissing "backup.missing" Here Failure false "There is no backup of what is held, or an old one.";
    BackupLocked "backup.locked" Here Locked false "The passphrase or identity does not open the backup.";
    BackupDamaged "backup.damaged" Here Damaged false "The backup is damaged, cut short, or none.";
    BackupNewer "backup.newer" Here Failure false "The backup was made by a newer version of this program.";
    BackupForked "backup.forked" Here Failure false "The backup and the wallet went on apart: both are of one wallet, and each knows something that the other does not.";
    ConsentMissing "consent.missing" Here Declined false "Nothing was shown, because nobody agreed to it.";
    InputMissing "input.missing" Here Usage false "Something is needed that was not given, and nobody can be asked.";
    InputMalformed "input.malformed" Here Usage false "Something that was given cannot be understood.";
    ApiKey "api.key" Here Refused false "The access key is missing or wrong.";
    ApiForbidden "api.forbidden" Here Refused false "This access key may not make this call.";
    ApiUnknown "api.unknown" Here Refused false "What this call names is not there.";
    ApiOrigin "api.origin" Here Refused false "The request comes from a place that may not use this interface.";
    ApiUnreachable "api.unreachable" Here Network true "The node does not answer on its local interface.";
    Internal "internal" Here Failure false "This program made a mistake; please report it.";
    ImportKind "import.kind" Holder Refused false "It is of no kind that can be brought in.";
    VcProof "vc.proof" Issuer Refused false "The credential does not have exactly one proof of the kind that is read here.";
    VcContext "vc.context" Issuer Refused false "The words of the credential come from a context that is not known here.";
    MailMalformed "mail.malformed" Holder Refused false "The mail has a form in which two readers could see two things.";
    MailHeaderRepeated "mail.header.repeated" Holder Refused false "A header that has to stand in the mail once stands there twice or not at all.";
    MailHeaderUnsigned "mail.header.unsigned" Issuer Refused false "The signature does not cover a header on which the mail's meaning rests.";
    MailSignatureMissing "mail.signature.missing" Holder Refused false "The mail carries no DKIM signature.";
    MailSignatureMalformed "mail.signature.malformed" Issuer Refused false "The DKIM signature is not written as RFC 6376 says.";
    MailSignatureLength "mail.signature.length" Issuer Refused false "The signature covers only the beginning of the mail's text.";
    MailSignatureExpired "mail.signature.expired" Issuer Refused false "The signature of the mail has expired.";
    MailSignatureDomain "mail.signature.domain" Holder Refused false "The mail is signed by another domain than the one it says it is from.";
    MailBody "mail.body" Holder Refused false "The text of the mail is not the one that was signed.";
    MailKeyUnknown "mail.key.unknown" Here Undecided true "The key that signed the mail is not in the archive of keys.";
    MailKeyTime "mail.key.time" Holder Refused false "The archive did not see the key in use when the mail says it was signed.";
    MailKeyRevoked "mail.key.revoked" Issuer Refused false "The domain revoked the key that signed the mail.";
    MailKeyWeak "mail.key.weak" Issuer Refused false "The key that signed the mail is one that others can compute, or none.";
    MailRecipient "mail.recipient" Holder Refused false "The mail is addressed to somebody else.";
    MailReader "mail.reader" Here Undecided true "No reader knows what this mail states.";
    ExportMapping "export.mapping" Here Refused false "The export does not have what its mapping names.";
    ExportValue "export.value" Here Refused false "A value in the export is not what its mapping says it is.";
}

impl Reason {
    /// The sentence of [`Reason::sentence`] in a language.
    #[must_use]
    pub const fn sentence_in(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.sentence(),
            Lang::Nl => crate::words::dutch(self),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence(), self.code())
    }
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Reads a code; one that is not in the catalogue is refused (`malformed`, where it stands in an object).
impl<'de> serde::Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| serde::de::Error::custom("unknown reason code"))
    }
}

/// A reason and where it arose: the error of every operation of this crate but those of [`crate::peer`].
///
/// Implements REQ-CODE-2 (`spec/text/codes.md`).
//= spec/text/codes.md#REQ-CODE-2
//# A code MUST NOT tell a value of the object that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} [{at}]")]
pub struct Fault {
    reason: Reason,
    at: &'static str,
}

impl Fault {
    /// A fault for `reason`, found at `at` (the name of an object or member; never a value).
    #[must_use]
    pub const fn new(reason: Reason, at: &'static str) -> Self {
        Self { reason, at }
    }

    /// The reason, with its code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// In which object or member: a fixed name of this crate, never foreign text.
    #[must_use]
    pub const fn at(&self) -> &'static str {
        self.at
    }
}

/// `Err(Fault)` in one word.
///
/// # Errors
/// Always the given reason.
pub const fn refuse<T>(reason: Reason, at: &'static str) -> Result<T, Fault> {
    Err(Fault::new(reason, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    //= spec/text/versions.md#REQ-VERSION-4
    //= type=test
    //# A code MUST NOT change its meaning and is never used again for another; new ones may come.
    #[test]
    fn codes_are_unique_and_found_again() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|r| r.code()).collect();
        codes.sort_unstable();
        let before = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), before);
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
            assert!(reason.sentence().ends_with('.'), "{}", reason.code());
        }
        assert_eq!(Reason::from_code("no.such"), None);
    }

    //= spec/text/codes.md#REQ-CODE-2
    //= type=test
    //# A code MUST NOT tell a value of the object that was refused.
    #[test]
    fn no_fault_tells_a_value() {
        const VALUE: &str = "Pr1vate";
        let json = |value: serde_json::Value| serde_json::to_vec(&value).unwrap();
        let entry = serde_json::json!({"v": 0, "kind": VALUE, VALUE: VALUE});
        let faults = [
            VALUE.parse::<crate::link::Link>().map(drop),
            format!("faam:offer?v=0&peer={VALUE}").parse::<crate::link::Link>().map(drop),
            VALUE.parse::<crate::did::Did>().map(drop),
            VALUE.parse::<crate::name::Role>().map(drop),
            VALUE.parse::<crate::time::Timestamp>().map(drop),
            crate::encoding::from_value::<crate::ledger::Entry>(entry, "entry").map(drop),
            crate::offer::Offer::parse(&json(serde_json::json!({"v": 0, "market": VALUE}))).map(drop),
            crate::presentation::Presentation::parse(&json(serde_json::json!({VALUE: VALUE}))).map(drop),
            crate::sdjwt::SdJwt::parse(VALUE).map(drop),
            crate::jws::Jws::parse(VALUE, "t", 100).map(drop),
        ];
        for fault in faults {
            let fault = fault.unwrap_err();
            assert!(!format!("{fault} {fault:?}").contains(VALUE), "{fault}");
        }
    }
}
