//! What a leg tells of the network every second: both voices, each as it arrives at its listener.

mod world;

use std::time::Duration;

use media::fact::{Arrival, Fact};

use world::{Weather, World};

/// Both talk for 20 s; what the server was told last, and how the caller's own leg saw the agent's voice.
fn after_a_talk(loss_permille: u64) -> (Option<f32>, Arrival, Option<Arrival>, u64) {
    let mut world = World::new(3, Weather { delay_ms: 20, ..Weather::default() });
    world.call(1);
    world.run_for(Duration::from_secs(1));
    world.weather = Weather { loss_permille, delay_ms: 20, ..Weather::default() };
    world.agent_says(1, 1, 20_000);
    world.caller_says(1, 1, 20_000);
    world.run_for(Duration::from_secs(22));
    let told = world.server_facts.iter().rev().find_map(|(_, fact)| match fact {
        Fact::Quality { rtt_ms, caller, agent } => Some((*rtt_ms, *caller, *agent)),
        _ => None,
    });
    let (rtt_ms, caller, agent) = told.expect("told every second");
    let heard = world.callers.leg_counts(1).expect("alive").traffic;
    (rtt_ms, caller, agent, heard.lost + heard.recovered_by_red)
}

#[test]
fn a_clean_link_loses_nothing_either_way() {
    let (rtt_ms, caller, agent, _) = after_a_talk(0);
    let agent = agent.expect("the far end has reported");
    assert_eq!((0, 0), (caller.lost, agent.lost));
    assert!((30.0..60.0).contains(&rtt_ms.expect("measured")), "{rtt_ms:?}");
    assert_eq!((Some(0), None), (caller.concealed_ms, agent.concealed_ms));
    assert_eq!((Some(0), None), (caller.recovered, agent.recovered));
    assert_eq!((None, Some(0)), (caller.mode_changes, agent.mode_changes));
}

#[test]
fn loss_is_told_for_each_voice() {
    let (_, caller, agent, really) = after_a_talk(50);
    let agent = agent.expect("the far end has reported");
    assert!(really > 20, "the loss must have happened: {really}");
    assert!(caller.lost > 20 && caller.concealed_ms > Some(0), "{caller:?}");
    assert!(agent.lost.abs_diff(really) <= 10, "{agent:?}, really {really}");
    assert!(agent.mode_changes > Some(0), "{agent:?}");
    assert!((950..=1000).contains(&(agent.lost + agent.received)), "{agent:?}");
}
