//! The addresses a far end names as its own: few, because each is sent checks, and each once. Browsers name all of them again in
//! every further offer, and an address that never answered would be checked anew each time.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::limits;

/// Of one leg, since its connection or the last ICE restart.
#[derive(Clone, Debug, Default)]
pub struct Named {
    lines: Vec<u64>,
}

impl Named {
    /// Whether this candidate is new and taken, from a description or trickled.
    pub fn admits(&mut self, candidate: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        let candidate = candidate.trim_start_matches("a=");
        // Up to the port: in a description and trickled, browsers write different things behind it.
        candidate.split_whitespace().take(6).for_each(|word| word.hash(&mut hasher));
        let line = hasher.finish();
        let admitted = candidate.len() <= limits::CANDIDATE_BYTES
            && self.lines.len() < limits::REMOTE_CANDIDATES
            && !self.lines.contains(&line);
        if admitted {
            self.lines.push(line);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_taken_and_each_once() {
        let mut named = Named::default();
        let line = |n| format!("candidate:{n} 1 udp 1 192.0.2.1 {n} typ host");
        let taken = (0..100).filter(|n| named.admits(&line(*n))).count();
        assert_eq!(limits::REMOTE_CANDIDATES, taken);
        let mut named = Named::default();
        assert!(named.admits(&line(0)));
        assert!(!named.admits(&format!("a={} generation 0\r\n", line(0))));
        assert!(!Named::default().admits(&"x".repeat(limits::CANDIDATE_BYTES + 1)));
    }
}
