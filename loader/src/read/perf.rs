// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A perf buffer that wakes its reader in batches. libbpf-rs has none: it leaves out
//! the option that says how many events make a batch.

use std::{
    ffi::{c_int, c_void},
    os::fd::{AsFd, AsRawFd},
    ptr::NonNull,
    slice,
    time::Duration,
};

use libbpf_rs::{
    Error, MapHandle, Result,
    libbpf_sys::{
        perf_buffer, perf_buffer__consume, perf_buffer__free, perf_buffer__new, perf_buffer__poll,
        perf_buffer_opts,
    },
};

/// Pages of each CPU's buffer.
const PAGES: usize = 64;
/// Events that wake the reader.
const BATCH: u32 = 500;

/// The buffers of all CPUs; `H` gets every event, `L` how many were lost.
pub(super) struct PerfBuffer<H, L> {
    buffer: NonNull<perf_buffer>,
    /// What libbpf points to: never moved, and freed after the buffer.
    _callbacks: Box<(H, L)>,
}

impl<H: FnMut(&[u8]), L: FnMut(u64)> PerfBuffer<H, L> {
    pub(super) fn open(map: &MapHandle, happened: H, lost: L) -> Result<Self> {
        let mut callbacks = Box::new((happened, lost));
        let options = perf_buffer_opts {
            sz: size_of::<perf_buffer_opts>() as _,
            sample_period: BATCH,
            ..Default::default()
        };
        // SAFETY: an open map, functions of the types that libbpf calls, a box that
        // lives as long as the buffer, and options that libbpf copies.
        let buffer = unsafe {
            perf_buffer__new(
                map.as_fd().as_raw_fd(),
                PAGES as _,
                Some(on_sample::<H, L>),
                Some(on_lost::<H, L>),
                (&raw mut *callbacks).cast(),
                &raw const options,
            )
        };
        match NonNull::new(buffer) {
            Some(buffer) => Ok(Self { buffer, _callbacks: callbacks }),
            None => Err(Error::from(std::io::Error::last_os_error())),
        }
    }

    /// Waits for a batch, or for so long, and takes what there is.
    pub(super) fn read(&mut self, patience: Duration) -> Result<()> {
        let (buffer, patience) = (self.buffer.as_ptr(), patience.as_millis() as c_int);
        // SAFETY: a buffer of libbpf's, which is ours alone.
        let result =
            unsafe { perf_buffer__poll(buffer, patience).min(perf_buffer__consume(buffer)) };
        match result {
            error if error < 0 => Err(Error::from_raw_os_error(-error)),
            _ => Ok(()),
        }
    }
}

impl<H, L> Drop for PerfBuffer<H, L> {
    fn drop(&mut self) {
        // SAFETY: libbpf's own, freed once.
        unsafe { perf_buffer__free(self.buffer.as_ptr()) };
    }
}

unsafe extern "C" fn on_sample<H: FnMut(&[u8]), L>(
    callbacks: *mut c_void,
    _cpu: c_int,
    data: *mut c_void,
    size: u32,
) {
    // SAFETY: the box of the buffer that is read, and as many bytes as libbpf says,
    // which nobody writes during the call.
    unsafe {
        let callbacks = &mut *callbacks.cast::<(H, L)>();
        callbacks.0(slice::from_raw_parts(data.cast::<u8>(), size as usize));
    }
}

unsafe extern "C" fn on_lost<H, L: FnMut(u64)>(callbacks: *mut c_void, _cpu: c_int, count: u64) {
    // SAFETY: the box of the buffer that is read.
    unsafe { (*callbacks.cast::<(H, L)>()).1(count) }
}
