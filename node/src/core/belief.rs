//! Whether a request can be answered so that this node believes it: nobody shall show something for nothing.

use faam_spec::did::Did;
use faam_spec::name::MarketId;
use faam_spec::name::Role;
use faam_spec::query::{LedgerQuery, PrivateQuery, Query};
use faam_verifier::{Roles, StatementType, Trust, Wanted};

/// Something asked for that no answer could be believed about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbelieved<'a> {
    /// The markets that were asked for; empty for "any market".
    pub(super) markets: &'a [MarketId],
    /// Which entry comes nearest, what of it does not fit, and what to do.
    pub(super) nearest: String,
}

/// The first ledger or private standing asked for that no answer could be believed about.
pub(super) fn unbelievable<'a>(query: &'a Query, trust: &Trust) -> Option<Unbelieved<'a>> {
    let mut ledgers = query.ledgers().iter();
    if let Some(asked) = ledgers.find(|ledger| !believable(ledger, trust)) {
        let wanted = |kind, roles| Wanted { issuers: &asked.issuers, markets: &asked.markets, kind, roles };
        let mut all = vec![wanted(StatementType::Standing, &[])];
        all.extend(asked.ratings.as_ref().map(|ratings| wanted(StatementType::Rating, &ratings.roles)));
        return Some(Unbelieved { markets: &asked.markets, nearest: nearest(trust, &all) });
    }
    let asked = query.private().iter().find(|private| !believable_private(private, trust))?;
    let (issuers, markets, roles) = (&asked.issuers, &asked.markets, &asked.roles);
    let wanted = Wanted { issuers, markets, kind: StatementType::Private, roles };
    Some(Unbelieved { markets, nearest: nearest(trust, &[wanted]) })
}

/// What to say of the entries to whoever wrote them: which comes nearest to the first of `all` that nobody is believed about.
fn nearest(trust: &Trust, all: &[Wanted<'_>]) -> String {
    for wanted in all {
        let Some(near) = trust.nearest(wanted) else {
            return "There is none at all: add one to the configuration, with the DID of that market's issuer, and start the node again".to_owned();
        };
        if !near.lacks.is_empty() {
            return format!(
                "{} Correct it, or add one with the DID of that market's issuer, and start the node again",
                near.sentence(wanted)
            );
        }
    }
    "One issuer must be believed for both \"standing\" and \"rating\"; correct an entry, and start the node again".to_owned()
}

/// Whether some issuer is believed about private standings of some market and role that are asked for.
//= spec/text/local-api.md#REQ-API-7
//# The node MUST believe some issuer of the market for what is asked
fn believable_private(asked: &PrivateQuery, trust: &Trust) -> bool {
    trust.entries().iter().any(|entry| {
        entry.types.contains(&StatementType::Private)
            && (asked.issuers.is_empty() || asked.issuers.contains(&entry.issuer))
            && (asked.markets.is_empty() || asked.markets.contains(&entry.market))
            && overlap(&entry.roles, &asked.roles)
    })
}

/// Whether some issuer is believed about some market that is asked for, for all that is asked of it.
//= spec/text/local-api.md#REQ-API-7
//# The node MUST believe some issuer of the market for what is asked
fn believable(ledger: &LedgerQuery, trust: &Trust) -> bool {
    let asked_issuer = |issuer: &Did| ledger.issuers.is_empty() || ledger.issuers.contains(issuer);
    let asked_market = |market: &MarketId| ledger.markets.is_empty() || ledger.markets.contains(market);
    let mut pairs = trust.entries().iter().map(|entry| (&entry.issuer, &entry.market));
    pairs.any(|(issuer, market)| {
        let named = || trust.entries().iter().filter(|e| e.issuer == *issuer && e.market == *market);
        let standing = || named().any(|entry| entry.types.contains(&StatementType::Standing));
        let ratings = |asked: &[Role]| {
            named().any(|e| e.types.contains(&StatementType::Rating) && overlap(&e.roles, asked))
        };
        asked_issuer(issuer)
            && asked_market(market)
            && standing()
            && ledger.ratings.as_ref().is_none_or(|asked| ratings(&asked.roles))
    })
}

fn overlap(believed: &Roles, asked: &[Role]) -> bool {
    match believed {
        Roles::Any(_) => true,
        Roles::Only(roles) => asked.is_empty() || roles.iter().any(|role| asked.contains(role)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_spec::key::SigningKey;
    use faam_spec::time::EpochLength;
    use faam_verifier::{AnyRole, TrustEntry};

    fn entry(seed: u8, market: &str, roles: Roles, types: &[StatementType]) -> TrustEntry {
        let issuer = Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key());
        let market = market.parse().unwrap();
        TrustEntry {
            issuer,
            market,
            roles,
            types: types.to_vec(),
            epoch_seconds: EpochLength::WEEK,
            frozen_after: None,
        }
    }

    #[test]
    fn a81_a_request_needs_somebody_who_is_believed_for_all_of_it() {
        use StatementType::{Private, Rating, Standing};
        let any = Roles::Any(AnyRole::Any);
        let seller = Roles::Only(vec!["seller".parse().unwrap()]);
        let alpha: MarketId = "alpha".parse().unwrap();
        let standing = Query::standing(alpha.clone()).unwrap();
        let ratings = Query::ratings(alpha.clone(), 2).unwrap();
        let bought = ratings.clone().in_role(&"buyer".parse().unwrap());
        let sold = ratings.clone().in_role(&"seller".parse().unwrap());
        let wanted = faam_spec::grid::Milestones::new(vec!["count>=50".parse().unwrap()]).unwrap();
        let private = Query::milestones(alpha.clone(), wanted).unwrap();
        let private_in = |role: &str| {
            let mut asked = private.private().to_vec();
            asked[0].roles = vec![role.parse().unwrap()];
            Query::of_private(asked).unwrap()
        };
        let (privately_bought, privately_sold) = (private_in("buyer"), private_in("seller"));
        for (entries, good, bad) in [
            (vec![], vec![], vec![&standing, &ratings]),
            (vec![entry(1, "beta", any.clone(), &[Rating, Standing])], vec![], vec![&standing, &ratings]),
            (vec![entry(1, "alpha", any.clone(), &[Standing])], vec![&standing], vec![&ratings]),
            (vec![entry(1, "alpha", any.clone(), &[Rating])], vec![], vec![&standing, &ratings]),
            (
                vec![entry(1, "alpha", any.clone(), &[Rating, Standing])],
                vec![&standing, &ratings, &bought],
                vec![],
            ),
            (
                vec![entry(1, "alpha", seller.clone(), &[Rating, Standing])],
                vec![&standing, &ratings, &sold],
                vec![&bought, &private],
            ),
            (
                vec![entry(1, "alpha", seller, &[Private])],
                vec![&private, &privately_sold],
                vec![&standing, &ratings, &privately_bought],
            ),
            (
                vec![entry(1, "alpha", any.clone(), &[Private, Standing])],
                vec![&standing, &private, &privately_bought],
                vec![&ratings],
            ),
            (vec![entry(1, "beta", any.clone(), &[Private])], vec![], vec![&private]),
            (
                vec![entry(1, "alpha", any.clone(), &[Standing]), entry(1, "alpha", any.clone(), &[Rating])],
                vec![&ratings],
                vec![],
            ),
            (
                vec![entry(1, "alpha", any.clone(), &[Standing]), entry(2, "alpha", any, &[Rating])],
                vec![&standing],
                vec![&ratings],
            ),
        ] {
            let trust = Trust::new(entries);
            assert!(good.iter().all(|query| unbelievable(query, &trust).is_none()), "{trust:?}");
            assert!(
                bad.iter().all(|q| unbelievable(q, &trust).unwrap().markets == std::slice::from_ref(&alpha)),
                "{trust:?}"
            );
        }
    }
}
