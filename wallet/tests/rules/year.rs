//! A year of requests at one wallet: 2,000 of them by 200 counterparties, drawn with a seed.
//!
//! Nobody has measured such a year, because nobody has lived one. What is drawn rests on how marketplaces are used and on what a request
//! can hold, and was written down before the rules that it judges:
//!
//! * **Who.** People trade on few markets often and on many once. Of 200 counterparties 6 are markets where the holder is every week, 24
//!   are seen now and then, 120 once or twice, 20 are others who ask in person (a landlord, a neighbour), and 30 want to have: they ask
//!   again and again, for more than they need. Requests fall as in Zipf's law, which the use of sites follows: the six have half of them.
//! * **What.** A market that has met the holder needs a sign that they are still in good standing: milestones, four times of five. One
//!   that has not asks for the standing as often as for milestones, and for a few ratings beside it when money is at stake. Persons ask for
//!   what they understand: a standing. Those who want to have ask for many ratings with comments and days, for higher steps than last time,
//!   or say nothing of why.
//! * **How long.** A check on every listing is kept for a week or a month, a contract for a year; those who want to have, for ten.
//! * **How small.** At the most used markets many share a step; at a tenth of the others fewer than 20 do, and then that is known.

use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::grid::{Milestone, Milestones};
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::key::SigningKey;
use faam_spec::name::MarketId;
use faam_spec::query::{LedgerQuery, PrivateQuery, Query, RatingsQuery};
use faam_spec::time::Timestamp;
use faam_wallet::vault::{AskedLedger, AskedMilestones, Happened, ShownLedger, ShownPrivate, Told, WhoAsked};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// The year's first moment.
pub const START: i64 = 1_798_761_600;
/// Requests.
pub const REQUESTS: usize = 2_000;

/// What somebody is to the holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A market where the holder is every week.
    Home,
    /// A market that is seen now and then.
    Sometimes,
    /// Somebody who is met once or twice.
    Once,
    /// A person who asks for themselves.
    Person,
    /// Somebody who wants to have.
    Greedy,
}

/// A request as it comes.
#[derive(Debug, Clone)]
pub struct Asks {
    pub at: Timestamp,
    pub kind: Kind,
    pub verifier: Client,
    pub name: String,
    pub purpose: String,
    /// None where they say neither why nor for how long.
    pub retention_days: Option<u32>,
    pub query: Query,
    /// Whether fewer than 20 are known to share what would be shown.
    pub small_group: bool,
    /// Whether a higher step is asked for than was shown to them before, which no wallet shows.
    pub climbs: bool,
}

impl Asks {
    /// The request as the log has it.
    pub fn who(&self) -> WhoAsked {
        WhoAsked {
            name: self.name.clone(),
            did: self.verifier.clone(),
            peer: None,
            post: Some("https://verifier.example/vp".into()),
            purpose: self.purpose.clone(),
            retention_days: self.retention_days.unwrap_or(0),
            terms_unsaid: self.retention_days.is_none(),
            terms: None,
            milestones: self.query.private().iter().map(AskedMilestones::of).collect(),
            ledgers: self.query.ledgers().iter().map(AskedLedger::of).collect(),
        }
    }

    /// That all of it was shown.
    pub fn shown(&self, request: Hash) -> Happened {
        let issuer = Did::from_key(&SigningKey::from_seed(&[9; 32]).verifying_key());
        let ledgers = self.query.ledgers().iter().map(|asked| {
            let ratings = asked.ratings.as_ref();
            ShownLedger {
                issuer: issuer.clone(),
                market: market(),
                ledger: LedgerId::from_bytes([1; 16]),
                epoch: "2027-01".into(),
                names: ratings.map(|of| of.disclose.iter().cloned().collect()).unwrap_or_default(),
                ratings: ratings.map_or(0, |of| of.at_least.into()),
                indices: Vec::new(),
                of: 195,
                complete: false,
            }
        });
        let private = self.query.private().iter().map(|asked| ShownPrivate {
            issuer: issuer.clone(),
            market: market(),
            ledger: LedgerId::from_bytes([1; 16]),
            role: asked.roles[0].clone(),
            epoch: "2027-01".into(),
            milestones: asked.milestones.as_slice().to_vec(),
            pseudonym: serde_json::from_value(serde_json::json!(faam_spec::encoding::multi([9; 48])))
                .unwrap(),
        });
        Happened::Shown {
            to: self.who(),
            request,
            presentation: request,
            ledgers: ledgers.collect(),
            private: private.collect(),
            delete_by: self.at,
            told: Told::Taken,
        }
    }
}

/// Kinds with how many there are and how many requests they make together.
pub const SHARES: [(Kind, usize, usize); 5] = [
    (Kind::Home, 6, 1_000),
    (Kind::Sometimes, 24, 480),
    (Kind::Once, 120, 180),
    (Kind::Person, 20, 40),
    (Kind::Greedy, 30, 300),
];

const PURPOSES: [(Kind, &[&str]); 5] = [
    (Kind::Home, &["To list your offer", "To let you book at once", "To lower your deposit"]),
    (
        Kind::Sometimes,
        &["To open an account with a history", "To let you book at once", "To sell here without a wait"],
    ),
    (
        Kind::Once,
        &["To rent out a flat", "To hire you for a job", "To sell you a bicycle", "To lend you a car"],
    ),
    (Kind::Person, &["To let you stay in my house", "To buy from you"]),
    (Kind::Greedy, &["To improve our services", "For our partners", "To complete your profile"]),
];

/// The market of whose ratings everything is asked: the holder has most of them there.
fn market() -> MarketId {
    "alpha".parse().unwrap()
}

/// Every request of the year, in the order of time.
pub fn year(seed: u64) -> Vec<Asks> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut all = Vec::new();
    let mut number = 0_u32;
    for (kind, parties, requests) in SHARES {
        // Zipf within a kind too: the first is met most.
        let weights: Vec<f64> =
            (1..=parties).map(|rank| 1.0 / f64::from(u32::try_from(rank).unwrap())).collect();
        let whole: f64 = weights.iter().sum();
        let mut party: Vec<usize> = (0..parties).collect();
        while party.len() < requests {
            let mut at = rng.gen_range(0.0..whole);
            let mut rank = 0;
            while rank + 1 < parties && at >= weights[rank] {
                at -= weights[rank];
                rank += 1;
            }
            party.push(rank);
        }
        let small = (0..parties).map(|_| kind != Kind::Home && rng.gen_bool(0.1)).collect::<Vec<_>>();
        let first = number;
        number += u32::try_from(parties).unwrap();
        let mut met = vec![false; parties];
        let mut times: Vec<i64> = (0..requests).map(|_| START + rng.gen_range(0..365 * 86_400)).collect();
        times.sort_unstable();
        party.shuffle(&mut rng);
        for (at, party) in times.into_iter().zip(party) {
            let known = std::mem::replace(&mut met[party], true);
            let who = first + u32::try_from(party).unwrap();
            all.push(request(kind, (who, known, small[party]), Timestamp::new(at).unwrap(), &mut rng));
        }
    }
    all.sort_by_key(|asks| asks.at);
    all
}

fn request(
    kind: Kind,
    (who, known, small_group): (u32, bool, bool),
    at: Timestamp,
    rng: &mut StdRng,
) -> Asks {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&who.to_be_bytes());
    let did = Did::from_key(&SigningKey::from_seed(&seed).verifying_key());
    let purposes = PURPOSES.iter().find(|(of, _)| *of == kind).unwrap().1;
    let milestones = match kind {
        Kind::Home | Kind::Sometimes if known => rng.gen_bool(0.8),
        Kind::Home | Kind::Sometimes | Kind::Once => rng.gen_bool(0.5),
        Kind::Person => false,
        Kind::Greedy => rng.gen_bool(0.3),
    };
    let climbs = kind == Kind::Greedy && milestones && known && rng.gen_bool(0.7);
    let query = if milestones { steps(kind, climbs, rng) } else { ratings(kind, rng) };
    let retention_days = match kind {
        Kind::Home => Some([7, 30, 30, 90][rng.gen_range(0..4)]),
        Kind::Sometimes => Some([30, 30, 90, 365][rng.gen_range(0..4)]),
        Kind::Once => Some([30, 90, 365, 365][rng.gen_range(0..4)]),
        Kind::Person => Some(30),
        Kind::Greedy if rng.gen_bool(0.2) => None,
        Kind::Greedy => Some([365, 1_826, 3_650, 3_650][rng.gen_range(0..4)]),
    };
    Asks {
        at,
        kind,
        verifier: Client::from(did),
        name: format!("{kind:?} {who}"),
        purpose: retention_days.map(|_| purposes.choose(rng).unwrap().to_string()).unwrap_or_default(),
        retention_days,
        query,
        // How many share a standing is a matter of the standing; of milestones it is told.
        small_group: small_group && milestones,
        climbs,
    }
}

/// Milestones: what a listing or a booking needs.
fn steps(kind: Kind, climbs: bool, rng: &mut StdRng) -> Query {
    let all: &[&[&str]] = match kind {
        Kind::Greedy if climbs => &[&["count>=100", "tenure>=4y"], &["count>=100", "recent_count>=30"]],
        Kind::Greedy => &[&["count>=50", "tenure>=2y", "mean>=700"]],
        Kind::Home => &[&["count>=10"], &["count>=20", "tenure>=1y"], &["count>=10", "mean>=600"]],
        _ => &[&["count>=5"], &["count>=10", "tenure>=1y"], &["count>=20", "mean>=600"]],
    };
    let wanted: Vec<Milestone> = all
        .choose(rng)
        .unwrap()
        .iter()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{text}")))
        .collect();
    let private = PrivateQuery {
        id: "private".into(),
        markets: vec![market()],
        issuers: Vec::new(),
        roles: vec!["seller".parse().unwrap()],
        milestones: Milestones::sorted(wanted).unwrap(),
    };
    Query::of_private(vec![private]).unwrap()
}

/// A standing, perhaps with ratings.
fn ratings(kind: Kind, rng: &mut StdRng) -> Query {
    let (at_least, disclose): (u32, &[&str]) = match kind {
        Kind::Home | Kind::Sometimes => [(0, &[][..]), (3, &[][..]), (5, &["day"][..])][rng.gen_range(0..3)],
        Kind::Once => [(0, &[][..]), (3, &["comment"][..]), (10, &["day"][..])][rng.gen_range(0..3)],
        Kind::Person => (0, &[]),
        Kind::Greedy => {
            [(50, &["comment", "day"][..]), (100, &["comment", "day", "rater", "amount_band"][..])]
                [rng.gen_range(0..2)]
        }
    };
    let ratings = (at_least > 0).then(|| RatingsQuery {
        id: "ratings".into(),
        roles: Vec::new(),
        disclose: disclose.iter().map(|name| (*name).to_owned()).collect(),
        complete: kind == Kind::Greedy && rng.gen_bool(0.5),
        at_least,
    });
    let ledger =
        LedgerQuery { standing: "standing".into(), markets: vec![market()], issuers: Vec::new(), ratings };
    Query::new(vec![ledger]).unwrap()
}
