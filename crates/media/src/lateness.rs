//! How late the agent's packets left: a histogram with few fixed buckets, cheap enough to be always on.

use std::time::Duration;

/// Upper edges in milliseconds; the last bucket has none.
pub const EDGES_MS: [u64; 13] = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100];

/// Packets by how long after they were due the kernel had them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    pub packets: [u64; EDGES_MS.len() + 1],
}

impl Lateness {
    /// One packet.
    pub fn note(&mut self, late: Duration) {
        let bucket = EDGES_MS.partition_point(|edge| Duration::from_millis(*edge) <= late);
        self.packets[bucket] += 1;
    }

    /// Another shard's, or another leg's.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.packets.iter_mut().zip(other.packets) {
            *mine += theirs;
        }
    }

    /// Packets in all, and those that left a whole packet's length late: the far end's buffer has run dry by then, or grows.
    pub fn total_and_late(&self) -> (u64, u64) {
        let late = EDGES_MS.partition_point(|edge| *edge <= 20);
        (self.packets.iter().sum(), self.packets[late..].iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packet_is_in_the_bucket_whose_upper_edge_it_stays_under() {
        let mut lateness = Lateness::default();
        for micros in [0, 999, 1_000, 9_999, 10_000, 19_999, 20_000, 99_999, 100_000, 5_000_000] {
            lateness.note(Duration::from_micros(micros));
        }
        assert_eq!([2, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 2], lateness.packets);
        assert_eq!((10, 4), lateness.total_and_late());
    }
}
