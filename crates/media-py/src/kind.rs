//! Kinds of facts, the first item of each fact tuple.

pub const CONNECTED: u8 = 0;
pub const SENSED: u8 = 1;
pub const UNSENSED: u8 = 2;
pub const PAUSED: u8 = 3;
pub const FLUSHED: u8 = 4;
pub const PLAYED: u8 = 5;
pub const OVERFLOWED: u8 = 6;
pub const DATA: u8 = 7;
pub const DATA_OPENED: u8 = 8;
pub const DIGIT: u8 = 9;
pub const QUALITY: u8 = 10;
pub const CLOSED: u8 = 11;
pub const SUSPENDED: u8 = 12;
pub const RESTORED: u8 = 13;
pub const DIGITS_SENT: u8 = 14;
