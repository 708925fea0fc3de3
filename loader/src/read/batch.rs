// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a map many entries at a time (BPF_MAP_LOOKUP_BATCH, from Linux 5.6).
//! libbpf-rs has an iterator for that, which ends at an error as if all were read.

use std::{
    io,
    ops::ControlFlow,
    os::fd::{AsFd, AsRawFd},
    ptr,
};

use libbpf_rs::{
    MapCore, MapHandle,
    libbpf_sys::{bpf_map_batch_opts, bpf_map_lookup_batch},
};

/// Entries of the first batch. The kernel asks for more room when a bucket of a hash
/// holds more.
const ENTRIES: usize = 1024;
const MOST_ENTRIES: usize = 1 << 20;
/// What the kernel answers for maps that have no batches (include/linux/errno.h).
const ENOTSUPP: i32 = 524;

/// Calls `each` with every key and value, until it says to end. `None` when the kernel
/// has no batches, or none for this kind of map; then `each` was never called.
pub(super) fn for_each<E: From<io::Error>>(
    map: &MapHandle,
    mut each: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, E>,
) -> Result<Option<()>, E> {
    let (key, value) = (map.key_size() as usize, map.value_size() as usize);
    let mut room = ENTRIES;
    let (mut keys, mut values) = (vec![0; room * key], vec![0; room * value]);
    // Where the kernel is: at least a bucket's number, and for some maps a key.
    let (mut from, mut to) = (vec![0; key.max(4)], vec![0; key.max(4)]);
    let mut is_first = true;
    loop {
        let start = (!is_first).then_some(from.as_slice());
        let (count, error) = lookup(map, start, &mut to, &mut keys, &mut values, room);
        match error {
            None | Some(libc::ENOENT) => {}
            Some(libc::ENOSPC) if room < MOST_ENTRIES => {
                room *= 4;
                (keys, values) = (vec![0; room * key], vec![0; room * value]);
                continue;
            }
            Some(libc::EINTR) => continue,
            Some(libc::EINVAL | ENOTSUPP) if is_first => return Ok(None),
            Some(error) => return Err(io::Error::from_raw_os_error(error).into()),
        }
        let entries = keys.chunks_exact(key).zip(values.chunks_exact(value));
        for (key, value) in entries.take(count) {
            if each(key, value)?.is_break() {
                return Ok(Some(()));
            }
        }
        if error.is_some() {
            return Ok(Some(()));
        }
        std::mem::swap(&mut from, &mut to);
        is_first = false;
    }
}

/// One batch: how many entries, and the error; with ENOENT it is the last.
fn lookup(
    map: &MapHandle,
    from: Option<&[u8]>,
    to: &mut [u8],
    keys: &mut [u8],
    values: &mut [u8],
    room: usize,
) -> (usize, Option<i32>) {
    let mut count = room as u32;
    let options =
        bpf_map_batch_opts { sz: size_of::<bpf_map_batch_opts>() as _, ..Default::default() };
    // SAFETY: an open map; keys and values of its sizes for as many entries as `count`
    // says; a place to start and one for the next, each of a key's size or more, of which
    // the first is only read.
    let result = unsafe {
        bpf_map_lookup_batch(
            map.as_fd().as_raw_fd(),
            from.map_or(ptr::null_mut(), |f| f.as_ptr().cast_mut().cast()),
            to.as_mut_ptr().cast(),
            keys.as_mut_ptr().cast(),
            values.as_mut_ptr().cast(),
            &mut count,
            &options,
        )
    };
    match result {
        0 => (count as usize, None),
        error => (count as usize, Some(-error)),
    }
}
