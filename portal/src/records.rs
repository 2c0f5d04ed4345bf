//! What is kept: the database with its sealed rows, and every statement it is asked, each once. A record is read and written
//! under the names the field has for it; what a request may do with it is decided in `journey`.

pub(crate) mod answer;
pub(crate) mod applicant;
pub(crate) mod archive_client;
pub(crate) mod audit;
pub(crate) mod captcha;
pub(crate) mod code;
pub(crate) mod completion;
pub(crate) mod device;
pub(crate) mod document;
pub(crate) mod expiry;
pub(crate) mod invitation;
pub(crate) mod listing;
pub(crate) mod message;
pub(crate) mod password;
pub(crate) mod person;
pub(crate) mod receipt;
pub(crate) mod seal;
pub(crate) mod session;
pub(crate) mod store;
pub(crate) mod telephone;
pub(crate) mod timestamp;
pub(crate) mod unblocking;
pub(crate) mod upload;
pub(crate) mod work;
