//! Whether a request can be answered so that this node believes it: nobody shall show something for nothing.

use faam_spec::did::Did;
use faam_spec::name::MarketId;
use faam_spec::query::{LedgerQuery, Query, RatingsQuery};
use faam_verifier::{Roles, StatementType, Trust};

/// The markets of the first ledger asked for that no answer could be believed about; empty for "any market".
pub(super) fn unbelievable<'a>(query: &'a Query, trust: &Trust) -> Option<&'a [MarketId]> {
    query.ledgers().iter().find(|ledger| !believable(ledger, trust)).map(|ledger| ledger.markets.as_slice())
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
        let ratings = |asked: &RatingsQuery| {
            named().any(|e| e.types.contains(&StatementType::Rating) && overlap(&e.roles, asked))
        };
        asked_issuer(issuer)
            && asked_market(market)
            && standing()
            && ledger.ratings.as_ref().is_none_or(ratings)
    })
}

fn overlap(believed: &Roles, asked: &RatingsQuery) -> bool {
    match believed {
        Roles::Any(_) => true,
        Roles::Only(roles) => asked.roles.is_empty() || roles.iter().any(|role| asked.roles.contains(role)),
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
        use StatementType::{Rating, Standing};
        let any = Roles::Any(AnyRole::Any);
        let seller = Roles::Only(vec!["seller".parse().unwrap()]);
        let alpha: MarketId = "alpha".parse().unwrap();
        let standing = Query::standing(alpha.clone()).unwrap();
        let ratings = Query::ratings(alpha.clone(), 2).unwrap();
        let bought = ratings.clone().in_role(&"buyer".parse().unwrap());
        let sold = ratings.clone().in_role(&"seller".parse().unwrap());
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
                vec![entry(1, "alpha", seller, &[Rating, Standing])],
                vec![&standing, &ratings, &sold],
                vec![&bought],
            ),
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
                bad.iter().all(|q| unbelievable(q, &trust) == Some(std::slice::from_ref(&alpha))),
                "{trust:?}"
            );
        }
    }
}
