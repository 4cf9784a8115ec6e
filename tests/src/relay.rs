//! A peer between wallet and verifier that passes every message on, word for word (A45).

use std::time::Duration;

use faam_node::net::{Client, Host, HostConfig, HostLimits};
use faam_spec::link::Link;
use faam_spec::peer::{Address, PeerId};
use zeroize::Zeroizing;

/// Starts a relay to the peer of `link`: its name and addresses. It ends with the runtime.
pub async fn start(link: &Link) -> (PeerId, Vec<Address>) {
    let mut limits = HostLimits::default();
    limits.max_memory_bytes = 4 << 30;
    let (sender, mut inbox) = limits.inbound_queue();
    let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
    let host = Host::start(HostConfig { identity_seed: Zeroizing::new([66; 32]), listen, limits }, sender)
        .await
        .unwrap();
    let (peer, addresses) = (host.peer_id(), host.addresses());
    let upstream = link.clone();
    tokio::spawn(async move {
        let _host = host;
        let mut seed = 0_u8;
        while let Some(message) = inbox.recv().await {
            seed = seed.wrapping_add(1);
            let timeout = Duration::from_secs(10);
            let own = Zeroizing::new([seed; 32]);
            let client = Client::dial(own, upstream.peer(), upstream.addresses(), timeout).await.unwrap();
            let answer = client.ask(message.protocol, message.payload.clone()).await.unwrap();
            client.close().await;
            message.reply(answer);
        }
    });
    (peer, addresses)
}
