//! What logins do to the sends of others. A login computes a password hash, which by design takes 19 MiB and two passes over
//! them; nobody who only sends should notice.
//!
//! Four phases in the order A B B A: sends alone (A), the same sends with logins beside them (B). The yardstick of B is A in
//! the same run, and how far the two As are apart is the noise.

use std::{path::Path, time::Duration};

use parlance_base::StreamId;
use parlance_client::{AddMember, Client, InWorkspace, NewGroup, NewMessage, Whom};
use parlance_gateway::rehearsal::registered;

use crate::{
    load::{Outcome, steady},
    say,
    server::Measured,
    text,
};

const PASSWORD: &str = "correct horse battery";

/// How many people send.
const SENDERS: usize = 40;

/// How many logins one account may make before it is slowed down.
const LOGINS_EACH: u32 = 8;

/// What is measured.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Plan {
    /// Logins a second
    #[arg(long, default_value_t = 50)]
    pub(crate) logins: u32,
    /// Sends a second
    #[arg(long, default_value_t = 200)]
    pub(crate) sends: u32,
    /// How long each of the four phases takes, in seconds
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u32,
}

/// Those who send, and those who log in.
struct People {
    senders: Vec<(InWorkspace, StreamId)>,
    doors: Vec<(Client, String)>,
}

/// What a phase came to.
struct Phase {
    sends: Outcome,
    logins: Outcome,
}

pub(crate) async fn login(program: &Path, plan: Plan) -> Result<(), String> {
    let server = Measured::anywhere(program).await?;
    let people = gather(&server.url, plan).await?;
    let mut phases = Vec::new();
    for (number, logins) in [0, plan.logins, plan.logins, 0].into_iter().enumerate() {
        phases.push(phase(&people, Plan { logins, ..plan }, number).await);
    }
    server.stop().await?;
    report(plan, &phases)
}

async fn gather(url: &str, plan: Plan) -> Result<People, String> {
    let (owner_id, owner) = registered(url, "owner", PASSWORD).await.map_err(text)?;
    let workspace = owner.create_workspace("Bench", "bench").await.map_err(text)?.slug;
    let here = owner.in_workspace(&workspace);
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        let (id, client) = registered(url, &format!("sender{number}"), PASSWORD).await.map_err(text)?;
        here.add_workspace_member(&AddMember::new(Whom::UserId(id))).await.map_err(text)?;
        let theirs = client.in_workspace(&workspace);
        let group = NewGroup::named("Bench").with_members([owner_id]);
        let group = theirs.create_group(&group).await.map_err(text)?.id;
        senders.push((theirs, group));
    }
    let accounts = (2 * plan.logins * plan.seconds).div_ceil(LOGINS_EACH).max(1);
    let mut doors = Vec::new();
    for number in 0..accounts {
        let (_, client) = registered(url, &format!("login{number}"), PASSWORD).await.map_err(text)?;
        doors.push((client, format!("login{number}@example.com")));
    }
    Ok(People { senders, doors })
}

async fn phase(people: &People, plan: Plan, number: usize) -> Phase {
    let lasting = Duration::from_secs(plan.seconds.into());
    let send = |turn: usize| {
        let sender = people.senders.iter().cycle().nth(turn % SENDERS).cloned();
        async move {
            let Some((here, group)) = sender else { return false };
            here.send(group, NewMessage::text("x".repeat(200))).await.is_ok()
        }
    };
    let log_in = |turn: usize| {
        let turn = turn + number * (plan.logins * plan.seconds) as usize;
        let door = people.doors.get(turn % people.doors.len().max(1)).cloned();
        async move {
            let Some((client, email)) = door else { return false };
            client.login(&email, PASSWORD).await.is_ok()
        }
    };
    let (sends, logins) =
        tokio::join!(steady(plan.sends, lasting, send), steady(plan.logins, lasting, log_in));
    Phase { sends, logins }
}

fn report(plan: Plan, phases: &[Phase]) -> Result<(), String> {
    say(&format!("{} sends/s of 200 bytes, {} s a phase; milliseconds\n", plan.sends, plan.seconds))?;
    say("| phase | sends | refused | p50 | p99 | logins | refused | p50 | p99 |")?;
    say("|---|---|---|---|---|---|---|---|---|")?;
    for (phase, name) in phases.iter().zip(["alone", "with logins", "with logins", "alone"]) {
        let columns = [&phase.sends, &phase.logins].map(|outcome| {
            let at = |part| outcome.done.quantile(part).as_secs_f64() * 1_000.0;
            format!("{} | {} | {:.1} | {:.1}", outcome.done.len(), outcome.refused, at(0.5), at(0.99))
        });
        say(&format!("| {name} | {} |", columns.join(" | ")))?;
    }
    let p99 = |phase: &Phase| phase.sends.done.quantile(0.99).as_secs_f64();
    if let [a1, b1, b2, a2] = phases {
        let (alone, beside) = (p99(a1).midpoint(p99(a2)), p99(b1).midpoint(p99(b2)));
        let noise = (p99(a1) - p99(a2)).abs() / alone;
        say(&format!(
            "\np99 of sends with logins / alone: {:.2} (the two alone differ by {:.0} %)",
            beside / alone,
            noise * 100.0
        ))?;
    }
    Ok(())
}
