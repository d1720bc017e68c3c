//! Distances on the globe.

/// Mean radius of the earth in metres (IUGG).
pub const EARTH_RADIUS: f64 = 6_371_008.8;

/// The great-circle distance of two points, given as latitude and longitude in degrees, by the
/// haversine formula; within 0.6% of the ellipsoid's.
pub(crate) fn distance_meters(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lon = (b.1 - a.1).to_radians() / 2.0;
    let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    2.0 * EARTH_RADIUS * h.min(1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_known_places() {
        let (berlin, paris) = ((52.52, 13.405), (48.8566, 2.3522));
        assert!((distance_meters(berlin, paris) - 877_463.0).abs() < 1_000.0);
        assert_eq!(distance_meters(berlin, berlin), 0.0);
        let antipodes = distance_meters((0.0, 0.0), (0.0, 180.0));
        assert!((antipodes - EARTH_RADIUS * std::f64::consts::PI).abs() < 1.0);
    }
}
