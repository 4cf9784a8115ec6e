//! Valid values of every format, at random.

use super::*;

pub(crate) fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    vec(any::<u8>(), N).prop_map(|bytes| bytes.try_into().unwrap())
}

pub(crate) fn signing_key() -> impl Strategy<Value = SigningKey> {
    bytes::<32>().prop_map(|seed| SigningKey::from_seed(&seed))
}

pub(crate) fn signer() -> impl Strategy<Value = Signer> {
    signing_key().prop_map(Signer::from_key)
}

pub(crate) fn webvh() -> impl Strategy<Value = Did> {
    ("Qm[1-9A-HJ-NP-Za-km-z]{44}", "[a-z0-9]{1,8}(\\.[a-z][a-z0-9]{0,7}){1,3}", "(:[A-Za-z0-9_-]{1,8}){0,3}")
        .prop_map(|(scid, host, path)| format!("did:webvh:{scid}:{host}{path}").parse().unwrap())
}

pub(crate) fn did() -> impl Strategy<Value = Did> {
    prop_oneof![signer().prop_map(|signer| signer.did().clone()), webvh()]
}

pub(crate) fn market() -> impl Strategy<Value = MarketId> {
    "[a-z0-9][a-z0-9.-]{0,63}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn role() -> impl Strategy<Value = Role> {
    "[a-z0-9][a-z0-9-]{0,31}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn peer() -> impl Strategy<Value = PeerId> {
    bytes::<32>().prop_map(PeerId::from_public_key)
}

pub(crate) fn hash() -> impl Strategy<Value = Hash> {
    bytes::<32>().prop_map(Hash::from_bytes)
}

pub(crate) fn ledger_id() -> impl Strategy<Value = LedgerId> {
    bytes::<16>().prop_map(LedgerId::from_bytes)
}

pub(crate) fn salt() -> impl Strategy<Value = Salt> {
    bytes::<16>().prop_map(Salt::from_bytes)
}

pub(crate) fn capability() -> impl Strategy<Value = Capability> {
    bytes::<16>().prop_map(Capability::from_bytes)
}

pub(crate) fn whole() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100, 0_u64..(1 << 53)]
}

pub(crate) fn moment() -> impl Strategy<Value = Timestamp> {
    (0_i64..=253_402_300_799).prop_map(|seconds| Timestamp::new(seconds).unwrap())
}

pub(crate) fn day() -> impl Strategy<Value = Day> {
    moment().prop_map(Timestamp::day)
}

pub(crate) fn score() -> impl Strategy<Value = Score> {
    (-1_000_000_i64..1_000_000)
        .prop_flat_map(|min| (Just(min), min + 1..=1_000_000))
        .prop_flat_map(|(min, max)| (Just(Scale::new(min, max).unwrap()), min..=max))
        .prop_map(|(scale, value)| Score::new(value, scale).unwrap())
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    let host = prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|ip| format!("/ip4/{ip}")),
        any::<std::net::Ipv6Addr>().prop_map(|ip| format!("/ip6/{ip}")),
        ("dns[46]?", "[a-z0-9]{1,9}(\\.[a-z0-9]{1,9}){0,3}")
            .prop_map(|(kind, name)| format!("/{kind}/{name}")),
    ];
    (host, 1_u16..=u16::MAX, any::<bool>()).prop_map(|(host, port, quic)| {
        let layer = if quic { format!("udp/{port}/quic-v1") } else { format!("tcp/{port}") };
        format!("{host}/{layer}").parse().unwrap()
    })
}

pub(crate) fn path() -> impl Strategy<Value = Path> {
    vec(any::<u8>(), 0..=64).prop_map(|bytes| multi(bytes.repeat(32)).parse().unwrap())
}

pub(crate) fn tree_head() -> impl Strategy<Value = TreeHead> {
    (whole(), hash()).prop_map(|(size, root)| TreeHead { size, root })
}

pub(crate) fn inclusion() -> impl Strategy<Value = Inclusion> {
    (whole(), path()).prop_map(|(at, path)| Inclusion { at, path })
}

pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(|n| value!(n)),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            btree_map(any::<String>(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

pub(crate) fn digest() -> impl Strategy<Value = SdDigest> {
    bytes::<32>().prop_map(|bytes| b64(bytes).parse().unwrap())
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    let asker = prop_oneof![Just(Asker::Rater), Just(Asker::Subject), Just(Asker::Both), Just(Asker::Market)];
    let state = prop_oneof![Just(DisputeState::Open), Just(DisputeState::Settled)];
    let head = (ledger_id(), 1..1_u64 << 53, salt());
    (
        head,
        any::<prop::sample::Index>(),
        day(),
        vec(digest(), 0..=8),
        (role(), score(), option::of(Just(()))),
        asker,
        state,
        0..5,
    )
        .prop_map(
            |((ledger, index, salt), earlier, day, digests, (role, score, correction), by, state, kind)| {
                let of = u64::try_from(earlier.index(1 << 52)).unwrap() % index;
                let body = match kind {
                    0 => Body::Rating { role, score, digests, supersedes: correction.map(|()| of) },
                    1 => Body::Reply { day, to: of, digests },
                    2 => Body::Withdrawal { day, of, by },
                    3 => Body::Dispute { day, of, state },
                    _ => Body::Binding { day },
                };
                Entry { ledger, index, salt, body }
            },
        )
}

/// A rating's record with everything that it discloses.
pub(crate) fn record(ledger: LedgerId, index: u64) -> impl Strategy<Value = Record> {
    let texts = (option::of("\\PC{0,40}"), option::of("\\PC{0,12}"), option::of("\\PC{0,12}"));
    let aspects = option::of(btree_map("\\PC{1,8}", 0_u16..=1000, 0..4));
    (salt(), role(), score(), day(), "[A-Za-z0-9_-]{1,22}", texts, aspects, vec(digest(), 0..3), any::<u64>())
        .prop_map(move |(salt, role, score, day, rater, (comment, category, band), aspects, decoys, seed)| {
            let mut rng = StdRng::seed_from_u64(seed);
            let disclosures: Vec<Disclosure> = names::OF_RATING
                .into_iter()
                .map(|name| {
                    let said = match name {
                        names::COMMENT => value!(comment),
                        names::CATEGORY => value!(category),
                        names::AMOUNT_BAND => value!(band),
                        names::ASPECTS => value!(aspects),
                        names::DAY => value!(day),
                        _ => value!(rater),
                    };
                    Disclosure::new(name, said, &mut rng).unwrap()
                })
                .collect();
            let digests = disclosures.iter().map(Disclosure::digest).chain(decoys).collect();
            let body = Body::Rating { role, score, digests, supersedes: None };
            Record::new(Entry { ledger, index, salt, body }, disclosures).unwrap()
        })
}

pub(crate) fn any_record() -> impl Strategy<Value = Record> {
    (ledger_id(), whole()).prop_flat_map(|(ledger, index)| record(ledger, index))
}

/// A ledger of up to eight ratings in as many roles.
pub(crate) fn ledger() -> impl Strategy<Value = Ledger> {
    (ledger_id(), 0_u64..=8).prop_flat_map(|(id, count)| {
        (0..count)
            .map(|index| record(id, index).boxed())
            .collect::<Vec<_>>()
            .prop_map(move |records| Ledger::replay(id, records).unwrap())
    })
}

pub(crate) fn epoch_record() -> impl Strategy<Value = (Signer, EpochRecord)> {
    let status =
        vec(("urn:faam:status:[a-z]{1,9}", hash()).prop_map(|(uri, hash)| StatusDigest { uri, hash }), 0..4);
    let when = (0_u64..4000, 3600_i64..=92 * 86_400, 0_i64..1_000_000);
    let private = option::of(private_terms());
    (signer(), market(), when, option::of(hash()), tree_head(), status, private, any::<bool>()).prop_map(
        |(signer, market, (epoch, seconds, after), prev, accounts, status, private, last)| {
            let epoch_seconds = EpochLength::new(seconds).unwrap();
            let iat = epoch_seconds.start_of(epoch).plus(after);
            let iss = signer.did().clone();
            let keys = vec![signer.key_id().to_owned()];
            // It counts no more accounts than there are.
            let counted = private.iter().flat_map(|terms: &PrivateTerms| {
                let rows = terms.groups.values().map(|rows| rows.iter().map(|row| row.accounts).sum());
                rows.chain([terms.bound])
            });
            let size = counted.fold(accounts.size, u64::max);
            let accounts = TreeHead { size, ..accounts };
            (
                signer,
                EpochRecord {
                    v: 0,
                    iss,
                    market,
                    epoch,
                    epoch_seconds,
                    iat,
                    prev,
                    accounts,
                    keys,
                    status,
                    private,
                    last,
                },
            )
        },
    )
}

/// Terms of private standings that can be true; their key is no point of a curve, which is not looked at here.
pub(crate) fn private_terms() -> impl Strategy<Value = PrivateTerms> {
    // How long a wallet has been bound is not told.
    let tops = Metric::all()
        .zip(*Steps::top().as_array())
        .map(|(metric, top)| if metric == Metric::Bound { 0..=0 } else { 0..=top })
        .collect::<Vec<_>>();
    let steps = tops.prop_map(|steps| Steps::new(steps.try_into().unwrap()).unwrap());
    let rows = btree_map(steps, (1_u64..50_000).prop_map(|n| n * MIN_GROUP), 0..6).prop_map(|rows| {
        rows.into_iter().map(|(steps, accounts)| Group { steps, accounts }).collect::<Vec<_>>()
    });
    (bytes::<96>(), 0_u64..1_000_000, btree_map(role(), rows, 0..3)).prop_map(|(key, bound, groups)| {
        PrivateTerms {
            suite: PRIVATE_SUITE.to_owned(),
            grid: GRID_VERSION,
            messages: MILESTONES as u64,
            key: BbsPublicKey::from_bytes(key),
            bound: bound * MIN_GROUP,
            groups,
        }
    })
}

pub(crate) fn commitment() -> impl Strategy<Value = Commitment> {
    bytes::<144>().prop_map(Commitment::from_bytes)
}

/// Private standings in an offer, of bytes that nothing verifies here.
pub(crate) fn offered_private() -> impl Strategy<Value = OfferedPrivate> {
    let signature = bytes::<80>().prop_map(BbsSignature::from_bytes);
    (commitment(), bytes::<32>(), btree_map(role(), signature, 0..3)).prop_map(
        |(commitment, entropy, standings)| OfferedPrivate {
            commitment,
            entropy: Entropy::from_bytes(entropy),
            standings,
        },
    )
}

pub(crate) fn query() -> impl Strategy<Value = Query> {
    let disclose = btree_set(prop::sample::select(&names::OF_RATING[..]).prop_map(str::to_owned), 0..=6);
    let ratings = (vec(role(), 0..3), disclose, any::<bool>(), 0_u32..=1024);
    vec((vec(market(), 0..3), vec(did(), 0..2), option::of(ratings)), 1..=3).prop_map(|ledgers| {
        let ledgers = ledgers.into_iter().enumerate().map(|(at, (markets, issuers, ratings))| LedgerQuery {
            standing: format!("standing_{at}"),
            markets,
            issuers,
            ratings: ratings.map(|(roles, disclose, complete, at_least)| RatingsQuery {
                id: format!("ratings-{at}"),
                roles,
                disclose,
                complete,
                at_least,
            }),
        });
        Query::new(ledgers.collect()).unwrap()
    })
}

pub(crate) fn stated_reasons() -> impl Strategy<Value = Vec<StatedReason>> {
    let reason =
        prop::sample::select(Reason::ALL).prop_map(|reason| StatedReason::from(&Fault::new(reason, "at")));
    vec(reason, 0..4)
}
