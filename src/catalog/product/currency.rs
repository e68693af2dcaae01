//! Currencies of ISO 4217, and the signs that people write for them.

use iso_currency::Currency;

/// Signs that mean one currency.
const SIGNS: &[(&str, &str)] = &[
    ("€", "EUR"),
    ("Euro", "EUR"),
    ("£", "GBP"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("Ft", "HUF"),
    ("lei", "RON"),
    ("лв", "BGN"),
    ("₺", "TRY"),
    ("₴", "UAH"),
    ("₽", "RUB"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("฿", "THB"),
    ("₱", "PHP"),
    ("R$", "BRL"),
    ("US$", "USD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("C$", "CAD"),
    ("CA$", "CAD"),
    ("HK$", "HKD"),
    ("NZ$", "NZD"),
    ("S$", "SGD"),
    ("Fr", "CHF"),
    ("Fr.", "CHF"),
    ("SFr.", "CHF"),
    ("SFr", "CHF"),
    ("Euros", "EUR"),
    ("zl", "PLN"),
    ("лв.", "BGN"),
    ("руб", "RUB"),
    ("руб.", "RUB"),
    ("грн", "UAH"),
    ("грн.", "UAH"),
    ("円", "JPY"),
    ("원", "KRW"),
    ("đ", "VND"),
    ("Rp", "IDR"),
    ("Rp.", "IDR"),
    ("RM", "MYR"),
    ("KD", "KWD"),
    ("د.ك", "KWD"),
    ("د.إ", "AED"),
    ("ر.س", "SAR"),
];
/// Codes that begin with X and are money: of several states.
const SHARED_BY_STATES: [&str; 5] = ["XAF", "XCD", "XCG", "XOF", "XPF"];
/// Signs of several currencies: that of the connection is meant if it is among them, else the first, if there is one
/// that is meant nearly always.
const SHARED: &[(&str, Option<&str>, &[&str])] = &[
    ("$", Some("USD"), &["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "ARS", "CLP", "COP"]),
    ("kr", None, &["SEK", "NOK", "DKK", "ISK"]),
    ("kr.", None, &["DKK", "SEK", "NOK", "ISK"]),
    ("¥", None, &["JPY", "CNY"]),
    ("Rs", None, &["INR", "PKR", "LKR", "NPR", "MUR"]),
    ("Rs.", None, &["INR", "PKR", "LKR", "NPR", "MUR"]),
];

/// The currency that somebody has written: a code in any case, or a sign. `usual`: that of prices without one.
pub(super) fn named(text: &str, usual: Option<&str>) -> Option<Currency> {
    if text.len() == 3
        && let Some(currency) = Currency::from_code(&text.to_ascii_uppercase())
    {
        // Gold, units of account, "no currency": nothing that a shop asks for.
        let is_money = !currency.code().starts_with('X') || SHARED_BY_STATES.contains(&currency.code());
        return is_money.then_some(currency);
    }
    if let Some((_, code)) = SIGNS.iter().find(|(sign, _)| sign.eq_ignore_ascii_case(text)) {
        return Currency::from_code(code);
    }
    let (_, most, codes) = SHARED.iter().find(|(sign, ..)| sign.eq_ignore_ascii_case(text))?;
    let code = usual.filter(|usual| codes.contains(usual)).or(*most)?;
    Currency::from_code(code)
}

/// The currency that is written twice, as a code and as a sign of it: `$49.95 AUD`.
pub(super) fn named_twice(one: &str, other: &str) -> Option<Currency> {
    let (code, sign) = if one.len() == 3 && one.is_ascii() && !one.contains('$') { (one, other) } else { (other, one) };
    let currency = named(code, None).filter(|currency| currency.code().eq_ignore_ascii_case(code))?;
    let is_code = Currency::from_code(&sign.to_ascii_uppercase()).is_some();
    (!is_code && named(sign, Some(currency.code())) == Some(currency)).then_some(currency)
}

/// Whether amounts are written with groups of two digits: 12,34,567.
pub(super) fn has_lakhs(currency: Currency) -> bool {
    matches!(currency.code(), "INR" | "PKR" | "BDT" | "LKR" | "NPR")
}

/// Digits behind the point: 2 for most, 0 for yen, 3 for dinars.
pub(super) fn minor_digits(currency: Currency) -> usize {
    currency.exponent().map_or(2, usize::from)
}
