// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a policy does not allow (§4 of policy-v1).

use bpfsign_reasons::reasons;

reasons! {
    /// What a policy does not allow a package.
    #[derive(Clone, PartialEq, Eq)]
    pub enum PolicyRefusal {
        /// A program is of a type that `program-types` does not name.
        ProgramType { program: String, program_type: String } => "program-type", Policy,
            "the policy does not allow type {program_type} (program `{program}`)",
            "to allow it, add \"{program_type}\" to program-types in the policy";
        /// A program attaches where no pattern of `attach` matches.
        AttachPoint { program: String, attach: String } => "attach-point", Policy,
            "the policy does not allow the hook `{attach}` (program `{program}`)",
            "to allow it, add \"{attach}\" to `attach` in the policy";
        /// A program calls a helper that `helpers` does not name.
        Helper { program: String, helper: String } => "helper", Policy,
            "the policy does not allow helper {helper} (program `{program}`)",
            "to allow it, list \"{helper}\" in `helpers`";
        /// A program calls a kernel function that `kernel-functions` does not name.
        KernelFunction { program: String, function: String } => "kernel-function", Policy,
            "the policy does not allow kernel function {function} (program `{program}`)",
            "to allow it, list \"{function}\" in `kernel-functions`";
        /// A map is of a type that `map-types` does not name.
        MapType { map: String, map_type: String } => "map-type", Policy,
            "the policy does not allow maps of type {map_type} (map `{map}`)",
            "to allow it, add \"{map_type}\" to `map-types`";
        /// A map takes more bytes than `max-map-bytes`.
        MapTooLarge { map: String, bytes: u64, most: u64 } => "map-too-large", Policy,
            "map `{map}` takes {bytes} bytes, and the policy allows {most}",
            "raise `max-map-bytes` in the policy, or get a smaller one";
        /// All maps together take more bytes than `max-memory`.
        Memory { bytes: u64, most: u64 } => "memory", Policy,
            "its maps take {bytes} bytes, and the policy allows {most}",
            "raise `max-memory` in the policy, or get a smaller package";
        /// A map is for readers that `readers` does not name.
        Readers(map: String) => "readers", Policy,
            "the policy does not allow the readers of map `{map}`",
            "change `readers` in the policy, or get another package";
        /// The object was built for none of `targets`.
        Target { targets: Vec<String> } => "target", Policy,
            { format!("the policy does not allow objects for {}", targets.join(", ")) },
            "change `targets` in the policy, or get another package";
    }
}
