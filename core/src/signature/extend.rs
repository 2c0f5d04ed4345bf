//! Extending a signature so that it lasts: a time-stamp, then what is needed to verify it later, then a time-stamp over all
//! of that. No octet that was signed, time-stamped or indexed changes.

mod evidence;

use std::io::{self, Read};
use std::ops::Range;
use std::time::SystemTime;

use super::attribute::attribute;
use super::content::ContentDigests;
use super::profile::{NamedPolicy, Profile};
use super::report::Level;
use super::signed_data::{Additions, SignedData, SignerInfo};
use super::source::{Preference, Proving, SourceError, Sources, side_by_side};
use super::timestamp::Token;
use super::{ContainerFault, MAX_SIGNATURE_SIZE, archive, form, oid, references};
use crate::certificate::Certificate;
use crate::certificate::revocation::Evidence;
use crate::der::Element;
use crate::digest::{Digest, DigestAlgorithm, HashFunction};

/// Why a signature was not extended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtendError {
    /// It is no signature that this core can read.
    #[error("the file is not a signature")]
    Malformed,
    /// It is of another profile, or has attributes that the level forbids: one signature cannot be both.
    #[error("the signature is of another profile")]
    OtherProfile,
    /// The content is needed, and not there.
    #[error("the signed content is needed")]
    NoContent,
    /// The time of grace is not over.
    #[error("the time of grace is not over")]
    GracePeriod {
        /// When it is.
        until: SystemTime,
    },
    /// With what is to come along it would be larger than any signature file that is read.
    #[error("the extended signature would be too large")]
    TooLarge,
    /// The container is refused.
    #[error("the container is refused: {0}")]
    Container(ContainerFault),
    /// The container could not be written.
    #[error("the container could not be written: {0}")]
    Write(String),
    /// Something could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// What a signature is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A level of ETSI EN 319 122-1.
    Level(Level),
    /// A Turkish profile; the signature has its policy already.
    Profile(Profile),
}

/// Extends a signature, step by step, as far as it is not there yet; of several signers that stand beside each other, one by
/// one. One that is there and can be renewed, of B-LTA, P3 or P4, gets an archive time-stamp over all that it has. The content is
/// needed for that over a detached signature.
///
/// # Errors
/// [`ExtendError`]; the signature given is as good as before.
pub async fn extend(
    signature: &[u8],
    content: Option<&ContentDigests>,
    target: Target,
    sources: &Sources<'_>,
) -> Result<Vec<u8>, ExtendError> {
    let signature = &*form::octets(signature);
    let profile = profile_of_all(signature)?;
    let long = match (target, profile) {
        (Target::Level(level), None) => level,
        (Target::Profile(wanted), found) if found == wanted.policy().map(|_| wanted) => match wanted {
            Profile::P1 => Level::BB,
            Profile::P2 => Level::BT,
            Profile::P3 | Profile::P4 => {
                let mut signature = signature.to_vec();
                let is_whole = are_long_lived(&signature)?;
                for place in places(&signature)? {
                    signature = if is_whole {
                        renewed(&signature, place, content, sources).await?
                    } else {
                        long_lived(&signature, place, wanted, sources).await?
                    };
                }
                return bounded(signature);
            }
        },
        (Target::Level(level @ (Level::BB | Level::BT)), Some(_)) => level,
        _ => return Err(ExtendError::OtherProfile),
    };
    let mut signature = if long >= Level::BT {
        stamp(signature, sources).await?
    } else {
        signature.to_vec()
    };
    if long == Level::BT {
        for place in places(&signature)? {
            signature = with_issuers(&signature, place, sources).await?;
        }
    }
    if long >= Level::BLT {
        for place in places(&signature)? {
            signature = with_evidence(&signature, place, sources).await?;
        }
    }
    if long >= Level::BLTA {
        for place in places(&signature)? {
            signature = with_archive_timestamp(&signature, place, content, sources).await?;
        }
    }
    bounded(signature)
}

/// Digests what a detached signature signs as far as extending it needs, in one pass: under what its signers name, and no other.
///
/// # Errors
/// Where the content cannot be read.
pub fn read_content(signature: &[u8], content: impl Read) -> io::Result<ContentDigests> {
    let signature = &*form::octets(signature);
    let mut functions = Vec::new();
    // What is no signature is told where it is extended.
    for place in places(signature).unwrap_or_default() {
        let algorithm = Extending::parse(signature, place).and_then(|extending| extending.digest_algorithm());
        functions.extend(algorithm.map(HashFunction::Of));
    }
    ContentDigests::under(functions).and(content)
}

/// The places of the signers in a signature file, of which there is at least one.
fn places(signature: &[u8]) -> Result<Range<usize>, ExtendError> {
    let signed_data = SignedData::parse(signature).map_err(|_| ExtendError::Malformed)?;
    let places = 0..signed_data.signers.len();
    if places.is_empty() {
        Err(ExtendError::Malformed)
    } else {
        Ok(places)
    }
}

/// The profile that every signer has signed along.
fn profile_of_all(signature: &[u8]) -> Result<Option<Profile>, ExtendError> {
    let mut profiles = Vec::new();
    for place in places(signature)? {
        profiles.push(Extending::parse(signature, place)?.profile()?);
    }
    let first = profiles[0];
    if profiles.iter().all(|profile| *profile == first) {
        Ok(first)
    } else {
        Err(ExtendError::OtherProfile)
    }
}

/// Nothing is made that would not be read.
fn bounded(signature: Vec<u8>) -> Result<Vec<u8>, ExtendError> {
    if signature.len() as u64 > MAX_SIGNATURE_SIZE {
        Err(ExtendError::TooLarge)
    } else {
        Ok(signature)
    }
}

/// Adds a time-stamp to every signer that has none: all that B-T asks for beyond B-B. Whoever extends no
/// further, such as an app on a telephone, need not bring along what the longer levels take.
///
/// # Errors
/// [`ExtendError`]; the signature given is as good as before.
pub async fn stamp(signature: &[u8], sources: &Sources<'_>) -> Result<Vec<u8>, ExtendError> {
    let signature = &*form::octets(signature);
    let mut lacking = Vec::new();
    for place in places(signature)? {
        let extending = Extending::parse(signature, place)?;
        if !extending.has(oid::SIGNATURE_TIMESTAMP) {
            lacking.push((place, extending.value_digest()?));
        }
    }
    let tokens = lacking.iter().map(|(_, digest)| sources.timestamp(digest.clone()));
    let mut stamped = signature.to_vec();
    for ((place, _), token) in lacking.iter().zip(side_by_side(tokens).await) {
        stamped = with_token(&stamped, *place, &token?)?;
    }
    bounded(stamped)
}

/// A signature of which one signer's is being extended.
struct Extending<'a> {
    signed_data: SignedData<'a>,
    /// Where the signer stands.
    place: usize,
}

impl<'a> Extending<'a> {
    /// Reads a signature that has a signer at a place.
    fn parse(signature: &'a [u8], place: usize) -> Result<Self, ExtendError> {
        let signed_data = SignedData::parse(signature).map_err(|_| ExtendError::Malformed)?;
        if place < signed_data.signers.len() {
            Ok(Self { signed_data, place })
        } else {
            Err(ExtendError::Malformed)
        }
    }

    fn signer(&self) -> &SignerInfo<'a> {
        &self.signed_data.signers[self.place]
    }

    fn has(&self, oid: const_oid::ObjectIdentifier) -> bool {
        self.signer().unsigned_values(oid).next().is_some()
    }

    /// The digest of what time-stamps are asked for: the signer's, or SHA-256 where authorities know none of that family.
    fn digest_algorithm(&self) -> Result<DigestAlgorithm, ExtendError> {
        match self.signer().hash_function() {
            Some(HashFunction::Of(
                DigestAlgorithm::Sha3_256 | DigestAlgorithm::Sha3_384 | DigestAlgorithm::Sha3_512,
            )) => Ok(DigestAlgorithm::Sha256),
            Some(HashFunction::Of(algorithm)) => Ok(algorithm),
            // A new time-stamp proves what is weak no better, and is not made of what is.
            Some(HashFunction::Sha1) | None => Err(ExtendError::Malformed),
        }
    }

    /// What a signature-time-stamp is over.
    fn value_digest(&self) -> Result<Digest, ExtendError> {
        Ok(self.digest_algorithm()?.digest(&self.signer().signature))
    }

    /// The Turkish profile whose policy is signed along.
    fn profile(&self) -> Result<Option<Profile>, ExtendError> {
        let attributes = self.signer().signed_attributes.as_ref().ok_or(ExtendError::Malformed)?;
        let Some(policy) = attributes.of_type(oid::SIGNATURE_POLICY).next() else {
            return Ok(None);
        };
        let value = policy.values.first().ok_or(ExtendError::Malformed)?;
        let policy = NamedPolicy::parse(*value).map_err(|_| ExtendError::Malformed)?;
        policy.profile().map(Some).ok_or(ExtendError::OtherProfile)
    }

    fn certificates(&self) -> Vec<Certificate> {
        let read = |element: &Element<'_>| Certificate::parse(element.encoded()).ok();
        self.signed_data.certificates.iter().filter_map(read).collect()
    }

    /// The certificate the signer names by issuer and serial number.
    fn certificate(&self) -> Result<Certificate, ExtendError> {
        let mut certificates = self.certificates().into_iter();
        certificates
            .find(|certificate| self.signer().names(certificate))
            .ok_or(ExtendError::Malformed)
    }

    /// The time that a signature time-stamp proves.
    fn proven(&self) -> Result<SystemTime, ExtendError> {
        let mut times = Vec::new();
        for token in self.signer().unsigned_values(oid::SIGNATURE_TIMESTAMP) {
            times.push(Token::parse(token).map_err(|_| ExtendError::Malformed)?.info.time);
        }
        times.into_iter().min().ok_or(ExtendError::Malformed)
    }
}

/// Adds a signature-time-stamp over the octets of the signature value (ETSI EN 319 122-1, 5.3).
fn with_token(signature: &[u8], place: usize, token: &[u8]) -> Result<Vec<u8>, ExtendError> {
    let extending = Extending::parse(signature, place)?;
    let additions = Additions {
        signer: place,
        unsigned_attributes: vec![attribute(oid::SIGNATURE_TIMESTAMP, token)],
        ..Additions::default()
    };
    Ok(extending.signed_data.with(&additions))
}

/// Adds the issuers between one signer's certificate and a root, where they can be had, so that whoever has the root alone can
/// judge it (ETSI EN 319 122-1, 6.3 b). Longer levels bring them along with what tells of them.
async fn with_issuers(signature: &[u8], place: usize, sources: &Sources<'_>) -> Result<Vec<u8>, ExtendError> {
    let extending = Extending::parse(signature, place)?;
    let Ok(certificate) = extending.certificate() else {
        return Ok(signature.to_vec());
    };
    if extending.signer().is_archived() {
        return Ok(signature.to_vec());
    }
    let existed = extending.proven().unwrap_or(sources.now);
    let path = if sources.trust.roots().is_empty() {
        None
    } else {
        let known = extending.certificates();
        sources.path_at(&certificate, &known, existed).await.ok()
    };
    let issuers = match path {
        Some(path) => path
            .into_iter()
            .skip(1)
            .filter(|issuer| !issuer.is_self_signed())
            .collect(),
        None => sources.issuers(&certificate).await,
    };
    let additions = Additions {
        signer: place,
        certificates: issuers.iter().map(|issuer| issuer.der().to_vec()).collect(),
        ..Additions::default()
    };
    Ok(extending.signed_data.with(&additions))
}

/// Adds every certificate and revocation that is needed to verify signer and time-stamps (ETSI EN 319 122-1, 5.5.1), to
/// the root SignedData. Time-stamps over the whole archive are among them, so that the next one covers what proves the one
/// before. Counter-signatures stay as they are, and nothing is added for them.
async fn with_evidence(signature: &[u8], place: usize, sources: &Sources<'_>) -> Result<Vec<u8>, ExtendError> {
    let extending = Extending::parse(signature, place)?;
    if oid::NOT_IN_LONG_TERM.into_iter().any(|oid| extending.has(oid)) {
        return Err(ExtendError::OtherProfile);
    }
    let subjects = evidence::subjects(&extending, sources.now)?;
    let additions = evidence::collect(&extending, subjects, sources).await?;
    Ok(extending.signed_data.with(&additions))
}

/// Adds an archive time-stamp over everything that is there (ETSI EN 319 122-1, 5.5.3).
async fn with_archive_timestamp(
    signature: &[u8],
    place: usize,
    content: Option<&ContentDigests>,
    sources: &Sources<'_>,
) -> Result<Vec<u8>, ExtendError> {
    let extending = Extending::parse(signature, place)?;
    let algorithm = extending.digest_algorithm()?;
    let content = match (content, &extending.signed_data.content) {
        (_, Some(inner)) => algorithm.digest(inner),
        (Some(content), None) => content.of(algorithm).ok_or(ExtendError::NoContent)?,
        (None, None) => return Err(ExtendError::NoContent),
    };
    let index = archive::index(&extending.signed_data, extending.signer(), algorithm);
    let imprint = archive::imprint(&extending.signed_data, extending.signer(), &content.value, &index);
    let token = sources.timestamp(algorithm.digest(&imprint)).await?;
    let token = SignedData::parse(&token).map_err(|_| ExtendError::Malformed)?;
    let token = archive::with_index(&token, &index);
    let additions = Additions {
        signer: place,
        unsigned_attributes: vec![attribute(oid::ARCHIVE_TIMESTAMP_V3, &token)],
        ..Additions::default()
    };
    Ok(extending.signed_data.with(&additions))
}

/// Whether every signer has all that makes a signature one of P3 or P4.
fn are_long_lived(signature: &[u8]) -> Result<bool, ExtendError> {
    for place in places(signature)? {
        if !Extending::parse(signature, place)?.has(oid::REVOCATION_VALUES) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Renews a signature of P3 or P4 before what proves its time-stamps ends: adds what proves them now, and an archive time-stamp
/// over that and all there was (ETSI EN 319 122-2, 5.5; BTK guide, table 2: optional, and to be processed). Those of the older
/// kinds are over the root SignedData, which then stays as it is.
async fn renewed(
    signature: &[u8],
    place: usize,
    content: Option<&ContentDigests>,
    sources: &Sources<'_>,
) -> Result<Vec<u8>, ExtendError> {
    let extending = Extending::parse(signature, place)?;
    let older = [oid::ARCHIVE_TIMESTAMP, oid::ARCHIVE_TIMESTAMP_V2];
    if older.into_iter().any(|oid| extending.has(oid)) {
        return Err(ExtendError::OtherProfile);
    }
    let timestamps = evidence::timestamps(&extending, sources.now)?;
    let additions = evidence::collect(&extending, timestamps, sources).await?;
    let signature = extending.signed_data.with(&additions);
    with_archive_timestamp(&signature, place, content, sources).await
}

/// Makes a signature one of P3 or P4: time-stamp, references and values, and what proves the time-stamp.
async fn long_lived(
    signature: &[u8],
    place: usize,
    profile: Profile,
    sources: &Sources<'_>,
) -> Result<Vec<u8>, ExtendError> {
    let mut signature = signature.to_vec();
    if !Extending::parse(&signature, place)?.has(oid::SIGNATURE_TIMESTAMP) {
        let digest = Extending::parse(&signature, place)?.value_digest()?;
        signature = with_token(&signature, place, &sources.timestamp(digest).await?)?;
        if !profile.grace_period().is_zero() {
            // The time-stamp must not be lost while the time of grace runs: it is a signature of P2's form until then.
            return Ok(signature);
        }
    }
    let extending = Extending::parse(&signature, place)?;
    if extending.has(oid::REVOCATION_VALUES) {
        return Ok(signature);
    }
    let proven = extending.proven()?;
    let until = proven + profile.grace_period();
    if !profile.grace_period().is_zero() && sources.now < until {
        return Err(ExtendError::GracePeriod { until });
    }
    let preference = if profile == Profile::P4 {
        Preference::AnswerAlone
    } else {
        Preference::ListAlone
    };
    let path = sources
        .path_at(&extending.certificate()?, &extending.certificates(), proven)
        .await
        .map_err(SourceError::Path)?;
    let proving = Proving {
        existed: proven,
        covering: until,
    };
    let asked = path.windows(2).enumerate().map(|(index, pair)| {
        let preference = if index > 0 && profile == Profile::P4 {
            Preference::AnswerThenList
        } else {
            preference
        };
        sources.evidence(pair, proving, preference)
    });
    let found = side_by_side(asked)
        .await
        .into_iter()
        .collect::<Result<Vec<Evidence>, _>>()?;
    // The attributes speak of the signer alone; what proves the time-stamps stands where other signatures have it (Table 2).
    let timestamps = evidence::timestamps(&extending, sources.now)?;
    let additions = Additions {
        signer: place,
        unsigned_attributes: references::attributes(&path, &found),
        ..evidence::collect(&extending, timestamps, sources).await?
    };
    Ok(extending.signed_data.with(&additions))
}
