//! Tax rates as they are configured: `DE=19,FR=20,CH=8.1`.

use std::collections::BTreeMap;

/// Tax rates by country, in thousandths of a percent.
#[derive(Debug, Clone, Default)]
pub struct TaxRates(BTreeMap<String, i64>);

impl From<TaxRates> for BTreeMap<String, i64> {
    fn from(rates: TaxRates) -> Self {
        rates.0
    }
}

/// The rates in a text such as `DE=19,FR=20,CH=8.1`.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn tax_rates(text: &str) -> Result<TaxRates, String> {
    let mut rates = TaxRates::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (country, rate) = tax_rate(part)?;
        if rates.0.insert(country, rate).is_some() {
            return Err(format!("{part:?} is the second rate of this country"));
        }
    }
    Ok(rates)
}

/// A country's tax rate, as `DE=19`: the rate in thousandths of a percent.
fn tax_rate(text: &str) -> Result<(String, i64), String> {
    let wrong = || {
        format!(
            "{text:?} is no tax rate: write a country and percent with at most three decimals, such as CH=8.1"
        )
    };
    let (country, percent) = text.split_once('=').ok_or_else(wrong)?;
    let country = domain::country::parse(country, domain::Input::default()).map_err(|_| wrong())?;
    let rate = domain::money::percent(percent).ok_or_else(wrong)?;
    Ok((country, rate))
}
