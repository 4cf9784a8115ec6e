//! Whom a verifier believes, and for what: (issuer, market, role, type), never "this key is good".

use core::fmt;

use faam_spec::decision::StatedReason;
use faam_spec::did::Did;
use faam_spec::name::{MarketId, Role, shown};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::EpochLength;
use faam_spec::words::{Join, Lang, list};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::policy::Policy;
use crate::trust_file::TrustItem;

/// The type of what is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementType {
    /// Single ratings.
    Rating,
    /// Plain standings.
    Standing,
    /// Private standings.
    Private,
}

impl StatementType {
    /// The name as it stands in an entry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rating => "rating",
            Self::Standing => "standing",
            Self::Private => "private",
        }
    }
}

/// Roles for which an issuer is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Roles {
    /// Only these.
    Only(Vec<Role>),
    /// `"any"`.
    Any(AnyRole),
}

/// The word `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnyRole {
    /// Every role.
    Any,
}

/// A list or the word, with a word for whoever wrote neither.
impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrAny;
        impl<'de> Visitor<'de> for ListOrAny {
            type Value = Roles;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of roles, such as [\"seller\"], or \"any\" for every role")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Roles, E> {
                match text {
                    "any" => Ok(Roles::Any(AnyRole::Any)),
                    other => Err(E::custom(format_args!(
                        "\"{0}\" is neither a list nor \"any\"; write \"any\" for every role, or [\"{0}\"] for a role of that name",
                        shown(other, MAX_ROLE_SHOWN)
                    ))),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Roles, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Roles::Only)
            }
        }
        deserializer.deserialize_any(ListOrAny)
    }
}

/// Longest text in the place of roles that is repeated, in bytes.
const MAX_ROLE_SHOWN: usize = 40;

/// One issuer, believed for one market, some roles and some types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustEntry {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The roles.
    pub roles: Roles,
    /// The types.
    pub types: Vec<StatementType>,
    /// Length of the market's epochs, in seconds; a week unless said otherwise. A market that states another one is not
    /// believed: epoch numbers, and so freezes and ages, are counted in it.
    #[serde(default = "week")]
    pub epoch_seconds: EpochLength,
    /// Last epoch whose statements are believed (a freeze, as when a market is sold); none while there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_after: Option<u64>,
}

const fn week() -> EpochLength {
    EpochLength::WEEK
}

/// What an entry would have to name; an empty list is for any.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// One of these issuers.
    pub issuers: &'a [Did],
    /// One of these markets.
    pub markets: &'a [MarketId],
    /// This type.
    pub kind: StatementType,
    /// One of these roles.
    pub roles: &'a [Role],
}

impl<'a> Wanted<'a> {
    pub(crate) const fn of(
        issuer: &'a Did,
        market: &'a MarketId,
        kind: StatementType,
        roles: &'a [Role],
    ) -> Self {
        let (issuers, markets) = (std::slice::from_ref(issuer), std::slice::from_ref(market));
        Self { issuers, markets, kind, roles }
    }

    fn lacks(&self, entry: &TrustEntry) -> Vec<Part> {
        let role = match &entry.roles {
            // A plain standing is about all roles.
            _ if self.kind == StatementType::Standing => true,
            Roles::Any(_) => true,
            Roles::Only(roles) => self.roles.is_empty() || roles.iter().any(|role| self.roles.contains(role)),
        };
        let parts = [
            (Part::Issuer, self.issuers.is_empty() || self.issuers.contains(&entry.issuer)),
            (Part::Market, self.markets.is_empty() || self.markets.contains(&entry.market)),
            (Part::Type, entry.types.contains(&self.kind)),
            (Part::Role, role),
        ];
        parts.into_iter().filter(|(_, fits)| !fits).map(|(part, _)| part).collect()
    }
}

/// One of the four things that trust is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The issuer.
    Issuer,
    /// The market.
    Market,
    /// The type.
    Type,
    /// The role.
    Role,
}

impl Part {
    /// The place in a refusal.
    const fn at(self) -> &'static str {
        match self {
            Self::Issuer => "trust.issuer",
            Self::Market => "trust.market",
            Self::Type => "trust.type",
            Self::Role => "trust.role",
        }
    }
}

/// The entry that fits best to what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// The entry.
    pub entry: &'a TrustEntry,
    /// What of it does not fit; nothing if all does.
    pub lacks: Vec<Part>,
}

/// Sentences about trust entries.
mod said {
    faam_spec::sentences! {
        nearest(number, issuer, market, why) "The nearest trust entry is no. {number} (issuer {issuer}, market {market}): {why}." "De naaste regel in het vertrouwensbestand is nr. {number} (uitgever {issuer}, marktplaats {market}): {why}.";
        signer(issuer, market) "What was shown names {issuer} as its issuer, about the market {market}." "Wat getoond is, noemt {issuer} als uitgever, over de marktplaats {market}.";
        nobody() "There is no trust entry: nobody is believed." "Het vertrouwensbestand heeft geen regels: niemand wordt geloofd.";
        fits() "it fits" "ze past";
        other_issuer() "its issuer is another one" "de uitgever is een andere";
        other_market() "its market is another one" "de marktplaats is een andere";
        lacks_type(types, kind) "its types ({types}) lack \"{kind}\"" "bij de soorten ({types}) ontbreekt \"{kind}\"";
        lacks_role(roles, asked) "its roles ({roles}) lack {asked}" "bij de rollen ({roles}) ontbreekt {asked}";
        any() "any" "elke";
        none() "none" "geen";
        and() ", and " ", en ";
    }

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(faam_spec::words::faults(ALL), [""; 0]);
    }
}

impl Near<'_> {
    /// Which entry it is and what of it does not fit, in words for whoever wrote it. Nothing is repeated but what stands in the
    /// entry, the type and the roles that were `wanted`.
    #[must_use]
    pub fn sentence(&self, wanted: &Wanted<'_>) -> String {
        self.sentence_in(wanted, Lang::En)
    }

    /// As [`Near::sentence`], in a language.
    #[must_use]
    pub fn sentence_in(&self, wanted: &Wanted<'_>, lang: Lang) -> String {
        let TrustEntry { issuer, market, roles, types, .. } = self.entry;
        let told = self.lacks.iter().map(|part| match part {
            Part::Issuer => said::other_issuer(lang),
            Part::Market => said::other_market(lang),
            Part::Type => {
                said::lacks_type(lang, listed(types.iter().map(|of| of.name()), lang), wanted.kind.name())
            }
            Part::Role => {
                let named = match roles {
                    Roles::Any(_) => said::any(lang),
                    Roles::Only(roles) => listed(roles.iter().map(Role::as_str), lang),
                };
                let asked: Vec<String> = wanted.roles.iter().map(|role| format!("\"{role}\"")).collect();
                said::lacks_role(lang, named, list(lang, &asked, Join::And))
            }
        });
        let told: Vec<String> = told.collect();
        let why = if told.is_empty() { said::fits(lang) } else { told.join(&said::and(lang)) };
        said::nearest(lang, self.number, issuer, market, why)
    }
}

/// For whoever wrote the trust entries and the policy: where nobody was trusted, who is named as issuer, which entry came nearest, and what
/// of it does not fit; where a number of the policy is not met, which one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    said: Vec<(Lang, String)>,
}

impl Hint {
    pub(crate) fn of(trust: &Trust, wanted: &Wanted<'_>) -> Self {
        let near = trust.nearest(wanted);
        let said = Lang::ALL.iter().map(|lang| {
            let sentence = match &near {
                Some(near) => near.sentence_in(wanted, *lang),
                None => said::nobody(*lang),
            };
            (
                *lang,
                match (wanted.issuers, wanted.markets) {
                    ([issuer], [market]) => format!("{} {sentence}", said::signer(*lang, issuer, market)),
                    _ => sentence,
                },
            )
        });
        Self { said: said.collect() }
    }

    /// The numbers of the policy that are behind these reasons, if any are.
    pub(crate) fn of_policy(policy: &Policy, reasons: &[StatedReason]) -> Option<Self> {
        let said = |lang: &Lang| Some((*lang, policy.needed(reasons, *lang)?));
        let said: Vec<_> = Lang::ALL.iter().filter_map(said).collect();
        (!said.is_empty()).then_some(Self { said })
    }

    /// The hint as a sentence.
    #[must_use]
    pub fn said(&self, lang: Lang) -> &str {
        self.said.iter().find(|(of, _)| *of == lang).map_or("", |(_, said)| said)
    }
}

/// Names as in a list, or a word for none.
fn listed<'n>(names: impl Iterator<Item = &'n str>, lang: Lang) -> String {
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    if names.is_empty() { said::none(lang) } else { names.join(", ") }
}

/// Everybody whom a verifier believes. Nobody unless named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<TrustItem>", into = "Vec<TrustItem>")]
pub struct Trust {
    entries: Vec<TrustEntry>,
    /// What the verifier calls each of them, in the same order.
    labels: Vec<Label>,
}

/// What the verifier calls an entry, and which others it counts as one with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: Option<String>,
    pub(crate) group: Option<String>,
}

impl Trust {
    /// Trust in these entries.
    #[must_use]
    pub fn new(entries: Vec<TrustEntry>) -> Self {
        let labels = vec![Label::default(); entries.len()];
        Self { entries, labels }
    }

    pub(crate) fn labelled(all: Vec<(TrustEntry, Label)>) -> Self {
        let (entries, labels) = all.into_iter().unzip();
        Self { entries, labels }
    }

    pub(crate) fn into_labelled(self) -> impl Iterator<Item = (TrustEntry, Label)> {
        self.entries.into_iter().zip(self.labels)
    }

    /// What the verifier calls the issuer of a market, if it has a name for it: that of the first entry that has one.
    #[must_use]
    pub fn name<'a>(&'a self, issuer: &'a Did, market: &'a MarketId) -> Option<&'a str> {
        self.labels_of(issuer, market).find_map(|label| label.name.as_deref())
    }

    /// The groups in which the issuer of a market stands: all markets of a group count as one.
    pub fn groups<'a>(&'a self, issuer: &'a Did, market: &'a MarketId) -> impl Iterator<Item = &'a str> {
        self.labels_of(issuer, market).filter_map(|label| label.group.as_deref())
    }

    fn labels_of<'a>(&'a self, issuer: &'a Did, market: &'a MarketId) -> impl Iterator<Item = &'a Label> {
        let all = self.entries.iter().zip(&self.labels);
        all.filter(|(entry, _)| entry.issuer == *issuer && entry.market == *market).map(|(_, label)| label)
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[TrustEntry] {
        &self.entries
    }

    /// The entry that fits best to what is wanted, and what of it does not fit; of several, the first. None where there is no entry.
    ///
    /// It is for whoever wrote the entries, and decides nothing.
    #[must_use]
    pub fn nearest(&self, wanted: &Wanted<'_>) -> Option<Near<'_>> {
        let near = |(at, entry)| Near { number: at + 1, entry, lacks: wanted.lacks(entry) };
        self.entries.iter().enumerate().map(near).min_by_key(|near| {
            let another = |part| near.lacks.contains(&part);
            (near.lacks.len(), another(Part::Issuer), another(Part::Market))
        })
    }

    /// The refusal of a statement for which nobody is trusted: it names the first part of the nearest entry that does not fit.
    fn untrusted(&self, wanted: &Wanted<'_>) -> Fault {
        let lacks = self.nearest(wanted).and_then(|near| near.lacks.first().copied());
        Fault::new(Reason::Untrusted, lacks.map_or("trust", Part::at))
    }

    /// Whether anybody named `issuer` is believed about `market` for statements of `kind` at all: a cheap question before the
    /// signatures.
    ///
    /// # Errors
    /// `trust.untrusted`, at `trust.issuer`, `trust.market` or `trust.type`: what of the nearest entry does not fit.
    //= spec/text/verifying.md#REQ-VERIFY-3
    //# Issuer and market are compared by their whole DID and name.
    pub fn check_named(&self, issuer: &Did, market: &MarketId, kind: StatementType) -> Result<(), Fault> {
        let named = |entry: &TrustEntry| {
            //= spec/text/names.md#REQ-NAME-7
            //# DIDs MUST be compared byte by byte, never by what they resolve to.
            entry.issuer == *issuer && entry.market == *market && entry.types.contains(&kind)
        };
        if self.entries.iter().any(named) {
            return Ok(());
        }
        Err(self.untrusted(&Wanted::of(issuer, market, kind, &[])))
    }

    /// Checks that `issuer` is believed about `market` for statements of `kind` in `role` (none: over all roles) and epoch
    /// `epoch`, counted in `length`.
    ///
    /// # Errors
    /// `trust.untrusted`, at what of the nearest entry does not fit; `epoch.chain` if the market's epochs have another length than was trusted; `trust.frozen` if trust
    /// ended before that epoch.
    pub fn check(
        &self,
        issuer: &Did,
        market: &MarketId,
        kind: StatementType,
        role: Option<&Role>,
        (epoch, length): (u64, EpochLength),
    ) -> Result<(), Fault> {
        //= spec/text/verifying.md#REQ-VERIFY-3
        //# Trust MUST be in (issuer, market, role, type) and never in a key.
        let named = self.entries.iter().filter(|entry| {
            entry.issuer == *issuer
                && entry.market == *market
                && entry.types.contains(&kind)
                && match (&entry.roles, role) {
                    (Roles::Any(_), _) | (Roles::Only(_), None) => true,
                    (Roles::Only(roles), Some(role)) => roles.contains(role),
                }
        });
        let mut why = None;
        for entry in named {
            //= spec/text/verifying.md#REQ-VERIFY-5
            //# The market's epochs MUST have the trusted length.
            if entry.epoch_seconds != length {
                why = Some(Reason::EpochChain);
            } else if entry.frozen_after.is_none_or(|last| epoch <= last) {
                return Ok(());
            } else {
                //= spec/text/verifying.md#REQ-VERIFY-4
                //# Trust that ended with an epoch MUST NOT reach further.
                why = Some(Reason::TrustFrozen);
            }
        }
        match why {
            Some(why) => refuse(why, "trust"),
            None => {
                Err(self.untrusted(&Wanted::of(issuer, market, kind, role.map_or(&[], std::slice::from_ref))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_spec::key::SigningKey;

    #[test]
    fn a81_trust_is_for_one_market_role_and_type() {
        let issuer = Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
        let other = Did::from_key(&SigningKey::from_seed(&[2; 32]).verifying_key());
        let (alpha, beta): (MarketId, MarketId) = ("alpha".parse().unwrap(), "beta".parse().unwrap());
        let (seller, buyer): (Role, Role) = ("seller".parse().unwrap(), "buyer".parse().unwrap());
        let trust = Trust::new(vec![TrustEntry {
            issuer: issuer.clone(),
            market: alpha.clone(),
            roles: Roles::Only(vec![seller.clone()]),
            types: vec![StatementType::Rating],
            epoch_seconds: EpochLength::WEEK,
            frozen_after: Some(10),
        }]);
        let rating = StatementType::Rating;
        assert!(trust.check(&issuer, &alpha, rating, Some(&seller), (10, EpochLength::WEEK)).is_ok());
        let refused = |result: Result<(), Fault>| result.unwrap_err().reason();
        assert_eq!(
            refused(trust.check(&issuer, &alpha, rating, Some(&seller), (11, EpochLength::WEEK))),
            Reason::TrustFrozen
        );
        assert_eq!(
            refused(trust.check(&issuer, &alpha, rating, Some(&buyer), (10, EpochLength::WEEK))),
            Reason::Untrusted
        );
        assert_eq!(
            refused(trust.check(&issuer, &beta, rating, Some(&seller), (10, EpochLength::WEEK))),
            Reason::Untrusted
        );
        assert_eq!(
            refused(trust.check(&other, &alpha, rating, Some(&seller), (10, EpochLength::WEEK))),
            Reason::Untrusted
        );
        let longer = (10, EpochLength::new(92 * 86_400).unwrap());
        assert_eq!(refused(trust.check(&issuer, &alpha, rating, Some(&seller), longer)), Reason::EpochChain);
        let standing = trust.check(&issuer, &alpha, StatementType::Standing, None, (10, EpochLength::WEEK));
        assert_eq!(refused(standing), Reason::Untrusted);
        let private =
            trust.check(&issuer, &alpha, StatementType::Private, Some(&seller), (10, EpochLength::WEEK));
        assert_eq!(refused(private), Reason::Untrusted);
        for kind in [StatementType::Rating, StatementType::Standing, StatementType::Private] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn a_refusal_says_what_of_the_nearest_entry_does_not_fit() {
        let did = |seed| Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key());
        let market = |name: &str| name.parse::<MarketId>().unwrap();
        let role = |name: &str| name.parse::<Role>().unwrap();
        let entry = |seed, name: &str, roles, types: &[StatementType]| TrustEntry {
            issuer: did(seed),
            market: market(name),
            roles,
            types: types.to_vec(),
            epoch_seconds: EpochLength::WEEK,
            frozen_after: None,
        };
        use StatementType::{Private, Rating, Standing};
        let trust = Trust::new(vec![
            entry(1, "alpha", Roles::Only(vec![role("seller")]), &[Rating, Private]),
            entry(2, "beta", Roles::Any(AnyRole::Any), &[Standing]),
        ]);
        for (seed, name, kind, of, at, told) in [
            (1, "alpha", Standing, None, "trust.type", "no. 1 (issuer did:key:"),
            (
                1,
                "alpha",
                Standing,
                None,
                "trust.type",
                "its types (\"rating\", \"private\") lack \"standing\".",
            ),
            (1, "alpha", Private, Some("buyer"), "trust.role", "its roles (\"seller\") lack \"buyer\"."),
            (2, "beta", Rating, Some("buyer"), "trust.type", "no. 2 "),
            (
                3,
                "alpha",
                Private,
                Some("seller"),
                "trust.issuer",
                "market alpha): its issuer is another one.",
            ),
            (
                1,
                "gamma",
                Private,
                Some("seller"),
                "trust.market",
                "market alpha): its market is another one.",
            ),
            (3, "gamma", Rating, Some("buyer"), "trust.issuer", "another one, and its "),
        ] {
            let (issuer, market, of) = (did(seed), market(name), of.map(role));
            let refused =
                trust.check(&issuer, &market, kind, of.as_ref(), (1, EpochLength::WEEK)).unwrap_err();
            assert_eq!((refused.reason(), refused.at()), (Reason::Untrusted, at), "{name} {kind:?}");
            let roles: Vec<Role> = of.into_iter().collect();
            let wanted = Wanted::of(&issuer, &market, kind, &roles);
            let sentence = trust.nearest(&wanted).unwrap().sentence(&wanted);
            assert!(sentence.contains(told), "{told}: {sentence}");
        }
        let nobody = Trust::default().check_named(&did(1), &market("alpha"), Standing).unwrap_err();
        assert_eq!(nobody.at(), "trust");
    }
}
