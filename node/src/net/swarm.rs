//! The swarm as hosts and clients share it: keys, names, transports and their limits.

use std::error::Error;
use std::num::{NonZeroU8, NonZeroUsize};
use std::time::Duration;

use faam_spec::peer::PeerId;
use libp2p::identity::Keypair;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{Swarm, SwarmBuilder, noise, tcp, yamux};
use zeroize::Zeroizing;

use super::limits::Wire;

/// Between two keep-alive packets of QUIC; four of them fit the silence after which a connection counts as lost.
const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Room on a stream for what is not the frame: its length and the choice of the protocol.
const STREAM_MARGIN: usize = 4 * 1024;

/// Events between the swarm and one connection's task that may wait, each way.
const EVENT_BUFFER: usize = 8;

/// Addresses of one peer dialled at once: each dial of ours has one address.
const DIAL_CONCURRENCY: NonZeroU8 = NonZeroU8::MIN;

/// What can go wrong below us, as libp2p tells it.
pub(super) type Cause = Box<dyn Error + Send + Sync + 'static>;

/// The key pair of `seed`, and its name in our form. The seed is wiped.
pub(super) fn identity(mut seed: Zeroizing<[u8; 32]>) -> Result<(Keypair, PeerId), Cause> {
    let keypair = Keypair::ed25519_from_bytes(seed.as_mut_slice())?;
    let peer = ours(&keypair.public().to_peer_id()).ok_or("the key is not an Ed25519 key")?;
    Ok((keypair, peer))
}

/// A peer's name in our form, if it is an Ed25519 key.
pub(super) fn ours(peer: &libp2p::PeerId) -> Option<PeerId> {
    peer.to_base58().parse().ok()
}

/// A peer's name in libp2p's form.
pub(super) fn theirs(peer: &PeerId) -> Option<libp2p::PeerId> {
    peer.to_string().parse().ok()
}

/// A swarm with both transports, where nothing is left without a limit.
pub(super) fn build<B: NetworkBehaviour>(
    keypair: Keypair,
    wire: Wire,
    behaviour: B,
) -> Result<Swarm<B>, Cause> {
    let stream_window = u32::try_from(wire.max_frame_bytes.saturating_add(STREAM_MARGIN))?;
    let streams = u32::try_from(wire.max_streams)?;
    let silence = u32::try_from(wire.quic_silence.as_millis())?;
    let keep_alive = QUIC_KEEP_ALIVE.min(wire.quic_silence / 4);
    let max_streams = wire.max_streams;

    let swarm = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(
            tcp::Config::new().nodelay(true).listen_backlog(wire.tcp_backlog),
            noise::Config::new,
            move || {
                // Yamux gives each stream a window of 256 KiB and closes a connection that opens too many.
                let mut config = yamux::Config::default();
                config.set_max_num_streams(max_streams);
                config
            },
        )?
        .with_quic_config(|mut config| {
            config.handshake_timeout = wire.handshake_timeout;
            config.max_idle_timeout = silence;
            config.keep_alive_interval = keep_alive;
            config.max_concurrent_stream_limit = streams;
            config.max_stream_data = stream_window;
            // Two full frames on their way at once: a thousand connections then hold 136 MiB at the very worst.
            config.max_connection_data = stream_window.saturating_mul(2);
            config
        })
        .with_behaviour(|_| behaviour)
        .map_err(|never| match never {})
        .map_err(|never: Cause| never)?
        .with_swarm_config(|config| {
            config
                .with_notify_handler_buffer_size(NonZeroUsize::new(EVENT_BUFFER).unwrap_or(NonZeroUsize::MIN))
                .with_per_connection_event_buffer_size(EVENT_BUFFER)
                .with_dial_concurrency_factor(DIAL_CONCURRENCY)
                // As many as there can be: a stream that nobody reads yet could hold 256 KiB in Yamux's buffer.
                .with_max_negotiating_inbound_streams(max_streams)
                .with_idle_connection_timeout(wire.idle_timeout)
        })
        .with_connection_timeout(wire.handshake_timeout)
        .build();
    Ok(swarm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let (keypair, peer) = identity(Zeroizing::new([7; 32])).unwrap();
        let dalek_free = keypair.public().try_into_ed25519().unwrap().to_bytes();
        assert_eq!(peer, PeerId::from_public_key(dalek_free));
        assert_eq!(theirs(&peer), Some(keypair.public().to_peer_id()));
        assert_eq!(ours(&libp2p::PeerId::random()), None, "a name that is a hash names no key");
    }
}
