//! Flags that are written before a command: they count as those after it, where it takes them.

use super::{Command, Serve};
use crate::command::{Installation, License};

impl Serve {
    /// Gives the command, whose name this is, what was said before it; what is said after it counts more.
    ///
    /// # Errors
    /// Where the command does not take it, for people.
    pub(super) fn pass_on(self, command: &mut Command, name: &str) -> Result<(), String> {
        let Self { config, data, listen, replace_secret } = self;
        match command {
            Command::Serve(serve) => {
                serve.config = serve.config.take().or(config);
                serve.data = serve.data.take().or(data);
                serve.listen = serve.listen.or(listen);
                serve.replace_secret |= replace_secret;
                return Ok(());
            }
            Command::Config(shown) => shown.listen = shown.listen.or(listen),
            _ if listen.is_some() => return Err(not_taken("--listen", name)),
            _ => {}
        }
        if replace_secret {
            return Err(not_taken("--replace-secret", name));
        }
        match command.installation() {
            Some(installation) => {
                installation.config = installation.config.take().or(config);
                installation.data = installation.data.take().or(data);
                Ok(())
            }
            None if config.is_some() => Err(not_taken("--config", name)),
            None if data.is_some() => Err(not_taken("--data", name)),
            None => Ok(()),
        }
    }
}

impl Command {
    /// Which installation it is about, if it is about one.
    const fn installation(&mut self) -> Option<&mut Installation> {
        match self {
            Self::User(user) => Some(&mut user.installation),
            Self::Workspace(workspace) => Some(&mut workspace.installation),
            Self::Jobs(jobs) => Some(&mut jobs.installation),
            Self::Backup(backup) => Some(&mut backup.installation),
            Self::Restore(restore) => Some(&mut restore.installation),
            Self::Export(export) => Some(&mut export.installation),
            Self::Import(import) => Some(&mut import.installation),
            Self::Check(check) => Some(&mut check.installation),
            Self::Config(config) => Some(&mut config.installation),
            Self::LogLevel(level) => Some(&mut level.installation),
            Self::License { command: License::Install(install) } => Some(&mut install.installation),
            Self::Serve(_) | Self::Demo { .. } | Self::License { .. } | Self::Completions { .. } => None,
        }
    }
}

fn not_taken(flag: &str, name: &str) -> String {
    format!("{flag} is not for `parlance {name}`: `parlance {name} --help` lists what is")
}
