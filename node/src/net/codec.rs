//! One frame each way: a length, that many bytes, and the end of the stream.
//!
//! The length is a big-endian `u32`. It is compared with the limit before anything is allocated, and the bytes are read
//! in small steps, so that memory follows what arrived and never what was promised (A47). An empty frame is a frame: what
//! it means is the protocol's business.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes read at once.
const STEP: usize = 8 * 1024;

/// Why the bytes on a stream are not one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The frame is longer than may be.
    #[error("a frame of {length} bytes, where {max} are allowed")]
    TooLong {
        /// The length that was stated, in bytes.
        length: u64,
        /// The longest allowed, in bytes.
        max: usize,
    },
    /// The stream ended before its frame did.
    #[error("the stream ended in the middle of a frame")]
    Truncated,
    /// Something follows the frame.
    #[error("there are bytes after the end of the frame")]
    Trailing,
    /// The stream ended before it began.
    #[error("the stream ended without a frame")]
    Absent,
    /// The frame did not arrive in time.
    #[error("the frame did not arrive within {} ms", .0.as_millis())]
    TooSlow(Duration),
    /// All the memory set aside for frames is in use.
    #[error("too many frames are being read at once")]
    Busy,
}

impl From<FrameError> for io::Error {
    fn from(error: FrameError) -> Self {
        let kind = match error {
            FrameError::TooLong { .. } | FrameError::Trailing => io::ErrorKind::InvalidData,
            FrameError::Truncated | FrameError::Absent => io::ErrorKind::UnexpectedEof,
            FrameError::TooSlow(_) => io::ErrorKind::TimedOut,
            FrameError::Busy => io::ErrorKind::ResourceBusy,
        };
        Self::new(kind, error)
    }
}

/// The frame error inside an I/O error, where there is one.
pub(super) fn frame_error(error: &io::Error) -> Option<FrameError> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<FrameError>()).copied()
}

/// The bytes of one frame, and the share of the memory budget that they hold.
pub(super) struct Frame {
    pub(super) bytes: Vec<u8>,
    pub(super) hold: Option<OwnedSemaphorePermit>,
}

impl From<Vec<u8>> for Frame {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, hold: None }
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Reads and writes frames under one limit and one memory budget, shared by all streams.
#[derive(Clone)]
pub(super) struct FrameCodec {
    max: usize,
    read_timeout: Option<Duration>,
    budget: Arc<Semaphore>,
}

impl FrameCodec {
    /// Frames of at most `max` bytes; requests have to arrive within `read_timeout`; `budget` bytes in all.
    pub(super) fn new(max: usize, read_timeout: Option<Duration>, budget: usize) -> Self {
        Self { max, read_timeout, budget: Arc::new(Semaphore::new(budget.min(Semaphore::MAX_PERMITS))) }
    }

    async fn read<T>(&self, io: &mut T) -> io::Result<Frame>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut header = [0; 4];
        let mut filled = 0;
        while let Some(rest) = header.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match io.read(rest).await? {
                0 if filled == 0 => return Err(FrameError::Absent.into()),
                0 => return Err(FrameError::Truncated.into()),
                n => filled += n,
            }
        }
        //= spec/text/wire.md#REQ-WIRE-1
        //# A frame is at most 65,536 bytes without its length; the length MUST be compared before anything is
        //# allocated.
        let length = u32::from_be_bytes(header);
        let length = match usize::try_from(length) {
            Ok(n) if n <= self.max => n,
            _ => return Err(FrameError::TooLong { length: length.into(), max: self.max }.into()),
        };

        let mut bytes = Vec::new();
        let mut hold: Option<OwnedSemaphorePermit> = None;
        while bytes.len() < length {
            let step = (length - bytes.len()).min(STEP);
            let share = u32::try_from(step).map_err(|_| FrameError::Busy)?;
            let permit =
                Arc::clone(&self.budget).try_acquire_many_owned(share).map_err(|_| FrameError::Busy)?;
            match hold.as_mut() {
                Some(hold) => hold.merge(permit),
                None => hold = Some(permit),
            }
            let start = bytes.len();
            bytes.reserve_exact(step);
            bytes.resize(start + step, 0);
            let mut filled = start;
            while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                match io.read(rest).await? {
                    0 => return Err(FrameError::Truncated.into()),
                    n => filled += n,
                }
            }
        }

        let mut after = [0; 1];
        //= spec/text/wire.md#REQ-WIRE-2
        //# A frame that is longer, ends early, is followed by more
        if io.read(&mut after).await? != 0 {
            return Err(FrameError::Trailing.into());
        }
        Ok(Frame { bytes, hold })
    }

    async fn write<T>(&self, io: &mut T, bytes: &[u8]) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let too_long =
            || FrameError::TooLong { length: u64::try_from(bytes.len()).unwrap_or(u64::MAX), max: self.max };
        if bytes.len() > self.max {
            return Err(too_long().into());
        }
        let length = u32::try_from(bytes.len()).map_err(|_| too_long())?;
        io.write_all(&length.to_be_bytes()).await?;
        io.write_all(bytes).await?;
        io.flush().await
    }
}

impl Codec for FrameCodec {
    type Protocol = StreamProtocol;
    type Request = Frame;
    type Response = Frame;

    async fn read_request<T>(&mut self, protocol: &StreamProtocol, io: &mut T) -> io::Result<Frame>
    where
        T: AsyncRead + Unpin + Send,
    {
        //= spec/text/wire.md#REQ-WIRE-2
        //# is slower than 10 s, MUST be dropped with its stream
        let frame = match self.read_timeout {
            None => self.read(io).await,
            Some(limit) => tokio::time::timeout(limit, self.read(io))
                .await
                .unwrap_or_else(|_| Err(FrameError::TooSlow(limit).into())),
        };
        // The behaviour above keeps silent about requests that it could not read; an operator wants to know.
        frame.inspect_err(|error| tracing::debug!(protocol = %protocol, %error, "request dropped"))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Frame>
    where
        T: AsyncRead + Unpin + Send,
    {
        // No deadline of its own: it waits for the other side to think, and the question as a whole has one.
        self.read(io).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, frame: Frame) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write(io, &frame.bytes).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, frame: Frame) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write(io, &frame.bytes).await
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use futures::io::Cursor;

    use super::*;

    const MAX: usize = 64 * 1024;

    fn codec(budget: usize) -> FrameCodec {
        FrameCodec::new(MAX, None, budget)
    }

    fn read(codec: &FrameCodec, bytes: Vec<u8>) -> Result<Frame, FrameError> {
        block_on(codec.read(&mut Cursor::new(bytes))).map_err(|e| frame_error(&e).expect("a frame error"))
    }

    fn framed(length: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn what_is_written_is_read_back() {
        for size in [0, 1, STEP - 1, STEP, STEP + 1, MAX] {
            let body: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let mut wire = Cursor::new(Vec::new());
            block_on(codec(MAX).write(&mut wire, &body)).unwrap();
            let wire = wire.into_inner();
            assert_eq!(wire.len(), size + 4);
            assert_eq!(read(&codec(MAX), wire).unwrap().bytes, body, "{size}");
        }
        let too_long =
            block_on(codec(MAX).write(&mut Cursor::new(Vec::new()), &vec![0; MAX + 1])).unwrap_err();
        assert_eq!(frame_error(&too_long), Some(FrameError::TooLong { length: MAX as u64 + 1, max: MAX }));
    }

    #[test]
    fn a47_a_length_is_checked_before_anything_is_allocated() {
        for length in [MAX as u32 + 1, u32::MAX / 2, u32::MAX] {
            // Not one byte of budget is needed to refuse it.
            let error = read(&codec(0), framed(length, b"short")).unwrap_err();
            assert_eq!(error, FrameError::TooLong { length: length.into(), max: MAX });
        }
    }

    #[test]
    fn a47_memory_follows_what_arrived_and_not_what_was_promised() {
        // A promise of 64 KiB with ten bytes behind it takes one step of the budget, and gives it back.
        let codec = codec(STEP);
        assert_eq!(read(&codec, framed(MAX as u32, &[7; 10])).unwrap_err(), FrameError::Truncated);
        assert_eq!(codec.budget.available_permits(), STEP);
        assert_eq!(read(&codec, framed(MAX as u32, &[7; MAX])).unwrap_err(), FrameError::Busy);
        assert_eq!(codec.budget.available_permits(), STEP);
    }

    #[test]
    fn the_budget_is_held_as_long_as_the_frame() {
        let codec = codec(3 * STEP);
        let first = read(&codec, framed(2 * STEP as u32, &[1; 2 * STEP])).unwrap();
        assert_eq!(codec.budget.available_permits(), STEP);
        assert_eq!(read(&codec, framed(2 * STEP as u32, &[1; 2 * STEP])).unwrap_err(), FrameError::Busy);
        drop(first);
        assert!(read(&codec, framed(2 * STEP as u32, &[1; 2 * STEP])).is_ok());
    }

    //= spec/text/wire.md#REQ-WIRE-2
    //= type=test
    //# A frame that is longer, ends early, is followed by more
    #[test]
    fn anything_but_one_whole_frame_is_refused() {
        let codec = codec(MAX);
        assert_eq!(read(&codec, Vec::new()).unwrap_err(), FrameError::Absent);
        assert_eq!(read(&codec, vec![0, 0]).unwrap_err(), FrameError::Truncated);
        assert_eq!(read(&codec, framed(3, b"ab")).unwrap_err(), FrameError::Truncated);
        assert_eq!(read(&codec, framed(2, b"abc")).unwrap_err(), FrameError::Trailing);
        assert_eq!(read(&codec, framed(0, b"a")).unwrap_err(), FrameError::Trailing);
        assert_eq!(read(&codec, framed(0, b"")).unwrap().bytes, b"");
    }

    #[test]
    fn payloads_are_not_in_debug_output() {
        assert_eq!(format!("{:?}", Frame::from(b"secret".to_vec())), "Frame { bytes: 6, .. }");
    }
}
