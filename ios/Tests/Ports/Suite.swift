import Testing

/// Every test that needs the phone, one at a time: there is one antenna, one desk, one keychain.
@Suite(.serialized)
enum AppSuite {}
