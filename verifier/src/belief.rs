//! Whether a question can be answered so that its verifier believes it, and by whom: nobody shall show something for nothing.

use std::collections::BTreeSet;

use faam_spec::did::Did;
use faam_spec::limits::{MAX_NAMED_ISSUERS, MAX_QUERY_CLAIMS};
use faam_spec::name::{MarketId, Role};
use faam_spec::query::{LedgerQuery, PrivateQuery, Query};
use faam_spec::reason::Fault;

use crate::trust::{Roles, StatementType, Trust, TrustEntry, Wanted};

/// Something asked for that no answer could be believed about. Its text is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no [[trust]] entry believes an issuer of {market} for what is asked, so that people would show it for nothing. {nearest}"
)]
pub struct Unbelieved {
    /// The markets that were asked for, or words for any.
    pub market: String,
    /// Which entry comes nearest, what of it does not fit, and what to do, without a full stop at its end.
    pub nearest: String,
}

impl Unbelieved {
    fn of(markets: &[MarketId], nearest: String) -> Self {
        let names: Vec<&str> = markets.iter().map(MarketId::as_str).collect();
        let market = if names.is_empty() { "any market".to_owned() } else { names.join(" or ") };
        Self { market, nearest }
    }
}

impl Trust {
    /// The first ledger or private standing asked for that no answer could be believed about.
    #[must_use]
    pub fn unbelieved(&self, query: &Query) -> Option<Unbelieved> {
        if let Some(asked) =
            query.ledgers().iter().find(|ledger| !self.entries().iter().any(|e| answers(e, ledger, self)))
        {
            let wanted =
                |kind, roles| Wanted { issuers: &asked.issuers, markets: &asked.markets, kind, roles };
            let mut all = vec![wanted(StatementType::Standing, &[])];
            all.extend(asked.ratings.as_ref().map(|ratings| wanted(StatementType::Rating, &ratings.roles)));
            return Some(Unbelieved::of(&asked.markets, nearest(self, &all)));
        }
        let asked = query.private().iter().find(|asked| !self.entries().iter().any(|e| proves(e, asked)))?;
        let (issuers, markets, roles) = (&asked.issuers, &asked.markets, &asked.roles);
        let wanted = Wanted { issuers, markets, kind: StatementType::Private, roles };
        Some(Unbelieved::of(markets, nearest(self, &[wanted])))
    }

    /// The query with the issuers named that are believed for it, wherever it names none: so that a wallet shows nothing of others,
    /// which would be refused. Where nobody is believed, or they are more than a query can name, it stays as it is.
    ///
    /// # Errors
    /// Those of [`Query::new`], which a query that was made does not cause.
    //= spec/text/local-api.md#REQ-API-20
    //# A request by `policy`, `market` or `markets` MUST name the issuers that are believed for what is asked
    pub fn name_issuers(&self, query: Query) -> Result<Query, Fault> {
        let mut room = MAX_NAMED_ISSUERS;
        let mut named = |issuers: &mut Vec<Did>, times: usize, believed: BTreeSet<&Did>| {
            let cost = believed.len() * times;
            if issuers.is_empty() && believed.len() <= MAX_QUERY_CLAIMS && cost <= room {
                room -= cost;
                *issuers = believed.into_iter().cloned().collect();
            }
        };
        if query.private().is_empty() {
            let mut ledgers = query.ledgers().to_vec();
            for asked in &mut ledgers {
                let believed = self.entries().iter().filter(|entry| answers(entry, asked, self));
                let believed = believed.map(|entry| &entry.issuer).collect();
                let times = 1 + usize::from(asked.ratings.is_some());
                named(&mut asked.issuers, times, believed);
            }
            return Query::new(ledgers);
        }
        let mut private = query.private().to_vec();
        for asked in &mut private {
            let believed = self.entries().iter().filter(|entry| proves(entry, asked));
            let believed = believed.map(|entry| &entry.issuer).collect();
            named(&mut asked.issuers, 1, believed);
        }
        Query::of_private(private)
    }
}

/// What to say of the entries to whoever wrote them: which comes nearest to the first of `all` that nobody is believed about.
fn nearest(trust: &Trust, all: &[Wanted<'_>]) -> String {
    for wanted in all {
        let Some(near) = trust.nearest(wanted) else {
            return "There is none at all: add one, with the DID of that market's issuer".to_owned();
        };
        if !near.lacks.is_empty() {
            return format!(
                "{} Correct it, or add one with the DID of that market's issuer",
                near.sentence(wanted)
            );
        }
    }
    "One issuer must be believed for both \"standing\" and \"rating\"; correct an entry".to_owned()
}

/// Whether the entry's issuer is believed about private standings of some market and role that are asked for.
fn proves(entry: &TrustEntry, asked: &PrivateQuery) -> bool {
    entry.types.contains(&StatementType::Private)
        && (asked.issuers.is_empty() || asked.issuers.contains(&entry.issuer))
        && (asked.markets.is_empty() || asked.markets.contains(&entry.market))
        && overlap(&entry.roles, &asked.roles)
}

/// Whether the entry's issuer is believed about its market, if that is asked for, for all that is asked of it: by this entry and others.
fn answers(entry: &TrustEntry, asked: &LedgerQuery, trust: &Trust) -> bool {
    let (issuer, market) = (&entry.issuer, &entry.market);
    let named = || trust.entries().iter().filter(|e| e.issuer == *issuer && e.market == *market);
    let standing = || named().any(|entry| entry.types.contains(&StatementType::Standing));
    let ratings = |asked: &[Role]| {
        named().any(|e| e.types.contains(&StatementType::Rating) && overlap(&e.roles, asked))
    };
    (asked.issuers.is_empty() || asked.issuers.contains(issuer))
        && (asked.markets.is_empty() || asked.markets.contains(market))
        && standing()
        && asked.ratings.as_ref().is_none_or(|asked| ratings(&asked.roles))
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
    use crate::trust::AnyRole;
    use faam_spec::key::SigningKey;
    use faam_spec::time::EpochLength;

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
            assert!(good.iter().all(|query| trust.unbelieved(query).is_none()), "{trust:?}");
            assert!(bad.iter().all(|q| trust.unbelieved(q).unwrap().market == "alpha"), "{trust:?}");
        }
    }

    //= spec/text/local-api.md#REQ-API-20
    //= type=test
    //# A request by `policy`, `market` or `markets` MUST name the issuers that are believed for what is asked
    #[test]
    fn a81_a_query_names_who_is_believed_for_it() {
        use StatementType::{Private, Rating, Standing};
        let any = || Roles::Any(AnyRole::Any);
        let all = [Rating, Standing, Private];
        let good = entry(1, "alpha", any(), &all);
        let trust = Trust::new(vec![
            good.clone(),
            entry(2, "beta", any(), &all),
            entry(3, "alpha", any(), &[Standing]),
            entry(4, "alpha", Roles::Only(vec!["buyer".parse().unwrap()]), &[Private]),
        ]);
        let alpha = || "alpha".parse().unwrap();
        let did = |seed| entry(seed, "alpha", any(), &[]).issuer;
        let sorted = |mut dids: Vec<Did>| {
            dids.sort();
            dids
        };
        let issuers = |query: Query| {
            let named = trust.name_issuers(query).unwrap();
            // What is asked can be said and read.
            let written = serde_json::to_value(&named).unwrap();
            assert_eq!(serde_json::from_value::<Query>(written).unwrap(), named);
            let ledgers = named.ledgers().iter().map(|asked| asked.issuers.clone());
            ledgers
                .chain(named.private().iter().map(|asked| asked.issuers.clone()))
                .flatten()
                .collect::<Vec<_>>()
        };
        assert_eq!(issuers(Query::standing(alpha()).unwrap()), sorted(vec![did(1), did(3)]));
        assert_eq!(issuers(Query::ratings(alpha(), 2).unwrap()), [did(1)]);
        let wanted = || faam_spec::grid::Milestones::new(vec!["count>=50".parse().unwrap()]).unwrap();
        assert_eq!(issuers(Query::milestones(alpha(), wanted()).unwrap()), sorted(vec![did(1), did(4)]));
        // Who names issuers is taken at their word, and where nobody is believed there is nobody to name.
        let mut own = Query::standing(alpha()).unwrap().ledgers().to_vec();
        own[0].issuers = vec![did(9)];
        assert_eq!(issuers(Query::new(own).unwrap()), [did(9)]);
        assert_eq!(issuers(Query::standing("gamma".parse().unwrap()).unwrap()), Vec::<Did>::new());
        // More than a query can name are not named, and a request is never made too large by it.
        let crowd = |n: u8| Trust::new((1..=n).map(|seed| entry(seed, "alpha", any(), &all)).collect());
        let many = |n: u8, places: usize| {
            let place = |at: usize| LedgerQuery {
                standing: format!("s{at}"),
                markets: vec![alpha()],
                issuers: Vec::new(),
                ratings: None,
            };
            let query = Query::new((0..places).map(place).collect()).unwrap();
            crowd(n)
                .name_issuers(query)
                .unwrap()
                .ledgers()
                .iter()
                .map(|asked| asked.issuers.len())
                .sum::<usize>()
        };
        assert_eq!([many(32, 1), many(33, 1), many(32, 2), many(32, 3)], [32, 0, 64, 64]);
    }
}
