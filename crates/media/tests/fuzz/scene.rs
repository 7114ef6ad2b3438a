//! Two calls in one world: the one that is attacked, and a bystander's that must not notice.

use std::time::Duration;

use media::fact::{Fact, LegId};
use media::limits;

use super::memory;
use super::world::hostile::Hostile;
use super::world::{Weather, World, caller_address, sounding_share};

pub const VICTIM: LegId = 1;
pub const BYSTANDER: LegId = 2;
/// What two calls may hold more of after an attack than before: what str0m keeps of a stream, a channel or an address, and 2 MB of
/// audio that waits to be looked at.
const MOST_GROWTH: isize = 8 << 20;

pub struct Scene {
    pub world: World,
    /// What the victim's far end sent, connecting included.
    pub wire: Vec<Vec<u8>>,
    held: isize,
}

impl Scene {
    /// Both calls, up.
    pub fn in_call(seed: u64) -> Self {
        Self::with(World::new(seed, Weather::default()))
    }

    /// The same with a far end that holds the keys of the victim's leg.
    pub fn with_insider(seed: u64) -> (Self, Hostile) {
        let mut world = World::new(seed, Weather::default());
        let (hostile, ground) = Hostile::on(&world.ground);
        let honest = std::mem::replace(&mut world.caller_ground, ground);
        world.call(VICTIM);
        world.caller_ground = honest;
        (Self::complete(world), hostile)
    }

    fn with(mut world: World) -> Self {
        world.call(VICTIM);
        Self::complete(world)
    }

    fn complete(mut world: World) -> Self {
        world.call(BYSTANDER);
        world.overheard = Some(Vec::new());
        world.caller_says(VICTIM, 1, 400);
        world.run_for(Duration::from_millis(1500));
        let overheard = world.overheard.take().expect("listened");
        let wire = overheard.into_iter().filter(|(from, _)| *from == caller_address(VICTIM)).map(|(_, bytes)| bytes).collect();
        for leg in [VICTIM, BYSTANDER] {
            assert!(world.server_facts.contains(&(leg, Fact::Connected)));
        }
        Self { world, wire, held: memory::held() }
    }

    /// What was sent of one kind.
    pub fn seeds(&self, of_kind: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        let seeds: Vec<_> = self.wire.iter().filter(|bytes| of_kind(bytes)).cloned().collect();
        assert!(!seeds.is_empty(), "there is something to change");
        seeds
    }

    /// Nothing has panicked so far.
    pub fn is_sane(&self) {
        assert_eq!(0, self.world.server.counts().panics, "a leg panicked");
    }

    /// The questions every case ends with; `unharmed` are the legs that must not have noticed.
    pub fn ask(&mut self, unharmed: &[LegId]) {
        self.world.run_for(Duration::from_millis(100));
        self.world.heard_from.clear();
        for leg in unharmed {
            self.world.caller_says(*leg, 9, 400);
        }
        self.world.run_for(Duration::from_millis(700));
        self.is_sane();
        for leg in unharmed {
            let heard = self.world.heard_from.get(leg).map_or(&[][..], Vec::as_slice);
            let share = sounding_share(heard, 400);
            assert!((0.9..1.2).contains(&share), "leg {leg} is heard to {share} of what it says");
        }
        let (addresses, ufrags, timers) = self.world.server.table_sizes();
        assert!(addresses <= 2 * (limits::CHECKED_ADDRESSES + limits::REMOTE_CANDIDATES) && ufrags <= 2, "{addresses}");
        assert!(timers < 64, "{timers} timers for two legs");
        for (to, volume) in &self.world.sent_to {
            if !to.to_string().starts_with("10.0.1.") {
                assert_eq!(0, volume.beyond_checks, "{to} never asked for media");
            }
        }
        let grown = memory::held() - self.held;
        assert!(grown < MOST_GROWTH, "{grown} bytes more are held than before");
    }
}
