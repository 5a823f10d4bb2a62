//! Amounts: whole minor units of an ISO 4217 currency. Never a float; every sum is checked.

use crate::{Error, Result};
use rust_decimal::Decimal;
use std::fmt;

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The currency with this code.
    ///
    /// # Errors
    /// `Invalid` when ISO 4217 has none.
    pub fn parse(code: &str) -> Result<Self> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| Error::invalid("currency", format!("{code} is not a currency of ISO 4217")))
    }

    /// Its three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals it has: 2 for USD, none for JPY, 3 for BHD.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// How much, in minor units.
    pub minor: i64,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// An amount as the tables keep it.
    ///
    /// # Errors
    /// `Internal` when the table holds something that is no currency.
    pub fn stored(minor: i64, currency: &str) -> Result<Self> {
        let currency =
            Currency::parse(currency).map_err(|_| Error::internal(format!("stored currency {currency}")))?;
        Ok(Self { minor, currency })
    }

    /// The amount that a text such as `12.50` says, with no more decimals than the currency has.
    ///
    /// # Errors
    /// `Invalid` for anything else; the field is the one of the input that holds the text.
    pub fn parse(text: &str, currency: &str, field: &'static str) -> Result<Self> {
        let currency = Self::stored(0, currency)?.currency;
        let decimals = currency.decimals();
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        let digits = number(whole) && number(rest) && (whole == "0" || !whole.starts_with('0'));
        let minor = Decimal::from_str_exact(text)
            .ok()
            .filter(|amount| digits && amount.normalize().scale() <= decimals)
            .and_then(|amount| amount.checked_mul(Decimal::from(10_i64.checked_pow(decimals)?)))
            .and_then(|amount| i64::try_from(amount.normalize()).ok());
        let minor = minor.ok_or_else(|| {
            let message = format!(
                "write an amount in {} with at most {decimals} decimals, such as {}",
                currency.code(),
                Self { minor: 1250, currency }.decimal()
            );
            Error::invalid(field, message)
        })?;
        Ok(Self { minor, currency })
    }

    /// The exact amount with the currency's number of decimals: `12.50`, `1250`.
    pub fn decimal(self) -> String {
        Decimal::new(self.minor, self.currency.decimals()).to_string()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency.code())
    }
}

/// A rate in thousandths of a percent from a text in percent, such as `8.1`; none for anything but 0 to 100 with at most
/// three decimals.
pub fn percent(text: &str) -> Option<i64> {
    let written = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let rate = Decimal::from_str_exact(text).ok().filter(|rate| written && rate.normalize().scale() <= 3)?;
    let thousandths = i64::try_from(rate.checked_mul(Decimal::from(1_000))?.normalize()).ok()?;
    (0..=WHOLE).contains(&thousandths).then_some(thousandths)
}

/// `price × quantity`.
///
/// # Errors
/// `Internal` on overflow.
pub fn times(price: i64, quantity: i64) -> Result<i64> {
    price.checked_mul(quantity).ok_or_else(|| Error::internal("an amount is too large"))
}

/// The sum of amounts.
///
/// # Errors
/// `Internal` on overflow.
pub fn sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64> {
    amounts.into_iter().try_fold(0_i64, i64::checked_add).ok_or_else(|| Error::internal("a sum is too large"))
}

/// The tax on an amount, the rate in thousandths of a percent, rounded half up to the minor unit.
///
/// # Errors
/// `Internal` on overflow.
pub fn tax(amount: i64, rate: i64) -> Result<i64> {
    prorated(amount, 1, rate, WHOLE)
}

/// What the numbers of invoices begin with.
pub const INVOICE_NUMBER: &str = "INV-";

/// What the numbers of credit notes begin with.
pub const CREDIT_NOTE_NUMBER: &str = "CN-";

/// The number of a document as it stands on it: `INV-0000017`.
pub fn document_number(letters: &str, number: i64) -> String {
    format!("{letters}{number:07}")
}

/// A hundred percent, in thousandths of a percent.
pub const WHOLE: i64 = 100_000;

/// `price × quantity × days ÷ of_days`, rounded half up to the minor unit.
///
/// # Errors
/// `Internal` on overflow, or when there are no days to divide by.
pub fn prorated(price: i64, quantity: i64, days: i64, of_days: i64) -> Result<i64> {
    let whole = i128::from(price)
        .checked_mul(i128::from(quantity))
        .and_then(|amount| amount.checked_mul(i128::from(days)))
        .and_then(|amount| amount.checked_mul(2))
        .and_then(|amount| amount.checked_add(i128::from(of_days)));
    whole
        .filter(|_| of_days > 0)
        .and_then(|twice| i64::try_from(twice.div_euclid(2 * i128::from(of_days))).ok())
        .ok_or_else(|| Error::internal("a prorated amount is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        for (minor, code, shown) in [
            (1250, "USD", "12.50"),
            (1250, "JPY", "1250"),
            (1250, "BHD", "1.250"),
            (5, "EUR", "0.05"),
            (0, "USD", "0.00"),
        ] {
            assert_eq!(Money::stored(minor, code).unwrap().decimal(), shown, "{code}");
        }
    }

    #[test]
    fn amounts_are_read_with_the_decimals_of_their_currency() {
        for (text, code, minor) in
            [("12.50", "USD", 1250), ("12.5", "USD", 1250), ("7", "USD", 700), ("1250", "JPY", 1250)]
        {
            assert_eq!(Money::parse(text, code, "amount").unwrap().minor, minor, "{text} {code}");
        }
        assert_eq!(Money::parse("1.250", "BHD", "amount").unwrap().minor, 1250);
        for (text, code) in [
            ("12.505", "USD"),
            ("1.5", "JPY"),
            ("-1", "USD"),
            ("+1", "USD"),
            ("1e3", "USD"),
            ("1_000", "USD"),
            ("", "USD"),
            (".", "USD"),
            ("10.", "USD"),
            (".5", "USD"),
            ("0010", "USD"),
            ("99999999999999999999", "USD"),
            ("922337203685477580.8", "JPY"),
        ] {
            assert!(Money::parse(text, code, "amount").is_err(), "{text} {code}");
        }
    }

    #[test]
    fn amounts_are_shown_with_their_currency() {
        let money = Money::stored(1250, "USD").unwrap();
        assert_eq!((money.to_string(), format!("{:?}", money.currency)), ("12.50 USD".into(), "USD".into()));
        assert_eq!((money.currency.code(), money.currency.decimals()), ("USD", 2));
        assert!(Money::stored(1, "nothing").is_err());
        assert_eq!(Money::parse("0.50", "USD", "amount").unwrap().minor, 50);
        assert_eq!(Money::parse("92233720368547758.07", "USD", "amount").unwrap().minor, i64::MAX);
        assert!(Money::parse("92233720368547758.08", "USD", "amount").is_err());
    }

    #[test]
    fn documents_are_numbered_with_seven_digits() {
        assert_eq!(document_number(INVOICE_NUMBER, 17), "INV-0000017");
        assert_eq!(document_number(CREDIT_NOTE_NUMBER, 12_345_678), "CN-12345678");
    }

    #[test]
    fn products_and_sums_are_what_they_are() {
        assert_eq!((times(1250, 3).unwrap(), sum([1, 2, 39]).unwrap()), (3750, 42));
        assert_eq!(sum([]).unwrap(), 0);
    }

    #[test]
    fn percents_have_at_most_three_decimals() {
        for (text, rate) in [("19", 19_000), ("8.1", 8_100), ("9.975", 9_975), ("0", 0), ("100", WHOLE)] {
            assert_eq!(percent(text), Some(rate), "{text}");
        }
        for text in ["", "x", "-1", "100.001", "1.2345", "1e2", "19 %"] {
            assert_eq!(percent(text), None, "{text}");
        }
    }

    #[test]
    fn tax_is_rounded_half_up() {
        assert_eq!(tax(10_000, 19_000).unwrap(), 1_900);
        assert_eq!(tax(50, 19_000).unwrap(), 10, "9.5");
        assert_eq!(tax(4_018, 9_975).unwrap(), 401, "400.7955");
        assert_eq!(tax(4_018, 0).unwrap(), 0);
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        for code in ["XXX", "usd", "", "DOLLAR"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    #[test]
    fn eighteen_of_twenty_eight_days_for_five_more_seats() {
        assert_eq!(prorated(1250, 5, 18, 28).unwrap(), 4018);
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(prorated(1, 1, 1, 2).unwrap(), 1);
        assert_eq!(prorated(3, 1, 1, 2).unwrap(), 2);
        assert_eq!(prorated(1, 1, 1, 3).unwrap(), 0);
    }

    #[test]
    fn overflow_is_an_error() {
        assert!(times(i64::MAX, 2).is_err());
        assert!(sum([i64::MAX, 1]).is_err());
        assert!(prorated(i64::MAX, 2, 1, 1).is_err());
        assert!(prorated(1, 1, 1, 0).is_err());
    }

    proptest! {
        #[test]
        fn rounding_is_never_off_by_more_than_half(price in 0_i64..10_000_000, quantity in 1_i64..1000, of in 1_i64..367, part in 0_i64..367) {
            let days = part.min(of);
            let exact = i128::from(price) * i128::from(quantity) * i128::from(days);
            let rounded = i128::from(prorated(price, quantity, days, of).unwrap());
            let twice_error = (rounded * i128::from(of) - exact) * 2;
            prop_assert!(-i128::from(of) < twice_error && twice_error <= i128::from(of));
        }
    }
}
