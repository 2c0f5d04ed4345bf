package basvuru.android.screens.about

import basvuru.android.model.Frame
import basvuru.android.screens.namedStates

val licencesStates = namedStates("licences") {
    state("licences") { LicencesScreen(LicencesState(Frame("", back = true), SAMPLE)) {} }
}

/** As the core writes it, and shorter. */
private val SAMPLE = """
    aes 0.9.1 — MIT OR Apache-2.0
    Copyright (c) RustCrypto Developers

    MIT License

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files, to deal in the Software without restriction.
""".trimIndent()
