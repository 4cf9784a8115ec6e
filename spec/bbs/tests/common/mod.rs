//! What the tests of backends share: hexadecimal, whole numbers modulo the group's order, and `expand_message_xmd`.

#![allow(dead_code, reason = "each test takes what it needs")]

pub mod case;

use rand::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha256};

/// The group's order, big endian.
pub const ORDER: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53,
    0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

/// The bytes of hexadecimal text.
pub fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Hexadecimal text, lower case.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A big-endian number of any length modulo the group's order, bit by bit.
pub fn modulo(number: &[u8]) -> [u8; 32] {
    // One byte more than the order, for what a doubling carries.
    let order: [u8; 33] = std::array::from_fn(|at| if at == 0 { 0 } else { ORDER[at - 1] });
    let mut rest = [0u8; 33];
    for byte in number {
        for bit in (0..8).rev() {
            let mut carry = (byte >> bit) & 1;
            for digit in rest.iter_mut().rev() {
                let doubled = u16::from(*digit) * 2 + u16::from(carry);
                *digit = doubled as u8;
                carry = (doubled >> 8) as u8;
            }
            if rest >= order {
                let mut borrow = 0;
                for (digit, other) in rest.iter_mut().zip(order).rev() {
                    let less = i16::from(*digit) - i16::from(other) - borrow;
                    borrow = i16::from(less < 0);
                    *digit = less.rem_euclid(256) as u8;
                }
            }
        }
    }
    rest[1..].try_into().unwrap()
}

/// The sum of two scalars.
pub fn sum(first: &[u8; 32], second: &[u8; 32]) -> [u8; 32] {
    let mut sum = [0u8; 33];
    let mut carry = 0;
    for at in (0..32).rev() {
        let digit = u16::from(first[at]) + u16::from(second[at]) + carry;
        sum[at + 1] = digit as u8;
        carry = digit >> 8;
    }
    sum[0] = carry as u8;
    modulo(&sum)
}

/// `expand_message_xmd` of RFC 9380, 5.3.1, with SHA-256.
pub fn expand_message_xmd(message: &[u8], dst: &[u8], length: usize) -> Vec<u8> {
    let dst = [dst, &[u8::try_from(dst.len()).unwrap()]].concat();
    let length_bytes = u16::try_from(length).unwrap().to_be_bytes();
    let first = Sha256::digest([[0; 64].as_slice(), message, &length_bytes, &[0], &dst].concat());
    let mut block = [0u8; 32];
    let mut bytes = Vec::new();
    for number in 1..=u8::try_from(length.div_ceil(32)).unwrap() {
        let mixed: Vec<u8> = first.iter().zip(block).map(|(first, before)| first ^ before).collect();
        block = Sha256::digest([mixed.as_slice(), &[number], &dst].concat()).into();
        bytes.extend_from_slice(&block);
    }
    bytes.truncate(length);
    bytes
}

/// The drafts' `mocked_calculate_random_scalars` as a source of chance: so many scalars' bytes, and then no more.
pub struct Mocked(std::vec::IntoIter<u8>);

impl Mocked {
    pub fn new(seed: &[u8], dst: &[u8], scalars: usize) -> Self {
        Self(expand_message_xmd(seed, dst, 48 * scalars).into_iter())
    }

    /// Whether all was drawn.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}

impl CryptoRng for Mocked {}

impl RngCore for Mocked {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_be_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.next().expect("no more is drawn than there is"));
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
