//! What is licensed when, as a table: a pure function has no store and no wait.

use parlance_base::Time;
use parlance_license::{GRACE, Key, Known, License, Plan, State, TRIAL, Warning};

use crate::support::{DAY, key};

const START: Time = Time::from_millis(1_795_253_400_000);

fn known(key: Option<Key>) -> Known {
    Known { started: START, seen: START, key }
}

/// Plan, seats, state and days left.
fn shown(known: &Known, now: Time) -> (Plan, Option<i64>, State, Option<u64>) {
    let license = License::at(known, now);
    (license.plan, license.seats, license.state, license.days_left(known, now))
}

#[test]
fn without_a_key_there_is_a_trial_and_then_the_community_plan() {
    let trial = |days| (Plan::Enterprise, None, State::Trial, Some(days));
    let community = (Plan::Community, Some(25), State::Community, None);
    let second = DAY / 86_400;
    for (now, expected) in [
        (START, trial(30)),
        (START.after(second), trial(30)),
        (START.after(DAY), trial(29)),
        (START.after(TRIAL).before(second), trial(1)),
        (START.after(TRIAL), community),
        (START.after(400 * DAY), community),
        (START.before(400 * DAY), trial(30)),
    ] {
        assert_eq!(shown(&known(None), now), expected, "{}", now.to_rfc3339());
    }
}

#[test]
fn a_trial_is_not_had_twice() {
    let known = Known { seen: START.after(TRIAL), ..known(None) };
    assert_eq!(License::at(&known, START).state, State::Community);
}

#[test]
fn a_key_has_its_time_then_grace_and_then_the_community_plan() {
    let from = START.after(5 * DAY);
    let known = known(Some(key("lic-1", Plan::Business, from)));
    let end = from.after(30 * DAY);
    let business = |state, days| (Plan::Business, Some(10), state, Some(days));
    let lapsed = (Plan::Community, Some(25), State::Lapsed, None);
    let second = DAY / 86_400;
    for (now, expected) in [
        (from, business(State::Valid, 30)),
        // When a key begins is asked when it is installed: a clock set back does not take it away.
        (from.before(DAY), business(State::Valid, 31)),
        (end.before(second), business(State::Valid, 1)),
        (end, business(State::Grace, 0)),
        (end.after(GRACE).before(second), business(State::Grace, 0)),
        (end.after(GRACE), lapsed),
        (end.after(400 * DAY), lapsed),
    ] {
        assert_eq!(shown(&known, now), expected, "{}", now.to_rfc3339());
    }
    let license = License::at(&known, end.after(GRACE));
    assert_eq!((license.valid_until, license.grace_until), (Some(end), Some(end.after(GRACE))));
}

#[test]
fn a_key_takes_the_place_of_the_trial_for_good() {
    let short = Key { valid_until: START.after(DAY), ..key("lic-1", Plan::Team, START) };
    let known = known(Some(short));
    assert_eq!(License::at(&known, START).plan, Plan::Team);
    assert_eq!(License::at(&known, START.after(DAY).after(GRACE)).state, State::Lapsed);
}

#[test]
fn features_beyond_the_plan_count_and_unknown_ones_do_nothing() {
    let beyond = ["sso", "cluster", "teleportation"].map(str::to_owned).to_vec();
    let with = Key { features: beyond, ..key("lic-1", Plan::Team, START) };
    let license = License::at(&known(Some(with)), START);
    let names: Vec<_> = license.features.iter().map(|feature| feature.name()).collect();
    assert_eq!(names, ["agents", "sessions", "pockets", "sso", "cluster"]);
}

#[test]
fn while_the_clock_is_behind_time_stands_still_and_nothing_is_refused() {
    let end = START.after(30 * DAY);
    let seen = end.after(3 * DAY);
    let known = Known { seen, ..known(Some(key("lic-1", Plan::Team, START))) };
    for behind in [DAY, 10 * DAY, 4_000 * DAY] {
        let now = seen.before(behind);
        assert_eq!(shown(&known, now), (Plan::Team, Some(10), State::Grace, Some(0)));
        let warnings = License::at(&known, now).warnings(&known, 0, now);
        assert_eq!(warnings, [Warning::ClockSetBack, Warning::ExpiredInGrace]);
    }
    assert_eq!(License::at(&known, end.after(GRACE)).state, State::Lapsed);
}

#[test]
fn admins_are_warned_of_what_comes_and_what_has_come() {
    let key = Key { valid_until: START.after(90 * DAY), ..key("lic-1", Plan::Team, START) };
    let known = known(Some(key));
    for (days, used, expected) in [
        (0, 10, vec![]),
        (0, 11, vec![Warning::SeatsOver]),
        (59, 0, vec![]),
        (60, 0, vec![Warning::EndsSoon]),
        (89, 11, vec![Warning::EndsSoon, Warning::SeatsOver]),
        (90, 0, vec![Warning::ExpiredInGrace]),
        (104, 25, vec![Warning::Expired]),
        (104, 26, vec![Warning::Expired, Warning::SeatsOver]),
    ] {
        let now = START.after(days * DAY);
        assert_eq!(License::at(&known, now).warnings(&known, used, now), expected, "day {days}");
    }
}
