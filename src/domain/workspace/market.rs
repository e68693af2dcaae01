//! Formats of a market: currency, country, telephone number, colour. Newtypes which hold only what is well-formed, in
//! one spelling. Whether a number answers or a country is sold to is not their business.

use std::str::FromStr;

/// ISO 4217, the codes of money in circulation; no precious metals, funds or test codes.
const CURRENCIES: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
    CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
    GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD \
    KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO \
    NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE \
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND \
    VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// ISO 3166-1 alpha-2, all officially assigned codes.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM \
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS \
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS YE YT ZA ZM ZW";

/// Text of one format: parsed, compared, shown and read from JSON as that text. What is well-formed says its `FromStr`.
macro_rules! formatted_text {
    ($(#[$doc:meta])* $name:ident, $error:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text in its one spelling.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        #[doc = concat!("The text is no [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error($expected)]
        pub struct $error;
    };
}
pub(super) use formatted_text;

formatted_text!(
    /// A currency by its ISO 4217 code, in capitals: `EUR`.
    Currency,
    NotACurrency,
    "must be an ISO 4217 currency code, as in EUR"
);

formatted_text!(
    /// A country by its ISO 3166-1 alpha-2 code, in capitals: `DE`.
    Country,
    NotACountry,
    "must be an ISO 3166-1 alpha-2 country code, as in DE"
);

formatted_text!(
    /// A telephone number in international form (ITU-T E.164): `+4930123456`.
    PhoneNumber,
    NotAPhoneNumber,
    "must be a telephone number in international form, as in +4930123456"
);

formatted_text!(
    /// A colour as `#RRGGBB`, in capitals.
    Color,
    NotAColor,
    "must be a colour as #RRGGBB, as in #1F6FEB"
);

impl Currency {
    /// The currency of the defaults.
    pub fn euro() -> Self {
        Self("EUR".to_owned())
    }
}

impl Color {
    pub fn from_rgb([red, green, blue]: [u8; 3]) -> Self {
        Self(format!("#{red:02X}{green:02X}{blue:02X}"))
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        listed(CURRENCIES, text).map(Self).ok_or(NotACurrency)
    }
}

impl FromStr for Country {
    type Err = NotACountry;

    fn from_str(text: &str) -> Result<Self, NotACountry> {
        listed(COUNTRIES, text).map(Self).ok_or(NotACountry)
    }
}

impl FromStr for PhoneNumber {
    type Err = NotAPhoneNumber;

    /// A plus and 7 to 15 digits, the first not zero; no spaces, since there is one spelling only.
    fn from_str(text: &str) -> Result<Self, NotAPhoneNumber> {
        let digits = text.strip_prefix('+').ok_or(NotAPhoneNumber)?;
        let well_formed = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed { Ok(Self(text.to_owned())) } else { Err(NotAPhoneNumber) }
    }
}

impl FromStr for Color {
    type Err = NotAColor;

    fn from_str(text: &str) -> Result<Self, NotAColor> {
        let digits = text.strip_prefix('#').ok_or(NotAColor)?;
        let well_formed = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if well_formed { Ok(Self(text.to_ascii_uppercase())) } else { Err(NotAColor) }
    }
}

/// The entry of a list that `text` is in any case.
fn listed(list: &str, text: &str) -> Option<String> {
    list.split_whitespace().find(|code| code.eq_ignore_ascii_case(text)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads<T>(text: &str) -> Option<String>
    where
        T: FromStr + Into<String>,
    {
        text.parse::<T>().ok().map(Into::into)
    }

    #[test]
    fn codes_are_those_of_the_standards_in_capitals() {
        assert_eq!(reads::<Currency>("EUR").as_deref(), Some("EUR"));
        assert_eq!(reads::<Currency>("gbp").as_deref(), Some("GBP"));
        assert_eq!(reads::<Country>("de").as_deref(), Some("DE"));
        for text in ["", "EU", "EURO", "XXX", "XTS", "XAU", "DEM", "EUR ", "€", "EUR USD"] {
            assert_eq!(reads::<Currency>(text), None, "{text}");
        }
        for text in ["", "D", "DEU", "UK", "EU", "XX", "ZZ", "DE AT", "276"] {
            assert_eq!(reads::<Country>(text), None, "{text}");
        }
    }

    #[test]
    fn the_lists_have_no_entry_twice() {
        for (list, entries, length) in [(CURRENCIES, 155, 3), (COUNTRIES, 249, 2)] {
            let codes: std::collections::BTreeSet<_> = list.split_whitespace().collect();
            assert_eq!(codes.len(), entries);
            assert_eq!(list.split_whitespace().count(), entries);
            assert!(codes.iter().all(|code| code.len() == length && code.bytes().all(|b| b.is_ascii_uppercase())));
        }
    }

    #[test]
    fn a_telephone_number_is_international() {
        assert_eq!(reads::<PhoneNumber>("+4930123456").as_deref(), Some("+4930123456"));
        assert_eq!(reads::<PhoneNumber>("+1234567").as_deref(), Some("+1234567"));
        for text in [
            "",
            "+",
            "030123456",
            "004930123456",
            "+0930123456",
            "+123456",
            "+1234567890123456",
            "+49 30 123456",
            "+49a0123456",
        ] {
            assert_eq!(reads::<PhoneNumber>(text), None, "{text}");
        }
    }

    #[test]
    fn a_colour_has_six_hexadecimal_digits() {
        assert_eq!(reads::<Color>("#1f6feb").as_deref(), Some("#1F6FEB"));
        for text in ["", "#", "1F6FEB", "#FFF", "#1F6FEB80", "#GGGGGG", "#1F6FE ", "red", "#éab1"] {
            assert_eq!(reads::<Color>(text), None, "{text}");
        }
    }

    #[test]
    fn json_takes_what_the_parser_takes() {
        assert_eq!(serde_json::from_str::<Currency>("\"eur\"").expect("a currency").as_str(), "EUR");
        assert_eq!(serde_json::to_string(&"#abcdef".parse::<Color>().expect("a colour")).expect("JSON"), "\"#ABCDEF\"");
        assert!(serde_json::from_str::<Country>("\"Germany\"").is_err());
        assert!(serde_json::from_str::<PhoneNumber>("4930123456").is_err());
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_again_as_the_same(text in "\\PC{0,20}|[+#]?[0-9A-Fa-f]{2,16}|[A-Za-z]{2,3}") {
            for read in [reads::<Currency>, reads::<Country>, reads::<PhoneNumber>, reads::<Color>] {
                if let Some(once) = read(&text) {
                    prop_assert!(once.eq_ignore_ascii_case(&text));
                    prop_assert_eq!(read(&once), Some(once));
                }
            }
        }
    }
}
