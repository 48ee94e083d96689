//! The answers of operations that did their work.

use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::{ApiResponse, Object};

/// 200 with the thing asked for.
#[derive(ApiResponse)]
pub enum Found<T: ToJSON> {
    /// The thing asked for
    #[oai(status = 200)]
    Ok(Json<T>),
}

/// 200 with the thing and its version; send it back in If-Match to edit.
#[derive(ApiResponse)]
pub enum Versioned<T: ToJSON> {
    /// The thing asked for, with its version
    #[oai(status = 200)]
    Ok(
        Json<T>,
        /// The version; send it in If-Match to edit this thing.
        #[oai(header = "ETag")]
        String,
    ),
}

/// 201 with the new thing and where it is.
#[derive(ApiResponse)]
pub enum Created<T: ToJSON> {
    /// The new thing
    #[oai(status = 201)]
    Ok(
        Json<T>,
        /// Where the new thing is.
        #[oai(header = "Location")]
        String,
    ),
}

/// 202: taken; the outcome follows elsewhere.
#[derive(ApiResponse)]
pub enum Accepted {
    /// Taken; the outcome follows by mail
    #[oai(status = 202)]
    Ok(Json<Told>),
}

/// 204.
#[derive(ApiResponse)]
pub enum NoContent {
    /// Done; there is nothing to show
    #[oai(status = 204)]
    Ok,
}

/// A sentence for the person who asked.
#[derive(Debug, Clone, Object)]
pub struct Told {
    /// What happens next.
    pub message: String,
}

pub fn found<T: ToJSON>(thing: T) -> Found<T> {
    Found::Ok(Json(thing))
}

/// `version` is quoted here, as RFC 9110 wants an entity tag.
pub fn versioned<T: ToJSON>(thing: T, version: i32) -> Versioned<T> {
    Versioned::Ok(Json(thing), format!("\"{version}\""))
}

pub fn created<T: ToJSON>(thing: T, location: String) -> Created<T> {
    Created::Ok(Json(thing), location)
}

pub fn accepted(message: &str) -> Accepted {
    Accepted::Ok(Json(Told { message: message.to_owned() }))
}
