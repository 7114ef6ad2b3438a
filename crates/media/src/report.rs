//! What the far end says of the agent's stream: its RTCP receiver reports (RFC 3550 6.4.2), smoothed.

use crate::opus::RTP_HZ;

/// Packets after which a report has lost two thirds of its weight: 5 s of speech. One report of 50 packets at 10 % loss is 4 %
/// off (one standard deviation), the average of these 1.3 %.
const MEMORY_PACKETS: f32 = 250.0;

/// One receiver report, as far as it concerns the agent's stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReceiverReport {
    /// Share of the packets since the last report that never came, 0 to 1.
    pub fraction_lost: f32,
    /// Packets lost since the stream began; less than that if some came twice.
    pub cumulative_lost: u64,
    /// The highest sequence number that came, unwrapped.
    pub highest_seq: u64,
    /// Interarrival jitter on the 48 kHz clock.
    pub jitter: u32,
}

/// How the agent's stream arrives, by the far end's word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FarEnd {
    /// Share of lost packets, 0 to 1, over the last 5 s of speech or so.
    pub loss: f32,
    pub jitter_ms: f32,
    /// Packets lost in all.
    pub lost: u64,
}

/// The reports of one stream.
#[derive(Debug, Default)]
pub struct ReceiverReports {
    highest_seq: Option<u64>,
    far_end: Option<FarEnd>,
}

impl ReceiverReports {
    /// None until the first report.
    pub fn far_end(&self) -> Option<FarEnd> {
        self.far_end
    }

    /// `before` is the first sequence number of the stream: a report counts for as many packets as came into it.
    pub fn hear(&mut self, before: u64, report: ReceiverReport) -> FarEnd {
        let since = self.highest_seq.unwrap_or(before);
        let packets = report.highest_seq.saturating_sub(since) as f32;
        self.highest_seq = Some(report.highest_seq.max(since));
        let weight = 1.0 - (-packets / MEMORY_PACKETS).exp();
        let loss = self.far_end.map_or(0.0, |far_end| far_end.loss);
        let reported = report.fraction_lost.clamp(0.0, 1.0);
        *self.far_end.insert(FarEnd {
            loss: loss + (reported - loss) * weight,
            jitter_ms: report.jitter as f32 * 1000.0 / RTP_HZ as f32,
            lost: report.cumulative_lost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(fraction_lost: f32, highest_seq: u64) -> ReceiverReport {
        ReceiverReport { fraction_lost, cumulative_lost: 7, highest_seq, jitter: 480 }
    }

    fn loss(reports: &ReceiverReports) -> f32 {
        reports.far_end().expect("reported").loss
    }

    #[test]
    fn nothing_is_known_before_the_first_report() {
        assert_eq!(None, ReceiverReports::default().far_end());
    }

    #[test]
    fn steady_loss_is_found_and_forgotten() {
        let mut reports = ReceiverReports::default();
        (1..30).for_each(|second| {
            reports.hear(0, report(0.1, second * 50));
        });
        assert!((0.099..=0.1).contains(&loss(&reports)));
        assert_eq!((7, 10.0), reports.far_end().map(|far_end| (far_end.lost, far_end.jitter_ms)).expect("reported"));
        (30..60).for_each(|second| {
            reports.hear(0, report(0.0, second * 50));
        });
        assert!(loss(&reports) < 0.001);
    }

    #[test]
    fn a_report_weighs_what_it_covers_however_often_reports_come() {
        let (mut often, mut seldom) = (ReceiverReports::default(), ReceiverReports::default());
        (1..=5).for_each(|second| {
            often.hear(1000, report(0.2, 1000 + second * 50));
        });
        seldom.hear(1000, report(0.2, 1250));
        assert!((loss(&often) - loss(&seldom)).abs() < 1e-5);
    }

    #[test]
    fn a_report_about_nothing_new_changes_nothing() {
        let mut reports = ReceiverReports::default();
        reports.hear(0, report(0.1, 500));
        let before = loss(&reports);
        reports.hear(0, report(1.0, 500));
        reports.hear(0, report(1.0, 400));
        assert_eq!(before, loss(&reports));
    }
}
