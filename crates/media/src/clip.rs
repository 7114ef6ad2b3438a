//! A sound that many callers hear: a greeting, a question, a filler. Whoever plays it first from beginning to end leaves its packets
//! behind; after that nobody encodes it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::opus::Mode;
use crate::playout::FRAME_RATE;

/// A packet as it was encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    pub payload: Box<[u8]>,
    pub below_full_db: u8,
}

/// Mono PCM at one rate, and its packets in each mode of Opus once somebody has made them. G.711 and PCM cost less than a look-up
/// would save.
pub struct Clip {
    pcm: Box<[i16]>,
    rate_hz: u32,
    packets: [OnceLock<Box<[Packed]>>; 2],
}

impl Clip {
    pub fn new(pcm: Vec<i16>, rate_hz: u32) -> Self {
        Self { pcm: pcm.into_boxed_slice(), rate_hz, packets: Default::default() }
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Whole frames in it; a remainder is encoded by each leg for itself, because what follows it shares its packet.
    pub fn frames(&self) -> usize {
        self.pcm.len() / self.frame_samples()
    }

    /// The packet of a frame, if somebody has encoded the clip so.
    pub fn packet(&self, frame: usize, mode: Mode) -> Option<&Packed> {
        self.packets[mode as usize].get()?.get(frame)
    }

    /// Leave its packets, one for each whole frame. Two legs may have encoded it at once; the first is kept.
    pub fn leave(&self, mode: Mode, packets: Vec<Packed>) {
        debug_assert_eq!(self.frames(), packets.len());
        let _ = self.packets[mode as usize].set(packets.into_boxed_slice());
    }

    /// What it takes in memory, with the packets it has or will have: 20 ms at 64 kbit/s are 160 bytes, and a box. Those of the robust
    /// mode are not counted: only legs that asked for it by name leave any.
    pub fn bytes(&self) -> usize {
        self.pcm.len() * 2 + self.frames() * (160 + size_of::<Packed>())
    }

    fn frame_samples(&self) -> usize {
        (self.rate_hz / FRAME_RATE) as usize
    }
}

impl fmt::Debug for Clip {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Clip({} frames at {} Hz)", self.frames(), self.rate_hz)
    }
}

/// What a chunk sounds like.
#[derive(Clone, Debug)]
pub enum Sound {
    Own(Vec<i16>),
    Shared(Arc<Clip>),
}

impl Sound {
    /// The frame that begins at `sample`, if packets of it can be shared.
    pub fn piece(&self, sample: usize) -> Option<Piece> {
        let Self::Shared(clip) = self else { return None };
        let frame = clip.frame_samples();
        let fits = sample.is_multiple_of(frame) && sample / frame < clip.frames();
        fits.then(|| Piece { clip: Arc::clone(clip), frame: sample / frame })
    }
}

impl Deref for Sound {
    type Target = [i16];

    fn deref(&self) -> &[i16] {
        match self {
            Self::Own(pcm) => pcm,
            Self::Shared(clip) => &clip.pcm,
        }
    }
}

impl PartialEq for Sound {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Sound {}

impl From<Vec<i16>> for Sound {
    fn from(pcm: Vec<i16>) -> Self {
        Self::Own(pcm)
    }
}

/// One frame of a clip.
#[derive(Clone, Debug)]
pub struct Piece {
    pub clip: Arc<Clip>,
    pub frame: usize,
}

/// A leg on its way through a clip. Packets of a clip lean on each other, the first on nothing: they are of use only to whoever has
/// sent all before them.
#[derive(Debug, Default)]
pub struct Course {
    at: Option<Piece>,
    mode: Mode,
    /// What this leg has encoded of a clip that has no packets yet.
    made: Option<Vec<Packed>>,
}

/// Where the next packet comes from.
#[derive(Debug)]
pub enum Source {
    /// From the clip.
    Clip(Piece, Mode),
    /// From the leg's encoder; it must lean on nothing before it.
    Afresh,
    /// From the leg's encoder.
    Encoder,
}

impl Course {
    /// The frame to send next, and in which mode; None for one that belongs to no clip or cannot be shared.
    pub fn advance(&mut self, next: Option<(Piece, Mode)>) -> Source {
        let Some((piece, mode)) = next else {
            *self = Self::default();
            return Source::Encoder;
        };
        let before = self.at.as_ref().filter(|at| self.mode == mode && Arc::ptr_eq(&at.clip, &piece.clip));
        let follows = before.is_some_and(|at| at.frame + 1 == piece.frame);
        self.mode = mode;
        if piece.frame == 0 {
            let given = piece.clip.packet(0, mode).is_some();
            self.made = (!given).then(Vec::new);
            self.at = Some(piece.clone());
            return if given { Source::Clip(piece, mode) } else { Source::Afresh };
        }
        if !follows {
            *self = Self::default();
            return Source::Encoder;
        }
        self.at = Some(piece.clone());
        if self.made.is_some() { Source::Encoder } else { Source::Clip(piece, mode) }
    }

    /// What was encoded of the frame.
    pub fn keep(&mut self, payload: &[u8], below_full_db: u8) {
        let (Some(made), Some(at)) = (&mut self.made, &self.at) else { return };
        made.push(Packed { payload: Box::from(payload), below_full_db });
        if made.len() == at.clip.frames() {
            at.clip.leave(self.mode, std::mem::take(made));
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(frames: usize) -> Arc<Clip> {
        Arc::new(Clip::new(vec![0; frames * 320], 16_000))
    }

    fn at(clip: &Arc<Clip>, frame: usize) -> Option<Piece> {
        Sound::Shared(Arc::clone(clip)).piece(frame * 320)
    }

    fn play(course: &mut Course, clip: &Arc<Clip>, frames: &[usize]) -> Vec<&'static str> {
        play_in(Mode::LowDelay, course, clip, frames)
    }

    fn play_in(mode: Mode, course: &mut Course, clip: &Arc<Clip>, frames: &[usize]) -> Vec<&'static str> {
        let mut sources = Vec::new();
        for frame in frames {
            sources.push(match course.advance(at(clip, *frame).map(|piece| (piece, mode))) {
                Source::Clip(piece, _) => {
                    assert_eq!(*frame, piece.frame);
                    "clip"
                }
                Source::Afresh => "afresh",
                Source::Encoder => "encoder",
            });
            course.keep(&[*frame as u8], 30);
        }
        sources
    }

    #[test]
    fn who_plays_a_clip_first_encodes_it_and_who_comes_later_does_not() {
        let clip = clip(3);
        assert_eq!(vec!["afresh", "encoder", "encoder"], play(&mut Course::default(), &clip, &[0, 1, 2]));
        assert_eq!(vec!["clip", "clip", "clip"], play(&mut Course::default(), &clip, &[0, 1, 2]));
        assert_eq!(Some(&[2][..]), clip.packet(2, Mode::LowDelay).map(|packed| &*packed.payload));
    }

    #[test]
    fn a_clip_that_was_broken_off_has_no_packets() {
        let clip = clip(3);
        let mut course = Course::default();
        play(&mut course, &clip, &[0, 1]);
        assert!(matches!(course.advance(None), Source::Encoder));
        course.keep(&[9], 30);
        play(&mut course, &clip, &[2]);
        assert!(clip.packet(0, Mode::LowDelay).is_none());
    }

    #[test]
    fn who_has_not_sent_what_came_before_encodes_for_itself() {
        let clip = clip(4);
        play(&mut Course::default(), &clip, &[0, 1, 2, 3]);
        let mut course = Course::default();
        assert_eq!(vec!["encoder"], play(&mut course, &clip, &[1]));
        assert_eq!(vec!["clip", "clip"], play(&mut course, &clip, &[0, 1]));
        assert!(matches!(course.advance(None), Source::Encoder), "a fade, a repetition");
        assert_eq!(vec!["encoder", "encoder"], play(&mut course, &clip, &[2, 3]));
        assert_eq!(vec!["clip"], play(&mut course, &clip, &[0]), "its beginning leans on nothing");
    }

    #[test]
    fn what_a_leg_encodes_while_another_leaves_its_packets_is_dropped() {
        let clip = clip(2);
        let (mut one, mut other) = (Course::default(), Course::default());
        play(&mut one, &clip, &[0]);
        assert_eq!(vec!["afresh", "encoder"], play(&mut other, &clip, &[0, 1]));
        assert_eq!(vec!["encoder"], play(&mut one, &clip, &[1]));
        assert!(clip.packet(1, Mode::LowDelay).is_some());
    }

    #[test]
    fn packets_of_one_mode_are_none_of_the_other() {
        let (clip, mut course) = (clip(3), Course::default());
        play(&mut course, &clip, &[0, 1, 2]);
        assert_eq!(vec!["afresh", "encoder"], play_in(Mode::Robust, &mut course, &clip, &[0, 1]));
        assert_eq!(vec!["encoder"], play(&mut course, &clip, &[2]), "the far end has heard its beginning in the other mode");
        assert!(clip.packet(0, Mode::Robust).is_none(), "it was not played to its end");
        play_in(Mode::Robust, &mut course, &clip, &[0, 1, 2]);
        assert_eq!(vec!["clip"; 3], play_in(Mode::Robust, &mut Course::default(), &clip, &[0, 1, 2]));
    }

    #[test]
    fn a_remainder_shorter_than_a_frame_is_nobodys() {
        let sound = Sound::Shared(Arc::new(Clip::new(vec![0; 800], 16_000)));
        assert!(sound.piece(320).is_some());
        assert!(sound.piece(640).is_none());
        assert!(sound.piece(10).is_none());
        assert!(Sound::from(vec![0; 800]).piece(0).is_none());
    }
}
