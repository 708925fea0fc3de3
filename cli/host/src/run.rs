// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a verb is, and how a list of them is dispatched.

use clap::Subcommand;

use crate::{Failure, Report};

/// A verb with its arguments, or several of which one was chosen.
pub trait Run {
    /// Does it. `json` matters to verbs that write their output while they run; what the
    /// others report is printed either way.
    ///
    /// # Errors
    /// What happened, and what to do about it.
    fn run(self, json: bool) -> Result<Report, Failure>;
}

/// Verbs that one `bpfsign`, or one verb of it, has.
pub trait Verbs: Subcommand + Run {}

impl<V: Subcommand + Run> Verbs for V {}

/// Makes an enum of verbs and their dispatch from one list: `Name(arguments)`, in the order
/// of `--help`. Parameters are types that are [`Verbs`] or the like.
#[macro_export]
macro_rules! verbs {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident $(<$($param:ident: $bound:ident),+>)? {
            $(
                $(#[cfg($($cfg:tt)*)])?
                $(#[command($($command:tt)*)])?
                $verb:ident($args:ty)
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, clap::Subcommand)]
        // A doc comment here would take the place of what the arguments say in `--help`.
        #[allow(missing_docs, reason = "the arguments of each verb describe it")]
        $vis enum $name $(<$($param: $bound),+>)? {
            $(
                $(#[cfg($($cfg)*)])?
                $(#[command($($command)*)])?
                $verb($args),
            )+
        }

        impl $(<$($param: $bound),+>)? $crate::Run for $name $(<$($param),+>)? {
            fn run(self, json: bool) -> Result<$crate::Report, $crate::Failure> {
                match self {
                    $(
                        $(#[cfg($($cfg)*)])?
                        Self::$verb(verb) => $crate::Run::run(verb, json),
                    )+
                }
            }
        }
    };
}
