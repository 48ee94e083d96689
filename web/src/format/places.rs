//! Where somebody is, in words.

use api::kernel::country::Country;

/// "Leeds, United Kingdom" of a city and a code of ISO 3166-1; the city may be missing, and a code
/// that names no country stays as it is.
pub fn place(city: &str, country: &str) -> String {
    let country = Country::parse(country).map_or(country, |c| c.name);
    if city.is_empty() { country.to_owned() } else { format!("{city}, {country}") }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn codes_become_names() {
        assert_eq!(place("Leeds", "GB"), "Leeds, United Kingdom");
        assert_eq!(place("", "NO"), "Norway");
        assert_eq!(place("", "??"), "??");
    }
}
