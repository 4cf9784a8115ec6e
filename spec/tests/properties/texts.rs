//! Texts: bytes, names, scales, days, keys, addresses, links, JSON.

use super::values::*;
use super::*;

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn bytes_have_one_text(bytes in vec(any::<u8>(), 0..80)) {
        let text = b64(&bytes);
        prop_assert_eq!(unb64(&text, "t").unwrap(), bytes.clone());
        prop_assert_eq!(unmulti(&multi(&bytes), "t").unwrap(), bytes.clone());
        // Set trailing bits, padding, the other alphabet, white space, other bases.
        if bytes.len() % 3 != 0 {
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let last = alphabet.find(&text[text.len() - 1..]).unwrap();
            let most = if bytes.len() % 3 == 1 { 16 } else { 4 };
            for bits in 1..most {
                let other = format!("{}{}", &text[..text.len() - 1], &alphabet[last + bits..][..1]);
                prop_assert_eq!(reason_of(unb64(&other, "t")), Some(Reason::MalformedBase64));
            }
        }
        for other in [format!("{text}="), format!("{text}=="), format!(" {text}"), format!("{text}\n"), format!("{text}A*")] {
            prop_assert_eq!(reason_of(unb64(&other, "t")), Some(Reason::MalformedBase64));
        }
        for base in [multibase::Base::Base58Btc, multibase::Base::Base64, multibase::Base::Base64UrlPad, multibase::Base::Base16Lower] {
            prop_assert!(unmulti(&multibase::encode(base, &bytes), "t").is_err());
        }
    }

    #[test]
    fn names_and_hashes_have_one_text(
        (hash, ledger, salt, capability, digest) in (hash(), ledger_id(), salt(), capability(), digest()),
        (market, role, rater) in (market(), role(), "[A-Za-z0-9_-]{1,64}"),
        path in path(),
    ) {
        one_text(&hash);
        one_text(&ledger);
        one_text(&salt);
        one_text(&capability);
        one_text(&digest);
        one_text(&path);
        one_text(&market);
        one_text(&role);
        one_text(&rater.parse::<Rater>().unwrap());
        // One byte more or less is no hash.
        for bytes in [&hash.as_bytes()[1..], &[&hash.as_bytes()[..], &[0]].concat()] {
            prop_assert!(multi(bytes).parse::<Hash>().is_err());
        }
        prop_assert!(path.to_string().len() <= 64 * 44 && multi([7; 33]).parse::<Path>().is_err());
    }

    #[test]
    fn scales_have_one_text(score in score()) {
        let scale = score.scale();
        one_text(&scale);
        let (min, max) = (scale.min(), scale.max());
        let zeros = |n: i64| if n < 0 { format!("-0{}", -n) } else { format!("0{n}") };
        let plus = |n: i64| if n < 0 { format!("{n}") } else { format!("+{n}") };
        for other in [
            format!("{}..{max}", zeros(min)),
            format!("{min}..{}", zeros(max)),
            format!("{}..{}", plus(min), plus(max)),
            format!("{min}...{max}"),
            format!("{min}.. {max}"),
            format!("{max}..{min}"),
            format!("{min}..{max}..{max}"),
        ] {
            prop_assert!(other == scale.to_string() || other.parse::<Scale>().is_err(), "{}", other);
        }
        prop_assert!("-0..5".parse::<Scale>().is_err());
        prop_assert!(score.normal() <= 1000);
    }

    #[test]
    fn days_and_times_have_one_text(moment in moment(), length in 3600_i64..=92 * 86_400) {
        let day = moment.day();
        one_text(&day);
        let text = day.to_string();
        for other in [text.replace('-', ""), format!("{text}T00:00:00Z"), format!("+{text}"), text.replacen("-0", "-", 1)] {
            prop_assert!(other == text || other.parse::<Day>().is_err(), "{}", other);
        }
        prop_assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
        prop_assert_eq!(serde_json::to_value(moment).unwrap(), value!(moment.seconds()));
        for other in [value!(moment.to_string()), value!(moment.seconds() as f64), value!([moment.seconds()]), Value::Null] {
            prop_assert!(serde_json::from_value::<Timestamp>(other).is_err());
        }
        let length = EpochLength::new(length).unwrap();
        let number = length.number_at(moment);
        prop_assert!(number == 0 || length.start_of(number) <= moment);
        prop_assert!(length.start_of(number + 1) > moment || length.start_of(number + 1).seconds() == 253_402_300_799);
    }

    #[test]
    fn keys_dids_and_peers_have_one_text(key in signing_key(), webvh in webvh(), peer in peer()) {
        let key = key.verifying_key();
        let did = Did::from_key(&key);
        for did in [&did, &webvh] {
            one_text(did);
            prop_assert_eq!(&Did::from_client_id(&did.client_id()).unwrap(), did);
            prop_assert!(Did::from_client_id(did.as_str()).is_err());
        }
        prop_assert_eq!(did.own_key(), Some(key));
        // The key in other multibases, with another multicodec, with a byte more.
        let bytes = [&[0xed, 0x01][..], &key.to_bytes()].concat();
        for base in [multibase::Base::Base64Url, multibase::Base::Base16Lower, multibase::Base::Base32Lower, multibase::Base::Base58Flickr] {
            let other = format!("did:key:{}", multibase::encode(base, &bytes));
            prop_assert!(other.parse::<Did>().is_err(), "{}", other);
        }
        for bytes in [&[&[0xec, 0x01][..], &key.to_bytes()].concat(), &[&bytes[..], &[0]].concat(), &[&[0][..], &bytes].concat()] {
            let other = format!("did:key:{}", multibase::encode(multibase::Base::Base58Btc, bytes));
            prop_assert!(other.parse::<Did>().is_err(), "{}", other);
        }
        for (from, to) in [(".", ".."), ("did:webvh", "DID:webvh"), (".", ":"), ("did:webvh:Q", "did:webvh:q")] {
            let other = webvh.as_str().replacen(from, to, 1);
            prop_assert_ne!(other.parse::<Did>().ok(), Some(webvh.clone()));
        }
        one_text(&peer);
        let bytes = [&[0, 0x24, 8, 1, 0x12, 0x20][..], peer.public_key()].concat();
        for base in [multibase::Base::Base32Lower, multibase::Base::Base16Lower, multibase::Base::Base64Url, multibase::Base::Base58Btc] {
            prop_assert!(multibase::encode(base, &bytes).parse::<PeerId>().is_err());
            prop_assert!(base == multibase::Base::Base58Btc || base.encode(&bytes).parse::<PeerId>().is_err());
        }
        // As a CID it is the same peer in another text.
        let cid = multibase::encode(multibase::Base::Base32Lower, [&[1, 0x72][..], &bytes].concat());
        prop_assert!(cid.parse::<PeerId>().is_err());
        let jwk = Jwk::from(&key);
        one_form(&jwk);
        prop_assert_eq!(VerifyingKey::try_from(&jwk).unwrap(), key);
    }

    #[test]
    fn addresses_and_links_have_one_text(
        addresses in vec(address(), 1..=8),
        (peer, did, capability, expires) in (peer(), did(), capability(), moment()),
        offer in any::<bool>(),
    ) {
        addresses.iter().for_each(one_text);
        let kind = if offer { LinkKind::Offer } else { LinkKind::Present };
        let Ok(link) = Link::new(kind, peer, did, capability, expires, addresses.clone()) else {
            return Ok(());
        };
        let text = link.to_string();
        prop_assert_eq!(&text.parse::<Link>().unwrap(), &link);
        // Members in another order, twice, left out, escaped; another version; more after the end.
        let (head, members) = text.split_once('?').unwrap();
        let members: Vec<&str> = members.split('&').collect();
        for at in 0..members.len() {
            let mut others = vec![members.clone(), members.clone(), members.clone()];
            others[0].remove(at);
            others[1].insert(at, members[at]);
            let next = (at + 1) % members.len();
            others[2].swap(at, next);
            for other in others {
                let other = format!("{head}?{}", other.join("&"));
                prop_assert!(other == text || other.parse::<Link>().ok().as_ref() != Some(&link), "{}", other);
            }
        }
        for other in [
            text.replacen("faam:", "FAAM:", 1),
            text.replacen("faam:", "faam://", 1),
            text.replacen("did:", "did%3A", 1),
            text.replacen("&exp=", "&exp=0", 1),
            text.replacen("&exp=", "&exp=+", 1),
            text.replacen("v=0", "v=00", 1),
            format!("{text}&"),
            format!("{text}#"),
            format!("{text}\n"),
        ] {
            prop_assert!(other.parse::<Link>().is_err(), "{}", other);
        }
    }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn json_has_one_canonical_text(object in json_value(), name in "\\PC{0,6}") {
        let canonical = jcs(&object).unwrap();
        prop_assert_eq!(&parse_value(&canonical, LIMIT, "t").unwrap(), &object);
        for text in [serde_json::to_vec(&object).unwrap(), serde_json::to_vec_pretty(&object).unwrap()] {
            let read = parse_value(&text, LIMIT, "t").unwrap();
            prop_assert_eq!(jcs(&read).unwrap(), canonical.clone());
        }
        let twice = format!("{{{0}:1,{0}:{1}}}", serde_json::to_string(&name).unwrap(), object);
        prop_assert_eq!(reason_of(parse_value(twice.as_bytes(), LIMIT, "t")), Some(Reason::MalformedJson));
        let canonical = String::from_utf8(canonical).unwrap();
        for other in [format!("{canonical} 1"), format!("\u{feff}{canonical}"), format!("[{canonical},]"), format!("[{canonical},1.0]"), format!("[{canonical},-0]"), format!("[{canonical},9007199254740992]")] {
            prop_assert_eq!(reason_of(parse_value(other.as_bytes(), LIMIT, "t")), Some(Reason::MalformedJson), "{}", other);
        }
    }

    #[test]
    fn disclosures_keep_their_text(name in "[a-z]{1,9}", object in json_value(), seed in any::<u64>()) {
        let mut rng = StdRng::seed_from_u64(seed);
        let disclosure = Disclosure::new(&name, object.clone(), &mut rng);
        prop_assume!(disclosure.is_ok());
        let disclosure = disclosure.unwrap();
        let again = Disclosure::parse(disclosure.as_str()).unwrap();
        prop_assert_eq!((&again, again.digest()), (&disclosure, disclosure.digest()));
        prop_assert_eq!((again.name(), again.value()), (Some(name.as_str()), &object));
        // The same with white space is another disclosure, with another digest: texts are hashed as they are.
        let text = String::from_utf8(unb64(disclosure.as_str(), "t").unwrap()).unwrap();
        let spaced = Disclosure::parse(&b64(format!(" {text}"))).unwrap();
        prop_assert_ne!(spaced.digest(), disclosure.digest());
        one_text(&disclosure.digest());
    }
}
