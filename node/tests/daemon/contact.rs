//! Wallets that come to a real daemon.

use super::*;

/// A wallet's side of an offer over the network.
struct Contact {
    client: Client,
    link: Link,
    seed: [u8; 32],
    commitment: Option<Commitment>,
}

impl Contact {
    async fn new(link: &Link, seed: u8) -> Self {
        let seed = [seed; 32];
        let client =
            Client::dial(Zeroizing::new(seed), link.peer(), link.addresses(), Duration::from_secs(10))
                .await
                .unwrap();
        Self { client, link: link.clone(), seed, commitment: None }
    }

    async fn ask(&self, ask: OfferAsk) -> (OfferAnswer, Vec<u8>) {
        let payload = Message::new(ask).encode().unwrap();
        let answer = self.client.ask(Protocol::Offer, payload).await.unwrap();
        faam_schemas::assert_message("wire-offer-node", &answer);
        let message = Message::decode(&answer).unwrap();
        (message.head, message.body)
    }

    async fn redeem(&self, holder: &SigningKey, code: &str) -> OfferAnswer {
        let capability = self.link.capability();
        let (OfferAnswer::Terms { terms }, _) = self.ask(OfferAsk::Open { capability }).await else {
            panic!("no terms")
        };
        let wallet = SigningKey::from_seed(&self.seed).verifying_key().to_bytes();
        let peers = (self.link.peer(), faam_spec::peer::PeerId::from_public_key(wallet));
        let histories = faam_spec::did::KeyHistories::new();
        let now = faam_node::daemon::now().unwrap();
        let terms =
            faam_spec::offer::Terms::open(&terms, self.link.did(), capability, peers, &histories, now);
        let challenge = terms.unwrap().challenge;
        let statement = RedeemStatement {
            capability,
            challenge,
            issuer: self.link.did().clone(),
            node: self.link.peer(),
            wallet: faam_spec::peer::PeerId::from_public_key(wallet),
            since: None,
            commitment: self.commitment,
        };
        let ask = OfferAsk::Redeem {
            capability,
            code: code.to_owned(),
            holder: Jwk::from(&holder.verifying_key()),
            proof: multi(statement.sign(holder).unwrap().to_bytes()),
            since: None,
            commitment: self.commitment,
        };
        self.ask(ask).await.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_survives_a_killed_daemon_and_leaves_no_secrets_in_the_log() {
    let mut market = Market::new();
    // Links that outlive a restart need fixed ports.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = fs::read_to_string(market.config()).unwrap();
    let listen = format!("[\"/ip4/127.0.0.1/tcp/{port}\"]");
    let config = config.replace("[\"/ip4/127.0.0.1/udp/0/quic-v1\", \"/ip4/127.0.0.1/tcp/0\"]", &listen);
    fs::write(market.config(), config).unwrap();
    market.start();
    market.import(&(0..150).map(|n| rating(n, "7")).collect::<Vec<_>>());
    let made = market.json("offer", &["--account", "7"]);
    let (link, code) = (made["link"].as_str().unwrap(), made["code"].as_str().unwrap());
    let link: Link = link.parse().unwrap();
    let holder = SigningKey::from_seed(&[9; 32]);

    let contact = Contact::new(&link, 50).await;
    let wrong = contact.redeem(&holder, "0000-0000").await;
    assert_eq!(wrong, OfferAnswer::Refused { code: Reason::OfferCode });
    let OfferAnswer::Ready { transfer, bytes, hash } = contact.redeem(&holder, code).await else { panic!() };
    let count = pages(bytes) as u32;
    assert!(count > 1);
    let mut received = contact.ask(OfferAsk::Page { transfer, page: 0 }).await.1;
    drop(contact);
    market.signal(rustix::process::Signal::KILL);
    market.start();

    let contact = Contact::new(&link, 51).await;
    for page in 1..count {
        received.extend(contact.ask(OfferAsk::Page { transfer, page }).await.1);
    }
    assert_eq!(offer::hash(&received), hash);
    faam_schemas::assert_offer(&received);
    assert_eq!(contact.ask(OfferAsk::Commit { transfer, hash }).await.0, OfferAnswer::Done);
    drop(contact);
    market.signal(rustix::process::Signal::KILL);
    market.start();
    let contact = Contact::new(&link, 52).await;
    assert_eq!(contact.ask(OfferAsk::Commit { transfer, hash }).await.0, OfferAnswer::Done);
    let open = OfferAsk::Open { capability: link.capability() };
    assert_eq!(contact.ask(open).await.0, OfferAnswer::Refused { code: Reason::OfferUsed });
    drop(contact);
    assert_eq!(market.signal(rustix::process::Signal::INT), 0);

    let log = market.log();
    assert!(log.contains("a wrong session code was given"), "{log}");
    assert!(log.contains("an offer was taken") || log.contains("refused"), "{log}");
    for secret in [
        code,
        &code.replace('-', ""),
        &link.capability().to_string(),
        &transfer.to_string(),
        &market.key(),
        "no 17",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// A wallet's side of a renewal over the network.
async fn renew(client: &Client, ask: RenewAsk) -> (RenewAnswer, Vec<u8>) {
    let payload = Message::new(ask).encode().unwrap();
    faam_schemas::assert_message("wire-renew-wallet", &payload);
    let answer = client.ask(Protocol::Renew, payload).await.unwrap();
    faam_schemas::assert_message("wire-renew-node", &answer);
    let message = Message::decode(&answer).unwrap();
    (message.head, message.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_signs_private_standings_without_a_wallet_and_renews_them() {
    let mut market = Market::started();
    market.import(&(0..150).map(|n| rating(n, "7")).collect::<Vec<_>>());
    let said = |market: &Market| market.json("status", &[])["market"]["private"].clone();
    assert_eq!(said(&market), json!({"bound": 0, "waiting": 0}));
    let made = market.json("offer", &["--account", "7"]);
    let link: Link = made["link"].as_str().unwrap().parse().unwrap();
    let secrets = WalletSecrets::random(faam_bbs::backend(), &mut OsRng).unwrap();
    let (holder, mut contact) = (SigningKey::from_seed(&[9; 32]), Contact::new(&link, 50).await);
    contact.commitment = Some(secrets.commitment);
    let ready = contact.redeem(&holder, made["code"].as_str().unwrap()).await;
    let OfferAnswer::Ready { transfer, bytes, hash } = ready else { panic!("{ready:?}") };
    let mut received = Vec::new();
    for page in 0..pages(bytes) as u32 {
        received.extend(contact.ask(OfferAsk::Page { transfer, page }).await.1);
    }
    faam_schemas::assert_offer(&received);
    let first = Offer::parse(&received).unwrap().private.unwrap();
    assert_eq!(contact.ask(OfferAsk::Commit { transfer, hash }).await.0, OfferAnswer::Done);
    drop(contact);
    // The wallet's own were signed with its offer.
    assert_eq!(said(&market), json!({"bound": 1, "waiting": 0}));
    assert!(!market.log().contains("private standings were signed"));

    // A daemon that is started again has none, and makes them while nobody asks.
    market.signal(rustix::process::Signal::KILL);
    market.start();
    let end = Instant::now() + PATIENCE;
    while said(&market) != json!({"bound": 1, "waiting": 0}) {
        assert!(Instant::now() < end, "{}", market.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while !market.log().contains("private standings were signed") {
        assert!(Instant::now() < end, "{}", market.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let words = market.call("status", &[]);
    assert!(text(&words.stdout).contains("private    standings for 1 ledger\n"), "{}", text(&words.stdout));

    // The wallet renews: the same standings, over the network.
    let status = market.json("status", &[]);
    let peer: PeerId = status["peer"].as_str().unwrap().parse().unwrap();
    let addresses: Vec<Address> = serde_json::from_value(status["addresses"].clone()).unwrap();
    let client = Client::dial(Zeroizing::new([51; 32]), peer, &addresses, PATIENCE).await.unwrap();
    let (answer, record) = renew(&client, RenewAsk::Record).await;
    assert_eq!(answer, RenewAnswer::Record);
    let capability = Capability::from_bytes([7; 16]);
    let (RenewAnswer::Terms { terms }, _) = renew(&client, RenewAsk::Open { capability }).await else {
        panic!("no terms")
    };
    let (histories, now) = (faam_spec::did::KeyHistories::new(), faam_node::daemon::now().unwrap());
    let peers = (peer, client.local());
    let terms = offer::Terms::open(&terms, link.did(), capability, peers, &histories, now).unwrap();
    let statement = RenewStatement {
        capability,
        challenge: terms.challenge,
        issuer: link.did().clone(),
        node: peer,
        wallet: client.local(),
        since: None,
    };
    let ask = RenewAsk::Renew {
        capability,
        holder: Jwk::from(&holder.verifying_key()),
        proof: multi(statement.sign(&holder).unwrap().to_bytes()),
        since: None,
    };
    let (RenewAnswer::Ready { transfer, bytes, hash }, _) = renew(&client, ask).await else {
        panic!("nothing is renewed")
    };
    let mut received = Vec::new();
    for page in 0..pages(bytes) as u32 {
        received.extend(renew(&client, RenewAsk::Page { transfer, page }).await.1);
    }
    assert_eq!(offer::hash(&received), hash);
    faam_schemas::assert_offer(&received);
    let renewed = Offer::parse(&received).unwrap();
    assert_eq!(renewed.record.as_bytes(), record);
    assert_eq!(renewed.private, Some(first));
    assert_eq!(renew(&client, RenewAsk::Commit { transfer, hash }).await.0, RenewAnswer::Done);
    client.close().await;

    // It ends cleanly with the signing under way or done, and the log knows no secrets.
    assert_eq!(market.signal(rustix::process::Signal::INT), 0);
    let log = market.log();
    let entropy = renewed.private.unwrap().entropy.to_string();
    for secret in [&transfer.to_string(), &secrets.commitment.to_string(), &entropy] {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
}
