//! Amounts as Stripe counts them: its smallest units are those of ISO 4217 but for a few currencies
//! (<https://docs.stripe.com/currencies#minor-units>).

/// Currencies that Stripe counts in hundredths although ISO 4217 has no minor unit, in whole units only.
const HUNDREDTHS: [&str; 2] = ["ISK", "UGX"];

/// Currencies that Stripe counts in whole units although ISO 4217 has hundredths.
const WHOLE: [&str; 1] = ["MGA"];

/// Currencies with thousandths, the last of which has to be zero.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// The amount in Stripe's units, from minor units of ISO 4217; none when Stripe cannot charge it.
pub(super) fn chargeable(minor: i64, currency: &str) -> Option<i64> {
    let exactly = |divisor: i64| (minor % divisor == 0).then_some(minor);
    if HUNDREDTHS.contains(&currency) {
        minor.checked_mul(100)
    } else if WHOLE.contains(&currency) {
        exactly(100).map(|minor| minor / 100)
    } else if THOUSANDTHS.contains(&currency) {
        exactly(10)
    } else {
        Some(minor)
    }
}

/// The amount in minor units of ISO 4217, from Stripe's units; none when no amount of ours comes to it.
pub(super) fn stated(amount: i64, currency: &str) -> Option<i64> {
    let minor = if HUNDREDTHS.contains(&currency) {
        amount / 100
    } else if WHOLE.contains(&currency) {
        amount.checked_mul(100)?
    } else {
        amount
    };
    (chargeable(minor, currency) == Some(amount)).then_some(minor)
}

#[cfg(test)]
mod tests {
    use super::{chargeable, stated};

    #[test]
    fn stripe_counts_some_currencies_in_its_own_way() {
        for (minor, currency, counted) in [
            (1250, "USD", Some(1250)),
            (1250, "JPY", Some(1250)),
            (500, "ISK", Some(50_000)),
            (500, "UGX", Some(50_000)),
            (12_500, "MGA", Some(125)),
            (12_550, "MGA", None),
            (1_250, "BHD", Some(1_250)),
            (1_255, "BHD", None),
            (i64::MAX, "ISK", None),
        ] {
            assert_eq!(chargeable(minor, currency), counted, "{minor} {currency}");
            if let Some(counted) = counted {
                assert_eq!(stated(counted, currency), Some(minor), "{counted} {currency}");
            }
        }
        assert_eq!(stated(50_001, "ISK"), None);
        assert_eq!(stated(1_255, "BHD"), None);
    }
}
