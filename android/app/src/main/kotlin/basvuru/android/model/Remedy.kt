package basvuru.android.model

import basvuru.core.Failure

/** What a failure's card offers as a button. What it says stands in the core's explanation. */
enum class Remedy { TRY_AGAIN, NEW_CODE, ORDERS, NFC_SETTINGS, NETWORK_SETTINGS, DATE_SETTINGS, START_AFRESH }

/** The buttons that help with a failure. [again] says whether what failed can be done once more as it was. */
fun remedies(failure: Failure, again: Boolean, phone: Phone): List<Remedy> = buildList {
    when (failure) {
        is Failure.CodeExpired, is Failure.CodeUsedUp -> add(Remedy.NEW_CODE)

        is Failure.OrderUnknown, is Failure.OrderClosed -> add(Remedy.ORDERS)

        is Failure.ClockWrong, is Failure.DeviceClockWrong, is Failure.PortalNotCurrent, is Failure.PortalInsecure ->
            add(Remedy.DATE_SETTINGS)

        is Failure.ReaderMissing -> if (phone.condition.value.nfc == NfcCondition.OFF) add(Remedy.NFC_SETTINGS)

        is Failure.PortalUnreachable -> if (!phone.condition.value.online) add(Remedy.NETWORK_SETTINGS)

        is Failure.JournalUnreadable -> add(Remedy.START_AFRESH)

        is Failure.VaultUnavailable -> if (phone.keyLost) add(Remedy.START_AFRESH)

        else -> Unit
    }
    if (again && failure !is Failure.CodeExpired && failure !is Failure.CodeUsedUp) add(Remedy.TRY_AGAIN)
}
