// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What needs root: each test on a host of its own, on the running kernel.

mod audit;
mod bindings;
mod certs;
mod consumers;
mod docs;
mod helpers;
mod hooks;
mod host;
mod hostile_registry;
mod interleaved;
mod kernel_btf;
mod latency;
mod policy;
mod programs;
mod provenance;
mod refusals;
mod repository;
mod schema;
mod services;
mod signers;
mod trust;
mod upgrade;
mod variants;
