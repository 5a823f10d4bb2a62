//! Days and amounts, worked out by counting: without the program's calendar, and without its money.

/// Seconds since 1970, UTC.
pub(crate) type Second = i64;

/// Days since 1970, UTC.
pub(crate) type Day = i64;

pub(crate) const MINUTE: Second = 60;
pub(crate) const HOUR: Second = 60 * MINUTE;
pub(crate) const DAY: Second = 24 * HOUR;

/// The day in which an instant lies.
pub(crate) fn day_of(at: Second) -> Day {
    at.div_euclid(DAY)
}

fn leaps(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if leaps(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of a date.
pub(crate) fn day(year: i64, month: i64, of_month: i64) -> Day {
    let years: i64 = (1970..year).map(|year| if leaps(year) { 366 } else { 365 }).sum();
    let months: i64 = (1..month).map(|month| length(year, month)).sum();
    years + months + of_month - 1
}

/// The date of a day: year, month, and day of the month.
pub(crate) fn date(mut left: Day) -> (i64, i64, i64) {
    let (mut year, mut month) = (1970, 1);
    while left >= if leaps(year) { 366 } else { 365 } {
        left -= if leaps(year) { 366 } else { 365 };
        year += 1;
    }
    while left >= length(year, month) {
        left -= length(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

/// So many months after a day; a day that the month lacks becomes its last.
pub(crate) fn months_after(anchor: Day, months: i64) -> Day {
    let (year, month, of_month) = date(anchor);
    let counted = year * 12 + (month - 1) + months;
    let (year, month) = (counted / 12, counted % 12 + 1);
    day(year, month, of_month.min(length(year, month)))
}

/// `price × quantity × days ÷ of`, halves rounded up.
pub(crate) fn part(price: i64, quantity: i64, days: i64, of: i64) -> i64 {
    let whole = price * quantity * days;
    let (units, rest) = (whole / of, whole % of);
    if rest * 2 >= of { units + 1 } else { units }
}

#[test]
fn the_plain_calendar_is_the_one_on_the_wall() {
    assert_eq!((day(1970, 1, 1), day(2000, 3, 1), day(2028, 2, 29)), (0, 11_017, 21_243));
    assert_eq!(date(21_243), (2028, 2, 29));
    for (from, months, to) in [
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2028, 1, 31), 2, (2028, 3, 31)),
        ((2028, 2, 29), 12, (2029, 2, 28)),
        ((2028, 2, 29), 48, (2032, 2, 29)),
        ((2027, 12, 31), 1, (2028, 1, 31)),
    ] {
        assert_eq!(date(months_after(day(from.0, from.1, from.2), months)), to, "{from:?} and {months}");
    }
    assert_eq!((part(1250, 5, 18, 28), part(1, 1, 1, 2), part(1, 1, 1, 3)), (4018, 1, 0));
}
