import Testing

/// Everything below it, one test at a time: the tests share a world, and one of them counts what is left behind.
@Suite(.serialized)
enum Seam {}
