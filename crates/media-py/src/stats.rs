//! Counts as dictionaries.

use media::counts::Traffic;
use media::driver;
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub fn leg_stats(py: Python<'_>, counts: Option<media::session::SessionCounts>) -> PyResult<Option<Bound<'_, PyDict>>> {
    let Some(counts) = counts else { return Ok(None) };
    let stats = PyDict::new(py);
    stats.set_item("echo_ms", counts.echo_ms)?;
    stats.set_item("jitter_ms", counts.jitter_ms)?;
    stats.set_item("sent", counts.traffic.sent)?;
    set_traffic(&stats, &counts.traffic)?;
    stats.set_item("pacing_restarts", counts.pacing_restarts)?;
    stats.set_item("underruns", counts.underruns)?;
    stats.set_item("messages_dropped", counts.messages_dropped)?;
    stats.set_item("refused_input", counts.refused_input)?;
    stats.set_item("queued_ms", counts.queued_ms)?;
    stats.set_item("keys_pressed", counts.keys_pressed)?;
    stats.set_item("keys_refused", counts.keys_refused)?;
    if let Some(far_end) = counts.far_end {
        stats.set_item("far_end_loss", far_end.loss)?;
        stats.set_item("far_end_jitter_ms", far_end.jitter_ms)?;
        stats.set_item("far_end_lost", far_end.lost)?;
    }
    Ok(Some(stats))
}

pub fn core_stats(py: Python<'_>, counts: Option<driver::CoreCounts>) -> PyResult<Option<Bound<'_, PyDict>>> {
    let Some(counts) = counts else { return Ok(None) };
    let stats = PyDict::new(py);
    stats.set_item("threads", counts.threads)?;
    stats.set_item("legs", counts.legs)?;
    stats.set_item("addresses", counts.addresses)?;
    stats.set_item("user_fragments", counts.user_fragments)?;
    stats.set_item("timers", counts.timers)?;
    stats.set_item("clips", counts.clips)?;
    stats.set_item("clip_bytes", counts.clip_bytes)?;
    stats.set_item("thread_cpu_ns", counts.thread_cpu_ns)?;
    for (name, ns) in media::stages::NAMES.iter().zip(counts.stages.ns) {
        stats.set_item(format!("{name}_cpu_ns"), ns)?;
    }
    stats.set_item("datagrams", counts.shard.datagrams)?;
    stats.set_item("strangers", counts.shard.strangers)?;
    stats.set_item("forwarded", counts.forward.forwarded)?;
    stats.set_item("forward_dropped", counts.forward.dropped)?;
    stats.set_item("tcp_connections", counts.tcp.connections)?;
    stats.set_item("tcp_refused", counts.tcp.refused)?;
    stats.set_item("tcp_dropped", counts.tcp.dropped)?;
    stats.set_item("sent", counts.shard.sent)?;
    stats.set_item("send_refused", counts.send_refused)?;
    stats.set_item("frames", counts.shard.traffic.sent)?;
    set_traffic(&stats, &counts.shard.traffic)?;
    stats.set_item("answered", counts.shard.answered)?;
    stats.set_item("panics", counts.shard.panics)?;
    stats.set_item("outbox_dropped_bytes", counts.outbox_dropped_bytes)?;
    Ok(Some(stats))
}

/// `sent` is not among them: of a leg it is frames, of the core datagrams.
fn set_traffic(stats: &Bound<'_, PyDict>, traffic: &Traffic) -> PyResult<()> {
    stats.set_item("received", traffic.received)?;
    stats.set_item("lost", traffic.lost)?;
    stats.set_item("late", traffic.late)?;
    stats.set_item("duplicate", traffic.duplicate)?;
    stats.set_item("recovered_by_red", traffic.recovered_by_red)?;
    stats.set_item("outrun_by_red", traffic.outrun_by_red)?;
    stats.set_item("recovered_by_fec", traffic.recovered_by_fec)?;
    stats.set_item("concealed_ms", traffic.concealed_ms)?;
    stats.set_item("left_out_ms", traffic.left_out_ms)?;
    stats.set_item("sent_late", traffic.sent_late)?;
    stats.set_item("mode_changes", traffic.mode_changes)?;
    stats.set_item("shared", traffic.shared)
}
