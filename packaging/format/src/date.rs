// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Calendar dates, for expiry.

use std::{fmt, time::SystemTime};

/// A day in the proleptic Gregorian calendar, UTC. Days compare in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Parses `YYYY-MM-DD`, years 1970 to 9999, days that exist.
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| -> Option<u16> {
            let digits = &b[range];
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0')))
        };
        let (year, month, day) = (number(0..4)?, number(5..7)? as u8, number(8..10)? as u8);
        let date = Self { year, month, day };
        let valid = year >= 1970
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        valid.then_some(date)
    }

    /// The day of a time in seconds since 1970, UTC.
    pub fn of_seconds(seconds: u64) -> Self {
        let time = SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds));
        time.map_or(Self { year: 9999, month: 12, day: 31 }, Self::of)
    }

    /// Seconds from 1970 to the start of the day, UTC.
    pub fn seconds(&self) -> u64 {
        let years: u64 = (1970..self.year).map(days_in_year).sum();
        let months: u64 = (1..self.month).map(|m| u64::from(days_in_month(self.year, m))).sum();
        (years + months + u64::from(self.day) - 1) * 86_400
    }

    /// The day of `time`, UTC; the first day of 1970 for a clock before it.
    pub fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let mut days = seconds / 86_400;
        let (mut year, mut month) = (1970, 1);
        while days >= days_in_year(year) && year < 9999 {
            days -= days_in_year(year);
            year += 1;
        }
        while days >= u64::from(days_in_month(year, month)) && month < 12 {
            days -= u64::from(days_in_month(year, month));
            month += 1;
        }
        Self { year, month, day: days.min(30) as u8 + 1 }
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn parses_only_days_that_exist() {
        for good in ["1970-01-01", "2028-02-29", "2000-02-29", "9999-12-31"] {
            assert_eq!(Date::parse(good).unwrap().to_string(), good);
        }
        for bad in
            ["2027-02-29", "1900-02-29", "2027-13-01", "2027-1-01", "2027-01-00", "+027-01-01"]
        {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn converts_clock_times() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_795_478_400, "2026-11-24"),
            (1_798_675_199, "2026-12-30"),
            (1_798_761_599, "2026-12-31"),
            (1_798_761_600, "2027-01-01"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(Date::of(time).to_string(), day, "{seconds}");
        }
    }
}
