//! Amounts and dates.

use async_graphql::{Description, InputValueError, InputValueResult, Object, Scalar, ScalarType, Value};
use chrono::NaiveDate;

/// An exact amount of money.
#[derive(Debug, Clone, Description)]
pub(crate) struct Money(pub(crate) domain::Money);

#[Object(use_type_description)]
impl Money {
    /// The amount as a decimal string with as many decimals as the currency has: `12.50` USD, `1250` JPY. Never a float.
    async fn amount(&self) -> String {
        self.0.decimal()
    }

    /// The currency, as an ISO 4217 code.
    async fn currency(&self) -> &'static str {
        self.0.currency.code()
    }
}

/// The stored amount.
///
/// # Errors
/// `INTERNAL` when the currency is none.
pub(crate) fn money(minor: i64, currency: &str) -> async_graphql::Result<Money> {
    domain::Money::stored(minor, currency).map(Money).map_err(crate::error::top_level)
}

/// A calendar day in UTC, as `2026-01-31`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Date(pub(crate) NaiveDate);

/// A calendar day in UTC, as `2026-01-31`.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let date: NaiveDate = text.parse()?;
        // The library reads `2026-1-5` too, and years with five digits.
        if date.to_string() == *text && text.len() == "2026-01-31".len() {
            Ok(Self(date))
        } else {
            Err(InputValueError::custom("a day is written as `2026-01-31`"))
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
