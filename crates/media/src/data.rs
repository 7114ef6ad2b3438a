//! The data channel of a call: text messages both ways, within limits, in order, kept until it opens.

use std::collections::VecDeque;

use str0m::Rtc;
use str0m::channel::ChannelId;

use crate::limits;

/// The one data channel of a call; others a page may open are left alone.
pub const CHANNEL: &str = "antiphon";

#[derive(Default)]
pub struct DataChannel {
    id: Option<ChannelId>,
    outgoing: VecDeque<String>,
    second: u64,
    this_second: u32,
    dropped: u64,
}

impl DataChannel {
    /// Messages refused in either direction.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A channel has opened. True if it is the call's.
    pub fn open(&mut self, id: ChannelId, label: &str) -> bool {
        let ours = label == CHANNEL && self.id.is_none();
        if ours {
            self.id = Some(id);
        }
        ours
    }

    pub fn close(&mut self, id: ChannelId) {
        if self.id == Some(id) {
            self.id = None;
        }
    }

    /// Whether nothing waits that could still arrive: all is sent, and the far end has acknowledged it (RFC 9260 6.2).
    pub fn is_settled(&self, rtc: &mut Rtc) -> bool {
        let Some(id) = self.id else { return true };
        self.outgoing.is_empty() && rtc.channel(id).is_none_or(|mut channel| channel.buffered_amount() == 0)
    }

    pub fn queue(&mut self, text: String) {
        if text.len() > limits::DATA_MESSAGE_BYTES || self.outgoing.len() >= limits::DATA_MESSAGES_WAITING {
            self.dropped += 1;
        } else {
            self.outgoing.push_back(text);
        }
    }

    /// A message as it came, `second` by the leg's clock; None if it is not the call's or beyond the limits.
    pub fn receive(&mut self, second: u64, id: ChannelId, binary: bool, data: Vec<u8>) -> Option<String> {
        if self.id != Some(id) {
            return None;
        }
        if self.second != second {
            (self.second, self.this_second) = (second, 0);
        }
        self.this_second += 1;
        let allowed =
            !binary && self.this_second <= limits::DATA_MESSAGES_PER_SECOND && data.len() <= limits::DATA_MESSAGE_BYTES;
        let text = String::from_utf8(data).ok().filter(|_| allowed);
        self.dropped += u64::from(text.is_none());
        text
    }

    /// Hand waiting messages over as far as the channel takes them. Says whether there were any.
    pub fn send(&mut self, rtc: &mut Rtc) -> bool {
        let Some(id) = self.id else { return false };
        let mut wrote = false;
        while let Some(text) = self.outgoing.front() {
            let Some(mut channel) = rtc.channel(id) else { break };
            match channel.write(false, text.as_bytes()) {
                Ok(true) => wrote = true,
                Ok(false) => break, // its buffer is full; tried again at the next poll
                Err(_) => self.dropped += 1,
            }
            self.outgoing.pop_front();
        }
        wrote
    }
}
