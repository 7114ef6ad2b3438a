//! `antiphon._media`: the media core for Python. Glue only: whatever could wait releases the GIL, and the core's threads never
//! take it. `_media.pyi` beside the package says what everything means.

use std::net::{IpAddr, SocketAddr};

use media::codec::Format;
use media::driver;
use media::fact::{Arrival, Fact, LegId, ReplyId};
use media::lateness;
use media::limits;
use media::opus::Mode;
use media::order::{Order, Packet};
use media::outbox::FrameAt;
use media::playout::Chunk;
use media::sdp;
use media::session::{Options, Reoffer};
use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

mod kind;
mod stats;

use stats::{core_stats, leg_stats};

create_exception!(_media, BadSdp, PyValueError);

/// Rates libopus encodes from.
const RATES_HZ: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// Upper edge in ms, and how many packets: a bucket of a histogram.
type Bucket = (Option<u64>, u64);

/// What `drain` gives.
#[pyclass(frozen)]
struct Drained {
    #[pyo3(get)]
    pcm: Py<PyBytes>,
    #[pyo3(get)]
    frames: Py<PyList>,
    #[pyo3(get)]
    packets: Py<PyList>,
    #[pyo3(get)]
    facts: Py<PyList>,
}

#[pyclass(frozen)]
struct Core {
    inner: std::sync::RwLock<Option<driver::Core>>,
}

fn address(text: &str) -> PyResult<SocketAddr> {
    text.parse().map_err(|_| PyValueError::new_err(format!("{text:?} is not an address such as 127.0.0.1:0")))
}

fn options(encoder: &str, gate: bool, base: Options) -> PyResult<Options> {
    let (mode, adaptive) = match encoder {
        "auto" => (Mode::LowDelay, true),
        "celt" => (Mode::LowDelay, false),
        "voip" => (Mode::Robust, false),
        other => return Err(PyValueError::new_err(format!("{other:?} is no encoder: auto, celt or voip"))),
    };
    Ok(Options { format: Format::Opus(mode), adaptive, gated: gate, ..base })
}

fn stream_format(name: &str) -> PyResult<Format> {
    match name {
        "opus" => Ok(Format::default()),
        "pcm16" => Ok(Format::Pcm16),
        "ulaw" => Ok(Format::Ulaw),
        other => Err(PyValueError::new_err(format!("{other:?} is no format of a stream: opus, pcm16 or ulaw"))),
    }
}

fn refused(error: sdp::BadSdp) -> PyErr {
    BadSdp::new_err(error.0)
}

/// Leg, time, offset and length of each stretch of the drained bytes.
fn places(py: Python<'_>, stretches: &[FrameAt]) -> PyResult<Py<PyList>> {
    let places = stretches.iter().map(|place| (place.leg, place.at_ms, place.offset, place.length));
    Ok(PyList::new(py, places.collect::<Vec<_>>())?.unbind())
}

impl Core {
    fn with<T>(&self, use_core: impl FnOnce(&driver::Core) -> T) -> PyResult<T> {
        let inner = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.as_ref().map(use_core).ok_or_else(|| PyRuntimeError::new_err("the media core is shut down"))
    }

    fn order(&self, leg: LegId, order: Order) -> PyResult<()> {
        self.with(|core| core.order(leg, order))
    }
}

#[pymethods]
impl Core {
    #[new]
    #[pyo3(signature = (udp="127.0.0.1:0", public_addresses=Vec::new(), threads=1, tcp=None))]
    fn new(py: Python<'_>, udp: &str, public_addresses: Vec<String>, threads: u8, tcp: Option<&str>) -> PyResult<Self> {
        if !(1..=limits::SHARDS).contains(&threads) {
            return Err(PyValueError::new_err(format!("threads is {threads}; 1 to {} are possible", limits::SHARDS)));
        }
        let bind = address(udp)?;
        let public = public_addresses.iter().map(|text| text.parse::<IpAddr>()).collect::<Result<Vec<_>, _>>();
        let public = public.map_err(|_| PyValueError::new_err(format!("not IP addresses: {public_addresses:?}")))?;
        let settings = driver::Settings { bind, tcp: tcp.map(address).transpose()?, public, threads };
        let core = py.detach(|| driver::Core::start(settings));
        let core = core.map_err(|error| {
            PyOSError::new_err(match tcp {
                Some(tcp) => format!("no UDP socket on {udp} or no TCP socket on {tcp}: {error}"),
                None => format!("no UDP socket on {udp}: {error}"),
            })
        })?;
        Ok(Self { inner: std::sync::RwLock::new(Some(core)) })
    }

    #[getter]
    fn port(&self) -> PyResult<u16> {
        self.with(driver::Core::port)
    }

    #[getter]
    fn tcp_port(&self) -> PyResult<Option<u16>> {
        self.with(driver::Core::tcp_port)
    }

    #[getter]
    fn fd(&self) -> PyResult<i32> {
        self.with(driver::Core::fd)
    }

    #[getter]
    fn candidates(&self) -> PyResult<Vec<String>> {
        self.with(|core| core.candidates().iter().map(ToString::to_string).collect())
    }

    #[getter]
    fn strained(&self) -> PyResult<bool> {
        self.with(driver::Core::is_strained)
    }

    fn drain(&self, py: Python<'_>) -> PyResult<Drained> {
        let outbox = self.with(driver::Core::drain)?;
        let pcm = PyBytes::new(py, &outbox.pcm).unbind();
        let (frames, packets) = (places(py, &outbox.frames)?, places(py, &outbox.packets)?);
        let facts = PyList::empty(py);
        for entry in outbox.facts {
            facts.append(fact_tuple(py, entry.leg, entry.at_ms, entry.after_frames, entry.fact)?)?;
        }
        Ok(Drained { pcm, frames, packets, facts: facts.unbind() })
    }

    #[pyo3(signature = (sdp, *, encoder="auto", gate=true, spare_decoder=true, spare_gate=true))]
    fn answer(
        &self,
        py: Python<'_>,
        sdp: &str,
        encoder: &str,
        gate: bool,
        spare_decoder: bool,
        spare_gate: bool,
    ) -> PyResult<(LegId, String)> {
        let base = Options { resting: spare_decoder, gate_on_silence: !spare_gate, ..Options::default() };
        let options = options(encoder, gate, base)?;
        py.detach(|| self.with(|core| core.answer(sdp, &options)))?.map_err(refused)
    }

    #[pyo3(signature = (leg, sdp))]
    fn reoffer(&self, py: Python<'_>, leg: LegId, sdp: &str) -> PyResult<Option<String>> {
        match py.detach(|| self.with(|core| core.reoffer(leg, sdp)))? {
            Ok(answer) => Ok(Some(answer)),
            Err(Reoffer::Bad(error)) => Err(refused(error)),
            Err(Reoffer::AnotherPeer | Reoffer::NoConnection) => Ok(None),
        }
    }

    #[pyo3(signature = (leg, sdp, *, encoder="celt", gate=true))]
    fn replace(&self, py: Python<'_>, leg: LegId, sdp: &str, encoder: &str, gate: bool) -> PyResult<String> {
        let options = options(encoder, gate, Options::default())?;
        py.detach(|| self.with(|core| core.replace(leg, sdp, &options)))?.map_err(refused)
    }

    fn offer_restart(&self, py: Python<'_>, leg: LegId) -> PyResult<Option<String>> {
        py.detach(|| self.with(|core| core.offer_restart(leg)))
    }

    fn accept_restart(&self, py: Python<'_>, leg: LegId, sdp: &str) -> PyResult<()> {
        py.detach(|| self.with(|core| core.accept_restart(leg, sdp)))?.map_err(refused)
    }

    #[pyo3(signature = (format, *, gate=true, echoes=false))]
    fn open_stream(&self, format: &str, gate: bool, echoes: bool) -> PyResult<LegId> {
        let options = Options { format: stream_format(format)?, gated: gate, echoes, ..Options::default() };
        let opened = self.with(|core| core.open_stream(&options))?;
        opened.map_err(|error| PyRuntimeError::new_err(format!("libopus refused to start ({})", error.0)))
    }

    #[pyo3(signature = (leg, format, *, gate=true))]
    fn replace_by_stream(&self, leg: LegId, format: &str, gate: bool) -> PyResult<()> {
        let options = Options { format: stream_format(format)?, gated: gate, ..Options::default() };
        let opened = self.with(|core| core.replace_by_stream(leg, &options))?;
        opened.map_err(|error| PyRuntimeError::new_err(format!("libopus refused to start ({})", error.0)))
    }

    fn hold(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.order(leg, Order::Hold(on))
    }

    fn interrupt(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.order(leg, Order::Interrupt(on))
    }

    #[pyo3(signature = (leg, payload, place=None))]
    fn feed(&self, leg: LegId, payload: &[u8], place: Option<(u16, u32)>) -> PyResult<()> {
        if payload.len() > limits::PACKET_BYTES {
            return Err(PyValueError::new_err(format!("a packet has at most {} bytes", limits::PACKET_BYTES)));
        }
        self.order(leg, Order::Packet(Packet { payload: payload.to_vec(), place }))
    }

    #[pyo3(signature = (leg, reason))]
    fn lost(&self, leg: LegId, reason: &str) -> PyResult<()> {
        self.order(leg, Order::Gone(reason.to_owned()))
    }

    #[pyo3(signature = (*, encoder="celt", gate=false, open_microphone=true))]
    fn offer(&self, py: Python<'_>, encoder: &str, gate: bool, open_microphone: bool) -> PyResult<(LegId, String)> {
        let options = Options { open_microphone, ..options(encoder, gate, Options::caller())? };
        py.detach(|| self.with(|core| core.offer(&options)))?.map_err(refused)
    }

    fn accept_answer(&self, py: Python<'_>, leg: LegId, sdp: &str) -> PyResult<bool> {
        py.detach(|| self.with(|core| core.accept_answer(leg, sdp)))?.map_err(refused)
    }

    fn add_candidate(&self, leg: LegId, line: String) -> PyResult<()> {
        self.order(leg, Order::AddCandidate(line))
    }

    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    #[pyo3(signature = (leg, reply, seq, pcm, rate_hz, last=false, clip=None))]
    fn play(
        &self,
        leg: LegId,
        reply: ReplyId,
        seq: u32,
        pcm: &[u8],
        rate_hz: u32,
        last: bool,
        clip: Option<&str>,
    ) -> PyResult<()> {
        if !RATES_HZ.contains(&rate_hz) {
            return Err(PyValueError::new_err(format!("rate_hz is {rate_hz}; one of {RATES_HZ:?} is needed")));
        }
        if !pcm.len().is_multiple_of(2) {
            return Err(PyValueError::new_err("pcm is int16: its length must be even"));
        }
        let samples = || pcm.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect::<Vec<i16>>();
        self.with(|core| {
            let pcm = match clip {
                Some(name) => core.clip(name, pcm.len() / 2, rate_hz, samples),
                None => samples().into(),
            };
            core.order(leg, Order::Play(Chunk { reply, seq, pcm, rate_hz, last }));
        })
    }

    fn pause(&self, leg: LegId) -> PyResult<()> {
        self.order(leg, Order::Pause)
    }

    fn resume(&self, leg: LegId) -> PyResult<()> {
        self.order(leg, Order::Resume)
    }

    fn flush(&self, leg: LegId, reply: ReplyId) -> PyResult<()> {
        self.order(leg, Order::Flush(reply))
    }

    #[pyo3(signature = (leg, reply, armed=true))]
    fn arm(&self, leg: LegId, reply: ReplyId, armed: bool) -> PyResult<()> {
        self.order(leg, Order::Arm { reply, armed })
    }

    fn listen(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.order(leg, Order::Listen(on))
    }

    fn press(&self, leg: LegId, keys: String) -> PyResult<()> {
        self.order(leg, Order::Press(keys))
    }

    fn await_return(&self, leg: LegId) -> PyResult<()> {
        self.order(leg, Order::Await)
    }

    fn send_data(&self, leg: LegId, text: String) -> PyResult<()> {
        self.order(leg, Order::SendData(text))
    }

    #[pyo3(signature = (leg, reason="closed"))]
    fn close(&self, leg: LegId, reason: &str) -> PyResult<()> {
        self.order(leg, Order::Close(reason.to_owned()))
    }

    #[pyo3(signature = (leg=None))]
    fn stats<'py>(&self, py: Python<'py>, leg: Option<LegId>) -> PyResult<Option<Bound<'py, PyDict>>> {
        match leg {
            Some(leg) => leg_stats(py, py.detach(|| self.with(|core| core.leg_counts(leg)))?),
            None => core_stats(py, py.detach(|| self.with(driver::Core::counts))?),
        }
    }

    /// Packets of the agents' by how late they left.
    fn lateness(&self, py: Python<'_>) -> PyResult<Option<Vec<Bucket>>> {
        let counts = py.detach(|| self.with(driver::Core::counts))?;
        let edges = lateness::EDGES_MS.into_iter().map(Some).chain([None]);
        Ok(counts.map(|counts| edges.zip(counts.shard.lateness.packets).collect()))
    }

    fn shutdown(&self, py: Python<'_>) {
        py.detach(|| {
            let mut inner = self.inner.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            *inner = None;
        });
    }
}

fn fact_tuple(py: Python<'_>, leg: LegId, at_ms: i64, after: usize, fact: Fact) -> PyResult<Bound<'_, PyTuple>> {
    match fact {
        Fact::Connected => (kind::CONNECTED, leg, at_ms, after).into_pyobject(py),
        Fact::Sensed => (kind::SENSED, leg, at_ms, after).into_pyobject(py),
        Fact::Unsensed => (kind::UNSENSED, leg, at_ms, after).into_pyobject(py),
        Fact::Paused { reply, position_ms } => (kind::PAUSED, leg, at_ms, after, reply, position_ms).into_pyobject(py),
        Fact::Flushed { reply, position_ms } => (kind::FLUSHED, leg, at_ms, after, reply, position_ms).into_pyobject(py),
        Fact::Played { reply, position_ms, done } => {
            (kind::PLAYED, leg, at_ms, after, reply, position_ms, done).into_pyobject(py)
        }
        Fact::Overflowed { reply, seq, dropped_ms } => {
            (kind::OVERFLOWED, leg, at_ms, after, reply, seq, dropped_ms).into_pyobject(py)
        }
        Fact::Data(text) => (kind::DATA, leg, at_ms, after, text).into_pyobject(py),
        Fact::DataOpened => (kind::DATA_OPENED, leg, at_ms, after).into_pyobject(py),
        Fact::Digit(digit) => (kind::DIGIT, leg, at_ms, after, digit).into_pyobject(py),
        Fact::DigitsSent => (kind::DIGITS_SENT, leg, at_ms, after).into_pyobject(py),
        Fact::Quality { rtt_ms, caller, agent } => {
            (kind::QUALITY, leg, at_ms, after, rtt_ms, arrival(caller), agent.map(arrival)).into_pyobject(py)
        }
        Fact::Suspended { on_hold } => (kind::SUSPENDED, leg, at_ms, after, on_hold).into_pyobject(py),
        Fact::Restored { anew } => (kind::RESTORED, leg, at_ms, after, anew).into_pyobject(py),
        Fact::Closed(reason) => (kind::CLOSED, leg, at_ms, after, reason).into_pyobject(py),
    }
}

fn arrival(told: Arrival) -> (f32, u64, u64, Option<u64>, Option<u64>, Option<u64>) {
    (told.jitter_ms, told.lost, told.received, told.recovered, told.concealed_ms, told.mode_changes)
}

#[pymodule]
fn _media(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Core>()?;
    module.add_class::<Drained>()?;
    module.add("BadSdp", module.py().get_type::<BadSdp>())?;
    module.add("CONNECTED", kind::CONNECTED)?;
    module.add("SENSED", kind::SENSED)?;
    module.add("UNSENSED", kind::UNSENSED)?;
    module.add("PAUSED", kind::PAUSED)?;
    module.add("FLUSHED", kind::FLUSHED)?;
    module.add("PLAYED", kind::PLAYED)?;
    module.add("OVERFLOWED", kind::OVERFLOWED)?;
    module.add("DATA", kind::DATA)?;
    module.add("DATA_OPENED", kind::DATA_OPENED)?;
    module.add("DIGIT", kind::DIGIT)?;
    module.add("QUALITY", kind::QUALITY)?;
    module.add("CLOSED", kind::CLOSED)?;
    module.add("SUSPENDED", kind::SUSPENDED)?;
    module.add("RESTORED", kind::RESTORED)?;
    module.add("DIGITS_SENT", kind::DIGITS_SENT)?;
    Ok(())
}
