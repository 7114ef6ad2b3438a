//! The clips of the whole core, by name; the least recently played go first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::clip::{Clip, Sound};
use crate::limits::{CLIP_BYTES, CLIP_NAME_BYTES};

/// What is kept of one clip.
#[derive(Debug)]
struct Kept {
    clip: Arc<Clip>,
    played: u64,
}

/// Kept by whoever hands out orders; legs keep what they play.
#[derive(Debug)]
pub struct Clips {
    kept: HashMap<String, Kept>,
    bytes: usize,
    most_bytes: usize,
    plays: u64,
}

impl Default for Clips {
    fn default() -> Self {
        Self::new(CLIP_BYTES)
    }
}

impl Clips {
    pub fn new(most_bytes: usize) -> Self {
        Self { kept: HashMap::new(), bytes: 0, most_bytes, plays: 0 }
    }

    /// The clip of that name, made of `pcm` if it is not known. The same name must always come with the same sound; one that comes with
    /// another length or rate is somebody's mistake, and is played as it is.
    pub fn sound(&mut self, name: &str, length: usize, rate_hz: u32, pcm: impl FnOnce() -> Vec<i16>) -> Sound {
        self.plays += 1;
        if let Some(kept) = self.kept.get_mut(name) {
            let sound = Sound::Shared(Arc::clone(&kept.clip));
            if sound.len() != length || kept.clip.rate_hz() != rate_hz {
                return Sound::Own(pcm());
            }
            kept.played = self.plays;
            return sound;
        }
        let clip = Arc::new(Clip::new(pcm(), rate_hz));
        if name.len() > CLIP_NAME_BYTES || !self.make_room(clip.bytes()) {
            return Sound::Shared(clip);
        }
        self.bytes += clip.bytes();
        self.kept.insert(name.to_owned(), Kept { clip: Arc::clone(&clip), played: self.plays });
        Sound::Shared(clip)
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.kept.len()
    }

    /// What they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// False for one that is too large for all the room there is. A look at all of them for each that goes: a few hundred, and only
    /// when a new one comes.
    fn make_room(&mut self, bytes: usize) -> bool {
        if bytes > self.most_bytes {
            return false;
        }
        while self.bytes + bytes > self.most_bytes {
            let Some(name) = self.kept.iter().min_by_key(|(_, kept)| kept.played).map(|(name, _)| name.clone()) else {
                return true;
            };
            self.bytes -= self.kept.remove(&name).map_or(0, |kept| kept.clip.bytes());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: usize = 16_000;

    fn play(clips: &mut Clips, name: &str) -> Arc<Clip> {
        match clips.sound(name, SECOND, 16_000, || vec![7; SECOND]) {
            Sound::Shared(clip) => clip,
            Sound::Own(_) => panic!("not shared"),
        }
    }

    #[test]
    fn a_name_stands_for_one_clip_whoever_plays_it() {
        let mut clips = Clips::default();
        let first = play(&mut clips, "welcome");
        let again = clips.sound("welcome", SECOND, 16_000, || panic!("made twice"));
        assert!(matches!(again, Sound::Shared(clip) if Arc::ptr_eq(&clip, &first)));
    }

    #[test]
    fn the_least_recently_played_goes_first_and_the_room_is_kept() {
        let mut clips = Clips::new(100_000);
        let (one, _) = (play(&mut clips, "one"), play(&mut clips, "two"));
        play(&mut clips, "one");
        play(&mut clips, "three");
        assert_eq!(2, clips.count());
        assert!(clips.bytes() <= 100_000);
        assert!(Arc::ptr_eq(&one, &play(&mut clips, "one")), "two has gone");
    }

    #[test]
    fn another_sound_under_a_known_name_is_played_and_kept_by_nobody() {
        let mut clips = Clips::default();
        play(&mut clips, "welcome");
        assert!(matches!(clips.sound("welcome", 320, 16_000, || vec![0; 320]), Sound::Own(pcm) if pcm.len() == 320));
        assert!(matches!(clips.sound("welcome", SECOND, 24_000, || vec![0; SECOND]), Sound::Own(_)));
    }

    #[test]
    fn what_is_larger_than_the_room_or_has_too_long_a_name_is_played_and_not_kept() {
        let mut clips = Clips::new(1_000);
        play(&mut clips, "welcome");
        assert_eq!((0, 0), (clips.count(), clips.bytes()));
        let mut clips = Clips::default();
        play(&mut clips, &"n".repeat(CLIP_NAME_BYTES + 1));
        assert_eq!(0, clips.count());
    }
}
