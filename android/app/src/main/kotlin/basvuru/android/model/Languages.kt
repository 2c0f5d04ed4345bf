package basvuru.android.model

import basvuru.core.Language
import java.util.Locale

/** The language the core speaks to somebody with this locale. */
val Locale.core: Language get() = if (language == "tr") Language.TURKISH else Language.ENGLISH
