//! How requests come in: connections and their bounds, the table of routes, what is read of a request before anything is done
//! with it, and the pages for people without the app.

mod activity;
pub(crate) mod archive;
mod authority;
mod bodies;
mod body;
mod conversation;
mod extractors;
mod forwarded;
mod landing;
#[cfg(test)]
mod openapi;
mod places;
mod proxy_protocol;
pub(crate) mod routes;
pub(crate) mod server;
pub(crate) mod tls;
mod well_known;
