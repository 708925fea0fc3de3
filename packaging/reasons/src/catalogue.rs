// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The macro that makes a catalogue.

/// Makes an enum of reasons, with all that is said about each beside it.
///
/// A variant has no facts, named facts `{ name: Type }`, or facts `(name: Type)` that only the
/// texts name. Behind `=>` follow, up to a semicolon:
///
/// 1. the code: a literal, or `{ expression }` of type `&'static str`;
/// 2. the exit code: a variant of [`ExitCode`](crate::ExitCode), or `{ expression }`;
/// 3. the message: a format string that names the facts, or `{ expression }` that displays;
/// 4. the hint, what to do: a format string, `none`, or `{ expression }` of type
///    `Option<String>`;
/// 5. where there is an error below, the name of that fact, for
///    [`source()`](std::error::Error::source);
/// 6. `from`, where the enum is to be made from that error with `From`, and so by `?`.
///
/// Or a single name: that of an error of another catalogue, which says all of this. The enum
/// is then made from that error with `From`.
///
/// The macro gives the enum `code()`, `exit_code()`, `hint()`, `codes()` (all codes that are
/// literals, for tests), `Display` and `Error`. A variant without a doc comment or without a
/// hint does not compile. The text of an error below is part of the message; `source()` gives
/// its value.
///
/// ```
/// use std::{io, path::PathBuf};
/// use bpfsign_reasons::{io_hint, reasons};
///
/// reasons! {
///     /// Why a record cannot be read.
///     pub enum RecordError {
///         /// The record has more bytes than a reader takes. Load the package again.
///         TooLarge { bytes: u64 } => "record-too-large", Failed,
///             "the record has {bytes} bytes",
///             "load the package again";
///         /// The record is for another version. Install it.
///         Version(path: PathBuf, version: u32) => "record-version", CannotRun,
///             { format!("{} is of version {version}", path.display()) },
///             "install version {version}";
///         /// The system does not let it be read.
///         Io(error: io::Error) => "io", Failed, "{error}", { io_hint(error) }, error, from;
///     }
/// }
///
/// reasons! {
///     /// Why the status is not known.
///     pub enum StatusError {
///         /// The record cannot be read.
///         Record(error: RecordError) => error;
///         /// Another process changes this host at the moment.
///         Busy => "busy", Failed, "another process changes this host", none;
///     }
/// }
///
/// let error = StatusError::from(RecordError::TooLarge { bytes: 9000 });
/// assert_eq!(error.to_string(), "the record has 9000 bytes");
/// assert_eq!(error.code(), "record-too-large");
/// assert_eq!(error.hint().as_deref(), Some("load the package again"));
/// assert_eq!(StatusError::Busy.hint(), None);
/// assert_eq!(RecordError::codes(), ["record-too-large", "record-version", "io"]);
/// assert_eq!(StatusError::codes(), ["busy"]);
/// ```
#[macro_export]
macro_rules! reasons {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$doc:meta])*
                $variant:ident
                $(( $($value:ident : $of:ty),+ ))?
                $({ $($fact:ident : $type:ty),+ $(,)? })?
                => $($part:tt),+ ;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        $vis enum $name {
            $(
                $(#[$doc])*
                $variant
                $(( $($of),+ ))?
                $({ $(#[allow(missing_docs, reason = "the variant's text says it")] $fact: $type),+ })?,
            )+
        }

        #[allow(unused_variables, reason = "a part names the facts that it needs")]
        impl $name {
            /// A stable name for `--json`, scripts and tests.
            #[must_use]
            $vis fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant $(($($value),+))? $({ $($fact),+ })? => $crate::reasons!(@code $($part),+),)+
                }
            }

            /// The exit code of a command that ends for this reason.
            #[must_use]
            $vis fn exit_code(&self) -> $crate::ExitCode {
                match self {
                    $(Self::$variant $(($($value),+))? $({ $($fact),+ })? => $crate::reasons!(@exit $($part),+),)+
                }
            }

            /// What to do about it, as one line; `None` where nothing can be said.
            #[must_use]
            $vis fn hint(&self) -> Option<String> {
                match self {
                    $(Self::$variant $(($($value),+))? $({ $($fact),+ })? => $crate::reasons!(@hint $($part),+),)+
                }
            }

            /// Every code of this catalogue that is the same for all values of its variant.
            $vis fn codes() -> Vec<&'static str> {
                let each: &[&[&'static str]] = &[$($crate::reasons!(@codes $($part),+)),+];
                each.concat()
            }
        }

        #[allow(unused_variables, reason = "the message names the facts that it needs")]
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $(($($value),+))? $({ $($fact),+ })? => $crate::reasons!(@says f $($part),+),)+
                }
            }
        }

        #[allow(unused_variables, reason = "few variants have an error below")]
        impl std::error::Error for $name {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                match self {
                    $(Self::$variant $(($($value),+))? $({ $($fact),+ })? => $crate::reasons!(@source $($part),+),)+
                }
            }
        }

        $($crate::reasons!(@from $name $variant $(($($value: $of),+))? $($part),+);)+
    };

    (@code $inner:ident) => { $inner.code() };
    (@code $code:tt, $($rest:tt)+) => { $code };

    (@codes $code:literal, $($rest:tt)+) => { &[$code] };
    (@codes $($other:tt)+) => { &[] };

    (@exit $inner:ident) => { $inner.exit_code() };
    (@exit $code:tt, $exit:ident, $($rest:tt)+) => { $crate::ExitCode::$exit };
    (@exit $code:tt, $exit:block, $($rest:tt)+) => { $exit };

    (@says $f:ident $inner:ident) => { std::fmt::Display::fmt($inner, $f) };
    (@says $f:ident $code:tt, $exit:tt, $says:literal, $($rest:tt)+) => { write!($f, $says) };
    (@says $f:ident $code:tt, $exit:tt, $says:block, $($rest:tt)+) => { write!($f, "{}", $says) };

    (@hint $inner:ident) => { $inner.hint() };
    (@hint $code:tt, $exit:tt, $says:tt, none $(, $rest:ident)*) => { None };
    (@hint $code:tt, $exit:tt, $says:tt, $hint:literal $(, $rest:ident)*) => {
        Some(std::fmt::format(format_args!($hint)))
    };
    (@hint $code:tt, $exit:tt, $says:tt, $hint:block $(, $rest:ident)*) => { $hint };

    (@source $inner:ident) => { Some($inner) };
    (@source $code:tt, $exit:tt, $says:tt, $hint:tt, $source:ident $(, from)?) => { Some($source) };
    (@source $code:tt, $exit:tt, $says:tt, $hint:tt) => { None };

    (@from $name:ident $variant:ident $value:tt $code:tt, $exit:tt, $says:tt, $hint:tt, $source:ident, from) => {
        $crate::reasons!(@from $name $variant $value $source);
    };
    (@from $name:ident $variant:ident ($value:ident : $of:ty) $inner:ident) => {
        impl From<$of> for $name {
            fn from(error: $of) -> Self {
                Self::$variant(error)
            }
        }
    };
    (@from $($other:tt)+) => {};
}
