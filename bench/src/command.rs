//! The command line: what is measured, on what, and for how long.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    descriptors, disk, login,
    pages::Page,
    pin,
    run::{self, Part, Sizes},
    say,
    server::{self, Ground, Store},
    table::{self, Verdict},
    watch::noise,
    yardstick::{self, Yardstick},
};

/// Measures a real server
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    #[command(flatten)]
    ground: GroundArguments,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Args)]
struct GroundArguments {
    /// The program `parlance`; without it, the one beside this program
    #[arg(long, global = true)]
    server: Option<PathBuf>,
    /// The program `mongod`, for what is measured on MongoDB
    #[arg(long, global = true, env = "PARLANCE_MONGOD")]
    mongod: Option<PathBuf>,
    /// What keeps what the server stores
    #[arg(long, global = true, value_enum, default_value_t)]
    store: Store,
    /// Shorter phases and fewer of them: all within four minutes
    #[arg(long, global = true)]
    quick: bool,
    /// Ends with status 1 where a figure misses what it is to be, and 2 where the noise is too large to say
    #[arg(long, global = true)]
    check: bool,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// How many messages a second are stored durably
    Send,
    /// How fast one message comes to many
    Fanout {
        /// How many members the group has, and how many of them listen
        #[arg(long)]
        members: Option<usize>,
    },
    /// What it costs a message that very many are members and few listen
    Crowd {
        /// How many members the group has
        #[arg(long)]
        members: Option<usize>,
    },
    /// Whether a page of messages and the list of groups come slower as more is stored
    History(Stored),
    /// Whether a page of changes comes slower as more is stored
    Changes(Stored),
    /// How long the list takes of somebody in very many groups
    Mine,
    /// What a connection costs that says nothing
    Idle {
        /// How many there are
        #[arg(long)]
        connections: Option<usize>,
        /// How many people have them
        #[arg(long)]
        people: Option<usize>,
    },
    /// What it costs that very many come within seconds and watch who is there
    Arrive,
    /// How many clients a second come back and are brought up to date
    Resume {
        /// How many come back
        #[arg(long)]
        clients: Option<usize>,
    },
    /// What logins, which compute password hashes, do to the sends of others
    Login(login::Plan),
    /// How long a start takes where much is stored, and how large the program is
    Start(Stored),
    /// Everything, on the embedded store, and some of it on MongoDB too
    All,
    /// What others are held against
    #[command(hide = true, subcommand)]
    Yardstick(Yardstick),
}

#[derive(Clone, Copy, Debug, Args)]
struct Stored {
    /// How many messages are stored
    #[arg(long)]
    messages: Option<usize>,
}

/// Measures what was asked for, prints it, and answers the worst of the verdicts.
pub(crate) async fn run(arguments: Arguments) -> Result<Verdict, String> {
    let Arguments { ground, what } = arguments;
    descriptors::raise();
    match what {
        What::Yardstick(yardstick) => yardstick::run(yardstick).await.map(|()| Verdict::Told),
        What::Login(plan) => {
            login::login(&server::program(ground.server)?, plan).await.map(|()| Verdict::Told)
        }
        what => measure(ground, what).await,
    }
}

async fn measure(arguments: GroundArguments, what: What) -> Result<Verdict, String> {
    let GroundArguments { server, mongod, store, quick, check } = arguments;
    let noise = noise().await?;
    pin::to(pin::LOAD)?;
    let ground = Ground { program: server::program(server)?, mongod, store, quick, noise };
    if let Some(noise) = &ground.noise {
        say(&format!("**The machine was not quiet when this began: {noise}. The figures do not count.**\n"))?;
    }
    disk::tell()?;
    let sizes = sizes(quick, &what);
    let (rows, failures) = match what.part() {
        None => Box::pin(run::all(&ground, sizes)).await,
        Some(part) => (Box::pin(run::part(&ground, part, sizes)).await?, Vec::new()),
    };
    let verdict = table::print(&rows)?;
    if !failures.is_empty() {
        return Err(failures.join("; "));
    }
    Ok(if check { verdict } else { Verdict::Told })
}

/// How large it is to be.
fn sizes(quick: bool, what: &What) -> Sizes {
    let mut sizes = Sizes::of(quick);
    let set = |size: &mut usize, given: Option<usize>| *size = given.unwrap_or(*size);
    match *what {
        What::Fanout { members } => set(&mut sizes.members, members),
        What::Crowd { members } => set(&mut sizes.crowd, members),
        What::Idle { connections, people } => {
            set(&mut sizes.connections, connections);
            set(&mut sizes.people, people);
        }
        What::Resume { clients } => set(&mut sizes.clients, clients),
        What::History(stored) | What::Changes(stored) | What::Start(stored) => {
            set(&mut sizes.messages, stored.messages);
        }
        What::Send | What::Mine | What::Arrive | What::Login(_) | What::All | What::Yardstick(_) => {}
    }
    sizes
}

impl What {
    /// The part that it measures; none for all of them.
    const fn part(&self) -> Option<Part> {
        Some(match self {
            Self::Send => Part::Send,
            Self::Fanout { .. } => Part::Fanout,
            Self::Crowd { .. } => Part::Crowd,
            Self::History(_) => Part::Stored { pages: &[Page::History, Page::Groups], starts: false },
            Self::Changes(_) => Part::Stored { pages: &[Page::Changes], starts: false },
            Self::Start(_) => Part::Stored { pages: &[], starts: true },
            Self::Mine => Part::Mine,
            Self::Idle { .. } => Part::Idle,
            Self::Resume { .. } => Part::Resume,
            Self::Arrive => Part::Arrive,
            Self::Login(_) | Self::All | Self::Yardstick(_) => return None,
        })
    }
}
