//! Where a platform in the United States can pay to, without asking anybody first: the United
//! States, Canada, the United Kingdom, Switzerland and the European Economic Area.

/// The country of the platform.
pub(super) const PLATFORM_COUNTRY: &str = "US";

/// One country that can be paid: its code, its name, the currency of its banks.
pub(super) struct Corridor {
    pub country: &'static str,
    pub name: &'static str,
    pub currency: &'static str,
}

/// Where to find a country; `None` where no corridor leads.
pub(super) fn to(country: &str) -> Option<&'static Corridor> {
    CORRIDORS.iter().find(|corridor| corridor.country == country)
}

/// Every country that can be paid, by name.
pub(super) const CORRIDORS: &[Corridor] = &[
    corridor("AT", "Austria", "eur"),
    corridor("BE", "Belgium", "eur"),
    corridor("BG", "Bulgaria", "eur"),
    corridor("CA", "Canada", "cad"),
    corridor("HR", "Croatia", "eur"),
    corridor("CY", "Cyprus", "eur"),
    corridor("CZ", "Czechia", "czk"),
    corridor("DK", "Denmark", "dkk"),
    corridor("EE", "Estonia", "eur"),
    corridor("FI", "Finland", "eur"),
    corridor("FR", "France", "eur"),
    corridor("DE", "Germany", "eur"),
    corridor("GR", "Greece", "eur"),
    corridor("HU", "Hungary", "huf"),
    corridor("IS", "Iceland", "isk"),
    corridor("IE", "Ireland", "eur"),
    corridor("IT", "Italy", "eur"),
    corridor("LV", "Latvia", "eur"),
    corridor("LI", "Liechtenstein", "chf"),
    corridor("LT", "Lithuania", "eur"),
    corridor("LU", "Luxembourg", "eur"),
    corridor("MT", "Malta", "eur"),
    corridor("NL", "Netherlands", "eur"),
    corridor("NO", "Norway", "nok"),
    corridor("PL", "Poland", "pln"),
    corridor("PT", "Portugal", "eur"),
    corridor("RO", "Romania", "ron"),
    corridor("SK", "Slovakia", "eur"),
    corridor("SI", "Slovenia", "eur"),
    corridor("ES", "Spain", "eur"),
    corridor("SE", "Sweden", "sek"),
    corridor("CH", "Switzerland", "chf"),
    corridor("GB", "United Kingdom", "gbp"),
    corridor("US", "United States", "usd"),
];

const fn corridor(country: &'static str, name: &'static str, currency: &'static str) -> Corridor {
    Corridor { country, name, currency }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_by_name_and_knows_its_currencies() {
        assert!(CORRIDORS.is_sorted_by_key(|corridor| corridor.name));
        assert!(CORRIDORS.iter().all(|c| super::super::currency::exponent(c.currency).is_some()));
        assert!(to(PLATFORM_COUNTRY).is_some());
        assert!(to("KP").is_none());
    }
}
