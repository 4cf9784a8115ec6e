//! A peer with a protocol stack of its own, that does what ours never would.

use super::*;

/// What is wrong with a stranger's frames.
#[derive(Debug, Clone, Copy)]
pub enum Lie {
    None,
    /// States this length and sends a few bytes.
    Length(u32),
    /// Sends a whole frame and something after it.
    Trailing,
    /// Ends in the middle of a frame.
    Truncated,
    /// Sends a part of a long frame, is silent, and goes on a byte at a time.
    Slow,
}

#[derive(Clone)]
pub struct LyingCodec(Lie);

impl LyingCodec {
    async fn write<T: AsyncWrite + Unpin + Send>(&self, io: &mut T, body: &[u8]) -> io::Result<()> {
        let length = body.len() as u32;
        let stated = match self.0 {
            Lie::Length(stated) => stated,
            Lie::Truncated => length * 2,
            Lie::Slow => MAX_FRAME_BYTES as u32,
            Lie::None | Lie::Trailing => length,
        };
        io.write_all(&stated.to_be_bytes()).await?;
        io.write_all(body).await?;
        if matches!(self.0, Lie::Trailing) {
            io.write_all(b"more").await?;
        }
        io.flush().await?;
        if matches!(self.0, Lie::Slow) {
            // A long silence, then byte after byte: that the other side has left shows only in what is sent.
            tokio::time::sleep(Duration::from_millis(600)).await;
            loop {
                io.write_all(&[0]).await?;
                io.flush().await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }
}

impl rr::Codec for LyingCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.take(1 << 20).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T>(&mut self, protocol: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let bytes = self.read_request(protocol, io).await?;
        if bytes.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, body: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write(io, &body).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, body: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write(io, &body).await
    }
}

#[derive(NetworkBehaviour)]
#[behaviour(to_swarm = "StrangerEvent")]
pub struct StrangerBehaviour {
    pub present: rr::Behaviour<LyingCodec>,
    /// Something that no host of ours speaks.
    pub other: rr::Behaviour<LyingCodec>,
    ping: ping::Behaviour,
    identify: identify::Behaviour,
}

#[derive(Debug)]
pub enum StrangerEvent {
    Present(rr::Event<Vec<u8>, Vec<u8>>),
    Ping(ping::Event),
    Identify(Box<identify::Event>),
}

impl From<rr::Event<Vec<u8>, Vec<u8>>> for StrangerEvent {
    fn from(event: rr::Event<Vec<u8>, Vec<u8>>) -> Self {
        Self::Present(event)
    }
}

impl From<ping::Event> for StrangerEvent {
    fn from(event: ping::Event) -> Self {
        Self::Ping(event)
    }
}

impl From<identify::Event> for StrangerEvent {
    fn from(event: identify::Event) -> Self {
        Self::Identify(Box::new(event))
    }
}

/// A peer of another make, with libp2p's own defaults and no limits.
pub struct Stranger {
    pub swarm: Swarm<StrangerBehaviour>,
    pub host: libp2p::PeerId,
}

impl Stranger {
    pub fn swarm(lie: Lie) -> Swarm<StrangerBehaviour> {
        SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_quic()
            .with_behaviour(|key| StrangerBehaviour {
                present: rr::Behaviour::with_codec(
                    LyingCodec(lie),
                    [(StreamProtocol::new("/faam/present/1"), ProtocolSupport::Full)],
                    rr::Config::default(),
                ),
                other: rr::Behaviour::with_codec(
                    LyingCodec(lie),
                    [(StreamProtocol::new("/stranger/1"), ProtocolSupport::Outbound)],
                    rr::Config::default(),
                ),
                ping: ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_millis(50))),
                identify: identify::Behaviour::new(identify::Config::new(
                    "stranger".to_owned(),
                    key.public(),
                )),
            })
            .unwrap()
            .build()
    }

    pub async fn meet(host: &Host, lie: Lie) -> Self {
        let mut swarm = Self::swarm(lie);
        let address: libp2p::Multiaddr = host.addresses()[0].as_str().parse().unwrap();
        swarm.dial(address).unwrap();
        loop {
            if let SwarmEvent::ConnectionEstablished { peer_id, .. } = swarm.select_next_some().await {
                return Self { swarm, host: peer_id };
            }
        }
    }

    /// Asks in its own way; the bytes of the whole stream, or why there are none.
    pub async fn ask(&mut self) -> Result<Vec<u8>, String> {
        self.swarm.behaviour_mut().present.send_request(&self.host, b"abc".to_vec());
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::Message {
                    message: rr::Message::Response { response, .. },
                    ..
                })) => return Ok(response),
                SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::OutboundFailure {
                    error, ..
                })) => {
                    return Err(error.to_string());
                }
                SwarmEvent::Behaviour(StrangerEvent::Identify(event)) => {
                    let identify::Event::Received { info, .. } = *event else { continue };
                    assert_eq!(
                        (info.agent_version.as_str(), info.protocol_version.as_str()),
                        ("faam/0.1", "faam/0.1")
                    );
                    assert!(info.listen_addrs.is_empty(), "{:?}", info.listen_addrs);
                }
                SwarmEvent::ConnectionClosed { cause, .. } => return Err(format!("{cause:?}")),
                _ => {}
            }
        }
    }

    /// Listens, answers in its own way, and tells what its callers do not speak.
    pub async fn listen(listen: &str, lie: Lie) -> (PeerId, Address, mpsc::Receiver<&'static str>) {
        let mut swarm = Self::swarm(lie);
        swarm.listen_on(listen.parse().unwrap()).unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address.to_string().parse().unwrap();
            }
        };
        let peer = swarm.local_peer_id().to_string().parse().unwrap();
        let (heard, receiver) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::Message {
                        message: rr::Message::Request { request, channel, .. },
                        ..
                    })) => {
                        swarm.behaviour_mut().present.send_response(channel, request).unwrap();
                    }
                    SwarmEvent::Behaviour(StrangerEvent::Identify(event)) => match *event {
                        identify::Event::Error { error: StreamUpgradeError::NegotiationFailed, .. } => {
                            heard.try_send("no identify").unwrap();
                        }
                        identify::Event::Received { .. } => heard.try_send("identify").unwrap(),
                        _ => {}
                    },
                    SwarmEvent::Behaviour(StrangerEvent::Ping(ping::Event { result, .. })) => match result {
                        Err(ping::Failure::Unsupported) => heard.try_send("no ping").unwrap(),
                        Ok(_) => heard.try_send("ping").unwrap(),
                        Err(_) => {}
                    },
                    _ => {}
                }
            }
        });
        (peer, address, receiver)
    }
}
