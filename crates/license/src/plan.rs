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

impl Plan {
    /// Whether the plan has the feature.
    #[must_use]
    pub fn includes(self, feature: Feature) -> bool {
        feature.plan() <= self
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
        }
        for plan in [Plan::Community, Plan::Team, Plan::Business, Plan::Enterprise] {
            assert_eq!(serde_json::to_value(plan).unwrap(), plan.name());
        }
    }
}
