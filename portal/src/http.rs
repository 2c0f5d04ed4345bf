//! How requests come in: connections and their bounds, the table of routes, what is read of a request before anything is done
//! with it, and the pages for people without the app.

pub(crate) mod archive;
mod extractors;
mod landing;
#[cfg(test)]
mod openapi;
mod rate;
pub(crate) mod routes;
pub(crate) mod server;
pub(crate) mod tls;
mod well_known;
