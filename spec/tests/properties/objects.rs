//! Objects: records, credentials, and what travels.

use super::values::*;
use super::*;

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn entries_and_records_have_one_form(entry in entry(), record in any_record()) {
        one_form(&entry);
        one_form(&record);
        let again: Entry = parse(&jcs(&entry).unwrap(), LIMIT, "t").unwrap();
        prop_assert_eq!(again.leaf().unwrap(), entry.leaf().unwrap());
        // A digest more or another order is another entry.
        let mut changed = record.entry().clone();
        if let Body::Rating { digests, .. } = &mut changed.body {
            digests.reverse();
        }
        prop_assert_ne!(changed.leaf().unwrap(), record.entry().leaf().unwrap());
    }

    #[test]
    fn ledgers_are_replayed_the_same(ledger in ledger(), as_of in day()) {
        let text = json(&ledger.records()).unwrap();
        let records: Vec<Record> = parse(&text, LIMIT, "t").unwrap();
        let again = Ledger::replay(ledger.id(), records).unwrap();
        prop_assert_eq!(again.head(), ledger.head());
        let numbers = ledger.numbers(as_of);
        prop_assert_eq!(&again.numbers(as_of), &numbers);
        prop_assert!(numbers.check().is_ok());
        one_form(&numbers);
        one_form(&ledger.head());
        for size in 0..=ledger.len() {
            let earlier = Ledger::replay(ledger.id(), ledger.records()[..usize::try_from(size).unwrap()].iter().cloned()).unwrap();
            let path = ledger.prove_extends(size).unwrap();
            prop_assert!(ledger.head().log.verify_extends(&earlier.head().log, &path).is_ok());
        }
    }

    #[test]
    fn credentials_are_opened_as_they_were_issued(
        signer in signer(),
        holder in signing_key(),
        (market, now) in (market(), moment()),
        (record, idx) in (any_record(), whole()),
        keep in any::<u8>(),
    ) {
        let (histories, holder_key) = (KeyHistories::new(), holder.verifying_key());
        let status = StatusRef { idx, uri: "urn:faam:status:x".into() };
        one_form(&status);
        let sd_jwt = rating::issue(&signer, &market, &record, &holder_key, &status).unwrap();
        prop_assert_eq!(&SdJwt::parse(&sd_jwt.to_text()).unwrap(), &sd_jwt);
        let chosen = sd_jwt.select(|disclosure| usize::from(keep) >> (disclosure.as_str().len() % 6) & 1 == 1);
        let opened = Rating::open(&chosen, &histories, now).unwrap();
        prop_assert_eq!((opened.entry(), opened.leaf()), (record.entry(), &record.entry().leaf().unwrap()));
        prop_assert_eq!((opened.issuer(), opened.market(), opened.holder()), (signer.did(), &market, &holder_key));
        prop_assert_eq!((opened.status(), opened.disclosed().len()), (&status, chosen.disclosures().len()));
        let bound = chosen.bind(&holder, "aud", "nonce", now).unwrap();
        let bound = SdJwt::parse(&bound.to_text()).unwrap();
        prop_assert!(bound.verify_key_binding(&holder_key, "aud", "nonce", now).is_ok());
        prop_assert!(bound.verify_key_binding(&holder_key, "aud2", "nonce", now).is_err());
    }

    #[test]
    fn standings_are_opened_as_they_were_issued(
        signer in signer(),
        holder in signing_key(),
        market in market(),
        (ledger, salt, record) in (ledger(), salt(), hash()),
        epoch in 0_u64..1000,
    ) {
        let now = Timestamp::new(253_402_300_799).unwrap();
        let statement = Statement {
            v: 0,
            ledger: ledger.id(),
            epoch,
            record,
            head: ledger.head(),
            salt,
            bound: now.day(),
            numbers: ledger.numbers(now.day()),
        };
        one_form(&statement);
        one_form(&statement.account_head());
        let issued = standing::issue(&signer, &market, &statement, &holder.verifying_key(), now).unwrap();
        let opened = Standing::open(&SdJwt::parse(&issued.to_text()).unwrap(), &KeyHistories::new()).unwrap();
        prop_assert_eq!(opened.statement(), &statement);
        prop_assert_eq!((opened.issuer(), opened.issued()), (signer.did(), now));
    }

    #[test]
    fn epoch_records_are_opened_as_they_were_signed((signer, record) in epoch_record(), (_, other) in epoch_record()) {
        one_form(&record);
        let signed = SignedEpochRecord::sign(record.clone(), &signer).unwrap();
        let opened = SignedEpochRecord::open(signed.as_str(), &KeyHistories::new()).unwrap();
        prop_assert_eq!(&opened, &signed);
        prop_assert!(opened.follows(&signed).is_ok());
        let stranger = Signer::from_key(SigningKey::from_seed(&[7; 32]));
        let forged = stranger.sign(&record, faam_spec::domain::TYP_EPOCH).unwrap();
        prop_assert_eq!(reason_of(SignedEpochRecord::open(&forged, &KeyHistories::new())), Some(Reason::InvalidIssuer));
        prop_assert_eq!(record == other, jcs(&record).unwrap() == jcs(&other).unwrap());
    }

    #[test]
    fn status_lists_are_opened_as_they_were_signed(
        signer in signer(),
        now in moment(),
        entries in 1_u64..5000,
        set in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut list = StatusList::new(entries).unwrap();
        let length = usize::try_from(list.len()).unwrap();
        for place in &set {
            list.set(u64::try_from(place.index(length)).unwrap(), 1).unwrap();
        }
        prop_assert_eq!(&StatusList::from_compressed(1, &list.to_compressed().unwrap()).unwrap(), &list);
        let signed = SignedStatusList::sign("urn:faam:status:x", list.clone(), &signer, now).unwrap();
        let opened = SignedStatusList::open(signed.as_str(), &KeyHistories::new()).unwrap();
        prop_assert_eq!(opened.list(), &list);
        prop_assert_eq!((opened.issued(), opened.hash()), (now, signed.hash()));
        for index in 0..list.len() {
            let wanted = set.iter().any(|place| u64::try_from(place.index(length)).unwrap() == index);
            prop_assert_eq!(opened.list().get(index), Ok(u8::from(wanted)));
        }
        prop_assert_eq!(reason_of(opened.list().get(list.len())), Some(Reason::StatusIndex));
    }

    #[test]
    fn requests_and_queries_are_read_as_they_were_written(
        query in query(),
        (signer, peer, seed) in (signer(), peer(), any::<u64>()),
        (name, purpose, terms) in ("\\PC{0,20}[a-z]", "\\PC{0,60}[a-z]", option::of("\\PC{0,40}")),
        (retention_days, life) in (0_u32..=3660, 1_i64..=7 * 86_400),
        seconds in 0_i64..4_000_000_000,
    ) {
        let written = Value::from(query.clone());
        prop_assert_eq!(&Query::try_from(written.clone()).unwrap(), &query);
        prop_assert_eq!(Value::from(Query::try_from(written.clone()).unwrap()), written);
        let ask = Ask { name, purpose, retention_days, terms, query, life };
        prop_assume!(ask.check().is_ok());
        let now = Timestamp::new(seconds).unwrap();
        let mut rng = StdRng::seed_from_u64(seed);
        let signed = SignedRequest::sign(ask, peer, &signer, now, &mut rng).unwrap();
        let opened = SignedRequest::open(signed.as_str(), &KeyHistories::new(), now).unwrap();
        prop_assert_eq!(&opened, &signed);
        prop_assert_eq!(opened.digest(), signed.digest());
    }

    #[test]
    fn private_standings_have_one_form(
        (terms, offered) in (private_terms(), offered_private()),
        (key, signature, scalar, point) in (bytes::<96>(), bytes::<80>(), bytes::<32>(), bytes::<48>()),
        milestone in 0..MILESTONES,
    ) {
        one_form(&terms);
        one_form(&offered);
        prop_assert!(terms.check().is_ok());
        one_text(&offered.commitment);
        one_text(&BbsPublicKey::from_bytes(key));
        one_text(&BbsSignature::from_bytes(signature));
        one_text(&Entropy::from_bytes(scalar));
        one_text(&Pseudonym::from_bytes(point));
        one_text(&Milestone::all().nth(milestone).unwrap());
    }

    #[test]
    fn presentations_and_offers_have_one_form(
        tokens in btree_map("[a-z]{1,8}", vec("\\PC{0,30}", 0..4), 0..4),
        record in any_record(),
        (inclusions, path) in (vec(inclusion(), 1..4), path()),
        (iss, market, since) in (did(), market(), whole()),
        (texts, complete) in (vec("\\PC{0,30}", 3), any::<bool>()),
        jwt in option::of("\\PC{0,30}"),
        (private, shown_role) in (option::of(offered_private()), option::of(role())),
    ) {
        inclusions.iter().for_each(one_form);
        let proof = LedgerProof {
            standing: texts[0].clone(),
            ratings: jwt.clone(),
            record: texts[1].clone(),
            account: inclusions[0].clone(),
            live: inclusions.clone(),
            status: texts.clone(),
            complete,
            replies: vec![LoggedRecord { record: record.clone(), path }],
        };
        one_form(&proof);
        let presentation = Presentation { v: 0, vp_token: tokens, ledgers: vec![proof], private: Vec::new() };
        one_form(&presentation);
        prop_assert_eq!(&Presentation::parse(&presentation.to_bytes().unwrap()).unwrap(), &presentation);
        let private_shown = shown_role.into_iter().map(|role| PrivateShown { standing: texts[0].clone(), role, record: texts[1].clone() });
        let presentation = Presentation { ledgers: Vec::new(), private: private_shown.collect(), ..presentation };
        one_form(&presentation);
        prop_assert_eq!(&Presentation::parse(&presentation.to_bytes().unwrap()).unwrap(), &presentation);
        let offer = Offer {
            v: 0,
            iss,
            market,
            ledger: record.entry().ledger,
            since,
            entries: vec![OfferedEntry { record, jwt }],
            renewed: vec![RenewedRating { index: since, jwt: texts[0].clone() }],
            standing: texts[1].clone(),
            record: texts[2].clone(),
            account: inclusions[0].clone(),
            status: texts.clone(),
            private,
        };
        one_form(&offer);
        prop_assert_eq!(&Offer::parse(&offer.to_bytes().unwrap()).unwrap(), &offer);
    }

    #[test]
    fn messages_have_one_form(
        (capability, hash, head, ledger) in (capability(), hash(), tree_head(), ledger_id()),
        (key, reason) in (signing_key(), prop::sample::select(Reason::ALL)),
        (number, size, text) in (any::<u32>(), whole(), "\\PC{0,40}"),
        body in vec(any::<u8>(), 0..200),
        signer in signer(),
        (node, wallet, commitment) in (peer(), peer(), commitment()),
    ) {
        let since = Some(HeldHead { ledger, log: head });
        let holder = Jwk::from(&key.verifying_key());
        let proof = multi(key.sign(b"x").to_bytes());
        let asks = [
            OfferAsk::Open { capability },
            OfferAsk::Redeem { capability, code: text.clone(), holder: holder.clone(), proof: proof.clone(), since, commitment: Some(commitment) },
            OfferAsk::Redeem { capability, code: text.clone(), holder: holder.clone(), proof: proof.clone(), since: None, commitment: None },
            OfferAsk::Page { transfer: capability, page: number },
            OfferAsk::Commit { transfer: capability, hash },
        ];
        let answers = [
            OfferAnswer::Terms { terms: text.clone() },
            OfferAnswer::Ready { transfer: capability, bytes: size, hash },
            OfferAnswer::Page { page: number },
            OfferAnswer::Done,
            OfferAnswer::Refused { code: reason },
        ];
        let shown = [PresentAsk::Fetch { capability }, PresentAsk::Answer { capability, bytes: size, hash, page: number }];
        let told = [PresentAnswer::Request, PresentAnswer::More, PresentAnswer::Decided, PresentAnswer::Refused { code: reason }];
        let renew = |since| RenewAsk::Renew { capability, holder: holder.clone(), proof: proof.clone(), since };
        let renewals = [
            RenewAsk::Record,
            RenewAsk::Open { capability },
            renew(since),
            renew(None),
            RenewAsk::Page { transfer: capability, page: number },
            RenewAsk::Commit { transfer: capability, hash },
        ];
        let renewed = [
            RenewAnswer::Record,
            RenewAnswer::Terms { terms: text.clone() },
            RenewAnswer::Ready { transfer: capability, bytes: size, hash },
            RenewAnswer::Page { page: number },
            RenewAnswer::Done,
            RenewAnswer::Refused { code: reason },
        ];
        renewals.iter().for_each(|head| message(head, &body));
        renewed.iter().for_each(|head| message(head, &body));
        asks.iter().for_each(|head| message(head, &body));
        answers.iter().for_each(|head| message(head, &body));
        shown.iter().for_each(|head| message(head, &body));
        told.iter().for_each(|head| message(head, &body));

        let terms = Terms { v: 0, iss: signer.did().clone(), market: "shop".parse().unwrap(), capability, challenge: text, node, wallet };
        one_form(&terms);
        let signed = terms.sign(&signer).unwrap();
        let now = Timestamp::new(0).unwrap();
        let opened = Terms::open(&signed, signer.did(), capability, (node, wallet), &KeyHistories::new(), now);
        prop_assert_eq!(opened.unwrap(), terms);
    }

    #[test]
    fn decisions_for_holders_have_one_form(reasons in stated_reasons(), at in moment(), outcome in 0..3) {
        let outcome = [Outcome::Accepted, Outcome::Refused, Outcome::Undecided][usize::try_from(outcome).unwrap()];
        one_form(&HolderDecision { outcome, reasons, at });
    }

    #[test]
    fn trees_prove_what_they_hold_and_nothing_else(leaves in vec(hash(), 1..40), at in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>()) {
        let tree = Tree::of(&leaves);
        let head = tree.head();
        one_form(&head);
        let place = at.index(leaves.len());
        let index = u64::try_from(place).unwrap();
        let path = tree.prove(index).unwrap();
        prop_assert!(head.verify_inclusion(&leaves[place], index, &path).is_ok());
        let mut bytes = unmulti(&path.to_string(), "t").unwrap();
        prop_assume!(!bytes.is_empty());
        let bit = flip.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let forged: Path = multi(&bytes).parse().unwrap();
        prop_assert_eq!(reason_of(head.verify_inclusion(&leaves[place], index, &forged)), Some(Reason::RatingNotLive));
        for path in [multi(&bytes[32..]), multi([&bytes[..], &bytes[..32]].concat())] {
            let path: Path = path.parse().unwrap();
            prop_assert!(head.verify_inclusion(&leaves[place], index, &path).is_err());
        }
    }

    #[test]
    fn pages_join_to_what_they_were_cut_from(object in vec(any::<u8>(), 0..4), times in 0_usize..60_000) {
        let object = object.repeat(times);
        let count = u32::try_from(pages(u64::try_from(object.len()).unwrap())).unwrap();
        let joined: Vec<u8> = (0..count).flat_map(|number| page(&object, number).unwrap()).copied().collect();
        prop_assert_eq!(&joined, &object);
        prop_assert!(page(&object, count).is_none() && page(&object, u32::MAX).is_none());
    }
}

fn message<H: Serialize + DeserializeOwned + PartialEq + Debug + Clone>(head: &H, body: &[u8]) {
    one_form(head);
    let message = Message { head: head.clone(), body: body.to_vec() };
    let bytes = message.encode().unwrap();
    assert_eq!(Message::decode(&bytes).unwrap(), message);
    // A length that says more than there is, and one that cuts the head.
    let length = u32::from_be_bytes(bytes[..4].try_into().unwrap());
    for other in [length - 1, u32::try_from(bytes.len() - 3).unwrap(), u32::MAX] {
        let changed = [&other.to_be_bytes()[..], &bytes[4..]].concat();
        assert!(Message::<H>::decode(&changed).is_err());
    }
}
