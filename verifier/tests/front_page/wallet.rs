// A market that rated somebody, and that person's wallet: what answers in the example on the front page of the library.
use faam_issuer::{Issuer, Profile, Secrets, read};
use faam_spec::did::{Did, KeyHistories};
use faam_spec::key::SigningKey;
use faam_spec::offer::Offer;
use faam_spec::presentation::{LedgerProof, Presentation};
use faam_spec::reason::Fault;
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::SdJwt;
use faam_spec::time::{EpochLength, Timestamp};
use rand::SeedableRng as _;

/// Somebody with fifteen ratings as a guest.
pub struct Wallet {
    key: SigningKey,
    offer: Offer,
    issuer: Did,
    now: Timestamp,
}

impl Wallet {
    pub fn new(now: Timestamp) -> Result<Self, Fault> {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let secrets = Secrets::random(&mut rng);
        let issuer = secrets.signer().did().clone();
        let profile = Profile { market: "city-stays".parse()?, epoch: EpochLength::WEEK };
        let mut market = Issuer::new(profile, secrets);
        for stay in 0..15 {
            let line = format!(
                r#"{{"type":"rating","id":"e{stay}","account":"nora","rater":"host-{stay}","role":"guest","value":{},"scale":"1..5","at":"2026-01-05T10:00:00Z"}}"#,
                4 + stay % 2
            );
            market.apply(&read::json_line(&line)?, &mut rng)?;
        }
        market.open_epoch(now, &mut rng)?;
        let key = SigningKey::random(&mut rng);
        let account = "nora".parse()?;
        market.bind(&account, &key.verifying_key(), false, now, &mut rng)?;
        let offer = market.offer(&account, None, now)?;
        Ok(Self { key, offer, issuer, now })
    }

    /// A trust file that believes the market.
    pub fn trust_file(&self) -> String {
        let issuer = &self.issuer;
        format!("v = 0\n[[trust]]\nissuer = \"{issuer}\"\nmarket = \"city-stays\"\nroles = \"any\"\ntypes = [\"standing\"]")
    }

    /// What is shown to whoever made this request.
    pub fn answer(&self, request: &str) -> Result<Vec<u8>, Fault> {
        let request = SignedRequest::open(request, &KeyHistories::new(), self.now)?;
        let asked = request.request();
        let standing = asked.ask.query.ledgers()[0].standing.clone();
        let shown = SdJwt::parse(&self.offer.standing)?;
        let shown = shown.bind(&self.key, &asked.verifier.client_id(), &asked.nonce, self.now)?;
        let proof = LedgerProof {
            standing: standing.clone(),
            ratings: None,
            record: self.offer.record.clone(),
            account: self.offer.account.clone(),
            live: Vec::new(),
            status: Vec::new(),
            complete: false,
            replies: Vec::new(),
        };
        let vp_token = [(standing, vec![shown.to_text()])].into();
        Presentation { v: 0, vp_token, ledgers: vec![proof], private: Vec::new() }.to_bytes()
    }
}
