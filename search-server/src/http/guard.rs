//! The layer that lets requests in: what each route needs, and whether its caller has it.

use axum::RequestExt;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::wire::{Problem, code};
use crate::access::{Allowance, Caller, Exhausted, Refused, Scope};
use crate::state::App;

/// What a route needs of its callers, where keys are configured. A route that is not named here
/// is an administrator's.
pub(super) fn needed(method: &Method, route: &str) -> Option<Scope> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match route {
        // They tell nothing about products.
        "/" | "/assets/{file}" | "/openapi.json" | "/healthz" | "/readyz" => None,
        "/v1/catalogs" | "/v1/catalogs/{catalog}/search" | "/v1/catalogs/{catalog}/suggest" => {
            Some(Scope::Search)
        }
        "/v1/catalogs/{catalog}/products/{id}" if reads => Some(Scope::Search),
        "/v1/catalogs/{catalog}/products/{id}" | "/v1/catalogs/{catalog}/products" => {
            Some(Scope::Write)
        }
        _ => Some(Scope::Admin),
    }
}

/// Lets a request in, with its [`Caller`], or says why not.
pub(super) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let mut allowance = Allowance::default();
    let mut response = match admit(&app, &mut request, &mut allowance).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(Refusal::Problem(problem)) => problem.into_response(),
        Err(Refusal::Exhausted(exhausted)) => return too_often(&exhausted),
    };
    allowance.write(response.headers_mut());
    response
}

enum Refusal {
    Problem(Problem),
    Exhausted(Exhausted),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Exhausted> for Refusal {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

async fn admit(
    app: &App,
    request: &mut Request,
    allowance: &mut Allowance,
) -> Result<Caller, Refusal> {
    let access = &app.access;
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let Some(needed) = route.and_then(|route| needed(request.method(), route)) else {
        return Ok(Caller::Anyone);
    };
    // Before the key: guesses are counted too.
    let address = access.proxies.caller(request.extensions(), request.headers());
    access.rates.address(address, allowance)?;
    if !access.keys.is_needed() {
        return Ok(Caller::Anyone);
    }
    let key = access.keys.open(secret(request.headers())?, Timestamp::now()).map_err(unopened)?;
    access.rates.key(&key.id, allowance)?;
    request.headers_mut().remove(header::AUTHORIZATION);
    let caller = Caller::Holder(key);
    if !caller.has(needed) {
        let detail = format!("expected a key with the scope `{}`", needed.name());
        return Err(Problem::new(StatusCode::FORBIDDEN, code::KEY_SCOPE, detail).into());
    }
    check_catalog(&caller, needed, request).await?;
    Ok(caller)
}

/// The secret of `Authorization: Bearer …`.
fn secret(headers: &HeaderMap) -> Result<&str, Problem> {
    let unauthorized = |code, detail: &str| Problem::new(StatusCode::UNAUTHORIZED, code, detail);
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let detail = "expected a key as `Authorization: Bearer …`";
        return Err(unauthorized(code::KEY_REQUIRED, detail));
    };
    let parts = value.to_str().ok().and_then(|text| text.split_once(' '));
    match parts {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => Ok(secret.trim()),
        _ => Err(unauthorized(code::KEY_INVALID, "expected `Authorization: Bearer` and a key")),
    }
}

fn unopened(refused: Refused) -> Problem {
    let (code, detail) = match refused {
        Refused::Unknown => (code::KEY_INVALID, "the key is unknown or revoked"),
        Refused::Expired => (code::KEY_EXPIRED, "the key has expired"),
    };
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}

/// Routes of one catalogue need a key that opens it; an administrator's routes that are of none,
/// one that opens all.
async fn check_catalog(
    caller: &Caller,
    needed: Scope,
    request: &mut Request,
) -> Result<(), Problem> {
    if caller.sees_everything() {
        return Ok(());
    }
    let params: RawPathParams = request
        .extract_parts()
        .await
        .map_err(|_| Problem::bad_request(code::INVALID_UTF8, "the path is not UTF-8"))?;
    let catalog = params.iter().find(|(name, _)| *name == "catalog").map(|(_, value)| value);
    let detail = match catalog {
        Some(catalog) if caller.sees(catalog) => return Ok(()),
        Some(catalog) => format!("the key does not open the catalogue {catalog:?}"),
        None if needed < Scope::Admin => return Ok(()),
        None => "expected a key that opens all catalogues".to_owned(),
    };
    Err(Problem::new(StatusCode::FORBIDDEN, code::KEY_CATALOG, detail))
}

fn too_often(exhausted: &Exhausted) -> Response {
    let Exhausted { name, rate, .. } = exhausted;
    let detail = format!("more than {} requests a second for one {name}", rate.requests_per_second);
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, code::RATE_LIMITED, detail);
    let mut response = problem.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, exhausted.seconds().into());
    exhausted.write(response.headers_mut());
    response
}
