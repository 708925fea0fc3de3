// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is measured.

use serde::{Deserialize, Serialize};

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Kilobytes of 1,024 bytes.
    Kilobytes,
    /// Things.
    Count,
    /// Nanoseconds.
    Nanoseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// So many in a second.
    PerSecond,
    /// Of one CPU.
    Percent,
}

impl Unit {
    /// As a table says it.
    pub fn short(self) -> &'static str {
        match self {
            Self::Bytes => "B",
            Self::Kilobytes => "KB",
            Self::Count => "",
            Self::Nanoseconds => "ns",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::PerSecond => "/s",
            Self::Percent => "%",
        }
    }

    /// How many digits after the point mean something.
    pub fn digits(self) -> usize {
        match self {
            Self::Milliseconds | Self::Seconds => 2,
            Self::Percent => 1,
            _ => 0,
        }
    }
}

/// One number, and the rival's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured, in words; no other figure has the same.
    pub name: String,
    /// Of both numbers.
    pub unit: Unit,
    /// Ours.
    pub value: f64,
    /// The same, of something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<Rival>,
}

/// Another's number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rival {
    /// Whose.
    pub name: String,
    /// The number.
    pub value: f64,
}

impl Figure {
    /// A figure that nothing else has.
    pub fn new(name: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self { name: name.into(), unit, value, rival: None }
    }

    /// With the rival's.
    pub fn beside(mut self, name: impl Into<String>, value: f64) -> Self {
        self.rival = Some(Rival { name: name.into(), value });
        self
    }

    /// Ours for one of theirs.
    pub fn ratio(&self) -> Option<f64> {
        self.rival.as_ref().filter(|r| r.value > 0.0).map(|r| self.value / r.value)
    }
}
