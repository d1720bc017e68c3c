//! Pages of other origins that may ask from a browser: none unless configured.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use tower_http::cors::CorsLayer;

use super::rates::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::http::wire::{Problem, code};
use crate::limits::CORS_MAX_AGE;

/// The origins that are allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origins(Vec<HeaderValue>);

/// An origin as browsers write it: scheme, host and port, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("expected an origin such as https://shop.example, got {text:?}");
        let uri: Uri = text.parse().map_err(|_| fault())?;
        let host = uri.authority().ok_or_else(fault)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let origin = format!("{}://{host}", scheme.ok_or_else(fault)?);
        if origin != text.to_lowercase() || host.as_str().contains('@') {
            return Err(fault());
        }
        HeaderValue::from_str(&origin).map(Self).map_err(|_| fault())
    }
}

impl<'de> serde::Deserialize<'de> for Origin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = serde::Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Origins {
    pub(crate) fn new(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self(origins.into_iter().map(|origin| origin.0).collect())
    }

    /// The layer that answers browsers; `None` when no origin is allowed.
    pub(crate) fn layer(&self) -> Option<CorsLayer> {
        const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        (!self.0.is_empty()).then(|| {
            CorsLayer::new()
                .allow_origin(self.0.clone())
                .allow_methods(methods)
                .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID])
                .expose_headers([header::RETRY_AFTER, RATE_LIMIT, RATE_LIMIT_POLICY, REQUEST_ID])
                .max_age(CORS_MAX_AGE)
        })
    }

    /// Browsers send a plain-text POST across origins without asking first: from an origin that
    /// is not allowed it must not work.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = headers.get(header::ORIGIN);
        let is_allowed = origin.is_some_and(|origin| self.0.contains(origin));
        let is_same = match (text("sec-fetch-site"), text("origin")) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) == text("host"),
            (None, None) => true,
        };
        if is_same || is_allowed {
            return Ok(());
        }
        let detail = "pages of another origin must not write";
        Err(Problem::new(StatusCode::FORBIDDEN, code::CROSS_ORIGIN, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for right in ["https://shop.example", "http://localhost:3000"] {
            assert!(right.parse::<Origin>().is_ok(), "{right}");
        }
        let wrong =
            ["*", "shop.example", "https://shop.example/", "https://a@shop.example", "ftp://x", ""];
        for wrong in wrong {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }
}
