// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What needs root and the environment that `make test` prepares.

mod agents;
mod consumers;
mod fan_out;
mod kernels;
mod linux_packages;
mod metrics;
mod own_loader;
mod programs;
mod registry;
mod release;
