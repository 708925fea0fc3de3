// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where the body of a Go function begins, on x86-64.
//!
//! A Go function first compares its stack with the goroutine's guard, and where that is
//! passed, or set so that the goroutine gives way, calls the runtime and starts again
//! (cmd/internal/obj/x86/obj6.go, stacksplit). A probe at the very start would count
//! such a call twice.

/// The goroutine in rcx: up to Go 1.16 it is in thread-local storage.
const FROM_THREAD: &[u8] = &[0x64, 0x48, 0x8b, 0x0c, 0x25, 0xf8, 0xff, 0xff, 0xff];
/// `lea -frame(%rsp), %r12` or `%rax`, with 8 and with 32 bits.
const FRAMES: [(&[u8], usize); 4] = [
    (&[0x4c, 0x8d, 0x64, 0x24], 1),
    (&[0x4c, 0x8d, 0xa4, 0x24], 4),
    (&[0x48, 0x8d, 0x44, 0x24], 1),
    (&[0x48, 0x8d, 0x84, 0x24], 4),
];
/// `cmp 0x10(%r14), %r12` or `%rsp`; `cmp 0x10(%rcx), %rax` or `%rsp`.
const COMPARISONS: [&[u8]; 4] = [
    &[0x4d, 0x3b, 0x66, 0x10],
    &[0x49, 0x3b, 0x66, 0x10],
    &[0x48, 0x3b, 0x41, 0x10],
    &[0x48, 0x3b, 0x61, 0x10],
];
/// `jbe`, with 8 and with 32 bits.
const JUMPS: [(&[u8], usize); 2] = [(&[0x76], 1), (&[0x0f, 0x86], 4)];

/// The distance from a function's start, in bytes, to what comes after the check; `None`
/// when its code does not begin with one.
pub(super) fn body(code: &[u8]) -> Option<u64> {
    let mut rest = code.strip_prefix(FROM_THREAD).unwrap_or(code);
    rest = FRAMES.iter().find_map(|(start, size)| skip(rest, start, *size)).unwrap_or(rest);
    rest = COMPARISONS.iter().find_map(|start| skip(rest, start, 0))?;
    rest = JUMPS.iter().find_map(|(start, size)| skip(rest, start, *size))?;
    Some((code.len() - rest.len()) as u64)
}

fn skip<'c>(code: &'c [u8], start: &[u8], operand: usize) -> Option<&'c [u8]> {
    code.strip_prefix(start)?.get(operand..)
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn checks_of_the_stack_are_skipped() {
        // As Go 1.19 begins a function with a small frame, and one with a larger.
        let small = [0x49, 0x3b, 0x66, 0x10, 0x0f, 0x86, 0xbe, 8, 0, 0, 0x48, 0x83];
        assert_eq!(body(&small), Some(10));
        let large = [0x4c, 0x8d, 0x64, 0x24, 0xe8, 0x4d, 0x3b, 0x66, 0x10, 0x76, 0x20, 0x48];
        assert_eq!(body(&large), Some(11));
        // As Go 1.15 does.
        let mut old = vec![0x64, 0x48, 0x8b, 0x0c, 0x25, 0xf8, 0xff, 0xff, 0xff];
        old.extend([0x48, 0x8d, 0x84, 0x24, 0x70, 0xff, 0xff, 0xff, 0x48, 0x3b, 0x41, 0x10]);
        old.extend([0x0f, 0x86, 1, 2, 3, 4, 0x90]);
        assert_eq!(body(&old), Some(27));
        for other in [&small[..7], &[0x55, 0x48, 0x89, 0xe5], &[]] {
            assert_eq!(body(other), None);
        }
    }
}
