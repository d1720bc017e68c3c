//! Places.

use serde_json::Value;

use super::values::{is_blank, push};
use super::{ValueFault, number};

/// A point on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeoPoint {
    /// Latitude, -90 to 90.
    pub lat: f64,
    /// Longitude, -180 to 180.
    pub lon: f64,
}

impl GeoPoint {
    fn new(lat: f64, lon: f64) -> Result<GeoPoint, ValueFault> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(ValueFault::OutOfRange { what: "latitude", value: lat, most: 90.0 });
        }
        if !(-180.0..=180.0).contains(&lon) {
            return Err(ValueFault::OutOfRange { what: "longitude", value: lon, most: 180.0 });
        }
        Ok(GeoPoint { lat, lon })
    }
}

pub(super) fn read(found: &[&Value]) -> Result<Vec<GeoPoint>, ValueFault> {
    let mut points = Vec::new();
    for value in found {
        collect(value, &mut points)?;
    }
    Ok(points)
}

fn collect(value: &Value, points: &mut Vec<GeoPoint>) -> Result<(), ValueFault> {
    match value {
        value if is_blank(value) => Ok(()),
        Value::Array(pair) if pair.first().is_some_and(Value::is_number) => {
            push(points, lon_lat(value)?)
        }
        Value::Array(elements) => elements.iter().try_for_each(|element| collect(element, points)),
        value => push(points, point(value)?),
    }
}

/// `{"lat", "lon"}`, a GeoJSON point or `"lat,lon"`.
fn point(value: &Value) -> Result<GeoPoint, ValueFault> {
    match value {
        Value::Object(object) => {
            let lon = object.get("lon").or_else(|| object.get("lng"));
            if let (Some(lat), Some(lon)) = (object.get("lat"), lon) {
                return GeoPoint::new(number::float(lat)?, number::float(lon)?);
            }
            match (object.get("type").and_then(Value::as_str), object.get("coordinates")) {
                (Some("Point"), Some(coordinates)) => lon_lat(coordinates),
                _ => Err(not_a_point(value)),
            }
        }
        Value::String(text) => {
            let degrees = |text: &str| text.trim().parse::<f64>().ok();
            let (lat, lon) = text.split_once(',').ok_or_else(|| not_a_point(value))?;
            match (degrees(lat), degrees(lon)) {
                (Some(lat), Some(lon)) => GeoPoint::new(lat, lon),
                _ => Err(not_a_point(value)),
            }
        }
        _ => Err(not_a_point(value)),
    }
}

/// Coordinates in the order of GeoJSON, which may end with an altitude.
fn lon_lat(value: &Value) -> Result<GeoPoint, ValueFault> {
    match value.as_array().map(Vec::as_slice) {
        Some([lon, lat] | [lon, lat, _]) => GeoPoint::new(number::float(lat)?, number::float(lon)?),
        _ => Err(not_a_point(value)),
    }
}

fn not_a_point(value: &Value) -> ValueFault {
    let expected =
        "a point (an object with `lat` and `lon`, a GeoJSON point, [lon, lat] or \"lat,lon\")";
    ValueFault::unexpected(expected, value)
}
