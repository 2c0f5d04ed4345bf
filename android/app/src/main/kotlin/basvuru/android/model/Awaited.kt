package basvuru.android.model

// The part of the boundary that the core has not got yet. Goes when it has.

fun diagnosis(): String = ""

fun licences(): String = ""
