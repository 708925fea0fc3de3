// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Many files, on all processors.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Does `work` on each item, and gives the results in the items' order, or the first error in
/// that order. After an error, no further item is begun.
pub(crate) fn try_map<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let workers = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((i, item)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    items.get(i).map(|item| (i, item))
                } {
                    let result = work(item);
                    if result.is_err() {
                        next.store(items.len(), Ordering::Relaxed);
                    }
                    // Poisoned only by a panic, which ends the scope as well.
                    done.lock().unwrap_or_else(|e| e.into_inner()).push((i, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(|e| e.into_inner());
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::try_map;

    #[test]
    fn results_are_in_order_and_the_first_error_counts() {
        let numbers: Vec<u32> = (0..1000).collect();
        let twice = try_map(&numbers, |n| Ok::<_, ()>(n * 2)).unwrap_or_default();
        assert!(twice.iter().zip(&numbers).all(|(a, b)| *a == b * 2) && twice.len() == 1000);
        let failed = try_map(&numbers, |n| if *n < 5 { Ok(()) } else { Err(*n) });
        assert!(failed.is_err_and(|n| n == 5));
        assert_eq!(try_map(&[] as &[u32], |_| Err::<(), _>(())), Ok(Vec::new()));
    }
}
