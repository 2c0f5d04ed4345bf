//! Object identifiers of CMS and CAdES.

use const_oid::ObjectIdentifier;

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

/// `id-data` (RFC 5652, 4).
pub(super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
/// `id-signedData` (RFC 5652, 5.1).
pub(super) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// `id-contentType` (RFC 5652, 11.1).
pub(super) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
/// `id-messageDigest` (RFC 5652, 11.2).
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
/// `id-signingTime` (RFC 5652, 11.3).
pub(super) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// `id-aa-CMSAlgorithmProtection` (RFC 6211).
pub(super) const ALGORITHM_PROTECTION: ObjectIdentifier = oid("1.2.840.113549.1.9.52");
/// `id-countersignature` (RFC 5652, 11.4; ETSI EN 319 122-1, 5.2.7).
pub(super) const COUNTERSIGNATURE: ObjectIdentifier = oid("1.2.840.113549.1.9.6");
/// `id-aa-signingCertificate` (RFC 2634, 5.4): with SHA-1 alone.
pub(super) const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.12");
/// `id-aa-signingCertificateV2` (RFC 5035, 3).
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
/// `id-ct-TSTInfo` (RFC 3161, 2.4.2).
pub(super) const TIMESTAMP_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
/// `id-aa-signatureTimeStampToken` (ETSI EN 319 122-1, 5.3).
pub(super) const SIGNATURE_TIMESTAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
/// `id-aa-ets-archiveTimestampV3` (ETSI EN 319 122-1, 5.5.3).
pub(super) const ARCHIVE_TIMESTAMP_V3: ObjectIdentifier = oid("0.4.0.1733.2.4");
/// `id-aa-ATSHashIndex-v3` (ETSI EN 319 122-1, 5.5.2).
pub(super) const ATS_HASH_INDEX_V3: ObjectIdentifier = oid("0.4.0.19122.1.5");
/// `id-aa-ATSHashIndex` (ETSI TS 101 733 V2.2.1, 6.4.2): the first version.
pub(super) const ATS_HASH_INDEX: ObjectIdentifier = oid("0.4.0.1733.2.5");
/// `id-aa-ATSHashIndex-v2` (ETSI EN 319 122-1 V1.1.1, 5.5.2).
pub(super) const ATS_HASH_INDEX_V2: ObjectIdentifier = oid("0.4.0.19122.1.4");
/// `id-aa-ets-contentTimestamp` (ETSI EN 319 122-1, 5.2.8).
pub(super) const CONTENT_TIMESTAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.20");
/// Stands for a type that cannot be read; nobody is registered there.
pub(super) const UNREADABLE: ObjectIdentifier = oid("0.0.0");
/// `id-ri-ocsp-response` (RFC 5940, 2.1).
pub(super) const OCSP_RESPONSE: ObjectIdentifier = oid("1.3.6.1.5.5.7.16.2");
/// `id-aa-ets-sigPolicyId` (ETSI EN 319 122-1, 5.2.9).
pub(super) const SIGNATURE_POLICY: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.15");
/// `id-spq-ets-uri` (ETSI EN 319 122-1, 5.2.9.1).
pub(super) const POLICY_ADDRESS: ObjectIdentifier = oid("1.2.840.113549.1.9.16.5.1");
/// `id-spq-ets-unotice` (ETSI EN 319 122-1, 5.2.9.1).
pub(super) const POLICY_NOTICE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.5.2");
/// `id-aa-ets-certificateRefs` (ETSI TS 101 733, 6.2.1).
pub(super) const CERTIFICATE_REFERENCES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.21");
/// `id-aa-ets-revocationRefs` (ETSI TS 101 733, 6.2.2).
pub(super) const REVOCATION_REFERENCES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.22");
/// `id-aa-ets-certValues` (ETSI TS 101 733, 6.3.3).
pub(super) const CERTIFICATE_VALUES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.23");
/// `id-aa-ets-revocationValues` (ETSI TS 101 733, 6.3.4).
pub(super) const REVOCATION_VALUES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.24");
/// `id-aa-ets-certCRLTimestamp` (ETSI TS 101 733, 6.3.6).
pub(super) const REFERENCES_TIMESTAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.26");
/// `id-aa-ets-archiveTimestamp` (ETSI TS 101 733 V1.4.0, 6.4.1): the first version.
pub(super) const ARCHIVE_TIMESTAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.27");
/// `id-aa-ets-archiveTimestampV2` (ETSI TS 101 733, 6.4.1).
pub(super) const ARCHIVE_TIMESTAMP_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.48");
/// `id-aa-ets-mimeType` (ETSI EN 319 122-1, 5.2.5.2).
pub(super) const MIME_TYPE: ObjectIdentifier = oid("0.4.0.1733.2.1");

/// The unsigned attributes that are not in a signature of the levels B-LT and B-LTA (ETSI EN 319 122-1, 6.3).
pub(super) const NOT_IN_LONG_TERM: [ObjectIdentifier; 7] = [
    CERTIFICATE_REFERENCES,
    REVOCATION_REFERENCES,
    CERTIFICATE_VALUES,
    REVOCATION_VALUES,
    REFERENCES_TIMESTAMP,
    // The older ones are over the root SignedData, which could not be added to (5.5.3).
    ARCHIVE_TIMESTAMP,
    ARCHIVE_TIMESTAMP_V2,
];
