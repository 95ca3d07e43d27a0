//! Plans, and the features that each adds to the one below it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an installation has paid for; a later one includes all that an earlier one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Needs no key: everything about chat, any number of messages.
    Community,
    /// Adds AI participants.
    Team,
    /// Adds what connects to other systems.
    Business,
    /// Adds what large organisations must have.
    Enterprise,
}

/// What a plan can have beyond chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// AI participants.
    Agents,
    /// A user's own conversations with agents.
    Sessions,
    /// What sessions keep between them.
    Pockets,
    /// Webhooks, in and out.
    Webhooks,
    /// Conversations through outside channels.
    DeliveryChannels,
    /// Messages sent later.
    Scheduled,
    /// Figures about the use of a workspace.
    Analytics,
    /// Single sign-on.
    Sso,
    /// Reading the audit log.
    Audit,
    /// Deleting messages after a time.
    Retention,
    /// Exporting everything.
    Export,
    /// Roles beside the built-in ones.
    CustomRoles,
    /// More than one node.
    Cluster,
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u16);

impl Plan {
    /// Every plan, the smallest first.
    pub const ALL: [Self; 4] = [Self::Community, Self::Team, Self::Business, Self::Enterprise];

    /// Whether the plan has the feature.
    #[must_use]
    pub fn includes(self, feature: Feature) -> bool {
        feature.plan() <= self
    }

    /// What it has beyond chat.
    pub fn features(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.into_iter().filter(move |feature| self.includes(*feature))
    }

    /// The plan of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.name() == name)
    }

    /// The plan's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Team => "team",
            Self::Business => "business",
            Self::Enterprise => "enterprise",
        }
    }
}

impl Feature {
    /// Every feature, in the order of plans.
    pub const ALL: [Self; 13] = [
        Self::Agents,
        Self::Sessions,
        Self::Pockets,
        Self::Webhooks,
        Self::DeliveryChannels,
        Self::Scheduled,
        Self::Analytics,
        Self::Sso,
        Self::Audit,
        Self::Retention,
        Self::Export,
        Self::CustomRoles,
        Self::Cluster,
    ];

    /// The feature of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// The smallest plan that has it.
    #[must_use]
    pub const fn plan(self) -> Plan {
        match self {
            Self::Agents | Self::Sessions | Self::Pockets => Plan::Team,
            Self::Webhooks | Self::DeliveryChannels | Self::Scheduled | Self::Analytics => Plan::Business,
            Self::Sso | Self::Audit | Self::Retention | Self::Export | Self::CustomRoles | Self::Cluster => {
                Plan::Enterprise
            }
        }
    }

    /// The feature's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Sessions => "sessions",
            Self::Pockets => "pockets",
            Self::Webhooks => "webhooks",
            Self::DeliveryChannels => "delivery_channels",
            Self::Scheduled => "scheduled",
            Self::Analytics => "analytics",
            Self::Sso => "sso",
            Self::Audit => "audit",
            Self::Retention => "retention",
            Self::Export => "export",
            Self::CustomRoles => "custom_roles",
            Self::Cluster => "cluster",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl Features {
    /// Whether the feature is one of these.
    #[must_use]
    pub const fn contain(self, feature: Feature) -> bool {
        self.0 & feature.bit() != 0
    }

    /// Each of them, in the order of plans.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.into_iter().filter(move |feature| self.contain(*feature))
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        Self(features.into_iter().fold(0, |bits, feature| bits | feature.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_has_its_own_features_and_those_of_the_plans_below() {
        let count = |plan: Plan| Feature::ALL.into_iter().filter(|feature| plan.includes(*feature)).count();
        let counts = [Plan::Community, Plan::Team, Plan::Business, Plan::Enterprise].map(count);
        assert_eq!(counts, [0, 3, 7, 13]);
        assert!(Plan::Business.includes(Feature::Agents) && !Plan::Business.includes(Feature::Sso));
    }

    #[test]
    fn a_name_is_what_is_serialised() {
        for feature in Feature::ALL {
            assert_eq!(serde_json::to_value(feature).unwrap(), feature.name());
            assert_eq!(Feature::named(feature.name()), Some(feature));
        }
        for plan in Plan::ALL {
            assert_eq!(serde_json::to_value(plan).unwrap(), plan.name());
            assert_eq!(Plan::named(plan.name()), Some(plan));
        }
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        for feature in Feature::ALL {
            let only: Features = [feature].into_iter().collect();
            assert_eq!(only.iter().collect::<Vec<_>>(), [feature]);
        }
        let all: Features = Plan::Enterprise.features().collect();
        assert_eq!(all.iter().count(), Feature::ALL.len());
    }
}
