//! What a workspace may set for itself. What is not set is as this release has it.

use parlance_base::{Error, Kind, Result};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// The most storage that can be set, in MiB: 1 PiB.
const MAX_STORAGE: i64 = 1 << 30;

/// The most days that can be set: ten years.
const MAX_DAYS: i64 = 3_650;

/// A workspace's settings; null is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// How much its files may take, in MiB; by default as much as there is.
    pub storage_quota_mib: Option<i64>,
    /// After how many days without activity its groups become inactive.
    pub inactive_after_days: InactiveAfterDays,
    /// How many days its groups' events are kept for clients that come back; messages stay. By default 30.
    pub keep_events_days: Option<i64>,
}

/// Days without activity, by kind of group; null is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InactiveAfterDays {
    /// By default 7.
    pub support: Option<i64>,
    /// By default 30.
    pub group: Option<i64>,
    /// By default 90.
    pub direct: Option<i64>,
    /// By default 180.
    pub channel: Option<i64>,
}

/// What to change of the settings: what is not given stays, null is the default again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// 1–1,073,741,824.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    storage_quota_mib: Option<Option<i64>>,
    inactive_after_days: Option<InactiveAfterDaysChange>,
    /// 1–3,650.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    keep_events_days: Option<Option<i64>>,
}

/// What to change of the days without activity, each 1–3,650.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InactiveAfterDaysChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    support: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    group: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    direct: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    channel: Option<Option<i64>>,
}

/// Null is something that is given.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::<i64>::deserialize(deserializer).map(Some)
}

/// A setting: its name, its value to be changed, what is asked for, and the most it can be.
type Row<'a> = (&'static str, &'a mut Option<i64>, Option<Option<i64>>, i64);

impl SettingsChange {
    /// Changes the settings, and answers the names of those that are others now.
    ///
    /// # Errors
    /// 422 `settings.out_of_range`, which names the setting.
    pub(crate) fn apply(&self, settings: &mut Settings) -> Result<Vec<String>> {
        let mut changed = Vec::new();
        for (name, held, asked, most) in self.rows(settings) {
            let Some(value) = asked else { continue };
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                let message = format!("settings.{name} is 1–{most}, or null");
                return Err(Error::new(Kind::Invalid, "settings.out_of_range", message));
            }
            if *held != value {
                *held = value;
                changed.push(name.to_owned());
            }
        }
        Ok(changed)
    }

    fn rows<'a>(&self, settings: &'a mut Settings) -> [Row<'a>; 6] {
        let asked = self.inactive_after_days.unwrap_or_default();
        let held = &mut settings.inactive_after_days;
        [
            ("storage_quota_mib", &mut settings.storage_quota_mib, self.storage_quota_mib, MAX_STORAGE),
            ("inactive_after_days.support", &mut held.support, asked.support, MAX_DAYS),
            ("inactive_after_days.group", &mut held.group, asked.group, MAX_DAYS),
            ("inactive_after_days.direct", &mut held.direct, asked.direct, MAX_DAYS),
            ("inactive_after_days.channel", &mut held.channel, asked.channel, MAX_DAYS),
            ("keep_events_days", &mut settings.keep_events_days, self.keep_events_days, MAX_DAYS),
        ]
    }
}

impl InactiveAfterDays {
    /// Days without activity, for groups of each kind.
    #[must_use]
    pub fn support(&self) -> i64 {
        self.support.unwrap_or(7)
    }

    /// See [`support`](Self::support).
    #[must_use]
    pub fn group(&self) -> i64 {
        self.group.unwrap_or(30)
    }

    /// See [`support`](Self::support).
    #[must_use]
    pub fn direct(&self) -> i64 {
        self.direct.unwrap_or(90)
    }

    /// See [`support`](Self::support).
    #[must_use]
    pub fn channel(&self) -> i64 {
        self.channel.unwrap_or(180)
    }
}

impl Settings {
    /// How many days events are kept.
    #[must_use]
    pub fn keep_events_days(&self) -> i64 {
        self.keep_events_days.unwrap_or(30)
    }
}
